/*
 * test_polls.c: every loop that can be long lets itself be cancelled.
 *
 * Each operation over a sketch of many blocks, counters or values is to call poll
 * at least so often that what lies between two calls takes milliseconds: after 256
 * blocks of 64 bytes or of 128 counters, 1 MB of blocks that are only copied or
 * united, 16 values that are each searched for, or 65,536 entries of a sort. That it
 * need not return is seen with a server, in test/t/cancel.sh.
 */
#include "check.h"
#include "env.h"
#include "bloom_help.h"
#include "hll_help.h"
#include "core/hll/overlap.h"
#include "core/cms/sketch.h"
#include "core/sort.h"
#include "topk_help.h"

static long polls;

static void
count(void)
{
	polls++;
}

static const sk_env counting = {test_alloc, free, count};

/* Checks that there were at least so many, and forgets them. */
static void
expect(long least, const char *what)
{
	check(polls >= least && least > 0, "%s: %ld polls, at least %ld wanted",
		  what, polls, least);
	polls = 0;
}

/* ---- bloom ---- */

static buffer
new_bits(sk_bloom_design design)
{
	buffer		b = new_blocks(design);
	uint64_t	seed = 1;

	for (int i = 0; i < 1000; i++)
		bloom_add_hash(&b, next_random(&seed));
	return b;
}

/* A working list of n values, each so far from the last one. */
static buffer
new_list(sk_bloom_design design, uint32_t n, uint64_t step)
{
	buffer		b = new_bloom_of((sk_bloom_shape) {
		SK_BLOOM_WORKING_LIST, design, 2 * n
	});
	size_t		nbytes = b.nbytes;

	for (uint32_t i = 1; i <= n; i++)
		bloom_add_hash(&b, i * step);
	if (b.nbytes != nbytes)
		give_up("no room in a list", (int) n);
	return b;
}

static buffer
packed_bloom(buffer a)
{
	sk_value	v = {a.bytes, a.nbytes};

	if (sk_bloom_pack(&v, &counting) != SK_OK || v.bytes == a.bytes)
		give_up("a filter cannot be packed", 0);
	return (buffer) {v.bytes, v.nbytes};
}

static void
merge_bloom(buffer *a, buffer b)
{
	sk_value	v = {a->bytes, a->nbytes};

	if (sk_bloom_merge(&v, b.bytes, b.nbytes, &counting) != SK_OK)
		give_up("filters cannot be merged", 0);
	bloom_update(a, v);
}

static void
intersect_bloom(buffer *a, buffer b)
{
	sk_value	v = {a->bytes, a->nbytes};

	if (sk_bloom_intersect(&v, b.bytes, b.nbytes, &counting) != SK_OK)
		give_up("filters cannot be intersected", 0);
	bloom_update(a, v);
}

/* Of 65,536 blocks, by themselves and folded to 64. */
static void
test_bits(void)
{
	sk_bloom_design large = {65536, 6, 1, 0.01},
				small = {64, 6, 1, 0.01};
	buffer		a = new_bits(large),
				b = new_bits(large),
				c = new_bits(small),
				p;
	sk_bloom	s = bloom_opened(a),
				t = bloom_opened(c);
	sk_bloom_fills fills;
	double		n;

	merge_bloom(&b, a);
	expect(65536 / 16384, "merging blocks");
	merge_bloom(&c, a);
	expect(65536 / 256, "merging folded blocks");
	intersect_bloom(&b, a);
	expect(65536 / 256, "intersecting blocks");
	intersect_bloom(&c, a);
	expect(64, "intersecting folded blocks");
	check(c.bytes == t.bytes, "blocks do not change in place");
	sk_bloom_count_fills(&s, &fills, &counting);
	expect(65536 / 256, "counting bits");
	sk_bloom_overlap(&s, &s, &n, &counting);
	expect(65536 / 256, "comparing blocks");
	sk_bloom_overlap(&s, &t, &n, &counting);
	expect(64, "comparing folded blocks");
	sk_bloom_overlap(&t, &s, &n, &counting);
	expect(64, "comparing with folded blocks");
	p = packed_bloom(a);
	expect(65536 / 16384, "packing blocks");
	free_buffer(&a);
	free_buffer(&b);
	free_buffer(&c);
	free_buffer(&p);
}

