-- The stored values of test/golden in tables, and their questions put to the
-- extension: test/unit/golden.h says what a line is, and puts the same ones to
-- the core. To be run by psql in the top directory, in a database that has the
-- extension in its search_path. Any time later
--
--     SELECT golden_verdict();
--
-- gives the number of right answers, or the wrong ones.

CREATE TABLE golden_line (
	number integer GENERATED ALWAYS AS IDENTITY, type text, line text);
CREATE TABLE golden_hll (name text PRIMARY KEY, s hll);
CREATE TABLE golden_bloom (name text PRIMARY KEY, s bloom);
CREATE TABLE golden_cms (name text PRIMARY KEY, s cms);
CREATE TABLE golden_topk (name text PRIMARY KEY, s topk);

-- No line has these characters: all of it is the one column, backslashes too.
ALTER TABLE golden_line ALTER type SET DEFAULT 'hll';
\copy golden_line (line) from 'test/golden/hll.txt' (format csv, delimiter E'\x01', quote E'\x02', null E'\x03')
ALTER TABLE golden_line ALTER type SET DEFAULT 'bloom';
\copy golden_line (line) from 'test/golden/bloom.txt' (format csv, delimiter E'\x01', quote E'\x02', null E'\x03')
ALTER TABLE golden_line ALTER type SET DEFAULT 'cms';
\copy golden_line (line) from 'test/golden/cms.txt' (format csv, delimiter E'\x01', quote E'\x02', null E'\x03')
ALTER TABLE golden_line ALTER type SET DEFAULT 'topk';
\copy golden_line (line) from 'test/golden/topk.txt' (format csv, delimiter E'\x01', quote E'\x02', null E'\x03')
DELETE FROM golden_line WHERE line = '' OR line LIKE '#%';

CREATE VIEW golden_fact AS
SELECT number, type, words[1] AS name, words[2] AS question, words[3:] AS a,
	split_part(line, ' = ', 2) AS answer
FROM golden_line, string_to_array(split_part(line, ' = ', 1), ' ') AS words;

INSERT INTO golden_hll SELECT name, answer::hll FROM golden_fact
WHERE (type, question) = ('hll', 'bytes');
INSERT INTO golden_bloom SELECT name, answer::bloom FROM golden_fact
WHERE (type, question) = ('bloom', 'bytes');
INSERT INTO golden_cms SELECT name, answer::cms FROM golden_fact
WHERE (type, question) = ('cms', 'bytes');
INSERT INTO golden_topk SELECT name, answer::topk FROM golden_fact
WHERE (type, question) = ('topk', 'bytes');

CREATE FUNCTION golden_hash(packed bytea) RETURNS text
RETURN sketch_hash_any(packed)::bigint::text;

-- The values FROM .. TO of a kind, as a[1] to a[3] name them.
CREATE FUNCTION golden_values(a text[]) RETURNS TABLE (x bigint, h sketch_hash)
BEGIN ATOMIC
	SELECT n, CASE a[1] WHEN 'hash' THEN n::sketch_hash ELSE sketch_hash_any(n) END
	FROM generate_series(a[2]::bigint, coalesce(a[3], a[2])::bigint) AS n;
END;

-- A sketch's bytes are those of a union of it alone, and come back from bytea.
CREATE FUNCTION golden_hll_answer(mine hll, question text, a text[]) RETURNS text
BEGIN ATOMIC
	SELECT CASE question
		WHEN 'bytes' THEN (SELECT hll_union_agg(v::bytea::hll)::text FROM (VALUES (mine)) AS t (v))
		WHEN 'info' THEN (SELECT concat_ws(' ', precision, representation, used, bytes)
			FROM hll_info(mine))
		WHEN 'cardinality' THEN hll_cardinality(mine)::text
		WHEN 'bounds' THEN (SELECT concat_ws(' ', lower, upper)
			FROM hll_cardinality_bounds(mine, a[1]::float8))
		WHEN 'made' THEN (SELECT golden_hash(hll_add_agg(h, a[4]::integer)::bytea)
			FROM golden_values(a))
		WHEN 'add' THEN (SELECT golden_hash(hll_add(mine, h)::bytea)
			FROM golden_values(a[1:2]))
		WHEN 'union' THEN (SELECT golden_hash((mine || o.s)::bytea)
			FROM golden_hll AS o WHERE name = a[1])
		WHEN 'downsample' THEN golden_hash(hll_downsample(mine, a[1]::integer)::bytea)
	END;
END;

