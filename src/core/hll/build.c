/*
 * hll/build.c: building distinct-count sketches: layouts, adding, merging.
 *
 * See sketch.h for what the sketch is and where it comes from, doc/format.md for
 * the bytes. Two working layouts: tokens, a few pending ones in front of a list or
 * a hash table, which starts at a few dozen bytes, and plain registers. The
 * table keeps its tokens nearly sorted, since the leading bits of a hash are as
 * good a slot number as any; so packing hardly needs to sort.
 */
#include "core/hll/internal.h"

/*
 * A table is full at 7/8: longer searches than that cost more than growing. A
 * list that is full is sorted, and must then have lost an eighth, so that this
 * does not happen too often.
 */
static uint32_t
table_limit(uint32_t nslots, int precision)
{
	uint32_t	limit = nslots - nslots / 8;
	uint32_t	most = sk_hll_max_tokens(precision);

	return limit < most ? limit : most;
}

/*
 * Table sizes: 0, 16, 112, 496, ... slots, so that a value with its header takes
 * 64, 128, 512, 2048, ... bytes, which is what memory allocators hand out; and at
 * last as many bytes as the registers would take. Steps of four, since an
 * aggregate keeps what its states have outgrown, and moving them costs more than
 * room: 1.41 against 1.49 x count for groups of 100 rows.
 */
static uint32_t
table_slots(uint32_t ntokens, int precision)
{
	uint32_t	most = sk_hll_nregisters(precision) / 4;
	uint32_t	nslots = 0;

	while (table_limit(nslots, precision) < ntokens)
		nslots = nslots == 0 ? 16 : 4 * nslots + 48;
	return nslots + 16 < most ? nslots : most;
}

static bool
is_largest_table(const sk_hll *s)
{
	return s->layout == SK_HLL_WORKING_SPARSE &&
		table_limit(sk_hll_nslots(s->nbytes), s->precision) ==
		sk_hll_max_tokens(s->precision);
}

sk_hll_shape
sk_hll_smallest(int precision)
{
	return (sk_hll_shape) {SK_HLL_WORKING_SPARSE, precision, 0};
}

/* The largest list: its 512 bytes take 124 values with the pending ones. */
sk_hll_shape
sk_hll_roomy(int precision)
{
	uint32_t	most = sk_hll_max_tokens(precision);
	uint32_t	want = SK_HLL_LIST - SK_HLL_LIST / 5;

	return (sk_hll_shape) {
		SK_HLL_WORKING_SPARSE, precision,
		table_slots(most < want ? most : want, precision)
	};
}

sk_hll_shape
sk_hll_larger(const sk_hll *dst, const sk_hll *src)
{
	sk_hll_shape shape = {SK_HLL_WORKING_DENSE, dst->precision, 0};
	uint32_t	most,
				want = dst->ntokens + 1;

	if (src != NULL)
	{
		if (src->precision < dst->precision)
			shape.precision = src->precision;
		want = dst->ntokens + src->ntokens;
	}
	most = sk_hll_max_tokens(shape.precision);
	if (!sk_hll_is_sparse(dst) || (src != NULL && !sk_hll_is_sparse(src)) ||
		(want > most && shape.precision == dst->precision &&
		 is_largest_table(dst)))
		return shape;
	shape.layout = SK_HLL_WORKING_SPARSE;
	shape.nslots = table_slots(want < most ? want : most, shape.precision);
	return shape;
}

size_t
sk_hll_size(sk_hll_shape shape)
{
	if (shape.layout == SK_HLL_WORKING_DENSE)
		return SK_HLL_WORKING_HEADER + (size_t) sk_hll_nregisters(shape.precision);
	return SK_HLL_TABLE + 4 * (size_t) shape.nslots;
}

void
sk_hll_init(uint8_t *bytes, sk_hll_shape shape)
{
	size_t		header = shape.layout == SK_HLL_WORKING_DENSE ?
		SK_HLL_WORKING_HEADER : SK_HLL_TABLE;

	memset(bytes, 0, header);
	bytes[0] = SK_HLL_TYPE_AND_VERSION;
	bytes[1] = (uint8_t) shape.layout;
	bytes[2] = (uint8_t) shape.precision;
	memset(bytes + header, shape.layout == SK_HLL_WORKING_DENSE ? 0 : 0xFF,
		   sk_hll_size(shape) - header);
}

