/*
 * value.c: what sketches of all types do alike (see value.h).
 */
#include "postgres.h"

#include <ctype.h>

#include "access/detoast.h"
#include "access/htup_details.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "pg/state.h"
#include "pg/value.h"

static void *
allocate(size_t nbytes)
{
	return (char *) palloc(VARHDRSZ + nbytes) + VARHDRSZ;
}

static void
release(void *memory)
{
	pfree((char *) memory - VARHDRSZ);
}

static void
poll(void)
{
	CHECK_FOR_INTERRUPTS();
}

const sk_env sketch_env = {allocate, release, poll};

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

sk_value
sketch_header(Datum value, size_t nbytes)
{
	struct varlena *stored = (struct varlena *) DatumGetPointer(value);
	struct varlena *slice;

	if (!VARATT_IS_EXTERNAL(stored) && !VARATT_IS_COMPRESSED(stored))
		return sketch_value(stored);
	slice = (struct varlena *) PG_DETOAST_DATUM_SLICE(value, 0, (int32) nbytes);
	return (sk_value) {
		(uint8 *) VARDATA_ANY(slice), toast_raw_datum_size(value) - VARHDRSZ
	};
}

/* The first characters of a text, for an error message. */
static const char *
excerpt(const char *text)
{
	int			length = (int) strlen(text);
	int			shown = pg_mbcliplen(text, length, 40);

	return shown == length ? text : psprintf("%.*s...", shown, text);
}

static bool
are_hex_digits(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!isxdigit((unsigned char) text[i]))
			return false;
	return true;
}

/*
 * Decodes the text form, "\\x" and two digits a byte, into at most length / 2
 * bytes; false if it is not one. In parts, so that a query can be canceled.
 */
static bool
decode(const char *text, size_t length, uint8 *bytes, size_t *nbytes)
{
	if (length < 2 || length % 2 != 0 || text[0] != '\\' || text[1] != 'x')
		return false;
	*nbytes = length / 2 - 1;
	for (size_t at = 0; at < *nbytes; at += SKETCH_TEXT_PART)
	{
		const char *digits = text + 2 + 2 * at;
		size_t		ndigits = 2 * Min(*nbytes - at, SKETCH_TEXT_PART);

		CHECK_FOR_INTERRUPTS();
		if (!are_hex_digits(digits, ndigits))
			return false;
		hex_decode(digits, ndigits, (char *) bytes + at);
	}
	return true;
}

/* The value, if the type accepts it: see sketch_type. */
static struct varlena *
accepted(const sketch_type *type, struct varlena *value, Node *escontext)
{
	if (type->accept != NULL && !type->accept(value, escontext))
		return NULL;
	return value;
}

static struct varlena *
value_of_text(const sketch_type *type, const char *text, Node *escontext)
{
	size_t		length = strlen(text);
	struct varlena *value = palloc(VARHDRSZ + length / 2);
	size_t		nbytes;
	sk_status	status;

	if (!decode(text, length, (uint8 *) VARDATA(value), &nbytes))
		ereturn(escontext, NULL,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"",
						type->name, excerpt(text)),
				 errdetail("The text form is \\x followed by two hexadecimal digits for each byte."),
				 errhint("Make values with %s, and copy them whole.",
						 type->makers)));
	status = type->check(VARDATA(value), nbytes, &sketch_env);
	if (status != SK_OK)
		ereturn(escontext, NULL,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"",
						type->name, excerpt(text)),
				 errdetail_internal("%s", status_detail(type, status)),
				 errhint("%s", status_hint(type, status))));
	SET_VARSIZE(value, VARHDRSZ + nbytes);
	return accepted(type, value, escontext);
}

