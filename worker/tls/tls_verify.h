/* SPDX-License-Identifier: ISC */
/*
 * Whether a target is who it should be: its certificate leads to a known
 * authority and is for its name, or its key is a pinned one (then the key
 * is all that counts: neither dates nor issuer are looked at).
 */
#ifndef VB_TLS_VERIFY_H
#define VB_TLS_VERIFY_H

#include <openssl/types.h>

#include "common/errors.h"
#include "worker/tls/tls.h"

struct tls_target;

/* Sessions of ctx are verified. */
void tls_verify_use(SSL_CTX *ctx);

/*
 * What a session must be shown. **Borrows** target, as long as ssl lives.
 * Returns 0 or VB_ENOMEM.
 */
VB_MUST_CHECK int tls_verify_expect(SSL *ssl, const struct tls_target *target);

/*
 * Why what has failed ("the TLS handshake failed", or of what came behind it),
 * as what follows "lab1: ": ASCII, escaped. To be called before anything else
 * of libssl. Returns out.
 */
const char *
tls_verify_fault(SSL *ssl, const char *what, char out[TLS_FAULT_MAX]);

#endif
