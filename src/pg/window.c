/*
 * window.c: union aggregates over a window frame that moves, for any type.
 *
 * A union cannot be undone, so PostgreSQL would unite each frame anew. But rows
 * leave a frame in the order in which they came, and a queue of two parts gives
 * the union of what is in it: for each sketch of the front part, from which
 * rows leave, keep the union of it and all behind it in that part; of the back
 * part, to which they come, the union of all. When the front is used up, the
 * back becomes the front. This is "Two-Stacks" in Tangwongsan, Hirzel,
 * Schneider, "In-Order Sliding-Window Aggregation in Worst-Case Constant Time",
 * 2020, arXiv:2009.13768; their repository sliding-window-aggregators traces it
 * to "adamax", Stack Overflow, 2011.
 *
 * A frame may hold a million little sketches, whose unions are not little. So
 * of a front of n, only every sqrt(n)-th union is made at once, and the ones
 * between two of these when the first one has left. However long the frame, a
 * row costs three merges of its sketch, one of two unions and one packing, and
 * memory holds the sketches of the frame, as they came, and 2 sqrt(n) unions.
 * (With all n unions a row cost some 10 % less: 365 dense ones, precision 13.)
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "pg/value.h"
#include "pg/state.h"

/* A row with a sketch, and how many with NULL come between it and the next. */
typedef struct window_entry
{
	struct varlena *sketch;		/* as it came */
	struct varlena *suffix;		/* in the front: the union of this and all
								 * behind it there, working; or NULL */
	int64		nnulls;
} window_entry;

/* The state, in the aggregate's context, as is all that it points to. */
typedef struct window
{
	const sketch_type *type;
	MemoryContext context;
	MemoryContext sketches;
	window_entry *entries;		/* the front, from `head` to before `front`, and
								 * the back, from there to before `end` */
	int64		head;
	int64		front;
	int64		end;
	int64		room;
	struct varlena *back;		/* the union of the back; NULL if that has one
								 * sketch or none */
	int64		nnulls;			/* rows with NULL before the first entry */
} window;

#define WINDOW_ROOM 32			/* entries at first */

/* Sketches are freed in order, and their context does not round up sizes. */
static window *
make_window(const sketch_type *type, MemoryContext context)
{
	window	   *w = MemoryContextAllocZero(context, sizeof(*w));

	w->type = type;
	w->context = context;
	w->sketches = GenerationContextCreate(context, "sketch window",
										  ALLOCSET_SMALL_SIZES);
	w->room = WINDOW_ROOM;
	w->entries = MemoryContextAlloc(context, w->room * sizeof(*w->entries));
	return w;
}

static struct varlena *
copy_to(MemoryContext context, const struct varlena *value)
{
	struct varlena *copy = MemoryContextAlloc(context, VARSIZE_ANY(value));

	memcpy(copy, value, VARSIZE_ANY(value));
	return copy;
}

static void
add_to_back(window *w, const struct varlena *sketch)
{
	struct varlena *sum = sketch_merge(w->type, w->back, sketch);

	if (sum == w->back)
		return;
	if (w->back != NULL)
		pfree(w->back);
	w->back = copy_to(w->context, sum);
}

static void
append(window *w, const struct varlena *sketch)
{
	if (w->end == w->room)
	{
		w->room *= 2;
		w->entries = repalloc_huge(w->entries, w->room * sizeof(*w->entries));
	}
	w->entries[w->end++] = (window_entry) {
		.sketch = copy_to(w->sketches, sketch)
	};
}

/* Nothing is united for a first sketch: many a frame has no more. */
static void
push(window *w, const struct varlena *sketch)
{
	append(w, sketch);
	if (w->end - w->front < 2)
		return;
	if (w->back == NULL)
		add_to_back(w, w->entries[w->front].sketch);
	add_to_back(w, sketch);
}

/*
 * Makes the suffix of every step-th entry, from the one at `from` on, up to the
 * one at `to`, which has its suffix or is the end of the front. Backwards,
 * since each comes from the next.
 */
