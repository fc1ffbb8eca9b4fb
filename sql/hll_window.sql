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

-- Frames that move are united in a way of their own. Random frames over rows of
-- every kind: sparse, dense, empty, of many precisions, in runs of NULLs, and in
-- the layouts of aggregate states, which an aggregate without a final function
-- lets out. A frame is on n by ROWS, on d by RANGE, on g by GROUPS.
CREATE AGGREGATE pg_temp.state_of_add(integer, integer) (
	SFUNC = hll_add_agg_trans, STYPE = hll
);
CREATE AGGREGATE pg_temp.state_of_union(hll) (
	SFUNC = hll_union_agg_trans, STYPE = hll
);
CREATE TEMPORARY TABLE mixed AS
SELECT n, n - n % 3 + n / 40 * 5 AS d, dense_rank() OVER (ORDER BY n - n % 3 + n / 40 * 5) AS g,
	CASE WHEN n % 7 = 3 OR n BETWEEN 60 AND 75 THEN NULL
		WHEN n % 19 = 4 THEN pg_temp.state_of_union(NULL)
		WHEN n % 19 = 5 THEN hll_empty(4 + n % 17)
		WHEN n % 19 = 6 THEN pg_temp.state_of_add(x, 8 + n % 5)
		WHEN n % 19 = 7 THEN hll_add_agg(x, 8)
		ELSE hll_add_agg(x, 10 + n % 3) END AS s
FROM generate_series(1, 200) AS n,
	LATERAL (SELECT generate_series(n * 50, n * 50 + 10 * (n * 37 % 11) * (n * 37 % 11)) AS x) AS v
GROUP BY n;
SELECT representation, count(*), count(DISTINCT "precision") AS precisions
	FROM mixed LEFT JOIN hll_info(s) ON true GROUP BY 1 ORDER BY 1;

CREATE FUNCTION pg_temp.side(distance integer) RETURNS text LANGUAGE sql AS $$
	SELECT abs(distance) || CASE WHEN distance < 0 THEN ' PRECEDING' ELSE ' FOLLOWING' END
$$;

-- What a frame from `low` to `high` gives, beside what the rows in it give.
CREATE FUNCTION pg_temp.check_frame(unit text, low integer, high integer,
	OUT nothing bigint, OUT empty bigint, OUT sketches bigint, OUT wrong bigint)
	LANGUAGE plpgsql AS $$
DECLARE
	col text := CASE unit WHEN 'ROWS' THEN 'n' WHEN 'RANGE' THEN 'd' ELSE 'g' END;
BEGIN
	EXECUTE format('
		SELECT count(*) FILTER (WHERE u IS NULL),
			count(*) FILTER (WHERE hll_is_empty(u)),
			count(*) FILTER (WHERE NOT hll_is_empty(u)),
			count(*) FILTER (WHERE u::bytea IS DISTINCT FROM (
				SELECT hll_union_agg(s) FILTER (WHERE n %% 5 <> 1) FROM mixed AS f
				WHERE f.%1$s - w.%1$s BETWEEN %2$s AND %3$s)::bytea)
		FROM (SELECT n, d, g, hll_union_agg(s) FILTER (WHERE n %% 5 <> 1) OVER (
			ORDER BY %1$s %4$s BETWEEN %5$s AND %6$s) AS u FROM mixed) AS w',
		col, low, high, unit, pg_temp.side(low), pg_temp.side(high))
	INTO nothing, empty, sketches, wrong;
END $$;

SELECT unit, count(*) AS frames, sum(nothing) AS nothing, sum(empty) AS empty,
	sum(sketches) AS sketches, sum(wrong) AS wrong
FROM unnest('{ROWS,RANGE,GROUPS}'::text[]) AS unit, generate_series(1, 15) AS i,
	LATERAL (SELECT i * i * 41 % 47 - 30 AS low) AS l,
	LATERAL (SELECT low + i * i * i * 29 % 37 / (1 + i % 3) AS high) AS h,
	pg_temp.check_frame(unit, low, high)
GROUP BY unit ORDER BY unit;

-- The plain aggregate over the same frames, where these are short, long, jump
-- or have holes, with partitions, several windows and aggregates in one query,
-- and an argument that has to be computed.
CREATE AGGREGATE pg_temp.plain_union_agg(hll) (
	SFUNC = hll_union_agg_trans, STYPE = hll, FINALFUNC = hll_agg_final
);
SELECT count(*) FILTER (WHERE a1 IS DISTINCT FROM b1) AS one_row,
	count(*) FILTER (WHERE a2 IS DISTINCT FROM b2) AS to_the_end,
	count(*) FILTER (WHERE a3 IS DISTINCT FROM b3) AS backwards,
	count(*) FILTER (WHERE a4 IS DISTINCT FROM b4) AS jumping,
	count(*) FILTER (WHERE a5 IS DISTINCT FROM b5) AS with_holes,
	count(*) FILTER (WHERE a6 IS DISTINCT FROM b6) AS computed,
	count(*) FILTER (WHERE a7 IS DISTINCT FROM b7) AS partitioned,
	count(a1 || a2 || a3 || a4 || a5 || a6 || a7) AS rows
