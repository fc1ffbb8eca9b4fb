/*
 * env.h: the environment that tests give to the core: memory from malloc(), so
 * that the address sanitizer guards its ends, and a poll that does nothing.
 */
#ifndef TEST_ENV_H
#define TEST_ENV_H

#include <stdio.h>
#include <stdlib.h>

#include "core/env.h"

static inline void *
test_alloc(size_t nbytes)
{
	void	   *memory = malloc(nbytes);

	if (memory == NULL && nbytes > 0)
	{
		printf("out of memory: %zu bytes\n", nbytes);
		abort();
	}
	return memory;
}

static inline void
test_poll(void)
{
}

static const sk_env test_env = {test_alloc, free, test_poll};

#endif							/* TEST_ENV_H */