/* Reads the token count of a packed sparse sketch: 7 bits a byte, low first. */
static sk_status
read_token_count(sk_hll *s)
{
	unsigned	shift = 0;
	uint8_t		byte;

	do
	{
		if (s->body == s->nbytes)
			return SK_SHORT;
		byte = s->bytes[s->body++];
		s->ntokens |= (uint32_t) (byte & 0x7F) << shift;
		shift += 7;
	} while (byte & 0x80 && shift < 21);
	if (byte & 0x80 || (byte == 0 && shift > 7))
		return SK_COUNT;
	return s->ntokens <= sk_hll_max_tokens(s->precision) ? SK_OK : SK_COUNT;
}

static sk_status
open_working(sk_hll *s)
{
	uint32_t	most;
	size_t		dense_size = SK_HLL_WORKING_HEADER +
		(size_t) sk_hll_nregisters(s->precision);

	s->body = SK_HLL_WORKING_HEADER;
	if (s->nbytes < SK_HLL_WORKING_HEADER)
		return SK_SHORT;
	if (s->layout == SK_HLL_WORKING_DENSE)
		return s->nbytes == dense_size ? SK_OK : SK_COUNT;
	most = sk_hll_nregisters(s->precision) / 4;
	if (s->nbytes < SK_HLL_TABLE || s->nbytes % 4 != 0 ||
		s->nbytes > SK_HLL_TABLE + 4 * (size_t) most ||
		sk_load32(s->bytes + 4) > sk_hll_nslots(s->nbytes) ||
		sk_hll_npending(s) > SK_HLL_PENDING)
		return SK_COUNT;
	s->ntokens = sk_load32(s->bytes + 4) + sk_hll_npending(s);
	return SK_OK;
}

sk_status
sk_hll_open(sk_hll *s, const void *bytes, size_t nbytes)
{
	*s = (sk_hll) {.bytes = bytes, .nbytes = nbytes, .body = SK_HLL_HEADER};
	if (nbytes < SK_HLL_HEADER)
		return SK_SHORT;
	if ((s->bytes[0] & 0xF0) != (SK_HLL_TYPE_AND_VERSION & 0xF0))
		return SK_TYPE;
	if (s->bytes[0] != SK_HLL_TYPE_AND_VERSION)
		return SK_VERSION;
	if (s->bytes[1] > SK_HLL_WORKING_DENSE)
		return SK_LAYOUT;
	if (!sk_hll_precision_ok(s->bytes[2]))
		return SK_PRECISION;
	if (nbytes > SK_HLL_MAX_BYTES)
		return SK_LONG;
	s->layout = (sk_hll_layout) s->bytes[1];
	s->precision = s->bytes[2];
	if (s->layout == SK_HLL_PACKED_DENSE)
		return nbytes < SK_HLL_DENSE_HEADER ? SK_SHORT : SK_OK;
	if (s->bytes[3] != 0)
		return SK_RESERVED;
	return sk_hll_is_packed(s) ? read_token_count(s) : open_working(s);
}

/* The search is bounded, since damaged bytes might leave no slot empty. */
static sk_status
table_insert(uint8_t *bytes, uint32_t nslots, uint32_t token)
{
	uint8_t    *slots = bytes + SK_HLL_TABLE;
	uint32_t	i = sk_hll_home(token, nslots);
	uint32_t	ntokens = sk_load32(bytes + 4);

	for (uint32_t searched = 0; searched < nslots; searched++)
	{
		uint32_t	found = sk_load32(slots + 4 * (size_t) i);

		if (found == token)
			return SK_OK;
		if (found == SK_HLL_NO_TOKEN)
		{
			if (ntokens >= table_limit(nslots, bytes[2]))
				return SK_FULL;
			sk_store32(slots + 4 * (size_t) i, token);
			sk_store32(bytes + 4, ntokens + 1);
			return SK_OK;
		}
		i = i + 1 == nslots ? 0 : i + 1;
	}
	return SK_FULL;
}

/*
 * Each token of a list once: they go into a table of their own, which is kept in
 * order and has its overflow at the end; at least half of it stays empty, so that
 * they hardly have to move.
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

/* Sorts a list that is full together with n more tokens; SK_FULL when that does
 * not make room. */
static sk_status
list_shorten(uint8_t *bytes, uint32_t nslots, const uint8_t *more, uint32_t n)
{
	uint32_t	tokens[SK_HLL_LIST + SK_HLL_PENDING + 1];
	uint32_t	ntokens = sk_load32(bytes + 4);
	uint8_t    *slots = bytes + SK_HLL_TABLE;

	for (uint32_t i = 0; i < ntokens; i++)
		tokens[i] = sk_load32(slots + 4 * (size_t) i);
	for (uint32_t i = 0; i < n; i++)
		tokens[ntokens + i] = sk_load32(more + 4 * (size_t) i);
	ntokens = sk_hll_sort_list(tokens, ntokens + n);
	if (ntokens > table_limit(nslots, bytes[2]))
		return SK_FULL;
	for (uint32_t i = 0; i < ntokens; i++)
		sk_store32(slots + 4 * (size_t) i, tokens[i]);
	sk_store32(bytes + 4, ntokens);
	return SK_OK;
}

