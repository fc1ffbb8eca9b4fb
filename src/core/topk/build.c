/*
 * topk/build.c: building sketches of the most frequent items: adding, merging.
 *
 * See sketch.h for what the sketch is and where it comes from, doc/format.md for
 * the bytes. A working sketch is a hash table and a log. The log has a record
 * for each item, its numbers and its bytes, in the order in which items came; a
 * slot of the table has half of an item's hash and the offset of its record. So
 * a new item is appended, and a cut is one walk along the log that closes the
 * gaps, after which the table is filled anew: it needs no memory of its own.
 */
#include "core/topk/internal.h"
#include "core/topk/size.h"

/* Bytes that are cleared between two polls. */
#define CLEAR_PART ((size_t) 1 << 22)

/* How room is made for a load: by a cut, and by more memory if need be. */
typedef struct plan
{
	uint64_t	cut;			/* 0: none */
	sk_topk_load left;			/* after the cut, at most */
	sk_topk_load all;			/* of what is left, and what is added */
} plan;

/* ---- working sketches ---- */

/* The k of a sketch, and the k that it has room for. */
typedef struct design
{
	uint32_t	k;
	uint32_t	room;
} design;

static void
clear(uint8_t *bytes, size_t nbytes, const sk_env *env)
{
	for (size_t at = 0; at < nbytes; at += CLEAR_PART)
	{
		memset(bytes + at, 0,
			   (size_t) sk_topk_at_most(nbytes - at, CLEAR_PART));
		env->poll();
	}
}

static sk_value
new_sketch(design d, sk_topk_load load, const sk_env *env)
{
	sk_topk_shape shape = sk_topk_shape_for(d.room, load);
	sk_value	v = {env->alloc(shape.nbytes), shape.nbytes};

	clear(v.bytes, v.nbytes, env);
	v.bytes[SK_TOPK_AT_TYPE] = SK_TOPK_TYPE_AND_VERSION;
	v.bytes[SK_TOPK_AT_LAYOUT] = SK_TOPK_WORKING;
	sk_store32(v.bytes + SK_TOPK_AT_K, d.k);
	sk_store32(v.bytes + SK_TOPK_AT_ROOM, d.room);
	sk_store32(v.bytes + SK_TOPK_AT_NSLOTS, shape.nslots);
	sk_store32(v.bytes + SK_TOPK_AT_END, SK_TOPK_AT_SLOTS + 8 * shape.nslots);
	return v;
}

sk_value
sk_topk_empty(uint32_t k, const sk_env *env)
{
	return new_sketch((design) {k, k},
					  (sk_topk_load) {1, SK_TOPK_RECORD_HEADER}, env);
}

/* The load of a sketch; of a packed one, whose items have at least three bytes
 * besides their own, as a working sketch will have it at most. */
static sk_topk_load
load_of(const sk_topk *s)
{
	uint64_t	nbytes = s->end - s->body;

	if (s->layout == SK_TOPK_PACKED)
		nbytes += (SK_TOPK_RECORD_HEADER - 3) * (uint64_t) s->nitems;
	return (sk_topk_load) {s->nitems, nbytes};
}

static sk_topk_load
sum_of(sk_topk_load a, sk_topk_load b)
{
	return (sk_topk_load) {a.nitems + b.nitems, a.nbytes + b.nbytes};
}

/* A record of an item of this length. */
static sk_topk_load
load_of_item(size_t nbytes)
{
	return (sk_topk_load) {1, SK_TOPK_RECORD_HEADER + (uint64_t) nbytes};
}

/* Whether a sketch of this size has room for a load. */
static bool
has_room(size_t nbytes, uint32_t nslots, sk_topk_load load)
{
	return sk_topk_fewest_slots(load.nitems) <= nslots &&
		SK_TOPK_AT_SLOTS + 8 * (uint64_t) nslots + load.nbytes <= nbytes;
}

