/*
 * hll_help.h: what the tests share: buffers of exactly the right size, so that
 * the address sanitizer sees the first byte read past an end; a seeded
 * generator; and hll sketches that own their memory.
 */
#ifndef HLL_HELP_H
#define HLL_HELP_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "env.h"
#include "core/hll/sketch.h"

/* Bytes on the heap; whoever holds the buffer frees it. */
typedef struct buffer
{
	uint8_t    *bytes;
	size_t		nbytes;
} buffer;

/* Stops the program: a test cannot go on from here. */
static inline void
give_up(const char *why, int detail)
{
	printf("giving up: %s (%d)\n", why, detail);
	fflush(stdout);
	abort();
}

static inline buffer
new_buffer(size_t nbytes)
{
	buffer		b = {malloc(nbytes), nbytes};

	if (b.bytes == NULL && nbytes > 0)
		give_up("out of memory", 0);
	return b;
}

static inline buffer
copy_bytes(const void *bytes, size_t nbytes)
{
	buffer		b = new_buffer(nbytes);

	if (nbytes > 0)
		memcpy(b.bytes, bytes, nbytes);
	return b;
}

static inline void
free_buffer(buffer *b)
{
	free(b->bytes);
	*b = (buffer) {NULL, 0};
}

static inline bool
same_bytes(buffer a, buffer b)
{
	return a.nbytes == b.nbytes &&
		(a.nbytes == 0 || memcmp(a.bytes, b.bytes, a.nbytes) == 0);
}

/* The next number of a splitmix64 sequence (Steele, Lea, Flood 2014). */
static inline uint64_t
next_random(uint64_t *state)
{
	uint64_t	z = *state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

/* A number below n, n > 0; the bias of the modulus does not matter here. */
static inline uint32_t
random_below(uint64_t *state, uint32_t n)
{
	return (uint32_t) ((next_random(state) >> 32) * n >> 32);
}

static inline void
resize(buffer *b, size_t nbytes)
{
	b->bytes = realloc(b->bytes, nbytes + 1);
	b->nbytes = nbytes;
}

/* Flips one to three bits of bytes that are not empty. */
static inline void
flip_bits(buffer *b, uint64_t *seed)
{
	for (uint32_t n = 1 + random_below(seed, 3); n > 0; n--)
		b->bytes[random_below(seed, (uint32_t) b->nbytes)] ^=
			(uint8_t) (1 << random_below(seed, 8));
}

static inline sk_hll
opened(buffer b)
{
	sk_hll		s;
	sk_status	status = sk_hll_open(&s, b.bytes, b.nbytes);

	if (status != SK_OK)
		give_up("a sketch does not open", (int) status);
	return s;
}

/* The buffer of a sketch that the core has made. */
static inline buffer
buffer_of(sk_value v)
{
	return (buffer) {v.bytes, v.nbytes};
}

static inline buffer
new_sketch(int precision)
{
	return buffer_of(sk_hll_empty(precision, &test_env));
}

/* An empty working sketch by its bytes, as doc/format.md has them. */
static inline buffer
new_sketch_by_bytes(int layout, int precision, size_t header, size_t body,
					int fill)
{
	buffer		b = new_buffer(header + body);

	memset(b.bytes, 0, header);
	memset(b.bytes + header, fill, body);
	b.bytes[0] = 0x81;
	b.bytes[1] = (uint8_t) layout;
	b.bytes[2] = (uint8_t) precision;
	return b;
}

static inline buffer
new_dense(int precision)
{
	return new_sketch_by_bytes(3, precision, 12, (size_t) 1 << precision, 0);
}

static inline buffer
new_sparse(int precision, uint32_t nslots)
{
	return new_sketch_by_bytes(2, precision, 60, 4 * (size_t) nslots, 0xFF);
}

/* Makes b what became of it, as sk_value has it. */
static inline void
become(buffer *b, sk_value v)
{
	if (v.bytes != b->bytes)
		free(b->bytes);
	*b = buffer_of(v);
}

/*
 * Adds src to dst, which can be packed, or empty bytes. A status other than
 * SK_OK means that one of them is damaged.
 */
static inline sk_status
try_merge(buffer *dst, const sk_hll *src)
{
	sk_value	v = {dst->bytes, dst->nbytes};
	sk_status	status = sk_hll_merge(&v, src->bytes, src->nbytes, &test_env);

	if (status != SK_OK && (v.bytes != dst->bytes || v.nbytes != dst->nbytes))
		give_up("a merge fails, but moves the sketch", (int) status);
	become(dst, v);
	return status;
}

static inline void
merge_into(buffer *dst, buffer src)
{
	sk_hll		s = opened(src);
	sk_status	status = try_merge(dst, &s);

	if (status != SK_OK)
		give_up("a merge fails", (int) status);
}

/* A new working sketch of b at a precision that is not higher. */
static inline buffer
folded(buffer b, int precision)
{
	sk_hll		s = opened(b);
	sk_value	v;
	sk_status	status = sk_hll_fold(&v, &s, precision, &test_env);

	if (status != SK_OK)
		give_up("folding fails", (int) status);
	return buffer_of(v);
}

static inline sk_status
try_add(buffer *dst, uint64_t hash)
{
	sk_value	v = {dst->bytes, dst->nbytes};
	sk_status	status = sk_hll_add(&v, hash, &test_env);

	if (status != SK_OK && (v.bytes != dst->bytes || v.nbytes != dst->nbytes))
		give_up("adding fails, but moves the sketch", (int) status);
	become(dst, v);
	return status;
}

static inline void
add_hash(buffer *dst, uint64_t hash)
{
	sk_status	status = try_add(dst, hash);

	if (status != SK_OK)
		give_up("adding fails", (int) status);
}

static inline buffer
sketch_of(const uint64_t *hashes, size_t n, int precision)
{
	buffer		b = new_sketch(precision);

	for (size_t i = 0; i < n; i++)
		add_hash(&b, hashes[i]);
	return b;
}

/* Packs any sketch into a new buffer; on a status other than SK_OK *out is
 * empty. */
static inline sk_status
try_pack(const sk_hll *s, buffer *out)
{
	sk_value	v = {(uint8_t *) (uintptr_t) s->bytes, s->nbytes};
	sk_status	status = sk_hll_pack(&v, &test_env);

	*out = (buffer) {NULL, 0};
	if ((status != SK_OK || sk_hll_is_packed(s)) && v.bytes != s->bytes)
		give_up("a sketch moves that cannot be packed, or is", (int) status);
	if (status == SK_OK)
		*out = v.bytes == s->bytes ? copy_bytes(v.bytes, v.nbytes) :
			buffer_of(v);
	return status;
}

static inline buffer
packed(buffer b)
{
	sk_hll		s = opened(b);
	buffer		out;
	sk_status	status = try_pack(&s, &out);

	if (status != SK_OK)
		give_up("packing fails", (int) status);
	return out;
}

static inline sk_hll_estimate
estimate_of(buffer b)
{
	sk_hll		s = opened(b);
	sk_hll_estimate e;
	sk_status	status = sk_hll_count(&s, &e, &test_env);

	if (status != SK_OK)
		give_up("counting fails", (int) status);
	return e;
}

/* Equal to the last bit, as equal content must be. */
static inline bool
same_estimate(sk_hll_estimate a, sk_hll_estimate b)
{
	return a.count == b.count && a.relative_error == b.relative_error &&
		a.least == b.least && a.hidden == b.hidden;
}

#endif							/* HLL_HELP_H */
