/*
 * hll/kernels_neon.c: kernels for little-endian arm64 (see kernels.h).
 */
#include "core/hll/kernels.h"

#if defined(__aarch64__) && defined(__AARCH64EL__)

#include <arm_neon.h>

/* Four bits for each of sixteen bytes that is SK_HLL_MISSING. */
static inline uint64_t
find_missing(uint8x16_t x)
{
	uint8x16_t	equal = vceqq_u8(x, vdupq_n_u8(SK_HLL_MISSING));
	uint16x8_t	found = vreinterpretq_u16_u8(equal);

	return vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(found, 4)), 0) &
		UINT64_C(0x1111111111111111);
}

static inline const uint8_t *
decode_sixteen(uint8_t *out, uint8x16_t values, uint8x16_t codes,
			   const uint8_t *next)
{
	uint8x16_t	x = vqtbl1q_u8(values, codes);

	vst1q_u8(out, x);
	for (uint64_t m = find_missing(x); m != 0; m &= m - 1)
		out[sk_ctz64(m) >> 2] = *next++;
	return next;
}

size_t
sk_hll_decode_neon(uint8_t *out, const uint8_t *codes, size_t n,
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
	if (n > 0)
		next += sk_hll_decode_plain(out, codes, n, table, next);
	return (size_t) (next - exceptions);
}

size_t
sk_hll_expand_neon(uint8_t *out, const uint8_t *bitmap, size_t n,
				   const uint8_t *values)
{
	const uint8_t *next = values;

	for (; n > 0; n -= 8, out += 8)
	{
		uint64_t	ranks;
		uint64_t	shuffle = sk_hll_expand_shuffle(*bitmap++, &ranks);

		vst1_u8(out, vtbl1_u8(vld1_u8(next), vcreate_u8(shuffle)));
		next += ranks >> 56;
	}
	return (size_t) (next - values);
}

void
sk_hll_merge_neon(uint8_t *dst, const uint8_t *src, size_t n)
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

#endif							/* little-endian __aarch64__ */
