/*
 * hll/kernels.h: the loops over registers that have a vector form, in every
 * form that this machine can run. All forms give the same bytes.
 */
#ifndef SK_HLL_KERNELS_H
#define SK_HLL_KERNELS_H

#include "core/hll/register.h"

/* What stands for a code that its table lacks: no register has this value. */
#define SK_HLL_MISSING 1

/* Bytes that a kernel may read beyond the values it is given. */
#define SK_HLL_SLACK 64

typedef struct sk_hll_kernels
{
	const char *name;

	/*
	 * Decodes n half bytes, the lower half of a byte first, by a table of 16,
	 * and puts the next of the exceptions wherever the table says SK_HLL_MISSING.
	 * Returns how many it took. out has room for n + 1 bytes, exceptions has
	 * n + SK_HLL_SLACK.
	 */
	size_t		(*decode) (uint8_t *out, const uint8_t *codes, size_t n,
						   const uint8_t *table, const uint8_t *exceptions);

	/*
	 * The values, in order, where the bitmap has a bit, and 0 elsewhere; n is a
	 * multiple of 8. Returns how many it took; behind the last of them there are
	 * SK_HLL_SLACK more bytes.
	 */
	size_t		(*expand) (uint8_t *out, const uint8_t *bitmap, size_t n,
						   const uint8_t *values);

	/* Adds to counts how often each half byte occurs in n bytes. */
	void		(*count) (const uint8_t *codes, size_t n, uint32_t *counts);

	/* Merges n registers of one precision; n is a multiple of 16. */
	void		(*merge) (uint8_t *dst, const uint8_t *src, size_t n);

	/*
	 * Adds n tokens, at most 64, to registers, by their indexes alone. Returns a
	 * bit for each that was not added, since its zeros matter: where
	 * sk_hll_index_rest() is 0.
	 */
	uint64_t	(*add) (uint8_t *registers, int precision,
						const uint32_t *indexes, size_t n);

	/*
	 * Finds the next n ones; sets at[] to their positions, less `from`, which is
	 * not behind any of them. There is room for SK_HLL_SLACK more. False where
	 * there are not so many, or not within 2^32 bits.
	 */
	bool		(*find) (sk_ones *ones, size_t from, uint32_t *at, uint32_t n);

	/*
	 * Sums of gaps, of which the first is added to `start`: the i-th gap has the
	 * low `rice` bits from position `shift` + i rice of a bit stream; the high
	 * bits of all gaps up to there are sums[i] - i as it comes in. No sum may
	 * pass 2^32. n is at most 64; there are 64 bytes behind the last bit.
	 */
	void		(*sum) (uint32_t *sums, uint32_t n, const uint8_t *bits,
						unsigned shift, unsigned rice, uint32_t start);
} sk_hll_kernels;

/*
 * The i-th set of kernels that this machine can run, NULL after the last; the
 * best comes first, plain C last.
 */
extern const sk_hll_kernels *sk_hll_get_kernels(int i);

#endif							/* SK_HLL_KERNELS_H */
