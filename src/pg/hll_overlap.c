/*
 * hll_overlap.c: the SQL functions that compare sketches as sets: the sizes of
 * parts, union, intersection and difference, and Jaccard's index.
 *
 * The estimates are those of core/hll/overlap.h. Here, sketches are made
 * comparable: one that is finer than a dense other one is folded to the
 * precision of that. A sparse sketch can be compared with a finer dense one as
 * it is.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/float.h"
#include "utils/memutils.h"

#include "core/hll/overlap.h"
#include "pg/hll.h"

/* A packed sketch and its count, which folding does not change. */
typedef struct operand
{
	sk_value	value;
	sk_hll		sketch;
	sk_hll_estimate count;
} operand;

static operand
make_operand(sk_value value)
{
	operand		o = {.value = value};

	hll_require_ok(sk_hll_pack(&o.value, &sketch_env));
	o.sketch = hll_open(o.value);
	hll_require_ok(sk_hll_count(&o.sketch, &o.count, &sketch_env));
	return o;
}

static void
merge_operand(sk_value *sum, const operand *o)
{
	hll_require_ok(sk_hll_merge(sum, o->value.bytes, o->value.nbytes,
								&sketch_env));
}

/* Folds o if the other one is dense and has a lower precision. */
static void
fold_for(operand *o, const operand *other)
{
	sk_value	folded;

	if (sk_hll_is_sparse(&other->sketch) ||
		o->sketch.precision <= other->sketch.precision)
		return;
	hll_require_ok(sk_hll_fold(&folded, &o->sketch, other->sketch.precision,
							   &sketch_env));
	hll_require_ok(sk_hll_pack(&folded, &sketch_env));
	o->value = folded;
	o->sketch = hll_open(folded);
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

	fold_pair(&a, &b);
	hll_require_ok(sk_hll_overlap_of(&overlap, &a.sketch, &b.sketch,
									 &a.count, &b.count));
	return overlap;
}

static operand
arg_operand(FunctionCallInfo fcinfo, int argno)
{
	return make_operand(sketch_value(PG_GETARG_HLL(argno)));
}

/* The overlap of arguments 0 and 1. */
static sk_hll_overlap
compare_args(FunctionCallInfo fcinfo)
{
	return compare_operands(arg_operand(fcinfo, 0), arg_operand(fcinfo, 1));
}

/*
 * hll_overlap(a hll, b hll) -> (a_only, b_only, "both", "union", jaccard,
 *   a_only_standard_error, ..., jaccard_standard_error), all float8
 *
 * The estimated numbers of values in a only, in b only and in both, by joint
 * maximum likelihood (Ertl 2017); the sum of these; both / union, which is 1
 * for two empty sketches as for any two equal ones; and the absolute standard
 * error of each. Whole numbers, and practically exact, for two sparse
 * sketches. hll_overlap(b, a) is the mirror image. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(hll_overlap);
Datum
hll_overlap(PG_FUNCTION_ARGS)
{
	sk_hll_overlap o = compare_args(fcinfo);
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
 * The estimated number of values in both: "both" of hll_overlap(). From 0 to
 * the cardinality of the smaller one (if their precisions differ, the finer sketch
 * corrects that of the other one). 0 if the sketches say next to nothing of it. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(hll_intersection_cardinality);
Datum
hll_intersection_cardinality(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(compare_args(fcinfo).both);
}

/*
 * hll_intersection_bounds(a hll, b hll [, confidence float8 = 0.95])
 *   -> (estimate float8, lower float8, upper float8)
 *
 * The estimated number of values in both, and the interval that holds the
 * true number with the given probability (0 < confidence < 1; measured in
 * doc/accuracy.md): 0 <= lower <= estimate <= upper. The estimate is at most
 * the cardinality of the smaller set, and upper at most its upper bound; so
 * the interval is right even if one set is part of the other. NULL for NULL;
 * ERROR 22023 for a confidence out of range. By profile likelihood (Wilks
 * 1938).
 */
PG_FUNCTION_INFO_V1(hll_intersection_bounds);
Datum
hll_intersection_bounds(PG_FUNCTION_ARGS)
{
	double		confidence = sketch_require_confidence(PG_GETARG_FLOAT8(2));
	operand		a = arg_operand(fcinfo, 0);
	operand		b = arg_operand(fcinfo, 1);
	sk_hll_interval both;
	Datum		values[3];

	fold_pair(&a, &b);
	hll_require_ok(sk_hll_overlap_bounds(&both, &a.sketch, &b.sketch,
										 &a.count, &b.count, confidence));
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
	PG_RETURN_FLOAT8(compare_args(fcinfo).a_only);
}

