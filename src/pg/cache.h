/*
 * cache.h: stored values that a call site keeps in memory.
 *
 * A query often probes one value after another, and comes back to each: a join of
 * pages with the sketches of 24 hours reads each sketch once per page. So a call
 * site keeps the last ones it read, within work_mem.
 *
 * A value in a table is identified by its TOAST pointer: what a pointer leads to
 * never changes while a snapshot sees it. Other values are identified by their
 * bytes.
 */
#ifndef SKETCH_CACHE_H
#define SKETCH_CACHE_H

#include "fmgr.h"

#include "pg/compat.h"

/* What an entry of a cache begins with. */
typedef struct sketch_cached
{
	struct varatt_external pointer; /* zeros: it was in memory */
	struct varlena *whole;		/* detoasted, or NULL if it was not read */
} sketch_cached;

/* Zero but for entry_size, it is empty. */
typedef struct sketch_cache
{
	size_t		entry_size;
	char	   *entries;
	int			nentries;
	int			room;
	int			last;			/* the entry that was found or made last */
	uint32		random;
	size_t		nbytes;			/* of the values that are kept whole */
} sketch_cache;

/* The entry of a value, or NULL. */
extern void *sketch_cache_find(sketch_cache *cache, Datum value);

/*
 * A new entry for a value, all zeros but for its pointer. It and all entries that
 * were found before are valid until the next call.
 */
extern void *sketch_cache_enter(sketch_cache *cache, Datum value,
								MemoryContext context);

/* Reads the value of an entry as a whole, and drops others to make room. */
extern void sketch_cache_read(sketch_cache *cache, void *entry, Datum value,
							  MemoryContext context);

#endif							/* SKETCH_CACHE_H */
