/*
 * cms/query.c: frequencies in a Count-Min sketch, their bounds, and the sizes
 * of joins.
 *
 * What other values add to a counter is distributed as the counters
 * themselves are, since one more value could have used any of them (Ting, KDD
 * 2018). If a counter is at most t with probability F, the least of depth
 * counters exceeds t with probability (1 - F)^depth; so the quantiles of the
 * error of an estimate are quantiles of the counters. For 95% at depth 5
 * these are no rarer than 1 in 200, and so well known. Nothing is assumed
 * about frequencies. On Zipf distributions, subtracting the median leaves a
 * tenth of the mean error. Other order statistics than the least are better
 * only for uniform frequencies: the third of five by 7%, with bounds narrower
 * by 25%.
 */
#include <math.h>

#include "core/cms/internal.h"

/* The least of a value's counters. */
static uint64_t
least_counter(const sk_cms *s, uint64_t value)
{
	uint32_t	width = s->design.width;
	uint64_t	least = UINT64_MAX;
	uint64_t	rows = value;

	for (int row = 0; row < s->design.depth; row++)
	{
		uint32_t	half = (uint32_t) (row % 2 == 0 ? rows >> 32 : rows);
		uint64_t	cell = sk_cms_cell(s, (uint32_t) row * width +
									(uint32_t) sk_cms_place(half, width));

		least = cell < least ? cell : least;
		if (row % 2 == 1)
			rows = sk_cms_next_rows(rows);
	}
	return least;
}

/* Counts of a damaged sketch can exceed its total. */
uint64_t
sk_cms_frequency(const sk_cms *s, uint64_t hash)
{
	uint64_t	value = sk_cms_value(hash);
	uint64_t	count = sk_cms_is_list(s) ? sk_cms_find(s, value) :
		least_counter(s, value);

	return count < s->total ? count : s->total;
}

/*
 * A search for the counter with this rank, counting from the least: first for how
 * many bits it has, then for these, eight at a time. So the time depends on the
 * counter that is found, not on the largest one.
 */
typedef struct search
{
	uint64_t	start;			/* the bits so far */
	unsigned	nbits;			/* that are to follow */
	uint32_t	rank;			/* among the counters that start so */
	uint32_t	ncells[257];	/* with each next digit; the last one counts
								 * counters that start otherwise */
} search;

/*
 * With this probability, the least of as many random counters as there are rows
 * is at most the counter of this rank.
 */
static uint32_t
rank_of(const sk_cms_design *design, double probability)
{
	double		part = 1 - pow(1 - probability, 1.0 / design->depth);
	double		rank = floor(part * sk_cms_ncells(design));

	return rank < sk_cms_ncells(design) ? (uint32_t) rank :
		sk_cms_ncells(design) - 1;
}

/*
 * The rank below that one, for the lower end of the excess. The value's own
 * counters are among those that are ranked, each moved up by what the value
 * added. So what the others add is as likely in front of the first one as
 * between any two. -1: not even the least counter is low enough.
 */
static int64_t
rank_below(const sk_cms_design *design, double probability)
{
	return (int64_t) rank_of(design, probability) - 1;
}

/* The counters by their number of bits. */
static void
count_lengths(uint32_t *lengths, const sk_cms *s, const sk_env *env)
{
	uint32_t	ncells = sk_cms_ncells(&s->design);
	uint64_t	cells[SK_CMS_BLOCK];

	memset(lengths, 0, 65 * sizeof(*lengths));
	for (uint32_t i = 0; i < sk_cms_nblocks(ncells); i++)
	{
		unsigned	n = sk_cms_block_cells(ncells, i);

		sk_env_poll(env, i);
		sk_cms_read_block(s, i, cells);
		for (unsigned j = 0; j < n; j++)
			lengths[sk_bit_length(cells[j])]++;
	}
}

/* The first bit of a counter is always 1. */
static search
start_search(uint32_t rank, const uint32_t *lengths)
{
	unsigned	length = 0;

	for (; length < 64 && rank >= lengths[length]; length++)
		rank -= lengths[length];
	return (search) {
		.start = length > 0, .nbits = length > 0 ? length - 1 : 0,.rank = rank
	};
}

static unsigned
digit_bits(const search *x)
{
	return x->nbits < 8 ? x->nbits : 8;
}

/* Branchless: the outcome is unpredictable. */
static void
count_digits(search *x, const uint64_t *cells, unsigned n)
{
	unsigned	width = digit_bits(x),
				shift = x->nbits - width;
	uint64_t	mask = (UINT64_C(1) << width) - 1;

	for (unsigned i = 0; i < n; i++)
	{
		uint64_t	digits = cells[i] >> shift;

		x->ncells[digits >> width == x->start ? digits & mask : 256]++;
	}
}

static void
append_digit(search *x)
{
	unsigned	width = digit_bits(x),
				digit = 0;

	for (; digit + 1 < 1u << width && x->rank >= x->ncells[digit]; digit++)
		x->rank -= x->ncells[digit];
	x->start = x->start << width | digit;
	x->nbits -= width;
	memset(x->ncells, 0, sizeof(x->ncells));
}

