/*
 * bloom/sketch.h: whether a value was seen before, in ten bits a value.
 *
 * A Bloom filter over 64-bit hashes: it never denies a value that was added, and
 * affirms one that was not with a small, known probability. It consists of
 * blocks of 512 bits; the upper half of a hash chooses the block, a mix of all
 * of it up to 14 bits within. So a probe touches one cache line, or one slice
 * of a stored value, and costs 9.9 bits a value at 1 % where a filter of one
 * piece takes 9.6. Few values are kept as they are, in a sorted list, and are
 * exact: at least 128, and up to a quarter of the blocks' size.
 *
 * Blocks: Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom
 * Filters", WEA 2007. A hash chooses its block by multiplication (Lemire, "Fast
 * Random Integer Generation in an Interval", 2019), so that a filter of z
 * blocks becomes the one of z/2 by a union of neighbours; block counts are
 * c * 2^j with 64 <= c < 128, or below 64, so that many filters are related so;
 * new designs have at least 16, and 1 kB, so that filters count to 1 %.
 *
 * A sketch is a run of bytes in one of four layouts (doc/format.md): packed
 * ones are what is stored and compared, and equal design and content is equal
 * bytes; working ones are what add and merge update in place. A sketch without a
 * design keeps all its hashes while it works, and gets the blocks that they need
 * when it is packed. The caller owns all memory.
 *
 * At most 1 GB, which is 850 million values at 1 %. A rate of false positives
 * below 10^-12 is beyond 64-bit hashes. Hash 0 is taken as 1.
 */
#ifndef SK_BLOOM_H
#define SK_BLOOM_H

#include "core/bits.h"
#include "core/status.h"

#define SK_BLOOM_FORMAT_VERSION 1
#define SK_BLOOM_TYPE_AND_VERSION (0x20 | SK_BLOOM_FORMAT_VERSION)
#define SK_BLOOM_HEADER 32		/* bytes, whatever the layout */
#define SK_BLOOM_BLOCK 64		/* bytes */
#define SK_BLOOM_PENDING 8			/* values that wait for working bits */
#define SK_BLOOM_WORKING_BLOCKS (SK_BLOOM_HEADER + 8 * SK_BLOOM_PENDING)
#define SK_BLOOM_BLOCK_BITS 512
#define SK_BLOOM_MAX_BITS 14	/* that a value sets */
#define SK_BLOOM_MAX_BYTES 0x3FFFFFFB	/* what a varlena of 1 GB holds */
#define SK_BLOOM_MAX_EXPECTED (UINT64_C(1) << 40)
#define SK_BLOOM_AUTO_RATE 0.01 /* of a filter that sizes itself */

/* Values in the list of a sketch without a design: with its header it is not
 * yet so long that PostgreSQL moves it out of the row, which it does at 2 kB. */
#define SK_BLOOM_AUTO_VALUES 240

typedef enum sk_bloom_layout
{
	SK_BLOOM_PACKED_LIST,
	SK_BLOOM_PACKED_BITS,
	SK_BLOOM_WORKING_LIST,
	SK_BLOOM_WORKING_BITS
} sk_bloom_layout;

/* What a filter was made for; all zero if it is to size itself. */
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
	uint32_t	nvalues;		/* of a list, without those that wait; else 0 */
	uint32_t	nslots;			/* of a list, without those for these */
	size_t		body;			/* offset of the list or the blocks */
	void		(*poll) (void); /* NULL at first: see sk_bloom_open() */
} sk_bloom;

/* What a working sketch is to be built as. */
typedef struct sk_bloom_shape
{
	sk_bloom_layout layout;		/* a working one */
	sk_bloom_design design;
	uint32_t	nslots;			/* list: room of its hash table */
} sk_bloom_shape;

/* How a sketch will be packed: from sk_bloom_plan_pack() for sk_bloom_pack(). */
typedef struct sk_bloom_plan
{
	const sk_bloom *sketch;
	sk_bloom_layout layout;		/* a packed one */
	sk_bloom_design design;
	size_t		nbytes;			/* of the packed sketch */
} sk_bloom_plan;

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
	SK_BLOOM_ELSEWHERE			/* this part of the sketch does not tell */
} sk_bloom_answer;

/* How many blocks have how many bits set. */
typedef struct sk_bloom_fills
{
	uint32_t	nblocks[SK_BLOOM_BLOCK_BITS + 1];
} sk_bloom_fills;

static inline bool
sk_bloom_expected_ok(int64_t expected)
{
	return expected > 0;
}

/* Not for a NaN either. */
static inline bool
sk_bloom_rate_ok(double rate)
{
	return rate > 0 && rate < 1;
}

