/*
 * bloom/sketch.h: "have we seen this value?", in ten bits per value.
 *
 * A Bloom filter over 64-bit hashes: never a false no, and a false yes with a
 * small, known probability. It consists of blocks of 512 bits; the upper half
 * of a hash chooses the block, a mix of the whole hash up to 7 bits in it. So
 * a probe touches one cache line, or one slice of a stored value, and 1% takes
 * 9.9 bits per value where a filter without blocks takes 9.6. At rates below
 * 0.22% so small a block would cost 8% and more, at 10^-6 36%: there blocks have
 * 4,096 bits, of which a value sets 8 to 20. Few values are kept as they are, in
 * a sorted list, and are exact: at least 128, and up to a quarter of the size of
 * the blocks.
 *
 * Blocks: Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom
 * Filters", WEA 2007. A hash chooses its block by multiplication (Lemire, "Fast
 * Random Integer Generation in an Interval", 2019), so a filter of z blocks
 * becomes the one of z/2 by a union of neighbors. Block counts are c * 2^j with
 * 64 <= c < 128, or below 64, so that many filters can be merged; new designs
 * have at least 1 kB, so that filters count to 1%.
 *
 * A sketch is a run of bytes in one of four layouts (doc/format.md). Packed ones
 * are stored and compared: equal design and content is equal bytes. Working ones
 * are what add and merge update in place. A sketch without a design sizes
 * itself: it keeps all its hashes while it works, and gets the blocks that they
 * need when it is packed.
 *
 * Limits: 1 GB, which is 850 million values at 1%. False positive rates below
 * 10^-12 are beyond 64-bit hashes. Hash 0 is taken as 1.
 */
#ifndef SK_BLOOM_H
#define SK_BLOOM_H

#include "core/bits.h"
#include "core/env.h"
#include "core/kind.h"
#include "core/status.h"

#define SK_BLOOM_FORMAT_VERSION 1
#define SK_BLOOM_TYPE_AND_VERSION (0x90 | SK_BLOOM_FORMAT_VERSION)
#define SK_BLOOM_SMALL_BLOCK 64	/* bytes */
#define SK_BLOOM_LARGE_BLOCK 512
#define SK_BLOOM_MAX_BLOCK_BITS (8 * SK_BLOOM_LARGE_BLOCK)
#define SK_BLOOM_SMALL_BITS 7	/* the most that a value sets in a small block */
#define SK_BLOOM_MAX_BITS 20	/* in a large one */
#define SK_BLOOM_MAX_BYTES 0x3FFFFFFB	/* what a varlena of 1 GB holds */
#define SK_BLOOM_MAX_EXPECTED (UINT64_C(1) << 40)
#define SK_BLOOM_AUTO_RATE 0.01 /* of a filter that sizes itself */

/* Offsets of the header fields. */
enum
{
	SK_BLOOM_AT_TYPE = 0,		/* and version */
	SK_BLOOM_AT_LAYOUT = 1,
	SK_BLOOM_AT_NBITS = 2,
	SK_BLOOM_AT_KIND = 3,		/* of its values, see kind.h */
	SK_BLOOM_AT_NBLOCKS = 4,
	SK_BLOOM_AT_EXPECTED = 8,
	SK_BLOOM_AT_RATE = 16,
	SK_BLOOM_AT_COUNT = 24,		/* list: of values */
	SK_BLOOM_AT_TURN = 24,		/* working blocks: the next pending value */
	SK_BLOOM_AT_SEED = 28,		/* working list: of its table; else reserved */
	SK_BLOOM_HEADER = 32		/* size, whatever the layout */
};

#define SK_BLOOM_PENDING 8		/* values that wait for working blocks */
#define SK_BLOOM_WORKING_BLOCKS (SK_BLOOM_HEADER + 8 * SK_BLOOM_PENDING)

typedef enum sk_bloom_layout
{
	SK_BLOOM_PACKED_LIST,
	SK_BLOOM_PACKED_BITS,
	SK_BLOOM_WORKING_LIST,
	SK_BLOOM_WORKING_BITS
} sk_bloom_layout;

/* What a filter was made for; all zero if it sizes itself. */
typedef struct sk_bloom_design
{
	uint32_t	nblocks;
	int			nbits;			/* that a value sets, maybe some twice */
	uint64_t	expected;		/* values */
	double		rate;			/* of false positives at that many values */
} sk_bloom_design;

