/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "daemon/auth/digest.h"
#include "daemon/auth/hash_setting.h"

#define BCRYPT_SETTING 29 /* "$2b$12$" and the salt, without the hash */

/* What a name that nobody has is hashed with: yescrypt's default costs. */
#define DECOY "$y$j9T$LdJMENpBABJJ3hIHjB1Bi."

/* Salt and costs without the hash, which no helper is to see. */
static void
setting_of(const struct user *user, char out[HASH_SETTING_MAX])
{
	const char *end = strrchr(user->hash, '$');
	size_t len;

	if (user->kind == USERS_BCRYPT)
		len = BCRYPT_SETTING;
	else
		len = end == NULL ? 0 : (size_t)(end - user->hash);
	if (len >= HASH_SETTING_MAX || len > strlen(user->hash))
		len = 0; /* no setting: no hash */
	memcpy(out, user->hash, len);
	out[len] = '\0';
}

/*
 * A number for a name that nobody has, the same one each time, and after each
 * start: of it and of a hash, which is secret.
 */
static uint32_t
number_of(const char *name, const char *hash)
{
	uint8_t bytes[DIGEST_BYTES];
	struct digest digest;
	uint32_t number = 0;

	digest_begin(&digest);
	digest_add(&digest, hash);
	digest_add(&digest, name);
	if (digest_end(&digest, bytes) == 0)
		memcpy(&number, bytes, sizeof(number));
	return number;
}

/*
 * Kind and costs of some user: where they differ, names that nobody has differ
 * as much, and how long one takes does not tell which it is.
 */
static void
decoy_of(
    const struct users *users, const char *name, char out[HASH_SETTING_MAX])
{
	size_t count = users == NULL ? 0 : users_count(users);

	if (count == 0) {
		strlcpy(out, DECOY, HASH_SETTING_MAX);
		return;
	}
	setting_of(
	    users_at(users, number_of(name, users_at(users, 0)->hash) % count),
	    out);
}

void
hash_setting_for(
    const struct users *users, const char *name, char out[HASH_SETTING_MAX])
{
	const struct user *user =
	    users == NULL ? NULL : users_find(users, name);

	if (user != NULL)
		setting_of(user, out);
	else
		decoy_of(users, name, out);
}
