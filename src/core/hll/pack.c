/*
 * hll/pack.c: writing the packed layouts of distinct-count sketches, and
 * checking that bytes are what would be written.
 *
 * Sparse: sorted tokens, as Rice-coded gaps and unary zeros: 2.9 bytes a
 * token at 100 tokens, 2.45 at 1,000. Dense: the 15 most frequent register
 * values get a nibble, the next 15 another nibble, and the rest a byte. That
 * is 4.42 bits a register, where the entropy is 3.99 (Ertl 2024, table 2),
 * and decodes by table look-up. While more than a quarter of the registers
 * are empty, a bitmap says which. Every choice follows from the content, so
 * that equal content has equal bytes. Layouts: doc/format.md.
 */
#include "core/hll/internal.h"

/* --- sparse ------------------------------------------------------------- */

/* Sorts by one byte of the tokens, from one array to another. */
static void
sort_by_byte(const uint32_t *from, uint32_t *to, uint32_t n, int shift)
{
	uint32_t	first[257] = {0};

	for (uint32_t i = 0; i < n; i++)
		first[(from[i] >> shift & 0xFF) + 1]++;
	for (int byte = 0; byte < 256; byte++)
		first[byte + 1] += first[byte];
	for (uint32_t i = 0; i < n; i++)
		to[first[from[i] >> shift & 0xFF]++] = from[i];
}

/* Sorts, in a time that does not depend on the tokens; there is room for 2n. */
static void
sort_tokens(uint32_t *tokens, uint32_t n)
{
	sort_by_byte(tokens, tokens + n, n, 0);
	sort_by_byte(tokens + n, tokens, n, 8);
	sort_by_byte(tokens, tokens + n, n, 16);
	sort_by_byte(tokens + n, tokens, n, 24);
}

/* Copies the tokens of a table; returns their number, or most + 1 if there are
 * more. */
static uint32_t
copy_table(const sk_hll *s, uint32_t *tokens, uint32_t most)
{
	uint32_t	nslots = sk_hll_nslots(s->nbytes);
	uint32_t	n = 0;

	for (uint32_t i = 0; i < nslots && n <= most; i++)
	{
		/* Branchless: the outcome is unpredictable. */
		tokens[n] = sk_hll_slot(s, i);
		n += tokens[n] != SK_HLL_NO_TOKEN;
	}
	return n;
}

/* Copies the different tokens of a list, sorted. */
static sk_status
copy_list(const sk_hll *s, uint32_t *tokens, uint32_t *ntokens)
{
	uint32_t	sorted[SK_HLL_LIST + SK_HLL_PENDING + 1];
	uint32_t	npending = sk_hll_npending(s);
	uint32_t	nlisted = s->ntokens - npending;

	for (uint32_t i = 0; i < nlisted; i++)
	{
		sorted[i] = sk_hll_slot(s, i);
		if (sorted[i] == SK_HLL_NO_TOKEN)
			return SK_COUNT;
	}
	for (uint32_t i = 0; i < npending; i++)
		sorted[nlisted + i] = sk_hll_pending(s, i);
	*ntokens = sk_hll_sort_list(sorted, s->ntokens);
	memcpy(tokens, sorted, *ntokens * sizeof(*tokens));
	return SK_OK;
}

/* Copies the different tokens of a working sketch, sorted; there is room for
 * twice as many as s->ntokens. */
static sk_status
copy_tokens(const sk_hll *s, uint32_t *tokens, uint32_t *ntokens)
{
	uint32_t	npending = sk_hll_npending(s);
	uint32_t	n,
				kept = 0;

	if (sk_hll_is_list(s->nbytes, s->precision))
		return copy_list(s, tokens, ntokens);
	n = copy_table(s, tokens, s->ntokens - npending);
	if (n != s->ntokens - npending)
		return SK_COUNT;
	for (uint32_t i = 0; i < npending; i++)
		tokens[n++] = sk_hll_pending(s, i);
	sort_tokens(tokens, n);
	for (uint32_t i = 0; i < n; i++)
		if (kept == 0 || tokens[i] != tokens[kept - 1])
			tokens[kept++] = tokens[i];
	*ntokens = kept;
	return SK_OK;
}

static uint32_t
gap(const uint32_t *tokens, uint32_t i)
{
	return sk_hll_token_index(tokens[i]) -
		(i == 0 ? 0 : sk_hll_token_index(tokens[i - 1]));
}

