/*
 * window.c: union aggregates over a moving window frame, for any type.
 *
 * A union cannot be undone, so without help PostgreSQL would compute the union of
 * each frame from scratch. But rows leave a frame in the order in which they
 * entered, so a queue in two parts can keep the union of its contents: the front,
 * from which rows leave, has for each sketch the union of it and all behind it
 * (its suffix); the back, which rows enter, has the union of all of it. When the
 * front is empty, the back becomes the front. This is "Two-Stacks" in
 * Tangwongsan, Hirzel, Schneider, "In-Order Sliding-Window Aggregation in
 * Worst-Case Constant Time", 2020, arXiv:2009.13768; their repository
 * sliding-window-aggregators traces it to "adamax", Stack Overflow, 2011.
 *
 * A frame may hold a million small sketches whose unions are large. Therefore
 * only every sqrt(n)-th suffix of a front of n is computed at the flip, and the
 * others when the front reaches them. A row costs three merges of its sketch, one
 * merge of two unions and one packing, however long the frame; memory holds the
 * sketches of the frame and 2 sqrt(n) unions. (With all n suffixes a row took
 * about 10% less: 365 dense sketches of precision 13.)
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "pg/value.h"
#include "pg/state.h"

/* A row with a sketch, and the number of NULL rows between it and the next. */
typedef struct window_entry
{
	struct varlena *sketch;		/* as it entered */
	struct varlena *suffix;		/* front only: working union of this and all
								 * behind it in the front; or NULL */
	int64		nnulls;
} window_entry;

/* The state. It and all that it points to are in the aggregate's context. */
typedef struct window
{
	const sketch_type *type;
	MemoryContext context;
	MemoryContext sketches;
	window_entry *entries;		/* front: [head, front), back: [front, end) */
	int64		head;
	int64		front;
	int64		end;
	int64		room;
	struct varlena *back;		/* union of the back; NULL if that has fewer than
								 * two sketches */
	int64		nnulls;			/* NULL rows before the first entry */
} window;

#define WINDOW_ROOM 32			/* initial size of entries */

/* A generation context: sketches are freed in order, and sizes not rounded up. */
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

/* No union for the first sketch: many frames have only one. */
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
 * Computes the suffix of every step-th entry in [from, to). `to` has its suffix
 * already or is the end of the front. Backwards, since each suffix includes the
 * next.
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

/* Turns the back, whose first entry has just left, into the front. */
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

/* Computes the missing suffixes at the head of the front. */
static void
fill_gap(window *w)
{
	int64		next = w->head;

	while (next < w->front && w->entries[next].suffix == NULL)
		next++;
	if (next > w->head)
		make_suffixes(w, w->head, next, 1);
}

/* Removes the first entry. The NULLs behind it become the first rows. */
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
 * The row that entered first leaves the frame; its sketch s is not needed. Never
 * returns NULL, which would make the executor start over.
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

/* The union of a part; NULL if it is empty. */
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
 * The union of the rows in the frame, byte for byte what the aggregate returns
 * for them without a frame (for topk values whose items had to be cut, another
 * sketch with the same guarantees). The state is not changed. NULL if the frame has no sketch.
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
