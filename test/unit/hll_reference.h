/*
 * hll_reference.h: the hll sketch a second time, as literally as it can be
 * written, to compare the core with. From a plain list of hashes it makes the
 * set of tokens, the levels that each register has seen as a set, the packed
 * bytes of doc/format.md one bit at a time, and the estimate by bisection on
 * the derivative of the likelihood. It shares no code with src/core and is
 * slow. Sources as in src/core/hll/sketch.h.
 */
#ifndef HLL_REFERENCE_H
#define HLL_REFERENCE_H

#include "hll_help.h"

/* Bytes that grow bit by bit, lowest bit of a byte first. */
typedef struct bit_list
{
	uint8_t    *bytes;
	size_t		nbits,
				room;			/* in bytes */
} bit_list;

static inline void
append_bit(bit_list *list, unsigned bit)
{
	if (list->nbits / 8 == list->room)
	{
		list->room = list->room * 2 + 64;
		list->bytes = realloc(list->bytes, list->room);
		if (list->bytes == NULL)
			give_up("out of memory", 0);
	}
	if (list->nbits % 8 == 0)
		list->bytes[list->nbits / 8] = 0;
	list->bytes[list->nbits / 8] |= (uint8_t) (bit << (list->nbits % 8));
	list->nbits++;
}

static inline void
append_bits(bit_list *list, uint64_t value, unsigned nbits)
{
	for (unsigned i = 0; i < nbits; i++)
		append_bit(list, (unsigned) (value >> i & 1));
}

static inline void
append_unary(bit_list *list, uint32_t zeros)
{
	for (uint32_t i = 0; i < zeros; i++)
		append_bit(list, 0);
	append_bit(list, 1);
}

static inline void
append_padding(bit_list *list)
{
	while (list->nbits % 8 != 0)
		append_bit(list, 0);
}

/* Zeros that lead the lowest nbits of x. */
static inline unsigned
leading_zeros(uint64_t x, unsigned nbits)
{
	unsigned	zeros = 0;

	while (zeros < nbits && (x >> (nbits - 1 - zeros) & 1) == 0)
		zeros++;
	return zeros;
}

/* What a list of hashes amounts to at one precision. */
typedef struct reference
{
	int			precision;
	uint32_t   *tokens;			/* sorted, each once */
	uint32_t	ntokens;
	uint64_t   *levels;			/* of each register, level k as bit k */
	uint8_t    *registers;
	bool		dense;
} reference;

static inline int
compare_tokens(const void *a, const void *b)
{
	uint32_t	x = *(const uint32_t *) a,
				y = *(const uint32_t *) b;

	return (x > y) - (x < y);
}

static inline void
reference_tokens(reference *ref, const uint64_t *hashes, size_t n)
{
	uint32_t	ntokens = 0;

	ref->tokens = malloc(4 * n + 1);
	for (size_t i = 0; i < n; i++)
		ref->tokens[i] = (uint32_t) (hashes[i] >> 38) << 6 |
			leading_zeros(hashes[i], 38);
	qsort(ref->tokens, n, 4, compare_tokens);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || ref->tokens[i] != ref->tokens[i - 1])
			ref->tokens[ntokens++] = ref->tokens[i];
	ref->ntokens = ntokens;
}

/* The register that has seen these levels: the highest one and two below it. */
static inline uint8_t
register_of(uint64_t levels)
{
	int			k = 63;

	if (levels == 0)
		return 0;
	while ((levels >> k & 1) == 0)
		k--;
	return (uint8_t) (4 * (k + 2) + 2 * (k > 1 && (levels >> (k - 1) & 1)) +
					  (k > 2 && (levels >> (k - 2) & 1)));
}

static inline void
reference_registers(reference *ref, const uint64_t *hashes, size_t n)
{
	size_t		m = (size_t) 1 << ref->precision;
	int			rest = 64 - ref->precision;

	ref->levels = calloc(m, sizeof(*ref->levels));
	ref->registers = malloc(m);
	for (size_t i = 0; i < n; i++)
		ref->levels[hashes[i] >> rest] |=
			UINT64_C(1) << (1 + leading_zeros(hashes[i], (unsigned) rest));
	for (size_t i = 0; i < m; i++)
		ref->registers[i] = register_of(ref->levels[i]);
}

