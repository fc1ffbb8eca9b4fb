/*
 * module.c: the marks by which the server knows a loadable module of its own
 * version. There is nothing to set up: no hook, no setting, no shared memory.
 */
#include "postgres.h"

#include "fmgr.h"

PG_MODULE_MAGIC;
