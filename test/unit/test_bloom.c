/*
 * test_bloom.c: properties of the bloom core. Whatever is built, merged, folded
 * or intersected here, in any order and layout, must have the bytes of the second
 * implementation in bloom_help.h and must match every value that went into it;
 * and rates of false positives and counts must be what they are documented to be.
 */
#include "check.h"
#include "bloom_help.h"

/* Where the blocks of working bits start: doc/format.md. */
#define BLOCKS 96

static uint64_t *
random_hashes(size_t n, uint64_t seed)
{
	uint64_t   *hashes = malloc(n * sizeof(*hashes) + 8);

	seed *= UINT64_C(0xD1342543DE82EF95);
	for (size_t i = 0; i < n; i++)
		hashes[i] = next_random(&seed);
	return hashes;
}

/* --- golden bytes -------------------------------------------------------- */

static void
check_bytes(buffer b, const char *hex, const char *what)
{
	char		text[400] = "";

	for (size_t i = 0; i < b.nbytes && i < 199; i++)
		sprintf(text + 2 * i, "%02x", b.bytes[i]);
	check(strcmp(text, hex) == 0, "%s: %s", what, text);
}

static void
test_golden_bytes(void)
{
	uint64_t	hashes[] = {UINT64_C(0xFEDCBA9876543210),
	UINT64_C(0x0123456789ABCDEF), 0, 2, 3, 4, 5, 6, 7};
	buffer		b = bloom_of(hashes, 3, design_for(1000000, 0.01));
	buffer		p = bloom_packed(b);

	check_bytes(p, "910006ff004c000040420f00000000007b14ae47e17a843f"
				"0300000000000000" "0100000000000000"
				"efcdab8967452301" "1032547698badcfe", "list of three");
	free_buffer(&b);
	free_buffer(&p);
	b = bloom_of(hashes, 3, no_design);
	p = bloom_packed(b);
	check_bytes(p, "910000ff0000000000000000000000000000000000000000"
				"0300000000000000" "0100000000000000"
				"efcdab8967452301" "1032547698badcfe", "list without design");
	free_buffer(&b);
	free_buffer(&p);
	b = bloom_of(hashes, 3, design_for(100, 0.02));
	p = bloom_packed(b);
	check_bytes(p, "910005ff1000000064000000000000007b14ae47e17a943f"
				"0300000000000000" "0100000000000000"
				"efcdab8967452301" "1032547698badcfe", "list of 16 blocks");
	free_buffer(&b);
	free_buffer(&p);
	b = bloom_of(hashes, 9, (sk_bloom_design) {1, 7, 1, 0.003});
	p = bloom_packed(b);
	check_bytes(p, "910107ff010000000100000000000000fa7e6abc7493683f0000000000000000"
				"00042282004410800062208200000011"
				"000000828104000180000c2000401200"
				"1000000880808870000000200206800"
				"200c080082001200c002004200002c000", "one block");
	free_buffer(&b);
	free_buffer(&p);
}

/* --- designs ------------------------------------------------------------- */

static void
test_golden_designs(void)
{
	static const struct
	{
		uint64_t	expected;
		double		rate;
		uint32_t	nblocks;
		int			nbits;
	}			golden[] = {
		{1, 0.5, 16, 1}, {1, 0.01, 16, 6}, {1, 1e-15, 2, 20},
		{5, 1e-20, 2, 20}, {100, 0.1, 16, 3}, {100, 0.0001, 2, 11},
		{100, 1e-9, 2, 20}, {825, 0.01, 16, 6}, {826, 0.01, 17, 6},
		{1000, 0.02, 17, 5}, {1000, 0.01, 20, 6},
		{10000, 0.01, 194, 6}, {10000, 0.001, 36, 9}, {100000, 0.01, 1952, 6},
		{1000000, 0.1, 9472, 3}, {1000000, 0.05, 12416, 4},
		{1000000, 0.01, 19456, 6}, {1000000, 0.001, 3584, 9},
		{1000000, 0.0001, 4864, 11}, {1000000, 0.000001, 7424, 17},
		{1000000, 1e-9, 12160, 20},
		{10000000, 0.01, 194560, 6}, {100000000, 0.01, 1949696, 6},
		{1000000000, 0.05, 12451840, 4}
	};

	for (size_t i = 0; i < sizeof(golden) / sizeof(*golden); i++)
	{
		sk_bloom_design d = design_for(golden[i].expected, golden[i].rate);

		check(d.nblocks == golden[i].nblocks && d.nbits == golden[i].nbits &&
			  d.expected == golden[i].expected && d.rate == golden[i].rate,
			  "%g values at %g: %u blocks, %d bits", (double) d.expected,
			  d.rate, d.nblocks, d.nbits);
	}
}

/* Below 64, or 64 .. 127 times a power of two. */
static bool
nblocks_ok(uint32_t z)
{
	while (z >= 128 && z % 2 == 0)
		z /= 2;
	return z > 0 && z < 128;
}

static uint32_t
next_smaller(uint32_t z)
{
	do
		z--;
	while (!nblocks_ok(z));
	return z;
}

/* 1 kB. */
static uint32_t
fewest_blocks(int nbits)
{
	return nbits < 8 ? 16 : 2;
}

/* No smaller number of blocks would do, if there can be one, nor 1% fewer blocks
 * of the same size with any other number of bits. */
static void
check_design(uint64_t expected, double rate)
{
	sk_bloom_design d = design_for(expected, rate);
	double		load = (double) expected / d.nblocks;

	check(nblocks_ok(d.nblocks) && d.nblocks >= fewest_blocks(d.nbits),
		  "%u blocks", d.nblocks);
	check(sk_bloom_designed_rate(load, d.nbits) <= rate,
		  "%g at %g: %u blocks do", (double) expected, rate, d.nblocks);
	if (d.nblocks > fewest_blocks(d.nbits))
		check(sk_bloom_designed_rate((double) expected /
									 next_smaller(d.nblocks), d.nbits) > rate,
			  "%g at %g: fewer blocks than %u do not", (double) expected, rate,
			  d.nblocks);
	for (int k = 1; k <= SK_BLOOM_MAX_BITS && d.nblocks > 1000; k++)
		check((k < 8) != (d.nbits < 8) ||
			  sk_bloom_designed_rate(load * 1.03, k) > rate,
			  "%g at %g: %d bits are not much better than %d",
			  (double) expected, rate, k, d.nbits);
}

static void
test_designs(void)
{
	uint64_t	seed = 1;
	sk_bloom_design d;

	for (int i = 0; i < 300; i++)
	{
		uint64_t	expected = next_random(&seed);

		expected = 1 + (expected >> (37 + random_below(&seed, 26)));
		check_design(expected,
					 exp(-0.01 - 16.0 * random_below(&seed, 1000) / 1000));
	}
	check(design_for(1000000, 0.01).nblocks * 64 + 32 <= 1250000, "1.25 MB");
	check(sk_bloom_design_for(&d, UINT64_C(1) << 40, 0.01) == SK_SIZE, "2^40");
	check(sk_bloom_design_for(&d, (UINT64_C(1) << 40) + 1, 1 - 1e-12) == SK_SIZE,
		  "2^40 + 1");
	check(sk_bloom_design_for(&d, UINT64_MAX, 0.01) == SK_SIZE, "2^64 - 1");
	check(sk_bloom_design_for(&d, 1, 1e-300) == SK_SIZE, "10^-300");
	check(sk_bloom_design_for(&d, 1, 1 - 1e-15) == SK_OK && d.nblocks == 16 &&
		  d.nbits == 1, "nearly 1");
	check(sk_bloom_design_for(&d, 850000000, 0.01) == SK_OK, "850 M");
	check(sk_bloom_size(&(sk_bloom_shape) {SK_BLOOM_WORKING_BITS, d, 0}) <=
		  SK_BLOOM_MAX_BYTES, "850 M in %u blocks", d.nblocks);
	check(!sk_bloom_rate_ok(0) && !sk_bloom_rate_ok(1) && !sk_bloom_rate_ok(NAN)
		  && !sk_bloom_rate_ok(-0.1) && !sk_bloom_rate_ok(INFINITY) &&
		  sk_bloom_rate_ok(0.01), "rates");
	check(!sk_bloom_expected_ok(0) && !sk_bloom_expected_ok(-1) &&
		  sk_bloom_expected_ok(1), "expected values");
}

/* Filters for few values have 1 kB of blocks, whatever the rate, so that they
 * count to 1% and go together. */
static void
test_fewest_blocks(void)
{
	for (uint64_t n = 1; n <= 825; n++)
		check(design_for(n, 0.01).nblocks == 16, "%g values at 1 %%: %u blocks",
			  (double) n, design_for(n, 0.01).nblocks);
	for (double rate = 0.99; rate > 1e-15; rate *= 0.7)
		check(design_for(1, rate).nblocks ==
			  fewest_blocks(design_for(1, rate).nbits),
			  "one value at %g: %u blocks", rate, design_for(1, rate).nblocks);
}

/* More blocks for more values, and for fewer false positives where that does not
 * change the number of bits. */
static void
test_designs_rise(void)
{
	uint32_t	last = 0;
	int			last_bits = 0;

	for (uint64_t n = 1; n < 1 << 28; n += 1 + n / 7)
	{
		uint32_t	nblocks = design_for(n, 0.01).nblocks;

		check(nblocks >= last, "%g values: %u blocks", (double) n, nblocks);
		last = nblocks;
	}
	for (double rate = 0.9; rate > 1e-9; rate *= 0.83)
	{
		sk_bloom_design d = design_for(1000000, rate);

		check(d.nbits >= last_bits, "%g: %d bits", rate, d.nbits);
		last_bits = d.nbits;
	}
}

/* --- one sketch against the reference ------------------------------------ */

static void
check_has_all(buffer b, const uint64_t *hashes, size_t n, const char *what)
{
	sk_bloom	s = bloom_opened(b);
	size_t		missing = 0;

	for (size_t i = 0; i < n; i++)
		missing += !sk_bloom_has(&s, hashes[i]);
	check(missing == 0, "%s: %zu of %zu values are missed", what, missing, n);
}

