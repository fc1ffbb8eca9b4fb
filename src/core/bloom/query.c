/*
 * bloom/query.c: what follows from the fills of the blocks: how many values
 * there are, how many two sketches share, and how often a probe is wrong.
 *
 * n values set n k random bits, so a block of m bits in which x are set had most
 * likely ln(1 - x/m) / (k ln(1 - 1/m)) (Swamidass and Baldi, "Mathematical
 * Correction for Fingerprint Similarity Measures to Improve Chemical Retrieval",
 * 2007). The sum over blocks does not suffer from the spread of values over
 * blocks, as the same formula for all bits at once would. The number of values in
 * both of two filters is the sum of both counts less that of the union, block by
 * block (Papapetrou, Siberski and Nejdl, "Cardinality estimation and dynamic
 * length adaptation for Bloom filters", 2010).
 */
#include "core/bloom/internal.h"

#include <math.h>

/*
 * The bits set in 64 bytes: sums of pairs, of fours, of bytes, then of the same
 * byte of all words, up to 64, and finally of all bytes. Takes half the time of
 * counting word by word.
 */
static unsigned
fill_of_64(const uint8_t *block)
{
	uint64_t	bytes = 0;

	for (int i = 0; i < 64; i += 8)
	{
		uint64_t	x = sk_load64(block + i);

		x -= x >> 1 & UINT64_C(0x5555555555555555);
		x = (x & UINT64_C(0x3333333333333333)) +
			(x >> 2 & UINT64_C(0x3333333333333333));
		bytes += (x + (x >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
	}
	bytes = (bytes & UINT64_C(0x00FF00FF00FF00FF)) +
		(bytes >> 8 & UINT64_C(0x00FF00FF00FF00FF));
	return (unsigned) (bytes * UINT64_C(0x0001000100010001) >> 48);
}

/* The bits set in a block. */
static unsigned
block_fill(const uint8_t *block, size_t nbytes)
{
	unsigned	fill = 0;

	for (size_t i = 0; i < nbytes; i += 64)
		fill += fill_of_64(block + i);
	return fill;
}

void
sk_bloom_count_fills(const sk_bloom *s, sk_bloom_fills *fills,
					 const sk_env *env)
{
	uint8_t		scratch[SK_BLOOM_LARGE_BLOCK];
	size_t		nbytes = sk_bloom_block_bytes(s->design.nbits);

	memset(fills, 0, sizeof(*fills));
	if (sk_bloom_is_list(s))
		return;
	for (uint32_t i = 0; i < s->design.nblocks; i++)
	{
		const uint8_t *block = sk_bloom_block_folded(scratch, s, i,
													 s->design.nblocks);

		sk_env_poll(env, i);
		fills->nblocks[block_fill(block, nbytes)]++;
	}
}

uint64_t
sk_bloom_bits_set(const sk_bloom_fills *fills)
{
	uint64_t	nbits = 0;

	for (uint64_t x = 0; x <= SK_BLOOM_MAX_BLOCK_BITS; x++)
		nbits += x * fills->nblocks[x];
	return nbits;
}

/* The mean over blocks of (x/m)^k. */
static double
mean_rate(const sk_bloom_fills *fills, uint32_t nblocks, int k)
{
	double		sum = 0;
	int			m = sk_bloom_block_bits(k);

	for (int x = 0; x <= m; x++)
		sum += fills->nblocks[x] * pow((double) x / m, k);
	return sum / nblocks;
}

double
sk_bloom_rate(const sk_bloom *s, const sk_bloom_fills *fills)
{
	return sk_bloom_is_list(s) ? 0 :
		mean_rate(fills, s->design.nblocks, s->design.nbits);
}

/*
 * A full block does not show how many values it had. The others do, if the
 * number of values in a block is taken as a Poisson variable: then a bit is 0
 * with probability exp(-load (1 - (1 - 1/m)^k)).
 */
static double
count_by_mean(const sk_bloom_fills *fills, uint32_t nblocks, int k)
{
	double		m = sk_bloom_block_bits(k);
	double		fill = (double) sk_bloom_bits_set(fills) / (nblocks * m);

	return nblocks * log1p(-fill) / expm1(k * log1p(-1 / m));
}

/*
 * The most likely number of random bits that went into a block with x bits set,
 * less its bias of half of x/(m - x) - load: the logarithm is convex (Whang,
 * Vander-Zanden, Taylor, "A Linear-Time Probabilistic Counting Algorithm for
 * Database Applications", 1990). At the designed load the bias is 0.04%, more
 * than the standard error from 10,000 blocks on.
 */
static double
bits_thrown(int x, int m)
{
	double		load = -log1p(-(double) x / m);

	return load / -log1p(-1.0 / m) - ((double) x / (m - x) - load) / 2;
}

static double
count_by_blocks(const sk_bloom_fills *fills, int k)
{
	double		sum = 0;
	int			m = sk_bloom_block_bits(k);

	for (int x = 1; x < m; x++)
		sum += fills->nblocks[x] * bits_thrown(x, m);
	return sum / k;
}

static bool
has_full_block(const sk_bloom_fills *fills, int k)
{
	return fills->nblocks[sk_bloom_block_bits(k)] > 0;
}

double
sk_bloom_count(const sk_bloom *s, const sk_bloom_fills *fills)
{
	if (sk_bloom_is_list(s))
		return sk_bloom_nvalues(s);
	if (has_full_block(fills, s->design.nbits))
		return count_by_mean(fills, s->design.nblocks, s->design.nbits);
	return count_by_blocks(fills, s->design.nbits);
}

/*
 * The values of a list that the other sketch has, less its expected false
 * positives among those that it does not have.
 */
static double
overlap_of_list(const sk_bloom *list, const sk_bloom *other,
				const sk_env *env)
{
	uint32_t	nslots = sk_bloom_nslots(list->nbytes);
	double		found = 0;
	double		rate;
	sk_bloom_fills fills;

	for (uint32_t i = 0; i < nslots; i++)
	{
		uint64_t	value = sk_bloom_listed(list, i);

		sk_env_poll_often(env, i);
		found += value != 0 && sk_bloom_has(other, value);
	}
	sk_bloom_count_fills(other, &fills, env);
	rate = sk_bloom_rate(other, &fills);
	if (!(rate < 1))
		return found;
	return fmax((found - sk_bloom_nvalues(list) * rate) / (1 - rate), 0);
}

/* The fills of both filters, folded to this many blocks, and of their union. */
static void
count_three_fills(sk_bloom_fills *fills, const sk_bloom *a, const sk_bloom *b,
				  uint32_t nblocks, const sk_env *env)
{
	uint8_t		scratch[3][SK_BLOOM_LARGE_BLOCK];
	size_t		nbytes = sk_bloom_block_bytes(a->design.nbits);
	uint32_t	group = (a->design.nblocks > b->design.nblocks ?
						 a->design.nblocks : b->design.nblocks) / nblocks;

	memset(fills, 0, 3 * sizeof(*fills));
	for (uint32_t i = 0; i < nblocks; i++)
	{
		const uint8_t *x = sk_bloom_block_folded(scratch[0], a, i, nblocks);
		const uint8_t *y = sk_bloom_block_folded(scratch[1], b, i, nblocks);

		sk_env_poll(env, i * group);
		memcpy(scratch[2], x, nbytes);
		sk_bloom_or(scratch[2], y, nbytes);
		fills[0].nblocks[block_fill(x, nbytes)]++;
		fills[1].nblocks[block_fill(y, nbytes)]++;
		fills[2].nblocks[block_fill(scratch[2], nbytes)]++;
	}
}

static double
overlap_of_bits(const sk_bloom *a, const sk_bloom *b,
				const sk_bloom_design *design, const sk_env *env)
{
	sk_bloom_fills *fills = env->alloc(3 * sizeof(*fills));
	double		counts[3];
	bool		full;

	count_three_fills(fills, a, b, design->nblocks, env);
	full = has_full_block(&fills[2], design->nbits);
	for (int i = 0; i < 3; i++)
		counts[i] = full ?
			count_by_mean(&fills[i], design->nblocks, design->nbits) :
			count_by_blocks(&fills[i], design->nbits);
	env->release(fills);
	if (isinf(counts[2]))
		return fmin(counts[0], counts[1]);
	return fmin(fmax(counts[0] + counts[1] - counts[2], 0),
				fmin(counts[0], counts[1]));
}

sk_status
sk_bloom_overlap(const sk_bloom *a, const sk_bloom *b, double *count,
				 const sk_env *env)
{
	sk_bloom_design design;
	bool		a_is_shorter = !sk_bloom_is_list(b) ||
		sk_bloom_nvalues(a) <= sk_bloom_nvalues(b);

	if (sk_bloom_common(&design, &a->design, &b->design) != SK_OK)
		return SK_UNLIKE;
	if (sk_bloom_is_list(a) && a_is_shorter)
		*count = overlap_of_list(a, b, env);
	else if (sk_bloom_is_list(b))
		*count = overlap_of_list(b, a, env);
	else
		*count = overlap_of_bits(a, b, &design, env);
	return SK_OK;
}
