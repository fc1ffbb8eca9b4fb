/*
 * topk_items.c: the items of a topk value: as rows, as jsonb, and a single one.
 *
 * Items are ordered by estimate, the largest first, and then by their bytes.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"
#include "utils/tuplestore.h"

#include "pg/topk.h"

/* The entries of a sketch, in order; nothing of them is copied. */
typedef struct entry_list
{
	sk_topk_entry *entries;
	uint32		n;
} entry_list;

static entry_list
sorted_entries(const sk_topk *sketch)
{
	entry_list	list = {palloc(sketch->nitems * sizeof(*list.entries) + 1), 0};
	sk_topk_cursor cursor = sk_topk_first(sketch);

	while (list.n < sketch->nitems &&
		   sk_topk_next(&cursor, &list.entries[list.n]))
		list.n++;
	if (cursor.status != SK_OK)
		sketch_damaged(&topk_type, cursor.status);
	qsort(list.entries, list.n, sizeof(*list.entries), sk_topk_compare);
	return list;
}

/* Argument 1 as the number of items to show; NULL is all. */
static uint32
limit_arg(FunctionCallInfo fcinfo)
{
	int32		n;

	if (PG_ARGISNULL(1))
		return SK_TOPK_MAX_K;
	n = PG_GETARG_INT32(1);
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

/* Entries with upper >= possible and lower >= certain, as rows. */
static void
return_rows(FunctionCallInfo fcinfo, entry_list list, uint64 certain,
			uint64 possible)
{
	ReturnSetInfo *rows = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (uint32 i = 0; i < list.n; i++)
	{
		const sk_topk_entry *entry = &list.entries[i];
		bool		nulls[4] = {false};
		Datum		values[4];

		CHECK_FOR_INTERRUPTS();
		if (entry->lower < certain || entry->upper < possible)
			continue;
		values[0] = item_datum(entry);
		values[1] = Int64GetDatum((int64) sk_topk_estimate(entry));
		values[2] = Int64GetDatum((int64) entry->lower);
		values[3] = Int64GetDatum((int64) entry->upper);
		tuplestore_putvalues(rows->setResult, rows->setDesc, values, nulls);
	}
}

/*
 * topk_items(s topk [, n integer])
 *   -> setof (item text, estimate bigint, lower bigint, upper bigint)
 *
 * The first n items (all without n) by estimate, with the bounds of their true
 * weights. No rows for a NULL s; ERROR 22023 for a negative n.
 */
PG_FUNCTION_INFO_V1(topk_items);
Datum
topk_items(PG_FUNCTION_ARGS)
{
	entry_list	list = {NULL, 0};
	uint32		limit = limit_arg(fcinfo);
	sk_topk		sketch;

	if (!PG_ARGISNULL(0))
	{
		sketch = topk_packed_arg(fcinfo, 0);
		list = sorted_entries(&sketch);
		list.n = Min(list.n, limit);
	}
	return_rows(fcinfo, list, 0, 0);
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

	return_rows(fcinfo, sorted_entries(&sketch), (uint64) Max(threshold, 0), 0);
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

	if (threshold <= (int64) sketch.offset)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("threshold " INT64_FORMAT " is not above the error bound " UINT64_FORMAT,
						threshold, sketch.offset),
				 errdetail("Items that the sketch does not hold may weigh as much, and would be missing."),
				 sketch.offset == 0 ? errhint("Take a threshold of 1 or more.") :
				 errhint("Take a threshold above topk_error_bound(), or build the sketch with a larger k.")));
	return_rows(fcinfo, sorted_entries(&sketch), 0, (uint64) threshold);
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
push_entry(jsonb_builder *state, const sk_topk_entry *entry)
{
	jsonb_push(state, WJB_BEGIN_OBJECT, NULL);
	push_member(state, "item", json_string(entry->item, entry->nbytes));
	push_number(state, "estimate", sk_topk_estimate(entry));
	push_number(state, "lower", entry->lower);
	push_number(state, "upper", entry->upper);
	jsonb_push(state, WJB_END_OBJECT, NULL);
}

/*
 * topk_array(s topk [, n integer]) -> jsonb
 *
 * The rows of topk_items() as an array of objects with the keys item, estimate,
 * lower and upper, for where a set is not possible. NULL for a NULL s; ERROR 22023
 * for a negative n.
 */
PG_FUNCTION_INFO_V1(topk_array);
Datum
topk_array(PG_FUNCTION_ARGS)
{
	jsonb_builder state = {0};
	uint32		limit = limit_arg(fcinfo);
	sk_topk		sketch;
	entry_list	list;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	sketch = topk_packed_arg(fcinfo, 0);
	list = sorted_entries(&sketch);
	jsonb_push(&state, WJB_BEGIN_ARRAY, NULL);
	for (uint32 i = 0; i < Min(list.n, limit); i++)
	{
		CHECK_FOR_INTERRUPTS();
		push_entry(&state, &list.entries[i]);
	}
	PG_RETURN_JSONB_P(JsonbValueToJsonb(jsonb_push(&state, WJB_END_ARRAY, NULL)));
}

/*
 * topk_frequency(s topk, item text)
 *   -> (estimate bigint, lower bigint, upper bigint)
 *
 * The bounds of an item's weight, and the estimate that topk_items() gives; for an
 * item that s does not hold, the estimate is 0. NULL for NULL; ERROR 54000 for an
 * item of more than 65,536 bytes.
 */
PG_FUNCTION_INFO_V1(topk_frequency);
Datum
topk_frequency(PG_FUNCTION_ARGS)
{
	sk_topk		sketch = topk_packed_arg(fcinfo, 0);
	sk_topk_item item = topk_item(PG_GETARG_TEXT_PP(1));
	sk_topk_bounds bounds = sk_topk_find(&sketch, &item);
	sk_topk_entry entry = {.lower = bounds.lower, .upper = bounds.upper};
	uint64		estimate = bounds.lower == 0 ? 0 : sk_topk_estimate(&entry);
	Datum		values[3];

	values[0] = Int64GetDatum((int64) estimate);
	values[1] = Int64GetDatum((int64) bounds.lower);
	values[2] = Int64GetDatum((int64) bounds.upper);
	return sketch_make_record(fcinfo, values, NULL);
}