static bool
slice_has(const sk_bloom *s, const uint8_t *bytes, uint64_t hash,
		  bool *elsewhere)
{
	sk_bloom_slice slice = sk_bloom_place(s, hash);
	buffer		part;
	sk_bloom_answer answer;

	if (slice.offset < 32 || slice.offset + slice.nbytes > s->nbytes)
		give_up("a slice is outside", (int) slice.offset);
	part = copy_bytes(bytes + slice.offset, slice.nbytes);
	answer = sk_bloom_slice_has(s, slice, part.bytes, hash);
	free_buffer(&part);
	*elsewhere = answer == SK_BLOOM_ELSEWHERE;
	return answer == SK_BLOOM_PRESENT;
}

/* With only the 32 bytes of the header and the slice in memory, probes have the
 * same answers. */
static void
check_slices(buffer p, const uint64_t *hashes, size_t n, const char *what)
{
	buffer		header = copy_bytes(p.bytes, 32);
	sk_bloom	whole = bloom_opened(p);
	sk_bloom	s;
	uint64_t	seed = n;
	bool		elsewhere;
	size_t		wrong = 0;

	check(sk_bloom_open(&s, header.bytes, p.nbytes) == SK_OK,
		  "%s: header alone", what);
	for (size_t i = 0; i < n + 100; i++)
	{
		uint64_t	hash = i < n ? hashes[i] : next_random(&seed);

		wrong += slice_has(&s, p.bytes, hash, &elsewhere) !=
			sk_bloom_has(&whole, hash) || elsewhere;
	}
	check(wrong == 0, "%s: %zu slices answer otherwise", what, wrong);
	free_buffer(&header);
}

/* The same bytes at the odd address that ends a heap block. */
static void
check_unaligned(buffer b, const uint64_t *hashes, size_t n, const char *what)
{
	buffer		shifted = new_buffer(b.nbytes + 1);
	buffer		inside = {shifted.bytes + 1, b.nbytes};
	buffer		p = bloom_packed(b);
	buffer		q;

	memcpy(inside.bytes, b.bytes, b.nbytes);
	check_has_all(inside, hashes, n, what);
	q = bloom_packed(inside);
	check(same_bytes(p, q), "%s: unaligned", what);
	free_buffer(&shifted);
	free_buffer(&p);
	free_buffer(&q);
}

/* Read again, a packed sketch is the same, as list and as blocks. */
static void
check_reopened(buffer p, const char *what)
{
	sk_bloom	s = bloom_opened(p);
	buffer		working = new_bloom(s.design);
	buffer		again,
				copied = bloom_packed(p);

	bloom_merge_into(&working, p);
	again = bloom_packed(working);
	check(same_bytes(again, p), "%s: packed again", what);
	check(same_bytes(copied, p), "%s: a packed one packs as itself", what);
	free_buffer(&working);
	free_buffer(&again);
	free_buffer(&copied);
}

static size_t
count_distinct(const uint64_t *hashes, size_t n)
{
	uint64_t   *sorted = malloc(8 * n + 8);

	n = sort_distinct(sorted, hashes, n);
	free(sorted);
	return n;
}

static void
check_facts(buffer b, buffer want, const uint64_t *hashes, size_t n,
			const char *what)
{
	sk_bloom	s = bloom_opened(b);
	sk_bloom_fills fills;
	size_t		distinct = count_distinct(hashes, n);
	uint64_t	nbits = 0;

	check(sk_bloom_is_empty(&s, &test_env) == (n == 0), "%s: empty or not",
		  what);
	check(sk_bloom_is_working(b.bytes, b.nbytes) == !sk_bloom_is_packed(&s),
		  "%s: working or not", what);
	sk_bloom_count_fills(&s, &fills, &test_env);
	if (s.layout == SK_BLOOM_WORKING_LIST)
		check((uint64_t) s.nvalues * 32 <= (b.nbytes - 32) * 3 + 24,
			  "%s: a table too full", what);
	if (sk_bloom_is_list(&s))
	{
		if (sk_bloom_is_packed(&s))
			check(s.nvalues == distinct, "%s: %u values", what, s.nvalues);
		check(sk_bloom_count(&s, &fills) == (double) distinct &&
			  sk_bloom_rate(&s, &fills) == 0, "%s: exact", what);
		return;
	}
	for (size_t i = 32; i < want.nbytes; i++)
		nbits += (uint64_t) __builtin_popcount(want.bytes[i]);
	check(sk_bloom_bits_set(&fills) == nbits, "%s: bits set", what);
}

/* Everything that must hold for a sketch of this content, working or packed. */
static void
check_bloom(buffer b, const uint64_t *hashes, size_t n, sk_bloom_design design,
			const char *what)
{
	buffer		want = reference_bloom(hashes, n, design);
	buffer		got = bloom_packed(b);

	check(same_bytes(got, want), "%s: %zu bytes as %zu", what, got.nbytes,
		  want.nbytes);
	check(bloom_check(got) == SK_OK, "%s: check", what);
	check_has_all(b, hashes, n, what);
	check_has_all(got, hashes, n, what);
	check_facts(b, want, hashes, n, what);
	check_facts(got, want, hashes, n, what);
	check_unaligned(b, hashes, n, what);
	check_unaligned(got, hashes, n, what);
	check_slices(got, hashes, n, what);
	check_reopened(got, what);
	free_buffer(&want);
	free_buffer(&got);
}

static void
shuffle(uint64_t *hashes, size_t n, uint64_t *seed)
{
	for (size_t i = n; i > 1; i--)
	{
		size_t		j = random_below(seed, (uint32_t) i);
		uint64_t	hash = hashes[i - 1];

		hashes[i - 1] = hashes[j];
		hashes[j] = hash;
	}
}

/* Added in order, sorted, backwards, at random and twice. */
static void
check_orders(size_t n, sk_bloom_design design, const char *what)
{
	uint64_t   *hashes = random_hashes(2 * n, n + design.nblocks);
	uint64_t	seed = n;

	for (int order = 0; order < 4; order++)
	{
		buffer		b;

		if (order == 1)
			qsort(hashes, n, 8, compare_hashes);
		if (order == 2)
			for (size_t i = 0; i < n / 2; i++)
			{
				uint64_t	hash = hashes[i];

				hashes[i] = hashes[n - 1 - i];
				hashes[n - 1 - i] = hash;
			}
		if (order == 3)
		{
			memcpy(hashes + n, hashes, 8 * n);
			shuffle(hashes, 2 * n, &seed);
		}
		b = bloom_of(hashes, order == 3 ? 2 * n : n, design);
		check_bloom(b, hashes, order == 3 ? 2 * n : n, design, what);
		free_buffer(&b);
	}
	free(hashes);
}

/* For every design, the sizes around those where its layout changes. */
static void
test_sizes(void)
{
	sk_bloom_design designs[] = {
		no_design, design_of(1, 1, 0.01), design_of(1, 100, 0.5),
		design_of(10, 500, 0.01), design_for(1, 0.01), design_for(1000, 0.0001),
		design_for(3000, 0.001), design_for(700, 0.000001),
		design_for(30000, 0.01)	/* a list in which values wait */
	};
	char		what[100];

	for (size_t i = 0; i < sizeof(designs) / sizeof(*designs); i++)
	{
		sk_bloom_design d = designs[i];
		size_t		most = sk_bloom_max_values(&d);
		size_t		sizes[] = {0, 1, 2, 3, 4, 25, most - 1, most, most + 1,
		2 * most, 7 * most};

		for (size_t j = 0; j < sizeof(sizes) / sizeof(*sizes); j++)
		{
			sprintf(what, "%g at %g, %u blocks, %zu values",
					(double) d.expected, d.rate, d.nblocks, sizes[j]);
			check_orders(sizes[j], d, what);
		}
	}
}

/* A list in a filter for many values takes no more than its values. */
static void
test_small(void)
{
	uint64_t   *hashes = random_hashes(3, 1);
	buffer		b = bloom_of(hashes, 3, design_for(100000000, 0.01));
	buffer		p = bloom_packed(b);

	check(p.nbytes == 32 + 3 * 8, "three values packed in %zu bytes", p.nbytes);
	check(b.nbytes <= 60, "three values at work in %zu bytes", b.nbytes);
	free_buffer(&b);
	free_buffer(&p);
	free(hashes);
}

/* The smallest filter takes at most 1,056 bytes: as a list of 128 values, and as
 * blocks. */
static void
test_smallest(void)
{
	uint64_t   *hashes = random_hashes(1000, 3);
	size_t		sizes[] = {127, 128, 129, 1000};

	for (int i = 0; i < 4; i++)
	{
		buffer		b = bloom_of(hashes, sizes[i], design_for(100, 0.01));
		buffer		p = bloom_packed(b);
		sk_bloom	s = bloom_opened(p);

		check(sk_bloom_is_list(&s) == (sizes[i] <= 128),
			  "%zu values: list or not", sizes[i]);
		check(p.nbytes == (sizes[i] == 127 ? 1048 : 1056),
			  "%zu values in %zu bytes", sizes[i], p.nbytes);
		free_buffer(&b);
		free_buffer(&p);
	}
	free(hashes);
}

/* A slice of a short list is all of it, so it always decides. */
static void
test_short_list(void)
{
	uint64_t   *hashes = random_hashes(240, 2);
	buffer		b = bloom_of(hashes, 240, design_for(1000000, 0.01));
	buffer		p = bloom_packed(b);
	sk_bloom	s = bloom_opened(p);
	sk_bloom_slice slice = sk_bloom_place(&s, hashes[0]);

	check(slice.offset == 32 && slice.nbytes == 8 * 240,
		  "a slice of %zu bytes at %zu", slice.nbytes, slice.offset);
	free_buffer(&b);
	free_buffer(&p);
	free(hashes);
}

