/* SPDX-License-Identifier: ISC */
/* What a logout token says, whose signature is right. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/oidc/logout_token.h"
#include "daemon/auth/oidc/start.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define EVENT	 "\"http://schemas.openid.net/event/backchannel-logout\""
#define BASE                                                     \
	"\"iss\":\"https://id.example.com\",\"aud\":\"bridge\"," \
	"\"exp\":1700000120,\"iat\":1700000000"
#define JTI    "\"jti\":\"bWJq\""
#define EVENTS "\"events\":{" EVENT ":{}}"
#define SUB    "\"sub\":\"248289761001\""
#define SID    "\"sid\":\"08a5019c-17e1-4977\""
#define HEAD   BASE "," JTI "," EVENTS

static const struct validity_rules rules = {
    .issuer = "https://id.example.com",
    .client_id = "bridge",
    .now = 1700000000,
    .skew_sec = 60,
    .age_max_sec = 600,
};

static struct jwt jwt;
static struct logout_token token;
static const char *fault;

static void
setup(void)
{
	ck_assert_int_eq(oidc_start(), 0);
}

static int
judge(const char *claims, const char *type)
{
	int result;

	memset(&jwt, 0, sizeof(jwt));
	strcpy(jwt.type, type);
	ck_assert_int_eq(object_parse(claims, strlen(claims), &jwt.claims), 0);
	result = logout_token_judge(&jwt, &rules, &token, &fault);
	ck_assert((result == 0) == (fault == NULL));
	ck_assert((result == 0) == (token.jti != NULL));
	return result;
}

static const struct {
	const char *claims;
	int has_sub, has_sid;
} taken[] = {
    {"{" HEAD "," SUB "," SID "}", 1, 1},
    {"{" HEAD "," SUB "}", 1, 0},
    {"{" HEAD "," SID "}", 0, 1},
    {"{" HEAD "," SID ",\"sub\":null}", 0, 1},
    {"{" BASE "," JTI "," SUB ",\"events\":{\"x\":1," EVENT ":{\"y\":2}}}", 1,
	0},
};

START_TEST(a_logout_is_of_a_user_or_a_session)
{
	ck_assert_msg(judge(taken[_i].claims, "logout+jwt") == 0, "%s", fault);
	ck_assert_int_eq(token.sub != NULL, taken[_i].has_sub);
	ck_assert_int_eq(token.sid != NULL, taken[_i].has_sid);
	if (token.sub != NULL)
		ck_assert_str_eq(token.sub, "248289761001");
	if (token.sid != NULL)
		ck_assert_str_eq(token.sid, "08a5019c-17e1-4977");
	ck_assert_str_eq(token.jti, "bWJq");
	ck_assert(token.exp == 1700000120);
	jwt_clear(&jwt);
}
END_TEST

static const struct {
	const char *fault; /* a part of it */
	const char *claims;
} refused[] = {
    {"(sub, sid)", "{" HEAD "}"},
    {"(sub, sid)", "{" HEAD ",\"sub\":\"\"}"},
    {"(sub, sid)", "{" HEAD ",\"sub\":1," SID "}"},
    {"(sub, sid)", "{" HEAD "," SUB ",\"sid\":{}}"},
    {"(nonce)", "{" HEAD "," SUB ",\"nonce\":\"n-0S6\"}"},
    {"(nonce)", "{" HEAD "," SUB ",\"nonce\":null}"},
    {"(jti)", "{" BASE "," EVENTS "," SUB "}"},
    {"(jti)", "{" BASE "," EVENTS "," SUB ",\"jti\":1}"},
    {"(jti)", "{" BASE "," EVENTS "," SUB ",\"jti\":\"\"}"},
    {"(events)", "{" BASE "," JTI "," SUB "}"},
    {"(events)", "{" BASE "," JTI "," SUB ",\"events\":{}}"},
    {"(events)", "{" BASE "," JTI "," SUB ",\"events\":" EVENT "}"},
    {"(events)", "{" BASE "," JTI "," SUB ",\"events\":[" EVENT "]}"},
    {"(events)", "{" BASE "," JTI "," SUB ",\"events\":{" EVENT ":null}}"},
    {"(events)", "{" BASE "," JTI "," SUB ",\"events\":{" EVENT ":true}}"},
    {"(events)", "{" BASE "," JTI "," SUB ",\"events\":{" EVENT ":[]}}"},
    {"(events)",
	"{" BASE "," JTI "," SUB
	",\"events\":{\"http://schemas.openid.net/event/other\":{}}}"},
    {"(iss)", "{" JTI "," EVENTS "," SUB "}"},
    {"(exp)",
	"{\"iss\":\"https://id.example.com\",\"aud\":\"bridge\","
	"\"iat\":1700000000," JTI "," EVENTS "," SUB "}"},
    {"(iat)",
	"{\"iss\":\"https://id.example.com\",\"aud\":\"bridge\","
	"\"exp\":1700000120," JTI "," EVENTS "," SUB "}"},
    {"(aud)",
	"{\"iss\":\"https://id.example.com\",\"aud\":\"other\","
	"\"exp\":1700000120,\"iat\":1700000000," JTI "," EVENTS "," SUB "}"},
};

START_TEST(what_is_no_logout_is_refused)
{
	ck_assert_msg(judge(refused[_i].claims, "") == VB_ESYNTAX, "%s",
	    refused[_i].claims);
	ck_assert_msg(strstr(fault, refused[_i].fault) != NULL, "%s: %s",
	    refused[_i].claims, fault);
	ck_assert_ptr_null(token.sub);
	ck_assert_ptr_null(token.sid);
	jwt_clear(&jwt);
}
END_TEST

static const struct {
	const char *type;
	int result;
} types[] = {
    {"", 0},
    {"jwt", 0},
    {"logout+jwt", 0},
    {"at+jwt", VB_ESYNTAX},
    {"logout", VB_ESYNTAX},
};

START_TEST(a_token_of_another_kind_is_refused)
{
	ck_assert_int_eq(
	    judge(taken[0].claims, types[_i].type), types[_i].result);
	jwt_clear(&jwt);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("oidc_logout_token");
	TCase *tc = tcase_create("oidc_logout_token");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(
	    tc, a_logout_is_of_a_user_or_a_session, 0, (int)COUNT(taken));
	tcase_add_loop_test(
	    tc, what_is_no_logout_is_refused, 0, (int)COUNT(refused));
	tcase_add_loop_test(
	    tc, a_token_of_another_kind_is_refused, 0, (int)COUNT(types));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
