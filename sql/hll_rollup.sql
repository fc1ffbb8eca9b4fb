-- The main job: raw events, a rollup by day and device, and every later
-- distinct count as a union. Each is checked against the raw events: the count
-- with count(distinct), the sketch with one built directly, to the byte.

\pset null '(null)'
SET client_min_messages = warning;
SET timezone = 'UTC';

-- 30,000 events in 28 days; some users come back, user 100 is unknown.
CREATE TABLE event AS
SELECT timestamptz '2024-02-01 00:00+00' + n * interval '80.64 seconds' AS at,
	CASE WHEN n % 5 = 0 THEN 'phone' WHEN n % 3 = 0 THEN 'tablet' ELSE 'desktop' END AS device,
	nullif((n::bigint * 7919 % 1500 + n / 3000 * 40)::integer, 100) AS usr
FROM generate_series(0, 29999) AS n;

CREATE TABLE daily (day date, device text, users hll(13) NOT NULL DEFAULT hll_empty(13),
	PRIMARY KEY (day, device));
INSERT INTO daily SELECT at::date, device, hll_add_agg(usr) FROM event GROUP BY 1, 2;
SELECT count(*) AS rows, min(day), max(day), sum(# users) AS estimate,
	(SELECT sum(c) FROM (SELECT count(DISTINCT usr) AS c FROM event GROUP BY at::date,
		device) AS v) AS exact
FROM daily;

SELECT week::date, # users AS estimate,
	(SELECT count(DISTINCT usr) FROM event WHERE date_trunc('week', at) = week) AS exact
FROM (SELECT date_trunc('week', day) AS week, hll_union_agg(users) AS users FROM daily
	GROUP BY week) AS w
ORDER BY week;
SELECT device, # hll_union_agg(users) AS estimate,
	(SELECT count(DISTINCT usr) FROM event AS e WHERE e.device = daily.device) AS exact,
	hll_union_agg(users) = (SELECT hll_add_agg(usr) FROM event AS e
		WHERE e.device = daily.device) AS same_bytes
FROM daily GROUP BY device ORDER BY device;

-- Week out of days, month out of weeks.
CREATE TABLE weekly AS
SELECT date_trunc('week', day)::date AS week, device, hll_union_agg(users) AS users
	FROM daily GROUP BY 1, 2;
SELECT abs((# hll_union_agg(users)) - (SELECT count(DISTINCT usr)
	FROM event)) < 0.02 * 1859 AS close,
	hll_union_agg(users) = (SELECT hll_add_agg(usr) FROM event) AS same_bytes FROM weekly;

-- Upsert of late events: new days, days that are there, NULL on either side.
CREATE TABLE upsert (day integer PRIMARY KEY, s hll);
INSERT INTO upsert VALUES (1, hll_add(hll_empty(), 1)), (2, NULL),
	(3, hll_add(hll_empty(), 3)), (4, NULL);
INSERT INTO upsert AS t VALUES (1, hll_add(hll_empty(), 10)), (2, hll_add(hll_empty(), 20)),
	(3, NULL), (4, NULL), (5, hll_add(hll_empty(), 50))
ON CONFLICT (day) DO UPDATE SET s = t.s || excluded.s;
SELECT day, # s, s = wanted AS as_wanted
FROM upsert JOIN (VALUES (1, hll_add(hll_add(hll_empty(), 1), 10)),
	(2, hll_add(hll_empty(), 20)),
	(3, hll_add(hll_empty(), 3)), (4, NULL), (5, hll_add(hll_empty(), 50))) AS v (day,
		wanted) USING (day) ORDER BY day;
UPDATE upsert SET s = s || sketch_hash_any(day * 100);
SELECT day, # s FROM upsert ORDER BY day;

CREATE TABLE late AS
SELECT timestamptz '2024-02-28 12:00+00' + n % 3 * interval '1 day' AS at,
	'phone' AS device, 5000 + n AS usr
FROM generate_series(1, 90) AS n;
INSERT INTO event SELECT * FROM late;
INSERT INTO daily AS t SELECT at::date, device, hll_add_agg(usr) FROM late GROUP BY 1, 2
ON CONFLICT (day, device) DO UPDATE SET users = t.users || excluded.users;
SELECT count(*) AS rows, count(*) FILTER (WHERE users <> (
	SELECT hll_add_agg(usr) FROM event AS e
		WHERE at::date = day AND e.device = daily.device)) AS wrong FROM daily;

-- MERGE. The first adds what is in already, and changes nothing.
CREATE TABLE before AS SELECT day, device, users FROM daily;
MERGE INTO daily AS t
USING (SELECT at::date AS day, device, hll_add_agg(usr) AS users FROM late GROUP BY 1, 2) AS s
ON t.day = s.day AND t.device = s.device
WHEN MATCHED THEN UPDATE SET users = t.users || s.users
WHEN NOT MATCHED THEN INSERT VALUES (s.day, s.device, s.users);
SELECT count(*) AS rows, count(*) FILTER (WHERE before.users = daily.users) AS same
	FROM daily JOIN before USING (day, device);
MERGE INTO daily AS t
USING (SELECT date '2024-03-05' AS day, d AS device, hll_add(hll_empty(), 1) AS users
	FROM unnest('{phone,tv}'::text[]) AS d) AS s
ON t.day = s.day AND t.device = s.device
WHEN MATCHED THEN UPDATE SET users = t.users || s.users
WHEN NOT MATCHED THEN INSERT VALUES (s.day, s.device, s.users);
SELECT day, device, # users FROM daily WHERE day > '2024-03-01' ORDER BY device;
DELETE FROM daily WHERE day > '2024-03-01';

-- Materialized views, refreshed in both ways after more events.
CREATE MATERIALIZED VIEW monthly AS
SELECT device, hll_union_agg(users) AS users FROM daily GROUP BY device;
CREATE UNIQUE INDEX ON monthly (device);
INSERT INTO daily SELECT '2024-04-01', 'phone', hll_add_agg(x)
	FROM generate_series(90001, 95000) AS x;
REFRESH MATERIALIZED VIEW CONCURRENTLY monthly;
SELECT device, users = (SELECT hll_union_agg(users) FROM daily AS d
	WHERE d.device = m.device) AS same FROM monthly AS m ORDER BY device;
DELETE FROM daily WHERE day = '2024-04-01';
REFRESH MATERIALIZED VIEW monthly;
SELECT device, # users AS estimate, (SELECT count(DISTINCT usr) FROM event AS e
	WHERE e.device = m.device) AS exact FROM monthly AS m ORDER BY device;
