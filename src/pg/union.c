/*
 * union.c: what unions of all types share: NULL is skipped, a state is changed in
 * place, and the first sketch of a group becomes the state as it is, still packed,
 * since it often is the only one. (hll has its own, whose state has no precision
 * until a sketch comes.)
 */
#include "postgres.h"

#include "pg/io.h"
#include "pg/state.h"

Datum
sketch_unite(FunctionCallInfo fcinfo, const sketch_type *type)
{
	struct varlena *a;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(PG_ARGISNULL(0) ? 1 : 0));
	a = type->pack(PG_GETARG_VARLENA_PP(0));
	PG_RETURN_POINTER(type->pack(type->unite(a, PG_GETARG_VARLENA_PP(1))));
}

Datum
sketch_unite_row(FunctionCallInfo fcinfo, const sketch_type *type)
{
	sketch_require_aggregate(fcinfo);
	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_POINTER(type->union_of_none());
	if (PG_ARGISNULL(0))
		PG_RETURN_POINTER(PG_DETOAST_DATUM(PG_GETARG_DATUM(1)));
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(sketch_state(fcinfo));
	PG_RETURN_POINTER(type->unite(sketch_state(fcinfo),
								  PG_GETARG_VARLENA_PP(1)));
}

Datum
sketch_unite_states(FunctionCallInfo fcinfo, const sketch_type *type)
{
	sketch_require_aggregate(fcinfo);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return sketch_only_state(fcinfo);
	return sketch_unite_row(fcinfo, type);
}

/*
 * sketch_agg_final(state) -> sketch, of the aggregates of all types but hll
 *
 * The packed sketch; the state stays as it is. NULL for no state.
 */
PG_FUNCTION_INFO_V1(sketch_agg_final);
Datum
sketch_agg_final(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(sketch_pack(PG_GETARG_VARLENA_PP(0)));
}
