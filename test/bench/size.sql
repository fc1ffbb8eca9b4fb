-- Bytes stored: the mean of pg_column_size() over 10 to 1,000 sketches of n
-- values each, read from a table, where small ones have a 1-byte header.

CREATE PROCEDURE bench.measure_size(of text, name text, aggregate text,
		numbers bigint[] DEFAULT '{10,100,1000,10000,100000,1000000}')
	LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	FOREACH n IN ARRAY numbers LOOP
		EXECUTE format('CREATE TABLE sized AS
			SELECT (SELECT %s FROM generate_series(k * %s + 1, (k + 1) * %2$s) x) AS s
			FROM generate_series(1, greatest(10, least(1000, 1000000 / %2$s))) k',
			aggregate, n);
		INSERT INTO bench.sample
			SELECT of || n, name, 1, avg(pg_column_size(s)), 'bytes'
			FROM sized;
		DROP TABLE sized;
	END LOOP;
END $$;

CALL bench.measure_size('bytes at n = ', 'pgext', 'hll_add_agg(x)');
\if :peer
	CALL bench.measure_size('bytes at n = ', 'postgresql-hll, p = 14',
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

-- Filters, over the number of values: bytes for each.

CALL bench.measure_size('bytes of a filter, n = ', 'bloom_add_agg(x)',
	'bloom_add_agg(x)', '{3,100,1000,10000,100000,1000000}');
CALL bench.measure_size('bytes of a filter, n = ', 'bloom_add_agg(x, 1000000)',
	'bloom_add_agg(x, 1000000)', '{3,1000,100000,1000000}');
INSERT INTO bench.sample
SELECT DISTINCT class, '1 byte a value', 1, substring(class FROM '\d+')::bigint,
	'bytes'
FROM bench.sample WHERE class LIKE 'bytes of a filter%';
INSERT INTO bench.ratio (class, name, over)
SELECT class, name, '1 byte a value' FROM bench.sample
WHERE class LIKE 'bytes of a filter%' AND name LIKE 'bloom%'
ORDER BY name, length(class);

-- Counts of n values that are added 10 million times in all: all equally often, and
-- by Zipf's law. Those of days and of all days are from counts.sql.

DO $$
DECLARE
	n bigint;
	parts float8;
BEGIN
	FOREACH n IN ARRAY '{10,1000,1000000}'::bigint[] LOOP
		SELECT sum(i::float8 ^ -1.1) INTO parts FROM generate_series(1, n) AS i;
		CALL bench.measure_size('bytes of counts, n = ', 'cms_add_agg(x)',
			format('cms_add_weighted_agg(x, 10000000 / %s)', n), ARRAY[n]);
		CALL bench.measure_size('bytes of counts, n = ', 'Zipf, cms_add_agg(x)',
			format('cms_add_weighted_agg(x, ceil(1e7 / %s * (x - k * %s)::float8 ^ -1.1)::bigint)',
				parts, n), ARRAY[n]);
	END LOOP;
END $$;
INSERT INTO bench.sample
SELECT DISTINCT class, '1 kB', 1, 1000, 'bytes'
FROM bench.sample WHERE class LIKE 'bytes of counts%';
INSERT INTO bench.ratio (class, name, over)
SELECT class, name, '1 kB' FROM bench.sample
WHERE class LIKE 'bytes of counts%' AND name <> '1 kB'
ORDER BY name, length(class);
