-- Every aggregate of the extension, whatever part of it runs where: in parallel
-- workers, partition by partition, whole or partial, hashed or sorted, above joins;
-- and where PostgreSQL makes no partial aggregates. The results are those of one
-- serial scan, to the byte. A new aggregate has to be listed here.

SET client_min_messages = warning;
SET jit = off;
SET work_mem = '256MB';	-- for the states of all at once

-- Partitions with two groups, with one, with NULLs alone, and with nothing. The
-- items of topk are fewer than its k: then it is exact, and equal to the byte.
CREATE TABLE event (grp integer, hour integer, usr integer, hash sketch_hash, page text,
	weight bigint, h hll, b bloom, c cms, t topk, filler text) PARTITION BY LIST (grp);
CREATE TABLE event_0 PARTITION OF event FOR VALUES IN (0, 1);
CREATE TABLE event_2 PARTITION OF event FOR VALUES IN (2);
CREATE TABLE event_nulls PARTITION OF event FOR VALUES IN (3);
CREATE TABLE event_none PARTITION OF event FOR VALUES IN (4);
INSERT INTO event
SELECT grp, n % 24, usr, sketch_hash_any(usr), '/page/' || usr % 60, usr % 7,
	hll_add(hll_empty(11 + grp), usr), bloom_empty(5000) || usr,
	cms_empty(0.001 * 2 ^ grp) || usr, topk_empty(90 + grp) || (usr % 50)::text, repeat('x', 200)
FROM generate_series(1, 6000) AS n, LATERAL (SELECT n % 3 AS grp, nullif(n % 2000, 0) AS usr) AS v;
INSERT INTO event (grp, hour) SELECT 3, n % 24 FROM generate_series(1, 100) AS n;
ANALYZE event;

CREATE TABLE form (call text);
INSERT INTO form VALUES
	('hll_add_agg(hash)'), ('hll_add_agg(hash, 10)'), ('hll_add_agg(usr)'), ('hll_add_agg(page, 14)'),
	('hll_union_agg(h)'), ('approx_count_distinct(h)'), ('approx_count_distinct(hash)'), ('approx_count_distinct(hash, 12)'),
	('approx_count_distinct(usr)'), ('approx_count_distinct(page, 11)'),
	('bloom_add_agg(hash)'), ('bloom_add_agg(hash, 400)'), ('bloom_add_agg(hash, 4000, 0.001)'),
	('bloom_add_agg(usr)'), ('bloom_add_agg(usr, 900000)'), ('bloom_add_agg(page, 10, 0.1)'),
	('bloom_union_agg(b)'), ('bloom_intersect_agg(b)'),
	('cms_add_agg(hash)'), ('cms_add_agg(hash, 0.01)'), ('cms_add_agg(hash, 0.01, 0.1)'),
	('cms_add_agg(usr)'), ('cms_add_agg(page, 0.1)'), ('cms_add_agg(usr, 0.02, 0.1)'),
	('cms_add_weighted_agg(hash, weight)'), ('cms_add_weighted_agg(hash, weight, 0.01)'),
	('cms_add_weighted_agg(hash, weight, 0.01, 0.1)'), ('cms_add_weighted_agg(usr, weight)'),
	('cms_add_weighted_agg(page, weight, 0.1)'), ('cms_add_weighted_agg(usr, weight, 0.02, 0.1)'),
	('cms_add_weighted_agg(hash, weight::numeric)'), ('cms_add_weighted_agg(hash, weight::float8, 0.01)'),
	('cms_add_weighted_agg(hash, weight::numeric, 0.01, 0.1)'), ('cms_add_weighted_agg(usr, weight::numeric)'),
	('cms_add_weighted_agg(page, weight::float8, 0.1)'), ('cms_add_weighted_agg(usr, weight::float8, 0.02, 0.1)'),
	('cms_union_agg(c)'), ('topk_add_agg(page)'), ('topk_add_agg(page, 80)'),
	('topk_add_agg(hour)'), ('topk_add_agg(hour, 60)'), ('topk_add_weighted_agg(page, weight)'),
	('topk_add_weighted_agg(page, weight, 70)'), ('topk_add_weighted_agg(hour, weight)'), ('topk_add_weighted_agg(hour, weight, 70)'),
	('topk_add_weighted_agg(page, weight::numeric)'), ('topk_add_weighted_agg(page, weight::numeric, 70)'),
	('topk_add_weighted_agg(hour, weight::numeric)'), ('topk_add_weighted_agg(hour, weight::numeric, 70)'), ('topk_union_agg(t)');

