/*
 * hll_overlap.c: the SQL functions that compare sketches as sets: parts, union,
 * intersection and difference in numbers, and Jaccard's index.
 *
 * The estimates are those of core/hll/overlap.h. What is done here is to bring
 * both sketches to where they can be compared: of a dense sketch and a finer one,
 * the finer one is folded to the precision of the other. The values of a sparse
 * sketch can be told in a finer dense one as they are.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/memutils.h"

#include "pg/hll.h"
#include "core/hll/overlap.h"

/* A sketch, packed, with its count; folding leaves the count alone. */
typedef struct operand
{
	hll		   *value;
	sk_hll		sketch;
	sk_hll_estimate count;
} operand;

static operand
make_operand(hll *value)
{
	operand		o = {.value = hll_pack(value)};

	o.sketch = hll_open(o.value);
	o.count = hll_count(o.value);
	return o;
}

/* Folds o if it is finer than the other one, which is dense. */
static void
fold_for(operand *o, const operand *other)
{
	sk_hll_shape shape = sk_hll_smallest(other->sketch.precision);

	if (sk_hll_is_sparse(&other->sketch) ||
		o->sketch.precision <= other->sketch.precision)
		return;
	o->value = hll_pack(hll_absorb(hll_make(shape), &o->sketch));
	o->sketch = hll_open(o->value);
}

static void
fold_pair(operand *a, operand *b)
{
	fold_for(a, b);
	fold_for(b, a);
}

static sk_hll_overlap
compare_operands(operand a, operand b)
{
	sk_hll_overlap overlap;
	sk_status	status;

	fold_pair(&a, &b);
	status = sk_hll_overlap_of(&overlap, &a.sketch, &b.sketch,
							   &a.count, &b.count);
	if (status != SK_OK)
		sketch_damaged(&hll_type, status);
	return overlap;
}

/* The overlap of arguments 0 and 1. */
static sk_hll_overlap
overlap_of_args(FunctionCallInfo fcinfo)
{
	return compare_operands(make_operand(PG_GETARG_HLL(0)),
							make_operand(PG_GETARG_HLL(1)));
}

/*
 * hll_overlap(a hll, b hll) -> (a_only, b_only, "both", "union", jaccard,
 *   a_only_standard_error, ..., jaccard_standard_error), all float8
 *
 * How many values are in a only, in b only and in both, by joint maximum
 * likelihood (Ertl 2017); the sum of these; both / union, which is 1 for two
 * empty sketches as for any two equal ones; and the standard error of each,
 * absolute. Whole numbers and next to exact for two sparse sketches. hll_overlap(b,
 * a) is the mirror image. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(hll_overlap);
Datum
hll_overlap(PG_FUNCTION_ARGS)
{
	sk_hll_overlap o = overlap_of_args(fcinfo);
	Datum		values[] = {
		Float8GetDatum(o.a_only), Float8GetDatum(o.b_only),
		Float8GetDatum(o.both), Float8GetDatum(o.all),
		Float8GetDatum(o.jaccard),
		Float8GetDatum(o.a_only_error), Float8GetDatum(o.b_only_error),
		Float8GetDatum(o.both_error), Float8GetDatum(o.all_error),
		Float8GetDatum(o.jaccard_error)
	};

	return sketch_make_record(fcinfo, values, NULL);
}

/*
 * hll_intersection_cardinality(a hll, b hll) -> float8
 *
 * The estimated number of values in both: "both" of hll_overlap(). From 0 to the
 * cardinality of the smaller one. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(hll_intersection_cardinality);
Datum
hll_intersection_cardinality(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(overlap_of_args(fcinfo).both);
}

/*
 * hll_intersection_bounds(a hll, b hll [, confidence float8 = 0.95])
 *   -> (estimate float8, lower float8, upper float8)
 *
 * The estimated number of values in both, and the interval that holds the true
 * number with the given probability (0 < confidence < 1; measured in
 * doc/accuracy.md): 0 <= lower <= estimate <= upper. The estimate is at most the
 * cardinality of the smaller set; upper at most the upper bound of that, so that
 * the interval is right also where one set is part of the other. NULL for NULL;
 * ERROR 22023 for a confidence out of range. By profile likelihood (Wilks 1938).
 */
