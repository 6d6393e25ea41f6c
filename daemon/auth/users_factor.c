/* SPDX-License-Identifier: ISC */
/*
 * Second factors: the seed of a TOTP (RFC 6238), and hashes of recovery codes.
 * What is decoded is shorter than its text, and takes its place: then all of a
 * file's secrets are in one block, which is wiped.
 */
#include <string.h>

#include "daemon/auth/users_factor.h"

#define TOTP	     "totp="
#define RECOVERY     "recovery="
#define BASE32_BITS  5
#define HEX_BITS     4
#define RECOVERY_HEX (2UL * USERS_RECOVERY_BYTES)

/* RFC 4648, 6; or -1 */
static int
base32_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= '2' && c <= '7')
		return c - '2' + 26;
	return -1;
}

/*
 * Decodes in place, without padding. Returns how many bytes, or 0: other
 * characters, a length that nothing encodes to, or bits left over that are
 * not 0 (a mistyped end).
 */
static size_t
decode_base32(char *text)
{
	uint8_t *out = (uint8_t *)text;
	const char *p;
	unsigned bits = 0, held = 0;
	int value;

	for (p = text; *p != '\0'; p++) {
		if ((value = base32_value(*p)) < 0)
			return 0;
		held = (held << BASE32_BITS | (unsigned)value) & 0xfff;
		bits += BASE32_BITS;
		if (bits >= 8) {
			bits -= 8;
			*out++ = (uint8_t)(held >> bits);
		}
	}
	if (bits >= BASE32_BITS || (held & ((1U << bits) - 1)) != 0)
		return 0;
	return (size_t)(out - (uint8_t *)text);
}

/* of lower case, as sha256sum(1) writes it; or -1 */
static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Returns 0, or -1. out may be where text begins, or before it. */
static int
decode_hash(const char *text, uint8_t out[USERS_RECOVERY_BYTES])
{
	size_t i;
	int high, low;

	for (i = 0; i < USERS_RECOVERY_BYTES; i++) {
		high = hex_value(text[2 * i]);
		low = high < 0 ? -1 : hex_value(text[2 * i + 1]);
		if (low < 0)
			return -1;
		out[i] = (uint8_t)(high << HEX_BITS | low);
	}
	return 0;
}

static const char *
read_recovery(char *text, struct user *user)
{
	uint8_t(*out)[USERS_RECOVERY_BYTES] = (void *)text;
	const char *p = text;
	size_t count = 0;

	user->recovery = (const uint8_t(*)[USERS_RECOVERY_BYTES])out;
	for (;;) {
		if (count == USERS_RECOVERY_MAX)
			return "has more than 16 recovery codes";
		if (decode_hash(p, out[count++]) < 0 ||
		    (p[RECOVERY_HEX] != ',' && p[RECOVERY_HEX] != '\0'))
			return "has a recovery code that is not 64 digits of "
			       "hex in lower case";
		if (p[RECOVERY_HEX] == '\0')
			break;
		p += RECOVERY_HEX + 1;
	}
	user->recovery_count = count;
	return NULL;
}

static const char *
read_seed(char *text, struct user *user)
{
	size_t len = decode_base32(text);

	if (len == 0)
		return "has a seed that is not BASE32 (A to Z and 2 to 7, "
		       "without '=')";
	if (len < USERS_SEED_MIN)
		return "has a seed of less than 16 bytes";
	if (len > USERS_SEED_MAX)
		return "has a seed of more than 64 bytes";
	user->totp_seed = (const uint8_t *)text;
	user->totp_len = len;
	return NULL;
}

const char *
users_factor_read(char *text, struct user *user)
{
	char *rest;
	const char *why;

	if (text[0] == '\0')
		return NULL;
	if (strncmp(text, TOTP, strlen(TOTP)) != 0)
		return "is neither empty nor \"totp=...\"";
	rest = text;
	text += strlen(TOTP);
	(void)strsep(&rest, ",");
	if ((why = read_seed(text, user)) != NULL || rest == NULL)
		return why;
	if (strncmp(rest, RECOVERY, strlen(RECOVERY)) != 0)
		return "has something other than \"recovery=...\" after the "
		       "seed";
	return read_recovery(rest + strlen(RECOVERY), user);
}
