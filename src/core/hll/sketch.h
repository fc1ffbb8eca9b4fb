/*
 * hll/sketch.h: the number of distinct values, in a few kilobytes.
 *
 * A sketch over 64-bit hashes. Few values are kept as a set of 32-bit tokens,
 * whose count is practically exact. More values become 2^precision registers
 * of one byte each, which hold the largest level seen and whether each of the
 * two levels below it was seen. The estimate is the maximum-likelihood one:
 * relative error 0.761/sqrt(2^precision), 0.84% at precision 13.
 *
 * Registers: Ertl, "UltraLogLog: A Practical and More Space-Efficient
 * Alternative to HyperLogLog for Approximate Distinct Counting", VLDB 2024.
 * Estimate: Ertl, "New cardinality estimation algorithms for HyperLogLog
 * sketches", 2017, and "ExaLogLog", EDBT 2025.
 *
 * A sketch has one of four layouts (doc/format.md). Packed ones are stored and
 * compared, and equal content has equal bytes; working ones are updated in
 * place. The layout follows from the set of tokens alone: a sketch of more than
 * sk_hll_max_tokens() is dense, any other one is sparse.
 */
#ifndef SK_HLL_H
#define SK_HLL_H

#include "core/bits.h"
#include "core/env.h"
#include "core/hll/register.h"
#include "core/status.h"

#define SK_HLL_FORMAT_VERSION 1
#define SK_HLL_TYPE_AND_VERSION (0x80 | SK_HLL_FORMAT_VERSION)
#define SK_HLL_MIN_PRECISION 4
#define SK_HLL_MAX_PRECISION 20
#define SK_HLL_DEFAULT_PRECISION 13
#define SK_HLL_PENDING 12		/* most tokens that wait for a slot */

typedef enum sk_hll_layout
{
	SK_HLL_PACKED_SPARSE,
	SK_HLL_PACKED_DENSE,
	SK_HLL_WORKING_SPARSE,
	SK_HLL_WORKING_DENSE
} sk_hll_layout;

/* Offsets of the fields of a sketch, as doc/format.md has them. */
enum
{
	SK_HLL_AT_VERSION = 0,		/* type and format version */
	SK_HLL_AT_LAYOUT = 1,
	SK_HLL_AT_PRECISION = 2,
	SK_HLL_AT_FLAGS = 3,		/* packed dense: bitmap, dictionary size */

	SK_HLL_AT_COUNT = 4,		/* packed sparse: the number of tokens */

	SK_HLL_AT_NESCAPES = 4,		/* packed dense */
	SK_HLL_AT_DICTIONARY = 8,

	SK_HLL_AT_NTOKENS = 4,		/* working sparse: tokens in slots */
	SK_HLL_AT_NPENDING = 8,
	SK_HLL_AT_PENDING = 12,
	SK_HLL_AT_SLOTS = SK_HLL_AT_PENDING + 4 * SK_HLL_PENDING,

	SK_HLL_AT_REGISTERS = 12	/* working dense */
};

/* An open sketch, for reading. Points into the bytes. */
typedef struct sk_hll
{
	const uint8_t *bytes;
	size_t		nbytes;
	sk_hll_layout layout;
	int			precision;
	uint32_t	ntokens;		/* 0 if dense; an upper bound if working, where
								 * a token can occur twice */
	size_t		body;			/* offset of what follows the header */
} sk_hll;

/* What is known of the number of distinct values. */
typedef struct sk_hll_estimate
{
	double		count;			/* whole if the sketch is sparse; infinite if
								 * every register is full */
	double		relative_error; /* standard error over count */
	double		least;			/* there were certainly that many */
	double		hidden;			/* sparse: expected number of values that share
								 * a token with another; else 0 */
	int			precision;		/* of the sketch that was counted */
} sk_hll_estimate;

static inline bool
sk_hll_precision_ok(int64_t precision)
{
	return precision >= SK_HLL_MIN_PRECISION &&
		precision <= SK_HLL_MAX_PRECISION;
}

static inline uint32_t
sk_hll_nregisters(int precision)
{
	return UINT32_C(1) << precision;
}

/*
 * The most tokens of a sparse sketch. At 2.3 bytes each packed and 4/0.875
 * bytes working, they take as much room as the registers would.
 */
static inline uint32_t
sk_hll_max_tokens(int precision)
{
	return sk_hll_nregisters(precision) * 7 / 32;
}

/*
 * Reads the header and compares the sizes with it, in constant time. After
 * SK_OK, all functions below are safe on the sketch, whatever its other bytes.
 * Bytes that come from outside must pass sk_hll_check() too.
 */
extern sk_status sk_hll_open(sk_hll *s, const void *bytes, size_t nbytes);

/*
 * SK_OK if and only if the bytes are canonical: packing what they hold gives
 * the same bytes, and each register and token comes from some hash.
 */
extern sk_status sk_hll_check(const void *bytes, size_t nbytes,
							  const sk_env *env);

/* Whether the sketch has seen no value at all. */
extern bool sk_hll_is_empty(const sk_hll *s);

static inline bool
sk_hll_is_sparse(const sk_hll *s)
{
	return s->layout == SK_HLL_PACKED_SPARSE ||
		s->layout == SK_HLL_WORKING_SPARSE;
}

static inline bool
sk_hll_is_packed(const sk_hll *s)
{
	return s->layout == SK_HLL_PACKED_SPARSE ||
		s->layout == SK_HLL_PACKED_DENSE;
}

