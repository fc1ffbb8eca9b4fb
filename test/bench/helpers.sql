-- What the benchmark's scripts share: queries go into bench.query, the ratios
-- that are wanted of them into bench.ratio, and measure() fills bench.sample.

CREATE SCHEMA bench;

-- A query of a class. Short ones are repeated, to give a time worth measuring.
-- Those of postgresql-hll are known by its schema, peer.
CREATE TABLE bench.query (
	id serial,
	class text,
	name text,
	sql text NOT NULL,
	repeats integer NOT NULL DEFAULT 1,
	workers integer NOT NULL DEFAULT 0,
	PRIMARY KEY (class, name)
);

-- What was measured of a query or thing, in ms or bytes. Run 0 is the warm-up.
CREATE TABLE bench.sample (
	class text,
	name text,
	run integer,
	value float8 NOT NULL,
	unit text NOT NULL DEFAULT 'ms',
	PRIMARY KEY (class, name, run)
);

-- A ratio to show; at_most is what must be reached, goal what should be.
CREATE TABLE bench.ratio (
	id serial,
	class text,
	name text,
	over text,
	at_most numeric,
	goal numeric
);

CREATE FUNCTION bench.can_run(q bench.query) RETURNS boolean
	LANGUAGE sql
	RETURN to_regnamespace('peer') IS NOT NULL OR position('peer.' IN q.sql) = 0;

-- EXECUTE plans and runs the query each time; it keeps no result.
CREATE PROCEDURE bench.run_query(q bench.query, run integer)
	LANGUAGE plpgsql AS $$
DECLARE
	began timestamptz;
BEGIN
	PERFORM set_config('max_parallel_workers_per_gather', q.workers::text, true);
	began := clock_timestamp();
	FOR i IN 1..q.repeats LOOP
		EXECUTE q.sql;
	END LOOP;
	INSERT INTO bench.sample VALUES (q.class, q.name, run,
		1000 * extract(epoch FROM clock_timestamp() - began) / q.repeats);
END $$;

-- Runs all queries of a class in turn, again and again, so that what disturbs
-- the machine for a while disturbs all of them.
CREATE PROCEDURE bench.measure(of_class text, runs integer)
	LANGUAGE plpgsql AS $$
DECLARE
	q bench.query;
BEGIN
	FOR run IN 0..runs LOOP
		FOR q IN SELECT * FROM bench.query
			WHERE class = of_class AND bench.can_run(query) ORDER BY id
		LOOP
			CALL bench.run_query(q, run);
		END LOOP;
	END LOOP;
END $$;

-- ERROR unless the estimate is right: within 5 standard errors, of 0.84 %
-- (pgext at precision 13; postgresql-hll has 0.81 % at 14).
CREATE FUNCTION bench.expect(what text, estimate float8, exact float8)
	RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF (abs(estimate - exact) <= 5 * 0.0084 * exact) IS NOT TRUE THEN
		RAISE EXCEPTION '% is %, and should be near %', what, estimate, exact;
	END IF;
END $$;

-- The first node of a plan, as it ran, that meets a JSON path condition.
CREATE FUNCTION bench.plan_node(sql text, condition text) RETURNS jsonb
	LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ' || sql INTO plan;
	RETURN jsonb_path_query_first(plan::jsonb,
		format('strict $.** ? (%s)', condition)::jsonpath);
END $$;