/* The size of the packed sketch, if no token has too many zeros. */
static sk_status
measure_tokens(const uint32_t *tokens, uint32_t n, size_t *nbytes)
{
	unsigned	rice = sk_hll_rice(n);
	uint64_t	nbits = 0;

	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t	zeros = sk_hll_token_zeros(tokens[i]);

		if (zeros > SK_HLL_MAX_ZEROS)
			return SK_VALUE;
		nbits += (gap(tokens, i) >> rice) + 1 + rice + zeros + 1;
	}
	*nbytes = SK_HLL_AT_COUNT + (n < 1 << 7 ? 1 : n < 1 << 14 ? 2 : 3) +
		(nbits + 7) / 8;
	return SK_OK;
}

static void
write_tokens(const uint32_t *tokens, uint32_t n, uint8_t *out, uint8_t *end)
{
	unsigned	rice = sk_hll_rice(n);
	uint32_t	count = n;
	sk_bit_writer w;

	for (; count >= 0x80; count >>= 7)
		*out++ = (uint8_t) (count | 0x80);
	*out++ = (uint8_t) count;
	w = (sk_bit_writer) {.out = out, .end = end};
	for (uint32_t i = 0; i < n; i++)
		sk_bits_write(&w, gap(tokens, i) & ((UINT32_C(1) << rice) - 1), rice);
	for (uint32_t i = 0; i < n; i++)
		sk_bits_write_unary(&w, gap(tokens, i) >> rice);
	for (uint32_t i = 0; i < n; i++)
		sk_bits_write_unary(&w, sk_hll_token_zeros(tokens[i]));
	sk_bits_finish(&w);
}

/* A new packed sketch; its body and flags are left to the caller. */
static sk_value
new_packed(sk_hll_layout layout, int precision, size_t nbytes,
		   const sk_env *env)
{
	sk_value	v = {env->alloc(nbytes), nbytes};

	v.bytes[SK_HLL_AT_VERSION] = SK_HLL_TYPE_AND_VERSION;
	v.bytes[SK_HLL_AT_LAYOUT] = (uint8_t) layout;
	v.bytes[SK_HLL_AT_PRECISION] = (uint8_t) precision;
	v.bytes[SK_HLL_AT_FLAGS] = 0;
	return v;
}

static sk_status
pack_tokens(sk_value *v, int precision, const uint32_t *tokens, uint32_t n,
			const sk_env *env)
{
	size_t		nbytes;
	sk_status	status = measure_tokens(tokens, n, &nbytes);

	if (status != SK_OK)
		return status;
	*v = new_packed(SK_HLL_PACKED_SPARSE, precision, nbytes, env);
	write_tokens(tokens, n, v->bytes + SK_HLL_AT_COUNT, v->bytes + nbytes);
	return SK_OK;
}

/* --- dense -------------------------------------------------------------- */

/* How the registers of a sketch are packed. */
typedef struct dense_plan
{
	int			precision;
	bool		bitmap;			/* empty registers are left out */
	int			ndictionary;
	uint8_t		dictionary[SK_HLL_DICTIONARY];
	uint32_t	nescapes;		/* registers outside the first 15 */
	uint32_t	nraw;			/* registers outside the dictionary */
	size_t		nbytes;			/* of the packed sketch */
} dense_plan;

/*
 * Finds the dictionary for a histogram: register values by frequency, ties by
 * value; without 0 if there is a bitmap.
 */
static void
plan_dictionary(dense_plan *plan, const uint32_t *histogram)
{
	uint8_t    *dictionary = plan->dictionary;
	int			n = 0;

	plan->bitmap = histogram[0] > sk_hll_nregisters(plan->precision) / 4;
	for (int value = plan->bitmap ? 1 : 0; value < 256; value++)
	{
		int			i;

		if (histogram[value] == 0)
			continue;
		for (i = n; i > 0 &&
			 histogram[dictionary[i - 1]] < histogram[value]; i--)
			if (i < SK_HLL_DICTIONARY)
				dictionary[i] = dictionary[i - 1];
		if (i < SK_HLL_DICTIONARY)
			dictionary[i] = (uint8_t) value;
		if (n < SK_HLL_DICTIONARY)
			n++;
	}
	plan->ndictionary = n;
}

/* Counts what each of the streams will hold. */
static void
plan_streams(dense_plan *plan, const uint32_t *histogram)
{
	uint32_t	nregisters = sk_hll_nregisters(plan->precision);
	uint32_t	ncodes = nregisters - (plan->bitmap ? histogram[0] : 0);

	plan->nescapes = ncodes;
	for (int i = 0; i < plan->ndictionary && i < SK_HLL_ESCAPE; i++)
		plan->nescapes -= histogram[plan->dictionary[i]];
	plan->nraw = plan->nescapes;
	for (int i = SK_HLL_ESCAPE; i < plan->ndictionary; i++)
		plan->nraw -= histogram[plan->dictionary[i]];
	plan->nbytes = SK_HLL_AT_DICTIONARY + (size_t) plan->ndictionary +
		(plan->bitmap ? nregisters / 8 : 0) +
		(ncodes + 1) / 2 + (plan->nescapes + 1) / 2 + plan->nraw;
}

