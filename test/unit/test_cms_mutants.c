/*
 * test_cms_mutants.c: damaged Count-Min sketches at every entrance. Mutants
 * are seeded, each in a heap block of its exact size, under the address and
 * undefined behavior sanitizers.
 *
 * What sk_cms_check() accepts must be a sketch in all respects: packed again
 * it has the same bytes, also by way of a working sketch, and its unions pass
 * the check. What it refuses, but sk_cms_open() does not, is like a value
 * that was damaged in storage: every operation must end with an answer, right
 * or wrong, and touch nothing else. The same holds for damaged working
 * sketches, which an aggregate that a user defined can leave in a table.
 */
#include "check.h"
#include "cms_help.h"

#define HEADER 36
#define NSTATUSES (SK_UNLIKE + 1)
#define NKINDS 14
#define NSKETCHES (2 * NKINDS)

static buffer sketches[NSKETCHES];	/* packed ones first, then working ones */

static long mutants;
static long answers[NSTATUSES];		/* of sk_cms_check() */
static long operated;				/* refused mutants that opened */
static long unopened;				/* added to, without being opened */
static long packs;					/* damaged sketches that could be packed */
static long changed;				/* accepted, and not what they were before */

/* --- what is done with every mutant --------------------------------------- */

/* Whether an operation may answer so about a sketch that opened. */
static bool
answer_ok(sk_status status)
{
	return status == SK_OK || status == SK_COUNT || status == SK_ORDER ||
		status == SK_VALUE || status == SK_UNLIKE || status == SK_OVERFLOW;
}

/* What can be packed passes the check. */
static void
pack_any(buffer b, const char *what)
{
	sk_cms		s = cms_opened(b);
	buffer		p;
	sk_status	status = try_cms_pack(&s, &p);

	check(answer_ok(status), "%s: packing says %d", what, (int) status);
	if (status == SK_OK && !sk_cms_is_packed(&s))
	{
		check(sk_cms_check(p.bytes, p.nbytes, &test_env) == SK_OK,
			  "%s: packed as something else", what);
		packs++;
	}
	free_buffer(&p);
}

/* Into a sketch of any layout, damaged or not. */
static void
merge_into_any(const sk_cms *to, const sk_cms *from, const char *what)
{
	buffer		b = copy_bytes(to->bytes, to->nbytes);
	buffer		before = copy_bytes(to->bytes, to->nbytes);
	sk_status	status = try_cms_merge(&b, from);

	check(answer_ok(status), "%s: merging says %d", what, (int) status);
	check((status != SK_UNLIKE && status != SK_OVERFLOW) ||
		  same_bytes(b, before), "%s: a merge that fails changes it", what);
	if (status == SK_OK)
		pack_any(b, what);
	free_buffer(&b);
	free_buffer(&before);
}

static void
merge_both_ways(const sk_cms *s, const sk_cms *other, const char *what)
{
	for (int i = 0; i < 2; i++)
	{
		const sk_cms *from = i == 0 ? s : other,
				   *to = i == 0 ? other : s;
		buffer		b = new_cms(to->design);
		sk_status	status = try_cms_merge(&b, to);

		if (status == SK_OK)
			status = try_cms_merge(&b, from);
		check(answer_ok(status), "%s: merging says %d", what, (int) status);
		if (status == SK_OK)
			pack_any(b, what);
		free_buffer(&b);
		merge_into_any(to, from, what);
	}
}

static void
ask(const sk_cms *s, const sk_cms *other, const char *what)
{
	uint64_t	seed = (uint64_t) mutants;
	sk_cms_excess e;
	double		product = 0;
	sk_status	status;

	sk_cms_measure_excess(s, 0.9, &e, &test_env);
	check(e.least <= e.median && e.median <= e.most, "%s: excess", what);
	for (int i = 0; i < 10; i++)
	{
		uint64_t	hash = i < 8 ? next_random(&seed) : (uint64_t) (i - 9);
		sk_cms_bounds o = sk_cms_frequency_bounds(s, &e, hash);

		check(o.lower <= o.estimate && o.estimate <= o.upper &&
			  sk_cms_frequency(s, hash) <= s->total, "%s: bounds", what);
	}
	check(sk_cms_error_bound(s) >= 0, "%s: error bound", what);
	status = sk_cms_inner_product(s, other, &product, &test_env);
	check(answer_ok(status) && product >= 0, "%s: product %g", what, product);
	status = sk_cms_inner_product(s, s, &product, &test_env);
	check(answer_ok(status) && product >= 0, "%s: square %g", what, product);
}

