/*
 * test_hash.c: the hash never changes.
 *
 * The vectors are those that xxHash publishes in its own self-test
 * (cli/xsum_sanity_check.c), one for each branch of XXH3_64bits.
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "core/hash.h"

#define LONGEST 2400
#define SEED UINT64_C(0x9E3779B185EBCA8D)

static const struct
{
	size_t		nbytes;
	uint64_t	seed;
	uint64_t	hash;
}			published[] = {
	{0, 0, UINT64_C(0x2D06800538D394C2)},
	{0, SEED, UINT64_C(0xA8A6B918B2F0364A)},
	{1, 0, UINT64_C(0xC44BDFF4074EECDB)},
	{1, SEED, UINT64_C(0x032BE332DD766EF8)},
	{6, 0, UINT64_C(0x27B56A84CD2D7325)},
	{6, SEED, UINT64_C(0x84589C116AB59AB9)},
	{12, 0, UINT64_C(0xA713DAF0DFBB77E7)},
	{12, SEED, UINT64_C(0xE7303E1B2336DE0E)},
	{24, 0, UINT64_C(0xA3FE70BF9D3510EB)},
	{24, SEED, UINT64_C(0x850E80FC35BDD690)},
	{48, 0, UINT64_C(0x397DA259ECBA1F11)},
	{48, SEED, UINT64_C(0xADC2CBAA44ACC616)},
	{80, 0, UINT64_C(0xBCDEFBBB2C47C90A)},
	{80, SEED, UINT64_C(0xC6DD0CB699532E73)},
	{195, 0, UINT64_C(0xCD94217EE362EC3A)},
	{195, SEED, UINT64_C(0xBA68003D370CB3D9)},
	{403, 0, UINT64_C(0xCDEB804D65C6DEA4)},
	{403, SEED, UINT64_C(0x6259F6ECFD6443FD)},
	{2048, 0, UINT64_C(0xDD59E2C3A5F038E0)},
	{2367, SEED, UINT64_C(0xD2DB3415B942B42A)},
};

/* The bytes that the published vectors are of. */
static void
fill_bytes(uint8_t *bytes, size_t nbytes)
{
	uint64_t	state = 2654435761u;

	for (size_t i = 0; i < nbytes; i++)
	{
		bytes[i] = (uint8_t) (state >> 56);
		state *= SEED;
	}
}

static void
test_published(const uint8_t *bytes)
{
	for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++)
		check(sk_hash_bytes(bytes, published[i].nbytes, published[i].seed) ==
			  published[i].hash, "published vector %zu", i);
}

/* A buffer of exactly nbytes, so that the sanitizer sees a read past it. */
static void
test_bounded(const uint8_t *bytes, size_t nbytes, uint64_t seed)
{
	uint8_t    *exact = malloc(nbytes);

	if (nbytes > 0)
		memcpy(exact, bytes, nbytes);
	check(sk_hash_bytes(exact, nbytes, seed) ==
		  sk_hash_bytes(bytes, nbytes, seed), "%zu bytes elsewhere", nbytes);
	free(exact);
}

/* Pieces of 1, 2, 3 ... bytes, in a hasher that has been used before. */
static void
test_pieces(const uint8_t *bytes, size_t nbytes, uint64_t seed)
{
	static sk_hasher hasher;
	size_t		piece = 1;

	sk_hasher_init(&hasher, seed);
	for (size_t at = 0; at < nbytes; at += piece, piece++)
		sk_hasher_add(&hasher, bytes + at,
					  piece < nbytes - at ? piece : nbytes - at);
	check(sk_hasher_result(&hasher) == sk_hash_bytes(bytes, nbytes, seed),
		  "%zu bytes in pieces", nbytes);
}

/* A hasher starts alike whatever its memory held, also the seed that it gets. */
static void
test_init(const uint8_t *bytes)
{
	sk_hasher	hasher;

	for (unsigned fill = 0; fill < 256; fill++)
	{
		uint64_t	seed = UINT64_C(0x0101010101010101) * fill;

		memset(&hasher, (int) fill, sizeof(hasher));
		memset(&hasher.extSecret, 0, sizeof(hasher.extSecret));
		sk_hasher_init(&hasher, seed);
		sk_hasher_add(&hasher, bytes, 1000);
		check(sk_hasher_result(&hasher) == sk_hash_bytes(bytes, 1000, seed),
			  "hasher in memory of %u", fill);
	}
}

/* Integers are their little-endian bytes. */
static void
test_integers(void)
{
	static const uint8_t u64[] = {0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01};
	static const uint8_t all[] = {7, 4, 3, 2, 1, 0xef, 0xcd, 0xab, 0x89, 0x67,
	0x45, 0x23, 0x01};
	sk_hasher	hasher;

	check(sk_hash_u64(UINT64_C(0x0123456789abcdef), 3) ==
		  sk_hash_bytes(u64, sizeof(u64), 3), "u64 is eight bytes");
	check(sk_hash_u64(42, 0) == UINT64_C(0xd5a6f8c838df27c8),
		  "hash of 42 is %016llx", (unsigned long long) sk_hash_u64(42, 0));
	sk_hasher_init(&hasher, 3);
	sk_hasher_add8(&hasher, 7);
	sk_hasher_add32(&hasher, 0x01020304);
	sk_hasher_add64(&hasher, UINT64_C(0x0123456789abcdef));
	check(sk_hasher_result(&hasher) == sk_hash_bytes(all, sizeof(all), 3),
		  "integers in a hasher");
}

int
main(void)
{
	static uint8_t bytes[LONGEST];

	fill_bytes(bytes, sizeof(bytes));
	test_published(bytes);
	for (size_t nbytes = 0; nbytes <= LONGEST; nbytes += nbytes < 260 ? 1 : 37)
	{
		uint64_t	seed = nbytes % 3 == 0 ? 0 : SEED + nbytes;

		test_bounded(bytes, nbytes, seed);
		test_pieces(bytes, nbytes, seed);
	}
	test_init(bytes);
	test_integers();
	return check_done("test_hash");
}
