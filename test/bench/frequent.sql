-- Adding items of which few are frequent: pages, drawn by Zipf's law with exponent
-- 1.1 from a million. postgresql-hll has nothing of the kind. Apache DataSketches'
-- frequent_strings_sketch with a map of 2^9 entries, at most 384 of them used, is
-- what comes next to k = 100, which holds 400 while it works. The exact answer
-- takes a GROUP BY, and memory for each page.

-- The part of all events that pages 1 to i have, for each i. A stored array would be
-- read anew for each event.
CREATE VIEW bench.zipf AS
	SELECT array_agg(part ORDER BY i) AS parts FROM (
		SELECT i, sum(i::float8 ^ -1.1) OVER (ORDER BY i)
			/ sum(i::float8 ^ -1.1) OVER () AS part
		FROM generate_series(1, 1000000) AS i) AS p;

SELECT setseed(0.5) \g /dev/null
CREATE UNLOGGED TABLE pages WITH (parallel_workers = 2) AS
	SELECT '/page/' || 1 + width_bucket(random(), (SELECT parts FROM bench.zipf)) AS x
	FROM generate_series(1, :rows);
VACUUM ANALYZE pages;
CHECKPOINT;

CREATE TABLE truth AS SELECT x, count(*) AS n FROM pages GROUP BY x;
CREATE TABLE summary AS
	SELECT cms_add_agg(x) AS c, topk_add_agg(x, 100) AS t FROM pages;

-- Bounds hold, the 20 most frequent are found, and the estimates of cms are too
-- high, if at all, but for 1 % of them by 0.1 %.
DO $$
BEGIN
	ASSERT (SELECT bool_and(n BETWEEN lower AND upper)
		FROM summary, topk_items(t) JOIN truth ON x = item),
		'bounds of topk_items() do not hold';
	ASSERT (SELECT count(*) = 20 FROM
		(SELECT item FROM summary, topk_items(t, 20)) AS found JOIN
		(SELECT x FROM truth ORDER BY n DESC LIMIT 20) AS most ON x = item),
		'not all of the most frequent pages are found';
	ASSERT (SELECT min(cms_frequency(c, x) - n) >= 0 AND
			avg((cms_frequency(c, x) - n > 0.001 * cms_total(c))::integer) <= 0.01
		FROM truth, summary), 'cms_frequency() is not what it should be';
END $$;
\if :datasketches
	SELECT bench.expect('datasketches', estimate, n, 0.001)
	FROM truth, (SELECT (datasketches.frequent_strings_sketch_result_no_false_positives(
		datasketches.frequent_strings_sketch_build(9, x))).* FROM pages) AS r
	WHERE x = str AND x = '/page/1' \g /dev/null
\endif
DROP TABLE truth, summary;

INSERT INTO bench.query (class, name, sql)
SELECT 'add Zipf text', name, format('SELECT %s FROM pages', aggregate)
FROM (VALUES ('count(x)', 'count(x)'),
	('count(x), once more', 'count(x)'),
	('topk_add_agg(x, 100)', 'topk_add_agg(x, 100)'),
	('topk_add_weighted_agg(x, 1, 100)', 'topk_add_weighted_agg(x, 1, 100)'),
	('topk_add_agg(x, 1000)', 'topk_add_agg(x, 1000)'),
	('cms_add_agg(x)', 'cms_add_agg(x)'),
	('datasketches, 2^9', 'datasketches.frequent_strings_sketch_build(9, x)'))
	AS a (name, aggregate);
INSERT INTO bench.query (class, name, sql) VALUES
('add Zipf text', 'GROUP BY x', 'SELECT x, count(*) FROM pages GROUP BY x
	ORDER BY count(*) DESC LIMIT 100');
INSERT INTO bench.ratio (class, name, over)
SELECT class, name, 'count(x)' FROM bench.query
WHERE class = 'add Zipf text' AND name <> 'count(x)' ORDER BY id;
INSERT INTO bench.ratio (class, name, over) VALUES
('add Zipf text', 'topk_add_agg(x, 100)', 'datasketches, 2^9'),
('add Zipf text', 'topk_add_agg(x, 100)', 'GROUP BY x');

-- 2 workers and the leader

INSERT INTO bench.query (class, name, sql, workers, node)
SELECT 'parallel, ' || type, name, format('SELECT %s FROM pages', aggregate), workers,
	CASE WHEN workers > 0 THEN '@."Workers Launched" == 2' END
FROM (VALUES ('cms', 'cms_add_agg(x)'), ('topk', 'topk_add_agg(x, 100)'))
		AS a (type, aggregate),
	(VALUES ('serial', 0), ('2 workers', 2)) AS w (name, workers);
INSERT INTO bench.ratio (class, name, over) VALUES
('parallel, cms', '2 workers', 'serial'),
('parallel, topk', '2 workers', 'serial');
CALL bench.measure(:runs);
DROP TABLE pages;
