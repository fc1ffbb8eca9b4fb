/*
 * element.c: looking up a type once, and hashing the types that element.h does
 * not hash inline.
 *
 * Scalars are turned into the bytes that doc/hashing.md gives them and hashed.
 * Arrays, ranges and records are hashed as a stream of a tag, counts, and the
 * 8-byte hashes of their parts; jsonb as a stream of its tokens. Streams are
 * unambiguous: two values give the same one only if their parts hash alike.
 *
 * No OID, collation or pointer is ever hashed. A type is looked up when its
 * first value arrives, and the type of a part with the first part that is not
 * NULL, so that the first value of an unsupported type raises the error. A type
 * that is neither built in nor made of built-in types is always unsupported: only
 * its author knows which of its values are equal.
 */
#include "postgres.h"

#include <math.h>
#include <sys/socket.h>			/* AF_INET, for utils/inet.h */

#include "access/htup_details.h"
#include "catalog/dependency.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "common/shortest_dec.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/formatting.h"
#include "utils/inet.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/multirangetypes.h"
#include "utils/numeric.h"
#include "utils/rangetypes.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
#include "utils/varbit.h"

#include "pg/any.h"
#include "pg/element.h"

/* First bytes of the streams; jsonb tokens use others. */
#define TAG_ARRAY		'a'
#define TAG_RECORD		'c'
#define TAG_MULTIRANGE	'm'
#define TAG_RANGE		'r'

/* What stands before a part. */
#define PART_NULL		0
#define PART_VALUE		1

/* What two bounds of a range are, as one byte. */
#define BOUNDS_EMPTY			0x01
#define BOUNDS_LOWER_INCLUSIVE	0x02
#define BOUNDS_UPPER_INCLUSIVE	0x04
#define BOUNDS_LOWER_INFINITE	0x08
#define BOUNDS_UPPER_INFINITE	0x10

/* Times, timestamps and the like are hashed as the integers that they are. */
static const struct
{
	Oid			type;
	sketch_kind kind;
}			builtin_kinds[] = {
	{INT8OID, SKETCH_INT64},
	{INT4OID, SKETCH_INT32},
	{INT2OID, SKETCH_INT16},
	{TEXTOID, SKETCH_BYTES},
	{VARCHAROID, SKETCH_BYTES},
	{BYTEAOID, SKETCH_BYTES},
	{UUIDOID, SKETCH_UUID},
	{TIMESTAMPTZOID, SKETCH_INT64},
	{TIMESTAMPOID, SKETCH_INT64},
	{DATEOID, SKETCH_DATE},
	{TIMEOID, SKETCH_INT64},
	{TIMETZOID, SKETCH_TIMETZ},
	{INTERVALOID, SKETCH_INTERVAL},
	{BOOLOID, SKETCH_INT8},
	{CHAROID, SKETCH_INT8},
	{FLOAT4OID, SKETCH_FLOAT4},
	{FLOAT8OID, SKETCH_FLOAT8},
	{NUMERICOID, SKETCH_NUMERIC},
	{BPCHAROID, SKETCH_BPCHAR},
	{NAMEOID, SKETCH_NAME},
	{INETOID, SKETCH_INET},
	{CIDROID, SKETCH_INET},
	{MACADDROID, SKETCH_MACADDR},
	{MACADDR8OID, SKETCH_MACADDR8},
	{BITOID, SKETCH_BIT},
	{VARBITOID, SKETCH_BIT},
	{OIDOID, SKETCH_OID},
	{XID8OID, SKETCH_INT64},
	{PG_LSNOID, SKETCH_INT64},
	{MONEYOID, SKETCH_INT64},
	{TSVECTOROID, SKETCH_TSVECTOR},
	{JSONBOID, SKETCH_JSONB},
	{RECORDOID, SKETCH_RECORD}
};

