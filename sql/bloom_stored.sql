-- Where filters are stored, and how little of them is read: in line, out of line,
-- compressed; asked once, often, and more of them than a call site remembers.

\pset null '(null)'
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
SET jit = off;
SET default_toast_compression = pglz;

-- Filters of every kind. A crowded list has hashes that do not lie where those of
-- values do, so that its slices do not tell.
CREATE TABLE external (id integer, kind text, b bloom);
INSERT INTO external
SELECT 1, 'empty', bloom_empty(1000000)
UNION ALL SELECT 2, 'short list', bloom_add_agg(x, 1000000) FROM generate_series(1, 3) AS x
UNION ALL SELECT 3, 'list of 240', bloom_add_agg(x) FROM generate_series(1, 240) AS x
UNION ALL SELECT 4, 'long list', bloom_add_agg(x, 1000000) FROM generate_series(1, 5000) AS x
UNION ALL SELECT 5, 'short bits', bloom_add_agg(x, 50) FROM generate_series(1, 150) AS x
UNION ALL SELECT 6, 'few bits', a & b FROM bloom_add(NULL, 1), (SELECT bloom_add_agg(x, 4000) AS a,
	bloom_add_agg(-x, 4000) || 7 AS b FROM generate_series(1, 300) AS x) AS v
UNION ALL SELECT 7, 'bits', bloom_add_agg(x, 20000) FROM generate_series(1, 20000) AS x
UNION ALL SELECT 8, 'large', bloom_add_agg(x, 1000000) FROM generate_series(1, 45000) AS x
UNION ALL SELECT 9, 'crowded list', bloom_add_agg(h::sketch_hash, 1000000) || 1 || 7
	FROM generate_series(1::bigint, 3000) AS h
UNION ALL SELECT 10, 'crowded at the end', bloom_add_agg((-h)::sketch_hash, 1000000) || 1 || 7
	FROM generate_series(1::bigint, 3000) AS h
UNION ALL SELECT 11, 'two crowds', bloom_add_agg((h << 62)::sketch_hash, 1000000) || 1 || 7
	FROM generate_series(1::bigint, 2) AS h;
INSERT INTO external SELECT 12, 'crowd in the middle', bloom_add_agg(((1::bigint << 62) + h)::sketch_hash, 1000000) || 1 || 7
	FROM generate_series(1::bigint, 3000) AS h;

-- The same in line where it can be, and compressed.
CREATE TABLE main (LIKE external);
ALTER TABLE main ALTER COLUMN b SET STORAGE MAIN;
CREATE TABLE extended (LIKE external);
ALTER TABLE extended ALTER COLUMN b SET STORAGE EXTENDED;
INSERT INTO main SELECT id, kind, b || b FROM external;
INSERT INTO extended SELECT id, kind, b || b FROM external;
CREATE TABLE working (LIKE external);
CREATE AGGREGATE pg_temp.state_of_add(integer, bigint) (SFUNC = bloom_add_agg_trans, STYPE = bloom);
INSERT INTO working SELECT 7, 'bits', pg_temp.state_of_add(x, 20000) FROM generate_series(1, 20000) AS x;
INSERT INTO working SELECT 4, 'long list', pg_temp.state_of_add(x, 1000000) FROM generate_series(1, 5000) AS x;
VACUUM ANALYZE external, main, extended, working;
CREATE VIEW stored AS SELECT 'external' AS storage, * FROM external UNION ALL SELECT 'main', * FROM main
	UNION ALL SELECT 'extended', * FROM extended UNION ALL SELECT 'working', * FROM working;
SELECT id, kind, representation, bytes, pg_column_compression(e.b) AS external, pg_column_compression(m.b) AS main,
	pg_column_compression(x.b) AS extended, pg_column_size(e.b) AS stored_bytes,
	pg_column_size(x.b) < bytes / 2 AS shrunk, e.b = m.b AND m.b = x.b AS equal
FROM external AS e JOIN main AS m USING (id, kind) JOIN extended AS x USING (id, kind), bloom_info(e.b) ORDER BY id;

-- What each filter has of the integers and the hashes below, asked in memory.
CREATE TABLE probe AS SELECT h FROM (SELECT sketch_hash_any(x) FROM generate_series(1, 400) AS x
	UNION SELECT sketch_hash_any(x) FROM generate_series(1, 45000, 450) AS x
	UNION SELECT sketch_hash_any(x) FROM generate_series(100000, 100400) AS x
	UNION SELECT (x * s)::sketch_hash FROM generate_series(-1::bigint, 3200, 16) AS x, unnest('{1,-1}'::bigint[]) AS s
	UNION SELECT ((1::bigint << 62) + x)::sketch_hash FROM generate_series(-1::bigint, 3200, 16) AS x) AS v (h);
CREATE TABLE truth AS SELECT id, h FROM (SELECT id, b || b AS b FROM external OFFSET 0) AS f, probe WHERE b @> h;
SELECT id, count(h) AS has FROM external LEFT JOIN truth USING (id) GROUP BY id ORDER BY id;

