-- topk: bounds that hold whatever was merged with what, against exact weights; its
-- items as rows and as jsonb; building and merging; as values to store and send.

\pset null '(null)'
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
SET jit = off;

-- 3,000 items in 64 parts; item i weighs about 64,000 / i in all.
CREATE TEMPORARY TABLE part AS SELECT p, 'item ' || i AS item,
	1000 / i + (i * 7919 + p * 104729) % 64 / (i / 40 + 1) AS f
	FROM generate_series(1, 3000) AS i, generate_series(0, 63) AS p WHERE (i * 31 + p) % 5 > 0;
CREATE TEMPORARY TABLE truth AS SELECT item, sum(f) AS f FROM part GROUP BY item HAVING sum(f) > 0;
SELECT count(*) AS items, sum(f) AS total, max(f) AS largest FROM truth;
-- Each part, added with weights, in one of four orders.
CREATE TEMPORARY TABLE leaf AS SELECT k, p, topk_add_weighted_agg(item, f, k ORDER BY key, item) AS s
	FROM (SELECT *, CASE p % 4 WHEN 0 THEN -f WHEN 1 THEN f WHEN 2 THEN sketch_hash_any(item)::bigint %
		1000 END AS key FROM part) AS v,
	unnest('{1,20,100,800}'::integer[]) AS k GROUP BY k, p;

-- Merged one after the other, in halves of halves, and by drawing two at random.
CREATE FUNCTION pg_temp.chain(parts topk[]) RETURNS topk LANGUAGE plpgsql AS $$
DECLARE
	s topk;
BEGIN
	FOR i IN 1 .. cardinality(parts) LOOP
		s := s || parts[i];
	END LOOP;
	RETURN s;
END $$;
CREATE FUNCTION pg_temp.halves(parts topk[]) RETURNS topk LANGUAGE plpgsql AS $$
DECLARE
	n integer := cardinality(parts);
BEGIN
	RETURN CASE WHEN n = 1 THEN parts[1] ELSE pg_temp.halves(parts[1:n / 2]) || pg_temp.halves(parts[n / 2
		+ 1:n]) END;
END $$;
CREATE FUNCTION pg_temp.drawn(parts topk[], seed integer) RETURNS topk LANGUAGE plpgsql AS $$
DECLARE
	state bigint := seed;
	a integer;
	b integer;
BEGIN
	FOR n IN REVERSE cardinality(parts) .. 2 LOOP
		state := (state * 1103515245 + 12345) % 2147483648;
		a := state / 8 % n + 1;
		b := (a + state / 1024 % (n - 1)) % n + 1;
		parts[a] := parts[a] || parts[b];
		parts[b] := parts[n];
	END LOOP;
	RETURN parts[1];
END $$;

-- Items outside their bounds, bounds that are too wide, a total that is wrong, more
-- than k items, an estimate outside, what topk_frequency() says otherwise: none.
CREATE FUNCTION pg_temp.judge(s topk, OUT wrong bigint, OUT wide bigint, OUT sound boolean,
	OUT other bigint) LANGUAGE sql AS $$
	SELECT count(*) FILTER (WHERE NOT f BETWEEN coalesce(lower, 0) AND coalesce(upper,
		topk_error_bound(s))),
		count(*) FILTER (WHERE upper - lower > topk_error_bound(s) OR upper <= topk_error_bound(s)
			OR lower < 1
			OR estimate <> lower OR doubtful <> (lower <= topk_error_bound(s))),
		topk_total(s) = sum(f) AND count(lower) <= (topk_info(s)).k AND count(lower)
			= (topk_info(s)).items AND
			topk_error_bound(s) <= (topk_total(s) - coalesce(sum(upper - topk_error_bound(s)),
				0)) / ((topk_info(s)).k + 1),
		count(*) FILTER (WHERE topk_frequency(s, item) <> (coalesce(estimate, 0), coalesce(lower, 0),
			coalesce(upper, topk_error_bound(s))))
	FROM (SELECT item, coalesce(f, 0) AS f, estimate, lower, upper, doubtful FROM truth FULL
		JOIN topk_items(s) USING (item)) AS v $$;
