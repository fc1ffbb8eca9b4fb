/*
 * cms_frequency.c: frequencies of single values in a cms value.
 *
 * A query often asks one sketch about many values, or several sketches in turn
 * about each, as in a join of the rows of a rollup with a list of pages. So each
 * call site keeps the stored sketches that it read (cache.h), with their excess,
 * which takes as long to measure as thousands of frequencies. A sketch in memory
 * is kept for its excess only.
 */
#include "postgres.h"

#include "pg/cache.h"
#include "pg/cms.h"
#include "pg/element.h"

/* A sketch that a call site keeps. */
typedef struct kept_cms
{
	sketch_cached cached;		/* first: see cache.h */
	sk_cms		sketch;			/* of cached.whole */
	double		confidence;		/* of the excess; 0 if not measured */
	sk_cms_excess excess;
} kept_cms;

/* What a call site keeps. */
typedef struct cms_call_site
{
	cms_values	values;			/* first: see sketch_call_site() */
	sketch_cache cache;			/* of kept_cms */
} cms_call_site;

static cms_call_site *
call_site(FunctionCallInfo fcinfo)
{
	cms_call_site *site = sketch_call_site(fcinfo, 1, sizeof(*site));

	site->cache.entry_size = sizeof(kept_cms);
	return site;
}

/* The sketch of a value, kept whole. */
static kept_cms *
keep(cms_call_site *site, Datum value, MemoryContext context)
{
	kept_cms   *kept = sketch_cache_find(&site->cache, value);

	if (kept == NULL)
		kept = sketch_cache_enter(&site->cache, value, context);
	if (kept->cached.whole == NULL)
	{
		sketch_cache_read(&site->cache, kept, value, context);
		kept->sketch = cms_open(kept->cached.whole);
	}
	return kept;
}

/* The sketch in argument 0. */
static sk_cms
sketch_arg(FunctionCallInfo fcinfo, cms_call_site *site)
{
	Datum		value = PG_GETARG_DATUM(0);

	if (VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(value)))
		return keep(site, value, fcinfo->flinfo->fn_mcxt)->sketch;
	return cms_open(DatumGetCms(value));
}

/* The excess of the sketch in argument 0, which is opened. */
static sk_cms_excess
excess_of_arg(FunctionCallInfo fcinfo, cms_call_site *site,
			  const sk_cms *sketch, double confidence)
{
	Datum		value = PG_GETARG_DATUM(0);
	kept_cms   *kept;

	if (sk_cms_is_list(sketch))
		return (sk_cms_excess) {0, 0, 0};
	if (!VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(value)))
		value = PointerGetDatum(DatumGetCms(value));
	kept = keep(site, value, fcinfo->flinfo->fn_mcxt);
	if (kept->confidence != confidence)
	{
		kept->confidence = 0;
		sk_cms_measure_excess(&kept->sketch, confidence, &kept->excess,
							  &sketch_env);
		kept->confidence = confidence;
	}
	return kept->excess;
}

/* The hash of argument 1; ERROR 42804 unless the sketch can have such a value. */
static uint64
hash_of_value(FunctionCallInfo fcinfo, cms_call_site *site, const sk_cms *sketch)
{
	sk_kind		kind = cms_kind_of(&site->values);

	if (unlikely(!sk_kind_matches(sketch->kind, kind)))
		sketch_refuse_kind(cms_type.name, sketch->kind, kind);
	return sketch_hash_value(&site->values.element, PG_GETARG_DATUM(1), 0);
}

/* The same for a text, which is read as a value of the kind of the sketch. */
static uint64
hash_of_text(FunctionCallInfo fcinfo, cms_call_site *site, const sk_cms *sketch)
{
	if (sk_kind_matches(sketch->kind, SK_KIND_STRING))
		return sketch_hash_value(&site->values.element, PG_GETARG_DATUM(1), 0);
	return sketch_hash_text_as(cms_type.name, sketch->kind,
							   PG_GETARG_TEXT_PP(1));
}

