/*
 * cms.c: the SQL functions of type cms that build, merge and read sketches.
 *
 * Asking for a frequency is in cms_frequency.c, aggregates are in cms_agg.c,
 * input in cms_io.c, comparison and output, as of all types, in order.c and
 * io.c. What a sketch is and where it comes from: core/cms/sketch.h.
 *
 * As for hll, NULL is skipped where something is added: adding NULL, or uniting
 * with it, gives the other operand.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "pg/cms.h"
#include "pg/element.h"

static sk_status check(const void *bytes, size_t nbytes);
static cms *unite(cms *sum, const cms *value);

const sketch_type cms_type = {
	.name = "cms",
	.makers = "cms_empty(), cms_add() or cms_add_agg()",
	.mergers = "cms_union_agg(), cms_union() or the operator ||",
	.first_byte = SK_CMS_TYPE_AND_VERSION,
	.old_check = check,
	.old_pack = cms_pack,
	.old_unite = unite
};

sk_cms
cms_open(const cms *value)
{
	sk_cms		sketch;
	sk_status	status = sk_cms_open(&sketch, VARDATA_ANY(value),
									 VARSIZE_ANY_EXHDR(value));

	if (unlikely(status != SK_OK))
		sketch_damaged(&cms_type, status);
	sketch.poll = sketch_env.poll;
	return sketch;
}

/* As sk_cms_check(), which takes seconds for 1 GB. */
static sk_status
check(const void *bytes, size_t nbytes)
{
	sk_cms		sketch;
	sk_status	status = sk_cms_open(&sketch, bytes, nbytes);

	sketch.poll = sketch_env.poll;
	return status == SK_OK ? sk_cms_check_opened(&sketch) : status;
}

cms *
cms_make(const sk_cms_shape *shape)
{
	size_t		size = VARHDRSZ + sk_cms_size(shape);
	cms		   *value = palloc(size);

	SET_VARSIZE(value, size);
	sk_cms_init(cms_bytes(value), shape);
	return value;
}

cms *
cms_make_empty(sk_cms_design design)
{
	sk_cms_shape shape = sk_cms_smallest(design);

	return cms_make(&shape);
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

sk_cms_design
cms_design(float8 epsilon, float8 delta)
{
	sk_cms_design design;

	require_fraction("epsilon", epsilon,
					 "For an error of 0.1 % of the total say 0.001; to add values with weights, use cms_add_weighted_agg().");
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
	return design;
}

uint64
cms_require_weight(int64 weight)
{
	if (likely(weight >= 0))
		return (uint64) weight;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("weight " INT64_FORMAT " is negative", weight),
			 errdetail("What was added to a sketch cannot be taken away again, or its frequencies could be too low."),
			 errhint("Keep what is to be subtracted in a sketch of its own, and subtract its frequencies.")));
}

static _Noreturn void
unlike(const sk_cms_design *a, const sk_cms_design *b)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 a->depth != b->depth ?
			 errmsg("cannot combine cms values of %d and %d rows",
					a->depth, b->depth) :
			 errmsg("cannot combine cms values of %u and %u counters a row",
					a->width, b->width),
			 errdetail("One was made for epsilon %g and delta %g, the other for epsilon %g and delta %g. They must have equally many rows, and the number of counters in a row of one must be that of the other, or a power of two times it.",
					   a->epsilon, a->delta, b->epsilon, b->delta),
			 errhint("Make all sketches that are to be combined with the same epsilon and delta.")));
}

/* What stands in the way of an addition or a merge of these two. */
static _Noreturn void
cannot_add(sk_status status, const sk_cms_design *dst, const sk_cms_design *src)
{
	if (status == SK_UNLIKE)
		unlike(dst, src);
	if (status == SK_OVERFLOW)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("total of a cms value would be out of range"),
				 errdetail("The weights of all values together may reach " INT64_FORMAT ".",
						   PG_INT64_MAX),
				 errhint("Use smaller weights, such as thousands instead of units.")));
	sketch_damaged(&cms_type, status);
}

/* dst in a new working value that has room for src, or for one more hash. */
static cms *
rebuild(const cms *dst, const sk_cms *src)
{
	sk_cms		sketch = cms_open(dst);
	sk_cms_shape shape;
	sk_status	status = sk_cms_larger(&shape, &sketch, src);
	cms		   *larger;

	if (status != SK_OK)
		cannot_add(status, &sketch.design, &src->design);
	larger = cms_make(&shape);
	status = sk_cms_merge(cms_bytes(larger), cms_nbytes(larger), &sketch,
						  sketch_env.poll);
	if (status != SK_OK)
		cannot_add(status, &shape.design, &sketch.design);
	return larger;
}

