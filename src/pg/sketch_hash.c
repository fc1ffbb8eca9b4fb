/*
 * sketch_hash.c: the type sketch_hash, and the SQL functions that make one.
 *
 * A sketch_hash is a 64-bit hash: eight bytes by value, stored, compared and sent
 * like a bigint, so the server's bigint functions do most of the work
 * (sketch_hash.sql). It is a type of its own so that a hash is never hashed again
 * by mistake, and a number never mistaken for a hash.
 */
#include "postgres.h"

#include "pg/compat.h"
#include "pg/element.h"

PG_FUNCTION_INFO_V1(sketch_hash_in);
PG_FUNCTION_INFO_V1(sketch_hash_any);
PG_FUNCTION_INFO_V1(hll_hash_boolean);
PG_FUNCTION_INFO_V1(hll_hash_smallint);
PG_FUNCTION_INFO_V1(hll_hash_integer);
PG_FUNCTION_INFO_V1(hll_hash_bigint);
PG_FUNCTION_INFO_V1(hll_hash_bytea);
PG_FUNCTION_INFO_V1(hll_hash_text);

static Datum hash_as(sketch_kind kind, FunctionCallInfo fcinfo);
static bool parse_hash(const char *text, int64 *hash);

/*
 * sketch_hash_in(cstring) -> sketch_hash: the text form, a decimal bigint.
 *
 * A text in place of a hash is most likely a value that was meant to be hashed,
 * hence the hint.
 */
Datum
sketch_hash_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	int64		hash;

	if (!parse_hash(text, &hash))
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type sketch_hash: \"%s\"", text),
				 errdetail("A sketch_hash is written as a decimal number in the range of bigint."),
				 errhint("To hash a text, give it its type, as in sketch_hash_any('...'::text).")));
	PG_RETURN_INT64(hash);
}

/* sketch_hash_any(anyelement, seed bigint) -> sketch_hash: see element.h */
Datum
sketch_hash_any(PG_FUNCTION_ARGS)
{
	uint64		seed = (uint64) PG_GETARG_INT64(1);

	PG_RETURN_INT64((int64) sketch_hash_arg(fcinfo, 0, seed));
}

/*
 * hll_hash_TYPE(value, seed bigint) -> sketch_hash: the same hashes as
 * sketch_hash_any() for one type each, under the names of postgresql-hll.
 */
Datum
hll_hash_boolean(PG_FUNCTION_ARGS)
{
	return hash_as(SKETCH_INT8, fcinfo);
}

Datum
hll_hash_smallint(PG_FUNCTION_ARGS)
{
	return hash_as(SKETCH_INT16, fcinfo);
}

Datum
hll_hash_integer(PG_FUNCTION_ARGS)
{
	return hash_as(SKETCH_INT32, fcinfo);
}

Datum
hll_hash_bigint(PG_FUNCTION_ARGS)
{
	return hash_as(SKETCH_INT64, fcinfo);
}

Datum
hll_hash_bytea(PG_FUNCTION_ARGS)
{
	return hash_as(SKETCH_BYTES, fcinfo);
}

Datum
hll_hash_text(PG_FUNCTION_ARGS)
{
	return hash_as(SKETCH_BYTES, fcinfo);
}

/* The hash of argument 0, of a kind without parts, with argument 1 as seed. */
static inline Datum
hash_as(sketch_kind kind, FunctionCallInfo fcinfo)
{
	sketch_element element = {.kind = kind};
	uint64		seed = (uint64) PG_GETARG_INT64(1);

	PG_RETURN_INT64((int64) sketch_hash_value(&element, PG_GETARG_DATUM(0),
											  seed));
}

/* Reads a whole decimal number, with spaces around it, as bigint's input does. */
static bool
parse_hash(const char *text, int64 *hash)
{
	char	   *end;

	errno = 0;
	*hash = strtoll(text, &end, 10);
	if (end == text || errno == ERANGE)
		return false;
	return end[strspn(end, " \t\n\v\f\r")] == '\0';
}
