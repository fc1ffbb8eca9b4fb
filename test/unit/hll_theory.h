/*
 * hll_theory.h: the error that the theory of the hll sketch predicts, for the
 * tests to compare with. Independent of the code under test.
 */
#ifndef HLL_THEORY_H
#define HLL_THEORY_H

#include <math.h>

/* Probability that a value has this level, or a higher one, of `last` levels. */
static inline double
probability_of_level(int level, int last)
{
	return ldexp(1, level < last ? -level : 1 - last);
}

static inline double
probability_above_level(int level, int last)
{
	return level < last ? ldexp(1, -level) : 0;
}

/*
 * Relative standard error of the estimate of n values by registers of this
 * precision: sqrt(1/J - 1/n), with J the expected Fisher information about
 * log n. A level j, which y = n/m * 2^-j values hit on average, is visible where
 * no level above j+2 was hit; whether it was hit is then worth y^2/(exp(y)-1)
 * (Ertl 2017, section 5; 2024, section 4). The last level is as probable as the
 * one before it. 1/n is the variance of a Poisson number around its rate, and n
 * is fixed here.
 */
static inline double
theoretical_error(int precision, double n)
{
	int			last = 65 - precision;
	double		x = ldexp(n, -precision);
	double		information = 0;
	double		variance;

	for (int j = 1; j <= last; j++)
	{
		double		y = x * probability_of_level(j, last);
		double		unseen = x * probability_above_level(j + 2, last);

		if (y < 700)
			information += ldexp(y * y * exp(-unseen) / expm1(y), precision);
	}
	variance = 1 / information - 1 / n;
	return variance > 0 ? sqrt(variance) : 0;
}

#endif							/* HLL_THEORY_H */
