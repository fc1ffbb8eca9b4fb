-- exact.sql: the same answers by count(distinct), only to compare with.

/* Each user once per day and device: the same distinct counts from fewer rows. */
CREATE TABLE user_day AS
SELECT DISTINCT at::date AS day, device, user_id FROM events;

CREATE INDEX ON user_day (day);
ANALYZE user_day;

/* Every day, every 7 days in a row, and all 30 days; by device and in all. */
CREATE TABLE exact_visitors AS
SELECT days, last.day, device, exact
FROM (VALUES (1), (7), (30)) AS period (days)
CROSS JOIN (SELECT DISTINCT day FROM user_day) AS last
CROSS JOIN LATERAL (SELECT coalesce(device, 'all') AS device,
						   count(DISTINCT user_id) AS exact
					FROM user_day
					WHERE day BETWEEN last.day - days + 1 AND last.day
					GROUP BY ROLLUP (device)) AS visitors
WHERE last.day - days + 1 >= (SELECT min(day) FROM user_day);

CREATE TABLE exact_hour AS
SELECT extract(hour FROM at)::int AS hour_of_day, count(DISTINCT user_id) AS exact
FROM events
GROUP BY 1;

CREATE TABLE exact_campaign AS
SELECT coalesce(campaign, 'all') AS campaign,
	   count(DISTINCT user_id) FILTER (WHERE page = '/welcome')      AS impressions,
	   count(DISTINCT user_id) FILTER (WHERE page LIKE '/product/%') AS clicks,
	   count(DISTINCT user_id) FILTER (WHERE event = 'add_to_cart')  AS carts,
	   count(DISTINCT user_id) FILTER (WHERE event = 'purchase')     AS purchases
FROM events
GROUP BY ROLLUP (campaign);
