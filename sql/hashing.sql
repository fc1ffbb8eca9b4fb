-- sketch_hash and the functions that make one; doc/hashing.md says what is
-- hashed, and test/t/hash_reference.py computes the golden hashes from it.

\pset null '(null)'
SET client_min_messages = warning;
CREATE SCHEMA hashing;
SET search_path = hashing, public;
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE other_mood AS ENUM ('happy', 'grumpy');
CREATE TYPE pair AS (a integer, b text);
CREATE TYPE pair_of_moods AS (a mood, b pair);
CREATE DOMAIN posint AS integer CHECK (value > 0);
CREATE DOMAIN posints AS posint[];
CREATE DOMAIN ready AS sketch_hash;
CREATE TYPE textrange AS RANGE (subtype = text, collation = "C");

-- Golden hashes: these are in the sketches that people have stored.
SELECT label, hash FROM (VALUES
	('smallint 42', sketch_hash_any(42::smallint)),
	('integer 42', sketch_hash_any(42)),
	('bigint 42', sketch_hash_any(42::bigint)),
	('bigint 42, seed 1', sketch_hash_any(42::bigint, 1)),
	('bigint 42, seed -1', sketch_hash_any(42::bigint, -1)),
	('smallint -1', sketch_hash_any((-1)::smallint)),
	('integer -1', sketch_hash_any(-1)),
	('bigint -1', sketch_hash_any((-1)::bigint)),
	('bigint 0', sketch_hash_any(0::bigint)),
	('bigint least', sketch_hash_any('-9223372036854775808'::bigint)),
	('bigint greatest', sketch_hash_any('9223372036854775807'::bigint)),
	('boolean false', sketch_hash_any(false)),
	('boolean true', sketch_hash_any(true)),
	('"char" a', sketch_hash_any('a'::"char")),
	('real 1.5', sketch_hash_any(1.5::real)),
	('real 0.1', sketch_hash_any(0.1::real)),
	('double 1.5', sketch_hash_any(1.5::float8)),
	('double 0.1', sketch_hash_any(0.1::float8)),
	('double 0', sketch_hash_any(0::float8)),
	('double -0', sketch_hash_any('-0'::float8)),
	('double NaN', sketch_hash_any('NaN'::float8)),
	('double Infinity', sketch_hash_any('Infinity'::float8)),
	('numeric 0', sketch_hash_any(0.00)),
	('numeric 1.50', sketch_hash_any(1.50)),
	('numeric -0.001', sketch_hash_any(-0.001)),
	('numeric 1e20', sketch_hash_any(1e20)),
	('numeric NaN', sketch_hash_any('NaN'::numeric)),
	('numeric -Infinity', sketch_hash_any('-Infinity'::numeric)),
	('numeric 2^63', sketch_hash_any(9223372036854775808)),
	('double -1e-7', sketch_hash_any(-1e-7::float8)),
	('double 1.5e300', sketch_hash_any(1.5e300::float8)),
	('double 5e-324', sketch_hash_any(5e-324::float8)),
	('double 123456789012345.67', sketch_hash_any(123456789012345.67::float8)),
	('oid 42', sketch_hash_any(42::oid)),
	('oid 4294967295', sketch_hash_any(4294967295::oid)),
	('xid8 42', sketch_hash_any('42'::xid8)),
	('pg_lsn 1/0', sketch_hash_any('1/0'::pg_lsn)),
	('money 1.50', sketch_hash_any(1.50::numeric::money))
) AS golden (label, hash);

-- Text lengths on both sides of every branch of XXH3.
SELECT label, hash FROM (VALUES
	('text empty', sketch_hash_any(''::text)),
	('text empty, seed 7', sketch_hash_any(''::text, 7)),
	('text a', sketch_hash_any('a'::text)),
	('text abc', sketch_hash_any('abc'::text)),
	('text abc, seed 7', sketch_hash_any('abc'::text, 7)),
	('text e acute', sketch_hash_any(convert_from('\xc3a9', 'UTF8'))),
	('varchar abc', sketch_hash_any('abc'::varchar(5))),
	('varchar blanks', sketch_hash_any('abc  '::varchar(5))),
	('name abc', sketch_hash_any('abc'::name)),
	('char(5) abc', sketch_hash_any('abc'::char(5))),
	('char(5) blank', sketch_hash_any(' '::char(5))),
	('bytea 00ff', sketch_hash_any('\x00ff'::bytea)),
	('enum happy', sketch_hash_any('happy'::mood)),
	('uuid', sketch_hash_any('00112233-4455-6677-8899-aabbccddeeff'::uuid)),
	('uuid, seed 7', sketch_hash_any('00112233-4455-6677-8899-aabbccddeeff'::uuid, 7))
) AS golden (label, hash)
UNION ALL
SELECT format('text of %s', n), sketch_hash_any(repeat('0123456789', n)::varchar(3000)::text)
FROM unnest('{1,2,10,13,15,24,25,102,103,200,300}'::int[]) AS n
UNION ALL
SELECT format('text of %s, seed 7', n), sketch_hash_any(repeat('0123456789', n), 7)
FROM unnest('{1,2,10,13,15,24,25,102,103,200,300}'::int[]) AS n;

