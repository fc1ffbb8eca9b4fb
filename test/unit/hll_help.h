/*
 * hll_help.h: what the hll tests share: buffers of exactly the right size, so
 * that the address sanitizer sees the first byte read past an end; a seeded
 * generator; and sketches that grow as the caller of the core makes them grow.
 */
#ifndef HLL_HELP_H
#define HLL_HELP_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Some one to three bits, of bytes that are not empty. */
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

static inline buffer
new_sketch_of(sk_hll_shape shape)
{
	buffer		b = new_buffer(sk_hll_size(shape));

	sk_hll_init(b.bytes, shape);
	return b;
}

static inline buffer
new_sketch(int precision)
{
	return new_sketch_of(sk_hll_smallest(precision));
}

static inline sk_status try_merge(buffer *dst, const sk_hll *src);

/* Rebuilds dst in the shape that sk_hll_larger() names. */
static inline sk_status
grow_sketch(buffer *dst, const sk_hll *src)
{
	sk_hll		old = opened(*dst);
	buffer		larger = new_sketch_of(sk_hll_larger(&old, src));
	sk_status	status = try_merge(&larger, &old);

	free_buffer(dst);
	*dst = larger;
	return status;
}

/*
 * Adds src to dst, which grows as needed and falls to src's precision where
 * that is lower. An answer other than SK_OK tells that one of them is damaged.
 * The contract of sk_hll_larger() allows two more SK_FULL after the first one.
 */
static inline sk_status
try_merge(buffer *dst, const sk_hll *src)
{
	sk_status	status = SK_OK;

	if (src->precision < dst->bytes[2])
		status = grow_sketch(dst, src);
	for (int full = 0; status == SK_OK; full++)
	{
		status = sk_hll_merge(dst->bytes, dst->nbytes, src, NULL);
		if (status != SK_FULL)
			break;
		if (full == 3)
			give_up("a merge is full for the fourth time", full);
		status = grow_sketch(dst, src);
	}
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

static inline void
add_hash(buffer *dst, uint64_t hash)
{
	while (sk_hll_add(dst->bytes, dst->nbytes, hash) == SK_FULL)
		if (grow_sketch(dst, NULL) != SK_OK)
			give_up("growing fails", 0);
}

static inline buffer
sketch_of(const uint64_t *hashes, size_t n, int precision)
{
	buffer		b = new_sketch(precision);

	for (size_t i = 0; i < n; i++)
		add_hash(&b, hashes[i]);
	return b;
}

static inline sk_status try_pack(const sk_hll *s, buffer *out);

/* Packs a sketch whose pending tokens make it dense. */
static inline sk_status
try_pack_dense(const sk_hll *s, buffer *out)
{
	buffer		dense = new_sketch_of((sk_hll_shape)
									  {SK_HLL_WORKING_DENSE, s->precision, 0});
	sk_status	status = try_merge(&dense, s);
	sk_hll		registers = opened(dense);

	if (status == SK_OK)
		status = try_pack(&registers, out);
	free_buffer(&dense);
	return status;
}

/* Packs any sketch; on an answer other than SK_OK *out is empty. */
static inline sk_status
try_pack(const sk_hll *s, buffer *out)
{
	buffer		tokens = new_buffer(4 * (size_t) s->ntokens);
	sk_hll_plan plan;
	sk_status	status = sk_hll_plan_pack(&plan, s, (uint32_t *) tokens.bytes);

	*out = (buffer) {NULL, 0};
	if (status == SK_OK)
	{
		*out = new_buffer(plan.nbytes);
		sk_hll_pack(&plan, out->bytes);
	}
	free_buffer(&tokens);
	return status == SK_FULL ? try_pack_dense(s, out) : status;
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

/* The estimate; of a working sparse sketch, which has none, once it is packed. */
static inline sk_hll_estimate
estimate_of(buffer b)
{
	sk_hll		s = opened(b);
	buffer		bytes = {NULL, 0};
	sk_hll_estimate e;
	sk_status	status;

	if (s.layout == SK_HLL_WORKING_SPARSE)
	{
		bytes = packed(b);
		s = opened(bytes);
	}
	status = sk_hll_count(&s, &e);
	if (status != SK_OK)
		give_up("counting fails", (int) status);
	free_buffer(&bytes);
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
