/* SPDX-License-Identifier: ISC */
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "daemon/auth/oidc/signature.h"

#define SALT_BYTES    32 /* RFC 7518, 3.5: as long as the hash */
#define NUMBER_BYTES  32 /* RFC 7518, 3.4: of r, of s */
#define DER_MAX	      80 /* two numbers of 33 bytes, and three heads */
#define ED25519_BYTES 64 /* RFC 8032, 5.1.6 */

static int
set_padding(EVP_PKEY_CTX *ctx, enum algorithm algorithm)
{
	if (algorithm != ALGORITHM_PS256)
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) ==
		    1;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_rsa_mgf1_md_name(ctx, "SHA256", NULL) == 1 &&
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, SALT_BYTES) == 1;
}

static int
verify(enum algorithm algorithm, const struct jwk *jwk,
    const struct signed_text *what)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *ctx = NULL;
	/* Ed25519 has its hash in itself */
	const char *hash = algorithm == ALGORITHM_EDDSA ? NULL : "SHA256";
	int is_good;

	is_good = md != NULL &&
	    EVP_DigestVerifyInit_ex(
		md, &ctx, hash, NULL, NULL, jwk->key, NULL) == 1 &&
	    (jwk->type != KEY_RSA || set_padding(ctx, algorithm)) &&
	    EVP_DigestVerify(md, what->signature, what->signature_len,
		(const unsigned char *)what->text, what->len) == 1;
	EVP_MD_CTX_free(md);
	return is_good;
}

/* As DER, which is what OpenSSL reads. Returns its length, or 0. */
static size_t
write_der(const uint8_t *raw, uint8_t out[DER_MAX])
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw, NUMBER_BYTES, NULL);
	BIGNUM *s = BN_bin2bn(raw + NUMBER_BYTES, NUMBER_BYTES, NULL);
	int len = 0;

	if (sig == NULL || r == NULL || s == NULL ||
	    ECDSA_SIG_set0(sig, r, s) != 1) {
		BN_free(r);
		BN_free(s);
	} else
		len = i2d_ECDSA_SIG(sig, &out);
	ECDSA_SIG_free(sig);
	return len > 0 ? (size_t)len : 0;
}

/* r and s, side by side, and nothing else. */
static int
verify_es256(const struct jwk *jwk, const struct signed_text *what)
{
	uint8_t der[DER_MAX];
	struct signed_text as_der = *what;

	if (what->signature_len != 2 * NUMBER_BYTES)
		return 0;
	as_der.signature = der;
	as_der.signature_len = write_der(what->signature, der);
	return as_der.signature_len > 0 &&
	    verify(ALGORITHM_ES256, jwk, &as_der);
}

int
signature_is_good(enum algorithm algorithm, const struct jwk *jwk,
    const struct signed_text *what)
{
	int is_good;

	if (algorithm == ALGORITHM_NONE ||
	    algorithm_key(algorithm) != jwk->type)
		return 0;
	if (algorithm == ALGORITHM_EDDSA &&
	    what->signature_len != ED25519_BYTES)
		return 0;
	is_good = algorithm == ALGORITHM_ES256 ? verify_es256(jwk, what)
					       : verify(algorithm, jwk, what);
	ERR_clear_error();
	return is_good;
}
