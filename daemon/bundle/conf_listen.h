/* SPDX-License-Identifier: ISC */
/* Where the configuration, or the command line, says to listen. */
#ifndef VB_CONF_LISTEN_H
#define VB_CONF_LISTEN_H

#include <confuse.h>

#include "common/errors.h"
#include "daemon/bundle/conf.h"

/*
 * Takes the addresses of -l, or else of a validated file, or else the default,
 * into conf; what a section says of TLS is conf_tls.h's. Returns 0, VB_ENOMEM,
 * or VB_ESYNTAX or VB_EFULL with error set.
 */
VB_MUST_CHECK int
conf_take_listeners(cfg_t *cfg, const struct conf_options *options,
    struct conf *conf, char error[CONF_ERROR_MAX]);

/*
 * Looks for a listener where no one could be let in: with proxy-protocol, and
 * without trusted-proxies. Returns 0, or VB_ESYNTAX with error set.
 */
VB_MUST_CHECK int
conf_check_listeners(const struct conf *conf, char error[CONF_ERROR_MAX]);

#endif
