/*
 * bloom/pack.c: writing the packed layouts of Bloom filters, and checking that
 * bytes are such as would be written.
 *
 * Up to sk_bloom_max_values() of them, values are written as a sorted list, else
 * as blocks; so the layout follows from design and content. Blocks are packed as
 * they are, but an intersection that left no bit is an empty list.
 */
#include "core/bloom/internal.h"
#include "core/sort.h"

static sk_status
count_values(const sk_bloom *s)
{
	return sk_list_count(&sk_bloom_list, s->bytes, s->nslots) == s->nvalues ?
		SK_OK : SK_COUNT;
}

static void
plan_bits(sk_bloom_plan *plan)
{
	plan->layout = SK_BLOOM_PACKED_BITS;
	plan->nbytes = SK_BLOOM_HEADER +
		SK_BLOOM_BLOCK * (size_t) plan->design.nblocks;
}

static void
plan_values(sk_bloom_plan *plan, uint32_t nvalues)
{
	plan->layout = SK_BLOOM_PACKED_LIST;
	plan->nbytes = SK_BLOOM_HEADER + 8 * (size_t) nvalues;
}

/* The plan for a working list. */
static sk_status
plan_list(sk_bloom_plan *plan)
{
	uint32_t	n = sk_bloom_nvalues(plan->sketch);
	sk_status	status = count_values(plan->sketch);

	plan_values(plan, n);
	if (status != SK_OK || n <= sk_bloom_max_values(plan->design.nblocks))
		return status;
	if (plan->design.nblocks == 0)
		status = sk_bloom_design_for(&plan->design, n, SK_BLOOM_AUTO_RATE);
	plan_bits(plan);
	return status;
}

sk_status
sk_bloom_plan_pack(sk_bloom_plan *plan, const sk_bloom *s)
{
	*plan = (sk_bloom_plan) {s, s->layout, s->design, s->nbytes};
	if (sk_bloom_is_packed(s))
		return SK_OK;
	if (sk_bloom_is_list(s))
		return plan_list(plan);
	if (sk_bloom_is_empty(s))
		plan_values(plan, 0);
	else
		plan_bits(plan);
	return SK_OK;
}

/* Copies the values of a table, nearly sorted, and those that wait. */
static void
copy_table(uint8_t *values, const sk_bloom *s)
{
	uint8_t    *out = sk_list_copy(&sk_bloom_list, s->bytes, s->nslots, values,
								   8);

	for (uint32_t i = s->nslots; i < sk_bloom_nslots(s->nbytes); i++)
		if (sk_bloom_listed(s, i) != 0)
		{
			sk_store64(out, sk_bloom_listed(s, i));
			out += 8;
		}
}

static void
no_poll(void)
{
}

static sk_status
pack_list(const sk_bloom_plan *plan, uint8_t *out, void (*poll) (void))
{
	uint32_t	nvalues = sk_bloom_nvalues(plan->sketch);

	sk_store32(out + 24, nvalues);
	copy_table(out + SK_BLOOM_HEADER, plan->sketch);
	sk_sort_entries(out + SK_BLOOM_HEADER, nvalues, 8,
					&(sk_env) {.poll = poll != NULL ? poll : no_poll});
	return sk_list_check_sorted(out + SK_BLOOM_HEADER, nvalues, 8);
}

static void
pack_bits(const sk_bloom_plan *plan, uint8_t *out, void (*poll) (void))
{
	const sk_bloom *s = plan->sketch;
	uint8_t    *blocks = out + SK_BLOOM_HEADER;

	for (uint32_t i = 0; i < s->design.nblocks; i += SK_BLOOM_RUN)
	{
		sk_poll(i, poll);
		memcpy(blocks + i * (size_t) SK_BLOOM_BLOCK, sk_bloom_block_at(s, i),
			   sk_bloom_run_bytes(s->design.nblocks, i));
	}
	sk_bloom_settle(blocks, &s->design, s->bytes + SK_BLOOM_HEADER);
}

static void
pack_list_as_bits(const sk_bloom_plan *plan, uint8_t *out, void (*poll) (void))
{
	const sk_bloom *s = plan->sketch;
	uint32_t	nslots = sk_bloom_nslots(s->nbytes);
	uint8_t    *blocks = out + SK_BLOOM_HEADER;

	memset(blocks, 0, plan->nbytes - SK_BLOOM_HEADER);
	for (uint32_t i = 0; i < nslots; i++)
	{
		sk_poll(i, poll);
		if (sk_bloom_slot(s->bytes, i) != 0)
			sk_bloom_add_bits(blocks, plan->design.nblocks, plan->design.nbits,
						   sk_bloom_slot(s->bytes, i));
	}
}

sk_status
sk_bloom_pack(const sk_bloom_plan *plan, uint8_t *out, void (*poll) (void))
{
	const sk_bloom *s = plan->sketch;

	if (sk_bloom_is_packed(s))
	{
		memcpy(out, s->bytes, s->nbytes);
		return SK_OK;
	}
	sk_bloom_write_header(out, plan->layout, &plan->design);
	if (plan->layout == SK_BLOOM_PACKED_BITS && sk_bloom_is_list(s))
		pack_list_as_bits(plan, out, poll);
	else if (plan->layout == SK_BLOOM_PACKED_BITS)
		pack_bits(plan, out, poll);
	else if (sk_bloom_is_list(s))
		return pack_list(plan, out, poll);
	return SK_OK;
}

sk_status
sk_bloom_check(const void *bytes, size_t nbytes)
{
	sk_bloom	s;
	sk_status	status = sk_bloom_open(&s, bytes, nbytes);

	if (status != SK_OK)
		return status;
	if (!sk_bloom_is_packed(&s))
		return SK_LAYOUT;
	if (sk_bloom_is_list(&s))
		return sk_list_check_sorted(s.bytes + SK_BLOOM_HEADER, s.nvalues, 8);
	return sk_bloom_is_empty(&s) ? SK_VALUE : SK_OK;
}
