-- bloom: membership. See doc/reference.md for use, doc/format.md for the bytes.

--@ type bloom thing=filter parameters=design statebytes=65536 framebytes=1048576 arg=b groupbytes=4096

COMMENT ON TYPE bloom IS 'mergeable set membership filter, without false negatives';

-- Building and intersecting. Adding skips NULL, so it is not strict.

CREATE FUNCTION bloom_empty(expected_items bigint, fpr float8 DEFAULT 0.01)
	RETURNS bloom
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION bloom_empty(bigint, float8) IS
	'empty filter for this many distinct values at this false positive rate';

--@ each element

CREATE FUNCTION bloom_add(b bloom, x @element@) RETURNS bloom
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION bloom_add(bloom, @element@) IS
	'filter with one value added';

--@ end

-- Without an operator for text, || with an untyped literal would be ambiguous.
CREATE FUNCTION bloom_add_text(b bloom, x text) RETURNS bloom
	AS 'MODULE_PATHNAME', 'bloom_add'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION bloom_add_text(bloom, text) IS 'implementation of || operator';

CREATE FUNCTION bloom_intersect(a bloom, b bloom) RETURNS bloom
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION bloom_intersect(bloom, bloom) IS
	'filter that contains every value that both contain';

--@ each element

CREATE OPERATOR || (
	LEFTARG = bloom, RIGHTARG = @element@, FUNCTION = bloom_add
);
COMMENT ON OPERATOR || (bloom, @element@) IS 'add a value';

--@ end

CREATE OPERATOR || (
	LEFTARG = bloom, RIGHTARG = text, FUNCTION = bloom_add_text
);
COMMENT ON OPERATOR || (bloom, text) IS 'add a value';

-- The same with the arguments swapped.

-- Not for arrays, or a filter could not be appended to an array of filters.
CREATE FUNCTION bloom_add_rev(x sketch_hash, b bloom) RETURNS bloom
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION bloom_add_rev(sketch_hash, bloom) IS
	'implementation of || operator';

CREATE OPERATOR || (
	LEFTARG = sketch_hash, RIGHTARG = bloom, FUNCTION = bloom_add_rev
);
COMMENT ON OPERATOR || (sketch_hash, bloom) IS 'add a value';

CREATE FUNCTION bloom_add_rev(x anynonarray, b bloom) RETURNS bloom
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION bloom_add_rev(anynonarray, bloom) IS
	'implementation of || operator';

CREATE OPERATOR || (
	LEFTARG = anynonarray, RIGHTARG = bloom, FUNCTION = bloom_add_rev
);
COMMENT ON OPERATOR || (anynonarray, bloom) IS 'add a value';

CREATE FUNCTION bloom_add_text_rev(x text, b bloom) RETURNS bloom
	AS 'MODULE_PATHNAME', 'bloom_add_rev'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200;
COMMENT ON FUNCTION bloom_add_text_rev(text, bloom) IS
	'implementation of || operator';

CREATE OPERATOR || (
	LEFTARG = text, RIGHTARG = bloom, FUNCTION = bloom_add_text_rev
);
COMMENT ON OPERATOR || (text, bloom) IS 'add a value';

CREATE FUNCTION bloom_add_array(b bloom, xs anyarray) RETURNS bloom
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 500;
COMMENT ON FUNCTION bloom_add_array(bloom, anyarray) IS
	'filter with every element of an array added';

CREATE OPERATOR & (
	LEFTARG = bloom, RIGHTARG = bloom, FUNCTION = bloom_intersect, COMMUTATOR = &
);
COMMENT ON OPERATOR & (bloom, bloom) IS 'intersection';

-- Queries

CREATE FUNCTION bloom_contains_sel(internal, oid, internal, integer)
	RETURNS float8
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION bloom_contains_sel(internal, oid, internal, integer) IS
	'restriction selectivity of @>';

CREATE FUNCTION bloom_contained_by_sel(internal, oid, internal, integer)
	RETURNS float8
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION bloom_contained_by_sel(internal, oid, internal, integer) IS
	'restriction selectivity of <@';

CREATE FUNCTION bloom_contains_join_sel(internal, oid, internal, smallint, internal)
	RETURNS float8
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION bloom_contains_join_sel(internal, oid, internal, smallint, internal) IS
	'join selectivity of @> and <@';

--@ each element

CREATE FUNCTION bloom_contains(b bloom, x @element@) RETURNS boolean
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION bloom_contains(bloom, @element@) IS
	'whether a value was added, apart from false positives';

CREATE FUNCTION bloom_contained_by(x @element@, b bloom) RETURNS boolean
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION bloom_contained_by(@element@, bloom) IS
	'whether a value was added, apart from false positives';

