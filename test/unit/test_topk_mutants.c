/*
 * test_topk_mutants.c: damaged topk sketches at every entrance. Mutants are
 * seeded, each in a heap block of its exact size, under the address and
 * undefined-behavior sanitizers.
 *
 * What sk_topk_check() accepts must be a sketch in all respects: packed again
 * it has the same bytes, and its unions pass the check. What it refuses, but
 * opens, is what a value damaged in storage looks like: every operation must
 * end with a status and touch nothing else. The same holds for damaged working
 * sketches, which a user-defined aggregate can leave in a table.
 */
#include "check.h"
#include "topk_help.h"

#define NSTATUSES (SK_UNLIKE + 1)
#define NSKETCHES 20

static buffer sketches[NSKETCHES];	/* packed ones first, then working ones */
static int	npacked;

static long mutants;
static long answers[NSTATUSES];		/* of sk_topk_check() */
static long operated;				/* refused mutants that opened */
static long unopened;				/* added to, without being opened */
static long packs;					/* damaged sketches that could be packed */

/* --- what is done with every mutant -------------------------------------- */

/* Whether an operation on a sketch that opened may have this status. */
static bool
answer_ok(sk_status status)
{
	return status == SK_OK || status == SK_SHORT || status == SK_LONG ||
		status == SK_COUNT || status == SK_ORDER || status == SK_VALUE ||
		status == SK_DESIGN || status == SK_SIZE || status == SK_OVERFLOW;
}

/* If it can be packed, the packed form passes the check. */
static void
pack_any(buffer b, const char *what)
{
	sk_topk		s;
	buffer		p = {NULL, 0};
	sk_status	status = sk_topk_open(&s, b.bytes, b.nbytes);

	if (status == SK_OK)
		status = try_topk_pack(b, &p);
	check(answer_ok(status), "%s: packing says %d", what, (int) status);
	if (status == SK_OK && s.layout == SK_TOPK_WORKING)
	{
		check(sk_topk_check(p.bytes, p.nbytes, &test_env) == SK_OK,
			  "%s: packed as something else", what);
		packs++;
	}
	free_buffer(&p);
}

static void
merge_both_ways(buffer mutant, buffer other, const char *what)
{
	for (int i = 0; i < 2; i++)
	{
		buffer		from = i == 0 ? mutant : other,
					to = i == 0 ? other : mutant,
					b = new_topk(topk_opened(to).k);
		sk_status	status = try_topk_merge(&b, to);

		if (status == SK_OK)
			status = try_topk_merge(&b, from);
		check(answer_ok(status), "%s: merging says %d", what, (int) status);
		if (status == SK_OK)
			pack_any(b, what);
		free_buffer(&b);
	}
}

/* Merges into the damaged sketch itself. */
static void
merge_into_damaged(buffer mutant, buffer other, const char *what)
{
	buffer		b = copy_bytes(mutant.bytes, mutant.nbytes);
	sk_status	status = try_topk_merge(&b, other);

	check(answer_ok(status), "%s: merging into it says %d", what, (int) status);
	if (status == SK_OK)
		pack_any(b, what);
	free_buffer(&b);
}

static void
ask(const sk_topk *s, const char *what)
{
	sk_topk_cursor c = sk_topk_first(s);
	sk_topk_entry e;
	uint32_t	n = 0;
	uint64_t	sum = 0;

	for (uint32_t i = 0; i < 10; i++)
	{
		char		name[NAME_SIZE];
		sk_topk_item item = sk_topk_item_of(name, name_of(name, i));

		sum += sk_topk_find(s, &item).upper;
	}
	while (sk_topk_next(&c, &e))
	{
		n++;
		sum += e.lower + (e.nbytes > 0 ? e.item[e.nbytes - 1] : 0);
		check(sk_topk_length_ok(e.nbytes), "%s: an item too long", what);
	}
	check(n <= s->nitems && (n == s->nitems || c.status != SK_OK),
		  "%s: %u of %u entries (%d)", what, n, s->nitems, sum > 0);
}

