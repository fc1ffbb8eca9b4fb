/*
 * hll_pair.c: two hll values, each of any bytes, as operands of hll_union(),
 * the combine functions, hll_overlap() and related functions.
 *
 * The union of two values that sk_hll_check() accepts must be the same in
 * either order and be accepted, and no number of the overlap may leave its
 * range. Any two that open must get a result.
 */
#include "fuzz_hll.h"

/* hll_union(). */
static sk_status
unite(buffer *out, const sk_hll *a, const sk_hll *b)
{
	buffer		all;
	sk_status	status = try_pack(a, &all);
	sk_hll		s;

	*out = (buffer) {NULL, 0};
	if (status == SK_OK)
		status = try_merge(&all, b);
	if (status == SK_OK)
	{
		s = opened(all);
		status = try_pack(&s, out);
	}
	free_buffer(&all);
	return status;
}

static void
unite_both_ways(const sk_hll *a, const sk_hll *b, bool accepted)
{
	buffer		ab,
				ba;
	sk_status	status = unite(&ab, a, b);
	sk_status	other = unite(&ba, b, a);

	hll_answered(status);
	hll_answered(other);
	if (accepted)
	{
		hll_require_valid(ab, "a union");
		require(same_bytes(ab, ba), "a union depends on the order");
	}
	free_buffer(&ab);
	free_buffer(&ba);
}

/* Merges a value into an aggregate state, which can be damaged. */
static void
add_to_state(const sk_hll *state, const sk_hll *s)
{
	buffer		b = copy_bytes(state->bytes, state->nbytes);

	hll_answered(try_merge(&b, s));
	free_buffer(&b);
}

/* --- what they have in common --------------------------------------------- */

/* A sketch as hll_overlap() wants it: packed, with its count. */
typedef struct operand
{
	buffer		bytes;
	sk_hll		sketch;
	sk_hll_estimate count;
} operand;

static bool
make_operand(operand *o, const sk_hll *s)
{
	if (!hll_answered(try_pack(s, &o->bytes)))
		return false;
	o->sketch = opened(o->bytes);
	return hll_answered(sk_hll_count(&o->sketch, &o->count, &test_env));
}

/* Folds o if it is finer than the other one, which is dense. */
static bool
fold_for(operand *o, const operand *other)
{
	buffer		folded;

	if (sk_hll_is_sparse(&other->sketch) ||
		o->sketch.precision <= other->sketch.precision)
		return true;
	if (!hll_answered(hll_repacked(&o->sketch, other->sketch.precision, &folded)))
		return false;
	free_buffer(&o->bytes);
	o->bytes = folded;
	o->sketch = opened(folded);
	return true;
}

static bool
overlap_ok(const sk_hll_overlap *o)
{
	return o->a_only >= 0 && o->b_only >= 0 && o->both >= 0 && o->all >= 0 &&
		o->jaccard >= 0 && o->jaccard <= 1 && o->a_only_error >= 0 &&
		o->b_only_error >= 0 && o->both_error >= 0 && o->all_error >= 0 &&
		o->jaccard_error >= 0;
}

static bool
is_mirrored(const sk_hll_overlap *x, const sk_hll_overlap *y)
{
	return x->a_only == y->b_only && x->b_only == y->a_only &&
		x->both == y->both && x->all == y->all && x->jaccard == y->jaccard &&
		x->a_only_error == y->b_only_error &&
		x->b_only_error == y->a_only_error && x->both_error == y->both_error &&
		x->all_error == y->all_error && x->jaccard_error == y->jaccard_error;
}

static void
compare(const operand *a, const operand *b, bool accepted)
{
	sk_hll_overlap ab,
				ba;
	sk_status	status = sk_hll_overlap_of(&ab, &a->sketch, &b->sketch,
										   &a->count, &b->count);
	sk_status	other = sk_hll_overlap_of(&ba, &b->sketch, &a->sketch,
										  &b->count, &a->count);

	require((status == SK_OK) == (other == SK_OK),
			"an overlap that goes one way round only");
	hll_answered(status);
	require(!accepted || (status == SK_OK && overlap_ok(&ab) &&
						  is_mirrored(&ab, &ba)), "an overlap");
}

static void
bound(const operand *a, const operand *b, double confidence, bool accepted)
{
	sk_hll_interval both;
	sk_status	status = sk_hll_overlap_bounds(&both, &a->sketch, &b->sketch,
											   &a->count, &b->count,
											   confidence);

	hll_answered(status);
	require(!accepted || (status == SK_OK && both.lower >= 0 &&
						  both.lower <= both.estimate &&
						  both.estimate <= both.upper),
			"the bounds of an overlap");
}

/* As hll_intersection_cardinality() of an array does with sparse sketches. */
static void
intersect(const operand *a, const operand *b, bool accepted)
{
	sk_value	v;
	buffer		common,
				bytes;
	sk_status	status = sk_hll_intersect(&v, &a->sketch, &b->sketch, &test_env);

	require(hll_answered(status) || !accepted, "accepted, but not intersected");
	if (status != SK_OK)
		return;
	common = buffer_of(v);
	bytes = packed(common);
	if (accepted)
		hll_require_valid(bytes, "an intersection");
	free_buffer(&common);
	free_buffer(&bytes);
}

static void
overlap(const sk_hll *a, const sk_hll *b, uint64_t seed, bool accepted)
{
	operand		x = {.bytes = {NULL, 0}},
				y = {.bytes = {NULL, 0}};

	if (make_operand(&x, a) && make_operand(&y, b))
	{
		if (sk_hll_is_sparse(&x.sketch) && sk_hll_is_sparse(&y.sketch))
			intersect(&x, &y, accepted);
		if (fold_for(&x, &y) && fold_for(&y, &x))
		{
			compare(&x, &y, accepted);
			if (seed % 8 == 0)
				bound(&x, &y, choose_confidence(&seed), accepted);
		}
	}
	free_buffer(&x.bytes);
	free_buffer(&y.bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
	halves		h = split(data, nbytes);
	buffer		a = copy_bytes(h.a, h.na);
	buffer		b = copy_bytes(h.b, h.nb);
	uint64_t	seed = seed_of(data, nbytes);
	sk_hll		x,
				y;
	bool		accepted;

	choose_kernels(seed / 8);
	accepted = sk_hll_check(a.bytes, a.nbytes, &test_env) == SK_OK &&
		sk_hll_check(b.bytes, b.nbytes, &test_env) == SK_OK;
	if (sk_hll_open(&x, a.bytes, a.nbytes) == SK_OK &&
		sk_hll_open(&y, b.bytes, b.nbytes) == SK_OK)
	{
		unite_both_ways(&x, &y, accepted);
		add_to_state(&x, &y);
		overlap(&x, &y, seed, accepted);
	}
	free_buffer(&a);
	free_buffer(&b);
	return 0;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t nbytes, size_t room,
						unsigned int seed)
{
	return mutate_pair(data, nbytes, room, seed, hll_repair);
}