SELECT label, hash FROM (VALUES
	('date 2000-01-01', sketch_hash_any('2000-01-01'::date)),
	('date 1999-12-31', sketch_hash_any('1999-12-31'::date)),
	('date 294276-12-31', sketch_hash_any('294276-12-31'::date)),
	('date 294277-01-01', sketch_hash_any('294277-01-01'::date)),
	('date infinity', sketch_hash_any('infinity'::date)),
	('date -infinity', sketch_hash_any('-infinity'::date)),
	('timestamp', sketch_hash_any('2024-02-29 12:34:56.789'::timestamp)),
	('timestamp infinity', sketch_hash_any('infinity'::timestamp)),
	('timestamptz', sketch_hash_any('2024-02-29 12:34:56.789+02'::timestamptz)),
	('timestamptz -infinity', sketch_hash_any('-infinity'::timestamptz)),
	('time', sketch_hash_any('12:34:56.789'::time)),
	('timetz', sketch_hash_any('12:34:56.789+02'::timetz)),
	('interval 0', sketch_hash_any('0'::interval)),
	('interval 1 month', sketch_hash_any('1 month'::interval)),
	('interval -1 us', sketch_hash_any('-1 microsecond'::interval)),
	('interval mixed', sketch_hash_any('1 month -2 days 3.5 seconds'::interval)),
	('interval -mixed', sketch_hash_any('-1 month 2 days -3.5 seconds'::interval)),
	('interval carry', sketch_hash_any('-1 day 24:00:01'::interval)),
	('interval long', sketch_hash_any('178000000 years 1 day -1 second'::interval)),
	('interval -long', sketch_hash_any('-178000000 years -1 day 1 second'::interval)),
	('inet v4', sketch_hash_any('192.168.1.5/24'::inet)),
	('inet v6', sketch_hash_any('2001:db8::1'::inet)),
	('cidr v4', sketch_hash_any('192.168.1.0/24'::cidr)),
	('macaddr', sketch_hash_any('08:00:2b:01:02:03'::macaddr)),
	('macaddr8', sketch_hash_any('08:00:2b:01:02:03:04:05'::macaddr8)),
	('bit 101', sketch_hash_any(B'101')),
	('varbit 101', sketch_hash_any(B'101'::varbit)),
	('varbit 0000000011', sketch_hash_any(B'0000000011'::varbit)),
	('varbit empty', sketch_hash_any(B''::varbit)),
	('sketch_hash', sketch_hash_any(12345::bigint::sketch_hash)),
	('sketch_hash, seed 7', sketch_hash_any(12345::bigint::sketch_hash, 7))
) AS golden (label, hash);

SELECT label, hash FROM (VALUES
	('array empty', sketch_hash_any('{}'::int[])),
	('array {1,2,3}', sketch_hash_any('{1,2,3}'::int[])),
	('array {1,2,3}, seed 7', sketch_hash_any('{1,2,3}'::int[], 7)),
	('array {1,NULL}', sketch_hash_any('{1,NULL}'::int[])),
	('array [0:1]={1,2}', sketch_hash_any('[0:1]={1,2}'::int[])),
	('array {{1,2},{3,4}}', sketch_hash_any('{{1,2},{3,4}}'::int[])),
	('array {a,bc}', sketch_hash_any('{a,bc}'::text[])),
	('range empty', sketch_hash_any('empty'::int4range)),
	('range [1,5)', sketch_hash_any('[1,5)'::int4range)),
	('range (,5)', sketch_hash_any('(,5)'::int4range)),
	('range (,)', sketch_hash_any('(,)'::int4range)),
	('range (1.5,2.5]', sketch_hash_any('(1.5,2.5]'::numrange)),
	('range (1.5,2.5], seed 7', sketch_hash_any('(1.5,2.5]'::numrange, 7)),
	('range of text', sketch_hash_any('[a,b]'::textrange)),
	('multirange empty', sketch_hash_any('{}'::int4multirange)),
	('multirange', sketch_hash_any('{[1,3),[5,)}'::int4multirange)),
	('record (1,a,)', sketch_hash_any(row(1, 'a'::text, null::int))),
	('record (1,a,), seed 7', sketch_hash_any(row(1, 'a'::text, null::int), 7)),
	('composite (1,a)', sketch_hash_any((1, 'a')::pair)),
	('composite nested', sketch_hash_any(('happy', (1, 'a')::pair)::pair_of_moods)),
	('array of composite', sketch_hash_any(array[(1, 'a')::pair, null])),
	('domain 42', sketch_hash_any(42::posint)),
	('domain {1,2,3}', sketch_hash_any('{1,2,3}'::posints)),
	('jsonb null', sketch_hash_any('null'::jsonb)),
	('jsonb true', sketch_hash_any('true'::jsonb)),
	('jsonb false', sketch_hash_any('false'::jsonb)),
	('jsonb 1.50', sketch_hash_any('1.50'::jsonb)),
	('jsonb "abc"', sketch_hash_any('"abc"'::jsonb)),
	('jsonb []', sketch_hash_any('[]'::jsonb)),
	('jsonb {}', sketch_hash_any('{}'::jsonb)),
	('jsonb [1]', sketch_hash_any('[1]'::jsonb)),
	('jsonb nested', sketch_hash_any('{"bb": [1, "x", {}], "c": null, "a": {"k": -2.0}}'::jsonb)),
	('jsonb nested, seed 7', sketch_hash_any('{"bb": [1, "x", {}], "c": null, "a": {"k": -2.0}}'::jsonb, 7))
) AS golden (label, hash);

