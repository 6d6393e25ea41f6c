/* SPDX-License-Identifier: ISC */
/*
 * A reload between a question to the provider and its answer, at each step:
 * whoever waits is answered once, and nothing is used that was freed (a
 * sanitizer looks at that).
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/sso_rig.h"

enum wait {
	WAIT_METADATA,	    /* to go there */
	WAIT_METADATA_BACK, /* back, when what was known is old */
	WAIT_TOKENS,
	WAIT_KEYS,
	WAIT_NEWER_KEYS,
	WAIT_USERINFO,
	WAIT_NOTICE_METADATA, /* a logout token */
	WAIT_NOTICE_KEYS,
	WAITS
};

static struct provider *
first(void)
{
	return providers_at(&rig_desk.providers, 0);
}

static char token[2 * RIG_TEXT_MAX];

static void
go(void)
{
	static const struct rig_change without = {"groups", ""};

	rig_go();
	strlcpy(token, rig_id_token(&without), sizeof(token));
}

/* Somebody comes back, and waits for that. */
static void
wait_back(enum wait wait)
{
	go();
	if (wait == WAIT_METADATA_BACK)
		first()->papers[PAPER_METADATA].got_sec -= PROVIDER_KEEP_SEC;
	rig_back();
	if (wait <= WAIT_TOKENS)
		return;
	rig_answer_tokens(token);
	if (wait == WAIT_USERINFO)
		rig_answer_keys();
}

/* Keys are there, and old enough to look for newer ones. */
static void
know_keys(void)
{
	rig_log_in(NULL);
	logins_end(rig_desk.logins, logins_first(rig_desk.logins));
	first()->papers[PAPER_KEYS].got_sec -= PROVIDER_NEWER_SEC;
}

static void
wait_newer(void)
{
	know_keys();
	rig_go();
	strlcpy(token, rig_id_token_of(NULL, RIG_SECOND_KEY), sizeof(token));
	rig_back();
	rig_answer_tokens(token);
}

/* Returns how many were answered before. */
static unsigned
wait_for(enum wait wait)
{
	switch (wait) {
	case WAIT_METADATA:
		rig_begin(0, OIDC_LOGIN);
		break;
	case WAIT_NOTICE_METADATA:
	case WAIT_NOTICE_KEYS:
		rig_token(rig_logout_token(NULL, 0));
		if (wait == WAIT_NOTICE_KEYS)
			rig_answer_metadata(NULL);
		break;
	case WAIT_NEWER_KEYS:
		wait_newer();
		break;
	default:
		wait_back(wait);
		break;
	}
	ck_assert_uint_eq(rig_count(), 1);
	return rig_said.count;
}

/* Answers what is asked, rightly, until nothing is. */
static void
answer_all(void)
{
	const char *url;

	while (rig_count() > 0) {
		url = rig_question()->url;
		if (strstr(url, "well-known") != NULL)
			rig_answer_metadata(NULL);
		else if (strcmp(url, RIG_ISSUER "/keys") == 0)
			rig_answer_keys();
		else if (strcmp(url, RIG_ISSUER "/token") == 0)
			rig_answer_tokens(token);
		else
			rig_answer(200, "{\"sub\":\"" RIG_SUB "\"}");
	}
}

static void
fail_all(void)
{
	while (rig_count() > 0)
		rig_fail("no route");
}

START_TEST(a_provider_that_is_removed_ends_it)
{
	unsigned count = wait_for((enum wait)_i);

	rig_reload(NULL);
	answer_all();
	ck_assert_uint_eq(rig_said.count, count + 1);
	ck_assert_int_eq(rig_said.code, OIDC_OVER);
	ck_assert_uint_eq(logins_count(rig_desk.logins), 0);
}
END_TEST

START_TEST(a_provider_that_is_removed_and_fails_ends_it)
{
	unsigned count = wait_for((enum wait)_i);

	rig_reload(NULL);
	fail_all();
	ck_assert_uint_eq(rig_said.count, count + 1);
	ck_assert_int_eq(rig_said.code, OIDC_OVER);
}
END_TEST

START_TEST(a_provider_that_changes_ends_it)
{
	unsigned count = wait_for((enum wait)_i);
	struct msg_conf_oidc conf;

	rig_conf(&conf);
	strlcpy(conf.client_id, "another", sizeof(conf.client_id));
	rig_reload(&conf);
	answer_all();
	ck_assert_uint_eq(rig_said.count, count + 1);
	ck_assert_int_eq(rig_said.code, OIDC_OVER);
	ck_assert_uint_eq(logins_count(rig_desk.logins), 0);
}
END_TEST

