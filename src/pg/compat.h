/*
 * compat.h: what differs between PostgreSQL 15 and 18, and nothing else.
 *
 * Include it after postgres.h.
 */
#ifndef SKETCH_COMPAT_H
#define SKETCH_COMPAT_H

#if PG_VERSION_NUM >= 160000
/* postgres.h had these until 15. */
#include "varatt.h"
#else
/* Soft errors came with 16. Before it, every error is thrown. */
#define ereturn(context, result, ...) \
	do { \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
	} while (0)
#endif

#endif							/* SKETCH_COMPAT_H */
