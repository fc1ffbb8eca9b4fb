-- Type hll: text and binary form, building, merging and reading one sketch.

\pset null '(null)'
SET client_min_messages = warning;

-- A sketch of the integers from .. upto.
CREATE FUNCTION sketch_of(upto integer, p integer DEFAULT 13, first integer DEFAULT 1)
	RETURNS hll LANGUAGE sql
	AS 'SELECT hll_add_agg(x, p) FROM generate_series(first, upto) AS x';

-- Bytes worked out by hand from doc/format.md. Sparse: header, number of
-- values, and for each the gap (25 low bits) and the leading zeros. Dense: of 16
-- registers four are not empty, with level 1 (byte 12).
SELECT hll_empty()::bytea AS "none",
	hll_add(hll_empty(), 0::bigint::sketch_hash)::bytea AS "hash 0",
	hll_add(hll_empty(), (-1)::bigint::sketch_hash)::bytea AS "hash -1";
SELECT hll_add_agg((n << 60 | (1::bigint << 59))::sketch_hash, 4)::bytea AS dense
FROM generate_series(0::bigint, 3) AS n;

-- Text form: that of the same bytes as bytea.
SELECT hll_empty(), hll_empty(4), hll_empty(20), hll_empty(20)::bytea::text;
SELECT hll_add(hll_empty(), 0::bigint::sketch_hash) AS "hash 0",
	'\x81000d0001000000020000000001'::hll = hll_add(hll_empty(), 0::bigint::sketch_hash) AS same;

-- Round trips over all layouts, to the byte.
SELECT n, p, s::text::hll = s AS by_text, s::bytea::hll = s AS by_bytea,
	s::text = s::bytea::text AS as_bytea,
	hll_send(s) = s::bytea AS sent
FROM unnest('{0,1,100,1792,1793,3000,100000}'::integer[]) AS n,
	unnest('{4,13,20}'::integer[]) AS p,
	coalesce(sketch_of(n, p), hll_empty(p)) AS s
ORDER BY n, p;

-- The number of values: exact while the sketch is sparse (here up to 1792).
SELECT n, # s = n AS exact, hll_cardinality(s) = # s AS same_function,
	hll_is_empty(s) AS empty, (i).*
FROM (SELECT n, sketch_of(n) AS s FROM unnest('{0,1,2,100,1000,1792,1793}'::integer[]) AS n
	UNION ALL SELECT 0, hll_empty()) AS made,
	LATERAL (SELECT format_version, "precision", representation, used, bytes,
		round(relative_standard_error::numeric, 6) AS error FROM hll_info(s)) AS i
WHERE s IS NOT NULL
ORDER BY n;

