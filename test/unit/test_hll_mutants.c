/*
 * test_hll_mutants.c: damaged hll sketches at the one entrance, sk_hll_check().
 * Mutants are seeded, each in a heap block of its exact size, under the address
 * and undefined-behavior sanitizers.
 *
 * What the check accepts must be a sketch in all respects: packed again it
 * has the same bytes, and its unions pass the check. What it refuses, but
 * opens, can be a value that was damaged in storage: every operation must end
 * with some result, right or wrong, and touch nothing else. The same holds
 * for damaged working sketches, which a user-defined aggregate can leave in a
 * table.
 */
#include "check.h"
#include "hll_reference.h"

#define NSTATUSES (SK_DICTIONARY + 1)
#define NSKETCHES 32

static buffer sketches[NSKETCHES];	/* packed ones first, then working ones */
static int	npacked;
static int	nsketches;

static long mutants;
static long answers[NSTATUSES];		/* of sk_hll_check() */
static long operated;				/* refused mutants that opened */
static long unopened;				/* added to, without being opened */

/* --- what is done with every mutant --------------------------------------- */

static bool
is_number(const sk_hll_estimate *e)
{
	return e->count >= 0 && e->relative_error >= 0 && !isnan(e->hidden);
}

static void
check_accepted_union(const sk_hll *s, const char *what)
{
	buffer		u = copy_bytes(sketches[nsketches - 1].bytes,
							   sketches[nsketches - 1].nbytes);
	buffer		bytes;
	sk_status	status = try_merge(&u, s);

	check(status == SK_OK, "%s: accepted, and merged with status %d", what,
		  (int) status);
	bytes = packed(u);
	check(sk_hll_check(bytes.bytes, bytes.nbytes, &test_env) == SK_OK,
		  "%s: union of an accepted sketch", what);
	free_buffer(&u);
	free_buffer(&bytes);
}

/* An accepted sketch is one that the core could have written itself. */
static void
check_accepted(const sk_hll *s, const char *what)
{
	buffer		original = {(uint8_t *) (uintptr_t) s->bytes, s->nbytes};
	buffer		working = new_sketch(s->precision);
	buffer		bytes = {NULL, 0};
	sk_hll_estimate e;
	sk_status	status = try_merge(&working, s);

	if (status == SK_OK)
		bytes = packed(working);
	check(status == SK_OK && same_bytes(bytes, original),
		  "%s: accepted, but packed in another way", what);
	check(sk_hll_count(s, &e, &test_env) == SK_OK && is_number(&e),
		  "%s: accepted, but estimated as %g", what, e.count);
	check_accepted_union(s, what);
	free_buffer(&working);
	free_buffer(&bytes);
}

/* Whether this is a possible status for a sketch that opened. */
static bool
answer_ok(sk_status status)
{
	return status == SK_OK || status == SK_SHORT || status == SK_VALUE ||
		status == SK_COUNT || status == SK_DICTIONARY || status == SK_LAYOUT;
}

static void
merge_damaged_into(int precision, bool dense, const sk_hll *s, const char *what)
{
	buffer		b = dense ? new_dense(precision) : new_sketch(precision);
	buffer		bytes;
	sk_status	status = try_merge(&b, s);

	check(answer_ok(status), "%s: merging says %d", what, (int) status);
	bytes = packed(b);
	free_buffer(&b);
	free_buffer(&bytes);
}

/* Adds to a damaged working sketch, as a transition function does. */
static void
add_to_damaged(const sk_hll *s, const char *what)
{
	buffer		b = copy_bytes(s->bytes, s->nbytes);
	sk_hll		good = opened(sketches[(size_t) mutants % (size_t) nsketches]);
	uint64_t	seed = (uint64_t) mutants;
	sk_status	status = SK_OK;

	for (int i = 0; i < 20 && status == SK_OK; i++)
		status = try_add(&b, next_random(&seed));
	check(answer_ok(status), "%s: adding says %d", what, (int) status);
	if (status == SK_OK)
		status = try_merge(&b, &good);
	check(answer_ok(status), "%s: merging into it says %d", what, (int) status);
	free_buffer(&b);
}

/*
 * The transition function does not open the state for each row; it only checks
 * sk_hll_is_working(). That must hold for one precision at most, and be enough
 * to add values, until the state must grow and turns out to be damaged.
 */
