/*
 * topk.c: type topk: its table of operations, input, and the SQL functions that
 * make and merge sketches and describe them as a whole.
 *
 * Functions that list items are in topk_items.c, aggregates in topk_agg.c; what
 * all types do alike is in value.c, any.c and order.c. The sketch and its source:
 * core/topk/sketch.h.
 *
 * Adding NULL, or merging with it or with an empty sketch, gives the other
 * operand: the same datum, so that an upsert that changes nothing writes nothing.
 */
#include "postgres.h"

#include <math.h>

#include "access/detoast.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "pg/topk.h"

/* Below 2^53, each whole number is a float8 of its own. */
#define LEAST_INEXACT_FLOAT8 9007199254740992.0

static void refuse(sk_status status, const sk_value *dst, const sk_value *src);
static bool accept_items(const topk *value, Node *escontext);

const sketch_type topk_type = {
	.name = "topk",
	.makers = "topk_empty(), topk_add() or topk_add_agg()",
	.mergers = "topk_union_agg(), topk_union() or the operator ||",
	.first_byte = SK_TOPK_TYPE_AND_VERSION,
	.check = sk_topk_check,
	.merge = sk_topk_merge,
	.pack = sk_topk_pack,
	.refuse = refuse,
	.accept = accept_items
};

/* Raises the error of an addition or a merge, which does not depend on operands. */
static void
refuse(sk_status status, const sk_value *dst pg_attribute_unused(),
	   const sk_value *src pg_attribute_unused())
{
	if (status == SK_OVERFLOW)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("total of a topk value would be out of range"),
				 errdetail("The weights of all items together may reach " INT64_FORMAT ".",
						   PG_INT64_MAX),
				 errhint("Use smaller weights, such as thousands instead of units.")));
	if (status == SK_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("items of a topk value would exceed 256 MB"),
				 errdetail("While it is built, a sketch holds four times k items."),
				 errhint("Lower k, or cut the items, as with left(item, 1000).")));
	sketch_damaged(&topk_type, status);
}

/* The first item that is no text in this database; false if all are. */
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

/* Whether all items are texts in the encoding of the database; else an error,
 * false if that is soft. */
static bool
accept_items(const topk *value, Node *escontext)
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

sk_topk
topk_open(const topk *value)
{
	sk_topk		sketch;
	sk_status	status = sk_topk_open(&sketch, VARDATA_ANY(value),
									  VARSIZE_ANY_EXHDR(value));

	if (unlikely(status != SK_OK))
		sketch_damaged(&topk_type, status);
	return sketch;
}

sk_topk
topk_open_header(Datum value)
{
	sk_value	header = sketch_header(value, SK_TOPK_WORKING_HEADER);
	sk_topk		sketch;
	sk_status	status = sk_topk_open(&sketch, header.bytes, header.nbytes);

	if (unlikely(status != SK_OK))
		sketch_damaged(&topk_type, status);
	return sketch;
}

/* The header of argument 0, once it is packed, which may cut it. */
static sk_topk
packed_header(FunctionCallInfo fcinfo)
{
	sk_topk		header = topk_open_header(PG_GETARG_DATUM(0));

	return header.layout == SK_TOPK_PACKED ? header :
		topk_packed_arg(fcinfo, 0);
}

/* A packed header has at most this many bytes if the sketch is empty. */
#define EMPTY_BYTES 8

/*
 * Opens the header of a packed value, and says if it is empty. The size alone
 * settles that for nearly all values.
 */
static bool
is_empty_and_packed(Datum value, sk_topk *sketch)
{
	if (toast_raw_datum_size(value) > VARHDRSZ + EMPTY_BYTES)
		return false;
	*sketch = topk_open_header(value);
	return sketch->layout == SK_TOPK_PACKED && sk_topk_is_empty(sketch);
}

/* The value itself if it is packed, else its packed form. */
static Datum
packed_datum(Datum value)
{
	if (topk_open_header(value).layout == SK_TOPK_PACKED)
		return value;
	return PointerGetDatum(sketch_pack(&topk_type, DatumGetTopk(value)));
}

sk_topk
topk_packed_arg(FunctionCallInfo fcinfo, int argno)
{
	return topk_open(sketch_pack(&topk_type, PG_GETARG_TOPK(argno)));
}

