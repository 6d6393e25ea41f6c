/* SPDX-License-Identifier: ISC */
/*
 * Private keys that are elsewhere: an OpenSSL 3 provider whose keys hold
 * the public part and the number of a certificate, and whose one operation,
 * signing, asks the keeper.
 */
#ifndef VB_TLS_KEY_H
#define VB_TLS_KEY_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

#include "common/errors.h"

/* What is to be signed, and where the signature goes. */
struct tls_key_ask {
	uint32_t cert_id;
	uint16_t scheme; /* SignatureScheme, RFC 8446, 4.2.3 */
	const uint8_t *content;
	size_t content_len;
	uint8_t *signature;
	size_t size;
};

#define TLS_KEY_LATER (-1)

/*
 * Answers with the length of the signature, with 0 where there is none, or
 * with TLS_KEY_LATER: then the handshake's job pauses, and when it is
 * resumed the same is asked again. **Borrows** ask.
 */
typedef long tls_key_asker(const struct tls_key_ask *ask);

/*
 * Loads libcrypto's own provider and this one after it; to be called
 * before the sandbox is entered. Returns 0 or VB_ESYS.
 */
VB_MUST_CHECK int tls_key_open(tls_key_asker *asker);

/*
 * The key that belongs to a certificate's public key (RSA or EC), which is
 * copied. NULL if it is of another kind, or without memory. The caller owns
 * it.
 */
EVP_PKEY *tls_key_new(uint32_t cert_id, EVP_PKEY *public_key);

#endif
