/*
 * bloom/internal.h: what the files of the bloom core share: designs, and where
 * the values of a list and the blocks are. Layouts: doc/format.md.
 */
#ifndef SK_BLOOM_INTERNAL_H
#define SK_BLOOM_INTERNAL_H

#include "core/bloom/sketch.h"
#include "core/list.h"

/* Values in the list of a sketch without a design: with its header it is just
 * too short for PostgreSQL to move it out of the row, which it does at 2 kB. */
#define SK_BLOOM_AUTO_VALUES 240

/* ---- designs ---- */

/* Block counts are below 64, or 64 .. 127 times a power of two, and at most 1 GB
 * of blocks with that many bits for a value. */
extern bool sk_bloom_nblocks_ok(uint32_t nblocks, int nbits);

/* The bits per value that a rate of false positives asks for. */
extern int	sk_bloom_bits_for(double rate);

/*
 * The rate of false positives of a filter of many blocks after `load` values per
 * block on average, each of which set nbits bits.
 */
extern double sk_bloom_designed_rate(double load, int nbits);

/*
 * The design of the intersection of two, or of the union of their blocks: without
 * one, the other; else that of fewer blocks. SK_UNLIKE: the numbers of bits differ, or those of blocks
 * by something else than a power of two.
 */
extern sk_status sk_bloom_common(sk_bloom_design *design,
								 const sk_bloom_design *a,
								 const sk_bloom_design *b);

/* The design of the union of two sketches: see sk_bloom_merge(). */
extern sk_status sk_bloom_union_design(sk_bloom_design *design,
									   const sk_bloom *a, const sk_bloom *b);

static inline bool
sk_bloom_same_design(const sk_bloom_design *a, const sk_bloom_design *b)
{
	return a->nblocks == b->nblocks && a->nbits == b->nbits &&
		a->expected == b->expected && a->rate == b->rate;
}

/*
 * The most values of a packed list: a quarter of the length of the blocks, since
 * a longer list would take longer to search than it saves. But a list is exact,
 * so at least SK_BLOOM_AUTO_VALUES, or what is as long as the blocks.
 */
static inline uint32_t
sk_bloom_max_values(const sk_bloom_design *design)
{
	uint32_t	as_long = (uint32_t) (sk_bloom_blocks_bytes(design) / 8);
	uint32_t	few = SK_BLOOM_AUTO_VALUES;

	if (design->nblocks > 0 && as_long < few)
		few = as_long;
	return as_long / 4 > few ? as_long / 4 : few;
}

/* ---- building ---- */

/* Writes all 32 bytes of a header, with no values. */
extern void sk_bloom_write_header(uint8_t *bytes, sk_bloom_layout layout,
								  const sk_bloom_design *design);

/* What a working sketch is to be built as. */
typedef struct sk_bloom_shape
{
	sk_bloom_layout layout;		/* a working one */
	sk_bloom_design design;
	uint32_t	nslots;			/* list: room of its table */
} sk_bloom_shape;

/*
 * The shape of a list for nvalues values. SK_SIZE: it would be too large, which
 * only one without a design can be.
 */
extern sk_status sk_bloom_list_shape(sk_bloom_shape *shape,
									 const sk_bloom_design *design,
									 uint64_t nvalues);

/*
 * The shape for a sketch that takes all of dst and one more value (src NULL), or
 * all of src as well. SK_UNLIKE, SK_SIZE: see sk_bloom_merge().
 */
extern sk_status sk_bloom_larger(sk_bloom_shape *shape, const sk_bloom *dst,
								 const sk_bloom *src);

/* The bytes that a shape takes, and a new, empty sketch of it. */
extern size_t sk_bloom_size(const sk_bloom_shape *shape);
extern sk_value sk_bloom_new(const sk_bloom_shape *shape, const sk_env *env);

/*
 * Adds all of src to a working sketch of the common design: blocks, or a list
 * with room for the values of src, which must be a list then. SK_COUNT: one of
 * them is damaged, and part of src may be in dst.
 */
extern sk_status sk_bloom_take_in(sk_value dst, const sk_bloom *src,
								  const sk_env *env);

/* Adds pending values to the blocks that they wait for. */
extern void sk_bloom_settle(uint8_t *blocks, const sk_bloom_design *design,
							const uint8_t *pending);

/* ---- lists ---- */

/*
 * A list: sorted values, or a hash table in which 0 is an empty slot. Packed, it
 * is read as a table that has no empty slots.
 */
static const sk_list sk_bloom_list = {
	SK_BLOOM_HEADER, 8, SK_BLOOM_AT_COUNT, SK_BLOOM_AT_SEED
};

static inline uint32_t
sk_bloom_nslots(size_t nbytes)
{
	return sk_list_nslots(&sk_bloom_list, nbytes);
}

static inline uint64_t
sk_bloom_slot(const uint8_t *bytes, size_t i)
{
	return sk_load64(bytes + sk_list_at(&sk_bloom_list, i));
}

/*
 * In a long working list, the last slots are not part of the table. A value
 * waits there, in the slot that its low bits name, until another one takes its
 * place; meanwhile its slot of the table is fetched. Otherwise each row would
 * wait for memory (65 ns per row instead of 155 in an aggregate of 2 million
 * rows with a million values).
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

/* The value in slot i of a list; 0 if there is none, or if it waits though the
 * table has it. */
static inline uint64_t
sk_bloom_listed(const sk_bloom *s, uint32_t i)
{
	uint64_t	value = sk_bloom_slot(s->bytes, i);

	return i >= s->nslots && sk_bloom_in_table(s, value) ? 0 : value;
}

/* The number of values of a list; 0 for blocks. */
extern uint32_t sk_bloom_nvalues(const sk_bloom *s);

/* Whether this is a list without values, which is empty whatever its design. */
static inline bool
sk_bloom_is_empty_list(const sk_bloom *s)
{
	return sk_bloom_is_list(s) && sk_bloom_nvalues(s) == 0;
}

/* ---- blocks ---- */

/* Whether no bit is set, and no value waits for one. */
extern bool sk_bloom_has_no_bits(const sk_bloom *s, const sk_env *env);

static inline const uint8_t *
sk_bloom_block_at(const sk_bloom *s, uint32_t i)
{
	return s->bytes + s->body +
		(size_t) i * sk_bloom_block_bytes(s->design.nbits);
}

/* The bytes of blocks that are copied or merged between two polls: 1 MB takes no
 * longer alone than as part of a longer run. */
#define SK_BLOOM_RUN (UINT32_C(1) << 20)

static inline size_t
sk_bloom_run_bytes(size_t nbytes, size_t first)
{
	return nbytes - first < SK_BLOOM_RUN ? nbytes - first : SK_BLOOM_RUN;
}

/* The union of blocks. */
static inline void
sk_bloom_or(uint8_t *restrict dst, const uint8_t *restrict src, size_t nbytes)
{
	for (size_t i = 0; i < nbytes; i++)
		dst[i] |= src[i];
}

/*
 * Block i of s after folding to nblocks blocks, which divide its own, with the
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

#endif							/* SK_BLOOM_INTERNAL_H */
