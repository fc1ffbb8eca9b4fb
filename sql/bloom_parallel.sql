-- Parallel plans give the filters that serial ones give, to the byte.

\pset null '(null)'
SET client_min_messages = warning;

-- Rows spread over many pages, so that workers share them: 60,000 of 20,000
-- users; partitions for partition-wise aggregation.
CREATE TABLE event (n integer, usr integer, name text, grp integer, part integer, b bloom,
	filler text) PARTITION BY LIST (grp);
CREATE TABLE event_0 PARTITION OF event FOR VALUES IN (0, 1);
CREATE TABLE event_1 PARTITION OF event FOR VALUES IN (2, 3);
INSERT INTO event
SELECT n, nullif(n % 20000, 0), 'user ' || n % 20000, n % 4, n % 50,
	CASE WHEN n % 100 = 0 THEN bloom_empty(5000 << n % 3) || n || 'all'::text END, repeat('x', 50)
FROM generate_series(1, 60000) AS n;
ANALYZE event;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 3;
SET jit = off;

CREATE VIEW plain AS
SELECT bloom_add_agg(usr) AS of_int, bloom_add_agg(name) AS of_text, bloom_add_agg(sketch_hash_any(usr)) AS of_hash,
	bloom_add_agg(usr, 20000) AS sized, bloom_add_agg(usr, 9000000) AS list, bloom_add_agg(usr, 5) AS small,
	bloom_add_agg(sketch_hash_any(name), 20000, 0.001) AS of_hash_001, bloom_add_agg(name, 300) AS overfull,
	bloom_union_agg(b) AS united, bloom_intersect_agg(b) AS common
FROM event_0;
CREATE VIEW grouped AS
SELECT part, bloom_add_agg(usr) AS of_int, bloom_add_agg(name) AS of_text, bloom_add_agg(sketch_hash_any(usr)) AS of_hash,
	bloom_add_agg(usr, 400) AS sized, bloom_add_agg(usr, 9000000) AS list, bloom_add_agg(usr, 5) AS small,
	bloom_union_agg(b) AS united, bloom_intersect_agg(b) AS common
FROM event_0 GROUP BY part;
CREATE VIEW none AS
SELECT bloom_add_agg(usr) FILTER (WHERE n < 0) AS of_int, bloom_add_agg(name, 10) FILTER (WHERE n < 0) AS sized,
	bloom_add_agg(sketch_hash_any(usr), 10, 0.5) FILTER (WHERE n < 0) AS with_rate,
	bloom_union_agg(b) FILTER (WHERE n < 0) AS united, bloom_intersect_agg(b) FILTER (WHERE n < 0) AS common
FROM event_0;
CREATE VIEW one AS
SELECT bloom_add_agg(usr) FILTER (WHERE n = 40001) = NULL::bloom || 1 AS of_int,
	bloom_add_agg(name, 10) FILTER (WHERE n = 40001) = bloom_empty(10) || 'user 1'::text AS sized,
	bloom_union_agg(b) FILTER (WHERE n = 40100) @> 40100 AS united,
	bloom_intersect_agg(b) FILTER (WHERE n = 40100) @> 40100 AS common
FROM event_0;
CREATE VIEW nulls AS
SELECT bloom_add_agg(nullif(usr, usr)) AS of_int, bloom_add_agg(nullif(name, name), 10) AS sized,
	bloom_union_agg(nullif(b, b)) AS united, bloom_intersect_agg(nullif(b, b)) AS common
FROM event_0;

SELECT plan_of('TABLE plain');
SELECT plan_of('TABLE none');
SELECT plan_of('TABLE nulls');
SET enable_sort = off;
SELECT plan_of('TABLE grouped');
RESET enable_sort;
CREATE TEMPORARY TABLE parallel_plain AS TABLE plain;
CREATE TEMPORARY TABLE parallel_grouped AS TABLE grouped;
CREATE TEMPORARY TABLE parallel_none AS TABLE none;
CREATE TEMPORARY TABLE parallel_nulls AS TABLE nulls;

-- No rows, one row, only NULLs: whichever worker saw them.
TABLE none;
TABLE one;
TABLE nulls;

SET max_parallel_workers_per_gather = 0;
SELECT plan_of('TABLE plain');
SELECT p.* = s.* AS same FROM parallel_plain AS p, plain AS s;
SELECT count(*) AS groups, count(*) FILTER (WHERE p.* = s.*) AS same
FROM parallel_grouped AS p FULL JOIN grouped AS s USING (part);
SELECT p.* IS NOT DISTINCT FROM s.* AS same FROM parallel_none AS p, none AS s;
SELECT p.* IS NOT DISTINCT FROM s.* AS same FROM parallel_nulls AS p, nulls AS s;
TABLE one;

