/*
 * hll_agg.c: the support functions of the hll aggregates.
 *
 * The state is an hll value in its working layout, changed in place by the
 * rules of state.h. A group of three values takes 64 bytes, or 512 if the
 * planner expects many rows per group; no group takes more than 64 bytes
 * beyond its registers. NULL inputs are skipped. Without rows there is no
 * state, and the result is NULL; if all inputs are NULL, it is an empty
 * sketch.
 */
#include "postgres.h"

#include "nodes/execnodes.h"
#include "nodes/plannodes.h"

#include "pg/element.h"
#include "pg/hll.h"
#include "pg/state.h"

/* Argument 2 as a precision. */
static int
precision_arg(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("hll precision must not be null"),
				 errhint("Leave the argument out for the default precision %d.",
						 SK_HLL_DEFAULT_PRECISION)));
	return hll_require_precision(PG_GETARG_INT32(2));
}

/*
 * A group's first state. If the planner expects many rows per group, it does
 * not have to grow soon: a state that has grown is far away from its entry in
 * the hash table, and then every row reads two pages instead of one. Many
 * means that a roomy state would be a quarter full if all values are
 * different.
 */
static hll *
first_state(FunctionCallInfo fcinfo, int precision)
{
	Plan	   *plan;

	if (!IsA(fcinfo->context, AggState))
		return sketch_varlena(sk_hll_empty(precision, &sketch_env));
	plan = ((AggState *) fcinfo->context)->ss.ps.plan;
	if (outerPlan(plan)->plan_rows < 32.0 * ((Agg *) plan)->numGroups)
		return sketch_varlena(sk_hll_empty(precision, &sketch_env));
	return sketch_varlena(sk_hll_empty_roomy(precision, &sketch_env));
}

/* The sketch in a state, which has a 4-byte header. */
static inline sk_value
state_sketch(hll *state)
{
	return (sk_value) {(uint8 *) VARDATA(state), VARSIZE(state) - VARHDRSZ};
}

/*
 * The state to add to, which is made if there is none; its precision must be
 * this one. A packed state comes from elsewhere: from another node, or from a
 * CREATE AGGREGATE with an initial value.
 */
static hll *
state_of_precision(FunctionCallInfo fcinfo, int precision)
{
	hll		   *state;
	sk_value	value;
	sk_hll		sketch;

	if (PG_ARGISNULL(0))
		return first_state(fcinfo, precision);
	state = sketch_state(fcinfo);
	value = state_sketch(state);
	if (likely(sk_hll_is_working(value.bytes, value.nbytes, precision)))
		return state;
	sketch = hll_open(value);
	if (sketch.precision != precision)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("hll precision changes from %d to %d within one group",
						sketch.precision, precision),
				 errdetail("One sketch has one precision for all its values."),
				 errhint("Pass a constant, or group by the precision.")));
	if (sk_hll_is_packed(&sketch))
		return sketch_merge(&hll_type, NULL, state);
	return state;
}

/* A row for any state: none, sparse, packed, or wrong. */
static pg_noinline Datum
add_to_state(FunctionCallInfo fcinfo, int precision)
{
	hll		   *state;
	sk_value	sketch;

	sketch_require_aggregate(fcinfo);
	state = state_of_precision(fcinfo, precision);
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(state);
	sketch = state_sketch(state);
	hll_require_ok(sk_hll_add(&sketch, sketch_hash_arg(fcinfo, 1, 0),
							  &sketch_env));
	PG_RETURN_POINTER(sketch_result(state, sketch));
}

/*
 * Whether this is the most frequent call over many rows: a plain aggregate with
 * a value to add to a dense state of the right precision. All four bytes of its
 * length are compared, so that any other kind of varlena fails.
 */
static inline bool
has_dense_state(FunctionCallInfo fcinfo, int precision)
{
	const char *state = PG_GETARG_POINTER(0);
	uint32		length[2];		/* room for any 4-byte header */

	SET_VARSIZE(length, VARHDRSZ + SK_HLL_AT_REGISTERS +
				(size_t) sk_hll_nregisters(precision));
	return !PG_ARGISNULL(0) && !PG_ARGISNULL(1) &&
		fcinfo->context != NULL && IsA(fcinfo->context, AggState) &&
		memcmp(state, length, VARHDRSZ) == 0 &&
		sk_load32((const uint8 *) state + VARHDRSZ) ==
		sk_hll_working_header(SK_HLL_WORKING_DENSE, precision);
}

static pg_attribute_always_inline Datum
add_row(FunctionCallInfo fcinfo, int precision)
{
	if (unlikely(!has_dense_state(fcinfo, precision)))
		return add_to_state(fcinfo, precision);
	sk_hll_add_dense((uint8 *) VARDATA(PG_GETARG_POINTER(0)), precision,
					 sketch_hash_arg(fcinfo, 1, 0));
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/*
 * hll_add_agg_trans(state, x sketch_hash | anyelement)
 *
 * Transition of hll_add_agg() and approx_count_distinct() at the default
 * precision. NULL x is skipped. ERROR 0A000 for a type that cannot be hashed.
 */
PG_FUNCTION_INFO_V1(hll_add_agg_trans);
Datum
hll_add_agg_trans(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, SK_HLL_DEFAULT_PRECISION);
}

/*
 * hll_add_agg_trans(state, x sketch_hash | anyelement, p integer)
 *
 * The same at precision p. ERROR 22023 if p is out of range or changes within
 * the group, 22004 if it is NULL.
 */
PG_FUNCTION_INFO_V1(hll_add_agg_trans_p);
Datum
hll_add_agg_trans_p(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, precision_arg(fcinfo));
}

/*
 * hll_add_agg_combine(state, state)
 *
 * Both states in one. Their precisions must agree, as those of the rows must:
 * the distribution of rows over workers does not change what is an error.
 */
PG_FUNCTION_INFO_V1(hll_add_agg_combine);
Datum
hll_add_agg_combine(PG_FUNCTION_ARGS)
{
	hll		   *state,
			   *other;
	int			precision;

	sketch_require_aggregate(fcinfo);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return sketch_only_state(fcinfo);
	other = PG_GETARG_HLL(1);
	precision = hll_open(sketch_value(other)).precision;
	state = state_of_precision(fcinfo, precision);
	PG_RETURN_POINTER(sketch_merge(&hll_type, state, other));
}

/*
 * hll_union_agg_trans(state, s hll), strict, which combines states as well
 *
 * NULL is skipped; sketches of different precisions are folded to the lowest.
 */
PG_FUNCTION_INFO_V1(hll_union_agg_trans);
Datum
hll_union_agg_trans(PG_FUNCTION_ARGS)
{
	return sketch_union_agg_trans(fcinfo, &hll_type);
}

/*
 * hll_union_agg_mtrans(state, s hll)
 *
 * The same over a moving frame (window.c).
 */
PG_FUNCTION_INFO_V1(hll_union_agg_mtrans);
Datum
hll_union_agg_mtrans(PG_FUNCTION_ARGS)
{
	return sketch_union_agg_mtrans(fcinfo, &hll_type);
}
