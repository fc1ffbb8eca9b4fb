/*
 * bloom.c: the SQL functions of type bloom that build, merge and read filters.
 *
 * Asking for a value is in bloom_contains.c, aggregates are in bloom_agg.c,
 * input in bloom_io.c, comparison and output, as of all types, in order.c and
 * io.c. What a filter is and where it comes from: core/bloom/sketch.h.
 *
 * As for hll, NULL is skipped where something is added: adding NULL, or uniting
 * with it, gives the other operand. An intersection with NULL is NULL, since
 * nobody knows what it would leave.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "pg/bloom.h"
#include "pg/element.h"

static bloom *unite(bloom *sum, const bloom *value);

const sketch_type bloom_type = {
	.name = "bloom",
	.makers = "bloom_empty(), bloom_add() or bloom_add_agg()",
	.mergers = "bloom_union_agg(), bloom_union() or the operator ||",
	.first_byte = SK_BLOOM_TYPE_AND_VERSION,
	.old_check = sk_bloom_check,
	.old_pack = bloom_pack,
	.old_unite = unite,
	.check_part = bloom_refuse_part
};

sk_bloom
bloom_open(const bloom *value)
{
	sk_bloom	sketch;
	sk_status	status = sk_bloom_open(&sketch, VARDATA_ANY(value),
									   VARSIZE_ANY_EXHDR(value));

	if (unlikely(status != SK_OK))
		sketch_damaged(&bloom_type, status);
	sketch.poll = sketch_env.poll;
	return sketch;
}

bloom *
bloom_make(const sk_bloom_shape *shape)
{
	size_t		size = VARHDRSZ + sk_bloom_size(shape);
	bloom	   *value = palloc(size);

	SET_VARSIZE(value, size);
	sk_bloom_init(bloom_bytes(value), shape);
	return value;
}

void
bloom_refuse_expected(int64 expected)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("expected_items " INT64_FORMAT " is out of range", expected),
			 errdetail("A filter is made for 1 distinct value or more."),
			 errhint("Say how many distinct values the filter is to hold, or leave the argument out of bloom_add_agg().")));
}

static void
require_rate(float8 rate)
{
	if (likely(sk_bloom_rate_ok(rate)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("fpr %g is out of range", rate),
			 errdetail("The rate of false positives is a probability between 0 and 1, both excluded."),
			 errhint("For 1 %% say 0.01.")));
}

sk_bloom_design
bloom_design(int64 expected, float8 rate)
{
	sk_bloom_design design;

	require_rate(rate);
	if (sk_bloom_design_for(&design,
							(uint64) bloom_require_expected(expected),
							rate) != SK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("bloom filter for " INT64_FORMAT " items at fpr %g would exceed 1 GB",
						expected, rate),
				 errdetail("1 GB holds 850 million items at fpr 0.01, 540 million at 0.001."),
				 errhint("Raise fpr, or keep several filters, each for a part of the items.")));
	return design;
}

void
bloom_unlike(const sk_bloom_design *a, const sk_bloom_design *b)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 a->nbits != b->nbits ?
			 errmsg("cannot combine bloom filters of %d and %d hashes",
					a->nbits, b->nbits) :
			 errmsg("cannot combine bloom filters of %u and %u blocks",
					a->nblocks, b->nblocks),
			 errdetail("One was made for " UINT64_FORMAT " items at fpr %g, the other for " UINT64_FORMAT " at fpr %g. They must set equally many bits for a value, and the number of blocks of one must be that of the other, or a power of two times it.",
					   a->expected, a->rate, b->expected, b->rate),
			 errhint("Make all filters that are to be combined with the same expected_items and fpr, as in bloom_add_agg(x, 1000000); one that sized itself rarely fits another.")));
}

/* What stands in the way of a merge of these two. */
static _Noreturn void
cannot_merge(sk_status status, const sk_bloom *dst, const sk_bloom *src)
{
	if (status == SK_UNLIKE)
		bloom_unlike(&dst->design, &src->design);
	if (status == SK_SIZE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("bloom filter that sizes itself would exceed 1 GB"),
				 errdetail("It keeps 8 bytes for each of its values until all have come."),
				 errhint("Say how many distinct values there will be, as in bloom_add_agg(x, 200000000).")));
	sketch_damaged(&bloom_type, status);
}

