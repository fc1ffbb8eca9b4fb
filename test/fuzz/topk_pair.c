/*
 * topk_pair.c: two topk values, each of any bytes, as operands: topk_union() and
 * the combine functions.
 *
 * Of two values that sk_topk_check() accepts, the union is accepted, and what it
 * says of an item is possible by what both said of it. Of any that open, what can
 * be packed is accepted.
 */
#include "fuzz_topk.h"

/* A state, maybe a damaged one, takes in the other value as it is. */
static void
add_to_state(const sk_topk *state, const sk_topk *s)
{
	buffer		b;

	if (state->layout == SK_TOPK_PACKED)
		return;
	b = copy_bytes(state->bytes, state->nbytes);
	if (topk_answered(try_topk_merge(&b, s)))
		topk_pack_any(b);
	free_buffer(&b);
}

/*
 * topk_union() of what is not empty. Of damaged values, the state may be no sketch
 * any more, which packing it then tells.
 */
static sk_status
unite(buffer *packed, const sk_topk *a, const sk_topk *b)
{
	buffer		all;
	sk_topk		s;
	sk_status	status = topk_working(a, &all);

	*packed = (buffer) {NULL, 0};
	if (status == SK_OK)
		status = try_topk_merge(&all, b);
	if (topk_answered(status))
		status = sk_topk_open(&s, all.bytes, all.nbytes);
	if (topk_answered(status))
		status = try_topk_pack(&s, packed);
	require(status != SK_OK ||
			sk_topk_check(packed->bytes, packed->nbytes) == SK_OK, "a union");
	free_buffer(&all);
	topk_answered(status);
	return status;
}

/*
 * The true weight of an item is at least the sum of both lower bounds and at most
 * that of both upper ones; and may be either.
 */
static void
compare(const sk_topk *a, const sk_topk *b, buffer all)
{
	sk_topk		s = topk_opened(all);
	sk_topk_cursor c = sk_topk_first(a);
	sk_topk_entry e;

	while (sk_topk_next(&c, &e))
	{
		sk_topk_item item = sk_topk_item_of(e.item, e.nbytes);
		sk_topk_bounds other = sk_topk_find(b, &item);
		sk_topk_bounds both = sk_topk_find(&s, &item);

		require(both.lower <= e.lower + other.lower,
				"a lower bound above what may be");
		require(both.upper >= e.upper + other.upper,
				"an upper bound below what may be");
	}
}

static void
both_ways(const sk_topk *a, const sk_topk *b, bool accepted)
{
	buffer		ab,
				ba;
	sk_status	status = unite(&ab, a, b);
	sk_status	other = unite(&ba, b, a);

	if (accepted)
	{
		require(status == other, "a union one way round only");
		require(status == SK_OK || status == SK_SIZE || status == SK_OVERFLOW,
				"accepted values that do not unite");
	}
	if (accepted && status == SK_OK)
	{
		/* Two packed sketches of one k never are too many together. */
		require(a->k != b->k || same_bytes(ab, ba),
				"a union depends on the order");
		require(topk_opened(ab).total == a->total + b->total, "a total");
		compare(a, b, ab);
		compare(b, a, ba);
	}
	free_buffer(&ab);
	free_buffer(&ba);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
	halves		h = split(data, nbytes);
	buffer		a = copy_bytes(h.a, h.na);
	buffer		b = copy_bytes(h.b, h.nb);
	sk_topk		x,
				y;

	if (sk_topk_open(&x, a.bytes, a.nbytes) == SK_OK &&
		sk_topk_open(&y, b.bytes, b.nbytes) == SK_OK)
	{
		both_ways(&x, &y, sk_topk_check(a.bytes, a.nbytes) == SK_OK &&
				  sk_topk_check(b.bytes, b.nbytes) == SK_OK);
		add_to_state(&x, &y);
	}
	free_buffer(&a);
	free_buffer(&b);
	return 0;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t nbytes, size_t room,
						unsigned int seed)
{
	return mutate_pair(data, nbytes, room, seed, topk_repair);
}
