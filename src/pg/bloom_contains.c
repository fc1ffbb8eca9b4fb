/*
 * bloom_contains.c: probing a bloom filter, the hot path.
 *
 * A filter in memory is probed where it is. One that is stored out of line is not
 * read as a whole for one probe: its header, and then the block or the part of
 * the list that decides, are slices of 32 and of 64 or 512 bytes, each in one or
 * two TOAST chunks.
 * So thousands of filters can be probed for a value. But where one filter is
 * probed again and again, in a join or an anti-join, it is read as a whole as
 * soon as its slices have cost about as much, and kept for as long as the call
 * site lives, so the cost is at most twice the optimum.
 *
 * A stored filter is identified by its TOAST pointer: what a pointer leads to
 * never changes while a snapshot sees it. The filters that are kept, other than
 * the last one, stay within work_mem.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "pg/bloom.h"
#include "pg/element.h"
#include "pg/kind.h"

/* As many filters as a loop over the days of a month probes in turn. */
#define MAX_KNOWN 32

/* One slice, an index scan for one chunk, costs about as much as reading this
 * many bytes in sequence, in chunks of 2 kB. */
#define SLICE_COST 16384

/* Length and header of a filter in memory. */
#define HEAD (VARHDRSZ + SK_BLOOM_HEADER)

/* A stored filter that was probed before. */
typedef struct known_filter
{
	struct varatt_external pointer;
	uint8		header[SK_BLOOM_HEADER];
	bloom	   *whole;			/* or NULL */
	sk_bloom	sketch;			/* of the whole, or of the header alone */
	int64		nslices;		/* read so far */
} known_filter;

/* A value that filters are probed for. */
typedef struct bloom_probe
{
	uint64		hash;			/* as a value of its own type */
	sk_kind		kind;			/* of that */
	const text *text;			/* the value if it is text, else NULL */
} bloom_probe;

/* What a call site keeps. */
typedef struct bloom_call_site
{
	sketch_element element;		/* first: see sketch_call_site() */
	sk_kind		kind;			/* of the values; NONE: not looked up */
	known_filter *known;		/* MAX_KNOWN of them */
	known_filter *last;			/* the one that was probed last */
	int			nknown;
	int			next;			/* to be dropped when all are in use */
	size_t		nbytes;			/* of filters that are kept whole */

	/* The filter in memory that was probed last: its length and header, and what
	 * they say. Its address may change. */
	uint8		head[HEAD];
	sk_bloom	present;
} bloom_call_site;

static void
drop_whole(bloom_call_site *site, known_filter *filter)
{
	if (filter->whole == NULL)
		return;
	site->nbytes -= VARSIZE_ANY(filter->whole);
	pfree(filter->whole);
	memset(filter, 0, sizeof(*filter));
}

/* Drops filters that are kept, for another of this size. */
static void
make_room(bloom_call_site *site, size_t nbytes)
{
	size_t		room = (size_t) work_mem * 1024;

	for (int i = 0; i < site->nknown && site->nbytes + nbytes > room; i++)
		drop_whole(site, &site->known[i]);
}

/* Reads the filter as a whole, to be kept. */
static void
read_whole(bloom_call_site *site, known_filter *filter, Datum stored,
		   MemoryContext context)
{
	MemoryContext caller;
	bloom	   *whole;

	make_room(site, filter->pointer.va_rawsize);
	caller = MemoryContextSwitchTo(context);
	whole = (bloom *) PG_DETOAST_DATUM(stored);
	MemoryContextSwitchTo(caller);
	filter->sketch = bloom_open(whole);
	filter->whole = whole;
	site->nbytes += VARSIZE_ANY(whole);
}

/* The cached filter for this TOAST pointer, or NULL. */
static known_filter *
find_known(bloom_call_site *site, const struct varatt_external *pointer)
{
	for (int i = 0; i < site->nknown; i++)
		if (memcmp(&site->known[i].pointer, pointer, sizeof(*pointer)) == 0)
			return &site->known[i];
	return NULL;
}

/* A place for one more filter, if need be that of the oldest. */
static known_filter *
new_known(bloom_call_site *site, const struct varatt_external *pointer,
		  MemoryContext context)
{
	known_filter *filter;

	if (site->known == NULL)
		site->known = MemoryContextAllocZero(context,
											 MAX_KNOWN * sizeof(*site->known));
	if (site->nknown < MAX_KNOWN)
		filter = &site->known[site->nknown++];
	else
	{
		filter = &site->known[site->next];
		site->next = (site->next + 1) % MAX_KNOWN;
		drop_whole(site, filter);
	}
	memset(filter, 0, sizeof(*filter));
	filter->pointer = *pointer;
	return filter;
}

