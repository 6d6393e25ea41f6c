/* SPDX-License-Identifier: ISC */
/* The second factor of a user. Pure. */
#ifndef VB_AUTH_USERS_FACTOR_H
#define VB_AUTH_USERS_FACTOR_H

#include "common/errors.h"
#include "daemon/auth/user.h"

/*
 * Reads "" or "totp=BASE32[,recovery=HEX[,HEX]...]", and decodes it in its
 * place: **keeps** text, as long as user is used. Returns NULL, or what is
 * wrong with it ("has ..."), a constant text.
 */
const char *users_factor_read(char *text, struct user *user) VB_MUST_CHECK;

#endif
