/* SPDX-License-Identifier: ISC */
/*
 * The certificates that a client has presented, and that were verified. Those
 * between its own and client-ca's are not in a session that is resumed, but
 * in its ticket: libssl keeps only the first.
 */
#ifndef VB_TLS_PEER_H
#define VB_TLS_PEER_H

#include <openssl/types.h>

#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"

/* Puts into a ticket that is made what its resumption will need. 1, or 0. */
int tls_peer_keep(SSL *ssl);

/*
 * Writes them in DER, the client's own first. Returns the bytes, 0 if there is
 * none that was verified, or VB_ERANGE: they are more than there is room for,
 * or than PRESENTED_CERTS_MAX.
 */
VB_MUST_CHECK int tls_peer_write(SSL *ssl, uint8_t *out, size_t size);

/*
 * Why a handshake has just failed, from libcrypto's queue of errors, which
 * is empty then. A static text, or NULL.
 */
const char *tls_peer_fault(const SSL *ssl);

#endif
