/* SPDX-License-Identifier: ISC */
/* Whom a provider means: a name and groups, by what it claims. */
#ifndef VB_AUTH_SSO_WHO_H
#define VB_AUTH_SSO_WHO_H

#include "daemon/auth/oidc/claims.h"
#include "daemon/auth/sso.h"

/*
 * Fills name and groups of *who, which are **borrowed** from claims and groups.
 * userinfo is looked at for what the ID token's claims have not; or NULL.
 * Returns false, with why for the log, where nobody here is meant.
 */
int sso_who(const struct login_desk *desk, const struct provider *provider,
    const json_t *claims, const json_t *userinfo, struct login_who *who,
    struct claims_groups *groups, char why[SSO_WHY_MAX]);

#endif
