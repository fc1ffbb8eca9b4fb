/*
 * hll/kernels_avx2.c: kernels for x86-64 with AVX2 (see kernels.h).
 *
 * Each kernel clears the upper halves of the vector registers when it is done.
 * Compilers do not do it in functions with a target attribute, and whatever
 * runs next, the server included, would do its floating-point arithmetic at a
 * third of the speed.
 */
#include "core/hll/kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,bmi,popcnt")))

/*
 * About six of 64 registers are exceptions: eight stores without a branch, of
 * which the unneeded ones go to a byte that is written later, and a loop for
 * the rest.
 */
AVX2 static inline const uint8_t *
patch(uint8_t *out, uint64_t missing, const uint8_t *next)
{
	const uint8_t *end = next + __builtin_popcountll(missing);

#pragma GCC unroll 8
	for (int i = 0; i < 8; i++, missing &= missing - 1)
		out[missing == 0 ? 64 : sk_ctz64(missing)] = next[i];
	for (next += 8; missing != 0; missing &= missing - 1)
		out[sk_ctz64(missing)] = *next++;
	return end;
}

/* A bit for each byte that is SK_HLL_MISSING. */
AVX2 static inline uint64_t
find_missing(__m256i x)
{
	__m256i		found = _mm256_cmpeq_epi8(x, _mm256_set1_epi8(SK_HLL_MISSING));

	return (uint32_t) _mm256_movemask_epi8(found);
}

AVX2 size_t
sk_hll_decode_avx2(uint8_t *out, const uint8_t *codes, size_t n,
				   const uint8_t *table, const uint8_t *exceptions)
{
	const __m256i values = _mm256_broadcastsi128_si256(
		_mm_loadu_si128((const __m128i *) table));
	const __m256i low = _mm256_set1_epi8(15);
	const uint8_t *next = exceptions;

	for (; n >= 64; n -= 64, out += 64, codes += 32)
	{
		__m256i		c = _mm256_permute4x64_epi64(
			_mm256_loadu_si256((const __m256i *) codes), 0xD8);
		__m256i		even = _mm256_and_si256(c, low);
		__m256i		odd = _mm256_and_si256(_mm256_srli_epi16(c, 4), low);
		__m256i		a = _mm256_shuffle_epi8(values,
											_mm256_unpacklo_epi8(even, odd));
		__m256i		b = _mm256_shuffle_epi8(values,
											_mm256_unpackhi_epi8(even, odd));

		_mm256_storeu_si256((__m256i *) out, a);
		_mm256_storeu_si256((__m256i *) (out + 32), b);
		next = patch(out, find_missing(b) << 32 | find_missing(a), next);
	}
	_mm256_zeroupper();
	if (n > 0)
		next += sk_hll_decode_plain(out, codes, n, table, next);
	return (size_t) (next - exceptions);
}

AVX2 size_t
sk_hll_expand_avx2(uint8_t *out, const uint8_t *bitmap, size_t n,
				   const uint8_t *values)
{
	const uint8_t *next = values;

	for (; n > 0; n -= 8, out += 8)
	{
		uint64_t	ranks;
		uint64_t	shuffle = sk_hll_expand_shuffle(*bitmap++, &ranks);
		__m128i		x = _mm_shuffle_epi8(
			_mm_loadl_epi64((const __m128i *) next),
			_mm_cvtsi64_si128((long long) shuffle));

		_mm_storel_epi64((__m128i *) out, x);
		next += ranks >> 56;
	}
	_mm256_zeroupper();
	return (size_t) (next - values);
}

/* Sums the bytes of x. */
AVX2 static inline uint32_t
sum_bytes(__m256i x)
{
	__m256i		sums = _mm256_sad_epu8(x, _mm256_setzero_si256());
	__m128i		half = _mm_add_epi64(_mm256_castsi256_si128(sums),
									 _mm256_extracti128_si256(sums, 1));

	return (uint32_t) (_mm_cvtsi128_si64(half) + _mm_extract_epi64(half, 1));
}

/*
 * Counts eight codes, from `first` on, in n vectors: at most 127, since each
 * adds up to two to a byte of its sum.
 */
AVX2 static inline void
count_eight(const uint8_t *codes, size_t n, int first, uint32_t *counts)
{
	const __m256i low = _mm256_set1_epi8(15);
	__m256i		sums[8];

	for (int i = 0; i < 8; i++)
		sums[i] = _mm256_setzero_si256();
	for (; n > 0; n--, codes += 32)
	{
		__m256i		c = _mm256_loadu_si256((const __m256i *) codes);
		__m256i		even = _mm256_and_si256(c, low);
		__m256i		odd = _mm256_and_si256(_mm256_srli_epi16(c, 4), low);

#pragma GCC unroll 8
		for (int i = 0; i < 8; i++)
		{
			__m256i		code = _mm256_set1_epi8((char) (first + i));

			sums[i] = _mm256_sub_epi8(sums[i], _mm256_cmpeq_epi8(even, code));
			sums[i] = _mm256_sub_epi8(sums[i], _mm256_cmpeq_epi8(odd, code));
		}
	}
	for (int i = 0; i < 8; i++)
		counts[first + i] += sum_bytes(sums[i]);
}

AVX2 void
sk_hll_count_avx2(const uint8_t *codes, size_t n, uint32_t *counts)
{
	while (n >= 32)
	{
		size_t		nvectors = n / 32 < 127 ? n / 32 : 127;

		count_eight(codes, nvectors, 0, counts);
		count_eight(codes, nvectors, 8, counts);
		codes += 32 * nvectors;
		n -= 32 * nvectors;
	}
	_mm256_zeroupper();
	for (; n > 0; n--, codes++)
	{
		counts[*codes & 15]++;
		counts[*codes >> 4]++;
	}
}

AVX2 void
sk_hll_merge_avx2(uint8_t *dst, const uint8_t *src, size_t n)
{
	const __m256i added = _mm256_broadcastsi128_si256(
		_mm_loadu_si128((const __m128i *) sk_hll_history));
	const __m256i level = _mm256_set1_epi8((char) 0xFC);
	size_t		i = 0;

	for (; i + 32 <= n; i += 32)
	{
		__m256i		x = _mm256_loadu_si256((const __m256i *) (dst + i));
		__m256i		y = _mm256_loadu_si256((const __m256i *) (src + i));
		__m256i		a = _mm256_max_epu8(x, y);
		__m256i		b = _mm256_min_epu8(x, y);
		__m256i		d = _mm256_sub_epi8(_mm256_and_si256(a, level),
										_mm256_and_si256(b, level));

		d = _mm256_or_si256(_mm256_min_epu8(d, _mm256_set1_epi8(12)),
							_mm256_andnot_si256(level, b));
		_mm256_storeu_si256((__m256i *) (dst + i),
							_mm256_or_si256(a, _mm256_shuffle_epi8(added, d)));
	}
	_mm256_zeroupper();
	if (i < n)
		sk_hll_merge_plain(dst + i, src + i, n - i);
}

#endif							/* __x86_64__ */
