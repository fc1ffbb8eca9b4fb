/*
 * test_golden_hll.c: sketches that were stored are read, counted, merged and
 * added to as ever. See golden.h, and test/golden/hll.txt for the questions.
 */
#include "golden.h"

/* The working sketch that holds what b holds, at a precision not above b's. */
static buffer
working(buffer b, int precision)
{
	return folded(b, precision);
}

static buffer
packed_and_freed(buffer w)
{
	buffer		p = packed(w);

	free_buffer(&w);
	return p;
}

static buffer
repack(buffer b)
{
	return packed_and_freed(working(b, opened(b).precision));
}

static buffer
added(const golden_fact *f)
{
	buffer		w = working(f->sketch, opened(f->sketch).precision);

	add_hash(&w, hash_of(f, 0, number(f, 1)));
	return packed_and_freed(w);
}

static buffer
united(buffer a, buffer b)
{
	buffer		w = working(a, opened(a).precision);

	merge_into(&w, b);
	return packed_and_freed(w);
}

/* made KIND FROM TO PRECISION */
static buffer
made(const golden_fact *f)
{
	buffer		w = new_sketch((int) number(f, 3));

	for (uint64_t x = number(f, 1); x <= number(f, 2); x++)
		add_hash(&w, hash_of(f, 0, x));
	return packed_and_freed(w);
}

static void
say_info(char *out, buffer b)
{
	sk_hll		s = opened(b);
	uint32_t	used = 0;

	if (sk_hll_used(&s, &used) != SK_OK)
		say(out, "damaged ");
	say(out, "%d %s %u %zu", s.precision,
		sk_hll_is_sparse(&s) ? "sparse" : "dense", used, b.nbytes);
}

static void
say_bounds(char *out, buffer b, double confidence)
{
	sk_hll_estimate e = estimate_of(b);
	double		lower,
				upper;

	sk_hll_bounds(&e, confidence, &lower, &upper);
	say_estimate(out, lower);
	say(out, " ");
	say_estimate(out, upper);
}

static void
answer(char *out, const golden_fact *f)
{
	if (asks(f, "info"))
		say_info(out, f->sketch);
	else if (asks(f, "cardinality"))
		say_estimate(out, estimate_of(f->sketch).count);
	else if (asks(f, "bounds"))
		say_bounds(out, f->sketch, fraction(f, 0));
	else if (asks(f, "made"))
		say_packed(out, made(f));
	else if (asks(f, "add"))
		say_packed(out, added(f));
	else if (asks(f, "union"))
		say_packed(out, united(f->sketch, golden_sketch(f->argument[0])));
	else if (asks(f, "downsample"))
		say_packed(out, packed_and_freed(working(f->sketch,
												 (int) number(f, 0))));
}

int
main(int argc, char **argv)
{
	return golden_test(&(golden_type) {"hll", sk_hll_check, repack, answer},
					   argc, argv);
}
