/*
 * overlap.c: the error of the overlap of two sketches as lines of CSV.
 *
 *     overlap precision n runs
 *
 * The second set has n values, the first one n, n/10 and n/100; what both have
 * is chosen by the Jaccard coefficient. Errors and predicted errors are relative
 * to the expected number in both. See overlap.h.
 */
#include "overlap.h"

static void
print_pair(const pair *p, double ratio, double jaccard)
{
	double		runs = (double) p->runs;

	printf("%d,%.0f,%.0f,%g,%.0f,%s,%ld,%.4g,%.4g,%.4g,%.2f,%.4g,%.4g\n",
		   p->precision, p->b_only + p->both, ratio, jaccard, p->both,
		   p->a_only + p->both > sparse_limit(p->precision) ? "dense" : "sparse",
		   p->runs, 100 * sqrt(p->squares / runs), 100 * p->sum / runs,
		   100 * sqrt(p->stated / runs), 100 * (double) p->covered / runs,
		   100 * sqrt(p->simple_squares / runs), 100 * p->simple_sum / runs);
}

/* J = both / (a + b - both); no more than all of A can be in both. */
static void
measure_case(int precision, double n, double ratio, double jaccard, long runs)
{
	double		a = rint(n / ratio),
				both = fmin(rint(jaccard * (a + n) / (1 + jaccard)), a);
	pair		p = {
		.precision = precision,
		.a_only = a - both,
		.b_only = n - both,
		.both = both,
		.unit = both
	};

	measure_pair(&p, runs);
	print_pair(&p, ratio, jaccard);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	static const double jaccards[] = {0.001, 0.005, 0.01, 0.05, 0.1, 0.2, 0.5};
	int			precision = argc == 4 ? atoi(argv[1]) : 0;
	double		n = argc == 4 ? atof(argv[2]) : 0;
	long		runs = argc == 4 ? atol(argv[3]) : 0;

	if (!sk_hll_precision_ok(precision) || n < 1000 || runs < 1)
		give_up("usage: overlap precision n runs", argc);
	for (double ratio = 1; ratio <= 100; ratio *= 10)
		for (int i = 0; i < 7; i++)
			if (jaccards[i] <= 1 / ratio)
				measure_case(precision, n, ratio, jaccards[i], runs);
	return 0;
}
