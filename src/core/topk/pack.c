/*
 * topk/pack.c: selecting the k largest counts, writing the packed layout, and
 * checking that bytes are such as would be written.
 *
 * Packed items stand in the order of their bytes, not of their counts: that no
 * item is there twice can then be seen in one pass without memory. Selection is
 * by tallies of one digit of the counts after the other, since it must not
 * change what it reads; nor is there an order of counts that would make it
 * slow, as there is for quickselect.
 */
#include "core/topk/internal.h"

#define DIGITS 256

/* What a walk along the log finds. */
typedef struct tally
{
	uint32_t	nitems[DIGITS]; /* by their digit */
	uint64_t	all;			/* bits of all counts, or-ed */
} tally;

/*
 * Tallies the counts themselves, 255 for all larger ones: mostly that is
 * enough, since mostly the surplus items are rare ones.
 */
static sk_status
tally_small(const sk_topk *s, tally *t)
{
	sk_topk_cursor c = sk_topk_first(s);
	sk_topk_entry e;

	memset(t, 0, sizeof(*t));
	while (sk_topk_next(&c, &e))
	{
		uint64_t	count = e.upper - s->offset;

		t->nitems[count < DIGITS ? count : DIGITS - 1]++;
		t->all |= count;
	}
	return c.status;
}

/* Tallies 8 bits of those counts that begin with the same bits as `prefix`. */
static void
tally_digits(const sk_topk *s, tally *t, uint64_t prefix, unsigned shift)
{
	sk_topk_cursor c = sk_topk_first(s);
	sk_topk_entry e;

	memset(t->nitems, 0, sizeof(t->nitems));
	while (sk_topk_next(&c, &e))
	{
		uint64_t	count = e.upper - s->offset;

		if ((count ^ prefix) >> shift < DIGITS)
			t->nitems[count >> shift & (DIGITS - 1)]++;
	}
}

/* The digit of the item of this rank, which then is its rank among those of the
 * same digit. */
static unsigned
digit_of_rank(const tally *t, uint32_t *rank)
{
	unsigned	digit = DIGITS - 1;

	while (digit > 0 && t->nitems[digit] < *rank)
		*rank -= t->nitems[digit--];
	return digit;
}

sk_status
sk_topk_cut(const sk_topk *s, uint64_t *cut)
{
	tally		t;
	uint32_t	rank = s->k + 1;
	unsigned	shift;
	sk_status	status = tally_small(s, &t);

	*cut = 0;
	if (status != SK_OK)
		return status == SK_VALUE ? SK_VALUE : SK_COUNT;
	if (s->nitems <= s->k)
		return SK_OK;
	if (t.nitems[DIGITS - 1] < rank)
	{
		*cut = digit_of_rank(&t, &rank);
		return SK_OK;
	}
	shift = (sk_bit_length(t.all) + 7) / 8 * 8;
	while (shift > 0)
	{
		shift -= 8;
		tally_digits(s, &t, *cut, shift);
		*cut |= (uint64_t) digit_of_rank(&t, &rank) << shift;
	}
	return SK_OK;
}

/* Adds a count to the sum of them; false if the total cannot be that much. */
static bool
add_to_sum(uint64_t *sum, uint64_t total, uint64_t count)
{
	if (count > total - *sum)
		return false;
	*sum += count;
	return true;
}

/* Whether what the total has more than the counts is what an offset takes. */
static bool
sum_ok(uint64_t sum, uint32_t k, uint64_t total, uint64_t offset)
{
	uint64_t	lost = total - sum;

	return offset == 0 ? lost == 0 : offset <= lost / (k + 1);
}

static size_t
packed_header_bytes(const sk_topk_plan *plan)
{
	const sk_topk *s = plan->sketch;

	return 2 + sk_topk_varint_bytes(s->k) + sk_topk_varint_bytes(s->total) +
		sk_topk_varint_bytes(s->offset + plan->cut) +
		sk_topk_varint_bytes(plan->nitems);
}

/* Counts the items that are left and their bytes. */
static sk_status
plan_items(sk_topk_plan *plan)
{
	const sk_topk *s = plan->sketch;
	uint64_t	offset = s->offset + plan->cut;
	sk_topk_cursor c = sk_topk_first(s);
	sk_topk_entry e;
	uint64_t	sum = 0;

	while (sk_topk_next(&c, &e))
	{
		if (e.upper <= offset)
			continue;
		if (!add_to_sum(&sum, s->total, e.upper - offset))
			return SK_COUNT;
		plan->nitems++;
		plan->nbytes += sk_topk_varint_bytes(e.lower) +
			sk_topk_varint_bytes(e.upper - e.lower) +
			sk_topk_varint_bytes(e.nbytes) + e.nbytes;
	}
	return sum_ok(sum, s->k, s->total, offset) ? SK_OK : SK_COUNT;
}

sk_status
sk_topk_plan_pack(sk_topk_plan *plan, const sk_topk *s)
{
	sk_status	status;

	*plan = (sk_topk_plan) {s, 0, s->nitems, s->nbytes, s->nbytes};
	if (s->layout == SK_TOPK_PACKED)
		return SK_OK;
	plan->nitems = 0;
	plan->nbytes = 0;
	status = sk_topk_cut(s, &plan->cut);
	if (status == SK_OK)
		status = plan_items(plan);
	plan->nbytes += packed_header_bytes(plan);
	plan->room = plan->nbytes + 2 * sizeof(uint32_t) * plan->nitems;
	return status;
}

