-- What is read to ask filters, by the tables of probe.sql and filters.sql: how
-- many blocks of 8 kB. An ERROR when it is more than it needs to be.

-- The blocks of a plan, and those that a table and what it stores out of line has.
CREATE FUNCTION bench.blocks_read(sql text) RETURNS bigint LANGUAGE sql
	RETURN (bench.cached_plan(sql)->>'Shared Hit Blocks')::bigint;
CREATE FUNCTION bench.blocks_of(name regclass) RETURNS bigint LANGUAGE sql
	RETURN pg_table_size(name) / current_setting('block_size')::integer;

-- The filter is read once, and not for each event. One value takes a few blocks
-- of each filter: a header and a block of bits, by the index of the TOAST table.
DO $$
BEGIN
	ASSERT bench.blocks_read('SELECT count(*) FROM events, seen
			WHERE day = 1 AND NOT b @> user_id') <
		bench.blocks_of('events') + 5 * bench.blocks_of('seen'),
		'one filter is read more than once';
	ASSERT bench.blocks_read('SELECT count(*) FROM filters WHERE b @> 42') <
		10 * 200 + bench.blocks_of('filters') / 100,
		'filters are read as a whole for one value';
END $$;

\pset tuples_only on
\echo
\echo 'bench: one stored filter, asked by every event'
EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF)
SELECT count(*) FROM events, seen WHERE day = 1 AND NOT b @> user_id;
\echo 'bench: stored filters, each asked for one value; and read as a whole'
EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF)
SELECT day FROM filters WHERE b @> 42;
EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF)
SELECT day FROM filters WHERE NOT bloom_is_empty(b);
\echo 'bench: a filter that is a parameter'
SET plan_cache_mode = force_generic_plan;
EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF)
EXECUTE probe(bench.all_new());
RESET plan_cache_mode;
\pset tuples_only off
DEALLOCATE probe;
DROP FUNCTION bench.all_new();
DROP TABLE events, seen, filters;
