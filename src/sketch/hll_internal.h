/*
 * hll_internal.h: what the files of the hll core share: the details of the four
 * layouts and their readers. Layouts: doc/format.md.
 */
#ifndef SK_HLL_INTERNAL_H
#define SK_HLL_INTERNAL_H

#include "sketch/hll.h"
#include "sketch/hll_kernels.h"

#define HLL_BITMAP_FLAG 0x80
#define HLL_HEADER 4			/* type and version, layout, precision, flags */
#define HLL_DENSE_HEADER 8

#define HLL_NO_TOKEN UINT32_MAX /* an empty slot: no token has 63 zeros */

#define HLL_ESCAPE 15			/* the code of what the dictionary lacks */
#define HLL_CHUNK 256			/* registers that are decoded at a time */

/* Whether some input leads to this register. */
static inline bool
hll_register_ok(uint8_t r, int precision)
{
	unsigned	level = (r >> 2) - 2;

	if (r == 0)
		return true;
	if (r < 12 || level > hll_max_level(precision))
		return false;
	return (level > 1 || (r & 3) == 0) && (level > 2 || (r & 1) == 0);
}

static inline void
hll_add_token(uint8_t *registers, int precision, uint32_t token)
{
	uint32_t	index = token >> 6;
	int			rest_bits = HLL_INDEX_BITS - precision;
	uint32_t	rest = index & ((UINT32_C(1) << rest_bits) - 1);
	unsigned	zeros = rest_bits - sk_bit_length(rest);

	if (rest == 0)
		zeros += token & 63;
	hll_register_add(&registers[index >> rest_bits], zeros + 1);
}

/*
 * The Rice parameter for the gaps between n tokens: the one that is best for
 * gaps of geometric distribution with mean 2^26/n, which is where 2^r/mean
 * lies in 0.48 .. 0.96 (-ln of 0.618 and 0.382; Gallager & van Voorhis 1975).
 * Without tokens it is 0, and not used.
 */
static inline unsigned
hll_rice(uint32_t ntokens)
{
	return ntokens == 0 ? 0 :
		sk_bit_length(UINT32_C(64587124) / ntokens) - 1;
}

/* Reads a packed sparse sketch, token by token. */
typedef struct hll_token_reader
{
	sk_bit_reader bits;
	uint32_t	left;
	uint32_t	index;			/* of the token before */
	unsigned	rice;
} hll_token_reader;

static inline hll_token_reader
hll_read_tokens(const sk_hll *s)
{
	hll_token_reader r = {
		.bits = {s->bytes + s->body, s->nbytes - s->body, 0},
		.left = s->ntokens,
		.rice = hll_rice(s->ntokens)
	};

	return r;
}

extern bool hll_next_token_slow(hll_token_reader *r, uint32_t *token);

/*
 * The next token; false when the bytes are damaged. Nearly all tokens lie in
 * one 57-bit window, and take a load, two bit scans and a few shifts.
 */
static inline bool
hll_next_token(hll_token_reader *r, uint32_t *token)
{
	uint64_t	word = sk_bits_peek(&r->bits) & ((UINT64_C(1) << 57) - 1);
	uint32_t	gap;
	unsigned	quotient,
				zeros;

	quotient = word == 0 ? 57 : sk_ctz64(word);
	if (quotient > 12)
		return hll_next_token_slow(r, token);
	word >>= quotient + 1;
	gap = quotient << r->rice | (uint32_t) (word & ((UINT32_C(1) << r->rice) - 1));
	word >>= r->rice;
	if (word == 0)
		return hll_next_token_slow(r, token);
	zeros = sk_ctz64(word);
	r->bits.at += quotient + 1 + r->rice + zeros + 1;
	r->index += gap;
	*token = r->index << 6 | zeros;
	return r->index >> HLL_INDEX_BITS == 0 && zeros <= HLL_MAX_ZEROS &&
		!sk_bits_overrun(&r->bits);
}

/*
 * A working sparse sketch: tokens that are pending, among them maybe some twice,
 * and a table of slots.
 */
static inline uint32_t
hll_npending(const sk_hll *s)
{
	return sk_load32(s->bytes + 8);
}

static inline uint32_t
hll_nslots(size_t nbytes)
{
	return (uint32_t) ((nbytes - HLL_TABLE) / 4);
}

static inline uint32_t
hll_slot(const sk_hll *s, uint32_t i)
{
	return sk_load32(s->bytes + HLL_TABLE + 4 * (size_t) i);
}

static inline uint32_t
hll_pending(const sk_hll *s, uint32_t i)
{
	return sk_load32(s->bytes + HLL_WORKING_HEADER + 4 * (size_t) i);
}

/* Where the search for a token starts: tokens lie nearly in sorted order. */
static inline uint32_t
hll_home(uint32_t token, uint32_t nslots)
{
	return (uint32_t) (((uint64_t) token * nslots) >> 32);
}

/* Half bytes that stand for values by a table, decoded a block at a time. */
typedef struct hll_codes
{
	const uint8_t *bytes;		/* of what is not decoded yet */
	size_t		left;			/* codes not decoded yet */
	uint32_t	at,
				end;			/* values that are decoded, and not yet used */
	uint8_t		table[16];		/* HLL_MISSING: the next stream has it */
	uint8_t		values[2 * HLL_CHUNK + HLL_SLACK];
} hll_codes;

/* Reads a packed dense sketch, chunk by chunk. */
typedef struct hll_register_reader
{
	const uint8_t *bitmap;		/* NULL: no register is left out */
	const uint8_t *raw;
	size_t		ncodes,
				nescapes,
				nraw;			/* at first */
	size_t		raw_left;
	const hll_kernels *kernels;
	hll_codes	codes;
	hll_codes	escapes;
} hll_register_reader;

/* Registers that hll_next_registers() yields each time. */
static inline uint32_t
hll_chunk(int precision)
{
	uint32_t	n = sk_hll_nregisters(precision);

	return n < HLL_CHUNK ? n : HLL_CHUNK;
}

/* Prepares reading; then, false when the bytes are damaged. There is room for
 * n + 1 registers. */
extern sk_status hll_read_registers(hll_register_reader *r, const sk_hll *s);
extern bool hll_next_registers(hll_register_reader *r, uint8_t *registers,
							   uint32_t n);

/* How often each register value occurs, over any dense layout. */
extern sk_status hll_register_histogram(const sk_hll *s, uint32_t *histogram);

#endif							/* SK_HLL_INTERNAL_H */