/* A list that has to grow is opened first, and may be damaged. */
static bool
add_ok(sk_status status, buffer b)
{
	sk_cms		s;

	return status == SK_OK || status == SK_OVERFLOW || status == SK_COUNT ||
		sk_cms_open(&s, b.bytes, b.nbytes) == status;
}

static void
add_some(buffer *b, const char *what)
{
	uint64_t	seed = (uint64_t) mutants;

	for (int i = 0; i < 12; i++)
	{
		event		e = random_event(&seed, 0, 64);
		sk_status	status = try_cms_add(b, e.hash, e.weight);

		check(add_ok(status, *b), "%s: adding says %d", what, (int) status);
	}
}

/* What the transition function does to a state: it looks no further. */
static void
add_unopened(buffer from, const char *what)
{
	buffer		b = copy_bytes(from.bytes, from.nbytes);

	if (sk_cms_is_working(b.bytes, b.nbytes))
	{
		unopened++;
		add_some(&b, what);
	}
	free_buffer(&b);
}

static void
operate(const sk_cms *s, const char *what)
{
	uint64_t	seed = (uint64_t) mutants;
	buffer		other = sketches[random_below(&seed, NSKETCHES)];
	sk_cms		o = cms_opened(other);
	buffer		b = copy_bytes(s->bytes, s->nbytes);

	ask(s, &o, what);
	merge_both_ways(s, &o, what);
	pack_any(b, what);
	free_buffer(&b);
}

/* A sketch that passed the check: again the same through a working one. */
static void
check_accepted(const sk_cms *s, const char *what)
{
	buffer		b = new_cms(s->design);
	buffer		p;
	buffer		same = {(uint8_t *) s->bytes, s->nbytes};
	sk_cms		w;
	sk_status	status = try_cms_merge(&b, s);

	check(status == SK_OK, "%s: accepted, but merging says %d", what,
		  (int) status);
	w = cms_opened(b);
	status = try_cms_pack(&w, &p);
	check(status == SK_OK && same_bytes(p, same),
		  "%s: accepted, but packed otherwise (%d)", what, (int) status);
	free_buffer(&b);
	free_buffer(&p);
}

/* Everything that can be done with these bytes; `from` is what they were. */
static sk_status
examine(buffer b, buffer from, const char *what)
{
	sk_status	status = sk_cms_check(b.bytes, b.nbytes, &test_env);
	sk_cms		s;

	mutants++;
	answers[status]++;
	changed += status == SK_OK && !same_bytes(b, from);
	add_unopened(b, what);
	if (sk_cms_open(&s, b.bytes, b.nbytes) == SK_OK)
	{
		operated += status != SK_OK;
		operate(&s, what);
		if (status == SK_OK)
			check_accepted(&s, what);
	}
	else
		check(status != SK_OK, "%s: accepted, and does not open", what);
	return status;
}

/* --- sketches to start from ----------------------------------------------- */

static void
make_sketches(void)
{
	static const struct
	{
		double		epsilon,
					delta;
		size_t		n;
		unsigned	shift;			/* of weights */
	}			kinds[NKINDS] = {
		{0.1, 0.1, 0, 63}, {0.1, 0.1, 3, 63}, {0.1, 0.1, 11, 40},
		{0.1, 0.1, 12, 62}, {0.1, 0.1, 300, 50}, {0.9, 0.9, 1, 20},
		{0.9, 0.9, 5, 8}, {0.05, 0.1, 14, 30}, {0.05, 0.1, 60, 60},
		{0.02, 0.5, 18, 63}, {0.02, 0.5, 19, 58}, {0.02, 0.5, 4000, 61},
		{0.01, 0.3, 100, 10}, {0.02, 0.01, 80, 55}
	};

	for (int i = 0; i < NKINDS; i++)
	{
		uint64_t	seed = (uint64_t) i;
		buffer		b = new_cms(design_for(kinds[i].epsilon, kinds[i].delta));

		for (size_t j = 0; j < kinds[i].n; j++)
		{
			event		e = random_event(&seed, kinds[i].shift, 1);

			cms_add_hash(&b, e.hash, 1 + e.weight);
		}
		sketches[NKINDS + i] = b;
		sketches[i] = cms_packed(b);
	}
}

