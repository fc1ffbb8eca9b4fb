-- stream.sql: the whole pipeline, over batches of incoming events: new visitor?
-- -> unique visitors -> counts of actions -> hot pages.
--
-- One row per hour and one filter of all visitors so far. Each batch is one
-- statement that updates them and hashes each visitor once.

CREATE TABLE incoming AS SELECT * FROM events WHERE at >= '2026-06-26' ORDER BY at;
CREATE INDEX ON incoming (at);
ANALYZE incoming;

\echo
\set ECHO queries
CREATE TABLE stream (
	hour          timestamp PRIMARY KEY,
	visitors      hll,
	new_visitors  hll,
	actions       cms,
	pages         topk
);
CREATE TABLE ever AS SELECT bloom_empty(500000) AS visitors;
\echo
CREATE PROCEDURE take_batch(first timestamp, next timestamp) LANGUAGE sql AS $$
WITH e AS MATERIALIZED (
	SELECT date_trunc('hour', at) AS hour, sketch_hash_any(user_id) AS h, event, page
	FROM incoming
	WHERE at >= first AND at < next
), remembered AS (
	UPDATE ever SET visitors = visitors || (SELECT bloom_add_agg(h, 500000) FROM e)
)
INSERT INTO stream AS s
SELECT hour, hll_add_agg(h),
	   hll_add_agg(h) FILTER (WHERE NOT (SELECT visitors FROM ever) @> h),
	   cms_add_agg(event || ' ' || page), topk_add_agg(page)
FROM e
GROUP BY hour
ORDER BY hour
ON CONFLICT (hour) DO UPDATE
SET visitors = s.visitors || excluded.visitors,
	new_visitors = s.new_visitors || excluded.new_visitors,
	actions = s.actions || excluded.actions,
	pages = s.pages || excluded.pages
$$;
\set ECHO none

\echo
\echo 'The last 5 days in 240 batches of half an hour.'
SELECT format('CALL take_batch(%L, %L)', at, at + interval '30 minutes')
FROM generate_series(timestamp '2026-06-26', '2026-06-30 23:30', '30 minutes') AS at
\gexec

\echo
\echo '--- What the stream knows of each day, beside the exact counts'
\echo
\set ECHO queries
SELECT day, round(#s.visitors) AS visitors, e.visitors AS exact,
	   round(#new_visitors) AS new, e.new AS exact,
	   cms_frequency(actions, 'purchase /checkout'::text) AS purchases, e.purchases AS exact,
	   item AS "hottest product", estimate AS views, e.views AS exact
FROM (SELECT hour::date AS day, hll_union_agg(visitors) AS visitors,
			 hll_union_agg(new_visitors) AS new_visitors,
			 cms_union_agg(actions) AS actions, topk_union_agg(pages) AS pages
	  FROM stream
	  GROUP BY 1) AS s
JOIN (SELECT day, count(DISTINCT user_id) AS visitors,
			 count(DISTINCT user_id) FILTER (WHERE day = first) AS new,
			 count(*) FILTER (WHERE event = 'purchase') AS purchases,
			 (SELECT count(*) FROM incoming
			  WHERE at >= day AND at < day + 1 AND page LIKE '/product/%'
			  GROUP BY page ORDER BY 1 DESC LIMIT 1) AS views
	  FROM (SELECT at::date AS day, user_id, event,
				   min(at::date) OVER (PARTITION BY user_id) AS first
			FROM incoming) AS e
	  GROUP BY day) AS e USING (day)
CROSS JOIN LATERAL (SELECT * FROM topk_items(pages) WHERE item LIKE '/product/%' LIMIT 1) AS top
ORDER BY day;
\set ECHO none
