/*
 * hll/build.c: building distinct-count sketches: new ones, adding, merging.
 *
 * Two working layouts (doc/format.md). A sparse sketch has a few pending tokens
 * in front of its slots, which are a list or a hash table; it starts at a few
 * dozen bytes. A dense one has plain registers.
 */
#include "core/hll/internal.h"

/* A working sketch that is being changed. */
typedef struct builder
{
	sk_value	sketch;
	const uint8_t *given;		/* the caller's memory, not to be released */
	const sk_env *env;
} builder;

static sk_status merge_sketch(builder *b, const sk_hll *src);

/* --- sizes -------------------------------------------------------------- */

/*
 * A table is full at 7/8: longer searches than that cost more than growing. A
 * full list is sorted, and if an eighth of it does not turn out to be
 * repetitions, it grows; so it is not sorted too often.
 */
static uint32_t
table_limit(uint32_t nslots, int precision)
{
	uint32_t	limit = nslots - nslots / 8;
	uint32_t	most = sk_hll_max_tokens(precision);

	return limit < most ? limit : most;
}

/*
 * The slots for that many tokens: 0, 16, 112, 496, ..., so that a value with
 * its header takes 64, 128, 512, 2048, ... bytes, which are sizes that memory
 * allocators hand out; and at last as many bytes as the registers would take.
 * Steps of four, since an aggregate keeps what its states have outgrown, and
 * moving them costs more than the room: groups of 100 rows take 1.41 times as
 * long as with count(x), and 1.49 times with smaller steps.
 */
static uint32_t
table_slots(uint32_t ntokens, int precision)
{
	uint32_t	most = sk_hll_nregisters(precision) / 4;
	uint32_t	nslots = 0;

	while (table_limit(nslots, precision) < ntokens)
		nslots = nslots == 0 ? 16 : 4 * nslots + 48;
	return nslots == 0 || nslots + 16 < most ? nslots : most;
}

static bool
is_largest_table(const sk_hll *s)
{
	return s->layout == SK_HLL_WORKING_SPARSE &&
		table_limit(sk_hll_nslots(s->nbytes), s->precision) ==
		sk_hll_max_tokens(s->precision);
}

/* --- new sketches ------------------------------------------------------- */

/* A working sketch whose header is followed by that many bytes like `fill`. */
static sk_value
new_sketch(sk_hll_layout layout, int precision, size_t nheader, size_t nbody,
		   int fill, const sk_env *env)
{
	sk_value	v = {env->alloc(nheader + nbody), nheader + nbody};

	memset(v.bytes, 0, nheader);
	sk_store32(v.bytes, sk_hll_working_header(layout, precision));
	memset(v.bytes + nheader, fill, nbody);
	return v;
}

sk_value
sk_hll_new_dense(int precision, const sk_env *env)
{
	return new_sketch(SK_HLL_WORKING_DENSE, precision, SK_HLL_AT_REGISTERS,
					  sk_hll_nregisters(precision), 0, env);
}

sk_value
sk_hll_new_sparse(int precision, uint32_t ntokens, const sk_env *env)
{
	return new_sketch(SK_HLL_WORKING_SPARSE, precision, SK_HLL_AT_SLOTS,
					  4 * (size_t) table_slots(ntokens, precision), 0xFF, env);
}

sk_value
sk_hll_empty(int precision, const sk_env *env)
{
	return sk_hll_new_sparse(precision, 0, env);
}

/* The largest list: in 512 bytes, 124 values with the pending ones. */
sk_value
sk_hll_empty_roomy(int precision, const sk_env *env)
{
	uint32_t	most = sk_hll_max_tokens(precision);
	uint32_t	want = SK_HLL_LIST - SK_HLL_LIST / 5;

	return sk_hll_new_sparse(precision, most < want ? most : want, env);
}

/*
 * An empty sketch with room for all of dst and of src, at the lower of both
 * precisions, or for one more token than dst has if src is NULL. Whether a
 * union is sparse is known only when the largest table has filled.
 */
