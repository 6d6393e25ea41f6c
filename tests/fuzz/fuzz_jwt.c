/* SPDX-License-Identifier: ISC */
/*
 * Keys and tokens of a provider. The first byte, a digit, says what the others
 * are:
 *
 *   0  a key set: each key that is taken has its type, and a bound
 *   1  a token: only one that is known is taken, since nobody else can sign
 *   2  a header, a NUL, claims: signed here, and taken only if a reader of
 *      its own finds them right
 *   3  claims, signed here with a good header: what is taken as an ID token
 *      or a logout token says what it must
 *   4  base64url: what is taken is written alike again
 */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/oidc/base64url.h"
#include "daemon/auth/oidc/claims.h"
#include "daemon/auth/oidc/id_token.h"
#include "daemon/auth/oidc/known.h"
#include "daemon/auth/oidc/logout_token.h"
#include "daemon/auth/oidc/start.h"

#define KINDS	  5
#define TEXT_MAX  16384
#define KEY_BYTES 32
#define SIG_BYTES 64
#define HEADER	  "{\"alg\":\"EdDSA\",\"kid\":\"f\"}"
#define NOW	  1700000000
#define SKEW_SEC  60
#define AGE_SEC	  600

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct jwks *known, *own;
static EVP_PKEY *signer;

static const struct validity_rules rules = {
    .issuer = "https://id.example.com",
    .client_id = "bridge",
    .now = NOW,
    .skew_sec = SKEW_SEC,
    .age_max_sec = AGE_SEC,
};

static void
must(int is_true)
{
	if (!is_true)
		abort();
}

static void
start(void)
{
	static const uint8_t secret[KEY_BYTES] = {1};
	uint8_t public[KEY_BYTES];
	char encoded[BASE64URL_CHARS(KEY_BYTES) + 1], text[256];
	size_t len = sizeof(public);
	const char *fault;

	must(oidc_start() == 0);
	must(jwks_parse(known_keys, strlen(known_keys), &known, &fault) == 0);
	signer = EVP_PKEY_new_raw_private_key_ex(
	    NULL, "ED25519", NULL, secret, sizeof(secret));
	must(signer != NULL &&
	    EVP_PKEY_get_raw_public_key(signer, public, &len) == 1);
	base64url_encode(public, len, encoded);
	strcpy(text, "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",");
	strcat(
	    strcat(strcat(text, "\"kid\":\"f\",\"x\":\""), encoded), "\"}]}");
	must(jwks_parse(text, strlen(text), &own, &fault) == 0);
}

static void
try_keys(const char *text, size_t len)
{
	struct jwks *jwks;
	const struct jwk *jwk;
	const char *fault;
	size_t i;

	if (jwks_parse(text, len, &jwks, &fault) < 0) {
		must(jwks == NULL && fault != NULL);
		return;
	}
	must(jwks_count(jwks) > 0 && jwks_count(jwks) <= JWKS_MAX);
	for (i = 0; i < jwks_count(jwks); i++) {
		jwk = jwks_at(jwks, i);
		must(jwk->key != NULL);
		must(jwk->algorithm == ALGORITHM_NONE ||
		    algorithm_key(jwk->algorithm) == jwk->type);
		must(jwk->type != KEY_RSA ||
		    (EVP_PKEY_get_bits(jwk->key) >= JWK_RSA_BITS_MIN &&
			EVP_PKEY_get_bits(jwk->key) <= JWK_RSA_BITS_MAX));
		must(jwk->id == NULL || strlen(jwk->id) <= JWK_ID_MAX);
	}
	jwks_free(jwks);
}

static void
try_token(const char *text, size_t len)
{
	struct jwt jwt;
	const char *fault;
	size_t i;
	int is_known = 0;

	for (i = 0; i < KNOWN_TOKENS; i++)
		is_known |= len == strlen(known_tokens[i]) &&
		    memcmp(text, known_tokens[i], len) == 0;
	must((jwt_verify(text, len, known, &jwt, &fault) == 0) == is_known);
	must((jwt.claims != NULL) == is_known && (fault == NULL) == is_known);
	jwt_clear(&jwt);
}

/* A token of that header and these claims, as it is given: for free(). */
static char *
sign(const char *header, size_t header_len, const char *claims, size_t len)
{
	char *token = malloc(BASE64URL_CHARS(header_len) +
	    BASE64URL_CHARS(len) + BASE64URL_CHARS(SIG_BYTES) + 4);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint8_t signature[SIG_BYTES];
	size_t signature_len = sizeof(signature);

	must(token != NULL && md != NULL);
	base64url_encode((const uint8_t *)header, header_len, token);
	strcat(token, ".");
	base64url_encode((const uint8_t *)claims, len, token + strlen(token));
	must(EVP_DigestSignInit(md, NULL, NULL, NULL, signer) == 1 &&
	    EVP_DigestSign(md, signature, &signature_len,
		(const uint8_t *)token, strlen(token)) == 1);
	EVP_MD_CTX_free(md);
	strcat(token, ".");
	base64url_encode(signature, signature_len, token + strlen(token));
	return token;
}

/* An object as jansson reads it, without our bounds. */
static json_t *
read_plainly(const char *text, size_t len)
{
	json_t *o = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);

	if (json_is_object(o))
		return o;
	json_decref(o);
	return NULL;
}