-- Large and compressed, it is read as a whole, and once.
SELECT count(*) FILTER (WHERE b @> h) AS has, count(*) FILTER (WHERE b @> h AND h NOT IN (SELECT h FROM truth WHERE id = 8))
	AS wrong FROM extended, probe WHERE id = 8;
DELETE FROM main WHERE id = 8;
DELETE FROM extended WHERE id = 8;

-- One after the other, so that each is asked often, also when work_mem has no room
-- for any; in turn, so that many are kept; each time afresh, by a call site that
-- knows none; by a value that many filters are asked for. All as in memory.
CREATE FUNCTION wrong(query text, of_storage text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('WITH asked AS MATERIALIZED (%s),
		wanted AS MATERIALIZED (SELECT id, h FROM truth WHERE id IN (SELECT id FROM %I))
		SELECT count(*) FROM ((TABLE asked EXCEPT TABLE wanted) UNION ALL
			(TABLE wanted EXCEPT TABLE asked)) AS v', format(query, of_storage), of_storage) INTO n;
	RETURN n;
END $$;
CREATE FUNCTION ask_afresh(of_storage text, of_id integer, value sketch_hash) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	has boolean;
BEGIN
	EXECUTE format('SELECT b @> $1 FROM %I WHERE id = $2', of_storage) INTO has USING value, of_id;
	RETURN has;
END $$;
CREATE VIEW all_ways AS SELECT s AS storage,
	wrong('SELECT id, h FROM %I, LATERAL (SELECT h FROM probe WHERE b @> h OFFSET 0) AS v', s) AS one_by_one,
	wrong('SELECT id, h FROM probe, LATERAL (SELECT id FROM %I WHERE b @> h OFFSET 0) AS v', s) AS in_turn,
	wrong('SELECT id, h FROM probe, LATERAL (SELECT id FROM %I WHERE h <@ b OFFSET 0) AS v', s) AS commuted,
	wrong('SELECT id, h FROM %1$I, probe WHERE ask_afresh(''%1$s'', id, h)', s) AS afresh
FROM unnest('{external,main,extended,working}'::text[]) AS s;
SELECT * FROM all_ways;
SET work_mem = '64kB';
SELECT storage, one_by_one, in_turn, commuted FROM all_ways;
RESET work_mem;
-- A filter that is computed, and one in a composite, an array and a record.
SELECT count(*) AS asked, count(*) FILTER (WHERE (t.h IS NOT NULL) <> (ARRAY[b])[1] @> p.h
	OR (t.h IS NOT NULL) <> (e).b @> p.h) AS wrong
FROM external AS e CROSS JOIN probe AS p LEFT JOIN truth AS t USING (id, h) WHERE id IN (3, 7);

-- 40 filters, more than a call site remembers, each asked of each of 50 values, in
-- both loop orders and with no memory to keep them in.
CREATE TABLE many AS SELECT d AS id, bloom_add_agg(x, 3000) AS b FROM generate_series(1, 40) AS d,
	generate_series(d, 3000, 40) AS x GROUP BY d;
INSERT INTO many SELECT id + 40, b || (SELECT bloom_add_agg(-x, 3000) FROM generate_series(1, 2000) AS x) FROM many;
CREATE VIEW asked_of_many AS
SELECT count(*) AS answers, count(*) FILTER (WHERE has <> (x % 40 = id % 40)) AS false_positives,
	count(*) FILTER (WHERE x % 40 = id % 40 AND NOT has) AS denied
FROM (SELECT id, x, has FROM generate_series(1, 200) AS x, LATERAL (SELECT id, b @> x AS has FROM many OFFSET 0) AS m
	UNION ALL SELECT id, x, has FROM many, LATERAL (SELECT x, b @> x AS has FROM generate_series(1, 200) AS x OFFSET 0) AS m)
	AS v;
TABLE asked_of_many;
SET work_mem = '64kB';
TABLE asked_of_many;
RESET work_mem;

-- Blocks that a query reads.
CREATE FUNCTION buffers_of(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, FORMAT JSON) ' || query INTO plan;
	RETURN (plan #> '{0,Plan,Shared Hit Blocks}')::bigint + (plan #> '{0,Plan,Shared Read Blocks}')::bigint;
END $$;
CREATE FUNCTION ratio(query text, to_query text) RETURNS numeric LANGUAGE sql
	AS 'SELECT buffers_of(query)::numeric / buffers_of(to_query) FROM (SELECT buffers_of(query), buffers_of(to_query)) AS warm';
CREATE TABLE large (id integer PRIMARY KEY, b bloom);
INSERT INTO large SELECT d, b || d FROM external, generate_series(1, 8) AS d WHERE id = 8;
INSERT INTO large SELECT d, b || d FROM external, generate_series(101, 104) AS d WHERE id = 4;
VACUUM ANALYZE large;
-- Shape (b): one value asked of many filters. Of each, two slices are read.
SELECT ratio('SELECT id FROM large WHERE b @> -1 AND id <= 8', 'SELECT bloom_cardinality(b) FROM large WHERE id <= 8') <= 0.05
	AS at_most_5_percent,
	ratio('SELECT id FROM large WHERE b @> 44444 AND id <= 8', 'SELECT bloom_cardinality(b) FROM large WHERE id <= 8') <= 0.05
	AS also_when_it_is_there,
	ratio('SELECT id FROM large WHERE b @> -1 AND id > 100', 'SELECT bloom_cardinality(b) FROM large WHERE id > 100') < 0.8
	AS less_of_lists;
-- Shape (a): one filter asked by many rows. It is read once, whatever their number,
-- after slices of it that took about as long; few rows read slices alone.
SELECT buffers_of('SELECT count(*) FROM large, generate_series(1, 2000) AS x WHERE id = 3 AND b @> x') =
	buffers_of('SELECT count(*) FROM large, generate_series(1, 50000) AS x WHERE id = 3 AND b @> x') AS rows_do_not_matter,
	ratio('SELECT count(*) FROM large, generate_series(1, 50000) AS x WHERE id = 3 AND b @> x',
		'SELECT bloom_cardinality(b) FROM large WHERE id = 3') <= 3 AS once_and_some_slices,
	ratio('SELECT count(*) FROM large, generate_series(1, 5) AS x WHERE id = 3 AND b @> x',
		'SELECT bloom_cardinality(b) FROM large WHERE id = 3') <= 0.2 AS few_rows_read_slices;
-- What the header says is read from there, in one chunk.
SELECT f, ratio(format('SELECT %s(b) FROM large WHERE id <= 8', f),
	'SELECT bloom_cardinality(b) FROM large WHERE id <= 8') <= 0.05 AS one_chunk
FROM unnest('{bloom_is_empty,bloom_expected_items,bloom_fpr,bloom_false_positive_rate}'::text[]) AS f;

-- What adds nothing leaves the filter as it is stored: an UPDATE writes none of it.
CREATE TABLE same (id integer, b bloom);
INSERT INTO same SELECT id, b || b FROM large WHERE id <= 4;
CREATE FUNCTION pg_temp.toasted() RETURNS bigint LANGUAGE sql AS
	$$ SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE oid = 'same'::regclass $$;
CREATE TEMPORARY TABLE before AS SELECT pg_temp.toasted() AS nbytes;
UPDATE same SET b = b || 1::smallint || 2::numeric;
UPDATE same SET b = b || b;
UPDATE same SET b = b || bloom_empty(7);
UPDATE same SET b = bloom_empty(7) || b;
UPDATE same SET b = bloom_union(b & b, b);
UPDATE same SET b = b || NULL::integer;
SELECT pg_temp.toasted() = nbytes AS nothing_written FROM before;
UPDATE same SET b = b || -1;
SELECT pg_temp.toasted() > nbytes AS written FROM before;
DROP TABLE same;

-- Shape (c): a filter that is a parameter is in memory.
SELECT buffers_of('SELECT count(*) FROM generate_series(1, 5000) AS x WHERE (SELECT b || -1 FROM large WHERE id = 3) @> x')
	<= 1.1 * buffers_of('SELECT bloom_cardinality(b) FROM large WHERE id = 3') AS read_once;

-- A stored filter that got damaged is an error, in whichever part that is asked.
CREATE FUNCTION unchecked_bloom(bytea, bytea DEFAULT '') RETURNS bloom
	LANGUAGE internal IMMUTABLE STRICT AS 'byteacat';
CREATE TABLE damaged AS SELECT 1 AS n, unchecked_bloom(set_byte(b::bytea, 0, 129)) AS b FROM external WHERE id = 7
UNION ALL SELECT 2, unchecked_bloom(set_byte(b::bytea, 1, 9)) FROM external WHERE id = 7
UNION ALL SELECT 3, unchecked_bloom(substr(b::bytea, 1, 20000)) FROM external WHERE id = 7
UNION ALL SELECT 4, unchecked_bloom(b::bytea, '\x00') FROM external WHERE id = 7
UNION ALL SELECT 5, unchecked_bloom(set_byte(b::bytea, 4, 77)) FROM external WHERE id = 7
UNION ALL SELECT 6, unchecked_bloom(set_byte(b::bytea, 24, 1)) FROM external WHERE id = 4
UNION ALL SELECT 7, unchecked_bloom(decode(repeat('00', 5000), 'hex'));
SELECT n, error_of(format('SELECT b @> 1 FROM damaged WHERE n = %s', n)) FROM damaged ORDER BY n;

DROP VIEW asked_of_many, all_ways, stored;
DROP FUNCTION wrong, ask_afresh, buffers_of, ratio;
DROP TABLE external, main, extended, working, probe, truth, many, large, damaged;
DROP FUNCTION unchecked_bloom;
