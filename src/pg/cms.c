/*
 * cms.c: the SQL functions of type cms that build, merge and read sketches.
 *
 * Frequencies are in cms_frequency.c, aggregates in cms_agg.c; what all types
 * share is in value.c. For the sketch and its sources see core/cms/sketch.h.
 */
#include "postgres.h"

#include <math.h>

#include "utils/builtins.h"

#include "pg/cms.h"
#include "pg/element.h"

/* Below 2^53, each whole number is a float8 of its own. */
#define LEAST_INEXACT_FLOAT8 9007199254740992.0

static void refuse(sk_status status, const sk_value *dst, const sk_value *src);

const sketch_type cms_type = {
	.name = "cms",
	.makers = "cms_empty(), cms_add() or cms_add_agg()",
	.mergers = "cms_union_agg(), cms_union() or the operator ||",
	.first_byte = SK_CMS_TYPE_AND_VERSION,
	.check = sk_cms_check,
	.merge = sk_cms_merge,
	.pack = sk_cms_pack,
	.refuse = refuse
};

static sk_cms
open_sketch(const sk_value *sketch)
{
	sk_cms		opened;
	sk_status	status = sk_cms_open(&opened, sketch->bytes, sketch->nbytes);

	if (unlikely(status != SK_OK))
		sketch_damaged(&cms_type, status);
	return opened;
}

sk_cms
cms_open(const cms *value)
{
	sk_value	sketch = sketch_value(value);

	return open_sketch(&sketch);
}

sk_cms
cms_open_header(Datum value)
{
	sk_value	header = sketch_header(value, SK_CMS_HEADER);
	sk_cms		opened;
	sk_status	status = sk_cms_open_header(&opened, header.bytes,
											header.nbytes);

	if (unlikely(status != SK_OK))
		sketch_damaged(&cms_type, status);
	return opened;
}

static void
refuse_unlike(const sk_cms_design *a, const sk_cms_design *b)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 a->depth != b->depth ?
			 errmsg("cannot merge cms values of %d and %d rows",
					a->depth, b->depth) :
			 errmsg("cannot merge cms values of %u and %u counters a row",
					a->width, b->width),
			 errdetail("One was made for epsilon %g and delta %g, the other for epsilon %g and delta %g. They must have equally many rows, and the number of counters in a row of one must be that of the other, or a power of two times it.",
					   a->epsilon, a->delta, b->epsilon, b->delta),
			 errhint("Make all sketches that are to be combined with the same epsilon and delta.")));
}

/* The error for a status of adding or merging: see sketch_type. */
static void
refuse(sk_status status, const sk_value *dst, const sk_value *src)
{
	if (status == SK_UNLIKE)
	{
		sk_cms		a = open_sketch(dst);
		sk_cms		b = open_sketch(src);

		refuse_unlike(&a.design, &b.design);
	}
	if (status == SK_OVERFLOW)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("total of a cms value would be out of range"),
				 errdetail("The weights of all values together may reach " INT64_FORMAT ".",
						   PG_INT64_MAX),
				 errhint("Use smaller weights, such as thousands instead of units.")));
	sketch_damaged(&cms_type, status);
}

/*
 * cms_in(cstring, oid, integer) -> cms
 *
 * From hexadecimal. ERROR 22P02, soft where the server has soft errors, if that is
 * not the text form of a sketch.
 */
PG_FUNCTION_INFO_V1(cms_in);
Datum
cms_in(PG_FUNCTION_ARGS)
{
	return sketch_in(fcinfo, &cms_type);
}

/* cms_recv(internal, oid, integer) -> cms; ERROR 22P03 if the bytes are no packed sketch */
PG_FUNCTION_INFO_V1(cms_recv);
Datum
cms_recv(PG_FUNCTION_ARGS)
{
	return sketch_recv(fcinfo, &cms_type);
}

