-- topk: heavy hitters. See README.md for use, doc/format.md for the bytes.

CREATE TYPE topk;

CREATE FUNCTION topk_in(cstring) RETURNS topk
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION topk_in(cstring) IS 'I/O';

CREATE FUNCTION topk_out(topk) RETURNS cstring
	AS 'MODULE_PATHNAME', 'sketch_out'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION topk_out(topk) IS 'I/O';

CREATE FUNCTION topk_recv(internal) RETURNS topk
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION topk_recv(internal) IS 'I/O';

CREATE FUNCTION topk_send(topk) RETURNS bytea
	AS 'MODULE_PATHNAME', 'sketch_send'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION topk_send(topk) IS 'I/O';

CREATE TYPE topk (
	INPUT = topk_in,
	OUTPUT = topk_out,
	RECEIVE = topk_recv,
	SEND = topk_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = int4,
	STORAGE = external
);
COMMENT ON TYPE topk IS 'mergeable sketch of the most frequent items';

-- Casts

CREATE FUNCTION topk_to_bytea(s topk) RETURNS bytea
	AS 'MODULE_PATHNAME', 'sketch_to_bytea'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION topk_to_bytea(topk) IS 'the packed bytes of a sketch';
CREATE CAST (topk AS bytea) WITH FUNCTION topk_to_bytea(topk);
COMMENT ON CAST (topk AS bytea) IS 'the packed bytes of a sketch';

CREATE FUNCTION topk_from_bytea(bytes bytea) RETURNS topk
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION topk_from_bytea(bytea) IS
	'the sketch that packed bytes describe';
CREATE CAST (bytea AS topk) WITH FUNCTION topk_from_bytea(bytea);
COMMENT ON CAST (bytea AS topk) IS 'the sketch that packed bytes describe';

-- Building and merging. NULL operands are skipped, so these are not strict.

CREATE FUNCTION topk_empty(k integer DEFAULT 100) RETURNS topk
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION topk_empty(integer) IS
	'sketch without items, to keep k of them';

CREATE FUNCTION topk_add(s topk, item text) RETURNS topk
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION topk_add(topk, text) IS 'sketch with one item added';

CREATE FUNCTION topk_add(s topk, item text, weight bigint) RETURNS topk
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION topk_add(topk, text, bigint) IS
	'sketch with an item added weight times';

CREATE FUNCTION topk_union(a topk, b topk) RETURNS topk
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION topk_union(topk, topk) IS
	'sketch of what was added to either, with the smaller k';

CREATE OPERATOR || (
	LEFTARG = topk, RIGHTARG = text, FUNCTION = topk_add
);
COMMENT ON OPERATOR || (topk, text) IS 'add an item';

CREATE OPERATOR || (
	LEFTARG = topk, RIGHTARG = topk, FUNCTION = topk_union, COMMUTATOR = ||
);
COMMENT ON OPERATOR || (topk, topk) IS 'union';

-- Asking

CREATE FUNCTION topk_items(s topk, n integer DEFAULT NULL, OUT item text, OUT estimate bigint, OUT lower bigint, OUT upper bigint)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 ROWS 100;
COMMENT ON FUNCTION topk_items(topk, integer) IS
	'the n most frequent items, with bounds of their frequencies';

CREATE FUNCTION topk_certain(s topk, threshold bigint, OUT item text, OUT estimate bigint, OUT lower bigint, OUT upper bigint)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 20;
COMMENT ON FUNCTION topk_certain(topk, bigint) IS
	'the items that surely weigh so much: no false positives';

CREATE FUNCTION topk_possible(s topk, threshold bigint, OUT item text, OUT estimate bigint, OUT lower bigint, OUT upper bigint)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 20;
COMMENT ON FUNCTION topk_possible(topk, bigint) IS
	'the items that may weigh so much: no false negatives';

CREATE FUNCTION topk_array(s topk, n integer DEFAULT NULL) RETURNS jsonb
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION topk_array(topk, integer) IS
	'the n most frequent items, as an array of objects';

