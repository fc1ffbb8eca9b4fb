/*
 * bloom/build.c: building Bloom filters: layouts, adding, asking, merging.
 *
 * See sketch.h for what the sketch is and where it comes from, doc/format.md for
 * the bytes. Two working layouts: a hash table of the values themselves, which
 * starts at a few dozen bytes, and the blocks. The table keeps its values nearly
 * sorted, since the leading bits of a hash are as good a slot number as any; so
 * packing hardly needs to sort, and a table grows in one sweep over memory.
 */
#include "core/bloom/internal.h"

/* The most values of a list at work. */
static uint32_t
most_values(uint32_t nblocks)
{
	return nblocks == 0 ? SK_LIST_UNLIMITED : sk_bloom_max_values(nblocks);
}

sk_bloom_shape
sk_bloom_smallest(sk_bloom_design design)
{
	return (sk_bloom_shape) {
		SK_BLOOM_WORKING_LIST, design,
		(uint32_t) sk_list_slots_for(&sk_bloom_list, 1,
									 most_values(design.nblocks))
	};
}

/* Whether dst and one more value, or all of src, are to be a list. */
static bool
stays_list(const sk_bloom *dst, const sk_bloom *src, uint32_t nblocks)
{
	uint32_t	most = most_values(nblocks);

	if (!sk_bloom_is_list(dst) || (src != NULL && !sk_bloom_is_list(src)))
		return false;
	return src == NULL ? sk_list_takes_value(dst->nvalues, most) :
		sk_list_takes_list(dst->nvalues, src->nvalues, most);
}

/* A list of so many values; SK_SIZE if there can be none. */
static sk_status
list_shape(sk_bloom_shape *shape, uint64_t nvalues)
{
	uint64_t	nslots = sk_list_slots_for(&sk_bloom_list, nvalues,
											   most_values(shape->design.nblocks));

	if (nslots > sk_bloom_nslots(SK_BLOOM_MAX_BYTES))
		return SK_SIZE;
	shape->layout = SK_BLOOM_WORKING_LIST;
	shape->nslots = (uint32_t) nslots;
	return SK_OK;
}

sk_status
sk_bloom_larger(sk_bloom_shape *shape, const sk_bloom *dst, const sk_bloom *src)
{
	const sk_bloom_design *other = src == NULL ? &dst->design : &src->design;
	uint64_t	more = src == NULL ? 1 : sk_bloom_nvalues(src);

	*shape = (sk_bloom_shape) {.layout = SK_BLOOM_WORKING_BITS};
	if (sk_bloom_common(&shape->design, &dst->design, other) != SK_OK)
		return SK_UNLIKE;
	if (stays_list(dst, src, shape->design.nblocks))
		return list_shape(shape, sk_bloom_nvalues(dst) + more);
	return SK_OK;
}

size_t
sk_bloom_size(const sk_bloom_shape *shape)
{
	if (shape->layout == SK_BLOOM_WORKING_LIST)
		return SK_BLOOM_HEADER + 8 * (size_t) shape->nslots;
	return SK_BLOOM_WORKING_BLOCKS +
		SK_BLOOM_BLOCK * (size_t) shape->design.nblocks;
}

void
sk_bloom_write_header(uint8_t *bytes, sk_bloom_layout layout,
				   const sk_bloom_design *design)
{
	memset(bytes, 0, SK_BLOOM_HEADER);
	bytes[0] = SK_BLOOM_TYPE_AND_VERSION;
	bytes[1] = (uint8_t) layout;
	bytes[2] = (uint8_t) design->nbits;
	sk_store32(bytes + 4, design->nblocks);
	sk_store64(bytes + 8, design->expected);
	sk_store64(bytes + 16, sk_double_bits(design->rate));
}

void
sk_bloom_init(uint8_t *bytes, const sk_bloom_shape *shape)
{
	sk_bloom_write_header(bytes, shape->layout, &shape->design);
	memset(bytes + SK_BLOOM_HEADER, 0,
		   sk_bloom_size(shape) - SK_BLOOM_HEADER);
}

static void
read_design(sk_bloom_design *design, const uint8_t *bytes)
{
	design->nbits = bytes[2];
	design->nblocks = sk_load32(bytes + 4);
	design->expected = sk_load64(bytes + 8);
	design->rate = sk_double_of(sk_load64(bytes + 16));
}

