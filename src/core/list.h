/*
 * list.h: lists of entries that begin with a 64-bit value, for the types that
 * keep few values as they are.
 *
 * A working list is a hash table with linear probing in which value 0 is an
 * empty slot. A mix of all bits of a value and of a seed chooses its slot, so
 * no set of values, not even one that was made for it, crowds into one part of
 * the table. Tables with one seed have their entries in the same order, so a
 * table grows in one sweep over memory. A packed list is sorted and has no empty
 * slots. What follows the value in an entry is the type's own.
 */
#ifndef SK_LIST_H
#define SK_LIST_H

#include "core/bits.h"
#include "core/status.h"

/* Where a type has the table of its working layout: constants, which the
 * compiler folds. */
typedef struct sk_list
{
	size_t		header;			/* bytes before the first slot */
	size_t		stride;			/* bytes from one slot to the next */
	size_t		at_count;		/* offset of the number of entries, 4 bytes */
	size_t		at_seed;		/* offset of the seed, 4 bytes; 0: none */
} sk_list;

#define SK_LIST_UNLIMITED UINT32_MAX	/* as the most values of a list */

/* The offset of slot i. */
static inline size_t
sk_list_at(const sk_list *list, size_t i)
{
	return list->header + list->stride * i;
}

/* The slots of a table that takes nbytes bytes with its header. */
static inline uint32_t
sk_list_nslots(const sk_list *list, size_t nbytes)
{
	return (uint32_t) ((nbytes - list->header) / list->stride);
}

/*
 * The most entries of a table: 3/4 of its slots. A new value then looks at 8
 * slots on average (Knuth, TAOCP 3, 6.4); at 7/8 it would be 32.
 */
static inline uint64_t
sk_list_limit(uint64_t nslots)
{
	return nslots - nslots / 4;
}

/* The fewest slots for nvalues entries. */
static inline uint64_t
sk_list_fewest_slots(uint64_t nvalues)
{
	return nvalues + nvalues / 3 + 1;
}

/*
 * The size of a table for nvalues entries that may grow to `most`: at most what
 * those need, else so that a varlena around it is just shorter than a power of
 * two, as memory is handed out. Sizes grow by a factor of four at first, since
 * an aggregate keeps the memory that its states have outgrown.
 */
static inline uint64_t
sk_list_slots_for(const sk_list *list, uint64_t nvalues, uint32_t most)
{
	uint64_t	enough = sk_list_fewest_slots(nvalues > most ? nvalues : most);
	uint64_t	overhead = (4 + list->header + list->stride - 1) / list->stride;
	uint64_t	room = 8;

	while (sk_list_limit(room - overhead) < nvalues)
		room *= room < 128 ? 4 : 2;
	return room - overhead < enough ? room - overhead : enough;
}

/* Whether a list of n values stays one when another value is added. */
static inline bool
sk_list_takes_value(uint32_t n, uint32_t most)
{
	return n < most;
}

/*
 * Whether two lists become a list when they are merged. How many values they
 * share is not known, so they go into one with room for all: up to twice as
 * many as a packed list may have.
 */
static inline bool
sk_list_takes_list(uint32_t n, uint32_t other, uint32_t most)
{
	return n <= most && other <= most;
}

/*
 * A seed for a new table, from the address of its memory, which whoever makes up
 * values does not know. It never shows: packed lists are sorted.
 */
static inline uint32_t
sk_list_new_seed(const void *memory)
{
	uint64_t	address = (uint64_t) (uintptr_t) memory;

	return (uint32_t) (address * UINT64_C(0x9E3779B97F4A7C15) >> 32);
}

/*
 * The slot where the search for a value starts. Multiplied by an odd number that
 * the seed chooses (Dietzfelbinger et al., "A Reliable Randomized Algorithm for
 * the Closest-Pair Problem", 1997), then mixed as by splitmix64.
 */
static inline uint32_t
sk_list_home(uint64_t value, uint32_t seed, uint32_t nslots)
{
	uint64_t	multiplier = UINT64_C(0x9E3779B97F4A7C15) ^
		((uint64_t) seed << 33 | (uint64_t) seed << 1);
	uint64_t	mixed = value * multiplier;

	mixed = (mixed ^ mixed >> 32) * UINT64_C(0xBF58476D1CE4E5B9);
	return (uint32_t) (((mixed >> 32) * nslots) >> 32);
}

