/* SPDX-License-Identifier: ISC */
/* Sets of keys, as providers publish them, and hostile ones. */
#include <check.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/oidc/base64url.h"
#include "daemon/auth/oidc/jwks.h"
#include "daemon/auth/oidc/start.h"
#include "tests/unit/oidc_vectors.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT_MAX 16384
/* RFC 7515, appendix A.3; RFC 8037, appendix A.2 */
#define X  "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define Y  "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define ED "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define EC_KEY \
	"\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" Y "\""
#define ED_KEY "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" ED "\""
/* 32 bytes: zeroes, and ones */
#define ZERO "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define ONES "_____________________________________v8"

static struct jwks *jwks;
static const char *fault;

static void
setup(void)
{
	ck_assert_int_eq(oidc_start(), 0);
}

static int
parse(const char *text, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);
	int result;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, len);
	result = jwks_parse(copy, len, &jwks, &fault);
	free(copy);
	ck_assert((result == 0) == (jwks != NULL));
	ck_assert((result == 0) == (fault == NULL));
	return result;
}

/* A good key, of Ed25519 by the name of "good", before and after it. */
static size_t
count_with(const char *key)
{
	static char text[TEXT_MAX];
	size_t count;

	snprintf(text, sizeof(text),
	    "{\"keys\":[{\"kid\":\"good\"," ED_KEY
	    "},%s,{\"kid\":\"good\"," ED_KEY "}]}",
	    key);
	ck_assert_msg(parse(text, strlen(text)) == 0, "%s", fault);
	count = jwks_count(jwks);
	ck_assert_str_eq(jwks_at(jwks, 0)->id, "good");
	ck_assert_str_eq(jwks_at(jwks, count - 1)->id, "good");
	jwks_free(jwks);
	return count - 2;
}

/* RFC 7517, appendix A.1: the first is for encryption */
START_TEST(the_set_of_the_rfc_is_read)
{
	ck_assert_int_eq(parse(vectors_rfc7517, strlen(vectors_rfc7517)), 0);
	ck_assert_uint_eq(jwks_count(jwks), 1);
	ck_assert_str_eq(jwks_at(jwks, 0)->id, "2011-04-29");
	ck_assert_int_eq(jwks_at(jwks, 0)->type, KEY_RSA);
	ck_assert_int_eq(jwks_at(jwks, 0)->algorithm, ALGORITHM_RS256);
	ck_assert_int_eq(EVP_PKEY_get_bits(jwks_at(jwks, 0)->key), 2048);
	jwks_free(jwks);
}
END_TEST

static const char *const taken[] = {
    "{" EC_KEY "}",
    "{" ED_KEY "}",
    "{" EC_KEY ",\"use\":\"sig\"}",
    "{" EC_KEY ",\"use\":null,\"alg\":null,\"kid\":null}",
    "{" EC_KEY ",\"key_ops\":[\"verify\"]}",
    "{" EC_KEY ",\"key_ops\":[\"sign\",\"verify\"],\"use\":\"sig\"}",
    "{" EC_KEY ",\"alg\":\"ES256\"}",
    "{" ED_KEY ",\"alg\":\"EdDSA\",\"kid\":\"\"}",
    "{" EC_KEY ",\"d\":\"AAAA\",\"x5c\":[1],\"x5t\":2,\"more\":{}}",
};

START_TEST(a_key_for_signatures_is_taken)
{
	ck_assert_uint_eq(count_with(taken[_i]), 1);
}
END_TEST