/*
 * cms_from_bytea(bytea) -> cms, for the cast
 *
 * NULL for NULL; ERROR 22P03 if the bytes are no packed sketch.
 */
PG_FUNCTION_INFO_V1(cms_from_bytea);
Datum
cms_from_bytea(PG_FUNCTION_ARGS)
{
	return sketch_from_bytea(fcinfo, &cms_type);
}

static void
require_fraction(const char *name, float8 x, const char *hint)
{
	if (likely(sk_cms_fraction_ok(x)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s %g is out of range", name, x),
			 errdetail("%s is a fraction between 0 and 1, both excluded.", name),
			 errhint("%s", hint)));
}

uint64
cms_weight_of_float8(float8 weight)
{
	if (!(fabs(weight) < LEAST_INEXACT_FLOAT8))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("weight %g is out of range", weight),
				 errdetail("A weight that is no bigint is taken as a double precision number, which has all whole numbers below 2^53 only."),
				 errhint("Cast the weight to bigint, as in sum(x)::bigint.")));
	if (weight != floor(weight))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("weight %g is not a whole number", weight),
				 errhint("Round it, or count in a smaller unit, as in round(100 * x)::bigint. To set epsilon, use cms_add_agg(), or pass it behind the weight.")));
	return cms_require_weight((int64) weight);
}

cms *
cms_make_empty(float8 epsilon, float8 delta)
{
	sk_cms_design design;

	require_fraction("epsilon", epsilon,
					 "For an error of 0.1% of the total say 0.001; to add values with weights, use cms_add_weighted_agg().");
	require_fraction("delta", delta,
					 "For an error that is larger once in a hundred times say 0.01.");
	if (sk_cms_design_for(&design, epsilon, delta) != SK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("cms value of epsilon %g and delta %g would be too large",
						epsilon, delta),
				 errdetail("It has e/epsilon counters of 8 bytes in each of ln(1/delta) rows; at most 1 GB, and %d rows, are possible.",
						   SK_CMS_MAX_DEPTH),
				 errhint("Raise epsilon, delta or both.")));
	return sketch_varlena(sk_cms_empty(&design, &sketch_env));
}

/*
 * cms_empty([epsilon float8 = 0.001 [, delta float8 = 0.01]]) -> cms
 *
 * A sketch without values. Its frequencies will be too high by more than
 * epsilon times the total with a probability of at most delta, both between 0
 * and 1. NULL for NULL; ERROR 22023 for an argument out of range, 54000 if
 * the sketch would exceed 1 GB or 32 rows. Cormode and Muthukrishnan 2005,
 * section 3.
 */
PG_FUNCTION_INFO_V1(cms_empty);
Datum
cms_empty(PG_FUNCTION_ARGS)
{
	cms		   *empty = cms_make_empty(PG_GETARG_FLOAT8(0),
									   PG_GETARG_FLOAT8(1));

	PG_RETURN_POINTER(sketch_pack(&cms_type, empty));
}

/* A working copy of argument argno; for NULL, a new value of the default design. */
static cms *
working_arg(FunctionCallInfo fcinfo, int argno)
{
	if (PG_ARGISNULL(argno))
		return cms_make_empty(SK_CMS_DEFAULT_EPSILON, SK_CMS_DEFAULT_DELTA);
	return sketch_merge(&cms_type, NULL, PG_GETARG_CMS(argno));
}

/* The sketch of one argument with the value of the other added. */
static Datum
add_arg(FunctionCallInfo fcinfo, int sketch_argno, int value_argno,
		uint64 weight)
{
	cms_values *values;
	uint64		hash;
	cms		   *sum;

	values = sketch_call_site(fcinfo, value_argno, sizeof(*values));
	if (weight == 0 && !PG_ARGISNULL(sketch_argno))
		PG_RETURN_DATUM(PG_GETARG_DATUM(sketch_argno));
	hash = sketch_hash_value(&values->element, PG_GETARG_DATUM(value_argno), 0);
	sum = cms_add_hash(working_arg(fcinfo, sketch_argno), hash,
					   cms_kind_of(values), weight);
	PG_RETURN_POINTER(sketch_pack(&cms_type, sum));
}