/* Enters a record that is not in the table, which has an empty slot. */
static void
enter_record(uint8_t *bytes, uint32_t nslots, size_t at)
{
	uint32_t	fingerprint = sk_load32(bytes + at + SK_TOPK_AT_FINGERPRINT);
	uint32_t	i = sk_topk_home_slot(fingerprint, nslots);

	while (sk_topk_slot(bytes, i) != 0)
		i = i + 1 == nslots ? 0 : i + 1;
	sk_store64(bytes + SK_TOPK_AT_SLOTS + 8 * (size_t) i,
			   (uint64_t) fingerprint << 32 | at);
}

/* ---- making room ---- */

/* Copies a record to `to`, with its count less the cut; returns where it ends. */
static size_t
keep_record(uint8_t *bytes, size_t to, const uint8_t *record, uint64_t cut)
{
	size_t		nbytes = sk_topk_record_bytes(record);

	memmove(bytes + to, record, nbytes);
	sk_store64(bytes + to + SK_TOPK_AT_COUNT,
			   sk_load64(bytes + to + SK_TOPK_AT_COUNT) - cut);
	enter_record(bytes, sk_load32(bytes + SK_TOPK_AT_NSLOTS), to);
	return to + nbytes;
}

/*
 * Makes `bytes` hold what the cut leaves of s, a working sketch that was read
 * before, at the k and the room of s. They are those of s, whose gaps are closed, or a new
 * sketch with the room.
 */
static void
keep_records(uint8_t *bytes, const sk_topk *s, uint64_t cut, const sk_env *env)
{
	size_t		to = SK_TOPK_AT_SLOTS +
		8 * (size_t) sk_load32(bytes + SK_TOPK_AT_NSLOTS);
	size_t		next;
	uint32_t	nread = 0,
				nkept = 0;

	memset(bytes + SK_TOPK_AT_SLOTS, 0, to - SK_TOPK_AT_SLOTS);
	for (size_t from = s->body; from < s->end; from = next)
	{
		next = from + sk_topk_record_bytes(s->bytes + from);
		sk_env_poll_often(env, nread++);
		if (sk_load64(s->bytes + from + SK_TOPK_AT_COUNT) <= cut)
			continue;
		to = keep_record(bytes, to, s->bytes + from, cut);
		nkept++;
	}
	sk_store32(bytes + SK_TOPK_AT_K, s->k);
	sk_store32(bytes + SK_TOPK_AT_ROOM, s->room);
	sk_store64(bytes + SK_TOPK_AT_TOTAL, s->total);
	sk_store64(bytes + SK_TOPK_AT_OFFSET, s->offset + cut);
	sk_store32(bytes + SK_TOPK_AT_NITEMS, nkept);
	sk_store32(bytes + SK_TOPK_AT_END, (uint32_t) to);
}

/* Reads all records, before they are copied without a look at their lengths. */
static sk_status
check_records(const sk_topk *s)
{
	sk_topk_cursor c = sk_topk_first(s);
	sk_topk_entry e;

	while (sk_topk_next(&c, &e))
		;
	return c.status;
}

/* What a cut leaves of a working sketch whose records were read before. */
static sk_topk_load
load_above(const sk_topk *s, uint64_t cut)
{
	sk_topk_load load = {0, 0};
	size_t		nbytes;

	for (size_t at = s->body; at < s->end; at += nbytes)
	{
		nbytes = sk_topk_record_bytes(s->bytes + at);
		if (sk_load64(s->bytes + at + SK_TOPK_AT_COUNT) > cut)
			load = sum_of(load, (sk_topk_load) {1, nbytes});
	}
	return load;
}

static bool
plan_fits(const plan *p, const sk_topk *s)
{
	return has_room(s->nbytes, sk_load32(s->bytes + SK_TOPK_AT_NSLOTS), p->all);
}

