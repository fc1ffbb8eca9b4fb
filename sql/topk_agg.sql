-- The topk aggregates in every place where SQL lets an aggregate stand: exact where
-- k is enough, and within their bounds where it is not.

\pset null '(null)'
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
SET jit = off;

-- 60,000 events; page p comes about 60,000 / p(p + 1) times; one in 50 has no page.
CREATE TABLE event (n integer, page text, grp integer, hour integer, weight bigint, s topk,
	filler text) PARTITION BY LIST (grp);
CREATE TABLE event_0 PARTITION OF event FOR VALUES IN (0, 1);
CREATE TABLE event_1 PARTITION OF event FOR VALUES IN (2, 3);
INSERT INTO event SELECT n, CASE WHEN n % 50 > 0 THEN '/page/' || 60000 / n END, n % 4, n % 24,
	CASE WHEN n % 11 > 0 THEN n % 10 END,
	CASE WHEN n % 100 = 0 THEN topk_add(topk_empty(10 + n % 3), n::text, 5) || 'all'::text END,
		repeat('x', 50)
	FROM generate_series(1, 60000) AS n;
ANALYZE event;

-- How many items a sketch puts outside their bounds; whether the total is right.
CREATE FUNCTION pg_temp.judge(s topk, items text[], OUT wrong bigint, OUT total boolean) LANGUAGE sql AS $$
	SELECT count(*) FILTER (WHERE NOT coalesce(f, 0) BETWEEN coalesce(lower, 0) AND coalesce(upper,
		topk_error_bound(s))),
		topk_total(s) = cardinality(items) AND topk_error_bound(s) <= topk_total(s) / ((topk_info(s)).k + 1)
	FROM (SELECT item, count(*) AS f FROM unnest(items) AS item GROUP BY item) AS t FULL
		JOIN topk_items(s) USING (item) $$;
SELECT k, topk_error_bound(s) = 0 AS exact, j.* FROM unnest('{1,10,100,1000}'::integer[]) AS k,
	LATERAL (SELECT topk_add_agg(page, k) AS s, array_agg(page) AS pages FROM event
		WHERE page IS NOT NULL) AS v, pg_temp.judge(s, pages) AS j ORDER BY k;
SELECT j.* FROM (SELECT topk_add_agg(page) AS s, array_agg(page || 'x') AS pages FROM event
	WHERE n < 90 AND page IS NOT NULL) AS v,
	pg_temp.judge(s, pages) AS j;

-- Every form.
SELECT topk_add_agg(page) = topk_add_agg(page, 100) AS default_k, topk_add_weighted_agg(page, 1,
	100) = topk_add_agg(page) AS weight_1,
	topk_add_weighted_agg(page, 2, 500) = topk_add_agg(page, 500) || topk_add_agg(page, 500) AS weight_2,
		pg_typeof(topk_add_agg(page)) AS type,
	topk_total(topk_add_weighted_agg(page, weight, 9)) = sum(weight) FILTER (WHERE page IS NOT NULL) AS total,
	topk_add_agg(n::text, 1000) = topk_add_agg(n::varchar, 1000) AS varchar,
		topk_array(topk_add_weighted_agg((n % 3)::text, weight, 9)) AS weighted,
	topk_add_weighted_agg(page, weight) = topk_add_weighted_agg(page, weight::numeric) AS "numeric",
	topk_add_weighted_agg(page, weight, 9) = topk_add_weighted_agg(page, weight::integer, 9) AS "integer",
	topk_array(topk_add_agg('a ', 3)) #> '{0,item}' AS literal
FROM event WHERE n < 600;

-- No rows; only NULLs; one row; zeros.
SELECT topk_add_agg(page), topk_add_agg(page, 5), topk_add_weighted_agg(page, 1, 5), topk_union_agg(s) FROM event
	WHERE false;
SELECT topk_add_agg(page) = topk_empty() AS plain, topk_add_agg(page, 5) = topk_empty(5) AS k,
	topk_add_weighted_agg(page, 1, 5) = topk_empty(5) AS weighted,
	topk_add_weighted_agg(n::text, nullif(n, n), 5) = topk_empty(5) AS weights, topk_add_weighted_agg(n::text, 0,
		5) = topk_empty(5) AS zeros,
	topk_union_agg(nullif(s, s)) = topk_empty() AS united, topk_union_agg(nullif(s,
		s)) || topk_add(topk_empty(3), 'a') = topk_add(topk_empty(3), 'a')
	AS neutral FROM event WHERE n % 50 = 0;