/* Adds to a sketch, as a transition function does. */
static void
add_to(buffer mutant, const char *what)
{
	buffer		b = copy_bytes(mutant.bytes, mutant.nbytes);
	sk_status	status = SK_OK;

	for (uint32_t i = 0; i < 70 && status == SK_OK; i++)
	{
		char		name[NAME_SIZE];
		size_t		nbytes = name_of(name, i);

		status = try_topk_add(&b, name, nbytes, 1 + i);
		check(answer_ok(status), "%s: adding says %d", what, (int) status);
	}
	if (status == SK_OK)
		pack_any(b, what);
	free_buffer(&b);
}

static void
operate(buffer mutant, const sk_topk *s, const char *what)
{
	buffer		other = sketches[mutants % NSKETCHES];

	ask(s, what);
	merge_both_ways(mutant, other, what);
	pack_any(mutant, what);
	merge_into_damaged(mutant, other, what);
	add_to(mutant, what);
}

/* An accepted sketch is one that the core could have written itself. */
static void
check_accepted(buffer mutant, const char *what)
{
	buffer		working = new_topk(topk_opened(mutant).k);
	buffer		p;

	topk_merge_into(&working, mutant);
	p = topk_packed(working);
	check(same_bytes(p, mutant), "%s: accepted, but packed in another way",
		  what);
	free_buffer(&working);
	free_buffer(&p);
}

/* The transition function does not open a state, but checks only whether it is
 * working. That must be enough to add items. */
static void
add_unopened(const uint8_t *bytes, size_t nbytes)
{
	buffer		b = copy_bytes(bytes, nbytes);

	unopened += sk_topk_is_working(b.bytes, b.nbytes);
	for (uint32_t i = 0; i < 70 && sk_topk_is_working(b.bytes, b.nbytes); i++)
	{
		char		name[NAME_SIZE];

		try_topk_add(&b, name, name_of(name, i), 1);
	}
	free_buffer(&b);
}

static sk_status
examine(const uint8_t *bytes, size_t nbytes, const char *what)
{
	buffer		exact = copy_bytes(bytes, nbytes);
	sk_status	status = sk_topk_check(exact.bytes, exact.nbytes, &test_env);
	sk_topk		s;

	mutants++;
	answers[status]++;
	add_unopened(bytes, nbytes);
	if (sk_topk_open(&s, exact.bytes, exact.nbytes) == SK_OK)
	{
		operated += status != SK_OK;
		operate(exact, &s, what);
		if (status == SK_OK)
			check_accepted(exact, what);
	}
	else
		check(status != SK_OK, "%s: accepted, and does not open", what);
	free_buffer(&exact);
	return status;
}

/* --- sketches to start from ---------------------------------------------- */

static void
make_sketches(void)
{
	static const struct
	{
		uint32_t	k;
		uint32_t	nrows;
	}			kinds[] = {
		{100, 0}, {100, 1}, {100, 3}, {100, 40}, {1, 12}, {1, 200}, {5, 5},
		{5, 32}, {8, 1000}, {20, 300}
	};

	npacked = sizeof(kinds) / sizeof(kinds[0]);
	for (int i = 0; i < npacked; i++)
	{
		uint64_t	seed = (uint64_t) i;
		buffer		b = new_topk(kinds[i].k);

		for (uint32_t j = 0; j < kinds[i].nrows; j++)
			topk_add_number(&b, random_below(&seed, 1 + j % 60), 1 + j % 400);
		sketches[npacked + i] = b;
		sketches[i] = topk_packed(b);
	}
}

/* --- mutations ----------------------------------------------------------- */

static uint8_t
likely_byte(uint64_t *seed)
{
	static const uint8_t likely[] = {0, 1, 2, 3, 4, 5, 16, 32, 100, 127, 128,
	129, 255};

	return random_below(seed, 4) == 0 ? (uint8_t) next_random(seed) :
		likely[random_below(seed, 13)];
}

