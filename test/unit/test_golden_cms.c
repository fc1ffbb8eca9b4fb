/*
 * test_golden_cms.c: stored sketches give the same answers, and can be merged
 * and added to as before. See golden.h, and test/golden/cms.txt for the
 * questions.
 */
#include "golden.h"
#include "cms_help.h"

static buffer
working(buffer b)
{
	buffer		w = {NULL, 0};

	cms_merge_into(&w, b);
	return w;
}

static buffer
packed_and_freed(buffer w)
{
	buffer		p = cms_packed(w);

	free_buffer(&w);
	return p;
}

static buffer
repack(buffer b)
{
	return packed_and_freed(working(b));
}

/* add KIND VALUE WEIGHT */
static buffer
added(const golden_fact *f)
{
	buffer		w = working(f->sketch);

	cms_add_hash(&w, hash_of(f, 0, number(f, 1)), number(f, 2));
	return packed_and_freed(w);
}

static buffer
merged(buffer a, buffer b)
{
	buffer		w = working(a);

	cms_merge_into(&w, b);
	return packed_and_freed(w);
}

/* made KIND FROM TO N EPSILON DELTA: value x occurs N / x times. */
static buffer
made(const golden_fact *f)
{
	buffer		w = new_cms(design_for(fraction(f, 4), fraction(f, 5)));

	for (uint64_t x = number(f, 1); x <= number(f, 2); x++)
		cms_add_hash(&w, hash_of(f, 0, x), number(f, 3) / x);
	return packed_and_freed(w);
}

static void
say_info(char *out, buffer b)
{
	sk_cms		s = cms_opened(b);

	say(out, "%s %g %g %u %d %llu %u %zu",
		sk_cms_is_list(&s) ? "list" : "cells", s.design.epsilon,
		s.design.delta, s.design.width, s.design.depth,
		(unsigned long long) s.total, s.nvalues, b.nbytes);
}

/* frequency KIND FROM TO: the sum. */
static void
say_frequency(char *out, const golden_fact *f)
{
	uint64_t	sum = 0;

	for (uint64_t x = number(f, 1); x <= number(f, 2); x++)
		sum += cms_frequency_of(f->sketch, hash_of(f, 0, x));
	say(out, "%llu", (unsigned long long) sum);
}

/* bounds KIND VALUE CONFIDENCE */
static void
say_bounds(char *out, const golden_fact *f)
{
	sk_cms		s = cms_opened(f->sketch);
	sk_cms_excess excess;
	sk_cms_bounds b;

	sk_cms_measure_excess(&s, fraction(f, 2), &excess, &test_env);
	b = sk_cms_frequency_bounds(&s, &excess, hash_of(f, 0, number(f, 1)));
	say(out, "%llu %llu %llu", (unsigned long long) b.estimate,
		(unsigned long long) b.lower, (unsigned long long) b.upper);
}

static void
say_error(char *out, buffer b)
{
	sk_cms		s = cms_opened(b);

	say_estimate(out, sk_cms_error_bound(&s));
}

static void
say_product(char *out, buffer a, buffer b)
{
	sk_cms		x = cms_opened(a),
				y = cms_opened(b);
	double		product = -1;

	if (sk_cms_inner_product(&x, &y, &product, &test_env) != SK_OK)
		say(out, "none ");
	say_estimate(out, product);
}

static void
answer(char *out, const golden_fact *f)
{
	buffer		other = golden_sketch(f->argument[0]);

	if (asks(f, "info"))
		say_info(out, f->sketch);
	else if (asks(f, "frequency"))
		say_frequency(out, f);
	else if (asks(f, "bounds"))
		say_bounds(out, f);
	else if (asks(f, "error"))
		say_error(out, f->sketch);
	else if (asks(f, "product"))
		say_product(out, f->sketch, other);
	else if (asks(f, "made"))
		say_packed(out, made(f));
	else if (asks(f, "add"))
		say_packed(out, added(f));
	else if (asks(f, "union"))
		say_packed(out, merged(f->sketch, other));
}

int
main(int argc, char **argv)
{
	return golden_test(&(golden_type) {"cms", sk_cms_check, repack, answer},
					   argc, argv);
}
