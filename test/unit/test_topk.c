/*
 * test_topk.c: properties of sketches of the most frequent items: bounds hold
 * against exact counts after any sequence of adds, merges and packs; packing is
 * canonical, byte for byte that of a second implementation; limits and odd cases.
 */
#include <setjmp.h>

#include "check.h"
#include "topk_help.h"
#include "core/topk/internal.h"
#include "core/topk/size.h"

/* A sketch and the exact weights of what it has seen, by number. */
#define NNUMBERS 3000

typedef struct known
{
	buffer		b;
	uint32_t	k;
	uint64_t	weights[NNUMBERS];
	uint64_t	total;
} known;

static known *
new_known(uint32_t k)
{
	known	   *x = calloc(1, sizeof(*x));

	if (x == NULL)
		give_up("out of memory", 0);
	x->b = new_topk(k);
	x->k = k;
	return x;
}

static void
free_known(known *x)
{
	free_buffer(&x->b);
	free(x);
}

static void
add_known(known *x, uint32_t number, uint64_t weight)
{
	topk_add_number(&x->b, number, weight);
	x->weights[number] += weight;
	x->total += weight;
}

/* An empty sketch is neutral. */
static uint32_t
common_k(const known *a, const known *b)
{
	if (a->total == 0 && b->total > 0)
		return b->k;
	if (a->total > 0 && b->total == 0)
		return a->k;
	return a->k < b->k ? a->k : b->k;
}

static void
merge_known(known *dst, const known *src)
{
	topk_merge_into(&dst->b, src->b);
	dst->k = common_k(dst, src);
	for (int i = 0; i < NNUMBERS; i++)
		dst->weights[i] += src->weights[i];
	dst->total += src->total;
}

/* To stored bytes and back to a state, as in a rollup. */
static void
repack_known(known *x)
{
	buffer		p = topk_packed(x->b);

	check(sk_topk_check(p.bytes, p.nbytes, &test_env) == SK_OK, "packed, and refused");
	free_buffer(&x->b);
	x->b = new_topk(x->k);
	topk_merge_into(&x->b, p);
	free_buffer(&p);
}

/* Everything a sketch promises, in either layout. */
static void
check_promises(buffer b, const known *x, const char *what)
{
	sk_topk		s = topk_opened(b);
	uint64_t	sum = topk_sum_of(b);
	int			wrong = 0;

	check(s.k == x->k, "%s: k is %u", what, s.k);
	check(s.total == x->total, "%s: total is off", what);
	check(sum <= s.total, "%s: counts exceed the total", what);
	check(s.offset <= (s.total - sum) / (s.k + 1), "%s: offset too large", what);
	check(s.layout != SK_TOPK_PACKED || s.nitems <= s.k, "%s: too many", what);
	for (uint32_t i = 0; i < NNUMBERS; i++)
	{
		sk_topk_bounds at = topk_bounds_number(b, i);

		wrong += at.lower > x->weights[i] || x->weights[i] > at.upper ||
			at.upper - at.lower > s.offset;
	}
	check(wrong == 0, "%s: %d items out of bounds", what, wrong);
}

static void
check_known(const known *x, const char *what)
{
	buffer		p = topk_packed(x->b);

	check_promises(x->b, x, what);
	check_promises(p, x, what);
	check(sk_topk_check(p.bytes, p.nbytes, &test_env) == SK_OK, "%s: refused", what);
	free_buffer(&p);
}

/* --- bytes --------------------------------------------------------------- */

static void
check_bytes(buffer b, const char *expected, size_t nbytes, const char *what)
{
	buffer		p = topk_packed(b);

	check(p.nbytes == nbytes && memcmp(p.bytes, expected, nbytes) == 0,
		  "%s: other bytes", what);
	free_buffer(&p);
}

/* If both together could be too many, the left one is cut first. */
static void
test_golden_merge(void)
{
	buffer		b = new_topk(1),
				other = new_topk(1);

	for (char c = 'a'; c <= 'p'; c++)
		topk_add_bytes(&b, &c, 1, 1);
	topk_add_bytes(&other, "a", 1, 1);
	topk_merge_into(&b, other);
	check(topk_opened(b).nitems == 1, "not cut before the merge");
	check_bytes(b, "\xb1\x00\x01\x11\x01\x01\x01\x01\x01" "a", 10,
				"cut before the merge");
	free_buffer(&b);
	free_buffer(&other);
}

/* The examples of doc/format.md, and a few more. */
static void
test_golden(void)
{
	buffer		b = new_topk(100);

	check_bytes(b, "\xb1\x00\x64\x00\x00\x00", 6, "empty");
	topk_add_bytes(&b, "/cart", 5, 300);
	topk_add_bytes(&b, "/", 1, 2);
	topk_add_bytes(&b, "", 0, 1);
	topk_add_bytes(&b, "/", 1, 5);
	check_bytes(b, "\xb1\x00\x64\xb4\x02\x00\x03" "\x01\x00\x00"
				"\x07\x00\x01/" "\xac\x02\x00\x05/cart", 23, "three items");
	free_buffer(&b);
	b = new_topk(2);
	topk_add_bytes(&b, "a", 1, 5);
	topk_add_bytes(&b, "b", 1, 3);
	topk_add_bytes(&b, "c", 1, 3);
	topk_add_bytes(&b, "d", 1, 1);
	check_bytes(b, "\xb1\x00\x02\x0c\x03\x01\x05\x00\x01" "a", 10, "cut");
	free_buffer(&b);
	b = new_topk(1);
	for (char c = 'a'; c <= 'p'; c++)
		topk_add_bytes(&b, &c, 1, 1);
	topk_add_bytes(&b, "q", 1, 3);
	topk_add_bytes(&b, "a", 1, 1);
	check_bytes(b, "\xb1\x00\x01\x14\x02\x01\x03\x01\x01" "q", 10,
				"cut twice");
	free_buffer(&b);
	test_golden_merge();
}

