/*
 * hll_register.h: registers, and adding a hash to them, inline.
 *
 * Nearly all the work of an aggregate over many rows is in here; the rest of
 * the core is behind hll.h.
 */
#ifndef SK_HLL_REGISTER_H
#define SK_HLL_REGISTER_H

#include "sketch/hll.h"

#define HLL_TYPE_AND_VERSION (0x10 | SK_HLL_FORMAT_VERSION)
#define HLL_WORKING_HEADER 12

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
	uint64_t	levels = hll_register_levels(*r) | UINT64_C(4) << level;

	*r = hll_register_of_levels(levels);
}

/* The largest level that a register of this precision can reach. */
static inline unsigned
hll_max_level(int precision)
{
	return 65 - (unsigned) precision;
}

/* Whether these are the bytes of a working dense sketch of this precision. */
static inline bool
sk_hll_is_working_dense(const uint8_t *bytes, size_t nbytes, int precision)
{
	uint32_t	header = HLL_TYPE_AND_VERSION | SK_HLL_WORKING_DENSE << 8 |
		(uint32_t) precision << 16;

	return nbytes == HLL_WORKING_HEADER + (size_t) sk_hll_nregisters(precision) &&
		sk_load32(bytes) == header;
}

/* sk_hll_add() for such bytes. */
static inline void
sk_hll_add_dense(uint8_t *bytes, int precision, uint64_t hash)
{
	uint64_t	rest = hash << precision;
	unsigned	level = rest == 0 ? hll_max_level(precision) :
		sk_clz64(rest) + 1;

	hll_register_add(bytes + HLL_WORKING_HEADER + (hash >> (64 - precision)),
					 level);
}

#endif							/* SK_HLL_REGISTER_H */