static sk_value
new_larger(const sk_hll *dst, const sk_hll *src, const sk_env *env)
{
	bool		sparse = sk_hll_is_sparse(dst) &&
		(src == NULL || sk_hll_is_sparse(src));
	int			precision = src != NULL && src->precision < dst->precision ?
		src->precision : dst->precision;
	uint32_t	want = dst->ntokens + (src == NULL ? 1 : src->ntokens);
	uint32_t	most = sk_hll_max_tokens(precision);

	if (!sparse || (want > most && precision == dst->precision &&
					is_largest_table(dst)))
		return sk_hll_new_dense(precision, env);
	return sk_hll_new_sparse(precision, want < most ? want : most, env);
}

/* --- growing ------------------------------------------------------------ */

/* Releases the sketch, unless it is the caller's. */
static void
discard(const builder *b)
{
	if (b->sketch.bytes != b->given)
		b->env->release(b->sketch.bytes);
}

/*
 * Moves the sketch to a working one with room for src, or for one more token if
 * src is NULL. Other than SK_OK: it is damaged, and stays.
 */
static sk_status
grow(builder *b, const sk_hll *src)
{
	builder		larger = {.env = b->env};
	sk_hll		before;
	sk_status	status = sk_hll_open(&before, b->sketch.bytes,
									 b->sketch.nbytes);

	if (status != SK_OK)
		return status;
	larger.sketch = new_larger(&before, src, b->env);
	status = merge_sketch(&larger, &before);
	if (status == SK_OK)
	{
		discard(b);
		b->sketch = larger.sketch;
	}
	else
		discard(&larger);
	return status;
}

/* --- adding ------------------------------------------------------------- */

/*
 * Whether there was room. The search is bounded, since damaged bytes can leave
 * no slot empty.
 */
static bool
table_insert(uint8_t *bytes, uint32_t nslots, uint32_t token)
{
	uint8_t    *slots = bytes + SK_HLL_AT_SLOTS;
	uint32_t	i = sk_hll_home(token, nslots);
	uint32_t	ntokens = sk_load32(bytes + SK_HLL_AT_NTOKENS);

	for (uint32_t searched = 0; searched < nslots; searched++)
	{
		uint32_t	found = sk_load32(slots + 4 * (size_t) i);

		if (found == token)
			return true;
		if (found == SK_HLL_NO_TOKEN)
		{
			if (ntokens >= table_limit(nslots, bytes[SK_HLL_AT_PRECISION]))
				return false;
			sk_store32(slots + 4 * (size_t) i, token);
			sk_store32(bytes + SK_HLL_AT_NTOKENS, ntokens + 1);
			return true;
		}
		i = i + 1 == nslots ? 0 : i + 1;
	}
	return false;
}

/*
 * The tokens go into a table of their own, which is kept in order and has its
 * overflow at the end. At least half of it stays empty, so that they hardly
 * have to move.
 */
uint32_t
sk_hll_sort_list(uint32_t *tokens, uint32_t n)
{
	uint32_t	slots[256 + SK_HLL_LIST + SK_HLL_PENDING + 1];
	uint32_t	kept = 0;

	memset(slots, 0xFF, sizeof(slots));
	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t	token = tokens[i];
		uint32_t   *slot = &slots[token >> 24];

		while (*slot < token)
			slot++;
		if (*slot == token)
			continue;
		for (; token != SK_HLL_NO_TOKEN; slot++)
		{
			uint32_t	other = *slot;

			*slot = token;
			token = other;
		}
	}
	for (uint32_t i = 0; i < 256 + SK_HLL_LIST + SK_HLL_PENDING; i++)
	{
		tokens[kept] = slots[i];
		kept += slots[i] != SK_HLL_NO_TOKEN;
	}
	return kept;
}

/* Sorts a full list together with n more tokens; false if that does not make
 * room. */
static bool
list_shorten(uint8_t *bytes, uint32_t nslots, const uint8_t *more, uint32_t n)
{
	uint32_t	tokens[SK_HLL_LIST + SK_HLL_PENDING + 1];
	uint32_t	ntokens = sk_load32(bytes + SK_HLL_AT_NTOKENS);
	uint8_t    *slots = bytes + SK_HLL_AT_SLOTS;

	for (uint32_t i = 0; i < ntokens; i++)
		tokens[i] = sk_load32(slots + 4 * (size_t) i);
	for (uint32_t i = 0; i < n; i++)
		tokens[ntokens + i] = sk_load32(more + 4 * (size_t) i);
	ntokens = sk_hll_sort_list(tokens, ntokens + n);
	if (ntokens > table_limit(nslots, bytes[SK_HLL_AT_PRECISION]))
		return false;
	for (uint32_t i = 0; i < ntokens; i++)
		sk_store32(slots + 4 * (size_t) i, tokens[i]);
	sk_store32(bytes + SK_HLL_AT_NTOKENS, ntokens);
	return true;
}

