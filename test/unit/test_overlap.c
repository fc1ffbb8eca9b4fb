/*
 * test_overlap.c: the overlap of two sketches, compared with the likelihood
 * written out cell by cell, with sets of known overlap, and with what overlap.h
 * promises. Fixed seeds; statistical limits are at least five standard errors
 * wide.
 */
#include "check.h"
#include "hll_help.h"
#include "core/hll/overlap.h"

/* The parts of an overlap, in this order. */
enum
{
	A_ONLY,
	B_ONLY,
	BOTH
};

/* Two packed sketches that can be compared, and what they were made from. */
typedef struct pair
{
	buffer		a,
				b;
	sk_hll_estimate count_a,
				count_b;
	double		parts[3];		/* how many values each part really has */
} pair;

static void
free_pair(pair *p)
{
	free_buffer(&p->a);
	free_buffer(&p->b);
}

static pair
pair_of(buffer a, buffer b)
{
	pair		p = {.a = packed(a), .b = packed(b)};

	p.count_a = estimate_of(p.a);
	p.count_b = estimate_of(p.b);
	return p;
}

/* Sketches of random sets whose parts have these sizes. */
static pair
random_pair(int precision_a, int precision_b, const double *parts,
			uint64_t *seed)
{
	buffer		a = new_sketch(precision_a),
				b = new_sketch(precision_b);
	pair		p;

	for (int part = 0; part < 3; part++)
		for (double i = 0; i < parts[part]; i++)
		{
			uint64_t	hash = next_random(seed);

			if (part != B_ONLY)
				add_hash(&a, hash);
			if (part != A_ONLY)
				add_hash(&b, hash);
		}
	p = pair_of(a, b);
	memcpy(p.parts, parts, sizeof(p.parts));
	free_buffer(&a);
	free_buffer(&b);
	return p;
}

static sk_hll_overlap
overlap_of(const pair *p)
{
	sk_hll		a = opened(p->a),
				b = opened(p->b);
	sk_hll_overlap o;
	sk_status	status = sk_hll_overlap_of(&o, &a, &b, &p->count_a, &p->count_b);

	if (status != SK_OK)
		give_up("an overlap fails", (int) status);
	return o;
}

static sk_hll_interval
bounds_of(const pair *p, double confidence)
{
	sk_hll		a = opened(p->a),
				b = opened(p->b);
	sk_hll_interval i;
	sk_status	status = sk_hll_overlap_bounds(&i, &a, &b, &p->count_a,
											   &p->count_b, confidence);

	if (status != SK_OK)
		give_up("bounds fail", (int) status);
	return i;
}

/* --- what holds for any two sketches ------------------------------------ */

static bool
is_number(double x)
{
	return isfinite(x) && x >= 0;
}

static void
check_numbers(const sk_hll_overlap *o, const pair *p, const char *what)
{
	double		least = fmin(p->count_a.count, p->count_b.count);

	check(is_number(o->a_only) && is_number(o->b_only) && is_number(o->both),
		  "%s: parts %g %g %g", what, o->a_only, o->b_only, o->both);
	check(o->both <= least && o->a_only <= p->count_a.count &&
		  o->b_only <= p->count_b.count, "%s: %g|%g|%g of %g and %g", what,
		  o->a_only, o->both, o->b_only, p->count_a.count, p->count_b.count);
	check(o->all == o->a_only + o->b_only + o->both, "%s: all %g", what, o->all);
	check(o->jaccard >= 0 && o->jaccard <= 1, "%s: jaccard %g", what, o->jaccard);
	check(is_number(o->a_only_error) && is_number(o->b_only_error) &&
		  is_number(o->both_error) && is_number(o->all_error) &&
		  is_number(o->jaccard_error), "%s: errors %g %g %g %g %g", what,
		  o->a_only_error, o->b_only_error, o->both_error, o->all_error,
		  o->jaccard_error);
	check(o->both_error <= least && o->jaccard_error <= 1,
		  "%s: errors %g %g beyond any doubt", what, o->both_error,
		  o->jaccard_error);
}

static void
check_mirror(const sk_hll_overlap *o, const pair *p, const char *what)
{
	pair		mirrored = {p->b, p->a, p->count_b, p->count_a, {0}};
	sk_hll_overlap m = overlap_of(&mirrored);
	sk_hll_interval i = bounds_of(p, 0.9),
				j = bounds_of(&mirrored, 0.9);

	check(m.a_only == o->b_only && m.b_only == o->a_only && m.both == o->both &&
		  m.all == o->all && m.jaccard == o->jaccard &&
		  m.a_only_error == o->b_only_error &&
		  m.b_only_error == o->a_only_error && m.both_error == o->both_error &&
		  m.all_error == o->all_error && m.jaccard_error == o->jaccard_error,
		  "%s: %.17g %.17g %.17g mirrored %.17g %.17g %.17g", what, o->a_only,
		  o->b_only, o->both, m.a_only, m.b_only, m.both);
	check(i.estimate == j.estimate && i.lower == j.lower && i.upper == j.upper,
		  "%s: bounds are not mirrored", what);
}

