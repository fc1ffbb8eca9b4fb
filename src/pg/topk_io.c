/*
 * topk_io.c: input of type topk. Output is that of all types: io.c.
 *
 * The text form is the base64 of the packed bytes, the binary form the bytes
 * themselves; doc/format.md describes them. Whatever comes in passes
 * sk_topk_check(), which accepts nothing but what sk_topk_pack() writes, and its
 * items must be texts in the encoding of the database.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "pg/topk.h"

/* The first item that is no text here, as an entry; false if all are. */
static bool
find_foreign(const topk *value, sk_topk_entry *entry)
{
	sk_topk		sketch = topk_open(value);
	sk_topk_cursor cursor = sk_topk_first(&sketch);

	while (sk_topk_next(&cursor, entry))
	{
		CHECK_FOR_INTERRUPTS();
		if (!pg_verify_mbstr(GetDatabaseEncoding(), (const char *) entry->item,
							 (int) entry->nbytes, true))
			return true;
	}
	return false;
}

bool
topk_accept(const topk *value, Node *escontext)
{
	sk_topk_entry entry;

	if (!find_foreign(value, &entry))
		return true;
	ereturn(escontext, false,
			(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
			 errmsg("topk value has an item that is no text in encoding \"%s\"",
					GetDatabaseEncodingName()),
			 errdetail("The item has %u bytes.", entry.nbytes),
			 errhint("Sketches of items can be moved between databases of one encoding only.")));
}

/*
 * topk_in(cstring) -> topk
 *
 * ERROR 22P02 for a text that is not the form above, 22021 for an item that is no
 * text; soft errors where the server has them.
 */
PG_FUNCTION_INFO_V1(topk_in);
Datum
topk_in(PG_FUNCTION_ARGS)
{
	return sketch_in(fcinfo, &topk_type);
}

/*
 * topk_recv(internal) -> topk
 *
 * ERROR 22P03 for bytes that are no packed sketch, 22021 as topk_in().
 */
PG_FUNCTION_INFO_V1(topk_recv);
Datum
topk_recv(PG_FUNCTION_ARGS)
{
	return sketch_recv(fcinfo, &topk_type);
}

/*
 * topk_from_bytea(bytea) -> topk, behind the cast
 *
 * NULL for NULL; ERROR 22P03 for bytes that are no packed sketch, 22021 as
 * topk_in().
 */
PG_FUNCTION_INFO_V1(topk_from_bytea);
Datum
topk_from_bytea(PG_FUNCTION_ARGS)
{
	return sketch_from_bytea(fcinfo, &topk_type);
}
