/*
 * topk.c: the SQL functions of type topk that build and merge sketches, and tell
 * numbers of them.
 *
 * What lists items is in topk_items.c, aggregates are in topk_agg.c, input in
 * topk_io.c, comparison and output, as of all types, in order.c and io.c. What a
 * sketch is and where it comes from: core/topk/sketch.h.
 *
 * As for hll, NULL is skipped where something is added: adding NULL, or uniting
 * with it, gives the other operand.
 */
#include "postgres.h"

#include "pg/topk.h"

static topk *unite(topk *sum, const topk *value);

const sketch_type topk_type = {
	.name = "topk",
	.makers = "topk_empty(), topk_add() or topk_add_agg()",
	.mergers = "topk_union_agg(), topk_union() or the operator ||",
	.first_byte = SK_TOPK_TYPE_AND_VERSION,
	.old_check = sk_topk_check,
	.old_pack = topk_pack,
	.old_unite = unite,
	.accept = topk_accept
};

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

static topk *
make(const sk_topk_shape *shape)
{
	size_t		size = VARHDRSZ + sk_topk_size(shape);
	topk	   *value = palloc(size);

	SET_VARSIZE(value, size);
	sk_topk_init(topk_bytes(value), shape);
	return value;
}

topk *
topk_make_empty(uint32 k)
{
	sk_topk_shape shape = sk_topk_smallest(k);

	return make(&shape);
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
			 errhint("Take five times as many as are to be shown; to add items with weights, use topk_add_agg(item, weight, k).")));
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

/* What stands in the way of an addition or a merge. */
static _Noreturn void
cannot_add(sk_status status)
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
				 errmsg("items of a topk value would exceed 1 GB"),
				 errdetail("While it is built, a sketch holds four times k items."),
				 errhint("Lower k, or cut the items, as with left(item, 1000).")));
	sketch_damaged(&topk_type, status);
}

/* dst in a new working value that has room for src, or for one more item. */
static topk *
rebuild(const topk *dst, const sk_topk *src, size_t nbytes)
{
	sk_topk		sketch = topk_open(dst);
	sk_topk_shape shape;
	sk_status	status = sk_topk_larger(&shape, &sketch, src, nbytes);
	topk	   *larger;

	if (status != SK_OK)
		cannot_add(status);
	larger = make(&shape);
	status = sk_topk_merge(topk_bytes(larger), topk_nbytes(larger), &sketch,
						   sketch_env.poll);
	if (status != SK_OK)
		cannot_add(status);
	return larger;
}

topk *
topk_insert(topk *dst, const sk_topk_item *item, uint64 weight)
{
	sk_status	status;

	while ((status = sk_topk_add_polled(topk_bytes(dst), topk_nbytes(dst), item,
										weight, sketch_env.poll)) == SK_FULL)
		dst = rebuild(dst, NULL, item->nbytes);
	if (unlikely(status != SK_OK))
		cannot_add(status);
	return dst;
}

/*
 * dst as a working value with src, which is empty, added: of two empty ones the
 * smaller k is that of the union, but the default comes last, since a union of
 * nothing but NULL has it.
 */
static topk *
absorb_empty(topk *dst, const sk_topk *src)
{
	sk_topk		sketch = topk_open(dst);

	if (!sk_topk_is_empty(&sketch))
		return sketch.layout == SK_TOPK_PACKED ? rebuild(dst, NULL, 0) : dst;
	if (sketch.k == TOPK_DEFAULT_K ||
		(src->k != TOPK_DEFAULT_K && src->k < sketch.k))
		return topk_make_empty(src->k);
	return topk_make_empty(sketch.k);
}

topk *
topk_absorb(topk *dst, const sk_topk *src)
{
	sk_topk		sketch = topk_open(dst);
	sk_status	status;

	if (sk_topk_is_empty(src))
		return absorb_empty(dst, src);
	if (sk_topk_is_empty(&sketch))
		dst = topk_make_empty(src->k);
	else if (sketch.layout == SK_TOPK_PACKED)
		dst = rebuild(dst, src, 0);
	while ((status = sk_topk_merge(topk_bytes(dst), topk_nbytes(dst), src,
								   sketch_env.poll)) == SK_FULL)
		dst = rebuild(dst, src, 0);
	if (status != SK_OK)
		cannot_add(status);
	return dst;
}

/* As topk_absorb(), but sum may be NULL. */
static topk *
unite(topk *sum, const topk *value)
{
	sk_topk		sketch = topk_open(value);

	return sum == NULL ? rebuild(value, NULL, 0) : topk_absorb(sum, &sketch);
}

