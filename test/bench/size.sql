-- Bytes stored: the mean of pg_column_size() over 10 to 1,000 sketches of n
-- values each, read from a table, where small ones have a 1-byte header.

CREATE TABLE bench.size (n bigint, name text, bytes float8);

CREATE PROCEDURE bench.measure_size(of_name text, aggregate text)
	LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	FOREACH n IN ARRAY '{10,100,1000,10000,100000,1000000}'::bigint[] LOOP
		EXECUTE format('CREATE TABLE sized AS
			SELECT (SELECT %1$s FROM generate_series(k * %2$s + 1, (k + 1) * %2$s) x) AS s
			FROM generate_series(1, greatest(10, least(1000, 10000000 / %2$s))) k',
			aggregate, n);
		INSERT INTO bench.size SELECT n, of_name, avg(pg_column_size(s))
			FROM sized;
		DROP TABLE sized;
	END LOOP;
END $$;

CALL bench.measure_size('pgext', 'hll_add_agg(x)');
\if :peer
	CALL bench.measure_size('postgresql-hll, p = 14',
		'peer.hll_add_agg(peer.hll_hash_bigint(x), 14)');
	CALL bench.measure_size('postgresql-hll, its default (p = 11)',
		'peer.hll_add_agg(peer.hll_hash_bigint(x))');
\endif

INSERT INTO bench.sample
SELECT 'bytes at n = ' || n, name, 1, bytes, 'bytes' FROM bench.size
UNION ALL
SELECT DISTINCT 'bytes at n = ' || n, 'n', 1, n, 'bytes' FROM bench.size
UNION ALL
SELECT DISTINCT 'bytes at n = ' || n, '1 kB', 1, 1000, 'bytes' FROM bench.size;

INSERT INTO bench.ratio (class, name, over, at_most) VALUES
('bytes at n = 100', 'pgext', 'n', 3.0),
('bytes at n = 1000', 'pgext', 'n', 2.6);
INSERT INTO bench.ratio (class, name, over, at_most, goal) VALUES
('bytes at n = 100000', 'pgext', '1 kB', 4.7, 4.6),
('bytes at n = 1000000', 'pgext', '1 kB', 4.7, 4.6);
INSERT INTO bench.ratio (class, name, over)
SELECT DISTINCT ON (n) 'bytes at n = ' || n, 'pgext', 'postgresql-hll, p = 14'
FROM bench.size ORDER BY n;
