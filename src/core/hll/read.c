/*
 * hll/read.c: opening distinct-count sketches and reading the packed layouts
 * (doc/format.md).
 *
 * Registers are decoded in blocks by the kernels. What the first table lacks
 * comes from the escapes, and what the second one lacks from raw bytes. All
 * reads are bounded by what the header and the counts leave, so that damaged
 * bytes give an error or a wrong answer, but nothing worse.
 */
#include "core/hll/internal.h"

/* Reads the token count of a packed sparse sketch: 7 bits a byte, low first. */
static sk_status
read_token_count(sk_hll *s)
{
	unsigned	shift = 0;
	uint8_t		byte;

	do
	{
		if (s->body == s->nbytes)
			return SK_SHORT;
		byte = s->bytes[s->body++];
		s->ntokens |= (uint32_t) (byte & 0x7F) << shift;
		shift += 7;
	} while (byte & 0x80 && shift < 21);
	if (byte & 0x80 || (byte == 0 && shift > 7))
		return SK_COUNT;
	return s->ntokens <= sk_hll_max_tokens(s->precision) ? SK_OK : SK_COUNT;
}

static sk_status
open_packed(sk_hll *s)
{
	if (s->layout == SK_HLL_PACKED_DENSE)
	{
		s->body = SK_HLL_AT_DICTIONARY;
		return s->nbytes < SK_HLL_AT_DICTIONARY ? SK_SHORT : SK_OK;
	}
	if (s->bytes[SK_HLL_AT_FLAGS] != 0)
		return SK_RESERVED;
	s->body = SK_HLL_AT_COUNT;
	return read_token_count(s);
}

static sk_status
open_working_dense(sk_hll *s)
{
	size_t		nregisters = sk_hll_nregisters(s->precision);

	s->body = SK_HLL_AT_REGISTERS;
	if (s->nbytes < SK_HLL_AT_REGISTERS)
		return SK_SHORT;
	return s->nbytes == SK_HLL_AT_REGISTERS + nregisters ? SK_OK : SK_COUNT;
}

static sk_status
open_working_sparse(sk_hll *s)
{
	size_t		most = sk_hll_nregisters(s->precision) / 4;
	uint32_t	ntokens;

	s->body = SK_HLL_AT_PENDING;
	if (s->nbytes < SK_HLL_AT_PENDING)
		return SK_SHORT;
	if (s->nbytes < SK_HLL_AT_SLOTS || s->nbytes % 4 != 0 ||
		s->nbytes > SK_HLL_AT_SLOTS + 4 * most)
		return SK_COUNT;
	ntokens = sk_load32(s->bytes + SK_HLL_AT_NTOKENS);
	if (ntokens > sk_hll_nslots(s->nbytes) ||
		sk_hll_npending(s) > SK_HLL_PENDING)
		return SK_COUNT;
	s->ntokens = ntokens + sk_hll_npending(s);
	return SK_OK;
}

static sk_status
open_working(sk_hll *s)
{
	if (s->bytes[SK_HLL_AT_FLAGS] != 0)
		return SK_RESERVED;
	return s->layout == SK_HLL_WORKING_DENSE ? open_working_dense(s) :
		open_working_sparse(s);
}

sk_status
sk_hll_open(sk_hll *s, const void *bytes, size_t nbytes)
{
	*s = (sk_hll) {.bytes = bytes, .nbytes = nbytes};
	if (nbytes < SK_HLL_HEADER)
		return SK_SHORT;
	if ((s->bytes[SK_HLL_AT_VERSION] ^ SK_HLL_TYPE_AND_VERSION) & 0xF0)
		return SK_TYPE;
	if (s->bytes[SK_HLL_AT_VERSION] != SK_HLL_TYPE_AND_VERSION)
		return SK_VERSION;
	if (s->bytes[SK_HLL_AT_LAYOUT] & ~SK_HLL_LAYOUT_BITS)
		return SK_RESERVED;
	if (!sk_hll_precision_ok(s->bytes[SK_HLL_AT_PRECISION]))
		return SK_PRECISION;
	if (nbytes > SK_HLL_MAX_BYTES)
		return SK_LONG;
	s->layout = (sk_hll_layout) s->bytes[SK_HLL_AT_LAYOUT];
	s->precision = s->bytes[SK_HLL_AT_PRECISION];
	return sk_hll_is_packed(s) ? open_packed(s) : open_working(s);
}