static void
make_suffixes(window *w, int64 from, int64 to, int64 step)
{
	struct varlena *sum = NULL;

	if (to < w->front)
		sum = sketch_merge(w->type, NULL, w->entries[to].suffix);

	for (int64 i = to - 1; i >= from; i--)
	{
		CHECK_FOR_INTERRUPTS();
		sum = sketch_merge(w->type, sum, w->entries[i].sketch);
		if ((i - from) % step == 0)
			w->entries[i].suffix = copy_to(w->context, sum);
	}
}

/* Makes what is left of the back, after the first of it left, the front. */
static void
flip(window *w)
{
	int64		n = w->end - w->head;

	memmove(w->entries, w->entries + w->head, n * sizeof(*w->entries));
	w->head = 0;
	w->front = w->end = n;
	if (w->back != NULL)
		pfree(w->back);
	w->back = NULL;
	make_suffixes(w, 0, n, (int64) ceil(sqrt((double) n)));
}

/* Makes the suffixes of the first entries, as far as they have none. */
static void
fill_gap(window *w)
{
	int64		next = w->head;

	while (next < w->front && w->entries[next].suffix == NULL)
		next++;
	if (next > w->head)
		make_suffixes(w, w->head, next, 1);
}

/* Removes the first entry; the NULLs behind it are now the first rows. */
static void
pop(window *w)
{
	window_entry *first = &w->entries[w->head++];

	w->nnulls = first->nnulls;
	pfree(first->sketch);
	if (first->suffix != NULL)
		pfree(first->suffix);
	if (w->head > w->front)
		flip(w);
	else
		fill_gap(w);
}

Datum
sketch_union_agg_mtrans(FunctionCallInfo fcinfo, const sketch_type *type)
{
	MemoryContext context;
	window	   *w;

	sketch_require_aggregate(fcinfo);
	AggCheckCallContext(fcinfo, &context);
	w = PG_ARGISNULL(0) ? make_window(type, context) :
		(window *) PG_GETARG_POINTER(0);
	if (!PG_ARGISNULL(1))
		push(w, PG_GETARG_VARLENA_PP(1));
	else if (w->head < w->end)
		w->entries[w->end - 1].nnulls++;
	else
		w->nnulls++;
	PG_RETURN_POINTER(w);
}

/*
 * sketch_union_agg_minv(state, s), of all types
 *
 * The row that entered first leaves the frame. It is s, of which nothing is
 * needed. Never NULL, which would ask for the frame to be united anew.
 */
PG_FUNCTION_INFO_V1(sketch_union_agg_minv);
Datum
sketch_union_agg_minv(PG_FUNCTION_ARGS)
{
	window	   *w;

	sketch_require_aggregate(fcinfo);
	w = (window *) PG_GETARG_POINTER(0);
	if (w->nnulls > 0)
		w->nnulls--;
	else
		pop(w);
	PG_RETURN_POINTER(w);
}

/* The union of a part, or NULL if it is empty. */
static struct varlena *
front_union(const window *w)
{
	return w->head < w->front ? w->entries[w->head].suffix : NULL;
}

static struct varlena *
back_union(const window *w)
{
	if (w->back != NULL)
		return w->back;
	return w->front < w->end ? w->entries[w->front].sketch : NULL;
}

/*
 * sketch_union_agg_mfinal(state) -> sketch, of all types
 *
 * The union of the rows in the frame, byte for byte what the aggregate gives
 * without a frame (of topk values whose items had to be cut: another one that
 * keeps the same promise); the state stays as it is. NULL if the frame has no sketch.
 */
PG_FUNCTION_INFO_V1(sketch_union_agg_mfinal);
Datum
sketch_union_agg_mfinal(PG_FUNCTION_ARGS)
{
	const window *w;
	struct varlena *front,
			   *back;

	sketch_require_aggregate(fcinfo);
	w = (const window *) PG_GETARG_POINTER(0);
	front = front_union(w);
	back = back_union(w);
	if (front == NULL && back == NULL)
		PG_RETURN_NULL();
	if (front != NULL && back != NULL)
		back = sketch_merge(w->type, sketch_merge(w->type, NULL, front), back);
	PG_RETURN_POINTER(sketch_pack(w->type, back != NULL ? back : front));
}
