/* SPDX-License-Identifier: ISC */
/* Who vouches for the providers that people log in by: their CAs, for fetch. */
#ifndef VB_BUNDLE_PROVIDERS_H
#define VB_BUNDLE_PROVIDERS_H

#include "common/errors.h"
#include "daemon/bundle/conf.h"
#include "daemon/bundle/source.h"

/* What vouches for a provider that names no file. */
#define PROVIDERS_SYSTEM_CA "/etc/ssl/certs/ca-certificates.crt"

/*
 * A sealed copy for each of conf's. **Gives** fds: -1 for one that is asked
 * without TLS alone, or in a check that had no right to it; on failure, too.
 * Returns 0 or a negative error, with error set.
 */
VB_MUST_CHECK int
providers_open(const struct conf *conf, const struct source *source,
    int fds[FETCH_SOURCES_MAX], char error[CONF_ERROR_MAX]);

/* The file of that provider. */
static inline const char *
providers_ca_file(const struct conf_fetch *fetch)
{
	return fetch->ca_file != NULL ? fetch->ca_file : PROVIDERS_SYSTEM_CA;
}

#endif
