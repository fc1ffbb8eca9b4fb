/*
 * topk.h: topk values between the SQL functions and the core.
 *
 * A topk value is a varlena around the bytes of a sketch (core/topk/sketch.h).
 * Items are texts, compared by their bytes; other values are added by their text.
 */
#ifndef PG_TOPK_H
#define PG_TOPK_H

#include "fmgr.h"

#include "pg/compat.h"
#include "pg/any.h"
#include "core/topk/sketch.h"

typedef struct varlena topk;

#define DatumGetTopk(d) ((topk *) PG_DETOAST_DATUM_PACKED(d))
#define PG_GETARG_TOPK(n) DatumGetTopk(PG_GETARG_DATUM(n))

/* The sketch in a value of any layout; DATA_CORRUPTED if there is none. */
extern sk_topk topk_open(const topk *value);

/* The same in argument argno, of any layout, once it is packed. */
extern sk_topk topk_packed_arg(FunctionCallInfo fcinfo, int argno);

/*
 * The header of a stored value, without the rest: only its numbers may be looked
 * at. DATA_CORRUPTED if there is none.
 */
extern sk_topk topk_open_header(Datum value);

/* k itself; ERROR 22023 when it is out of range. */
extern uint32 topk_require_k(int32 k);

/* The weight itself; ERROR 22023 when it is negative. */
extern uint64 topk_require_weight(int64 weight);

/* The same of a weight of another type; ERROR 22023 when it is not whole, or so
 * large that it may be inexact. */
extern uint64 topk_weight_of_float8(float8 weight);

/*
 * The text of argument argno, of any type, which is not null. ERROR 0A000 under a
 * nondeterministic collation, 42804 for a topk value. For functions that keep
 * nothing else in fn_extra.
 */
extern text *topk_item_arg(FunctionCallInfo fcinfo, int argno);

/* The item of a text, which must stay where it is; ERROR 54000 if it is too
 * long. */
extern sk_topk_item topk_item(const text *item);

/*
 * value with the item added: a working one is changed in place, if it has the
 * room; else the result is a new working value. ERROR 22003 when the total would
 * exceed a bigint, 54000 when the items would exceed 256 MB.
 */
static inline topk *
topk_with_item(topk *value, const sk_topk_item *item, uint64 weight)
{
	sk_value	sketch = sketch_value(value);
	sk_status	status = sk_topk_add(&sketch, item, weight, &sketch_env);

	if (unlikely(status != SK_OK))
		topk_type.refuse(status, &sketch, NULL);
	return sketch_result(value, sketch);
}

#endif							/* PG_TOPK_H */
