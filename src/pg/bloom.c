/*
 * bloom.c: the SQL functions of type bloom that build, merge and read filters.
 *
 * Probes are in bloom_contains.c, aggregates in bloom_agg.c; output, which is the
 * same for all types, is in any.c, and comparison in order.c. What a filter is
 * and where it comes from: core/bloom/sketch.h.
 *
 * As in hll, NULL is skipped when adding and merging: the result is the other
 * operand. An intersection with NULL is NULL, since what it would leave is
 * unknown.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "pg/bloom.h"
#include "pg/element.h"
#include "pg/kind.h"

static void refuse(sk_status status, const sk_value *dst, const sk_value *src);
static void check_part(const struct varlena *state,
					   const struct varlena *packed);

const sketch_type bloom_type = {
	.name = "bloom",
	.makers = "bloom_empty(), bloom_add() or bloom_add_agg()",
	.mergers = "bloom_union_agg(), bloom_union() or the operator ||",
	.first_byte = SK_BLOOM_TYPE_AND_VERSION,
	.check = sk_bloom_check,
	.merge = sk_bloom_merge,
	.pack = sk_bloom_pack,
	.refuse = refuse,
	.check_part = check_part
};

sk_bloom
bloom_open(const bloom *value)
{
	sk_bloom	sketch;
	sk_status	status = sk_bloom_open(&sketch, VARDATA_ANY(value),
									   VARSIZE_ANY_EXHDR(value));

	if (unlikely(status != SK_OK))
		sketch_damaged(&bloom_type, status);
	return sketch;
}

sk_bloom
bloom_header(Datum value)
{
	sk_value	header = sketch_header(value, SK_BLOOM_HEADER);
	sk_bloom	sketch;
	sk_status	status = sk_bloom_open(&sketch, header.bytes, header.nbytes);

	if (status != SK_OK)
		sketch_damaged(&bloom_type, status);
	return sketch;
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
			 errhint("For 1%% say 0.01.")));
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

static _Noreturn void
refuse_unlike(const sk_bloom_design *a, const sk_bloom_design *b)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 a->nbits != b->nbits ?
			 errmsg("cannot merge bloom filters of %d and %d hashes",
					a->nbits, b->nbits) :
			 errmsg("cannot merge bloom filters of %u and %u blocks",
					a->nblocks, b->nblocks),
			 errdetail("One was made for " UINT64_FORMAT " items at fpr %g, the other for " UINT64_FORMAT " at fpr %g. They must set equally many bits for a value, and the number of blocks of one must be that of the other, or a power of two times it.",
					   a->expected, a->rate, b->expected, b->rate),
			 errhint("Make all filters that are to be combined with the same expected_items and fpr, as in bloom_add_agg(x, 1000000); one that sized itself rarely fits another.")));
}

static _Noreturn void
refuse_size(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("bloom filter that sizes itself would exceed 1 GB"),
			 errdetail("It keeps 8 bytes for each of its values until all have come."),
			 errhint("Say how many distinct values there will be, as in bloom_add_agg(x, 200000000).")));
}

/* See sketch_type. */
static void
refuse(sk_status status, const sk_value *dst, const sk_value *src)
{
	sk_bloom	a,
				b;

	if (status == SK_SIZE)
		refuse_size();
	if (status != SK_UNLIKE || sk_bloom_open(&a, dst->bytes, dst->nbytes) ||
		sk_bloom_open(&b, src->bytes, src->nbytes))
		sketch_damaged(&bloom_type, status);
	refuse_unlike(&a.design, &b.design);
}

bloom *
bloom_intersect_values(bloom *a, const bloom *b)
{
	sk_value	both = sketch_value(a);
	sk_value	other = sketch_value(b);
	sk_status	status = sk_bloom_intersect(&both, other.bytes, other.nbytes,
											&sketch_env);

	if (unlikely(status != SK_OK))
		refuse(status, &both, &other);
	return sketch_result(a, both);
}

/*
 * ERROR 0A000 if packing this state found a size for the filter: each part of an
 * aggregate would find another, and the whole none.
 */
static void
check_part(const struct varlena *state, const struct varlena *packed)
{
	if (bloom_open(state).design.nblocks == bloom_open(packed).design.nblocks)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("bloom filter that sizes itself cannot be made in parts"),
			 errdetail("Each part would find another size, from its own values."),
			 errhint("Across nodes, give expected_items: how many distinct values there are in all, as in bloom_add_agg(x, 1000000).")));
}

