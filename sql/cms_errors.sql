-- Every error of cms that SQL can reach, with its code, detail and hint.

\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;

-- A list of two values, 256 times and once; counters in one row: 256, 0, 0, 0, 0, 1.
CREATE TEMPORARY TABLE s AS SELECT cms_add(NULL, 1::bigint::sketch_hash,
	256) || (-1)::bigint::sketch_hash AS list,
	cms_add(cms_empty(0.5, 0.5), 1::bigint::sketch_hash, 256) || (-1)::bigint::sketch_hash AS cells;
SELECT list::bytea, cells::bytea FROM s;

-- Text that is not \x and two digits a byte.
SELECT error_of(format('SELECT %L::cms', t)) FROM unnest(ARRAY['', '\xa1000', '\xa1zz', E'\\xa1\n00',
	repeat('no ', 20)]) AS t;

-- Bytes altered in every field; each is refused as text and as bytes, with the
-- code of that door and the same detail. The binary door is in test/t.
CREATE FUNCTION pg_temp.doors(b bytea) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN split_part(t, E'\n', 2) = split_part(c, E'\n', 2) OR t = c
		THEN left(t, 5) || ' ' || left(c, 5) || split_part(c, E'\n', 2) ELSE t || c END
	FROM error_of(format('SELECT %L::cms', b::text)) AS t,
		error_of(format('SELECT %L::bytea::cms', b)) AS c
$$;
SELECT what, pg_temp.doors(b) FROM s, LATERAL (VALUES
	(1, 'as it is', list::bytea),
	(2, 'nothing', ''::bytea),
	(3, 'type', set_byte(list::bytea, 0, 145)),
	(4, 'version 0', set_byte(list::bytea, 0, 160)),
	(5, 'version 2', set_byte(list::bytea, 0, 162)),
	(6, 'one byte', '\xa1'),
	(7, 'half a header', substr(list::bytea, 1, 20)),
	(8, 'layout cells', set_byte(list::bytea, 1, 33)),
	(9, 'layout working list', set_byte(list::bytea, 1, 34)),
	(10, 'layout 4', set_byte(list::bytea, 1, 36)),
	(11, 'rows', set_byte(list::bytea, 2, 4)),
	(12, 'bytes of a count 0', set_byte(list::bytea, 1, 0)),
	(13, 'bytes of a count 1', set_byte(list::bytea, 1, 16)),
	(14, 'bytes of a count 3, in vain', substr(set_byte(list::bytea, 1, 48), 1,
		46) || '\x00' || substr(list::bytea, 47) || '\x00'),
	(15, 'bytes of a count 9', set_byte(list::bytea, 1, 144) || decode(repeat('00', 14), 'hex')),
	(16, 'width', set_byte(list::bytea, 4, 161)),
	(17, 'epsilon 0', overlay(list::bytea placing '\x0000000000000000' from 9)),
	(18, 'epsilon NaN', overlay(list::bytea placing '\x000000000000f87f' from 9)),
	(19, 'epsilon -0.001', set_byte(list::bytea, 15, 191)),
	(20, 'delta 1', overlay(list::bytea placing '\x000000000000f03f' from 17)),
	(21, 'delta below all', overlay(list::bytea placing '\x0100000000000000' from 17)),
	(22, 'epsilon below all', overlay(list::bytea placing '\x0100000000000000' from 9)),
	(23, 'total', set_byte(list::bytea, 24, 2)),
	(24, 'total 0', set_byte(set_byte(set_byte(list::bytea, 24, 0), 25, 0), 3, 0)),
	(25, 'total over the limit', set_byte(list::bytea, 31, 128)),
	(26, 'one value less', set_byte(list::bytea, 32, 1)),
	(27, 'one value more', set_byte(list::bytea, 32, 3)),
	(28, 'values over the limit', overlay(list::bytea placing '\xa6060000' from 33) || decode(repeat('ff',
		10 * 1700), 'hex')),
	(29, 'values near 2^32', overlay(list::bytea placing '\xffffffff' from 33)),
	(30, 'hash 0', set_byte(list::bytea, 36, 0)),
	(31, 'count 0', substr(set_byte(set_byte(list::bytea, 24, 0), 54, 0), 1, 56)),
	(32, 'out of order', overlay(list::bytea placing '\xffffffffffffffff' from 37)),
	(33, 'cut', substr(list::bytea, 1, 55)),
	(34, 'header only', substr(list::bytea, 1, 36)),
	(35, 'extended', list::bytea || '\x00'),
	(36, 'kind 17', set_byte(list::bytea, 3, 17)),
	(37, 'kind 254', set_byte(list::bytea, 3, 254)),
	(38, 'no kind', set_byte(list::bytea, 3, 0)),
	(39, 'another kind', set_byte(list::bytea, 3, 16)),
	(40, 'a kind of nothing', set_byte(cms_empty()::bytea, 3, 1))
) AS v (n, what, b) ORDER BY n;
SELECT error_of($$SELECT '\xa2'::bytea::cms$$), error_of($$SELECT '\x91'::bytea::cms$$);
SELECT what, pg_temp.doors(b) FROM s, LATERAL (VALUES
	(1, 'as it is', cells::bytea),
	(2, 'layout list', set_byte(cells::bytea, 1, 0)),
	(3, 'layout working cells', set_byte(cells::bytea, 1, 3)),
	(4, 'bytes of a count', set_byte(cells::bytea, 1, 17)),
	(5, 'rows 2', set_byte(cells::bytea, 2, 2)),
	(6, 'width 7', set_byte(cells::bytea, 4, 7)),
	(7, 'total', set_byte(cells::bytea, 24, 2)),
	(8, 'values', set_byte(cells::bytea, 32, 1)),
	(9, 'directory', set_byte(cells::bytea, 36, 8)),
	(10, 'directory beyond', set_byte(cells::bytea, 39, 255)),
	(11, 'no block', overlay(substr(cells::bytea, 1, 40) placing '\x00' from 37)),
	(12, 'bits 57', set_byte(cells::bytea, 40, 57)),
	(13, 'bits not the best', set_byte(cells::bytea, 40, 2)),
	(14, 'exceptions 7', set_byte(cells::bytea, 41, 7)),
	(15, 'base 1', set_byte(cells::bytea, 42, 1)),
	(16, 'base too long', set_byte(cells::bytea, 42, 128)),
	(17, 'padding', set_byte(cells::bytea, 43, 96)),
	(18, 'exception nowhere', set_byte(cells::bytea, 44, 6)),
	(19, 'exception elsewhere', set_byte(cells::bytea, 44, 5)),
	(20, 'exception too long', cells::bytea || '\x00'),
	(21, 'exception cut', substr(cells::bytea, 1, 45)),
	(22, 'header only', substr(cells::bytea, 1, 36)),
	(23, 'directory only', substr(cells::bytea, 1, 40))
) AS v (n, what, b) ORDER BY n;

