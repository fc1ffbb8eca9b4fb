/*
 * registers.h: dense sketches as n values would leave them, without the values.
 *
 * When the number of values is Poisson, the cells (register, level) are hit
 * independently of each other, a cell of probability q with 1 - exp(-nq). So
 * the histogram of the registers is drawn from the highest level down: how many
 * of the registers that no higher level hit does this one hit, and how many of
 * those do the two levels below hit as well. Which registers they are does not
 * matter to an estimate, so they are laid out in order of their values.
 *
 * The Poisson number itself is drawn too, given what the cells show: a cell
 * that was hit holds a Poisson number that is not 0, one not hit none, and
 * those too low to be seen whatever their mean says. With it the error of the
 * estimate is measured against the number of values, as it is with added
 * ones.
 */
#ifndef ACCURACY_REGISTERS_H
#define ACCURACY_REGISTERS_H

#include "random.h"
#include "hll_theory.h"

#define MOST_LEVELS 64
#define MOST_REPEATS 100

/* What n values do to the cells of a register, and what is drawn from that. */
typedef struct source
{
	int			precision,
				last;			/* level */
	double		n;
	double		rate[MOST_LEVELS];	/* values per cell, by level */
	double		hit[MOST_LEVELS];	/* 1 - exp(-rate) */
	double		again[MOST_LEVELS][MOST_REPEATS];	/* of cells that i values
													 * hit, the share that i+1
													 * did */
} source;

/*
 * P(more than i values | at least i), from the Poisson terms, small ones
 * first.
 */
static inline void
fill_repeats(double *again, double rate)
{
	double		tail = 0;

	for (int i = 2 * MOST_REPEATS; i >= 1; i--)
	{
		double		term = exp(i * log(rate) - rate - lgamma(i + 1));

		if (i < MOST_REPEATS)
			again[i] = tail + term > 0 ? tail / (tail + term) : 0;
		tail += term;
	}
}

static inline source
source_of(int precision, double n)
{
	source		s = {.precision = precision, .last = 65 - precision, .n = n};

	for (int j = 1; j <= s.last; j++)
	{
		s.rate[j] = ldexp(n, -precision) * probability_of_level(j, s.last);
		s.hit[j] = -expm1(-s.rate[j]);
		fill_repeats(s.again[j], s.rate[j]);
	}
	return s;
}

/* Values in `cells` cells of this level, each of which holds at least one. */
static inline double
draw_values(const source *s, int level, double cells, uint64_t *state)
{
	double		values = 0;

	/* Then a cell without any value is not to be expected anyway. */
	if (s->rate[level] > 40)
		return random_poisson(cells * s->rate[level], state);
	for (int i = 1; cells > 0 && i < MOST_REPEATS; i++)
	{
		values += cells;
		cells = random_binomial(cells, s->again[level][i], state);
	}
	return values;
}

typedef struct drawing
{
	uint32_t	histogram[256];
	double		hits[MOST_LEVELS];	/* visible cells that were hit */
	double		unseen;			/* expected values in cells that are not
								 * visible */
} drawing;

/* The registers of highest level k, by whether k-1 and k-2 were hit. */
static inline void
draw_history(drawing *d, const source *s, int k, double registers,
			 uint64_t *state)
{
	double		below = k > 1 ? s->hit[k - 1] : 0,
				below2 = k > 2 ? s->hit[k - 2] : 0,
				one = random_binomial(registers, below, state),
				both = random_binomial(one, below2, state),
				other = random_binomial(registers - one, below2, state);
	uint32_t   *h = d->histogram + 4 * (k + 2);

	h[3] = (uint32_t) both;
	h[2] = (uint32_t) (one - both);
	h[1] = (uint32_t) other;
	h[0] = (uint32_t) (registers - one - other);
	d->hits[k] += registers;
	if (k > 1)
		d->hits[k - 1] += one;
	if (k > 2)
		d->hits[k - 2] += both + other;
	for (int j = 1; j < k - 2; j++)
		d->unseen += registers * s->rate[j];
}

static inline void
draw_histogram(drawing *d, const source *s, uint64_t *state)
{
	double		left = ldexp(1, s->precision);

	*d = (drawing) {.unseen = 0};
	for (int k = s->last; k >= 1 && left > 0; k--)
	{
		double		registers = random_binomial(left, s->hit[k], state);

		if (registers > 0)
			draw_history(d, s, k, registers, state);
		left -= registers;
	}
	d->histogram[0] = (uint32_t) left;
}

/* How many values there were, given what was drawn. */
static inline double
draw_total(const drawing *d, const source *s, uint64_t *state)
{
	double		total = random_poisson(d->unseen, state);

	for (int j = 1; j <= s->last; j++)
		if (d->hits[j] > 0)
			total += draw_values(s, j, d->hits[j], state);
	return total;
}

/* Into a working dense sketch. */
static inline void
lay_out(uint8_t *registers, const uint32_t *histogram)
{
	for (int value = 0; value < 256; value++)
	{
		memset(registers, value, histogram[value]);
		registers += histogram[value];
	}
}

#endif							/* ACCURACY_REGISTERS_H */
