/*
 * value.h: what sketches of all types do alike, over a table of operations.
 *
 * A value is a varlena around the bytes of a sketch. Values that SQL sees are
 * packed; aggregate states are working ones, which have a 4-byte header
 * (state.h). A sketch comes in as text, through the binary protocol or from
 * bytea, always packed and always through the type's one validator.
 */
#ifndef SKETCH_VALUE_H
#define SKETCH_VALUE_H

#include "fmgr.h"
#include "nodes/nodes.h"

#include "core/env.h"
#include "core/status.h"
#include "pg/compat.h"

/* What the shared functions need to know of a type. */
typedef struct sketch_type
{
	const char *name;
	const char *makers;			/* how to make a value, for hints */
	const char *mergers;		/* how to merge values, for hints */
	uint8		first_byte;		/* of every value: type, and format version */

	/* The core's functions of these names. */
	sk_status	(*check) (const void *bytes, size_t nbytes, const sk_env *env);
	sk_status	(*merge) (sk_value *dst, const void *src, size_t nbytes,
						  const sk_env *env);
	sk_status	(*pack) (sk_value *value, const sk_env *env);

	/*
	 * Raises the error for a status other than SK_OK of adding to dst, or of
	 * merging src (NULL when adding) into it. Does not return.
	 */
	void		(*refuse) (sk_status status, const sk_value *dst,
						   const sk_value *src);

	/*
	 * Whether a value from outside is valid in this database, beyond what check()
	 * can tell from its bytes. If not, raises an error, or returns false if it is
	 * soft. NULL: always valid.
	 */
	bool		(*accept) (const struct varlena *value, Node *escontext);

	/*
	 * Raises an error if this aggregate state, packed to be sent to another node,
	 * can no longer be combined with states of other nodes. NULL: it always can.
	 */
	void		(*check_part) (const struct varlena *state,
							   const struct varlena *packed);
} sketch_type;

/*
 * Memory in the current context, and CHECK_FOR_INTERRUPTS. In front of what it
 * allocates there is room for a varlena header.
 */
extern const sk_env sketch_env;

/* Bytes that are read or written as text between two chances to cancel. */
#define SKETCH_TEXT_PART 65536

/* The sketch in a value of any layout. */
static inline sk_value
sketch_value(const struct varlena *value)
{
	return (sk_value) {
		(uint8 *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)
	};
}

/*
 * The sketch in a value of any form, of which only the first nbytes bytes (all, if
 * it is shorter) are read, and may be looked at: those of one TOAST chunk where it
 * is stored out of line. The size is that of the whole sketch.
 */
extern sk_value sketch_header(Datum value, size_t nbytes);

/* The value around a sketch that sketch_env's memory holds. */
static inline struct varlena *
sketch_varlena(sk_value sketch)
{
	struct varlena *value = (struct varlena *) (sketch.bytes - VARHDRSZ);

	SET_VARSIZE(value, VARHDRSZ + sketch.nbytes);
	return value;
}

/* The value of a sketch that was in `before`, and may have moved. */
static inline struct varlena *
sketch_result(struct varlena *before, sk_value after)
{
	return after.bytes == (uint8 *) VARDATA_ANY(before) ? before :
		sketch_varlena(after);
}

/*
 * dst with all of src added: dst itself, changed in place, if it is a working
 * value with the room; else a new working value. dst can be NULL: then a
 * working copy of src. Errors: those of type->refuse().
 */
extern struct varlena *sketch_merge(const sketch_type *type,
									struct varlena *dst,
									const struct varlena *src);

/* The packed form: value itself if it is packed, else a new value. */
extern struct varlena *sketch_pack(const sketch_type *type,
								   struct varlena *value);

/*
 * Whether two values have the same bytes. A function that changed nothing returns
 * its argument as it came: then an UPDATE does not write a TOASTed value again.
 */
extern bool sketch_same(const struct varlena *a, const struct varlena *b);

/* Raises DATA_CORRUPTED: a stored value breaks this rule of the format. */
extern void sketch_damaged(const sketch_type *type, sk_status status)
			__attribute__((noreturn));

/*
 * The SQL functions that all types have. Input functions return NULL after a
 * soft error. A union skips NULL; both NULL: NULL. If it is one of its operands,
 * that is returned as it came. The transition of a union aggregate is strict, as is the same function as its combine function.
 */
extern Datum sketch_in(FunctionCallInfo fcinfo, const sketch_type *type);
extern Datum sketch_recv(FunctionCallInfo fcinfo, const sketch_type *type);
extern Datum sketch_from_bytea(FunctionCallInfo fcinfo,
							   const sketch_type *type);
extern Datum sketch_union(FunctionCallInfo fcinfo, const sketch_type *type);
extern Datum sketch_union_array(FunctionCallInfo fcinfo,
								const sketch_type *type);
extern Datum sketch_union_agg_trans(FunctionCallInfo fcinfo,
									const sketch_type *type);

/*
 * The transition of a union aggregate over a moving frame (window.c). The
 * state, argument 0, is internal. NULL is counted, since it will leave.
 */
extern Datum sketch_union_agg_mtrans(FunctionCallInfo fcinfo,
									 const sketch_type *type);

/* The confidence itself; INVALID_PARAMETER_VALUE when it is no probability. */
extern double sketch_require_confidence(double confidence);

/* A record of the columns that the SQL function declares; nulls can be NULL. */
extern Datum sketch_make_record(FunctionCallInfo fcinfo, Datum *values,
								bool *nulls);

#endif							/* SKETCH_VALUE_H */
