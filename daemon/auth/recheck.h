/* SPDX-License-Identifier: ISC */
/*
 * PAM is asked again about everybody who has logged in by it: after a reload,
 * and when it could not be asked. An account that is gone, has expired, or is
 * of other groups ends its logins; a PAM that does not answer ends none.
 */
#ifndef VB_AUTH_RECHECK_H
#define VB_AUTH_RECHECK_H

#include "daemon/auth/auth.h"

/* Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int recheck_init(struct auth *auth);

/* Begins with the first of them, where PAM is asked at all. */
void recheck_all(struct auth *auth);

/*
 * Asks of which groups somebody is, for the master's question with that cookie,
 * and answers it. Returns 0, or an error as of pam_look(): it is not answered.
 */
VB_MUST_CHECK int
recheck_whose(struct auth *auth, uint64_t cookie, const char *name);

#endif