/* Without blocks it must be all zero, which 0.0 and only +0.0 is to the bit. */
static bool
design_ok(const sk_bloom_design *d)
{
	if (d->nblocks == 0)
		return d->nbits == 0 && d->expected == 0 &&
			sk_double_bits(d->rate) == 0;
	return sk_bloom_nblocks_ok(d->nblocks) && d->expected > 0 &&
		d->expected <= SK_BLOOM_MAX_EXPECTED && sk_bloom_rate_ok(d->rate) &&
		d->nbits == sk_bloom_bits_for(d->rate);
}

/* Whether count and length are what the layout and the design say. */
static sk_status
check_length(const sk_bloom *s)
{
	uint64_t	body = s->nbytes - s->body;
	uint64_t	list = 8 * (uint64_t) s->nvalues;
	uint64_t	want = sk_bloom_is_list(s) ? list :
		SK_BLOOM_BLOCK * (uint64_t) s->design.nblocks;

	if (s->layout == SK_BLOOM_WORKING_LIST)
		return body % 8 == 0 && body > 0 && list <= body ? SK_OK : SK_COUNT;
	if (s->layout == SK_BLOOM_PACKED_LIST &&
		s->nvalues > sk_bloom_max_values(s->design.nblocks))
		return SK_COUNT;
	return body < want ? SK_SHORT : body > want ? SK_LONG : SK_OK;
}

/* The number behind the design: of bits, whose turn it is among the pending
 * values. */
