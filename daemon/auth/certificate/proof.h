/* SPDX-License-Identifier: ISC */
/*
 * Whether somebody has the key of the certificate that they have shown. A
 * worker says so, and could lie: what a client has signed in its handshake it
 * can't make up. That it was a handshake with this server the server's own
 * signature tells, in the same messages.
 */
#ifndef VB_AUTH_PROOF_H
#define VB_AUTH_PROOF_H

#include <openssl/types.h>

#include "daemon/auth/certificate/marks.h"
#include "daemon/auth/certificate/transcript.h"

#define PROOF_CERTS_MAX 8 /* as PRESENTED */

#define PROOF_HASH_MAX	64

/* What a handshake has shown. */
struct proof {
	STACK_OF(X509) * chain; /* owned; the client's certificate first */
	uint8_t hash[PROOF_HASH_MAX]; /* what the server has signed */
	size_t hash_len;
};

/*
 * Judges the messages of a handshake: the server's certificate must be one of
 * own, and both signatures right; who has signed the client's certificate is
 * not looked at. **Gives** *out, which proof_clear() frees in any case.
 * Returns NULL, or why not: a constant.
 */
const char *proof_check(const uint8_t *messages, size_t len,
    const struct marks *own, struct proof *out);
void proof_clear(struct proof *proof);

#endif