-- One value, one hash, whatever the function.
SELECT hll_hash_any(42) = sketch_hash_any(42) AS any_,
	hll_hash_boolean(true) = sketch_hash_any(true) AS boolean_,
	hll_hash_smallint(42::smallint) = sketch_hash_any(42) AS smallint_,
	hll_hash_integer(42) = sketch_hash_any(42) AS integer_,
	hll_hash_bigint(42) = sketch_hash_any(42) AS bigint_,
	hll_hash_bytea('\x616263') = sketch_hash_any('abc'::text) AS bytea_,
	hll_hash_text('abc') = sketch_hash_any('abc'::text) AS text_;
SELECT hll_hash_any(42, 7) = sketch_hash_any(42, seed => 7) AS any_,
	hll_hash_boolean(true, 7) = sketch_hash_any(true, 7) AS boolean_,
	hll_hash_smallint(42::smallint, 7) = sketch_hash_any(42, 7) AS smallint_,
	hll_hash_integer(42, 7) = sketch_hash_any(42, 7) AS integer_,
	hll_hash_bigint(42, 7) = sketch_hash_any(42, 7) AS bigint_,
	hll_hash_bytea('\x616263', 7) = sketch_hash_any('abc'::text, 7) AS bytea_,
	hll_hash_text('abc', 7) = sketch_hash_any('abc'::text, 7) AS text_,
	hll_hash_text('abc', 0) = hll_hash_text('abc') AS zero,
	hll_hash_text('abc', 7) <> hll_hash_text('abc') AS seven;

-- NULL, as value or as seed, is NULL.
SELECT sketch_hash_any(null::int) AS any_, sketch_hash_any(1, null) AS seed,
	hll_hash_any(null::text) AS hll_any, hll_hash_boolean(null) AS boolean_,
	hll_hash_smallint(null) AS smallint_, hll_hash_integer(null) AS integer_,
	hll_hash_bigint(null) AS bigint_, hll_hash_bytea(null) AS bytea_,
	hll_hash_text(null) AS text_, hll_hash_text('a', null) AS text_seed;

-- Numbers, and dates and timestamps, that are equal hash alike whatever their types.
SELECT n, sketch_hash_any(n::bigint) = ALL (ARRAY[sketch_hash_any(n::numeric), sketch_hash_any((n || '.00')::numeric),
		sketch_hash_any(n::float8)]) AS same,
	abs(n) > 32767 OR sketch_hash_any(n::smallint) = sketch_hash_any(n::real) AS small
FROM unnest('{0,1,-1,42,-32768,32767,100000,-4294967296,9007199254740992}'::bigint[]) AS n;
SELECT x, sketch_hash_any(x::numeric) = sketch_hash_any(x::float8) AS same
FROM unnest('{0.1,-0.5,1.50,123.456,1e-7,-1e20,1e300,2.5e-300,9223372036854775808,-9223372036854775808,NaN,Infinity,-Infinity}'::text[]) AS x;
SELECT sketch_hash_any('2024-02-29'::date) = sketch_hash_any('2024-02-29 00:00'::timestamp) AS midnight,
	sketch_hash_any('infinity'::date) = sketch_hash_any('infinity'::timestamp) AS infinity,
	sketch_hash_any('-infinity'::date) = sketch_hash_any('-infinity'::timestamp) AS minus_infinity,
	sketch_hash_any(daterange('2024-01-01', '2024-02-01')) =
		sketch_hash_any(tsrange('2024-01-01', '2024-02-01')) AS range,
	count(DISTINCT sketch_hash_any('294276-01-01'::date + d)) AS distinct_dates
FROM generate_series(0, 4999) AS d;
SELECT sketch_hash_any('a fat cat'::tsvector) = sketch_hash_any('cat fat a'::tsvector) AS tsvector,
	sketch_hash_any('a:1 b'::tsvector) <> sketch_hash_any('a b'::tsvector) AS positions;