/* Appends n tokens, at most SK_HLL_PENDING, to a list. */
static sk_status
list_append(uint8_t *bytes, uint32_t nslots, const uint8_t *tokens, uint32_t n)
{
	uint32_t	ntokens = sk_load32(bytes + 4);

	if (ntokens > nslots)
		return SK_FULL;
	if (ntokens + n > nslots)
		return list_shorten(bytes, nslots, tokens, n);
	memcpy(bytes + SK_HLL_TABLE + 4 * (size_t) ntokens, tokens, 4 * (size_t) n);
	sk_store32(bytes + 4, ntokens + n);
	return SK_OK;
}

static sk_status
settle_table(uint8_t *bytes, uint32_t nslots)
{
	uint32_t	npending = sk_load32(bytes + 8);
	uint8_t    *pending = bytes + SK_HLL_WORKING_HEADER;

	for (uint32_t i = 0; i < npending; i++)
		__builtin_prefetch(bytes + SK_HLL_TABLE + 4 * (size_t)
						   sk_hll_home(sk_load32(pending + 4 * i), nslots), 1);
	while (npending > 0)
	{
		if (table_insert(bytes, nslots,
						 sk_load32(pending + 4 * (npending - 1))) != SK_OK)
			return SK_FULL;
		sk_store32(bytes + 8, --npending);
	}
	return SK_OK;
}

/* More pending tokens than there is room for are damage: opening tells. */
sk_status
sk_hll_settle(uint8_t *bytes, size_t nbytes)
{
	uint32_t	nslots = sk_hll_nslots(nbytes);
	uint32_t	npending = sk_load32(bytes + 8);

	if (npending > SK_HLL_PENDING)
		return SK_FULL;
	if (!sk_hll_is_list(nbytes, bytes[2]))
		return settle_table(bytes, nslots);
	if (list_append(bytes, nslots, bytes + SK_HLL_WORKING_HEADER, npending) != SK_OK)
		return SK_FULL;
	sk_store32(bytes + 8, 0);
	return SK_OK;
}

static sk_status
add_token(uint8_t *bytes, size_t nbytes, uint32_t token)
{
	uint8_t		stored[4];

	sk_store32(stored, token);
	if (bytes[1] == SK_HLL_WORKING_SPARSE)
		return sk_hll_is_list(nbytes, bytes[2]) ?
			list_append(bytes, sk_hll_nslots(nbytes), stored, 1) :
			table_insert(bytes, sk_hll_nslots(nbytes), token);
	sk_hll_register_add_token(bytes + SK_HLL_WORKING_HEADER, bytes[2], token);
	return SK_OK;
}

/* Every 256th token gives the caller a turn. */
static sk_status
merge_token(uint8_t *bytes, size_t nbytes, uint32_t token, uint32_t turn,
			void (*poll) (void))
{
	if (poll != NULL && turn % 256 == 0)
		poll();
	if ((token & 63) > SK_HLL_MAX_ZEROS)
		return SK_VALUE;
	return add_token(bytes, nbytes, token);
}

/* Adds those of a block of tokens whose zeros matter; `*behind` tells how many
 * tokens the reader's zeros are behind the block. */
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
		sk_hll_register_add_token(bytes + SK_HLL_WORKING_HEADER, bytes[2],
					  indexes[i] << 6 | zeros[0]);
		*behind = 0;
		at = i + 1;
	}
	*behind -= at;
	return true;
}

/*
 * Registers hardly ever need the zeros of a token: only when all bits between
 * the register's and the zeros are 0. So they are looked up then.
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
		with_zeros = reader.kernels->add(bytes + SK_HLL_WORKING_HEADER, bytes[2],
										 indexes, n);
		if (!add_with_zeros(bytes, &reader, indexes, with_zeros, &behind))
			return SK_VALUE;
	}
	return SK_OK;
}

static sk_status
merge_packed_tokens(uint8_t *bytes, size_t nbytes, const sk_hll *src,
					void (*poll) (void))
{
	sk_hll_token_reader reader;
	uint32_t	token;
	sk_status	status = SK_OK;

	sk_hll_read_tokens(&reader, src);
	for (uint32_t i = 0; i < src->ntokens && status == SK_OK; i++)
	{
		if (!sk_hll_next_token(&reader, &token))
			return SK_VALUE;
		status = merge_token(bytes, nbytes, token, i, poll);
	}
	return status;
}

/* An empty slot among those that the count speaks of is damage: as a token, it has
 * too many zeros. */
