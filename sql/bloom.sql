-- Type bloom: text and binary form, building, merging and reading one filter.

\pset null '(null)'
SET client_min_messages = warning;

-- A filter of the integers first .. upto, made for so many; without that number,
-- one that sizes itself.
CREATE FUNCTION filter_of(upto integer, expected bigint, first integer DEFAULT 1)
	RETURNS bloom LANGUAGE sql
	AS 'SELECT coalesce(bloom_add_agg(x, expected), bloom_empty(expected))
		FROM generate_series(first, upto) AS x';
CREATE FUNCTION filter_of(upto integer) RETURNS bloom LANGUAGE sql
	AS 'SELECT bloom_add_agg(x) FROM generate_series(1, upto) AS x';

-- How many of first .. upto a filter has.
CREATE FUNCTION found_in(b bloom, first integer, upto integer) RETURNS bigint LANGUAGE sql
	AS 'SELECT count(*) FROM generate_series(first, upto) AS x WHERE b @> x';

-- The filter with the kind of its values forgotten, as if they had come as hashes.
CREATE FUNCTION of_hashes(b bloom) RETURNS bloom LANGUAGE sql IMMUTABLE
	AS 'SELECT CASE WHEN bloom_is_empty(b) THEN b ELSE set_byte(b::bytea, 3, 255)::bloom END';

-- Bytes worked out by hand from doc/format.md: type, layout, hashes, blocks;
-- expected_items; fpr; number of values; the values in order, hash 0 as 1.
SELECT bloom_empty(1000000)::bytea AS "none";
SELECT bloom_add(bloom_empty(1000000),
	81985529216486895::sketch_hash)::bytea AS "hash 0123456789ABCDEF";
SELECT bloom_add_agg(h::sketch_hash)::bytea AS "sizes itself"
	FROM unnest('{-1,0,1,256,1}'::bigint[]) AS h;
-- A filter of one block, as this version reads but does not design them: with a
-- ninth value, the list becomes bits. One hash for each: hash h sets bit
-- floor(h * 0x9E3779B97F4A7C15 mod 2^64 / 2^55), which is 316, 120, 437, 241, 46,
-- 362, 167, 483 and 287 for 1 .. 9.
SELECT substr(b, 1, 32) AS header, substr(b, 33) AS block, (SELECT count(*)
	FROM unnest('{316,120,437,241,46,362,167,483,287}'::integer[]) AS bit
	WHERE get_bit(substr(b, 33), bit) = 1) AS wanted_bits, bit_count(substr(b, 33)) AS bits
FROM (SELECT (overlay(b::bytea placing '\x01' from 5)::bloom || 9::bigint::sketch_hash)::bytea AS b
	FROM (SELECT bloom_add_agg(h::sketch_hash, 30, 0.5) AS b FROM generate_series(1::bigint, 8) AS h) AS l) AS v;

-- Text form: that of the same bytes as bytea.
SELECT bloom_empty(1000000) AS made_for_a_million,
	'\x9100000000000000000000000000000000000000000000000000000000000000'::bloom = bloom_add_agg(NULL::integer)
		AS empty_without_design;
SELECT e, n, representation, length(b::text) = 2 + 2 * length(b::bytea) AS text_length,
	b::text::bloom = b AS text, b::bytea::bloom = b AS bytea, bloom_send(b) = b::bytea AS send,
	length(b::bytea) = bytes AS bytes
FROM (VALUES (5, 0), (5, 3), (5, 128), (5, 129), (1000000, 0), (1000000, 3), (1000000, 20000),
	(1000000, 60000)) AS v (e, n), LATERAL filter_of(n, e) AS b, bloom_info(b);

-- Sizes: tens of bytes for a few values, ten bits a value at 1 %.
SELECT n, pg_column_size(filter_of(n)) AS sizes_itself,
	pg_column_size(filter_of(n, 1000000)) AS for_a_million
FROM unnest('{1,3,240,241,1000,10000}'::integer[]) AS n;
SELECT expected_items, designed_false_positive_rate AS fpr, blocks, bits, hashes,
	round(bits::numeric / expected_items, 2) AS bits_per_item