/* --- mutations ------------------------------------------------------------ */

/* One byte of the header, mostly to a likely value. */
static void
damage_header(buffer *b, uint64_t *seed)
{
	static const uint8_t likely[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 28, 31, 32, 33,
	56, 127, 128, 255};
	uint32_t	at = random_below(seed, HEADER);

	if (at < b->nbytes)
		b->bytes[at] = random_below(seed, 4) == 0 ?
			(uint8_t) next_random(seed) : likely[random_below(seed, 17)];
}

/* Another layout, count or total for the same body. */
static void
relabel(buffer *b, uint64_t *seed)
{
	if (b->nbytes < HEADER)
		return;
	b->bytes[1] = (uint8_t) random_below(seed, 4) | (b->bytes[1] & 0xF0);
	if (random_below(seed, 2) == 0)
		sk_store32(b->bytes + 32, random_below(seed, 2) == 0 ? 0 :
				   (uint32_t) (b->nbytes - HEADER) / 16);
	if (random_below(seed, 2) == 0)
		b->bytes[1] = (uint8_t) ((b->bytes[1] & 0x0F) |
								 random_below(seed, 10) << 4);
	if (random_below(seed, 8) == 0)
		b->bytes[3] = (uint8_t) random_below(seed, 20);
	if (random_below(seed, 4) == 0)
		sk_store64(b->bytes + 24, random_weight(seed, 0, 64));
}

/* The epsilon of another design, with its width. */
static void
redesign(buffer *b, uint64_t *seed)
{
	buffer		other = sketches[random_below(seed, NSKETCHES)];

	if (b->nbytes >= HEADER)
		memcpy(b->bytes + 2, other.bytes + 2, 22);
}

/* A slot in place of another, or no value, or a large count. */
static void
damage_slot(buffer *b, uint64_t *seed)
{
	uint32_t	n = (uint32_t) (b->nbytes < HEADER + 16 ? 0 :
								(b->nbytes - HEADER) / 16);
	uint8_t    *slot;

	if (n == 0)
		return;
	slot = b->bytes + HEADER + 16 * (size_t) random_below(seed, n);
	if (random_below(seed, 2) == 0)
		memmove(slot, b->bytes + HEADER + 16 * (size_t) random_below(seed, n),
				16);
	else
		sk_store64(slot + 8 * random_below(seed, 2), random_below(seed, 2) == 0 ?
				   0 : UINT64_MAX >> random_below(seed, 3));
}

/* Of packed counters, somewhere where a directory or the head of a block is. */
static void
damage_block(buffer *b, uint64_t *seed)
{
	uint32_t	n = (uint32_t) (b->nbytes < HEADER + 8 ? 0 :
								b->nbytes - HEADER);

	if (n > 0)
		b->bytes[HEADER + random_below(seed, n < 24 ? n : 24)] =
			(uint8_t) random_weight(seed, 56, 8);
}

/*
 * The same counters written otherwise: the last byte of the last block as a
 * varint of two, and its length in the directory.
 */
static void
lengthen(buffer *b, uint64_t *seed)
{
	size_t		n = b->nbytes;

	if (n <= HEADER + 8 || b->bytes[1] != SK_CMS_PACKED_CELLS)
		return;
	resize(b, n + 1);
	b->bytes[n - 1] |= (uint8_t) (random_below(seed, 2) << 7);
	b->bytes[n] = 0;
	for (size_t at = HEADER; at + 4 <= n; at += 4)
		if (at + 4 + sk_load32(b->bytes + at) == n)
			sk_store32(b->bytes + at, sk_load32(b->bytes + at) + 1);
}

static void
fill_body(buffer *b, uint64_t *seed)
{
	if (b->nbytes > HEADER)
		memset(b->bytes + HEADER, random_below(seed, 3) == 0 ? 0xFF : 0,
			   b->nbytes - HEADER);
}

static void
change_length(buffer *b, uint64_t *seed)
{
	size_t		before = b->nbytes;
	size_t		step = random_below(seed, 2) == 0 ? 8 : 1;
	size_t		by = step * (1 + random_below(seed, 70));

	if (random_below(seed, 2) == 0)
		resize(b, by < before ? before - by : 1);
	else
		resize(b, before + by);
	for (size_t i = before; i < b->nbytes; i++)
		b->bytes[i] = (uint8_t) next_random(seed);
}

