/* SPDX-License-Identifier: ISC */
/*
 * What the audit trail hears of people: a message to the master for each login,
 * failure and logout, before anybody else hears of it. journal.c calls it.
 */
#ifndef VB_AUTH_AUDIT_H
#define VB_AUTH_AUDIT_H

#include "daemon/auth/login.h"

struct ipc;

/* **Keeps** master, who hears it. */
void audit_connect(struct ipc *master);

/* Whether there is an audit trail, by the configuration that applies. */
void audit_use(int is_on);

/* login: the one that has begun; how: "password", "oidc", ... */
void audit_login(const struct login_asker *asker,
    const struct login_record *login, const char *name, const char *how);

void audit_failure(const struct login_asker *asker, const char *name,
    const char *how, const char *why);

/* client: who has ended it, or NULL: nobody, and why says what. */
void audit_logout(const struct login_record *login, const struct addr *client,
    const char *why);

#endif
