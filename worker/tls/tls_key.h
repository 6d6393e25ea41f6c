/* SPDX-License-Identifier: ISC */
/*
 * A private key that is elsewhere: the public part, and the number of a
 * certificate. For libssl it is a key of our provider (keymgmt): it says what
 * it is, and that it belongs to the certificate.
 */
#ifndef VB_TLS_KEY_H
#define VB_TLS_KEY_H

#include <stdint.h>

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/types.h>

/* The provider's name, and what finds that which is its own. */
#define TLS_KEY_PROVIDER "vncbridge-keeper"
#define TLS_KEY_QUERY	 "provider=" TLS_KEY_PROVIDER

/* as libcrypto's own provider has it, for keys and signatures */
#define TLS_KEY_NAMES_RSA "RSA:rsaEncryption:1.2.840.113549.1.1.1"

/* A row of a table of what the provider can do. */
#define TLS_KEY_FUNCTION(id, function)           \
	{                                        \
		(id), (void (*)(void))(function) \
	}

struct tls_key {
	uint32_t cert_id;
	EVP_PKEY *public_key; /* libcrypto's own */
};

/* RSA and EC keys; ends with a row of NULL. */
extern const OSSL_ALGORITHM tls_key_algorithms[];

/*
 * The key that belongs to a certificate's public key (RSA or EC), which is
 * copied. NULL if it is of another kind, or without memory. The caller owns
 * it. Call tls_provider_open() first.
 */
EVP_PKEY *tls_key_new(uint32_t cert_id, EVP_PKEY *public_key);

#endif