/* The same in a table, whose seed is in its header. */
static inline uint32_t
sk_list_home_in(const sk_list *list, const uint8_t *bytes, uint32_t nslots,
				uint64_t value)
{
	uint32_t	seed = list->at_seed == 0 ? 0 : sk_load32(bytes + list->at_seed);

	return sk_list_home(value, seed, nslots);
}

/*
 * The slot of a value, or the empty one where it belongs; nslots if there is
 * neither. The search is bounded because damaged bytes may leave no empty slot.
 */
static inline uint32_t
sk_list_find(const sk_list *list, const uint8_t *bytes, uint32_t nslots,
			 uint64_t value)
{
	uint32_t	i = sk_list_home_in(list, bytes, nslots, value);

	for (uint32_t searched = 0; searched < nslots; searched++)
	{
		uint64_t	found = sk_load64(bytes + sk_list_at(list, i));

		if (found == value || found == 0)
			return i;
		i = i + 1 == nslots ? 0 : i + 1;
	}
	return nslots;
}

/*
 * The entry of a value, which is counted and gets its value if it is new; its
 * other bytes are then zero. NULL: the value is new, and the table has `limit`
 * entries or no empty slot.
 */
static inline uint8_t *
sk_list_enter(const sk_list *list, uint8_t *bytes, uint32_t nslots,
			  uint64_t limit, uint64_t value)
{
	uint32_t	i = sk_list_find(list, bytes, nslots, value);
	uint8_t    *entry = bytes + sk_list_at(list, i);
	uint32_t	n;

	if (i == nslots)
		return NULL;
	if (sk_load64(entry) == value)
		return entry;
	n = sk_load32(bytes + list->at_count);
	if (n >= limit)
		return NULL;
	sk_store64(entry, value);
	sk_store32(bytes + list->at_count, n + 1);
	return entry;
}

/* The number of entries in the first nslots slots. */
static inline uint32_t
sk_list_count(const sk_list *list, const uint8_t *bytes, uint32_t nslots)
{
	uint32_t	n = 0;

	for (uint32_t i = 0; i < nslots; i++)
		n += sk_load64(bytes + sk_list_at(list, i)) != 0;
	return n;
}

/* Copies the first `nentry` bytes of each entry, in no order; the result points
 * behind the last one. */
static inline uint8_t *
sk_list_copy(const sk_list *list, const uint8_t *bytes, uint32_t nslots,
			 uint8_t *out, size_t nentry)
{
	for (uint32_t i = 0; i < nslots; i++)
	{
		const uint8_t *entry = bytes + sk_list_at(list, i);

		if (sk_load64(entry) == 0)
			continue;
		memcpy(out, entry, nentry);
		out += nentry;
	}
	return out;
}

/* ---- sorted entries ---- */

/*
 * The entry of a value among n sorted ones; NULL if it has none. Whatever the
 * bytes, only those of the entries are read.
 */
static inline const uint8_t *
sk_list_search(const uint8_t *entries, size_t n, size_t stride, uint64_t value)
{
	const uint8_t *base = entries;

	if (n == 0)
		return NULL;
	for (; n > 1; n -= n / 2)
	{
		/* Branchless: the outcome is unpredictable. */
		const uint8_t *middle = base + stride * (n / 2);

		base = sk_load64(middle) <= value ? middle : base;
	}
	return sk_load64(base) == value ? base : NULL;
}

/* SK_OK if values ascend; a damaged table can hold a value twice. */
static inline sk_status
sk_list_check_sorted(const uint8_t *entries, size_t n, size_t stride)
{
	uint64_t	last = 0;

	for (size_t i = 0; i < n; i++)
	{
		uint64_t	value = sk_load64(entries + stride * i);

		if (value <= last)
			return value == 0 ? SK_VALUE : SK_ORDER;
		last = value;
	}
	return SK_OK;
}

#endif							/* SK_LIST_H */