CREATE OPERATOR @> (
	LEFTARG = bloom, RIGHTARG = @element@, FUNCTION = bloom_contains,
	COMMUTATOR = <@,
	RESTRICT = bloom_contains_sel, JOIN = bloom_contains_join_sel
);
COMMENT ON OPERATOR @> (bloom, @element@) IS 'contains';

CREATE OPERATOR <@ (
	LEFTARG = @element@, RIGHTARG = bloom, FUNCTION = bloom_contained_by,
	COMMUTATOR = @>,
	RESTRICT = bloom_contained_by_sel, JOIN = bloom_contains_join_sel
);
COMMENT ON OPERATOR <@ (@element@, bloom) IS 'is contained by';

--@ end

-- Untyped literals and parameters are taken for text. It is read as a value of the
-- kind that the filter has, which may depend on the settings of the session.

CREATE FUNCTION bloom_contains(b bloom, x text) RETURNS boolean
	AS 'MODULE_PATHNAME', 'bloom_contains_text'
	LANGUAGE C STABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION bloom_contains(bloom, text) IS
	'whether a value that is written as text was added, apart from false positives';

CREATE FUNCTION bloom_contained_by(x text, b bloom) RETURNS boolean
	AS 'MODULE_PATHNAME', 'bloom_contained_by_text'
	LANGUAGE C STABLE STRICT PARALLEL SAFE COST 2;
COMMENT ON FUNCTION bloom_contained_by(text, bloom) IS
	'whether a value that is written as text was added, apart from false positives';

CREATE OPERATOR @> (
	LEFTARG = bloom, RIGHTARG = text, FUNCTION = bloom_contains,
	COMMUTATOR = <@,
	RESTRICT = bloom_contains_sel, JOIN = bloom_contains_join_sel
);
COMMENT ON OPERATOR @> (bloom, text) IS 'contains a value that is written as text';

CREATE OPERATOR <@ (
	LEFTARG = text, RIGHTARG = bloom, FUNCTION = bloom_contained_by,
	COMMUTATOR = @>,
	RESTRICT = bloom_contained_by_sel, JOIN = bloom_contains_join_sel
);
COMMENT ON OPERATOR <@ (text, bloom) IS 'a value that is written as text is contained by';

CREATE FUNCTION bloom_expected_items(b bloom) RETURNS bigint
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION bloom_expected_items(bloom) IS
	'number of distinct values that a filter was made for';

CREATE FUNCTION bloom_fpr(b bloom) RETURNS float8
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION bloom_fpr(bloom) IS
	'false positive rate that a filter was made for';

CREATE FUNCTION bloom_cardinality(b bloom) RETURNS float8
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION bloom_cardinality(bloom) IS
	'estimated number of distinct values';

CREATE FUNCTION bloom_false_positive_rate(b bloom) RETURNS float8
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION bloom_false_positive_rate(bloom) IS
	'current probability that a value that was never added matches';

CREATE FUNCTION bloom_intersection_cardinality(a bloom, b bloom) RETURNS float8
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION bloom_intersection_cardinality(bloom, bloom) IS
	'estimated number of distinct values in both';

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
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION bloom_info(bloom) IS
	'design, bits set, false positive rates and size of a filter';

-- Aggregates. The state is a bloom value: a list that starts at 64 bytes, then
-- the blocks of the design. SSPACE is a list of a few hundred values: the executor
-- takes it for the size of every group, and would spill groups of fewer.

--@ each element

--@ transition bloom_add_agg_trans(bloom, @element@)
--@ transition bloom_add_agg_trans(bloom, @element@, bigint) bloom_add_agg_trans_sized
--@ transition bloom_add_agg_trans(bloom, @element@, bigint, float8) bloom_add_agg_trans_sized

--@ end

CREATE FUNCTION bloom_intersect_agg_trans(bloom, bloom) RETURNS bloom
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 200;
COMMENT ON FUNCTION bloom_intersect_agg_trans(bloom, bloom) IS
	'aggregate transition and combine function';

--@ each element

--@ aggregate bloom_add_agg(x @element@): filter of the @values@, sized for them at 1% false positives
--@ aggregate bloom_add_agg(x @element@, expected_items bigint): filter of the @values@, for this many distinct ones at 1% false positives
--@ aggregate bloom_add_agg(x @element@, expected_items bigint, fpr float8): filter of the @values@, for this many distinct ones at this false positive rate

--@ end

CREATE AGGREGATE bloom_intersect_agg(b bloom) (
	SFUNC = bloom_intersect_agg_trans, STYPE = bloom, SSPACE = 65536,
	FINALFUNC = bloom_agg_final, COMBINEFUNC = bloom_intersect_agg_trans,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE bloom_intersect_agg(bloom) IS
	'filter that contains every value that all filters contain';