/* A slice of a long list of hashes decides, and is a small part of it. */
static void
test_long_list(void)
{
	static const size_t sizes[] = {30000, 5000, 241, 250, 255, 256, 1000, 1001,
	1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 4095, 4096};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
	{
		uint64_t   *hashes = random_hashes(sizes[i], i);
		buffer		b = bloom_of(hashes, sizes[i], design_for(1000000, 0.01));
		buffer		p = bloom_packed(b);
		sk_bloom	s = bloom_opened(p);

		check(s.layout == SK_BLOOM_PACKED_LIST, "%zu are a list", sizes[i]);
		check_slices(p, hashes, sizes[i], "long list");
		for (size_t j = 0; j < 100; j++)
			check((double) sk_bloom_place(&s, hashes[j]).nbytes <=
				  8 * 11.4 * sqrt((double) sizes[i]), "%zu: a long slice",
				  sizes[i]);
		free_buffer(&b);
		free_buffer(&p);
		free(hashes);
	}
}

/* Hash 0 is hash 1 in every respect. */
static void
test_zero(void)
{
	uint64_t	hashes[] = {0, 1};
	sk_bloom_design designs[] = {no_design, design_for(1000, 0.01)};

	for (int i = 0; i < 2; i++)
	{
		buffer		b = bloom_of(hashes, 2, designs[i]);
		buffer		c = new_blocks(design_for(1000, 0.01));

		check_bloom(b, hashes, 2, designs[i], "0 and 1");
		check(bloom_count_of(b) == 1, "0 and 1 are %g", bloom_count_of(b));
		bloom_add_hash(&c, (uint64_t) i);
		check(bloom_has_hash(c, 0) && bloom_has_hash(c, 1), "%d in blocks", i);
		free_buffer(&b);
		free_buffer(&c);
	}
}

/* Hashes of which only a few bits differ. */
static void
test_crowds(void)
{
	uint64_t	hashes[600];
	sk_bloom_design designs[] = {no_design, design_for(4000, 0.01),
	design_for(20000, 0.01)};

	for (int where = 0; where < 3; where++)
	{
		for (uint64_t i = 0; i < 600; i++)
			hashes[i] = where == 0 ? i * 7919 % 600 : where == 1 ?
				UINT64_MAX - i * 7919 % 600 :
				(i % 2 == 0 ? i : UINT64_MAX - i);
		for (int d = 0; d < 3; d++)
		{
			buffer		b = bloom_of(hashes, 600, designs[d]);
			buffer		want = reference_bloom(hashes, 600, designs[d]);
			buffer		got = bloom_packed(b);

			check(same_bytes(got, want), "crowd %d, design %d", where, d);
			check_has_all(b, hashes, 600, "crowd");
			check_has_all(got, hashes, 600, "packed crowd");
			free_buffer(&b);
			free_buffer(&want);
			free_buffer(&got);
		}
	}
}

/* The mean distance of values from the slots where a search for them starts. */
static double
mean_distance(buffer b)
{
	sk_bloom	s = bloom_opened(b);
	uint32_t	seed = sk_load32(b.bytes + SK_BLOOM_AT_SEED);
	double		sum = 0;

	for (uint32_t i = 0; i < s.nslots; i++)
	{
		uint64_t	value = sk_bloom_slot(b.bytes, i);

		if (value != 0)
			sum += (i + s.nslots - sk_list_home(value, seed, s.nslots)) %
				s.nslots;
	}
	return sum / s.nvalues;
}

/* Hash i of a set that was made to be slow: with a common beginning, a common
 * end, one after the other, or with home slots in a row for a seed of 0. */
static uint64_t
hostile_hash(int how, uint64_t i)
{
	static const int shifts[] = {0, 58, 40, 47, 32};
	uint64_t	seed = i;

	if (how == 0)
		return next_random(&seed);
	if (how <= 2)
		return next_random(&seed) >> (64 - shifts[how]) | UINT64_C(5) << shifts[how];
	if (how <= 4)
		return (i + 1) << shifts[how];
	return how == 5 ? i + 1 : (i + 1) * UINT64_C(0xF1DE83E19937733D);
}

/*
 * 100,000 of them are as near to their home slots as random ones, which are 1 to 2
 * slots off on average, also in a union of packed lists; and packing gives what
 * the reference gives.
 */
static void
test_hostile(void)
{
	size_t		n = 100000;
	uint64_t   *hashes = malloc(8 * n);
	sk_bloom_design design = design_for(10000000, 0.01);

	for (int how = 0; how <= 6; how++)
	{
		buffer		a,
					b,
					p,
					want;

		for (size_t i = 0; i < n; i++)
			hashes[i] = hostile_hash(how, i);
		a = bloom_of(hashes, n, design);
		check(mean_distance(a) < 3, "hostile %d: %g slots from home", how,
			  mean_distance(a));
		p = bloom_packed(a);
		want = reference_bloom(hashes, n, design);
		check(same_bytes(p, want), "hostile %d", how);
		b = bloom_of(hashes, 10, design);
		bloom_merge_into(&b, p);
		check(mean_distance(b) < 3, "hostile %d: merged, %g slots from home",
			  how, mean_distance(b));
		free_buffer(&a);
		free_buffer(&b);
		free_buffer(&p);
		free_buffer(&want);
	}
	free(hashes);
}

/* Values that are not spread as hashes are may be elsewhere in the list; then
 * the answer of a slice is that it does not know. */
static void
test_skewed_list(void)
{
	uint64_t	hashes[1000];
	sk_bloom_design design = design_for(1000000, 0.01);
	size_t		nelsewhere = 0,
				wrong = 0;
	buffer		b,
				p;
	sk_bloom	s;

	for (uint64_t i = 0; i < 1000; i++)
		hashes[i] = UINT64_C(0x9000000000000000) + 2 * i;
	b = bloom_of(hashes, 1000, design);
	p = bloom_packed(b);
	s = bloom_opened(p);
	for (uint64_t i = 0; i < 2000; i++)
	{
		bool		elsewhere;
		uint64_t	hash = UINT64_C(0x9000000000000000) + i;
		bool		has = slice_has(&s, p.bytes, hash, &elsewhere);

		nelsewhere += elsewhere;
		wrong += !elsewhere && has != (i % 2 == 0);
		wrong += sk_bloom_has(&s, hash) != (i % 2 == 0);
	}
	check(wrong == 0, "%zu wrong answers of a skewed list", wrong);
	check(nelsewhere > 1000, "%zu probes must look elsewhere", nelsewhere);
	free_buffer(&b);
	free_buffer(&p);
}

/* --- unions -------------------------------------------------------------- */

/*
 * The design of a union, as doc/reference.md has it: an empty sketch takes the
 * other's, of two lists the larger one wins, a list takes that of blocks, and of
 * two sketches with blocks the one of fewer blocks wins.
 */
static sk_bloom_design
reference_union_design(buffer x, buffer y)
{
	sk_bloom	a = bloom_opened(x),
				b = bloom_opened(y);
	bool		a_list = sk_bloom_is_list(&a),
				b_list = sk_bloom_is_list(&b),
				a_empty = sk_bloom_is_empty(&a, &test_env),
				b_empty = sk_bloom_is_empty(&b, &test_env),
				a_larger = a.design.nblocks > b.design.nblocks;

	if (a_empty != b_empty)
		return a_empty ? b.design : a.design;
	if (a_list != b_list)
		return a_list ? b.design : a.design;
	return a_list == a_larger ? a.design : b.design;
}

/*
 * Parts of the hashes in sketches of related designs, merged in random pairs,
 * packed or not: the result is what all hashes would have given at its design.
 */
static void
check_union_tree(const uint64_t *hashes, size_t n,
				 const sk_bloom_design *designs, int ndesigns, uint64_t seed)
{
	buffer		parts[12];
	sk_bloom_design want;
	sk_bloom	s;
	int			nparts = 2 + (int) random_below(&seed, 11);
	size_t		from = 0;

	for (int i = 0; i < nparts; i++)
	{
		size_t		to = i == nparts - 1 ? n :
			from + random_below(&seed, (uint32_t) (n - from + 1));
		sk_bloom_design d = designs[random_below(&seed, (uint32_t) ndesigns)];

		parts[i] = bloom_of(hashes + from, to - from, d);
		from = to;
	}
	while (nparts > 1)
	{
		int			i = (int) random_below(&seed, (uint32_t) nparts - 1);
		buffer	   *last = &parts[--nparts];
		buffer		p = bloom_packed(*last);

		want = reference_union_design(parts[i], *last);
		bloom_merge_into(&parts[i], random_below(&seed, 2) ? p : *last);
		s = bloom_opened(parts[i]);
		check(sk_bloom_same_design(&s.design, &want), "design of a union");
		if (random_below(&seed, 3) == 0)
			bloom_merge_into(&parts[i], p);
		free_buffer(&p);
		free_buffer(last);
	}
	check_bloom(parts[0], hashes, n, bloom_opened(parts[0]).design, "union");
	free_buffer(&parts[0]);
}

static void
test_unions(void)
{
	/* 40, 20, 10 and 5 blocks of 6 bits. */
	sk_bloom_design designs[] = {design_for(2050, 0.01), design_for(1000, 0.01),
	design_of(10, 500, 0.01), design_of(5, 240, 0.01), no_design};
	size_t		sizes[] = {0, 3, 9, 11, 20, 30, 60, 100, 230, 1000};

	for (int i = 1; i < 4; i++)
		check(designs[i].nblocks * 2 == designs[i - 1].nblocks,
			  "%u blocks", designs[i].nblocks);
	for (uint64_t seed = 0; seed < 300; seed++)
	{
		size_t		n = sizes[seed % 10];
		uint64_t   *hashes = random_hashes(n, seed);

		/* no_design among the designs only while the whole is a list of it */
		check_union_tree(hashes, n, designs, n <= 230 ? 5 : 4, seed);
		if (n <= 230 || seed % 5 < 4)
			check_union_tree(hashes, n, designs + seed % 5, 1, seed);
		free(hashes);
	}
}