FROM (VALUES (1, 0.01), (100, 0.01), (10000, 0.01), (1000000, 0.01), (1000000, 0.001),
	(1000000, 0.9), (1000000, 1e-12), (100000000, 0.01), (850000000, 0.01)) AS v (n, fpr),
	bloom_info(bloom_empty(n, fpr));
SELECT 64 * blocks + 32 <= 1250000 AS a_million_in_1_25_mb FROM bloom_info(bloom_empty(1000000));

-- A list may be as long as the blocks of a filter up to 30 of them, of 240 values
-- up to 120, then a quarter as long; one value more, and the filter is bits.
SELECT blocks, most, array_agg(representation ORDER BY n) AS at_most_and_one_more,
	bool_and(found_in(b, 1, n) = n) AS all_found
FROM (VALUES (1, 128), (30, 128), (1000, 160), (1500, 240), (1550, 240), (6150, 240), (6300, 246),
	(20000, 776), (40000, 1552)) AS v (e, most),
	generate_series(most, most + 1) AS n, filter_of(n, e) AS b, bloom_info(b)
GROUP BY e, blocks, most ORDER BY e;
SELECT n, representation, expected_items, blocks, hashes, designed_false_positive_rate AS fpr
FROM unnest('{1,240,241,242,5000}'::integer[]) AS n, filter_of(n) AS b, bloom_info(b);

-- All that bloom_info() says, of every kind of filter.
\x
SELECT format_version, representation, expected_items, blocks, bits, hashes, bits_set,
	designed_false_positive_rate, round(false_positive_rate::numeric, 6) AS false_positive_rate, bytes
FROM (VALUES (1, filter_of(3)), (2, filter_of(3, 20000)), (3, filter_of(1000))) AS v (n, b),
	bloom_info(b) ORDER BY n;
\x

-- What was added is there; of what was not, about 1 % of the design as it is full.
-- The rate is of the bits: 0 of a list, right of a filter that is too full or half
-- empty.
SELECT e, n, found_in(b, 1, n) = n AS all_found,
	round(1e3 * bloom_false_positive_rate(b)) / 1e3 AS rate,
	abs(found_in(b, 1000001, 1050000) / 5e4 - bloom_false_positive_rate(b)) <=
		4 * sqrt(bloom_false_positive_rate(b) / 5e4) AS as_measured,
	abs(bloom_cardinality(b) / n - 1) < 0.01 AS cardinality_within_1_percent
FROM (VALUES (20000, 700), (20000, 2000), (20000, 10000), (20000, 20000), (20000, 40000),
	(500, 20), (100000, 100000)) AS v (e, n), filter_of(n, e) AS b ORDER BY e, n;
SELECT fpr,
	(SELECT bool_and(b @> x) FROM generate_series(1, 20000) AS x) AS all_found,
	bloom_false_positive_rate(b) / fpr BETWEEN 0.9 AND 1.1 AS as_designed
FROM (SELECT fpr, bloom_add_agg(x, 20000, fpr) AS b
	FROM unnest('{0.5,0.1,0.01,0.001,0.0001,1e-6,1e-12}'::float8[]) AS fpr,
		generate_series(1, 20000) AS x GROUP BY fpr) AS v ORDER BY fpr DESC;
SELECT n, bloom_cardinality(filter_of(n)) AS exact FROM unnest('{1,3,240}'::integer[]) AS n;
-- A filter with all its bits set knows no number, and affirms everything.
SELECT bloom_cardinality(b), bloom_false_positive_rate(b), bloom_is_empty(b), b @> -1
FROM filter_of(60000, 5) AS b;

-- Empty or not.
SELECT bloom_is_empty(bloom_empty(9)) AS made_empty,
	bloom_is_empty(bloom_add_agg(NULL::integer)) AS of_null,
	bloom_is_empty(filter_of(1)) AS of_one, bloom_is_empty(filter_of(1000, 1000)) AS of_bits,
	bloom_is_empty(filter_of(9) & filter_of(20, 100, 10)) AS nothing_in_common,
	bloom_is_empty(filter_of(20, 20000) & bloom_empty(20000)) AS with_an_empty_one;