/*
 * cms_frequency(s cms, x sketch_hash | anyelement) -> bigint
 *
 * How often x was added, or the sum of its weights: never too low, and too
 * high by more than cms_error_bound(s) with a probability of at most delta;
 * exact while s is a list. NULL for NULL. ERROR 0A000 for a type that cannot
 * be hashed (doc/hashing.md), 42804 for a value of another kind than those of s.
 * Cormode and Muthukrishnan 2005, section 4.1.
 */
PG_FUNCTION_INFO_V1(cms_frequency);
Datum
cms_frequency(PG_FUNCTION_ARGS)
{
	cms_call_site *site = call_site(fcinfo);
	sk_cms		sketch = sketch_arg(fcinfo, site);
	uint64		hash = hash_of_value(fcinfo, site, &sketch);

	PG_RETURN_INT64((int64) sk_cms_frequency(&sketch, hash));
}

/*
 * cms_frequency_text(s cms, x text) -> bigint, for cms_frequency() of a literal
 * or parameter without a type
 *
 * x is read as a value of the kind that s has. ERROR 22P02 or the like if it is
 * none, 42804 if such values cannot be read.
 */
PG_FUNCTION_INFO_V1(cms_frequency_text);
Datum
cms_frequency_text(PG_FUNCTION_ARGS)
{
	cms_call_site *site = call_site(fcinfo);
	sk_cms		sketch = sketch_arg(fcinfo, site);
	uint64		hash = hash_of_text(fcinfo, site, &sketch);

	PG_RETURN_INT64((int64) sk_cms_frequency(&sketch, hash));
}

static Datum
bounds_record(FunctionCallInfo fcinfo, cms_call_site *site,
			  const sk_cms *sketch, uint64 hash, double confidence)
{
	sk_cms_excess excess = excess_of_arg(fcinfo, site, sketch, confidence);
	sk_cms_bounds bounds = sk_cms_frequency_bounds(sketch, &excess, hash);
	Datum		values[3] = {
		Int64GetDatum((int64) bounds.estimate),
		Int64GetDatum((int64) bounds.lower),
		Int64GetDatum((int64) bounds.upper)
	};

	return sketch_make_record(fcinfo, values, NULL);
}

/*
 * cms_frequency_bounds(s cms, x sketch_hash | anyelement
 *   [, confidence float8 = 0.95])
 *   -> (estimate bigint, lower bigint, upper bigint)
 *
 * An estimate that is as likely too low as too high, and an interval that
 * holds the true frequency with the given probability (0 < confidence < 1),
 * from the counters of the sketch; upper is at most cms_frequency(). NULL for
 * NULL; ERROR 0A000 and 42804 as above, 22023 for a confidence out of range.
 * Ting 2018.
 */
PG_FUNCTION_INFO_V1(cms_frequency_bounds);
Datum
cms_frequency_bounds(PG_FUNCTION_ARGS)
{
	double		confidence = sketch_require_confidence(PG_GETARG_FLOAT8(2));
	cms_call_site *site = call_site(fcinfo);
	sk_cms		sketch = sketch_arg(fcinfo, site);
	uint64		hash = hash_of_value(fcinfo, site, &sketch);

	return bounds_record(fcinfo, site, &sketch, hash, confidence);
}

/* cms_frequency_bounds_text(s cms, x text [, confidence]): see above */
PG_FUNCTION_INFO_V1(cms_frequency_bounds_text);
Datum
cms_frequency_bounds_text(PG_FUNCTION_ARGS)
{
	double		confidence = sketch_require_confidence(PG_GETARG_FLOAT8(2));
	cms_call_site *site = call_site(fcinfo);
	sk_cms		sketch = sketch_arg(fcinfo, site);
	uint64		hash = hash_of_text(fcinfo, site, &sketch);

	return bounds_record(fcinfo, site, &sketch, hash, confidence);
}