/* Reads the header of a filter that is probed for the first time. */
static void
read_header(known_filter *filter, Datum stored)
{
	size_t		nbytes = filter->pointer.va_rawsize - VARHDRSZ;
	bloom	   *slice = (bloom *) PG_DETOAST_DATUM_SLICE(stored, 0,
														 SK_BLOOM_HEADER);
	sk_status	status;

	memcpy(filter->header, VARDATA_ANY(slice),
		   Min(VARSIZE_ANY_EXHDR(slice), SK_BLOOM_HEADER));
	pfree(slice);
	status = sk_bloom_open(&filter->sketch, filter->header, nbytes);
	if (status != SK_OK)
		sketch_damaged(&bloom_type, status);
	filter->nslices = 1;
}

/* Whether to read a filter as a whole now: compressed ones and working layouts
 * cannot be probed by slices. */
static bool
is_worth_whole(const known_filter *filter)
{
	size_t		nbytes = filter->pointer.va_rawsize - VARHDRSZ;

	return VARATT_EXTERNAL_GET_EXTSIZE(filter->pointer) < nbytes ||
		filter->nslices * SLICE_COST >= filter->pointer.va_rawsize ||
		(filter->nslices > 0 && !sk_bloom_is_packed(&filter->sketch));
}

/*
 * The hash by which a value is found in a filter of values of this kind: text can
 * be read as one. ERROR 42804 if the filter has values of another kind.
 */
static pg_noinline uint64
hash_as(sk_kind kept, const bloom_probe *probe)
{
	if (probe->text == NULL)
		sketch_refuse_kind(bloom_type.name, kept, probe->kind);
	return sketch_hash_text_as(bloom_type.name, kept, probe->text);
}

static inline uint64
hash_for(const sk_bloom *sketch, const bloom_probe *probe)
{
	if (likely(sk_kind_matches(sketch->kind, (uint8) probe->kind)))
		return probe->hash;
	return hash_as((sk_kind) sketch->kind, probe);
}

static inline bool
has(const sk_bloom *sketch, const bloom_probe *probe)
{
	return sk_bloom_has(sketch, hash_for(sketch, probe));
}

/* The answer of one slice of the filter. */
static sk_bloom_answer
slice_has(known_filter *filter, Datum stored, const bloom_probe *probe)
{
	uint64		hash = hash_for(&filter->sketch, probe);
	sk_bloom_slice place = sk_bloom_place(&filter->sketch, hash);
	sk_bloom_answer answer;
	bloom	   *slice;

	if (place.nbytes == 0)
		return sk_bloom_slice_has(&filter->sketch, place, NULL, hash);
	slice = (bloom *) PG_DETOAST_DATUM_SLICE(stored, (int32) place.offset,
											 (int32) place.nbytes);
	if (VARSIZE_ANY_EXHDR(slice) != place.nbytes)
		sketch_damaged(&bloom_type, SK_SHORT);
	answer = sk_bloom_slice_has(&filter->sketch, place,
								(uint8 *) VARDATA_ANY(slice), hash);
	pfree(slice);
	filter->nslices++;
	return answer;
}

/* Whether a filter that is not kept as a whole has the value. */
static bool
parts_have(bloom_call_site *site, known_filter *filter, Datum stored,
		   const bloom_probe *probe, MemoryContext context)
{
	sk_bloom_answer answer = SK_BLOOM_ELSEWHERE;

	if (!is_worth_whole(filter))
	{
		if (filter->nslices == 0)
			read_header(filter, stored);
		if (sk_bloom_is_packed(&filter->sketch))
			answer = slice_has(filter, stored, probe);
	}
	if (answer != SK_BLOOM_ELSEWHERE)
		return answer == SK_BLOOM_PRESENT;
	read_whole(site, filter, stored, context);
	return has(&filter->sketch, probe);
}

static pg_noinline bool
has_stored(bloom_call_site *site, Datum stored, const bloom_probe *probe,
		   MemoryContext context)
{
	struct varatt_external pointer;
	known_filter *filter;

	VARATT_EXTERNAL_GET_POINTER(pointer, DatumGetPointer(stored));
	filter = find_known(site, &pointer);
	if (filter == NULL)
		filter = new_known(site, &pointer, context);
	site->last = filter;
	if (filter->whole != NULL)
		return has(&filter->sketch, probe);
	return parts_have(site, filter, stored, probe, context);
}

