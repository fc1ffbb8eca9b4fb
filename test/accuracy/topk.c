/*
 * topk.c: the errors of sketches of the most frequent items after merging, as a
 * line of CSV.
 *
 *     topk exponent order tree runs
 *
 * 10^7 events on a million items by Zipf's law of that exponent, k = 100. The
 * order of the events: random, first (all events of the most frequent item, then
 * of the next), last (the reverse), or turns (each item once, then each that has
 * events left once more, and so on). The tree: one sketch of all events; or 64
 * packed ones, one for each part of the sequence, merged from first to last
 * ("chain"), neighbors with neighbors ("pairs"), or two at random ("any"), each
 * union being packed.
 */
#include "topk_help.h"
#include "zipf.h"

#define VALUES 1000000
#define EVENTS 1e7
#define PARTS 64
#define K 100
#define TOP 20

typedef struct stream
{
	uint32_t   *events;			/* numbers of items */
	size_t		nevents;
	uint64_t	truth[VALUES];
	uint64_t	top[TOP];		/* the largest of truth, descending */
} stream;

/* The worst of all runs, but `spread`. */
typedef struct tally
{
	double		error,			/* over the guaranteed bound */
				offset,
				outside;		/* items whose bounds do not hold, in all runs */
	int			found;			/* of the most frequent */
	double		spread;			/* sum, over these: upper - lower, of the truth */
	size_t		nbytes;
} tally;

/* --- events ---------------------------------------------------------------- */

static void
keep_top(stream *s, uint64_t frequency)
{
	int			i = TOP;

	for (; i > 0 && s->top[i - 1] < frequency; i--)
		if (i < TOP)
			s->top[i] = s->top[i - 1];
	if (i < TOP)
		s->top[i] = frequency;
}

static void
draw_truth(stream *s, double exponent, uint64_t *state)
{
	static double means[VALUES];

	zipf_means(means, VALUES, exponent, EVENTS);
	s->nevents = 0;
	memset(s->top, 0, sizeof(s->top));
	for (size_t i = 0; i < VALUES; i++)
	{
		s->truth[i] = (uint64_t) random_poisson(means[i], state);
		s->nevents += s->truth[i];
		keep_top(s, s->truth[i]);
	}
}

static void
write_in_row(stream *s, bool descending)
{
	uint32_t   *event = s->events;

	for (uint32_t i = 0; i < VALUES; i++)
	{
		uint32_t	number = descending ? i : VALUES - 1 - i;

		for (uint64_t j = 0; j < s->truth[number]; j++)
			*event++ = number;
	}
}

static void
write_in_turns(stream *s)
{
	static uint32_t left[VALUES];
	uint32_t   *event = s->events;
	uint32_t	nleft = VALUES;

	for (uint32_t i = 0; i < VALUES; i++)
		left[i] = i;
	for (uint64_t turn = 1; nleft > 0; turn++)
	{
		uint32_t	kept = 0;

		for (uint32_t i = 0; i < nleft; i++)
			if (s->truth[left[i]] >= turn)
				left[kept++] = *event++ = left[i];
		nleft = kept;
	}
}

static void
draw_stream(stream *s, double exponent, const char *order, uint64_t *state)
{
	draw_truth(s, exponent, state);
	s->events = realloc(s->events, s->nevents * sizeof(*s->events));
	if (s->events == NULL)
		give_up("out of memory for events", 0);
	if (strcmp(order, "turns") == 0)
		write_in_turns(s);
	else
		write_in_row(s, strcmp(order, "last") != 0);
	if (strcmp(order, "random") == 0)
		shuffle(s->events, s->nevents, state);
}

/* --- sketches ---------------------------------------------------------------- */

static void
pack(buffer *b)
{
	buffer		p = topk_packed(*b);

	free_buffer(b);
	*b = p;
}

/* An item is the four bytes of its number. */
static buffer
part_of(const stream *s, size_t from, size_t to)
{
	buffer		b = new_topk(K);

	for (size_t i = from; i < to; i++)
	{
		uint8_t		name[4];

		sk_store32(name, s->events[i]);
		topk_add_bytes(&b, name, sizeof(name), 1);
	}
	pack(&b);
	return b;
}

static void
merge(buffer *a, buffer *b)
{
	topk_merge_into(a, *b);
	pack(a);
	free_buffer(b);
}

/* Merges two of n sketches; the first n - 1 are left. */
static void
merge_two(buffer *parts, int n, const char *tree, uint64_t *state)
{
	int			a = 0,
				b = 1;

	if (strcmp(tree, "any") == 0)
	{
		a = (int) (random_unit(state) * (n - 1));
		b = a + 1 + (int) (random_unit(state) * (n - 1 - a));
	}
	merge(&parts[a], &parts[b]);
	memmove(parts + b, parts + b + 1, (size_t) (n - 1 - b) * sizeof(*parts));
}