/* Counts that are small, larger, different in one digit only, or of all lengths. */
static uint64_t
some_count(uint64_t *seed, int kind)
{
	if (kind == 0)
		return 1 + random_below(seed, 4);
	if (kind == 1)
		return 1 + random_below(seed, 100000);
	if (kind == 2)
		return 256 * (1 + (uint64_t) random_below(seed, 4));
	return 1 + (next_random(seed) >> (12 + random_below(seed, 50)));
}

static size_t
some_items(weighted *items, size_t n, uint64_t *seed, int kind)
{
	for (size_t i = 0; i < n; i++)
	{
		items[i].nbytes = name_of(items[i].name, (uint32_t) i);
		items[i].count = some_count(seed, kind);
	}
	return n;
}

static void
shuffle(weighted *items, size_t n, uint64_t *seed)
{
	for (size_t i = n; i > 1; i--)
	{
		size_t		j = random_below(seed, (uint32_t) i);
		weighted	item = items[i - 1];

		items[i - 1] = items[j];
		items[j] = item;
	}
}

static buffer
topk_of(const weighted *items, size_t n, uint32_t k)
{
	buffer		b = new_topk(k);

	for (size_t i = 0; i < n; i++)
		topk_add_bytes(&b, items[i].name, items[i].nbytes, items[i].count);
	return b;
}

/*
 * A sketch keeps as many items as it has room for until it is packed, so that
 * neither their order nor how they were split among sketches may matter.
 */
static void
check_canonical(uint32_t k, size_t n, int kind)
{
	static weighted items[NNUMBERS];
	uint64_t	seed = k * 1000 + n;
	buffer		expected;

	some_items(items, n, &seed, kind);
	expected = reference_topk(k, items, n);
	for (int round = 0; round < 4; round++)
	{
		size_t		half = n == 0 ? 0 : random_below(&seed, (uint32_t) n);
		uint32_t	more = half == 0 ? 0 : (uint32_t) (round / 2) * 400;
		buffer		b,
					other;

		shuffle(items, n, &seed);
		b = topk_of(items, half, k);
		other = topk_of(items + half, n - half, k + more);
		topk_merge_into(&b, other);
		check_bytes(b, (char *) expected.bytes, expected.nbytes, "merged");
		free_buffer(&b);
		free_buffer(&other);
		b = topk_of(items, n, k);
		check_bytes(b, (char *) expected.bytes, expected.nbytes, "added");
		free_buffer(&b);
	}
	check(sk_topk_check(expected.bytes, expected.nbytes, &test_env) == SK_OK,
		  "the reference of %zu items is refused", n);
	free_buffer(&expected);
}

static void
test_canonical(void)
{
	static const uint32_t ks[] = {1, 2, 10, 99, 100, 500};

	for (int i = 0; i < 6; i++)
		for (int kind = 0; kind < 4; kind++)
		{
			uint32_t	k = ks[i];
			size_t		most = 4 * k + 12;

			check_canonical(k, 0, kind);
			check_canonical(k, k - 1, kind);
			check_canonical(k, k, kind);
			check_canonical(k, k + 1, kind);
			check_canonical(k, 2 * k + 3, kind);
			check_canonical(k, most, kind);
		}
}

/* --- promises ------------------------------------------------------------ */

/* Streams: skewed, uniform, a few heavy ones late, each number once. */
static uint32_t
some_number(uint64_t *seed, int stream, uint32_t row)
{
	uint32_t	below = 1 + random_below(seed, NNUMBERS);

	if (stream == 0)
		return random_below(seed, 1 + random_below(seed, below));
	if (stream == 1)
		return below - 1;
	if (stream == 2)
		return row > 2000 && row % 3 == 0 ? row % 5 : below - 1;
	return row % NNUMBERS;
}

static known *
some_known(uint32_t k, uint64_t *seed)
{
	known	   *x = new_known(k);
	int			stream = (int) random_below(seed, 4);
	int			kind = (int) random_below(seed, 5);
	uint32_t	nrows = random_below(seed, 1 + random_below(seed, 6000));

	for (uint32_t row = 0; row < nrows; row++)
		add_known(x, some_number(seed, stream, row),
				  kind == 4 ? 1 : some_count(seed, kind));
	return x;
}

