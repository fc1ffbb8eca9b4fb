/*
 * test_cms.c: properties of the cms core. Whatever is built, merged or folded
 * here, in any order and any layout, must have the bytes of the literal
 * second implementation in cms_help.h. No frequency may be too low, and those
 * of a list must be exact.
 */
#include "check.h"
#include "cms_help.h"

#define HEADER 36

/* Weights of all magnitudes, hashes of which about one in eight comes again. */
static event *
random_events(size_t n, uint64_t seed)
{
	event	   *events = malloc((n + 1) * sizeof(*events));

	seed *= UINT64_C(0xD1342543DE82EF95);
	for (size_t i = 0; i < n; i++)
	{
		events[i] = random_event(&seed, 26, 38);
		if (i > 0 && random_below(&seed, 8) == 0)
			events[i].hash = events[random_below(&seed, (uint32_t) i)].hash;
	}
	return events;
}

static bool
fails_alike(sk_status got, sk_status want, buffer before, buffer after)
{
	return got == want && same_bytes(before, after);
}

/* --- golden bytes --------------------------------------------------------- */

static void
check_bytes(buffer b, const char *hex, const char *what)
{
	char		text[400] = "";

	for (size_t i = 0; i < b.nbytes && i < 199; i++)
		sprintf(text + 2 * i, "%02x", b.bytes[i]);
	check(strcmp(text, hex) == 0, "%s: %s", what, text);
}

static void
check_golden(const event *events, size_t n, sk_cms_design design,
			 const char *hex, const char *what)
{
	buffer		b = cms_of(events, n, design);
	buffer		p = cms_packed(b);

	check_bytes(p, hex, what);
	free_buffer(&b);
	free_buffer(&p);
}

static void
test_golden_bytes(void)
{
	static const event events[] = {{UINT64_C(0xFEDCBA9876543210), 1},
	{UINT64_C(0x0123456789ABCDEF), 300}, {0, 7}, {1, 1}};
	sk_cms_design small = design_for(0.5, 0.5);

	check_golden(events, 0, design_for(0.001, 0.01),
				 "a1000500a00a0000fca9f1d24d62503f7b14ae47e17a843f"
				 "000000000000000000000000", "empty");
	check_golden(events, 4, design_for(0.001, 0.01),
				 "a12005ffa00a0000fca9f1d24d62503f7b14ae47e17a843f"
				 "350100000000000003000000" "01000000000000000800"
				 "efcdab89674523012c01" "1032547698badcfe0100", "list of three");
	check_golden(events, 4, small,
				 "a10101ff06000000000000000000e03f000000000000e03f"
				 "350100000000000000000000" "07000000" "010100" "20" "00"
				 "9a01", "counters");
}

/* --- designs -------------------------------------------------------------- */

static void
test_golden_designs(void)
{
	static const struct
	{
		double		epsilon,
					delta;
		uint32_t	width;
		int			depth;
	}			golden[] = {
		{0.999, 0.999, 3, 1}, {0.5, 0.5, 6, 1}, {0.1, 0.1, 28, 3},
		{0.03, 0.05, 91, 3}, {0.02, 0.02, 136, 4}, {0.01, 0.01, 272, 5},
		{0.001, 0.01, 2720, 5}, {0.001, 0.001, 2720, 7},
		{0.0001, 0.0001, 27392, 10}, {0.00001, 0.01, 274432, 5},
		{0.000001, 0.000001, 2719744, 14}, {0.0000001, 0.3, 27262976, 2}
	};

	for (size_t i = 0; i < sizeof(golden) / sizeof(*golden); i++)
	{
		sk_cms_design d = design_for(golden[i].epsilon, golden[i].delta);

		check(d.width == golden[i].width && d.depth == golden[i].depth &&
			  d.epsilon == golden[i].epsilon && d.delta == golden[i].delta,
			  "epsilon %g, delta %g: %u x %d", d.epsilon, d.delta, d.width,
			  d.depth);
	}
}

/* Below 128, or 64 .. 127 times a power of two. */
static bool
width_ok(uint32_t w)
{
	while (w >= 128 && w % 2 == 0)
		w /= 2;
	return w > 0 && w < 128;
}

static uint32_t
next_smaller(uint32_t w)
{
	do
		w--;
	while (!width_ok(w));
	return w;
}

static void
check_design(double epsilon, double delta)
{
	sk_cms_design d = design_for(epsilon, delta);

	check(width_ok(d.width) && d.width >= exp(1) / epsilon &&
		  next_smaller(d.width) < exp(1) / epsilon, "epsilon %g: width %u",
		  epsilon, d.width);
	check(exp(-d.depth) <= delta * (1 + 1e-14) &&
		  exp(1 - d.depth) > delta * (1 - 1e-14),
		  "delta %g: depth %d", delta, d.depth);
}

static void
test_designs(void)
{
	uint64_t	seed = 1;
	sk_cms_design d;

	for (int i = 0; i < 1000; i++)
	{
		double		epsilon = exp(-0.01 - 0.014 * random_below(&seed, 1000));

		check_design(epsilon, exp(-0.01 - 0.014 * random_below(&seed, 1000)));
	}
	check(sk_cms_design_for(&d, 1e-9, 0.01) == SK_SIZE, "epsilon 10^-9");
	check(sk_cms_design_for(&d, 1e-300, 0.01) == SK_SIZE, "epsilon 10^-300");
	check(sk_cms_design_for(&d, 5e-324, 0.01) == SK_SIZE, "the least epsilon");
	check(sk_cms_design_for(&d, 0.01, 1e-14) == SK_SIZE, "delta 10^-14");
	check(sk_cms_design_for(&d, 0.01, 5e-324) == SK_SIZE, "the least delta");
	check(sk_cms_design_for(&d, 0.01, 2e-14) == SK_OK &&
		  d.depth == SK_CMS_MAX_DEPTH, "the deepest");
	check(sk_cms_design_for(&d, 1.05e-7, 0.01) == SK_OK &&
		  SK_CMS_HEADER + 8 * (uint64_t) sk_cms_ncells(&d) <=
		  SK_CMS_MAX_BYTES, "nearly 1 GB");
	check(sk_cms_design_for(&d, 1.05e-7, 0.001) == SK_SIZE, "more than 1 GB");
	check(!sk_cms_fraction_ok(0) && !sk_cms_fraction_ok(1) &&
		  !sk_cms_fraction_ok(NAN) && !sk_cms_fraction_ok(-0.1) &&
		  !sk_cms_fraction_ok(INFINITY) && sk_cms_fraction_ok(0.01),
		  "fractions");
}