/* Of 20,000 values. */
static void
test_values(void)
{
	sk_bloom_design design = {65536, 6, 1, 0.01};
	buffer		a = new_list(design, 20000, UINT64_MAX / 20001),
				b = new_list(design, 40000, UINT64_MAX / 40001),
				p = packed_bloom(a);
	sk_bloom	s = bloom_opened(p);
	sk_value	v;
	double		n;

	polls = 0;
	sk_bloom_merge_sorted(&v, &s, &s, &counting);
	expect(20000 / 256, "merging packed lists");
	free(v.bytes);
	merge_bloom(&b, p);
	expect(20000 / 16, "merging lists");
	sk_bloom_overlap(&s, &s, &n, &counting);
	expect(20000 / 16, "comparing lists");
	intersect_bloom(&a, p);
	expect(20000 / 16, "intersecting lists");
	free_buffer(&a);
	free_buffer(&b);
	free_buffer(&p);
}

/*
 * Of a million entries, random and made to be slow: each of the at
 * most eight passes polls after 65,536 entries, and nothing takes more passes.
 */
static void
test_sort(void)
{
	uint32_t	n = 1000000;
	buffer		b = new_buffer(8 * (size_t) n);

	for (int how = 0; how < 4; how++)
	{
		uint64_t	seed = 1,
					last = 0,
					bad = 0;

		for (uint32_t i = 0; i < n; i++)
			sk_store64(b.bytes + 8 * (size_t) i, how == 0 ? next_random(&seed) :
					   how == 1 ? n - i : how == 2 ? (uint64_t) i << 40 :
					   i & 1 ? i : UINT64_MAX - i);
		sk_sort_entries(b.bytes, n, 8, &counting);
		check(polls < 8 * 2 * (n / 65536 + 1) + 2 * n / 33, "%ld polls", polls);
		expect(2 * (n / 65536), "a sort");
		for (uint32_t i = 0; i < n; i++)
		{
			bad += sk_load64(b.bytes + 8 * (size_t) i) < last;
			last = sk_load64(b.bytes + 8 * (size_t) i);
		}
		check(bad == 0, "sorted, order %d", how);
	}
	free_buffer(&b);
}

/* ---- cms ---- */

static sk_cms
opened_cms(sk_value v)
{
	sk_cms		s;

	if (sk_cms_open(&s, v.bytes, v.nbytes) != SK_OK)
		give_up("a sketch does not open", 0);
	return s;
}

/* A working sketch of n values; counters if these are too many for a list. */
static sk_value
new_cms(sk_cms_design design, uint32_t n)
{
	sk_value	v = sk_cms_empty(&design, &test_env);
	uint64_t	seed = 1;

	for (uint32_t i = 0; i < n; i++)
	{
		sk_value	old = v;

		if (sk_cms_add(&v, next_random(&seed), SK_KIND_ANY, 9,
					   &test_env) != SK_OK)
			give_up("adding fails", (int) i);
		if (v.bytes != old.bytes)
			free(old.bytes);
	}
	return v;
}

static sk_cms_design
cms_design_of(double epsilon)
{
	sk_cms_design design;

	if (sk_cms_design_for(&design, epsilon, 0.01) != SK_OK)
		give_up("there is no design", 0);
	return design;
}