/* A sketch of one design merged into one of another. */
static void
check_pair(sk_bloom_design a, sk_bloom_design b, sk_bloom_design want, size_t n)
{
	uint64_t   *hashes = random_hashes(2 * n, n);
	buffer		x = bloom_of(hashes, n, a),
				y = bloom_of(hashes + n, n, b);

	bloom_merge_into(&x, y);
	check_bloom(x, hashes, 2 * n, want, "pair");
	free_buffer(&x);
	free_buffer(&y);
	free(hashes);
}

/* Equal blocks for different numbers: the design of the larger ones wins. */
static void
test_equal_blocks(void)
{
	sk_bloom_design a = design_for(990, 0.01),
				b = design_for(1000, 0.01),
				c = design_for(990, 0.0101),
				common;
	const sk_bloom_design *pairs[][3] = {{&a, &b, &b}, {&a, &c, &c},
	{&b, &c, &b}, {&a, &a, &a}, {&no_design, &a, &a},
	{&no_design, &no_design, &no_design}};

	check(a.nblocks == b.nblocks && a.nblocks == c.nblocks, "equal blocks");
	for (int i = 0; i < 6; i++)
		for (int j = 0; j < 2; j++)
		{
			check(sk_bloom_common(&common, pairs[i][j], pairs[i][!j]) == SK_OK,
				  "pair %d has a design", i);
			check(common.expected == pairs[i][2]->expected &&
				  common.rate == pairs[i][2]->rate &&
				  common.nblocks == pairs[i][2]->nblocks, "pair %d", i);
			check_pair(*pairs[i][j], *pairs[i][!j], *pairs[i][2], 10);
			check_pair(*pairs[i][j], *pairs[i][!j], *pairs[i][2], 100);
		}
}

static void
check_unlike(sk_bloom_design x, sk_bloom_design y, size_t n)
{
	uint64_t   *hashes = random_hashes(n, n);
	buffer		a = bloom_of(hashes, n, x),
				b = bloom_of(hashes, n, y),
				u = copy_bytes(a.bytes, a.nbytes),
				i;
	sk_bloom	s = bloom_opened(b),
				t = bloom_opened(a);
	sk_bloom_shape shape;
	double		count;

	if (!sk_bloom_is_list(&s))
	{
		check(try_bloom_merge(&u, &s) == SK_UNLIKE, "merge of unlike ones");
		check(sk_bloom_larger(&shape, &t, &s) == SK_UNLIKE,
			  "growing for unlike ones");
		check(same_bytes(a, u), "unlike ones leave all as it was");
	}
	check(!bloom_restrict(u, &s) && same_bytes(a, u), "unlike restrict");
	check(try_bloom_intersect(&i, &t, &s) == SK_UNLIKE, "unlike intersect");
	check(sk_bloom_overlap(&t, &s, &count, &test_env) == SK_UNLIKE,
		  "unlike overlap");
	free_buffer(&a);
	free_buffer(&b);
	free_buffer(&u);
	free(hashes);
}

static void
test_unlike(void)
{
	sk_bloom_design a = design_for(1000, 0.01); /* 20 blocks, 6 bits */

	check_unlike(a, design_for(1200, 0.02), 3);		/* 20 blocks, 5 bits */
	check_unlike(a, design_for(1200, 0.02), 500);
	check(design_for(1200, 0.02).nblocks == a.nblocks, "as many blocks");
	check_unlike(a, design_for(1000, 0.02), 3);		/* 17 blocks, 5 bits */
	check_unlike(a, design_for(1000, 0.02), 500);
	check_unlike(design_for(1500, 0.01), a, 500);	/* 30 blocks */
	check_unlike(design_for(3050, 0.01), a, 500);	/* 60, three times 20 */
}

/* Two packed filters by one pass, in both orders: the packed union if that is a
 * list. One of its values more changes nothing, and others go in. */
static void
check_sorted(buffer p, buffer q, buffer want, uint64_t hash)
{
	sk_bloom	a = bloom_opened(p),
				b = bloom_opened(q),
				u = bloom_opened(want);
	bool		lists = sk_bloom_is_list(&a) && sk_bloom_is_list(&b) &&
		sk_bloom_is_list(&u);
	sk_value	v[3];

	check(sk_bloom_merge_sorted(&v[0], &a, &b, &test_env) == SK_OK &&
		  sk_bloom_merge_sorted(&v[1], &b, &a, &test_env) == SK_OK &&
		  sk_bloom_add_sorted(&v[2], &u, hash, SK_KIND_ANY, &test_env) == SK_OK,
		  "merging in order");
	for (int i = 0; i < 3; i++)
	{
		buffer		got = {v[i].bytes, v[i].nbytes};

		if (i < 2 || u.nvalues == 0 || !sk_bloom_is_list(&u))
			check((v[i].nbytes > 0) == (i < 2 ? lists : sk_bloom_is_list(&u)),
				  "a list by one pass, %d", i);
		if (v[i].nbytes > 0 && (i < 2 || u.nvalues > 0))
			check(same_bytes(got, want), "%u and %u values in order, %d",
				  a.nvalues, b.nvalues, i);
		free(v[i].bytes);
	}
}

/* Values 0 .. n1 - 1 in a sketch of design x, the others of 0 .. n2 - 1 in one of
 * y, merged in both orders, packed and not: the bytes of one sketch of the design
 * want. */
static void
check_any_union(size_t n1, sk_bloom_design x, size_t n2, sk_bloom_design y,
				sk_bloom_design want)
{
	uint64_t   *hashes = random_hashes(n2, n1 + n2);
	buffer		r = reference_bloom(hashes, n2, want);

	for (int order = 0; order < 4; order++)
	{
		buffer		a = bloom_of(hashes, n1, x),
					b = bloom_of(hashes + n1, n2 - n1, y),
					p = bloom_packed(a),
					q = bloom_packed(b),
				   *dst = order & 1 ? (order & 2 ? &a : &p) :
			(order & 2 ? &b : &q),
					u;

		check_sorted(p, q, r, hashes[0]);
		bloom_merge_into(dst, order & 1 ? (order & 2 ? b : q) :
						 (order & 2 ? a : p));
		u = bloom_packed(*dst);
		check(same_bytes(u, r), "%zu of %zu values, order %d", n1, n2, order);
		free_buffer(&u);
		free_buffer(&a);
		free_buffer(&b);
		free_buffer(&p);
		free_buffer(&q);
	}
	free_buffer(&r);
	free(hashes);
}

/* An empty sketch of any design is neutral, and lists of any design unite. */
static void
test_any_union(void)
{
	sk_bloom_design a = design_for(1000, 0.01),
				b = design_for(3000, 0.02),
				c = design_for(5, 0.0001),
				d = design_for(1000000, 0.001);

	check_any_union(0, c, 500, a, a);
	check_any_union(0, d, 500, a, a);
	check_any_union(0, d, 50, a, a);
	check_any_union(0, d, 50, no_design, no_design);
	check_any_union(0, no_design, 50, d, d);
	check_any_union(0, a, 0, d, d);
	check_any_union(0, a, 0, b, b);
	check_any_union(0, no_design, 0, c, c);
	check_any_union(20, a, 50, b, b);
	check_any_union(20, c, 50, b, b);
	check_any_union(20, a, 200, d, d);
	check_any_union(100, no_design, 200, d, d);
	check_any_union(150, a, 300, b, b);
	check_any_union(100, d, 1000, a, a);
	check_any_union(20, c, 2000, d, d);
	check_any_union(20, c, 1000, b, b);
	check_any_union(100, no_design, 1000, b, b);
}

static void
test_kinds(void)
{
	uint64_t	hashes[] = {1, 2, 3};
	uint8_t		kinds[] = {SK_KIND_NONE, SK_KIND_NUMBER, SK_KIND_UUID,
	SK_KIND_ANY};
	sk_bloom_design designs[] = {no_design, design_for(1000, 0.01)};

	for (int i = 0; i < 4 * 4 * 2; i++)
	{
		uint8_t		x = kinds[i % 4],
					y = kinds[i / 4 % 4],
					want = x == y || y == SK_KIND_NONE ? x :
			x == SK_KIND_NONE ? y : SK_KIND_ANY;
		buffer		a = bloom_of(hashes, x == SK_KIND_NONE ? 0 : 2,
								 designs[i / 16]),
					b = i / 16 == 0 ? new_bloom(no_design) :
			new_blocks(designs[1]),
					p,
					q;

		sk_bloom_add_kind(a.bytes, x);
		sk_bloom_add_kind(b.bytes, y);
		for (int j = 0; j < 2 && y != SK_KIND_NONE; j++)
			bloom_add_hash(&b, hashes[1 + j]);
		p = bloom_packed(b);
		check(bloom_opened(p).kind == y && bloom_check(p) == SK_OK,
			  "kind %d is packed", y);
		bloom_merge_into(&a, i % 2 == 0 ? b : p);
		q = bloom_packed(a);
		check(bloom_opened(q).kind == want && bloom_check(q) == SK_OK,
			  "kinds %d and %d", x, y);
		q.bytes[3] = want == SK_KIND_NONE ? SK_KIND_ANY : SK_KIND_NONE;
		check(bloom_check(q) == SK_VALUE, "values have a kind, none has none");
		q.bytes[3] = SK_KIND_OTHER + 1;
		check(bloom_check(q) == SK_VALUE, "no kind");
		free_buffer(&a);
		free_buffer(&b);
		free_buffer(&p);
		free_buffer(&q);
	}
}

/* What is in two filters of one kind is of that kind, else of any; nothing is of
 * none. */
static void
test_kinds_in_common(void)
{
	uint64_t	hashes[] = {1, 2, 3, 4};

	for (int i = 0; i < 4; i++)
	{
		buffer		a = bloom_of(hashes, 2, no_design),
					b = bloom_of(hashes + (i & 1 ? 1 : 2), 2, no_design),
					r,
					p;
		uint8_t		want = i & 2 ? SK_KIND_UUID : SK_KIND_ANY;
		sk_bloom	s,
					t;

		sk_bloom_add_kind(a.bytes, SK_KIND_UUID);
		sk_bloom_add_kind(b.bytes, i & 2 ? SK_KIND_UUID : SK_KIND_NUMBER);
		s = bloom_opened(a);
		t = bloom_opened(b);
		check(try_bloom_intersect(&r, &s, &t) == SK_OK, "kinds intersect");
		p = bloom_packed(r);
		check(bloom_opened(p).kind == (i & 1 ? want : SK_KIND_NONE),
			  "kinds in common, %d", i);
		free_buffer(&a);
		free_buffer(&b);
		free_buffer(&r);
		free_buffer(&p);
	}
}

