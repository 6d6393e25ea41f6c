/* SPDX-License-Identifier: ISC */
/* What an ID token says, whose signature is right. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/oidc/id_token.h"
#include "daemon/auth/oidc/start.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define ISS	 "\"iss\":\"https://id.example.com\""
#define AUD	 "\"aud\":\"bridge\""
#define EXP	 "\"exp\":1700000300"
#define IAT	 "\"iat\":1699999990"
#define NONCE	 "\"nonce\":\"n-0S6_WzA2Mj\""
#define SUB	 "\"sub\":\"248289761001\""
#define TIME	 EXP "," IAT
#define REST	 TIME "," NONCE "," SUB

static const struct validity_rules rules = {
    .issuer = "https://id.example.com",
    .client_id = "bridge",
    .now = 1700000000,
    .skew_sec = 60,
    .age_max_sec = 600,
};

static struct id_token token;
static const char *fault;

static void
setup(void)
{
	ck_assert_int_eq(oidc_start(), 0);
}

/* Leaves jwt for what the token points at. */
static int
judge(struct jwt *jwt, const char *claims, const char *type)
{
	int result;

	memset(jwt, 0, sizeof(*jwt));
	strcpy(jwt->type, type);
	ck_assert_int_eq(object_parse(claims, strlen(claims), &jwt->claims), 0);
	result = id_token_judge(jwt, &rules, "n-0S6_WzA2Mj", &token, &fault);
	ck_assert((result == 0) == (fault == NULL));
	ck_assert((result == 0) == (token.sub != NULL));
	ck_assert((result == 0) == (token.claims != NULL));
	return result;
}

static const char *const taken[] = {
    "{" ISS "," AUD "," REST "}",
    "{" ISS ",\"aud\":[\"bridge\"]," REST "}",
    "{" ISS ",\"aud\":[\"other\",\"bridge\"],\"azp\":\"bridge\"," REST "}",
    "{" ISS "," AUD ",\"azp\":\"bridge\"," REST "}",
    "{" ISS "," AUD ",\"azp\":null,\"nbf\":null,\"sid\":null," REST "}",
    "{" ISS "," AUD "," NONCE "," SUB ",\"exp\":1699999941," IAT "}",
    "{" ISS "," AUD "," NONCE "," SUB ",\"exp\":1699999940.5," IAT "}",
    "{" ISS "," AUD "," NONCE "," SUB ",\"exp\":9007199254740992," IAT "}",
    "{" ISS "," AUD "," NONCE "," SUB "," EXP ",\"iat\":1700000060}",
    "{" ISS "," AUD "," NONCE "," SUB "," EXP ",\"iat\":1699999340}",
    "{" ISS "," AUD "," NONCE "," SUB "," EXP ",\"iat\":1.7e9}",
    "{" ISS "," AUD "," REST ",\"nbf\":1700000060}",
    "{" ISS "," AUD "," REST ",\"nbf\":0}",
    "{" ISS "," AUD "," REST ",\"email\":1,\"more\":{\"iss\":\"x\"}}",
};

START_TEST(a_token_for_this_login_is_taken)
{
	struct jwt jwt;

	ck_assert_msg(judge(&jwt, taken[_i], "") == 0, "%s", fault);
	ck_assert_str_eq(token.sub, "248289761001");
	ck_assert_ptr_null(token.sid);
	ck_assert_ptr_eq(token.claims, jwt.claims);
	jwt_clear(&jwt);
}
END_TEST

