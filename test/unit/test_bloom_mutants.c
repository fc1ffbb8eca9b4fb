/*
 * test_bloom_mutants.c: damaged Bloom filters at every entrance. Mutants are
 * seeded, each in a heap block of its exact size, under the address and
 * undefined-behavior sanitizers.
 *
 * What sk_bloom_check() accepts must be a sketch in all respects: packed again
 * it has the same bytes, and its unions and intersections pass the check. A sketch
 * that it refuses, but that opens, is like one that was damaged in storage: every
 * operation must end with an answer, right or wrong, and touch nothing else. The
 * same holds for damaged working sketches, which a user-defined aggregate can
 * leave in a table.
 */
#include "check.h"
#include "bloom_help.h"

#define NSTATUSES (SK_UNLIKE + 1)
#define NSKETCHES 30

static buffer sketches[NSKETCHES];	/* packed ones first, then working ones */
static int	npacked;

static long mutants;
static long answers[NSTATUSES];		/* of sk_bloom_check() */
static long operated;				/* refused mutants that opened */
static long unopened;				/* added to, without being opened */
static long packs;					/* damaged sketches that could be packed */

/* --- what is done with every mutant -------------------------------------- */

/* Whether an operation on a sketch that opened may end so. */
static bool
answer_ok(sk_status status)
{
	return status == SK_OK || status == SK_COUNT || status == SK_ORDER ||
		status == SK_VALUE || status == SK_UNLIKE;
}

/* What can be packed passes the check then. */
static void
pack_any(buffer b, const char *what)
{
	sk_bloom	s = bloom_opened(b);
	buffer		p;
	sk_status	status = try_bloom_pack(&s, &p);

	check(answer_ok(status), "%s: packing says %d", what, (int) status);
	if (status == SK_OK && !sk_bloom_is_packed(&s))
	{
		check(bloom_check(p) == SK_OK,
			  "%s: packed as something else", what);
		packs++;
	}
	free_buffer(&p);
}

static void
merge_both_ways(const sk_bloom *s, const sk_bloom *other, const char *what)
{
	for (int i = 0; i < 2; i++)
	{
		const sk_bloom *from = i == 0 ? s : other,
				   *to = i == 0 ? other : s;
		buffer		b = new_bloom(to->design);
		sk_status	status = try_bloom_merge(&b, to);

		if (status == SK_OK)
			status = try_bloom_merge(&b, from);
		check(answer_ok(status), "%s: merging says %d", what, (int) status);
		if (status == SK_OK)
			pack_any(b, what);
		free_buffer(&b);
	}
}

static void
intersect_both_ways(const sk_bloom *s, const sk_bloom *other, const char *what)
{
	for (int i = 0; i < 2; i++)
	{
		buffer		b;
		sk_status	status = try_bloom_intersect(&b, i == 0 ? s : other,
												 i == 0 ? other : s);

		check(answer_ok(status), "%s: intersecting says %d", what, (int) status);
		if (status == SK_OK)
			pack_any(b, what);
		free_buffer(&b);
	}
}

static void
ask(const sk_bloom *s, const sk_bloom *other, const char *what)
{
	uint64_t	seed = (uint64_t) mutants;
	double		count = 0;
	sk_bloom_fills fills;

	for (int i = 0; i < 10; i++)
	{
		uint64_t	hash = i < 8 ? next_random(&seed) : (uint64_t) (i - 9);
		sk_bloom_slice slice = sk_bloom_place(s, hash);

		sk_bloom_has(s, hash);
		if (!sk_bloom_is_packed(s))
			continue;
		check(slice.offset >= 32 && slice.offset + slice.nbytes <= s->nbytes,
			  "%s: a slice outside", what);
		sk_bloom_slice_has(s, slice, s->bytes + slice.offset, hash);
	}
	sk_bloom_count_fills(s, &fills, &test_env);
	check(sk_bloom_count(s, &fills) >= 0, "%s: count", what);
	check(sk_bloom_rate(s, &fills) >= 0 && sk_bloom_rate(s, &fills) <= 1,
		  "%s: rate", what);
	check(!sk_bloom_is_empty(s, &test_env) || sk_bloom_count(s, &fills) == 0,
		  "%s: empty, and yet with values", what);
	if (sk_bloom_overlap(s, other, &count, &test_env) == SK_OK)
		check(count >= 0, "%s: overlap", what);
}

