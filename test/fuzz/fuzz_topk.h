/*
 * fuzz_topk.h: what the topk targets share: which statuses are possible, and what
 * is done with any sketch that opens.
 */
#ifndef FUZZ_TOPK_H
#define FUZZ_TOPK_H

#include "fuzz.h"
#include "topk_help.h"

/* Whether it is SK_OK; it must be a status that operations on sketches that
 * opened can have. */
static inline bool
topk_answered(sk_status status)
{
	require(status == SK_OK || status == SK_SHORT || status == SK_LONG ||
			status == SK_COUNT || status == SK_ORDER || status == SK_VALUE ||
			status == SK_DESIGN || status == SK_SIZE || status == SK_OVERFLOW,
			"a topk answer");
	return status == SK_OK;
}

/* If it can be packed, the packed form passes the check. */
static inline void
topk_pack_any(buffer b)
{
	sk_topk		s;
	buffer		p = {NULL, 0};
	sk_status	status = sk_topk_open(&s, b.bytes, b.nbytes);

	if (status == SK_OK)
		status = try_topk_pack(b, &p);
	if (topk_answered(status) && s.layout == SK_TOPK_WORKING)
		require(sk_topk_check(p.bytes, p.nbytes, &test_env) == SK_OK,
				"packed as something else");
	free_buffer(&p);
}

/* A working copy of a sketch; on a status other than SK_OK *out is empty. */
static inline sk_status
topk_working(buffer b, buffer *out)
{
	*out = (buffer) {NULL, 0};
	return try_topk_merge(out, b);
}

/* As topk_items(): all entries up to the first damage, in the order of display. */
static inline uint32_t
topk_walk(const sk_topk *s, sk_status *status)
{
	sk_topk_entry *entries = malloc((s->nitems + (size_t) 1) * sizeof(*entries));
	sk_topk_cursor c = sk_topk_first(s);
	uint32_t	n = 0;

	while (n < s->nitems && sk_topk_next(&c, &entries[n]))
	{
		const sk_topk_entry *e = &entries[n++];

		require(sk_topk_length_ok(e->nbytes) && e->item >= s->bytes &&
				e->item + e->nbytes <= s->bytes + s->nbytes, "an item outside");
		require(e->lower <= e->upper && e->upper - e->lower <= s->offset,
				"bounds of an item");
	}
	*status = c.status;
	qsort(entries, n, sizeof(*entries), sk_topk_compare);
	free(entries);
	return n;
}

/* See mutate_value(). */
static inline size_t
topk_repair(uint8_t *bytes, size_t nbytes, size_t room)
{
	buffer		value = copy_bytes(bytes, nbytes);
	buffer		working = {NULL, 0},
				repaired = {NULL, 0};
	sk_topk		s;

	if (sk_topk_open(&s, value.bytes, nbytes) == SK_OK &&
		topk_working(value, &working) == SK_OK)
		try_topk_pack(working, &repaired);
	free_buffer(&working);
	free_buffer(&value);
	return put_back(bytes, nbytes, room, &repaired);
}

#endif							/* FUZZ_TOPK_H */