/* --- one sketch against the reference ------------------------------------- */

static void
check_frequencies(buffer b, const event *events, size_t n, const char *what)
{
	event	   *sums = malloc((n + 1) * sizeof(*sums));
	size_t		nvalues = sum_events(sums, events, n);
	sk_cms		s = cms_opened(b);
	size_t		below = 0,
				above = 0;

	for (size_t i = 0; i < nvalues; i++)
	{
		uint64_t	f = sk_cms_frequency(&s, sums[i].hash);

		below += f < sums[i].weight;
		above += f > sums[i].weight;
	}
	check(below == 0, "%s: %zu below the truth", what, below);
	if (sk_cms_is_list(&s))
		check(above == 0 && sk_cms_frequency(&s, 12345) == 0,
			  "%s: %zu above the truth in a list", what, above);
	free(sums);
}

/* The least of the literal counters, of each event and of hashes that never
 * occurred. */
static void
check_counters(buffer b, const event *events, size_t n, const char *what)
{
	sk_cms		s = cms_opened(b);
	uint64_t   *cells = reference_counters(events, n, s.design);
	uint64_t	seed = 5;
	size_t		wrong = 0;

	for (size_t i = 0; i < 2 * n && !sk_cms_is_list(&s); i++)
	{
		uint64_t	hash = i < n ? events[i].hash : next_random(&seed);
		uint64_t	least = UINT64_MAX;

		for (int row = 0; row < s.design.depth; row++)
		{
			uint64_t	cell = cells[(size_t) row * s.design.width +
									 reference_place(hash, row, s.design.width)];

			least = cell < least ? cell : least;
		}
		wrong += sk_cms_frequency(&s, hash) != least;
	}
	check(wrong == 0, "%s: %zu are not the least counter", what, wrong);
	free(cells);
}

static void
check_against_reference(const event *events, size_t n, sk_cms_design design)
{
	buffer		b = cms_of(events, n, design);
	buffer		p = cms_packed(b);
	buffer		r = reference_cms(events, n, design);
	sk_cms		s = cms_opened(p);
	uint64_t	total = 0;
	char		what[60];

	snprintf(what, sizeof(what), "%u x %d, n=%zu", design.width, design.depth,
			 n);
	for (size_t i = 0; i < n; i++)
		total += events[i].weight;
	check(same_bytes(p, r), "%s: %zu bytes, %zu of the reference", what,
		  p.nbytes, r.nbytes);
	check(sk_cms_check(p.bytes, p.nbytes, &test_env) == SK_OK, "%s: refused", what);
	check(s.total == total && sk_cms_is_empty(&s) == (total == 0),
		  "%s: total %g", what, (double) s.total);
	check_frequencies(b, events, n, what);
	check_frequencies(p, events, n, what);
	check_counters(b, events, n, what);
	check_counters(p, events, n, what);
	free_buffer(&b);
	free_buffer(&p);
	free_buffer(&r);
}

static void
test_against_reference(void)
{
	static const double epsilons[] = {0.9, 0.3, 0.1, 0.03, 0.01, 0.003};
	static const double deltas[] = {0.5, 0.3, 0.1, 0.01, 0.00001};

	for (int e = 0; e < 6; e++)
		for (int d = 0; d < 5; d++)
			for (size_t n = 0; n < 1200; n += 1 + n / 2)
			{
				event	   *events = random_events(n, n);

				check_against_reference(events, n, design_for(epsilons[e],
															  deltas[d]));
				free(events);
			}
}

/* As many values as a list may have, one less and one more. */
static void
test_longest_list(void)
{
	static const double epsilons[] = {0.9, 0.1, 0.01, 0.001};

	for (int e = 0; e < 4; e++)
	{
		sk_cms_design design = design_for(epsilons[e], 0.01);
		uint32_t	most = sk_cms_max_values(&design);
		event	   *events = malloc((most + 1) * sizeof(*events));
		uint64_t	seed = most;

		for (uint32_t i = 0; i <= most; i++)
			events[i] = (event) {next_random(&seed), 1 + i % 3};
		for (uint32_t n = most - 1; n <= most + 1; n++)
		{
			buffer		p = reference_cms(events, n, design);

			check((p.bytes[1] & 15) == (n <= most ? SK_CMS_PACKED_LIST :
								 SK_CMS_PACKED_CELLS), "%u of %u", n, most);
			check_against_reference(events, n, design);
			free_buffer(&p);
		}
		free(events);
	}
}

/* Counters of all magnitudes up to the largest, in all forms of blocks. */
static void
test_large_counters(void)
{
	sk_cms_design design = design_for(0.02, 0.3);
	uint64_t	seed = 9;

	for (int round = 0; round < 300; round++)
	{
		event		events[200];
		size_t		n = 40 + random_below(&seed, 160);
		unsigned	lightest = random_below(&seed, 56);
		unsigned	spread = 1 + random_below(&seed, 64 - 8 - lightest);

		for (size_t i = 0; i < n; i++)
			events[i] = random_event(&seed, 8 + lightest, spread);
		events[0].weight = UINT64_C(1) << random_below(&seed, 62);
		check_against_reference(events, n, design);
	}
}

/* Counters that need more bits than a stream may have for each. */
static void
test_largest_counters(void)
{
	sk_cms_design design = design_for(0.5, 0.5);
	uint64_t	seed = 10;

	for (int round = 0; round < 200; round++)
	{
		event		events[7];
		size_t		n = 2 + random_below(&seed, 6);

		for (size_t i = 0; i < n; i++)
			events[i] = random_event(&seed, 4, 6);
		check_against_reference(events, n, design);
	}
}

