-- Filters as values to group, sort, join and index by.

\pset null '(null)'
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
SET jit = off;

-- 300 rows with 30 filters: row n has that of 0 .. 8 * (n % 30), of which those
-- beyond 128 values are bits; made by different ways.
CREATE TABLE row_of AS
SELECT n, n % 30 AS k, CASE WHEN n % 2 = 0 THEN bloom_add_agg(x, 100)
	ELSE bloom_union_agg(bloom_empty(100) || x ORDER BY x DESC) END AS b
FROM generate_series(1, 300) AS n, generate_series(0, 8 * (n % 30)) AS x GROUP BY n;
ANALYZE row_of;
SELECT representation, count(DISTINCT b), count(*) FROM row_of, bloom_info(b) GROUP BY 1 ORDER BY 1;

-- GROUP BY and DISTINCT, by sorting and by hashing.
CREATE VIEW groups AS SELECT b, count(*) AS rows, count(DISTINCT k) AS ks FROM row_of GROUP BY b;
SET enable_hashagg = off;
SELECT plan_of('SELECT count(*) FROM row_of GROUP BY b');
SELECT count(*) AS groups, sum(rows) AS rows, max(rows) AS largest, max(ks) AS different_in_one FROM groups;
SELECT count(*) FROM (SELECT DISTINCT b FROM row_of) AS v;
RESET enable_hashagg;
SET enable_sort = off;
SELECT plan_of('SELECT count(*) FROM row_of GROUP BY b');
SELECT count(*) AS groups, sum(rows) AS rows, max(rows) AS largest, max(ks) AS different_in_one FROM groups;
SELECT plan_of('SELECT DISTINCT b FROM row_of');
SELECT count(*) FROM (SELECT DISTINCT b FROM row_of) AS v;
RESET enable_sort;
SELECT count(DISTINCT b) AS filters, count(DISTINCT (b, k)) AS pairs, count(DISTINCT ARRAY[b]) AS arrays FROM row_of;

-- Set operations.
SELECT count(*) FROM (SELECT b FROM row_of WHERE k < 20 UNION SELECT b FROM row_of WHERE k >= 10) AS v;
SELECT count(*) FROM (SELECT b FROM row_of WHERE k < 20 INTERSECT SELECT b FROM row_of WHERE k >= 10) AS v;
SELECT count(*) FROM (SELECT b FROM row_of WHERE k < 20 EXCEPT SELECT b FROM row_of WHERE k >= 10) AS v;

-- Joins: of each filter with itself, 30 times 10 times 10 pairs.
SET enable_nestloop = off;
SET enable_mergejoin = off;
SELECT plan_of('SELECT * FROM row_of AS x JOIN row_of AS y ON x.b = y.b');
SELECT count(*) AS pairs, count(*) FILTER (WHERE x.k <> y.k) AS wrong FROM row_of AS x JOIN row_of AS y ON x.b = y.b;
RESET enable_mergejoin;
SET enable_hashjoin = off;
SELECT plan_of('SELECT * FROM row_of AS x JOIN row_of AS y ON x.b = y.b');
SELECT count(*) AS pairs, count(*) FILTER (WHERE x.k <> y.k) AS wrong FROM row_of AS x JOIN row_of AS y ON x.b = y.b;
RESET enable_hashjoin;
RESET enable_nestloop;

-- Sorting is by the bytes.
SELECT bool_and(b::bytea >= before::bytea) AS by_bytes, count(*) FILTER (WHERE before IS NULL) AS first
FROM (SELECT b, lag(b) OVER (ORDER BY b) AS before FROM row_of) AS v;
SELECT bool_and(b::bytea <= before::bytea) AS descending
FROM (SELECT b, lag(b) OVER () AS before FROM (SELECT b FROM row_of ORDER BY b USING >) AS v) AS w;
SELECT count(*) AS above, (SELECT count(*) FROM row_of WHERE b::bytea > (SELECT b::bytea FROM row_of WHERE n = 17)) AS above
	FROM row_of WHERE b > (SELECT b FROM row_of WHERE n = 17);

-- Indexes: unique, ordered, hash.
CREATE TABLE keyed (b bloom PRIMARY KEY);
INSERT INTO keyed SELECT DISTINCT b FROM row_of;
SELECT error_of('INSERT INTO keyed VALUES (bloom_empty(100) || 0)')
	LIKE '23505 duplicate key value violates unique constraint "keyed_pkey"%' AS refused;
INSERT INTO keyed VALUES (bloom_empty(100) || 0) ON CONFLICT (b) DO NOTHING;
SELECT count(*) FROM keyed;
CREATE INDEX row_of_btree ON row_of (b);
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT plan_of('SELECT k FROM row_of WHERE b = bloom_empty(100) || 0');
SELECT k, count(*) FROM row_of WHERE b = bloom_empty(100) || 0 GROUP BY k;
DROP INDEX row_of_btree;
CREATE INDEX row_of_hash ON row_of USING hash (b);
SELECT plan_of('SELECT k FROM row_of WHERE b = bloom_empty(100) || 0');
SELECT k, count(*) FROM row_of WHERE b = bloom_empty(100) || 0 GROUP BY k;
RESET enable_seqscan;
RESET enable_bitmapscan;

-- A large filter is too long for a btree, but not for a hash index; and hash joins
-- and groups of stored ones.
CREATE TEMPORARY TABLE large AS SELECT g, bloom_add_agg(x + g % 2, 3000) AS b
	FROM generate_series(1, 6) AS g, generate_series(1, 3000) AS x GROUP BY g;
SELECT error_of('CREATE INDEX ON large (b)') LIKE '54000 index row size % exceeds btree version 4 maximum %' AS refused;
SELECT error_of('CREATE INDEX ON large USING hash (b)');
SELECT count(*) AS groups, max(count) AS largest FROM (SELECT count(*) FROM large GROUP BY b) AS v;
SELECT count(*) AS pairs FROM large AS x JOIN large AS y USING (b);

-- Hash partitions.
CREATE TABLE parted (b bloom) PARTITION BY HASH (b);
CREATE TABLE parted_0 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parted SELECT b FROM row_of;
SELECT count(*), count(DISTINCT tableoid) AS partitions_used,
	count(DISTINCT b) = count(DISTINCT (b, tableoid)) AS equal_ones_together FROM parted;

DROP VIEW groups;
DROP TABLE row_of, keyed, parted;
