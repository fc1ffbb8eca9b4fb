/*
 * topk_agg.c: the support functions of the topk aggregates.
 *
 * The state is a topk value in its working layout, changed in place by the rules
 * of state.h. It starts at 128 bytes and grows to four times k items. NULL inputs
 * are skipped; without any rows there is no state, and the result is NULL.
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
						 SK_TOPK_DEFAULT_K)));
	return topk_require_k(PG_GETARG_INT32(argno));
}

/*
 * The state to add to, new or present; it must have this k. A packed state came
 * from elsewhere: from another node, or from a CREATE AGGREGATE with an initial
 * value.
 */
static topk *
state_of_k(FunctionCallInfo fcinfo, uint32 k)
{
	topk	   *state;
	sk_value	value;
	sk_topk		sketch;

	if (PG_ARGISNULL(0))
		return sketch_varlena(sk_topk_empty(k, &sketch_env));
	state = sketch_state(fcinfo);
	value = sketch_value(state);
	if (likely(sk_topk_is_working(value.bytes, value.nbytes) &&
			   sk_topk_is_made_for(value.bytes, k)))
		return state;
	sketch = topk_open(state);
	if (sketch.k != k)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("k changes from %u to %u within one group",
						sketch.k, k),
				 errdetail("One sketch has one k for all its items."),
				 errhint("Pass a constant, or group by k; to add items with weights, use topk_add_weighted_agg(item, weight, k).")));
	return state;
}

/* How rows have weights, in argument 2. */
typedef enum weight_type
{
	WEIGHT_ONE,
	WEIGHT_BIGINT,
	WEIGHT_FLOAT8
} weight_type;

static uint64
weight_arg(FunctionCallInfo fcinfo, weight_type type)
{
	if (type == WEIGHT_ONE)
		return 1;
	return type == WEIGHT_BIGINT ? topk_require_weight(PG_GETARG_INT64(2)) :
		topk_weight_of_float8(PG_GETARG_FLOAT8(2));
}

static Datum
add_row(FunctionCallInfo fcinfo, uint32 k, weight_type type)
{
	topk	   *state;
	text	   *bytes;
	sk_topk_item item;

	sketch_require_aggregate(fcinfo);
	state = state_of_k(fcinfo, k);
	if (PG_ARGISNULL(1) || (type != WEIGHT_ONE && PG_ARGISNULL(2)))
		PG_RETURN_POINTER(state);
	bytes = topk_item_arg(fcinfo, 1);
	item = topk_item(bytes);
	state = topk_with_item(state, &item, weight_arg(fcinfo, type));
	if ((Pointer) bytes != PG_GETARG_POINTER(1))
		pfree(bytes);
	PG_RETURN_POINTER(state);
}

/* The k that argument argno, if there is one, asks for. */
static uint32
optional_k_arg(FunctionCallInfo fcinfo, int argno)
{
	return PG_NARGS() > argno ? k_arg(fcinfo, argno) : SK_TOPK_DEFAULT_K;
}

/*
 * topk_add_agg_trans(state, item text | anyelement [, k integer = 100])
 *
 * Transition of topk_add_agg(). A NULL item is skipped. ERROR 54000 for an item
 * of more than 65,536 bytes, 22023 for a k out of range or one that changes within
 * the group, 22004 for a NULL one, 0A000 under a nondeterministic collation.
 */
PG_FUNCTION_INFO_V1(topk_add_agg_trans);
Datum
topk_add_agg_trans(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, optional_k_arg(fcinfo, 2), WEIGHT_ONE);
}

/*
 * topk_add_weighted_agg_trans(state, item text | anyelement, weight bigint
 *   [, k integer = 100])
 *
 * The same with weights. A row with a NULL weight is skipped. ERROR 22023 for a
 * negative one, 22003 for a total beyond that of a bigint.
 */
PG_FUNCTION_INFO_V1(topk_add_weighted_agg_trans);
Datum
topk_add_weighted_agg_trans(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, optional_k_arg(fcinfo, 3), WEIGHT_BIGINT);
}

/* topk_add_weighted_agg_trans(state, item, weight float8 [, k integer]): the same,
 * for other numbers than bigint */
PG_FUNCTION_INFO_V1(topk_add_weighted_agg_float8_trans);
Datum
topk_add_weighted_agg_float8_trans(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, optional_k_arg(fcinfo, 3), WEIGHT_FLOAT8);
}

/*
 * topk_add_agg_combine(state, state)
 *
 * Both states in one. Their k must agree, as those of the rows must: how rows are
 * split among workers does not change what is an error.
 */
PG_FUNCTION_INFO_V1(topk_add_agg_combine);
Datum
topk_add_agg_combine(PG_FUNCTION_ARGS)
{
	topk	   *other;

	sketch_require_aggregate(fcinfo);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return sketch_only_state(fcinfo);
	other = PG_GETARG_TOPK(1);
	PG_RETURN_POINTER(sketch_merge(&topk_type,
								   state_of_k(fcinfo, topk_open(other).k),
								   other));
}

/*
 * topk_union_agg_trans(state, s topk), strict; also the combine function
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
 * The same over a moving frame: window.c.
 */
PG_FUNCTION_INFO_V1(topk_union_agg_mtrans);
Datum
topk_union_agg_mtrans(PG_FUNCTION_ARGS)
{
	return sketch_union_agg_mtrans(fcinfo, &topk_type);
}
