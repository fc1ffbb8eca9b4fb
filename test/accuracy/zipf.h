/*
 * zipf.h: streams of events on values whose frequencies follow Zipf's law.
 *
 * A stream of a Poisson number of events is one Poisson number for each value,
 * and a sketch of weighted values is the same, to the byte, as one of events, if
 * it is a Count-Min sketch. Where the order matters, the events are shuffled.
 */
#ifndef ACCURACY_ZIPF_H
#define ACCURACY_ZIPF_H

#include "random.h"

/* How often each of n values is expected; exponent 0 is uniform. */
static inline void
zipf_means(double *means, size_t n, double exponent, double events)
{
	double		sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += means[i] = pow((double) (i + 1), -exponent);
	for (size_t i = 0; i < n; i++)
		means[i] *= events / sum;
}

/* Brings n numbers into random order (Durstenfeld, Algorithm 235, 1964). */
static inline void
shuffle(uint32_t *numbers, size_t n, uint64_t *state)
{
	for (size_t i = n; i > 1; i--)
	{
		size_t		j = (size_t) (random_unit(state) * (double) i);
		uint32_t	number = numbers[i - 1];

		numbers[i - 1] = numbers[j];
		numbers[j] = number;
	}
}

#endif							/* ACCURACY_ZIPF_H */
