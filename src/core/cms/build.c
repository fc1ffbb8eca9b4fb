/*
 * cms/build.c: building Count-Min sketches: layouts, adding, merging.
 *
 * See sketch.h for what the sketch is and where it comes from, doc/format.md for the
 * bytes. Two working layouts: a hash table of values with their counts, which
 * starts at some hundred bytes, and the counters. The table keeps its values
 * nearly sorted, since the leading bits of a hash are as good a slot number as
 * any; so packing hardly needs to sort, and a table grows in one sweep over
 * memory.
 */
#include "core/cms/internal.h"

/*
 * A table is full at 3/4: a new value then looks at 8 slots on average (Knuth,
 * TAOCP 3, 6.4), at 7/8 it would be 32.
 */
static uint32_t
table_limit(uint32_t nslots)
{
	return nslots - nslots / 4;
}

/* The fewest slots for so many values. */
static uint64_t
fewest_slots(uint64_t nvalues)
{
	return nvalues + nvalues / 3 + 1;
}

/*
 * Table sizes: 5, 29, 125, then 253, 509, 1021, ... slots, so that a value with
 * its header is just shorter than a power of two, as memory is handed out. Steps
 * of four at first, since an aggregate keeps what its states have outgrown.
 */
static uint64_t
next_slots(uint64_t nslots)
{
	return nslots < 125 ? 4 * nslots + 9 : 2 * nslots + 3;
}

/* Slots for so many values, with room to grow as far as a list of this design
 * may. */
static uint32_t
table_slots(uint64_t nvalues, const sk_cms_design *design)
{
	uint32_t	most = sk_cms_max_values(design);
	uint64_t	enough = fewest_slots(nvalues > most ? nvalues : most);
	uint64_t	nslots = 5;

	while (nslots - nslots / 4 < nvalues)
		nslots = next_slots(nslots);
	return (uint32_t) (nslots > enough ? enough : nslots);
}

sk_cms_shape
sk_cms_smallest(sk_cms_design design)
{
	return (sk_cms_shape) {
		SK_CMS_WORKING_LIST, design, table_slots(1, &design)
	};
}

/*
 * Whether dst and one more value, or all of src, are to be a list. Of two lists
 * it is not known how many values they share, so they go into one that has room
 * for both: up to twice as many as a packed list may have.
 */
static bool
stays_list(const sk_cms *dst, const sk_cms *src, uint32_t most)
{
	if (!sk_cms_is_list(dst) || (src != NULL && !sk_cms_is_list(src)))
		return false;
	if (src == NULL)
		return dst->nvalues < most;
	return dst->nvalues <= most && src->nvalues <= most;
}

sk_status
sk_cms_larger(sk_cms_shape *shape, const sk_cms *dst, const sk_cms *src)
{
	const sk_cms_design *other = src == NULL ? &dst->design : &src->design;
	uint64_t	more = src == NULL ? 1 : src->nvalues;

	*shape = (sk_cms_shape) {.layout = SK_CMS_WORKING_CELLS};
	if (sk_cms_common(&shape->design, &dst->design, other) != SK_OK)
		return SK_UNLIKE;
	if (!stays_list(dst, src, sk_cms_max_values(&shape->design)))
		return SK_OK;
	shape->layout = SK_CMS_WORKING_LIST;
	shape->nslots = table_slots(dst->nvalues + more, &shape->design);
	return SK_OK;
}

size_t
sk_cms_size(const sk_cms_shape *shape)
{
	if (shape->layout == SK_CMS_WORKING_LIST)
		return SK_CMS_HEADER + SK_CMS_SLOT * (size_t) shape->nslots;
	return SK_CMS_HEADER + 8 * (size_t) sk_cms_ncells(&shape->design);
}

void
sk_cms_write_header(uint8_t *bytes, sk_cms_layout layout,
				 const sk_cms_design *design)
{
	memset(bytes, 0, SK_CMS_HEADER);
	bytes[0] = SK_CMS_TYPE_AND_VERSION;
	bytes[1] = (uint8_t) layout;
	bytes[2] = (uint8_t) design->depth;
	sk_store32(bytes + 4, design->width);
	sk_store64(bytes + 8, sk_double_bits(design->epsilon));
	sk_store64(bytes + 16, sk_double_bits(design->delta));
}

void
sk_cms_init(uint8_t *bytes, const sk_cms_shape *shape)
{
	sk_cms_write_header(bytes, shape->layout, &shape->design);
	memset(bytes + SK_CMS_HEADER, 0, sk_cms_size(shape) - SK_CMS_HEADER);
}

static void
read_design(sk_cms_design *design, const uint8_t *bytes)
{
	design->depth = bytes[2];
	design->width = sk_load32(bytes + 4);
	design->epsilon = sk_double_of(sk_load64(bytes + 8));
	design->delta = sk_double_of(sk_load64(bytes + 16));
}

