-- cms: what it tells, against exact counts; building, merging and folding; the same
-- answers wherever a sketch is kept; as values to store, compare and send.

\pset null '(null)'
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
SET jit = off;

-- 20,000 values, of which value i came 100,000 / i times, and those that never came.
CREATE TEMPORARY TABLE zipf AS SELECT i AS x, 'page ' || i AS name, 100000 / i AS f, i * 31 % 7 AS part
	FROM generate_series(1, 20000) AS i;
CREATE TEMPORARY TABLE asked AS SELECT x, f FROM zipf UNION ALL SELECT -i, 0
	FROM generate_series(1, 5000) AS i;
CREATE TEMPORARY TABLE design AS SELECT epsilon, delta, cms_add_weighted_agg(x, f, epsilon, delta) AS s
	FROM (VALUES (0.001, 0.01), (0.002, 0.01), (0.01, 0.01), (0.0005, 0.1), (0.01, 0.5), (0.2, 0.001))
	AS v (epsilon, delta), zipf GROUP BY epsilon, delta;
SELECT sum(f) AS total, count(*) AS values FROM zipf;

-- Never below the truth; above it by more than the bound no more often than delta;
-- the total is exact; the bound is no more than what was asked for.
SELECT width, depth, cms_total(s) = t.total AS total,
	cms_error_bound(s) <= d.epsilon * t.total AS bound_kept,
	cms_error_bound(s) > d.epsilon * t.total * 0.98 AS bound_used, too_low,
		above <= d.delta AS rarely_above,
	exact > 0 AS some_exact, high > 0 AS some_high
FROM design AS d, cms_info(s), (SELECT sum(f) AS total FROM zipf) AS t,
	LATERAL (SELECT count(*) FILTER (WHERE e < f) AS too_low, count(*) FILTER (WHERE e = f) AS exact,
		count(*) FILTER (WHERE e > f) AS high, avg((e > f + cms_error_bound(s))::integer) AS above
		FROM (SELECT f, cms_frequency(s, x) AS e FROM asked OFFSET 0) AS a) AS v ORDER BY width, depth;

-- The interval holds the truth about as often as it should, and is never above the
-- plain frequency; the debiased estimate is nearer the truth.
SELECT width, depth, confidence, inside >= confidence AS inside,
	inside <= confidence + 0.08 AS not_too_wide,
	disorder, above, nearer < 0.7 AS nearer
FROM design AS d, cms_info(s), unnest('{0.5,0.95}'::float8[]) AS confidence,
	LATERAL (SELECT avg((f BETWEEN lower AND upper)::integer) AS inside,
		count(*) FILTER (WHERE NOT (0 <= lower AND lower <= estimate AND estimate <= upper)) AS disorder,
		count(*) FILTER (WHERE upper > cms_frequency(s, x)) AS above,
		sum(abs(estimate - f)) / sum(abs(cms_frequency(s, x) - f)) AS nearer
		FROM asked, cms_frequency_bounds(s, x, confidence)) AS v
WHERE width BETWEEN 128 AND 5000 AND depth = 5 ORDER BY width, confidence;

-- A list is exact, up to the last value that it may have.
SELECT n, representation, distinct_values, cms_error_bound(s) = 0 AS exact, right_ones = n AS all_right,
	bytes, others
FROM unnest('{1,10,1000,1701,1702}'::integer[]) AS n,
	LATERAL (SELECT cms_add_weighted_agg(x, f) AS s FROM zipf WHERE x <= n) AS v, cms_info(s),
	LATERAL (SELECT count(*) FILTER (WHERE b = (f, f, f)::record AND cms_frequency(s, x) = f) AS right_ones
		FROM (SELECT x, f::bigint FROM zipf) AS z, cms_frequency_bounds(s, x) AS b WHERE x <= n) AS w,
	LATERAL (SELECT count(*) FILTER (WHERE cms_frequency(s, -i) > 0) > 0 AS others
		FROM generate_series(1, 5000) AS i) AS o
ORDER BY n;