/* --- intersections ------------------------------------------------------- */

/* The bits that both references have; without any, an empty list. */
static buffer
reference_both(buffer a, buffer b, sk_bloom_design design)
{
	buffer		both = copy_bytes(a.bytes, a.nbytes);
	bool		any = false;

	for (size_t i = 32; i < both.nbytes; i++)
	{
		both.bytes[i] &= b.bytes[i];
		any |= both.bytes[i] != 0;
	}
	if (any)
		return both;
	free_buffer(&both);
	return reference_list(NULL, 0, design);
}

/*
 * What the first and the last two thirds of 3 n hashes have in common; empty if
 * one is a list and the other is not, which has a test of its own.
 */
static buffer
reference_intersection(const sk_bloom *a, const sk_bloom *b,
					   const uint64_t *hashes, size_t n)
{
	sk_bloom_design common;
	buffer		x,
				y,
				both;

	sk_bloom_common(&common, &a->design, &b->design);
	if (sk_bloom_is_list(a) && sk_bloom_is_list(b))
		return reference_bloom(hashes + n, n, common);
	if (sk_bloom_is_list(a) || sk_bloom_is_list(b))
		return (buffer) {NULL, 0};
	x = reference_bits(hashes, 2 * n, common);
	y = reference_bits(hashes + n, 2 * n, common);
	both = reference_both(x, y, common);
	free_buffer(&x);
	free_buffer(&y);
	return both;
}

static buffer
checked_intersection(const sk_bloom *a, const sk_bloom *b,
					 const uint64_t *hashes, size_t n)
{
	buffer		r,
				p;

	check(try_bloom_intersect(&r, a, b) == SK_OK, "intersect");
	check_has_all(r, hashes + n, n, "intersection");
	p = bloom_packed(r);
	check_has_all(p, hashes + n, n, "packed intersection");
	check(bloom_check(p) == SK_OK, "intersection: check");
	free_buffer(&r);
	return p;
}

/* Lists and blocks, packed or working. */
static void
check_intersection(size_t n, sk_bloom_design x, sk_bloom_design y, bool packed)
{
	uint64_t   *hashes = random_hashes(3 * n, n + x.nblocks);
	buffer		a = bloom_of(hashes, 2 * n, x),
				b = bloom_of(hashes + n, 2 * n, y),
				c = bloom_packed(a),
				d = bloom_packed(b);
	sk_bloom	s = bloom_opened(packed ? c : a),
				t = bloom_opened(packed ? d : b);
	buffer		want = reference_intersection(&s, &t, hashes, n),
				p = checked_intersection(&s, &t, hashes, n),
				q = checked_intersection(&t, &s, hashes, n);

	check(want.bytes == NULL || same_bytes(p, want),
		  "intersection of %zu, %u and %u blocks", n, x.nblocks, y.nblocks);
	check(same_bytes(p, q), "intersection of %zu commutes", n);
	free_buffer(&a);
	free_buffer(&b);
	free_buffer(&c);
	free_buffer(&d);
	free_buffer(&want);
	free_buffer(&p);
	free_buffer(&q);
	free(hashes);
}

/* A list with blocks: the values that the blocks have, and no others. */
static void
test_list_with_bits(void)
{
	sk_bloom_design small = design_for(1000, 0.01),
				large = design_for(2050, 0.01);
	uint64_t   *hashes = random_hashes(1000, 5);
	buffer		list = bloom_of(hashes, 35, small),
				bits = bloom_of(hashes + 20, 980, large),
				both,
				packed,
				want;
	sk_bloom	s = bloom_opened(list),
				t = bloom_opened(bits);
	uint64_t	kept[35];
	size_t		n = 0;

	for (size_t i = 0; i < 35; i++)
		if (bloom_has_hash(bits, hashes[i]))
			kept[n++] = hashes[i];
	check(n >= 15 && n < 35, "%zu kept", n);
	check(try_bloom_intersect(&both, &t, &s) == SK_OK, "list with bits");
	packed = bloom_packed(both);
	want = reference_bloom(kept, n, small);
	check(same_bytes(packed, want), "list with bits, %zu kept", n);
	check(!bloom_restrict(bits, &s), "not in place");
	check(!bloom_restrict(list, &t), "nor there");
	free_buffer(&list);
	free_buffer(&bits);
	free_buffer(&both);
	free_buffer(&packed);
	free_buffer(&want);
	free(hashes);
}

static void
test_intersections(void)
{
	sk_bloom_design designs[] = {design_for(2050, 0.01), design_for(1000, 0.01),
	no_design};
	size_t		sizes[] = {0, 1, 5, 20, 45, 79, 80, 81, 119, 120, 121, 400};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (int j = 0; j < 9; j++)
			for (int packed = 0; packed < 2; packed++)
				if (sizes[i] <= 120 || !packed || (j / 3 < 2 && j % 3 < 2))
					check_intersection(sizes[i], designs[j / 3], designs[j % 3],
									   packed);
	test_list_with_bits();
}

/* Two filters without a common bit: an empty list, equal to a fresh one. */
static void
test_empty_intersection(void)
{
	sk_bloom_design design = design_for(100000, 0.01);
	uint64_t   *hashes = random_hashes(2, 9);
	buffer		a = new_blocks(design),
				b = new_blocks(design),
				p,
				want = reference_list(NULL, 0, design);
	sk_bloom	s;

	bloom_add_hash(&a, hashes[0]);
	bloom_add_hash(&b, hashes[1]);
	s = bloom_opened(b);
	check(bloom_restrict(a, &s), "restrict");
	p = bloom_packed(a);
	s = bloom_opened(a);
	check(sk_bloom_is_empty(&s, &test_env) && bloom_count_of(a) == 0,
		  "nothing is left");
	check(same_bytes(p, want), "nothing is an empty list");
	free_buffer(&a);
	a = reference_bits(NULL, 0, design);
	check(bloom_check(a) == SK_VALUE, "and not empty bits");
	free_buffer(&a);
	free_buffer(&b);
	free_buffer(&p);
	free_buffer(&want);
	free(hashes);
}

/* --- any sequence of operations ------------------------------------------ */

#define NHASHES 400
#define NSUBJECTS 5

/*
 * A sketch, and which of NHASHES hashes it must have. It is exact while nothing
 * else can be in it: an intersection of blocks keeps the false positives of both.
 */
typedef struct subject
{
	buffer		b;
	bool		must[NHASHES];
	bool		exact;
} subject;

static uint64_t sequence_hashes[NHASHES];
static long sequence_operations[6];

static sk_bloom_design
random_design(uint64_t *seed)
{
	/* 20, 10 and 5 blocks of 6 bits, of 20 with two names */
	static const uint32_t nblocks[] = {20, 20, 10, 5};
	static const uint64_t expected[] = {1000, 990, 500, 240};
	uint32_t	i = random_below(seed, 5);

	return i == 4 ? no_design : design_of(nblocks[i], expected[i], 0.01);
}

static void
replace_sketch(subject *s, buffer b)
{
	free_buffer(&s->b);
	s->b = b;
}

static void
begin_again(subject *s, uint64_t *seed)
{
	replace_sketch(s, new_bloom(random_design(seed)));
	memset(s->must, 0, sizeof(s->must));
	s->exact = true;
}

/* Makes a packed sketch a working one. */
static void
unpack(subject *s)
{
	buffer		working;

	if (sk_bloom_is_working(s->b.bytes, s->b.nbytes))
		return;
	working = new_bloom(bloom_opened(s->b).design);
	bloom_merge_into(&working, s->b);
	replace_sketch(s, working);
}

static void
add_some(subject *s, uint64_t *seed)
{
	uint32_t	n = 1 + random_below(seed, random_below(seed, 3) == 0 ? 120 : 5);

	unpack(s);
	for (; n > 0; n--)
	{
		uint32_t	i = random_below(seed, NHASHES);

		bloom_add_hash(&s->b, sequence_hashes[i]);
		s->must[i] = true;
	}
}

static bool
merge(subject *s, const subject *other)
{
	sk_bloom	from = bloom_opened(other->b);

	unpack(s);
	if (try_bloom_merge(&s->b, &from) != SK_OK)
		return false;
	for (int i = 0; i < NHASHES; i++)
		s->must[i] |= other->must[i];
	s->exact &= other->exact;
	return true;
}

static bool
intersect(subject *s, const subject *other, bool in_place)
{
	sk_bloom	a,
				b = bloom_opened(other->b);
	bool		lists;
	buffer		both;

	if (in_place)
		unpack(s);
	a = bloom_opened(s->b);
	lists = sk_bloom_is_list(&a) && sk_bloom_is_list(&b);
	if (in_place && (a.layout != SK_BLOOM_WORKING_BITS ||
					 !bloom_restrict(s->b, &b)))
		return false;
	if (!in_place && try_bloom_intersect(&both, &a, &b) != SK_OK)
		return false;
	if (!in_place)
		replace_sketch(s, both);
	for (int i = 0; i < NHASHES; i++)
		s->must[i] &= other->must[i];
	s->exact &= other->exact && lists;
	return true;
}

static void
check_subject(const subject *s)
{
	sk_bloom_design design = bloom_opened(s->b).design;
	uint64_t	must[NHASHES];
	size_t		n = 0;
	buffer		p = bloom_packed(s->b);

	for (int i = 0; i < NHASHES; i++)
		if (s->must[i])
			must[n++] = sequence_hashes[i];
	if (s->exact)
		check_bloom(s->b, must, n, design, "sequence");
	check_has_all(s->b, must, n, "sequence");
	check_has_all(p, must, n, "packed sequence");
	check_slices(p, must, n, "sequence");
	check_reopened(p, "sequence");
	check(bloom_check(p) == SK_OK, "sequence: check");
	free_buffer(&p);
}