CREATE FUNCTION topk_frequency(
	s topk,
	item text,
	OUT estimate bigint,
	OUT lower bigint,
	OUT upper bigint)
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION topk_frequency(topk, text) IS
	'how often an item came, with bounds';

CREATE FUNCTION topk_total(s topk) RETURNS bigint
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION topk_total(topk) IS 'sum of all weights, exact';

CREATE FUNCTION topk_error_bound(s topk) RETURNS bigint
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION topk_error_bound(topk) IS
	'the most that an item which is not held can weigh';

CREATE FUNCTION topk_is_empty(s topk) RETURNS boolean
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION topk_is_empty(topk) IS 'whether nothing was ever added';

CREATE FUNCTION topk_info(
	s topk,
	OUT format_version integer,
	OUT k integer,
	OUT items integer,
	OUT total bigint,
	OUT error_bound bigint,
	OUT bytes integer)
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION topk_info(topk) IS
	'how a sketch is made: k, items, total, bytes';

-- Aggregates. The state is a topk value, which starts at 128 bytes.

CREATE FUNCTION topk_add_agg_trans(topk, text) RETURNS topk
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION topk_add_agg_trans(topk, text) IS
	'aggregate transition function';

CREATE FUNCTION topk_add_agg_trans(topk, text, integer) RETURNS topk
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION topk_add_agg_trans(topk, text, integer) IS
	'aggregate transition function';

CREATE FUNCTION topk_add_agg_trans(topk, text, bigint, integer) RETURNS topk
	AS 'MODULE_PATHNAME', 'topk_add_agg_trans_weighted'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION topk_add_agg_trans(topk, text, bigint, integer) IS
	'aggregate transition function';

CREATE FUNCTION topk_add_agg_combine(topk, topk) RETURNS topk
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION topk_add_agg_combine(topk, topk) IS
	'aggregate combine function';

CREATE FUNCTION topk_union_agg_trans(topk, topk) RETURNS topk
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION topk_union_agg_trans(topk, topk) IS
	'aggregate transition function';

CREATE FUNCTION topk_agg_final(topk) RETURNS topk
	AS 'MODULE_PATHNAME', 'sketch_agg_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 500;
COMMENT ON FUNCTION topk_agg_final(topk) IS 'aggregate final function';