static inline Datum
same_or_null(FunctionCallInfo fcinfo, int argno)
{
	if (PG_ARGISNULL(argno))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(argno));
}

/*
 * cms_add(s cms, x sketch_hash | anyelement
 *   [, weight bigint | float8 = 1]) -> cms, and s || x
 *
 * s with the value x added weight times (0 or more). NULL x or weight, or a
 * weight of 0: s itself. NULL s: a sketch of x alone, of the default design.
 * NULL s and x: NULL. ERROR 0A000 for a type that cannot be hashed
 * (doc/hashing.md), 22023 for a negative weight, 22003 for a total out of range
 * for a bigint.
 */
PG_FUNCTION_INFO_V1(cms_add);
Datum
cms_add(PG_FUNCTION_ARGS)
{
	bool		has_weight = PG_NARGS() > 2;

	if (PG_ARGISNULL(1) || (has_weight && PG_ARGISNULL(2)))
		return same_or_null(fcinfo, 0);
	return add_arg(fcinfo, 0, 1, has_weight ?
				   cms_require_weight(PG_GETARG_INT64(2)) : 1);
}

/* cms_add_float8(s cms, x, weight float8): the same, for other numbers than bigint */
PG_FUNCTION_INFO_V1(cms_add_float8);
Datum
cms_add_float8(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return same_or_null(fcinfo, 0);
	return add_arg(fcinfo, 0, 1, cms_weight_of_float8(PG_GETARG_FLOAT8(2)));
}

/* cms_add_rev(x sketch_hash | anynonarray | text, s cms) -> cms, for x || s */
PG_FUNCTION_INFO_V1(cms_add_rev);
Datum
cms_add_rev(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		return same_or_null(fcinfo, 1);
	return add_arg(fcinfo, 1, 0, 1);
}

/*
 * cms_union(a cms, b cms) -> cms, and a || b
 *
 * The sketch of all that was added to a or b: byte for byte the one that all
 * of it would have made at the smaller width. Skips NULL, and empty sketches
 * of whatever design: then the result is the other one itself. Both NULL: NULL. ERROR 22023 if the designs cannot be
 * merged, 22003 for a total out of range for a bigint.
 */
PG_FUNCTION_INFO_V1(cms_union);
Datum
cms_union(PG_FUNCTION_ARGS)
{
	sk_cms		a;
	sk_cms		b;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return same_or_null(fcinfo, PG_ARGISNULL(0) ? 1 : 0);
	a = cms_open_header(PG_GETARG_DATUM(0));
	b = cms_open_header(PG_GETARG_DATUM(1));
	if (sk_cms_leaves_alone(&a, &b))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	if (sk_cms_leaves_alone(&b, &a))
		PG_RETURN_DATUM(PG_GETARG_DATUM(1));
	return sketch_union(fcinfo, &cms_type);
}

/*
 * cms_union(sketches cms[]) -> cms
 *
 * The union of all elements of an array, whatever its dimensions. NULL elements
 * are skipped; NULL if there is nothing else. Errors as above.
 */
PG_FUNCTION_INFO_V1(cms_union_array);
Datum
cms_union_array(PG_FUNCTION_ARGS)
{
	return sketch_union_array(fcinfo, &cms_type);
}

/*
 * cms_inner_product(a cms, b cms) -> float8
 *
 * The sum over all values of the product of their frequencies in a and b: the
 * number of rows of a join on the value, or of a sketch with itself the second
 * moment. Never too low; exact for lists. NULL for NULL; ERROR 22023 if the
 * designs cannot be merged. Cormode and Muthukrishnan 2005, section 4.2.
 */
