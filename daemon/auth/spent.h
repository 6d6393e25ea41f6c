/* SPDX-License-Identifier: ISC */
/*
 * Codes that were taken, so that none is taken twice: of an authenticator, as
 * long as they would be right, and recovery codes for good; and tokens by which
 * providers end logins. In a memory file, as the logins: a process that is
 * killed forgets none of them.
 */
#ifndef VB_AUTH_SPENT_H
#define VB_AUTH_SPENT_H

#include <stdint.h>

#include "common/errors.h"

#define SPENT_HASH_BYTES   32
#define SPENT_SHORT_MAX	   16384 /* of an authenticator, at a time */
#define SPENT_FOR_GOOD_MAX 65536
#define SPENT_TOKENS_MAX   16384 /* of providers, at a time */

struct spent;

/* The bytes that it needs of the file, from an offset that is a page's. */
uint64_t spent_bytes(void);

/*
 * Uses that part of the file, and finds what the process before has left
 * there. **Borrows** fd. Returns 0, VB_ESYS or VB_ENOMEM.
 */
VB_MUST_CHECK int spent_open(int fd, uint64_t offset, struct spent **out);
void spent_close(struct spent *spent); /* NULL is allowed */

/*
 * Takes a code, known by its hash. until_sec is when it would not be right
 * any more (in now_sec's time); 0: never. Returns 0, VB_ENOTFOUND if it was
 * taken before, or VB_EFULL: what can't be remembered is not taken.
 */
VB_MUST_CHECK int spent_take(struct spent *spent,
    const uint8_t hash[SPENT_HASH_BYTES], uint64_t until_sec, uint64_t now_sec);

/*
 * The same of a provider's token, which takes no room of a code: whoever has
 * many of them keeps nobody from logging in.
 */
VB_MUST_CHECK int spent_take_token(struct spent *spent,
    const uint8_t hash[SPENT_HASH_BYTES], uint64_t until_sec, uint64_t now_sec);

/* Whether a code was taken. */
int spent_has(const struct spent *spent, const uint8_t hash[SPENT_HASH_BYTES],
    uint64_t now_sec);

#endif
