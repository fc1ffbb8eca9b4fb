/*
 * cms.h: cms values between the SQL functions and the core.
 *
 * A cms value is a varlena around the bytes of a sketch (core/cms/sketch.h). Values
 * that SQL sees are packed; working ones have a 4-byte header.
 */
#ifndef PG_CMS_H
#define PG_CMS_H

#include "fmgr.h"

#include "pg/compat.h"
#include "pg/value.h"
#include "core/cms/sketch.h"

typedef struct varlena cms;

#define DatumGetCms(d) ((cms *) PG_DETOAST_DATUM_PACKED(d))
#define PG_GETARG_CMS(n) DatumGetCms(PG_GETARG_DATUM(n))

/* What a sketch is made for where nothing is said. */
#define CMS_DEFAULT_EPSILON 0.001
#define CMS_DEFAULT_DELTA 0.01

/* The bytes of a working value, to be changed. */
static inline uint8 *
cms_bytes(cms *value)
{
	return (uint8 *) VARDATA(value);
}

static inline size_t
cms_nbytes(const cms *value)
{
	return VARSIZE(value) - VARHDRSZ;
}

/* The sketch in a value of any layout; DATA_CORRUPTED if it is none. */
extern sk_cms cms_open(const cms *value);

/* A new, empty working value. */
extern cms *cms_make(const sk_cms_shape *shape);
extern cms *cms_make_empty(sk_cms_design design);

/* ERROR 22023 unless epsilon and delta are between 0 and 1, 54000 when the
 * sketch would be too large. */
extern sk_cms_design cms_design(float8 epsilon, float8 delta);

/* The weight itself; ERROR 22023 if it is negative. */
extern uint64 cms_require_weight(int64 weight);

/*
 * dst with one hash of this weight, or with all of src, added. A working dst is
 * changed in place and returned, if it has the room and the design; else the
 * result is a new working value and dst is left alone. To insert, dst must be a
 * working value. An empty sketch is neutral, whatever it was made for; of two
 * empty ones, the union has the larger epsilon, then the larger delta, but the
 * default comes last. ERROR
 * 22023 when the designs do not fit together, 22003 when the total would pass
 * that of a bigint; then nothing has changed.
 */
extern cms *cms_insert(cms *dst, uint64 hash, uint64 weight);
extern cms *cms_absorb(cms *dst, const sk_cms *src);

/* The packed form: value itself if it is packed, else a new value. */
extern cms *cms_pack(cms *value);

#endif							/* PG_CMS_H */
