/*
 * topk/build.c: building sketches of the most frequent items: adding, merging,
 * asking.
 *
 * See sketch.h for what the sketch is and where it comes from, doc/format.md for
 * the bytes. A working sketch is a hash table and a log. The log has a record
 * of numbers and bytes for each item, one right after the other, in the order
 * in which they came; a slot of the table has a half of an item's hash and the
 * offset of its record. So a new item is appended, and a purge is one walk
 * along the log that closes the gaps, after which the table is filled anew. No
 * purge needs memory of its own.
 */
#include "core/topk/internal.h"

/*
 * Items that a working sketch has room for. With k + 12, 2k + 12, 3k + 12,
 * 4k + 12 and 6k + 12, adding a Zipf 1.1 distribution over 10^6 at k = 100 leaves
 * offsets of 0.90, 0.48, 0.32, 0.25 and 0.26 times their bound, in up to 8, 10,
 * 16, 20 and 32 kB. An add takes 25 ns, hash included; only with k + 12, a fifth
 * more.
 */
static uint64_t
most_items(uint32_t k)
{
	return 4 * (uint64_t) k + 12;
}

/*
 * At most 2/3 of the slots are used. The search for a new item then looks at
 * five of them on average (Knuth, TAOCP 3, 6.4), mostly in one cache line.
 */
static uint64_t
fewest_slots(uint64_t nitems)
{
	return nitems + nitems / 2 + 1;
}

/* The longest log: with it and the largest table, a sketch is as long as it may
 * be. */
static uint64_t
most_bytes(uint32_t k)
{
	return SK_TOPK_MAX_BYTES - SK_TOPK_WORKING_HEADER -
		8 * fewest_slots(most_items(k));
}

/* Table sizes double, but the last one is what the most items need. */
static uint32_t
table_slots(uint64_t nitems, uint32_t k)
{
	uint64_t	most = fewest_slots(most_items(k));
	uint64_t	nslots = 4;

	while (nslots < fewest_slots(nitems))
		nslots *= 2;
	return (uint32_t) (nslots < most ? nslots : most);
}

/*
 * With the header of a value, sizes are powers of two, as memory is handed out;
 * beyond 8 kB, where it is not any more, they have steps of at most a quarter.
 */
static size_t
round_size(uint64_t nbytes)
{
	uint64_t	step = 128;

	nbytes += 4;
	if (nbytes > 8192)
		step = UINT64_C(1) << (sk_bit_length(nbytes - 1) - 3);
	else
		while (step < nbytes)
			step *= 2;
	nbytes = (nbytes + step - 1) / step * step - 4;
	return nbytes < SK_TOPK_MAX_BYTES ? nbytes : SK_TOPK_MAX_BYTES;
}

/* For so many items, whose records have so many bytes if that is possible. */
static sk_topk_shape
shape_for(uint32_t k, uint64_t nitems, uint64_t nbytes)
{
	uint32_t	nslots = table_slots(nitems, k);

	return (sk_topk_shape) {
		k, nslots, round_size(SK_TOPK_WORKING_HEADER + 8 * (uint64_t) nslots +
							  nbytes)
	};
}

sk_topk_shape
sk_topk_smallest(uint32_t k)
{
	return shape_for(k, 1, SK_TOPK_RECORD);
}

/* The bytes of all records; of a packed sketch, what they will have at most: a
 * packed item has three bytes besides its own. */
static uint64_t
record_bytes(const sk_topk *s)
{
	uint64_t	nbytes = s->end - s->body;

	if (s->layout == SK_TOPK_PACKED)
		nbytes += (SK_TOPK_RECORD - 3) * (uint64_t) s->nitems;
	return nbytes;
}

static uint64_t
at_most(uint64_t x, uint64_t most)
{
	return x < most ? x : most;
}

sk_status
sk_topk_larger(sk_topk_shape *shape, const sk_topk *dst, const sk_topk *src,
			   size_t nbytes)
{
	uint32_t	k = src != NULL && src->k < dst->k ? src->k : dst->k;
	uint64_t	more_items = src == NULL ? 1 : src->nitems;
	uint64_t	more_bytes = src == NULL ? SK_TOPK_RECORD + nbytes :
		record_bytes(src);
	uint64_t	all_bytes = record_bytes(dst) + more_bytes;

	if (src == NULL && all_bytes > most_bytes(k))
		return SK_SIZE;
	*shape = shape_for(k, at_most(dst->nitems + more_items, most_items(k)),
					   all_bytes);
	return SK_OK;
}

