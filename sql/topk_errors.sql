-- Every error of topk that SQL can reach, with its code, detail and hint.

\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;

-- Two items, of weights 300 and 1; one of two that a cut left, with slack 2.
CREATE TEMPORARY TABLE s AS SELECT topk_add(topk_add(NULL, 'ab', 300), 'b', 1) AS plain,
	topk_add(topk_add(topk_add(topk_add(topk_empty(1), 'a', 2), 'b', 2), 'c', 5), 'c') AS cut;
SELECT plain::bytea, cut::bytea FROM s;

-- Text that is not \x and two digits a byte.
SELECT error_of(format('SELECT %L::topk', t)) FROM unnest(ARRAY['', '\xb1000', '\xb1zz', E'\\xb1\n00',
	repeat('no ', 20)]) AS t;

-- Bytes altered in every field; each is refused as text and as bytes, with the
-- code of that door and the same detail. The binary door is in test/t.
CREATE FUNCTION pg_temp.doors(b bytea) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN split_part(t, E'\n', 2) = split_part(c, E'\n', 2) OR t = c
		THEN left(t, 5) || ' ' || left(c, 5) || split_part(c, E'\n', 2) ELSE t || c END
	FROM error_of(format('SELECT %L::topk', b::text)) AS t,
		error_of(format('SELECT %L::bytea::topk', b)) AS c
$$;
SELECT error_of($$SELECT '\xb2'::bytea::topk$$), error_of($$SELECT '\x91'::bytea::topk$$);
SELECT what, pg_temp.doors(b) FROM s, LATERAL (VALUES
	(1, 'as it is', plain::bytea),
	(2, 'nothing', ''::bytea),
	(3, 'type', set_byte(plain::bytea, 0, 161)),
	(4, 'version 0', set_byte(plain::bytea, 0, 176)),
	(5, 'version 2', set_byte(plain::bytea, 0, 178)),
	(6, 'one byte', '\xb1'),
	(7, 'layout working', set_byte(plain::bytea, 1, 1)),
	(8, 'layout 2', set_byte(plain::bytea, 1, 2)),
	(9, 'k 0', set_byte(plain::bytea, 2, 0)),
	(10, 'k 1', set_byte(plain::bytea, 2, 1)),
	(11, 'k 100,001', '\xb100a18d06000000'),
	(12, 'k too long', '\xb100e400000000'),
	(13, 'k cut', '\xb100e4'),
	(14, 'total less', set_byte(plain::bytea, 3, 172)),
	(15, 'total more', set_byte(plain::bytea, 3, 174)),
	(16, 'total of 2^63', '\xb10064808080808080808080010000'),
	(17, 'total without items', '\xb10064050000'),
	(18, 'offset without a total', '\xb10064000100'),
	(19, 'offset more than the total allows', set_byte(plain::bytea, 5, 3)),
	(20, 'one item more', set_byte(plain::bytea, 6, 3)),
	(21, 'one item less', set_byte(plain::bytea, 6, 1)),
	(22, 'items beyond k', '\xb10001040002010001610300016200'),
	(23, 'lower bound 0', '\xb1006402000201000161000001620000'),
	(24, 'lower bound too long', '\xb100648100000181000001'),
	(25, 'slack without an offset', '\xb10064010001010101' || 'a'::bytea),
	(26, 'length more', '\xb1006401000101000461' || 'bc'::bytea),
	(27, 'length 65,537', '\xb1006401000101008180' || '\x04'::bytea || decode(repeat('61', 65537), 'hex')),
	(28, 'out of order', '\xb1006402000201000162' || '\x01000161'::bytea),
	(29, 'an item twice', '\xb1006402000201000161' || '\x01000161'::bytea),
	(30, 'longer before shorter', '\xb100640200020100026161' || '\x01000161'::bytea),
	(31, 'counts beyond 2^63', '\xb10064ffffffffffffffff7f000201000161ffffffffffffffff7f000162'),
	(32, 'cut', substr(plain::bytea, 1, length(plain::bytea) - 1)),
	(33, 'extended', plain::bytea || '\x00')
) AS v (n, what, b) ORDER BY n;
SELECT what, pg_temp.doors(b) FROM s, LATERAL (VALUES
	(1, 'as it is', cut::bytea),
	(2, 'offset less', set_byte(cut::bytea, 4, 1)),
	(3, 'offset more', set_byte(cut::bytea, 4, 3)),
	(4, 'offset 0', set_byte(cut::bytea, 4, 0)),
	(5, 'total less', set_byte(cut::bytea, 3, 9)),
	(6, 'no item', set_byte(substr(cut::bytea, 1, 6), 5, 0)),
	(7, 'slack 0', set_byte(cut::bytea, 7, 0)),
	(8, 'slack 3', set_byte(cut::bytea, 7, 3)),
	(9, 'lower bound 1', set_byte(cut::bytea, 6, 1)),
	(10, 'lower bound 0', set_byte(cut::bytea, 6, 0))
) AS v (n, what, b) ORDER BY n;