/*
 * Plans room for more in a working sketch. A cut subtracts the (k+1)-th largest
 * count from all, with the k that there is room for, which is not smaller than
 * the sketch's own. So at least k + 1 items lose all of it, and the offset keeps
 * within its bound. If records are to be moved, they were read, and
 * their lengths are right.
 */
static sk_status
plan_room(plan *p, const sk_topk *s, sk_topk_load more)
{
	sk_status	status = SK_OK;

	*p = (plan) {0, load_of(s), sum_of(load_of(s), more)};
	if (!sk_topk_within_limits(s->room, p->all))
		status = sk_topk_find_cut(s, s->room, &p->cut);
	else if (!plan_fits(p, s))
		status = check_records(s);
	if (status != SK_OK || p->cut == 0)
		return status;
	p->all.nitems = s->room + more.nitems;
	if (!plan_fits(p, s))
	{
		p->left = load_above(s, p->cut);
		p->all = sum_of(p->left, more);
	}
	return SK_OK;
}

/* Carries out a plan for v, a working sketch that was opened as s: in place if
 * there is the room, else in new memory. v gets the k and the room of s. */
static sk_status
make_room(sk_value *v, const sk_topk *s, const plan *p, const sk_env *env)
{
	bool		in_place = plan_fits(p, s);

	if (in_place && p->cut == 0)
	{
		sk_store32(v->bytes + SK_TOPK_AT_K, s->k);
		sk_store32(v->bytes + SK_TOPK_AT_ROOM, s->room);
		return SK_OK;
	}
	if (!in_place && p->left.nbytes > sk_topk_most_bytes(s->room))
		return SK_SIZE;
	if (!in_place)
		*v = new_sketch((design) {s->k, s->room}, p->all, env);
	keep_records(v->bytes, s, p->cut, env);
	return SK_OK;
}

/* Makes room for one more item. */
static sk_status
make_room_for_item(sk_value *v, size_t nbytes, const sk_env *env)
{
	sk_topk		s;
	plan		p;
	sk_status	status = sk_topk_open(&s, v->bytes, v->nbytes);

	if (status == SK_OK)
		status = plan_room(&p, &s, load_of_item(nbytes));
	if (status != SK_OK)
		return status;
	if (p.all.nbytes > sk_topk_most_bytes(s.room) && !plan_fits(&p, &s))
		return SK_SIZE;
	return make_room(v, &s, &p, env);
}

/* ---- adding ---- */

/* Appends an item that has no record yet; there must be room. */
static void
append(uint8_t *bytes, const sk_topk_item *item, uint64_t count, uint64_t lower)
{
	size_t		at = sk_load32(bytes + SK_TOPK_AT_END);
	uint8_t    *record = bytes + at;

	sk_store64(record + SK_TOPK_AT_COUNT, count);
	sk_store64(record + SK_TOPK_AT_LOWER, lower);
	sk_store32(record + SK_TOPK_AT_FINGERPRINT, item->fingerprint);
	sk_store32(record + SK_TOPK_AT_LENGTH, item->nbytes);
	if (item->nbytes > 0)
		memcpy(record + SK_TOPK_AT_ITEM, item->bytes, item->nbytes);
	enter_record(bytes, sk_load32(bytes + SK_TOPK_AT_NSLOTS), at);
	sk_store32(bytes + SK_TOPK_AT_NITEMS,
			   sk_load32(bytes + SK_TOPK_AT_NITEMS) + 1);
	sk_store32(bytes + SK_TOPK_AT_END,
			   (uint32_t) (at + SK_TOPK_AT_ITEM + item->nbytes));
}

