/* SPDX-License-Identifier: ISC */
/* The provider's side of sso_rig.h: its keys, and what it says. */
#include <check.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "daemon/auth/oidc/base64url.h"
#include "tests/unit/sso_rig.h"
#include "tests/unit/sso_rig_provider.h"

#define KEY_BYTES 32 /* of Ed25519, RFC 8032, 5.1.5 */
#define SIGNATURE 64
#define EVENT	  "http://schemas.openid.net/event/backchannel-logout"

static EVP_PKEY *keys[RIG_KEYS];
static int has_rotated;

void
rig_provider_open(void)
{
	size_t i;

	has_rotated = 0;
	for (i = 0; i < RIG_KEYS; i++) {
		keys[i] = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		ck_assert_ptr_nonnull(keys[i]);
	}
}

void
rig_provider_close(void)
{
	size_t i;

	for (i = 0; i < RIG_KEYS; i++)
		EVP_PKEY_free(keys[i]);
}

void
rig_rotate(void)
{
	has_rotated = 1;
}

const char *
rig_key_set(void)
{
	static char text[RIG_TEXT_MAX];
	char x[BASE64URL_CHARS(KEY_BYTES) + 1];
	enum rig_key which = has_rotated ? RIG_SECOND_KEY : RIG_FIRST_KEY;
	uint8_t bytes[KEY_BYTES];
	size_t len = sizeof(bytes);

	ck_assert_int_eq(
	    EVP_PKEY_get_raw_public_key(keys[which], bytes, &len), 1);
	base64url_encode(bytes, len, x);
	snprintf(text, sizeof(text),
	    "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"%d\","
	    "\"x\":\"%s\"}]}",
	    (int)which, x);
	return text;
}

static void
change_object(json_t *o, const struct rig_change *change)
{
	json_t *value;

	if (change == NULL || change->name == NULL)
		return;
	if (change->value[0] == '\0') {
		json_object_del(o, change->name);
		return;
	}
	value = json_loads(change->value, JSON_DECODE_ANY, NULL);
	ck_assert_msg(value != NULL, "%s", change->value);
	ck_assert_int_eq(json_object_set_new(o, change->name, value), 0);
}

/* Takes o; its text lasts until the next. */
static const char *
text_of(json_t *o)
{
	static char text[RIG_TEXT_MAX];
	size_t len = json_dumpb(o, text, sizeof(text) - 1, JSON_COMPACT);

	ck_assert_uint_gt(len, 0);
	ck_assert_uint_lt(len, sizeof(text));
	text[len] = '\0';
	json_decref(o);
	return text;
}

const char *
rig_metadata(const struct rig_change *change)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:[s, s]}",
	    "issuer", RIG_ISSUER, "authorization_endpoint",
	    RIG_ISSUER "/authorize?of=bridge", "token_endpoint",
	    RIG_ISSUER "/token", "jwks_uri", RIG_ISSUER "/keys",
	    "userinfo_endpoint", RIG_ISSUER "/userinfo", "end_session_endpoint",
	    RIG_ISSUER "/logout", "token_endpoint_auth_methods_supported",
	    "client_secret_basic", "client_secret_post");

	ck_assert_ptr_nonnull(o);
	change_object(o, change);
	return text_of(o);
}

const char *
rig_sign(const char *header, const char *claims, enum rig_key key)
{
	static char token[2 * RIG_TEXT_MAX];
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint8_t signature[SIGNATURE];
	size_t len = sizeof(signature), n;

	base64url_encode((const uint8_t *)header, strlen(header), token);
	n = strlen(token);
	token[n++] = '.';
	base64url_encode((const uint8_t *)claims, strlen(claims), token + n);
	n = strlen(token);
	ck_assert_int_eq(
	    EVP_DigestSignInit(md, NULL, NULL, NULL, keys[key]), 1);
	ck_assert_int_eq(EVP_DigestSign(md, signature, &len,
			     (const unsigned char *)token, n),
	    1);
	EVP_MD_CTX_free(md);
	token[n++] = '.';
	base64url_encode(signature, len, token + n);
	return token;
}

static const char *
sign_object(json_t *claims, enum rig_key key)
{
	char header[64];

	snprintf(header, sizeof(header), "{\"alg\":\"EdDSA\",\"kid\":\"%d\"}",
	    (int)key);
	return rig_sign(header, text_of(claims), key);
}

static json_t *
usual_claims(void)
{
	json_int_t now = (json_int_t)time(NULL);
	json_t *o = json_pack("{s:s, s:s, s:s, s:I, s:I}", "iss", RIG_ISSUER,
	    "aud", RIG_CLIENT, "sub", RIG_SUB, "iat", now, "exp", now + 300);

	ck_assert_ptr_nonnull(o);
	return o;
}

const char *
rig_id_token_of(const struct rig_change *change, enum rig_key key)
{
	json_t *o = usual_claims();

	json_object_set_new(o, "nonce", json_string(rig_parameter("nonce")));
	json_object_set_new(o, "sid", json_string(RIG_SID));
	json_object_set_new(o, "preferred_username", json_string("alice"));
	json_object_set_new(
	    o, "groups", json_pack("[s, s]", "/staff", "students"));
	change_object(o, change);
	return sign_object(o, key);
}

const char *
rig_id_token(const struct rig_change *change)
{
	return rig_id_token_of(change, RIG_FIRST_KEY);
}

const char *
rig_logout_token(const struct rig_change *changes, size_t count)
{
	json_t *o = usual_claims();
	size_t i;

	json_object_set_new(o, "jti", json_string("first"));
	json_object_set_new(o, "sid", json_string(RIG_SID));
	json_object_set_new(o, "events", json_pack("{s:{}}", EVENT));
	for (i = 0; i < count; i++)
		change_object(o, &changes[i]);
	return sign_object(o, RIG_FIRST_KEY);
}
