/*
 * bloom_counts.c: the error of the counts of Bloom filters of one design while
 * they fill, as lines of CSV.
 *
 *     bloom_counts expected rate runs
 *
 * Filters are built as in SQL: a list first, whose count is exact, then blocks.
 * Values are splitmix64 hashes, all different. For more than 1,000 values there
 * are fewer runs, 1,000 * runs values in all, but at least eight.
 */
#include "bloom_help.h"

#define MOST_POINTS 8

typedef struct point
{
	uint64_t	n;
	long		nlists;			/* runs in which the filter was a list */
	double		sum,			/* of relative errors */
				squares;
} point;

/* Fractions of the designed number, and the first that is no list; ascending. */
static int
choose_numbers(point *points, const sk_bloom_design *design)
{
	static const double parts[] = {0.02, 0.05, 0.1, 0.2, 0.5, 0.75, 1};
	uint64_t	first = sk_bloom_max_values(design) + 1,
				last = 0;
	int			count = 0;

	for (int i = 0; i < 7; i++)
	{
		uint64_t	n = (uint64_t) ceil(parts[i] * (double) design->expected);

		if (first > last && first < n)
			points[count++] = (point) {.n = first};
		points[count++] = (point) {.n = n};
		last = n;
	}
	return count;
}

static void
observe(point *p, buffer b)
{
	double		error = bloom_count_of(b) / (double) p->n - 1;
	sk_bloom	s = bloom_opened(b);

	p->nlists += sk_bloom_is_list(&s);
	p->sum += error;
	p->squares += error * error;
}

/*
 * The relative standard error: t random bits among m give an estimate of t the
 * variance m (exp(t/m) - t/m - 1) (Whang, Vander-Zanden, Taylor 1990, see
 * bloom/query.c); here its mean over t, k times a Poisson number.
 */
static double
theoretical_error(const sk_bloom_design *design, double n)
{
	double		load = n / design->nblocks,
				k = design->nbits,
				m = sk_bloom_block_bits(design->nbits),
				excess = expm1(load * expm1(k / m)) - load * k / m;

	return sqrt(m * excess / design->nblocks) / (k * load);
}

/* Counts are those of the packed filter. */
static void
fill_once(point *points, int npoints, sk_bloom_design design, uint64_t *state)
{
	buffer		working = new_bloom(design);
	uint64_t	added = 0;

	for (int i = 0; i < npoints; i++)
	{
		buffer		b;

		for (; added < points[i].n; added++)
			bloom_add_hash(&working, next_random(state));
		b = bloom_packed(working);
		observe(&points[i], b);
		free_buffer(&b);
	}
	free_buffer(&working);
}

/* For a list there is no theoretical error. */
static void
print_point(const point *p, const sk_bloom_design *design, const char *rate,
			long runs)
{
	double		rmse = 100 * sqrt(p->squares / (double) runs),
				theory = 100 * theoretical_error(design, (double) p->n);

	printf("%.0f,%s,%u,%.0f,%s,%ld,%.4g,%.4g", (double) design->expected, rate,
		   design->nblocks, (double) p->n, p->nlists > 0 ? "list" : "bits", runs,
		   rmse, 100 * p->sum / (double) runs);
	if (p->nlists > 0)
		printf(",,\n");
	else
		printf(",%.4g,%.4f\n", theory, rmse / theory);
}

int
main(int argc, char **argv)
{
	double		rate = argc == 4 ? atof(argv[2]) : 0;
	long		runs = argc == 4 ? atol(argv[3]) : 0;
	sk_bloom_design design;
	point		points[MOST_POINTS];
	int			npoints;
	uint64_t	state = 2;

	if (!sk_bloom_rate_ok(rate) || atoll(argv[1]) < 1 || runs < 1)
		give_up("usage: bloom_counts expected rate runs", argc);
	design = design_for((uint64_t) atoll(argv[1]), rate);
	if (design.expected > 1000)
		runs = (long) fmax(8, 1000.0 * (double) runs / (double) design.expected);
	npoints = choose_numbers(points, &design);
	for (long run = 0; run < runs; run++)
		fill_once(points, npoints, design, &state);
	for (int i = 0; i < npoints; i++)
		print_point(&points[i], &design, argv[2], runs);
	return 0;
}
