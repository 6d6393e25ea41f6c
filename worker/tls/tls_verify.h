/* SPDX-License-Identifier: ISC */
/*
 * Whether a target is the right one: its certificate leads to a known
 * authority and is for its name, or its key is a pinned one (then the key
 * is all that counts: neither dates nor issuer are looked at).
 */
#ifndef VB_TLS_VERIFY_H
#define VB_TLS_VERIFY_H

#include <openssl/types.h>

#include "common/errors.h"
#include "common/proto.h"
#include "worker/tls/tls_size.h"

/* Sessions of ctx are verified. */
void tls_verify_use(SSL_CTX *ctx);

/*
 * What a session must be shown; cas are the authorities, NULL where the target
 * is known by its pins. **Borrows** target and cas, as long as ssl lives.
 * Returns 0 or VB_ENOMEM.
 */
VB_MUST_CHECK int tls_verify_expect(
    SSL *ssl, const struct msg_conf_target_tls *target, X509_STORE *cas);

/*
 * Why what has failed ("the TLS handshake failed", or of what came behind it),
 * as what follows "lab1: ": ASCII, escaped. To be called before anything else
 * of libssl. Returns out.
 */
const char *
tls_verify_fault(SSL *ssl, const char *what, char out[TLS_FAULT_MAX]);

#endif