static inline reference
new_reference(const uint64_t *hashes, size_t n, int precision)
{
	reference	ref = {.precision = precision};

	reference_tokens(&ref, hashes, n);
	reference_registers(&ref, hashes, n);
	ref.dense = ref.ntokens > (UINT32_C(1) << precision) * 7 / 32;
	return ref;
}

static inline void
free_reference(reference *ref)
{
	free(ref->tokens);
	free(ref->levels);
	free(ref->registers);
}

static inline uint32_t
reference_gap(const uint32_t *tokens, uint32_t i)
{
	return tokens[i] / 64 - (i > 0 ? tokens[i - 1] / 64 : 0);
}

/* Count in groups of seven bits, then low bits, high bits and zeros. */
static inline void
reference_sparse(const reference *ref, bit_list *out)
{
	uint32_t	count = ref->ntokens;
	unsigned	rice = 0;

	for (; count > 127; count /= 128)
		append_bits(out, 128 + count % 128, 8);
	append_bits(out, count, 8);
	while (ref->ntokens > 0 && 64587124 / ref->ntokens >= UINT32_C(2) << rice)
		rice++;
	for (uint32_t i = 0; i < ref->ntokens; i++)
		append_bits(out, reference_gap(ref->tokens, i), rice);
	for (uint32_t i = 0; i < ref->ntokens; i++)
		append_unary(out, reference_gap(ref->tokens, i) >> rice);
	for (uint32_t i = 0; i < ref->ntokens; i++)
		append_unary(out, ref->tokens[i] % 64);
}

/* Up to 30 register values, the most frequent first, the smaller one of two. */
static inline int
reference_dictionary(const uint32_t *histogram, bool bitmap, int *dictionary)
{
	bool		taken[256] = {bitmap};
	int			n = 0;

	for (; n < 30; n++)
	{
		int			best = -1;

		for (int value = 0; value < 256; value++)
			if (!taken[value] && histogram[value] > 0 &&
				(best < 0 || histogram[value] > histogram[best]))
				best = value;
		if (best < 0)
			break;
		dictionary[n] = best;
		taken[best] = true;
	}
	return n;
}

static inline int
position_in(const int *dictionary, int n, int value)
{
	int			i = 0;

	while (i < n && dictionary[i] != value)
		i++;
	return i;
}

/*
 * Appends one of the three streams of a dense sketch: nibbles that say which
 * of the first 15 entries, nibbles which of the next 15, or whole bytes.
 */
static inline uint32_t
reference_stream(const reference *ref, bit_list *out, int stream, bool bitmap,
				 const int *dictionary, int n)
{
	uint32_t	written = 0;

	for (size_t i = 0; i < (size_t) 1 << ref->precision; i++)
	{
		int			value = ref->registers[i];
		int			code = position_in(dictionary, n, value);

		if ((bitmap && value == 0) || (stream > 0 && code < 15) ||
			(stream == 2 && code < n))
			continue;
		if (stream == 0)
			append_bits(out, code < 15 ? (unsigned) code : 15, 4);
		else if (stream == 1)
			append_bits(out, code < n ? (unsigned) code - 15 : 15, 4);
		else
			append_bits(out, (unsigned) value, 8);
		written++;
	}
	append_padding(out);
	return written;
}

static inline void
reference_dense(const reference *ref, bit_list *out)
{
	size_t		m = (size_t) 1 << ref->precision;
	uint32_t	histogram[256] = {0};
	int			dictionary[30];
	bool		bitmap;
	int			n;
	uint32_t	nescapes;

	for (size_t i = 0; i < m; i++)
		histogram[ref->registers[i]]++;
	bitmap = histogram[0] > m / 4;
	n = reference_dictionary(histogram, bitmap, dictionary);
	out->bytes[3] = (uint8_t) (n + (bitmap ? 128 : 0));
	append_bits(out, 0, 32);	/* the number of escapes, known below */
	for (int i = 0; i < n; i++)
		append_bits(out, (unsigned) dictionary[i], 8);
	for (size_t i = 0; bitmap && i < m; i++)
		append_bit(out, ref->registers[i] != 0);
	reference_stream(ref, out, 0, bitmap, dictionary, n);
	nescapes = reference_stream(ref, out, 1, bitmap, dictionary, n);
	reference_stream(ref, out, 2, bitmap, dictionary, n);
	for (int i = 0; i < 4; i++)
		out->bytes[4 + i] = (uint8_t) (nescapes >> (8 * i));
}

