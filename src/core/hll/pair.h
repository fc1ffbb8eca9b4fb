/*
 * hll/pair.h: what two distinct-count sketches show of each cell. For
 * overlap.c, which explains it.
 */
#ifndef SK_HLL_PAIR_H
#define SK_HLL_PAIR_H

#include <math.h>

#include "core/hll/internal.h"

/* The three parts, as indexes. */
enum
{
	A,
	B,
	X,
	NPARTS
};

/* What a sketch shows of a cell. */
enum
{
	MISSED,
	HIT,
	HIDDEN
};

#define SK_HLL_MOST_SHARED 7			/* values of a sparse sketch in one cell */
#define SK_HLL_NSIGNS (2 * SK_HLL_MOST_SHARED + 2)

/*
 * Cells by level and by what the sketches show of them: n[level][3 * A's sign
 * + B's] if both are sparse or both are dense. Otherwise A is sparse, has c
 * values in the cell, and it is n[level][2 * c + B's sign].
 */
typedef struct sk_hll_cells
{
	double		m;				/* registers or token indexes */
	double		nvalues;		/* in A, if only A is sparse; else 0 */
	double		finer_weight[2];	/* what the finer sketch that was folded to A */
	double		finer_log[2];	/* or B knows of the logarithm of its rate */
	double		missed[NPARTS]; /* what multiplies each rate in the exponent */
	int			lowest,			/* levels with information */
				highest;
	double		n[64][SK_HLL_NSIGNS];
} sk_hll_cells;

/* The share of all values that come to one cell of this level. */
static inline double
sk_hll_weight_of(const sk_hll_cells *c, int level)
{
	return ldexp(1 / c->m, -level);
}

/*
 * Counts the cells of two packed sketches. If only one is sparse, it must be a.
 * nvalues and what finer sketches know are left to the caller. Other than SK_OK: damage.
 */
extern sk_status sk_hll_count_cells(sk_hll_cells *c, const sk_hll *a,
									const sk_hll *b);

#endif							/* SK_HLL_PAIR_H */
