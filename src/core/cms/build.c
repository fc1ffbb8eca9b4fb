/*
 * cms/build.c: building Count-Min sketches: layouts, adding, merging.
 *
 * See sketch.h for the sketch and its sources, doc/format.md for the bytes.
 * There are two working layouts: a hash table of values with their counts
 * (core/list.h), which starts at 116 bytes, and the counters.
 */
#include "core/cms/internal.h"

void
sk_cms_write_header(uint8_t *bytes, sk_cms_layout layout,
					const sk_cms_design *design)
{
	memset(bytes, 0, SK_CMS_HEADER);
	bytes[SK_CMS_AT_TYPE] = SK_CMS_TYPE_AND_VERSION;
	bytes[SK_CMS_AT_LAYOUT] = (uint8_t) layout;
	bytes[SK_CMS_AT_DEPTH] = (uint8_t) design->depth;
	sk_store32(bytes + SK_CMS_AT_WIDTH, design->width);
	sk_store64(bytes + SK_CMS_AT_EPSILON, sk_double_bits(design->epsilon));
	sk_store64(bytes + SK_CMS_AT_DELTA, sk_double_bits(design->delta));
}

/* A new, empty working sketch with a body of this size. */
static sk_value
make(sk_cms_layout layout, const sk_cms_design *design, size_t body,
	 const sk_env *env)
{
	sk_value	v = {env->alloc(SK_CMS_HEADER + body), SK_CMS_HEADER + body};

	sk_cms_write_header(v.bytes, layout, design);
	memset(v.bytes + SK_CMS_HEADER, 0, body);
	return v;
}

static sk_value
make_list(const sk_cms_design *design, uint64_t nvalues, const sk_env *env)
{
	uint64_t	nslots = sk_list_slots_for(&sk_cms_list, nvalues,
										   sk_cms_max_values(design));
	sk_value	v = make(SK_CMS_WORKING_LIST, design,
						 SK_CMS_SLOT * (size_t) nslots, env);

	sk_store32(v.bytes + SK_CMS_AT_SEED, sk_list_new_seed(v.bytes));
	return v;
}

static sk_value
make_cells(const sk_cms_design *design, const sk_env *env)
{
	return make(SK_CMS_WORKING_CELLS, design,
				8 * (size_t) sk_cms_ncells(design), env);
}

sk_value
sk_cms_empty(const sk_cms_design *design, const sk_env *env)
{
	return make_list(design, 1, env);
}

/* ---- opening ---- */

/*
 * Reads epsilon and delta; false if width and depth are not those for them. In a
 * working list a seed takes the place of the width.
 */
static bool
read_design(sk_cms *s)
{
	const uint8_t *bytes = s->bytes;
	double		epsilon = sk_double_of(sk_load64(bytes + SK_CMS_AT_EPSILON)),
				delta = sk_double_of(sk_load64(bytes + SK_CMS_AT_DELTA));

	return sk_cms_fraction_ok(epsilon) && sk_cms_fraction_ok(delta) &&
		sk_cms_design_for(&s->design, epsilon, delta) == SK_OK &&
		s->design.depth == bytes[SK_CMS_AT_DEPTH] &&
		(s->layout == SK_CMS_WORKING_LIST ||
		 s->design.width == sk_load32(bytes + SK_CMS_AT_WIDTH));
}

static sk_status
check_bytes(size_t nbytes, uint64_t want)
{
	return nbytes < want ? SK_SHORT : nbytes > want ? SK_LONG : SK_OK;
}

/* A packed list has bytes for counts if and only if it has values. */
static sk_status
open_entries(sk_cms *s)
{
	size_t		body = s->nbytes - SK_CMS_HEADER;
	unsigned	ncount = sk_cms_count_bytes(s->bytes);

	if (s->layout == SK_CMS_WORKING_LIST)
	{
		s->nstride = SK_CMS_SLOT;
		return body % SK_CMS_SLOT == 0 && body > 0 &&
			s->nvalues <= body / SK_CMS_SLOT ? SK_OK : SK_COUNT;
	}
	if (ncount > 8 || (ncount == 0) != (s->nvalues == 0) ||
		s->nvalues > sk_cms_max_values(&s->design))
		return SK_COUNT;
	s->nstride = ncount == 0 ? 0 : SK_CMS_VALUE_BYTES + ncount;
	return check_bytes(body, (uint64_t) s->nstride * s->nvalues);
}

static sk_status
open_list(sk_cms *s)
{
	sk_status	status = open_entries(s);

	if (status == SK_OK && (s->nvalues == 0) != (s->total == 0))
		return SK_COUNT;
	return status;
}