/* Merges random pairs until one is left, some of them packed in between. */
static void
check_merge_tree(known **leaves, int n, uint64_t *seed, const char *what)
{
	while (n > 1)
	{
		int			a = (int) random_below(seed, (uint32_t) n),
					b = (a + 1 + (int) random_below(seed, (uint32_t) n - 1)) % n;

		if (random_below(seed, 2) == 0)
			repack_known(leaves[a]);
		if (random_below(seed, 2) == 0)
			repack_known(leaves[b]);
		merge_known(leaves[a], leaves[b]);
		check_known(leaves[a], what);
		for (int more = (int) random_below(seed, 300); more > 0; more--)
			add_known(leaves[a], random_below(seed, NNUMBERS), 1);
		free_known(leaves[b]);
		leaves[b] = leaves[--n];
	}
	check_known(leaves[0], what);
	free_known(leaves[0]);
}

static void
test_promises(void)
{
	static const uint32_t ks[] = {1, 2, 3, 10, 37, 100, 400, 1000};
	uint64_t	seed = 7;

	for (int round = 0; round < 48; round++)
	{
		known	   *leaves[8];
		int			n = 1 + (int) random_below(&seed, 8);
		bool		alike = round % 3 != 0;
		char		what[40];

		snprintf(what, sizeof(what), "tree %d", round);
		for (int i = 0; i < n; i++)
		{
			leaves[i] = some_known(ks[(round + (alike ? 0 : i)) % 8], &seed);
			check_known(leaves[i], what);
		}
		check_merge_tree(leaves, n, &seed, what);
	}
}

/* Items of more than a (k+1)-th of the total are held even in the worst order:
 * first the heavy ones, then what could push them out. */
static void
test_heavy(void)
{
	for (uint32_t k = 1; k <= 20; k++)
	{
		buffer		b = new_topk(k);
		buffer		p;
		int			missed = 0;

		for (uint32_t i = 0; i < k; i++)
			topk_add_number(&b, i, 1001);
		for (uint32_t i = 0; i < 1000; i++)
			topk_add_number(&b, 1000 + i, 1);
		p = topk_packed(b);
		for (uint32_t i = 0; i < k; i++)
			missed += topk_bounds_number(p, i).lower == 0;
		check(missed == 0, "k = %u: %d heavy items are missing", k, missed);
		free_buffer(&b);
		free_buffer(&p);
	}
}

/* A merge that needs no cut adds both bounds of each item, held or not. */
static void
test_merge_adds_bounds(void)
{
	uint64_t	seed = 3;

	for (int round = 0; round < 10; round++)
	{
		known	   *x = some_known(50, &seed),
				   *y = some_known(50, &seed);
		buffer		merged = new_topk(50);
		int			wrong = 0;

		repack_known(x);
		repack_known(y);
		topk_merge_into(&merged, x->b);
		topk_merge_into(&merged, y->b);
		for (uint32_t i = 0; i < NNUMBERS; i++)
		{
			sk_topk_bounds a = topk_bounds_number(x->b, i),
						b = topk_bounds_number(y->b, i),
						both = topk_bounds_number(merged, i);

			wrong += both.lower != a.lower + b.lower ||
				both.upper != a.upper + b.upper;
		}
		check(wrong == 0, "%d bounds are not the sums of two", wrong);
		free_buffer(&merged);
		free_known(x);
		free_known(y);
	}
}

/* An empty working sketch with more room than it needs. */
static buffer
roomy_topk(uint32_t k, uint32_t nslots, size_t nbytes)
{
	buffer		b = new_topk(k);
	size_t		before = b.nbytes;

	resize(&b, nbytes);
	memset(b.bytes + before, 0, nbytes - before);
	sk_store32(b.bytes + SK_TOPK_AT_NSLOTS, nslots);
	sk_store32(b.bytes + SK_TOPK_AT_END, SK_TOPK_AT_SLOTS + 8 * nslots);
	return b;
}

/* The room a sketch has does not change what it holds. */
static void
test_room_does_not_matter(void)
{
	uint64_t	seed = 5;
	buffer		grown = new_topk(10),
				roomy = roomy_topk(10, 79, 100000),
				p,
				q;

	for (int i = 0; i < 20000; i++)
	{
		uint32_t	number = some_number(&seed, 0, 0);

		topk_add_number(&grown, number, 1 + number % 3);
		topk_add_number(&roomy, number, 1 + number % 3);
	}
	p = topk_packed(grown);
	q = topk_packed(roomy);
	check(same_bytes(p, q), "the room shows in the result");
	check(roomy.nbytes == 100000 && grown.nbytes < 10000, "sizes");
	check(topk_opened(p).offset > 0, "nothing was ever cut");
	free_buffer(&grown);
	free_buffer(&roomy);
	free_buffer(&p);
	free_buffer(&q);
}

/* --- limits and odd cases ------------------------------------------------ */

static void
test_sizes(void)
{
	buffer		b = new_topk(100);
	buffer		p;
	sk_topk		s;

	check(b.nbytes == 124, "the smallest has %zu bytes", b.nbytes);
	topk_add_bytes(&b, "twelve bytes", 12, 1);
	check(b.nbytes == 124, "with one item it has %zu", b.nbytes);
	topk_add_bytes(&b, "2welve bytes", 12, 1);
	topk_add_bytes(&b, "3welve bytes", 12, 1);
	check(b.nbytes == 252, "with three items it has %zu", b.nbytes);
	p = topk_packed(b);
	check(p.nbytes == 6 + 3 * 15, "packed, they have %zu", p.nbytes);
	for (uint32_t i = 0; i < 100000; i++)
		topk_add_number(&b, i, 1);
	s = topk_opened(b);
	check(s.nitems <= 412 && b.nbytes < 412 * (12 + 24 + 36) * 5 / 4,
		  "%u items in %zu bytes", s.nitems, b.nbytes);
	free_buffer(&b);
	free_buffer(&p);
}

