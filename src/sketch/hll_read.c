/*
 * hll_read.c: reading the packed layouts of distinct-count sketches.
 *
 * Registers are decoded two at a time by table look-up; what the tables do not
 * hold is found eight registers at a time. All reads are bounded by what the
 * header and the counts leave, so that damaged bytes give an error or a wrong
 * answer, but nothing worse. Layouts: doc/format.md.
 */
#include "sketch/hll_internal.h"

bool
hll_next_token_slow(hll_token_reader *r, uint32_t *token)
{
	uint32_t	gap,
				zeros;

	if (!sk_bits_read_unary(&r->bits, UINT32_C(1) << (HLL_INDEX_BITS - r->rice),
							&gap))
		return false;
	gap = gap << r->rice | (uint32_t) (sk_bits_peek(&r->bits) &
									   ((UINT32_C(1) << r->rice) - 1));
	r->bits.at += r->rice;
	if (!sk_bits_read_unary(&r->bits, HLL_MAX_ZEROS, &zeros))
		return false;
	r->index += gap;
	*token = r->index << 6 | zeros;
	return r->index >> HLL_INDEX_BITS == 0;
}

static uint32_t
count_bits(const uint8_t *bytes, size_t nbytes)
{
	uint32_t	n = 0;

	for (; nbytes >= 8; nbytes -= 8, bytes += 8)
		n += sk_popcount64(sk_load64(bytes));
	for (; nbytes > 0; nbytes--)
		n += sk_popcount64(*bytes++);
	return n;
}

/*
 * Fills the code tables. A code that the dictionary lacks decodes to 1, as the
 * escape does: that is no register, and marks what needs a closer look.
 */
static bool
read_dictionary(hll_register_reader *r, const uint8_t *dictionary, int n,
				int precision)
{
	memset(r->first, 1, sizeof(r->first));
	memset(r->second, 1, sizeof(r->second));
	for (int i = 0; i < n; i++)
	{
		if (!hll_register_ok(dictionary[i], precision))
			return false;
		if (i < HLL_ESCAPE)
			r->first[i] = dictionary[i];
		else
			r->second[i - HLL_ESCAPE] = dictionary[i];
	}
	for (int i = 0; i < 256; i++)
	{
		r->pairs[i][0] = r->first[i & 15];
		r->pairs[i][1] = r->first[i >> 4];
	}
	return true;
}

sk_status
hll_read_registers(hll_register_reader *r, const sk_hll *s)
{
	uint32_t	nregisters = sk_hll_nregisters(s->precision);
	int			ndictionary = s->bytes[3] & ~HLL_BITMAP_FLAG;
	bool		has_bitmap = (s->bytes[3] & HLL_BITMAP_FLAG) != 0;
	size_t		at = HLL_DENSE_HEADER + (size_t) ndictionary;

	*r = (hll_register_reader) {.ncodes = nregisters};
	r->nescapes = sk_load32(s->bytes + 4);
	if (ndictionary > HLL_DICTIONARY)
		return SK_DICTIONARY;
	if (at + (has_bitmap ? nregisters / 8 : 0) > s->nbytes)
		return SK_SHORT;
	if (has_bitmap)
	{
		r->bitmap = s->bytes + at;
		r->ncodes = count_bits(r->bitmap, nregisters / 8);
		at += nregisters / 8;
	}
	if (r->nescapes > r->ncodes)
		return SK_COUNT;
	at += (r->ncodes + 1) / 2 + (r->nescapes + 1) / 2;
	if (at > s->nbytes)
		return SK_SHORT;
	r->nraw = s->nbytes - at;
	r->raw = s->bytes + at;
	r->escapes = r->raw - (r->nescapes + 1) / 2;
	r->codes = r->escapes - (r->ncodes + 1) / 2;
	return read_dictionary(r, s->bytes + HLL_DENSE_HEADER, ndictionary,
						   s->precision) ? SK_OK : SK_DICTIONARY;
}