-- Equal values have equal hashes, unequal ones have not.
CREATE TYPE comparison AS (equal boolean, hash_equal boolean);
CREATE FUNCTION compare(a anyelement, b anyelement) RETURNS comparison
LANGUAGE sql AS 'SELECT row(a = b, sketch_hash_any(a) = sketch_hash_any(b))::comparison';
SELECT label, (c).* FROM (VALUES
	('numeric scale', compare(1.0, 1.00)),
	('numeric exponent', compare(1000.0, 1e3)),
	('numeric sign', compare(0.0, -0.0)),
	('double zeros', compare(0::float8, '-0'::float8)),
	('double NaN', compare('NaN'::float8, -('NaN'::float8))),
	('real zeros', compare(0::real, '-0'::real)),
	('real and double 1.5', compare(1.5::real::float8, 1.5::float8)),
	('real and double 0.1', compare(0.1::real::float8, 0.1::float8)),
	('char padding', compare('a'::char(1), 'a'::char(9))),
	('text blanks', compare('a'::text, 'a '::text)),
	('text zero length', compare(''::text, ' '::text)),
	('bytea zeros', compare('\x00'::bytea, '\x0000'::bytea)),
	('interval month', compare('1 month'::interval, '30 days'::interval)),
	('interval hours', compare('1 day'::interval, '24 hours'::interval)),
	('interval opposite', compare('1 month -30 days'::interval, '0'::interval)),
	('interval differs', compare('1 month'::interval, '31 days'::interval)),
	('timestamptz zone', compare('2024-01-01 12:00+02'::timestamptz, '2024-01-01 10:00+00'::timestamptz)),
	('timetz same instant', compare('12:00+02'::timetz, '10:00+00'::timetz)),
	('inet mask', compare('10.0.0.1/8'::inet, '10.0.0.1/9'::inet)),
	('inet cidr', compare('10.0.0.0/8'::inet, '10.0.0.0/8'::cidr::inet)),
	('inet family', compare('0.0.0.0/0'::inet, '::/0'::inet)),
	('varbit length', compare(B'1'::varbit, B'10'::varbit)),
	('array bounds', compare('{1,2}'::int[], '[0:1]={1,2}'::int[])),
	('array shape', compare('{{1,2}}'::int[], '{{1},{2}}'::int[])),
	('array NULL', compare('{1,NULL}'::int[], '{NULL,1}'::int[])),
	('array NULLs', compare('{NULL}'::int[], '{NULL,NULL}'::int[])),
	('array of numeric', compare('{1.0,2}'::numeric[], '{1,2.0}'::numeric[])),
	('array split', compare('{ab,c}'::text[], '{a,bc}'::text[])),
	('range canonical', compare('[1,5]'::int4range, '[1,6)'::int4range)),
	('range numeric', compare('[1.0,2)'::numrange, '[1,2.00)'::numrange)),
	('range inclusive', compare('[1,2)'::numrange, '[1,2]'::numrange)),
	('range infinite', compare('[,2)'::numrange, '(,2)'::numrange)),
	('range sides', compare('(,2)'::numrange, '(2,)'::numrange)),
	('range empty', compare('(1,1)'::numrange, 'empty'::numrange)),
	('range unbounded', compare('(,)'::numrange, 'empty'::numrange)),
	('multirange order', compare('{[5,6],[1,2]}'::nummultirange, '{[1,2],[5,6]}'::nummultirange)),
	('multirange merge', compare('{[1,2),[2,3)}'::nummultirange, '{[1,3)}'::nummultirange)),
	('multirange split', compare('{[1,2),(2,3)}'::nummultirange, '{[1,3)}'::nummultirange)),
	('jsonb numbers', compare('[1.0, 1e2]'::jsonb, '[1, 100]'::jsonb)),
	('jsonb order', compare('{"a": 1, "b": 2}'::jsonb, '{"b": 2, "a": 1}'::jsonb)),
	('jsonb duplicate', compare('{"a": 1, "a": 2}'::jsonb, '{"a": 2}'::jsonb)),
	('jsonb scalar', compare('1'::jsonb, '[1]'::jsonb)),
	('jsonb string', compare('1'::jsonb, '"1"'::jsonb)),
	('jsonb nesting', compare('[[1], 2]'::jsonb, '[[1, 2]]'::jsonb)),
	('jsonb key', compare('{"a": "b"}'::jsonb, '["a", "b"]'::jsonb)),
	('composite', compare((1, 'a')::pair, (1, 'a')::pair)),
	('composite NULL', compare((1, null)::pair, (1, '')::pair))
) AS v (label, c)
ORDER BY label COLLATE "C";
SELECT row(1, 2.0) = row(1, 2.00) AS equal,
	sketch_hash_any(row(1, 2.0)) = sketch_hash_any(row(1, 2.00)) AS hash_equal,
	sketch_hash_any(row(1, null::int)) = sketch_hash_any(row(1)) AS shorter,
	sketch_hash_any(row(1, 2)) = sketch_hash_any(array[1, 2]) AS array_;
SELECT sketch_hash_any('happy'::mood) = sketch_hash_any('happy'::other_mood) AS by_label;
ALTER TYPE other_mood RENAME VALUE 'happy' TO 'glad';
SELECT sketch_hash_any('happy'::mood) <> sketch_hash_any('glad'::other_mood) AS renamed;

-- As many hashes as values, type by type.
CREATE TABLE many AS
	SELECT i, md5(i::text) AS m, '2024-01-01'::timestamp + i * interval '1 minute' AS t
	FROM generate_series(-5000, 5000) AS i;
