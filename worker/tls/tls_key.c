/* SPDX-License-Identifier: ISC */
/*
 * libssl needs of a private key: what it is (keymgmt), that it belongs to
 * the certificate (match), and signatures (digest_sign). It must not be
 * exported: libcrypto would sign with the copy, which has no private part.
 * Refused, it takes this provider's signature.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/async.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "worker/tls/tls_key.h"

#define PROVIDER_NAME "vncbridge-keeper"
#define QUERY	      "provider=" PROVIDER_NAME

/* names as libcrypto's own provider has them */
#define NAMES_RSA   "RSA:rsaEncryption:1.2.840.113549.1.1.1"
#define NAMES_EC    "EC:id-ecPublicKey:1.2.840.10045.2.1"
#define NAMES_ECDSA "ECDSA"

/* parameters of a key: the certificate's number, and its public key in DER */
#define PARAM_CERT_ID	 "vncbridge-cert-id"
#define PARAM_PUBLIC	 "vncbridge-public-key"

#define RSA_PKCS1_SCHEME 0x0401 /* and 0x0100 more for each larger hash */
#define RSA_PSS_SCHEME	 0x0804 /* and 1 more: RFC 8446, 4.2.3 */
#define ECDSA_SCHEME	 0x0403

static tls_key_asker *ask_keeper;

struct key {
	uint32_t cert_id;
	EVP_PKEY *public_key; /* libcrypto's own */
};

/* ---- keys ---- */

static void *
key_new(void *provider)
{
	(void)provider;
	return calloc(1, sizeof(struct key));
}

static void
key_free(void *arg)
{
	struct key *key = arg;

	if (key == NULL)
		return;
	EVP_PKEY_free(key->public_key);
	free(key);
}

static int
key_has(const void *arg, int selection)
{
	const struct key *key = arg;

	(void)selection;
	return key != NULL && key->public_key != NULL;
}

static int
key_match(const void *a, const void *b, int selection)
{
	const struct key *one = a, *other = b;

	(void)selection;
	return one->public_key != NULL && other->public_key != NULL &&
	    EVP_PKEY_eq(one->public_key, other->public_key) == 1;
}

/* A key of this provider: its number, and SubjectPublicKeyInfo. */
static int
import_own(struct key *key, const OSSL_PARAM *der, const OSSL_PARAM params[])
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
import_public(struct key *key, const char *type, const OSSL_PARAM params[])
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
key_import(struct key *key, const char *type, const OSSL_PARAM params[])
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
	const struct key *key = arg;

	if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0 ||
	    key->public_key == NULL)
		return 0;
	return EVP_PKEY_export(key->public_key, selection, done, done_arg);
}

static int
key_get_params(void *arg, OSSL_PARAM params[])
{
	const struct key *key = arg;

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

#define FUNCTION(id, function)                   \
	{                                        \
		(id), (void (*)(void))(function) \
	}
#define KEY_FUNCTIONS                                               \
	FUNCTION(OSSL_FUNC_KEYMGMT_NEW, key_new),                   \
	    FUNCTION(OSSL_FUNC_KEYMGMT_FREE, key_free),             \
	    FUNCTION(OSSL_FUNC_KEYMGMT_HAS, key_has),               \
	    FUNCTION(OSSL_FUNC_KEYMGMT_MATCH, key_match),           \
	    FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, key_types),    \
	    FUNCTION(OSSL_FUNC_KEYMGMT_EXPORT, key_export),         \
	    FUNCTION(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, key_types),    \
	    FUNCTION(OSSL_FUNC_KEYMGMT_GET_PARAMS, key_get_params), \
	    FUNCTION(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, key_gettable_params)

static const OSSL_DISPATCH rsa_functions[] = {
    KEY_FUNCTIONS,
    FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT, rsa_import),
    FUNCTION(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, rsa_operation_name),
    {0, NULL},
};

static const OSSL_DISPATCH ec_functions[] = {
    KEY_FUNCTIONS,
    FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT, ec_import),
    FUNCTION(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, ec_operation_name),
    {0, NULL},
};

static const OSSL_ALGORITHM keys[] = {
    {NAMES_RSA, QUERY, rsa_functions, "RSA keys that the keeper has"},
    {NAMES_EC, QUERY, ec_functions, "EC keys that the keeper has"},
    {NULL, NULL, NULL, NULL},
};

/* ---- signatures ---- */

/* One signature; the key outlives it. */
struct signing {
	const struct key *key;
	int hash; /* 0: SHA-256, 1: SHA-384, 2: SHA-512; -1: another */
	int is_pss;
};

static void *
signing_new(void *provider, const char *query)
{
	(void)provider;
	(void)query;
	return calloc(1, sizeof(struct signing));
}

static void
signing_free(void *arg)
{
	free(arg);
}

static int
find_hash(const char *name)
{
	static const char *const names[][2] = {
	    {"SHA256", "SHA2-256"},
	    {"SHA384", "SHA2-384"},
	    {"SHA512", "SHA2-512"},
	};
	int i;

	for (i = 0; name != NULL && i < 3; i++)
		if (strcasecmp(name, names[i][0]) == 0 ||
		    strcasecmp(name, names[i][1]) == 0)
			return i;
	return -1;
}

static int
set_pad_mode(struct signing *s, const OSSL_PARAM *param)
{
	const char *text;
	int mode = 0;

	if (param->data_type == OSSL_PARAM_UTF8_STRING) {
		if (!OSSL_PARAM_get_utf8_string_ptr(param, &text))
			return 0;
		if (strcmp(text, OSSL_PKEY_RSA_PAD_MODE_PSS) == 0)
			mode = RSA_PKCS1_PSS_PADDING;
		else if (strcmp(text, OSSL_PKEY_RSA_PAD_MODE_PKCSV15) == 0)
			mode = RSA_PKCS1_PADDING;
	} else if (!OSSL_PARAM_get_int(param, &mode))
		return 0;
	s->is_pss = mode == RSA_PKCS1_PSS_PADDING;
	return s->is_pss || mode == RSA_PKCS1_PADDING;
}

