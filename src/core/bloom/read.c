/*
 * bloom/read.c: opening Bloom filters, and probing them.
 *
 * See sketch.h for what the sketch is and where it comes from, doc/format.md for
 * the bytes.
 */
#include "core/bloom/internal.h"

static void
read_design(sk_bloom_design *design, const uint8_t *bytes)
{
	design->nbits = bytes[SK_BLOOM_AT_NBITS];
	design->nblocks = sk_load32(bytes + SK_BLOOM_AT_NBLOCKS);
	design->expected = sk_load64(bytes + SK_BLOOM_AT_EXPECTED);
	design->rate = sk_double_of(sk_load64(bytes + SK_BLOOM_AT_RATE));
}

/* Without blocks all must be zero to the bit, which excludes a rate of -0.0. */
static bool
design_ok(const sk_bloom_design *d)
{
	if (d->nblocks == 0)
		return d->nbits == 0 && d->expected == 0 &&
			sk_double_bits(d->rate) == 0;
	return d->expected > 0 && d->expected <= SK_BLOOM_MAX_EXPECTED &&
		sk_bloom_rate_ok(d->rate) && d->nbits == sk_bloom_bits_for(d->rate) &&
		sk_bloom_nblocks_ok(d->nblocks, d->nbits);
}

/* Whether count and length agree with layout and design. */
static sk_status
check_length(const sk_bloom *s)
{
	uint64_t	body = s->nbytes - s->body;
	uint64_t	list = 8 * (uint64_t) s->nvalues;
	uint64_t	want = sk_bloom_is_list(s) ? list :
		(uint64_t) sk_bloom_blocks_bytes(&s->design);

	if (s->layout == SK_BLOOM_WORKING_LIST)
		return body % 8 == 0 && body > 0 && list <= body ? SK_OK : SK_COUNT;
	if (s->layout == SK_BLOOM_PACKED_LIST &&
		s->nvalues > sk_bloom_max_values(&s->design))
		return SK_COUNT;
	return body < want ? SK_SHORT : body > want ? SK_LONG : SK_OK;
}

/* The field behind the design: the number of values, or whose turn it is among
 * the pending ones. */
static sk_status
read_count(sk_bloom *s)
{
	uint32_t	count = sk_load32(s->bytes + SK_BLOOM_AT_COUNT);

	s->body = SK_BLOOM_HEADER;
	s->nslots = s->layout == SK_BLOOM_WORKING_LIST ?
		sk_bloom_table_slots(s->nbytes) : sk_bloom_nslots(s->nbytes);
	if (sk_bloom_is_list(s))
		s->nvalues = count;
	else if (s->layout == SK_BLOOM_PACKED_BITS)
		return count == 0 ? check_length(s) : SK_COUNT;
	else if (count >= SK_BLOOM_PENDING)
		return SK_COUNT;
	else if (s->nbytes < SK_BLOOM_WORKING_BLOCKS)
		return SK_SHORT;
	else
		s->body = SK_BLOOM_WORKING_BLOCKS;
	return check_length(s);
}

/* The kind of the values, which a packed sketch has if and only if it is not
 * empty. */
static sk_status
read_kind(sk_bloom *s)
{
	bool		none = sk_bloom_is_list(s) &&
		sk_load32(s->bytes + SK_BLOOM_AT_COUNT) == 0;

	s->kind = s->bytes[SK_BLOOM_AT_KIND];
	if (!sk_kind_ok(s->kind))
		return SK_VALUE;
	if (sk_bloom_is_packed(s) && none != (s->kind == SK_KIND_NONE))
		return SK_VALUE;
	return SK_OK;
}

static sk_status
check_type(const uint8_t *bytes, size_t nbytes)
{
	uint8_t		type = nbytes > 0 ? bytes[SK_BLOOM_AT_TYPE] : 0;

	if (nbytes == 0)
		return SK_SHORT;
	if ((type & 0xF0) != (SK_BLOOM_TYPE_AND_VERSION & 0xF0))
		return SK_TYPE;
	if (type != SK_BLOOM_TYPE_AND_VERSION)
		return SK_VERSION;
	return nbytes < SK_BLOOM_HEADER ? SK_SHORT : SK_OK;
}

sk_status
sk_bloom_open(sk_bloom *s, const void *bytes, size_t nbytes)
{
	sk_status	status = check_type(bytes, nbytes);

	*s = (sk_bloom) {.bytes = bytes, .nbytes = nbytes};
	if (status != SK_OK)
		return status;
	if (s->bytes[SK_BLOOM_AT_LAYOUT] > SK_BLOOM_WORKING_BITS)
		return SK_LAYOUT;
	s->layout = (sk_bloom_layout) s->bytes[SK_BLOOM_AT_LAYOUT];
	if (s->layout != SK_BLOOM_WORKING_LIST &&
		sk_load32(s->bytes + SK_BLOOM_AT_SEED) != 0)
		return SK_RESERVED;
	read_design(&s->design, s->bytes);
	if (!design_ok(&s->design) ||
		(s->design.nblocks == 0 && !sk_bloom_is_list(s)))
		return SK_DESIGN;
	if (nbytes > SK_BLOOM_MAX_BYTES)
		return SK_LONG;
	status = read_count(s);
	return status == SK_OK ? read_kind(s) : status;
}

bool
sk_bloom_in_table(const sk_bloom *s, uint64_t value)
{
	uint32_t	i = sk_list_find(&sk_bloom_list, s->bytes, s->nslots, value);

	return i < s->nslots && sk_bloom_slot(s->bytes, i) == value;
}