/*
 * bloom_in(cstring, oid, integer) -> bloom
 *
 * The text form is the packed bytes in hexadecimal (doc/format.md). ERROR 22P02
 * for any other text; soft errors where the server has them.
 */
PG_FUNCTION_INFO_V1(bloom_in);
Datum
bloom_in(PG_FUNCTION_ARGS)
{
	return sketch_in(fcinfo, &bloom_type);
}

/*
 * bloom_recv(internal, oid, integer) -> bloom
 *
 * The binary form is the packed bytes. ERROR 22P03 for any others.
 */
PG_FUNCTION_INFO_V1(bloom_recv);
Datum
bloom_recv(PG_FUNCTION_ARGS)
{
	return sketch_recv(fcinfo, &bloom_type);
}

/*
 * bloom_from_bytea(bytea) -> bloom, for the cast
 *
 * NULL for NULL; ERROR 22P03 for bytes that are no packed filter.
 */
PG_FUNCTION_INFO_V1(bloom_from_bytea);
Datum
bloom_from_bytea(PG_FUNCTION_ARGS)
{
	return sketch_from_bytea(fcinfo, &bloom_type);
}

/*
 * bloom_empty(expected_items bigint [, fpr float8 = 0.01]) -> bloom
 *
 * An empty filter for that many distinct values (1 or more) at a rate of false
 * positives between 0 and 1. NULL for NULL; ERROR 22023 for an argument out of
 * range, 54000 if the filter would exceed 1 GB. Sizes: Putze, Sanders, Singler
 * 2007, section 3.
 */
PG_FUNCTION_INFO_V1(bloom_empty);
Datum
bloom_empty(PG_FUNCTION_ARGS)
{
	sk_bloom_design design = bloom_design(PG_GETARG_INT64(0),
										  PG_GETARG_FLOAT8(1));
	sk_value	sketch = sk_bloom_empty(&design, &sketch_env);

	PG_RETURN_POINTER(sketch_pack(&bloom_type, sketch_varlena(sketch)));
}

/* Whether adding a hash of this kind to a filter changes nothing. */
static bool
has_already(const bloom *value, uint64 hash, sk_kind kind)
{
	sk_bloom	sketch = bloom_open(value);

	return sk_kind_merge(sketch.kind, kind) == sketch.kind &&
		sk_bloom_has(&sketch, hash);
}

/* A list with the hash added, by one pass; NULL if that is no list. */
static bloom *
add_to_list(const bloom *list, uint64 hash, sk_kind kind)
{
	sk_bloom	opened = bloom_open(list);
	sk_value	sum;
	sk_status	status = sk_bloom_add_sorted(&sum, &opened, hash, (uint8) kind,
											 &sketch_env);

	if (unlikely(status != SK_OK))
		sketch_damaged(&bloom_type, status);
	return sum.nbytes > 0 ? sketch_varlena(sum) : NULL;
}

/* The sketch with the hash added, working. */
static sk_value
add_hash(sk_value sketch, uint64 hash, sk_kind kind)
{
	sk_status	status = sk_bloom_add(&sketch, hash, &sketch_env);

	if (unlikely(status != SK_OK))
		refuse(status, &sketch, NULL);
	sk_bloom_add_kind(sketch.bytes, (uint8) kind);
	return sketch;
}

static sk_value
new_sketch(void)
{
	static const sk_bloom_design sizes_itself = {0};

	return sk_bloom_empty(&sizes_itself, &sketch_env);
}

/* A packed filter, or NULL, with a hash added. */
static bloom *
add_to(bloom *before, uint64 hash, sk_kind kind)
{
	bloom	   *list = before == NULL ? NULL : add_to_list(before, hash, kind);
	sk_value	sketch;

	if (list != NULL)
		return list;
	sketch = before == NULL ? new_sketch() : sketch_value(before);
	return sketch_pack(&bloom_type,
					   sketch_varlena(add_hash(sketch, hash, kind)));
}

