/* SPDX-License-Identifier: ISC */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/oidc/base64url.h"
#include "daemon/auth/oidc/jwk.h"

#define COORDINATE_BYTES 32 /* of P-256, and an Ed25519 key (RFC 8032, 5.1.5) */
#define UNCOMPRESSED	 4  /* SEC 1, 2.3.3: a point begins with it */
#define RSA_BYTES_MAX	 (JWK_RSA_BITS_MAX / 8)

/* Decodes a member. Returns its length, or an error. */
static int
read_bytes(const json_t *o, const char *name, uint8_t *out, size_t size)
{
	const json_t *member = object_member(o, name);

	if (!json_is_string(member))
		return VB_EWEAK;
	return base64url_decode(
	    json_string_value(member), json_string_length(member), out, size);
}

/* A member of exactly that many bytes; true if it is. */
static int
read_exactly(const json_t *o, const char *name, uint8_t *out, size_t size)
{
	return read_bytes(o, name, out, size) == (int)size;
}

/* NULL for what is no number in that many bytes, or an even one. */
static BIGNUM *
read_odd(const json_t *o, const char *name, size_t bytes_max)
{
	uint8_t bytes[RSA_BYTES_MAX];
	int len = read_bytes(o, name, bytes, bytes_max);
	BIGNUM *n = len > 0 ? BN_bin2bn(bytes, len, NULL) : NULL;

	if (n == NULL || BN_is_odd(n))
		return n;
	BN_free(n);
	return NULL;
}

static EVP_PKEY *
make_key(const char *type, const OSSL_PARAM *params)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	/* what is not const is for reading, too: it is not written */
	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(
		ctx, &key, EVP_PKEY_PUBLIC_KEY, (OSSL_PARAM *)params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *
make_rsa(const BIGNUM *n, const BIGNUM *e)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	if (build != NULL &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1)
		params = OSSL_PARAM_BLD_to_param(build);
	if (params != NULL)
		key = make_key("RSA", params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	return key;
}

static EVP_PKEY *
read_rsa(const json_t *o)
{
	BIGNUM *n = read_odd(o, "n", RSA_BYTES_MAX);
	BIGNUM *e = read_odd(o, "e", JWK_RSA_EXPONENT_MAX);
	EVP_PKEY *key = NULL;

	if (n != NULL && e != NULL && !BN_is_one(e) &&
	    BN_num_bits(n) >= JWK_RSA_BITS_MIN)
		key = make_rsa(n, e);
	BN_free(n);
	BN_free(e);
	return key;
}

/* That the point is on the curve, OpenSSL looks at. */
static EVP_PKEY *
read_p256(const json_t *o)
{
	uint8_t point[1 + 2 * COORDINATE_BYTES] = {UNCOMPRESSED};
	char curve[] = "P-256";
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(
		OSSL_PKEY_PARAM_GROUP_NAME, curve, 0),
	    OSSL_PARAM_construct_octet_string(
		OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)),
	    OSSL_PARAM_construct_end(),
	};

	if (!read_exactly(o, "x", point + 1, COORDINATE_BYTES) ||
	    !read_exactly(
		o, "y", point + 1 + COORDINATE_BYTES, COORDINATE_BYTES))
		return NULL;
	return make_key("EC", params);
}

static EVP_PKEY *
read_ed25519(const json_t *o)
{
	uint8_t x[COORDINATE_BYTES];

	if (!read_exactly(o, "x", x, sizeof(x)))
		return NULL;
	return EVP_PKEY_new_raw_public_key_ex(
	    NULL, "ED25519", NULL, x, sizeof(x));
}

static const struct {
	const char *kty, *crv; /* crv NULL: it has none */
	enum key_type type;
	EVP_PKEY *(*read)(const json_t *o);
} kinds[] = {
    {"RSA", NULL, KEY_RSA, read_rsa},
    {"EC", "P-256", KEY_P256, read_p256},
    {"OKP", "Ed25519", KEY_ED25519, read_ed25519},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static int
member_is(const json_t *o, const char *name, const char *text)
{
	const char *value = json_string_value(object_member(o, name));

	return value != NULL && strcmp(value, text) == 0;
}

/* Returns KINDS for one that is not known. */
static size_t
find_kind(const json_t *o)
{
	size_t i;

	for (i = 0; i < KINDS; i++)
		if (member_is(o, "kty", kinds[i].kty) &&
		    (kinds[i].crv == NULL || member_is(o, "crv", kinds[i].crv)))
			break;
	return i;
}

/* What "use" and "key_ops" say, where they are (RFC 7517, 4.2 and 4.3). */
static int
is_for_signatures(const json_t *o)
{
	const json_t *ops = object_member(o, "key_ops");

	if (object_member(o, "use") != NULL && !member_is(o, "use", "sig"))
		return 0;
	return ops == NULL || object_list_has(ops, "verify");
}

/* A key that names its algorithm is for no other (RFC 7517, 4.4). */
static int
read_algorithm(const json_t *o, struct jwk *out)
{
	const json_t *member = object_member(o, "alg");

	if (member == NULL)
		return 0;
	if (!json_is_string(member))
		return VB_ENOTFOUND;
	out->algorithm = algorithm_find(json_string_value(member));
	if (out->algorithm == ALGORITHM_NONE ||
	    algorithm_key(out->algorithm) != out->type)
		return VB_ENOTFOUND;
	return 0;
}

static int
read_id(const json_t *o, struct jwk *out)
{
	const json_t *member = object_member(o, "kid");

	if (member == NULL)
		return 0;
	if (!json_is_string(member) || json_string_length(member) > JWK_ID_MAX)
		return VB_EWEAK;
	out->id = strdup(json_string_value(member));
	return out->id != NULL ? 0 : VB_ENOMEM;
}

int
jwk_read(const json_t *o, struct jwk *out)
{
	size_t kind = find_kind(o);
	int result;

	memset(out, 0, sizeof(*out));
	if (kind == KINDS || !is_for_signatures(o))
		return VB_ENOTFOUND;
	out->type = kinds[kind].type;
	if ((result = read_algorithm(o, out)) == 0)
		result = read_id(o, out);
	if (result == 0 && (out->key = kinds[kind].read(o)) == NULL) {
		ERR_clear_error();
		result = VB_EWEAK;
	}
	if (result < 0)
		jwk_clear(out);
	return result;
}

void
jwk_clear(struct jwk *jwk)
{
	EVP_PKEY_free(jwk->key);
	free(jwk->id);
	memset(jwk, 0, sizeof(*jwk));
}
