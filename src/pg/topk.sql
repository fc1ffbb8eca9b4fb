-- topk: heavy hitters. See doc/reference.md for use, doc/format.md for the bytes.

--@ type topk thing=sketch parameters=design statebytes=16384 framebytes=262144

COMMENT ON TYPE topk IS 'mergeable sketch of the most frequent items';

-- Building. Adding skips NULL, so it is not strict.

CREATE FUNCTION topk_empty(k integer DEFAULT 100) RETURNS topk
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION topk_empty(integer) IS
	'empty sketch that keeps k items';

CREATE FUNCTION topk_add(s topk, item text) RETURNS topk
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION topk_add(topk, text) IS 'sketch with one item added';

CREATE FUNCTION topk_add(s topk, item text, weight bigint) RETURNS topk
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION topk_add(topk, text, bigint) IS
	'sketch with one item added weight times';

CREATE OPERATOR || (
	LEFTARG = topk, RIGHTARG = text, FUNCTION = topk_add
);
COMMENT ON OPERATOR || (topk, text) IS 'add an item';

-- Queries

CREATE FUNCTION topk_items(s topk, n integer DEFAULT NULL, OUT item text, OUT estimate bigint, OUT lower bigint, OUT upper bigint)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100 ROWS 100;
COMMENT ON FUNCTION topk_items(topk, integer) IS
	'the n most frequent items, with bounds';

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

CREATE FUNCTION topk_frequency(
	s topk,
	item text,
	OUT estimate bigint,
	OUT lower bigint,
	OUT upper bigint)
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100;
COMMENT ON FUNCTION topk_frequency(topk, text) IS
	'frequency of an item, with bounds';

CREATE FUNCTION topk_total(s topk) RETURNS bigint
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
COMMENT ON FUNCTION topk_total(topk) IS 'sum of all weights, exact';

CREATE FUNCTION topk_error_bound(s topk) RETURNS bigint
	AS 'MODULE_PATHNAME'
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1;
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
	'sketch of the k items with the largest weights';