/* dst in a new working value that has room for src, or for one more hash. */
static bloom *
rebuild(const bloom *dst, const sk_bloom *src)
{
	sk_bloom	sketch = bloom_open(dst);
	sk_bloom_shape shape;
	sk_status	status = sk_bloom_larger(&shape, &sketch, src);

	if (status != SK_OK)
		cannot_merge(status, &sketch, src);
	return bloom_absorb(bloom_make(&shape), &sketch);
}

bloom *
bloom_insert_larger(bloom *dst, uint64 hash)
{
	return bloom_insert(rebuild(dst, NULL), hash);
}

bloom *
bloom_absorb(bloom *dst, const sk_bloom *src)
{
	sk_bloom	sketch = bloom_open(dst);
	sk_status	status;

	if (sk_bloom_is_packed(&sketch))
		dst = rebuild(dst, src);
	while ((status = sk_bloom_merge(bloom_bytes(dst), bloom_nbytes(dst), src,
									sketch_env.poll)) == SK_FULL)
		dst = rebuild(dst, src);
	if (status != SK_OK)
		cannot_merge(status, &sketch, src);
	return dst;
}

bloom *
bloom_narrow(bloom *dst, const sk_bloom *src)
{
	sk_bloom	sketch = bloom_open(dst);
	sk_status	status = SK_FULL;
	sk_bloom_shape shape;

	if (sketch.layout == SK_BLOOM_WORKING_BITS)
		status = sk_bloom_restrict(bloom_bytes(dst), src);
	if (status == SK_FULL)
	{
		status = sk_bloom_plan_intersect(&shape, &sketch, src);
		if (status != SK_OK)
			cannot_merge(status, &sketch, src);
		dst = bloom_make(&shape);
		status = sk_bloom_intersect(bloom_bytes(dst), bloom_nbytes(dst),
									&sketch, src, sketch_env.poll);
	}
	if (status != SK_OK)
		cannot_merge(status, &sketch, src);
	return dst;
}

bloom *
bloom_pack(bloom *value)
{
	sk_bloom	sketch = bloom_open(value);
	sk_bloom_plan plan;
	bloom	   *packed;
	sk_status	status;

	if (sk_bloom_is_packed(&sketch))
		return value;
	status = sk_bloom_plan_pack(&plan, &sketch);
	if (status != SK_OK)
		cannot_merge(status, &sketch, NULL);
	packed = palloc(VARHDRSZ + plan.nbytes);
	SET_VARSIZE(packed, VARHDRSZ + plan.nbytes);
	status = sk_bloom_pack(&plan, bloom_bytes(packed), sketch_env.poll);
	if (status != SK_OK)
		sketch_damaged(&bloom_type, status);
	return packed;
}

void
bloom_refuse_part(const struct varlena *state, const struct varlena *packed)
{
	if (bloom_open(state).design.nblocks == bloom_open(packed).design.nblocks)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("bloom filter that sizes itself cannot be made in parts"),
			 errdetail("Each part would find another size, from its own values."),
			 errhint("Across nodes, give expected_items: how many distinct values there are in all, as in bloom_add_agg(x, 1000000).")));
}

/* Without a design; an empty filter without one is neutral in unions. */
static const sk_bloom_design size_itself = {0};

/* An empty filter, working. */
static bloom *
make_empty(sk_bloom_design design)
{
	sk_bloom_shape shape = sk_bloom_smallest(design);

	return bloom_make(&shape);
}

