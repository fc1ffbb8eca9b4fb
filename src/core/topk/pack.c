/*
 * topk/pack.c: writing the packed layout, and checking that bytes are what would
 * be written.
 *
 * Packed items stand in the order of their bytes, not of their counts: one pass
 * without memory can then check that no item is there twice.
 */
#include "core/topk/internal.h"

/* How a working sketch will be packed. */
typedef struct plan
{
	const sk_topk *sketch;
	uint64_t	cut;			/* to be subtracted from all counts */
	uint32_t	nitems;			/* that are left then */
	size_t		nbytes;			/* of the packed sketch */
} plan;

/* Adds a count to the sum of them; false if the total cannot be that much. */
static bool
add_to_sum(uint64_t *sum, uint64_t total, uint64_t count)
{
	if (count > total - *sum)
		return false;
	*sum += count;
	return true;
}

/* Whether a cut explains the offset, and what the counts lack of the total. */
static bool
sum_ok(uint64_t sum, uint32_t k, uint64_t total, uint64_t offset)
{
	uint64_t	lost = total - sum;

	return offset == 0 ? lost == 0 : offset <= lost / (k + 1);
}

static size_t
packed_header_bytes(const plan *p)
{
	const sk_topk *s = p->sketch;

	return SK_TOPK_AT_NUMBERS + sk_topk_varint_bytes(s->k) +
		sk_topk_varint_bytes(s->total) +
		sk_topk_varint_bytes(s->offset + p->cut) +
		sk_topk_varint_bytes(p->nitems);
}

/* Counts the items that are left and their bytes. */
static sk_status
plan_items(plan *p)
{
	const sk_topk *s = p->sketch;
	uint64_t	offset = s->offset + p->cut;
	sk_topk_cursor c = sk_topk_first(s);
	sk_topk_entry e;
	uint64_t	sum = 0;

	while (sk_topk_next(&c, &e))
	{
		if (e.upper <= offset)
			continue;
		if (!add_to_sum(&sum, s->total, e.upper - offset))
			return SK_COUNT;
		p->nitems++;
		p->nbytes += sk_topk_varint_bytes(e.lower) +
			sk_topk_varint_bytes(e.upper - e.lower) +
			sk_topk_varint_bytes(e.nbytes) + e.nbytes;
	}
	return sum_ok(sum, s->k, s->total, offset) ? SK_OK : SK_COUNT;
}

static sk_status
plan_pack(plan *p, const sk_topk *s)
{
	sk_status	status;

	*p = (plan) {.sketch = s};
	status = sk_topk_find_cut(s, s->k, &p->cut);
	if (status == SK_OK)
		status = plan_items(p);
	p->nbytes += packed_header_bytes(p);
	return status;
}

static int
compare_records(const uint8_t *a, const uint8_t *b)
{
	return sk_topk_compare_items(a + SK_TOPK_AT_ITEM,
								 sk_load32(a + SK_TOPK_AT_LENGTH),
								 b + SK_TOPK_AT_ITEM,
								 sk_load32(b + SK_TOPK_AT_LENGTH));
}

/* Merges the runs first .. middle-1 and middle .. last-1. */
static void
merge_runs(const uint8_t *bytes, const uint32_t *from, uint32_t *to,
		   uint32_t first, uint32_t middle, uint32_t last, const sk_env *env)
{
	uint32_t	a = first,
				b = middle;

	for (uint32_t i = first; i < last; i++)
	{
		bool		take_a = b == last ||
			(a < middle &&
			 compare_records(bytes + from[a], bytes + from[b]) <= 0);

		to[i] = from[take_a ? a++ : b++];
		sk_env_poll_often(env, i);
	}
}

/*
 * Sorts n offsets of records by their items, with room for n more; the result is
 * in either half. A merge sort makes the fewest comparisons, which are what
 * costs.
 */
static const uint32_t *
sort_records(const uint8_t *bytes, uint32_t *order, uint32_t n,
			 const sk_env *env)
{
	uint32_t   *from = order,
			   *to = order + n,
			   *other;

	for (uint32_t width = 1; width < n; width *= 2)
	{
		for (uint32_t i = 0; i < n; i += 2 * width)
		{
			uint32_t	middle = n - i < width ? n : i + width;
			uint32_t	last = n - middle < width ? n : middle + width;

			merge_runs(bytes, from, to, i, middle, last, env);
		}
		other = from;
		from = to;
		to = other;
	}
	return from;
}

