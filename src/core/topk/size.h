/*
 * topk/size.h: how many items a working sketch holds, and how large it is.
 */
#ifndef SK_TOPK_SIZE_H
#define SK_TOPK_SIZE_H

#include "core/topk/sketch.h"

/* Items, and the bytes of their records. */
typedef struct sk_topk_load
{
	uint64_t	nitems;
	uint64_t	nbytes;
} sk_topk_load;

/* The size of a working sketch. */
typedef struct sk_topk_shape
{
	uint32_t	nslots;			/* of the hash table */
	size_t		nbytes;			/* of the whole sketch */
} sk_topk_shape;

static inline uint64_t
sk_topk_at_most(uint64_t x, uint64_t most)
{
	return x < most ? x : most;
}

/*
 * Items that a working sketch holds, for the k that it has room for, as in all
 * functions below. With k + 12, 2k + 12, 3k + 12, 4k + 12 and
 * 6k + 12, adding a Zipf 1.1 distribution over 10^6 at k = 100 leaves offsets of
 * 0.90, 0.48, 0.32, 0.25 and 0.26 times their bound, in up to 8, 10, 16, 20 and
 * 32 kB. An add takes 25 ns, hash included, and a fifth more with k + 12.
 */
static inline uint64_t
sk_topk_most_items(uint32_t k)
{
	return 4 * (uint64_t) k + 12;
}

/*
 * At most 2/3 of the slots are used. The search for a new item then looks at
 * five of them on average (Knuth, TAOCP 3, 6.4), mostly in one cache line.
 */
static inline uint64_t
sk_topk_fewest_slots(uint64_t nitems)
{
	return nitems + nitems / 2 + 1;
}

/* Bytes of all records: with the largest table, they make the longest sketch. */
static inline uint64_t
sk_topk_most_bytes(uint32_t k)
{
	return SK_TOPK_MAX_BYTES - SK_TOPK_WORKING_HEADER -
		8 * sk_topk_fewest_slots(sk_topk_most_items(k));
}

/*
 * Whether a sketch holds these without a cut. This does not depend on the memory
 * it has, so neither do results.
 */
static inline bool
sk_topk_within_limits(uint32_t k, sk_topk_load load)
{
	return load.nitems <= sk_topk_most_items(k) &&
		load.nbytes <= sk_topk_most_bytes(k);
}

/* Table sizes double, but the last one is what the most items need. */
static inline uint32_t
sk_topk_table_slots(uint64_t nitems, uint32_t k)
{
	uint64_t	most = sk_topk_fewest_slots(sk_topk_most_items(k));
	uint64_t	nslots = 4;

	while (nslots < sk_topk_fewest_slots(nitems))
		nslots *= 2;
	return (uint32_t) sk_topk_at_most(nslots, most);
}

/*
 * With the header of a value, sizes are powers of two, the sizes in which memory
 * is handed out; above 8 kB, where it is not, steps are at most a quarter.
 */
static inline size_t
sk_topk_round_size(uint64_t nbytes)
{
	uint64_t	step = 128;

	nbytes += 4;
	if (nbytes > 8192)
		step = UINT64_C(1) << (sk_bit_length(nbytes - 1) - 3);
	else
		while (step < nbytes)
			step *= 2;
	nbytes = (nbytes + step - 1) / step * step - 4;
	return (size_t) sk_topk_at_most(nbytes, SK_TOPK_MAX_BYTES);
}

/* The shape for a load, or for as much of it as a sketch holds. */
static inline sk_topk_shape
sk_topk_shape_for(uint32_t k, sk_topk_load load)
{
	uint64_t	nitems = sk_topk_at_most(load.nitems, sk_topk_most_items(k));
	uint64_t	nbytes = sk_topk_at_most(load.nbytes, sk_topk_most_bytes(k));
	uint32_t	nslots = sk_topk_table_slots(nitems, k);

	return (sk_topk_shape) {
		nslots, sk_topk_round_size(SK_TOPK_WORKING_HEADER +
								   8 * (uint64_t) nslots + nbytes)
	};
}

#endif							/* SK_TOPK_SIZE_H */
