-- bloom: membership. See README.md for use, doc/format.md for the bytes.

CREATE TYPE bloom;

CREATE FUNCTION bloom_in(cstring) RETURNS bloom
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION bloom_in(cstring) IS 'I/O';

CREATE FUNCTION bloom_out(bloom) RETURNS cstring
	AS 'MODULE_PATHNAME', 'sketch_out'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION bloom_out(bloom) IS 'I/O';

CREATE FUNCTION bloom_recv(internal) RETURNS bloom
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION bloom_recv(internal) IS 'I/O';

CREATE FUNCTION bloom_send(bloom) RETURNS bytea
	AS 'MODULE_PATHNAME', 'sketch_send'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION bloom_send(bloom) IS 'I/O';

CREATE TYPE bloom (
	INPUT = bloom_in,
	OUTPUT = bloom_out,
	RECEIVE = bloom_recv,
	SEND = bloom_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = int4,
	STORAGE = external
);
COMMENT ON TYPE bloom IS 'mergeable filter that tells whether a value was added';

-- Casts

CREATE FUNCTION bloom_to_bytea(b bloom) RETURNS bytea
	AS 'MODULE_PATHNAME', 'sketch_to_bytea'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION bloom_to_bytea(bloom) IS 'the packed bytes of a filter';
CREATE CAST (bloom AS bytea) WITH FUNCTION bloom_to_bytea(bloom);
COMMENT ON CAST (bloom AS bytea) IS 'the packed bytes of a filter';

CREATE FUNCTION bloom_from_bytea(bytes bytea) RETURNS bloom
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION bloom_from_bytea(bytea) IS
	'the filter that packed bytes describe';
CREATE CAST (bytea AS bloom) WITH FUNCTION bloom_from_bytea(bytea);
COMMENT ON CAST (bytea AS bloom) IS 'the filter that packed bytes describe';

-- Building and merging. Where a value or filter is added, NULL is skipped, so
-- those functions are not strict.

CREATE FUNCTION bloom_empty(expected_items bigint, fpr float8 DEFAULT 0.01)
	RETURNS bloom
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION bloom_empty(bigint, float8) IS
	'filter without values, made for so many distinct ones at this rate of false positives';

CREATE FUNCTION bloom_add(b bloom, x sketch_hash) RETURNS bloom
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION bloom_add(bloom, sketch_hash) IS
	'filter with one value added';

CREATE FUNCTION bloom_add(b bloom, x anyelement) RETURNS bloom
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION bloom_add(bloom, anyelement) IS
	'filter with one value added';

-- Without a form for text of its own, `||` would not be told from that of text.
CREATE FUNCTION bloom_add_text(b bloom, x text) RETURNS bloom
	AS 'MODULE_PATHNAME', 'bloom_add'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION bloom_add_text(bloom, text) IS 'implementation of || operator';

CREATE FUNCTION bloom_union(a bloom, b bloom) RETURNS bloom
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION bloom_union(bloom, bloom) IS
	'filter of the values of both';

CREATE FUNCTION bloom_intersect(a bloom, b bloom) RETURNS bloom
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION bloom_intersect(bloom, bloom) IS
	'filter that has every value which both have';

CREATE OPERATOR || (
	LEFTARG = bloom, RIGHTARG = sketch_hash, FUNCTION = bloom_add
);
COMMENT ON OPERATOR || (bloom, sketch_hash) IS 'add a value';

CREATE OPERATOR || (
	LEFTARG = bloom, RIGHTARG = anyelement, FUNCTION = bloom_add
);
COMMENT ON OPERATOR || (bloom, anyelement) IS 'add a value';

CREATE OPERATOR || (
	LEFTARG = bloom, RIGHTARG = text, FUNCTION = bloom_add_text
);
COMMENT ON OPERATOR || (bloom, text) IS 'add a value';

CREATE OPERATOR || (
	LEFTARG = bloom, RIGHTARG = bloom, FUNCTION = bloom_union, COMMUTATOR = ||
);
COMMENT ON OPERATOR || (bloom, bloom) IS 'union';

CREATE OPERATOR & (
	LEFTARG = bloom, RIGHTARG = bloom, FUNCTION = bloom_intersect, COMMUTATOR = &
);
COMMENT ON OPERATOR & (bloom, bloom) IS 'intersection';

-- Asking

CREATE FUNCTION bloom_contains(b bloom, x sketch_hash) RETURNS boolean
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION bloom_contains(bloom, sketch_hash) IS
	'whether a value was added, or is a false positive';

