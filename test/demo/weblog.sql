-- weblog.sql: a web server access log, from requests to rollup to answers.
--
-- combined_log.awk has turned the log into CSV. Times are those of the server's
-- clock. A log of a few hours is reported by minute, one of two days by hour, a
-- longer one by day: :cell is the rollup's unit, :period the report's.

CREATE TABLE requests (
	address   text,
	at        timestamp NOT NULL,
	method    text,
	page      text,
	status    int,
	bytes     bigint,
	referrer  text,
	agent     text
);

\copy requests FROM 'build/demo/log.csv' (FORMAT csv)
ANALYZE requests;

SELECT CASE WHEN span < '6 hours' THEN 'minute' ELSE 'hour' END AS cell,
	   CASE WHEN span < '6 hours' THEN 'minute'
			WHEN span < '2 days' THEN 'hour' ELSE 'day' END AS period,
	   'YYYY-MM-DD' || CASE WHEN span < '2 days' THEN ' HH24:MI' ELSE '' END AS format,
	   span >= '2 days' AS has_days
FROM (SELECT max(at) - min(at) AS span FROM requests) AS log \gset

\echo
\echo '--- The log'
\echo
SELECT count(*) AS requests, min(at) AS "first", max(at) AS "last",
	   pg_size_pretty(pg_total_relation_size('requests')) AS size
FROM requests;

\echo '--- The rollup: one row per' :cell 'and status class'
\echo
\set ECHO queries
CREATE TABLE web_rollup AS
SELECT date_trunc(:'cell', at) AS at, status / 100 AS status_class,
	   count(*) AS requests,
	   hll_add_agg(address)  AS visitors,
	   hll_add_agg(page)     AS pages,
	   hll_add_agg(referrer) AS referrers,
	   topk_add_agg(page)    AS top_pages,
	   topk_add_agg(address) AS top_addresses
FROM requests
GROUP BY 1, 2;
\set ECHO none

\echo
\echo '--- Unique visitors (addresses) per' :period '(the last 24 that have requests)'
\echo 'Small sketches are lists of hashes and practically exact: the bounds meet.'
\echo
\set ECHO queries
SELECT to_char(at, :'format') AS :"period", requests,
	   round(estimate) AS visitors, round(lower) AS "95% from", round(upper) AS "to",
	   exact, error_percent(estimate, exact) AS "error %"
FROM (SELECT date_trunc(:'period', at) AS at, sum(requests) AS requests,
			 hll_union_agg(visitors) AS visitors
	  FROM web_rollup
	  GROUP BY 1 ORDER BY 1 DESC LIMIT 24) AS report
CROSS JOIN hll_cardinality_bounds(visitors)
JOIN (SELECT date_trunc(:'period', at) AS at, count(DISTINCT address) AS exact
	  FROM requests
	  GROUP BY 1) AS exact USING (at)
ORDER BY at;
\set ECHO none

\echo '--- New visitors per' :period '(the last 24 that have requests): those in no'
\echo '    earlier filter. Filters of few addresses are exact lists, too.'
\echo
\set ECHO queries
CREATE TABLE web_seen AS
SELECT at, coalesce(bloom_union_agg(seen) OVER earlier, bloom_empty(1000000)) AS before
FROM (SELECT date_trunc(:'period', at) AS at, bloom_add_agg(address, 1000000) AS seen
	  FROM requests
	  GROUP BY 1) AS period
