/*
 * hll/internal.h: what the files of the hll core share: details of the four
 * layouts (doc/format.md) and their readers.
 */
#ifndef SK_HLL_INTERNAL_H
#define SK_HLL_INTERNAL_H

#include "core/hll/kernels.h"
#include "core/hll/sketch.h"

#define SK_HLL_HEADER 4			/* bytes that all layouts begin with */
#define SK_HLL_LAYOUT_BITS 0x03	/* of the layout byte: the others are reserved
								 * for the kind of registers and of hashes */
#define SK_HLL_BITMAP_FLAG 0x80
#define SK_HLL_DICTIONARY 30	/* most entries */

/* No sketch is larger. So the position of each bit fits a size_t of 32 bits. */
#define SK_HLL_MAX_BYTES (1 << 22)

/*
 * The slots of a small working sparse sketch are a list, which takes tokens
 * without looking at them: it is a few cache lines at most, and takes half a
 * microsecond to sort. At low precisions, where the registers are hardly
 * larger, the slots are always a table: there each new token can be the one
 * that makes the sketch dense.
 */
#define SK_HLL_LIST_BYTES 512
#define SK_HLL_LIST ((SK_HLL_LIST_BYTES - SK_HLL_AT_SLOTS) / 4)
#define SK_HLL_LIST_PRECISION 10

#define SK_HLL_NO_TOKEN UINT32_MAX	/* an empty slot: no token has 63 zeros */

#define SK_HLL_ESCAPE 15		/* the code of what the dictionary lacks */
#define SK_HLL_CHUNK 256		/* registers decoded at a time */
#define SK_HLL_BLOCK 64			/* tokens decoded at a time */

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

/* The register of this precision that a token belongs to, and its level. */
static inline uint32_t
sk_hll_token_register(uint32_t token, int precision, unsigned *level)
{
	uint32_t	index = sk_hll_token_index(token);
	uint32_t	rest = sk_hll_index_rest(index, precision);

	*level = sk_hll_rest_level(rest, precision) +
		(rest == 0 ? sk_hll_token_zeros(token) : 0);
	return index >> (SK_HLL_INDEX_BITS - precision);
}

static inline void
sk_hll_register_add_token(uint8_t *registers, int precision, uint32_t token)
{
	unsigned	level;
	uint32_t	i = sk_hll_token_register(token, precision, &level);

	sk_hll_register_add(&registers[i], level);
}

/*
 * The Rice parameter for the gaps between n tokens: the best one for gaps of
 * geometric distribution with mean 2^26/n, where 2^r/mean lies in 0.48 ..
 * 0.96 (-ln of 0.618 and 0.382; Gallager & van Voorhis 1975). Without tokens
 * it is 0, and not used.
 */
static inline unsigned
sk_hll_rice(uint32_t ntokens)
{
	return ntokens == 0 ? 0 :
		sk_bit_length(UINT32_C(64587124) / ntokens) - 1;
}

/*
 * Reads a packed sparse sketch: three bit streams. The first one ends where the
 * count says, and the other two have a one for each token. Apart, they are fast
 * to read: no stream waits for another, and not all are always needed.
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
	size_t		zeros_at;		/* likewise; SK_NO_ONE after they ran out, 0
								 * before they are first needed */
	sk_ones		quotients;
	sk_ones		zeros;
	uint32_t	index;			/* of the previous token */
	const sk_hll_kernels *kernels;
	uint32_t	at,
				end;			/* of the block, tokens not yet used */
	uint32_t	block[SK_HLL_BLOCK + SK_HLL_SLACK];
} sk_hll_token_reader;

extern void sk_hll_read_tokens(sk_hll_token_reader *r, const sk_hll *s);

/*
 * The next n indexes, at most SK_HLL_BLOCK, or zeros, independently of each
 * other; false if the bytes are damaged. There is room for SK_HLL_SLACK more.
 */
extern bool sk_hll_next_indexes(sk_hll_token_reader *r, uint32_t *indexes,
								uint32_t n);
extern bool sk_hll_next_zeros(sk_hll_token_reader *r, uint32_t *zeros,
							  uint32_t n);

/* Steps over the zeros of n tokens. */
extern void sk_hll_skip_zeros(sk_hll_token_reader *r, uint32_t n);

extern bool sk_hll_next_block(sk_hll_token_reader *r);

/* The next token; false if the bytes are damaged. */
static inline bool
sk_hll_next_token(sk_hll_token_reader *r, uint32_t *token)
{
	if (r->at == r->end && !sk_hll_next_block(r))
		return false;
	*token = r->block[r->at++];
	return true;
}