CREATE TEMPORARY TABLE merged AS SELECT k, how, s FROM (SELECT k, array_agg(s
	ORDER BY p) AS a, array_agg(s ORDER BY -p) AS z,
		array_agg(s ORDER BY md5(p::text)) AS r, topk_union_agg(s ORDER BY p) AS u FROM leaf
			GROUP BY k) AS v,
	LATERAL (VALUES ('chain', pg_temp.chain(a)), ('chain, reversed', pg_temp.chain(z)), ('halves',
		pg_temp.halves(a)),
		('halves, shuffled', pg_temp.halves(r)), ('drawn', pg_temp.drawn(a, 1)), ('drawn',
			pg_temp.drawn(a, 2)),
		('drawn', pg_temp.drawn(z, 3)), ('chain of chains', pg_temp.chain(ARRAY[pg_temp.chain(a[1:7]),
			pg_temp.chain(a[8:60]),
		pg_temp.chain(a[61:64])])), ('aggregate', u)) AS w (how, s)
UNION ALL SELECT k, 'one scan', topk_add_weighted_agg(item, f, k ORDER BY p, item)
	FROM part, unnest('{1,20,100,800}'::integer[]) AS k GROUP BY k
UNION ALL SELECT k, 'one scan, ascending', topk_add_weighted_agg(item, f, k ORDER BY f, p, item)
	FROM part, unnest('{20,100}'::integer[]) AS k GROUP BY k;
SELECT k, count(*) AS ways, count(DISTINCT s) > 1 AS differ, sum(wrong) AS wrong, sum(wide) AS wide,
	bool_and(sound) AS sound, sum(other) AS other
	FROM merged, pg_temp.judge(s) GROUP BY k ORDER BY k;
-- What a judge of nothing would not see: an item that is missing.
SELECT (pg_temp.judge(topk_union_agg(s))).sound FROM leaf WHERE k = 100 AND p > 0;
-- The true top 20 of 64 merged parts, first and in order.
SELECT count(*) AS ways, min(right_places) AS right_places
	FROM (SELECT count(*) FILTER (WHERE t.item = s.item) AS right_places
	FROM merged AS m, LATERAL (SELECT *, row_number() OVER () AS place FROM topk_items(m.s, 20)) AS s
		JOIN (SELECT *, row_number() OVER (ORDER BY f DESC, item COLLATE "C") AS place
			FROM truth) AS t USING (place)
	WHERE k = 100 GROUP BY how, m.s) AS v;
-- "certain": among the true first n, whatever n; "doubtful": may be less than an item
-- that is not listed. Some of each are found.
SELECT k, count(*) FILTER (WHERE certain) > 0 AS some_certain,
	count(*) FILTER (WHERE certain AND (SELECT count(*) FROM truth AS o WHERE o.f > t.f) >= n) AS wrong,
	count(*) FILTER (WHERE doubtful) > 0 AS some_doubtful, count(*) FILTER (WHERE certain AND doubtful) AS "both"
	FROM merged, unnest('{1,3,10,20,60}'::integer[]) AS n, topk_items(s, n) AS i JOIN truth AS t USING (item)
	WHERE how IN ('aggregate', 'one scan', 'drawn', 'chain') GROUP BY k ORDER BY k;
SELECT n, count(*), count(*) FILTER (WHERE certain) AS certain FROM merged, unnest('{5,20,2147483647,NULL}'::integer[]) AS n,
	topk_items(s, n) WHERE k = 100 AND how = 'aggregate' GROUP BY n ORDER BY n;
-- An item that comes last and is the largest is not shown as anything else.
SELECT item, estimate, lower, upper > 1000000 AS wide, certain, doubtful
	FROM topk_items((SELECT topk_add_weighted_agg(g::text, g, 5 ORDER BY g) FROM generate_series(0, 99999) AS g), 2);