static dense_plan
plan_registers(const uint32_t *histogram, int precision)
{
	dense_plan	plan = {.precision = precision};

	plan_dictionary(&plan, histogram);
	plan_streams(&plan, histogram);
	return plan;
}

/* Half bytes that are being written, the lower half of a byte first. */
typedef struct code_writer
{
	uint8_t    *out;
	size_t		at;
	uint8_t		code_of[256];	/* SK_HLL_ESCAPE: the next stream has it */
} code_writer;

static void
start_writing(code_writer *w, uint8_t *out, const uint8_t *dictionary, int n)
{
	w->out = out;
	w->at = 0;
	memset(w->code_of, SK_HLL_ESCAPE, sizeof(w->code_of));
	for (int i = 0; i < n && i < SK_HLL_ESCAPE; i++)
		w->code_of[dictionary[i]] = (uint8_t) i;
}

/*
 * Writes the codes of n values, and copies those that have none to missing,
 * which has room for all and one more; returns their number. Branchless: which
 * ones these are is unpredictable.
 */
static uint32_t
write_codes(code_writer *w, const uint8_t *values, uint32_t n, uint8_t *missing)
{
	const uint8_t *code_of = w->code_of;
	uint8_t    *out = w->out + (w->at >> 1);
	uint32_t	nmissing = 0,
				i = 0;

	for (uint32_t j = 0; j < n; j++)
	{
		missing[nmissing] = values[j];
		nmissing += code_of[values[j]] == SK_HLL_ESCAPE;
	}
	if (n > 0 && w->at & 1)
		*out++ |= (uint8_t) (code_of[values[i++]] << 4);
	for (; i + 2 <= n; i += 2)
		*out++ = (uint8_t) (code_of[values[i]] | code_of[values[i + 1]] << 4);
	if (i < n)
		*out = code_of[values[i]];
	w->at += n;
	return nmissing;
}

/* Copies the values that are not 0 to used, which has room for all and one
 * more; returns their number. */
static uint32_t
leave_out_zeros(const uint8_t *values, uint32_t n, uint8_t *used)
{
	uint32_t	nused = 0;

	for (uint32_t i = 0; i < n; i++)
	{
		used[nused] = values[i];
		nused += values[i] != 0;
	}
	return nused;
}

/* Writes registers as codes, escapes and raw bytes, which go to the end. */
static void
write_streams(const dense_plan *plan, const uint8_t *registers, uint8_t *out,
			  uint8_t *end)
{
	uint32_t	chunk = sk_hll_chunk(plan->precision);
	uint8_t    *raw = end - plan->nraw;
	code_writer codes,
				escapes;

	start_writing(&codes, out, plan->dictionary, plan->ndictionary);
	start_writing(&escapes, raw - (plan->nescapes + 1) / 2,
				  plan->dictionary + SK_HLL_ESCAPE,
				  plan->ndictionary - SK_HLL_ESCAPE);
	for (uint32_t i = 0; i < sk_hll_nregisters(plan->precision); i += chunk)
	{
		uint8_t		used[SK_HLL_CHUNK + 1],
					missing[SK_HLL_CHUNK + 1],
					rest[SK_HLL_CHUNK + 1];
		const uint8_t *values = plan->bitmap ? used : registers + i;
		uint32_t	n = plan->bitmap ?
			leave_out_zeros(registers + i, chunk, used) : chunk;

		n = write_codes(&codes, values, n, missing);
		n = write_codes(&escapes, missing, n, rest);
		memcpy(raw, rest, n);
		raw += n;
	}
}

/* Returns the end of the bitmap. */
static uint8_t *
write_bitmap(const uint8_t *registers, uint32_t n, uint8_t *out)
{
	for (uint32_t i = 0; i < n; i += 8)
	{
		unsigned	used = 0;

		for (uint32_t j = 0; j < 8; j++)
			used |= (unsigned) (registers[i + j] != 0) << j;
		*out++ = (uint8_t) used;
	}
	return out;
}

