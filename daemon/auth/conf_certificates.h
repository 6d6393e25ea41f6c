/* SPDX-License-Identifier: ISC */
/*
 * The configuration of certificates that are logins: the handlers of the
 * master's messages, as in master.c.
 */
#ifndef VB_AUTH_CONF_CERTIFICATES_H
#define VB_AUTH_CONF_CERTIFICATES_H

#include "daemon/auth/auth.h"

/* A configuration begins: what was collected for one before is forgotten. */
void conf_forget_certificates(struct auth *auth);

/* Once, before any of it. */
int conf_on_stamp(void *arg, const void *body, int *fd);

int conf_on_certificate(void *arg, const void *body, int *fd);
int conf_on_cert(void *arg, const void *body, int *fd);
int conf_on_listener(void *arg, const void *body, int *fd);
int conf_on_ca(void *arg, const void *body, int *fd);

/* What was collected applies from now on. */
void conf_take_certificates(struct auth *auth);

#endif
