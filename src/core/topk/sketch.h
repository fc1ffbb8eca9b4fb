/*
 * topk/sketch.h: which items come most often, with bounds that hold.
 *
 * A Misra-Gries sketch of weighted items, which are byte strings. It has k
 * counters; when there are more, what the largest of the surplus ones counted
 * is subtracted from all of them, and those that come to nothing are dropped.
 * The offset is the sum of what was subtracted. So for each item
 *
 *     count <= true weight <= count + offset,
 *
 * where an item that is not held has count 0, and
 *
 *     offset <= (total - sum of counts) / (k + 1),
 *
 * in whatever order items came and sketches were merged. An item that is held
 * has a better lower bound than its count: what was added since it came,
 * without what was subtracted. For items that came early, as frequent ones do,
 * that is nearly all: for the 20 most frequent ones of 10^7 of a Zipf 1.1
 * distribution over 10^6, in 64 merged parts with k = 100, the bounds are less
 * than 0.1 % apart, where the counts are 16 % too small on average.
 *
 * Misra, Gries, "Finding repeated elements", 1982; merging: Agarwal, Cormode,
 * Huang, Phillips, Wei, Yi, "Mergeable summaries", PODS 2012. To drop every
 * item that the subtraction leaves nothing of settles all ties: which items are
 * kept depends on their counts alone, not on a hash or their order. What is
 * known of each item by itself is Space-Saving's idea (Metwally, Agrawal, El
 * Abbadi, "Efficient computation of frequent and top-k elements in data
 * streams", ICDT 2005).
 *
 * While it works a sketch has room for four times k items, so that an add takes
 * constant time on average. That makes it better, too: a subtraction then takes
 * from nearly four times k items, and the offset stays at a quarter of its
 * bound.
 *
 * A sketch is a run of bytes in one of two layouts (doc/format.md): a packed
 * one is what is stored and compared, and equal content is equal bytes; a
 * working one is what add and merge update in place. Sketches of different k
 * merge at the smaller one. The caller owns all memory.
 *
 * Items have at most 65,536 bytes, weights sum to at most 2^63 - 1, k is at
 * most 100,000 and a sketch shorter than 1 GB. Whoever can choose items so that
 * their hashes collide can make adding slow, up to the time of a search through
 * all items, and a purge up to that of one for each of the items it keeps; but not
 * wrong.
 */
#ifndef SK_TOPK_H
#define SK_TOPK_H

#include "core/bits.h"
#include "core/hash.h"
#include "core/status.h"

#define SK_TOPK_FORMAT_VERSION 1
#define SK_TOPK_TYPE_AND_VERSION (0xB0 | SK_TOPK_FORMAT_VERSION)
#define SK_TOPK_WORKING_HEADER 36	/* bytes */
#define SK_TOPK_MAX_K 100000
#define SK_TOPK_MAX_ITEM 65536	/* bytes */
#define SK_TOPK_MAX_TOTAL ((uint64_t) INT64_MAX)
#define SK_TOPK_MAX_BYTES 0x3FFFFFFB	/* what a varlena of 1 GB holds */

typedef enum sk_topk_layout
{
	SK_TOPK_PACKED,
	SK_TOPK_WORKING
} sk_topk_layout;

/* A sketch to read, as sk_topk_open() found it; points into the bytes. */
typedef struct sk_topk
{
	const uint8_t *bytes;
	size_t		nbytes;
	sk_topk_layout layout;
	uint32_t	k;
	uint64_t	total;			/* of all weights that were added */
	uint64_t	offset;			/* most that an item not held can have */
	uint32_t	nitems;			/* that are held; while it works, maybe over k */
	size_t		body;			/* where the items start */
	size_t		end;			/* and where they end */
} sk_topk;

/* What a working sketch is to be built as. */
typedef struct sk_topk_shape
{
	uint32_t	k;
	uint32_t	nslots;			/* of the hash table */
	size_t		nbytes;			/* of the whole sketch */
} sk_topk_shape;

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

/* How a sketch will be packed: from sk_topk_plan_pack() for sk_topk_pack(). */
typedef struct sk_topk_plan
{
	const sk_topk *sketch;
	uint64_t	cut;			/* to be subtracted from all counts */
	uint32_t	nitems;			/* that then are left */
	size_t		nbytes;			/* of the packed sketch */
	size_t		room;			/* that packing needs: at least nbytes */
} sk_topk_plan;

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
 * bytes that come from outside need sk_topk_check() to be right as well.
 */
extern sk_status sk_topk_open(sk_topk *s, const void *bytes, size_t nbytes);

/* SK_OK if and only if the bytes are canonical: packing what they hold gives
 * the same ones. */
extern sk_status sk_topk_check(const void *bytes, size_t nbytes);

/* Whether nothing was added at all. */
static inline bool
sk_topk_is_empty(const sk_topk *s)
{
	return s->total == 0;
}

/* The smallest working sketch for a k, which must be ok. */
extern sk_topk_shape sk_topk_smallest(uint32_t k);