/*
 * hll_jaccard(a hll, b hll) -> float8
 *
 * The estimated share of the values in either that are in both, 0 to 1: jaccard
 * of hll_overlap(). NULL for NULL.
 */
PG_FUNCTION_INFO_V1(hll_jaccard);
Datum
hll_jaccard(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(compare_args(fcinfo).jaccard);
}

/*
 * hll_union_cardinality(a hll, b hll) -> float8
 *
 * The estimated number of values in a or b: the same number as #(a || b),
 * without packing the union. "union" of hll_overlap() uses more than the sketch
 * of the union, which does not know what was in which set: its error is 10% to
 * 30% smaller for sets of the same size. NULL for NULL, which || would skip.
 */
PG_FUNCTION_INFO_V1(hll_union_cardinality);
Datum
hll_union_cardinality(PG_FUNCTION_ARGS)
{
	sk_value	all = sketch_value(PG_GETARG_HLL(0)),
				b = sketch_value(PG_GETARG_HLL(1));
	sk_hll		sketch;
	sk_hll_estimate estimate;

	/* A packed sketch is not changed in place. */
	hll_require_ok(sk_hll_pack(&all, &sketch_env));
	hll_require_ok(sk_hll_merge(&all, b.bytes, b.nbytes, &sketch_env));
	sketch = hll_open(all);
	hll_require_ok(sk_hll_count(&sketch, &estimate, &sketch_env));
	PG_RETURN_FLOAT8(estimate.count);
}

/* --- more than two sets ------------------------------------------------- */

#define MOST_SETS 10			/* gives 2^9 - 1 overlaps of two */

/*
 * By size, equal sizes by the bytes: results do not depend on the order of
 * sets.
 */
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
		sets[i] = make_operand(sketch_value(DatumGetHll(elements[i])));
	}
	qsort(sets, *n, sizeof(*sets), compare_sizes);
	return sets;
}

/*
 * What two sparse sets have in common. The working sketch is released: those of
 * many large sets would take more room than all the sets.
 */
static operand
intersect(const operand *a, const operand *b)
{
	sk_value	common;
	operand		result;

	hll_require_ok(sk_hll_intersect(&common, &a->sketch, &b->sketch,
									&sketch_env));
	result = make_operand(common);
	sketch_env.release(common.bytes);
	return result;
}

/*
 * Replaces sparse sets by what they have in common, until only one sparse set
 * or two sets in all are left. Returns how many are left.
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
merge_sets(const operand *sets, uint32 which)
{
	sk_value	all = sets[pg_rightmost_one_pos32(which)].value;

	for (which &= which - 1; which != 0; which &= which - 1)
		merge_operand(&all, &sets[pg_rightmost_one_pos32(which)]);
	return make_operand(all);
}

/*
 * |S0 and S1 and ... and Sn-1| = sum over all nonempty subsets T of S1 .. Sn-1
 * of (-1)^(|T|+1) |S0 and the union of T|: inclusion and exclusion within the
 * smallest set, so that all terms are intersections of two.
 */
static double
intersect_all(const operand *sets, int n)
{
	MemoryContext outer = CurrentMemoryContext;
	MemoryContext inner = AllocSetContextCreate(outer, "hll intersection",
												ALLOCSET_DEFAULT_SIZES);
	double		most = n == 1 ? sets[0].count.count : get_float8_infinity(),
				sum = n == 1 ? most : 0;

	for (uint32 which = 1; which < UINT32_C(1) << (n - 1); which++)
	{
		double		both;

		CHECK_FOR_INTERRUPTS();
		MemoryContextSwitchTo(inner);
		both = compare_operands(sets[0], merge_sets(sets + 1, which)).both;
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
 * The estimated number of values that are in all sets of the array, whatever
 * its dimensions. Sparse sets are intersected value by value. The others are
 * left to intersect_all(): the errors of 2^(n-1) - 1 intersections of two
 * with the smallest set add up, so that for many large sets only a large
 * intersection is significant. From 0 to the smallest intersection of two.
 * NULL for an empty array and for one with a NULL in it; ERROR 54000 for more
 * than 10 sets.
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
