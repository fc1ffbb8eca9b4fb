/*
 * topk_items.c: the items of a topk value: as rows, as jsonb, and a single one.
 *
 * Items are ordered by estimate, the largest first, and then by their bytes. The
 * estimate is the lower bound (core/topk/sketch.h says why), or that of a cms value
 * of the same items, within the bounds.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"
#include "utils/tuplestore.h"

#include "pg/cms.h"
#include "pg/topk.h"

/* An item to list. */
typedef struct listed_item
{
	sk_topk_entry entry;		/* its bytes are those of the sketch */
	uint64		estimate;
} listed_item;

/* The items of a sketch, in order. */
typedef struct item_list
{
	listed_item *items;
	uint32		n;
	uint64		error_bound;	/* of the sketch */
	uint64		certain_above;	/* see find_certain() */
} item_list;

static item_list
read_items(const sk_topk *sketch)
{
	item_list	list = {.items = palloc(sketch->nitems * sizeof(*list.items) + 1)};
	sk_topk_cursor cursor = sk_topk_first(sketch);
	sk_topk_entry entry;

	while (list.n < sketch->nitems && sk_topk_next(&cursor, &entry))
		list.items[list.n++] = (listed_item) {entry, entry.lower};
	if (cursor.status != SK_OK)
		sketch_damaged(&topk_type, cursor.status);
	list.error_bound = sketch->offset;
	return list;
}

static int
compare_items(const void *a, const void *b)
{
	const listed_item *x = a,
			   *y = b;

	return sk_topk_compare_estimates(&x->entry, x->estimate,
									 &y->entry, y->estimate);
}

static void
sort_items(item_list *list)
{
	qsort(list->items, list->n, sizeof(*list->items), compare_items);
}

static item_list
sorted_items(const sk_topk *sketch)
{
	item_list	list = read_items(sketch);

	sort_items(&list);
	return list;
}

static int
compare_descending(const void *a, const void *b)
{
	uint64		x = *(const uint64 *) a,
				y = *(const uint64 *) b;

	return (x < y) - (x > y);
}

/*
 * An item is certainly among the true first n if its lower bound exceeds the upper
 * bounds of all but n - 1 others, and so that of the (n+1)-th of all, and what an
 * item can weigh that is not held.
 */
static void
find_certain(item_list *list, uint32 n)
{
	uint64	   *uppers = palloc(list->n * sizeof(*uppers) + 1);

	for (uint32 i = 0; i < list->n; i++)
		uppers[i] = list->items[i].entry.upper;
	qsort(uppers, list->n, sizeof(*uppers), compare_descending);
	list->certain_above = n < list->n ? Max(uppers[n], list->error_bound) :
		list->error_bound;
	pfree(uppers);
}

static bool
is_certain(const item_list *list, const listed_item *item)
{
	return item->entry.lower > list->certain_above;
}

/* Whether an item that is not held may be more frequent. */
static bool
is_doubtful(const item_list *list, const listed_item *item)
{
	return item->entry.lower <= list->error_bound;
}

/* The first n items, and which of them are certain. */
static void
cut_list(item_list *list, uint32 n)
{
	find_certain(list, n);
	list->n = Min(list->n, n);
}

/* An argument as the number of items to show; NULL is all. */
static uint32
limit_arg(FunctionCallInfo fcinfo, int argno)
{
	int32		n;

	if (PG_ARGISNULL(argno))
		return SK_TOPK_MAX_K;
	n = PG_GETARG_INT32(argno);
	if (n < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("n %d is negative", n),
				 errdetail("n is the number of items to show."),
				 errhint("Leave it out to see all.")));
	return (uint32) n;
}

static Datum
item_datum(const sk_topk_entry *entry)
{
	return PointerGetDatum(cstring_to_text_with_len((const char *) entry->item,
													(int) entry->nbytes));
}

/* Items with lower >= certain and upper >= possible, as rows. */
static void
return_rows(FunctionCallInfo fcinfo, const item_list *list, uint64 certain,
			uint64 possible)
{
	ReturnSetInfo *rows = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (uint32 i = 0; i < list->n; i++)
	{
		const listed_item *item = &list->items[i];
		const sk_topk_entry *entry = &item->entry;
		bool		nulls[6] = {false};
		Datum		values[6];

		CHECK_FOR_INTERRUPTS();
		if (entry->lower < certain || entry->upper < possible)
			continue;
		values[0] = item_datum(entry);
		values[1] = Int64GetDatum((int64) item->estimate);
		values[2] = Int64GetDatum((int64) entry->lower);
		values[3] = Int64GetDatum((int64) entry->upper);
		/* topk_certain() and topk_possible() have no more columns. */
		values[4] = BoolGetDatum(is_certain(list, item));
		values[5] = BoolGetDatum(is_doubtful(list, item));
		tuplestore_putvalues(rows->setResult, rows->setDesc, values, nulls);
	}
}

