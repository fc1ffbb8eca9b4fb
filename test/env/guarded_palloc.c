/*
 * guarded_palloc.c: lets AddressSanitizer see the ends of what pgext allocates.
 *
 * The server cuts chunks out of larger blocks, so that a write past a chunk
 * harms a neighbour that AddressSanitizer holds to be as good as any. But a chunk
 * of more than 8 kB gets a block of its own. Linked with --wrap=palloc and so on
 * into the library under test (see sanitizers.sh), these functions ask for more
 * than that, whatever is wanted, and poison what is beyond. When the server frees
 * the chunk, in whatever way, the block goes back to malloc, and the poison with
 * it; what still points there is found, too.
 *
 * Not for servers built with --enable-cassert, which look behind chunks themselves.
 */
#include "postgres.h"

#include <sanitizer/asan_interface.h>

#include "utils/memutils.h"

#define OWN_BLOCK	(ALLOCSET_SEPARATE_THRESHOLD + 1)
#define REDZONE		64

extern void *__real_palloc(Size size);
extern void *__real_palloc0(Size size);
extern void *__real_repalloc(void *chunk, Size size);
extern void *__real_repalloc_huge(void *chunk, Size size);
extern void *__real_MemoryContextAlloc(MemoryContext context, Size size);
extern void *__real_MemoryContextAllocZero(MemoryContext context, Size size);

extern void *__wrap_palloc(Size size);
extern void *__wrap_palloc0(Size size);
extern void *__wrap_repalloc(void *chunk, Size size);
extern void *__wrap_repalloc_huge(void *chunk, Size size);
extern void *__wrap_MemoryContextAlloc(MemoryContext context, Size size);
extern void *__wrap_MemoryContextAllocZero(MemoryContext context, Size size);

/* What to ask the server for; an invalid size stays one. */
static Size
with_guard(Size size)
{
	return size > MaxAllocSize - REDZONE ? size : Max(size, OWN_BLOCK) + REDZONE;
}

/* A chunk of with_guard(size) bytes, of which size can be used. */
static void *
guarded(void *chunk, Size size)
{
	ASAN_POISON_MEMORY_REGION((char *) chunk + size, with_guard(size) - size);
	return chunk;
}

void *
__wrap_palloc(Size size)
{
	return guarded(__real_palloc(with_guard(size)), size);
}

void *
__wrap_palloc0(Size size)
{
	return guarded(__real_palloc0(with_guard(size)), size);
}

void *
__wrap_repalloc(void *chunk, Size size)
{
	return guarded(__real_repalloc(chunk, with_guard(size)), size);
}

void *
__wrap_repalloc_huge(void *chunk, Size size)
{
	return guarded(__real_repalloc_huge(chunk, with_guard(size)), size);
}

void *
__wrap_MemoryContextAlloc(MemoryContext context, Size size)
{
	return guarded(__real_MemoryContextAlloc(context, with_guard(size)), size);
}

void *
__wrap_MemoryContextAllocZero(MemoryContext context, Size size)
{
	return guarded(__real_MemoryContextAllocZero(context, with_guard(size)),
				   size);
}
