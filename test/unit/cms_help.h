/*
 * cms_help.h: what the cms tests share: sketches in buffers, and a second
 * implementation, as literal as possible. From a plain list of hashes and
 * weights it makes the packed bytes of doc/format.md, with places by
 * division, and tries all possible forms of each block to take the shortest.
 * It shares no code with src/core, except for the design, which test_cms.c
 * pins.
 */
#ifndef CMS_HELP_H
#define CMS_HELP_H

#include "env.h"
#include "hll_help.h"
#include "core/cms/internal.h"

/* A hash and a weight; several of one hash add up. */
typedef struct event
{
	uint64_t	hash;
	uint64_t	weight;
} event;

/* A number of at most 64 - least_shift bits, of `spread` magnitudes. */
static inline uint64_t
random_weight(uint64_t *seed, unsigned least_shift, unsigned spread)
{
	unsigned	shift = least_shift + random_below(seed, spread);

	return next_random(seed) >> shift;
}

static inline event
random_event(uint64_t *seed, unsigned least_shift, unsigned spread)
{
	uint64_t	hash = next_random(seed);

	return (event) {hash, random_weight(seed, least_shift, spread)};
}

static inline sk_cms_design
design_for(double epsilon, double delta)
{
	sk_cms_design design;

	if (sk_cms_design_for(&design, epsilon, delta) != SK_OK)
		give_up("there is no design", 0);
	return design;
}

static inline sk_cms
cms_opened(buffer b)
{
	sk_cms		s;
	sk_status	status = sk_cms_open(&s, b.bytes, b.nbytes);

	if (status != SK_OK)
		give_up("a sketch does not open", (int) status);
	return s;
}

static inline sk_value
cms_value(buffer b)
{
	return (sk_value) {b.bytes, b.nbytes};
}

/*
 * Makes v, which the core made of *b, the buffer; frees the bytes if v moved.
 */
static inline void
keep_cms(buffer *b, sk_value v)
{
	if (v.bytes != b->bytes)
		free(b->bytes);
	*b = (buffer) {v.bytes, v.nbytes};
}

static inline buffer
new_cms(sk_cms_design design)
{
	buffer		b = {NULL, 0};

	keep_cms(&b, sk_cms_empty(&design, &test_env));
	return b;
}

/* Empty working counters, which the core makes only of full lists. */
static inline buffer
new_cells(sk_cms_design design)
{
	buffer		b = new_buffer(SK_CMS_HEADER +
							   8 * (size_t) sk_cms_ncells(&design));

	memset(b.bytes, 0, b.nbytes);
	sk_cms_write_header(b.bytes, SK_CMS_WORKING_CELLS, &design);
	return b;
}

static inline sk_status
try_cms_merge(buffer *dst, const sk_cms *src)
{
	sk_value	v = cms_value(*dst);
	sk_status	status = sk_cms_merge(&v, src->bytes, src->nbytes, &test_env);

	keep_cms(dst, v);
	return status;
}

static inline void
cms_merge_into(buffer *dst, buffer src)
{
	sk_cms		s = cms_opened(src);
	sk_status	status = try_cms_merge(dst, &s);

	if (status != SK_OK)
		give_up("a merge fails", (int) status);
}

static inline sk_status
try_cms_add_kind(buffer *dst, uint64_t hash, uint8_t kind, uint64_t weight)
{
	sk_value	v = cms_value(*dst);
	sk_status	status = sk_cms_add(&v, hash, kind, weight, &test_env);

	keep_cms(dst, v);
	return status;
}

/* A value of no known kind, as most tests add them. */
static inline sk_status
try_cms_add(buffer *dst, uint64_t hash, uint64_t weight)
{
	return try_cms_add_kind(dst, hash, SK_KIND_ANY, weight);
}

static inline void
cms_add_hash(buffer *dst, uint64_t hash, uint64_t weight)
{
	sk_status	status = try_cms_add(dst, hash, weight);

	if (status != SK_OK)
		give_up("adding fails", (int) status);
}

static inline buffer
cms_of(const event *events, size_t n, sk_cms_design design)
{
	buffer		b = new_cms(design);

	for (size_t i = 0; i < n; i++)
		cms_add_hash(&b, events[i].hash, events[i].weight);
	return b;
}

/*
 * A packed copy of any sketch; after a status other than SK_OK *out is empty.
 */
