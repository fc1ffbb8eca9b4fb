/*
 * arguments.c: any numbers as arguments: precision and type modifier, expected
 * number of items and rate of false positives, epsilon and delta, k, and the
 * confidence of all bounds.
 *
 * What the predicates of the core let pass must give a design that keeps its
 * promise and a sketch that is accepted, or be too large; and bounds in order.
 */
#include "fuzz_hll.h"
#include "bloom_help.h"
#include "core/cms/sketch.h"
#include "core/topk/sketch.h"

#define E 2.718281828459045

/* Any double by its bits, or a fraction. */
static double
take_double(script *in)
{
	uint8_t		kind = take(in);
	double		x;

	if (kind < 128)
	{
		uint64_t	bits = take64(in);

		memcpy(&x, &bits, sizeof(x));
		return x;
	}
	return kind < 192 ? (1.0 + take(in)) / (kind - 127.0) :
		ldexp(1.0 + take(in), 128 - kind);
}

/* --- sizes ---------------------------------------------------------------- */

static void
design_bloom(uint64_t expected, double rate)
{
	sk_bloom_design d;
	sk_bloom_shape shape;
	buffer		empty,
				packed;

	if (!sk_bloom_expected_ok((int64_t) expected) || !sk_bloom_rate_ok(rate) ||
		sk_bloom_design_for(&d, expected, rate) == SK_SIZE)
		return;
	require(sk_bloom_blocks_bytes(&d) >= 1024 && d.nbits >= 1 &&
			d.nbits <= SK_BLOOM_MAX_BITS &&
			sk_bloom_designed_rate((double) expected / d.nblocks, d.nbits) <= rate,
			"the design of a filter");
	shape = (sk_bloom_shape) {SK_BLOOM_WORKING_BITS, d, 0};
	require(sk_bloom_size(&shape) <= SK_BLOOM_MAX_BYTES, "a filter too large");
	empty = new_bloom(d);
	packed = bloom_packed(empty);
	require(packed.nbytes == SK_BLOOM_HEADER && bloom_check(packed) == SK_OK,
			"an empty filter");
	free_buffer(&empty);
	free_buffer(&packed);
}

static void
rate_bloom(double load, uint8_t bits)
{
	double		rate = sk_bloom_designed_rate(load, 1 + bits % SK_BLOOM_MAX_BITS);

	require(rate >= 0 && rate <= 1, "a rate");
}

static void
design_cms(double epsilon, double delta)
{
	sk_cms_design d;
	sk_value	empty,
				packed;

	if (!sk_cms_fraction_ok(epsilon) || !sk_cms_fraction_ok(delta) ||
		sk_cms_design_for(&d, epsilon, delta) == SK_SIZE)
		return;
	require(E / d.width <= epsilon * (1 + 1e-15) &&
			exp(-d.depth) <= delta * (1 + 1e-12) &&
			exp(1 - d.depth) > delta * (1 - 1e-12), "the design of a sketch");
	require(SK_CMS_HEADER + 8 * (uint64_t) sk_cms_ncells(&d) <=
			SK_CMS_MAX_BYTES, "a sketch too large");
	packed = empty = sk_cms_empty(&d, &test_env);
	require(sk_cms_pack(&packed, &test_env) == SK_OK &&
			packed.nbytes == SK_CMS_HEADER &&
			sk_cms_check(packed.bytes, packed.nbytes, &test_env) == SK_OK,
			"an empty sketch");
	free(empty.bytes);
	free(packed.bytes);
}

/* hll_empty() and hll_typmod_in(). */
static void
design_hll(int64_t precision)
{
	buffer		empty,
				bytes;

	require(sk_hll_precision_ok(precision) == (precision >= 4 && precision <= 20),
			"a precision");
	if (!sk_hll_precision_ok(precision))
		return;
	empty = buffer_of(sk_hll_empty_roomy((int) precision, &test_env));
	bytes = packed(empty);
	require(sk_hll_check(bytes.bytes, bytes.nbytes, &test_env) == SK_OK &&
			opened(bytes).precision == precision, "an empty hll value");
	free_buffer(&empty);
	free_buffer(&bytes);
}

