/*
 * test_hll.c: properties of the hll core. Whatever is built, merged or lowered
 * here, in any order and any layout, must have the bytes, the registers and the
 * estimate of the literal second implementation, hll_reference.h.
 */
#include "check.h"
#include "hll_reference.h"
#include "hll_theory.h"
#include "core/hll/internal.h"

/* Where the registers of a working dense sketch start: doc/format.md. */
#define DENSE_BODY 12

static uint64_t *
random_hashes(size_t n, uint64_t seed)
{
	uint64_t   *hashes = malloc(n * sizeof(*hashes) + 1);

	seed *= UINT64_C(0xD1342543DE82EF95);
	for (size_t i = 0; i < n; i++)
		hashes[i] = next_random(&seed);
	return hashes;
}

/* The hash that gives register `index` this level. */
static uint64_t
hash_of_level(int precision, uint64_t index, int level)
{
	uint64_t	first = index << (64 - precision);

	return level == 65 - precision ? first :
		first | UINT64_C(1) << (64 - precision - level);
}

static size_t
max_tokens(int precision)
{
	return ((size_t) 1 << precision) * 7 / 32;
}

/* --- one sketch against the reference ------------------------------------- */

static bool
close_to(double a, double b, double scale)
{
	return a == b || fabs(a - b) <= 1e-9 * scale;
}

static void
check_estimate(buffer b, const reference *ref, const char *what)
{
	sk_hll_estimate got = estimate_of(b),
				want = reference_estimate(ref);
	double		variance = pow(got.relative_error, 2) -
		pow(want.relative_error, 2);

	check(close_to(got.count, want.count, want.count),
		  "%s: estimate %.17g is the most likely one, %.17g", what, got.count,
		  want.count);
	check(got.least == want.least, "%s: least %g is %g", what, got.least,
		  want.least);
	check(got.least <= got.count, "%s: at least %g, but estimated as %g", what,
		  got.least, got.count);
	check(close_to(got.hidden, want.hidden, want.count),
		  "%s: %g hidden are %g", what, got.hidden, want.hidden);
	/* If tokens are nearly exact, 1/J - 1/n cancels all digits but the last. */
	check(got.relative_error == want.relative_error ||
		  fabs(variance) <= 1e-9 * pow(want.relative_error, 2) +
		  1e-14 / (want.count + 1), "%s: relative error %g is %g", what,
		  got.relative_error, want.relative_error);
}

/* Intervals hold the estimate, and more confident ones hold the others. */
static void
check_bounds(buffer b, const char *what)
{
	static const double confidences[] = {0.001, 0.5, 0.95, 0.999999};
	sk_hll_estimate e = estimate_of(b);
	double		lower,
				upper,
				low = e.count,
				high = e.count;

	for (int i = 0; i < 4; i++)
	{
		sk_hll_bounds(&e, confidences[i], &lower, &upper);
		check(lower <= low && upper >= high && lower >= fmin(e.least, e.count),
			  "%s: %g %% within %g .. %g", what, 100 * confidences[i], lower,
			  upper);
		low = lower;
		high = upper;
	}
}

/* The sketch as a dense one, whatever its layout. */
static buffer
registers_of(buffer b)
{
	buffer		dense = new_dense(b.bytes[2]);

	merge_into(&dense, b);
	return dense;
}

static void
check_registers(buffer b, const reference *ref, const char *what)
{
	buffer		dense = registers_of(b);

	check(memcmp(dense.bytes + DENSE_BODY, ref->registers,
				 (size_t) 1 << ref->precision) == 0,
		  "%s: registers", what);
	free_buffer(&dense);
}

/* The same bytes at the odd address that ends a heap block. */
static void
check_unaligned(buffer b, const char *what)
{
	buffer		shifted = new_buffer(b.nbytes + 1);
	buffer		inside = {shifted.bytes + 1, b.nbytes};

	memcpy(inside.bytes, b.bytes, b.nbytes);
	check(same_estimate(estimate_of(inside), estimate_of(b)),
		  "%s: unaligned estimate", what);
	if (b.bytes[1] < SK_HLL_WORKING_SPARSE)
		check(sk_hll_check(inside.bytes, inside.nbytes, &test_env) == SK_OK,
			  "%s: unaligned check", what);
	free_buffer(&shifted);
}

/* Read again and packed again, a sketch is the same. */
static void
check_reopened(buffer bytes, const char *what)
{
	buffer		working = new_sketch(bytes.bytes[2]);
	buffer		again,
				copied = packed(bytes);

	merge_into(&working, bytes);
	again = packed(working);
	check(same_bytes(again, bytes), "%s: packed again", what);
	check(same_bytes(copied, bytes), "%s: a packed sketch packs as itself", what);
	check(same_estimate(estimate_of(working), estimate_of(bytes)),
		  "%s: estimate of the reopened sketch", what);
	free_buffer(&working);
	free_buffer(&again);
	free_buffer(&copied);
}