void
sk_topk_init(uint8_t *bytes, const sk_topk_shape *shape)
{
	memset(bytes, 0, shape->nbytes);
	bytes[0] = SK_TOPK_TYPE_AND_VERSION;
	bytes[1] = SK_TOPK_WORKING;
	sk_store32(bytes + SK_TOPK_K, shape->k);
	sk_store32(bytes + SK_TOPK_NSLOTS, shape->nslots);
	sk_store32(bytes + SK_TOPK_END, SK_TOPK_WORKING_HEADER + 8 * shape->nslots);
}

static sk_status
open_working(sk_topk *s)
{
	uint64_t	nslots;

	if (s->nbytes < SK_TOPK_WORKING_HEADER)
		return SK_SHORT;
	if (s->bytes[2] != 0 || s->bytes[3] != 0)
		return SK_RESERVED;
	nslots = sk_load32(s->bytes + SK_TOPK_NSLOTS);
	s->k = sk_load32(s->bytes + SK_TOPK_K);
	s->total = sk_load64(s->bytes + SK_TOPK_TOTAL);
	s->offset = sk_load64(s->bytes + SK_TOPK_OFFSET);
	s->nitems = sk_load32(s->bytes + SK_TOPK_NITEMS);
	s->end = sk_load32(s->bytes + SK_TOPK_END);
	if (SK_TOPK_WORKING_HEADER + 8 * nslots > s->end || s->end > s->nbytes)
		return SK_SHORT;
	s->body = SK_TOPK_WORKING_HEADER + 8 * (size_t) nslots;
	return fewest_slots(s->nitems) <= nslots ? SK_OK : SK_COUNT;
}

static sk_status
open_packed(sk_topk *s)
{
	uint64_t	numbers[4];

	s->body = 2;
	s->end = s->nbytes;
	for (int i = 0; i < 4; i++)
	{
		sk_status	status = sk_topk_read_varint(s->bytes, &s->body, s->end,
											  &numbers[i]);

		if (status != SK_OK)
			return status;
	}
	s->k = (uint32_t) at_most(numbers[0], UINT32_MAX);
	s->total = numbers[1];
	s->offset = numbers[2];
	if (numbers[3] > s->k)
		return SK_COUNT;
	s->nitems = (uint32_t) numbers[3];
	return 3 * numbers[3] > s->end - s->body ? SK_SHORT : SK_OK;
}

sk_status
sk_topk_open(sk_topk *s, const void *bytes, size_t nbytes)
{
	sk_status	status;

	*s = (sk_topk) {.bytes = bytes, .nbytes = nbytes};
	if (nbytes == 0)
		return SK_SHORT;
	if ((s->bytes[0] & 0xF0) != (SK_TOPK_TYPE_AND_VERSION & 0xF0))
		return SK_TYPE;
	if (s->bytes[0] != SK_TOPK_TYPE_AND_VERSION)
		return SK_VERSION;
	if (nbytes < 2)
		return SK_SHORT;
	if (nbytes > SK_TOPK_MAX_BYTES)
		return SK_LONG;
	if (s->bytes[1] > SK_TOPK_WORKING)
		return SK_LAYOUT;
	s->layout = (sk_topk_layout) s->bytes[1];
	status = s->layout == SK_TOPK_PACKED ? open_packed(s) : open_working(s);
	if (status != SK_OK)
		return status;
	if (!sk_topk_k_ok(s->k))
		return SK_DESIGN;
	return s->total > SK_TOPK_MAX_TOTAL ||
		s->offset > s->total / (s->k + 1) ? SK_VALUE : SK_OK;
}

static inline uint64_t
slot_value(const uint8_t *bytes, uint32_t i)
{
	return sk_load64(bytes + SK_TOPK_WORKING_HEADER + 8 * (size_t) i);
}

/* Where the search for an item starts. */
static inline uint32_t
home_slot(uint32_t fingerprint, uint32_t nslots)
{
	return (uint32_t) ((uint64_t) fingerprint * nslots >> 32);
}

