-- Creates the extension for all tests that follow, with two helpers for them,
-- and pins what the extension consists of.

CREATE EXTENSION pgext;

-- The nodes of a query's plan: all that is alike in all versions.
CREATE FUNCTION plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (FORMAT JSON, COSTS OFF) ' || query INTO plan;
	RETURN QUERY
	WITH RECURSIVE nodes (path, node) AS (
		SELECT '{}'::bigint[], plan -> 0 -> 'Plan'
		UNION ALL
		SELECT path || n, child
		FROM nodes, jsonb_array_elements(node -> 'Plans') WITH ORDINALITY AS c (child, n)
	)
	SELECT repeat('  ', cardinality(path)) || concat_ws(' ',
		nullif(node ->> 'Partial Mode', 'Simple'),
		node ->> 'Strategy',
		CASE WHEN (node ->> 'Parallel Aware')::boolean THEN 'Parallel' END,
		node ->> 'Node Type')
	FROM nodes ORDER BY path;
END $$;

-- How a statement fails: code, message, detail and hint. The detail and hint about
-- functions and operators that do not exist or are ambiguous differ by version.
CREATE FUNCTION error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	code text;
	message text;
	detail text;
	hint text;
BEGIN
	EXECUTE statement;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
		detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	IF code IN ('42883', '42725') THEN
		RETURN code || ' ' || message;
	END IF;
	RETURN concat_ws(E'\n  ', code || ' ' || message, nullif(detail, ''), nullif(hint, ''));
END $$;

SELECT plan_of('SELECT count(*) FROM (VALUES (1), (2)) AS v');
SELECT error_of('SELECT 1/0'), error_of('SELECT 1');

-- Its own properties, as pgext.control has them.
SELECT e.extversion, a.relocatable, a.trusted, a.superuser, a.schema, a.requires
FROM pg_extension AS e
JOIN pg_available_extension_versions AS a ON (a.name, a.version) = (e.extname, e.extversion)
WHERE e.extname = 'pgext';

-- Every object. Array types are no members of their own in all versions.
CREATE TEMPORARY VIEW member AS
SELECT d.classid, d.objid, pg_describe_object(d.classid, d.objid, 0) COLLATE "C" AS object
FROM pg_depend AS d
LEFT JOIN pg_type AS t ON d.classid = 'pg_type'::regclass AND t.oid = d.objid
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
	AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pgext')
	AND t.typcategory IS DISTINCT FROM 'A';

SELECT object FROM member ORDER BY object;

-- Functions and aggregates: what they give, and their flags. None may be other
-- than immutable (i) and parallel safe (s).
CREATE TEMPORARY VIEW routine AS
SELECT p.*, p.oid::regprocedure::text COLLATE "C" AS signature
FROM pg_proc AS p JOIN member AS m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid;

SELECT provolatile, proparallel, prosecdef, proleakproof, proretset, prokind, count(*)
FROM routine
GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY prokind;

SELECT signature, pg_get_function_result(oid) AS result, procost
FROM routine ORDER BY signature;

-- These see NULLs; all other functions are strict.
SELECT signature FROM routine WHERE NOT proisstrict AND prokind = 'f' ORDER BY signature;

-- Defaults and names of arguments.
SELECT proname COLLATE "C", pg_get_function_arguments(oid) COLLATE "C" AS arguments
FROM routine WHERE proargnames IS NOT NULL ORDER BY 1, 2;

-- Aggregates: all can be partial, and none has a state of type internal.
SELECT a.aggfnoid::regprocedure, a.aggtransfn, a.aggcombinefn, a.aggfinalfn, a.aggfinalextra,
	a.aggfinalmodify, a.aggtranstype::regtype, a.aggtransspace, a.agginitval
FROM pg_aggregate AS a JOIN routine AS r ON r.oid = a.aggfnoid
ORDER BY r.signature;

-- Types and casts.
SELECT typname, typlen, typbyval, typalign, typstorage, typcategory, typispreferred,
	typtype, typdelim, typinput, typoutput, typreceive, typsend, typmodin, typmodout
FROM pg_type WHERE typname IN ('hll', 'sketch_hash') ORDER BY typname;

SELECT castsource::regtype, casttarget::regtype, castfunc::regproc, castcontext, castmethod
FROM pg_cast
WHERE oid IN (SELECT objid FROM member WHERE classid = 'pg_cast'::regclass)
ORDER BY castsource::regtype::text COLLATE "C", casttarget::regtype::text COLLATE "C";

-- Operators with all that the planner goes by.
SELECT o.oid::regoperator, o.oprcode, o.oprresult::regtype,
	nullif(o.oprcom, 0)::regoperator AS commutator,
	nullif(o.oprnegate, 0)::regoperator AS negator,
	o.oprrest, o.oprjoin, o.oprcanmerge, o.oprcanhash
FROM pg_operator AS o
WHERE o.oid IN (SELECT objid FROM member WHERE classid = 'pg_operator'::regclass)
ORDER BY o.oid::regoperator::text COLLATE "C";

-- Operator classes are the default ones, and amvalidate finds nothing missing.
SELECT a.amname, c.opcname, c.opcintype::regtype, c.opcdefault, amvalidate(c.oid)
FROM pg_opclass AS c JOIN pg_am AS a ON a.oid = c.opcmethod
WHERE c.oid IN (SELECT objid FROM member WHERE classid = 'pg_opclass'::regclass)
ORDER BY a.amname, c.opcname;

-- Whatever has no comment; an operator family comes with its class.
SELECT object FROM member
WHERE obj_description(objid, classid::regclass::name) IS NULL
ORDER BY object;
