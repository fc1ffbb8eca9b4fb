/*
 * cache.c: stored values that a call site keeps in memory (see cache.h).
 *
 * Which value has to go is chosen at random. In a loop over more values than fit,
 * the oldest or the least recently used one is the one that is read next, so that
 * dropping it would miss each time.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "pg/cache.h"

/* As many as the hours of two days and some. Searched in sequence. */
#define MAX_ENTRIES 64

static sketch_cached *
entry_at(const sketch_cache *cache, int i)
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
is_value_of(const sketch_cached *entry, const struct varatt_external *pointer,
			Datum value)
{
	const char *bytes = DatumGetPointer(value);

	if (memcmp(&entry->pointer, pointer, sizeof(*pointer)) != 0)
		return false;
	if (VARATT_IS_EXTERNAL_ONDISK(bytes))
		return true;
	return entry->whole != NULL &&
		VARSIZE_ANY(entry->whole) == VARSIZE_ANY(bytes) &&
		memcmp(entry->whole, bytes, VARSIZE_ANY(bytes)) == 0;
}

void *
sketch_cache_find(sketch_cache *cache, Datum value)
{
	struct varatt_external pointer = pointer_of(value);

	if (cache->last < cache->nentries &&
		is_value_of(entry_at(cache, cache->last), &pointer, value))
		return entry_at(cache, cache->last);
	for (int i = 0; i < cache->nentries; i++)
		if (is_value_of(entry_at(cache, i), &pointer, value))
			return entry_at(cache, cache->last = i);
	return NULL;
}

/* Linear congruential, of period 2^32 (Knuth, TAOCP 2, 3.3.4); below n. */
static int
random_below(sketch_cache *cache, int n)
{
	cache->random = cache->random * 1664525 + 1013904223;
	return (int) (((uint64) cache->random * (uint64) n) >> 32);
}

static void
drop_whole(sketch_cache *cache, sketch_cached *entry)
{
	if (entry->whole == NULL)
		return;
	cache->nbytes -= VARSIZE_ANY(entry->whole);
	pfree(entry->whole);
	memset(entry, 0, cache->entry_size);
}

static void
grow(sketch_cache *cache, MemoryContext context)
{
	int			room = cache->room == 0 ? 1 : Min(4 * cache->room, MAX_ENTRIES);
	char	   *entries = MemoryContextAllocZero(context,
												 room * cache->entry_size);

	if (cache->entries != NULL)
	{
		memcpy(entries, cache->entries, cache->nentries * cache->entry_size);
		pfree(cache->entries);
	}
	cache->entries = entries;
	cache->room = room;
}

/* An entry whose value was dropped, or a new one, or any. */
static int
place_for_entry(sketch_cache *cache)
{
	static const struct varatt_external none = {0};

	for (int i = 0; i < cache->nentries; i++)
		if (entry_at(cache, i)->whole == NULL &&
			memcmp(&entry_at(cache, i)->pointer, &none, sizeof(none)) == 0)
			return i;
	return cache->nentries < cache->room ? cache->nentries++ :
		random_below(cache, cache->nentries);
}

void *
sketch_cache_enter(sketch_cache *cache, Datum value, MemoryContext context)
{
	sketch_cached *entry;

	if (cache->nentries == cache->room && cache->room < MAX_ENTRIES)
		grow(cache, context);
	cache->last = place_for_entry(cache);
	entry = entry_at(cache, cache->last);
	drop_whole(cache, entry);
	memset(entry, 0, cache->entry_size);
	entry->pointer = pointer_of(value);
	return entry;
}

/* Drops whole values, from a random one on, until there is room for another. */
static void
make_room(sketch_cache *cache, size_t nbytes)
{
	size_t		room = (size_t) work_mem * 1024;
	int			first = random_below(cache, cache->nentries);

	for (int i = 0; i < cache->nentries && cache->nbytes + nbytes > room; i++)
		drop_whole(cache, entry_at(cache, (first + i) % cache->nentries));
}

void
sketch_cache_read(sketch_cache *cache, void *entry, Datum value,
				  MemoryContext context)
{
	sketch_cached *cached = entry;
	MemoryContext caller;
	struct varlena *whole;

	make_room(cache, toast_raw_datum_size(value));
	caller = MemoryContextSwitchTo(context);
	if (VARATT_IS_EXTERNAL(DatumGetPointer(value)) ||
		VARATT_IS_COMPRESSED(DatumGetPointer(value)))
		whole = (struct varlena *) PG_DETOAST_DATUM(value);
	else
	{
		whole = palloc(VARSIZE_ANY(DatumGetPointer(value)));
		memcpy(whole, DatumGetPointer(value),
			   VARSIZE_ANY(DatumGetPointer(value)));
	}
	MemoryContextSwitchTo(caller);
	cached->whole = whole;
	cache->nbytes += VARSIZE_ANY(whole);
}