/* Hash 0 and hash 1 are one value; a weight of 0 is nothing. */
static void
test_special_hashes(void)
{
	static const event events[] = {{0, 2}, {1, 3}, {UINT64_MAX, 4}, {7, 0}};
	buffer		b = cms_of(events, 4, design_for(0.01, 0.01));
	buffer		cells = new_cells(design_for(0.01, 0.01));
	buffer		p;
	sk_cms		s = cms_opened(b);

	check(s.nvalues == 2 && s.total == 9, "%u values", s.nvalues);
	check(sk_cms_frequency(&s, 0) == 5 && sk_cms_frequency(&s, 1) == 5 &&
		  sk_cms_frequency(&s, UINT64_MAX) == 4 &&
		  sk_cms_frequency(&s, 7) == 0, "frequencies");
	p = cms_packed(cells);
	check(p.nbytes == HEADER && p.bytes[1] == SK_CMS_PACKED_LIST,
		  "empty counters are an empty list");
	free_buffer(&p);
	cms_add_hash(&cells, 0, 2);
	check(cms_frequency_of(cells, 1) == 2, "in counters");
	cms_add_hash(&cells, 3, 0);
	check(cms_opened(cells).total == 2, "nothing added to counters");
	free_buffer(&b);
	free_buffer(&cells);
}

/* --- how it grows --------------------------------------------------------- */

/* Steps are few, and slots aligned behind the length of a varlena. */
static void
test_growth(void)
{
	sk_cms_design design = design_for(0.001, 0.01);
	buffer		b = new_cms(design);
	size_t		last = b.nbytes,
				size;
	uint64_t	seed = 3;
	int			steps = 0;

	check(b.nbytes == HEADER + 5 * 16, "starts at %zu bytes", b.nbytes);
	for (int i = 0; i < 2000; i++)
	{
		cms_add_hash(&b, next_random(&seed), 1);
		check(sk_cms_is_working(b.bytes, b.nbytes), "%d values: works", i);
		if (b.nbytes == last)
			continue;
		steps++;
		size = last;
		last = b.nbytes;
		check((b.nbytes + 4) % 8 == 0 && b.nbytes + 4 > 1.1 * (double) size,
			  "%zu bytes after %zu", b.nbytes, size);
	}
	check(steps == 8 && b.nbytes == HEADER + 8 * 2720 * 5,
		  "%d steps, %zu bytes", steps, b.nbytes);
	free_buffer(&b);
}

/* --- merging -------------------------------------------------------------- */

/* Three designs of one family. */
static sk_cms_design
family(int member)
{
	static const double epsilons[] = {0.04, 0.02, 0.01};

	return design_for(epsilons[member], 0.05);
}

/* One of the four layouts. */
static buffer
sketch_in_layout(const event *events, size_t n, sk_cms_design design, int layout)
{
	buffer		b = cms_of(events, n, design);
	buffer		p;

	if (layout % 2 == 0)
		return b;
	p = cms_packed(b);
	free_buffer(&b);
	return p;
}

/* A working sketch with all of src, whatever its layout. */
static buffer
working_copy(buffer src)
{
	buffer		b = {NULL, 0};

	cms_merge_into(&b, src);
	check(sk_cms_is_working(b.bytes, b.nbytes), "a copy does not work");
	return b;
}

static bool
has_weight(const event *events, size_t n)
{
	event		sums[1000];

	return sum_events(sums, events, n) > 0;
}

/*
 * Parts of the events in sketches of any layout and design, merged pairwise
 * in any order, have the bytes of one sketch of the narrowest design: of all
 * that are not empty, or if all are, of all.
 */
static void
check_random_merge(uint64_t *seed)
{
	size_t		n = random_below(seed, 3) == 0 ? random_below(seed, 40) :
		random_below(seed, 700);
	event	   *events = random_events(n, next_random(seed));
	int			nparts = 1 + (int) random_below(seed, 6);
	bool		is_empty = !has_weight(events, n);
	int			narrowest = 2;
	buffer		parts[6];
	buffer		p,
				r;
	sk_cms		s;

	for (int i = 0; i < nparts; i++)
	{
		size_t		from = n * (size_t) i / (size_t) nparts,
					to = n * (size_t) (i + 1) / (size_t) nparts;
		int			member = (int) random_below(seed, 3);
		buffer		part = sketch_in_layout(events + from, to - from,
											family(member),
											(int) random_below(seed, 2));

		if (member < narrowest &&
			(is_empty || has_weight(events + from, to - from)))
			narrowest = member;
		parts[i] = working_copy(part);
		free_buffer(&part);
	}
	while (nparts > 1)
	{
		uint32_t	dst = random_below(seed, (uint32_t) nparts - 1);
		buffer		src = parts[--nparts];
		buffer		as = random_below(seed, 2) == 0 ? cms_packed(src) :
			copy_bytes(src.bytes, src.nbytes);

		cms_merge_into(&parts[dst], as);
		s = cms_opened(parts[dst]);
		check(s.nbytes <= HEADER + 8 * (size_t) s.design.width *
			  (size_t) s.design.depth, "%u x %d: works in %zu bytes",
			  s.design.width, s.design.depth, s.nbytes);
		free_buffer(&src);
		free_buffer(&as);
	}
	p = cms_packed(parts[0]);
	r = reference_cms(events, n, family(narrowest));
	check(same_bytes(p, r), "%zu events merged: not the same bytes", n);
	check(sk_cms_check(p.bytes, p.nbytes, &test_env) == SK_OK, "%zu events merged: refused",
		  n);
	check_frequencies(p, events, n, "merged");
	free_buffer(&parts[0]);
	free_buffer(&p);
	free_buffer(&r);
	free(events);
}

static void
test_random_merges(void)
{
	uint64_t	seed = 21;

	for (int i = 0; i < 1500; i++)
		check_random_merge(&seed);
}

static buffer
packed_union(buffer a, buffer b)
{
	buffer		both = working_copy(a);
	buffer		p;

	cms_merge_into(&both, b);
	p = cms_packed(both);
	free_buffer(&both);
	return p;
}

