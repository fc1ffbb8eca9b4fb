-- rollup.sql: from raw events to one small sketch per cell.
--
-- Two statements read the raw events, each once. Everything that report.sql
-- answers comes from these tables.

\echo
\set ECHO queries
/* One row per hour and device, its visitors as a sketch. */
CREATE TABLE visitors_hourly (
	hour      timestamp,
	device    text,
	events    bigint NOT NULL,
	visitors  hll    NOT NULL,
	PRIMARY KEY (hour, device)
);
\echo
INSERT INTO visitors_hourly
SELECT date_trunc('hour', at), device, count(*), hll_add_agg(user_id)
FROM events
GROUP BY 1, 2;
\echo
/* Days are unions of hours: the raw events are not needed again. */
CREATE TABLE visitors_daily (
	day       date,
	device    text,
	events    bigint NOT NULL,
	visitors  hll    NOT NULL,
	PRIMARY KEY (day, device)
);
\echo
INSERT INTO visitors_daily
SELECT hour::date, device, sum(events), hll_union_agg(visitors)
FROM visitors_hourly
GROUP BY 1, 2;
\echo
/*
 * A sketch per step through the shop. sketch_hash_any(user_id) spells out the
 * hash that hll_add_agg(user_id) takes by itself: the sketches are the same.
 */
CREATE TABLE campaign_daily AS
SELECT at::date AS day, campaign,
	   hll_add_agg(visitor) FILTER (WHERE page = '/welcome')      AS impressions,
	   hll_add_agg(visitor) FILTER (WHERE page LIKE '/product/%') AS clicks,
	   hll_add_agg(visitor) FILTER (WHERE event = 'add_to_cart')  AS carts,
	   hll_add_agg(visitor) FILTER (WHERE event = 'purchase')     AS purchases
FROM (SELECT *, sketch_hash_any(user_id) AS visitor FROM events) AS events
GROUP BY 1, 2;
\set ECHO none
