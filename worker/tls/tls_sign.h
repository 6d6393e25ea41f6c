/* SPDX-License-Identifier: ISC */
/*
 * Signatures with the keys of tls_key.h (digest_sign): the keeper is asked for
 * each, and the handshake's job waits for it.
 */
#ifndef VB_TLS_SIGN_H
#define VB_TLS_SIGN_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/core.h>

/* What is to be signed, and where the signature goes. */
struct tls_sign_ask {
	uint32_t cert_id;
	uint16_t scheme; /* SignatureScheme, RFC 8446, 4.2.3 */
	const uint8_t *content;
	size_t content_len;
	uint8_t *signature;
	size_t size;
};

#define TLS_SIGN_LATER (-1)

/*
 * Answers with the length of the signature, with 0 where there is none, or
 * with TLS_SIGN_LATER: then the handshake's job pauses, and when it is
 * resumed the same is asked again. **Borrows** ask.
 */
typedef long tls_sign_asker(const struct tls_sign_ask *ask);

/* Who is asked from now on; NULL: nobody, and nothing is signed. */
void tls_sign_use(tls_sign_asker *asker);

/* RSA and ECDSA signatures; ends with a row of NULL. */
extern const OSSL_ALGORITHM tls_sign_algorithms[];

#endif