/* Appends a digit to each of three searches that is not at its end. */
static void
search_digit(search *searches, const sk_cms *s, const sk_env *env)
{
	uint32_t	ncells = sk_cms_ncells(&s->design);
	uint64_t	cells[SK_CMS_BLOCK];

	for (uint32_t i = 0; i < sk_cms_nblocks(ncells); i++)
	{
		sk_env_poll(env, i);
		sk_cms_read_block(s, i, cells);
		for (int j = 0; j < 3; j++)
			if (searches[j].nbits > 0)
				count_digits(&searches[j], cells, sk_cms_block_cells(ncells, i));
	}
	for (int j = 0; j < 3; j++)
		append_digit(&searches[j]);
}

void
sk_cms_measure_excess(const sk_cms *s, double confidence,
					  sk_cms_excess *excess, const sk_env *env)
{
	int64_t		below = rank_below(&s->design, (1 - confidence) / 2);
	uint32_t	lengths[65];
	search		searches[3];

	*excess = (sk_cms_excess) {0, 0, 0};
	if (sk_cms_is_list(s))
		return;
	count_lengths(lengths, s, env);
	searches[0] = start_search(below < 0 ? 0 : (uint32_t) below, lengths);
	searches[1] = start_search(rank_of(&s->design, 0.5), lengths);
	searches[2] = start_search(rank_of(&s->design, (1 + confidence) / 2),
							   lengths);
	while (searches[0].nbits + searches[1].nbits + searches[2].nbits > 0)
		search_digit(searches, s, env);
	*excess = (sk_cms_excess) {
		below < 0 ? 0 : searches[0].start, searches[1].start, searches[2].start
	};
}

static uint64_t
less(uint64_t frequency, uint64_t excess)
{
	return frequency > excess ? frequency - excess : 0;
}

sk_cms_bounds
sk_cms_frequency_bounds(const sk_cms *s, const sk_cms_excess *excess,
						uint64_t hash)
{
	uint64_t	frequency = sk_cms_frequency(s, hash);

	return (sk_cms_bounds) {
		less(frequency, excess->median), less(frequency, excess->most),
		less(frequency, excess->least)
	};
}

double
sk_cms_error_bound(const sk_cms *s)
{
	return sk_cms_is_list(s) ? 0 :
		SK_CMS_E / s->design.width * (double) s->total;
}

/* Reads one counter after the other, each the sum of a group of neighbors. */
typedef struct cursor
{
	const sk_cms *s;
	const sk_env *env;
	uint32_t	group;
	uint32_t	next;
	sk_status	status;
	uint64_t	cells[SK_CMS_BLOCK];
} cursor;

static void
next_block(cursor *c)
{
	sk_env_poll(c->env, c->next / SK_CMS_BLOCK);
	if (sk_cms_read_block(c->s, c->next / SK_CMS_BLOCK, c->cells) != SK_OK)
		c->status = SK_COUNT;
}

static uint64_t
next_counter(cursor *c)
{
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < c->group; i++, c->next++)
	{
		if (c->next % SK_CMS_BLOCK == 0)
			next_block(c);
		sum += c->cells[c->next % SK_CMS_BLOCK];
	}
	return sum;
}

/*
 * The least over all rows of the sum of products of counters; at most the
 * product of both totals, which only a damaged sketch can exceed.
 */
static sk_status
product_of_cells(const sk_cms *a, const sk_cms *b,
				 const sk_cms_design *design, double *product,
				 const sk_env *env)
{
	cursor		x = {a, env, a->design.width / design->width, 0, SK_OK, {0}},
				y = {b, env, b->design.width / design->width, 0, SK_OK, {0}};

	*product = (double) a->total * (double) b->total;
	for (int row = 0; row < design->depth; row++)
	{
		double		sum = 0;

		for (uint32_t i = 0; i < design->width; i++)
			sum += (double) next_counter(&x) * (double) next_counter(&y);
		*product = fmin(*product, sum);
	}
	return x.status != SK_OK ? x.status : y.status;
}

/*
 * With counters this is at most what product_of_cells() would give for the
 * counters of the list, since each value has its own least counter.
 */
static double
product_of_list(const sk_cms *list, const sk_cms *other, const sk_env *env)
{
	uint32_t	nentries = sk_cms_nentries(list);
	double		sum = 0;

	for (uint32_t i = 0; i < nentries; i++)
	{
		sk_cms_entry entry = sk_cms_entry_of(list, i);

		sk_env_poll_often(env, i);
		if (entry.value != 0)
			sum += (double) entry.count *
				(double) sk_cms_frequency(other, entry.value);
	}
	return sum;
}

sk_status
sk_cms_inner_product(const sk_cms *a, const sk_cms *b, double *product,
					 const sk_env *env)
{
	bool		a_is_shorter = !sk_cms_is_list(b) || a->nvalues <= b->nvalues;
	sk_cms_design design;

	*product = 0;
	if (sk_cms_is_empty(a) || sk_cms_is_empty(b))
		return SK_OK;
	if (sk_cms_common(&design, &a->design, &b->design) != SK_OK)
		return SK_UNLIKE;
	if (!sk_cms_is_list(a) && !sk_cms_is_list(b))
		return product_of_cells(a, b, &design, product, env);
	if (sk_cms_is_list(a) && a_is_shorter)
		*product = product_of_list(a, b, env);
	else
		*product = product_of_list(b, a, env);
	return SK_OK;
}
