/*
 * random.h: binomial and Poisson numbers, so that the histogram of a whole
 * sketch costs a hundred draws instead of one for each value or register.
 *
 * Many trials: transformed rejection (Hörmann, "The generation of binomial
 * random variates", Journal of Statistical Computation and Simulation 46, 1993,
 * algorithm BTRS); a draw takes some 30 ns. Few expected successes: inversion.
 */
#ifndef ACCURACY_RANDOM_H
#define ACCURACY_RANDOM_H

#include <math.h>

#include "hll_help.h"

/* Uniform between 0 and 1, neither of them included. */
static inline double
random_unit(uint64_t *state)
{
	return ((double) (next_random(state) >> 12) + 0.5) * 0x1p-52;
}

/* What Stirling's formula lacks of log(k!). */
static inline double
stirling_rest(double k)
{
	double		k1 = k + 1;

	if (k < 10)
		return lgamma(k1) - (k + 0.5) * log(k1) + k1 - 0.91893853320467274178;
	return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / (k1 * k1)) / (k1 * k1)) / k1;
}

/* log of the probability of k over that of mode, in terms that do not cancel. */
static inline double
binomial_log_ratio(double n, double odds, double mode, double k)
{
	return (mode + 0.5) * log((mode + 1) / (odds * (n - mode + 1))) +
		(n + 1) * log1p((k - mode) / (n - k + 1)) +
		(k + 0.5) * log(odds * (n - k + 1) / (k + 1)) +
		stirling_rest(mode) + stirling_rest(n - mode) -
		stirling_rest(k) - stirling_rest(n - k);
}

static inline double
binomial_by_rejection(double n, double p, uint64_t *state)
{
	double		sigma = sqrt(n * p * (1 - p)),
				b = 1.15 + 2.53 * sigma,
				a = -0.0873 + 0.0248 * b + 0.01 * p,
				alpha = (2.83 + 5.1 / b) * sigma,
				mode = floor((n + 1) * p);

	for (;;)
	{
		double		u = random_unit(state) - 0.5,
					v = random_unit(state),
					edge = 0.5 - fabs(u),
					k = floor((2 * a / edge + b) * u + n * p + 0.5);

		if (edge >= 0.07 && v <= 0.92 - 4.2 / b)
			return k;
		if (k < 0 || k > n)
			continue;
		v *= alpha / (a / (edge * edge) + b);
		if (log(v) <= binomial_log_ratio(n, p / (1 - p), mode, k))
			return k;
	}
}

static inline double
binomial_by_inversion(double n, double p, uint64_t *state)
{
	double		left = random_unit(state),
				odds = p / (1 - p),
				term = exp(n * log1p(-p)),
				k = 0;

	while (left > term && k < n)
	{
		left -= term;
		k++;
		term *= odds * (n - k + 1) / k;
	}
	return k;
}

/* Successes in n trials (whole, at most 10^15) of probability p, 0 .. 1. */
static inline double
random_binomial(double n, double p, uint64_t *state)
{
	if (p > 0.5)
		return n - random_binomial(n, 1 - p, state);
	if (n == 0 || p <= 0)
		return 0;
	if (n * p < 10)
		return binomial_by_inversion(n, p, state);
	return binomial_by_rejection(n, p, state);
}

/* A Poisson number of this mean, up to 10^12: so many trials that one in a
 * thousand succeeds at most, and its variance is right to that. */
static inline double
random_poisson(double mean, uint64_t *state)
{
	return random_binomial(1e15, mean / 1e15, state);
}

#endif							/* ACCURACY_RANDOM_H */