uint32_t
sk_bloom_nvalues(const sk_bloom *s)
{
	uint32_t	n = s->nvalues;

	for (uint32_t i = s->nslots; i < sk_bloom_nslots(s->nbytes); i++)
		n += sk_bloom_listed(s, i) != 0;
	return n;
}

bool
sk_bloom_has_no_bits(const sk_bloom *s, const sk_env *env)
{
	uint64_t	any = 0;

	for (size_t at = SK_BLOOM_HEADER; at < s->nbytes && any == 0; at += 8)
	{
		sk_env_poll(env, (uint32_t) (at / 8));
		any = sk_load64(s->bytes + at);
	}
	return any == 0;
}

bool
sk_bloom_is_empty(const sk_bloom *s, const sk_env *env)
{
	if (sk_bloom_is_packed(s))
		return s->kind == SK_KIND_NONE;
	return sk_bloom_is_list(s) ? sk_bloom_nvalues(s) == 0 :
		sk_bloom_has_no_bits(s, env);
}

/* Whether n sorted values have this one. */
static bool
sorted_has(const uint8_t *values, size_t n, uint64_t value)
{
	return sk_list_search(values, n, 8, value) != NULL;
}

void
sk_bloom_folded_block(uint8_t *block, const sk_bloom *s, uint32_t i,
					  uint32_t nblocks)
{
	uint32_t	group = s->design.nblocks / nblocks;
	size_t		nbytes = sk_bloom_block_bytes(s->design.nbits);

	memcpy(block, sk_bloom_block_at(s, i * group), nbytes);
	for (uint32_t j = 1; j < group; j++)
		sk_bloom_or(block, sk_bloom_block_at(s, i * group + j), nbytes);
	if (s->layout != SK_BLOOM_WORKING_BITS)
		return;
	for (unsigned j = 0; j < SK_BLOOM_PENDING; j++)
	{
		uint64_t	value = sk_bloom_slot(s->bytes, j);

		if (value != 0 && sk_bloom_block(value, nblocks) == i)
			sk_bloom_block_add(block, s->design.nbits, value);
	}
}

static bool
working_bits_have(const sk_bloom *s, uint64_t value)
{
	uint8_t		block[SK_BLOOM_LARGE_BLOCK];

	sk_bloom_folded_block(block, s, sk_bloom_block(value, s->design.nblocks),
						  s->design.nblocks);
	return sk_bloom_block_has(block, s->design.nbits, value);
}

bool
sk_bloom_find(const sk_bloom *s, uint64_t value)
{
	size_t		place = s->nslots + value % SK_BLOOM_WAITING;

	if (s->layout == SK_BLOOM_PACKED_LIST)
		return sorted_has(s->bytes + SK_BLOOM_HEADER, s->nvalues, value);
	if (s->layout == SK_BLOOM_WORKING_BITS)
		return working_bits_have(s, value);
	return sk_bloom_in_table(s, value) ||
		(place < sk_bloom_nslots(s->nbytes) &&
		 sk_bloom_slot(s->bytes, place) == value);
}

/*
 * The window extends over at least 2.8 sqrt(n) values on both sides. The
 * probability that any of n uniform values lies farther from its expected place
 * is 2 exp(-2 * 2.8^2), 3 in 10^7 (Kolmogorov).
 */
static sk_bloom_slice
place_in_list(uint32_t n, uint64_t value)
{
	uint64_t	reach = UINT64_C(4) << (sk_bit_length(n) / 2);
	uint64_t	middle = ((value >> 32) * n) >> 32;
	uint64_t	first = middle > reach ? middle - reach : 0;
	uint64_t	last = middle + reach < n ? middle + reach : n;

	if (n <= SK_BLOOM_AUTO_VALUES)
	{
		first = 0;
		last = n;
	}
	return (sk_bloom_slice) {
		SK_BLOOM_HEADER + 8 * (size_t) first, 8 * (size_t) (last - first)
	};
}

sk_bloom_slice
sk_bloom_place(const sk_bloom *s, uint64_t hash)
{
	uint64_t	value = sk_bloom_value(hash);
	size_t		block;

	if (sk_bloom_is_list(s))
		return place_in_list(s->nvalues, value);
	block = sk_bloom_block(value, s->design.nblocks);
	return (sk_bloom_slice) {
		SK_BLOOM_HEADER + block * sk_bloom_block_bytes(s->design.nbits),
		sk_bloom_block_bytes(s->design.nbits)
	};
}

static sk_bloom_answer
part_has(const sk_bloom *s, sk_bloom_slice slice, const uint8_t *values,
		 uint64_t value)
{
	size_t		n = slice.nbytes / 8;
	bool		is_first = slice.offset == SK_BLOOM_HEADER;
	bool		is_last = slice.offset + slice.nbytes == s->nbytes;

	if (n > 0 && !is_first && value < sk_load64(values))
		return SK_BLOOM_ELSEWHERE;
	if (n > 0 && !is_last && value > sk_load64(values + 8 * (n - 1)))
		return SK_BLOOM_ELSEWHERE;
	return sorted_has(values, n, value) ? SK_BLOOM_PRESENT : SK_BLOOM_ABSENT;
}

sk_bloom_answer
sk_bloom_slice_has(const sk_bloom *s, sk_bloom_slice slice,
				   const uint8_t *bytes, uint64_t hash)
{
	uint64_t	value = sk_bloom_value(hash);

	if (sk_bloom_is_list(s))
		return part_has(s, slice, bytes, value);
	return sk_bloom_block_has(bytes, s->design.nbits, value) ?
		SK_BLOOM_PRESENT : SK_BLOOM_ABSENT;
}