static void
check_bounds(const sk_hll_overlap *o, const pair *p, const char *what)
{
	sk_hll_interval half = bounds_of(p, 0.5),
				most = bounds_of(p, 0.99);

	check(half.estimate == o->both && is_number(half.lower) &&
		  is_number(most.upper) && 0 <= most.lower && most.lower <= half.lower &&
		  half.lower <= half.estimate && half.estimate <= half.upper &&
		  half.upper <= most.upper, "%s: %g < %g < %g < %g < %g", what,
		  most.lower, half.lower, half.estimate, half.upper, most.upper);
}

static sk_hll_overlap
check_pair(const pair *p, const char *what)
{
	sk_hll_overlap o = overlap_of(p);

	check_numbers(&o, p, what);
	check_mirror(&o, p, what);
	check_bounds(&o, p, what);
	return o;
}

/* A sketch and itself. */
static void
check_equal(buffer bytes, const char *what)
{
	pair		p = pair_of(bytes, bytes);
	sk_hll_overlap o = check_pair(&p, what);

	check(o.a_only == 0 && o.b_only == 0 && o.both == fmin(p.count_a.count, 0x1p64) &&
		  o.jaccard == 1, "%s and itself: %g %g %.17g of %.17g, %g", what,
		  o.a_only, o.b_only, o.both, p.count_a.count, o.jaccard);
	free_pair(&p);
}

/* An empty sketch and any other one. */
static void
check_empty(buffer bytes, const char *what)
{
	buffer		none = new_sketch(bytes.bytes[2]);
	pair		p = pair_of(none, bytes);
	sk_hll_overlap o = check_pair(&p, what);
	bool		other = p.count_b.count > 0;

	check(o.a_only == 0 && o.both == 0 && o.b_only == fmin(p.count_b.count, 0x1p64) &&
		  o.jaccard == !other, "%s and nothing: %g %g %g, %g", what, o.a_only,
		  o.b_only, o.both, o.jaccard);
	free_pair(&p);
	free_buffer(&none);
}

static void
test_random_pairs(void)
{
	static const int precisions[] = {4, 5, 8, 11, 13};
	uint64_t	seed = 1;

	for (int i = 0; i < 300; i++)
	{
		int			precision = precisions[i % 5];
		double		parts[3];
		pair		p;
		char		what[80];

		for (int part = 0; part < 3; part++)
			parts[part] = random_below(&seed, 4) == 0 ? 0 :
				random_below(&seed, UINT32_C(1) << random_below(&seed, 16));
		p = random_pair(precision, precision, parts, &seed);
		snprintf(what, sizeof(what), "p=%d %g|%g|%g", precision, parts[A_ONLY],
				 parts[BOTH], parts[B_ONLY]);
		check_pair(&p, what);
		check_equal(p.a, what);
		check_empty(p.b, what);
		free_pair(&p);
	}
}

/* --- sparse sketches are exact ------------------------------------------ */

static void
test_sparse(void)
{
	uint64_t	seed = 2;

	for (int i = 0; i < 200; i++)
	{
		double		parts[3];
		pair		p;
		sk_hll_overlap o;

		for (int part = 0; part < 3; part++)
			parts[part] = random_below(&seed, UINT32_C(1) << random_below(&seed, 9));
		p = random_pair(12 + i % 3, 13, parts, &seed);
		o = check_pair(&p, "sparse");
		check(o.a_only == parts[A_ONLY] && o.b_only == parts[B_ONLY] &&
			  o.both == parts[BOTH], "sparse %g|%g|%g: %g|%g|%g", parts[A_ONLY],
			  parts[BOTH], parts[B_ONLY], o.a_only, o.both, o.b_only);
		free_pair(&p);
	}
}

/*
 * Large sparse sketches: of 150,000 and 150,000 values, 112 pairs share a token
 * by chance, n^2/(3*2^26), and the estimate takes them off again.
 */