static sk_status
read_count(sk_bloom *s)
{
	uint32_t	count = sk_load32(s->bytes + 24);

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

sk_status
sk_bloom_open(sk_bloom *s, const void *bytes, size_t nbytes)
{
	*s = (sk_bloom) {.bytes = bytes, .nbytes = nbytes};
	if (nbytes == 0)
		return SK_SHORT;
	if ((s->bytes[0] & 0xF0) != (SK_BLOOM_TYPE_AND_VERSION & 0xF0))
		return SK_TYPE;
	if (s->bytes[0] != SK_BLOOM_TYPE_AND_VERSION)
		return SK_VERSION;
	if (nbytes < SK_BLOOM_HEADER)
		return SK_SHORT;
	if (s->bytes[1] > SK_BLOOM_WORKING_BITS)
		return SK_LAYOUT;
	if (s->bytes[3] != 0 || sk_load32(s->bytes + 28) != 0)
		return SK_RESERVED;
	s->layout = (sk_bloom_layout) s->bytes[1];
	read_design(&s->design, s->bytes);
	if (!design_ok(&s->design) ||
		(s->design.nblocks == 0 && !sk_bloom_is_list(s)))
		return SK_DESIGN;
	return nbytes > SK_BLOOM_MAX_BYTES ? SK_LONG : read_count(s);
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

static sk_status
table_add(uint8_t *bytes, size_t nbytes, uint64_t value)
{
	return sk_list_enter(&sk_bloom_list, bytes, sk_bloom_table_slots(nbytes),
						 sk_list_limit(sk_bloom_nslots(nbytes)),
						 value) == NULL ? SK_FULL : SK_OK;
}

/* The table may have no room for the value that waited; then that one stays, and
 * the new one is not in. */
sk_status
sk_bloom_add_listed(uint8_t *bytes, size_t nbytes, uint64_t value)
{
	uint32_t	nslots = sk_bloom_table_slots(nbytes);
	uint8_t    *slots = bytes + SK_BLOOM_HEADER;
	uint8_t    *place,
			   *home;
	uint64_t	earlier;

	if (nslots == sk_bloom_nslots(nbytes))
		return table_add(bytes, nbytes, value);
	home = slots + 8 * (size_t) sk_list_home(value, nslots);
	__builtin_prefetch(home, 1);
	__builtin_prefetch(home + 8 * 7, 1);
	place = slots + 8 * (size_t) (nslots + value % SK_BLOOM_WAITING);
	earlier = sk_load64(place);
	if (earlier != 0 && earlier != value &&
		table_add(bytes, nbytes, earlier) != SK_OK)
		return SK_FULL;
	sk_store64(place, value);
	return SK_OK;
}

/* Whether n sorted values, 8 bytes each, have this one. */
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

	memcpy(block, sk_bloom_block_at(s, i * group), SK_BLOOM_BLOCK);
	for (uint32_t j = 1; j < group; j++)
		sk_bloom_or(block, sk_bloom_block_at(s, i * group + j), SK_BLOOM_BLOCK);
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
	uint8_t		block[SK_BLOOM_BLOCK];

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
	return sk_bloom_in_table(s, value) || (place < sk_bloom_nslots(s->nbytes) &&
										sk_bloom_slot(s->bytes, place) == value);
}

/*
 * The window extends over at least 2.8 sqrt(n) values on both sides. That any of
 * n uniform values lies farther from its expected place has the probability
 * 2 exp(-2 * 2.8^2), 3 of 10^7 (Kolmogorov).
 */
static sk_bloom_slice
place_in_list(uint32_t n, uint64_t value)
{
	uint64_t	reach = UINT64_C(4) << (sk_bit_length(n) / 2);
	uint64_t	middle = sk_list_home(value, n);
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
		SK_BLOOM_HEADER + block * SK_BLOOM_BLOCK, SK_BLOOM_BLOCK
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

/*
 * More values than the count says would be damage, and must not go unseen: the
 * room for them was made by the count.
 */
static sk_status
merge_list(uint8_t *bytes, size_t nbytes, const sk_bloom *src,
		   void (*poll) (void))
{
	uint32_t	nslots = sk_bloom_nslots(src->nbytes);
	uint32_t	nvalues = sk_bloom_nvalues(src);
	uint32_t	n = 0;
	sk_status	status = SK_OK;

	for (uint32_t i = 0; i < nslots && status == SK_OK; i++)
	{
		uint64_t	value = sk_bloom_listed(src, i);

		sk_poll_searches(i, poll);
		if (value == 0)
			continue;
		if (n++ == nvalues)
			return SK_COUNT;
		/* In order, the slots of a table are near each other. */
		status = bytes[1] == SK_BLOOM_WORKING_LIST ?
			table_add(bytes, nbytes, value) : sk_bloom_add(bytes, nbytes, value);
	}
	return status;
}

static void
merge_blocks(uint8_t *blocks, const sk_bloom *src, void (*poll) (void))
{
	uint32_t	nblocks = src->design.nblocks;

	for (uint32_t i = 0; i < nblocks; i += SK_BLOOM_RUN)
	{
		sk_poll(i, poll);
		sk_bloom_or(blocks + i * (size_t) SK_BLOOM_BLOCK, sk_bloom_block_at(src, i),
				 sk_bloom_run_bytes(nblocks, i));
	}
}

static void
merge_folded(uint8_t *blocks, uint32_t group, const sk_bloom *src,
			 void (*poll) (void))
{
	for (uint32_t i = 0; i < src->design.nblocks; i++)
	{
		sk_poll(i, poll);
		sk_bloom_or(blocks + (i / group) * (size_t) SK_BLOOM_BLOCK,
				 sk_bloom_block_at(src, i), SK_BLOOM_BLOCK);
	}
}

static void
merge_bits(uint8_t *bytes, const sk_bloom *src, void (*poll) (void))
{
	uint32_t	group = src->design.nblocks / sk_load32(bytes + 4);

	if (group == 1)
		merge_blocks(bytes + SK_BLOOM_WORKING_BLOCKS, src, poll);
	else
		merge_folded(bytes + SK_BLOOM_WORKING_BLOCKS, group, src, poll);
	if (src->layout != SK_BLOOM_WORKING_BITS)
		return;
	for (unsigned i = 0; i < SK_BLOOM_PENDING; i++)
		if (sk_bloom_slot(src->bytes, i) != 0)
			sk_bloom_add_pending(bytes, sk_bloom_slot(src->bytes, i));
}

static bool
same_design(const sk_bloom_design *a, const sk_bloom_design *b)
{
	return a->nblocks == b->nblocks && a->nbits == b->nbits &&
		a->expected == b->expected && a->rate == b->rate;
}

/* SK_OK if the sketch has the design that it has in common with src. */
static sk_status
check_design(const uint8_t *bytes, const sk_bloom *src)
{
	sk_bloom_design own,
				common;

	read_design(&own, bytes);
	if (sk_bloom_common(&common, &own, &src->design) != SK_OK)
		return SK_UNLIKE;
	return same_design(&own, &common) ? SK_OK : SK_FULL;
}

/*
 * Whether a sketch surely takes src as it is. A list must have room for both
 * before the first value comes: values come in order, and would crowd the first
 * slots of a table that is too small long before it is full (25 ms instead of
 * 0.4 for 19,000 values).
 */
static bool
has_room(const uint8_t *bytes, size_t nbytes, const sk_bloom *src)
{
	if (bytes[1] == SK_BLOOM_WORKING_BITS)
		return true;
	return sk_bloom_is_list(src) && (uint64_t) sk_load32(bytes + 24) +
		sk_bloom_nvalues(src) <= sk_list_limit(sk_bloom_nslots(nbytes));
}

sk_status
sk_bloom_merge(uint8_t *bytes, size_t nbytes, const sk_bloom *src,
			   void (*poll) (void))
{
	sk_status	status = check_design(bytes, src);

	if (status != SK_OK)
		return status;
	if (!has_room(bytes, nbytes, src))
		return SK_FULL;
	if (sk_bloom_is_list(src))
		return merge_list(bytes, nbytes, src, poll);
	merge_bits(bytes, src, poll);
	return SK_OK;
}

sk_status
sk_bloom_plan_intersect(sk_bloom_shape *shape, const sk_bloom *a,
						const sk_bloom *b)
{
	uint32_t	nvalues = sk_bloom_is_list(a) ? sk_bloom_nvalues(a) : UINT32_MAX;

	*shape = (sk_bloom_shape) {.layout = SK_BLOOM_WORKING_BITS};
	if (sk_bloom_common(&shape->design, &a->design, &b->design) != SK_OK)
		return SK_UNLIKE;
	if (sk_bloom_is_list(b) && sk_bloom_nvalues(b) < nvalues)
		nvalues = sk_bloom_nvalues(b);
	if (nvalues == UINT32_MAX)
		return SK_OK;
	return list_shape(shape, nvalues);
}

/* The values of a list that other has. */
static sk_status
intersect_list(uint8_t *bytes, size_t nbytes, const sk_bloom *list,
			   const sk_bloom *other, void (*poll) (void))
{
	uint32_t	nslots = sk_bloom_nslots(list->nbytes);
	sk_status	status = SK_OK;

	for (uint32_t i = 0; i < nslots && status == SK_OK; i++)
	{
		uint64_t	value = sk_bloom_slot(list->bytes, i);

		sk_poll_searches(i, poll);
		if (value != 0 && sk_bloom_has(other, value))
			status = sk_bloom_add_listed(bytes, nbytes, value);
	}
	return status == SK_FULL ? SK_COUNT : status;
}

void
sk_bloom_settle(uint8_t *blocks, const sk_bloom_design *design,
			 const uint8_t *pending)
{
	for (unsigned i = 0; i < SK_BLOOM_PENDING; i++)
		if (sk_load64(pending + 8 * i) != 0)
			sk_bloom_add_bits(blocks, design->nblocks, design->nbits,
						   sk_load64(pending + 8 * i));
}

sk_status
sk_bloom_restrict(uint8_t *bytes, const sk_bloom *src)
{
	sk_bloom_design design;
	sk_status	status = check_design(bytes, src);
	uint8_t		block[SK_BLOOM_BLOCK];
	uint8_t    *dst = bytes + SK_BLOOM_WORKING_BLOCKS;
	uint32_t	group;

	if (status != SK_OK)
		return status;
	if (sk_bloom_is_list(src) || bytes[1] != SK_BLOOM_WORKING_BITS)
		return SK_FULL;
	read_design(&design, bytes);
	group = src->design.nblocks / design.nblocks;
	sk_bloom_settle(dst, &design, bytes + SK_BLOOM_HEADER);
	memset(bytes + SK_BLOOM_HEADER, 0, 8 * SK_BLOOM_PENDING);
	for (uint32_t i = 0; i < design.nblocks; i++, dst += SK_BLOOM_BLOCK)
	{
		sk_poll(i * group, src->poll);
		sk_bloom_folded_block(block, src, i, design.nblocks);
		for (int j = 0; j < SK_BLOOM_BLOCK; j++)
			dst[j] &= block[j];
	}
	return SK_OK;
}

sk_status
sk_bloom_intersect(uint8_t *bytes, size_t nbytes, const sk_bloom *a,
				   const sk_bloom *b, void (*poll) (void))
{
	sk_status	status;

	if (sk_bloom_is_list(a) &&
		(!sk_bloom_is_list(b) || sk_bloom_nvalues(a) <= sk_bloom_nvalues(b)))
		return intersect_list(bytes, nbytes, a, b, poll);
	if (sk_bloom_is_list(b))
		return intersect_list(bytes, nbytes, b, a, poll);
	status = sk_bloom_merge(bytes, nbytes, a, poll);
	return status == SK_OK ? sk_bloom_restrict(bytes, b) : status;
}

static bool
has_no_bits(const sk_bloom *s)
{
	uint64_t	any = 0;

	for (size_t at = SK_BLOOM_HEADER; at < s->nbytes && any == 0; at += 8)
		any = sk_load64(s->bytes + at);
	return any == 0;
}

bool
sk_bloom_is_empty(const sk_bloom *s)
{
	return sk_bloom_is_list(s) ? sk_bloom_nvalues(s) == 0 : has_no_bits(s);
}