static Oid	type_of_arg(FmgrInfo *flinfo, int argno);
static void element_look_up(sketch_element *element, Oid type);
static sketch_kind kind_of_type(Oid type);
static bool is_own_type(Oid type, const char *name);
static _Noreturn void refuse_type(Oid type);
static sketch_element *element_part(sketch_element *whole, int i, Oid type);
static void element_reserve_parts(sketch_element *whole, int nparts);
static bool is_citext(Oid type);
static uint64 hash_of_byte(uint8 byte, uint64 seed);
static uint64 hash_of_name(Name name, uint64 seed);
static uint64 hash_of_float8(float8 value, uint64 seed);
static uint64 hash_of_date(DateADT date, uint64 seed);
static uint64 hash_of_numeric(Datum value, uint64 seed);
static uint64 hash_of_bytes(Datum value, uint64 seed);
static uint64 hash_of_bpchar(Datum value, uint64 seed);
static uint64 hash_of_citext(Datum value, uint64 seed);
static uint64 hash_of_tsvector(Datum value, uint64 seed);
static uint64 hash_of_timetz(const TimeTzADT *time, uint64 seed);
static uint64 hash_of_interval(const Interval *interval, uint64 seed);
static uint64 hash_of_inet(Datum value, uint64 seed);
static uint64 hash_of_bit(Datum value, uint64 seed);
static uint64 hash_of_enum(Oid label, uint64 seed);
static uint64 hash_of_jsonb(Datum value, uint64 seed);
static uint64 hash_of_array(sketch_element *element, Datum value, uint64 seed);
static uint64 hash_of_range(sketch_element *element, Datum value, uint64 seed);
static uint64 hash_of_multirange(sketch_element *element, Datum value,
								 uint64 seed);
static uint64 hash_of_record(sketch_element *element, Datum value, uint64 seed);

/* Looks up the type of argument argno: see sketch_call_site(). */
sketch_element *
sketch_element_of_arg(FunctionCallInfo fcinfo, int argno, size_t size)
{
	MemoryContext context = fcinfo->flinfo->fn_mcxt;
	Oid			type = type_of_arg(fcinfo->flinfo, argno);
	sketch_element *element;

	if (!OidIsValid(type))
		ereport(ERROR,
				(errcode(ERRCODE_INDETERMINATE_DATATYPE),
				 errmsg("could not determine the type of the value to hash")));
	element = MemoryContextAllocZero(context, size);
	element->context = context;
	element_look_up(element, type);
	sketch_require_deterministic(type, PG_GET_COLLATION());
	fcinfo->flinfo->fn_extra = element;
	return element;
}

/*
 * The same for the elements of an array, argument argno, whose element type is this
 * one.
 */
sketch_element *
sketch_element_of_array(FunctionCallInfo fcinfo, int argno, Oid type)
{
	sketch_element *array = sketch_call_site(fcinfo, argno, sizeof(*array));

	element_reserve_parts(array, 1);
	return element_part(array, 0, type);
}

/* The hash of a value of those types that sketch_hash_value() passes on. */
uint64
sketch_hash_other(sketch_element *element, Datum value, uint64 seed)
{
	switch (element->kind)
	{
		case SKETCH_INT8:
			return hash_of_byte((uint8) DatumGetChar(value), seed);
		case SKETCH_OID:
			return sk_hash_u64(DatumGetObjectId(value), seed);
		case SKETCH_DATE:
			return hash_of_date(DatumGetDateADT(value), seed);
		case SKETCH_INT16:
			return sk_hash_u64((uint64) (int64) DatumGetInt16(value), seed);
		case SKETCH_FLOAT4:
			return hash_of_float8((float8) DatumGetFloat4(value), seed);
		case SKETCH_FLOAT8:
			return hash_of_float8(DatumGetFloat8(value), seed);
		case SKETCH_NUMERIC:
			return hash_of_numeric(value, seed);
		case SKETCH_BYTES:
			return hash_of_bytes(value, seed);
		case SKETCH_BPCHAR:
			return hash_of_bpchar(value, seed);
		case SKETCH_CITEXT:
			return hash_of_citext(value, seed);
		case SKETCH_TSVECTOR:
			return hash_of_tsvector(value, seed);
		case SKETCH_NAME:
			return hash_of_name(DatumGetName(value), seed);
		case SKETCH_TIMETZ:
			return hash_of_timetz(DatumGetTimeTzADTP(value), seed);
		case SKETCH_INTERVAL:
			return hash_of_interval(DatumGetIntervalP(value), seed);
		case SKETCH_INET:
			return hash_of_inet(value, seed);
		case SKETCH_MACADDR:
			return sk_hash_bytes(DatumGetMacaddrP(value), 6, seed);
		case SKETCH_MACADDR8:
			return sk_hash_bytes(DatumGetMacaddr8P(value), 8, seed);
		case SKETCH_BIT:
			return hash_of_bit(value, seed);
		case SKETCH_ENUM:
			return hash_of_enum(DatumGetObjectId(value), seed);
		case SKETCH_JSONB:
			return hash_of_jsonb(value, seed);
		case SKETCH_ARRAY:
			return hash_of_array(element, value, seed);
		case SKETCH_RANGE:
			return hash_of_range(element, value, seed);
		case SKETCH_MULTIRANGE:
			return hash_of_multirange(element, value, seed);
		case SKETCH_RECORD:
			return hash_of_record(element, value, seed);
		case SKETCH_HASH:
		case SKETCH_INT32:
		case SKETCH_INT64:
		case SKETCH_UUID:
			break;
	}
	elog(ERROR, "unexpected kind of value to hash: %d", (int) element->kind);
}