static void
test_large_sparse(void)
{
	uint64_t	seed = 3;
	pair		p = random_pair(20, 20, (double[]) {149000, 149000, 1000}, &seed);
	sk_hll_overlap o = check_pair(&p, "large sparse");

	check(fabs(o.both - 1000) < 5 * o.both_error && o.both_error < 12 &&
		  o.both_error > 8, "both %g +- %g of 1000", o.both, o.both_error);
	check(o.a_only + o.both == p.count_a.count &&
		  o.b_only + o.both == p.count_b.count, "parts do not add up");
	free_pair(&p);
}

/* --- the likelihood, written out ---------------------------------------- */

/* What a register shows of a level: 1 hit, 0 missed, -1 nothing. */
static int
word_of(uint8_t r, int level)
{
	int			k = r / 4 - 2;

	if (r == 0 || level > k)
		return 0;
	return level < k - 2 ? -1 : level == k ? 1 : r >> (level - k + 2) & 1;
}

/* Share of the values of one register that have this level. */
static double
share_of(int level, int precision)
{
	int			last = 65 - precision;

	return ldexp(1, level < last ? -level : 1 - last);
}

/*
 * Logarithm of the probability of one cell, which rates a, b and x times w
 * hit.
 */
static double
log_of_cell(int in_a, int in_b, double a, double b, double x)
{
	double		both = -expm1(-x) + exp(-x) * expm1(-a) * expm1(-b);

	if (in_a < 0)
		return in_b < 0 ? 0 : in_b ? log(-expm1(-b - x)) : -b - x;
	if (in_b < 0)
		return in_a ? log(-expm1(-a - x)) : -a - x;
	if (in_a && in_b)
		return log(both);
	if (!in_a && !in_b)
		return -a - b - x;
	return in_a ? log(-expm1(-a)) - b - x : log(-expm1(-b)) - a - x;
}

/* Of two working dense sketches, or of the tokens of a sparse one and these. */
typedef struct evidence
{
	const uint8_t *a,
			   *b;				/* registers; a is NULL where there are tokens */
	const uint64_t *hashes;
	size_t		nhashes;
	int			precision;
} evidence;

static double
log_of_pairs(const evidence *e, const double *rate)
{
	double		sum = 0;
	double		m = ldexp(1, e->precision);

	for (size_t i = 0; i < (size_t) m; i++)
		for (int level = 1; level <= 65 - e->precision; level++)
		{
			double		w = share_of(level, e->precision) / m;

			sum += log_of_cell(word_of(e->a[i], level), word_of(e->b[i], level),
							   rate[A_ONLY] * w, rate[B_ONLY] * w,
							   rate[BOTH] * w);
		}
	return sum;
}

/* How many of the hashes hit this register and level. */
static int
hits_of(const evidence *e, size_t i, int level)
{
	int			n = 0;
	int			rest = 64 - e->precision;

	for (size_t h = 0; h < e->nhashes; h++)
		n += e->hashes[h] >> rest == i &&
			(int) sk_clz64(e->hashes[h] << e->precision | UINT64_C(1) << (e->precision - 1)) + 1 ==
			level;
	return n;
}

/* Each hash was seen by B with probability both / (a_only + both). */
static double
log_of_hashes(const evidence *e, const double *rate)
{
	double		sum = 0;
	double		m = ldexp(1, e->precision);
	double		unseen = rate[A_ONLY] / (rate[A_ONLY] + rate[BOTH]);

	for (size_t i = 0; i < (size_t) m; i++)
		for (int level = 1; level <= 65 - e->precision; level++)
		{
			int			word = word_of(e->b[i], level);
			double		missed = exp(-rate[B_ONLY] * share_of(level, e->precision) / m);

			if (word >= 0)
				missed *= pow(unseen, hits_of(e, i, level));
			if (word >= 0)
				sum += word ? log1p(-missed) : log(missed);
		}
	return sum;
}

static double
log_likelihood(const evidence *e, const double *rate)
{
	return e->a == NULL ? log_of_hashes(e, rate) : log_of_pairs(e, rate);
}

/*
 * Rates with a finite likelihood: none is 0, and for a sparse sketch a_only and
 * both add up to its values.
 */
static void
make_rates(double *rate, const evidence *e, const double *parts)
{
	for (int part = 0; part < 3; part++)
		rate[part] = fmax(parts[part], 1e-3);
	if (e->a == NULL)
	{
		rate[BOTH] = fmin(rate[BOTH], (double) e->nhashes - 1e-3);
		rate[A_ONLY] = (double) e->nhashes - rate[BOTH];
	}
}

/* The likeliest rate of a part, from which the bias of set sizes was taken. */
static double
rate_of(const evidence *e, double part, double set)
{
	double		m = ldexp(1, e->precision);
	double		x = set / m / 5;

	return part * (1 + (0.25 + 0.2315 * x / pow(1 + pow(x, 4), 0.25)) / m);
}