/* Which operation it was that changed the sketch; -1 if none did. */
static int
operate(subject *s, const subject *other, uint64_t *seed)
{
	int			what = (int) random_below(seed, 6);

	if (what == 0)
		add_some(s, seed);
	else if (what == 1)
		return merge(s, other) ? what : -1;
	else if (what <= 3)
		return intersect(s, other, what == 3) ? what : -1;
	else if (what == 4)
		replace_sketch(s, bloom_packed(s->b));
	else if (random_below(seed, 2) == 0)
		begin_again(s, seed);
	return what;
}

static void
test_sequences(void)
{
	subject		subjects[NSUBJECTS] = {0};
	uint64_t	seed = 1;

	for (int i = 0; i < NHASHES; i++)
		sequence_hashes[i] = next_random(&seed);
	for (int i = 0; i < NSUBJECTS; i++)
		begin_again(&subjects[i], &seed);
	for (int i = 0; i < 12000; i++)
	{
		uint32_t	j = random_below(&seed, NSUBJECTS);
		uint32_t	k = (j + 1 + random_below(&seed, NSUBJECTS - 1)) % NSUBJECTS;
		int			what = operate(&subjects[j], &subjects[k], &seed);

		if (what >= 0)
			sequence_operations[what]++;
		check_subject(&subjects[j]);
	}
	for (int i = 0; i < 6; i++)
		check(sequence_operations[i] > 100, "%ld operations %d",
			  sequence_operations[i], i);
	for (int i = 0; i < NSUBJECTS; i++)
		free_buffer(&subjects[i].b);
}

/* --- rates and counts ---------------------------------------------------- */

/*
 * Filters of n values, 100,000 values in all, and enough probes of values that
 * are not in them to expect at least 1,000 false positives at the designed rate:
 * a standard deviation of 3%.
 */
static void
check_rate(sk_bloom_design design)
{
	uint64_t	n = design.expected;
	double		rate = design.rate;
	uint64_t	nfilters = n < 100000 ? 100000 / n : 1;
	double		nprobes = fmax(1e6, 1000 / rate);
	uint64_t	seed = n * 31 + design.nblocks,
				wrong = 0;
	double		present = 0;

	for (uint64_t f = 0; f < nfilters; f++)
	{
		buffer		b = new_blocks(design);
		sk_bloom	s;

		for (uint64_t i = 0; i < n; i++)
			bloom_add_hash(&b, next_random(&seed));
		s = bloom_opened(b);
		for (uint64_t i = 0; i < (uint64_t) nprobes / nfilters; i++)
			wrong += sk_bloom_has(&s, next_random(&seed));
		present += bloom_rate_of(b) / (double) nfilters;
		free_buffer(&b);
	}
	check((double) wrong <= rate * 1.1 * nprobes,
		  "%g at %g: %g false positives", (double) n, rate,
		  (double) wrong / nprobes);
	check(fabs((double) wrong - present * nprobes) <=
		  4 * sqrt(present * nprobes), "%g at %g: %g false positives, not %g",
		  (double) n, rate, (double) wrong / nprobes, present);
	if (getenv("BLOOM_FIGURES") != NULL)
		printf("n %g rate %g: %u blocks, %d bits, %.3f bits a value, "
			   "measured/designed %.3f, from fills %.3f\n", (double) n, rate,
			   design.nblocks, design.nbits, 512.0 * design.nblocks / (double) n,
			   (double) wrong / (rate * nprobes), present / rate);
}

static void
test_rates(void)
{
	static const double rates[] = {0.1, 0.01, 0.001, 0.0001};
	static const uint32_t enough[] = {1, 2, 4, 5};	/* blocks for 100 values */

	for (int i = 0; i < 4; i++)
	{
		check_rate(design_of(enough[i], 100, rates[i]));
		for (uint64_t n = 1000; n <= 1000000; n *= 10)
			check_rate(design_for(n, rates[i]));
	}
}

/* Root mean square error of counts, relative. */
static double
count_error(uint64_t n, sk_bloom_design design, int nfilters, uint64_t seed)
{
	double		sum = 0;

	for (int f = 0; f < nfilters; f++)
	{
		buffer		b = new_blocks(design);

		for (uint64_t i = 0; i < n; i++)
			bloom_add_hash(&b, next_random(&seed));
		sum += pow(bloom_count_of(b) / (double) n - 1, 2);
		free_buffer(&b);
	}
	return sqrt(sum / nfilters);
}

