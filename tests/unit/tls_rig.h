/* SPDX-License-Identifier: ISC */
/* Keys and certificates, made for a test. */
#ifndef VB_TEST_TLS_RIG_H
#define VB_TEST_TLS_RIG_H

#include <stddef.h>

#include <openssl/ssl.h>

/* "RSA", or a curve's name. */
EVP_PKEY *rig_key(const char *kind);

/*
 * A certificate for names ("DNS:a.example,DNS:*.b.example"; the first is
 * the subject), signed by issuer with its key; NULL: by itself.
 */
X509 *
rig_cert(EVP_PKEY *key, const char *names, X509 *issuer, EVP_PKEY *issuer_key);

/* A chain of one, as CONF_CERT brings it. */
int rig_cert_file(X509 *cert);

/* Signs as the keeper does. Returns the length. */
size_t rig_sign(EVP_PKEY *key, unsigned scheme, const void *content, size_t len,
    unsigned char *signature, size_t size);

#endif
