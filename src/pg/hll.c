/*
 * hll.c: the SQL functions of type hll that build, merge and read sketches, its
 * input and its type modifier.
 *
 * Aggregates are in hll_agg.c, overlaps in hll_overlap.c. Output and
 * comparison are those of all types (any.c, order.c). See core/hll/sketch.h
 * for the sketch.
 *
 * NULL is skipped, here as in the aggregates: adding NULL, or a union with it,
 * gives the other operand, as array_append() and array_cat() do. So an upsert
 * with "s = t.s || excluded.s" cannot wipe a rollup.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "pg/element.h"
#include "pg/hll.h"

/* Any two sketches can be merged: only damage is an error. */
static void
refuse(sk_status status, const sk_value *dst pg_attribute_unused(),
	   const sk_value *src pg_attribute_unused())
{
	sketch_damaged(&hll_type, status);
}

const sketch_type hll_type = {
	.name = "hll",
	.makers = "hll_empty(), hll_add() or hll_add_agg()",
	.mergers = "hll_union_agg(), hll_union() or the operator ||",
	.first_byte = SK_HLL_TYPE_AND_VERSION,
	.check = sk_hll_check,
	.merge = sk_hll_merge,
	.pack = sk_hll_pack,
	.refuse = refuse
};

/* --- input -------------------------------------------------------------- */

/* The value of a sketch in new memory, packed. */
static Datum
packed_value(sk_value sketch)
{
	hll_require_ok(sk_hll_pack(&sketch, &sketch_env));
	return PointerGetDatum(sketch_varlena(sketch));
}

/* Of a sketch of any layout; only its first bytes may be read. */
static sk_hll
header_of(Datum value)
{
	return hll_open(sketch_header(value, SK_HLL_AT_PENDING));
}

/*
 * Makes a value fit the type modifier, if there is one: an empty sketch gets its
 * precision. ERROR if the precision of another one differs; false if the error
 * is soft. Only the header is read.
 */
static bool
apply_typmod(Datum *value, int32 typmod, Node *escontext)
{
	sk_hll		header = header_of(*value);
	int			precision = header.precision;

	if (typmod < 0 || typmod == precision)
		return true;
	if (sk_hll_is_empty(&header))
	{
		*value = packed_value(sk_hll_empty(hll_require_precision(typmod),
										   &sketch_env));
		return true;
	}
	ereturn(escontext, false,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("expected an hll value of precision %d, not %d", typmod,
					precision),
			 errdetail("The column or cast has the type hll(%d).", typmod),
			 precision > typmod ?
			 errhint("Lower the precision with hll_downsample(..., %d).", typmod) :
			 errhint("A precision cannot be raised: build the sketch with precision %d, or lower that of the column to hll(%d) and its other values with hll_downsample().",
					 typmod, precision)));
}

/*
 * hll_in(cstring, oid, integer) -> hll
 *
 * The text form is that of the packed bytes as bytea. ERROR 22P02 for any other
 * text, 22023 for a precision other than the type modifier's. Soft errors where
 * the server has them.
 */
PG_FUNCTION_INFO_V1(hll_in);
Datum
hll_in(PG_FUNCTION_ARGS)
{
	Datum		value = sketch_in(fcinfo, &hll_type);

	if (fcinfo->isnull ||
		!apply_typmod(&value, PG_GETARG_INT32(2), fcinfo->context))
		PG_RETURN_NULL();
	return value;
}

/*
 * hll_recv(internal, oid, integer) -> hll
 *
 * ERROR 22P03 for bytes that are not a packed sketch, 22023 as hll_in().
 */
PG_FUNCTION_INFO_V1(hll_recv);
Datum
hll_recv(PG_FUNCTION_ARGS)
{
	Datum		value = sketch_recv(fcinfo, &hll_type);

	apply_typmod(&value, PG_GETARG_INT32(2), NULL);
	return value;
}

/*
 * hll_from_bytea(bytea) -> hll, behind the cast
 *
 * NULL for NULL; ERROR 22P03 for bytes that are not a packed sketch.
 */
PG_FUNCTION_INFO_V1(hll_from_bytea);
Datum
hll_from_bytea(PG_FUNCTION_ARGS)
{
	return sketch_from_bytea(fcinfo, &hll_type);
}

/*
 * hll_typmod_in(cstring[]) -> integer
 *
 * The precision of hll(p). ERROR 22023 unless it is one number from 4 to 20.
 */
