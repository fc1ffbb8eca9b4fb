/*
 * topk/internal.h: what the files of the topk core share: the records and the
 * hash table of a working sketch, and the numbers of a packed one. Layouts:
 * doc/format.md.
 */
#ifndef SK_TOPK_INTERNAL_H
#define SK_TOPK_INTERNAL_H

#include "core/topk/sketch.h"

#define SK_TOPK_RECORD_HEADER 24	/* bytes of a record before its item */
#define SK_TOPK_MAX_VARINT 9		/* bytes of a number below 2^63 */

/* Offsets in a record of a working sketch. */
enum
{
	SK_TOPK_AT_COUNT = 0,
	SK_TOPK_AT_LOWER = 8,
	SK_TOPK_AT_FINGERPRINT = 16,
	SK_TOPK_AT_LENGTH = 20,
	SK_TOPK_AT_ITEM = SK_TOPK_RECORD_HEADER
};

static inline size_t
sk_topk_record_bytes(const uint8_t *record)
{
	return SK_TOPK_RECORD_HEADER +
		(size_t) sk_load32(record + SK_TOPK_AT_LENGTH);
}

/* The record of an entry that was read from a working sketch. */
static inline const uint8_t *
sk_topk_record_of(const sk_topk_entry *e)
{
	return e->item - SK_TOPK_AT_ITEM;
}

/*
 * The cut that leaves at most k items: the (k+1)-th largest count, or 0 if there
 * are not that many. s is a working sketch; its own k does not matter. SK_COUNT,
 * SK_VALUE: it is damaged; after SK_OK all of its records can be read.
 */
extern sk_status sk_topk_find_cut(const sk_topk *s, uint32_t k, uint64_t *cut);

/* ---- the hash table ---- */

/* An empty slot is 0; another one has a fingerprint, and the offset of a record. */
static inline uint64_t
sk_topk_slot(const uint8_t *bytes, uint32_t i)
{
	return sk_load64(bytes + SK_TOPK_AT_SLOTS + 8 * (size_t) i);
}

/*
 * Where the search for an item starts: by a mix of the fingerprint (MurmurHash3's
 * 32-bit finalizer), so that items chosen for the first bits of their hashes do
 * not share a place.
 */
static inline uint32_t
sk_topk_home_slot(uint32_t fingerprint, uint32_t nslots)
{
	uint32_t	mix = fingerprint;

	mix = (mix ^ mix >> 16) * UINT32_C(0x85EBCA6B);
	mix = (mix ^ mix >> 13) * UINT32_C(0xC2B2AE35);
	mix ^= mix >> 16;
	return (uint32_t) ((uint64_t) mix * nslots >> 32);
}

/* Whether this is the offset of the item's record. Damaged tables have any. */
static inline bool
sk_topk_is_record_of(const uint8_t *bytes, size_t at, const sk_topk_item *item)
{
	size_t		body = SK_TOPK_AT_SLOTS +
		8 * (size_t) sk_load32(bytes + SK_TOPK_AT_NSLOTS);
	size_t		end = sk_load32(bytes + SK_TOPK_AT_END);

	return at >= body && at < end &&
		SK_TOPK_RECORD_HEADER + (size_t) item->nbytes <= end - at &&
		sk_load32(bytes + at + SK_TOPK_AT_LENGTH) == item->nbytes &&
		(item->nbytes == 0 ||
		 memcmp(bytes + at + SK_TOPK_AT_ITEM, item->bytes, item->nbytes) == 0);
}

/*
 * The slot of an item, or the empty one where it belongs; nslots if there is
 * neither. The search is bounded, since a damaged table may have no empty slot.
 */
static inline uint32_t
sk_topk_find_slot(const uint8_t *bytes, uint32_t nslots,
				  const sk_topk_item *item)
{
	uint32_t	i = sk_topk_home_slot(item->fingerprint, nslots);

	for (uint32_t searched = 0; searched < nslots; searched++)
	{
		uint64_t	slot = sk_topk_slot(bytes, i);

		if (slot == 0 ||
			(slot >> 32 == item->fingerprint &&
			 sk_topk_is_record_of(bytes, (uint32_t) slot, item)))
			return i;
		i = i + 1 == nslots ? 0 : i + 1;
	}
	return nslots;
}

/* ---- varints: 7 bits a byte, lowest first, bit 7 set on all but the last ---- */

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
 * Reads a number below 2^63 that ends before `end` and moves *at behind it.
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
