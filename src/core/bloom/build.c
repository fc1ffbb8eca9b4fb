/*
 * bloom/build.c: building Bloom filters: adding and merging.
 *
 * Two working layouts: a hash table of the values themselves (core/list.h),
 * which starts at a few dozen bytes, and the blocks. See sketch.h for what the
 * sketch is and where it comes from, doc/format.md for the bytes.
 */
#include "core/bloom/internal.h"

void
sk_bloom_write_header(uint8_t *bytes, sk_bloom_layout layout,
					  const sk_bloom_design *design)
{
	memset(bytes, 0, SK_BLOOM_HEADER);
	bytes[SK_BLOOM_AT_TYPE] = SK_BLOOM_TYPE_AND_VERSION;
	bytes[SK_BLOOM_AT_LAYOUT] = (uint8_t) layout;
	bytes[SK_BLOOM_AT_NBITS] = (uint8_t) design->nbits;
	sk_store32(bytes + SK_BLOOM_AT_NBLOCKS, design->nblocks);
	sk_store64(bytes + SK_BLOOM_AT_EXPECTED, design->expected);
	sk_store64(bytes + SK_BLOOM_AT_RATE, sk_double_bits(design->rate));
}

/* The most values of a list while it works. */
static uint32_t
most_values(const sk_bloom_design *design)
{
	return design->nblocks == 0 ? SK_LIST_UNLIMITED :
		sk_bloom_max_values(design);
}

sk_status
sk_bloom_list_shape(sk_bloom_shape *shape, const sk_bloom_design *design,
					uint64_t nvalues)
{
	uint64_t	nslots = sk_list_slots_for(&sk_bloom_list, nvalues,
										   most_values(design));

	if (nslots > sk_bloom_nslots(SK_BLOOM_MAX_BYTES))
		return SK_SIZE;
	*shape = (sk_bloom_shape) {
		SK_BLOOM_WORKING_LIST, *design, (uint32_t) nslots
	};
	return SK_OK;
}

/* Whether dst and one more value, or all of src, are to be a list of this design.
 * A packed list may have that value already. */
static bool
stays_list(const sk_bloom *dst, const sk_bloom *src,
		   const sk_bloom_design *design)
{
	uint32_t	most = most_values(design);

	if (!sk_bloom_is_list(dst) || (src != NULL && !sk_bloom_is_list(src)))
		return false;
	if (src == NULL)
		return sk_bloom_is_packed(dst) ||
			sk_list_takes_value(dst->nvalues, most);
	return sk_list_takes_list(dst->nvalues, src->nvalues, most);
}

sk_status
sk_bloom_larger(sk_bloom_shape *shape, const sk_bloom *dst,
				const sk_bloom *src)
{
	uint64_t	more = src == NULL ? 1 : sk_bloom_nvalues(src);
	sk_bloom_design design = dst->design;

	if (src != NULL && sk_bloom_union_design(&design, dst, src) != SK_OK)
		return SK_UNLIKE;
	if (stays_list(dst, src, &design))
		return sk_bloom_list_shape(shape, &design,
								   sk_bloom_nvalues(dst) + more);
	*shape = (sk_bloom_shape) {SK_BLOOM_WORKING_BITS, design, 0};
	return SK_OK;
}

size_t
sk_bloom_size(const sk_bloom_shape *shape)
{
	if (shape->layout == SK_BLOOM_WORKING_LIST)
		return sk_list_at(&sk_bloom_list, shape->nslots);
	return SK_BLOOM_WORKING_BLOCKS + sk_bloom_blocks_bytes(&shape->design);
}

sk_value
sk_bloom_new(const sk_bloom_shape *shape, const sk_env *env)
{
	size_t		nbytes = sk_bloom_size(shape);
	sk_value	v = {env->alloc(nbytes), nbytes};

	sk_bloom_write_header(v.bytes, shape->layout, &shape->design);
	memset(v.bytes + SK_BLOOM_HEADER, 0, nbytes - SK_BLOOM_HEADER);
	if (shape->layout == SK_BLOOM_WORKING_LIST)
		sk_store32(v.bytes + SK_BLOOM_AT_SEED, sk_list_new_seed(v.bytes));
	return v;
}