/* The sizes of sketches that are too long to be made here. */
static void
test_longest(void)
{
	sk_topk_load long_items = {4001, 4001 * (uint64_t) 65560},
				too_long = {4100, 4100 * (uint64_t) 65560};
	sk_topk_shape shape = sk_topk_shape_for(100000, long_items);

	check(sk_topk_within_limits(100000, long_items) &&
		  shape.nbytes == SK_TOPK_MAX_BYTES, "4,000 long items do not fit");
	check(!sk_topk_within_limits(100000, too_long), "4,100 do");
	shape = sk_topk_shape_for(100000, too_long);
	check(shape.nbytes == SK_TOPK_MAX_BYTES, "no room for what a merge leaves");
	for (uint32_t k = 1; k <= 100000; k += k < 100 ? 1 : 999)
	{
		sk_topk_load full = {4 * k + 12, 24 * (4 * (uint64_t) k + 12)},
					both = {2 * full.nitems, 2 * full.nbytes};

		shape = sk_topk_shape_for(k, both);
		check(2 * shape.nslots >= 3 * full.nitems &&
			  SK_TOPK_AT_SLOTS + 8 * shape.nslots + full.nbytes <= shape.nbytes,
			  "no shape for k = %u", k);
	}
}

static size_t asked;			/* of the last allocation */
static jmp_buf refused;

static void *
refuse_alloc(size_t nbytes)
{
	asked = nbytes;
	longjmp(refused, 1);
}

static const sk_env no_memory = {refuse_alloc, free, test_poll};

/* A working sketch of n records of the longest items, without a byte to spare. No
 * slot leads to them: they are only to be too much. */
static buffer
long_topk(uint32_t n)
{
	uint32_t	nslots = 3 * n / 2 + 2;
	size_t		nbytes = SK_TOPK_AT_SLOTS + 8 * (size_t) nslots;
	buffer		b = {calloc(1, nbytes + n * (size_t) 65560), nbytes};

	if (b.bytes == NULL)
		give_up("out of memory", 0);
	b.bytes[SK_TOPK_AT_TYPE] = SK_TOPK_TYPE_AND_VERSION;
	b.bytes[SK_TOPK_AT_LAYOUT] = SK_TOPK_WORKING;
	sk_store32(b.bytes + SK_TOPK_AT_K, 100000);
	sk_store32(b.bytes + SK_TOPK_AT_ROOM, 100000);
	sk_store64(b.bytes + SK_TOPK_AT_TOTAL, n);
	sk_store32(b.bytes + SK_TOPK_AT_NITEMS, n);
	sk_store32(b.bytes + SK_TOPK_AT_NSLOTS, nslots);
	for (; n > 0; n--, b.nbytes += 65560)
	{
		sk_store64(b.bytes + b.nbytes + SK_TOPK_AT_COUNT, 1);
		sk_store64(b.bytes + b.nbytes + SK_TOPK_AT_LOWER, 1);
		sk_store32(b.bytes + b.nbytes + SK_TOPK_AT_LENGTH, 65536);
	}
	sk_store32(b.bytes + SK_TOPK_AT_END, (uint32_t) b.nbytes);
	return b;
}

/* Items that would exceed 256 MB are refused, but only after trying a merge, in
 * which some may be the same. Takes 256 MB of addresses, and little of memory. */
static void
test_too_long(void)
{
	buffer		b = long_topk(4017);
	sk_topk_item item = sk_topk_item_of("new", 3);
	sk_value	v = {b.bytes, b.nbytes},
				none = {NULL, 0};

	if (setjmp(refused) == 0)
		check(sk_topk_add(&v, &item, 1, &no_memory) == SK_OK, "not reached");
	check(asked == SK_TOPK_MAX_BYTES, "%zu bytes for one item more", asked);
	asked = 0;
	if (setjmp(refused) == 0)
		check(sk_topk_merge(&v, b.bytes, b.nbytes, &no_memory) == SK_OK,
			  "not reached");
	check(asked == SK_TOPK_MAX_BYTES, "%zu bytes for a merge", asked);
	asked = 0;
	free_buffer(&b);
	b = long_topk(4093);
	v = (sk_value) {b.bytes, b.nbytes};
	check(sk_topk_add(&v, &item, 1, &no_memory) == SK_SIZE &&
		  v.bytes == b.bytes, "an item more than 256 MB");
	check(sk_topk_merge(&none, b.bytes, b.nbytes, &no_memory) == SK_SIZE &&
		  none.nbytes == 0, "a copy of more than 256 MB");
	check(asked == 0, "%zu bytes in vain", asked);
	free_buffer(&b);
}

static void
check_unchanged(buffer b, buffer before, const char *what)
{
	check(same_bytes(b, before), "%s changes the sketch", what);
}