static void
test_random_mutants(int rounds)
{
	static void (*const ways[]) (buffer *, uint64_t *) = {
		flip_bits, damage_header, relabel, redesign, damage_slot, damage_block,
		lengthen, fill_body, change_length
	};
	uint64_t	seed = 1;

	for (int round = 0; round < rounds; round++)
	{
		buffer		from = sketches[random_below(&seed, NSKETCHES)];
		buffer		b = copy_bytes(from.bytes, from.nbytes);
		buffer		exact;
		char		what[60];

		for (uint32_t n = 1 + random_below(&seed, 2); n > 0; n--)
			ways[random_below(&seed, 9)] (&b, &seed);
		exact = copy_bytes(b.bytes, b.nbytes);
		snprintf(what, sizeof(what), "mutant %d", round);
		examine(exact, from, what);
		free_buffer(&b);
		free_buffer(&exact);
	}
}

/* Each bit of each header, and of the body of packed sketches. */
static void
test_bits(void)
{
	for (int i = 0; i < NSKETCHES; i++)
		for (size_t bit = 0; bit < 8 * sketches[i].nbytes &&
			 bit < 8 * (i < NKINDS ? 200 : HEADER); bit++)
		{
			buffer		b = copy_bytes(sketches[i].bytes, sketches[i].nbytes);
			char		what[60];

			b.bytes[bit / 8] ^= (uint8_t) (1 << bit % 8);
			snprintf(what, sizeof(what), "sketch %d, bit %zu", i, bit);
			examine(b, sketches[i], what);
			free_buffer(&b);
		}
}

/* Whatever reads all blocks notices one that is outside. */
static void
test_blocks(void)
{
	int			tried = 0;

	for (int i = 0; i < NKINDS; i++)
		if (sketches[i].bytes[1] == SK_CMS_PACKED_CELLS)
		{
			buffer		b = copy_bytes(sketches[i].bytes, sketches[i].nbytes);
			buffer		w = new_cms(cms_opened(b).design);
			sk_cms		s;
			double		product;

			b.bytes[HEADER + 2] ^= 0x80;
			if (sk_cms_open(&s, b.bytes, b.nbytes) == SK_OK)
			{
				tried++;
				check(sk_cms_inner_product(&s, &s, &product,
										   &test_env) == SK_COUNT &&
					  try_cms_merge(&w, &s) == SK_COUNT &&
					  sk_cms_check(b.bytes, b.nbytes, &test_env) == SK_COUNT,
					  "sketch %d: a block outside goes unnoticed", i);
			}
			free_buffer(&b);
			free_buffer(&w);
		}
	check(tried > 3, "only %d blocks tried", tried);
}

/* A list with longer counts than it needs is right in all but that. */
static void
test_long_counts(void)
{
	event		one = {5, 1};
	buffer		p = reference_list(&one, 1, design_for(0.1, 0.1), 1);
	buffer		b = copy_bytes(p.bytes, p.nbytes);

	check(sk_cms_check(b.bytes, b.nbytes, &test_env) == SK_OK, "a list of one");
	resize(&b, p.nbytes + 1);
	b.bytes[1] += 16;
	b.bytes[p.nbytes] = 0;
	check(examine(b, p, "long counts") == SK_VALUE, "counts of two bytes");
	free_buffer(&b);
	free_buffer(&p);
}

/* Counters of so few values that they should be a list. */
static void
test_few_in_cells(void)
{
	sk_cms_design design = design_for(0.1, 0.1);
	event		events[12];
	uint64_t	seed = 6;

	for (int i = 0; i < 12; i++)
		events[i] = (event) {next_random(&seed), 1};
	for (size_t n = 0; n <= 12; n++)
	{
		sk_status	want = n == 0 || n > 11 ? SK_OK : SK_VALUE;
		buffer		p = reference_cells(events, n, design, n);
		buffer		exact = copy_bytes(p.bytes, p.nbytes);
		buffer		b = new_cells(design);
		buffer		out;
		sk_cms		s;

		for (size_t i = 0; i < n; i++)
			cms_add_hash(&b, events[i].hash, 1);
		s = cms_opened(b);
		check(try_cms_pack(&s, &out) == want, "%zu values packed", n);
		check(examine(exact, p, "few values") == (n > 11 ? SK_OK : SK_VALUE),
			  "%zu values in counters", n);
		free_buffer(&p);
		free_buffer(&exact);
		free_buffer(&b);
		free_buffer(&out);
	}
}

