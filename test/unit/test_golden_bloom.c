/*
 * test_golden_bloom.c: stored filters match, count, merge and take values as they
 * always did. See golden.h, and test/golden/bloom.txt for the questions.
 */
#include "golden.h"
#include "bloom_help.h"

static buffer
working(buffer b)
{
	buffer		w = new_bloom(bloom_opened(b).design);

	bloom_merge_into(&w, b);
	return w;
}

static buffer
packed_and_freed(buffer w)
{
	buffer		p = bloom_packed(w);

	free_buffer(&w);
	return p;
}

static buffer
repack(buffer b)
{
	return packed_and_freed(working(b));
}

static buffer
added(const golden_fact *f)
{
	buffer		w = working(f->sketch);

	if (strcmp(f->argument[0], "hash") == 0)
		sk_bloom_add_kind(w.bytes, SK_KIND_ANY);
	bloom_add_hash(&w, hash_of(f, 0, number(f, 1)));
	return packed_and_freed(w);
}

static buffer
merged(buffer a, buffer b)
{
	buffer		w = working(a);

	bloom_merge_into(&w, b);
	return packed_and_freed(w);
}

static buffer
intersected(buffer a, buffer b)
{
	sk_bloom	x = bloom_opened(a),
				y = bloom_opened(b);
	buffer		w;

	if (try_bloom_intersect(&w, &x, &y) != SK_OK)
		give_up("an intersection fails", 0);
	return packed_and_freed(w);
}

/* made KIND FROM TO EXPECTED RATE; for 0 expected values it sizes itself. */
static buffer
made(const golden_fact *f)
{
	buffer		w = new_bloom(number(f, 3) == 0 ? no_design :
							  design_for(number(f, 3), fraction(f, 4)));

	for (uint64_t x = number(f, 1); x <= number(f, 2); x++)
		bloom_add_hash(&w, hash_of(f, 0, x));
	return packed_and_freed(w);
}

static void
say_info(char *out, buffer b)
{
	sk_bloom	s = bloom_opened(b);
	sk_bloom_fills fills;

	sk_bloom_count_fills(&s, &fills, &test_env);
	say(out, "%s %llu %u %d %llu %zu", sk_bloom_is_list(&s) ? "list" : "bits",
		(unsigned long long) s.design.expected, s.design.nblocks,
		s.design.nbits, (unsigned long long) sk_bloom_bits_set(&fills),
		b.nbytes);
}

/* has KIND FROM TO: how many of them it has. */
static void
say_how_many(char *out, const golden_fact *f)
{
	uint64_t	n = 0;

	for (uint64_t x = number(f, 1); x <= number(f, 2); x++)
		n += bloom_has_hash(f->sketch, hash_of(f, 0, x));
	say(out, "%llu", (unsigned long long) n);
}

static void
say_overlap(char *out, buffer a, buffer b)
{
	sk_bloom	x = bloom_opened(a),
				y = bloom_opened(b);
	double		count = -1;

	if (sk_bloom_overlap(&x, &y, &count, &test_env) != SK_OK)
		say(out, "none ");
	say_estimate(out, count);
}

static void
answer(char *out, const golden_fact *f)
{
	buffer		other = golden_sketch(f->argument[0]);

	if (asks(f, "info"))
		say_info(out, f->sketch);
	else if (asks(f, "cardinality"))
		say_estimate(out, bloom_count_of(f->sketch));
	else if (asks(f, "rate"))
		say_estimate(out, bloom_rate_of(f->sketch));
	else if (asks(f, "has"))
		say_how_many(out, f);
	else if (asks(f, "made"))
		say_packed(out, made(f));
	else if (asks(f, "add"))
		say_packed(out, added(f));
	else if (asks(f, "union"))
		say_packed(out, merged(f->sketch, other));
	else if (asks(f, "intersection"))
		say_packed(out, intersected(f->sketch, other));
	else if (asks(f, "both"))
		say_overlap(out, f->sketch, other);
}

int
main(int argc, char **argv)
{
	return golden_test(&(golden_type) {"bloom", sk_bloom_check, repack, answer},
					   argc, argv);
}