static void
test_counts(void)
{
	sk_bloom_design thousand = design_for(1000, 0.01);
	sk_bloom_design many = design_for(100000, 0.01);
	sk_bloom_design rare = design_for(100000, 0.0001);
	struct
	{
		sk_bloom_design design;
		uint64_t	n;
		double		most;
	}			cases[] = {
		{thousand, 50, 0.011}, {thousand, 500, 0.01}, {thousand, 1000, 0.01},
		{many, 10000, 0.001}, {many, 50000, 0.001}, {many, 100000, 0.0015},
		{rare, 100000, 0.001}, {many, 300000, 0.003}, {many, 800000, 0.004},
		/* the most values that 16 blocks are for, and the fewest in them */
		{design_for(1694, 0.1), 129, 0.01}, {design_for(1694, 0.1), 1694, 0.01},
		{design_for(825, 0.01), 129, 0.01}, {design_for(825, 0.01), 825, 0.01},
		{design_for(371, 0.0001), 129, 0.01},
		{design_for(371, 0.0001), 371, 0.01}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
	{
		double		error = count_error(cases[i].n, cases[i].design,
										cases[i].n < 10000 ? 1000 : 2, 7);

		check(error <= cases[i].most, "%g of %g values: error %g",
			  (double) cases[i].n, (double) cases[i].design.expected, error);
		if (getenv("BLOOM_FIGURES") != NULL)
			printf("%g of %g at %g: error %.5f\n", (double) cases[i].n,
				   (double) cases[i].design.expected, cases[i].design.rate,
				   error);
	}
}

/* The expected fills of 10^9 blocks after n random bits each. */
static sk_bloom_fills
expected_fills(int n)
{
	double		share[513] = {1};
	sk_bloom_fills fills;

	for (; n > 0; n--)
		for (int x = 512; x >= 0; x--)
			share[x] = share[x] * x / 512 +
				(x == 0 ? 0 : share[x - 1] * (513 - x) / 512);
	for (int x = 0; x <= 512; x++)
		fills.nblocks[x] = (uint32_t) lround(1e9 * share[x]);
	return fills;
}

/* Counts are right on average, at a quarter of the load for 1%, at that load and
 * at three times it. */
static void
test_count_bias(void)
{
	static const int nvalues[] = {13, 51, 153};

	for (int i = 0; i < 3; i++)
	{
		sk_bloom_fills fills = expected_fills(6 * nvalues[i]);
		sk_bloom	s = {.layout = SK_BLOOM_PACKED_BITS,
		.design = {1000000000, 6, 1, 0.01}};
		double		count = sk_bloom_count(&s, &fills) / (1e9 * nvalues[i]);

		check(fabs(count - 1) < 2e-5, "%d values a block: counted %.6f times",
			  nvalues[i], count);
	}
}

static double
overlap_of(buffer a, buffer b)
{
	sk_bloom	s = bloom_opened(a),
				t = bloom_opened(b);
	double		count = -1;

	check(sk_bloom_overlap(&s, &t, &count, &test_env) == SK_OK, "overlap");
	return count;
}

static void
test_full(void)
{
	uint64_t   *hashes = random_hashes(100, 8);
	sk_bloom_design design = design_for(1000, 0.01);
	buffer		full = new_blocks(design),
				hundred = bloom_of(hashes, 100, design),
				three = bloom_of(hashes, 3, no_design);
	double		count;

	memset(full.bytes + BLOCKS, 0xFF, full.nbytes - BLOCKS);
	count = bloom_count_of(full);
	check(isinf(count) && count > 0, "full: %g values", count);
	check(bloom_rate_of(full) == 1, "full: rate %g", bloom_rate_of(full));
	count = overlap_of(full, hundred);
	check(fabs(count - 100) <= 5, "full with 100: %g", count);
	count = overlap_of(full, full);
	check(isinf(count) && count > 0, "full with itself: %g", count);
	count = overlap_of(three, full);
	check(count == 3, "full with three: %g", count);
	free_buffer(&full);
	free_buffer(&hundred);
	free_buffer(&three);
	free(hashes);
}

/* na and nb values, of which nboth are in both; designs a and b. */
static void
check_overlap(size_t na, size_t nb, size_t nboth, sk_bloom_design x,
			  sk_bloom_design y, double most)
{
	uint64_t   *hashes = random_hashes(na + nb - nboth, na + nboth);
	buffer		a = bloom_of(hashes, na, x),
				b = bloom_of(hashes + na - nboth, nb, y);
	double		count = overlap_of(a, b),
				other = overlap_of(b, a);

	check(fabs(count - other) <= 1e-9 * (count + 1), "%g either way: %g", count,
		  other);
	check(fabs(count - (double) nboth) <= most, "%zu and %zu share %zu: %g", na,
		  nb, nboth, count);
	free_buffer(&a);
	free_buffer(&b);
	free(hashes);
}

static void
test_overlaps(void)
{
	sk_bloom_design x = design_for(100000, 0.01),
				y = design_for(200000, 0.01),
				z = design_for(1000, 0.01);

	check(y.nblocks == 2 * x.nblocks, "%u and %u blocks", x.nblocks, y.nblocks);
	check_overlap(100, 200, 50, x, y, 0);
	check_overlap(3000, 50, 0, x, y, 0);
	check_overlap(100, 200, 50, no_design, no_design, 0);
	check_overlap(10, 900, 5, z, z, 1);
	check_overlap(2000, 90000, 500, x, x, 20);
	check_overlap(2000, 190000, 0, no_design, y, 20);
	check_overlap(90000, 90000, 45000, x, x, 600);
	check_overlap(90000, 90000, 0, x, x, 600);
	check_overlap(90000, 150000, 45000, x, y, 900);
	check_overlap(90000, 90000, 90000, x, x, 200);
	check_overlap(900, 900, 0, z, z, 50);
}

/* --- the rest of the contract -------------------------------------------- */

static void
check_open(buffer b, size_t at, uint8_t byte, sk_status want, const char *what)
{
	buffer		bytes = copy_bytes(b.bytes, b.nbytes);
	sk_bloom	s;

	bytes.bytes[at] = byte;
	check(sk_bloom_open(&s, bytes.bytes, bytes.nbytes) == want, "%s", what);
	check(bloom_check(bytes) == want, "%s: check", what);
	free_buffer(&bytes);
}

static void
check_length(buffer b, size_t nbytes, sk_status want)
{
	buffer		bytes = new_buffer(nbytes);
	sk_bloom	s;

	memset(bytes.bytes, 0, nbytes);
	if (nbytes > 0)
		memcpy(bytes.bytes, b.bytes, nbytes < b.nbytes ? nbytes : b.nbytes);
	check(sk_bloom_open(&s, bytes.bytes, nbytes) == want, "%zu of %zu bytes",
		  nbytes, b.nbytes);
	free_buffer(&bytes);
}

static void
check_opened(buffer b, const char *what)
{
	check_open(b, 0, 0x11, SK_TYPE, what);
	check_open(b, 0, 0x92, SK_VERSION, what);
	check_open(b, 1, 4, SK_LAYOUT, what);
	check_open(b, 2, 5, SK_DESIGN, what);
	check_open(b, 2, 15, SK_DESIGN, what);
	check_open(b, 3, 17, SK_VALUE, what);
	check_open(b, 4, 129, SK_DESIGN, what);
	check_open(b, 7, 1, SK_DESIGN, what);
	check_open(b, 14, 1, SK_DESIGN, what);
	check_open(b, 23, 0xBF, SK_DESIGN, what);
	check_open(b, 23, 0x40, SK_DESIGN, what);
	check_open(b, 31, 1, SK_RESERVED, what);
	for (size_t nbytes = 0; nbytes < 32; nbytes++)
		check_length(b, nbytes, SK_SHORT);
	check_length(b, b.nbytes - 1, SK_SHORT);
	check_length(b, b.nbytes + 1, SK_LONG);
	check_length(b, b.nbytes + 64, SK_LONG);
}

/* The header of a sketch with another design, which must not open. */
static void
check_design_refused(sk_bloom_design d, uint64_t expected, double rate)
{
	buffer		b = new_bloom(d);
	buffer		p = bloom_packed(b);
	sk_bloom	s;

	check(sk_bloom_open(&s, p.bytes, p.nbytes) == SK_OK, "before");
	put_number(p.bytes + 8, expected, 8);
	memcpy(p.bytes + 16, &rate, 8);
	check(sk_bloom_open(&s, p.bytes, p.nbytes) == SK_DESIGN,
		  "%u blocks, %d bits for %g at %g", d.nblocks, d.nbits,
		  (double) expected, rate);
	free_buffer(&b);
	free_buffer(&p);
}

static void
test_wrong_designs(void)
{
	sk_bloom_design one = design_for(1000, 0.5),
				twenty = design_for(1000, 1e-9);

	check(one.nbits == 1 && twenty.nbits == 20, "1 and 20 bits");
	check_design_refused(one, 0, 0.5);
	check_design_refused(one, (UINT64_C(1) << 40) + 1, 0.5);
	check_design_refused(one, 1000, 1);
	check_design_refused(one, 1000, INFINITY);
	check_design_refused(one, 1000, NAN);
	check_design_refused(one, 1000, 0.01);
	check_design_refused(twenty, 1000, 0);
	check_design_refused(twenty, 1000, -1e-9);
	check_design_refused(twenty, 1000, 0.01);
	check_design_refused(no_design, 1, 0);
	check_design_refused(no_design, 0, 0.01);
	check_design_refused(no_design, 0, -0.0);
}

static void
test_open(void)
{
	uint64_t   *hashes = random_hashes(300, 1);
	sk_bloom_design design = design_for(1000, 0.01);
	buffer		list = bloom_of(hashes, 160, design),
				bits = bloom_of(hashes, 300, design),
				p = bloom_packed(list),
				q = bloom_packed(bits);

	check_opened(p, "list");
	check_opened(q, "bits");
	sk_store32(p.bytes + 4, UINT32_C(64) << 18);
	check_open(p, 0, 0x91, SK_DESIGN, "2^24 blocks");
	sk_store32(p.bytes + 4, UINT32_C(127) << 17);
	check_open(p, 0, 0x91, SK_OK, "the most blocks");
	sk_store32(p.bytes + 4, design.nblocks);
	check_open(p, 24, 161, SK_COUNT, "more values than a list may have");
	check_open(p, 24, 159, SK_LONG, "fewer values");
	check_open(q, 24, 1, SK_COUNT, "values beside bits");
	check_open(q, 4, 19, SK_LONG, "fewer blocks");
	check_open(q, 4, 21, SK_SHORT, "more blocks");
	check_open(q, 1, SK_BLOOM_PACKED_LIST, SK_LONG, "bits as list");
	check(bloom_check(list) == SK_LAYOUT, "working list");
	check(bloom_check(bits) == SK_LAYOUT, "working bits");
	check_length(list, list.nbytes + 8, SK_OK);
	check_length(list, list.nbytes + 4, SK_COUNT);
	check_length(list, 32 + 8 * 159, SK_COUNT);
	list.bytes[24] = 0;
	check_length(list, 40, SK_OK);
	check_length(list, 32, SK_COUNT);
	check_length(bits, BLOCKS - 1, SK_SHORT);
	check_length(bits, bits.nbytes - 1, SK_SHORT);
	check_length(bits, bits.nbytes + 1, SK_LONG);
	check(sk_bloom_is_working(bits.bytes, bits.nbytes), "working");
	q.bytes[4] = 19;
	check(!sk_bloom_is_working(q.bytes, q.nbytes), "of a length as if working");
	bits.bytes[24] = 8;
	check_length(bits, bits.nbytes, SK_COUNT);
	memcpy(p.bytes + 32, p.bytes + 40, 8);
	check(bloom_check(p) == SK_ORDER, "a value twice");
	memset(p.bytes + 32, 0xFF, 8);
	check(bloom_check(p) == SK_ORDER, "out of order");
	memset(p.bytes + 32, 0, 8);
	check(bloom_check(p) == SK_VALUE, "a value 0");
	free_buffer(&list);
	free_buffer(&bits);
	free_buffer(&p);
	free_buffer(&q);
	free(hashes);
}

/* A sketch without design grows until 1 GB would not hold it. */
static void
test_too_large(void)
{
	sk_bloom_shape shape;
	sk_bloom	s = {.layout = SK_BLOOM_WORKING_LIST, .nbytes = 32};

	s.nvalues = 100660000;
	check(sk_bloom_larger(&shape, &s, NULL) == SK_OK &&
		  sk_bloom_size(&shape) <= SK_BLOOM_MAX_BYTES, "100 M values");
	s.nvalues = 100664000;
	check(sk_bloom_larger(&shape, &s, NULL) == SK_SIZE, "one too many");
	s.nvalues = 70000000;
	check(sk_bloom_larger(&shape, &s, NULL) == SK_OK &&
		  sk_bloom_size(&shape) <= SK_BLOOM_MAX_BYTES, "70 M values");
	s.nvalues = 60000000;
	check(sk_bloom_larger(&shape, &s, &s) == SK_SIZE, "twice 60 M");
	s.nvalues = UINT32_MAX;
	check(sk_bloom_larger(&shape, &s, &s) == SK_SIZE, "twice 2^32 - 1");
	s.design = design_for(800000000, 0.01);
	s.nvalues = sk_bloom_max_values(&s.design);
	check(sk_bloom_larger(&shape, &s, &s) == SK_OK &&
		  sk_bloom_size(&shape) <= SK_BLOOM_MAX_BYTES, "the largest lists");
	check(sk_bloom_larger(&shape, &s, NULL) == SK_OK &&
		  shape.layout == SK_BLOOM_WORKING_BITS, "and one more value");
}

/* Growth is geometric: few states are outgrown. */
static void
test_growth(void)
{
	uint64_t   *hashes = random_hashes(100000, 3);
	buffer		b = new_bloom(no_design);
	int			grown = 0;
	size_t		most = 0;

	for (size_t i = 0; i < 100000; i++)
	{
		size_t		before = b.nbytes;

		bloom_add_hash(&b, hashes[i]);
		grown += b.nbytes != before;
		if (i > 10 && b.nbytes / (i + 1) > most)
			most = b.nbytes / (i + 1);
	}
	check(grown <= 14, "grown %d times", grown);
	check(most <= 48, "up to %zu bytes a value", most);
	free_buffer(&b);
	free(hashes);
}

/*
 * With a design, a working list is never longer than the blocks would be, however
 * many lists are merged and on which side; and while it grows value by value, it
 * has no room for more than a list may have.
 */
static void
check_list_room(bool onto)
{
	sk_bloom_design design = design_for(100000, 0.01);
	size_t		most = sk_bloom_max_values(&design),
				n = most * 9 / 10;
	uint64_t   *hashes = random_hashes(6 * n, 4);
	buffer		u = bloom_of(hashes, n, design);

	for (size_t i = 1; i < 6; i++)
	{
		buffer		b = bloom_of(hashes + i * n, n, design);

		check(b.nbytes <= 40 + most * 8 * 4 / 3, "%zu bytes for %zu values",
			  b.nbytes, n);
		bloom_merge_into(onto ? &u : &b, onto ? b : u);
		if (!onto)
		{
			buffer		swap = u;

			u = b;
			b = swap;
		}
		check(u.nbytes <= BLOCKS + 64 * (size_t) design.nblocks,
			  "%zu bytes for %zu lists", u.nbytes, i + 1);
		check(i > 1 || u.bytes[1] == SK_BLOOM_WORKING_LIST, "two are a list");
		check_bloom(u, hashes, (i + 1) * n, design, "lists");
		free_buffer(&b);
	}
	free_buffer(&u);
	free(hashes);
}

/*
 * Pending values, whose blocks are being fetched, are there for every reader and
 * for every sketch that this one is merged into.
 */
static void
test_pending(void)
{
	sk_bloom_design design = design_for(1000, 0.01);
	uint64_t   *hashes = random_hashes(20, 4);
	char		what[40];

	for (size_t n = 0; n <= 20; n++)
	{
		buffer		a = new_blocks(design),
					b = new_blocks(design),
					c,
					p,
					want = reference_bits(hashes, n, design);
		sk_bloom	s;

		snprintf(what, sizeof(what), "%zu of 8 pending", n);
		for (size_t i = 0; i < n; i++)
			bloom_add_hash(&a, hashes[i]);
		check_has_all(a, hashes, n, what);
		p = bloom_packed(a);
		check(n == 0 || same_bytes(p, want), "%s: packed", what);
		free_buffer(&p);
		bloom_merge_into(&b, a);
		bloom_add_hash(&b, 12345);
		check_has_all(b, hashes, n, what);
		s = bloom_opened(a);
		check(sk_bloom_is_empty(&s, &test_env) == (n == 0),
			  "%s: empty or not", what);
		check(fabs(bloom_count_of(a) - (double) n) < 0.5, "%s: %g values", what,
			  bloom_count_of(a));
		check(bloom_restrict(b, &s), "%s: restrict", what);
		check_has_all(b, hashes, n, what);
		c = bloom_packed(b);
		check(n == 0 || same_bytes(c, want), "%s: and nothing else", what);
		free_buffer(&a);
		free_buffer(&b);
		free_buffer(&c);
		free_buffer(&want);
	}
	free(hashes);
}

/* Adds a hash to a working list if there is room. */
static bool
list_takes(buffer b, uint64_t hash)
{
	return sk_bloom_list_add(b.bytes, b.nbytes, sk_bloom_value(hash));
}

/* The hashes in a list of 1019 slots, of which the last 16 are for waiting
 * values. */
static buffer
waiting_list(const uint64_t *hashes, size_t n)
{
	buffer		b = new_bloom_of((sk_bloom_shape) {
		SK_BLOOM_WORKING_LIST, design_for(100000, 0.01), 1019
	});

	for (size_t i = 0; i < n; i++)
		if (!list_takes(b, hashes[i]))
			give_up("a list is full", (int) i);
	return b;
}

static size_t
count_waiting(buffer b)
{
	size_t		n = 0;

	for (size_t i = 1019 - 16; i < 1019; i++)
		n += sk_load64(b.bytes + 32 + 8 * i) != 0;
	return n;
}

/* Every reader of two lists, the second of which has the hashes of the first from
 * `from` on, and more. */
static void
check_waiting_pair(buffer a, buffer b, const uint64_t *hashes, size_t n,
				   size_t from, size_t end)
{
	sk_bloom_design design = design_for(100000, 0.01);
	buffer		both = {NULL, 0},
				blocks = new_blocks(design),
				want = reference_bits(hashes, n, design),
				packed;
	sk_bloom	s = bloom_opened(a),
				t = bloom_opened(b);

	check(overlap_of(a, b) == (double) (n - from), "%zu wait: overlap %g", n,
		  overlap_of(a, b));
	check(try_bloom_intersect(&both, &s, &t) == SK_OK, "%zu wait: intersect", n);
	check_bloom(both, hashes + from, n - from, design,
				"intersection of waiting");
	check(try_bloom_merge(&blocks, &s) == SK_OK, "%zu wait: into blocks", n);
	packed = bloom_packed(blocks);
	check(n == 0 || same_bytes(packed, want), "%zu wait: blocks", n);
	bloom_merge_into(&a, b);
	check_bloom(a, hashes, end, design, "union of waiting");
	free_buffer(&a);
	free_buffer(&both);
	free_buffer(&blocks);
	free_buffer(&want);
	free_buffer(&packed);
}

/*
 * Values that wait are in the list like all others; those that wait although the
 * table has them are in it once.
 */
static void
test_waiting(void)
{
	sk_bloom_design design = design_for(100000, 0.01);
	static const size_t sizes[] = {0, 1, 2, 16, 40, 700};
	uint64_t   *hashes = random_hashes(1500, 6);

	for (size_t i = 0; i < 16; i++)	/* no two in the same place */
		hashes[i] += i - hashes[i] % 16;
	hashes[1] = 0;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
	{
		size_t		n = sizes[i];
		buffer		a = waiting_list(hashes, n),
					b = waiting_list(hashes + n / 2, n),
					same = {NULL, 0};
		sk_bloom	s = bloom_opened(a);

		check(count_waiting(a) == (n < 16 ? n : 16), "%zu wait", n);
		check_bloom(a, hashes, n, design, "waiting");
		check(try_bloom_intersect(&same, &s, &s) == SK_OK, "%zu: same", n);
		check_bloom(same, hashes, n, design, "waiting, with itself");
		free_buffer(&same);
		for (size_t j = 0; j < n; j++)	/* all once more */
			bloom_add_hash(&a, hashes[j]);
		check(a.nbytes == b.nbytes, "%zu twice: another size", n);
		check_bloom(a, hashes, n, design, "waiting twice");
		check_waiting_pair(a, b, hashes, n, n / 2, n / 2 + n);
		free_buffer(&b);
	}
	free(hashes);
}

/*
 * A table is full when the value that must leave its place finds no slot: what
 * was added before is in the list, the new value is not, and a larger list takes
 * it. What waits can come again, and so can all values while the table has room.
 */
static void
test_waiting_full(void)
{
	uint64_t   *hashes = random_hashes(1000, 7);
	buffer		b = waiting_list(hashes, 0);
	size_t		n = 0;

	while (list_takes(b, hashes[n]))
		n++;
	check(n > 765 && n <= 765 + 16, "full of %zu", n);
	check(sk_load32(b.bytes + 24) == 765, "%u in the table",
		  sk_load32(b.bytes + 24));
	check_has_all(b, hashes, n, "full");
	check(list_takes(b, hashes[n - 1]), "the last again");
	check(!bloom_has_hash(b, hashes[n]), "what found no room is not in");
	check(bloom_count_of(b) == (double) n, "full: %g", bloom_count_of(b));
	bloom_add_hash(&b, hashes[n]);
	check(b.nbytes > 32 + 8 * 1019, "grown to %zu bytes", b.nbytes);
	check_bloom(b, hashes, n + 1, design_for(100000, 0.01), "after a full one");
	free_buffer(&b);
	b = waiting_list(hashes, 765);
	for (size_t i = 0; i < 7650; i++)
		check(list_takes(b, hashes[i % 765]),
			  "value %zu of a list of 765 again", i);
	check_bloom(b, hashes, 765, design_for(100000, 0.01), "ten times");
	free_buffer(&b);
	free(hashes);
}

/* In a list that is about to become blocks, a value that came twice counts
 * once. */
static void
test_waiting_verge(void)
{
	sk_bloom_design design = design_for(30000, 0.01);
	size_t		most = sk_bloom_max_values(&design);
	uint64_t   *hashes = random_hashes(most + 1, 8);
	buffer		a = bloom_of(hashes, most, design),
				b;

	for (size_t i = 0; i < most; i++)
		bloom_add_hash(&a, hashes[i]);
	b = copy_bytes(a.bytes, a.nbytes);
	bloom_merge_into(&a, b);
	check(a.bytes[1] == SK_BLOOM_WORKING_LIST, "still a list");
	check_bloom(a, hashes, most, design, "on the verge");
	bloom_add_hash(&a, hashes[most]);
	check_bloom(a, hashes, most + 1, design, "beyond the verge");
	free_buffer(&a);
	free_buffer(&b);
	free(hashes);
}

static int	polls;

static void
count_polls(void)
{
	polls++;
}

static void
test_polls(void)
{
	uint64_t   *hashes = random_hashes(10000, 3);
	buffer		list = bloom_of(hashes, 10000, no_design),
				bits = new_blocks(design_for(10000, 0.01)),
				packed = copy_bytes(list.bytes, list.nbytes);
	sk_env		env = {test_alloc, free, count_polls};
	sk_value	v = {bits.bytes, bits.nbytes},
				p = {packed.bytes, packed.nbytes};

	check(sk_bloom_merge(&v, list.bytes, list.nbytes, &env) == SK_OK &&
		  polls >= 39, "%d polls in a merge", polls);
	check(v.bytes == bits.bytes, "a merge with blocks is in place");
	polls = 0;
	check(sk_bloom_pack(&p, &env) == SK_OK && polls >= 39,
		  "%d polls in packing", polls);
	bloom_update(&packed, p);
	free_buffer(&list);
	free_buffer(&bits);
	free_buffer(&packed);
	free(hashes);
}

int
main(void)
{
	test_golden_bytes();
	test_golden_designs();
	test_designs();
	test_fewest_blocks();
	test_designs_rise();
	test_sizes();
	test_small();
	test_smallest();
	test_short_list();
	test_long_list();
	test_zero();
	test_crowds();
	test_skewed_list();
	test_unions();
	test_equal_blocks();
	test_unlike();
	test_any_union();
	test_kinds();
	test_kinds_in_common();
	test_hostile();
	test_intersections();
	test_empty_intersection();
	test_sequences();
	test_rates();
	test_counts();
	test_count_bias();
	test_full();
	test_overlaps();
	test_open();
	test_wrong_designs();
	test_too_large();
	test_growth();
	check_list_room(true);
	check_list_room(false);
	test_pending();
	test_waiting();
	test_waiting_full();
	test_waiting_verge();
	test_polls();
	return check_done("bloom");
}
