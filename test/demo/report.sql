-- report.sql: distinct counts of any period and segment, as unions of the
-- rollups' sketches.
--
-- hll_cardinality_bounds(sketch) returns estimate, lower and upper; the exact
-- count is between lower and upper in 95 of 100 cases. The exact_* tables
-- (exact.sql) are joined for comparison: leave them out of your own queries.

\echo
\echo '--- Unique visitors per day and device (the last 5 of the 30 days)'
\echo 'The devices add up to more than "all": some visitors use two of them.'
\echo
\set ECHO queries
SELECT day, device, round(estimate) AS visitors,
	   round(lower) AS "95% from", round(upper) AS "to",
	   exact, error_percent(estimate, exact) AS "error %"
FROM (SELECT day, coalesce(device, 'all') AS device,
			 hll_union_agg(visitors) AS visitors
	  FROM visitors_daily
	  WHERE day > '2026-06-25'
	  GROUP BY GROUPING SETS ((day, device), (day))) AS daily
CROSS JOIN hll_cardinality_bounds(visitors)
JOIN exact_visitors USING (day, device)
WHERE days = 1
ORDER BY day, device = 'all', device;
\set ECHO none

\echo '--- Unique visitors of the last 7 days and of all 30 days'
\echo 'Visitors of several days count once: sketches merge, counts cannot.'
\echo
\set ECHO queries
SELECT days, device, round(estimate) AS visitors,
	   round(lower) AS "95% from", round(upper) AS "to",
	   exact, error_percent(estimate, exact) AS "error %"
FROM (SELECT days, coalesce(device, 'all') AS device,
			 hll_union_agg(visitors) AS visitors
	  FROM visitors_daily
	  JOIN (VALUES (7), (30)) AS period (days) ON day > date '2026-06-30' - days
	  GROUP BY GROUPING SETS ((days, device), (days))) AS total
CROSS JOIN hll_cardinality_bounds(visitors)
JOIN exact_visitors USING (days, device)
WHERE day = '2026-06-30'
ORDER BY days, device = 'all', device;
\set ECHO none

\echo '--- A sliding window: unique visitors of the 7 days up to each day'
\echo '(the last 14 days shown)'
\echo
\set ECHO queries
CREATE VIEW visitors_7_days AS
SELECT day, hll_union_agg(hll_union_agg(visitors))
			OVER (ORDER BY day RANGE '6 days' PRECEDING) AS visitors
FROM visitors_daily
GROUP BY day;
\echo
SELECT day, round(estimate) AS "visitors of 7 days",
	   round(lower) AS "95% from", round(upper) AS "to",
	   exact, error_percent(estimate, exact) AS "error %"
FROM visitors_7_days
CROSS JOIN hll_cardinality_bounds(visitors)
JOIN exact_visitors USING (day)
WHERE days = 7 AND device = 'all' AND day > '2026-06-16'
ORDER BY day;
\set ECHO none

