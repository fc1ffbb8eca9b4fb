-- Every error of bloom that SQL can reach, with its code, detail and hint.

\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;

-- A list without a design; a list and bits of one block, which are small.
CREATE TABLE s AS SELECT
	(SELECT bloom_add_agg(h::sketch_hash) FROM generate_series(1::bigint, 3) AS h) AS list,
	(SELECT overlay(bloom_add_agg(h::sketch_hash, 30, 0.5)::bytea placing '\x01' from 5)::bloom
		FROM generate_series(1::bigint, 8) AS h) AS sized,
	NULL::bloom AS bits;
UPDATE s SET bits = sized || 9::bigint::sketch_hash;
SELECT list::bytea, sized::bytea, bits::bytea FROM s;

-- Text that is not \x and two digits a byte.
SELECT error_of(format('SELECT %L::bloom', t)) FROM unnest(ARRAY['', ' ', '\x', '\x9', '\x910', E'\\x91\n0000',
	'9100', 'x9100', '\X9100', '\x91 00', 'hello', '\x9100', repeat('not a filter, ', 20)]) AS t;

-- Bytes altered in every field; each is refused as text and as bytes, with the
-- code of that door and the same detail. The binary door is in test/t.
CREATE FUNCTION doors(b bytea) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN split_part(t, E'\n', 2) = split_part(c, E'\n', 2) OR t = c THEN left(t, 5) || ' ' || c ELSE t || c END
	FROM error_of(format('SELECT %L::bloom', b::text)) AS t,
		error_of(format('SELECT %L::bytea::bloom', b)) AS c
$$;
SELECT what, doors(b) FROM s, LATERAL (VALUES
	(1, 'as it is', list::bytea),
	(2, 'nothing', ''::bytea),
	(3, 'type', set_byte(list::bytea, 0, 129)),
	(4, 'version 0', set_byte(list::bytea, 0, 144)),
	(5, 'version 2', set_byte(list::bytea, 0, 146)),
	(6, 'one byte', '\x91'),
	(7, 'half a header', substr(list::bytea, 1, 16)),
	(8, 'layout bits', set_byte(list::bytea, 1, 1)),
	(9, 'layout working list', set_byte(list::bytea, 1, 2)),
	(10, 'layout 4', set_byte(list::bytea, 1, 4)),
	(11, 'hashes without blocks', set_byte(list::bytea, 2, 6)),
	(12, 'kind 17', set_byte(list::bytea, 3, 17)),
	(13, 'blocks without the rest', set_byte(list::bytea, 4, 1)),
	(14, 'items without blocks', set_byte(list::bytea, 8, 1)),
	(15, 'rate without blocks', set_byte(list::bytea, 23, 128)),
	(16, 'count too low', set_byte(list::bytea, 24, 2)),
	(17, 'count too high', set_byte(list::bytea, 24, 4)),
	(18, 'count over the limit', set_byte(list::bytea, 24, 241) || decode(repeat('ff', 8 * 238), 'hex')),
	(19, 'count near 2^32', overlay(list::bytea placing '\xffffffff' from 25)),
	(20, 'reserved 28', set_byte(list::bytea, 28, 1)),
	(21, 'reserved 31', set_byte(list::bytea, 31, 128)),
	(22, 'cut', substr(list::bytea, 1, 55)),
	(23, 'header only', substr(list::bytea, 1, 32)),
	(24, 'extended', list::bytea || '\x00'),
	(25, 'a value twice', set_byte(list::bytea, 40, 1)),
	(26, 'out of order', set_byte(list::bytea, 33, 1)),
	(27, 'hash 0', set_byte(list::bytea, 32, 0))
) AS v (n, what, b) ORDER BY n;
SELECT what, doors(b) FROM s, LATERAL (VALUES
	(1, 'as it is, list', sized::bytea),
	(2, 'as it is, bits', bits::bytea),
	(3, 'layout list', set_byte(bits::bytea, 1, 0)),
	(4, 'layout working bits', set_byte(bits::bytea, 1, 3)),
	(5, 'layout bits', set_byte(sized::bytea, 1, 1)),
	(6, 'layout of blocks of 0', set_byte(substr(bits::bytea, 1, 32), 4, 0)),
	(7, 'no hashes', set_byte(bits::bytea, 2, 0)),
	(8, 'other hashes', set_byte(bits::bytea, 2, 2)),
	(9, 'hashes 255', set_byte(bits::bytea, 2, 255)),
	(10, 'kind 17', set_byte(bits::bytea, 3, 17)),
	(11, 'two blocks', set_byte(bits::bytea, 4, 2)),
	(12, 'no blocks', set_byte(bits::bytea, 4, 0)),
	(13, '129 blocks', set_byte(bits::bytea, 4, 129)),
	(14, 'blocks beyond 1 GB', overlay(bits::bytea placing '\x00000001' from 5)),
	(15, '2^32 - 1 blocks', overlay(bits::bytea placing '\xffffffff' from 5)),
	(16, 'no items', set_byte(bits::bytea, 8, 0)),
	(17, 'more than 2^40 items', set_byte(bits::bytea, 13, 2)),
	(18, 'items below 0', set_byte(bits::bytea, 15, 255)),
	(19, 'rate 0', overlay(bits::bytea placing '\x0000000000000000' from 17)),
	(20, 'rate -0.5', set_byte(bits::bytea, 23, 191)),
	(21, 'rate 1', overlay(bits::bytea placing '\x000000000000f03f' from 17)),
	(22, 'rate NaN', overlay(bits::bytea placing '\x000000000000f87f' from 17)),
	(23, 'rate infinite', overlay(bits::bytea placing '\x000000000000f07f' from 17)),
	(24, 'rate of other hashes', overlay(bits::bytea placing '\x7b14ae47e17a843f' from 17)),
	(25, 'a count of bits', set_byte(bits::bytea, 24, 1)),
	(26, 'reserved 28', set_byte(bits::bytea, 28, 1)),
	(27, 'cut', substr(bits::bytea, 1, 95)),
	(28, 'header only', substr(bits::bytea, 1, 32)),
	(29, 'extended', bits::bytea || '\x00'),
	(30, 'no bit', substr(bits::bytea, 1, 32) || decode(repeat('00', 64), 'hex')),
	(31, 'nine values in a list for eight', set_byte(sized::bytea, 24, 9) || '\x0900000000000000'),
	(32, 'hll', hll_empty()::bytea)
) AS v (n, what, b) ORDER BY n;

