-- Uniting and counting 2,000 stored sketches: dense ones of 100,000 values, for
-- which the figures are; ones of 10,000, at which the registers vary most; and
-- sparse ones of 1,000. Each shares half of its values with the next, as days
-- share users. All are stored out of line, in order.
--
-- hll_precision() stands for bare detoasting: it reads the whole value, and of
-- its bytes only the header.

-- The sketch of a day is the union of two halves, of which the next day has one.
CREATE PROCEDURE bench.make_sketches(name text, nvalues integer,
		aggregate text, unite text)
	LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TABLE %s AS
		WITH halves AS MATERIALIZED (
			SELECT day, (SELECT %s FROM generate_series(
				day * %s + 1, (day + 1) * %3$s) AS x) AS s
			FROM generate_series(1::bigint, 2001) AS day)
		SELECT a.day, %s(a.s, b.s) AS s
		FROM halves AS a JOIN halves AS b ON b.day = a.day + 1
		ORDER BY a.day', name, aggregate, nvalues / 2, unite);
END $$;

CREATE PROCEDURE bench.make_all_sketches(prefix text, aggregate text,
		unite text)
	LANGUAGE plpgsql AS $$
BEGIN
	CALL bench.make_sketches(prefix || 'dense', 100000, aggregate, unite);
	CALL bench.make_sketches(prefix || 'varied', 10000, aggregate, unite);
	CALL bench.make_sketches(prefix || 'sparse', 1000, aggregate, unite);
END $$;

CALL bench.make_all_sketches('public.', 'hll_add_agg(x)', 'hll_union');
\if :peer
	CALL bench.make_all_sketches('peer.',
		'peer.hll_add_agg(peer.hll_hash_bigint(x), 14)', 'peer.hll_union');
\endif
VACUUM ANALYZE;
CHECKPOINT;

DO $$
BEGIN
	ASSERT (SELECT bool_and((hll_info(s)).representation = 'dense') FROM dense)
		AND (SELECT bool_and((hll_info(s)).representation = 'dense') FROM varied)
		AND (SELECT bool_and((hll_info(s)).representation = 'sparse')
			FROM sparse), 'the sketches are not what they should be';
	ASSERT (SELECT max(pg_relation_size(name)) < 1000 * 2000
		FROM unnest('{dense,varied,sparse}'::regclass[]) AS name),
		'the sketches are not stored out of line';
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

CREATE TABLE bench.operation (class text, name text, sql text);
INSERT INTO bench.operation VALUES
('union', 'detoasting', 'SELECT max(hll_precision(s)) FROM %s'),
('union', 'hll_union_agg(s)', 'SELECT hll_union_agg(s) FROM %s'),
('union', 'postgresql-hll, p = 14', 'SELECT peer.hll_union_agg(s) FROM peer.%s'),
('cardinality', 'detoasting', 'SELECT max(hll_precision(s)) FROM %s'),
('cardinality', 'hll_cardinality(s)', 'SELECT max(hll_cardinality(s)) FROM %s'),
('cardinality', 'postgresql-hll, p = 14',
	'SELECT max(peer.hll_cardinality(s)) FROM peer.%s');

INSERT INTO bench.query (class, name, sql, repeats)
SELECT format('%s of 2,000 %s', class, stored), name, format(sql, stored), 5
FROM unnest('{dense,varied,sparse}'::text[]) AS stored, bench.operation;
INSERT INTO bench.ratio (class, name, over)
SELECT a.class, a.name, b.name
FROM bench.query AS a JOIN bench.query AS b USING (class)
WHERE class LIKE '% of 2,000 %' AND a.name LIKE 'hll%' AND b.name <> a.name
ORDER BY class LIKE 'c%', b.id;
CALL bench.measure(4 * :runs);
