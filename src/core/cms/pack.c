/*
 * cms/pack.c: writing the packed layouts of Count-Min sketches, and checking
 * that bytes are such as would be written.
 *
 * Up to an eighth as many values as counters are written as a sorted list, more
 * as counters; so the layout follows from design and content. Each row of
 * counters adds up to the total, and so do the counts of a list; packing and
 * checking verify that.
 */
#include "core/cms/internal.h"
#include "core/sort.h"

/* Sums up counters, row after row; each row must add up to the total. */
typedef struct row_sums
{
	uint64_t	total;
	uint64_t	sum;			/* of the present row */
	uint32_t	width;
	uint32_t	left;			/* counters to come in the present row */
} row_sums;

static row_sums
first_row(const sk_cms *s)
{
	return (row_sums) {s->total, 0, s->design.width, s->design.width};
}

static sk_status
add_to_rows(row_sums *rows, const uint64_t *cells, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
	{
		if (cells[i] > rows->total - rows->sum)
			return SK_COUNT;
		rows->sum += cells[i];
		if (--rows->left > 0)
			continue;
		if (rows->sum != rows->total)
			return SK_COUNT;
		rows->sum = 0;
		rows->left = rows->width;
	}
	return SK_OK;
}

/* Counters with a total of no more than this would be those of a list. */
static sk_status
check_total(const sk_cms *s)
{
	return s->total > sk_cms_max_values(&s->design) ? SK_OK : SK_VALUE;
}

/* A new packed sketch with a body that is still to be written. */
static sk_value
make_packed(const sk_cms *s, sk_cms_layout layout, size_t body,
			const sk_env *env)
{
	sk_value	v = {env->alloc(SK_CMS_HEADER + body), SK_CMS_HEADER + body};

	sk_cms_write_header(v.bytes, layout, &s->design);
	v.bytes[SK_CMS_AT_KIND] = s->kind;
	sk_store64(v.bytes + SK_CMS_AT_TOTAL, s->total);
	return v;
}

/* ---- counters ---- */

/* Adds up the bytes of all blocks, and checks the counters. */
static sk_status
measure_blocks(const sk_cms *s, size_t *nbytes, const sk_env *env)
{
	uint32_t	ncells = sk_cms_ncells(&s->design);
	row_sums	rows = first_row(s);
	sk_status	status = sk_cms_is_empty(s) ? SK_OK : check_total(s);

	*nbytes = 0;
	for (uint32_t i = 0; i < sk_cms_nblocks(ncells) && status == SK_OK; i++)
	{
		unsigned	n = sk_cms_block_cells(ncells, i);
		uint64_t	cells[SK_CMS_BLOCK];

		sk_env_poll(env, i);
		sk_cms_read_block(s, i, cells);
		status = add_to_rows(&rows, cells, n);
		*nbytes += sk_cms_block_plan(cells, n).nbytes;
	}
	return status;
}

static void
write_blocks(uint8_t *directory, const sk_cms *s, const sk_env *env)
{
	uint32_t	ncells = sk_cms_ncells(&s->design);
	uint32_t	nblocks = sk_cms_nblocks(ncells);
	uint8_t    *blocks = directory + 4 * (size_t) nblocks;
	size_t		end = 0;

	for (uint32_t i = 0; i < nblocks; i++)
	{
		unsigned	n = sk_cms_block_cells(ncells, i);
		uint64_t	cells[SK_CMS_BLOCK];
		sk_cms_form form;

		sk_env_poll(env, i);
		sk_cms_read_block(s, i, cells);
		form = sk_cms_block_plan(cells, n);
		sk_cms_block_write(&form, cells, n, blocks + end);
		end += form.nbytes;
		sk_store32(directory + 4 * (size_t) i, (uint32_t) end);
	}
}

/* Counters that are all 0 become a list without values. */
static sk_status
pack_cells(sk_value *v, const sk_cms *s, const sk_env *env)
{
	uint32_t	nblocks = sk_cms_nblocks(sk_cms_ncells(&s->design));
	size_t		blocks;
	sk_status	status = measure_blocks(s, &blocks, env);
	sk_value	packed;

	if (status != SK_OK)
		return status;
	if (sk_cms_is_empty(s))
		packed = make_packed(s, SK_CMS_PACKED_LIST, 0, env);
	else
	{
		packed = make_packed(s, SK_CMS_PACKED_CELLS,
							 4 * (size_t) nblocks + blocks, env);
		write_blocks(packed.bytes + SK_CMS_HEADER, s, env);
	}
	*v = packed;
	return SK_OK;
}

/* ---- lists ---- */

static unsigned
count_bytes(uint64_t count)
{
	return (sk_bit_length(count) + 7) / 8;
}

