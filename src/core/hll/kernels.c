/*
 * hll/kernels.c: the kernels in plain C, and the choice between sets of kernels
 * (see kernels.h).
 */
#include "core/hll/kernels.h"

/* A bit for each of eight bytes that is SK_HLL_MISSING, lowest byte first. */
static inline unsigned
find_missing(uint64_t bytes)
{
	const uint64_t low = UINT64_C(0x7F7F7F7F7F7F7F7F);
	uint64_t	x = bytes ^ UINT64_C(0x0101010101010101) * SK_HLL_MISSING;
	uint64_t	zeros = ~(((x & low) + low) | x | low);

	/* Brings bit 8i+7 to bit 56+i; no two of the products meet. */
	return (unsigned) ((zeros >> 7) * UINT64_C(0x0102040810204080) >> 56);
}

/*
 * Decodes 64 registers. About one in ten is an exception, at random, so that a
 * branch for each, or for each eight, would cost more than the rest. Instead,
 * all are decoded first, and then there is one loop over the exceptions.
 */
static inline const uint8_t *
decode_block(uint8_t *out, const uint8_t *codes, const uint8_t *table,
			 const uint8_t *next)
{
	uint64_t	missing = 0;

	for (int i = 0; i < 32; i++)
	{
		out[2 * i] = table[codes[i] & 15];
		out[2 * i + 1] = table[codes[i] >> 4];
	}
	for (int i = 0; i < 64; i += 8)
		missing |= (uint64_t) find_missing(sk_load64(out + i)) << i;
	for (; missing != 0; missing &= missing - 1)
		out[sk_ctz64(missing)] = *next++;
	return next;
}

size_t
sk_hll_decode_plain(uint8_t *out, const uint8_t *codes, size_t n,
					const uint8_t *table, const uint8_t *exceptions)
{
	const uint8_t *next = exceptions;

	for (; n >= 64; n -= 64, out += 64, codes += 32)
		next = decode_block(out, codes, table, next);
	for (size_t i = 0; i < n; i++)
	{
		out[i] = table[i & 1 ? codes[i / 2] >> 4 : codes[i / 2] & 15];
		if (out[i] == SK_HLL_MISSING)
			out[i] = *next++;
	}
	return (size_t) (next - exceptions);
}

size_t
sk_hll_expand_plain(uint8_t *out, const uint8_t *bitmap, size_t n,
					const uint8_t *values)
{
	const uint8_t *next = values;

	memset(out, 0, n);
	for (; n > 0; n -= 8, out += 8)
		for (unsigned used = *bitmap++; used != 0; used &= used - 1)
			out[sk_ctz64(used)] = *next++;
	return (size_t) (next - values);
}

/*
 * In four tables, since equal bytes in a row would wait for each other in
 * one.
 */
static void
count_plain(const uint8_t *codes, size_t n, uint32_t *counts)
{
	uint32_t	pairs[4][256] = {{0}};
	size_t		i = 0;

	for (; i + 4 <= n; i += 4)
		for (int j = 0; j < 4; j++)
			pairs[j][codes[i + j]]++;
	for (; i < n; i++)
		pairs[0][codes[i]]++;
	for (i = 0; i < 256; i++)
	{
		uint32_t	count = pairs[0][i] + pairs[1][i] + pairs[2][i] +
			pairs[3][i];

		counts[i & 15] += count;
		counts[i >> 4] += count;
	}
}

typedef uint8_t sixteen __attribute__((vector_size(16)));

/* Adds to each larger register what sk_hll_history has of the smaller one. */
void
sk_hll_merge_plain(uint8_t *dst, const uint8_t *src, size_t n)
{
	for (size_t i = 0; i < n; i += 16)
	{
		sixteen		x,
					y,
					a,
					b,
					distance,
					history;

		memcpy(&x, dst + i, 16);
		memcpy(&y, src + i, 16);
		a = (sixteen) (x > y);
		b = (y & a) | (x & ~a);
		a = (x & a) | (y & ~a);
		distance = (a & 0xFC) - (b & 0xFC);
		b &= 3;
		history = (b & (sixteen) (distance == 0)) |
			((2 | (b >> 1)) & (sixteen) (distance == 4)) |
			(1 & (sixteen) (distance == 8));
		a |= history;
		memcpy(dst + i, &a, 16);
	}
}

