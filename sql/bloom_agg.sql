-- The bloom aggregates in every place where SQL lets an aggregate stand, against
-- exact sets.

\pset null '(null)'
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
SET jit = off;

-- 4,000 events of 499 users, and of one who is NULL; user u is in country u % 7.
CREATE TABLE event AS
SELECT n, nullif(n % 500, 0) AS usr, n % 500 % 7 AS country, n % 10 AS hour,
	'user ' || nullif(n % 500, 0) AS name
FROM generate_series(1, 4000) AS n;
ANALYZE event;

-- How a filter differs from the set of users it should be of: how many it denies,
-- and whether it is to the byte the one that adding them one by one gives.
CREATE FUNCTION judge(b bloom, users integer[], expected bigint DEFAULT 1000,
	OUT denied bigint, OUT same boolean) LANGUAGE plpgsql AS $$
DECLARE
	x integer;
	made bloom := CASE WHEN expected IS NULL THEN NULL ELSE bloom_empty(expected) END;
BEGIN
	denied := 0;
	FOREACH x IN ARRAY users LOOP
		denied := denied + (NOT b @> x)::integer;
		made := made || x;
	END LOOP;
	same := b = made;
END $$;
SELECT judge(bloom_add_agg(usr, 1000), array_agg(usr ORDER BY n)) FROM event WHERE usr IS NOT NULL;
-- This one has not the 4 that each of eight rows asks for.
SELECT judge(bloom_add_agg(usr, 1000), array_agg(usr + 1)) FROM event WHERE usr BETWEEN 1 AND 3;

-- The filter with the kind of its values forgotten, as if they had come as hashes.
CREATE FUNCTION pg_temp.of_hashes(b bloom) RETURNS bloom LANGUAGE sql IMMUTABLE
	AS 'SELECT CASE WHEN bloom_is_empty(b) THEN b ELSE set_byte(b::bytea, 3, 255)::bloom END';

-- Every form; what is in them, and that only what was asked for is.
SELECT pg_temp.of_hashes(bloom_add_agg(usr)) = bloom_add_agg(sketch_hash_any(usr)) AS sizes_itself,
	pg_temp.of_hashes(bloom_add_agg(usr, 1000)) = bloom_add_agg(sketch_hash_any(usr), 1000) AS sized,
	pg_temp.of_hashes(bloom_add_agg(usr, 1000, 0.001)) = bloom_add_agg(sketch_hash_any(usr), 1000, 0.001) AS with_rate,
	bloom_add_agg(usr, 1000) = bloom_add_agg(usr, 1000, 0.01) AS default_rate,
	bloom_add_agg(usr) = bloom_add_agg(usr, 499) AS sizes_itself_for_499,
	bloom_add_agg(usr, 1000) = bloom_union_agg(bloom_empty(1000) || usr) AS union_agg,
	pg_temp.of_hashes(bloom_add_agg(name, 1000)) = bloom_add_agg(sketch_hash_any(name), 1000) AS text,
	pg_typeof(bloom_add_agg(usr)) AS type
FROM event;
SELECT count(DISTINCT usr) AS exact, round(bloom_cardinality(bloom_add_agg(usr, 1000, 1e-6))) AS estimate,
	bool_and(usr <@ b) AS all_found, bool_and(b @> name) AS all_names
FROM event, (SELECT bloom_add_agg(usr) || bloom_add_agg(name, 499) AS b FROM event) AS v
WHERE usr IS NOT NULL;

-- No rows; only NULLs; one row; some NULLs. An empty filter has the design.
SELECT bloom_add_agg(usr), bloom_add_agg(usr, 1000) AS sized, bloom_add_agg(usr, 1000, 0.5) AS with_rate,
	bloom_add_agg(sketch_hash_any(usr)) AS of_hash, bloom_add_agg(sketch_hash_any(usr), 1000) AS sized,
	bloom_union_agg(bloom_empty(9)), bloom_intersect_agg(bloom_empty(9))