-- The hints: of another version, and of all else; what comes in by COPY.
SELECT error_of('SELECT ''\x9200000000000000000000000000000000000000000000000000000000000000''::bloom');
CREATE TABLE target (b bloom);
COPY target FROM stdin;
\\x9101000000000000000000000000000000000000000000000000000000000000
\.
SELECT count(*) FROM target;

-- Sizes out of range: of bloom_empty() and of the aggregate alike.
SELECT format('(%s, %s)', n, fpr), error_of(format('SELECT bloom_empty(%s, %L)', n, fpr)),
	error_of(format('SELECT bloom_empty(%s, %L)', n, fpr)) = error_of(format('SELECT bloom_add_agg(1, %s, %L)', n, fpr)) AS alike
FROM (VALUES (0, 0.01::float8), (-1, 0.01), (-9223372036854775808, 0.01), (100, 0), (100, 1), (100, -1), (100, 1.5), (100, 'NaN'),
	(100, 'Infinity'), (100, '-Infinity'), (100, '-0'), (9223372036854775807, 0.01), (1099511627777, 0.9999),
	(1000000000, 0.01), (10000000, 1e-300), (1, 1e-300)) AS v (n, fpr);
SELECT error_of('SELECT bloom_empty(9223372036854775808)');
SELECT error_of('SELECT bloom_empty(''many'')');
SELECT error_of('SELECT bloom_add_agg(1, 0)');
SELECT error_of('SELECT bloom_add_agg(1, -5)');
SELECT error_of('SELECT bloom_add_agg(NULL::integer, 0)');
SELECT error_of('SELECT bloom_add_agg(1, NULL)');
SELECT error_of('SELECT bloom_add_agg(1, NULL, 0.5)');
SELECT error_of('SELECT bloom_add_agg(1, 5, NULL)');
SELECT error_of('SELECT bloom_add_agg(NULL::integer, NULL)');
SELECT error_of('SELECT bloom_add_agg(sketch_hash_any(1), 5, NULL)');
SELECT error_of('SELECT bloom_add_agg(1, NULL) OVER ()');

-- The design may not change within one group.
SELECT error_of('SELECT bloom_add_agg(x, x) FROM generate_series(4, 5) AS x');
SELECT error_of('SELECT bloom_add_agg(NULL::integer, x) FROM generate_series(4, 5) AS x');
SELECT error_of('SELECT bloom_add_agg(x, 100, 1.0 / x) FROM generate_series(2, 3) AS x');
SELECT error_of('SELECT bloom_add_agg(x, 1 + x / 900) FROM generate_series(1, 900) AS x');
SELECT error_of('SELECT bloom_add_agg(n, n) OVER (ORDER BY n) FROM generate_series(8, 9) AS n');

