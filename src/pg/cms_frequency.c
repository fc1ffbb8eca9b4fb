/*
 * cms_frequency.c: frequencies of single values in a cms value.
 *
 * A query often asks one sketch about many values, as in a join of a rollup
 * row with a list of pages. So each call site caches the last sketch, and its
 * excess, which takes as long to measure as thousands of frequencies. A
 * stored sketch is recognized by its TOAST pointer, since what that points to
 * never changes while a snapshot sees it; any other by its bytes.
 */
#include "postgres.h"

#include "access/detoast.h"

#include "pg/cms.h"
#include "pg/element.h"

/* What a call site caches. */
typedef struct cms_call_site
{
	sketch_element element;		/* first: see sketch_call_site() */
	struct varatt_external pointer; /* of `value`, or zeros */
	cms		   *value;			/* detoasted, or NULL */
	sk_cms		sketch;			/* of the value */
	double		confidence;		/* of the excess; 0 if not measured */
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

/* Caches a copy of a sketch. */
static void
keep(cms_call_site *site, const cms *value, MemoryContext context)
{
	size_t		size = VARSIZE_ANY(value);
	cms		   *copy;

	forget(site);
	cms_open(value);			/* an error here does not leak the copy */
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

/* The sketch in argument 0, from the cache. */
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
 * How often x was added, or the sum of its weights: never too low, and too
 * high by more than cms_error_bound(s) with a probability of at most delta;
 * exact while s is a list. NULL for NULL. ERROR 0A000 for a type that cannot
 * be hashed (doc/hashing.md). Cormode and Muthukrishnan 2005, section 4.1.
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
 * An estimate that is as likely too low as too high, and an interval that
 * holds the true frequency with the given probability (0 < confidence < 1),
 * from the counters of the sketch; upper is at most cms_frequency(). NULL for
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
		sk_cms_measure_excess(sketch, confidence, &site->excess, &sketch_env);
		site->confidence = confidence;
	}
	bounds = sk_cms_frequency_bounds(sketch, &site->excess, hash);
	values[0] = Int64GetDatum((int64) bounds.estimate);
	values[1] = Int64GetDatum((int64) bounds.lower);
	values[2] = Int64GetDatum((int64) bounds.upper);
	return sketch_make_record(fcinfo, values, NULL);
}
