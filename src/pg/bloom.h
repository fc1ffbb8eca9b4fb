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
#include "pg/value.h"
#include "core/bloom/sketch.h"

typedef struct varlena bloom;

#define DatumGetBloom(d) ((bloom *) PG_DETOAST_DATUM_PACKED(d))
#define PG_GETARG_BLOOM(n) DatumGetBloom(PG_GETARG_DATUM(n))

/* The bytes of a working value, to be changed. */
static inline uint8 *
bloom_bytes(bloom *value)
{
	return (uint8 *) VARDATA(value);
}

static inline size_t
bloom_nbytes(const bloom *value)
{
	return VARSIZE(value) - VARHDRSZ;
}

/* The sketch in a value of any layout; DATA_CORRUPTED if it is none. */
extern sk_bloom bloom_open(const bloom *value);

/* A new, empty working value. */
extern bloom *bloom_make(const sk_bloom_shape *shape);

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
 * The design of a filter for so many items at this rate of false positives.
 * ERROR 22023 when one of them is out of range, 54000 when it would pass 1 GB.
 */
extern sk_bloom_design bloom_design(int64 expected, float8 rate);

/*
 * dst with one hash, or with all of src, added. A working dst is changed in
 * place and returned, if it has the room and the design; else the result is a
 * new working value and dst is left alone. To insert, dst must be a working
 * value. ERROR 22023 when the designs do not fit together, 54000 when there are
 * too many values for a filter that sizes itself.
 */
extern bloom *bloom_insert_larger(bloom *dst, uint64 hash);
extern bloom *bloom_absorb(bloom *dst, const sk_bloom *src);

static pg_attribute_always_inline bloom *
bloom_insert(bloom *dst, uint64 hash)
{
	if (likely(sk_bloom_add(bloom_bytes(dst), bloom_nbytes(dst),
							hash) == SK_OK))
		return dst;
	return bloom_insert_larger(dst, hash);
}

/*
 * dst without what src does not have: their intersection. dst is changed in
 * place and returned if it is working bits and stays so; else the result is a
 * new working value. ERROR 22023 when the designs do not fit together.
 */
extern bloom *bloom_narrow(bloom *dst, const sk_bloom *src);

/* ERROR 22023: these two cannot be merged, intersected or compared. */
extern void bloom_unlike(const sk_bloom_design *a, const sk_bloom_design *b)
			__attribute__((noreturn));

/*
 * ERROR 0A000 if packing this state, of whatever type, found a size for a filter:
 * each part of an aggregate would find another, and the whole none.
 */
extern void bloom_refuse_part(const struct varlena *state,
							  const struct varlena *packed);

/* The packed form: value itself if it is packed, else a new value. */
extern bloom *bloom_pack(bloom *value);

#endif							/* PG_BLOOM_H */
