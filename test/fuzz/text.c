/*
 * text.c: any text as a value of any type: hll_in(), bloom_in(), cms_in() and
 * topk_in(), which decode base64 and then check the bytes.
 *
 * There is one text for each run of bytes: what is decoded must be encoded as the
 * same text again, and any bytes must come back.
 */
#include "fuzz_hll.h"
#include "core/base64.h"
#include "env.h"
#include "core/bloom/sketch.h"
#include "core/cms/sketch.h"
#include "core/topk/sketch.h"

static buffer
encode(buffer bytes)
{
	buffer		text = new_buffer(sk_base64_length(bytes.nbytes));

	sk_base64_encode(bytes.bytes, bytes.nbytes, (char *) text.bytes);
	return text;
}

/* In the room that sketch_in() gives it. */
static bool
decode(buffer text, buffer *bytes)
{
	*bytes = new_buffer(text.nbytes / 4 * 3);
	return sk_base64_decode((const char *) text.bytes, text.nbytes,
							bytes->bytes, &bytes->nbytes);
}

static void
check(buffer bytes)
{
	buffer		exact = copy_bytes(bytes.bytes, bytes.nbytes);
	int			accepted =
		(sk_hll_check(exact.bytes, exact.nbytes, &test_env) == SK_OK) +
		(sk_bloom_check(exact.bytes, exact.nbytes, &test_env) == SK_OK) +
		(sk_cms_check(exact.bytes, exact.nbytes, &test_env) == SK_OK) +
		(sk_topk_check(exact.bytes, exact.nbytes, &test_env) == SK_OK);

	require(accepted <= 1, "a value of two types");
	free_buffer(&exact);
}

/* As if the input were bytes. */
static void
there_and_back(buffer bytes)
{
	buffer		text = encode(bytes);
	buffer		again;

	require(decode(text, &again), "not decoded");
	require(same_bytes(bytes, again), "other bytes come back");
	free_buffer(&text);
	free_buffer(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t nbytes)
{
	buffer		text = copy_bytes(data, nbytes);
	buffer		bytes,
				again;

	there_and_back(text);
	if (decode(text, &bytes))
	{
		again = encode(bytes);
		require(same_bytes(text, again), "another text for the same bytes");
		check(bytes);
		free_buffer(&again);
	}
	free_buffer(&bytes);
	free_buffer(&text);
	return 0;
}

/* Half of the time, of what the text stands for. */
size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t nbytes, size_t room,
						unsigned int seed)
{
	buffer		text = {data, nbytes};
	buffer		bytes;

	if (seed % 2 == 0 || room < 4 || !decode(text, &bytes))
		return LLVMFuzzerMutate(data, nbytes, room);
	bytes.bytes = realloc(bytes.bytes, room / 4 * 3);
	bytes.nbytes = LLVMFuzzerMutate(bytes.bytes, bytes.nbytes, room / 4 * 3);
	text = encode(bytes);
	nbytes = text.nbytes;
	memcpy(data, text.bytes, nbytes);
	free_buffer(&text);
	free_buffer(&bytes);
	return nbytes;
}
