/*
 * kind.h: kinds of values (core/kind.h) and SQL types.
 */
#ifndef SKETCH_KIND_H
#define SKETCH_KIND_H

#include "core/kind.h"
#include "pg/element.h"

/* The kind of the values of a type that has been looked up. */
extern sk_kind sketch_kind_of(const sketch_element *element);

/*
 * ERROR 42804 that a sketch of the type of this name was given values of one
 * kind, and is queried with a value of another.
 */
extern void sketch_refuse_kind(const char *type_name, sk_kind kept,
							   sk_kind queried) __attribute__((noreturn));

/*
 * The hash of a value of this kind that is written as text: for literals and
 * parameters without a type. NONE, STRING and ANY: of the text itself. ERROR
 * 22P02 or the like if the text is no such value, 42804 if values of this kind
 * cannot be read.
 */
extern uint64 sketch_hash_text_as(const char *type_name, sk_kind kind,
								  const text *value);

#endif							/* SKETCH_KIND_H */
