-- Empty sketches are neutral, and what changes nothing is not written again.

\pset null '(null)'
SET client_min_messages = warning;

-- In unions of two, of many, over frames and from workers, whatever the precision.
CREATE TABLE full_and_empty (n int, s hll);
INSERT INTO full_and_empty SELECT 1, hll_add_agg(g) FROM generate_series(1, 4000) AS g;
INSERT INTO full_and_empty VALUES (2, hll_empty(4)), (3, hll_empty(20)), (4, hll_empty(4));
SELECT hll_empty(4) || s = s AS before, s || hll_empty(4) = s AS after,
	hll_union(hll_empty(20), s) = s AS finer, hll_union_cardinality(hll_empty(4), s) = #s AS counted
FROM full_and_empty WHERE n = 1;
SELECT hll_union_agg(s ORDER BY n) = hll_union_agg(s) FILTER (WHERE n = 1) AS full_first,
	hll_union_agg(s ORDER BY -n) = hll_union_agg(s) FILTER (WHERE n = 1) AS empty_first
FROM full_and_empty;
SELECT n, round((# hll_union_agg(s) OVER w) / 100) * 100 AS about,
	hll_precision(hll_union_agg(s) OVER w)
FROM full_and_empty WINDOW w AS (ORDER BY n ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) ORDER BY n;
SELECT hll_empty(13) || hll_empty(4) = hll_empty(4) AS lower, hll_empty(4) || hll_empty(13) = hll_empty(4)
	AS lower_too, hll_union_agg(s) FILTER (WHERE n > 1) AS of_three FROM full_and_empty;
CREATE TABLE many_empty AS SELECT g AS n, CASE g WHEN 777 THEN hll_add(hll_empty(12), 1)
	ELSE hll_empty(4 + g % 17) END AS s FROM generate_series(1, 2000) AS g;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT hll_union_agg(s) = hll_add(hll_empty(12), 1) AS neutral FROM many_empty;
RESET max_parallel_workers_per_gather;

-- A TOASTed sketch stays where it is: the chunks of the table do not change.
CREATE TABLE stored (n int, s hll);
INSERT INTO stored SELECT 1, hll_add_agg(g) FROM generate_series(1, 100000) AS g;
CREATE FUNCTION chunks() RETURNS text LANGUAGE plpgsql AS $$
DECLARE chunks text;
BEGIN
	EXECUTE format('SELECT string_agg(ctid::text || chunk_id, '','' ORDER BY ctid) FROM %s',
		(SELECT reltoastrelid::regclass FROM pg_class WHERE oid = 'stored'::regclass)) INTO chunks;
	RETURN chunks;
END $$;
CREATE FUNCTION writes_chunks(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE before text = chunks();
BEGIN
	EXECUTE query;
	RETURN before <> chunks();
END $$;
SELECT query, writes_chunks(query) FROM unnest(ARRAY[
	'UPDATE stored SET s = hll_add(s, 5)',
	'UPDATE stored SET s = s || sketch_hash_any(5)',
	'UPDATE stored SET s = sketch_hash_any(5) || s',
	'UPDATE stored SET s = s || hll_empty()',
	'UPDATE stored SET s = hll_empty(4) || s',
	'UPDATE stored SET s = s || s',
	'UPDATE stored SET s = s || (SELECT hll_add_agg(g) FROM generate_series(1, 500) AS g)',
	'UPDATE stored SET s = (SELECT hll_add_agg(g) FROM generate_series(1, 500) AS g) || s',
	'UPDATE stored SET s = hll_downsample(s, 13)',
	'UPDATE stored SET s = s::hll(13)',
	'UPDATE stored SET s = s || (SELECT hll_add_agg(-g) FROM generate_series(1, 500) AS g)'
]) AS query;
DROP TABLE full_and_empty, many_empty, stored;
DROP FUNCTION chunks, writes_chunks;