PG_FUNCTION_INFO_V1(cms_inner_product);
Datum
cms_inner_product(PG_FUNCTION_ARGS)
{
	sk_value	a = sketch_value(PG_GETARG_CMS(0));
	sk_value	b = sketch_value(PG_GETARG_CMS(1));
	sk_cms		x = open_sketch(&a);
	sk_cms		y = open_sketch(&b);
	double		product;
	sk_status	status = sk_cms_inner_product(&x, &y, &product, &sketch_env);

	if (unlikely(status != SK_OK))
		refuse(status, &a, &b);
	PG_RETURN_FLOAT8(product);
}

/*
 * cms_total(s cms) -> bigint
 *
 * The exact sum of all weights. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(cms_total);
Datum
cms_total(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) cms_open_header(PG_GETARG_DATUM(0)).total);
}

/*
 * cms_error_bound(s cms) -> float8
 *
 * By how much cms_frequency() is too high at most, with probability 1 -
 * delta: the total times e/width, which is at most epsilon; 0 while s is
 * exact. NULL for NULL. Cormode and Muthukrishnan 2005, theorem 1.
 */
PG_FUNCTION_INFO_V1(cms_error_bound);
Datum
cms_error_bound(PG_FUNCTION_ARGS)
{
	sk_cms		sketch = cms_open_header(PG_GETARG_DATUM(0));

	PG_RETURN_FLOAT8(sk_cms_error_bound(&sketch));
}

/*
 * cms_is_empty(s cms) -> boolean
 *
 * Whether nothing was added to s. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(cms_is_empty);
Datum
cms_is_empty(PG_FUNCTION_ARGS)
{
	sk_cms		sketch = cms_open_header(PG_GETARG_DATUM(0));

	PG_RETURN_BOOL(sk_cms_is_empty(&sketch));
}

/* cms_epsilon(s cms) -> float8: that which s was made with. NULL for NULL. */
PG_FUNCTION_INFO_V1(cms_epsilon);
Datum
cms_epsilon(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(cms_open_header(PG_GETARG_DATUM(0)).design.epsilon);
}

/* cms_delta(s cms) -> float8: that which s was made with. NULL for NULL. */
PG_FUNCTION_INFO_V1(cms_delta);
Datum
cms_delta(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(cms_open_header(PG_GETARG_DATUM(0)).design.delta);
}

/*
 * cms_info(s cms) -> (format_version integer, representation text,
 *   epsilon float8, delta float8, width integer, depth integer, total bigint,
 *   distinct_values integer, bytes integer)
 *
 * The number of distinct values is known only for a list, else NULL. `bytes` is
 * the size of the packed value without its varlena header. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(cms_info);
Datum
cms_info(PG_FUNCTION_ARGS)
{
	sk_cms		sketch = cms_open_header(PG_GETARG_DATUM(0));
	bool		is_list;
	bool		nulls[9] = {false};
	Datum		values[9];

	if (unlikely(!sk_cms_is_packed(&sketch)))	/* a state in a user's table */
		sketch = cms_open(sketch_pack(&cms_type, PG_GETARG_CMS(0)));
	is_list = sk_cms_is_list(&sketch);
	nulls[7] = !is_list;
	values[0] = Int32GetDatum(SK_CMS_FORMAT_VERSION);
	values[1] = CStringGetTextDatum(is_list ? "list" : "cells");
	values[2] = Float8GetDatum(sketch.design.epsilon);
	values[3] = Float8GetDatum(sketch.design.delta);
	values[4] = Int32GetDatum((int32) sketch.design.width);
	values[5] = Int32GetDatum(sketch.design.depth);
	values[6] = Int64GetDatum((int64) sketch.total);
	values[7] = Int32GetDatum((int32) sketch.nvalues);
	values[8] = Int32GetDatum((int32) sketch.nbytes);
	return sketch_make_record(fcinfo, values, nulls);
}
