/*
 * kind.h: what kind of values a sketch was given.
 *
 * Sketches see hashes, and a value of another type hashes to something else even
 * if its text is the same. A sketch that remembers the kind of its values can
 * refuse a query of another kind, which would be answered "no" or 0. The numbers
 * are stored: doc/format.md.
 */
#ifndef SK_KIND_H
#define SK_KIND_H

#include <stdbool.h>
#include <stdint.h>

typedef enum sk_kind
{
	SK_KIND_NONE,				/* no value yet */
	SK_KIND_NUMBER,				/* smallint to bigint, numeric, floats, oid */
	SK_KIND_STRING,				/* text and the like, bytea, enums */
	SK_KIND_UUID,
	SK_KIND_TIMESTAMP,			/* date and timestamp */
	SK_KIND_TIMESTAMPTZ,
	SK_KIND_TIME,
	SK_KIND_INTERVAL,
	SK_KIND_BOOLEAN,
	SK_KIND_INET,
	SK_KIND_MACADDR,
	SK_KIND_BITS,
	SK_KIND_JSONB,
	SK_KIND_ARRAY,
	SK_KIND_RANGE,				/* and multiranges */
	SK_KIND_ROW,
	SK_KIND_OTHER,
	SK_KIND_ANY = 255			/* hashes, or values of several kinds */
} sk_kind;

/* Whether a stored byte is a kind. */
static inline bool
sk_kind_ok(uint8_t kind)
{
	return kind <= SK_KIND_OTHER || kind == SK_KIND_ANY;
}

/* The kind of all values together. */
static inline uint8_t
sk_kind_merge(uint8_t a, uint8_t b)
{
	if (a == b || b == SK_KIND_NONE)
		return a;
	return a == SK_KIND_NONE ? b : SK_KIND_ANY;
}

/* Whether a sketch of values of this kind can have a value of the other. */
static inline bool
sk_kind_matches(uint8_t sketch, uint8_t value)
{
	return sketch == value || sketch == SK_KIND_NONE ||
		sketch == SK_KIND_ANY || value == SK_KIND_ANY;
}

#endif							/* SK_KIND_H */