-- {every} in a query stands for all of them.
CREATE FUNCTION pg_temp.every(query text) RETURNS text LANGUAGE sql AS $$
	SELECT replace(query, '{every}', string_agg(format('%s AS %I', call, call), ', ')) FROM form
$$;
DO $$ BEGIN EXECUTE pg_temp.every('CREATE VIEW one_of_each AS SELECT {every} FROM event'); END $$;
SELECT a.aggfnoid::regprocedure AS not_covered
FROM pg_aggregate AS a
JOIN pg_depend AS m ON m.classid = 'pg_proc'::regclass AND m.objid = a.aggfnoid AND m.deptype = 'e'
	AND m.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pgext')
WHERE NOT EXISTS (SELECT FROM pg_depend AS d JOIN pg_rewrite AS r ON r.oid = d.objid
	WHERE d.classid = 'pg_rewrite'::regclass AND r.ev_class = 'one_of_each'::regclass
		AND d.refclassid = 'pg_proc'::regclass AND d.refobjid = a.aggfnoid);

-- Whether PostgreSQL 19 may aggregate below joins, until the transaction ends or for good.
CREATE PROCEDURE pg_temp.set_eager(value text, local boolean DEFAULT true) LANGUAGE sql AS $$
	SELECT set_config(name, value, local) FROM pg_settings WHERE name = 'enable_eager_aggregate'
