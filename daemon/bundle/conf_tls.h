/* SPDX-License-Identifier: ISC */
/* What the configuration says of TLS with clients. */
#ifndef VB_CONF_TLS_H
#define VB_CONF_TLS_H

#include <confuse.h>

#include "common/errors.h"
#include "daemon/bundle/conf.h"

/* enum verify_client of "no", "optional", "require", or VB_ESYNTAX. */
int conf_verify_client(const char *text);

/* What is wrong with a listener's settings of TLS together, or NULL. */
const char *conf_tls_fault(cfg_t *section);

/*
 * Takes what a validated file says of TLS into conf, whose listeners are
 * there already; from_file: they are the file's. Returns 0, VB_ENOMEM, or
 * VB_EFULL with error set.
 */
VB_MUST_CHECK int conf_take_tls(
    cfg_t *cfg, int from_file, struct conf *conf, char error[CONF_ERROR_MAX]);

/*
 * Whether OpenSSL knows the words of ciphers, ciphersuites or curves: a
 * worker could not start with others.
 */
int conf_tls_knows(const char *setting, const char *words);

#define CONF_CIPHERS_MAX                                    \
	(sizeof(((struct msg_conf_tls_text *)0)->ciphers) + \
	    sizeof(CONF_CIPHERS_NEVER))

/* The words for TLS 1.2 as a worker gives them to OpenSSL. */
void conf_tls_ciphers(const char *words, char out[CONF_CIPHERS_MAX]);

#endif