uint64_t
sk_hll_add_plain(uint8_t *registers, int precision, const uint32_t *indexes,
				 size_t n)
{
	uint64_t	left_out = 0;

	for (size_t i = 0; i < n; i++)
	{
		uint32_t	rest = sk_hll_index_rest(indexes[i], precision);
		uint8_t    *r = registers +
			(indexes[i] >> (SK_HLL_INDEX_BITS - precision));

		if (rest == 0)
			left_out |= UINT64_C(1) << i;
		else
			sk_hll_register_add(r, sk_hll_rest_level(rest, precision));
	}
	return left_out;
}

static bool
find_plain(sk_ones *ones, size_t from, uint32_t *at, uint32_t n)
{
	sk_ones		o = *ones;
	uint32_t	i = 0;

	while (i < n)
	{
		if (!sk_ones_advance(&o) || o.base + 63 - from > UINT32_MAX)
			return false;
		do
		{
			at[i++] = (uint32_t) (o.base + sk_ctz64(o.word) - from);
			o.word &= o.word - 1;
		} while (o.word != 0 && i < n);
	}
	*ones = o;
	return true;
}

static void
sum_plain(uint32_t *sums, uint32_t n, const uint8_t *bits, unsigned shift,
		  unsigned rice, uint32_t start)
{
	uint64_t	mask = (UINT64_C(1) << rice) - 1;

	for (uint32_t i = 0; i < n; i++, shift += rice)
	{
		start += (uint32_t) (sk_load64(bits + (shift >> 3)) >> (shift & 7) &
							 mask);
		sums[i] = start + ((sums[i] - i) << rice);
	}
}

static const sk_hll_kernels plain = {
	"plain", sk_hll_decode_plain, sk_hll_expand_plain, count_plain,
	sk_hll_merge_plain, sk_hll_add_plain, find_plain, sum_plain
};

#if defined(__x86_64__)

static const sk_hll_kernels avx2 = {
	"AVX2", sk_hll_decode_avx2, sk_hll_expand_avx2, sk_hll_count_avx2,
	sk_hll_merge_avx2, sk_hll_add_plain, find_plain, sum_plain
};

static const sk_hll_kernels avx512 = {
	"AVX-512", sk_hll_decode_avx512, sk_hll_expand_avx512, sk_hll_count_avx2,
	sk_hll_merge_avx2, sk_hll_add_avx512, sk_hll_find_avx512, sk_hll_sum_avx512
};

static bool
has_avx2(void)
{
	return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
		__builtin_cpu_supports("popcnt");
}

static bool
has_avx512(void)
{
	return __builtin_cpu_supports("avx512bw") &&
		__builtin_cpu_supports("avx512cd") &&
		__builtin_cpu_supports("avx512vbmi") &&
		__builtin_cpu_supports("avx512vbmi2");
}

const sk_hll_kernels *
sk_hll_get_kernels(int i)
{
	if (has_avx2() && has_avx512() && i-- == 0)
		return &avx512;
	if (has_avx2() && i-- == 0)
		return &avx2;
	return i == 0 ? &plain : NULL;
}

#elif defined(__aarch64__) && defined(__AARCH64EL__)

static const sk_hll_kernels neon = {
	"NEON", sk_hll_decode_neon, sk_hll_expand_neon, count_plain,
	sk_hll_merge_neon, sk_hll_add_plain, find_plain, sum_plain
};

const sk_hll_kernels *
sk_hll_get_kernels(int i)
{
	return i == 0 ? &neon : i == 1 ? &plain : NULL;
}

#else

const sk_hll_kernels *
sk_hll_get_kernels(int i)
{
	return i == 0 ? &plain : NULL;
}

#endif
