/*
 * cms_io.c: input of type cms. Output is that of all types: io.c.
 *
 * The text form is the base64 of the packed bytes, the binary form the bytes
 * themselves; doc/format.md describes them. Whatever comes in passes
 * sk_cms_check(), which accepts nothing but what sk_cms_pack() writes.
 */
#include "postgres.h"

#include "pg/cms.h"

/*
 * cms_in(cstring) -> cms
 *
 * ERROR 22P02 for a text that is not the form above; soft errors where the
 * server has them.
 */
PG_FUNCTION_INFO_V1(cms_in);
Datum
cms_in(PG_FUNCTION_ARGS)
{
	return sketch_in(fcinfo, &cms_type);
}

/*
 * cms_recv(internal) -> cms
 *
 * ERROR 22P03 for bytes that are no packed sketch.
 */
PG_FUNCTION_INFO_V1(cms_recv);
Datum
cms_recv(PG_FUNCTION_ARGS)
{
	return sketch_recv(fcinfo, &cms_type);
}

/*
 * cms_from_bytea(bytea) -> cms, behind the cast
 *
 * NULL for NULL; ERROR 22P03 for bytes that are no packed sketch.
 */
PG_FUNCTION_INFO_V1(cms_from_bytea);
Datum
cms_from_bytea(PG_FUNCTION_ARGS)
{
	return sketch_from_bytea(fcinfo, &cms_type);
}
