/*
 * cms/sketch.h: how often a value came, in 20 to 25 kB however many values there are.
 *
 * A Count-Min sketch over 64-bit hashes: depth rows of width counters. A value
 * adds its weight to one counter of each row, and its frequency is estimated by
 * the least of them: never below the truth, and above it by more than epsilon
 * times the total with a probability of at most delta, for width = e/epsilon and
 * depth = ln(1/delta) (Cormode and Muthukrishnan, "An Improved Data Stream
 * Summary: The Count-Min Sketch and its Applications", J. Algorithms 2005). How
 * far above is known much better from the counters themselves: the others of a
 * row show what the rest of the stream left in a counter (Ting, "Count-Min:
 * Optimal Estimation and Tight Error Bounds using Empirical Error
 * Distributions", KDD 2018). Few values are kept as they are, with their
 * frequencies, and are exact.
 *
 * A value's place in a row is chosen by multiplication (Lemire, "Fast Random
 * Integer Generation in an Interval", 2019), so that a sketch of width w becomes
 * the one of width w/2 by adding neighbours, exactly; widths are c * 2^j with
 * 64 <= c < 128, or below 128, so that many are related so. Counters are not
 * updated conservatively, which would be more exact but could not be merged.
 *
 * A sketch is a run of bytes in one of four layouts (doc/format.md): packed ones
 * are what is stored and compared, and equal design and content is equal bytes;
 * working ones are what add and merge update in place. The caller owns all
 * memory.
 *
 * An addition costs one cache line a row. At most 1 GB while it works, which is
 * epsilon 1.05 * 10^-7 at delta 0.01; the total is at most 2^63 - 1. Hash 0 is
 * taken as 1.
 */
#ifndef SK_CMS_H
#define SK_CMS_H

#include "core/bits.h"
#include "core/status.h"

#define SK_CMS_FORMAT_VERSION 1
#define SK_CMS_TYPE_AND_VERSION (0x30 | SK_CMS_FORMAT_VERSION)
#define SK_CMS_HEADER 36		/* bytes; counters are then aligned to 8 behind
								 * the four bytes of a varlena's length */
#define SK_CMS_SLOT 16				/* bytes of a value and its count */
#define SK_CMS_MAX_DEPTH 32		/* delta 1.3 * 10^-14 */
#define SK_CMS_MAX_BYTES 0x3FFFFFFB /* what a varlena of 1 GB holds */
#define SK_CMS_MAX_TOTAL INT64_MAX

typedef enum sk_cms_layout
{
	SK_CMS_PACKED_LIST,
	SK_CMS_PACKED_CELLS,
	SK_CMS_WORKING_LIST,
	SK_CMS_WORKING_CELLS
} sk_cms_layout;

/* What a sketch was made for; width and depth follow from the rest. */
typedef struct sk_cms_design
{
	uint32_t	width;			/* counters in a row */
	int			depth;			/* rows */
	double		epsilon;		/* error, as a part of the total */
	double		delta;			/* probability of a larger error */
} sk_cms_design;

/* A sketch to read, as sk_cms_open() found it; points into the bytes. */
typedef struct sk_cms
{
	const uint8_t *bytes;
	size_t		nbytes;
	sk_cms_layout layout;
	sk_cms_design design;
	uint64_t	total;			/* of all weights */
	uint32_t	nvalues;		/* of a list; else 0 */
	unsigned	nstride;		/* list: bytes from one value to the next */
	void		(*poll) (void); /* NULL at first: see sk_cms_open() */
} sk_cms;

/* What a working sketch is to be built as. */
typedef struct sk_cms_shape
{
	sk_cms_layout layout;		/* a working one */
	sk_cms_design design;
	uint32_t	nslots;			/* list: room of its hash table */
} sk_cms_shape;

/* How a sketch will be packed: from sk_cms_plan_pack() for sk_cms_pack(). */
typedef struct sk_cms_plan
{
	const sk_cms *sketch;
	sk_cms_layout layout;		/* a packed one */
	unsigned	ncount;			/* list: bytes of a count */
	size_t		nbytes;			/* of the packed sketch */
} sk_cms_plan;

/*
 * By how much the estimates of a sketch exceed the truth: quantiles of what other
 * values left in the least of a value's counters. All 0 of a list.
 */
typedef struct sk_cms_excess
{
	uint64_t	least;
	uint64_t	median;
	uint64_t	most;			/* least .. most has the confidence asked for */
} sk_cms_excess;

/* lower <= estimate <= upper */
typedef struct sk_cms_bounds
{
	uint64_t	estimate;
	uint64_t	lower;
	uint64_t	upper;
} sk_cms_bounds;

/* Of epsilon or delta; not for a NaN either. */
static inline bool
sk_cms_fraction_ok(double x)
{
	return x > 0 && x < 1;
}

/*
 * The design for an error of at most epsilon times the total, except with
 * probability delta; both must be ok. SK_SIZE: it would exceed SK_CMS_MAX_DEPTH
 * or, while it works, SK_CMS_MAX_BYTES.
 */