/*
 * No rates near by are more likely than the estimated ones: a tenth of an error
 * away the likelihood has fallen by 1/200, and the estimate is well within that.
 * None in both may be less likely, but not clearly so.
 * Nor are the true numbers.
 */
static void
check_top(const evidence *e, const pair *p, const char *what)
{
	sk_hll_overlap o = overlap_of(p);
	double		parts[3] = {
		rate_of(e, o.a_only, o.a_only + o.both),
		rate_of(e, o.b_only, o.b_only + o.both),
		rate_of(e, o.both, fmax(o.a_only, o.b_only) + o.both)
	};
	double		error[3] = {o.a_only_error, o.b_only_error, o.both_error};
	double		rate[3];
	double		top;

	make_rates(rate, e, p->parts);
	top = log_likelihood(e, rate);
	if (e->a == NULL)
		parts[BOTH] = o.both;
	make_rates(rate, e, parts);
	check(isfinite(top) && log_likelihood(e, rate) > top - 1e-6,
		  "%s: the truth is more likely", what);
	top = log_likelihood(e, rate);
	for (int way = 0; way < 27; way++)
	{
		double		near[3];

		for (int part = 0; part < 3; part++)
			near[part] = rate[part] + error[part] / 10 *
				(way / (int[]) {1, 3, 9}[part] % 3 - 1);
		make_rates(near, e, near);
		check(log_likelihood(e, near) <= top + (o.both > 0 ? 1e-6 : 1),
			  "%s: %g|%g|%g are less likely than %g|%g|%g", what, rate[A_ONLY],
			  rate[BOTH], rate[B_ONLY], near[A_ONLY], near[BOTH], near[B_ONLY]);
	}
}

static buffer
dense_of(const uint64_t *hashes, size_t n, int precision)
{
	buffer		b = new_dense(precision);

	for (size_t i = 0; i < n; i++)
		add_hash(&b, hashes[i]);
	return b;
}

/*
 * Of na values of A and nb of B, the last ones of A and first ones of B in
 * both.
 */
static void
test_top(int precision, size_t na, size_t nb, size_t both, bool a_sparse,
		 uint64_t seed)
{
	size_t		n = na + nb - both;
	uint64_t   *hashes = malloc(8 * n);
	buffer		a,
				b;
	evidence	e = {.nhashes = na, .precision = precision};
	pair		p;
	char		what[80];

	for (size_t i = 0; i < n; i++)
		hashes[i] = next_random(&seed);
	a = a_sparse ? sketch_of(hashes, na, precision) : dense_of(hashes, na, precision);
	b = dense_of(hashes + na - both, nb, precision);
	p = pair_of(a, b);
	p.parts[A_ONLY] = (double) (na - both);
	p.parts[B_ONLY] = (double) (nb - both);
	p.parts[BOTH] = (double) both;
	e.a = a_sparse ? NULL : a.bytes + SK_HLL_AT_REGISTERS;
	e.b = b.bytes + SK_HLL_AT_REGISTERS;
	e.hashes = hashes;
	snprintf(what, sizeof(what), "p=%d %zu, %zu, both %zu%s", precision, na, nb,
			 both, a_sparse ? ", sparse" : "");
	check(!a_sparse == (p.a.bytes[1] == SK_HLL_PACKED_DENSE), "%s: layout", what);
	check_top(&e, &p, what);
	free_pair(&p);
	free_buffer(&a);
	free_buffer(&b);
	free(hashes);
}

static void
test_tops(void)
{
	for (uint64_t seed = 100; seed < 106; seed++)
	{
		test_top(4, 20, 30, 10, false, seed);
		test_top(6, 1000, 1000, 200, false, seed);
		test_top(6, 20000, 500, 100, false, seed);
		test_top(7, 300, 3000, 300, false, seed);
		test_top(7, 3000, 3000, 0, false, seed);
		test_top(6, 14, 100, 7, true, seed);
		test_top(6, 14, 1000, 0, true, seed);
		test_top(7, 28, 60, 28, true, seed);
		test_top(8, 50, 5000, 20, true, seed);
	}
	/*
	 * Register values that no dictionary holds, and a full one beside a
	 * bitmap.
	 */
	test_top(11, 40000, 30000, 5000, false, 106);
	test_top(11, 2500, 2500, 500, false, 107);
}

