-- The cms aggregates in every place where SQL lets an aggregate stand, against
-- exact counts; over frames, in parallel and by partition, to the byte.

\pset null '(null)'
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
SET jit = off;

-- 60,000 events; page p comes about 60,000 / p(p + 1) times; one in 50 has no page.
CREATE TABLE event (n integer, page integer, name text, grp integer, hour integer, weight bigint, s cms,
	filler text)
	PARTITION BY LIST (grp);
CREATE TABLE event_0 PARTITION OF event FOR VALUES IN (0, 1);
CREATE TABLE event_1 PARTITION OF event FOR VALUES IN (2, 3);
INSERT INTO event SELECT n, p, 'page ' || p, n % 4, n % 24, CASE WHEN n % 11 > 0 THEN n % 10 END,
	CASE WHEN n % 100 = 0 THEN cms_add(cms_empty(0.001 * (1 << n % 3)), n, 5) || 'all'::text END,
		repeat('x', 50)
	FROM generate_series(1, 60000) AS n, LATERAL (SELECT CASE WHEN n % 50 > 0 THEN 60000 / n::integer END)
		AS v (p);
ANALYZE event;

-- Wrong answers of a sketch that should be exact, and whether it is to the byte the
-- one that adding one by one gives.
CREATE FUNCTION pg_temp.judge(s cms, values_of integer[], OUT wrong bigint,
	OUT same boolean) LANGUAGE plpgsql AS $$
DECLARE
	x integer;
	made cms;
BEGIN
	FOREACH x IN ARRAY values_of LOOP
		made := made || x;
	END LOOP;
	same := s = made;
	SELECT count(*) INTO wrong FROM (SELECT v, count(*) AS f FROM unnest(values_of) AS v
		GROUP BY v) AS truth
		WHERE cms_frequency(s, v) <> f;
END $$;
SELECT j.*, cms_total(s) FROM (SELECT cms_add_agg(page) AS s, array_agg(page) AS pages FROM event
	WHERE n <= 4000 AND page IS NOT NULL)
	AS v, pg_temp.judge(s, pages) AS j;
-- A value too few, a wrong frequency: the judge sees it.
SELECT j.* FROM (SELECT cms_add_agg(page) AS s, array_agg(page + 1) AS pages FROM event
	WHERE n <= 9 AND page IS NOT NULL)
	AS v, pg_temp.judge(s, pages) AS j;

-- The sketch without the kind of its values, which hashes do not have.
CREATE FUNCTION pg_temp.hashed(s cms) RETURNS cms LANGUAGE sql AS
	'SELECT set_byte(s::bytea, 3, 255)::cms';
-- Every form, and that each is of the design that was asked for.
SELECT pg_temp.hashed(cms_add_agg(page)) = cms_add_agg(sketch_hash_any(page)) AS hash,
	cms_add_agg(page) = cms_add_agg(page, 0.001, 0.01) AS defaults,
	pg_temp.hashed(cms_add_agg(page, 0.01, 0.1)) = cms_add_agg(sketch_hash_any(page), 0.01, 0.1) AS designed,
	cms_add_agg(page, 0.02) = cms_add_agg(page, 0.02, 0.01) AS epsilon, cms_add_agg(sketch_hash_any(page), 0.02)
		= pg_temp.hashed(cms_add_agg(page, 0.02)) AS hash,
	cms_add_weighted_agg(page, weight, 0.02) = cms_add_weighted_agg(page, weight, 0.02, 0.01) AS epsilon,
	cms_add_weighted_agg(sketch_hash_any(page), weight, 0.02) = pg_temp.hashed(cms_add_weighted_agg(page, weight, 0.02)) AS hash,
	pg_temp.hashed(cms_add_agg(name)) = cms_add_agg(sketch_hash_any(name)) AS text,
		cms_add_agg(page) = cms_add_agg(page::bigint) AS integers,
	cms_add_weighted_agg(page, 1) = cms_add_agg(page) AS weight_1, cms_add_weighted_agg(page, 1, 0.01,
		0.1) = cms_add_agg(page, 0.01, 0.1)
	AS weight_1, pg_temp.hashed(cms_add_weighted_agg(page, weight)) = cms_add_weighted_agg(sketch_hash_any(page),
		weight) AS hash,
	pg_temp.hashed(cms_add_weighted_agg(page, weight, 0.01, 0.1)) = cms_add_weighted_agg(sketch_hash_any(page), weight,
		0.01, 0.1) AS hash,
	cms_add_weighted_agg(page, weight::numeric) = cms_add_weighted_agg(page, weight::bigint) AS "numeric",
	cms_add_weighted_agg(page, weight::float8, 0.1) = cms_add_weighted_agg(page, weight::bigint, 0.1) AS "float8",
	cms_add_weighted_agg(page, weight::numeric, 0.1, 0.1) = cms_add_weighted_agg(page, weight::bigint, 0.1, 0.1) AS "numeric",
	cms_union_agg(cms_empty(0.01, 0.1) || page) = cms_add_agg(page, 0.01, 0.1) AS united,
		pg_typeof(cms_add_agg(page)) AS type