static sk_value
pack_registers(const dense_plan *plan, const uint8_t *registers,
			   const sk_env *env)
{
	sk_value	v = new_packed(SK_HLL_PACKED_DENSE, plan->precision,
							   plan->nbytes, env);
	uint8_t    *out = v.bytes + SK_HLL_AT_DICTIONARY;

	v.bytes[SK_HLL_AT_FLAGS] = (uint8_t) plan->ndictionary;
	if (plan->bitmap)
		v.bytes[SK_HLL_AT_FLAGS] |= SK_HLL_BITMAP_FLAG;
	sk_store32(v.bytes + SK_HLL_AT_NESCAPES, plan->nescapes);
	memcpy(out, plan->dictionary, (size_t) plan->ndictionary);
	out += plan->ndictionary;
	if (plan->bitmap)
		out = write_bitmap(registers, sk_hll_nregisters(plan->precision), out);
	write_streams(plan, registers, out, v.bytes + v.nbytes);
	return v;
}

/* --- either ------------------------------------------------------------- */

static sk_status
pack_dense(sk_value *v, const sk_hll *s, const sk_env *env)
{
	uint32_t	histogram[256];
	dense_plan	plan;
	sk_status	status = sk_hll_register_histogram(s, histogram);

	if (status != SK_OK)
		return status;
	plan = plan_registers(histogram, s->precision);
	*v = pack_registers(&plan, s->bytes + s->body, env);
	return SK_OK;
}

/* Packs a sketch that turned out to be dense when its tokens were counted. */
static sk_status
pack_as_dense(sk_value *v, const sk_hll *s, const sk_env *env)
{
	sk_value	dense = sk_hll_new_dense(s->precision, env);
	sk_hll		registers;
	sk_status	status = sk_hll_merge(&dense, s->bytes, s->nbytes, env);

	if (status == SK_OK)
		status = sk_hll_open(&registers, dense.bytes, dense.nbytes);
	if (status == SK_OK)
		status = pack_dense(v, &registers, env);
	env->release(dense.bytes);
	return status;
}

static sk_status
pack_sparse(sk_value *v, const sk_hll *s, const sk_env *env)
{
	uint32_t   *tokens = env->alloc(sizeof(*tokens) *
									2 * (s->ntokens + (size_t) 1));
	uint32_t	n;
	sk_status	status = copy_tokens(s, tokens, &n);

	if (status == SK_OK)
		status = n > sk_hll_max_tokens(s->precision) ?
			pack_as_dense(v, s, env) :
			pack_tokens(v, s->precision, tokens, n, env);
	env->release(tokens);
	return status;
}

/* --- two packed sparse sketches ----------------------------------------- */

/* Copies the tokens of a packed sketch. */
static sk_status
read_tokens(const sk_hll *s, uint32_t *tokens, const sk_env *env)
{
	sk_hll_token_reader reader;

	sk_hll_read_tokens(&reader, s);
	for (uint32_t i = 0; i < s->ntokens; i += reader.end)
	{
		sk_env_poll(env, i / SK_HLL_BLOCK);
		if (!sk_hll_next_block(&reader))
			return SK_VALUE;
		memcpy(tokens + i, reader.block, 4 * (size_t) reader.end);
	}
	return SK_OK;
}

/* Merges two sorted lists without repetitions; returns how many tokens. */
static uint32_t
merge_sorted(const uint32_t *a, uint32_t na, const uint32_t *b, uint32_t nb,
			 uint32_t *out)
{
	uint32_t	n = 0,
				i = 0,
				j = 0;

	/* Branchless: which one is smaller is unpredictable. */
	while (i < na && j < nb)
	{
		uint32_t	x = a[i],
					y = b[j];

		out[n++] = x < y ? x : y;
		i += x <= y;
		j += y <= x;
	}
	for (; i < na; i++)
		out[n++] = a[i];
	for (; j < nb; j++)
		out[n++] = b[j];
	return n;
}

/* Packs tokens, or makes them a working dense sketch. */
static sk_status
keep_tokens(sk_value *v, int precision, const uint32_t *tokens, uint32_t n,
			const sk_env *env)
{
	if (n <= sk_hll_max_tokens(precision))
		return pack_tokens(v, precision, tokens, n, env);
	*v = sk_hll_new_dense(precision, env);
	for (uint32_t i = 0; i < n; i++)
		sk_hll_register_add_token(v->bytes + SK_HLL_AT_REGISTERS, precision,
								  tokens[i]);
	return SK_OK;
}

