/*
 * test_bits.c: bit streams and quantiles, each against a
 * plain way of doing the same or against published values.
 */
#include "check.h"
#include "hll_help.h"
#include "core/stats.h"

static void
test_integers(void)
{
	const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 0x88};
	uint8_t		out[8];

	check(sk_load32(bytes) == 0x04030201, "load32 is little-endian");
	check(sk_load64(bytes) == UINT64_C(0x8807060504030201),
		  "load64 is little-endian");
	sk_store32(out, 0x04030201);
	check(memcmp(out, bytes, 4) == 0, "store32 is little-endian");
	sk_store64(out, UINT64_C(0x8807060504030201));
	check(memcmp(out, bytes, 8) == 0, "store64 is little-endian");
	check(sk_bit_length(0) == 0, "0 has no bits");
	for (unsigned i = 0; i < 64; i++)
	{
		uint64_t	power = UINT64_C(1) << i;

		check(sk_bit_length(power) == i + 1 && sk_clz64(power) == 63 - i &&
			  sk_ctz64(power) == i, "bits of 2^%u", i);
		check(sk_bit_length(power | (power - 1)) == i + 1,
			  "bit length of 2^%u - 1", i + 1);
	}
}

/* A field of a stream: plain bits, or zeros before a one. */
typedef struct field
{
	bool		unary;
	unsigned	nbits;			/* plain: width */
	uint64_t	value;
} field;

static size_t
random_fields(uint64_t *seed, field *fields, size_t n)
{
	size_t		nbits = 0;

	for (size_t i = 0; i < n; i++)
	{
		fields[i].unary = random_below(seed, 2) != 0;
		fields[i].nbits = random_below(seed, 58);
		fields[i].value = next_random(seed) &
			((UINT64_C(1) << fields[i].nbits) - 1);
		if (fields[i].unary)
			fields[i].value = random_below(seed, random_below(seed, 8) ? 9 : 300);
		nbits += fields[i].unary ? fields[i].value + 1 : fields[i].nbits;
	}
	return nbits;
}

static bool
reads_back(sk_bit_reader *r, const field *f)
{
	sk_ones		ones = sk_ones_from(r->bytes, r->nbytes, r->at);
	uint64_t	value = sk_bits_peek(r) & ((UINT64_C(1) << f->nbits) - 1);

	if (f->unary)
		value = sk_ones_next(&ones) - r->at;
	r->at += f->unary ? f->value + 1 : f->nbits;
	return value == f->value && r->at <= 8 * r->nbytes;
}

/* What is written is read again, and takes the bits that it should. */
static void
test_round_trip(uint64_t seed)
{
	field		fields[200];
	size_t		nbits = random_fields(&seed, fields, 200);
	buffer		b = new_buffer((nbits + 7) / 8);
	sk_bit_writer w = {.out = b.bytes, .end = b.bytes + b.nbytes};
	sk_bit_reader r = {b.bytes, b.nbytes, 0};
	bool		ok = true;

	for (int i = 0; i < 200; i++)
		if (fields[i].unary)
			sk_bits_write_unary(&w, (uint32_t) fields[i].value);
		else
			sk_bits_write(&w, fields[i].value, fields[i].nbits);
	sk_bits_finish(&w);
	check(w.out == b.bytes + b.nbytes, "stream %d ends where it should",
		  (int) seed);
	for (int i = 0; i < 200; i++)
		ok = ok && reads_back(&r, &fields[i]);
	check(ok && r.at == nbits, "stream %d is read back", (int) seed);
	check(sk_bits_peek(&r) == 0, "padding of stream %d is zero", (int) seed);
	free_buffer(&b);
}

/* Sets so many bits in a hundred, at random. */
static buffer
random_stream(size_t nbytes, uint32_t percent, uint64_t *seed)
{
	buffer		b = new_buffer(nbytes);

	memset(b.bytes, 0, nbytes);
	for (size_t i = 0; i < 8 * nbytes; i++)
		if (random_below(seed, 100) < percent)
			b.bytes[i / 8] |= (uint8_t) (1 << i % 8);
	return b;
}

/* The n-th one from `at` on, n > 0, bit by bit. */
static size_t
find_one(buffer b, size_t at, size_t n)
{
	for (; at < 8 * b.nbytes; at++)
		if (b.bytes[at / 8] >> at % 8 & 1 && --n == 0)
			return at;
	return SK_NO_ONE;
}

/* From each bit on: every one in turn, then the end again and again. */
static void
test_ones(size_t nbytes, uint32_t percent, uint64_t *seed)
{
	buffer		b = random_stream(nbytes, percent, seed);
	size_t		wrong = 0;

	for (size_t start = 0; start <= 8 * nbytes + 70; start++)
	{
		sk_ones		ones = sk_ones_from(b.bytes, nbytes, start);
		size_t		at = start,
					found;

		do
		{
			found = sk_ones_next(&ones);
			wrong += found != find_one(b, at, 1);
			at = found + 1;
		} while (found != SK_NO_ONE && wrong == 0);
		wrong += sk_ones_next(&ones) != SK_NO_ONE;
	}
	check(wrong == 0, "ones of %zu bytes, %u %%: %zu wrong", nbytes, percent,
		  wrong);
	free_buffer(&b);
}