CREATE FUNCTION bloom_contains(b bloom, x anyelement) RETURNS boolean
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION bloom_contains(bloom, anyelement) IS
	'whether a value was added, or is a false positive';

CREATE FUNCTION bloom_contained_by(x sketch_hash, b bloom) RETURNS boolean
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION bloom_contained_by(sketch_hash, bloom) IS
	'whether a value was added, or is a false positive';

CREATE FUNCTION bloom_contained_by(x anyelement, b bloom) RETURNS boolean
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION bloom_contained_by(anyelement, bloom) IS
	'whether a value was added, or is a false positive';

CREATE OPERATOR @> (
	LEFTARG = bloom, RIGHTARG = sketch_hash, FUNCTION = bloom_contains,
	COMMUTATOR = <@
);
COMMENT ON OPERATOR @> (bloom, sketch_hash) IS 'contains';

CREATE OPERATOR <@ (
	LEFTARG = sketch_hash, RIGHTARG = bloom, FUNCTION = bloom_contained_by,
	COMMUTATOR = @>
);
COMMENT ON OPERATOR <@ (sketch_hash, bloom) IS 'is contained by';

CREATE OPERATOR @> (
	LEFTARG = bloom, RIGHTARG = anyelement, FUNCTION = bloom_contains,
	COMMUTATOR = <@
);
COMMENT ON OPERATOR @> (bloom, anyelement) IS 'contains';

CREATE OPERATOR <@ (
	LEFTARG = anyelement, RIGHTARG = bloom, FUNCTION = bloom_contained_by,
	COMMUTATOR = @>
);
COMMENT ON OPERATOR <@ (anyelement, bloom) IS 'is contained by';

-- Reading

CREATE FUNCTION bloom_cardinality(b bloom) RETURNS float8
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION bloom_cardinality(bloom) IS
	'estimated number of distinct values';

CREATE FUNCTION bloom_false_positive_rate(b bloom) RETURNS float8
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION bloom_false_positive_rate(bloom) IS
	'probability that a value which was not added is affirmed, as things stand';

CREATE FUNCTION bloom_intersection_cardinality(a bloom, b bloom) RETURNS float8
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION bloom_intersection_cardinality(bloom, bloom) IS
	'estimated number of distinct values that are in both';

CREATE FUNCTION bloom_is_empty(b bloom) RETURNS boolean
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION bloom_is_empty(bloom) IS
	'whether there is no value in the filter';

CREATE FUNCTION bloom_info(
	b bloom,
	OUT format_version integer,
	OUT representation text,
	OUT expected_items bigint,
	OUT blocks bigint,
	OUT bits bigint,
	OUT hashes integer,
	OUT bits_set bigint,
	OUT designed_false_positive_rate float8,
	OUT false_positive_rate float8,
	OUT bytes integer)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 500;
COMMENT ON FUNCTION bloom_info(bloom) IS
	'how a filter is made: design, bits set, rates of false positives, bytes';

-- Aggregates. The state is a bloom value: a list that starts at 64 bytes, then
-- the blocks of the design.

CREATE FUNCTION bloom_add_agg_trans(bloom, sketch_hash) RETURNS bloom
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION bloom_add_agg_trans(bloom, sketch_hash) IS
	'aggregate transition function';

CREATE FUNCTION bloom_add_agg_trans(bloom, sketch_hash, bigint) RETURNS bloom
	AS 'MODULE_PATHNAME', 'bloom_add_agg_trans_sized'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION bloom_add_agg_trans(bloom, sketch_hash, bigint) IS
	'aggregate transition function';

CREATE FUNCTION bloom_add_agg_trans(bloom, sketch_hash, bigint, float8)
	RETURNS bloom
	AS 'MODULE_PATHNAME', 'bloom_add_agg_trans_sized'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION bloom_add_agg_trans(bloom, sketch_hash, bigint, float8) IS
	'aggregate transition function';

CREATE FUNCTION bloom_add_agg_trans(bloom, anyelement) RETURNS bloom
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION bloom_add_agg_trans(bloom, anyelement) IS
	'aggregate transition function';

CREATE FUNCTION bloom_add_agg_trans(bloom, anyelement, bigint) RETURNS bloom
	AS 'MODULE_PATHNAME', 'bloom_add_agg_trans_sized'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION bloom_add_agg_trans(bloom, anyelement, bigint) IS
	'aggregate transition function';

