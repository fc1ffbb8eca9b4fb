-- hll: distinct counts. See doc/reference.md for use, doc/format.md for the bytes.

--@ type hll thing=sketch parameters=precision statebytes=8192 framebytes=262144 arg=s groupbytes=512

COMMENT ON TYPE hll IS
	'mergeable distinct count; hll(p) holds sketches of precision p only';

-- Type modifier

CREATE FUNCTION hll_typmod_in(cstring[]) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION hll_typmod_in(cstring[]) IS 'I/O of the type modifier';

CREATE FUNCTION hll_typmod_out(integer) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION hll_typmod_out(integer) IS 'I/O of the type modifier';

ALTER TYPE hll SET (TYPMOD_IN = hll_typmod_in, TYPMOD_OUT = hll_typmod_out);

CREATE FUNCTION hll_enforce_typmod(s hll, typmod integer, explicit boolean)
	RETURNS hll
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION hll_enforce_typmod(hll, integer, boolean) IS
	'the value itself, if its precision is that of the type modifier';
CREATE CAST (hll AS hll)
	WITH FUNCTION hll_enforce_typmod(hll, integer, boolean) AS IMPLICIT;
COMMENT ON CAST (hll AS hll) IS 'check of the precision against hll(p)';

-- Building. Adding skips NULL, so it is not strict.

CREATE FUNCTION hll_empty(p integer DEFAULT 13) RETURNS hll
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION hll_empty(integer) IS
	'empty sketch of precision p, 4 to 20';

--@ each element

CREATE FUNCTION hll_add(s hll, x @element@) RETURNS hll
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION hll_add(hll, @element@) IS
	'sketch with one value added';

--@ end

CREATE FUNCTION hll_add_rev(x sketch_hash, s hll) RETURNS hll
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION hll_add_rev(sketch_hash, hll) IS
	'sketch with one value added';

CREATE FUNCTION hll_downsample(s hll, p integer) RETURNS hll
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION hll_downsample(hll, integer) IS
	'sketch of the same values at a lower precision';

CREATE OPERATOR || (
	LEFTARG = hll, RIGHTARG = sketch_hash, FUNCTION = hll_add, COMMUTATOR = ||
);
COMMENT ON OPERATOR || (hll, sketch_hash) IS 'add a value';

CREATE OPERATOR || (
	LEFTARG = hll, RIGHTARG = anyelement, FUNCTION = hll_add
);
COMMENT ON OPERATOR || (hll, anyelement) IS 'add a value';

-- Without it, || with a text would be the concatenation of texts.
CREATE FUNCTION hll_add_text(s hll, x text) RETURNS hll
	AS 'MODULE_PATHNAME', 'hll_add' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION hll_add_text(hll, text) IS 'implementation of || operator';

CREATE OPERATOR || (
	LEFTARG = hll, RIGHTARG = text, FUNCTION = hll_add_text
);
COMMENT ON OPERATOR || (hll, text) IS 'add a value';

CREATE FUNCTION hll_add_array(s hll, xs anyarray) RETURNS hll
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 2000;
COMMENT ON FUNCTION hll_add_array(hll, anyarray) IS
	'sketch with every element of an array added';

CREATE OPERATOR || (
	LEFTARG = sketch_hash, RIGHTARG = hll, FUNCTION = hll_add_rev,
	COMMUTATOR = ||
);
COMMENT ON OPERATOR || (sketch_hash, hll) IS 'add a value';

-- Queries

CREATE FUNCTION hll_cardinality(s hll) RETURNS float8
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION hll_cardinality(hll) IS
	'estimated number of distinct values';

CREATE OPERATOR # (RIGHTARG = hll, FUNCTION = hll_cardinality);
COMMENT ON OPERATOR # (NONE, hll) IS 'estimated number of distinct values';

CREATE FUNCTION hll_cardinality_bounds(
	s hll,
	confidence float8 DEFAULT 0.95,
	OUT estimate float8,
	OUT lower float8,
	OUT upper float8)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION hll_cardinality_bounds(hll, float8) IS
	'estimated number of distinct values, and its confidence interval';

