-- hll(p): columns, casts and domains that take one precision only.

\pset null '(null)'
SET client_min_messages = warning;

CREATE TABLE fine (s hll(14));
CREATE TABLE coarse (s hll(11));
CREATE TABLE free (s hll);

-- Right, wrong in both directions, NULL, and from a column without typmod.
INSERT INTO coarse VALUES (hll_empty(11)), (NULL);
INSERT INTO coarse SELECT hll_add_agg(x, 11) FROM generate_series(1, 9000) AS x;
INSERT INTO coarse VALUES ('\x81000b0000');
SELECT error_of('INSERT INTO coarse VALUES (hll_add(hll_empty(), 1))');
SELECT error_of('INSERT INTO fine VALUES (hll_add(hll_empty(), 1))');
SELECT error_of($$INSERT INTO coarse VALUES ('\x81000d0001000000020000000001')$$);
INSERT INTO free VALUES (hll_empty(11)), (hll_add(hll_empty(14), 1)), (NULL);
SELECT error_of('INSERT INTO coarse SELECT s FROM free');
SELECT error_of('UPDATE coarse SET s = hll_add(hll_empty(14), 1)');
SELECT error_of('UPDATE coarse SET s = s || hll_add(hll_empty(4), 1)');
SELECT error_of('UPDATE coarse SET s = s || hll_add(hll_empty(20), 1) WHERE s IS NULL');
SELECT error_of('UPDATE coarse SET s = s || hll_add(hll_empty(20), 1) WHERE hll_is_empty(s)');
UPDATE coarse SET s = s || hll_add(hll_empty(20), -1) WHERE NOT hll_is_empty(s);
SELECT hll_precision(s), round((# s) / 100) * 100 AS about, count(*) FROM coarse GROUP BY 1,
	2 ORDER BY 1, 2;
SELECT count(*) AS stored FROM fine;

-- COPY.
COPY coarse FROM stdin;
\\x81000b0000
\N
\.
COPY coarse FROM stdin;
\\x81000d0001000000020000000001
\.
SELECT count(*) FROM coarse;

-- Casts. An explicit one does not lower the precision unseen either.
SELECT hll_empty(11)::hll(11), CAST(hll_empty(4) AS hll(4)), '\x81000b0000'::hll(11), NULL::hll(11);
SELECT error_of('SELECT hll_add(hll_empty(11), 1)::hll(10)');
SELECT error_of('SELECT hll_add(hll_empty(11), 1)::hll(12)');
SELECT error_of($$SELECT '\x81000b0001000000020000000001'::hll(12)$$);
SELECT error_of($$SELECT ('\x81000b0001000000020000000001'::text)::hll(12)$$);
SELECT error_of('SELECT hll_add(hll_empty(11), 1)::bytea::hll(12)');
SELECT hll_empty(11)::hll(11)::hll AS back,
	hll_downsample(hll_empty(13), 12)::hll(12) AS lowered;
SELECT hll_enforce_typmod(hll_empty(12), -1, false) AS no_typmod,
	hll_enforce_typmod(hll_empty(12), 12, false) AS typmod;
SELECT error_of('SELECT hll_enforce_typmod(hll_add(hll_empty(12), 1), 13, true)');

-- ALTER TABLE checks what is there, and converts with hll_downsample().
SELECT error_of('ALTER TABLE coarse ALTER s TYPE hll(12)');
SELECT error_of('ALTER TABLE coarse ALTER s TYPE hll(12) USING hll_downsample(s, 12)');
ALTER TABLE coarse ALTER s TYPE hll(9) USING hll_downsample(s, 9);
ALTER TABLE free ALTER s TYPE hll(10) USING hll_downsample(s, 10);
SELECT hll_precision(s), count(*) FROM (SELECT s FROM coarse UNION ALL SELECT s
	FROM free) AS v GROUP BY 1 ORDER BY 1;
ALTER TABLE coarse ALTER s TYPE hll;
INSERT INTO coarse VALUES (hll_empty(20));
ALTER TABLE fine ALTER s SET DEFAULT hll_empty(14);
INSERT INTO fine DEFAULT VALUES;
ALTER TABLE fine ALTER s SET DEFAULT hll_empty(13);
INSERT INTO fine DEFAULT VALUES;
SELECT s = hll_empty(14) AS by_default FROM fine;
ALTER TABLE fine ALTER s SET DEFAULT hll_add(hll_empty(13), 1);
SELECT error_of('INSERT INTO fine DEFAULT VALUES');

-- An empty sketch fits, and takes the precision of the column.
CREATE TABLE fits (n serial, s hll(11));
INSERT INTO fits (s) VALUES (hll_empty()), (hll_empty(4)), (hll_empty(20)), ('\x81000d0000'),
	('\x81000d0000'::text::hll), (coalesce(NULL, hll_empty())), (hll_empty() || hll_empty(14));
COPY fits (s) FROM stdin;
\\x8100140000
\.
UPDATE fits SET s = s || hll_add(hll_empty(), n) WHERE n > 8;
UPDATE fits SET s = hll_add(s, n);
SELECT DISTINCT hll_precision(s), # s AS "#" FROM fits;
SELECT hll_precision(hll_empty(4)::hll(20)) AS by_cast, hll_empty(4)::hll(4) = hll_empty(4) AS same,
	hll_precision(hll_downsample(hll_empty(4), 20)) AS raised;
SELECT error_of('SELECT hll_downsample(hll_add(hll_empty(4), 1), 20)');
SELECT error_of('SELECT hll_enforce_typmod(hll_empty(12), 21, true)');
DROP TABLE fits;

-- How a type is written.
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid IN ('fine'::regclass, 'coarse'::regclass, 'free'::regclass) AND attnum > 0
	ORDER BY atttypmod;
SELECT typmod, format_type('hll'::regtype, typmod)
	FROM unnest('{-1,4,20}'::integer[]) AS typmod;
SELECT hll_typmod_in('{13}'), hll_typmod_out(13);
CREATE VIEW seen AS SELECT s::hll(14) AS s, '\x81000e0000'::hll(14) AS constant FROM fine;
SELECT strpos(pg_get_viewdef('seen'), $$'\x81000e0000'::hll(14) AS constant$$) > 0 AS as_written;
SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'seen'::regclass;
DROP VIEW seen;

-- Typmods that are none.
SELECT error_of('CREATE TABLE bad (s hll(3))');
SELECT error_of('CREATE TABLE bad (s hll(21))');
SELECT error_of('CREATE TABLE bad (s hll(-1))');
SELECT error_of('CREATE TABLE bad (s hll(2147483647))');
SELECT error_of('CREATE TABLE bad (s hll(2147483648))');
SELECT error_of('CREATE TABLE bad (s hll())') LIKE '42601 syntax error%' AS refused;
SELECT error_of('CREATE TABLE bad (s hll(1, 2))');
SELECT error_of($$CREATE TABLE bad (s hll('x'))$$);
SELECT error_of('SELECT hll_typmod_in(ARRAY[]::cstring[])');
SELECT error_of('SELECT hll_typmod_in(ARRAY[NULL]::cstring[])');

-- Domains, arrays, composites, function results.
CREATE DOMAIN daily AS hll(12);
CREATE DOMAIN filled AS hll CHECK (NOT hll_is_empty(VALUE));
SELECT hll_empty(12)::daily, pg_typeof(hll_empty(12)::daily),
	# hll_add(hll_empty(12), 1)::daily AS "#", hll_precision(hll_empty(12)::daily || hll_empty(8));
SELECT error_of('SELECT hll_add(hll_empty(13), 1)::daily');
SELECT error_of('SELECT hll_empty()::filled');
SELECT # hll_union_agg(d) AS "union" FROM (VALUES (hll_add(hll_empty(), 1)::filled),
	(hll_add(hll_empty(), 2)::filled)) AS v (d);
CREATE TABLE many (a hll(12)[]);
INSERT INTO many VALUES (ARRAY[hll_empty(12), NULL]), ('{"\\x81000c0000"}'), ('{}'), (NULL);
SELECT error_of('INSERT INTO many VALUES (ARRAY[hll_add(hll_empty(12), 1), hll_add(hll_empty(13), 1)])');
SELECT error_of($$INSERT INTO many VALUES ('{"\\x81000d0001000000020000000001"}')$$);
SELECT a FROM many;
SELECT format_type(atttypid, atttypmod) FROM pg_attribute
	WHERE attrelid = 'many'::regclass AND attname = 'a';

DROP TABLE fine, coarse, free, many;
DROP DOMAIN daily, filled;
