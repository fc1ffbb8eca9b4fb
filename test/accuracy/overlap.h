/*
 * overlap.h: simulated pairs of sketches, and the error of their overlap by joint
 * maximum likelihood beside inclusion and exclusion, #a + #b - #(a || b).
 *
 * Up to 10^5 values are added for real; of more, the registers of the three parts
 * (only A, only B, both) are drawn and merged, with the number of values in each
 * part (registers.h).
 */
#ifndef OVERLAP_H
#define OVERLAP_H

#include "measure.h"
#include "core/hll/overlap.h"

#define MOST_ADDED 1e5

/* One of the cases, and what was seen of it. */
typedef struct pair
{
	int			precision,
				lower;			/* precision of the second sketch; 0: the same */
	double		a_only,
				b_only,
				both;
	double		unit;			/* what errors are relative to */
	long		runs,
				covered;		/* runs with both inside the 95 % interval */
	double		sum,			/* of errors of joint maximum likelihood */
				squares,
				stated,			/* standard errors, squared */
				simple_sum,		/* of inclusion and exclusion */
				simple_squares;
} pair;

/* The sketches of a run, and how many values are in both. */
typedef struct sketches
{
	buffer		a,
				b;
	double		both;
} sketches;

/* --- values added -------------------------------------------------------------- */

static void
add_values(buffer *a, buffer *b, double n, uint64_t *state)
{
	for (; n > 0; n--)
	{
		uint64_t	hash = next_random(state);

		if (a != NULL)
			add_hash(a, hash);
		if (b != NULL)
			add_hash(b, hash);
	}
}

static sketches
sketches_added(const pair *p, uint64_t *state)
{
	sketches	s = {new_sketch(p->precision), new_sketch(p->precision), p->both};

	add_values(&s.a, NULL, p->a_only, state);
	add_values(NULL, &s.b, p->b_only, state);
	add_values(&s.a, &s.b, p->both, state);
	return s;
}

/* --- registers drawn ----------------------------------------------------------- */

/* Fisher and Yates' shuffle: which register has which value is independent from
 * one part to the next. */
static void
shuffle(uint8_t *registers, uint32_t n, uint64_t *state)
{
	for (uint32_t i = n - 1; i > 0; i--)
	{
		uint32_t	j = random_below(state, i + 1);
		uint8_t		value = registers[i];

		registers[i] = registers[j];
		registers[j] = value;
	}
}

/* One part: a dense sketch, and how many values it holds. */
static buffer
draw_part(const source *s, double *n, uint64_t *state)
{
	buffer		b = new_dense(s->precision);
	drawing		d;

	draw_histogram(&d, s, state);
	lay_out(b.bytes + SK_HLL_AT_REGISTERS, d.histogram);
	shuffle(b.bytes + SK_HLL_AT_REGISTERS, sk_hll_nregisters(s->precision),
			state);
	*n = s->n < ldexp(MOST_COUNTED, s->precision) ? draw_total(&d, s, state) : s->n;
	return b;
}

static sketches
sketches_drawn(const source *parts, uint64_t *state)
{
	sketches	s;
	double		ignored;
	buffer		both;

	s.a = draw_part(&parts[0], &ignored, state);
	s.b = draw_part(&parts[1], &ignored, state);
	both = draw_part(&parts[2], &s.both, state);
	merge_into(&s.a, both);
	merge_into(&s.b, both);
	free_buffer(&both);
	return s;
}

/* --- what they say ------------------------------------------------------------- */

static double
count_of_union(buffer a, buffer b)
{
	buffer		all = new_sketch(a.bytes[2]);
	double		count;

	merge_into(&all, a);
	merge_into(&all, b);
	count = estimate_of(all).count;
	free_buffer(&all);
	return count;
}

/* As hll_overlap() does: a at the precision of b, if b is dense and coarser. */
static buffer
fold_to(buffer a, buffer b)
{
	sk_hll		sb = opened(b);
	buffer		w,
				out;

	if (sk_hll_is_sparse(&sb) || sb.precision >= opened(a).precision)
		return copy_bytes(a.bytes, a.nbytes);
	w = folded(a, sb.precision);
	out = packed(w);
	free_buffer(&w);
	return out;
}

static void
observe_pair(pair *p, buffer a, buffer b, double both)
{
	buffer		folded_a = fold_to(a, b);
	sk_hll		sa = opened(folded_a),
				sb = opened(b);
	sk_hll_estimate count_a = estimate_of(a),
				count_b = estimate_of(b);
	sk_hll_overlap o;
	sk_hll_interval i;
	double		error,
				simple;

	if (sk_hll_overlap_of(&o, &sa, &sb, &count_a, &count_b) != SK_OK ||
		sk_hll_overlap_bounds(&i, &sa, &sb, &count_a, &count_b, 0.95) != SK_OK)
		give_up("no overlap", p->precision);
	error = (o.both - both) / p->unit;
	simple = (count_a.count + count_b.count - count_of_union(a, b) - both) /
		p->unit;
	p->runs++;
	p->covered += i.lower <= both && both <= i.upper;
	p->sum += error;
	p->squares += error * error;
	p->stated += pow(o.both_error / p->unit, 2);
	p->simple_sum += simple;
	p->simple_squares += simple * simple;
	free_buffer(&folded_a);
}

static void
observe_sketches(pair *p, sketches s)
{
	buffer		low = folded(s.b, p->lower > 0 ? p->lower : p->precision);
	buffer		a = packed(s.a),
				b = packed(low);

	observe_pair(p, a, b, s.both);
	free_buffer(&a);
	free_buffer(&b);
	free_buffer(&low);
	free_buffer(&s.a);
	free_buffer(&s.b);
}

static void
measure_pair(pair *p, long runs)
{
	uint64_t	state = (uint64_t) p->precision << 56 ^
		(uint64_t) p->lower << 48 ^ (uint64_t) p->a_only << 20 ^
		(uint64_t) p->both;
	bool		drawn = p->b_only + p->both > MOST_ADDED;
	source		parts[3];

	parts[0] = source_of(p->precision, p->a_only);
	parts[1] = source_of(p->precision, p->b_only);
	parts[2] = source_of(p->precision, p->both);
	for (long run = 0; run < runs; run++)
		observe_sketches(p, drawn ? sketches_drawn(parts, &state) :
						 sketches_added(p, &state));
}

#endif							/* OVERLAP_H */
