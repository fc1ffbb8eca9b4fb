/*
 * cms_bounds.c: how often the bounds of frequencies in Count-Min sketches fail,
 * as lines of CSV, one for each confidence.
 *
 *     cms_bounds epsilon delta exponent queries
 *
 * Ten values per counter of a row, 3,000 at least, of ten events each on average,
 * by Zipf's law with this exponent (0: all are equally frequent), in as many
 * sketches as the queries take. A bound fails on its side of the interval, for
 * which half of the doubt is nominal.
 */
#include "cms_help.h"
#include "zipf.h"

#define MAX_VALUES 300000
#define EVENTS_PER_VALUE 10
#define CONFIDENCES 8

static const double confidences[CONFIDENCES] = {
	0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999
};

typedef struct tally
{
	double		queries;
	double		upper_below[CONFIDENCES];	/* the truth */
	double		lower_above[CONFIDENCES];
} tally;

static double means[MAX_VALUES];
static event stream[MAX_VALUES];

static void
observe(tally *t, const sk_cms *s, size_t nvalues)
{
	for (int i = 0; i < CONFIDENCES; i++)
	{
		sk_cms_excess excess;

		sk_cms_measure_excess(s, confidences[i], &excess, &test_env);
		for (size_t j = 0; j < nvalues; j++)
		{
			sk_cms_bounds b = sk_cms_frequency_bounds(s, &excess,
													  stream[j].hash);

			t->upper_below[i] += b.upper < stream[j].weight;
			t->lower_above[i] += b.lower > stream[j].weight;
		}
	}
	t->queries += (double) nvalues;
}

static void
measure_sketch(tally *t, sk_cms_design design, size_t nvalues, uint64_t *state)
{
	buffer		b = new_cells(design);
	sk_cms		s;

	for (size_t i = 0; i < nvalues; i++)
	{
		stream[i] = (event) {
			next_random(state), (uint64_t) random_poisson(means[i], state)
		};
		cms_add_hash(&b, stream[i].hash, stream[i].weight);
	}
	s = cms_opened(b);
	observe(t, &s, nvalues);
	free_buffer(&b);
}

int
main(int argc, char **argv)
{
	double		epsilon = argc == 5 ? atof(argv[1]) : 0,
				delta = argc == 5 ? atof(argv[2]) : 0,
				exponent = argc == 5 ? atof(argv[3]) : -1,
				queries = argc == 5 ? atof(argv[4]) : 0;
	uint64_t	state = 1;
	tally		t = {0};
	sk_cms_design design;
	size_t		nvalues;

	if (!sk_cms_fraction_ok(epsilon) || !sk_cms_fraction_ok(delta) ||
		exponent < 0 || queries < 1)
		give_up("usage: cms_bounds epsilon delta exponent queries", argc);
	design = design_for(epsilon, delta);
	nvalues = design.width < 300 ? 3000 : 10 * (size_t) design.width;
	if (nvalues > MAX_VALUES)
		give_up("epsilon is too small", 0);
	zipf_means(means, nvalues, exponent, EVENTS_PER_VALUE * (double) nvalues);
	while (t.queries < queries)
		measure_sketch(&t, design, nvalues, &state);
	for (int i = 0; i < CONFIDENCES; i++)
	{
		double		nominal = (1 - confidences[i]) / 2 * t.queries;

		printf("%s,%s,%d,%s,%.0f,%g,%.3f,%.3f\n", argv[1], argv[2],
			   design.depth, argv[3], t.queries, 100 * confidences[i],
			   t.upper_below[i] / nominal, t.lower_above[i] / nominal);
	}
	return 0;
}