static void
add_unopened(buffer exact, const char *what)
{
	uint64_t	seed = (uint64_t) mutants;

	for (int precision = 4; precision <= 20; precision++)
	{
		buffer		b;

		if (!sk_hll_is_working(exact.bytes, exact.nbytes, precision))
			continue;
		unopened++;
		check(exact.bytes[2] == precision, "%s: working at %d", what, precision);
		b = copy_bytes(exact.bytes, exact.nbytes);
		for (int i = 0; i < 20; i++)
			if (try_add(&b, next_random(&seed)) != SK_OK)
				break;
		free_buffer(&b);
	}
}

/* Every operation, on what opens but is damaged. */
static void
operate(const sk_hll *s, const char *what)
{
	sk_hll_estimate e;
	uint32_t	used;
	buffer		bytes;
	sk_status	status;

	operated++;
	(void) sk_hll_is_empty(s);
	merge_damaged_into(s->precision, false, s, what);
	merge_damaged_into(s->precision, true, s, what);
	merge_damaged_into(SK_HLL_MIN_PRECISION, true, s, what);
	status = sk_hll_count(s, &e, &test_env);
	check(answer_ok(status) && is_number(&e), "%s: counting says %d, %g", what,
		  (int) status, e.count);
	status = sk_hll_used(s, &used);
	check(answer_ok(status), "%s: used says %d", what, (int) status);
	status = try_pack(s, &bytes);
	check(answer_ok(status), "%s: packing says %d", what, (int) status);
	free_buffer(&bytes);
	if (!sk_hll_is_packed(s))
		add_to_damaged(s, what);
}

static sk_status
examine(const uint8_t *bytes, size_t nbytes, const char *what)
{
	buffer		exact = copy_bytes(bytes, nbytes);
	sk_status	status = sk_hll_check(exact.bytes, nbytes, &test_env);
	sk_hll		s;

	mutants++;
	answers[status]++;
	add_unopened(exact, what);
	check(status == SK_OK || (status >= SK_SHORT && status <= SK_DICTIONARY),
		  "%s: the check says %d", what, (int) status);
	if (status == SK_OK && sk_hll_open(&s, exact.bytes, nbytes) == SK_OK)
		check_accepted(&s, what);
	else if (sk_hll_open(&s, exact.bytes, nbytes) == SK_OK)
		operate(&s, what);
	else
		check(status != SK_OK, "%s: accepted, but does not open", what);
	free_buffer(&exact);
	return status;
}

static void
expect(buffer *b, sk_status want, const char *what)
{
	sk_status	got = examine(b->bytes, b->nbytes, what);

	check(got == want, "%s: %d instead of %d", what, (int) got, (int) want);
	free_buffer(b);
}

/* --- sketches to start from ----------------------------------------------- */

static buffer
random_sketch(int precision, size_t n)
{
	uint64_t	seed = (uint64_t) precision << 32 | n;
	buffer		b = new_sketch(precision);

	for (size_t i = 0; i < n; i++)
		add_hash(&b, next_random(&seed));
	return b;
}

static void
make_sketches(void)
{
	static const struct
	{
		int			precision;
		size_t		n;
	}			kinds[] = {
		{4, 0}, {4, 3}, {4, 5}, {4, 300}, {5, 6}, {5, 90}, {6, 12}, {6, 40},
		{8, 1}, {8, 56}, {8, 80}, {8, 3000}, {10, 130}, {10, 5000}, {13, 9},
		{7, 500}
	};

	npacked = sizeof(kinds) / sizeof(kinds[0]);
	nsketches = 2 * npacked;
	for (int i = 0; i < npacked; i++)
	{
		sketches[npacked + i] = random_sketch(kinds[i].precision, kinds[i].n);
		sketches[i] = packed(sketches[npacked + i]);
	}
}

/* --- mutations of any bytes ----------------------------------------------- */

static void
set_bytes(buffer *b, uint64_t *seed)
{
	for (uint32_t n = 1 + random_below(seed, 4); n > 0; n--)
		b->bytes[random_below(seed, (uint32_t) b->nbytes)] =
			(uint8_t) next_random(seed);
}

