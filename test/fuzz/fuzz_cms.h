/*
 * fuzz_cms.h: what the cms targets share: the possible answers, and questions
 * for any sketch that opens.
 */
#ifndef FUZZ_CMS_H
#define FUZZ_CMS_H

#include "cms_help.h"
#include "fuzz.h"

/* The statuses of operations on sketches that open. */
static inline bool
cms_answered(sk_status status)
{
	require(status == SK_OK || status == SK_COUNT || status == SK_ORDER ||
			status == SK_VALUE || status == SK_UNLIKE || status == SK_OVERFLOW,
			"a cms answer");
	return status == SK_OK;
}

/* Whether it is small enough to go through all counters. */
static inline bool
cms_is_small(const sk_cms *s)
{
	return sk_cms_is_list(s) || 8 * (size_t) sk_cms_ncells(&s->design) <= MOST_WORK;
}

/* What can be packed passes the check. */
static inline void
cms_pack_any(buffer b)
{
	sk_cms		s = cms_opened(b);
	buffer		p;

	if (cms_answered(try_cms_pack(&s, &p)) && !sk_cms_is_packed(&s))
		require(sk_cms_check(p.bytes, p.nbytes, &test_env) == SK_OK,
				"packed as something else");
	free_buffer(&p);
}

/* The working sketch of all that is in s. */
static inline sk_status
cms_working(const sk_cms *s, buffer *out)
{
	*out = (buffer) {NULL, 0};
	return try_cms_merge(out, s);
}

/* cms_frequency_bounds(). */
static inline void
cms_ask_for(const sk_cms *s, const sk_cms_excess *e, uint64_t hash)
{
	uint64_t	most = sk_cms_frequency(s, hash);
	sk_cms_bounds b = sk_cms_frequency_bounds(s, e, hash);

	require(b.lower <= b.estimate && b.estimate <= b.upper &&
			b.upper <= most && most <= s->total, "bounds of a frequency");
}

static inline sk_cms_excess
cms_excess_of(const sk_cms *s, double confidence)
{
	sk_cms_excess e;

	sk_cms_measure_excess(s, confidence, &e, &test_env);
	require(e.least <= e.median && e.median <= e.most, "the excess");
	return e;
}

/* See mutate_value(). */
static inline size_t
cms_repair(uint8_t *bytes, size_t nbytes, size_t room)
{
	buffer		value = copy_bytes(bytes, nbytes);
	buffer		working = {NULL, 0},
				repaired = {NULL, 0};
	sk_cms		s;

	if (sk_cms_open(&s, value.bytes, nbytes) == SK_OK && cms_is_small(&s) &&
		cms_working(&s, &working) == SK_OK)
	{
		s = cms_opened(working);
		try_cms_pack(&s, &repaired);
	}
	free_buffer(&working);
	free_buffer(&value);
	return put_back(bytes, nbytes, room, &repaired);
}

#endif							/* FUZZ_CMS_H */
