/*
 * base64.h: the text form of sketches (RFC 4648, section 4), read strictly.
 *
 * One line, padded, and one text only for each run of bytes: white space,
 * missing padding and unused bits that are set are refused. PostgreSQL's own
 * decoder accepts more than that and changed its signature between versions.
 */
#ifndef SK_BASE64_H
#define SK_BASE64_H

#include "core/bits.h"

static const char sk_base64_digits[] =
"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Length of the text of nbytes. */
static inline size_t
sk_base64_length(size_t nbytes)
{
	return (nbytes + 2) / 3 * 4;
}

/* Writes sk_base64_length(nbytes) characters, no terminator. */
static inline void
sk_base64_encode(const uint8_t *bytes, size_t nbytes, char *text)
{
	for (size_t i = 0; i < nbytes; i += 3, text += 4)
	{
		uint32_t	three = (uint32_t) bytes[i] << 16;

		if (i + 1 < nbytes)
			three |= (uint32_t) bytes[i + 1] << 8;
		if (i + 2 < nbytes)
			three |= bytes[i + 2];
		text[0] = sk_base64_digits[three >> 18];
		text[1] = sk_base64_digits[three >> 12 & 63];
		text[2] = i + 1 < nbytes ? sk_base64_digits[three >> 6 & 63] : '=';
		text[3] = i + 2 < nbytes ? sk_base64_digits[three & 63] : '=';
	}
}

/* The value of a digit, or 64 for any other character. */
static inline uint32_t
sk_base64_value(char digit)
{
	if (digit >= 'A' && digit <= 'Z')
		return (uint32_t) (digit - 'A');
	if (digit >= 'a' && digit <= 'z')
		return (uint32_t) (digit - 'a' + 26);
	if (digit >= '0' && digit <= '9')
		return (uint32_t) (digit - '0' + 52);
	return digit == '+' ? 62 : digit == '/' ? 63 : 64;
}

/*
 * Decodes a text of this length into at most length / 4 * 3 bytes. False when
 * it is no such text; *nbytes is then undefined.
 */
static inline bool
sk_base64_decode(const char *text, size_t length, uint8_t *bytes,
				 size_t *nbytes)
{
	size_t		padding = 0;

	if (length % 4 != 0)
		return false;
	while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
		padding++;
	*nbytes = length / 4 * 3 - padding;
	for (size_t i = 0, out = 0; i < length; i += 4)
	{
		uint32_t	three = 0;

		for (size_t j = i; j < i + 4; j++)
		{
			uint32_t	value = j < length - padding ?
				sk_base64_value(text[j]) : 0;

			if (value > 63)
				return false;
			three = three << 6 | value;
		}
		for (int shift = 16; shift >= 0; shift -= 8, out++)
			if (out < *nbytes)
				bytes[out] = (uint8_t) (three >> shift);
			else if ((three >> shift & 0xFF) != 0)
				return false;
	}
	return true;
}

#endif							/* SK_BASE64_H */