SELECT topk_add_agg(page) = topk_empty() || '/page/60000'::text AS one, topk_add_weighted_agg(page, 7,
	3) = topk_add(topk_empty(3), '/page/60000', 7) AS one,
	topk_union_agg(s) = topk_empty() AS one_null FROM event WHERE n = 1;
SELECT topk_union_agg(s) = s AS one FROM event WHERE n = 100 GROUP BY s;

-- FILTER, DISTINCT, ORDER BY; exact sketches do not depend on the order.
SELECT count(DISTINCT s) AS results, count(*) AS ways, min(error_bound)
FROM (SELECT topk_add_agg(page, 500) FROM event UNION ALL SELECT topk_add_agg(page, 500 ORDER BY n DESC)
	FROM event
	UNION ALL SELECT topk_add_agg(page, 500 ORDER BY page COLLATE "C") FROM event
	UNION ALL SELECT topk_union_agg(s) FROM (SELECT topk_add_agg(page, 500) AS s FROM event
		GROUP BY hour) AS v
	UNION ALL SELECT topk_union_agg(s ORDER BY g) FROM (SELECT n % 700 AS g, topk_add_agg(page, 500) AS s
		FROM event GROUP BY g) AS v)
	AS v (s), topk_info(s);
SELECT topk_add_agg(page) FILTER (WHERE n = 8) = topk_add(NULL, '/page/7500') AS filtered,
	topk_add_agg(page) FILTER (WHERE n < 0) AS no_rows,
	topk_total(topk_add_agg(DISTINCT page)) = count(DISTINCT page) AS "distinct",
		topk_total(topk_add_agg(page)) = count(page) AS "all",
	topk_frequency(topk_union_agg(DISTINCT s), 'all') AS all_sketches, count(s) AS sketches FROM event;

-- GROUP BY, HAVING, grouping sets: every group against its rows.
SELECT k, count(*) AS sets, sum(wrong) AS wrong, bool_and(total) AS totals,
	count(*) FILTER (WHERE topk_error_bound(s) > 0) AS inexact
FROM (SELECT k, hour, grp, topk_add_agg(page, k) AS s, array_agg(page) AS pages
	FROM event, unnest('{2,40}'::integer[]) AS k
	WHERE page IS NOT NULL AND n % 7 = 0 GROUP BY k, CUBE (hour, grp)) AS v, pg_temp.judge(s, pages)
		GROUP BY k ORDER BY k;
SELECT hour, topk_array(topk_add_agg(page, 50), 1) FROM event GROUP BY hour HAVING bool_or(n = 25)
	ORDER BY hour;
SELECT k, (topk_info(topk_add_agg(x::text, k))).k FROM generate_series(1, 3) AS x,
	unnest('{2,9}'::integer[]) AS k GROUP BY 1 ORDER BY 1;
-- Long items, up to the longest, in one state and in groups.
SELECT g, items, bytes, error_bound, (SELECT array_agg(length(item) || ':' || upper
	ORDER BY item COLLATE "C") FROM topk_items(s, 3)) AS top
FROM (SELECT n % 3 AS g, topk_add_agg(repeat(chr(97 + n / 3 % 7), 65536 - n % 2 * 30000), 10) AS s
	FROM generate_series(1, 300) AS n GROUP BY 1) AS v, topk_info(s)
	ORDER BY g;

-- 100,000 groups of three: sorted, hashed in memory, and spilled.
CREATE FUNCTION pg_temp.digest() RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', md5(string_agg(md5(g || s::text), '' ORDER BY g)), count(*),
		count(*) FILTER (WHERE topk_total(s) <> 3
		OR (topk_frequency(s, (g + 100000)::text)).upper <> 1), max(length(s::bytea)))
	FROM (SELECT n % 100000 AS g, topk_add_agg(n::text) AS s FROM generate_series(0, 299999) AS n
		GROUP BY g) AS groups $$;
CREATE TEMPORARY TABLE digests AS SELECT pg_temp.digest() AS d LIMIT 0;
SET enable_sort = off;
SET work_mem = '64MB';
INSERT INTO digests SELECT pg_temp.digest();
SET work_mem = '64kB';
INSERT INTO digests SELECT pg_temp.digest();
-- Groups whose states are cut, spilled.
SELECT count(*) AS groups, sum(wrong) AS wrong, bool_and(total) AS totals,
	min(topk_error_bound(s)) > 0 AS cut
FROM (SELECT n % 50 AS g, topk_add_agg((n / 50 % (n / 1000 + 1))::text, 5) AS s,
	array_agg((n / 50 % (n / 1000 + 1))::text) AS items
	FROM generate_series(1, 40000) AS n GROUP BY g) AS v, pg_temp.judge(s, items);