uint32
topk_require_k(int32 k)
{
	if (likely(sk_topk_k_ok(k)))
		return (uint32) k;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("k %d is out of range", k),
			 errdetail("k is the number of items that are kept, from 1 to %d.",
					   SK_TOPK_MAX_K),
			 errhint("Take more than 2 divided by the share of the last item to be shown; to add items with weights, use topk_add_weighted_agg(item, weight).")));
}

uint64
topk_require_weight(int64 weight)
{
	if (likely(weight >= 0))
		return (uint64) weight;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("weight " INT64_FORMAT " is negative", weight),
			 errdetail("What was added to a sketch cannot be taken away again, or its bounds would not hold."),
			 errhint("Keep what is to be subtracted in a sketch of its own.")));
}

uint64
topk_weight_of_float8(float8 weight)
{
	if (!(fabs(weight) < LEAST_INEXACT_FLOAT8))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight %g is out of range", weight),
				 errdetail("A weight that is no bigint is taken as a double precision number, which has all whole numbers below 2^53 only."),
				 errhint("Cast the weight to bigint, as in sum(x)::bigint.")));
	if (weight != floor(weight))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight %g is not a whole number", weight),
				 errhint("Round it, or count in a smaller unit, as in round(100 * x)::bigint.")));
	return topk_require_weight((int64) weight);
}

sk_topk_item
topk_item(const text *item)
{
	size_t		nbytes = VARSIZE_ANY_EXHDR(item);

	if (unlikely(!sk_topk_length_ok(nbytes)))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("item of %zu bytes is too long for a topk value", nbytes),
				 errdetail("An item may have %d bytes.", SK_TOPK_MAX_ITEM),
				 errhint("Cut it, as with left(item, 1000), or take its md5(item).")));
	return sk_topk_item_of(VARDATA_ANY(item), nbytes);
}

/*
 * topk_in(cstring, oid, integer) -> topk
 *
 * ERROR 22P02 for text that is not the text form of a sketch, 22021 for an item
 * that is no text in the encoding of the database; soft errors where the server
 * has them.
 */
PG_FUNCTION_INFO_V1(topk_in);
Datum
topk_in(PG_FUNCTION_ARGS)
{
	return sketch_in(fcinfo, &topk_type);
}

/*
 * topk_recv(internal, oid, integer) -> topk
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

/*
 * topk_empty([k integer = 100]) -> topk
 *
 * A sketch without items that is to keep k of them (1..100,000). NULL for NULL;
 * ERROR 22023 for a k out of range.
 */
PG_FUNCTION_INFO_V1(topk_empty);
Datum
topk_empty(PG_FUNCTION_ARGS)
{
	sk_value	sketch = sk_topk_empty(topk_require_k(PG_GETARG_INT32(0)),
									   &sketch_env);

	PG_RETURN_POINTER(sketch_pack(&topk_type, sketch_varlena(sketch)));
}

/* Argument 0 with the item in argument 1, which is not null, added. */
static Datum
add_arg(FunctionCallInfo fcinfo, uint64 weight)
{
	sk_topk_item item = topk_item(topk_item_arg(fcinfo, 1));
	topk	   *value;

	if (weight == 0 && !PG_ARGISNULL(0))
		return packed_datum(PG_GETARG_DATUM(0));
	value = PG_ARGISNULL(0) ?
		sketch_varlena(sk_topk_empty(SK_TOPK_DEFAULT_K, &sketch_env)) :
		sketch_pack(&topk_type, PG_GETARG_TOPK(0));
	value = topk_with_item(value, &item, weight);
	PG_RETURN_POINTER(sketch_pack(&topk_type, value));
}

/* Whether there is nothing to add. */
static bool
adds_null(FunctionCallInfo fcinfo)
{
	return PG_ARGISNULL(1) || (PG_NARGS() > 2 && PG_ARGISNULL(2));
}

/* The result then. */
static Datum
return_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/*
 * topk_add(s topk, item text | anyelement [, weight bigint | float8 = 1]) -> topk, and
 * s || item
 *
 * s with the item added weight times (0 or more). NULL item or weight, or weight
 * 0: s unchanged. NULL s: a sketch of the item alone, with k = 100. NULL s and
 * item: NULL. ERROR 54000 for an item of more than 65,536 bytes, 22023 for a
 * negative weight, 22003 for a total beyond that of a bigint, 0A000 under a
 * nondeterministic collation. Misra and Gries 1982.
 */