/*
 * The design with the fewest blocks, 16 or more, whose rate of false positives
 * is at most `rate` once it holds `expected` values; both must be ok. SK_SIZE: it
 * would exceed SK_BLOOM_MAX_BYTES. Takes some 20 us. All other functions take
 * designs of fewer blocks, too.
 */
extern sk_status sk_bloom_design_for(sk_bloom_design *design,
									 uint64_t expected, double rate);

/*
 * The rate of false positives of a filter of many blocks when this many values
 * came for each block on average and each set nbits bits.
 */
extern double sk_bloom_designed_rate(double load, int nbits);

/*
 * The most values that a packed list holds: a quarter as long as the blocks,
 * since a longer one would take longer to search than it saves; but since a list
 * is exact, SK_BLOOM_AUTO_VALUES at least, or as many as are as long as the blocks.
 */
static inline uint32_t
sk_bloom_max_values(uint32_t nblocks)
{
	uint32_t	few = SK_BLOOM_AUTO_VALUES;

	if (nblocks > 0 && nblocks < few / 8)
		few = 8 * nblocks;
	return 2 * nblocks > few ? 2 * nblocks : few;
}

/*
 * The design that the union or intersection of two has: without one, that of
 * the other; else that of fewer blocks. SK_UNLIKE: the numbers of bits differ,
 * or those of blocks by something else than a power of two.
 */
extern sk_status sk_bloom_common(sk_bloom_design *design,
								 const sk_bloom_design *a,
								 const sk_bloom_design *b);

/*
 * Reads the header, of which there must be all or nbytes < 32, and compares
 * nbytes with it, in constant time. After SK_OK every function below is safe on
 * the sketch, whatever its other bytes; bytes that come from outside need
 * sk_bloom_check() to be right as well. Of a sketch that was opened with its
 * header alone in memory, only sk_bloom_place() and sk_bloom_slice_has() make
 * sense. Who sets s->poll is called by all that read s, every few thousand
 * bytes of blocks or every few values, and need not return.
 */
extern sk_status sk_bloom_open(sk_bloom *s, const void *bytes, size_t nbytes);

/* SK_OK if and only if the bytes are canonical: packing what they hold gives
 * the same ones. */
extern sk_status sk_bloom_check(const void *bytes, size_t nbytes);

/* Whether the sketch has seen no value at all, or an intersection left none. */
extern bool sk_bloom_is_empty(const sk_bloom *s);

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

/* The smallest working sketch of a design. */
extern sk_bloom_shape sk_bloom_smallest(sk_bloom_design design);

/*
 * The shape for a sketch that takes all of dst and one more value (src NULL), or
 * all of src as well: for after SK_FULL. A merge of dst and then src into it
 * does not answer SK_FULL again. SK_UNLIKE: see sk_bloom_common(). SK_SIZE: a
 * sketch without a design cannot take so many values.
 */
extern sk_status sk_bloom_larger(sk_bloom_shape *shape, const sk_bloom *dst,
								 const sk_bloom *src);

/* Bytes that a shape takes, and an empty sketch of that shape in them. */
extern size_t sk_bloom_size(const sk_bloom_shape *shape);
extern void sk_bloom_init(uint8_t *bytes, const sk_bloom_shape *shape);

/* Which of nblocks blocks has the bits of a hash. */
static inline uint32_t
sk_bloom_block(uint64_t hash, uint32_t nblocks)
{
	return (uint32_t) (((hash >> 32) * nblocks) >> 32);
}

static inline uint64_t
sk_bloom_value(uint64_t hash)
{
	return hash + (hash == 0);
}

/*
 * Seven pieces of 9 bits, from the highest on, that say which bits of the block
 * a value sets; and seven more. Multiplied by an odd number, a uniform value is
 * uniform, so the pieces are independent. The second seven need the shift, or
 * the low pieces of both would come from the same few bits of the value.
 * Constants: those of splitmix64 (Steele, Lea, Flood 2014). Steps of one stride
 * from one start, as filters often take them ("double hashing"), cost 13 % more
 * false positives in so small a block.
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

/* Sets the bits that the upper n pieces name. */
static inline void
sk_bloom_set(uint8_t *block, uint64_t pieces, int n)
{
	for (; n > 0; n--, pieces <<= 9)
		block[pieces >> 58] |= (uint8_t) (1 << (pieces >> 55 & 7));
}

/* Whether they are all set. No branch, which would be taken at random. */
static inline bool
sk_bloom_test(const uint8_t *block, uint64_t pieces, int n)
{
	unsigned	all = 1;

	for (; n > 0; n--, pieces <<= 9)
		all &= (unsigned) block[pieces >> 58] >> (pieces >> 55 & 7);
	return all;
}