/* Byte for byte, for any layouts and designs of a family. */
static void
check_laws(uint64_t *seed)
{
	buffer		s[3],
				ab,
				ba,
				bc,
				x,
				y;

	for (int i = 0; i < 3; i++)
	{
		size_t		n = random_below(seed, 200);
		event	   *events = random_events(n, next_random(seed));
		sk_cms_design design = family((int) random_below(seed, 3));

		s[i] = sketch_in_layout(events, n, design, (int) random_below(seed, 2));
		free(events);
	}
	ab = packed_union(s[0], s[1]);
	ba = packed_union(s[1], s[0]);
	check(same_bytes(ab, ba), "merging is not commutative");
	bc = packed_union(s[1], s[2]);
	x = packed_union(ab, s[2]);
	y = packed_union(s[0], bc);
	check(same_bytes(x, y), "merging is not associative");
	for (int i = 0; i < 3; i++)
		free_buffer(&s[i]);
	free_buffer(&ab);
	free_buffer(&ba);
	free_buffer(&bc);
	free_buffer(&x);
	free_buffer(&y);
}

static void
test_laws(void)
{
	uint64_t	seed = 22;

	for (int i = 0; i < 500; i++)
		check_laws(&seed);
}

/* Of equal widths, the larger epsilon stays, then the larger delta. */
static void
test_common_designs(void)
{
	sk_cms_design a = design_for(0.0100, 0.010),
				b = design_for(0.0101, 0.009),
				c = design_for(0.0101, 0.008),
				wide = design_for(0.005, 0.01),
				deep = design_for(0.01, 0.001),
				odd = design_for(0.03, 0.01),
				d;

	check(a.width == b.width && a.depth == b.depth && c.depth == b.depth &&
		  wide.width == 2 * a.width, "the shapes of these designs");
	check(sk_cms_common(&d, &a, &b) == SK_OK && d.epsilon == 0.0101 &&
		  sk_cms_common(&d, &b, &a) == SK_OK && d.epsilon == 0.0101 &&
		  sk_cms_common(&d, &b, &c) == SK_OK && d.delta == 0.009 &&
		  sk_cms_common(&d, &c, &b) == SK_OK && d.delta == 0.009 &&
		  sk_cms_common(&d, &wide, &a) == SK_OK && d.width == a.width &&
		  sk_cms_common(&d, &a, &wide) == SK_OK && d.width == a.width,
		  "which design stays");
	check(sk_cms_common(&d, &a, &deep) == SK_UNLIKE &&
		  sk_cms_common(&d, &deep, &a) == SK_UNLIKE &&
		  sk_cms_common(&d, &a, &odd) == SK_UNLIKE &&
		  sk_cms_common(&d, &odd, &a) == SK_UNLIKE, "unlike designs");
}

static void
test_unlike(void)
{
	event	   *events = random_events(100, 4);
	buffer		a = cms_of(events, 100, design_for(0.01, 0.01));
	buffer		b = cms_of(events, 100, design_for(0.01, 0.001));
	buffer		p = cms_packed(a);
	buffer		before = copy_bytes(a.bytes, a.nbytes);
	buffer		packed_before = copy_bytes(p.bytes, p.nbytes);
	sk_cms		s = cms_opened(b);
	sk_cms		t = cms_opened(a);
	double		product;

	check(fails_alike(try_cms_merge(&a, &s), SK_UNLIKE, before, a),
		  "merging unlike sketches");
	check(fails_alike(try_cms_merge(&p, &s), SK_UNLIKE, packed_before, p),
		  "merging into a packed one");
	check(sk_cms_inner_product(&t, &s, &product, &test_env) == SK_UNLIKE,
		  "a product");
	free(events);
	free_buffer(&a);
	free_buffer(&b);
	free_buffer(&p);
	free_buffer(&before);
	free_buffer(&packed_before);
}

/* --- empty sketches ------------------------------------------------------- */

/* The union with an empty sketch of an unlike design, in any layouts. */
static void
check_neutral(buffer b, buffer nothing)
{
	buffer		p = cms_packed(b);
	buffer		left = packed_union(nothing, b);
	buffer		right = packed_union(b, nothing);

	check(same_bytes(left, p) && same_bytes(right, p),
		  "an empty sketch is not neutral");
	free_buffer(&p);
	free_buffer(&left);
	free_buffer(&right);
}

static void
test_neutral(void)
{
	event	   *events = random_events(300, 14);

	for (int i = 0; i < 16; i++)
	{
		buffer		b = sketch_in_layout(events, i % 2 == 0 ? 5 : 300,
										 design_for(0.01, 0.01), i / 2 % 2);
		buffer		nothing = sketch_in_layout(events, 0, i / 4 % 2 == 0 ?
											   design_for(0.03, 0.4) :
											   design_for(0.001, 0.01),
											   i / 8);

		check_neutral(b, nothing);
		free_buffer(&b);
		free_buffer(&nothing);
	}
	free(events);
}

/* The design of the union of two empty sketches, in both orders. */
static void
check_empty_union(sk_cms_design a, sk_cms_design b, sk_cms_design want)
{
	buffer		x = new_cms(a),
				y = new_cms(b),
				xy = packed_union(x, y),
				yx = packed_union(y, x);
	sk_cms		s = cms_opened(xy);
	double		product = -1;

	check(sk_cms_is_empty(&s) && s.nvalues == 0 &&
		  s.design.epsilon == want.epsilon && s.design.delta == want.delta &&
		  same_bytes(xy, yx), "epsilon %g, delta %g: not the union of nothing",
		  s.design.epsilon, s.design.delta);
	check(sk_cms_inner_product(&s, &s, &product, &test_env) == SK_OK &&
		  product == 0, "the product of nothing");
	free_buffer(&x);
	free_buffer(&y);
	free_buffer(&xy);
	free_buffer(&yx);
}

