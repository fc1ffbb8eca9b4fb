/*
 * hll.h: hll values between the SQL functions and the core.
 *
 * An hll value is a varlena around the bytes of a sketch (core/hll/sketch.h). Values
 * that SQL sees are packed; working ones have a 4-byte header.
 */
#ifndef PG_HLL_H
#define PG_HLL_H

#include "fmgr.h"

#include "pg/compat.h"
#include "pg/value.h"
#include "core/hll/sketch.h"

typedef struct varlena hll;

#define DatumGetHll(d) ((hll *) PG_DETOAST_DATUM_PACKED(d))
#define PG_GETARG_HLL(n) DatumGetHll(PG_GETARG_DATUM(n))

/* The bytes of a working value, to be changed. */
static inline uint8 *
hll_bytes(hll *value)
{
	return (uint8 *) VARDATA(value);
}

static inline size_t
hll_nbytes(const hll *value)
{
	return VARSIZE(value) - VARHDRSZ;
}

/* The sketch in a value of any layout; DATA_CORRUPTED if it is none. */
extern sk_hll hll_open(const hll *value);

/* A new, empty working value. */
extern hll *hll_make(sk_hll_shape shape);

/*
 * dst with one hash, or with all of src, added; at the lower precision of both.
 * A working dst is changed in place and returned, if it has the room; else the
 * result is a new working value and dst is left alone. To insert, dst must be a
 * working value.
 */
extern hll *hll_insert_larger(hll *dst, uint64 hash);
extern hll *hll_absorb(hll *dst, const sk_hll *src);

static inline hll *
hll_insert(hll *dst, uint64 hash)
{
	if (likely(sk_hll_add(hll_bytes(dst), hll_nbytes(dst), hash) == SK_OK))
		return dst;
	return hll_insert_larger(dst, hash);
}

/* A new working value of all that is in a or b, which stay as they are. */
extern hll *hll_unite(hll *a, hll *b);

/* The packed form: value itself if it is packed, else a new value. */
extern hll *hll_pack(hll *value);

extern sk_hll_estimate hll_count(hll *value);

/* The precision itself; INVALID_PARAMETER_VALUE when it is out of range. */
extern int	hll_require_precision(int precision);

/* ERROR unless the precision is that of the type modifier, if there is one. */
extern bool hll_check_typmod(const hll *value, int32 typmod, Node *escontext);

#endif							/* PG_HLL_H */
