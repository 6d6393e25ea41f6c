/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <inttypes.h>
#include <liboath/oath.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "daemon/auth/code.h"

#define DIGITS	       6
#define RECOVERY_CHARS 16

/* What was typed without blanks and hyphens, in upper case. */
static int
tidy(const char *text, char out[CODE_TEXT_MAX])
{
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (*text == ' ' || *text == '-')
			continue;
		if (n == CODE_TEXT_MAX - 1 || !isalnum((unsigned char)*text))
			return 0;
		out[n++] = (char)toupper((unsigned char)*text);
	}
	out[n] = '\0';
	return n == DIGITS || n == RECOVERY_CHARS;
}

static int
hash_text(const char *text, uint8_t out[SPENT_HASH_BYTES])
{
	return EVP_Digest(text, strlen(text), out, NULL, EVP_sha256(), NULL) ==
	    1;
}

static enum code_verdict
take(struct spent *spent, const uint8_t hash[SPENT_HASH_BYTES],
    uint64_t until_sec, uint64_t boot_sec, enum code_verdict verdict)
{
	/* one that can't be remembered could be used again */
	return spent_take(spent, hash, until_sec, boot_sec) == 0 ? verdict
								 : CODE_USED;
}

/* Known by its step, not by its digits: they may come again by chance. */
static enum code_verdict
check_totp(struct spent *spent, const struct user *user, const char *code,
    time_t now, uint64_t boot_sec)
{
	uint8_t hash[SPENT_HASH_BYTES];
	char name[USERS_NAME_MAX + 32];
	uint64_t counter = 0;
	int result;

	result =
	    oath_totp_validate3((const char *)user->totp_seed, user->totp_len,
		now, CODE_STEP_SEC, 0, CODE_WINDOW_STEPS, NULL, &counter, code);
	if (result < 0)
		return CODE_WRONG;
	snprintf(name, sizeof(name), "%s:totp:%" PRIu64, user->name, counter);
	if (!hash_text(name, hash))
		return CODE_WRONG;
	return take(spent, hash,
	    boot_sec + (2 * CODE_WINDOW_STEPS + 1) * CODE_STEP_SEC, boot_sec,
	    CODE_RIGHT);
}

static enum code_verdict
check_recovery(struct spent *spent, const struct user *user, const char *code,
    uint64_t boot_sec)
{
	uint8_t hash[SPENT_HASH_BYTES];
	size_t i;
	int is_found = 0;

	if (!hash_text(code, hash))
		return CODE_WRONG;
	for (i = 0; i < user->recovery_count; i++)
		is_found |=
		    CRYPTO_memcmp(hash, user->recovery[i], sizeof(hash)) == 0;
	if (!is_found)
		return CODE_WRONG;
	return take(spent, hash, 0, boot_sec, CODE_RECOVERY);
}

enum code_verdict
code_check(struct spent *spent, const struct user *user, const char *text,
    time_t now, uint64_t boot_sec)
{
	char code[CODE_TEXT_MAX];
	enum code_verdict verdict = CODE_WRONG;

	if (user->totp_seed != NULL && tidy(text, code))
		verdict = strlen(code) == DIGITS
		    ? check_totp(spent, user, code, now, boot_sec)
		    : check_recovery(spent, user, code, boot_sec);
	explicit_bzero(code, sizeof(code));
	return verdict;
}
