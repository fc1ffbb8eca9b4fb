/*
 * topk/cut.c: finding the (k+1)-th largest count.
 *
 * By counting digits, one after the other from the highest: that needs no copy
 * of the counts, and no order of them makes it slow, as some do quickselect.
 */
#include "core/topk/internal.h"

#define DIGITS 256

/* What a walk along the records finds. */
typedef struct tally
{
	uint32_t	nitems[DIGITS]; /* by their digit */
	uint64_t	all;			/* bits of all counts, or-ed */
} tally;

/*
 * Tallies the counts themselves, with 255 for all larger ones. Mostly no other
 * walk is needed, since most surplus items are rare.
 */
static sk_status
tally_small(const sk_topk *s, tally *t)
{
	sk_topk_cursor c = sk_topk_first(s);
	sk_topk_entry e;

	memset(t, 0, sizeof(*t));
	while (sk_topk_next(&c, &e))
	{
		uint64_t	count = e.upper - s->offset;

		t->nitems[count < DIGITS ? count : DIGITS - 1]++;
		t->all |= count;
	}
	return c.status;
}

/* Tallies one digit of the counts whose higher digits are those of `prefix`. */
static void
tally_digits(const sk_topk *s, tally *t, uint64_t prefix, unsigned shift)
{
	sk_topk_cursor c = sk_topk_first(s);
	sk_topk_entry e;

	memset(t->nitems, 0, sizeof(t->nitems));
	while (sk_topk_next(&c, &e))
	{
		uint64_t	count = e.upper - s->offset;

		if ((count ^ prefix) >> shift < DIGITS)
			t->nitems[count >> shift & (DIGITS - 1)]++;
	}
}

/* The digit of the item of this rank; *rank becomes its rank among the items of
 * that digit. */
static unsigned
digit_of_rank(const tally *t, uint32_t *rank)
{
	unsigned	digit = DIGITS - 1;

	while (digit > 0 && t->nitems[digit] < *rank)
		*rank -= t->nitems[digit--];
	return digit;
}

/* The count of this rank, which has at most as many digits as t->all. */
static uint64_t
count_of_rank(const sk_topk *s, tally *t, uint32_t rank)
{
	unsigned	shift = (sk_bit_length(t->all) + 7) / 8 * 8;
	uint64_t	count = 0;

	while (shift > 0)
	{
		shift -= 8;
		tally_digits(s, t, count, shift);
		count |= (uint64_t) digit_of_rank(t, &rank) << shift;
	}
	return count;
}

sk_status
sk_topk_find_cut(const sk_topk *s, uint32_t k, uint64_t *cut)
{
	tally		t;
	uint32_t	rank = k + 1;
	sk_status	status = tally_small(s, &t);

	*cut = 0;
	if (status != SK_OK)
		return status == SK_VALUE ? SK_VALUE : SK_COUNT;
	if (s->nitems <= k)
		return SK_OK;
	*cut = t.nitems[DIGITS - 1] < rank ? digit_of_rank(&t, &rank) :
		count_of_rank(s, &t, rank);
	return SK_OK;
}