-- Filters that do not go together: other hashes, other blocks, one that sized
-- itself. Every way to combine them says so alike.
CREATE TABLE pair AS SELECT n, a, b FROM (VALUES
	(1, (SELECT bloom_add_agg(x, 1000, 0.01) FROM generate_series(1, 900) AS x), (SELECT bloom_add_agg(x, 1000, 0.001) FROM generate_series(1, 900) AS x)),
	(2, (SELECT bloom_add_agg(x, 100000) FROM generate_series(1, 9000) AS x), (SELECT bloom_add_agg(x, 300000) FROM generate_series(1, 20000) AS x)),
	(3, (SELECT bloom_add_agg(x, 1000) FROM generate_series(1, 900) AS x), (SELECT bloom_add_agg(x, 2500) FROM generate_series(1, 900) AS x)),
	(4, (SELECT bloom_add_agg(x) FROM generate_series(1, 1000) AS x), (SELECT bloom_add_agg(x) FROM generate_series(1, 2500) AS x)),
	(5, (SELECT bloom_add_agg(x) FROM generate_series(1, 5000) AS x), (SELECT bloom_add_agg(x, 6000) FROM generate_series(1, 6000) AS x)))
	AS v (n, a, b);
SELECT n, error_of(format('SELECT a || b FROM pair WHERE n = %s', n)) FROM pair ORDER BY n;
SELECT n, call, error_of(format('SELECT %s FROM pair WHERE n = %s', call, n)) = error_of(format('SELECT a || b FROM pair WHERE n = %s', n)) AS alike
FROM pair, unnest(ARRAY['bloom_union(a, b)', 'a & b', 'bloom_intersect(a, b)', 'bloom_intersection_cardinality(a, b)']) AS call ORDER BY n, call;
SELECT n, agg, error_of(format('SELECT %s(f) FROM (SELECT a FROM pair WHERE n = %s UNION ALL SELECT b FROM pair WHERE n = %2$s) AS v (f)',
	agg, n)) = error_of(format('SELECT a || b FROM pair WHERE n = %s', n)) AS alike
FROM pair, unnest('{bloom_union_agg,bloom_intersect_agg}'::text[]) AS agg ORDER BY n, agg;
SELECT error_of('SELECT b || a FROM pair WHERE n = 1');
SELECT error_of('SELECT bloom_union_agg(CASE n WHEN 1 THEN a ELSE b END) OVER (ORDER BY n) FROM (SELECT a, b FROM pair WHERE n = 3) AS p, generate_series(1, 2) AS n');

-- Lists unite with filters of any design, and empty ones are neutral.
SELECT error_of('SELECT ((bloom_empty(1000) || 1) || (bloom_empty(2500, 0.001) || 2)) || a FROM pair');

-- A filter is not probed for values of another kind than it has. Hashes have none,
-- and text is read as what the filter has.
SELECT call, error_of('SELECT ' || call || ' FROM (SELECT bloom_add(NULL, 1) || 2) AS v (f)') FROM unnest(ARRAY['f @> now()', 'now() <@ f', 'f @> true', 'f @> ''{1}''::integer[]',
	'f @> ''x''', 'f @> ''x''::text', '''1x'' <@ f', 'bloom_contains(f, true)', 'bloom_contained_by(true, f)', 'f @> 1.0', 'f @> 2::smallint',
	'f @> ''2''', 'f @> ''2.0''', 'f @> sketch_hash_any(true)', 'f @> NULL::boolean', '(f || true) @> true', '(f & f) @> true',
	'(f || bloom_add(NULL, true)) @> now()::text', '(f & bloom_empty(5)) @> now()', 'bloom_add(NULL, ''{1}''::integer[]) @> ''{1}''']) AS call;

-- Support functions of aggregates are for aggregates.
SELECT call, error_of('SELECT ' || call) FROM unnest(ARRAY[
	'bloom_add_agg_trans(bloom_empty(5), sketch_hash_any(1))', 'bloom_add_agg_trans(NULL, sketch_hash_any(1))',
	'bloom_add_agg_trans(bloom_empty(5), sketch_hash_any(1), 5)', 'bloom_add_agg_trans(bloom_empty(5), 1)',
	'bloom_add_agg_trans(NULL::bloom, NULL::integer)', 'bloom_add_agg_trans(bloom_empty(5), 1, 5)',
	'bloom_add_agg_trans(bloom_empty(5), 1, 5, 0.01)', 'bloom_add_agg_trans(NULL, sketch_hash_any(1), 5, 0.01)',
	'bloom_add_agg_combine(bloom_empty(5), bloom_empty(5))', 'bloom_add_agg_combine(NULL, NULL)',
	'bloom_union_agg_trans(bloom_empty(5), bloom_empty(5))',
	'bloom_intersect_agg_trans(bloom_empty(5), bloom_empty(5))']) AS call;
