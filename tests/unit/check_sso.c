/* SPDX-License-Identifier: ISC */
/* Somebody goes to a provider, to log in there or out; and logins end. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/errand.h"
#include "daemon/auth/oidc/pkce.h"
#include "tests/unit/sso_rig.h"

#define WORD_LEN 43 /* of 32 bytes in base64url */

/* 1800 bytes of path */
#define TEN	"0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define SIX	HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED

static const struct rig_change long_endpoint = {
    "authorization_endpoint", "\"" RIG_ISSUER "/" SIX SIX SIX "\""};

static const struct {
	const char *name;
	const char *value; /* as it stands there; NULL: a word of 32 bytes */
} parameters[] = {
    {"of", "bridge"},
    {"response_type", "code"},
    {"client_id", "bridge"},
    {"redirect_uri", "https%3A%2F%2Fbridge.example.com%2Flogin%2Foidc"},
    {"scope", "openid+profile"},
    {"code_challenge_method", "S256"},
    {"state", NULL},
    {"nonce", NULL},
    {"code_challenge", NULL},
};

START_TEST(the_address_of_a_login_has_all_that_it_needs)
{
	static const char start[] = RIG_ISSUER "/authorize?of=bridge&";
	const char *value;

	rig_go();
	ck_assert_int_eq(strncmp(rig_said.url, start, sizeof(start) - 1), 0);
	value = rig_parameter(parameters[_i].name);
	if (parameters[_i].value != NULL)
		ck_assert_str_eq(value, parameters[_i].value);
	else
		ck_assert_uint_eq(strlen(value), WORD_LEN);
}
END_TEST

START_TEST(the_challenge_is_of_a_verifier_that_stays_here)
{
	const struct flow *flow;
	char challenge[PKCE_CHALLENGE_MAX];

	rig_go();
	flow = TAILQ_FIRST(&rig_desk.flows.all);
	ck_assert_ptr_nonnull(flow);
	ck_assert_int_eq(pkce_challenge(flow->verifier, challenge), 0);
	ck_assert_str_eq(rig_parameter("code_challenge"), challenge);
	ck_assert_ptr_null(strstr(rig_said.url, flow->verifier));
	ck_assert_ptr_null(strstr(rig_said.url, "s3cret"));
	ck_assert_str_eq(rig_said.provider, "Example");
	ck_assert_int_eq(rig_said.has_login, 0);
}
END_TEST

START_TEST(each_journey_is_another_one)
{
	uint8_t cookie[LOGIN_COOKIE_BYTES];
	char state[RIG_WORD_MAX];

	rig_go();
	memcpy(cookie, rig_said.cookie, sizeof(cookie));
	strlcpy(state, rig_parameter("state"), sizeof(state));
	rig_go();
	ck_assert_uint_eq(rig_count(), 0); /* what it knows is kept */
	ck_assert_mem_ne(cookie, rig_said.cookie, sizeof(cookie));
	ck_assert_str_ne(state, rig_parameter("state"));
}
END_TEST

START_TEST(many_who_go_there_wait_for_one_answer)
{
	unsigned i;

	for (i = 0; i < 20; i++)
		rig_begin(0, OIDC_LOGIN);
	ck_assert_uint_eq(rig_count(), 1);
	ck_assert_uint_eq(rig_said.count, 0);
	rig_answer_metadata(NULL);
	ck_assert_uint_eq(rig_said.count, 20);
	ck_assert_int_eq(rig_said.code, OIDC_GO);
	ck_assert_uint_eq(rig_desk.flows.count, 20);
}
END_TEST

