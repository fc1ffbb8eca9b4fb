-- The table of ratios. They are taken run by run: both of one run saw the machine
-- in one state.

CREATE VIEW bench.result AS
SELECT r.id, r.class, r.name AS measured, r.over, s.*, f.at_most,
	CASE WHEN s.runs = 0 THEN 'not installed'
		WHEN s.ratio <= f.at_most THEN 'met'
		WHEN s.ratio > f.at_most THEN 'MISSED' END AS verdict
FROM bench.ratio AS r NATURAL LEFT JOIN bench.figure AS f, LATERAL (
	SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a.value)
			AS measured_median,
		percentile_cont(0.5) WITHIN GROUP (ORDER BY b.value) AS over_median,
		min(a.unit) AS unit,
		percentile_cont(0.5) WITHIN GROUP (ORDER BY a.value / b.value) AS ratio,
		min(a.value / b.value) AS lowest,
		max(a.value / b.value) AS highest,
		count(*) AS runs
	FROM bench.sample AS a JOIN bench.sample AS b USING (class, run)
	WHERE a.class = r.class AND a.name = r.name AND b.name = r.over) AS s;

DO $$
BEGIN
	ASSERT (SELECT bool_and(runs > 0 OR (to_regnamespace('peer') IS NULL
			AND concat(measured, over) LIKE '%postgresql-hll%')
			OR (to_regnamespace('datasketches') IS NULL
			AND concat(measured, over) LIKE '%datasketches%'))
		FROM bench.result), 'a ratio is of what was not measured';
END $$;

CREATE TABLE bench.machine AS
SELECT :'cpu' AS cpu, :cores AS cores, :'memory' AS memory,
	current_setting('server_version') AS postgresql,
	(SELECT extversion FROM pg_extension WHERE extname = 'pgext') AS pgext,
	(SELECT extversion FROM pg_extension WHERE extname = 'hll')
		AS postgresql_hll,
	(SELECT extversion FROM pg_extension WHERE extname = 'datasketches')
		AS datasketches,
	current_date AS date, :rows AS rows;

CREATE VIEW bench.csv AS
SELECT class, measured, over, measured_median, over_median, unit, ratio, lowest,
	highest, runs, at_most, verdict, machine.*
FROM bench.result, bench.machine ORDER BY id;

\echo
SELECT class, measured, over,
	round(measured_median::numeric, 1) AS "median",
	round(over_median::numeric, 1) AS "of over", unit,
	to_char(ratio, 'FM9990.000') AS ratio,
	to_char(lowest, 'FM9990.000') || '..' || to_char(highest, 'FM9990.000')
		AS "lowest..highest",
	at_most AS "at most", verdict
FROM bench.result ORDER BY id;

SELECT * FROM bench.machine \gx
SELECT count(*) FILTER (WHERE verdict = 'MISSED') AS missed,
	:rows >= 10000000 AS meant
FROM bench.result \gset
\if :meant
\else
	\echo 'bench: the figures are for 10,000,000 rows or more'
\endif
\echo 'bench:' :missed 'figures missed'
