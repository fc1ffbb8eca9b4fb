/*
 * element.h: from a value of any SQL type to the 64-bit hash of it.
 *
 * The only way into all sketches. The value is hashed, not its image in memory, so
 * that values equal in SQL hash equal on every machine; doc/hashing.md specifies
 * the bytes.
 *
 * This is the hot path of every aggregate over plain columns. The type is looked
 * up once per call site; after that, common types cost a branch and the hash
 * itself, inline. All others are hashed in element.c.
 */
#ifndef SKETCH_ELEMENT_H
#define SKETCH_ELEMENT_H

#include "fmgr.h"
#include "utils/uuid.h"

#include "pg/compat.h"
#include "core/hash.h"

/* How the values of a type are hashed. Types with the same bytes share one. */
typedef enum sketch_kind
{
	/* inline, in sketch_hash_value() */
	SKETCH_HASH,				/* a sketch_hash */
	SKETCH_INT32,				/* widened to eight bytes */
	SKETCH_INT64,
	SKETCH_BYTES,				/* all bytes of a variable-length value */
	SKETCH_UUID,

	/* in sketch_hash_other() */
	SKETCH_INT8,				/* one byte: bool and "char" */
	SKETCH_INT16,
	SKETCH_OID,
	SKETCH_DATE,
	SKETCH_FLOAT4,
	SKETCH_FLOAT8,
	SKETCH_NUMERIC,
	SKETCH_BPCHAR,
	SKETCH_CITEXT,
	SKETCH_TSVECTOR,
	SKETCH_NAME,
	SKETCH_TIMETZ,
	SKETCH_INTERVAL,
	SKETCH_INET,
	SKETCH_MACADDR,
	SKETCH_MACADDR8,
	SKETCH_BIT,
	SKETCH_ENUM,
	SKETCH_JSONB,
	SKETCH_ARRAY,
	SKETCH_RANGE,
	SKETCH_MULTIRANGE,
	SKETCH_RECORD
} sketch_kind;

/*
 * A type that has been looked up. Arrays and ranges have one part, their element
 * type; records have one part per column. Parts are looked up when values arrive,
 * since the columns of a record are not known before.
 */
typedef struct sketch_element
{
	Oid			type;			/* as declared; InvalidOid if not looked up */
	Oid			base;			/* the type under its domains */
	sketch_kind kind;
	int			nparts;
	struct sketch_element *parts;
	MemoryContext context;		/* where parts live */
} sketch_element;

extern sketch_element *sketch_element_of_arg(FunctionCallInfo fcinfo, int argno,
											 size_t size);
extern sketch_element *sketch_element_of_array(FunctionCallInfo fcinfo,
											   int argno, Oid type);
extern uint64 sketch_hash_other(sketch_element *element, Datum value,
								uint64 seed);

/* ERROR 0A000 for a value of this type under a nondeterministic collation. */
extern void sketch_require_deterministic(Oid type, Oid collation);

/* Whether VARDATA_ANY() of this value is the value itself. */
static inline bool
sketch_is_plain(const struct varlena *value)
{
	return !VARATT_IS_COMPRESSED(value) && !VARATT_IS_EXTERNAL(value);
}

/* The 64-bit hash of a non-null value of this type. */
static inline uint64
sketch_hash_value(sketch_element *element, Datum value, uint64 seed)
{
	const struct varlena *bytes;

	/* Comparisons, which are predicted, rather than a table of jumps. */
	if (element->kind == SKETCH_INT64)
		return sk_hash_u64((uint64) DatumGetInt64(value), seed);
	if (element->kind == SKETCH_BYTES)
	{
		bytes = (const struct varlena *) DatumGetPointer(value);
		if (sketch_is_plain(bytes))
			return sk_hash_bytes(VARDATA_ANY(bytes),
								 VARSIZE_ANY_EXHDR(bytes), seed);
	}
	else if (element->kind == SKETCH_INT32)
		return sk_hash_u64((uint64) (int64) DatumGetInt32(value), seed);
	else if (element->kind == SKETCH_HASH)
		return seed == 0 ? (uint64) DatumGetInt64(value) :
			sk_hash_u64((uint64) DatumGetInt64(value), seed);
	else if (element->kind == SKETCH_UUID)
		return sk_hash_bytes(DatumGetUUIDP(value)->data, UUID_LEN, seed);
	return sketch_hash_other(element, value, seed);
}

/*
 * What a function keeps in fn_extra for the lifetime of its call site: a struct of
 * this size that begins with the sketch_element of argument argno; the rest is
 * zero at first. The function must always pass the same argno and size. ERROR if
 * the type of the argument cannot be hashed.
 */
static inline void *
sketch_call_site(FunctionCallInfo fcinfo, int argno, size_t size)
{
	void	   *extra = fcinfo->flinfo->fn_extra;

	return likely(extra != NULL) ? extra :
		sketch_element_of_arg(fcinfo, argno, size);
}

/*
 * The 64-bit hash of the non-null argument argno of this call. A sketch_hash
 * passes through (with a seed other than 0 it is hashed again); anything else is
 * hashed by value. ERROR for a type without documented bytes. For functions that
 * keep nothing else in fn_extra.
 */
static inline uint64
sketch_hash_arg(FunctionCallInfo fcinfo, int argno, uint64 seed)
{
	sketch_element *element = sketch_call_site(fcinfo, argno, sizeof(*element));

	return sketch_hash_value(element, PG_GETARG_DATUM(argno), seed);
}

#endif							/* SKETCH_ELEMENT_H */
