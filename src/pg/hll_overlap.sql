
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
	'estimated numbers of values in one sketch only, in both and in either, with their standard errors';

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
	'estimated share of distinct values in both among those in either';

CREATE FUNCTION hll_intersection_bounds(
	a hll,
	b hll,
	confidence float8 DEFAULT 0.95,
	OUT estimate float8,
	OUT lower float8,
	OUT upper float8)
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION hll_intersection_bounds(hll, hll, float8) IS
	'estimated number of distinct values in both, and the interval that holds the true one with this probability';

CREATE FUNCTION hll_intersection_cardinality(sets hll[]) RETURNS float8
	AS 'MODULE_PATHNAME', 'hll_intersection_cardinality_array' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 20000;
COMMENT ON FUNCTION hll_intersection_cardinality(hll[]) IS
	'estimated number of distinct values in all';
