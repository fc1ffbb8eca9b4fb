-- Uniting and counting 2,000 stored sketches: dense ones of 100,000 values, for
-- which the figures are; ones of 10,000, at which the registers vary most; and
-- sparse ones of 1,000. Each shares half of its values with the next, as days
-- share users. All are stored out of line.
--
-- hll_precision() stands for bare detoasting: it reads the whole value, and of
-- its bytes only the header.

CREATE PROCEDURE bench.make_sketches(name text, nvalues integer, aggregate text)
	LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE %s AS
		SELECT (SELECT %s FROM generate_series(1, %s) AS i,
			LATERAL (SELECT day * (%3$s / 2) + i AS x) v) AS s
		FROM generate_series(1, 2000) AS day', name, aggregate, nvalues);
END $$;

CREATE PROCEDURE bench.make_all_sketches(prefix text, aggregate text)
	LANGUAGE plpgsql AS $$
BEGIN
	CALL bench.make_sketches(prefix || 'dense', 100000, aggregate);
	CALL bench.make_sketches(prefix || 'varied', 10000, aggregate);
	CALL bench.make_sketches(prefix || 'sparse', 1000, aggregate);
END $$;

CALL bench.make_all_sketches('public.', 'hll_add_agg(x)');
\if :peer
	CALL bench.make_all_sketches('peer.',
		'peer.hll_add_agg(peer.hll_hash_bigint(x), 14)');
\endif
VACUUM ANALYZE;
CHECKPOINT;

DO $$
BEGIN
	ASSERT (SELECT bool_and((hll_info(s)).representation = 'dense') FROM dense)
		AND (SELECT bool_and((hll_info(s)).representation = 'dense') FROM varied)
		AND (SELECT bool_and((hll_info(s)).representation = 'sparse')
			FROM sparse), 'the sketches are not what they should be';
END $$;

SELECT bench.expect('each dense sketch', #s, 100000) FROM dense \g /dev/null
SELECT bench.expect('union of dense', #hll_union_agg(s), 50000 * 2001)
FROM dense \g /dev/null
SELECT bench.expect('union of varied', #hll_union_agg(s), 5000 * 2001)
FROM varied \g /dev/null
SELECT bench.expect('union of sparse', #hll_union_agg(s), 500 * 2001)
FROM sparse \g /dev/null
\if :peer
	SELECT bench.expect('postgresql-hll, union of dense',
		peer.hll_cardinality(peer.hll_union_agg(s)), 50000 * 2001)
	FROM peer.dense \g /dev/null
	SELECT bench.expect('postgresql-hll, union of varied',
		peer.hll_cardinality(peer.hll_union_agg(s)), 5000 * 2001)
	FROM peer.varied \g /dev/null
	SELECT bench.expect('postgresql-hll, union of sparse',
		peer.hll_cardinality(peer.hll_union_agg(s)), 500 * 2001)
	FROM peer.sparse \g /dev/null
\endif

CREATE TABLE bench.stored (label text, name text);
INSERT INTO bench.stored VALUES
('2,000 of 100,000 values', 'dense'),
('2,000 of 10,000 values', 'varied'),
('2,000 of 1,000 values', 'sparse');

INSERT INTO bench.query (class, name, sql, repeats)
SELECT operation || ' of ' || stored.label, q.name,
	format(sql, stored.name), 10
FROM (VALUES
		('union', 'detoasting', 'SELECT max(hll_precision(s)) FROM %s'),
		('union', 'hll_union_agg(s)', 'SELECT hll_union_agg(s) FROM %s'),
		('union', 'postgresql-hll, p = 14',
			'SELECT peer.hll_union_agg(s) FROM peer.%s'),
		('cardinality', 'detoasting', 'SELECT max(hll_precision(s)) FROM %s'),
		('cardinality', 'hll_cardinality(s)',
			'SELECT max(hll_cardinality(s)) FROM %s'),
		('cardinality', 'postgresql-hll, p = 14',
			'SELECT max(peer.hll_cardinality(s)) FROM peer.%s'))
		AS q (operation, name, sql),
	bench.stored;

INSERT INTO bench.ratio (class, name, over, at_most, goal) VALUES
('union of 2,000 of 100,000 values', 'hll_union_agg(s)', 'detoasting',
	NULL, 1.6),
('union of 2,000 of 100,000 values', 'hll_union_agg(s)',
	'postgresql-hll, p = 14', 0.5, 0.35),
('union of 2,000 of 10,000 values', 'hll_union_agg(s)', 'detoasting',
	NULL, NULL),
('union of 2,000 of 10,000 values', 'hll_union_agg(s)',
	'postgresql-hll, p = 14', NULL, NULL),
('union of 2,000 of 1,000 values', 'hll_union_agg(s)', 'detoasting',
	NULL, NULL),
('union of 2,000 of 1,000 values', 'hll_union_agg(s)',
	'postgresql-hll, p = 14', NULL, 0.5),
('cardinality of 2,000 of 100,000 values', 'hll_cardinality(s)', 'detoasting',
	NULL, 2.0),
('cardinality of 2,000 of 100,000 values', 'hll_cardinality(s)',
	'postgresql-hll, p = 14', NULL, NULL),
('cardinality of 2,000 of 10,000 values', 'hll_cardinality(s)', 'detoasting',
	NULL, NULL),
('cardinality of 2,000 of 10,000 values', 'hll_cardinality(s)',
	'postgresql-hll, p = 14', NULL, NULL);

CALL bench.measure('union of 2,000 of 100,000 values', :runs);
CALL bench.measure('union of 2,000 of 10,000 values', :runs);
CALL bench.measure('union of 2,000 of 1,000 values', :runs);
CALL bench.measure('cardinality of 2,000 of 100,000 values', :runs);
CALL bench.measure('cardinality of 2,000 of 10,000 values', :runs);