/* A sketch to read, as sk_bloom_open() found it; points into the bytes. */
typedef struct sk_bloom
{
	const uint8_t *bytes;
	size_t		nbytes;
	sk_bloom_layout layout;
	sk_bloom_design design;
	uint8_t		kind;			/* of its values: see kind.h */
	uint32_t	nvalues;		/* of a list, without those that wait; else 0 */
	uint32_t	nslots;			/* of a list, without those for waiting values */
	size_t		body;			/* offset of the list or the blocks */
} sk_bloom;

/* A part of a packed sketch. */
typedef struct sk_bloom_slice
{
	size_t		offset;
	size_t		nbytes;
} sk_bloom_slice;

typedef enum sk_bloom_answer
{
	SK_BLOOM_ABSENT,
	SK_BLOOM_PRESENT,
	SK_BLOOM_ELSEWHERE			/* not decided by this part of the sketch */
} sk_bloom_answer;

/* The number of blocks by how many of their bits are set. */
typedef struct sk_bloom_fills
{
	uint32_t	nblocks[SK_BLOOM_MAX_BLOCK_BITS + 1];
} sk_bloom_fills;

static inline bool
sk_bloom_expected_ok(int64_t expected)
{
	return expected > 0;
}

/* False for a NaN. */
static inline bool
sk_bloom_rate_ok(double rate)
{
	return rate > 0 && rate < 1;
}

/* The bytes of a block in which a value sets that many bits, and its bits. */
static inline uint32_t
sk_bloom_block_bytes(int nbits)
{
	return nbits <= SK_BLOOM_SMALL_BITS ? SK_BLOOM_SMALL_BLOCK :
		SK_BLOOM_LARGE_BLOCK;
}

static inline int
sk_bloom_block_bits(int nbits)
{
	return 8 * (int) sk_bloom_block_bytes(nbits);
}

/* The bytes of all blocks of a design. */
static inline size_t
sk_bloom_blocks_bytes(const sk_bloom_design *design)
{
	return sk_bloom_block_bytes(design->nbits) * (size_t) design->nblocks;
}

/*
 * The design with the fewest blocks, of 1 kB or more, whose rate of false positives
 * is at most `rate` once it holds `expected` values; both must be ok. SK_SIZE: it
 * would exceed SK_BLOOM_MAX_BYTES. Takes some 20 us. All other functions accept
 * designs of fewer blocks, too.
 */
extern sk_status sk_bloom_design_for(sk_bloom_design *design,
									 uint64_t expected, double rate);

/*
 * Reads the header and compares nbytes with it, in constant time. After SK_OK
 * every function below is safe on the sketch, whatever its other bytes; bytes
 * from outside need sk_bloom_check() as well. If nbytes >= SK_BLOOM_HEADER, the
 * header alone may be in memory; then only sk_bloom_place() and
 * sk_bloom_slice_has() may be called.
 */
extern sk_status sk_bloom_open(sk_bloom *s, const void *bytes, size_t nbytes);

/* SK_OK if and only if the bytes are canonical: packing their content gives the
 * same bytes. */
extern sk_status sk_bloom_check(const void *bytes, size_t nbytes,
								const sk_env *env);

/* Whether nothing was ever added, or an intersection left nothing. */
extern bool sk_bloom_is_empty(const sk_bloom *s, const sk_env *env);

static inline bool
sk_bloom_is_list(const sk_bloom *s)
{
	return s->layout == SK_BLOOM_PACKED_LIST ||
		s->layout == SK_BLOOM_WORKING_LIST;
}

static inline bool
sk_bloom_is_packed(const sk_bloom *s)
{
	return s->layout == SK_BLOOM_PACKED_LIST ||
		s->layout == SK_BLOOM_PACKED_BITS;
}

/* ---- what a value does to a block ---- */

static inline uint64_t
sk_bloom_value(uint64_t hash)
{
	return hash + (hash == 0);
}

/* The block of a value, of nblocks. */
static inline uint32_t
sk_bloom_block(uint64_t value, uint32_t nblocks)
{
	return (uint32_t) (((value >> 32) * nblocks) >> 32);
}

/*
 * Pieces of a number, from the highest on, name the bits that a value sets in
 * its block: seven pieces of 9 bits in a small block, five of 12 bits in a large
 * one, and five more of the next number, until there are enough. Multiplied by an
 * odd number, a uniform value is uniform, so the pieces are independent. The next
 * number needs the shift, or the low pieces of both would come from the same few
 * bits of the value. Constants: those of splitmix64 (Steele, Lea, Flood 2014).
 * Steps of one stride from one start, as filters often take them ("double
 * hashing"), cost 13% more false positives in a small block.
 */
static inline uint64_t
sk_bloom_pieces(uint64_t value)
{
	return value * UINT64_C(0x9E3779B97F4A7C15);
}