FROM event WHERE n % 3 = 0;
SELECT cms_info(cms_add_agg(page, 0.03, 0.3)), cms_info(cms_add_weighted_agg(name, weight, 0.3, 0.003)),
	cms_info(cms_add_agg(page, 0.03)), cms_info(cms_add_weighted_agg(name, weight, 0.3)) FROM event;
SELECT cms_total(cms_add_weighted_agg(page, weight)) = sum(weight) FILTER (WHERE page IS NOT NULL) AS total,
	cms_frequency(cms_add_weighted_agg(page, weight), 7) - sum(weight) FILTER (WHERE page = 7) AS of_7,
	cms_frequency(cms_add_weighted_agg(n, nullif(weight, weight)), 7) AS no_weights,
	cms_is_empty(cms_add_weighted_agg(page, 0)) AS zeros
FROM event WHERE n < 9000;

-- No rows; only NULLs; one row.
SELECT cms_add_agg(page), cms_add_agg(name, 0.1), cms_add_agg(name, 0.1, 0.1), cms_add_agg(sketch_hash_any(page)),
	cms_add_weighted_agg(page, 1),
	cms_add_weighted_agg(page, 1, 0.1, 0.1), cms_union_agg(s) FROM event WHERE false;
SELECT cms_add_agg(page) = cms_empty() AS plain, cms_add_agg(name, 0.1, 0.1) = cms_empty(0.1,
	0.1) AS designed,
	cms_add_agg(sketch_hash_any(page)) = cms_empty() AS hash, cms_add_weighted_agg(n, nullif(n,
		n)) = cms_empty() AS weighted, cms_add_agg(page, 0.1) = cms_empty(0.1) AS epsilon,
	cms_add_weighted_agg(page, 5, 0.1, 0.1) = cms_empty(0.1, 0.1) AS weighted, cms_union_agg(nullif(s,
		s)) = cms_empty() AS united,
	cms_union_agg(nullif(s, s)) || (cms_empty(0.3, 0.3) || 1) = cms_empty(0.3, 0.3) || 1 AS neutral
FROM event WHERE n % 50 = 0;
SELECT cms_add_agg(page) = cms_empty() || 60000 AS one, cms_add_weighted_agg(page, 9) = cms_add(NULL,
	60000, 9) AS one,
	cms_union_agg(s) = cms_empty() AS one_null FROM event WHERE n = 1;
SELECT cms_union_agg(s) = s AS one FROM event WHERE n = 100 GROUP BY s;

-- FILTER, DISTINCT, ORDER BY; content decides, not order; repetition counts.
SELECT count(DISTINCT s) AS results, count(*) AS ways, min(representation)
FROM (SELECT cms_add_agg(n, 0.01, 0.01) FROM event UNION ALL SELECT cms_add_agg(n, 0.01, 0.01
	ORDER BY n DESC) FROM event
	UNION ALL SELECT cms_add_agg(DISTINCT n, 0.01, 0.01) FROM event
		UNION ALL SELECT cms_add_agg(n, 0.01, 0.01 ORDER BY md5(n::text)) FROM event
	UNION ALL SELECT cms_union_agg(s) FROM (SELECT cms_add_agg(n, 0.01, 0.01) AS s FROM event
		GROUP BY hour) AS v
	UNION ALL SELECT cms_union_agg(s ORDER BY g) FROM (SELECT n % 7000 AS g, cms_add_agg(n, 0.01,
		0.01) AS s FROM event GROUP BY g) AS v)
	AS v (s), cms_info(s);
