-- The main job: who was seen on which day, a filter for each, and every later
-- question as a union or a probe. Each is checked against the raw events.

\pset null '(null)'
SET client_min_messages = warning;
SET timezone = 'UTC';

-- 20,000 events in 20 days of 3,000 users, of which more and more appear.
CREATE TABLE event AS
SELECT date '2024-02-01' + n / 1000 AS day, CASE WHEN n % 5 = 0 THEN 'phone' ELSE 'desktop' END AS device,
	nullif((n::bigint * 7919 % 1000 + n / 1000 * 100)::integer, 100) AS usr
FROM generate_series(0, 19999) AS n;
CREATE TABLE daily (day date, device text, users bloom NOT NULL DEFAULT bloom_empty(5000), PRIMARY KEY (day, device));
INSERT INTO daily SELECT day, device, bloom_add_agg(usr, 5000) FROM event GROUP BY 1, 2;
SELECT count(*) AS rows, count(DISTINCT representation) AS representations, min(expected_items) AS expected
	FROM daily, bloom_info(users);
SELECT count(*) AS denied FROM event JOIN daily USING (day, device) WHERE NOT users @> usr;

-- Weeks and all out of days: to the byte what the events give.
SELECT count(*) AS weeks, count(*) FILTER (WHERE users = (SELECT bloom_add_agg(usr, 5000) FROM event
	WHERE date_trunc('week', day) = week)) AS same
FROM (SELECT date_trunc('week', day) AS week, bloom_union_agg(users) AS users FROM daily GROUP BY week) AS w;
SELECT bloom_union_agg(users) = (SELECT bloom_add_agg(usr, 5000) FROM event) AS same,
	abs(bloom_cardinality(bloom_union_agg(users)) / (SELECT count(DISTINCT usr) FROM event) - 1) < 0.01 AS close FROM daily;