/* In the header and just behind it, where counts and dictionary are. */
static void
damage_front(buffer *b, uint64_t *seed)
{
	static const uint8_t extremes[] = {0, 1, 2, 3, 4, 20, 21, 30, 31, 127, 128,
	129, 0x80 | 30, 0x80 | 31, 254, 255};
	uint32_t	front = b->nbytes < 14 ? (uint32_t) b->nbytes : 14;

	for (uint32_t n = 1 + random_below(seed, 2); n > 0; n--)
		b->bytes[random_below(seed, front)] = extremes[random_below(seed, 16)];
}

static void
cut_off(buffer *b, uint64_t *seed)
{
	resize(b, random_below(seed, (uint32_t) b->nbytes));
}

static void
extend(buffer *b, uint64_t *seed)
{
	size_t		before = b->nbytes;
	bool		zeros = random_below(seed, 2) != 0;

	resize(b, before + 1 + random_below(seed, 40));
	for (size_t i = before; i < b->nbytes; i++)
		b->bytes[i] = zeros ? 0 : (uint8_t) next_random(seed);
}

/* Takes some bytes out, so that all others move up. */
static void
cut_out(buffer *b, uint64_t *seed)
{
	size_t		at = random_below(seed, (uint32_t) b->nbytes);
	size_t		n = 1 + random_below(seed, 4);

	if (at + n > b->nbytes)
		n = b->nbytes - at;
	memmove(b->bytes + at, b->bytes + at + n, b->nbytes - at - n);
	resize(b, b->nbytes - n);
}

static void
swap_bytes(buffer *b, uint64_t *seed)
{
	for (uint32_t n = 1 + random_below(seed, 3); n > 0; n--)
	{
		size_t		i = random_below(seed, (uint32_t) b->nbytes),
					j = random_below(seed, (uint32_t) b->nbytes);
		uint8_t		x = b->bytes[i];

		b->bytes[i] = b->bytes[j];
		b->bytes[j] = x;
	}
}

/* The front of one sketch and the rest of another, often at the same place. */
static void
splice(buffer *b, uint64_t *seed)
{
	buffer		other = sketches[random_below(seed, (uint32_t) nsketches)];
	size_t		front = random_below(seed, (uint32_t) b->nbytes);
	size_t		skip = random_below(seed, 2) ? front :
		random_below(seed, (uint32_t) other.nbytes);

	if (skip > other.nbytes)
		skip = other.nbytes;
	resize(b, front + other.nbytes - skip);
	memcpy(b->bytes + front, other.bytes + skip, other.nbytes - skip);
}

/* A correct header, or nearly so, in front of random bytes. */
static void
random_body(buffer *b, uint64_t *seed)
{
	resize(b, 4 + random_below(seed, 90));
	for (size_t i = 0; i < b->nbytes; i++)
		b->bytes[i] = (uint8_t) next_random(seed);
	b->bytes[0] = 0x81;
	b->bytes[1] = (uint8_t) random_below(seed, 4);
	b->bytes[2] = (uint8_t) (4 + random_below(seed, 4));
	b->bytes[3] = b->bytes[1] == 1 ? (uint8_t) (b->bytes[3] & 0x87) : 0;
	if (b->bytes[1] == 1 && b->nbytes >= 8)
		memset(b->bytes + 4, 0, 4);
	if (b->bytes[1] == 0 && b->nbytes > 4)
		b->bytes[4] &= 7;
}

/* Counts that are slightly wrong, or extreme. */
static void
damage_count(buffer *b, uint64_t *seed)
{
	static const uint32_t extremes[] = {0, 1, 0x7F, 0x80, 0xFFFF, 0x7FFFFFFF,
	0x80000000, UINT32_MAX};
	uint32_t	count;

	if (b->nbytes < 8)
		return;
	count = sk_load32(b->bytes + 4);
	if (random_below(seed, 2))
		count += random_below(seed, 5) - 2;
	else
		count = extremes[random_below(seed, 8)];
	sk_store32(b->bytes + 4, count);
}

typedef void (*mutator) (buffer *b, uint64_t *seed);

static const mutator mutators[] = {
	flip_bits, set_bytes, damage_front, cut_off, extend, cut_out, swap_bytes,
	splice, random_body, damage_count
};

#define NMUTATORS ((uint32_t) (sizeof(mutators) / sizeof(mutators[0])))

static void
mutate(buffer *b, uint64_t *seed)
{
	for (uint32_t n = 1 + random_below(seed, 2); n > 0 && b->nbytes > 0; n--)
		mutators[random_below(seed, NMUTATORS)] (b, seed);
}