static uint8_t *
write_header(const sk_topk_plan *plan, uint8_t *out)
{
	out[0] = SK_TOPK_TYPE_AND_VERSION;
	out[1] = SK_TOPK_PACKED;
	out = sk_topk_write_varint(out + 2, plan->sketch->k);
	out = sk_topk_write_varint(out, plan->sketch->total);
	out = sk_topk_write_varint(out, plan->sketch->offset + plan->cut);
	return sk_topk_write_varint(out, plan->nitems);
}

/* The place that an order, 4 bytes each, gives to a record. */
static inline const uint8_t *
ordered(const uint8_t *bytes, const uint8_t *order, uint32_t i)
{
	return bytes + sk_load32(order + 4 * (size_t) i);
}

static int
compare_records(const uint8_t *a, const uint8_t *b)
{
	return sk_topk_compare_items(a + SK_TOPK_RECORD, sk_load32(a + SK_TOPK_LENGTH),
								 b + SK_TOPK_RECORD, sk_load32(b + SK_TOPK_LENGTH));
}

/* Merges the runs first .. middle-1 and middle .. last-1. */
static void
merge_runs(const uint8_t *bytes, const uint8_t *from, uint8_t *to,
		   uint32_t first, uint32_t middle, uint32_t last)
{
	uint32_t	a = first,
				b = middle;

	for (uint32_t i = first; i < last; i++)
	{
		bool		take_a = b == last ||
			(a < middle && compare_records(ordered(bytes, from, a),
										   ordered(bytes, from, b)) <= 0);

		memcpy(to + 4 * (size_t) i,
			   from + 4 * (size_t) (take_a ? a++ : b++), 4);
	}
}

/*
 * Sorts records by their items; the result is in either half of the room. A
 * merge sort: comparisons are what costs, and it takes the fewest.
 */
static const uint8_t *
sort_records(const uint8_t *bytes, uint8_t *room, uint32_t n,
			 void (*poll) (void))
{
	uint8_t    *from = room,
			   *to = room + 4 * (size_t) n,
			   *other;

	for (uint32_t width = 1; width < n; width *= 2)
	{
		for (uint32_t i = 0; i < n; i += 2 * width)
		{
			uint32_t	middle = n - i < width ? n : i + width;
			uint32_t	last = n - middle < width ? n : middle + width;

			merge_runs(bytes, from, to, i, middle, last);
			sk_poll(i, poll);
		}
		other = from;
		from = to;
		to = other;
	}
	return from;
}

/* The offsets of the records that are left. */
static void
list_records(const sk_topk_plan *plan, uint8_t *order)
{
	sk_topk_cursor c = sk_topk_first(plan->sketch);
	sk_topk_entry e;

	while (sk_topk_next(&c, &e))
		if (e.upper > plan->sketch->offset + plan->cut)
		{
			size_t		at = c.at - e.nbytes - SK_TOPK_RECORD;

			sk_store32(order, (uint32_t) at);
			order += 4;
		}
}

/* A cut lowers the count and raises the offset: the upper bound stays. */
static uint8_t *
write_item(uint8_t *out, const uint8_t *record, uint64_t offset)
{
	uint64_t	lower = sk_load64(record + SK_TOPK_LOWER);
	uint64_t	upper = sk_load64(record + SK_TOPK_COUNT) + offset;
	uint32_t	nbytes = sk_load32(record + SK_TOPK_LENGTH);

	out = sk_topk_write_varint(out, lower);
	out = sk_topk_write_varint(out, upper - lower);
	out = sk_topk_write_varint(out, nbytes);
	memcpy(out, record + SK_TOPK_RECORD, nbytes);
	return out + nbytes;
}

sk_status
sk_topk_pack(const sk_topk_plan *plan, uint8_t *out, void (*poll) (void))
{
	const sk_topk *s = plan->sketch;
	const uint8_t *order;

	if (s->layout == SK_TOPK_PACKED)
	{
		memcpy(out, s->bytes, s->nbytes);
		return SK_OK;
	}
	list_records(plan, out + plan->nbytes);
	order = sort_records(s->bytes, out + plan->nbytes, plan->nitems, poll);
	out = write_header(plan, out);
	for (uint32_t i = 0; i < plan->nitems; i++)
	{
		const uint8_t *record = ordered(s->bytes, order, i);

		sk_poll(i, poll);
		if (i > 0 && compare_records(ordered(s->bytes, order, i - 1),
									 record) >= 0)
			return SK_ORDER;
		out = write_item(out, record, s->offset);
	}
	return SK_OK;
}

/* Whether the entries are in order and sum up to what they should. */
static sk_status
check_entries(const sk_topk *s)
{
	sk_topk_cursor c = sk_topk_first(s);
	sk_topk_entry e,
				last = {NULL, 0, 0, 0};
	uint64_t	sum = 0;

	while (sk_topk_next(&c, &e))
	{
		if (last.item != NULL && sk_topk_compare_items(last.item, last.nbytes,
													   e.item, e.nbytes) >= 0)
			return SK_ORDER;
		if (!add_to_sum(&sum, s->total, e.upper - s->offset))
			return SK_COUNT;
		last = e;
	}
	if (c.status != SK_OK)
		return c.status;
	return sum_ok(sum, s->k, s->total, s->offset) ? SK_OK : SK_COUNT;
}

sk_status
sk_topk_check(const void *bytes, size_t nbytes)
{
	sk_topk		s;
	sk_status	status = sk_topk_open(&s, bytes, nbytes);

	if (status != SK_OK)
		return status;
	return s.layout == SK_TOPK_PACKED ? check_entries(&s) : SK_LAYOUT;
}