-- Final functions change nothing, and need no aggregate around them.
SELECT bloom_agg_final(list) = list, bloom_agg_final(bits) = bits, bloom_agg_final(NULL) IS NULL,
	bloom_intersect_agg_trans(NULL, bits) IS NULL FROM s;

-- Types that cannot be hashed: by name, at every door; the sketches themselves too.
SELECT call, error_of('SELECT ' || call) FROM unnest(ARRAY['bloom_empty(5) @> bloom_empty(5)', 'bloom_empty(5) <@ bloom_empty(5)',
	'bloom_add(bloom_empty(5), bloom_empty(5))', 'bloom_add(bloom_empty(5), hll_empty())', 'bloom_empty(5) || hll_empty()',
	'bloom_add_agg(bloom_empty(5))', 'bloom_add_agg(hll_empty())', 'bloom_add_agg(hll_empty(), 5)',
	'sketch_hash_any(bloom_empty(5))', 'sketch_hash_any(ARRAY[bloom_empty(5)])', 'hll_add(hll_empty(), bloom_empty(5))',
	'approx_count_distinct(bloom_empty(5))', '(bloom_empty(5), 1) <@ bloom_empty(5)',
	'bloom_empty(5) @> ''{}''::json', 'bloom_contains(bloom_empty(5), ''a''::tsquery)',
	'''(1,2)''::point <@ bloom_empty(5)', 'bloom_empty(5) || ''<a/>''::xml', 'bloom_add_agg(ARRAY[''(1,2)''::point])',
	'bloom_add_agg(''{}''::json, 5, 0.01)', 'bloom_add_agg(''x''::cstring)']) AS call;

-- Literals without a type, and arguments of wrong types.
SELECT call, error_of('SELECT ' || call) FROM unnest(ARRAY['bloom_empty(5) || ''x''', 'bloom_empty(5) = ''x''', 'bloom_empty(5) & ''x''',
	'bloom_add(bloom_empty(5), ''x'')', 'bloom_add(NULL, ''x'')', 'bloom_empty(5) @> ''x''', '''x'' <@ bloom_empty(5)',
	'bloom_contains(bloom_empty(5), ''x'')', 'bloom_contained_by(''x'', bloom_empty(5))', 'bloom_empty(5) @> NULL', 'NULL <@ bloom_empty(5)',
	'bloom_empty(5) || ''x''::"char"',
	'''x'' @> bloom_empty(5)', '''x'' || bloom_empty(5)', '1 || bloom_empty(5)', '1 @> bloom_empty(5)', 'bloom_empty(5) <@ 1',
	'bloom_add_agg(''x'')', 'bloom_add_agg(''x'', 5)', 'bloom_add_agg(1, 5.5)', 'bloom_add_agg(1, ''many'')', 'bloom_empty(5) & 1',
	'bloom_union(bloom_empty(5), 1)', 'bloom_union_agg(1)', 'bloom_cardinality(1)', 'bloom_cardinality(hll_empty())',
	'hll_cardinality(bloom_empty(5))', 'hll_empty() || bloom_empty(5)', 'bloom_empty(5) = hll_empty()', 'bloom_empty()',
	'bloom_empty(5)::text::hll', 'bloom_empty(5)::bytea::hll', 'hll_empty()::bytea::bloom', 'bloom_empty(5)::bloom(5)']) AS call;

-- Values that got damaged in the table, past all checks: reading them is an
-- error or gives some answer, and is never a crash. (byteacat passes bytes on.)
CREATE FUNCTION unchecked_bloom(bytea, bytea DEFAULT '') RETURNS bloom
	LANGUAGE internal IMMUTABLE STRICT AS 'byteacat';