static uint8_t
get_nibble(const uint8_t *bytes, size_t at)
{
	return (bytes[at >> 1] >> (4 * (at & 1))) & 15;
}

/* What the next escape stands for; 1 when the bytes are damaged. */
static inline uint8_t
next_escape(hll_register_reader *r)
{
	uint8_t		code;

	if (r->escape_at == r->nescapes)
		return 1;
	code = get_nibble(r->escapes, r->escape_at++);
	if (code != HLL_ESCAPE)
		return r->second[code];
	return r->raw_at == r->nraw ? 1 : r->raw[r->raw_at++];
}

/* A bit for each of eight bytes that is 1, the first byte's lowest. */
static inline uint64_t
find_ones(uint64_t bytes)
{
	const uint64_t low = UINT64_C(0x7F7F7F7F7F7F7F7F);
	uint64_t	x = bytes ^ UINT64_C(0x0101010101010101);
	uint64_t	zeros = ~(((x & low) + low) | x | low);

	/* Brings bit 8i+7 to bit 56+i; no two of the products meet. */
	return (zeros >> 7) * UINT64_C(0x0102040810204080) >> 56;
}

/*
 * Every register has a code: whole bytes of codes at a time. About one register
 * in ten is an escape, at random, so that a branch for each word that may hold
 * one would cost more than the rest; there is one for each chunk.
 */
static bool
next_full(hll_register_reader *r, uint8_t *registers, uint32_t n)
{
	const uint8_t *codes = r->codes + (r->code_at >> 1);
	uint64_t	escaped = 0;

	for (uint32_t i = 0; i < n / 2; i++)
		memcpy(registers + 2 * i, r->pairs[codes[i]], 2);
	r->code_at += n;
	for (uint32_t i = 0; i < n; i += 8)
		escaped |= find_ones(sk_load64(registers + i)) << i;
	for (; escaped != 0; escaped &= escaped - 1)
	{
		uint8_t    *at = &registers[sk_ctz64(escaped)];

		*at = next_escape(r);
		if (*at == 1)
			return false;
	}
	return true;
}

/* Registers that the bitmap leaves out are empty. */
static bool
next_sparse(hll_register_reader *r, uint8_t *registers, uint32_t n)
{
	memset(registers, 0, n);
	for (uint32_t i = 0; i < n / 8; i++, registers += 8)
		for (unsigned used = *r->bitmap++; used != 0; used &= used - 1)
		{
			uint8_t    *at = &registers[sk_ctz64(used)];

			*at = r->first[get_nibble(r->codes, r->code_at++)];
			if (*at == 1)
				*at = next_escape(r);
			if (*at == 1)
				return false;
		}
	return true;
}

bool
hll_next_registers(hll_register_reader *r, uint8_t *registers, uint32_t n)
{
	if (r->bitmap != NULL)
		return next_sparse(r, registers, n);
	return next_full(r, registers, n);
}

sk_status
hll_register_histogram(const sk_hll *s, uint32_t *histogram)
{
	uint32_t	nregisters = sk_hll_nregisters(s->precision);
	uint32_t	n = hll_chunk(s->precision);
	uint8_t		chunk[HLL_CHUNK];
	hll_register_reader reader;
	sk_status	status;

	memset(histogram, 0, 256 * sizeof(*histogram));
	if (s->layout == SK_HLL_WORKING_DENSE)
	{
		for (uint32_t i = 0; i < nregisters; i++)
			histogram[s->bytes[s->body + i]]++;
		return SK_OK;
	}
	status = hll_read_registers(&reader, s);
	if (status != SK_OK)
		return status;
	for (uint32_t i = 0; i < nregisters; i += n)
	{
		if (!hll_next_registers(&reader, chunk, n))
			return SK_VALUE;
		for (uint32_t j = 0; j < n; j++)
			histogram[chunk[j]]++;
	}
	return SK_OK;
}
