/* SPDX-License-Identifier: ISC */
/* Who shows a certificate, and has its key. */
#ifndef VB_AUTH_CERTIFIED_H
#define VB_AUTH_CERTIFIED_H

#include "daemon/auth/login.h"

/*
 * The login of who has shown that, begun if there is none; as named_login():
 * its cookie, whether it is new, or NULL and why, in words for a person; then
 * name is who it would be, or "".
 */
const struct login_record *certified_login(struct login_desk *desk,
    const struct msg_prove *prove, uint8_t cookie[LOGIN_COOKIE_BYTES],
    int *is_new, char name[LOGINS_NAME_MAX], const char **why);

#endif
