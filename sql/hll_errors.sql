-- Every error that SQL can reach, with its code, detail and hint.

\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;

CREATE TABLE s AS SELECT
	(SELECT hll_add_agg(x) FROM generate_series(1, 3) AS x) AS sparse,
	(SELECT hll_add_agg(x, 6) FROM generate_series(1, 20) AS x) AS bitmap,
	(SELECT hll_add_agg(x, 6) FROM generate_series(1, 3000) AS x) AS dense;
SELECT sparse::bytea, bitmap::bytea, dense::bytea FROM s;

-- Text that is not \x and two digits a byte.
SELECT error_of(format('SELECT %L::hll', t)) FROM unnest(ARRAY['', ' ', '\x', '\x8', '\x81000d000', '\x81000d0000 ',
	' \x81000d0000', '81000d0000', 'x81000d0000', '\X81000d0000', '\x81000d000g', '\x81000dÄ000',
	E'\\x8100\n0d0000', 'hello', '\x11000d0000',
	repeat('not a sketch, ', 20)]) AS t;

-- Text that is hexadecimal, but of no sketch.
SELECT error_of(format('SELECT %L::hll', b::text))
FROM unnest(ARRAY['\x81', '\x8100', '\x81000d', '\x81000d00', '\x81000d000000',
	'\x91000d0000', '\x82000d0000']::bytea[]) AS b;

-- Bytes altered in every field, sparse: type, version, layouts (2 and 3 are
-- working ones), precision, reserved, count, cut, extended, padding.
CREATE FUNCTION bytes_error(bytes bytea) RETURNS text LANGUAGE sql
	AS $$ SELECT error_of(format('SELECT %L::bytea::hll', bytes)) $$;
SELECT what, bytes_error(b) FROM s, LATERAL (VALUES
	('type', set_byte(sparse::bytea, 0, 145)),
	('version 0', set_byte(sparse::bytea, 0, 128)),
	('version 2', set_byte(sparse::bytea, 0, 130)),
	('layout dense', set_byte(sparse::bytea, 1, 1)),
	('layout working sparse', '\x81020d000000000000000000'::bytea || decode(repeat('ff',
		48), 'hex')),
	('layout working dense', '\x810304000000000000000000'::bytea || decode(repeat('0c', 16),
		'hex')),
	('reserved bits of the layout', set_byte(sparse::bytea, 1, 4)),
	('a hash family', set_byte(sparse::bytea, 1, 16)),
	('precision 3', set_byte(sparse::bytea, 2, 3)),
	('precision 21', set_byte(sparse::bytea, 2, 21)),
	('precision 255', set_byte(sparse::bytea, 2, 255)),
	('reserved', set_byte(sparse::bytea, 3, 1)),
	('count too low', set_byte(sparse::bytea, 4, 2)),
	('count too high', set_byte(sparse::bytea, 4, 4)),
	('count over the limit', '\x81000d00ffff03'::bytea || sparse::bytea),
	('count over the limit of p = 4', set_byte(set_byte(sparse::bytea, 2, 4), 4, 4)),
	('count in too many bytes', '\x81000d008000'::bytea),
	('count without end', '\x81000d00ffffff'::bytea),
	('cut', substr(sparse::bytea, 1, length(sparse::bytea) - 1)),
	('header only', substr(sparse::bytea, 1, 5)),
	('nothing', ''::bytea),
	('extended', sparse::bytea || '\x00'),
	('padding', set_byte(sparse::bytea, length(sparse::bytea) - 1,
		get_byte(sparse::bytea, length(sparse::bytea) - 1) | 128)),
	('a value twice', '\x81000d00020000000000000f'::bytea),
	('a value out of order', '\x81000d00020000000000001b'::bytea),
	('more zeros than a hash has', '\x81000d0001000000020000000002'::bytea),
	('an index of more than 26 bits', '\x81000d000100000018'::bytea)
) AS v (what, b);

