/* SPDX-License-Identifier: ISC */
/*
 * A signed JSON Web Token (RFC 7519) in its compact form (RFC 7515, 7.1): whose
 * signature is right, and what it says. What it means, others judge
 * (id_token.h, logout_token.h). What of its header names a key or brings one
 * (jku, jwk, x5u, x5c), or changes how it is read (zip, b64), is never used;
 * one that says that it must be understood ("crit") is refused. RFC 8725 is
 * what this follows.
 */
#ifndef VB_OIDC_JWT_H
#define VB_OIDC_JWT_H

#include "daemon/auth/oidc/jwks.h"

#define JWT_TEXT_MAX OBJECT_TEXT_MAX /* characters */
#define JWT_TYPE_MAX 32		     /* with its NUL */

struct jwt {
	json_t *claims; /* an object */
	enum algorithm algorithm;
	char type[JWT_TYPE_MAX]; /* "typ", in lower case; "": it has none */
};

/*
 * Reads a token, and verifies its signature with the key that it names, or, if
 * it names none, with each that fits its algorithm; **borrows** text and keys.
 * **Gives** what *out has (jwt_clear()), which is nothing after an error.
 * *fault is a constant text for the log then, with nothing of the token, and
 * NULL otherwise. Returns 0, or
 * VB_ESYNTAX	it is no such token, or has an algorithm that is not taken
 * VB_ENOTFOUND	the set does not have the key, or may not: it names none and
 *		none that fits has signed it. A newer set may have it.
 * VB_EWEAK	the key that it names has not signed it
 * VB_ENOMEM
 */
VB_MUST_CHECK int jwt_verify(const char *text, size_t len,
    const struct jwks *keys, struct jwt *out, const char **fault);

/* Frees what it has. */
void jwt_clear(struct jwt *jwt);

#endif
