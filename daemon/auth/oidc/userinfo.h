/* SPDX-License-Identifier: ISC */
/*
 * What a userinfo endpoint answers (OpenID Connect Core 1.0, 5.3.2 and 5.3.4).
 * Pure.
 */
#ifndef VB_OIDC_USERINFO_H
#define VB_OIDC_USERINFO_H

#include "daemon/auth/oidc/object.h"

/*
 * Reads claims that are not signed, and only about whom the ID token is: sub.
 * **Borrows** text and sub, **gives** the claims (json_decref(3)) in *out, or
 * NULL there. Returns 0, VB_ESYNTAX with *fault, a constant text for the log,
 * or VB_ENOMEM.
 */
VB_MUST_CHECK int userinfo_parse(const char *text, size_t len, const char *sub,
    json_t **out, const char **fault);

#endif
