/* SPDX-License-Identifier: ISC */
/* The provider ends logins: whose, it proves, and once. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/sso_rig.h"

#define EVENT "http://schemas.openid.net/event/backchannel-logout"

static void
send_token(const char *token)
{
	rig_token(token);
	if (rig_count() > 0 &&
	    strstr(rig_question()->url, "well-known") != NULL)
		rig_answer_metadata(NULL);
	if (rig_count() > 0)
		rig_answer_keys();
}

static const struct {
	struct rig_change changes[2];
	int has_subject, has_session;
} targets[] = {
    {{{NULL, NULL}}, 1, 1},
    {{{"sid", ""}}, 1, 0},
    {{{"sub", ""}}, 0, 1},
};

START_TEST(a_logout_is_of_a_subject_a_session_or_both)
{
	const struct provider *p = providers_at(&rig_desk.providers, 0);
	uint8_t mark[LOGIN_PROOF_BYTES];

	send_token(rig_logout_token(targets[_i].changes, 2));
	ck_assert_msg(rig_said.code == OIDC_TAKEN, "%s", rig_said.why);
	ck_assert_int_eq(rig_said.has_subject, targets[_i].has_subject);
	ck_assert_int_eq(rig_said.has_session, targets[_i].has_session);
	if (rig_said.has_subject) {
		ck_assert_int_eq(provider_mark(p, "sub", RIG_SUB, mark), 0);
		ck_assert_mem_eq(mark, rig_said.subject, sizeof(mark));
	}
	if (rig_said.has_session) {
		ck_assert_int_eq(provider_mark(p, "sid", RIG_SID, mark), 0);
		ck_assert_mem_eq(mark, rig_said.session, sizeof(mark));
	}
	ck_assert_str_eq(rig_said.provider, "Example");
}
END_TEST

/* It may try again: it is not told that it is wrong. */
START_TEST(a_token_that_cannot_be_remembered_is_not_taken)
{
	uint8_t hash[SPENT_HASH_BYTES] = {0};
	uint32_t i;

	for (i = 0; i < SPENT_TOKENS_MAX; i++) {
		memcpy(hash, &i, sizeof(i));
		ck_assert_int_eq(
		    spent_take_token(rig_desk.spent, hash, UINT64_MAX - 1, 1),
		    0);
	}
	send_token(rig_logout_token(NULL, 0));
	rig_is_refused(OIDC_BUSY);
	ck_assert_str_eq(rig_said.why, "too many came of late");
}
END_TEST

START_TEST(a_token_is_taken_once)
{
	static const struct rig_change other = {"jti", "\"second\""};

	send_token(rig_logout_token(NULL, 0));
	ck_assert_int_eq(rig_said.code, OIDC_TAKEN);
	send_token(rig_logout_token(NULL, 0));
	rig_is_refused(OIDC_UNPROVEN);
	ck_assert_str_eq(rig_said.why, "it was taken before");
	send_token(rig_logout_token(&other, 1));
	ck_assert_int_eq(rig_said.code, OIDC_TAKEN);
	ck_assert_uint_eq(rig_count(), 0);
}
END_TEST

static const struct rig_change bad[][2] = {
    {{"sub", ""}, {"sid", ""}},
    {{"jti", ""}},
    {{"jti", "7"}},
    {{"events", ""}},
    {{"events", "{}"}},
    {{"events", "{\"" EVENT "\":1}"}},
    {{"events", "[\"" EVENT "\"]"}},
    {{"nonce", "\"n\""}},
    {{"nonce", "null"}},
    {{"aud", "\"another\""}},
    {{"aud", ""}},
    {{"exp", "1000"}},
    {{"exp", ""}},
    {{"iat", "1000"}},
    {{"iat", "9000000000"}},
    {{"sub", "7"}},
    {{"sid", "7"}},
};

START_TEST(a_token_that_is_no_logout_of_this_client_is_refused)
{
	send_token(rig_logout_token(bad[_i], 2));
	rig_is_refused(OIDC_UNPROVEN);
}
END_TEST

static const char *const nonsense[] = {"", ".", "..", "a.b.c", "a.e30.c",
    "a.eyJpc3MiOjd9.c", /* {"iss":7} */
    "a.eyJpc3MiOiJodHRwczovL2V2aWwuZXhhbXBsZS5jb20ifQ.c", "a.bm90IEpTT04.c",
    "one part alone", "a.e30=.c"};