static void
check_facts(buffer b, const reference *ref, const char *what)
{
	sk_hll		s = opened(b);
	uint32_t	used = 0,
				want = 0;

	for (size_t i = 0; i < (size_t) 1 << ref->precision; i++)
		want += ref->registers[i] != 0;
	check(s.precision == ref->precision, "%s: precision", what);
	check(sk_hll_is_working(b.bytes, b.nbytes, s.precision) ==
		  !sk_hll_is_packed(&s), "%s: working or not", what);
	check(sk_hll_is_empty(&s) == (ref->ntokens == 0), "%s: empty or not", what);
	if (s.layout == SK_HLL_WORKING_SPARSE)
	{
		check(s.ntokens >= ref->ntokens, "%s: room for %u tokens", what,
			  s.ntokens);
		check(sk_hll_used(&s, &used) == SK_LAYOUT, "%s: pack first", what);
		return;
	}
	check(sk_hll_is_sparse(&s) == !ref->dense, "%s: sparse or dense", what);
	check(sk_hll_used(&s, &used) == SK_OK &&
		  used == (ref->dense ? want : ref->ntokens), "%s: %u used", what, used);
}

/* All properties of a working sketch with this content. */
static void
check_sketch(buffer b, const reference *ref, const char *what)
{
	buffer		want = reference_packed(ref);
	buffer		got = packed(b);

	check(same_bytes(got, want), "%s: %zu bytes as %zu", what, got.nbytes,
		  want.nbytes);
	check(sk_hll_check(got.bytes, got.nbytes, &test_env) == SK_OK,
		  "%s: check", what);
	check(same_estimate(estimate_of(b), estimate_of(got)),
		  "%s: estimate of working and packed", what);
	check_estimate(got, ref, what);
	check_bounds(got, what);
	check_registers(b, ref, what);
	check_registers(got, ref, what);
	check_facts(b, ref, what);
	check_facts(got, ref, what);
	check_unaligned(b, what);
	check_unaligned(got, what);
	check_reopened(got, what);
	free_buffer(&want);
	free_buffer(&got);
}

/* --- building ------------------------------------------------------------- */

/*
 * The size of a growing sketch follows its number of values, and is never above
 * that of a dense one. The first table, of up to 32 slots, comes with twelve
 * values, equal or not.
 */
static void
check_room(buffer b, const char *what)
{
	sk_hll		s = opened(b);
	size_t		most = SK_HLL_AT_SLOTS + ((size_t) 1 << s.precision);

	check(b.nbytes <= most &&
		  (!sk_hll_is_sparse(&s) || b.nbytes <= SK_HLL_AT_SLOTS + 4 * 32 ||
		   b.nbytes <= SK_HLL_AT_SLOTS + 21 * (size_t) s.ntokens),
		  "%s: %zu bytes for %u tokens", what, b.nbytes, s.ntokens);
}

static void
check_building(const uint64_t *hashes, size_t n, int precision, const char *name)
{
	reference	ref = new_reference(hashes, n, precision);
	buffer		forwards = sketch_of(hashes, n, precision);
	buffer		backwards = new_sketch(precision);
	char		what[80];

	snprintf(what, sizeof(what), "%s, p=%d n=%zu", name, precision, n);
	for (size_t i = n; i > 0; i--)
		add_hash(&backwards, hashes[i - 1]);
	for (size_t i = 0; i < n; i += 1 + i / 4)
		add_hash(&backwards, hashes[i]);
	check_sketch(forwards, &ref, what);
	check_sketch(backwards, &ref, what);
	check_room(forwards, what);
	check(estimate_of(forwards).least <= (double) n, "%s: least <= n", what);
	free_buffer(&forwards);
	free_buffer(&backwards);
	free_reference(&ref);
}

/* Registers filled from the start equal those that tokens turn into. */
static void
check_dense_from_start(const uint64_t *hashes, size_t n, int precision)
{
	reference	ref = new_reference(hashes, n, precision);
	buffer		dense = new_dense(precision);
	const uint8_t *bytes = dense.bytes;

	for (size_t i = 0; i < n; i++)
		check(try_add(&dense, hashes[i]) == SK_OK && dense.bytes == bytes,
			  "a dense sketch is never full");
	check(memcmp(dense.bytes + DENSE_BODY, ref.registers,
				 (size_t) 1 << precision) == 0,
		  "dense from the start, p=%d n=%zu", precision, n);
	free_buffer(&dense);
	free_reference(&ref);
}

/*
 * Every size up to a limit; then where tables grow, where dense begins,
 * beyond.
 */
static void
test_sizes(int precision, size_t every, uint64_t seed)
{
	static const size_t growth[] = {12, 24, 48, 108, 216, 444, 888, 1800};
	size_t		m = (size_t) 1 << precision,
				limit = max_tokens(precision);
	uint64_t   *hashes = random_hashes(20 * m + 2000, seed);

	for (size_t n = 0; n <= every; n++)
		check_building(hashes, n, precision, "size");
	for (size_t i = 0; i < 8; i++)
		for (size_t n = growth[i] - 1; n <= growth[i] + 2; n++)
			if (n > every && (precision < 14 || i < 2))
				check_building(hashes, n, precision, "growth");
	for (size_t n = limit - 1; n <= limit + 2; n += precision > 16 ? 2 : 1)
		check_building(hashes, n, precision, "limit");
	check_dense_from_start(hashes, limit + 9, precision);
	if (precision <= 15)
		for (size_t tenths = 3; tenths <= 200; tenths = tenths * 2 + 1)
			check_building(hashes, m * tenths / 10, precision, "dense");
	free(hashes);
}

