/*
 * bloom_selectivity.c: how many rows the planner expects of @> and <@.
 *
 * Where the values of a column are probed for in a filter that the planner knows,
 * a constant or the result of a stable expression, the filter itself has the
 * answer: it holds this many of the distinct values of the column, and some of the
 * others match by its rate of false positives. Elsewhere nothing is known, neither
 * of a column of filters nor of a filter that a subquery will find; there a tenth
 * of the rows is expected.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_statistic.h"
#include "nodes/primnodes.h"
#include "utils/selfuncs.h"

#include "pg/bloom.h"

#define UNKNOWN_SELECTIVITY 0.1

/* The blocks of a large filter are a sample of it from here on: counting bits
 * takes 0.1 ms per MB. */
#define MAX_COUNTED_BYTES 1048576

/* What a filter says of values that are probed for. */
typedef struct filter_facts
{
	double		count;			/* of distinct values in it */
	double		rate;			/* of false positives */
} filter_facts;

static filter_facts
facts_of(sk_bloom sketch)
{
	uint32		most = MAX_COUNTED_BYTES /
		sk_bloom_block_bytes(sketch.design.nbits);
	double		scale = 1;
	sk_bloom_fills fills;
	filter_facts facts;

	if (!sk_bloom_is_list(&sketch) && sketch.design.nblocks > most)
	{
		scale = (double) sketch.design.nblocks / most;
		sketch.design.nblocks = most;
	}
	sk_bloom_count_fills(&sketch, &fills, &sketch_env);
	facts.count = scale * sk_bloom_count(&sketch, &fills);
	facts.rate = sk_bloom_rate(&sketch, &fills);
	return facts;
}

/* The part of the rows whose values a known filter matches. */
static double
selectivity_of_filter(const bloom *filter, VariableStatData *values)
{
	bool		is_default;
	double		ndistinct = get_variable_numdistinct(values, &is_default);
	double		nulls = 0;
	filter_facts facts;

	if (is_default)
		return UNKNOWN_SELECTIVITY;
	if (HeapTupleIsValid(values->statsTuple))
		nulls = ((Form_pg_statistic) GETSTRUCT(values->statsTuple))->stanullfrac;
	facts = facts_of(bloom_open(filter));
	return (1 - nulls) * Min(1.0, facts.count / Max(ndistinct, 1) + facts.rate);
}

/* Of a clause in which the filter is the left or the right argument. */
static double
restriction_selectivity(FunctionCallInfo fcinfo, bool filter_is_left)
{
	PlannerInfo *root = (PlannerInfo *) PG_GETARG_POINTER(0);
	List	   *args = (List *) PG_GETARG_POINTER(2);
	double		selectivity = UNKNOWN_SELECTIVITY;
	VariableStatData var;
	Node	   *other;
	bool		var_is_left;

	if (!get_restriction_variable(root, args, PG_GETARG_INT32(3), &var, &other,
								  &var_is_left))
		return UNKNOWN_SELECTIVITY;
	if (IsA(other, Const) && ((Const *) other)->constisnull)
		selectivity = 0;
	else if (IsA(other, Const) && var_is_left != filter_is_left)
		selectivity = selectivity_of_filter(DatumGetBloom(((Const *) other)->constvalue),
											&var);
	ReleaseVariableStats(var);
	CLAMP_PROBABILITY(selectivity);
	return selectivity;
}

/*
 * bloom_contains_sel(internal, oid, internal, integer) -> float8
 *
 * The part of the rows for which b @> x holds.
 */
PG_FUNCTION_INFO_V1(bloom_contains_sel);
Datum
bloom_contains_sel(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(restriction_selectivity(fcinfo, true));
}

/*
 * bloom_contained_by_sel(internal, oid, internal, integer) -> float8
 *
 * The part of the rows for which x <@ b holds.
 */
PG_FUNCTION_INFO_V1(bloom_contained_by_sel);
Datum
bloom_contained_by_sel(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(restriction_selectivity(fcinfo, false));
}

/*
 * bloom_contains_join_sel(internal, oid, internal, smallint, internal) -> float8
 *
 * The part of all pairs of a filter and a value that match, of which nothing is
 * known.
 */
PG_FUNCTION_INFO_V1(bloom_contains_join_sel);
Datum
bloom_contains_join_sel(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	PG_RETURN_FLOAT8(UNKNOWN_SELECTIVITY);
}