static void
test_empty_unions(void)
{
	sk_cms_design standard = design_for(SK_CMS_DEFAULT_EPSILON,
										SK_CMS_DEFAULT_DELTA);

	check_empty_union(design_for(0.3, 0.3), design_for(0.4, 0.2),
					  design_for(0.4, 0.2));
	check_empty_union(design_for(0.3, 0.3), design_for(0.3, 0.4),
					  design_for(0.3, 0.4));
	check_empty_union(design_for(0.3, 0.3), design_for(0.3, 0.3),
					  design_for(0.3, 0.3));
	check_empty_union(standard, design_for(0.0001, 0.01),
					  design_for(0.0001, 0.01));
	check_empty_union(standard, design_for(0.3, 0.3), design_for(0.3, 0.3));
	check_empty_union(standard, design_for(0.001, 0.009),
					  design_for(0.001, 0.009));
	check_empty_union(standard, standard, standard);
}

/* sk_cms_leaves_alone() from the headers alone says what a union does. */
static void
check_leaves_alone(buffer a, buffer b)
{
	sk_cms		x,
				y;
	buffer		ab = packed_union(a, b);
	buffer		header = copy_bytes(b.bytes, HEADER);

	check(sk_cms_open_header(&x, a.bytes, a.nbytes) == SK_OK &&
		  sk_cms_open_header(&y, header.bytes, b.nbytes) == SK_OK &&
		  (!sk_cms_is_empty(&y) || sk_cms_leaves_alone(&x, &y) ==
		   same_bytes(ab, a)) &&
		  (sk_cms_is_empty(&y) || !sk_cms_leaves_alone(&x, &y)),
		  "epsilon %g, %g: a union that changes nothing", x.design.epsilon,
		  y.design.epsilon);
	free_buffer(&ab);
	free_buffer(&header);
}

static void
test_leaves_alone(void)
{
	static const double fractions[][2] = {
		{0.01, 0.01}, {0.02, 0.01}, {0.02, 0.008}, {0.001, 0.01}
	};
	static const size_t ns[] = {0, 5, 300};
	event	   *events = random_events(300, 15);
	buffer		packed[12];

	for (int i = 0; i < 12; i++)
		packed[i] = sketch_in_layout(events, ns[i / 4],
									 design_for(fractions[i % 4][0],
												fractions[i % 4][1]), 1);
	for (int i = 0; i < 12; i++)
		for (int j = 0; j < 12; j++)
			if (i < 4 || j < 4 || i == j)
				check_leaves_alone(packed[i], packed[j]);
	for (int i = 0; i < 12; i++)
		free_buffer(&packed[i]);
	free(events);
}

/* --- kinds of values ------------------------------------------------------ */

static uint8_t
packed_kind(buffer b)
{
	buffer		p = cms_packed(b);
	sk_cms		s = cms_opened(p);
	uint8_t		kind = s.kind;

	check(kind == p.bytes[3], "the kind is not byte 3");
	free_buffer(&p);
	return kind;
}

/* Values of some kinds, in a list or, of a small design, in counters. */
static buffer
of_kinds(const uint8_t *kinds, size_t n, double epsilon)
{
	buffer		b = new_cms(design_for(epsilon, 0.5));
	uint64_t	seed = n;

	for (size_t i = 0; i < n; i++)
		if (try_cms_add_kind(&b, next_random(&seed), kinds[i], 1 + i) != SK_OK)
			give_up("adding fails", (int) i);
	return b;
}

static void
check_kinds(const uint8_t *kinds, size_t n, uint8_t want)
{
	for (int i = 0; i < 2; i++)
	{
		buffer		b = of_kinds(kinds, n, i == 0 ? 0.01 : 0.9);
		buffer		first = of_kinds(kinds, n / 2, i == 0 ? 0.01 : 0.9);
		buffer		both = packed_union(first, b);

		check(packed_kind(b) == want, "%zu values: kind %d, not %d", n,
			  packed_kind(b), want);
		check(packed_kind(both) == want, "a union: kind %d", packed_kind(both));
		free_buffer(&both);
		both = packed_union(b, first);
		check(packed_kind(both) == want, "a union: kind %d", packed_kind(both));
		free_buffer(&b);
		free_buffer(&first);
		free_buffer(&both);
	}
}

static void
test_kinds(void)
{
	static const uint8_t numbers[] = {1, 1, 1, 1, 1, 1, 1, 1};
	static const uint8_t rows[] = {15, 15};
	static const uint8_t mixed[] = {1, 1, 1, 1, 1, 2, 1};
	static const uint8_t hashes[] = {1, 255, 1};
	buffer		b = new_cms(design_for(0.9, 0.5));

	check_kinds(numbers, 0, SK_KIND_NONE);
	check_kinds(numbers, 1, SK_KIND_NUMBER);
	check_kinds(numbers, 8, SK_KIND_NUMBER);
	check_kinds(rows, 2, SK_KIND_ROW);
	check_kinds(mixed, 5, SK_KIND_NUMBER);
	check_kinds(mixed, 7, SK_KIND_ANY);
	check_kinds(hashes, 3, SK_KIND_ANY);
	check(try_cms_add_kind(&b, 5, SK_KIND_UUID, 0) == SK_OK &&
		  packed_kind(b) == SK_KIND_NONE, "a weight of 0 has a kind");
	free_buffer(&b);
}

/* A byte that is no kind, a kind of nothing, and values of none. */
static void
test_wrong_kinds(void)
{
	event		one = {5, 1};

	for (int kind = 0; kind < 256; kind++)
		for (size_t n = 0; n < 2; n++)
		{
			buffer		p = reference_cms(&one, n, design_for(0.1, 0.1));
			bool		right = n == 0 ? kind == 0 :
				(kind >= 1 && kind <= 16) || kind == 255;

			p.bytes[3] = (uint8_t) kind;
			check(sk_cms_check(p.bytes, p.nbytes, &test_env) ==
				  (right ? SK_OK : SK_VALUE), "%zu values of kind %d", n, kind);
			free_buffer(&p);
		}
}

/*
 * Hashes that crowd into one part of the table give the same bytes, if
 * slowly; as counters they leave blocks empty.
 */
static void
test_crowded_hashes(void)
{
	event		events[600];

	for (size_t i = 0; i < 600; i++)
		events[i] = (event) {UINT64_C(0xFFFFFFFF00000000) |
			(600 - i) * 7919 % 600, 1 + i};
	check_against_reference(events, 600, design_for(0.001, 0.01));
	check_against_reference(events, 600, design_for(0.002, 0.3));
}

