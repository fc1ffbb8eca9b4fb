/*
 * topk/query.c: reading sketches of the most frequent items: the header, all
 * entries, the bounds of one item.
 *
 * Layouts: doc/format.md.
 */
#include "core/topk/internal.h"
#include "core/topk/size.h"

static sk_status
open_working(sk_topk *s)
{
	uint64_t	nslots;

	if (s->nbytes < SK_TOPK_WORKING_HEADER)
		return SK_SHORT;
	if (s->bytes[SK_TOPK_AT_RESERVED] != 0 ||
		s->bytes[SK_TOPK_AT_RESERVED + 1] != 0 ||
		sk_load32(s->bytes + SK_TOPK_AT_PADDING) != 0)
		return SK_RESERVED;
	nslots = sk_load32(s->bytes + SK_TOPK_AT_NSLOTS);
	s->k = sk_load32(s->bytes + SK_TOPK_AT_K);
	s->room = sk_load32(s->bytes + SK_TOPK_AT_ROOM);
	s->total = sk_load64(s->bytes + SK_TOPK_AT_TOTAL);
	s->offset = sk_load64(s->bytes + SK_TOPK_AT_OFFSET);
	s->nitems = sk_load32(s->bytes + SK_TOPK_AT_NITEMS);
	s->end = sk_load32(s->bytes + SK_TOPK_AT_END);
	if (SK_TOPK_AT_SLOTS + 8 * nslots > s->end || s->end > s->nbytes)
		return SK_SHORT;
	s->body = SK_TOPK_AT_SLOTS + 8 * (size_t) nslots;
	return sk_topk_fewest_slots(s->nitems) <= nslots ? SK_OK : SK_COUNT;
}

static sk_status
open_packed(sk_topk *s)
{
	uint64_t	k = 0,
				nitems = 0;
	uint64_t   *const numbers[] = {&k, &s->total, &s->offset, &nitems};

	s->body = SK_TOPK_AT_NUMBERS;
	s->end = s->nbytes;
	for (int i = 0; i < 4; i++)
	{
		sk_status	status = sk_topk_read_varint(s->bytes, &s->body, s->end,
												 numbers[i]);

		if (status != SK_OK)
			return status;
	}
	s->k = s->room = (uint32_t) sk_topk_at_most(k, UINT32_MAX);
	if (nitems > s->k)
		return SK_COUNT;
	s->nitems = (uint32_t) nitems;
	return 3 * nitems > s->end - s->body ? SK_SHORT : SK_OK;
}

sk_status
sk_topk_open(sk_topk *s, const void *bytes, size_t nbytes)
{
	uint8_t		type;
	sk_status	status;

	*s = (sk_topk) {.bytes = bytes, .nbytes = nbytes};
	if (nbytes == 0)
		return SK_SHORT;
	type = s->bytes[SK_TOPK_AT_TYPE];
	if ((type & 0xF0) != (SK_TOPK_TYPE_AND_VERSION & 0xF0))
		return SK_TYPE;
	if (type != SK_TOPK_TYPE_AND_VERSION)
		return SK_VERSION;
	if (nbytes <= SK_TOPK_AT_LAYOUT)
		return SK_SHORT;
	if (nbytes > SK_TOPK_MAX_BYTES)
		return SK_LONG;
	if (s->bytes[SK_TOPK_AT_LAYOUT] > SK_TOPK_WORKING)
		return SK_LAYOUT;
	s->layout = (sk_topk_layout) s->bytes[SK_TOPK_AT_LAYOUT];
	status = s->layout == SK_TOPK_PACKED ? open_packed(s) : open_working(s);
	if (status != SK_OK)
		return status;
	if (!sk_topk_k_ok(s->k) || !sk_topk_k_ok(s->room) || s->room < s->k)
		return SK_DESIGN;
	return s->total > SK_TOPK_MAX_TOTAL ||
		s->offset > s->total / (s->k + 1) ? SK_VALUE : SK_OK;
}

sk_topk_cursor
sk_topk_first(const sk_topk *s)
{
	return (sk_topk_cursor) {s, s->body, s->nitems, SK_OK};
}