PG_FUNCTION_INFO_V1(hll_intersection_bounds);
Datum
hll_intersection_bounds(PG_FUNCTION_ARGS)
{
	double		confidence = sketch_require_confidence(PG_GETARG_FLOAT8(2));
	operand		a = make_operand(PG_GETARG_HLL(0));
	operand		b = make_operand(PG_GETARG_HLL(1));
	sk_hll_interval both;
	Datum		values[3];
	sk_status	status;

	fold_pair(&a, &b);
	status = sk_hll_overlap_bounds(&both, &a.sketch, &b.sketch,
								   &a.count, &b.count, confidence);
	if (status != SK_OK)
		sketch_damaged(&hll_type, status);
	values[0] = Float8GetDatum(both.estimate);
	values[1] = Float8GetDatum(both.lower);
	values[2] = Float8GetDatum(both.upper);
	return sketch_make_record(fcinfo, values, NULL);
}

/*
 * hll_difference_cardinality(a hll, b hll) -> float8
 *
 * The estimated number of values in a that are not in b: a_only of
 * hll_overlap(). NULL for NULL.
 */
PG_FUNCTION_INFO_V1(hll_difference_cardinality);
Datum
hll_difference_cardinality(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(overlap_of_args(fcinfo).a_only);
}

/*
 * hll_jaccard(a hll, b hll) -> float8
 *
 * The estimated share of values in both among the values in either, 0 to 1:
 * jaccard of hll_overlap(). NULL for NULL.
 */
PG_FUNCTION_INFO_V1(hll_jaccard);
Datum
hll_jaccard(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(overlap_of_args(fcinfo).jaccard);
}

/*
 * hll_union_cardinality(a hll, b hll) -> float8
 *
 * The estimated number of values in a or b: the very number that #(a || b) is,
 * without packing the union. "union" of hll_overlap() knows more than the sketch
 * of the union, which has forgotten what was whose: its error is 10 to 30 %
 * smaller for sets of the same size. NULL for NULL, which || would skip.
 */
PG_FUNCTION_INFO_V1(hll_union_cardinality);
Datum
hll_union_cardinality(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(hll_count(hll_unite(PG_GETARG_HLL(0),
										 PG_GETARG_HLL(1))).count);
}

/* --- more than two sets ----------------------------------------------------- */

#define MOST_SETS 10			/* for 2^9 - 1 overlaps of two */

/* By size, equal sizes by the bytes: results depend on no order of arguments. */
static int
compare_sizes(const void *left, const void *right)
{
	const operand *a = left;
	const operand *b = right;
	size_t		nbytes = Min(a->sketch.nbytes, b->sketch.nbytes);

	if (a->count.count != b->count.count)
		return a->count.count < b->count.count ? -1 : 1;
	return memcmp(a->sketch.bytes, b->sketch.bytes, nbytes);
}

/* The elements of an array; NULL if one of them is. */
static operand *
make_operands(ArrayType *array, int *n)
{
	Datum	   *elements;
	bool	   *nulls;
	operand    *sets;

	deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, TYPALIGN_INT,
					  &elements, &nulls, n);
	sets = palloc(*n * sizeof(*sets) + 1);
	for (int i = 0; i < *n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (nulls[i])
			return NULL;
		sets[i] = make_operand(DatumGetHll(elements[i]));
	}
	qsort(sets, *n, sizeof(*sets), compare_sizes);
	return sets;
}

/* What two sparse sets have in common, which is no more than either. Of many large
 * sets, the working ones would take more room than all the sets. */
