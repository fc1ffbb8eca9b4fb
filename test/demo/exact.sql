-- exact.sql: the same answers by count(distinct), for comparison.

/* Each user once per day and device: the same distinct counts from fewer rows. */
CREATE TABLE user_day AS
SELECT DISTINCT at::date AS day, device, user_id FROM events;

CREATE INDEX ON user_day (day);
ANALYZE user_day;

/* Who of one week came back in a later one. */
CREATE TABLE exact_retention AS
WITH user_week AS MATERIALIZED (
	SELECT DISTINCT date_trunc('week', day)::date AS week, user_id FROM user_day
)
SELECT a.week, b.week AS later, count(*) AS exact
FROM user_week AS a
JOIN user_week AS b USING (user_id)
WHERE a.week < b.week
GROUP BY a.week, b.week;

/* Whose first day it was. */
CREATE TABLE exact_new AS
SELECT day, count(*) AS exact
FROM (SELECT min(day) AS day FROM user_day GROUP BY user_id) AS first_day
GROUP BY day;

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

/* Who came by both of two campaigns, and by either. */
CREATE TABLE user_campaign AS
SELECT DISTINCT campaign, user_id FROM events;

CREATE TABLE exact_overlap AS
WITH size AS (
	SELECT campaign, count(*) AS n FROM user_campaign GROUP BY campaign
)
SELECT a, b, exact, sa.n + sb.n - exact AS exact_union
FROM (SELECT a.campaign AS a, b.campaign AS b, count(*) AS exact
	  FROM user_campaign AS a
	  JOIN user_campaign AS b USING (user_id)
	  WHERE a.campaign < b.campaign
	  GROUP BY a.campaign, b.campaign) AS pair
JOIN size AS sa ON sa.campaign = a
JOIN size AS sb ON sb.campaign = b;

/* Who came by newsletter, by search too, and bought something. */
CREATE TABLE exact_path AS
SELECT count(*) FILTER (WHERE letter)                      AS newsletter,
	   count(*) FILTER (WHERE letter AND search)           AS search,
	   count(*) FILTER (WHERE letter AND search AND buyer) AS purchase
FROM (SELECT bool_or(campaign = 'newsletter') AS letter,
			 bool_or(campaign = 'search')     AS search,
			 bool_or(event = 'purchase')      AS buyer
	  FROM events
	  GROUP BY user_id) AS visitor;