/* As bloom_absorb(), but sum may be NULL. */
static bloom *
unite(bloom *sum, const bloom *value)
{
	sk_bloom	sketch = bloom_open(value);

	return bloom_absorb(sum == NULL ? make_empty(size_itself) : sum, &sketch);
}

/*
 * bloom_empty(expected_items bigint [, fpr float8 = 0.01]) -> bloom
 *
 * A filter without values, made for that many distinct ones (1 or more) at a
 * rate of false positives between 0 and 1. NULL for NULL; ERROR 22023 for an
 * argument out of range, 54000 where the filter would pass 1 GB. Sizes: Putze,
 * Sanders, Singler 2007, section 3.
 */
PG_FUNCTION_INFO_V1(bloom_empty);
Datum
bloom_empty(PG_FUNCTION_ARGS)
{
	sk_bloom_design design = bloom_design(PG_GETARG_INT64(0),
										  PG_GETARG_FLOAT8(1));

	PG_RETURN_POINTER(bloom_pack(make_empty(design)));
}

/*
 * bloom_add(b bloom, x sketch_hash | anyelement) -> bloom, and b || x
 *
 * b with the value x added. NULL x: b as it is. NULL b: a filter of x alone,
 * which sizes itself. Both NULL: NULL. ERROR 0A000 for a type that cannot be
 * hashed (doc/hashing.md).
 */
PG_FUNCTION_INFO_V1(bloom_add);
Datum
bloom_add(PG_FUNCTION_ARGS)
{
	bloom	   *value = make_empty(size_itself);
	sk_bloom	sketch;
	uint64		hash;

	if (PG_ARGISNULL(1))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	hash = sketch_hash_arg(fcinfo, 1, 0);
	if (!PG_ARGISNULL(0))
	{
		sketch = bloom_open(bloom_pack(PG_GETARG_BLOOM(0)));
		value = bloom_absorb(value, &sketch);
	}
	PG_RETURN_POINTER(bloom_pack(bloom_insert(value, hash)));
}

/*
 * bloom_union(a bloom, b bloom) -> bloom, and a || b
 *
 * The filter of all values that are in a or in b. It is what one filter of all
 * the values would have been, of the design with fewer blocks. NULL is skipped;
 * both NULL: NULL. ERROR 22023 when the designs do not fit together: they must
 * have equally many hashes, and block counts that differ by a power of two.
 */
PG_FUNCTION_INFO_V1(bloom_union);
Datum
bloom_union(PG_FUNCTION_ARGS)
{
	return sketch_union(fcinfo, &bloom_type);
}

/*
 * bloom_intersect(a bloom, b bloom) -> bloom, and a & b
 *
 * A filter that has every value which is in both, and affirms no more than either
 * does; but more than a filter of the common values alone, among them values that
 * are in one of both. bloom_cardinality() counts all that it affirms; what is
 * common, bloom_intersection_cardinality(a, b). NULL for NULL; ERROR 22023 as for bloom_union().
 */
PG_FUNCTION_INFO_V1(bloom_intersect);
Datum
bloom_intersect(PG_FUNCTION_ARGS)
{
	sk_bloom	b = bloom_open(PG_GETARG_BLOOM(1));

	PG_RETURN_POINTER(bloom_pack(bloom_narrow(bloom_pack(PG_GETARG_BLOOM(0)),
											  &b)));
}

/*
 * bloom_cardinality(b bloom) -> float8
 *
 * The number of distinct values in b: exact while they are kept as a list, else
 * estimated from the fill of the blocks, with a standard error of 4 %/sqrt(blocks).
 * Infinity if every bit is set. NULL for NULL. Swamidass and Baldi 2007, by
 * block.
 */
PG_FUNCTION_INFO_V1(bloom_cardinality);
Datum
bloom_cardinality(PG_FUNCTION_ARGS)
{
	sk_bloom	sketch = bloom_open(PG_GETARG_BLOOM(0));
	sk_bloom_fills fills;

	sk_bloom_count_fills(&sketch, &fills);
	PG_RETURN_FLOAT8(sk_bloom_count(&sketch, &fills));
}