/* The bytes that the sketch must be packed as. */
static inline buffer
reference_packed(const reference *ref)
{
	bit_list	out = {NULL, 0, 0};
	buffer		exact;

	append_bits(&out, 0x81, 8);
	append_bits(&out, ref->dense, 8);
	append_bits(&out, (unsigned) ref->precision, 8);
	append_bits(&out, 0, 8);
	if (ref->dense)
		reference_dense(ref, &out);
	else
		reference_sparse(ref, &out);
	append_padding(&out);
	exact = copy_bytes(out.bytes, out.nbits / 8);
	free(out.bytes);
	return exact;
}

/*
 * Cells of one level, of which each value hits a certain one with probability
 * 2^-level / m: how many were hit, how many certainly not.
 */
typedef struct cell_counts
{
	double		m;
	double		hit[64],
				missed[64];
} cell_counts;

/* The two last levels are equally probable, so both count as the former. */
static inline void
count_cell(cell_counts *c, int level, int last, bool hit)
{
	int			as = level < last ? level : last - 1;

	if (hit)
		c->hit[as]++;
	else
		c->missed[as]++;
}

static inline cell_counts
reference_cells(const reference *ref)
{
	cell_counts c = {.m = ldexp(1, ref->dense ? ref->precision : 26)};
	int			last = ref->dense ? 65 - ref->precision : 39;

	for (uint32_t i = 0; i < (ref->dense ? 0 : ref->ntokens); i++)
		count_cell(&c, (int) (ref->tokens[i] % 64) + 1, last, true);
	for (int level = 1; !ref->dense && level <= last; level++)
		c.missed[level < last ? level : last - 1] += c.m;
	for (int level = 1; !ref->dense && level < last; level++)
		c.missed[level] -= c.hit[level];
	for (size_t i = 0; ref->dense && i < (size_t) 1 << ref->precision; i++)
	{
		int			k = ref->registers[i] / 4 - 2;

		for (int level = k > 3 ? k - 2 : 1; level <= last; level++)
			count_cell(&c, level, last, ref->levels[i] >> level & 1);
	}
	return c;
}

/* The derivative of the log-likelihood by x = n/m, times x. */
static inline double
score(const cell_counts *c, double x)
{
	double		sum = 0;

	for (int j = 63; j >= 1; j--)
	{
		double		y = ldexp(x, -j);

		sum -= c->missed[j] * y;
		if (c->hit[j] > 0)
			sum += c->hit[j] * y / expm1(y);
	}
	return sum;
}

/* Observed information about log x. */
static inline double
reference_information(const cell_counts *c, double x)
{
	double		sum = 0;

	for (int j = 1; j < 64; j++)
	{
		double		y = ldexp(x, -j);

		if (c->hit[j] > 0)
			sum += c->hit[j] * y / expm1(y) * (y / -expm1(-y));
	}
	return sum;
}

/* The most likely x, by bisection of its logarithm. */
static inline double
most_likely(const cell_counts *c)
{
	double		low = -80,
				high = 80;

	for (int i = 0; i < 100; i++)
	{
		double		middle = (low + high) / 2;

		if (score(c, exp2(middle)) > 0)
			low = middle;
		else
			high = middle;
	}
	return exp2(low);
}

static inline sk_hll_estimate
reference_estimate(const reference *ref)
{
	cell_counts c = reference_cells(ref);
	sk_hll_estimate e = {.count = 0};
	double		missed = 0,
				x,
				bias,
				variance;

	for (int j = 0; j < 64; j++)
	{
		e.least += c.hit[j];
		missed += c.missed[j];
	}
	if (e.least == 0 || missed == 0)
	{
		e.count = e.relative_error = e.least == 0 ? 0 : INFINITY;
		return e;
	}
	x = most_likely(&c);
	variance = 1 / reference_information(&c, x) - 1 / (c.m * x);
	e.relative_error = variance > 0 ? sqrt(variance) : 0;
	bias = ref->dense ? 0.25 + 0.2315 / pow(1 + pow(5 / x, 4), 0.25) : 0;
	e.count = fmax(c.m * x / (1 + bias / c.m), e.least);
	e.hidden = ref->dense ? 0 : e.count - e.least;
	e.count = ref->dense ? e.count : rint(e.count);
	return e;
}

#endif							/* HLL_REFERENCE_H */
