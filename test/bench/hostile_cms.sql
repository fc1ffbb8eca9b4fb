-- Values of a cms that were made to be slow, over ordinary ones. In lists: 100,000
-- hashes that share their six leading bits, as anybody finds among 64 times as many
-- integers. In counters: weights of all magnitudes, so that the bits of counters
-- differ as much as they can, over uniform ones, whose sketches are as large.

CREATE TABLE chosen AS
SELECT x, x % 10 AS part, h AS ordinary,
	(h & ((1::bigint << 58) - 1)) | (5::bigint << 58) AS hostile,
	1 + (h & ((1::bigint << 33) - 1)) AS ordinary_weight,
	1::bigint << (x % 40)::integer AS hostile_weight
FROM (SELECT x, sketch_hash_any(x)::bigint AS h
	FROM generate_series(1, 100000) AS x) AS v;
CREATE TABLE chosen_lists AS
SELECT part, cms_add_agg(ordinary::sketch_hash, 0.00001) AS ordinary,
	cms_add_agg(hostile::sketch_hash, 0.00001) AS hostile
FROM chosen GROUP BY part;
CREATE TABLE chosen_cells AS
SELECT part, cms_add_weighted_agg(x, ordinary_weight, 0.0003) AS ordinary,
	cms_add_weighted_agg(x, hostile_weight, 0.0003) AS hostile
FROM chosen GROUP BY part;
VACUUM ANALYZE chosen, chosen_lists, chosen_cells;
CHECKPOINT;

INSERT INTO bench.query (class, name, sql)
SELECT 'cms, hostile', name || suffix, replace(sql, '@', col)
FROM (VALUES ('hostile', ''), ('ordinary', ', ordinary')) AS c (col, suffix),
	(VALUES ('lists, build',
			'SELECT cms_add_agg(@::sketch_hash, 0.00001) FROM chosen'),
		('lists, merge', 'SELECT cms_union_agg(@) FROM chosen_lists'),
		('lists, ask', 'SELECT sum(cms_frequency(s.@, c.@::sketch_hash))
			FROM chosen_lists AS s, chosen AS c WHERE x <= 10000'),
		('lists, check', 'SELECT count(cms_from_bytea(@::bytea))
			FROM chosen_lists'),
		('counters, build',
			'SELECT cms_add_weighted_agg(x, @_weight, 0.0003) FROM chosen'),
		('counters, merge', 'SELECT cms_union_agg(@)
			FROM chosen_cells, generate_series(1, 10)'),
		('counters, ask', 'SELECT sum(cms_frequency(s.@, c.x))
			FROM chosen_cells AS s, chosen AS c WHERE x <= 10000'),
		('counters, bounds', 'SELECT sum((cms_frequency_bounds(s.@, 1)).upper)
			FROM chosen_cells AS s'),
		('counters, check', 'SELECT count(cms_from_bytea(@::bytea))
			FROM chosen_cells, generate_series(1, 10)')) AS q (name, sql);
INSERT INTO bench.ratio (class, name, over)
SELECT class, name, name || ', ordinary' FROM bench.query
WHERE class = 'cms, hostile' AND name NOT LIKE '%ordinary' ORDER BY id;
CALL bench.measure(4 * :runs);

INSERT INTO bench.sample
SELECT 'cms, hostile', format('bytes, %s', name), 1, bytes, 'bytes'
FROM (SELECT 'counters' AS name, avg(length(hostile::bytea)) AS bytes FROM chosen_cells
	UNION ALL SELECT 'counters, ordinary', avg(length(ordinary::bytea))
	FROM chosen_cells) AS v;
INSERT INTO bench.ratio (class, name, over) VALUES
('cms, hostile', 'bytes, counters', 'bytes, counters, ordinary');
DROP TABLE chosen, chosen_lists, chosen_cells;
