/*
 * bloom_pair.c: two bloom values, each of any bytes, as operands: bloom_union(),
 * bloom_intersect(), the combine functions and bloom_intersection_cardinality().
 *
 * Union and intersection of two values that sk_bloom_check() accepts do not depend
 * on the order; the union matches what either matches, the intersection what both
 * do, and nothing that neither does. Results of any values that open pass the
 * check if they can be packed.
 */
#include "fuzz_bloom.h"

/* Merges the other value into a working filter, which may be damaged, and
 * intersects both. */
static void
change_state(const sk_bloom *state, const sk_bloom *s)
{
	buffer		b = copy_bytes(state->bytes, state->nbytes);

	if (bloom_restrict(b, s))
		bloom_pack_any(b);
	free_buffer(&b);
	if (sk_bloom_is_packed(state))
		return;
	b = copy_bytes(state->bytes, state->nbytes);
	if (bloom_answered(try_bloom_merge(&b, s)))
		bloom_pack_any(b);
	free_buffer(&b);
}

/* bloom_union(); false, and an empty buffer, if it fails. */
static bool
merge(buffer *packed, const sk_bloom *a, const sk_bloom *b)
{
	buffer		all;
	sk_status	status = bloom_working(a, &all);

	*packed = (buffer) {NULL, 0};
	if (status == SK_OK)
		status = try_bloom_merge(&all, b);
	if (bloom_answered(status))
	{
		sk_bloom	s = bloom_opened(all);

		status = try_bloom_pack(&s, packed);
		require(status != SK_OK ||
				bloom_check(*packed) == SK_OK, "a union");
	}
	free_buffer(&all);
	return bloom_answered(status);
}

/* bloom_intersect(). */
static bool
intersect(buffer *packed, const sk_bloom *a, const sk_bloom *b)
{
	buffer		common;
	sk_status	status = try_bloom_intersect(&common, a, b);

	*packed = (buffer) {NULL, 0};
	if (bloom_answered(status))
	{
		sk_bloom	s = bloom_opened(common);

		status = try_bloom_pack(&s, packed);
		require(status != SK_OK ||
				bloom_check(*packed) == SK_OK,
				"an intersection");
	}
	free_buffer(&common);
	return bloom_answered(status);
}

/* A hash in a list, or any. */
static uint64_t
some_hash(const sk_bloom *s, uint64_t *seed)
{
	if (s->nvalues == 0)
		return next_random(seed);
	return sk_load64(s->bytes + s->body + 8 * random_below(seed, s->nvalues));
}

static void
compare(const sk_bloom *a, const sk_bloom *b, buffer all, buffer common,
		uint64_t seed)
{
	sk_bloom	any = bloom_opened(all),
				both = bloom_opened(common);

	for (int i = 0; i < 8; i++)
	{
		uint64_t	hash = some_hash(i % 2 == 0 ? a : b, &seed);
		bool		in_a = sk_bloom_has(a, hash),
					in_b = sk_bloom_has(b, hash);

		require((!in_a && !in_b) || sk_bloom_has(&any, hash),
				"a union misses a value");
		require(in_a || in_b || sk_bloom_is_list(&both) ||
				!sk_bloom_has(&both, hash) || a->design.nblocks !=
				b->design.nblocks, "an intersection matches too much");
		require(!in_a || !in_b || sk_bloom_has(&both, hash),
				"an intersection misses a value");
	}
}

/* The same by one pass, if both are lists. */
static void
merge_sorted(const sk_bloom *a, const sk_bloom *b, buffer want, bool accepted)
{
	sk_value	sum;

	if (bloom_answered(sk_bloom_merge_sorted(&sum, a, b, &test_env)))
		require(!accepted || sum.nbytes == 0 ||
				same_bytes((buffer) {sum.bytes, sum.nbytes}, want),
				"a union by one pass");
	free(sum.bytes);
}

static void
both_ways(const sk_bloom *a, const sk_bloom *b, uint64_t seed, bool accepted)
{
	buffer		ab,
				ba,
				common,
				other;
	bool		merged = merge(&ab, a, b);
	bool		crossed = intersect(&common, a, b);

	require(!accepted || merged || !crossed, "an intersection, but no union");
	merged = merge(&ba, b, a) && merged;
	crossed = intersect(&other, b, a) && crossed;
	merge_sorted(a, b, ab, accepted && merged);
	if (accepted && merged)
	{
		require(same_bytes(ab, ba), "a union depends on the order");
		require(crossed && same_bytes(common, other),
				"an intersection depends on the order");
		compare(a, b, ab, common, seed);
	}
	free_buffer(&ab);
	free_buffer(&ba);
	free_buffer(&common);
	free_buffer(&other);
}

static void
overlap(const sk_bloom *a, const sk_bloom *b)
{
	double		ab = 0,
				ba = 0;
	sk_status	status = sk_bloom_overlap(a, b, &ab, &test_env);

	require(status == SK_OK || status == SK_UNLIKE, "a status of an overlap");
	require(sk_bloom_overlap(b, a, &ba, &test_env) == status,
			"an overlap one way round");
	require(ab >= 0 && ba >= 0, "an overlap");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
	halves		h = split(data, nbytes);
	buffer		a = copy_bytes(h.a, h.na);
	buffer		b = copy_bytes(h.b, h.nb);
	sk_bloom	x,
				y;

	if (sk_bloom_open(&x, a.bytes, a.nbytes) == SK_OK &&
		sk_bloom_open(&y, b.bytes, b.nbytes) == SK_OK)
	{
		both_ways(&x, &y, seed_of(data, nbytes),
				  bloom_check(a) == SK_OK &&
				  bloom_check(b) == SK_OK);
		change_state(&x, &y);
		overlap(&x, &y);
	}
	free_buffer(&a);
	free_buffer(&b);
	return 0;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t nbytes, size_t room,
						unsigned int seed)
{
	return mutate_pair(data, nbytes, room, seed, bloom_repair);
}
