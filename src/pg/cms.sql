-- cms: frequencies. See doc/reference.md for use, doc/format.md for the bytes.

--@ type cms thing=sketch parameters=design statebytes=131072 framebytes=1048576

COMMENT ON TYPE cms IS 'mergeable sketch of frequencies, never too low';

-- Building. Adding skips NULL, so it is not strict.

CREATE FUNCTION cms_empty(
	epsilon float8 DEFAULT 0.001,
	delta float8 DEFAULT 0.01)
	RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION cms_empty(float8, float8) IS
	'empty sketch with error at most epsilon times the total, with probability 1 - delta';

--@ each element

CREATE FUNCTION cms_add(s cms, x @element@) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION cms_add(cms, @element@) IS 'sketch with one value added';

CREATE FUNCTION cms_add(s cms, x @element@, weight bigint) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION cms_add(cms, @element@, bigint) IS
	'sketch with one value added weight times';

--@ end

-- Without an operator for text, || with an untyped literal would be ambiguous.
CREATE FUNCTION cms_add_text(s cms, x text) RETURNS cms
	AS 'MODULE_PATHNAME', 'cms_add'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION cms_add_text(cms, text) IS 'implementation of || operator';

--@ each element

CREATE OPERATOR || (
	LEFTARG = cms, RIGHTARG = @element@, FUNCTION = cms_add
);
COMMENT ON OPERATOR || (cms, @element@) IS 'add a value';

--@ end

CREATE OPERATOR || (
	LEFTARG = cms, RIGHTARG = text, FUNCTION = cms_add_text
);
COMMENT ON OPERATOR || (cms, text) IS 'add a value';

-- Queries

--@ each element

CREATE FUNCTION cms_frequency(s cms, x @element@) RETURNS bigint
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION cms_frequency(cms, @element@) IS
	'frequency of a value, never too low';

CREATE FUNCTION cms_frequency_bounds(
	s cms,
	x @element@,
	confidence float8 DEFAULT 0.95,
	OUT estimate bigint,
	OUT lower bigint,
	OUT upper bigint)
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION cms_frequency_bounds(cms, @element@, float8) IS
	'estimated frequency of a value, and its confidence interval';

--@ end

CREATE FUNCTION cms_inner_product(a cms, b cms) RETURNS float8
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION cms_inner_product(cms, cms) IS
	'sum of products of frequencies: the number of rows of a join';

CREATE FUNCTION cms_total(s cms) RETURNS bigint
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cms_total(cms) IS 'sum of all weights, exact';

CREATE FUNCTION cms_error_bound(s cms) RETURNS float8
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cms_error_bound(cms) IS
	'bound that the excess of a frequency exceeds with probability at most delta';

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
	'design, total and size of a sketch';

-- Aggregates. The state is a cms value: a list that starts at 128 bytes, then
-- the counters. Those with weights have a name of their own, since a weight
-- could be taken for an epsilon.

--@ each element

CREATE FUNCTION cms_add_agg_trans(cms, @element@) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cms_add_agg_trans(cms, @element@) IS
	'aggregate transition function';

CREATE FUNCTION cms_add_agg_trans(cms, @element@, float8) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cms_add_agg_trans(cms, @element@, float8) IS
	'aggregate transition function';

CREATE FUNCTION cms_add_agg_trans(cms, @element@, float8, float8) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cms_add_agg_trans(cms, @element@, float8, float8) IS
	'aggregate transition function';

CREATE FUNCTION cms_add_weighted_agg_trans(cms, @element@, bigint) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cms_add_weighted_agg_trans(cms, @element@, bigint) IS
	'aggregate transition function';

CREATE FUNCTION cms_add_weighted_agg_trans(cms, @element@, bigint, float8)
	RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cms_add_weighted_agg_trans(cms, @element@, bigint, float8) IS
	'aggregate transition function';

CREATE FUNCTION cms_add_weighted_agg_trans(cms, @element@, bigint, float8, float8)
	RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1;
COMMENT ON FUNCTION cms_add_weighted_agg_trans(cms, @element@, bigint, float8, float8) IS
	'aggregate transition function';

CREATE AGGREGATE cms_add_agg(x @element@) (
	SFUNC = cms_add_agg_trans, STYPE = cms, SSPACE = 4096,
	FINALFUNC = cms_agg_final, COMBINEFUNC = cms_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cms_add_agg(@element@) IS
	'sketch of the frequencies of the @values@';

CREATE AGGREGATE cms_add_agg(x @element@, epsilon float8) (
	SFUNC = cms_add_agg_trans, STYPE = cms, SSPACE = 4096,
	FINALFUNC = cms_agg_final, COMBINEFUNC = cms_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cms_add_agg(@element@, float8) IS
	'sketch of the frequencies of the @values@, with this error';

CREATE AGGREGATE cms_add_agg(x @element@, epsilon float8, delta float8) (
	SFUNC = cms_add_agg_trans, STYPE = cms, SSPACE = 4096,
	FINALFUNC = cms_agg_final, COMBINEFUNC = cms_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cms_add_agg(@element@, float8, float8) IS
	'sketch of the frequencies of the @values@, with this error';

CREATE AGGREGATE cms_add_weighted_agg(x @element@, weight bigint) (
	SFUNC = cms_add_weighted_agg_trans, STYPE = cms, SSPACE = 4096,
	FINALFUNC = cms_agg_final, COMBINEFUNC = cms_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cms_add_weighted_agg(@element@, bigint) IS
	'sketch of the weights of the @values@';

CREATE AGGREGATE cms_add_weighted_agg(x @element@, weight bigint, epsilon float8) (
	SFUNC = cms_add_weighted_agg_trans, STYPE = cms, SSPACE = 4096,
	FINALFUNC = cms_agg_final, COMBINEFUNC = cms_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cms_add_weighted_agg(@element@, bigint, float8) IS
	'sketch of the weights of the @values@, with this error';

CREATE AGGREGATE cms_add_weighted_agg(x @element@, weight bigint, epsilon float8, delta float8) (
	SFUNC = cms_add_weighted_agg_trans, STYPE = cms, SSPACE = 4096,
	FINALFUNC = cms_agg_final, COMBINEFUNC = cms_add_agg_combine,
	PARALLEL = SAFE
);
COMMENT ON AGGREGATE cms_add_weighted_agg(@element@, bigint, float8, float8) IS
	'sketch of the weights of the @values@, with this error';

--@ end