/* Adds to a sketch as a transition function does. */
static void
add_to(const sk_bloom *s, const char *what)
{
	buffer		b = copy_bytes(s->bytes, s->nbytes);
	uint64_t	seed = (uint64_t) mutants;
	sk_status	status = SK_OK;

	for (int i = 0; i < 20 && status == SK_OK; i++)
	{
		uint64_t	hash = next_random(&seed);

		status = try_bloom_add(&b, hash);
		check(status != SK_OK || bloom_has_hash(b, hash),
			  "%s: added, and missed", what);
	}
	check(answer_ok(status), "%s: adding says %d", what, (int) status);
	free_buffer(&b);
}

static void
operate(const sk_bloom *s, const char *what)
{
	sk_bloom	other = bloom_opened(sketches[mutants % NSKETCHES]);
	buffer		original = {(uint8_t *) (uintptr_t) s->bytes, s->nbytes};

	ask(s, &other, what);
	merge_both_ways(s, &other, what);
	intersect_both_ways(s, &other, what);
	pack_any(original, what);
	if (!sk_bloom_is_packed(s))
		add_to(s, what);
}

/* An accepted sketch is one that the core could have written itself. */
static void
check_accepted(const sk_bloom *s, const char *what)
{
	buffer		original = {(uint8_t *) (uintptr_t) s->bytes, s->nbytes};
	buffer		working = new_bloom(s->design);
	buffer		p;

	bloom_merge_into(&working, original);
	p = bloom_packed(working);
	check(same_bytes(p, original), "%s: accepted, but packed in another way",
		  what);
	free_buffer(&working);
	free_buffer(&p);
}

/* The transition function does not open a state; that it is working must be enough
 * to add values. */
static void
add_unopened(const uint8_t *bytes, size_t nbytes)
{
	buffer		b = copy_bytes(bytes, nbytes);
	uint64_t	seed = (uint64_t) mutants;

	if (sk_bloom_is_working(b.bytes, b.nbytes))
	{
		unopened++;
		for (int i = 0; i < 20; i++)
			try_bloom_add(&b, next_random(&seed));
	}
	free_buffer(&b);
}

static sk_status
examine(const uint8_t *bytes, size_t nbytes, const char *what)
{
	buffer		exact = copy_bytes(bytes, nbytes);
	sk_status	status = bloom_check(exact);
	sk_bloom	s;

	mutants++;
	answers[status]++;
	add_unopened(bytes, nbytes);
	if (sk_bloom_open(&s, exact.bytes, exact.nbytes) == SK_OK)
	{
		operated += status != SK_OK;
		operate(&s, what);
		if (status == SK_OK)
			check_accepted(&s, what);
	}
	else
		check(status != SK_OK, "%s: accepted, and does not open", what);
	free_buffer(&exact);
	return status;
}

/* --- sketches to start from ---------------------------------------------- */

static void
make_sketches(void)
{
	static const struct
	{
		uint64_t	expected;
		double		rate;
		uint32_t	nblocks;
		size_t		n;
	}			kinds[] = {
		{0, 0, 0, 0}, {0, 0, 0, 3}, {0, 0, 0, 240}, {0, 0, 0, 300},
		{1000, 0.01, 20, 0}, {1000, 0.01, 20, 7}, {1000, 0.01, 20, 160},
		{1000, 0.01, 20, 161}, {2050, 0.01, 40, 60}, {2050, 0.01, 40, 600},
		{1, 0.0001, 1, 9}, {10, 0.5, 1, 2}, {20000, 0.1, 190, 300},
		{1000000, 0.01, 19456, 20}, {1000000, 0.01, 19456, 500}
	};

	npacked = sizeof(kinds) / sizeof(kinds[0]);
	for (int i = 0; i < npacked; i++)
	{
		uint64_t	seed = (uint64_t) i;
		buffer		b = new_bloom(kinds[i].expected == 0 ? no_design :
								  design_of(kinds[i].nblocks, kinds[i].expected,
											kinds[i].rate));

		for (size_t j = 0; j < kinds[i].n; j++)
			bloom_add_hash(&b, next_random(&seed));
		sketches[npacked + i] = b;
		sketches[i] = bloom_packed(b);
	}
}