static void
test_weights(void)
{
	uint64_t	most = SK_TOPK_MAX_TOTAL;
	buffer		b = new_topk(3),
				other = new_topk(2),
				before;
	sk_topk		s;

	topk_add_bytes(&b, "a", 1, 0);
	s = topk_opened(b);
	check(sk_topk_is_empty(&s) && s.nitems == 0, "weight 0 adds something");
	topk_add_bytes(&b, "a", 1, most - 1);
	before = copy_bytes(b.bytes, b.nbytes);
	topk_add_bytes(&b, "b", 1, 0);
	check_unchanged(b, before, "weight 0");
	check(try_topk_add(&b, "b", 1, 2) == SK_OVERFLOW, "past 2^63 - 1");
	check(try_topk_add(&b, "a", 1, 2) == SK_OVERFLOW, "past 2^63 - 1");
	check(try_topk_add(&b, "a", 1, UINT64_MAX) == SK_OVERFLOW, "2^64 - 1");
	topk_add_bytes(&other, "b", 1, 2);
	check(try_topk_merge(&b, other) == SK_OVERFLOW, "merged past 2^63 - 1");
	check_unchanged(b, before, "an overflow");
	topk_add_bytes(&b, "b", 1, 1);
	check(topk_lower_of(b, "a", 1) == most - 1, "the heaviest item");
	check(topk_lower_of(b, "b", 1) == 1 && topk_opened(b).total == most,
		  "the last weight there is room for");
	free_buffer(&b);
	free_buffer(&other);
	free_buffer(&before);
}

/* Lengths 0 and 65,536, alone, packed, merged and cut. */
static void
test_lengths(void)
{
	static char longest[SK_TOPK_MAX_ITEM];
	buffer		b = new_topk(4),
				p,
				back = new_topk(4);

	check(sk_topk_length_ok(65536) && !sk_topk_length_ok(65537), "length");
	for (int i = 0; i < 60; i++)
	{
		memset(longest, i, sizeof(longest));
		topk_add_bytes(&b, longest, sizeof(longest), i == 7 ? 100 : 1);
		topk_add_bytes(&b, longest, sizeof(longest) - 1, 1);
		topk_add_bytes(&b, "", 0, 2);
	}
	check(b.nbytes < 40 * 65552, "%zu bytes of long items", b.nbytes);
	p = topk_packed(b);
	check(sk_topk_check(p.bytes, p.nbytes, &test_env) == SK_OK, "long items refused");
	topk_merge_into(&back, p);
	memset(longest, 7, sizeof(longest));
	check(topk_lower_of(back, longest, 65536) > 0, "the long item is missing");
	check(topk_lower_of(back, longest, 65535) == 0, "a shorter one is there");
	check(topk_lower_of(p, "", 0) > 0 &&
		  topk_lower_of(p, "", 0) == topk_lower_of(back, "", 0),
		  "no empty item");
	free_buffer(&b);
	free_buffer(&p);
	free_buffer(&back);
}

/* Equal counts stay or go together: k + 1 of them leave nothing. */
static void
test_ties(void)
{
	buffer		b = new_topk(10);
	buffer		p;
	sk_topk		s;

	for (uint32_t i = 0; i < 10; i++)
		topk_add_number(&b, i, 7);
	p = topk_packed(b);
	s = topk_opened(p);
	check(s.nitems == 10 && s.offset == 0, "ten of ten are kept");
	free_buffer(&p);
	topk_add_number(&b, 10, 7);
	p = topk_packed(b);
	s = topk_opened(p);
	check(s.nitems == 0 && s.offset == 7 && s.total == 77, "eleven are not");
	check(sk_topk_check(p.bytes, p.nbytes, &test_env) == SK_OK, "offset alone refused");
	check(!sk_topk_is_empty(&s), "what counted away is not empty");
	free_buffer(&p);
	free_buffer(&b);
}

/* Packs both, and frees them. */
static void
check_same_packed(buffer a, buffer b)
{
	buffer		p = topk_packed(a),
				q = topk_packed(b);

	check(same_bytes(p, q), "a union does not commute");
	free_buffer(&a);
	free_buffer(&b);
	free_buffer(&p);
	free_buffer(&q);
}

/* The k that the union of two sketches has, either way round. */
static uint32_t
k_of_union(buffer a, buffer b)
{
	buffer		ab = copy_bytes(a.bytes, a.nbytes),
				ba = copy_bytes(b.bytes, b.nbytes),
				p,
				q;
	uint32_t	k;

	topk_merge_into(&ab, b);
	topk_merge_into(&ba, a);
	p = topk_packed(ab);
	q = topk_packed(ba);
	check(same_bytes(p, q), "a union of empty sketches does not commute");
	k = topk_opened(p).k;
	free_buffer(&ab);
	free_buffer(&ba);
	free_buffer(&p);
	free_buffer(&q);
	return k;
}

