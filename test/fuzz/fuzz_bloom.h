/*
 * fuzz_bloom.h: what the bloom targets share: which statuses are possible, and
 * the questions that any filter that opens can answer.
 */
#ifndef FUZZ_BLOOM_H
#define FUZZ_BLOOM_H

#include "bloom_help.h"
#include "fuzz.h"

/* Requires a status that an operation on filters that opened can have. */
static inline bool
bloom_answered(sk_status status)
{
	require(status == SK_OK || status == SK_COUNT || status == SK_ORDER ||
			status == SK_VALUE || status == SK_UNLIKE, "a bloom answer");
	return status == SK_OK;
}

/* What can be packed passes the check then. */
static inline void
bloom_pack_any(buffer b)
{
	sk_bloom	s = bloom_opened(b);
	buffer		p;

	if (bloom_answered(try_bloom_pack(&s, &p)) && !sk_bloom_is_packed(&s))
		require(bloom_check(p) == SK_OK,
				"packed as something else");
	free_buffer(&p);
}

/* A working filter of all that is in s. */
static inline sk_status
bloom_working(const sk_bloom *s, buffer *out)
{
	*out = new_bloom(s->design);
	return try_bloom_merge(out, s);
}

/* bloom_cardinality(), bloom_false_positive_rate() and bloom_info(). */
static inline double
bloom_count_any(const sk_bloom *s)
{
	sk_bloom_fills fills;
	double		count;

	sk_bloom_count_fills(s, &fills, &test_env);
	count = sk_bloom_count(s, &fills);
	require(count >= 0, "a count");
	require(sk_bloom_rate(s, &fills) >= 0 && sk_bloom_rate(s, &fills) <= 1,
			"a rate");
	require(!sk_bloom_is_empty(s, &test_env) || count == 0,
			"empty, and yet with values");
	require(sk_bloom_bits_set(&fills) <= UINT64_C(8) * s->nbytes,
			"more bits than there are");
	return count;
}

/*
 * Probes a stored filter as bloom_contains() does: the header alone says where to
 * look, and the bytes of that place alone are the answer.
 */
static inline sk_bloom_answer
bloom_probe_slice(const sk_bloom *s, uint64_t hash)
{
	buffer		header = copy_bytes(s->bytes, SK_BLOOM_HEADER);
	buffer		bytes;
	sk_bloom	head;
	sk_bloom_slice place;
	sk_bloom_answer answer;

	require(sk_bloom_open(&head, header.bytes, s->nbytes) == SK_OK,
			"a header that does not open alone");
	place = sk_bloom_place(&head, hash);
	require(place.offset >= SK_BLOOM_HEADER &&
			place.offset + place.nbytes <= s->nbytes, "a slice outside");
	bytes = copy_bytes(s->bytes + place.offset, place.nbytes);
	answer = sk_bloom_slice_has(&head, place, bytes.bytes, hash);
	free_buffer(&header);
	free_buffer(&bytes);
	return answer;
}

/* bloom_contains(), by the whole and by a slice. */
static inline bool
bloom_probe(const sk_bloom *s, uint64_t hash, bool accepted)
{
	bool		has = sk_bloom_has(s, hash);
	sk_bloom_answer answer;

	if (!sk_bloom_is_packed(s))
		return has;
	answer = bloom_probe_slice(s, hash);
	require(!accepted || answer == SK_BLOOM_ELSEWHERE ||
			(answer == SK_BLOOM_PRESENT) == has, "a slice has another answer");
	return has;
}

/* See mutate_value(). */
static inline size_t
bloom_repair(uint8_t *bytes, size_t nbytes, size_t room)
{
	buffer		value = copy_bytes(bytes, nbytes);
	buffer		working = {NULL, 0},
				repaired = {NULL, 0};
	sk_bloom	s;

	if (sk_bloom_open(&s, value.bytes, nbytes) == SK_OK &&
		bloom_working(&s, &working) == SK_OK)
	{
		s = bloom_opened(working);
		try_bloom_pack(&s, &repaired);
	}
	free_buffer(&working);
	free_buffer(&value);
	return put_back(bytes, nbytes, room, &repaired);
}

#endif							/* FUZZ_BLOOM_H */
