-- All that the catalog says of the extension pgext, a line "object: key = value"
-- each, in no order and perhaps twice: two installations are alike if and only if
-- these lines are. For psql -At.
--
-- Of each object that is a member it gives all columns of its row, with the names
-- of what they refer to, since OIDs differ; so too for the rows of other catalogs
-- that belong to members; and what members depend on, their comments and their
-- initial privileges. Expressions, which hold positions in the text that they
-- came from, are shown as SQL.

\set QUIET on
SET client_min_messages = warning;
-- Names come with their schema.
SET search_path = '';

CREATE TEMPORARY VIEW member AS
SELECT d.classid, d.objid, pg_describe_object(d.classid, d.objid, 0) AS object
FROM pg_depend AS d JOIN pg_extension AS e ON e.oid = d.refobjid
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'pgext';

-- The rows of a catalog whose column `owner` is a member of class `of`, and the
-- object that they are about, which `id` and `class` name.
CREATE TEMPORARY VIEW part AS
SELECT DISTINCT classid::regclass AS catalog, 'oid' AS id, classid::regclass AS class,
	'oid' AS owner, classid::regclass AS of
FROM pg_temp.member
UNION ALL VALUES
	('pg_aggregate'::regclass, 'aggfnoid', 'pg_proc'::regclass, 'aggfnoid', 'pg_proc'::regclass),
	('pg_amop', 'oid', 'pg_amop', 'amopfamily', 'pg_opfamily'),
	('pg_amproc', 'oid', 'pg_amproc', 'amprocfamily', 'pg_opfamily'),
	('pg_type', 'oid', 'pg_type', 'typelem', 'pg_type');

-- Each column of a catalog, and what gives its value by name.
CREATE TEMPORARY VIEW key AS
SELECT a.attrelid, a.attname, CASE
	WHEN r.is_array THEN format(
		'(SELECT string_agg(coalesce(pg_describe_object(%L::regclass, x, 0), %L), %L ORDER BY n)'
		' FROM unnest(c.%I::oid[]) WITH ORDINALITY AS u (x, n))', r.pktable, '-', ', ', a.attname)
	WHEN r.pktable IS NOT NULL THEN format('pg_describe_object(%L::regclass, c.%I, 0)',
		r.pktable, a.attname)
	ELSE format('c.%I::text', a.attname) END AS value
FROM pg_attribute AS a
	LEFT JOIN pg_get_catalog_foreign_keys() AS r
		ON r.fktable = a.attrelid AND r.fkcols = array[a.attname::text]
WHERE a.attnum > 0 AND NOT a.attisdropped
	AND a.attname <> 'oid' AND a.atttypid <> 'pg_node_tree'::regtype
UNION ALL VALUES
	('pg_proc'::regclass, 'arguments', 'pg_get_function_arguments(c.oid)'),
	('pg_proc', 'body', 'pg_get_function_sqlbody(c.oid)');

SELECT format('
	SELECT format(''%%s: %%s = %%s'', pg_describe_object(%L::regclass, c.%I, 0), key, value)
	FROM %s AS c, LATERAL (VALUES %s) AS v (key, value)
	WHERE (%L::regclass, c.%I) IN (SELECT classid, objid FROM pg_temp.member)',
	p.class, p.id, p.catalog,
	(SELECT string_agg(format('(%L, %s)', k.attname, k.value), ', ')
		FROM pg_temp.key AS k WHERE k.attrelid = p.catalog),
	p.of, p.owner)
FROM pg_temp.part AS p
\gexec

SELECT format('%s: depends = %s %s', m.object, pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid), d.deptype)
FROM pg_depend AS d JOIN pg_temp.member AS m USING (classid, objid);
SELECT format('%s: comment = %s', m.object, d.description)
FROM pg_description AS d JOIN pg_temp.member AS m ON (m.classid, m.objid) = (d.classoid, d.objoid);
SELECT format('%s: initial = %s', m.object, p.initprivs)
FROM pg_init_privs AS p JOIN pg_temp.member AS m ON (m.classid, m.objid) = (p.classoid, p.objoid);
SELECT format('extension: %s %s', extname, extrelocatable) FROM pg_extension WHERE extname = 'pgext';
