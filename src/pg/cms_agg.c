/*
 * cms_agg.c: the support functions of the cms aggregates.
 *
 * The state is a cms value in its working layout, changed in place by the rules
 * of state.h: a list that starts at 128 bytes, and counters once the list has
 * passed a third of their size. NULL inputs are skipped; no rows at all leave no
 * state, which finalizes to NULL.
 */
#include "postgres.h"

#include "nodes/execnodes.h"

#include "pg/cms.h"
#include "pg/element.h"
#include "pg/state.h"

/* What the arguments ask for. */
typedef struct cms_request
{
	float8		epsilon;
	float8		delta;
} cms_request;

static inline float8
fraction_arg(FunctionCallInfo fcinfo, int argno, const char *name,
			 float8 otherwise)
{
	if (PG_NARGS() <= argno)
		return otherwise;
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name),
				 errhint("Say %g, which is the default.", otherwise)));
	return PG_GETARG_FLOAT8(argno);
}

/* Arguments argno and argno + 1 as far as there are such. */
static inline cms_request
request_of_args(FunctionCallInfo fcinfo, int argno)
{
	return (cms_request) {
		fraction_arg(fcinfo, argno, "epsilon", CMS_DEFAULT_EPSILON),
		fraction_arg(fcinfo, argno + 1, "delta", CMS_DEFAULT_DELTA)
	};
}

/* Two sketches of one group must be made for the same. */
static void
require_same_design(const sk_cms_design *state, cms_request request)
{
	if (state->epsilon == request.epsilon && state->delta == request.delta)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("design of a cms value changes within one group"),
			 errdetail("It was begun for epsilon %g and delta %g, and is continued for epsilon %g and delta %g.",
					   state->epsilon, state->delta, request.epsilon,
					   request.delta),
			 errhint("Pass constants, or group by them.")));
}

/*
 * The state to add to, new or present; it must be of this design. A state that
 * is packed came from elsewhere: another node, or a CREATE AGGREGATE with an
 * initial value.
 */
static cms *
state_of_design(FunctionCallInfo fcinfo, cms_request request)
{
	cms		   *state;
	sk_cms		sketch;

	if (PG_ARGISNULL(0))
		return cms_make_empty(cms_design(request.epsilon, request.delta));
	state = sketch_state(fcinfo);
	sketch = cms_open(state);
	require_same_design(&sketch.design, request);
	if (sk_cms_is_packed(&sketch))
		return cms_absorb(cms_make_empty(sketch.design), &sketch);
	return state;
}

/* A row for any state: none, packed, or wrong. */
static pg_noinline Datum
add_to_state(FunctionCallInfo fcinfo, cms_request request, int weight_argno)
{
	cms		   *state;
	int64		weight = 1;

	sketch_require_aggregate(fcinfo);
	state = state_of_design(fcinfo, request);
	if (PG_ARGISNULL(1) || (weight_argno > 0 && PG_ARGISNULL(weight_argno)))
		PG_RETURN_POINTER(state);
	if (weight_argno > 0)
		weight = PG_GETARG_INT64(weight_argno);
	PG_RETURN_POINTER(cms_insert(state, sketch_hash_arg(fcinfo, 1, 0),
								 cms_require_weight(weight)));
}

/*
 * Whether this is what nearly every call over many rows is: a plain aggregate
 * with a value to add to a working state of the right design.
 */
static inline bool
has_working_state(FunctionCallInfo fcinfo, cms_request request)
{
	cms		   *state = (cms *) PG_GETARG_POINTER(0);

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || fcinfo->context == NULL ||
		!IsA(fcinfo->context, AggState) || !VARATT_IS_4B_U(state))
		return false;
	return sk_cms_is_working(cms_bytes(state), cms_nbytes(state)) &&
		sk_cms_is_made_for(cms_bytes(state), request.epsilon, request.delta);
}

/* weight_argno is 0 where all weights are 1. */
static pg_attribute_always_inline Datum
add_row(FunctionCallInfo fcinfo, cms_request request, int weight_argno)
{
	cms		   *state = (cms *) PG_GETARG_POINTER(0);
	int64		weight = 1;
	uint64		hash;

	if (unlikely(!has_working_state(fcinfo, request) ||
				 (weight_argno > 0 && PG_ARGISNULL(weight_argno))))
		return add_to_state(fcinfo, request, weight_argno);
	if (weight_argno > 0)
		weight = PG_GETARG_INT64(weight_argno);
	hash = sketch_hash_arg(fcinfo, 1, 0);
	if (likely(sk_cms_add(cms_bytes(state), cms_nbytes(state), hash,
						  cms_require_weight(weight)) == SK_OK))
		PG_RETURN_POINTER(state);
	return add_to_state(fcinfo, request, weight_argno);
}

/*
 * cms_add_agg_trans(state, x sketch_hash | anyelement
 *   [, epsilon float8 = 0.001 [, delta float8 = 0.01]])
 *
 * Transition of cms_add_agg(). NULL x is skipped. ERROR 0A000 for a type that
 * cannot be hashed, 22023 for a fraction out of range or a design that changes
 * within the group, 22004 for a NULL one, 54000 for a design beyond the limits.
 */
PG_FUNCTION_INFO_V1(cms_add_agg_trans);
Datum
cms_add_agg_trans(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, request_of_args(fcinfo, 2), 0);
}

/*
 * cms_add_weighted_agg_trans(state, x sketch_hash | anyelement, weight bigint
 *   [, epsilon float8 = 0.001 [, delta float8 = 0.01]])
 *
 * The same with weights. A row with a NULL weight is skipped. ERROR 22023 for a
 * negative one, 22003 for a total beyond that of a bigint.
 */
PG_FUNCTION_INFO_V1(cms_add_weighted_agg_trans);
Datum
cms_add_weighted_agg_trans(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, request_of_args(fcinfo, 3), 2);
}

/*
 * cms_add_agg_combine(state, state)
 *
 * Both states in one. Their designs must agree, as those of the rows must: how
 * rows are shared out between workers does not change what is an error.
 */
PG_FUNCTION_INFO_V1(cms_add_agg_combine);
Datum
cms_add_agg_combine(PG_FUNCTION_ARGS)
{
	sk_cms		other;
	cms_request request;

	sketch_require_aggregate(fcinfo);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return sketch_only_state(fcinfo);
	other = cms_open(PG_GETARG_CMS(1));
	request = (cms_request) {other.design.epsilon, other.design.delta};
	PG_RETURN_POINTER(cms_absorb(state_of_design(fcinfo, request), &other));
}

/*
 * cms_union_agg_trans(state, s cms), strict, which combines states as well
 *
 * NULL is skipped. Errors are those of cms_union().
 */
PG_FUNCTION_INFO_V1(cms_union_agg_trans);
Datum
cms_union_agg_trans(PG_FUNCTION_ARGS)
{
	return sketch_union_agg_trans(fcinfo, &cms_type);
}

/*
 * cms_union_agg_mtrans(state, s cms)
 *
 * The same over a frame that moves: window.c.
 */
PG_FUNCTION_INFO_V1(cms_union_agg_mtrans);
Datum
cms_union_agg_mtrans(PG_FUNCTION_ARGS)
{
	return sketch_union_agg_mtrans(fcinfo, &cms_type);
}
