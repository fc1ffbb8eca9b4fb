/*
 * cms_agg.c: the support functions of the cms aggregates.
 *
 * The state is a cms value in its working layout, changed in place by the
 * rules of state.h: a list that starts at 120 bytes, and counters once the
 * list exceeds a third of their size. NULL inputs are skipped; no rows at all
 * leave no state, which finalizes to NULL.
 */
#include "postgres.h"

#include "nodes/execnodes.h"

#include "pg/cms.h"
#include "pg/element.h"
#include "pg/state.h"

/* The design that the arguments ask for. */
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

/* From arguments argno and argno + 1, if the function has them. */
static inline cms_request
request_of_args(FunctionCallInfo fcinfo, int argno)
{
	return (cms_request) {
		fraction_arg(fcinfo, argno, "epsilon", SK_CMS_DEFAULT_EPSILON),
		fraction_arg(fcinfo, argno + 1, "delta", SK_CMS_DEFAULT_DELTA)
	};
}

/* All rows of a group must ask for the same design. */
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
 * The working state to add to, new or of this design. A packed state came from
 * elsewhere: another node, or a CREATE AGGREGATE with an initial value.
 */
static cms *
state_of_design(FunctionCallInfo fcinfo, cms_request request)
{
	cms		   *state;
	sk_cms		sketch;

	if (PG_ARGISNULL(0))
		return cms_make_empty(request.epsilon, request.delta);
	state = sketch_state(fcinfo);
	sketch = cms_open(state);
	require_same_design(&sketch.design, request);
	return sk_cms_is_packed(&sketch) ?
		sketch_merge(&cms_type, NULL, state) : state;
}

/* Where a row has its weight. */
typedef enum cms_weighing
{
	WEIGHT_1,					/* nowhere */
	WEIGHT_INT64,				/* argument 2 */
	WEIGHT_FLOAT8
} cms_weighing;

#define WEIGHT_ARG 2

static pg_attribute_always_inline uint64
weight_of_row(FunctionCallInfo fcinfo, cms_weighing weighing)
{
	if (weighing == WEIGHT_INT64)
		return cms_require_weight(PG_GETARG_INT64(WEIGHT_ARG));
	return weighing == WEIGHT_1 ? 1 :
		cms_weight_of_float8(PG_GETARG_FLOAT8(WEIGHT_ARG));
}

/* Adds a row to any state: none, packed, or of another design. */
static pg_noinline Datum
add_to_state(FunctionCallInfo fcinfo, cms_request request,
			 cms_weighing weighing)
{
	cms_values *values;
	cms		   *state;
	uint64		hash;

	sketch_require_aggregate(fcinfo);
	state = state_of_design(fcinfo, request);
	if (PG_ARGISNULL(1) || (weighing != WEIGHT_1 && PG_ARGISNULL(WEIGHT_ARG)))
		PG_RETURN_POINTER(state);
	values = sketch_call_site(fcinfo, 1, sizeof(*values));
	hash = sketch_hash_value(&values->element, PG_GETARG_DATUM(1), 0);
	PG_RETURN_POINTER(cms_add_hash(state, hash, cms_kind_of(values),
								   weight_of_row(fcinfo, weighing)));
}

/*
 * Whether this is the common case: a plain aggregate, with a value to add to a
 * working state of the right design.
 */
static inline bool
has_working_state(FunctionCallInfo fcinfo, cms_request request)
{
	cms		   *state = (cms *) PG_GETARG_POINTER(0);
	const uint8 *bytes;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || fcinfo->context == NULL ||
		!IsA(fcinfo->context, AggState) || !VARATT_IS_4B_U(state))
		return false;
	bytes = (const uint8 *) VARDATA(state);
	return sk_cms_is_working(bytes, VARSIZE(state) - VARHDRSZ) &&
		sk_cms_is_made_for(bytes, request.epsilon, request.delta);
}

static pg_attribute_always_inline Datum
add_row(FunctionCallInfo fcinfo, cms_request request, cms_weighing weighing)
{
	cms		   *state = (cms *) PG_GETARG_POINTER(0);
	cms_values *values;
	uint64		hash;

	if (unlikely(!has_working_state(fcinfo, request) ||
				 (weighing != WEIGHT_1 && PG_ARGISNULL(WEIGHT_ARG))))
		return add_to_state(fcinfo, request, weighing);
	values = sketch_call_site(fcinfo, 1, sizeof(*values));
	hash = sketch_hash_value(&values->element, PG_GETARG_DATUM(1), 0);
	PG_RETURN_POINTER(cms_add_hash(state, hash, cms_kind_of(values),
								   weight_of_row(fcinfo, weighing)));
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
	return add_row(fcinfo, request_of_args(fcinfo, 2), WEIGHT_1);
}

/*
 * cms_add_weighted_agg_trans(state, x sketch_hash | anyelement, weight bigint
 *   [, epsilon float8 = 0.001 [, delta float8 = 0.01]])
 *
 * The same with weights. A row with a NULL weight is skipped. ERROR 22023 for a
 * negative one, 22003 for a total out of range for a bigint.
 */
PG_FUNCTION_INFO_V1(cms_add_weighted_agg_trans);
Datum
cms_add_weighted_agg_trans(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, request_of_args(fcinfo, 3), WEIGHT_INT64);
}

/*
 * cms_add_weighted_agg_float8_trans(state, x, weight float8 [, ...])
 *
 * The same with weights of other types than bigint.
 */
PG_FUNCTION_INFO_V1(cms_add_weighted_agg_float8_trans);
Datum
cms_add_weighted_agg_float8_trans(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, request_of_args(fcinfo, 3), WEIGHT_FLOAT8);
}

/*
 * cms_add_agg_combine(state, state)
 *
 * Merges two states. Their designs must be the same, as those of all rows
 * must, so that the distribution of rows to workers does not decide what is
 * an error.
 */
PG_FUNCTION_INFO_V1(cms_add_agg_combine);
Datum
cms_add_agg_combine(PG_FUNCTION_ARGS)
{
	cms		   *other;
	sk_cms		sketch;
	cms_request request;

	sketch_require_aggregate(fcinfo);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return sketch_only_state(fcinfo);
	other = PG_GETARG_CMS(1);
	sketch = cms_open(other);
	request = (cms_request) {sketch.design.epsilon, sketch.design.delta};
	PG_RETURN_POINTER(sketch_merge(&cms_type, state_of_design(fcinfo, request),
								   other));
}

/*
 * cms_union_agg_trans(state, s cms), strict; also the combine function
 *
 * Errors are those of cms_union().
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
 * The same over a moving frame: window.c.
 */
PG_FUNCTION_INFO_V1(cms_union_agg_mtrans);
Datum
cms_union_agg_mtrans(PG_FUNCTION_ARGS)
{
	return sketch_union_agg_mtrans(fcinfo, &cms_type);
}