-- A list that is full stays one as long as no value is new.
SELECT n, (cms_info(cms_add(s, n, 5))).representation AS of_values_it_has, (cms_info(s || 0)).representation AS of_a_new_one,
	s || cms_empty() = s AS "right", cms_empty() || s = s AS "left", cms_add(s, 1, 0) = s AS weight_0,
	cms_add(s, 1) = again AS add, s || s = twice AS "union", m.*
		FROM unnest('{1700,1701,1702}'::integer[]) AS n,
	LATERAL (SELECT cms_add_agg(x) AS s FROM generate_series(1, n) AS x) AS v,
	LATERAL (SELECT cms_add_agg(x) AS again FROM (SELECT 1
		UNION ALL SELECT generate_series(1, n)) AS w (x)) AS w,
	LATERAL (SELECT cms_add_weighted_agg(x, 2) AS twice FROM generate_series(1, n) AS x) AS x,
	LATERAL (SELECT bool_and(f = s) AS frames, count(*)
		FROM (SELECT cms_union_agg(t) OVER (ORDER BY i ROWS 1 PRECEDING) AS f
		FROM (VALUES (1, s), (2, NULL), (3, s), (4, cms_empty())) AS r (i, t)) AS r) AS m ORDER BY n;

-- Seven parts, merged in any order and any tree, are to the byte what one scan gives.
CREATE FUNCTION pg_temp.chain(parts cms[]) RETURNS cms LANGUAGE plpgsql AS $$
DECLARE
	s cms;
	part cms;
BEGIN
	FOREACH part IN ARRAY parts LOOP
		s := s || part;
	END LOOP;
	RETURN s;
END $$;
CREATE FUNCTION pg_temp.tree(p cms[]) RETURNS cms LANGUAGE sql AS
	'SELECT ((p[1] || p[2]) || (p[3] || p[4])) || ((p[5] || p[6]) || p[7])';
SELECT n, count(DISTINCT s) AS results, count(*) AS ways, bool_and(s = whole) AS whole,
	min((cms_info(s)).representation)
FROM unnest('{300,1600,20000}'::integer[]) AS n,
	LATERAL (SELECT array_agg(s ORDER BY part) AS ab, array_agg(s ORDER BY -part) AS ba, array_agg(s
		ORDER BY part * 3 % 7) AS r
		FROM (SELECT part, cms_add_weighted_agg(x, f) AS s FROM zipf WHERE x <= n
			GROUP BY part) AS p) AS parts,
	LATERAL (SELECT cms_add_weighted_agg(x, f) AS whole FROM zipf WHERE x <= n) AS w,
	LATERAL unnest(ARRAY[pg_temp.chain(ab), pg_temp.chain(ba), pg_temp.chain(r), pg_temp.tree(ab),
		pg_temp.tree(ba),
		pg_temp.tree(r), cms_union(pg_temp.chain(ab[1:4]), pg_temp.chain(ab[5:7])), cms_union(r[2],
			pg_temp.chain(r[1:1] || r[3:7]))]) AS s
GROUP BY n ORDER BY n;

-- Widths of one family fold: the union is, counters and all, the one that was built
-- at the lesser width, whichever comes first, list or counters.
SELECT na, nb, u = at_once AS folded, b || a = at_once AS reversed, (cms_info(u)).width,
	(SELECT count(*) FROM asked WHERE cms_frequency(u, x) < f * ((x <= na)::integer + (x <= nb)::integer))
		AS too_low
FROM unnest('{0,100,3000}'::integer[]) AS na, unnest('{0,500,2900}'::integer[]) AS nb,
	LATERAL (SELECT cms_empty(0.0005) || cms_add_weighted_agg(x, f, 0.0005, 0.01) AS a FROM zipf
		WHERE x <= na) AS a,
	LATERAL (SELECT cms_empty(0.002) || cms_add_weighted_agg(x, f, 0.002, 0.01) AS b FROM zipf
		WHERE x <= nb) AS b,
	LATERAL (SELECT CASE WHEN nb > 0 THEN cms_add_weighted_agg(x, f, 0.002, 0.01)
			WHEN na > 0 THEN cms_add_weighted_agg(x, f, 0.0005, 0.01) ELSE cms_empty(0.002) END AS at_once
		FROM (SELECT x, f FROM zipf WHERE x <= na UNION ALL SELECT x, f FROM zipf WHERE x <= nb) AS v) AS w,
	LATERAL (SELECT a || b AS u OFFSET 0) AS united
