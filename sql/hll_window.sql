-- The hll aggregates as window functions. Each frame is computed again by a
-- correlated subquery, and must give the same bytes.

\pset null '(null)'
SET client_min_messages = warning;

CREATE TEMPORARY TABLE day (grp integer, d integer, x integer, s hll);
INSERT INTO day
SELECT g, d, x, CASE WHEN d % 7 <> 3 THEN (SELECT hll_add_agg(y)
	FROM generate_series(x * 20, x * 20 + 39) AS y) END
FROM generate_series(1, 3) AS g, generate_series(1, 60) AS d,
	LATERAL (SELECT nullif((g * 31 + d * 17) % 40, 5)) AS v (x);

-- A sketch for each row from a frame, beside what a plain aggregate gives.
SELECT count(*) AS rows, count(running) AS sketches,
	count(*) FILTER (WHERE running IS DISTINCT FROM (
		SELECT hll_union_agg(s) FROM day AS f
			WHERE f.grp = w.grp AND f.d <= w.d)) AS wrong_running,
	count(*) FILTER (WHERE sliding IS DISTINCT FROM (
		SELECT hll_union_agg(s) FROM day AS f
			WHERE f.grp = w.grp AND f.d BETWEEN w.d - 6 AND w.d)) AS wrong_sliding,
	count(*) FILTER (WHERE excluding IS DISTINCT FROM (
		SELECT hll_union_agg(s) FROM day AS f
		WHERE f.grp = w.grp AND f.d BETWEEN w.d - 2 AND w.d + 2 AND f.d <> w.d)) AS wrong_excluding,
	count(*) FILTER (WHERE added IS DISTINCT FROM (
		SELECT hll_add_agg(x) FROM day AS f
			WHERE f.grp = w.grp AND f.d BETWEEN w.d AND w.d + 9)) AS wrong_added,
	count(*) FILTER (WHERE counted IS DISTINCT FROM (
		SELECT count(DISTINCT x) FROM day AS f
			WHERE f.grp = w.grp AND f.d > w.d)) AS wrong_counted
FROM (SELECT grp, d,
	hll_union_agg(s) OVER (PARTITION BY grp ORDER BY d) AS running,
	hll_union_agg(s) OVER (PARTITION BY grp ORDER BY d ROWS 6 PRECEDING) AS sliding,
	hll_union_agg(s) OVER (PARTITION BY grp ORDER BY d
		ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING EXCLUDE CURRENT ROW) AS excluding,
	hll_add_agg(x) OVER (PARTITION BY grp
		ORDER BY d RANGE BETWEEN CURRENT ROW AND 9 FOLLOWING) AS added,
	approx_count_distinct(x) OVER (PARTITION BY grp ORDER BY d
		ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS counted
	FROM day) AS w;

-- Peers, GROUPS, FILTER, a frame without rows, a frame with only NULLs.
SELECT d, # hll_add_agg(x) OVER (ORDER BY d) AS with_peers,
	approx_count_distinct(x) OVER (ORDER BY d GROUPS BETWEEN 1 PRECEDING AND 1 PRECEDING) AS group_before,
	# hll_add_agg(x) FILTER (WHERE x > 20) OVER (ORDER BY d) AS filtered,
	hll_add_agg(x) OVER (ORDER BY d ROWS BETWEEN 9 FOLLOWING AND 10 FOLLOWING) AS no_rows,
	hll_union_agg(NULL) OVER (ORDER BY d) AS only_null
FROM (VALUES (1, 10), (1, 20), (2, 20), (2, 30), (3, NULL)) AS v (d, x) ORDER BY d, x;

-- A state is finalized again and again, also where it turns dense within the
-- frame: the last row has what the aggregate has.
SELECT count(*) AS rows, count(*) FILTER (WHERE c < before) AS falling,
	bool_and(abs(c - n) <= 0.04 * n) AS close,
	count(*) FILTER (WHERE n <= 1792 AND c <> n) AS inexact_while_sparse
FROM (SELECT n, c, lag(c) OVER (ORDER BY n) AS before
	FROM (SELECT n, approx_count_distinct(n) OVER (ORDER BY n) AS c
		FROM generate_series(1, 2500) AS n) AS a) AS b;
SELECT last_value(s) OVER () = (SELECT hll_add_agg(n)
	FROM generate_series(1, 2500) AS n) AS same
FROM (SELECT hll_add_agg(n) OVER (ORDER BY n) AS s
	FROM generate_series(1, 2500) AS n) AS a LIMIT 1;

-- Windows over aggregates: a sliding week over days, in one query.
SELECT d, approx_count_distinct(x) AS day,
	# hll_union_agg(hll_add_agg(x)) OVER (ORDER BY d ROWS 6 PRECEDING) AS week,
	(SELECT count(DISTINCT x) FROM day AS f WHERE f.d BETWEEN day.d - 6 AND day.d) AS exact_week
FROM day GROUP BY d ORDER BY d LIMIT 8;

-- Over sketches of mixed precision, and precision changing within the frame.
SELECT n, hll_precision(hll_union_agg(hll_empty(n)) OVER (ORDER BY n DESC)) AS falling,
	hll_precision(hll_union_agg(hll_empty(n)) OVER (ORDER BY n ROWS 1 PRECEDING)) AS sliding
FROM unnest('{6,8,12}'::integer[]) AS n ORDER BY n;
SELECT error_of('SELECT hll_add_agg(n, n) OVER (ORDER BY n) FROM generate_series(8, 9) AS n');
SELECT hll_precision(hll_add_agg(n, n) OVER (PARTITION BY n))
	FROM generate_series(8, 9) AS n ORDER BY 1;
