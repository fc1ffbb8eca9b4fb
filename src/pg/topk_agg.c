/*
 * topk_agg.c: the support functions of the topk aggregates.
 *
 * The state is a topk value in its working layout, changed in place by the rules
 * of state.h: a hash table and its items, which start at 128 bytes and grow to
 * four times k items. NULL inputs are skipped; no rows at all leave no state,
 * which finalizes to NULL.
 */
#include "postgres.h"

#include "nodes/execnodes.h"

#include "pg/state.h"
#include "pg/topk.h"

/* Argument argno as k. */
static uint32
k_arg(FunctionCallInfo fcinfo, int argno)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("k must not be null"),
				 errhint("Say %d, which is the default of topk_add_agg(item).",
						 TOPK_DEFAULT_K)));
	return topk_require_k(PG_GETARG_INT32(argno));
}

/*
 * The state to add to, new or present; it must be of this k. A state that is
 * packed came from elsewhere: another node, or a CREATE AGGREGATE with an initial
 * value.
 */
static topk *
state_of_k(FunctionCallInfo fcinfo, uint32 k)
{
	topk	   *state;
	sk_topk		sketch;

	if (PG_ARGISNULL(0))
		return topk_make_empty(k);
	state = sketch_state(fcinfo);
	if (likely(sk_topk_is_working(topk_bytes(state), topk_nbytes(state)) &&
			   sk_topk_is_made_for(topk_bytes(state), k)))
		return state;
	sketch = topk_open(state);
	if (sketch.k != k)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("k changes from %u to %u within one group",
						sketch.k, k),
				 errdetail("One sketch has one k for all its items."),
				 errhint("Pass a constant, or group by k; to add items with weights, use topk_add_agg(item, weight, k).")));
	return sketch.layout == SK_TOPK_PACKED ?
		topk_absorb(topk_make_empty(k), &sketch) : state;
}

/* A row; weight_argno is 0 where all weights are 1. */
static Datum
add_row(FunctionCallInfo fcinfo, uint32 k, int weight_argno)
{
	topk	   *state;
	text	   *bytes;
	sk_topk_item item;
	int64		weight = 1;

	sketch_require_aggregate(fcinfo);
	state = state_of_k(fcinfo, k);
	if (PG_ARGISNULL(1) || (weight_argno > 0 && PG_ARGISNULL(weight_argno)))
		PG_RETURN_POINTER(state);
	if (weight_argno > 0)
		weight = PG_GETARG_INT64(weight_argno);
	bytes = PG_GETARG_TEXT_PP(1);
	item = topk_item(bytes);
	state = topk_insert(state, &item, topk_require_weight(weight));
	if ((Pointer) bytes != PG_GETARG_POINTER(1))
		pfree(bytes);
	PG_RETURN_POINTER(state);
}

/*
 * topk_add_agg_trans(state, item text [, k integer = 100])
 *
 * Transition of topk_add_agg(). A NULL item is skipped. ERROR 54000 for an item
 * of more than 65,536 bytes, 22023 for a k out of range or one that changes within
 * the group, 22004 for a NULL one.
 */
PG_FUNCTION_INFO_V1(topk_add_agg_trans);
Datum
topk_add_agg_trans(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, PG_NARGS() > 2 ? k_arg(fcinfo, 2) : TOPK_DEFAULT_K,
				   0);
}

/*
 * topk_add_agg_trans(state, item text, weight bigint, k integer)
 *
 * The same with weights. A row with a NULL weight is skipped. ERROR 22023 for a
 * negative one, 22003 for a total beyond that of a bigint.
 */
PG_FUNCTION_INFO_V1(topk_add_agg_trans_weighted);
Datum
topk_add_agg_trans_weighted(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, k_arg(fcinfo, 3), 2);
}

/*
 * topk_add_agg_combine(state, state)
 *
 * Both states in one. Their k must agree, as those of the rows must: how rows are
 * shared out between workers does not change what is an error.
 */
PG_FUNCTION_INFO_V1(topk_add_agg_combine);
Datum
topk_add_agg_combine(PG_FUNCTION_ARGS)
{
	sk_topk		other;

	sketch_require_aggregate(fcinfo);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return sketch_only_state(fcinfo);
	other = topk_open(PG_GETARG_TOPK(1));
	PG_RETURN_POINTER(topk_absorb(state_of_k(fcinfo, other.k), &other));
}

/*
 * topk_union_agg_trans(state, s topk), strict, which combines states as well
 *
 * NULL is skipped. Errors are those of topk_union().
 */
PG_FUNCTION_INFO_V1(topk_union_agg_trans);
Datum
topk_union_agg_trans(PG_FUNCTION_ARGS)
{
	return sketch_union_agg_trans(fcinfo, &topk_type);
}

/*
 * topk_union_agg_mtrans(state, s topk)
 *
 * The same over a frame that moves: window.c.
 */
PG_FUNCTION_INFO_V1(topk_union_agg_mtrans);
Datum
topk_union_agg_mtrans(PG_FUNCTION_ARGS)
{
	return sketch_union_agg_mtrans(fcinfo, &topk_type);
}
