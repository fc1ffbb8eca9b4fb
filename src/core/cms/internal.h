/*
 * cms/internal.h: what the files of the cms core share: where the values of a
 * list and the counters are. Layouts: doc/format.md.
 */
#ifndef SK_CMS_INTERNAL_H
#define SK_CMS_INTERNAL_H

#include "core/cms/sketch.h"
#include "core/list.h"

#define SK_CMS_E 2.718281828459045	/* the nearest double */

/*
 * The coarser of two designs: the one with the smaller width, then with the
 * larger epsilon, then with the larger delta.
 */
extern const sk_cms_design *sk_cms_coarser(const sk_cms_design *a,
										   const sk_cms_design *b);

/*
 * The design of the union of two sketches that are not empty: the coarser one.
 * SK_UNLIKE: the depths differ, or the widths by another factor than a power of
 * two.
 */
extern sk_status sk_cms_common(sk_cms_design *design, const sk_cms_design *a,
							   const sk_cms_design *b);

/* Writes a header with a total and a number of values of 0. */
extern void sk_cms_write_header(uint8_t *bytes, sk_cms_layout layout,
								const sk_cms_design *design);

/*
 * The counters of a list as a new working sketch. Any other status than SK_OK:
 * the list is damaged, and there is no new sketch.
 */
extern sk_status sk_cms_list_to_cells(sk_value *cells, const sk_cms *list,
									  const sk_env *env);

/* ---- lists ---- */

/*
 * A packed list has sorted values, each with its count in the number of bytes
 * that the largest count needs. A working list is the table of core/list.h.
 */
#define SK_CMS_SLOT 16			/* bytes of a value and its count */
#define SK_CMS_VALUE_BYTES 8	/* of a value; its count follows */

static const sk_list sk_cms_list = {
	SK_CMS_HEADER, SK_CMS_SLOT, SK_CMS_AT_NVALUES, SK_CMS_AT_SEED
};

typedef struct sk_cms_entry
{
	uint64_t	value;			/* 0: an empty slot */
	uint64_t	count;
} sk_cms_entry;

/* The bytes of each count of a packed list; else 0. */
static inline unsigned
sk_cms_count_bytes(const uint8_t *bytes)
{
	return bytes[SK_CMS_AT_LAYOUT] >> 4;
}

/* Values of a packed list, slots of a working one. */
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
		sk_load64(at), sk_cms_load_count(at + SK_CMS_VALUE_BYTES,
										 s->nstride - SK_CMS_VALUE_BYTES)
	};
}

/* The count of a value in a list; 0 if the value is not there. */
extern uint64_t sk_cms_find(const sk_cms *s, uint64_t value);

/* ---- counters ---- */

/* Counters, row after row, are packed in blocks; the last may be shorter. */
#define SK_CMS_BLOCK 128

/*
 * The longest block. It is no longer than with SK_CMS_MAX_BITS bits per
 * counter, where the rest of a counter is an exception of three bytes.
 */
#define SK_CMS_MAX_BITS 56
#define SK_CMS_MAX_BLOCK_BYTES \
	(2 + 10 + SK_CMS_BLOCK * (SK_CMS_MAX_BITS / 8 + 3))

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

/*
 * How a block is packed: the counters less the least of them, their low bits in
 * one stream, and higher bits as exceptions.
 */
typedef struct sk_cms_form
{
	uint64_t	base;
	unsigned	nbits;
	unsigned	nexceptions;
	size_t		nbytes;			/* of the packed block */
} sk_cms_form;

/* The form in which n counters take the fewest bytes. */
extern sk_cms_form sk_cms_block_plan(const uint64_t *cells, unsigned n);

/* Writes form->nbytes bytes. */
extern void sk_cms_block_write(const sk_cms_form *form, const uint64_t *cells,
							   unsigned n, uint8_t *out);

/*
 * Reads a packed block of n counters. SK_COUNT: its parts do not fit into
 * nbytes; other damage may go unnoticed.
 */
extern sk_status sk_cms_block_read(const uint8_t *bytes, size_t nbytes,
								   uint64_t *cells, unsigned n);

/* Finds a block of packed counters; SK_COUNT if it would be outside. */
extern sk_status sk_cms_find_block(const sk_cms *s, uint32_t block,
								   const uint8_t **bytes, size_t *nbytes);

/* Reads a block of counters in either layout; it is padded with zeros. */
extern sk_status sk_cms_read_block(const sk_cms *s, uint32_t block,
								   uint64_t *cells);

/* One counter; 0 where the sketch is damaged. */
extern uint64_t sk_cms_cell(const sk_cms *s, uint32_t i);

#endif							/* SK_CMS_INTERNAL_H */