static uint64_t
directory_bytes(const sk_cms *s)
{
	return 4 * (uint64_t) sk_cms_nblocks(sk_cms_ncells(&s->design));
}

static sk_status
open_cells(const sk_cms *s)
{
	size_t		body = s->nbytes - SK_CMS_HEADER;

	if (s->nvalues != 0)
		return SK_COUNT;
	if (s->layout == SK_CMS_WORKING_CELLS)
		return check_bytes(body, 8 * (uint64_t) sk_cms_ncells(&s->design));
	return body < directory_bytes(s) ? SK_SHORT : SK_OK;
}

/* The last entry of the directory of packed counters is the length of all. */
static sk_status
open_directory(const sk_cms *s)
{
	uint64_t	directory = directory_bytes(s);

	return check_bytes(s->nbytes - SK_CMS_HEADER, directory +
					   sk_load32(s->bytes + SK_CMS_HEADER + directory - 4));
}

/* The fields in front of the body. */
static sk_status
open_header(sk_cms *s)
{
	const uint8_t *bytes = s->bytes;

	if ((bytes[SK_CMS_AT_LAYOUT] & 0x0F) > SK_CMS_WORKING_CELLS)
		return SK_LAYOUT;
	s->layout = (sk_cms_layout) (bytes[SK_CMS_AT_LAYOUT] & 0x0F);
	s->kind = bytes[SK_CMS_AT_KIND];
	s->total = sk_load64(bytes + SK_CMS_AT_TOTAL);
	s->nvalues = sk_load32(bytes + SK_CMS_AT_NVALUES);
	if (sk_cms_count_bytes(bytes) != 0 && s->layout != SK_CMS_PACKED_LIST)
		return SK_RESERVED;
	if (!read_design(s))
		return SK_DESIGN;
	if (!sk_kind_ok(s->kind) || (s->kind == SK_KIND_NONE) != (s->total == 0))
		return SK_VALUE;
	return s->total > SK_CMS_MAX_TOTAL ? SK_VALUE : SK_OK;
}

sk_status
sk_cms_open_header(sk_cms *s, const void *header, size_t nbytes)
{
	sk_status	status;

	*s = (sk_cms) {.bytes = header, .nbytes = nbytes};
	if (nbytes == 0)
		return SK_SHORT;
	if ((s->bytes[SK_CMS_AT_TYPE] & 0xF0) != (SK_CMS_TYPE_AND_VERSION & 0xF0))
		return SK_TYPE;
	if (s->bytes[SK_CMS_AT_TYPE] != SK_CMS_TYPE_AND_VERSION)
		return SK_VERSION;
	if (nbytes < SK_CMS_HEADER)
		return SK_SHORT;
	if (nbytes > SK_CMS_MAX_BYTES)
		return SK_LONG;
	status = open_header(s);
	if (status != SK_OK)
		return status;
	return sk_cms_is_list(s) ? open_list(s) : open_cells(s);
}

sk_status
sk_cms_open(sk_cms *s, const void *bytes, size_t nbytes)
{
	sk_status	status = sk_cms_open_header(s, bytes, nbytes);

	return status == SK_OK && s->layout == SK_CMS_PACKED_CELLS ?
		open_directory(s) : status;
}

/* ---- lists ---- */

/* False, with nothing changed, if there is no room for a new value. */
static bool
table_add(sk_value table, uint64_t value, uint64_t weight)
{
	uint32_t	nslots = sk_list_nslots(&sk_cms_list, table.nbytes);
	uint8_t    *entry = sk_list_enter(&sk_cms_list, table.bytes, nslots,
									  sk_list_limit(nslots), value);
	uint8_t    *total = table.bytes + SK_CMS_AT_TOTAL,
			   *count;

	if (entry == NULL)
		return false;
	count = entry + SK_CMS_VALUE_BYTES;
	sk_store64(count, sk_load64(count) + weight);
	sk_store64(total, sk_load64(total) + weight);
	return true;
}

uint64_t
sk_cms_find(const sk_cms *s, uint64_t value)
{
	uint32_t	nentries = sk_cms_nentries(s);
	const uint8_t *entry;
	uint32_t	i;

	if (s->layout == SK_CMS_PACKED_LIST)
		entry = sk_list_search(s->bytes + SK_CMS_HEADER, nentries, s->nstride,
							   value);
	else
	{
		i = sk_list_find(&sk_cms_list, s->bytes, nentries, value);
		entry = i < nentries ? sk_cms_entry_at(s, i) : NULL;
	}
	if (entry == NULL || sk_load64(entry) != value)
		return 0;
	return sk_cms_load_count(entry + SK_CMS_VALUE_BYTES,
							 s->nstride - SK_CMS_VALUE_BYTES);
}