SELECT cms_add_agg(page) FILTER (WHERE n = 8) = cms_empty() || 7500 AS filtered,
	cms_add_agg(page) FILTER (WHERE n < 0) AS no_rows,
	cms_total(cms_add_agg(DISTINCT page)) = count(DISTINCT page) AS "distinct",
		cms_total(cms_add_agg(page)) = count(page) AS "all",
	cms_frequency(cms_union_agg(DISTINCT s), 'all'::text) AS distinct_sketches, count(s) AS sketches,
	cms_frequency(cms_add_agg((page, grp)), (7, 1)) = count(*) FILTER (WHERE page = 7 AND grp = 1)
		AS record,
	cms_frequency(cms_add_agg(ARRAY[page]), ARRAY[7]) = count(*) FILTER (WHERE page = 7) AS "array",
	cms_frequency(cms_add_agg(page::numeric), 7.00) = count(*) FILTER (WHERE page = 7) AS numeric
FROM event;

-- GROUP BY, HAVING, grouping sets: every group against its rows.
SELECT count(*) AS sets, sum(wrong) AS wrong, count(*) FILTER (WHERE NOT same) AS unequal
FROM (SELECT hour, grp, cms_add_agg(page) AS s, array_agg(page) AS pages FROM event
	WHERE n <= 3000 AND page IS NOT NULL
	GROUP BY CUBE (hour, grp)) AS v, pg_temp.judge(s, pages);
SELECT hour, cms_total(cms_add_agg(page)) FROM event GROUP BY hour HAVING cms_frequency(cms_add_agg(n),
	25) > 0 ORDER BY hour;
SELECT e, (cms_info(cms_add_agg(x, e, 0.01))).width FROM generate_series(1, 3) AS x,
	unnest('{0.1,0.01}'::float8[]) AS e GROUP BY e ORDER BY e;
SELECT h, (SELECT cms_total(cms_add_agg(page)) = count(page) FROM event WHERE hour = h) AS correlated
	FROM generate_series(3, 4) AS h ORDER BY h;

-- 100,000 groups of three: sorted, hashed in memory, and spilled.
CREATE FUNCTION pg_temp.digest() RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', md5(string_agg(md5(g || s::text), '' ORDER BY g)), count(*),
		count(*) FILTER (WHERE (cms_frequency(s, g),
		cms_frequency(s, g + 100000), cms_frequency(s, g + 200000), cms_total(s)) <> (1, 1, 1, 3)),
			max(length(s::bytea)))
	FROM (SELECT n % 100000 AS g, cms_add_agg(n) AS s FROM generate_series(0, 299999) AS n
		GROUP BY g) AS groups $$;
CREATE TEMPORARY TABLE digests AS SELECT pg_temp.digest() AS d LIMIT 0;
SET enable_sort = off;
SET work_mem = '64MB';
INSERT INTO digests SELECT pg_temp.digest();
SET work_mem = '64kB';
INSERT INTO digests SELECT pg_temp.digest();
-- Groups whose states turn into counters, spilled.
SELECT count(*) AS groups, count(*) FILTER (WHERE cms_total(s) <> c) AS wrong_totals, min(representation),
	max(representation)
FROM (SELECT n % 50 AS g, cms_add_agg(n, 0.1, 0.1) AS s, count(*) AS c FROM generate_series(1, 10000) AS n
	GROUP BY g) AS v, cms_info(s);
SET enable_sort = on;
SET enable_hashagg = off;
INSERT INTO digests SELECT pg_temp.digest();
RESET enable_hashagg;
RESET work_mem;
SELECT count(DISTINCT d) AS results, count(*) AS ways, substr(min(d), 34) AS groups_wrong_bytes
	FROM digests;

-- Frames: short, moving, with holes, to the end; lists, counters, two widths, empty
-- sketches and NULLs: each to the byte what the plain aggregate gives for its rows.
CREATE AGGREGATE pg_temp.state_of_add(integer, float8, float8) (SFUNC = cms_add_agg_trans, STYPE = cms);
CREATE AGGREGATE pg_temp.plain_union_agg(cms) (SFUNC = cms_union_agg_trans, STYPE = cms,
	FINALFUNC = cms_agg_final);
