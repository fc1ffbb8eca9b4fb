/*
 * topk_ops.c: a script of operations on two topk sketches and on two plain tables
 * of weights: every bound must hold, and a sketch that dropped no item before it
 * was packed has the bytes that test/unit/topk_help.h makes of the table.
 */
#include "fuzz_topk.h"

#define NSETS 2
#define MOST_ADDED 150
#define NITEMS 48		/* more than 4 k + 12 where k is 8 */

typedef struct set
{
	buffer		sketch;			/* of either layout */
	uint32_t	k;
	uint64_t	total;
	bool		complete;		/* nothing was dropped so far */
	int			nadded;
	size_t		nitems;			/* that have a weight */
	uint64_t	weights[NITEMS];
} set;

static struct
{
	char		bytes[NAME_SIZE];
	size_t		nbytes;
}			names[NITEMS];

static void
note(set *x, int item, uint64_t weight)
{
	x->nitems += x->weights[item] == 0 && weight > 0;
	x->weights[item] += weight;
	x->total += weight;
}

static void
make_working(set *x)
{
	sk_topk		s = topk_opened(x->sketch);
	buffer		working;

	if (s.layout == SK_TOPK_WORKING)
		return;
	require(topk_working(x->sketch, &working) == SK_OK, "unpacking");
	free_buffer(&x->sketch);
	x->sketch = working;
}

static void
make_packed(set *x)
{
	buffer		bytes = topk_packed(x->sketch);

	free_buffer(&x->sketch);
	x->sketch = bytes;
	x->complete = x->complete && x->nitems <= x->k;
}

static void
add(set *x, int item, uint64_t weight)
{
	bool		fits = weight <= SK_TOPK_MAX_TOTAL - x->total;

	if (x->nadded == MOST_ADDED)
		return;
	x->nadded++;
	require(try_topk_add(&x->sketch, names[item].bytes, names[item].nbytes,
						 weight) == (fits ? SK_OK : SK_OVERFLOW), "adding");
	if (!fits)
		return;
	note(x, item, weight);
	x->complete = x->complete && x->nitems <= 4 * (size_t) x->k + 12;
}

static void
add_many(set *x, uint64_t seed, unsigned n)
{
	while (n-- > 0)
	{
		uint64_t	number = next_random(&seed);

		add(x, (int) (number % NITEMS), number >> 32 & 15);
	}
}

/* An empty set is neutral. */
static uint32_t
common_k(const set *x, const set *y)
{
	uint32_t	smaller = x->k < y->k ? x->k : y->k;

	if ((x->total == 0) != (y->total == 0))
		return x->total == 0 ? y->k : x->k;
	return smaller;
}

static void
merge(set *x, const set *y)
{
	bool		fits = y->total <= SK_TOPK_MAX_TOTAL - x->total;
	size_t		nitems = x->nitems + y->nitems;

	if (x == y)
		return;
	keep_pair(x->sketch, y->sketch);
	require(try_topk_merge(&x->sketch, y->sketch) ==
			(fits ? SK_OK : SK_OVERFLOW), "a union");
	if (!fits)
		return;
	x->k = common_k(x, y);
	for (int i = 0; i < NITEMS; i++)
		note(x, i, y->weights[i]);
	x->complete = x->complete && y->complete && nitems <= 4 * (size_t) x->k + 12;
}

static void
copy(set *x, const set *y)
{
	if (x == y)
		return;
	free_buffer(&x->sketch);
	*x = *y;
	x->sketch = copy_bytes(y->sketch.bytes, y->sketch.nbytes);
}

/* The bounds hold, and are no further apart than the error bound. */
static void
ask_for(const set *x, int item)
{
	sk_topk		s = topk_opened(x->sketch);
	sk_topk_bounds b = topk_bounds_of(x->sketch, names[item].bytes,
									  names[item].nbytes);

	require(b.lower <= x->weights[item] && x->weights[item] <= b.upper &&
			b.upper - b.lower <= s.offset, "an item's bounds");
}

/* Of every step-th item. */
static void
ask(const set *x, int step)
{
	sk_topk		s = topk_opened(x->sketch);
	uint64_t	sum = topk_sum_of(x->sketch);
	sk_status	status;

	require(topk_walk(&s, &status) == s.nitems && status == SK_OK, "a walk");
	require(s.k == x->k && s.total == x->total && sum <= s.total, "a total");
	require(s.offset <= (s.total - sum) / (s.k + UINT64_C(1)), "an offset");
	require(sk_topk_is_empty(&s) == (x->total == 0), "empty or not");
	for (int i = 0; i < NITEMS; i += step)
		ask_for(x, i);
}

static void
step(script *in, set *sets)
{
	uint8_t		op = take(in);
	set		   *x = &sets[op / 8 % NSETS],
			   *y = &sets[op / 16 % NSETS];
	int			item;

	switch (op % 8)
	{
		case 0:
		case 1:
			item = take(in) % NITEMS;
			add(x, item, take_weight(in));
			break;
		case 2:
			add_many(x, take(in), 1 + take(in) % 48);
			break;
		case 3:
			merge(x, y);
			break;
		case 4:
			make_packed(x);
			break;
		case 5:
			make_working(x);
			break;
		case 6:
			copy(x, y);
			break;
		default:
			ask_for(x, take(in) % NITEMS);
	}
}

static void
compare(const set *x)
{
	weighted	items[NITEMS];
	size_t		n = 0;
	buffer		want;

	for (int i = 0; i < NITEMS; i++)
		if (x->weights[i] > 0)
		{
			memcpy(items[n].name, names[i].bytes, NAME_SIZE);
			items[n].nbytes = names[i].nbytes;
			items[n++].count = x->weights[i];
		}
	want = reference_topk(x->k, items, n);
	require(same_bytes(x->sketch, want), "not what the weights give");
	free_buffer(&want);
}

static void
finish(set *x)
{
	bool		complete = x->complete;

	ask(x, 1);
	keep("bytes", x->sketch);
	make_packed(x);
	keep("bytes", x->sketch);
	ask(x, 7);
	require(sk_topk_check(x->sketch.bytes, x->sketch.nbytes, &test_env) == SK_OK,
			"what was packed is not accepted");
	if (complete)
		compare(x);
	free_buffer(&x->sketch);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
	static const uint32_t ks[] = {1, 2, 3, 5, 8, 13, 100, SK_TOPK_MAX_K};
	script		in = {data, nbytes};
	static set	sets[NSETS];

	for (uint32_t i = 0; names[NITEMS - 1].nbytes == 0 && i < NITEMS; i++)
		names[i].nbytes = i == 0 ? 0 : name_of(names[i].bytes, i);
	for (int i = 0; i < NSETS; i++)
	{
		sets[i] = (set) {.k = ks[take(&in) % 8], .complete = true};
		sets[i].sketch = new_topk(sets[i].k);
	}
	while (in.left > 0)
		step(&in, sets);
	for (int i = 0; i < NSETS; i++)
		finish(&sets[i]);
	return 0;
}