/* Appends n tokens, at most SK_HLL_PENDING, to a list that has the room. */
static bool
list_append(uint8_t *bytes, uint32_t nslots, const uint8_t *tokens, uint32_t n)
{
	uint32_t	ntokens = sk_load32(bytes + SK_HLL_AT_NTOKENS);

	if (ntokens > nslots)
		return false;
	if (ntokens + n > nslots)
		return list_shorten(bytes, nslots, tokens, n);
	memcpy(bytes + SK_HLL_AT_SLOTS + 4 * (size_t) ntokens, tokens,
		   4 * (size_t) n);
	sk_store32(bytes + SK_HLL_AT_NTOKENS, ntokens + n);
	return true;
}

static bool
settle_in_table(uint8_t *bytes, uint32_t nslots)
{
	uint32_t	npending = sk_load32(bytes + SK_HLL_AT_NPENDING);
	const uint8_t *pending = bytes + SK_HLL_AT_PENDING;

	for (uint32_t i = 0; i < npending; i++)
		__builtin_prefetch(bytes + SK_HLL_AT_SLOTS + 4 * (size_t)
						   sk_hll_home(sk_load32(pending + 4 * i), nslots), 1);
	for (; npending > 0; npending--)
	{
		if (!table_insert(bytes, nslots,
						  sk_load32(pending + 4 * (npending - 1))))
			return false;
		sk_store32(bytes + SK_HLL_AT_NPENDING, npending - 1);
	}
	return true;
}

/*
 * Moves all pending tokens to the slots of a sparse sketch, if there is room.
 * More than there can be are damage, which growing the sketch will find.
 */
static bool
settle(uint8_t *bytes, size_t nbytes)
{
	uint32_t	nslots = sk_hll_nslots(nbytes);
	uint32_t	npending = sk_load32(bytes + SK_HLL_AT_NPENDING);

	if (npending > SK_HLL_PENDING)
		return false;
	if (!sk_hll_is_list(nbytes, bytes[SK_HLL_AT_PRECISION]))
		return settle_in_table(bytes, nslots);
	if (!list_append(bytes, nslots, bytes + SK_HLL_AT_PENDING, npending))
		return false;
	sk_store32(bytes + SK_HLL_AT_NPENDING, 0);
	return true;
}

static inline bool
is_dense(const uint8_t *bytes)
{
	return bytes[SK_HLL_AT_LAYOUT] == SK_HLL_WORKING_DENSE;
}

sk_status
sk_hll_add_settling(sk_value *v, uint32_t token, const sk_env *env)
{
	builder		b = {*v, v->bytes, env};
	sk_status	status = SK_OK;

	if (!settle(v->bytes, v->nbytes))
		status = grow(&b, NULL);
	if (status != SK_OK)
		return status;
	*v = b.sketch;
	if (!is_dense(v->bytes))
		return sk_hll_add_token(v, token, env);
	sk_hll_register_add_token(v->bytes + SK_HLL_AT_REGISTERS,
							  v->bytes[SK_HLL_AT_PRECISION], token);
	return SK_OK;
}

/* --- merging tokens ----------------------------------------------------- */

/* Adds a token at once, not as a pending one; false if there is no room. */
static bool
insert(sk_value v, uint32_t token)
{
	int			precision = v.bytes[SK_HLL_AT_PRECISION];
	uint8_t		stored[4];

	if (is_dense(v.bytes))
	{
		sk_hll_register_add_token(v.bytes + SK_HLL_AT_REGISTERS, precision,
								  token);
		return true;
	}
	if (!sk_hll_is_list(v.nbytes, precision))
		return table_insert(v.bytes, sk_hll_nslots(v.nbytes), token);
	sk_store32(stored, token);
	return list_append(v.bytes, sk_hll_nslots(v.nbytes), stored, 1);
}