-- Arguments out of range.
SELECT call, error_of('SELECT ' || call) FROM unnest(ARRAY['cms_empty(0)', 'cms_empty(1)',
	'cms_empty(-0.5)', 'cms_empty(''nan'')',
	'cms_empty(0.1, 0)', 'cms_empty(0.1, 1)', 'cms_empty(0.1, ''inf'')', 'cms_empty(1e-7)',
		'cms_empty(1e-300)', 'cms_empty(0.1, 1e-14)',
	'cms_add_agg(1, 1e-7, 0.01)', 'cms_add_weighted_agg(1, 1, 0, 0.01)', 'cms_add_agg(1, NULL, 0.01)',
		'cms_add_agg(1, 0.1, NULL)', 'cms_add_agg(1, NULL)', 'cms_add_agg(NULL::integer, NULL)',
		'cms_add_weighted_agg(1, 1, NULL)', 'cms_add_weighted_agg(1, 1, 0.1, NULL)', 'cms_add_agg(1, 1e-7)',
	'cms_add_weighted_agg(1, 1, NULL, 0.01)', 'cms_add(cms_empty(), 1, -1)',
		'cms_add(NULL, 1, -9223372036854775808)',
	'cms_add_weighted_agg(1, -5)', 'cms_add_weighted_agg(x, 3 - x) FROM generate_series(1, 4) AS x',
	'cms_frequency_bounds(cms_empty(), 1, 0)', 'cms_frequency_bounds(cms_empty(), 1, 1)',
		'cms_frequency_bounds(cms_empty(), 1, ''nan'')',
	'cms_frequency_bounds(cms_empty(), 1, 95)']) AS call;
