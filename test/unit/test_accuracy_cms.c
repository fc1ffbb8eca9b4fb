/*
 * test_accuracy_cms.c: how far the answers of Count-Min sketches are from the
 * truth, and how many bytes they take.
 *
 * A stream of N events over a million values is drawn as one Poisson variable
 * per value, which is the same as drawing a Poisson number of events one by
 * one; and a sketch of weighted values is byte for byte the one of the
 * events. The errors of one sketch are correlated, so there are several
 * sketches of each kind. Seeds are fixed.
 */
#include "check.h"
#include "cms_help.h"

#define VALUES 1000000
#define EVENTS 1e7
#define RUNS 4
#define CLASSES 6

static const double confidences[] = {0.5, 0.95, 0.99};

/* A stream and its results, summed over all runs. */
typedef struct measurement
{
	const char *name;
	double		exponent;		/* of Zipf's law; 0 is uniform */
	double		epsilon,
				delta;
	double		queries;
	double		below;			/* estimates below the truth */
	double		beyond;			/* above f + epsilon N */
	double		plain_error;	/* sums of absolute errors */
	double		debiased_error;
	double		asked[CLASSES]; /* by frequency: 0, 1, 2 .., 10 .., 100 .. */
	double		covered[3][CLASSES];
	double		stored;			/* bytes of the largest packed sketch */
} measurement;

static event stream[VALUES];

static double
uniform_random(uint64_t *seed)
{
	return ((double) (next_random(seed) >> 11) + 0.5) * 0x1p-53;
}

/* By inversion; for a large mean, the normal distribution. */
static uint64_t
poisson_random(double mean, uint64_t *seed)
{
	double		u = uniform_random(seed);
	double		term = exp(-mean);
	uint64_t	k = 0;

	if (mean > 100)
		return (uint64_t) fmax(0, mean + 0.5 + sqrt(-2 * log(u) * mean) *
							   cos(2 * acos(-1) * uniform_random(seed)));
	for (double sum = term; sum < u && k < 500; sum += term)
		term *= mean / (double) ++k;
	return k;
}

/* Frequencies by Zipf's law, of random hashes. */
static void
draw_stream(double exponent, size_t nvalues, uint64_t seed)
{
	double		sum = 0;

	seed *= UINT64_C(0xD1342543DE82EF95);
	for (size_t i = 0; i < nvalues; i++)
		sum += pow((double) (i + 1), -exponent);
	for (size_t i = 0; i < nvalues; i++)
	{
		double		mean = EVENTS * pow((double) (i + 1), -exponent) / sum;

		stream[i].hash = next_random(&seed);
		stream[i].weight = poisson_random(mean, &seed);
	}
}

static int
class_of(uint64_t frequency)
{
	int			class = 0;

	for (uint64_t least = 1; class < CLASSES - 1 && frequency >= least; class++)
		least = least == 1 ? 2 : least == 2 ? 10 : 10 * least;
	return class;
}

static void
measure_value(measurement *m, const sk_cms *s, const sk_cms_excess *excess,
			  event e)
{
	uint64_t	plain = sk_cms_frequency(s, e.hash);
	int			class = class_of(e.weight);

	m->queries++;
	m->asked[class]++;
	m->below += plain < e.weight;
	m->beyond += (double) plain - (double) e.weight >
		m->epsilon * (double) s->total;
	m->plain_error += fabs((double) plain - (double) e.weight);
	for (int i = 0; i < 3; i++)
	{
		sk_cms_bounds b = sk_cms_frequency_bounds(s, &excess[i], e.hash);

		m->covered[i][class] += b.lower <= e.weight && e.weight <= b.upper;
		if (i == 0)
			m->debiased_error += fabs((double) b.estimate - (double) e.weight);
	}
}