/* One that was taken over has no more memory of auth than others. */
START_TEST(a_worker_has_so_many_who_wait)
{
	struct msg_oidc_back back;
	unsigned i;

	rig_go();
	rig_fill_back(&back);
	for (i = 0; i < ERRANDS_OF_PEER; i++)
		rig_token(rig_logout_token(NULL, 0));
	ck_assert_uint_eq(rig_said.count, 1);
	rig_token(rig_logout_token(NULL, 0));
	ck_assert_int_eq(rig_said.code, OIDC_BUSY);
	rig_begin(0, OIDC_LOGIN);
	ck_assert_int_eq(rig_said.code, OIDC_BUSY);
	/* who is on the way back may try again */
	rig_back_with(&back);
	ck_assert_int_eq(rig_said.code, OIDC_BUSY);
	ck_assert_uint_eq(rig_desk.flows.count, 1);
	rig_peer++;
	rig_begin(0, OIDC_LOGIN);
	ck_assert_int_eq(rig_said.code, OIDC_GO);
	rig_peer--;
	rig_fail("no route"); /* keys */
	ck_assert_uint_eq(rig_said.count, 5 + ERRANDS_OF_PEER);
	ck_assert(LIST_EMPTY(&rig_desk.errands));
	rig_back_with(&back);
	rig_fail("no route");
	ck_assert_int_eq(rig_said.code, OIDC_DOWN);
	ck_assert(LIST_EMPTY(&rig_desk.errands));
}
END_TEST

START_TEST(nobody_goes_to_a_provider_that_is_not_there)
{
	static const uint32_t numbers[] = {1, 8, 99, UINT32_MAX};

	rig_begin(numbers[_i], OIDC_LOGIN);
	ck_assert_uint_eq(rig_said.count, 1);
	ck_assert_int_eq(rig_said.code, OIDC_NOWHERE);
}
END_TEST

START_TEST(a_provider_that_cannot_be_asked_is_down)
{
	enum oidc_step step = _i == 0 ? OIDC_LOGIN : OIDC_LOGOUT;

	rig_begin(0, step);
	rig_fail("no route");
	ck_assert_int_eq(rig_said.code, OIDC_DOWN);
	ck_assert_str_eq(rig_said.next, "pc1:1");
	rig_begin(0, step);
	ck_assert_int_eq(rig_said.code, OIDC_DOWN);
	ck_assert_uint_eq(rig_said.count, 2);
	ck_assert_uint_eq(rig_count(), 0); /* not yet again */
	ck_assert_uint_eq(rig_desk.flows.count, 0);
}
END_TEST

START_TEST(where_fetch_is_full_the_provider_is_down)
{
	rig_is_full = 1;
	rig_begin(0, OIDC_LOGIN);
	ck_assert_uint_eq(rig_said.count, 1);
	ck_assert_int_eq(rig_said.code, OIDC_DOWN);
}
END_TEST

/* A redirect URI that a worker has made up may be too much for it. */
START_TEST(an_address_that_is_too_long_leads_nowhere)
{
	static char value[OIDC_REDIRECT_MAX];
	struct msg_oidc_begin begin = {.id = RIG_ID};

	memset(value, '/', sizeof(value) - 1); /* each becomes three */
	strlcpy(begin.redirect, value, sizeof(begin.redirect));
	rig_begin_with(&begin);
	rig_answer_metadata(&long_endpoint);
	ck_assert_int_eq(rig_said.code, OIDC_DOWN);
	ck_assert_str_eq(rig_said.url, "");
}
END_TEST

START_TEST(a_logout_goes_to_the_providers_own)
{
	rig_begin(0, OIDC_LOGOUT);
	rig_answer_metadata(NULL);
	ck_assert_int_eq(rig_said.code, OIDC_GO);
	ck_assert_str_eq(rig_said.url,
	    RIG_ISSUER "/logout?client_id=bridge&post_logout_redirect_uri="
		       "https%3A%2F%2Fbridge.example.com%2Flogin%2Foidc");
	ck_assert_uint_eq(rig_desk.flows.count, 0);
}
END_TEST

START_TEST(a_provider_without_a_logout_has_no_exit)
{
	struct rig_change change = {"end_session_endpoint", ""};

	rig_begin(0, OIDC_LOGOUT);
	rig_answer_metadata(&change);
	ck_assert_int_eq(rig_said.code, OIDC_NOWHERE);
	rig_log_in(NULL);
	ck_assert_int_eq(rig_said.code, OIDC_IN);
	ck_assert_uint_eq(sso_exit_of(&rig_desk, &rig_said.login), 0);
}
END_TEST

