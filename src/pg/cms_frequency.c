/*
 * cms_frequency.c: asking a cms value how often something came.
 *
 * One sketch is often asked for many values, in a join of a rollup row with a
 * list of pages. So the last sketch is kept in memory for as long as the call
 * site lives, with what its counters tell of their excess, which takes as long
 * to find out as thousands of frequencies. A stored one is known by its TOAST
 * pointer: what that leads to never changes while a snapshot sees it. Another
 * one, by its bytes.
 */
#include "postgres.h"

#include "access/detoast.h"

#include "pg/cms.h"
#include "pg/element.h"

/* What a call site keeps. */
typedef struct cms_call_site
{
	sketch_element element;		/* first: see sketch_call_site() */
	struct varatt_external pointer; /* of `value`, or zeros */
	cms		   *value;			/* detoasted, or NULL */
	sk_cms		sketch;			/* of the value */
	double		confidence;		/* of the excess; 0 if that is not known */
	sk_cms_excess excess;
} cms_call_site;

static void
forget(cms_call_site *site)
{
	cms		   *value = site->value;

	site->value = NULL;
	site->confidence = 0;
	memset(&site->pointer, 0, sizeof(site->pointer));
	if (value != NULL)
		pfree(value);
}

/* Keeps a copy of a sketch, opened. */
static void
keep(cms_call_site *site, const cms *value, MemoryContext context)
{
	size_t		size = VARSIZE_ANY(value);
	cms		   *copy;

	forget(site);
	cms_open(value);			/* before there is a copy that an error would lose */
	copy = MemoryContextAlloc(context, size);
	memcpy(copy, value, size);
	site->sketch = cms_open(copy);
	site->value = copy;
}

static bool
is_kept(const cms_call_site *site, const cms *value)
{
	return site->value != NULL &&
		VARSIZE_ANY(value) == VARSIZE_ANY(site->value) &&
		memcmp(value, site->value, VARSIZE_ANY(value)) == 0;
}

/* The sketch of argument 0, kept. */
static const sk_cms *
kept_sketch(FunctionCallInfo fcinfo, cms_call_site *site)
{
	Datum		argument = PG_GETARG_DATUM(0);
	bool		is_stored = VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(argument));
	struct varatt_external pointer;
	cms		   *value;

	if (is_stored)
	{
		VARATT_EXTERNAL_GET_POINTER(pointer, DatumGetPointer(argument));
		if (site->value != NULL &&
			memcmp(&site->pointer, &pointer, sizeof(pointer)) == 0)
			return &site->sketch;
	}
	value = DatumGetCms(argument);
	if (!is_kept(site, value))
		keep(site, value, fcinfo->flinfo->fn_mcxt);
	if (is_stored)
		site->pointer = pointer;
	if ((Pointer) value != DatumGetPointer(argument))
		pfree(value);
	return &site->sketch;
}

/*
 * cms_frequency(s cms, x sketch_hash | anyelement) -> bigint
 *
 * How often x was added, or the sum of its weights: never below the truth, and
 * above it by more than cms_error_bound(s) with a probability of at most delta;
 * exact of few values. NULL for NULL. ERROR 0A000 for a type that cannot be
 * hashed (doc/hashing.md). Cormode and Muthukrishnan 2005, section 4.1.
 */
PG_FUNCTION_INFO_V1(cms_frequency);
Datum
cms_frequency(PG_FUNCTION_ARGS)
{
	cms_call_site *site = sketch_call_site(fcinfo, 1, sizeof(*site));
	uint64		hash = sketch_hash_value(&site->element, PG_GETARG_DATUM(1), 0);

	PG_RETURN_INT64((int64) sk_cms_frequency(kept_sketch(fcinfo, site), hash));
}

/*
 * cms_frequency_bounds(s cms, x sketch_hash | anyelement
 *   [, confidence float8 = 0.95])
 *   -> (estimate bigint, lower bigint, upper bigint)
 *
 * An estimate that is as likely too low as too high, and an interval that holds
 * the true frequency with the given probability (0 < confidence < 1), from the
 * counters of the sketch themselves; upper is at most cms_frequency(). NULL for
 * NULL; ERROR 0A000 as above, 22023 for a confidence out of range. Ting 2018.
 */
PG_FUNCTION_INFO_V1(cms_frequency_bounds);
Datum
cms_frequency_bounds(PG_FUNCTION_ARGS)
{
	double		confidence = sketch_require_confidence(PG_GETARG_FLOAT8(2));
	cms_call_site *site = sketch_call_site(fcinfo, 1, sizeof(*site));
	uint64		hash = sketch_hash_value(&site->element, PG_GETARG_DATUM(1), 0);
	const sk_cms *sketch = kept_sketch(fcinfo, site);
	sk_cms_bounds bounds;
	Datum		values[3];

	if (site->confidence != confidence)
	{
		site->confidence = 0;
		sk_cms_measure_excess(sketch, confidence, &site->excess, sketch_env.poll);
		site->confidence = confidence;
	}
	bounds = sk_cms_frequency_bounds(sketch, &site->excess, hash);
	values[0] = Int64GetDatum((int64) bounds.estimate);
	values[1] = Int64GetDatum((int64) bounds.lower);
	values[2] = Int64GetDatum((int64) bounds.upper);
	return sketch_make_record(fcinfo, values, NULL);
}