WHERE na + nb > 0 ORDER BY na, nb;

-- The totals of joins.
SELECT na, nb, round(product / exact, 2) AS of_exact, product >= exact AS never_too_low
FROM (SELECT na, nb, cms_inner_product(a, b)::numeric AS product, (SELECT sum(f::numeric * f) FROM zipf
	WHERE x <= least(na, nb)) AS exact
	FROM unnest('{100,3000,20000}'::integer[]) AS na, unnest('{100,3000}'::integer[]) AS nb,
		LATERAL (SELECT cms_add_weighted_agg(x, f) AS a FROM zipf WHERE x <= na) AS a,
		LATERAL (SELECT cms_add_weighted_agg(x, f) AS b FROM zipf WHERE x <= nb) AS b) AS v ORDER BY na, nb;
SELECT cms_inner_product(cms_empty(), cms_empty(0.5)) AS empty, cms_inner_product(a, cms_empty(0.3,
	0.3)) AS empty,
	cms_inner_product(a, a) AS second_moment, cms_inner_product(a, b) = cms_inner_product(b,
		a) AS symmetric,
	cms_inner_product(a, b) = 5 * 2 AS across_widths
FROM (SELECT cms_add(cms_add(NULL, 1, 5), 2, 3) AS a, cms_add(cms_add(cms_empty(0.002), 1, 2), 3,
	9) AS b) AS v;

-- The sketch without the kind of its values, which hashes do not have.
CREATE FUNCTION pg_temp.hashed(s cms) RETURNS cms LANGUAGE sql AS
	'SELECT set_byte(s::bytea, 3, 255)::cms';
-- One value at a time: forms that are the same; NULL is skipped, on either side.
SELECT cms_add(s, 7) = s || 7 AS operator, pg_temp.hashed(cms_add(s, 7)) = cms_add(s, sketch_hash_any(7)) AS hash,
	s || 7 = s || 7::bigint AS integers,
	s || 7 = s || 7.00 AS "numeric", cms_add(s, 'a'::text) = s || 'a'::text AS text,
		s || 'a'::text = s || 'a'::varchar AS varchar, s || 'a'::text = cms_add(s, 'a'::"char") AS "char",
	7 || s = s || 7 AS reverse, sketch_hash_any(7) || s = s || sketch_hash_any(7) AS reverse,
		'a'::text || s = s || 'a'::text AS reverse, cms_add(s, 7, 3.0) = cms_add(s, 7, 3) AS weight,
	cms_add(s, 7, 3::smallint) = cms_add(s, 7, 3::bigint) AS weight, cms_add(s, 'a'::text, 3) = cms_add(s,
		sketch_hash_any('a'::text), 3) AS weight,
	cms_add(s, 7, 0) = s AS weight_0, cms_add(cms_empty(), 7, 0) = cms_empty() AS weight_0
FROM (SELECT cms_empty() || 1 || 2 AS s) AS v;
SELECT cms_add(s, NULL::integer) = s AS x, cms_add(s, NULL::text, 5) = s AS x, cms_add(s, 1,
	NULL) = s AS weight, s || NULL::cms = s AS right,
	NULL::cms || s = s AS left, cms_add(NULL, 1) = cms_empty() || 1 AS new, cms_add(NULL, 1,
		5) = cms_add(cms_empty(), 1, 5) AS new,
	cms_add(NULL, NULL::integer) AS none, cms_add(NULL, 1, NULL) AS none, cms_union(NULL, NULL) AS none,
	cms_add(s, NULL::sketch_hash) = s AS hash
FROM (SELECT cms_empty() || 1 || 2 AS s) AS v;
SELECT cms_frequency(NULL, 1), cms_frequency(cms_empty(), NULL::text), cms_frequency_bounds(NULL, 1),
	cms_frequency_bounds(cms_empty(), 1, NULL),
	cms_total(NULL), cms_error_bound(NULL), cms_is_empty(NULL), cms_info(NULL), cms_inner_product(NULL,
		cms_empty()),
	cms_epsilon(NULL), cms_delta(NULL), cms_epsilon(cms_empty(0.3, 0.2)), cms_delta(cms_empty(0.3, 0.2) || 1),
	cms_empty(NULL), cms_empty(0.1, NULL), cms_hash(NULL), NULL::cms = cms_empty();