static inline uint64_t
sk_bloom_more_pieces(uint64_t pieces)
{
	return (pieces ^ pieces >> 32) * UINT64_C(0xBF58476D1CE4E5B9);
}

#define SK_BLOOM_LARGE_PIECES 5 /* of one number */

/* Sets the bits that the upper n pieces of `width` bits name. */
static inline void
sk_bloom_set(uint8_t *block, uint64_t pieces, int n, int width)
{
	for (; n > 0; n--, pieces <<= width)
		block[pieces >> (67 - width)] |=
			(uint8_t) (1 << (pieces >> (64 - width) & 7));
}

/* Whether they are all set. Branchless: the outcome is unpredictable. */
static inline bool
sk_bloom_test(const uint8_t *block, uint64_t pieces, int n, int width)
{
	unsigned	all = 1;

	for (; n > 0; n--, pieces <<= width)
		all &= (unsigned) block[pieces >> (67 - width)] >>
			(pieces >> (64 - width) & 7);
	return all;
}

static inline void
sk_bloom_block_add(uint8_t *block, int nbits, uint64_t value)
{
	uint64_t	pieces = sk_bloom_pieces(value);

	if (nbits <= SK_BLOOM_SMALL_BITS)
	{
		sk_bloom_set(block, pieces, nbits, 9);
		return;
	}
	for (; nbits > SK_BLOOM_LARGE_PIECES; nbits -= SK_BLOOM_LARGE_PIECES)
	{
		sk_bloom_set(block, pieces, SK_BLOOM_LARGE_PIECES, 12);
		pieces = sk_bloom_more_pieces(pieces);
	}
	sk_bloom_set(block, pieces, nbits, 12);
}

/* In a large block, most values that were not added are found out by the first
 * five bits. */
static inline bool
sk_bloom_block_has(const uint8_t *block, int nbits, uint64_t value)
{
	uint64_t	pieces = sk_bloom_pieces(value);

	if (nbits <= SK_BLOOM_SMALL_BITS)
		return sk_bloom_test(block, pieces, nbits, 9);
	for (; nbits > SK_BLOOM_LARGE_PIECES; nbits -= SK_BLOOM_LARGE_PIECES)
	{
		if (!sk_bloom_test(block, pieces, SK_BLOOM_LARGE_PIECES, 12))
			return false;
		pieces = sk_bloom_more_pieces(pieces);
	}
	return sk_bloom_test(block, pieces, nbits, 12);
}

/* Adds a value to its block. */
static inline void
sk_bloom_add_bits(uint8_t *blocks, uint32_t nblocks, int nbits, uint64_t value)
{
	size_t		block = sk_bloom_block(value, nblocks);

	sk_bloom_block_add(blocks + block * sk_bloom_block_bytes(nbits), nbits,
					   value);
}

/* ---- adding and merging ---- */

/* A new, empty working sketch. */
extern sk_value sk_bloom_empty(const sk_bloom_design *design,
							   const sk_env *env);

/*
 * Whether these are the bytes of a working sketch, as far as sk_bloom_add() has
 * to know: for callers that add a row at a time, instead of opening the sketch
 * each time.
 */
static inline bool
sk_bloom_is_working(const uint8_t *bytes, size_t nbytes)
{
	if (nbytes < SK_BLOOM_HEADER ||
		bytes[SK_BLOOM_AT_TYPE] != SK_BLOOM_TYPE_AND_VERSION)
		return false;
	if (bytes[SK_BLOOM_AT_LAYOUT] == SK_BLOOM_WORKING_LIST)
		return nbytes <= SK_BLOOM_MAX_BYTES;
	return bytes[SK_BLOOM_AT_LAYOUT] == SK_BLOOM_WORKING_BITS &&
		nbytes > SK_BLOOM_WORKING_BLOCKS &&
		nbytes == SK_BLOOM_WORKING_BLOCKS +
		(uint64_t) sk_bloom_block_bytes(bytes[SK_BLOOM_AT_NBITS]) *
		sk_load32(bytes + SK_BLOOM_AT_NBLOCKS);
}

/* Whether the bytes of a sketch have the design for these two numbers; 0 and 0
 * is a sketch that sizes itself. */
static inline bool
sk_bloom_is_made_for(const uint8_t *bytes, uint64_t expected, double rate)
{
	return sk_load64(bytes + SK_BLOOM_AT_EXPECTED) == expected &&
		sk_load64(bytes + SK_BLOOM_AT_RATE) == sk_double_bits(rate);
}

