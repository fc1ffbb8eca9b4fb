/*
 * hash.h: the 64-bit hash under every sketch.
 *
 * XXH3_64bits with a seed, from the xxHash header (Yann Collet,
 * https://github.com/Cyan4973/xxHash, algorithm in its doc/xxhash_spec.md):
 * the same result on every platform and in every version since 0.8.0, good in
 * all 64 bits, and about a nanosecond for eight bytes. It is no defense against
 * deliberately constructed collisions.
 *
 * Stored sketches depend on it forever: test/unit/test_hash.c pins it. The bytes
 * hashed for each type are specified in doc/hashing.md.
 */
#ifndef SK_HASH_H
#define SK_HASH_H

#include <stddef.h>
#include <stdint.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/bits.h"

/* The hash of nbytes bytes. */
static inline uint64_t
sk_hash_bytes(const void *bytes, size_t nbytes, uint64_t seed)
{
	return XXH3_64bits_withSeed(bytes, nbytes, seed);
}

/* The hash of the eight little-endian bytes of value. */
static inline uint64_t
sk_hash_u64(uint64_t value, uint64_t seed)
{
	uint64_t	bytes = SK_LITTLE64(value);

	return XXH3_64bits_withSeed(&bytes, sizeof(bytes), seed);
}

/*
 * The hash of bytes that arrive in pieces: the same as sk_hash_bytes() of their
 * concatenation. About 600 bytes, all in the struct.
 */
typedef XXH3_state_t sk_hasher;

static inline void
sk_hasher_init(sk_hasher *hasher, uint64_t seed)
{
	/* reset compares the seed with the last one, to keep its secret */
	XXH3_INITSTATE(hasher);
	XXH3_64bits_reset_withSeed(hasher, seed);
}

static inline void
sk_hasher_add(sk_hasher *hasher, const void *bytes, size_t nbytes)
{
	XXH3_64bits_update(hasher, bytes, nbytes);
}

static inline void
sk_hasher_add8(sk_hasher *hasher, uint8_t value)
{
	sk_hasher_add(hasher, &value, sizeof(value));
}

static inline void
sk_hasher_add32(sk_hasher *hasher, uint32_t value)
{
	uint32_t	bytes = SK_LITTLE32(value);

	sk_hasher_add(hasher, &bytes, sizeof(bytes));
}

static inline void
sk_hasher_add64(sk_hasher *hasher, uint64_t value)
{
	uint64_t	bytes = SK_LITTLE64(value);

	sk_hasher_add(hasher, &bytes, sizeof(bytes));
}

static inline uint64_t
sk_hasher_result(const sk_hasher *hasher)
{
	return XXH3_64bits_digest(hasher);
}

#endif							/* SK_HASH_H */
