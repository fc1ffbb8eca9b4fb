/*
 * bloom_agg.c: the support functions of the bloom aggregates.
 *
 * The state is a bloom value in its working layout, changed in place by the
 * rules of state.h: a list that starts at 64 bytes, and blocks once the list is
 * no longer worth its size. Without expected_items it stays a list, of 11 to 22
 * bytes per value, and gets its blocks when it is packed. NULL inputs are
 * skipped; without rows there is no state, and the result is NULL.
 */
#include "postgres.h"

#include "nodes/execnodes.h"

#include "pg/bloom.h"
#include "pg/element.h"
#include "pg/kind.h"
#include "pg/state.h"

/* What a call site keeps: the last design, which takes as long to find as a
 * hundred values take to add. */
typedef struct bloom_agg_site
{
	sketch_element element;		/* first: see sketch_call_site() */
	sk_bloom_design design;
} bloom_agg_site;

/* What the arguments ask for; all zero if the filter sizes itself. */
typedef struct bloom_request
{
	int64		expected;
	float8		rate;
} bloom_request;

static const bloom_request sizes_itself = {0, 0};

static _Noreturn void
refuse_null(const char *argument)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("%s must not be null", argument),
			 errhint("Leave the argument out: without expected_items a filter sizes itself, without fpr it is made for 0.01.")));
}

static inline bloom_request
request_of_args(FunctionCallInfo fcinfo)
{
	bloom_request request = {0, SK_BLOOM_AUTO_RATE};

	if (PG_ARGISNULL(2))
		refuse_null("expected_items");
	request.expected = bloom_require_expected(PG_GETARG_INT64(2));
	if (PG_NARGS() <= 3)
		return request;
	if (PG_ARGISNULL(3))
		refuse_null("fpr");
	request.rate = PG_GETARG_FLOAT8(3);
	return request;
}

static sk_bloom_design
requested_design(FunctionCallInfo fcinfo, bloom_request request)
{
	bloom_agg_site *site = sketch_call_site(fcinfo, 1, sizeof(*site));

	if (request.expected == sizes_itself.expected &&
		request.rate == sizes_itself.rate)
		return (sk_bloom_design) {0};
	if (site->design.expected != (uint64) request.expected ||
		site->design.rate != request.rate)
		site->design = bloom_design(request.expected, request.rate);
	return site->design;
}

/* Two filters of one group must be made for the same. */
static void
require_same_design(const sk_bloom_design *state, const sk_bloom_design *other)
{
	if (state->expected == other->expected && state->rate == other->rate)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("design of a bloom filter changes within one group"),
			 errdetail("It was begun for " UINT64_FORMAT " items at fpr %g, and is continued for " UINT64_FORMAT " at fpr %g.",
					   state->expected, state->rate, other->expected,
					   other->rate),
			 errhint("Pass constants, or group by them; across nodes, give expected_items.")));
}

static bloom *
new_state(const sk_bloom_design *design)
{
	return sketch_varlena(sk_bloom_empty(design, &sketch_env));
}

/*
 * The state to add to, new or present; it must be of this design. A state that
 * is packed came from elsewhere: another node, or a CREATE AGGREGATE with an
 * initial value.
 */
static bloom *
state_of_design(FunctionCallInfo fcinfo, const sk_bloom_design *design)
{
	bloom	   *state;
	sk_bloom	sketch;

	if (PG_ARGISNULL(0))
		return new_state(design);
	state = sketch_state(fcinfo);
	sketch = bloom_open(state);
	require_same_design(&sketch.design, design);
	if (sk_bloom_is_packed(&sketch))
		return sketch_merge(&bloom_type, new_state(design), state);
	return state;
}

/* The state with one hash added, which takes a larger one. */
static pg_noinline Datum
add_larger(bloom *state, uint64 hash)
{
	sk_value	sketch = sketch_value(state);
	sk_status	status = sk_bloom_add(&sketch, hash, &sketch_env);

	if (unlikely(status != SK_OK))
		bloom_type.refuse(status, &sketch, NULL);
	PG_RETURN_POINTER(sketch_varlena(sketch));
}

/* The working state with one hash added. */
static pg_attribute_always_inline Datum
add_hash(bloom *state, uint64 hash)
{
	if (unlikely(!sk_bloom_add_in_place((uint8 *) VARDATA(state),
										VARSIZE(state) - VARHDRSZ, hash)))
		return add_larger(state, hash);
	PG_RETURN_POINTER(state);
}

static pg_attribute_always_inline uint64
hash_of_row(FunctionCallInfo fcinfo)
{
	bloom_agg_site *site = sketch_call_site(fcinfo, 1, sizeof(*site));

	return sketch_hash_value(&site->element, PG_GETARG_DATUM(1), 0);
}