-- With the frequencies of a cms value of the same items: nearer the truth, never
-- outside the bounds, and ranked by that.
CREATE TEMPORARY TABLE frequency AS SELECT cms_add_weighted_agg(item, f, 0.0005) AS c FROM part;
SELECT k, bool_and(estimate BETWEEN lower AND upper) AS within, sum(abs(i.estimate - f)) < sum(abs(lower - f)) AS nearer,
	count(*) FILTER (WHERE estimate > least_so_far) AS misplaced, count(*) FILTER (WHERE doubtful <> (lower <= topk_error_bound(s))) AS wrong
	FROM merged, frequency, LATERAL (SELECT *, min(estimate) OVER (ROWS UNBOUNDED PRECEDING) AS least_so_far
		FROM topk_items(s, c)) AS i JOIN truth USING (item) WHERE how = 'chain' GROUP BY k ORDER BY k;
SELECT count(*) AS top_20 FROM merged, frequency, topk_items(s, c, 20) JOIN (SELECT item FROM truth
	ORDER BY f DESC, item COLLATE "C" LIMIT 20) AS t USING (item) WHERE k = 100 AND how = 'halves';
SELECT n, (SELECT count(*) FROM topk_items(s, c, n)) AS rows, (SELECT count(*) FROM topk_items(s, NULL::cms, n)) AS no_cms,
	(SELECT count(*) FROM topk_items(NULL::topk, c, n)) AS no_topk
	FROM merged, frequency, unnest('{0,1,5,NULL}'::integer[]) AS n WHERE k = 20 AND how = 'aggregate' ORDER BY n;

-- The cms value can be of the values that became texts.
SELECT (SELECT array_agg(i) FROM topk_items(s, ints) AS i) = (SELECT array_agg(i) FROM topk_items(s, texts) AS i) AS same,
	(SELECT count(*) FROM topk_items(dates, of_dates)) AS dates
	FROM (SELECT topk_add_agg(n % (n % 17 + 1), 9) AS s, cms_add_agg(n % (n % 17 + 1)) AS ints, cms_add_agg((n % (n % 17 + 1))::text) AS texts,
		topk_add_agg('2026-11-01'::date + n % 9) AS dates, cms_add_agg('2026-11-01'::date + n % 9) AS of_dates
		FROM generate_series(1, 1000) AS n) AS v;

-- Certain: no false positive. Possible: no false negative, and no item that cannot be.
SELECT k, count(*) AS asked, count(*) FILTER (WHERE certain <= real AND real <= possible) AS ordered,
	sum(false_positives) AS false_positives,
	sum(false_negatives) AS false_negatives, count(*) FILTER (WHERE certain < possible) AS unsure,
		sum(stray) AS stray
FROM merged, generate_series(1, 5) AS i, LATERAL (SELECT topk_error_bound(s) + 1 + 400 * (i * i - 1) AS t)
	AS v,
	LATERAL (SELECT count(*) FILTER (WHERE f IS NULL OR f < t) AS false_positives, count(*) AS certain
		FROM topk_certain(s, t) AS c LEFT JOIN truth USING (item)) AS c,
	LATERAL (SELECT count(*) FILTER (WHERE p.item IS NULL AND f >= t) AS false_negatives,
		count(p.item) AS possible,
		count(*) FILTER (WHERE upper < t) AS stray, count(*) FILTER (WHERE f >= t) AS real
		FROM topk_possible(s, t) AS p FULL JOIN truth USING (item)) AS p
GROUP BY k ORDER BY k;
SELECT count(*) FILTER (WHERE lower < 5000) AS wrong, count(*) > 0 AS some, count(*) = (SELECT count(*)
	FROM topk_items(s) WHERE lower >= 5000) AS all
	FROM merged, topk_certain(s, 5000) WHERE k = 20 AND how = 'aggregate' GROUP BY s;