SELECT type, values, hashes, values = hashes AS same FROM (
	SELECT 'smallint', count(DISTINCT i::smallint), count(DISTINCT sketch_hash_any(i::smallint)) FROM many
	UNION ALL
	SELECT 'bigint', count(DISTINCT i * 4294967296), count(DISTINCT sketch_hash_any(i * 4294967296)) FROM many
	UNION ALL
	SELECT 'real', count(DISTINCT i::real / 3), count(DISTINCT sketch_hash_any(i::real / 3)) FROM many
	UNION ALL
	SELECT 'double', count(DISTINCT i::float8 / 3), count(DISTINCT sketch_hash_any(i::float8 / 3)) FROM many
	UNION ALL
	SELECT 'numeric', count(DISTINCT i / 8.0), count(DISTINCT sketch_hash_any(i / 8.0)) FROM many
	UNION ALL
	SELECT '"char"', count(DISTINCT (i % 128)::"char"), count(DISTINCT sketch_hash_any((i % 128)::"char")) FROM many
	UNION ALL
	SELECT 'text', count(DISTINCT m), count(DISTINCT sketch_hash_any(m)) FROM many
	UNION ALL
	SELECT 'char', count(DISTINCT m::char(4)), count(DISTINCT sketch_hash_any(m::char(4))) FROM many
	UNION ALL
	SELECT 'uuid high', count(DISTINCT m::uuid), count(DISTINCT sketch_hash_any(m::uuid)) FROM many
	UNION ALL
	SELECT 'uuid swapped', count(DISTINCT u), count(DISTINCT sketch_hash_any(u)) FROM many,
		LATERAL (SELECT (CASE WHEN i % 2 = 0 THEN left(m, 16) || right(m, 16) ELSE right(m, 16) || left(m, 16) END)::uuid AS u) AS s
	UNION ALL
	SELECT 'date', count(DISTINCT t::date + i), count(DISTINCT sketch_hash_any(t::date + i)) FROM many
	UNION ALL
	SELECT 'timestamp', count(DISTINCT t), count(DISTINCT sketch_hash_any(t)) FROM many
	UNION ALL
	SELECT 'time', count(DISTINCT t::time), count(DISTINCT sketch_hash_any(t::time)) FROM many
	UNION ALL
	SELECT 'timetz', count(DISTINCT z), count(DISTINCT sketch_hash_any(z)) FROM many,
		LATERAL (SELECT (t::time || '+' || abs(i) % 12)::timetz AS z) AS s
	UNION ALL
	SELECT 'interval', count(DISTINCT v), count(DISTINCT sketch_hash_any(v)) FROM many,
		LATERAL (SELECT make_interval(months => i % 40, days => i % 61, hours => 24 * (i % 5)) AS v) AS s
	UNION ALL
	SELECT 'inet', count(DISTINCT v), count(DISTINCT sketch_hash_any(v)) FROM many,
		LATERAL (SELECT set_masklen('10.1.1.0'::inet + i, abs(i) % 33) AS v) AS s
	UNION ALL
	SELECT 'cidr', count(DISTINCT v), count(DISTINCT sketch_hash_any(v)) FROM many,
		LATERAL (SELECT set_masklen(('2001:db8::'::inet + abs(i))::cidr, 100 + abs(i) % 29) AS v) AS s
	UNION ALL
	SELECT 'macaddr', count(DISTINCT left(m, 12)::macaddr), count(DISTINCT sketch_hash_any(left(m, 12)::macaddr)) FROM many
	UNION ALL
	SELECT 'macaddr8', count(DISTINCT left(m, 16)::macaddr8), count(DISTINCT sketch_hash_any(left(m, 16)::macaddr8)) FROM many
	UNION ALL
	SELECT 'varbit', count(DISTINCT v), count(DISTINCT sketch_hash_any(v)) FROM many,
		LATERAL (SELECT substring(i::bit(16), 1, abs(i) % 17)::varbit AS v) AS s
	UNION ALL
	SELECT 'array', count(DISTINCT v), count(DISTINCT sketch_hash_any(v)) FROM many,
		LATERAL (SELECT array[i % 3, nullif(i % 5, 0), i % 11] AS v) AS s
	UNION ALL
	SELECT 'range', count(DISTINCT v), count(DISTINCT sketch_hash_any(v)) FROM many,
		LATERAL (SELECT numrange(nullif(i % 9, 0), nullif(i % 5, 0) + 10, (array['[]', '[)', '(]', '()'])[abs(i) % 4 + 1]) AS v) AS s
	UNION ALL
	SELECT 'multirange', count(DISTINCT v), count(DISTINCT sketch_hash_any(v)) FROM many,
		LATERAL (SELECT int4multirange(int4range(i % 7, 10), int4range(10 + abs(i) % 3, 20 + i % 5)) AS v) AS s
	UNION ALL
	SELECT 'record', count(DISTINCT v), count(DISTINCT sketch_hash_any(v)) FROM many,
		LATERAL (SELECT row(nullif(i % 5, 0), nullif(i % 7, 0), left(m, 1)) AS v) AS s
	UNION ALL
	SELECT 'jsonb', count(DISTINCT v), count(DISTINCT sketch_hash_any(v)) FROM many,
		LATERAL (SELECT jsonb_build_object('a', i % 5, left(m, 1), jsonb_build_array(i % 7, null, left(m, 1))) AS v) AS s
) AS v (type, values, hashes)
ORDER BY type COLLATE "C";
ANALYZE many;