/* Whether the shape is the one that epsilon and delta ask for. */
static bool
design_ok(const sk_cms_design *d)
{
	sk_cms_design asked;

	return sk_cms_fraction_ok(d->epsilon) && sk_cms_fraction_ok(d->delta) &&
		sk_cms_design_for(&asked, d->epsilon, d->delta) == SK_OK &&
		asked.width == d->width && asked.depth == d->depth;
}

static sk_status
check_bytes(size_t nbytes, uint64_t want)
{
	return nbytes < want ? SK_SHORT : nbytes > want ? SK_LONG : SK_OK;
}

/* A packed list has a stride and a value, or neither. */
static sk_status
check_list(sk_cms *s)
{
	size_t		body = s->nbytes - SK_CMS_HEADER;
	unsigned	ncount = s->bytes[3];

	if (s->layout == SK_CMS_WORKING_LIST)
	{
		s->nstride = SK_CMS_SLOT;
		return body % SK_CMS_SLOT == 0 && body > 0 &&
			s->nvalues <= body / SK_CMS_SLOT ? SK_OK : SK_COUNT;
	}
	if (ncount > 8 || (ncount == 0) != (s->nvalues == 0) ||
		s->nvalues > sk_cms_max_values(&s->design))
		return SK_COUNT;
	s->nstride = ncount == 0 ? 0 : 8 + ncount;
	return check_bytes(body, (uint64_t) s->nstride * s->nvalues);
}

/* The last entry of the directory of packed counters tells their length. */
static sk_status
check_cells(const sk_cms *s)
{
	size_t		body = s->nbytes - SK_CMS_HEADER;
	uint32_t	ncells = sk_cms_ncells(&s->design);
	uint64_t	directory = 4 * (uint64_t) sk_cms_nblocks(ncells);

	if (s->nvalues != 0)
		return SK_COUNT;
	if (s->layout == SK_CMS_WORKING_CELLS)
		return check_bytes(body, 8 * (uint64_t) ncells);
	if (body < directory)
		return SK_SHORT;
	return check_bytes(body, directory +
					   sk_load32(s->bytes + SK_CMS_HEADER + directory - 4));
}

sk_status
sk_cms_open(sk_cms *s, const void *bytes, size_t nbytes)
{
	*s = (sk_cms) {.bytes = bytes, .nbytes = nbytes};
	if (nbytes == 0)
		return SK_SHORT;
	if ((s->bytes[0] & 0xF0) != (SK_CMS_TYPE_AND_VERSION & 0xF0))
		return SK_TYPE;
	if (s->bytes[0] != SK_CMS_TYPE_AND_VERSION)
		return SK_VERSION;
	if (nbytes < SK_CMS_HEADER)
		return SK_SHORT;
	if (nbytes > SK_CMS_MAX_BYTES)
		return SK_LONG;
	if (s->bytes[1] > SK_CMS_WORKING_CELLS)
		return SK_LAYOUT;
	s->layout = (sk_cms_layout) s->bytes[1];
	read_design(&s->design, s->bytes);
	s->total = sk_load64(s->bytes + 24);
	s->nvalues = sk_load32(s->bytes + 32);
	if (s->bytes[3] != 0 && s->layout != SK_CMS_PACKED_LIST)
		return SK_RESERVED;
	if (!design_ok(&s->design))
		return SK_DESIGN;
	if (s->total > SK_CMS_MAX_TOTAL)
		return SK_VALUE;
	return sk_cms_is_list(s) ? check_list(s) : check_cells(s);
}

static uint8_t *
slot_at(uint8_t *bytes, uint32_t i)
{
	return bytes + SK_CMS_HEADER + SK_CMS_SLOT * (size_t) i;
}

/*
 * The slot of a value, or the empty one where it belongs; nslots if there is
 * neither. The search is bounded, since damaged bytes might leave no slot empty.
 */
static uint32_t
table_find(const uint8_t *bytes, uint32_t nslots, uint64_t value)
{
	uint32_t	i = sk_cms_home(value, nslots);

	for (uint32_t searched = 0; searched < nslots; searched++)
	{
		uint64_t	found = sk_load64(bytes + SK_CMS_HEADER +
									  SK_CMS_SLOT * (size_t) i);

		if (found == value || found == 0)
			return i;
		i = i + 1 == nslots ? 0 : i + 1;
	}
	return nslots;
}

sk_status
sk_cms_add_listed(uint8_t *bytes, size_t nbytes, uint64_t value, uint64_t weight)
{
	uint32_t	nslots = (uint32_t) ((nbytes - SK_CMS_HEADER) / SK_CMS_SLOT);
	uint32_t	nvalues = sk_load32(bytes + 32);
	uint32_t	i = table_find(bytes, nslots, value);
	bool		is_new = i == nslots || sk_load64(slot_at(bytes, i)) == 0;
	uint8_t    *count;

	if (i == nslots || (is_new && nvalues >= table_limit(nslots)))
		return SK_FULL;
	count = slot_at(bytes, i) + 8;
	sk_store64(slot_at(bytes, i), value);
	sk_store64(count, sk_load64(count) + weight);
	sk_store32(bytes + 32, nvalues + is_new);
	sk_store64(bytes + 24, sk_load64(bytes + 24) + weight);
	return SK_OK;
}