/* Adds a token of src; step counts them. */
static sk_status
merge_token(builder *b, const sk_hll *src, uint32_t token, uint32_t step)
{
	sk_env_poll(b->env, step);
	if (sk_hll_token_zeros(token) > SK_HLL_MAX_ZEROS)
		return SK_VALUE;
	while (!insert(b->sketch, token))
	{
		sk_status	status = grow(b, src);

		if (status != SK_OK)
			return status;
	}
	return SK_OK;
}

/*
 * Adds those tokens of a block whose zeros matter; *behind is by how many
 * tokens the reader's zeros are behind the block.
 */
static bool
add_with_zeros(uint8_t *bytes, sk_hll_token_reader *r, const uint32_t *indexes,
			   uint64_t which, uint32_t *behind)
{
	uint32_t	zeros[1 + SK_HLL_SLACK];
	uint32_t	at = 0;

	for (; which != 0; which &= which - 1)
	{
		uint32_t	i = sk_ctz64(which);

		sk_hll_skip_zeros(r, *behind + i - at);
		if (!sk_hll_next_zeros(r, zeros, 1))
			return false;
		sk_hll_register_add_token(bytes + SK_HLL_AT_REGISTERS,
								  bytes[SK_HLL_AT_PRECISION],
								  indexes[i] << 6 | zeros[0]);
		*behind = 0;
		at = i + 1;
	}
	*behind -= at;
	return true;
}

/*
 * Merges packed tokens into registers, which hardly ever need the zeros of a
 * token: only if all bits between the register's and the zeros are 0. They are
 * looked up then.
 */
static sk_status
merge_indexes(uint8_t *bytes, const sk_hll *src)
{
	sk_hll_token_reader reader;
	uint32_t	indexes[SK_HLL_BLOCK + SK_HLL_SLACK],
				behind = 0;

	sk_hll_read_tokens(&reader, src);
	for (uint32_t left = src->ntokens, n; left > 0; left -= n, behind += n)
	{
		uint64_t	with_zeros;

		n = left < SK_HLL_BLOCK ? left : SK_HLL_BLOCK;
		if (!sk_hll_next_indexes(&reader, indexes, n))
			return SK_VALUE;
		with_zeros = reader.kernels->add(bytes + SK_HLL_AT_REGISTERS,
										 bytes[SK_HLL_AT_PRECISION], indexes,
										 n);
		if (!add_with_zeros(bytes, &reader, indexes, with_zeros, &behind))
			return SK_VALUE;
	}
	return SK_OK;
}

/* Merges packed tokens one by one, until the sketch becomes dense. */
static sk_status
insert_packed_tokens(builder *b, const sk_hll *src)
{
	sk_hll_token_reader reader;
	uint32_t	token;
	sk_status	status = SK_OK;

	sk_hll_read_tokens(&reader, src);
	for (uint32_t i = 0; i < src->ntokens && status == SK_OK &&
		 !is_dense(b->sketch.bytes); i++)
	{
		if (!sk_hll_next_token(&reader, &token))
			return SK_VALUE;
		status = merge_token(b, src, token, i);
	}
	return status;
}

/*
 * If the sketch becomes dense on the way, all tokens are added again: that is
 * faster than the rest one by one.
 */
static sk_status
merge_packed_tokens(builder *b, const sk_hll *src)
{
	sk_status	status = SK_OK;

	if (!is_dense(b->sketch.bytes))
		status = insert_packed_tokens(b, src);
	if (status == SK_OK && is_dense(b->sketch.bytes))
		status = merge_indexes(b->sketch.bytes, src);
	return status;
}

/* An empty slot within the count is damage: as a token, it has too many
 * zeros. */
static sk_status
merge_list(builder *b, const sk_hll *src)
{
	uint32_t	n = src->ntokens - sk_hll_npending(src);
	sk_status	status = SK_OK;

	for (uint32_t i = 0; i < n && status == SK_OK; i++)
		status = merge_token(b, src, sk_hll_slot(src, i), i);
	return status;
}

/*
 * Every 16th slot of a table, from this one. More tokens than are left are damage,
 * and must be found: the room for them is made by the count, and would never be
 * enough.
 */
