/* SPDX-License-Identifier: ISC */
/* Web sites and their names, as the configuration lists them. */
#ifndef VB_CONF_SITE_H
#define VB_CONF_SITE_H

#include <confuse.h>

#include "common/errors.h"
#include "common/proto.h"
#include "daemon/bundle/conf.h"

/*
 * Writes an origin as a browser does (RFC 6454, 6.2): lower case, without
 * the scheme's own port; of a web site also with "*." for its first labels.
 * Returns 0, VB_ESYNTAX or VB_ERANGE.
 */
VB_MUST_CHECK int
conf_normalize_origin(const char *text, char out[PROTO_ORIGIN_MAX]);

/*
 * Writes an entry of hosts, "name" or "*.name", in lower case and without a
 * dot at its end; an address comes out as it is. Returns 0 or VB_ESYNTAX.
 */
VB_MUST_CHECK int
conf_normalize_host(const char *text, char out[PROTO_HOST_MAX]);

/* True if a target of that name would hide a path of the bridge itself. */
int conf_is_own_path(const char *name);

/*
 * Takes origins, frame-ancestors and hosts, which were validated. Returns 0
 * or, with what is wrong in error, VB_EFULL or VB_ENOMEM.
 */
VB_MUST_CHECK int
conf_take_sites(cfg_t *cfg, struct conf *conf, char error[CONF_ERROR_MAX]);

#endif
