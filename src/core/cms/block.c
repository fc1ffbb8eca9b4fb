/*
 * cms/block.c: packing counters in blocks of 128.
 *
 * Counters of a row have about the same magnitude, except for those of
 * frequent values. So a block stores the differences from its least counter
 * in as few bits as most of them need, and the higher bits of the others
 * separately, as exceptions ("patched frame of reference": Zukowski, Heman,
 * Nes, Boncz, "Super-Scalar RAM-CPU Cache Compression", ICDE 2006). If
 * counters are about normally distributed, that takes 1 bit per counter more
 * than their entropy; and it gives access to any counter without reading the
 * others.
 */
#include "core/cms/internal.h"

#define BLOCK_HEAD 2			/* bytes: numbers of bits and of exceptions */

/* The parts of a packed block, all within its bytes. */
typedef struct packed_block
{
	uint64_t	base;
	unsigned	nbits;
	unsigned	nexceptions;
	sk_bit_reader low;
	const uint8_t *places;		/* of exceptions, ascending */
	const uint8_t *highs;		/* their higher bits, as varints */
	const uint8_t *end;
} packed_block;

static size_t
varint_bytes(uint64_t x)
{
	return x == 0 ? 1 : (sk_bit_length(x) + 6) / 7;
}

/* Seven bits per byte, lowest first; bit 7 is set on all but the last. */
static uint8_t *
write_varint(uint8_t *out, uint64_t x)
{
	for (; x >= 0x80; x >>= 7)
		*out++ = (uint8_t) (x | 0x80);
	*out++ = (uint8_t) x;
	return out;
}

/* Returns where the number ends; NULL if that is beyond `end`. */
static const uint8_t *
read_varint(const uint8_t *at, const uint8_t *end, uint64_t *x)
{
	*x = 0;
	for (unsigned shift = 0; at < end && shift < 63; shift += 7)
	{
		*x |= (uint64_t) (*at & 0x7F) << shift;
		if (*at++ < 0x80)
			return at;
	}
	return NULL;
}

static size_t
stream_bytes(unsigned n, unsigned nbits)
{
	return (n * nbits + 7) / 8;
}

static uint64_t
least_cell(const uint64_t *cells, unsigned n)
{
	uint64_t	least = cells[0];

	for (unsigned i = 1; i < n; i++)
		least = cells[i] < least ? cells[i] : least;
	return least;
}

/*
 * The most bits that a counter needs beyond the base; lengths[] becomes the number
 * of counters by the bits that they need.
 */
static unsigned
count_lengths(uint8_t *lengths, const uint64_t *cells, unsigned n, uint64_t base)
{
	unsigned	longest = 0;

	memset(lengths, 0, 65);
	for (unsigned i = 0; i < n; i++)
	{
		unsigned	length = sk_bit_length(cells[i] - base);

		lengths[length]++;
		longest = length > longest ? length : longest;
	}
	return longest;
}

/*
 * Of several shortest forms, the one with the fewest bits. From the most bits
 * down, since with b bits each exception takes one place and, in groups of seven,
 * the bits beyond: as many groups as with b + 7 bits, and one more. So the time
 * does not depend on the counters.
 */
sk_cms_form
sk_cms_block_plan(const uint64_t *cells, unsigned n)
{
	uint64_t	base = least_cell(cells, n);
	uint8_t		lengths[65];
	unsigned	longest = count_lengths(lengths, cells, n, base),
				nexceptions = 0,
				ngroups[65 + 7] = {0};
	size_t		head = BLOCK_HEAD + varint_bytes(base);
	sk_cms_form best = {base, 0, 0, SIZE_MAX};

	if (longest == 0 && base == 0)
		return (sk_cms_form) {0};
	for (unsigned nbits = longest + 1; nbits-- > 0; nexceptions += lengths[nbits])
	{
		size_t		nbytes = head + stream_bytes(n, nbits);

		ngroups[nbits] = nexceptions + ngroups[nbits + 7];
		nbytes += nexceptions + ngroups[nbits];
		if (nbits <= SK_CMS_MAX_BITS && nbytes <= best.nbytes)
			best = (sk_cms_form) {base, nbits, nexceptions, nbytes};
	}
	return best;
}

static uint8_t *
write_low_bits(const sk_cms_form *form, const uint64_t *cells, unsigned n,
			   uint8_t *out)
{
	sk_bit_writer w = {.out = out, .end = out + stream_bytes(n, form->nbits)};
	uint64_t	mask = (UINT64_C(1) << form->nbits) - 1;

	for (unsigned i = 0; i < n; i++)
		sk_bits_write(&w, (cells[i] - form->base) & mask, form->nbits);
	sk_bits_finish(&w);
	return w.out;
}

void
sk_cms_block_write(const sk_cms_form *form, const uint64_t *cells, unsigned n,
				   uint8_t *out)
{
	uint8_t    *highs;

	if (form->nbytes == 0)
		return;
	*out++ = (uint8_t) form->nbits;
	*out++ = (uint8_t) form->nexceptions;
	out = write_varint(out, form->base);
	out = write_low_bits(form, cells, n, out);
	highs = out + form->nexceptions;
	for (unsigned i = 0; i < n; i++)
	{
		uint64_t	high = (cells[i] - form->base) >> form->nbits;

		if (high == 0)
			continue;
		*out++ = (uint8_t) i;
		highs = write_varint(highs, high);
	}
}