SELECT cms_frequency(s, 'a'::text), cms_frequency(s, 'a'::varchar), cms_frequency(s, sketch_hash_any('a'::text)),
	cms_frequency(s, 'b'::text),
	cms_frequency(s, 1), cms_frequency(s, 1::smallint), cms_frequency(s, ARRAY[1]), cms_frequency(s,
		(1, 'a'::text)), cms_frequency(s, 2)
FROM (SELECT cms_add(NULL, 'a'::text, 4) || 1 || 1 || ARRAY[1] || (1, 'a'::text) AS s) AS v;
SELECT * FROM cms_frequency_bounds(cms_add(NULL, 'a'::text, 4), 'a'::text);

-- An empty sketch is neutral, whatever it was made for.
SELECT cms_empty(0.5, 0.5) || s = s AS left, s || cms_empty(0.5, 0.5) = s AS right,
	cms_is_empty(cms_empty(0.3)), cms_is_empty(s), cms_total(s), cms_frequency(cms_empty(), 1),
		cms_empty() = cms_empty(0.001, 0.01) AS defaults
FROM (SELECT cms_empty() || 1 AS s) AS v;
-- Of empty ones alone, whichever comes first: the larger epsilon, then the larger
-- delta, the default last; so that NULL and nothing leave the others as they are.
SELECT a, b, (cms_info(u)).epsilon, (cms_info(u)).delta, u = cms_empty(b[1], b[2]) || cms_empty(a[1], a[2]) AS commutes,
	u = (SELECT cms_union_agg(cms_empty(c[1], c[2])) FROM (VALUES (b), (NULL), (a), (b)) AS v (c)) AS aggregate
FROM (VALUES (ARRAY[0.3, 0.3], ARRAY[0.4, 0.2]), (ARRAY[0.3, 0.3], ARRAY[0.3, 0.4]), (ARRAY[0.001, 0.01], ARRAY[0.0001, 0.01]),
	(ARRAY[0.001, 0.01], ARRAY[0.3, 0.3]), (ARRAY[0.001, 0.02], ARRAY[0.001, 0.01]), (ARRAY[0.3, 0.3], ARRAY[0.3, 0.3])) AS v (a, b),
	LATERAL (SELECT cms_empty(a[1], a[2]) || cms_empty(b[1], b[2]) AS u) AS w;
-- Hash 0 is counted as 1.
SELECT cms_empty() || 0::bigint::sketch_hash = cms_empty() || 1::bigint::sketch_hash AS same,
	cms_frequency(cms_empty() || 1::bigint::sketch_hash, 0::bigint::sketch_hash);

-- An array of sketches takes one at its end.
SELECT cardinality(ARRAY[cms_empty()] || cms_empty()), (ARRAY[cms_empty()] || (cms_empty() || 1))[2] = cms_empty() || 1 AS appended;
-- The kind of the values is remembered; a literal or parameter without a type is read
-- as one of them.
CREATE TEMPORARY TABLE of_kind AS SELECT kind, cms_empty(0.5, 0.5) || s AS s FROM (VALUES
	('number', cms_empty(0.5, 0.5) || 42 || 1.50 || 7::smallint || 42::float8),
	('string', cms_empty(0.5, 0.5) || '42'::text || 'a'::"char"::text),
	('uuid', cms_empty(0.5, 0.5) || 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid),
	('timestamp', cms_empty(0.5, 0.5) || date '2026-01-02' || timestamp '2026-01-02 03:04'),
	('timestamptz', cms_empty(0.5, 0.5) || timestamptz '2026-01-02 03:04+00'),
	('boolean', cms_empty(0.5, 0.5) || true),
	('inet', cms_empty(0.5, 0.5) || inet '10.0.0.1'),
	('mixed', cms_empty(0.5, 0.5) || true || 42),
	('hashes', cms_empty(0.5, 0.5) || sketch_hash_any(42) || sketch_hash_any('42'::text)),
	('nothing', cms_add(cms_empty(0.5, 0.5), 42, 0))) AS v (kind, s);