/* Whether the item's record is at this offset; damaged tables name any. */
static inline bool
record_is(const uint8_t *bytes, size_t at, const sk_topk_item *item)
{
	size_t		body = SK_TOPK_WORKING_HEADER +
		8 * (size_t) sk_load32(bytes + SK_TOPK_NSLOTS);
	size_t		end = sk_load32(bytes + SK_TOPK_END);

	return at >= body && at < end &&
		SK_TOPK_RECORD + (size_t) item->nbytes <= end - at &&
		sk_load32(bytes + at + SK_TOPK_LENGTH) == item->nbytes &&
		(item->nbytes == 0 ||
		 memcmp(bytes + at + SK_TOPK_RECORD, item->bytes, item->nbytes) == 0);
}

/*
 * The slot of an item, or the empty one where it belongs; nslots if there is
 * neither. The search is bounded, since damaged bytes might leave no slot
 * empty.
 */
static inline uint32_t
find_slot(const uint8_t *bytes, uint32_t nslots, const sk_topk_item *item)
{
	uint32_t	i = home_slot(item->fingerprint, nslots);

	for (uint32_t searched = 0; searched < nslots; searched++)
	{
		uint64_t	slot = slot_value(bytes, i);

		if (slot == 0 || (slot >> 32 == item->fingerprint &&
						  record_is(bytes, (uint32_t) slot, item)))
			return i;
		i = i + 1 == nslots ? 0 : i + 1;
	}
	return nslots;
}

/* Enters a record that is not in the table, which has an empty slot. */
static void
enter_record(uint8_t *bytes, uint32_t nslots, size_t at)
{
	uint32_t	fingerprint = sk_load32(bytes + at + SK_TOPK_FINGERPRINT);
	uint32_t	i = home_slot(fingerprint, nslots);

	while (slot_value(bytes, i) != 0)
		i = i + 1 == nslots ? 0 : i + 1;
	sk_store64(bytes + SK_TOPK_WORKING_HEADER + 8 * (size_t) i,
			   (uint64_t) fingerprint << 32 | at);
}

/* Moves a record to the end of those that stay, with its count less the cut. */
static size_t
keep_record(uint8_t *bytes, size_t to, size_t from, uint64_t cut)
{
	size_t		nbytes = sk_topk_record_bytes(bytes + from);

	memmove(bytes + to, bytes + from, nbytes);
	sk_store64(bytes + to + SK_TOPK_COUNT,
			   sk_load64(bytes + to + SK_TOPK_COUNT) - cut);
	enter_record(bytes, sk_load32(bytes + SK_TOPK_NSLOTS), to);
	return to + nbytes;
}

/*
 * Subtracts the (k+1)-th largest count from all and drops the items that have
 * nothing left. At least k + 1 items lose all of the cut, which is why the
 * offset keeps within its bound.
 */
static sk_status
purge(uint8_t *bytes, size_t nbytes, void (*poll) (void))
{
	sk_topk		s;
	uint64_t	cut;
	uint32_t	i = 0,
				nitems = 0;
	size_t		to,
				from;
	sk_status	status = sk_topk_open(&s, bytes, nbytes);

	if (status == SK_OK)
		status = sk_topk_cut(&s, &cut);
	if (status != SK_OK || cut == 0)
		return status;
	memset(bytes + SK_TOPK_WORKING_HEADER, 0, s.body - SK_TOPK_WORKING_HEADER);
	for (from = to = s.body; from < s.end;)
	{
		size_t		next = from + sk_topk_record_bytes(bytes + from);

		sk_poll_searches(i++, poll);
		if (sk_load64(bytes + from + SK_TOPK_COUNT) > cut)
		{
			to = keep_record(bytes, to, from, cut);
			nitems++;
		}
		from = next;
	}
	sk_store64(bytes + SK_TOPK_OFFSET, s.offset + cut);
	sk_store32(bytes + SK_TOPK_NITEMS, nitems);
	sk_store32(bytes + SK_TOPK_END, (uint32_t) to);
	return SK_OK;
}

