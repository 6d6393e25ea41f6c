/* SPDX-License-Identifier: ISC */
/* What a code is answered with proves somebody, or there is no login. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/unit/sso_rig.h"

#define FUTURE "9000000000" /* seconds since 1970 */

static const struct {
	uint32_t status;
	const char *body;
	enum oidc_code code;
} token_answers[] = {
    {0, "", OIDC_DOWN},
    {500, "", OIDC_DOWN},
    {503, "{\"error\":\"temporarily_unavailable\"}", OIDC_DOWN},
    {400, "{\"error\":\"invalid_grant\"}", OIDC_UNPROVEN},
    {401, "{\"error\":\"invalid_client\"}", OIDC_UNPROVEN},
    {400, "", OIDC_DOWN},
    {302, "", OIDC_DOWN},
    {200, "", OIDC_DOWN},
    {200, "[]", OIDC_DOWN},
    {200, "{}", OIDC_DOWN},
    {200, "{\"token_type\":\"Bearer\",\"access_token\":\"a\"}", OIDC_DOWN},
    {200, "{\"token_type\":\"mac\",\"access_token\":\"a\",\"id_token\":\"b\"}",
	OIDC_DOWN},
};

START_TEST(a_code_without_tokens_is_no_login)
{
	rig_go();
	rig_back();
	if (token_answers[_i].status == 0)
		rig_fail("no route");
	else
		rig_answer(token_answers[_i].status, token_answers[_i].body);
	rig_is_refused(token_answers[_i].code);
}
END_TEST

static const struct rig_change bad_claims[] = {
    {"iss", "\"https://evil.example.com\""},
    {"iss", "\"" RIG_ISSUER "/\""},
    {"iss", ""},
    {"iss", "[\"" RIG_ISSUER "\"]"},
    {"aud", "\"another\""},
    {"aud", ""},
    {"aud", "[]"},
    {"aud", "[\"bridge\",\"another\"]"}, /* without azp */
    {"azp", "\"another\""},
    {"nonce", "\"another\""},
    {"nonce", "\"\""},
    {"nonce", ""},
    {"nonce", "null"},
    {"exp", "1000"},
    {"exp", ""},
    {"exp", "\"9000000000\""},
    {"iat", "1000"},
    {"iat", FUTURE},
    {"iat", ""},
    {"nbf", FUTURE},
    {"sub", ""},
    {"sub", "\"\""},
    {"sub", "7"},
    {"sid", "7"},
};

START_TEST(a_token_that_is_not_for_this_login_is_none)
{
	rig_log_in(&bad_claims[_i]);
	rig_is_refused(OIDC_UNPROVEN);
}
END_TEST

static const char *const bad_headers[] = {
    "{\"alg\":\"none\"}",
    "{\"alg\":\"HS256\",\"kid\":\"0\"}",
    "{\"alg\":\"RS256\",\"kid\":\"0\"}",
    "{\"alg\":\"eddsa\",\"kid\":\"0\"}",
    "{\"kid\":\"0\"}",
    "{\"alg\":\"EdDSA\",\"kid\":\"0\",\"crit\":[\"b64\"],\"b64\":false}",
    "{\"alg\":\"EdDSA\",\"kid\":\"0\",\"typ\":\"logout+jwt\"}",
};

static void
good_claims(char out[RIG_TEXT_MAX])
{
	snprintf(out, RIG_TEXT_MAX,
	    "{\"iss\":\"%s\",\"aud\":\"%s\",\"sub\":\"%s\",\"nonce\":\"%s\","
	    "\"preferred_username\":\"alice\",\"groups\":[],"
	    "\"iat\":%lld,\"exp\":" FUTURE "}",
	    RIG_ISSUER, RIG_CLIENT, RIG_SUB, rig_parameter("nonce"),
	    (long long)time(NULL));
}

static void
log_in_with(const char *header, enum rig_key key)
{
	char claims[RIG_TEXT_MAX];

	rig_go();
	good_claims(claims);
	rig_back();
	rig_answer_tokens(rig_sign(header, claims, key));
	rig_answer_keys();
}

START_TEST(a_token_of_another_algorithm_or_type_is_none)
{
	log_in_with(bad_headers[_i], RIG_FIRST_KEY);
	rig_is_refused(OIDC_UNPROVEN);
}
END_TEST

START_TEST(the_same_token_with_a_good_header_is_one)
{
	log_in_with("{\"alg\":\"EdDSA\",\"kid\":\"0\"}", RIG_FIRST_KEY);
	rig_is_in("alice", "");
}
END_TEST