bool
sk_hll_is_empty(const sk_hll *s)
{
	return sk_hll_is_sparse(s) && s->ntokens == 0;
}

/* --- tokens ------------------------------------------------------------- */

void
sk_hll_read_tokens(sk_hll_token_reader *r, const sk_hll *s)
{
	r->bytes = s->bytes + s->body;
	r->nbytes = s->nbytes - s->body;
	r->rice = sk_hll_rice(s->ntokens);
	r->ntokens = r->left = s->ntokens;
	r->remainder_at = r->zeros_at = 0;
	r->quotient_at = (size_t) s->ntokens * r->rice;
	r->quotients = r->zeros = sk_ones_from(r->bytes, r->nbytes, r->quotient_at);
	r->kernels = sk_hll_get_kernels(0);
	r->index = r->at = r->end = 0;
}

/* The bytes of the next remainders, with room to read past the last one. */
static const uint8_t *
remainder_bytes(const sk_hll_token_reader *r, uint8_t *room, size_t nbytes)
{
	size_t		first = r->remainder_at >> 3;

	if (first + nbytes <= r->nbytes)
		return r->bytes + first;
	memset(room, 0, nbytes);
	if (first < r->nbytes)
		memcpy(room, r->bytes + first, r->nbytes - first);
	return room;
}

/*
 * In an undamaged block, the quotients add up to no more than the last index.
 */
bool
sk_hll_next_indexes(sk_hll_token_reader *r, uint32_t *indexes, uint32_t n)
{
	uint8_t		room[SK_HLL_BLOCK * SK_HLL_INDEX_BITS / 8 + 72];
	uint32_t	last;

	if (n == 0)
		return true;
	if (!r->kernels->find(&r->quotients, r->quotient_at, indexes, n))
	{
		r->quotient_at = SK_NO_ONE;
		return false;
	}
	last = indexes[n - 1];
	if ((last - (n - 1)) >> (SK_HLL_INDEX_BITS - r->rice) > 0)
		return false;
	r->quotient_at += last + 1;
	r->kernels->sum(indexes, n, remainder_bytes(r, room, sizeof(room)),
					r->remainder_at & 7, r->rice, r->index);
	r->remainder_at += (size_t) n * r->rice;
	r->index = indexes[n - 1];
	return r->index >> SK_HLL_INDEX_BITS == 0;
}

/* The zeros start where the quotients end, which is looked up on first use. */
static void
start_zeros(sk_hll_token_reader *r)
{
	if (r->zeros_at == 0)
		r->zeros_at = sk_ones_skip(&r->zeros, r->ntokens) + 1;
}

bool
sk_hll_next_zeros(sk_hll_token_reader *r, uint32_t *zeros, uint32_t n)
{
	uint32_t	before = 0,
				most = 0;

	if (n == 0)
		return true;
	start_zeros(r);
	if (!r->kernels->find(&r->zeros, r->zeros_at, zeros, n))
	{
		r->zeros_at = SK_NO_ONE;
		return false;
	}
	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t	run = zeros[i] - before;

		before = zeros[i] + 1;
		zeros[i] = run;
		most = run > most ? run : most;
	}
	r->zeros_at += before;
	return most <= SK_HLL_MAX_ZEROS;
}

void
sk_hll_skip_zeros(sk_hll_token_reader *r, uint32_t n)
{
	if (n == 0)
		return;
	start_zeros(r);
	r->zeros_at = sk_ones_skip(&r->zeros, n) + 1;
}