-- Items must be texts in the encoding of the database, at each door.
CREATE FUNCTION pg_temp.with_item(b bytea) RETURNS bytea LANGUAGE sql
	AS $$ SELECT decode('b10064010001' || '0100' || lpad(to_hex(length(b)), 2, '0') || encode(b, 'hex'),
		'hex') $$;
SELECT b, error_of(format('SELECT %L::bytea::topk', s)) AS cast, error_of(format('SELECT %L::topk',
	s::text)) AS text
	FROM unnest('{"\\x6162","\\xc3bc"}'::bytea[]) AS b, pg_temp.with_item(b) AS s;
SELECT b, error_of(format('SELECT %L::bytea::topk', s)) AS cast, left(error_of(format('SELECT %L::topk',
	s::text)), 5) AS text
	FROM unnest('{"\\xff","\\x61c3","\\xc080","\\xeda080","\\x00","\\x610062"}'::bytea[]) AS b,
		pg_temp.with_item(b) AS s;

-- Arguments out of range; items that are too long.
SELECT call, error_of('SELECT ' || call) FROM unnest(ARRAY['topk_empty(0)', 'topk_empty(-1)',
	'topk_empty(100001)', 'topk_add_agg(''x'', 0)',
	'topk_add_agg(''x'', 100001)', 'topk_add_weighted_agg(''x'', 1, 0)', 'topk_add_agg(''x'', NULL)',
		'topk_add_weighted_agg(''x'', 1, NULL)',
	'topk_add(topk_empty(), ''x'', -1)', 'topk_add_weighted_agg(''x'', -9223372036854775808, 5)',
		'topk_add_weighted_agg(''x'', 5 - x, 5) FROM generate_series(1, 9) AS x',
	'topk_items(topk_empty(), -1)', 'topk_items(NULL, -2147483648)', 'topk_array(topk_empty(), -1)',
		'topk_array(NULL, -1)',
	'topk_possible(topk_empty(), 0)', 'topk_possible(topk_empty(), -1)', 'topk_possible(cut, 2) FROM s',
		'topk_possible(cut, 3) FROM s',
	'topk_add(topk_empty(), repeat(''x'', 65537))', 'topk_add(topk_empty(), repeat(''ü'', 32769), 0)',
		'topk_empty() || repeat(''x'', 65536)',
	'topk_add_agg(repeat(''x'', 70000))', 'topk_add_weighted_agg(repeat(''x'', 65537), 1, 5)',
		'topk_frequency(topk_empty(), repeat(''x'', 65537))']) AS call;
-- A weight cannot be taken for a k unnoticed: one that changes is an error.
SELECT call, error_of('SELECT ' || call)
	FROM unnest(ARRAY['topk_add_agg(''x'', w) FROM (VALUES (5), (7)) AS v (w)',
	'topk_add_agg(''x'', 500000)',
	'topk_add_agg(''x'', 5::bigint)', 'topk_add_weighted_agg(''x'', 5::bigint, 5::bigint)',
		'topk_add_weighted_agg(''x'', 5, k) FROM generate_series(3, 4) AS k',
	'topk_add_agg(nullif(k, k)::text, k) FROM generate_series(3, 4) AS k',
		'topk_add_weighted_agg(''x'', 2.5, 5)', 'topk_add_weighted_agg(''x'', 2.5)', 'topk_add_weighted_agg(''x'', 1e16)',
	'topk_add_weighted_agg(''x'', ''NaN''::float8, 5)', 'topk_add_weighted_agg(1, -1)', 'topk_add_weighted_agg(''x'', sum) FROM (SELECT sum(5::bigint)) AS s',
	'topk_add(topk_empty(), 1, 5.0)', 'topk_add(topk_empty(), 1, -5.0)']) AS call;