-- Dense: dictionary count, escapes, dictionary, registers, bitmap, padding. One
-- of these is right, to show that the others fail for the reason they name.
SELECT what, bytes_error(b) FROM s, LATERAL (VALUES
	('layout sparse', set_byte(dense::bytea, 1, 0)),
	('precision one up', set_byte(dense::bytea, 2, 7)),
	('precision one down', set_byte(dense::bytea, 2, 5)),
	('flag of the bitmap', set_byte(dense::bytea, 3, get_byte(dense::bytea, 3) | 128)),
	('dictionary of 31', set_byte(dense::bytea, 3, 31)),
	('dictionary one longer', set_byte(dense::bytea, 3, get_byte(dense::bytea, 3) + 1)),
	('dictionary one shorter', set_byte(dense::bytea, 3, get_byte(dense::bytea, 3) - 1)),
	('dictionary empty', set_byte(dense::bytea, 3, 0)),
	('one escape more', set_byte(dense::bytea, 4, get_byte(dense::bytea, 4) + 1)),
	('too many escapes', set_byte(dense::bytea, 7, 255)),
	('dictionary with a repeat', set_byte(dense::bytea, 9, get_byte(dense::bytea, 8))),
	('dictionary by frequency', '\x81010482000000000c101f00001001'::bytea),
	('dictionary in another order', '\x8101048200000000100c1f00110100'::bytea),
	('no register in the dictionary', set_byte(dense::bytea, 8, 5)),
	('a level that precision 6 lacks', set_byte(dense::bytea, 8, 252)),
	('cut', substr(dense::bytea, 1, length(dense::bytea) - 1)),
	('header only', substr(dense::bytea, 1, 8)),
	('half a header', substr(dense::bytea, 1, 7)),
	('extended', dense::bytea || '\x00'),
	('bitmap without its flag', set_byte(bitmap::bytea, 3, get_byte(bitmap::bytea, 3) & 127)),
	('bitmap of all registers',
		overlay(bitmap::bytea placing '\xffffffffffffffff' from 9 +
		(get_byte(bitmap::bytea, 3) & 127))),
	('bitmap of no register',
		overlay(bitmap::bytea placing '\x0000000000000000' from 9 +
		(get_byte(bitmap::bytea, 3) & 127))),
	('nothing but empty registers', '\x81010480000000000000'::bytea),
	('padding of codes', '\x81010481000000000c070000f0'::bytea),
	('an escape too few', '\x81010481000000000c0700000f'::bytea)
) AS v (what, b);

-- What comes in by COPY passes the same checks; nothing of it is stored.
CREATE TABLE target (s hll);
COPY target FROM stdin;
\\x81000d0001
\.
SELECT count(*) FROM target;

-- A value of another version gets a hint of its own.
SELECT DISTINCT split_part(bytes_error(set_byte(sparse::bytea, 0, n)), E'\n', 3)
FROM s, unnest('{18,16,33}'::integer[]) AS n ORDER BY 1;

-- Arguments out of range.
SELECT error_of(format('SELECT hll_empty(%s)', p))
	FROM unnest('{3,21,-1,2147483647,-2147483648}'::integer[]) AS p;
SELECT error_of(format('SELECT hll_downsample(hll_empty(), %s)', p))
	FROM unnest('{3,14,20,21,-1,2147483647}'::integer[]) AS p;
SELECT error_of(format('SELECT hll_cardinality_bounds(hll_empty(), %L)', c))
FROM unnest('{0,1,-1,2,NaN,Infinity,-Infinity,1e-320}'::float8[]) AS c;
SELECT error_of(format('SELECT hll_add_agg(1, %s)', p))
	FROM unnest('{3,21,2147483647}'::integer[]) AS p;
SELECT error_of('SELECT hll_add_agg(1, NULL)');
SELECT error_of('SELECT hll_add_agg(x, x) FROM generate_series(4, 5) AS x');
SELECT error_of('SELECT hll_empty()::hll(12)');
SELECT error_of('SELECT hll_empty()::hll(14)');
SELECT error_of('SELECT NULL::hll(4, 5)');

-- Support functions of aggregates are for aggregates.
SELECT call, error_of('SELECT ' || call) FROM unnest(ARRAY[
	'hll_add_agg_trans(hll_empty(), sketch_hash_any(1))',
		'hll_add_agg_trans(NULL, sketch_hash_any(1))',
	'hll_add_agg_trans(hll_empty(), sketch_hash_any(1), 13)',
		'hll_add_agg_trans(hll_empty(), 1)',
	'hll_add_agg_trans(NULL::hll, NULL::integer)', 'hll_add_agg_trans(hll_empty(), 1, 13)',
	'hll_add_agg_combine(hll_empty(), hll_empty())', 'hll_add_agg_combine(NULL, NULL)',
	'hll_union_agg_trans(hll_empty(), hll_empty())']) AS call;
-- Final functions change nothing, and need no aggregate around them.
SELECT hll_agg_final(sparse) = sparse, hll_agg_final(dense) = dense,
	hll_agg_final(NULL) IS NULL,
	approx_count_distinct_final(sparse), approx_count_distinct_final(NULL) FROM s;