FROM event WHERE false;
SELECT bloom_is_empty(bloom_add_agg(usr)) AS empty, bloom_add_agg(usr, 1000) = bloom_empty(1000) AS sized,
	bloom_add_agg(sketch_hash_any(usr), 1000, 0.5) = bloom_empty(1000, 0.5) AS with_rate,
	bloom_union_agg(NULL::bloom) = bloom_add_agg(usr) AS union_agg,
	bloom_union_agg(NULL::bloom) || bloom_empty(7) = bloom_empty(7) AS neutral,
	bloom_intersect_agg(NULL::bloom)
FROM event WHERE usr IS NULL;
SELECT bloom_add_agg(usr, 1000) = bloom_empty(1000) || 7 AS one,
	bloom_add_agg(usr) = NULL::bloom || 7 AS one, bloom_union_agg(b) = b AS one_filter,
	bloom_intersect_agg(b) = b AS one_filter
FROM event, (SELECT bloom_add_agg(usr, 300) AS b FROM event) AS v WHERE n = 7 GROUP BY b;
SELECT bloom_cardinality(bloom_add_agg(x)) AS add, bloom_union_agg(b) = bloom_empty(9) || 1 || 2 || 3 AS "union",
	bloom_intersect_agg(b) = bloom_empty(9) || 2 AS intersect
FROM (VALUES (NULL, NULL), (1, bloom_empty(9) || 1 || 2), (NULL, NULL), (2, bloom_empty(9) || 2 || 3))
	AS v (x, b);

-- FILTER, DISTINCT, ORDER BY inside; content decides, not order or repetition.
SELECT judge(bloom_add_agg(usr, 1000) FILTER (WHERE country = 3), array_agg(usr) FILTER (WHERE country = 3)),
	bloom_add_agg(usr, 1000) FILTER (WHERE country = 9) AS no_rows
FROM event WHERE usr IS NOT NULL;
SELECT count(DISTINCT b) AS different, count(*) AS ways, min(representation) AS representation
FROM (SELECT bloom_add_agg(usr, 1000) FROM event
	UNION ALL SELECT bloom_add_agg(DISTINCT usr, 1000) FROM event
	UNION ALL SELECT bloom_add_agg(usr, 1000 ORDER BY usr DESC) FROM event
	UNION ALL SELECT bloom_add_agg(usr, 1000 ORDER BY md5(n::text)) FROM event
	UNION ALL SELECT bloom_add_agg(DISTINCT usr, 1000, 0.01) FROM event
	UNION ALL SELECT bloom_union_agg(b) FROM (SELECT bloom_add_agg(usr, 1000) AS b
		FROM event GROUP BY hour) AS parts
	UNION ALL SELECT bloom_union_agg(b ORDER BY hour DESC) FROM (SELECT hour, bloom_add_agg(usr, 1000) AS b
		FROM event GROUP BY hour, n % 13) AS parts
	UNION ALL SELECT bloom_union_agg(DISTINCT b) FROM (SELECT bloom_add_agg(usr, 1000) AS b
		FROM event GROUP BY usr) AS parts) AS v (b), bloom_info(b);
-- A list all the way, and sizes chosen at the end, are no matter of order either.
SELECT count(DISTINCT b) AS different, min(representation) AS representation
FROM (SELECT bloom_add_agg(usr, 1000000 ORDER BY n) FROM event
	UNION ALL SELECT bloom_add_agg(usr, 1000000 ORDER BY n DESC) FROM event
	UNION ALL SELECT bloom_union_agg(b) FROM (SELECT bloom_add_agg(usr, 1000000) AS b
		FROM event GROUP BY hour) AS parts) AS v (b), bloom_info(b);
SELECT count(DISTINCT b) AS different, min(expected_items) AS expected
FROM (SELECT bloom_add_agg(x ORDER BY x) FROM generate_series(1, 3000) AS x
	UNION ALL SELECT bloom_add_agg(x ORDER BY x DESC) FROM generate_series(1, 3000) AS x
	UNION ALL SELECT bloom_add_agg(x % 3000 + 1) FROM generate_series(1, 9000) AS x) AS v (b), bloom_info(b);