/* Adds an item that has no record yet. */
static sk_status
add_new(sk_value *v, const sk_topk_item *item, uint64_t count, uint64_t lower,
		const sk_env *env)
{
	const uint8_t *bytes = v->bytes;
	uint32_t	nslots = sk_load32(bytes + SK_TOPK_AT_NSLOTS);
	sk_topk_load load = {
		sk_load32(bytes + SK_TOPK_AT_NITEMS),
		sk_load32(bytes + SK_TOPK_AT_END) - SK_TOPK_AT_SLOTS -
		8 * (uint64_t) nslots
	};

	load = sum_of(load, load_of_item(item->nbytes));
	if (!sk_topk_within_limits(sk_load32(bytes + SK_TOPK_AT_ROOM), load) ||
		!has_room(v->nbytes, nslots, load))
	{
		sk_status	status = make_room_for_item(v, item->nbytes, env);

		if (status != SK_OK)
			return status;
	}
	append(v->bytes, item, count, lower);
	return SK_OK;
}

/* Adds to the numbers of an item of a working sketch, but not to the total. */
static sk_status
add_count(sk_value *v, const sk_topk_item *item, uint64_t count,
		  uint64_t lower, const sk_env *env)
{
	uint32_t	nslots = sk_load32(v->bytes + SK_TOPK_AT_NSLOTS);
	uint32_t	i = sk_topk_find_slot(v->bytes, nslots, item);
	uint8_t    *record;

	if (i == nslots)
		return SK_COUNT;
	if (sk_topk_slot(v->bytes, i) == 0)
		return add_new(v, item, count, lower, env);
	record = v->bytes + (uint32_t) sk_topk_slot(v->bytes, i);
	sk_store64(record + SK_TOPK_AT_COUNT,
			   sk_load64(record + SK_TOPK_AT_COUNT) + count);
	sk_store64(record + SK_TOPK_AT_LOWER,
			   sk_load64(record + SK_TOPK_AT_LOWER) + lower);
	return SK_OK;
}

/* A working sketch knows the hashes of its items. */
static sk_topk_item
item_of_entry(const sk_topk *s, const sk_topk_entry *e)
{
	if (s->layout == SK_TOPK_PACKED)
		return sk_topk_item_of(e->item, e->nbytes);
	return (sk_topk_item) {
		e->item, e->nbytes,
		sk_load32(sk_topk_record_of(e) + SK_TOPK_AT_FINGERPRINT)
	};
}

static sk_status
add_entries(sk_value *v, const sk_topk *src, const sk_env *env)
{
	sk_topk_cursor c = sk_topk_first(src);
	sk_topk_entry e;

	while (sk_topk_next(&c, &e))
	{
		sk_topk_item item = item_of_entry(src, &e);
		sk_status	status = add_count(v, &item, e.upper - src->offset,
									   e.lower, env);

		sk_env_poll_often(env, c.left);
		if (status != SK_OK)
			return status;
	}
	return c.status;
}

/*
 * Adds all of src to v, a working sketch, which gets this design. Memory is made
 * first, if only up to the limits of a sketch, so that v moves at most once.
 */
static sk_status
add_sketch(sk_value *v, design d, const sk_topk *src, const sk_env *env)
{
	sk_topk		s;
	plan		p;
	sk_status	status = sk_topk_open(&s, v->bytes, v->nbytes);

	if (status != SK_OK)
		return status;
	s.k = d.k;
	s.room = d.room;
	status = plan_room(&p, &s, load_of(src));
	p.all.nitems = sk_topk_at_most(p.all.nitems,
								   sk_topk_most_items(d.room));
	p.all.nbytes = sk_topk_at_most(p.all.nbytes,
								   sk_topk_most_bytes(d.room));
	if (status == SK_OK)
		status = make_room(v, &s, &p, env);
	if (status != SK_OK)
		return status;
	sk_store64(v->bytes + SK_TOPK_AT_TOTAL, s.total + src->total);
	sk_store64(v->bytes + SK_TOPK_AT_OFFSET, s.offset + p.cut + src->offset);
	return add_entries(v, src, env);
}

/* Ends a change of v, which is now `changed`, maybe in new memory. */
static sk_status
finish(sk_value *v, sk_value changed, sk_status status, const sk_env *env)
{
	if (status == SK_OK)
		*v = changed;
	else if (changed.bytes != v->bytes)
		env->release(changed.bytes);
	return status;
}