/*
 * topk_items(s topk [, n integer])
 *   -> setof (item text, estimate bigint, lower bigint, upper bigint,
 *     certain boolean, doubtful boolean)
 *
 * The first n items (all without n) by their lower bounds, which are also the
 * estimates, with the bounds of their true weights. certain: the item is one of
 * the true first n (without n: of as many as there are rows). doubtful: an item
 * that is not held may weigh more. No rows for a NULL s; ERROR 22023 for a
 * negative n.
 */
PG_FUNCTION_INFO_V1(topk_items);
Datum
topk_items(PG_FUNCTION_ARGS)
{
	item_list	list = {.n = 0};
	uint32		limit = limit_arg(fcinfo, 1);
	sk_topk		sketch;

	if (!PG_ARGISNULL(0))
	{
		sketch = topk_packed_arg(fcinfo, 0);
		list = sorted_items(&sketch);
		cut_list(&list, limit);
	}
	return_rows(fcinfo, &list, 0, 0);
	return (Datum) 0;
}

/* ERROR 22023: what the cms value says cannot be. */
static void
refuse_cms(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("cms value was not made of the items of the topk value"),
			 errdetail_internal("%s", detail),
			 errhint("Add the same rows to both.")));
}

/* The hash of an item in a cms value, whose values may be of the type that the
 * items had before they became texts. */
static uint64
hash_in_cms(const sk_topk_entry *entry, const sk_cms *frequencies)
{
	if (likely(sk_kind_matches(frequencies->kind, SK_KIND_STRING)))
		return sk_hash_bytes(entry->item, entry->nbytes, 0);
	return sketch_hash_text_as(cms_type.name, (sk_kind) frequencies->kind,
							   DatumGetTextPP(item_datum(entry)));
}

/*
 * The estimate of a cms value, within the bounds. cms_frequency() is never too low
 * if both were made of the same items.
 */
static uint64
clamped_estimate(const sk_topk_entry *entry, const sk_cms *frequencies,
				 const sk_cms_excess *excess)
{
	uint64		hash = hash_in_cms(entry, frequencies);
	uint64		estimate = sk_cms_frequency_bounds(frequencies, excess,
												   hash).estimate;

	if (sk_cms_frequency(frequencies, hash) < entry->lower)
		refuse_cms(psprintf("It has a frequency of at most " UINT64_FORMAT " for an item that was added " UINT64_FORMAT " times or more.",
							sk_cms_frequency(frequencies, hash), entry->lower));
	return Max(entry->lower, Min(entry->upper, estimate));
}

static void
clamp_estimates(item_list *list, const sk_cms *frequencies)
{
	sk_cms_excess excess;

	sk_cms_measure_excess(frequencies, 0.95, &excess, &sketch_env);
	for (uint32 i = 0; i < list->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		list->items[i].estimate = clamped_estimate(&list->items[i].entry,
												   frequencies, &excess);
	}
}

/*
 * topk_items(s topk, c cms [, n integer])
 *   -> setof (item text, estimate bigint, lower bigint, upper bigint,
 *     certain boolean, doubtful boolean)
 *
 * The same, with estimates by a cms value of the same items: that of
 * cms_frequency_bounds(c, item), clamped to the bounds. The first n are those by
 * this estimate. The values of c are the items as texts, or of the type that they
 * had before. A NULL c is none. ERROR 22023 for a c that is of fewer or other
 * items, 22P02 or the like, or 42804, for one of values that no item can be.
 */
PG_FUNCTION_INFO_V1(topk_items_by_cms);
Datum
topk_items_by_cms(PG_FUNCTION_ARGS)
{
	item_list	list = {.n = 0};
	uint32		limit = limit_arg(fcinfo, 2);

	if (!PG_ARGISNULL(0))
	{
		sk_topk		sketch = topk_packed_arg(fcinfo, 0);

		list = read_items(&sketch);
		if (!PG_ARGISNULL(1))
		{
			sk_cms		frequencies = cms_open(PG_GETARG_CMS(1));

			if (frequencies.total < sketch.total)
				refuse_cms(psprintf("Its total is " UINT64_FORMAT ", that of the topk value is " UINT64_FORMAT ".",
									frequencies.total, sketch.total));
			clamp_estimates(&list, &frequencies);
		}
		sort_items(&list);
		cut_list(&list, limit);
	}
	return_rows(fcinfo, &list, 0, 0);
	return (Datum) 0;
}

/*
 * topk_certain(s topk, threshold bigint)
 *   -> setof (item text, estimate bigint, lower bigint, upper bigint)
 *
 * The items that surely weigh threshold or more: no false positives. No rows for
 * NULL.
 */
PG_FUNCTION_INFO_V1(topk_certain);
Datum
topk_certain(PG_FUNCTION_ARGS)
{
	sk_topk		sketch = topk_packed_arg(fcinfo, 0);
	int64		threshold = PG_GETARG_INT64(1);
	item_list	list = sorted_items(&sketch);

	return_rows(fcinfo, &list, (uint64) Max(threshold, 0), 0);
	return (Datum) 0;
}

