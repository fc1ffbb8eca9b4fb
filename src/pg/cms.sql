-- cms: frequencies. See README.md for use, doc/format.md for the bytes.

CREATE TYPE cms;

CREATE FUNCTION cms_in(cstring) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION cms_in(cstring) IS 'I/O';

CREATE FUNCTION cms_out(cms) RETURNS cstring
	AS 'MODULE_PATHNAME', 'sketch_out'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION cms_out(cms) IS 'I/O';

CREATE FUNCTION cms_recv(internal) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION cms_recv(internal) IS 'I/O';

CREATE FUNCTION cms_send(cms) RETURNS bytea
	AS 'MODULE_PATHNAME', 'sketch_send'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION cms_send(cms) IS 'I/O';

CREATE TYPE cms (
	INPUT = cms_in,
	OUTPUT = cms_out,
	RECEIVE = cms_recv,
	SEND = cms_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = int4,
	STORAGE = external
);
COMMENT ON TYPE cms IS 'mergeable sketch of how often values came, never too low';

-- Casts

CREATE FUNCTION cms_to_bytea(s cms) RETURNS bytea
	AS 'MODULE_PATHNAME', 'sketch_to_bytea'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cms_to_bytea(cms) IS 'the packed bytes of a sketch';
CREATE CAST (cms AS bytea) WITH FUNCTION cms_to_bytea(cms);
COMMENT ON CAST (cms AS bytea) IS 'the packed bytes of a sketch';

CREATE FUNCTION cms_from_bytea(bytes bytea) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION cms_from_bytea(bytea) IS
	'the sketch that packed bytes describe';
CREATE CAST (bytea AS cms) WITH FUNCTION cms_from_bytea(bytea);
COMMENT ON CAST (bytea AS cms) IS 'the sketch that packed bytes describe';

-- Building and merging. NULL operands are skipped, so these are not strict.

CREATE FUNCTION cms_empty(
	epsilon float8 DEFAULT 0.001,
	delta float8 DEFAULT 0.01)
	RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION cms_empty(float8, float8) IS
	'sketch without values, for errors of epsilon times the total but for a probability of delta';

CREATE FUNCTION cms_add(s cms, x sketch_hash) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION cms_add(cms, sketch_hash) IS 'sketch with one value added';

CREATE FUNCTION cms_add(s cms, x sketch_hash, weight bigint) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION cms_add(cms, sketch_hash, bigint) IS
	'sketch with a value added weight times';

CREATE FUNCTION cms_add(s cms, x anyelement) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION cms_add(cms, anyelement) IS 'sketch with one value added';

CREATE FUNCTION cms_add(s cms, x anyelement, weight bigint) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION cms_add(cms, anyelement, bigint) IS
	'sketch with a value added weight times';

-- Without a form for text of its own, `||` would not be told from that of text.
CREATE FUNCTION cms_add_text(s cms, x text) RETURNS cms
	AS 'MODULE_PATHNAME', 'cms_add'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION cms_add_text(cms, text) IS 'implementation of || operator';

CREATE FUNCTION cms_union(a cms, b cms) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION cms_union(cms, cms) IS
	'sketch of what was added to either';

CREATE OPERATOR || (
	LEFTARG = cms, RIGHTARG = sketch_hash, FUNCTION = cms_add
);
COMMENT ON OPERATOR || (cms, sketch_hash) IS 'add a value';

CREATE OPERATOR || (
	LEFTARG = cms, RIGHTARG = anyelement, FUNCTION = cms_add
);
COMMENT ON OPERATOR || (cms, anyelement) IS 'add a value';

CREATE OPERATOR || (
	LEFTARG = cms, RIGHTARG = text, FUNCTION = cms_add_text
);
COMMENT ON OPERATOR || (cms, text) IS 'add a value';

CREATE OPERATOR || (
	LEFTARG = cms, RIGHTARG = cms, FUNCTION = cms_union, COMMUTATOR = ||
);
COMMENT ON OPERATOR || (cms, cms) IS 'union';

-- Asking

CREATE FUNCTION cms_frequency(s cms, x sketch_hash) RETURNS bigint
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION cms_frequency(cms, sketch_hash) IS
	'how often a value came, at most';

CREATE FUNCTION cms_frequency(s cms, x anyelement) RETURNS bigint
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION cms_frequency(cms, anyelement) IS
	'how often a value came, at most';

CREATE FUNCTION cms_frequency_bounds(
	s cms,
	x sketch_hash,
	confidence float8 DEFAULT 0.95,
	OUT estimate bigint,
	OUT lower bigint,
	OUT upper bigint)
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION cms_frequency_bounds(cms, sketch_hash, float8) IS
	'estimate, and the interval that holds the true frequency of a value with this probability';

