/* SPDX-License-Identifier: ISC */
/*
 * What auth asks its helpers, and what they answer: one datagram each, one
 * question at a time. A helper never learns the hash that is right, so that
 * it can't claim to have found it.
 */
#ifndef VB_AUTH_HASH_H
#define VB_AUTH_HASH_H

#include <stdint.h>

#define HASH_PASSWORD_MAX 257 /* with its NUL */
#define HASH_SETTING_MAX  192 /* salt and costs, as crypt(5) has them */
#define HASH_TEXT_MAX	  384 /* CRYPT_OUTPUT_SIZE */
#define HASH_SEC_MAX	  10 /* of a processor; then it ends: that is no hash */

struct hash_question {
	uint64_t number;
	char setting[HASH_SETTING_MAX];
	char password[HASH_PASSWORD_MAX];
};

struct hash_answer {
	uint64_t number;
	char hash[HASH_TEXT_MAX]; /* "": it could not be computed */
};

/* Enters the helper's sandbox and limits, or ends the process. */
void hash_confine(int has_sandbox);

/* The helper itself, on descriptor fd. Returns main()'s value. */
int hash_run(int fd, int has_sandbox);

#endif
