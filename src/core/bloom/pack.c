/*
 * bloom/pack.c: writing the packed layouts of Bloom filters, and checking that
 * bytes are what would be written.
 *
 * Up to sk_bloom_max_values() values are written as a sorted list, more as
 * blocks, so the layout follows from design and content. Blocks are packed as
 * they are, but an intersection that left no bit is an empty list.
 */
#include "core/bloom/internal.h"
#include "core/sort.h"

/* How a working sketch is to be packed. */
typedef struct pack_plan
{
	sk_bloom_layout layout;		/* a packed one */
	sk_bloom_design design;
	uint8_t		kind;
	size_t		nbytes;
} pack_plan;

static uint8_t
kind_of_values(const sk_bloom *s)
{
	return s->kind == SK_KIND_NONE ? SK_KIND_ANY : s->kind;
}

static pack_plan
bits_plan(const sk_bloom *s, const sk_bloom_design *design)
{
	return (pack_plan) {
		SK_BLOOM_PACKED_BITS, *design, kind_of_values(s),
		SK_BLOOM_HEADER + sk_bloom_blocks_bytes(design)
	};
}

static pack_plan
list_plan(const sk_bloom *s, uint32_t nvalues)
{
	return (pack_plan) {
		SK_BLOOM_PACKED_LIST, s->design,
		nvalues == 0 ? SK_KIND_NONE : kind_of_values(s),
		sk_list_at(&sk_bloom_list, nvalues)
	};
}

/* The plan for a working list. */
static sk_status
plan_list(pack_plan *plan, const sk_bloom *s)
{
	sk_bloom_design design = s->design;
	uint32_t	n = sk_bloom_nvalues(s);
	sk_status	status = SK_OK;

	if (sk_list_count(&sk_bloom_list, s->bytes, s->nslots) != s->nvalues)
		return SK_COUNT;
	*plan = list_plan(s, n);
	if (n <= sk_bloom_max_values(&design))
		return SK_OK;
	if (design.nblocks == 0)
		status = sk_bloom_design_for(&design, n, SK_BLOOM_AUTO_RATE);
	*plan = bits_plan(s, &design);
	return status;
}

/* Copies the values of a working list. */
static void
copy_values(uint8_t *out, const sk_bloom *s)
{
	uint32_t	nslots = sk_bloom_nslots(s->nbytes);

	out = sk_list_copy(&sk_bloom_list, s->bytes, s->nslots, out, 8);
	for (uint32_t i = s->nslots; i < nslots; i++)
		if (sk_bloom_listed(s, i) != 0)
		{
			sk_store64(out, sk_bloom_listed(s, i));
			out += 8;
		}
}

static sk_status
pack_list(const sk_bloom *s, uint8_t *out, const sk_env *env)
{
	uint32_t	nvalues = sk_bloom_nvalues(s);
	uint8_t    *values = out + SK_BLOOM_HEADER;

	sk_store32(out + SK_BLOOM_AT_COUNT, nvalues);
	copy_values(values, s);
	sk_sort_entries(values, nvalues, 8, env);
	return sk_list_check_sorted(values, nvalues, 8);
}

static void
pack_bits(const sk_bloom *s, uint8_t *blocks, const sk_env *env)
{
	size_t		nbytes = sk_bloom_blocks_bytes(&s->design);

	for (size_t at = 0; at < nbytes; at += SK_BLOOM_RUN)
	{
		env->poll();
		memcpy(blocks + at, s->bytes + s->body + at,
			   sk_bloom_run_bytes(nbytes, at));
	}
	sk_bloom_settle(blocks, &s->design, s->bytes + SK_BLOOM_HEADER);
}

static void
pack_list_as_bits(const sk_bloom *s, const sk_bloom_design *design,
				  uint8_t *blocks, const sk_env *env)
{
	uint32_t	nslots = sk_bloom_nslots(s->nbytes);

	memset(blocks, 0, sk_bloom_blocks_bytes(design));
	for (uint32_t i = 0; i < nslots; i++)
	{
		sk_env_poll(env, i);
		if (sk_bloom_slot(s->bytes, i) != 0)
			sk_bloom_add_bits(blocks, design->nblocks, design->nbits,
							  sk_bloom_slot(s->bytes, i));
	}
}

