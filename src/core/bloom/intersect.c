/*
 * bloom/intersect.c: what two Bloom filters have in common.
 *
 * Of two lists, or a list and blocks, that is known by value; of blocks, it is
 * the bits that both have, which are more than the common values alone would
 * set.
 */
#include "core/bloom/internal.h"

/* The list by which two sketches are intersected: the shorter of two; NULL if
 * both have blocks. */
static const sk_bloom *
shorter_list(const sk_bloom *a, const sk_bloom *b)
{
	if (!sk_bloom_is_list(a))
		return sk_bloom_is_list(b) ? b : NULL;
	return !sk_bloom_is_list(b) || sk_bloom_nvalues(a) <= sk_bloom_nvalues(b) ?
		a : b;
}

/* Adds those values of a list that the other has. */
static sk_status
add_common(sk_value dst, const sk_bloom *list, const sk_bloom *other,
		   const sk_env *env)
{
	uint32_t	nslots = sk_bloom_nslots(list->nbytes);

	for (uint32_t i = 0; i < nslots; i++)
	{
		uint64_t	value = sk_bloom_slot(list->bytes, i);

		sk_env_poll_often(env, i);
		if (value != 0 && sk_bloom_has(other, value) &&
			!sk_bloom_list_add(dst.bytes, dst.nbytes, value))
			return SK_COUNT;
	}
	return SK_OK;
}

/* Removes from working blocks the bits that src, of as many blocks or more, does
 * not have. */
static void
restrict_bits(sk_value dst, const sk_bloom_design *design, const sk_bloom *src,
			  const sk_env *env)
{
	uint8_t    *at = dst.bytes + SK_BLOOM_WORKING_BLOCKS;
	uint32_t	group = src->design.nblocks / design->nblocks;
	size_t		nbytes = sk_bloom_block_bytes(design->nbits);
	uint8_t		scratch[SK_BLOOM_LARGE_BLOCK];

	sk_bloom_settle(at, design, dst.bytes + SK_BLOOM_HEADER);
	memset(dst.bytes + SK_BLOOM_HEADER, 0, 8 * SK_BLOOM_PENDING);
	for (uint32_t i = 0; i < design->nblocks; i++, at += nbytes)
	{
		const uint8_t *block = sk_bloom_block_folded(scratch, src, i,
													 design->nblocks);

		sk_env_poll(env, i * group);
		for (size_t j = 0; j < nbytes; j += SK_BLOOM_SMALL_BLOCK)
			for (size_t k = j; k < j + SK_BLOOM_SMALL_BLOCK; k++)
				at[k] &= block[k];
	}
}

static sk_status
intersect_list(sk_value *dst, const sk_bloom_design *design,
			   const sk_bloom *list, const sk_bloom *other,
			   const sk_env *env)
{
	sk_bloom_shape shape;
	sk_value	both;
	sk_status	status = sk_bloom_list_shape(&shape, design,
											 sk_bloom_nvalues(list));

	if (status != SK_OK)
		return status;
	both = sk_bloom_new(&shape, env);
	status = add_common(both, list, other, env);
	if (status == SK_OK)
		*dst = both;
	else
		env->release(both.bytes);
	return status;
}

static sk_status
intersect_bits(sk_value *dst, const sk_bloom_design *design,
			   const sk_bloom *a, const sk_bloom *b, const sk_env *env)
{
	sk_bloom_shape shape = {SK_BLOOM_WORKING_BITS, *design, 0};

	if (a->layout != SK_BLOOM_WORKING_BITS ||
		!sk_bloom_same_design(&a->design, design))
	{
		*dst = sk_bloom_new(&shape, env);
		sk_bloom_take_in(*dst, a, env);
	}
	restrict_bits(*dst, design, b, env);
	return SK_OK;
}

/* Values that are in both are of both kinds: any if these differ. */
static void
set_kind(sk_value dst, const sk_bloom *a, const sk_bloom *b)
{
	dst.bytes[SK_BLOOM_AT_KIND] = a->kind == b->kind ? a->kind : SK_KIND_ANY;
}

sk_status
sk_bloom_intersect(sk_value *dst, const void *src, size_t nbytes,
				   const sk_env *env)
{
	sk_bloom_design common;
	sk_bloom	a,
				b;
	const sk_bloom *list;
	sk_status	status = sk_bloom_open(&b, src, nbytes);

	if (status == SK_OK)
		status = sk_bloom_open(&a, dst->bytes, dst->nbytes);
	if (status == SK_OK)
		status = sk_bloom_common(&common, &a.design, &b.design);
	if (status != SK_OK)
		return status;
	list = shorter_list(&a, &b);
	if (list == NULL)
		status = intersect_bits(dst, &common, &a, &b, env);
	else
		status = intersect_list(dst, &common, list, list == &a ? &b : &a, env);
	if (status == SK_OK)
		set_kind(*dst, &a, &b);
	return status;
}