-- And they are right: all that is in event_0 is found.
SELECT count(*) AS events, count(usr) FILTER (WHERE NOT (of_int @> usr AND of_hash @> usr AND sized @> usr
		AND list @> usr AND small @> usr)) AS denied_users,
	count(name) FILTER (WHERE NOT (of_text @> name AND of_hash_001 @> name AND overfull @> name)) AS denied_names,
	count(b) FILTER (WHERE NOT (united @> n AND common @> 'all'::text)) AS denied_filters,
	count(DISTINCT usr) AS users
FROM event_0, parallel_plain;
SELECT bloom_cardinality(list) AS exact, (bloom_info(of_int)).expected_items AS sized_for,
	(bloom_info(united)).expected_items AS smallest, (bloom_info(small)).representation
FROM parallel_plain;
SELECT count(*) AS events, count(*) FILTER (WHERE NOT (of_int @> usr AND of_text @> name AND sized @> usr AND list @> usr))
	AS denied FROM event_0 JOIN parallel_grouped USING (part) WHERE usr IS NOT NULL;

-- Asking in workers: of a filter that each of them keeps.
SET max_parallel_workers_per_gather = 3;
CREATE TABLE kept AS SELECT bloom_add_agg(usr, 20000) AS b FROM event_0 WHERE usr % 2 = 1;
ANALYZE kept;
SELECT plan_of('SELECT count(*) FROM event WHERE (SELECT b FROM kept) @> usr');
SELECT count(*) AS found, count(*) FILTER (WHERE usr % 2 = 1 AND grp < 2) AS right_ones,
	(SELECT count(*) FROM event_0 WHERE usr % 2 = 1) AS wanted FROM event WHERE (SELECT b FROM kept) @> usr AND grp < 2;
SELECT count(*) AS found, (SELECT count(*) FROM event_0 WHERE usr % 2 = 1) AS wanted
	FROM event_0, kept WHERE usr % 2 = 1 AND usr <@ kept.b;

-- Partition-wise aggregation, full (by the partition key) and partial.
SET max_parallel_workers_per_gather = 0;
CREATE TEMPORARY TABLE by_serial AS SELECT grp, bloom_add_agg(usr) AS a, bloom_add_agg(usr, 9000) AS s,
	bloom_union_agg(b) AS u, bloom_intersect_agg(b) AS i FROM event GROUP BY grp;
CREATE TEMPORARY TABLE all_serial AS SELECT bloom_add_agg(usr) AS a, bloom_add_agg(usr, 9000) AS s,
	bloom_union_agg(b) AS u, bloom_intersect_agg(b) AS i FROM event;
SET enable_partitionwise_aggregate = on;
SET enable_sort = off;
SELECT plan_of('SELECT grp, bloom_add_agg(usr) FROM event GROUP BY grp');
SELECT plan_of('SELECT bloom_add_agg(usr, 9000) FROM event');
SELECT count(*) AS groups, count(*) FILTER (WHERE p.* IS NOT DISTINCT FROM by_serial.*) AS same
FROM (SELECT grp, bloom_add_agg(usr) AS a, bloom_add_agg(usr, 9000) AS s, bloom_union_agg(b) AS u,
	bloom_intersect_agg(b) AS i FROM event GROUP BY grp) AS p JOIN by_serial USING (grp);
SELECT p.* = all_serial.* AS same FROM (SELECT bloom_add_agg(usr) AS a, bloom_add_agg(usr, 9000) AS s,
	bloom_union_agg(b) AS u, bloom_intersect_agg(b) AS i FROM event) AS p, all_serial;
RESET enable_sort;
SET max_parallel_workers_per_gather = 3;
SELECT p.* = all_serial.* AS same FROM (SELECT bloom_add_agg(usr) AS a, bloom_add_agg(usr, 9000) AS s,
	bloom_union_agg(b) AS u, bloom_intersect_agg(b) AS i FROM event) AS p, all_serial;
RESET enable_partitionwise_aggregate;

-- A design that differs between rows is an error, whichever worker sees it.
SELECT plan_of('SELECT bloom_add_agg(usr, 1000 + grp) FROM event_0');
SELECT regexp_replace(error_of('SELECT bloom_add_agg(usr, 1000 + grp) FROM event_0'), 'for 100\d', 'for 100.', 'g');
SELECT regexp_replace(error_of('SELECT bloom_add_agg(usr, CASE WHEN n = 30000 THEN 11 ELSE 12 END) FROM event_0'),
	'for 1\d', 'for 1.', 'g');
SELECT regexp_replace(error_of('SELECT bloom_add_agg(usr, 99, CASE WHEN n = 30000 THEN 0.1 ELSE 0.2 END) FROM event_0'),
	'fpr 0.\d', 'fpr 0..', 'g');
SELECT left(error_of('SELECT bloom_union_agg(f) FROM (SELECT bloom_add_agg(n, 1000 + 2000 * grp) AS f FROM event_0 GROUP BY grp) AS v'), 36);

DROP VIEW plain, grouped, none, one, nulls;
DROP TABLE event, kept;
