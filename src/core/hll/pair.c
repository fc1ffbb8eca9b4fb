/*
 * hll/pair.c: counting what two distinct-count sketches show of each cell.
 *
 * Two sparse sketches are read in step, token by token. The registers of two
 * dense ones are counted in pairs; there are a few hundred different pairs, and
 * each is then split into its cells. The tokens of a sparse sketch are matched
 * with the registers of a dense one that they belong to. See overlap.c for what
 * the counts are for. Two dense sketches of precision 13 take 13 us.
 */
#include "core/hll/pair.h"

/* --- two sparse sketches ------------------------------------------------ */

/* The tokens of a packed sketch, in ascending order. */
typedef struct token_list
{
	sk_hll_token_reader reader;
	uint32_t	left;
	uint32_t	next;			/* SK_HLL_NO_TOKEN at the end */
} token_list;

/* False if the bytes are damaged. */
static bool
next_token(token_list *l)
{
	l->next = SK_HLL_NO_TOKEN;
	if (l->left == 0)
		return true;
	l->left--;
	return sk_hll_next_token(&l->reader, &l->next);
}

static bool
start_list(token_list *l, const sk_hll *s)
{
	sk_hll_read_tokens(&l->reader, s);
	l->left = s->ntokens;
	return next_token(l);
}

/* Walks two lists in step. */
typedef struct token_walk
{
	token_list	a,
				b;
	uint32_t	token;			/* current; SK_HLL_NO_TOKEN at the end */
	bool		of_a,
				of_b;
} token_walk;

/* False if the bytes are damaged. */
static bool
step_walk(token_walk *w)
{
	w->token = w->a.next < w->b.next ? w->a.next : w->b.next;
	w->of_a = w->a.next == w->token;
	w->of_b = w->b.next == w->token;
	return (!w->of_a || next_token(&w->a)) && (!w->of_b || next_token(&w->b));
}

static bool
start_walk(token_walk *w, const sk_hll *a, const sk_hll *b)
{
	return start_list(&w->a, a) && start_list(&w->b, b) && step_walk(w);
}

/* There is room for all of them. */
static sk_status
add_common_tokens(sk_value *common, const sk_hll *a, const sk_hll *b,
				  const sk_env *env)
{
	sk_status	status = SK_OK;
	token_walk	w;

	if (!start_walk(&w, a, b))
		return SK_VALUE;
	for (uint32_t i = 0; w.token != SK_HLL_NO_TOKEN && status == SK_OK; i++)
	{
		sk_env_poll(env, i);
		if (w.of_a && w.of_b)
			status = sk_hll_add_token(common, w.token, env);
		if (!step_walk(&w))
			return SK_VALUE;
	}
	return status;
}

sk_status
sk_hll_intersect(sk_value *common, const sk_hll *a, const sk_hll *b,
				 const sk_env *env)
{
	uint32_t	most = a->ntokens < b->ntokens ? a->ntokens : b->ntokens;
	sk_value	v;
	sk_status	status;

	if (a->layout != SK_HLL_PACKED_SPARSE || b->layout != SK_HLL_PACKED_SPARSE)
		return SK_LAYOUT;
	v = sk_hll_new_sparse(a->precision, most, env);
	status = add_common_tokens(&v, a, b, env);
	if (status == SK_OK)
		*common = v;
	else
		env->release(v.bytes);
	return status;
}

/* Every cell is visible: both miss what no token hits. */
static void
fill_in_missed(sk_hll_cells *c)
{
	for (int level = 1; level <= SK_HLL_MAX_ZEROS + 1; level++)
	{
		double	   *n = c->n[level];

		n[3 * MISSED + MISSED] = c->m - n[3 * MISSED + HIT] -
			n[3 * HIT + MISSED] - n[3 * HIT + HIT];
	}
}

static sk_status
count_token_pairs(sk_hll_cells *c, const sk_hll *a, const sk_hll *b)
{
	token_walk	w;

	if (!start_walk(&w, a, b))
		return SK_VALUE;
	while (w.token != SK_HLL_NO_TOKEN)
	{
		c->n[(w.token & 63) + 1][3 * w.of_a + w.of_b]++;
		if (!step_walk(&w))
			return SK_VALUE;
	}
	fill_in_missed(c);
	return SK_OK;
}

/* --- two dense sketches ------------------------------------------------- */

/* Levels as bits, as in sk_hll_register_levels(): level j is bit j+2. */
static inline uint64_t
visible_levels(uint8_t r)
{
	return r < 12 ? UINT64_MAX : UINT64_MAX << ((r >> 2) - 2);
}

/* What a register with these levels shows of one. */
static inline int
sign_of_level(uint64_t visible, uint64_t hit, int level)
{
	return visible >> (level + 2) & 1 ? (int) (hit >> (level + 2) & 1) : HIDDEN;
}

/*
 * Counts the cells of n pairs of these registers, up to the highest level that
 * is hit. Above it both miss all cells, which above[] counts by that level.
 */