SET enable_sort = on;
SET enable_hashagg = off;
INSERT INTO digests SELECT pg_temp.digest();
RESET enable_hashagg;
RESET work_mem;
SELECT count(DISTINCT d) AS results, count(*) AS ways, substr(min(d), 34) AS groups_wrong_bytes
	FROM digests;

-- Frames. While nothing is cut, each is to the byte what the plain aggregate gives for
-- its rows; else its bounds hold all the same.
CREATE TEMPORARY TABLE day AS SELECT d, k, CASE WHEN d % 7 = 3 OR d BETWEEN 60 AND 70 THEN NULL
	WHEN d % 19 = 4 THEN topk_empty(3)
	ELSE topk_add_agg(i, k + d % 2) END AS s, array_agg(i) FILTER (WHERE d % 7 <> 3 AND d NOT BETWEEN 60
		AND 70 AND d % 19 <> 4) AS items
	FROM generate_series(1, 120) AS d, unnest('{12,900}'::integer[]) AS k,
		LATERAL (SELECT (x * x % (d + x))::text AS i FROM generate_series(0, d * 37 % 61) AS x) AS v
	GROUP BY d, k;
CREATE AGGREGATE pg_temp.concat(text[]) (SFUNC = array_cat, STYPE = text[]);
SELECT k, count(*) AS rows, sum(j.wrong + l.wrong + m.wrong) AS wrong,
	bool_and(j.total AND l.total AND m.total) AS totals,
	count(*) FILTER (WHERE topk_error_bound(moving) > 0) > 0 AS cut,
		count(*) FILTER (WHERE moving IS DISTINCT FROM plain) > 0 AS differ
FROM (SELECT k, d, topk_union_agg(s) OVER f AS moving, pg_temp.concat(items) OVER f AS fi,
	topk_union_agg(s) OVER g AS growing, pg_temp.concat(items) OVER g AS gi,
	topk_union_agg(s) OVER h AS holes, pg_temp.concat(items) OVER h AS hi FROM day
	WINDOW f AS (PARTITION BY k ORDER BY d ROWS 8 PRECEDING), g AS (PARTITION BY k ORDER BY d),
		h AS (PARTITION BY k ORDER BY d / 5 GROUPS BETWEEN 2 PRECEDING AND 1 FOLLOWING EXCLUDE TIES)) AS w,
	LATERAL (SELECT topk_union_agg(s) AS plain FROM day AS f
		WHERE f.k = w.k AND f.d BETWEEN w.d - 8 AND w.d) AS p,
	pg_temp.judge(moving, coalesce(fi, '{}')) AS j, pg_temp.judge(growing, coalesce(gi, '{}')) AS l,
		pg_temp.judge(holes, coalesce(hi, '{}')) AS m
GROUP BY k ORDER BY k;
-- The state is finalized again and again while it grows, and is not changed by that.
SELECT count(*) AS rows, sum(wrong) AS wrong, bool_and(total) AS totals,
	bool_or(topk_error_bound(s) > 0) AS cut,
	max(s::text) FILTER (WHERE n = 400) = (SELECT topk_add_agg((n * n % 97)::text, 5)::text
		FROM generate_series(1, 400) AS n) AS as_if_not_watched
FROM (SELECT n, topk_add_agg((n * n % 97)::text, 5) OVER w AS s,
	array_agg((n * n % 97)::text) OVER w AS items
	FROM generate_series(1, 400) AS n WINDOW w AS (ORDER BY n)) AS v, pg_temp.judge(s, items);

-- Parallel plans: exact ones to the byte; what is cut, within its bounds.
CREATE VIEW plain AS SELECT topk_add_agg(page, 500) AS exact, topk_add_weighted_agg(page, weight, 500) AS weighted,
	topk_add_agg(page) FILTER (WHERE n < 0) AS no_rows,
	topk_add_agg(nullif(page, page), 7) AS nulls, topk_union_agg(s) FILTER (WHERE n < 0) AS no_sketches,
		topk_union_agg(nullif(s, s)) AS null_sketches,
	topk_add_agg(page) FILTER (WHERE n = 8) AS one FROM event_0;
CREATE VIEW cut AS SELECT topk_add_agg(page, 10) AS pages, topk_add_weighted_agg(n::text, weight, 10) AS numbers,
	topk_union_agg(s) AS united FROM event_0;
