/*
 * cms_bytes.c: any bytes as a cms value: what cms_recv(), the cast from bytea and,
 * after base64, cms_in() get, and what a stored value can have become.
 *
 * What sk_cms_check() accepts must be a sketch in all respects: packed again, by
 * way of a working one, it has the same bytes. What it refuses, but opens, must
 * get an answer from every operation.
 */
#include "fuzz_cms.h"

/* Adds some values in place, as far as there is room. */
static void
add_in_place(buffer b, uint64_t *seed)
{
	for (int i = 0; i < 12; i++)
	{
		event		e = random_event(seed, 0, 64);
		sk_status	status = sk_cms_add(b.bytes, b.nbytes, e.hash, e.weight);

		require(status == SK_OK || status == SK_FULL || status == SK_OVERFLOW,
				"an answer of adding");
	}
}

/* The transition function asks no more of a state than sk_cms_is_working(). */
static void
add_unopened(buffer value, uint64_t seed)
{
	buffer		b;

	if (!sk_cms_is_working(value.bytes, value.nbytes))
		return;
	b = copy_bytes(value.bytes, value.nbytes);
	add_in_place(b, &seed);
	free_buffer(&b);
}

/* Adds to a state, which may be damaged, and grows it. */
static void
add_some(buffer state, uint64_t *seed)
{
	buffer		b = copy_bytes(state.bytes, state.nbytes);
	sk_status	status = SK_OK;

	for (int i = 0; i < 12 && status == SK_OK; i++)
	{
		uint64_t	hash = next_random(seed);

		status = SK_FULL;
		for (int full = 0; full < 3 && status == SK_FULL; full++)
		{
			status = sk_cms_add(b.bytes, b.nbytes, hash, 1);
			if (status == SK_FULL && !cms_answered(grow_cms(&b, NULL)))
				break;
		}
	}
	require(status == SK_OK || status == SK_FULL || status == SK_OVERFLOW,
			"an answer of adding");
	free_buffer(&b);
}

/* cms_frequency(), of which no more than a few blocks are read. */
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
	cms_answered(sk_cms_inner_product(s, s, &square));
	require(square >= 0, "a second moment");
}

static void
operate(const sk_cms *s, buffer value, uint64_t *seed)
{
	buffer		b;

	if (cms_answered(cms_working(s, &b)))
	{
		cms_pack_any(b);
		add_some(b, seed);
	}
	free_buffer(&b);
	cms_pack_any(value);
	if (!sk_cms_is_packed(s))
		add_some(value, seed);
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
	sk_status	status = sk_cms_check(value.bytes, nbytes);
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