-- GROUP BY, HAVING, grouping sets: every group against its set.
SELECT country, judge(bloom_add_agg(usr, 1000), array_agg(DISTINCT usr)) AS denied_same
FROM event WHERE usr IS NOT NULL GROUP BY country HAVING bloom_add_agg(usr, 1000) @> 10 ORDER BY country;
CREATE VIEW sets AS SELECT country, hour, bloom_add_agg(usr, 100) AS sized, bloom_add_agg(usr) AS sizes_itself,
	bloom_union_agg(bloom_empty(200) || usr) AS united, array_agg(DISTINCT usr) AS users
FROM event WHERE usr IS NOT NULL GROUP BY GROUPING SETS (CUBE (country, hour), ());
SELECT count(*) AS sets, sum(j.denied + k.denied + l.denied) AS denied,
	count(*) FILTER (WHERE NOT j.same) AS unequal, count(*) FILTER (WHERE NOT l.same) AS unequal,
	count(*) FILTER (WHERE NOT k.same AND cardinality(users) <= 240) AS unequal
FROM sets, judge(sized, users, 100) AS j, judge(sizes_itself, users, NULL) AS k, judge(united, users, 200) AS l;

-- The design may differ between groups, not within.
SELECT c, (bloom_info(bloom_add_agg(x, c))).expected_items FROM generate_series(1, 3) AS x,
	unnest('{10,1000}'::bigint[]) AS c GROUP BY c ORDER BY c;

-- Several in one query, sharing a state or not; expressions; polymorphic types.
SELECT bloom_add_agg(usr, 1000) = bloom_add_agg(usr, 1000) AS shared,
	bloom_cardinality(bloom_add_agg(usr % 10)) AS expression,
	bloom_cardinality(bloom_add_agg((usr % 10, country), 1000)) AS record,
	bloom_add_agg(ARRAY[usr % 10, 1]) @> ARRAY[3, 1] AS "array", bloom_add_agg(usr::numeric) @> 3.0 AS numeric,
	bloom_add_agg(usr) = bloom_add_agg(usr::bigint) AS all_integers_alike
FROM event WHERE usr IS NOT NULL;

-- A correlated subquery, an aggregate over an aggregate, LATERAL.
SELECT c, (SELECT (judge(bloom_add_agg(usr, 1000), array_agg(usr))).denied FROM event WHERE country = c) AS denied
FROM generate_series(5, 6) AS c ORDER BY c;
SELECT bloom_union_agg(b) = (SELECT bloom_add_agg(usr, 1000) FROM event) AS same, max(bloom_cardinality(b)) AS largest
FROM (SELECT bloom_add_agg(usr, 1000) AS b FROM event GROUP BY country) AS by_country;

-- Union of different sizes that fold: the smallest, whatever the order.
SELECT bloom_union_agg(b ORDER BY e) = bloom_union_agg(b ORDER BY -e) AS same,
	bloom_union_agg(b) = (SELECT bloom_add_agg(x, 5000) FROM generate_series(1, 4000) AS x) AS as_if_built_at_once,
	bloom_intersect_agg(b ORDER BY e) = bloom_intersect_agg(b ORDER BY -e) AS same,
	bloom_intersect_agg(b) @> 2000 AS in_all
FROM (SELECT e, bloom_add_agg(x, e) AS b FROM unnest('{5000,10000,40000}'::bigint[]) AS e,
	generate_series(1, 4000) AS x WHERE x % 3 = e / 5000 % 3 OR e = 10000 OR x = 2000 GROUP BY e) AS v;

-- Intersections: all that is in every filter, and less than in any one.
SELECT l AS list_of, (bloom_info(i)).representation, i = bloom_intersect_agg(b ORDER BY k DESC) AS same,
	(SELECT bool_and(i @> x) FROM generate_series(2001, 2100) AS x) AS all_found,
	(SELECT count(*) FROM generate_series(-9000, 9000) AS x WHERE i @> x) < 130 AS little_else
