/*
 * cms_pair.c: two cms values, each of any bytes, as operands: cms_union(), the
 * combine functions and cms_inner_product().
 *
 * The union of two values that sk_cms_check() accepts is the same in either
 * order, and no frequency in it is below the sum of those in the lists that
 * it was made of. For any two that open, a union that can be packed is
 * accepted.
 */
#include "fuzz_cms.h"

/* Merges the other value into a state, which may be damaged. */
static void
add_to_state(const sk_cms *state, const sk_cms *s)
{
	buffer		b;

	if (sk_cms_is_packed(state))
		return;
	b = copy_bytes(state->bytes, state->nbytes);
	if (cms_answered(try_cms_merge(&b, s)))
		cms_pack_any(b);
	free_buffer(&b);
}

/* cms_union(); nothing if that is not possible. */
static sk_status
packed_union(buffer *packed, const sk_cms *a, const sk_cms *b)
{
	buffer		all;
	sk_status	status = cms_working(a, &all);

	*packed = (buffer) {NULL, 0};
	if (status == SK_OK)
		status = try_cms_merge(&all, b);
	if (status == SK_OK)
	{
		sk_cms		s = cms_opened(all);

		status = try_cms_pack(&s, packed);
		require(status != SK_OK || sk_cms_check(packed->bytes, packed->nbytes,
												&test_env) == SK_OK, "a union");
	}
	free_buffer(&all);
	cms_answered(status);
	return status;
}

static uint64_t
exact_frequency(const sk_cms *s, uint64_t hash)
{
	return sk_cms_is_list(s) ? sk_cms_frequency(s, hash) : 0;
}

static void
compare(const sk_cms *list, const sk_cms *other, buffer all)
{
	sk_cms		s = cms_opened(all);

	require(s.total == list->total + other->total, "a total");
	for (uint32_t i = 0; i < list->nvalues; i++)
	{
		uint64_t	hash = sk_load64(list->bytes + SK_CMS_HEADER +
									 list->nstride * i);

		require(sk_cms_frequency(&s, hash) >= sk_cms_frequency(list, hash) +
				exact_frequency(other, hash), "a frequency too low");
	}
}

static void
both_ways(const sk_cms *a, const sk_cms *b, bool accepted)
{
	buffer		ab,
				ba;
	sk_status	status = packed_union(&ab, a, b);
	sk_status	other = packed_union(&ba, b, a);

	if (accepted)
		require(status == other, "a union in one order only");
	if (accepted && status == SK_OK)
	{
		require(same_bytes(ab, ba), "a union depends on the order");
		compare(a, b, ab);
		compare(b, a, ab);
	}
	free_buffer(&ab);
	free_buffer(&ba);
}

static void
multiply(const sk_cms *a, const sk_cms *b, bool accepted)
{
	double		ab = 0,
				ba = 0;
	sk_status	status = sk_cms_inner_product(a, b, &ab, &test_env);
	sk_status	other = sk_cms_inner_product(b, a, &ba, &test_env);

	cms_answered(status);
	require(status == other && ab >= 0 && ba >= 0, "a product");
	if (!accepted)
		return;
	require(status == SK_OK || status == SK_UNLIKE, "accepted, but no product");
	require(fabs(ab - ba) <= 1e-9 * ab, "a product depends on the order");
	require(ab <= (double) a->total * (double) b->total * (1 + 1e-9),
			"a product above that of the totals");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
	halves		h = split(data, nbytes);
	buffer		a = copy_bytes(h.a, h.na);
	buffer		b = copy_bytes(h.b, h.nb);
	bool		accepted =
		sk_cms_check(a.bytes, a.nbytes, &test_env) == SK_OK &&
		sk_cms_check(b.bytes, b.nbytes, &test_env) == SK_OK;
	sk_cms		x,
				y;

	if (sk_cms_open(&x, a.bytes, a.nbytes) == SK_OK && cms_is_small(&x) &&
		sk_cms_open(&y, b.bytes, b.nbytes) == SK_OK && cms_is_small(&y))
	{
		both_ways(&x, &y, accepted);
		add_to_state(&x, &y);
		multiply(&x, &y, accepted);
	}
	free_buffer(&a);
	free_buffer(&b);
	return 0;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t nbytes, size_t room,
						unsigned int seed)
{
	return mutate_pair(data, nbytes, room, seed, cms_repair);
}