/* Registers near their last levels, of which the last two are alike. */
static void
test_last_levels(void)
{
	uint64_t	seed = 4;
	evidence	e = {.precision = 6};
	buffer		a = new_dense(6),
				b = copy_bytes(a.bytes, a.nbytes);
	pair		p;

	for (size_t i = SK_HLL_AT_REGISTERS; i < a.nbytes; i++)
	{
		a.bytes[i] = (uint8_t) (4 * (58 + 2) + random_below(&seed, 8));
		b.bytes[i] = (uint8_t) (4 * (57 + 2) + random_below(&seed, 12));
	}
	p = pair_of(a, b);
	p.parts[A_ONLY] = p.parts[B_ONLY] = p.parts[BOTH] = 1e17;
	e.a = a.bytes + SK_HLL_AT_REGISTERS;
	e.b = b.bytes + SK_HLL_AT_REGISTERS;
	check_top(&e, &p, "last levels");
	free_pair(&p);
	free_buffer(&a);
	free_buffer(&b);
}

/* --- unequal precisions ------------------------------------------------- */

/* Only the values of a sparse sketch matter, not its precision. */
static void
test_coarser_sparse(void)
{
	uint64_t	seed = 5;
	pair		p = random_pair(11, 13, (double[]) {100, 50000, 200}, &seed);
	sk_hll_overlap o = check_pair(&p, "coarser sparse"),
				same;
	pair		q = p;

	q.a = copy_bytes(p.a.bytes, p.a.nbytes);
	q.a.bytes[2] = 13;
	same = overlap_of(&q);
	check(o.both == same.both && o.b_only == same.b_only &&
		  o.both_error == same.both_error, "precision 11 gives %g, 13 %g",
		  o.both, same.both);
	check(fabs(o.both - 200) < 5 * o.both_error && o.both_error < 40,
		  "both %g +- %g of 200", o.both, o.both_error);
	free_buffer(&q.a);
	free_pair(&p);
}

/* Two sketches that must be folded first, or packed. */
static void
test_refusals(void)
{
	uint64_t	seed = 6;
	pair		dense = random_pair(8, 10, (double[]) {1000, 3000, 1000}, &seed),
				mixed = random_pair(10, 8, (double[]) {10, 3000, 10}, &seed);
	buffer		working = new_sketch(8);
	sk_hll		a = opened(dense.a),
				b = opened(dense.b),
				c = opened(mixed.a),
				d = opened(mixed.b),
				w = opened(working);
	sk_hll_overlap o;
	sk_hll_interval i;
	sk_hll_estimate *n = &dense.count_a;
	sk_value	common;

	check(sk_hll_overlap_of(&o, &a, &b, n, n) == SK_PRECISION &&
		  sk_hll_overlap_of(&o, &b, &a, n, n) == SK_PRECISION &&
		  sk_hll_overlap_bounds(&i, &a, &b, n, n, 0.5) == SK_PRECISION,
		  "two dense ones, not folded");
	check(sk_hll_overlap_of(&o, &c, &d, n, n) == SK_PRECISION &&
		  sk_hll_overlap_of(&o, &d, &c, n, n) == SK_PRECISION,
		  "a finer sparse one, not folded");
	check(sk_hll_overlap_of(&o, &w, &d, n, n) == SK_LAYOUT &&
		  sk_hll_overlap_of(&o, &d, &w, n, n) == SK_LAYOUT &&
		  sk_hll_intersect(&common, &w, &c, &test_env) == SK_LAYOUT &&
		  sk_hll_intersect(&common, &c, &d, &test_env) == SK_LAYOUT,
		  "a working one");
	free_buffer(&working);
	free_pair(&dense);
	free_pair(&mixed);
}

static buffer
packed_folded(buffer fine, int precision)
{
	buffer		b = folded(fine, precision),
				out;

	out = packed(b);
	free_buffer(&b);
	return out;
}

/*
 * Folded, a sketch of 2^14 registers overlaps one of 2^10 as it should; and
 * both is still no more than the exact count that the finer one had.
 */
static void
test_folded(void)
{
	uint64_t	seed = 7;
	pair		p = random_pair(14, 10, (double[]) {0, 20000, 3000}, &seed);
	buffer		fine = p.a;
	sk_hll_overlap o;

	p.a = packed_folded(fine, 10);
	o = check_pair(&p, "folded");
	check(p.count_a.count == 3000 && fabs(o.both - 3000) < 5 * o.both_error + 1,
		  "both %g +- %g of 3000", o.both, o.both_error);
	free_buffer(&fine);
	free_pair(&p);
}

/*
 * Of equal sets, the finer sketch knows the size, and inclusion and exclusion gives
 * it. Joint likelihood must not be worse, and the same both ways round.
 */
