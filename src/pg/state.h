/*
 * state.h: the rules under which an aggregate state may be changed in place.
 *
 * The state of every aggregate is a value of the sketch's own SQL type in its
 * working layout. A transition or combine function receives it as argument 0 and
 * returns it: the same pointer after a change in place, or a larger value in the
 * current memory context, which the executor copies to the aggregate's context
 * before it frees the old one. That is safe because
 *
 * - only the executor can call these functions (sketch_require_aggregate), and
 *   argument 0 is a copy that nobody else sees;
 * - final functions never change a state, since window aggregates finalize the
 *   same state repeatedly;
 * - a state that came through a tuple (from a parallel worker) may have a short
 *   header, and is copied first.
 */
#ifndef SKETCH_STATE_H
#define SKETCH_STATE_H

#include "fmgr.h"

#include "pg/compat.h"

/* ERROR unless the executor calls this function for an aggregate. */
static inline void
sketch_require_aggregate(FunctionCallInfo fcinfo)
{
	if (unlikely(!AggCheckCallContext(fcinfo, NULL)))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("aggregate support function called outside an aggregate"),
				 errhint("Call the aggregate itself, or the function without \"_agg\" in its name.")));
}

/* Argument 0, not null, as a state that can be changed. */
static inline struct varlena *
sketch_state(FunctionCallInfo fcinfo)
{
	struct varlena *state = (struct varlena *) PG_GETARG_POINTER(0);

	if (likely(VARATT_IS_4B_U(state)))
		return state;
	return PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(0));
}

/*
 * The result of a combine function of which at least one state is NULL: the other
 * state, or NULL. A worker without rows has no state.
 */
static inline Datum
sketch_only_state(FunctionCallInfo fcinfo)
{
	if (!PG_ARGISNULL(0))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	if (!PG_ARGISNULL(1))
		PG_RETURN_POINTER(PG_DETOAST_DATUM(PG_GETARG_DATUM(1)));
	PG_RETURN_NULL();
}

#endif							/* SKETCH_STATE_H */