/* Notes in a working sketch that values of this kind are added to it. Whoever
 * adds hashes and does not say of what kind gets SK_KIND_ANY when it is packed. */
static inline void
sk_bloom_add_kind(uint8_t *bytes, uint8_t kind)
{
	bytes[SK_BLOOM_AT_KIND] = sk_kind_merge(bytes[SK_BLOOM_AT_KIND], kind);
}

/* Adds a value to working blocks of nblock bytes: see sk_bloom_add_pending(). A
 * block can lie across one cache line more than it fills. */
static inline void
sk_bloom_add_pending_to(uint8_t *bytes, uint64_t value, int nbits,
						size_t nblock)
{
	uint32_t	nblocks = sk_load32(bytes + SK_BLOOM_AT_NBLOCKS);
	unsigned	turn = bytes[SK_BLOOM_AT_TURN] % SK_BLOOM_PENDING;
	uint8_t    *pending = bytes + SK_BLOOM_HEADER + 8 * turn;
	uint64_t	earlier = sk_load64(pending);
	uint8_t    *blocks = bytes + SK_BLOOM_WORKING_BLOCKS;
	uint8_t    *block = blocks + nblock * sk_bloom_block(value, nblocks);

	for (size_t at = 0; at < nblock; at += 64)
		__builtin_prefetch(block + at, 1);
	__builtin_prefetch(block + nblock - 1, 1);
	sk_store64(pending, value);
	bytes[SK_BLOOM_AT_TURN] = (uint8_t) ((turn + 1) % SK_BLOOM_PENDING);
	if (earlier != 0)
		sk_bloom_block_add(blocks + nblock * sk_bloom_block(earlier, nblocks),
						   nbits, earlier);
}

/*
 * Adds a value to working blocks. It waits behind the header until seven others
 * came, and meanwhile its block is fetched; otherwise each row would wait for memory (1 ns instead of 55 in a
 * filter of 12 MB, at 30 ns per row).
 */
static inline void
sk_bloom_add_pending(uint8_t *bytes, uint64_t value)
{
	int			nbits = bytes[SK_BLOOM_AT_NBITS];

	if (nbits <= SK_BLOOM_SMALL_BITS)
		sk_bloom_add_pending_to(bytes, value, nbits, SK_BLOOM_SMALL_BLOCK);
	else
		sk_bloom_add_pending_to(bytes, value, nbits, SK_BLOOM_LARGE_BLOCK);
}

/* Adds a value to a working list, or lets it wait there; false if there is no
 * room, and nothing changed. */
extern bool sk_bloom_list_add(uint8_t *bytes, size_t nbytes, uint64_t value);

/*
 * Adds one hash to the bytes of a working sketch if it has the room; false if not,
 * or if it is packed: then it takes sk_bloom_add(). For the hot path, which is
 * faster without an sk_value in memory.
 */
static inline bool
sk_bloom_add_in_place(uint8_t *bytes, size_t nbytes, uint64_t hash)
{
	uint64_t	value = sk_bloom_value(hash);

	if (bytes[SK_BLOOM_AT_LAYOUT] == SK_BLOOM_WORKING_BITS)
		sk_bloom_add_pending(bytes, value);
	else if (bytes[SK_BLOOM_AT_LAYOUT] != SK_BLOOM_WORKING_LIST ||
			 !sk_bloom_list_add(bytes, nbytes, value))
		return false;
	return true;
}

/* Adds one hash, and makes the sketch larger for it. */
extern sk_status sk_bloom_add_larger(sk_value *v, uint64_t hash,
									 const sk_env *env);

/*
 * Adds one hash to a sketch that was opened or is working. A list without room
 * grows, or becomes blocks; a packed sketch becomes a working one. SK_SIZE: too
 * many values for a sketch that sizes itself. Any other status but SK_OK: it is
 * damaged. After either, it is what it was.
 */
static inline sk_status
sk_bloom_add(sk_value *v, uint64_t hash, const sk_env *env)
{
	if (sk_bloom_add_in_place(v->bytes, v->nbytes, hash))
		return SK_OK;
	return sk_bloom_add_larger(v, hash, env);
}

/*
 * Adds all of src to dst. An empty list takes the design of the other sketch. The
 * values of other lists are known, so a list is added to a sketch of any design:
 * two lists take the larger one, a list and blocks that of the blocks. Two
 * sketches with blocks take the design of fewer blocks; then the union is the
 * sketch that all values added to that design would have given. SK_UNLIKE: both
 * have blocks, and the numbers of bits differ, or those of blocks by something
 * else than a power of two. SK_SIZE: too many values for a sketch that sizes
 * itself. After either, dst stays as it was. Any other status but SK_OK: one of
 * them is damaged, and part of src may be in dst.
 */