static const struct {
	const char *fault; /* a part of it */
	const char *claims;
} refused[] = {
    {"(iss)", "{" AUD "," REST "}"},
    {"(iss)", "{}"},
    {"(iss)", "{\"iss\":\"https://id.example.com/\"," AUD "," REST "}"},
    {"(iss)", "{\"iss\":\"https://ID.example.com\"," AUD "," REST "}"},
    {"(iss)", "{\"iss\":\"http://id.example.com\"," AUD "," REST "}"},
    {"(iss)", "{\"iss\":[\"https://id.example.com\"]," AUD "," REST "}"},
    {"(iss)", "{\"iss\":1," AUD "," REST "}"},
    {"(aud)", "{" ISS "," REST "}"},
    {"(aud)", "{" ISS ",\"aud\":\"other\"," REST "}"},
    {"(aud)", "{" ISS ",\"aud\":\"Bridge\"," REST "}"},
    {"(aud)", "{" ISS ",\"aud\":\"bridge \"," REST "}"},
    {"(aud)", "{" ISS ",\"aud\":\"\"," REST "}"},
    {"(aud)", "{" ISS ",\"aud\":[]," REST "}"},
    {"(aud)", "{" ISS ",\"aud\":[\"other\"],\"azp\":\"bridge\"," REST "}"},
    {"(aud)", "{" ISS ",\"aud\":[\"bridge\",1],\"azp\":\"bridge\"," REST "}"},
    {"(aud)", "{" ISS ",\"aud\":[[\"bridge\"]]," REST "}"},
    {"(aud)", "{" ISS ",\"aud\":{\"bridge\":1}," REST "}"},
    {"(aud)", "{" ISS ",\"aud\":1," REST "}"},
    {"(azp)", "{" ISS ",\"aud\":[\"other\",\"bridge\"]," REST "}"},
    {"(azp)", "{" ISS ",\"aud\":[\"bridge\",\"bridge\"]," REST "}"},
    {"(azp)", "{" ISS "," AUD ",\"azp\":\"other\"," REST "}"},
    {"(azp)", "{" ISS "," AUD ",\"azp\":\"\"," REST "}"},
    {"(azp)", "{" ISS "," AUD ",\"azp\":[\"bridge\"]," REST "}"},
    {"(exp)", "{" ISS "," AUD "," IAT "," NONCE "," SUB "}"},
    {"(exp)", "{" ISS "," AUD ",\"exp\":null," IAT "," NONCE "," SUB "}"},
    {"(exp)", "{" ISS "," AUD ",\"exp\":1699999940," IAT "," NONCE "," SUB "}"},
    {"(exp)", "{" ISS "," AUD ",\"exp\":0," IAT "," NONCE "," SUB "}"},
    {"(exp)", "{" ISS "," AUD ",\"exp\":-1," IAT "," NONCE "," SUB "}"},
    {"(exp)",
	"{" ISS "," AUD ",\"exp\":\"1700000300\"," IAT "," NONCE "," SUB "}"},
    {"(exp)", "{" ISS "," AUD ",\"exp\":true," IAT "," NONCE "," SUB "}"},
    {"(exp)",
	"{" ISS "," AUD ",\"exp\":9223372036854775807," IAT "," NONCE "," SUB
	"}"},
    {"(exp)", "{" ISS "," AUD ",\"exp\":1e300," IAT "," NONCE "," SUB "}"},
    {"(nbf)", "{" ISS "," AUD "," REST ",\"nbf\":1700000061}"},
    {"(nbf)", "{" ISS "," AUD "," REST ",\"nbf\":-1}"},
    {"(nbf)", "{" ISS "," AUD "," REST ",\"nbf\":\"0\"}"},
    {"(iat)", "{" ISS "," AUD "," EXP "," NONCE "," SUB "}"},
    {"(iat)", "{" ISS "," AUD "," EXP ",\"iat\":1700000061," NONCE "," SUB "}"},
    {"(iat)", "{" ISS "," AUD "," EXP ",\"iat\":1699999339," NONCE "," SUB "}"},
    {"(iat)",
	"{" ISS "," AUD "," EXP ",\"iat\":-1699999990," NONCE "," SUB "}"},
    {"(iat)",
	"{" ISS "," AUD "," EXP ",\"iat\":[1699999990]," NONCE "," SUB "}"},
    {"(nonce)", "{" ISS "," AUD "," TIME "," SUB "}"},
    {"(nonce)", "{" ISS "," AUD "," TIME "," SUB ",\"nonce\":\"\"}"},
    {"(nonce)",
	"{" ISS "," AUD "," TIME "," SUB ",\"nonce\":\"n-0S6_WzA2Mk\"}"},
    {"(nonce)", "{" ISS "," AUD "," TIME "," SUB ",\"nonce\":\"n-0S6_WzA2M\"}"},
    {"(nonce)",
	"{" ISS "," AUD "," TIME "," SUB ",\"nonce\":\"n-0S6_WzA2Mj2\"}"},
    {"(nonce)",
	"{" ISS "," AUD "," TIME "," SUB ",\"nonce\":[\"n-0S6_WzA2Mj\"]}"},
    {"(sub)", "{" ISS "," AUD "," TIME "," NONCE "}"},
    {"(sub)", "{" ISS "," AUD "," TIME "," NONCE ",\"sub\":\"\"}"},
    {"(sub)", "{" ISS "," AUD "," TIME "," NONCE ",\"sub\":1}"},
    {"(sub)", "{" ISS "," AUD "," TIME "," NONCE ",\"sub\":\"a\\nb\"}"},
    {"(sub)", "{" ISS "," AUD "," TIME "," NONCE ",\"sub\":null}"},
    {"(sid)", "{" ISS "," AUD "," REST ",\"sid\":1}"},
    {"(sid)", "{" ISS "," AUD "," REST ",\"sid\":\"\"}"},
};