/* Argument `filter`, which can be NULL, with argument `value` added. */
static Datum
add(FunctionCallInfo fcinfo, int filter, int value)
{
	sketch_element *element = sketch_call_site(fcinfo, value, sizeof(*element));
	uint64		hash = sketch_hash_value(element, PG_GETARG_DATUM(value), 0);
	sk_kind		kind = sketch_kind_of(element);
	bloom	   *before = PG_ARGISNULL(filter) ? NULL :
		sketch_pack(&bloom_type, PG_GETARG_BLOOM(filter));

	if (before != NULL && has_already(before, hash, kind))
		PG_RETURN_DATUM(PG_GETARG_DATUM(filter));
	PG_RETURN_POINTER(add_to(before, hash, kind));
}

static Datum
add_unless_null(FunctionCallInfo fcinfo, int filter, int value)
{
	if (!PG_ARGISNULL(value))
		return add(fcinfo, filter, value);
	if (PG_ARGISNULL(filter))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(filter));
}

/*
 * bloom_add(b bloom, x sketch_hash | anyelement) -> bloom, and b || x
 *
 * b with the value x added; b as it is, as stored, if that changes nothing. NULL
 * x: b unchanged. NULL b: a filter of x alone, which sizes itself. Both NULL:
 * NULL. ERROR 0A000 for a type that cannot be hashed (doc/hashing.md).
 */
PG_FUNCTION_INFO_V1(bloom_add);
Datum
bloom_add(PG_FUNCTION_ARGS)
{
	return add_unless_null(fcinfo, 0, 1);
}

/*
 * bloom_add_rev(x sketch_hash | anynonarray, b bloom) -> bloom, and x || b
 *
 * bloom_add() with its arguments swapped.
 */
PG_FUNCTION_INFO_V1(bloom_add_rev);
Datum
bloom_add_rev(PG_FUNCTION_ARGS)
{
	return add_unless_null(fcinfo, 1, 0);
}

/* Adds the elements of argument 1 to a copy of argument 0, which is made for the
 * first one. */
static bloom *
add_elements(FunctionCallInfo fcinfo)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(1);
	ArrayIterator elements = array_create_iterator(array, 0, NULL);
	sketch_element *element = sketch_element_of_array(fcinfo, 1,
													  ARR_ELEMTYPE(array));
	bloom	   *before = PG_ARGISNULL(0) ? NULL : PG_GETARG_BLOOM(0);
	sk_value	sum = {NULL, 0};
	Datum		x;
	bool		isnull;

	while (array_iterate(elements, &x, &isnull))
	{
		CHECK_FOR_INTERRUPTS();
		if (isnull)
			continue;
		if (sum.nbytes == 0)
			sum = before == NULL ? new_sketch() :
				sketch_value(sketch_merge(&bloom_type, NULL, before));
		sum = add_hash(sum, sketch_hash_value(element, x, 0),
					   sketch_kind_of(element));
	}
	return sum.nbytes == 0 ? NULL :
		sketch_pack(&bloom_type, sketch_varlena(sum));
}

/*
 * bloom_add_array(b bloom, xs anyarray) -> bloom
 *
 * b with every element of xs added, as bloom_add() adds it; NULL elements are
 * skipped, and dimensions do not matter. b as it is, as stored, if that changes
 * nothing. NULL xs, or no elements: b. NULL b: a filter of the elements alone,
 * which sizes itself. ERROR as bloom_add().
 */