/* Appends an item that has no record yet; there must be room. */
static void
append(uint8_t *bytes, const sk_topk_item *item, uint64_t count, uint64_t lower)
{
	size_t		at = sk_load32(bytes + SK_TOPK_END);
	uint8_t    *record = bytes + at;

	sk_store64(record + SK_TOPK_COUNT, count);
	sk_store64(record + SK_TOPK_LOWER, lower);
	sk_store32(record + SK_TOPK_FINGERPRINT, item->fingerprint);
	sk_store32(record + SK_TOPK_LENGTH, item->nbytes);
	if (item->nbytes > 0)
		memcpy(record + SK_TOPK_RECORD, item->bytes, item->nbytes);
	enter_record(bytes, sk_load32(bytes + SK_TOPK_NSLOTS), at);
	sk_store32(bytes + SK_TOPK_NITEMS, sk_load32(bytes + SK_TOPK_NITEMS) + 1);
	sk_store32(bytes + SK_TOPK_END, (uint32_t) (at + SK_TOPK_RECORD + item->nbytes));
}

/* Whether so many items, whose records have so many bytes, are kept without a
 * purge. It does not depend on the room there is, so neither do results. */
static bool
within_limits(uint32_t k, uint64_t nitems, uint64_t nbytes)
{
	return nitems <= most_items(k) && nbytes <= most_bytes(k);
}

/* Whether they have room in a sketch of so many bytes and slots. */
static bool
has_room(size_t nbytes, uint32_t nslots, uint64_t nitems, uint64_t all_bytes)
{
	return fewest_slots(nitems) <= nslots &&
		SK_TOPK_WORKING_HEADER + 8 * (uint64_t) nslots + all_bytes <= nbytes;
}

/* Adds an item that has no record yet. */
static sk_status
add_new(uint8_t *bytes, size_t nbytes, const sk_topk_item *item,
		uint64_t count, uint64_t lower, void (*poll) (void))
{
	uint32_t	nslots = sk_load32(bytes + SK_TOPK_NSLOTS);
	uint64_t	extra = SK_TOPK_RECORD + (uint64_t) item->nbytes -
		(SK_TOPK_WORKING_HEADER + 8 * (uint64_t) nslots);

	if (!within_limits(sk_load32(bytes + SK_TOPK_K),
					   (uint64_t) sk_load32(bytes + SK_TOPK_NITEMS) + 1,
					   sk_load32(bytes + SK_TOPK_END) + extra))
	{
		sk_status	status = purge(bytes, nbytes, poll);

		if (status != SK_OK)
			return status;
	}
	if (!has_room(nbytes, nslots, (uint64_t) sk_load32(bytes + SK_TOPK_NITEMS) + 1,
				  sk_load32(bytes + SK_TOPK_END) + extra))
		return SK_FULL;
	append(bytes, item, count, lower);
	return SK_OK;
}

/* Adds to the numbers of an item, but not to the total. */
static sk_status
add_count(uint8_t *bytes, size_t nbytes, const sk_topk_item *item,
		  uint64_t count, uint64_t lower, void (*poll) (void))
{
	uint32_t	nslots = sk_load32(bytes + SK_TOPK_NSLOTS);
	uint32_t	i = find_slot(bytes, nslots, item);
	uint8_t    *record;

	if (i == nslots)
		return SK_COUNT;
	if (slot_value(bytes, i) == 0)
		return add_new(bytes, nbytes, item, count, lower, poll);
	record = bytes + (uint32_t) slot_value(bytes, i);
	sk_store64(record + SK_TOPK_COUNT, sk_load64(record + SK_TOPK_COUNT) + count);
	sk_store64(record + SK_TOPK_LOWER, sk_load64(record + SK_TOPK_LOWER) + lower);
	return SK_OK;
}

sk_status
sk_topk_add_polled(uint8_t *bytes, size_t nbytes, const sk_topk_item *item,
				   uint64_t weight, void (*poll) (void))
{
	uint64_t	total = sk_load64(bytes + SK_TOPK_TOTAL);
	sk_status	status;

	if (weight > SK_TOPK_MAX_TOTAL || total > SK_TOPK_MAX_TOTAL - weight)
		return SK_OVERFLOW;
	if (weight == 0)
		return SK_OK;
	status = add_count(bytes, nbytes, item, weight, weight, poll);
	if (status == SK_OK)
		sk_store64(bytes + SK_TOPK_TOTAL, total + weight);
	return status;
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

	if (c->sketch->end - c->at < SK_TOPK_RECORD)
		return SK_SHORT;
	e->nbytes = sk_load32(record + SK_TOPK_LENGTH);
	e->lower = sk_load64(record + SK_TOPK_LOWER);
	e->upper = sk_load64(record + SK_TOPK_COUNT) + c->sketch->offset;
	c->at += SK_TOPK_RECORD;
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
	e->nbytes = (uint32_t) at_most(nbytes, UINT32_MAX);
	return SK_OK;
}