static void
test_unequal(double n, double rest)
{
	uint64_t	seed = 9;
	double		squares = 0,
				simple = 0;

	for (int run = 0; run < 30; run++)
	{
		pair		p = random_pair(13, 7, (double[]) {rest, rest, n}, &seed),
					swapped;
		buffer		fine = p.a,
					all;
		sk_hll_overlap o,
					m;

		p.a = packed_folded(fine, 7);
		swapped = (pair) {.a = p.b, .b = p.a, .count_a = p.count_b,
			.count_b = p.count_a
		};
		o = overlap_of(&p);
		m = overlap_of(&swapped);
		check(o.both == m.both && o.a_only == m.b_only && o.jaccard == m.jaccard &&
			  o.both_error == m.both_error, "unequal, the other way round");
		all = folded(p.a, 7);
		merge_into(&all, p.b);
		squares += pow(o.both - n, 2);
		simple += pow(p.count_a.count + p.count_b.count -
					  estimate_of(all).count - n, 2);
		free_buffer(&all);
		free_buffer(&fine);
		free_pair(&p);
	}
	check(sqrt(squares) <= 1.02 * sqrt(simple) + 0.001 * n,
		  "unequal, %g in both: error %g, of inclusion and exclusion %g", n,
		  sqrt(squares / 30), sqrt(simple / 30));
}

/* Disjoint sets of such different sizes that the sketches say nothing. */
static void
test_no_evidence(void)
{
	uint64_t	seed = 10;
	double		sum = 0;

	for (int large = 0; large < 3; large++)
	{
		pair		p = random_pair(4, 4, (double[]) {0, 1e6, 0}, &seed);

		for (int i = 0; i < 60; i++)
		{
			pair		small = random_pair(4, 4, (double[]) {20, 0, 0}, &seed);
			pair		both = {.a = small.a, .b = p.b, .count_a = small.count_a,
				.count_b = p.count_b
			};

			sum += overlap_of(&both).both;
			check(bounds_of(&both, 0.95).upper > 5, "nothing is known");
			free_pair(&small);
		}
		free_pair(&p);
	}
	check(sum / 180 < 0.1 * 20, "of 20 values %g in both, without evidence",
		  sum / 180);
}

/* --- intersection of sparse sketches ------------------------------------ */

static void
test_intersect(void)
{
	uint64_t	seed = 8;
	pair		p = random_pair(13, 14, (double[]) {700, 2000, 500}, &seed);
	sk_hll		a = opened(p.a),
				b = opened(p.b);
	sk_value	v;
	buffer		common;
	pair		q;
	sk_hll_overlap o;

	if (!check(sk_hll_intersect(&v, &a, &b, &test_env) == SK_OK,
			   "room for the smaller set"))
		return;
	common = buffer_of(v);
	check(common.nbytes > SK_HLL_AT_SLOTS + 4 * 500,
		  "500 values in %zu bytes", common.nbytes);
	q = pair_of(common, p.a);
	o = overlap_of(&q);
	check(o.a_only == 0 && o.both == 500 && o.b_only == 700,
		  "the intersection has %g, of which %g are in a", q.count_a.count,
		  o.both);
	free_buffer(&common);
	free_pair(&p);
	free_pair(&q);
}

/* --- errors and intervals ----------------------------------------------- */

/* What is estimated, of which the errors are stated. */
#define NNUMBERS 5

typedef struct tally
{
	double		runs;
	double		squares[NNUMBERS],	/* of errors: a_only, b_only, both, ... */
				stated[NNUMBERS];	/* of the errors that are stated */
	double		difference;		/* squares of the error of |A| + |B| - |A or B| */
	double		inside_half,	/* the 50% interval, and the 95% one */
				inside_most;
} tally;

static double
union_count(const pair *p)
{
	buffer		all = new_sketch(p->a.bytes[2]);
	double		count;

	merge_into(&all, p->a);
	merge_into(&all, p->b);
	count = estimate_of(all).count;
	free_buffer(&all);
	return count;
}

static void
count_errors(tally *t, const sk_hll_overlap *o, const double *parts)
{
	double		all = parts[A_ONLY] + parts[B_ONLY] + parts[BOTH];
	double		error[NNUMBERS] = {
		o->a_only - parts[A_ONLY], o->b_only - parts[B_ONLY],
		o->both - parts[BOTH], o->all - all, o->jaccard - parts[BOTH] / all
	};
	double		stated[NNUMBERS] = {
		o->a_only_error, o->b_only_error, o->both_error, o->all_error,
		o->jaccard_error
	};

	for (int i = 0; i < NNUMBERS; i++)
	{
		t->squares[i] += error[i] * error[i];
		t->stated[i] += stated[i] * stated[i];
	}
}