static inline void
sk_bloom_block_add(uint8_t *block, int nbits, uint64_t value)
{
	uint64_t	pieces = sk_bloom_pieces(value);

	sk_bloom_set(block, pieces, nbits < 7 ? nbits : 7);
	if (nbits > 7)
		sk_bloom_set(block, sk_bloom_more_pieces(pieces), nbits - 7);
}

static inline bool
sk_bloom_block_has(const uint8_t *block, int nbits, uint64_t value)
{
	uint64_t	pieces = sk_bloom_pieces(value);

	return sk_bloom_test(block, pieces, nbits < 7 ? nbits : 7) &&
		(nbits <= 7 ||
		 sk_bloom_test(block, sk_bloom_more_pieces(pieces), nbits - 7));
}

/*
 * Whether these are the bytes of a working sketch, as far as sk_bloom_add() has
 * to know: for those who add a row at a time, instead of opening it each time.
 */
static inline bool
sk_bloom_is_working(const uint8_t *bytes, size_t nbytes)
{
	if (nbytes < SK_BLOOM_HEADER || bytes[0] != SK_BLOOM_TYPE_AND_VERSION)
		return false;
	if (bytes[1] == SK_BLOOM_WORKING_LIST)
		return nbytes <= SK_BLOOM_MAX_BYTES;
	return bytes[1] == SK_BLOOM_WORKING_BITS && nbytes > SK_BLOOM_WORKING_BLOCKS &&
		nbytes == SK_BLOOM_WORKING_BLOCKS +
		(uint64_t) SK_BLOOM_BLOCK * sk_load32(bytes + 4);
}

/* Whether the bytes of a sketch are of a design for so many values at this rate;
 * 0 and 0 is a sketch that sizes itself. */
static inline bool
sk_bloom_is_made_for(const uint8_t *bytes, uint64_t expected, double rate)
{
	return sk_load64(bytes + 8) == expected &&
		sk_load64(bytes + 16) == sk_double_bits(rate);
}

/* Adds a value to its block. */
static inline void
sk_bloom_add_bits(uint8_t *blocks, uint32_t nblocks, int nbits, uint64_t value)
{
	size_t		block = sk_bloom_block(value, nblocks);

	sk_bloom_block_add(blocks + block * SK_BLOOM_BLOCK, nbits, value);
}

/*
 * Adds a value to working bits. It waits behind the header until seven others
 * came, and meanwhile its block is fetched, which may lie across two cache lines:
 * of many rows, each would otherwise wait for memory (1 ns instead of 55 in a
 * filter of 12 MB, at 30 ns a row).
 */
static inline void
sk_bloom_add_pending(uint8_t *bytes, uint64_t value)
{
	uint32_t	nblocks = sk_load32(bytes + 4);
	unsigned	turn = bytes[24] % SK_BLOOM_PENDING;
	uint8_t    *pending = bytes + SK_BLOOM_HEADER + 8 * turn;
	uint64_t	earlier = sk_load64(pending);
	uint8_t    *blocks = bytes + SK_BLOOM_WORKING_BLOCKS;
	uint8_t    *block = blocks +
		SK_BLOOM_BLOCK * (size_t) sk_bloom_block(value, nblocks);

	__builtin_prefetch(block, 1);
	__builtin_prefetch(block + SK_BLOOM_BLOCK - 1, 1);
	sk_store64(pending, value);
	bytes[24] = (uint8_t) ((turn + 1) % SK_BLOOM_PENDING);
	if (earlier != 0)
		sk_bloom_add_bits(blocks, nblocks, bytes[2], earlier);
}

/* Adds one value to a working list, or lets it wait there. */
extern sk_status sk_bloom_add_listed(uint8_t *bytes, size_t nbytes, uint64_t value);

/* Adds one hash to a working sketch. SK_FULL: see sk_bloom_larger(). */
static inline sk_status
sk_bloom_add(uint8_t *bytes, size_t nbytes, uint64_t hash)
{
	if (bytes[1] == SK_BLOOM_WORKING_LIST)
		return sk_bloom_add_listed(bytes, nbytes, sk_bloom_value(hash));
	sk_bloom_add_pending(bytes, sk_bloom_value(hash));
	return SK_OK;
}

/* Whether a list or a working sketch has the value. */
extern bool sk_bloom_find(const sk_bloom *s, uint64_t value);

/*
 * Whether the sketch has seen the hash: true if it has; if not, true with the
 * probability that sk_bloom_rate() tells, and never of a list.
 */