\echo '--- Retention: of the visitors of one week, how many came back in later ones'
\echo 'Overlaps of weeks that are unions of days. The last week has two days.'
\echo
\set ECHO queries
CREATE VIEW visitors_weekly AS
SELECT date_trunc('week', day)::date AS week, hll_union_agg(visitors) AS visitors
FROM visitors_daily
GROUP BY 1;
\echo
SELECT a.week, (b.week - a.week) / 7 AS "weeks later",
	   round(#a.visitors) AS visitors, round(estimate) AS back,
	   round(lower) AS "95% from", round(upper) AS "to",
	   exact, error_percent(estimate, exact) AS "error %",
	   round((100 * estimate / #a.visitors)::numeric, 1) AS "% back"
FROM visitors_weekly AS a
JOIN visitors_weekly AS b ON a.week < b.week
CROSS JOIN hll_intersection_bounds(a.visitors, b.visitors)
JOIN exact_retention AS e ON e.week = a.week AND e.later = b.week
ORDER BY a.week, b.week;
\set ECHO none

\echo '--- Hour of day: unique visitors of that hour on any of the 30 days'
\echo '#sketch is short for hll_cardinality(sketch); in arithmetic, write (#sketch).'
\echo
\set ECHO queries
CREATE VIEW visitors_by_hour_of_day AS
SELECT extract(hour FROM hour)::int AS hour_of_day,
	   hll_union_agg(visitors) AS visitors
FROM visitors_hourly
GROUP BY 1;
\echo
SELECT hour_of_day AS hour, round(#visitors) AS visitors, exact,
	   error_percent(#visitors, exact) AS "error %",
	   repeat('*', (40 * (#visitors) / max(#visitors) OVER ())::int) AS graph
FROM visitors_by_hour_of_day
JOIN exact_hour USING (hour_of_day)
ORDER BY 1;
\set ECHO none

\echo '--- Campaigns: unique visitors who saw the landing page (impressions), went'
\echo '    on to a product (clicks), and bought something (conversions)'
\echo 'Rates are of visitors, not of events. Visitors of two campaigns count once in'
\echo '"all".'
\echo
\set ECHO queries
CREATE VIEW campaign AS
SELECT coalesce(campaign, 'all') AS campaign,
	   hll_union_agg(impressions) AS impressions,
	   hll_union_agg(clicks)      AS clicks,
	   hll_union_agg(carts)       AS carts,
	   hll_union_agg(purchases)   AS purchases
FROM campaign_daily
GROUP BY ROLLUP (campaign);
\echo
SELECT campaign, round(#c.impressions) AS impressions,
	   round(#c.clicks) AS clicks, round(#c.purchases) AS conversions,
	   round((100 * (#c.clicks) / (#c.impressions))::numeric, 2) AS "click rate %",
	   round(100.0 * e.clicks / e.impressions, 2) AS "exactly",
	   round((100 * (#c.purchases) / (#c.impressions))::numeric, 2)
	   AS "conversion rate %",
	   round(100.0 * e.purchases / e.impressions, 2) AS "exactly"
FROM campaign AS c
JOIN exact_campaign AS e USING (campaign)
ORDER BY campaign = 'all', #c.impressions DESC;
\set ECHO none

\echo '--- Overlap of campaigns: visitors who came by both of two'
\echo 'From the same sketches. "both" as a percentage of either is the Jaccard index.'
\echo
\set ECHO queries
SELECT a.campaign, b.campaign AS "and", round(estimate) AS "both",
	   round(lower) AS "95% from", round(upper) AS "to",
	   exact, error_percent(estimate, exact) AS "error %",
	   round((100 * jaccard)::numeric, 2) AS "% of either",
	   round(100.0 * exact / exact_union, 2) AS "exactly"
FROM campaign AS a
JOIN campaign AS b ON a.campaign < b.campaign AND 'all' NOT IN (a.campaign, b.campaign)
CROSS JOIN hll_intersection_bounds(a.impressions, b.impressions)
CROSS JOIN hll_jaccard(a.impressions, b.impressions) AS jaccard
JOIN exact_overlap AS e ON e.a = a.campaign AND e.b = b.campaign
ORDER BY "both" DESC;
\set ECHO none

\echo '--- The same as a matrix: of the visitors of one campaign (line), how many in'
\echo '    100 came by another one too (column)'
\echo
\set ECHO queries
SELECT a.campaign, b.campaign AS other,
	   round(100 * hll_intersection_cardinality(a.impressions, b.impressions)
			 / #a.impressions) AS percent
FROM campaign AS a
JOIN campaign AS b ON 'all' NOT IN (a.campaign, b.campaign)
ORDER BY 1, 2
\crosstabview
\set ECHO none

\echo '--- A path: came by newsletter, by search too, and bought something (by any'
\echo '    campaign): steps that do not nest, as intersections of one, two, three sets'
\echo
\set ECHO queries
WITH path AS (
	SELECT n.impressions AS newsletter, s.impressions AS search, t.purchases
	FROM campaign AS n, campaign AS s, campaign AS t
	WHERE (n.campaign, s.campaign, t.campaign) = ('newsletter', 'search', 'all')
)
SELECT step, round(hll_intersection_cardinality(sets)) AS visitors, exact,
	   error_percent(hll_intersection_cardinality(sets), exact) AS "error %"
FROM path AS p
CROSS JOIN exact_path AS e
CROSS JOIN LATERAL (
	VALUES (1, 'newsletter', ARRAY[p.newsletter], e.newsletter),
		   (2, 'and search', ARRAY[p.newsletter, p.search], e.search),
		   (3, 'and purchase', ARRAY[p.newsletter, p.search, purchases], e.purchase))
	AS step (n, step, sets, exact)
ORDER BY n;
\set ECHO none

\echo '--- Funnel: visitors who reached each step within the 30 days'
\echo 'The steps nest (nobody buys without a cart), so each is one distinct count.'
\echo
\set ECHO queries
SELECT step, round(estimate) AS visitors,
	   round(lower) AS "95% from", round(upper) AS "to",
	   exact, error_percent(estimate, exact) AS "error %",
	   round((100 * estimate / lag(estimate) OVER (ORDER BY n))::numeric, 1)
	   AS "% of step before",
	   round((100 * estimate / first_value(estimate) OVER (ORDER BY n))::numeric, 1)
	   AS "% of first step"
FROM campaign AS c
JOIN exact_campaign AS e USING (campaign)
CROSS JOIN LATERAL (VALUES (1, 'view',        c.impressions, e.impressions),
						   (2, 'add_to_cart', c.carts,       e.carts),
						   (3, 'purchase',    c.purchases,   e.purchases))
		   AS funnel (n, step, visitors, exact)
CROSS JOIN hll_cardinality_bounds(visitors)
WHERE campaign = 'all'
ORDER BY n;
\set ECHO none