/* recv, the cast, and stored bytes that were damaged. */
static void
test_random_mutants(long n)
{
	uint64_t	seed = 4;

	for (long i = 0; i < n; i++)
	{
		buffer		original = sketches[random_below(&seed, (uint32_t) nsketches)];
		buffer		b = copy_bytes(original.bytes, original.nbytes);
		char		what[40];

		snprintf(what, sizeof(what), "mutant %ld", i);
		mutate(&b, &seed);
		examine(b.bytes, b.nbytes, what);
		free_buffer(&b);
	}
}

/* Every bit of every sketch, and every length. */
static void
test_each_bit(void)
{
	for (int i = 0; i < nsketches; i++)
	{
		buffer		b = copy_bytes(sketches[i].bytes, sketches[i].nbytes);
		size_t		step = 1 + b.nbytes / 300;
		char		what[40];

		snprintf(what, sizeof(what), "each bit of sketch %d", i);
		for (size_t bit = 0; bit < 8 * b.nbytes; bit += bit < 320 ? 1 : step)
		{
			b.bytes[bit / 8] ^= (uint8_t) (1 << bit % 8);
			examine(b.bytes, b.nbytes, what);
			b.bytes[bit / 8] ^= (uint8_t) (1 << bit % 8);
		}
		for (size_t n = 0; n < b.nbytes; n += step)
			check(examine(b.bytes, n, what) != SK_OK,
				  "sketch %d cut to %zu bytes", i, n);
		free_buffer(&b);
	}
}

/* --- sparse sketches that only just break a rule -------------------------- */

/* Writes tokens as they come; gaps are taken modulo 2^32, count as claimed. */
static buffer
sparse_bytes(int precision, uint32_t claimed, const uint32_t *tokens, uint32_t n,
			 uint32_t first_gap)
{
	bit_list	out = {NULL, 0, 0};
	uint32_t	count = claimed;
	unsigned	rice = 0;
	buffer		b;

	append_bits(&out, 0x81 | (uint32_t) precision << 16, 32);
	for (; count > 127; count /= 128)
		append_bits(&out, 128 + count % 128, 8);
	append_bits(&out, count, 8);
	while (claimed > 0 && 64587124 / claimed >= UINT32_C(2) << rice)
		rice++;
	for (uint32_t i = 0; i < n; i++)
		append_bits(&out, i > 0 ? reference_gap(tokens, i) : first_gap, rice);
	for (uint32_t i = 0; i < n; i++)
		append_unary(&out, (i > 0 ? reference_gap(tokens, i) : first_gap) >> rice);
	for (uint32_t i = 0; i < n; i++)
		append_unary(&out, tokens[i] % 64);
	append_padding(&out);
	b = copy_bytes(out.bytes, out.nbits / 8);
	free(out.bytes);
	return b;
}

static void
expect_sparse(const uint32_t *tokens, uint32_t n, sk_status want,
			  const char *what)
{
	buffer		b = sparse_bytes(8, n, tokens, n, tokens[0] / 64);

	expect(&b, want, what);
}

#define TOKEN(index, zeros) ((uint32_t) (index) << 6 | (zeros))

static void
test_token_rules(void)
{
	static const uint32_t right[] = {TOKEN(5, 0), TOKEN(5, 1), TOKEN(900, 38)},
				repeated[] = {TOKEN(5, 0), TOKEN(5, 0), TOKEN(900, 38)},
				disordered[] = {TOKEN(5, 1), TOKEN(5, 0), TOKEN(900, 3)},
				impossible[] = {TOKEN(5, 1), TOKEN(900, 39)},
				impossible_alone[] = {TOKEN(0, 63)},
				last[] = {TOKEN(0x3FFFFFF, 38)};
	buffer		b;

	expect_sparse(right, 3, SK_OK, "tokens in order");
	expect_sparse(last, 1, SK_OK, "the last token");
	expect_sparse(repeated, 3, SK_ORDER, "a token twice");
	expect_sparse(disordered, 3, SK_ORDER, "tokens out of order");
	expect_sparse(impossible, 2, SK_VALUE, "39 zeros");
	expect_sparse(impossible_alone, 1, SK_VALUE, "63 zeros");
	b = sparse_bytes(8, 1, last, 1, 0x4000000);
	expect(&b, SK_VALUE, "an index of 27 bits");
	b = sparse_bytes(8, 3, right, 2, 5);
	expect(&b, SK_SHORT, "a token too few");
	b = sparse_bytes(8, 2, right, 2, 0x7FFFFFF);
	expect(&b, SK_VALUE, "far too large a gap");
}