PG_FUNCTION_INFO_V1(hll_typmod_in);
Datum
hll_typmod_in(PG_FUNCTION_ARGS)
{
	int			n;
	int32	   *modifiers = ArrayGetIntegerTypmods(PG_GETARG_ARRAYTYPE_P(0), &n);

	if (n != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("type hll takes one modifier, not %d", n),
				 errhint("Write hll(p) with the precision p, such as hll(%d).",
						 SK_HLL_DEFAULT_PRECISION)));
	PG_RETURN_INT32(hll_require_precision(modifiers[0]));
}

/* hll_typmod_out(integer) -> cstring */
PG_FUNCTION_INFO_V1(hll_typmod_out);
Datum
hll_typmod_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(psprintf("(%d)", PG_GETARG_INT32(0)));
}

/*
 * hll_enforce_typmod(s hll, typmod integer, explicit boolean) -> hll
 *
 * s, if its precision is that of the type modifier; an empty sketch is given it.
 * ERROR 22023 for any other, even in an explicit cast: a cast must not lose
 * accuracy silently.
 */
PG_FUNCTION_INFO_V1(hll_enforce_typmod);
Datum
hll_enforce_typmod(PG_FUNCTION_ARGS)
{
	Datum		value = PG_GETARG_DATUM(0);

	apply_typmod(&value, PG_GETARG_INT32(1), NULL);
	PG_RETURN_DATUM(value);
}

/* --- building and merging ----------------------------------------------- */

int
hll_require_precision(int precision)
{
	if (likely(sk_hll_precision_ok(precision)))
		return precision;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("hll precision %d is out of range", precision),
			 errdetail("The precision is the binary logarithm of the number of registers, from %d to %d.",
					   SK_HLL_MIN_PRECISION, SK_HLL_MAX_PRECISION),
			 errhint("Precision %d has a relative error of 0.84%% and takes about 4.5 kB; each step up divides the error by 1.4 and doubles the size.",
					 SK_HLL_DEFAULT_PRECISION)));
}

/*
 * hll_empty([p integer = 13]) -> hll
 *
 * A sketch of no values with precision p (4..20). NULL for NULL; ERROR 22023
 * for a precision out of range.
 */
PG_FUNCTION_INFO_V1(hll_empty);
Datum
hll_empty(PG_FUNCTION_ARGS)
{
	int			precision = hll_require_precision(PG_GETARG_INT32(0));

	return packed_value(sk_hll_empty(precision, &sketch_env));
}

/* A working copy of a sketch, or an empty sketch if there is none. */
static sk_value
working_copy(const hll *s)
{
	sk_value	copy = {NULL, 0},
				sketch;

	if (s == NULL)
		return sk_hll_empty(SK_HLL_DEFAULT_PRECISION, &sketch_env);
	sketch = sketch_value(s);
	hll_require_ok(sk_hll_merge(&copy, sketch.bytes, sketch.nbytes,
								&sketch_env));
	return copy;
}

/* Argument argno, which is s or NULL, if the sum is the same; else the sum. */
static Datum
packed_sum(FunctionCallInfo fcinfo, int argno, const hll *s, sk_value sum)
{
	Datum		packed = packed_value(sum);

	return s != NULL && sketch_same(s, (hll *) DatumGetPointer(packed)) ?
		PG_GETARG_DATUM(argno) : packed;
}

/* Argument argno with one hash added, packed; NULL counts as empty. */
static Datum
add_to_arg(FunctionCallInfo fcinfo, int argno, uint64 hash)
{
	const hll  *s = PG_ARGISNULL(argno) ? NULL : PG_GETARG_HLL(argno);
	sk_value	sum = working_copy(s);

	hll_require_ok(sk_hll_add(&sum, hash, &sketch_env));
	return packed_sum(fcinfo, argno, s, sum);
}

/* Adds the elements of argument 1 to *sum, a copy of s that is made for the first
 * one. */
static void
add_elements(FunctionCallInfo fcinfo, sk_value *sum, const hll *s)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(1);
	ArrayIterator elements = array_create_iterator(array, 0, NULL);
	sketch_element *element = sketch_element_of_array(fcinfo, 1,
													  ARR_ELEMTYPE(array));
	Datum		x;
	bool		isnull;

	while (array_iterate(elements, &x, &isnull))
	{
		CHECK_FOR_INTERRUPTS();
		if (isnull)
			continue;
		if (sum->nbytes == 0)
			*sum = working_copy(s);
		hll_require_ok(sk_hll_add(sum, sketch_hash_value(element, x, 0),
								  &sketch_env));
	}
}