SELECT (SELECT count(*) FROM topk_certain(s, t)) AS certain
	FROM merged, unnest('{-5,0,1,9223372036854775807}'::bigint[]) AS t
	WHERE k = 20 AND how = 'aggregate' ORDER BY t;

-- No more than k items: all is exact, whatever the order; equal content is equal bytes.
SELECT n, count(DISTINCT s) AS results, count(*) AS ways, bool_and(topk_error_bound(s) = 0) AS exact,
	bool_and((SELECT array_agg((item, lower, upper)::text)
		FROM topk_items(s)) = (SELECT array_agg((item, f, f)::text
		ORDER BY f DESC, item COLLATE "C") FROM truth WHERE substr(item, 6)::integer <= n)) AS right_ones
FROM unnest('{1,50,100}'::integer[]) AS n, LATERAL (SELECT topk_add_weighted_agg(item, f, 100), topk_add_weighted_agg(item,
	f, 100 ORDER BY md5(item || p)),
		topk_add_weighted_agg(item, f, 100 ORDER BY f) FROM part WHERE substr(item, 6)::integer <= n) AS a (x, y, z),
	LATERAL (SELECT pg_temp.halves(array_agg(s)) AS h, pg_temp.drawn(array_agg(s), 5) AS d,
		topk_union_agg(s) AS u
		FROM (SELECT topk_add_weighted_agg(item, f, 100) AS s FROM part WHERE substr(item, 6)::integer <= n
			GROUP BY p) AS v) AS b,
	LATERAL (VALUES (x), (y), (z), (h), (d), (u)) AS w (s) GROUP BY n ORDER BY n;

-- Ties: items of equal weight go or stay together; shown by their bytes.
CREATE FUNCTION pg_temp.of(items text[], k integer) RETURNS topk LANGUAGE sql AS
	'SELECT topk_add_weighted_agg(split_part(i, '':'', 1), split_part(i, '':'', 2)::bigint, k) FROM unnest(items) AS i';
SELECT i.*, topk_error_bound(s), topk_total(s) FROM (SELECT pg_temp.of('{b:3,d:1,a:5,c:3}', 2)) AS v (s),
	topk_items(s) AS i;
SELECT topk_array(pg_temp.of('{b:3,c:3,a:3}', 2)) AS none_is_left,
	topk_error_bound(pg_temp.of('{b:3,c:3,a:3}', 2)),
	topk_array(pg_temp.of('{b:3,B:3,:3,a b:4}', 9)) #> '{1,item}' AS second;
SELECT string_agg(item, ',') FROM topk_items(pg_temp.of('{b:3,B:3,é:3,z:3,a:3,ab:3,a b:4,~:3}', 9));
SELECT string_agg(item, ',') FROM topk_items(pg_temp.of('{b:3,B:3,é:3,z:3,a:3,ab:3,a b:4,~:3}', 9), 3);
SELECT pg_temp.of('{b:3,d:1,a:5,c:3}', 2)::bytea, pg_temp.of('{/cart:300,/:7,:1}', 100)::bytea,
	topk_empty()::bytea;

-- How many to show; NULL shows all; of nothing, nothing.
SELECT n, (SELECT count(*) FROM topk_items(s, n)) AS rows, jsonb_array_length(topk_array(s, n)) AS elements
	FROM (SELECT pg_temp.of('{b:3,d:1,a:5,c:3}', 4) AS s) AS v,
		unnest('{0,1,3,4,5,2147483647,NULL}'::integer[]) AS n;
SELECT topk_array(s), topk_array(s, 1), topk_array(s) = (SELECT jsonb_agg(to_jsonb(i))
	FROM topk_items(s) AS i) AS as_rows
	FROM (SELECT pg_temp.of('{b:3,"quote\" \\\\:1",tab	:5}', 4) AS s) AS v;
