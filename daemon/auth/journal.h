/* SPDX-License-Identifier: ISC */
/*
 * The log's lines about people: one for each login and its end, and, as a quota
 * allows (quota.h), for each that failed. No secret is in any; a name is
 * escaped, since somebody may have typed it.
 */
#ifndef VB_AUTH_JOURNAL_H
#define VB_AUTH_JOURNAL_H

#include "daemon/auth/sso.h"

void journal_answered(
    const struct login_asker *asker, const struct login_answer *answer);
void
journal_sso(const struct login_asker *asker, const struct sso_answer *answer);

/* A provider wanted logins to end, and was not heard. */
void journal_token_refused(
    const struct login_asker *asker, const struct sso_answer *answer);

/* A proxy has named somebody; login NULL: and that is no login, why says why */
void journal_named(const struct login_asker *asker, const char *name,
    const struct login_record *login, const char *why);

/* The same of somebody who has shown a certificate. */
void journal_certified(const struct login_asker *asker, const char *name,
    const struct login_record *login, const char *why);

/* A provider has ended so many logins. */
void journal_expelled(
    const struct login_asker *asker, const char *provider, uint32_t count);
void
journal_logout(const struct login_record *login, const struct addr *client);

/* It has ended without them. */
void journal_over(const struct login_record *login, const char *why);

#endif