/* --- crafted hashes ------------------------------------------------------- */

/* Hashes that agree in their first bits, so that tables and registers clash. */
static void
test_equal_prefixes(int precision)
{
	static const uint64_t prefixes[] = {0, 1, 0x7FFF, 0xFFFF};

	for (size_t i = 0; i < 4; i++)
		for (int shift = 20; shift <= 40; shift += 10)
		{
			uint64_t	hashes[1500],
						seed = i;

			for (int j = 0; j < 1500; j++)
				hashes[j] = prefixes[i] << 48 | next_random(&seed) >> shift;
			check_building(hashes, 9, precision, "equal prefix");
			check_building(hashes, 1500, precision, "equal prefix");
		}
}

static void
test_extreme_hashes(int precision)
{
	static const uint64_t extremes[] = {
		0, UINT64_MAX, 1, UINT64_MAX - 1, UINT64_C(1) << 63, UINT64_MAX >> 1,
		UINT64_C(1) << 38, UINT64_C(1) << 37, (UINT64_C(1) << 38) - 1,
		~((UINT64_C(1) << 38) - 1), ~((UINT64_C(1) << 37) - 1), 0, UINT64_MAX
	};

	for (size_t first = 0; first < 13; first++)
		for (size_t n = 0; first + n <= 13; n++)
			check_building(extremes + first, n, precision, "extremes");
}

/* Values that are added again change nothing. */
static void
test_duplicates(int precision, size_t distinct)
{
	uint64_t   *hashes = random_hashes(distinct, 77);
	uint64_t   *repeated = malloc(5 * distinct * sizeof(*repeated));
	uint64_t	seed = 5;

	memcpy(repeated, hashes, distinct * sizeof(*hashes));
	for (size_t i = distinct; i < 5 * distinct; i++)
		repeated[i] = hashes[random_below(&seed, (uint32_t) distinct)];
	check_building(repeated, 5 * distinct, precision, "duplicates");
	free(hashes);
	free(repeated);
}

/* Tokens of few and of very many zeros: their probabilities span 64 bits. */
static void
test_rare_tokens(int precision)
{
	uint64_t	seed = 3,
				hashes[600];

	for (int i = 0; i < 600; i++)
		hashes[i] = (next_random(&seed) & ~((UINT64_C(1) << 38) - 1)) |
			UINT64_C(1) << random_below(&seed, 38);
	for (size_t n = 2; n <= 600; n = n * 3 / 2)
		check_building(hashes, n, precision, "rare tokens");
}

/*
 * Fills the registers from `first` on with levels up to `last`, `depth` each.
 */
static size_t
fill_registers(uint64_t *hashes, int precision, size_t first, int depth)
{
	size_t		n = 0;

	for (size_t i = first; i < (size_t) 1 << precision; i++)
		for (int below = 0; below < depth; below++)
			hashes[n++] = hash_of_level(precision, i, 65 - precision - below);
	return n;
}

/* The estimate is infinite only if no register could have seen more. */
static void
test_saturation(int precision)
{
	uint64_t   *hashes = malloc((3 * sizeof(*hashes)) << precision);
	size_t		n;

	for (int depth = 1; depth <= 3; depth++)
	{
		buffer		b;

		n = fill_registers(hashes, precision, 0, depth);
		check_building(hashes, n, precision, "highest levels");
		b = sketch_of(hashes, n, precision);
		check(isinf(estimate_of(b).count) == (depth == 3),
			  "p=%d, %d levels of each register", precision, depth);
		free_buffer(&b);
	}
	check_building(hashes, n - 1, precision, "all but one cell");
	n = fill_registers(hashes, precision, 1, 3);
	check_building(hashes, n, precision, "all but one register");
	free(hashes);
}

/* Around a quarter of empty registers, the limit for the bitmap. */
static void
test_bitmap(int precision)
{
	size_t		m = (size_t) 1 << precision;
	uint64_t   *hashes = malloc(m * sizeof(*hashes));

	for (size_t zeros = m / 4 - 1; zeros <= m / 4 + 1; zeros++)
	{
		buffer		b,
					bytes;

		for (size_t i = 0; i < m; i++)
			hashes[i] = hash_of_level(precision, m - 1 - i, 1 + (int) (i % 7));
		b = sketch_of(hashes, m - zeros, precision);
		bytes = packed(b);
		check_building(hashes, m - zeros, precision, "bitmap");
		check((bytes.bytes[3] >= 128) == (zeros > m / 4),
			  "p=%d, bitmap with %zu empty registers", precision, zeros);
		free_buffer(&b);
		free_buffer(&bytes);
	}
	free(hashes);
}

/* Gives register `index` the value number v of those with levels 3 and up. */
static size_t
hashes_of_value(uint64_t *hashes, int precision, size_t index, int v)
{
	int			level = 3 + v / 4;
	size_t		n = 0;

	hashes[n++] = hash_of_level(precision, index, level);
	if (v & 2)
		hashes[n++] = hash_of_level(precision, index, level - 1);
	if (v & 1)
		hashes[n++] = hash_of_level(precision, index, level - 2);
	return n;
}