SELECT (SELECT count(*) FROM topk_items(NULL)) AS items, (SELECT count(*)
	FROM topk_items(topk_empty())) AS items, topk_array(topk_empty()) AS "empty",
	topk_array(NULL) AS "null", (SELECT count(*) FROM topk_certain(topk_empty(), 1)) + (SELECT count(*)
		FROM topk_possible(topk_empty(), 1)) AS sets,
	(SELECT count(*) FROM topk_certain(NULL, 1)) + (SELECT count(*)
		FROM topk_possible(topk_empty(), NULL)) AS sets,
	topk_frequency(topk_empty(), 'x') AS frequency, topk_frequency(NULL, 'x') AS frequency,
		topk_frequency(topk_empty(), NULL) AS frequency,
	topk_total(NULL), topk_error_bound(NULL), topk_is_empty(NULL), topk_info(NULL), topk_empty(NULL);
-- A set in a FROM list, a select list, a join; an SRF call that is executed again.
SELECT id, (topk_items(s, 1)).* FROM (VALUES (1, pg_temp.of('{a:1,b:2}', 5)), (2, pg_temp.of('{c:3}', 5)),
	(3, topk_empty()), (4, NULL)) AS v (id, s);
SELECT id, item FROM (VALUES (1, pg_temp.of('{a:1,b:2}', 5)), (2, pg_temp.of('{c:3}', 5)),
	(3, NULL)) AS v (id, s)
	LEFT JOIN LATERAL topk_items(s) ON true ORDER BY id, item;

-- One item at a time; NULL is skipped, on either side; weight 0 is nothing.
SELECT topk_add(s, 'a') = s || 'a'::text AS operator, topk_add(s, 'a',
	3) = s || 'a'::text || 'a'::text || 'a'::text AS weight,
	topk_add(s, 'new', 0) = s AS weight_0, topk_add(s, 'a'::varchar) = topk_add(s, 'a') AS varchar,
		topk_add(s, NULL) = s AS item,
	topk_add(s, 'a', NULL) = s AS weight_null, topk_add(NULL, 'a') = topk_empty() || 'a'::text AS new,
		s || NULL::topk = s AS right,
	NULL::topk || s = s AS left, topk_union(NULL, NULL) AS none, topk_add(NULL, NULL) AS none,
		topk_add(NULL, 'a', NULL) AS none,
	topk_add(s, '127.0.0.1'::inet::text) = topk_add(s, '127.0.0.1/32') AS cast
FROM (SELECT pg_temp.of('{a:1,b:2}', 5) AS s) AS v;
-- Values of other types are items by their text, the one that a cast gives.
CREATE DOMAIN pg_temp.code AS varchar;
CREATE TYPE pg_temp.mood AS ENUM ('sad', 'ok');
SELECT topk_add_agg(n) = topk_add_agg(n::text) AS "integer", topk_add_agg(n, 3) = topk_add_agg(n::text, 3) AS k,
	topk_add_weighted_agg(n, n) = topk_add_weighted_agg(n::text, n) AS weighted,
	topk_add_weighted_agg(n, n, 3) = topk_add_weighted_agg(n::text, n, 3) AS weighted_k,
	topk_add_agg(n > 2) = topk_add_agg((n > 2)::text) AS "boolean",
	topk_add_agg(n / 3.0) = topk_add_agg((n / 3.0)::text) AS "numeric",
	topk_add_agg(('10.0.0.' || n)::inet) = topk_add_agg(('10.0.0.' || n)::inet::text) AS inet,
	topk_add_agg(n::pg_temp.code) = topk_add_agg(n::text) AS "domain",
	topk_add_agg(n::char(5)) = topk_add_agg(n::text) AS "char", topk_add_agg(n::text::name) = topk_add_agg(n::text) AS name,
	topk_add_agg('2026-11-28'::date + n) = topk_add_agg(('2026-11-28'::date + n)::text) AS date,
	topk_add_agg(ARRAY[n, 1]) = topk_add_agg(ARRAY[n, 1]::text) AS "array", topk_add_agg((n, 'x')) = topk_add_agg((n, 'x')::text) AS "row",
	topk_add_agg(to_jsonb(n)) = topk_add_agg(to_jsonb(n)::text) AS jsonb,
	topk_add_agg((enum_range(NULL::pg_temp.mood))[n % 2 + 1]) = topk_add_agg((enum_range(NULL::pg_temp.mood))[n % 2 + 1]::text) AS enum
	FROM generate_series(1, 5) AS n;
