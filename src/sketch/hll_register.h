/*
 * hll_register.h: the registers and tokens of distinct-count sketches.
 */
#ifndef SK_HLL_REGISTER_H
#define SK_HLL_REGISTER_H

#include "sketch/bits.h"

#define HLL_INDEX_BITS 26		/* of a token */
#define HLL_MAX_ZEROS 38		/* 64 - 26: leading zeros that follow them */

/*
 * Registers. Byte 0 is empty, else 4*(k+2) + 2*[k-1 seen] + [k-2 seen], k the
 * largest level seen (Ertl 2024, section 2). As a set of levels it is a 64-bit
 * word with bit k+2 for level k.
 */
static inline uint64_t
hll_register_levels(uint8_t r)
{
	return r < 12 ? 0 : (uint64_t) (4 | (r & 3)) << ((r >> 2) - 2);
}

static inline uint8_t
hll_register_of_levels(uint64_t levels)
{
	unsigned	top = 63 - sk_clz64(levels);

	return (uint8_t) (top << 2 | ((levels >> (top - 2)) & 3));
}

static inline void
hll_register_add(uint8_t *r, unsigned level)
{
	uint64_t	levels;

	/* Of many values, nearly all have a level too low to be told. */
	if (*r >> 2 > level + 4)
		return;
	levels = hll_register_levels(*r) | UINT64_C(4) << level;
	*r = hll_register_of_levels(levels);
}

/* The largest level that a register of this precision can reach. */
static inline unsigned
hll_max_level(int precision)
{
	return 65 - (unsigned) precision;
}

/*
 * Tokens: the first 26 bits of the hash, then the number of zeros that follow
 * them. That is all that a register of any precision up to 26 needs to know.
 */
static inline uint32_t
hll_token(uint64_t hash)
{
	uint64_t	rest = hash << HLL_INDEX_BITS;
	uint32_t	zeros = rest == 0 ? HLL_MAX_ZEROS : sk_clz64(rest);

	return (uint32_t) (hash >> (64 - HLL_INDEX_BITS)) << 6 | zeros;
}

#endif							/* SK_HLL_REGISTER_H */
