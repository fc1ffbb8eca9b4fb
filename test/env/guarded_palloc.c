/*
 * guarded_palloc.c: lets AddressSanitizer see the ends of pgext's allocations.
 *
 * The server cuts chunks out of larger blocks, so a write past a chunk hits its
 * neighbor, which AddressSanitizer takes for valid memory. But a chunk of more
 * than 8 kB gets a block of its own. These functions, linked into the library
 * under test with --wrap=palloc and so on (see sanitizers.sh), request more than
 * that for any size and poison the rest. When the server frees the chunk, its
 * block goes back to malloc and the poison with it, so uses after free are found,
 * too.
 *
 * Not for servers built with --enable-cassert, which write behind chunks.
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

/* The size to request from the server; an invalid size stays invalid. */
static Size
with_guard(Size size)
{
	return size > MaxAllocSize - REDZONE ? size : Max(size, OWN_BLOCK) + REDZONE;
}

/* Poisons a chunk of with_guard(size) bytes behind the first size bytes. */
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
