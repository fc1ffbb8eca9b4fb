/*
 * test_golden_topk.c: stored topk values give the answers they always gave. See
 * golden.h, and test/golden/topk.txt for the questions.
 */
#include "golden.h"
#include "topk_help.h"

static buffer
working(buffer b)
{
	buffer		w = new_topk(topk_opened(b).k);

	topk_merge_into(&w, b);
	return w;
}

static buffer
packed_and_freed(buffer w)
{
	buffer		p = topk_packed(w);

	free_buffer(&w);
	return p;
}

static buffer
repack(buffer b)
{
	return packed_and_freed(working(b));
}

/* The bytes that argument i writes in hexadecimal, behind an x. */
static size_t
item_of(uint8_t *item, const golden_fact *f, int i)
{
	const char *hex = f->argument[i] + 1;
	size_t		n = strlen(hex) / 2;

	for (size_t j = 0; j < n; j++)
	{
		char		digits[3] = {hex[2 * j], hex[2 * j + 1], '\0'};

		item[j] = (uint8_t) strtoul(digits, NULL, 16);
	}
	return n;
}

/* add ITEM WEIGHT */
static buffer
added(const golden_fact *f)
{
	uint8_t		item[1000];
	size_t		nbytes = item_of(item, f, 0);
	buffer		w = working(f->sketch);

	topk_add_bytes(&w, item, nbytes, number(f, 1));
	return packed_and_freed(w);
}

static buffer
merged(buffer a, buffer b)
{
	buffer		w = working(a);

	topk_merge_into(&w, b);
	return packed_and_freed(w);
}

/* made FROM TO N K: number x, in decimal, comes N / x times. */
static buffer
made(const golden_fact *f)
{
	buffer		w = new_topk((uint32_t) number(f, 3));
	char		item[30];

	for (uint64_t x = number(f, 0); x <= number(f, 1); x++)
	{
		int			n = snprintf(item, sizeof(item), "%llu",
								 (unsigned long long) x);

		topk_add_bytes(&w, item, (size_t) n, number(f, 2) / x);
	}
	return packed_and_freed(w);
}

static void
say_info(char *out, buffer b)
{
	sk_topk		s = topk_opened(b);

	say(out, "%u %u %llu %llu %zu", s.k, s.nitems,
		(unsigned long long) s.total, (unsigned long long) s.offset, b.nbytes);
}

static void
say_entry(char *out, const sk_topk_entry *e)
{
	say(out, "x");
	for (uint32_t i = 0; i < e->nbytes; i++)
		say(out, "%02x", e->item[i]);
	say(out, ":%llu:%llu:%llu", (unsigned long long) e->lower,
		(unsigned long long) e->lower, (unsigned long long) e->upper);
}

/* items N: the most frequent ones. */
static void
say_items(char *out, const golden_fact *f)
{
	sk_topk		s = topk_opened(f->sketch);
	sk_topk_cursor c = sk_topk_first(&s);
	sk_topk_entry *e = malloc((s.nitems + 1) * sizeof(*e));
	size_t		n = 0;

	while (sk_topk_next(&c, &e[n]))
		n++;
	qsort(e, n, sizeof(*e), sk_topk_compare);
	say(out, n == 0 ? "none" : "");
	for (size_t i = 0; i < n && i < number(f, 0); i++)
	{
		say(out, i > 0 ? " " : "");
		say_entry(out, &e[i]);
	}
	free(e);
}

/* frequency ITEM: the bounds. */
static void
say_frequency(char *out, const golden_fact *f)
{
	uint8_t		item[1000];
	size_t		nbytes = item_of(item, f, 0);
	sk_topk_bounds b = topk_bounds_of(f->sketch, item, nbytes);

	say(out, "%llu %llu", (unsigned long long) b.lower,
		(unsigned long long) b.upper);
}

static void
answer(char *out, const golden_fact *f)
{
	if (asks(f, "info"))
		say_info(out, f->sketch);
	else if (asks(f, "items"))
		say_items(out, f);
	else if (asks(f, "frequency"))
		say_frequency(out, f);
	else if (asks(f, "made"))
		say_packed(out, made(f));
	else if (asks(f, "add"))
		say_packed(out, added(f));
	else if (asks(f, "union"))
		say_packed(out, merged(f->sketch, golden_sketch(f->argument[0])));
}

int
main(int argc, char **argv)
{
	return golden_test(&(golden_type) {"topk", sk_topk_check, repack, answer},
					   argc, argv);
}
