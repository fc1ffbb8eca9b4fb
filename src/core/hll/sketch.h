/*
 * hll/sketch.h: how many different values, in a few kilobytes.
 *
 * A distinct-count sketch over 64-bit hashes. Few values are kept as a set of
 * 32-bit tokens and counted exactly for all practical purposes; more values
 * become 2^precision registers of one byte each, which hold the largest level
 * seen and whether the two levels below it were seen. The estimate is the
 * maximum-likelihood one: relative error 0.761/sqrt(2^precision), 0.84 % at
 * precision 13.
 *
 * Registers: Ertl, "UltraLogLog: A Practical and More Space-Efficient
 * Alternative to HyperLogLog for Approximate Distinct Counting", VLDB 2024.
 * Estimate: Ertl, "New cardinality estimation algorithms for HyperLogLog
 * sketches", 2017, and "ExaLogLog", EDBT 2025.
 *
 * A sketch is a run of bytes in one of four layouts (doc/format.md): packed
 * ones are what is stored and compared, and equal content is equal bytes;
 * working ones are what add and merge update in place. Whether a sketch is
 * sparse or dense depends on its set of tokens alone: more than
 * sk_hll_max_tokens() is dense. The caller owns all memory.
 */
#ifndef SK_HLL_H
#define SK_HLL_H

#include "core/bits.h"
#include "core/hll/register.h"
#include "core/status.h"

#define SK_HLL_FORMAT_VERSION 1
#define SK_HLL_TYPE_AND_VERSION (0x80 | SK_HLL_FORMAT_VERSION)
#define SK_HLL_WORKING_HEADER 12
#define SK_HLL_PENDING 12			/* tokens that wait for the table */
#define SK_HLL_TABLE (SK_HLL_WORKING_HEADER + 4 * SK_HLL_PENDING)
#define SK_HLL_DICTIONARY 30		/* entries at most */
#define SK_HLL_MIN_PRECISION 4
#define SK_HLL_MAX_PRECISION 20
#define SK_HLL_DEFAULT_PRECISION 13

typedef enum sk_hll_layout
{
	SK_HLL_PACKED_SPARSE,
	SK_HLL_PACKED_DENSE,
	SK_HLL_WORKING_SPARSE,
	SK_HLL_WORKING_DENSE
} sk_hll_layout;

/* A sketch to read, as sk_hll_open() found it; points into the bytes. */
typedef struct sk_hll
{
	const uint8_t *bytes;
	size_t		nbytes;
	sk_hll_layout layout;
	int			precision;
	uint32_t	ntokens;		/* sparse: of a working one, at most so many
								 * different ones; else 0 */
	size_t		body;			/* offset of what follows the header */
} sk_hll;

/* What a working sketch is to be built as. */
typedef struct sk_hll_shape
{
	sk_hll_layout layout;		/* a working one */
	int			precision;
	uint32_t	nslots;			/* sparse: room of the token table */
} sk_hll_shape;

/* What is known of the number of distinct values. */
typedef struct sk_hll_estimate
{
	double		count;			/* whole for a sparse sketch; infinite when
								 * every register is full */
	double		relative_error; /* standard error over count */
	double		least;			/* certain: there were at least so many */
	double		hidden;			/* sparse: how many values are expected to
								 * share a token with another; else 0 */
} sk_hll_estimate;

/* How a sketch will be packed: from sk_hll_plan_pack() for sk_hll_pack(). */
typedef struct sk_hll_plan
{
	const sk_hll *sketch;
	const uint32_t *tokens;		/* sparse: sorted; dense: NULL */
	uint32_t	ntokens;
	size_t		nbytes;			/* of the packed sketch */
	uint32_t	nescapes;		/* dense: registers outside the first 15 */
	uint32_t	nraw;			/* dense: registers outside the dictionary */
	int			ndictionary;
	bool		bitmap;			/* dense: empty registers are left out */
	uint8_t		dictionary[SK_HLL_DICTIONARY];
} sk_hll_plan;

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

/* The most tokens that a sparse sketch holds: at 2.3 bytes each packed and
 * 4/0.875 bytes working they take as much room as the registers would. */
static inline uint32_t
sk_hll_max_tokens(int precision)
{
	return sk_hll_nregisters(precision) * 7 / 32;
}

/*
 * Reads the header and compares the sizes with it, in constant time. After
 * SK_OK every function below is safe on the sketch, whatever its other bytes;
 * bytes that come from outside need sk_hll_check() to be right as well.
 */
extern sk_status sk_hll_open(sk_hll *s, const void *bytes, size_t nbytes);

/* SK_OK if and only if the bytes are canonical: packing what they hold gives
 * the same ones, and each register and token comes from some hash. */
extern sk_status sk_hll_check(const void *bytes, size_t nbytes);

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

/*
 * The smallest working sketch of a precision, and one that can take some hundred
 * values before it has to grow.
 */
extern sk_hll_shape sk_hll_smallest(int precision);
extern sk_hll_shape sk_hll_roomy(int precision);