SELECT kind, get_byte(s::bytea, 3) FROM of_kind ORDER BY kind;
SELECT n, of, cms_frequency(s, v) AS frequency, (cms_frequency_bounds(s, v)).upper FROM of_kind
	JOIN (VALUES (1, 'number', '42'), (2, 'number', ' 4.20e1 '), (3, 'number', '1.5'), (4, 'string', '42'),
	(5, 'string', '42 '), (6, 'uuid', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'), (7, 'timestamp', '2026-01-02'),
	(8, 'timestamp', '2026-01-02T03:04:00'), (9, 'boolean', 'yes'), (10, 'inet', '10.0.0.1/32'), (11, 'mixed', '42'),
	(12, 'hashes', '42'), (13, 'nothing', '42')) AS v (n, of, v) ON of = kind ORDER BY n;
SET TimeZone = 'Asia/Tokyo';
SELECT cms_frequency(s, '2026-01-02 12:04'), cms_frequency(s, '2026-01-02 03:04') FROM of_kind WHERE kind = 'timestamptz';
RESET TimeZone;
PREPARE untyped AS SELECT kind, cms_frequency(s, $1), (cms_frequency_bounds(s, $1)).upper FROM of_kind
	WHERE kind IN ('number', 'string', 'hashes') ORDER BY kind;
EXECUTE untyped ('42');
DEALLOCATE untyped;
SELECT cms_frequency(s, NULL), cms_frequency_bounds(s, NULL), cms_frequency(s, NULL::boolean), cms_frequency(s, 42),
	cms_frequency(s, 42.0), cms_frequency(s, sketch_hash_any(42)) FROM of_kind WHERE kind = 'number';
-- Unions, states of workers and windows keep it; nothing added is of no kind.
SELECT get_byte((a.s || b.s)::bytea, 3) AS kind, get_byte((SELECT cms_union_agg(s)
	FROM (VALUES (a.s), (cms_empty(0.4)), (b.s)) AS v (s))::bytea, 3) AS aggregate,
	(SELECT array_agg(get_byte(u::bytea, 3) ORDER BY n) FROM (SELECT n, cms_union_agg(s) OVER (ORDER BY n ROWS 1 PRECEDING) AS u
		FROM (VALUES (1, a.s), (2, b.s), (3, b.s)) AS v (n, s)) AS w) AS frames
	FROM of_kind AS a, of_kind AS b WHERE a.kind = 'number' AND b.kind IN ('number', 'nothing', 'boolean', 'hashes') ORDER BY b.kind;

-- What adds nothing gives the value back as it is: its TOAST pointer, too.
CREATE TEMPORARY TABLE unchanged (n integer PRIMARY KEY, s cms);
INSERT INTO unchanged SELECT 1, s FROM design WHERE epsilon = 0.001;
CREATE TEMPORARY TABLE chunk_counts AS SELECT pg_relation_size(reltoastrelid) AS before FROM pg_class
	WHERE oid = 'unchanged'::regclass;
UPDATE unchanged SET s = s || cms_empty();
UPDATE unchanged SET s = cms_empty() || s || cms_empty(0.3, 0.3);
UPDATE unchanged SET s = cms_union(cms_add(s, 5, 0), NULL);
UPDATE unchanged SET s = cms_union_agg FROM (SELECT cms_union_agg(cms_empty())) AS v WHERE false;
INSERT INTO unchanged SELECT 1, cms_empty() ON CONFLICT (n) DO UPDATE SET s = unchanged.s || excluded.s;
SELECT pg_relation_size(reltoastrelid) = before AS unchanged FROM pg_class, chunk_counts
	WHERE oid = 'unchanged'::regclass;
UPDATE unchanged SET s = s || 1;
SELECT pg_relation_size(reltoastrelid) = before AS unchanged FROM pg_class, chunk_counts
	WHERE oid = 'unchanged'::regclass;

-- Weights up to the largest total; what would pass it is refused, and the row stays.
CREATE TEMPORARY TABLE account (id integer PRIMARY KEY, s cms);
INSERT INTO account SELECT 1, cms_add(cms_add(NULL, 'a'::text, 9223372036854775800), 'b'::text, 7) UNION ALL
	SELECT 2, cms_add(s, 'a'::text, 9223372036854775806 - cms_total(s)) || 'b'::text FROM design
		WHERE epsilon = 0.01 AND delta = 0.01;
SELECT id, representation, total, cms_frequency(s, 'b'::text) >= 1 AS b, cms_add(s, 'a'::text, 0) = s AS weight_0,
	s || cms_empty() = s AS empty
	FROM account, cms_info(s) ORDER BY id;
BEGIN;
SAVEPOINT before;
UPDATE account SET s = s || 1;
ROLLBACK TO before;
SELECT id, call, split_part(error_of(format('UPDATE account SET s = %s WHERE id = %s', call, id)), E'\n', 1)
	FROM account, unnest(ARRAY['cms_add(s, 1)', 'cms_add(s, 1, 9223372036854775807)', 's || s',
		'cms_union(s || NULL::cms, s)'])
	AS call ORDER BY id, call;
SELECT count(*), error_of('SELECT cms_add_weighted_agg(x, 4611686018427387904) FROM generate_series(1, 2) AS x') =
	error_of('SELECT cms_union_agg(s) FROM account, generate_series(1, 2) WHERE id = 1') AS the_same
		FROM account;
COMMIT;
SELECT id, cms_total(s), cms_frequency(s, 'a'::text) > 9223372036850000000 AS a FROM account ORDER BY id;
SELECT cms_total(cms_add_weighted_agg(x, w)) FROM (VALUES (1, 9223372036854775807), (2, 0)) AS v (x, w);
SELECT id, lower <= 7 AND upper >= 7 AND estimate BETWEEN lower AND upper AS bounds,
	upper <= cms_frequency(s, 'b'::text) AS upper,
	cms_error_bound(s) BETWEEN 9e16 AND 9.3e16 AS error_bound, cms_inner_product(s, s) > 8e37 AS product
	FROM account, cms_frequency_bounds(s, 'b'::text) ORDER BY id;

-- One call site, asked by turns: of one stored sketch for many values, of many
-- sketches, of values that are computed, at changing confidences. A function of SQL
-- text that is executed anew knows nothing from before.
CREATE TEMPORARY TABLE kept AS SELECT d AS id, cms_add_weighted_agg(x + d, f, 0.01, 0.01) AS s
	FROM generate_series(1, 12) AS d, zipf WHERE x <= 4000 - 370 * (d % 11) GROUP BY d;
INSERT INTO kept SELECT 13, cms_empty() || 3;
CREATE FUNCTION pg_temp.afresh(of_id integer, v integer, c float8) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE format('SELECT concat(cms_frequency(s, %s), cms_frequency_bounds(s, %1$s, %s)) FROM kept WHERE id = %s', v, c, of_id) INTO answer;
	RETURN answer;
END $$;
CREATE TEMPORARY TABLE fresh AS SELECT id, x, c, pg_temp.afresh(id, x, c) AS answer
	FROM kept, generate_series(1, 30) AS x, unnest('{0.5,0.95}'::float8[]) AS c;
SELECT representation, count(*), bool_or(pg_column_size(s) > 2000) AS out_of_line FROM kept, cms_info(s)
	GROUP BY 1 ORDER BY 1;
CREATE FUNCTION pg_temp.wrong(asking text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FILTER (WHERE answer IS DISTINCT FROM a) + abs(count(*) - 780) FROM fresh
		LEFT JOIN (%s) AS v (id, x, c, a) USING (id, x, c)', asking) INTO n;
	RETURN n;
END $$;
SELECT pg_temp.wrong('SELECT id, x, c, a FROM (SELECT * FROM kept ORDER BY id) AS k, LATERAL (SELECT x, c, concat(cms_frequency(s, x),
	cms_frequency_bounds(s, x, c)) AS a FROM generate_series(1, 30) AS x, unnest(''{0.5,0.95}''::float8[]) AS c OFFSET 0) AS v') AS one_by_one,
	pg_temp.wrong('SELECT id, x, c, a FROM generate_series(1, 30) AS x, LATERAL (SELECT id, c, concat(cms_frequency(s, x),
	cms_frequency_bounds(s, x, c)) AS a FROM kept, unnest(''{0.5,0.95}''::float8[]) AS c OFFSET 0) AS v')
		AS in_turn,
	pg_temp.wrong('SELECT id, x, c, concat(cms_frequency(s, x), cms_frequency_bounds(s, x, c)) FROM (SELECT id, s || NULL::cms AS s
	FROM kept ORDER BY md5(id::text) OFFSET 0) AS k, generate_series(1, 30) AS x, unnest(''{0.5,0.95}''::float8[]) AS c') AS computed;