static void
merge_neighbors(buffer *parts, int n)
{
	for (int i = 0; i < n / 2; i++)
	{
		merge(&parts[2 * i], &parts[2 * i + 1]);
		parts[i] = parts[2 * i];
	}
}

static buffer
sketch_by_tree(const stream *s, const char *tree, uint64_t *state)
{
	int			n = strcmp(tree, "one") == 0 ? 1 : PARTS;
	buffer		parts[PARTS];

	for (int i = 0; i < n; i++)
		parts[i] = part_of(s, s->nevents * (size_t) i / (size_t) n,
						   s->nevents * (size_t) (i + 1) / (size_t) n);
	for (; n > 1 && strcmp(tree, "pairs") == 0; n /= 2)
		merge_neighbors(parts, n);
	for (; n > 1; n--)
		merge_two(parts, n, tree, state);
	return parts[0];
}

/* --- how good they are --------------------------------------------------- */

/* All items of a sketch, the most frequent first; returns how many. */
static int
list_entries(const sk_topk *s, sk_topk_entry *entries)
{
	sk_topk_cursor c = sk_topk_first(s);
	int			n = 0;

	while (sk_topk_next(&c, &entries[n]))
		n++;
	if (c.status != SK_OK)
		give_up("a walk fails", (int) c.status);
	qsort(entries, (size_t) n, sizeof(*entries), sk_topk_compare);
	return n;
}

/* An item that is not held has the bounds 0 and offset, and the count 0. */
static void
observe_rest(tally *t, const stream *s, const bool *held, uint64_t offset,
			 double *error)
{
	for (size_t i = 0; i < VALUES; i++)
		if (!held[i])
		{
			*error = fmax(*error, (double) s->truth[i]);
			t->outside += s->truth[i] > offset;
		}
}

static void
observe_top(tally *t, const stream *s, const sk_topk_entry *entries, int n)
{
	int			found = 0;

	for (int i = 0; i < TOP && i < n; i++)
	{
		uint64_t	truth = s->truth[sk_load32(entries[i].item)];

		found += truth >= s->top[TOP - 1];
		t->spread += (double) (entries[i].upper - entries[i].lower) /
			(double) truth;
	}
	t->found = found < t->found ? found : t->found;
}

/*
 * The guaranteed bound is (total - sum of counts) / (k + 1); the error of an item
 * is what its count is too low by (Misra, Gries 1982).
 */
static void
observe(tally *t, const stream *s, buffer b)
{
	static bool held[VALUES];
	sk_topk_entry entries[K];
	sk_topk		sketch = topk_opened(b);
	int			n = list_entries(&sketch, entries);
	double		bound = (double) (sketch.total - topk_sum_of(b)) / (K + 1),
				error = 0;

	memset(held, 0, sizeof(held));
	for (int i = 0; i < n; i++)
	{
		const sk_topk_entry *e = &entries[i];
		uint64_t	truth = s->truth[sk_load32(e->item)];

		held[sk_load32(e->item)] = true;
		error = fmax(error, (double) truth - (double) (e->upper - sketch.offset));
		t->outside += truth < e->lower || truth > e->upper;
	}
	observe_rest(t, s, held, sketch.offset, &error);
	observe_top(t, s, entries, n);
	t->error = fmax(t->error, error / bound);
	t->offset = fmax(t->offset, (double) sketch.offset / bound);
	t->nbytes = b.nbytes > t->nbytes ? b.nbytes : t->nbytes;
}

int
main(int argc, char **argv)
{
	static stream s;
	double		exponent = argc == 5 ? atof(argv[1]) : -1;
	long		runs = argc == 5 ? atol(argv[4]) : 0;
	tally		t = {.found = TOP};

	if (exponent < 0 || runs < 1)
		give_up("usage: topk exponent order tree runs", argc);
	for (uint64_t run = 1; run <= (uint64_t) runs; run++)
	{
		uint64_t	state = run * UINT64_C(0xD1342543DE82EF95);
		buffer		b;

		draw_stream(&s, exponent, argv[2], &state);
		b = sketch_by_tree(&s, argv[3], &state);
		observe(&t, &s, b);
		free_buffer(&b);
	}
	printf("%s,%s,%s,%d,%ld,%.4f,%.4f,%.0f,%d,%.4f,%zu\n", argv[1], argv[2],
		   argv[3], K, runs, t.error, t.offset, t.outside, t.found,
		   100 * t.spread / (TOP * (double) runs), t.nbytes);
	free(s.events);
	return 0;
}
