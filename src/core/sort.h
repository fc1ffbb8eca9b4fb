/*
 * sort.h: sorts the entries of a list by the 64-bit values that they begin with,
 * in place and without other memory.
 *
 * Entries come out of a hash table nearly sorted, so one insertion pass is
 * enough. Values that were chosen to collide get Shell's sort (Sedgewick 1986:
 * gaps 4^k + 3*2^(k-1) + 1).
 */
#ifndef SK_SORT_H
#define SK_SORT_H

#include "core/bits.h"
#include "core/env.h"

#define SK_SORT_MAX_STRIDE 16	/* bytes from one entry to the next */

/* The number of moves after which to poll or to give up. */
static inline uint64_t
sk_sort_turn(uint64_t moves, uint64_t most_moves)
{
	return most_moves - moves < 65536 ? most_moves : moves + 65536;
}

/* Sorts by insertion over a gap; false if that takes too many moves. */
static inline bool
sk_sort_pass(uint8_t *entries, size_t n, size_t stride, size_t gap,
			 uint64_t most_moves, const sk_env *env)
{
	uint64_t	moves = 0,
				next_turn = sk_sort_turn(0, most_moves);

	for (size_t i = gap; i < n; i++)
	{
		uint8_t		entry[SK_SORT_MAX_STRIDE];
		uint64_t	value = sk_load64(entries + stride * i);
		size_t		j = i;

		memcpy(entry, entries + stride * i, stride);
		for (; j >= gap && sk_load64(entries + stride * (j - gap)) > value;
			 j -= gap, moves++)
			memcpy(entries + stride * j, entries + stride * (j - gap), stride);
		memcpy(entries + stride * j, entry, stride);
		if (moves <= next_turn)
			continue;
		if (moves > most_moves)
			return false;
		env->poll();
		next_turn = sk_sort_turn(moves, most_moves);
	}
	return true;
}

/*
 * The first pass may take 32 moves per entry: each of 16 values that waited
 * beside their table moves past half of the others on average.
 */
static inline void
sk_sort_entries(uint8_t *entries, size_t n, size_t stride, const sk_env *env)
{
	if (sk_sort_pass(entries, n, stride, 1, 32 * (uint64_t) n, env))
		return;
	for (int k = 13; k >= 1; k--)
		sk_sort_pass(entries, n, stride, ((size_t) 1 << (2 * k)) +
					 3 * ((size_t) 1 << (k - 1)) + 1, UINT64_MAX, env);
	sk_sort_pass(entries, n, stride, 1, UINT64_MAX, env);
}

#endif							/* SK_SORT_H */