static const char *const left_out[] = {
    "{}",
    "1",
    "null",
    "[]",
    "\"EC\"",
    "{\"kty\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T\"}",
    "{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"AAAA\",\"use\":\"sig\"}",
    "{\"kty\":\"ec\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" Y "\"}",
    "{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"" X "\",\"y\":\"" Y "\"}",
    "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"" X "\",\"y\":\"" Y "\"}",
    "{\"kty\":\"EC\",\"x\":\"" X "\",\"y\":\"" Y "\"}",
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\"}",
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":1}",
    "{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"" ED "\"}",
    "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" ED "\"}",
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" ED "A\"}",
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" ED "=\"}",
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}",
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"\"}",
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\"}",
    "{\"kty\":\"RSA\",\"e\":\"AQAB\"}",
    "{\"kty\":\"RSA\",\"n\":\"\",\"e\":\"AQAB\"}",
    "{\"kty\":[\"EC\"],\"crv\":\"P-256\",\"x\":\"" X "\",\"y\":\"" Y "\"}",
    /* not on the curve; no coordinates */
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" Y "\",\"y\":\"" X "\"}",
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" ZERO "\",\"y\":\"" ZERO "\"}",
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" ONES "\",\"y\":\"" ONES "\"}",
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA" X "\",\"y\":\"" Y "\"}",
    /* for other uses */
    "{" EC_KEY ",\"use\":\"enc\"}",
    "{" EC_KEY ",\"use\":\"SIG\"}",
    "{" EC_KEY ",\"use\":[\"sig\"]}",
    "{" EC_KEY ",\"key_ops\":[\"sign\"]}",
    "{" EC_KEY ",\"key_ops\":[]}",
    "{" EC_KEY ",\"key_ops\":\"verify\"}",
    "{" EC_KEY ",\"key_ops\":[\"verify\"],\"use\":\"enc\"}",
    "{" EC_KEY ",\"alg\":\"ECDH-ES\"}",
    "{" EC_KEY ",\"alg\":\"ES384\"}",
    "{" EC_KEY ",\"alg\":\"RS256\"}",
    "{" EC_KEY ",\"alg\":\"none\"}",
    "{" EC_KEY ",\"alg\":\"HS256\"}",
    "{" EC_KEY ",\"alg\":256}",
    "{" EC_KEY ",\"kid\":1}",
};

START_TEST(another_key_is_left_out)
{
	ck_assert_uint_eq(count_with(left_out[_i]), 0);
}
END_TEST

static const struct {
	size_t bits; /* of n */
	unsigned char last;
	const char *e;
	size_t count;
} rsa_keys[] = {
    {2048, 1, "AQAB", 1},
    {2047, 1, "AQAB", 0},
    {1024, 1, "AQAB", 0},
    {8192, 1, "AQAB", 1},
    {8193, 1, "AQAB", 0},
    {16384, 1, "AQAB", 0},
    {2048, 2, "AQAB", 0},    /* even */
    {2048, 1, "Aw", 1},	     /* 3 */
    {2048, 1, "AQ", 0},	     /* 1 */
    {2048, 1, "AA", 0},	     /* 0 */
    {2048, 1, "BA", 0},	     /* 4 */
    {2048, 1, "_____w", 1},  /* 2^32 - 1 */
    {2048, 1, "AQAAAAE", 0}, /* 2^32 + 1 */
    {2048, 1, "", 0},
    {2048, 1, "AQAB=", 0},
};

START_TEST(an_rsa_key_has_2048_to_8192_bits_and_a_small_odd_exponent)
{
	unsigned char n[2049] = {0};
	char encoded[BASE64URL_CHARS(sizeof(n)) + 1], text[TEXT_MAX / 2];
	size_t bytes = (rsa_keys[_i].bits + 7) / 8;

	n[0] = (unsigned char)(1 << ((rsa_keys[_i].bits - 1) % 8));
	n[bytes - 1] |= rsa_keys[_i].last;
	base64url_encode(n, bytes, encoded);
	snprintf(text, sizeof(text),
	    "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}", encoded,
	    rsa_keys[_i].e);
	ck_assert_uint_eq(count_with(text), rsa_keys[_i].count);
}
END_TEST