-- More sketches than a call site keeps, and than work_mem holds.
CREATE TEMPORARY TABLE hundred AS SELECT d AS id, cms_add_weighted_agg(x + d, f, 0.01, 0.01) AS s
	FROM generate_series(1, 100) AS d, zipf WHERE x <= 2000 GROUP BY d;
SET work_mem = '64kB';
SELECT count(*), count(*) FILTER (WHERE f <> g OR (b).upper > f OR b <> c) AS wrong
	FROM generate_series(1, 20) AS x, LATERAL (SELECT cms_frequency(s, x) AS f, cms_frequency(s::bytea::cms, x) AS g,
	cms_frequency_bounds(s, x) AS b, cms_frequency_bounds(s::bytea::cms, x) AS c FROM hundred OFFSET 0) AS v;
RESET work_mem;
-- Of a sketch that changes between the calls of one call site: each call sees it as
-- it is then.
CREATE FUNCTION pg_temp.loop(of_id integer, kind text, OUT wrong integer,
	OUT answers integer) LANGUAGE plpgsql AS $$
DECLARE
	got text;
	s cms;
BEGIN
	wrong := 0;
	answers := 0;
	FOR i IN 1 .. 20 LOOP
		IF kind = 'variable' THEN
			SELECT kept.s INTO s FROM kept WHERE id = of_id;
		END IF;
		FOR j IN 1 .. 2 LOOP
			IF kind = 'variable' THEN
				got := concat(cms_frequency(s, i), cms_frequency_bounds(s, i, 0.5 + 0.4 * (i % 2)));
			ELSE
				SELECT concat(cms_frequency(kept.s, i), cms_frequency_bounds(kept.s, i,
					0.5 + 0.4 * (i % 2))) INTO got
					FROM kept WHERE id = of_id;
			END IF;
			wrong := wrong + (got <> pg_temp.afresh(of_id, i, 0.5 + 0.4 * (i % 2)))::integer;
			answers := answers + 1;
		END LOOP;
		UPDATE kept SET s = cms_add(kept.s, i + 1, i) WHERE id = of_id;
	END LOOP;
