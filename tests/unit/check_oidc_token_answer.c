/* SPDX-License-Identifier: ISC */
/* What a token endpoint and userinfo answer. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/oidc/start.h"
#include "daemon/auth/oidc/token_answer.h"
#include "daemon/auth/oidc/userinfo.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define ACCESS	 "\"access_token\":\"SlAV32hkKG\""
#define TYPE	 "\"token_type\":\"Bearer\""
#define ID	 "\"id_token\":\"eyJh.eyJp.c2ln\""

static struct token_answer answer;
static const char *fault;

static void
setup(void)
{
	ck_assert_int_eq(oidc_start(), 0);
}

static const char *const hidden[] = {"", "SplxlO/BeZQ", "s3 cret", NULL};

static int
parse(const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len > 0 ? len : 1);
	int result;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, len);
	memset(&answer, 'x', sizeof(answer));
	result = token_answer_parse(copy, len, hidden, &answer, &fault);
	free(copy);
	ck_assert((result == 0) == (answer.id_token != NULL));
	ck_assert((result == 0) == (answer.access_token != NULL));
	ck_assert((result == 0) == (fault == NULL));
	return result;
}

#define TEN "1234567890"

static const char *const taken[] = {
    "{" ACCESS "," TYPE "," ID "}",
    "{" ACCESS ",\"token_type\":\"bearer\"," ID "}",
    "{" ACCESS ",\"token_type\":\"BEARER\"," ID ",\"expires_in\":\"x\"}",
    "{" ACCESS "," TYPE "," ID ",\"error\":null,\"refresh_token\":\"x\"}",
};

START_TEST(tokens_are_copied)
{
	ck_assert_int_eq(parse(taken[_i]), 0);
	ck_assert_str_eq(answer.access_token, "SlAV32hkKG");
	ck_assert_str_eq(answer.id_token, "eyJh.eyJp.c2ln");
	ck_assert_str_eq(answer.error, "");
	token_answer_clear(&answer);
	ck_assert_ptr_null(answer.id_token);
	token_answer_clear(&answer);
}
END_TEST

static const struct {
	const char *fault; /* a part of it */
	const char *text;
} refused[] = {
    {"object of JSON", ""},
    {"object of JSON", "access_token=x"},
    {"object of JSON", "[]"},
    {"object of JSON", "{" ACCESS "," ACCESS "," TYPE "," ID "}"},
    {"Bearer", "{" ACCESS "," ID "}"},
    {"Bearer", "{" ACCESS "," ID ",\"token_type\":\"DPoP\"}"},
    {"Bearer", "{" ACCESS "," ID ",\"token_type\":\"Bearer \"}"},
    {"Bearer", "{" ACCESS "," ID ",\"token_type\":[\"Bearer\"]}"},
    {"access token", "{" TYPE "," ID "}"},
    {"access token", "{" TYPE "," ID ",\"access_token\":\"\"}"},
    {"access token", "{" TYPE "," ID ",\"access_token\":1}"},
    {"access token", "{" TYPE "," ID ",\"access_token\":\"a b\"}"},
    {"access token", "{" TYPE "," ID ",\"access_token\":\"a\\r\\nX: y\"}"},
    {"access token", "{" TYPE "," ID ",\"access_token\":\"\xc3\xa4\"}"},
    {"ID token", "{" ACCESS "," TYPE "}"},
    {"ID token", "{" ACCESS "," TYPE ",\"id_token\":null}"},
    {"ID token", "{" ACCESS "," TYPE ",\"id_token\":{}}"},
    {"ID token", "{" ACCESS "," TYPE ",\"id_token\":\"a\\nb\"}"},
    {"Bearer", "{\"error\":1}"},
};

START_TEST(an_answer_without_its_tokens_is_refused)
{
	ck_assert_int_eq(parse(refused[_i].text), VB_ESYNTAX);
	ck_assert_msg(strstr(fault, refused[_i].fault) != NULL, "%s: %s",
	    refused[_i].text, fault);
}
END_TEST

