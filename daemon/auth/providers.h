/* SPDX-License-Identifier: ISC */
/* All providers of OpenID Connect of a configuration. */
#ifndef VB_AUTH_PROVIDERS_H
#define VB_AUTH_PROVIDERS_H

#include "daemon/auth/provider.h"

struct providers {
	struct provider *all[OIDC_PROVIDERS_MAX];
	uint32_t count;
};

/* **Takes** it. Returns 0, or VB_EFULL: it is removed then. */
VB_MUST_CHECK int
providers_add(struct providers *providers, struct provider *provider);

/* By its number; NULL: there is none. */
struct provider *providers_at(const struct providers *providers, uint32_t i);

/* By what its logins are proved with; NULL: not any more. */
struct provider *providers_find(
    const struct providers *providers, const uint8_t proof[LOGIN_PROOF_BYTES]);

/* Removes all of them. */
void providers_clear(struct providers *providers);

/* **Takes** those of *next instead, which inherit what these know. */
void providers_replace(struct providers *providers, struct providers *next);

#endif
