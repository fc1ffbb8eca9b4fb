/*
 * cms_ops.c: a script of operations on two cms sketches, and the same on two
 * plain lists of hashes and weights. In the end the packed sketches are byte
 * for byte what test/unit/cms_help.h makes of the lists, and no frequency is
 * too low.
 */
#include "fuzz_cms.h"

#define NSETS 2
#define MOST_EVENTS 120
#define NDESIGNS 8

typedef struct set
{
	buffer		sketch;			/* of any layout */
	sk_cms_design design;
	uint64_t	total;
	uint8_t		kind;			/* of all values */
	size_t		n;
	event		events[MOST_EVENTS];
} set;

/* With few counters, so that lists soon become counters; most can be merged. */
static sk_cms_design
design_number(unsigned i)
{
	static const double fractions[NDESIGNS][2] = {
		{0.9, 0.9}, {0.34, 0.9}, {0.17, 0.9}, {0.9, 0.3}, {0.34, 0.3},
		{0.5, 0.9}, {0.05, 0.1}, {0.025, 0.1}
	};

	return design_for(fractions[i % NDESIGNS][0], fractions[i % NDESIGNS][1]);
}

static void
make_working(set *x)
{
	sk_cms		s = cms_opened(x->sketch);
	buffer		working;

	if (!sk_cms_is_packed(&s))
		return;
	require(cms_working(&s, &working) == SK_OK, "unpacking");
	free_buffer(&x->sketch);
	x->sketch = working;
}

static void
make_packed(set *x)
{
	buffer		bytes = cms_packed(x->sketch);

	free_buffer(&x->sketch);
	x->sketch = bytes;
}

static void
add(set *x, uint64_t hash, uint64_t weight)
{
	bool		fits = weight <= (uint64_t) SK_CMS_MAX_TOTAL - x->total;
	uint8_t		kind = hash % 8 == 0 ? SK_KIND_ANY : hash % 8 == 1 ?
		SK_KIND_STRING : SK_KIND_NUMBER;

	if (x->n == MOST_EVENTS)
		return;
	make_working(x);
	require(try_cms_add_kind(&x->sketch, hash, kind, weight) ==
			(fits ? SK_OK : SK_OVERFLOW), "adding");
	if (!fits)
		return;
	x->events[x->n++] = (event) {hash, weight};
	x->total += weight;
	x->kind = weight > 0 ? sk_kind_merge(x->kind, kind) : x->kind;
}

static void
add_many(set *x, uint64_t seed, unsigned n)
{
	while (n-- > 0)
	{
		uint64_t	hash = next_random(&seed);

		add(x, hash, hash % 7);
	}
}

/* The design of a union: of the set that is not empty, if only one is. */
static sk_status
union_design(sk_cms_design *design, const set *x, const set *y)
{
	if (x->total > 0 && y->total > 0)
		return sk_cms_common(design, &x->design, &y->design);
	*design = *sk_cms_coarser(&x->design, &y->design);
	if (x->total > 0 || y->total > 0)
		*design = x->total > 0 ? x->design : y->design;
	return SK_OK;
}