/* ---- adding all of a sketch to a working one that takes it ---- */

/* False, with nothing changed, if a list has no room for a new value. */
static inline bool
add_value(sk_value dst, uint64_t value, uint64_t weight)
{
	uint8_t    *bytes = dst.bytes;

	if (bytes[SK_CMS_AT_LAYOUT] == SK_CMS_WORKING_LIST)
		return table_add(dst, value, weight);
	sk_store64(bytes + SK_CMS_AT_TOTAL,
			   sk_load64(bytes + SK_CMS_AT_TOTAL) + weight);
	sk_cms_add_cells(bytes + SK_CMS_HEADER, sk_load32(bytes + SK_CMS_AT_WIDTH),
					 bytes[SK_CMS_AT_DEPTH], value, weight);
	return true;
}

/* SK_COUNT: the values or the total of the list are not those of its header. */
static sk_status
add_list(sk_value dst, const sk_cms *src, const sk_env *env)
{
	uint32_t	nentries = sk_cms_nentries(src);
	uint64_t	left = src->total;
	uint32_t	n = 0;

	for (uint32_t i = 0; i < nentries; i++)
	{
		sk_cms_entry entry = sk_cms_entry_of(src, i);

		sk_env_poll_often(env, i);
		if (entry.value == 0)
			continue;
		if (entry.count == 0 || entry.count > left ||
			!add_value(dst, entry.value, entry.count))
			return SK_COUNT;
		left -= entry.count;
		n++;
	}
	return n == src->nvalues && left == 0 ? SK_OK : SK_COUNT;
}

/*
 * Adds a block of counters, each 2^shift neighbors to one. This cannot
 * overflow, since no counter exceeds the total.
 */
static sk_status
add_block(uint8_t *cells, const sk_cms *src, uint32_t block, unsigned shift)
{
	unsigned	n = sk_cms_block_cells(sk_cms_ncells(&src->design), block);
	uint64_t	counts[SK_CMS_BLOCK];
	sk_status	status = sk_cms_read_block(src, block, counts);

	for (unsigned i = 0; i < n; i++)
	{
		uint8_t    *cell = cells +
			8 * (((size_t) block * SK_CMS_BLOCK + i) >> shift);

		sk_store64(cell, sk_load64(cell) + counts[i]);
	}
	return status;
}

static sk_status
add_cells(sk_value dst, const sk_cms *src, const sk_env *env)
{
	uint32_t	nblocks = sk_cms_nblocks(sk_cms_ncells(&src->design));
	uint32_t	width = sk_load32(dst.bytes + SK_CMS_AT_WIDTH);
	unsigned	shift = sk_ctz64(src->design.width / width);
	sk_status	status = SK_OK;

	for (uint32_t i = 0; i < nblocks && status == SK_OK; i++)
	{
		sk_env_poll(env, i);
		status = add_block(dst.bytes + SK_CMS_HEADER, src, i, shift);
	}
	sk_store64(dst.bytes + SK_CMS_AT_TOTAL,
			   sk_load64(dst.bytes + SK_CMS_AT_TOTAL) + src->total);
	return status;
}

static sk_status
add_sketch(sk_value dst, const sk_cms *src, const sk_env *env)
{
	if (sk_cms_is_empty(src))
		return SK_OK;
	sk_cms_note_kind(dst.bytes, src->kind);
	return sk_cms_is_list(src) ? add_list(dst, src, env) :
		add_cells(dst, src, env);
}

/*
 * Adds a and b, or a alone if b is NULL, to `room`, which is new, and makes
 * it v; if that fails, v stays as it is.
 */
static sk_status
move(sk_value *v, sk_value room, const sk_cms *a, const sk_cms *b,
	 const sk_env *env)
{
	sk_status	status = add_sketch(room, a, env);

	if (status == SK_OK && b != NULL)
		status = add_sketch(room, b, env);
	if (status == SK_OK)
		*v = room;
	else
		env->release(room.bytes);
	return status;
}

sk_status
sk_cms_list_to_cells(sk_value *cells, const sk_cms *list, const sk_env *env)
{
	return move(cells, make_cells(&list->design, env), list, NULL, env);
}

/* ---- adding a value ---- */

