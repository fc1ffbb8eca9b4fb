/*
 * hll_bytes.c: any bytes as an hll value: what hll_recv(), the cast from bytea
 * and, after hexadecimal, hll_in() get, and what a stored value can have become.
 *
 * What sk_hll_check() accepts must be a sketch in all respects: packed again it
 * has the same bytes. What it refuses, but opens, must get a result from every
 * operation.
 */
#include "fuzz_hll.h"

/* hll_cardinality_bounds(), and hll_info(), which packs what is working. */
static void
ask(const sk_hll *s, uint64_t *seed)
{
	buffer		bytes;
	sk_hll		packed;
	sk_hll_estimate e;
	uint32_t	used;

	(void) sk_hll_is_empty(s);
	hll_ask(s, choose_confidence(seed), &e);
	if (!hll_answered(try_pack(s, &bytes)))
		return;
	packed = opened(bytes);
	hll_ask(&packed, choose_confidence(seed), &e);
	hll_answered(sk_hll_used(&packed, &used));
	free_buffer(&bytes);
}

/* The transition function only checks sk_hll_is_working(). */
static void
add_unopened(buffer value, uint64_t seed)
{
	for (int precision = SK_HLL_MIN_PRECISION;
		 precision <= SK_HLL_MAX_PRECISION; precision++)
	{
		buffer		b;

		if (!sk_hll_is_working(value.bytes, value.nbytes, precision))
			continue;
		require(value.bytes[2] == precision, "working at another precision");
		b = copy_bytes(value.bytes, value.nbytes);
		for (int i = 0; i < 16; i++)
			if (!hll_answered(try_add(&b, next_random(&seed))))
				break;
		free_buffer(&b);
	}
}

/* Adds values to a state, which can be damaged, until it grows. */
static void
add_some(const sk_hll *s, uint64_t *seed)
{
	buffer		b = copy_bytes(s->bytes, s->nbytes);
	sk_status	status = SK_OK;

	for (int i = 0; i < 16 && status == SK_OK; i++)
		status = try_add(&b, next_random(seed));
	hll_answered(status);
	free_buffer(&b);
}

/* hll_downsample(). */
static void
fold(const sk_hll *s, uint64_t *seed, bool accepted)
{
	int			precision = SK_HLL_MIN_PRECISION + (int)
		random_below(seed, (uint32_t) (s->precision - SK_HLL_MIN_PRECISION + 1));
	buffer		folded;
	sk_status	status = hll_repacked(s, precision, &folded);

	hll_answered(status);
	if (accepted)
		require(sk_hll_check(folded.bytes, folded.nbytes, &test_env) == SK_OK,
				"accepted, but not folded");
	free_buffer(&folded);
}

/* Registers must take what the slots of a sparse sketch take. */
static void
make_dense(const sk_hll *s)
{
	buffer		dense;

	if (sk_hll_nregisters(s->precision) > MOST_WORK)
		return;
	dense = new_dense(s->precision);
	hll_answered(try_merge(&dense, s));
	free_buffer(&dense);
}

/* Adding a value twice is the same as adding it once. */
static void
add_twice(buffer working, uint64_t hash)
{
	buffer		once,
				twice;

	add_hash(&working, hash);
	once = packed(working);
	add_hash(&working, hash);
	twice = packed(working);
	require(same_bytes(once, twice), "a value twice is more than once");
	hll_require_valid(once, "with a value more");
	free_buffer(&working);
	free_buffer(&once);
	free_buffer(&twice);
}

static void
accepted(const sk_hll *s, uint64_t *seed)
{
	buffer		value = {(uint8_t *) (uintptr_t) s->bytes, s->nbytes};
	buffer		working = new_sketch(s->precision);
	buffer		again;
	sk_hll_estimate e;

	merge_into(&working, value);
	again = packed(working);
	require(same_bytes(again, value), "accepted, but packed in another way");
	require(hll_ask(s, choose_confidence(seed), &e) == SK_OK,
			"accepted, but not counted");
	require(same_estimate(e, estimate_of(working)), "a count of another layout");
	require((e.count == 0) == sk_hll_is_empty(s), "an empty sketch counts");
	add_twice(working, next_random(seed));
	free_buffer(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
	buffer		value = copy_bytes(data, nbytes);
	uint64_t	seed = seed_of(data, nbytes);
	sk_status	status;
	sk_hll		s;

	choose_kernels(seed);
	status = sk_hll_check(value.bytes, nbytes, &test_env);
	add_unopened(value, seed);
	if (sk_hll_open(&s, value.bytes, nbytes) == SK_OK)
	{
		ask(&s, &seed);
		fold(&s, &seed, status == SK_OK);
		make_dense(&s);
		if (!sk_hll_is_packed(&s))
			add_some(&s, &seed);
		if (status == SK_OK)
			accepted(&s, &seed);
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
	return mutate_value(data, nbytes, room, seed, hll_repair);
}
