-- hll: distinct counts. See README.md for use, doc/format.md for the bytes.

CREATE TYPE hll;

CREATE FUNCTION hll_in(cstring, oid, integer) RETURNS hll
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION hll_in(cstring, oid, integer) IS 'I/O';

CREATE FUNCTION hll_out(hll) RETURNS cstring
	AS 'MODULE_PATHNAME', 'sketch_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION hll_out(hll) IS 'I/O';

CREATE FUNCTION hll_recv(internal, oid, integer) RETURNS hll
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION hll_recv(internal, oid, integer) IS 'I/O';

CREATE FUNCTION hll_send(hll) RETURNS bytea
	AS 'MODULE_PATHNAME', 'sketch_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION hll_send(hll) IS 'I/O';

CREATE FUNCTION hll_typmod_in(cstring[]) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION hll_typmod_in(cstring[]) IS 'I/O of the type modifier';

CREATE FUNCTION hll_typmod_out(integer) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION hll_typmod_out(integer) IS 'I/O of the type modifier';

CREATE TYPE hll (
	INPUT = hll_in,
	OUTPUT = hll_out,
	RECEIVE = hll_recv,
	SEND = hll_send,
	TYPMOD_IN = hll_typmod_in,
	TYPMOD_OUT = hll_typmod_out,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = int4,
	STORAGE = external
);
COMMENT ON TYPE hll IS
	'mergeable distinct count; hll(p) holds sketches of precision p only';

-- Casts

CREATE FUNCTION hll_enforce_typmod(s hll, typmod integer, explicit boolean)
	RETURNS hll
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION hll_enforce_typmod(hll, integer, boolean) IS
	'the value itself, if its precision is that of the type modifier';
CREATE CAST (hll AS hll)
	WITH FUNCTION hll_enforce_typmod(hll, integer, boolean) AS IMPLICIT;
COMMENT ON CAST (hll AS hll) IS 'check of the precision against hll(p)';

CREATE FUNCTION hll_to_bytea(s hll) RETURNS bytea
	AS 'MODULE_PATHNAME', 'sketch_to_bytea' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION hll_to_bytea(hll) IS 'the packed bytes of a sketch';
CREATE CAST (hll AS bytea) WITH FUNCTION hll_to_bytea(hll);
COMMENT ON CAST (hll AS bytea) IS 'the packed bytes of a sketch';

CREATE FUNCTION hll_from_bytea(bytes bytea) RETURNS hll
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION hll_from_bytea(bytea) IS
	'the sketch that packed bytes describe';
CREATE CAST (bytea AS hll) WITH FUNCTION hll_from_bytea(bytea);
COMMENT ON CAST (bytea AS hll) IS 'the sketch that packed bytes describe';

-- Building and merging. NULL operands are skipped, so these are not strict.

CREATE FUNCTION hll_empty(p integer DEFAULT 13) RETURNS hll
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION hll_empty(integer) IS
	'sketch of no values, of precision 4 to 20';

CREATE FUNCTION hll_add(s hll, x sketch_hash) RETURNS hll
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION hll_add(hll, sketch_hash) IS
	'sketch with one value added';

CREATE FUNCTION hll_add(s hll, x anyelement) RETURNS hll
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION hll_add(hll, anyelement) IS
	'sketch with one value added';

CREATE FUNCTION hll_add_rev(x sketch_hash, s hll) RETURNS hll
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION hll_add_rev(sketch_hash, hll) IS
	'sketch with one value added';

CREATE FUNCTION hll_union(a hll, b hll) RETURNS hll
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION hll_union(hll, hll) IS
	'sketch of the values of both, at the lower precision';

CREATE FUNCTION hll_downsample(s hll, p integer) RETURNS hll
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION hll_downsample(hll, integer) IS
	'sketch of the same values at a lower precision';

CREATE OPERATOR || (
	LEFTARG = hll, RIGHTARG = sketch_hash, FUNCTION = hll_add, COMMUTATOR = ||
);
COMMENT ON OPERATOR || (hll, sketch_hash) IS 'add a value';

CREATE OPERATOR || (
	LEFTARG = sketch_hash, RIGHTARG = hll, FUNCTION = hll_add_rev,
	COMMUTATOR = ||
);
COMMENT ON OPERATOR || (sketch_hash, hll) IS 'add a value';

CREATE OPERATOR || (
	LEFTARG = hll, RIGHTARG = hll, FUNCTION = hll_union, COMMUTATOR = ||
);
COMMENT ON OPERATOR || (hll, hll) IS 'union';

-- Reading

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
	'estimate, and the interval that holds the true number of distinct values with this probability';

CREATE FUNCTION hll_precision(s hll) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION hll_precision(hll) IS
	'binary logarithm of the number of registers';

