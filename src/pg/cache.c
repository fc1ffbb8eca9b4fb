/*
 * cache.c: what a call site keeps of the values that it read (see cache.h).
 *
 * A hash table of sets of eight entries, which has as many sets as it takes. What
 * has to go is chosen at random. In a loop over more values than fit, the oldest or
 * the least recently used one is the one that is read next, so that dropping it
 * would miss each time.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "pg/cache.h"

#define WAYS 8					/* entries in a set */
#define MAX_SETS 128
#define HASHED_BYTES 64			/* of a value that was in memory */

static sketch_cached *
entry_at(const sketch_cache *cache, uint32 i)
{
	return (sketch_cached *) (cache->entries + i * cache->entry_size);
}

/* The TOAST pointer of a value; zeros if it is not stored out of line. */
static struct varatt_external
pointer_of(Datum value)
{
	struct varatt_external pointer = {0};

	if (VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(value)))
		VARATT_EXTERNAL_GET_POINTER(pointer, DatumGetPointer(value));
	return pointer;
}

static bool
is_stored(const struct varatt_external *pointer)
{
	return pointer->va_rawsize != 0;
}

static bool
is_used(const sketch_cached *entry)
{
	return entry->whole != NULL || is_stored(&entry->pointer);
}

/* The number of the first entry of the set for a value. */
static uint32
set_of(const sketch_cache *cache, const struct varatt_external *pointer,
	   const struct varlena *value)
{
	uint32		hash = is_stored(pointer) ? murmurhash32(pointer->va_valueid) :
		hash_bytes((const unsigned char *) value,
				   (int) Min(VARSIZE_ANY(value), HASHED_BYTES));

	return WAYS * (hash & (cache->nsets - 1));
}

static bool
is_entry_of(const sketch_cached *entry, const struct varatt_external *pointer,
			const struct varlena *value)
{
	if (memcmp(&entry->pointer, pointer, sizeof(*pointer)) != 0)
		return false;
	if (is_stored(pointer))
		return true;
	return entry->whole != NULL &&
		VARSIZE_ANY(entry->whole) == VARSIZE_ANY(value) &&
		memcmp(entry->whole, value, VARSIZE_ANY(value)) == 0;
}

void *
sketch_cache_find(sketch_cache *cache, Datum value)
{
	const struct varlena *bytes = (struct varlena *) DatumGetPointer(value);
	struct varatt_external pointer = pointer_of(value);
	uint32		set;

	if (cache->nsets == 0)
		return NULL;
	if (is_entry_of(cache->last, &pointer, bytes))
		return cache->last;
	set = set_of(cache, &pointer, bytes);
	for (uint32 i = set; i < set + WAYS; i++)
		if (is_entry_of(entry_at(cache, i), &pointer, bytes))
			return cache->last = entry_at(cache, i);
	return NULL;
}

/* Linear congruential, of period 2^32 (Knuth, TAOCP 2, 3.3.4); below n. */
static uint32
random_below(sketch_cache *cache, uint32 n)
{
	cache->random = cache->random * 1664525 + 1013904223;
	return (uint32) (((uint64) cache->random * n) >> 32);
}

/* An entry of the set that is not in use, or NULL. */
static sketch_cached *
free_entry(const sketch_cache *cache, uint32 set)
{
	for (uint32 i = set; i < set + WAYS; i++)
		if (!is_used(entry_at(cache, i)))
			return entry_at(cache, i);
	return NULL;
}

/* Twice as many sets: each is split in two, so that all entries have room. */
static void
grow(sketch_cache *cache, MemoryContext context)
{
	sketch_cache before = *cache;

	cache->nsets = Max(2 * before.nsets, 1);
	cache->entries = MemoryContextAllocZero(context, WAYS * cache->nsets *
											cache->entry_size);
	for (uint32 i = 0; i < WAYS * before.nsets; i++)
	{
		sketch_cached *entry = entry_at(&before, i);

		if (is_used(entry))
			memcpy(free_entry(cache, set_of(cache, &entry->pointer,
											entry->whole)),
				   entry, cache->entry_size);
	}
	cache->last = entry_at(cache, 0);
	if (before.entries != NULL)
		pfree(before.entries);
}

/* Frees the value. An entry without a pointer is nothing without it. */
static void
drop_whole(sketch_cache *cache, sketch_cached *entry)
{
	if (entry->whole == NULL)
		return;
	cache->nbytes -= VARSIZE_ANY(entry->whole);
	pfree(entry->whole);
	entry->whole = NULL;
	if (!is_stored(&entry->pointer))
		memset(entry, 0, cache->entry_size);
}

void *
sketch_cache_enter(sketch_cache *cache, Datum value, MemoryContext context)
{
	const struct varlena *bytes = (struct varlena *) DatumGetPointer(value);
	struct varatt_external pointer = pointer_of(value);
	sketch_cached *entry = NULL;

	if (cache->nsets == 0)
		grow(cache, context);
	while ((entry = free_entry(cache, set_of(cache, &pointer, bytes))) == NULL &&
		   cache->nsets < MAX_SETS)
		grow(cache, context);
	if (entry == NULL)
		entry = entry_at(cache, set_of(cache, &pointer, bytes) +
						 random_below(cache, WAYS));
	drop_whole(cache, entry);
	memset(entry, 0, cache->entry_size);
	entry->pointer = pointer;
	return cache->last = entry;
}

/* Drops values, from a random one on, until there is room for another. */
static void
make_room(sketch_cache *cache, size_t nbytes)
{
	size_t		room = (size_t) work_mem * 1024;
	uint32		nentries = WAYS * cache->nsets;
	uint32		first = random_below(cache, nentries);

	for (uint32 i = 0; i < nentries && cache->nbytes + nbytes > room; i++)
		drop_whole(cache, entry_at(cache, (first + i) % nentries));
}

/* A copy in memory; an uncompressed value keeps its bytes, as they identify it. */
static struct varlena *
copy_whole(Datum value)
{
	struct varlena *bytes = (struct varlena *) DatumGetPointer(value);
	struct varlena *copy;

	if (VARATT_IS_EXTERNAL(bytes) || VARATT_IS_COMPRESSED(bytes))
		return PG_DETOAST_DATUM_COPY(value);
	copy = palloc(VARSIZE_ANY(bytes));
	memcpy(copy, bytes, VARSIZE_ANY(bytes));
	return copy;
}

void
sketch_cache_read(sketch_cache *cache, void *entry, Datum value,
				  MemoryContext context)
{
	sketch_cached *cached = entry;
	MemoryContext caller;

	make_room(cache, toast_raw_datum_size(value));
	caller = MemoryContextSwitchTo(context);
	cached->whole = copy_whole(value);
	MemoryContextSwitchTo(caller);
	cache->nbytes += VARSIZE_ANY(cached->whole);
}