bool
sk_hll_next_block(sk_hll_token_reader *r)
{
	uint32_t	zeros[SK_HLL_BLOCK + SK_HLL_SLACK];
	uint32_t	n = r->left < SK_HLL_BLOCK ? r->left : SK_HLL_BLOCK;

	if (!sk_hll_next_indexes(r, r->block, n) || !sk_hll_next_zeros(r, zeros, n))
		return false;
	for (uint32_t i = 0; i < n; i++)
		r->block[i] = r->block[i] << 6 | zeros[i];
	r->left -= n;
	r->at = 0;
	r->end = n;
	return n > 0;
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

/* --- registers ---------------------------------------------------------- */

/* Fills a code table. Codes without an entry are missing, as the escape is. */
static bool
fill_table(uint8_t *table, const uint8_t *dictionary, int n, int precision)
{
	memset(table, SK_HLL_MISSING, 16);
	for (int i = 0; i < n; i++)
	{
		if (!sk_hll_register_ok(dictionary[i], precision))
			return false;
		table[i] = dictionary[i];
	}
	return true;
}

static void
start_codes(sk_hll_codes *codes, const uint8_t *bytes, size_t n)
{
	codes->bytes = bytes;
	codes->left = n;
	codes->at = codes->end = 0;
}

static sk_status
start_streams(sk_hll_register_reader *r, const sk_hll *s, size_t at,
			  size_t ncodes)
{
	int			n = sk_hll_ndictionary(s);
	const uint8_t *dictionary = s->bytes + SK_HLL_AT_DICTIONARY;
	int			nfirst = n < SK_HLL_ESCAPE ? n : SK_HLL_ESCAPE;
	size_t		nescapes = sk_load32(s->bytes + SK_HLL_AT_NESCAPES);
	size_t		ncode_bytes = (ncodes + 1) / 2;
	size_t		nescape_bytes = (nescapes + 1) / 2;

	if (nescapes > ncodes)
		return SK_COUNT;
	if (at + ncode_bytes + nescape_bytes > s->nbytes)
		return SK_SHORT;
	start_codes(&r->codes, s->bytes + at, ncodes);
	start_codes(&r->escapes, s->bytes + at + ncode_bytes, nescapes);
	r->raw = s->bytes + at + ncode_bytes + nescape_bytes;
	r->nraw = s->nbytes - (size_t) (r->raw - s->bytes);
	if (fill_table(r->codes.table, dictionary, nfirst, s->precision) &&
		fill_table(r->escapes.table, dictionary + nfirst, n - nfirst,
				   s->precision))
		return SK_OK;
	return SK_DICTIONARY;
}

sk_status
sk_hll_read_registers(sk_hll_register_reader *r, const sk_hll *s)
{
	uint32_t	nregisters = sk_hll_nregisters(s->precision);
	size_t		at = SK_HLL_AT_DICTIONARY + (size_t) sk_hll_ndictionary(s);
	size_t		ncodes = nregisters;

	r->kernels = sk_hll_get_kernels(0);
	r->bitmap = NULL;
	if (sk_hll_ndictionary(s) > SK_HLL_DICTIONARY)
		return SK_DICTIONARY;
	if (sk_hll_has_bitmap(s))
	{
		r->bitmap = s->bytes + at;
		at += nregisters / 8;
		if (at > s->nbytes)
			return SK_SHORT;
		ncodes = count_bits(r->bitmap, nregisters / 8);
	}
	return start_streams(r, s, at, ncodes);
}

/*
 * Decodes one more block behind what is left of the previous one; returns how
 * many of the exceptions it took.
 */
static size_t
decode_block(sk_hll_codes *codes, const uint8_t *exceptions,
			 const sk_hll_kernels *kernels)
{
	uint32_t	n = codes->left < SK_HLL_CHUNK ? (uint32_t) codes->left :
		SK_HLL_CHUNK;
	size_t		taken;

	memmove(codes->values, codes->values + codes->at, codes->end - codes->at);
	codes->end -= codes->at;
	codes->at = 0;
	taken = kernels->decode(codes->values + codes->end, codes->bytes, n,
							codes->table, exceptions);
	codes->bytes += n / 2;
	codes->left -= n;
	codes->end += n;
	return taken;
}

/*
 * Decodes the escapes of a chunk. If the bytes are damaged, a block can need
 * more raw bytes than there are, or a chunk more escapes. It takes garbage
 * instead, and the number taken shows it.
 */
static bool
decode_escapes(sk_hll_register_reader *r)
{
	uint8_t		raw[SK_HLL_CHUNK + SK_HLL_SLACK];
	size_t		nraw = r->nraw < SK_HLL_CHUNK ? r->nraw : SK_HLL_CHUNK;
	size_t		taken;

	memcpy(raw, r->raw, nraw);
	taken = decode_block(&r->escapes, raw, r->kernels);
	if (taken > nraw)
		return false;
	r->raw += taken;
	r->nraw -= taken;
	return true;
}

static inline bool
have_escapes(sk_hll_register_reader *r)
{
	return r->escapes.end - r->escapes.at >= SK_HLL_CHUNK ||
		decode_escapes(r);
}

static inline const uint8_t *
next_escapes(const sk_hll_register_reader *r)
{
	return r->escapes.values + r->escapes.at;
}

static inline bool
use_escapes(sk_hll_register_reader *r, size_t n)
{
	r->escapes.at += (uint32_t) n;
	return r->escapes.at <= r->escapes.end;
}

/* Every register has a code. */
static bool
next_full(sk_hll_register_reader *r, uint8_t *registers, uint32_t n)
{
	const uint8_t *codes = r->codes.bytes;

	if (!have_escapes(r))
		return false;
	r->codes.bytes += n / 2;
	r->codes.left -= n;
	return use_escapes(r, r->kernels->decode(registers, codes, n,
											 r->codes.table,
											 next_escapes(r)));
}

/* Registers that the bitmap leaves out are empty. */
static bool
next_sparse(sk_hll_register_reader *r, uint8_t *registers, uint32_t n)
{
	sk_hll_codes *codes = &r->codes;

	if (codes->end - codes->at < n && codes->left > 0 &&
		!(have_escapes(r) &&
		  use_escapes(r, decode_block(codes, next_escapes(r), r->kernels))))
		return false;
	codes->at += (uint32_t) r->kernels->expand(registers, r->bitmap, n,
											   codes->values + codes->at);
	r->bitmap += n / 8;
	return true;
}

bool
sk_hll_next_registers(sk_hll_register_reader *r, uint8_t *registers,
					  uint32_t n)
{
	if (r->bitmap != NULL)
		return next_sparse(r, registers, n);
	return next_full(r, registers, n);
}

/* Adds the values of all codes to histogram; returns how many are missing. */
static size_t
count_codes(const sk_hll_codes *codes, uint32_t *histogram,
			const sk_hll_kernels *kernels)
{
	uint32_t	counts[16] = {0};
	size_t		missing = 0;

	kernels->count(codes->bytes, codes->left / 2, counts);
	if (codes->left & 1)
		counts[codes->bytes[codes->left / 2] & 15]++;
	for (int i = 0; i < 16; i++)
		if (codes->table[i] == SK_HLL_MISSING)
			missing += counts[i];
		else
			histogram[codes->table[i]] += counts[i];
	return missing;
}

/* From the codes, without decoding registers. */
static sk_status
count_packed(const sk_hll *s, uint32_t *histogram)
{
	sk_hll_register_reader reader;
	size_t		nraw;
	sk_status	status = sk_hll_read_registers(&reader, s);

	if (status != SK_OK)
		return status;
	histogram[0] = sk_hll_nregisters(s->precision) -
		(uint32_t) reader.codes.left;
	if (count_codes(&reader.codes, histogram, reader.kernels) !=
		reader.escapes.left)
		return SK_COUNT;
	nraw = count_codes(&reader.escapes, histogram, reader.kernels);
	if (nraw > reader.nraw)
		return SK_SHORT;
	for (size_t i = 0; i < nraw; i++)
		histogram[reader.raw[i]]++;
	return SK_OK;
}

/* In four tables, since equal registers in a row would wait for each other in
 * one. There are at least sixteen registers. */
static void
count_working(const uint8_t *registers, uint32_t n, uint32_t *histogram)
{
	uint32_t	parts[4][256] = {{0}};

	for (uint32_t i = 0; i < n; i += 4)
		for (int j = 0; j < 4; j++)
			parts[j][registers[i + j]]++;
	for (int value = 0; value < 256; value++)
		histogram[value] = parts[0][value] + parts[1][value] +
			parts[2][value] + parts[3][value];
}

sk_status
sk_hll_register_histogram(const sk_hll *s, uint32_t *histogram)
{
	if (s->layout != SK_HLL_PACKED_DENSE)
	{
		count_working(s->bytes + s->body, sk_hll_nregisters(s->precision),
					  histogram);
		return SK_OK;
	}
	memset(histogram, 0, 256 * sizeof(*histogram));
	return count_packed(s, histogram);
}
