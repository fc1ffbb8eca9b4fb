-- Asking one bloom filter for the user of each event. It has a million users at
-- 1 %, 1.2 MB, of whom 0, 10 or 50 % of the events' users are some; or, to tell
-- computing from waiting for memory, a tenth of that, which caches hold. It is
-- stored, and read by a join or a subquery; or it comes with the query, as a
-- constant or a parameter.
--
-- How many users return matters in itself: a processor guesses which way a row
-- goes, and guesses half of them wrong when half of them return. So there are two
-- scans to compare with: "user_id <> 0", which passes all rows, and "user_id > n",
-- which passes as many as the filter does, no less at random. "user_id <> day"
-- shows what a join costs by itself.

SELECT setseed(0.5) \g /dev/null
SELECT :rows / 10 AS users \gset
CREATE UNLOGGED TABLE events AS
	SELECT 1 + floor(random() * :users)::bigint AS user_id
	FROM generate_series(1, :rows);
-- The filter of a day has n users, from `first` on.
CREATE TABLE bench.day AS
	SELECT class, day, percent, n, 1 + :users::bigint * (100 - percent) / 100 AS first
	FROM (VALUES ('one filter, all new', 1, 0, 1000000),
		('one filter, 10 % return', 2, 10, 1000000),
		('one filter, half return', 3, 50, 1000000),
		('one filter of 0.1 MB, all new', 4, 0, 100000))
		AS d (class, day, percent, n);
CREATE TABLE seen AS
	SELECT day, (SELECT bloom_add_agg(x, n)
		FROM generate_series(first, first + n - 1) AS x) AS b
	FROM bench.day;
VACUUM ANALYZE events, seen;
CHECKPOINT;

-- 1% of the new users are false positives. A returning user always matches.
DO $$
BEGIN
	ASSERT (SELECT bool_and(abs(bloom_cardinality(b) / n - 1) < 0.005)
		FROM seen NATURAL JOIN bench.day),
		'the filters are not what they should be';
	ASSERT (SELECT bool_and(missed = 0 AND matched BETWEEN 0.008 AND 0.012)
		FROM (SELECT day,
				count(*) FILTER (WHERE user_id >= first AND NOT b @> user_id)
					AS missed,
				avg((b @> user_id)::integer) FILTER (WHERE user_id < first)
					AS matched
			FROM (SELECT user_id FROM events LIMIT 100000) AS e,
				seen NATURAL JOIN bench.day
			GROUP BY day) AS q), 'a filter answers wrongly';
END $$;

-- Nothing but one pass over the events will do.
INSERT INTO bench.query (class, name, sql, node)
SELECT class, name,
	format(sql, day, :users::bigint * percent / 100),
	'@."Relation Name" == "events" && @."Actual Loops" == 1'
FROM bench.day, (VALUES
	('user_id <> 0', 'SELECT count(*) FROM events WHERE user_id <> 0'),
	('user_id > n', 'SELECT count(*) FROM events WHERE user_id > %2$s'),
	('join, user_id <> day', 'SELECT count(*) FROM events, seen
		WHERE day = %1$s AND user_id <> day'),
	('join, b @> user_id', 'SELECT count(*) FROM events, seen
		WHERE day = %1$s AND NOT b @> user_id'),
	('subquery @> user_id', 'SELECT count(*) FROM events
		WHERE NOT (SELECT b FROM seen WHERE day = %1$s) @> user_id'))
	AS q (name, sql);
INSERT INTO bench.ratio (class, name, over)
SELECT d.class, r.name, over
FROM bench.day AS d, (VALUES
	('join, b @> user_id', 'user_id <> 0'),
	('join, b @> user_id', 'user_id > n'),
	('join, b @> user_id', 'join, user_id <> day'),
	('subquery @> user_id', 'user_id <> 0'),
	('subquery @> user_id', 'user_id > n'),
	('join, user_id <> day', 'user_id <> 0')) AS r (name, over)
WHERE percent > 0 OR over <> 'user_id > n';
CALL bench.measure(:runs);

-- A filter that comes with the query is in memory, and each time anew. A generic
-- plan keeps it as a parameter, a custom plan makes a constant of it.

CREATE FUNCTION bench.all_new() RETURNS bloom STABLE LANGUAGE sql
	RETURN (SELECT b::bytea::bloom FROM seen WHERE day = 1);
PREPARE probe(bloom) AS SELECT count(*) FROM events WHERE NOT $1 @> user_id;

CREATE FUNCTION bench.add_given(of_class text, name text, sql text)
	RETURNS void LANGUAGE sql
BEGIN ATOMIC
	INSERT INTO bench.query (class, name, sql, node) VALUES
	(of_class, 'user_id <> 0', 'SELECT count(*) FROM events WHERE user_id <> 0',
		NULL),
	(of_class, name, sql, '@."Relation Name" == "events"');
	INSERT INTO bench.ratio (class, name, over) VALUES
	(of_class, name, 'user_id <> 0');
END;

SELECT bench.add_given('given filter, all new', 'constant @> user_id',
	format('SELECT count(*) FROM events WHERE NOT %L::bloom @> user_id', b))
FROM seen WHERE day = 1 \g /dev/null
CALL bench.measure(:runs);

SELECT bench.add_given('given filter, all new, generic plan', '$1 @> user_id',
	'EXECUTE probe(bench.all_new())') \g /dev/null
SET plan_cache_mode = force_generic_plan;
CALL bench.measure(:runs);

SELECT bench.add_given('given filter, all new, custom plan', '$1 @> user_id',
	'EXECUTE probe(bench.all_new())') \g /dev/null
SET plan_cache_mode = force_custom_plan;
CALL bench.measure(:runs);
RESET plan_cache_mode;