FROM (SELECT
	hll_union_agg(s) OVER one_row AS a1, pg_temp.plain_union_agg(s) OVER one_row AS b1,
	hll_union_agg(s) OVER to_end AS a2, pg_temp.plain_union_agg(s) OVER to_end AS b2,
	hll_union_agg(s) OVER backwards AS a3, pg_temp.plain_union_agg(s) OVER backwards AS b3,
	hll_union_agg(s) OVER jumping AS a4, pg_temp.plain_union_agg(s) OVER jumping AS b4,
	hll_union_agg(s) OVER holes AS a5, pg_temp.plain_union_agg(s) OVER holes AS b5,
	hll_union_agg(hll_add(s, n)) OVER backwards AS a6,
	pg_temp.plain_union_agg(hll_add(s, n)) OVER backwards AS b6,
	hll_union_agg(s) OVER parts AS a7, pg_temp.plain_union_agg(s) OVER parts AS b7
	FROM mixed
	WINDOW one_row AS (ORDER BY n ROWS CURRENT ROW),
		to_end AS (ORDER BY n ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING),
		backwards AS (ORDER BY n DESC ROWS BETWEEN 9 PRECEDING AND 20 FOLLOWING),
		jumping AS (ORDER BY n / 30 RANGE BETWEEN 1 PRECEDING AND CURRENT ROW),
		holes AS (ORDER BY d GROUPS 4 PRECEDING EXCLUDE TIES),
		parts AS (PARTITION BY n % 4 ORDER BY n ROWS 11 PRECEDING)) AS w;

-- Unions with just as many values as a sparse sketch may have: at p = 4 these are
-- three, at p = 10, 224.
SELECT p, count(*) AS frames, count(*) FILTER (WHERE a IS DISTINCT FROM b) AS differ,
	bool_or((hll_info(a)).used = 7 * (1 << p) / 32
		AND (hll_info(a)).representation = 'sparse') AS full_sparse
FROM (
	SELECT p, hll_union_agg(s) OVER f AS a, pg_temp.plain_union_agg(s) OVER f AS b
	FROM (
		SELECT p, i, hll_add_agg(i % k * 1000 + x, p) AS s
		FROM (VALUES (4, 3, 1), (10, 4, 56)) AS v (p, k, n),
			generate_series(1, 60) AS i, generate_series(1, n) AS x
		GROUP BY p, i
	) AS sketches
	WINDOW f AS (PARTITION BY p ORDER BY i ROWS 8 PRECEDING)
) AS frames
GROUP BY p ORDER BY p;

-- States that an own aggregate let out, so small that a table keeps them with a
-- header of one byte.
CREATE TEMPORARY TABLE small_states AS
SELECT i, pg_temp.state_of_add(i % 7, 4 + i % 3 * 3) AS s
FROM generate_series(1, 300) AS i GROUP BY i;
SELECT count(*) AS frames, count(*) FILTER (WHERE a IS DISTINCT FROM b) AS differ,
	max(pg_column_size(s)) AS bytes
FROM (
	SELECT s, hll_union_agg(s) OVER f AS a, pg_temp.plain_union_agg(s) OVER f AS b
	FROM small_states
	WINDOW f AS (ORDER BY i ROWS 8 PRECEDING)
) AS frames;

-- That no frame is united anew shows in a memory context that only aggregates
-- with an inverse transition have. What leaves a frame is freed; and a frame of
-- 400 sketches takes far less than 400 unions, of 1,036 bytes each.
CREATE TEMPORARY TABLE small AS
SELECT n, hll_add_agg(x, 10) AS s
FROM generate_series(1, 2000) AS n, generate_series(n * 30, n * 30 + 29) AS x
GROUP BY n;
CREATE FUNCTION pg_temp.bytes(of_context text, "row" integer) RETURNS bigint
	LANGUAGE sql VOLATILE RETURN (SELECT sum(total_bytes)
		FROM pg_backend_memory_contexts WHERE name = of_context);
SELECT count(u) AS unions, min(state) > 0 AS has_state, min(sketches) > 0 AS has_sketches,
	max(state) < 1.5 * max(state) FILTER (WHERE n <= 500) AS state_is_bounded,
	max(sketches) < 1.5 * max(sketches) FILTER (WHERE n <= 500) AS sketches_are_bounded
FROM (SELECT n, u, pg_temp.bytes('WindowAgg Per Aggregate', n) AS state,
		pg_temp.bytes('sketch window', n) AS sketches
	FROM (SELECT n, hll_union_agg(s) OVER (ORDER BY n ROWS 19 PRECEDING) AS u
		FROM small OFFSET 0) AS w) AS w;
SELECT count(u) AS unions, max(state) < 200 * 1036 AS unions_are_few
FROM (SELECT u, pg_temp.bytes('WindowAgg Per Aggregate', n) AS state
	FROM (SELECT n, hll_union_agg(s) OVER (ORDER BY n ROWS 399 PRECEDING) AS u
		FROM small OFFSET 0) AS w) AS w;
