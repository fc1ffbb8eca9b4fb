/*
 * io.h: the entrances and exits that all sketch types share.
 *
 * A sketch comes in as text, through the binary protocol or from bytea, always
 * packed and always through the type's one validator; and goes out packed. What
 * needs no more than the packed bytes is one C function for all types.
 */
#ifndef SKETCH_IO_H
#define SKETCH_IO_H

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "nodes/nodes.h"

#include "pg/compat.h"
#include "sketch/status.h"

/* What the shared functions need to know of a type. */
typedef struct sketch_type
{
	const char *name;
	const char *makers;			/* how to make a value, for hints */
	uint8		first_byte;		/* of every value: type, and format version */
	sk_status	(*check) (const void *bytes, size_t nbytes);

	/* The packed form: value itself if it is packed, else a new value. */
	struct varlena *(*pack) (struct varlena *value);

	/* For unions: sum with all of value added, in place where that can
	 * be, else a new working value, as where sum is NULL; and the packed union
	 * of nothing but NULL. */
	struct varlena *(*unite) (struct varlena *sum, const struct varlena *value);
	struct varlena *(*union_of_none) (void);
} sketch_type;

extern const sketch_type hll_type;
extern const sketch_type bloom_type;
extern const sketch_type cms_type;
extern const sketch_type topk_type;

/* Each gives a new value, or NULL after a soft error into escontext. */
extern struct varlena *sketch_in(const sketch_type *type, const char *text,
								 Node *escontext);
extern struct varlena *sketch_recv(const sketch_type *type, StringInfo message);
extern struct varlena *sketch_from_bytes(const sketch_type *type,
										 const struct varlena *bytes);

/* The packed form of a value of any type. */
extern struct varlena *sketch_pack(struct varlena *value);

/* Raises DATA_CORRUPTED: a stored value breaks this rule of the format. */
extern void sketch_damaged(const sketch_type *type, sk_status status)
			__attribute__((noreturn));

/*
 * The union of two arguments, of which NULL is skipped; the transition of a union
 * aggregate, whose result over nothing but NULL is type->union_of_none(); and its
 * combine function.
 */
extern Datum sketch_unite(FunctionCallInfo fcinfo, const sketch_type *type);
extern Datum sketch_unite_row(FunctionCallInfo fcinfo, const sketch_type *type);
extern Datum sketch_unite_states(FunctionCallInfo fcinfo,
								 const sketch_type *type);

/*
 * The transition of a union aggregate over a moving frame: a row enters it, with
 * a sketch or, NULL, without one. That is not united, but counted, since it will
 * leave. The state, argument 0, is internal.
 */
extern Datum sketch_window_enter(FunctionCallInfo fcinfo,
								 const sketch_type *type,
								 const struct varlena *sketch);

/* The confidence itself; INVALID_PARAMETER_VALUE when it is no probability. */
extern double sketch_require_confidence(double confidence);

/* For long loops of the core: lets a query be cancelled. */
extern void sketch_poll(void);

/* A record of the columns that the SQL function declares; nulls can be NULL. */
extern Datum sketch_make_record(FunctionCallInfo fcinfo, Datum *values,
								bool *nulls);

#endif							/* SKETCH_IO_H */
