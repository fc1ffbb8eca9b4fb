-- The SQL of the README and of the manual in doc/: every block is taken from its page
-- and run, on users and pages so few that all sketches are exact, and the answers are
-- compared with exact ones computed from the events. Then the same with so many that
-- sketches are dense, filters too full and counters shared, and answers must be near.
-- Whoever changes the SQL of a page changes the expected output; a new recipe needs its
-- exact answer in answers().

SET client_min_messages = error;	-- CREATE PUBLICATION warns of wal_level
SET datestyle = iso;
SET jit = off;	-- answers() would be compiled for seconds
SET max_parallel_workers_per_gather = 0;

\set pages `cd "${PG_ABS_SRCDIR:-.}" && for f in README.md doc/*.md; do echo "@@@ $f"; cat "$f"; done`

CREATE SCHEMA recipe;
SET search_path = recipe, public;

-- The lines of all pages, in the order in which to run them: later pages use tables of
-- earlier ones. Code is in fences (```), or indented by four spaces outside of a list.
CREATE TABLE line AS
WITH page AS (
	SELECT split_part(part, E'\n', 1) AS page, part,
		coalesce(array_position(ARRAY['README.md', 'doc/choosing.md', 'doc/rollups.md',
			'doc/recipes.md', 'doc/scaling.md'], split_part(part, E'\n', 1)), 99) AS place
	FROM regexp_split_to_table(:'pages', '(^|\n)@@@ ') AS part WHERE part <> ''
)
SELECT page, row_number() OVER (ORDER BY place, page, number) AS number, line,
	line LIKE '```%' AS is_fence,
	count(*) FILTER (WHERE line LIKE '```%') OVER (ORDER BY place, page, number) AS fences,
	max(line) FILTER (WHERE line LIKE '*Not run by the tests%')
		OVER (ORDER BY place, page, number ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS not_run
FROM page, regexp_split_to_table(part, '\n') WITH ORDINALITY AS l (line, number);

-- A block of SQL is run unless the line above says "*Not run by the tests ...*".
CREATE TABLE block AS
SELECT opening.page, opening.number, opening.not_run, string_agg(body.line, E'\n' ORDER BY body.number) AS code
FROM line AS opening JOIN line AS body USING (fences)
WHERE opening.line = '```sql' AND NOT body.is_fence
GROUP BY opening.page, opening.number, opening.not_run;
SELECT page, not_run, substring(code FROM '^[^;]*') AS begins_with FROM block
WHERE not_run IS NOT NULL ORDER BY number;
-- No other code is SQL.
SELECT page, line FROM line
WHERE (fences % 2 = 1 OR line LIKE '    %')
	AND line ~* '^\s*(SELECT|WITH|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|SET)\M.*[;(,A-Z]\s*$'
	AND NOT EXISTS (SELECT FROM line AS opening
		WHERE opening.fences = line.fences AND opening.line = '```sql')
ORDER BY number;

-- Links lead to pages, and to headings on them. Tables apart, lines fit a screen.
CREATE TABLE link AS
SELECT page, number, CASE WHEN target LIKE '#%' THEN page
		WHEN target LIKE '../%' THEN substring(target FROM '^../([^#]*)')
		WHEN page LIKE 'doc/%' THEN 'doc/' || split_part(target, '#', 1)
		ELSE split_part(target, '#', 1) END AS to_page,
	nullif(split_part(target, '#', 2), '') AS to_heading
FROM line, regexp_matches(line, '\]\(([^)]*)\)', 'g') AS m, LATERAL (SELECT m[1] AS target) AS t
WHERE target NOT LIKE 'http%';
SELECT DISTINCT to_page AS not_a_page FROM link WHERE to_page NOT IN (SELECT page FROM line) ORDER BY 1;
SELECT page, to_page, to_heading AS no_such_heading FROM link
WHERE to_heading IS NOT NULL AND NOT EXISTS (SELECT FROM line
	WHERE page = to_page AND line ~ '^#+ ' AND to_heading = replace(regexp_replace(
		lower(substring(line FROM '^#+ (.*)')), '[^a-z0-9 _-]', '', 'g'), ' ', '-'))
ORDER BY number;
SELECT page, line AS too_long FROM line
WHERE length(line) > 100 AND line NOT LIKE '|%' AND line !~ '^[ -].*[|+]' ORDER BY number;
SELECT count(*) <= 250 AS readme_is_short FROM line WHERE page = 'README.md';

-- The statements, named by the heading above them, the second query below one heading
-- "heading 2". A query fills a table of that name, which is then shown.
CREATE TABLE statement AS
SELECT row_number() OVER (ORDER BY number, part) AS n, page, title, trim(sql, E'\n') AS sql,
	sql ~ '^\n*(SELECT|WITH)' AND sql !~ 'INSERT' AS is_query, trim(sql, E'\n') AS as_on_page
FROM block, regexp_split_to_table(code, ';[ ]*(--[^\n]*)?(\n+|$)') WITH ORDINALITY AS s (sql, part),
	LATERAL (SELECT substring(line FROM '^#+ ([[:alnum:] -]*[[:alnum:]])') AS title FROM line
		WHERE line.page = block.page AND line.number < block.number AND line ~ '^#+ [[:alnum:]]'
		ORDER BY line.number DESC LIMIT 1) AS above
WHERE not_run IS NULL AND sql <> '' AND sql NOT LIKE 'CREATE EXTENSION%';
SELECT page, count(*) AS statements FROM statement GROUP BY page ORDER BY min(n);
CREATE VIEW run AS
SELECT n, page, name, is_query,
	CASE WHEN is_query THEN format(E'CREATE TABLE %I AS\n%s', name, sql) ELSE sql END AS sql,
	CASE WHEN is_query THEN format('SELECT * FROM %I AS answer ORDER BY answer', name) END AS show
FROM (SELECT *, row_number() OVER (PARTITION BY title, is_query ORDER BY n) AS place FROM statement) AS s,
	LATERAL (SELECT title || CASE WHEN is_query AND place > 1 THEN ' ' || place ELSE '' END AS name) AS t
WHERE title <> 'Erasing a person';	-- run at the end, since it takes events away

-- Six weeks of events, by users who come for a while and by others who come at
-- any time; some of the events come late. Of the products' pages the v-th is viewed
-- as often as 1/v^2 says, and each day has news of its own. Two addresses attack.
CREATE TABLE every_event (late boolean, ts timestamp, user_id integer, device text,
	campaign text, kind text, page text, country text, address inet);
CREATE PROCEDURE make_events(n integer) LANGUAGE sql AS $$
	INSERT INTO every_event
	SELECT i % 97 = 0, ts, user_id,
		(ARRAY['phone', 'tablet', 'desktop'])[1 + user_id % 3],
		(ARRAY['banner', 'newsletter', 'search'])[1 + (user_id % 7 + i % 5) % 3], kind,
		CASE WHEN i % 7 = 0 THEN '/news/' || ts::date WHEN kind = 'cart' THEN '/cart'
			ELSE '/product/' || pages / (1 + i::bigint * 7919 % pages) END,
		(ARRAY['FI', 'IS', 'SE'])[1 + user_id % 5 % 3],
		CASE WHEN i % 11 = 0 THEN '192.0.2.1' WHEN i % 17 = 0 AND i > n / 2 THEN '192.0.2.2'
			ELSE inet '10.0.0.0' + user_id END
	FROM generate_series(0, n - 1) AS i,
		LATERAL (SELECT (CASE WHEN i % 4 = 1 THEN i::bigint * i % (n / 10 + 7)
				ELSE i / 9 + i::bigint * 7919 % (n / 30) END)::integer AS user_id,
			timestamp '2026-02-16' + i * (interval '42 days' / n) AS ts,
			n::bigint * n / 200000 AS pages) AS u,
		LATERAL (SELECT CASE WHEN i % 5 = 0 AND user_id % 3 = 0 THEN 'purchase'
			WHEN i % 5 < 2 AND user_id % 2 = 0 THEN 'cart' ELSE 'view' END AS kind) AS k
$$;
-- Another history, which changes: users and articles are many and busy when they
-- are new, and then go; a few users and products stay. It grows; Sundays, most of a Saturday
-- and four days of holidays are missing, noon is busier than night, and on some evenings
-- one page has every second view.
CREATE PROCEDURE make_history(n integer) LANGUAGE sql AS $$
	INSERT INTO every_event
	SELECT i % 97 = 0, ts, user_id,
		(ARRAY['phone', 'tablet', 'desktop'])[1 + user_id % 3],
		(ARRAY['banner', 'newsletter', 'search'])[1 + (user_id % 7 + i % 5) % 3],
		CASE WHEN i % 5 = 0 THEN 'cart' WHEN i % 5 = 1 AND user_id % 3 = 0 THEN 'purchase' ELSE 'view' END,
		CASE WHEN i % 5 = 0 THEN '/cart' WHEN i % 5 = 1 THEN '/product/' || floor(400 * w ^ 3)
			WHEN day % 5 = 3 AND u > 0.6 THEN '/burst/' || day
			ELSE '/article/' || 25 * day + floor(200 * (1 - w ^ 2)) END,
		(ARRAY['FI', 'IS', 'SE'])[1 + user_id % 5 % 3],
		CASE WHEN day % 6 = 2 AND i % 13 = 0 THEN '192.0.2.1' ELSE inet '10.0.0.0' + user_id END
	FROM generate_series(0, n - 1) AS i,
		LATERAL (SELECT mod(i * 0.6180339887498949, 1) AS u, mod(i * 0.7548776662466927, 1) AS v,
			mod(i * 0.5698402909980532, 1) AS w, floor(42 * (i::float8 / n) ^ 0.7)::integer AS d) AS r,
		LATERAL (SELECT CASE WHEN d % 7 = 6 OR d % 7 = 5 AND i % 3 > 0 THEN d - d % 7 + 4
			WHEN d BETWEEN 22 AND 25 THEN 21 ELSE d END AS day) AS p,
		LATERAL (SELECT (CASE WHEN i % 6 = 0 THEN floor(60 * v ^ 3)
				ELSE 60 + 30 * day + floor(300 * (1 - v ^ 3)) END)::integer AS user_id,
			timestamp '2026-02-16' + day * interval '1 day' + (12 + 96 * (u - 0.5) ^ 3) * interval '1 hour' AS ts) AS e
$$;
CREATE VIEW events AS SELECT * FROM every_event WHERE NOT late;
CREATE VIEW late_events AS SELECT * FROM every_event WHERE late;

-- The stream brings the events in two batches, which share an hour.
CREATE TABLE arrived (batches integer);
INSERT INTO arrived VALUES (0);
CREATE VIEW stream_event AS
SELECT *, 1 + (ts >= '2026-03-09 12:30')::integer AS batch FROM events;
CREATE VIEW batch AS
SELECT stream_event.* FROM stream_event, arrived WHERE batch = batches + 1;

-- A table of deliveries that each batch of 4,000 adds 3,000 to, and orders of
-- customers on other servers.
CREATE TABLE delivered (id bigint, word text);
CREATE INDEX ON delivered (id);
CREATE PROCEDURE make_delivered(n integer) LANGUAGE sql AS $$
	TRUNCATE delivered;
	INSERT INTO delivered SELECT i, 'old' FROM generate_series(1, n) AS i;
	DROP TABLE IF EXISTS incoming;
	CREATE TABLE incoming AS
	SELECT n - 1000 + 1 + i % 4000 AS id, 'new' AS word FROM generate_series(0, 4999) AS i
$$;
CREATE TABLE customers AS
SELECT i AS customer_id, CASE WHEN i % 50 = 0 THEN 'IS' ELSE 'FI' END AS country
FROM generate_series(1, 20000) AS i;
CREATE TABLE orders AS
SELECT i::bigint * 7919 % 20000 AS customer_id, i AS total FROM generate_series(1, 30000) AS i;

-- What the recipes ask, asked of the events.
CREATE VIEW exact_week AS
SELECT device, count(DISTINCT user_id) AS users FROM events
WHERE ts >= '2026-03-02' AND ts < '2026-03-09' GROUP BY device;
CREATE VIEW exact_users AS SELECT count(DISTINCT user_id) AS users FROM events;
CREATE VIEW exact_30_days AS
WITH user_day AS (SELECT DISTINCT ts::date AS day, user_id FROM every_event)
SELECT last.day, count(DISTINCT u.user_id) AS users
FROM (SELECT DISTINCT day FROM user_day) AS last
JOIN user_day AS u ON u.day BETWEEN last.day - 29 AND last.day
GROUP BY last.day;
CREATE VIEW exact_retention AS
WITH user_week AS (SELECT DISTINCT date_trunc('week', ts)::date AS week, user_id FROM every_event)
SELECT a.week, (b.week - a.week) / 7 AS weeks_later, count(*) AS users, count(u.user_id) AS back,
	count(*) FILTER (WHERE is_new) AS new_users,
	count(u.user_id) FILTER (WHERE is_new) AS new_back
FROM (SELECT *, week = min(week) OVER (PARTITION BY user_id) AS is_new FROM user_week) AS a
JOIN (SELECT DISTINCT week FROM user_week) AS b ON a.week < b.week
LEFT JOIN user_week AS u ON u.week = b.week AND u.user_id = a.user_id
GROUP BY a.week, b.week;
CREATE VIEW exact_tablet AS
SELECT day, count(DISTINCT user_id) FILTER (WHERE ts::date = day) AS users,
	count(DISTINCT user_id) AS users_7d
FROM (SELECT min(ts)::date + n AS day FROM every_event, generate_series(0, 41) AS n GROUP BY n
	HAVING min(ts)::date + n <= max(ts)::date) AS c
LEFT JOIN every_event ON device = 'tablet' AND ts::date BETWEEN day - 6 AND day
GROUP BY day;
-- A user is new in the first hour of the first batch that brings them.
CREATE VIEW exact_first AS
SELECT DISTINCT ON (user_id) user_id, date_trunc('hour', ts) AS hour FROM stream_event
ORDER BY user_id, batch, ts;
CREATE VIEW exact_new_back AS
WITH new_user AS (SELECT user_id, date_trunc('week', hour)::date AS week FROM exact_first),
	user_week AS (SELECT DISTINCT date_trunc('week', ts)::date AS week, user_id FROM events)
SELECT a.week, (b.week - a.week) / 7 AS weeks_later, count(*) AS new_users, count(u.user_id) AS back
FROM new_user AS a
JOIN (SELECT DISTINCT week FROM user_week) AS b ON a.week < b.week
LEFT JOIN user_week AS u ON u.week = b.week AND u.user_id = a.user_id
GROUP BY a.week, b.week;
CREATE VIEW exact_overlap AS
WITH c AS (SELECT DISTINCT campaign, user_id FROM events)
SELECT a.campaign AS a, b.campaign AS b, count(*) AS "both", (SELECT count(DISTINCT user_id) FROM c
	WHERE campaign IN (a.campaign, b.campaign)) AS "union"
FROM c AS a JOIN c AS b USING (user_id)
WHERE a.campaign < b.campaign GROUP BY a.campaign, b.campaign;
CREATE VIEW exact_funnel AS
SELECT count(*) FILTER (WHERE viewed) AS viewed, count(*) FILTER (WHERE viewed AND filled) AS filled,
	count(*) FILTER (WHERE viewed AND filled AND bought) AS bought
FROM (SELECT bool_or(kind = 'view') AS viewed, bool_or(kind = 'cart') AS filled,
		bool_or(kind = 'purchase') AS bought FROM events GROUP BY user_id) AS u;
CREATE VIEW exact_new AS
SELECT day, count(*) AS visitors,
	count(*) FILTER (WHERE (day - before <= 30) IS NOT TRUE) AS new
FROM (SELECT day, lag(day) OVER (PARTITION BY user_id ORDER BY day) AS before
	FROM (SELECT DISTINCT ts::date AS day, user_id FROM events) AS user_day) AS visit
GROUP BY day;
CREATE VIEW exact_top AS
SELECT date_trunc('month', ts)::date AS month, page, count(*) AS n,
	row_number() OVER (PARTITION BY date_trunc('month', ts)::date ORDER BY count(*) DESC) AS rank
FROM events GROUP BY 1, 2;
CREATE VIEW exact_trend AS
SELECT page, count(*) FILTER (WHERE hour = last) AS this_hour,
	count(*) FILTER (WHERE hour < last) AS before
FROM (SELECT date_trunc('hour', ts) AS hour, page,
		max(date_trunc('hour', ts)) OVER () AS last FROM events) AS e
WHERE hour::time = last::time AND hour >= last - interval '7 days'
GROUP BY page;
CREATE VIEW exact_heavy AS
SELECT *, n > 0.05 * sum(n) OVER (PARTITION BY day) AS heavy
FROM (SELECT ts::date AS day, host(address) AS address, count(*) AS n FROM events
	GROUP BY 1, 2) AS a;
CREATE VIEW exact_views AS
SELECT extract(hour FROM ts)::integer AS hour_of_day,
	count(*) FILTER (WHERE page = '/cart') AS views
FROM events WHERE ts >= '2026-03-02' AND ts < '2026-03-09' AND country = 'FI' GROUP BY 1;
CREATE VIEW exact_pairs AS
SELECT count(*) FILTER (WHERE a.page = b.page) AS pairs, count(*) AS possible
FROM events AS a, events AS b
WHERE a.ts::date = '2026-03-02' AND b.ts::date = '2026-03-03';
CREATE VIEW exact_stream AS
WITH e AS (SELECT *, ts::date AS day FROM stream_event)
SELECT day, count(DISTINCT user_id) AS visitors, coalesce(min(new), 0) AS new,
	count(*) FILTER (WHERE kind = 'cart' AND page = '/cart') AS carts,
	(SELECT count(*) FROM e AS hot WHERE hot.day = e.day GROUP BY page ORDER BY 1 DESC LIMIT 1) AS views
FROM e LEFT JOIN (SELECT hour::date AS day, count(*) AS new FROM exact_first GROUP BY 1) AS f USING (day)
GROUP BY day;

-- The shards are this database: whatever they are called, the servers lead
-- back to it, both to the same tables, which a union does not mind.
CREATE EXTENSION postgres_fdw;
CREATE FUNCTION lead_back() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE
	object record;
BEGIN
	FOR object IN SELECT * FROM pg_event_trigger_ddl_commands() LOOP
		EXECUTE format('ALTER SERVER %s OPTIONS (SET host %L, ADD port %L, SET dbname %L)',
			object.object_identity, split_part(current_setting('unix_socket_directories'), ', ', 1),
			current_setting('port'), current_database());
	END LOOP;
END $$;
CREATE EVENT TRIGGER lead_back ON ddl_command_end WHEN tag IN ('CREATE SERVER')
	EXECUTE FUNCTION lead_back();

-- Sparse sketches, and so few pages that topk holds them all.
CALL make_events(9000);
CALL make_delivered(20000);
ANALYZE every_event, delivered, incoming, orders, customers;
SELECT count(*) AS events, count(DISTINCT user_id) AS users,
	count(*) FILTER (WHERE late) AS late FROM every_event;
-- README makes a table of events only if there is none.
CREATE SCHEMA page;
CREATE VIEW page.events AS SELECT * FROM recipe.events;
SET search_path = page, recipe, public;
SELECT sql, show FROM run ORDER BY n \gexec

-- The second batch.
CREATE VIEW recipe.run_batch AS
SELECT n, CASE WHEN is_query THEN format('DROP TABLE %I', name) END AS clear, sql
FROM run WHERE (name = 'The whole pipeline' OR is_query) AND sql ~ '\mstream\M'
	AND sql !~ '^CREATE TABLE stream';
UPDATE arrived SET batches = 1;
SELECT clear, sql FROM run_batch ORDER BY n \gexec

-- Every number of an answer beside the exact one, with the size of the sets that it
-- comes from; NULL where one of the two is missing.
CREATE FUNCTION recipe.answers(OUT recipe text, OUT answer float8, OUT exact float8,
	OUT size float8) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT 'Getting started', weekly_users, users, users
	FROM "Getting started" FULL JOIN exact_week USING (device)
	UNION ALL SELECT 'Getting started 2', v.*
	FROM "Getting started 2" FULL JOIN (SELECT date_trunc('week', ts)::date AS week,
			count(*) FILTER (WHERE page = '/cart') AS carts, bool_or(user_id = 42) AS was_here,
			count(*) AS size
		FROM events GROUP BY 1) AS e USING (week),
		LATERAL (VALUES (cart_views, carts, size),
			(user_42_was_here::integer, was_here::integer, 1)) AS v
	UNION ALL SELECT 'From your own data 2', a."both", e."both", e."union"
	FROM "From your own data 2" AS a, exact_overlap AS e
	WHERE p >= 13 AND (e.a, e.b) = ('banner', 'search')
	UNION ALL SELECT 'From your own data 3', a.expected_items, ceil(1.5 * max(e.users) / 1000) * 1000, 1000
	FROM "From your own data 3" AS a, (SELECT count(DISTINCT user_id) AS users FROM events
		GROUP BY date_trunc('month', ts)) AS e GROUP BY a.expected_items
	UNION ALL SELECT 'From your own data 4', epsilon, round(0.1 * min(share), 6), 1
	FROM "From your own data 4", (SELECT n / sum(n) OVER (PARTITION BY month) AS share, rank FROM exact_top) AS e
	WHERE rank = 20 GROUP BY epsilon
	UNION ALL SELECT 'From your own data 5', k, max(ceil(2 / share)), 1
	FROM "From your own data 5", (SELECT n / sum(n) OVER (PARTITION BY month) AS share, rank FROM exact_top) AS e
	WHERE rank = 20 GROUP BY k
	UNION ALL SELECT 'Age the rollup', a.users, e.users, e.users
	FROM "Age the rollup" AS a
	FULL JOIN (SELECT date_trunc('month', ts)::date AS month, count(DISTINCT user_id) AS users
		FROM every_event WHERE ts < '2026-03-01' GROUP BY 1) AS e USING (month)
	UNION ALL SELECT 'Ad hoc', a.users, e.users, e.users
	FROM "Ad hoc" AS a, exact_users AS e
	UNION ALL SELECT 'Cube', from_rollup, users, users FROM "Cube", exact_users
	UNION ALL SELECT 'Cube 2', ad_hoc, users, users FROM "Cube 2", exact_users
	UNION ALL SELECT 'From postgresql-hll', a.users, e.users, e.users
	FROM "From postgresql-hll" AS a
	FULL JOIN (SELECT date_trunc('week', ts)::date AS week, count(DISTINCT user_id) AS users
		FROM events GROUP BY 1) AS e USING (week)
	UNION ALL SELECT 'Sliding 30 days', users_30d, users, users
	FROM "Sliding 30 days" FULL JOIN exact_30_days USING (day)
	UNION ALL SELECT 'With bounds', estimate, users, users
	FROM "With bounds", (SELECT count(DISTINCT user_id) AS users FROM every_event) AS e
	UNION ALL SELECT 'Retention', v.*
	FROM "Retention" AS a FULL JOIN exact_retention AS e USING (week, weeks_later),
		LATERAL (VALUES (a.users, e.users, e.users), (a.back, e.back, e.users),
			("% back", round(100.0 * e.back / e.users, 1), 100)) AS v
	UNION ALL SELECT 'Days without rows', v.*
	FROM "Days without rows" FULL JOIN exact_tablet USING (day),
		LATERAL (VALUES (tablet_users, users, users), (tablet_users_7d, users_7d, users_7d)) AS v
	UNION ALL SELECT 'New users who come back', v.*
	FROM "New users who come back" AS a FULL JOIN exact_new_back AS e USING (week, weeks_later),
		LATERAL (VALUES (a.new_users, e.new_users, e.new_users), (a.back, e.back, e.new_users)) AS v
	UNION ALL SELECT 'New users who come back 2', v.*
	FROM "New users who come back 2" AS a FULL JOIN exact_retention AS e USING (week, weeks_later),
		LATERAL (SELECT count(DISTINCT user_id) AS size FROM every_event) AS s,
		LATERAL (VALUES (a.new_users, e.new_users, size), (a.back, e.new_back, size)) AS v
	UNION ALL SELECT 'Campaign overlap', v.*
	FROM "Campaign overlap" AS o FULL JOIN exact_overlap AS e USING (a, b),
		LATERAL (VALUES (o."both", e."both", e."union"),
			(o.jaccard, round(e."both"::numeric / e."union", 3), 1)) AS v
	UNION ALL SELECT 'Funnel', v.*
	FROM "Funnel" AS a, exact_funnel AS e, LATERAL (VALUES (a.viewed, e.viewed, e.viewed),
		(a.and_filled, e.filled, e.viewed), (a.and_bought, e.bought, e.viewed)) AS v
	UNION ALL SELECT 'Several sketches in one pass', v.*
	FROM "Several sketches in one pass" AS a,
		(SELECT count(DISTINCT user_id) AS users,
			count(DISTINCT user_id) FILTER (WHERE kind = 'purchase') AS buyers FROM events) AS e,
		LATERAL (VALUES (a.users, e.users, e.users), (a.buyers, e.buyers, e.buyers)) AS v
	UNION ALL SELECT 'New and returning visitors', v.*
	FROM "New and returning visitors" AS a FULL JOIN exact_new AS e USING (day),
		LATERAL (VALUES (a.visitors, e.visitors, e.visitors), (a.new, e.new, e.visitors),
			(new_corrected, e.new, e.visitors)) AS v
	UNION ALL SELECT 'Which days saw this user', (a.day IS NOT NULL)::integer,
		(e.day IS NOT NULL)::integer, 1
	FROM "Which days saw this user" AS a
	FULL JOIN (SELECT DISTINCT ts::date AS day FROM events WHERE user_id = 42) AS e USING (day)
	UNION ALL SELECT 'Before a join across servers', v.*
	FROM "Before a join across servers" AS a,
		(SELECT count(*) AS orders, sum(total) AS total FROM orders JOIN customers
			USING (customer_id) WHERE country = 'IS') AS e,
		LATERAL (VALUES (a.orders, e.orders, e.orders), (a.total, e.total, e.total)) AS v
	UNION ALL SELECT 'From filter to count in one pass', v.*
	FROM "From filter to count in one pass" AS a FULL JOIN exact_new AS e USING (day),
		LATERAL (VALUES (a.visitors, e.visitors, e.visitors),
			(a.new, e.new, e.visitors)) AS v
	UNION ALL SELECT 'Top pages', v.*
	FROM "Top pages" AS a
	FULL JOIN (SELECT * FROM exact_top WHERE rank <= 5) AS e USING (month, page),
		LATERAL (SELECT count(*) AS size FROM events) AS s,
		LATERAL (VALUES (a.estimate, e.n, size), (a.lower, e.n, size), (a.upper, e.n, size)) AS v
	UNION ALL SELECT 'Trending', v.*
	FROM "Trending" AS a LEFT JOIN exact_trend AS e USING (page),
		LATERAL (SELECT count(*) AS size FROM events WHERE ts >= '2026-03-29') AS s,
		LATERAL (VALUES (a.this_hour, e.this_hour, size), (usually, round(before / 7.0, 1), size)) AS v
	UNION ALL SELECT 'Heavy hitters', (certain IS NOT NULL)::integer, heavy::integer, 1
	FROM "Heavy hitters" FULL JOIN (SELECT * FROM exact_heavy WHERE heavy) AS e USING (day, address)
	UNION ALL SELECT 'How often was this page viewed', v.*
	FROM "How often was this page viewed" AS a FULL JOIN exact_views AS e USING (hour_of_day),
		LATERAL (SELECT count(*) / 24 AS size FROM events WHERE country = 'FI'
			AND ts >= '2026-03-02' AND ts < '2026-03-09') AS s,
		LATERAL (VALUES (at_most, views, size), (estimate, views, size), (lower, views, size),
			(upper, views, size)) AS v
	UNION ALL SELECT 'How large would a join be', a.pairs, e.pairs, e.possible
	FROM "How large would a join be" AS a, exact_pairs AS e
	UNION ALL SELECT 'The whole pipeline', v.*
	FROM "The whole pipeline" AS a FULL JOIN exact_stream AS e USING (day),
		LATERAL (VALUES (a.visitors, e.visitors, e.visitors), (a.new, e.new, e.visitors),
			(a.carts, e.carts, e.visitors), (a.views, e.views, e.visitors)) AS v
	UNION ALL SELECT 'Union over shards', a.users, e.users, e.users
	FROM "Union over shards" AS a FULL JOIN (SELECT ts::date AS day, count(DISTINCT user_id) AS users
		FROM every_event WHERE ts >= '2026-03-02' GROUP BY 1) AS e USING (day)
	UNION ALL SELECT 'De-duplicating a batch', count(*), count(DISTINCT id), count(*)
	FROM delivered
	UNION ALL SELECT 'De-duplicating a batch', count(*) FILTER (WHERE word = 'new'), 3000, 3000
	FROM delivered
$$;
SELECT recipe, count(*) AS numbers, count(*) FILTER (WHERE answer IS DISTINCT FROM exact) AS wrong
FROM answers() GROUP BY recipe ORDER BY recipe;
SELECT page, name AS not_compared FROM run
WHERE is_query AND name NOT IN (SELECT recipe FROM answers()) ORDER BY n;

-- What the filter matches is looked up by the index, also where memory would do for a
-- hash of all deliveries, which PostgreSQL makes without OFFSET 0.
CREATE FUNCTION recipe.explain(sql text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || sql;
END $$;
SET work_mem = '512MB';
SELECT count(*) FILTER (WHERE line ~ 'SubPlan') > 0 AS subplan, count(*) FILTER (WHERE line ~ 'Index.* Scan') AS index_scans,
	count(*) FILTER (WHERE line ~ 'hashed') AS hashed
FROM statement, explain(sql) AS line WHERE title = 'De-duplicating a batch' AND sql ~ '^INSERT';
SELECT count(*) FILTER (WHERE line ~ 'hashed') AS hashed_without_offset
FROM statement, explain(replace(sql, ' OFFSET 0', '')) AS line
WHERE title = 'De-duplicating a batch' AND sql ~ '^INSERT';
RESET work_mem;

-- The batch once more: nothing of it is new.
SELECT sql FROM statement WHERE title = 'De-duplicating a batch' AND sql ~ '^INSERT' \gexec
SELECT count(*) AS deliveries, count(DISTINCT id) AS ids FROM delivered;

-- Over postgres_fdw, in a session with another search_path: the filter is made by
-- one server and probed by the other.
SELECT btrim(line) AS sent FROM statement, explain(sql) AS line
WHERE title = 'Union over shards' AND sql ~ '^SELECT' AND line ~ 'Async|Remote' ORDER BY line;
CREATE SERVER shop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '', dbname '', extensions 'pgext');
CREATE SERVER registry FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '', dbname '', extensions 'pgext');
CREATE USER MAPPING FOR CURRENT_USER SERVER shop;
CREATE USER MAPPING FOR CURRENT_USER SERVER registry;
CREATE SCHEMA far;
SET search_path = far, recipe, public;
CREATE FOREIGN TABLE orders (customer_id bigint, total integer)
	SERVER shop OPTIONS (schema_name 'recipe');
CREATE FOREIGN TABLE customers (customer_id integer, country text)
	SERVER registry OPTIONS (schema_name 'recipe');
SELECT btrim(line) AS sent FROM statement, explain(sql) AS line
WHERE title = 'Before a join across servers' AND line ~ 'bloom.*Remote|Remote.*bloom'
ORDER BY sent;
SELECT sql FROM statement WHERE title = 'Before a join across servers' \gexec
SET search_path = page, recipe, public;
SELECT * FROM "Before a join across servers";
DROP SCHEMA far CASCADE;
DROP SERVER shop, registry, shard_1, shard_2 CASCADE;

-- Dense ones; filters that hold more than they are made for, but for the stream's;
-- and fewer counters than there are pages.
DROP SCHEMA page CASCADE;
DROP PUBLICATION busy_days;
TRUNCATE every_event;
UPDATE arrived SET batches = 0;
CALL make_events(60000);
CALL make_delivered(20000);
ANALYZE every_event, delivered, incoming, orders, customers;
CREATE SCHEMA page;
CREATE VIEW page.events AS SELECT * FROM recipe.events;
\set ECHO none
UPDATE statement SET sql = replace(sql, '1000000', '3000') WHERE title <> 'The whole pipeline';
UPDATE statement SET sql = regexp_replace(sql, 'cms_add_agg\(([^(,]*)\)', 'cms_add_agg(\1, 0.1, 0.01)');
UPDATE statement SET sql = replace(replace(sql, 'topk_add_agg(page)', 'topk_add_agg(page, 10)'),
	'topk_add_agg(host(address))', 'topk_add_agg(host(address), 20)');
SELECT sql FROM run ORDER BY n \gexec
UPDATE arrived SET batches = 1;
SELECT clear, sql FROM run_batch ORDER BY n \gexec
\set ECHO all
SELECT representation, count(*) FROM weekly, hll_info(users) GROUP BY representation;
SELECT recipe, count(*) AS numbers, count(*) FILTER (WHERE answer <> exact) > 0 AS not_exact,
	count(*) FILTER (WHERE (abs(answer - exact) < 0.03 * size) IS NOT TRUE) AS far
FROM answers() GROUP BY recipe ORDER BY recipe;
SELECT count(*) AS pairs, count(*) FILTER (WHERE e.back BETWEEN "95% from" AND "to") >= 13 AS hold,
	count(*) FILTER (WHERE "to" - "95% from" < 0.05 * e.users) AS narrow
FROM "Retention" JOIN exact_retention AS e USING (week, weeks_later);
SELECT count(*) AS pairs, count(*) FILTER (WHERE e.back BETWEEN "95% from" AND "to") >= 13 AS hold
FROM "New users who come back" JOIN exact_new_back AS e USING (week, weeks_later);
SELECT count(*) AS pairs, min(a.back) >= 0 AS not_negative,
	count(*) FILTER (WHERE abs(a.back - e.new_back) <= 2 * "+-") >= 13 AS near
FROM "New users who come back 2" AS a JOIN exact_retention AS e USING (week, weeks_later);
SELECT count(*) AS pairs, count(*) FILTER (WHERE abs(o."both" - e."both") < 3 * "+-") AS near
FROM "Campaign overlap" AS o JOIN exact_overlap AS e USING (a, b);
-- False positives hide new visitors, never the other way round; as many as told.
SELECT round(max(fpr)::numeric, 2) AS fpr FROM "New and returning visitors";
SELECT count(*) AS days, count(*) FILTER (WHERE a.new > e.new) AS too_many,
	sum(e.new) AS new, sum(a.new) AS found, sum(new_corrected) AS corrected
FROM "New and returning visitors" AS a JOIN exact_new AS e USING (day);
SELECT count(*) AS days, count(*) FILTER (WHERE t.users <> t.users || d.users) AS differ
FROM traffic AS t JOIN seen_daily AS d USING (day);
-- And are looked up before a delivery is dropped for them.
SELECT count(*) FILTER (WHERE ids @> id) AS looked_up
FROM (SELECT bloom_add_agg(id, 3000) AS ids FROM delivered WHERE word = 'old') AS s,
	generate_series(20001, 23000) AS id;
-- What cms and topk promise: bounds that hold; nothing too low, whatever trends; no
-- address certain that is not heavy, none that is heavy missing.
SELECT count(*) AS pages, count(*) FILTER (WHERE lower < upper) > 0 AS not_exact,
	count(*) FILTER (WHERE n BETWEEN lower AND upper) AS hold
FROM "Top pages" JOIN exact_top USING (month, page);
SELECT count(*) AS hours, count(*) FILTER (WHERE lower < upper) > 0 AS not_exact,
	count(*) FILTER (WHERE at_most < views) AS too_low,
	count(*) FILTER (WHERE views BETWEEN lower AND upper) >= 20 AS hold
FROM "How often was this page viewed" JOIN exact_views USING (hour_of_day);
-- (Frequencies of the parts, added up, are not above that of the whole.)
SELECT count(*) FILTER (WHERE parts < n) AS too_low,
	count(*) FILTER (WHERE parts > cms_frequency(views, page)) AS too_high,
	sum(parts) < sum(cms_frequency(views, page)) AS nearer
FROM (SELECT day, cms_union_agg(views) AS views FROM (SELECT hour::date AS day, views FROM hourly) AS h
		GROUP BY day) AS d
JOIN (SELECT ts::date AS day, page, count(*) AS n FROM events GROUP BY 1, 2) AS e USING (day)
JOIN (SELECT hour::date AS day, page, sum(cms_frequency(views, page)) AS parts
	FROM hourly, (SELECT DISTINCT page FROM events) AS p GROUP BY 1, 2) AS s USING (day, page);
SELECT a.pairs > e.pairs AS not_exact, a.pairs < e.pairs AS too_low
FROM "How large would a join be" AS a, exact_pairs AS e;
SELECT page FROM "Trending" ORDER BY this_hour / (usually + 1) DESC LIMIT 1;
SELECT count(*) AS pages, count(*) FILTER (WHERE t.this_hour > e.this_hour) AS too_high,
	count(*) FILTER (WHERE usually < round(before / 7.0, 1)) AS too_low
FROM "Trending" AS t JOIN exact_trend AS e USING (page);
SELECT count(*) FILTER (WHERE heavy) AS heavy,
	count(*) FILTER (WHERE certain AND NOT heavy) AS wrong,
	count(*) FILTER (WHERE heavy AND certain IS NULL) AS missing,
	count(*) FILTER (WHERE NOT certain) BETWEEN 1 AND 30 AS some_unclear
FROM "Heavy hitters" FULL JOIN exact_heavy USING (day, address) WHERE heavy OR certain IS NOT NULL;

-- A history that changes: what has gaps and comes in long batches is right as well.
DROP SCHEMA page CASCADE;
DROP PUBLICATION busy_days;
TRUNCATE every_event;
UPDATE arrived SET batches = 0;
DROP SERVER shard_1, shard_2 CASCADE;
CALL make_history(40000);
CALL make_delivered(20000);
ANALYZE every_event, delivered, incoming, orders, customers;
CREATE SCHEMA page;
CREATE VIEW page.events AS SELECT * FROM recipe.events;
\set ECHO none
UPDATE statement SET sql = as_on_page;
SELECT sql FROM run ORDER BY n \gexec
UPDATE arrived SET batches = 1;
SELECT clear, sql FROM run_batch ORDER BY n \gexec
\set ECHO all
SELECT count(*) AS events, count(DISTINCT user_id) AS users, count(DISTINCT page) AS pages,
	count(DISTINCT ts::date) AS days FROM every_event;
SELECT recipe, count(*) AS numbers, count(*) FILTER (WHERE answer IS DISTINCT FROM exact) AS not_exact
FROM answers() GROUP BY recipe HAVING bool_or(answer IS DISTINCT FROM exact) ORDER BY recipe;
SELECT count(*) AS pages, count(*) FILTER (WHERE n BETWEEN lower AND upper) AS hold
FROM "Top pages" JOIN exact_top USING (month, page);
-- A window of 30 rows reaches further back.
SELECT count(*) AS days, count(*) FILTER (WHERE users_30d <> users) AS wrong_by_rows
FROM (SELECT day, round(#hll_union_agg(users) OVER (ORDER BY day ROWS 29 PRECEDING)) AS users_30d
	FROM (SELECT day, hll_union_agg(users) AS users FROM daily GROUP BY day) AS d) AS r
JOIN exact_30_days USING (day);
-- Who is new is new in one hour only.
SELECT sum(#new_visitors) AS new, (SELECT count(*) FROM exact_first) AS users FROM stream;
-- What trends at noon of the last days: of the true ten, how many are found among all
-- items that are held, and among 20 candidates.
CREATE FUNCTION recipe.trending(at timestamp, candidates text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE (SELECT format('SELECT page FROM (%s) AS t', replace(replace(sql,
			'SELECT max(hour) AS last FROM hourly', format('SELECT %L::timestamp AS last', at)),
			'topk_items(pages)', candidates))
		FROM statement WHERE title = 'Trending');
END $$;
CREATE FUNCTION recipe.truly_trending(at timestamp) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT page FROM events WHERE ts::time >= at::time AND ts::time < at::time + interval '1 hour'
		AND ts::date BETWEEN at::date - 7 AND at::date
	GROUP BY page
	ORDER BY count(*) FILTER (WHERE ts >= at) / (count(*) FILTER (WHERE ts < at) / 7.0 + 1) DESC, page
	LIMIT 10
$$;
SELECT count(*) AS items, count(*) FILTER (WHERE page IN (SELECT trending(at, 'topk_items(pages)'))) AS found,
	count(*) FILTER (WHERE page IN (SELECT trending(at, 'topk_items(pages, 20)'))) AS found_of_20
FROM generate_series(timestamp '2026-03-23 12:00', '2026-03-28 12:00', '1 day') AS at, truly_trending(at) AS page;

-- The parameters that doc/choosing.md finds in the data do what they are for.
SELECT * FROM "From your own data" ORDER BY p;
SELECT * FROM "From your own data 2" ORDER BY p;
SELECT expected_items, count(*) AS months, max(fpr) <= 0.01 AS enough
FROM "From your own data 3",
	LATERAL (SELECT bloom_false_positive_rate(bloom_add_agg(user_id, expected_items::bigint)) AS fpr
		FROM events, (SELECT DISTINCT date_trunc('month', ts) AS month FROM events) AS m
		WHERE date_trunc('month', ts) = month GROUP BY month) AS f
GROUP BY expected_items;
SELECT epsilon, count(*) AS pages, count(*) FILTER (WHERE cms_frequency(views, page) > 1.1 * n) AS too_high
FROM "From your own data 4", LATERAL (SELECT month, cms_union_agg(views) AS views
		FROM (SELECT date_trunc('month', ts)::date AS month, cms_add_agg(page, epsilon::float8) AS views
			FROM events GROUP BY 1, ts::date) AS d GROUP BY month) AS m
JOIN exact_top AS e USING (month)
WHERE e.rank <= 20 GROUP BY epsilon;
SELECT k, count(*) AS listed, count(*) FILTER (WHERE lower > topk_error_bound(pages)) AS certain
FROM "From your own data 5", LATERAL (SELECT month, topk_union_agg(pages) AS pages
		FROM (SELECT date_trunc('month', ts)::date AS month, topk_add_agg(page, k::integer) AS pages
			FROM events GROUP BY 1, ts::date) AS d GROUP BY month) AS m
JOIN exact_top AS e USING (month) JOIN LATERAL topk_items(pages) AS i ON i.item = e.page
WHERE e.rank <= 20 GROUP BY k;

-- Erasing a person, whose events are all on time now. No row that holds them is missing
-- from the list of those that may; afterwards rows are what the remaining events give.
DELETE FROM every_event WHERE late;
UPDATE daily AS d SET users = (SELECT hll_add_agg(user_id) FROM events WHERE ts::date = day AND device = d.device);
SELECT format('CREATE TABLE may_hold AS %s', sql) FROM statement
WHERE title = 'Erasing a person' AND is_query \gexec
SELECT rollup, count(m.part) AS rows, count(DISTINCT e.part) AS true_rows,
	count(DISTINCT e.part) FILTER (WHERE m.part IS NULL) AS missing
FROM (SELECT rollup, concat(day, part) AS part FROM may_hold) AS m
FULL JOIN (SELECT DISTINCT rollup, part FROM events, LATERAL (VALUES ('daily', concat(ts::date, device)),
		('seen_daily', ts::date::text), ('hourly', concat(ts::date, country)),
		('monthly', concat(date_trunc('month', ts)::date, device))) AS v (rollup, part)
	WHERE user_id = 42 AND (rollup <> 'monthly' OR ts < '2026-03-01')) AS e USING (rollup, part)
GROUP BY rollup ORDER BY rollup;
SELECT sql FROM statement WHERE title = 'Erasing a person' AND NOT is_query ORDER BY n \gexec
SELECT format('TRUNCATE may_hold; INSERT INTO may_hold %s', sql) FROM statement
WHERE title = 'Erasing a person' AND is_query \gexec
SELECT rollup, count(*) AS rows FROM may_hold GROUP BY rollup ORDER BY rollup;
SELECT count(*) AS rows, count(*) FILTER (WHERE d.users IS DISTINCT FROM e.users) AS not_rebuilt
FROM daily AS d FULL JOIN (SELECT ts::date AS day, device, hll_add_agg(user_id) AS users
	FROM events GROUP BY 1, 2) AS e USING (day, device);
SELECT count(*) AS rows, count(*) FILTER (WHERE d.users IS DISTINCT FROM e.users) AS not_rebuilt
FROM seen_daily AS d FULL JOIN (SELECT ts::date AS day, bloom_add_agg(user_id, 1000000) AS users
	FROM events GROUP BY 1) AS e USING (day);
SELECT count(*) AS rows, count(*) FILTER (WHERE (d.visitors, d.seen, d.views) IS DISTINCT FROM
	(e.visitors, e.seen, e.views) OR topk_total(pages) <> n) AS not_rebuilt
FROM hourly AS d FULL JOIN (SELECT date_trunc('hour', ts) AS hour, country, hll_add_agg(user_id) AS visitors,
		bloom_add_agg(sketch_hash_any(user_id), 1000000) AS seen,
		cms_add_agg(page) AS views, count(*) AS n
	FROM events GROUP BY 1, 2) AS e USING (hour, country);
SELECT count(*) AS users, (SELECT count(*) FROM events WHERE user_id = 42) AS erased,
	count(*) FILTER (WHERE user_id = 7) AS without_key
FROM (SELECT user_id FROM events EXCEPT SELECT user_id FROM person) AS u;
SELECT count(*) AS days, count(*) FILTER (WHERE #d.users <> e.users) AS wrong
FROM daily_by_key AS d JOIN (SELECT ts::date AS day, count(DISTINCT user_id) AS users
	FROM events GROUP BY 1) AS e USING (day);

-- What doc/choosing.md says of the sizes of filters: the table; how full is too full;
-- where doubling begins to fit; up to where a filter is a list.
SELECT fpr, round(bits / 8.0 / 1000000, 2) AS bytes_a_value, hashes
FROM unnest(ARRAY[0.1, 0.01, 0.001, 0.0001]) AS fpr, bloom_info(bloom_empty(1000000, fpr));
SELECT times, round(bloom_false_positive_rate(bloom_add_agg(i, 100000))::numeric, 3) AS rate
FROM unnest(ARRAY[1, 1.25, 2, 4]) AS times, generate_series(1, (100000 * times)::integer) AS i
GROUP BY times ORDER BY times;
SELECT count(*) AS sizes, count(*) FILTER (WHERE twice.blocks <> 2 * once.blocks) AS unlike
FROM generate_series(3300, 9900, 10) AS n, bloom_info(bloom_empty(n)) AS once,
	bloom_info(bloom_empty(2 * n)) AS twice;
SELECT made_for, values_in, representation
FROM (VALUES (1000, 160), (1500, 240), (5000, 240), (1000000, 2 * 19456)) AS v (made_for, most),
	generate_series(most, most + 1) AS values_in,
	bloom_info((SELECT bloom_add_agg(i, made_for) FROM generate_series(1, values_in) AS i));
SELECT blocks, max(n) AS up_to, max(64 * blocks + 32) AS bytes
FROM generate_series(1, 840) AS n, bloom_info(bloom_empty(n)) GROUP BY blocks ORDER BY blocks;
SELECT round(bloom_cardinality(a & b)::numeric, -2) AS bits, round(bloom_intersection_cardinality(a, b)) AS both
FROM (SELECT bloom_add_agg(i, 100000) FILTER (WHERE i <= 100000) AS a,
		bloom_add_agg(i, 100000) FILTER (WHERE i > 90000) AS b
	FROM generate_series(1, 190000) AS i) AS s;

-- And of cms and topk, over a million events of Zipf's distribution: counters of a
-- million values, and the error over those that come; the k most frequent of them
-- in 64 parts, and whether the true top 20 are in. What topk keeps depends on the
-- order of rows and unions, so these are rounded far.
CREATE TABLE zipf AS
SELECT floor(1000000 ^ (i::bigint * 7368787 % 1000000 / 1000000::float8))::integer AS x, i % 64 AS part
FROM generate_series(1, 1000000) AS i;
CREATE TABLE zipf_exact AS SELECT x, count(*) AS n FROM zipf GROUP BY x;
CREATE TABLE zipf_cms AS
SELECT cms_add_agg(x, e, d) AS s
FROM zipf, (VALUES (0.01::float8, 0.01::float8), (0.001, 0.01), (0.001, 0.0001), (0.0001, 0.01)) AS v (e, d)
GROUP BY e, d;
SELECT epsilon, delta, width * depth / 8 + 1 AS list, round(width * depth * 8 / 1000.0) AS working_kb,
	round(bytes / 1000.0, 1) AS kb, round(mean_error / bound, 2) AS mean_over_bound,
	round(largest_error / bound, 2) AS largest_over_bound
FROM zipf_cms, cms_info(s), LATERAL (SELECT cms_error_bound(s)::numeric AS bound,
		avg(cms_frequency(s, x) - n) AS mean_error, max(cms_frequency(s, x) - n) AS largest_error
	FROM zipf_exact) AS f
ORDER BY epsilon DESC, delta DESC;
SELECT cms_info.bytes, values_in FROM unnest(ARRAY[1, 10, 1000]) AS values_in,
	cms_info((SELECT cms_add_agg(i) FROM generate_series(1, values_in) AS i));
SELECT i.k, round(1000000.0 / i.k / error_bound) AS share_over_bound, i.bytes < 16 * i.k AS small, found = 20 AS finds_all
FROM (SELECT topk_union_agg(s) AS s
		FROM (SELECT k, topk_add_agg('/product/' || x, k) AS s
			FROM zipf, unnest(ARRAY[20, 100, 1000]) AS k GROUP BY k, part) AS p GROUP BY k) AS t,
	topk_info(s) AS i, LATERAL (SELECT count(*) AS found FROM topk_items(s, 20)
		JOIN (SELECT '/product/' || x AS item FROM zipf_exact ORDER BY n DESC LIMIT 20) AS top USING (item)) AS f
ORDER BY i.k;

-- The mistakes of doc/mistakes.md give the messages that it says, or none, and what to
-- write instead works.
CREATE TABLE mistake_data AS
SELECT hll_add_agg(i) AS s, bloom_add_agg(i, 1000) AS b, cms_add_agg(i) AS c, topk_add_agg(i::text, 10) AS t,
	x, 'a'::text AS item, 2::bigint AS w, 3::numeric AS num
FROM generate_series(1, 100) AS i, generate_series(1, 2) AS x GROUP BY x;
CREATE FUNCTION recipe.message(expression text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE 'SELECT ' || expression || ' FROM mistake_data';
	RETURN NULL;
EXCEPTION WHEN OTHERS THEN
	RETURN sqlerrm;
END $$;
CREATE TABLE mistake AS
SELECT number, code[1] AS wrong, code[2] AS promised, code[array_upper(code, 1)] AS instead,
	line ~ '^\| `[^`]*` \| `[^`]*` \|' AS has_message
FROM line, LATERAL (SELECT ARRAY(SELECT m[1]
	FROM regexp_matches(replace(line, '\|', '|'), '`([^`]*)`', 'g') AS m) AS code) AS c
WHERE page = 'doc/mistakes.md' AND line LIKE '| `%';
SELECT count(*) AS mistakes, count(*) FILTER (WHERE has_message) AS with_message FROM mistake;
SELECT wrong, message(wrong) AS says, promised FROM mistake
WHERE CASE WHEN has_message THEN (message(wrong) LIKE replace(promised, '...', '%')) IS NOT TRUE
	ELSE message(wrong) IS NOT NULL END
ORDER BY number;
SELECT instead, message(instead) AS says FROM mistake WHERE message(instead) IS NOT NULL ORDER BY number;

-- The hashes that doc/hashing.md shows are those of its examples.
SELECT count(*) AS examples, count(*) FILTER (WHERE number <> hash::text OR hex <> lpad(to_hex(hash::bigint), 16, '0')) AS wrong
FROM (SELECT cells[5] AS number, cells[4] AS hex,
		(xpath('//hash/text()', query_to_xml('SELECT sketch_hash_any(' || cells[2] || ') AS hash', false, false, '')))[1]::text::bigint AS hash
	FROM line, LATERAL (SELECT ARRAY(SELECT btrim(split_part(cell, ' of any', 1), ' `')
		FROM regexp_split_to_table(line, '\|') AS cell) AS cells) AS c
	WHERE page = 'doc/hashing.md' AND line ~ '^\| `.*\| -?[0-9]+ \|$') AS e;

-- The reference names every function that nothing else of the extension is made of.
SELECT p.oid::regprocedure AS not_named
FROM pg_proc AS p JOIN pg_depend AS d ON d.objid = p.oid AND d.classid = 'pg_proc'::regclass,
	(SELECT string_agg(line, E'\n') AS reference FROM line WHERE page = 'doc/reference.md') AS r
WHERE d.deptype = 'e'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pgext')
	AND NOT EXISTS (SELECT FROM pg_depend AS u
		WHERE u.refobjid = p.oid AND u.refclassid = 'pg_proc'::regclass)
	AND reference !~ ('`' || proname || '[(`]')
	AND reference !~ ('`' || replace(proname, 'hll_hash_', '_') || '`');

DROP PUBLICATION busy_days;
DROP EVENT TRIGGER lead_back;
DROP EXTENSION postgres_fdw CASCADE;
DROP SCHEMA page, recipe CASCADE;
