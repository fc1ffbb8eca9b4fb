/*
 * topk.h: topk values between the SQL functions and the core.
 *
 * A topk value is a varlena around the bytes of a sketch (core/topk/sketch.h). Values
 * that SQL sees are packed; working ones have a 4-byte header. Items are texts,
 * compared by their bytes.
 */
#ifndef PG_TOPK_H
#define PG_TOPK_H

#include "fmgr.h"

#include "pg/compat.h"
#include "pg/value.h"
#include "core/topk/sketch.h"

typedef struct varlena topk;

#define DatumGetTopk(d) ((topk *) PG_DETOAST_DATUM_PACKED(d))
#define PG_GETARG_TOPK(n) DatumGetTopk(PG_GETARG_DATUM(n))

#define TOPK_DEFAULT_K 100

/* The bytes of a working value, to be changed. */
static inline uint8 *
topk_bytes(topk *value)
{
	return (uint8 *) VARDATA(value);
}

static inline size_t
topk_nbytes(const topk *value)
{
	return VARSIZE(value) - VARHDRSZ;
}

/* The sketch in a value of any layout; DATA_CORRUPTED if it is none. */
extern sk_topk topk_open(const topk *value);

/* A new, empty working value. */
extern topk *topk_make_empty(uint32 k);

/* The number itself; ERROR 22023 when it is out of range. */
extern uint32 topk_require_k(int32 k);
extern uint64 topk_require_weight(int64 weight);

/* The item of a text, which must stay where it is; ERROR 54000 if it is too
 * long. */
extern sk_topk_item topk_item(const text *item);

/*
 * dst with one item of this weight, or with all of src, added. A working dst is
 * changed in place and returned, if it has the room; else the result is a new
 * working value and dst is left alone. To insert, dst must be a working value.
 * An empty sketch is neutral, whatever its k, though k = 100 yields to any other
 * of two empty ones; else the result has the smaller k.
 * ERROR 22003 when the total would pass that of a bigint, 54000 when the items
 * would pass 1 GB.
 */
extern topk *topk_insert(topk *dst, const sk_topk_item *item, uint64 weight);
extern topk *topk_absorb(topk *dst, const sk_topk *src);

/* The packed form: value itself if it is packed, else a new value. */
extern topk *topk_pack(topk *value);

/* Whether all items are texts in the encoding of the database; else an error,
 * false if that is soft. */
extern bool topk_accept(const topk *value, Node *escontext);

#endif							/* PG_TOPK_H */
