/*
 * best.c: how close any unbiased estimator could come to the theory, as lines
 * of CSV. For few registers the theory, being of first order, is out of
 * reach.
 *
 *     best precision runs
 *
 * Of all estimators that double when the number of values does, Pitman's
 * ("The estimation of the location and scale parameters of a continuous
 * population of any given form", 1939) has the least mean squared relative
 * error: the ratio of two integrals of the likelihood L over the rate x, of
 * L/x^2 and L/x^3. It is biased. An unbiased estimator with less error would,
 * scaled, beat it; so Pitman's divided by its mean is the best unbiased one.
 * There are many values, so that their number does not matter beside the
 * rate.
 */
#include "measure.h"

#define VALUES 1e9
#define STEPS 8					/* of the integrals, for each standard error */
#define REACH 7					/* standard errors on either side */
#define RATES (2 * STEPS * REACH + 1)

/* Rates that are integrated over, and the log of the probability of a hit. */
typedef struct grid
{
	double		rate[RATES];
	double		log_hit[RATES][MOST_LEVELS];
} grid;

static void
fill_grid(grid *g, const source *s)
{
	double		step = theoretical_error(s->precision, s->n) / STEPS;

	for (int i = 0; i < RATES; i++)
	{
		g->rate[i] = ldexp(s->n, -s->precision) * exp((i - RATES / 2) * step);
		for (int j = 1; j <= s->last; j++)
			g->log_hit[i][j] = log(-expm1(-g->rate[i] *
										  probability_of_level(j, s->last)));
	}
}

/* The cells that are visible and were not hit, times their probabilities. */
static double
missed(const drawing *d, const source *s)
{
	double		values = s->n - d->unseen;

	for (int j = 1; j <= s->last; j++)
		values -= d->hits[j] * s->rate[j];
	return values / s->n * ldexp(1, s->precision);
}

static double
log_likelihood(const grid *g, int i, const drawing *d, double missed, int last)
{
	double		sum = -missed * g->rate[i];

	for (int j = 1; j <= last; j++)
		if (d->hits[j] > 0)
			sum += d->hits[j] * g->log_hit[i][j];
	return sum;
}

/* Pitman's estimate over the true number of values; steps are of log(rate). */
static double
pitman(const grid *g, const drawing *d, const source *s)
{
	double		miss = missed(d, s),
				peak = log_likelihood(g, RATES / 2, d, miss, s->last),
				inverse = 0,
				square = 0;

	for (int i = 0; i < RATES; i++)
	{
		double		x = g->rate[i] / g->rate[RATES / 2];
		double		l = exp(log_likelihood(g, i, d, miss, s->last) - peak);

		inverse += l / x;
		square += l / (x * x);
	}
	return inverse / square;
}

/* What both estimators say of the same registers; Pitman's in `best`. */
static void
measure(point *p, point *best, const source *s, const grid *g, long runs)
{
	buffer		b = new_dense(p->precision);
	uint64_t	state = (uint64_t) p->precision;
	drawing		d;

	for (; p->runs < runs; best->runs++)
	{
		double		estimate;

		draw_histogram(&d, s, &state);
		lay_out(b.bytes + SK_HLL_AT_REGISTERS, d.histogram);
		observe(p, estimate_of(b), VALUES);
		estimate = pitman(g, &d, s);
		best->sum += estimate;
		best->squares += estimate * estimate;
	}
	free_buffer(&b);
}

/* Of the estimates, divided by their mean. */
static double
deviation(const point *best)
{
	double		mean = best->sum / (double) best->runs;

	return sqrt(best->squares / (double) best->runs / (mean * mean) - 1);
}

int
main(int argc, char **argv)
{
	static grid g;
	int			precision = argc == 3 ? atoi(argv[1]) : 0;
	long		runs = argc == 3 ? atol(argv[2]) : 0;
	point		p = {.precision = precision, .n = VALUES},
				best = p;
	double		theory;
	source		s;

	if (!sk_hll_precision_ok(precision) || runs < 1)
		give_up("usage: best precision runs", argc);
	theory = theoretical_error(precision, VALUES);
	s = source_of(precision, VALUES);
	fill_grid(&g, &s);
	measure(&p, &best, &s, &g, runs);
	printf("%d,%.0f,%ld,%.5g,%.4f,%.4f\n", precision, VALUES, runs, 100 * theory,
		   rmse(&p) / theory, deviation(&best) / theory);
	return 0;
}