/* ---- types ---- */

/*
 * The citext that an implicit cast passes as argument argno, for a text; else
 * InvalidOid. A function for any type is passed over where there is one for text,
 * but a citext must hash as what it is.
 */
static Oid
citext_of_arg(FmgrInfo *flinfo, int argno)
{
	Node	   *call = flinfo->fn_expr;
	List	   *args = NIL;
	RelabelType *cast;

	if (call != NULL && IsA(call, FuncExpr))
		args = ((FuncExpr *) call)->args;
	else if (call != NULL && IsA(call, OpExpr))
		args = ((OpExpr *) call)->args;
	if (argno >= list_length(args) || !IsA(list_nth(args, argno), RelabelType))
		return InvalidOid;
	cast = (RelabelType *) list_nth(args, argno);
	return cast->relabelformat == COERCE_IMPLICIT_CAST &&
		is_citext(getBaseType(exprType((Node *) cast->arg))) ?
		exprType((Node *) cast->arg) : InvalidOid;
}

/*
 * The type of argument argno: from the query's expression or, without one (Citus
 * calls transition functions directly), from the function's declaration;
 * InvalidOid if that is polymorphic.
 */
static Oid
type_of_arg(FmgrInfo *flinfo, int argno)
{
	Oid			type = get_fn_expr_argtype(flinfo, argno);
	Oid			citext = citext_of_arg(flinfo, argno);
	Oid		   *declared;
	int			nargs;

	if (OidIsValid(citext))
		return citext;
	if (OidIsValid(type) || !OidIsValid(flinfo->fn_oid))
		return type;
	get_func_signature(flinfo->fn_oid, &declared, &nargs);
	return IsPolymorphicType(declared[argno]) ? InvalidOid : declared[argno];
}

/* Parts of an earlier type stay: they know their own types, and may fit. */
static void
element_look_up(sketch_element *element, Oid type)
{
	element->type = InvalidOid;
	element->kind = kind_of_type(type);
	element->base = getBaseType(type);
	element->type = type;
}

/* ERROR if values of this type cannot be hashed. */
static sketch_kind
kind_of_type(Oid type)
{
	Oid			base = getBaseType(type);

	for (size_t i = 0; i < lengthof(builtin_kinds); i++)
		if (builtin_kinds[i].type == base)
			return builtin_kinds[i].kind;
	if (OidIsValid(get_element_type(base)))
		return SKETCH_ARRAY;
	switch (get_typtype(base))
	{
		case TYPTYPE_ENUM:
			return SKETCH_ENUM;
		case TYPTYPE_RANGE:
			return SKETCH_RANGE;
		case TYPTYPE_MULTIRANGE:
			return SKETCH_MULTIRANGE;
		case TYPTYPE_COMPOSITE:
			return SKETCH_RECORD;
		case TYPTYPE_BASE:
			if (is_own_type(base, "sketch_hash"))
				return SKETCH_HASH;
			if (is_citext(base))
				return SKETCH_CITEXT;
	}
	refuse_type(type);
}

/* Whether this path, such as "$libdir/pgext", is that of this library. */
static bool
is_own_library(const char *path)
{
	const char *separator = last_dir_separator(path);

	return strcmp(separator != NULL ? separator + 1 : path, "pgext") == 0;
}

/*
 * Whether it is our type that was created with this name, whatever its name and
 * schema are now: its input function is in this library and has that name. (Not
 * by address: a function with settings of its own is called by a wrapper.)
 */
static bool
is_own_type(Oid type, const char *name)
{
	Oid			input;
	Oid			ioparam;
	HeapTuple	row;
	Datum		source;
	Datum		library;
	bool		isnull;
	bool		is_own;

	if (get_typtype(type) != TYPTYPE_BASE)
		return false;
	getTypeInputInfo(type, &input, &ioparam);
	row = SearchSysCache1(PROCOID, ObjectIdGetDatum(input));
	if (!HeapTupleIsValid(row))
		return false;
	source = SysCacheGetAttr(PROCOID, row, Anum_pg_proc_prosrc, &isnull);
	library = SysCacheGetAttr(PROCOID, row, Anum_pg_proc_probin, &isnull);
	is_own = !isnull && is_own_library(TextDatumGetCString(library)) &&
		strcmp(TextDatumGetCString(source), psprintf("%s_in", name)) == 0;
	ReleaseSysCache(row);
	return is_own;
}

