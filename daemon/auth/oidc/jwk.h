/* SPDX-License-Identifier: ISC */
/* One public key of a provider, a JSON Web Key (RFC 7517, 4). */
#ifndef VB_OIDC_JWK_H
#define VB_OIDC_JWK_H

#include <openssl/types.h>

#include "daemon/auth/oidc/algorithm.h"
#include "daemon/auth/oidc/object.h"

#define JWK_ID_MAX	     255  /* bytes of a kid */
#define JWK_RSA_BITS_MIN     2048 /* RFC 7518, 3.3 */
#define JWK_RSA_BITS_MAX     8192 /* more costs a verifier too much */
#define JWK_RSA_EXPONENT_MAX 4	  /* bytes */

struct jwk {
	enum key_type type;
	enum algorithm algorithm; /* the only one, or ALGORITHM_NONE: any */
	char *id;		  /* kid; NULL: it has none */
	EVP_PKEY *key;
};

/*
 * Makes the key of a member of "keys": an RSA key (RFC 7518, 6.3), one of the
 * curve P-256 (6.2), or of Ed25519 (RFC 8037, 2), that is for signatures.
 * Private parts are not looked at. **Gives** what *out has: jwk_clear().
 * Returns 0, VB_ENOTFOUND for a key of another kind or for other uses, VB_EWEAK
 * for one that is none or too small, or VB_ENOMEM; *out is cleared then.
 */
VB_MUST_CHECK int jwk_read(const json_t *o, struct jwk *out);

/* Frees what it has. */
void jwk_clear(struct jwk *jwk);

#endif
