/*
 * hll/kernels_avx512.c: kernels for x86-64 with AVX-512 VBMI2 (see kernels.h).
 *
 * What each kernel saves is the time of a whole merge, count or overlap at
 * precision 13, compared with the AVX2 set on an AMD EPYC with Zen 4 cores.
 * There are none for counting half bytes and for merging registers: they would
 * save 4% of a count, and nothing of the merge of a packed sketch.
 *
 * Upper halves of registers are cleared for the reason in kernels_avx2.c.
 */
#include "core/hll/kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX512 __attribute__((target( \
	"avx512f,avx512bw,avx512cd,avx512vbmi,avx512vbmi2,popcnt")))

AVX512 static inline __m512i
look_up(__m512i values, __m256i even, __m256i odd)
{
	/* The 64 codes in order, from 32 and 32 that alternate. */
	__m512i		codes = _mm512_or_si512(
		_mm512_cvtepu8_epi16(even),
		_mm512_slli_epi16(_mm512_cvtepu8_epi16(odd), 8));

	return _mm512_shuffle_epi8(values, codes);
}

/*
 * One instruction puts values where a mask has bits. Saves 27% of merging a
 * packed dense sketch, and 13% of an overlap.
 */
AVX512 size_t
sk_hll_decode_avx512(uint8_t *out, const uint8_t *codes, size_t n,
					 const uint8_t *table, const uint8_t *exceptions)
{
	const __m512i values = _mm512_broadcast_i32x4(
		_mm_loadu_si128((const __m128i *) table));
	const __m512i absent = _mm512_set1_epi8(SK_HLL_MISSING);
	const __m256i low = _mm256_set1_epi8(15);
	const uint8_t *next = exceptions;

	for (; n >= 64; n -= 64, out += 64, codes += 32)
	{
		__m256i		c = _mm256_loadu_si256((const __m256i *) codes);
		__m256i		odd = _mm256_and_si256(_mm256_srli_epi16(c, 4), low);
		__m512i		x = look_up(values, _mm256_and_si256(c, low), odd);
		__mmask64	missing = _mm512_cmpeq_epi8_mask(x, absent);

		x = _mm512_mask_expand_epi8(x, missing, _mm512_loadu_si512(next));
		_mm512_storeu_si512(out, x);
		next += __builtin_popcountll(missing);
	}
	_mm256_zeroupper();
	if (n > 0)
		next += sk_hll_decode_plain(out, codes, n, table, next);
	return (size_t) (next - exceptions);
}

/* Saves 54% of merging a sketch with a bitmap, and 10% of an overlap. */
AVX512 size_t
sk_hll_expand_avx512(uint8_t *out, const uint8_t *bitmap, size_t n,
					 const uint8_t *values)
{
	const uint8_t *next = values;

	for (; n >= 64; n -= 64, out += 64, bitmap += 8)
	{
		uint64_t	used = sk_load64(bitmap);
		__m512i		x = _mm512_loadu_si512(next);

		_mm512_storeu_si512(out, _mm512_maskz_expand_epi8(used, x));
		next += __builtin_popcountll(used);
	}
	_mm256_zeroupper();
	if (n > 0)
		next += sk_hll_expand_plain(out, bitmap, n, next);
	return (size_t) (next - values);
}

/*
 * sk_hll_register_add() for those lanes that it would change, one by one, since
 * two can have the same register. What it does not change now it would not
 * change later.
 */
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

/* The bytes of sixteen registers, as numbers. */
AVX512 static inline __m512i
gather_registers(const uint8_t *registers, __m512i reg)
{
	__m512i		words = _mm512_i32gather_epi32(_mm512_srli_epi32(reg, 2),
											   registers, 4);
	__m512i		in_word = _mm512_and_si512(reg, _mm512_set1_epi32(3));

	words = _mm512_srlv_epi32(words, _mm512_slli_epi32(in_word, 3));
	return _mm512_and_si512(words, _mm512_set1_epi32(255));
}

/* A bit for each of sixteen registers that its level would change. */
AVX512 static inline unsigned
find_news(const uint8_t *registers, __m512i reg, __m512i level)
{
	const __m512i high = _mm512_set1_epi32(0xFC);
	const __m512i history = _mm512_cvtepu8_epi32(
		_mm_loadu_si128((const __m128i *) sk_hll_history));
	__m512i		x = gather_registers(registers, reg);
	__m512i		y = _mm512_slli_epi32(
		_mm512_add_epi32(level, _mm512_set1_epi32(2)), 2);
	__m512i		a = _mm512_max_epu32(x, y);
	__m512i		b = _mm512_min_epu32(x, y);
	__m512i		d = _mm512_sub_epi32(_mm512_and_si512(a, high),
									 _mm512_and_si512(b, high));

	d = _mm512_or_si512(_mm512_min_epu32(d, _mm512_set1_epi32(12)),
						_mm512_andnot_si512(high, b));
	a = _mm512_or_si512(a, _mm512_permutexvar_epi32(d, history));
	return _mm512_cmpneq_epi32_mask(x, a);
}