/* Registers of `nvalues` different values, equally many of each or not. */
static void
test_dictionary(int precision, int nvalues, bool skewed)
{
	size_t		m = (size_t) 1 << precision,
				n = 0;
	uint64_t   *hashes = malloc(3 * m * sizeof(*hashes));
	buffer		b,
				bytes;

	for (size_t i = 0; i < m; i++)
	{
		int			v = (int) (i % (size_t) nvalues);

		if (skewed && i >= (size_t) nvalues)
			v = v * v / nvalues;
		n += hashes_of_value(hashes + n, precision, i, v);
	}
	check_building(hashes, n, precision, skewed ? "skewed" : "dictionary");
	b = sketch_of(hashes, n, precision);
	bytes = packed(b);
	check((bytes.bytes[3] & 127) == (nvalues < 30 ? nvalues : 30),
		  "p=%d, %d values, %d in dictionary", precision, nvalues,
		  bytes.bytes[3] & 127);
	free_buffer(&b);
	free_buffer(&bytes);
	free(hashes);
}

/* --- unions --------------------------------------------------------------- */

/* Three overlapping lists of values, and their sketches in two layouts. */
typedef struct parts
{
	uint64_t   *hashes;			/* of all, in one run */
	size_t		first[3],
				n[3];
	int			precision[3];
	buffer		working[3],
				bytes[3];
	int			lowest;			/* precision of those with values, if any */
	size_t		total;
} parts;

static parts
new_parts(const int *precisions, const size_t *sizes, uint64_t seed)
{
	parts		a = {.lowest = SK_HLL_MAX_PRECISION};

	for (int i = 0; i < 3; i++)
	{
		a.first[i] = a.total - (i > 0 ? (sizes[i] < sizes[i - 1] ? sizes[i] :
										 sizes[i - 1]) / 2 : 0);
		a.n[i] = sizes[i];
		a.total = a.first[i] + a.n[i] > a.total ? a.first[i] + a.n[i] : a.total;
		a.precision[i] = precisions[i];
	}
	for (int i = 0; i < 3; i++)
		if ((sizes[i] > 0 || a.total == 0) && precisions[i] < a.lowest)
			a.lowest = precisions[i];
	a.hashes = random_hashes(a.total, seed);
	for (int i = 0; i < 3; i++)
	{
		a.working[i] = sketch_of(a.hashes + a.first[i], a.n[i], a.precision[i]);
		a.bytes[i] = packed(a.working[i]);
	}
	return a;
}

static void
free_parts(parts *a)
{
	for (int i = 0; i < 3; i++)
	{
		free_buffer(&a->working[i]);
		free_buffer(&a->bytes[i]);
	}
	free(a->hashes);
}

/* A new working sketch of both, first a, then b. */
static buffer
union_of(buffer a, buffer b)
{
	buffer		u = new_sketch(a.bytes[2]);

	merge_into(&u, a);
	merge_into(&u, b);
	return u;
}

/* As a scalar function makes it: b is merged into a, which is packed. */
static buffer
scalar_union_of(buffer a, buffer b)
{
	buffer		u = copy_bytes(a.bytes, a.nbytes);

	merge_into(&u, b);
	return u;
}

/* As an aggregate makes it: the first sketch is merged into none. */
static buffer
aggregate_union_of(buffer a, buffer b)
{
	buffer		u = {NULL, 0};

	merge_into(&u, a);
	merge_into(&u, b);
	return u;
}

static void
check_union(buffer u, buffer want, const char *what, int which)
{
	buffer		got = packed(u);

	check(same_bytes(got, want), "%s of parts in order %d", what, which);
	free_buffer(&got);
	free_buffer(&u);
}

/* Left to right and right to left, of working and packed operands mixed. */
static void
check_orders(const parts *a, buffer want)
{
	static const int orders[6][3] = {
		{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}
	};

	for (int i = 0; i < 12; i++)
	{
		const int  *o = orders[i % 6];
		buffer		x = i < 6 ? a->bytes[o[0]] : a->working[o[0]],
					y = i % 2 ? a->bytes[o[1]] : a->working[o[1]],
					z = i % 3 ? a->bytes[o[2]] : a->working[o[2]],
					xy = union_of(x, y),
					yz = union_of(y, z);

		check_union(union_of(xy, z), want, "(x + y) + z", i);
		check_union(union_of(x, yz), want, "x + (y + z)", i);
		check_union(scalar_union_of(a->bytes[o[0]], yz), want, "x + yz", i);
		check_union(aggregate_union_of(yz, x), want, "none + yz + x", i);
		check_union(aggregate_union_of(x, yz), want, "none + x + yz", i);
		merge_into(&xy, z);
		merge_into(&xy, y);
		check_union(xy, want, "x + y + z, in place,", i);
		free_buffer(&yz);
	}
}

/* With itself, working and packed, a sketch stays as it is. */
static void
check_idempotent(const parts *a)
{
	for (int i = 0; i < 3; i++)
	{
		check_union(union_of(a->bytes[i], a->bytes[i]), a->bytes[i], "x + x", i);
		check_union(union_of(a->working[i], a->bytes[i]), a->bytes[i],
					"x + packed x", i);
	}
}

