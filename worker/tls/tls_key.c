/* SPDX-License-Identifier: ISC */
/*
 * It must not be exported: libcrypto would sign with the copy, which has no
 * private part. Refused, it takes this provider's signature.
 */
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/x509.h>

#include "worker/tls/tls_key.h"

/* as libcrypto's own provider has it */
#define NAMES_EC "EC:id-ecPublicKey:1.2.840.10045.2.1"

/* parameters of a key: the certificate's number, and its public key in DER */
#define PARAM_CERT_ID "vncbridge-cert-id"
#define PARAM_PUBLIC  "vncbridge-public-key"

static void *
key_new(void *provider)
{
	(void)provider;
	return calloc(1, sizeof(struct tls_key));
}

static void
key_free(void *arg)
{
	struct tls_key *key = arg;

	if (key == NULL)
		return;
	EVP_PKEY_free(key->public_key);
	free(key);
}

static int
key_has(const void *arg, int selection)
{
	const struct tls_key *key = arg;

	(void)selection;
	return key != NULL && key->public_key != NULL;
}

static int
key_match(const void *a, const void *b, int selection)
{
	const struct tls_key *one = a, *other = b;

	(void)selection;
	return one->public_key != NULL && other->public_key != NULL &&
	    EVP_PKEY_eq(one->public_key, other->public_key) == 1;
}

/* A key of this provider: its number, and SubjectPublicKeyInfo. */
static int
import_own(
    struct tls_key *key, const OSSL_PARAM *der, const OSSL_PARAM params[])
{
	const OSSL_PARAM *id = OSSL_PARAM_locate_const(params, PARAM_CERT_ID);
	const unsigned char *p = der->data;

	if (id == NULL || !OSSL_PARAM_get_uint32(id, &key->cert_id))
		return 0;
	key->public_key = d2i_PUBKEY(NULL, &p, (long)der->data_size);
	return key->public_key != NULL;
}

/* Another's public key, to be compared with: it signs nothing. */
static int
import_public(struct tls_key *key, const char *type, const OSSL_PARAM params[])
{
	EVP_PKEY_CTX *ctx =
	    EVP_PKEY_CTX_new_from_name(NULL, type, "provider=default");
	int is_good;

	is_good = ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &key->public_key, EVP_PKEY_PUBLIC_KEY,
		(OSSL_PARAM *)(uintptr_t)params) == 1;
	EVP_PKEY_CTX_free(ctx);
	return is_good;
}

static int
key_import(struct tls_key *key, const char *type, const OSSL_PARAM params[])
{
	const OSSL_PARAM *der = OSSL_PARAM_locate_const(params, PARAM_PUBLIC);

	if (key->public_key != NULL)
		return 0;
	return der != NULL ? import_own(key, der, params)
			   : import_public(key, type, params);
}

static int
rsa_import(void *key, int selection, const OSSL_PARAM params[])
{
	(void)selection;
	return key_import(key, "RSA", params);
}

static int
ec_import(void *key, int selection, const OSSL_PARAM params[])
{
	(void)selection;
	return key_import(key, "EC", params);
}

static const OSSL_PARAM *
key_types(int selection)
{
	static const OSSL_PARAM types[] = {
	    OSSL_PARAM_uint32(PARAM_CERT_ID, NULL),
	    OSSL_PARAM_octet_string(PARAM_PUBLIC, NULL, 0),
	    OSSL_PARAM_END,
	};

	(void)selection;
	return types;
}

static int
key_export(void *arg, int selection, OSSL_CALLBACK *done, void *done_arg)
{
	const struct tls_key *key = arg;

	if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0 ||
	    key->public_key == NULL)
		return 0;
	return EVP_PKEY_export(key->public_key, selection, done, done_arg);
}

static int
key_get_params(void *arg, OSSL_PARAM params[])
{
	const struct tls_key *key = arg;

	return key->public_key != NULL &&
	    EVP_PKEY_get_params(key->public_key, params) == 1;
}

/* What libssl asks: sizes and security, of EC the group's name. */
static const OSSL_PARAM *
key_gettable_params(void *provider)
{
	static const OSSL_PARAM gettable[] = {
	    OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
	    OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
	    OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
	    OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0),
	    OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
	    OSSL_PARAM_utf8_string(
		OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, NULL, 0),
	    OSSL_PARAM_END,
	};

	(void)provider;
	return gettable;
}

static const char *
rsa_operation_name(int operation)
{
	return operation == OSSL_OP_SIGNATURE ? "RSA" : NULL;
}

static const char *
ec_operation_name(int operation)
{
	return operation == OSSL_OP_SIGNATURE ? "ECDSA" : NULL;
}

#define KEY_FUNCTIONS                                                       \
	TLS_KEY_FUNCTION(OSSL_FUNC_KEYMGMT_NEW, key_new),                   \
	    TLS_KEY_FUNCTION(OSSL_FUNC_KEYMGMT_FREE, key_free),             \
	    TLS_KEY_FUNCTION(OSSL_FUNC_KEYMGMT_HAS, key_has),               \
	    TLS_KEY_FUNCTION(OSSL_FUNC_KEYMGMT_MATCH, key_match),           \
	    TLS_KEY_FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, key_types),    \
	    TLS_KEY_FUNCTION(OSSL_FUNC_KEYMGMT_EXPORT, key_export),         \
	    TLS_KEY_FUNCTION(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, key_types),    \
	    TLS_KEY_FUNCTION(OSSL_FUNC_KEYMGMT_GET_PARAMS, key_get_params), \
	    TLS_KEY_FUNCTION(                                               \
		OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, key_gettable_params)

static const OSSL_DISPATCH rsa_functions[] = {
    KEY_FUNCTIONS,
    TLS_KEY_FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT, rsa_import),
    TLS_KEY_FUNCTION(
	OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, rsa_operation_name),
    {0, NULL},
};

static const OSSL_DISPATCH ec_functions[] = {
    KEY_FUNCTIONS,
    TLS_KEY_FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT, ec_import),
    TLS_KEY_FUNCTION(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, ec_operation_name),
    {0, NULL},
};

const OSSL_ALGORITHM tls_key_algorithms[] = {
    {TLS_KEY_NAMES_RSA, TLS_KEY_QUERY, rsa_functions,
	"RSA keys that the keeper has"},
    {NAMES_EC, TLS_KEY_QUERY, ec_functions, "EC keys that the keeper has"},
    {NULL, NULL, NULL, NULL},
};

EVP_PKEY *
tls_key_new(uint32_t cert_id, EVP_PKEY *public_key)
{
	const char *type = EVP_PKEY_is_a(public_key, "RSA") ? "RSA" : "EC";
	EVP_PKEY_CTX *ctx = NULL;
	EVP_PKEY *key = NULL;
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(public_key, &der);
	OSSL_PARAM params[3];

	if (len > 0 &&
	    (EVP_PKEY_is_a(public_key, "RSA") ||
		EVP_PKEY_is_a(public_key, "EC")))
		ctx = EVP_PKEY_CTX_new_from_name(NULL, type, TLS_KEY_QUERY);
	if (ctx != NULL) {
		params[0] =
		    OSSL_PARAM_construct_uint32(PARAM_CERT_ID, &cert_id);
		params[1] = OSSL_PARAM_construct_octet_string(
		    PARAM_PUBLIC, der, (size_t)len);
		params[2] = OSSL_PARAM_construct_end();
		if (EVP_PKEY_fromdata_init(ctx) != 1 ||
		    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) != 1)
			key = NULL;
	}
	EVP_PKEY_CTX_free(ctx);
	OPENSSL_free(der);
	return key;
}
