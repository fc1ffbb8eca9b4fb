/*
 * test_kernels.c: every form of the loops over registers gives the same bytes as
 * the definition, written here register by register; and reads and writes just
 * what its contract allows, which the address sanitizer sees.
 */
#include "check.h"
#include "hll_help.h"
#include "sketch/hll_internal.h"

static uint64_t seed = 20261120;

static buffer
random_bytes(size_t n)
{
	buffer		b = new_buffer(n);

	for (size_t i = 0; i < n; i++)
		b.bytes[i] = (uint8_t) next_random(&seed);
	return b;
}

/* A table of 16 of which about so many of 16 are missing. */
static void
random_table(uint8_t *table, uint32_t nmissing)
{
	for (int i = 0; i < 16; i++)
		table[i] = random_below(&seed, 16) < nmissing ? HLL_MISSING :
			(uint8_t) (2 + random_below(&seed, 254));
}

static uint8_t
half_byte(buffer codes, size_t i)
{
	return codes.bytes[i / 2] >> (i % 2 == 0 ? 0 : 4) & 15;
}

static void
test_decode(const hll_kernels *kernels, size_t n, uint32_t nmissing)
{
	buffer		codes = random_bytes((n + 1) / 2);
	buffer		exceptions = random_bytes(n + HLL_SLACK);
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

		if (value == HLL_MISSING)
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
test_expand(const hll_kernels *kernels, size_t n, uint8_t mask)
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
	values = random_bytes(nbits + HLL_SLACK);
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
test_count(const hll_kernels *kernels, size_t nbytes, uint8_t mask)
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
	uint64_t	levels = hll_register_levels(a) | hll_register_levels(b);

	return levels == 0 ? 0 : hll_register_of_levels(levels);
}

/* Every register with every other, in each place of a vector. */
static void
test_merge(const hll_kernels *kernels, int precision, size_t n)
{
	buffer		a = new_buffer(n),
				b = new_buffer(n);
	size_t		wrong = 0;

	for (int x = 0; x < 256; x++)
		for (int y = 0; y < 256; y++)
		{
			if (!hll_register_ok((uint8_t) x, precision) ||
				!hll_register_ok((uint8_t) y, precision))
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

static void
test_kernels(const hll_kernels *kernels)
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
}

int
main(void)
{
	int			n = 0;

	while (hll_get_kernels(n) != NULL)
		test_kernels(hll_get_kernels(n++));
	check(n > 0 && strcmp(hll_get_kernels(n - 1)->name, "plain") == 0,
		  "plain C comes last");
	return check_done("kernels");
}
