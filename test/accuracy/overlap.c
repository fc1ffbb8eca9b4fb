/*
 * overlap.c: the error of the overlap of two sketches, joint maximum likelihood
 * beside inclusion and exclusion, #a + #b - #(a || b), as lines of CSV.
 *
 *     overlap precision n runs
 *
 * The second set has n values, the first one n, n/10 and n/100; how many are
 * in both follows from the Jaccard coefficient. Up to 10^5 values are added
 * for real; of more, the registers of the three parts (only A, only B, both)
 * are drawn and merged, with the number of values in each part (registers.h).
 * Errors and predicted errors are relative to the expected number in both.
 */
#include "measure.h"
#include "core/hll/overlap.h"

#define MOST_ADDED 1e5

/* One of the cases, and what was seen of it. */
typedef struct pair
{
	int			precision;
	double		a_only,
				b_only,
				both;
	long		runs,
				covered;		/* runs with both inside the 95% interval */
	double		sum,			/* of errors of joint maximum likelihood */
				squares,
				stated,			/* standard errors, squared */
				simple_sum,		/* of inclusion and exclusion */
				simple_squares;
} pair;

/* The sketches of a run, and how many values are in both. */
typedef struct sketches
{
	buffer		a,
				b;
	double		both;
} sketches;

/* --- values added ------------------------------------------------------- */

static void
add_values(buffer *a, buffer *b, double n, uint64_t *state)
{
	for (; n > 0; n--)
	{
		uint64_t	hash = next_random(state);

		if (a != NULL)
			add_hash(a, hash);
		if (b != NULL)
			add_hash(b, hash);
	}
}

static sketches
sketches_added(const pair *p, uint64_t *state)
{
	sketches	s = {new_sketch(p->precision), new_sketch(p->precision), p->both};

	add_values(&s.a, NULL, p->a_only, state);
	add_values(NULL, &s.b, p->b_only, state);
	add_values(&s.a, &s.b, p->both, state);
	return s;
}

/* --- registers drawn ---------------------------------------------------- */

/* Fisher and Yates' shuffle: which register has which value is independent from
 * one part to the next. */
static void
shuffle(uint8_t *registers, uint32_t n, uint64_t *state)
{
	for (uint32_t i = n - 1; i > 0; i--)
	{
		uint32_t	j = random_below(state, i + 1);
		uint8_t		value = registers[i];

		registers[i] = registers[j];
		registers[j] = value;
	}
}

/* One part: a dense sketch, and how many values it holds. */
static buffer
draw_part(const source *s, double *n, uint64_t *state)
{
	buffer		b = new_dense(s->precision);
	drawing		d;

	draw_histogram(&d, s, state);
	lay_out(b.bytes + SK_HLL_AT_REGISTERS, d.histogram);
	shuffle(b.bytes + SK_HLL_AT_REGISTERS, sk_hll_nregisters(s->precision),
			state);
	*n = s->n < ldexp(MOST_COUNTED, s->precision) ? draw_total(&d, s, state) : s->n;
	return b;
}

static sketches
sketches_drawn(const source *parts, uint64_t *state)
{
	sketches	s;
	double		ignored;
	buffer		both;

	s.a = draw_part(&parts[0], &ignored, state);
	s.b = draw_part(&parts[1], &ignored, state);
	both = draw_part(&parts[2], &s.both, state);
	merge_into(&s.a, both);
	merge_into(&s.b, both);
	free_buffer(&both);
	return s;
}

/* --- what they say ------------------------------------------------------ */

static double
count_of_union(buffer a, buffer b)
{
	buffer		all = new_sketch(a.bytes[2]);
	double		count;

	merge_into(&all, a);
	merge_into(&all, b);
	count = estimate_of(all).count;
	free_buffer(&all);
	return count;
}

static void
observe_pair(pair *p, buffer a, buffer b, double both)
{
	sk_hll		sa = opened(a),
				sb = opened(b);
	sk_hll_estimate count_a = estimate_of(a),
				count_b = estimate_of(b);
	sk_hll_overlap o;
	sk_hll_interval i;
	double		error,
				simple;

	if (sk_hll_overlap_of(&o, &sa, &sb, &count_a, &count_b) != SK_OK ||
		sk_hll_overlap_bounds(&i, &sa, &sb, &count_a, &count_b, 0.95) != SK_OK)
		give_up("no overlap", p->precision);
	error = (o.both - both) / p->both;
	simple = (count_a.count + count_b.count - count_of_union(a, b) - both) /
		p->both;
	p->runs++;
	p->covered += i.lower <= both && both <= i.upper;
	p->sum += error;
	p->squares += error * error;
	p->stated += pow(o.both_error / p->both, 2);
	p->simple_sum += simple;
	p->simple_squares += simple * simple;
}

static void
observe_sketches(pair *p, sketches s)
{
	buffer		a = packed(s.a),
				b = packed(s.b);

	observe_pair(p, a, b, s.both);
	free_buffer(&a);
	free_buffer(&b);
	free_buffer(&s.a);
	free_buffer(&s.b);
}

static void
measure_pair(pair *p, long runs)
{
	uint64_t	state = (uint64_t) p->precision << 56 ^
		(uint64_t) p->a_only << 20 ^ (uint64_t) p->both;
	bool		drawn = p->b_only + p->both > MOST_ADDED;
	source		parts[3];

	parts[0] = source_of(p->precision, p->a_only);
	parts[1] = source_of(p->precision, p->b_only);
	parts[2] = source_of(p->precision, p->both);
	for (long run = 0; run < runs; run++)
		observe_sketches(p, drawn ? sketches_drawn(parts, &state) :
						 sketches_added(p, &state));
}

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
		.both = both
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
