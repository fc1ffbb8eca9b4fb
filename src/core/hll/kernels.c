/*
 * hll/kernels.c: decoding and merging registers, many at a time.
 *
 * A packed register is mostly a half byte that indexes a table of 16, which is
 * what the byte shuffles of AVX2 and NEON look up; merging two registers is one
 * more shuffle (Ertl, "UltraLogLog", VLDB 2024, section 2.3). The choice is made
 * at run time, since the library is built for any machine of its kind. At
 * precision 13 decoding and merging take a microsecond or two, and some seven in
 * plain C.
 *
 * Each kernel clears the upper halves of the vector registers when it is done:
 * compilers forget it in functions like these, and what follows, in the server
 * as well, would do its floating-point arithmetic at a third of the speed.
 */
#include "core/hll/kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define AVX2 __attribute__((target("avx2,bmi,popcnt")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512cd,avx512vbmi,avx512vbmi2,popcnt")))
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#include <arm_neon.h>
#define NEON
#endif

/* A bit for each of eight bytes that is SK_HLL_MISSING, the first byte's lowest. */
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
 * Sixty-four registers. About one in ten is an exception, at random, so that a
 * branch for each, or for each eight, would cost more than the rest: they are
 * found when all are decoded, and there is one loop over them.
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

static size_t
decode_plain(uint8_t *out, const uint8_t *codes, size_t n,
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

static size_t
expand_plain(uint8_t *out, const uint8_t *bitmap, size_t n,
			 const uint8_t *values)
{
	const uint8_t *next = values;

	memset(out, 0, n);
	for (; n > 0; n -= 8, out += 8)
		for (unsigned used = *bitmap++; used != 0; used &= used - 1)
			out[sk_ctz64(used)] = *next++;
	return (size_t) (next - values);
}

/* Equal bytes in a row would wait for each other in one table: there are four. */
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
		uint32_t	count = pairs[0][i] + pairs[1][i] + pairs[2][i] + pairs[3][i];

		counts[i & 15] += count;
		counts[i >> 4] += count;
	}
}

/* Adds what sk_hll_history has of each smaller register to the larger one. */
typedef uint8_t sixteen __attribute__((vector_size(16)));

static void
merge_plain(uint8_t *dst, const uint8_t *src, size_t n)
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

static uint64_t
add_plain(uint8_t *registers, int precision, const uint32_t *indexes, size_t n)
{
	uint64_t	left_out = 0;

	for (size_t i = 0; i < n; i++)
	{
		uint32_t	rest = sk_hll_index_rest(indexes[i], precision);

		if (rest == 0)
			left_out |= UINT64_C(1) << i;
		else
			sk_hll_register_add(&registers[indexes[i] >> (SK_HLL_INDEX_BITS - precision)],
							   sk_hll_rest_level(rest, precision));
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
		start += (uint32_t) (sk_load64(bits + (shift >> 3)) >> (shift & 7) & mask);
		sums[i] = start + ((sums[i] - i) << rice);
	}
}

static const sk_hll_kernels plain = {
	"plain", decode_plain, expand_plain, count_plain, merge_plain, add_plain,
	find_plain, sum_plain
};

#if defined(AVX2) || defined(NEON)

/*
 * For a byte of the bitmap, what each of eight bytes is shuffled from: the number
 * of bits below it, or 128 (which gives 0) where it has none. The upper byte of
 * *ranks becomes the number of all bits.
 */
static inline uint64_t
expand_shuffle(uint8_t bits, uint64_t *ranks)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	uint64_t	spread = bits * each & UINT64_C(0x8040201008040201);
	uint64_t	ones = (spread + 0x7F * each) >> 7 & each;

	*ranks = ones * each;
	return (*ranks - ones) | (ones ^ each) << 7;
}

#endif

#ifdef AVX2

/*
 * Of 64 registers some six are exceptions: eight stores without a branch, those
 * that are too many to a byte that is written later, and a loop for the rest.
 */