static inline bool
sk_bloom_has(const sk_bloom *s, uint64_t hash)
{
	uint64_t	value = sk_bloom_value(hash);
	size_t		block;

	if (s->layout != SK_BLOOM_PACKED_BITS)
		return sk_bloom_find(s, value);
	block = sk_bloom_block(value, s->design.nblocks);
	return sk_bloom_block_has(s->bytes + SK_BLOOM_HEADER + block * SK_BLOOM_BLOCK,
						   s->design.nbits, value);
}

/*
 * The part of a packed sketch that tells whether it has the hash: its block,
 * all of a short list (then nbytes can be 0), or where in a long list the value
 * must be if the others are spread as hashes are, 90 bytes times the square root
 * of their number at most; all hashes are in their places in all but one of 10^6
 * lists.
 */
extern sk_bloom_slice sk_bloom_place(const sk_bloom *s, uint64_t hash);

/*
 * What the bytes of a slice, from sk_bloom_place() for the same hash, tell.
 * SK_BLOOM_ELSEWHERE: they do not, and sk_bloom_has() must be asked.
 */
extern sk_bloom_answer sk_bloom_slice_has(const sk_bloom *s,
										  sk_bloom_slice slice,
										  const uint8_t *bytes, uint64_t hash);

/*
 * Adds all of src to a working sketch, which then is the one that all values
 * added to its own design would have given. SK_FULL: it needs another shape or
 * the design that sk_bloom_larger() names; part of src may be in, and repeating
 * the call is harmless. SK_UNLIKE: see sk_bloom_common(). Any other status: src
 * is damaged.
 *
 * Values that were made to crowd into one part of the table can take a time that
 * grows with the square of their number. So poll, unless NULL, is called after
 * every few hundred values, and need not return.
 */
extern sk_status sk_bloom_merge(uint8_t *bytes, size_t nbytes,
								const sk_bloom *src, void (*poll) (void));

/*
 * The shape that takes the intersection of a and b, and that intersection, into
 * an empty sketch of the shape. If one of them is a list, it has the values of
 * that one (of two, the shorter) which the other has; else the bits that both
 * have. SK_UNLIKE: see sk_bloom_common(). Other answers: one is damaged.
 */
extern sk_status sk_bloom_plan_intersect(sk_bloom_shape *shape,
										 const sk_bloom *a, const sk_bloom *b);
extern sk_status sk_bloom_intersect(uint8_t *bytes, size_t nbytes,
									const sk_bloom *a, const sk_bloom *b,
									void (*poll) (void));

/*
 * Takes from working bits what src, packed or working bits, does not have: their
 * intersection in place. SK_FULL: it takes another sketch, by the two functions
 * above. SK_UNLIKE: as above.
 */
extern sk_status sk_bloom_restrict(uint8_t *bytes, const sk_bloom *src);

/*
 * Packing, in two steps so that the caller can provide exactly the room; the
 * plan points to s. A packed sketch stays as it is. SK_SIZE: more values than
 * blocks can be had for. Any other status: s is damaged; poll is as for
 * sk_bloom_merge().
 */
extern sk_status sk_bloom_plan_pack(sk_bloom_plan *plan, const sk_bloom *s);
extern sk_status sk_bloom_pack(const sk_bloom_plan *plan, uint8_t *out,
							   void (*poll) (void));

/* The fills of all blocks; a list has none. */
extern void sk_bloom_count_fills(const sk_bloom *s, sk_bloom_fills *fills);

/* The number of bits that are set. */
extern uint64_t sk_bloom_bits_set(const sk_bloom_fills *fills);

/*
 * The rate of false positives as it is: the mean over all blocks of the
 * probability that all bits of a value are set in it; 0 of a list.
 */
extern double sk_bloom_rate(const sk_bloom *s, const sk_bloom_fills *fills);

/*
 * The number of distinct values: exact of a list, else the most likely one for
 * the fills, with a standard error of at most 4 %/sqrt(blocks) up to the designed
 * load, if the designed rate is at most 0.7. Infinite when every bit is set.
 */
extern double sk_bloom_count(const sk_bloom *s, const sk_bloom_fills *fills);

/*
 * The number of distinct values that are in both: exact of two lists, else
 * estimated, with a standard error of about the square root of false positives
 * among the values of a list, and for blocks as that of sk_bloom_count() of the
 * union. SK_UNLIKE: see sk_bloom_common().
 */
extern sk_status sk_bloom_overlap(const sk_bloom *a, const sk_bloom *b,
								  double *count);

#endif							/* SK_BLOOM_H */