static int	polls;

static void
count_polls(void)
{
	polls++;
}

static const sk_env counting_env = {test_alloc, free, count_polls};

/* Merges and returns the number of polls. */
static int
polls_of_merge(buffer *dst, buffer src)
{
	sk_value	v = cms_value(*dst);

	polls = 0;
	check(sk_cms_merge(&v, src.bytes, src.nbytes, &counting_env) == SK_OK,
		  "a merge fails");
	keep_cms(dst, v);
	return polls;
}

static void
test_polls(void)
{
	sk_cms_design design = design_for(0.0003, 0.01);
	event	   *events = random_events(1000, 8);
	buffer		list = cms_of(events, 1000, design);
	buffer		cells = new_cells(design);
	sk_cms		t;
	sk_cms_excess excess;

	check(polls_of_merge(&cells, list) >= 4, "merging a list: %d polls", polls);
	check(cells.bytes[SK_CMS_AT_LAYOUT] == SK_CMS_WORKING_CELLS,
		  "counters stay counters");
	t = cms_opened(cells);
	polls = 0;
	sk_cms_measure_excess(&t, 0.999999999, &excess, &counting_env);
	check(polls >= 4, "measuring: %d polls", polls);
	check(polls_of_merge(&list, cells) >= 5, "a list with counters: %d polls",
		  polls);
	check(list.bytes[SK_CMS_AT_LAYOUT] == SK_CMS_WORKING_CELLS,
		  "a list with counters is still a list");
	check(polls_of_merge(&cells, list) >= 1, "merging counters: %d polls",
		  polls);
	free(events);
	free_buffer(&list);
	free_buffer(&cells);
}

/* --- what cannot be done changes nothing ---------------------------------- */

static void
check_overflow(buffer b, uint64_t room, const char *what)
{
	buffer		before = copy_bytes(b.bytes, b.nbytes);
	buffer		other = new_cms(design_for(0.02, 0.05));
	sk_cms		s;

	check(fails_alike(try_cms_add(&b, 42, room + 1), SK_OVERFLOW, before, b),
		  "%s: one too many", what);
	check(fails_alike(try_cms_add(&b, 42, UINT64_MAX), SK_OVERFLOW, before, b),
		  "%s: far too many", what);
	check(fails_alike(try_cms_add(&b, 42, UINT64_C(1) << 63), SK_OVERFLOW, before,
					  b), "%s: 2^63", what);
	cms_add_hash(&other, 42, room + 1);
	s = cms_opened(other);
	check(fails_alike(try_cms_merge(&b, &s), SK_OVERFLOW, before, b),
		  "%s: merging one too many", what);
	free_buffer(&other);
	other = new_cells(design_for(0.01, 0.05));
	cms_add_hash(&other, 42, room + 1);
	s = cms_opened(other);
	check(fails_alike(try_cms_merge(&b, &s), SK_OVERFLOW, before, b),
		  "%s: merging wider counters", what);
	check(try_cms_add(&b, 42, room) == SK_OK &&
		  cms_opened(b).total == INT64_MAX, "%s: just as many", what);
	check(cms_frequency_of(b, 42) >= room, "%s: the last frequency", what);
	free_buffer(&before);
	free_buffer(&other);
}

static void
test_overflow(void)
{
	static const uint64_t rooms[] = {0, 1, 1000, (UINT64_C(1) << 62) + 5};
	sk_cms_design design = design_for(0.02, 0.05);

	for (int i = 0; i < 4; i++)
	{
		event		event = {42, INT64_MAX - rooms[i]};
		buffer		list = cms_of(&event, 1, design);
		buffer		cells = new_cells(design);

		cms_add_hash(&cells, 42, event.weight);
		check_overflow(list, rooms[i], "list");
		check_overflow(cells, rooms[i], "counters");
		free_buffer(&list);
		free_buffer(&cells);
	}
}

/*
 * Adds, and checks the old bytes if the sketch moved; returns whether it did.
 */
static bool
moves_when_full(buffer *b, event e, size_t nslots)
{
	buffer		old = *b,
				before = copy_bytes(b->bytes, b->nbytes);
	sk_value	v = cms_value(*b);
	bool		moved;

	check(sk_cms_add(&v, e.hash, SK_KIND_ANY, e.weight, &test_env) == SK_OK, "adding fails");
	moved = v.bytes != old.bytes;
	check(!moved || same_bytes(before, old), "growing changes the old bytes");
	check(!moved || (v.bytes[SK_CMS_AT_LAYOUT] == SK_CMS_WORKING_LIST &&
					 v.nbytes == HEADER + 16 * nslots),
		  "a list grows to %zu bytes", v.nbytes);
	check(moved || v.nbytes == old.nbytes, "another length in the same place");
	keep_cms(b, v);
	free_buffer(&before);
	return moved;
}

/* A list takes counters by moving, which leaves its old bytes as they were. */
static void
check_list_takes_counters(buffer b, buffer cells)
{
	buffer		before = copy_bytes(b.bytes, b.nbytes);
	sk_value	v = cms_value(b);

	check(sk_cms_merge(&v, cells.bytes, cells.nbytes, &test_env) == SK_OK &&
		  v.bytes != b.bytes &&
		  v.bytes[SK_CMS_AT_LAYOUT] == SK_CMS_WORKING_CELLS &&
		  same_bytes(before, b), "a list takes counters");
	free(v.bytes);
	free_buffer(&before);
}

static void
test_full_changes_nothing(void)
{
	static const size_t sizes[] = {29, 125, 229, 0};
	sk_cms_design design = design_for(0.01, 0.01);
	event	   *events = random_events(400, 6);
	buffer		b = new_cms(design);
	buffer		large = cms_of(events, 400, design);
	int			full = 0;

	for (size_t i = 0; i < 150; i++)
	{
		full += moves_when_full(&b, events[i], sizes[full]);
		check_list_takes_counters(b, large);
	}
	check(full == 3, "a list was full %d times", full);
	free(events);
	free_buffer(&b);
	free_buffer(&large);
}

/* --- bounds --------------------------------------------------------------- */