FROM (SELECT l, k, bloom_add_agg(x, 20000) AS b FROM unnest('{400,5000}'::integer[]) AS l,
	generate_series(1, 3) AS k, generate_series(2001, 2000 + l) AS x WHERE x <= 2100 OR x % 3 = k - 1
	GROUP BY l, k) AS v,
	LATERAL (SELECT bloom_intersect_agg(b) AS i FROM (SELECT bloom_add_agg(x, 20000) AS b
		FROM generate_series(1, 3) AS k, generate_series(2001, 2000 + l) AS x WHERE x <= 2100 OR x % 3 = k - 1
		GROUP BY k) AS w OFFSET 0) AS m
GROUP BY l, i ORDER BY l;

-- Window functions: every frame is to the byte what the plain aggregate gives for
-- its rows, whether the frame grows, moves or has holes.
CREATE TEMPORARY TABLE day (grp integer, d integer, x integer, b bloom);
INSERT INTO day
SELECT g, d, x, CASE WHEN d % 7 <> 3 THEN (SELECT bloom_add_agg(y, 1000 << g)
	FROM generate_series(x * 20, x * 20 + 39 + d % 3 * 200) AS y) END
FROM generate_series(1, 3) AS g, generate_series(1, 40) AS d,
	LATERAL (SELECT nullif((g * 31 + d * 17) % 40, 5)) AS v (x);
SELECT representation, count(*) FROM day LEFT JOIN bloom_info(b) ON true GROUP BY 1 ORDER BY 1;
SELECT count(*) AS rows, count(running) AS filters,
	count(*) FILTER (WHERE running IS DISTINCT FROM (SELECT bloom_union_agg(b) FROM day AS f
		WHERE f.grp = w.grp AND f.d <= w.d)) AS wrong_running,
	count(*) FILTER (WHERE sliding IS DISTINCT FROM (SELECT bloom_union_agg(b) FROM day AS f
		WHERE f.grp = w.grp AND f.d BETWEEN w.d - 6 AND w.d)) AS wrong_sliding,
	count(*) FILTER (WHERE excluding IS DISTINCT FROM (SELECT bloom_union_agg(b) FROM day AS f
		WHERE f.grp = w.grp AND f.d BETWEEN w.d - 2 AND w.d + 2 AND f.d <> w.d)) AS wrong_excluding,
	count(*) FILTER (WHERE common IS DISTINCT FROM (SELECT bloom_intersect_agg(b) FROM day AS f
		WHERE f.grp = w.grp AND f.d BETWEEN w.d - 1 AND w.d)) AS wrong_common,
	count(*) FILTER (WHERE added IS DISTINCT FROM (SELECT bloom_add_agg(x, 5) FROM day AS f
		WHERE f.grp = w.grp AND f.d BETWEEN w.d AND w.d + 12)) AS wrong_added,
	count(*) FILTER (WHERE sizing IS DISTINCT FROM (SELECT bloom_add_agg(x) FROM day AS f
		WHERE f.grp = w.grp AND f.d > w.d)) AS wrong_sizing
