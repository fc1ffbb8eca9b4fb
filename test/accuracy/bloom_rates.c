/*
 * bloom_rates.c: the rate of false positives of Bloom filters that hold as many
 * values as they were designed for, as a line of CSV.
 *
 *     bloom_rates expected rate mistakes
 *
 * At least a million probes, and enough to expect that many mistakes at the
 * designed rate, of at least two filters with 20 million values in all. Values
 * and probes are one splitmix64 sequence, which repeats nothing, so no value that
 * is probed is in the filter.
 */
#include "bloom_help.h"

#define ALL_VALUES 2e7

typedef struct tally
{
	double		filters,
				probes,			/* of each filter */
				mistakes,
				squares,		/* of the mistakes of each filter */
				present;		/* sum of the rates that filters state */
	size_t		nbytes;			/* of a packed one */
} tally;

static buffer
filled_bloom(sk_bloom_design design, uint64_t *state)
{
	buffer		working = new_bloom(design);
	buffer		b;

	for (uint64_t i = 0; i < design.expected; i++)
		bloom_add_hash(&working, next_random(state));
	b = bloom_packed(working);
	free_buffer(&working);
	return b;
}

static double
count_mistakes(buffer b, double probes, uint64_t *state)
{
	sk_bloom	s = bloom_opened(b);
	uint64_t	mistakes = 0;

	for (double i = 0; i < probes; i++)
		mistakes += sk_bloom_has(&s, next_random(state));
	return (double) mistakes;
}

static void
probe_one(tally *t, sk_bloom_design design, uint64_t *state)
{
	buffer		b = filled_bloom(design, state);
	double		mistakes = count_mistakes(b, t->probes, state);

	t->mistakes += mistakes;
	t->squares += mistakes * mistakes;
	t->present += bloom_rate_of(b);
	t->nbytes = b.nbytes;
	free_buffer(&b);
}

/* The standard error of all mistakes, from the spread between filters, but at
 * least that of independent rare events: two filters hardly show their spread. */
static double
error_of(const tally *t)
{
	double		variance = t->squares - t->mistakes * t->mistakes / t->filters;

	return sqrt(fmax(variance * t->filters / (t->filters - 1), t->mistakes));
}

int
main(int argc, char **argv)
{
	double		rate = argc == 4 ? atof(argv[2]) : 0,
				mistakes = argc == 4 ? atof(argv[3]) : 0;
	sk_bloom_design design;
	uint64_t	state = 1;
	tally		t = {0};

	if (!sk_bloom_rate_ok(rate) || atoll(argv[1]) < 1 || !(mistakes >= 1))
		give_up("usage: bloom_rates expected rate mistakes", argc);
	design = design_for((uint64_t) atoll(argv[1]), rate);
	t.filters = fmax(2, floor(ALL_VALUES / (double) design.expected));
	t.probes = ceil(fmax(1e6, mistakes / rate) / t.filters);
	for (double f = 0; f < t.filters; f++)
		probe_one(&t, design, &state);
	rate *= t.filters * t.probes;
	printf("%.0f,%s,%u,%d,%zu,%.0f,%.0f,%.4f,%.4f,%.4f\n",
		   (double) design.expected, argv[2], design.nblocks, design.nbits,
		   t.nbytes, t.filters * t.probes, t.filters, t.mistakes / rate,
		   error_of(&t) / rate, t.present / t.filters / design.rate);
	return 0;
}
