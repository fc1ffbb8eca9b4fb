/*
 * bloom/design.c: how many blocks and how many bits per value a rate of false
 * positives takes, and which designs can be merged.
 *
 * The number of values in a block is a Poisson variable, and full blocks have
 * more than their share of false positives; so the rate is the mean over its
 * distribution (Putze, Sanders, Singler 2007, section 3). Only the four basic
 * operations are used, which IEEE 754 defines to the last bit: a design must be
 * the same on every platform.
 */
#include "core/bloom/internal.h"

/* With fewer bytes of blocks, the standard error of counts, 4%/sqrt(blocks) for
 * small ones, would exceed 1%. */
#define FEWEST_BYTES 1024
#define MOST_STEP 1215			/* 127 * 2^17 small blocks, just under 1 GB */
#define MOST_LARGE_STEP 1023	/* 127 * 2^14 large ones */

/* x^n by squaring. */
static double
power(double x, uint64_t n)
{
	double		result = 1;

	for (; n > 0; n >>= 1, x *= x)
		if (n & 1)
			result *= x;
	return result;
}

/*
 * The fewest bits with which a filter is at most 1% larger than with the best
 * number: fewer bits are faster, and the optimum is flat. Derived by solving
 * sk_bloom_designed_rate() for the load. More than 20 bits would gain 2% at a
 * rate of 10^-8. Up to 0.22% blocks are large: see sk_bloom_block_bytes().
 */
int
sk_bloom_bits_for(double rate)
{
	static const double most[SK_BLOOM_MAX_BITS - 1] = {
		.37, .17, .077, .034, .014, .0057, .0022, .0012, .00054, .00023,
		.000097, .00004, .000016, .0000068, .0000028, .0000011, .00000046,
		.00000018, .00000007
	};
	int			nbits = 1;

	while (nbits < SK_BLOOM_MAX_BITS && rate <= most[nbits - 1])
		nbits++;
	return nbits;
}

/*
 * The probability that k random bits of a block are all set after k * n random
 * ones were: the mean of X^k, with X the fraction of bits set. Mean and variance
 * of X are known, and higher moments do not matter: the error is 0.1% at a rate
 * of 10^-5, 0.3% at 10^-8. `one` is the probability that a given bit is still 0,
 * `two` that two are; the callers step through n by multiplying them.
 */
static double
block_rate(double one, double two, int k)
{
	double		m = sk_bloom_block_bits(k);
	double		fill = 1 - one;
	double		variance = two * (m - 1) / m + one / m - one * one;
	double		rate;

	if (!(fill > 0))
		return 0;
	rate = power(fill, (uint64_t) k) *
		(1 + k * (k - 1) / 2 * variance / (fill * fill));
	return rate < 1 ? rate : 1;
}

/* Sums the block rates of loads from `most` upwards, as long as they matter,
 * weighted by their probability relative to that of `most`. */
static void
sum_upwards(double *sum, double *weights, double load, uint64_t most, int k)
{
	double		one = power(1 - 1.0 / sk_bloom_block_bits(k), (uint64_t) k);
	double		two = power(1 - 2.0 / sk_bloom_block_bits(k), (uint64_t) k);
	double		ones = power(one, most);
	double		twos = power(two, most);
	double		weight = 1;

	for (uint64_t n = most; weight > 1e-9 * *sum || n <= most + 1; n++)
	{
		*sum += weight * block_rate(ones, twos, k);
		*weights += weight;
		weight *= load / (double) (n + 1);
		ones *= one;
		twos *= two;
	}
}

static void
sum_downwards(double *sum, double *weights, double load, uint64_t most, int k)
{
	double		one = power(1 - 1.0 / sk_bloom_block_bits(k), (uint64_t) k);
	double		two = power(1 - 2.0 / sk_bloom_block_bits(k), (uint64_t) k);
	double		weight = (double) most / load;

	for (uint64_t n = most; n-- > 0 && weight > 1e-12;)
	{
		*sum += weight * block_rate(power(one, n), power(two, n), k);
		*weights += weight;
		weight *= (double) n / load;
	}
}

/* A block of which each bit was set 40 times has none left, so no design is for
 * more than 2^39 values. */
