-- Adding the values of a column of one-column tables, where count() is cheapest:
-- random ones of ROWS / 10 users.

SELECT setseed(0.5) \g /dev/null
CREATE UNLOGGED TABLE bigints WITH (parallel_workers = 2) AS
	SELECT 1 + floor(random() * (:rows / 10))::bigint AS x
	FROM generate_series(1, :rows);
CREATE UNLOGGED TABLE few_bigints AS
	SELECT x, x % 10 AS of_10, x % 1000 AS of_1000 FROM bigints LIMIT 300000;
CREATE UNLOGGED TABLE texts AS SELECT 'user-' || x AS x FROM bigints;
CREATE UNLOGGED TABLE uuids AS SELECT md5(x)::uuid AS x FROM texts;
VACUUM ANALYZE bigints, few_bigints, texts, uuids;
CHECKPOINT;

SELECT count(DISTINCT x) AS exact FROM bigints \gset
SELECT bench.expect('hll_add_agg(bigint)', #hll_add_agg(x), :exact),
	bench.expect('approx_count_distinct', approx_count_distinct(x), :exact)
FROM bigints \g /dev/null
SELECT bench.expect('hll_add_agg(text)', #hll_add_agg(x), :exact)
FROM texts \g /dev/null
SELECT bench.expect('bloom_add_agg(bigint, 1000000)',
		bloom_cardinality(bloom_add_agg(x, 1000000)), :exact, 0.002),
	bench.expect('bloom_add_agg(bigint, 10000000)',
		bloom_cardinality(bloom_add_agg(x, 10000000)), :exact, 0.002),
	bench.expect('bloom_add_agg(bigint)',
		bloom_cardinality(bloom_add_agg(x)), :exact, 0.002)
FROM bigints \g /dev/null
SELECT bench.expect('cms_add_agg(bigint)', cms_total(cms_add_agg(x)), :rows, 0)
FROM bigints \g /dev/null
SELECT bench.expect('bloom_add_agg(text, 1000000)',
	bloom_cardinality(bloom_add_agg(x, 1000000)), :exact, 0.002)
FROM texts \g /dev/null
SELECT bench.expect('hll_add_agg(uuid)', #hll_add_agg(x), :exact)
FROM uuids \g /dev/null
\if :peer
	SELECT bench.expect('postgresql-hll', peer.hll_cardinality(
		peer.hll_add_agg(peer.hll_hash_bigint(x), 14)), :exact)
	FROM bigints \g /dev/null
\endif

-- What count(x) comes to over itself shows how quiet the machine is. A sort of
-- 10 million texts, for count(distinct x), would take 20 seconds.
INSERT INTO bench.query (class, name, sql)
SELECT 'add ' || type, name,
	format('SELECT %s FROM %ss', format(aggregate, hash), type)
FROM (VALUES ('bigint', 'hll_hash_bigint'), ('text', 'hll_hash_text'),
		('uuid', 'hll_hash_any')) AS t (type, hash),
	(VALUES ('count(x)', 'count(x)'),
		('count(x), once more', 'count(x)'),
		('hll_add_agg(x)', 'hll_add_agg(x)'),
		('hll_add_agg(sketch_hash_any(x))',
			'hll_add_agg(sketch_hash_any(x))'),
		('approx_count_distinct(x)', 'approx_count_distinct(x)'),
		('bloom_add_agg(x, 1000000)', 'bloom_add_agg(x, 1000000)'),
		('bloom_add_agg(x, 10000000)', 'bloom_add_agg(x, 10000000)'),
		('bloom_add_agg(x)', 'bloom_add_agg(x)'),
		('cms_add_agg(x)', 'cms_add_agg(x)'),
		('cms_add_weighted_agg(x, 1)', 'cms_add_weighted_agg(x, 1)'),
		('count(distinct x)', 'count(DISTINCT x)'),
		('postgresql-hll, p = 14', 'peer.hll_add_agg(peer.%s(x), 14)'))
		AS a (name, aggregate)
WHERE type = 'bigint' OR name IN ('count(x)', 'hll_add_agg(x)',
	'approx_count_distinct(x)', 'bloom_add_agg(x, 1000000)', 'cms_add_agg(x)',
	'postgresql-hll, p = 14');

INSERT INTO bench.ratio (class, name, over) VALUES
('add bigint', 'count(x), once more', 'count(x)'),
('add bigint', 'hll_add_agg(x)', 'count(x)'),
('add bigint', 'hll_add_agg(sketch_hash_any(x))', 'count(x)'),
('add bigint', 'approx_count_distinct(x)', 'count(x)'),
('add bigint', 'approx_count_distinct(x)', 'count(distinct x)'),
('add bigint', 'hll_add_agg(x)', 'postgresql-hll, p = 14'),
('add bigint', 'postgresql-hll, p = 14', 'count(x)'),
('add bigint', 'bloom_add_agg(x, 1000000)', 'count(x)'),
('add bigint', 'bloom_add_agg(x, 10000000)', 'count(x)'),
('add bigint', 'bloom_add_agg(x)', 'count(x)'),
('add bigint', 'cms_add_agg(x)', 'count(x)'),
('add bigint', 'cms_add_weighted_agg(x, 1)', 'count(x)'),
('add text', 'hll_add_agg(x)', 'count(x)'),
('add text', 'approx_count_distinct(x)', 'count(x)'),
('add text', 'hll_add_agg(x)', 'postgresql-hll, p = 14'),
('add text', 'bloom_add_agg(x, 1000000)', 'count(x)'),
('add text', 'cms_add_agg(x)', 'count(x)'),
('add uuid', 'hll_add_agg(x)', 'count(x)'),
('add uuid', 'approx_count_distinct(x)', 'count(x)'),
('add uuid', 'hll_add_agg(x)', 'postgresql-hll, p = 14'),
('add uuid', 'bloom_add_agg(x, 1000000)', 'count(x)'),
('add uuid', 'cms_add_agg(x)', 'count(x)');

-- 10 million rows come from memory; 300,000 (16 MB) from the processor's caches,
-- if these are large, and count(x) is faster then. Of few different values the
-- sketch stays sparse, or the filter or the counters a list, and the state is
-- another.
INSERT INTO bench.query (class, name, sql, repeats)
SELECT 'add bigint, 300,000 rows' || of, format(aggregate, 'x'),
	format('SELECT ' || aggregate || ' FROM few_bigints', x), 5
FROM (VALUES ('', 'x'), (' of 10 values', 'of_10'),
		(' of 1,000 values', 'of_1000')) AS c (of, x),
	unnest('{count(%s),hll_add_agg(%s),"bloom_add_agg(%s, 1000000)",
		cms_add_agg(%s)}'::text[]) AS aggregate;
INSERT INTO bench.ratio (class, name, over)
SELECT class, name, 'count(x)' FROM bench.query
WHERE class LIKE '%300,000%' AND name <> 'count(x)' ORDER BY id;

-- 2 workers and the leader

INSERT INTO bench.query (class, name, sql, workers, node) VALUES
('parallel', 'serial', 'SELECT hll_add_agg(x) FROM bigints', 0, NULL),
('parallel', '2 workers', 'SELECT hll_add_agg(x) FROM bigints', 2,
	'@."Workers Launched" == 2'),
('parallel, filter', 'serial', 'SELECT bloom_add_agg(x, 1000000) FROM bigints', 0,
	NULL),
('parallel, filter', '2 workers', 'SELECT bloom_add_agg(x, 1000000) FROM bigints',
	2, '@."Workers Launched" == 2');
INSERT INTO bench.ratio (class, name, over) VALUES
('parallel', '2 workers', 'serial'),
('parallel, filter', '2 workers', 'serial');

CALL bench.measure(:runs);
DROP TABLE bigints, few_bigints, texts, uuids;