START_TEST(a_login_knows_its_exit)
{
	struct login_record login;
	struct msg_conf_oidc conf;

	rig_log_in(NULL);
	login = rig_said.login;
	ck_assert_uint_eq(sso_exit_of(&rig_desk, &login), 1);
	rig_conf(&conf);
	strlcpy(conf.client_id, "another", sizeof(conf.client_id));
	rig_reload(&conf);
	ck_assert_uint_eq(sso_exit_of(&rig_desk, &login), 0);
	rig_conf(&conf);
	rig_add(&conf); /* it has moved, and was not asked again yet */
	ck_assert_uint_eq(sso_exit_of(&rig_desk, &login), 0);
	login.kind = LOGIN_BY_PASSWORD;
	ck_assert_uint_eq(sso_exit_of(&rig_desk, &login), 0);
}
END_TEST

static const struct {
	size_t at; /* of a text that changes; 0 (issuer) as any other */
	int is_over;
} changes[] = {
    {offsetof(struct msg_conf_oidc, issuer), 1},
    {offsetof(struct msg_conf_oidc, client_id), 1},
    {offsetof(struct msg_conf_oidc, user_claim), 1},
    {offsetof(struct msg_conf_oidc, groups_claim), 1},
    {offsetof(struct msg_conf_oidc, button), 0},
};

START_TEST(a_login_ends_with_what_it_depends_on)
{
	struct msg_conf_oidc conf;
	const char *fault;

	rig_log_in(NULL);
	rig_conf(&conf);
	rig_reload(&conf);
	ck_assert_ptr_null(login_fault(&rig_desk, &rig_said.login));
	strcat((char *)&conf + changes[_i].at, "x");
	rig_reload(&conf);
	fault = login_fault(&rig_desk, &rig_said.login);
	ck_assert_int_eq(fault != NULL, changes[_i].is_over);
	rig_reload(NULL);
	ck_assert_str_eq(login_fault(&rig_desk, &rig_said.login),
	    "your way to log in was removed or changed");
}
END_TEST

START_TEST(a_login_ends_when_the_users_file_locks_its_name)
{
	static const char *const files[] = {
	    "alice:!$y$j75$2S4j0MIUdLYdsyTSh8eVA."
	    "$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa::\n",
	    "alice:$y$j75$2S4j0MIUdLYdsyTSh8eVA."
	    "$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa::\n",
	};
	struct users_fault fault;
	struct users *users;

	rig_log_in(NULL);
	ck_assert_msg(
	    users_parse(files[_i], strlen(files[_i]), &users, &fault) == 0,
	    "%s", fault.text);
	rig_desk.users = users;
	ck_assert_int_eq(
	    login_fault(&rig_desk, &rig_said.login) != NULL, _i == 0);
}
END_TEST

START_TEST(an_idle_login_expires)
{
	rig_log_in(NULL);
	rig_desk.limits.idle_sec = 60;
	ck_assert_ptr_null(login_fault(&rig_desk, &rig_said.login));
	rig_said.login.used_sec -= 60;
	ck_assert_str_eq(
	    login_fault(&rig_desk, &rig_said.login), "your login has expired");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sso");
	TCase *tc = tcase_create("sso");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, rig_open, rig_close);
	tcase_add_loop_test(tc, the_address_of_a_login_has_all_that_it_needs, 0,
	    (int)(sizeof(parameters) / sizeof(parameters[0])));
	tcase_add_test(tc, the_challenge_is_of_a_verifier_that_stays_here);
	tcase_add_test(tc, each_journey_is_another_one);
	tcase_add_test(tc, many_who_go_there_wait_for_one_answer);
	tcase_add_test(tc, a_worker_has_so_many_who_wait);
	tcase_add_loop_test(
	    tc, nobody_goes_to_a_provider_that_is_not_there, 0, 4);
	tcase_add_loop_test(tc, a_provider_that_cannot_be_asked_is_down, 0, 2);
	tcase_add_test(tc, where_fetch_is_full_the_provider_is_down);
	tcase_add_test(tc, an_address_that_is_too_long_leads_nowhere);
	tcase_add_test(tc, a_logout_goes_to_the_providers_own);
	tcase_add_test(tc, a_provider_without_a_logout_has_no_exit);
	tcase_add_test(tc, a_login_knows_its_exit);
	tcase_add_loop_test(tc, a_login_ends_with_what_it_depends_on, 0,
	    (int)(sizeof(changes) / sizeof(changes[0])));
	tcase_add_loop_test(
	    tc, a_login_ends_when_the_users_file_locks_its_name, 0, 2);
	tcase_add_test(tc, an_idle_login_expires);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
