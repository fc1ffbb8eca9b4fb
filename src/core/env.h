/*
 * env.h: what the core asks of its surroundings, and how it hands back memory.
 *
 * The core owns no memory and has no globals. Functions that can grow a sketch,
 * or that can run for long, take an environment as their last argument.
 */
#ifndef SK_ENV_H
#define SK_ENV_H

#include <stddef.h>
#include <stdint.h>

typedef struct sk_env
{
	/*
	 * Returns nbytes bytes, aligned for a uint32_t. Never NULL: it does not
	 * return on failure. release() takes what alloc() returned, and only that.
	 */
	void	   *(*alloc) (size_t nbytes);
	void		(*release) (void *memory);

	/*
	 * Called every few hundred steps of a long loop. It may longjmp out; then the
	 * sketch that was being changed must be discarded.
	 */
	void		(*poll) (void);
} sk_env;

/*
 * A sketch that can change. Adding and merging update a working sketch in place
 * if it has the room; otherwise `bytes` points to new memory from alloc()
 * afterwards. The old memory is still the caller's; a packed sketch in it is
 * unchanged, a working one may have taken part of the change and is to be
 * discarded. The core releases what it allocates in between. nbytes = 0 is no
 * sketch yet.
 */
typedef struct sk_value
{
	uint8_t    *bytes;
	size_t		nbytes;
} sk_value;

/* Polls every 256th step. */
static inline void
sk_env_poll(const sk_env *env, uint32_t step)
{
	if (step % 256 == 0)
		env->poll();
}

/* Polls every 16th step, where one step can search a whole table. */
static inline void
sk_env_poll_often(const sk_env *env, uint32_t step)
{
	if (step % 16 == 0)
		env->poll();
}

#endif							/* SK_ENV_H */