CREATE FUNCTION hll_is_empty(s hll) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION hll_is_empty(hll) IS 'whether no value was ever added';

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
	'how a sketch is stored: values or registers used, bytes, standard error';

-- Aggregates. The state is an hll value; a group starts at 64 bytes and ends at
-- about 2^p, and 512 bytes hold one hundred values.

CREATE FUNCTION hll_add_agg_trans(hll, sketch_hash) RETURNS hll
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION hll_add_agg_trans(hll, sketch_hash) IS
	'aggregate transition function';

CREATE FUNCTION hll_add_agg_trans(hll, sketch_hash, integer) RETURNS hll
	AS 'MODULE_PATHNAME', 'hll_add_agg_trans_p' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION hll_add_agg_trans(hll, sketch_hash, integer) IS
	'aggregate transition function';

CREATE FUNCTION hll_add_agg_trans(hll, anyelement) RETURNS hll
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION hll_add_agg_trans(hll, anyelement) IS
	'aggregate transition function';

CREATE FUNCTION hll_add_agg_trans(hll, anyelement, integer) RETURNS hll
	AS 'MODULE_PATHNAME', 'hll_add_agg_trans_p' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION hll_add_agg_trans(hll, anyelement, integer) IS
	'aggregate transition function';

CREATE FUNCTION hll_add_agg_combine(hll, hll) RETURNS hll
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION hll_add_agg_combine(hll, hll) IS
	'aggregate combine function';

CREATE FUNCTION hll_union_agg_trans(hll, hll) RETURNS hll
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION hll_union_agg_trans(hll, hll) IS
	'aggregate transition function';

CREATE FUNCTION hll_agg_final(hll) RETURNS hll
	AS 'MODULE_PATHNAME', 'sketch_agg_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 500;
COMMENT ON FUNCTION hll_agg_final(hll) IS 'aggregate final function';

CREATE FUNCTION approx_count_distinct_final(hll) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 500;
COMMENT ON FUNCTION approx_count_distinct_final(hll) IS
	'aggregate final function';

