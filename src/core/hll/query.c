/*
 * hll/query.c: the number of distinct values a sketch has seen, with its error.
 *
 * Registers and tokens are both sets of cells (index, level), each of which a
 * value hits with a known probability. A sketch shows that some cells were hit,
 * and that others were not. That gives one likelihood for all layouts (Ertl
 * 2017, section 5; "ExaLogLog", EDBT 2025, section 4.2), and its curvature the
 * standard error. The work is in counting the cells; solving takes about a
 * microsecond.
 */
#include <math.h>

#include "core/hll/internal.h"
#include "core/stats.h"

/*
 * With m registers or token indexes and n = m x values, the probability of what
 * is seen is exp(-x * missed) * product of (1-exp(-x/2^j))^hit[j].
 */
typedef struct cells
{
	double		m;
	double		missed;			/* sum of 2^-level over cells not hit */
	uint32_t	hit[64];		/* cells hit, by level */
	uint32_t	nhit;
	int			lowest,
				highest;		/* levels with hits, if nhit > 0 */
} cells;

/* 2^n, exactly, for |n| < 1000: ldexp() takes longer than all else here. */
static double
power_of_2(int n)
{
	uint64_t	bits = (uint64_t) (1023 + n) << 52;
	double		power;

	memcpy(&power, &bits, sizeof(power));
	return power;
}

static void
count_hits(cells *c, int level, uint32_t n)
{
	c->hit[level] += n;
	c->nhit += n;
}

static void
find_level_range(cells *c)
{
	c->lowest = 0;
	c->highest = 63;
	while (c->lowest < 63 && c->hit[c->lowest] == 0)
		c->lowest++;
	while (c->highest > 0 && c->hit[c->highest] == 0)
		c->highest--;
}

/*
 * Counts the cells of n registers of one value: level k was hit, k-1 and k-2
 * were or were not, and none above k was, which together is as probable as a
 * miss at k. The last level has no level above it, and the same probability as
 * the one before.
 */
static void
count_register(cells *c, uint32_t *missed, uint8_t value, uint32_t n,
			   int precision)
{
	int			last = (int) sk_hll_max_level(precision);
	int			k = (value >> 2) - 2;

	if (value < 12)
	{
		missed[0] += n;
		return;
	}
	count_hits(c, k < last ? k : last - 1, n);
	if (k < last)
		missed[k] += n;
	for (int below = 1; below <= 2 && below < k; below++)
		if (value & (4 >> below))
			count_hits(c, k - below, n);
		else
			missed[k - below] += n;
}

static sk_status
count_registers(cells *c, const sk_hll *s)
{
	uint32_t	histogram[256];
	uint32_t	missed[64] = {0};
	sk_status	status = sk_hll_register_histogram(s, histogram);

	c->m = sk_hll_nregisters(s->precision);
	for (int value = 0; value < 256; value++)
		if (histogram[value] > 0)
			count_register(c, missed, (uint8_t) value, histogram[value],
						   s->precision);
	for (int level = 0; level < 64; level++)
		c->missed += missed[level] * power_of_2(-level);
	return status;
}

/*
 * All cells but those of the tokens were missed. The sum is over levels, so
 * that it does not depend on the order of the tokens.
 */
static void
count_missed(cells *c)
{
	c->missed = c->m;
	for (int level = 1; level <= SK_HLL_MAX_ZEROS; level++)
		c->missed -= c->hit[level] * power_of_2(-level);
}

/* Only the levels of tokens count. The last level has the same probability as
 * the one before. */
static sk_status
count_tokens(cells *c, const sk_hll *s)
{
	sk_hll_token_reader reader;
	uint32_t	zeros[SK_HLL_BLOCK + SK_HLL_SLACK];

	c->m = 1 << SK_HLL_INDEX_BITS;
	sk_hll_read_tokens(&reader, s);
	for (uint32_t left = s->ntokens, n; left > 0; left -= n)
	{
		n = left < SK_HLL_BLOCK ? left : SK_HLL_BLOCK;
		if (!sk_hll_next_zeros(&reader, zeros, n))
			return SK_VALUE;
		for (uint32_t i = 0; i < n; i++)
			count_hits(c, zeros[i] < SK_HLL_MAX_ZEROS ? (int) zeros[i] + 1 :
					   SK_HLL_MAX_ZEROS, 1);
	}
	count_missed(c);
	return SK_OK;
}

/*
 * The rate n/m that makes the cells most likely: the root of
 * missed * x = sum of hit[j] * x/2^j / (exp(x/2^j) - 1). Newton's method in
 * y = expm1(x/2^highest), with the terms of each level from those of the level
 * above ("ExaLogLog", algorithm 8), rises to the root from a lower bound.
 */
static double
solve(const cells *c)
{
	double		scaled = c->missed * power_of_2(c->highest);
	double		weighted = 0;
	double		x;

	for (int j = c->lowest; j <= c->highest; j++)
		weighted += c->hit[j] * power_of_2(c->highest - j);
	x = weighted / scaled;
	if (c->lowest < c->highest)
		x = expm1(log1p(x) * c->nhit / weighted);
	for (;;)
	{
		double		shrink = 1,
					curve = 0,
					y = x,
					value = c->hit[c->highest],
					slope = 0,
					next;

		for (int j = c->highest - 1; j >= c->lowest; j--)
		{
			double		z = 2 / (2 + y);

			shrink *= z;
			curve = curve * (2 - z) + (1 - z);
			value += c->hit[j] * shrink;
			slope += c->hit[j] * shrink * curve;
			y *= y + 2;
		}
		if (!(value > scaled * x))
			break;
		next = x * (1 + (value - scaled * x) / (slope + scaled * x));
		if (!(next > x))
			break;
		x = next;
	}
	return log1p(x) * power_of_2(c->highest);
}