-- The same value hashes the same however it is stored.
CREATE TABLE stored (
	how text, t text, c char(3000), b bytea, n numeric, v varbit, j jsonb,
	a int[], p pair, r textrange, m textmultirange);
INSERT INTO stored
	SELECT 'compressed', repeat('0123456789', 1000), repeat('0123456789', 290), decode(repeat('00ff', 5000), 'hex'),
		repeat('9', 9000)::numeric, repeat('01', 9000)::varbit, to_jsonb(repeat('0123456789', 1000)),
		array_fill(7, array[5000]), (1, repeat('0123456789', 1000))::pair,
		textrange('a', repeat('z', 9000)), textmultirange(textrange('a', repeat('z', 9000)));
CREATE TABLE stored_outside (LIKE stored);
ALTER TABLE stored_outside ALTER t SET STORAGE EXTERNAL, ALTER c SET STORAGE EXTERNAL,
	ALTER b SET STORAGE EXTERNAL, ALTER n SET STORAGE EXTERNAL, ALTER v SET STORAGE EXTERNAL,
	ALTER j SET STORAGE EXTERNAL, ALTER a SET STORAGE EXTERNAL, ALTER p SET STORAGE EXTERNAL,
	ALTER r SET STORAGE EXTERNAL, ALTER m SET STORAGE EXTERNAL;
INSERT INTO stored_outside
	SELECT 'outside', t || '', c || '', b || '', n + 0, v || B'', to_jsonb(t), a || '{}', (1, t || '')::pair,
		textrange('a', repeat('z', 9000)), textmultirange(textrange('a', repeat('z', 9000))) FROM stored;
SELECT pg_column_size(s.t) < 9000 AS compressed, pg_column_size(o.t) > 9000 AS outside,
	sketch_hash_any(s.t) = sketch_hash_any(repeat('0123456789', 1000))
		AND sketch_hash_any(o.t) = sketch_hash_any(repeat('0123456789', 1000)) AS text_,
	hll_hash_text(s.t) = sketch_hash_any(o.t) AND hll_hash_bytea(o.b) = sketch_hash_any(s.b) AS bytes,
	sketch_hash_any(s.c) = sketch_hash_any(o.c) AND sketch_hash_any(o.c) = sketch_hash_any(repeat('0123456789', 290)) AS char_,
	sketch_hash_any(s.n) = sketch_hash_any(o.n) AND sketch_hash_any(o.n) = sketch_hash_any(repeat('9', 9000)) AS numeric_,
	sketch_hash_any(s.v) = sketch_hash_any(o.v) AND sketch_hash_any(o.v) = sketch_hash_any(repeat('01', 9000)::varbit) AS varbit_,
	sketch_hash_any(s.j) = sketch_hash_any(o.j) AND sketch_hash_any(o.j) = sketch_hash_any(to_jsonb(repeat('0123456789', 1000))) AS jsonb_,
	sketch_hash_any(s.a) = sketch_hash_any(o.a) AND sketch_hash_any(o.a) = sketch_hash_any(array_fill(7, array[5000])) AS array_,
	sketch_hash_any(s.p) = sketch_hash_any(o.p) AND sketch_hash_any(o.p) = sketch_hash_any((1, repeat('0123456789', 1000))::pair) AS pair_,
	sketch_hash_any(s.r) = sketch_hash_any(o.r) AND sketch_hash_any(o.r) = sketch_hash_any(textrange('a', repeat('z', 9000))) AS range_,
	sketch_hash_any(s.m) = sketch_hash_any(o.m) AND sketch_hash_any(o.m) = sketch_hash_any(textmultirange(textrange('a', repeat('z', 9000)))) AS multirange_
FROM stored AS s, stored_outside AS o;

-- Records: columns that change from row to row, or were dropped.
SELECT sketch_hash_any(r) = expected AS same FROM (VALUES
	(row(1, 2), sketch_hash_any(row(1, 2))),
	(row('a'::text, 1.5, true), sketch_hash_any(row('a'::text, 1.5, true))),
	(row(row(1.50, 'b'::text), 2), sketch_hash_any(row(row(1.5, 'b'::text), 2))),
	(row(array[1, 2], 2), sketch_hash_any(row(array[1, 2], 2))),
	(row('{a}'::text[], '[1,2]'::numrange), sketch_hash_any(row('{a}'::text[], '[1,2]'::numrange))),
	(row(1, 2), sketch_hash_any(row(1, 2)))
) AS v (r, expected);
CREATE TABLE dropped (a int, gone text, b text);
INSERT INTO dropped VALUES (1, 'x', 'a');
ALTER TABLE dropped DROP gone;
SELECT sketch_hash_any(d) = sketch_hash_any((1, 'a')::pair) AS same FROM dropped AS d;
ALTER TABLE dropped ADD c int DEFAULT 3;
SELECT sketch_hash_any(d) = sketch_hash_any(row(1, 'a'::text, 3)) AS same FROM dropped AS d;
SELECT sketch_hash_any(array[row(1, 2), row(3, 4)]) = sketch_hash_any(array[row(1, 2), row(3, 5)]) AS same;

