/*
 * cms/sketch.h: how often each value occurred, in 20 to 25 kB for any number of
 * values.
 *
 * A Count-Min sketch over 64-bit hashes: depth rows of width counters. A
 * value adds its weight to one counter of each row, and the least of these
 * counters estimates its frequency. The estimate is never too low, and too
 * high by more than epsilon times the total with a probability of at most
 * delta, for width = e/epsilon and depth = ln(1/delta) (Cormode and
 * Muthukrishnan, "An Improved Data Stream Summary: The Count-Min Sketch and
 * its Applications", J. Algorithms 2005). The counters themselves give a much
 * tighter bound: those that a value does not use show what the rest of the
 * stream adds to a counter (Ting, "Count-Min: Optimal Estimation and Tight
 * Error Bounds using Empirical Error Distributions", KDD 2018). A small
 * number of values is kept as a list, with exact frequencies.
 *
 * A multiplication picks the counter of a value in a row (Lemire, "Fast
 * Random Integer Generation in an Interval", 2019), so that adding up
 * neighbors turns a sketch of width w into exactly the one of width w/2.
 * Widths are below 128 or c * 2^j with 64 <= c < 128, so that many differ by
 * a power of two. Counters are not updated conservatively: that is more
 * accurate, but cannot be merged.
 *
 * A sketch is a run of bytes in one of four layouts (doc/format.md). Packed
 * ones are stored and compared, and are canonical: equal design and content
 * give equal bytes. Working ones are updated in place.
 *
 * An addition costs one cache line per row. A working sketch takes at most
 * 1 GB, which is epsilon 1.05 * 10^-7 at delta 0.01; the total must be below
 * 2^63. Hash 0 is counted as 1.
 */
#ifndef SK_CMS_H
#define SK_CMS_H

#include "core/bits.h"
#include "core/env.h"
#include "core/kind.h"
#include "core/status.h"

#define SK_CMS_FORMAT_VERSION 1
#define SK_CMS_TYPE_AND_VERSION (0xA0 | SK_CMS_FORMAT_VERSION)

#define SK_CMS_DEFAULT_EPSILON 0.001
#define SK_CMS_DEFAULT_DELTA 0.01

#define SK_CMS_MAX_DEPTH 32		/* delta 1.3 * 10^-14 */
#define SK_CMS_MAX_BYTES 0x3FFFFFFB /* what a varlena of 1 GB holds */
#define SK_CMS_MAX_TOTAL INT64_MAX

/* Where the fields of the header are. */
enum
{
	SK_CMS_AT_TYPE = 0,
	SK_CMS_AT_LAYOUT = 1,		/* low half: layout; high half, packed list:
								 * bytes of each count */
	SK_CMS_AT_DEPTH = 2,
	SK_CMS_AT_KIND = 3,			/* of the values: an sk_kind */
	SK_CMS_AT_WIDTH = 4,
	SK_CMS_AT_SEED = 4,			/* working list: of its hash table */
	SK_CMS_AT_EPSILON = 8,
	SK_CMS_AT_DELTA = 16,
	SK_CMS_AT_TOTAL = 24,
	SK_CMS_AT_NVALUES = 32,		/* of a list; else 0 */
	SK_CMS_HEADER = 36			/* bytes; in a varlena, which has 4 more, what
								 * follows is aligned to 8 */
};

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
	double		epsilon;		/* error, as a fraction of the total */
	double		delta;			/* probability of a larger error */
} sk_cms_design;

/* A sketch to read, from sk_cms_open(); points into the bytes. */
typedef struct sk_cms
{
	const uint8_t *bytes;
	size_t		nbytes;
	sk_cms_layout layout;
	uint8_t		kind;			/* of all values: an sk_kind, NONE if empty */
	sk_cms_design design;
	uint64_t	total;			/* of all weights */
	uint32_t	nvalues;		/* of a list; else 0 */
	unsigned	nstride;		/* list: bytes from one value to the next */
} sk_cms;

/*
 * By how much the estimates of a sketch exceed the truth: quantiles of what
 * other values add to the least of a value's counters. All are 0 for a list.
 */
typedef struct sk_cms_excess
{
	uint64_t	least;
	uint64_t	median;
	uint64_t	most;			/* least .. most has the requested confidence */
} sk_cms_excess;

/* lower <= estimate <= upper */
typedef struct sk_cms_bounds
{
	uint64_t	estimate;
	uint64_t	lower;
	uint64_t	upper;
} sk_cms_bounds;