sk_value
sk_bloom_empty(const sk_bloom_design *design, const sk_env *env)
{
	sk_bloom_shape shape;

	sk_bloom_list_shape(&shape, design, 1);
	return sk_bloom_new(&shape, env);
}

/* Replaces dst by a larger sketch of all that is in it, and in src unless that
 * is NULL. */
static sk_status
enlarge(sk_value *v, const sk_bloom *dst, const sk_bloom *src,
		const sk_env *env)
{
	sk_bloom_shape shape;
	sk_value	larger;
	sk_status	status = sk_bloom_larger(&shape, dst, src);

	if (status != SK_OK)
		return status;
	larger = sk_bloom_new(&shape, env);
	if (shape.layout == SK_BLOOM_WORKING_LIST &&
		dst->layout == SK_BLOOM_WORKING_LIST && dst->nvalues > 0)
		sk_store32(larger.bytes + SK_BLOOM_AT_SEED,
				   sk_load32(dst->bytes + SK_BLOOM_AT_SEED));
	status = sk_bloom_take_in(larger, dst, env);
	if (status == SK_OK && src != NULL)
		status = sk_bloom_take_in(larger, src, env);
	if (status == SK_OK)
		*v = larger;
	else
		env->release(larger.bytes);
	return status;
}

/* ---- adding ---- */

/* Adds a value to the table of a working list; false if that is full. */
static bool
table_add(uint8_t *bytes, size_t nbytes, uint64_t value)
{
	return sk_list_enter(&sk_bloom_list, bytes, sk_bloom_table_slots(nbytes),
						 sk_list_limit(sk_bloom_nslots(nbytes)),
						 value) != NULL;
}

/* The table may have no room for the value that waited; then that one stays, and
 * the new one is not in. */
bool
sk_bloom_list_add(uint8_t *bytes, size_t nbytes, uint64_t value)
{
	uint32_t	nslots = sk_bloom_table_slots(nbytes);
	uint8_t    *place,
			   *home;
	uint64_t	earlier;

	if (nslots == sk_bloom_nslots(nbytes))
		return table_add(bytes, nbytes, value);
	home = bytes + sk_list_at(&sk_bloom_list,
							  sk_list_home_in(&sk_bloom_list, bytes, nslots,
											  value));
	__builtin_prefetch(home, 1);
	__builtin_prefetch(home + 8 * 7, 1);
	place = bytes + sk_list_at(&sk_bloom_list,
							   nslots + value % SK_BLOOM_WAITING);
	earlier = sk_load64(place);
	if (earlier != 0 && earlier != value && !table_add(bytes, nbytes, earlier))
		return false;
	sk_store64(place, value);
	return true;
}

sk_status
sk_bloom_add_larger(sk_value *v, uint64_t hash, const sk_env *env)
{
	sk_bloom	s;
	sk_status	status = sk_bloom_open(&s, v->bytes, v->nbytes);

	if (status == SK_OK)
		status = enlarge(v, &s, NULL, env);
	if (status == SK_OK)
		sk_bloom_add_in_place(v->bytes, v->nbytes, hash);
	return status;
}

/* ---- merging ---- */

/*
 * More values than the count says would be damage, and must not go unnoticed:
 * the room for them was made by the count.
 */
static sk_status
merge_list(sk_value dst, const sk_bloom *src, const sk_env *env)
{
	bool		to_list = dst.bytes[SK_BLOOM_AT_LAYOUT] == SK_BLOOM_WORKING_LIST;
	uint32_t	nslots = sk_bloom_nslots(src->nbytes);
	uint32_t	nvalues = sk_bloom_nvalues(src);
	uint32_t	n = 0;

	for (uint32_t i = 0; i < nslots; i++)
	{
		uint64_t	value = sk_bloom_listed(src, i);

		sk_env_poll_often(env, i);
		if (value == 0)
			continue;
		if (n++ == nvalues)
			return SK_COUNT;
		if (!to_list)
			sk_bloom_add_pending(dst.bytes, value);
		else if (!table_add(dst.bytes, dst.nbytes, value))
			return SK_COUNT;
	}
	return SK_OK;
}

