/*
 * topk_streams.c: how far the estimates of a topk listing are from the truth, in
 * streams that stay the same and in streams that change, as a line of CSV.
 *
 *     topk_streams stream parts runs
 *
 * A million events, k = 100; one sketch of all, or a union of the packed sketches
 * of that many parts of the sequence, as topk_union_agg() makes it. The streams:
 *
 *     zipf0.8, ...   100,000 items by Zipf's law, in random order
 *     uniform        100,000 items, equally frequent
 *     bursts         half of zipf1.0; the rest are 2,000 other items, each of which
 *                    comes in one short burst
 *     drift          zipf1.0 over ranks, a tenth of which get a new item in each of
 *                    50 periods
 *     overtake       zipf1.0 that turns into zipf1.0 of the reverse ranks
 *     sorted         zipf1.0, the rarest items first
 *     weights        zipf1.0, with weights from 1 to 10^6 (log-normal)
 *     rising         each item once, with a weight that rises
 *
 * Estimates: the lower bound, the middle of the bounds, and the estimate of a cms
 * value of the same events (epsilon 0.001, delta 0.01) clamped to the bounds.
 * Each ranks its own first 20, whose RMSE is taken over all runs.
 */
#include "cms_help.h"
#include "topk_help.h"
#include "zipf.h"

#define ITEMS 100000
#define BURSTS 2000
#define PERIODS 50
#define NUMBERS 1000000		/* of items, the drawn ones included */
#define EVENTS 1000000
#define K 100
#define TOP 20

enum
{
	LOWER,
	MIDDLE,
	BY_CMS,
	ESTIMATES
};

typedef struct stream
{
	uint32_t	items[EVENTS];	/* numbers */
	uint64_t	weights[EVENTS];
	uint64_t	truth[NUMBERS];
	uint64_t	least_of_top;	/* the truth of the 20th */
} stream;

/* A listed item, with its estimates. */
typedef struct listed
{
	uint64_t	truth;
	uint64_t	upper;
	uint64_t	estimates[ESTIMATES];
	uint32_t	number;
} listed;

/* Sums over all runs. */
typedef struct tally
{
	double		squares[ESTIMATES];
	double		found[ESTIMATES];
	double		truth;
	double		certain;		/* items among the first 20 */
	double		wrong;			/* and not among the true first 20 */
	double		nlisted;
} tally;

static stream s;
static double cumulated[ITEMS];

/* --- streams --------------------------------------------------------------- */

static void
cumulate(double exponent)
{
	zipf_means(cumulated, ITEMS, exponent, 1);
	for (size_t i = 1; i < ITEMS; i++)
		cumulated[i] += cumulated[i - 1];
}