/* The largest count of a list. SK_COUNT: its values or counts do not add up. */
static sk_status
check_counts(const sk_cms *s, uint64_t *largest)
{
	uint32_t	nentries = sk_cms_nentries(s);
	uint64_t	left = s->total;
	uint32_t	n = 0;

	*largest = 0;
	for (uint32_t i = 0; i < nentries; i++)
	{
		sk_cms_entry entry = sk_cms_entry_of(s, i);

		if (entry.value == 0)
			continue;
		n++;
		if (entry.count == 0 || entry.count > left)
			return SK_COUNT;
		left -= entry.count;
		*largest = entry.count > *largest ? entry.count : *largest;
	}
	return n == s->nvalues && left == 0 ? SK_OK : SK_COUNT;
}

/* Writes the sorted entries of a table. */
static sk_status
write_entries(uint8_t *entries, const sk_cms *s, size_t nstride,
			  const sk_env *env)
{
	sk_list_copy(&sk_cms_list, s->bytes, sk_cms_nentries(s), entries, nstride);
	sk_sort_entries(entries, s->nvalues, nstride, env);
	return sk_list_check_sorted(entries, s->nvalues, nstride);
}

/* A list of no more values than a packed one can have. */
static sk_status
pack_list(sk_value *v, const sk_cms *s, const sk_env *env)
{
	uint64_t	largest;
	sk_status	status = check_counts(s, &largest);
	size_t		nstride = SK_CMS_VALUE_BYTES + count_bytes(largest);
	sk_value	packed;

	if (status != SK_OK)
		return status;
	packed = make_packed(s, SK_CMS_PACKED_LIST, nstride * s->nvalues, env);
	packed.bytes[SK_CMS_AT_LAYOUT] |= (uint8_t) (count_bytes(largest) << 4);
	sk_store32(packed.bytes + SK_CMS_AT_NVALUES, s->nvalues);
	status = write_entries(packed.bytes + SK_CMS_HEADER, s, nstride, env);
	if (status == SK_OK)
		*v = packed;
	else
		env->release(packed.bytes);
	return status;
}

/* A list of more values: the union of two can have up to twice as many. */
static sk_status
pack_long_list(sk_value *v, const sk_cms *s, const sk_env *env)
{
	sk_value	cells;
	sk_cms		opened;
	sk_status	status = sk_cms_list_to_cells(&cells, s, env);

	if (status != SK_OK)
		return status;
	status = sk_cms_open(&opened, cells.bytes, cells.nbytes);
	if (status == SK_OK)
		status = pack_cells(v, &opened, env);
	env->release(cells.bytes);
	return status;
}

sk_status
sk_cms_pack(sk_value *v, const sk_env *env)
{
	sk_cms		s;
	sk_status	status = sk_cms_open(&s, v->bytes, v->nbytes);

	if (status != SK_OK || sk_cms_is_packed(&s))
		return status;
	if (!sk_cms_is_list(&s))
		return pack_cells(v, &s, env);
	if (s.nvalues > sk_cms_max_values(&s.design))
		return pack_long_list(v, &s, env);
	return pack_list(v, &s, env);
}

/* ---- checking ---- */

/* Whether a block has the bytes that its counters would be packed as. */
static sk_status
check_block(const sk_cms *s, uint32_t i, row_sums *rows)
{
	unsigned	n = sk_cms_block_cells(sk_cms_ncells(&s->design), i);
	uint64_t	cells[SK_CMS_BLOCK];
	uint8_t		again[SK_CMS_MAX_BLOCK_BYTES];
	const uint8_t *bytes;
	size_t		nbytes;
	sk_cms_form form;

	if (sk_cms_find_block(s, i, &bytes, &nbytes) != SK_OK ||
		sk_cms_block_read(bytes, nbytes, cells, n) != SK_OK)
		return SK_COUNT;
	form = sk_cms_block_plan(cells, n);
	if (form.nbytes != nbytes)
		return SK_VALUE;
	sk_cms_block_write(&form, cells, n, again);
	if (memcmp(again, bytes, nbytes) != 0)
		return SK_VALUE;
	return add_to_rows(rows, cells, n);
}

static sk_status
check_cells(const sk_cms *s, const sk_env *env)
{
	uint32_t	nblocks = sk_cms_nblocks(sk_cms_ncells(&s->design));
	row_sums	rows = first_row(s);
	sk_status	status = check_total(s);

	for (uint32_t i = 0; i < nblocks && status == SK_OK; i++)
	{
		sk_env_poll(env, i);
		status = check_block(s, i, &rows);
	}
	return status;
}

static sk_status
check_list(const sk_cms *s)
{
	uint64_t	largest;
	sk_status	status = sk_list_check_sorted(s->bytes + SK_CMS_HEADER,
											  s->nvalues, s->nstride);

	if (status == SK_OK)
		status = check_counts(s, &largest);
	if (status != SK_OK)
		return status;
	return count_bytes(largest) == sk_cms_count_bytes(s->bytes) ? SK_OK :
		SK_VALUE;
}

sk_status
sk_cms_check(const void *bytes, size_t nbytes, const sk_env *env)
{
	sk_cms		s;
	sk_status	status = sk_cms_open(&s, bytes, nbytes);

	if (status != SK_OK)
		return status;
	if (!sk_cms_is_packed(&s))
		return SK_LAYOUT;
	return sk_cms_is_list(&s) ? check_list(&s) : check_cells(&s, env);
}