/* --- mutations ----------------------------------------------------------- */

/* One byte of the header, mostly to a likely value. */
static void
damage_header(buffer *b, uint64_t *seed)
{
	static const uint8_t likely[] = {0, 1, 2, 3, 5, 6, 10, 14, 15, 20, 39, 40,
	41, 64, 127, 128, 255};
	uint32_t	at = random_below(seed, 32);

	if (at < b->nbytes)
		b->bytes[at] = random_below(seed, 4) == 0 ?
			(uint8_t) next_random(seed) : likely[random_below(seed, 17)];
}

/* Another layout, and another number of blocks, for the same body. */
static void
relabel(buffer *b, uint64_t *seed)
{
	if (b->nbytes < 32)
		return;
	b->bytes[1] = (uint8_t) random_below(seed, 4);
	if (random_below(seed, 2) == 0)
		sk_store32(b->bytes + 4, (uint32_t) (b->nbytes - 32) / 64 -
				   random_below(seed, 2));
	if (random_below(seed, 2) == 0)
		sk_store32(b->bytes + 24, (uint32_t) (b->nbytes - 32) /
				   (random_below(seed, 2) == 0 ? 8 : 16));
	if (random_below(seed, 4) == 0)
		memset(b->bytes + 24, 0, 4);
}

/* A value replaced by another, or by none. */
static void
damage_slot(buffer *b, uint64_t *seed)
{
	uint32_t	n = (uint32_t) (b->nbytes < 40 ? 0 : (b->nbytes - 32) / 8);
	uint8_t    *slot,
			   *other;

	if (n == 0)
		return;
	slot = b->bytes + 32 + 8 * (size_t) random_below(seed, n);
	other = b->bytes + 32 + 8 * (size_t) random_below(seed, n);
	if (random_below(seed, 3) == 0)
		sk_store64(slot, random_below(seed, 2) == 0 ? 0 : UINT64_MAX);
	else
		memmove(slot, other, 8);
}

static void
fill_body(buffer *b, uint64_t *seed)
{
	if (b->nbytes > 32)
		memset(b->bytes + 32, random_below(seed, 3) == 0 ? 0xFF : 0,
			   b->nbytes - 32);
}

static void
change_length(buffer *b, uint64_t *seed)
{
	size_t		before = b->nbytes;
	size_t		step = random_below(seed, 2) == 0 ? 8 : 1;
	size_t		by = step * (1 + random_below(seed, 70));

	if (random_below(seed, 2) == 0)
		resize(b, by < before ? before - by : 1);
	else
		resize(b, before + by);
	for (size_t i = before; i < b->nbytes; i++)
		b->bytes[i] = (uint8_t) next_random(seed);
}

static void
test_random_mutants(int rounds)
{
	static void (*const ways[]) (buffer *, uint64_t *) = {
		flip_bits, damage_header, relabel, damage_slot, fill_body, change_length
	};
	uint64_t	seed = 1;

	for (int round = 0; round < rounds; round++)
	{
		buffer		from = sketches[random_below(&seed, NSKETCHES)];
		buffer		b = copy_bytes(from.bytes, from.nbytes);
		char		what[60];

		for (uint32_t n = 1 + random_below(&seed, 2); n > 0; n--)
			ways[random_below(&seed, 6)] (&b, &seed);
		snprintf(what, sizeof(what), "mutant %d", round);
		examine(b.bytes, b.nbytes, what);
		free_buffer(&b);
	}
}

/* Each bit of each header. */
static void
test_header_bits(void)
{
	for (int i = 0; i < NSKETCHES; i++)
		for (int bit = 0; bit < 32 * 8; bit++)
		{
			buffer		b = copy_bytes(sketches[i].bytes, sketches[i].nbytes);
			char		what[60];

			b.bytes[bit / 8] ^= (uint8_t) (1 << bit % 8);
			snprintf(what, sizeof(what), "sketch %d, header bit %d", i, bit);
			examine(b.bytes, b.nbytes, what);
			free_buffer(&b);
		}
}

