-- bounds.sql: the errors of the estimates, and how often the exact count is
-- within the 95% bounds, over every count and overlap of report.sql and all days.

\echo
\echo '--- Estimates against exact counts, all together'
\echo 'Of independent counts, 95% lie within their bounds. These are not independent'
\echo '(windows overlap, visitors return), so they err together: a few more or fewer do.'
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
), estimated AS (
	SELECT n, kind, exact, b.*
	FROM cell
	CROSS JOIN hll_cardinality_bounds(visitors) AS b
	UNION ALL
	SELECT 33, 'week and later one', exact, b.*
	FROM exact_retention AS e
	JOIN visitors_weekly AS v USING (week)
	JOIN visitors_weekly AS w ON w.week = e.later
	CROSS JOIN hll_intersection_bounds(v.visitors, w.visitors) AS b
	UNION ALL
	SELECT 34, 'two campaigns', exact, b.*
	FROM exact_overlap AS e
	JOIN campaign AS v ON v.campaign = e.a
	JOIN campaign AS w ON w.campaign = e.b
	CROSS JOIN hll_intersection_bounds(v.impressions, w.impressions) AS b
), checked AS (
	SELECT *, abs(error_percent(estimate, exact)) AS error
	FROM estimated
)
SELECT coalesce(kind, 'all') AS "unique visitors per", count(*) AS counts,
	   min(exact) AS smallest, max(exact) AS largest,
	   percentile_disc(0.5) WITHIN GROUP (ORDER BY error) AS "median error %",
	   max(error) AS "largest error %",
	   count(*) FILTER (WHERE exact BETWEEN lower AND upper) AS "within 95% bounds",
	   round(100 * avg((exact BETWEEN lower AND upper)::int), 1) AS "%"
FROM checked
GROUP BY GROUPING SETS ((n, kind), ())
ORDER BY n;
