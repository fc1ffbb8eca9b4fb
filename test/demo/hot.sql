-- hot.sql: the most viewed pages, and the views of any page, from sketches of each
-- hour, merged into days and the month.
--
-- topk lists the frequent pages, with bounds that always hold; cms answers for any
-- given page, and is never too low.

\echo
\echo '--- One pass over the events: for each hour, how often each page was viewed, and'
\echo '    the most viewed pages'
\echo
\set ECHO queries
CREATE TABLE hot_hourly AS
SELECT date_trunc('hour', at) AS hour, cms_add_agg(page) AS views,
	   topk_add_agg(page) AS pages
FROM events
GROUP BY 1;
\echo
/* Days are unions of hours, and the month is one of days. */
CREATE TABLE hot_daily AS
SELECT hour::date AS day, cms_union_agg(views) AS views, topk_union_agg(pages) AS pages
FROM hot_hourly
GROUP BY 1;
\set ECHO none

/* The same exactly, only to compare with. */
CREATE TABLE page_hour AS
SELECT date_trunc('hour', at) AS hour, page, count(*) AS n FROM events GROUP BY 1, 2;

\echo
\echo '--- Top pages of a day and of the month, merged from 24 hours and from 30 days'
\echo
\set ECHO queries
SELECT period, rank, item AS page, estimate, lower, upper, exact, exact_rank
FROM (SELECT 'last day' AS period, date '2026-06-30' AS first, pages FROM hot_daily
	  WHERE day = '2026-06-30'
	  UNION ALL
	  SELECT 'month', '2026-06-01', topk_union_agg(pages) FROM hot_daily) AS p
CROSS JOIN LATERAL ROWS FROM (topk_items(pages, 8)) WITH ORDINALITY
	AS top (item, estimate, lower, upper, rank)
CROSS JOIN LATERAL (SELECT page, sum(n) AS exact, row_number() OVER (ORDER BY sum(n) DESC)
					AS exact_rank
					FROM page_hour WHERE hour >= first GROUP BY page) AS e
WHERE page = item
ORDER BY period, rank;
\set ECHO none

\echo '--- Trending at 23:00 of the last day, against that hour of the 7 days before'
\echo 'Neither is "this hour" too high nor "usually" too low: what seems to trend, does.'
\echo
\set ECHO queries
SELECT item AS page, lower AS "this hour", exact_now AS exactly,
	   round(before / 7.0, 1) AS usually, round(exact_before / 7.0, 1) AS exactly,
	   round(lower / (before / 7.0 + 1), 1) AS "times as often"
FROM (SELECT topk_union_agg(pages) FILTER (WHERE hour = last) AS pages,
			 cms_union_agg(views) FILTER (WHERE hour < last) AS views
	  FROM hot_hourly, (VALUES (timestamp '2026-06-30 23:00')) AS l (last)
	  WHERE hour BETWEEN last - interval '7 days' AND last
		AND extract(hour FROM hour) = 23) AS s
CROSS JOIN topk_items(pages)
CROSS JOIN LATERAL (SELECT cms_frequency(views, item) AS before) AS b
CROSS JOIN LATERAL (SELECT sum(n) FILTER (WHERE hour = '2026-06-30 23:00') AS exact_now,
						   coalesce(sum(n) FILTER (WHERE hour < '2026-06-30 23:00'), 0)
						   AS exact_before
					FROM page_hour
					WHERE page = item AND hour >= '2026-06-23 23:00'
					  AND extract(hour FROM hour) = 23) AS e
ORDER BY 6 DESC
LIMIT 5;
\set ECHO none

\echo '--- How often were these pages viewed this month? (cms, with its own bounds)'
\echo 'Errors are relative to all events, so rare pages suffer: read their bounds.'
\echo
\set ECHO queries
SELECT page, cms_frequency(views, page) AS "at most", estimate,
	   lower AS "95% from", upper AS "to", exact
FROM (SELECT cms_union_agg(views) AS views FROM hot_daily) AS month
CROSS JOIN (SELECT page, sum(n) AS exact FROM page_hour
			WHERE page IN ('/welcome', '/checkout', '/product/1', '/product/50',
						   '/product/500', '/product/5000', '/product/offer-of-2026-06-30')
			GROUP BY page) AS e
CROSS JOIN cms_frequency_bounds(views, page)
ORDER BY exact DESC;
\set ECHO none

\echo '--- Over all pages of all days and of the month: frequencies that are too low (none),'
\echo '    above the error bound (at most 1%), within 95% bounds; and of the items'
\echo '    that topk lists, how many are out of their bounds (none)'
\echo
WITH sketch AS MATERIALIZED (
	SELECT 'day' AS per, day AS first, views, pages FROM hot_daily
	UNION ALL SELECT 'month', '2026-06-01', cms_union_agg(views), topk_union_agg(pages)
	FROM hot_daily
), exact AS MATERIALIZED (
	SELECT 'day' AS per, hour::date AS first, page, sum(n) AS n FROM page_hour GROUP BY 2, 3
	UNION ALL SELECT 'month', '2026-06-01', page, sum(n) FROM page_hour GROUP BY 3
), counted AS (
	SELECT per, count(*) AS pages, count(*) FILTER (WHERE f < n) AS "too low",
		   round(100.0 * avg((f > n + bound)::int), 3) AS "% above bound",
		   round(100.0 * avg((n BETWEEN lower AND upper)::int), 1) AS "% within 95%"
	FROM (SELECT per, n, cms_frequency(views, page) AS f, cms_error_bound(views) AS bound,
				 (cms_frequency_bounds(views, page)).*
		  FROM (SELECT * FROM sketch JOIN exact USING (per, first) ORDER BY per, first) AS s) AS c
	GROUP BY per
), listed AS (
	SELECT per, count(*) AS listed,
		   count(*) FILTER (WHERE (n BETWEEN lower AND upper) IS NOT TRUE) AS "out of bounds"
	FROM sketch
	CROSS JOIN topk_items(pages)
	LEFT JOIN (SELECT per, first, page AS item, n FROM exact) AS e USING (per, first, item)
	GROUP BY per
)
SELECT * FROM counted JOIN listed USING (per) ORDER BY pages;