/*
 * hll_add(s hll, x sketch_hash | anyelement) -> hll, and s || x
 *
 * s with the value x added. If that changes nothing, or x is NULL: s as it is. NULL s: a sketch of x alone, at
 * the default precision. Both NULL: NULL. ERROR 0A000 for a type that cannot be
 * hashed (doc/hashing.md). Register update: Ertl 2024, section 2.
 */
PG_FUNCTION_INFO_V1(hll_add);
Datum
hll_add(PG_FUNCTION_ARGS)
{
	if (!PG_ARGISNULL(1))
		return add_to_arg(fcinfo, 0, sketch_hash_arg(fcinfo, 1, 0));
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/*
 * hll_add_rev(x sketch_hash, s hll) -> hll, and x || s
 *
 * hll_add() with its arguments exchanged.
 */
PG_FUNCTION_INFO_V1(hll_add_rev);
Datum
hll_add_rev(PG_FUNCTION_ARGS)
{
	if (!PG_ARGISNULL(0))
		return add_to_arg(fcinfo, 1, sketch_hash_arg(fcinfo, 0, 0));
	if (PG_ARGISNULL(1))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(1));
}

/*
 * hll_add_array(s hll, xs anyarray) -> hll
 *
 * s with every element of xs added, as hll_add() adds it; NULL elements are
 * skipped, and dimensions do not matter. NULL xs, or no elements: s as it is. NULL
 * s: a sketch of the elements alone. ERROR as hll_add().
 */
PG_FUNCTION_INFO_V1(hll_add_array);
Datum
hll_add_array(PG_FUNCTION_ARGS)
{
	const hll  *s = PG_ARGISNULL(0) ? NULL : PG_GETARG_HLL(0);
	sk_value	sum = {NULL, 0};

	if (!PG_ARGISNULL(1))
		add_elements(fcinfo, &sum, s);
	if (sum.nbytes > 0)
		return packed_sum(fcinfo, 0, s, sum);
	if (s == NULL)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/*
 * hll_union(a hll, b hll) -> hll, and a || b
 *
 * The sketch of all values that are in a or in b, at the lower of both
 * precisions: exactly what one sketch of them all would have been. An empty
 * sketch is neutral, whatever its precision; of two, the lower precision holds.
 * NULL is skipped; both NULL: NULL. Ertl 2024, section 2.3.
 */
PG_FUNCTION_INFO_V1(hll_union);
Datum
hll_union(PG_FUNCTION_ARGS)
{
	return sketch_union(fcinfo, &hll_type);
}

/*
 * hll_union(sketches hll[]) -> hll
 *
 * The union of all elements of an array, whatever its dimensions. NULL elements
 * are skipped; NULL if there is nothing else. Errors as above.
 */
PG_FUNCTION_INFO_V1(hll_union_array);
Datum
hll_union_array(PG_FUNCTION_ARGS)
{
	return sketch_union_array(fcinfo, &hll_type);
}

/*
 * hll_downsample(s hll, p integer) -> hll
 *
 * The sketch that the same values would have given at precision p, which must
 * not be above that of s unless s is empty. NULL for NULL; ERROR 22023 for a
 * precision out of range or above that of s. Ertl 2024, section 2.4.
 */
PG_FUNCTION_INFO_V1(hll_downsample);
Datum
hll_downsample(PG_FUNCTION_ARGS)
{
	sk_hll		sketch = hll_open(sketch_value(PG_GETARG_HLL(0)));
	int			precision = hll_require_precision(PG_GETARG_INT32(1));
	sk_value	folded;

	if (precision == sketch.precision)
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	if (precision > sketch.precision && !sk_hll_is_empty(&sketch))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot raise the precision of an hll value from %d to %d",
						sketch.precision, precision),
				 errdetail("What a sketch did not record cannot be added later."),
				 errhint("Build the sketch anew with hll_add_agg(x, %d).",
						 precision)));
	hll_require_ok(sk_hll_fold(&folded, &sketch, precision, &sketch_env));
	return packed_value(folded);
}

/* --- reading ------------------------------------------------------------ */

