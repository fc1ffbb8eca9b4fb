/*
 * test_kernels.c: each set of kernels gives the same bytes as the definition,
 * written here register by register, and reads and writes only what its
 * contract allows, which the address sanitizer checks.
 */
#include "check.h"
#include "hll_help.h"
#include "core/hll/internal.h"

static uint64_t seed = 20261120;

static buffer
random_bytes(size_t n)
{
	buffer		b = new_buffer(n);

	for (size_t i = 0; i < n; i++)
		b.bytes[i] = (uint8_t) next_random(&seed);
	return b;
}

/* A table of 16, of which about nmissing are missing. */
static void
random_table(uint8_t *table, uint32_t nmissing)
{
	for (int i = 0; i < 16; i++)
		table[i] = random_below(&seed, 16) < nmissing ? SK_HLL_MISSING :
			(uint8_t) (2 + random_below(&seed, 254));
}

static uint8_t
half_byte(buffer codes, size_t i)
{
	return codes.bytes[i / 2] >> (i % 2 == 0 ? 0 : 4) & 15;
}

static void
test_decode(const sk_hll_kernels *kernels, size_t n, uint32_t nmissing)
{
	buffer		codes = random_bytes((n + 1) / 2);
	buffer		exceptions = random_bytes(n + SK_HLL_SLACK);
	buffer		out = new_buffer(n + 1);
	uint8_t		table[16];
	size_t		taken,
				want = 0,
				wrong = 0;

	random_table(table, nmissing);
	taken = kernels->decode(out.bytes, codes.bytes, n, table, exceptions.bytes);
	for (size_t i = 0; i < n; i++)
	{
		uint8_t		value = table[half_byte(codes, i)];

		if (value == SK_HLL_MISSING)
			value = exceptions.bytes[want++];
		wrong += out.bytes[i] != value;
	}
	check(wrong == 0 && taken == want, "%s: decoding %zu: %zu wrong, %zu taken",
		  kernels->name, n, wrong, taken);
	free_buffer(&codes);
	free_buffer(&exceptions);
	free_buffer(&out);
}

static void
test_expand(const sk_hll_kernels *kernels, size_t n, uint8_t mask)
{
	buffer		bitmap = random_bytes(n / 8);
	buffer		values,
				out = new_buffer(n);
	size_t		taken,
				nbits = 0,
				want = 0,
				wrong = 0;

	for (size_t i = 0; i < n / 8; i++)
	{
		bitmap.bytes[i] &= mask;
		nbits += sk_popcount64(bitmap.bytes[i]);
	}
	values = random_bytes(nbits + SK_HLL_SLACK);
	taken = kernels->expand(out.bytes, bitmap.bytes, n, values.bytes);
	for (size_t i = 0; i < n; i++)
	{
		bool		used = bitmap.bytes[i / 8] >> (i % 8) & 1;

		wrong += out.bytes[i] != (used ? values.bytes[want++] : 0);
	}
	check(wrong == 0 && taken == want, "%s: expanding %zu: %zu wrong, %zu taken",
		  kernels->name, n, wrong, taken);
	free_buffer(&bitmap);
	free_buffer(&values);
	free_buffer(&out);
}

static void
test_count(const sk_hll_kernels *kernels, size_t nbytes, uint8_t mask)
{
	buffer		codes = random_bytes(nbytes);
	uint32_t	counts[16],
				want[16];
	int			wrong = 0;

	for (int i = 0; i < 16; i++)
		counts[i] = want[i] = random_below(&seed, 1000);
	for (size_t i = 0; i < nbytes; i++)
		codes.bytes[i] &= mask;
	for (size_t i = 0; i < 2 * nbytes; i++)
		want[half_byte(codes, i)]++;
	kernels->count(codes.bytes, nbytes, counts);
	for (int i = 0; i < 16; i++)
		wrong += counts[i] != want[i];
	check(wrong == 0, "%s: counting %zu bytes: %d codes wrong", kernels->name,
		  nbytes, wrong);
	free_buffer(&codes);
}

/* The largest level of both, and the two below it that either has seen. */
static uint8_t
merged(uint8_t a, uint8_t b)
{
	uint64_t	levels = sk_hll_register_levels(a) | sk_hll_register_levels(b);

	return levels == 0 ? 0 : sk_hll_register_of_levels(levels);
}

/* Every register with every other, in each place of a vector. */
static void
test_merge(const sk_hll_kernels *kernels, int precision, size_t n)
{
	buffer		a = new_buffer(n),
				b = new_buffer(n);
	size_t		wrong = 0;

	for (int x = 0; x < 256; x++)
		for (int y = 0; y < 256; y++)
		{
			if (!sk_hll_register_ok((uint8_t) x, precision) ||
				!sk_hll_register_ok((uint8_t) y, precision))
				continue;
			memset(a.bytes, x, n);
			memset(b.bytes, y, n);
			kernels->merge(a.bytes, b.bytes, n);
			for (size_t i = 0; i < n; i++)
				wrong += a.bytes[i] != merged((uint8_t) x, (uint8_t) y);
		}
	check(wrong == 0, "%s: merging %zu: %zu wrong", kernels->name, n, wrong);
	free_buffer(&a);
	free_buffer(&b);
}

/* Registers after that many values, in addition to some at level 6 or above;
 * tokens all over, or crowded into few registers. */
