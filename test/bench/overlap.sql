-- Comparing 1,000 pairs of neighbours of merge.sql, which share half of their
-- values. Milliseconds for 1,000 pairs are microseconds for each.

CREATE TABLE dense_pairs AS
	SELECT a.s AS a, b.s AS b FROM dense AS a JOIN dense AS b
	ON b.day = a.day + 1 WHERE a.day <= 1000;
CREATE TABLE sparse_pairs AS
	SELECT a.s AS a, b.s AS b FROM sparse AS a JOIN sparse AS b
	ON b.day = a.day + 1 WHERE a.day <= 1000;
VACUUM ANALYZE dense_pairs, sparse_pairs;
CHECKPOINT;

SELECT bench.expect('both of a dense pair', o."both", 50000,
	o.both_standard_error / 50000)
FROM dense_pairs, hll_overlap(a, b) AS o \g /dev/null
SELECT bench.expect('both of a sparse pair', hll_intersection_cardinality(a, b),
	500, 0.001)
FROM sparse_pairs \g /dev/null

INSERT INTO bench.query (class, name, sql, repeats)
SELECT format('overlap of 1,000 %s pairs', kind), name,
	format('SELECT %s FROM %s_pairs', expression, kind), 2
FROM unnest('{dense,sparse}'::text[]) AS kind,
	(VALUES ('detoasting', 'max(hll_precision(a) + hll_precision(b))'),
		('hll_overlap(a, b)', 'count(hll_overlap(a, b))'),
		('hll_intersection_cardinality(a, b)',
			'max(hll_intersection_cardinality(a, b))')) AS q (name, expression);
CALL bench.measure(4 * :runs);

INSERT INTO bench.sample
SELECT DISTINCT class, '1 us each', run, 1 FROM bench.sample
WHERE class LIKE 'overlap of 1,000 %';
INSERT INTO bench.ratio (class, name, over)
SELECT format('overlap of 1,000 %s pairs', kind), name, over
FROM unnest('{dense,sparse}'::text[]) AS kind,
	unnest('{"hll_overlap(a, b)","hll_intersection_cardinality(a, b)"}'::text[])
		AS name,
	unnest('{1 us each,detoasting}'::text[]) AS over
ORDER BY kind, name DESC, over;
DROP TABLE dense_pairs, sparse_pairs;
