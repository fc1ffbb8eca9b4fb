/*
 * hll/pack.c: writing the packed layouts of distinct-count sketches, and checking
 * that bytes are such as would be written.
 *
 * Sparse: sorted tokens, Rice-coded gaps, unary levels: 2.9 bytes a token at
 * 100 tokens, 2.45 at 1,000. Dense: the 15 most frequent register values get a
 * nibble, the next 15 another nibble, the rest a byte, which is 4.42 bits a
 * register where the entropy is 3.99 (Ertl 2024, table 2), and decodes by table
 * look-up; while more than a quarter of the registers are empty, a bitmap says
 * which. Every choice follows from the content, so that equal content is equal
 * bytes. Layouts: doc/format.md.
 */
#include "core/hll/internal.h"

/* Sorts by insertion over a gap; false when that takes too many moves. */
static bool
sort_pass(uint32_t *tokens, uint32_t n, uint32_t gap, uint64_t most_moves)
{
	uint64_t	moves = 0;

	for (uint32_t i = gap; i < n; i++)
	{
		uint32_t	token = tokens[i];
		uint32_t	j = i;

		for (; j >= gap && tokens[j - gap] > token; j -= gap, moves++)
			tokens[j] = tokens[j - gap];
		tokens[j] = token;
		if (moves > most_moves)
			return false;
	}
	return true;
}

/*
 * Tokens come nearly sorted, so that one insertion pass does; hashes that were
 * made to collide get Shell's sort (Sedgewick 1986: gaps 4^k + 3*2^(k-1) + 1).
 */
static void
sort_tokens(uint32_t *tokens, uint32_t n)
{
	if (sort_pass(tokens, n, 1, 16 * (uint64_t) n))
		return;
	for (int k = 9; k >= 1; k--)
		sort_pass(tokens, n, (UINT32_C(1) << (2 * k)) +
				  3 * (UINT32_C(1) << (k - 1)) + 1, UINT64_MAX);
	sort_pass(tokens, n, 1, UINT64_MAX);
}

/*
 * Whether the token in slot i was meant for the end of the table and found no
 * slot there; only the tokens in front of the first empty slot can be.
 */
static bool
is_wrapped(const sk_hll *s, uint32_t i)
{
	return sk_hll_home(sk_hll_slot(s, i), sk_hll_nslots(s->nbytes)) > i;
}

/* Copies the tokens of a table, nearly sorted; returns their number. */
static uint32_t
copy_table(const sk_hll *s, uint32_t *tokens, uint32_t most)
{
	uint32_t	nslots = sk_hll_nslots(s->nbytes);
	uint32_t	n = 0,
				first_empty = 0;

	while (first_empty < nslots && sk_hll_slot(s, first_empty) != SK_HLL_NO_TOKEN)
		first_empty++;
	for (uint32_t i = 0; i < first_empty && n < most; i++)
		if (!is_wrapped(s, i))
			tokens[n++] = sk_hll_slot(s, i);
	for (uint32_t i = first_empty; i < nslots && n < most; i++)
	{
		/* Without a branch, which would be taken at random. */
		tokens[n] = sk_hll_slot(s, i);
		n += tokens[n] != SK_HLL_NO_TOKEN;
	}
	for (uint32_t i = 0; i < first_empty && n < most; i++)
		if (is_wrapped(s, i))
			tokens[n++] = sk_hll_slot(s, i);
	return n;
}

/* The different tokens of a list, sorted. */
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

/* The different tokens of a working sketch, sorted. */
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
	return kept <= sk_hll_max_tokens(s->precision) ? SK_OK : SK_FULL;
}

static size_t
token_count_size(uint32_t ntokens)
{
	return ntokens < 1 << 7 ? 1 : ntokens < 1 << 14 ? 2 : 3;
}

static sk_status
plan_sparse(sk_hll_plan *plan, uint32_t *tokens)
{
	uint32_t	n;
	uint64_t	nbits = 0;
	uint32_t	index = 0;
	sk_status	status = copy_tokens(plan->sketch, tokens, &n);

	if (status != SK_OK)
		return status;
	for (uint32_t i = 0; i < n; i++)
	{
		uint32_t	gap = (tokens[i] >> 6) - index;

		if ((tokens[i] & 63) > SK_HLL_MAX_ZEROS)
			return SK_VALUE;
		nbits += (gap >> sk_hll_rice(n)) + 1 + sk_hll_rice(n) + (tokens[i] & 63) + 1;
		index += gap;
	}
	plan->tokens = tokens;
	plan->ntokens = n;
	plan->nbytes = SK_HLL_HEADER + token_count_size(n) + (nbits + 7) / 8;
	return SK_OK;
}

