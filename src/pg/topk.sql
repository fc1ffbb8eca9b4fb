-- topk: heavy hitters. See doc/reference.md for use, doc/format.md for the bytes.

--@ type topk thing=sketch parameters=design storage=extended statebytes=20480 framebytes=262144 arg=s groupbytes=8192

COMMENT ON TYPE topk IS 'mergeable sketch of the most frequent items';

-- Building. Adding skips NULL, so it is not strict. Texts of values of other types
-- can depend on settings, so what takes them is stable. Weights are as those of cms.

CREATE FUNCTION topk_empty(k integer DEFAULT 100) RETURNS topk
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION topk_empty(integer) IS
	'empty sketch that keeps k items';

--@ each item
CREATE FUNCTION topk_add(s topk, item @element@) RETURNS topk
	AS 'MODULE_PATHNAME'
	LANGUAGE C @volatility@ PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION topk_add(topk, @element@) IS 'sketch with one item added';

CREATE FUNCTION topk_add(s topk, item @element@, weight bigint) RETURNS topk
	AS 'MODULE_PATHNAME'
	LANGUAGE C @volatility@ PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION topk_add(topk, @element@, bigint) IS
	'sketch with one item added weight times';

CREATE FUNCTION topk_add(s topk, item @element@, weight float8) RETURNS topk
	AS 'MODULE_PATHNAME', 'topk_add_float8'
	LANGUAGE C @volatility@ PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION topk_add(topk, @element@, float8) IS
	'sketch with one item added weight times';

CREATE OPERATOR || (
	LEFTARG = topk, RIGHTARG = @element@, FUNCTION = topk_add
);
COMMENT ON OPERATOR || (topk, @element@) IS 'add an item';
--@ end

-- Queries

CREATE FUNCTION topk_items(
	s topk,
	n integer DEFAULT NULL,
	OUT item text,
	OUT estimate bigint,
	OUT lower bigint,
	OUT upper bigint,
	OUT certain boolean,
	OUT doubtful boolean)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 ROWS 100;
COMMENT ON FUNCTION topk_items(topk, integer) IS
	'the n most frequent items, with bounds';

CREATE FUNCTION topk_items(
	s topk,
	c cms,
	n integer DEFAULT NULL,
	OUT item text,
	OUT estimate bigint,
	OUT lower bigint,
	OUT upper bigint,
	OUT certain boolean,
	OUT doubtful boolean)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'topk_items_by_cms'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000 ROWS 100;
COMMENT ON FUNCTION topk_items(topk, cms, integer) IS
	'the n most frequent items, with bounds, and estimates by a cms value of the same items';

CREATE FUNCTION topk_certain(s topk, threshold bigint, OUT item text, OUT estimate bigint, OUT lower bigint, OUT upper bigint)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 20;
COMMENT ON FUNCTION topk_certain(topk, bigint) IS
	'items that certainly reach the threshold: no false positives';

CREATE FUNCTION topk_possible(s topk, threshold bigint, OUT item text, OUT estimate bigint, OUT lower bigint, OUT upper bigint)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100 ROWS 20;
COMMENT ON FUNCTION topk_possible(topk, bigint) IS
	'items that may reach the threshold: no false negatives';

CREATE FUNCTION topk_array(s topk, n integer DEFAULT NULL) RETURNS jsonb
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100;
COMMENT ON FUNCTION topk_array(topk, integer) IS
	'the n most frequent items, as an array of objects';

--@ each item
CREATE FUNCTION topk_frequency(
	s topk,
	item @element@,
	OUT estimate bigint,
	OUT lower bigint,
	OUT upper bigint)
	AS 'MODULE_PATHNAME'
	LANGUAGE C @volatility@ STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION topk_frequency(topk, @element@) IS
	'frequency of an item, with bounds';
--@ end

CREATE FUNCTION topk_k(s topk) RETURNS integer
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION topk_k(topk) IS 'number of items that are kept at most';

CREATE FUNCTION topk_total(s topk) RETURNS bigint
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION topk_total(topk) IS 'sum of all weights, exact';

CREATE FUNCTION topk_error_bound(s topk) RETURNS bigint
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION topk_error_bound(topk) IS
	'upper bound of the weight of an item that is not kept';

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
	'k, items, total and size of a sketch';

-- Aggregates. The state is a topk value, which starts at 128 bytes.

-- SSPACE is what 150 items of 12 bytes take: with more, the executor would spill
-- many small groups to disk that have room.

--@ each item
--@ transition topk_add_agg_trans(topk, @element@)
--@ transition topk_add_agg_trans(topk, @element@, integer)
--@ transition topk_add_weighted_agg_trans(topk, @element@, bigint)
--@ transition topk_add_weighted_agg_trans(topk, @element@, bigint, integer)
--@ transition topk_add_weighted_agg_trans(topk, @element@, float8) topk_add_weighted_agg_float8_trans
--@ transition topk_add_weighted_agg_trans(topk, @element@, float8, integer) topk_add_weighted_agg_float8_trans
--@ aggregate topk_add_agg(item @element@): sketch of the 100 most frequent @values@
--@ aggregate topk_add_agg(item @element@, k integer): sketch of the k most frequent @values@
--@ aggregate topk_add_weighted_agg(item @element@, weight bigint): sketch of the 100 @values@ with the largest weights
--@ aggregate topk_add_weighted_agg(item @element@, weight bigint, k integer): sketch of the k @values@ with the largest weights
--@ aggregate topk_add_weighted_agg(item @element@, weight float8): sketch of the 100 @values@ with the largest weights
--@ aggregate topk_add_weighted_agg(item @element@, weight float8, k integer): sketch of the k @values@ with the largest weights
--@ end