SELECT topk_empty() || 5 = topk_empty() || '5'::text AS operator, topk_add(topk_empty(), true) = topk_empty() || 'true'::text AS boolean,
	topk_add(topk_empty(), 5, 3) = topk_add(topk_empty(), '5', 3) AS weight, topk_add(NULL, 5) = topk_empty() || 5 AS new,
	topk_add(topk_empty(), NULL::integer) = topk_empty() AS "null", topk_frequency(topk_add(topk_empty(), 5, 3), 5) AS frequency,
	topk_frequency(topk_add(topk_empty(), 'a', 3), 'a') AS literal, topk_k(topk_empty(7)), topk_k(NULL);
-- Blanks at the end, case, the empty item: all are bytes.
SELECT topk_array(topk_add_agg(x, 9)) FROM (VALUES ('a'), ('A'), ('a '), (''), (' '), ('ä'), (U&'a\0308'),
	('a')) AS v (x);
SELECT topk_frequency(topk_add_agg(x), 'a') FROM (VALUES ('a'), ('a ')) AS v (x);

-- An empty sketch is neutral, whatever its k; else the smaller k holds.
SELECT topk_empty(3) || s = s AS left, s || topk_empty(3) = s AS right,
	topk_union_agg(x) = s AS aggregate,
	topk_is_empty(topk_empty()), topk_is_empty(s), topk_empty() = topk_empty(100) AS defaults
FROM (SELECT pg_temp.of('{a:1,b:2}', 5) AS s) AS v, LATERAL (VALUES (topk_empty(3)), (s), (topk_empty(1)),
	(NULL)) AS w (x) GROUP BY s;
-- Of empty ones alone, whichever comes first: the smaller k.
SELECT a, b, (topk_info(u)).k, u = topk_empty(b) || topk_empty(a) AS commutes,
	u = (SELECT topk_union_agg(topk_empty(k)) FROM (VALUES (b), (NULL), (a), (b)) AS v (k)) AS aggregate
FROM (VALUES (3, 4), (4, 3), (100, 200), (100, 3), (7, 7)) AS v (a, b), LATERAL (SELECT topk_empty(a) || topk_empty(b) AS u) AS w;
SELECT (topk_info(a || b)).*, topk_array(a || b) = topk_array(b || a) AS same
	FROM (SELECT pg_temp.of('{a:9,b:2,c:1}', 50) AS a, pg_temp.of('{a:9,d:2}', 2) AS b) AS v;

-- The union of two of unequal k commutes, and cuts once: its error bound is that of
-- the sum of all counts.
SELECT count(*) AS pairs, count(*) FILTER (WHERE (a.s || b.s) <> (b.s || a.s)) AS differ,
	count(*) FILTER (WHERE topk_error_bound(a.s || b.s) <> (SELECT coalesce(max(count) FILTER (WHERE place = topk_k(a.s || b.s) + 1), 0)
		+ topk_error_bound(a.s) + topk_error_bound(b.s)
		FROM (SELECT sum(upper - bound) AS count, row_number() OVER (ORDER BY sum(upper - bound) DESC) AS place
			FROM (SELECT item, upper, topk_error_bound(a.s) AS bound FROM topk_items(a.s) UNION ALL
				SELECT item, upper, topk_error_bound(b.s) FROM topk_items(b.s)) AS i GROUP BY item) AS c)) AS wrong
	FROM leaf AS a JOIN leaf AS b ON a.k < b.k AND a.p + b.p = 40 AND a.p % 4 = 0;

