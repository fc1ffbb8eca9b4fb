/*
 * hll/kernels.h: the loops over registers and tokens that have vector forms.
 *
 * Packed registers are mostly half bytes that index a table of 16, which byte
 * shuffles look up; merging two registers is one more shuffle (Ertl,
 * "UltraLogLog", VLDB 2024, section 2.3). A set of kernels is chosen at run
 * time, since the library is built for any machine of its kind. All sets give
 * the same bytes. At precision 13 decoding and merging take a microsecond or
 * two, and seven in plain C.
 *
 * kernels.c has the plain kernels and the choice, kernels_*.c those for one
 * instruction set each. An instruction set has only those that pay: the others
 * in its set are of a lesser one.
 */
#ifndef SK_HLL_KERNELS_H
#define SK_HLL_KERNELS_H

#include "core/hll/register.h"

/* In place of a code that its table lacks: no register has this value. */
#define SK_HLL_MISSING 1

/* Bytes that a kernel may read beyond the values it is given. */
#define SK_HLL_SLACK 64

/*
 * Decodes n half bytes, the lower half of a byte first, by a table of 16, and
 * puts the next of the exceptions wherever the table says SK_HLL_MISSING.
 * Returns how many it used. out has room for n + 1 bytes, exceptions has n +
 * SK_HLL_SLACK.
 */
typedef size_t sk_hll_decode_kernel(uint8_t *out, const uint8_t *codes,
									size_t n, const uint8_t *table,
									const uint8_t *exceptions);

/*
 * The values, in order, where the bitmap has a bit, and 0 elsewhere; n is a
 * multiple of 8. Returns how many it used. SK_HLL_SLACK more bytes follow the
 * last one.
 */
typedef size_t sk_hll_expand_kernel(uint8_t *out, const uint8_t *bitmap,
									size_t n, const uint8_t *values);

/* Adds to counts how often each half byte occurs in n bytes. */
typedef void sk_hll_count_kernel(const uint8_t *codes, size_t n,
								 uint32_t *counts);

/* Merges n registers of one precision; n is a multiple of 16. */
typedef void sk_hll_merge_kernel(uint8_t *dst, const uint8_t *src, size_t n);

/*
 * Adds n tokens, at most 64, to registers, by their indexes alone. Returns a
 * bit for each that it did not add because its zeros matter: where
 * sk_hll_index_rest() is 0.
 */
typedef uint64_t sk_hll_add_kernel(uint8_t *registers, int precision,
								   const uint32_t *indexes, size_t n);

/*
 * Finds the next n ones; sets at[] to their positions, less from, which is at
 * most the first one. There is room for SK_HLL_SLACK more. False if there are
 * not that many, or not within 2^32 bits.
 */
typedef bool sk_hll_find_kernel(sk_ones *ones, size_t from, uint32_t *at,
								uint32_t n);

/*
 * Running sums of gaps, from start. The i-th gap has the low `rice` bits at
 * position shift + i * rice of a bit stream; the high bits of all gaps up to it
 * add up to sums[i] - i on entry. No sum may exceed 2^32. n is at most 64, and
 * 64 bytes follow the last bit.
 */
typedef void sk_hll_sum_kernel(uint32_t *sums, uint32_t n, const uint8_t *bits,
							   unsigned shift, unsigned rice, uint32_t start);

typedef struct sk_hll_kernels
{
	const char *name;
	sk_hll_decode_kernel *decode;
	sk_hll_expand_kernel *expand;
	sk_hll_count_kernel *count;
	sk_hll_merge_kernel *merge;
	sk_hll_add_kernel *add;
	sk_hll_find_kernel *find;
	sk_hll_sum_kernel *sum;
} sk_hll_kernels;

/*
 * The i-th set of kernels that this machine can run, NULL after the last one;
 * the best comes first, plain C last.
 */
extern const sk_hll_kernels *sk_hll_get_kernels(int i);

/* --- for the files with kernels ----------------------------------------- */

/* Also for the rest of what a vector form has done most of. */
extern sk_hll_decode_kernel sk_hll_decode_plain;
extern sk_hll_expand_kernel sk_hll_expand_plain;
extern sk_hll_merge_kernel sk_hll_merge_plain;
extern sk_hll_add_kernel sk_hll_add_plain;

extern sk_hll_decode_kernel sk_hll_decode_avx2;
extern sk_hll_expand_kernel sk_hll_expand_avx2;
extern sk_hll_count_kernel sk_hll_count_avx2;
extern sk_hll_merge_kernel sk_hll_merge_avx2;

extern sk_hll_decode_kernel sk_hll_decode_avx512;
extern sk_hll_expand_kernel sk_hll_expand_avx512;
extern sk_hll_add_kernel sk_hll_add_avx512;
extern sk_hll_find_kernel sk_hll_find_avx512;
extern sk_hll_sum_kernel sk_hll_sum_avx512;

extern sk_hll_decode_kernel sk_hll_decode_neon;
extern sk_hll_expand_kernel sk_hll_expand_neon;
extern sk_hll_merge_kernel sk_hll_merge_neon;

/*
 * The shuffle that expands eight values by a byte of a bitmap: for each of
 * eight bytes the number of bits below it, or 128 (which gives 0) if it has
 * no bit itself. The upper byte of *ranks becomes the number of all bits.
 */
static inline uint64_t
sk_hll_expand_shuffle(uint8_t bits, uint64_t *ranks)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	uint64_t	spread = bits * each & UINT64_C(0x8040201008040201);
	uint64_t	ones = (spread + 0x7F * each) >> 7 & each;

	*ranks = ones * each;
	return (*ranks - ones) | (ones ^ each) << 7;
}

#endif							/* SK_HLL_KERNELS_H */