END $$;
SELECT id, kind, l.* FROM unnest('{1,10,13}'::integer[]) AS id,
	unnest('{column,variable}'::text[]) AS kind, pg_temp.loop(id, kind) AS l
	ORDER BY id, kind;
-- In a transaction that sees an old row version beside the new one.
BEGIN;
DECLARE old CURSOR FOR SELECT cms_frequency(s, x) FROM kept, unnest('{1,2,3}'::integer[]) AS x WHERE id = 2;
FETCH 1 FROM old;
UPDATE kept SET s = cms_add(s, x, 1000000) FROM unnest('{2}'::integer[]) AS x WHERE id = 2;
SELECT cms_frequency(s, 2) > 1000000 AS new FROM kept WHERE id = 2;
SELECT max(f::text::bigint) < 1000000 AS old
	FROM (SELECT (xpath('//cms_frequency/text()', cursor_to_xml('old', 5, true, false, '')))[1] AS f) AS v;
ROLLBACK;

-- As text, as bytes, and back; each kind, to the byte.
CREATE TEMPORARY TABLE kind AS SELECT 1 AS n, cms_empty() AS s UNION ALL SELECT 2, cms_empty(0.9, 0.9)
	UNION ALL SELECT 3, cms_add(NULL, 'a'::text, 9223372036854775807)
		UNION ALL SELECT 4, cms_empty(0.5, 0.5) || 1 || 2 || 3
	UNION ALL SELECT row_number() OVER (ORDER BY s) + 10, s FROM design;