static sk_status
pack_as(const pack_plan *plan, const sk_bloom *s, uint8_t *out,
		const sk_env *env)
{
	sk_bloom_write_header(out, plan->layout, &plan->design);
	sk_bloom_add_kind(out, plan->kind);
	if (plan->layout == SK_BLOOM_PACKED_BITS && sk_bloom_is_list(s))
		pack_list_as_bits(s, &plan->design, out + SK_BLOOM_HEADER, env);
	else if (plan->layout == SK_BLOOM_PACKED_BITS)
		pack_bits(s, out + SK_BLOOM_HEADER, env);
	else if (sk_bloom_is_list(s))
		return pack_list(s, out, env);
	return SK_OK;
}

sk_status
sk_bloom_pack(sk_value *v, const sk_env *env)
{
	pack_plan	plan;
	sk_bloom	s;
	uint8_t    *out;
	sk_status	status = sk_bloom_open(&s, v->bytes, v->nbytes);

	if (status != SK_OK || sk_bloom_is_packed(&s))
		return status;
	if (sk_bloom_is_list(&s))
		status = plan_list(&plan, &s);
	else
		plan = sk_bloom_is_empty(&s, env) ? list_plan(&s, 0) :
			bits_plan(&s, &s.design);
	if (status != SK_OK)
		return status;
	out = env->alloc(plan.nbytes);
	status = pack_as(&plan, &s, out, env);
	if (status == SK_OK)
		*v = (sk_value) {out, plan.nbytes};
	else
		env->release(out);
	return status;
}

/* Merges the values of two packed lists; returns their number. */
static uint32_t
merge_values(uint8_t *out, const sk_bloom *a, const sk_bloom *b,
			 const sk_env *env)
{
	uint32_t	i = 0,
				j = 0,
				n = 0;

	for (; i < a->nvalues || j < b->nvalues; n++)
	{
		/* Values are not 0, so less 1 the end of a list is the largest. */
		uint64_t	x = i < a->nvalues ? sk_bloom_slot(a->bytes, i) - 1 :
			UINT64_MAX;
		uint64_t	y = j < b->nvalues ? sk_bloom_slot(b->bytes, j) - 1 :
			UINT64_MAX;

		sk_env_poll(env, n);
		sk_store64(out + 8 * (size_t) n, (x < y ? x : y) + 1);
		i += x <= y;
		j += y <= x;
	}
	return n;
}

sk_status
sk_bloom_merge_sorted(sk_value *sum, const sk_bloom *a, const sk_bloom *b,
					  const sk_env *env)
{
	sk_bloom_design design;
	sk_status	status;
	uint8_t    *out;
	uint32_t	n;

	*sum = (sk_value) {NULL, 0};
	if (a->layout != SK_BLOOM_PACKED_LIST || b->layout != SK_BLOOM_PACKED_LIST)
		return SK_OK;
	sk_bloom_union_design(&design, a, b);
	out = env->alloc(sk_list_at(&sk_bloom_list,
								(size_t) a->nvalues + b->nvalues));
	sk_bloom_write_header(out, SK_BLOOM_PACKED_LIST, &design);
	sk_bloom_add_kind(out, a->kind);
	sk_bloom_add_kind(out, b->kind);
	n = merge_values(out + SK_BLOOM_HEADER, a, b, env);
	sk_store32(out + SK_BLOOM_AT_COUNT, n);
	status = sk_list_check_sorted(out + SK_BLOOM_HEADER, n, 8);
	if (status == SK_OK && n <= sk_bloom_max_values(&design))
		*sum = (sk_value) {out, sk_list_at(&sk_bloom_list, n)};
	else
		env->release(out);
	return status;
}

sk_status
sk_bloom_add_sorted(sk_value *sum, const sk_bloom *s, uint64_t hash,
					uint8_t kind, const sk_env *env)
{
	uint8_t		bytes[SK_BLOOM_HEADER + 8];
	sk_bloom	one = {
		.bytes = bytes, .nbytes = sizeof(bytes),
		.layout = SK_BLOOM_PACKED_LIST, .design = s->design, .kind = kind,
		.nvalues = 1, .nslots = 1, .body = SK_BLOOM_HEADER
	};

	sk_store64(bytes + SK_BLOOM_HEADER, sk_bloom_value(hash));
	return sk_bloom_merge_sorted(sum, s, &one, env);
}

sk_status
sk_bloom_check(const void *bytes, size_t nbytes, const sk_env *env)
{
	sk_bloom	s;
	sk_status	status = sk_bloom_open(&s, bytes, nbytes);

	if (status != SK_OK)
		return status;
	if (!sk_bloom_is_packed(&s))
		return SK_LAYOUT;
	if (sk_bloom_is_list(&s))
		return sk_list_check_sorted(s.bytes + SK_BLOOM_HEADER, s.nvalues, 8);
	return sk_bloom_has_no_bits(&s, env) ? SK_VALUE : SK_OK;
}