/* The estimate for argument 0. */
static sk_hll_estimate
count_arg(FunctionCallInfo fcinfo)
{
	sk_hll		sketch = hll_open(sketch_value(PG_GETARG_HLL(0)));
	sk_hll_estimate estimate;

	hll_require_ok(sk_hll_count(&sketch, &estimate, &sketch_env));
	return estimate;
}

/*
 * hll_cardinality(s hll) -> float8, and #s
 *
 * The estimated number of distinct values, 0 or more; a whole number for a
 * sparse sketch, nearly always the true one. Infinity only for a sketch in
 * which everything is hit, which no real input reaches. NULL for NULL. Ertl
 * 2017, section 5.
 */
PG_FUNCTION_INFO_V1(hll_cardinality);
Datum
hll_cardinality(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(count_arg(fcinfo).count);
}

/*
 * approx_count_distinct_final(state) -> bigint
 *
 * The estimate as a whole number; 0 over no rows, as for count(distinct).
 */
PG_FUNCTION_INFO_V1(approx_count_distinct_final);
Datum
approx_count_distinct_final(PG_FUNCTION_ARGS)
{
	double		count;

	if (PG_ARGISNULL(0))
		PG_RETURN_INT64(0);
	count = rint(count_arg(fcinfo).count);
	PG_RETURN_INT64(FLOAT8_FITS_IN_INT64(count) ? (int64) count : PG_INT64_MAX);
}

/*
 * hll_cardinality_bounds(s hll [, confidence float8 = 0.95])
 *   -> (estimate float8, lower float8, upper float8)
 *
 * The estimate, and an interval around it that holds the true number of
 * distinct values with the given probability (0 < confidence < 1; measured in
 * doc/accuracy.md). NULL for NULL; ERROR 22023 for a confidence out of range.
 * The standard error is from the observed Fisher information of the sketch.
 */
PG_FUNCTION_INFO_V1(hll_cardinality_bounds);
Datum
hll_cardinality_bounds(PG_FUNCTION_ARGS)
{
	double		confidence = sketch_require_confidence(PG_GETARG_FLOAT8(1));
	sk_hll_estimate estimate = count_arg(fcinfo);
	double		lower,
				upper;
	Datum		values[3];

	sk_hll_bounds(&estimate, confidence, &lower, &upper);
	values[0] = Float8GetDatum(estimate.count);
	values[1] = Float8GetDatum(lower);
	values[2] = Float8GetDatum(upper);
	return sketch_make_record(fcinfo, values, NULL);
}

/*
 * hll_precision(s hll) -> integer
 *
 * The precision p of s: it has 2^p registers. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(hll_precision);
Datum
hll_precision(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(header_of(PG_GETARG_DATUM(0)).precision);
}

/*
 * hll_is_empty(s hll) -> boolean
 *
 * Whether no value was ever added to s. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(hll_is_empty);
Datum
hll_is_empty(PG_FUNCTION_ARGS)
{
	sk_hll		header = header_of(PG_GETARG_DATUM(0));

	PG_RETURN_BOOL(sk_hll_is_empty(&header));
}

/*
 * hll_info(s hll) -> (format_version integer, "precision" integer,
 *   representation text, used integer, bytes integer,
 *   relative_standard_error float8)
 *
 * How s is stored. `used` is the number of stored values of a sparse sketch, or
 * of registers that are not empty; `bytes` is the size of the packed value
 * without its varlena header; the error is one standard deviation over the
 * estimate, 0 for an empty sketch. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(hll_info);
Datum
hll_info(PG_FUNCTION_ARGS)
{
	sk_value	packed = sketch_value(PG_GETARG_HLL(0));
	sk_hll		sketch;
	sk_hll_estimate estimate;
	uint32		used;
	Datum		values[6];

	hll_require_ok(sk_hll_pack(&packed, &sketch_env));
	sketch = hll_open(packed);
	hll_require_ok(sk_hll_used(&sketch, &used));
	hll_require_ok(sk_hll_count(&sketch, &estimate, &sketch_env));
	values[0] = Int32GetDatum(SK_HLL_FORMAT_VERSION);
	values[1] = Int32GetDatum(sketch.precision);
	values[2] = CStringGetTextDatum(sk_hll_is_sparse(&sketch) ? "sparse" :
									"dense");
	values[3] = Int32GetDatum((int32) used);
	values[4] = Int32GetDatum((int32) sketch.nbytes);
	values[5] = Float8GetDatum(estimate.relative_error);
	return sketch_make_record(fcinfo, values, NULL);
}
