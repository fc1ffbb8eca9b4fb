-- helpers.sql: two functions for the demo's reports, and a setting.

/*
 * From PostgreSQL 16 on, count(DISTINCT) with GROUP BY may sort by group and value
 * at once. Here that is several times slower than to sort each group, as 15 does.
 */
SELECT format('ALTER DATABASE %I SET %I = off', current_database(), name)
FROM pg_settings
WHERE name = 'enable_presorted_aggregate' \gexec

/* How far an estimate lies above (+) or below (-) the exact count. */
CREATE FUNCTION error_percent(estimate float8, exact bigint) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN round((100 * (estimate / nullif(exact, 0) - 1))::numeric, 2);

/* Runs a query and discards its rows; the median time of one run, in ms. */
CREATE FUNCTION median_ms(query text, runs int) RETURNS float8
LANGUAGE plpgsql AS $$
DECLARE
	started timestamptz;
	ms      float8[];
BEGIN
	FOR i IN 1..runs LOOP
		started := clock_timestamp();
		EXECUTE query;
		ms := ms || 1000 * extract(epoch FROM clock_timestamp() - started)::float8;
	END LOOP;
	RETURN (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY t) FROM unnest(ms) AS t);
END $$;
