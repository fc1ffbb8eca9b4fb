-- Adding in groups: 100 of them, and ROWS / 100 of 100 rows each, in random
-- order. The outer count(s) takes the place of a client; being of a column that
-- it reads, it keeps the planner from dropping the sketches.
--
-- postgresql-hll is not measured with small groups: they take 128 kB each there,
-- so that the planner sorts, which would be most of the benchmark's time.

SELECT setseed(0.5) \g /dev/null
CREATE UNLOGGED TABLE grouped AS
	SELECT i % 100 AS few, i / 100 AS many, i AS x
	FROM generate_series(0, :rows::bigint - 1) AS i
	ORDER BY random();
VACUUM ANALYZE grouped;
CHECKPOINT;

SELECT bench.expect('each of 100 groups', #hll_add_agg(x), count(x))
FROM grouped GROUP BY few \g /dev/null
SELECT bench.expect('each of many groups', #hll_add_agg(x), count(x))
FROM grouped GROUP BY many \g /dev/null

INSERT INTO bench.query (class, name, sql)
SELECT class, name,
	format('SELECT count(s) FROM (SELECT %s AS s FROM grouped GROUP BY %I) q',
		aggregate, column_name)
FROM (VALUES ('100 groups', 'few'), ('groups of 100 rows', 'many'))
		AS g (class, column_name),
	(VALUES ('count(x)', 'count(x)'),
		('hll_add_agg(x)', 'hll_add_agg(x)'),
		('postgresql-hll, p = 14',
			'peer.hll_add_agg(peer.hll_hash_bigint(x), 14)'))
		AS a (name, aggregate)
WHERE NOT (class = 'groups of 100 rows' AND name LIKE 'postgresql-hll%');

INSERT INTO bench.ratio (class, name, over, at_most, goal) VALUES
('100 groups', 'hll_add_agg(x)', 'count(x)', NULL, NULL),
('100 groups', 'hll_add_agg(x)', 'postgresql-hll, p = 14', NULL, NULL),
('groups of 100 rows', 'hll_add_agg(x)', 'count(x)', 1.5, 1.3),
('groups of 100 rows: memory', 'hll_add_agg(x)', 'count(x)', NULL, NULL);

-- Memory of the hash aggregate, which must be one, and in one batch.
DO $$
DECLARE
	q bench.query;
	node jsonb;
BEGIN
	FOR q IN SELECT * FROM bench.query WHERE class = 'groups of 100 rows' LOOP
		node := bench.plan_node(q.sql, '@."Strategy" == "Hashed"');
		ASSERT node->>'HashAgg Batches' = '1', q.name || ' spills or sorts';
		INSERT INTO bench.sample VALUES (q.class || ': memory', q.name, 1,
			1024 * (node->>'Peak Memory Usage')::float8, 'bytes');
	END LOOP;
END $$;

CALL bench.measure('100 groups', :runs);
CALL bench.measure('groups of 100 rows', :runs);
DROP TABLE grouped;
