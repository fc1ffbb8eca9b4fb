/*
 * compat.h: what differs between PostgreSQL 15 and 19, and nothing else.
 *
 * Include it after postgres.h.
 */
#ifndef SKETCH_COMPAT_H
#define SKETCH_COMPAT_H

#include "utils/jsonb.h"

#if PG_VERSION_NUM >= 160000
/* Moved out of postgres.h in 16. */
#include "varatt.h"
#else
/* Soft errors are new in 16. Before, every error is thrown. */
#define ereturn(context, result, ...) \
	do { \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
	} while (0)
#endif

/* Since 19, the stack and the result of building a jsonb share a struct. */
#if PG_VERSION_NUM >= 190000
typedef JsonbInState jsonb_builder;
#else
typedef JsonbParseState *jsonb_builder;
#endif

/* Returns the whole value once its outermost container has ended. */
static inline JsonbValue *
jsonb_push(jsonb_builder *builder, JsonbIteratorToken token, JsonbValue *value)
{
#if PG_VERSION_NUM >= 190000
	pushJsonbValue(builder, token, value);
	return builder->result;
#else
	return pushJsonbValue(builder, token, value);
#endif
}

#endif							/* SKETCH_COMPAT_H */
