/*
 * module.c: the magic block of a loadable module. There is nothing to set up: no
 * hooks, settings or shared memory.
 */
#include "postgres.h"

#include "fmgr.h"

PG_MODULE_MAGIC;
