-- Stored sketches of counts: 365 days of 10,000 events, on pages as in frequent.sql.
-- A cms of a day takes some 7 kB, stored out of line; a topk 0.8 kB, in the row. One
-- more sketch of each kind has all events.
--
-- cms_total() and topk_total() stand for bare detoasting: they read the whole value,
-- and look at its header.

SELECT setseed(0.5) \g /dev/null
CREATE TABLE days AS
	SELECT 1 + i % 365 AS day, cms_add_agg(x) AS c, topk_add_agg(x, 100) AS t
	FROM (SELECT i, '/page/' ||
			1 + width_bucket(random(), (SELECT parts FROM bench.zipf)) AS x
		FROM generate_series(0, 3649999) AS i) AS events
	GROUP BY day ORDER BY day;
CREATE TABLE whole AS
	SELECT cms_union_agg(c) AS c, topk_union_agg(t) AS t FROM days;
CREATE TABLE asked AS SELECT '/page/' || i AS x FROM generate_series(1, 10000) AS i;
VACUUM ANALYZE days, whole, asked;
CHECKPOINT;

DO $$
BEGIN
	ASSERT (SELECT bool_and((cms_info(c)).representation = 'cells'
			AND cms_total(c) = 10000 AND topk_total(t) = 10000
			AND (topk_info(t)).items BETWEEN 20 AND 100) FROM days),
		'the sketches are not what they should be';
	ASSERT (SELECT bool_and(cms_total(c) = 3650000 AND topk_total(t) = 3650000)
		FROM whole), 'the union of all days is not of all days';
	ASSERT (SELECT pg_relation_size('days') < 4000 * 365),
		'the sketches of counts are not stored out of line';
	ASSERT (SELECT count(*) = 10000 FROM asked, whole
		WHERE cms_frequency(c, x) >= (cms_frequency_bounds(c, x)).upper
			AND cms_frequency(c, x) >= (topk_frequency(t, x)).lower),
		'cms_frequency() is below what it must be';
END $$;

INSERT INTO bench.query (class, name, sql, repeats)
SELECT class, name, format('SELECT %s FROM days WHERE day <= 100', expression), 10
FROM (VALUES ('100 stored cms', 'detoasting', 'max(cms_total(c))'),
	('100 stored cms', 'cms_union_agg(c)', 'cms_union_agg(c)'),
	('100 stored cms', 'cms_frequency(c, x)', 'sum(cms_frequency(c, ''/page/1''::text))'),
	('100 stored cms', 'cms_frequency_bounds(c, x)',
		'count(cms_frequency_bounds(c, ''/page/1''::text))'),
	('100 stored topk', 'detoasting', 'max(topk_total(t))'),
	('100 stored topk', 'topk_union_agg(t)', 'topk_union_agg(t)'),
	('100 stored topk', 'topk_frequency(t, x)',
		'count(topk_frequency(t, ''/page/1''::text))'))
	AS q (class, name, expression);
INSERT INTO bench.ratio (class, name, over)
SELECT class, name, 'detoasting' FROM bench.query
WHERE class LIKE '100 stored %' AND name <> 'detoasting' ORDER BY id;

-- Each row asks the one sketch; length(x) is what the join takes by itself.
INSERT INTO bench.query (class, name, sql, repeats)
SELECT '10,000 values, one sketch', name,
	format('SELECT count(%s) FROM asked, whole', expression), 3
FROM (VALUES ('length(x)', 'length(x)'),
	('cms_frequency(c, x)', 'cms_frequency(c, x)'),
	('cms_frequency_bounds(c, x)', 'cms_frequency_bounds(c, x)'),
	('topk_frequency(t, x)', 'topk_frequency(t, x)')) AS q (name, expression);
INSERT INTO bench.ratio (class, name, over)
SELECT class, name, 'length(x)' FROM bench.query
WHERE class = '10,000 values, one sketch' AND name <> 'length(x)' ORDER BY id;
CALL bench.measure(4 * :runs);

-- Sliding windows, as in window.sql.

CREATE AGGREGATE bench.reunite(s cms) (
	SFUNC = cms_union_agg_trans, STYPE = cms, FINALFUNC = cms_agg_final
);
CREATE AGGREGATE bench.reunite(s topk) (
	SFUNC = topk_union_agg_trans, STYPE = topk, FINALFUNC = topk_agg_final
);

DO $$
BEGIN
	ASSERT (SELECT bool_and(cms_union_agg = reunite) FROM (
		SELECT cms_union_agg(c) OVER w, bench.reunite(c) OVER w FROM days
		WINDOW w AS (ORDER BY day ROWS 29 PRECEDING)) AS q),
		'a frame has another union than its rows';
	ASSERT (SELECT bool_and(topk_total(t) = 10000 * least(day, 30)) FROM (
		SELECT day, topk_union_agg(t) OVER (ORDER BY day ROWS 29 PRECEDING) AS t
		FROM days) AS q), 'a frame has another total than its rows';
END $$;

INSERT INTO bench.query (class, name, sql)
SELECT '365 frames of 30, ' || type, name,
	format('SELECT max(%s_total(u)) FROM (SELECT %s AS u FROM days
		WINDOW w AS (ORDER BY day ROWS 29 PRECEDING)) AS q', type, of)
FROM (VALUES ('cms', 'detoasting', 'c'),
	('cms', 'union', 'cms_union_agg(c) OVER w'),
	('cms', 'each frame anew', 'bench.reunite(c) OVER w'),
	('topk', 'detoasting', 't'),
	('topk', 'union', 'topk_union_agg(t) OVER w'),
	('topk', 'each frame anew', 'bench.reunite(t) OVER w')) AS q (type, name, of);
INSERT INTO bench.ratio (class, name, over)
SELECT class, 'union', name FROM bench.query
WHERE class LIKE '365 frames of 30, %' AND name <> 'union'
	AND (class LIKE '%cms' OR class LIKE '%topk')
ORDER BY class, name DESC;
CALL bench.measure(:runs);

INSERT INTO bench.sample
SELECT 'bytes of counts, ' || what, name, 1, bytes, 'bytes'
FROM (SELECT 'a day', avg(pg_column_size(c)), avg(pg_column_size(t)) FROM days
	UNION ALL SELECT 'all days', pg_column_size(c), pg_column_size(t) FROM whole)
		AS s (what, c, t),
	LATERAL (VALUES ('cms_add_agg(x)', c), ('topk_add_agg(x, 100)', t))
		AS b (name, bytes);
DROP TABLE days, whole, asked;