static void
count_pair(sk_hll_cells *c, double *above, uint8_t x, uint8_t y, uint32_t n)
{
	uint64_t	hit_a = sk_hll_register_levels(x),
				hit_b = sk_hll_register_levels(y),
				visible_a = visible_levels(x),
				visible_b = visible_levels(y);
	int			first = (int) sk_ctz64(visible_a | visible_b) - 2,
				last = (int) sk_bit_length(hit_a | hit_b) - 3;

	for (int j = first < 1 ? 1 : first; j <= last; j++)
		c->n[j][3 * sign_of_level(visible_a, hit_a, j) +
				sign_of_level(visible_b, hit_b, j)] += n;
	above[last < 0 ? 0 : last] += n;
}

/* Small codes for the frequent registers, 1 .. 31; 0 for the others. */
static void
number_registers(const sk_hll *s, uint8_t *codes, uint8_t *registers)
{
	int			n = sk_hll_ndictionary(s);

	memset(codes, 0, 256);
	codes[0] = 31;
	registers[31] = 0;
	for (int i = 0; i < n && i < SK_HLL_DICTIONARY; i++)
	{
		uint8_t		r = s->bytes[SK_HLL_AT_DICTIONARY + i];

		codes[r] = (uint8_t) (i + 1);
		registers[i + 1] = r;
	}
}

/* Pairs of frequent registers, which have codes, are counted in a table first.
 * Others are split into cells at once. */
typedef struct pair_table
{
	uint8_t		codes_a[256],
				codes_b[256],
				registers_a[32],
				registers_b[32];
	uint32_t	n[32][32];
} pair_table;

static void
count_chunk(sk_hll_cells *c, double *above, pair_table *t, const uint8_t *x,
			const uint8_t *y, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
	{
		uint8_t		a = t->codes_a[x[i]],
					b = t->codes_b[y[i]];

		if (a > 0 && b > 0)
			t->n[a][b]++;
		else
			count_pair(c, above, x[i], y[i], 1);
	}
}

static void
count_table(sk_hll_cells *c, double *above, const pair_table *t)
{
	for (int a = 1; a < 32; a++)
		for (int b = 1; b < 32; b++)
			if (t->n[a][b] > 0)
				count_pair(c, above, t->registers_a[a], t->registers_b[b],
						   t->n[a][b]);
}

/* Adds to each level the cells of pairs whose highest hit is below it. */
static void
count_above(sk_hll_cells *c, const double *above, int last)
{
	double		n = above[0];

	for (int level = 1; level <= last; level++)
	{
		c->n[level][3 * MISSED + MISSED] += n;
		n += above[level];
	}
}

static sk_status
count_register_pairs(sk_hll_cells *c, const sk_hll *a, const sk_hll *b)
{
	uint32_t	n = sk_hll_chunk(a->precision);
	uint8_t		x[SK_HLL_CHUNK + 1],
				y[SK_HLL_CHUNK + 1];
	sk_hll_register_reader in_a,
				in_b;
	double		above[64] = {0};
	pair_table	table = {.codes_a = {0}};
	sk_status	status = sk_hll_read_registers(&in_a, a);

	if (status == SK_OK)
		status = sk_hll_read_registers(&in_b, b);
	if (status != SK_OK)
		return status;
	number_registers(a, table.codes_a, table.registers_a);
	number_registers(b, table.codes_b, table.registers_b);
	for (uint32_t i = 0; i < sk_hll_nregisters(a->precision); i += n)
	{
		if (!sk_hll_next_registers(&in_a, x, n) ||
			!sk_hll_next_registers(&in_b, y, n))
			return SK_VALUE;
		count_chunk(c, above, &table, x, y, n);
	}
	count_table(c, above, &table);
	count_above(c, above, (int) sk_hll_max_level(a->precision));
	return SK_OK;
}

/* --- a sparse one and a dense one --------------------------------------- */

/* The tokens of one register. */
typedef struct register_tokens
{
	uint64_t	levels;			/* bit j: there are some of level j */
	uint32_t	n[64];			/* how many; set only if there are some */
} register_tokens;

/* Takes the tokens of register i, which are the next ones in the list. */
static bool
take_tokens(token_list *list, uint32_t i, int precision, register_tokens *taken)
{
	unsigned	level;

	taken->levels = 0;
	while (list->next != SK_HLL_NO_TOKEN &&
		   sk_hll_token_register(list->next, precision, &level) == i)
	{
		if (!(taken->levels >> level & 1))
			taken->n[level] = 0;
		taken->n[level]++;
		taken->levels |= UINT64_C(1) << level;
		if (!next_token(list))
			return false;
	}
	return true;
}

/*
 * Moves the cells with tokens out of those without. Cells with more than
 * SK_HLL_MOST_SHARED tokens, which real data do not have, are left out.
 */
static void
count_shared(sk_hll_cells *c, const register_tokens *tokens, uint8_t r)
{
	for (uint64_t left = tokens->levels; left != 0; left &= left - 1)
	{
		int			level = (int) sk_ctz64(left);
		int			sign = sign_of_level(visible_levels(r),
										 sk_hll_register_levels(r), level);
		uint32_t	n = tokens->n[level];

		if (sign == HIDDEN)
			continue;
		c->n[level][sign]--;
		if (n <= SK_HLL_MOST_SHARED)
			c->n[level][2 * n + sign]++;
	}
}