/* Whether x can be an epsilon or a delta; false for NaN. */
static inline bool
sk_cms_fraction_ok(double x)
{
	return x > 0 && x < 1;
}

/*
 * The design for an error of at most epsilon times the total, except with
 * probability delta; both must be ok. SK_SIZE: the sketch would exceed
 * SK_CMS_MAX_DEPTH or, while working, SK_CMS_MAX_BYTES.
 */
extern sk_status sk_cms_design_for(sk_cms_design *design, double epsilon,
								   double delta);

static inline uint32_t
sk_cms_ncells(const sk_cms_design *design)
{
	return design->width * (uint32_t) design->depth;
}

/*
 * The most values in a packed list. Up to about there the list is the smaller
 * layout, and a working list takes a third of the memory of the counters.
 */
static inline uint32_t
sk_cms_max_values(const sk_cms_design *design)
{
	return sk_cms_ncells(design) / 8 + 1;
}

/*
 * Reads the header and compares nbytes with it, in constant time. After SK_OK
 * every function below is safe on the sketch, whatever its other bytes; bytes
 * from outside must also pass sk_cms_check().
 */
extern sk_status sk_cms_open(sk_cms *s, const void *bytes, size_t nbytes);

/*
 * The same with no more than the header at hand: reads SK_CMS_HEADER bytes, or
 * nbytes if the sketch is shorter. For what the header answers: the fields of
 * sk_cms, sk_cms_is_empty(), sk_cms_error_bound().
 */
extern sk_status sk_cms_open_header(sk_cms *s, const void *header,
									size_t nbytes);

/*
 * SK_OK if and only if the bytes are a packed sketch in canonical form: what
 * sk_cms_pack() writes for their content.
 */
extern sk_status sk_cms_check(const void *bytes, size_t nbytes,
							  const sk_env *env);

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

/* A new, empty working sketch. */
extern sk_value sk_cms_empty(const sk_cms_design *design, const sk_env *env);

/*
 * Whether these are the bytes of a working sketch, as far as sk_cms_add() has
 * to know: for callers that add row by row, without opening the sketch each
 * time.
 */
static inline bool
sk_cms_is_working(const uint8_t *bytes, size_t nbytes)
{
	if (nbytes < SK_CMS_HEADER ||
		bytes[SK_CMS_AT_TYPE] != SK_CMS_TYPE_AND_VERSION)
		return false;
	if (bytes[SK_CMS_AT_LAYOUT] == SK_CMS_WORKING_LIST)
		return nbytes <= SK_CMS_MAX_BYTES;
	return bytes[SK_CMS_AT_LAYOUT] == SK_CMS_WORKING_CELLS &&
		nbytes > SK_CMS_HEADER && nbytes <= SK_CMS_MAX_BYTES &&
		nbytes == SK_CMS_HEADER + 8 * (uint64_t) bytes[SK_CMS_AT_DEPTH] *
		sk_load32(bytes + SK_CMS_AT_WIDTH);
}

/* Whether a sketch, at least its header, has the design for these two. */
static inline bool
sk_cms_is_made_for(const uint8_t *bytes, double epsilon, double delta)
{
	return sk_load64(bytes + SK_CMS_AT_EPSILON) == sk_double_bits(epsilon) &&
		sk_load64(bytes + SK_CMS_AT_DELTA) == sk_double_bits(delta);
}

static inline uint64_t
sk_cms_value(uint64_t hash)
{
	return hash + (hash == 0);
}

/*
 * Rows 0 and 1 take their places from the two halves of the value, each
 * further pair of rows from the halves of this mix of the previous one. It
 * multiplies by a multiple of the golden ratio (Knuth, TAOCP 3, 6.4); the
 * shift makes the lower half depend on all bits. "Double hashing", a start
 * and a stride, will not do: two values would then share their counters in
 * all rows in one of 3 to 10 width^2 pairs, however deep the sketch.
 */
static inline uint64_t
sk_cms_next_rows(uint64_t rows)
{
	return (rows ^ rows >> 32) * UINT64_C(0x9E3779B97F4A7C15);
}

/* A place in a row, from its half of the bits for two rows. */
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

/*
 * sk_cms_add() to a working list: of a value, not a hash, whose weight is not 0
 * and does not overflow the total.
 */
extern sk_status sk_cms_add_listed(sk_value *v, uint64_t value,
								   uint64_t weight, const sk_env *env);

