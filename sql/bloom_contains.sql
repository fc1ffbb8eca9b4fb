-- Asking a filter: by every operator, in every kind of query. Where filters are
-- stored is in bloom_stored.sql.

\pset null '(null)'
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
SET jit = off;

-- All ways to ask give the same answer, of a value that is there (7) and of one
-- that is not (8), of a list and of bits.
CREATE TEMPORARY TABLE asked AS
SELECT 'list' AS kind, bloom_add_agg(x) || 'seven'::text || 7.5 || '2024-02-29'::date || '{7}'::integer[] AS b
	FROM generate_series(1, 7) AS x
UNION ALL
SELECT 'bits', bloom_add_agg(-x, 1000, 1e-6) || 7 || 'seven'::text || 7.5 || '2024-02-29'::date
	|| '{7}'::integer[] FROM generate_series(1, 900) AS x;
SELECT kind, b @> 7 AS there, b @> 8 AS "not", 7 <@ b AS there, 8 <@ b AS "not",
	bloom_contains(b, 7) AS there, bloom_contains(b, 8) AS "not",
	bloom_contained_by(7, b) AS there, bloom_contained_by(8, b) AS "not",
	b @> sketch_hash_any(7) AS there, b @> sketch_hash_any(8) AS "not",
	sketch_hash_any(7) <@ b AS there, sketch_hash_any(8) <@ b AS "not"
FROM asked ORDER BY kind;
SELECT kind, b @> 'seven'::text AS text, b @> 'eight'::text AS "not", 'seven'::text <@ b AS text, 'eight'::text <@ b AS "not",
	bloom_contains(b, 'seven'::text) AS text, bloom_contained_by('seven'::text, b) AS text,
	b @> 'seven'::varchar AS varchar, 'seven'::varchar <@ b AS varchar, b @> 'seven'::char(9) AS padded,
	b @> 'seven'::name AS name, b || 'y'::text @> 'y'::"char"::text AS "char", b @> 'y'::"char"::text AS "not"
FROM asked ORDER BY kind;
SELECT kind, b @> 7::bigint AS bigint, b @> 7::smallint AS smallint, b @> 7.50 AS numeric, b @> 7.1 AS "not",
	b @> '2024-02-29'::date AS date, b @> '{7}'::bigint[] AS "array", b @> '{7,7}'::integer[] AS "not",
	b @> '7'::text AS "not"
FROM asked ORDER BY kind;

-- Hashes at the ends; 0 counts as 1.
SELECT n, bool_and(b @> h::sketch_hash) AS there,
	bool_or(b @> 2::bigint::sketch_hash OR b @> (-2)::bigint::sketch_hash) AS "not"
FROM unnest('{1,9,100000000}'::bigint[]) AS n, LATERAL (SELECT bloom_add_agg(h::sketch_hash, n, 0.001) AS b
	FROM unnest('{0,-1,-3,-4,3,4,5,6,9223372036854775807,-9223372036854775808}'::bigint[]) AS h OFFSET 0) AS v,
	unnest('{0,1,-1,9223372036854775807,-9223372036854775808}'::bigint[]) AS h
GROUP BY n ORDER BY n;

-- 20 filters of 2,000 users, each fifth a list of 100; bits are out of line. 8,000
-- events. What each filter has was asked of it in memory.
CREATE TABLE filter (day integer PRIMARY KEY, b bloom);
INSERT INTO filter SELECT d, bloom_add_agg(x, 2500) FROM generate_series(1, 20) AS d,
	generate_series(d * 100, d * 100 + CASE WHEN d % 5 = 0 THEN 99 ELSE 1999 END) AS x GROUP BY d;
CREATE TABLE event AS SELECT n, n % 4000 AS usr FROM generate_series(1, 8000) AS n;
CREATE TABLE truth AS SELECT day, x FROM (SELECT day, b || bloom_empty(2500) AS b FROM filter
	OFFSET 0) AS f, generate_series(0, 3999) AS x WHERE b @> x;
ANALYZE filter, event, truth;
SELECT count(*) AS pairs, count(*) FILTER (WHERE x >= day * 100 AND x < day * 100
	+ CASE WHEN day % 5 = 0 THEN 100 ELSE 2000 END) AS right_ones FROM truth;