cms *
cms_insert(cms *dst, uint64 hash, uint64 weight)
{
	sk_status	status;

	while ((status = sk_cms_add(cms_bytes(dst), cms_nbytes(dst), hash,
								weight)) == SK_FULL)
		dst = rebuild(dst, NULL);
	if (unlikely(status != SK_OK))
		cannot_add(status, NULL, NULL);
	return dst;
}

/*
 * Whether an empty sketch of design a rather than of b is the union of both. The
 * default comes last, since a union of nothing but NULL has it.
 */
static bool
takes_precedence(const sk_cms_design *a, const sk_cms_design *b)
{
	bool		a_is_default = a->epsilon == CMS_DEFAULT_EPSILON &&
		a->delta == CMS_DEFAULT_DELTA;

	if (a_is_default != (b->epsilon == CMS_DEFAULT_EPSILON &&
						 b->delta == CMS_DEFAULT_DELTA))
		return !a_is_default;
	if (a->epsilon != b->epsilon)
		return a->epsilon > b->epsilon;
	return a->delta > b->delta;
}

/* A new working value of what is in this one. */
static cms *
working_copy(const cms *value)
{
	sk_cms		sketch = cms_open(value);

	return cms_absorb(cms_make_empty(sketch.design), &sketch);
}

/* dst as a working value with src, which is empty, added. */
static cms *
absorb_empty(cms *dst, const sk_cms *src)
{
	sk_cms		sketch = cms_open(dst);

	if (!sk_cms_is_empty(&sketch))
		return sk_cms_is_packed(&sketch) ? working_copy(dst) : dst;
	return cms_make_empty(takes_precedence(&sketch.design, &src->design) ?
						  sketch.design : src->design);
}

cms *
cms_absorb(cms *dst, const sk_cms *src)
{
	sk_cms		sketch = cms_open(dst);
	sk_status	status;

	if (sk_cms_is_empty(src))
		return absorb_empty(dst, src);
	if (sk_cms_is_empty(&sketch))
		dst = cms_make_empty(src->design);
	else if (sk_cms_is_packed(&sketch))
		dst = rebuild(dst, src);
	while ((status = sk_cms_merge(cms_bytes(dst), cms_nbytes(dst), src,
								  sketch_env.poll)) == SK_FULL)
		dst = rebuild(dst, src);
	if (status != SK_OK)
		cannot_add(status, &sketch.design, &src->design);
	return dst;
}

/* As cms_absorb(), but sum may be NULL. */
static cms *
unite(cms *sum, const cms *value)
{
	sk_cms		sketch = cms_open(value);

	return sum == NULL ? working_copy(value) : cms_absorb(sum, &sketch);
}

cms *
cms_pack(cms *value)
{
	sk_cms		sketch = cms_open(value);
	sk_cms_plan plan;
	cms		   *packed;
	sk_status	status;

	if (sk_cms_is_packed(&sketch))
		return value;
	status = sk_cms_plan_pack(&plan, &sketch);
	if (status == SK_FULL)
		return cms_pack(rebuild(value, NULL));
	if (status != SK_OK)
		sketch_damaged(&cms_type, status);
	packed = palloc(VARHDRSZ + plan.nbytes);
	SET_VARSIZE(packed, VARHDRSZ + plan.nbytes);
	status = sk_cms_pack(&plan, cms_bytes(packed), sketch_env.poll);
	if (status != SK_OK)
		sketch_damaged(&cms_type, status);
	return packed;
}

/*
 * cms_empty([epsilon float8 = 0.001 [, delta float8 = 0.01]]) -> cms
 *
 * A sketch without values, whose frequencies are to be too high by more than
 * epsilon times the total with a probability of at most delta, both between 0
 * and 1. NULL for NULL; ERROR 22023 for an argument out of range, 54000 where the
 * sketch would pass 1 GB or 32 rows. Cormode and Muthukrishnan 2005, section 3.
 */
PG_FUNCTION_INFO_V1(cms_empty);
Datum
cms_empty(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(cms_pack(cms_make_empty(cms_design(PG_GETARG_FLOAT8(0),
														 PG_GETARG_FLOAT8(1)))));
}

/* A working copy of argument 0; NULL is a new sketch of the default design. */
static cms *
working_arg(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		return cms_make_empty(cms_design(CMS_DEFAULT_EPSILON,
										 CMS_DEFAULT_DELTA));
	return working_copy(cms_pack(PG_GETARG_CMS(0)));
}