static void
count_run(tally *t, const pair *p)
{
	sk_hll_overlap o = overlap_of(p);
	sk_hll_interval half = bounds_of(p, 0.5),
				most = bounds_of(p, 0.95);
	double		truth = p->parts[BOTH];

	t->runs++;
	count_errors(t, &o, p->parts);
	t->difference += pow(p->count_a.count + p->count_b.count - union_count(p) -
						 truth, 2);
	t->inside_half += half.lower <= truth && truth <= half.upper;
	t->inside_most += most.lower <= truth && truth <= most.upper;
}

static tally
run(int precision, double a_only, double b_only, double both, int runs)
{
	uint64_t	seed = 9;
	tally		t = {.runs = 0};

	for (int i = 0; i < runs; i++)
	{
		pair		p = random_pair(precision, precision,
									(double[]) {a_only, b_only, both}, &seed);

		count_run(&t, &p);
		free_pair(&p);
	}
	return t;
}

/* The relative standard error of an RMSE is 1/sqrt(2 runs). */
static void
check_errors(const tally *t, const char *what)
{
	static const char *numbers[] = {"a_only", "b_only", "both", "all", "jaccard"};
	double		limit = 5 / sqrt(2 * t->runs) + 0.05;

	for (int i = 0; i < NNUMBERS; i++)
		check(fabs(sqrt(t->squares[i] / t->stated[i]) - 1) < limit,
			  "%s: RMSE of %s %g, stated %g", what, numbers[i],
			  sqrt(t->squares[i] / t->runs), sqrt(t->stated[i] / t->runs));
}

/* At the end of its range, an interval can hold the truth more often. */
static void
check_coverage(const tally *t, bool at_end, const char *what)
{
	double		half = t->inside_half / t->runs,
				most = t->inside_most / t->runs;
	double		slack = 0.01 + 5 * sqrt(0.5 * 0.5 / t->runs);

	check(half > 0.5 - slack && (at_end || half < 0.5 + slack),
		  "%s: %.1f %% inside the 50 %% interval", what, 100 * half);
	slack = 0.01 + 5 * sqrt(0.95 * 0.05 / t->runs);
	check(most > 0.95 - slack, "%s: %.1f %% inside the 95 %% interval", what,
		  100 * most);
}

static void
check_runs(int precision, double a_only, double b_only, double both,
		   const char *what)
{
	tally		t = run(precision, a_only, b_only, both, 500);

	check_errors(&t, what);
	check_coverage(&t, false, what);
}

/* If a part is empty, no error is nearly normal. */
static void
check_end(int precision, double a_only, double b_only, double both,
		  const char *what)
{
	tally		t = run(precision, a_only, b_only, both, 300);

	check_coverage(&t, true, what);
	check(sqrt(t.squares[BOTH] / t.stated[BOTH]) < 1 + 5 / sqrt(2 * t.runs),
		  "%s: RMSE %g, stated %g", what, sqrt(t.squares[BOTH] / t.runs),
		  sqrt(t.stated[BOTH] / t.runs));
}

static void
test_errors(void)
{
	check_runs(8, 3000, 3000, 1500, "dense");
	check_runs(10, 600, 600, 300, "dense, but not very");
	check_runs(9, 10000, 500, 400, "unlike sizes");
	check_runs(10, 80, 4000, 120, "sparse and dense");
	check_runs(12, 400, 1500, 400, "sparse, and dense, but not very");
	check_end(8, 3000, 3000, 0, "disjoint");
	check_end(8, 5000, 0, 2000, "nested");
	check_end(10, 5000, 0, 150, "sparse nested");
}

/* If 1% of all values are in common, the joint estimate is twice as good. */
static void
test_gain(void)
{
	tally		t = run(12, 49505, 49505, 990, 200);

	check(t.difference / t.squares[BOTH] > 4,
		  "difference of counts %g, joint %g", sqrt(t.difference / t.runs),
		  sqrt(t.squares[BOTH] / t.runs));
}

/* The share of new values that change a dense sketch. */
static double
share_that_shows(buffer b, uint64_t *seed)
{
	int			shown = 0;

	for (int i = 0; i < 20000; i++)
	{
		buffer		next = copy_bytes(b.bytes, b.nbytes);

		add_hash(&next, next_random(seed));
		shown += !same_bytes(b, next);
		free_buffer(&next);
	}
	return shown / 20000.0;
}

/*
 * Equal sketches can be of different sets, if values of one left no trace. Then
 * the error of a_only is the number of values it takes for one of them to show.
 */
