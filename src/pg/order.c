/*
 * order.c: comparison of sketches, for GROUP BY, DISTINCT, joins and indexes.
 *
 * Two sketches of a type are equal if their parameters and their content are. As
 * packed values are canonical, that is equality of bytes. The order is that of the
 * bytes: total and stable, but without meaning. One set of functions serves all
 * types; SQL ensures that both sides have the same type.
 */
#include "postgres.h"

#include "common/hashfn.h"

#include "pg/any.h"

/* Frees copies made by detoasting or packing: sorts compare millions of times. */
static void
release(struct varlena *packed, struct varlena *value, Datum argument)
{
	if (packed != value)
		pfree(packed);
	if ((Pointer) value != DatumGetPointer(argument))
		pfree(value);
}

static int
compare(FunctionCallInfo fcinfo)
{
	struct varlena *left = PG_GETARG_VARLENA_PP(0);
	struct varlena *right = PG_GETARG_VARLENA_PP(1);
	struct varlena *a = sketch_pack_any(left);
	struct varlena *b = sketch_pack_any(right);
	size_t		na = VARSIZE_ANY_EXHDR(a);
	size_t		nb = VARSIZE_ANY_EXHDR(b);
	int			result = memcmp(VARDATA_ANY(a), VARDATA_ANY(b), Min(na, nb));

	if (result == 0)
		result = (na > nb) - (na < nb);
	release(a, left, PG_GETARG_DATUM(0));
	release(b, right, PG_GETARG_DATUM(1));
	return result;
}

/* The comparison operators; NULL for NULL. */
PG_FUNCTION_INFO_V1(sketch_eq);
Datum
sketch_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) == 0);
}

PG_FUNCTION_INFO_V1(sketch_ne);
Datum
sketch_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) != 0);
}

PG_FUNCTION_INFO_V1(sketch_lt);
Datum
sketch_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) < 0);
}

PG_FUNCTION_INFO_V1(sketch_le);
Datum
sketch_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) <= 0);
}

PG_FUNCTION_INFO_V1(sketch_gt);
Datum
sketch_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) > 0);
}

PG_FUNCTION_INFO_V1(sketch_ge);
Datum
sketch_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) >= 0);
}

/* sketch_cmp(a, b) -> integer: below 0, 0 or above 0, for btree. */
PG_FUNCTION_INFO_V1(sketch_cmp);
Datum
sketch_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare(fcinfo));
}

static uint64
hash_packed(FunctionCallInfo fcinfo, uint64 seed)
{
	struct varlena *value = PG_GETARG_VARLENA_PP(0);
	struct varlena *packed = sketch_pack_any(value);
	uint64		hash = hash_bytes_extended((const unsigned char *)
										   VARDATA_ANY(packed),
										   (int) VARSIZE_ANY_EXHDR(packed), seed);

	release(packed, value, PG_GETARG_DATUM(0));
	return hash;
}

/* sketch_own_hash(s) -> integer: hash of the sketch itself, not of its values. */
PG_FUNCTION_INFO_V1(sketch_own_hash);
Datum
sketch_own_hash(PG_FUNCTION_ARGS)
{
	PG_RETURN_UINT32((uint32) hash_packed(fcinfo, 0));
}

/* sketch_own_hash_extended(s, seed bigint) -> bigint: the same with a seed. */
PG_FUNCTION_INFO_V1(sketch_own_hash_extended);
Datum
sketch_own_hash_extended(PG_FUNCTION_ARGS)
{
	PG_RETURN_UINT64(hash_packed(fcinfo, (uint64) PG_GETARG_INT64(1)));
}
