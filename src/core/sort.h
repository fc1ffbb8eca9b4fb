/*
 * sort.h: sorts the entries of a list by the 64-bit values that they begin with,
 * in place.
 *
 * American flag sort (McIlroy, Bostic, McIlroy, "Engineering Radix Sort",
 * Computing Systems 6, 1993), always on the eight bits from the highest one in
 * which any two values differ. So values with a long common prefix take no more
 * passes than uniform ones, and no set of values takes more than eight. Runs of
 * a few entries are sorted by insertion.
 */
#ifndef SK_SORT_H
#define SK_SORT_H

#include "core/bits.h"
#include "core/env.h"

#define SK_SORT_MAX_STRIDE 16	/* bytes from one entry to the next */
#define SK_SORT_SHORT 32		/* entries to be sorted by insertion */

static inline void
sk_sort_short(uint8_t *entries, size_t n, size_t stride)
{
	for (size_t i = 1; i < n; i++)
	{
		uint8_t		entry[SK_SORT_MAX_STRIDE];
		uint64_t	value = sk_load64(entries + stride * i);
		size_t		j = i;

		memcpy(entry, entries + stride * i, stride);
		for (; j > 0 && sk_load64(entries + stride * (j - 1)) > value; j--)
			memcpy(entries + stride * j, entries + stride * (j - 1), stride);
		memcpy(entries + stride * j, entry, stride);
	}
}

/* Polls every 65,536 entries, some 0.2 ms. */
static inline void
sk_sort_poll(size_t i, const sk_env *env)
{
	if (i % 65536 == 0)
		env->poll();
}

/* The bits in which any two values differ. */
static inline uint64_t
sk_sort_differing(const uint8_t *entries, size_t n, size_t stride,
				  const sk_env *env)
{
	uint64_t	first = sk_load64(entries),
				differing = 0;

	for (size_t i = 0; i < n; i++)
	{
		sk_sort_poll(i, env);
		differing |= sk_load64(entries + stride * i) ^ first;
	}
	return differing;
}

/* Moves each entry to the bucket of the eight bits from `shift` on; ends[] holds
 * the number of entries in each, and then where each bucket ends. */
static inline void
sk_sort_distribute(uint8_t *entries, size_t n, size_t stride, unsigned shift,
				   uint32_t *ends, const sk_env *env)
{
	uint32_t	next[256];
	uint32_t	sum = 0;
	size_t		moves = 0;

	for (int b = 0; b < 256; b++)
	{
		next[b] = sum;
		sum += ends[b];
		ends[b] = sum;
	}
	for (int b = 0; b < 256 && next[b] < n; b++)
		while (next[b] < ends[b])
		{
			uint8_t		entry[SK_SORT_MAX_STRIDE];
			uint8_t    *at = entries + stride * next[b];
			unsigned	digit = sk_load64(at) >> shift & 0xFF;
			uint8_t    *to = entries + stride * next[digit]++;

			sk_sort_poll(moves++, env);
			memcpy(entry, to, stride);
			memmove(to, at, stride);
			if (to != at)
				memcpy(at, entry, stride);
		}
}

/*
 * Sorts n entries of at most SK_SORT_MAX_STRIDE bytes. The recursion is eight
 * deep at most, since each pass settles eight bits.
 */
static inline void
sk_sort_entries(uint8_t *entries, size_t n, size_t stride, const sk_env *env)
{
	uint32_t	ends[256] = {0};
	uint64_t	differing;
	unsigned	shift;

	if (n <= SK_SORT_SHORT)
	{
		sk_sort_short(entries, n, stride);
		return;
	}
	differing = sk_sort_differing(entries, n, stride, env);
	if (differing == 0)
		return;
	shift = sk_bit_length(differing) > 8 ? sk_bit_length(differing) - 8 : 0;
	for (size_t i = 0; i < n; i++)
		ends[sk_load64(entries + stride * i) >> shift & 0xFF]++;
	sk_sort_distribute(entries, n, stride, shift, ends, env);
	for (int b = 0; shift > 0 && b < 256; b++)
	{
		uint32_t	start = b == 0 ? 0 : ends[b - 1];

		if (ends[b] - start > 1)
			sk_sort_entries(entries + stride * start, ends[b] - start, stride,
							env);
	}
}

#endif							/* SK_SORT_H */