CREATE FUNCTION hll_precision(s hll) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION hll_precision(hll) IS
	'binary logarithm of the number of registers';

CREATE FUNCTION hll_info(
	s hll,
	OUT format_version integer,
	OUT "precision" integer,
	OUT representation text,
	OUT used integer,
	OUT bytes integer,
	OUT relative_standard_error float8)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION hll_info(hll) IS
	'representation, size and standard error of a sketch';

-- Aggregates. The state is an hll value; a group starts at 64 bytes and ends at
-- about 2^p, and 512 bytes hold one hundred values.

--@ each element

--@ transition hll_add_agg_trans(hll, @element@)
--@ transition hll_add_agg_trans(hll, @element@, integer) hll_add_agg_trans_p

--@ end

CREATE FUNCTION approx_count_distinct_final(hll) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 500;
COMMENT ON FUNCTION approx_count_distinct_final(hll) IS
	'aggregate final function';

--@ each element

--@ aggregate hll_add_agg(x @element@): sketch of the @values@
--@ aggregate hll_add_agg(x @element@, p integer): sketch of the @values@, of precision p

CREATE AGGREGATE approx_count_distinct(x @element@) (
	SFUNC = hll_add_agg_trans, STYPE = hll, SSPACE = 512,
	FINALFUNC = approx_count_distinct_final, COMBINEFUNC = hll_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE approx_count_distinct(@element@) IS
	'estimated number of distinct @values@';

CREATE AGGREGATE approx_count_distinct(x @element@, p integer) (
	SFUNC = hll_add_agg_trans, STYPE = hll, SSPACE = 512,
	FINALFUNC = approx_count_distinct_final, COMBINEFUNC = hll_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE approx_count_distinct(@element@, integer) IS
	'estimated number of distinct @values@, with precision p';

--@ end

-- BI tools aggregate columns with a function of one name that gives a number.
CREATE AGGREGATE approx_count_distinct(s hll) (
	SFUNC = hll_union_agg_trans, STYPE = hll, SSPACE = 8192,
	FINALFUNC = approx_count_distinct_final, COMBINEFUNC = hll_union_agg_trans,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE approx_count_distinct(hll) IS
	'estimated number of distinct values in any of the sketches';

-- Two sketches as sets

CREATE FUNCTION hll_overlap(
	a hll,
	b hll,
	OUT a_only float8,
	OUT b_only float8,
	OUT "both" float8,
	OUT "union" float8,
	OUT jaccard float8,
	OUT a_only_standard_error float8,
	OUT b_only_standard_error float8,
	OUT both_standard_error float8,
	OUT union_standard_error float8,
	OUT jaccard_standard_error float8)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION hll_overlap(hll, hll) IS
	'estimated numbers of values in one only, in both and in either, with standard errors';

CREATE FUNCTION hll_intersection_cardinality(a hll, b hll) RETURNS float8
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION hll_intersection_cardinality(hll, hll) IS
	'estimated number of distinct values in both';

CREATE FUNCTION hll_difference_cardinality(a hll, b hll) RETURNS float8
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION hll_difference_cardinality(hll, hll) IS
	'estimated number of distinct values in the first only';

CREATE FUNCTION hll_union_cardinality(a hll, b hll) RETURNS float8
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION hll_union_cardinality(hll, hll) IS
	'estimated number of distinct values in either';

CREATE FUNCTION hll_jaccard(a hll, b hll) RETURNS float8
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION hll_jaccard(hll, hll) IS
	'estimated Jaccard index: values in both over values in either';

CREATE FUNCTION hll_intersection_bounds(
	a hll,
	b hll,
	confidence float8 DEFAULT 0.95,
	OUT estimate float8,
	OUT lower float8,
	OUT upper float8)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION hll_intersection_bounds(hll, hll, float8) IS
	'estimated number of distinct values in both, and its confidence interval';

CREATE FUNCTION hll_intersection_cardinality(sets hll[]) RETURNS float8
	AS 'MODULE_PATHNAME', 'hll_intersection_cardinality_array' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION hll_intersection_cardinality(hll[]) IS
	'estimated number of distinct values in all of the sketches';
