-- The table of ratios, and what stands behind it.

CREATE FUNCTION bench.verdict(value float8, at_most numeric, goal numeric)
	RETURNS text LANGUAGE sql RETURN CASE
		WHEN value IS NULL THEN 'not installed'
		WHEN at_most IS NULL AND goal IS NULL THEN ''
		ELSE concat_ws(', ',
			CASE WHEN value <= at_most THEN 'met'
				WHEN value > at_most THEN 'MISSED' END,
			CASE WHEN value <= goal THEN 'goal met'
				WHEN value > goal THEN 'goal missed' END)
	END;

-- Ratios are taken run by run: both of one run saw the machine in one state.
CREATE VIEW bench.result AS
SELECT r.id, r.class, r.name AS measured, r.over,
	s.median, s.lowest, s.highest, s.runs, r.at_most, r.goal,
	bench.verdict(s.median, r.at_most, r.goal) AS verdict
FROM bench.ratio r, LATERAL (
	SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a.value / b.value)
			AS median,
		min(a.value / b.value) AS lowest,
		max(a.value / b.value) AS highest,
		count(*) AS runs
	FROM bench.sample a JOIN bench.sample b USING (class, run)
	WHERE a.class = r.class AND a.name = r.name AND b.name = r.over
		AND run > 0) s;

CREATE TABLE bench.machine AS
SELECT :'cpu' AS cpu, :cores AS cores, :'memory' AS memory,
	current_setting('server_version') AS postgresql,
	(SELECT extversion FROM pg_extension WHERE extname = 'pgext') AS pgext,
	(SELECT extversion FROM pg_extension WHERE extname = 'hll')
		AS postgresql_hll,
	current_date AS date, :rows AS rows;
SELECT :rows >= 10000000 AS meant \gset

CREATE VIEW bench.csv AS
SELECT class, measured, over, median, lowest, highest, runs, at_most, goal,
	verdict, machine.*
FROM bench.result, bench.machine ORDER BY id;

CREATE VIEW bench.medians AS
SELECT min(q.id) AS id, s.class, s.name,
	round(percentile_cont(0.5) WITHIN GROUP (ORDER BY s.value)::numeric, 1)
		AS median, s.unit
FROM bench.sample s LEFT JOIN bench.query q USING (class, name)
WHERE run > 0 AND (s.unit = 'ms' OR class LIKE '%memory')
GROUP BY s.class, s.name, s.unit;

\echo
SELECT class AS "class", measured, over,
	to_char(median, 'FM9990.000') AS "median ratio",
	to_char(lowest, 'FM9990.000') || '..' || to_char(highest, 'FM9990.000')
		AS "lowest..highest",
	concat_ws(', ', at_most, 'goal ' || goal) AS "at most",
	verdict
FROM bench.result ORDER BY id;

\echo 'For orientation: medians'
SELECT class, name, median, unit FROM bench.medians
ORDER BY min(id) OVER (PARTITION BY class), id, class, name;

\echo 'Bytes stored, and bytes per value'
SELECT n, name, round(bytes::numeric) AS bytes,
	round((bytes / n)::numeric, 3) AS "bytes per value"
FROM bench.size ORDER BY n, name;

SELECT * FROM bench.machine \gx
SELECT count(*) FILTER (WHERE median > at_most) AS missed,
	count(*) FILTER (WHERE median > goal) AS goals_missed
FROM bench.result \gset
\if :meant
\else
	\echo 'bench: the figures are for 10,000,000 rows or more'
\endif
\echo 'bench:' :missed 'figures missed,' :goals_missed 'goals missed'
