/*
 * hll/internal.h: what the files of the hll core share: the details of the four
 * layouts and their readers. Layouts: doc/format.md.
 */
#ifndef SK_HLL_INTERNAL_H
#define SK_HLL_INTERNAL_H

#include "core/hll/sketch.h"
#include "core/hll/kernels.h"

#define SK_HLL_BITMAP_FLAG 0x80
#define SK_HLL_HEADER 4			/* type and version, layout, precision, flags */
#define SK_HLL_DENSE_HEADER 8
#define SK_HLL_MAX_BYTES (1 << 22) /* no sketch has that many, and the number of
								 * each bit is a size_t of 32 bits, too */

/*
 * A small working sparse sketch has a list, which takes its tokens without
 * looking at them: a few memory lines at most, and sorting that many is a matter
 * of half a microsecond. Where the registers take hardly more, it has not: there
 * it must be known at once whether a token is one too many for a sparse sketch.
 */
#define SK_HLL_LIST_BYTES 512
#define SK_HLL_LIST ((SK_HLL_LIST_BYTES - SK_HLL_TABLE) / 4)
#define SK_HLL_LIST_PRECISION 10

#define SK_HLL_NO_TOKEN UINT32_MAX /* an empty slot: no token has 63 zeros */

#define SK_HLL_ESCAPE 15			/* the code of what the dictionary lacks */
#define SK_HLL_CHUNK 256			/* registers that are decoded at a time */
#define SK_HLL_BLOCK 64			/* tokens that are decoded at a time */

/* Whether some input leads to this register. */
static inline bool
sk_hll_register_ok(uint8_t r, int precision)
{
	unsigned	level = (r >> 2) - 2;

	if (r == 0)
		return true;
	if (r < 12 || level > sk_hll_max_level(precision))
		return false;
	return (level > 1 || (r & 3) == 0) && (level > 2 || (r & 1) == 0);
}

static inline void
sk_hll_register_add_token(uint8_t *registers, int precision, uint32_t token)
{
	uint32_t	index = token >> 6;
	uint32_t	rest = sk_hll_index_rest(index, precision);

	sk_hll_register_add(&registers[index >> (SK_HLL_INDEX_BITS - precision)],
					 sk_hll_rest_level(rest, precision) +
					 (rest == 0 ? token & 63 : 0));
}

/*
 * The Rice parameter for the gaps between n tokens: the one that is best for
 * gaps of geometric distribution with mean 2^26/n, which is where 2^r/mean
 * lies in 0.48 .. 0.96 (-ln of 0.618 and 0.382; Gallager & van Voorhis 1975).
 * Without tokens it is 0, and not used.
 */
static inline unsigned
sk_hll_rice(uint32_t ntokens)
{
	return ntokens == 0 ? 0 :
		sk_bit_length(UINT32_C(64587124) / ntokens) - 1;
}

/*
 * Reads a packed sparse sketch: three bit streams, of which the first ends where
 * the count says, and the second has one bit set for each token. That they are
 * apart is what makes reading fast: no stream waits for another, and not all of
 * them are always needed.
 */
typedef struct sk_hll_token_reader
{
	const uint8_t *bytes;
	size_t		nbytes;
	unsigned	rice;
	uint32_t	ntokens;
	uint32_t	left;			/* tokens not yet in the block */
	size_t		remainder_at;	/* the low bits of the gaps */
	size_t		quotient_at;	/* the high bits, as distances of ones */
	size_t		zeros_at;		/* likewise; SK_NO_ONE when they ran out, 0
								 * while they were not wanted */
	sk_ones		quotients;
	sk_ones		zeros;
	uint32_t	index;			/* of the token before */
	const sk_hll_kernels *kernels;
	uint32_t	at,
				end;			/* of the block, tokens not yet used */
	uint32_t	block[SK_HLL_BLOCK + SK_HLL_SLACK];
} sk_hll_token_reader;

extern void sk_hll_read_tokens(sk_hll_token_reader *r, const sk_hll *s);

/*
 * The next n indexes, at most SK_HLL_BLOCK, or zeros, without regard to each other;
 * false when the bytes are damaged. There is room for SK_HLL_SLACK more.
 */