static void
damage_header(buffer *b, uint64_t *seed)
{
	uint32_t	at = random_below(seed, 
									  b->bytes[b->nbytes > 1] == SK_TOPK_PACKED ?
									  8 : SK_TOPK_WORKING_HEADER);

	if (at < b->nbytes)
		b->bytes[at] = likely_byte(seed);
}

static void
damage_body(buffer *b, uint64_t *seed)
{
	b->bytes[random_below(seed, (uint32_t) b->nbytes)] = likely_byte(seed);
}

static void
shift_field(buffer *b, size_t at, uint32_t by)
{
	sk_store32(b->bytes + at, sk_load32(b->bytes + at) + by);
}

/* Another layout, count or end for the same body. */
static void
relabel(buffer *b, uint64_t *seed)
{
	if (b->nbytes < SK_TOPK_WORKING_HEADER || random_below(seed, 8) == 0)
	{
		b->bytes[b->nbytes > 1] = (uint8_t) random_below(seed, 3);
		return;
	}
	if (b->bytes[SK_TOPK_AT_LAYOUT] != SK_TOPK_WORKING)
		return;
	if (random_below(seed, 2) == 0)
		shift_field(b, SK_TOPK_AT_NITEMS, random_below(seed, 5) - 2);
	if (random_below(seed, 2) == 0)
		shift_field(b, SK_TOPK_AT_NSLOTS, random_below(seed, 7) - 3);
	if (random_below(seed, 2) == 0)
		sk_store32(b->bytes + SK_TOPK_AT_END, (uint32_t) b->nbytes -
				   random_below(seed, (uint32_t) b->nbytes + 2));
	if (random_below(seed, 8) == 0)
		sk_store64(b->bytes + SK_TOPK_AT_TOTAL,
				   (uint64_t) 1 << random_below(seed, 64));
	if (random_below(seed, 8) == 0)
		sk_store64(b->bytes + SK_TOPK_AT_OFFSET,
				   (uint64_t) 1 << random_below(seed, 64));
}

/* A piece of the sketch in place of another one: slots, records, items. */
static void
move_piece(buffer *b, uint64_t *seed)
{
	uint32_t	n = (uint32_t) b->nbytes;
	uint32_t	length = 1 + random_below(seed, n < 40 ? n : 40);
	uint32_t	to = random_below(seed, n - length + 1);
	uint32_t	from = random_below(seed, n - length + 1);

	memmove(b->bytes + to, b->bytes + from, length);
}

/* A slot of the table that points somewhere, or nowhere. */
static void
damage_slot(buffer *b, uint64_t *seed)
{
	uint32_t	nslots;
	uint8_t    *slot;

	if (b->nbytes < SK_TOPK_AT_SLOTS + 8 ||
		b->bytes[SK_TOPK_AT_LAYOUT] != SK_TOPK_WORKING)
		return;
	nslots = sk_load32(b->bytes + SK_TOPK_AT_NSLOTS);
	if (nslots == 0 || nslots > (b->nbytes - SK_TOPK_AT_SLOTS) / 8)
		return;
	slot = b->bytes + SK_TOPK_AT_SLOTS +
		8 * (size_t) random_below(seed, nslots);
	if (random_below(seed, 6) == 0)
		memset(b->bytes + SK_TOPK_AT_SLOTS, 0xFF, 8 * (size_t) nslots);
	else if (random_below(seed, 3) == 0)
		sk_store64(slot, 0);
	else
		sk_store32(slot, random_below(seed, (uint32_t) b->nbytes + 20));
}

static void
change_length(buffer *b, uint64_t *seed)
{
	size_t		before = b->nbytes;
	size_t		by = 1 + random_below(seed, 50);

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
		flip_bits, damage_header, damage_body, relabel, move_piece, damage_slot,
		change_length
	};
	uint64_t	seed = 1;

	for (int round = 0; round < rounds; round++)
	{
		buffer		from = sketches[random_below(&seed, NSKETCHES)];
		buffer		b = copy_bytes(from.bytes, from.nbytes);
		char		what[60];

		for (uint32_t n = 1 + random_below(&seed, 2); n > 0; n--)
			ways[random_below(&seed, 7)] (&b, &seed);
		snprintf(what, sizeof(what), "mutant %d", round);
		examine(b.bytes, b.nbytes, what);
		free_buffer(&b);
	}
}