static operand
intersect(const operand *a, const operand *b)
{
	sk_hll_shape shape = sk_hll_smallest(a->sketch.precision);
	sk_hll		empty = hll_open(hll_make(shape));
	hll		   *common = hll_make(sk_hll_larger(&empty, &a->sketch));
	sk_status	status = sk_hll_intersect(hll_bytes(common), hll_nbytes(common),
										  &a->sketch, &b->sketch);
	operand		result;

	if (status != SK_OK)
		sketch_damaged(&hll_type, status);
	result = make_operand(common);
	pfree(common);
	return result;
}

/*
 * Replaces sparse sets by what they have in common, until one of them is left or
 * two sets in all. Returns how many are left.
 */
static int
reduce_sparse(operand *sets, int n)
{
	int			left = 0,
				sparse = -1;

	for (int i = 0; i < n; i++)
	{
		bool		is_sparse = sk_hll_is_sparse(&sets[i].sketch);

		CHECK_FOR_INTERRUPTS();
		if (is_sparse && sparse >= 0 && left + n - i > 2)
			sets[sparse] = intersect(&sets[sparse], &sets[i]);
		else
		{
			if (is_sparse)
				sparse = left;
			sets[left++] = sets[i];
		}
	}
	return left;
}

static void
require_few_sets(int n)
{
	if (n > MOST_SETS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("cannot intersect %d hll values", n),
				 errdetail("The limit is %d, all sparse ones counting as one.",
						   MOST_SETS),
				 errhint("Intersect fewer at a time, or build a sketch of the values that are in all sets.")));
}

/* The union of those sets whose bit is set. */
static operand
unite_sets(const operand *sets, uint32 which)
{
	int			first = pg_rightmost_one_pos32(which);
	hll		   *all = sets[first].value;

	for (which &= which - 1; which != 0; which &= which - 1)
		all = hll_absorb(all, &sets[pg_rightmost_one_pos32(which)].sketch);
	return make_operand(all);
}

/*
 * |S0 and S1 and ... and Sn-1| = sum over all sets T of 1 .. n-1, but the empty
 * one, of (-1)^(|T|+1) |S0 and the union of T|: inclusion and exclusion within the
 * smallest set, so that all terms are intersections of two.
 */
static double
intersect_all(const operand *sets, int n)
{
	MemoryContext outer = CurrentMemoryContext;
	MemoryContext inner = AllocSetContextCreate(outer, "hll intersection",
												ALLOCSET_DEFAULT_SIZES);
	double		most = sets[0].count.count,
				sum = n == 1 ? most : 0;

	for (uint32 which = 1; which < UINT32_C(1) << (n - 1); which++)
	{
		double		both;

		CHECK_FOR_INTERRUPTS();
		MemoryContextSwitchTo(inner);
		both = compare_operands(sets[0], unite_sets(sets + 1, which)).both;
		MemoryContextSwitchTo(outer);
		MemoryContextReset(inner);
		sum += pg_popcount32(which) % 2 == 1 ? both : -both;
		if (pg_popcount32(which) == 1)
			most = fmin(most, both);
	}
	MemoryContextDelete(inner);
	return fmax(fmin(sum, most), 0);
}

/*
 * hll_intersection_cardinality(sets hll[]) -> float8
 *
 * The estimated number of values that are in all sets of the array, whatever its
 * dimensions. Sparse sets are intersected value by value. What remains is summed
 * up by intersect_all(): the errors of 2^(n-1) - 1 intersections of two with the
 * smallest set add up, so that of many large sets only a large part in common
 * can be told. From 0 to the smallest intersection of two. NULL for an empty
 * array and for one with a NULL in it; ERROR 54000 for more than 10 sets.
 */
PG_FUNCTION_INFO_V1(hll_intersection_cardinality_array);
Datum
hll_intersection_cardinality_array(PG_FUNCTION_ARGS)
{
	int			n;
	operand    *sets = make_operands(PG_GETARG_ARRAYTYPE_P(0), &n);

	if (sets == NULL || n == 0)
		PG_RETURN_NULL();
	n = reduce_sparse(sets, n);
	require_few_sets(n);
	PG_RETURN_FLOAT8(intersect_all(sets, n));
}