/*
 * A width or depth that is not that for epsilon and delta, in a list, whose
 * length does not depend on it; and another epsilon with the same width.
 */
static void
test_shapes(void)
{
	static const struct
	{
		size_t		at;
		uint8_t		byte;
		sk_status	status;
	}			changes[] = {
		{2, 2, SK_DESIGN}, {2, 4, SK_DESIGN}, {2, 0, SK_DESIGN},
		{4, 27, SK_DESIGN}, {4, 56, SK_DESIGN}, {5, 1, SK_DESIGN},
		{2, 3, SK_OK}, {8, 0x9b, SK_OK}, {16, 0x9b, SK_OK}, {15, 0xbf, SK_DESIGN}
	};

	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++)
	{
		event		one = {5, 1};
		buffer		b = reference_list(&one, 1, design_for(0.1, 0.1), 1);
		buffer		from = copy_bytes(b.bytes, b.nbytes);

		b.bytes[changes[i].at] = changes[i].byte;
		check(examine(b, from, "another shape") == changes[i].status,
			  "byte %zu is %d", changes[i].at, changes[i].byte);
		free_buffer(&b);
		free_buffer(&from);
	}
}

/* One more than a total may be. */
static void
test_large_total(void)
{
	for (uint64_t less = 0; less < 2; less++)
	{
		event		one = {5, (UINT64_C(1) << 63) - less};
		buffer		b = reference_list(&one, 1, design_for(0.1, 0.1),
									   one.weight);

		check(examine(b, b, "large total") == (less == 1 ? SK_OK : SK_VALUE),
			  "a total of 2^63 - %d", (int) less);
		free_buffer(&b);
	}
}

