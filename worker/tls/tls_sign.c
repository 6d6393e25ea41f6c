/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/async.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "worker/tls/tls_key.h"
#include "worker/tls/tls_sign.h"

#define NAMES_ECDSA	 "ECDSA"

#define RSA_PKCS1_SCHEME 0x0401 /* and 0x0100 more for each larger hash */
#define RSA_PSS_SCHEME	 0x0804 /* and 1 more: RFC 8446, 4.2.3 */
#define ECDSA_SCHEME	 0x0403

static tls_sign_asker *ask_keeper;

void
tls_sign_use(tls_sign_asker *asker)
{
	ask_keeper = asker;
}

/* One signature; the key outlives it. */
struct signing {
	const struct tls_key *key;
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
	struct tls_sign_ask ask = {s->key->cert_id, 0, content, content_len,
	    signature, size < most ? size : most};
	long n;

	if (signature == NULL) {
		*len = most;
		return 1;
	}
	if (s->hash < 0 || ask_keeper == NULL)
		return 0;
	ask.scheme = scheme_of(s);
	while ((n = ask_keeper(&ask)) == TLS_SIGN_LATER)
		if (ASYNC_get_current_job() == NULL || !ASYNC_pause_job())
			return 0;
	if (n <= 0 || (size_t)n > ask.size)
		return 0;
	*len = (size_t)n;
	return 1;
}

static const OSSL_DISPATCH sign_functions[] = {
    TLS_KEY_FUNCTION(OSSL_FUNC_SIGNATURE_NEWCTX, signing_new),
    TLS_KEY_FUNCTION(OSSL_FUNC_SIGNATURE_FREECTX, signing_free),
    TLS_KEY_FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, signing_init),
    TLS_KEY_FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, signing_sign),
    TLS_KEY_FUNCTION(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, signing_set_params),
    TLS_KEY_FUNCTION(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, signing_settable),
    {0, NULL},
};

const OSSL_ALGORITHM tls_sign_algorithms[] = {
    {TLS_KEY_NAMES_RSA, TLS_KEY_QUERY, sign_functions,
	"RSA signatures of the keeper"},
    {NAMES_ECDSA, TLS_KEY_QUERY, sign_functions,
	"ECDSA signatures of the keeper"},
    {NULL, NULL, NULL, NULL},
};
