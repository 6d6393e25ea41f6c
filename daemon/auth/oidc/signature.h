/* SPDX-License-Identifier: ISC */
/* A signature of a JWS (RFC 7518, 3.3 to 3.5; RFC 8037, 3.1). Pure. */
#ifndef VB_OIDC_SIGNATURE_H
#define VB_OIDC_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/auth/oidc/jwk.h"

#define SIGNATURE_MAX (JWK_RSA_BITS_MAX / 8) /* bytes */

/* What was signed, and the signature. Borrowed. */
struct signed_text {
	const char *text;
	size_t len;
	const uint8_t *signature;
	size_t signature_len;
};

/*
 * Whether the key's owner signed it in that way. The key has to be of the
 * algorithm's type: nothing is tried with another. False, too, if memory fails.
 */
int signature_is_good(enum algorithm algorithm, const struct jwk *jwk,
    const struct signed_text *what);

#endif
