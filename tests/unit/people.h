/* SPDX-License-Identifier: ISC */
/* Certificates of clients, who vouches for them, and who no longer does. */
#ifndef VB_TEST_PEOPLE_H
#define VB_TEST_PEOPLE_H

#include <openssl/types.h>
#include <stddef.h>
#include <stdint.h>

#define PEOPLE_DAY_SEC 86400

/* Zero is a default: a client's, in its dates, by itself. */
struct person {
	const char *cn;	   /* NULL: an empty subject */
	const char *names; /* of subjectAltName, in OpenSSL's words */
	const char *usage; /* extendedKeyUsage; NULL: for clients */
	long from_sec;	   /* from now; both 0: from yesterday to tomorrow */
	long to_sec;
	X509 *issuer;
	int is_authority;
	int is_forged; /* signed by another key than issuer's */
};

/* Frees all certificates that were made: for the end of a test. */
void people_free(void);

/* All have the same key, but who forges. **Keeps** it: people_free. */
X509 *people_cert(const struct person *person);

/* PEM in a memory file, which the caller closes. */
int people_file(X509 *cert);

/* A list, from issuer, of the one that is revoked. */
int people_revoke(X509 *issuer, X509 *revoked);

/* Adds the DER of one behind out + len; returns the new length. */
size_t people_der(X509 *cert, uint8_t *out, size_t len, size_t size);

#endif
