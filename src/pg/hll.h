/*
 * hll.h: what the SQL functions of type hll share.
 *
 * An hll value is a varlena (value.h) around a sketch (core/hll/sketch.h).
 */
#ifndef PG_HLL_H
#define PG_HLL_H

#include "fmgr.h"

#include "core/hll/sketch.h"
#include "pg/compat.h"
#include "pg/any.h"

typedef struct varlena hll;

#define DatumGetHll(d) ((hll *) PG_DETOAST_DATUM_PACKED(d))
#define PG_GETARG_HLL(n) DatumGetHll(PG_GETARG_DATUM(n))

/* DATA_CORRUPTED unless the core's answer about a stored value is SK_OK. */
static inline void
hll_require_ok(sk_status status)
{
	if (unlikely(status != SK_OK))
		sketch_damaged(&hll_type, status);
}

/* The sketch in a value of any layout; DATA_CORRUPTED if there is none. */
static inline sk_hll
hll_open(sk_value value)
{
	sk_hll		sketch;

	hll_require_ok(sk_hll_open(&sketch, value.bytes, value.nbytes));
	return sketch;
}

/* The precision itself; INVALID_PARAMETER_VALUE if it is out of range. */
extern int	hll_require_precision(int precision);

#endif							/* PG_HLL_H */