static void
count_alone(sk_hll_cells *c, const uint32_t *histogram, int precision)
{
	int			last = (int) sk_hll_max_level(precision);

	for (int r = 0; r < 256; r++)
	{
		uint64_t	visible = visible_levels((uint8_t) r),
					hit = sk_hll_register_levels((uint8_t) r);

		for (int level = 1; histogram[r] > 0 && level <= last; level++)
		{
			int			sign = sign_of_level(visible, hit, level);

			if (sign != HIDDEN)
				c->n[level][sign] += histogram[r];
		}
	}
}

static sk_status
count_tokens_in_registers(sk_hll_cells *c, const sk_hll *a, const sk_hll *b)
{
	uint32_t	histogram[256] = {0};
	uint32_t	n = sk_hll_chunk(b->precision);
	uint8_t		chunk[SK_HLL_CHUNK + 1];
	token_list	tokens;
	sk_hll_register_reader registers;
	register_tokens taken;
	sk_status	status = sk_hll_read_registers(&registers, b);

	if (status != SK_OK || !start_list(&tokens, a))
		return status != SK_OK ? status : SK_VALUE;
	for (uint32_t i = 0; i < sk_hll_nregisters(b->precision); i++)
	{
		uint8_t    *r = &chunk[i & (n - 1)];

		if ((i & (n - 1)) == 0 && !sk_hll_next_registers(&registers, chunk, n))
			return SK_VALUE;
		histogram[*r]++;
		if (!take_tokens(&tokens, i, b->precision, &taken))
			return SK_VALUE;
		count_shared(c, &taken, *r);
	}
	count_alone(c, histogram, b->precision);
	return SK_OK;
}

/* --- cells -------------------------------------------------------------- */

static void
move_cells(sk_hll_cells *c, int from, int to)
{
	for (int i = 0; i < SK_HLL_NSIGNS; i++)
	{
		c->n[to][i] += c->n[from][i];
		c->n[from][i] = 0;
	}
}

static bool
has_hits(const sk_hll_cells *c, int level)
{
	double		sum = 0;

	for (int i = 0; i < SK_HLL_NSIGNS; i++)
		sum += c->n[level][i];
	return sum > c->n[level][0];
}

/*
 * The last level has the weight of the one before. From two levels above the
 * highest hit on, all cells are alike, and together those levels weigh as much
 * as the one below them.
 */
static void
find_level_range(sk_hll_cells *c, int last)
{
	move_cells(c, last, last - 1);
	c->highest = last - 1;
	while (c->highest > 1 && !has_hits(c, c->highest))
		c->highest--;
	c->highest = c->highest + 2 < last - 1 ? c->highest + 2 : last - 1;
	if (c->highest < last - 1)
		c->n[c->highest][0] += c->m;
	c->lowest = 1;
	while (c->lowest < c->highest && !has_hits(c, c->lowest) &&
		   c->n[c->lowest][0] == 0)
		c->lowest++;
}

/* Sums up the cells that were missed: only their weights matter. */
static void
sum_missed_pairs(sk_hll_cells *c)
{
	for (int level = c->lowest; level <= c->highest; level++)
	{
		const double *n = c->n[level];
		double		neither = n[3 * MISSED + MISSED];
		double		by_a = neither + n[3 * MISSED + HIT] +
			n[3 * MISSED + HIDDEN];
		double		by_b = neither + n[3 * HIT + MISSED] +
			n[3 * HIDDEN + MISSED];

		c->missed[A] += sk_hll_weight_of(c, level) * by_a;
		c->missed[B] += sk_hll_weight_of(c, level) * by_b;
		c->missed[X] += sk_hll_weight_of(c, level) * (by_a + by_b - neither);
	}
}

/* missed[X] counts the values of A that B has certainly not seen. */
static void
sum_missed_alone(sk_hll_cells *c)
{
	for (int level = c->lowest; level <= c->highest; level++)
		for (int n = 0; n <= SK_HLL_MOST_SHARED; n++)
		{
			c->missed[B] += sk_hll_weight_of(c, level) * c->n[level][2 * n];
			c->missed[X] += n * c->n[level][2 * n];
		}
}

sk_status
sk_hll_count_cells(sk_hll_cells *c, const sk_hll *a, const sk_hll *b)
{
	sk_status	status;

	*c = (sk_hll_cells) {.m = sk_hll_is_sparse(b) ? 1 << SK_HLL_INDEX_BITS :
		sk_hll_nregisters(b->precision)};
	if (sk_hll_is_sparse(b))
		status = count_token_pairs(c, a, b);
	else if (sk_hll_is_sparse(a))
		status = count_tokens_in_registers(c, a, b);
	else
		status = count_register_pairs(c, a, b);
	find_level_range(c, sk_hll_is_sparse(b) ? SK_HLL_MAX_ZEROS + 1 :
					 (int) sk_hll_max_level(b->precision));
	if (sk_hll_is_sparse(a) && !sk_hll_is_sparse(b))
		sum_missed_alone(c);
	else
		sum_missed_pairs(c);
	return status;
}
