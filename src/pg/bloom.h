/*
 * bloom.h: bloom values between the SQL functions and the core.
 *
 * A bloom value is a varlena around the bytes of a sketch (core/bloom/sketch.h).
 * Values that SQL sees are packed; working ones have a 4-byte header.
 */
#ifndef PG_BLOOM_H
#define PG_BLOOM_H

#include "fmgr.h"

#include "pg/compat.h"
#include "pg/any.h"
#include "core/bloom/sketch.h"

typedef struct varlena bloom;

#define DatumGetBloom(d) ((bloom *) PG_DETOAST_DATUM_PACKED(d))
#define PG_GETARG_BLOOM(n) DatumGetBloom(PG_GETARG_DATUM(n))

/* The sketch in a value of any layout; DATA_CORRUPTED if it is none. */
extern sk_bloom bloom_open(const bloom *value);

/*
 * What the header of a value says, in memory of its own; the rest of a value that
 * is stored out of line is not read. DATA_CORRUPTED as for bloom_open().
 */
extern sk_bloom bloom_header(Datum value);

/* The number itself; ERROR 22023 unless it is positive. */
extern void bloom_refuse_expected(int64 expected) __attribute__((noreturn));

static inline int64
bloom_require_expected(int64 expected)
{
	if (unlikely(!sk_bloom_expected_ok(expected)))
		bloom_refuse_expected(expected);
	return expected;
}

/*
 * The design of a filter for that many items at this rate of false positives.
 * ERROR 22023 if one of them is out of range, 54000 if it would exceed 1 GB.
 */
extern sk_bloom_design bloom_design(int64 expected, float8 rate);

/*
 * What a and b have in common: a itself, changed in place, if it is working
 * blocks and stays so; else a new working value. ERROR 22023 if the designs do
 * not fit together.
 */
extern bloom *bloom_intersect_values(bloom *a, const bloom *b);

#endif							/* PG_BLOOM_H */