CREATE VIEW grouped AS SELECT hour, topk_add_agg(page, 500) AS exact, topk_add_weighted_agg(page, weight,
	400) AS weighted FROM event_0 GROUP BY hour;
CREATE VIEW parted AS SELECT grp, topk_add_agg(page, 500) AS exact FROM event GROUP BY grp;
CREATE VIEW of_parts AS SELECT topk_add_agg(page, 500) AS exact FROM event;
CREATE TEMPORARY TABLE serial_plain AS TABLE plain;
CREATE TEMPORARY TABLE serial_grouped AS TABLE grouped;
CREATE TEMPORARY TABLE serial_parted AS TABLE parted;
CREATE TEMPORARY TABLE serial_of_parts AS TABLE of_parts;
CREATE TEMPORARY TABLE pages AS SELECT array_agg(page) AS pages FROM event_0 WHERE page IS NOT NULL;
SELECT topk_error_bound(exact), no_rows, nulls = topk_empty(7) AS nulls, no_sketches,
	null_sketches = topk_empty() AS null_sketches, topk_total(one) FROM plain;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 3;
SELECT plan_of('TABLE plain');
SELECT p.* IS NOT DISTINCT FROM s.* AS same FROM plain AS p, serial_plain AS s;
SELECT plan_of('TABLE cut');
CREATE TEMPORARY TABLE parallel_cut AS TABLE cut;
SELECT j.*, topk_error_bound(c.pages) > 0 AS cut, (SELECT array_agg(item)
	FROM topk_items(c.pages, 5)) AS top, topk_total(numbers) = (SELECT sum(weight) FROM event_0)
	AS total, 600 BETWEEN (topk_frequency(united, 'all')).lower AND (topk_frequency(united,
		'all')).upper AS united, (topk_info(united)).k, topk_total(united)
FROM parallel_cut AS c, pages AS p, pg_temp.judge(c.pages, p.pages) AS j;
SET enable_sort = off;
SET cpu_operator_cost = 0;
SELECT plan_of('TABLE grouped');
SELECT count(*) AS groups, count(*) FILTER (WHERE p.* = s.*) AS same FROM grouped AS p FULL
	JOIN serial_grouped AS s USING (hour);
RESET cpu_operator_cost;
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
SELECT regexp_replace(error_of('SELECT topk_add_agg(page, CASE WHEN n = 30000 THEN 7 ELSE 8 END) FROM event_0'), 'from \d to \d', 'from ? to ?');
SELECT split_part(error_of('SELECT topk_add_weighted_agg(page, 1e15::bigint, 9) FROM event_0'), E'\n', 1);
SET max_parallel_workers_per_gather = 0;

-- What users can define over the functions: a packed initial value, the state itself.
CREATE AGGREGATE pg_temp.my_union(topk) (SFUNC = topk_union, STYPE = topk);
CREATE AGGREGATE pg_temp.from_empty(text) (SFUNC = topk_add_agg_trans, STYPE = topk, INITCOND = '\xb10064000000');
CREATE AGGREGATE pg_temp.state_of_add(text, integer) (SFUNC = topk_add_agg_trans, STYPE = topk);
SELECT pg_temp.my_union(topk_add(topk_empty(900), page)) = topk_add_agg(page, 900) AS my_union,
	pg_temp.from_empty(page) = topk_add_agg(page) AS from_empty
	FROM event WHERE n % 100 = 0;
CREATE TEMPORARY TABLE state AS SELECT n, pg_temp.state_of_add(i, 5) AS s, topk_add_agg(i, 5) AS packed
	FROM unnest('{0,1,9,22,300}'::integer[]) AS n,
		LATERAL (SELECT CASE WHEN n > 0 THEN (x * x % (x + 3))::text END AS i
		FROM generate_series(1, greatest(n, 1)) AS x) AS v
	GROUP BY n;
SELECT n, s = packed AS equal, s::text = packed::text AS text, s::bytea = packed::bytea AS bytea,
	topk_hash(s) = topk_hash(packed) AS hash,
	topk_info(s) = topk_info(packed) AS info, topk_array(s) = topk_array(packed) AS items, topk_add(s,
		'new') = topk_add(packed, 'new') AS add,
	topk_union(s, packed) = topk_union(packed, packed) AS "left",
		topk_total(s) = topk_total(packed) AS total,
	topk_error_bound(s) = topk_error_bound(packed) AS bound, topk_frequency(s,
		'1') = topk_frequency(packed, '1') AS frequency, topk_is_empty(s) AS empty
FROM state ORDER BY n;

DROP VIEW plain, cut, grouped, parted, of_parts;
DROP TABLE event;