sk_status
sk_hll_merge_packed(sk_value *dst, const sk_hll *a, const sk_hll *b,
					const sk_env *env)
{
	uint32_t	room = a->ntokens + b->ntokens;
	uint32_t   *tokens = env->alloc(sizeof(*tokens) * (2 * (size_t) room + 1));
	sk_status	status = read_tokens(a, tokens, env);

	if (status == SK_OK)
		status = read_tokens(b, tokens + a->ntokens, env);
	if (status == SK_OK)
	{
		uint32_t	n = merge_sorted(tokens, a->ntokens, tokens + a->ntokens,
									 b->ntokens, tokens + room);

		status = keep_tokens(dst, a->precision < b->precision ? a->precision :
							 b->precision, tokens + room, n, env);
	}
	env->release(tokens);
	return status;
}

/* --- packing ------------------------------------------------------------- */

sk_status
sk_hll_pack(sk_value *v, const sk_env *env)
{
	sk_hll		s;
	sk_status	status = sk_hll_open(&s, v->bytes, v->nbytes);

	if (status != SK_OK || sk_hll_is_packed(&s))
		return status;
	return sk_hll_is_sparse(&s) ? pack_sparse(v, &s, env) :
		pack_dense(v, &s, env);
}

/* --- checking ----------------------------------------------------------- */

/* Tokens in order, nothing left over, padding zero. */
static sk_status
check_sparse(const sk_hll *s, const sk_env *env)
{
	sk_hll_token_reader reader;
	uint32_t	token,
				before = 0;

	sk_hll_read_tokens(&reader, s);
	for (uint32_t i = 0; i < s->ntokens; i++, before = token)
	{
		sk_env_poll(env, i);
		if (!sk_hll_next_token(&reader, &token))
			return reader.quotient_at == SK_NO_ONE ||
				reader.zeros_at == SK_NO_ONE ? SK_SHORT : SK_VALUE;
		if (i > 0 && token <= before)
			return SK_ORDER;
	}
	if (s->body + (reader.zeros_at + 7) / 8 < s->nbytes)
		return SK_LONG;
	return reader.zeros.word == 0 ? SK_OK : SK_RESERVED;
}

/* Whether the half byte after an odd number of codes is zero. */
static bool
nibble_padding_ok(const uint8_t *codes, size_t n)
{
	return (n & 1) == 0 || codes[n >> 1] >> 4 == 0;
}

/* Whether the header and the dictionary of a sketch are as planned. */
static bool
is_as_planned(const sk_hll *s, const dense_plan *plan)
{
	return plan->bitmap == sk_hll_has_bitmap(s) &&
		plan->ndictionary == sk_hll_ndictionary(s) &&
		memcmp(plan->dictionary, s->bytes + SK_HLL_AT_DICTIONARY,
			   (size_t) plan->ndictionary) == 0;
}

/* Whether some input leads to these registers. */
static bool
values_ok(const uint32_t *histogram, int precision)
{
	for (int value = 0; value < 256; value++)
		if (histogram[value] > 0 &&
			!sk_hll_register_ok((uint8_t) value, precision))
			return false;
	return histogram[0] < sk_hll_nregisters(precision);
}

/*
 * The streams must hold exactly what their counts say, and the dictionary must
 * be the one for these registers. Then there is only one way to write them.
 */
static sk_status
check_dense(const sk_hll *s)
{
	uint32_t	histogram[256];
	sk_hll_register_reader reader;
	dense_plan	plan;
	sk_status	status = sk_hll_read_registers(&reader, s);

	if (status == SK_OK)
		status = sk_hll_register_histogram(s, histogram);
	if (status != SK_OK)
		return status;
	if (!values_ok(histogram, s->precision))
		return SK_VALUE;
	plan = plan_registers(histogram, s->precision);
	if (!is_as_planned(s, &plan))
		return SK_DICTIONARY;
	if (plan.nbytes != s->nbytes)
		return plan.nbytes < s->nbytes ? SK_LONG : SK_SHORT;
	if (plan.nescapes != reader.escapes.left || plan.nraw != reader.nraw)
		return SK_COUNT;
	return nibble_padding_ok(reader.codes.bytes, reader.codes.left) &&
		nibble_padding_ok(reader.escapes.bytes, reader.escapes.left) ?
		SK_OK : SK_RESERVED;
}

sk_status
sk_hll_check(const void *bytes, size_t nbytes, const sk_env *env)
{
	sk_hll		s;
	sk_status	status = sk_hll_open(&s, bytes, nbytes);

	if (status != SK_OK)
		return status;
	if (!sk_hll_is_packed(&s))
		return SK_LAYOUT;
	return sk_hll_is_sparse(&s) ? check_sparse(&s, env) : check_dense(&s);
}