-- How many rows (day, x) of a query are not in truth, or the other way round.
CREATE FUNCTION wrong(query text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('WITH asked AS MATERIALIZED (%s)
		SELECT count(*) FROM ((TABLE asked EXCEPT TABLE truth) UNION ALL
			(TABLE truth EXCEPT TABLE asked)) AS v', query) INTO n;
	RETURN n;
END $$;
SELECT wrong('TABLE truth') AS none, wrong('SELECT day, x FROM truth WHERE x <> 1234') AS some;

-- Joins, semi-joins, anti-joins, subselects, expressions; in either loop order.
SELECT wrong('SELECT day, usr FROM filter, event WHERE b @> usr') AS joined,
	wrong('SELECT day, usr FROM filter JOIN event ON usr <@ b') AS commuted,
	wrong('SELECT day, usr FROM filter, event WHERE b @> sketch_hash_any(usr)') AS hashed,
	wrong('SELECT day, x FROM filter, LATERAL (SELECT x FROM generate_series(0, 3999) AS x
		WHERE b @> x OFFSET 0) AS v') AS filter_by_filter,
	wrong('SELECT day, x FROM generate_series(0, 3999) AS x, LATERAL (SELECT day FROM filter
		WHERE b @> x OFFSET 0) AS v') AS value_by_value;
SELECT count(*) AS seen, count(*) = (SELECT count(*) FROM event WHERE usr IN (SELECT x FROM truth)) AS as_in_truth
	FROM event WHERE EXISTS (SELECT FROM filter WHERE b @> usr);
SELECT count(*) AS new, count(*) = (SELECT count(*) FROM event WHERE usr NOT IN (SELECT x FROM truth)) AS as_in_truth
	FROM event WHERE NOT EXISTS (SELECT FROM filter WHERE b @> usr);
SELECT count(*) AS new, count(*) = (SELECT count(*) FROM event WHERE usr NOT IN
	(SELECT x FROM truth WHERE day = 7)) AS as_in_truth
FROM event, filter WHERE day = 7 AND NOT b @> usr;
SELECT count(*) FILTER (WHERE (SELECT b FROM filter WHERE day = 7) @> usr) AS subselect,
	count(*) FILTER (WHERE EXISTS (SELECT FROM filter WHERE day = 7 AND usr <@ b)) AS "exists",
	sum(CASE WHEN usr <@ (SELECT b FROM filter WHERE day = 7) THEN 1 ELSE 0 END) AS "case",
	count(*) FILTER (WHERE usr IN (SELECT x FROM truth WHERE day = 7)) AS truth
FROM event;
SELECT count(*) AS wrong_days FROM (SELECT day, count(usr) FROM filter LEFT JOIN event ON b @> usr GROUP BY day
	EXCEPT SELECT day, 2 * count(*) FROM truth GROUP BY day) AS v;
SELECT array_agg(day ORDER BY day) = (SELECT array_agg(day ORDER BY day) FROM truth WHERE x = 1234) AS as_in_truth,
	array_agg(day ORDER BY day) AS days
FROM filter WHERE b @> 1234;
-- Against the union of all days before, and the merged filter of all.
SELECT day, count(DISTINCT usr) FILTER (WHERE NOT coalesce(before @> usr, false)) AS new,
	count(DISTINCT usr) AS users
FROM (SELECT day, bloom_union_agg(b) OVER (ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
	FROM filter) AS f JOIN event ON usr >= day * 100 + 1900 AND usr < day * 100 + 2000
WHERE day <= 6 GROUP BY day ORDER BY day;
SELECT count(*) AS denied FROM truth, (SELECT bloom_union_agg(b) AS b FROM filter) AS u WHERE NOT b @> x;

-- A filter as a parameter: of a prepared statement, with a generic plan and with
-- custom ones, of EXECUTE, of a function; and as a constant.
PREPARE ask (bloom) AS SELECT count(*) FROM event WHERE $1 @> usr;
CREATE FUNCTION ask_prepared(b bloom) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('EXECUTE ask (%L)', b) INTO n;
	RETURN n;
END $$;
CREATE FUNCTION ask_constant(b bloom) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM event WHERE %L::bloom @> usr', b) INTO n;
	RETURN n;
END $$;
CREATE FUNCTION ask_using(b bloom) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	n bigint;
BEGIN
	EXECUTE 'SELECT count(*) FROM event WHERE $1 @> usr' INTO n USING b;
	RETURN n;
END $$;
CREATE FUNCTION ask_argument(b bloom) RETURNS bigint LANGUAGE plpgsql
	AS 'BEGIN RETURN count(*) FROM event WHERE b @> usr; END';
CREATE FUNCTION ask_sql(b bloom) RETURNS bigint LANGUAGE sql
	AS 'SELECT count(*) FROM event WHERE $1 @> usr';
CREATE VIEW ask_all AS SELECT day, ask_prepared(b) AS prepared, ask_constant(b) AS constant, ask_using(b) AS "using",
	ask_argument(b) AS argument, ask_sql(b) AS sql, 2 * (SELECT count(*) FROM truth AS t WHERE t.day = filter.day) AS truth
FROM filter WHERE day IN (5, 7);
SET plan_cache_mode = force_generic_plan;
SELECT * FROM ask_all ORDER BY day;
SET plan_cache_mode = force_custom_plan;
SELECT * FROM ask_all ORDER BY day;
RESET plan_cache_mode;
DEALLOCATE ask;
-- citext is passed as text, and found as citext has it.
CREATE EXTENSION citext;
CREATE TABLE mail AS SELECT 'Ann@Example.com'::citext AS address;
SELECT b @> address AS found, address <@ b AS found, b @> lower(address) AS lower_case, bloom_contains(b, address) AS found,
	b || address = b AS in_already, address || b = b AS in_already
FROM mail, (SELECT bloom_add_agg(address) AS b FROM mail) AS v;
DROP TABLE mail;
DROP EXTENSION citext;

-- What the planner expects: of a filter that it knows, as many rows as the filter has
-- values of the column; else a tenth of them.
CREATE FUNCTION pg_temp.expected_rows(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
		RETURN substring(line FROM 'rows=(\d+)');
	END LOOP;
END $$;
CREATE TABLE visit AS SELECT n % 1000 AS usr, 'u' || n % 1000 AS name, nullif(n % 2, 1) * n AS half
	FROM generate_series(1, 10000) AS n;
ANALYZE visit;
SELECT n, pg_temp.expected_rows(format('SELECT FROM visit WHERE %L::bloom @> usr', b)) AS "@>",
	pg_temp.expected_rows(format('SELECT FROM visit WHERE usr <@ %L::bloom', b)) AS "<@",
	pg_temp.expected_rows(format('SELECT FROM visit WHERE %L::bloom @> sketch_hash_any(usr)', b)) AS hash
FROM unnest('{0,1,250,2000}'::integer[]) AS n,
	LATERAL (SELECT coalesce(bloom_add_agg(x), bloom_empty(5)) AS b FROM generate_series(0, n - 1) AS x) AS v ORDER BY n;
SELECT pg_temp.expected_rows('SELECT FROM visit WHERE half <@ ' || quote_literal(bloom_add_agg(x)) || '::bloom') AS half_are_null,
	pg_temp.expected_rows('SELECT FROM visit WHERE NULL::bloom @> usr') AS null
	FROM generate_series(0, 9999) AS x;
SELECT pg_temp.expected_rows('SELECT FROM visit WHERE ' || quote_literal(bloom_add_agg('u' || x)) || '::bloom @> name') AS text
	FROM generate_series(0, 99) AS x;
SELECT pg_temp.expected_rows('SELECT FROM visit WHERE (SELECT b FROM filter WHERE day = 1) @> usr') AS subquery,
	pg_temp.expected_rows('SELECT FROM filter WHERE b @> 5') AS filters,
	pg_temp.expected_rows('SELECT FROM filter, visit WHERE b @> usr') AS "join";
DROP TABLE visit;

-- A parameter without a type is text, which is read as a value of the kind that the
-- filter has; but it cannot be added.
SELECT call, error_of(format('PREPARE untyped%s AS SELECT %s', n, call)) FROM unnest(ARRAY['count(*) FROM filter WHERE b @> $1', '$1 <@ b FROM filter',
	'bloom_contains(b, $1) FROM filter', 'bloom_contained_by($1, b) FROM filter', 'bloom_add(b, $1) FROM filter'])
	WITH ORDINALITY AS v (call, n) ORDER BY n;
SELECT name, parameter_types FROM pg_prepared_statements ORDER BY name;
SELECT count(*) = (SELECT count(*) FROM filter WHERE b @> 142) AS as_typed FROM filter WHERE b @> '142';
EXECUTE untyped1(142);
EXECUTE untyped1('142.0');
EXECUTE untyped1(' 142');
PREPARE typed AS SELECT array_agg(day ORDER BY day) AS days FROM filter WHERE b @> $1::bigint;
SELECT parameter_types FROM pg_prepared_statements WHERE name = 'typed';
EXECUTE typed ('1234');
PREPARE declared (integer) AS SELECT array_agg(day ORDER BY day) AS days FROM filter WHERE $1 <@ b;
EXECUTE declared (1234);
DEALLOCATE ALL;

-- PL/pgSQL: a filter in a variable, asked in a loop; and one that changes between
-- the calls of one call site, a list and bits in turn.
CREATE FUNCTION ask_in_loop(of_day integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	v bloom;
	n bigint := 0;
BEGIN
	SELECT b INTO v FROM filter WHERE day = of_day;
	FOR x IN 0 .. 3999 LOOP
		IF v @> x THEN
			n := n + 2;
		END IF;
	END LOOP;
	RETURN n;
END $$;
SELECT day, ask_in_loop(day) = ask_sql(b) AS same FROM filter WHERE day IN (5, 7) ORDER BY day;
CREATE FUNCTION change_and_ask(OUT denied integer, OUT stale integer) LANGUAGE plpgsql AS $$
DECLARE
	few bloom := (SELECT b FROM filter WHERE day = 5);
	many bloom := (SELECT b FROM filter WHERE day = 7);
	v bloom;
BEGIN
	denied := 0;
	stale := 0;
	FOR i IN 1 .. 400 LOOP
		UPDATE filter SET b = CASE WHEN i % 4 = 0 THEN few ELSE many END || -i WHERE day = 5;
		SELECT b INTO v FROM filter WHERE day = 5;
		denied := denied + (NOT v @> -i)::integer + (NOT v @> 500 AND i % 4 = 0)::integer
			+ (NOT (SELECT b @> -i FROM filter WHERE day = 5))::integer;
		stale := stale + (i > 1 AND v @> (1 - i))::integer;
	END LOOP;
END $$;
BEGIN;
SELECT denied, stale < 10 AS no_more_than_false_positives FROM change_and_ask();
ROLLBACK;
-- Each step of this query asks the filter as the step before has left it, through
-- one call site.
CREATE FUNCTION add_to_day(x integer) RETURNS bloom LANGUAGE sql
	AS 'UPDATE filter SET b = b || -x WHERE day = 7 RETURNING b';
BEGIN;
SELECT count(*) AS steps, count(*) FILTER (WHERE NOT add_to_day(x) @> -x) AS denied
	FROM generate_series(1, 300) AS x;
SELECT count(*) AS denied FROM generate_series(1, 300) AS x, filter WHERE day = 7 AND NOT b @> -x;
ROLLBACK;

-- The planner: @> and <@ are each other's commutators, so that a partial index
-- on one serves the other. Functions of a filter can be indexed.
CREATE INDEX of_1234 ON filter (day) WHERE b @> 1234;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT plan_of('SELECT b FROM filter WHERE b @> 1234') AS as_it_is;
SELECT plan_of('SELECT b FROM filter WHERE 1234 <@ b') AS the_same;
SELECT plan_of('SELECT b FROM filter WHERE 1235 <@ b') AS another;
SELECT array_agg(day ORDER BY day) AS days FROM filter WHERE 1234 <@ b;
CREATE INDEX by_count ON filter (round(bloom_cardinality(b)::numeric, -3));
SELECT plan_of('SELECT day FROM filter WHERE round(bloom_cardinality(b)::numeric, -3) = 0');
SELECT array_agg(day ORDER BY day) AS days FROM filter WHERE round(bloom_cardinality(b)::numeric, -3) = 0;
RESET enable_seqscan;
RESET enable_bitmapscan;

DROP VIEW ask_all;
DROP FUNCTION wrong, ask_prepared, ask_constant, ask_using, ask_argument, ask_sql, ask_in_loop, change_and_ask,
	add_to_day;
DROP TABLE filter, event, truth;
