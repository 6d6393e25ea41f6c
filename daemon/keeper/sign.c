/* SPDX-License-Identifier: ISC */
/*
 * STANDARDS  RFC 8446 4.2.3 (SignatureScheme), RFC 5246 7.4.1.4.1 (pairs of
 * hash and signature, which are the same numbers).
 */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#include "daemon/keeper/recognise.h"
#include "daemon/keeper/sign.h"

#define GROUP_NAME_MAX 64

enum padding {
	NO_PADDING, /* ECDSA */
	PKCS1,
	PSS
};

/* Never SHA-1, and no PKCS #1 in TLS 1.3. */
static const struct scheme {
	uint16_t scheme;
	const char *digest;
	const char *curve; /* that TLS 1.3 wants; 1.2 leaves it open */
	enum padding padding;
} schemes[] = {
    {0x0403, "SHA256", "prime256v1", NO_PADDING},
    {0x0503, "SHA384", "secp384r1", NO_PADDING},
    {0x0603, "SHA512", "secp521r1", NO_PADDING},
    {0x0804, "SHA256", NULL, PSS},
    {0x0805, "SHA384", NULL, PSS},
    {0x0806, "SHA512", NULL, PSS},
    {0x0401, "SHA256", NULL, PKCS1},
    {0x0501, "SHA384", NULL, PKCS1},
    {0x0601, "SHA512", NULL, PKCS1},
};

static const struct scheme *
find_scheme(uint16_t scheme)
{
	size_t i;

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (schemes[i].scheme == scheme)
			return &schemes[i];
	return NULL;
}

static int
is_curve(EVP_PKEY *key, const char *curve)
{
	char name[GROUP_NAME_MAX];
	size_t len;

	return EVP_PKEY_get_group_name(key, name, sizeof(name), &len) == 1 &&
	    strcmp(name, curve) == 0;
}

static int
fits(EVP_PKEY *key, const struct scheme *scheme, enum recognised what)
{
	if (scheme == NULL)
		return 0;
	if (scheme->padding != NO_PADDING)
		return EVP_PKEY_is_a(key, "RSA") &&
		    (scheme->padding == PSS || what == RECOGNISED_TLS_1_2);
	if (!EVP_PKEY_is_a(key, "EC"))
		return 0;
	return what == RECOGNISED_TLS_1_2 || is_curve(key, scheme->curve);
}

static int
set_padding(EVP_PKEY_CTX *ctx, enum padding padding)
{
	if (padding == NO_PADDING)
		return 1;
	if (padding == PKCS1)
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) > 0;
}

static enum signed_code
make_signature(EVP_PKEY *key, const struct scheme *scheme,
    const struct msg_sign *sign, struct msg_signature *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_ctx;
	size_t length = sizeof(out->signature);
	int is_made;

	is_made = ctx != NULL &&
	    EVP_DigestSignInit_ex(
		ctx, &key_ctx, scheme->digest, NULL, NULL, key, NULL) > 0 &&
	    set_padding(key_ctx, scheme->padding) &&
	    EVP_DigestSign(
		ctx, out->signature, &length, sign->content, sign->length) > 0;
	EVP_MD_CTX_free(ctx);
	if (!is_made) {
		ERR_clear_error();
		memset(out->signature, 0, sizeof(out->signature));
		return SIGNED_FAILED;
	}
	out->length = (uint32_t)length;
	return SIGNED_OK;
}

void
sign_content(EVP_PKEY *key, const struct msg_sign *sign, uint16_t tls_minimum,
    struct msg_signature *out)
{
	const struct scheme *scheme = find_scheme(sign->scheme);
	enum recognised what = recognise(sign->content, sign->length);

	out->length = 0;
	if (what == RECOGNISED_NOTHING ||
	    (what == RECOGNISED_TLS_1_2 && tls_minimum > SETTINGS_TLS_1_2))
		out->code = SIGNED_CONTENT;
	else if (!fits(key, scheme, what))
		out->code = SIGNED_SCHEME;
	else
		out->code = make_signature(key, scheme, sign, out);
}