-- A cms value of other items, or of fewer.
SELECT call, error_of('SELECT count(*) FROM topk_items(topk_add(NULL, ''a'', 3), ' || call || ')') FROM unnest(ARRAY[
	'cms_add(NULL, ''a''::text, 3)', 'cms_add(NULL, ''a''::text, 4)', 'cms_add(NULL, ''b''::text, 3)', 'cms_add(NULL, ''a''::text, 2)', 'cms_empty()', 'NULL::cms',
	'cms_add(NULL, 1, 3)', 'cms_add(NULL, ARRAY[1], 3)', 'cms_add(NULL, sketch_hash_any(''a''::text), 3)', 'cms_add(NULL, ''a''::text, 3), -1']) AS call;
-- Under a nondeterministic collation, equal texts would be different items.
CREATE COLLATION pg_temp.case_insensitive (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT call, error_of('SELECT ' || call || ' FROM (VALUES (''a'' COLLATE pg_temp.case_insensitive)) AS v (x)') FROM unnest(ARRAY[
	'topk_add_agg(x)', 'topk_add_weighted_agg(x, 5)', 'topk_add(topk_empty(), x)', 'topk_empty() || x', 'topk_frequency(topk_empty(), x)',
	'topk_add_agg(x COLLATE "C")', 'topk_add_agg(ARRAY[x])', 'topk_add_agg(lower(x) COLLATE "C")']) AS call;
-- Support functions of aggregates are for aggregates.
SELECT call, error_of('SELECT ' || call) FROM unnest(ARRAY['topk_add_agg_trans(topk_empty(), ''x'')',
	'topk_add_agg_trans(NULL, ''x'', 5)',
	'topk_add_weighted_agg_trans(NULL, ''x'', 5, 5)', 'topk_add_agg_combine(NULL, NULL)',
		'topk_union_agg_trans(topk_empty(), topk_empty())']) AS call;
SELECT topk_agg_final(plain) = plain, topk_agg_final(cut) = cut, topk_agg_final(NULL) IS NULL FROM s;

-- Literals without a type, items that are no text, arguments of wrong types.
SELECT call, error_of('SELECT ' || call) FROM unnest(ARRAY['topk_empty() || ''x''',
	'''x'' || topk_empty()', 'topk_empty() = ''x''', 'topk_add_agg(1)',
	'topk_add(topk_empty(), 1)', 'topk_empty() || 1', 'topk_add_agg(''1.2.3.4''::inet)',
		'topk_add_agg(''1.2.3.4''::inet::text)', 'topk_union(topk_empty(), 1)',
	'topk_total(1)', 'topk_empty() = hll_empty()', 'cms_empty()::bytea::topk', 'topk_empty()::topk(5)',
		'topk_add(topk_empty(), ''x'', 2.5)',
	'topk_add(topk_empty(), topk_empty())', 'hll_add_agg(topk_empty())', 'bloom_add_agg(topk_empty())',
		'sketch_hash_any(topk_empty())']) AS call;

-- Values that got damaged in the table, past all checks: reading them is an error
-- or gives some answer, and is never a crash. (byteacat passes bytes on.)
CREATE FUNCTION unchecked_topk(bytea, bytea DEFAULT '') RETURNS topk
	LANGUAGE internal IMMUTABLE STRICT AS 'byteacat';
CREATE FUNCTION pg_temp.raw(topk, bytea) RETURNS bytea LANGUAGE internal IMMUTABLE STRICT AS 'byteacat';
CREATE AGGREGATE pg_temp.state_of_add(text, integer) (SFUNC = topk_add_agg_trans, STYPE = topk);
CREATE FUNCTION codes(bytes bytea) RETURNS TABLE (call text, code text) LANGUAGE sql AS $$
	SELECT c, left(error_of('SELECT ' || replace(c, '%s', format('unchecked_topk(%L)', bytes))), 5)
	FROM unnest(ARRAY['count(*) FROM topk_items(%s)', 'count(*) FROM topk_certain(%s, 1)',
		'count(*) FROM topk_possible(%s, 9223372036854775807)',
		'topk_array(%s)', 'topk_frequency(%s, ''b'')', 'topk_info(%s)', 'topk_total(%s)',
			'topk_error_bound(%s)', 'topk_is_empty(%s)',
		'topk_add(%s, ''b'')', 'topk_add(%s, ''new'')', '%s || topk_add(topk_empty(1), ''b'')',
			'topk_add(topk_empty(2), ''b'') || %s', '%s || %s', '%s || topk_empty()',
		'topk_union_agg(%s)', 'topk_union_agg(c) FROM (VALUES (%s), (topk_add(NULL, ''a'')), (%s)) AS v (c)',
		'topk_union_agg(c) OVER (ORDER BY n ROWS 1 PRECEDING) FROM (VALUES (1, %s), (2, %s)) AS v (n, c)',
		'topk_out(%s)', 'topk_send(%s)', '%s::bytea', 'topk_cmp(%s, topk_empty())', 'topk_hash(%s)',
			'topk_agg_final(%s)']) AS c $$;
SELECT what, count(*), bool_or(code = 'XX001') AS some_errors,
	count(*) FILTER (WHERE code NOT IN ('XX001', 'no er', '22003', '54000')) AS others,
	string_agg(code, '') FILTER (WHERE call LIKE '%topk_items%') AS items, string_agg(code,
		'') FILTER (WHERE call = 'topk_out(%s)') AS out
FROM s, (SELECT pg_temp.raw(pg_temp.state_of_add(i, 10), '') AS working
	FROM unnest('{a,b,b}'::text[]) AS i) AS w,
	LATERAL (VALUES
	(1, 'no byte', '\x'::bytea),
	(2, 'type', set_byte(plain::bytea, 0, 129)),
	(3, 'version', set_byte(plain::bytea, 0, 178)),
	(4, 'half a header', substr(plain::bytea, 1, 3)),
	(5, 'cut', substr(plain::bytea, 1, 10)),
	(6, 'extended', plain::bytea || '\x00'),
	(7, 'more items than it has', set_byte(plain::bytea, 6, 9)),
	(8, 'endless numbers', substr(plain::bytea, 1, 7) || decode(repeat('ff', 30), 'hex')),
	(9, 'length beyond the end', set_byte(plain::bytea, 10, 100)),
	(10, 'out of order', '\xb1006402000201000162' || '\x01000161'::bytea),
	(11, 'an item twice', '\xb1006402000201000162' || '\x01000162'::bytea),
	(12, 'bounds beyond 2^63', '\xb10064ffffffffffffffff7f0002ffffffffffffffff7f000161ffffffffffffffff7f000162'),
	(13, 'working, as it is', working),
	(14, 'working, of no slot', overlay(working placing '\x00000000' from 29)),
	(15, 'working, cut', substr(working, 1, 100)),
	(16, 'working, header only', substr(working, 1, 44)),
	(17, 'working, end beyond its bytes', overlay(working placing '\xff000000' from 33)),
	(18, 'working, slots astray', overlay(working placing decode(repeat('ff', 32), 'hex') from 45)),
	(19, 'working, slots empty', overlay(working placing decode(repeat('00', 32), 'hex') from 45)),
	(20, 'working, k 0', overlay(working placing '\x00000000' from 5)),
	(21, 'working, k 1', overlay(working placing '\x01000000' from 5)),
	(22, 'working, total over the limit', overlay(working placing '\xffffffffffffffff' from 9)),
	(23, 'working, offset over the limit', overlay(working placing '\xffffffffffffffff' from 17)),
	(24, 'working, items that it has not', overlay(working placing '\xff000000' from 25)),
	(25, 'working, fewer items than it has', overlay(working placing '\x01000000' from 25)),
	(26, 'working, a length beyond the end', overlay(working placing '\xff000000' from 97)),
	(27, 'working, counts of 0', overlay(working placing decode(repeat('00', 16), 'hex') from 77)),
	(28, 'working, counts without end', overlay(working placing decode(repeat('ff', 16), 'hex') from 77)),
	(29, 'working, zeros', substr(working, 1, 44) || decode(repeat('00', length(working) - 44), 'hex')),
	(30, 'layout 9', set_byte(plain::bytea, 1, 9))
) AS v (n, what, bytes), codes(bytes) GROUP BY n, what ORDER BY n;
SELECT error_of($$SELECT topk_total(unchecked_topk('\xb1000000'))$$),
	error_of($$SELECT topk_total(unchecked_topk('\xb10001'))$$);

DROP FUNCTION codes, unchecked_topk;