-- A weight cannot be taken for an epsilon.
SELECT call, error_of('SELECT ' || call) FROM unnest(ARRAY['cms_add_agg(1, 5, 0.01)', 'cms_add_agg(x, 5) FROM generate_series(1, 2) AS x',
	'cms_add_agg(1, 5::bigint, 0.01)',
	'cms_add_agg(1, 5)', 'cms_add_weighted_agg(1, 0.01)', 'cms_add_weighted_agg(1, 0.001, 0.01)',
		'cms_add_weighted_agg(1, 5, 0.01)',
	'cms_add_agg(1, 0.01)', 'cms_empty(5)']) AS call;
-- Designs that do not go together; within a group they must not differ at all.
CREATE TEMPORARY TABLE made AS SELECT cms_empty() || 1 AS a, cms_empty(0.01) || 1 AS b, cms_empty(0.001,
	0.1) || 1 AS c;
SELECT call, error_of('SELECT ' || call || ' FROM made') FROM unnest(ARRAY['a || b', 'b || a', 'a || c',
	'cms_union(c, b)',
	'cms_inner_product(a, b)', 'cms_inner_product(b, c)']) AS call;
SELECT call, error_of('SELECT ' || call)
	FROM unnest(ARRAY['cms_union_agg(s) FROM (SELECT a FROM made UNION ALL SELECT b FROM made) AS v (s)',
	'cms_union_agg(s) OVER () FROM (SELECT a FROM made UNION ALL SELECT c FROM made) AS v (s)',
	'cms_union_agg(s) OVER (ORDER BY n ROWS 1 PRECEDING) FROM (SELECT 1, a FROM made UNION ALL SELECT 2, c FROM made) AS v (n, s)',
	'cms_add_agg(x, x * 0.1, 0.01) FROM generate_series(1, 2) AS x',
	'cms_add_agg(x, 0.1, x * 0.1) FROM generate_series(1, 2) AS x',
	'cms_add_agg(x, x * 0.1) FROM generate_series(1, 2) AS x',
	'cms_add_weighted_agg(x, 0, x * 0.1, 0.1) FROM generate_series(1, 2) AS x']) AS call;

-- Support functions of aggregates are for aggregates.
SELECT call, error_of('SELECT ' || call) FROM unnest(ARRAY['cms_add_agg_trans(cms_empty(), 1)',
	'cms_add_agg_trans(NULL, sketch_hash_any(1))',
	'cms_add_agg_trans(NULL::cms, 1, 0.1)', 'cms_add_agg_trans(NULL, sketch_hash_any(1), 0.1)',
	'cms_add_weighted_agg_trans(NULL::cms, 1, 5, 0.1)', 'cms_add_weighted_agg_trans(NULL, sketch_hash_any(1), 5, 0.1)',
	'cms_add_agg_trans(NULL::cms, 1, 0.1, 0.1)', 'cms_add_agg_trans(NULL, sketch_hash_any(1), 0.1, 0.1)',
	'cms_add_weighted_agg_trans(cms_empty(), 1, 5)',
		'cms_add_weighted_agg_trans(NULL, sketch_hash_any(1), 5)',
	'cms_add_weighted_agg_trans(NULL::cms, 1, 5, 0.1, 0.1)',
		'cms_add_weighted_agg_trans(NULL, sketch_hash_any(1), 5, 0.1, 0.1)',
	'cms_add_agg_combine(NULL, NULL)', 'cms_union_agg_trans(cms_empty(), cms_empty())']) AS call;
SELECT cms_agg_final(list) = list, cms_agg_final(cells) = cells, cms_agg_final(NULL) IS NULL FROM s;