CREATE FUNCTION bloom_add_agg_trans(bloom, anyelement, bigint, float8)
	RETURNS bloom
	AS 'MODULE_PATHNAME', 'bloom_add_agg_trans_sized'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION bloom_add_agg_trans(bloom, anyelement, bigint, float8) IS
	'aggregate transition function';

CREATE FUNCTION bloom_add_agg_combine(bloom, bloom) RETURNS bloom
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION bloom_add_agg_combine(bloom, bloom) IS
	'aggregate combine function';

CREATE FUNCTION bloom_union_agg_trans(bloom, bloom) RETURNS bloom
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION bloom_union_agg_trans(bloom, bloom) IS
	'aggregate transition function';

CREATE FUNCTION bloom_intersect_agg_trans(bloom, bloom) RETURNS bloom
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION bloom_intersect_agg_trans(bloom, bloom) IS
	'aggregate transition and combine function';

CREATE FUNCTION bloom_agg_final(bloom) RETURNS bloom
	AS 'MODULE_PATHNAME', 'sketch_agg_final'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 500;
COMMENT ON FUNCTION bloom_agg_final(bloom) IS 'aggregate final function';

CREATE AGGREGATE bloom_add_agg(x sketch_hash) (
	SFUNC = bloom_add_agg_trans, STYPE = bloom, SSPACE = 1024,
	FINALFUNC = bloom_agg_final, COMBINEFUNC = bloom_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE bloom_add_agg(sketch_hash) IS
	'filter of the values with these hashes, of the size that they need at 1 %';

CREATE AGGREGATE bloom_add_agg(x sketch_hash, expected_items bigint) (
	SFUNC = bloom_add_agg_trans, STYPE = bloom, SSPACE = 1024,
	FINALFUNC = bloom_agg_final, COMBINEFUNC = bloom_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE bloom_add_agg(sketch_hash, bigint) IS
	'filter of the values with these hashes, made for so many distinct ones at 1 %';

CREATE AGGREGATE bloom_add_agg(x sketch_hash, expected_items bigint, fpr float8) (
	SFUNC = bloom_add_agg_trans, STYPE = bloom, SSPACE = 1024,
	FINALFUNC = bloom_agg_final, COMBINEFUNC = bloom_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE bloom_add_agg(sketch_hash, bigint, float8) IS
	'filter of the values with these hashes, made for so many distinct ones at this rate of false positives';

CREATE AGGREGATE bloom_add_agg(x anyelement) (
	SFUNC = bloom_add_agg_trans, STYPE = bloom, SSPACE = 1024,
	FINALFUNC = bloom_agg_final, COMBINEFUNC = bloom_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE bloom_add_agg(anyelement) IS
	'filter of the values, of the size that they need at 1 %';

CREATE AGGREGATE bloom_add_agg(x anyelement, expected_items bigint) (
	SFUNC = bloom_add_agg_trans, STYPE = bloom, SSPACE = 1024,
	FINALFUNC = bloom_agg_final, COMBINEFUNC = bloom_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE bloom_add_agg(anyelement, bigint) IS
	'filter of the values, made for so many distinct ones at 1 %';

CREATE AGGREGATE bloom_add_agg(x anyelement, expected_items bigint, fpr float8) (
	SFUNC = bloom_add_agg_trans, STYPE = bloom, SSPACE = 1024,
	FINALFUNC = bloom_agg_final, COMBINEFUNC = bloom_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE bloom_add_agg(anyelement, bigint, float8) IS
	'filter of the values, made for so many distinct ones at this rate of false positives';

-- The next three are for window frames that move: src/pg/window.c.

CREATE FUNCTION bloom_union_agg_mtrans(internal, bloom) RETURNS internal
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION bloom_union_agg_mtrans(internal, bloom) IS
	'aggregate transition function';

CREATE FUNCTION bloom_union_agg_minv(internal, bloom) RETURNS internal
	AS 'MODULE_PATHNAME', 'sketch_union_agg_minv'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION bloom_union_agg_minv(internal, bloom) IS
	'aggregate inverse transition function';

CREATE FUNCTION bloom_union_agg_mfinal(internal) RETURNS bloom
	AS 'MODULE_PATHNAME', 'sketch_union_agg_mfinal'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION bloom_union_agg_mfinal(internal) IS
	'aggregate final function';

CREATE AGGREGATE bloom_union_agg(b bloom) (
	SFUNC = bloom_union_agg_trans, STYPE = bloom, SSPACE = 65536,
	FINALFUNC = bloom_agg_final, COMBINEFUNC = bloom_union_agg_trans,
	MSFUNC = bloom_union_agg_mtrans, MINVFUNC = bloom_union_agg_minv,
	MSTYPE = internal, MSSPACE = 1048576,
	MFINALFUNC = bloom_union_agg_mfinal,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE bloom_union_agg(bloom) IS
	'filter of the values of all filters';

CREATE AGGREGATE bloom_intersect_agg(b bloom) (
	SFUNC = bloom_intersect_agg_trans, STYPE = bloom, SSPACE = 65536,
	FINALFUNC = bloom_agg_final, COMBINEFUNC = bloom_intersect_agg_trans,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE bloom_intersect_agg(bloom) IS
	'filter that has every value which all filters have';

-- Comparison

CREATE FUNCTION bloom_eq(bloom, bloom) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sketch_eq'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION bloom_eq(bloom, bloom) IS 'implementation of = operator';

CREATE FUNCTION bloom_ne(bloom, bloom) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sketch_ne'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION bloom_ne(bloom, bloom) IS 'implementation of <> operator';

CREATE FUNCTION bloom_lt(bloom, bloom) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sketch_lt'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION bloom_lt(bloom, bloom) IS 'implementation of < operator';

CREATE FUNCTION bloom_le(bloom, bloom) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sketch_le'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION bloom_le(bloom, bloom) IS 'implementation of <= operator';

CREATE FUNCTION bloom_gt(bloom, bloom) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sketch_gt'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION bloom_gt(bloom, bloom) IS 'implementation of > operator';

CREATE FUNCTION bloom_ge(bloom, bloom) RETURNS boolean
	AS 'MODULE_PATHNAME', 'sketch_ge'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION bloom_ge(bloom, bloom) IS 'implementation of >= operator';

CREATE FUNCTION bloom_cmp(bloom, bloom) RETURNS integer
	AS 'MODULE_PATHNAME', 'sketch_cmp'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION bloom_cmp(bloom, bloom) IS 'less-equal-greater for btree';

CREATE FUNCTION bloom_hash(bloom) RETURNS integer
	AS 'MODULE_PATHNAME', 'sketch_own_hash'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION bloom_hash(bloom) IS 'hash of the filter itself';

CREATE FUNCTION bloom_hash_extended(bloom, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'sketch_own_hash_extended'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION bloom_hash_extended(bloom, bigint) IS
	'hash of the filter itself, with a seed';

CREATE OPERATOR = (
	LEFTARG = bloom, RIGHTARG = bloom, FUNCTION = bloom_eq,
	COMMUTATOR = =, NEGATOR = <>,
	RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR = (bloom, bloom) IS 'same design and content';

CREATE OPERATOR <> (
	LEFTARG = bloom, RIGHTARG = bloom, FUNCTION = bloom_ne,
	COMMUTATOR = <>, NEGATOR = =,
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (bloom, bloom) IS 'different design or content';

CREATE OPERATOR < (
	LEFTARG = bloom, RIGHTARG = bloom, FUNCTION = bloom_lt,
	COMMUTATOR = >, NEGATOR = >=,
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (bloom, bloom) IS 'before, in the order of the bytes';

CREATE OPERATOR <= (
	LEFTARG = bloom, RIGHTARG = bloom, FUNCTION = bloom_le,
	COMMUTATOR = >=, NEGATOR = >,
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (bloom, bloom) IS
	'before or equal, in the order of the bytes';

CREATE OPERATOR > (
	LEFTARG = bloom, RIGHTARG = bloom, FUNCTION = bloom_gt,
	COMMUTATOR = <, NEGATOR = <=,
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (bloom, bloom) IS 'after, in the order of the bytes';

CREATE OPERATOR >= (
	LEFTARG = bloom, RIGHTARG = bloom, FUNCTION = bloom_ge,
	COMMUTATOR = <=, NEGATOR = <,
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (bloom, bloom) IS
	'after or equal, in the order of the bytes';

CREATE OPERATOR CLASS bloom_ops DEFAULT FOR TYPE bloom USING btree AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
	FUNCTION 1 bloom_cmp(bloom, bloom);
COMMENT ON OPERATOR CLASS bloom_ops USING btree IS
	'order of the bytes, for sorting and grouping';

CREATE OPERATOR CLASS bloom_ops DEFAULT FOR TYPE bloom USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 bloom_hash(bloom),
	FUNCTION 2 bloom_hash_extended(bloom, bigint);
COMMENT ON OPERATOR CLASS bloom_ops USING hash IS
	'equality of filters, for hash joins and grouping';