FROM (SELECT grp, d, bloom_union_agg(b) OVER (PARTITION BY grp ORDER BY d) AS running,
	bloom_union_agg(b) OVER (PARTITION BY grp ORDER BY d ROWS 6 PRECEDING) AS sliding,
	bloom_union_agg(b) OVER (PARTITION BY grp ORDER BY d
		ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING EXCLUDE CURRENT ROW) AS excluding,
	bloom_intersect_agg(b) OVER (PARTITION BY grp ORDER BY d ROWS 1 PRECEDING) AS common,
	bloom_add_agg(x, 5) OVER (PARTITION BY grp
		ORDER BY d RANGE BETWEEN CURRENT ROW AND 12 FOLLOWING) AS added,
	bloom_add_agg(x) OVER (PARTITION BY grp ORDER BY d
		ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS sizing
	FROM day) AS w;
-- The state is finalized again and again while it grows, also past the list.
SELECT count(*) AS rows, count(*) FILTER (WHERE NOT b @> n OR NOT b @> 1) AS denied,
	count(DISTINCT (bloom_info(b)).representation) AS representations,
	count(*) FILTER (WHERE n <= 128 AND bloom_cardinality(b) <> n) AS inexact_lists
FROM (SELECT n, bloom_add_agg(n, 100) OVER (ORDER BY n) AS b FROM generate_series(1, 200) AS n) AS v;
SELECT b = (SELECT bloom_add_agg(n) FROM generate_series(1, 500) AS n) AS same
FROM (SELECT n, bloom_add_agg(n) OVER (ORDER BY n) AS b FROM generate_series(1, 500) AS n) AS v WHERE n = 500;
SELECT d, bloom_cardinality(bloom_add_agg(x) OVER (ORDER BY d)) AS with_peers,
	bloom_cardinality(bloom_add_agg(x, 9) FILTER (WHERE x > 20) OVER (ORDER BY d)) AS filtered,
	bloom_add_agg(x) OVER (ORDER BY d ROWS BETWEEN 9 FOLLOWING AND 10 FOLLOWING) AS no_rows,
	bloom_is_empty(bloom_union_agg(NULL) OVER (ORDER BY d)) AS only_null
FROM (VALUES (1, 10), (1, 20), (2, 20), (2, 30), (3, NULL)) AS v (d, x) ORDER BY d, x;

-- 100,000 groups of three, sorted, hashed in memory and hashed with spilling:
-- tens of bytes each, and the same.
CREATE TEMPORARY TABLE grouped (how text, digest text, groups bigint, denied bigint, bytes bigint);
CREATE FUNCTION group_them(how text) RETURNS SETOF text LANGUAGE sql AS $$
	INSERT INTO grouped
	SELECT how, md5(string_agg(md5(g || b::text), '' ORDER BY g)), count(*),
		count(*) FILTER (WHERE NOT (b @> g AND g + 100000 <@ b AND b @> g + 200000)), max(pg_column_size(b))
	FROM (SELECT n % 100000 AS g, bloom_add_agg(n, 1000) AS b FROM generate_series(0, 299999) AS n
		GROUP BY g) AS groups;
	SELECT plan_of('SELECT n % 100000, bloom_add_agg(n, 1000) FROM generate_series(0, 299999) AS n GROUP BY 1');
$$;
SET work_mem = '64MB';
SET enable_hashagg = off;
SELECT group_them('sorted');
RESET enable_hashagg;
SET enable_sort = off;
SELECT group_them('hashed');
SET work_mem = '64kB';
SELECT group_them('spilled');
SELECT count(*) AS runs, count(DISTINCT digest) AS results, min(groups) AS groups, sum(denied) AS denied,
	max(bytes) AS bytes FROM grouped;
CREATE FUNCTION spilled() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON, COSTS OFF, TIMING OFF) SELECT n % 20000, bloom_add_agg(n, 1000)
		FROM generate_series(1, 40000) AS n GROUP BY 1' INTO plan;
	RETURN jsonb_path_exists(plan, '$.** ? (@."HashAgg Batches" > 1)');
END $$;
SELECT spilled() AS at_64kb;
SET work_mem = '64MB';
SELECT spilled() AS at_64mb;
-- Groups whose states turn into bits, spilled.
SET work_mem = '64kB';
SELECT count(*) AS groups, count(*) FILTER (WHERE denied <> 0 OR NOT same) AS wrong
FROM (SELECT n % 50 AS g, bloom_add_agg(n, 100) AS b, array_agg(n) AS ns FROM generate_series(1, 10000) AS n
	GROUP BY g) AS v, judge(b, ns, 100);
RESET work_mem;
RESET enable_sort;

-- What users can define themselves over the functions of the extension.
CREATE AGGREGATE my_union(bloom) (SFUNC = bloom_union, STYPE = bloom, COMBINEFUNC = bloom_union,
	PARALLEL = SAFE);