static void
merge_blocks(uint8_t *blocks, const sk_bloom *src, const sk_env *env)
{
	size_t		nbytes = sk_bloom_blocks_bytes(&src->design);

	for (size_t at = 0; at < nbytes; at += SK_BLOOM_RUN)
	{
		env->poll();
		sk_bloom_or(blocks + at, src->bytes + src->body + at,
					sk_bloom_run_bytes(nbytes, at));
	}
}

static void
merge_folded(uint8_t *blocks, uint32_t group, const sk_bloom *src,
			 const sk_env *env)
{
	size_t		nbytes = sk_bloom_block_bytes(src->design.nbits);

	for (uint32_t i = 0; i < src->design.nblocks; i++)
	{
		sk_env_poll(env, i);
		sk_bloom_or(blocks + (i / group) * nbytes, sk_bloom_block_at(src, i),
					nbytes);
	}
}

static void
merge_bits(uint8_t *bytes, const sk_bloom *src, const sk_env *env)
{
	uint32_t	group = src->design.nblocks /
		sk_load32(bytes + SK_BLOOM_AT_NBLOCKS);

	if (group == 1)
		merge_blocks(bytes + SK_BLOOM_WORKING_BLOCKS, src, env);
	else
		merge_folded(bytes + SK_BLOOM_WORKING_BLOCKS, group, src, env);
	if (src->layout != SK_BLOOM_WORKING_BITS)
		return;
	for (unsigned i = 0; i < SK_BLOOM_PENDING; i++)
		if (sk_bloom_slot(src->bytes, i) != 0)
			sk_bloom_add_pending(bytes, sk_bloom_slot(src->bytes, i));
}

void
sk_bloom_settle(uint8_t *blocks, const sk_bloom_design *design,
				const uint8_t *pending)
{
	for (unsigned i = 0; i < SK_BLOOM_PENDING; i++)
		if (sk_load64(pending + 8 * i) != 0)
			sk_bloom_add_bits(blocks, design->nblocks, design->nbits,
							  sk_load64(pending + 8 * i));
}

sk_status
sk_bloom_take_in(sk_value dst, const sk_bloom *src, const sk_env *env)
{
	sk_bloom_add_kind(dst.bytes, src->kind);
	if (sk_bloom_is_list(src))
		return merge_list(dst, src, env);
	merge_bits(dst.bytes, src, env);
	return SK_OK;
}

/*
 * Whether dst takes src in place. A list must have room for both before the
 * first value comes: those of a table come in the order of their slots, and would
 * crowd the first slots of a table that is too small long before it is full (25
 * ms instead of 0.4 for 19,000 values).
 */
static bool
has_room(const sk_bloom *dst, const sk_bloom *src)
{
	sk_bloom_design design;

	if (sk_bloom_is_packed(dst) ||
		sk_bloom_union_design(&design, dst, src) != SK_OK ||
		!sk_bloom_same_design(&design, &dst->design))
		return false;
	return !sk_bloom_is_list(dst) ||
		(sk_bloom_is_list(src) &&
		 (uint64_t) dst->nvalues + sk_bloom_nvalues(src) <=
		 sk_list_limit(sk_bloom_nslots(dst->nbytes)));
}

/* An empty list without a design, to be merged with the first sketch. */
static const sk_bloom nothing = {
	.layout = SK_BLOOM_WORKING_LIST, .nbytes = SK_BLOOM_HEADER
};

sk_status
sk_bloom_merge(sk_value *dst, const void *src, size_t nbytes,
			   const sk_env *env)
{
	sk_bloom	to = nothing,
				from;
	sk_status	status = sk_bloom_open(&from, src, nbytes);

	if (status == SK_OK && dst->nbytes > 0)
		status = sk_bloom_open(&to, dst->bytes, dst->nbytes);
	if (status != SK_OK)
		return status;
	if (dst->nbytes > 0 && has_room(&to, &from))
		return sk_bloom_take_in(*dst, &from, env);
	return enlarge(dst, &to, &from, env);
}
