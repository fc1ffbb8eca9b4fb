/*
 * cms/pack.c: writing the packed layouts of Count-Min sketches, and checking that
 * bytes are such as would be written.
 *
 * As many values as an eighth of the counters are written as a sorted list, more
 * as counters; so the layout follows from design and content. Each row of
 * counters adds up to the total, and so do the counts of a list, which is checked
 * whenever a sketch is packed.
 */
#include "core/cms/internal.h"
#include "core/sort.h"

/* What comes in rows of so many counters, each of which is to add up to the
 * total. */
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

/* A sketch of no more values than this is a list. */
static sk_status
check_total(const sk_cms *s)
{
	return s->total > sk_cms_max_values(&s->design) ? SK_OK : SK_VALUE;
}

static sk_status
plan_cells(sk_cms_plan *plan)
{
	const sk_cms *s = plan->sketch;
	uint32_t	ncells = sk_cms_ncells(&s->design);
	row_sums	rows = first_row(s);
	sk_status	status = sk_cms_is_empty(s) ? SK_OK : check_total(s);

	plan->layout = SK_CMS_PACKED_CELLS;
	plan->nbytes = SK_CMS_HEADER + 4 * (size_t) sk_cms_nblocks(ncells);
	for (uint32_t i = 0; i < sk_cms_nblocks(ncells) && status == SK_OK; i++)
	{
		unsigned	n = sk_cms_block_cells(ncells, i);
		uint64_t	cells[SK_CMS_BLOCK];

		sk_poll(i, s->poll);
		sk_cms_read_block(s, i, cells);
		status = add_to_rows(&rows, cells, n);
		plan->nbytes += sk_cms_block_plan(cells, n).nbytes;
	}
	return status;
}

static unsigned
count_bytes(uint64_t count)
{
	return (sk_bit_length(count) + 7) / 8;
}

static void
plan_values(sk_cms_plan *plan, uint32_t nvalues, uint64_t largest)
{
	plan->layout = SK_CMS_PACKED_LIST;
	plan->ncount = count_bytes(largest);
	plan->nbytes = SK_CMS_HEADER + nvalues * (size_t) (8 + plan->ncount);
}