-- Values that a procedure holds in its own, expanded form.
DO $$
DECLARE
	a int[] := '{1}';
	r pair := (1, 'a');
BEGIN
	a[2] := 2;
	r.b := 'b';
	ASSERT sketch_hash_any(a) = sketch_hash_any('{1,2}'::int[]);
	ASSERT sketch_hash_any(r) = sketch_hash_any((1, 'b')::pair);
END
$$;

-- Infinite intervals (PostgreSQL 17): the totals of their extreme fields.
DO $$
DECLARE
	positive sketch_hash;
	negative sketch_hash;
BEGIN
	IF current_setting('server_version_num')::int >= 170000 THEN
		EXECUTE 'SELECT sketch_hash_any(''infinity''::interval), sketch_hash_any(''-infinity''::interval)'
			INTO positive, negative;
		ASSERT positive = '3420311540507452178', positive;
		ASSERT negative = '-6861214805994590969', negative;
	END IF;
END
$$;

-- sketch_hash: a hash is a hash already, a domain over it as well.
SELECT sketch_hash_any(h) = h AS same, sketch_hash_any(h::ready) = h AS domain_,
	sketch_hash_any(h, 7) = sketch_hash_any(h::bigint, 7) AS seeded,
	sketch_hash_any(array[h]) = sketch_hash_any(array[h::ready]) AS array_
FROM (SELECT sketch_hash_any('x'::text)) AS s (h);

-- It is still known as one if its input function has a setting or another name.
BEGIN;
ALTER FUNCTION sketch_hash_in(cstring) SET work_mem = '4MB';
ALTER FUNCTION sketch_hash_in(cstring) RENAME TO read_hash;
SELECT sketch_hash_any(h) = h AS same FROM (SELECT sketch_hash_any('y'::text)) AS s (h);
ROLLBACK;

-- Its text form and casts.
SELECT '-9223372036854775808'::sketch_hash AS least, ' 9223372036854775807 '::sketch_hash AS greatest,
	'+5'::sketch_hash::bigint AS five, (-7)::bigint::sketch_hash AS seven,
	5::bigint::sketch_hash = '5'::sketch_hash AS equal;
SELECT castcontext, castmethod FROM pg_cast
WHERE 'sketch_hash'::regtype IN (castsource, casttarget);
SELECT sketch_hash_send('258'::sketch_hash);
SELECT 'abc'::sketch_hash;
SELECT ''::sketch_hash;
SELECT '5 5'::sketch_hash;
SELECT '0x10'::sketch_hash;
SELECT '9223372036854775808'::sketch_hash;
SELECT '-9223372036854775809'::sketch_hash;
SELECT 5::sketch_hash;

-- Types that cannot be hashed: alone, in a domain, within another type.
CREATE DOMAIN loose AS json;
CREATE TYPE holder AS (i int, j json);
SELECT sketch_hash_any('{}'::json);
SELECT sketch_hash_any('{}'::loose);
SELECT sketch_hash_any('{}'::json[]);
SELECT sketch_hash_any(row(1, null::json));
SELECT sketch_hash_any((1, null)::holder);
SELECT hll_hash_any('(1,2)'::point);
SELECT sketch_hash_any(1::oid);
SELECT sketch_hash_any('int4'::regtype);
SELECT sketch_hash_any('1.5'::money);
SELECT sketch_hash_any('{"(1,2)"}'::point[]);
SELECT sketch_hash_any('x'::cstring);
SELECT sketch_hash_any(histogram_bounds) FROM pg_stats WHERE tablename = 'many' AND attname = 'i';
SELECT sketch_hash_any('x');
SELECT sketch_hash_any(null);

SELECT sketch_hash_any('<a/>'::xml);

