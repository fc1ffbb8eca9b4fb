/*
 * topk/sketch.h: the most frequent items, with guaranteed bounds.
 *
 * A Misra-Gries sketch of weighted items, which are byte strings. It has k
 * counters. When there are more, the largest count of the surplus items is
 * subtracted from all counts, and items with nothing left are dropped. The
 * offset is the sum of what was subtracted. So for each item
 *
 *     count <= true weight <= count + offset,
 *
 * where an item that is not held has count 0, and
 *
 *     offset <= (total - sum of counts) / (k + 1),
 *
 * in whatever order items came and sketches were merged. An item that is held
 * has a better lower bound than its count: what was added since it came,
 * without what was subtracted. Frequent items come early, so for them that is
 * nearly everything: for the 20 most frequent of 10^7 values of a Zipf 1.1
 * distribution over 10^6, in 64 merged parts with k = 100, the bounds are less
 * than 0.1% apart, while the counts are 16% too low on average.
 *
 * Misra, Gries, "Finding repeated elements", 1982; merging: Agarwal, Cormode,
 * Huang, Phillips, Wei, Yi, "Mergeable summaries", PODS 2012. Dropping every
 * item with nothing left settles all ties: which items are kept depends on
 * their counts alone, not on a hash or on their order. Bounds of each item's own
 * are Space-Saving's idea (Metwally, Agrawal, El Abbadi, "Efficient computation
 * of frequent and top-k elements in data streams", ICDT 2005).
 *
 * A working sketch holds up to four times k items, so that an add takes
 * amortized constant time. That also makes it better: a cut then subtracts from
 * nearly four times k items, and the offset stays at a quarter of its bound.
 *
 * A sketch is a run of bytes in one of two layouts (doc/format.md): a packed
 * one is stored and compared, and equal content gives equal bytes; a working
 * one is what add and merge update in place.
 *
 * Sketches of different k merge at the smaller one: all counts are added, and
 * are cut once, when the union is packed. Until then a working sketch has room
 * for four times the largest k that was merged into it. So the union of two
 * packed sketches does not depend on their order, and has the offset that
 * summing all and cutting once gives. A union of several packs in between, and
 * each packing cuts at the k it has by then: results are the best if a smaller k
 * comes last, and the bounds hold in any order.
 *
 * Items have at most 65,536 bytes, weights sum to at most 2^63 - 1, k is at
 * most 100,000, and a sketch is shorter than 256 MB. The table has a place for an
 * item by a mix of its hash, so that items whose hashes begin alike are not
 * slower than others. Items that share half a hash are: finding 10^5 of them
 * takes 2^32 tries each.
 */
#ifndef SK_TOPK_H
#define SK_TOPK_H

#include "core/bits.h"
#include "core/env.h"
#include "core/hash.h"
#include "core/status.h"

#define SK_TOPK_FORMAT_VERSION 1
#define SK_TOPK_TYPE_AND_VERSION (0xB0 | SK_TOPK_FORMAT_VERSION)
#define SK_TOPK_WORKING_HEADER 44	/* bytes; no packed header is longer */
#define SK_TOPK_DEFAULT_K 100
#define SK_TOPK_MAX_K 100000
#define SK_TOPK_MAX_ITEM 65536	/* bytes */
#define SK_TOPK_MAX_TOTAL ((uint64_t) INT64_MAX)
/*
 * What a varlena of 256 MB holds. Longer states take PostgreSQL a quarter of a
 * second to move, in which it cannot be interrupted.
 */
#define SK_TOPK_MAX_BYTES 0x0FFFFFFB

typedef enum sk_topk_layout
{
	SK_TOPK_PACKED,
	SK_TOPK_WORKING
} sk_topk_layout;

/* Offsets in a header: of any layout, of a packed and of a working sketch. */
enum
{
	SK_TOPK_AT_TYPE = 0,		/* and format version */
	SK_TOPK_AT_LAYOUT = 1,

	SK_TOPK_AT_NUMBERS = 2,		/* varints: k, total, offset, nitems */