static void
test_union(const int *precisions, const size_t *sizes, uint64_t seed)
{
	parts		a = new_parts(precisions, sizes, seed);
	reference	ref = new_reference(a.hashes, a.total, a.lowest);
	buffer		want = reference_packed(&ref);

	check_orders(&a, want);
	check_idempotent(&a);
	free_buffer(&want);
	free_reference(&ref);
	free_parts(&a);
}

/* Random precisions, and sizes on both sides of where sparse ends. */
static void
test_random_unions(int rounds)
{
	uint64_t	seed = 11;

	for (int round = 0; round < rounds; round++)
	{
		int			precisions[3];
		size_t		sizes[3];

		precisions[0] = 4 + (int) random_below(&seed, 9);
		for (int i = 0; i < 3; i++)
		{
			precisions[i] = round % 2 ? precisions[0] :
				4 + (int) random_below(&seed, 9);
			sizes[i] = random_below(&seed, 1 + (uint32_t)
									(max_tokens(precisions[i]) << random_below(&seed, 5)));
		}
		test_union(precisions, sizes, 1000 + (uint64_t) round);
	}
}

/*
 * A sketch and one of lower precision that holds some of the same values: as
 * long as all of them fit the lower one, the union must stay sparse. The table
 * may have grown for more than it holds before.
 */
static void
test_subset_of_lower_precision(int precision, int lower, size_t n, size_t shared)
{
	uint64_t   *hashes = random_hashes(n, 21);
	reference	ref = new_reference(hashes, n, lower);
	buffer		want = reference_packed(&ref);
	buffer		b = sketch_of(hashes, n / 2, precision);
	buffer		most = sketch_of(hashes, n, precision);
	buffer		some = sketch_of(hashes, shared, lower);

	merge_into(&b, most);
	merge_into(&b, some);
	check_union(b, want, "subset of lower precision", precision * 100 + lower);
	free_buffer(&want);
	free_buffer(&most);
	free_buffer(&some);
	free_reference(&ref);
	free(hashes);
}

static void
test_subsets_of_lower_precision(void)
{
	for (int precision = 5; precision <= 14; precision++)
		for (int lower = 4; lower < precision; lower++)
			for (size_t n = 1; n <= max_tokens(lower) + 1; n = n * 9 / 8 + 1)
			{
				test_subset_of_lower_precision(precision, lower, n, n);
				test_subset_of_lower_precision(precision, lower, n, n / 2 + 1);
			}
	test_subset_of_lower_precision(13, 12, 894, 500);
	test_subset_of_lower_precision(13, 12, 896, 896);
}

/* --- hostile hashes ------------------------------------------------------- */

/* The slots that were searched on average to find a token of a table again. */
static double
mean_search(buffer table)
{
	sk_hll		s = opened(table);
	uint32_t	nslots = sk_hll_nslots(table.nbytes);
	double		sum = 0,
				n = 0;

	for (uint32_t i = 0; i < nslots; i++)
		if (sk_hll_slot(&s, i) != SK_HLL_NO_TOKEN)
		{
			sum += (i + nslots - sk_hll_home(sk_hll_slot(&s, i), nslots)) % nslots;
			n++;
		}
	return sum / n;
}

/* At 7/8 of the slots, the longest mean search of linear probing is 4 slots. */
static void
check_searches(buffer table, const char *what)
{
	check(mean_search(table) < 8, "%s: %g slots searched", what,
		  mean_search(table));
}

/*
 * Hashes that share leading bits, and tokens with indexes in a row, need no longer
 * searches than others; nor does a table that is merged into another one in order
 * of its slots, whether there is room for both or not.
 */
static void
test_searches(int shared, bool in_a_row, size_t n, const char *what)
{
	uint64_t	seed = 3;
	buffer		table[2] = {new_sketch(18), new_sketch(18)},
				all = {NULL, 0};

	for (size_t i = 0; i < 2 * n; i++)
		add_hash(&table[i % 2], in_a_row ? (uint64_t) i << 38 | 1 :
				 next_random(&seed) >> shared);
	for (int i = 0; i < 2; i++)
	{
		check_searches(table[i], what);
		merge_into(&all, table[i]);
	}
	if (sk_hll_open(&(sk_hll) {0}, all.bytes, all.nbytes) == SK_OK &&
		all.bytes[1] == SK_HLL_WORKING_SPARSE)
		check_searches(all, what);
	free_buffer(&all);
	free_buffer(&table[0]);
	free_buffer(&table[1]);
}

/* Two packed sparse sketches are merged as lists, as they are by way of a table,
 * and stay packed unless one of them is much smaller. */
static void
test_streams(size_t na, size_t nb, size_t common, int precision)
{
	uint64_t   *hashes = random_hashes(na + nb, na + nb);
	buffer		a = sketch_of(hashes, na, precision),
				b = sketch_of(hashes + na - common, nb, 13),
				pa = packed(a),
				pb = packed(b),
				want = union_of(a, b),
				packed_want = packed(want),
				got = copy_bytes(pa.bytes, pa.nbytes);

	merge_into(&got, pb);
	check(opened(packed_want).layout != SK_HLL_PACKED_SPARSE ||
		  (opened(got).layout == SK_HLL_PACKED_SPARSE) == (nb >= na / 4),
		  "%zu and %zu tokens as lists", na, nb);
	check_union(got, packed_want, "lists", (int) common);
	free_buffer(&a);
	free_buffer(&b);
	free_buffer(&pa);
	free_buffer(&pb);
	free_buffer(&want);
	free_buffer(&packed_want);
	free(hashes);
}