static void
design_topk(int64_t k)
{
	sk_topk		s;
	sk_value	empty,
				packed;

	require(sk_topk_k_ok(k) == (k >= 1 && k <= 100000), "k");
	if (!sk_topk_k_ok(k))
		return;
	empty = packed = sk_topk_empty((uint32_t) k, &test_env);
	require(sk_topk_open(&s, empty.bytes, empty.nbytes) == SK_OK && s.k == k,
			"an empty topk value");
	require(sk_topk_pack(&packed, &test_env) == SK_OK &&
			sk_topk_check(packed.bytes, packed.nbytes, &test_env) == SK_OK,
			"an empty topk value, packed");
	free(empty.bytes);
	free(packed.bytes);
}

/* --- confidence ----------------------------------------------------------- */

/* Sketches of few, some and many values, packed. */
static buffer
hll_number(unsigned i)
{
	static const size_t sizes[] = {0, 3, 60, 5000};
	static buffer made[4];
	uint64_t	seed = 1;

	i %= 4;
	if (made[i].bytes == NULL)
	{
		buffer		b = new_sketch(8);

		for (size_t n = sizes[i]; n > 0; n--)
			add_hash(&b, next_random(&seed));
		made[i] = packed(b);
		free_buffer(&b);
	}
	return made[i];
}

static void
bound_hll(double confidence, uint8_t which)
{
	sk_hll		a = opened(hll_number(which)),
				b = opened(hll_number(which / 4));
	sk_hll_estimate x = estimate_of(hll_number(which)),
				y = estimate_of(hll_number(which / 4));
	sk_hll_interval both;
	double		lower,
				upper;

	sk_hll_bounds(&x, confidence, &lower, &upper);
	require(0 <= lower && lower <= x.count && x.count <= upper,
			"the bounds of a count");
	require(sk_hll_overlap_bounds(&both, &a, &b, &x, &y, confidence) == SK_OK &&
			0 <= both.lower && both.lower <= both.estimate &&
			both.estimate <= both.upper, "the bounds of an overlap");
}

/* Counters with some thousand events. */
static sk_value
counters(void)
{
	sk_cms_design design;
	sk_value	v;
	uint64_t	seed = 1;

	require(sk_cms_design_for(&design, 0.1, 0.1) == SK_OK, "a design");
	v = sk_cms_empty(&design, &test_env);
	for (uint64_t i = 1; i < 3000; i++)
	{
		sk_value	before = v;

		require(sk_cms_add(&v, next_random(&seed), SK_KIND_ANY,
						   1 + 3000 / i, &test_env) == SK_OK, "adding");
		if (v.bytes != before.bytes)
			free(before.bytes);
	}
	return v;
}

static void
bound_cms(double confidence, uint64_t hash)
{
	static sk_value v;
	sk_cms		s;
	sk_cms_excess e;
	sk_cms_bounds bounds;

	if (v.bytes == NULL)
		v = counters();
	require(sk_cms_open(&s, v.bytes, v.nbytes) == SK_OK &&
			!sk_cms_is_list(&s), "counters");
	sk_cms_measure_excess(&s, confidence, &e, &test_env);
	bounds = sk_cms_frequency_bounds(&s, &e, hash);
	require(e.least <= e.median && e.median <= e.most &&
			bounds.lower <= bounds.estimate && bounds.estimate <= bounds.upper &&
			bounds.upper <= sk_cms_frequency(&s, hash),
			"the bounds of a frequency");
}

/* As sketch_require_confidence() has it; not for a NaN. */
static bool
confidence_ok(double confidence)
{
	return confidence > 0 && confidence < 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
	script		in = {data, nbytes};
	uint8_t		which = take(&in);
	double		x = take_double(&in);
	uint64_t	n = take64(&in);

	switch (which % 6)
	{
		case 0:
			design_bloom(which < 128 ? n : n >> 24, x);
			break;
		case 1:
			rate_bloom(x, (uint8_t) n);
			break;
		case 2:
			design_cms(x, take_double(&in));
			break;
		case 3:
			design_hll((int64_t) n);
			design_hll((int8_t) n);
			break;
		case 4:
			design_topk((int64_t) n);
			design_topk((int64_t) (n & 0x1FFFF));
			break;
		default:
			if (!confidence_ok(x))
				break;
			bound_hll(x, (uint8_t) n);
			bound_cms(x, n);
	}
	return 0;
}