/* Finds the parts of a block that is not empty. */
static sk_status
open_block(packed_block *b, const uint8_t *bytes, size_t nbytes, unsigned n)
{
	const uint8_t *at = bytes,
			   *low;

	if (nbytes < BLOCK_HEAD)
		return SK_COUNT;
	b->nbits = *at++;
	b->nexceptions = *at++;
	b->end = bytes + nbytes;
	low = read_varint(at, b->end, &b->base);
	if (b->nbits > SK_CMS_MAX_BITS || low == NULL || (size_t) (b->end - low) <
		stream_bytes(n, b->nbits) + b->nexceptions)
		return SK_COUNT;
	b->low = (sk_bit_reader) {low, stream_bytes(n, b->nbits), 0};
	b->places = low + b->low.nbytes;
	b->highs = b->places + b->nexceptions;
	return SK_OK;
}

static inline uint64_t
next_low_bits(packed_block *b)
{
	uint64_t	bits = sk_bits_peek(&b->low) & ((UINT64_C(1) << b->nbits) - 1);

	b->low.at += b->nbits;
	return bits;
}

/* Adds the higher bits of exceptions. */
static sk_status
patch(const packed_block *b, uint64_t *cells, unsigned n)
{
	const uint8_t *at = b->highs;

	for (unsigned i = 0; i < b->nexceptions; i++)
	{
		uint64_t	high;

		at = read_varint(at, b->end, &high);
		if (at == NULL || b->places[i] >= n)
			return SK_COUNT;
		cells[b->places[i]] += high << b->nbits;
	}
	return SK_OK;
}

sk_status
sk_cms_block_read(const uint8_t *bytes, size_t nbytes, uint64_t *cells,
				  unsigned n)
{
	packed_block b;

	memset(cells, 0, n * sizeof(*cells));
	if (nbytes == 0)
		return SK_OK;
	if (open_block(&b, bytes, nbytes, n) != SK_OK)
		return SK_COUNT;
	for (unsigned i = 0; i < n; i++)
		cells[i] = b.base + next_low_bits(&b);
	return patch(&b, cells, n);
}

/* One counter of a block; 0 for a damaged block. */
static uint64_t
block_cell(const uint8_t *bytes, size_t nbytes, unsigned n, unsigned i)
{
	const uint8_t *at;
	uint64_t	high = 0;
	packed_block b;

	if (nbytes == 0 || open_block(&b, bytes, nbytes, n) != SK_OK)
		return 0;
	b.low.at = (size_t) i * b.nbits;
	at = b.highs;
	for (unsigned j = 0; j < b.nexceptions && b.places[j] <= i; j++)
	{
		at = read_varint(at, b.end, &high);
		if (at == NULL)
			return 0;
		if (b.places[j] == i)
			return b.base + next_low_bits(&b) + (high << b.nbits);
	}
	return b.base + next_low_bits(&b);
}

/*
 * Packed counters begin with a directory: for each block where it ends, in
 * bytes from the end of the directory.
 */
sk_status
sk_cms_find_block(const sk_cms *s, uint32_t i, const uint8_t **bytes,
				  size_t *nbytes)
{
	uint32_t	nblocks = sk_cms_nblocks(sk_cms_ncells(&s->design));
	const uint8_t *directory = s->bytes + SK_CMS_HEADER;
	const uint8_t *blocks = directory + 4 * (size_t) nblocks;
	uint32_t	start = i == 0 ? 0 : sk_load32(directory + 4 * (size_t) (i - 1));
	uint32_t	end = sk_load32(directory + 4 * (size_t) i);

	if (start > end || end > (size_t) (s->bytes + s->nbytes - blocks))
		return SK_COUNT;
	*bytes = blocks + start;
	*nbytes = end - start;
	return SK_OK;
}

static void
read_working_block(const sk_cms *s, uint32_t i, uint64_t *cells, unsigned n)
{
	const uint8_t *at = s->bytes + SK_CMS_HEADER + 8 * (size_t) i * SK_CMS_BLOCK;

	for (unsigned j = 0; j < n; j++)
		cells[j] = sk_load64(at + 8 * j);
}

sk_status
sk_cms_read_block(const sk_cms *s, uint32_t i, uint64_t *cells)
{
	unsigned	n = sk_cms_block_cells(sk_cms_ncells(&s->design), i);
	const uint8_t *bytes;
	size_t		nbytes;

	memset(cells + n, 0, (SK_CMS_BLOCK - n) * sizeof(*cells));
	if (s->layout == SK_CMS_WORKING_CELLS)
	{
		read_working_block(s, i, cells, n);
		return SK_OK;
	}
	memset(cells, 0, n * sizeof(*cells));
	if (sk_cms_find_block(s, i, &bytes, &nbytes) != SK_OK)
		return SK_COUNT;
	return sk_cms_block_read(bytes, nbytes, cells, n);
}

uint64_t
sk_cms_cell(const sk_cms *s, uint32_t i)
{
	uint32_t	block = i / SK_CMS_BLOCK;
	const uint8_t *bytes;
	size_t		nbytes;

	if (s->layout == SK_CMS_WORKING_CELLS)
		return sk_load64(s->bytes + SK_CMS_HEADER + 8 * (size_t) i);
	if (sk_cms_find_block(s, block, &bytes, &nbytes) != SK_OK)
		return 0;
	return block_cell(bytes, nbytes,
					  sk_cms_block_cells(sk_cms_ncells(&s->design), block),
					  i % SK_CMS_BLOCK);
}
