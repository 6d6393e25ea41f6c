/* SPDX-License-Identifier: ISC */
/* The public keys of a provider: a JWK Set (RFC 7517, 5). */
#ifndef VB_OIDC_JWKS_H
#define VB_OIDC_JWKS_H

#include "daemon/auth/oidc/jwk.h"

#define JWKS_MAX 64 /* keys of a set, with those that are left out */

struct jwks;

/*
 * Reads what jwks_uri answers; **borrows** text. A key that is not known, or
 * not for signatures, or bad, is left out; a set without any that is left is
 * refused. **Gives** *out, or NULL there. Returns 0, VB_ESYNTAX with *fault, a
 * constant text for the log, or VB_ENOMEM.
 */
VB_MUST_CHECK int
jwks_parse(const char *text, size_t len, struct jwks **out, const char **fault);

/* Frees; NULL is nothing. **Takes** jwks. */
void jwks_free(struct jwks *jwks);

size_t jwks_count(const struct jwks *jwks);

/* The i-th that was taken, i below jwks_count(). Borrowed from jwks. */
const struct jwk *jwks_at(const struct jwks *jwks, size_t i);

#endif
