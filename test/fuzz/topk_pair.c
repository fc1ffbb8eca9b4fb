/*
 * topk_pair.c: two topk values, each of any bytes, as operands: topk_union() and
 * the combine functions.
 *
 * The union of two values that sk_topk_check() accepts is accepted, and its
 * bounds of an item agree with those of both. Of any that open, what can be packed
 * is accepted.
 */
#include "fuzz_topk.h"

/* Merges into a value of either layout, which may be damaged, as it is. */
static void
merge_into_value(buffer value, buffer other)
{
	buffer		b = copy_bytes(value.bytes, value.nbytes);

	if (topk_answered(try_topk_merge(&b, other)))
		topk_pack_any(b);
	free_buffer(&b);
}

/* As topk_union(). The union of damaged values may be no sketch any more, which
 * shows when it is packed. */
static sk_status
merge(buffer *packed, buffer a, buffer b)
{
	buffer		all;
	sk_status	status = topk_working(a, &all);

	*packed = (buffer) {NULL, 0};
	if (status == SK_OK)
		status = try_topk_merge(&all, b);
	if (topk_answered(status))
		status = try_topk_pack(all, packed);
	require(status != SK_OK ||
			sk_topk_check(packed->bytes, packed->nbytes, &test_env) == SK_OK,
			"a union");
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
both_ways(buffer a, buffer b, bool accepted)
{
	buffer		ab,
				ba;
	sk_topk		x = topk_opened(a),
				y = topk_opened(b);
	sk_status	status = merge(&ab, a, b);
	sk_status	other = merge(&ba, b, a);

	if (accepted)
	{
		require(status == other, "a union one way round only");
		require(status == SK_OK || status == SK_SIZE || status == SK_OVERFLOW,
				"accepted values that have no union");
	}
	if (accepted && status == SK_OK)
	{
		/* Two packed sketches are never too many together. */
		require(same_bytes(ab, ba), "a union depends on the order");
		require(topk_opened(ab).total == x.total + y.total, "a total");
		compare(&x, &y, ab);
		compare(&y, &x, ba);
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
		both_ways(a, b, sk_topk_check(a.bytes, a.nbytes, &test_env) == SK_OK &&
				  sk_topk_check(b.bytes, b.nbytes, &test_env) == SK_OK);
		merge_into_value(a, b);
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
