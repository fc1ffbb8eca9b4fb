-- bloom_union_agg() over moving frames, which are merged in a way of their own:
-- each must be to the byte what the plain aggregate gives for its rows.

\pset null '(null)'
SET client_min_messages = warning;

-- Rows of every kind: bits of three sizes that fold, lists of the largest size (of a
-- smaller one, the size of the union would depend on when it becomes bits), filters that have no
-- size, empty ones, in runs of NULLs, and in the layouts of aggregate states, which
-- an aggregate without a final function lets out. A frame is on n by ROWS, on d by
-- RANGE, on g by GROUPS.
CREATE AGGREGATE pg_temp.state_of_add(integer, bigint) (SFUNC = bloom_add_agg_trans, STYPE = bloom);
CREATE AGGREGATE pg_temp.state_of_union(bloom) (SFUNC = bloom_union_agg_trans, STYPE = bloom);
CREATE TEMPORARY TABLE mixed AS
SELECT n, n - n % 3 + n / 40 * 5 AS d, dense_rank() OVER (ORDER BY n - n % 3 + n / 40 * 5) AS g,
	CASE WHEN n % 7 = 3 OR n BETWEEN 60 AND 75 THEN NULL
		WHEN n % 19 = 4 THEN pg_temp.state_of_union(NULL)
		WHEN n % 19 = 5 THEN bloom_empty(4000 << n % 3)
		WHEN n % 19 = 6 THEN pg_temp.state_of_add(x, 16000)
		WHEN n % 19 = 7 THEN bloom_add_agg(x % 20)
		ELSE bloom_add_agg(x, CASE WHEN n * 37 % 11 < 8 THEN 16000 ELSE 4000 << n % 3 END) END AS b
FROM generate_series(1, 200) AS n,
	LATERAL (SELECT generate_series(n * 50, n * 50 + 5 * (n * 37 % 11) * (n * 37 % 11)) AS x) AS v
GROUP BY n;
SELECT representation, count(*), count(DISTINCT blocks) AS sizes
	FROM mixed LEFT JOIN bloom_info(b) ON true GROUP BY 1 ORDER BY 1;

CREATE FUNCTION pg_temp.side(distance integer) RETURNS text LANGUAGE sql AS $$
	SELECT abs(distance) || CASE WHEN distance < 0 THEN ' PRECEDING' ELSE ' FOLLOWING' END
$$;

-- What a frame from `low` to `high` gives, beside what the rows in it give.
CREATE FUNCTION pg_temp.check_frame(unit text, low integer, high integer,
	OUT nothing bigint, OUT empty bigint, OUT filters bigint, OUT wrong bigint)
	LANGUAGE plpgsql AS $$
DECLARE
	col text := CASE unit WHEN 'ROWS' THEN 'n' WHEN 'RANGE' THEN 'd' ELSE 'g' END;
BEGIN
	EXECUTE format('
		SELECT count(*) FILTER (WHERE u IS NULL),
			count(*) FILTER (WHERE bloom_is_empty(u)),
			count(*) FILTER (WHERE NOT bloom_is_empty(u)),
			count(*) FILTER (WHERE u::bytea IS DISTINCT FROM (
				SELECT bloom_union_agg(b) FILTER (WHERE n %% 5 <> 1) FROM mixed AS f
				WHERE f.%1$s - w.%1$s BETWEEN %2$s AND %3$s)::bytea)
		FROM (SELECT n, d, g, bloom_union_agg(b) FILTER (WHERE n %% 5 <> 1) OVER (
			ORDER BY %1$s %4$s BETWEEN %5$s AND %6$s) AS u FROM mixed) AS w',
		col, low, high, unit, pg_temp.side(low), pg_temp.side(high))
	INTO nothing, empty, filters, wrong;
END $$;
SELECT unit, count(*) AS frames, sum(nothing) AS nothing, sum(empty) AS empty,
	sum(filters) AS filters, sum(wrong) AS wrong
FROM unnest('{ROWS,RANGE,GROUPS}'::text[]) AS unit, generate_series(1, 15) AS i,
	LATERAL (SELECT i * i * 41 % 47 - 30 AS low) AS l,
	LATERAL (SELECT low + i * i * i * 29 % 37 / (1 + i % 3) AS high) AS h,
	pg_temp.check_frame(unit, low, high)
GROUP BY unit ORDER BY unit;

