-- Moving, removing and installing again. The last test: nothing may be left.

SET client_min_messages = warning;

-- Into another schema, with data; all works by qualified names alone.
CREATE SCHEMA moved;
CREATE TABLE kept (id integer, s hll(13), h sketch_hash,
	f float8 GENERATED ALWAYS AS (# s) STORED);
INSERT INTO kept VALUES (1, hll_add(hll_empty(), 1), sketch_hash_any(1));
CREATE INDEX kept_s ON kept (s);
CREATE VIEW read AS SELECT hll_union_agg(s) AS s, approx_count_distinct(id) AS n,
	max(# s) AS c FROM kept;
ALTER EXTENSION pgext SET SCHEMA moved;
SET search_path = '';
INSERT INTO public.kept VALUES (2, moved.hll_add(moved.hll_empty(), 2),
	moved.sketch_hash_any(2));
SELECT id, f FROM public.kept ORDER BY id;
SELECT moved.hll_cardinality(s) AS c, n, c FROM public.read;
SELECT OPERATOR(moved.#) moved.hll_add_agg(id) AS added,
	OPERATOR(moved.#) moved.hll_add_agg(h) AS hashes,
	OPERATOR(moved.#) moved.hll_union_agg(s) AS united, moved.approx_count_distinct(id,
		11) AS approx,
	moved.hll_union_agg(s) OPERATOR(moved.=) moved.hll_add_agg(id) AS equal FROM public.kept;
SELECT OPERATOR(moved.#) (s OPERATOR(moved.||) moved.hll_hash_integer(9)) AS two,
	OPERATOR(moved.#) (moved.hll_hash_integer(9) OPERATOR(moved.||) s) AS two,
	OPERATOR(moved.#) (s OPERATOR(moved.||) s) AS one, '\x81000d0000'::moved.hll(13),
		s::bytea::moved.hll OPERATOR(moved.=) s AS same
FROM public.kept WHERE id = 1;
SELECT s OPERATOR(moved.<) moved.hll_empty() AS less,
	h OPERATOR(moved.=) moved.sketch_hash_any(id) AS hash,
	moved.hll_precision(moved.hll_downsample(s, 9)), (moved.hll_info(s)).used,
		(moved.hll_cardinality_bounds(s)).estimate
FROM public.kept WHERE id = 2;
SELECT count(*) FROM (SELECT DISTINCT s, h FROM public.kept) AS d;
SELECT moved.hll_union_agg(s) OVER (ORDER BY id) OPERATOR(moved.<>) s AS grown
	FROM public.kept ORDER BY id;
RESET search_path;

-- A hash is known by its type, not by a name: it passes as it is, wherever the
-- type is, and a type of that name that is not ours is a stranger.
SELECT moved.hll_add(moved.hll_empty(), h) OPERATOR(moved.=) s AS hash_passes FROM kept
	WHERE id = 1;

-- It cannot go while something depends on it.
SELECT count(*) AS objects FROM pg_depend
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
	AND refobjid = (SELECT oid FROM pg_extension
		WHERE extname = 'pgext') AND classid <> 'pg_type'::regclass;
SELECT split_part(error_of('DROP EXTENSION pgext'), E'\n', 1);
SELECT split_part(error_of('DROP FUNCTION moved.hll_union(moved.hll, moved.hll)'), E'\n', 1);
DROP VIEW read;
DROP EXTENSION pgext CASCADE;
SELECT attname FROM pg_attribute
	WHERE attrelid = 'kept'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum;
SELECT count(*) AS indexes FROM pg_index WHERE indrelid = 'kept'::regclass;

-- Nothing is left: not by name, not by library, not in the schema.
SELECT count(*) FROM pg_proc WHERE probin
	LIKE '%pgext%' OR proname ~ '^(hll|sketch_hash|approx_count)';
SELECT count(*) FROM pg_type WHERE typname ~ '^_?(hll|sketch_hash)$';
SELECT count(*) FROM pg_opclass WHERE opcname ~ '^(hll|sketch_hash)_ops';
SELECT count(*) FROM pg_opfamily WHERE opfname ~ '^(hll|sketch_hash)_ops';
SELECT count(*) FROM pg_depend
	WHERE refclassid = 'pg_namespace'::regclass AND refobjid = 'moved'::regnamespace;
DROP SCHEMA moved;

-- Into a schema of choice, by a user who may create in the database only:
-- the extension is trusted.
CREATE ROLE regress_pgext_user;
DO $$ BEGIN
	EXECUTE format('GRANT CREATE ON DATABASE %I TO regress_pgext_user', current_database());
END $$;
SET ROLE regress_pgext_user;
CREATE SCHEMA mine;
CREATE EXTENSION pgext SCHEMA mine;
SELECT mine.approx_count_distinct(x) FROM generate_series(1, 1000) AS x;
DROP EXTENSION pgext;
DROP SCHEMA mine;
RESET ROLE;
DROP OWNED BY regress_pgext_user;
DROP ROLE regress_pgext_user;

-- And once more, as at first.
CREATE EXTENSION pgext;
SELECT approx_count_distinct(x) FROM generate_series(1, 1000) AS x;
SELECT error_of('CREATE EXTENSION pgext');
DROP EXTENSION pgext;
DROP TABLE kept;
DROP FUNCTION plan_of, error_of;