AVX512 static uint64_t
add_to_full(uint8_t *registers, int precision, const uint32_t *indexes,
			size_t n)
{
	const int	nrest = SK_HLL_INDEX_BITS - precision;
	const __m512i rest_mask = _mm512_set1_epi32((1 << nrest) - 1);
	uint64_t	left_out = 0;
	size_t		i = 0;

	for (; i + 16 <= n; i += 16)
	{
		__m512i		index = _mm512_loadu_si512(indexes + i);
		__m512i		reg = _mm512_srli_epi32(index, (unsigned) nrest);
		__m512i		rest = _mm512_and_si512(index, rest_mask);
		/* One more than the leading zeros among the nrest bits. */
		__m512i		level = _mm512_add_epi32(_mm512_lzcnt_epi32(rest),
											 _mm512_set1_epi32(nrest - 31));
		unsigned	none = _mm512_testn_epi32_mask(rest, rest);
		unsigned	news = find_news(registers, reg, level) & ~none;

		if (news != 0)
			add_lanes(registers, reg, level, news);
		left_out |= (uint64_t) none << i;
	}
	_mm256_zeroupper();
	if (i < n)
		left_out |= sk_hll_add_plain(registers, precision, indexes + i,
									 n - i) << i;
	return left_out;
}

/* Whether the first sixteen registers are at level 6 on average. */
static inline bool
are_full(const uint8_t *registers)
{
	__m128i		x = _mm_loadu_si128((const __m128i *) registers);
	__m128i		sums = _mm_sad_epu8(x, _mm_setzero_si128());

	return _mm_cvtsi128_si64(sums) + _mm_extract_epi16(sums, 4) >=
		16 * 4 * (6 + 2);
}

/*
 * Finds first which registers would change. While many would, a merge takes
 * up to half as long again; so this is for registers that have seen 30 values
 * each. Saves 16% of merging 100 tokens into registers with 100 values each,
 * and 28% of 1,000.
 */
uint64_t
sk_hll_add_avx512(uint8_t *registers, int precision, const uint32_t *indexes,
				  size_t n)
{
	return are_full(registers) ?
		add_to_full(registers, precision, indexes, n) :
		sk_hll_add_plain(registers, precision, indexes, n);
}

/* Adds base to sixteen bytes, and stores them as numbers. */
AVX512 static inline void
store_positions(uint32_t *at, __m128i bytes, uint32_t base)
{
	_mm512_storeu_si512(at, _mm512_add_epi32(_mm512_cvtepu8_epi32(bytes),
											 _mm512_set1_epi32((int) base)));
}

/* The positions of the n ones in a word, by compressing 0 .. 63. */
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

/* Saves 10% of counting 100 tokens, 24% of 1,000, and 17% to 29% of merging
 * them into registers. */
AVX512 bool
sk_hll_find_avx512(sk_ones *ones, size_t from, uint32_t *at, uint32_t n)
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

/* Four bytes from where each of sixteen remainders starts, as a shuffle. */
AVX512 static inline __m512i
remainder_bytes(__m512i first_bit)
{
	__m512i		first_byte = _mm512_srli_epi32(first_bit, 3);

	return _mm512_add_epi32(
		_mm512_mullo_epi32(first_byte, _mm512_set1_epi32(0x01010101)),
		_mm512_set1_epi32(0x03020100));
}

/*
 * Sixteen remainders take 2 rice bytes, so that the next ones lie as they do.
 * Saves 19% of merging 100 tokens into registers and 24% of 1,000, though ten
 * take 9% longer.
 */
AVX512 void
sk_hll_sum_avx512(uint32_t *sums, uint32_t n, const uint8_t *bits,
				  unsigned shift, unsigned rice, uint32_t start)
{
	const __m512i mask = _mm512_set1_epi32((int) ((UINT32_C(1) << rice) - 1));
	__m512i		lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5,
										 4, 3, 2, 1, 0);
	__m512i		first = _mm512_add_epi32(
		_mm512_set1_epi32((int) shift),
		_mm512_mullo_epi32(lanes, _mm512_set1_epi32((int) rice)));
	__m512i		bytes = remainder_bytes(first);
	__m512i		sum = _mm512_set1_epi32((int) start);

	first = _mm512_and_si512(first, _mm512_set1_epi32(7));
	for (uint32_t i = 0; i < n; i += 16, bits += 2 * rice)
	{
		__m512i		x = _mm512_loadu_si512(bits);
		__m512i		high = _mm512_loadu_si512(sums + i);

		x = _mm512_permutexvar_epi8(bytes, x);
		high = _mm512_sub_epi32(high, lanes);
		x = _mm512_and_si512(_mm512_srlv_epi32(x, first), mask);
		sum = _mm512_add_epi32(sum, running_sums(x));
		high = _mm512_slli_epi32(high, rice);
		_mm512_storeu_si512(sums + i, _mm512_add_epi32(sum, high));
		sum = _mm512_permutexvar_epi32(_mm512_set1_epi32(15), sum);
		lanes = _mm512_add_epi32(lanes, _mm512_set1_epi32(16));
	}
	_mm256_zeroupper();
}

#endif							/* __x86_64__ */