/*
 * bloom_false_positive_rate(b bloom) -> float8
 *
 * The probability that a value which was never added is affirmed, by the bits
 * that are set now; 0 while values are kept as a list. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(bloom_false_positive_rate);
Datum
bloom_false_positive_rate(PG_FUNCTION_ARGS)
{
	sk_bloom	sketch = bloom_open(PG_GETARG_BLOOM(0));
	sk_bloom_fills fills;

	sk_bloom_count_fills(&sketch, &fills);
	PG_RETURN_FLOAT8(sk_bloom_rate(&sketch, &fills));
}

/*
 * bloom_intersection_cardinality(a bloom, b bloom) -> float8
 *
 * The number of distinct values that are in both, 0 or more: exact of two lists,
 * else estimated. NULL for NULL; ERROR 22023 as for bloom_union().
 */
PG_FUNCTION_INFO_V1(bloom_intersection_cardinality);
Datum
bloom_intersection_cardinality(PG_FUNCTION_ARGS)
{
	sk_bloom	a = bloom_open(PG_GETARG_BLOOM(0));
	sk_bloom	b = bloom_open(PG_GETARG_BLOOM(1));
	double		count;

	if (sk_bloom_overlap(&a, &b, &count) != SK_OK)
		bloom_unlike(&a.design, &b.design);
	PG_RETURN_FLOAT8(count);
}

/*
 * bloom_is_empty(b bloom) -> boolean
 *
 * Whether b has no value: none was ever added, or an intersection left none.
 * NULL for NULL.
 */
PG_FUNCTION_INFO_V1(bloom_is_empty);
Datum
bloom_is_empty(PG_FUNCTION_ARGS)
{
	sk_bloom	sketch = bloom_open(PG_GETARG_BLOOM(0));

	PG_RETURN_BOOL(sk_bloom_is_empty(&sketch));
}

/*
 * bloom_info(b bloom) -> (format_version integer, representation text,
 *   expected_items bigint, blocks bigint, bits bigint, hashes integer,
 *   bits_set bigint, designed_false_positive_rate float8,
 *   false_positive_rate float8, bytes integer)
 *
 * How b is made. A list has its design as well, but no bit of it set yet; where
 * it is to size itself, what it is not yet made for is NULL. `bytes` is the size
 * of the packed value without its varlena header. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(bloom_info);
Datum
bloom_info(PG_FUNCTION_ARGS)
{
	sk_bloom	sketch = bloom_open(bloom_pack(PG_GETARG_BLOOM(0)));
	const sk_bloom_design *design = &sketch.design;
	bool		is_list = sk_bloom_is_list(&sketch);
	bool		none = design->nblocks == 0;
	bool		nulls[10] = {
		false, false, none, none, none, none, false, none, false, false
	};
	sk_bloom_fills fills;
	Datum		values[10];

	sk_bloom_count_fills(&sketch, &fills);
	values[0] = Int32GetDatum(SK_BLOOM_FORMAT_VERSION);
	values[1] = CStringGetTextDatum(is_list ? "list" : "bits");
	values[2] = Int64GetDatum((int64) design->expected);
	values[3] = Int64GetDatum((int64) design->nblocks);
	values[4] = Int64GetDatum((int64) design->nblocks * SK_BLOOM_BLOCK_BITS);
	values[5] = Int32GetDatum(design->nbits);
	values[6] = Int64GetDatum((int64) sk_bloom_bits_set(&fills));
	values[7] = Float8GetDatum(design->rate);
	values[8] = Float8GetDatum(sk_bloom_rate(&sketch, &fills));
	values[9] = Int32GetDatum((int32) sketch.nbytes);
	return sketch_make_record(fcinfo, values, nulls);
}
