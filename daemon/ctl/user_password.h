/* SPDX-License-Identifier: ISC */
/*
 * A password of a user: asked for, judged and hashed. What goes wrong is said
 * in an operator's words.
 */
#ifndef VB_CTL_USER_PASSWORD_H
#define VB_CTL_USER_PASSWORD_H

#include "common/errors.h"
#include "daemon/auth/users.h"

#define USER_PASSWORD_MAX 256 /* bytes; what a login takes */

/*
 * From the terminal, twice and without echo, if fd is -1; else one line of
 * that descriptor. Warns of a short one. Returns 0, or -1; wiping out is the
 * caller's in both cases.
 */
int user_password_ask(
    const char *name, int fd, char out[USER_PASSWORD_MAX + 1]) VB_MUST_CHECK;

/* By yescrypt, with libcrypt's costs. Returns 0 or -1. */
int user_password_hash(
    const char *password, char out[USERS_HASH_MAX + 1]) VB_MUST_CHECK;

#endif
