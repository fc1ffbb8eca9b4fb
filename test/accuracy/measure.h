/*
 * measure.h: sketches of n values, many times over, and what their estimates
 * were worth. For test/accuracy and for the quick check among the unit tests.
 *
 * Values are splitmix64 hashes, all different, so that hash quality plays no
 * part. Runs of one precision look at the same sketch at each number of values
 * on the way; so points are not independent of each other, but the runs of a
 * point are. The standard error of a measured RMSE is 1/sqrt(2 runs) of it; of
 * a bias, 1/sqrt(runs) of the RMSE.
 */
#ifndef ACCURACY_MEASURE_H
#define ACCURACY_MEASURE_H

#include "registers.h"

#define VARLENA_HEADER 4
#define CONFIDENCES 3
#define SIZED_RUNS 100

static const double confidences[CONFIDENCES] = {0.68, 0.95, 0.99};

/* What was seen at one number of values. */
typedef struct point
{
	int			precision;
	double		n;
	long		runs;
	long		nsparse;		/* runs in which the sketch was sparse */
	long		covered[CONFIDENCES];	/* runs with n inside the interval */
	double		sum,			/* of relative errors */
				squares,
				stated;			/* of the errors that sketches state */
	double		nbytes;			/* sum, as stored, over the first runs */
	size_t		most_bytes;
	long		nsizes;
} point;

/* A sketch held this many values, and this is what it says. */
static inline void
observe(point *p, sk_hll_estimate e, double n)
{
	double		error = e.count / n - 1,
				lower,
				upper;

	for (int i = 0; i < CONFIDENCES; i++)
	{
		sk_hll_bounds(&e, confidences[i], &lower, &upper);
		p->covered[i] += lower <= n && n <= upper;
	}
	p->runs++;
	p->nsparse += e.hidden > 0;
	p->sum += error;
	p->squares += error * error;
	p->stated += e.relative_error;
}

/* Sizes vary so little that few runs are enough. */
static inline void
observe_size(point *p, buffer b)
{
	buffer		bytes;
	size_t		nbytes;

	if (p->nsizes == SIZED_RUNS)
		return;
	bytes = packed(b);
	nbytes = bytes.nbytes + VARLENA_HEADER;
	p->nbytes += (double) nbytes;
	p->most_bytes = nbytes > p->most_bytes ? nbytes : p->most_bytes;
	p->nsizes++;
	free_buffer(&bytes);
}

static inline double
rmse(const point *p)
{
	return sqrt(p->squares / (double) p->runs);
}

static inline double
bias(const point *p)
{
	return p->sum / (double) p->runs;
}

static inline double
coverage(const point *p, int i)
{
	return (double) p->covered[i] / (double) p->runs;
}

/* Near the limit a shared token may make a sketch of the other layout. */
static inline bool
is_mostly_sparse(const point *p)
{
	return p->nsparse > p->runs / 2;
}

/* Sketches of more values than that are dense. */
static inline double
sparse_limit(int precision)
{
	return (double) sk_hll_max_tokens(precision);
}

/* --- values added ------------------------------------------------------- */

static inline void
look_at_sketch(point *p, buffer b)
{
	observe(p, estimate_of(b), p->n);
	observe_size(p, b);
}

/* One run over points of ascending n and one precision. */
static inline void
add_once(point *points, int npoints, uint64_t seed)
{
	buffer		b = new_sketch(points[0].precision);
	double		added = 0;
	uint64_t	state = seed * UINT64_C(0xD1342543DE82EF95);

	for (int i = 0; i < npoints; i++)
	{
		for (; added < points[i].n; added++)
			add_hash(&b, next_random(&state));
		look_at_sketch(&points[i], b);
	}
	free_buffer(&b);
}

static inline void
measure_added(point *points, int npoints, long runs)
{
	uint64_t	first = (uint64_t) points[0].precision << 32;

	for (long run = 0; run < runs; run++)
		add_once(points, npoints, first + (uint64_t) run);
}

/* --- registers drawn ---------------------------------------------------- */

/* With more values per register than this, their number differs from n by only
 * 0.1% of the error of the sketch. */
#define MOST_COUNTED 1000

static inline void
measure_drawn(point *p, long runs)
{
	source		s = source_of(p->precision, p->n);
	bool		counted = p->n < ldexp(MOST_COUNTED, p->precision);
	buffer		b = new_dense(p->precision);
	uint64_t	state = (uint64_t) p->n ^ (uint64_t) p->precision << 56;
	drawing		d;

	for (long run = 0; run < runs; run++)
	{
		draw_histogram(&d, &s, &state);
		lay_out(b.bytes + SK_HLL_AT_REGISTERS, d.histogram);
		observe(p, estimate_of(b), counted ? draw_total(&d, &s, &state) : p->n);
		observe_size(p, b);
	}
	free_buffer(&b);
}

#endif							/* ACCURACY_MEASURE_H */
