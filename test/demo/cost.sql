-- cost.sql: what the rollups cost to keep and what they save to read.

\echo
\echo '--- Size on disk, with indexes'
\echo
SELECT relation, rows, pg_size_pretty(bytes) AS size,
	   round(first_value(bytes) OVER (ORDER BY n)::numeric / bytes, 1)
	   AS "raw / this"
FROM (VALUES (1, 'events',          (SELECT count(*) FROM events)),
			 (2, 'visitors_hourly', (SELECT count(*) FROM visitors_hourly)),
			 (3, 'visitors_daily',  (SELECT count(*) FROM visitors_daily)),
			 (4, 'campaign_daily',  (SELECT count(*) FROM campaign_daily)),
			 (5, 'hot_hourly',      (SELECT count(*) FROM hot_hourly)))
	 AS t (n, relation, rows)
CROSS JOIN pg_total_relation_size(relation::regclass) AS bytes
ORDER BY n;

CREATE TABLE speed (question text, exact text, sketch text);
INSERT INTO speed VALUES
('30 days by device, from the daily rollup',
 'SELECT device, count(DISTINCT user_id) FROM events GROUP BY device',
 'SELECT device, #hll_union_agg(visitors) FROM visitors_daily GROUP BY device'),
('30 days in all, from the hourly rollup',
 'SELECT count(DISTINCT user_id) FROM events',
 'SELECT #hll_union_agg(visitors) FROM visitors_hourly'),
('who of one week came back the next, from the daily rollup',
 'SELECT count(*) FROM (SELECT user_id FROM events WHERE at >= ''2026-06-08'' '
 'AND at < ''2026-06-15'' INTERSECT SELECT user_id FROM events '
 'WHERE at >= ''2026-06-15'' AND at < ''2026-06-22'') AS both_weeks',
 'SELECT hll_intersection_cardinality(hll_union_agg(visitors) FILTER (WHERE day '
 'BETWEEN ''2026-06-08'' AND ''2026-06-14''), hll_union_agg(visitors) FILTER '
 '(WHERE day BETWEEN ''2026-06-15'' AND ''2026-06-21'')) FROM visitors_daily'),
('30 days by device, from the raw events',
 'SELECT device, count(DISTINCT user_id) FROM events GROUP BY device',
 'SELECT device, approx_count_distinct(user_id) FROM events GROUP BY device');

\echo '--- Time: count(distinct) on the raw events against the sketches'
\echo '(medians of 3 runs, of 9 where the rollup is read, after one to warm up;'
\echo 'adding to sketches runs in parallel, which count(distinct) cannot)'
\echo
WITH timed AS MATERIALIZED (
	SELECT question, exact, sketch,
		   median_ms(exact, 1), median_ms(exact, 3) AS exact_ms,
		   median_ms(sketch, 1), median_ms(sketch, runs) AS sketch_ms
	FROM (SELECT *, CASE WHEN sketch LIKE '%FROM events%' THEN 3 ELSE 9 END AS runs
		  FROM speed) AS speed
)
SELECT question, round(exact_ms::numeric, 1) AS "count(distinct) ms",
	   round(sketch_ms::numeric, 1) AS "sketch ms",
	   round((exact_ms / sketch_ms)::numeric, 1) AS "times as fast"
FROM timed;

\echo 'The queries timed:'
\echo
\pset tuples_only on
\pset format unaligned
\pset fieldsep '\n'
SELECT exact || ';', sketch || E';\n' FROM speed;
DROP TABLE speed;
