/*
 * kind.c: kinds of values and SQL types (see kind.h).
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

#include "pg/kind.h"

/* A kind: its name in messages, and how text is read as a value of it. */
static const struct
{
	const char *name;
	Oid			input;			/* InvalidOid: it cannot be */
	sketch_kind hashed_as;
}			kinds[] = {
	[SK_KIND_NUMBER] = {"number", F_NUMERIC_IN, SKETCH_NUMERIC},
	[SK_KIND_STRING] = {"string", F_TEXTIN, SKETCH_BYTES},
	[SK_KIND_UUID] = {"uuid", F_UUID_IN, SKETCH_UUID},
	[SK_KIND_TIMESTAMP] = {"timestamp or date", F_TIMESTAMP_IN, SKETCH_INT64},
	[SK_KIND_TIMESTAMPTZ] = {"timestamp with time zone", F_TIMESTAMPTZ_IN,
		SKETCH_INT64},
	[SK_KIND_TIME] = {"time", F_TIME_IN, SKETCH_INT64},
	[SK_KIND_INTERVAL] = {"interval", F_INTERVAL_IN, SKETCH_INTERVAL},
	[SK_KIND_BOOLEAN] = {"boolean", F_BOOLIN, SKETCH_INT8},
	[SK_KIND_INET] = {"inet", F_INET_IN, SKETCH_INET},
	[SK_KIND_MACADDR] = {"macaddr", F_MACADDR_IN, SKETCH_MACADDR},
	[SK_KIND_BITS] = {"bit string", F_VARBIT_IN, SKETCH_BIT},
	[SK_KIND_JSONB] = {"jsonb", F_JSONB_IN, SKETCH_JSONB},
	[SK_KIND_ARRAY] = {"array", InvalidOid, SKETCH_ARRAY},
	[SK_KIND_RANGE] = {"range", InvalidOid, SKETCH_RANGE},
	[SK_KIND_ROW] = {"row", InvalidOid, SKETCH_RECORD},
	[SK_KIND_OTHER] = {"other", InvalidOid, SKETCH_BYTES}
};

sk_kind
sketch_kind_of(const sketch_element *element)
{
	if (element->kind == SKETCH_INT64)
		return element->base == TIMESTAMPOID ? SK_KIND_TIMESTAMP :
			element->base == TIMESTAMPTZOID ? SK_KIND_TIMESTAMPTZ :
			element->base == TIMEOID ? SK_KIND_TIME :
			element->base == INT8OID ? SK_KIND_NUMBER : SK_KIND_OTHER;
	switch (element->kind)
	{
		case SKETCH_HASH:
			return SK_KIND_ANY;
		case SKETCH_INT16:
		case SKETCH_INT32:
		case SKETCH_FLOAT4:
		case SKETCH_FLOAT8:
		case SKETCH_NUMERIC:
		case SKETCH_OID:
			return SK_KIND_NUMBER;
		case SKETCH_BYTES:
		case SKETCH_BPCHAR:
		case SKETCH_CITEXT:
		case SKETCH_NAME:
		case SKETCH_ENUM:
			return SK_KIND_STRING;
		case SKETCH_DATE:
			return SK_KIND_TIMESTAMP;
		case SKETCH_INT8:
			return element->base == BOOLOID ? SK_KIND_BOOLEAN : SK_KIND_STRING;
		default:
			break;
	}
	for (int kind = SK_KIND_NONE; kind < (int) lengthof(kinds); kind++)
		if (kinds[kind].name != NULL && kinds[kind].hashed_as == element->kind)
			return (sk_kind) kind;
	return element->kind == SKETCH_MULTIRANGE ? SK_KIND_RANGE : SK_KIND_OTHER;
}

void
sketch_refuse_kind(const char *type_name, sk_kind kept, sk_kind queried)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("%s value was given values of kind %s, not %s", type_name,
					kinds[kept].name, kinds[queried].name),
			 errdetail("A value of another kind has another hash, and would not be found."),
			 errhint("Cast the value to the type of those that were added.")));
}

uint64
sketch_hash_text_as(const char *type_name, sk_kind kind,
					const text *value)
{
	sketch_element element = {.kind = SKETCH_BYTES};

	if (kind == SK_KIND_NONE || kind == SK_KIND_ANY || kind == SK_KIND_STRING)
		return sketch_hash_value(&element, PointerGetDatum(value), 0);
	if (!OidIsValid(kinds[kind].input))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("%s value was given values of kind %s, which text cannot stand for",
						type_name, kinds[kind].name),
				 errhint("Cast the value to the type of those that were added.")));
	element.kind = kinds[kind].hashed_as;
	return sketch_hash_value(&element,
							 OidInputFunctionCall(kinds[kind].input,
												  text_to_cstring(value),
												  InvalidOid, -1), 0);
}