/* Each bit of each header, and of whole short sketches. */
static void
test_header_bits(void)
{
	for (int i = 0; i < NSKETCHES; i++)
		for (size_t bit = 0; bit < 40 * 8 && bit < 8 * sketches[i].nbytes; bit++)
		{
			buffer		b = copy_bytes(sketches[i].bytes, sketches[i].nbytes);
			char		what[60];

			b.bytes[bit / 8] ^= (uint8_t) (1 << bit % 8);
			snprintf(what, sizeof(what), "sketch %d, bit %zu", i, bit);
			examine(b.bytes, b.nbytes, what);
			free_buffer(&b);
		}
}

/* Each length from nothing to one byte too many. */
static void
test_lengths(void)
{
	for (int i = 0; i < npacked; i++)
		for (size_t n = 0; n <= sketches[i].nbytes + 1; n++)
		{
			buffer		b = new_buffer(n);
			char		what[60];

			memset(b.bytes, 0, n);
			memcpy(b.bytes, sketches[i].bytes,
				   n < sketches[i].nbytes ? n : sketches[i].nbytes);
			snprintf(what, sizeof(what), "sketch %d, %zu bytes", i, n);
			check((examine(b.bytes, n, what) == SK_OK) ==
				  (n == sketches[i].nbytes), "%s: accepted or not", what);
			free_buffer(&b);
		}
}

static void
expect(const char *bytes, size_t nbytes, sk_status status, const char *what)
{
	sk_status	answer = examine((const uint8_t *) bytes, nbytes, what);

	check(answer == status, "%s: the answer is %d", what, (int) answer);
}

/* k 2 and two items: a header of total and offset, and bounds of both. */
static void
expect_two(uint8_t total, uint8_t offset, const char *items, sk_status status,
		   const char *what)
{
	uint8_t		bytes[14] = {0xb1, 0, 2, total, offset, 2};

	memcpy(bytes + 6, items, 8);
	expect((char *) bytes, 14, status, what);
}

