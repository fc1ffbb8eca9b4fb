/*
 * io.c: the entrances and exits that all sketch types share (see io.h).
 */
#include "postgres.h"

#include "funcapi.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "pg/bloom.h"
#include "pg/compat.h"
#include "pg/io.h"
#include "sketch/base64.h"

/* Which rule of doc/format.md the bytes break, as an error's detail. */
static const char *
status_detail(const sketch_type *type, sk_status status)
{
	switch (status)
	{
		case SK_SHORT:
			return "The value ends before its last field.";
		case SK_LONG:
			return "Bytes follow the last field.";
		case SK_TYPE:
			return psprintf("The first byte is not that of a value of type %s.",
							type->name);
		case SK_VERSION:
			return psprintf("The format version is not %d, which is the one that this version of pgext reads.",
							type->first_byte & 0x0F);
		case SK_LAYOUT:
			return "The layout is unknown, or not one to exchange values in.";
		case SK_PRECISION:
			return "The precision is out of range.";
		case SK_RESERVED:
			return "A reserved or padding bit is set.";
		case SK_COUNT:
			return "A count or length disagrees with what it counts.";
		case SK_ORDER:
			return "The values are out of order or repeated.";
		case SK_DESIGN:
			return "The sizes disagree with what the sketch was made for.";
		case SK_DICTIONARY:
			return "The dictionary is not the one that the data asks for.";
		default:
			return "It holds a value that no input can produce.";
	}
}

static const char *
status_hint(const sketch_type *type, sk_status status)
{
	if (status == SK_VERSION)
		return "If a newer version of pgext wrote the value, update the extension.";
	return psprintf("Make values with %s, and copy them whole.", type->makers);
}

void
sketch_damaged(const sketch_type *type, sk_status status)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("stored %s value is damaged", type->name),
			 errdetail_internal("%s", status_detail(type, status)),
			 errhint("Rebuild the sketch from the data it was made of, or restore it from a backup.")));
}

/* The first characters of a text, for an error message. */
static const char *
excerpt(const char *text)
{
	int			length = (int) strlen(text);
	int			shown = pg_mbcliplen(text, length, 40);

	return shown == length ? text : psprintf("%.*s...", shown, text);
}

/*
 * A text of 1 GB takes seconds, so it is read and written in parts, between which
 * a query can be cancelled. Bytes in a part are a multiple of three.
 */
#define PART_BYTES 98304
#define PART_LENGTH (PART_BYTES / 3 * 4)

/* As sk_base64_decode(). Padding in a part that is not the last is wrong. */
static bool
decode(const char *text, size_t length, uint8 *bytes, size_t *nbytes)
{
	*nbytes = 0;
	for (size_t at = 0; at < length; at += PART_LENGTH)
	{
		size_t		n = Min(length - at, PART_LENGTH);
		size_t		decoded;

		CHECK_FOR_INTERRUPTS();
		if (!sk_base64_decode(text + at, n, bytes + *nbytes, &decoded) ||
			(at + n < length && decoded < PART_BYTES))
			return false;
		*nbytes += decoded;
	}
	return true;
}

/* As sk_base64_encode(). */
static void
encode(const uint8 *bytes, size_t nbytes, char *text)
{
	for (size_t at = 0; at < nbytes; at += PART_BYTES, text += PART_LENGTH)
	{
		CHECK_FOR_INTERRUPTS();
		sk_base64_encode(bytes + at, Min(nbytes - at, PART_BYTES), text);
	}
}

struct varlena *
sketch_in(const sketch_type *type, const char *text, Node *escontext)
{
	size_t		length = strlen(text);
	struct varlena *value = palloc(VARHDRSZ + length / 4 * 3);
	size_t		nbytes;
	sk_status	status;

	if (!decode(text, length, (uint8 *) VARDATA(value), &nbytes))
		ereturn(escontext, NULL,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"",
						type->name, excerpt(text)),
				 errdetail("The text is not base64 in one line, with padding."),
				 errhint("Make values with %s, and copy them whole.",
						 type->makers)));
	status = type->check(VARDATA(value), nbytes);
	if (status != SK_OK)
		ereturn(escontext, NULL,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"",
						type->name, excerpt(text)),
				 errdetail_internal("%s", status_detail(type, status)),
				 errhint("%s", status_hint(type, status))));
	SET_VARSIZE(value, VARHDRSZ + nbytes);
	return value;
}