/*
 * Among many tokens the gaps are short, and one with too many zeros is read in
 * one go with its gap.
 */
static void
test_zeros_among_many(void)
{
	uint32_t	tokens[2000];

	for (uint32_t zeros = 30; zeros < 64; zeros++)
	{
		buffer		b;

		for (uint32_t i = 0; i < 2000; i++)
			tokens[i] = TOKEN(i * 30000, i == 1234 ? zeros : i % 5);
		b = sparse_bytes(14, 2000, tokens, 2000, 0);
		expect(&b, zeros <= 38 ? SK_OK : SK_VALUE, "zeros among many tokens");
	}
}

/* Tokens of few indexes, so that order and repetition hang on the zeros. */
static void
test_token_orders(int rounds)
{
	uint64_t	seed = 12;

	for (int round = 0; round < rounds; round++)
	{
		uint32_t	tokens[6],
					index = 0,
					n = 2 + random_below(&seed, 5);
		sk_status	want = SK_OK;

		for (uint32_t i = 0; i < n; i++)
		{
			if (random_below(&seed, 2))
				index += random_below(&seed, 1 << 20);
			tokens[i] = TOKEN(index, random_below(&seed, 8));
			if (i > 0 && tokens[i] <= tokens[i - 1])
				want = SK_ORDER;
		}
		expect_sparse(tokens, n, want, "few indexes");
	}
}

/* Each token count, then what may follow the tokens and what may not. */
static void
test_sparse_padding(void)
{
	uint32_t	tokens[7];

	for (uint32_t n = 1; n <= 7; n++)
		for (uint32_t zeros = 0; zeros < 8; zeros++)
		{
			buffer		b;

			for (uint32_t i = 0; i < n; i++)
				tokens[i] = TOKEN(i * 1000003, zeros);
			b = sparse_bytes(5, n, tokens, n, 0);
			if (b.bytes[b.nbytes - 1] < 64)
			{
				buffer		set = copy_bytes(b.bytes, b.nbytes);

				set.bytes[set.nbytes - 1] |= 128;
				expect(&set, SK_RESERVED, "padding set");
			}
			resize(&b, b.nbytes + 1);
			b.bytes[b.nbytes - 1] = 0;
			expect(&b, SK_LONG, "a zero byte after the tokens");
		}
}

/* Headers, and counts of tokens: not minimal, too many, too long. */
static void
test_sparse_counts(void)
{
	static const struct
	{
		uint8_t		bytes[10];
		size_t		nbytes;
		sk_status	want;
	}			cases[] = {
		{{0x81, 0, 13, 0, 0}, 5, SK_OK},
		{{0x81, 0, 13, 0}, 4, SK_SHORT},
		{{0x81, 0, 13}, 3, SK_SHORT},
		{{0x81, 0, 13, 0, 0x80}, 5, SK_SHORT},
		{{0x81, 0, 13, 0, 0x80, 0}, 6, SK_COUNT},
		{{0x81, 0, 13, 0, 0x80, 0x80, 0}, 7, SK_COUNT},
		{{0x81, 0, 13, 0, 0x80, 0x80, 0x80, 0}, 8, SK_COUNT},
		{{0x81, 0, 20, 0, 0xFF, 0xFF, 0xFF, 0x7F}, 8, SK_COUNT},
		{{0x81, 0, 13, 0, 0x81, 0x0E}, 6, SK_COUNT},
		{{0x81, 0, 13, 0, 0x80, 0x0E}, 6, SK_SHORT},
		{{0x81, 0, 4, 0, 4}, 5, SK_COUNT},
		{{0x81, 0, 13, 1, 0}, 5, SK_RESERVED},
		{{0x81, 0, 13, 0x80, 0}, 5, SK_RESERVED},
		{{0x81, 0, 13, 0, 0, 0}, 6, SK_LONG},
		{{0x81, 0, 3, 0, 0}, 5, SK_PRECISION},
		{{0x81, 0, 21, 0, 0}, 5, SK_PRECISION},
		{{0x81, 0, 255, 0, 0}, 5, SK_PRECISION},
		{{0x81, 4, 13, 0, 0}, 5, SK_RESERVED},
		{{0x81, 8, 13, 0, 0}, 5, SK_RESERVED},
		{{0x81, 0x10, 13, 0, 0}, 5, SK_RESERVED},
		{{0x81, 0x80, 13, 0, 0}, 5, SK_RESERVED},
		{{0x81, 255, 13, 0, 0}, 5, SK_RESERVED},
		{{0x82, 0, 13, 0, 0}, 5, SK_VERSION},
		{{0x80, 0, 13, 0, 0}, 5, SK_VERSION},
		{{0x91, 0, 13, 0, 0}, 5, SK_TYPE},
		{{0x01, 0, 13, 0, 0}, 5, SK_TYPE},
		{{0}, 0, SK_SHORT},
		/* Dense, and empty: that is sparse. */
		{{0x81, 1, 4, 0x80, 0, 0, 0, 0, 0, 0}, 10, SK_VALUE}
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		buffer		b = copy_bytes(cases[i].bytes, cases[i].nbytes);
		char		what[40];

		snprintf(what, sizeof(what), "header %zu", i);
		expect(&b, cases[i].want, what);
	}
}

