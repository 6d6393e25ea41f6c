/* SPDX-License-Identifier: ISC */
/* One signature. */
#ifndef VB_KEEPER_SIGN_H
#define VB_KEEPER_SIGN_H

#include <openssl/types.h>
#include <stdint.h>

#include "common/proto.h"

/*
 * Signs what a server's handshake signs, and nothing else, with a scheme that
 * fits the key and the version; tls_minimum is a ProtocolVersion. Fills code,
 * and signature and its length where the code is SIGNED_OK; the rest is the
 * caller's. sign is untrusted, but for its length, which content holds.
 */
void sign_content(EVP_PKEY *key, const struct msg_sign *sign,
    uint16_t tls_minimum, struct msg_signature *out);

#endif