/* Notes in the state of what kind the values of this call site are. */
static void
add_kind(FunctionCallInfo fcinfo, bloom *state)
{
	bloom_agg_site *site = sketch_call_site(fcinfo, 1, sizeof(*site));

	sk_bloom_add_kind((uint8 *) VARDATA(state),
					  (uint8) sketch_kind_of(&site->element));
}

/* A row for any state: none, packed, of no kind yet, or wrong. */
static pg_noinline Datum
add_to_state(FunctionCallInfo fcinfo, bloom_request request)
{
	sk_bloom_design design;
	bloom	   *state;

	sketch_require_aggregate(fcinfo);
	design = requested_design(fcinfo, request);
	state = state_of_design(fcinfo, &design);
	add_kind(fcinfo, state);
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(state);
	return add_hash(state, hash_of_row(fcinfo));
}

/*
 * Whether this call is like nearly all over many rows: a plain aggregate with a
 * value to add to a working state of the right design, which has the kind of the
 * values since the first row.
 */
static inline bool
has_working_state(FunctionCallInfo fcinfo, bloom_request request)
{
	bloom	   *state = (bloom *) PG_GETARG_POINTER(0);

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || fcinfo->context == NULL ||
		!IsA(fcinfo->context, AggState) || !VARATT_IS_4B_U(state))
		return false;
	return sk_bloom_is_working((uint8 *) VARDATA(state),
							   VARSIZE(state) - VARHDRSZ) &&
		((uint8 *) VARDATA(state))[SK_BLOOM_AT_KIND] != SK_KIND_NONE &&
		sk_bloom_is_made_for((uint8 *) VARDATA(state),
							 (uint64) request.expected, request.rate);
}

static pg_attribute_always_inline Datum
add_row(FunctionCallInfo fcinfo, bloom_request request)
{
	if (unlikely(!has_working_state(fcinfo, request)))
		return add_to_state(fcinfo, request);
	return add_hash((bloom *) PG_GETARG_POINTER(0), hash_of_row(fcinfo));
}

/*
 * bloom_add_agg_trans(state, x sketch_hash | anyelement)
 *
 * Transition of bloom_add_agg() for a filter that sizes itself. NULL x is
 * skipped. ERROR 0A000 for a type that cannot be hashed, 54000 for more than
 * 100 million values.
 */
PG_FUNCTION_INFO_V1(bloom_add_agg_trans);
Datum
bloom_add_agg_trans(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, sizes_itself);
}

/*
 * bloom_add_agg_trans(state, x sketch_hash | anyelement, expected_items bigint
 *   [, fpr float8])
 *
 * The same for a filter of this design. ERROR 22023 for an argument that is out of
 * range or changes within the group, 22004 for NULL, 54000 for a design beyond
 * 1 GB.
 */
PG_FUNCTION_INFO_V1(bloom_add_agg_trans_sized);
Datum
bloom_add_agg_trans_sized(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, request_of_args(fcinfo));
}

/*
 * bloom_add_agg_combine(state, state)
 *
 * Both states in one. Their designs must agree, as those of rows must: what is an
 * error does not depend on how workers share the rows.
 */
PG_FUNCTION_INFO_V1(bloom_add_agg_combine);
Datum
bloom_add_agg_combine(PG_FUNCTION_ARGS)
{
	bloom	   *other;
	sk_bloom	sketch;

	sketch_require_aggregate(fcinfo);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return sketch_only_state(fcinfo);
	other = PG_GETARG_BLOOM(1);
	sketch = bloom_open(other);
	PG_RETURN_POINTER(sketch_merge(&bloom_type,
								   state_of_design(fcinfo, &sketch.design),
								   other));
}

/*
 * bloom_union_agg_trans(state, s bloom), strict, which combines states as well
 *
 * NULL is skipped. Errors are those of bloom_union().
 */
PG_FUNCTION_INFO_V1(bloom_union_agg_trans);
Datum
bloom_union_agg_trans(PG_FUNCTION_ARGS)
{
	return sketch_union_agg_trans(fcinfo, &bloom_type);
}

/*
 * bloom_union_agg_mtrans(state, b bloom)
 *
 * The same over a frame that moves: window.c.
 */
PG_FUNCTION_INFO_V1(bloom_union_agg_mtrans);
Datum
bloom_union_agg_mtrans(PG_FUNCTION_ARGS)
{
	return sketch_union_agg_mtrans(fcinfo, &bloom_type);
}

/*
 * bloom_intersect_agg_trans(state, b bloom), strict, which combines states as
 * well
 *
 * The executor makes the first filter the state and skips NULL. So there is no
 * state if all are NULL, and the result is NULL: the intersection of no sets is
 * unknown.
 */
PG_FUNCTION_INFO_V1(bloom_intersect_agg_trans);
Datum
bloom_intersect_agg_trans(PG_FUNCTION_ARGS)
{
	sketch_require_aggregate(fcinfo);
	PG_RETURN_POINTER(bloom_intersect_values(sketch_state(fcinfo),
											 PG_GETARG_BLOOM(1)));
}