-- Adding a value, in every form. The hash of a value adds the same as the value.
SELECT bloom_cardinality(bloom_empty(9) || sketch_hash_any(1)) AS one,
	bloom_cardinality(bloom_empty(9) || 1) AS one,
	bloom_cardinality(bloom_add(bloom_empty(9), 1)) AS one,
	bloom_cardinality(bloom_empty(9) || 1 || 2) AS two,
	bloom_cardinality(bloom_empty(9) || 1 || 1::bigint) AS still_one,
	bloom_cardinality(bloom_empty(9) || 1 || '1'::text) AS another,
	bloom_cardinality(bloom_empty(9) || sketch_hash_any(1, 5) || sketch_hash_any(1, 6))
		AS two_seeds;
SELECT e, n, bloom_add(b, sketch_hash_any(7)) = of_hashes(bloom_add(b, 7)) AS integer,
	bloom_add(b, sketch_hash_any(7.5)) = of_hashes(b || 7.50) AS numeric,
	b || sketch_hash_any('x'::text) = b || 'x'::text AS text, b || 'x'::text = bloom_add(b, 'x'::varchar) AS varchar,
	b || 'x'::char(3) = bloom_add(b, 'x'::text) AS "char(n)", b || 'x'::name = bloom_add(b, 'x'::name) AS name,
	bloom_add(b, 'x'::"char") = bloom_add(b, 'x'::text) AS "char",
	b || sketch_hash_any('2024-02-29'::date) = b || '2024-02-29'::date AS date,
	b || sketch_hash_any('{1,2}'::int[]) = b || '{1,2}'::int[] AS "array",
	b || sketch_hash_any(row(1, 'a'::text)) = b || row(1, 'a'::text) AS record,
	b || sketch_hash_any(NULL::integer) = b AS null, b || 7 <> b AS changed, b || 10 = b AS in_already
FROM (VALUES (1000000, 20), (20, 200), (1000, 900)) AS v (e, n), filter_of(n, e, 10) AS b;

-- A filter that is built one by one is the one that the aggregate builds, also
-- where it turns from a list into bits. What is bits does not size itself anew.
SELECT e, n, filter_of(n, e) || n + 1 = filter_of(n + 1, e) AS same
FROM (VALUES (30, 127), (30, 128), (30, 129), (30, 5000), (1500, 239), (1500, 240), (1500, 241),
	(20000, 775), (20000, 776), (20000, 777)) AS v (e, n);
SELECT n, b || n + 1 = filter_of(n + 1) AS same, found_in(b || n + 1, 1, n + 1) = n + 1 AS all_found
FROM unnest('{1,239,240,241,5000}'::integer[]) AS n, filter_of(n) AS b;
-- A list that is full stays one where nothing comes that it has not: equal content
-- is equal bytes. (One value more would be bits.)
SELECT e, n, representation, b || 1 = b AND bloom_add(b, n) = b AS has_it, b || b = b AS "union",
	b || bloom_empty(e) = b AND bloom_empty(e) || b = b AS with_empty,
	filter_of(n - 1, e) || n = b AS filled_up, b || n + 1 = b AS one_more
FROM (VALUES (30, 127), (30, 128), (30, 129), (1500, 239), (1500, 240), (1500, 241), (20000, 775), (20000, 776), (20000, 777))
	AS v (e, n), filter_of(n, e) AS b, bloom_info(b);
SELECT n, representation, b || 1 = b AS has_it, b || b = b AS "union", b || bloom_add_agg(NULL::integer) = b AS with_empty
FROM unnest('{239,240}'::integer[]) AS n, filter_of(n) AS b, bloom_info(b) GROUP BY n, representation, b;

