/*
 * test_polls.c: every loop that can be long lets itself be cancelled.
 *
 * Each operation over a sketch of many blocks, counters or values is to call poll
 * at least so often that what lies between two calls takes milliseconds: after 256
 * blocks of 64 bytes or of 128 counters, 1 MB of blocks that are only copied or
 * united, 16 values that are each searched for, or 65,536 moves of a sort. That it
 * need not return is seen with a server, in test/t/cancel.sh.
 */
#include "check.h"
#include "env.h"
#include "hll_help.h"
#include "core/hll/overlap.h"
#include "core/bloom/sketch.h"
#include "core/cms/sketch.h"
#include "core/sort.h"
#include "core/topk/sketch.h"

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

static sk_bloom
opened_bloom(buffer b)
{
	sk_bloom	s;

	if (sk_bloom_open(&s, b.bytes, b.nbytes) != SK_OK)
		give_up("a filter does not open", 0);
	s.poll = count;
	return s;
}

static buffer
new_bits(sk_bloom_design design)
{
	sk_bloom_shape shape = {SK_BLOOM_WORKING_BITS, design, 0};
	buffer		b = new_buffer(sk_bloom_size(&shape));
	uint64_t	seed = 1;

	sk_bloom_init(b.bytes, &shape);
	for (int i = 0; i < 1000; i++)
		sk_bloom_add(b.bytes, b.nbytes, next_random(&seed));
	return b;
}

/* A working list of n values, each so far from the last one. */
static buffer
new_list(sk_bloom_design design, uint32_t n, uint64_t step)
{
	sk_bloom_shape shape = {SK_BLOOM_WORKING_LIST, design, 2 * n};
	buffer		b = new_buffer(sk_bloom_size(&shape));

	sk_bloom_init(b.bytes, &shape);
	for (uint32_t i = 1; i <= n; i++)
		if (sk_bloom_add(b.bytes, b.nbytes, i * step) != SK_OK)
			give_up("no room in a list", (int) i);
	return b;
}

static buffer
packed_bloom(buffer b)
{
	sk_bloom	s = opened_bloom(b);
	sk_bloom_plan plan;
	buffer		out;

	if (sk_bloom_plan_pack(&plan, &s) != SK_OK)
		give_up("a filter cannot be packed", 0);
	out = new_buffer(plan.nbytes);
	sk_bloom_pack(&plan, out.bytes, count);
	return out;
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
	sk_bloom	s = opened_bloom(a),
				t = opened_bloom(c);
	sk_bloom_fills fills;
	double		n;

	sk_bloom_merge(b.bytes, b.nbytes, &s, count);
	expect(65536 / 16384, "uniting blocks");
	sk_bloom_merge(c.bytes, c.nbytes, &s, count);
	expect(65536 / 256, "uniting folded blocks");
	sk_bloom_restrict(b.bytes, &s);
	expect(65536 / 256, "intersecting blocks");
	sk_bloom_restrict(c.bytes, &s);
	expect(64, "intersecting folded blocks");
	sk_bloom_count_fills(&s, &fills);
	expect(65536 / 256, "counting bits");
	sk_bloom_overlap(&s, &s, &n);
	expect(65536 / 256, "comparing blocks");
	sk_bloom_overlap(&s, &t, &n);
	expect(64, "comparing folded blocks");
	sk_bloom_overlap(&t, &s, &n);
	expect(64, "comparing with folded blocks");
	p = packed_bloom(a);
	expect(65536 / 16384, "packing blocks");
	free_buffer(&a);
	free_buffer(&b);
	free_buffer(&c);
	free_buffer(&p);
}

/* Of 20,000 values, spread over the table or all in its first part. */
static void
test_values(void)
{
	sk_bloom_design design = {65536, 6, 1, 0.01};
	buffer		a = new_list(design, 20000, UINT64_MAX / 20001),
				b = new_list(design, 40000, UINT64_MAX / 40001),
				p = packed_bloom(a);
	sk_bloom	s = opened_bloom(p);
	double		n;

	polls = 0;
	sk_bloom_merge(b.bytes, b.nbytes, &s, count);
	expect(20000 / 16, "uniting lists");
	sk_bloom_overlap(&s, &s, &n);
	expect(20000 / 16, "comparing lists");
	sk_bloom_intersect(b.bytes, b.nbytes, &s, &s, count);
	expect(20000 / 16, "intersecting lists");
	free_buffer(&a);
	free_buffer(&b);
	free_buffer(&p);
}

/* The first pass ends after 32 moves an entry, those with gaps go on. */
static void
test_sort(void)
{
	buffer		b = new_buffer(8 * 50000);

	for (uint32_t i = 0; i < 50000; i++)
		sk_store64(b.bytes + 8 * i, 50000 - i);
	sk_sort_pass(b.bytes, 50000, 8, 1, 32 * 50000, count);
	expect(32 * 50000 / 65536 - 1, "one pass of a sort");
	sk_sort_entries(b.bytes, 50000, 8, count);
	expect(32 * 50000 / 65536 + 1, "a sort");
	free_buffer(&b);
}

