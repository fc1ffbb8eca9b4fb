-- Hashes that were made to be slow, over ordinary ones: 100,000 that share their six
-- leading bits, as anybody finds among 64 times as many integers.

CREATE TABLE hostile AS
SELECT x, x % 10 AS part, h AS ordinary,
	(h & ((1::bigint << 58) - 1) | (5::bigint << 58)) AS hostile
FROM (SELECT x, sketch_hash_any(x)::bigint AS h
	FROM generate_series(1, 100000) AS x) AS v;
CREATE TABLE hostile_filters AS
SELECT part, bloom_add_agg(ordinary::sketch_hash, 10000000) AS ordinary,
	bloom_add_agg(hostile::sketch_hash, 10000000) AS hostile
FROM hostile GROUP BY part;
VACUUM ANALYZE hostile, hostile_filters;

INSERT INTO bench.query (class, name, sql)
SELECT 'bloom, hostile', name || suffix, replace(sql, 'COL', col)
FROM (VALUES ('hostile', ''), ('ordinary', ', ordinary')) AS c (col, suffix),
	(VALUES ('build', 'SELECT bloom_add_agg(COL::sketch_hash) FROM hostile'),
		('merge', 'SELECT bloom_union_agg(COL) FROM hostile_filters'),
		('add', 'SELECT sum(length(bloom_add(f.COL, h.COL::sketch_hash)::bytea))
			FROM hostile_filters AS f, hostile AS h WHERE x <= 100'),
		('probe', 'SELECT count(*) FROM hostile_filters AS f, hostile AS h
			WHERE f.COL @> h.COL::sketch_hash'),
		('check', 'SELECT count(bloom_from_bytea(COL::bytea))
			FROM hostile_filters')) AS q (name, sql);
INSERT INTO bench.ratio (class, name, over)
SELECT class, name, name || ', ordinary' FROM bench.query
WHERE class = 'bloom, hostile' AND name NOT LIKE '%ordinary' ORDER BY id;
CALL bench.measure(4 * :runs);