static void
measure_run(measurement *m, uint64_t seed)
{
	sk_cms_excess excess[3];
	buffer		b,
				p;
	sk_cms		s;

	draw_stream(m->exponent, VALUES, seed);
	b = cms_of(stream, VALUES, design_for(m->epsilon, m->delta));
	s = cms_opened(b);
	for (int i = 0; i < 3; i++)
		sk_cms_measure_excess(&s, confidences[i], &excess[i], &test_env);
	for (size_t i = 0; i < VALUES; i++)
		measure_value(m, &s, excess, stream[i]);
	p = cms_packed(b);
	m->stored = fmax(m->stored, (double) p.nbytes);
	free_buffer(&b);
	free_buffer(&p);
}

/*
 * Within one percentage point, beyond the sampling error of this number of
 * queries. A frequency of 0 cannot be below its interval, so it is covered more
 * often.
 */
static void
check_coverage(const measurement *m, int i, int class)
{
	double		nominal = confidences[i];
	double		n = m->asked[class];
	double		part = m->covered[i][class] / n;
	double		slack = 0.01 + 4 * sqrt(nominal * (1 - nominal) / n);

	if (n > 0)
		check(part > nominal - slack && (class == 0 || part < nominal + slack),
			  "%s, class %d: %.2f%% of the %g%% bounds hold", m->name, class,
			  100 * part, 100 * nominal);
}

/* Without the bias, errors are a fifth of the plain ones or less. */
static void
measure(const char *name, double exponent, double epsilon, double delta)
{
	measurement m = {
		.name = name,.exponent = exponent,.epsilon = epsilon,.delta = delta
	};

	for (uint64_t run = 1; run <= RUNS; run++)
		measure_run(&m, run);
	printf("accuracy_cms: %s, epsilon %g: %.4f%% beyond it, mean error %.0f, "
		   "debiased %.3f of it, %.0f bytes; 95%% bounds hold for", m.name,
		   m.epsilon, 100 * m.beyond / m.queries, m.plain_error / m.queries,
		   m.debiased_error / m.plain_error, m.stored);
	for (int i = 0; i < CLASSES; i++)
		if (m.asked[i] > 0)
			printf(" %.2f", 100 * m.covered[1][i] / m.asked[i]);
	printf("%%\n");
	check(m.below == 0, "%s: %g below the truth", m.name, m.below);
	check(m.beyond <= m.delta * m.queries, "%s: %g beyond the bound", m.name,
		  m.beyond);
	check(m.debiased_error < m.plain_error / 5, "%s: debiased %g, plain %g",
		  m.name, m.debiased_error, m.plain_error);
	for (int i = 0; i < 3; i++)
		for (int class = 0; class < CLASSES; class++)
			check_coverage(&m, i, class);
	check(m.epsilon != 0.001 || m.stored <= 40000, "%s: stored in %g bytes",
		  m.name, m.stored);
}

/* --- how often the bounds fail -------------------------------------------- */

#define TAIL_VALUES 3000
#define TAILS 8

static const double tails[TAILS] = {
	0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999
};

/* Adds up the bounds that fail for the values of one sketch. */
static void
count_failures(double *too_low, double *too_high, sk_cms_design design,
			   uint64_t *seed)
{
	static event events[TAIL_VALUES];
	buffer		b = new_cells(design);
	sk_cms		s;

	for (size_t i = 0; i < TAIL_VALUES; i++)
	{
		events[i] = (event) {next_random(seed), poisson_random(10, seed)};
		cms_add_hash(&b, events[i].hash, events[i].weight);
	}
	s = cms_opened(b);
	for (int i = 0; i < TAILS; i++)
	{
		sk_cms_excess excess;

		sk_cms_measure_excess(&s, tails[i], &excess, &test_env);
		for (size_t j = 0; j < TAIL_VALUES; j++)
		{
			sk_cms_bounds o = sk_cms_frequency_bounds(&s, &excess,
													  events[j].hash);

			too_low[i] += o.upper < events[j].weight;
			too_high[i] += o.lower > events[j].weight;
		}
	}
	free_buffer(&b);
}

/*
 * On either side, bounds fail at most 1.1 times as often as asked, beyond the
 * sampling error. Values are alike, so that no bound is saved by 0.
 */