-- The plain aggregate over frames that are short, long, jump or have holes, with
-- partitions, several windows in one query, and an argument that is computed.
CREATE AGGREGATE pg_temp.plain_union_agg(bloom) (
	SFUNC = bloom_union_agg_trans, STYPE = bloom, FINALFUNC = bloom_agg_final
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
	bloom_union_agg(b) OVER one_row AS a1, pg_temp.plain_union_agg(b) OVER one_row AS b1,
	bloom_union_agg(b) OVER to_end AS a2, pg_temp.plain_union_agg(b) OVER to_end AS b2,
	bloom_union_agg(b) OVER backwards AS a3, pg_temp.plain_union_agg(b) OVER backwards AS b3,
	bloom_union_agg(b) OVER jumping AS a4, pg_temp.plain_union_agg(b) OVER jumping AS b4,
	bloom_union_agg(b) OVER holes AS a5, pg_temp.plain_union_agg(b) OVER holes AS b5,
	bloom_union_agg(bloom_add(b, n)) OVER backwards AS a6,
	pg_temp.plain_union_agg(bloom_add(b, n)) OVER backwards AS b6,
	bloom_union_agg(b) OVER parts AS a7, pg_temp.plain_union_agg(b) OVER parts AS b7
	FROM mixed
	WINDOW one_row AS (ORDER BY n ROWS CURRENT ROW),
		to_end AS (ORDER BY n ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING),
		backwards AS (ORDER BY n DESC ROWS BETWEEN 9 PRECEDING AND 20 FOLLOWING),
		jumping AS (ORDER BY n / 30 RANGE BETWEEN 1 PRECEDING AND CURRENT ROW),
		holes AS (ORDER BY d GROUPS 4 PRECEDING EXCLUDE TIES),
		parts AS (PARTITION BY n % 4 ORDER BY n ROWS 11 PRECEDING)) AS w;

-- Filters that size themselves, as long as they are lists; with more than 240
-- values in a frame the union sizes itself.
SELECT count(*) AS frames, count(*) FILTER (WHERE a IS DISTINCT FROM b) AS differ,
	count(DISTINCT (bloom_info(a)).representation) AS representations
FROM (SELECT bloom_union_agg(b) OVER f AS a, pg_temp.plain_union_agg(b) OVER f AS b
	FROM (SELECT i, bloom_add_agg(i * 10 + x) AS b FROM generate_series(1, 60) AS i,
		generate_series(1, 80) AS x GROUP BY i) AS filters
	WINDOW f AS (ORDER BY i ROWS BETWEEN 17 PRECEDING AND CURRENT ROW)) AS frames;

-- Of equal lists that are full, each frame is that list; with one that has another
-- value it is bits, and a list again behind it.
SELECT e, count(*) AS frames, count(*) FILTER (WHERE u = full_list) AS lists,
	count(*) FILTER (WHERE (bloom_info(u)).representation = 'bits') AS bits,
	count(*) FILTER (WHERE u IS DISTINCT FROM plain) AS differ
FROM (SELECT e, full_list, bloom_union_agg(b) OVER f AS u, pg_temp.plain_union_agg(b) OVER f AS plain
	FROM (VALUES (100, 128), (3000, 240), (20000, 776)) AS v (e, n),
		LATERAL (SELECT bloom_add_agg(x, e) AS full_list FROM generate_series(1, n) AS x) AS l,
		LATERAL (SELECT i, CASE WHEN i = 20 THEN bloom_empty(e) || 0 WHEN i % 7 <> 5 THEN full_list END AS b
			FROM generate_series(1, 40) AS i) AS w
	WINDOW f AS (PARTITION BY e ORDER BY i ROWS 3 PRECEDING)) AS frames
GROUP BY e ORDER BY e;

-- A frame in which sizes do not go together is an error; beside each other, in
-- different frames, they may stand.
SELECT error_of($$SELECT bloom_union_agg(b) OVER (ORDER BY n ROWS 1 PRECEDING) FROM unnest('{1,3,9}'::bigint[]) AS n,
	LATERAL (SELECT bloom_add_agg(x, 1000 * n) AS b FROM generate_series(1, 1000 * n) AS x) AS v$$);
SELECT n, (bloom_info(bloom_union_agg(bloom_empty(1000 * n)) OVER (ORDER BY n ROWS BETWEEN 1 FOLLOWING AND 1 FOLLOWING))).blocks
	FROM unnest('{1,3,9}'::bigint[]) AS n ORDER BY n;

-- The last 7 days: what was seen then is found.
CREATE TEMPORARY TABLE day AS SELECT d, bloom_add_agg(d * 1000 + x, 100000) AS b FROM generate_series(1, 30) AS d,
	generate_series(0, 6999) AS x GROUP BY d;
SELECT count(*) AS days, count(*) FILTER (WHERE NOT (u @> d * 1000 AND u @> (d * 1000 + 6999)
		AND u @> greatest(d - 6, 1) * 1000)) AS denied,
	count(*) FILTER (WHERE d > 7 AND u @> (d - 6) * 1000 - 1) AS older
FROM (SELECT d, bloom_union_agg(b) OVER (ORDER BY d ROWS 6 PRECEDING) AS u FROM day) AS w;