-- What changes nothing is the old value: nothing is written to its TOAST table.
CREATE TABLE kept (id integer PRIMARY KEY, s topk);
INSERT INTO kept SELECT 1, topk_add_agg(sketch_hash_any(n)::text, 1000) FROM generate_series(1, 1000) AS n;
CREATE TEMPORARY TABLE before AS SELECT pg_relation_size(reltoastrelid) AS nbytes FROM pg_class WHERE relname = 'kept';
UPDATE kept SET s = s || topk_empty(5);
UPDATE kept SET s = topk_empty() || s;
UPDATE kept SET s = topk_union(topk_empty(7) || topk_empty(), s);
UPDATE kept SET s = topk_add(s, 'x', 0);
UPDATE kept SET s = topk_add(s, NULL, 1) || NULL::topk;
SELECT nbytes > 0 AS stored, pg_relation_size(reltoastrelid) = nbytes AS nothing_written, topk_k(s), topk_total(s), topk_is_empty(s)
	FROM pg_class, before, kept WHERE relname = 'kept';
-- Items that share text are stored compressed.
INSERT INTO kept SELECT 2, topk_add_weighted_agg('https://example.com/catalog/products/electronics/headphones/wireless?session=none&page=' || n, 5 + n * n)
	FROM generate_series(1, 100) AS n;
SELECT length(s::bytea) > 9000 AS long, pg_column_size(s) < 2000 AS small, topk_k(s), topk_total(s), topk_error_bound(s) FROM kept WHERE id = 2;
DROP TABLE kept;

-- Weights up to the largest total; what would pass it is refused, and the row stays.
CREATE TEMPORARY TABLE account (id integer PRIMARY KEY, s topk);
INSERT INTO account SELECT 1, topk_add(topk_add(NULL, 'a', 9223372036854775800), 'b', 7) UNION ALL
	SELECT 2, topk_add(s, 'a', 9223372036854775807 - topk_total(s)) FROM merged
		WHERE k = 20 AND how = 'aggregate';
SELECT id, topk_total(s), topk_error_bound(s) > 0 AS cut, topk_add(s, 'a', 0) = s AS weight_0,
	s || topk_empty() = s AS empty,
	(topk_frequency(s, 'a')).upper - (topk_frequency(s, 'a')).lower = topk_error_bound(s) AS bounds
		FROM account ORDER BY id;
BEGIN;
SAVEPOINT before;
UPDATE account SET s = topk_add(s, 'a');
ROLLBACK TO before;
SELECT id, call, split_part(error_of(format('UPDATE account SET s = %s WHERE id = %s', call, id)), E'\n', 1)
	FROM account, unnest(ARRAY['topk_add(s, ''new'')', 'topk_add(s, ''a'', 9223372036854775807)',
		's || s', 'topk_union(s || NULL::topk, s)'])
	AS call ORDER BY id, call;
COMMIT;
SELECT id, topk_total(s), (topk_frequency(s, 'a')).lower > 9223372036850000000 AS a FROM account
	ORDER BY id;

-- As text, as bytes, and back; with the longest items, and any text.
CREATE TEMPORARY TABLE kind AS SELECT 1 AS n, topk_empty() AS s UNION ALL SELECT 2, topk_empty(100000)
	UNION ALL SELECT 3, topk_add(NULL, '') UNION ALL SELECT 4, pg_temp.of('{a:1,b:2,é:3,日本:3,🙂:1}', 5)
	UNION ALL SELECT 5, topk_add(topk_empty(1), repeat('x', 65536)) || 'y'::text
		UNION ALL SELECT 6, topk_add(topk_add(NULL, repeat('ü', 32768)), repeat('x', 65536), 3)
	UNION ALL SELECT 7, topk_add(NULL, 'a', 9223372036854775807)
	UNION ALL SELECT row_number() OVER (ORDER BY k) + 10, s FROM merged WHERE how = 'aggregate';
