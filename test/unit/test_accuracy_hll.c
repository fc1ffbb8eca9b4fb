/*
 * test_accuracy_hll.c: the error, the bounds and the sizes of hll sketches, in
 * few enough runs for every `make check`.
 *
 * The figures that doc/accuracy.md quotes, and the limits worth quoting, are
 * those of `make accuracy`, which shares its simulator with this program
 * (test/accuracy/measure.h). Here the limits are as wide as 1,000 runs need:
 * the standard error of a measured RMSE is then 2.2% of it. Seeds are fixed.
 */
#include "check.h"
#include "../accuracy/measure.h"

#define MOST_POINTS 16
#define RUNS 1000

static bool
has_few_values(const point *p)
{
	return p->n * theoretical_error(p->precision, p->n) < 3;
}

/*
 * Within one percentage point, plus four standard errors of a proportion over
 * that many runs. If the error is only a few values, an interval of whole
 * numbers can be wider than it should; then only the lower limit holds.
 */
static void
check_coverage(const point *p)
{
	for (int i = 0; i < CONFIDENCES; i++)
	{
		double		nominal = confidences[i];
		double		chance = 4 * sqrt(nominal * (1 - nominal) / (double) p->runs);
		double		excess = coverage(p, i) - nominal;

		check(excess > -0.01 - chance &&
			  (excess < 0.01 + chance || has_few_values(p)),
			  "p=%d n=%g: %.2f %% of the %g %% intervals hold n", p->precision,
			  p->n, 100 * coverage(p, i), 100 * nominal);
	}
}

static void
check_dense_point(const point *p)
{
	double		theory = theoretical_error(p->precision, p->n);
	double		stated = p->stated / (double) p->runs;
	double		most_bias = 0.03 + 4 / sqrt((double) p->runs);

	check(fabs(rmse(p) / theory - 1) < 0.07, "p=%d n=%g: RMSE %.5f, theory %.5f",
		  p->precision, p->n, rmse(p), theory);
	check(fabs(bias(p)) < most_bias * theory, "p=%d n=%g: bias %.3f sigma",
		  p->precision, p->n, bias(p) / theory);
	check(fabs(stated / theory - 1) < 0.03,
		  "p=%d n=%g: sketches state an error of %.5f, theory %.5f",
		  p->precision, p->n, stated, theory);
	check_coverage(p);
}

/* Sparse sketches err only where values share a token. */
static void
check_sparse_point(const point *p)
{
	check(rmse(p) < 1e-3, "p=%d n=%g: RMSE %.6f of sparse sketches",
		  p->precision, p->n, rmse(p));
	check(coverage(p, 1) > 0.99, "p=%d n=%g: intervals of sparse sketches",
		  p->precision, p->n);
}

static void
check_sizes(const point *p)
{
	double		worst = (double) p->most_bytes;

	if (p->precision != 13)
		return;
	check(p->n != 100 || worst <= 3.0 * p->n, "n=100 takes %g bytes", worst);
	check(p->n != 1000 || worst <= 2.6 * p->n, "n=1000 takes %g bytes", worst);
	check(p->n < 1e5 || worst <= 4700, "n=%g takes %g bytes", p->n, worst);
}

static void
check_point(const point *p)
{
	check(p->nsparse == 0 || p->nsparse == p->runs,
		  "p=%d n=%g: sparse or dense by chance", p->precision, p->n);
	if (p->nsparse > 0)
		check_sparse_point(p);
	else
		check_dense_point(p);
	check_sizes(p);
}

/* --- values added, 1 .. 20m --------------------------------------------- */

static int
compare_points(const void *a, const void *b)
{
	double		x = ((const point *) a)->n,
				y = ((const point *) b)->n;

	return (x > y) - (x < y);
}

/* 1, 10, ... and 0.1m .. 20m, ascending. */
static int
make_points(point *points, int precision)
{
	static const double multiples[] = {0.1, 0.2, 0.5, 1, 2, 5, 10, 20};
	int			n = 0;

	for (int i = 0; i < 8; i++)
		points[n++] = (point) {.precision = precision,
			.n = floor(ldexp(multiples[i], precision))};
	for (double x = 1; x < ldexp(20, precision); x *= 10)
		points[n++] = (point) {.precision = precision, .n = x};
	qsort(points, (size_t) n, sizeof(*points), compare_points);
	return n;
}

static void
check_added(int precision, long runs)
{
	point		points[MOST_POINTS];
	int			npoints = make_points(points, precision);

	measure_added(points, npoints, runs);
	for (int i = 0; i < npoints; i++)
		check_point(&points[i]);
}

/* --- registers drawn, up to nearly full ones ---------------------------- */

static void
check_drawn(int precision)
{
	for (double n = 1e6; n < 1e19; n *= 1e3)
	{
		point		p = {.precision = precision, .n = n};

		measure_drawn(&p, RUNS);
		check_point(&p);
	}
}

/* --- small numbers of values are exact ---------------------------------- */

/*
 * All estimates are exact but those of sketches in which two values share a
 * token. A pair does with probability 2^-26 / 3, its index and its level; so
 * n^2 / (6 * 2^26) of the sketches have such a pair.
 */
static void
check_exactness(double n, long runs)
{
	long		shared = 0,
				wrong = 0;
	double		expected = (double) runs * n * n / ldexp(6, 26);
	uint64_t	state = (uint64_t) n;

	for (long run = 0; run < runs; run++)
	{
		buffer		b = new_sketch(SK_HLL_DEFAULT_PRECISION);
		sk_hll_estimate e;

		for (double i = 0; i < n; i++)
			add_hash(&b, next_random(&state));
		e = estimate_of(b);
		shared += e.least < n;
		wrong += rint(e.count) != n && e.least == n;
		free_buffer(&b);
	}
	check(wrong == 0, "n=%g: %ld wrong without a shared token", n, wrong);
	check(fabs((double) shared - expected) < 4 * sqrt(expected) + 1,
		  "n=%g: %ld sketches with a shared token, expected %.1f", n, shared,
		  expected);
}

int
main(void)
{
	check_added(5, 20 * RUNS);
	check_added(8, 4 * RUNS);
	check_added(11, RUNS);
	check_added(13, RUNS);
	check_added(14, RUNS);
	check_drawn(8);
	check_drawn(11);
	check_exactness(1, RUNS);
	check_exactness(100, 40 * RUNS);
	check_exactness(1000, 40 * RUNS);
	return check_done("accuracy_hll");
}
