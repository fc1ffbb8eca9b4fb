/*
 * cardinality.c: the error of hll estimates of one precision, over n = 1 ..
 * 10^12, as lines of CSV.
 *
 *     cardinality precision runs
 *
 * Values are really added up to 100 m (m = 2^precision registers), if that
 * does not take too long; otherwise the registers are drawn as n values would
 * leave them (registers.h). At three precisions both are done from n = m/4
 * on, to prove that the drawing is right.
 */
#include "measure.h"

#define MOST_POINTS 80

static int
compare_numbers(const void *a, const void *b)
{
	double		x = *(const double *) a,
				y = *(const double *) b;

	return (x > y) - (x < y);
}

/* 1, 2, 5, 10, .. 10^12, and m/4 .. 20m in steps of two or less; ascending. */
static int
choose_numbers(double *n, int precision)
{
	static const double multiples[] = {0.25, 0.5, 1, 2, 4, 8, 16, 20};
	int			count = 0,
				kept = 1;

	for (double x = 1; x < 1e12; x *= 10)
	{
		n[count++] = x;
		n[count++] = 2 * x;
		n[count++] = 5 * x;
	}
	n[count++] = 1e12;
	for (int i = 0; i < 8; i++)
		n[count++] = ldexp(multiples[i], precision);
	qsort(n, (size_t) count, sizeof(*n), compare_numbers);
	for (int i = 1; i < count; i++)
		if (n[i] != n[i - 1])
			n[kept++] = n[i];
	return kept;
}

/* Adding 100 m values in each run takes a minute at precision 12. */
static bool
is_added(int precision, double n)
{
	bool		affordable = precision <= 11 || precision == 13;

	return n <= sparse_limit(precision) ||
		(affordable && n <= ldexp(100, precision));
}

static bool
is_drawn(int precision, double n)
{
	bool		both = precision == 8 || precision == 11 || precision == 13;

	return !is_added(precision, n) || (both && n >= ldexp(0.25, precision));
}

/* Above precision 13 only sparse sketches are added, whose tokens are those of
 * any precision and whose errors are next to nothing: fewer runs will do. */
static long
runs_added(int precision, long runs)
{
	long		fewer = runs >> (precision > 13 ? precision - 13 : 0);

	return fewer > 0 ? fewer : 1;
}

static void
print_point(const point *p, const char *method)
{
	double		theory = theoretical_error(p->precision, p->n);

	printf("%d,%.0f,%s,%s,%ld,%.5g", p->precision, p->n, method,
		   is_mostly_sparse(p) ? "sparse" : "dense", p->runs, 100 * rmse(p));
	if (is_mostly_sparse(p))
		printf(",,,,");
	else
		printf(",%.5g,%.4f,%.4f,%.4f", 100 * theory, rmse(p) / theory,
			   bias(p) / theory, p->stated / (double) p->runs / theory);
	for (int i = 0; i < CONFIDENCES; i++)
		printf(",%.2f", 100 * coverage(p, i));
	printf(",%.0f\n", p->nbytes / (double) p->nsizes);
}

int
main(int argc, char **argv)
{
	int			precision = argc == 3 ? atoi(argv[1]) : 0;
	long		runs = argc == 3 ? atol(argv[2]) : 0;
	double		n[MOST_POINTS];
	point		added[MOST_POINTS];
	int			count,
				nadded = 0;

	if (!sk_hll_precision_ok(precision) || runs < 1)
		give_up("usage: cardinality precision runs", argc);
	count = choose_numbers(n, precision);
	for (int i = 0; i < count; i++)
		if (is_added(precision, n[i]))
			added[nadded++] = (point) {.precision = precision, .n = n[i]};
	measure_added(added, nadded, runs_added(precision, runs));
	for (int i = 0; i < nadded; i++)
		print_point(&added[i], "added");
	for (int i = 0; i < count; i++)
		if (is_drawn(precision, n[i]))
		{
			point		drawn = {.precision = precision, .n = n[i]};

			measure_drawn(&drawn, runs);
			print_point(&drawn, "drawn");
		}
	return 0;
}