AVX2 static inline const uint8_t *
patch_avx2(uint8_t *out, uint64_t missing, const uint8_t *next)
{
	const uint8_t *end = next + __builtin_popcountll(missing);

#pragma GCC unroll 8
	for (int i = 0; i < 8; i++, missing &= missing - 1)
		out[missing == 0 ? 64 : sk_ctz64(missing)] = next[i];
	for (next += 8; missing != 0; missing &= missing - 1)
		out[sk_ctz64(missing)] = *next++;
	return end;
}

AVX2 static size_t
decode_avx2(uint8_t *out, const uint8_t *codes, size_t n,
			const uint8_t *table, const uint8_t *exceptions)
{
	const __m256i values = _mm256_broadcastsi128_si256(
		_mm_loadu_si128((const __m128i *) table));
	const __m256i low = _mm256_set1_epi8(15);
	const __m256i missing = _mm256_set1_epi8(SK_HLL_MISSING);
	const uint8_t *next = exceptions;

	for (; n >= 64; n -= 64, out += 64, codes += 32)
	{
		__m256i		c = _mm256_permute4x64_epi64(
			_mm256_loadu_si256((const __m256i *) codes), 0xD8);
		__m256i		even = _mm256_and_si256(c, low);
		__m256i		odd = _mm256_and_si256(_mm256_srli_epi16(c, 4), low);
		__m256i		a = _mm256_shuffle_epi8(values, _mm256_unpacklo_epi8(even, odd));
		__m256i		b = _mm256_shuffle_epi8(values, _mm256_unpackhi_epi8(even, odd));
		uint32_t	in_a = (uint32_t) _mm256_movemask_epi8(_mm256_cmpeq_epi8(a, missing));
		uint32_t	in_b = (uint32_t) _mm256_movemask_epi8(_mm256_cmpeq_epi8(b, missing));

		_mm256_storeu_si256((__m256i *) out, a);
		_mm256_storeu_si256((__m256i *) (out + 32), b);
		next = patch_avx2(out, (uint64_t) in_b << 32 | in_a, next);
	}
	_mm256_zeroupper();
	return (size_t) (next - exceptions) +
		decode_plain(out, codes, n, table, next);
}

AVX2 static size_t
expand_avx2(uint8_t *out, const uint8_t *bitmap, size_t n,
			const uint8_t *values)
{
	const uint8_t *next = values;

	for (; n > 0; n -= 8, out += 8)
	{
		uint64_t	ranks;
		uint64_t	shuffle = expand_shuffle(*bitmap++, &ranks);
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
sum_avx2(__m256i x)
{
	__m256i		sums = _mm256_sad_epu8(x, _mm256_setzero_si256());
	__m128i		half = _mm_add_epi64(_mm256_castsi256_si128(sums),
									 _mm256_extracti128_si256(sums, 1));

	return (uint32_t) (_mm_cvtsi128_si64(half) + _mm_extract_epi64(half, 1));
}

/* Eight codes from `first` on in n vectors, at most 127, since each adds up to
 * two to a byte of its sum. */
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
		counts[first + i] += sum_avx2(sums[i]);
}

AVX2 static void
count_avx2(const uint8_t *codes, size_t n, uint32_t *counts)
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

AVX2 static void
merge_avx2(uint8_t *dst, const uint8_t *src, size_t n)
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
	merge_plain(dst + i, src + i, n - i);
}

static const sk_hll_kernels avx2 = {
	"AVX2", decode_avx2, expand_avx2, count_avx2, merge_avx2, add_plain,
	find_plain, sum_plain
};

/* AVX-512 VBMI2 puts values where a mask has bits in one instruction. */
AVX512 static inline __m512i
look_up_avx512(__m512i values, __m256i even, __m256i odd)
{
	/* The 64 codes in order, from 32 and 32 that alternate. */
	__m512i		codes = _mm512_or_si512(
		_mm512_cvtepu8_epi16(even),
		_mm512_slli_epi16(_mm512_cvtepu8_epi16(odd), 8));

	return _mm512_shuffle_epi8(values, codes);
}

