-- Many stored filters: 200 days of 100,000 users each, made for a month of
-- 1 million at 1 %, so that days merge without loss: 1.2 MB each, all stored out of
-- line. There are ten sets of users; one more value tells each day from the others.
--
-- The length of the value as bytea stands for bare detoasting: it reads the whole
-- value.

CREATE TABLE filters AS
	WITH of_ten AS MATERIALIZED (
		SELECT i, (SELECT bloom_add_agg(x, 1000000)
			FROM generate_series(i * 100000 + 1, (i + 1) * 100000) AS x) AS b
		FROM generate_series(0::bigint, 9) AS i)
	SELECT day, b || -day AS b
	FROM generate_series(1::bigint, 200) AS day JOIN of_ten ON i = day % 10;
VACUUM ANALYZE filters;
CHECKPOINT;

DO $$
BEGIN
	ASSERT (SELECT bool_and((bloom_info(b)).representation = 'bits'
			AND b @> -day) FROM filters), 'the filters are not what they should be';
	ASSERT (SELECT pg_relation_size('filters') < 100 * 200),
		'the filters are not stored out of line';
	ASSERT (SELECT count(*) BETWEEN 20 AND 25 FROM filters WHERE b @> 42),
		'42 is not in the filters where it was added';
END $$;
SELECT bench.expect('each filter', bloom_cardinality(b), 100001, 0.002)
FROM filters \g /dev/null
SELECT bench.expect('union of filters', bloom_cardinality(bloom_union_agg(b)),
	1000100, 0.002) FROM filters WHERE day <= 100 \g /dev/null
SELECT bench.expect('intersection of 11 filters',
	bloom_cardinality(bloom_intersect_agg(b)), 100000, 0.002)
FROM filters WHERE day % 10 = 1 \g /dev/null

INSERT INTO bench.query (class, name, sql) VALUES
('one value, 200 filters of 1.2 MB', 'detoasting',
	'SELECT count(*) FROM filters WHERE length(b::bytea) > 0'),
('one value, 200 filters of 1.2 MB', 'b @> 42',
	'SELECT count(*) FROM filters WHERE b @> 42');
INSERT INTO bench.query (class, name, sql)
SELECT '100 filters of 1.2 MB', name,
	format('SELECT %s FROM filters WHERE day <= 100', expression)
FROM (VALUES ('detoasting', 'count(nullif(length(b::bytea), 0))'),
	('bloom_union_agg(b)', 'bloom_union_agg(b)'),
	('bloom_intersect_agg(b)', 'bloom_intersect_agg(b)'),
	('bloom_cardinality(b)', 'max(bloom_cardinality(b))'))
	AS q (name, expression);
INSERT INTO bench.ratio (class, name, over)
SELECT class, name, 'detoasting' FROM bench.query
WHERE class LIKE '% filters of 1.2 MB' AND name <> 'detoasting' ORDER BY id;
CALL bench.measure(4 * :runs);