START_TEST(a_token_that_another_key_has_signed_is_none)
{
	log_in_with("{\"alg\":\"EdDSA\",\"kid\":\"0\"}", RIG_SECOND_KEY);
	rig_is_refused(OIDC_UNPROVEN);
}
END_TEST

START_TEST(a_token_without_a_signature_is_none)
{
	char token[2 * RIG_TEXT_MAX];

	rig_go();
	strlcpy(token, rig_id_token(NULL), sizeof(token));
	strrchr(token, '.')[1] = '\0';
	rig_back();
	rig_answer_tokens(token);
	rig_answer_keys();
	rig_is_refused(OIDC_UNPROVEN);
}
END_TEST

/* ---- keys that change ---- */

START_TEST(a_new_key_is_asked_for_once)
{
	int is_there = _i == 0;
	struct paper *keys =
	    &providers_at(&rig_desk.providers, 0)->papers[PAPER_KEYS];
	char token[2 * RIG_TEXT_MAX];

	rig_log_in(NULL);
	logins_end(rig_desk.logins, logins_first(rig_desk.logins));
	keys->got_sec -= PROVIDER_NEWER_SEC;
	rig_go();
	strlcpy(token, rig_id_token_of(NULL, RIG_SECOND_KEY), sizeof(token));
	if (is_there)
		rig_rotate();
	rig_back();
	rig_answer_tokens(token);
	ck_assert_uint_eq(rig_count(), 1);
	rig_answer_keys();
	if (is_there)
		rig_is_in("alice", "staff,students");
	else
		rig_is_refused(OIDC_UNPROVEN);
}
END_TEST

START_TEST(where_newer_keys_cannot_be_had_the_token_is_none)
{
	struct paper *keys =
	    &providers_at(&rig_desk.providers, 0)->papers[PAPER_KEYS];
	const char *token;

	rig_log_in(NULL);
	logins_end(rig_desk.logins, logins_first(rig_desk.logins));
	keys->got_sec -= PROVIDER_NEWER_SEC;
	rig_go();
	token = rig_id_token_of(NULL, RIG_SECOND_KEY);
	rig_back();
	rig_answer_tokens(token);
	rig_fail("no route");
	rig_is_refused(OIDC_UNPROVEN);
}
END_TEST

START_TEST(without_keys_nobody_is_proven)
{
	const char *token;

	rig_go();
	token = rig_id_token(NULL);
	rig_back();
	rig_answer_tokens(token);
	if (_i == 0)
		rig_fail("no route");
	else
		rig_answer(200, "{\"keys\":[]}");
	rig_is_refused(OIDC_DOWN);
}
END_TEST

/* ---- fetch is full ---- */

START_TEST(where_fetch_is_full_each_step_says_so)
{
	struct rig_change change = {"preferred_username", ""};
	const char *token;

	rig_go();
	token = rig_id_token(&change);
	rig_is_full = _i == 0;
	rig_back();
	if (_i >= 1) {
		rig_is_full = _i == 1;
		rig_answer_tokens(token);
	}
	if (_i >= 2) {
		rig_is_full = 1;
		rig_answer_keys();
	}
	ck_assert_uint_eq(rig_said.count, 2);
	rig_is_refused(_i == 1 ? OIDC_DOWN : OIDC_BUSY);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

int
main(void)
{
	Suite *suite = suite_create("sso proof");
	TCase *tc = tcase_create("sso proof");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, rig_open, rig_close);
	tcase_add_loop_test(
	    tc, a_code_without_tokens_is_no_login, 0, ROWS(token_answers));
	tcase_add_loop_test(tc, a_token_that_is_not_for_this_login_is_none, 0,
	    ROWS(bad_claims));
	tcase_add_loop_test(tc, a_token_of_another_algorithm_or_type_is_none, 0,
	    ROWS(bad_headers));
	tcase_add_test(tc, the_same_token_with_a_good_header_is_one);
	tcase_add_test(tc, a_token_that_another_key_has_signed_is_none);
	tcase_add_test(tc, a_token_without_a_signature_is_none);
	tcase_add_loop_test(tc, a_new_key_is_asked_for_once, 0, 2);
	tcase_add_test(tc, where_newer_keys_cannot_be_had_the_token_is_none);
	tcase_add_loop_test(tc, without_keys_nobody_is_proven, 0, 2);
	tcase_add_loop_test(tc, where_fetch_is_full_each_step_says_so, 0, 3);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
