/* SPDX-License-Identifier: ISC */
/* A user, as a line of the users' file says. */
#ifndef VB_AUTH_USER_H
#define VB_AUTH_USER_H

#include <stddef.h>
#include <stdint.h>

#define USERS_NAME_MAX	     63	 /* of a user, of a group */
#define USERS_HASH_MAX	     383 /* crypt(3): CRYPT_OUTPUT_SIZE, less a NUL */
#define USERS_GROUPS_MAX     64	 /* of one user */
#define USERS_SEED_MIN	     16	 /* bytes; RFC 4226, 4, R6 */
#define USERS_SEED_MAX	     64
#define USERS_RECOVERY_MAX   16 /* of one user */
#define USERS_RECOVERY_BYTES 32 /* SHA-256 */

enum users_kind {
	USERS_YESCRYPT,
	USERS_BCRYPT,
	USERS_SHA512,
	USERS_ARGON2ID
};

/* All of it lives as long as the struct users that it is from. */
struct user {
	const char *name;
	const char *hash; /* for crypt(3), without the mark of a lock */
	enum users_kind kind;
	int is_locked;
	const char *const *groups; /* without '@' */
	size_t group_count;
	const uint8_t *totp_seed; /* NULL: no second factor */
	size_t totp_len;
	/* SHA-256 of a code's 16 characters of BASE32, without hyphens */
	const uint8_t (*recovery)[USERS_RECOVERY_BYTES];
	size_t recovery_count;
	unsigned line; /* in the file, from 1 */
};

#endif
