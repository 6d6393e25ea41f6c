/* SPDX-License-Identifier: ISC */
/*
 * A logout token: the provider says that somebody's session has ended (OpenID
 * Connect Back-Channel Logout 1.0, 2.4 and 2.6). Pure.
 */
#ifndef VB_OIDC_LOGOUT_TOKEN_H
#define VB_OIDC_LOGOUT_TOKEN_H

#include "daemon/auth/oidc/jwt.h"
#include "daemon/auth/oidc/validity.h"

/*
 * All of it lives as long as the token that it is from. Of sub and sid at least
 * one is there: with sid it is about that session (and of that user, if sub is
 * there), without about all of the user's.
 */
struct logout_token {
	const char *sub; /* 1 to VALIDITY_TEXT_MAX bytes, or NULL */
	const char *sid; /* the same */
	const char *jti; /* its name: it need not be taken twice */
	double exp;	 /* seconds since 1970: forget jti after it */
};

/*
 * Judges what a token says whose signature was verified; **borrows** all.
 * Returns 0, or VB_ESYNTAX with *fault, a constant text for the log.
 */
VB_MUST_CHECK int
logout_token_judge(const struct jwt *jwt, const struct validity_rules *rules,
    struct logout_token *out, const char **fault);

#endif
