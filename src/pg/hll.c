/*
 * hll.c: the SQL functions of type hll that build, merge and read sketches.
 *
 * Aggregates are in hll_agg.c, input and casts in hll_io.c, comparison and
 * output, as of all types, in order.c and io.c. What a sketch is and where it
 * comes from: core/hll/sketch.h.
 *
 * NULL, here as in the aggregates, is skipped: adding NULL, or uniting with it,
 * gives the other operand, as array_append() and array_cat() do. So an upsert
 * with "s = t.s || excluded.s" cannot wipe a rollup.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "pg/element.h"
#include "pg/hll.h"

static hll *unite(hll *sum, const hll *value);

const sketch_type hll_type = {
	.name = "hll",
	.makers = "hll_empty(), hll_add() or hll_add_agg()",
	.mergers = "hll_union_agg(), hll_union() or the operator ||",
	.first_byte = SK_HLL_TYPE_AND_VERSION,
	.old_check = sk_hll_check,
	.old_pack = hll_pack,
	.old_unite = unite
};

sk_hll
hll_open(const hll *value)
{
	sk_hll		sketch;
	sk_status	status = sk_hll_open(&sketch, VARDATA_ANY(value),
									 VARSIZE_ANY_EXHDR(value));

	if (unlikely(status != SK_OK))
		sketch_damaged(&hll_type, status);
	return sketch;
}

hll *
hll_make(sk_hll_shape shape)
{
	size_t		size = VARHDRSZ + sk_hll_size(shape);
	hll		   *value = palloc(size);

	SET_VARSIZE(value, size);
	sk_hll_init(hll_bytes(value), shape);
	return value;
}

/* dst in a new working value that has room for src, or for one more hash. */
static hll *
rebuild(const hll *dst, const sk_hll *src)
{
	sk_hll		sketch = hll_open(dst);

	return hll_absorb(hll_make(sk_hll_larger(&sketch, src)), &sketch);
}

hll *
hll_insert_larger(hll *dst, uint64 hash)
{
	return hll_insert(rebuild(dst, NULL), hash);
}

hll *
hll_absorb(hll *dst, const sk_hll *src)
{
	sk_hll		sketch = hll_open(dst);
	sk_status	status;

	if (sk_hll_is_packed(&sketch) || src->precision < sketch.precision)
		dst = rebuild(dst, src);
	while ((status = sk_hll_merge(hll_bytes(dst), hll_nbytes(dst), src,
								  sketch_env.poll)) == SK_FULL)
		dst = rebuild(dst, src);
	if (status != SK_OK)
		sketch_damaged(&hll_type, status);
	return dst;
}

hll *
hll_unite(hll *a, hll *b)
{
	sk_hll		from_a = hll_open(hll_pack(a)),
				from_b = hll_open(b);
	hll		   *all = hll_make(sk_hll_larger(&from_a, &from_b));

	return hll_absorb(hll_absorb(all, &from_a), &from_b);
}

/*
 * As hll_absorb(), but sum may be NULL. A working value is copied then, since a
 * full table is sparse: only one more token would make it dense, which
 * sk_hll_larger() expects.
 */
static hll *
unite(hll *sum, const hll *value)
{
	sk_hll		sketch = hll_open(value);

	if (sum == NULL && !sk_hll_is_packed(&sketch))
		return (hll *) PG_DETOAST_DATUM_COPY(PointerGetDatum(value));
	if (sum == NULL)
		sum = hll_make(sk_hll_larger(&sketch, NULL));
	return hll_absorb(sum, &sketch);
}

/* A sketch that turns out to be dense when its tokens are counted. */
static hll *
pack_dense(const sk_hll *sketch)
{
	sk_hll_shape shape = {SK_HLL_WORKING_DENSE, sketch->precision, 0};

	return hll_pack(hll_absorb(hll_make(shape), sketch));
}

hll *
hll_pack(hll *value)
{
	sk_hll		sketch;
	sk_hll_plan plan;
	uint32	   *tokens;
	hll		   *packed;
	sk_status	status;

	sketch = hll_open(value);
	if (sk_hll_is_packed(&sketch))
		return value;
	tokens = palloc(sketch.ntokens * sizeof(*tokens) + 1);
	status = sk_hll_plan_pack(&plan, &sketch, tokens);
	if (status == SK_FULL)
		return pack_dense(&sketch);
	if (status != SK_OK)
		sketch_damaged(&hll_type, status);
	packed = palloc(VARHDRSZ + plan.nbytes);
	SET_VARSIZE(packed, VARHDRSZ + plan.nbytes);
	sk_hll_pack(&plan, hll_bytes(packed));
	pfree(tokens);
	return packed;
}

sk_hll_estimate
hll_count(hll *value)
{
	sk_hll		sketch = hll_open(value);
	sk_hll_estimate estimate;
	sk_status	status;

	if (sk_hll_is_sparse(&sketch))
		sketch = hll_open(hll_pack(value));
	status = sk_hll_count(&sketch, &estimate);
	if (status != SK_OK)
		sketch_damaged(&hll_type, status);
	return estimate;
}

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
			 errhint("Precision %d has a relative error of 0.84 %% and takes about 4.5 kB; each step up divides the error by 1.4 and doubles the size.",
					 SK_HLL_DEFAULT_PRECISION)));
}