/* Input from text: ERROR 22P02 if it is not the text form of a sketch. */
Datum
sketch_in(FunctionCallInfo fcinfo, const sketch_type *type)
{
	struct varlena *value = value_of_text(type, PG_GETARG_CSTRING(0),
										  fcinfo->context);

	if (value == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(value);
}

/* A new value of these bytes; ERROR 22P03 if they are no packed sketch. */
static Datum
value_of_bytes(const sketch_type *type, const char *bytes, size_t nbytes)
{
	sk_status	status = type->check(bytes, nbytes, &sketch_env);
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
	return PointerGetDatum(accepted(type, value, NULL));
}

Datum
sketch_recv(FunctionCallInfo fcinfo, const sketch_type *type)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	int			nbytes = message->len - message->cursor;

	return value_of_bytes(type, pq_getmsgbytes(message, nbytes), nbytes);
}

Datum
sketch_from_bytea(FunctionCallInfo fcinfo, const sketch_type *type)
{
	const bytea *bytes = PG_GETARG_BYTEA_PP(0);

	return value_of_bytes(type, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
}

struct varlena *
sketch_merge(const sketch_type *type, struct varlena *dst,
			 const struct varlena *src)
{
	sk_value	from = sketch_value(src);
	sk_value	sum = {NULL, 0};
	sk_status	status;

	if (dst != NULL)
		sum = sketch_value(dst);
	status = type->merge(&sum, from.bytes, from.nbytes, &sketch_env);
	if (unlikely(status != SK_OK))
		type->refuse(status, &sum, &from);
	return dst != NULL ? sketch_result(dst, sum) : sketch_varlena(sum);
}

struct varlena *
sketch_pack(const sketch_type *type, struct varlena *value)
{
	sk_value	sketch = sketch_value(value);
	sk_status	status;

	status = type->pack(&sketch, &sketch_env);
	if (unlikely(status != SK_OK))
		type->refuse(status, &sketch, NULL);
	return sketch_result(value, sketch);
}

bool
sketch_same(const struct varlena *a, const struct varlena *b)
{
	return a == b ||
		(VARSIZE_ANY_EXHDR(a) == VARSIZE_ANY_EXHDR(b) &&
		 memcmp(VARDATA_ANY(a), VARDATA_ANY(b), VARSIZE_ANY_EXHDR(a)) == 0);
}

static bool
is_stored(Datum value)
{
	return VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(value));
}

/*
 * A union that adds nothing to an operand is that operand as it came: an UPDATE
 * then keeps what is stored out of line, and writes none of it.
 */
Datum
sketch_union(FunctionCallInfo fcinfo, const sketch_type *type)
{
	struct varlena *a,
			   *b,
			   *sum;

	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(PG_ARGISNULL(0) ? 1 : 0));
	a = sketch_pack(type, PG_GETARG_VARLENA_PP(0));
	b = PG_GETARG_VARLENA_PP(1);
	sum = sketch_pack(type, sketch_merge(type, a, b));
	if (is_stored(PG_GETARG_DATUM(1)) && sketch_same(sum, b))
		PG_RETURN_DATUM(PG_GETARG_DATUM(1));
	if (sketch_same(sum, a))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	if (sketch_same(sum, b))
		PG_RETURN_DATUM(PG_GETARG_DATUM(1));
	PG_RETURN_POINTER(sum);
}

Datum
sketch_union_array(FunctionCallInfo fcinfo, const sketch_type *type)
{
	ArrayIterator sketches = array_create_iterator(PG_GETARG_ARRAYTYPE_P(0), 0,
												   NULL);
	struct varlena *sum = NULL;
	Datum		sketch;
	bool		isnull;

	while (array_iterate(sketches, &sketch, &isnull))
	{
		CHECK_FOR_INTERRUPTS();
		if (!isnull)
			sum = sketch_merge(type, sum, PG_DETOAST_DATUM_PACKED(sketch));
	}
	if (sum == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(sketch_pack(type, sum));
}

/*
 * Strict: the executor makes the first sketch the state as it is, still packed,
 * since it often is the only one, and skips NULL.
 */
Datum
sketch_union_agg_trans(FunctionCallInfo fcinfo, const sketch_type *type)
{
	sketch_require_aggregate(fcinfo);
	PG_RETURN_POINTER(sketch_merge(type, sketch_state(fcinfo),
								   PG_GETARG_VARLENA_PP(1)));
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
			 errhint("For a 95%% interval say 0.95.")));
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