	SK_TOPK_AT_RESERVED = 2,	/* two bytes */
	SK_TOPK_AT_K = 4,
	SK_TOPK_AT_TOTAL = 8,
	SK_TOPK_AT_OFFSET = 16,
	SK_TOPK_AT_NITEMS = 24,
	SK_TOPK_AT_NSLOTS = 28,
	SK_TOPK_AT_END = 32,		/* of the records */
	SK_TOPK_AT_ROOM = 36,
	SK_TOPK_AT_PADDING = 40,	/* four bytes: what follows is aligned to 8 */
	SK_TOPK_AT_SLOTS = SK_TOPK_WORKING_HEADER
};

/* A sketch to read, as sk_topk_open() found it; points into the bytes. */
typedef struct sk_topk
{
	const uint8_t *bytes;
	size_t		nbytes;
	sk_topk_layout layout;
	uint32_t	k;
	uint32_t	room;			/* the largest k merged; of a packed one, k */
	uint64_t	total;			/* of all weights that were added */
	uint64_t	offset;			/* most that an item not held can weigh */
	uint32_t	nitems;			/* that are held; over k in some working ones */
	size_t		body;			/* where the items start */
	size_t		end;			/* and where they end */
} sk_topk;

/* An item with its hash, to add or to find. */
typedef struct sk_topk_item
{
	const uint8_t *bytes;
	uint32_t	nbytes;
	uint32_t	fingerprint;	/* upper half of the hash */
} sk_topk_item;

/* An item that is held. */
typedef struct sk_topk_entry
{
	const uint8_t *item;
	uint32_t	nbytes;
	uint64_t	lower;			/* bounds of its weight; lower > 0 */
	uint64_t	upper;			/* > offset */
} sk_topk_entry;

typedef struct sk_topk_bounds
{
	uint64_t	lower;
	uint64_t	upper;
} sk_topk_bounds;

/* Goes through the entries of a sketch. */
typedef struct sk_topk_cursor
{
	const sk_topk *sketch;
	size_t		at;				/* offset of the next entry */
	uint32_t	left;			/* entries that follow */
	sk_status	status;			/* not SK_OK: damage ended the walk */
} sk_topk_cursor;

static inline bool
sk_topk_k_ok(int64_t k)
{
	return k >= 1 && k <= SK_TOPK_MAX_K;
}

static inline bool
sk_topk_length_ok(uint64_t nbytes)
{
	return nbytes <= SK_TOPK_MAX_ITEM;
}

/* The item of these bytes, whose number must be ok. */
static inline sk_topk_item
sk_topk_item_of(const void *bytes, size_t nbytes)
{
	return (sk_topk_item) {
		bytes, (uint32_t) nbytes,
		(uint32_t) (sk_hash_bytes(bytes, nbytes, 0) >> 32)
	};
}

/*
 * Reads the header and compares the length with it, in constant time. After
 * SK_OK every function below is safe on the sketch, whatever its other bytes;
 * bytes that come from outside need sk_topk_check() to be right as well. No more
 * than the first SK_TOPK_WORKING_HEADER of the nbytes bytes are read, and need
 * be there for the numbers in *s to be right.
 */
extern sk_status sk_topk_open(sk_topk *s, const void *bytes, size_t nbytes);

/* SK_OK if and only if the bytes are canonical: packing what they hold gives
 * the same bytes. */
extern sk_status sk_topk_check(const void *bytes, size_t nbytes,
							   const sk_env *env);

/* Whether nothing was added at all. */
static inline bool
sk_topk_is_empty(const sk_topk *s)
{
	return s->total == 0;
}

/* A new, empty working sketch; k must be ok. */
extern sk_value sk_topk_empty(uint32_t k, const sk_env *env);

/*
 * Whether these are the bytes of a working sketch, as far as sk_topk_add() needs
 * to know. Callers that add one row at a time need not open it each time.
 */
static inline bool
sk_topk_is_working(const uint8_t *bytes, size_t nbytes)
{
	uint64_t	table,
				used;

	if (nbytes < SK_TOPK_WORKING_HEADER || nbytes > SK_TOPK_MAX_BYTES ||
		bytes[SK_TOPK_AT_TYPE] != SK_TOPK_TYPE_AND_VERSION ||
		bytes[SK_TOPK_AT_LAYOUT] != SK_TOPK_WORKING)
		return false;
	table = 8 * (uint64_t) sk_load32(bytes + SK_TOPK_AT_NSLOTS);
	used = sk_load32(bytes + SK_TOPK_AT_END);
	return SK_TOPK_AT_SLOTS + table <= used && used <= nbytes;
}