DROP MATERIALIZED VIEW monthly;

-- A partitioned rollup, moving between partitions.
CREATE TABLE parted (LIKE daily) PARTITION BY RANGE (day);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (MINVALUE) TO ('2024-02-15');
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM ('2024-02-15') TO (MAXVALUE);
INSERT INTO parted SELECT * FROM daily;
UPDATE parted SET day = day + 14 WHERE day < '2024-02-03';
SELECT tableoid::regclass AS partition, count(*) FROM parted GROUP BY 1 ORDER BY 1;
SELECT hll_union_agg(users) = (SELECT hll_add_agg(usr) FROM event) AS same FROM parted;

-- A dense sketch is stored out of line and not compressed; it can be updated.
CREATE TABLE dense (id integer, s hll);
INSERT INTO dense SELECT 1, hll_add_agg(x) FROM generate_series(1, 40000) AS x;
SELECT pg_column_compression(s) AS compression, pg_column_size(s) = bytes AS plain,
	bytes > 4000 AS long
FROM dense, hll_info(s);
SELECT pg_relation_size(reltoastrelid) > 0 AS toasted FROM pg_class
	WHERE oid = 'dense'::regclass;
UPDATE dense SET s = s || (SELECT hll_add_agg(x) FROM generate_series(40001, 50000) AS x);
UPDATE dense SET s = hll_add(s, 50001);
UPDATE dense SET id = 2;
SELECT id, s = (SELECT hll_add_agg(x) FROM generate_series(1, 50001) AS x) AS same FROM dense;

-- One by one: in a plpgsql loop, and by a trigger.
DO $$
DECLARE
	s hll := hll_empty();
BEGIN
	FOR i IN 1 .. 2500 LOOP
		s := hll_add(s, i);
	END LOOP;
	INSERT INTO dense VALUES (3, s);
END $$;
SELECT hll_precision(s), s = (SELECT hll_add_agg(x)
	FROM generate_series(1, 2500) AS x) AS same FROM dense WHERE id = 3;
CREATE TABLE live (device text PRIMARY KEY, users hll NOT NULL);
CREATE TABLE incoming (LIKE event);
CREATE FUNCTION count_live() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO live VALUES (new.device, hll_add(hll_empty(), new.usr))
	ON CONFLICT (device) DO UPDATE SET users = hll_add(live.users, new.usr);
	RETURN NULL;
END $$;
CREATE TRIGGER live AFTER INSERT ON incoming FOR EACH ROW EXECUTE FUNCTION count_live();
INSERT INTO incoming SELECT * FROM event ORDER BY at LIMIT 1000;
SELECT device, # users AS estimate, users = (SELECT hll_add_agg(usr) FROM incoming AS e
	WHERE e.device = live.device) AS same
FROM live ORDER BY device;

DROP TABLE event, daily, weekly, upsert, late, before, parted, dense, live, incoming;
DROP FUNCTION count_live;
