/* SPDX-License-Identifier: ISC */
/* Keys and certificates of the tests' own, and what a handshake signs. */
#ifndef VB_TEST_CERT_MAKER_H
#define VB_TEST_CERT_MAKER_H

#include <openssl/types.h>
#include <stddef.h>
#include <stdint.h>

#include "common/proto.h"

#define MAKER_HOUR_SEC	  3600
#define MAKER_ECDSA_P256  0x0403 /* SignatureScheme */
#define MAKER_RSA_PSS_256 0x0804

/* "P-256", "RSA:2048": a new key. */
EVP_PKEY *maker_key(const char *kind);

/* Self-signed; in its dates from and to these, in seconds from now. */
X509 *maker_certificate(EVP_PKEY *key, long from_sec, long to_sec);

/* Memory files, which the caller closes. */
int maker_file(const void *bytes, size_t len);
int maker_certificate_file(X509 *certificate);
int maker_key_file(EVP_PKEY *key, const char *passphrase);

/* The PEM of both, one behind the other, in one file. */
int maker_both_file(X509 *certificate, EVP_PKEY *key);

/* A SIGN of TLS 1.3 (a hash of 32 bytes) and of TLS 1.2 (P-256). */
void maker_sign_1_3(struct msg_sign *sign, uint16_t scheme);
void maker_sign_1_2(struct msg_sign *sign, uint16_t scheme);

/* Whether the signature is one of that content with that scheme. */
int maker_verify(EVP_PKEY *key, const struct msg_sign *sign,
    const struct msg_signature *signature);

#endif