/* Its C functions are those of text, so only its extension identifies it. */
static bool
is_citext(Oid type)
{
	Oid			extension = getExtensionOfObject(TypeRelationId, type);
	char	   *name;

	if (!OidIsValid(extension))
		return false;
	name = get_extension_name(extension);
	return name != NULL && strcmp(name, "citext") == 0;
}

/* Under a nondeterministic collation, equal strings can have different bytes. */
void
sketch_require_deterministic(Oid type, Oid collation)
{
	if (!OidIsValid(collation) || collation == DEFAULT_COLLATION_OID ||
		collation == C_COLLATION_OID || get_collation_isdeterministic(collation))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot hash a value of type %s under nondeterministic collation \"%s\"",
					format_type_be(type), get_collation_name(collation)),
			 errdetail("Strings that are equal under this collation can have different bytes, and would count as different values."),
			 errhint("Hash a normal form of the value, as in lower(x) COLLATE \"C\", or x COLLATE \"C\" to tell strings apart by their bytes.")));
}

static bool
is_reg_type(Oid type)
{
	switch (type)
	{
		case REGPROCOID:
		case REGPROCEDUREOID:
		case REGOPEROID:
		case REGOPERATOROID:
		case REGCLASSOID:
		case REGTYPEOID:
		case REGROLEOID:
		case REGNAMESPACEOID:
		case REGCONFIGOID:
		case REGDICTIONARYOID:
		case REGCOLLATIONOID:
			return true;
		default:
			return false;
	}
}

static _Noreturn void
refuse_type(Oid type)
{
	if (is_reg_type(getBaseType(type)))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot hash a value of type %s", format_type_be(type)),
				 errdetail("Its OID means another object in another database, and its text depends on search_path."),
				 errhint("Cast it to the one that you mean, as in sketch_hash_any(x::oid).")));
	if (getBaseType(type) == JSONOID)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot hash a value of type %s", format_type_be(type)),
				 errdetail("The same json value can be written in many ways."),
				 errhint("Cast it to jsonb, as in sketch_hash_any(x::jsonb).")));
	for (const sketch_type *const *own = sketch_types; *own != NULL; own++)
		if (is_own_type(getBaseType(type), (*own)->name))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("cannot hash a value of type %s",
							format_type_be(type)),
					 errdetail("A sketch is not counted as a value of its own."),
					 errhint("To merge sketches, use %s.", (*own)->mergers)));
	if (get_typtype(type) == TYPTYPE_PSEUDO)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot hash a value of pseudo-type %s",
						format_type_be(type)),
				 errdetail("A pseudo-type does not say what its values are."),
				 errhint("Cast it to a type that does, as in sketch_hash_any(x::text).")));
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot hash a value of type %s", format_type_be(type)),
			 errdetail("It is not known which of its values are equal."),
			 errhint("Cast it to a type that can be hashed. A cast to text, as in sketch_hash_any(x::text), counts values that print differently as different, even if they are equal.")));
}

/*
 * Part i of a type, looked up again when the type of the values changes. Every
 * level of nesting passes through here, so the stack depth is checked here.
 */
static sketch_element *
element_part(sketch_element *whole, int i, Oid type)
{
	check_stack_depth();
	if (whole->parts[i].type != type)
	{
		whole->parts[i].context = whole->context;
		element_look_up(&whole->parts[i], type);
	}
	return &whole->parts[i];
}

/* Makes room for parts 0 .. nparts-1. */
static void
element_reserve_parts(sketch_element *whole, int nparts)
{
	size_t		part = sizeof(sketch_element);
	sketch_element *parts;

	if (nparts <= whole->nparts)
		return;
	parts = MemoryContextAllocZero(whole->context, nparts * part);
	if (whole->nparts > 0)
	{
		memcpy(parts, whole->parts, whole->nparts * part);
		pfree(whole->parts);
	}
	whole->parts = parts;
	whole->nparts = nparts;
}

/* ---- scalars ---- */

/* Frees the copy that detoasting made, if any. */
static void
free_copy(void *copy, Datum value)
{
	if (copy != DatumGetPointer(value))
		pfree(copy);
}

/* Whether a number's text is that of a bigint, and which. */
static bool
is_bigint(const char *digits, int64 *value)
{
	char	   *end;

	errno = 0;
	*value = strtoll(digits, &end, 10);
	return *end == '\0' && errno == 0;
}