/* The place of a value among n sorted ones, if it is there; else another one, or
 * 0. */
static size_t
sorted_find(const sk_cms *s, uint64_t value)
{
	size_t		base = 0;

	for (size_t n = s->nvalues; n > 1; n -= n / 2)
	{
		/* Without a branch, which would be taken at random. */
		size_t		middle = base + n / 2;

		base = sk_load64(sk_cms_entry_at(s, middle)) <= value ? middle : base;
	}
	return base;
}

uint64_t
sk_cms_find(const sk_cms *s, uint64_t value)
{
	uint32_t	nentries = sk_cms_nentries(s);
	size_t		i;
	sk_cms_entry	entry;

	if (s->layout == SK_CMS_WORKING_LIST)
		i = table_find(s->bytes, nentries, value);
	else
		i = sorted_find(s, value);
	if (i >= nentries)
		return 0;
	entry = sk_cms_entry_of(s, i);
	return entry.value == value ? entry.count : 0;
}

/* Whatever its bytes, a list that adds up to another number of values than it
 * says, or to another total, is damaged. */
static sk_status
merge_list(uint8_t *bytes, size_t nbytes, const sk_cms *src,
		   void (*poll) (void))
{
	uint32_t	nentries = sk_cms_nentries(src);
	uint64_t	total = 0;
	uint32_t	n = 0;

	for (uint32_t i = 0; i < nentries; i++)
	{
		sk_cms_entry	entry = sk_cms_entry_of(src, i);

		sk_poll_searches(i, poll);
		if (entry.value == 0)
			continue;
		if (sk_cms_add(bytes, nbytes, entry.value, entry.count) != SK_OK)
			return SK_COUNT;
		total += entry.count;
		n++;
	}
	return n == src->nvalues && total == src->total ? SK_OK : SK_COUNT;
}

/*
 * Adds a block of counters; shift is the logarithm of how many counters become
 * one. No overflow, since no counter exceeds the total.
 */
static sk_status
merge_block(uint8_t *cells, const sk_cms *src, uint32_t block, unsigned shift)
{
	unsigned	n = sk_cms_block_cells(sk_cms_ncells(&src->design), block);
	uint64_t	counts[SK_CMS_BLOCK];
	sk_status	status = sk_cms_read_block(src, block, counts);

	for (unsigned i = 0; i < n; i++)
	{
		uint8_t    *cell = cells +
			8 * (((size_t) block * SK_CMS_BLOCK + i) >> shift);

		sk_store64(cell, sk_load64(cell) + counts[i]);
	}
	return status;
}

static sk_status
merge_cells(uint8_t *bytes, const sk_cms *src, void (*poll) (void))
{
	uint32_t	nblocks = sk_cms_nblocks(sk_cms_ncells(&src->design));
	unsigned	shift = sk_ctz64(src->design.width / sk_load32(bytes + 4));
	sk_status	status = SK_OK;

	for (uint32_t i = 0; i < nblocks && status == SK_OK; i++)
	{
		sk_poll(i, poll);
		status = merge_block(bytes + SK_CMS_HEADER, src, i, shift);
	}
	sk_store64(bytes + 24, sk_load64(bytes + 24) + src->total);
	return status;
}

static bool
same_design(const sk_cms_design *a, const sk_cms_design *b)
{
	return a->width == b->width && a->depth == b->depth &&
		a->epsilon == b->epsilon && a->delta == b->delta;
}

/* SK_OK if the sketch has the design that it has in common with src. */
static sk_status
check_design(const uint8_t *bytes, const sk_cms *src)
{
	sk_cms_design own,
				common;

	read_design(&own, bytes);
	if (sk_cms_common(&common, &own, &src->design) != SK_OK)
		return SK_UNLIKE;
	return same_design(&own, &common) ? SK_OK : SK_FULL;
}

/*
 * Whether a sketch surely takes src as it is. A list must have room for both
 * before the first value comes, since after it there is no way back.
 */
static bool
has_room(const uint8_t *bytes, size_t nbytes, const sk_cms *src)
{
	if (bytes[1] == SK_CMS_WORKING_CELLS)
		return true;
	return sk_cms_is_list(src) && (uint64_t) sk_load32(bytes + 32) +
		src->nvalues <= table_limit((uint32_t) ((nbytes - SK_CMS_HEADER) /
												SK_CMS_SLOT));
}

sk_status
sk_cms_merge(uint8_t *bytes, size_t nbytes, const sk_cms *src,
			 void (*poll) (void))
{
	sk_status	status = check_design(bytes, src);

	if (status == SK_UNLIKE)
		return status;
	if (sk_load64(bytes + 24) > SK_CMS_MAX_TOTAL - src->total)
		return SK_OVERFLOW;
	if (status != SK_OK)
		return status;
	if (!has_room(bytes, nbytes, src))
		return SK_FULL;
	return sk_cms_is_list(src) ? merge_list(bytes, nbytes, src, poll) :
		merge_cells(bytes, src, poll);
}
