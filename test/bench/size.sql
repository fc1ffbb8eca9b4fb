-- Bytes stored: the mean of pg_column_size() over 10 to 1,000 sketches of n
-- values each, read from a table, where small ones have a 1-byte header.

CREATE PROCEDURE bench.measure_size(name text, aggregate text)
	LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	FOREACH n IN ARRAY '{10,100,1000,10000,100000,1000000}'::bigint[] LOOP
		EXECUTE format('CREATE TABLE sized AS
			SELECT (SELECT %s FROM generate_series(k * %s + 1, (k + 1) * %2$s) x) AS s
			FROM generate_series(1, greatest(10, least(1000, 1000000 / %2$s))) k',
			aggregate, n);
		INSERT INTO bench.sample
			SELECT 'bytes at n = ' || n, name, 1, avg(pg_column_size(s)), 'bytes'
			FROM sized;
		DROP TABLE sized;
	END LOOP;
END $$;

CALL bench.measure_size('pgext', 'hll_add_agg(x)');
\if :peer
	CALL bench.measure_size('postgresql-hll, p = 14',
		'peer.hll_add_agg(peer.hll_hash_bigint(x), 14)');
\endif

INSERT INTO bench.ratio (class, name, over)
SELECT class, name, 'postgresql-hll, p = 14' FROM bench.sample
WHERE class LIKE 'bytes at%' AND name = 'pgext' ORDER BY length(class);

INSERT INTO bench.sample VALUES
('bytes at n = 100000', '1 kB', 1, 1000, 'bytes'),
('bytes at n = 1000000', '1 kB', 1, 1000, 'bytes');
INSERT INTO bench.ratio (class, name, over) VALUES
('bytes at n = 100000', 'pgext', '1 kB'),
('bytes at n = 1000000', 'pgext', '1 kB');