static const enum oidc_code good_ends[WAITS] = {
    [WAIT_METADATA] = OIDC_GO,
    [WAIT_METADATA_BACK] = OIDC_IN,
    [WAIT_TOKENS] = OIDC_IN,
    [WAIT_KEYS] = OIDC_IN,
    [WAIT_NEWER_KEYS] = OIDC_UNPROVEN,
    [WAIT_USERINFO] = OIDC_IN,
    [WAIT_NOTICE_METADATA] = OIDC_TAKEN,
    [WAIT_NOTICE_KEYS] = OIDC_TAKEN,
};

START_TEST(a_reload_that_changes_nothing_ends_nothing)
{
	unsigned count = wait_for((enum wait)_i), i;
	struct msg_conf_oidc conf;

	rig_conf(&conf);
	for (i = 0; i < 3; i++)
		rig_reload(&conf);
	answer_all();
	ck_assert_uint_eq(rig_said.count, count + 1);
	ck_assert_msg(rig_said.code == good_ends[_i], "%d: %s", rig_said.code,
	    rig_said.why);
}
END_TEST

/* Other hosts or certificates: who was believed before may have lied. */
START_TEST(what_was_believed_before_is_asked_anew)
{
	struct msg_conf_oidc conf;

	rig_log_in(NULL);
	rig_conf(&conf);
	rig_reload(&conf);
	rig_begin(0, OIDC_LOGIN);
	ck_assert_int_eq(rig_said.code, OIDC_GO);
	ck_assert_uint_eq(rig_count(), 0);
	rig_trust[0] ^= 1;
	rig_reload(&conf);
	rig_begin(0, OIDC_LOGIN);
	ck_assert_uint_eq(rig_count(), 1);
	rig_fail("the certificate is not known");
	ck_assert_int_eq(rig_said.code, OIDC_DOWN);
}
END_TEST

/* Gone, and there again before the answer: nothing of it is known then. */
static const enum oidc_code other_ends[WAITS] = {
    [WAIT_METADATA] = OIDC_OVER,
    [WAIT_METADATA_BACK] = OIDC_OVER,
    [WAIT_TOKENS] = OIDC_DOWN, /* it needs keys then */
    [WAIT_KEYS] = OIDC_OVER,
    [WAIT_NEWER_KEYS] = OIDC_OVER,
    [WAIT_USERINFO] = OIDC_IN, /* it needs nothing else */
    [WAIT_NOTICE_METADATA] = OIDC_OVER,
    [WAIT_NOTICE_KEYS] = OIDC_OVER,
};

START_TEST(a_provider_that_was_away_knows_nothing)
{
	unsigned count = wait_for((enum wait)_i);
	struct msg_conf_oidc conf;

	rig_conf(&conf);
	rig_reload(NULL);
	rig_reload(&conf);
	answer_all();
	ck_assert_uint_eq(rig_said.count, count + 1);
	ck_assert_msg(rig_said.code == other_ends[_i], "%d: %s", rig_said.code,
	    rig_said.why);
}
END_TEST

START_TEST(many_who_wait_are_all_answered)
{
	unsigned i;

	for (i = 0; i < 10; i++) {
		rig_begin(0, OIDC_LOGIN);
		rig_token(rig_logout_token(NULL, 0));
	}
	rig_reload(NULL);
	ck_assert_uint_eq(rig_said.count, 20);
	answer_all();
	ck_assert_uint_eq(rig_said.count, 20);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sso reload");
	TCase *tc = tcase_create("sso reload");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, rig_open, rig_close);
	tcase_add_loop_test(tc, a_provider_that_is_removed_ends_it, 0, WAITS);
	tcase_add_loop_test(
	    tc, a_provider_that_is_removed_and_fails_ends_it, 0, WAITS);
	tcase_add_loop_test(tc, a_provider_that_changes_ends_it, 0, WAITS);
	tcase_add_loop_test(
	    tc, a_reload_that_changes_nothing_ends_nothing, 0, WAITS);
	tcase_add_loop_test(
	    tc, a_provider_that_was_away_knows_nothing, 0, WAITS);
	tcase_add_test(tc, what_was_believed_before_is_asked_anew);
	tcase_add_test(tc, many_who_wait_are_all_answered);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