static const struct {
	const char *text, *error, *description;
} errors[] = {
    {"{\"error\":\"invalid_grant\"}", "invalid_grant", ""},
    {"{\"error\":\"invalid_client\",\"error_description\":\"Bad secret\"}",
	"invalid_client", "Bad secret"},
    {"{\"error\":\"a\\n\\u001b[2J\xc3\xa4\",\"error_description\":\"\\u007f\"}",
	"a??[2J??", "?"},
    {"{\"error\":\"\",\"error_description\":1}", "", ""},
    {"{\"error\":\"x\"," ACCESS "," TYPE "," ID "}", "x", ""},
    {"{\"error\":\"1234567890123456789012345678901234567890123456789012345678"
     "901234567890\"}",
	"123456789012345678901234567890123456789012345678901234567890123", ""},
    {"{\"error\":\"invalid_grant\",\"error_description\":\"no SplxlO\\/BeZQ\"}",
	"invalid_grant", TOKEN_HIDDEN},
    {"{\"error\":\"s3\\u0020cret\",\"error_description\":\"s3 cre\"}",
	TOKEN_HIDDEN, "s3 cre"},
    {"{\"error\":\"x\",\"error_description\":\"" TEN TEN TEN TEN TEN TEN TEN TEN
	    TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "1234 s3 cret\"}",
	"x", TOKEN_HIDDEN}, /* not cut off in the middle of it */
};

START_TEST(an_error_is_printable_and_gives_no_token)
{
	ck_assert_int_eq(parse(errors[_i].text), VB_ENOTFOUND);
	ck_assert_str_eq(answer.error, errors[_i].error);
	ck_assert_str_eq(answer.description, errors[_i].description);
}
END_TEST

START_TEST(an_access_token_has_a_bound)
{
	char *text = malloc(TOKEN_ACCESS_MAX + 128), *token;

	ck_assert_ptr_nonnull(text);
	token = stpcpy(text, "{" TYPE "," ID ",\"access_token\":\"");
	memset(token, 'a', TOKEN_ACCESS_MAX + 1);
	strcpy(token + TOKEN_ACCESS_MAX, "\"}");
	ck_assert_int_eq(parse(text), 0);
	ck_assert_uint_eq(strlen(answer.access_token), TOKEN_ACCESS_MAX);
	token_answer_clear(&answer);
	strcpy(token + TOKEN_ACCESS_MAX, "a\"}");
	ck_assert_int_eq(parse(text), VB_ESYNTAX);
	free(text);
}
END_TEST

START_TEST(an_answer_cut_at_any_byte_is_refused)
{
	char cut[256];
	size_t len;

	for (len = 0; len < strlen(taken[0]); len++) {
		memcpy(cut, taken[0], len);
		cut[len] = '\0';
		ck_assert_int_eq(parse(cut), VB_ESYNTAX);
	}
}
END_TEST

static const struct {
	const char *text;
	int result;
} infos[] = {
    {"{\"sub\":\"alice\",\"groups\":[]}", 0},
    {"{\"sub\":\"alic\"}", VB_ESYNTAX},
    {"{\"sub\":\"alice2\"}", VB_ESYNTAX},
    {"{\"sub\":\"Alice\"}", VB_ESYNTAX},
    {"{\"sub\":[\"alice\"]}", VB_ESYNTAX},
    {"{\"sub\":null}", VB_ESYNTAX},
    {"{\"sub\":\"mallory\",\"sub\":\"alice\"}", VB_ESYNTAX},
    {"{}", VB_ESYNTAX},
    {"[\"alice\"]", VB_ESYNTAX},
    {"", VB_ESYNTAX},
    {"eyJh.eyJp.c2ln", VB_ESYNTAX},
};

START_TEST(userinfo_is_about_the_same_user)
{
	json_t *o;

	ck_assert_int_eq(userinfo_parse(infos[_i].text, strlen(infos[_i].text),
			     "alice", &o, &fault),
	    infos[_i].result);
	ck_assert((o != NULL) == (infos[_i].result == 0));
	ck_assert((fault == NULL) == (infos[_i].result == 0));
	json_decref(o);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("oidc_token_answer");
	TCase *tc = tcase_create("oidc_token_answer");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, tokens_are_copied, 0, (int)COUNT(taken));
	tcase_add_loop_test(tc, an_answer_without_its_tokens_is_refused, 0,
	    (int)COUNT(refused));
	tcase_add_loop_test(tc, an_error_is_printable_and_gives_no_token, 0,
	    (int)COUNT(errors));
	tcase_add_test(tc, an_access_token_has_a_bound);
	tcase_add_test(tc, an_answer_cut_at_any_byte_is_refused);
	tcase_add_loop_test(
	    tc, userinfo_is_about_the_same_user, 0, (int)COUNT(infos));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