-- Union: what one filter of all the values is, to the byte. An empty filter takes
-- the other's design, of two lists the larger one wins, a list takes that of bits,
-- and of two bits that fold the smaller one wins.
CREATE FUNCTION union_design(a bloom, b bloom) RETURNS bigint LANGUAGE sql AS $$
	SELECT CASE
		WHEN bloom_is_empty(a) <> bloom_is_empty(b) THEN CASE WHEN bloom_is_empty(a) THEN f ELSE e END
		WHEN r <> s THEN CASE r WHEN 'list' THEN f ELSE e END
		WHEN r = 'list' THEN greatest(e, f)
		ELSE least(e, f) END
	FROM bloom_info(a) AS i (v, r, e), bloom_info(b) AS j (w, s, f) $$;
SELECT bool_and(a || b = b || a) AS commutes, bool_and(a || a = a) AS idempotent,
	bool_and(a || b = bloom_union(a, b)) AS same_function,
	bool_and(a || b = filter_of(n + m, union_design(a, b))) AS as_if_built_at_once,
	bool_and((a || b) || bloom_empty(e) || a = a || (b || (bloom_empty(e) || a))) AS associative,
	bool_and(found_in(a || b, 1, n + m) = n + m) AS all_found,
	count(*) AS unions, count(DISTINCT representation) AS representations
FROM unnest('{20000,40000,160000}'::bigint[]) AS e, unnest('{20000,40000,160000}'::bigint[]) AS f,
	unnest('{0,1,700,4000}'::integer[]) AS n, unnest('{0,90,1553}'::integer[]) AS m,
	filter_of(n, e) AS a, filter_of(n + m, f, n + 1) AS b, bloom_info(a || b);
SELECT expected_items, blocks, bloom_cardinality(a) = 50 AS list, representation,
	a || b = filter_of(3050, 20000) AS same
FROM filter_of(50, 160000) AS a, filter_of(3050, 20000, 51) AS b, bloom_info(a || b);
-- Of equally many blocks the more expected items count, then the higher rate.
SELECT x, p, y, q, blocks, expected_items, designed_false_positive_rate AS fpr,
	a || b = b || a AS commutes
FROM (VALUES (1500, 0.01, 1510, 0.01), (1500, 0.01, 1500, 0.0099), (1500, 0.0099, 1510, 0.01))
	AS v (x, p, y, q), bloom_add(bloom_empty(x, p), 1) AS a, bloom_add(bloom_empty(y, q), 2) AS b,
	bloom_info(a || b);
-- A filter without a design takes the other's as long as it is a list.
SELECT n, e, filter_of(n) || filter_of(900, e, 100) = filter_of(900, e) AS same,
	filter_of(900, e, 100) || filter_of(n) = filter_of(900, e) AS commuted
FROM unnest('{99,150,240}'::integer[]) AS n, unnest('{30,1000,20000}'::bigint[]) AS e;
SELECT n, filter_of(n) || filter_of(m) = filter_of(greatest(n, m)) AS same
FROM (VALUES (10, 20), (240, 240), (240, 100)) AS v (n, m);
SELECT representation, expected_items, abs(bloom_cardinality(u) - 400) < 10 AS close
FROM (SELECT filter_of(200) || bloom_add_agg(-x) AS u FROM generate_series(1, 200) AS x) AS v,
	bloom_info(u);

-- Folding: a union with bits of a smaller design.
SELECT f, n, b || filter_of(4000, f) = filter_of(greatest(n, 4000), f) AS folded,
	found_in(b || filter_of(4000, f), 1, n) = n AS all_found
FROM (VALUES (20000), (40000), (80000), (320000)) AS v (f),
	unnest('{5,1000,20000}'::integer[]) AS n, filter_of(n, 320000) AS b ORDER BY n, f;

-- Intersection: has what both have, nothing that one denies; of lists it is exact.
-- The values 1 .. m are in a, those from m - c + 1 on in b; so c are in both.
SELECT e, f, m, n, c, (bloom_info(i)).representation, i = b & a AS commutes, a & a = a AS idempotent,
	i = bloom_intersect(a, b) AS same_function, found_in(i, m - c + 1, m) = c AS all_found,
	(SELECT count(*) FROM generate_series(-9000, 9000) AS x
		WHERE i @> x AND NOT (a @> x AND b @> x)) AS denied_by_one