static sk_status
merge_slots(builder *b, const sk_hll *src, uint32_t first, uint32_t *left)
{
	uint32_t	nslots = sk_hll_nslots(src->nbytes);
	sk_status	status = SK_OK;

	for (uint32_t i = first; i < nslots && status == SK_OK; i += 16)
	{
		if (sk_hll_slot(src, i) == SK_HLL_NO_TOKEN)
			continue;
		if (*left == 0)
			return SK_COUNT;
		status = merge_token(b, src, sk_hll_slot(src, i), (*left)--);
	}
	return status;
}

/*
 * In sixteen rounds: in order of their slots, tokens of one table fill another one
 * from its beginning to the last slot, and the searches there get long.
 */
static sk_status
merge_table(builder *b, const sk_hll *src)
{
	uint32_t	left = src->ntokens - sk_hll_npending(src);
	sk_status	status = SK_OK;

	for (uint32_t first = 0; first < 16 && status == SK_OK; first++)
		status = merge_slots(b, src, first, &left);
	return status;
}

static sk_status
merge_working_tokens(builder *b, const sk_hll *src)
{
	sk_status	status = sk_hll_is_list(src->nbytes, src->precision) ?
		merge_list(b, src) : merge_table(b, src);

	for (uint32_t i = 0; i < sk_hll_npending(src) && status == SK_OK; i++)
		status = merge_token(b, src, sk_hll_pending(src, i), i);
	return status;
}

/* --- merging registers -------------------------------------------------- */

/*
 * Merges n registers of a finer sketch, of which the first one is number
 * `first`. drop index bits are dropped; call them e. If e is not 0, the zeros
 * in front of its first one are the level; if it is, all levels move up.
 */
static void
fold_registers(uint8_t *dst, const uint8_t *src, uint32_t first, uint32_t n,
			   int drop)
{
	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t	e = (first + i) & ((UINT32_C(1) << drop) - 1);
		uint8_t    *r = &dst[(first + i) >> drop];
		uint64_t	levels = sk_hll_register_levels(src[i]);

		if (levels != 0 && e != 0)
			levels = UINT64_C(4) << (drop - sk_bit_length(e) + 1);
		else
			levels <<= drop;
		if (levels == 0)
			continue;
		*r = sk_hll_register_of_levels(levels | sk_hll_register_levels(*r));
	}
}

static void
merge_registers(uint8_t *bytes, const uint8_t *src, uint32_t first, uint32_t n,
				int src_precision, const sk_hll_kernels *kernels)
{
	uint8_t    *registers = bytes + SK_HLL_AT_REGISTERS;
	int			precision = bytes[SK_HLL_AT_PRECISION];

	if (src_precision == precision)
		kernels->merge(registers + first, src, n);
	else
		fold_registers(registers, src, first, n, src_precision - precision);
}

static sk_status
merge_packed_registers(uint8_t *bytes, const sk_hll *src)
{
	uint32_t	n = sk_hll_chunk(src->precision);
	uint8_t		chunk[SK_HLL_CHUNK + 1];
	sk_hll_register_reader reader;
	sk_status	status = sk_hll_read_registers(&reader, src);

	if (status != SK_OK)
		return status;
	for (uint32_t i = 0; i < sk_hll_nregisters(src->precision); i += n)
	{
		if (!sk_hll_next_registers(&reader, chunk, n))
			return SK_VALUE;
		merge_registers(bytes, chunk, i, n, src->precision, reader.kernels);
	}
	return SK_OK;
}

/* --- merging ------------------------------------------------------------ */

/* Whether sketch is working, and of a layout and precision that takes src. */
static bool
takes(sk_value sketch, const sk_hll *src)
{
	int			layout = sketch.bytes[SK_HLL_AT_LAYOUT];

	return sketch.bytes[SK_HLL_AT_PRECISION] <= src->precision &&
		(layout == SK_HLL_WORKING_DENSE ||
		 (layout == SK_HLL_WORKING_SPARSE && sk_hll_is_sparse(src)));
}