/* Makes v, which is src or no sketch yet, a working copy of src with room for
 * an item of this length. */
static sk_status
copy(sk_value *v, const sk_topk *src, size_t nbytes, const sk_env *env)
{
	sk_topk_load all = sum_of(load_of(src), load_of_item(nbytes));
	design		d = {src->k, src->room};
	sk_value	working;

	if (all.nbytes > sk_topk_most_bytes(d.room))
		return SK_SIZE;
	working = new_sketch(d, all, env);
	return finish(v, working, add_sketch(&working, d, src, env), env);
}

/* Not inlined, so that it costs other additions nothing. */
__attribute__((noinline))
static sk_status
add_to_packed(sk_value *v, const sk_topk_item *item, uint64_t weight,
			  const sk_env *env)
{
	sk_topk		s;
	sk_value	working = *v;
	sk_status	status = sk_topk_open(&s, v->bytes, v->nbytes);

	if (status == SK_OK && s.total > SK_TOPK_MAX_TOTAL - weight)
		status = SK_OVERFLOW;
	if (status == SK_OK)
		status = copy(&working, &s, item->nbytes, env);
	if (status == SK_OK)
		status = sk_topk_add(&working, item, weight, env);
	return finish(v, working, status, env);
}

sk_status
sk_topk_add(sk_value *v, const sk_topk_item *item, uint64_t weight,
			const sk_env *env)
{
	uint64_t	total;
	sk_status	status;

	if (weight > SK_TOPK_MAX_TOTAL)
		return SK_OVERFLOW;
	if (weight == 0)
		return SK_OK;
	if (v->bytes[SK_TOPK_AT_LAYOUT] == SK_TOPK_PACKED)
		return add_to_packed(v, item, weight, env);
	total = sk_load64(v->bytes + SK_TOPK_AT_TOTAL);
	if (total > SK_TOPK_MAX_TOTAL - weight)
		return SK_OVERFLOW;
	status = add_count(v, item, weight, weight, env);
	if (status == SK_OK)
		sk_store64(v->bytes + SK_TOPK_AT_TOTAL, total + weight);
	return status;
}

/* ---- merging ---- */

/* The design of a union. The room does not shrink, so that what one of the two
 * holds is cut only once, when the union is packed. */
static design
common_design(const sk_topk *a, const sk_topk *b)
{
	uint32_t	k = a->k < b->k ? a->k : b->k;

	if (sk_topk_is_empty(a) && sk_topk_is_empty(b))
		return (design) {k, k};
	if (sk_topk_is_empty(a))
		return (design) {b->k, b->room};
	if (sk_topk_is_empty(b))
		return (design) {a->k, a->room};
	return (design) {k, a->room > b->room ? a->room : b->room};
}

sk_status
sk_topk_merge(sk_value *dst, const void *src, size_t nbytes, const sk_env *env)
{
	sk_topk		from,
				to;
	sk_value	sum = *dst;
	design		d;
	sk_status	status = sk_topk_open(&from, src, nbytes);

	if (status == SK_OK && dst->nbytes == 0)
		return copy(dst, &from, 0, env);
	if (status == SK_OK)
		status = sk_topk_open(&to, dst->bytes, dst->nbytes);
	if (status != SK_OK)
		return status;
	if (from.total > SK_TOPK_MAX_TOTAL - to.total)
		return SK_OVERFLOW;
	d = common_design(&to, &from);
	if (to.layout == SK_TOPK_PACKED)
	{
		sum = new_sketch(d, sum_of(load_of(&to), load_of(&from)), env);
		status = add_sketch(&sum, d, &to, env);
	}
	if (status == SK_OK)
		status = add_sketch(&sum, d, &from, env);
	return finish(dst, sum, status, env);
}