/* One breach of each rule. */
static void
test_rules(void)
{
	expect_two(5, 0, "\x03\x00\x01" "a\x02\x00\x01" "b", SK_OK, "two items");
	expect_two(5, 0, "\x02\x00\x01" "b\x03\x00\x01" "a", SK_ORDER, "order");
	expect_two(5, 0, "\x02\x00\x01" "a\x03\x00\x01" "a", SK_ORDER, "twice");
	expect_two(3, 0, "\x00\x00\x01" "a\x03\x00\x01" "b", SK_VALUE, "0");
	expect_two(4, 0, "\x03\x00\x01" "a\x02\x00\x01" "b", SK_COUNT,
			   "more than the total");
	expect_two(6, 0, "\x03\x00\x01" "a\x02\x00\x01" "b", SK_COUNT,
			   "something lost, and no offset");
	expect_two(6, 1, "\x03\x00\x01" "a\x02\x00\x01" "b", SK_OK, "offset 1");
	expect_two(5, 1, "\x03\x00\x01" "a\x02\x00\x01" "b", SK_COUNT,
			   "too little lost for an offset of 1");
	expect_two(8, 2, "\x03\x00\x01" "a\x02\x00\x01" "b", SK_VALUE,
			   "an upper bound no larger than the offset");
	expect_two(8, 1, "\x03\x01\x01" "a\x02\x01\x01" "b", SK_OK, "slack 1");
	expect_two(9, 1, "\x03\x02\x01" "a\x02\x01\x01" "b", SK_VALUE,
			   "a slack of more than the offset");
	expect_two(13, 3, "\x03\x02\x01" "a\x02\x03\x01" "b", SK_OK, "slack 3");
	expect_two(18, 4, "\x07\x00\x01" "a\x07\x00\x01" "b", SK_OK, "offset 4");
	expect("\xb1\x00\x01\x05\x00\x02\x03\x00\x01" "a\x02\x00\x01" "b", 14,
		   SK_COUNT, "more than k");
	expect("\xb1\x00\x01\x00\x01\x00", 6, SK_VALUE, "an offset of nothing");
	expect("\xb1\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x01\x01"
		   "\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x01\x01" "a", 26,
		   SK_VALUE, "an upper bound of 2^63");
	expect("\xb1\x00\x00\x00\x00\x00", 6, SK_DESIGN, "a k of 0");
	expect("\xb1\x00\xa0\x8d\x06\x00\x00\x00", 8, SK_OK, "k = 100,000");
	expect("\xb1\x00\xa1\x8d\x06\x00\x00\x00", 8, SK_DESIGN, "k = 100,001");
	expect("\xb1\x00\x82\x00\x00\x00\x00", 7, SK_VALUE, "a varint too long");
	expect("\xb1\x00\x01\x00\x00\x00\x00", 7, SK_LONG, "a byte too many");
	expect("\xb1\x01\x01\x00\x00\x00\x00", 7, SK_SHORT, "no working header");
	expect("\xb1\x02\x01\x00\x00\x00", 6, SK_LAYOUT, "an unknown layout");
	expect("\xb2\x00\x01\x00\x00\x00", 6, SK_VERSION, "an unknown version");
	expect("\xa1\x00\x01\x00\x00\x00", 6, SK_TYPE, "another type");
	expect("\xb1\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x00\x01"
		   "\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x00\x01" "a", 26, SK_OK,
		   "the heaviest item");
	expect("\xb1\x00\x02\x01\x00\x02"
		   "\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x00\x01" "a"
		   "\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x00\x01" "b", 30, SK_COUNT,
		   "counts whose sum wraps around");
	expect("\xb1\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00\x00", 15,
		   SK_VALUE, "a total of 2^64 - 1");
}

/* An item of 65,536 bytes is accepted, one of 65,537 is not. */
static void
test_longest_item(void)
{
	for (size_t extra = 0; extra < 2; extra++)
	{
		buffer		b = new_buffer(11 + 65536 + extra);

		memset(b.bytes, 'x', b.nbytes);
		memcpy(b.bytes, "\xb1\x00\x01\x01\x00\x01\x01\x00\x80\x80\x04", 11);
		b.bytes[8] = (uint8_t) (0x80 + extra);
		check(examine(b.bytes, b.nbytes, "long item") ==
			  (extra == 0 ? SK_OK : SK_VALUE), "65,536 + %zu bytes", extra);
		free_buffer(&b);
	}
}

/* ------------------------------------------------------------------------- */

static void
check_answers(void)
{
	static const char *const names[NSTATUSES] = {
		"ok", "short", "long", "type", "version", "layout",
		"precision", "reserved", "count", "order", "value", "dictionary",
		"design", "size", "overflow", "unlike"
	};

	printf("topk_mutants: %ld mutants, %ld opened though refused;", mutants,
		   operated);
	for (int i = 0; i < NSTATUSES; i++)
	{
		printf(" %s %ld", names[i], answers[i]);
		check((answers[i] > 0) == (i != SK_PRECISION &&
								   i != SK_DICTIONARY && i != SK_SIZE &&
								   i != SK_OVERFLOW && i != SK_UNLIKE), "%ld are \"%s\"",
			  answers[i], names[i]);
	}
	printf("\n");
	check(operated > mutants / 10, "only %ld refused mutants opened", operated);
	check(unopened > mutants / 10, "only %ld are working", unopened);
	check(packs > mutants / 10, "only %ld were packed", packs);
}

int
main(void)
{
	make_sketches();
	test_rules();
	test_longest_item();
	test_header_bits();
	test_lengths();
	test_random_mutants(120000);
	check_answers();
	for (int i = 0; i < NSKETCHES; i++)
		free_buffer(&sketches[i]);
	return check_done("topk_mutants");
}