START_TEST(what_is_of_no_provider_costs_nothing)
{
	send_token(nonsense[_i]);
	ck_assert_uint_eq(rig_said.count, 1);
	rig_is_refused(OIDC_UNPROVEN);
	/* the provider was not asked for it */
	ck_assert_uint_eq(
	    providers_at(&rig_desk.providers, 0)->papers[0].got_sec, 0);
}
END_TEST

START_TEST(a_token_of_another_issuer_is_of_no_provider)
{
	static const struct rig_change other = {
	    "iss", "\"https://evil.example.com\""};

	send_token(rig_logout_token(&other, 1));
	rig_is_refused(OIDC_UNPROVEN);
}
END_TEST

START_TEST(a_token_that_nobody_has_signed_is_refused)
{
	static char token[2 * RIG_TEXT_MAX];
	char *dot;

	strlcpy(token, rig_logout_token(NULL, 0), sizeof(token));
	dot = strrchr(token, '.');
	if (_i == 0)
		dot[1] = '\0';
	else
		dot[5] = dot[5] == 'A' ? 'B' : 'A';
	send_token(token);
	rig_is_refused(OIDC_UNPROVEN);
	/* and does not use its name up */
	send_token(rig_logout_token(NULL, 0));
	ck_assert_int_eq(rig_said.code, OIDC_TAKEN);
}
END_TEST

START_TEST(an_id_token_ends_no_login)
{
	static char token[2 * RIG_TEXT_MAX];

	rig_go();
	strlcpy(token, rig_id_token(NULL), sizeof(token));
	send_token(token);
	rig_is_refused(OIDC_UNPROVEN);
}
END_TEST

START_TEST(a_provider_that_cannot_be_asked_ends_no_login)
{
	rig_token(rig_logout_token(NULL, 0));
	if (_i == 1)
		rig_answer_metadata(NULL);
	rig_fail("no route");
	rig_is_refused(OIDC_DOWN);
}
END_TEST

/* A stranger's tokens are no reason to ask the provider again and again. */
START_TEST(keys_that_nobody_has_are_looked_for_now_and_then)
{
	static const char header[] = "{\"alg\":\"EdDSA\",\"kid\":\"x\"}";
	static const char claims[] = "{\"iss\":\"" RIG_ISSUER "\"}";
	struct paper *keys =
	    &providers_at(&rig_desk.providers, 0)->papers[PAPER_KEYS];
	unsigned i;

	send_token(rig_logout_token(NULL, 0));
	for (i = 0; i < PROVIDER_NEWER_MAX; i++) {
		rig_token(rig_sign(header, claims, RIG_SECOND_KEY));
		ck_assert_uint_eq(rig_count(), 1);
		rig_answer_keys();
		rig_is_refused(OIDC_UNPROVEN);
	}
	for (i = 0; i < 10; i++) {
		rig_token(rig_sign(header, claims, RIG_SECOND_KEY));
		ck_assert_uint_eq(rig_count(), 0);
		rig_is_refused(OIDC_UNPROVEN);
	}
	keys->newer_sec -= PROVIDER_NEWER_SEC;
	for (i = 0; i < 10; i++)
		rig_token(rig_sign(header, claims, RIG_SECOND_KEY));
	/* those that came while they were asked for may ask once more */
	for (i = 0; rig_count() > 0; i++) {
		ck_assert_uint_eq(rig_count(), 1);
		rig_answer_keys();
	}
	ck_assert_uint_le(i, 2);
	rig_is_refused(OIDC_UNPROVEN);
	ck_assert_uint_eq(rig_said.count, PROVIDER_NEWER_MAX + 21);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

int
main(void)
{
	Suite *suite = suite_create("sso token");
	TCase *tc = tcase_create("sso token");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, rig_open, rig_close);
	tcase_add_loop_test(
	    tc, a_logout_is_of_a_subject_a_session_or_both, 0, ROWS(targets));
	tcase_add_test(tc, a_token_is_taken_once);
	tcase_add_test(tc, a_token_that_cannot_be_remembered_is_not_taken);
	tcase_add_loop_test(tc,
	    a_token_that_is_no_logout_of_this_client_is_refused, 0, ROWS(bad));
	tcase_add_loop_test(
	    tc, what_is_of_no_provider_costs_nothing, 0, ROWS(nonsense));
	tcase_add_test(tc, a_token_of_another_issuer_is_of_no_provider);
	tcase_add_loop_test(
	    tc, a_token_that_nobody_has_signed_is_refused, 0, 2);
	tcase_add_test(tc, an_id_token_ends_no_login);
	tcase_add_loop_test(
	    tc, a_provider_that_cannot_be_asked_ends_no_login, 0, 2);
	tcase_add_test(tc, keys_that_nobody_has_are_looked_for_now_and_then);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
