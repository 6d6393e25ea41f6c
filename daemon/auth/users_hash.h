/* SPDX-License-Identifier: ISC */
/* The hash of a password, as crypt(5) writes it. Pure. */
#ifndef VB_AUTH_USERS_HASH_H
#define VB_AUTH_USERS_HASH_H

#include "common/errors.h"
#include "daemon/auth/user.h"

/*
 * Sets *kind and returns NULL if it is of a kind that is taken and of that
 * kind's form; else what it is ("is ..."), a constant text that has nothing
 * of the hash in it. Whether crypt(3) takes its costs, crypt(3) will say.
 */
const char *
users_hash_judge(const char *hash, enum users_kind *kind) VB_MUST_CHECK;

#endif