-- Types that cannot be hashed: by name, at every door; the sketches themselves too.
SELECT call, error_of('SELECT ' || call) FROM unnest(ARRAY['cms_frequency(cms_empty(), cms_empty())',
	'cms_frequency_bounds(cms_empty(), topk_empty())',
	'cms_add(cms_empty(), hll_empty())', 'cms_empty() || bloom_empty(5)', 'cms_add_agg(cms_empty())',
		'cms_add_weighted_agg(topk_empty(), 5)',
	'sketch_hash_any(cms_empty())', 'sketch_hash_any(ARRAY[topk_empty()])',
		'bloom_add(NULL, cms_empty())', 'approx_count_distinct(cms_empty())',
	'cms_frequency(cms_empty(), ''{}''::json)', 'cms_add_agg(''(1,2)''::point, 0.1, 0.1)',
		'cms_frequency(cms_empty(), (cms_empty(), 1))']) AS call;
-- Literals without a type, and arguments of wrong types.
SELECT call, error_of('SELECT ' || call) FROM unnest(ARRAY['cms_empty() || ''x''', '''x'' || cms_empty()',
	'cms_empty() = ''x''', 'cms_add_agg(''x'')',
	'cms_add_weighted_agg(''x'', 5)', 'cms_add_agg(''x'', 0.1, 0.1)', 'cms_frequency(''x'', 1)',
		'cms_union(cms_empty(), 1)', 'cms_total(1)',
	'cms_empty() = hll_empty()', 'topk_empty()::bytea::cms', 'cms_empty()::cms(5)',
		'cms_add(cms_empty(), 1, 2.5)', '1 || cms_empty()',
	'cms_frequency(cms_empty(), 1, 2)', 'cms_add(cms_empty(), ''x'')', 'cms_add(cms_empty(), ''x'', 5)', 'cms_add(NULL, ''x'')',
	'cms_frequency(cms_empty(), ''x'')', 'cms_frequency(cms_empty(), NULL)', 'cms_frequency_bounds(cms_empty(), ''x'')',
	'cms_frequency_bounds(cms_empty(), ''x'', 0.5)', 'cms_empty() || ''x''::"char"']) AS call;
-- A parameter without a type is text; with another, it is what was added.
SELECT call, error_of(format('PREPARE untyped_%s AS SELECT %s', n, call)) FROM unnest(ARRAY['cms_add(cms_empty(), $1)',
	'cms_frequency(cms_empty(), $1)', 'cms_frequency_bounds(cms_empty(), $1)']) WITH ORDINALITY AS v (call, n);
PREPARE typed AS SELECT cms_frequency(cms_empty() || 42, $1::bigint), cms_frequency(cms_empty() || 42, $1::text);
EXECUTE typed ('42');
DEALLOCATE typed;

-- Values of another kind than those that were added; text that is none of them.
SELECT call, error_of('SELECT ' || call) FROM unnest(ARRAY['cms_frequency(cms_empty() || 1, true)',
	'cms_frequency(cms_empty() || ''a''::text, 1)', 'cms_frequency_bounds(cms_empty() || 1, current_date)',
	'cms_frequency_bounds(cms_empty() || ARRAY[1], 1, 0.5)', 'cms_frequency(cms_empty() || 1, ''x'')',
	'cms_frequency(cms_empty() || ARRAY[1], ''{1}'')', 'cms_frequency_bounds(cms_empty() || current_date, ''x'', 0.5)',
	'cms_frequency(cms_empty() || true || 1, ''x'')', 'cms_frequency(cms_empty() || 1, sketch_hash_any(true))',
	'cms_frequency(cms_empty() || sketch_hash_any(1), ''x'')']) AS call;
-- Weights that are no bigint.
SELECT call, error_of('SELECT ' || call) FROM unnest(ARRAY['cms_add(NULL, 1, 9007199254740991.0)',
	'cms_add(NULL, 1, 9007199254740993.0)', 'cms_add(NULL, 1, ''nan''::float8)', 'cms_add(NULL, 1, -1.0)',
	'cms_add(NULL, 1, -1e300)', 'cms_add_weighted_agg(1, 0.5, 0.1)', 'cms_add_weighted_agg(1, 1e300, 0.1, 0.1)']) AS call;

-- Values that got damaged in the table, past all checks: reading them is an error
-- or gives some answer, and is never a crash. (byteacat passes bytes on.)
CREATE FUNCTION unchecked_cms(bytea, bytea DEFAULT '') RETURNS cms
	LANGUAGE internal IMMUTABLE STRICT AS 'byteacat';
