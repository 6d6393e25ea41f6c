/* SPDX-License-Identifier: ISC */
/*
 * A handshake's messages, as they come and go: what shows auth that a client
 * has the key of its certificate. Only where that is a login.
 */
#ifndef VB_TLS_PROOF_H
#define VB_TLS_PROOF_H

#include <openssl/types.h>
#include <stdint.h>

#include "common/errors.h"
#include "common/proto_prove.h"

struct tls_proof;

/* Of a session that has not begun. NULL without memory. */
struct tls_proof *tls_proof_new(SSL *ssl);
void tls_proof_free(struct tls_proof *proof); /* NULL is none */

/* The handshake is done. Returns 0 if there is nothing to show. */
int tls_proof_end(struct tls_proof *proof);

/* Where its stamp is kept; zeroes until it is set. */
struct stamp *tls_proof_stamp(struct tls_proof *proof);

/* See tls_shown(). */
VB_MUST_CHECK int
tls_proof_get(const struct tls_proof *proof, const uint8_t **messages);

#endif