/* Skips of every length, each followed by a single step. */
static void
test_skip(size_t nbytes, uint32_t percent, uint64_t *seed)
{
	buffer		b = random_stream(nbytes, percent, seed);
	size_t		wrong = 0;

	for (size_t n = 1; n <= 8 * nbytes + 2; n++)
	{
		sk_ones		ones = sk_ones_from(b.bytes, nbytes, n % 80);

		wrong += sk_ones_skip(&ones, n) != find_one(b, n % 80, n);
		wrong += sk_ones_next(&ones) != find_one(b, n % 80, n + 1);
	}
	check(wrong == 0, "skips over %zu bytes, %u %%: %zu wrong", nbytes, percent,
		  wrong);
	free_buffer(&b);
}

/* At the end of the bytes, and past it, there are only zeros. */
static void
test_peek_at_end(void)
{
	for (size_t nbytes = 0; nbytes <= 17; nbytes++)
	{
		buffer		b = new_buffer(nbytes);
		bool		ok = true;

		memset(b.bytes, 0xFF, nbytes);
		for (size_t at = 0; at <= 8 * nbytes + 70; at++)
		{
			sk_bit_reader r = {b.bytes, nbytes, at};
			size_t		left = at < 8 * nbytes ? 8 * nbytes - at : 0;
			uint64_t	window = (UINT64_C(1) << 57) - 1;
			uint64_t	want = left < 57 ? (UINT64_C(1) << left) - 1 : window;

			ok = ok && (sk_bits_peek(&r) & window) == want;
		}
		check(ok, "peeks into %zu bytes", nbytes);
		free_buffer(&b);
	}
}

/* Two-sided points of the normal distribution, from published tables. */
static void
test_normal_quantile(void)
{
	static const double known[][2] = {
		{0.5, 0.674489750196082}, {0.682689492137086, 1},
		{0.8, 1.281551565544600}, {0.9, 1.644853626951473},
		{0.95, 1.959963984540054}, {0.954499736103642, 2},
		{0.98, 2.326347874040841}, {0.99, 2.575829303548901},
		{0.997300203936740, 3}, {0.999, 3.290526731491926},
		{0.999936657516334, 4}, {0.999999426696856, 5}, {0.01, 0.012533469508069}
	};
	double		before = 0;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		check(fabs(sk_normal_quantile(known[i][0]) - known[i][1]) < 1e-8,
			  "quantile of %.15g is %.15g", known[i][0],
			  sk_normal_quantile(known[i][0]));
	for (double tail = 0.5; tail > 1e-16; tail /= 2)
	{
		double		z = sk_normal_quantile(1 - tail);

		check(z > before && fabs(erfc(z / sqrt(2)) / tail - 1) < 1e-3,
			  "quantile %g of tail %g", z, tail);
		before = z;
	}
	check(sk_normal_quantile(1e-300) >= 0 && sk_normal_quantile(1e-300) < 1e-12,
		  "no confidence, no width");
}

/* Cumulative probabilities of Poisson's distribution, summed from the top. */
static double
poisson_at_most(double mean, int k)
{
	double		sum = 0;

	for (int i = k; i >= 0; i--)
		sum += exp(i * log(mean) - mean - lgamma(i + 1.0));
	return sum;
}

static void
test_poisson_quantile(void)
{
	static const double means[] = {1e-6, 0.01, 0.5, 1, 3.7, 20, 99.9, 700};
	static const double probabilities[] = {0.001, 0.025, 0.5, 0.975, 0.999};

	for (int i = 0; i < 8; i++)
		for (int j = 0; j < 5; j++)
		{
			double		p = probabilities[j];
			int			k = (int) sk_poisson_quantile(means[i], p);

			check(poisson_at_most(means[i], k) >= p - 1e-12 &&
				  (k == 0 || poisson_at_most(means[i], k - 1) < p + 1e-12),
				  "Poisson quantile %g of mean %g is %d", p, means[i], k);
		}
	check(sk_poisson_quantile(1, 0.36) == 0 && sk_poisson_quantile(1, 0.37) == 1 &&
		  sk_poisson_quantile(1, 0.95) == 3, "Poisson quantiles of mean 1");
	check(isfinite(sk_poisson_quantile(50, 1)), "a Poisson quantile of 1 ends");
}

int
main(void)
{
	uint64_t	ones_seed = 7;

	test_integers();
	for (uint64_t seed = 0; seed < 300; seed++)
		test_round_trip(seed);
	for (size_t nbytes = 0; nbytes <= 40; nbytes++)
		for (uint32_t percent = 0; percent <= 100; percent += 20)
		{
			test_ones(nbytes, percent, &ones_seed);
			test_skip(nbytes, percent, &ones_seed);
		}
	test_peek_at_end();
	test_normal_quantile();
	test_poisson_quantile();
	return check_done("bits");
}
