/*
 * stats.h: quantiles for error bounds.
 */
#ifndef SK_STATS_H
#define SK_STATS_H

#include <math.h>

#define SK_PI 3.14159265358979323846

/*
 * The z for which a standard normal variable lies in -z .. z with this
 * probability (0 < confidence < 1). Newton's method on the convex tail from 0
 * approaches the root from below and never passes it.
 */
static inline double
sk_normal_quantile(double confidence)
{
	double		z = 0;

	for (int i = 0; i < 200; i++)
	{
		double		excess = erfc(z / sqrt(2)) - (1 - confidence);
		double		slope = sqrt(2 / SK_PI) * exp(-z * z / 2);
		double		next = z + excess / slope;

		if (!(next > z))
			break;
		z = next;
	}
	return z;
}

/*
 * The smallest k for which a Poisson variable of this mean (at most 700, where
 * exp(-mean) is still a number) is at most k with this probability.
 */
static inline double
sk_poisson_quantile(double mean, double probability)
{
	double		term = exp(-mean);
	double		sum = term;
	double		k = 0;

	for (; sum < probability && k < mean * 2 + 1000; sum += term)
		term *= mean / ++k;
	return k;
}

#endif							/* SK_STATS_H */