topk *
topk_pack(topk *value)
{
	sk_topk		sketch = topk_open(value);
	sk_topk_plan plan;
	topk	   *packed;
	sk_status	status;

	if (sketch.layout == SK_TOPK_PACKED)
		return value;
	status = sk_topk_plan_pack(&plan, &sketch);
	if (status != SK_OK)
		sketch_damaged(&topk_type, status);
	packed = palloc(VARHDRSZ + plan.room);
	status = sk_topk_pack(&plan, topk_bytes(packed), sketch_env.poll);
	if (status != SK_OK)
		sketch_damaged(&topk_type, status);
	SET_VARSIZE(packed, VARHDRSZ + plan.nbytes);
	return packed;
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
	PG_RETURN_POINTER(topk_pack(topk_make_empty(topk_require_k(PG_GETARG_INT32(0)))));
}

/*
 * topk_add(s topk, item text [, weight bigint = 1]) -> topk, and s || item
 *
 * s with the item added weight times (0 or more). NULL item or weight: s as it
 * is. NULL s: a sketch of the item alone, with k = 100. NULL s and item: NULL.
 * ERROR 54000 for an item of more than 65,536 bytes, 22023 for a negative weight,
 * 22003 for a total beyond that of a bigint. Misra and Gries 1982.
 */
PG_FUNCTION_INFO_V1(topk_add);
Datum
topk_add(PG_FUNCTION_ARGS)
{
	bool		has_weight = PG_NARGS() > 2;
	uint64		weight = 1;
	sk_topk_item item;
	topk	   *value;

	if (PG_ARGISNULL(1) || (has_weight && PG_ARGISNULL(2)))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	if (has_weight)
		weight = topk_require_weight(PG_GETARG_INT64(2));
	item = topk_item(PG_GETARG_TEXT_PP(1));
	value = PG_ARGISNULL(0) ? topk_make_empty(TOPK_DEFAULT_K) :
		rebuild(topk_pack(PG_GETARG_TOPK(0)), NULL, item.nbytes);
	PG_RETURN_POINTER(topk_pack(topk_insert(value, &item, weight)));
}

/*
 * topk_union(a topk, b topk) -> topk, and a || b
 *
 * A sketch of all that was added to a or to b, with the smaller k; its bounds
 * hold as if all had been added to one. An empty sketch or NULL is skipped; both
 * NULL: NULL. ERROR 22003 for a total beyond that of a bigint, 54000 for items
 * beyond 1 GB. Agarwal et al. 2012, section 2.
 */
PG_FUNCTION_INFO_V1(topk_union);
Datum
topk_union(PG_FUNCTION_ARGS)
{
	return sketch_union(fcinfo, &topk_type);
}

/*
 * topk_total(s topk) -> bigint
 *
 * The sum of all weights that were added: exact. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(topk_total);
Datum
topk_total(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) topk_open(PG_GETARG_TOPK(0)).total);
}

/*
 * topk_error_bound(s topk) -> bigint
 *
 * The most that an item which s does not hold can weigh, and that the bounds of
 * one which it holds can be apart; 0 while s is exact, and at most the total over
 * k + 1. NULL for NULL. Agarwal et al. 2012, lemma 1.
 */
PG_FUNCTION_INFO_V1(topk_error_bound);
Datum
topk_error_bound(PG_FUNCTION_ARGS)
{
	topk	   *value = topk_pack(PG_GETARG_TOPK(0));

	PG_RETURN_INT64((int64) topk_open(value).offset);
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
	sk_topk		sketch = topk_open(PG_GETARG_TOPK(0));

	PG_RETURN_BOOL(sk_topk_is_empty(&sketch));
}

/*
 * topk_info(s topk) -> (format_version integer, k integer, items integer,
 *   total bigint, error_bound bigint, bytes integer)
 *
 * How s is made. `items` are held, at most k; `bytes` is the size of the packed
 * value without its varlena header. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(topk_info);
Datum
topk_info(PG_FUNCTION_ARGS)
{
	sk_topk		sketch = topk_open(topk_pack(PG_GETARG_TOPK(0)));
	Datum		values[6];

	values[0] = Int32GetDatum(SK_TOPK_FORMAT_VERSION);
	values[1] = Int32GetDatum((int32) sketch.k);
	values[2] = Int32GetDatum((int32) sketch.nitems);
	values[3] = Int64GetDatum((int64) sketch.total);
	values[4] = Int64GetDatum((int64) sketch.offset);
	values[5] = Int32GetDatum((int32) sketch.nbytes);
	return sketch_make_record(fcinfo, values, NULL);
}
