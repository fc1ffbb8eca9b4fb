/*
 * cms_bytes.c: any bytes as a cms value: the input of cms_recv(), of the cast
 * from bytea and, after hexadecimal, of cms_in(), or a damaged stored value.
 *
 * What sk_cms_check() accepts must be a sketch in all respects: packed again,
 * by way of a working one, it has the same bytes. On what it refuses, but
 * sk_cms_open() does not, every operation must end with an answer.
 */
#include "fuzz_cms.h"

/* A list that has to grow is opened first, and may be damaged. */
static bool
add_ok(sk_status status, buffer b)
{
	sk_cms		s;

	return status == SK_OK || status == SK_OVERFLOW || status == SK_COUNT ||
		sk_cms_open(&s, b.bytes, b.nbytes) == status;
}

/* Adds to a copy of a state, which may be damaged, and grows it. */
static void
add_some(buffer state, uint64_t *seed, unsigned least_shift)
{
	buffer		b = copy_bytes(state.bytes, state.nbytes);

	for (int i = 0; i < 12; i++)
	{
		event		e = random_event(seed, least_shift, 64 - least_shift);

		require(add_ok(try_cms_add(&b, e.hash, e.weight), b),
				"an answer of adding");
	}
	free_buffer(&b);
}

/* The transition function asks no more of a state than sk_cms_is_working(). */
static void
add_unopened(buffer value, uint64_t seed)
{
	if (sk_cms_is_working(value.bytes, value.nbytes))
		add_some(value, &seed, 0);
}

/* cms_frequency(), which reads only a few blocks. */
static void
ask_frequency(const sk_cms *s, uint64_t *seed)
{
	for (int i = 0; i < 6; i++)
		require(sk_cms_frequency(s, next_random(seed)) <= s->total,
				"a frequency above the total");
	require(sk_cms_frequency(s, 0) <= s->total, "a frequency of 0");
	require(sk_cms_error_bound(s) >= 0, "an error bound");
}

/* cms_frequency_bounds() and cms_inner_product(). */
static void
ask(const sk_cms *s, uint64_t *seed)
{
	sk_cms_excess e = cms_excess_of(s, choose_confidence(seed));
	double		square = 0;

	for (int i = 0; i < 4; i++)
		cms_ask_for(s, &e, next_random(seed));
	cms_answered(sk_cms_inner_product(s, s, &square, &test_env));
	require(square >= 0, "a second moment");
}

static void
operate(const sk_cms *s, buffer value, uint64_t *seed)
{
	buffer		b;

	if (cms_answered(cms_working(s, &b)))
	{
		cms_pack_any(b);
		add_some(b, seed, 60);
	}
	free_buffer(&b);
	cms_pack_any(value);
	if (!sk_cms_is_packed(s))
		add_some(value, seed, 60);
}

static void
accepted(const sk_cms *s)
{
	buffer		value = {(uint8_t *) (uintptr_t) s->bytes, s->nbytes};
	buffer		working,
				again;

	require(cms_working(s, &working) == SK_OK, "accepted, but not merged");
	again = cms_packed(working);
	require(same_bytes(again, value), "accepted, but packed in another way");
	for (uint32_t i = 0; i < s->nvalues; i++)
	{
		uint64_t	hash = sk_load64(s->bytes + SK_CMS_HEADER + s->nstride * i);

		require(sk_cms_frequency(s, hash) > 0 && sk_cms_frequency(s, hash) ==
				cms_frequency_of(working, hash), "a frequency of a list");
	}
	free_buffer(&working);
	free_buffer(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
	buffer		value = copy_bytes(data, nbytes);
	uint64_t	seed = seed_of(data, nbytes);
	sk_status	status = sk_cms_check(value.bytes, nbytes, &test_env);
	sk_cms		s;

	add_unopened(value, seed);
	if (sk_cms_open(&s, value.bytes, nbytes) == SK_OK)
	{
		ask_frequency(&s, &seed);
		if (cms_is_small(&s))
		{
			ask(&s, &seed);
			operate(&s, value, &seed);
			if (status == SK_OK)
				accepted(&s);
		}
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
	return mutate_value(data, nbytes, room, seed, cms_repair);
}