static void
check_tails(double epsilon, double delta, int runs)
{
	sk_cms_design design = design_for(epsilon, delta);
	double		too_low[TAILS] = {0},
				too_high[TAILS] = {0};
	uint64_t	seed = 7;

	for (int run = 0; run < runs; run++)
		count_failures(too_low, too_high, design, &seed);
	for (int i = 0; i < TAILS; i++)
	{
		double		asked = (1 - tails[i]) / 2 * TAIL_VALUES * runs;
		double		most = 1.1 * asked + 4 * sqrt(asked) + 4;

		check(too_low[i] <= most, "%u x %d, %g: %g upper bounds below the "
			  "truth, asked for %g", design.width, design.depth, tails[i],
			  too_low[i], asked);
		check(too_high[i] <= most, "%u x %d, %g: %g lower bounds above the "
			  "truth, asked for %g", design.width, design.depth, tails[i],
			  too_high[i], asked);
	}
}

static void
test_tails(void)
{
	static const double epsilons[] = {0.3, 0.1, 0.03, 0.01, 0.003};
	static const double deltas[] = {0.5, 0.01, 1e-4};

	for (int i = 0; i < 5; i++)
		for (int j = 0; j < 3; j++)
			check_tails(epsilons[i], deltas[j], 100);
}

/* --- sizes of small sketches ---------------------------------------------- */

static void
check_size(double exponent, size_t nvalues, size_t most)
{
	buffer		b,
				p;

	draw_stream(exponent, nvalues, nvalues);
	b = cms_of(stream, nvalues, design_for(0.001, 0.01));
	p = cms_packed(b);
	check(p.nbytes <= most, "%zu values of exponent %g: %zu bytes", nvalues,
		  exponent, p.nbytes);
	free_buffer(&b);
	free_buffer(&p);
}

/* --- nearly the worst case ------------------------------------------------ */

/*
 * As many values as can each exceed epsilon N, and queries for others. A
 * counter is wrong by more than that if one of these values uses it, with
 * probability q = 1 - (1 - 1/width)^n; all rows are with probability q^depth
 * if they are independent. q is 0.31 where the bound has 1/e.
 */
static void
check_worst_case(double delta, long runs)
{
	sk_cms_design design = design_for(0.01, delta);
	double		q = 1 - pow(1 - 1.0 / design.width, 99);
	double		expected = pow(q, design.depth);
	double		beyond = 0;
	uint64_t	seed = 5;

	for (long run = 0; run < runs; run++)
	{
		buffer		b = new_cells(design);
		sk_cms		s;

		for (int i = 0; i < 99; i++)
			cms_add_hash(&b, next_random(&seed), 1000);
		s = cms_opened(b);
		for (int i = 0; i < 2000; i++)
			beyond += (double) sk_cms_frequency(&s, next_random(&seed)) >
				0.01 * (double) s.total;
		free_buffer(&b);
	}
	beyond /= 2000.0 * (double) runs;
	check(beyond <= delta, "%g of %g beyond the bound", beyond, delta);
	check(fabs(beyond / expected - 1) < 0.05, "depth %d: %g beyond the bound, "
		  "expected %g", design.depth, beyond, expected);
}

int
main(void)
{
	measure("uniform", 0, 0.001, 0.01);
	measure("Zipf 1.0", 1, 0.001, 0.01);
	measure("Zipf 1.1", 1.1, 0.001, 0.01);
	measure("Zipf 1.2", 1.2, 0.001, 0.01);
	measure("Zipf 1.1", 1.1, 0.0003, 0.1);
	test_tails();
	check_size(0, 10, 250);
	check_size(1.1, 10, 250);
	check_size(0, 1000, 12000);
	check_size(1.1, 1000, 12000);
	check_worst_case(0.99, 100);
	check_worst_case(0.3, 500);
	check_worst_case(0.1, 2000);
	check_worst_case(0.01, 4000);
	return check_done("accuracy_cms");
}
