/*
 * cms/internal.h: what the files of the cms core share: where the values of a
 * list and the counters are. Layouts: doc/format.md.
 */
#ifndef SK_CMS_INTERNAL_H
#define SK_CMS_INTERNAL_H

#include "core/cms/sketch.h"

#define SK_CMS_E 2.718281828459045	/* the nearest double */
#define SK_CMS_BLOCK 128			/* counters that are packed together */

/*
 * The longest block: no longer than with SK_CMS_MAX_BITS bits a counter, the rest
 * of each being an exception of three bytes.
 */
#define SK_CMS_MAX_BITS 56
#define SK_CMS_MAX_BLOCK_BYTES (2 + 10 + SK_CMS_BLOCK * (SK_CMS_MAX_BITS / 8 + 3))

/* The shape that a design must have: 0 if there is none. */
extern uint32_t sk_cms_width_for(double epsilon);
extern int	sk_cms_depth_for(double delta);

/* Writes all 36 bytes of a header, with no values. */
extern void sk_cms_write_header(uint8_t *bytes, sk_cms_layout layout,
							 const sk_cms_design *design);

/*
 * A list: sorted values, each with its count in as many bytes as the largest
 * count needs, or a hash table of slots of 16 bytes in which value 0 is an empty
 * slot. Packed, it is read as a table that has no empty slots.
 */
typedef struct sk_cms_entry
{
	uint64_t	value;
	uint64_t	count;
} sk_cms_entry;

static inline uint32_t
sk_cms_nentries(const sk_cms *s)
{
	return s->nstride == 0 ? 0 :
		(uint32_t) ((s->nbytes - SK_CMS_HEADER) / s->nstride);
}

static inline const uint8_t *
sk_cms_entry_at(const sk_cms *s, size_t i)
{
	return s->bytes + SK_CMS_HEADER + i * s->nstride;
}

/* A number of at most eight bytes. */
static inline uint64_t
sk_cms_load_count(const uint8_t *at, unsigned nbytes)
{
	uint64_t	x = 0;

	for (unsigned i = 0; i < nbytes; i++)
		x |= (uint64_t) at[i] << (8 * i);
	return x;
}

static inline sk_cms_entry
sk_cms_entry_of(const sk_cms *s, size_t i)
{
	const uint8_t *at = sk_cms_entry_at(s, i);

	return (sk_cms_entry) {
		sk_load64(at), sk_cms_load_count(at + 8, s->nstride - 8)
	};
}

/* Where the search for a value starts: values lie nearly in sorted order. */
static inline uint32_t
sk_cms_home(uint64_t value, uint32_t nslots)
{
	return (uint32_t) (((value >> 32) * nslots) >> 32);
}

/* Finds a value in a list; a count of 0 if it is not there. */
extern uint64_t sk_cms_find(const sk_cms *s, uint64_t value);

/*
 * Counters, row after row, in blocks of SK_CMS_BLOCK, the last one perhaps shorter.
 */
static inline uint32_t
sk_cms_nblocks(uint32_t ncells)
{
	return (ncells + SK_CMS_BLOCK - 1) / SK_CMS_BLOCK;
}

static inline unsigned
sk_cms_block_cells(uint32_t ncells, uint32_t block)
{
	uint32_t	left = ncells - block * SK_CMS_BLOCK;

	return left < SK_CMS_BLOCK ? left : SK_CMS_BLOCK;
}

/* How a block is packed: counters less the least of them, the low bits of each
 * in one stream, and what exceeds them as exceptions. */
typedef struct sk_cms_form
{
	uint64_t	base;
	unsigned	nbits;
	unsigned	nexceptions;
	size_t		nbytes;			/* of the packed block */
} sk_cms_form;

/* The form in which n counters take the fewest bytes. */
extern sk_cms_form sk_cms_block_plan(const uint64_t *cells, unsigned n);

/* Writes form.nbytes bytes. */
extern void sk_cms_block_write(const sk_cms_form *form, const uint64_t *cells,
							unsigned n, uint8_t *out);

/* Reads a block of n counters; SK_COUNT if nbytes are not one, which need not be
 * noticed. */
extern sk_status sk_cms_block_read(const uint8_t *bytes, size_t nbytes,
								uint64_t *cells, unsigned n);

/* One counter of a block; 0 of what is not one. */
extern uint64_t sk_cms_block_cell(const uint8_t *bytes, size_t nbytes, unsigned n,
							   unsigned i);

/* A block of a packed sketch: where it is; SK_COUNT if it would be outside. */
extern sk_status sk_cms_find_block(const sk_cms *s, uint32_t block,
								const uint8_t **bytes, size_t *nbytes);

/* Reads all counters of a block of a sketch, and zeros behind the last one. */
extern sk_status sk_cms_read_block(const sk_cms *s, uint32_t block,
								uint64_t *cells);

/* One counter; 0 where the sketch is damaged. */
extern uint64_t sk_cms_cell(const sk_cms *s, uint32_t i);

#endif							/* SK_CMS_INTERNAL_H */