/*
 * topk_possible(s topk, threshold bigint)
 *   -> setof (item text, estimate bigint, lower bigint, upper bigint)
 *
 * The items that may weigh threshold or more: no false negatives. No rows for
 * NULL. ERROR 22023 for a threshold that unlisted items may reach: it must be
 * above topk_error_bound(s).
 */
PG_FUNCTION_INFO_V1(topk_possible);
Datum
topk_possible(PG_FUNCTION_ARGS)
{
	sk_topk		sketch = topk_packed_arg(fcinfo, 0);
	int64		threshold = PG_GETARG_INT64(1);
	item_list	list;

	if (threshold <= (int64) sketch.offset)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("threshold " INT64_FORMAT " is not above the error bound " UINT64_FORMAT,
						threshold, sketch.offset),
				 errdetail("Items that the sketch does not hold may weigh as much, and would be missing."),
				 sketch.offset == 0 ? errhint("Take a threshold of 1 or more.") :
				 errhint("Take a threshold above topk_error_bound(), or build the sketch with a larger k.")));
	list = sorted_items(&sketch);
	return_rows(fcinfo, &list, 0, (uint64) threshold);
	return (Datum) 0;
}

/* ---- jsonb ---- */

/* The jsonb string of these bytes, which stay where they are. */
static JsonbValue
json_string(const void *bytes, size_t nbytes)
{
	JsonbValue	string = {.type = jbvString};

	string.val.string.val = unconstify(char *, (const char *) bytes);
	string.val.string.len = (int) nbytes;
	return string;
}

static void
push_member(jsonb_builder *state, const char *key, JsonbValue value)
{
	JsonbValue	name = json_string(key, strlen(key));

	jsonb_push(state, WJB_KEY, &name);
	jsonb_push(state, WJB_VALUE, &value);
}

static void
push_number(jsonb_builder *state, const char *key, uint64 number)
{
	JsonbValue	value = {.type = jbvNumeric};

	value.val.numeric = int64_to_numeric((int64) number);
	push_member(state, key, value);
}

static void
push_boolean(jsonb_builder *state, const char *key, bool boolean)
{
	JsonbValue	value = {.type = jbvBool};

	value.val.boolean = boolean;
	push_member(state, key, value);
}

static void
push_item(jsonb_builder *state, const item_list *list, const listed_item *item)
{
	const sk_topk_entry *entry = &item->entry;

	jsonb_push(state, WJB_BEGIN_OBJECT, NULL);
	push_member(state, "item", json_string(entry->item, entry->nbytes));
	push_number(state, "estimate", item->estimate);
	push_number(state, "lower", entry->lower);
	push_number(state, "upper", entry->upper);
	push_boolean(state, "certain", is_certain(list, item));
	push_boolean(state, "doubtful", is_doubtful(list, item));
	jsonb_push(state, WJB_END_OBJECT, NULL);
}

/*
 * topk_array(s topk [, n integer]) -> jsonb
 *
 * The rows of topk_items() as an array of objects, whose keys are its columns, for
 * where a set is not possible. NULL for a NULL s; ERROR 22023
 * for a negative n.
 */
PG_FUNCTION_INFO_V1(topk_array);
Datum
topk_array(PG_FUNCTION_ARGS)
{
	jsonb_builder state = {0};
	uint32		limit = limit_arg(fcinfo, 1);
	sk_topk		sketch;
	item_list	list;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	sketch = topk_packed_arg(fcinfo, 0);
	list = sorted_items(&sketch);
	cut_list(&list, limit);
	jsonb_push(&state, WJB_BEGIN_ARRAY, NULL);
	for (uint32 i = 0; i < list.n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		push_item(&state, &list, &list.items[i]);
	}
	PG_RETURN_JSONB_P(JsonbValueToJsonb(jsonb_push(&state, WJB_END_ARRAY, NULL)));
}

/*
 * topk_frequency(s topk, item text | anyelement)
 *   -> (estimate bigint, lower bigint, upper bigint)
 *
 * The bounds of an item's weight, and the estimate that topk_items() gives, which
 * is the lower one; for an item that s does not hold, 0 and the error bound. NULL
 * for NULL; ERROR 54000 for an item of more than 65,536 bytes, 0A000 under a
 * nondeterministic collation.
 */
PG_FUNCTION_INFO_V1(topk_frequency);
Datum
topk_frequency(PG_FUNCTION_ARGS)
{
	sk_topk		sketch = topk_packed_arg(fcinfo, 0);
	sk_topk_item item = topk_item(topk_item_arg(fcinfo, 1));
	sk_topk_bounds bounds = sk_topk_find(&sketch, &item);
	Datum		values[3];

	values[0] = Int64GetDatum((int64) bounds.lower);
	values[1] = Int64GetDatum((int64) bounds.lower);
	values[2] = Int64GetDatum((int64) bounds.upper);
	return sketch_make_record(fcinfo, values, NULL);
}
