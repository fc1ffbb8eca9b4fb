-- Adding in groups: 100 of them, and ROWS / 100 of 100 rows each. What the latter
-- cost depends on the order of the rows, since the states are more than caches
-- hold: at random, each group in turn, or sorted by group. The outer count(s)
-- takes the place of a client; being of a column that it reads, it keeps the
-- planner from dropping the sketches.
--
-- postgresql-hll is not measured with small groups: they take 128 kB each there,
-- so that the planner sorts, which would be most of the benchmark's time.

SELECT setseed(0.5) \g /dev/null
CREATE UNLOGGED TABLE at_random AS
	SELECT i % 100 AS few, i / 100 AS many, i AS x
	FROM generate_series(0, :rows::bigint - 1) AS i
	ORDER BY random();
CREATE UNLOGGED TABLE in_turn AS
	SELECT i % (:rows / 100) AS many, i AS x
	FROM generate_series(0, :rows::bigint - 1) AS i;
CREATE UNLOGGED TABLE sorted AS
	SELECT i / 100 AS many, i AS x
	FROM generate_series(0, :rows::bigint - 1) AS i;
VACUUM ANALYZE at_random, in_turn, sorted;
CHECKPOINT;

SELECT bench.expect('each of 100 groups', #hll_add_agg(x), count(x))
FROM at_random GROUP BY few \g /dev/null
SELECT bench.expect('each of many groups', #hll_add_agg(x), count(x))
FROM at_random GROUP BY many \g /dev/null

INSERT INTO bench.query (class, name, sql)
SELECT class, name,
	format('SELECT count(s) FROM (SELECT %s AS s FROM %I GROUP BY %I) q',
		aggregate, table_name, column_name)
FROM (VALUES ('100 groups', 'at_random', 'few'),
		('groups of 100 rows, at random', 'at_random', 'many'),
		('groups of 100 rows, in turn', 'in_turn', 'many'),
		('groups of 100 rows, sorted', 'sorted', 'many'))
		AS g (class, table_name, column_name),
	(VALUES ('count(x)', 'count(x)'),
		('hll_add_agg(x)', 'hll_add_agg(x)'),
		('postgresql-hll, p = 14',
			'peer.hll_add_agg(peer.hll_hash_bigint(x), 14)'))
		AS a (name, aggregate)
WHERE class = '100 groups' OR name NOT LIKE 'postgresql-hll%';

INSERT INTO bench.ratio (class, name, over, at_most, goal) VALUES
('100 groups', 'hll_add_agg(x)', 'count(x)', NULL, NULL),
('100 groups', 'hll_add_agg(x)', 'postgresql-hll, p = 14', NULL, NULL),
('groups of 100 rows, at random', 'hll_add_agg(x)', 'count(x)', 1.5, 1.3),
('groups of 100 rows, in turn', 'hll_add_agg(x)', 'count(x)', 1.5, 1.3),
('groups of 100 rows, sorted', 'hll_add_agg(x)', 'count(x)', 1.5, 1.3),
('groups of 100 rows, at random: memory', 'hll_add_agg(x)', 'count(x)', NULL,
	NULL);

-- Memory of the hash aggregate, which must be one, and in one batch.
DO $$
DECLARE
	q bench.query;
	node jsonb;
BEGIN
	FOR q IN SELECT * FROM bench.query WHERE class LIKE 'groups of 100 rows%' LOOP
		node := bench.plan_node(q.sql, '@."Strategy" == "Hashed"');
		ASSERT node->>'HashAgg Batches' = '1', q.name || ' spills or sorts';
		INSERT INTO bench.sample VALUES (q.class || ': memory', q.name, 1,
			1024 * (node->>'Peak Memory Usage')::float8, 'bytes');
	END LOOP;
END $$;

CALL bench.measure('100 groups', :runs);
CALL bench.measure('groups of 100 rows, at random', :runs);
CALL bench.measure('groups of 100 rows, in turn', :runs);
CALL bench.measure('groups of 100 rows, sorted', :runs);
DROP TABLE at_random, in_turn, sorted;