static sk_status
read_record(sk_topk_cursor *c, sk_topk_entry *e)
{
	const uint8_t *record = c->sketch->bytes + c->at;

	if (c->sketch->end - c->at < SK_TOPK_RECORD_HEADER)
		return SK_SHORT;
	e->nbytes = sk_load32(record + SK_TOPK_AT_LENGTH);
	e->lower = sk_load64(record + SK_TOPK_AT_LOWER);
	e->upper = sk_load64(record + SK_TOPK_AT_COUNT) + c->sketch->offset;
	c->at += SK_TOPK_AT_ITEM;
	return SK_OK;
}

static sk_status
read_packed(sk_topk_cursor *c, sk_topk_entry *e)
{
	const sk_topk *s = c->sketch;
	uint64_t	slack,
				nbytes;
	sk_status	status = sk_topk_read_varint(s->bytes, &c->at, s->end, &e->lower);

	if (status == SK_OK)
		status = sk_topk_read_varint(s->bytes, &c->at, s->end, &slack);
	if (status == SK_OK)
		status = sk_topk_read_varint(s->bytes, &c->at, s->end, &nbytes);
	if (status != SK_OK)
		return status;
	e->upper = e->lower + slack;
	e->nbytes = (uint32_t) sk_topk_at_most(nbytes, UINT32_MAX);
	return SK_OK;
}

/*
 * The count of an item is above 0, and its upper bound is the count plus the
 * offset. The lower bound is above 0, too: nothing was subtracted from an item
 * before it came.
 */
static bool
bounds_ok(const sk_topk_entry *e, uint64_t offset)
{
	return e->upper > offset && e->upper <= SK_TOPK_MAX_TOTAL &&
		e->lower <= e->upper && e->upper - e->lower <= offset;
}

static sk_status
read_entry(sk_topk_cursor *c, sk_topk_entry *e)
{
	const sk_topk *s = c->sketch;
	sk_status	status = s->layout == SK_TOPK_PACKED ? read_packed(c, e) :
		read_record(c, e);

	if (status != SK_OK)
		return status;
	if (!bounds_ok(e, s->offset) || !sk_topk_length_ok(e->nbytes))
		return SK_VALUE;
	if (s->end - c->at < e->nbytes)
		return SK_SHORT;
	e->item = s->bytes + c->at;
	c->at += e->nbytes;
	return SK_OK;
}

bool
sk_topk_next(sk_topk_cursor *cursor, sk_topk_entry *entry)
{
	if (cursor->status != SK_OK)
		return false;
	if (cursor->left == 0)
	{
		cursor->status = cursor->at < cursor->sketch->end ? SK_LONG : SK_OK;
		return false;
	}
	cursor->left--;
	cursor->status = read_entry(cursor, entry);
	return cursor->status == SK_OK;
}

static sk_topk_bounds
find_packed(const sk_topk *s, const sk_topk_item *item)
{
	sk_topk_cursor c = sk_topk_first(s);
	sk_topk_entry e;

	while (sk_topk_next(&c, &e))
		if (sk_topk_compare_items(e.item, e.nbytes, item->bytes,
								  item->nbytes) == 0)
			return (sk_topk_bounds) {e.lower, e.upper};
	return (sk_topk_bounds) {0, s->offset};
}

static sk_topk_bounds
find_working(const sk_topk *s, const sk_topk_item *item)
{
	uint32_t	nslots = sk_load32(s->bytes + SK_TOPK_AT_NSLOTS);
	uint32_t	i = sk_topk_find_slot(s->bytes, nslots, item);
	const uint8_t *record;

	if (i == nslots || sk_topk_slot(s->bytes, i) == 0)
		return (sk_topk_bounds) {0, s->offset};
	record = s->bytes + (uint32_t) sk_topk_slot(s->bytes, i);
	return (sk_topk_bounds) {
		sk_load64(record + SK_TOPK_AT_LOWER),
		sk_load64(record + SK_TOPK_AT_COUNT) + s->offset
	};
}

sk_topk_bounds
sk_topk_find(const sk_topk *s, const sk_topk_item *item)
{
	return s->layout == SK_TOPK_PACKED ? find_packed(s, item) :
		find_working(s, item);
}