/* Each length from nothing to one byte too many. */
static void
test_lengths(void)
{
	for (int i = 0; i < npacked; i++)
		for (size_t n = 0; n <= sketches[i].nbytes + 1 && n < 700; n++)
		{
			buffer		b = new_buffer(n);
			char		what[60];

			memset(b.bytes, 0, n);
			memcpy(b.bytes, sketches[i].bytes,
				   n < sketches[i].nbytes ? n : sketches[i].nbytes);
			snprintf(what, sizeof(what), "sketch %d, %zu bytes", i, n);
			check((examine(b.bytes, n, what) == SK_OK) ==
				  (n == sketches[i].nbytes), "%s: accepted or not", what);
			free_buffer(&b);
		}
}

/* Counts of working lists that disagree with their slots. */
static void
test_counts(void)
{
	for (int i = npacked; i < NSKETCHES; i++)
		for (uint32_t n = 0; n < 400; n++)
		{
			buffer		b = copy_bytes(sketches[i].bytes, sketches[i].nbytes);
			uint32_t	right = sk_load32(b.bytes + 24);
			sk_bloom	s;
			buffer		p;
			char		what[60];

			if (b.bytes[1] != SK_BLOOM_WORKING_LIST)
			{
				free_buffer(&b);
				break;
			}
			sk_store32(b.bytes + 24, n);
			snprintf(what, sizeof(what), "sketch %d, count %u", i, n);
			examine(b.bytes, b.nbytes, what);
			if (sk_bloom_open(&s, b.bytes, b.nbytes) == SK_OK)
			{
				check(try_bloom_pack(&s, &p) == (n == right ? SK_OK : SK_COUNT),
					  "%s: packed though it counts wrong", what);
				free_buffer(&p);
			}
			free_buffer(&b);
		}
}

/* A table without an empty slot, some of whose values wait as well: no reader may
 * take them for more values than there are. */
static void
test_full_table(void)
{
	buffer		b = copy_bytes(sketches[NSKETCHES - 1].bytes,
							   sketches[NSKETCHES - 1].nbytes);

	if (b.nbytes != 32 + 8 * 1019)
		give_up("not a list in which values wait", (int) b.nbytes);
	for (uint64_t i = 0; i < 1019; i++)
		sk_store64(b.bytes + 32 + 8 * i,
				   ((i % 1003 << 32) / 1003 + 1) << 32 | i % 1003);
	sk_store32(b.bytes + 24, 1003);
	examine(b.bytes, b.nbytes, "full table");
	free_buffer(&b);
}

/* ------------------------------------------------------------------------- */

/* Every status that sk_bloom_check() can have came, and no other. */
static void
check_answers(void)
{
	static const char *const names[NSTATUSES] = {
		[SK_OK] = "ok", [SK_SHORT] = "short", [SK_LONG] = "long",
		[SK_TYPE] = "type", [SK_VERSION] = "version", [SK_LAYOUT] = "layout",
		[SK_RESERVED] = "reserved", [SK_COUNT] = "count", [SK_ORDER] = "order",
		[SK_VALUE] = "value", [SK_DESIGN] = "design"
	};

	printf("bloom_mutants: %ld mutants, %ld opened though refused;", mutants,
		   operated);
	for (int i = 0; i < NSTATUSES; i++)
	{
		if (names[i] != NULL)
			printf(" %s %ld", names[i], answers[i]);
		check((answers[i] > 0) == (names[i] != NULL), "%ld have status %d",
			  answers[i], i);
	}
	printf("\n");
	check(operated > mutants / 10, "only %ld refused mutants opened", operated);
	check(unopened > mutants / 10, "only %ld are working", unopened);
	check(packs > mutants / 10, "only %ld were packed", packs);
}

int
main(void)
{
	make_sketches();
	test_header_bits();
	test_lengths();
	test_counts();
	test_full_table();
	test_random_mutants(300000);
	check_answers();
	for (int i = 0; i < NSKETCHES; i++)
		free_buffer(&sketches[i]);
	return check_done("bloom_mutants");
}
