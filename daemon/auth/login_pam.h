/* SPDX-License-Identifier: ISC */
/*
 * Logins of those whom PAM knows, part of login.h: a name and a password become
 * a cookie, or half of one while a module waits for a code.
 */
#ifndef VB_AUTH_LOGIN_PAM_H
#define VB_AUTH_LOGIN_PAM_H

#include "daemon/auth/login.h"

#define LOGIN_PAM_HALVES_OF_NAME 4 /* then the oldest goes */

/* As pam_init(). unheard hears of an answer that nobody waits for. */
void login_pam_init(struct login_desk *desk, struct event_base *base,
    struct ipc *const *master, login_answered *unheard);

/* What these logins are proved with: that PAM is asked, by this service.
 * Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int
login_pam_prove(const char *service, uint8_t out[LOGIN_PROOF_BYTES]);

/*
 * As login_try() and login_try_code(), for those whom PAM knows: who is not in
 * the users' file, and halves that it has begun. Returns 0 where it is nothing
 * for PAM: it is not answered then.
 */
VB_MUST_CHECK int
login_pam_try(struct login_desk *desk, const struct login_asker *asker,
    const char *name, const char *password, login_answered *answered);
VB_MUST_CHECK int login_pam_try_code(struct login_desk *desk,
    const struct login_asker *asker, const uint8_t cookie[LOGIN_COOKIE_BYTES],
    const char *code, login_answered *answered);

/* Ends conversations whose half of a login is over. Once a second. */
void login_pam_tick(struct login_desk *desk);

#endif