CREATE AGGREGATE topk_add_agg(item text) (
	SFUNC = topk_add_agg_trans, STYPE = topk, SSPACE = 8192,
	FINALFUNC = topk_agg_final, COMBINEFUNC = topk_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE topk_add_agg(text) IS
	'sketch of the 100 most frequent items';

CREATE AGGREGATE topk_add_agg(item text, k integer) (
	SFUNC = topk_add_agg_trans, STYPE = topk, SSPACE = 8192,
	FINALFUNC = topk_agg_final, COMBINEFUNC = topk_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE topk_add_agg(text, integer) IS
	'sketch of the k most frequent items';

CREATE AGGREGATE topk_add_agg(item text, weight bigint, k integer) (
	SFUNC = topk_add_agg_trans, STYPE = topk, SSPACE = 8192,
	FINALFUNC = topk_agg_final, COMBINEFUNC = topk_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE topk_add_agg(text, bigint, integer) IS
	'sketch of the k items of the largest weights';

-- The next three are for window frames that move: src/pg/window.c.

CREATE FUNCTION topk_union_agg_mtrans(internal, topk) RETURNS internal
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 500;
COMMENT ON FUNCTION topk_union_agg_mtrans(internal, topk) IS
	'aggregate transition function';

CREATE FUNCTION topk_union_agg_minv(internal, topk) RETURNS internal
	AS 'MODULE_PATHNAME', 'sketch_union_agg_minv'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION topk_union_agg_minv(internal, topk) IS
	'aggregate inverse transition function';

CREATE FUNCTION topk_union_agg_mfinal(internal) RETURNS topk
	AS 'MODULE_PATHNAME', 'sketch_union_agg_mfinal'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION topk_union_agg_mfinal(internal) IS
	'aggregate final function';

CREATE AGGREGATE topk_union_agg(s topk) (
	SFUNC = topk_union_agg_trans, STYPE = topk, SSPACE = 16384,
	FINALFUNC = topk_agg_final, COMBINEFUNC = topk_union_agg_trans,
	MSFUNC = topk_union_agg_mtrans, MINVFUNC = topk_union_agg_minv,
	MSTYPE = internal, MSSPACE = 262144,
	MFINALFUNC = topk_union_agg_mfinal,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE topk_union_agg(topk) IS
	'sketch of what was added to any of the sketches, with the smallest k';

-- Comparison

CREATE FUNCTION topk_eq(topk, topk) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sketch_eq'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION topk_eq(topk, topk) IS 'implementation of = operator';

CREATE FUNCTION topk_ne(topk, topk) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sketch_ne'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION topk_ne(topk, topk) IS 'implementation of <> operator';

CREATE FUNCTION topk_lt(topk, topk) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sketch_lt'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION topk_lt(topk, topk) IS 'implementation of < operator';

CREATE FUNCTION topk_le(topk, topk) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sketch_le'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION topk_le(topk, topk) IS 'implementation of <= operator';

CREATE FUNCTION topk_gt(topk, topk) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sketch_gt'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION topk_gt(topk, topk) IS 'implementation of > operator';

CREATE FUNCTION topk_ge(topk, topk) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sketch_ge'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION topk_ge(topk, topk) IS 'implementation of >= operator';

CREATE FUNCTION topk_cmp(topk, topk) RETURNS integer
	AS 'MODULE_PATHNAME', 'sketch_cmp'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION topk_cmp(topk, topk) IS 'less-equal-greater for btree';

CREATE FUNCTION topk_hash(topk) RETURNS integer
	AS 'MODULE_PATHNAME', 'sketch_own_hash'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION topk_hash(topk) IS 'hash of the sketch itself';

CREATE FUNCTION topk_hash_extended(topk, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'sketch_own_hash_extended'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION topk_hash_extended(topk, bigint) IS
	'hash of the sketch itself, with a seed';

CREATE OPERATOR = (
	LEFTARG = topk, RIGHTARG = topk, FUNCTION = topk_eq,
	COMMUTATOR = =, NEGATOR = <>,
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (topk, topk) IS 'same design and content';

CREATE OPERATOR <> (
	LEFTARG = topk, RIGHTARG = topk, FUNCTION = topk_ne,
	COMMUTATOR = <>, NEGATOR = =,
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (topk, topk) IS 'different design or content';

CREATE OPERATOR < (
	LEFTARG = topk, RIGHTARG = topk, FUNCTION = topk_lt,
	COMMUTATOR = >, NEGATOR = >=,
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (topk, topk) IS 'before, in the order of the bytes';

CREATE OPERATOR <= (
	LEFTARG = topk, RIGHTARG = topk, FUNCTION = topk_le,
	COMMUTATOR = >=, NEGATOR = >,
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (topk, topk) IS
	'before or equal, in the order of the bytes';

CREATE OPERATOR > (
	LEFTARG = topk, RIGHTARG = topk, FUNCTION = topk_gt,
	COMMUTATOR = <, NEGATOR = <=,
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (topk, topk) IS 'after, in the order of the bytes';

CREATE OPERATOR >= (
	LEFTARG = topk, RIGHTARG = topk, FUNCTION = topk_ge,
	COMMUTATOR = <=, NEGATOR = <,
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (topk, topk) IS
	'after or equal, in the order of the bytes';

CREATE OPERATOR CLASS topk_ops DEFAULT FOR TYPE topk USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 topk_cmp(topk, topk);
COMMENT ON OPERATOR CLASS topk_ops USING btree IS
	'order of the bytes, for sorting and grouping';

CREATE OPERATOR CLASS topk_ops DEFAULT FOR TYPE topk USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 topk_hash(topk),
	FUNCTION 2 topk_hash_extended(topk, bigint);
COMMENT ON OPERATOR CLASS topk_ops USING hash IS
	'equality of sketches, for hash joins and grouping';