PG_FUNCTION_INFO_V1(bloom_add_array);
Datum
bloom_add_array(PG_FUNCTION_ARGS)
{
	bloom	   *sum = PG_ARGISNULL(1) ? NULL : add_elements(fcinfo);

	if (sum != NULL && (PG_ARGISNULL(0) ||
						!sketch_same(sum, PG_GETARG_BLOOM(0))))
		PG_RETURN_POINTER(sum);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

static bool
is_same(sk_value value, const sk_bloom *sketch)
{
	return value.nbytes == sketch->nbytes &&
		memcmp(value.bytes, sketch->bytes, value.nbytes) == 0;
}

/* The sum of a and b, or the argument to which it adds nothing, as stored. */
static Datum
unless_same(FunctionCallInfo fcinfo, sk_value sum, const sk_bloom *a,
			const sk_bloom *b)
{
	if (VARATT_IS_EXTERNAL_ONDISK(PG_GETARG_POINTER(1)) && is_same(sum, b))
		PG_RETURN_DATUM(PG_GETARG_DATUM(1));
	if (is_same(sum, a))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	if (is_same(sum, b))
		PG_RETURN_DATUM(PG_GETARG_DATUM(1));
	PG_RETURN_POINTER(sketch_varlena(sum));
}

/*
 * bloom_union(a bloom, b bloom) -> bloom, and a || b
 *
 * The filter of all values in a or b: what one filter of them would have been. An
 * empty filter takes the design of the other one; of two lists the larger design
 * wins, a list takes that of blocks, and of two filters with blocks the one of
 * fewer blocks wins. If the union adds nothing to one of them, it is that one, as
 * stored. NULL is skipped; both NULL: NULL. ERROR 22023 if both have blocks and
 * their designs do not fit together: they must have equal hash counts, and block
 * counts that differ by a power of two.
 */
PG_FUNCTION_INFO_V1(bloom_union);
Datum
bloom_union(PG_FUNCTION_ARGS)
{
	sk_bloom	a,
				b;
	sk_value	sum;
	sk_status	status;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return sketch_union(fcinfo, &bloom_type);
	a = bloom_open(PG_GETARG_BLOOM(0));
	b = bloom_open(PG_GETARG_BLOOM(1));
	status = sk_bloom_merge_sorted(&sum, &a, &b, &sketch_env);
	if (unlikely(status != SK_OK))
		sketch_damaged(&bloom_type, status);
	return sum.nbytes == 0 ? sketch_union(fcinfo, &bloom_type) :
		unless_same(fcinfo, sum, &a, &b);
}

/*
 * bloom_union(sketches bloom[]) -> bloom
 *
 * The union of all elements of an array, whatever its dimensions. NULL elements
 * are skipped; NULL if there is nothing else. Errors as above.
 */
PG_FUNCTION_INFO_V1(bloom_union_array);
Datum
bloom_union_array(PG_FUNCTION_ARGS)
{
	return sketch_union_array(fcinfo, &bloom_type);
}

/*
 * bloom_intersect(a bloom, b bloom) -> bloom, and a & b
 *
 * A filter that matches every value in both, and no value that a or b does not
 * match. It matches more than a filter of the common values alone, among them
 * values that are only in one. So bloom_cardinality() of it is too high; what is
 * common, bloom_intersection_cardinality(a, b) counts. NULL for NULL; ERROR 22023
 * if the designs do not fit together, also those of lists.
 */
PG_FUNCTION_INFO_V1(bloom_intersect);
Datum
bloom_intersect(PG_FUNCTION_ARGS)
{
	bloom	   *a = sketch_pack(&bloom_type, PG_GETARG_BLOOM(0));

	a = bloom_intersect_values(a, PG_GETARG_BLOOM(1));
	PG_RETURN_POINTER(sketch_pack(&bloom_type, a));
}

/*
 * bloom_cardinality(b bloom) -> float8
 *
 * The number of distinct values in b: exact while they are kept as a list, else
 * estimated from the fill of the blocks, with a standard error of
 * 4% over the square root of its size in units of 64 bytes. Infinity if every bit is set. NULL for NULL. Swamidass and
 * Baldi 2007, by block.
 */
PG_FUNCTION_INFO_V1(bloom_cardinality);
Datum
bloom_cardinality(PG_FUNCTION_ARGS)
{
	sk_bloom	sketch = bloom_open(PG_GETARG_BLOOM(0));
	sk_bloom_fills fills;

	sk_bloom_count_fills(&sketch, &fills, &sketch_env);
	PG_RETURN_FLOAT8(sk_bloom_count(&sketch, &fills));
}

/*
 * bloom_false_positive_rate(b bloom) -> float8
 *
 * The probability that a value which was never added matches, by the bits that
 * are set now; 0 while values are kept as a list. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(bloom_false_positive_rate);
Datum
bloom_false_positive_rate(PG_FUNCTION_ARGS)
{
	sk_bloom	sketch = bloom_open(PG_GETARG_BLOOM(0));
	sk_bloom_fills fills;

	sk_bloom_count_fills(&sketch, &fills, &sketch_env);
	PG_RETURN_FLOAT8(sk_bloom_rate(&sketch, &fills));
}

/*
 * bloom_intersection_cardinality(a bloom, b bloom) -> float8
 *
 * The number of distinct values in both, 0 or more: exact for two lists, else
 * estimated. NULL for NULL; ERROR 22023 as for bloom_intersect().
 */
PG_FUNCTION_INFO_V1(bloom_intersection_cardinality);
Datum
bloom_intersection_cardinality(PG_FUNCTION_ARGS)
{
	sk_bloom	a = bloom_open(PG_GETARG_BLOOM(0));
	sk_bloom	b = bloom_open(PG_GETARG_BLOOM(1));
	double		count;

	if (sk_bloom_overlap(&a, &b, &count, &sketch_env) != SK_OK)
		refuse_unlike(&a.design, &b.design);
	PG_RETURN_FLOAT8(count);
}

/*
 * bloom_is_empty(b bloom) -> boolean
 *
 * Whether b has no values: none was ever added, or an intersection left none. Only
 * the header is read. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(bloom_is_empty);
Datum
bloom_is_empty(PG_FUNCTION_ARGS)
{
	sk_bloom	sketch = bloom_header(PG_GETARG_DATUM(0));

	if (!sk_bloom_is_packed(&sketch))
		sketch = bloom_open(PG_GETARG_BLOOM(0));
	PG_RETURN_BOOL(sk_bloom_is_empty(&sketch, &sketch_env));
}

/*
 * bloom_expected_items(b bloom) -> bigint
 *
 * The number of distinct values that b was made for; for a filter that sized
 * itself, the number that it had then. NULL for NULL, and for a filter that sizes
 * itself and is a list.
 */
PG_FUNCTION_INFO_V1(bloom_expected_items);
Datum
bloom_expected_items(PG_FUNCTION_ARGS)
{
	sk_bloom	sketch = bloom_header(PG_GETARG_DATUM(0));

	if (sketch.design.nblocks == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64((int64) sketch.design.expected);
}

/*
 * bloom_fpr(b bloom) -> float8
 *
 * The rate of false positives that b was made for, which it has once it holds
 * bloom_expected_items(b) values; the present one is
 * bloom_false_positive_rate(b). NULL as for bloom_expected_items().
 */
PG_FUNCTION_INFO_V1(bloom_fpr);
Datum
bloom_fpr(PG_FUNCTION_ARGS)
{
	sk_bloom	sketch = bloom_header(PG_GETARG_DATUM(0));

	if (sketch.design.nblocks == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(sketch.design.rate);
}

/* A packed sketch; the header of a list is enough. */
static sk_bloom
open_for_info(Datum value)
{
	sk_bloom	sketch = bloom_header(value);

	if (sketch.layout == SK_BLOOM_PACKED_LIST)
		return sketch;
	return bloom_open(sketch_pack(&bloom_type, DatumGetBloom(value)));
}

/*
 * bloom_info(b bloom) -> (format_version integer, representation text,
 *   expected_items bigint, blocks bigint, bits bigint, hashes integer,
 *   bits_set bigint, designed_false_positive_rate float8,
 *   false_positive_rate float8, bytes integer)
 *
 * How b is made. A list has a design, too, but no bit set yet; if it sizes itself,
 * the columns of the design are NULL. `bytes` is the size of the packed value
 * without its varlena header. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(bloom_info);
Datum
bloom_info(PG_FUNCTION_ARGS)
{
	sk_bloom	sketch = open_for_info(PG_GETARG_DATUM(0));
	const sk_bloom_design *design = &sketch.design;
	bool		is_list = sk_bloom_is_list(&sketch);
	bool		none = design->nblocks == 0;
	bool		nulls[10] = {
		false, false, none, none, none, none, false, none, false, false
	};
	sk_bloom_fills fills;
	Datum		values[10];

	sk_bloom_count_fills(&sketch, &fills, &sketch_env);
	values[0] = Int32GetDatum(SK_BLOOM_FORMAT_VERSION);
	values[1] = CStringGetTextDatum(is_list ? "list" : "bits");
	values[2] = Int64GetDatum((int64) design->expected);
	values[3] = Int64GetDatum((int64) design->nblocks);
	values[4] = Int64GetDatum((int64) sk_bloom_blocks_bytes(design) * 8);
	values[5] = Int32GetDatum(design->nbits);
	values[6] = Int64GetDatum((int64) sk_bloom_bits_set(&fills));
	values[7] = Float8GetDatum(design->rate);
	values[8] = Float8GetDatum(sk_bloom_rate(&sketch, &fills));
	values[9] = Int32GetDatum((int32) sketch.nbytes);
	return sketch_make_record(fcinfo, values, nulls);
}