/* An item has a count above 0, of which its upper bound is the offset more, and
 * was not subtracted from before it came: so its lower bound is above 0 too. */
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

sk_topk_bounds
sk_topk_find(const sk_topk *s, const sk_topk_item *item)
{
	const uint8_t *record;
	uint32_t	nslots;
	uint32_t	i;

	if (s->layout == SK_TOPK_PACKED)
		return find_packed(s, item);
	nslots = sk_load32(s->bytes + SK_TOPK_NSLOTS);
	i = find_slot(s->bytes, nslots, item);
	if (i == nslots || slot_value(s->bytes, i) == 0)
		return (sk_topk_bounds) {0, s->offset};
	record = s->bytes + (uint32_t) slot_value(s->bytes, i);
	return (sk_topk_bounds) {
		sk_load64(record + SK_TOPK_LOWER),
		sk_load64(record + SK_TOPK_COUNT) + s->offset
	};
}

/* A working sketch knows the hashes of its items. */
static sk_topk_item
item_of_entry(const sk_topk *s, const sk_topk_entry *e)
{
	if (s->layout == SK_TOPK_PACKED)
		return sk_topk_item_of(e->item, e->nbytes);
	return (sk_topk_item) {
		e->item, e->nbytes,
		sk_load32(e->item - SK_TOPK_RECORD + SK_TOPK_FINGERPRINT)
	};
}

/* The room was made before, so SK_FULL is about the longest sketch there is. */
static sk_status
merge_items(uint8_t *bytes, size_t nbytes, const sk_topk *src,
			void (*poll) (void))
{
	sk_topk_cursor c = sk_topk_first(src);
	sk_topk_entry e;

	while (sk_topk_next(&c, &e))
	{
		sk_topk_item item = item_of_entry(src, &e);
		sk_status	status = add_count(bytes, nbytes, &item,
									   e.upper - src->offset, e.lower,
									   poll);

		sk_poll_searches(c.left, poll);
		if (status != SK_OK)
			return status == SK_FULL ? SK_SIZE : status;
	}
	return c.status;
}

/* Takes the smaller k, and makes room for src if both would be too much. */
static sk_status
prepare_merge(sk_topk *dst, uint8_t *bytes, size_t nbytes, const sk_topk *src,
			  void (*poll) (void))
{
	sk_status	status = SK_OK;

	if (src->k < dst->k)
		sk_store32(bytes + SK_TOPK_K, dst->k = src->k);
	if (!within_limits(dst->k, (uint64_t) dst->nitems + src->nitems,
					   record_bytes(dst) + record_bytes(src)))
		status = purge(bytes, nbytes, poll);
	return status == SK_OK ? sk_topk_open(dst, bytes, nbytes) : status;
}

sk_status
sk_topk_merge(uint8_t *bytes, size_t nbytes, const sk_topk *src,
			  void (*poll) (void))
{
	sk_topk		dst;
	sk_status	status = sk_topk_open(&dst, bytes, nbytes);

	if (status != SK_OK)
		return status;
	if (src->total > SK_TOPK_MAX_TOTAL - dst.total)
		return SK_OVERFLOW;
	status = prepare_merge(&dst, bytes, nbytes, src, poll);
	if (status != SK_OK)
		return status;
	if (!has_room(nbytes, sk_load32(bytes + SK_TOPK_NSLOTS),
				  at_most((uint64_t) dst.nitems + src->nitems,
						  most_items(dst.k)),
				  at_most(record_bytes(&dst) + record_bytes(src),
						  most_bytes(dst.k))))
		return SK_FULL;
	sk_store64(bytes + SK_TOPK_TOTAL, dst.total + src->total);
	sk_store64(bytes + SK_TOPK_OFFSET, dst.offset + src->offset);
	return merge_items(bytes, nbytes, src, poll);
}