CREATE FUNCTION golden_bloom_answer(mine bloom, question text, a text[]) RETURNS text
BEGIN ATOMIC
	SELECT CASE question
		WHEN 'bytes' THEN (SELECT bloom_union_agg(v::bytea::bloom)::text FROM (VALUES (mine)) AS t (v))
		WHEN 'info' THEN (SELECT concat_ws(' ', representation, coalesce(expected_items, 0),
				coalesce(blocks, 0), coalesce(hashes, 0), coalesce(bits_set, 0), bytes)
			FROM bloom_info(mine))
		WHEN 'cardinality' THEN bloom_cardinality(mine)::text
		WHEN 'rate' THEN bloom_false_positive_rate(mine)::text
		WHEN 'has' THEN (SELECT count(*) FILTER (WHERE mine @> h)::text
			FROM golden_values(a))
		WHEN 'made' THEN CASE a[4]
			WHEN '0' THEN (SELECT golden_hash(bloom_add_agg(h)::bytea) FROM golden_values(a))
			ELSE (SELECT golden_hash(bloom_add_agg(h, a[4]::bigint, a[5]::float8)::bytea)
				FROM golden_values(a))
		END
		WHEN 'add' THEN (SELECT golden_hash((mine || h)::bytea) FROM golden_values(a[1:2]))
		WHEN 'union' THEN (SELECT golden_hash((mine || o.s)::bytea)
			FROM golden_bloom AS o WHERE name = a[1])
		WHEN 'intersection' THEN (SELECT golden_hash((mine & o.s)::bytea)
			FROM golden_bloom AS o WHERE name = a[1])
		WHEN 'both' THEN (SELECT bloom_intersection_cardinality(mine, o.s)::text
			FROM golden_bloom AS o WHERE name = a[1])
	END;
END;

CREATE FUNCTION golden_cms_answer(mine cms, question text, a text[]) RETURNS text
BEGIN ATOMIC
	SELECT CASE question
		WHEN 'bytes' THEN (SELECT cms_union_agg(v::bytea::cms)::text FROM (VALUES (mine)) AS t (v))
		WHEN 'info' THEN (SELECT concat_ws(' ', representation, epsilon, delta, width,
				depth, total, coalesce(distinct_values, 0), bytes)
			FROM cms_info(mine))
		WHEN 'frequency' THEN (SELECT sum(cms_frequency(mine, h))::text FROM golden_values(a))
		WHEN 'bounds' THEN (SELECT concat_ws(' ', estimate, lower, upper)
			FROM golden_values(a[1:2]), cms_frequency_bounds(mine, h, a[3]::float8))
		WHEN 'error' THEN cms_error_bound(mine)::text
		WHEN 'product' THEN (SELECT cms_inner_product(mine, o.s)::text
			FROM golden_cms AS o WHERE name = a[1])
		WHEN 'made' THEN (SELECT golden_hash(cms_add_weighted_agg(h, a[4]::bigint / x,
				a[5]::float8, a[6]::float8)::bytea)
			FROM golden_values(a))
		WHEN 'add' THEN (SELECT golden_hash(cms_add(mine, h, a[3]::bigint)::bytea)
			FROM golden_values(a[1:2]))
		WHEN 'union' THEN (SELECT golden_hash((mine || o.s)::bytea)
			FROM golden_cms AS o WHERE name = a[1])
	END;
END;

CREATE FUNCTION golden_item(hex text) RETURNS text
RETURN convert_from(('\' || hex)::bytea, 'UTF8');

CREATE FUNCTION golden_topk_answer(mine topk, question text, a text[]) RETURNS text
BEGIN ATOMIC
	SELECT CASE question
		WHEN 'bytes' THEN (SELECT topk_union_agg(v::bytea::topk)::text FROM (VALUES (mine)) AS t (v))
		WHEN 'info' THEN (SELECT concat_ws(' ', k, items, total, error_bound, bytes)
			FROM topk_info(mine))
		WHEN 'items' THEN (SELECT coalesce(string_agg(concat_ws(':',
				'x' || encode(convert_to(item, 'UTF8'), 'hex'), estimate, lower, upper), ' '
				ORDER BY n), 'none')
			FROM topk_items(mine, a[1]::integer) WITH ORDINALITY AS i (item, estimate, lower, upper, certain, doubtful, n))
		WHEN 'frequency' THEN (SELECT concat_ws(' ', lower, upper)
			FROM topk_frequency(mine, golden_item(a[1])))
		WHEN 'made' THEN (SELECT golden_hash(topk_add_weighted_agg(x::text, a[3]::bigint / x, a[4]::integer
				ORDER BY x)::bytea)
			FROM generate_series(a[1]::bigint, a[2]::bigint) AS x)
		WHEN 'add' THEN golden_hash(topk_add(mine, golden_item(a[1]), a[2]::bigint)::bytea)
		WHEN 'union' THEN (SELECT golden_hash((mine || o.s)::bytea)
			FROM golden_topk AS o WHERE name = a[1])
	END;
END;

CREATE VIEW golden_answer AS
SELECT f.*, CASE type
	WHEN 'hll' THEN (SELECT golden_hll_answer(s, question, a) FROM golden_hll AS g WHERE g.name = f.name)
	WHEN 'bloom' THEN (SELECT golden_bloom_answer(s, question, a) FROM golden_bloom AS g WHERE g.name = f.name)
	WHEN 'cms' THEN (SELECT golden_cms_answer(s, question, a) FROM golden_cms AS g WHERE g.name = f.name)
	WHEN 'topk' THEN (SELECT golden_topk_answer(s, question, a) FROM golden_topk AS g WHERE g.name = f.name)
	END AS given
FROM golden_fact AS f;

-- -5: ten digits.
CREATE FUNCTION golden_verdict() RETURNS text
SET extra_float_digits = -5
BEGIN ATOMIC
	SELECT coalesce(
		string_agg(format('%s %s %s %s: %s, not %s', type, name, question,
			array_to_string(a, ' '), given, answer), E'\n' ORDER BY number)
			FILTER (WHERE given IS DISTINCT FROM answer),
		count(*) || ' right')
	FROM golden_answer;
END;