static inline sk_status
try_cms_pack(const sk_cms *s, buffer *out)
{
	buffer		copy = copy_bytes(s->bytes, s->nbytes);
	sk_value	v = cms_value(copy);
	sk_status	status = sk_cms_pack(&v, &test_env);

	keep_cms(&copy, v);
	*out = (buffer) {NULL, 0};
	if (status == SK_OK)
		*out = copy;
	else
		free_buffer(&copy);
	return status;
}

static inline buffer
cms_packed(buffer b)
{
	sk_cms		s = cms_opened(b);
	buffer		out;
	sk_status	status = try_cms_pack(&s, &out);

	if (status != SK_OK)
		give_up("packing fails", (int) status);
	return out;
}

static inline uint64_t
cms_frequency_of(buffer b, uint64_t hash)
{
	sk_cms		s = cms_opened(b);

	return sk_cms_frequency(&s, hash);
}

/* --- the second implementation -------------------------------------------- */

static inline int
compare_events(const void *a, const void *b)
{
	uint64_t	x = ((const event *) a)->hash,
				y = ((const event *) b)->hash;

	return (x > y) - (x < y);
}

/*
 * The distinct hashes in order, 0 as 1, with their frequencies; returns the
 * number of those that have one.
 */
static inline size_t
sum_events(event *sums, const event *events, size_t n)
{
	size_t		kept = 0;

	memcpy(sums, events, n * sizeof(*sums));
	for (size_t i = 0; i < n; i++)
		sums[i].hash += sums[i].hash == 0;
	qsort(sums, n, sizeof(*sums), compare_events);
	for (size_t i = 0; i < n; i++)
		if (sums[i].weight == 0)
			continue;
		else if (kept > 0 && sums[kept - 1].hash == sums[i].hash)
			sums[kept - 1].weight += sums[i].weight;
		else
			sums[kept++] = sums[i];
	return kept;
}

static inline void
put_number(uint8_t *at, uint64_t x, int nbytes)
{
	for (int i = 0; i < nbytes; i++)
		at[i] = (uint8_t) (x >> (8 * i) & 0xFF);
}

/* The place of a hash in a row. Products of uint64_t are modulo 2^64, as they
 * should be. */
static inline uint32_t
reference_place(uint64_t hash, int row, uint32_t width)
{
	uint64_t	x = hash;
	uint64_t	half;

	for (int pair = 0; pair < row / 2; pair++)
		x = (x ^ x / (UINT64_C(1) << 32)) * UINT64_C(11400714819323198485);
	half = row % 2 == 0 ? x / (UINT64_C(1) << 32) : x % (UINT64_C(1) << 32);
	return (uint32_t) (half * width / (UINT64_C(1) << 32));
}

/* The counters of sums, row after row; the caller frees them. */
static inline uint64_t *
reference_counters(const event *sums, size_t n, sk_cms_design design)
{
	uint64_t   *cells = calloc((size_t) design.width * (size_t) design.depth, 8);

	for (size_t i = 0; i < n; i++)
		for (int row = 0; row < design.depth; row++)
			cells[(size_t) row * design.width +
				  reference_place(sums[i].hash, row, design.width)] +=
				sums[i].weight;
	return cells;
}

static inline size_t
reference_varint(uint8_t *at, uint64_t x)
{
	size_t		n = 0;

	do
		at[n++] = (uint8_t) (x % 128 + (x >= 128 ? 128 : 0));
	while ((x /= 128) > 0);
	return n;
}

/* A block with nbits bits per counter; returns its number of bytes. */
static inline size_t
reference_form(uint8_t *out, const uint64_t *cells, size_t n, uint64_t base,
			   unsigned nbits)
{
	size_t		at;

	memset(out, 0, 4000);
	out[0] = (uint8_t) nbits;
	at = 2 + reference_varint(out + 2, base);
	for (size_t i = 0; i < n * nbits; i++)
		if ((cells[i / nbits] - base) >> (i % nbits) & 1)
			out[at + i / 8] |= (uint8_t) (1 << i % 8);
	at += (n * nbits + 7) / 8;
	for (size_t i = 0; i < n; i++)
		if ((cells[i] - base) >> nbits > 0)
		{
			out[at++] = (uint8_t) i;
			out[1]++;
		}
	for (size_t i = 0; i < n; i++)
		if ((cells[i] - base) >> nbits > 0)
			at += reference_varint(out + at, (cells[i] - base) >> nbits);
	return at;
}

