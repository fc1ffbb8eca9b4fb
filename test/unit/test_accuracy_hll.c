/*
 * test_accuracy_hll.c: the error of hll estimates, measured and compared with
 * theory. Prints the tables of doc/accuracy.md.
 *
 *     test_accuracy_hll [runs]
 *
 * Each run adds splitmix64 hashes, all different, up to a million of them, and
 * looks at the sketch at each number of values on the way; so the points of one
 * precision are not independent of each other, but the runs of a point are. The
 * standard error of a measured RMSE is 1/sqrt(2 runs) of it, 2.2 % at the 1,000
 * runs made by default; of a bias, 1/sqrt(runs) sigma. Seeds are fixed.
 *
 * Beyond a million the registers are drawn instead. If the number of values is
 * Poisson with mean n, each cell (register, level) of probability q is hit with
 * probability 1-exp(-nq), independently of the others. A fixed n differs from
 * that by a relative error of 1/sqrt(n), at most 0.003 % here, which is nothing
 * beside the 1.7 % and 4.8 % of the sketches.
 */
#include "check.h"
#include "hll_help.h"
#include "hll_theory.h"

#define VARLENA_HEADER 4
#define MOST_POINTS 40

/* What was seen at one number of values. */
typedef struct point
{
	int			precision;
	double		n;
	long		runs;
	long		nsparse;		/* runs in which the sketch was sparse */
	long		covered;		/* runs with n inside the 95 % interval */
	double		sum,			/* of relative errors */
				squares,
				stated;			/* of the errors that sketches state */
	double		nbytes;			/* sum, as stored */
	size_t		most_bytes;
	long		nsizes;			/* runs that were packed */
} point;

static void
observe(point *p, buffer b)
{
	sk_hll_estimate e = estimate_of(b);
	sk_hll		s = opened(b);
	double		error = e.count / p->n - 1,
				lower,
				upper;

	sk_hll_bounds(&e, 0.95, &lower, &upper);
	p->runs++;
	p->nsparse += sk_hll_is_sparse(&s);
	p->covered += lower <= p->n && p->n <= upper;
	p->sum += error;
	p->squares += error * error;
	p->stated += e.relative_error;
}

/* Sizes vary so little that a tenth of the runs tells them. */
static void
observe_size(point *p, buffer b)
{
	buffer		bytes = packed(b);
	size_t		nbytes = bytes.nbytes + VARLENA_HEADER;

	p->nbytes += (double) nbytes;
	p->most_bytes = nbytes > p->most_bytes ? nbytes : p->most_bytes;
	p->nsizes++;
	free_buffer(&bytes);
}

static double
rmse(const point *p)
{
	return sqrt(p->squares / (double) p->runs);
}

static double
mean_size(const point *p)
{
	return p->nbytes / (double) p->nsizes;
}

static void
print_head(const char *title)
{
	printf("\n%s\n\n", title);
	printf("|  p |       n |      n/m | RMSE %% | theory %% | ratio | bias/sigma |"
		   " 95 %% interval | bytes |\n"
		   "|---:|--------:|---------:|-------:|---------:|------:|-----------:|"
		   "--------------:|------:|\n");
}

static void
print_point(const point *p, double theory)
{
	double		runs = (double) p->runs;

	printf("| %2d | %7.7g | %8.3g | %6.3f ", p->precision, p->n,
		   ldexp(p->n, -p->precision), 100 * rmse(p));
	if (p->nsparse == p->runs)
		printf("|   sparse |       |            ");
	else
		printf("| %8.3f | %5.3f | %10.3f ", 100 * theory, rmse(p) / theory,
			   p->sum / runs / theory);
	printf("| %13.2f | %5.0f |\n", 100 * (double) p->covered / runs,
		   mean_size(p));
}

/*
 * 95 % must mean 95 +- 1 %: as far as so many runs can tell, which is to four
 * standard errors of a proportion.
 */
static void
check_coverage(const point *p)
{
	double		share = (double) p->covered / (double) p->runs;

	check(fabs(share - 0.95) < 0.01 + 4 * sqrt(0.95 * 0.05 / (double) p->runs),
		  "p=%d n=%g: %.2f %% of the 95 %% intervals hold n", p->precision, p->n,
		  100 * share);
}

static void
check_dense_point(const point *p, double theory)
{
	double		runs = (double) p->runs,
				asymptote = 0.761 / sqrt(ldexp(1, p->precision));

	check(fabs(rmse(p) / theory - 1) < 0.07, "p=%d n=%g: RMSE %.5f, theory %.5f",
		  p->precision, p->n, rmse(p), theory);
	check(p->n < ldexp(20, p->precision) || fabs(rmse(p) / asymptote - 1) < 0.07,
		  "p=%d n=%g: RMSE %.5f, asymptote %.5f", p->precision, p->n, rmse(p),
		  asymptote);
	check(fabs(p->sum / runs) < 0.15 * theory, "p=%d n=%g: bias %.3f sigma",
		  p->precision, p->n, p->sum / runs / theory);
	check(fabs(p->stated / runs / theory - 1) < 0.03,
		  "p=%d n=%g: sketches state an error of %.5f, theory %.5f",
		  p->precision, p->n, p->stated / runs, theory);
	check_coverage(p);
}

