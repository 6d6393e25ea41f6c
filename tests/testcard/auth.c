/* SPDX-License-Identifier: ISC */
/*
 * VNC authentication, RFC 6143, 7.2.2: the client encrypts 16 random bytes
 * with DES, the password being the key.
 *
 * DES itself is deprecated in OpenSSL 3 and its EVP form needs the legacy
 * provider, which need not be installed; the low-level call needs nothing.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/des.h>
#include <openssl/rand.h>

#include "tests/testcard/testcard.h"

#define KEY_BYTES 8 /* a longer password is cut, a shorter one padded */

void
auth_make_challenge(uint8_t challenge[RFB_CHALLENGE_BYTES])
{
	if (RAND_bytes(challenge, RFB_CHALLENGE_BYTES) != 1)
		errx(1, "no random bytes");
}

/* VNC takes the bits of each byte of the key in the other order. */
static uint8_t
mirror_bits(uint8_t byte)
{
	uint8_t out = 0;
	int i;

	for (i = 0; i < 8; i++)
		if (byte & (1u << i))
			out |= (uint8_t)(0x80u >> i);
	return out;
}

bool
auth_is_right(const char *password,
    const uint8_t challenge[RFB_CHALLENGE_BYTES],
    const uint8_t response[RFB_CHALLENGE_BYTES])
{
	DES_cblock key, in, out;
	DES_key_schedule schedule;
	uint8_t expected[RFB_CHALLENGE_BYTES];
	size_t i;

	memset(key, 0, sizeof(key));
	for (i = 0; i < KEY_BYTES && password[i] != '\0'; i++)
		key[i] = mirror_bits((uint8_t)password[i]);
	DES_set_key_unchecked(&key, &schedule);
	for (i = 0; i < RFB_CHALLENGE_BYTES; i += KEY_BYTES) {
		memcpy(in, challenge + i, KEY_BYTES);
		DES_ecb_encrypt(&in, &out, &schedule, DES_ENCRYPT);
		memcpy(expected + i, out, KEY_BYTES);
	}
	return CRYPTO_memcmp(expected, response, sizeof(expected)) == 0;
}
