-- What the benchmark's scripts share: queries go into bench.query, the ratios
-- that are wanted of them into bench.ratio, and measure() fills bench.sample.

CREATE SCHEMA bench;

-- A query of a class. Short ones are repeated, to give a time worth measuring.
-- Those of postgresql-hll are known by its schema, peer, those of Apache
-- DataSketches by theirs. Its plan must have a node that meets the JSON path
-- condition, if there is one.
CREATE TABLE bench.query (
	id serial,
	class text,
	name text,
	sql text NOT NULL,
	repeats integer NOT NULL DEFAULT 1,
	workers integer NOT NULL DEFAULT 0,
	node text,
	PRIMARY KEY (class, name)
);

-- What was measured of a query or thing. In all runs of a class the same things
-- were measured.
CREATE TABLE bench.sample (
	class text,
	name text,
	run integer,
	value float8 NOT NULL,
	unit text NOT NULL DEFAULT 'ms',
	PRIMARY KEY (class, name, run)
);

-- A ratio to show.
CREATE TABLE bench.ratio (
	id serial,
	class text,
	name text,
	over text,
	PRIMARY KEY (class, name, over)
);

-- ERROR unless the estimate is right: within 5 standard errors, of 0.84 %
-- (pgext at precision 13; postgresql-hll has 0.81 % at 14).
CREATE FUNCTION bench.expect(what text, estimate float8, exact float8,
		relative_error float8 DEFAULT 0.0084)
	RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF (abs(estimate - exact) <= 5 * relative_error * exact) IS NOT TRUE THEN
		RAISE EXCEPTION '% is %, and should be near %', what, estimate, exact;
	END IF;
END $$;

-- The plan of a query as it ran when all that it reads was in shared_buffers,
-- which it is the second time.
CREATE FUNCTION bench.cached_plan(sql text) RETURNS jsonb
	LANGUAGE plpgsql AS $$
DECLARE
	plan json;
BEGIN
	FOR attempt IN 1..2 LOOP
		EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ' || sql
			INTO plan;
		IF plan->0->'Plan'->>'Shared Read Blocks' = '0' THEN
			RETURN plan->0->'Plan';
		END IF;
	END LOOP;
	RAISE EXCEPTION 'shared_buffers do not hold what is read by %', sql;
END $$;

-- Runs a query that is not measured yet, which makes the caches ready, and is an
-- ERROR unless it runs as meant. What a hash aggregate took is kept.
CREATE PROCEDURE bench.warm_up(q bench.query)
	LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb := bench.cached_plan(q.sql);
BEGIN
	IF plan->>'Temp Written Blocks' <> '0' THEN
		RAISE EXCEPTION 'work_mem is too small for %', q.sql;
	END IF;
	IF q.node IS NOT NULL AND NOT jsonb_path_exists(plan,
			format('strict $.** ? (%s)', q.node)::jsonpath) THEN
		RAISE EXCEPTION '% has another plan: %', q.sql, plan;
	END IF;
	INSERT INTO bench.sample SELECT q.class || ', memory', q.name, 1,
		1024 * (node->'Peak Memory Usage')::float8
			/ (node->'Actual Rows')::float8, 'bytes a group'
	FROM jsonb_path_query(plan, 'strict $.** ? (@."Strategy" == "Hashed")') node;
END $$;

-- Whether the extension is installed that a query is of.
CREATE FUNCTION bench.is_installed(sql text) RETURNS boolean LANGUAGE sql
	RETURN NOT EXISTS (SELECT FROM unnest('{peer,datasketches}'::text[]) AS schema
		WHERE sql LIKE '%' || schema || '.%' AND to_regnamespace(schema) IS NULL);

-- EXECUTE plans and runs the query each time; it keeps no result.
CREATE PROCEDURE bench.run_query(q bench.query, run integer)
	LANGUAGE plpgsql AS $$
DECLARE
	began timestamptz := clock_timestamp();
BEGIN
	FOR i IN 1..q.repeats LOOP
		EXECUTE q.sql;
	END LOOP;
	INSERT INTO bench.sample VALUES (q.class, q.name, run,
		1000 * extract(epoch FROM clock_timestamp() - began) / q.repeats);
END $$;

-- Runs all queries of a class in turn, again and again, so that what disturbs
-- the machine for a while disturbs all of them; and to and fro, so that none
-- always finds what the same other one left behind.
CREATE PROCEDURE bench.measure_class(of_class text, runs integer)
	LANGUAGE plpgsql AS $$
DECLARE
	q bench.query;
BEGIN
	FOR run IN 0..runs LOOP
		FOR q IN SELECT * FROM bench.query WHERE class = of_class
			AND bench.is_installed(sql)
			ORDER BY CASE WHEN run % 2 = 0 THEN id ELSE -id END
		LOOP
			PERFORM set_config('max_parallel_workers_per_gather',
				q.workers::text, true);
			IF run = 0 THEN
				CALL bench.warm_up(q);
			ELSE
				CALL bench.run_query(q, run);
			END IF;
		END LOOP;
	END LOOP;
END $$;

-- Measures the classes that were not measured yet.
CREATE PROCEDURE bench.measure(runs integer)
	LANGUAGE plpgsql AS $$
DECLARE
	of_class text;
BEGIN
	FOR of_class IN SELECT class FROM bench.query
		WHERE class NOT IN (SELECT class FROM bench.sample)
		GROUP BY class ORDER BY min(id)
	LOOP
		CALL bench.measure_class(of_class, runs);
		COMMIT;
	END LOOP;
END $$;
