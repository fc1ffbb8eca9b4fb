/*
 * topk/internal.h: what the files of the topk core share: the fields of a
 * working sketch and the numbers of a packed one. Layouts: doc/format.md.
 */
#ifndef SK_TOPK_INTERNAL_H
#define SK_TOPK_INTERNAL_H

#include "core/topk/sketch.h"

/* Offsets in a working header; type, layout and two zero bytes come first. */
#define SK_TOPK_K 4
#define SK_TOPK_TOTAL 8
#define SK_TOPK_OFFSET 16
#define SK_TOPK_NITEMS 24
#define SK_TOPK_NSLOTS 28
#define SK_TOPK_END 32

/* A record of a working sketch: these fields, then the bytes of the item. */
#define SK_TOPK_COUNT 0
#define SK_TOPK_LOWER 8
#define SK_TOPK_FINGERPRINT 16
#define SK_TOPK_LENGTH 20
#define SK_TOPK_RECORD 24

#define SK_TOPK_MAX_VARINT 9		/* bytes of a number below 2^63 */

static inline size_t
sk_topk_record_bytes(const uint8_t *record)
{
	return SK_TOPK_RECORD + (size_t) sk_load32(record + SK_TOPK_LENGTH);
}

/*
 * What has to be subtracted from the counts of a working sketch so that at most
 * k items have any left: the (k+1)-th largest count, or 0 if there is none.
 * SK_COUNT: the records are not what the header says.
 */
extern sk_status sk_topk_cut(const sk_topk *s, uint64_t *cut);

/* A number in 7 bits a byte, lowest first, bit 7 set on all but the last. */
static inline size_t
sk_topk_varint_bytes(uint64_t x)
{
	return x == 0 ? 1 : (sk_bit_length(x) + 6) / 7;
}

static inline uint8_t *
sk_topk_write_varint(uint8_t *out, uint64_t x)
{
	for (; x >= 0x80; x >>= 7)
		*out++ = (uint8_t) (x | 0x80);
	*out++ = (uint8_t) x;
	return out;
}

/*
 * Reads a number below 2^63 from what is before `end` and moves *at behind it.
 * SK_SHORT: it does not end there. SK_VALUE: it is longer than it needs to be,
 * or than such a number can be.
 */
static inline sk_status
sk_topk_read_varint(const uint8_t *bytes, size_t *at, size_t end, uint64_t *x)
{
	*x = 0;
	for (unsigned shift = 0; shift < 7 * SK_TOPK_MAX_VARINT; shift += 7)
	{
		uint8_t		byte;

		if (*at >= end)
			return SK_SHORT;
		byte = bytes[(*at)++];
		*x |= (uint64_t) (byte & 0x7F) << shift;
		if (byte < 0x80)
			return byte == 0 && shift > 0 ? SK_VALUE : SK_OK;
	}
	return SK_VALUE;
}

#endif							/* SK_TOPK_INTERNAL_H */
