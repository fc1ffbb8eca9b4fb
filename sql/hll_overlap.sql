-- Two sketches as sets: parts, union, intersection, difference, Jaccard's index,
-- with errors and bounds; and intersections of more than two.

\pset null '(null)'
SET client_min_messages = warning;

-- A sketch of the integers from .. upto.
CREATE FUNCTION sketch_of(first integer, upto integer, p integer DEFAULT 13)
	RETURNS hll LANGUAGE sql IMMUTABLE
	AS 'SELECT coalesce(hll_add_agg(x, p), hll_empty(p)) FROM generate_series(first, upto) AS x';

-- Sparse sketches are compared value by value: all numbers are exact.
SELECT a_only, b_only, "both", "union", jaccard,
	both_standard_error < 0.1 AS exact, jaccard_standard_error < 0.001 AS exact_jaccard
FROM (VALUES (1, 1000, 901, 1500), (1, 100, 1, 100), (1, 100, 11, 20), (1, 10, 11, 20),
	(1, 0, 1, 5), (1, 5, 1, 0), (1, 0, 1, 0)) AS v (a1, a2, b1, b2),
	hll_overlap(sketch_of(a1, a2), sketch_of(b1, b2));
SELECT hll_intersection_cardinality(a, b), hll_difference_cardinality(a, b),
	hll_difference_cardinality(b, a), hll_union_cardinality(a, b), hll_jaccard(a, b)
FROM (VALUES (sketch_of(1, 1000), sketch_of(901, 1500))) AS v (a, b);

-- The precision of a sparse sketch is no matter to its values.
SELECT p, q, a_only, b_only, "both"
FROM (VALUES (9, 20), (11, 12), (20, 9)) AS v (p, q),
	hll_overlap(sketch_of(1, 100, p), sketch_of(51, 150, q));

-- Dense, sparse, and one of each; nested, disjoint, equal; of all precisions.
CREATE TABLE pair AS
SELECT format('%s..%s/%s, %s..%s/%s', a1, a2, p, b1, b2, q) AS name,
	sketch_of(a1, a2, p) AS a, sketch_of(b1, b2, q) AS b,
	greatest(a2 - a1 + 1, 0) AS na, greatest(b2 - b1 + 1, 0) AS nb,
	greatest(least(a2, b2) - greatest(a1, b1) + 1, 0) AS n
FROM (VALUES (1, 100000, 90001, 200000), (1, 20000, 15001, 20000), (1, 20000, 20001, 40000),
		(1, 30000, 1, 30000), (1, 1000, 501, 50000), (1, 1000, 1, 50000),
		(1, 1000, 1001, 50000), (1, 0, 1, 50000), (1, 3000, 1, 10), (1, 1, 1, 0))
		AS r (a1, a2, b1, b2),
	(VALUES (13, 13), (4, 13), (13, 11), (11, 14), (6, 6), (12, 20)) AS p (p, q);

