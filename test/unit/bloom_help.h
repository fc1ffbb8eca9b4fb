/*
 * bloom_help.h: what the bloom tests share: calls of the core on buffers, and a
 * second implementation of the sketch, as literal as can be: from a plain list of
 * hashes the packed bytes of doc/format.md, with the positions of bits by
 * division. That part shares no code with src/core, except for the design, which
 * test_bloom.c pins.
 */
#ifndef BLOOM_HELP_H
#define BLOOM_HELP_H

#include "env.h"
#include "hll_help.h"
#include "core/bloom/internal.h"

static const sk_bloom_design no_design;

static inline sk_bloom_design
design_for(uint64_t expected, double rate)
{
	sk_bloom_design design;

	if (sk_bloom_design_for(&design, expected, rate) != SK_OK)
		give_up("there is no design", (int) expected);
	return design;
}

/* Any number of blocks: sk_bloom_design_for() gives 16 or more, but a filter of
 * fewer can be read, and folded to. */
static inline sk_bloom_design
design_of(uint32_t nblocks, uint64_t expected, double rate)
{
	sk_bloom_design design = design_for(expected, rate);

	design.nblocks = nblocks;
	return design;
}

static inline sk_bloom
bloom_opened(buffer b)
{
	sk_bloom	s;
	sk_status	status = sk_bloom_open(&s, b.bytes, b.nbytes);

	if (status != SK_OK)
		give_up("a filter does not open", (int) status);
	return s;
}

static inline buffer
new_bloom_of(sk_bloom_shape shape)
{
	sk_value	v = sk_bloom_new(&shape, &test_env);

	return (buffer) {v.bytes, v.nbytes};
}

static inline buffer
new_bloom(sk_bloom_design design)
{
	sk_value	v = sk_bloom_empty(&design, &test_env);

	return (buffer) {v.bytes, v.nbytes};
}

/* Empty blocks, however few values are to come. */
static inline buffer
new_blocks(sk_bloom_design design)
{
	return new_bloom_of((sk_bloom_shape) {SK_BLOOM_WORKING_BITS, design, 0});
}

/* Makes b the sketch that was in it, and may have moved. */
static inline void
bloom_update(buffer *b, sk_value v)
{
	if (v.bytes != b->bytes)
		free_buffer(b);
	*b = (buffer) {v.bytes, v.nbytes};
}

static inline sk_status
try_bloom_merge(buffer *dst, const sk_bloom *src)
{
	sk_value	v = {dst->bytes, dst->nbytes};
	sk_status	status = sk_bloom_merge(&v, src->bytes, src->nbytes,
										&test_env);

	bloom_update(dst, v);
	return status;
}

static inline void
bloom_merge_into(buffer *dst, buffer src)
{
	sk_bloom	s = bloom_opened(src);
	sk_status	status = try_bloom_merge(dst, &s);

	if (status != SK_OK)
		give_up("a merge fails", (int) status);
}

static inline sk_status
try_bloom_add(buffer *dst, uint64_t hash)
{
	sk_value	v = {dst->bytes, dst->nbytes};
	sk_status	status = sk_bloom_add(&v, hash, &test_env);

	bloom_update(dst, v);
	return status;
}

static inline void
bloom_add_hash(buffer *dst, uint64_t hash)
{
	if (try_bloom_add(dst, hash) != SK_OK)
		give_up("adding fails", 0);
}

static inline buffer
bloom_of(const uint64_t *hashes, size_t n, sk_bloom_design design)
{
	buffer		b = new_bloom(design);

	for (size_t i = 0; i < n; i++)
		bloom_add_hash(&b, hashes[i]);
	return b;
}

static inline sk_status
bloom_check(buffer b)
{
	return sk_bloom_check(b.bytes, b.nbytes, &test_env);
}

/* Packs any sketch into a new buffer; after a status other than SK_OK *out is
 * empty. */
static inline sk_status
try_bloom_pack(const sk_bloom *s, buffer *out)
{
	buffer		copy = copy_bytes(s->bytes, s->nbytes);
	sk_value	v = {copy.bytes, copy.nbytes};
	sk_status	status = sk_bloom_pack(&v, &test_env);

	bloom_update(&copy, v);
	if (status != SK_OK)
		free_buffer(&copy);
	*out = copy;
	return status;
}

static inline buffer
bloom_packed(buffer b)
{
	sk_bloom	s = bloom_opened(b);
	buffer		out;
	sk_status	status = try_bloom_pack(&s, &out);

	if (status != SK_OK)
		give_up("packing fails", (int) status);
	return out;
}

/* The intersection in a new buffer; after a status other than SK_OK *out is
 * empty. */
static inline sk_status
try_bloom_intersect(buffer *out, const sk_bloom *a, const sk_bloom *b)
{
	buffer		copy = copy_bytes(a->bytes, a->nbytes);
	sk_value	v = {copy.bytes, copy.nbytes};
	sk_status	status = sk_bloom_intersect(&v, b->bytes, b->nbytes, &test_env);

	bloom_update(&copy, v);
	if (status != SK_OK)
		free_buffer(&copy);
	*out = copy;
	return status;
}

/* Whether b becomes the intersection with s in place; else it stays as it is. */
static inline bool
bloom_restrict(buffer b, const sk_bloom *s)
{
	sk_value	v = {b.bytes, b.nbytes};
	sk_status	status = sk_bloom_intersect(&v, s->bytes, s->nbytes, &test_env);

	if (v.bytes != b.bytes)
		free(v.bytes);
	return status == SK_OK && v.bytes == b.bytes;
}