/*
 * Working tables whose count is wrong. If it is too low, a table that is made
 * for that many tokens has no room for them, however often it is made anew: the
 * merge must say that the sketch is damaged. If it is 0, the sketch is empty, and
 * the table is not read.
 */
static void
test_table_counts(int precision, size_t ntokens)
{
	buffer		pending = random_sketch(precision, ntokens);
	buffer		all = packed(pending);
	buffer		b = new_sketch(precision);

	/* Merged tokens go into the table at once. */
	merge_into(&b, all);
	free_buffer(&pending);
	free_buffer(&all);
	for (uint32_t count = 0; count <= ntokens + 2; count++)
	{
		buffer		small = new_sketch(precision);
		buffer		bytes = {NULL, 0};
		sk_hll		s;

		sk_store32(b.bytes + 4, count);
		examine(b.bytes, b.nbytes, "table count");
		s = opened(b);
		check((try_merge(&small, &s) == SK_OK) ==
			  (count >= ntokens || count == 0),
			  "merging %zu tokens that are said to be %u", ntokens, count);
		check(count <= ntokens || try_pack(&s, &bytes) == SK_COUNT,
			  "packing %zu tokens that are said to be %u", ntokens, count);
		free_buffer(&bytes);
		free_buffer(&small);
	}
	free_buffer(&b);
}

/* A list has as many tokens as it says, or fewer; an empty slot among them is
 * damage. */
static void
test_list_counts(size_t ntokens, uint32_t nslots)
{
	buffer		all = random_sketch(13, ntokens);
	buffer		packed_all = packed(all);
	buffer		b = new_sparse(13, nslots);

	merge_into(&b, packed_all);
	for (uint32_t count = 0; count <= nslots + 2; count++)
	{
		buffer		small = new_sketch(13);
		buffer		bytes = {NULL, 0};
		sk_hll		s;

		sk_store32(b.bytes + 4, count);
		examine(b.bytes, b.nbytes, "list count");
		check((sk_hll_open(&s, b.bytes, b.nbytes) == SK_OK) == (count <= nslots),
			  "%u tokens in %u slots", count, nslots);
		check(count > nslots || (try_merge(&small, &s) == SK_OK) == (count <= ntokens),
			  "merging %zu listed tokens that are said to be %u", ntokens, count);
		check(count > nslots ||
			  (try_pack(&s, &bytes) == SK_OK) == (count <= ntokens),
			  "packing %zu listed tokens that are said to be %u", ntokens, count);
		free_buffer(&bytes);
		free_buffer(&small);
	}
	free_buffer(&b);
	free_buffer(&packed_all);
	free_buffer(&all);
}

