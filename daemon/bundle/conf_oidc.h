/* SPDX-License-Identifier: ISC */
/* An auth "oidc" section: a provider of OpenID Connect. */
#ifndef VB_CONF_OIDC_H
#define VB_CONF_OIDC_H

#include <confuse.h>

#include "daemon/bundle/conf.h"

/*
 * True for an issuer (OpenID Connect Discovery 1.0, 3): an URL of https, or of
 * http where its host is this one, without query and fragment. Fills *host,
 * unless it is NULL.
 */
int conf_oidc_is_issuer(const char *text, struct msg_conf_fetch_host *host);

/* True for HOST, with its usual port, or HOST:PORT. *host as above. */
int conf_oidc_is_host(
    const char *text, uint32_t usual_port, struct msg_conf_fetch_host *host);

/* What is wrong with a section, "has ...", perhaps in why, or NULL. */
const char *conf_oidc_fault(cfg_t *section, char why[CONF_ERROR_MAX]);

/* Takes a section, which was validated. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int
conf_oidc_take(cfg_t *section, struct conf_oidc *out, struct conf_fetch *fetch);

#endif