/* An empty sketch takes the other k; of two, the smaller one holds. */
static void
test_empty(void)
{
	static const uint32_t ks[][3] = {
		{3, 4, 3}, {7, 7, 7}, {100, 3, 3}, {100, 200, 100}, {100, 100, 100}
	};

	for (int i = 0; i < 5; i++)
		for (int layouts = 0; layouts < 4; layouts++)
		{
			buffer		a = new_topk(ks[i][0]),
						b = new_topk(ks[i][1]),
						p = topk_packed(a),
						q = topk_packed(b),
						x = layouts & 1 ? p : a,
						y = layouts & 2 ? q : b;

			check(k_of_union(x, y) == ks[i][2], "k of two empty sketches");
			topk_add_bytes(&b, "b", 1, 1);
			free_buffer(&q);
			q = topk_packed(b);
			y = layouts & 2 ? q : b;
			check(k_of_union(x, y) == ks[i][1], "an empty sketch changes k");
			free_buffer(&a);
			free_buffer(&b);
			free_buffer(&p);
			free_buffer(&q);
		}
}

/* Packed sketches and no sketch at all become working ones; what was there
 * stays as it was. */
static void
test_layouts(void)
{
	buffer		b = new_topk(5),
				p,
				before;
	sk_value	v = {NULL, 0};

	topk_add_bytes(&b, "a", 1, 3);
	p = topk_packed(b);
	before = copy_bytes(p.bytes, p.nbytes);
	check(sk_topk_merge(&v, p.bytes, p.nbytes, &test_env) == SK_OK &&
		  sk_topk_is_working(v.bytes, v.nbytes), "no working copy");
	free(v.bytes);
	v = (sk_value) {p.bytes, p.nbytes};
	check(sk_topk_pack(&v, &test_env) == SK_OK && v.bytes == p.bytes,
		  "what is packed is packed again");
	check(sk_topk_merge(&v, b.bytes, b.nbytes, &test_env) == SK_OK &&
		  sk_topk_is_working(v.bytes, v.nbytes), "merged, but not working");
	free_buffer(&b);
	b = (buffer) {v.bytes, v.nbytes};
	check(topk_lower_of(b, "a", 1) == 6, "a is not there twice");
	v = (sk_value) {p.bytes, p.nbytes};
	check(sk_topk_add(&v, &(sk_topk_item) {(const uint8_t *) "b", 1, 7}, 2,
					  &test_env) == SK_OK &&
		  sk_topk_is_working(v.bytes, v.nbytes), "added, but not working");
	free_buffer(&b);
	b = (buffer) {v.bytes, v.nbytes};
	check(topk_opened(b).total == 5 && topk_opened(b).nitems == 2, "b is not in");
	check(same_bytes(p, before), "a packed sketch was changed");
	free_buffer(&b);
	free_buffer(&p);
	free_buffer(&before);
}

/* A sketch that moves to be cut and to grow leaves its old bytes alone. */
static void
test_move(void)
{
	static char item[SK_TOPK_MAX_ITEM];
	buffer		b = new_topk(1),
				before;
	sk_value	v;
	sk_topk_item large;

	for (char c = 'a'; c <= 'p'; c++)
		topk_add_bytes(&b, &c, 1, 1);
	before = copy_bytes(b.bytes, b.nbytes);
	v = (sk_value) {b.bytes, b.nbytes};
	large = sk_topk_item_of(item, sizeof(item));
	check(sk_topk_add(&v, &large, 2, &test_env) == SK_OK &&
		  v.bytes != b.bytes && same_bytes(b, before), "the old bytes changed");
	free_buffer(&b);
	b = (buffer) {v.bytes, v.nbytes};
	check(topk_opened(b).nitems == 1 && topk_opened(b).offset == 1 &&
		  topk_lower_of(b, item, sizeof(item)) == 2, "moved, but not cut");
	free_buffer(&b);
	free_buffer(&before);
}

/* The union has the smaller k, whichever side it is on. */
static void
test_unlike_k(void)
{
	for (int swap = 0; swap < 2; swap++)
	{
		known	   *wide = new_known(500),
				   *narrow = new_known(20),
				   *dst = swap ? wide : narrow,
				   *src = swap ? narrow : wide;

		for (uint32_t i = 0; i < 1500; i++)
			add_known(wide, i, 1 + i % 50);
		for (uint32_t i = 0; i < 50; i++)
			add_known(narrow, i, 10);
		merge_known(dst, src);
		check(dst->k == 20, "k of the merged");
		check_known(dst, "unlike k");
		free_known(wide);
		free_known(narrow);
	}
}

/* Sketches of different k, all of whose items are added before one cut: the same
 * bytes either way round, whatever the layouts, as a plain sum gives. */
static void
test_cut_once(void)
{
	static weighted items[NNUMBERS];
	uint64_t	seed = 9;

	for (int round = 0; round < 16; round++)
	{
		size_t		n = some_items(items, 400, &seed, round % 4);
		uint32_t	k = 3 + (uint32_t) round;
		buffer		narrow,
					wide,
					sides[4],
					expected;

		shuffle(items, n, &seed);
		narrow = topk_of(items, k, k);
		wide = topk_of(items + k, n - k, 500);
		sides[0] = narrow;
		sides[1] = wide;
		sides[2] = topk_packed(narrow);
		sides[3] = topk_packed(wide);
		expected = reference_topk(k, items, n);
		for (int i = 0; i < 8; i++)
		{
			buffer		a = sides[i % 4],
						b = sides[(1 - i % 2) + (i >= 4 ? 2 : 0)],
						sum = copy_bytes(a.bytes, a.nbytes);

			topk_merge_into(&sum, b);
			check_bytes(sum, (char *) expected.bytes, expected.nbytes,
						"unlike k");
			free_buffer(&sum);
		}
		for (int i = 0; i < 4; i++)
			free_buffer(&sides[i]);
		free_buffer(&expected);
	}
}