static uint32_t
gap(const sk_hll_plan *plan, uint32_t i)
{
	return (plan->tokens[i] >> 6) - (i == 0 ? 0 : plan->tokens[i - 1] >> 6);
}

static void
pack_sparse(const sk_hll_plan *plan, uint8_t *out, uint8_t *end)
{
	uint32_t	n = plan->ntokens;
	unsigned	rice = sk_hll_rice(n);
	uint32_t	count = n;
	sk_bit_writer w;

	for (; count >= 0x80; count >>= 7)
		*out++ = (uint8_t) (count | 0x80);
	*out++ = (uint8_t) count;
	w = (sk_bit_writer) {.out = out, .end = end};
	for (uint32_t i = 0; i < n; i++)
		sk_bits_write(&w, gap(plan, i) & ((UINT32_C(1) << rice) - 1), rice);
	for (uint32_t i = 0; i < n; i++)
		sk_bits_write_unary(&w, gap(plan, i) >> rice);
	for (uint32_t i = 0; i < n; i++)
		sk_bits_write_unary(&w, plan->tokens[i] & 63);
	sk_bits_finish(&w);
}

/*
 * The dictionary that a histogram asks for: register values by frequency, ties
 * by value; without 0 where a bitmap tells the empty registers.
 */
static void
plan_dictionary(sk_hll_plan *plan, const uint32_t *histogram, int precision)
{
	uint8_t    *dictionary = plan->dictionary;
	int			n = 0;

	plan->bitmap = histogram[0] > sk_hll_nregisters(precision) / 4;
	for (int value = plan->bitmap ? 1 : 0; value < 256; value++)
	{
		int			i;

		if (histogram[value] == 0)
			continue;
		for (i = n; i > 0 && histogram[dictionary[i - 1]] < histogram[value]; i--)
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
plan_streams(sk_hll_plan *plan, const uint32_t *histogram, int precision)
{
	uint32_t	nregisters = sk_hll_nregisters(precision);
	uint32_t	ncodes = nregisters - (plan->bitmap ? histogram[0] : 0);

	plan->nescapes = ncodes;
	for (int i = 0; i < plan->ndictionary && i < SK_HLL_ESCAPE; i++)
		plan->nescapes -= histogram[plan->dictionary[i]];
	plan->nraw = plan->nescapes;
	for (int i = SK_HLL_ESCAPE; i < plan->ndictionary; i++)
		plan->nraw -= histogram[plan->dictionary[i]];
	plan->nbytes = SK_HLL_DENSE_HEADER + (size_t) plan->ndictionary +
		(plan->bitmap ? nregisters / 8 : 0) +
		(ncodes + 1) / 2 + (plan->nescapes + 1) / 2 + plan->nraw;
}

sk_status
sk_hll_plan_pack(sk_hll_plan *plan, const sk_hll *s, uint32_t *tokens)
{
	uint32_t	histogram[256];
	sk_status	status;

	*plan = (sk_hll_plan) {.sketch = s, .nbytes = s->nbytes};
	if (sk_hll_is_packed(s))
		return SK_OK;
	if (sk_hll_is_sparse(s))
		return plan_sparse(plan, tokens);
	status = sk_hll_register_histogram(s, histogram);
	plan_dictionary(plan, histogram, s->precision);
	plan_streams(plan, histogram, s->precision);
	return status;
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
 * Writes the codes of n values, and copies those that have none to missing, which
 * has room for all and one more; returns their number. Which ones these are is
 * not to be foreseen, so that there is no branch.
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

/* Copies the values that are not 0 to used, which has room for all and one more;
 * returns their number. */
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

/*
 * Writes a working sketch's registers as codes, escapes and raw bytes, which are
 * the last ones.
 */
static void
pack_registers(const sk_hll_plan *plan, uint8_t *out, uint8_t *end)
{
	const uint8_t *registers = plan->sketch->bytes + SK_HLL_WORKING_HEADER;
	int			precision = plan->sketch->precision;
	uint32_t	chunk = sk_hll_chunk(precision);
	uint8_t    *raw = end - plan->nraw;
	code_writer codes,
				escapes;

	start_writing(&codes, out, plan->dictionary, plan->ndictionary);
	start_writing(&escapes, raw - (plan->nescapes + 1) / 2,
				plan->dictionary + SK_HLL_ESCAPE, plan->ndictionary - SK_HLL_ESCAPE);
	for (uint32_t i = 0; i < sk_hll_nregisters(precision); i += chunk)
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

static void
pack_dense(const sk_hll_plan *plan, uint8_t *out, uint8_t *end)
{
	const uint8_t *registers = plan->sketch->bytes + SK_HLL_WORKING_HEADER;
	uint32_t	nregisters = sk_hll_nregisters(plan->sketch->precision);

	sk_store32(out, plan->nescapes);
	out += 4;
	memcpy(out, plan->dictionary, (size_t) plan->ndictionary);
	out += plan->ndictionary;
	if (plan->bitmap)
	{
		memset(out, 0, nregisters / 8);
		for (uint32_t i = 0; i < nregisters; i++)
			out[i >> 3] |= (uint8_t) ((registers[i] != 0) << (i & 7));
		out += nregisters / 8;
	}
	pack_registers(plan, out, end);
}

void
sk_hll_pack(const sk_hll_plan *plan, uint8_t *out)
{
	const sk_hll *s = plan->sketch;

	if (sk_hll_is_packed(s))
	{
		memcpy(out, s->bytes, s->nbytes);
		return;
	}
	out[0] = SK_HLL_TYPE_AND_VERSION;
	out[1] = sk_hll_is_sparse(s) ? SK_HLL_PACKED_SPARSE : SK_HLL_PACKED_DENSE;
	out[2] = (uint8_t) s->precision;
	out[3] = (uint8_t) (plan->ndictionary | (plan->bitmap ? SK_HLL_BITMAP_FLAG : 0));
	if (sk_hll_is_sparse(s))
		pack_sparse(plan, out + SK_HLL_HEADER, out + plan->nbytes);
	else
		pack_dense(plan, out + SK_HLL_HEADER, out + plan->nbytes);
}

/* Tokens in order, nothing left over, padding zero. */
static sk_status
check_sparse(const sk_hll *s)
{
	sk_hll_token_reader reader;
	uint32_t	token,
				before = 0;

	sk_hll_read_tokens(&reader, s);
	for (uint32_t i = 0; i < s->ntokens; i++, before = token)
	{
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

/*
 * The streams hold just what their counts say, and the dictionary is the one
 * that the registers ask for; then there is one way only to write them.
 */
static sk_status
check_dense(const sk_hll *s)
{
	uint32_t	histogram[256];
	sk_hll_register_reader reader;
	sk_hll_plan plan = {.sketch = s};
	sk_status	status;

	status = sk_hll_read_registers(&reader, s);
	if (status == SK_OK)
		status = sk_hll_register_histogram(s, histogram);
	if (status != SK_OK)
		return status;
	for (int value = 0; value < 256; value++)
		if (histogram[value] > 0 && !sk_hll_register_ok((uint8_t) value, s->precision))
			return SK_VALUE;
	plan_dictionary(&plan, histogram, s->precision);
	plan_streams(&plan, histogram, s->precision);
	if (histogram[0] == sk_hll_nregisters(s->precision))
		return SK_VALUE;
	if (plan.bitmap != ((s->bytes[3] & SK_HLL_BITMAP_FLAG) != 0) ||
		plan.ndictionary != sk_hll_ndictionary(s) ||
		memcmp(plan.dictionary, s->bytes + SK_HLL_DENSE_HEADER,
			   (size_t) plan.ndictionary) != 0)
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
sk_hll_check(const void *bytes, size_t nbytes)
{
	sk_hll		s;
	sk_status	status = sk_hll_open(&s, bytes, nbytes);

	if (status != SK_OK)
		return status;
	if (!sk_hll_is_packed(&s))
		return SK_LAYOUT;
	return sk_hll_is_sparse(&s) ? check_sparse(&s) : check_dense(&s);
}