FROM (VALUES (20000, 20000, 300, 500, 100), (20000, 20000, 3000, 500, 400),
	(20000, 20000, 3000, 5000, 2000), (20000, 80000, 3000, 5000, 2000),
	(160000, 20000, 600, 700, 50), (20000, 160000, 4000, 1000, 900),
	(20000, 20000, 3000, 3000, 0)) AS v (e, f, m, n, c),
	filter_of(m, e) AS a, filter_of(m - c + n, f, m - c + 1) AS b, LATERAL (SELECT a & b AS i OFFSET 0) AS met;
SELECT filter_of(100) & filter_of(200) = filter_of(100) AS of_lists,
	filter_of(100, 20000) & filter_of(200, 20000) = filter_of(100, 20000) AS of_designed_lists,
	filter_of(100) & filter_of(200, 20000) = filter_of(100, 20000) AS of_unlike_lists,
	filter_of(100) & filter_of(2000, 20000) @> 100 AS of_list_and_bits;

-- How many values are in both: exact of lists, close of bits, also folded.
SELECT e, f, a, b, common, bloom_intersection_cardinality(x, y) = common AS exact,
	abs(bloom_intersection_cardinality(x, y) - common) < 60 AS within_60,
	bloom_intersection_cardinality(x, y) = bloom_intersection_cardinality(y, x) AS commutes
FROM (VALUES (20000, 20000, 500, 600, 100), (20000, 20000, 500, 600, 0), (20000, 20000, 500, 20000, 200),
	(20000, 20000, 10000, 9000, 4000), (20000, 80000, 10000, 9000, 4000),
	(20000, 20000, 10000, 9000, 0), (20000, 20000, 10000, 10000, 10000)) AS v (e, f, a, b, common),
	filter_of(a, e) AS x, filter_of(a - common + b, f, a - common + 1) AS y;

-- Comparison: of design and content, in the order of the bytes.
SELECT count(*) AS pairs,
	bool_and((a = b) = (x = y) AND (a <> b) = (x <> y) AND (a < b) = (x < y)
		AND (a <= b) = (x <= y) AND (a > b) = (x > y) AND (a >= b) = (x >= y)
		AND sign(bloom_cmp(a, b)) = (x > y)::integer - (x < y)::integer) AS as_bytes
FROM (SELECT b AS a, b::bytea AS x FROM unnest(ARRAY[bloom_empty(1), bloom_empty(2),
		bloom_empty(1, 0.02), filter_of(1), filter_of(2), filter_of(500), filter_of(500, 500)]) AS b) AS v,
	(SELECT b, b::bytea AS y FROM unnest(ARRAY[bloom_empty(1), bloom_empty(2),
		bloom_empty(1, 0.02), filter_of(1), filter_of(2), filter_of(500), filter_of(500, 500)]) AS b) AS w;
SELECT bloom_hash(filter_of(5000, 5000)) = bloom_hash(filter_of(2500, 5000)
		|| filter_of(5000, 5000, 2501)) AS hash,
	bloom_hash(filter_of(9)) = bloom_hash(filter_of(8)) AS hash_of_another,
	bloom_hash_extended(filter_of(9), 0) & 4294967295
		= bloom_hash(filter_of(9))::bigint & 4294967295 AS seed_0,
	bloom_hash_extended(filter_of(9), 1) = bloom_hash_extended(filter_of(9), 0) AS seed_1;

-- Values in front, and arrays of values and of filters.
SELECT 1 || b = b || 1 AS number, 'x'::text || b = b || 'x'::text AS text, sketch_hash_any(1) || b = b || sketch_hash_any(1) AS hash,
	NULL::integer || b = b AS null, 1 || NULL::bloom = bloom_add(NULL, 1) AS "of null", ARRAY[b] || b = ARRAY[b, b] AS appended
