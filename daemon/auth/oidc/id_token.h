/* SPDX-License-Identifier: ISC */
/*
 * An ID token: who has logged in, said to this client at this login (OpenID
 * Connect Core 1.0, 2 and 3.1.3.7). Pure.
 */
#ifndef VB_OIDC_ID_TOKEN_H
#define VB_OIDC_ID_TOKEN_H

#include "daemon/auth/oidc/jwt.h"
#include "daemon/auth/oidc/validity.h"

/* All of it lives as long as the token that it is from. */
struct id_token {
	const char *sub;      /* 1 to VALIDITY_TEXT_MAX bytes */
	const char *sid;      /* the provider's session; NULL: not said */
	const json_t *claims; /* for claims.h */
};

/*
 * Judges what a token says whose signature was verified; nonce is that of the
 * request. **Borrows** all. Returns 0, or VB_ESYNTAX with *fault, a constant
 * text for the log.
 */
VB_MUST_CHECK int
id_token_judge(const struct jwt *jwt, const struct validity_rules *rules,
    const char *nonce, struct id_token *out, const char **fault);

#endif