CREATE AGGREGATE hll_add_agg(x sketch_hash) (
	SFUNC = hll_add_agg_trans, STYPE = hll, SSPACE = 512,
	FINALFUNC = hll_agg_final, COMBINEFUNC = hll_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE hll_add_agg(sketch_hash) IS
	'sketch of the values with these hashes';

CREATE AGGREGATE hll_add_agg(x sketch_hash, p integer) (
	SFUNC = hll_add_agg_trans, STYPE = hll, SSPACE = 512,
	FINALFUNC = hll_agg_final, COMBINEFUNC = hll_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE hll_add_agg(sketch_hash, integer) IS
	'sketch of the values with these hashes, of precision p';

CREATE AGGREGATE hll_add_agg(x anyelement) (
	SFUNC = hll_add_agg_trans, STYPE = hll, SSPACE = 512,
	FINALFUNC = hll_agg_final, COMBINEFUNC = hll_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE hll_add_agg(anyelement) IS 'sketch of the values';

CREATE AGGREGATE hll_add_agg(x anyelement, p integer) (
	SFUNC = hll_add_agg_trans, STYPE = hll, SSPACE = 512,
	FINALFUNC = hll_agg_final, COMBINEFUNC = hll_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE hll_add_agg(anyelement, integer) IS
	'sketch of the values, of precision p';

-- The next three are for window frames that move: src/pg/window.c.

CREATE FUNCTION hll_union_agg_mtrans(internal, hll) RETURNS internal
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 500;
COMMENT ON FUNCTION hll_union_agg_mtrans(internal, hll) IS
	'aggregate transition function';

CREATE FUNCTION hll_union_agg_minv(internal, hll) RETURNS internal
	AS 'MODULE_PATHNAME', 'sketch_union_agg_minv' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION hll_union_agg_minv(internal, hll) IS
	'aggregate inverse transition function';

CREATE FUNCTION hll_union_agg_mfinal(internal) RETURNS hll
	AS 'MODULE_PATHNAME', 'sketch_union_agg_mfinal' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION hll_union_agg_mfinal(internal) IS
	'aggregate final function';

CREATE AGGREGATE hll_union_agg(s hll) (
	SFUNC = hll_union_agg_trans, STYPE = hll, SSPACE = 8192,
	FINALFUNC = hll_agg_final, COMBINEFUNC = hll_union_agg_trans,
	MSFUNC = hll_union_agg_mtrans, MINVFUNC = hll_union_agg_minv,
	MSTYPE = internal, MSSPACE = 262144,
	MFINALFUNC = hll_union_agg_mfinal,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE hll_union_agg(hll) IS
	'sketch of the values of all sketches, at the lowest precision';

CREATE AGGREGATE approx_count_distinct(x sketch_hash) (
	SFUNC = hll_add_agg_trans, STYPE = hll, SSPACE = 512,
	FINALFUNC = approx_count_distinct_final, COMBINEFUNC = hll_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE approx_count_distinct(sketch_hash) IS
	'estimated number of distinct values with these hashes';

CREATE AGGREGATE approx_count_distinct(x sketch_hash, p integer) (
	SFUNC = hll_add_agg_trans, STYPE = hll, SSPACE = 512,
	FINALFUNC = approx_count_distinct_final, COMBINEFUNC = hll_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE approx_count_distinct(sketch_hash, integer) IS
	'estimated number of distinct values with these hashes, with precision p';

CREATE AGGREGATE approx_count_distinct(x anyelement) (
	SFUNC = hll_add_agg_trans, STYPE = hll, SSPACE = 512,
	FINALFUNC = approx_count_distinct_final, COMBINEFUNC = hll_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE approx_count_distinct(anyelement) IS
	'estimated number of distinct values';

CREATE AGGREGATE approx_count_distinct(x anyelement, p integer) (
	SFUNC = hll_add_agg_trans, STYPE = hll, SSPACE = 512,
	FINALFUNC = approx_count_distinct_final, COMBINEFUNC = hll_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE approx_count_distinct(anyelement, integer) IS
	'estimated number of distinct values, with precision p';

-- Comparison

CREATE FUNCTION hll_eq(hll, hll) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sketch_eq' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION hll_eq(hll, hll) IS 'implementation of = operator';

CREATE FUNCTION hll_ne(hll, hll) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sketch_ne' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION hll_ne(hll, hll) IS 'implementation of <> operator';

CREATE FUNCTION hll_lt(hll, hll) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sketch_lt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION hll_lt(hll, hll) IS 'implementation of < operator';

CREATE FUNCTION hll_le(hll, hll) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sketch_le' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION hll_le(hll, hll) IS 'implementation of <= operator';

CREATE FUNCTION hll_gt(hll, hll) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sketch_gt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION hll_gt(hll, hll) IS 'implementation of > operator';

CREATE FUNCTION hll_ge(hll, hll) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sketch_ge' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION hll_ge(hll, hll) IS 'implementation of >= operator';

CREATE FUNCTION hll_cmp(hll, hll) RETURNS integer
	AS 'MODULE_PATHNAME', 'sketch_cmp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION hll_cmp(hll, hll) IS 'less-equal-greater for btree';

CREATE FUNCTION hll_hash(hll) RETURNS integer
	AS 'MODULE_PATHNAME', 'sketch_own_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION hll_hash(hll) IS 'hash of the sketch itself';

CREATE FUNCTION hll_hash_extended(hll, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'sketch_own_hash_extended' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION hll_hash_extended(hll, bigint) IS
	'hash of the sketch itself, with a seed';

CREATE OPERATOR = (
	LEFTARG = hll, RIGHTARG = hll, FUNCTION = hll_eq,
	COMMUTATOR = =, NEGATOR = <>,
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (hll, hll) IS 'same precision and content';

CREATE OPERATOR <> (
	LEFTARG = hll, RIGHTARG = hll, FUNCTION = hll_ne,
	COMMUTATOR = <>, NEGATOR = =,
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (hll, hll) IS 'different precision or content';

CREATE OPERATOR < (
	LEFTARG = hll, RIGHTARG = hll, FUNCTION = hll_lt,
	COMMUTATOR = >, NEGATOR = >=,
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (hll, hll) IS 'before, in the order of the bytes';

CREATE OPERATOR <= (
	LEFTARG = hll, RIGHTARG = hll, FUNCTION = hll_le,
	COMMUTATOR = >=, NEGATOR = >,
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (hll, hll) IS
	'before or equal, in the order of the bytes';

CREATE OPERATOR > (
	LEFTARG = hll, RIGHTARG = hll, FUNCTION = hll_gt,
	COMMUTATOR = <, NEGATOR = <=,
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (hll, hll) IS 'after, in the order of the bytes';

CREATE OPERATOR >= (
	LEFTARG = hll, RIGHTARG = hll, FUNCTION = hll_ge,
	COMMUTATOR = <=, NEGATOR = <,
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (hll, hll) IS
	'after or equal, in the order of the bytes';

CREATE OPERATOR CLASS hll_ops DEFAULT FOR TYPE hll USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 hll_cmp(hll, hll);
COMMENT ON OPERATOR CLASS hll_ops USING btree IS
	'order of the bytes, for sorting and grouping';

CREATE OPERATOR CLASS hll_ops DEFAULT FOR TYPE hll USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 hll_hash(hll),
	FUNCTION 2 hll_hash_extended(hll, bigint);
COMMENT ON OPERATOR CLASS hll_ops USING hash IS
	'equality of sketches, for hash joins and grouping';
