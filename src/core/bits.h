/*
 * bits.h: bytes and bits in the order that doc/format.md defines.
 *
 * Integers are little-endian whatever the machine, bit streams fill each byte
 * from its lowest bit. Nothing here reads or writes past the length it is given.
 */
#ifndef SK_BITS_H
#define SK_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define SK_LITTLE32(x) __builtin_bswap32(x)
#define SK_LITTLE64(x) __builtin_bswap64(x)
#else
#define SK_LITTLE32(x) (x)
#define SK_LITTLE64(x) (x)
#endif

static inline uint32_t
sk_load32(const uint8_t *at)
{
	uint32_t	x;

	memcpy(&x, at, sizeof(x));
	return SK_LITTLE32(x);
}

static inline uint64_t
sk_load64(const uint8_t *at)
{
	uint64_t	x;

	memcpy(&x, at, sizeof(x));
	return SK_LITTLE64(x);
}

static inline void
sk_store32(uint8_t *at, uint32_t x)
{
	x = SK_LITTLE32(x);
	memcpy(at, &x, sizeof(x));
}

static inline void
sk_store64(uint8_t *at, uint64_t x)
{
	x = SK_LITTLE64(x);
	memcpy(at, &x, sizeof(x));
}

/* Leading zeros of x, which must not be 0. */
static inline unsigned
sk_clz64(uint64_t x)
{
	return (unsigned) __builtin_clzll(x);
}

/* Trailing zeros of x, which must not be 0. */
static inline unsigned
sk_ctz64(uint64_t x)
{
	return (unsigned) __builtin_ctzll(x);
}

/*
 * Bits set in x: sums of pairs, of fours, of bytes. The compiler's own is a
 * function call where the machine may lack the instruction.
 */
static inline unsigned
sk_popcount64(uint64_t x)
{
	x -= x >> 1 & UINT64_C(0x5555555555555555);
	x = (x & UINT64_C(0x3333333333333333)) +
		(x >> 2 & UINT64_C(0x3333333333333333));
	x = (x + (x >> 4)) & UINT64_C(0x0F0F0F0F0F0F0F0F);
	return (unsigned) (x * UINT64_C(0x0101010101010101) >> 56);
}

/* Bits needed to write x; 0 for 0. */
static inline unsigned
sk_bit_length(uint64_t x)
{
	return x == 0 ? 0 : 64 - sk_clz64(x);
}

/* A bit stream to read. It yields zeros past its end. */
typedef struct sk_bit_reader
{
	const uint8_t *bytes;
	size_t		nbytes;
	size_t		at;				/* in bits */
} sk_bit_reader;

/* At least 57 bits from the current position, the first one lowest. */
static inline uint64_t
sk_bits_peek(const sk_bit_reader *r)
{
	size_t		byte = r->at >> 3;
	uint64_t	word = 0;

	if (byte + 8 <= r->nbytes)
		word = sk_load64(r->bytes + byte);
	else
		for (unsigned i = 0; byte + i < r->nbytes; i++)
			word |= (uint64_t) r->bytes[byte + i] << (8 * i);
	return word >> (r->at & 7);
}

/* Iterates over the ones of a bit stream. */
typedef struct sk_ones
{
	const uint8_t *bytes;
	size_t		nbytes;
	size_t		base;			/* position of the word in the stream */
	uint64_t	word;			/* the ones not found yet */
} sk_ones;

#define SK_NO_ONE SIZE_MAX

static inline uint64_t
sk_ones_load(const sk_ones *o)
{
	return sk_bits_peek(&(sk_bit_reader) {o->bytes, o->nbytes, o->base});
}

/* Starts at position `at`. */
static inline sk_ones
sk_ones_from(const uint8_t *bytes, size_t nbytes, size_t at)
{
	sk_ones		o = {bytes, nbytes, at & ~(size_t) 7, 0};

	o.word = sk_ones_load(&o) >> (at & 7) << (at & 7);
	return o;
}

/* Moves to the next word with a one; false at the end. */
static inline bool
sk_ones_advance(sk_ones *o)
{
	while (o->word == 0)
	{
		o->base += 64;
		if (o->base >= o->nbytes * 8)
			return false;
		o->word = sk_ones_load(o);
	}
	return true;
}

/* The position of the next one; SK_NO_ONE at the end. */
static inline size_t
sk_ones_next(sk_ones *o)
{
	size_t		at;

	if (o->word == 0 && !sk_ones_advance(o))
		return SK_NO_ONE;
	at = o->base + sk_ctz64(o->word);
	o->word &= o->word - 1;
	return at;
}

/* The position of the n-th next one, n > 0; SK_NO_ONE at the end. */
static inline size_t
sk_ones_skip(sk_ones *o, size_t n)
{
	while (n > sk_popcount64(o->word))
	{
		n -= sk_popcount64(o->word);
		o->word = 0;
		if (!sk_ones_advance(o))
			return SK_NO_ONE;
	}
	while (--n > 0)
		o->word &= o->word - 1;
	return sk_ones_next(o);
}

/* A bit stream to write; there must be room for all of it. */
typedef struct sk_bit_writer
{
	uint8_t    *out;
	uint8_t    *end;			/* of the room */
	uint64_t	pending;		/* bits that do not fill a byte */
	unsigned	npending;		/* fewer than 8 */
} sk_bit_writer;

/*
 * Appends value, which fits nbits (at most 57). Whole bytes go out by one store
 * of eight, except where that would pass the end of the room.
 */
static inline void
sk_bits_write(sk_bit_writer *w, uint64_t value, unsigned nbits)
{
	unsigned	nbytes;

	w->pending |= value << w->npending;
	w->npending += nbits;
	nbytes = w->npending >> 3;
	if (w->end - w->out >= 8)
		sk_store64(w->out, w->pending);
	else
		for (unsigned i = 0; i < nbytes; i++)
			w->out[i] = (uint8_t) (w->pending >> (8 * i));
	w->out += nbytes;
	w->pending = nbytes == 8 ? 0 : w->pending >> (8 * nbytes);
	w->npending &= 7;
}

/* Appends `zeros` zero bits and a one. */
static inline void
sk_bits_write_unary(sk_bit_writer *w, uint32_t zeros)
{
	for (; zeros >= 32; zeros -= 32)
		sk_bits_write(w, 0, 32);
	sk_bits_write(w, UINT64_C(1) << zeros, zeros + 1);
}

/* Pads the last byte with zeros. */
static inline void
sk_bits_finish(sk_bit_writer *w)
{
	if (w->npending > 0)
		*w->out++ = (uint8_t) w->pending;
	w->pending = w->npending = 0;
}

/* The IEEE 754 bits of a double, as they are stored. */
static inline uint64_t
sk_double_bits(double x)
{
	uint64_t	bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static inline double
sk_double_of(uint64_t bits)
{
	double		x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

#endif							/* SK_BITS_H */