CREATE TEMPORARY TABLE day AS SELECT d, CASE WHEN d % 7 = 3 OR d BETWEEN 60 AND 70 THEN NULL WHEN d % 19
	= 4 THEN cms_empty(0.3, 0.3)
	WHEN d % 19 = 5 THEN pg_temp.state_of_add(x, 0.02, 0.1) ELSE cms_add_agg(x, 0.02 * (1 << d % 2),
		0.1) END AS s
	FROM generate_series(1, 150) AS d, LATERAL (SELECT generate_series(d,
		d + (d * 37 % 11) * (d * 37 % 11)) AS x) AS v GROUP BY d;
SELECT representation, count(*), count(DISTINCT width) AS widths FROM day LEFT JOIN cms_info(s) ON true
	GROUP BY 1 ORDER BY 1;
SELECT count(*) AS rows, count(a1 || a2 || a3 || a4) AS sketches, count(*) FILTER (WHERE a1 IS DISTINCT
	FROM b1) AS sliding,
	count(*) FILTER (WHERE a2 IS DISTINCT FROM b2) AS growing, count(*) FILTER (WHERE a3 IS DISTINCT
		FROM b3) AS to_end,
	count(*) FILTER (WHERE a4 IS DISTINCT FROM b4) AS holes,
	count(*) FILTER (WHERE a1 IS DISTINCT FROM (SELECT cms_union_agg(s) FROM day AS f
		WHERE f.d BETWEEN w.d - 6 AND w.d)) AS without_frame
FROM (SELECT d, cms_union_agg(s) OVER sliding AS a1, pg_temp.plain_union_agg(s) OVER sliding AS b1,
	cms_union_agg(s) OVER growing AS a2, pg_temp.plain_union_agg(s) OVER growing AS b2,
	cms_union_agg(s) OVER to_end AS a3, pg_temp.plain_union_agg(s) OVER to_end AS b3,
	cms_union_agg(s) OVER holes AS a4, pg_temp.plain_union_agg(s) OVER holes AS b4 FROM day
	WINDOW sliding AS (ORDER BY d ROWS 6 PRECEDING), growing AS (ORDER BY d),
		to_end AS (ORDER BY d ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING),
		holes AS (ORDER BY d / 4 RANGE 3 PRECEDING EXCLUDE CURRENT ROW)) AS w;
-- The state is finalized again and again while it grows, also past the list.
SELECT count(*) AS rows, count(*) FILTER (WHERE cms_total(s) <> n OR cms_frequency(s, n) < 1) AS wrong,
	count(DISTINCT (cms_info(s)).representation) AS kinds
FROM (SELECT n, cms_add_agg(n, 0.1, 0.1) OVER (ORDER BY n) AS s FROM generate_series(1, 100) AS n) AS v;

-- Parallel plans give what serial ones give.
CREATE VIEW plain AS SELECT cms_add_agg(n) AS cells, cms_add_agg(name, 0.01, 0.1) AS names,
	cms_add_agg(sketch_hash_any(grp)) AS list,
	cms_add_weighted_agg(page, weight) AS weighted, cms_add_weighted_agg(sketch_hash_any(name), weight,
		0.02, 0.2) AS hashes,
	cms_union_agg(s) AS united, cms_add_agg(page) FILTER (WHERE n < 0) AS no_rows,
		cms_add_agg(nullif(page, page)) AS nulls,
	cms_union_agg(s) FILTER (WHERE n < 0) AS no_sketches, cms_union_agg(nullif(s, s)) AS null_sketches,
	cms_add_agg(page) FILTER (WHERE n = 8) AS one FROM event_0;
CREATE VIEW grouped AS SELECT hour, cms_add_agg(n) AS cells, cms_add_weighted_agg(name,
	weight) AS weighted, cms_union_agg(s) AS united
	FROM event_0 GROUP BY hour;
CREATE VIEW parted AS SELECT grp, cms_add_agg(n) AS cells, cms_union_agg(s) AS united FROM event
	GROUP BY grp;
CREATE VIEW of_parts AS SELECT cms_add_agg(n) AS cells, cms_union_agg(s) AS united FROM event;
CREATE TEMPORARY TABLE serial_plain AS TABLE plain;
CREATE TEMPORARY TABLE serial_grouped AS TABLE grouped;
CREATE TEMPORARY TABLE serial_parted AS TABLE parted;
CREATE TEMPORARY TABLE serial_of_parts AS TABLE of_parts;
SELECT (cms_info(cells)).representation, (cms_info(list)).representation, (cms_info(united)).width,
	no_rows, cms_is_empty(nulls),
	no_sketches, cms_is_empty(null_sketches), cms_total(one), cms_frequency(united,
		'all'::text) - count(s) AS united
	FROM plain, event_0 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, united;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 3;