$$;
-- How the query aggregates under the session's settings, from the top of its plan down,
-- and whether that gives what a serial scan does. Rows are compared as text, which has the
-- bytes.
CREATE FUNCTION pg_temp.same(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	full_query text := pg_temp.every(query);
BEGIN
	RETURN QUERY
	SELECT string_agg(trim(node) || CASE WHEN times > 1 THEN ' x ' || times ELSE '' END, ' < ' ORDER BY first)
	FROM (SELECT node, count(*) AS times, min(n) AS first
		FROM plan_of(full_query) WITH ORDINALITY AS p (node, n)
		WHERE node ~ 'Aggregate|Gather|Append|Hash Join' GROUP BY node) AS p;
	EXECUTE 'CREATE TEMPORARY TABLE got AS ' || full_query;
	SET LOCAL max_parallel_workers_per_gather = 0;
	SET LOCAL enable_partitionwise_aggregate = off;
	CALL pg_temp.set_eager('off');
	EXECUTE 'CREATE TEMPORARY TABLE wanted AS ' || full_query;
	RETURN QUERY
	SELECT format('%s rows, %s values, %s rows differ', count(*),
		sum((SELECT count(*) FROM jsonb_each_text(to_jsonb(w)) AS v WHERE v.value IS NOT NULL)),
		abs(count(*) - (SELECT count(*) FROM got)) + (SELECT count(*)
			FROM (SELECT got::text FROM got EXCEPT ALL SELECT wanted::text FROM wanted) AS d))
	FROM wanted AS w;
	DROP TABLE got, wanted;
END $$;

SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 3;
SET parallel_leader_participation = off;

-- (It does see a difference: here of a setting that the query looks at.)
SELECT pg_temp.same('SELECT current_setting(''max_parallel_workers_per_gather''), {every} FROM event_0');

-- Parallel: one table, a partitioned one, and groups, hashed and sorted.
SELECT pg_temp.same('SELECT {every} FROM event_0');
SELECT pg_temp.same('SELECT {every} FROM event');
SET enable_sort = off;
SELECT pg_temp.same('SELECT hour, {every} FROM event GROUP BY hour');
RESET enable_sort;
SET enable_hashagg = off;
SELECT pg_temp.same('SELECT hour, {every} FROM event GROUP BY hour');
RESET enable_hashagg;

-- Partition by partition: whole groups where they are by the partition key, otherwise
-- partial ones. Without workers all runs combine alike. PostgreSQL sees no gain there,
-- as partial aggregates have to be combined: unless that costs nothing.
SET cpu_operator_cost = 0;
SET enable_partitionwise_aggregate = on;
SET max_parallel_workers_per_gather = 0;
SELECT pg_temp.same('SELECT {every} FROM event');
SET enable_sort = off;
SELECT pg_temp.same('SELECT grp, {every} FROM event GROUP BY grp');
SELECT pg_temp.same('SELECT hour, {every} FROM event GROUP BY hour');
RESET enable_sort;
SET enable_hashagg = off;
SELECT pg_temp.same('SELECT grp, {every} FROM event GROUP BY grp');
SELECT pg_temp.same('SELECT hour, {every} FROM event GROUP BY hour');
RESET enable_hashagg;

-- Both.
SET max_parallel_workers_per_gather = 3;
SELECT pg_temp.same('SELECT {every} FROM event');
SET enable_sort = off;
SELECT pg_temp.same('SELECT grp, {every} FROM event GROUP BY grp');
SELECT pg_temp.same('SELECT hour, {every} FROM event GROUP BY hour');
RESET enable_sort;

-- Above joins: of a table that the workers hash together, and of partitions in pairs.
CREATE TABLE shift (grp integer, hour integer, kind text) PARTITION BY LIST (grp);
CREATE TABLE shift_0 PARTITION OF shift FOR VALUES IN (0, 1);
CREATE TABLE shift_2 PARTITION OF shift FOR VALUES IN (2);
CREATE TABLE shift_nulls PARTITION OF shift FOR VALUES IN (3);
CREATE TABLE shift_none PARTITION OF shift FOR VALUES IN (4);
INSERT INTO shift
SELECT grp, hour, CASE WHEN hour BETWEEN 6 AND 21 THEN 'day' ELSE 'night' END
FROM generate_series(0, 3) AS grp, generate_series(0, 23) AS hour;
ANALYZE shift;
RESET cpu_operator_cost;
CALL pg_temp.set_eager('off', false);
SET enable_sort = off;
SELECT pg_temp.same('SELECT kind, {every} FROM event_0 JOIN shift_0 USING (hour) GROUP BY kind');
SET cpu_operator_cost = 0;
SET max_parallel_workers_per_gather = 0;
SET enable_partitionwise_join = on;
SET enable_nestloop = off;
SELECT pg_temp.same('SELECT grp, {every} FROM event JOIN shift USING (grp, hour) GROUP BY grp');
SELECT pg_temp.same('SELECT kind, {every} FROM event JOIN shift USING (grp, hour) GROUP BY kind');
-- Below joins, too. Before PostgreSQL 19, these are the same plans as above.
CALL pg_temp.set_eager('on', false);
SELECT answer FROM pg_temp.same('SELECT grp, {every} FROM event JOIN shift USING (grp, hour) GROUP BY grp')
	WITH ORDINALITY AS s (answer, n) WHERE n = 2;
SELECT answer FROM pg_temp.same('SELECT kind, {every} FROM event JOIN shift USING (grp, hour) GROUP BY kind')
	WITH ORDINALITY AS s (answer, n) WHERE n = 2;
RESET cpu_operator_cost;
SET max_parallel_workers_per_gather = 3;
SELECT answer FROM pg_temp.same('SELECT kind, {every} FROM event_0 JOIN shift_0 USING (hour) GROUP BY kind')
	WITH ORDINALITY AS s (answer, n) WHERE n = 2;
SET cpu_operator_cost = 0;
RESET enable_partitionwise_join;
RESET enable_nestloop;

-- Conditions on the finished sketches, and on the rows that they take.
SET max_parallel_workers_per_gather = 3;
SELECT pg_temp.same('SELECT hour, {every} FROM event GROUP BY hour HAVING NOT bloom_add_agg(usr) @> 605
	AND #hll_add_agg(usr) > 165 AND cms_total(cms_add_agg(usr)) > 245');
SELECT pg_temp.same(replace(pg_temp.every('SELECT hour, {every} FROM event GROUP BY hour'),
	' AS "', ' FILTER (WHERE grp = 2 AND hour % 5 = 0) AS "'));
RESET enable_sort;

-- PostgreSQL makes no partial aggregates for several groupings at once, nor of distinct or
-- ordered input. The workers only scan.
SELECT pg_temp.same('SELECT hour, grp, {every} FROM event GROUP BY GROUPING SETS ((hour), (grp), ())');
SELECT pg_temp.same(replace(pg_temp.every('SELECT {every} FROM event'), '_agg(', '_agg(DISTINCT '));
SELECT pg_temp.same(replace(pg_temp.every('SELECT {every} FROM event'), ') AS "', ' ORDER BY hour) AS "'));

-- Rollups with a design of their own in each partition: unions fold to what is common.
CREATE TABLE rollup (grp integer, h hll, b bloom, c cms, t topk) PARTITION BY LIST (grp);
CREATE TABLE rollup_0 PARTITION OF rollup FOR VALUES IN (0);
CREATE TABLE rollup_1 PARTITION OF rollup FOR VALUES IN (1);
CREATE TABLE rollup_2 PARTITION OF rollup FOR VALUES IN (2);
INSERT INTO rollup
SELECT grp, hll_add_agg(usr, 9 + grp), bloom_add_agg(usr, 5000 << grp) || 'all'::text,
	cms_add_agg(usr, 0.01 * 2 ^ grp, 0.1), topk_add_agg((usr % 40)::text, 90 + grp)
FROM event WHERE usr IS NOT NULL GROUP BY grp, hour % 4;
ANALYZE rollup;
CREATE TEMPORARY VIEW united AS
SELECT grp % 2 AS odd, hll_union_agg(h) AS h, bloom_union_agg(b) AS b, cms_union_agg(c) AS c,
	topk_union_agg(t) AS t
FROM rollup GROUP BY grp % 2;
SET max_parallel_workers_per_gather = 0;
SET enable_sort = off;
SELECT pg_temp.same('TABLE united');
SELECT odd, hll_precision(h) AS precision, (bloom_info(b)).blocks, (cms_info(c)).epsilon,
	(cms_info(c)).representation, (topk_info(t)).k FROM united ORDER BY odd;

-- Filters of different sizes intersect to others when others meet first: nothing that all
-- have is missing in any of them. Filters of one size intersect alike in any order.
SELECT pg_temp.same('SELECT grp, bloom_intersect_agg(b) FROM rollup GROUP BY grp');
SELECT plan_of('SELECT bloom_intersect_agg(b) FROM rollup');
SELECT bloom_intersect_agg(b) @> 'all'::text AS affirms_all FROM rollup;

-- Where k is too small, what topk holds depends on what was combined first, but is right:
-- the total, the bounds of each item, and of those that are not held.
CREATE TEMPORARY VIEW cut AS SELECT topk_add_agg((2000 / usr)::text, 20) AS s FROM event;
SELECT plan_of('TABLE cut');
SELECT (topk_info(s)).items > 10 AS holds_items, topk_error_bound(s) BETWEEN 1 AND topk_total(s) / 21 AS cut,
	topk_total(s) = sum(n) AS total, count(*) AS items,
	count(*) FILTER (WHERE n BETWEEN coalesce(lower, 0) AND coalesce(upper, topk_error_bound(s))) AS in_bounds
FROM cut, (SELECT (2000 / usr)::text AS item, count(*) AS n FROM event WHERE usr IS NOT NULL GROUP BY 1) AS e
LEFT JOIN (SELECT i.* FROM cut, topk_items(s) AS i) AS i USING (item)
GROUP BY s;

\pset format unaligned
-- What is not the same in all rows is found when partial results meet, at the latest.
SELECT pg_temp.same('SELECT hll_add_agg(usr, CASE WHEN grp < 9 THEN 12 ELSE 11 END) FROM event');
SELECT substring(error_of('SELECT ' || call || ' FROM event') FROM '^[^\n]*\n[^\n]*') AS error
FROM unnest(ARRAY['hll_add_agg(usr, CASE grp WHEN 2 THEN 12 ELSE 11 END)',
	'approx_count_distinct(usr, CASE grp WHEN 2 THEN 12 ELSE 11 END)',
	'bloom_add_agg(usr, CASE grp WHEN 2 THEN 600 ELSE 500 END)',
	'bloom_add_agg(usr, 500, CASE grp WHEN 2 THEN 0.1 ELSE 0.01 END)',
	'bloom_union_agg(bloom_empty(CASE grp WHEN 2 THEN 6000 ELSE 5000 END) || usr)',
	'bloom_intersect_agg(bloom_empty(CASE grp WHEN 2 THEN 6000 ELSE 5000 END) || usr)',
	'cms_add_agg(usr, CASE grp WHEN 2 THEN 0.02 ELSE 0.01 END)',
	'cms_add_weighted_agg(usr, 3, 0.01, CASE grp WHEN 2 THEN 0.02 ELSE 0.01 END)',
	'cms_union_agg(cms_empty(CASE grp WHEN 2 THEN 0.03 ELSE 0.01 END) || usr)',
	'topk_add_agg(page, CASE grp WHEN 2 THEN 60 ELSE 50 END)',
	'topk_add_weighted_agg(page, 3, CASE grp WHEN 2 THEN 60 ELSE 50 END)']) AS call;

\pset format aligned
DROP VIEW one_of_each;
DROP TABLE event, form, shift, rollup CASCADE;
