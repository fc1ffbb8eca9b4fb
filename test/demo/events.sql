-- events.sql: fills the events table and shows what is in it.

INSERT INTO events
SELECT e.*
FROM generate_series(date '2026-06-01', '2026-06-30', '1 day') AS day,
	 clickstream(day::date, 1, visits(day::date)) AS e;

VACUUM ANALYZE events;

\echo
\echo '--- The raw events'
\echo
SELECT count(*) AS events, count(DISTINCT user_id) AS users,
	   min(at) AS "first", max(at) AS "last",
	   pg_size_pretty(pg_total_relation_size('events')) AS size
FROM events;

\echo '--- How skewed they are'
\echo
WITH per_user AS MATERIALIZED (
	SELECT count(*) AS n, count(DISTINCT at::date) AS days,
		   row_number() OVER (ORDER BY count(*) DESC) AS rank, count(*) OVER () AS users
	FROM events
	GROUP BY user_id
)
SELECT max(n) AS "events of the busiest user",
	   round(100 * sum(n) FILTER (WHERE rank <= users * 0.01) / sum(n), 1)
	   AS "% of events by top 1%",
	   round(100 * sum(n) FILTER (WHERE rank <= users * 0.20) / sum(n), 1)
	   AS "by top 20%",
	   round(100 * avg((days > 1)::int), 1) AS "% of users back on another day"
FROM per_user;