static const char *const refused[] = {
    "",
    "{",
    "[]",
    "{}",
    "null",
    "{\"keys\":null}",
    "{\"keys\":{}}",
    "{\"keys\":[]}",
    "{\"keys\":[{}]}",
    "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}",
    "{\"keys\":[{" EC_KEY "}],\"keys\":[]}",
    "{\"keys\":[{" EC_KEY ",\"kty\":\"EC\"}]}",
    "{\"keys\":[{" EC_KEY ",\"kid\":\"a\\u0000b\"}]}",
    "{\"keys\":[{" EC_KEY ",\"kid\":\"\xff\"}]}",
    "{\"keys\":[{" EC_KEY "}]}x",
    "{\"Keys\":[{" EC_KEY "}]}",
    "{\"keys\":[{" EC_KEY "}],\"n\":99999999999999999999}",
};

START_TEST(what_is_no_set_of_keys_is_refused)
{
	ck_assert_int_eq(parse(refused[_i], strlen(refused[_i])), VB_ESYNTAX);
}
END_TEST

START_TEST(a_set_has_up_to_64_keys)
{
	static char text[TEXT_MAX];
	size_t i;

	strcpy(text, "{\"keys\":[{" EC_KEY "}");
	for (i = 1; i < JWKS_MAX; i++)
		strcat(text, ",{" EC_KEY "}");
	strcat(text, "]}");
	ck_assert_int_eq(parse(text, strlen(text)), 0);
	ck_assert_uint_eq(jwks_count(jwks), JWKS_MAX);
	jwks_free(jwks);
	strcpy(strrchr(text, ']'), ",0]}");
	ck_assert_int_eq(parse(text, strlen(text)), VB_ESYNTAX);
	ck_assert_str_eq(fault, "the key set has more than 64 keys");
}
END_TEST

START_TEST(a_name_has_up_to_255_bytes)
{
	char id[257], text[1024];

	memset(id, 'k', sizeof(id));
	id[255] = '\0';
	snprintf(text, sizeof(text), "{" EC_KEY ",\"kid\":\"%s\"}", id);
	ck_assert_uint_eq(count_with(text), 1);
	id[255] = 'k';
	id[256] = '\0';
	snprintf(text, sizeof(text), "{" EC_KEY ",\"kid\":\"%s\"}", id);
	ck_assert_uint_eq(count_with(text), 0);
}
END_TEST

START_TEST(a_set_cut_at_any_byte_is_refused)
{
	size_t len;

	for (len = 0; len < strlen(vectors_keys); len++)
		ck_assert_int_eq(parse(vectors_keys, len), VB_ESYNTAX);
}
END_TEST

START_TEST(a_set_with_any_byte_changed_does_no_harm)
{
	size_t i, len = strlen(vectors_keys);
	char *copy = strdup(vectors_keys);

	for (i = 0; i < len; i++) {
		copy[i] ^= 1;
		if (parse(copy, len) == 0)
			ck_assert_uint_le(jwks_count(jwks), 4);
		jwks_free(jwks);
		copy[i] ^= 1;
	}
	free(copy);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("oidc_jwks");
	TCase *tc = tcase_create("oidc_jwks");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, the_set_of_the_rfc_is_read);
	tcase_add_loop_test(
	    tc, a_key_for_signatures_is_taken, 0, (int)COUNT(taken));
	tcase_add_loop_test(
	    tc, another_key_is_left_out, 0, (int)COUNT(left_out));
	tcase_add_loop_test(tc,
	    an_rsa_key_has_2048_to_8192_bits_and_a_small_odd_exponent, 0,
	    (int)COUNT(rsa_keys));
	tcase_add_loop_test(
	    tc, what_is_no_set_of_keys_is_refused, 0, (int)COUNT(refused));
	tcase_add_test(tc, a_set_has_up_to_64_keys);
	tcase_add_test(tc, a_name_has_up_to_255_bytes);
	tcase_add_test(tc, a_set_cut_at_any_byte_is_refused);
	tcase_add_test(tc, a_set_with_any_byte_changed_does_no_harm);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
