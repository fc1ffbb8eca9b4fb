-- Adding the values of a column of one-column tables, where count() is cheapest:
-- random ones of ROWS / 10 users.

SELECT setseed(0.5) \g /dev/null
CREATE UNLOGGED TABLE bigints WITH (parallel_workers = 2) AS
	SELECT 1 + floor(random() * (:rows / 10))::bigint AS x
	FROM generate_series(1, :rows);
VACUUM ANALYZE bigints;
CHECKPOINT;

SELECT count(DISTINCT x) AS exact FROM bigints \gset
SELECT bench.expect('hll_add_agg(bigint)', #hll_add_agg(x), :exact),
	bench.expect('approx_count_distinct', approx_count_distinct(x), :exact)
FROM bigints \g /dev/null
\if :peer
	SELECT bench.expect('postgresql-hll', peer.hll_cardinality(
		peer.hll_add_agg(peer.hll_hash_bigint(x), 14)), :exact)
	FROM bigints \g /dev/null
\endif

INSERT INTO bench.query (class, name, sql) VALUES
('add bigint', 'count(x)', 'SELECT count(x) FROM bigints'),
('add bigint', 'hll_add_agg(x)', 'SELECT hll_add_agg(x) FROM bigints'),
('add bigint', 'hll_add_agg(sketch_hash_any(x))',
	'SELECT hll_add_agg(sketch_hash_any(x)) FROM bigints'),
('add bigint', 'approx_count_distinct(x)',
	'SELECT approx_count_distinct(x) FROM bigints'),
('add bigint', 'postgresql-hll, p = 14',
	'SELECT peer.hll_add_agg(peer.hll_hash_bigint(x), 14) FROM bigints'),
('add bigint', 'count(distinct x)', 'SELECT count(DISTINCT x) FROM bigints');

INSERT INTO bench.ratio (class, name, over, at_most, goal) VALUES
('add bigint', 'hll_add_agg(x)', 'count(x)', 1.08, 1.05),
('add bigint', 'hll_add_agg(x)', 'postgresql-hll, p = 14', 1, NULL),
('add bigint', 'hll_add_agg(sketch_hash_any(x))', 'count(x)', NULL, NULL),
('add bigint', 'approx_count_distinct(x)', 'count(x)', NULL, NULL),
('add bigint', 'postgresql-hll, p = 14', 'count(x)', NULL, NULL),
('add bigint', 'hll_add_agg(x)', 'count(distinct x)', NULL, NULL);

CALL bench.measure('add bigint', :runs);

-- 2 workers and the leader

INSERT INTO bench.query (class, name, sql, workers) VALUES
('parallel', 'serial', 'SELECT hll_add_agg(x) FROM bigints', 0),
('parallel', '2 workers', 'SELECT hll_add_agg(x) FROM bigints', 2);

INSERT INTO bench.ratio (class, name, over, goal) VALUES
('parallel', '2 workers', 'serial', 0.6);

DO $$
BEGIN
	SET LOCAL max_parallel_workers_per_gather = 2;
	ASSERT bench.plan_node('SELECT hll_add_agg(x) FROM bigints',
		'@."Node Type" == "Gather"')->>'Workers Launched' = '2',
		'the aggregate does not run in parallel';
END $$;
CALL bench.measure('parallel', :runs);

-- Other types

SELECT setseed(0.5) \g /dev/null
CREATE UNLOGGED TABLE texts AS
	SELECT 'user-' || 1 + floor(random() * (:rows / 10))::bigint AS x
	FROM generate_series(1, :rows);
VACUUM ANALYZE texts;
CREATE UNLOGGED TABLE uuids AS SELECT md5(x)::uuid AS x FROM texts;
VACUUM ANALYZE uuids;
DROP TABLE bigints;
CHECKPOINT;

SELECT count(DISTINCT x) AS exact FROM texts \gset
SELECT bench.expect('hll_add_agg(text)', #hll_add_agg(x), :exact)
FROM texts \g /dev/null
SELECT bench.expect('hll_add_agg(uuid)', #hll_add_agg(x), :exact)
FROM uuids \g /dev/null

INSERT INTO bench.query (class, name, sql) VALUES
('add text', 'count(x)', 'SELECT count(x) FROM texts'),
('add text', 'hll_add_agg(x)', 'SELECT hll_add_agg(x) FROM texts'),
('add text', 'postgresql-hll, p = 14',
	'SELECT peer.hll_add_agg(peer.hll_hash_text(x), 14) FROM texts'),
('add uuid', 'count(x)', 'SELECT count(x) FROM uuids'),
('add uuid', 'hll_add_agg(x)', 'SELECT hll_add_agg(x) FROM uuids');

INSERT INTO bench.ratio (class, name, over, goal) VALUES
('add text', 'hll_add_agg(x)', 'count(x)', 1.15),
('add text', 'hll_add_agg(x)', 'postgresql-hll, p = 14', NULL),
('add uuid', 'hll_add_agg(x)', 'count(x)', NULL);

CALL bench.measure('add text', :runs);
CALL bench.measure('add uuid', :runs);
DROP TABLE texts, uuids;