FROM filter_of(300, 400) AS b;
SELECT n, bloom_add_array(b, array_agg(x)) = filter_of(n, 400) AS all_of_them,
	bloom_add_array(b, array_agg(nullif(x % 10, 0))) = b AS nothing_new,
	bloom_add_array(NULL, array_agg(x)) = bloom_add_agg(x) AS alone
FROM unnest('{20,300}'::integer[]) AS n, filter_of(10, 400) AS b, generate_series(1, n) AS x GROUP BY n, b ORDER BY n;
SELECT bloom_add_array(b, '{{1,2},{NULL,3}}'::integer[]) = b || 1 || 2 || 3 AS dimensions, bloom_add_array(b, '{}'::integer[]) = b AS none,
	bloom_add_array(b, '{NULL}'::integer[]) = b AS nulls, bloom_add_array(b, NULL::integer[]) = b AS null,
	bloom_add_array(NULL, NULL::integer[]) AS both, bloom_add_array(NULL, '{}'::text[]) AS none,
	bloom_union(ARRAY[b || 1, NULL, b || 2]) = b || 1 || 2 AS "union", bloom_union('{}'::bloom[]) AS none, bloom_union('{NULL}'::bloom[]) AS null,
	bloom_union(ARRAY[b]) = b AS single
FROM bloom_empty(5) AS b;

-- NULL in every argument. Where values are added or united, NULL is skipped.
SELECT bloom_add(NULL::bloom, 1) = filter_of(1) AS "add NULL, 1",
	NULL::bloom || sketch_hash_any(1) = of_hashes(filter_of(1)) AS "NULL || hash",
	bloom_empty(5) || NULL::integer = bloom_empty(5) AS "b || NULL integer",
	bloom_add(bloom_empty(5), NULL::sketch_hash) = bloom_empty(5) AS "add b, NULL hash",
	bloom_add(bloom_empty(5), NULL::text) = bloom_empty(5) AS "add b, NULL text",
	bloom_add(NULL, NULL::integer) AS "add NULL, NULL",
	NULL::bloom || NULL::sketch_hash AS "NULL || NULL hash", NULL::bloom || NULL::text AS "NULL || NULL text";
SELECT bloom_empty(5) || NULL::bloom = bloom_empty(5) AS "b || NULL",
	NULL::bloom || bloom_empty(5) = bloom_empty(5) AS "NULL || b",
	bloom_empty(5) || NULL = bloom_empty(5) AS "b || unknown NULL",
	NULL::bloom || NULL::bloom AS "NULL || NULL", bloom_union(NULL, NULL) AS "union",
	bloom_empty(5) & NULL AS "b & NULL", NULL & bloom_empty(5) AS "NULL & b",
	bloom_intersect(NULL, NULL) AS "intersect";
SELECT bloom_empty(NULL) AS empty, bloom_empty(5, NULL) AS empty, bloom_empty(NULL, 0.5) AS empty,
	bloom_cardinality(NULL), bloom_false_positive_rate(NULL) AS rate, bloom_is_empty(NULL),
	bloom_info(NULL), bloom_intersection_cardinality(NULL, bloom_empty(5)) AS common,
	bloom_intersection_cardinality(bloom_empty(5), NULL) AS common;
SELECT bloom_contains(NULL, 1) AS contains, bloom_contains(bloom_empty(5), NULL::integer) AS contains,
	NULL::bloom @> 1 AS "@>", bloom_empty(5) @> NULL::sketch_hash AS "@> hash",
	bloom_empty(5) @> NULL::text AS "@> text", 1 <@ NULL::bloom AS "<@", NULL::integer <@ bloom_empty(5) AS "<@",
	bloom_contained_by(NULL::sketch_hash, bloom_empty(5)) AS by, bloom_contained_by('x'::text, NULL) AS by;
