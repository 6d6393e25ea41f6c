/* SPDX-License-Identifier: ISC */
/*
 * A set of things of certificates, by their SHA-256: the bridge's own
 * certificates, the authorities, what is revoked.
 */
#ifndef VB_AUTH_MARKS_H
#define VB_AUTH_MARKS_H

#include <openssl/types.h>
#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"

#define MARK_BYTES 32

struct marks {
	uint8_t (*marks)[MARK_BYTES]; /* owned */
	size_t count, room;
	int is_sorted;
};

/* Of zeroes: empty. Frees what it has, and makes it empty. */
void marks_clear(struct marks *marks);

/* Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int
marks_add(struct marks *marks, const uint8_t mark[MARK_BYTES]);

/* Between the last marks_add() and this: marks_sort(). */
void marks_sort(struct marks *marks);
int marks_has(const struct marks *marks, const uint8_t mark[MARK_BYTES]);

/* Of the certificate as a whole. **Borrow**, all. Return 0 or VB_ENOMEM. */
VB_MUST_CHECK int mark_of_cert(const X509 *cert, uint8_t out[MARK_BYTES]);

/* By which it is revoked: its issuer and its number (RFC 5280, 5.3). */
VB_MUST_CHECK int mark_of_number(const X509_NAME *issuer,
    const ASN1_INTEGER *number, uint8_t out[MARK_BYTES]);

/* All that a file has: CONF_CERT's (the first), CONF_CA's. **Borrow** fd. */
VB_MUST_CHECK int marks_add_first_cert(struct marks *marks, int fd);
VB_MUST_CHECK int marks_add_certs(struct marks *marks, int fd);
VB_MUST_CHECK int marks_add_revoked(struct marks *marks, int fd);

#endif