extern sk_status sk_cms_design_for(sk_cms_design *design, double epsilon,
								   double delta);

static inline uint32_t
sk_cms_ncells(const sk_cms_design *design)
{
	return design->width * (uint32_t) design->depth;
}

/* The most values that a packed list holds: up to about there it is the smaller
 * one, and takes a third of the memory while it works. */
static inline uint32_t
sk_cms_max_values(const sk_cms_design *design)
{
	return sk_cms_ncells(design) / 8 + 1;
}

/*
 * The design that the union of two has: that of the lesser width, then of the
 * larger epsilon, then of the larger delta. SK_UNLIKE: the depths differ, or the
 * widths by something else than a power of two.
 */
extern sk_status sk_cms_common(sk_cms_design *design, const sk_cms_design *a,
							   const sk_cms_design *b);

/*
 * Reads the header and compares nbytes with it, in constant time. After SK_OK
 * every function below is safe on the sketch, whatever its other bytes; bytes
 * that come from outside need sk_cms_check() to be right as well. Who sets s->poll
 * is called by all that read s, every few thousand counters or every few values,
 * and need not return.
 */
extern sk_status sk_cms_open(sk_cms *s, const void *bytes, size_t nbytes);

/* SK_OK if and only if the bytes are canonical: packing what they hold gives
 * the same ones. */
extern sk_status sk_cms_check(const void *bytes, size_t nbytes);

/* The same of those that were opened before. */
extern sk_status sk_cms_check_opened(const sk_cms *s);

/* Whether nothing was added; a weight of 0 is nothing. */
static inline bool
sk_cms_is_empty(const sk_cms *s)
{
	return s->total == 0;
}

static inline bool
sk_cms_is_list(const sk_cms *s)
{
	return s->layout == SK_CMS_PACKED_LIST ||
		s->layout == SK_CMS_WORKING_LIST;
}

static inline bool
sk_cms_is_packed(const sk_cms *s)
{
	return s->layout == SK_CMS_PACKED_LIST ||
		s->layout == SK_CMS_PACKED_CELLS;
}

/* The smallest working sketch of a design. */
extern sk_cms_shape sk_cms_smallest(sk_cms_design design);

/*
 * The shape for a sketch that takes all of dst and one more value (src NULL), or
 * all of src as well: for after SK_FULL. A merge of dst and then src into it
 * does not answer SK_FULL again. SK_UNLIKE: see sk_cms_common().
 */
extern sk_status sk_cms_larger(sk_cms_shape *shape, const sk_cms *dst,
							   const sk_cms *src);

/* Bytes that a shape takes, and an empty sketch of that shape in them. */
extern size_t sk_cms_size(const sk_cms_shape *shape);
extern void sk_cms_init(uint8_t *bytes, const sk_cms_shape *shape);

/*
 * Whether these are the bytes of a working sketch, as far as sk_cms_add() has to
 * know: for those who add a row at a time, instead of opening it each time.
 */
static inline bool
sk_cms_is_working(const uint8_t *bytes, size_t nbytes)
{
	if (nbytes < SK_CMS_HEADER || bytes[0] != SK_CMS_TYPE_AND_VERSION)
		return false;
	if (bytes[1] == SK_CMS_WORKING_LIST)
		return nbytes <= SK_CMS_MAX_BYTES;
	return bytes[1] == SK_CMS_WORKING_CELLS && nbytes > SK_CMS_HEADER &&
		nbytes <= SK_CMS_MAX_BYTES && nbytes == SK_CMS_HEADER +
		8 * (uint64_t) bytes[2] * sk_load32(bytes + 4);
}

/* Whether the bytes of a sketch are of the design for these two. */
static inline bool
sk_cms_is_made_for(const uint8_t *bytes, double epsilon, double delta)
{
	return sk_load64(bytes + 8) == sk_double_bits(epsilon) &&
		sk_load64(bytes + 16) == sk_double_bits(delta);
}

static inline uint64_t
sk_cms_value(uint64_t hash)
{
	return hash + (hash == 0);
}

/*
 * Rows 0 and 1 take their places from the two halves of the value, each next
 * pair from those of this mix of the last one. A multiple of the golden ratio
 * (Knuth, TAOCP 3, 6.4); the shift lets the lower half depend on all bits. Steps
 * of one stride from one start ("double hashing") would not do: two values then
 * meet in all rows about once in 3 to 10 width^2 pairs, however deep the sketch.
 */
static inline uint64_t
sk_cms_next_rows(uint64_t rows)
{
	return (rows ^ rows >> 32) * UINT64_C(0x9E3779B97F4A7C15);
}

/* A place in a row, from half of what two rows get. */
static inline size_t
sk_cms_place(uint32_t half, uint32_t width)
{
	return (size_t) (((uint64_t) half * width) >> 32);
}

static inline void
sk_cms_add_cell(uint8_t *row, uint32_t half, uint32_t width, uint64_t weight)
{
	uint8_t    *cell = row + 8 * sk_cms_place(half, width);

	sk_store64(cell, sk_load64(cell) + weight);
}

