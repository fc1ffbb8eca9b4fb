/*
 * hll_ops.c: a script of operations on two hll sketches, and the same on two
 * plain lists of hashes. In the end, the packed sketches must be what
 * test/unit/hll_reference.h makes of the lists, to the byte.
 */
#include "fuzz_hll.h"
#include "hll_reference.h"

#define NSETS 2
#define MOST_HASHES 200			/* dense at precision 9 */

typedef struct set
{
	buffer		sketch;			/* of any layout */
	int			precision;
	size_t		n;
	uint64_t	hashes[MOST_HASHES];
} set;

static void
make_working(set *x)
{
	sk_hll		s = opened(x->sketch);
	buffer		working = {NULL, 0};

	if (!sk_hll_is_packed(&s))
		return;
	require(try_merge(&working, &s) == SK_OK, "unpacking");
	free_buffer(&x->sketch);
	x->sketch = working;
}

static void
make_packed(set *x)
{
	buffer		bytes = packed(x->sketch);

	free_buffer(&x->sketch);
	x->sketch = bytes;
}

static void
add(set *x, uint64_t hash)
{
	if (x->n == MOST_HASHES)
		return;
	make_working(x);
	add_hash(&x->sketch, hash);
	x->hashes[x->n++] = hash;
}

static void
add_many(set *x, uint64_t seed, unsigned n)
{
	while (n-- > 0)
		add(x, next_random(&seed));
}

/* An empty set is neutral; of two, the lower precision holds. */
static int
united_precision(const set *x, const set *y)
{
	if ((x->n == 0) != (y->n == 0))
		return x->n > 0 ? x->precision : y->precision;
	return x->precision < y->precision ? x->precision : y->precision;
}

static void
unite(set *x, const set *y)
{
	sk_hll		s = opened(y->sketch);

	if (x == y || x->n + y->n > MOST_HASHES)
		return;
	keep_pair(x->sketch, y->sketch);
	require(try_merge(&x->sketch, &s) == SK_OK, "a union");
	memcpy(x->hashes + x->n, y->hashes, y->n * sizeof(*x->hashes));
	x->precision = united_precision(x, y);
	x->n += y->n;
}

static void
downsample(set *x, int precision)
{
	buffer		folded;
	sk_hll		s = opened(x->sketch);

	if (precision > x->precision)
		return;
	require(hll_repacked(&s, precision, &folded) == SK_OK, "folding");
	free_buffer(&x->sketch);
	x->sketch = folded;
	x->precision = precision;
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
			unite(x, y);
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
			downsample(x, 4 + take(in) % 8);
	}
}

static void
finish(set *x)
{
	reference	ref = new_reference(x->hashes, x->n, x->precision);
	buffer		want = reference_packed(&ref);
	sk_hll_estimate e = estimate_of(x->sketch);
	sk_hll		s;

	keep("bytes", x->sketch);
	make_packed(x);
	keep("bytes", x->sketch);
	require(same_bytes(x->sketch, want), "not what the hashes give");
	hll_require_valid(want, "what the hashes give");
	s = opened(x->sketch);
	require(sk_hll_is_empty(&s) == (x->n == 0), "empty or not");
	require(same_estimate(e, estimate_of(want)), "a count of another layout");
	require(ref.dense || e.least == ref.ntokens, "a count of tokens");
	free_reference(&ref);
	free_buffer(&want);
	free_buffer(&x->sketch);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
	script		in = {data, nbytes};
	static set	sets[NSETS];

	choose_kernels(take(&in));
	for (int i = 0; i < NSETS; i++)
	{
		sets[i].n = 0;
		sets[i].precision = 4 + take(&in) % 8;
		sets[i].sketch = new_sketch(sets[i].precision);
	}
	while (in.left > 0)
		step(&in, sets);
	for (int i = 0; i < NSETS; i++)
		finish(&sets[i]);
	return 0;
}