CREATE FUNCTION cms_frequency_bounds(
	s cms,
	x anyelement,
	confidence float8 DEFAULT 0.95,
	OUT estimate bigint,
	OUT lower bigint,
	OUT upper bigint)
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION cms_frequency_bounds(cms, anyelement, float8) IS
	'estimate, and the interval that holds the true frequency of a value with this probability';

CREATE FUNCTION cms_inner_product(a cms, b cms) RETURNS float8
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION cms_inner_product(cms, cms) IS
	'sum of the products of all frequencies: the rows of a join';

CREATE FUNCTION cms_total(s cms) RETURNS bigint
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cms_total(cms) IS 'sum of all weights, exact';

CREATE FUNCTION cms_error_bound(s cms) RETURNS float8
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cms_error_bound(cms) IS
	'by how much frequencies are too high at most, but for a probability of delta';

CREATE FUNCTION cms_is_empty(s cms) RETURNS boolean
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cms_is_empty(cms) IS 'whether nothing was ever added';

CREATE FUNCTION cms_info(
	s cms,
	OUT format_version integer,
	OUT representation text,
	OUT epsilon float8,
	OUT delta float8,
	OUT width integer,
	OUT depth integer,
	OUT total bigint,
	OUT distinct_values integer,
	OUT bytes integer)
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION cms_info(cms) IS
	'how a sketch is made: design, total, bytes';

-- Aggregates. The state is a cms value: a list that starts at 128 bytes, then
-- the counters. Those with weights have a name of their own, since a weight
-- could be taken for an epsilon.

CREATE FUNCTION cms_add_agg_trans(cms, sketch_hash) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cms_add_agg_trans(cms, sketch_hash) IS
	'aggregate transition function';

CREATE FUNCTION cms_add_agg_trans(cms, sketch_hash, float8) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cms_add_agg_trans(cms, sketch_hash, float8) IS
	'aggregate transition function';

CREATE FUNCTION cms_add_agg_trans(cms, sketch_hash, float8, float8) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cms_add_agg_trans(cms, sketch_hash, float8, float8) IS
	'aggregate transition function';

CREATE FUNCTION cms_add_weighted_agg_trans(cms, sketch_hash, bigint) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cms_add_weighted_agg_trans(cms, sketch_hash, bigint) IS
	'aggregate transition function';

CREATE FUNCTION cms_add_weighted_agg_trans(cms, sketch_hash, bigint, float8)
	RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cms_add_weighted_agg_trans(cms, sketch_hash, bigint, float8) IS
	'aggregate transition function';

CREATE FUNCTION cms_add_weighted_agg_trans(cms, sketch_hash, bigint, float8, float8)
	RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cms_add_weighted_agg_trans(cms, sketch_hash, bigint, float8, float8) IS
	'aggregate transition function';

CREATE FUNCTION cms_add_agg_trans(cms, anyelement) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cms_add_agg_trans(cms, anyelement) IS
	'aggregate transition function';

CREATE FUNCTION cms_add_agg_trans(cms, anyelement, float8) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cms_add_agg_trans(cms, anyelement, float8) IS
	'aggregate transition function';

CREATE FUNCTION cms_add_agg_trans(cms, anyelement, float8, float8) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cms_add_agg_trans(cms, anyelement, float8, float8) IS
	'aggregate transition function';

CREATE FUNCTION cms_add_weighted_agg_trans(cms, anyelement, bigint) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cms_add_weighted_agg_trans(cms, anyelement, bigint) IS
	'aggregate transition function';

CREATE FUNCTION cms_add_weighted_agg_trans(cms, anyelement, bigint, float8)
	RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cms_add_weighted_agg_trans(cms, anyelement, bigint, float8) IS
	'aggregate transition function';

CREATE FUNCTION cms_add_weighted_agg_trans(cms, anyelement, bigint, float8, float8)
	RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cms_add_weighted_agg_trans(cms, anyelement, bigint, float8, float8) IS
	'aggregate transition function';

CREATE FUNCTION cms_add_agg_combine(cms, cms) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION cms_add_agg_combine(cms, cms) IS
	'aggregate combine function';

CREATE FUNCTION cms_union_agg_trans(cms, cms) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION cms_union_agg_trans(cms, cms) IS
	'aggregate transition function';

CREATE FUNCTION cms_agg_final(cms) RETURNS cms
	AS 'MODULE_PATHNAME', 'sketch_agg_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 500;
COMMENT ON FUNCTION cms_agg_final(cms) IS 'aggregate final function';