SELECT n, representation, depth, s::text::cms = s AS text, s::bytea::cms = s AS bytea,
	cms_send(s) = s::bytea AS send,
	s::text = s::bytea::text AS as_bytea, length(s::bytea) = bytes AS length
FROM kind, cms_info(s) ORDER BY n;
-- The examples of doc/format.md.
SELECT cms_empty()::bytea, cms_empty();
SELECT cms_union_agg(cms_add(cms_empty(e, d), h::sketch_hash, w))::bytea
	FROM (VALUES (81985529216486895, 300), (0, 7), (1, 1),
	(-81985529216486896, 1)) AS v (h, w), (VALUES (0.001, 0.01), (0.5, 0.5)) AS design (e, d)
		GROUP BY e, d ORDER BY e;
SELECT cms_info(cms_empty()), cms_info(cms_empty(0.01, 0.001) || 1), (cms_info(s)).* FROM kind WHERE n = 4;

-- Equal, ordered, grouped and indexed by the bytes.
SELECT count(*) FILTER (WHERE (a.s = b.s) <> (a.n = b.n) OR (a.s <> b.s) = (a.n = b.n)) AS wrong,
	count(*) FILTER (WHERE (a.s < b.s) <> (a.s::bytea < b.s::bytea) OR (a.s <= b.s) <> (a.s::bytea <=
		b.s::bytea)
		OR (a.s > b.s) <> (b.s < a.s) OR (a.s >= b.s) <> (b.s <= a.s) OR sign(cms_cmp(a.s,
			b.s)) <> -sign(cms_cmp(b.s, a.s))) AS wrong,
	count(*) FILTER (WHERE (cms_hash(a.s) = cms_hash(b.s)) <> (a.n = b.n)
		OR (cms_hash_extended(a.s, 5) = cms_hash_extended(b.s, 5)) <> (a.n = b.n)) AS wrong, count(*)
			FROM kind AS a, kind AS b;
SELECT count(DISTINCT s) AS sorted, (SELECT count(*) FROM (SELECT s FROM (TABLE kind
	UNION ALL TABLE kind) AS d GROUP BY s) AS g) AS hashed
	FROM (TABLE kind UNION ALL TABLE kind) AS d;
CREATE TEMPORARY TABLE indexed (s cms PRIMARY KEY, n integer);
INSERT INTO indexed SELECT cms_empty() || i, i FROM generate_series(1, 500) AS i;
CREATE INDEX indexed_hash ON indexed USING hash (s);
INSERT INTO indexed VALUES (cms_empty() || 17, 0) ON CONFLICT (s) DO UPDATE SET n = -indexed.n;
ANALYZE indexed;
SET enable_seqscan = off;
SELECT n FROM indexed WHERE s = cms_empty() || 17;
DROP INDEX indexed_hash;
SELECT n FROM indexed WHERE s = cms_empty() || 17;
RESET enable_seqscan;

-- A rollup that is kept up to date in place.
CREATE TEMPORARY TABLE hourly (hour integer PRIMARY KEY, s cms);
INSERT INTO hourly SELECT part, cms_add_weighted_agg(x, f) FROM zipf WHERE x % 2 = 0 GROUP BY part;
INSERT INTO hourly AS t SELECT part, cms_add_weighted_agg(x, f) FROM zipf WHERE x % 2 = 1 GROUP BY part
	ON CONFLICT (hour) DO UPDATE SET s = t.s || excluded.s;
SELECT count(*) AS hours, count(*) FILTER (WHERE s = at_once) AS same FROM hourly
	JOIN (SELECT part AS hour, cms_add_weighted_agg(x, f) AS at_once FROM zipf
		GROUP BY part) AS v USING (hour);

-- The union of an array.
SELECT cms_union(array_agg(s)) = cms_union_agg(s) AS "union", cms_union(ARRAY[NULL, NULL]::cms[]) IS NULL AS nulls,
	cms_union('{}'::cms[]) IS NULL AS nothing, cms_union(NULL::cms[]) IS NULL AS null_array
FROM (VALUES (cms_add(cms_empty(), 1)), (NULL), (cms_add(cms_empty(), 2)), (cms_add(cms_empty(), 1))) AS v (s);