static void
test_hostile(void)
{
	test_searches(0, false, 20000, "random hashes");
	test_searches(6, false, 20000, "hashes that share six bits");
	test_searches(20, false, 20000, "hashes that share twenty bits");
	test_searches(0, true, 20000, "indexes in a row");
	test_searches(0, false, 27500, "two tables that nearly fill one");
	test_searches(0, false, 40000, "two tables that fill one");
	for (int precision = 12; precision <= 14; precision++)
	{
		test_streams(1, 1, 0, precision);
		test_streams(1, 1, 1, precision);
		test_streams(500, 300, 100, precision);
		test_streams(500, 125, 125, precision);
		test_streams(500, 124, 0, precision);
		test_streams(700, 800, 0, precision);
		test_streams(896, 896, 0, precision);
		test_streams(897, 896, 0, precision);
		test_streams(890, 1700, 300, precision);
	}
}

/* --- empty sketches ------------------------------------------------------- */

/* Merged into an empty sketch, or one into it, a sketch stays what it is. */
static void
check_neutral(buffer empty, buffer b, buffer want)
{
	int			p = empty.bytes[2];

	check_union(union_of(empty, b), want, "an empty one and a sketch", p);
	check_union(union_of(b, empty), want, "a sketch and an empty one", p);
	check_union(scalar_union_of(want, empty), want, "packed and an empty one", p);
	check_union(aggregate_union_of(b, empty), want, "none, a sketch, empty", p);
	check_union(aggregate_union_of(empty, b), want, "none, empty, a sketch", p);
}

static void
test_neutral(int precision, size_t n)
{
	uint64_t   *hashes = random_hashes(n, n);
	buffer		b = sketch_of(hashes, n, precision);
	buffer		bytes = packed(b);

	for (int p = SK_HLL_MIN_PRECISION; p <= SK_HLL_MAX_PRECISION; p++)
	{
		buffer		empty = new_sketch(p),
					roomy = buffer_of(sk_hll_empty_roomy(p, &test_env)),
					stored = packed(empty);

		check_neutral(empty, b, bytes);
		check_neutral(roomy, b, bytes);
		check_neutral(stored, b, bytes);
		check_neutral(stored, bytes, bytes);
		check_union(scalar_union_of(stored, bytes), bytes, "packed", p);
		free_buffer(&empty);
		free_buffer(&roomy);
		free_buffer(&stored);
	}
	free_buffer(&b);
	free_buffer(&bytes);
	free(hashes);
}

/* Of two empty sketches the lower precision holds, in either order. */
static void
test_two_empty(int low, int high)
{
	buffer		a = new_sketch(low),
				b = new_sketch(high),
				want = packed(a),
				other = packed(b);

	check_neutral(b, a, want);
	check_neutral(other, a, want);
	check_neutral(other, want, want);
	check_union(scalar_union_of(other, a), want, "two empty ones", high);
	free_buffer(&a);
	free_buffer(&b);
	free_buffer(&want);
	free_buffer(&other);
}

/* An empty sketch is folded to any precision, another one only to a lower. */
static void
test_raising(void)
{
	uint64_t	hash = 1;
	buffer		empty = new_sketch(4),
				one = sketch_of(&hash, 1, 4),
				raised = folded(empty, 20);
	sk_hll		s = opened(one);
	sk_value	v;

	check(opened(raised).precision == 20, "an empty one at another precision");
	check(sk_hll_fold(&v, &s, 5, &test_env) == SK_PRECISION, "one value raised");
	free_buffer(&empty);
	free_buffer(&one);
	free_buffer(&raised);
}

static void
test_empty(void)
{
	test_neutral(13, 1);
	test_neutral(4, 2);
	test_neutral(9, 100);
	test_neutral(13, 1000);
	test_neutral(10, 5000);
	test_two_empty(4, 5);
	test_two_empty(4, 20);
	test_two_empty(13, 14);
	test_two_empty(12, 12);
	test_raising();
}

/* --- lower precision ------------------------------------------------------ */

/* From one precision to every lower one, straight and by steps. */
static void
test_lowering(int precision, size_t n, uint64_t seed)
{
	uint64_t   *hashes = random_hashes(n, seed);
	buffer		b = sketch_of(hashes, n, precision);
	buffer		bytes = packed(b);
	buffer		step = folded(b, precision);

	for (int p = precision; p >= SK_HLL_MIN_PRECISION; p--)
	{
		reference	ref = new_reference(hashes, n, p);
		buffer		from_working = folded(b, p),
					from_packed = folded(bytes, p),
					next = folded(step, p);

		check_sketch(from_working, &ref, "lowered");
		check_sketch(from_packed, &ref, "lowered from packed");
		check_sketch(next, &ref, "lowered by steps");
		free_buffer(&step);
		step = next;
		free_buffer(&from_working);
		free_buffer(&from_packed);
		free_reference(&ref);
	}
	free_buffer(&b);
	free_buffer(&bytes);
	free_buffer(&step);
	free(hashes);
}