/* Into a packed sketch, or a working one. */
static void
merge(set *x, const set *y)
{
	sk_cms		s = cms_opened(y->sketch);
	sk_cms_design design;
	sk_status	want = union_design(&design, x, y);

	if (x == y || x->n + y->n > MOST_EVENTS)
		return;
	if (want == SK_OK && y->total > (uint64_t) SK_CMS_MAX_TOTAL - x->total)
		want = SK_OVERFLOW;
	keep_pair(x->sketch, y->sketch);
	require(try_cms_merge(&x->sketch, &s) == want, "a union");
	if (want != SK_OK)
		return;
	memcpy(x->events + x->n, y->events, y->n * sizeof(*x->events));
	x->n += y->n;
	x->total += y->total;
	x->kind = sk_kind_merge(x->kind, y->kind);
	x->design = design;
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

/*
 * --- answers that follow from the lists
 * -------------------------------------------
 */

static double
product_of(const event *a, size_t na, const event *b, size_t nb)
{
	double		product = 0;

	for (size_t i = 0, j = 0; i < na && j < nb;)
		if (a[i].hash == b[j].hash)
			product += (double) a[i++].weight * (double) b[j++].weight;
		else if (a[i].hash < b[j].hash)
			i++;
		else
			j++;
	return product;
}

/* Never too low, except for rounding. */
static void
multiply(const set *x, const set *y)
{
	sk_cms		a = cms_opened(x->sketch),
				b = cms_opened(y->sketch);
	event		sums_a[MOST_EVENTS],
				sums_b[MOST_EVENTS];
	double		least = product_of(sums_a, sum_events(sums_a, x->events, x->n),
								   sums_b, sum_events(sums_b, y->events, y->n));
	double		product;

	if (sk_cms_inner_product(&a, &b, &product, &test_env) != SK_OK)
		return;
	require(product >= least * (1 - 1e-12), "a product too low");
	if (sk_cms_is_list(&a) && sk_cms_is_list(&b))
		require(product <= least * (1 + 1e-12), "a product of lists");
}

static void
ask(const set *x, const event *sums, size_t n, double confidence)
{
	sk_cms		s = cms_opened(x->sketch);
	sk_cms_excess e = cms_excess_of(&s, confidence);

	require(s.total == x->total && sk_cms_is_empty(&s) == (n == 0), "a total");
	require(!sk_cms_is_list(&s) || s.nvalues == n, "a number of values");
	for (size_t i = 0; i < n; i++)
	{
		uint64_t	most = sk_cms_frequency(&s, sums[i].hash);

		require(most >= sums[i].weight, "a frequency too low");
		require(!sk_cms_is_list(&s) || most == sums[i].weight,
				"a frequency of a list");
		cms_ask_for(&s, &e, sums[i].hash);
	}
}

static void
step(script *in, set *sets)
{
	uint8_t		op = take(in);
	set		   *x = &sets[op / 8 % NSETS],
			   *y = &sets[op / 16 % NSETS];
	uint64_t	hash;

	switch (op % 8)
	{
		case 0:
		case 1:
			hash = take_hash(in);
			add(x, hash, take_weight(in));
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
			multiply(x, y);
	}
}

/*
 * The second implementation tries all forms of a block, which takes long for
 * many counters; then it is the same events in the opposite order.
 */
static buffer
reference_of(const set *x)
{
	buffer		b,
				packed;

	if (sk_cms_ncells(&x->design) <= 16 || (x->sketch.bytes[1] & 15) == SK_CMS_PACKED_LIST)
		return reference_cms(x->events, x->n, x->design);
	b = new_cms(x->design);
	for (size_t i = x->n; i-- > 0;)
		cms_add_hash(&b, x->events[i].hash, x->events[i].weight);
	packed = cms_packed(b);
	free_buffer(&b);
	return packed;
}

static void
finish(set *x, double confidence)
{
	event		sums[MOST_EVENTS];
	size_t		n = sum_events(sums, x->events, x->n);
	buffer		want;

	ask(x, sums, n, confidence);
	keep("bytes", x->sketch);
	make_packed(x);
	keep("bytes", x->sketch);
	want = reference_of(x);
	want.bytes[SK_CMS_AT_KIND] = x->kind;
	require(same_bytes(x->sketch, want), "not what the events give");
	require(sk_cms_check(want.bytes, want.nbytes, &test_env) == SK_OK,
			"what the events give");
	ask(x, sums, n, confidence);
	free_buffer(&want);
	free_buffer(&x->sketch);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
	script		in = {data, nbytes};
	uint64_t	seed = take(&in);
	static set	sets[NSETS];

	for (int i = 0; i < NSETS; i++)
	{
		sets[i].n = 0;
		sets[i].total = 0;
		sets[i].kind = SK_KIND_NONE;
		sets[i].design = design_number(take(&in));
		sets[i].sketch = new_cms(sets[i].design);
	}
	while (in.left > 0)
		step(&in, sets);
	for (int i = 0; i < NSETS; i++)
		finish(&sets[i], choose_confidence(&seed));
	return 0;
}