CREATE FUNCTION codes(bytes bytea) RETURNS TABLE (call text, code text) LANGUAGE sql AS $$
	SELECT c, left(error_of('SELECT ' || replace(c, '%s', format('unchecked_cms(%L)', bytes))), 5)
	FROM unnest(ARRAY['cms_frequency(%s, 1)', 'cms_frequency_bounds(%s, sketch_hash_any(1), 0.5)',
		'cms_info(%s)', 'cms_total(%s)',
		'cms_error_bound(%s)', 'cms_is_empty(%s)', 'cms_add(%s, 1)', '%s || (cms_empty(0.5, 0.5) || 1)',
			'(cms_empty(0.5, 0.5) || 1) || %s',
		'%s || %s', '%s || cms_empty()', 'cms_inner_product(%s, %s)',
			'cms_inner_product(%s, cms_empty(0.5, 0.5) || 1 || 2 || 3)',
		'cms_union_agg(%s)', 'cms_union_agg(c) FROM (VALUES (%s), (cms_empty(0.5, 0.5) || 1), (%s)) AS v (c)',
		'cms_union_agg(c) OVER (ORDER BY n ROWS 1 PRECEDING) FROM (VALUES (1, %s), (2, %s)) AS v (n, c)',
		'cms_out(%s)', 'cms_send(%s)', '%s::bytea', 'cms_cmp(%s, cms_empty())', 'cms_hash(%s)',
			'cms_agg_final(%s)']) AS c $$;
SELECT what, count(*), bool_or(code = 'XX001') AS some_errors,
	count(*) FILTER (WHERE code NOT IN ('XX001', 'no er', '22023', '22003')) AS others,
	string_agg(code, '') FILTER (WHERE call = 'cms_frequency(%s, 1)') AS frequency, string_agg(code,
		'') FILTER (WHERE call = 'cms_out(%s)') AS out
FROM s, LATERAL (VALUES
	(1, 'no byte', '\x'::bytea),
	(2, 'type', set_byte(list::bytea, 0, 129)),
	(3, 'version', set_byte(list::bytea, 0, 162)),
	(4, 'half a header', substr(list::bytea, 1, 16)),
	(5, 'list, cut', substr(list::bytea, 1, 40)),
	(6, 'list, out of order', overlay(list::bytea placing '\xffffffffffffffff' from 37)),
	(7, 'list of zeros', substr(list::bytea, 1, 36) || decode(repeat('00', 20), 'hex')),
	(8, 'list, large counts', substr(set_byte(list::bytea, 1, 128), 1, 36) || decode(repeat('fe', 32),
		'hex')),
	(9, 'cells, cut', substr(cells::bytea, 1, 43)),
	(10, 'cells, directory', set_byte(cells::bytea, 36, 8)),
	(11, 'cells, no block', substr(set_byte(cells::bytea, 36, 0), 1, 40)),
	(12, 'cells, exceptions', set_byte(cells::bytea, 41, 200)),
	(13, 'cells, endless base', overlay(cells::bytea placing '\xffffffff' from 43)),
	(14, 'cells, exception nowhere', set_byte(cells::bytea, 44, 200)),
	(15, 'working list of a stray size', set_byte(list::bytea, 1, 2)),
	(16, 'working list of no slot', set_byte(substr(list::bytea, 1, 36), 1, 2)),
	(17, 'working list without the values it counts', set_byte(substr(list::bytea, 1, 36), 1, 2) || decode(repeat('00', 80), 'hex')),
	(18, 'working list, full', set_byte(substr(list::bytea, 1, 36), 1, 2) || decode(repeat('11', 80), 'hex')),
	(19, 'working cells, cut', set_byte(cells::bytea, 1, 3)),
	(20, 'working cells, large', set_byte(substr(cells::bytea, 1, 36), 1, 3) || decode(repeat('ff', 48),
		'hex')),
	(21, 'layout 9', set_byte(list::bytea, 1, 9)),
	(22, 'rows 33', set_byte(list::bytea, 2, 33)),
	(23, 'total over the limit', set_byte(list::bytea, 31, 255))
) AS v (n, what, bytes), codes(bytes) GROUP BY n, what ORDER BY n;
SELECT error_of($$SELECT cms_total(unchecked_cms('\xa1000000'))$$);

DROP FUNCTION codes, unchecked_cms;