-- Beyond that it is an estimate: the error is below 3 of the standard errors
-- that the precision promises, 0.761/sqrt(2^p); so is the one hll_info gives.
SELECT p, n, representation, round(log(2, bytes)) AS log2_bytes,
	abs((# s) - n) / n < 3 * 0.761 / sqrt(2 ^ p) AS close,
	relative_standard_error BETWEEN 0.5 * 0.761 / sqrt(2 ^ p)
		AND 1.05 * 0.761 / sqrt(2 ^ p) AS error_as_promised
FROM unnest('{8,11,13,14,16}'::integer[]) AS p,
	unnest('{20000,100000}'::integer[]) AS n,
	sketch_of(n, p) AS s, hll_info(s)
WHERE representation = 'dense'
ORDER BY p, n;

-- Sizes that the project promises, without the varlena header.
SELECT n, representation, bytes <= most AS small_enough
FROM (VALUES (100, 300), (1000, 2600), (100000, 4700), (400000, 4700)) AS v (n, most),
	hll_info(sketch_of(n));

-- Bounds hold the estimate, and widen with the confidence. Of a single value
-- the sketch is sure.
SELECT * FROM hll_cardinality_bounds(hll_empty());
SELECT * FROM hll_cardinality_bounds(sketch_of(1));
SELECT n, estimate = # s AS same_estimate, lower <= n AND n <= upper AS holds,
	lower <= estimate AND estimate <= upper AS around,
	round((estimate - lower)::numeric / n, 3) AS below,
	round((upper - estimate)::numeric / n, 3) AS above
FROM unnest('{2,1000,1792,5000,50000}'::integer[]) AS n,
	sketch_of(n) AS s, hll_cardinality_bounds(s)
ORDER BY n;
SELECT confidence, round((upper / lower)::numeric, 3) AS upper_to_lower
FROM sketch_of(50000) AS s,
	unnest('{0.000001,0.5,0.6826895,0.95,0.99,0.999999}'::float8[]) AS confidence,
	hll_cardinality_bounds(s, confidence);
SELECT hll_cardinality_bounds(s) = hll_cardinality_bounds(s, 0.95) AS default_is_95_percent
FROM sketch_of(50000) AS s;

-- Adding a value, in every form. The hash of a value adds the same as the value.
SELECT # (hll_empty() || sketch_hash_any(1)) AS one,
	# (sketch_hash_any(1) || hll_empty()) AS one,
	# hll_add(hll_empty(), 1) AS one,
	# hll_add(hll_add(hll_empty(), 1), 2) AS two,
	# hll_add(hll_add(hll_empty(), 1), 1::bigint) AS still_one,
	# hll_add(hll_add(hll_empty(), 1), '1'::text) AS another;
SELECT hll_add(s, sketch_hash_any(7)) = hll_add(s, 7) AS integer,
	hll_add(s, sketch_hash_any(7.5)) = hll_add(s, 7.5) AS numeric,
	hll_add(s, sketch_hash_any('x'::text)) = hll_add(s, 'x'::text) AS text,
	hll_add(s, sketch_hash_any('2024-02-29'::date)) = hll_add(s, '2024-02-29'::date) AS date,
	hll_add(s, sketch_hash_any('{1,2}'::int[])) = hll_add(s, '{1,2}'::int[]) AS "array",
	hll_add(s, sketch_hash_any(row(1, 'a'::text))) = hll_add(s, row(1, 'a'::text)) AS record,
	s || sketch_hash_any(7) = hll_add(s, 7) AS "hll || hash",
	sketch_hash_any(7) || s = hll_add(s, 7) AS "hash || hll",
	hll_add_rev(sketch_hash_any(7), s) = hll_add(s, 7) AS hll_add_rev,
	hll_add(s, 7) <> s AS changed
FROM sketch_of(100, 13, 10) AS s;
SELECT # hll_add(hll_empty(), sketch_hash_any(1, 5)) AS one,
	# (hll_empty() || sketch_hash_any(1, 5) || sketch_hash_any(1, 6)) AS two_seeds;

-- A sketch that is built one by one is the one that the aggregate builds, also
-- where it turns from sparse to dense.
SELECT p, n, hll_add(sketch_of(n, p), n + 1) = sketch_of(n + 1, p) AS same
FROM (VALUES (4, 2), (4, 3), (4, 4), (13, 1791), (13, 1792), (13, 1793), (13,
	50000)) AS v (p, n);

-- Union: of what, and at which precision.
SELECT # hll_union(sketch_of(600), sketch_of(1000, 13, 401)) AS overlapping,
	# (sketch_of(600) || sketch_of(1000, 13, 601)) AS disjoint,
	# (sketch_of(600) || sketch_of(300)) AS contained,
	# (sketch_of(600) || hll_empty()) AS nothing_added,
	hll_empty() || hll_empty() = hll_empty() AS nothing_at_all;
SELECT n, m, a || b = b || a AS commutes, a || a = a AS idempotent,
	a || b = hll_union(a, b) AS same_function,
	a || b = sketch_of(n + m) AS as_if_built_at_once,
	(a || b) || hll_empty() || a = a || (b || (hll_empty() || a)) AS associative,
	hll_downsample(a || b, 9) = hll_downsample(a, 9) || hll_downsample(b, 9) AS downsampled
FROM unnest('{1,1000,1700,30000}'::integer[]) AS n,
	unnest('{1,1000,1700,30000}'::integer[]) AS m,
	LATERAL (SELECT sketch_of(n) AS a, sketch_of(n + m, 13, n + 1) AS b) AS made
ORDER BY n, m;
SELECT p, q, hll_precision(u), u = sketch_of(n, least(p, q)) AS as_if_built_at_once
FROM unnest('{4,8,13,20}'::integer[]) AS p, unnest('{4,11,20}'::integer[]) AS q,
	unnest('{10,3000}'::integer[]) AS n,
	LATERAL (SELECT sketch_of(n / 2, p) || sketch_of(n, q, n / 2 + 1) AS u) AS made
ORDER BY p, q, n;

-- Lower precision: what the same values would have given.
SELECT n, p, bool_and(hll_downsample(sketch_of(n, p), q) = sketch_of(n, q)) AS same,
	count(*) AS precisions
FROM unnest('{0,1,3,4,100,5000}'::integer[]) AS n, unnest('{4,9,13,20}'::integer[]) AS p,
	generate_series(4, p) AS q
WHERE n > 0
GROUP BY n, p ORDER BY n, p;
SELECT hll_precision(hll_downsample(hll_empty(), 5)),
	hll_downsample(hll_empty(), 5) = hll_empty(5) AS empty,
	hll_downsample(hll_empty(5), 5) = hll_empty(5) AS unchanged;
SELECT p, hll_precision(hll_empty(p)) FROM generate_series(4, 20) AS p WHERE p IN (4, 12,
	13, 20);

-- Comparison: of precision and content, in the order of the bytes.
SELECT a, b, a = b AS "=", a <> b AS "<>", a < b AS "<", a <= b AS "<=", a > b AS ">",
	a >= b AS ">=", sign(hll_cmp(a, b)) AS cmp,
	sign(hll_cmp(a, b)) = (a::bytea > b::bytea)::int - (a::bytea < b::bytea)::int AS as_bytes
FROM (VALUES (hll_empty()), (hll_empty(14)),
	(hll_add(hll_empty(), 0::bigint::sketch_hash))) AS v (a),
	(VALUES (hll_empty()), (hll_add(hll_empty(), 0::bigint::sketch_hash))) AS w (b)
ORDER BY a, b;
SELECT hll_hash(sketch_of(5000)) = hll_hash(sketch_of(2500) || sketch_of(5000, 13,
	2501)) AS hash,
	hll_hash(sketch_of(5000)) = hll_hash(sketch_of(5001)) AS hash_of_another,
	hll_hash_extended(sketch_of(9),
		0) & 4294967295 = hll_hash(sketch_of(9))::bigint & 4294967295 AS seed_0,
	hll_hash_extended(sketch_of(9), 1) = hll_hash_extended(sketch_of(9), 0) AS seed_1;

-- NULL in every argument. Where values are added or united, NULL is skipped.
SELECT hll_add(NULL::hll, 1) = hll_add(hll_empty(), 1) AS "add NULL, 1",
	hll_add(hll_empty(5), NULL::integer) = hll_empty(5) AS "add s, NULL",
	hll_add(hll_empty(5), NULL::sketch_hash) = hll_empty(5) AS "add s, NULL hash",
	hll_add(NULL::hll, NULL::integer) AS "add NULL, NULL",
	hll_add(NULL::hll, NULL::sketch_hash) AS "add NULL, NULL hash";
SELECT NULL::hll || sketch_hash_any(1) = hll_add(hll_empty(), 1) AS "NULL || hash",
	sketch_hash_any(1) || NULL::hll = hll_add(hll_empty(), 1) AS "hash || NULL",
	NULL::sketch_hash || hll_empty(5) = hll_empty(5) AS "NULL hash || s",
	hll_empty(5) || NULL::sketch_hash = hll_empty(5) AS "s || NULL hash",
	NULL::sketch_hash || NULL::hll AS "NULL hash || NULL",
	hll_add_rev(NULL, hll_empty(5)) = hll_empty(5) AS "rev NULL, s",
	hll_add_rev(NULL, NULL) AS "rev NULL, NULL";
SELECT hll_empty(5) || NULL::hll = hll_empty(5) AS "s || NULL",
	NULL::hll || hll_empty(5) = hll_empty(5) AS "NULL || s",
	NULL::hll || NULL::hll AS "NULL || NULL",
	hll_union(hll_empty(5), NULL) = hll_empty(5) AS "union s, NULL",
	hll_union(NULL, hll_empty(5)) = hll_empty(5) AS "union NULL, s",
	hll_union(NULL, NULL) AS "union NULL, NULL";
SELECT hll_empty(NULL), hll_cardinality(NULL), # NULL::hll AS "#", hll_precision(NULL),
	hll_is_empty(NULL), hll_downsample(NULL, 13) AS down_s,
		hll_downsample(hll_empty(), NULL) AS down_p;
SELECT hll_cardinality_bounds(NULL) AS "bounds NULL", hll_cardinality_bounds(NULL,
	0.9) AS "bounds NULL, c",
	hll_cardinality_bounds(hll_empty(), NULL) AS "bounds s, NULL", hll_info(NULL);
SELECT NULL::hll = hll_empty() AS "=", hll_empty() <> NULL AS "<>", NULL < hll_empty() AS "<",
	hll_empty() <= NULL AS "<=", NULL > hll_empty() AS ">", hll_empty() >= NULL AS ">=",
	hll_cmp(NULL, hll_empty()) AS cmp, hll_cmp(hll_empty(), NULL) AS cmp,
	hll_hash(NULL) AS hash, hll_hash_extended(NULL, 1) AS hash_s,
		hll_hash_extended(hll_empty(), NULL) AS hash_seed;
SELECT NULL::bytea::hll AS from_bytea, NULL::hll::bytea AS to_bytea,
	NULL::text::hll AS from_text,
	NULL::hll(12) AS typmod, hll_enforce_typmod(NULL, 13, true), hll_send(NULL);

DROP FUNCTION sketch_of;