/* Sparse sketches err only where values share a token. */
static void
check_sparse_point(const point *p)
{
	check(rmse(p) < 1e-3, "p=%d n=%g: RMSE %.6f of sparse sketches",
		  p->precision, p->n, rmse(p));
	check((double) p->covered / (double) p->runs > 0.99,
		  "p=%d n=%g: intervals of sparse sketches", p->precision, p->n);
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
finish_point(const point *p)
{
	double		theory = theoretical_error(p->precision, p->n);

	print_point(p, theory);
	check(p->nsparse == 0 || p->nsparse == p->runs,
		  "p=%d n=%g: sparse or dense by chance", p->precision, p->n);
	if (p->nsparse > 0)
		check_sparse_point(p);
	else
		check_dense_point(p, theory);
	check_sizes(p);
}

/* --- up to a million values, each of them added ----------------------------- */

static int
compare_points(const void *a, const void *b)
{
	double		x = ((const point *) a)->n,
				y = ((const point *) b)->n;

	return (x > y) - (x < y);
}

/* 1, 10, ..., 10^6, and 0.1m .. 20m where that is no more; ascending. */
static int
make_points(point *points, int precision)
{
	static const double multiples[] = {0.1, 0.2, 0.5, 1, 2, 5, 10, 20};
	int			n = 0;

	for (double x = 1; x <= 1e6; x *= 10)
		points[n++] = (point) {.precision = precision, .n = x};
	for (int i = 0; i < 8; i++)
		points[n++] = (point) {.precision = precision,
			.n = floor(ldexp(multiples[i], precision))};
	qsort(points, (size_t) n, sizeof(*points), compare_points);
	return n;
}

static void
run_once(point *points, int npoints, int precision, uint64_t seed)
{
	buffer		b = new_sketch(precision);
	double		added = 0;
	uint64_t	state = seed * UINT64_C(0xD1342543DE82EF95);

	for (int i = 0; i < npoints; i++)
	{
		for (; added < points[i].n; added++)
			add_hash(&b, next_random(&state));
		observe(&points[i], b);
		if (seed % 10 == 0)
			observe_size(&points[i], b);
	}
	free_buffer(&b);
}

static void
measure(int precision, long runs)
{
	point		points[MOST_POINTS];
	int			npoints = make_points(points, precision);

	for (long run = 0; run < runs; run++)
		run_once(points, npoints, precision, (uint64_t) (precision * 1000000 + run));
	for (int i = 0; i < npoints; i++)
		finish_point(&points[i]);
	fflush(stdout);
}

/* --- beyond a million: cells drawn instead ---------------------------------- */

static double
random_unit(uint64_t *state)
{
	return ldexp((double) (next_random(state) >> 11), -53);
}

/* Adds the highest level that one register sees, and the two below if seen. */
static void
draw_register(buffer *b, uint64_t index, double x, uint64_t *state)
{
	int			precision = b->bytes[2],
				last = 65 - precision,
				highest = 0;

	for (int j = last; j >= 1 && (highest == 0 || j >= highest - 2); j--)
	{
		uint64_t	level = j == last ? 0 : UINT64_C(1) << (last - 1 - j);

		if (random_unit(state) < exp(-x * probability_of_level(j, last)))
			continue;
		add_hash(b, index << (last - 1) | level);
		highest = highest == 0 ? j : highest;
	}
}

static void
measure_drawn(int precision, double n, long runs)
{
	point		p = {.precision = precision, .n = n};
	uint64_t	state = (uint64_t) n + (uint64_t) precision;

	for (long run = 0; run < runs; run++)
	{
		buffer		b = new_sketch(precision);

		for (uint64_t i = 0; i < UINT64_C(1) << precision; i++)
			draw_register(&b, i, ldexp(n, -precision), &state);
		observe(&p, b);
		if (run % 10 == 0)
			observe_size(&p, b);
		free_buffer(&b);
	}
	finish_point(&p);
}

/* --- small numbers of values are exact -------------------------------------- */

/*
 * All estimates are exact but those of sketches in which two values share a
 * token. A pair does with probability 2^-26 / 3, its index and its level; so
 * n^2 / (6 * 2^26) of the sketches have such a pair.
 */
static void
measure_exactness(double n, long runs)
{
	long		shared = 0,
				wrong = 0,
				wrong_without = 0;
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
		wrong += rint(e.count) != n;
		wrong_without += rint(e.count) != n && e.least == n;
		free_buffer(&b);
	}
	printf("| %5.0f | %6ld | %12ld | %8.1f | %15ld |\n", n, runs, shared, expected,
		   wrong);
	check(wrong_without == 0, "n=%g: %ld wrong without a shared token", n,
		  wrong_without);
	check(fabs((double) shared - expected) < 4 * sqrt(expected) + 1,
		  "n=%g: %ld sketches with a shared token, expected %.1f", n, shared,
		  expected);
}

int
main(int argc, char **argv)
{
	static const int precisions[] = {8, 11, 13, 14};
	long		runs = argc > 1 ? strtol(argv[1], NULL, 10) : 1000;

	/* With fewer, a tolerance of 7 % is not three standard errors. */
	if (runs < 800)
		give_up("too few runs", (int) runs);
	print_head("Values added");
	for (int i = 0; i < 4; i++)
		measure(precisions[i], runs);
	print_head("Registers drawn");
	for (double n = 1e9; n < 1e19; n *= 1e3)
	{
		measure_drawn(8, n, runs);
		measure_drawn(11, n, runs);
	}
	printf("\nExact results at p = 13\n\n"
		   "|     n |   runs | shared token | expected | inexact results |\n"
		   "|------:|-------:|-------------:|---------:|----------------:|\n");
	measure_exactness(1, 1000);
	measure_exactness(100, 10 * runs);
	measure_exactness(1000, 10 * runs);
	return check_done("accuracy_hll");
}