/* The first four bytes of a working sketch, as a number. */
static inline uint32_t
sk_hll_working_header(sk_hll_layout layout, int precision)
{
	return SK_HLL_TYPE_AND_VERSION |
		(uint32_t) layout << 8 * SK_HLL_AT_LAYOUT |
		(uint32_t) precision << 8 * SK_HLL_AT_PRECISION;
}

/*
 * Whether the bytes look like a working sketch of this precision. If so, hashes
 * can be added without opening it.
 */
static inline bool
sk_hll_is_working(const uint8_t *bytes, size_t nbytes, int precision)
{
	sk_hll_layout layout = SK_HLL_WORKING_SPARSE;

	if (nbytes == SK_HLL_AT_REGISTERS + (size_t) sk_hll_nregisters(precision) &&
		bytes[SK_HLL_AT_LAYOUT] == SK_HLL_WORKING_DENSE)
		layout = SK_HLL_WORKING_DENSE;
	else if (nbytes < SK_HLL_AT_SLOTS)
		return false;
	return sk_load32(bytes) == sk_hll_working_header(layout, precision);
}

/*
 * An empty working sketch, the smallest or one with room for about a hundred
 * values. The caller owns the memory.
 */
extern sk_value sk_hll_empty(int precision, const sk_env *env);
extern sk_value sk_hll_empty_roomy(int precision, const sk_env *env);

/*
 * sk_hll_add_token() for a sketch whose pending tokens fill their room: moves
 * them to the slots, which grow if needed.
 */
extern sk_status sk_hll_add_settling(sk_value *v, uint32_t token,
									 const sk_env *env);

/*
 * Adds one token to a working sparse sketch. It waits beside the header, with
 * up to eleven others: with many sketches at work, the header is in a cache and
 * the slots are not, and many slots can be fetched at once.
 */
static inline sk_status
sk_hll_add_token(sk_value *v, uint32_t token, const sk_env *env)
{
	uint8_t    *bytes = v->bytes;
	uint32_t	npending = sk_load32(bytes + SK_HLL_AT_NPENDING);

	if (npending >= SK_HLL_PENDING)
		return sk_hll_add_settling(v, token, env);
	sk_store32(bytes + SK_HLL_AT_PENDING + 4 * npending, token);
	sk_store32(bytes + SK_HLL_AT_NPENDING, npending + 1);
	return SK_OK;
}

/* Adds one hash to a working dense sketch of this precision. */
static inline void
sk_hll_add_dense(uint8_t *bytes, int precision, uint64_t hash)
{
	uint64_t	most = UINT64_C(1) << (precision - 1);
	uint8_t    *registers = bytes + SK_HLL_AT_REGISTERS;

	sk_hll_register_add(&registers[hash >> (64 - precision)],
						sk_clz64(hash << precision | most) + 1);
}

/*
 * Adds one hash to a working sketch. Other than SK_OK: the sketch is damaged.
 * Inline, since over many rows it is most of the work.
 */
static inline sk_status
sk_hll_add(sk_value *v, uint64_t hash, const sk_env *env)
{
	if (v->bytes[SK_HLL_AT_LAYOUT] == SK_HLL_WORKING_SPARSE)
		return sk_hll_add_token(v, sk_hll_token(hash), env);
	sk_hll_add_dense(v->bytes, v->bytes[SK_HLL_AT_PRECISION], hash);
	return SK_OK;
}

/*
 * Adds all of src, of any layout, to dst, at the lower of both precisions. An
 * empty sketch is neutral and takes the precision of the other one; of two, the
 * lower precision holds. If src is empty, a dst stays as it is. A packed dst
 * becomes a working one; or is replaced by a packed one if both are sparse; none
 * (nbytes = 0) becomes a working one. Other than SK_OK: one of the two is
 * damaged, and dst may have taken a part of src.
 */
extern sk_status sk_hll_merge(sk_value *dst, const void *src, size_t nbytes,
							  const sk_env *env);

/*
 * Makes *common a new working sketch of what two packed sparse sketches have in
 * common, at the precision of a. SK_LAYOUT: one is not packed and sparse;
 * otherwise damage. *common is set only if the result is SK_OK.
 */
extern sk_status sk_hll_intersect(sk_value *common, const sk_hll *a,
								  const sk_hll *b, const sk_env *env);

/*
 * Makes *v a new working sketch of what s holds at this precision, which must
 * not be above that of s unless s is empty: SK_PRECISION. Any other status but
 * SK_OK: s is damaged. *v is set only if the result is SK_OK.
 */
extern sk_status sk_hll_fold(sk_value *v, const sk_hll *s, int precision,
							 const sk_env *env);

/*
 * Makes v its packed form, in new memory; a packed sketch stays as it is. Other
 * than SK_OK: v is damaged, and unchanged.
 */
extern sk_status sk_hll_pack(sk_value *v, const sk_env *env);

/*
 * Estimates the number of distinct values. Other than SK_OK: s is damaged. A
 * working sparse sketch is packed on the way.
 */
extern sk_status sk_hll_count(const sk_hll *s, sk_hll_estimate *estimate,
							  const sk_env *env);

/*
 * The interval that holds the true number with this probability (0 <
 * confidence < 1): lower <= count <= upper. Poisson quantiles of the hidden
 * values, if any; else normal quantiles on the logarithmic scale, corrected
 * for skewness. Whole numbers if the standard error is below two values.
 */
extern void sk_hll_bounds(const sk_hll_estimate *estimate, double confidence,
						  double *lower, double *upper);

/*
 * The number of registers that are not empty, or of a sparse sketch's tokens.
 * SK_LAYOUT: s is working and sparse. Any other status but SK_OK: damage.
 */
extern sk_status sk_hll_used(const sk_hll *s, uint32_t *used);

#endif							/* SK_HLL_H */
