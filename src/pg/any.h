/*
 * any.h: values of any sketch type.
 */
#ifndef SKETCH_ANY_H
#define SKETCH_ANY_H

#include "pg/value.h"

extern const sketch_type hll_type;
extern const sketch_type bloom_type;
extern const sketch_type cms_type;
extern const sketch_type topk_type;

/* All types, then NULL. */
extern const sketch_type *const sketch_types[];

/* The packed form of a value of whatever type: itself, or a new value. */
extern struct varlena *sketch_pack_any(struct varlena *value);

#endif							/* SKETCH_ANY_H */