/* TLS has salts as long as the hash alone (RFC 8446, 4.2.3). */
static int
is_digest_salt(const OSSL_PARAM *param)
{
	const char *text;
	int len = 0;

	if (param->data_type == OSSL_PARAM_UTF8_STRING)
		return OSSL_PARAM_get_utf8_string_ptr(param, &text) &&
		    strcmp(text, OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST) == 0;
	return OSSL_PARAM_get_int(param, &len) && len == RSA_PSS_SALTLEN_DIGEST;
}

static int
signing_set_params(void *arg, const OSSL_PARAM params[])
{
	struct signing *s = arg;
	const OSSL_PARAM *p;
	const char *name;

	if (params == NULL)
		return 1;
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_DIGEST);
	if (p != NULL) {
		if (!OSSL_PARAM_get_utf8_string_ptr(p, &name))
			return 0;
		s->hash = find_hash(name);
	}
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PAD_MODE);
	if (p != NULL && !set_pad_mode(s, p))
		return 0;
	p = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN);
	return p == NULL || is_digest_salt(p);
}

static const OSSL_PARAM *
signing_settable(void *arg, void *provider)
{
	static const OSSL_PARAM settable[] = {
	    OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
	    OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
	    OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
	    OSSL_PARAM_END,
	};

	(void)arg;
	(void)provider;
	return settable;
}

static int
signing_init(void *arg, const char *hash, void *key, const OSSL_PARAM params[])
{
	struct signing *s = arg;

	if (key != NULL)
		s->key = key;
	if (s->key == NULL || s->key->public_key == NULL)
		return 0;
	s->hash = find_hash(hash);
	s->is_pss = 0;
	/* what the keeper will not sign isn't an algorithm of this key */
	return s->hash >= 0 && signing_set_params(s, params);
}

static uint16_t
scheme_of(const struct signing *s)
{
	if (EVP_PKEY_is_a(s->key->public_key, "EC"))
		return (uint16_t)(ECDSA_SCHEME + 0x100 * s->hash);
	if (s->is_pss)
		return (uint16_t)(RSA_PSS_SCHEME + s->hash);
	return (uint16_t)(RSA_PKCS1_SCHEME + 0x100 * s->hash);
}

/* The content as a whole: the keeper wants to see what it signs. */
static int
signing_sign(void *arg, unsigned char *signature, size_t *len, size_t size,
    const unsigned char *content, size_t content_len)
{
	struct signing *s = arg;
	size_t most = (size_t)EVP_PKEY_get_size(s->key->public_key);
	struct tls_key_ask ask = {s->key->cert_id, 0, content, content_len,
	    signature, size < most ? size : most};
	long n;

	if (signature == NULL) {
		*len = most;
		return 1;
	}
	if (s->hash < 0 || ask_keeper == NULL)
		return 0;
	ask.scheme = scheme_of(s);
	while ((n = ask_keeper(&ask)) == TLS_KEY_LATER)
		if (ASYNC_get_current_job() == NULL || !ASYNC_pause_job())
			return 0;
	if (n <= 0 || (size_t)n > ask.size)
		return 0;
	*len = (size_t)n;
	return 1;
}

static const OSSL_DISPATCH sign_functions[] = {
    FUNCTION(OSSL_FUNC_SIGNATURE_NEWCTX, signing_new),
    FUNCTION(OSSL_FUNC_SIGNATURE_FREECTX, signing_free),
    FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, signing_init),
    FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, signing_sign),
    FUNCTION(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, signing_set_params),
    FUNCTION(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, signing_settable),
    {0, NULL},
};

static const OSSL_ALGORITHM signatures[] = {
    {NAMES_RSA, QUERY, sign_functions, "RSA signatures of the keeper"},
    {NAMES_ECDSA, QUERY, sign_functions, "ECDSA signatures of the keeper"},
    {NULL, NULL, NULL, NULL},
};

/* ---- the provider ---- */

static const OSSL_ALGORITHM *
provider_query(void *provider, int operation, int *no_cache)
{
	(void)provider;
	*no_cache = 0;
	if (operation == OSSL_OP_KEYMGMT)
		return keys;
	return operation == OSSL_OP_SIGNATURE ? signatures : NULL;
}

static int
provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in,
    const OSSL_DISPATCH **out, void **context)
{
	static const OSSL_DISPATCH functions[] = {
	    FUNCTION(OSSL_FUNC_PROVIDER_QUERY_OPERATION, provider_query),
	    {0, NULL},
	};

	(void)in;
	*out = functions;
	*context = (void *)(uintptr_t)handle;
	return 1;
}

int
tls_key_open(tls_key_asker *asker)
{
	/* they stay loaded as long as the process lives */
	static OSSL_PROVIDER *own, *ours;

	ask_keeper = asker;
	if (ours != NULL)
		return 0;
	/* its own first, and preferred: for all that is not such a key */
	if ((own = OSSL_PROVIDER_load(NULL, "default")) == NULL ||
	    OSSL_PROVIDER_add_builtin(NULL, PROVIDER_NAME, provider_init) !=
		1 ||
	    EVP_set_default_properties(NULL, "?provider=default") != 1)
		return VB_ESYS;
	ours = OSSL_PROVIDER_load(NULL, PROVIDER_NAME);
	return ours == NULL ? VB_ESYS : 0;
}

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
		ctx = EVP_PKEY_CTX_new_from_name(NULL, type, QUERY);
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