static inline bool
bloom_has_hash(buffer b, uint64_t hash)
{
	sk_bloom	s = bloom_opened(b);

	return sk_bloom_has(&s, hash);
}

static inline double
bloom_count_of(buffer b)
{
	sk_bloom	s = bloom_opened(b);
	sk_bloom_fills fills;

	sk_bloom_count_fills(&s, &fills, &test_env);
	return sk_bloom_count(&s, &fills);
}

static inline double
bloom_rate_of(buffer b)
{
	sk_bloom	s = bloom_opened(b);
	sk_bloom_fills fills;

	sk_bloom_count_fills(&s, &fills, &test_env);
	return sk_bloom_rate(&s, &fills);
}

/* --- the second implementation ------------------------------------------- */

static inline int
compare_hashes(const void *a, const void *b)
{
	uint64_t	x = *(const uint64_t *) a,
				y = *(const uint64_t *) b;

	return (x > y) - (x < y);
}

/* The distinct hashes in order, 0 as 1; returns their number. */
static inline size_t
sort_distinct(uint64_t *sorted, const uint64_t *hashes, size_t n)
{
	size_t		kept = 0;

	for (size_t i = 0; i < n; i++)
		sorted[i] = hashes[i] == 0 ? 1 : hashes[i];
	qsort(sorted, n, sizeof(*sorted), compare_hashes);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || sorted[i] != sorted[i - 1])
			sorted[kept++] = sorted[i];
	return kept;
}

static inline void
put_number(uint8_t *at, uint64_t x, int nbytes)
{
	for (int i = 0; i < nbytes; i++)
		at[i] = (uint8_t) (x >> (8 * i) & 0xFF);
}

static inline buffer
reference_header(size_t body, sk_bloom_layout layout, sk_bloom_design design,
				 size_t nvalues)
{
	buffer		b = new_buffer(32 + body);
	uint64_t	rate;

	memcpy(&rate, &design.rate, 8);
	memset(b.bytes, 0, b.nbytes);
	b.bytes[0] = 0x91;
	b.bytes[1] = (uint8_t) layout;
	b.bytes[2] = (uint8_t) design.nbits;
	b.bytes[3] = layout == SK_BLOOM_PACKED_LIST && nvalues == 0 ? 0 : 255;
	put_number(b.bytes + 4, design.nblocks, 4);
	put_number(b.bytes + 8, design.expected, 8);
	put_number(b.bytes + 16, rate, 8);
	put_number(b.bytes + 24, nvalues, 4);
	return b;
}

/* The bytes of a block: 64, or 512 where a value sets 8 bits or more. */
static inline size_t
reference_block_bytes(sk_bloom_design design)
{
	return design.nbits < 8 ? 64 : 512;
}

/*
 * Bit number i that a hash sets in its block. Products are modulo 2^64, as they
 * must be.
 */
static inline unsigned
reference_bit(uint64_t hash, int i, int nbits)
{
	uint64_t	x = hash * UINT64_C(11400714819323198485);

	if (nbits < 8)
		return (unsigned) (x / (UINT64_C(1) << (55 - 9 * i)) % 512);
	for (; i >= 5; i -= 5)
		x = (x ^ x / (UINT64_C(1) << 32)) * UINT64_C(13787848793156543929);
	return (unsigned) (x / (UINT64_C(1) << (52 - 12 * i)) % 4096);
}

static inline void
reference_add(uint8_t *blocks, sk_bloom_design design, uint64_t hash)
{
	uint64_t	block = hash / (UINT64_C(1) << 32) * design.nblocks /
		(UINT64_C(1) << 32);

	for (int i = 0; i < design.nbits; i++)
	{
		unsigned	bit = reference_bit(hash, i, design.nbits);

		blocks[reference_block_bytes(design) * block + bit / 8] |= (uint8_t) (1 << bit % 8);
	}
}

/* The hashes as packed blocks, however few they are. */
static inline buffer
reference_bits(const uint64_t *hashes, size_t n, sk_bloom_design design)
{
	buffer		b = reference_header(reference_block_bytes(design) * design.nblocks,
									 SK_BLOOM_PACKED_BITS, design, 0);

	for (size_t i = 0; i < n; i++)
		reference_add(b.bytes + 32, design, hashes[i] == 0 ? 1 : hashes[i]);
	return b;
}

static inline buffer
reference_list(const uint64_t *sorted, size_t n, sk_bloom_design design)
{
	buffer		b = reference_header(8 * n, SK_BLOOM_PACKED_LIST, design, n);

	for (size_t i = 0; i < n; i++)
		put_number(b.bytes + 32 + 8 * i, sorted[i], 8);
	return b;
}

/* The most values of a packed list: as long as the blocks up to 240, but at least
 * a quarter of their length. */
static inline size_t
reference_most(sk_bloom_design design)
{
	size_t		as_long = reference_block_bytes(design) * design.nblocks / 8;
	size_t		most = design.nblocks == 0 || as_long > 240 ? 240 : as_long;

	return most < as_long / 4 ? as_long / 4 : most;
}

/* The packed sketch of a list of hashes. */
static inline buffer
reference_bloom(const uint64_t *hashes, size_t n, sk_bloom_design design)
{
	uint64_t   *sorted = malloc(8 * n + 8);
	size_t		nvalues = sort_distinct(sorted, hashes, n);
	buffer		b;

	if (nvalues <= reference_most(design))
		b = reference_list(sorted, nvalues, design);
	else if (design.nblocks == 0)
		b = reference_bits(hashes, n, design_for(nvalues, 0.01));
	else
		b = reference_bits(hashes, n, design);
	free(sorted);
	return b;
}

#endif							/* BLOOM_HELP_H */
