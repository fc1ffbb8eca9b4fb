/*
 * unequal.c: the error of overlaps of two sketches of unequal precision or of very
 * unequal sizes as lines of CSV.
 *
 *     unequal precision lower n runs
 *
 * The first sketch has the first precision, the second one the lower one, which may
 * be the same, and n values. The first set has n and n/10 of them and the Jaccard
 * coefficient goes up to 1; and n/10^5, disjoint. Errors are relative to the number
 * in both, or to the smaller set if there is none. See overlap.h.
 */
#include "overlap.h"

static void
print_pair(const pair *p, double ratio, double jaccard)
{
	double		runs = (double) p->runs;

	printf("%d,%d,%.0f,%g,%g,%ld,%.4g,%.4g,%.4g,%.2f,%.4g\n",
		   p->precision, p->lower, p->b_only + p->both, ratio, jaccard, p->runs,
		   100 * sqrt(p->squares / runs), 100 * p->sum / runs,
		   100 * sqrt(p->stated / runs), 100 * (double) p->covered / runs,
		   100 * sqrt(p->simple_squares / runs));
}

static void
measure_case(int precision, int lower, double n, double ratio, double jaccard,
			 long runs)
{
	double		a = rint(n / ratio),
				both = fmin(rint(jaccard * (a + n) / (1 + jaccard)), a);
	pair		p = {
		.precision = precision,
		.lower = lower,
		.a_only = a - both,
		.b_only = n - both,
		.both = both,
		.unit = both > 0 ? both : a
	};

	measure_pair(&p, runs);
	print_pair(&p, ratio, jaccard);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	static const double jaccards[] = {0, 0.01, 0.05, 0.1, 0.5, 0.8, 1};
	int			precision = argc == 5 ? atoi(argv[1]) : 0,
				lower = argc == 5 ? atoi(argv[2]) : 0;
	double		n = argc == 5 ? atof(argv[3]) : 0;
	long		runs = argc == 5 ? atol(argv[4]) : 0;

	if (!sk_hll_precision_ok(precision) || !sk_hll_precision_ok(lower) ||
		lower > precision || n < 1000 || runs < 1)
		give_up("usage: unequal precision lower n runs", argc);
	for (double ratio = 1; ratio <= 10; ratio *= 10)
		for (int i = 0; i < 7; i++)
			if (jaccards[i] <= 1 / ratio)
				measure_case(precision, lower, n, ratio, jaccards[i], runs);
	if (n >= 1e7)
		measure_case(precision, lower, n, 1e5, 0, runs);
	return 0;
}
