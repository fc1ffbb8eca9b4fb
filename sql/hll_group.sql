-- Sketches and hashes as values to group, sort, join and index by.

\pset null '(null)'
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
SET jit = off;

-- 300 rows with 30 sketches: row n has the sketch of 1 .. n % 30, made by
-- different ways, so that equal ones come from different adds and unions.
CREATE TABLE row_of AS
SELECT n, n % 30 AS k,
	CASE WHEN n % 2 = 0 THEN hll_add_agg(x)
		ELSE hll_union_agg(hll_add(hll_empty(), x) ORDER BY x DESC) END AS s,
	sketch_hash_any(n % 30) AS h
FROM generate_series(1, 300) AS n, generate_series(0, n % 30) AS x GROUP BY n;
ANALYZE row_of;

-- GROUP BY and DISTINCT, by sorting and by hashing.
CREATE VIEW groups AS SELECT s, count(*) AS rows, count(DISTINCT k) AS ks FROM row_of
	GROUP BY s;
CREATE VIEW distincts AS SELECT DISTINCT s, h FROM row_of;
SET enable_hashagg = off;
SELECT plan_of('SELECT count(*) FROM row_of GROUP BY s');
SELECT count(*) AS groups, sum(rows) AS rows, max(rows) AS largest,
	max(ks) AS different_in_one FROM groups;
SELECT count(*) FROM distincts;
RESET enable_hashagg;
SET enable_sort = off;
SELECT plan_of('SELECT count(*) FROM row_of GROUP BY s');
SELECT plan_of('SELECT DISTINCT h FROM row_of');
SELECT count(*) AS groups, sum(rows) AS rows, max(rows) AS largest,
	max(ks) AS different_in_one FROM groups;
SELECT count(*) FROM distincts;
RESET enable_sort;
SELECT count(DISTINCT s) AS sketches, count(DISTINCT h) AS hashes, count(DISTINCT (s,
	h)) AS pairs FROM row_of;

-- Set operations.
SELECT count(*) FROM (SELECT s FROM row_of WHERE k < 20 UNION SELECT s FROM row_of
	WHERE k >= 10) AS v;
SELECT count(*) FROM (SELECT s FROM row_of WHERE k < 20 INTERSECT SELECT s FROM row_of
	WHERE k >= 10) AS v;
SELECT count(*) FROM (SELECT s FROM row_of WHERE k < 20 EXCEPT SELECT s FROM row_of
	WHERE k >= 10) AS v;
SELECT count(*) FROM (SELECT h FROM row_of WHERE k < 20 INTERSECT ALL SELECT h FROM row_of
	WHERE k >= 10) AS v;

-- Joins: of each sketch with itself, 30 times 10 times 10 pairs.
SET enable_nestloop = off;
SET enable_mergejoin = off;
SELECT plan_of('SELECT * FROM row_of AS a JOIN row_of AS b ON a.s = b.s');
SELECT count(*) AS pairs, count(*) FILTER (WHERE a.k <> b.k) AS wrong FROM row_of AS a
	JOIN row_of AS b ON a.s = b.s;
SELECT plan_of('SELECT * FROM row_of AS a JOIN row_of AS b ON a.h = b.h');
SELECT count(*) AS pairs, count(*) FILTER (WHERE a.k <> b.k) AS wrong FROM row_of AS a
	JOIN row_of AS b ON a.h = b.h;
RESET enable_mergejoin;
SET enable_hashjoin = off;
SELECT plan_of('SELECT * FROM row_of AS a JOIN row_of AS b ON a.s = b.s');
SELECT count(*) AS pairs, count(*) FILTER (WHERE a.k <> b.k) AS wrong FROM row_of AS a
	JOIN row_of AS b ON a.s = b.s;
SELECT plan_of('SELECT * FROM row_of AS a JOIN row_of AS b ON a.h = b.h');
SELECT count(*) AS pairs, count(*) FILTER (WHERE a.k <> b.k) AS wrong FROM row_of AS a
	JOIN row_of AS b ON a.h = b.h;
RESET enable_hashjoin;
RESET enable_nestloop;

-- Sorting is by the bytes, and of hashes by number.
SELECT bool_and(s::bytea >= before::bytea) AS by_bytes,
	count(*) FILTER (WHERE before IS NULL) AS first