/* The largest count of a list whose counts are right. */
static sk_status
check_counts(const sk_cms *s, uint64_t *largest)
{
	uint32_t	nentries = sk_cms_nentries(s);
	uint64_t	left = s->total;
	uint32_t	n = 0;

	*largest = 0;
	for (uint32_t i = 0; i < nentries; i++)
	{
		sk_cms_entry	entry = sk_cms_entry_of(s, i);

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

static sk_status
plan_list(sk_cms_plan *plan)
{
	const sk_cms *s = plan->sketch;
	uint64_t	largest;
	sk_status	status = check_counts(s, &largest);

	if (status != SK_OK)
		return status;
	if (s->nvalues > sk_cms_max_values(&s->design))
		return SK_FULL;
	plan_values(plan, s->nvalues, largest);
	return SK_OK;
}

sk_status
sk_cms_plan_pack(sk_cms_plan *plan, const sk_cms *s)
{
	sk_status	status;

	*plan = (sk_cms_plan) {s, s->layout, 0, s->nbytes};
	if (sk_cms_is_packed(s))
		return SK_OK;
	if (sk_cms_is_list(s))
		return plan_list(plan);
	status = plan_cells(plan);
	if (sk_cms_is_empty(s))
		plan_values(plan, 0, 0);
	return status;
}

/*
 * Appends those entries of slots first .. last - 1 that are to be written in this
 * turn: a value at the start of the table that was meant for its end, and found
 * no slot there, comes last.
 */
static uint8_t *
copy_entries(uint8_t *out, const sk_cms_plan *plan, uint32_t first,
			 uint32_t last, bool wrapped)
{
	uint32_t	nslots = sk_cms_nentries(plan->sketch);

	for (uint32_t i = first; i < last; i++)
	{
		const uint8_t *slot = sk_cms_entry_at(plan->sketch, i);
		uint64_t	value = sk_load64(slot);

		if (value == 0 || (sk_cms_home(value, nslots) > i) != wrapped)
			continue;
		memcpy(out, slot, 8 + plan->ncount);
		out += 8 + plan->ncount;
	}
	return out;
}

/* A value that is there twice, which it can be in a damaged table, is out of
 * order. */
static sk_status
check_sorted(const uint8_t *entries, uint32_t nvalues, size_t nstride)
{
	uint64_t	last = 0;

	for (uint32_t i = 0; i < nvalues; i++)
	{
		uint64_t	value = sk_load64(entries + nstride * i);

		if (value <= last)
			return value == 0 ? SK_VALUE : SK_ORDER;
		last = value;
	}
	return SK_OK;
}

static void
no_poll(void)
{
}

static sk_status
pack_list(const sk_cms_plan *plan, uint8_t *out, void (*poll) (void))
{
	const sk_cms *s = plan->sketch;
	uint32_t	nslots = sk_cms_nentries(s);
	uint8_t    *entries = out + SK_CMS_HEADER;
	uint8_t    *end;

	out[3] = (uint8_t) plan->ncount;
	sk_store32(out + 32, s->nvalues);
	end = copy_entries(entries, plan, 0, nslots, false);
	copy_entries(end, plan, 0, nslots, true);
	sk_sort_entries(entries, s->nvalues, 8 + plan->ncount,
					&(sk_env) {.poll = poll != NULL ? poll : no_poll});
	return check_sorted(entries, s->nvalues, 8 + plan->ncount);
}

static void
pack_cells(const sk_cms *s, uint8_t *out, void (*poll) (void))
{
	uint32_t	ncells = sk_cms_ncells(&s->design);
	uint32_t	nblocks = sk_cms_nblocks(ncells);
	uint8_t    *directory = out + SK_CMS_HEADER;
	uint8_t    *blocks = directory + 4 * (size_t) nblocks;
	size_t		end = 0;

	for (uint32_t i = 0; i < nblocks; i++)
	{
		unsigned	n = sk_cms_block_cells(ncells, i);
		uint64_t	cells[SK_CMS_BLOCK];
		sk_cms_form	form;

		sk_poll(i, poll);
		sk_cms_read_block(s, i, cells);
		form = sk_cms_block_plan(cells, n);
		sk_cms_block_write(&form, cells, n, blocks + end);
		end += form.nbytes;
		sk_store32(directory + 4 * (size_t) i, (uint32_t) end);
	}
}

sk_status
sk_cms_pack(const sk_cms_plan *plan, uint8_t *out, void (*poll) (void))
{
	const sk_cms *s = plan->sketch;

	if (sk_cms_is_packed(s))
	{
		memcpy(out, s->bytes, s->nbytes);
		return SK_OK;
	}
	sk_cms_write_header(out, plan->layout, &s->design);
	sk_store64(out + 24, s->total);
	if (plan->layout == SK_CMS_PACKED_CELLS)
		pack_cells(s, out, poll);
	else if (sk_cms_is_list(s))
		return pack_list(plan, out, poll);
	return SK_OK;
}

/* Whether a block has the bytes that its counters would be packed as. */
static sk_status
check_block(const sk_cms *s, uint32_t i, row_sums *rows)
{
	unsigned	n = sk_cms_block_cells(sk_cms_ncells(&s->design), i);
	uint64_t	cells[SK_CMS_BLOCK];
	uint8_t		again[SK_CMS_MAX_BLOCK_BYTES];
	const uint8_t *bytes;
	size_t		nbytes;
	sk_cms_form	form;

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
check_cells(const sk_cms *s)
{
	uint32_t	nblocks = sk_cms_nblocks(sk_cms_ncells(&s->design));
	row_sums	rows = first_row(s);
	sk_status	status = check_total(s);

	for (uint32_t i = 0; i < nblocks && status == SK_OK; i++)
	{
		sk_poll(i, s->poll);
		status = check_block(s, i, &rows);
	}
	return status;
}

static sk_status
check_list(const sk_cms *s)
{
	uint64_t	largest;
	sk_status	status = check_sorted(s->bytes + SK_CMS_HEADER, s->nvalues,
									  s->nstride);

	if (status == SK_OK)
		status = check_counts(s, &largest);
	if (status != SK_OK)
		return status;
	return count_bytes(largest) == s->bytes[3] ? SK_OK : SK_VALUE;
}

sk_status
sk_cms_check_opened(const sk_cms *s)
{
	if (!sk_cms_is_packed(s))
		return SK_LAYOUT;
	return sk_cms_is_list(s) ? check_list(s) : check_cells(s);
}

sk_status
sk_cms_check(const void *bytes, size_t nbytes)
{
	sk_cms		s;
	sk_status	status = sk_cms_open(&s, bytes, nbytes);

	return status == SK_OK ? sk_cms_check_opened(&s) : status;
}