/* Lowering the union is the union of the lowered. */
static void
test_lowered_union(int precision, size_t n, uint64_t seed)
{
	uint64_t   *hashes = random_hashes(2 * n, seed);
	buffer		a = sketch_of(hashes, n, precision),
				b = sketch_of(hashes + n / 2, n, precision),
				both = union_of(a, b);

	for (int p = SK_HLL_MIN_PRECISION; p < precision; p++)
	{
		buffer		low_a = folded(a, p),
					low_b = folded(b, p),
					low_both = folded(both, p),
					want = packed(low_both);

		check_union(union_of(low_a, low_b), want, "union of lowered", p);
		check_union(union_of(a, low_b), want, "union with lowered", p);
		free_buffer(&low_a);
		free_buffer(&low_b);
		free_buffer(&low_both);
		free_buffer(&want);
	}
	free_buffer(&a);
	free_buffer(&b);
	free_buffer(&both);
	free(hashes);
}

/* Every register with random levels, the highest ones too. */
static void
test_lowering_extremes(int precision)
{
	size_t		n = (size_t) 3 << precision;
	uint64_t   *hashes = malloc(n * sizeof(*hashes));
	uint64_t	seed = 99;

	for (size_t i = 0; i < n; i++)
		hashes[i] = hash_of_level(precision, random_below(&seed, 1u << precision),
								  1 + (int) random_below(&seed, (uint32_t) (65 - precision)));
	for (int p = SK_HLL_MIN_PRECISION; p <= precision; p++)
	{
		reference	ref = new_reference(hashes, n, p);
		buffer		b = sketch_of(hashes, n, precision),
					low = folded(b, p);

		check_sketch(low, &ref, "lowered extremes");
		free_buffer(&b);
		free_buffer(&low);
		free_reference(&ref);
	}
	free(hashes);
}

/* --- the error that a sketch states --------------------------------------- */

static void
test_stated_error(int precision, double x)
{
	size_t		n = (size_t) ldexp(x, precision);
	double		want = theoretical_error(precision, (double) n);

	for (uint64_t seed = 0; seed < 5; seed++)
	{
		uint64_t   *hashes = random_hashes(n, 500 + seed);
		buffer		b = sketch_of(hashes, n, precision);
		sk_hll_estimate e = estimate_of(b);

		check(fabs(e.relative_error / want - 1) < 0.1,
			  "p=%d n=%zu states %.5f, theory %.5f", precision, n,
			  e.relative_error, want);
		check(fabs(e.count / (double) n - 1) < 5 * want,
			  "p=%d n=%zu estimated as %g", precision, n, e.count);
		free_buffer(&b);
		free(hashes);
	}
}

/* --- golden vectors ------------------------------------------------------- */

/*
 * The bytes of the first n hashes of the splitmix64 sequence that starts at
 * `seed`. Sketches like these are stored in tables: the bytes must never change
 * under format version 1.
 */
typedef struct golden
{
	int			precision;
	size_t		n;
	uint64_t	seed;
	const char *hex;
} golden;

static const golden golden_sketches[] = {
	{13, 0, 0,
	"81000d0000"},
	{13, 1, 0,
	"81000d0001a082880d"},
	{13, 2, 1,
	"81000d0002b728447f85b73c"},
	{13, 10, 2,
	"81000d000ae25100ceaf8ffd3d96bfe91b8ec49276b1ae1498fc2eca4d4a3c2a"
	"04c7fcfb06"},
	{20, 12, 3,
	"810014000c939d0ab063aa756325fa4cdd36d9a335afe37cf1d3fee6e601bef7"
	"021f4e3bc6002ef479f89203"},
	{4, 3, 4,
	"81000400038dcfb9daecb5b21622fa"},
	{4, 4, 5,
	"81010483000000000c141c4a100021"},
	{4, 20, 6,
	"81010485000000000c1514171acb6b0004110032"},
	{4, 1000000, 7,
	"8101040a000000004b4f5260474e5051545c6851930070102234"},
	{5, 40, 8,
	"8101050b000000000c001c1012141517181924084219351371040a6100020201"
	"211340"},
	{6, 15, 9,
	"81010686000000000c1015181c2080e00100200a05c0011500012430"},
	{7, 100, 10,
	"8101078b000000000c101214161720151a242c739e4b58383df6b21a27e27590"
	"ea791a081101102230210030553601100301230321310341920a007224162000"
	"30001401"},
	{8, 57, 11,
	"81010888000000000c1014181c161e2c0400802200260c402a80815088201200"
	"022101109b0880808552091000533c0101101001002302203201042010200171"
	"1010130031110645010004"},
	{8, 300, 12,
	"81010890010000000c1210141518161c1917201a1e21243863b34e10adee6bfb"
	"5d7ffefb4efb2f5d35d03ee27ff5d757f5c7f53eeab9a3dd4311001130a22641"
	"00110121110239115238e00072368254b20030403117210026001a430010252d"
	"48005050104001130014022612000034106000012230233515203025f0090044"
	"72002000c027712250332500"},
	{8, 10000, 13,
	"81010819130000001f231b2c2527282b2130262924222a1d2e3417311c202d2f"
	"32112064f005220023f111001ba911c9f4410f11698ad0f02068f04002703917"
	"00131041b132f100a310242450cf20160b00c6089001510f4019d1dff1111f51"
	"f2101852221073f1027e512273f9010c5807851077b7000a2009049eea1e0b0b"
	"053a2c3f0cd106f5721152106a142e14f3211368438341b011ba160cf1612816"
	"d302442571030206918301"}
};