AVX512 static size_t
decode_avx512(uint8_t *out, const uint8_t *codes, size_t n,
			  const uint8_t *table, const uint8_t *exceptions)
{
	const __m512i values = _mm512_broadcast_i32x4(
		_mm_loadu_si128((const __m128i *) table));
	const __m256i low = _mm256_set1_epi8(15);
	const uint8_t *next = exceptions;

	for (; n >= 64; n -= 64, out += 64, codes += 32)
	{
		__m256i		c = _mm256_loadu_si256((const __m256i *) codes);
		__m512i		x = look_up_avx512(values, _mm256_and_si256(c, low),
									   _mm256_and_si256(_mm256_srli_epi16(c, 4), low));
		__mmask64	missing = _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8(SK_HLL_MISSING));

		x = _mm512_mask_expand_epi8(x, missing, _mm512_loadu_si512(next));
		_mm512_storeu_si512(out, x);
		next += __builtin_popcountll(missing);
	}
	_mm256_zeroupper();
	return (size_t) (next - exceptions) +
		decode_plain(out, codes, n, table, next);
}

AVX512 static size_t
expand_avx512(uint8_t *out, const uint8_t *bitmap, size_t n,
			  const uint8_t *values)
{
	const uint8_t *next = values;

	for (; n >= 64; n -= 64, out += 64, bitmap += 8)
	{
		uint64_t	used = sk_load64(bitmap);

		_mm512_storeu_si512(out, _mm512_maskz_expand_epi8(used,
														 _mm512_loadu_si512(next)));
		next += __builtin_popcountll(used);
	}
	_mm256_zeroupper();
	return (size_t) (next - values) + expand_avx2(out, bitmap, n, next);
}

/*
 * All codes but the last at once, in n vectors, at most 127; that one is the
 * rest. So 15 sums and 15 constants are in registers.
 */
AVX512 static void
count_vectors(const uint8_t *codes, size_t n, uint32_t *counts)
{
	const __m512i low = _mm512_set1_epi8(15);
	const __m512i one = _mm512_set1_epi8(1);
	__m512i		sums[15];
	uint32_t	rest = (uint32_t) (128 * n);

	for (int i = 0; i < 15; i++)
		sums[i] = _mm512_setzero_si512();
	for (; n > 0; n--, codes += 64)
	{
		__m512i		c = _mm512_loadu_si512(codes);
		__m512i		even = _mm512_and_si512(c, low);
		__m512i		odd = _mm512_and_si512(_mm512_srli_epi16(c, 4), low);

#pragma GCC unroll 15
		for (int i = 0; i < 15; i++)
		{
			__m512i		code = _mm512_set1_epi8((char) i);

			sums[i] = _mm512_mask_add_epi8(sums[i], _mm512_cmpeq_epi8_mask(even, code),
										   sums[i], one);
			sums[i] = _mm512_mask_add_epi8(sums[i], _mm512_cmpeq_epi8_mask(odd, code),
										   sums[i], one);
		}
	}
	for (int i = 0; i < 15; i++)
	{
		__m512i		sum = _mm512_sad_epu8(sums[i], _mm512_setzero_si512());
		uint32_t	count = (uint32_t) _mm512_reduce_add_epi64(sum);

		counts[i] += count;
		rest -= count;
	}
	counts[15] += rest;
}

AVX512 static void
count_avx512(const uint8_t *codes, size_t n, uint32_t *counts)
{
	while (n >= 64)
	{
		size_t		nvectors = n / 64 < 127 ? n / 64 : 127;

		count_vectors(codes, nvectors, counts);
		codes += 64 * nvectors;
		n -= 64 * nvectors;
	}
	count_avx2(codes, n, counts);
}

