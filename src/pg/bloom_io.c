/*
 * bloom_io.c: input of type bloom. Output is that of all types: io.c.
 *
 * The text form is the base64 of the packed bytes, the binary form the bytes
 * themselves; doc/format.md describes them. Whatever comes in passes
 * sk_bloom_check(), which accepts nothing but what sk_bloom_pack() writes.
 */
#include "postgres.h"

#include "pg/bloom.h"

/*
 * bloom_in(cstring) -> bloom
 *
 * ERROR 22P02 for a text that is not the form above; soft errors where the
 * server has them.
 */
PG_FUNCTION_INFO_V1(bloom_in);
Datum
bloom_in(PG_FUNCTION_ARGS)
{
	return sketch_in(fcinfo, &bloom_type);
}

/*
 * bloom_recv(internal) -> bloom
 *
 * ERROR 22P03 for bytes that are no packed filter.
 */
PG_FUNCTION_INFO_V1(bloom_recv);
Datum
bloom_recv(PG_FUNCTION_ARGS)
{
	return sketch_recv(fcinfo, &bloom_type);
}

/*
 * bloom_from_bytea(bytea) -> bloom, behind the cast
 *
 * NULL for NULL; ERROR 22P03 for bytes that are no packed filter.
 */
PG_FUNCTION_INFO_V1(bloom_from_bytea);
Datum
bloom_from_bytea(PG_FUNCTION_ARGS)
{
	return sketch_from_bytea(fcinfo, &bloom_type);
}
