-- seen.sql: who is new? A bloom filter per day knows who came that day; the union
-- of the filters of all earlier days knows who came before.
--
-- Each filter is sized for all users of the month, so that they merge.

\echo
\echo '--- A filter of each day''s visitors, and for each day one of all days before'
\echo
\set ECHO queries
CREATE TABLE seen_daily AS
SELECT at::date AS day, bloom_add_agg(user_id, 500000) AS users
FROM events
GROUP BY 1;
\echo
CREATE TABLE seen_before AS
SELECT day, users, bloom_false_positive_rate(users) AS fpr
FROM (SELECT day, coalesce(bloom_union_agg(users) OVER earlier, bloom_empty(500000))
				  AS users
	  FROM seen_daily
	  WINDOW earlier AS (ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING
						 AND 1 PRECEDING)) AS s;
\set ECHO none

\echo
\echo '--- New visitors per day (every third day): those in no earlier filter'
\echo 'A false positive hides a new visitor, so there are too few, by the rate that'
\echo 'the filter itself reports; "corrected" makes up for that.'
\echo
\set ECHO queries
CREATE TABLE new_daily AS
SELECT day, count(*) AS visitors,
	   count(*) FILTER (WHERE NOT users @> user_id) AS new,
	   round(sum((NOT users @> user_id)::int / (1 - fpr))) AS corrected
FROM (SELECT DISTINCT at::date AS day, user_id FROM events) AS e
JOIN seen_before USING (day)
GROUP BY day;
\echo
SELECT day, visitors, new, exact, error_percent(new, exact) AS "error %",
	   corrected, error_percent(corrected, exact) AS "error %"
FROM new_daily
JOIN exact_new USING (day)
WHERE (day - '2026-06-01') % 3 = 2
ORDER BY day;
\set ECHO none

\echo '--- The pipeline: all visitors, new visitors and the day''s filter from one pass'
\echo '    over the events, each user hashed once'
\echo
\set ECHO queries
CREATE TABLE pipeline AS
SELECT day, hll_add_agg(h)                            AS visitors,
	   hll_add_agg(h) FILTER (WHERE NOT b.users @> h) AS new,
	   bloom_add_agg(h, 500000)                       AS users
FROM (SELECT at::date AS day, sketch_hash_any(user_id) AS h FROM events OFFSET 0) AS e
JOIN seen_before AS b USING (day)
GROUP BY day;
\echo
SELECT day, round(#p.visitors) AS visitors, v.exact,
	   error_percent(#p.visitors, v.exact) AS "error %",
	   round(#new) AS new, n.exact, error_percent(#new, n.exact) AS "error %",
	   p.users = s.users AS "same filter"
FROM pipeline AS p
JOIN exact_new AS n USING (day)
JOIN exact_visitors AS v USING (day)
JOIN seen_daily AS s USING (day)
WHERE (day - '2026-06-01') % 3 = 2 AND (days, device) = (1, 'all')
ORDER BY day;
\set ECHO none

\echo '--- Of all 30 days: no returning visitor was taken for a new one, on any day'
\echo '"hidden" are new visitors whom a false positive hid, "expected" the number'
\echo 'that the filters'' own rates predict.'
\echo
SELECT sum(exact) AS new, sum(new) AS found,
	   count(*) FILTER (WHERE new > exact) AS "days with too many",
	   sum(exact - new) AS hidden, round(sum(exact * fpr)) AS expected
FROM new_daily
JOIN exact_new USING (day)
JOIN seen_before USING (day);