/* Whether the slots of a working sparse sketch are a list, not a table. */
static inline bool
sk_hll_is_list(size_t nbytes, int precision)
{
	return nbytes <= SK_HLL_LIST_BYTES && precision >= SK_HLL_LIST_PRECISION;
}

static inline uint32_t
sk_hll_npending(const sk_hll *s)
{
	return sk_load32(s->bytes + SK_HLL_AT_NPENDING);
}

static inline uint32_t
sk_hll_nslots(size_t nbytes)
{
	return (uint32_t) ((nbytes - SK_HLL_AT_SLOTS) / 4);
}

static inline uint32_t
sk_hll_slot(const sk_hll *s, uint32_t i)
{
	return sk_load32(s->bytes + SK_HLL_AT_SLOTS + 4 * (size_t) i);
}

static inline uint32_t
sk_hll_pending(const sk_hll *s, uint32_t i)
{
	return sk_load32(s->bytes + SK_HLL_AT_PENDING + 4 * (size_t) i);
}

/*
 * Where the search for a token starts. All bits of the token have a say: tokens
 * with equal leading bits are easy to make, and would all start in one place.
 */
static inline uint32_t
sk_hll_home(uint32_t token, uint32_t nslots)
{
	uint64_t	mixed = token * UINT64_C(0x9E3779B97F4A7C15);
	uint32_t	place = (uint32_t) (mixed ^ mixed >> 32);

	return (uint32_t) (((uint64_t) place * nslots) >> 32);
}

/*
 * Sorts at most SK_HLL_LIST + SK_HLL_PENDING tokens and removes repetitions;
 * returns how many are left. There is room for one more.
 */
extern uint32_t sk_hll_sort_list(uint32_t *tokens, uint32_t n);

/*
 * Makes *dst, of which the caller keeps the old bytes, what both packed sparse
 * sketches hold: packed again, or a working dense sketch if that is too much.
 */
extern sk_status sk_hll_merge_packed(sk_value *dst, const sk_hll *a,
									 const sk_hll *b, const sk_env *env);

/* An empty working sketch of either layout; a sparse one has room for ntokens
 * different tokens. */
extern sk_value sk_hll_new_sparse(int precision, uint32_t ntokens,
								  const sk_env *env);
extern sk_value sk_hll_new_dense(int precision, const sk_env *env);

/* Unvalidated dictionary size from the header of a packed dense sketch. */
static inline int
sk_hll_ndictionary(const sk_hll *s)
{
	return s->bytes[SK_HLL_AT_FLAGS] & ~SK_HLL_BITMAP_FLAG;
}

static inline bool
sk_hll_has_bitmap(const sk_hll *s)
{
	return (s->bytes[SK_HLL_AT_FLAGS] & SK_HLL_BITMAP_FLAG) != 0;
}

/* Half bytes that index a table of values, decoded a block at a time. */
typedef struct sk_hll_codes
{
	const uint8_t *bytes;		/* of what is not decoded yet */
	size_t		left;			/* codes not decoded yet */
	uint32_t	at,
				end;			/* values decoded, and not yet used */
	uint8_t		table[16];		/* SK_HLL_MISSING: the next stream has it */
	uint8_t		values[2 * SK_HLL_CHUNK + SK_HLL_SLACK];
} sk_hll_codes;

/* Reads a packed dense sketch, chunk by chunk. */
typedef struct sk_hll_register_reader
{
	const uint8_t *bitmap;		/* NULL: no register is left out */
	const uint8_t *raw;			/* bytes not used yet */
	size_t		nraw;
	const sk_hll_kernels *kernels;
	sk_hll_codes codes;
	sk_hll_codes escapes;
} sk_hll_register_reader;

/* Registers that sk_hll_next_registers() reads each time. */
static inline uint32_t
sk_hll_chunk(int precision)
{
	uint32_t	n = sk_hll_nregisters(precision);

	return n < SK_HLL_CHUNK ? n : SK_HLL_CHUNK;
}

extern sk_status sk_hll_read_registers(sk_hll_register_reader *r,
									   const sk_hll *s);

/* The next n registers, with room for one more; false if the bytes are
 * damaged. */
extern bool sk_hll_next_registers(sk_hll_register_reader *r,
								  uint8_t *registers, uint32_t n);

/* How often each register value occurs, in either dense layout. */
extern sk_status sk_hll_register_histogram(const sk_hll *s,
										   uint32_t *histogram);

/*
 * The average bias of the likeliest rate n/m of registers, relative to the rate
 * and times m.
 */
extern double sk_hll_register_bias(double rate);

#endif							/* SK_HLL_INTERNAL_H */
