-- ANALYZE keeps no sketches, but what plans need of a column: NULLs and widths.

\pset null '(null)'
SET client_min_messages = warning;
CREATE SCHEMA statistics;
SET search_path = statistics, public;
CREATE TABLE rollup AS
	SELECT d, CASE WHEN d % 4 > 0 THEN hll_add_agg(g) END AS users, bloom_add_agg(g) AS seen,
		cms_add_agg(g) AS hits, topk_add_agg(g::text) AS pages
	FROM generate_series(1, 400) AS d, generate_series(1, 20) AS g GROUP BY d;
ANALYZE rollup;
SELECT attname, null_frac, n_distinct, avg_width BETWEEN 10 AND 1000 AS width, most_common_vals, histogram_bounds
FROM pg_stats WHERE tablename = 'rollup' AND attname <> 'd' ORDER BY attname COLLATE "C";
SELECT count(*) FROM pg_stats WHERE tablename = 'rollup' AND schemaname = 'statistics';

-- A column of nothing but NULLs, and a table without rows.
CREATE TABLE nulls AS SELECT NULL::hll AS users FROM generate_series(1, 10);
CREATE TABLE no_rows (users hll);
ANALYZE nulls, no_rows;
SELECT tablename, null_frac, avg_width FROM pg_stats WHERE tablename IN ('nulls', 'no_rows');

DROP SCHEMA statistics CASCADE;
RESET search_path;
RESET client_min_messages;
\pset null ''