/* Whether a working sketch has this k. */
static inline bool
sk_topk_is_made_for(const uint8_t *bytes, uint32_t k)
{
	return sk_load32(bytes + SK_TOPK_AT_K) == k;
}

/*
 * Adds an item with its weight; weight 0 changes nothing. v must be a sketch by
 * sk_topk_open() or sk_topk_is_working(); a packed one becomes a working one.
 * SK_OVERFLOW: the total would exceed SK_TOPK_MAX_TOTAL. SK_SIZE: the items would
 * exceed SK_TOPK_MAX_BYTES, which they cannot for k <= 4,000. Any other
 * status: the sketch is damaged. The weight is in only after SK_OK.
 */
extern sk_status sk_topk_add(sk_value *v, const sk_topk_item *item,
							 uint64_t weight, const sk_env *env);

/*
 * Adds all of src, whose bytes are elsewhere, to dst, at the smaller k of both.
 * An empty sketch is neutral: it takes the other k. Two empty ones give one of
 * the smaller k.
 * SK_OVERFLOW: the total would exceed SK_TOPK_MAX_TOTAL; nothing was changed.
 * SK_SIZE: the items would exceed SK_TOPK_MAX_BYTES. Any other status: one of
 * them is damaged. After these two, part of src may be in a working dst.
 */
extern sk_status sk_topk_merge(sk_value *dst, const void *src, size_t nbytes,
							   const sk_env *env);

/*
 * Makes v packed. Of more than k items, those are dropped that the subtraction
 * above leaves nothing of. Statuses other than SK_OK: v is damaged.
 */
extern sk_status sk_topk_pack(sk_value *v, const sk_env *env);

/*
 * The bounds of an item's weight, at most s->offset apart; 0 and that offset if
 * it is not held. In a packed sketch, this is a search through all items.
 */
extern sk_topk_bounds sk_topk_find(const sk_topk *s, const sk_topk_item *item);

/*
 * All entries: of a packed sketch by their bytes in ascending order, of a
 * working one in any. sk_topk_next() is false at the end, and when it meets
 * damage, which is then in the cursor's status.
 */
extern sk_topk_cursor sk_topk_first(const sk_topk *s);
extern bool sk_topk_next(sk_topk_cursor *cursor, sk_topk_entry *entry);

/* Items in the order of their bytes as numbers; a prefix comes first. */
static inline int
sk_topk_compare_items(const uint8_t *a, size_t a_nbytes,
					  const uint8_t *b, size_t b_nbytes)
{
	size_t		shorter = a_nbytes < b_nbytes ? a_nbytes : b_nbytes;
	int			order = shorter == 0 ? 0 : memcmp(a, b, shorter);

	return order != 0 ? order : (a_nbytes > b_nbytes) - (a_nbytes < b_nbytes);
}

/*
 * The order to show the entries of one packed sketch in: by estimate, the largest
 * first. Equal ones are in the order of their bytes, which is that of their
 * addresses.
 *
 * The estimate is the lower bound, or what else is known of it. Where frequencies
 * change over time, or events are sorted, the truth is there: the middle of the
 * bounds is off by up to 900 times as much. In stationary streams it is off by 1.4
 * to 3 times as much as the middle, which is 2 to 5% of the truth
 * (doc/accuracy.md).
 */
static inline int
sk_topk_compare_estimates(const sk_topk_entry *a, uint64_t a_estimate,
						  const sk_topk_entry *b, uint64_t b_estimate)
{
	if (a_estimate != b_estimate)
		return a_estimate < b_estimate ? 1 : -1;
	return (a->item > b->item) - (a->item < b->item);
}

/* The same by lower bounds, of two sk_topk_entry, for qsort(). */
static inline int
sk_topk_compare(const void *a, const void *b)
{
	const sk_topk_entry *x = a,
			   *y = b;

	return sk_topk_compare_estimates(x, x->lower, y, y->lower);
}

#endif							/* SK_TOPK_H */