double
sk_bloom_designed_rate(double load, int nbits)
{
	double		sum = 0,
				weights = 0;

	if (!(load > 0))
		return 0;
	if (load * nbits > 40 * sk_bloom_block_bits(nbits))
		return 1;
	sum_upwards(&sum, &weights, load, (uint64_t) load, nbits);
	sum_downwards(&sum, &weights, load, (uint64_t) load, nbits);
	return sum / weights;
}

/* The allowed numbers of blocks, in order: 1 .. 127, 128, 130, ..., 256, ... */
static uint32_t
nblocks_of_step(uint32_t step)
{
	return step < 64 ? step : (64 + step % 64) << (step / 64 - 1);
}

static uint32_t
last_step(int nbits)
{
	return nbits <= SK_BLOOM_SMALL_BITS ? MOST_STEP : MOST_LARGE_STEP;
}

bool
sk_bloom_nblocks_ok(uint32_t nblocks, int nbits)
{
	unsigned	length = sk_bit_length(nblocks);

	if (nblocks == 0 || nblocks > nblocks_of_step(last_step(nbits)))
		return false;
	return length <= 7 || nblocks % (UINT32_C(1) << (length - 7)) == 0;
}

sk_status
sk_bloom_design_for(sk_bloom_design *design, uint64_t expected, double rate)
{
	int			nbits = sk_bloom_bits_for(rate);
	uint32_t	low = FEWEST_BYTES / sk_bloom_block_bytes(nbits),
				high = last_step(nbits) + 1;

	while (low < high)
	{
		uint32_t	step = (low + high) / 2;
		double		load = (double) expected / nblocks_of_step(step);

		if (sk_bloom_designed_rate(load, nbits) <= rate)
			high = step;
		else
			low = step + 1;
	}
	if (low > last_step(nbits))
		return SK_SIZE;
	*design = (sk_bloom_design) {nblocks_of_step(low), nbits, expected, rate};
	return SK_OK;
}

/* Whether a union of a and b has the design of a, not that of b. */
static bool
takes_precedence(const sk_bloom_design *a, const sk_bloom_design *b)
{
	if (a->nblocks != b->nblocks)
		return a->nblocks < b->nblocks;
	if (a->expected != b->expected)
		return a->expected > b->expected;
	return a->rate > b->rate;
}

sk_status
sk_bloom_common(sk_bloom_design *design, const sk_bloom_design *a,
				const sk_bloom_design *b)
{
	const sk_bloom_design *less = takes_precedence(a, b) ? a : b;
	const sk_bloom_design *more = less == a ? b : a;
	uint32_t	group;

	*design = less->nblocks == 0 ? *more : *less;
	if (less->nblocks == 0)
		return SK_OK;
	group = more->nblocks / less->nblocks;
	if (a->nbits != b->nbits || more->nblocks % less->nblocks != 0 ||
		(group & (group - 1)) != 0)
		return SK_UNLIKE;
	return SK_OK;
}

/* Whether a is the larger design; that of two equally large ones does not depend
 * on their order. */
static bool
is_larger(const sk_bloom_design *a, const sk_bloom_design *b)
{
	size_t		a_bytes = sk_bloom_blocks_bytes(a),
				b_bytes = sk_bloom_blocks_bytes(b);

	if (a_bytes != b_bytes)
		return a_bytes > b_bytes;
	if (a->expected != b->expected)
		return a->expected > b->expected;
	return a->rate > b->rate;
}

sk_status
sk_bloom_union_design(sk_bloom_design *design, const sk_bloom *a,
					  const sk_bloom *b)
{
	bool		a_is_empty = sk_bloom_is_empty_list(a),
				b_is_empty = sk_bloom_is_empty_list(b);

	if (a_is_empty != b_is_empty)
		*design = a_is_empty ? b->design : a->design;
	else if (sk_bloom_is_list(a) && sk_bloom_is_list(b))
		*design = is_larger(&a->design, &b->design) ? a->design : b->design;
	else if (sk_bloom_is_list(a) || sk_bloom_is_list(b))
		*design = sk_bloom_is_list(a) ? b->design : a->design;
	else
		return sk_bloom_common(design, &a->design, &b->design);
	return SK_OK;
}