CREATE FUNCTION codes(bytes bytea) RETURNS TABLE (call text, code text) LANGUAGE sql AS $$
	SELECT c, left(error_of('SELECT ' || replace(c, '%s', format('unchecked_bloom(%L)', bytes))), 5)
	FROM unnest(ARRAY['bloom_cardinality(%s)', 'bloom_info(%s)', 'bloom_false_positive_rate(%s)', 'bloom_is_empty(%s)',
		'bloom_add(%s, 1)', '%s || bloom_empty(30, 0.5)', 'bloom_empty(30, 0.5) || %s', '%s || %s', '%s & %s', '%s & bloom_empty(30, 0.5)',
		'(bloom_empty(30, 0.5) || 1 || 2) & %s', '%s @> 1', '1 <@ %s', 'bloom_intersection_cardinality(%s, %s)',
		'bloom_intersection_cardinality(%s, bloom_empty(30, 0.5) || 1)', 'bloom_union_agg(%s)', 'bloom_intersect_agg(%s)',
		'bloom_union_agg(b) FROM (VALUES (%s), (bloom_empty(30, 0.5)), (%s)) AS v (b)',
		'bloom_intersect_agg(b) FROM (VALUES (%s), (bloom_empty(30, 0.5)), (%s)) AS v (b)',
		'bloom_out(%s)', 'bloom_send(%s)', '%s::bytea', 'bloom_cmp(%s, bloom_empty(5))', 'bloom_hash(%s)', 'bloom_agg_final(%s)']) AS c $$;
SELECT what, count(*), bool_or(code = 'XX001') AS some_errors,
	count(*) FILTER (WHERE code NOT IN ('XX001', 'no er')) AS others,
	string_agg(code, '') FILTER (WHERE call = '%s @> 1') AS contains,
	string_agg(code, '') FILTER (WHERE call = 'bloom_out(%s)') AS out
FROM s, LATERAL (VALUES
	(1, 'no byte', '\x'::bytea),
	(2, 'type', set_byte(list::bytea, 0, 129)),
	(3, 'type 3', set_byte(list::bytea, 0, 161)),
	(4, 'version', set_byte(list::bytea, 0, 146)),
	(5, 'half a header', substr(list::bytea, 1, 16)),
	(6, 'list, cut', substr(list::bytea, 1, 40)),
	(7, 'list, out of order', set_byte(sized::bytea, 33, 255)),
	(8, 'list of zeros', substr(sized::bytea, 1, 32) || decode(repeat('00', 64), 'hex')),
	(9, 'bits, cut', substr(bits::bytea, 1, 95)),
	(10, 'bits, one block of two', set_byte(bits::bytea, 4, 2)),
	(11, 'bits, none set', substr(bits::bytea, 1, 32) || decode(repeat('00', 64), 'hex')),
	(12, 'bits of no design', set_byte(set_byte(substr(bits::bytea, 1, 32), 4, 0), 2, 0)),
	(13, 'working list without the values it counts', set_byte(set_byte(list::bytea, 1, 2), 24, 2) || decode(repeat('00', 64), 'hex')),
	(14, 'working list with more values than it counts', set_byte(set_byte(sized::bytea, 1, 2), 24, 1)),
	(15, 'working list, full', set_byte(sized::bytea, 1, 2)),
	(16, 'working list, a value twice', set_byte(set_byte(sized::bytea, 1, 2), 40, 1) || decode(repeat('00', 64), 'hex')),
	(17, 'working list of no slot', set_byte(substr(list::bytea, 1, 32), 1, 2)),
	(18, 'working list of a stray size', set_byte(list::bytea, 1, 2) || '\x000000'),
	(19, 'working bits without pending values', set_byte(bits::bytea, 1, 3)),
	(20, 'working bits, cut', set_byte(bits::bytea, 1, 3) || decode(repeat('00', 63), 'hex')),
	(21, 'working bits, whose turn it is', set_byte(set_byte(bits::bytea, 1, 3), 24, 8) || decode(repeat('00', 64), 'hex')),
	(22, 'working bits, stray pending values', set_byte(bits::bytea, 1, 3) || decode(repeat('ff', 64), 'hex')),
	(23, 'layout 9', set_byte(list::bytea, 1, 9))
) AS v (n, what, bytes), codes(bytes)
GROUP BY n, what ORDER BY n;
SELECT error_of($$SELECT bloom_cardinality(unchecked_bloom('\x'))$$);
SELECT error_of($$SELECT bloom_cardinality(unchecked_bloom('\x91000000'))$$);
SELECT error_of($$SELECT bloom_out(unchecked_bloom('\x51000000'))$$);
SELECT error_of($$SELECT unchecked_bloom('\x81') = unchecked_bloom('\x81')$$);

DROP TABLE s, target, pair;
DROP FUNCTION doors, codes, unchecked_bloom;