extern sk_status sk_bloom_merge(sk_value *dst, const void *src, size_t nbytes,
								const sk_env *env);

/*
 * The union of two packed lists, packed, by one pass over both: for one union or
 * one value, where a hash table is not worth making. nbytes = 0: they are no
 * packed lists, or too many values for one; then it takes sk_bloom_merge(). Any
 * status but SK_OK: one of them is damaged.
 */
extern sk_status sk_bloom_merge_sorted(sk_value *sum, const sk_bloom *a,
									   const sk_bloom *b, const sk_env *env);

/* The same for one more hash of this kind. */
extern sk_status sk_bloom_add_sorted(sk_value *sum, const sk_bloom *s,
									 uint64_t hash, uint8_t kind,
									 const sk_env *env);

/*
 * Removes from dst what src does not have: their intersection, working. If one is
 * a list, it has the values of that one (of two, the shorter) that the other has,
 * else the bits that both have. Working blocks change in place unless they
 * become fewer or a list. Its design is the one of fewer blocks. SK_UNLIKE: the
 * designs do not fold to each other, whatever the layouts. Other statuses as for
 * sk_bloom_merge().
 */
extern sk_status sk_bloom_intersect(sk_value *dst, const void *src,
									size_t nbytes, const sk_env *env);

/*
 * Makes v the packed form of the sketch; nothing changes if it is packed.
 * SK_SIZE: too many values for the blocks of a sketch that sizes itself. Any
 * other status but SK_OK: it is damaged.
 */
extern sk_status sk_bloom_pack(sk_value *v, const sk_env *env);

/* ---- probing ---- */

/* Whether a list or a working sketch has the value. */
extern bool sk_bloom_find(const sk_bloom *s, uint64_t value);

/*
 * Whether the sketch has seen the hash. If it has not, true with a probability
 * of sk_bloom_rate(), which is 0 for a list.
 */
static inline bool
sk_bloom_has(const sk_bloom *s, uint64_t hash)
{
	uint64_t	value = sk_bloom_value(hash);
	size_t		block;

	if (s->layout != SK_BLOOM_PACKED_BITS)
		return sk_bloom_find(s, value);
	block = sk_bloom_block(value, s->design.nblocks);
	return sk_bloom_block_has(s->bytes + SK_BLOOM_HEADER +
							  block * sk_bloom_block_bytes(s->design.nbits),
							  s->design.nbits, value);
}

/*
 * The part of a packed sketch that decides whether it has the hash: its block,
 * all of a short list (nbytes can be 0), or the place in a long list where the
 * value must be if the others are spread as hashes are, at most 90 bytes times
 * the square root of their number. In all but one of 10^6 lists every hash is in
 * its place.
 */
extern sk_bloom_slice sk_bloom_place(const sk_bloom *s, uint64_t hash);

/*
 * The answer of the bytes of a slice, from sk_bloom_place() for the same hash.
 * After SK_BLOOM_ELSEWHERE only sk_bloom_has() knows.
 */
extern sk_bloom_answer sk_bloom_slice_has(const sk_bloom *s,
										  sk_bloom_slice slice,
										  const uint8_t *bytes, uint64_t hash);

/* ---- counting ---- */

/* The fills of all blocks; a list has none. */
extern void sk_bloom_count_fills(const sk_bloom *s, sk_bloom_fills *fills,
								 const sk_env *env);

/* The number of bits that are set. */
extern uint64_t sk_bloom_bits_set(const sk_bloom_fills *fills);

/*
 * The present rate of false positives: the mean over all blocks of the
 * probability that all bits of a value are set in it; 0 for a list.
 */
extern double sk_bloom_rate(const sk_bloom *s, const sk_bloom_fills *fills);

/*
 * The number of distinct values: exact for a list, else the most likely one for
 * the fills, with a standard error of at most 4%/sqrt(bytes/64) up to the
 * designed load, if the designed rate is at most 0.7. Infinite when every bit is
 * set.
 */
extern double sk_bloom_count(const sk_bloom *s, const sk_bloom_fills *fills);

/*
 * The number of distinct values that are in both: exact for two lists, else
 * estimated, with a standard error of about the square root of the false
 * positives among the values of a list, and for blocks as that of
 * sk_bloom_count() of the union. SK_UNLIKE: as for sk_bloom_merge().
 */
extern sk_status sk_bloom_overlap(const sk_bloom *a, const sk_bloom *b,
								  double *count, const sk_env *env);

#endif							/* SK_BLOOM_H */