/* Of 680,000 counters, and of 256 times as few. */
static void
test_counters(void)
{
	sk_cms_design large = cms_design_of(0.00002),
				small = cms_design_of(0.00002 * 256);
	long		nblocks = sk_cms_ncells(&large) / 128;
	sk_value	a = new_cms(large, 90000),
				b = new_cms(small, 30000),
				p = a;
	sk_cms		s,
				t = opened_cms(b);
	double		product;

	check(!sk_cms_is_list(&t), "they are no counters");
	check(sk_cms_pack(&p, &counting) == SK_OK, "counters cannot be packed");
	expect(2 * (nblocks / 256), "packing counters, once to measure them");
	s = opened_cms(p);
	check(!sk_cms_is_list(&s), "they were packed as a list");
	check(sk_cms_check(p.bytes, p.nbytes, &counting) == SK_OK, "it is damaged");
	expect(nblocks / 256, "checking counters");
	sk_cms_inner_product(&s, &s, &product, &counting);
	expect(2 * (nblocks / 256), "the inner product of counters");
	check(sk_cms_inner_product(&s, &t, &product, &counting) == SK_OK,
		  "they are unlike");
	expect(nblocks / 256, "the inner product of folded counters");
	check(sk_cms_merge(&b, p.bytes, p.nbytes, &counting) == SK_OK,
		  "they are unlike");
	expect(nblocks / 256, "merging counters");
	free(a.bytes);
	free(b.bytes);
	free(p.bytes);
}

static void
test_frequencies(void)
{
	sk_cms_design design = cms_design_of(0.00002);
	sk_value	a = new_cms(design, 20000),
				b = new_cms(design, 90000);
	sk_cms		s = opened_cms(a),
				t = opened_cms(b);
	double		product;

	check(sk_cms_is_list(&s) && !sk_cms_is_list(&t), "a list and counters");
	sk_cms_inner_product(&s, &t, &product, &counting);
	expect(20000 / 16, "the inner product of a list and counters");
	sk_cms_inner_product(&s, &s, &product, &counting);
	expect(20000 / 16, "the inner product of lists");
	sk_cms_merge(&b, a.bytes, a.nbytes, &counting);
	expect(20000 / 16, "merging a list");
	free(a.bytes);
	free(b.bytes);
}

/* ---- topk ---- */

/* A sketch that is full: the next item makes it drop some. */
static sk_value
full_topk(uint32_t k)
{
	buffer		b = new_topk(k);

	for (uint32_t i = 0; i < 4 * k + 12; i++)
		topk_add_bytes(&b, &i, sizeof(i), 1 + i % 7);
	if (topk_opened(b).offset != 0)
		give_up("items were dropped", 0);
	return (sk_value) {b.bytes, b.nbytes};
}

static void
test_items(void)
{
	sk_value	a = full_topk(1000),
				b = full_topk(1000);
	sk_topk_item item = sk_topk_item_of("new", 3);
	sk_topk		s;

	sk_topk_add(&a, &item, 1, &counting);
	expect(4012 / 16, "dropping items for a new one");
	sk_topk_open(&s, a.bytes, a.nbytes);
	check(s.offset > 0, "nothing was dropped");
	sk_topk_merge(&b, a.bytes, a.nbytes, &counting);
	expect((4012 + s.nitems) / 16, "dropping items for a union");
	free(a.bytes);
	free(b.bytes);
}

/* ---- hll ---- */

/* Of tokens, which are searched for; registers are fast. */
static void
test_tokens(void)
{
	buffer		a = new_sketch(20),
				p;
	uint64_t	seed = 1;
	sk_hll		s;
	sk_value	v = {NULL, 0},
				common;

	for (int i = 0; i < 50000; i++)
		add_hash(&a, next_random(&seed));
	p = packed(a);
	s = opened(p);
	check(sk_hll_check(p.bytes, p.nbytes, &counting) == SK_OK, "it is damaged");
	expect(50000 / 256, "checking tokens");
	check(sk_hll_merge(&v, p.bytes, p.nbytes, &counting) == SK_OK, "merging");
	expect(50000 / 256, "merging packed tokens");
	check(sk_hll_merge(&v, a.bytes, a.nbytes, &counting) == SK_OK, "merging");
	expect(50000 / 256, "merging working tokens");
	check(sk_hll_intersect(&common, &s, &s, &counting) == SK_OK, "intersecting");
	expect(50000 / 256, "intersecting tokens");
	free(v.bytes);
	free(common.bytes);
	free_buffer(&a);
	free_buffer(&p);
}

int
main(void)
{
	test_tokens();
	test_bits();
	test_values();
	test_sort();
	test_counters();
	test_frequencies();
	test_items();
	return check_done("polls");
}