CREATE AGGREGATE cms_add_agg(x sketch_hash) (
	SFUNC = cms_add_agg_trans, STYPE = cms, SSPACE = 4096,
	FINALFUNC = cms_agg_final, COMBINEFUNC = cms_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cms_add_agg(sketch_hash) IS
	'sketch of how often the values with these hashes come';

CREATE AGGREGATE cms_add_agg(x sketch_hash, epsilon float8) (
	SFUNC = cms_add_agg_trans, STYPE = cms, SSPACE = 4096,
	FINALFUNC = cms_agg_final, COMBINEFUNC = cms_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cms_add_agg(sketch_hash, float8) IS
	'sketch of how often the values with these hashes come, with this error';

CREATE AGGREGATE cms_add_agg(x sketch_hash, epsilon float8, delta float8) (
	SFUNC = cms_add_agg_trans, STYPE = cms, SSPACE = 4096,
	FINALFUNC = cms_agg_final, COMBINEFUNC = cms_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cms_add_agg(sketch_hash, float8, float8) IS
	'sketch of how often the values with these hashes come, with this error';

CREATE AGGREGATE cms_add_weighted_agg(x sketch_hash, weight bigint) (
	SFUNC = cms_add_weighted_agg_trans, STYPE = cms, SSPACE = 4096,
	FINALFUNC = cms_agg_final, COMBINEFUNC = cms_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cms_add_weighted_agg(sketch_hash, bigint) IS
	'sketch of the weights of the values with these hashes';

CREATE AGGREGATE cms_add_weighted_agg(x sketch_hash, weight bigint, epsilon float8) (
	SFUNC = cms_add_weighted_agg_trans, STYPE = cms, SSPACE = 4096,
	FINALFUNC = cms_agg_final, COMBINEFUNC = cms_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cms_add_weighted_agg(sketch_hash, bigint, float8) IS
	'sketch of the weights of the values with these hashes, with this error';

CREATE AGGREGATE cms_add_weighted_agg(x sketch_hash, weight bigint, epsilon float8, delta float8) (
	SFUNC = cms_add_weighted_agg_trans, STYPE = cms, SSPACE = 4096,
	FINALFUNC = cms_agg_final, COMBINEFUNC = cms_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cms_add_weighted_agg(sketch_hash, bigint, float8, float8) IS
	'sketch of the weights of the values with these hashes, with this error';

CREATE AGGREGATE cms_add_agg(x anyelement) (
	SFUNC = cms_add_agg_trans, STYPE = cms, SSPACE = 4096,
	FINALFUNC = cms_agg_final, COMBINEFUNC = cms_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cms_add_agg(anyelement) IS
	'sketch of how often the values come';

CREATE AGGREGATE cms_add_agg(x anyelement, epsilon float8) (
	SFUNC = cms_add_agg_trans, STYPE = cms, SSPACE = 4096,
	FINALFUNC = cms_agg_final, COMBINEFUNC = cms_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cms_add_agg(anyelement, float8) IS
	'sketch of how often the values come, with this error';

CREATE AGGREGATE cms_add_agg(x anyelement, epsilon float8, delta float8) (
	SFUNC = cms_add_agg_trans, STYPE = cms, SSPACE = 4096,
	FINALFUNC = cms_agg_final, COMBINEFUNC = cms_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cms_add_agg(anyelement, float8, float8) IS
	'sketch of how often the values come, with this error';

CREATE AGGREGATE cms_add_weighted_agg(x anyelement, weight bigint) (
	SFUNC = cms_add_weighted_agg_trans, STYPE = cms, SSPACE = 4096,
	FINALFUNC = cms_agg_final, COMBINEFUNC = cms_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cms_add_weighted_agg(anyelement, bigint) IS
	'sketch of the weights of the values';

CREATE AGGREGATE cms_add_weighted_agg(x anyelement, weight bigint, epsilon float8) (
	SFUNC = cms_add_weighted_agg_trans, STYPE = cms, SSPACE = 4096,
	FINALFUNC = cms_agg_final, COMBINEFUNC = cms_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cms_add_weighted_agg(anyelement, bigint, float8) IS
	'sketch of the weights of the values, with this error';

CREATE AGGREGATE cms_add_weighted_agg(x anyelement, weight bigint, epsilon float8, delta float8) (
	SFUNC = cms_add_weighted_agg_trans, STYPE = cms, SSPACE = 4096,
	FINALFUNC = cms_agg_final, COMBINEFUNC = cms_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cms_add_weighted_agg(anyelement, bigint, float8, float8) IS
	'sketch of the weights of the values, with this error';

-- The next three are for window frames that move: src/pg/window.c.

CREATE FUNCTION cms_union_agg_mtrans(internal, cms) RETURNS internal
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 500;
COMMENT ON FUNCTION cms_union_agg_mtrans(internal, cms) IS
	'aggregate transition function';

CREATE FUNCTION cms_union_agg_minv(internal, cms) RETURNS internal
	AS 'MODULE_PATHNAME', 'sketch_union_agg_minv'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION cms_union_agg_minv(internal, cms) IS
	'aggregate inverse transition function';

CREATE FUNCTION cms_union_agg_mfinal(internal) RETURNS cms
	AS 'MODULE_PATHNAME', 'sketch_union_agg_mfinal'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION cms_union_agg_mfinal(internal) IS
	'aggregate final function';

CREATE AGGREGATE cms_union_agg(s cms) (
	SFUNC = cms_union_agg_trans, STYPE = cms, SSPACE = 131072,
	FINALFUNC = cms_agg_final, COMBINEFUNC = cms_union_agg_trans,
	MSFUNC = cms_union_agg_mtrans, MINVFUNC = cms_union_agg_minv,
	MSTYPE = internal, MSSPACE = 1048576,
	MFINALFUNC = cms_union_agg_mfinal,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cms_union_agg(cms) IS
	'sketch of what was added to any of the sketches';

-- Comparison

CREATE FUNCTION cms_eq(cms, cms) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sketch_eq'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION cms_eq(cms, cms) IS 'implementation of = operator';

CREATE FUNCTION cms_ne(cms, cms) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sketch_ne'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION cms_ne(cms, cms) IS 'implementation of <> operator';

CREATE FUNCTION cms_lt(cms, cms) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sketch_lt'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION cms_lt(cms, cms) IS 'implementation of < operator';

CREATE FUNCTION cms_le(cms, cms) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sketch_le'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION cms_le(cms, cms) IS 'implementation of <= operator';

CREATE FUNCTION cms_gt(cms, cms) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sketch_gt'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION cms_gt(cms, cms) IS 'implementation of > operator';

CREATE FUNCTION cms_ge(cms, cms) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sketch_ge'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION cms_ge(cms, cms) IS 'implementation of >= operator';

CREATE FUNCTION cms_cmp(cms, cms) RETURNS integer
	AS 'MODULE_PATHNAME', 'sketch_cmp'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION cms_cmp(cms, cms) IS 'less-equal-greater for btree';

CREATE FUNCTION cms_hash(cms) RETURNS integer
	AS 'MODULE_PATHNAME', 'sketch_own_hash'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION cms_hash(cms) IS 'hash of the sketch itself';

CREATE FUNCTION cms_hash_extended(cms, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'sketch_own_hash_extended'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION cms_hash_extended(cms, bigint) IS
	'hash of the sketch itself, with a seed';

CREATE OPERATOR = (
	LEFTARG = cms, RIGHTARG = cms, FUNCTION = cms_eq,
	COMMUTATOR = =, NEGATOR = <>,
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (cms, cms) IS 'same design and content';

CREATE OPERATOR <> (
	LEFTARG = cms, RIGHTARG = cms, FUNCTION = cms_ne,
	COMMUTATOR = <>, NEGATOR = =,
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (cms, cms) IS 'different design or content';

CREATE OPERATOR < (
	LEFTARG = cms, RIGHTARG = cms, FUNCTION = cms_lt,
	COMMUTATOR = >, NEGATOR = >=,
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (cms, cms) IS 'before, in the order of the bytes';

CREATE OPERATOR <= (
	LEFTARG = cms, RIGHTARG = cms, FUNCTION = cms_le,
	COMMUTATOR = >=, NEGATOR = >,
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (cms, cms) IS
	'before or equal, in the order of the bytes';

CREATE OPERATOR > (
	LEFTARG = cms, RIGHTARG = cms, FUNCTION = cms_gt,
	COMMUTATOR = <, NEGATOR = <=,
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (cms, cms) IS 'after, in the order of the bytes';

CREATE OPERATOR >= (
	LEFTARG = cms, RIGHTARG = cms, FUNCTION = cms_ge,
	COMMUTATOR = <=, NEGATOR = <,
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (cms, cms) IS
	'after or equal, in the order of the bytes';

CREATE OPERATOR CLASS cms_ops DEFAULT FOR TYPE cms USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 cms_cmp(cms, cms);
COMMENT ON OPERATOR CLASS cms_ops USING btree IS
	'order of the bytes, for sorting and grouping';

CREATE OPERATOR CLASS cms_ops DEFAULT FOR TYPE cms USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 cms_hash(cms),
	FUNCTION 2 cms_hash_extended(cms, bigint);
COMMENT ON OPERATOR CLASS cms_ops USING hash IS
	'equality of sketches, for hash joins and grouping';