WINDOW earlier AS (ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
ORDER BY at DESC LIMIT 24;
\echo
SELECT to_char(at, :'format') AS :"period", count(*) AS visitors,
	   count(*) FILTER (WHERE NOT before @> address) AS new,
	   count(*) FILTER (WHERE at = first) AS exact
FROM (SELECT date_trunc(:'period', at) AS at, address,
			 min(min(date_trunc(:'period', at))) OVER (PARTITION BY address) AS first
	  FROM requests
	  GROUP BY 1, 2) AS visit
JOIN web_seen USING (at)
GROUP BY at
ORDER BY at;
\set ECHO none

\if :has_days
\echo '--- A sliding window: unique visitors of the 7 days up to each day'
\echo
\set ECHO queries
SELECT at::date AS day, round(estimate) AS "visitors of 7 days",
	   round(lower) AS "95% from", round(upper) AS "to", exact
FROM (SELECT at, hll_union_agg(visitors)
				 OVER (ORDER BY at RANGE '6 days' PRECEDING) AS visitors
	  FROM (SELECT date_trunc('day', at) AS at, hll_union_agg(visitors) AS visitors
			FROM web_rollup
			GROUP BY 1) AS daily
	  ORDER BY at DESC LIMIT 14) AS week
CROSS JOIN hll_cardinality_bounds(visitors)
CROSS JOIN LATERAL (SELECT count(DISTINCT address) AS exact
					FROM requests AS r
					WHERE r.at >= week.at - interval '6 days'
					  AND r.at < week.at + interval '1 day') AS e
ORDER BY at;
\set ECHO none

\echo '--- Back again: visitors of a day who also came the day before'
\echo
\set ECHO queries
SELECT at::date AS day, round(#visitors) AS visitors,
	   hll_intersection_cardinality(visitors, before) AS back, exact
FROM (SELECT at, visitors, lag(visitors) OVER (ORDER BY at) AS before
	  FROM (SELECT date_trunc('day', at) AS at, hll_union_agg(visitors) AS visitors
			FROM web_rollup
			GROUP BY 1) AS daily
	  ORDER BY at DESC LIMIT 14) AS day
CROSS JOIN LATERAL (SELECT count(*) AS exact
					FROM (SELECT address FROM requests
						  WHERE requests.at::date = day.at::date
						  INTERSECT
						  SELECT address FROM requests
						  WHERE requests.at::date = day.at::date - 1) AS address) AS e
WHERE before IS NOT NULL
ORDER BY at;
\set ECHO none

\echo '--- Hour of day'
\echo
SELECT hour, requests, round(#visitors) AS visitors, exact,
	   repeat('*', (40 * (#visitors) / nullif(max(#visitors) OVER (), 0))::int)
	   AS graph
FROM (SELECT extract(hour FROM at)::int AS hour, sum(requests) AS requests,
			 hll_union_agg(visitors) AS visitors
	  FROM web_rollup
	  GROUP BY 1) AS report
JOIN (SELECT extract(hour FROM at)::int AS hour, count(DISTINCT address) AS exact
	  FROM requests
	  GROUP BY 1) AS exact USING (hour)
ORDER BY hour;
\endif

\echo '--- By status class, over the whole log'
\echo
SELECT status_class || 'xx' AS status, requests, round(estimate) AS visitors, exact
FROM (SELECT status_class, sum(requests) AS requests,
			 hll_union_agg(visitors) AS visitors
	  FROM web_rollup
	  GROUP BY 1) AS report
CROSS JOIN hll_cardinality_bounds(visitors)
JOIN (SELECT status / 100 AS status_class, count(DISTINCT address) AS exact
	  FROM requests
	  GROUP BY 1) AS exact USING (status_class)
ORDER BY 1;

\echo '--- Top pages of each' :period '(the last 3 that have requests), merged from its rows'
\echo
\set ECHO queries
SELECT to_char(at, :'format') AS :"period", left(item, 50) AS page, estimate, lower, upper, exact
FROM (SELECT date_trunc(:'period', at) AS at, topk_union_agg(top_pages) AS top_pages
	  FROM web_rollup
	  GROUP BY 1 ORDER BY 1 DESC LIMIT 3) AS report
CROSS JOIN topk_items(top_pages, 5)
CROSS JOIN LATERAL (SELECT count(*) AS exact FROM requests AS r
					WHERE date_trunc(:'period', r.at) = report.at AND page = item) AS e
ORDER BY at, estimate DESC;
\set ECHO none

\echo '--- Heavy hitters: addresses with more than 2% of all requests'
\echo 'Those marked certain are. None can be missing: "missed" counts them.'
\echo
\set ECHO queries
WITH exact AS MATERIALIZED (
	SELECT address AS item, count(*) AS exact FROM requests GROUP BY address
), found AS MATERIALIZED (
	SELECT item, lower, upper, lower >= threshold AS certain, threshold
	FROM (SELECT topk_union_agg(top_addresses) AS s FROM web_rollup) AS log
	CROSS JOIN LATERAL (SELECT 1 + topk_total(s) / 50 AS threshold) AS t
	CROSS JOIN topk_possible(s, threshold)
)
SELECT item AS address, lower, upper, certain, exact, threshold,
	   (SELECT count(*) FROM exact WHERE exact.exact >= threshold
		AND item NOT IN (SELECT item FROM found)) AS missed
FROM found
JOIN exact USING (item)
ORDER BY lower DESC
LIMIT 10;
\set ECHO none

\echo '--- The whole log, by one merge of the rollup'
\echo
\set ECHO queries
WITH total AS (
	SELECT hll_union_agg(visitors) AS visitors, hll_union_agg(pages) AS pages,
		   hll_union_agg(referrers) AS referrers
	FROM web_rollup
), exact AS (
	SELECT count(DISTINCT address) AS visitors, count(DISTINCT page) AS pages,
		   count(DISTINCT referrer) AS referrers
	FROM requests
)
SELECT "unique", round(estimate) AS estimate,
	   round(lower) AS "95% from", round(upper) AS "to",
	   exact, error_percent(estimate, exact) AS "error %"
FROM total AS t, exact AS e
CROSS JOIN LATERAL (VALUES (1, 'visitors', t.visitors, e.visitors),
						   (2, 'pages', t.pages, e.pages),
						   (3, 'referrers', t.referrers, e.referrers))
		   AS line (n, "unique", sketch, exact)
CROSS JOIN hll_cardinality_bounds(sketch)
ORDER BY n;
\set ECHO none
