/* SPDX-License-Identifier: ISC */
/*
 * What auth is told by the master of the configuration: collected from
 * CONF_START on, and in effect from CONF_END on. ipc_handlers; arg is struct
 * auth. What is of certificates is in conf_certificates.h.
 */
#ifndef VB_AUTH_CONF_H
#define VB_AUTH_CONF_H

#include "daemon/auth/auth.h"

int conf_on_logins(void *arg, const void *body, int *fd);
int conf_on_start(void *arg, const void *body, int *fd);
int conf_on_users(void *arg, const void *body, int *fd);
int conf_on_fetch_host(void *arg, const void *body, int *fd);
int conf_on_fetch_ca(void *arg, const void *body, int *fd);
int conf_on_oidc(void *arg, const void *body, int *fd);
int conf_on_group(void *arg, const void *body, int *fd);
int conf_on_header(void *arg, const void *body, int *fd);
int conf_on_pam(void *arg, const void *body, int *fd);
int conf_on_end(void *arg, const void *body, int *fd);

#endif