/* A rank, 0 the most frequent, by the distribution. */
static uint32_t
draw_rank(uint64_t *state)
{
	double		u = random_unit(state) * cumulated[ITEMS - 1];
	uint32_t	low = 0,
				high = ITEMS - 1;

	while (low < high)
	{
		uint32_t	middle = (low + high) / 2;

		if (cumulated[middle] < u)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
draw_stationary(double exponent, uint64_t *state)
{
	cumulate(exponent);
	for (size_t i = 0; i < EVENTS; i++)
		s.items[i] = draw_rank(state);
}

/* Overwrites half of the events; the largest burst has 5,000, in a hundredth of
 * the stream or less. */
static void
draw_bursts(uint64_t *state)
{
	draw_stationary(1.0, state);
	for (uint32_t burst = 0; burst < BURSTS; burst++)
	{
		uint32_t	left = (uint32_t) (5000 / pow(burst + 1, 0.4)),
					length = 2 * left,
					from = (uint32_t) (random_unit(state) * (EVENTS - length));

		while (left-- > 0)
			s.items[from + (uint32_t) (random_unit(state) * length)] =
				ITEMS + burst;
	}
}

static void
draw_drift(uint64_t *state)
{
	static uint32_t of_rank[ITEMS];
	uint32_t	next = ITEMS;

	cumulate(1.0);
	for (uint32_t i = 0; i < ITEMS; i++)
		of_rank[i] = i;
	for (size_t i = 0; i < EVENTS; i++)
	{
		if (i > 0 && i % (EVENTS / PERIODS) == 0)
			for (uint32_t rank = 0; rank < ITEMS; rank++)
				if (random_unit(state) < 0.1 && next < NUMBERS)
					of_rank[rank] = next++;
		s.items[i] = of_rank[draw_rank(state)];
	}
}

static void
draw_overtake(uint64_t *state)
{
	cumulate(1.0);
	for (size_t i = 0; i < EVENTS; i++)
	{
		uint32_t	rank = draw_rank(state);

		s.items[i] = random_unit(state) * EVENTS < (double) i ?
			ITEMS - 1 - rank : rank;
	}
}

static int
compare_numbers(const void *a, const void *b)
{
	uint64_t	x = s.truth[*(const uint32_t *) a],
				y = s.truth[*(const uint32_t *) b];
	uint32_t	i = *(const uint32_t *) a,
				j = *(const uint32_t *) b;

	return x != y ? (x > y) - (x < y) : (i > j) - (i < j);
}

static void
count_truth(void)
{
	memset(s.truth, 0, sizeof(s.truth));
	for (size_t i = 0; i < EVENTS; i++)
		s.truth[s.items[i]] += s.weights[i];
}

static void
draw_sorted(uint64_t *state)
{
	draw_stationary(1.0, state);
	count_truth();
	qsort(s.items, EVENTS, sizeof(*s.items), compare_numbers);
}

static void
draw_weights(uint64_t *state)
{
	draw_stationary(1.0, state);
	for (size_t i = 0; i < EVENTS; i++)
	{
		double		normal = sqrt(-2 * log(random_unit(state))) *
			cos(6.283185307179586 * random_unit(state));

		s.weights[i] = 1 + (uint64_t) fmin(1e6, exp(6 + 2 * normal));
	}
}

static void
draw_rising(void)
{
	for (uint32_t i = 0; i < EVENTS; i++)
	{
		s.items[i] = i % NUMBERS;
		s.weights[i] = i;
	}
}

static void
draw_stream(const char *name, uint64_t *state)
{
	for (size_t i = 0; i < EVENTS; i++)
		s.weights[i] = 1;
	if (strncmp(name, "zipf", 4) == 0)
		draw_stationary(atof(name + 4), state);
	else if (strcmp(name, "uniform") == 0)
		draw_stationary(0, state);
	else if (strcmp(name, "bursts") == 0)
		draw_bursts(state);
	else if (strcmp(name, "drift") == 0)
		draw_drift(state);
	else if (strcmp(name, "overtake") == 0)
		draw_overtake(state);
	else if (strcmp(name, "sorted") == 0)
		draw_sorted(state);
	else if (strcmp(name, "weights") == 0)
		draw_weights(state);
	else if (strcmp(name, "rising") == 0)
		draw_rising();
	else
		give_up("no such stream", 0);
	count_truth();
}

static int
compare_descending(const void *a, const void *b)
{
	uint64_t	x = *(const uint64_t *) a,
				y = *(const uint64_t *) b;

	return (x < y) - (x > y);
}

static void
find_top(void)
{
	uint64_t	top[TOP] = {0};

	for (size_t i = 0; i < NUMBERS; i++)
	{
		int			at = TOP;

		for (; at > 0 && top[at - 1] < s.truth[i]; at--)
			if (at < TOP)
				top[at] = top[at - 1];
		if (at < TOP)
			top[at] = s.truth[i];
	}
	s.least_of_top = top[TOP - 1];
}

/* --- sketches --------------------------------------------------------------- */

static buffer
topk_of_events(size_t from, size_t to)
{
	buffer		b = new_topk(K),
				p;

	for (size_t i = from; i < to; i++)
		topk_add_bytes(&b, &s.items[i], sizeof(*s.items), s.weights[i]);
	p = topk_packed(b);
	free_buffer(&b);
	return p;
}

static buffer
topk_of_parts(size_t nparts)
{
	buffer		all = topk_of_events(0, EVENTS / nparts),
				packed;

	for (size_t i = 1; i < nparts; i++)
	{
		buffer		part = topk_of_events(EVENTS * i / nparts,
										  EVENTS * (i + 1) / nparts);

		topk_merge_into(&all, part);
		free_buffer(&part);
	}
	packed = topk_packed(all);
	free_buffer(&all);
	return packed;
}

static buffer
cms_of_events(void)
{
	buffer		b = new_cms(design_for(0.001, 0.01));

	for (size_t i = 0; i < EVENTS; i++)
		if (s.weights[i] > 0)
			cms_add_hash(&b, sk_hash_bytes(&s.items[i], sizeof(*s.items), 0),
						 s.weights[i]);
	return b;
}

/* --- how good they are ------------------------------------------------------- */

/* All items of a sketch with their estimates; returns how many. */
static int
list_items(listed *items, buffer topk, buffer cms)
{
	sk_topk		t = topk_opened(topk);
	sk_cms		c = cms_opened(cms);
	sk_cms_excess excess;
	sk_topk_cursor cursor = sk_topk_first(&t);
	sk_topk_entry e;
	int			n = 0;

	sk_cms_measure_excess(&c, 0.95, &excess, &test_env);
	while (sk_topk_next(&cursor, &e))
	{
		uint64_t	estimate = sk_cms_frequency_bounds(&c, &excess,
													   sk_hash_bytes(e.item, e.nbytes,
																	 0)).estimate;
		listed	   *item = &items[n++];

		item->number = sk_load32(e.item);
		item->truth = s.truth[item->number];
		item->upper = e.upper;
		item->estimates[LOWER] = e.lower;
		item->estimates[MIDDLE] = e.lower + (e.upper - e.lower) / 2;
		item->estimates[BY_CMS] = estimate < e.lower ? e.lower :
			estimate > e.upper ? e.upper : estimate;
		if (item->truth < e.lower || item->truth > e.upper)
			give_up("an item is out of its bounds", (int) item->number);
	}
	return n;
}

static int	by;					/* the estimate to sort by */

static int
compare_listed(const void *a, const void *b)
{
	const listed *x = a,
			   *y = b;

	if (x->estimates[by] != y->estimates[by])
		return x->estimates[by] < y->estimates[by] ? 1 : -1;
	return (x->number > y->number) - (x->number < y->number);
}

/* As topk_items(s, 20) says it. */
static void
observe_certain(tally *t, const listed *items, int n, uint64_t offset)
{
	uint64_t	uppers[K] = {0},
				above;

	for (int i = 0; i < n; i++)
		uppers[i] = items[i].upper;
	qsort(uppers, (size_t) n, sizeof(*uppers), compare_descending);
	above = n > TOP && uppers[TOP] > offset ? uppers[TOP] : offset;
	for (int i = 0; i < n && i < TOP; i++)
		if (items[i].estimates[LOWER] > above)
		{
			t->certain++;
			t->wrong += items[i].truth < s.least_of_top;
		}
}

static void
observe(tally *t, buffer topk, buffer cms)
{
	listed		items[K];
	int			n = list_items(items, topk, cms);

	for (by = ESTIMATES - 1; by >= LOWER; by--)
	{
		qsort(items, (size_t) n, sizeof(*items), compare_listed);
		for (int i = 0; i < n && i < TOP; i++)
		{
			double		error = (double) items[i].estimates[by] -
				(double) items[i].truth;

			t->squares[by] += error * error;
			t->found[by] += items[i].truth >= s.least_of_top;
		}
	}
	for (int i = 0; i < n && i < TOP; i++)
	{
		t->truth += (double) items[i].truth;
		t->nlisted++;
	}
	observe_certain(t, items, n, topk_opened(topk).offset);
}

/* One RMSE over another one, which can be 0. */
static double
ratio(double a, double b)
{
	return a == b ? 1 : b > 0 ? a / b : INFINITY;
}

int
main(int argc, char **argv)
{
	size_t		nparts = argc == 4 ? (size_t) atol(argv[2]) : 0;
	long		runs = argc == 4 ? atol(argv[3]) : 0;
	tally		t = {.nlisted = 0};
	double		rmse[ESTIMATES],
				best;

	if (nparts < 1 || runs < 1)
		give_up("usage: topk_streams stream parts runs", argc);
	for (uint64_t run = 1; run <= (uint64_t) runs; run++)
	{
		uint64_t	state = run * UINT64_C(0xD1342543DE82EF95);
		buffer		topk,
					cms;

		draw_stream(argv[1], &state);
		find_top();
		topk = topk_of_parts(nparts);
		cms = cms_of_events();
		observe(&t, topk, cms);
		free_buffer(&topk);
		free_buffer(&cms);
	}
	for (int i = LOWER; i < ESTIMATES; i++)
		rmse[i] = t.nlisted > 0 ? sqrt(t.squares[i] / t.nlisted) : 0;
	best = fmin(rmse[LOWER], rmse[MIDDLE]);
	printf("%s,%s,%ld,%.0f,%.1f,%.1f,%.1f,%.4f,%.4f,%.1f,%.1f,%.1f,%.1f,%.0f\n",
		   argv[1], argv[2], runs,
		   t.nlisted > 0 ? t.truth / t.nlisted : 0,
		   rmse[LOWER], rmse[MIDDLE], rmse[BY_CMS], ratio(rmse[LOWER], best),
		   ratio(rmse[BY_CMS], best), t.found[LOWER] / (double) runs,
		   t.found[MIDDLE] / (double) runs, t.found[BY_CMS] / (double) runs,
		   t.certain / (double) runs, t.wrong);
	return 0;
}