START_TEST(a_token_for_anything_else_is_refused)
{
	struct jwt jwt;

	ck_assert_msg(judge(&jwt, refused[_i].claims, "jwt") == VB_ESYNTAX,
	    "%s", refused[_i].claims);
	ck_assert_msg(strstr(fault, refused[_i].fault) != NULL, "%s: %s",
	    refused[_i].claims, fault);
	jwt_clear(&jwt);
}
END_TEST

static const struct {
	const char *type;
	int result;
} types[] = {
    {"", 0},
    {"jwt", 0},
    {"logout+jwt", VB_ESYNTAX},
    {"at+jwt", VB_ESYNTAX},
    {"jw", VB_ESYNTAX},
};

START_TEST(a_token_of_another_kind_is_refused)
{
	struct jwt jwt;

	ck_assert_int_eq(
	    judge(&jwt, taken[0], types[_i].type), types[_i].result);
	jwt_clear(&jwt);
}
END_TEST

static const struct {
	size_t len;
	int result;
} lengths[] = {{1, 0}, {255, 0}, {256, VB_ESYNTAX}};

START_TEST(a_user_and_a_session_have_up_to_255_bytes)
{
	struct jwt jwt;
	char text[257], claims[1024];

	memset(text, 's', sizeof(text));
	text[lengths[_i].len] = '\0';
	snprintf(claims, sizeof(claims),
	    "{" ISS "," AUD "," TIME "," NONCE ",\"sub\":\"%s\"}", text);
	ck_assert_int_eq(judge(&jwt, claims, ""), lengths[_i].result);
	jwt_clear(&jwt);
	snprintf(claims, sizeof(claims),
	    "{" ISS "," AUD "," REST ",\"sid\":\"%s\"}", text);
	ck_assert_int_eq(judge(&jwt, claims, ""), lengths[_i].result);
	if (lengths[_i].result == 0)
		ck_assert_str_eq(token.sid, text);
	jwt_clear(&jwt);
}
END_TEST

START_TEST(without_a_nonce_of_its_own_no_token_is_taken)
{
	struct jwt jwt;
	static const char claims[] =
	    "{" ISS "," AUD "," TIME "," SUB ",\"nonce\":\"\"}";

	(void)judge(&jwt, claims, "");
	ck_assert_int_eq(
	    id_token_judge(&jwt, &rules, "", &token, &fault), VB_ESYNTAX);
	jwt_clear(&jwt);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("oidc_id_token");
	TCase *tc = tcase_create("oidc_id_token");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(
	    tc, a_token_for_this_login_is_taken, 0, (int)COUNT(taken));
	tcase_add_loop_test(
	    tc, a_token_for_anything_else_is_refused, 0, (int)COUNT(refused));
	tcase_add_loop_test(
	    tc, a_token_of_another_kind_is_refused, 0, (int)COUNT(types));
	tcase_add_loop_test(tc, a_user_and_a_session_have_up_to_255_bytes, 0,
	    (int)COUNT(lengths));
	tcase_add_test(tc, without_a_nonce_of_its_own_no_token_is_taken);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