PG_FUNCTION_INFO_V1(topk_add);
Datum
topk_add(PG_FUNCTION_ARGS)
{
	if (adds_null(fcinfo))
		return return_argument(fcinfo);
	return add_arg(fcinfo, PG_NARGS() > 2 ?
				   topk_require_weight(PG_GETARG_INT64(2)) : 1);
}

/* topk_add(s topk, item, weight float8): the same, for other numbers than bigint */
PG_FUNCTION_INFO_V1(topk_add_float8);
Datum
topk_add_float8(PG_FUNCTION_ARGS)
{
	if (adds_null(fcinfo))
		return return_argument(fcinfo);
	return add_arg(fcinfo, topk_weight_of_float8(PG_GETARG_FLOAT8(2)));
}

/*
 * topk_union(a topk, b topk) -> topk, and a || b
 *
 * A sketch of all that was added to a or to b, with the smaller k; its bounds
 * hold as if all had been added to one. An empty sketch or NULL is skipped; both
 * NULL: NULL; both empty: the one of the smaller k. ERROR 22003 for a total beyond
 * that of a bigint, 54000 for items beyond 256 MB. Agarwal et al. 2012, section 2.
 */
PG_FUNCTION_INFO_V1(topk_union);
Datum
topk_union(PG_FUNCTION_ARGS)
{
	Datum		a = PG_GETARG_DATUM(0),
				b = PG_GETARG_DATUM(1);
	sk_topk		x,
				y;
	bool		a_is_empty,
				b_is_empty;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return sketch_union(fcinfo, &topk_type);
	a_is_empty = is_empty_and_packed(a, &x);
	b_is_empty = is_empty_and_packed(b, &y);
	if (b_is_empty && !(a_is_empty && x.k > y.k))
		PG_RETURN_DATUM(packed_datum(a));
	if (a_is_empty)
		PG_RETURN_DATUM(packed_datum(b));
	return sketch_union(fcinfo, &topk_type);
}

/*
 * topk_union(sketches topk[]) -> topk
 *
 * The union of all elements of an array, whatever its dimensions. NULL elements
 * are skipped; NULL if there is nothing else. Errors as above.
 */
PG_FUNCTION_INFO_V1(topk_union_array);
Datum
topk_union_array(PG_FUNCTION_ARGS)
{
	return sketch_union_array(fcinfo, &topk_type);
}

/*
 * topk_k(s topk) -> integer
 *
 * The number of items that s keeps at most. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(topk_k);
Datum
topk_k(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32((int32) topk_open_header(PG_GETARG_DATUM(0)).k);
}

/*
 * topk_total(s topk) -> bigint
 *
 * The exact sum of all weights that were added. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(topk_total);
Datum
topk_total(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) topk_open_header(PG_GETARG_DATUM(0)).total);
}

/*
 * topk_error_bound(s topk) -> bigint
 *
 * The most that an item which s does not hold can weigh, and that the bounds of
 * an item which it holds can be apart; 0 while s is exact, and at most the total
 * over k + 1. NULL for NULL. Agarwal et al. 2012, lemma 1.
 */
PG_FUNCTION_INFO_V1(topk_error_bound);
Datum
topk_error_bound(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) packed_header(fcinfo).offset);
}

/*
 * topk_is_empty(s topk) -> boolean
 *
 * Whether nothing was ever added to s. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(topk_is_empty);
Datum
topk_is_empty(PG_FUNCTION_ARGS)
{
	sk_topk		sketch = topk_open_header(PG_GETARG_DATUM(0));

	PG_RETURN_BOOL(sk_topk_is_empty(&sketch));
}

/*
 * topk_info(s topk) -> (format_version integer, k integer, items integer,
 *   total bigint, error_bound bigint, bytes integer)
 *
 * Parameters and sizes. `items` are held, at most k; `bytes` is the size of the
 * packed value without its varlena header. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(topk_info);
Datum
topk_info(PG_FUNCTION_ARGS)
{
	sk_topk		sketch = packed_header(fcinfo);
	Datum		values[6];

	values[0] = Int32GetDatum(SK_TOPK_FORMAT_VERSION);
	values[1] = Int32GetDatum((int32) sketch.k);
	values[2] = Int32GetDatum((int32) sketch.nitems);
	values[3] = Int64GetDatum((int64) sketch.total);
	values[4] = Int64GetDatum((int64) sketch.offset);
	values[5] = Int32GetDatum((int32) sketch.nbytes);
	return sketch_make_record(fcinfo, values, NULL);
}