AVX512 static void
merge_avx512(uint8_t *dst, const uint8_t *src, size_t n)
{
	const __m512i added = _mm512_broadcast_i32x4(
		_mm_loadu_si128((const __m128i *) sk_hll_history));
	const __m512i level = _mm512_set1_epi8((char) 0xFC);
	size_t		i = 0;

	for (; i + 64 <= n; i += 64)
	{
		__m512i		x = _mm512_loadu_si512(dst + i);
		__m512i		y = _mm512_loadu_si512(src + i);
		__m512i		a = _mm512_max_epu8(x, y);
		__m512i		b = _mm512_min_epu8(x, y);
		__m512i		d = _mm512_sub_epi8(_mm512_and_si512(a, level),
										_mm512_and_si512(b, level));

		d = _mm512_or_si512(_mm512_min_epu8(d, _mm512_set1_epi8(12)),
							_mm512_andnot_si512(level, b));
		_mm512_storeu_si512(dst + i, _mm512_or_si512(a,
													 _mm512_shuffle_epi8(added, d)));
	}
	merge_avx2(dst + i, src + i, n - i);
}

/* sk_hll_register_add() for those lanes that it would change, one by one: two may
 * have the same register. What it does not change now it would not later. */
AVX512 static inline void
add_lanes(uint8_t *registers, __m512i reg, __m512i level, unsigned lanes)
{
	uint32_t	regs[16],
				levels[16];

	_mm512_storeu_si512(regs, reg);
	_mm512_storeu_si512(levels, level);
	for (; lanes != 0; lanes &= lanes - 1)
	{
		unsigned	i = sk_ctz64(lanes);

		sk_hll_register_add(&registers[regs[i]], levels[i]);
	}
}

/* Of sixteen registers, those that would change. */
AVX512 static inline unsigned
find_news(const uint8_t *registers, __m512i reg, __m512i level)
{
	const __m512i high = _mm512_set1_epi32(0xFC);
	const __m512i history = _mm512_cvtepu8_epi32(
		_mm_loadu_si128((const __m128i *) sk_hll_history));
	__m512i		words = _mm512_i32gather_epi32(_mm512_srli_epi32(reg, 2),
											   registers, 4);
	__m512i		in_word = _mm512_slli_epi32(_mm512_and_si512(reg, _mm512_set1_epi32(3)), 3);
	__m512i		x = _mm512_and_si512(_mm512_srlv_epi32(words, in_word),
									 _mm512_set1_epi32(255));
	__m512i		y = _mm512_slli_epi32(_mm512_add_epi32(level, _mm512_set1_epi32(2)), 2);
	__m512i		a = _mm512_max_epu32(x, y);
	__m512i		b = _mm512_min_epu32(x, y);
	__m512i		d = _mm512_sub_epi32(_mm512_and_si512(a, high), _mm512_and_si512(b, high));

	d = _mm512_or_si512(_mm512_min_epu32(d, _mm512_set1_epi32(12)),
						_mm512_andnot_si512(high, b));
	return _mm512_cmpneq_epi32_mask(x, _mm512_or_si512(a,
													   _mm512_permutexvar_epi32(d, history)));
}

AVX512 static uint64_t
add_avx512(uint8_t *registers, int precision, const uint32_t *indexes, size_t n)
{
	const int	rest_bits = SK_HLL_INDEX_BITS - precision;
	const __m512i rest_mask = _mm512_set1_epi32((1 << rest_bits) - 1);
	uint64_t	left_out = 0;
	size_t		i = 0;

	for (; i + 16 <= n; i += 16)
	{
		__m512i		index = _mm512_loadu_si512(indexes + i);
		__m512i		reg = _mm512_srli_epi32(index, (unsigned) rest_bits);
		__m512i		rest = _mm512_and_si512(index, rest_mask);
		/* The zeros in front of the rest, of 32 bits, and 1 */
		__m512i		level = _mm512_add_epi32(_mm512_lzcnt_epi32(rest),
											 _mm512_set1_epi32(rest_bits - 31));
		unsigned	none = _mm512_testn_epi32_mask(rest, rest);
		unsigned	news = find_news(registers, reg, level) & ~none;

		if (news != 0)
			add_lanes(registers, reg, level, news);
		left_out |= (uint64_t) none << i;
	}
	_mm256_zeroupper();
	if (i < n)
		left_out |= add_plain(registers, precision, indexes + i, n - i) << i;
	return left_out;
}