/* Makes room for one more value in a list. The values keep their order. */
static sk_status
grow_list(sk_value *v, const sk_env *env)
{
	sk_cms		s;
	sk_value	room;
	sk_status	status = sk_cms_open(&s, v->bytes, v->nbytes);

	if (status != SK_OK)
		return status;
	if (!sk_list_takes_value(s.nvalues, sk_cms_max_values(&s.design)))
		return sk_cms_list_to_cells(v, &s, env);
	room = make_list(&s.design, s.nvalues + UINT64_C(1), env);
	memcpy(room.bytes + SK_CMS_AT_SEED, v->bytes + SK_CMS_AT_SEED, 4);
	return move(v, room, &s, NULL, env);
}

sk_status
sk_cms_add_listed(sk_value *v, uint64_t value, uint64_t weight,
				  const sk_env *env)
{
	sk_status	status;

	if (table_add(*v, value, weight))
		return SK_OK;
	status = grow_list(v, env);
	if (status == SK_OK)
		add_value(*v, value, weight);
	return status;
}

/* ---- merging ---- */

static bool
is_default(const sk_cms_design *d)
{
	return d->epsilon == SK_CMS_DEFAULT_EPSILON &&
		d->delta == SK_CMS_DEFAULT_DELTA;
}

/* The design of a union of empty sketches. */
static const sk_cms_design *
empty_design(const sk_cms_design *a, const sk_cms_design *b)
{
	if (is_default(a))
		return b;
	return is_default(b) ? a : sk_cms_coarser(a, b);
}

/* The design of a union: see sk_cms_merge(). */
static sk_status
union_design(sk_cms_design *design, const sk_cms *a, const sk_cms *b)
{
	if (!sk_cms_is_empty(a) && !sk_cms_is_empty(b))
		return sk_cms_common(design, &a->design, &b->design);
	if (!sk_cms_is_empty(a))
		*design = a->design;
	else if (!sk_cms_is_empty(b))
		*design = b->design;
	else
		*design = *empty_design(&a->design, &b->design);
	return SK_OK;
}

static bool
same_design(const sk_cms_design *a, const sk_cms_design *b)
{
	return a->width == b->width && a->depth == b->depth &&
		a->epsilon == b->epsilon && a->delta == b->delta;
}

bool
sk_cms_leaves_alone(const sk_cms *a, const sk_cms *b)
{
	sk_cms_design design;

	return sk_cms_is_packed(a) && sk_cms_is_packed(b) && sk_cms_is_empty(b) &&
		union_design(&design, a, b) == SK_OK && same_design(&design, &a->design);
}

/*
 * Whether dst takes all of src as it is. A list must have room for both before
 * the first value is added, since after that there is no way back.
 */
static bool
has_room(const sk_cms *dst, const sk_cms *src, const sk_cms_design *design)
{
	if (sk_cms_is_packed(dst) || !same_design(&dst->design, design))
		return false;
	if (!sk_cms_is_list(dst) || sk_cms_is_empty(src))
		return true;
	return sk_cms_is_list(src) && (uint64_t) dst->nvalues + src->nvalues <=
		sk_list_limit(sk_cms_nentries(dst));
}

static bool
can_be_list(const sk_cms *s)
{
	return sk_cms_is_list(s) || sk_cms_is_empty(s);
}

/* A working sketch with room for both. */
static sk_value
make_for_both(const sk_cms_design *design, const sk_cms *a, const sk_cms *b,
			  const sk_env *env)
{
	if (can_be_list(a) && can_be_list(b) &&
		sk_list_takes_list(a->nvalues, b->nvalues, sk_cms_max_values(design)))
		return make_list(design, (uint64_t) a->nvalues + b->nvalues, env);
	return make_cells(design, env);
}

/* sk_cms_merge() after opening. */
static sk_status
merge_opened(sk_value *v, const sk_cms *dst, const sk_cms *src,
			 const sk_env *env)
{
	sk_cms_design design;

	if (union_design(&design, dst, src) != SK_OK)
		return SK_UNLIKE;
	if (dst->total > SK_CMS_MAX_TOTAL - src->total)
		return SK_OVERFLOW;
	if (has_room(dst, src, &design))
		return add_sketch(*v, src, env);
	return move(v, make_for_both(&design, dst, src, env), dst, src, env);
}

sk_status
sk_cms_merge(sk_value *dst, const void *src, size_t nbytes, const sk_env *env)
{
	sk_cms		from,
				into;
	sk_status	status = sk_cms_open(&from, src, nbytes);

	into = (sk_cms) {.layout = SK_CMS_PACKED_LIST, .design = from.design};
	if (status == SK_OK && dst->nbytes > 0)
		status = sk_cms_open(&into, dst->bytes, dst->nbytes);
	return status == SK_OK ? merge_opened(dst, &into, &from, env) : status;
}