static int
compare_u64(const void *a, const void *b)
{
	uint64_t	x = *(const uint64_t *) a,
				y = *(const uint64_t *) b;

	return (x > y) - (x < y);
}

/* The excess by sorted counters: how many of all are less. */
static uint64_t
literal_quantile(const uint64_t *sorted, uint32_t ncells, int depth, double p)
{
	double		part = 1 - pow(1 - p, 1.0 / depth);
	double		rank = floor(part * ncells);

	return sorted[rank < ncells ? (uint32_t) rank : ncells - 1];
}

/* One rank lower; nothing is less than the least. */
static uint64_t
literal_least(const uint64_t *sorted, uint32_t ncells, int depth, double p)
{
	double		part = 1 - pow(1 - p, 1.0 / depth);
	double		rank = floor(part * ncells);

	return rank >= 1 ? sorted[(uint32_t) rank - 1] : 0;
}

static void
check_excess(buffer b, uint64_t *sorted, double confidence)
{
	sk_cms		s = cms_opened(b);
	uint32_t	ncells = s.design.width * (uint32_t) s.design.depth;
	sk_cms_excess e;
	double		tail = (1 - confidence) / 2;

	sk_cms_measure_excess(&s, confidence, &e, &test_env);
	check(e.least == literal_least(sorted, ncells, s.design.depth, tail) &&
		  e.median == literal_quantile(sorted, ncells, s.design.depth, 0.5) &&
		  e.most == literal_quantile(sorted, ncells, s.design.depth,
									 (1 + confidence) / 2),
		  "%u x %d: excess at %g", s.design.width, s.design.depth, confidence);
	if (tail >= exp(-s.design.depth))
		check((double) e.most <= sk_cms_error_bound(&s) * (1 + 1e-12),
			  "%u x %d: excess at %g is beyond the error bound",
			  s.design.width, s.design.depth, confidence);
}

static void
check_bounds(buffer b, const event *events, size_t n, double confidence)
{
	sk_cms		s = cms_opened(b);
	sk_cms_excess e;
	size_t		wrong = 0;

	sk_cms_measure_excess(&s, confidence, &e, &test_env);
	for (size_t i = 0; i < n; i++)
	{
		sk_cms_bounds o = sk_cms_frequency_bounds(&s, &e, events[i].hash);
		uint64_t	f = sk_cms_frequency(&s, events[i].hash);

		wrong += !(o.lower <= o.estimate && o.estimate <= o.upper &&
				   o.upper <= f);
		wrong += sk_cms_is_list(&s) && o.lower != f;
	}
	check(wrong == 0, "%u x %d: %zu bounds out of order", s.design.width,
		  s.design.depth, wrong);
}

static void
test_bounds(void)
{
	static const double confidences[] = {1e-9, 0.5, 0.95, 0.999, 1 - 0x1p-53};
	static const size_t ns[] = {3, 40, 700, 3000};

	for (int i = 0; i < 16; i++)
	{
		size_t		n = ns[i % 4];
		sk_cms_design design = design_for(i < 8 ? 0.01 : 0.2, i % 8 < 4 ? 0.4 :
										  0.01);
		uint32_t	ncells = design.width * (uint32_t) design.depth;
		event	   *events = random_events(n, (uint64_t) i);
		uint64_t   *sorted = reference_counters(events, n, design);
		buffer		b = cms_of(events, n, design);
		buffer		p = cms_packed(b);

		qsort(sorted, ncells, 8, compare_u64);
		for (int c = 0; c < 5; c++)
		{
			if (p.bytes[1] != SK_CMS_PACKED_CELLS)
				memset(sorted, 0, 8 * (size_t) ncells);
			check_excess(p, sorted, confidences[c]);
			if (b.bytes[1] == SK_CMS_WORKING_CELLS)
				check_excess(b, sorted, confidences[c]);
			check_bounds(b, events, n, confidences[c]);
			check_bounds(p, events, n, confidences[c]);
		}
		free(sorted);
		free(events);
		free_buffer(&b);
		free_buffer(&p);
	}
}

static void
test_error_bound(void)
{
	event	   *events = random_events(500, 2);
	buffer		list = cms_of(events, 10, design_for(0.01, 0.01));
	buffer		cells = cms_of(events, 500, design_for(0.01, 0.01));
	sk_cms		s = cms_opened(list);
	sk_cms		t = cms_opened(cells);
	double		want = exp(1) / 272 * (double) t.total;

	check(sk_cms_error_bound(&s) == 0, "error bound of a list");
	check(fabs(sk_cms_error_bound(&t) / want - 1) < 1e-12 &&
		  sk_cms_error_bound(&t) <= 0.01 * (double) t.total,
		  "error bound %g", sk_cms_error_bound(&t));
	free(events);
	free_buffer(&list);
	free_buffer(&cells);
}

/* --- inner products ------------------------------------------------------- */

static double
literal_product(const event *a, size_t na, const event *b, size_t nb)
{
	event	   *x = malloc((na + 1) * sizeof(*x)),
			   *y = malloc((nb + 1) * sizeof(*y));
	size_t		nx = sum_events(x, a, na),
				ny = sum_events(y, b, nb);
	double		sum = 0;

	for (size_t i = 0, j = 0; i < nx && j < ny;)
		if (x[i].hash == y[j].hash)
			sum += (double) x[i++].weight * (double) y[j++].weight;
		else if (x[i].hash < y[j].hash)
			i++;
		else
			j++;
	free(x);
	free(y);
	return sum;
}

/* The least row of products of counters at this width. */
static double
literal_rows(const event *a, size_t na, const event *b, size_t nb,
			 sk_cms_design design)
{
	uint64_t   *x = reference_counters(a, na, design),
			   *y = reference_counters(b, nb, design);
	double		least = INFINITY;

	for (int row = 0; row < design.depth; row++)
	{
		double		sum = 0;

		for (size_t i = 0; i < design.width; i++)
			sum += (double) x[(size_t) row * design.width + i] *
				(double) y[(size_t) row * design.width + i];
		least = fmin(least, sum);
	}
	free(x);
	free(y);
	return least;
}

