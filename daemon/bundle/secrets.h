/* SPDX-License-Identifier: ISC */
/* The bridge's own secrets at providers of OpenID Connect, for auth. */
#ifndef VB_SECRETS_H
#define VB_SECRETS_H

#include <stdint.h>

#include "common/errors.h"
#include "daemon/bundle/conf.h"
#include "daemon/bundle/source.h"

struct secrets {
	int fds[OIDC_PROVIDERS_MAX]; /* sealed copies; -1: it has none */
	uint32_t bytes[OIDC_PROVIDERS_MAX];
};

/* Before secrets_open(): there is nothing to close. */
void secrets_init(struct secrets *secrets);

/*
 * Copies those that the configuration names. Returns 0, or a negative error
 * with error set.
 */
VB_MUST_CHECK int
secrets_open(const struct conf *conf, const struct source *source,
    struct secrets *out, char error[CONF_ERROR_MAX]);
void secrets_close(struct secrets *secrets);

/* Says what is wrong with the secret of that provider, which has one. */
void secrets_describe(const struct conf *conf, const struct conf_oidc *oidc,
    const char *why, char error[CONF_ERROR_MAX]);

#endif
