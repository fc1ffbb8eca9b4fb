/*
 * cache.h: what a call site keeps of the values that it read.
 *
 * A query often probes one value after another, and comes back to each: a join of
 * pages with the sketches of 24 hours reads each sketch once per page. So a call
 * site has an entry for each of the last thousand values. The values themselves,
 * which an entry may keep, stay within work_mem.
 *
 * A value in a table is identified by its TOAST pointer: what a pointer leads to
 * never changes while a snapshot sees it. Other values are identified by their
 * bytes.
 */
#ifndef SKETCH_CACHE_H
#define SKETCH_CACHE_H

#include "fmgr.h"

#include "pg/compat.h"

/* What an entry of a cache begins with. Zeros: it is not in use. */
typedef struct sketch_cached
{
	struct varatt_external pointer; /* zeros: it was in memory */
	struct varlena *whole;		/* detoasted; NULL: not read, or dropped */
} sketch_cached;

/* Zero but for entry_size, it is empty. */
typedef struct sketch_cache
{
	size_t		entry_size;		/* of an entry, which begins as above */
	char	   *entries;		/* in sets of eight */
	uint32		nsets;			/* a power of two */
	sketch_cached *last;		/* the entry that was found or made last */
	uint32		random;
	size_t		nbytes;			/* of the values that are kept */
} sketch_cache;

/* The entry of a value, or NULL. */
extern void *sketch_cache_find(sketch_cache *cache, Datum value);

/*
 * A new entry for a value, all zeros but for its pointer; it replaces another if
 * need be. Entries that were found before are no longer valid.
 */
extern void *sketch_cache_enter(sketch_cache *cache, Datum value,
								MemoryContext context);

/*
 * Reads the value of an entry as a whole. Others are dropped to make room; their
 * entries stay, if they have a pointer.
 */
extern void sketch_cache_read(sketch_cache *cache, void *entry, Datum value,
							  MemoryContext context);

#endif							/* SKETCH_CACHE_H */