extern bool sk_hll_next_indexes(sk_hll_token_reader *r, uint32_t *indexes, uint32_t n);
extern bool sk_hll_next_zeros(sk_hll_token_reader *r, uint32_t *zeros, uint32_t n);

/* Steps over the zeros of n tokens. */
extern void sk_hll_skip_zeros(sk_hll_token_reader *r, uint32_t n);

extern bool sk_hll_next_block(sk_hll_token_reader *r);

/* The next of the tokens; false when the bytes are damaged. */
static inline bool
sk_hll_next_token(sk_hll_token_reader *r, uint32_t *token)
{
	if (r->at == r->end && !sk_hll_next_block(r))
		return false;
	*token = r->block[r->at++];
	return true;
}

/*
 * A working sparse sketch: tokens that are pending, among them maybe some twice,
 * and slots, which are a list of tokens as they came, maybe some twice, or a hash
 * table.
 */
static inline bool
sk_hll_is_list(size_t nbytes, int precision)
{
	return nbytes <= SK_HLL_LIST_BYTES && precision >= SK_HLL_LIST_PRECISION;
}

static inline uint32_t
sk_hll_npending(const sk_hll *s)
{
	return sk_load32(s->bytes + 8);
}

static inline uint32_t
sk_hll_nslots(size_t nbytes)
{
	return (uint32_t) ((nbytes - SK_HLL_TABLE) / 4);
}

static inline uint32_t
sk_hll_slot(const sk_hll *s, uint32_t i)
{
	return sk_load32(s->bytes + SK_HLL_TABLE + 4 * (size_t) i);
}

static inline uint32_t
sk_hll_pending(const sk_hll *s, uint32_t i)
{
	return sk_load32(s->bytes + SK_HLL_WORKING_HEADER + 4 * (size_t) i);
}

/* Where the search for a token starts: tokens lie nearly in sorted order. */
static inline uint32_t
sk_hll_home(uint32_t token, uint32_t nslots)
{
	return (uint32_t) (((uint64_t) token * nslots) >> 32);
}

/* Of a packed dense sketch, as its header has it: maybe more than there may be. */
static inline int
sk_hll_ndictionary(const sk_hll *s)
{
	return s->bytes[3] & ~SK_HLL_BITMAP_FLAG;
}

/* Half bytes that stand for values by a table, decoded a block at a time. */
typedef struct sk_hll_codes
{
	const uint8_t *bytes;		/* of what is not decoded yet */
	size_t		left;			/* codes not decoded yet */
	uint32_t	at,
				end;			/* values that are decoded, and not yet used */
	uint8_t		table[16];		/* SK_HLL_MISSING: the next stream has it */
	uint8_t		values[2 * SK_HLL_CHUNK + SK_HLL_SLACK];
} sk_hll_codes;

/*
 * Sorts at most SK_HLL_LIST + SK_HLL_PENDING tokens, each of them once; returns how
 * many there are. There is room for one more.
 */
extern uint32_t sk_hll_sort_list(uint32_t *tokens, uint32_t n);

/* Reads a packed dense sketch, chunk by chunk. */
typedef struct sk_hll_register_reader
{
	const uint8_t *bitmap;		/* NULL: no register is left out */
	const uint8_t *raw;			/* bytes not used yet */
	size_t		nraw;
	const sk_hll_kernels *kernels;
	sk_hll_codes	codes;
	sk_hll_codes	escapes;
} sk_hll_register_reader;

/* Registers that sk_hll_next_registers() yields each time. */
static inline uint32_t
sk_hll_chunk(int precision)
{
	uint32_t	n = sk_hll_nregisters(precision);

	return n < SK_HLL_CHUNK ? n : SK_HLL_CHUNK;
}

/* Prepares reading; then, false when the bytes are damaged. There is room for
 * n + 1 registers. */
extern sk_status sk_hll_read_registers(sk_hll_register_reader *r, const sk_hll *s);
extern bool sk_hll_next_registers(sk_hll_register_reader *r, uint8_t *registers,
							   uint32_t n);

/*
 * How much too high the likeliest rate n/m of registers is on average, relative
 * to the rate and times m.
 */
extern double sk_hll_register_bias(double rate);

/* How often each register value occurs, over any dense layout. */
extern sk_status sk_hll_register_histogram(const sk_hll *s, uint32_t *histogram);

#endif							/* SK_HLL_INTERNAL_H */