/* Remembers that the sketch has values of this kind. */
static inline void
sk_cms_note_kind(uint8_t *bytes, uint8_t kind)
{
	if (bytes[SK_CMS_AT_KIND] != kind)
		bytes[SK_CMS_AT_KIND] = sk_kind_merge(bytes[SK_CMS_AT_KIND], kind);
}

/*
 * Adds a weight to the frequency of one hash, of a value of this kind (not
 * NONE), in a working sketch. SK_OVERFLOW: the total would exceed
 * SK_CMS_MAX_TOTAL; the sketch is unchanged. Any other status: the sketch is
 * damaged.
 */
static inline sk_status
sk_cms_add(sk_value *v, uint64_t hash, uint8_t kind, uint64_t weight,
		   const sk_env *env)
{
	uint8_t    *bytes = v->bytes;
	uint64_t	total = sk_load64(bytes + SK_CMS_AT_TOTAL);

	if (weight > SK_CMS_MAX_TOTAL || total > SK_CMS_MAX_TOTAL - weight)
		return SK_OVERFLOW;
	if (weight == 0)
		return SK_OK;
	sk_cms_note_kind(bytes, kind);
	if (bytes[SK_CMS_AT_LAYOUT] == SK_CMS_WORKING_LIST)
		return sk_cms_add_listed(v, sk_cms_value(hash), weight, env);
	sk_store64(bytes + SK_CMS_AT_TOTAL, total + weight);
	sk_cms_add_cells(bytes + SK_CMS_HEADER, sk_load32(bytes + SK_CMS_AT_WIDTH),
					 bytes[SK_CMS_AT_DEPTH], sk_cms_value(hash), weight);
	return SK_OK;
}

/*
 * Adds all of src, in any layout, to dst, in any layout or none yet, which
 * becomes a working sketch: the one that all values together would have made
 * of the union's design. That is the design with the smaller width, then with
 * the larger epsilon, then with the larger delta. But an empty sketch is
 * neutral, and leaves the design to the other one; if both are empty, the
 * default design, which often nobody chose, leaves it to the other one.
 *
 * SK_UNLIKE: the depths differ, or the widths by another factor than a power
 * of two. SK_OVERFLOW: the total would exceed SK_CMS_MAX_TOTAL. After these
 * two dst is unchanged. Any other status: dst or src is damaged, and a part
 * of src may have been added.
 */
extern sk_status sk_cms_merge(sk_value *dst, const void *src, size_t nbytes,
							  const sk_env *env);

/*
 * Whether the union with b, which is packed like a, is a itself, to the byte;
 * opened headers are enough.
 */
extern bool sk_cms_leaves_alone(const sk_cms *a, const sk_cms *b);

/* v becomes its packed form. A status other than SK_OK: v is damaged. */
extern sk_status sk_cms_pack(sk_value *v, const sk_env *env);

/*
 * The most often that the hash can have occurred: exact for a list, else the
 * least of its counters, which is never too low; at most the total, whatever
 * the bytes. Of packed counters it reads only the blocks that hold these.
 */
extern uint64_t sk_cms_frequency(const sk_cms *s, uint64_t hash);

/*
 * By how much sk_cms_frequency() exceeds the truth with this probability (0 <
 * confidence < 1), for all values alike: at most sk_cms_error_bound(), if the
 * confidence is at most that of the bound. Reads the sketch up to nine
 * times, so the result is worth keeping.
 */
extern void sk_cms_measure_excess(const sk_cms *s, double confidence,
								  sk_cms_excess *excess, const sk_env *env);

/*
 * The frequency of a hash, as likely too low as too high, and bounds with the
 * confidence of excess, half of the doubt on either side. upper is at most
 * sk_cms_frequency(); all three are exact for a list.
 */
extern sk_cms_bounds sk_cms_frequency_bounds(const sk_cms *s,
											 const sk_cms_excess *excess,
											 uint64_t hash);

/*
 * The error that sk_cms_frequency() exceeds with a probability of at most
 * delta: the total times e/width; 0 for a list.
 */
extern double sk_cms_error_bound(const sk_cms *s);

/*
 * The sum over all values of the product of both frequencies: the number of
 * pairs in a join, or of a sketch with itself its second moment. Exact for
 * two lists; else never too low, and with probability 1 - delta at most
 * e/width times both totals too high. 0 if one is empty. SK_UNLIKE: see
 * sk_cms_merge(). Any other status: one is damaged.
 */
extern sk_status sk_cms_inner_product(const sk_cms *a, const sk_cms *b,
									  double *product, const sk_env *env);

#endif							/* SK_CMS_H */
