/*
 * topk_bytes.c: any bytes as a topk value: the input of topk_recv(), of the cast
 * from bytea and, as hexadecimal, of topk_in(); and damaged stored values.
 *
 * What sk_topk_check() accepts must be a sketch in all respects: packed again, by
 * way of a working one, it has the same bytes, and its items are found. On what
 * it refuses, but opens, every operation must end with a status.
 */
#include "fuzz_topk.h"

/*
 * One of the first items of a sketch, so that its slot of the table is visited,
 * or another one, whose bytes are elsewhere.
 */
static sk_topk_item
some_item(const sk_topk *s, uint64_t *seed)
{
	static const char others[] = "abcabcabcabcabcabcabcabc";
	sk_topk_cursor c = sk_topk_first(s);
	sk_topk_entry e;
	uint32_t	at = random_below(seed, 16);

	for (uint32_t i = 0; i < at && sk_topk_next(&c, &e); i++)
		if (i == at - 1)
			return sk_topk_item_of(e.item, e.nbytes);
	return sk_topk_item_of(others, at);
}

/* The transition function checks no more of a state than sk_topk_is_working(). */
static void
add_unopened(buffer value, uint64_t seed)
{
	buffer		b = copy_bytes(value.bytes, value.nbytes);

	for (int i = 0; i < 20 && sk_topk_is_working(b.bytes, b.nbytes); i++)
	{
		uint32_t	number = random_below(&seed, 40);

		try_topk_add(&b, &number, 1 + number % 4, 1);
	}
	free_buffer(&b);
}

/* Adds to a value of either layout, which may be damaged. */
static void
add_some(const sk_topk *s, buffer state, uint64_t *seed)
{
	buffer		b = copy_bytes(state.bytes, state.nbytes);
	sk_status	status = SK_OK;

	for (int i = 0; i < 20 && status == SK_OK; i++)
	{
		sk_topk_item item = some_item(s, seed);

		status = try_topk_add(&b, item.bytes, item.nbytes,
							  next_random(seed) >> random_below(seed, 64));
	}
	if (topk_answered(status))
		topk_pack_any(b);
	free_buffer(&b);
}

static void
ask(const sk_topk *s, uint64_t *seed)
{
	sk_status	status;
	uint32_t	n = topk_walk(s, &status);

	require(n == s->nitems || status != SK_OK, "a walk that ends early");
	(void) sk_topk_is_empty(s);
	for (int i = 0; i < 4; i++)
	{
		sk_topk_item item = some_item(s, seed);

		sk_topk_find(s, &item);
	}
}

static void
operate(const sk_topk *s, buffer value, uint64_t *seed)
{
	buffer		b;

	if (topk_answered(topk_working(value, &b)))
	{
		topk_pack_any(b);
		add_some(s, b, seed);
	}
	free_buffer(&b);
	topk_pack_any(value);
	add_some(s, value, seed);
}

/* Every item is found, with its bounds, in either layout. */
static void
find_items(const sk_topk *s, const sk_topk *working)
{
	sk_topk_cursor c = sk_topk_first(s);
	sk_topk_entry e;
	uint64_t	sum = 0;

	while (sk_topk_next(&c, &e))
	{
		sk_topk_item item = sk_topk_item_of(e.item, e.nbytes);
		sk_topk_bounds x = sk_topk_find(s, &item),
					y = sk_topk_find(working, &item);

		require(x.lower == e.lower && x.upper == e.upper &&
				y.lower == e.lower && y.upper == e.upper, "an item's bounds");
		sum += e.upper - s->offset;
	}
	require(c.status == SK_OK, "accepted, but not read");
	require(sum <= s->total &&
			s->offset <= (s->total - sum) / (s->k + UINT64_C(1)), "an offset");
}

static void
accepted(const sk_topk *s, buffer value)
{
	buffer		working,
				again;
	sk_topk		w;

	require(topk_working(value, &working) == SK_OK, "accepted, but not merged");
	w = topk_opened(working);
	again = topk_packed(working);
	require(same_bytes(again, value), "accepted, but packed in another way");
	find_items(s, &w);
	free_buffer(&working);
	free_buffer(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
	buffer		value = copy_bytes(data, nbytes);
	uint64_t	seed = seed_of(data, nbytes);
	sk_status	status = sk_topk_check(value.bytes, nbytes, &test_env);
	sk_topk		s;

	add_unopened(value, seed);
	if (sk_topk_open(&s, value.bytes, nbytes) == SK_OK)
	{
		ask(&s, &seed);
		operate(&s, value, &seed);
		if (status == SK_OK)
			accepted(&s, value);
	}
	else
		require(status != SK_OK, "accepted, but does not open");
	free_buffer(&value);
	return 0;
}

/*
 * Makes slots of a working sketch point near its end, and cuts off what follows
 * the records: a damaged slot may point anywhere and still have the hash of an
 * item.
 */
static size_t
mislead(uint8_t *bytes, size_t nbytes, uint64_t seed)
{
	sk_topk		s;
	uint8_t    *slots = bytes + SK_TOPK_AT_SLOTS;
	uint32_t	nslots;

	if (sk_topk_open(&s, bytes, nbytes) != SK_OK ||
		s.layout != SK_TOPK_WORKING)
		return nbytes;
	nslots = (uint32_t) (s.body - SK_TOPK_AT_SLOTS) / 8;
	for (uint32_t i = 0; i < nslots; i++)
		if (sk_load64(slots + 8 * i) != 0 && random_below(&seed, 4) == 0)
			sk_store32(slots + 8 * i,
					   (uint32_t) s.end - random_below(&seed, 50));
	return s.end;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t nbytes, size_t room,
						unsigned int seed)
{
	nbytes = mutate_value(data, nbytes, room, seed, topk_repair);
	return seed % 8 == 2 ? mislead(data, nbytes, seed) : nbytes;
}