static void
test_add(const sk_hll_kernels *kernels, int precision, size_t n, size_t before,
		 bool full, uint32_t spread)
{
	uint32_t	m = UINT32_C(1) << precision;
	buffer		got = new_buffer(m),
				want = new_buffer(m);
	buffer		indexes = new_buffer(n * sizeof(uint32_t));
	uint64_t	left_out = 0;

	for (size_t i = 0; i < m; i++)
		got.bytes[i] = full ? (uint8_t) (32 + random_below(&seed, 12)) : 0;
	for (size_t i = 0; i < before; i++)
		sk_hll_register_add_token(got.bytes, precision, sk_hll_token(next_random(&seed)));
	memcpy(want.bytes, got.bytes, m);
	for (size_t i = 0; i < n; i++)
	{
		uint32_t	index = random_below(&seed, spread);
		uint32_t	rest = index % (UINT32_C(1) << (26 - precision));

		memcpy(indexes.bytes + 4 * i, &index, 4);
		if (rest == 0)
			left_out |= UINT64_C(1) << i;
		else
			sk_hll_register_add_token(want.bytes, precision, index << 6);
	}
	check(kernels->add(got.bytes, precision, (const uint32_t *) indexes.bytes, n) ==
		  left_out && same_bytes(got, want), "%s: adding %zu tokens below %u, p=%d",
		  kernels->name, n, spread, precision);
	free_buffer(&indexes);
	free_buffer(&got);
	free_buffer(&want);
}

static void
test_adds(const sk_hll_kernels *kernels)
{
	for (int precision = 4; precision <= 20; precision++)
		for (size_t n = 0; n <= 64; n++)
			for (int bits = 1; bits <= 26; bits += 5)
				test_add(kernels, precision, n, n * 40,
						 precision < 15 && n % 2 != 0, UINT32_C(1) << bits);
}

/* Ones at random, and at last more than there are. */
static void
test_find(const sk_hll_kernels *kernels, size_t nbytes, uint8_t mask, size_t from)
{
	buffer		b = random_bytes(nbytes);
	sk_ones		ones,
				again;
	uint32_t	at[64 + SK_HLL_SLACK];
	bool		ok = true;

	for (size_t i = 0; i < nbytes; i++)
		b.bytes[i] &= mask;
	ones = again = sk_ones_from(b.bytes, nbytes, from);
	for (uint32_t n = 1; ok; n = 1 + random_below(&seed, 64))
	{
		sk_ones		there = again;

		ok = kernels->find(&ones, from, at, n);
		for (uint32_t i = 0; i < n; i++)
		{
			size_t		want = sk_ones_next(&again);

			if (want == SK_NO_ONE)
			{
				check(!ok && ones.base == there.base && ones.word == there.word,
					  "%s: %u ones, %u are there", kernels->name, n, i);
				break;
			}
			if (ok)
				check(at[i] == want - from, "%s: one %u", kernels->name, i);
		}
	}
	free_buffer(&b);
}

static void
test_sum(const sk_hll_kernels *kernels, uint32_t n, unsigned shift, unsigned rice)
{
	buffer		bits = random_bytes((shift + n * rice + 7) / 8 + 64);
	uint32_t	sums[64 + SK_HLL_SLACK],
				want[64],
				start = random_below(&seed, 1000),
				quotient = 0;
	uint64_t	sum = start;

	for (uint32_t i = 0; i < n; i++)
	{
		sk_bit_reader r = {bits.bytes, bits.nbytes, shift + i * rice};

		sum += sk_bits_peek(&r) & ((UINT64_C(1) << rice) - 1);
		quotient += random_below(&seed, 3);
		sums[i] = quotient + i;
		want[i] = (uint32_t) sum + (quotient << rice);
	}
	kernels->sum(sums, n, bits.bytes, shift, rice, start);
	check(memcmp(sums, want, n * sizeof(*want)) == 0,
		  "%s: sums of %u gaps of %u bits from bit %u", kernels->name, n, rice,
		  shift);
	free_buffer(&bits);
}

static void
test_streams(const sk_hll_kernels *kernels)
{
	for (size_t nbytes = 0; nbytes <= 200; nbytes += 1 + nbytes / 16)
		for (int bits = 0; bits <= 7; bits++)
			for (size_t from = 0; from <= 130; from += 13)
				test_find(kernels, nbytes, (uint8_t) (255 >> bits), from);
	for (unsigned rice = 8; rice <= 25; rice++)
		for (uint32_t n = 0; n <= 64; n++)
			test_sum(kernels, n, n % 8, rice);
}

static void
test_kernels(const sk_hll_kernels *kernels)
{
	printf("kernels: %s\n", kernels->name);
	for (size_t n = 0; n <= 300; n++)
		for (uint32_t nmissing = 0; nmissing <= 16; nmissing += 4)
			test_decode(kernels, n, nmissing);
	for (size_t n = 0; n <= 512; n += 8)
		for (int bits = 0; bits <= 8; bits++)
			test_expand(kernels, n, (uint8_t) (255 >> bits));
	for (size_t n = 0; n <= 300; n++)
		test_count(kernels, n, 255);
	test_count(kernels, 1 << 17, 255);
	test_count(kernels, 1 << 14, 0);
	for (size_t n = 16; n <= 96; n += 16)
		test_merge(kernels, 4, n);
	test_adds(kernels);
	test_streams(kernels);
}

int
main(void)
{
	int			n = 0;

	while (sk_hll_get_kernels(n) != NULL)
		test_kernels(sk_hll_get_kernels(n++));
	check(n > 0 && strcmp(sk_hll_get_kernels(n - 1)->name, "plain") == 0,
		  "plain C comes last");
	return check_done("kernels");
}