/* Zeros that no hash has would give levels that no register has. */
static void
test_table_zeros(void)
{
	for (uint32_t zeros = 38; zeros < 63; zeros++)
		for (uint32_t nslots = 0; nslots <= 16; nslots += 16)
		{
			sk_status	want = zeros == 38 ? SK_OK : SK_VALUE;
			buffer		b = new_sparse(13, nslots);
			buffer		dense = new_dense(4);
			buffer		bytes = {NULL, 0};
			sk_hll		s;

			/* Without slots it is pending, else in the table. */
			sk_store32(b.bytes + (nslots == 0 ? 8 : 4), 1);
			sk_store32(b.bytes + (nslots == 0 ? 12 : 60), TOKEN(0, zeros));
			s = opened(b);
			check(try_merge(&dense, &s) == want,
				  "merging a token of %u zeros", zeros);
			check(try_pack(&s, &bytes) == want, "packing a token of %u zeros",
				  zeros);
			free_buffer(&b);
			free_buffer(&dense);
			free_buffer(&bytes);
		}
}

/* --- dense sketches that only just break a rule --------------------------- */

/* Where the parts of a packed dense sketch are, from its own counts. */
typedef struct dense_parts
{
	size_t		ndictionary,
				bitmap,
				codes,
				ncodes,
				escapes,
				nescapes,
				raw;
} dense_parts;

static dense_parts
parts_of(buffer b)
{
	size_t		m = (size_t) 1 << b.bytes[2];
	dense_parts a = {.ndictionary = b.bytes[3] & 127, .ncodes = m};

	a.bitmap = 8 + a.ndictionary;
	a.codes = a.bitmap;
	a.nescapes = sk_load32(b.bytes + 4);
	if (b.bytes[3] & 128)
	{
		a.codes += m / 8;
		a.ncodes = 0;
		for (size_t i = 0; i < m; i++)
			a.ncodes += b.bytes[a.bitmap + i / 8] >> (i % 8) & 1;
	}
	a.escapes = a.codes + (a.ncodes + 1) / 2;
	a.raw = a.escapes + (a.nescapes + 1) / 2;
	return a;
}

/* Registers of `nvalues` values, more of the lower ones; some are empty. */
static buffer
dense_sketch(int precision, int nvalues, bool empty_ones)
{
	buffer		b = new_dense(precision);
	buffer		bytes;

	for (int i = 0; i < 1 << precision; i++)
	{
		int			v = i < nvalues ? i : (i % nvalues) * (i % 11) / 11;

		if (!empty_ones || i < nvalues || i % 3 == 0)
			b.bytes[12 + i] = (uint8_t) (20 + v);
	}
	bytes = packed(b);
	free_buffer(&b);
	return bytes;
}

/* Mutants that know the parts; `which` chooses among them. */
static void
damage_part(buffer *b, uint32_t which, uint64_t *seed)
{
	dense_parts a = parts_of(*b);
	size_t		i = 8 + random_below(seed, (uint32_t) a.ndictionary),
				j = 8 + random_below(seed, (uint32_t) a.ndictionary);
	uint8_t		x = b->bytes[i];

	if (which == 0)				/* order, or a repetition */
		b->bytes[i] = b->bytes[j];
	if (which == 1)
		b->bytes[i] = b->bytes[j], b->bytes[j] = x;
	if (which == 2)				/* a value that is not there, or cannot be */
		b->bytes[i] = (uint8_t) next_random(seed);
	if (which == 3)
		sk_store32(b->bytes + 4, (uint32_t) a.nescapes + random_below(seed, 7) - 3);
	if (which == 4 && a.raw < b->nbytes)
		b->bytes[b->nbytes - 1] = x;	/* raw, though in the dictionary */
	if (which == 5 && (a.ncodes & 1))
		b->bytes[a.escapes - 1] |= 0x10;	/* padding */
	if (which == 6 && (a.nescapes & 1))
		b->bytes[a.raw - 1] |= 0x80;
	if (which == 7)				/* one part longer, the next shorter */
		b->bytes[3] += random_below(seed, 2) ? 1 : 255;
	if (which == 8)
		b->bytes[3] ^= 0x80;
	if (which == 9 && a.codes > a.bitmap)
		b->bytes[a.bitmap + random_below(seed, (uint32_t) (a.codes - a.bitmap))] ^=
			(uint8_t) (1 << random_below(seed, 8));
	if (which == 10)			/* a code becomes an escape or another code */
		b->bytes[a.codes + random_below(seed, (uint32_t) (a.ncodes / 2))] |=
			random_below(seed, 2) ? 0x0F : 0xF0;
	if (which == 11 && a.nescapes > 1)
		b->bytes[a.escapes + random_below(seed, (uint32_t) (a.nescapes / 2))] |=
			random_below(seed, 2) ? 0x0F : 0xF0;
}