/*
 * A number by its decimal text without exponent or trailing zeros. Numbers of
 * different types that are equal hash alike: whole ones within the range of
 * bigint as that.
 */
static uint64
hash_of_decimal(const char *digits, uint64 seed)
{
	int64		whole;

	if (is_bigint(digits, &whole))
		return sk_hash_u64((uint64) whole, seed);
	return sk_hash_bytes(digits, strlen(digits), seed);
}

static uint64
hash_of_numeric(Datum value, uint64 seed)
{
	Numeric		number = DatumGetNumeric(value);
	char	   *digits = numeric_normalize(number);
	uint64		hash = hash_of_decimal(digits, seed);

	pfree(digits);
	free_copy(number, value);
	return hash;
}

#define DECIMAL_BYTES 400		/* "-0." and 324 + 17 digits, or 309 digits */

/*
 * Writes the digits of a mantissa, such as "12345", times 10^exponent without an
 * exponent, and returns the end. exponent counts from the end of the digits.
 */
static char *
write_plain(char *out, const char *digits, int ndigits, int exponent)
{
	int			nwhole = ndigits + exponent;

	if (nwhole <= 0)
	{
		*out++ = '0';
		*out++ = '.';
	}
	for (int i = nwhole; i < 0; i++)
		*out++ = '0';
	for (int i = 0; i < ndigits; i++)
	{
		if (i == nwhole && i > 0)
			*out++ = '.';
		*out++ = digits[i];
	}
	for (int i = ndigits; i < nwhole; i++)
		*out++ = '0';
	return out;
}

/*
 * The decimal text of a finite number that is not whole or is large: the fewest
 * digits that lead back to it, which is what SQL prints. So 0.1::float8 hashes as
 * 0.1::numeric.
 */
static void
decimal_of_float8(float8 value, char *out)
{
	char		shortest[DOUBLE_SHORTEST_DECIMAL_LEN];
	char		digits[DOUBLE_SHORTEST_DECIMAL_LEN];
	int			ndigits = 0,
				exponent = 0;
	const char *c = shortest;
	bool		fraction = false;

	double_to_shortest_decimal_buf(fabs(value), shortest);
	for (; *c != '\0' && *c != 'e'; c++)
	{
		if (*c == '.')
			fraction = true;
		else
		{
			exponent -= fraction;
			if (ndigits > 0 || *c != '0')
				digits[ndigits++] = *c;
		}
	}
	if (*c == 'e')
		exponent += atoi(c + 1);
	if (value < 0)
		*out++ = '-';
	*write_plain(out, digits, ndigits, exponent) = '\0';
}

static uint64
hash_of_byte(uint8 byte, uint64 seed)
{
	return sk_hash_bytes(&byte, 1, seed);
}

static uint64
hash_of_name(Name name, uint64 seed)
{
	return sk_hash_bytes(NameStr(*name), strnlen(NameStr(*name), NAMEDATALEN),
						 seed);
}

/* In SQL -0 equals 0, and all NaNs are equal. 2^63 is the first that is too large. */
static uint64
hash_of_float8(float8 value, uint64 seed)
{
	char		digits[DECIMAL_BYTES];

	if (isnan(value))
		return hash_of_decimal("NaN", seed);
	if (isinf(value))
		return hash_of_decimal(value > 0 ? "Infinity" : "-Infinity", seed);
	if (value == floor(value) && value >= -0x1p63 && value < 0x1p63)
		return sk_hash_u64((uint64) (int64) value, seed);
	decimal_of_float8(value, digits);
	return sk_hash_bytes(digits, strlen(digits), seed);
}

/*
 * A date is the timestamp of its midnight, which SQL compares it as. One beyond
 * the range of timestamps is its microseconds in 16 bytes.
 */
static uint64
hash_of_date(DateADT date, uint64 seed)
{
	uint64		odd = (uint64) date * UINT64CONST(10546875);
	uint64		parts[2];

	if (DATE_IS_NOBEGIN(date))
		return sk_hash_u64((uint64) DT_NOBEGIN, seed);
	if (DATE_IS_NOEND(date))
		return sk_hash_u64((uint64) DT_NOEND, seed);
	if (date < TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE)
		return sk_hash_u64((uint64) (date * USECS_PER_DAY), seed);
	parts[0] = SK_LITTLE64(odd << 13);	/* see hash_of_interval() */
	parts[1] = SK_LITTLE64(odd >> 51);
	return sk_hash_bytes(parts, sizeof(parts), seed);
}