/* Values that are out of order, or there twice, or 0. */
static void
test_unsorted_lists(void)
{
	static const struct
	{
		event		events[3];
		sk_status	status;
	}			lists[] = {
		{{{5, 1}, {6, 1}, {7, 1}}, SK_OK}, {{{5, 1}, {7, 1}, {6, 1}}, SK_ORDER},
		{{{5, 1}, {5, 1}, {6, 1}}, SK_ORDER}, {{{5, 1}, {6, 1}, {6, 1}}, SK_ORDER},
		{{{0, 1}, {6, 1}, {7, 1}}, SK_VALUE}, {{{5, 1}, {6, 2}, {7, 0}}, SK_COUNT}
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
	{
		buffer		b = reference_list(lists[i].events, 3, design_for(0.1, 0.1),
									   3);

		check(examine(b, b, "three values") == lists[i].status, "list %zu", i);
		free_buffer(&b);
	}
}

/* The one block of a sketch with these bytes instead. */
static void
check_other_form(buffer p, const uint8_t *form, size_t nbytes, unsigned nbits,
				 bool right)
{
	buffer		b = new_buffer(HEADER + 4 + nbytes);
	sk_status	status;

	memcpy(b.bytes, p.bytes, HEADER);
	put_number(b.bytes + HEADER, nbytes, 4);
	memcpy(b.bytes + HEADER + 4, form, nbytes);
	status = examine(b, p, "another form");
	check(status == (right ? SK_OK : SK_VALUE), "%u bits a counter: %d", nbits,
		  (int) status);
	free_buffer(&b);
}

/* Blocks that say the same in another form than the shortest. */
static void
test_other_forms(void)
{
	sk_cms_design design = design_for(0.1, 0.1);
	uint64_t	seed = 4;

	for (unsigned round = 0; round < 40; round++)
	{
		event		events[100];
		buffer		p;
		uint64_t   *cells;
		uint64_t	base = UINT64_MAX;
		uint8_t		form[4000];

		for (int i = 0; i < 100; i++)
			events[i] = random_event(&seed, 20 + round, 1);
		p = reference_cms(events, 100, design);
		cells = reference_counters(events, 100, design);
		for (int i = 0; i < 84; i++)
			base = cells[i] < base ? cells[i] : base;
		for (unsigned nbits = 0; nbits <= 56; nbits++)
			check_other_form(p, form, reference_form(form, cells, 84, base,
													 nbits),
							 nbits, nbits == p.bytes[HEADER + 4]);
		if (base > 0)
			check_other_form(p, form, reference_form(form, cells, 84, base - 1,
													 p.bytes[HEADER + 4]),
							 p.bytes[HEADER + 4], false);
		free(cells);
		free_buffer(&p);
	}
}

/* Each length from nothing to one byte too many. */
static void
test_lengths(void)
{
	for (int i = 0; i < NKINDS; i++)
		for (size_t n = 0; n <= sketches[i].nbytes + 1 && n < 700; n++)
		{
			buffer		b = new_buffer(n);
			char		what[60];

			memset(b.bytes, 0, n);
			memcpy(b.bytes, sketches[i].bytes,
				   n < sketches[i].nbytes ? n : sketches[i].nbytes);
			snprintf(what, sizeof(what), "sketch %d, %zu bytes", i, n);
			check((examine(b, sketches[i], what) == SK_OK) ==
				  (n == sketches[i].nbytes), "%s: accepted or not", what);
			free_buffer(&b);
		}
}

/* Counts and totals of a working sketch that disagree with what it holds. */
static void
test_counts(void)
{
	for (int i = NKINDS; i < NSKETCHES; i++)
		for (uint32_t n = 0; n < 60; n++)
			for (size_t at = 24; at <= 32; at += 8)
			{
				buffer		b = copy_bytes(sketches[i].bytes,
										   sketches[i].nbytes);
				sk_cms		s;
				buffer		p;
				char		what[60];

				sk_store32(b.bytes + at, sk_load32(b.bytes + at) ^ n);
				snprintf(what, sizeof(what), "sketch %d, %u at %zu", i, n, at);
				examine(b, sketches[i], what);
				if (sk_cms_open(&s, b.bytes, b.nbytes) == SK_OK)
				{
					check(HEADER + 16 * (uint64_t) s.nvalues <= s.nbytes,
						  "%s: more values than slots", what);
					check((try_cms_pack(&s, &p) == SK_OK) == (n == 0),
						  "%s: packed though it counts wrong", what);
					free_buffer(&p);
					p = new_cms(s.design);
					check(!sk_cms_is_list(&s) || n == 0 ||
						  try_cms_merge(&p, &s) == SK_COUNT,
						  "%s: merged though it counts wrong", what);
					free_buffer(&p);
				}
				free_buffer(&b);
			}
}

/*
 * ---------------------------------------------------------------------------------
 */

static void
check_answers(void)
{
	/* Every status that the check of bytes can have. */
	static const char *const names[NSTATUSES] = {
		[SK_OK] = "ok", [SK_SHORT] = "short", [SK_LONG] = "long",
		[SK_TYPE] = "type", [SK_VERSION] = "version", [SK_LAYOUT] = "layout",
		[SK_RESERVED] = "reserved", [SK_COUNT] = "count",
		[SK_ORDER] = "order", [SK_VALUE] = "value", [SK_DESIGN] = "design"
	};

	printf("cms_mutants: %ld mutants, %ld opened though refused, %ld accepted "
		   "though changed;", mutants, operated, changed);
	for (int i = 0; i < NSTATUSES; i++)
	{
		if (names[i] != NULL)
			printf(" %s %ld", names[i], answers[i]);
		check((answers[i] > 0) == (names[i] != NULL), "status %d: %ld answers",
			  i, answers[i]);
	}
	printf("\n");
	check(operated > mutants / 10, "only %ld refused mutants opened", operated);
	check(unopened > mutants / 10, "only %ld are working", unopened);
	check(packs > mutants / 10, "only %ld were packed", packs);
	check(changed > 100, "only %ld changed ones are sketches", changed);
}

int
main(void)
{
	make_sketches();
	test_bits();
	test_blocks();
	test_long_counts();
	test_shapes();
	test_large_total();
	test_unsorted_lists();
	test_other_forms();
	test_few_in_cells();
	test_lengths();
	test_counts();
	test_random_mutants(200000);
	check_answers();
	for (int i = 0; i < NSKETCHES; i++)
		free_buffer(&sketches[i]);
	return check_done("cms_mutants");
}