static void
test_dense_mutants(int rounds)
{
	static const int nvalues[] = {3, 14, 15, 16, 29, 30, 31, 36, 60};
	uint64_t	seed = 6;

	for (int round = 0; round < rounds; round++)
	{
		buffer		b = dense_sketch(7, nvalues[round % 9], round / 9 % 2 != 0);
		uint32_t	which = random_below(&seed, 12);
		char		what[40];

		check(round >= 18 || sk_hll_check(b.bytes, b.nbytes, &test_env) == SK_OK,
			  "dense sketch %d before it is damaged", round);
		snprintf(what, sizeof(what), "part %u, round %d", which, round);
		damage_part(&b, which, &seed);
		if (random_below(&seed, 4) == 0)
			flip_bits(&b, &seed);
		examine(b.bytes, b.nbytes, what);
		free_buffer(&b);
	}
}

/* A correct dense sketch, changed in one way with one possible status. */
static void
test_dense_rules(void)
{
	buffer		b = dense_sketch(7, 36, false);
	dense_parts a = parts_of(b);
	uint8_t		last[2];

	/* The last two entries are equally frequent, so their values decide. */
	memcpy(last, b.bytes + 8 + 28, 2);
	b.bytes[8 + 28] = last[1];
	b.bytes[8 + 29] = last[0];
	expect(&b, SK_DICTIONARY, "dictionary in another order");
	b = dense_sketch(7, 36, false);
	b.bytes[9] = b.bytes[8];
	expect(&b, SK_DICTIONARY, "dictionary with a repetition");
	b = dense_sketch(7, 36, false);
	resize(&b, b.nbytes + 1);
	b.bytes[b.nbytes - 1] = 20;
	expect(&b, SK_LONG, "a byte after the raw registers");
	b = dense_sketch(7, 36, false);
	resize(&b, 7);
	expect(&b, SK_SHORT, "a dense header cut off");
	b = dense_sketch(7, 36, false);
	check(a.raw < b.nbytes, "36 values leave some raw");
	b.bytes[b.nbytes - 1] = 1;
	expect(&b, SK_VALUE, "a register value that no input leads to");
	b = dense_sketch(7, 36, false);
	b.bytes[b.nbytes - 1] = 4 * (58 + 1 + 2);
	expect(&b, SK_VALUE, "a level that 57 bits do not have");
}

/* --- -------------------------------------------------------------------- */

static void
check_answers(void)
{
	static const char *const names[NSTATUSES] = {
		[SK_OK] = "ok", [SK_SHORT] = "short", [SK_LONG] = "long",
		[SK_TYPE] = "type", [SK_VERSION] = "version", [SK_LAYOUT] = "layout",
		[SK_PRECISION] = "precision", [SK_RESERVED] = "reserved",
		[SK_COUNT] = "count", [SK_ORDER] = "order", [SK_VALUE] = "value",
		[SK_DICTIONARY] = "dictionary"
	};

	printf("hll_mutants: %ld mutants, %ld opened though refused;",
		   mutants, operated);
	for (int i = 0; i < NSTATUSES; i++)
	{
		if (names[i] == NULL)
			continue;
		printf(" %s %ld", names[i], answers[i]);
		check(answers[i] > 0, "no mutant is \"%s\"", names[i]);
	}
	printf("\n");
	check(mutants >= 300000, "%ld mutants are too few", mutants);
	check(operated > mutants / 10, "only %ld refused mutants opened", operated);
	check(unopened > mutants / 10, "only %ld are working", unopened);
}

int
main(void)
{
	make_sketches();
	test_sparse_counts();
	test_token_rules();
	test_zeros_among_many();
	test_token_orders(5000);
	test_sparse_padding();
	test_table_counts(9, 9);
	test_table_counts(9, 40);
	test_table_counts(13, 200);
	test_list_counts(9, 16);
	test_list_counts(40, 112);
	test_table_zeros();
	test_dense_rules();
	test_dense_mutants(40000);
	test_each_bit();
	test_random_mutants(260000);
	check_answers();
	for (int i = 0; i < nsketches; i++)
		free_buffer(&sketches[i]);
	return check_done("hll_mutants");
}
