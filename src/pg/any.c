/*
 * any.c: the roof over all types: what must tell from a value which type it is.
 *
 * Output, comparison (order.c) and final functions need no more than the packed
 * bytes, so that one C function serves all types. Whoever adds a type adds it to
 * the table here.
 */
#include "postgres.h"

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "pg/any.h"

const sketch_type *const sketch_types[] = {
	&hll_type, &bloom_type, &cms_type, &topk_type, NULL
};

/* The type of a value, which its first byte tells. */
static const sketch_type *
type_of(const struct varlena *value)
{
	for (const sketch_type *const *type = sketch_types; *type != NULL; type++)
		if (VARSIZE_ANY_EXHDR(value) > 0 &&
			(*type)->first_byte == *(const uint8 *) VARDATA_ANY(value))
			return *type;
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("stored sketch is damaged"),
			 errdetail("The first byte is that of no type and format version which this version of pgext reads."),
			 errhint("If a newer version of pgext wrote the value, update the extension; else rebuild the sketch from the data it was made of, or restore it from a backup.")));
}

struct varlena *
sketch_pack_any(struct varlena *value)
{
	return sketch_pack(type_of(value), value);
}

/* The text form, without a terminator. In parts, so that a query can be canceled. */
static void
encode(const char *bytes, size_t nbytes, char *text)
{
	*text++ = '\\';
	*text++ = 'x';
	for (size_t at = 0; at < nbytes; at += SKETCH_TEXT_PART)
	{
		CHECK_FOR_INTERRUPTS();
		text += hex_encode(bytes + at, Min(nbytes - at, SKETCH_TEXT_PART), text);
	}
}

/*
 * Argument 0, packed. Within an aggregate it is a part of one, on its way to
 * another node, as Citus sends it; ERROR 0A000 if it cannot be one.
 */
static struct varlena *
packed_arg(FunctionCallInfo fcinfo)
{
	struct varlena *value = PG_GETARG_VARLENA_PP(0);
	const sketch_type *type = type_of(value);
	struct varlena *packed = sketch_pack(type, value);

	if (type->check_part != NULL && AggCheckCallContext(fcinfo, NULL))
		type->check_part(value, packed);
	return packed;
}

/*
 * sketch_out(s) -> cstring, for the output of all types
 *
 * The packed bytes in hexadecimal, as bytea prints them. ERROR 54000 where that passes 1 GB.
 */
PG_FUNCTION_INFO_V1(sketch_out);
Datum
sketch_out(PG_FUNCTION_ARGS)
{
	struct varlena *packed = packed_arg(fcinfo);
	size_t		nbytes = VARSIZE_ANY_EXHDR(packed);
	size_t		length = 2 + 2 * nbytes;
	char	   *text;

	if (!AllocSizeIsValid(length + 1))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("text form of a sketch of %zu bytes would exceed 1 GB",
						nbytes),
				 errdetail("As text, each byte takes two characters."),
				 errhint("Use the binary form, as COPY ... WITH (FORMAT binary) does.")));
	text = palloc(length + 1);
	encode(VARDATA_ANY(packed), nbytes, text);
	text[length] = '\0';
	PG_RETURN_CSTRING(text);
}

/* sketch_send(s) -> bytea, for the binary output of all types */
PG_FUNCTION_INFO_V1(sketch_send);
Datum
sketch_send(PG_FUNCTION_ARGS)
{
	struct varlena *packed = packed_arg(fcinfo);
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendbytes(&message, VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed));
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

/*
 * sketch_to_bytea(s) -> bytea, behind the casts of all types
 *
 * The packed bytes. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(sketch_to_bytea);
Datum
sketch_to_bytea(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(sketch_pack_any(PG_GETARG_VARLENA_PP(0)));
}

/*
 * sketch_agg_final(state) -> sketch, of all types
 *
 * The packed sketch; the state stays as it is. NULL for no state.
 */
PG_FUNCTION_INFO_V1(sketch_agg_final);
Datum
sketch_agg_final(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(sketch_pack_any(PG_GETARG_VARLENA_PP(0)));
}
