/* SPDX-License-Identifier: ISC */
/*
 * The end of logins: each is looked at once a second, and all of them when the
 * users have changed.
 */
#ifndef VB_AUTH_WATCH_H
#define VB_AUTH_WATCH_H

#include "common/errors.h"
#include "daemon/auth/auth.h"

/* Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int watch_init(struct auth *auth);

/* Begins to look once a second. */
void watch_start(struct auth *auth);

/* Looks at all of them now. */
void watch_all(struct auth *auth);

/*
 * Ends a login, with the sessions that it has. **Keeps** reason, a constant,
 * which is for a person.
 */
void watch_end(
    struct auth *auth, const struct login_record *login, const char *reason);

/* The same for a fault, which is logged; one that is half ends without. */
void watch_fault(
    struct auth *auth, const struct login_record *login, const char *why);

/*
 * Ends logins by a provider: those of a session of its, or, where that is NULL,
 * all of a subject; each is a mark (provider.h). Returns how many.
 */
uint32_t watch_expel_mark(
    struct auth *auth, const uint8_t *subject, const uint8_t *session);

/* Ends all logins of a user, halves too. Returns how many were whole. */
uint32_t watch_expel(struct auth *auth, const char *user);

#endif
