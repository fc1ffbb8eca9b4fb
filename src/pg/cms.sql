-- cms: frequencies. See doc/reference.md for use, doc/format.md for the bytes.

--@ type cms thing=sketch parameters=design statebytes=131072 framebytes=1048576 arg=s groupbytes=4096

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

-- A weight is a bigint. Smaller integers, and the numeric that sum(bigint) gives,
-- become a float8, the preferred type of numbers, which must be a whole number; with
-- a form for numeric instead, integers would be ambiguous.

--@ each element

CREATE FUNCTION cms_add(s cms, x @element@) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION cms_add(cms, @element@) IS 'sketch with one value added';

CREATE FUNCTION cms_add(s cms, x @element@, weight bigint) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION cms_add(cms, @element@, bigint) IS
	'sketch with one value added weight times';

CREATE FUNCTION cms_add(s cms, x @element@, weight float8) RETURNS cms
	AS 'MODULE_PATHNAME', 'cms_add_float8'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION cms_add(cms, @element@, float8) IS
	'sketch with one value added weight times';

--@ end

-- Without operators for text, || with a text would be ambiguous.
CREATE FUNCTION cms_add_text(s cms, x text) RETURNS cms
	AS 'MODULE_PATHNAME', 'cms_add'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION cms_add_text(cms, text) IS 'implementation of || operator';

-- No arrays in front of ||: s || of sketches appends to them.
CREATE FUNCTION cms_add_rev(x sketch_hash, s cms) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION cms_add_rev(sketch_hash, cms) IS
	'implementation of || operator';

CREATE FUNCTION cms_add_rev(x anynonarray, s cms) RETURNS cms
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION cms_add_rev(anynonarray, cms) IS
	'implementation of || operator';

CREATE FUNCTION cms_add_text_rev(x text, s cms) RETURNS cms
	AS 'MODULE_PATHNAME', 'cms_add_rev'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION cms_add_text_rev(text, cms) IS
	'implementation of || operator';

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

CREATE OPERATOR || (
	LEFTARG = sketch_hash, RIGHTARG = cms, FUNCTION = cms_add_rev,
	COMMUTATOR = ||
);
COMMENT ON OPERATOR || (sketch_hash, cms) IS 'add a value';

CREATE OPERATOR || (
	LEFTARG = anynonarray, RIGHTARG = cms, FUNCTION = cms_add_rev
);
COMMENT ON OPERATOR || (anynonarray, cms) IS 'add a value';

CREATE OPERATOR || (
	LEFTARG = text, RIGHTARG = cms, FUNCTION = cms_add_text_rev,
	COMMUTATOR = ||
);
COMMENT ON OPERATOR || (text, cms) IS 'add a value';

-- Queries. The forms for text are for literals and parameters without a type,
-- which are read as values of the kind that was added. That can depend on
-- settings, such as TimeZone.

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

CREATE FUNCTION cms_frequency(s cms, x text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'cms_frequency_text'
	LANGUAGE C STABLE STRICT PARALLEL SAFE COST 5;
COMMENT ON FUNCTION cms_frequency(cms, text) IS
	'frequency of a value, never too low';

CREATE FUNCTION cms_frequency_bounds(
	s cms,
	x text,
	confidence float8 DEFAULT 0.95,
	OUT estimate bigint,
	OUT lower bigint,
	OUT upper bigint)
	AS 'MODULE_PATHNAME', 'cms_frequency_bounds_text'
	LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION cms_frequency_bounds(cms, text, float8) IS
	'estimated frequency of a value, and its confidence interval';

CREATE FUNCTION cms_inner_product(a cms, b cms) RETURNS float8
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 5000;
COMMENT ON FUNCTION cms_inner_product(cms, cms) IS
	'sum of products of frequencies: the number of rows of a join';

CREATE FUNCTION cms_total(s cms) RETURNS bigint
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION cms_total(cms) IS 'sum of all weights, exact';

CREATE FUNCTION cms_epsilon(s cms) RETURNS float8
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION cms_epsilon(cms) IS
	'error as a fraction of the total that the sketch was made for';

CREATE FUNCTION cms_delta(s cms) RETURNS float8
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION cms_delta(cms) IS
	'probability of a larger error that the sketch was made for';

CREATE FUNCTION cms_error_bound(s cms) RETURNS float8
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
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
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 50;
COMMENT ON FUNCTION cms_info(cms) IS
	'design, total and size of a sketch';

-- Aggregates. The state is a cms value: a list that starts at 128 bytes and has
-- 33 kB for 1,000 values, then the counters, which take 109 kB. SSPACE is that of
-- a hundred values: with more, the executor would spill many small groups to disk
-- that have room. Aggregates with weights have names of their own, since a weight
-- could be taken for an epsilon.

--@ each element

--@ transition cms_add_agg_trans(cms, @element@)
--@ transition cms_add_agg_trans(cms, @element@, float8)
--@ transition cms_add_agg_trans(cms, @element@, float8, float8)
--@ transition cms_add_weighted_agg_trans(cms, @element@, bigint)
--@ transition cms_add_weighted_agg_trans(cms, @element@, bigint, float8)
--@ transition cms_add_weighted_agg_trans(cms, @element@, bigint, float8, float8)
--@ transition cms_add_weighted_agg_trans(cms, @element@, float8) cms_add_weighted_agg_float8_trans
--@ transition cms_add_weighted_agg_trans(cms, @element@, float8, float8) cms_add_weighted_agg_float8_trans
--@ transition cms_add_weighted_agg_trans(cms, @element@, float8, float8, float8) cms_add_weighted_agg_float8_trans
--@ aggregate cms_add_agg(x @element@): sketch of the frequencies of the @values@
--@ aggregate cms_add_agg(x @element@, epsilon float8): sketch of the frequencies of the @values@, with this error
--@ aggregate cms_add_agg(x @element@, epsilon float8, delta float8): sketch of the frequencies of the @values@, with this error
--@ aggregate cms_add_weighted_agg(x @element@, weight bigint): sketch of the weights of the @values@
--@ aggregate cms_add_weighted_agg(x @element@, weight bigint, epsilon float8): sketch of the weights of the @values@, with this error
--@ aggregate cms_add_weighted_agg(x @element@, weight bigint, epsilon float8, delta float8): sketch of the weights of the @values@, with this error
--@ aggregate cms_add_weighted_agg(x @element@, weight float8): sketch of the weights of the @values@
--@ aggregate cms_add_weighted_agg(x @element@, weight float8, epsilon float8): sketch of the weights of the @values@, with this error
--@ aggregate cms_add_weighted_agg(x @element@, weight float8, epsilon float8, delta float8): sketch of the weights of the @values@, with this error

--@ end
