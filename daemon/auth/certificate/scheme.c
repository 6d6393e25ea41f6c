/* SPDX-License-Identifier: ISC */
/*
 * STANDARDS  RFC 8446 4.2.3 (schemes), 4.4.3 (what is signed), RFC 8032
 *            (Ed25519, Ed448, which hash by themselves)
 */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#include "daemon/auth/certificate/scheme.h"

#define PAD_BYTE       0x20
#define PAD_BYTES      64
#define HASH_BYTES_MAX 48
#define GROUP_NAME_MAX 64
#define CONTEXT_BYTES  34 /* of both: "TLS 1.3, ", and its NUL */
#define CONTENT_MAX    (PAD_BYTES + CONTEXT_BYTES + HASH_BYTES_MAX)

static const struct scheme {
	uint16_t scheme;
	const char *key;
	const char *curve;  /* of "EC" */
	const char *digest; /* NULL: its own */
} schemes[] = {
    {0x0403, "EC", "prime256v1", "SHA256"},
    {0x0503, "EC", "secp384r1", "SHA384"},
    {0x0603, "EC", "secp521r1", "SHA512"},
    {0x0804, "RSA", NULL, "SHA256"},
    {0x0805, "RSA", NULL, "SHA384"},
    {0x0806, "RSA", NULL, "SHA512"},
    {0x0807, "ED25519", NULL, NULL},
    {0x0808, "ED448", NULL, NULL},
    {0x0809, "RSA-PSS", NULL, "SHA256"},
    {0x080a, "RSA-PSS", NULL, "SHA384"},
    {0x080b, "RSA-PSS", NULL, "SHA512"},
};

static const struct scheme *
find(uint16_t scheme)
{
	size_t i;

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (schemes[i].scheme == scheme)
			return &schemes[i];
	return NULL;
}

static int
does_fit(const EVP_PKEY *key, const struct scheme *scheme)
{
	char curve[GROUP_NAME_MAX];
	size_t len;

	if (!EVP_PKEY_is_a(key, scheme->key))
		return 0;
	return scheme->curve == NULL ||
	    (EVP_PKEY_get_group_name(key, curve, sizeof(curve), &len) == 1 &&
		strcmp(curve, scheme->curve) == 0);
}

/* In TLS 1.3 all of RSA is PSS, with a salt as long as the hash. */
static int
set_padding(EVP_PKEY_CTX *ctx, const struct scheme *scheme)
{
	return strncmp(scheme->key, "RSA", 3) != 0 ||
	    (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
		EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) >
		    0);
}

static size_t
write_content(
    enum scheme_side side, struct slice hash, uint8_t out[CONTENT_MAX])
{
	/* with the NUL, which is between it and the hash */
	static const char server[CONTEXT_BYTES] =
	    "TLS 1.3, server CertificateVerify";
	static const char client[CONTEXT_BYTES] =
	    "TLS 1.3, client CertificateVerify";

	memset(out, PAD_BYTE, PAD_BYTES);
	memcpy(out + PAD_BYTES, side == SCHEME_SERVER ? server : client,
	    CONTEXT_BYTES);
	memcpy(out + PAD_BYTES + CONTEXT_BYTES, hash.data, hash.len);
	return PAD_BYTES + CONTEXT_BYTES + hash.len;
}

int
scheme_is_signed(EVP_PKEY *key, const struct signed_by *by,
    enum scheme_side side, struct slice hash)
{
	const struct scheme *scheme = find(by->scheme);
	uint8_t content[CONTENT_MAX];
	EVP_PKEY_CTX *key_ctx;
	EVP_MD_CTX *ctx;
	int is_good;

	if (scheme == NULL || key == NULL || hash.len > HASH_BYTES_MAX ||
	    !does_fit(key, scheme) || (ctx = EVP_MD_CTX_new()) == NULL)
		return 0;
	is_good = EVP_DigestVerifyInit_ex(ctx, &key_ctx, scheme->digest, NULL,
		      NULL, key, NULL) == 1 &&
	    set_padding(key_ctx, scheme) &&
	    EVP_DigestVerify(ctx, by->signature.data, by->signature.len,
		content, write_content(side, hash, content)) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return is_good;
}