/* Adds base to sixteen bytes, and stores them as numbers. */
AVX512 static inline void
store_positions(uint32_t *at, __m128i bytes, uint32_t base)
{
	_mm512_storeu_si512(at, _mm512_add_epi32(_mm512_cvtepu8_epi32(bytes),
											 _mm512_set1_epi32((int) base)));
}

/* The positions of the ones in a word, by compressing 0 .. 63. */
AVX512 static inline void
list_ones(uint64_t word, uint32_t *at, uint32_t base, uint32_t n)
{
	static const uint8_t bits[64] = {
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
		32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
		48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63
	};
	__m512i		x = _mm512_maskz_compress_epi8(word, _mm512_loadu_si512(bits));

	store_positions(at, _mm512_castsi512_si128(x), base);
	store_positions(at + 16, _mm512_extracti32x4_epi32(x, 1), base);
	if (n <= 32)
		return;
	store_positions(at + 32, _mm512_extracti32x4_epi32(x, 2), base);
	store_positions(at + 48, _mm512_extracti32x4_epi32(x, 3), base);
}

AVX512 static bool
find_avx512(sk_ones *ones, size_t from, uint32_t *at, uint32_t n)
{
	sk_ones		o = *ones;

	while (n > 0)
	{
		uint32_t	base,
					nones;

		if (!sk_ones_advance(&o) || o.base + 63 - from > UINT32_MAX)
		{
			_mm256_zeroupper();
			return false;
		}
		base = (uint32_t) (o.base - from);
		nones = (uint32_t) __builtin_popcountll(o.word);
		list_ones(o.word, at, base, nones);
		if (nones > n)
		{
			o.word &= ~UINT64_C(1) << (at[n - 1] - base);
			nones = n;
		}
		else
			o.word = 0;
		at += nones;
		n -= nones;
	}
	*ones = o;
	_mm256_zeroupper();
	return true;
}

/* x[0], x[0] + x[1], ... */
AVX512 static inline __m512i
running_sums(__m512i x)
{
	const __m512i none = _mm512_setzero_si512();

	x = _mm512_add_epi32(x, _mm512_alignr_epi32(x, none, 15));
	x = _mm512_add_epi32(x, _mm512_alignr_epi32(x, none, 14));
	x = _mm512_add_epi32(x, _mm512_alignr_epi32(x, none, 12));
	return _mm512_add_epi32(x, _mm512_alignr_epi32(x, none, 8));
}

/* Sixteen remainders take 2 rice bytes, so that the next ones lie as they do. */
AVX512 static void
sum_avx512(uint32_t *sums, uint32_t n, const uint8_t *bits, unsigned shift,
		   unsigned rice, uint32_t start)
{
	const __m512i mask = _mm512_set1_epi32((int) ((UINT32_C(1) << rice) - 1));
	__m512i		lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4,
										 3, 2, 1, 0);
	__m512i		first = _mm512_add_epi32(_mm512_set1_epi32((int) shift),
										 _mm512_mullo_epi32(lanes, _mm512_set1_epi32((int) rice)));
	__m512i		bytes = _mm512_add_epi32(
		_mm512_mullo_epi32(_mm512_srli_epi32(first, 3), _mm512_set1_epi32(0x01010101)),
		_mm512_set1_epi32(0x03020100));
	__m512i		sum = _mm512_set1_epi32((int) start);

	first = _mm512_and_si512(first, _mm512_set1_epi32(7));
	for (uint32_t i = 0; i < n; i += 16, bits += 2 * rice)
	{
		__m512i		x = _mm512_permutexvar_epi8(bytes, _mm512_loadu_si512(bits));
		__m512i		high = _mm512_sub_epi32(_mm512_loadu_si512(sums + i), lanes);

		x = _mm512_and_si512(_mm512_srlv_epi32(x, first), mask);
		sum = _mm512_add_epi32(sum, running_sums(x));
		_mm512_storeu_si512(sums + i, _mm512_add_epi32(sum,
													   _mm512_slli_epi32(high, rice)));
		sum = _mm512_permutexvar_epi32(_mm512_set1_epi32(15), sum);
		lanes = _mm512_add_epi32(lanes, _mm512_set1_epi32(16));
	}
	_mm256_zeroupper();
}