-- Types that cannot be hashed: by name, at every door.
SELECT error_of('SELECT hll_add(hll_empty(), hll_empty())');
SELECT error_of($$SELECT hll_add_agg('{}'::json)$$);
SELECT error_of($$SELECT hll_add(hll_empty(), '{}'::json)$$);
SELECT error_of($$SELECT approx_count_distinct('a'::tsquery)$$);
SELECT error_of($$SELECT approx_count_distinct('(1,2)'::point, 12)$$);
SELECT error_of($$SELECT hll_add(hll_empty(), ARRAY['(1,2)'::point])$$);
SELECT error_of($$SELECT hll_hash_any('<a/>'::xml)$$);
SELECT error_of($$SELECT hll_add_agg('x'::cstring)$$);

-- Literals without a type, and arguments of wrong types.
SELECT error_of($$SELECT hll_add(hll_empty(), 'x')$$);
SELECT error_of($$SELECT hll_add_agg('x')$$);
SELECT error_of($$SELECT approx_count_distinct('x')$$);
SELECT error_of($$SELECT hll_empty() || 'x'$$);
SELECT error_of($$SELECT # 'x'$$);
SELECT error_of($$SELECT hll_empty() || '{}'::json$$);
SELECT error_of('SELECT hll_union(hll_empty(), 1)');
SELECT error_of('SELECT hll_union_agg(1)');
SELECT error_of('SELECT hll_cardinality(1)');
SELECT error_of('SELECT hll_empty() = 1');
SELECT error_of($$SELECT hll_empty() = 'x'$$);
SELECT error_of($$SELECT hll_empty('x')$$);
SELECT error_of('SELECT hll_hash_integer(3000000000)');
SELECT error_of($$SELECT 'x'::sketch_hash$$);

-- Values that got damaged in the table, past all checks: reading them is an
-- error or gives some answer, and is never a crash. (byteacat passes bytes on.)
CREATE FUNCTION unchecked_hll(bytea, bytea DEFAULT '') RETURNS hll
	LANGUAGE internal IMMUTABLE STRICT AS 'byteacat';
CREATE FUNCTION codes(bytes bytea) RETURNS TABLE (call text, code text) LANGUAGE sql AS $$
	SELECT c, left(error_of('SELECT ' || format(c, format('unchecked_hll(%L)', bytes))), 5)
	FROM unnest(ARRAY['hll_cardinality(%s)', 'hll_info(%s)', 'hll_precision(%s)',
		'hll_is_empty(%s)',
		'hll_add(%s, 1)', '%s || hll_empty()', 'hll_empty() || %s', 'hll_downsample(%s, 4)',
		'hll_union_agg(%s)', '# hll_union_agg(s) FROM (VALUES (%s), (hll_empty())) AS v (s)',
		'hll_out(%s)', 'hll_send(%s)', 'hll_cmp(%s, hll_empty())', 'hll_hash(%s)',
		'hll_cardinality_bounds(%s)', 'hll_agg_final(%s)']) AS c $$;
SELECT what, count(*), bool_or(code = 'XX001') AS some_errors,
	count(*) FILTER (WHERE code NOT IN ('XX001', 'no er')) AS others,
	string_agg(code, '') FILTER (WHERE call = 'hll_cardinality(%s)') AS cardinality
FROM (VALUES
	(1, 'no byte', '\x'::bytea),
	(2, 'type', '\x91000d0000'),
	(3, 'sparse, cut', '\x81000d0005ff'),
	(4, 'dense, dictionary too long', '\x81010d1f00000000'),
	(5, 'dense, cut', '\x81010d0100000000'),
	(6, 'dense, too many escapes', '\x81010481ffffffff0c0f000000'),
	(7, 'working list without the values it counts',
		'\x81020d000500000000000000'::bytea || decode(repeat('00', 48) || repeat('ff', 64),
		'hex')),
	(8, 'working table with more values than it counts',
		'\x810209000100000000000000'::bytea || decode(repeat('00', 48) ||
		'000000004000000080000000' || repeat('ff', 52), 'hex')),
	(9, 'working sketch, pending values no input gives',
		'\x81020d00000000000c000000'::bytea || decode(repeat('3f0000003e0000003d000000', 4),
		'hex')),
	(10, 'working table of a stray size', '\x81020d000000000000000000ffffff'),
	(11, 'working registers, cut', '\x81030d000000000000000000')
) AS v (n, what, bytes), codes(bytes)
GROUP BY n, what ORDER BY n;
SELECT error_of($$SELECT # unchecked_hll('\x81000d0005ff')$$);
SELECT error_of($$SELECT # unchecked_hll('\x')$$);

DROP TABLE s, target;
DROP FUNCTION bytes_error, codes, unchecked_hll;
