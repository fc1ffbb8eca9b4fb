/*
 * bloom_ops.c: a script of operations on two bloom filters, and the same on two
 * plain lists of hashes. In the end, the packed filters are to the byte what
 * test/unit/bloom_help.h makes of the lists, and none misses a hash of its list.
 */
#include "fuzz_bloom.h"

#define NSETS 2
#define MOST_HASHES 260			/* a list without a design has at most 240 */
#define NDESIGNS 9

typedef struct set
{
	buffer		sketch;			/* of any layout */
	sk_bloom_design design;
	size_t		n;
	uint64_t	hashes[MOST_HASHES];
} set;

/* Designs of few blocks, so that lists soon become blocks; most of them can be
 * merged. And one whose lists are long enough to be read in slices. */
static sk_bloom_design
design_number(unsigned i)
{
	static sk_bloom_design designs[NDESIGNS];

	if (designs[1].nblocks == 0)
	{
		designs[1] = design_of(1, 10, 0.01);
		designs[2] = design_of(2, 20, 0.01);
		designs[3] = design_of(4, 20, 0.01);
		designs[4] = design_of(4, 30, 0.012);
		designs[5] = design_of(3, 20, 0.01);
		designs[6] = design_of(16, 800, 0.01);
		designs[7] = design_of(2, 20, 0.0001);
		designs[8] = design_of(128, 6500, 0.01);
	}
	return designs[i % NDESIGNS];
}

static void
make_working(set *x)
{
	sk_bloom	s = bloom_opened(x->sketch);
	buffer		working;

	if (!sk_bloom_is_packed(&s))
		return;
	require(bloom_working(&s, &working) == SK_OK, "unpacking");
	free_buffer(&x->sketch);
	x->sketch = working;
}

static void
make_packed(set *x)
{
	buffer		bytes = bloom_packed(x->sketch);

	free_buffer(&x->sketch);
	x->sketch = bytes;
	x->design = bloom_opened(bytes).design;
}

static void
add(set *x, uint64_t hash)
{
	if (x->n == MOST_HASHES)
		return;
	make_working(x);
	bloom_add_hash(&x->sketch, hash);
	x->hashes[x->n++] = hash;
}

static void
add_many(set *x, uint64_t seed, unsigned n)
{
	while (n-- > 0)
		add(x, next_random(&seed));
}

static void
merge(set *x, const set *y)
{
	sk_bloom	s = bloom_opened(y->sketch),
				t = bloom_opened(x->sketch);
	sk_bloom_design common;
	sk_status	want = sk_bloom_union_design(&common, &t, &s);

	if (x == y || x->n + y->n > MOST_HASHES)
		return;
	keep_pair(x->sketch, y->sketch);
	make_working(x);
	require(try_bloom_merge(&x->sketch, &s) == want, "a union");
	if (want != SK_OK)
		return;
	memcpy(x->hashes + x->n, y->hashes, y->n * sizeof(*x->hashes));
	x->n += y->n;
	x->design = common;
}

/* The same in place, as bloom_intersect_agg() does it with blocks. */
static void
intersect_in_place(const set *x, const sk_bloom *b, buffer want)
{
	buffer		state = copy_bytes(x->sketch.bytes, x->sketch.nbytes);
	buffer		one,
				other;

	if (bloom_restrict(state, b))
	{
		one = bloom_packed(state);
		other = bloom_packed(want);
		require(same_bytes(one, other), "in place, another intersection");
		free_buffer(&one);
		free_buffer(&other);
	}
	free_buffer(&state);
}

/* The intersection has every hash that was added to both. */
static void
intersect(const set *x, const set *y)
{
	sk_bloom	a = bloom_opened(x->sketch),
				b = bloom_opened(y->sketch);
	buffer		common;

	if (try_bloom_intersect(&common, &a, &b) == SK_OK)
	{
		for (size_t i = 0; i < x->n; i++)
			require(!sk_bloom_has(&b, x->hashes[i]) ||
					bloom_has_hash(common, x->hashes[i]),
					"an intersection misses a value");
		bloom_pack_any(common);
		intersect_in_place(x, &b, common);
	}
	free_buffer(&common);
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

static void
step(script *in, set *sets)
{
	uint8_t		op = take(in);
	set		   *x = &sets[op / 8 % NSETS],
			   *y = &sets[op / 16 % NSETS];

	switch (op % 8)
	{
		case 0:
		case 1:
			add(x, take_hash(in));
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
			intersect(x, y);
	}
}

static double
probe(const set *x)
{
	sk_bloom	s = bloom_opened(x->sketch);

	for (size_t i = 0; i < x->n; i++)
		require(sk_bloom_has(&s, x->hashes[i]) &&
				(i % 16 > 0 || bloom_probe(&s, x->hashes[i], true)),
				"a false negative");
	require(sk_bloom_is_empty(&s, &test_env) == (x->n == 0), "empty or not");
	return bloom_count_any(&s);
}

static void
finish(set *x)
{
	buffer		want = reference_bloom(x->hashes, x->n, x->design);
	double		count = probe(x);
	sk_bloom	s;

	keep("bytes", x->sketch);
	make_packed(x);
	keep("bytes", x->sketch);
	require(same_bytes(x->sketch, want), "not what the hashes give");
	require(bloom_check(want) == SK_OK,
			"what the hashes give");
	s = bloom_opened(x->sketch);
	require(probe(x) == count || (x->design.nblocks > 0 && !sk_bloom_is_list(&s)),
			"a count of another layout");
	require(!sk_bloom_is_list(&s) || count == s.nvalues, "a count of a list");
	free_buffer(&want);
	free_buffer(&x->sketch);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
	script		in = {data, nbytes};
	static set	sets[NSETS];

	for (int i = 0; i < NSETS; i++)
	{
		sets[i].n = 0;
		sets[i].design = design_number(take(&in));
		sets[i].sketch = new_bloom(sets[i].design);
	}
	while (in.left > 0)
		step(&in, sets);
	for (int i = 0; i < NSETS; i++)
		finish(&sets[i]);
	return 0;
}