/* The offsets of the records that are left. */
static void
list_records(const plan *p, uint32_t *order)
{
	const sk_topk *s = p->sketch;
	sk_topk_cursor c = sk_topk_first(s);
	sk_topk_entry e;

	while (sk_topk_next(&c, &e))
		if (e.upper > s->offset + p->cut)
			*order++ = (uint32_t) (sk_topk_record_of(&e) - s->bytes);
}

static uint8_t *
write_header(const plan *p, uint8_t *out)
{
	out[SK_TOPK_AT_TYPE] = SK_TOPK_TYPE_AND_VERSION;
	out[SK_TOPK_AT_LAYOUT] = SK_TOPK_PACKED;
	out = sk_topk_write_varint(out + SK_TOPK_AT_NUMBERS, p->sketch->k);
	out = sk_topk_write_varint(out, p->sketch->total);
	out = sk_topk_write_varint(out, p->sketch->offset + p->cut);
	return sk_topk_write_varint(out, p->nitems);
}

/* A cut lowers the count and raises the offset: the upper bound stays. */
static uint8_t *
write_item(uint8_t *out, const uint8_t *record, uint64_t offset)
{
	uint64_t	lower = sk_load64(record + SK_TOPK_AT_LOWER);
	uint64_t	upper = sk_load64(record + SK_TOPK_AT_COUNT) + offset;
	uint32_t	nbytes = sk_load32(record + SK_TOPK_AT_LENGTH);

	out = sk_topk_write_varint(out, lower);
	out = sk_topk_write_varint(out, upper - lower);
	out = sk_topk_write_varint(out, nbytes);
	memcpy(out, record + SK_TOPK_AT_ITEM, nbytes);
	return out + nbytes;
}

/* Writes the records in this order. SK_ORDER: an item is there twice. */
static sk_status
write_records(const plan *p, const uint32_t *order, uint8_t *out,
			  const sk_env *env)
{
	const sk_topk *s = p->sketch;

	out = write_header(p, out);
	for (uint32_t i = 0; i < p->nitems; i++)
	{
		const uint8_t *record = s->bytes + order[i];

		sk_env_poll(env, i);
		if (i > 0 && compare_records(s->bytes + order[i - 1], record) >= 0)
			return SK_ORDER;
		out = write_item(out, record, s->offset);
	}
	return SK_OK;
}

sk_status
sk_topk_pack(sk_value *v, const sk_env *env)
{
	sk_topk		s;
	plan		p;
	uint32_t   *order;
	uint8_t    *packed;
	sk_status	status = sk_topk_open(&s, v->bytes, v->nbytes);

	if (status != SK_OK || s.layout == SK_TOPK_PACKED)
		return status;
	status = plan_pack(&p, &s);
	if (status != SK_OK)
		return status;
	order = env->alloc(2 * sizeof(*order) * p.nitems);
	packed = env->alloc(p.nbytes);
	list_records(&p, order);
	status = write_records(&p, sort_records(s.bytes, order, p.nitems, env),
						   packed, env);
	env->release(order);
	if (status == SK_OK)
		*v = (sk_value) {packed, p.nbytes};
	else
		env->release(packed);
	return status;
}

/* Whether the entries are in order and sum up to what they should. */
static sk_status
check_entries(const sk_topk *s, const sk_env *env)
{
	sk_topk_cursor c = sk_topk_first(s);
	sk_topk_entry e,
				last = {NULL, 0, 0, 0};
	uint64_t	sum = 0;

	while (sk_topk_next(&c, &e))
	{
		sk_env_poll(env, c.left);
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
sk_topk_check(const void *bytes, size_t nbytes, const sk_env *env)
{
	sk_topk		s;
	sk_status	status = sk_topk_open(&s, bytes, nbytes);

	if (status != SK_OK)
		return status;
	return s.layout == SK_TOPK_PACKED ? check_entries(&s, env) : SK_LAYOUT;
}
