-- bounds.sql: how far off the estimates are, and how often the exact count lies
-- within its 95 % bounds, over every count of report.sql and all days.

\echo
\echo '--- Estimates against exact counts, all together'
\echo 'Of independent counts, 95 % lie within their bounds. These are not independent'
\echo '(windows overlap, visitors return), so they err together: a few more or fewer.'
\echo
WITH cell AS (
	SELECT days AS n,
		   CASE days WHEN 1 THEN 'day' WHEN 7 THEN '7 days, sliding'
					 ELSE '30 days' END AS kind,
		   exact, hll_union_agg(visitors) AS visitors
	FROM exact_visitors AS e
	JOIN visitors_daily AS v
	  ON v.day BETWEEN e.day - days + 1 AND e.day AND e.device IN (v.device, 'all')
	GROUP BY days, e.day, e.device, exact
	UNION ALL
	SELECT 31, 'hour of day', exact, visitors
	FROM visitors_by_hour_of_day
	JOIN exact_hour USING (hour_of_day)
	UNION ALL
	SELECT 32, 'campaign step', step.exact, step.visitors
	FROM campaign AS c
	JOIN exact_campaign AS e USING (campaign)
	CROSS JOIN LATERAL (VALUES (c.impressions, e.impressions), (c.clicks, e.clicks),
							   (c.carts, e.carts), (c.purchases, e.purchases))
			   AS step (visitors, exact)
), checked AS (
	SELECT n, kind, exact, lower, upper,
		   abs(error_percent(estimate, exact)) AS error
	FROM cell
	CROSS JOIN hll_cardinality_bounds(visitors)
)
SELECT coalesce(kind, 'all') AS "unique visitors per", count(*) AS counts,
	   min(exact) AS smallest, max(exact) AS largest,
	   percentile_disc(0.5) WITHIN GROUP (ORDER BY error) AS "median error %",
	   max(error) AS "largest error %",
	   count(*) FILTER (WHERE exact BETWEEN lower AND upper) AS "within 95 % bounds",
	   round(100 * avg((exact BETWEEN lower AND upper)::int), 1) AS "%"
FROM checked
GROUP BY GROUPING SETS ((n, kind), ())
ORDER BY n;
