-- The hll aggregates in every place where SQL lets an aggregate stand.

\pset null '(null)'
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;

-- 4,000 events of 499 users, and of one who is NULL; user u is in country u % 7.
CREATE TABLE event AS
SELECT n, nullif(n % 500, 0) AS usr, n % 500 % 7 AS country, n % 10 AS hour,
	'user ' || nullif(n % 500, 0) AS name
FROM generate_series(1, 4000) AS n;
ANALYZE event;

-- All four, against the exact count. All are sparse, so all are exact.
SELECT count(DISTINCT usr), # hll_add_agg(usr) AS hll_add_agg,
	# hll_add_agg(sketch_hash_any(usr)) AS of_hash,
	# hll_union_agg(hll_add(hll_empty(), usr)) AS union_agg,
	approx_count_distinct(usr), approx_count_distinct(name) AS text,
	pg_typeof(approx_count_distinct(usr)) AS type
FROM event;

-- With a precision: that of the result, and the same sketch as lowering gives.
SELECT p, hll_precision(hll_add_agg(usr, p)),
	hll_add_agg(usr, p) = hll_add_agg(sketch_hash_any(usr), p) AS of_hash,
	hll_add_agg(usr, p) = hll_downsample(hll_add_agg(usr, 20), p) AS lowered,
	approx_count_distinct(usr, p) = round(# hll_add_agg(usr, p)) AS approx
FROM event, unnest('{4,10,13,20}'::integer[]) AS p
GROUP BY p ORDER BY p;
SELECT approx_count_distinct(usr, 20) AS "20", approx_count_distinct(usr, 12) AS "12"
	FROM event;
SELECT hll_add_agg(usr) = hll_add_agg(usr, 13) AS default_precision FROM event;

-- No rows; only NULLs; some NULLs.
SELECT hll_add_agg(usr), hll_add_agg(usr, 11) AS with_p,
	hll_add_agg(sketch_hash_any(usr)) AS of_hash,
	hll_add_agg(sketch_hash_any(usr), 11) AS of_hash_with_p,
	hll_union_agg(hll_empty()), approx_count_distinct(usr),
		approx_count_distinct(usr, 11) AS with_p
FROM event WHERE false;
SELECT hll_add_agg(usr), hll_add_agg(usr, 11) AS with_p,
	hll_add_agg(sketch_hash_any(usr)) AS of_hash,
	hll_add_agg(sketch_hash_any(usr), 11) AS of_hash_with_p,
	hll_union_agg(NULL::hll), approx_count_distinct(usr),
		approx_count_distinct(usr, 11) AS with_p
FROM event WHERE usr IS NULL;
SELECT # hll_add_agg(x) AS add, approx_count_distinct(x) AS approx,
	hll_precision(hll_union_agg(s)) AS "union"
FROM (VALUES (NULL, NULL), (1, hll_empty(9)), (NULL, NULL), (2, NULL)) AS v (x, s);

-- FILTER, DISTINCT, ORDER BY inside; content decides, not order or repetition.
SELECT # hll_add_agg(usr) FILTER (WHERE country = 3) AS country_3,
	count(DISTINCT usr) FILTER (WHERE country = 3) AS exact,
	hll_add_agg(usr) FILTER (WHERE country = 9) AS no_rows,
	approx_count_distinct(usr) FILTER (WHERE country = 9) AS no_rows
FROM event;
SELECT all_of = hll_add_agg(DISTINCT usr) AS "distinct",
	all_of = hll_add_agg(usr ORDER BY usr DESC) AS descending,
	all_of = hll_add_agg(usr ORDER BY md5(n::text)) AS shuffled,
	all_of = hll_add_agg(usr) AS unordered,
	approx_count_distinct(DISTINCT usr ORDER BY usr) AS approx
FROM event, (SELECT hll_add_agg(usr) AS all_of FROM event) AS a
GROUP BY all_of;

-- The same with 20,000 values, which are dense.
SELECT count(DISTINCT s) AS different_sketches, min(representation) AS representation
FROM (SELECT hll_add_agg(x ORDER BY x) FROM generate_series(1, 20000) AS x
	UNION ALL SELECT hll_add_agg(x ORDER BY x DESC) FROM generate_series(1, 20000) AS x
	UNION ALL SELECT hll_add_agg(x % 20000 + 1) FROM generate_series(1, 60000) AS x
	UNION ALL SELECT hll_union_agg(s) FROM (
		SELECT hll_add_agg(x) AS s FROM generate_series(1, 20000) AS x GROUP BY x % 37) AS parts
	UNION ALL SELECT hll_union_agg(s ORDER BY n DESC) FROM (
		SELECT x / 9000 AS n, hll_add_agg(x) AS s FROM generate_series(1, 20000) AS x
			GROUP BY n) AS parts
) AS v (s), hll_info(s);

-- GROUP BY, HAVING.
SELECT country, approx_count_distinct(usr) AS approx, count(DISTINCT usr) AS exact
FROM event GROUP BY country HAVING approx_count_distinct(usr) > 71 ORDER BY country;

-- Grouping sets: every row against the exact count.
SELECT country, hour % 2 AS odd, # hll_add_agg(usr) AS estimate, count(DISTINCT usr) AS exact
FROM event WHERE country < 3 GROUP BY ROLLUP (country, hour % 2) ORDER BY 1, 2;
SELECT count(*) AS sets, count(*) FILTER (WHERE e <> exact) AS wrong
FROM (SELECT # hll_add_agg(usr) AS e, count(DISTINCT usr) AS exact
	FROM event GROUP BY GROUPING SETS (CUBE (country, hour), ())) AS g;

-- Several in one query, sharing a state or not; expressions; polymorphic types.
SELECT hll_add_agg(usr) = hll_add_agg(usr) AS shared,
	approx_count_distinct(usr) = round(# hll_add_agg(usr)) AS shared_by_two,
	approx_count_distinct(usr % 10) AS expression,
		approx_count_distinct((usr, country)) AS record,
	approx_count_distinct(ARRAY[usr, 1]) AS "array",
		approx_count_distinct(usr::numeric) AS numeric,
	hll_add_agg(usr) = hll_add_agg(usr::bigint) AS all_integers_alike
FROM event WHERE usr IS NOT NULL;

-- A correlated subquery, an aggregate over an aggregate, LATERAL.
SELECT c, (SELECT approx_count_distinct(usr) FROM event WHERE country = c) AS approx,
	(SELECT count(DISTINCT usr) FROM event WHERE country = c) AS exact
FROM generate_series(5, 7) AS c ORDER BY c;
SELECT # hll_union_agg(s) AS total, sum(# s) AS sum_of_countries, max(# s) AS largest
FROM (SELECT hll_add_agg(usr) AS s FROM event GROUP BY country) AS by_country;
SELECT c, approx_count_distinct AS outer_argument
FROM generate_series(2, 4) AS c, LATERAL (SELECT approx_count_distinct(u % c)
	FROM generate_series(1, 50) AS u) AS a
ORDER BY c;

-- Unions: mixed precisions fold to the lowest, whatever the order.
SELECT hll_precision(hll_union_agg(s ORDER BY p)) AS rising,
	hll_precision(hll_union_agg(s ORDER BY -p)) AS falling,
	hll_union_agg(s ORDER BY p) = hll_union_agg(s ORDER BY -p) AS same,
	hll_union_agg(s) = (SELECT hll_add_agg(x, 7)
		FROM generate_series(1, 3000) AS x) AS as_if_built_at_once
FROM (SELECT p, hll_add_agg(x, p) AS s
	FROM unnest('{7,11,13,16}'::integer[]) AS p, generate_series(1, 3000) AS x
	WHERE x % 4 = p % 4 OR p = 13 GROUP BY p) AS v;
SELECT hll_union_agg(s) = s AS alone FROM (SELECT hll_add_agg(usr, 9) AS s FROM event) AS v
	GROUP BY s;

-- A typed column.
CREATE TEMPORARY TABLE typed (s hll(11));
INSERT INTO typed SELECT hll_add_agg(usr, 11) FROM event GROUP BY country;
SELECT hll_precision(hll_union_agg(s)) AS p, hll_union_agg(s) = (SELECT hll_add_agg(usr, 11)
	FROM event) AS same,
	pg_typeof(hll_union_agg(s)) FROM typed;

-- Precision: constant within a group, not NULL, in range; also when the value is NULL.
SELECT error_of('SELECT hll_add_agg(x, 10 + x) FROM generate_series(1, 2) AS x');
SELECT error_of('SELECT hll_add_agg(NULL::integer, 10 + x) FROM generate_series(1, 2) AS x');
SELECT error_of('SELECT hll_add_agg(1, NULL)');
SELECT error_of('SELECT approx_count_distinct(sketch_hash_any(1), NULL::integer)');
SELECT error_of('SELECT hll_add_agg(NULL::integer, 3)');
SELECT error_of('SELECT hll_add_agg(1, 21)');
SELECT error_of('SELECT hll_add_agg(1, NULL) OVER ()');
SELECT p, hll_precision(hll_add_agg(x, p)) FROM (VALUES (1, 5), (2, 6), (3, 5)) AS v (x, p)
	GROUP BY p ORDER BY p;

-- 20,000 groups: sorted, hashed in memory and hashed with spilling give the same.
CREATE TEMPORARY TABLE grouped (how text, digest text, count bigint, sum float8);
CREATE FUNCTION group_them(how text) RETURNS SETOF text LANGUAGE sql AS $$
	INSERT INTO grouped
	SELECT how, md5(string_agg(g || s::text, ',' ORDER BY g)), count(*), sum(# s)
	FROM (SELECT n % 20000 AS g, hll_add_agg(n) AS s FROM generate_series(1, 80000) AS n
		GROUP BY g) AS groups;
	SELECT plan_of('SELECT n % 20000, hll_add_agg(n) FROM generate_series(1, 80000) AS n GROUP BY 1');
$$;
SET enable_hashagg = off;
SELECT group_them('sorted');
RESET enable_hashagg;
SET enable_sort = off;
SET work_mem = '64MB';
SELECT group_them('hashed');
SET work_mem = '64kB';
SELECT group_them('spilled');
SELECT count(*) AS runs, count(DISTINCT digest) AS results, min(count) AS groups,
	min(sum) AS values FROM grouped;
CREATE FUNCTION spilled() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON, COSTS OFF, TIMING OFF) SELECT n % 20000, hll_add_agg(n)
		FROM generate_series(1, 80000) AS n GROUP BY 1' INTO plan;
	RETURN jsonb_path_exists(plan, '$.** ? (@."HashAgg Batches" > 1)');
END $$;
SELECT spilled() AS at_64kb;
SET work_mem = '64MB';
SELECT spilled() AS at_64mb;
RESET work_mem;
RESET enable_sort;

-- What users can define themselves over the functions of the extension.
CREATE AGGREGATE my_union(hll) (SFUNC = hll_union, STYPE = hll);
CREATE AGGREGATE my_union_from(hll) (SFUNC = hll_union, STYPE = hll, INITCOND = '\x81000b0000',
	COMBINEFUNC = hll_union, PARALLEL = SAFE);
CREATE AGGREGATE my_add(sketch_hash) (SFUNC = hll_add, STYPE = hll);
SELECT my_union(s) = hll_union_agg(s) AS my_union, my_union_from(s) = hll_union_agg(s) AS my_union_from
FROM (SELECT hll_add_agg(usr) AS s FROM event GROUP BY country) AS v;
SELECT my_add(sketch_hash_any(usr)) = hll_add_agg(usr) AS my_add FROM event;

-- Even over the support functions, which are not made for this: a packed
-- initial value, the state itself as the result, a state without a value.
CREATE AGGREGATE from_packed(sketch_hash) (SFUNC = hll_add_agg_trans, STYPE = hll,
	INITCOND = '\x81000d0000');
CREATE AGGREGATE from_dense(sketch_hash, integer) (SFUNC = hll_add_agg_trans, STYPE = hll,
	INITCOND = '\x81010481000000000c0f000000');
CREATE AGGREGATE state_of_add(sketch_hash) (SFUNC = hll_add_agg_trans, STYPE = hll);
CREATE AGGREGATE state_of_union(hll) (SFUNC = hll_union_agg_trans, STYPE = hll);
SELECT from_packed(sketch_hash_any(usr)) = hll_add_agg(usr) AS from_packed,
	from_dense(sketch_hash_any(usr), 4)
		= hll_add_agg(usr, 4) || '\x81010481000000000c0f000000' AS from_dense,
	from_packed(NULL) = hll_empty() AS from_packed_of_null
FROM event;
CREATE TEMPORARY TABLE state AS
SELECT n, state_of_add(sketch_hash_any(x)) AS s, hll_add_agg(x) AS packed
FROM unnest('{1,100,3000}'::integer[]) AS n, generate_series(1, n) AS x GROUP BY n;
SELECT n, s = packed AS equal, s::text = packed::text AS text,
	s::bytea = packed::bytea AS bytea,
	# s = # packed AS count, hll_hash(s) = hll_hash(packed) AS hash,
		s || packed = packed AS "union",
	hll_add(s, -1) = hll_add(packed, -1) AS add,
		hll_downsample(s, 8) = hll_downsample(packed, 8) AS lower,
	hll_info(s) = hll_info(packed) AS info, hll_send(s) = hll_send(packed) AS send
FROM state ORDER BY n;
SELECT hll_union_agg(s) = hll_union_agg(packed) AS union_agg FROM state;
SELECT state_of_union(NULL) IS NULL AS none;

DROP AGGREGATE my_union(hll), my_union_from(hll), my_add(sketch_hash), from_packed(sketch_hash),
	from_dense(sketch_hash, integer), state_of_add(sketch_hash), state_of_union(hll);
DROP FUNCTION group_them, spilled;
DROP TABLE event;

-- A union of nothing but NULLs has no state, which leaves any other sketch as it is.
CREATE AGGREGATE union_state(hll) (sfunc = hll_union_agg_trans, stype = hll);
SELECT union_state(NULL::hll) IS NULL AS none;
SELECT hll_union_agg(s) = hll_add(hll_empty(14), 1) AS same
	FROM (SELECT union_state(NULL::hll)::text::hll AS s
		UNION ALL SELECT hll_add(hll_empty(14), 1)) AS states;
DROP AGGREGATE union_state(hll);