static sk_status
merge_sketch(builder *b, const sk_hll *src)
{
	sk_status	status = takes(b->sketch, src) ? SK_OK : grow(b, src);

	if (status != SK_OK)
		return status;
	switch (src->layout)
	{
		case SK_HLL_PACKED_SPARSE:
			return merge_packed_tokens(b, src);
		case SK_HLL_WORKING_SPARSE:
			return merge_working_tokens(b, src);
		case SK_HLL_PACKED_DENSE:
			return merge_packed_registers(b->sketch.bytes, src);
		default:
			merge_registers(b->sketch.bytes, src->bytes + src->body, 0,
							sk_hll_nregisters(src->precision), src->precision,
							sk_hll_get_kernels(0));
			return SK_OK;
	}
}

/*
 * A working sketch to merge src into, if src is packed; else a copy of src. A
 * full table is not copied by way of new_larger(), which takes a full one to be
 * on its way to dense.
 */
static sk_value
new_for(const sk_hll *src, const sk_env *env)
{
	sk_value	v = {NULL, src->nbytes};

	if (sk_hll_is_packed(src))
		return new_larger(src, NULL, env);
	v.bytes = env->alloc(v.nbytes);
	memcpy(v.bytes, src->bytes, v.nbytes);
	return v;
}

/* Makes *dst, which is none or is not to count, a working copy of src. */
static sk_status
copy_sketch(sk_value *dst, const sk_hll *src, const sk_env *env)
{
	builder		b = {new_for(src, env), dst->bytes, env};
	sk_status	status = SK_OK;

	if (sk_hll_is_packed(src))
		status = merge_sketch(&b, src);
	if (status == SK_OK)
		*dst = b.sketch;
	else
		discard(&b);
	return status;
}

/* An empty sketch is neutral; of two, the lower precision holds. */
static void
merge_empty(sk_value *dst, const sk_hll *before, const sk_hll *src,
			const sk_env *env)
{
	if (sk_hll_is_empty(before) && src->precision < before->precision)
		*dst = sk_hll_empty(src->precision, env);
}

/*
 * Whether to merge two sketches as sorted lists, at 2 ns a token of both, rather
 * than add the tokens of src to a table, at 10 ns for each of them. An aggregate
 * whose state has outgrown its sketches needs the table.
 */
static bool
are_streams(const sk_hll *dst, const sk_hll *src)
{
	return dst->layout == SK_HLL_PACKED_SPARSE &&
		src->layout == SK_HLL_PACKED_SPARSE &&
		src->ntokens >= dst->ntokens / 4;
}

sk_status
sk_hll_merge(sk_value *dst, const void *src, size_t nbytes, const sk_env *env)
{
	builder		b = {*dst, dst->bytes, env};
	sk_hll		before,
				s;
	sk_status	status = sk_hll_open(&s, src, nbytes);

	if (status == SK_OK && dst->nbytes > 0)
		status = sk_hll_open(&before, dst->bytes, dst->nbytes);
	if (status != SK_OK)
		return status;
	if (dst->nbytes == 0)
		return copy_sketch(dst, &s, env);
	if (sk_hll_is_empty(&s))
	{
		merge_empty(dst, &before, &s, env);
		return SK_OK;
	}
	if (sk_hll_is_empty(&before) && before.precision != s.precision)
		return copy_sketch(dst, &s, env);
	if (are_streams(&before, &s))
		return sk_hll_merge_packed(dst, &before, &s, env);
	status = merge_sketch(&b, &s);
	if (status == SK_OK)
		*dst = b.sketch;
	else
		discard(&b);
	return status;
}

sk_status
sk_hll_fold(sk_value *v, const sk_hll *s, int precision, const sk_env *env)
{
	builder		b = {.env = env};
	uint32_t	most = sk_hll_max_tokens(precision);
	sk_status	status;

	if (precision > s->precision && !sk_hll_is_empty(s))
		return SK_PRECISION;
	b.sketch = !sk_hll_is_sparse(s) ? sk_hll_new_dense(precision, env) :
		sk_hll_new_sparse(precision, s->ntokens < most ? s->ntokens : most, env);
	status = sk_hll_is_empty(s) ? SK_OK : merge_sketch(&b, s);
	if (status == SK_OK)
		*v = b.sketch;
	else
		discard(&b);
	return status;
}