/* The shortest form of a block; of several, the one with the fewest bits. */
static inline size_t
reference_block(uint8_t *out, const uint64_t *cells, size_t n)
{
	uint8_t		form[4000];
	uint64_t	base = UINT64_MAX;
	uint64_t	most = 0;
	size_t		best = SIZE_MAX;

	for (size_t i = 0; i < n; i++)
	{
		base = cells[i] < base ? cells[i] : base;
		most = cells[i] > most ? cells[i] : most;
	}
	for (unsigned nbits = 0; nbits <= 56 && most > 0; nbits++)
	{
		size_t		nbytes = reference_form(form, cells, n, base, nbits);

		if (nbytes < best)
			memcpy(out, form, best = nbytes);
	}
	return most == 0 ? 0 : best;
}

/* A header and room for the rest. */
static inline buffer
reference_header(size_t body, sk_cms_layout layout, sk_cms_design design,
				 uint64_t total, size_t nvalues)
{
	buffer		b = new_buffer(36 + body);
	uint64_t	bits;

	memset(b.bytes, 0, b.nbytes);
	b.bytes[0] = 0xA1;
	b.bytes[1] = (uint8_t) layout;
	b.bytes[2] = (uint8_t) design.depth;
	b.bytes[3] = total > 0 ? 255 : 0;
	put_number(b.bytes + 4, design.width, 4);
	memcpy(&bits, &design.epsilon, 8);
	put_number(b.bytes + 8, bits, 8);
	memcpy(&bits, &design.delta, 8);
	put_number(b.bytes + 16, bits, 8);
	put_number(b.bytes + 24, total, 8);
	put_number(b.bytes + 32, nvalues, 4);
	return b;
}

static inline buffer
reference_cells(const event *sums, size_t n, sk_cms_design design,
				uint64_t total)
{
	size_t		ncells = (size_t) design.width * (size_t) design.depth;
	size_t		nblocks = (ncells + 127) / 128;
	uint64_t   *cells = reference_counters(sums, n, design);
	buffer		b = reference_header(nblocks * 4000, SK_CMS_PACKED_CELLS,
									 design, total, 0);
	size_t		end = 0;

	for (size_t i = 0; i < nblocks; i++)
	{
		size_t		left = ncells - 128 * i;

		end += reference_block(b.bytes + 36 + 4 * nblocks + end,
							   cells + 128 * i, left < 128 ? left : 128);
		put_number(b.bytes + 36 + 4 * i, end, 4);
	}
	resize(&b, 36 + 4 * nblocks + end);
	free(cells);
	return b;
}

static inline buffer
reference_list(const event *sums, size_t n, sk_cms_design design,
			   uint64_t total)
{
	uint64_t	largest = 0;
	int			ncount = 0;
	buffer		b;

	for (size_t i = 0; i < n; i++)
		largest = sums[i].weight > largest ? sums[i].weight : largest;
	for (; largest > 0; largest /= 256)
		ncount++;
	b = reference_header(n * (size_t) (8 + ncount), SK_CMS_PACKED_LIST, design,
						 total, n);
	b.bytes[1] = (uint8_t) (SK_CMS_PACKED_LIST + 16 * ncount);
	for (size_t i = 0; i < n; i++)
	{
		uint8_t    *at = b.bytes + 36 + i * (size_t) (8 + ncount);

		put_number(at, sums[i].hash, 8);
		put_number(at + 8, sums[i].weight, ncount);
	}
	return b;
}

/* The packed sketch of a list of events. */
static inline buffer
reference_cms(const event *events, size_t n, sk_cms_design design)
{
	event	   *sums = malloc((n + 1) * sizeof(*sums));
	size_t		nvalues = sum_events(sums, events, n);
	size_t		most = (size_t) design.width * (size_t) design.depth / 8 + 1;
	uint64_t	total = 0;
	buffer		b;

	for (size_t i = 0; i < nvalues; i++)
		total += sums[i].weight;
	b = nvalues <= most ? reference_list(sums, nvalues, design, total) :
		reference_cells(sums, nvalues, design, total);
	free(sums);
	return b;
}

#endif							/* CMS_HELP_H */
