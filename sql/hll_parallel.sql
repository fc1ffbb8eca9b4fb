-- Parallel plans give the sketches that serial ones give, to the byte.

\pset null '(null)'
SET client_min_messages = warning;

-- Rows spread over many pages, so that workers share them: 60,000 of 20,000
-- users; partitions for partition-wise aggregation.
CREATE TABLE event (n integer, usr integer, name text, grp integer, part integer, s hll,
	filler text) PARTITION BY LIST (grp);
CREATE TABLE event_0 PARTITION OF event FOR VALUES IN (0, 1);
CREATE TABLE event_1 PARTITION OF event FOR VALUES IN (2, 3);
INSERT INTO event
SELECT n, nullif(n % 20000, 0), 'user ' || n % 20000, n % 4, n % 50,
	CASE WHEN n % 100 = 0 THEN hll_add(hll_empty(12 + n % 3), n) END, repeat('x', 50)
FROM generate_series(1, 60000) AS n;
ANALYZE event;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 3;
SET parallel_leader_participation = on;
SET jit = off;

CREATE VIEW plain AS
SELECT hll_add_agg(usr) AS of_int, hll_add_agg(name) AS of_text,
	hll_add_agg(sketch_hash_any(usr)) AS of_hash,
	hll_add_agg(usr, 10) AS of_int_10, hll_add_agg(sketch_hash_any(name), 16) AS of_hash_16,
	hll_union_agg(s) AS of_sketch, approx_count_distinct(usr) AS approx,
		approx_count_distinct(name, 11) AS approx_11
FROM event_0;
CREATE VIEW grouped AS
SELECT part, hll_add_agg(usr) AS of_int, hll_add_agg(name) AS of_text,
	hll_add_agg(sketch_hash_any(usr)) AS of_hash,
	hll_add_agg(usr, 10) AS of_int_10, hll_add_agg(sketch_hash_any(name), 16) AS of_hash_16,
	hll_union_agg(s) AS of_sketch, approx_count_distinct(usr) AS approx,
		approx_count_distinct(name, 11) AS approx_11
FROM event_0 GROUP BY part;
CREATE VIEW none AS
SELECT hll_add_agg(usr) FILTER (WHERE n < 0) AS of_int,
	hll_add_agg(name, 10) FILTER (WHERE n < 0) AS of_text,
	hll_add_agg(sketch_hash_any(usr)) FILTER (WHERE n < 0) AS of_hash,
	hll_union_agg(s) FILTER (WHERE n < 0) AS of_sketch,
		approx_count_distinct(usr) FILTER (WHERE n < 0) AS approx
FROM event_0;
CREATE VIEW one AS
SELECT # hll_add_agg(usr) FILTER (WHERE n = 40001) AS of_int,
	# hll_add_agg(name, 10) FILTER (WHERE n = 40001) AS of_text,
	hll_union_agg(s) FILTER (WHERE n = 40100) AS of_sketch,
		approx_count_distinct(usr) FILTER (WHERE n = 1) AS approx
FROM event_0;
CREATE VIEW nulls AS
SELECT hll_add_agg(NULL::integer) AS of_int, hll_add_agg(nullif(name, name), 10) AS of_text,
	hll_union_agg(nullif(s, s)) AS of_sketch, approx_count_distinct(nullif(usr, usr)) AS approx
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
CREATE TEMPORARY TABLE parallel_one AS TABLE one;
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
SELECT p.* IS NOT DISTINCT FROM s.* AS same, s.* FROM parallel_none AS p, none AS s;
SELECT p.* IS NOT DISTINCT FROM s.* AS same, s.* FROM parallel_one AS p, one AS s;
SELECT p.* IS NOT DISTINCT FROM s.* AS same, s.* FROM parallel_nulls AS p, nulls AS s;

-- And they are right: counts of what is in event_0.
SELECT abs((# of_int) - exact) / exact < 0.03 AS of_int,
	abs((# of_text) - exact_names) / exact_names < 0.03 AS of_text,
	# of_sketch AS of_sketch, exact_sketches, hll_precision(of_sketch) AS lowest
FROM parallel_plain, (SELECT count(DISTINCT usr)::float8 AS exact,
	count(DISTINCT name)::float8 AS exact_names,
	count(s) AS exact_sketches FROM event_0) AS e;
SELECT count(*) AS groups, count(*) FILTER (WHERE approx <> exact) AS wrong
FROM parallel_grouped JOIN (SELECT part, count(DISTINCT usr) AS exact FROM event_0
	GROUP BY part) AS e USING (part);

-- Partition-wise aggregation, full (by the partition key) and partial.
CREATE TEMPORARY TABLE by_serial AS SELECT grp, hll_add_agg(usr) AS s, hll_union_agg(s) AS u
	FROM event GROUP BY grp;
CREATE TEMPORARY TABLE all_serial AS SELECT hll_add_agg(usr) AS s, hll_union_agg(s) AS u
	FROM event;
SET enable_partitionwise_aggregate = on;
SET enable_sort = off;
SELECT plan_of('SELECT grp, hll_add_agg(usr) FROM event GROUP BY grp');
SELECT plan_of('SELECT hll_add_agg(usr) FROM event');
SELECT count(*) FILTER (WHERE p.* = by_serial.*) AS same
FROM (SELECT grp, hll_add_agg(usr) AS s, hll_union_agg(s) AS u FROM event GROUP BY grp) AS p
	JOIN by_serial USING (grp);
SELECT p.* = all_serial.* AS same FROM (SELECT hll_add_agg(usr) AS s, hll_union_agg(s) AS u
	FROM event) AS p, all_serial;
RESET enable_sort;
SET max_parallel_workers_per_gather = 3;
SET enable_parallel_append = on;
SELECT p.* = all_serial.* AS same FROM (SELECT hll_add_agg(usr) AS s, hll_union_agg(s) AS u
	FROM event) AS p, all_serial;
RESET enable_partitionwise_aggregate;

-- A precision that differs between rows is an error, whichever worker sees it.
SELECT plan_of('SELECT hll_add_agg(usr, 10 + grp) FROM event_0');
SELECT regexp_replace(error_of('SELECT hll_add_agg(usr, 10 + grp) FROM event_0'),
	'from \d+ to \d+', 'from .. to ..');
SELECT regexp_replace(error_of('SELECT approx_count_distinct(usr,
	CASE WHEN n = 30000 THEN 11 ELSE 12 END) FROM event_0'), 'from \d+ to \d+', 'from .. to ..');
SELECT grp, hll_precision(hll_add_agg(usr, 10 + grp)) FROM event_0 GROUP BY grp ORDER BY grp;

DROP VIEW plain, grouped, none, one, nulls;
DROP TABLE event;