/* An empty sketch, working, to add to. */
static hll *
make_empty(int precision)
{
	return hll_make(sk_hll_smallest(precision));
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
	PG_RETURN_POINTER(hll_pack(make_empty(hll_require_precision(PG_GETARG_INT32(0)))));
}

/* Argument argno with one hash added, packed; NULL counts as empty. */
static Datum
add_to_arg(FunctionCallInfo fcinfo, int argno, uint64 hash)
{
	hll		   *value = PG_ARGISNULL(argno) ?
		make_empty(SK_HLL_DEFAULT_PRECISION) : hll_pack(PG_GETARG_HLL(argno));
	sk_hll		sketch = hll_open(value);

	value = hll_absorb(hll_make(sk_hll_larger(&sketch, NULL)), &sketch);
	return PointerGetDatum(hll_pack(hll_insert(value, hash)));
}

/*
 * hll_add(s hll, x sketch_hash | anyelement) -> hll, and s || x
 *
 * s with the value x added. NULL x: s as it is. NULL s: a sketch of x alone, at
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
 * hll_add() with its arguments the other way round.
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
 * hll_union(a hll, b hll) -> hll, and a || b
 *
 * The sketch of all values that are in a or in b, at the lower of both
 * precisions: just what one sketch of them all would have been. NULL is
 * skipped; both NULL: NULL. Ertl 2024, section 2.3.
 */
PG_FUNCTION_INFO_V1(hll_union);
Datum
hll_union(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0) && PG_ARGISNULL(1))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_DATUM(PG_GETARG_DATUM(PG_ARGISNULL(0) ? 1 : 0));
	PG_RETURN_POINTER(hll_pack(hll_unite(PG_GETARG_HLL(0), PG_GETARG_HLL(1))));
}

/*
 * hll_cardinality(s hll) -> float8, and #s
 *
 * The estimated number of distinct values, 0 or more; a whole number for a
 * sparse sketch, nearly always the true one. Infinity only for a sketch in which everything
 * is hit, which no real input reaches. NULL for NULL. Ertl 2017, section 5.
 */
PG_FUNCTION_INFO_V1(hll_cardinality);
Datum
hll_cardinality(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(hll_count(PG_GETARG_HLL(0)).count);
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
	sk_hll_estimate estimate;
	double		lower,
				upper;
	Datum		values[3];

	estimate = hll_count(PG_GETARG_HLL(0));
	sk_hll_bounds(&estimate, confidence, &lower, &upper);
	values[0] = Float8GetDatum(estimate.count);
	values[1] = Float8GetDatum(lower);
	values[2] = Float8GetDatum(upper);
	return sketch_make_record(fcinfo, values, NULL);
}

/*
 * hll_downsample(s hll, p integer) -> hll
 *
 * The sketch that the same values would have given at precision p, which must
 * not be above that of s. NULL for NULL; ERROR 22023 for a precision out of
 * range or above that of s. Ertl 2024, section 2.4.
 */
PG_FUNCTION_INFO_V1(hll_downsample);
Datum
hll_downsample(PG_FUNCTION_ARGS)
{
	sk_hll		sketch = hll_open(PG_GETARG_HLL(0));
	int			precision = hll_require_precision(PG_GETARG_INT32(1));

	if (precision > sketch.precision)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot raise the precision of an hll value from %d to %d",
						sketch.precision, precision),
				 errdetail("What a sketch did not record cannot be added later."),
				 errhint("Build the sketch anew with hll_add_agg(x, %d).",
						 precision)));
	PG_RETURN_POINTER(hll_pack(hll_absorb(make_empty(precision), &sketch)));
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
	PG_RETURN_INT32(hll_open(PG_GETARG_HLL(0)).precision);
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
	sk_hll		sketch = hll_open(PG_GETARG_HLL(0));

	PG_RETURN_BOOL(sk_hll_is_empty(&sketch));
}

/*
 * hll_info(s hll) -> (format_version integer, "precision" integer,
 *   representation text, used integer, bytes integer,
 *   relative_standard_error float8)
 *
 * How s is stored. `used` counts the stored values of a sparse sketch, the
 * registers that are not empty of a dense one; `bytes` is the size of the
 * packed value without its varlena header; the error is 1 standard deviation
 * over the estimate, 0 for an empty sketch. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(hll_info);
Datum
hll_info(PG_FUNCTION_ARGS)
{
	hll		   *value = hll_pack(PG_GETARG_HLL(0));
	sk_hll		sketch = hll_open(value);
	uint32		used;
	Datum		values[6];
	sk_status	status = sk_hll_used(&sketch, &used);

	if (status != SK_OK)
		sketch_damaged(&hll_type, status);
	values[0] = Int32GetDatum(SK_HLL_FORMAT_VERSION);
	values[1] = Int32GetDatum(sketch.precision);
	values[2] = CStringGetTextDatum(sk_hll_is_sparse(&sketch) ? "sparse" :
									"dense");
	values[3] = Int32GetDatum((int32) used);
	values[4] = Int32GetDatum((int32) sketch.nbytes);
	values[5] = Float8GetDatum(hll_count(value).relative_error);
	return sketch_make_record(fcinfo, values, NULL);
}
