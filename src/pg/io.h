/*
 * io.h: the entrances and exits that all sketch types share.
 *
 * A sketch comes in as text, through the binary protocol or from bytea, always
 * packed and always through the type's one validator; and goes out packed.
 */
#ifndef SKETCH_IO_H
#define SKETCH_IO_H

#include "lib/stringinfo.h"
#include "nodes/nodes.h"
#include "sketch/status.h"

/* What the shared functions need to know of a type. */
typedef struct sketch_type
{
	const char *name;
	const char *makers;			/* how to make a value, for hints */
	int			version;		/* the format version that is read */
	sk_status	(*check) (const void *bytes, size_t nbytes);
} sketch_type;

/* Each gives a new value, or NULL after a soft error into escontext. */
extern struct varlena *sketch_in(const sketch_type *type, const char *text,
								 Node *escontext);
extern struct varlena *sketch_recv(const sketch_type *type, StringInfo message);
extern struct varlena *sketch_from_bytes(const sketch_type *type,
										 const struct varlena *bytes);

/* The base64 text of a packed value. */
extern char *sketch_out(const struct varlena *packed);

/* Raises DATA_CORRUPTED: a stored value breaks this rule of the format. */
extern void sketch_damaged(const sketch_type *type, sk_status status)
			__attribute__((noreturn));

#endif							/* SKETCH_IO_H */
