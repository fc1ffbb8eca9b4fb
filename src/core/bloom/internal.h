/*
 * bloom/internal.h: what the files of the bloom core share: where the values of
 * a list and the blocks are. Layouts: doc/format.md.
 */
#ifndef SK_BLOOM_INTERNAL_H
#define SK_BLOOM_INTERNAL_H

#include "core/bloom/sketch.h"
#include "core/list.h"

/* Block counts are below 64, or 64 .. 127 times a power of two. */
extern bool sk_bloom_nblocks_ok(uint32_t nblocks);

/* The bits per value that a rate of false positives asks for. */
extern int	sk_bloom_bits_for(double rate);

/* Writes all 32 bytes of a header, with no values. */
extern void sk_bloom_write_header(uint8_t *bytes, sk_bloom_layout layout,
							   const sk_bloom_design *design);

static const sk_list sk_bloom_list = {SK_BLOOM_HEADER, 8, 24};

/*
 * A list: sorted values, or a hash table in which 0 is an empty slot. Packed, it
 * is read as a table that has no empty slots.
 */
static inline uint32_t
sk_bloom_nslots(size_t nbytes)
{
	return (uint32_t) ((nbytes - SK_BLOOM_HEADER) / 8);
}

static inline uint64_t
sk_bloom_slot(const uint8_t *bytes, size_t i)
{
	return sk_load64(bytes + SK_BLOOM_HEADER + 8 * i);
}

/*
 * In a long working list, the last slots are not of the table. A value waits
 * there, in the slot that its low bits name, until another one takes its place;
 * meanwhile its slot of the table is fetched. Of many rows, each would otherwise
 * wait for memory (65 ns a row instead of 155 in an aggregate of 2 million rows
 * with a million values).
 */
#define SK_BLOOM_WAITING 16

/* Slots of the table of a working list. */
static inline uint32_t
sk_bloom_table_slots(size_t nbytes)
{
	uint32_t	nslots = sk_bloom_nslots(nbytes);

	return nslots < 1000 ? nslots : nslots - SK_BLOOM_WAITING;
}

/* Whether the table of a list has the value. */
extern bool sk_bloom_in_table(const sk_bloom *s, uint64_t value);

/* What slot i of a list adds to it: nothing if what waits there has come again. */
static inline uint64_t
sk_bloom_listed(const sk_bloom *s, uint32_t i)
{
	uint64_t	value = sk_bloom_slot(s->bytes, i);

	return i >= s->nslots && sk_bloom_in_table(s, value) ? 0 : value;
}

/* The number of values of a list; of bits, 0. */
extern uint32_t sk_bloom_nvalues(const sk_bloom *s);

static inline const uint8_t *
sk_bloom_block_at(const sk_bloom *s, uint32_t i)
{
	return s->bytes + s->body + (size_t) i * SK_BLOOM_BLOCK;
}

/* Blocks that are copied or united between two polls, and their bytes: a MB takes
 * as long by itself as among others. */
#define SK_BLOOM_RUN 16384

static inline size_t
sk_bloom_run_bytes(uint32_t nblocks, uint32_t first)
{
	uint32_t	left = nblocks - first;

	return SK_BLOOM_BLOCK * (size_t) (left < SK_BLOOM_RUN ? left : SK_BLOOM_RUN);
}

/* The union of blocks. */
static inline void
sk_bloom_or(uint8_t *restrict dst, const uint8_t *restrict src, size_t nbytes)
{
	for (size_t i = 0; i < nbytes; i++)
		dst[i] |= src[i];
}

/*
 * Block i of s after folding to nblocks blocks, which divide its own: with those
 * pending values that belong there.
 */
extern void sk_bloom_folded_block(uint8_t *block, const sk_bloom *s, uint32_t i,
							   uint32_t nblocks);

/* The same block where it is, if it needs no folding; else in scratch. */
static inline const uint8_t *
sk_bloom_block_folded(uint8_t *scratch, const sk_bloom *s, uint32_t i,
				   uint32_t nblocks)
{
	if (s->layout == SK_BLOOM_PACKED_BITS && s->design.nblocks == nblocks)
		return sk_bloom_block_at(s, i);
	sk_bloom_folded_block(scratch, s, i, nblocks);
	return scratch;
}

/* Adds pending values to the blocks that they wait for. */
extern void sk_bloom_settle(uint8_t *blocks, const sk_bloom_design *design,
						 const uint8_t *pending);

#endif							/* SK_BLOOM_INTERNAL_H */