/* For bytes that sketch_hash_value() cannot read in place. */
static uint64
hash_of_bytes(Datum value, uint64 seed)
{
	struct varlena *bytes = PG_DETOAST_DATUM_PACKED(value);
	uint64		hash = sk_hash_bytes(VARDATA_ANY(bytes),
									 VARSIZE_ANY_EXHDR(bytes), seed);

	free_copy(bytes, value);
	return hash;
}

/* Trailing blanks are padding: char(3) 'a' equals char(5) 'a'. */
static uint64
hash_of_bpchar(Datum value, uint64 seed)
{
	BpChar	   *chars = DatumGetBpCharPP(value);
	int			nbytes = bpchartruelen(VARDATA_ANY(chars),
									   VARSIZE_ANY_EXHDR(chars));
	uint64		hash = sk_hash_bytes(VARDATA_ANY(chars), nbytes, seed);

	free_copy(chars, value);
	return hash;
}

/* What citext compares: the lower case, by the database's default collation. */
static uint64
hash_of_citext(Datum value, uint64 seed)
{
	text	   *chars = DatumGetTextPP(value);
	char	   *lower = str_tolower(VARDATA_ANY(chars), VARSIZE_ANY_EXHDR(chars),
									DEFAULT_COLLATION_OID);
	uint64		hash = sk_hash_bytes(lower, strlen(lower), seed);

	pfree(lower);
	free_copy(chars, value);
	return hash;
}

/* By its text, which is the same for equal values; its image is not portable. */
static uint64
hash_of_tsvector(Datum value, uint64 seed)
{
	char	   *words = OidOutputFunctionCall(F_TSVECTOROUT, value);
	uint64		hash = sk_hash_bytes(words, strlen(words), seed);

	pfree(words);
	return hash;
}

/* Two are equal only if both the time and the zone are. */
static uint64
hash_of_timetz(const TimeTzADT *time, uint64 seed)
{
	sk_hasher	hasher;

	sk_hasher_init(&hasher, seed);
	sk_hasher_add64(&hasher, (uint64) time->time);
	sk_hasher_add32(&hasher, (uint32) time->zone);
	return sk_hasher_result(&hasher);
}

/*
 * Intervals compare by their total with months of 30 days and days of 24 hours:
 * 128 bits of microseconds. A day has 2^13 * 10546875 of them; the odd factor
 * fits 64 bits with any number of days, and the power of two is a shift. The
 * infinite intervals of PostgreSQL 17 are the extremes of all three fields and
 * compare by the same total.
 */
static uint64
hash_of_interval(const Interval *interval, uint64 seed)
{
	int64		days = interval->month * INT64CONST(30) + interval->day;
	uint64		odd = (uint64) (days * INT64CONST(10546875));
	uint64		low = (odd << 13) + (uint64) interval->time;
	uint64		high = (odd >> 51) | (days < 0 ? ~UINT64CONST(0) << 13 : 0);
	sk_hasher	hasher;

	if (low < (uint64) interval->time)
		high++;					/* carry */
	if (interval->time < 0)
		high--;					/* sign of the time, extended */
	sk_hasher_init(&hasher, seed);
	sk_hasher_add64(&hasher, low);
	sk_hasher_add64(&hasher, high);
	return sk_hasher_result(&hasher);
}

static uint64
hash_of_inet(Datum value, uint64 seed)
{
	inet	   *address = DatumGetInetPP(value);
	bool		is_v4 = ip_family(address) == PGSQL_AF_INET;
	sk_hasher	hasher;

	sk_hasher_init(&hasher, seed);
	sk_hasher_add8(&hasher, is_v4 ? 4 : 6);
	sk_hasher_add8(&hasher, ip_bits(address));
	sk_hasher_add(&hasher, ip_addr(address), is_v4 ? 4 : 16);
	free_copy(address, value);
	return sk_hasher_result(&hasher);
}

static uint64
hash_of_bit(Datum value, uint64 seed)
{
	VarBit	   *bits = DatumGetVarBitP(value);
	sk_hasher	hasher;

	sk_hasher_init(&hasher, seed);
	sk_hasher_add32(&hasher, (uint32) VARBITLEN(bits));
	sk_hasher_add(&hasher, VARBITS(bits), VARBITBYTES(bits));
	free_copy(bits, value);
	return sk_hasher_result(&hasher);
}