-- How the parts must fit together, whatever they are. A finer sketch can show that
-- the count of a coarser one is too low.
SELECT count(*) AS pairs,
	count(*) FILTER (WHERE a_only < 0 OR b_only < 0 OR "both" < 0) AS negative,
	count(*) FILTER (WHERE "both" > least(# a, # b)
		* CASE hll_precision(a) WHEN hll_precision(b) THEN 1 ELSE 1.1 END) AS too_much,
	count(*) FILTER (WHERE "union" <> a_only + b_only + "both") AS wrong_union,
	count(*) FILTER (WHERE abs(jaccard - CASE "union" WHEN 0 THEN 1 ELSE "both" / "union" END)
		> 1e-15) AS wrong_jaccard,
	count(*) FILTER (WHERE NOT greatest(a_only_standard_error, b_only_standard_error,
		both_standard_error, union_standard_error) < 1e6) AS no_error,
	count(*) FILTER (WHERE NOT jaccard_standard_error BETWEEN 0 AND 1) AS no_jaccard_error,
	count(*) FILTER (WHERE hll_union_cardinality(a, b) <> # (a || b)) AS other_union,
	count(*) FILTER (WHERE hll_intersection_cardinality(a, b) <> "both"
		OR hll_difference_cardinality(a, b) <> a_only
		OR hll_jaccard(a, b) <> jaccard) AS others
FROM pair, hll_overlap(a, b);

-- The other way round, to the last bit.
SELECT count(*) FROM pair, hll_overlap(a, b) AS o, hll_overlap(b, a) AS m
WHERE (o.a_only, o.b_only, o."both", o."union", o.jaccard, o.a_only_standard_error,
		o.b_only_standard_error, o.both_standard_error, o.union_standard_error,
		o.jaccard_standard_error)
	IS DISTINCT FROM (m.b_only, m.a_only, m."both", m."union", m.jaccard,
		m.b_only_standard_error, m.a_only_standard_error, m.both_standard_error,
		m.union_standard_error, m.jaccard_standard_error);
SELECT count(*) FROM pair
WHERE hll_intersection_bounds(a, b) IS DISTINCT FROM hll_intersection_bounds(b, a)
	OR hll_union_cardinality(a, b) <> hll_union_cardinality(b, a);

-- With itself, and with nothing.
SELECT count(*) FROM pair, hll_overlap(a, a)
WHERE (a_only, b_only, "both", "union", jaccard) <> (0, 0, # a, # a, 1);
SELECT count(*) FROM pair, hll_overlap(a, hll_empty(10))
WHERE (a_only, b_only, "both", "union", jaccard)
	<> (# a, 0, 0, # a, CASE # a WHEN 0 THEN 1 ELSE 0 END);

-- Close to the truth: none is off by more than 4.5 of the errors it states (of
-- 180 normal ones, one in 800 runs would), and half are within 0.7.
WITH errors AS (
	SELECT name, abs("both" - n) AS off_both, both_standard_error AS both_error,
		abs(a_only - (na - n)) AS off_a, a_only_standard_error AS a_error,
		abs("union" - (na + nb - n)) AS off_union, union_standard_error AS union_error
	FROM pair, hll_overlap(a, b))
SELECT count(*) FILTER (WHERE off_both > 4.5 * both_error + 0.01) AS both_far,
	count(*) FILTER (WHERE off_a > 4.5 * a_error + 0.01) AS a_far,
	count(*) FILTER (WHERE off_union > 4.5 * union_error + 0.01) AS union_far,
	count(*) FILTER (WHERE off_both <= 0.7 * both_error + 0.01) > count(*) / 2 AS both_near
FROM errors;

-- Bounds hold the estimate, are wider for more confidence, and hold the truth.
SELECT count(*) AS pairs,
	count(*) FILTER (WHERE estimate <> hll_intersection_cardinality(a, b)) AS others,
	count(*) FILTER (WHERE NOT (0 <= low99 AND low99 <= low50 AND low50 <= estimate
		AND estimate <= up50 AND up50 <= up99)) AS unordered,
	count(*) FILTER (WHERE n BETWEEN low99 AND up99) > 0.95 * count(*) AS hold,
	count(*) FILTER (WHERE up99 > greatest(least((ca).upper, (cb).upper), estimate)) AS too_much
FROM (SELECT a, b, n, estimate, lower AS low50, upper AS up50, w.low99, w.up99,
		hll_cardinality_bounds(a, 0.99) AS ca, hll_cardinality_bounds(b, 0.99) AS cb
	FROM pair, hll_intersection_bounds(a, b, 0.5),
		LATERAL (SELECT lower AS low99, upper AS up99
			FROM hll_intersection_bounds(a, b, 0.99)) AS w) AS bounds;
SELECT estimate, lower, upper FROM hll_intersection_bounds(sketch_of(1, 1000), sketch_of(901, 1500));
SELECT hll_intersection_bounds(a, b) = hll_intersection_bounds(a, b, 0.95) AS by_default
FROM pair WHERE name LIKE '1..100000/13, % /13' OR name LIKE '1..100000/13,%200000/13';

-- A small overlap of two large sets: 1 % of all values, as 23 standard errors of
-- the difference of counts would not tell it from none.
SELECT abs("both" - 2000) < 3 * both_standard_error AS close,
	both_standard_error < 300 AS exact, jaccard BETWEEN 0.007 AND 0.013 AS jaccard
FROM hll_overlap(sketch_of(1, 101000, 16), sketch_of(99001, 200000, 16));

-- More than two sets. Sparse ones exactly, however many.
SELECT hll_intersection_cardinality(ARRAY[sketch_of(1, 1000), sketch_of(501, 1500),
		sketch_of(701, 2000)]) AS three,
	hll_intersection_cardinality(array_agg(sketch_of(i, i + 100))) AS fifty,
	hll_intersection_cardinality(array_agg(sketch_of(i, i + 40))) AS none
FROM generate_series(1, 50) AS i;
-- One set; two; the order and the dimensions are no matter.
SELECT count(*) AS pairs,
	count(*) FILTER (WHERE hll_intersection_cardinality(ARRAY[a]) <> # a) AS one,
	count(*) FILTER (WHERE hll_intersection_cardinality(ARRAY[a, b])
		<> hll_intersection_cardinality(a, b)) AS two,
	count(*) FILTER (WHERE hll_intersection_cardinality(ARRAY[a, b, sketch_of(1, 5000)])
		<> hll_intersection_cardinality(ARRAY[sketch_of(1, 5000), b, a])) AS three,
	count(*) FILTER (WHERE hll_intersection_cardinality(ARRAY[[a, b], [b, a]])
		<> hll_intersection_cardinality(ARRAY[a, b, a, b])) AS four
FROM pair;
-- Dense ones by inclusion and exclusion within the smallest.
SELECT round(hll_intersection_cardinality(ARRAY[sketch_of(1, 40000), sketch_of(20001, 60000),
		sketch_of(10001, 50000)])::numeric, -3) AS three,
	round(hll_intersection_cardinality(ARRAY[sketch_of(1, 40000), sketch_of(20001, 60000),
		sketch_of(10001, 50000), sketch_of(5001, 90000)])::numeric, -3) AS four,
	hll_intersection_cardinality(ARRAY[sketch_of(1, 40000), sketch_of(1, 40000),
		sketch_of(1, 40000)]) = # sketch_of(1, 40000) AS equal,
	hll_intersection_cardinality(ARRAY[sketch_of(1, 40000), sketch_of(20001, 60000),
		hll_empty()]) AS with_empty,
	hll_intersection_cardinality(ARRAY[sketch_of(1, 1000), sketch_of(1, 40000),
		sketch_of(501, 600), sketch_of(101, 60000)]) AS with_sparse;
SELECT hll_intersection_cardinality(array_agg(sketch_of(1, 3000 + i))) BETWEEN 2500 AND 3500 AS ten
FROM generate_series(1, 10) AS i;

-- NULLs, and arrays of nothing.
SELECT hll_overlap(NULL, hll_empty()) IS NULL AS overlap,
	hll_intersection_cardinality(hll_empty(), NULL) IS NULL AS intersection,
	hll_difference_cardinality(NULL, NULL) IS NULL AS difference,
	hll_union_cardinality(NULL, hll_empty()) IS NULL AS "union",
	hll_jaccard(hll_empty(), NULL) IS NULL AS jaccard,
	hll_intersection_bounds(hll_empty(), hll_empty(), NULL) IS NULL AS bounds,
	hll_intersection_cardinality(NULL::hll[]) IS NULL AS no_array,
	hll_intersection_cardinality('{}'::hll[]) IS NULL AS empty_array,
	hll_intersection_cardinality(ARRAY[hll_empty(), NULL]) IS NULL AS null_inside;

-- Errors.
SELECT error_of(format('SELECT hll_intersection_bounds(hll_empty(), hll_empty(), %L)', c))
FROM unnest('{0,1,-1,2,NaN,Infinity}'::float8[]) AS c;
SELECT error_of('SELECT hll_intersection_cardinality(array_agg(sketch_of(1, 3000 + i)))
	FROM generate_series(1, 11) AS i');
SELECT error_of('SELECT hll_overlap(hll_empty(), 1)');
SELECT error_of('SELECT hll_intersection_cardinality(ARRAY[1, 2])');

-- Values that got damaged in the table, past all checks: an error or some answer.
CREATE FUNCTION unchecked_hll(bytea, bytea DEFAULT '') RETURNS hll
	LANGUAGE internal IMMUTABLE STRICT AS 'byteacat';
SELECT what, call, left(error_of('SELECT ' || format(call, format('unchecked_hll(%L)', bytes))), 5)
FROM (VALUES
	('no byte', '\x'::bytea),
	('sparse, cut', '\x81000d0005ff'),
	('dense, cut', '\x81010d0100000000')) AS v (what, bytes),
	unnest(ARRAY['hll_overlap(%s, sketch_of(1, 2000))', 'hll_overlap(sketch_of(1, 9), %s)',
		'hll_union_cardinality(%s, sketch_of(1, 9))',
		'hll_intersection_bounds(%s, sketch_of(1, 9))',
		'hll_intersection_cardinality(ARRAY[%1$s, %1$s])']) AS call;

-- Results of an index expression must not change; and plans may be parallel.
SELECT oid::regprocedure::text, provolatile, proparallel, proisstrict
FROM pg_proc
WHERE proname ~ '^hll_(overlap|jaccard|(intersection|difference|union)_(cardinality|bounds))$'
ORDER BY oid::regprocedure::text COLLATE "C";

DROP TABLE pair;
DROP FUNCTION unchecked_hll, sketch_of;
