/* SPDX-License-Identifier: ISC */
/*
 * People whom a trusted proxy names: each of them, from each address, has one
 * login, which begins when they are named first. What the proxy says comes
 * through a worker, so that one that was taken over can name anybody.
 */
#ifndef VB_AUTH_NAMED_H
#define VB_AUTH_NAMED_H

#include "daemon/auth/login.h"

#define NAMED_WHY_MAX 80

/*
 * The login of that name with those groups ("a, b"; what is no name of a group
 * that is kept is left out), begun if there is none; **gives** its cookie.
 * NULL, with why for the log, where there can be none. *is_new: it was begun
 * now.
 */
const struct login_record *named_login(struct login_desk *desk,
    const struct addr *client, const char *name, const char *groups,
    uint8_t cookie[LOGIN_COOKIE_BYTES], int *is_new, char why[NAMED_WHY_MAX]);

/* What these logins are proved with: that this configuration believes proxies.
 * Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int named_prove(
    const struct msg_conf_header *header, uint8_t out[LOGIN_PROOF_BYTES]);

#endif
