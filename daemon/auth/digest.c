/* SPDX-License-Identifier: ISC */
#include <openssl/evp.h>
#include <string.h>

#include "daemon/auth/digest.h"

void
digest_begin(struct digest *d)
{
	d->ctx = EVP_MD_CTX_new();
	if (d->ctx != NULL &&
	    EVP_DigestInit_ex(d->ctx, EVP_sha256(), NULL) != 1) {
		EVP_MD_CTX_free(d->ctx);
		d->ctx = NULL;
	}
}

void
digest_add_bytes(struct digest *d, const void *bytes, size_t len)
{
	uint64_t prefix = len;

	if (d->ctx == NULL)
		return;
	EVP_DigestUpdate(d->ctx, &prefix, sizeof(prefix));
	EVP_DigestUpdate(d->ctx, bytes, len);
}

void
digest_add(struct digest *d, const char *text)
{
	digest_add_bytes(d, text, strlen(text));
}

int
digest_end(struct digest *d, uint8_t out[DIGEST_BYTES])
{
	int is_done =
	    d->ctx != NULL && EVP_DigestFinal_ex(d->ctx, out, NULL) == 1;

	EVP_MD_CTX_free(d->ctx);
	d->ctx = NULL;
	return is_done ? 0 : VB_ENOMEM;
}
