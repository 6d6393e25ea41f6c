/* SPDX-License-Identifier: ISC */
#include <openssl/evp.h>
#include <string.h>

#include "daemon/auth/oidc/base64url.h"
#include "daemon/auth/oidc/pkce.h"

#define VERIFIER_MIN 43
#define VERIFIER_MAX 128
#define HASH_BYTES   32
#define UNRESERVED \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"

int
pkce_challenge(const char *verifier, char out[PKCE_CHALLENGE_MAX])
{
	size_t len = strspn(verifier, UNRESERVED);
	uint8_t hash[HASH_BYTES];

	out[0] = '\0';
	if (verifier[len] != '\0' || len < VERIFIER_MIN || len > VERIFIER_MAX)
		return VB_ESYNTAX;
	if (EVP_Digest(verifier, len, hash, NULL, EVP_sha256(), NULL) != 1)
		return VB_ENOMEM;
	base64url_encode(hash, sizeof(hash), out);
	return 0;
}