/* ---- cms ---- */

static sk_cms
opened_cms(buffer b)
{
	sk_cms		s;

	if (sk_cms_open(&s, b.bytes, b.nbytes) != SK_OK)
		give_up("a sketch does not open", 0);
	s.poll = count;
	return s;
}

static buffer
new_cms(sk_cms_layout layout, sk_cms_design design, uint32_t nslots,
		uint32_t n)
{
	sk_cms_shape shape = {layout, design, nslots};
	buffer		b = new_buffer(sk_cms_size(&shape));
	uint64_t	seed = 1;

	sk_cms_init(b.bytes, &shape);
	for (uint32_t i = 0; i < n; i++)
		if (sk_cms_add(b.bytes, b.nbytes, next_random(&seed), 9) != SK_OK)
			give_up("no room in a list", (int) i);
	return b;
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
	buffer		a = new_cms(SK_CMS_WORKING_CELLS, large, 0, 30000),
				b = new_cms(SK_CMS_WORKING_CELLS, small, 0, 30000),
				p;
	sk_cms		s = opened_cms(a),
				t = opened_cms(b);
	sk_cms_plan plan;
	double		product;

	if (sk_cms_plan_pack(&plan, &s) != SK_OK)
		give_up("counters cannot be packed", 0);
	expect(nblocks / 256, "planning to pack counters");
	p = new_buffer(plan.nbytes);
	sk_cms_pack(&plan, p.bytes, count);
	expect(nblocks / 256, "packing counters");
	s = opened_cms(p);
	check(sk_cms_check_opened(&s) == SK_OK, "it is damaged");
	expect(nblocks / 256, "checking counters");
	sk_cms_inner_product(&s, &s, &product);
	expect(2 * (nblocks / 256), "the inner product of counters");
	check(sk_cms_inner_product(&s, &t, &product) == SK_OK, "they are unlike");
	expect(nblocks / 256, "the inner product of folded counters");
	check(sk_cms_merge(b.bytes, b.nbytes, &s, count) == SK_OK,
		  "they are unlike");
	expect(nblocks / 256, "uniting counters");
	free_buffer(&a);
	free_buffer(&b);
	free_buffer(&p);
}

static void
test_frequencies(void)
{
	sk_cms_design design = cms_design_of(0.00002);
	buffer		a = new_cms(SK_CMS_WORKING_LIST, design, 40000, 20000),
				b = new_cms(SK_CMS_WORKING_CELLS, design, 0, 100);
	sk_cms		s = opened_cms(a),
				t = opened_cms(b);
	double		product;

	sk_cms_inner_product(&s, &t, &product);
	expect(20000 / 16, "the inner product of a list and counters");
	sk_cms_inner_product(&s, &s, &product);
	expect(20000 / 16, "the inner product of lists");
	sk_cms_merge(b.bytes, b.nbytes, &s, count);
	expect(20000 / 16, "uniting a list");
	free_buffer(&a);
	free_buffer(&b);
}

/* ---- topk ---- */

/* A sketch that is full: the next item makes it drop some. */
static buffer
full_topk(uint32_t k)
{
	sk_topk_shape shape = sk_topk_smallest(k);
	buffer		b = new_buffer(1 << 20);
	sk_topk		s;

	shape.nslots = 6 * k + 19;	/* 3/2 of 4k + 12 items, and 1 */
	shape.nbytes = b.nbytes;
	sk_topk_init(b.bytes, &shape);
	for (uint32_t i = 0; i < 4 * k + 12; i++)
	{
		sk_topk_item item = sk_topk_item_of(&i, sizeof(i));

		if (sk_topk_add(b.bytes, b.nbytes, &item, 1 + i % 7) != SK_OK)
			give_up("no room for an item", (int) i);
	}
	if (sk_topk_open(&s, b.bytes, b.nbytes) != SK_OK || s.offset != 0)
		give_up("items were dropped", 0);
	return b;
}

static void
test_items(void)
{
	buffer		a = full_topk(1000),
				b = full_topk(1000);
	sk_topk_item item = sk_topk_item_of("new", 3);
	sk_topk		s;

	sk_topk_add_polled(a.bytes, a.nbytes, &item, 1, count);
	expect(4012 / 16, "dropping items for a new one");
	sk_topk_open(&s, a.bytes, a.nbytes);
	check(s.offset > 0, "nothing was dropped");
	sk_topk_merge(b.bytes, b.nbytes, &s, count);
	expect((4012 + s.nitems) / 16, "dropping items for a union");
	free_buffer(&a);
	free_buffer(&b);
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