/* A new value of these bytes, when they are a sketch of the type. */
static struct varlena *
accept_bytes(const sketch_type *type, const char *bytes, size_t nbytes)
{
	sk_status	status = type->check(bytes, nbytes);
	struct varlena *value;

	if (status != SK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary representation of type %s", type->name),
				 errdetail_internal("%s", status_detail(type, status)),
				 errhint("%s", status_hint(type, status))));
	value = palloc(VARHDRSZ + nbytes);
	SET_VARSIZE(value, VARHDRSZ + nbytes);
	memcpy(VARDATA(value), bytes, nbytes);
	return value;
}

struct varlena *
sketch_recv(const sketch_type *type, StringInfo message)
{
	int			nbytes = message->len - message->cursor;

	return accept_bytes(type, pq_getmsgbytes(message, nbytes), nbytes);
}

struct varlena *
sketch_from_bytes(const sketch_type *type, const struct varlena *bytes)
{
	return accept_bytes(type, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
}

/* The packed form of a value whose type its first byte tells. */
struct varlena *
sketch_pack(struct varlena *value)
{
	static const sketch_type *const types[] = {
		&hll_type, &bloom_type, &cms_type, &topk_type
	};
	uint8		first;

	if (VARSIZE_ANY_EXHDR(value) == 0)
		return hll_type.pack(value);	/* see hll_is_unset() */
	first = *(const uint8 *) VARDATA_ANY(value);
	for (size_t i = 0; i < lengthof(types); i++)
		if (types[i]->first_byte == first)
			return types[i]->pack(value);
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("stored sketch is damaged"),
			 errdetail("The first byte is that of no type and format version which this version of pgext reads."),
			 errhint("If a newer version of pgext wrote the value, update the extension; else rebuild the sketch from the data it was made of, or restore it from a backup.")));
}

/*
 * Argument 0, packed. Within an aggregate it is a part of one, on its way to
 * another node, as Citus sends it; ERROR 0A000 if it cannot be one.
 */
static struct varlena *
packed_arg(FunctionCallInfo fcinfo)
{
	struct varlena *value = PG_GETARG_VARLENA_PP(0);
	struct varlena *packed = sketch_pack(value);

	if (AggCheckCallContext(fcinfo, NULL))
		bloom_refuse_part(value, packed);
	return packed;
}

/*
 * sketch_out(s) -> cstring, for the output of all types
 *
 * The base64 text of the packed bytes. ERROR 54000 where that passes 1 GB.
 */
PG_FUNCTION_INFO_V1(sketch_out);
Datum
sketch_out(PG_FUNCTION_ARGS)
{
	struct varlena *packed = packed_arg(fcinfo);
	size_t		nbytes = VARSIZE_ANY_EXHDR(packed);
	size_t		length = sk_base64_length(nbytes);
	char	   *text;

	if (!AllocSizeIsValid(length + 1))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("text form of a sketch of %zu bytes would exceed 1 GB",
						nbytes),
				 errdetail("As text, three bytes take four characters."),
				 errhint("Use the binary form, as COPY ... WITH (FORMAT binary) does.")));
	text = palloc(length + 1);
	encode((const uint8 *) VARDATA_ANY(packed), nbytes, text);
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
	PG_RETURN_POINTER(sketch_pack(PG_GETARG_VARLENA_PP(0)));
}

void
sketch_poll(void)
{
	CHECK_FOR_INTERRUPTS();
}

double
sketch_require_confidence(double confidence)
{
	if (likely(confidence > 0 && confidence < 1))
		return confidence;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("confidence %g is out of range", confidence),
			 errdetail("The confidence is a probability between 0 and 1, both excluded."),
			 errhint("For a 95 %% interval say 0.95.")));
}

Datum
sketch_make_record(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	TupleDesc	columns;

	if (get_call_result_type(fcinfo, NULL, &columns) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (nulls == NULL)
		nulls = palloc0(columns->natts * sizeof(*nulls));
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(columns), values,
											 nulls));
}