/* By label: the OID of a label differs from database to database. */
static uint64
hash_of_enum(Oid label, uint64 seed)
{
	HeapTuple	row = SearchSysCache1(ENUMOID, ObjectIdGetDatum(label));
	const char *text;
	uint64		hash;

	if (!HeapTupleIsValid(row))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid internal value for enum: %u", label)));
	text = NameStr(((Form_pg_enum) GETSTRUCT(row))->enumlabel);
	hash = sk_hash_bytes(text, strlen(text), seed);
	ReleaseSysCache(row);
	return hash;
}

/* ---- jsonb ---- */

static void
add_counted(sk_hasher *hasher, uint8 tag, uint32 count)
{
	sk_hasher_add8(hasher, tag);
	sk_hasher_add32(hasher, count);
}

static void
add_json_number(sk_hasher *hasher, Numeric number)
{
	char	   *digits = numeric_normalize(number);

	add_counted(hasher, '#', (uint32) strlen(digits));
	sk_hasher_add(hasher, digits, strlen(digits));
	pfree(digits);
}

static void
add_json_scalar(sk_hasher *hasher, const JsonbValue *scalar)
{
	switch (scalar->type)
	{
		case jbvNull:
			sk_hasher_add8(hasher, 'n');
			break;
		case jbvBool:
			sk_hasher_add8(hasher, scalar->val.boolean ? 't' : 'f');
			break;
		case jbvNumeric:
			add_json_number(hasher, scalar->val.numeric);
			break;
		case jbvString:
			add_counted(hasher, '"', (uint32) scalar->val.string.len);
			sk_hasher_add(hasher, scalar->val.string.val,
						  scalar->val.string.len);
			break;
		default:
			elog(ERROR, "unexpected jsonb value of type %d", (int) scalar->type);
	}
}

/* jsonb stores a lone scalar in an array of one, which is not hashed. */
static void
add_json_token(sk_hasher *hasher, JsonbIteratorToken token,
			   const JsonbValue *value)
{
	switch (token)
	{
		case WJB_BEGIN_ARRAY:
			if (!value->val.array.rawScalar)
				add_counted(hasher, '[', (uint32) value->val.array.nElems);
			break;
		case WJB_BEGIN_OBJECT:
			add_counted(hasher, '{', (uint32) value->val.object.nPairs);
			break;
		case WJB_KEY:
		case WJB_VALUE:
		case WJB_ELEM:
			add_json_scalar(hasher, value);
			break;
		default:				/* the counts say where things end */
			break;
	}
}

static uint64
hash_of_jsonb(Datum value, uint64 seed)
{
	Jsonb	   *json = DatumGetJsonbP(value);
	JsonbIterator *iterator = JsonbIteratorInit(&json->root);
	JsonbIteratorToken token;
	JsonbValue	item;
	sk_hasher	hasher;

	sk_hasher_init(&hasher, seed);
	while ((token = JsonbIteratorNext(&iterator, &item, false)) != WJB_DONE)
	{
		CHECK_FOR_INTERRUPTS();
		add_json_token(&hasher, token, &item);
	}
	free_copy(json, value);
	return sk_hasher_result(&hasher);
}

/* ---- values with parts ---- */

static void
add_part(sk_hasher *hasher, sketch_element *part, Datum value, bool isnull,
		 uint64 seed)
{
	sk_hasher_add8(hasher, isnull ? PART_NULL : PART_VALUE);
	if (!isnull)
		sk_hasher_add64(hasher, sketch_hash_value(part, value, seed));
}

static void
add_dimensions(sk_hasher *hasher, const ArrayType *array)
{
	add_counted(hasher, TAG_ARRAY, (uint32) ARR_NDIM(array));
	for (int i = 0; i < ARR_NDIM(array); i++)
	{
		sk_hasher_add32(hasher, (uint32) ARR_DIMS(array)[i]);
		sk_hasher_add32(hasher, (uint32) ARR_LBOUND(array)[i]);
	}
}

/* Dimensions and lower bounds count, as they do in SQL. */
static uint64
hash_of_array(sketch_element *element, Datum value, uint64 seed)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	ArrayIterator iterator = array_create_iterator(array, 0, NULL);
	sketch_element *part;
	Datum		item;
	bool		isnull;
	sk_hasher	hasher;

	element_reserve_parts(element, 1);
	part = element_part(element, 0, ARR_ELEMTYPE(array));
	sk_hasher_init(&hasher, seed);
	add_dimensions(&hasher, array);
	while (array_iterate(iterator, &item, &isnull))
	{
		CHECK_FOR_INTERRUPTS();
		add_part(&hasher, part, item, isnull, seed);
	}
	array_free_iterator(iterator);
	free_copy(array, value);
	return sk_hasher_result(&hasher);
}

