/*
 * hll/register.h: the registers and tokens of distinct-count sketches.
 */
#ifndef SK_HLL_REGISTER_H
#define SK_HLL_REGISTER_H

#include "core/bits.h"

#define SK_HLL_INDEX_BITS 26	/* of a token */
#define SK_HLL_MAX_ZEROS 38		/* 64 - 26: leading zeros of the other bits */

/*
 * Registers. Byte 0 is empty, else 4*(k+2) + 2*[k-1 seen] + [k-2 seen], k the
 * largest level seen (Ertl 2024, section 2). As a set of levels it is a 64-bit
 * word with bit k+2 for level k.
 */
static inline uint64_t
sk_hll_register_levels(uint8_t r)
{
	return r < 12 ? 0 : (uint64_t) (4 | (r & 3)) << ((r >> 2) - 2);
}

static inline uint8_t
sk_hll_register_of_levels(uint64_t levels)
{
	unsigned	top = 63 - sk_clz64(levels);

	return (uint8_t) (top << 2 | ((levels >> (top - 2)) & 3));
}

/*
 * Adding the level of y to register x, where y is the register of that level
 * alone, gives max(x, y) | sk_hll_register_news[256 + x - y]. A level 1 or 2
 * below that of x is one of its history bits; if it is 1 or 2 above, x becomes
 * history.
 */
static const uint8_t sk_hll_register_news[512] = {
	[248] = 1, 1, 1, 1,
	[252] = 2, 2, 3, 3,
	[260] = 2, 2, 2, 2,
	[264] = 1, 1, 1, 1
};

/* Adds a level. Branchless: the outcome is unpredictable. */
static inline void
sk_hll_register_add(uint8_t *r, unsigned level)
{
	unsigned	x = *r,
				y = (level + 2) << 2;

	*r = (uint8_t) ((x > y ? x : y) | sk_hll_register_news[256 + x - y]);
}

/*
 * What the smaller of two registers, B, adds to the larger one, A:
 * sk_hll_history[4d + (B & 3)], where d is the distance of their levels, at
 * most 3. That is (4|B&3) >> d, in the two bits of history. An empty B is at
 * least 3 below any A, and adds nothing (Ertl 2024, section 2.3).
 */
static const uint8_t sk_hll_history[16] = {0, 1, 2, 3, 2, 2, 3, 3, 1, 1, 1, 1};

/* The largest level that a register of this precision can reach. */
static inline unsigned
sk_hll_max_level(int precision)
{
	return 65 - (unsigned) precision;
}

/*
 * Tokens: the first 26 bits of the hash, then the number of zeros that follow
 * them. A register of any precision up to 26 needs no more.
 */
static inline uint32_t
sk_hll_token(uint64_t hash)
{
	uint64_t	rest = hash << SK_HLL_INDEX_BITS;
	uint32_t	zeros = rest == 0 ? SK_HLL_MAX_ZEROS : sk_clz64(rest);

	return (uint32_t) (hash >> (64 - SK_HLL_INDEX_BITS)) << 6 | zeros;
}

static inline uint32_t
sk_hll_token_index(uint32_t token)
{
	return token >> 6;
}

static inline uint32_t
sk_hll_token_zeros(uint32_t token)
{
	return token & 63;
}

/*
 * The bits of a token's index that do not select the register. Unless all are
 * 0, they determine the level, and the token's zeros do not matter.
 */
static inline uint32_t
sk_hll_index_rest(uint32_t index, int precision)
{
	return index & ((UINT32_C(1) << (SK_HLL_INDEX_BITS - precision)) - 1);
}

/* The level for such bits; if all are 0, the token's zeros are added to it. */
static inline unsigned
sk_hll_rest_level(uint32_t rest, int precision)
{
	return SK_HLL_INDEX_BITS - (unsigned) precision - sk_bit_length(rest) + 1;
}

#endif							/* SK_HLL_REGISTER_H */
