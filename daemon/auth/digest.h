/* SPDX-License-Identifier: ISC */
/* SHA-256 of several texts, of which none can be taken for another's part. */
#ifndef VB_AUTH_DIGEST_H
#define VB_AUTH_DIGEST_H

#include <openssl/types.h>
#include <stddef.h>
#include <stdint.h>

#include "common/errors.h"

#define DIGEST_BYTES 32

struct digest {
	EVP_MD_CTX *ctx; /* NULL: there was no memory */
};

void digest_begin(struct digest *digest);
void digest_add_bytes(struct digest *digest, const void *bytes, size_t len);
void digest_add(struct digest *digest, const char *text);

/* Frees it, whatever it returns: 0 or VB_ENOMEM. */
VB_MUST_CHECK int digest_end(struct digest *digest, uint8_t out[DIGEST_BYTES]);

#endif