/* Unions of sketches that were cut commute, and add offsets before their own
 * cut. */
static void
test_unlike_k_commutes(void)
{
	static const uint32_t ks[][2] = {{5, 100}, {1, 1000}, {20, 21}, {100, 3}};
	uint64_t	seed = 11;

	for (int round = 0; round < 40; round++)
	{
		known	   *x = some_known(ks[round % 4][0], &seed),
				   *y = some_known(ks[round % 4][1], &seed);
		buffer		ab,
					ba;

		repack_known(x);
		repack_known(y);
		ab = topk_packed(x->b);
		ba = topk_packed(y->b);
		topk_merge_into(&ab, y->b);
		topk_merge_into(&ba, x->b);
		check(topk_opened(ab).offset ==
			  topk_opened(x->b).offset + topk_opened(y->b).offset,
			  "cut before it was packed");
		check_same_packed(ab, ba);
		merge_known(x, y);
		check_known(x, "unlike k");
		free_known(x);
		free_known(y);
	}
}

/* A state keeps the room of the largest k, and its own k is the smallest. */
static void
test_room(void)
{
	static const uint32_t ks[] = {7, 300, 2, 50};
	buffer		all = new_topk(7);
	sk_topk		s;

	for (uint32_t i = 0; i < 4; i++)
	{
		buffer		one = new_topk(ks[i]);

		for (uint32_t j = 0; j < 200; j++)
			topk_add_number(&one, 200 * i + j, 1 + j);
		topk_merge_into(&all, one);
		free_buffer(&one);
	}
	s = topk_opened(all);
	check(s.k == 2 && s.room == 300, "k %u, room %u", s.k, s.room);
	free_buffer(&all);
}

static void
test_order_of_entries(void)
{
	buffer		b = new_topk(50),
				p;
	sk_topk		s;
	sk_topk_cursor c;
	sk_topk_entry e[50];
	int			n = 0,
				wrong = 0;

	for (uint32_t i = 0; i < 50; i++)
		topk_add_number(&b, i, 1 + i % 4);
	p = topk_packed(b);
	s = topk_opened(p);
	c = sk_topk_first(&s);
	while (n < 50 && sk_topk_next(&c, &e[n]))
		n++;
	check(n == 50 && c.status == SK_OK, "%d entries", n);
	for (int i = 1; i < n; i++)
		wrong += sk_topk_compare_items(e[i - 1].item, e[i - 1].nbytes,
									   e[i].item, e[i].nbytes) >= 0;
	check(wrong == 0, "%d packed entries out of order", wrong);
	qsort(e, 50, sizeof(*e), sk_topk_compare);
	for (int i = 1; i < n; i++)
		wrong += e[i - 1].lower < e[i].lower ||
			(e[i - 1].lower == e[i].lower &&
			 sk_topk_compare_items(e[i - 1].item, e[i - 1].nbytes,
								   e[i].item, e[i].nbytes) >= 0);
	check(wrong == 0 && e[0].upper == 4, "%d entries are sorted wrongly", wrong);
	free_buffer(&b);
	free_buffer(&p);
}

/* Items with one fingerprint, each the beginning of the next, are distinct. */
static void
test_collisions(void)
{
	char		name[200];
	buffer		b = new_topk(30),
				p,
				q = new_topk(30);
	int			wrong = 0;

	memset(name, 'x', sizeof(name));
	for (int round = 0; round < 3; round++)
		for (uint32_t i = 200; i-- > 0;)
		{
			sk_topk_item item = {(uint8_t *) name, i, UINT32_MAX};
			uint64_t	weight = i < 20 ? 100 : 1;

			if (try_topk_add_item(&b, &item, weight) != SK_OK)
				give_up("an add fails", (int) i);
		}
	p = topk_packed(b);
	topk_merge_into(&q, p);
	for (uint32_t i = 0; i < 20; i++)
	{
		wrong += topk_lower_of(p, name, i) != 300;
		wrong += topk_lower_of(q, name, i) != 300;
	}
	check(wrong == 0, "%d colliding items are wrong", wrong);
	free_buffer(&b);
	free_buffer(&p);
	free_buffer(&q);
}

/* Items chosen for the first bits of their hashes are spread over the table. */
static void
test_spread(void)
{
	buffer		b = new_topk(2000);
	uint64_t	steps = 0;
	uint32_t	nslots;

	for (uint32_t i = 0; i < 8000; i++)
	{
		char		name[NAME_SIZE];
		sk_topk_item item = {
			(uint8_t *) name, (uint32_t) name_of(name, i),
			UINT32_C(5) << 26 | i * 8191 % (1 << 26)
		};

		if (try_topk_add_item(&b, &item, 1) != SK_OK)
			give_up("an add fails", (int) i);
	}
	nslots = sk_load32(b.bytes + SK_TOPK_AT_NSLOTS);
	for (uint32_t i = 0; i < nslots; i++)
	{
		uint64_t	slot = sk_topk_slot(b.bytes, i);
		uint32_t	home = sk_topk_home_slot((uint32_t) (slot >> 32), nslots);

		if (slot != 0)
			steps += i >= home ? i - home : i + nslots - home;
	}
	check(topk_opened(b).nitems == 8000 && steps < 5 * 8000,
		  "%llu steps to find 8,000 items", (unsigned long long) steps);
	free_buffer(&b);
}