/*
 * cms_add(s cms, x sketch_hash | anyelement [, weight bigint = 1]) -> cms,
 * and s || x
 *
 * s with the value x added weight times (0 or more). NULL x or weight: s as it
 * is. NULL s: a sketch of x alone, of the default design. NULL s and x: NULL.
 * ERROR 0A000 for a type that cannot be hashed (doc/hashing.md), 22023 for a
 * negative weight, 22003 for a total beyond that of a bigint.
 */
PG_FUNCTION_INFO_V1(cms_add);
Datum
cms_add(PG_FUNCTION_ARGS)
{
	bool		has_weight = PG_NARGS() > 2;
	uint64		weight = 1;
	uint64		hash;

	if (PG_ARGISNULL(1) || (has_weight && PG_ARGISNULL(2)))
	{
		if (PG_ARGISNULL(0))
			PG_RETURN_NULL();
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	}
	if (has_weight)
		weight = cms_require_weight(PG_GETARG_INT64(2));
	hash = sketch_hash_arg(fcinfo, 1, 0);
	PG_RETURN_POINTER(cms_pack(cms_insert(working_arg(fcinfo), hash, weight)));
}

/*
 * cms_union(a cms, b cms) -> cms, and a || b
 *
 * The sketch of all that was added to a or to b: to the byte what one sketch of
 * it all would have been, of the lesser width. An empty sketch or NULL is
 * skipped; both NULL: NULL. ERROR 22023 when the designs do not fit together,
 * 22003 for a total beyond that of a bigint.
 */
PG_FUNCTION_INFO_V1(cms_union);
Datum
cms_union(PG_FUNCTION_ARGS)
{
	return sketch_union(fcinfo, &cms_type);
}

/*
 * cms_inner_product(a cms, b cms) -> float8
 *
 * The sum over all values of the product of their frequencies in a and in b: the
 * number of rows of a join on the value; of a sketch with itself, the second
 * moment. Never too low; exact of lists. NULL for NULL; ERROR 22023 when the
 * designs do not fit together. Cormode and Muthukrishnan 2005, section 4.2.
 */
PG_FUNCTION_INFO_V1(cms_inner_product);
Datum
cms_inner_product(PG_FUNCTION_ARGS)
{
	sk_cms		a = cms_open(PG_GETARG_CMS(0));
	sk_cms		b = cms_open(PG_GETARG_CMS(1));
	double		product = 0;
	sk_status	status = SK_OK;

	if (!sk_cms_is_empty(&a) && !sk_cms_is_empty(&b))
		status = sk_cms_inner_product(&a, &b, &product);
	if (status != SK_OK)
		cannot_add(status, &a.design, &b.design);
	PG_RETURN_FLOAT8(product);
}

/*
 * cms_total(s cms) -> bigint
 *
 * The sum of all weights that were added: exact. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(cms_total);
Datum
cms_total(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64((int64) cms_open(PG_GETARG_CMS(0)).total);
}

/*
 * cms_error_bound(s cms) -> float8
 *
 * By how much cms_frequency() is too high at most, with probability 1 - delta:
 * the total times e/width, which is at most epsilon; 0 while s is exact. NULL for
 * NULL. Cormode and Muthukrishnan 2005, theorem 1.
 */
PG_FUNCTION_INFO_V1(cms_error_bound);
Datum
cms_error_bound(PG_FUNCTION_ARGS)
{
	sk_cms		sketch = cms_open(PG_GETARG_CMS(0));

	PG_RETURN_FLOAT8(sk_cms_error_bound(&sketch));
}

/*
 * cms_is_empty(s cms) -> boolean
 *
 * Whether nothing was ever added to s. NULL for NULL.
 */
PG_FUNCTION_INFO_V1(cms_is_empty);
Datum
cms_is_empty(PG_FUNCTION_ARGS)
{
	sk_cms		sketch = cms_open(PG_GETARG_CMS(0));

	PG_RETURN_BOOL(sk_cms_is_empty(&sketch));
}

/*
 * cms_info(s cms) -> (format_version integer, representation text,
 *   epsilon float8, delta float8, width integer, depth integer, total bigint,
 *   distinct_values integer, bytes integer)
 *
 * How s is made. The number of distinct values is known, and not NULL, of a list
 * alone; `bytes` is the size of the packed value without its varlena header.
 * NULL for NULL.
 */
PG_FUNCTION_INFO_V1(cms_info);
Datum
cms_info(PG_FUNCTION_ARGS)
{
	sk_cms		sketch = cms_open(cms_pack(PG_GETARG_CMS(0)));
	bool		is_list = sk_cms_is_list(&sketch);
	bool		nulls[9] = {[7] = !is_list};
	Datum		values[9];

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