/*
 * The shape for a sketch that takes all of dst and one more value (src NULL), or
 * all of src as well, at the lower of both precisions: for after SK_FULL, and
 * for before a merge when dst is packed or src's precision is lower. SK_FULL can
 * come again, at most twice: only then it is known whether the union is sparse.
 */
extern sk_hll_shape sk_hll_larger(const sk_hll *dst, const sk_hll *src);

/* Bytes that a shape takes, and an empty sketch of that shape in them. */
extern size_t sk_hll_size(sk_hll_shape shape);
extern void sk_hll_init(uint8_t *bytes, sk_hll_shape shape);

/* The first four bytes of a working sketch, as a number. */
static inline uint32_t
sk_hll_working_header(sk_hll_layout layout, int precision)
{
	return SK_HLL_TYPE_AND_VERSION | (uint32_t) layout << 8 |
		(uint32_t) precision << 16;
}

/* Whether these are the bytes of a working sketch of this precision. */
static inline bool
sk_hll_is_working(const uint8_t *bytes, size_t nbytes, int precision)
{
	sk_hll_layout layout = SK_HLL_WORKING_SPARSE;

	if (nbytes == SK_HLL_WORKING_HEADER + (size_t) sk_hll_nregisters(precision) &&
		bytes[1] == SK_HLL_WORKING_DENSE)
		layout = SK_HLL_WORKING_DENSE;
	else if (nbytes < SK_HLL_TABLE)
		return false;
	return sk_load32(bytes) == sk_hll_working_header(layout, precision);
}

/* Puts all pending tokens of a working sparse sketch into its table. */
extern sk_status sk_hll_settle(uint8_t *bytes, size_t nbytes);

/*
 * Adds one token to a working sparse sketch. It waits beside the header, with up
 * to eleven others: with many sketches at work, the header is in a cache, and of
 * a table that is not, many slots can be fetched at once.
 */
static inline sk_status
sk_hll_add_token(uint8_t *bytes, size_t nbytes, uint32_t token)
{
	uint32_t	npending = sk_load32(bytes + 8);

	if (npending >= SK_HLL_PENDING)
	{
		if (sk_hll_settle(bytes, nbytes) != SK_OK)
			return SK_FULL;
		npending = 0;
	}
	sk_store32(bytes + SK_HLL_WORKING_HEADER + 4 * npending, token);
	sk_store32(bytes + 8, npending + 1);
	return SK_OK;
}

/* Adds one hash to a working dense sketch of this precision. */
static inline void
sk_hll_add_dense(uint8_t *bytes, int precision, uint64_t hash)
{
	uint64_t	most = UINT64_C(1) << (precision - 1);

	sk_hll_register_add(bytes + SK_HLL_WORKING_HEADER + (hash >> (64 - precision)),
					 sk_clz64(hash << precision | most) + 1);
}

/*
 * Adds one hash to a working sketch. SK_FULL: see sk_hll_larger(). Inline, since
 * over many rows this is nearly all there is to do.
 */
static inline sk_status
sk_hll_add(uint8_t *bytes, size_t nbytes, uint64_t hash)
{
	if (bytes[1] == SK_HLL_WORKING_SPARSE)
		return sk_hll_add_token(bytes, nbytes, sk_hll_token(hash));
	sk_hll_add_dense(bytes, bytes[2], hash);
	return SK_OK;
}

/*
 * Adds all of src, whose precision must not be lower, to a working sketch. On
 * SK_FULL part of src may be in; repeating the call is harmless. Any other
 * status: src is damaged.
 *
 * Tokens that were made to crowd into one part of the table can take a time that
 * grows with the square of their number. So poll, unless NULL, is called after
 * every few hundred tokens, and need not return.
 */
extern sk_status sk_hll_merge(uint8_t *bytes, size_t nbytes, const sk_hll *src,
							  void (*poll) (void));

/*
 * Packing, in two steps so that the caller can provide exactly the room:
 * `tokens` has room for s->ntokens, the output for plan->nbytes; the plan points
 * to s and tokens. A packed sketch stays as it is. SK_FULL: s has more different
 * tokens than a sparse sketch may, and must be merged into a dense one first.
 * Any other status: s is damaged.
 */
extern sk_status sk_hll_plan_pack(sk_hll_plan *plan, const sk_hll *s,
								  uint32_t *tokens);
extern void sk_hll_pack(const sk_hll_plan *plan, uint8_t *out);

/*
 * Estimates the number of distinct values. SK_LAYOUT: s is working and sparse,
 * and must be packed first. Any other status but SK_OK: s is damaged.
 */
extern sk_status sk_hll_count(const sk_hll *s, sk_hll_estimate *estimate);

/*
 * The interval that holds the true number with this probability (0 < confidence
 * < 1): lower <= count <= upper. Of a sketch with hidden values it has Poisson's
 * quantiles of them, else normal ones on the logarithmic scale, corrected for
 * skewness; whole numbers where the standard error is below two values.
 */
extern void sk_hll_bounds(const sk_hll_estimate *estimate, double confidence,
						  double *lower, double *upper);

/*
 * Registers that are not empty, or tokens of a sparse sketch. Status: as above.
 */
extern sk_status sk_hll_used(const sk_hll *s, uint32_t *used);

#endif							/* SK_HLL_H */
