/*
 * bloom_bytes.c: any bytes as a bloom value: what bloom_recv(), the cast from
 * bytea and, after hexadecimal, bloom_in() get; and what a stored value can have
 * become, of which bloom_contains() reads no more than slices.
 *
 * What sk_bloom_check() accepts must be a filter in all respects: packed again it
 * has the same bytes, and it has the values that it lists. If it refuses bytes
 * that open, every operation on them must end with an answer.
 */
#include "fuzz_bloom.h"

/* The transition function only checks sk_bloom_is_working(). */
static void
add_unopened(buffer value, uint64_t seed)
{
	buffer		b;

	if (!sk_bloom_is_working(value.bytes, value.nbytes))
		return;
	b = copy_bytes(value.bytes, value.nbytes);
	for (int i = 0; i < 16; i++)
		try_bloom_add(&b, next_random(&seed));
	free_buffer(&b);
}

/* Adds values to a state, which may be damaged, and grows it. */
static void
add_some(buffer state, uint64_t *seed)
{
	buffer		b = copy_bytes(state.bytes, state.nbytes);
	sk_status	status = SK_OK;

	for (int i = 0; i < 16 && status == SK_OK; i++)
	{
		uint64_t	hash = next_random(seed);

		status = try_bloom_add(&b, hash);
		require(status != SK_OK || bloom_has_hash(b, hash), "added, and missed");
	}
	if (bloom_answered(status))
		bloom_pack_any(b);
	free_buffer(&b);
}

/* bloom_add(), bloom_union() with itself and bloom_intersect() with itself. */
static void
operate(const sk_bloom *s, uint64_t *seed)
{
	buffer		b;
	double		both;

	if (bloom_answered(bloom_working(s, &b)))
	{
		bloom_pack_any(b);
		add_some(b, seed);
	}
	free_buffer(&b);
	if (bloom_answered(try_bloom_intersect(&b, s, s)))
		bloom_pack_any(b);
	free_buffer(&b);
	require(sk_bloom_overlap(s, s, &both, &test_env) == SK_OK && both >= 0,
			"an overlap");
}

static void
probe(const sk_bloom *s, uint64_t *seed, bool accepted)
{
	bloom_count_any(s);
	for (int i = 0; i < 6; i++)
		bloom_probe(s, next_random(seed), accepted);
	bloom_probe(s, 0, accepted);
	bloom_probe(s, UINT64_MAX, accepted);
}

/* Every value of a list is found. */
static void
find_listed(const sk_bloom *s)
{
	for (uint32_t i = 0; i < s->nvalues; i++)
		require(bloom_probe(s, sk_load64(s->bytes + s->body + 8 * i), true),
				"listed, and missed");
}

static void
accepted(const sk_bloom *s)
{
	buffer		value = {(uint8_t *) (uintptr_t) s->bytes, s->nbytes};
	buffer		working = new_bloom(s->design);
	buffer		again;

	bloom_merge_into(&working, value);
	again = bloom_packed(working);
	require(same_bytes(again, value), "accepted, but packed in another way");
	require(bloom_count_of(working) == bloom_count_any(s),
			"a count of another layout");
	require(!sk_bloom_is_list(s) || bloom_count_any(s) == s->nvalues,
			"a count of a list");
	find_listed(s);
	free_buffer(&working);
	free_buffer(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
	buffer		value = copy_bytes(data, nbytes);
	uint64_t	seed = seed_of(data, nbytes);
	sk_status	status = bloom_check(value);
	sk_bloom	s;

	add_unopened(value, seed);
	if (sk_bloom_open(&s, value.bytes, nbytes) == SK_OK)
	{
		probe(&s, &seed, status == SK_OK);
		operate(&s, &seed);
		bloom_pack_any(value);
		if (!sk_bloom_is_packed(&s))
			add_some(value, &seed);
		if (status == SK_OK)
			accepted(&s);
	}
	else
		require(status != SK_OK, "accepted, but does not open");
	free_buffer(&value);
	return 0;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t nbytes, size_t room,
						unsigned int seed)
{
	return mutate_value(data, nbytes, room, seed, bloom_repair);
}