/* The same for larger ones, by length and FNV-1a digest. */
typedef struct golden_digest
{
	int			precision;
	size_t		n;
	uint64_t	seed;
	size_t		nbytes;
	uint64_t	digest;
} golden_digest;

static const golden_digest golden_digests[] = {
	{13, 1792, 14, 4198, UINT64_C(0x738CBE2A8647D177)},
	{13, 1793, 15, 1856, UINT64_C(0x45663E83A8379D96)},
	{13, 10000, 16, 3996, UINT64_C(0x9C30B65F014329E3)},
	{13, 1000000, 17, 4536, UINT64_C(0xD4384CB7517F6872)},
	{20, 300000, 18, 262207, UINT64_C(0xCB5089EB08541CBA)}
};

static buffer
packed_sequence(int precision, size_t n, uint64_t seed)
{
	buffer		b = new_sketch(precision);
	buffer		bytes;

	for (size_t i = 0; i < n; i++)
		add_hash(&b, next_random(&seed));
	bytes = packed(b);
	free_buffer(&b);
	return bytes;
}

static void
test_golden_digest(const golden_digest *g)
{
	buffer		bytes = packed_sequence(g->precision, g->n, g->seed);
	uint64_t	digest = UINT64_C(0xCBF29CE484222325);

	for (size_t i = 0; i < bytes.nbytes; i++)
		digest = (digest ^ bytes.bytes[i]) * UINT64_C(0x100000001B3);
	check(bytes.nbytes == g->nbytes && digest == g->digest,
		  "golden digest p=%d n=%zu", g->precision, g->n);
	free_buffer(&bytes);
}

static void
test_golden(const golden *g)
{
	buffer		bytes = packed_sequence(g->precision, g->n, g->seed);
	bool		same = strlen(g->hex) == 2 * bytes.nbytes;
	for (size_t i = 0; same && i < bytes.nbytes; i++)
	{
		char		digits[3];

		snprintf(digits, sizeof(digits), "%02x", bytes.bytes[i]);
		same = memcmp(digits, g->hex + 2 * i, 2) == 0;
	}
	check(same, "golden sketch p=%d n=%zu", g->precision, g->n);
	free_buffer(&bytes);
}

/* --- all of it ------------------------------------------------------------ */

static void
test_crafted(int precision)
{
	test_equal_prefixes(precision);
	test_extreme_hashes(precision);
	test_duplicates(precision, 3);
	test_duplicates(precision, 90);
	test_duplicates(precision, max_tokens(precision));
	test_rare_tokens(precision);
	test_saturation(precision);
	test_bitmap(precision);
}

static void
test_dictionaries(void)
{
	static const int nvalues[] = {
		1, 2, 13, 14, 15, 16, 17, 28, 29, 30, 31, 32, 33, 45, 60, 100, 200
	};

	for (size_t i = 0; i < sizeof(nvalues) / sizeof(nvalues[0]); i++)
	{
		test_dictionary(8, nvalues[i], false);
		test_dictionary(9, nvalues[i], false);
		test_dictionary(9, nvalues[i], true);
		if (nvalues[i] <= 16)
			test_dictionary(4, nvalues[i], false);
	}
}

static void
test_all_lowering(void)
{
	for (int precision = 5; precision <= 13; precision++)
	{
		test_lowering(precision, 0, 1);
		test_lowering(precision, 3, 2);
		test_lowering(precision, max_tokens(precision), 3);
		test_lowering(precision, max_tokens(precision) + 1, 4);
		test_lowering(precision, (size_t) 3 << precision, 5);
		test_lowered_union(precision, 5, 6);
		test_lowered_union(precision, max_tokens(precision) * 2 / 3, 7);
		test_lowered_union(precision, (size_t) 2 << precision, 8);
	}
	for (int precision = 5; precision <= 12; precision++)
		test_lowering_extremes(precision);
	test_lowering(20, 1000, 9);
	test_lowering(20, 300000, 10);
}

int
main(void)
{
	static const size_t every[] = {150, 250, 120, 120, 80, 60, 40};

	for (int precision = 4; precision <= 20; precision++)
		test_sizes(precision, precision < 11 ? every[precision - 4] : 3,
				   (uint64_t) precision);
	for (int precision = 4; precision <= 13; precision++)
		test_crafted(precision);
	test_extreme_hashes(20);
	test_rare_tokens(20);
	test_dictionaries();
	test_random_unions(300);
	test_subsets_of_lower_precision();
	test_empty();
	test_hostile();
	test_all_lowering();
	for (int precision = 10; precision <= 14; precision += 2)
		for (double x = 0.5; x <= 10; x *= 2)
			test_stated_error(precision, x);
	for (size_t i = 0; i < sizeof(golden_sketches) / sizeof(golden); i++)
		test_golden(&golden_sketches[i]);
	for (size_t i = 0; i < sizeof(golden_digests) / sizeof(golden_digest); i++)
		test_golden_digest(&golden_digests[i]);
	return check_done("hll");
}