static sk_status
merge_list(uint8_t *bytes, size_t nbytes, const sk_hll *src,
		   void (*poll) (void))
{
	uint32_t	n = src->ntokens - sk_hll_npending(src);
	sk_status	status = SK_OK;

	for (uint32_t i = 0; i < n && status == SK_OK; i++)
		status = merge_token(bytes, nbytes, sk_hll_slot(src, i), i, poll);
	return status;
}

/*
 * More tokens than the count says would be damage, and must not go unseen: the
 * room for them was made by the count.
 */
static sk_status
merge_table(uint8_t *bytes, size_t nbytes, const sk_hll *src,
			void (*poll) (void))
{
	uint32_t	nslots = sk_hll_nslots(src->nbytes);
	uint32_t	left = src->ntokens - sk_hll_npending(src);
	sk_status	status = SK_OK;

	for (uint32_t i = 0; i < nslots && status == SK_OK; i++)
	{
		if (sk_hll_slot(src, i) == SK_HLL_NO_TOKEN)
			continue;
		if (left == 0)
			return SK_COUNT;
		status = merge_token(bytes, nbytes, sk_hll_slot(src, i), left--, poll);
	}
	return status;
}

static sk_status
merge_working_tokens(uint8_t *bytes, size_t nbytes, const sk_hll *src,
					 void (*poll) (void))
{
	sk_status	status = sk_hll_is_list(src->nbytes, src->precision) ?
		merge_list(bytes, nbytes, src, poll) :
		merge_table(bytes, nbytes, src, poll);

	for (uint32_t i = 0; i < sk_hll_npending(src) && status == SK_OK; i++)
		status = merge_token(bytes, nbytes, sk_hll_pending(src, i), i, poll);
	return status;
}

/*
 * Merges n registers of a finer sketch, the first of which is number `first`.
 * Of the index bits that are dropped, e: where they are not 0, the zeros in
 * front of their first one are the level; where they are, all levels move up.
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
merge_chunk(uint8_t *bytes, const uint8_t *src, uint32_t first, uint32_t n,
			int src_precision, const sk_hll_kernels *kernels)
{
	uint8_t    *registers = bytes + SK_HLL_WORKING_HEADER;

	if (src_precision == bytes[2])
		kernels->merge(registers + first, src, n);
	else
		fold_registers(registers, src, first, n, src_precision - bytes[2]);
}

static sk_status
merge_dense(uint8_t *bytes, const sk_hll *src)
{
	uint32_t	nregisters = sk_hll_nregisters(src->precision);
	uint32_t	n = sk_hll_chunk(src->precision);
	uint8_t		chunk[SK_HLL_CHUNK + 1];
	sk_hll_register_reader reader;
	sk_status	status;

	if (src->layout == SK_HLL_WORKING_DENSE)
	{
		merge_chunk(bytes, src->bytes + src->body, 0, nregisters,
					src->precision, sk_hll_get_kernels(0));
		return SK_OK;
	}
	status = sk_hll_read_registers(&reader, src);
	if (status != SK_OK)
		return status;
	for (uint32_t i = 0; i < nregisters; i += n)
	{
		if (!sk_hll_next_registers(&reader, chunk, n))
			return SK_VALUE;
		merge_chunk(bytes, chunk, i, n, src->precision, reader.kernels);
	}
	return SK_OK;
}

sk_status
sk_hll_merge(uint8_t *bytes, size_t nbytes, const sk_hll *src,
			 void (*poll) (void))
{
	if (src->layout == SK_HLL_PACKED_SPARSE)
		return bytes[1] == SK_HLL_WORKING_DENSE ? merge_indexes(bytes, src) :
			merge_packed_tokens(bytes, nbytes, src, poll);
	if (src->layout == SK_HLL_WORKING_SPARSE)
		return merge_working_tokens(bytes, nbytes, src, poll);
	if (bytes[1] == SK_HLL_WORKING_SPARSE)
		return SK_FULL;
	return merge_dense(bytes, src);
}

bool
sk_hll_is_empty(const sk_hll *s)
{
	return sk_hll_is_sparse(s) && s->ntokens == 0;
}
