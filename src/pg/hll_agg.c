/*
 * hll_agg.c: the support functions of the hll aggregates.
 *
 * The state is an hll value in its working layout, changed in place by the
 * rules of state.h. A group of three values takes 64 bytes, or 512 where the
 * planner expects many rows a group; no group takes more than 64 bytes beyond
 * its registers. NULL inputs are skipped; no rows at all leave no
 * state, which finalizes to NULL; rows with nothing but NULLs an empty sketch.
 */
#include "postgres.h"

#include <math.h>

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
 * The shape of a group's first state. Where the planner expects many rows a group
 * it is one that need not grow soon: a state that has grown lies far away from
 * its entry in the hash table, and then every row reads two pages instead of one.
 * Many means that such a state would be a quarter full, of different values.
 */
static sk_hll_shape
first_shape(FunctionCallInfo fcinfo, int precision)
{
	Plan	   *plan;

	if (!IsA(fcinfo->context, AggState))
		return sk_hll_smallest(precision);
	plan = ((AggState *) fcinfo->context)->ss.ps.plan;
	if (outerPlan(plan)->plan_rows < 32.0 * ((Agg *) plan)->numGroups)
		return sk_hll_smallest(precision);
	return sk_hll_roomy(precision);
}

/*
 * The state to add to, new or present; its precision must be this one. A state
 * that is packed came from elsewhere: another node, or a CREATE AGGREGATE with
 * an initial value.
 */
static hll *
state_of_precision(FunctionCallInfo fcinfo, int precision)
{
	hll		   *state;
	sk_hll		sketch;

	if (PG_ARGISNULL(0))
		return hll_make(first_shape(fcinfo, precision));
	state = sketch_state(fcinfo);
	if (likely(sk_hll_is_working(hll_bytes(state), hll_nbytes(state),
								 precision)))
		return state;
	sketch = hll_open(state);
	if (sketch.precision != precision)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("hll precision changes from %d to %d within one group",
						sketch.precision, precision),
				 errdetail("One sketch has one precision for all its values."),
				 errhint("Pass a constant, or group by the precision.")));
	if (sk_hll_is_packed(&sketch))
		return hll_absorb(hll_make(sk_hll_smallest(precision)), &sketch);
	return state;
}

/* A row for any state: none, sparse, packed, or wrong. */
static pg_noinline Datum
add_to_state(FunctionCallInfo fcinfo, int precision)
{
	hll		   *state;

	sketch_require_aggregate(fcinfo);
	state = state_of_precision(fcinfo, precision);
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(state);
	PG_RETURN_POINTER(hll_insert(state, sketch_hash_arg(fcinfo, 1, 0)));
}

/*
 * Whether this is what nearly every call over many rows is: a plain aggregate
 * with a value to add to a dense state of the right precision. Of its length, all
 * four bytes are compared, so that any other kind of varlena fails.
 */
static inline bool
has_dense_state(FunctionCallInfo fcinfo, int precision)
{
	const char *state = PG_GETARG_POINTER(0);
	uint32		length[2];		/* room for any 4-byte header */

	SET_VARSIZE(length, VARHDRSZ + SK_HLL_WORKING_HEADER +
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
	sk_hll_add_dense(hll_bytes((hll *) PG_GETARG_POINTER(0)), precision,
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
 * The same at precision p. ERROR 22023 for one that is out of range or differs
 * within the group, 22004 for NULL.
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
 * how rows are shared out between workers does not change what is an error.
 */
PG_FUNCTION_INFO_V1(hll_add_agg_combine);
Datum
hll_add_agg_combine(PG_FUNCTION_ARGS)
{
	sk_hll		other;

	sketch_require_aggregate(fcinfo);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return sketch_only_state(fcinfo);
	other = hll_open(PG_GETARG_HLL(1));
	PG_RETURN_POINTER(hll_absorb(state_of_precision(fcinfo, other.precision),
								 &other));
}

/*
 * hll_union_agg_trans(state, s hll), strict, which combines states as well
 *
 * NULL is skipped; sketches of different precisions fold to the lowest.
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
 * The same over a frame that moves: window.c.
 */
PG_FUNCTION_INFO_V1(hll_union_agg_mtrans);
Datum
hll_union_agg_mtrans(PG_FUNCTION_ARGS)
{
	return sketch_union_agg_mtrans(fcinfo, &hll_type);
}

/*
 * approx_count_distinct_final(state) -> bigint
 *
 * The estimate as a whole number; 0 over no rows, as count(distinct) has it.
 */
PG_FUNCTION_INFO_V1(approx_count_distinct_final);
Datum
approx_count_distinct_final(PG_FUNCTION_ARGS)
{
	double		count;

	if (PG_ARGISNULL(0))
		PG_RETURN_INT64(0);
	count = rint(hll_count(PG_GETARG_HLL(0)).count);
	PG_RETURN_INT64(FLOAT8_FITS_IN_INT64(count) ? (int64) count : PG_INT64_MAX);
}