/*
 * The shape for a sketch that takes all of dst and one more item of nbytes
 * bytes (src NULL), or all of src as well: for after SK_FULL. A merge of dst
 * and then of src into it does not answer SK_FULL again. SK_SIZE: the items
 * need more than SK_TOPK_MAX_BYTES, which k of them do not as long as k <=
 * 10,000.
 */
extern sk_status sk_topk_larger(sk_topk_shape *shape, const sk_topk *dst,
								const sk_topk *src, size_t nbytes);

/* Bytes that a shape takes, and an empty sketch of that shape in them. */
static inline size_t
sk_topk_size(const sk_topk_shape *shape)
{
	return shape->nbytes;
}

extern void sk_topk_init(uint8_t *bytes, const sk_topk_shape *shape);

/*
 * Whether these are the bytes of a working sketch, as far as sk_topk_add() has
 * to know: for those who add a row at a time, instead of opening it each time.
 */
static inline bool
sk_topk_is_working(const uint8_t *bytes, size_t nbytes)
{
	uint64_t	table,
				used;

	if (nbytes < SK_TOPK_WORKING_HEADER || nbytes > SK_TOPK_MAX_BYTES ||
		bytes[0] != SK_TOPK_TYPE_AND_VERSION || bytes[1] != SK_TOPK_WORKING)
		return false;
	table = 8 * (uint64_t) sk_load32(bytes + 28);
	used = sk_load32(bytes + 32);
	return SK_TOPK_WORKING_HEADER + table <= used && used <= nbytes;
}

/* Whether the bytes of a working sketch are of one for this k. */
static inline bool
sk_topk_is_made_for(const uint8_t *bytes, uint32_t k)
{
	return sk_load32(bytes + 4) == k;
}

/*
 * Adds one item with its weight to a working sketch; weight 0 adds nothing.
 * SK_FULL: see sk_topk_larger(). SK_OVERFLOW: the total would pass
 * SK_TOPK_MAX_TOTAL; nothing was changed. Any other answer: the sketch is
 * damaged. poll, unless NULL, is called after every few items of a purge, and need
 * not return: then the sketch is not one any more.
 */
extern sk_status sk_topk_add_polled(uint8_t *bytes, size_t nbytes,
									const sk_topk_item *item, uint64_t weight,
									void (*poll) (void));

static inline sk_status
sk_topk_add(uint8_t *bytes, size_t nbytes, const sk_topk_item *item,
			uint64_t weight)
{
	return sk_topk_add_polled(bytes, nbytes, item, weight, NULL);
}

/*
 * Adds all of src, whose bytes are elsewhere, to a working sketch, which then
 * has the smaller k of both. SK_FULL: see sk_topk_larger(); nothing of src is
 * in. SK_OVERFLOW: nothing was changed. SK_SIZE: as for sk_topk_larger().
 * Any other answer: one of them is damaged. After these two part of src may be
 * in. poll, unless NULL, is called after every few hundred items, and need not
 * return.
 */
extern sk_status sk_topk_merge(uint8_t *bytes, size_t nbytes,
							   const sk_topk *src, void (*poll) (void));

/*
 * The bounds of an item's weight, at most s->offset apart; 0 and that offset if
 * it is not held. Of a packed sketch, this takes a search through all items.
 */
extern sk_topk_bounds sk_topk_find(const sk_topk *s, const sk_topk_item *item);

/*
 * All entries: of a packed sketch by their bytes in ascending order, of a
 * working one in any. sk_topk_next() is false at the end, and when it meets
 * damage, which the cursor's status then tells.
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
 * The weight of an item that is held, as it is told: the middle of its bounds.
 * As above, over all items that are held, it is off by 12 % on average, their
 * upper bounds by 20 % and the lower ones by 42 %; over the 20 most frequent,
 * by 0.002 %.
 */
static inline uint64_t
sk_topk_estimate(const sk_topk_entry *e)
{
	return e->lower + (e->upper - e->lower) / 2;
}

/* The order to show entries in, for qsort(): by estimate, the largest first, and
 * equal ones by their bytes. */
static inline int
sk_topk_compare(const void *a, const void *b)
{
	const sk_topk_entry *x = a,
			   *y = b;

	if (sk_topk_estimate(x) != sk_topk_estimate(y))
		return sk_topk_estimate(x) < sk_topk_estimate(y) ? 1 : -1;
	return sk_topk_compare_items(x->item, x->nbytes, y->item, y->nbytes);
}

/*
 * Packing, in two steps so that the caller can provide the room; the plan
 * points to s. Of more than k items, those are dropped that a subtraction as
 * above leaves nothing of. A packed sketch stays as it is. Of plan->room bytes
 * the first plan->nbytes become the packed sketch; the others are for sorting.
 * Answers other than SK_OK: s is damaged. poll is as for sk_topk_merge().
 */
extern sk_status sk_topk_plan_pack(sk_topk_plan *plan, const sk_topk *s);
extern sk_status sk_topk_pack(const sk_topk_plan *plan, uint8_t *out,
							  void (*poll) (void));

#endif							/* SK_TOPK_H */
