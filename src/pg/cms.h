/*
 * cms.h: cms values between the SQL functions and the core.
 */
#ifndef PG_CMS_H
#define PG_CMS_H

#include "fmgr.h"

#include "pg/compat.h"
#include "pg/kind.h"
#include "pg/any.h"
#include "core/cms/sketch.h"

typedef struct varlena cms;

#define DatumGetCms(d) ((cms *) PG_DETOAST_DATUM_PACKED(d))
#define PG_GETARG_CMS(n) DatumGetCms(PG_GETARG_DATUM(n))

/* The sketch in a value of any layout; DATA_CORRUPTED if there is none. */
extern sk_cms cms_open(const cms *value);

/* The same of a value that may be stored, reading the header alone. */
extern sk_cms cms_open_header(Datum value);

/* What a function that takes values keeps for the lifetime of its call site. */
typedef struct cms_values
{
	sketch_element element;		/* first: see sketch_call_site() */
	sk_kind		kind;			/* of the values, once it is asked for */
} cms_values;

static inline uint8
cms_kind_of(cms_values *values)
{
	if (unlikely(values->kind == SK_KIND_NONE))
		values->kind = sketch_kind_of(&values->element);
	return (uint8) values->kind;
}

/*
 * A new, empty working value. ERROR 22023 unless epsilon and delta are
 * between 0 and 1, 54000 if the sketch would be too large.
 */
extern cms *cms_make_empty(float8 epsilon, float8 delta);

/* The weight itself; ERROR 22023 if it is negative. */
static inline uint64
cms_require_weight(int64 weight)
{
	if (likely(weight >= 0))
		return (uint64) weight;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("weight " INT64_FORMAT " is negative", weight),
			 errdetail("What was added to a sketch cannot be taken away again, or its frequencies could be too low."),
			 errhint("Keep what is to be subtracted in a sketch of its own, and subtract its frequencies.")));
}

/*
 * The weight as an integer; ERROR 22023 if it is negative or not whole, 22003 if
 * there is more than one whole number that it could have been.
 */
extern uint64 cms_weight_of_float8(float8 weight);

/*
 * A working value, which has a 4-byte header, with the weight of one hash, of a
 * value of this kind, added: the same one, changed in place, if it has the room, else a new one.
 * ERROR 22003 if the total would be out of range for a bigint; then nothing
 * has changed.
 */
static inline cms *
cms_add_hash(cms *value, uint64 hash, uint8 kind, uint64 weight)
{
	sk_value	sketch = {(uint8 *) VARDATA(value), VARSIZE(value) - VARHDRSZ};
	sk_status	status = sk_cms_add(&sketch, hash, kind, weight,
									&sketch_env);

	if (unlikely(status != SK_OK))
		cms_type.refuse(status, &sketch, NULL);
	return sketch.bytes == (uint8 *) VARDATA(value) ? value :
		sketch_varlena(sketch);
}

#endif							/* PG_CMS_H */
