/* SPDX-License-Identifier: ISC */
/* The proof that who has the code is who asked for it (RFC 7636). Pure. */
#ifndef VB_OIDC_PKCE_H
#define VB_OIDC_PKCE_H

#include <stddef.h>

#include "common/errors.h"

#define PKCE_CHALLENGE_MAX 44 /* SHA-256 in base64url, and its NUL */

/*
 * The challenge of a verifier, of the method S256 (4.2). Returns 0, VB_ESYNTAX
 * for a verifier that is none (4.1: 43 to 128 unreserved characters), or
 * VB_ENOMEM.
 */
VB_MUST_CHECK int
pkce_challenge(const char *verifier, char out[PKCE_CHALLENGE_MAX]);

#endif
