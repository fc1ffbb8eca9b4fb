/*
 * hll_order.c: comparison of hll values, for GROUP BY, DISTINCT, joins, indexes.
 *
 * Two sketches are equal when their precision and their content are; as packed
 * values are canonical, that is equality of bytes. The order is that of the
 * bytes: total and stable, and without a meaning.
 */
#include "postgres.h"

#include "common/hashfn.h"

#include "pg/hll.h"

/* Frees what detoasting or packing made: sorts call this millions of times. */
static void
release(hll *packed, hll *value, Datum argument)
{
	if (packed != value)
		pfree(packed);
	if ((Pointer) value != DatumGetPointer(argument))
		pfree(value);
}

static int
compare(FunctionCallInfo fcinfo)
{
	hll		   *left = PG_GETARG_HLL(0);
	hll		   *right = PG_GETARG_HLL(1);
	hll		   *a = hll_pack(left);
	hll		   *b = hll_pack(right);
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
PG_FUNCTION_INFO_V1(hll_eq);
Datum
hll_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) == 0);
}

PG_FUNCTION_INFO_V1(hll_ne);
Datum
hll_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) != 0);
}

PG_FUNCTION_INFO_V1(hll_lt);
Datum
hll_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) < 0);
}

PG_FUNCTION_INFO_V1(hll_le);
Datum
hll_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) <= 0);
}

PG_FUNCTION_INFO_V1(hll_gt);
Datum
hll_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) > 0);
}

PG_FUNCTION_INFO_V1(hll_ge);
Datum
hll_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare(fcinfo) >= 0);
}

/* hll_cmp(hll, hll) -> integer: below 0, 0 or above 0, for btree. */
PG_FUNCTION_INFO_V1(hll_cmp);
Datum
hll_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare(fcinfo));
}

static uint64
hash_packed(FunctionCallInfo fcinfo, uint64 seed)
{
	hll		   *value = PG_GETARG_HLL(0);
	hll		   *packed = hll_pack(value);
	uint64		hash = hash_bytes_extended((const unsigned char *)
										   VARDATA_ANY(packed),
										   (int) VARSIZE_ANY_EXHDR(packed), seed);

	release(packed, value, PG_GETARG_DATUM(0));
	return hash;
}

/* hll_hash(hll) -> integer: the hash of the value itself, for hash joins. */
PG_FUNCTION_INFO_V1(hll_hash);
Datum
hll_hash(PG_FUNCTION_ARGS)
{
	PG_RETURN_UINT32((uint32) hash_packed(fcinfo, 0));
}

/* hll_hash_extended(hll, seed bigint) -> bigint: the same with a seed. */
PG_FUNCTION_INFO_V1(hll_hash_extended);
Datum
hll_hash_extended(PG_FUNCTION_ARGS)
{
	PG_RETURN_UINT64(hash_packed(fcinfo, (uint64) PG_GETARG_INT64(1)));
}
