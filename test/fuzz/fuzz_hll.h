/*
 * fuzz_hll.h: what the hll targets share: the choice of kernels, the possible
 * results, and the checks for any sketch that opens.
 */
#ifndef FUZZ_HLL_H
#define FUZZ_HLL_H

#include "fuzz.h"
#include "core/hll/kernels.h"
#include "core/hll/overlap.h"

/* The best set of kernels hides the others. fuzz.sh links with --wrap, so that
 * the input chooses. */
extern const sk_hll_kernels *__real_sk_hll_get_kernels(int i);
extern const sk_hll_kernels *__wrap_sk_hll_get_kernels(int i);

static int	best_kernels;

const sk_hll_kernels *
__wrap_sk_hll_get_kernels(int i)
{
	return __real_sk_hll_get_kernels(best_kernels + i);
}

static inline void
choose_kernels(uint64_t seed)
{
	int			n = 0;

	while (__real_sk_hll_get_kernels(n) != NULL)
		n++;
	best_kernels = (int) (seed % (uint64_t) n);
}

/* Whether an operation succeeds on a sketch that opened; else it is damaged. */
static inline bool
hll_answered(sk_status status)
{
	require(status == SK_OK || status == SK_SHORT || status == SK_VALUE ||
			status == SK_COUNT || status == SK_DICTIONARY, "an hll answer");
	return status == SK_OK;
}

/* hll_cardinality_bounds(). */
static inline sk_status
hll_ask(const sk_hll *s, double confidence, sk_hll_estimate *e)
{
	double		lower,
				upper;
	sk_status	status = sk_hll_count(s, e, &test_env);

	if (!hll_answered(status))
		return status;
	require(e->count >= 0 && e->relative_error >= 0 && e->least >= 0 &&
			e->hidden >= 0 && e->count >= e->least, "an estimate");
	sk_hll_bounds(e, confidence, &lower, &upper);
	require(lower >= 0 && lower <= e->count && e->count <= upper,
			"the bounds of a count");
	return status;
}

/* The packed form at a precision, by way of a working sketch. */
static inline sk_status
hll_repacked(const sk_hll *s, int precision, buffer *out)
{
	sk_value	v;
	sk_status	status = sk_hll_fold(&v, s, precision, &test_env);
	buffer		working;
	sk_hll		folded;

	*out = (buffer) {NULL, 0};
	if (status != SK_OK)
		return status;
	working = buffer_of(v);
	folded = opened(working);
	status = try_pack(&folded, out);
	free_buffer(&working);
	return status;
}

static inline void
hll_require_valid(buffer b, const char *what)
{
	require(sk_hll_check(b.bytes, b.nbytes, &test_env) == SK_OK, what);
}

/* See mutate_value(). */
static inline size_t
hll_repair(uint8_t *bytes, size_t nbytes, size_t room)
{
	buffer		value = copy_bytes(bytes, nbytes);
	buffer		repaired = {NULL, 0};
	sk_hll		s;

	if (sk_hll_open(&s, value.bytes, nbytes) == SK_OK)
		hll_repacked(&s, s.precision, &repaired);
	free_buffer(&value);
	return put_back(bytes, nbytes, room, &repaired);
}

#endif							/* FUZZ_HLL_H */
