/* SPDX-License-Identifier: ISC */
#include <limits.h>

#include "daemon/auth/oidc/base64url.h"

#define DIGIT_BITS 6
#define BYTE_BITS  8

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz"
			     "0123456789-_";

/* Returns -1 for what is no digit. */
static int
value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-')
		return 62;
	return c == '_' ? 63 : -1;
}

int
base64url_decode(const char *text, size_t len, uint8_t *out, size_t size)
{
	unsigned held = 0, bits = 0;
	size_t i, count = 0;
	int value;

	if (len % 4 == 1)
		return VB_ESYNTAX;
	if (len / 4 * 3 + len % 4 * DIGIT_BITS / BYTE_BITS > size ||
	    len > INT_MAX)
		return VB_ERANGE;
	for (i = 0; i < len; i++) {
		if ((value = value_of(text[i])) < 0)
			return VB_ESYNTAX;
		held = held << DIGIT_BITS | (unsigned)value;
		bits += DIGIT_BITS;
		if (bits < BYTE_BITS)
			continue;
		bits -= BYTE_BITS;
		out[count++] = (uint8_t)(held >> bits);
		held &= (1u << bits) - 1;
	}
	return held == 0 ? (int)count : VB_ESYNTAX;
}

void
base64url_encode(const uint8_t *data, size_t len, char *out)
{
	unsigned held = 0, bits = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		held = held << BYTE_BITS | data[i];
		bits += BYTE_BITS;
		while (bits >= DIGIT_BITS) {
			bits -= DIGIT_BITS;
			*out++ = digits[held >> bits];
			held &= (1u << bits) - 1;
		}
	}
	if (bits > 0)
		*out++ = digits[held << (DIGIT_BITS - bits)];
	*out = '\0';
}
