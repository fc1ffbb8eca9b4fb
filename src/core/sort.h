/*
 * sort.h: sorting the entries of a list by the 64-bit hashes that they begin with,
 * in place and without other memory.
 *
 * They come out of a hash table nearly sorted, so that one insertion pass does.
 * Hashes that were made to collide get Shell's sort (Sedgewick 1986: gaps 4^k +
 * 3*2^(k-1) + 1).
 */
#ifndef SK_SORT_H
#define SK_SORT_H

#include "core/bits.h"

#define SK_SORT_MAX_STRIDE 16	/* bytes from one entry to the next */

/* After how many moves the caller gets a turn, or the sort ends. */
static inline uint64_t
sk_sort_turn(uint64_t moves, uint64_t most_moves)
{
	return most_moves - moves < 65536 ? most_moves : moves + 65536;
}

/* Sorts by insertion over a gap; false when that takes too many moves. */
static inline bool
sk_sort_pass(uint8_t *entries, size_t n, size_t nstride, size_t gap,
			 uint64_t most_moves, void (*poll) (void))
{
	uint64_t	moves = 0,
				next_turn = sk_sort_turn(0, most_moves);

	for (size_t i = gap; i < n; i++)
	{
		uint8_t		entry[SK_SORT_MAX_STRIDE];
		uint64_t	value = sk_load64(entries + nstride * i);
		size_t		j = i;

		memcpy(entry, entries + nstride * i, nstride);
		for (; j >= gap && sk_load64(entries + nstride * (j - gap)) > value;
			 j -= gap, moves++)
			memcpy(entries + nstride * j, entries + nstride * (j - gap),
				   nstride);
		memcpy(entries + nstride * j, entry, nstride);
		if (moves <= next_turn)
			continue;
		if (moves > most_moves)
			return false;
		if (poll != NULL)
			poll();
		next_turn = sk_sort_turn(moves, most_moves);
	}
	return true;
}

/*
 * 32 moves an entry: of values that waited beside their table, 16 move by half
 * of the others on average. poll, unless NULL, is called now and then, and need
 * not return.
 */
static inline void
sk_sort_entries(uint8_t *entries, size_t n, size_t nstride,
				void (*poll) (void))
{
	if (sk_sort_pass(entries, n, nstride, 1, 32 * (uint64_t) n, poll))
		return;
	for (int k = 13; k >= 1; k--)
		sk_sort_pass(entries, n, nstride, ((size_t) 1 << (2 * k)) +
					 3 * ((size_t) 1 << (k - 1)) + 1, UINT64_MAX, poll);
	sk_sort_pass(entries, n, nstride, 1, UINT64_MAX, poll);
}

#endif							/* SK_SORT_H */
