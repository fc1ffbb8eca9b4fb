-- late.sql: events that arrive days late, merged into the finished rollups.
--
-- The phones of some visitors were offline. Late events change only the cells they
-- belong to, and the same batch again would change no sketch. campaign_daily
-- would take late events in the same way, and is left as it is.

CREATE TABLE late_events (LIKE events);

INSERT INTO late_events
SELECT e.*
FROM generate_series(date '2026-06-26', '2026-06-28', '1 day') AS day,
	 clickstream(day::date, 100001, 105000) AS e
WHERE device = 'mobile';

CREATE TABLE visitors_before AS SELECT * FROM visitors_daily;

\echo
\echo '--- Late events: an upsert merges them into the rollup'
\echo
\set ECHO queries
INSERT INTO visitors_daily AS t
SELECT at::date, device, count(*), hll_add_agg(user_id)
FROM late_events
GROUP BY 1, 2
ON CONFLICT (day, device) DO UPDATE
SET events = t.events + excluded.events,
	visitors = t.visitors || excluded.visitors;
\set ECHO none

/* The same for hours. */
INSERT INTO visitors_hourly AS t
SELECT date_trunc('hour', at), device, count(*), hll_add_agg(user_id)
FROM late_events
GROUP BY 1, 2
ON CONFLICT (hour, device) DO UPDATE
SET events = t.events + excluded.events,
	visitors = t.visitors || excluded.visitors;

INSERT INTO events SELECT * FROM late_events;

\echo
\echo 'Visitors before and after, beside the exact count of all events:'
\echo
SELECT day, device, t.events - b.events AS "late events",
	   round(#b.visitors) AS "before", round(#t.visitors) AS "after",
	   round(lower) AS "95% from", round(upper) AS "to",
	   exact, error_percent(#t.visitors, exact) AS "error %"
FROM visitors_daily AS t
CROSS JOIN hll_cardinality_bounds(t.visitors)
JOIN visitors_before AS b USING (day, device)
JOIN (SELECT at::date AS day, device, count(DISTINCT user_id) AS exact
	  FROM events
	  GROUP BY 1, 2) AS e USING (day, device)
WHERE t.events > b.events
ORDER BY day;

\echo 'If the batch had been sent twice, how many sketches would differ now?'
\echo
\set ECHO queries
SELECT count(*) AS cells,
	   count(*) FILTER (WHERE t.visitors || late.visitors <> t.visitors) AS differ
FROM visitors_daily AS t
JOIN (SELECT at::date AS day, device, hll_add_agg(user_id) AS visitors
	  FROM late_events
	  GROUP BY 1, 2) AS late USING (day, device);
\set ECHO none

DROP TABLE visitors_before;
