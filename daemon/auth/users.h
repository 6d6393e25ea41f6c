/* SPDX-License-Identifier: ISC */
/*
 * The users' file, vncbridge-users(5), from memory: lines
 *
 *	name:hash:groups:second-factor
 *
 * One bad line refuses all of it, since a user who is left out by mistake, or
 * a lock that is not seen, is worse than yesterday's file.
 */
#ifndef VB_AUTH_USERS_H
#define VB_AUTH_USERS_H

#include <stddef.h>

#include "common/errors.h"
#include "daemon/auth/user.h"

#define USERS_TEXT_MAX (16UL << 20) /* bytes of a file */
#define USERS_MAX      100000
#define USERS_LINE_MAX 8192 /* bytes, without the line's end */

struct users_fault {
	unsigned line;	/* from 1; 0: the file as a whole */
	char text[256]; /* a sentence without its full stop, never a secret */
};

struct users;

/*
 * Reads len bytes; **borrows** text, which is the caller's to wipe. **Gives**
 * what it has read in *out, or NULL there. Returns 0, VB_ESYNTAX with all of
 * *fault, or VB_ENOMEM. Takes memory for at most USERS_MAX users, and opens
 * nothing.
 */
int users_parse(const char *text, size_t len, struct users **out,
    struct users_fault *fault) VB_MUST_CHECK;

/* Wipes and frees; NULL is nothing. **Takes** users. */
void users_free(struct users *users);

size_t users_count(const struct users *users);

/* The i-th of the file, i below users_count(). */
const struct user *users_at(const struct users *users, size_t i);

/* By the very name, in O(log n); NULL: there is none. */
const struct user *users_find(const struct users *users, const char *name);

/*
 * True for the name of a user or group: 1 to USERS_NAME_MAX letters, digits,
 * '.', '_', '-', '@' of ASCII, and neither '-' nor '@' first.
 */
int users_is_name(const char *name);

/* For people: "yescrypt", "bcrypt", "SHA-512", "argon2id". */
const char *users_kind_name(enum users_kind kind);

#endif