static int	polls;

static void
count_poll(void)
{
	polls++;
}

static void
test_polls(void)
{
	static const sk_env env = {test_alloc, free, count_poll};
	buffer		b = new_topk(1000);
	sk_value	copy = {NULL, 0},
				packed;

	for (uint32_t i = 0; i < 1000; i++)
		topk_add_number(&b, i, 1);
	check(sk_topk_merge(&copy, b.bytes, b.nbytes, &env) == SK_OK &&
		  polls == 64, "%d turns while merging", polls);
	polls = 0;
	packed = copy;
	check(sk_topk_pack(&packed, &env) == SK_OK && polls > 500,
		  "%d turns while packing", polls);
	polls = 0;
	check(sk_topk_check(packed.bytes, packed.nbytes, &env) == SK_OK &&
		  polls == 4, "%d turns while checking", polls);
	free_buffer(&b);
	free(copy.bytes);
	free(packed.bytes);
}

/* --- the figure of issue 5 ----------------------------------------------- */

#define DISTINCT 1000000
#define PARTS 64
#define ROWS_OF_PART 25000
#define TOP 20

static double cumulated[DISTINCT + 1];
static uint32_t seen[DISTINCT];

/* From 0 on, the more frequent first: Zipf with exponent 1.1. */
static uint32_t
zipf(uint64_t *seed)
{
	double		u = (double) (next_random(seed) >> 11) * 0x1p-53 *
		cumulated[DISTINCT];
	uint32_t	low = 0,
				high = DISTINCT - 1;

	while (low < high)
	{
		uint32_t	middle = (low + high) / 2;

		if (cumulated[middle + 1] > u)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static buffer
zipf_part(uint64_t *seed)
{
	buffer		b = new_topk(100),
				p;

	for (int i = 0; i < ROWS_OF_PART; i++)
	{
		uint32_t	number = zipf(seed);
		char		name[16];

		seen[number]++;
		snprintf(name, sizeof(name), "page%08x", number * 2654435761u);
		topk_add_bytes(&b, name, 12, 1);
	}
	p = topk_packed(b);
	free_buffer(&b);
	return p;
}

/* How many of the 20 most frequent are among the first 20 of a sketch, with
 * counts within the bounds. */
static int
count_found(buffer p)
{
	sk_topk		s = topk_opened(p);
	sk_topk_cursor c = sk_topk_first(&s);
	sk_topk_entry e[100];
	int			n = 0,
				found = 0;

	while (n < 100 && sk_topk_next(&c, &e[n]))
		n++;
	qsort(e, (size_t) n, sizeof(*e), sk_topk_compare);
	for (uint32_t i = 0; i < DISTINCT; i++)
	{
		uint32_t	more = 0;
		char		name[16];

		if (seen[i] < seen[TOP - 1] / 2)
			continue;
		for (uint32_t j = 0; j < 1000; j++)
			more += seen[j] > seen[i];
		if (more >= TOP)
			continue;
		snprintf(name, sizeof(name), "page%08x", i * 2654435761u);
		for (int j = 0; j < n && j < TOP; j++)
			found += e[j].nbytes == 12 && memcmp(e[j].item, name, 12) == 0 &&
				e[j].lower <= seen[i] && seen[i] <= e[j].upper;
	}
	return found;
}

static void
test_top_of_parts(void)
{
	uint64_t	seed = 11;
	buffer		parts[PARTS],
				all;

	for (int i = 0; i < DISTINCT; i++)
		cumulated[i + 1] = cumulated[i] + pow(i + 1, -1.1);
	for (int i = 0; i < PARTS; i++)
		parts[i] = zipf_part(&seed);
	/* hours to days to one: eight by eight */
	for (int step = 1; step < PARTS; step *= 8)
		for (int i = 0; i < PARTS; i += 8 * step)
		{
			buffer		b = new_topk(100);

			for (int j = i; j < i + 8 * step; j += step)
			{
				topk_merge_into(&b, parts[j]);
				free_buffer(&parts[j]);
			}
			parts[i] = topk_packed(b);
			free_buffer(&b);
		}
	all = parts[0];
	check(topk_opened(all).total == PARTS * ROWS_OF_PART, "rows are missing");
	check(count_found(all) == TOP, "%d of the top 20", count_found(all));
	free_buffer(&all);
}

int
main(void)
{
	test_golden();
	test_canonical();
	test_promises();
	test_heavy();
	test_merge_adds_bounds();
	test_room_does_not_matter();
	test_sizes();
	test_longest();
	test_too_long();
	test_weights();
	test_lengths();
	test_ties();
	test_empty();
	test_layouts();
	test_move();
	test_unlike_k();
	test_cut_once();
	test_unlike_k_commutes();
	test_room();
	test_order_of_entries();
	test_collisions();
	test_spread();
	test_polls();
	test_top_of_parts();
	return check_done("topk");
}