static const sk_hll_kernels avx512 = {
	"AVX-512", decode_avx512, expand_avx512, count_avx512, merge_avx512,
	add_avx512, find_avx512, sum_avx512
};

const sk_hll_kernels *
sk_hll_get_kernels(int i)
{
	bool		has_avx2 = __builtin_cpu_supports("avx2") &&
		__builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");

	if (has_avx2 && __builtin_cpu_supports("avx512bw") &&
		__builtin_cpu_supports("avx512cd") &&
		__builtin_cpu_supports("avx512vbmi") &&
		__builtin_cpu_supports("avx512vbmi2") && i-- == 0)
		return &avx512;
	if (has_avx2 && i-- == 0)
		return &avx2;
	return i == 0 ? &plain : NULL;
}

#elif defined(NEON)

/* Four bits for each of sixteen bytes that is SK_HLL_MISSING. */
static inline uint64_t
find_missing_neon(uint8x16_t x)
{
	uint16x8_t	found = vreinterpretq_u16_u8(vceqq_u8(x, vdupq_n_u8(SK_HLL_MISSING)));

	return vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(found, 4)), 0) &
		UINT64_C(0x1111111111111111);
}

static inline const uint8_t *
decode_sixteen(uint8_t *out, uint8x16_t values, uint8x16_t codes,
			   const uint8_t *next)
{
	uint8x16_t	x = vqtbl1q_u8(values, codes);

	vst1q_u8(out, x);
	for (uint64_t m = find_missing_neon(x); m != 0; m &= m - 1)
		out[sk_ctz64(m) >> 2] = *next++;
	return next;
}

static size_t
decode_neon(uint8_t *out, const uint8_t *codes, size_t n,
			const uint8_t *table, const uint8_t *exceptions)
{
	const uint8x16_t values = vld1q_u8(table);
	const uint8_t *next = exceptions;

	for (; n >= 32; n -= 32, out += 32, codes += 16)
	{
		uint8x16_t	c = vld1q_u8(codes);
		uint8x16_t	even = vandq_u8(c, vdupq_n_u8(15));
		uint8x16_t	odd = vshrq_n_u8(c, 4);

		next = decode_sixteen(out, values, vzip1q_u8(even, odd), next);
		next = decode_sixteen(out + 16, values, vzip2q_u8(even, odd), next);
	}
	return (size_t) (next - exceptions) +
		decode_plain(out, codes, n, table, next);
}

static size_t
expand_neon(uint8_t *out, const uint8_t *bitmap, size_t n,
			const uint8_t *values)
{
	const uint8_t *next = values;

	for (; n > 0; n -= 8, out += 8)
	{
		uint64_t	ranks;
		uint8x8_t	shuffle = vcreate_u8(expand_shuffle(*bitmap++, &ranks));

		vst1_u8(out, vtbl1_u8(vld1_u8(next), shuffle));
		next += ranks >> 56;
	}
	return (size_t) (next - values);
}

static void
merge_neon(uint8_t *dst, const uint8_t *src, size_t n)
{
	const uint8x16_t added = vld1q_u8(sk_hll_history);
	const uint8x16_t level = vdupq_n_u8(0xFC);

	for (size_t i = 0; i < n; i += 16)
	{
		uint8x16_t	x = vld1q_u8(dst + i);
		uint8x16_t	y = vld1q_u8(src + i);
		uint8x16_t	a = vmaxq_u8(x, y);
		uint8x16_t	b = vminq_u8(x, y);
		uint8x16_t	d = vsubq_u8(vandq_u8(a, level), vandq_u8(b, level));

		d = vorrq_u8(vminq_u8(d, vdupq_n_u8(12)), vbicq_u8(b, level));
		vst1q_u8(dst + i, vorrq_u8(a, vqtbl1q_u8(added, d)));
	}
}

static const sk_hll_kernels neon = {
	"NEON", decode_neon, expand_neon, count_plain, merge_neon, add_plain,
	find_plain, sum_plain
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