SELECT n, k, items, s::text::topk = s AS text, s::bytea::topk = s AS bytea, topk_send(s) = s::bytea AS send,
	s::text = s::bytea::text AS as_bytea,
		length(s::bytea) = bytes AS length, bytes
FROM kind, topk_info(s) ORDER BY n;
SELECT n, length(item), left(item, 3), estimate, upper FROM kind, topk_items(s) WHERE n BETWEEN 5 AND 6
	ORDER BY n, item COLLATE "C";
SELECT (topk_frequency(s, repeat('x', 65536))).*, (topk_frequency(s, repeat('ü', 32768))).lower AS u
	FROM kind WHERE n = 6;

-- Equal, ordered, grouped and indexed by the bytes.
SELECT count(*) FILTER (WHERE (a.s = b.s) <> (a.n = b.n) OR (a.s <> b.s) = (a.n = b.n)) AS wrong,
	count(*) FILTER (WHERE (a.s < b.s) <> (a.s::bytea < b.s::bytea) OR (a.s <= b.s) <> (a.s::bytea <=
		b.s::bytea)
		OR (a.s > b.s) <> (b.s < a.s) OR (a.s >= b.s) <> (b.s <= a.s) OR sign(topk_cmp(a.s,
			b.s)) <> -sign(topk_cmp(b.s, a.s))) AS wrong,
	count(*) FILTER (WHERE (topk_hash(a.s) = topk_hash(b.s)) <> (a.n = b.n)
		OR (topk_hash_extended(a.s, 5) = topk_hash_extended(b.s, 5)) <> (a.n = b.n)) AS wrong, count(*)
			FROM kind AS a, kind AS b;
SELECT count(DISTINCT s) AS sorted, (SELECT count(*) FROM (SELECT s FROM (TABLE kind
	UNION ALL TABLE kind) AS d GROUP BY s) AS g) AS hashed
	FROM (TABLE kind UNION ALL TABLE kind) AS d;
CREATE TEMPORARY TABLE indexed (s topk PRIMARY KEY, n integer);
INSERT INTO indexed SELECT topk_add(NULL, i::text), i FROM generate_series(1, 500) AS i;
CREATE INDEX indexed_hash ON indexed USING hash (s);
INSERT INTO indexed VALUES (topk_add(NULL, '17'), 0) ON CONFLICT (s) DO UPDATE SET n = -indexed.n;
ANALYZE indexed;
SET enable_seqscan = off;
SELECT n FROM indexed WHERE s = topk_add(NULL, '17');
DROP INDEX indexed_hash;
SELECT n FROM indexed WHERE s = topk_add(NULL, '17');
RESET enable_seqscan;

-- A rollup that is kept up to date in place.
CREATE TEMPORARY TABLE hourly (hour integer PRIMARY KEY, s topk);
INSERT INTO hourly SELECT p % 8, topk_add_weighted_agg(item, f, 100) FROM part WHERE p < 32 GROUP BY 1;
INSERT INTO hourly AS t SELECT p % 8, topk_add_weighted_agg(item, f, 100) FROM part WHERE p >= 32 GROUP BY 1
	ON CONFLICT (hour) DO UPDATE SET s = t.s || excluded.s;
SELECT count(*) AS hours, (pg_temp.judge(topk_union_agg(s))).* FROM hourly;

-- The union of an array.
SELECT topk_union(array_agg(s)) = topk_union_agg(s) AS "union", topk_union(ARRAY[NULL, NULL]::topk[]) IS NULL AS nulls,
	topk_union('{}'::topk[]) IS NULL AS nothing, topk_union(NULL::topk[]) IS NULL AS null_array
FROM (VALUES (topk_add(topk_empty(), '1')), (NULL), (topk_add(topk_empty(), '2')), (topk_add(topk_empty(), '1'))) AS v (s);