SELECT plan_of('TABLE plain');
SELECT p.* IS NOT DISTINCT FROM s.* AS same FROM plain AS p, serial_plain AS s;
SET enable_sort = off;
SELECT plan_of('TABLE grouped');
SELECT count(*) AS groups, count(*) FILTER (WHERE p.* = s.*) AS same FROM grouped AS p FULL
	JOIN serial_grouped AS s USING (hour);
SELECT plan_of('SELECT cms_frequency((SELECT cells FROM serial_plain OFFSET 0), page) FROM event_0');
SELECT count(*) AS asked, count(*) FILTER (WHERE f < c) AS too_low, max(c) AS most
	FROM (SELECT page, count(*) AS c, min(cms_frequency(
	(SELECT cms_add_agg(page) FROM event_0), page)) AS f FROM event_0 WHERE page IS NOT NULL
		GROUP BY page) AS v;
SET enable_partitionwise_aggregate = on;
SET max_parallel_workers_per_gather = 0;
SELECT plan_of('TABLE parted');
SELECT plan_of('TABLE of_parts');
SELECT count(*) AS groups, count(*) FILTER (WHERE p.* = s.*) AS same FROM parted AS p FULL
	JOIN serial_parted AS s USING (grp);
SELECT p.* = s.* AS same FROM of_parts AS p, serial_of_parts AS s;
SET max_parallel_workers_per_gather = 3;
SELECT p.* = s.* AS same FROM of_parts AS p, serial_of_parts AS s;
RESET enable_partitionwise_aggregate;
RESET enable_sort;
-- Errors are the same, whichever worker meets them.
SELECT regexp_replace(error_of('SELECT cms_add_agg(page, CASE WHEN n = 30000 THEN 0.1 ELSE 0.2 END, 0.1) FROM event_0'), '0\.[12] and', '? and', 'g');
SELECT split_part(error_of('SELECT cms_add_weighted_agg(page, 1e15::bigint) FROM event_0'), E'\n', 1),
	left(error_of('SELECT cms_union_agg(cms_empty(0.001 + 0.002 * grp) || n) FROM event_0'), 32);
SET max_parallel_workers_per_gather = 0;

-- What users can define over the functions: a packed initial value, the state itself.
CREATE AGGREGATE pg_temp.my_union(cms) (SFUNC = cms_union, STYPE = cms);
CREATE AGGREGATE pg_temp.from_empty(integer) (SFUNC = cms_add_agg_trans, STYPE = cms,
	INITCOND = '\xa1000500a00a0000fca9f1d24d62503f7b14ae47e17a843f000000000000000000000000');
SELECT pg_temp.my_union(s) = cms_union_agg(s) AS my_union, pg_temp.from_empty(page) = cms_add_agg(page)
	AS from_empty FROM event WHERE n % 100 = 0;
CREATE TEMPORARY TABLE state AS SELECT n, pg_temp.state_of_add(CASE WHEN n > 0 THEN x END, e, 0.1) AS s,
	cms_add_agg(CASE WHEN n > 0 THEN x END, e, 0.1) AS packed
	FROM (VALUES (0, 0.1), (1, 0.1), (9, 0.001), (11, 0.1), (300, 0.1), (5000, 0.01)) AS v (n, e),
		generate_series(1, greatest(n, 1)) AS x
	GROUP BY n, e;
SELECT n, s = packed AS equal, s::text = packed::text AS text, s::bytea = packed::bytea AS bytea,
	cms_hash(s) = cms_hash(packed) AS hash,
	cms_info(s) = cms_info(packed) AS info, s || packed = packed || packed AS "union",
		s || -1 = packed || -1 AS add,
	cms_total(s) = cms_total(packed) AS total, cms_error_bound(s) - cms_error_bound(packed) AS bound,
	cms_inner_product(s, packed) = cms_inner_product(packed, packed) AS product, cms_is_empty(s) AS empty,
	(SELECT bool_and(cms_frequency(s, x) = cms_frequency(packed, x) AND (cms_frequency_bounds(s,
		x)) = (cms_frequency_bounds(packed, x)))
		FROM generate_series(-100, 400) AS x) AS same_answers
FROM state ORDER BY n;

DROP VIEW plain, grouped, parted, of_parts;
DROP TABLE event;