/*
 * Fisher information of the cells about log(rate), as observed: of each cell
 * hit x^2 exp(x)/(exp(x)-1)^2, x = rate/2^level. From the highest level down
 * x doubles, and y = exp(x)-1 follows. If y is huge, a hit carries no
 * information.
 */
static double
information(const cells *c, double rate)
{
	double		x = rate * power_of_2(-c->highest);
	double		y = expm1(x);
	double		sum = 0;

	for (int j = c->highest; j >= c->lowest && y < 1e100; j--)
	{
		sum += c->hit[j] * (x / y * x) * ((y + 1) / y);
		x *= 2;
		y *= y + 2;
	}
	return sum;
}

/*
 * The second-order bias of maximum likelihood (Cox & Snell, "A general
 * definition of residuals", 1968), summed over the visible cells, is within
 * 0.004 of this: 1/4 for few values, then 0.4815.
 */
double
sk_hll_register_bias(double rate)
{
	double		x = rate / 5;

	return 0.25 + 0.2315 * x / sqrt(sqrt(1 + x * x * x * x));
}

/* For a working sparse sketch. */
static sk_status
count_packed(const sk_hll *s, sk_hll_estimate *estimate, const sk_env *env)
{
	sk_value	packed = {(uint8_t *) (uintptr_t) s->bytes, s->nbytes};
	sk_hll		sketch;
	sk_status	status = sk_hll_pack(&packed, env);

	*estimate = (sk_hll_estimate) {.count = 0};
	if (status != SK_OK)
		return status;
	status = sk_hll_open(&sketch, packed.bytes, packed.nbytes);
	if (status == SK_OK)
		status = sk_hll_count(&sketch, estimate, env);
	env->release(packed.bytes);
	return status;
}

sk_status
sk_hll_count(const sk_hll *s, sk_hll_estimate *estimate, const sk_env *env)
{
	cells		c = {.m = 0};
	sk_status	status;
	double		rate,
				bias,
				variance;

	if (s->layout == SK_HLL_WORKING_SPARSE)
		return count_packed(s, estimate, env);
	status = sk_hll_is_sparse(s) ? count_tokens(&c, s) : count_registers(&c, s);
	*estimate = (sk_hll_estimate) {.least = c.nhit, .precision = s->precision};
	if (status != SK_OK || c.nhit == 0)
		return status;
	if (!(c.missed > 0))
	{
		estimate->count = estimate->relative_error = INFINITY;
		return SK_OK;
	}
	find_level_range(&c);
	rate = solve(&c);
	bias = sk_hll_is_sparse(s) ? 0 : sk_hll_register_bias(rate);
	estimate->count = fmax(c.m * rate / (1 + bias / c.m), c.nhit);

	/*
	 * The cells give a rate. The number of values that came at that rate is
	 * known better, by the Poisson variance 1/n.
	 */
	variance = 1 / information(&c, rate) - 1 / (c.m * rate);
	estimate->relative_error = variance > 0 ? sqrt(variance) : 0;
	if (sk_hll_is_sparse(s))
	{
		estimate->hidden = estimate->count - estimate->least;
		estimate->count = rint(estimate->count);
	}
	return SK_OK;
}

/*
 * The end of an interval, z standard errors e from the count: normal on the
 * logarithmic scale but for two terms. Since the count is unbiased, its
 * logarithm has a bias of -e^2/2. And its skewness moves the quantiles
 * (Cornish & Fisher, "Moments and cumulants in the specification of
 * distributions", 1938). Times e, the skewness is 0.8e^2 - 1/n, within 0.2/m
 * of the second-order theory: while few values are hidden behind others, they
 * are a Poisson number. A quantile that would turn back, as can happen at a
 * dozen values, stays at its lowest.
 */
static double
bound(const sk_hll_estimate *estimate, double z)
{
	double		e = estimate->relative_error;
	double		skewness = 0.8 * e * e - 1 / estimate->count;

	if (skewness < 0)
		z = fmax(z, 3 * e / skewness);
	return estimate->count *
		exp(z * e + e * e / 2 - (z * z - 1) * skewness / 6);
}

void
sk_hll_bounds(const sk_hll_estimate *estimate, double confidence,
			  double *lower, double *upper)
{
	double		hidden = estimate->hidden;
	double		tail = (1 - confidence) / 2;
	double		z = sk_normal_quantile(confidence);

	if (hidden > 0 && hidden < 100)
	{
		*lower = estimate->least + sk_poisson_quantile(hidden, tail);
		*upper = estimate->least + sk_poisson_quantile(hidden, 1 - tail);
	}
	else if (estimate->relative_error == 0)
		*lower = *upper = estimate->count;
	else
	{
		*lower = isinf(estimate->count) ? 0 : bound(estimate, -z);
		*upper = isinf(estimate->count) ? INFINITY : bound(estimate, z);
	}
	if (estimate->count * estimate->relative_error < 2)
	{
		*lower = floor(*lower);
		*upper = ceil(*upper);
	}
	*lower = fmin(fmax(*lower, estimate->least), estimate->count);
	*upper = fmax(*upper, estimate->count);
}

sk_status
sk_hll_used(const sk_hll *s, uint32_t *used)
{
	uint32_t	histogram[256];
	sk_status	status;

	if (sk_hll_is_sparse(s))
	{
		*used = s->ntokens;
		return sk_hll_is_packed(s) ? SK_OK : SK_LAYOUT;
	}
	status = sk_hll_register_histogram(s, histogram);
	*used = sk_hll_nregisters(s->precision) - histogram[0];
	return status;
}
