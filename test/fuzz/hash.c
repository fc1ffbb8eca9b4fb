/*
 * hash.c: any bytes as a value to hash: those of a composite value come piece by
 * piece, and must give what they give in a row.
 */
#include "fuzz.h"

/* Adds the next n bytes, at most, in one of the ways there are. */
static void
add_piece(sk_hasher *hasher, const uint8_t *bytes, size_t n, uint8_t *at_most)
{
	if (n >= 8 && *at_most % 4 == 0)
	{
		sk_hasher_add64(hasher, sk_load64(bytes));
		*at_most = 8;
	}
	else if (n >= 4 && *at_most % 4 == 1)
	{
		sk_hasher_add32(hasher, sk_load32(bytes));
		*at_most = 4;
	}
	else if (n >= 1 && *at_most % 4 == 2)
	{
		sk_hasher_add8(hasher, *bytes);
		*at_most = 1;
	}
	else
	{
		*at_most = *at_most < n ? *at_most : (uint8_t) n;
		sk_hasher_add(hasher, bytes, *at_most);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
	script		in = {data, nbytes};
	uint64_t	seed = take(&in) % 2 == 0 ? 0 : take64(&in);
	uint64_t	sizes = seed_of(data, nbytes);
	buffer		value = copy_bytes(in.at, in.left);
	sk_hasher	hasher;

	sk_hasher_init(&hasher, seed);
	for (size_t at = 0; at < value.nbytes;)
	{
		uint8_t		size = (uint8_t) next_random(&sizes);

		add_piece(&hasher, value.bytes + at, value.nbytes - at, &size);
		at += size;
	}
	require(sk_hasher_result(&hasher) ==
			sk_hash_bytes(value.bytes, value.nbytes, seed), "a hash");
	if (value.nbytes == 8)
		require(sk_hash_u64(sk_load64(value.bytes), seed) ==
				sk_hash_bytes(value.bytes, 8, seed), "a hash of a number");
	free_buffer(&value);
	return 0;
}
