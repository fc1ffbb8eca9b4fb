/*
 * cms.c: how far Count-Min sketches of a stream are from the truth, as lines of
 * CSV, one for all values and one for each range of frequencies.
 *
 *     cms exponent epsilon runs
 *
 * 10^7 events over a million values by Zipf's law with this exponent (0: all
 * are equally frequent), from zipf.h. Errors within one sketch are
 * correlated, so there are several sketches.
 */
#include "cms_help.h"
#include "zipf.h"

#define VALUES 1000000
#define EVENTS 1e7
#define DELTA 0.01
#define CLASSES 6
#define CONFIDENCES 3

static const double confidences[CONFIDENCES] = {0.5, 0.95, 0.99};

/* Frequencies from which a class begins; the last "class" has all values. */
static const uint64_t first_of_class[] = {0, 1, 2, 10, 100, 1000};

typedef struct tally
{
	double		queries,
				below,			/* the truth */
				beyond,			/* epsilon times the total above it */
				plain,			/* sums of absolute errors */
				debiased,
				covered[CONFIDENCES];
} tally;

static event stream[VALUES];

static void
draw_stream(double exponent, uint64_t seed)
{
	static double means[VALUES];
	uint64_t	state = seed * UINT64_C(0xD1342543DE82EF95);

	zipf_means(means, VALUES, exponent, EVENTS);
	for (size_t i = 0; i < VALUES; i++)
		stream[i] = (event) {
			next_random(&state), (uint64_t) random_poisson(means[i], &state)
		};
}

static int
class_of(uint64_t frequency)
{
	int			class = CLASSES - 1;

	while (frequency < first_of_class[class])
		class--;
	return class;
}

/* Adds the answers for one value to one tally. */
static void
observe(tally *t, const sk_cms *s, const sk_cms_excess *excess, event e)
{
	double		truth = (double) e.weight,
				plain = (double) sk_cms_frequency(s, e.hash);

	t->queries++;
	t->below += plain < truth;
	t->beyond += plain - truth > s->design.epsilon * (double) s->total;
	t->plain += plain - truth;
	for (int i = 0; i < CONFIDENCES; i++)
	{
		sk_cms_bounds b = sk_cms_frequency_bounds(s, &excess[i], e.hash);

		t->covered[i] += b.lower <= e.weight && e.weight <= b.upper;
		if (i == 0)
			t->debiased += fabs((double) b.estimate - truth);
	}
}

/* Asks before packing, which changes no answer. Returns the bytes of the packed
 * sketch. */
static size_t
measure_run(tally *tallies, double epsilon)
{
	buffer		working = cms_of(stream, VALUES, design_for(epsilon, DELTA));
	buffer		b = cms_packed(working);
	size_t		nbytes = b.nbytes;
	sk_cms_excess excess[CONFIDENCES];
	sk_cms		s = cms_opened(working);

	for (int i = 0; i < CONFIDENCES; i++)
		sk_cms_measure_excess(&s, confidences[i], &excess[i], &test_env);
	for (size_t i = 0; i < VALUES; i++)
	{
		observe(&tallies[class_of(stream[i].weight)], &s, excess, stream[i]);
		observe(&tallies[CLASSES], &s, excess, stream[i]);
	}
	free_buffer(&b);
	free_buffer(&working);
	return nbytes;
}

static void
print_tally(const tally *t, const char *exponent, const char *epsilon,
			const char *class, long runs, size_t nbytes)
{
	if (t->queries == 0)
		return;
	printf("%s,%s,%g,%s,%ld,%.0f,%.0f,%.4g,%.4g,%.4g,%.4f", exponent, epsilon,
		   DELTA, class, runs, t->queries, t->below, t->beyond / t->queries,
		   t->plain / t->queries, t->debiased / t->queries,
		   t->debiased / t->plain);
	for (int i = 0; i < CONFIDENCES; i++)
		printf(",%.2f", 100 * t->covered[i] / t->queries);
	printf(",%zu\n", nbytes);
}

int
main(int argc, char **argv)
{
	double		exponent = argc == 4 ? atof(argv[1]) : -1,
				epsilon = argc == 4 ? atof(argv[2]) : 0;
	long		runs = argc == 4 ? atol(argv[3]) : 0;
	tally		tallies[CLASSES + 1] = {0};
	char		class[16];
	size_t		nbytes = 0;

	if (exponent < 0 || !sk_cms_fraction_ok(epsilon) || runs < 1)
		give_up("usage: cms exponent epsilon runs", argc);
	for (long run = 1; run <= runs; run++)
	{
		draw_stream(exponent, (uint64_t) run);
		nbytes = measure_run(tallies, epsilon);
	}
	print_tally(&tallies[CLASSES], argv[1], argv[2], "all", runs, nbytes);
	for (int i = 0; i < CLASSES; i++)
	{
		snprintf(class, sizeof(class), "%d", (int) first_of_class[i]);
		print_tally(&tallies[i], argv[1], argv[2], class, runs, nbytes);
	}
	return 0;
}
