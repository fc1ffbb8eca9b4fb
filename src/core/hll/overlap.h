/*
 * hll/overlap.h: what two distinct-count sketches have in common.
 *
 * Each value of the two sets is in the first one only, in the second one only,
 * or in both. The sizes of the three parts are estimated together, by maximum
 * likelihood over all that both sketches show. For small overlaps the error is
 * half that of the difference of counts |A| + |B| - |A or B| ("inclusion and
 * exclusion"), or less.
 *
 * Method: Ertl, "New cardinality estimation algorithms for HyperLogLog
 * sketches", 2017, section on joint estimation, over the visible levels of
 * UltraLogLog registers (Ertl, VLDB 2024). See overlap.c.
 */
#ifndef SK_HLL_OVERLAP_H
#define SK_HLL_OVERLAP_H

#include "core/hll/sketch.h"

typedef struct sk_hll_overlap
{
	double		a_only,			/* sizes of the parts, 0 or more */
				b_only,
				both,
				all,			/* the sum of the three */
				jaccard;		/* both / all; 1 for two empty sets */
	double		a_only_error,	/* standard errors, absolute */
				b_only_error,
				both_error,
				all_error,
				jaccard_error;
} sk_hll_overlap;

/*
 * Estimates the three parts. a and b must be packed. If one is dense, the other
 * must not have a higher precision: fold it first. count_a and count_b are the
 * estimates of sk_hll_count() for them, or for the finer sketches that were
 * folded. Swapping the arguments swaps the results to the bit.
 *
 * For two sparse sketches the parts are whole numbers, as exact as the
 * counts, and a_only + both is count_a. For dense ones that holds within the
 * errors, but no part is larger than the counts of its sets; where one was
 * folded, its count can show that the other set is larger than counted. If the
 * sketches say next to nothing of what is in both, or show that nothing is, that is
 * 0, and its error says how many could be there unseen.
 *
 * SK_LAYOUT: not packed; SK_PRECISION: not folded; otherwise damage.
 */
extern sk_status sk_hll_overlap_of(sk_hll_overlap *overlap,
								   const sk_hll *a, const sk_hll *b,
								   const sk_hll_estimate *count_a,
								   const sk_hll_estimate *count_b);

/* An estimate and where the true number lies: lower <= estimate <= upper. */
typedef struct sk_hll_interval
{
	double		estimate,
				lower,
				upper;
} sk_hll_interval;

/*
 * The interval that holds the number of values in both with this probability
 * (0 < confidence < 1), from the profile of the likelihood. It is not
 * symmetric; it starts at 0 if the sets can be disjoint, and ends at most at
 * the upper bound of the smaller set's count. Arguments and status as above.
 * For two sparse sketches it is as narrow as the bounds of their counts.
 */
extern sk_status sk_hll_overlap_bounds(sk_hll_interval *both,
									   const sk_hll *a, const sk_hll *b,
									   const sk_hll_estimate *count_a,
									   const sk_hll_estimate *count_b,
									   double confidence);

#endif							/* SK_HLL_OVERLAP_H */