SELECT NULL::bloom = bloom_empty(5) AS "=", bloom_empty(5) <> NULL AS "<>", NULL < bloom_empty(5) AS "<",
	bloom_empty(5) <= NULL AS "<=", NULL > bloom_empty(5) AS ">", bloom_empty(5) >= NULL AS ">=",
	bloom_cmp(NULL, bloom_empty(5)) AS cmp, bloom_hash(NULL) AS hash,
	bloom_hash_extended(NULL, 1) AS hash_b, bloom_hash_extended(bloom_empty(5), NULL) AS hash_seed;
SELECT NULL::bytea::bloom AS from_bytea, NULL::bloom::bytea AS to_bytea, NULL::text::bloom AS from_text,
	bloom_send(NULL);

-- Random adds, unions, intersections, foldings and round trips of four filters,
-- beside the sets that they are of. Whatever came, all is found; and a filter that
-- was never intersected is to the byte the one of its set.
CREATE TEMPORARY TABLE walk (i integer, e bigint, b bloom, xs integer[], pure boolean);
INSERT INTO walk SELECT i, 5000 << i, bloom_empty(5000 << i), '{}', true
	FROM generate_series(0, 3) AS i;
CREATE FUNCTION pg_temp.step(action integer, target integer, source integer) RETURNS void
	LANGUAGE plpgsql AS $$
DECLARE
	t walk;
	s walk;
	more integer[];
BEGIN
	SELECT * INTO t FROM walk WHERE i = target;
	SELECT * INTO s FROM walk WHERE i = source;
	CASE action
	WHEN 0 THEN
		t.b := t.b || target;
		t.xs := t.xs || target;
	WHEN 1, 2, 3 THEN
		more := ARRAY(SELECT floor(random() * 3000)::integer
			FROM generate_series(0, floor(random() * 400)::integer));
		t.b := t.b || (SELECT bloom_add_agg(x, s.e) FROM unnest(more) AS x);
		t := (t.i, bloom_expected_items(t.b), t.b, t.xs || more, t.pure);
	WHEN 4, 5 THEN
		t.b := t.b || s.b;
		t := (t.i, bloom_expected_items(t.b), t.b, t.xs || s.xs, t.pure AND s.pure);
	WHEN 6 THEN
		t := (t.i, least(t.e, s.e), t.b & s.b, ARRAY(SELECT unnest(t.xs) INTERSECT
			SELECT unnest(s.xs)), false);
	WHEN 7 THEN
		t.b := t.b::text::bloom;
	WHEN 8 THEN
		t.b := t.b::bytea::bloom || NULL::bloom || bloom_add_agg(NULL::integer);
	ELSE
		t := (t.i, 5000 << source, bloom_empty(5000 << source) || source, ARRAY[source], true);
	END CASE;
	DELETE FROM walk WHERE i = target;
	INSERT INTO walk SELECT t.i, t.e, t.b, ARRAY(SELECT DISTINCT unnest(t.xs)), t.pure;
END $$;
CREATE TEMPORARY TABLE seen AS
SELECT 0 AS n, 0 AS missing, true AS equal, true AS pure, '' AS kind LIMIT 0;
DO $$
BEGIN
	PERFORM setseed(0.25);
	FOR n IN 1 .. 400 LOOP
		PERFORM pg_temp.step(floor(random() * 10)::integer, floor(random() * 4)::integer,
			floor(random() * 4)::integer);
		INSERT INTO seen SELECT n, (SELECT count(*) FROM unnest(xs) AS x WHERE NOT b @> x),
			b = coalesce((SELECT bloom_add_agg(x, e) FROM unnest(xs) AS x), bloom_empty(e)),
			pure, (bloom_info(b)).representation
		FROM walk;
	END LOOP;
END $$;
SELECT count(*) AS filters, sum(missing) AS missing, count(*) FILTER (WHERE pure AND NOT equal) AS unequal,
	count(*) FILTER (WHERE pure) > 500 AS many_pure, count(*) FILTER (WHERE NOT pure) > 200 AS many_intersected,
	count(*) FILTER (WHERE kind = 'list') > 200 AS many_lists, count(*) FILTER (WHERE kind = 'bits') > 200 AS many_bits
FROM seen;

DROP FUNCTION filter_of(integer, bigint, integer), filter_of(integer), found_in;