CREATE AGGREGATE my_add(sketch_hash) (SFUNC = bloom_add, STYPE = bloom);
SELECT my_union(b) = bloom_union_agg(b) AS my_union
FROM (SELECT bloom_add_agg(usr, 1000) AS b FROM event GROUP BY country) AS v;
SELECT my_add(sketch_hash_any(usr)) = pg_temp.of_hashes(bloom_add_agg(usr)) AS my_add FROM event WHERE usr < 200;

-- Even over the support functions, which are not made for this: a packed initial
-- value, and the state itself as the result, list and bits.
CREATE AGGREGATE from_list(sketch_hash) (SFUNC = bloom_add_agg_trans, STYPE = bloom,
	INITCOND = '\x9100000000000000000000000000000000000000000000000000000000000000');
CREATE AGGREGATE from_sized(sketch_hash, bigint, float8) (SFUNC = bloom_add_agg_trans, STYPE = bloom,
	INITCOND = '\x91000100100000001e00000000000000000000000000e03f0000000000000000');
CREATE AGGREGATE state_of_add(integer) (SFUNC = bloom_add_agg_trans, STYPE = bloom);
CREATE AGGREGATE state_of_add(integer, bigint) (SFUNC = bloom_add_agg_trans, STYPE = bloom);
CREATE AGGREGATE state_of_union(bloom) (SFUNC = bloom_union_agg_trans, STYPE = bloom);
SELECT from_list(sketch_hash_any(usr)) = pg_temp.of_hashes(bloom_add_agg(usr)) AS from_list,
	from_sized(sketch_hash_any(usr), 30, 0.5) = pg_temp.of_hashes(bloom_add_agg(usr, 30, 0.5)) AS from_sized,
	from_list(NULL) = bloom_add_agg(NULL::integer) AS from_list_of_null
FROM event;
-- A filter that sizes itself and is not yet packed still has its values, and is
-- exact where the bits are not.
CREATE TEMPORARY TABLE state AS
SELECT n, state_of_add(x) AS s, bloom_add_agg(x) AS packed FROM unnest('{1,20,300}'::integer[]) AS n,
	generate_series(1, n) AS x GROUP BY n
UNION ALL
SELECT n, state_of_add(x, e), bloom_add_agg(x, e) FROM (VALUES (4, 9), (5000, 5000), (5001, 200000))
	AS v (n, e), generate_series(1, n) AS x GROUP BY n, e
UNION ALL
SELECT 7000, state_of_union(b), bloom_union_agg(b) FROM (SELECT bloom_add_agg(x, 9000) AS b
	FROM generate_series(1, 7000) AS x GROUP BY x % 5) AS v;
SELECT n, s = packed AS equal, s::text = packed::text AS text,
	s::bytea = packed::bytea AS bytea, bloom_cardinality(s) = bloom_cardinality(packed) AS count,
	bloom_hash(s) = bloom_hash(packed) AS hash, s || packed = packed AS "union",
	s || -1 = packed || -1 AS add, s & packed = packed AS intersect, bloom_info(s) = bloom_info(packed) AS info,
	bloom_intersection_cardinality(s, packed) = bloom_intersection_cardinality(packed, packed) AS common,
	bloom_is_empty(s) AS empty, (SELECT bool_and(s @> x) FROM generate_series(1, n) AS x) AS all_found,
	(SELECT bool_and((s @> x) = (packed @> x)) FROM generate_series(-500, 0) AS x) AS same_answers
FROM state ORDER BY n;
SELECT state_of_union(NULL) || bloom_empty(7) = bloom_empty(7) AS of_nulls;
-- A union of nothing but NULLs has no state, which leaves any other filter as it is.
SELECT bloom_union_agg(b) = bloom_empty(14) || 1 AS same
	FROM (SELECT state_of_union(NULL::bloom)::text::bloom AS b
		UNION ALL SELECT bloom_empty(14) || 1) AS states;

DROP AGGREGATE my_union(bloom), my_add(sketch_hash), from_list(sketch_hash),
	from_sized(sketch_hash, bigint, float8), state_of_add(integer), state_of_add(integer, bigint),
	state_of_union(bloom);
DROP VIEW sets;
DROP FUNCTION group_them, spilled, judge;
DROP TABLE event;
