/* SPDX-License-Identifier: ISC */
/* Salt and costs that a password is hashed with, whoever's it claims to be. */
#ifndef VB_AUTH_HASH_SETTING_H
#define VB_AUTH_HASH_SETTING_H

#include "daemon/auth/hash.h"
#include "daemon/auth/users.h"

/*
 * Writes what a name's hash was made with; "" where that can't be told. A name
 * that nobody has gets what somebody might have had, the same each time.
 * **Borrows** users, which may be NULL.
 */
void hash_setting_for(
    const struct users *users, const char *name, char out[HASH_SETTING_MAX]);

#endif
