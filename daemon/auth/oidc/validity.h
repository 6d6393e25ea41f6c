/* SPDX-License-Identifier: ISC */
/*
 * What the claims of an ID token and of a logout token have alike: from whom,
 * for whom, when (OpenID Connect Core 1.0, 3.1.3.7; RFC 7519, 4.1). Pure.
 */
#ifndef VB_OIDC_VALIDITY_H
#define VB_OIDC_VALIDITY_H

#include <time.h>

#include "daemon/auth/oidc/object.h"

#define VALIDITY_TEXT_MAX 255 /* bytes of sub (OpenID Connect Core, 2), sid */

struct validity_rules {
	const char *issuer;    /* as it is configured */
	const char *client_id; /* the bridge's */
	time_t now;	       /* of the clock, seconds since 1970 */
	unsigned skew_sec;     /* by which the provider's clock may differ */
	unsigned age_max_sec;  /* of a token, since "iat" */
};

/*
 * Judges iss, aud, azp, exp, iat and nbf; **borrows** both. Returns 0, or
 * VB_ESYNTAX with *fault, a constant text for the log.
 */
VB_MUST_CHECK int validity_judge(const json_t *claims,
    const struct validity_rules *rules, const char **fault);

#endif