-- Text is hashed by its bytes, so it is refused under a collation in which
-- different bytes can be equal.
CREATE FUNCTION under_collation(expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	hint text;
BEGIN
	EXECUTE 'SELECT ' || expression;
	RETURN 'no error';
EXCEPTION WHEN feature_not_supported THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(E'\n', sqlerrm, detail, hint);
END
$$;
CREATE COLLATION ignore_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT expression, under_collation(expression) FROM (VALUES
	('sketch_hash_any(''a''::text COLLATE ignore_case)'),
	('sketch_hash_any(''a''::char(3) COLLATE ignore_case)'),
	('sketch_hash_any(ARRAY[''a''::text COLLATE ignore_case])'),
	('hll_add_agg(x COLLATE ignore_case) FROM (VALUES (''a''::text)) AS v (x)'),
	('sketch_hash_any((''a''::text COLLATE ignore_case) COLLATE "C")'),
	('sketch_hash_any(''a''::text COLLATE "C")')
) AS v (expression);

-- citext hashes as it compares.
CREATE EXTENSION citext;
SELECT sketch_hash_any('Abc'::citext) = sketch_hash_any('aBC'::citext) AS same,
	sketch_hash_any('Abc'::citext) = sketch_hash_any('abc'::text) AS lower_case,
	sketch_hash_any('Abc'::citext) <> sketch_hash_any('abd'::citext) AS other,
	sketch_hash_any(ARRAY['A'::citext]) = sketch_hash_any(ARRAY['a'::citext]) AS array_;
DROP EXTENSION citext;

-- Nesting is bounded by the stack, not by a crash.
CREATE FUNCTION nested(depth int) RETURNS sketch_hash LANGUAGE plpgsql AS $$
DECLARE
	r record := row(1);
BEGIN
	FOR i IN 1 .. depth LOOP
		r := row(r);
	END LOOP;
	RETURN sketch_hash_any(r);
END
$$;
SELECT nested(1) = sketch_hash_any(row(row(1))) AS two_levels;
SET max_stack_depth = '100kB';
\set VERBOSITY terse
SELECT nested(1000);
\set VERBOSITY default
RESET max_stack_depth;

-- Operators and operator classes.
SELECT a < b AS lt, a <= b AS le, a = b AS eq, a <> b AS ne, a >= b AS ge, a > b AS gt,
	sketch_hash_cmp(a, b) AS cmp
FROM (VALUES ('-1'::sketch_hash, '1'::sketch_hash), ('1', '1'), ('1', '-1')) AS v (a, b);
SELECT a < null AS lt, a <= null AS le, a = null AS eq, a <> null AS ne, a >= null AS ge, a > null AS gt
FROM (VALUES ('1'::sketch_hash)) AS v (a);
CREATE TABLE hashes AS
	SELECT i, sketch_hash_any(i % 1000) AS h FROM generate_series(1, 5000) AS i;
CREATE INDEX hashes_btree ON hashes (h);
CREATE INDEX hashes_hash ON hashes USING hash (h);
ANALYZE hashes;
SELECT count(*), count(DISTINCT h) FROM hashes;
SELECT count(*) FROM (SELECT DISTINCT h FROM hashes) AS s;
SELECT count(*), max(n) FROM (SELECT h, count(*) AS n FROM hashes GROUP BY h) AS s;
SELECT h IS NOT DISTINCT FROM sketch_hash_any(1) AS same FROM hashes WHERE i = 1;
SELECT count(*) FROM (SELECT h FROM hashes UNION SELECT h FROM hashes) AS s;
SELECT bool_and(h::bigint >= previous::bigint) AS sorted
FROM (SELECT h, lag(h) OVER (ORDER BY h) AS previous FROM hashes) AS s;

SET enable_seqscan = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT i FROM hashes WHERE h < '-9000000000000000000' ORDER BY h;
SELECT count(*) = (SELECT count(*) FROM hashes WHERE h::bigint < -9000000000000000000) AS same
FROM hashes WHERE h < '-9000000000000000000';
DROP INDEX hashes_btree;
EXPLAIN (COSTS OFF) SELECT i FROM hashes WHERE h = sketch_hash_any(42);
SELECT i FROM hashes WHERE h = sketch_hash_any(42) ORDER BY i;
RESET enable_seqscan;
RESET enable_bitmapscan;
DROP INDEX hashes_hash;

SET enable_nestloop = off;
SET enable_mergejoin = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM hashes AS a JOIN hashes AS b USING (h);
SELECT count(*) FROM hashes AS a JOIN hashes AS b USING (h);
RESET enable_mergejoin;
SET enable_hashjoin = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM hashes AS a JOIN hashes AS b USING (h);
SELECT count(*) FROM hashes AS a JOIN hashes AS b USING (h);
RESET enable_hashjoin;
RESET enable_nestloop;
CREATE TABLE parts (h sketch_hash) PARTITION BY HASH (h);
CREATE TABLE parts_0 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parts SELECT h FROM hashes;
SELECT count(*), count(DISTINCT tableoid) FROM parts;

-- Every function is immutable, strict, parallel safe, and says what it is for.
SELECT p.oid::regprocedure AS careless
FROM pg_proc AS p
	JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
	JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'pgext'
WHERE (p.proname LIKE 'sketch\_hash%' OR p.proname LIKE 'hll\_hash\_%')
	AND NOT (p.provolatile = 'i' AND p.proparallel = 's' AND p.proisstrict
		AND obj_description(p.oid, 'pg_proc') IS NOT NULL);
SELECT amname, opcname, amvalidate(c.oid) AS valid
FROM pg_opclass AS c JOIN pg_am AS a ON a.oid = c.opcmethod
WHERE opcintype = 'sketch_hash'::regtype ORDER BY amname COLLATE "C";

DROP SCHEMA hashing CASCADE;
RESET search_path;
RESET client_min_messages;
\pset null ''