/* Adds to one counter of each row. */
static inline void
sk_cms_add_cells(uint8_t *cells, uint32_t width, int depth, uint64_t value,
			  uint64_t weight)
{
	size_t		nrow = 8 * (size_t) width;

	for (; depth >= 2; depth -= 2, cells += 2 * nrow)
	{
		sk_cms_add_cell(cells, (uint32_t) (value >> 32), width, weight);
		sk_cms_add_cell(cells + nrow, (uint32_t) value, width, weight);
		value = sk_cms_next_rows(value);
	}
	if (depth == 1)
		sk_cms_add_cell(cells, (uint32_t) (value >> 32), width, weight);
}

/* Adds a weight to a working list whose total it does not overflow; a value of
 * weight 0 would not be a value. */
extern sk_status sk_cms_add_listed(uint8_t *bytes, size_t nbytes, uint64_t value,
								uint64_t weight);

/*
 * Adds a weight to the frequency of one hash in a working sketch. SK_FULL: see
 * sk_cms_larger(). SK_OVERFLOW: the total would pass SK_CMS_MAX_TOTAL. After
 * either, nothing has changed.
 */
static inline sk_status
sk_cms_add(uint8_t *bytes, size_t nbytes, uint64_t hash, uint64_t weight)
{
	uint64_t	total = sk_load64(bytes + 24);

	if (weight > SK_CMS_MAX_TOTAL || total > SK_CMS_MAX_TOTAL - weight)
		return SK_OVERFLOW;
	if (bytes[1] == SK_CMS_WORKING_LIST)
		return weight == 0 ? SK_OK :
			sk_cms_add_listed(bytes, nbytes, sk_cms_value(hash), weight);
	sk_store64(bytes + 24, total + weight);
	sk_cms_add_cells(bytes + SK_CMS_HEADER, sk_load32(bytes + 4), bytes[2],
				  sk_cms_value(hash), weight);
	return SK_OK;
}

/*
 * Adds all of src to a working sketch, which then is the one that all values
 * added to its own design would have given. SK_FULL: it needs another shape or
 * the design that sk_cms_larger() names. SK_OVERFLOW: the total would pass
 * SK_CMS_MAX_TOTAL. SK_UNLIKE: see sk_cms_common(). After any of these, nothing
 * has changed. Any other status: src is damaged, and part of it may be in.
 *
 * Values that were made to crowd into one part of the table can take a time that
 * grows with the square of their number. So poll, unless NULL, is called after
 * every few hundred values or counters, and need not return.
 */
extern sk_status sk_cms_merge(uint8_t *bytes, size_t nbytes, const sk_cms *src,
							  void (*poll) (void));

/*
 * Packing, in two steps so that the caller can provide exactly the room; the
 * plan points to s. A packed sketch stays as it is. SK_FULL: a list has more
 * values than a packed one may; merged into the shape that sk_cms_larger() names
 * for one more value, it can be packed. Any other status: s is damaged; poll is
 * as for sk_cms_merge().
 */
extern sk_status sk_cms_plan_pack(sk_cms_plan *plan, const sk_cms *s);
extern sk_status sk_cms_pack(const sk_cms_plan *plan, uint8_t *out,
							 void (*poll) (void));

/*
 * How often the hash came at most: exact of a list, else the least of its
 * counters, which is never below the truth; at most the total, whatever the
 * bytes. Of packed counters it reads only the blocks that have them.
 */
extern uint64_t sk_cms_frequency(const sk_cms *s, uint64_t hash);

/*
 * How far sk_cms_frequency() lies above the truth with this probability (0 <
 * confidence < 1), for all values alike: no farther than sk_cms_error_bound(),
 * unless more confidence is asked for than that has. Reads the sketch a few times
 * over, so that it is worth keeping; poll is as for sk_cms_merge().
 */
extern void sk_cms_measure_excess(const sk_cms *s, double confidence,
								  sk_cms_excess *excess, void (*poll) (void));

/*
 * The frequency of a hash that is as likely too low as too high, and bounds with
 * the confidence of excess, half of the doubt on either side. upper is at most
 * sk_cms_frequency(); all three are exact of a list.
 */
extern sk_cms_bounds sk_cms_frequency_bounds(const sk_cms *s,
											 const sk_cms_excess *excess,
											 uint64_t hash);

/* What sk_cms_frequency() exceeds with a probability of at most delta: the total
 * times e/width; 0 of a list. */
extern double sk_cms_error_bound(const sk_cms *s);

/*
 * The sum over all values of the product of both frequencies, which is the
 * number of pairs in a join, and of a sketch with itself its second moment: exact
 * of two lists, else at most e/width times both totals too high with probability
 * 1 - delta, and never too low. SK_UNLIKE: see sk_cms_common(). Any other status:
 * one is damaged.
 */
extern sk_status sk_cms_inner_product(const sk_cms *a, const sk_cms *b,
									  double *product);

#endif							/* SK_CMS_H */
