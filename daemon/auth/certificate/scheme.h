/* SPDX-License-Identifier: ISC */
/* A CertificateVerify, judged. */
#ifndef VB_AUTH_SCHEME_H
#define VB_AUTH_SCHEME_H

#include <openssl/types.h>

#include "daemon/auth/certificate/transcript.h"

enum scheme_side {
	SCHEME_SERVER,
	SCHEME_CLIENT
};

/*
 * Whether the key has signed that hash of a transcript, as that side of a
 * handshake signs (RFC 8446, 4.4.3), by a scheme that TLS 1.3 has for such a
 * key. **Borrows** all.
 */
int scheme_is_signed(EVP_PKEY *key, const struct signed_by *by,
    enum scheme_side side, struct slice hash);

#endif