/* Whether this is the stored filter that was probed last, and is kept. */
static inline bool
is_last(const bloom_call_site *site, Datum stored)
{
	const known_filter *last = site->last;

	return last != NULL && last->whole != NULL &&
		memcmp(&last->pointer, VARDATA_EXTERNAL(DatumGetPointer(stored)),
			   sizeof(last->pointer)) == 0;
}

/*
 * Whether this is an uncompressed filter with the length and header that the call
 * site knows. Then opening it, which takes as long as probing it, would find the
 * same again.
 */
static inline bool
is_as_before(const bloom_call_site *site, Datum present)
{
	const char *value = DatumGetPointer(present);

	return site->present.bytes != NULL && VARATT_IS_4B_U(value) &&
		VARSIZE(value) == VARSIZE(site->head) &&
		memcmp(value, site->head, HEAD) == 0;
}

/* Whether a filter in memory, in any form, has the value. */
static pg_noinline bool
has_present(bloom_call_site *site, Datum argument, const bloom_probe *probe)
{
	bloom	   *value = DatumGetBloom(argument);
	sk_bloom	sketch = bloom_open(value);
	bool		answer = has(&sketch, probe);

	if ((Pointer) value != DatumGetPointer(argument))
		pfree(value);
	else if (VARATT_IS_4B_U(value) && !sk_bloom_is_list(&sketch))
	{
		memcpy(site->head, value, HEAD);
		site->present = sketch;
	}
	return answer;
}

static pg_attribute_always_inline bool
contains(FunctionCallInfo fcinfo, int filter_argno, int value_argno,
		 bool is_text)
{
	bloom_call_site *site = sketch_call_site(fcinfo, value_argno,
											 sizeof(*site));
	Datum		filter = PG_GETARG_DATUM(filter_argno);
	Datum		value = PG_GETARG_DATUM(value_argno);
	bloom_probe probe;

	if (unlikely(site->kind == SK_KIND_NONE))
		site->kind = sketch_kind_of(&site->element);
	probe.hash = sketch_hash_value(&site->element, value, 0);
	probe.kind = site->kind;
	probe.text = is_text ? (const text *) DatumGetPointer(value) : NULL;
	if (!VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(filter)))
	{
		if (unlikely(!is_as_before(site, filter)))
			return has_present(site, filter, &probe);
		site->present.bytes = (const uint8 *) VARDATA(DatumGetPointer(filter));
		return has(&site->present, &probe);
	}
	if (likely(is_last(site, filter)))
		return has(&site->last->sketch, &probe);
	return has_stored(site, filter, &probe, fcinfo->flinfo->fn_mcxt);
}

/*
 * bloom_contains(b bloom, x sketch_hash | anyelement) -> boolean, and
 * b @> x
 *
 * True if x was added to b. If it was not, true with a probability of
 * bloom_false_positive_rate(b), else false. NULL for NULL. ERROR 0A000 for a type
 * that cannot be hashed (doc/hashing.md), 42804 if b has values of another kind.
 */
PG_FUNCTION_INFO_V1(bloom_contains);
Datum
bloom_contains(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(contains(fcinfo, 0, 1, false));
}

/*
 * bloom_contained_by(x sketch_hash | anyelement, b bloom) -> boolean, and
 * x <@ b
 *
 * bloom_contains() with its arguments swapped.
 */
PG_FUNCTION_INFO_V1(bloom_contained_by);
Datum
bloom_contained_by(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(contains(fcinfo, 1, 0, false));
}

/*
 * bloom_contains(b bloom, x text) -> boolean, and b @> x
 *
 * The same for text, which untyped literals and parameters are taken for: if b has
 * values of another kind than strings, x is read as one, with the settings of the
 * session. ERROR 22P02 or the like if it is none, 42804 if values of that kind
 * cannot be read.
 */
PG_FUNCTION_INFO_V1(bloom_contains_text);
Datum
bloom_contains_text(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(contains(fcinfo, 0, 1, true));
}

/*
 * bloom_contained_by(x text, b bloom) -> boolean, and x <@ b
 *
 * bloom_contains() with its arguments swapped.
 */
PG_FUNCTION_INFO_V1(bloom_contained_by_text);
Datum
bloom_contained_by_text(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(contains(fcinfo, 1, 0, true));
}