/* An infinite bound has no value, and is neither inclusive nor exclusive. */
static void
add_bounds(sk_hasher *hasher, sketch_element *part, const RangeBound *lower,
		   const RangeBound *upper, uint64 seed)
{
	uint8		lower_kind = lower->infinite ? BOUNDS_LOWER_INFINITE :
		lower->inclusive ? BOUNDS_LOWER_INCLUSIVE : 0;
	uint8		upper_kind = upper->infinite ? BOUNDS_UPPER_INFINITE :
		upper->inclusive ? BOUNDS_UPPER_INCLUSIVE : 0;

	sk_hasher_add8(hasher, lower_kind | upper_kind);
	if (!lower->infinite)
		sk_hasher_add64(hasher, sketch_hash_value(part, lower->val, seed));
	if (!upper->infinite)
		sk_hasher_add64(hasher, sketch_hash_value(part, upper->val, seed));
}

static uint64
hash_of_range(sketch_element *element, Datum value, uint64 seed)
{
	RangeType  *range = DatumGetRangeTypeP(value);
	TypeCacheEntry *type = lookup_type_cache(RangeTypeGetOid(range),
											 TYPECACHE_RANGE_INFO);
	sketch_element *part;
	RangeBound	lower;
	RangeBound	upper;
	bool		empty;
	sk_hasher	hasher;

	element_reserve_parts(element, 1);
	part = element_part(element, 0, type->rngelemtype->type_id);
	range_deserialize(type, range, &lower, &upper, &empty);
	sk_hasher_init(&hasher, seed);
	sk_hasher_add8(&hasher, TAG_RANGE);
	if (empty)
		sk_hasher_add8(&hasher, BOUNDS_EMPTY);
	else
		add_bounds(&hasher, part, &lower, &upper, seed);
	free_copy(range, value);
	return sk_hasher_result(&hasher);
}

/* A multirange is sorted, and holds no empty range. */
static uint64
hash_of_multirange(sketch_element *element, Datum value, uint64 seed)
{
	MultirangeType *ranges = DatumGetMultirangeTypeP(value);
	TypeCacheEntry *type = lookup_type_cache(MultirangeTypeGetOid(ranges),
											 TYPECACHE_MULTIRANGE_INFO)->rngtype;
	sketch_element *part;
	sk_hasher	hasher;

	element_reserve_parts(element, 1);
	part = element_part(element, 0, type->rngelemtype->type_id);
	sk_hasher_init(&hasher, seed);
	add_counted(&hasher, TAG_MULTIRANGE, ranges->rangeCount);
	for (uint32 i = 0; i < ranges->rangeCount; i++)
	{
		RangeBound	lower;
		RangeBound	upper;

		CHECK_FOR_INTERRUPTS();
		multirange_get_bounds(type, ranges, i, &lower, &upper);
		add_bounds(&hasher, part, &lower, &upper, seed);
	}
	free_copy(ranges, value);
	return sk_hasher_result(&hasher);
}

/* Adds the columns of a row; dropped ones do not count. */
static void
add_columns(sk_hasher *hasher, sketch_element *element, TupleDesc desc,
			const Datum *values, const bool *nulls, uint64 seed)
{
	uint32		ncolumns = 0;

	for (int i = 0; i < desc->natts; i++)
		ncolumns += !TupleDescAttr(desc, i)->attisdropped;
	add_counted(hasher, TAG_RECORD, ncolumns);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);

		if (!column->attisdropped)
			add_part(hasher, element_part(element, i, column->atttypid),
					 values[i], nulls[i], seed);
	}
}

/* A row carries its own type, so anonymous records can be read as well. */
static uint64
hash_of_record(sketch_element *element, Datum value, uint64 seed)
{
	HeapTupleHeader row = DatumGetHeapTupleHeader(value);
	TupleDesc	desc = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(row),
											  HeapTupleHeaderGetTypMod(row));
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(row),
	.t_data = row};
	Datum	   *values = palloc(desc->natts * sizeof(Datum));
	bool	   *nulls = palloc(desc->natts * sizeof(bool));
	sk_hasher	hasher;

	heap_deform_tuple(&tuple, desc, values, nulls);
	element_reserve_parts(element, desc->natts);
	sk_hasher_init(&hasher, seed);
	add_columns(&hasher, element, desc, values, nulls, seed);
	pfree(values);
	pfree(nulls);
	ReleaseTupleDesc(desc);
	free_copy(row, value);
	return sk_hasher_result(&hasher);
}