static void
test_unseen(void)
{
	uint64_t	seed = 12;
	buffer		b = new_dense(8);
	pair		p;
	double		unseen,
				error;

	for (int i = 0; i < 20000; i++)
		add_hash(&b, next_random(&seed));
	unseen = 1 / share_that_shows(b, &seed);
	p = pair_of(b, b);
	error = overlap_of(&p).a_only_error;
	check(error > 0.7 * unseen && error < 1.4 * unseen,
		  "one in %g values shows, and the error is %g", unseen, error);
	free_pair(&p);
	free_buffer(&b);
}

/* --- bytes that no data would give -------------------------------------- */

/*
 * A dense sketch with every register drawn from what is allowed, or this one.
 */
static buffer
odd_dense(int precision, int style, uint64_t *seed)
{
	buffer		b = new_dense(precision);
	uint8_t		top = (uint8_t) (4 * (65 - precision + 2) + 3);

	for (size_t i = SK_HLL_AT_REGISTERS; i < b.nbytes; i++)
	{
		unsigned	k = 3 + random_below(seed, (uint32_t) (63 - precision));

		b.bytes[i] = style == 0 ? top : style == 1 ? 12 :
			style == 2 ? (uint8_t) (4 * (k + 2) + random_below(seed, 4)) :
			style == 3 ? top - 3 : 0;
	}
	if (style == 4)
		b.bytes[SK_HLL_AT_REGISTERS + 1] = top;
	return b;
}

/* Hashes that all have one index, or one register of many tokens. */
static buffer
odd_sparse(int precision, int style)
{
	buffer		b = new_sketch(precision);

	for (uint64_t i = 0; i < sk_hll_max_tokens(precision); i++)
		add_hash(&b, style == 0 ? i << 38 : style == 1 ? UINT64_C(1) << (i % 38) :
				 i << 36 | UINT64_C(1) << 63);
	return b;
}

static void
test_odd_bytes(void)
{
	uint64_t	seed = 10;
	buffer		all[9];

	for (int style = 0; style < 5; style++)
		all[style] = odd_dense(6, style, &seed);
	for (int style = 0; style < 3; style++)
		all[5 + style] = odd_sparse(6, style);
	all[8] = new_sketch(6);
	for (int i = 0; i < 1000; i++)
		add_hash(&all[8], next_random(&seed));
	for (int i = 0; i < 9; i++)
		for (int j = 0; j <= i; j++)
		{
			pair		p = pair_of(all[i], all[j]);
			char		what[40];

			snprintf(what, sizeof(what), "odd sketches %d and %d", i, j);
			check(sk_hll_check(p.a.bytes, p.a.nbytes, &test_env) == SK_OK,
				  "%s: check", what);
			check_pair(&p, what);
			if (i == j)
				check_equal(all[i], what);
			free_pair(&p);
		}
	for (int i = 0; i < 9; i++)
		free_buffer(&all[i]);
}

/* Damaged bytes: any result, but no crash and no read past the end. */
static void
test_mutants(void)
{
	uint64_t	seed = 11;
	int			opened_ones = 0;

	for (int i = 0; i < 3000; i++)
	{
		pair		p = random_pair(6, 6, (double[]) {i % 3 * 100, 300, 5}, &seed);
		buffer		b = copy_bytes(p.a.bytes, p.a.nbytes - random_below(&seed, 2));
		sk_hll		a,
					good = opened(p.b);
		sk_hll_overlap o;
		sk_hll_interval bounds;

		for (int n = 0; n < 3; n++)
			b.bytes[3 + random_below(&seed, (uint32_t) b.nbytes - 3)] =
				(uint8_t) next_random(&seed);
		if (sk_hll_open(&a, b.bytes, b.nbytes) == SK_OK)
		{
			opened_ones++;
			sk_hll_overlap_of(&o, &a, &good, &p.count_a, &p.count_b);
			sk_hll_overlap_bounds(&bounds, &good, &a, &p.count_b, &p.count_a, 0.9);
		}
		free_buffer(&b);
		free_pair(&p);
	}
	check(opened_ones > 1000, "only %d damaged sketches open", opened_ones);
}

int
main(void)
{
	test_random_pairs();
	test_sparse();
	test_large_sparse();
	test_tops();
	test_last_levels();
	test_coarser_sparse();
	test_refusals();
	test_folded();
	test_unequal(20000, 0);
	test_unequal(20000, 2500);
	test_no_evidence();
	test_intersect();
	test_errors();
	test_gain();
	test_unseen();
	test_odd_bytes();
	test_mutants();
	return check_done("overlap");
}