static int
is_text(const json_t *o, const char *name, const char *text)
{
	const char *value = json_string_value(json_object_get(o, name));

	return value != NULL && strcmp(value, text) == 0;
}

static void
try_signed(const char *text, size_t len)
{
	const char *nul = memchr(text, '\0', len), *fault;
	size_t header_len = nul != NULL ? (size_t)(nul - text) : len;
	const char *claims = nul != NULL ? nul + 1 : "";
	size_t claims_len = nul != NULL ? len - header_len - 1 : 0;
	char *token = sign(text, header_len, claims, claims_len);
	struct jwt jwt;
	json_t *h, *c;

	if (jwt_verify(token, strlen(token), own, &jwt, &fault) == 0) {
		h = read_plainly(text, header_len);
		c = read_plainly(claims, claims_len);
		must(is_text(h, "alg", "EdDSA"));
		must(json_object_get(h, "kid") == NULL ||
		    json_is_null(json_object_get(h, "kid")) ||
		    is_text(h, "kid", "f"));
		must(json_object_get(h, "crit") == NULL);
		must(json_equal(c, jwt.claims));
		json_decref(h);
		json_decref(c);
	}
	jwt_clear(&jwt);
	free(token);
}

static int
is_for_us(const json_t *claims)
{
	const json_t *aud = json_object_get(claims, "aud"), *item;
	size_t i;
	int is_one = is_text(claims, "aud", "bridge");
	double exp = json_number_value(json_object_get(claims, "exp"));
	double iat = json_number_value(json_object_get(claims, "iat"));

	json_array_foreach(aud, i, item) is_one |=
	    json_string_value(item) != NULL &&
	    strcmp(json_string_value(item), "bridge") == 0;
	return is_one && is_text(claims, "iss", "https://id.example.com") &&
	    exp > NOW - SKEW_SEC && iat <= NOW + SKEW_SEC &&
	    iat >= NOW - SKEW_SEC - AGE_SEC;
}

static int
is_name(const char *name, void *arg)
{
	(void)arg;
	return name[0] != '-' && name[0] != '@';
}

static void
try_names(const json_t *claims)
{
	const struct claims_names names = {.is_name = is_name};
	struct claims_groups groups;
	const char *user, *fault;
	size_t commas = 0;
	const char *p;

	if (claims_user(claims, "email", &names, &user, &fault) == 0) {
		must(strlen(user) <= CLAIMS_USER_MAX);
		must(!json_is_false(json_object_get(claims, "email_verified")));
	}
	if (claims_groups(claims, "a.b.c", &names, &groups, &fault) != 0)
		must(groups.list.text[0] == '\0');
	else
		must(groups.list.lost == 0);
	must(memchr(groups.list.text, '\0', sizeof(groups.list.text)) != NULL);
	for (p = groups.list.text; *p != '\0'; p++)
		commas += *p == ',';
	must(groups.list.text[0] == '\0' || groups.list.count == 1 + commas);
}

static void
try_claims(const char *text, size_t len)
{
	char *token = sign(HEADER, strlen(HEADER), text, len);
	struct jwt jwt;
	struct id_token id;
	struct logout_token logout;
	const char *fault;
	int is_id, is_logout;

	if (jwt_verify(token, strlen(token), own, &jwt, &fault) == 0) {
		is_id = id_token_judge(&jwt, &rules, "n", &id, &fault) == 0;
		is_logout =
		    logout_token_judge(&jwt, &rules, &logout, &fault) == 0;
		must(!is_id || !is_logout);
		must((!is_id && !is_logout) || is_for_us(jwt.claims));
		must(!is_id || (is_text(jwt.claims, "nonce", "n") && id.sub));
		must(!is_logout || logout.sub != NULL || logout.sid != NULL);
		try_names(jwt.claims);
	}
	jwt_clear(&jwt);
	free(token);
}

static void
try_base64url(const char *text, size_t len)
{
	uint8_t *bytes = malloc(BASE64URL_BYTES(len));
	char *again = malloc(len + 4);
	int n;

	must(bytes != NULL && again != NULL);
	n = base64url_decode(text, len, bytes, BASE64URL_BYTES(len));
	if (n >= 0) {
		base64url_encode(bytes, (size_t)n, again);
		must(strlen(again) == len && memcmp(again, text, len) == 0);
	}
	free(bytes);
	free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const tries[KINDS])(const char *, size_t) = {
	    try_keys, try_token, try_signed, try_claims, try_base64url};
	char *copy;

	if (known == NULL)
		start();
	if (size == 0 || size > TEXT_MAX || (copy = malloc(size)) == NULL)
		return 0;
	memcpy(copy, data + 1, size - 1);
	tries[(uint8_t)(data[0] - '0') % KINDS](copy, size - 1);
	free(copy);
	return 0;
}
