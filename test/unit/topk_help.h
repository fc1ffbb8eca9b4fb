/*
 * topk_help.h: what the topk tests share: buffers that hold sketches, and the
 * packed bytes of doc/format.md a second time, as literally as possible: from a
 * plain list of items and weights, with a cut found by sorting. That part shares
 * no code with src/core.
 */
#ifndef TOPK_HELP_H
#define TOPK_HELP_H

#include "env.h"
#include "hll_help.h"
#include "core/topk/sketch.h"

static inline sk_topk
topk_opened(buffer b)
{
	sk_topk		s;
	sk_status	status = sk_topk_open(&s, b.bytes, b.nbytes);

	if (status != SK_OK)
		give_up("a sketch does not open", (int) status);
	return s;
}

static inline buffer
new_topk(uint32_t k)
{
	sk_value	v = sk_topk_empty(k, &test_env);

	return (buffer) {v.bytes, v.nbytes};
}

/* The buffer becomes the sketch that was in it, wherever that is now. */
static inline void
topk_keep(buffer *b, sk_value v)
{
	if (v.bytes != b->bytes)
		free_buffer(b);
	*b = (buffer) {v.bytes, v.nbytes};
}

static inline sk_status
try_topk_merge(buffer *dst, buffer src)
{
	sk_value	v = {dst->bytes, dst->nbytes};
	sk_status	status = sk_topk_merge(&v, src.bytes, src.nbytes, &test_env);

	topk_keep(dst, v);
	return status;
}

static inline void
topk_merge_into(buffer *dst, buffer src)
{
	sk_status	status = try_topk_merge(dst, src);

	if (status != SK_OK)
		give_up("a merge fails", (int) status);
}

static inline sk_status
try_topk_add_item(buffer *dst, const sk_topk_item *item, uint64_t weight)
{
	sk_value	v = {dst->bytes, dst->nbytes};
	sk_status	status = sk_topk_add(&v, item, weight, &test_env);

	topk_keep(dst, v);
	return status;
}

static inline sk_status
try_topk_add(buffer *dst, const void *bytes, size_t nbytes, uint64_t weight)
{
	sk_topk_item item = sk_topk_item_of(bytes, nbytes);

	return try_topk_add_item(dst, &item, weight);
}

static inline void
topk_add_bytes(buffer *dst, const void *bytes, size_t nbytes, uint64_t weight)
{
	sk_status	status = try_topk_add(dst, bytes, nbytes, weight);

	if (status != SK_OK)
		give_up("an add fails", (int) status);
}

/* Packs a copy of a sketch; on a status other than SK_OK *out is empty. */
static inline sk_status
try_topk_pack(buffer b, buffer *out)
{
	buffer		copy = copy_bytes(b.bytes, b.nbytes);
	sk_value	v = {copy.bytes, copy.nbytes};
	sk_status	status = sk_topk_pack(&v, &test_env);

	topk_keep(&copy, v);
	if (status != SK_OK)
		free_buffer(&copy);
	*out = copy;
	return status;
}

static inline buffer
topk_packed(buffer b)
{
	buffer		out;
	sk_status	status = try_topk_pack(b, &out);

	if (status != SK_OK)
		give_up("packing fails", (int) status);
	return out;
}

static inline sk_topk_bounds
topk_bounds_of(buffer b, const void *bytes, size_t nbytes)
{
	sk_topk		s = topk_opened(b);
	sk_topk_item item = sk_topk_item_of(bytes, nbytes);

	return sk_topk_find(&s, &item);
}

/* The lower bound, which is 0 if and only if the item is not held. */
static inline uint64_t
topk_lower_of(buffer b, const void *bytes, size_t nbytes)
{
	return topk_bounds_of(b, bytes, nbytes).lower;
}

/* The sum of the counts that are held. */
static inline uint64_t
topk_sum_of(buffer b)
{
	sk_topk		s = topk_opened(b);
	sk_topk_cursor c = sk_topk_first(&s);
	sk_topk_entry e;
	uint64_t	sum = 0;

	while (sk_topk_next(&c, &e))
		sum += e.upper - s.offset;
	if (c.status != SK_OK)
		give_up("a walk fails", (int) c.status);
	return sum;
}

/* --- items by number ----------------------------------------------------- */

#define NAME_SIZE 48

/* Different bytes for different numbers; some begin others. */
static inline size_t
name_of(char *name, uint32_t number)
{
	int			n = snprintf(name, NAME_SIZE, "%u", number);

	memset(name + n, 'x', number % 30);
	return (size_t) n + number % 30;
}

static inline void
topk_add_number(buffer *b, uint32_t number, uint64_t weight)
{
	char		name[NAME_SIZE];
	size_t		nbytes = name_of(name, number);

	topk_add_bytes(b, name, nbytes, weight);
}

static inline sk_topk_bounds
topk_bounds_number(buffer b, uint32_t number)
{
	char		name[NAME_SIZE];
	size_t		nbytes = name_of(name, number);

	return topk_bounds_of(b, name, nbytes);
}

/* --- the second implementation ------------------------------------------- */

typedef struct weighted
{
	char		name[NAME_SIZE];
	size_t		nbytes;
	uint64_t	count;
} weighted;

/* Byte by byte, and the end before any byte. */
static inline int
compare_names(const void *a, const void *b)
{
	const weighted *x = a,
			   *y = b;

	for (size_t i = 0;; i++)
	{
		int			p = i < x->nbytes ? (unsigned char) x->name[i] : -1;
		int			q = i < y->nbytes ? (unsigned char) y->name[i] : -1;

		if (p != q || p < 0)
			return p - q;
	}
}

static inline int
compare_counts(const void *a, const void *b)
{
	const weighted *x = a,
			   *y = b;

	return x->count < y->count ? 1 : x->count > y->count ? -1 : 0;
}

static inline void
put_varint(buffer *b, uint64_t x)
{
	do
	{
		resize(b, b->nbytes + 1);
		b->bytes[b->nbytes - 1] = (uint8_t) (x % 128 + (x >= 128 ? 128 : 0));
		x /= 128;
	} while (x > 0);
}

static inline void
put_bytes(buffer *b, const char *bytes, size_t nbytes)
{
	resize(b, b->nbytes + nbytes);
	memcpy(b->bytes + b->nbytes - nbytes, bytes, nbytes);
}

/* The packed sketch of items that were never too many at once; reorders them. */
static inline buffer
reference_topk(uint32_t k, weighted *items, size_t n)
{
	buffer		b = {NULL, 0};
	uint64_t	total = 0,
				cut = 0;
	size_t		kept = 0;

	qsort(items, n, sizeof(*items), compare_counts);
	for (size_t i = 0; i < n; i++)
		total += items[i].count;
	if (n > k)
		cut = items[k].count;
	while (kept < n && items[kept].count > cut)
		kept++;
	qsort(items, kept, sizeof(*items), compare_names);
	put_bytes(&b, "\xb1\x00", 2);
	put_varint(&b, k);
	put_varint(&b, total);
	put_varint(&b, cut);
	put_varint(&b, kept);
	for (size_t i = 0; i < kept; i++)
	{
		put_varint(&b, items[i].count);
		put_varint(&b, 0);
		put_varint(&b, items[i].nbytes);
		put_bytes(&b, items[i].name, items[i].nbytes);
	}
	return b;
}

#endif							/* TOPK_HELP_H */