-- New and returning visitors: never more new ones than there are, and nearly all.
CREATE TABLE seen_before AS SELECT day, bloom_union_agg(bloom_union_agg(users)) OVER (ORDER BY day
	ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS users FROM daily GROUP BY day;
SELECT count(*) AS days, count(*) FILTER (WHERE new > exact) AS too_many, sum(new) > 0.98 * sum(exact) AS nearly_all, sum(exact) AS exact
FROM (SELECT day, count(DISTINCT usr) FILTER (WHERE NOT coalesce(users @> usr, false)) AS new
		FROM event JOIN seen_before USING (day) GROUP BY day) AS n
	JOIN (SELECT first AS day, count(*) AS exact FROM (SELECT usr, min(day) AS first FROM event WHERE usr IS NOT NULL GROUP BY usr) AS f
		GROUP BY first) AS e USING (day);

-- De-duplicating a batch: what the filter denies is new for sure; what it affirms
-- is looked up.
CREATE TABLE known (usr integer PRIMARY KEY);
INSERT INTO known SELECT DISTINCT usr FROM event WHERE usr IS NOT NULL;
CREATE TABLE batch AS SELECT n AS usr FROM generate_series(2500, 6000) AS n;
WITH seen AS (SELECT bloom_union_agg(users) AS b FROM daily), new AS (
	INSERT INTO known SELECT usr FROM batch, seen WHERE NOT b @> usr RETURNING usr), again AS (
	INSERT INTO known SELECT usr FROM batch, seen WHERE b @> usr ON CONFLICT DO NOTHING RETURNING usr)
SELECT (SELECT count(*) FROM new) + (SELECT count(*) FROM again) AS inserted,
	(SELECT count(*) FROM again) < 60 AS few_false_positives;
SELECT count(*) AS missing FROM batch WHERE usr NOT IN (SELECT usr FROM known);

-- Bloom, then hll, with one hash for each row.
SELECT round(hll_cardinality(hll_add_agg(h) FILTER (WHERE NOT b @> h))) AS new, count(*) FILTER (WHERE b @> h) AS seen
FROM (SELECT sketch_hash_any(usr) AS h FROM event WHERE day = '2024-02-20' OFFSET 0) AS e,
	(SELECT bloom_union_agg(users) AS b FROM daily WHERE day < '2024-02-19') AS s;

-- Upsert of late events: new days, days that are there, NULL on either side.
CREATE TABLE upsert (day integer PRIMARY KEY, b bloom);
INSERT INTO upsert VALUES (1, bloom_empty(9) || 1), (2, NULL), (3, bloom_empty(9) || 3), (4, NULL);
INSERT INTO upsert AS t VALUES (1, bloom_empty(9) || 10), (2, bloom_empty(9) || 20), (3, NULL), (4, NULL), (5, bloom_empty(9) || 50)
ON CONFLICT (day) DO UPDATE SET b = t.b || excluded.b;
SELECT day, bloom_cardinality(b), b = wanted AS as_wanted
FROM upsert JOIN (VALUES (1, bloom_empty(9) || 1 || 10), (2, bloom_empty(9) || 20), (3, bloom_empty(9) || 3), (4, NULL),
	(5, bloom_empty(9) || 50)) AS v (day, wanted) USING (day) ORDER BY day;
UPDATE upsert SET b = b || sketch_hash_any(day * 100);
SELECT day, bloom_cardinality(b), b @> day * 100 AS added FROM upsert ORDER BY day;

CREATE TABLE late AS SELECT date '2024-02-20' + n % 2 AS day, 'phone' AS device, 5000 + n AS usr FROM generate_series(1, 900) AS n;
INSERT INTO event SELECT * FROM late;
INSERT INTO daily AS t SELECT day, device, bloom_add_agg(usr, 5000) FROM late GROUP BY 1, 2
ON CONFLICT (day, device) DO UPDATE SET users = t.users || excluded.users;
SELECT count(*) AS rows, count(*) FILTER (WHERE users <> (SELECT bloom_add_agg(usr, 5000) FROM event AS e
	WHERE (e.day, e.device) = (daily.day, daily.device))) AS wrong FROM daily;
-- The same again changes nothing; nor does it by MERGE.
CREATE TABLE before AS TABLE daily;
INSERT INTO daily AS t SELECT day, device, bloom_add_agg(usr, 5000) FROM late GROUP BY 1, 2
ON CONFLICT (day, device) DO UPDATE SET users = t.users || excluded.users;
MERGE INTO daily AS t
USING (SELECT day, device, bloom_add_agg(usr, 5000) AS users FROM late GROUP BY 1, 2) AS s
ON (t.day, t.device) = (s.day, s.device)
WHEN MATCHED THEN UPDATE SET users = t.users || s.users
WHEN NOT MATCHED THEN INSERT VALUES (s.day, s.device, s.users);
SELECT count(*) AS rows, count(*) FILTER (WHERE before.users = daily.users) AS same FROM daily JOIN before USING (day, device);

-- Materialized views, refreshed in both ways.
CREATE MATERIALIZED VIEW by_device AS SELECT device, bloom_union_agg(users) AS users FROM daily GROUP BY device;
CREATE UNIQUE INDEX ON by_device (device);
INSERT INTO daily SELECT '2024-04-01', 'phone', bloom_add_agg(x, 5000) FROM generate_series(90001, 92000) AS x;
REFRESH MATERIALIZED VIEW CONCURRENTLY by_device;
SELECT device, users = (SELECT bloom_union_agg(users) FROM daily AS d WHERE d.device = m.device) AS same, users @> 90001 AS newest
	FROM by_device AS m ORDER BY device;
DELETE FROM daily WHERE day = '2024-04-01';
REFRESH MATERIALIZED VIEW by_device;
SELECT device, users = (SELECT bloom_add_agg(usr, 5000) FROM event AS e WHERE e.device = m.device) AS same
	FROM by_device AS m ORDER BY device;
DROP MATERIALIZED VIEW by_device;

-- A partitioned rollup, moving between partitions.
CREATE TABLE parted (LIKE daily) PARTITION BY RANGE (day);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (MINVALUE) TO ('2024-02-10');
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM ('2024-02-10') TO (MAXVALUE);
INSERT INTO parted SELECT * FROM daily;
UPDATE parted SET day = day + 14 WHERE day < '2024-02-03';
SELECT tableoid::regclass AS partition, count(*) FROM parted GROUP BY 1 ORDER BY 1;
SELECT bloom_union_agg(users) = (SELECT bloom_add_agg(usr, 5000) FROM event) AS same FROM parted;
SELECT count(*) AS denied FROM event, (SELECT bloom_union_agg(users) AS b FROM parted) AS u WHERE NOT b @> usr;

-- A large filter is stored out of line and not compressed, and can be updated.
CREATE TABLE large (id integer, b bloom);
INSERT INTO large SELECT 1, bloom_add_agg(x, 40000) FROM generate_series(1, 40000) AS x;
SELECT pg_column_compression(b) AS compression, pg_column_size(b) = bytes AS plain, bytes FROM large, bloom_info(b);
UPDATE large SET b = b || (SELECT bloom_add_agg(x, 40000) FROM generate_series(40001, 42000) AS x);
UPDATE large SET b = b || 42001;
UPDATE large SET id = 2;
SELECT id, b = (SELECT bloom_add_agg(x, 40000) FROM generate_series(1, 42001) AS x) AS same FROM large;

-- One by one: in a PL/pgSQL loop, and by a trigger that keeps what it has seen.
DO $$
DECLARE
	b bloom := bloom_empty(500);
BEGIN
	FOR i IN 1 .. 800 LOOP
		b := b || i;
	END LOOP;
	INSERT INTO large VALUES (3, b);
END $$;
SELECT b = (SELECT bloom_add_agg(x, 500) FROM generate_series(1, 800) AS x) AS same FROM large WHERE id = 3;
CREATE TABLE live (device text PRIMARY KEY, users bloom NOT NULL, repeated integer NOT NULL DEFAULT 0);
CREATE TABLE incoming (LIKE event);
CREATE FUNCTION keep_live() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO live VALUES (new.device, bloom_empty(1000) || new.usr)
	ON CONFLICT (device) DO UPDATE SET users = live.users || new.usr,
		repeated = live.repeated + coalesce(live.users @> new.usr, false)::integer;
	RETURN NULL;
END $$;
CREATE TRIGGER live AFTER INSERT ON incoming FOR EACH ROW EXECUTE FUNCTION keep_live();
INSERT INTO incoming SELECT * FROM event ORDER BY day, device, usr LIMIT 1500;
SELECT device, users = (SELECT bloom_add_agg(usr, 1000) FROM incoming AS e WHERE e.device = live.device) AS same,
	repeated - (SELECT count(usr) - count(DISTINCT usr) FROM incoming AS e WHERE e.device = live.device) BETWEEN 0 AND 20 AS repeated
FROM live ORDER BY device;

DROP TABLE event, daily, seen_before, known, batch, upsert, late, before, parted, large, live, incoming;
DROP FUNCTION keep_live;
