/*
 * hll/pair.h: what two distinct-count sketches say of each cell. For
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

/* What a sketch says of a cell. */
enum
{
	MISSED,
	HIT,
	HIDDEN
};

#define MOST_SHARED 7			/* values of a sparse sketch in one cell */
#define NWORDS (2 * MOST_SHARED + 2)

/*
 * Cells by level and by what is said of them: of two alike sketches
 * n[level][3 * A's word + B's], of unlike ones n[level][2 * c + B's], where A is
 * sparse and has c values in the cell.
 */
typedef struct sk_hll_cells
{
	double		m;				/* registers or token indexes */
	double		nvalues;		/* unlike: in A; else 0 */
	double		missed[NPARTS]; /* what multiplies each rate in the exponent */
	int			lowest,			/* levels that say something */
				highest;
	double		n[64][NWORDS];
} sk_hll_cells;

/* The share of all values that come to one cell of this level. */
static inline double
sk_hll_weight_of(const sk_hll_cells *c, int level)
{
	return ldexp(1 / c->m, -level);
}

/*
 * Counts the cells of two packed sketches, of which a is the sparse one if they
 * are not alike; nvalues is left to the caller. Other than SK_OK: damage.
 */
extern sk_status sk_hll_count_cells(sk_hll_cells *c, const sk_hll *a, const sk_hll *b);

#endif							/* SK_HLL_PAIR_H */