static double
product_of(buffer a, buffer b)
{
	sk_cms		x = cms_opened(a),
				y = cms_opened(b);
	double		product = -1,
				again = -2;

	if (sk_cms_inner_product(&x, &y, &product, &test_env) != SK_OK ||
		sk_cms_inner_product(&y, &x, &again, &test_env) != SK_OK)
		give_up("there is no inner product", 0);
	check(fabs(product - again) <= 1e-12 * product, "%g but %g", product, again);
	return product;
}

/* Exact for two lists, that of the rows for counters, and in between for one of
 * each. */
static void
check_product(uint64_t *seed)
{
	size_t		na = random_below(seed, 2) == 0 ? random_below(seed, 30) :
		random_below(seed, 500),
				nb = random_below(seed, 2) == 0 ? random_below(seed, 30) :
		random_below(seed, 500);
	int			ma = (int) random_below(seed, 3),
				mb = (int) random_below(seed, 3);
	event	   *a = random_events(na, 77),
			   *b = random_events(nb, random_below(seed, 2) == 0 ? 77 :
								  next_random(seed));
	buffer		x = sketch_in_layout(a, na, family(ma),
									 (int) random_below(seed, 2));
	buffer		y = sketch_in_layout(b, nb, family(mb),
									 (int) random_below(seed, 2));
	sk_cms		s = cms_opened(x),
				t = cms_opened(y);
	double		product = product_of(x, y);
	double		truth = literal_product(a, na, b, nb);
	double		rows = literal_rows(a, na, b, nb, family(ma < mb ? ma : mb));

	if (sk_cms_is_list(&s) && sk_cms_is_list(&t))
		check(fabs(product - truth) <= 1e-12 * truth, "lists: %g, not %g",
			  product, truth);
	else if (!sk_cms_is_list(&s) && !sk_cms_is_list(&t))
		check(fabs(product - rows) <= 1e-12 * rows, "counters: %g, not %g",
			  product, rows);
	check(product >= truth * (1 - 1e-12) && product <= rows * (1 + 1e-12),
		  "%g is not within %g .. %g", product, truth, rows);
	free(a);
	free(b);
	free_buffer(&x);
	free_buffer(&y);
}

static void
test_products(void)
{
	uint64_t	seed = 31;

	for (int i = 0; i < 600; i++)
		check_product(&seed);
}

/* --- rows are independent ------------------------------------------------- */

/*
 * Two values share the counters of all rows in one of width^depth pairs.
 * ("Double hashing" would make that about 1,500 times as many in the last of
 * these shapes.)
 */
static void
check_rows(uint32_t width, int depth)
{
	static uint64_t places[2000];
	uint64_t	seed = width;
	double		expected = 2000.0 * 1999 / 2 * 10 / pow(width, depth);
	double		found = 0;

	for (int round = 0; round < 10; round++)
	{
		for (int i = 0; i < 2000; i++)
		{
			uint64_t	hash = next_random(&seed);

			places[i] = 0;
			for (int row = 0; row < depth; row++)
				places[i] = places[i] * width +
					reference_place(hash, row, width);
		}
		qsort(places, 2000, 8, compare_u64);
		for (int i = 0, run = 0; i < 1999; i++)
		{
			run = places[i] == places[i + 1] ? run + 1 : 0;
			found += run;
		}
	}
	check(fabs(found - expected) < 4 * sqrt(expected) + 1,
		  "%u x %d: %g pairs meet in all rows, expected %g", width, depth, found,
		  expected);
}

static void
test_rows(void)
{
	check_rows(64, 2);
	check_rows(64, 3);
	check_rows(16, 4);
	check_rows(8, 5);
	check_rows(3, 10);
	check_rows(4, 10);
}

/* --- what is a working sketch --------------------------------------------- */

static void
test_is_working(void)
{
	event	   *events = random_events(500, 2);
	buffer		cells = cms_of(events, 500, design_for(0.01, 0.01));
	buffer		list = cms_of(events, 5, design_for(0.01, 0.01));
	buffer		p = cms_packed(cells);
	sk_cms		s;

	check(sk_cms_is_working(cells.bytes, cells.nbytes) &&
		  !sk_cms_is_working(cells.bytes, cells.nbytes - 1) &&
		  !sk_cms_is_working(cells.bytes, 35) &&
		  !sk_cms_is_working(cells.bytes, 0), "counters");
	check(sk_cms_is_working(list.bytes, list.nbytes), "a list");
	check(!sk_cms_is_working(p.bytes, p.nbytes), "a packed sketch");
	check(sk_cms_check(cells.bytes, cells.nbytes, &test_env) == SK_LAYOUT &&
		  sk_cms_check(list.bytes, list.nbytes, &test_env) == SK_LAYOUT,
		  "working sketches are no input");
	check(sk_cms_open(&s, p.bytes, (size_t) SK_CMS_MAX_BYTES + 1) == SK_LONG,
		  "more than 1 GB");
	sk_store32(cells.bytes + SK_CMS_AT_WIDTH, 0);
	check(!sk_cms_is_working(cells.bytes, HEADER), "counters without a width");
	sk_store32(cells.bytes + SK_CMS_AT_WIDTH, 272);
	check(sk_cms_is_working(cells.bytes, cells.nbytes), "as before");
	cells.bytes[0] = 0x21;
	check(!sk_cms_is_working(cells.bytes, cells.nbytes), "another type");
	free(events);
	free_buffer(&cells);
	free_buffer(&list);
	free_buffer(&p);
}

int
main(void)
{
	test_golden_bytes();
	test_golden_designs();
	test_designs();
	test_against_reference();
	test_longest_list();
	test_large_counters();
	test_largest_counters();
	test_special_hashes();
	test_growth();
	test_random_merges();
	test_laws();
	test_common_designs();
	test_unlike();
	test_neutral();
	test_empty_unions();
	test_leaves_alone();
	test_kinds();
	test_wrong_kinds();
	test_crowded_hashes();
	test_polls();
	test_overflow();
	test_full_changes_nothing();
	test_bounds();
	test_error_bound();
	test_products();
	test_rows();
	test_is_working();
	return check_done("cms");
}