FROM (SELECT s, lag(s) OVER (ORDER BY s) AS before FROM row_of) AS v;
SELECT bool_and(h::bigint >= before::bigint) AS by_number, min(h::bigint) < 0 AS some_negative
FROM (SELECT h, lag(h) OVER (ORDER BY h) AS before FROM row_of) AS v;
SELECT bool_and(s::bytea <= before::bytea) AS descending
FROM (SELECT s, lag(s) OVER () AS before FROM (SELECT s FROM row_of
	ORDER BY s USING >) AS v) AS w;

-- Indexes: unique, ordered, hash.
CREATE TABLE keyed (s hll PRIMARY KEY, h sketch_hash UNIQUE);
INSERT INTO keyed SELECT DISTINCT s, h FROM row_of;
SELECT error_of('INSERT INTO keyed VALUES (hll_add(hll_empty(), 0), NULL)')
	LIKE '23505 duplicate key value violates unique constraint "keyed_pkey"%' AS refused;
SELECT error_of('INSERT INTO keyed VALUES (hll_empty(), sketch_hash_any(0))')
	LIKE '23505 duplicate key value violates unique constraint "keyed_h_key"%' AS refused;
INSERT INTO keyed VALUES (hll_add(hll_empty(), 0), NULL) ON CONFLICT (s)
	DO UPDATE SET h = keyed.h RETURNING h = sketch_hash_any(0) AS same_row;
CREATE INDEX row_of_btree ON row_of (s);
CREATE INDEX row_of_h ON row_of (h);
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT plan_of('SELECT k FROM row_of WHERE s = hll_add(hll_empty(), 0)');
SELECT k, count(*) FROM row_of WHERE s = hll_add(hll_empty(), 0) GROUP BY k;
SELECT plan_of('SELECT k FROM row_of WHERE s > hll_empty() ORDER BY s');
SELECT count(*) FROM row_of WHERE s > (SELECT s FROM row_of WHERE n = 17);
SELECT count(*) FROM row_of WHERE s::bytea > (SELECT s::bytea FROM row_of WHERE n = 17);
SELECT plan_of('SELECT k FROM row_of WHERE h = sketch_hash_any(7)');
SELECT k, count(*) FROM row_of WHERE h = sketch_hash_any(7) GROUP BY k;
DROP INDEX row_of_btree, row_of_h;
CREATE INDEX row_of_hash ON row_of USING hash (s);
CREATE INDEX row_of_h_hash ON row_of USING hash (h);
SELECT plan_of('SELECT k FROM row_of WHERE s = hll_add(hll_empty(), 0)');
SELECT k, count(*) FROM row_of WHERE s = hll_add(hll_empty(), 0) GROUP BY k;
SELECT k, count(*) FROM row_of WHERE h = sketch_hash_any(7) GROUP BY k;
RESET enable_seqscan;
RESET enable_bitmapscan;

-- A dense sketch is too long for a btree, but not for a hash index.
CREATE TEMPORARY TABLE dense AS SELECT hll_add_agg(x) AS s FROM generate_series(1, 50000) AS x;
SELECT error_of('CREATE INDEX ON dense (s)')
	LIKE '54000 index row size % exceeds btree version 4 maximum %' AS refused;
SELECT error_of('CREATE INDEX ON dense USING hash (s)');

-- Hash partitions, arrays and composites.
CREATE TABLE parted (h sketch_hash, s hll) PARTITION BY HASH (h, s);
CREATE TABLE parted_0 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parted SELECT h, s FROM row_of;
SELECT count(*), count(DISTINCT tableoid) AS partitions_used,
	count(DISTINCT (h, s)) = count(DISTINCT (h, s, tableoid)) AS equal_ones_together
		FROM parted;
SELECT s = ANY (array_agg) AS found, array_agg = array_agg[1:29] AS equal,
	array_length(array_agg, 1)
FROM row_of, (SELECT array_agg(DISTINCT s) FROM row_of) AS a WHERE n = 17;
CREATE TYPE pair AS (s hll, h sketch_hash);
SELECT count(DISTINCT (s, h)::pair) AS pairs, count(DISTINCT ARRAY[s, s]) AS arrays,
	count(DISTINCT ARRAY[h]) AS hash_arrays FROM row_of;

DROP TYPE pair;
DROP VIEW groups, distincts;
DROP TABLE row_of, keyed, parted;
