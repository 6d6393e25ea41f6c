/* SPDX-License-Identifier: ISC */
/* Providers log out; auth and clients leave in the middle. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/proc/login_rig.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define PROVIDER   "https://id.example.com/authorize?state=s"
#define LONG_BYTES 5000

static const char *
filled(const char *format)
{
	static char text[LONG_BYTES + 256], much[LONG_BYTES + 1];

	memset(much, '1', LONG_BYTES);
	snprintf(text, sizeof(text), format, much);
	return text;
}

/* ---- the provider logs out ---- */

static const struct {
	enum oidc_code code;
	const char *status;
} token_rows[] = {
    {OIDC_TAKEN, "200"},
    {OIDC_UNPROVEN, "400"},
    {OIDC_DOWN, "503"},
    {OIDC_BUSY, "503"},
    {OIDC_GO, "400"},
    {OIDC_IN, "400"},
};

START_TEST(a_provider_that_logs_out_is_answered)
{
	const char *answer;
	uint64_t id;
	int client;

	login_begin_with(login_have_providers);
	client = login_new_client();
	client_say(client,
	    login_form("/login/oidc/logout", _i % 2 ? login_alice : NULL,
		"logout_token=a.b.c"));
	id = login_hear(MSG_OIDC_TOKEN);
	ck_assert_str_eq(login_any.oidc_token.token, "a.b.c");
	login_say_oidc(id, token_rows[_i].code, "", PROVIDER);
	answer = client_http(client, "");
	login_expect(
	    answer, token_rows[_i].status, "\r\nCache-Control: no-store\r\n");
	login_expect_no(answer, "Set-Cookie");
	login_expect_no(answer, "Location");
	if (strcmp(token_rows[_i].status, "400") == 0)
		login_expect(answer, "400", "{\"error\":\"invalid_request\"}");
	close(client);
	login_end();
}
END_TEST

START_TEST(a_logout_without_a_token_is_refused)
{
	static const char *const bodies[] = {"", "x=y",
	    "logout_token=", "logout_token=a&logout_token=b",
	    "logout_token=%%00", "logout_token=%s"};
	const char *answer;
	int client;

	login_begin_with(login_have_providers);
	client = login_new_client();
	answer = client_http(
	    client, login_form("/login/oidc/logout", NULL, filled(bodies[_i])));
	login_expect(answer, _i == 5 ? "4" : "400", "");
	login_expect_no(answer, "Set-Cookie");
	close(client);
	login_end();
}
END_TEST

static const struct {
	const char *line, *more, *status;
} method_rows[] = {
    {"GET /login/oidc/logout", "", "404"},
    {"GET /login/oidc/?state=s&code=c", "",
	"308 Permanent Redirect"}, /* its links are relative */
    {"GET /login/oidc/x/y", "", "404"},
    {"POST /login/oidc", "Content-Length: 0\r\n", "405"},
    {"PUT /login/oidc/logout", "Content-Length: 0\r\n", "405"},
    {"POST /login/oidc/logout",
	"Content-Type: application/json\r\nContent-Length: 0\r\n", "415"},
};

START_TEST(other_methods_and_paths_are_refused)
{
	const char *answer;
	int client;

	login_begin_with(login_have_providers);
	client = login_new_client();
	answer = client_http(client,
	    login_request(method_rows[_i].line, NULL, method_rows[_i].more));
	login_expect(answer, method_rows[_i].status, "");
	login_expect_no(answer, "Set-Cookie");
	close(client);
	login_end();
}
END_TEST

/* ---- auth comes and goes, and so do clients ---- */

START_TEST(the_next_auth_is_asked_what_the_last_did_not_answer)
{
	int there, back, token;
	unsigned i;

	login_begin_with(login_have_providers);
	there = login_new_client();
	client_say(
	    there, login_request("GET /login/oidc?provider=1", NULL, ""));
	login_hear(MSG_OIDC_BEGIN);
	back = login_new_client();
	client_say(
	    back, login_request("GET /login/oidc?state=s&code=c", NULL, ""));
	login_hear(MSG_OIDC_BACK);
	token = login_new_client();
	client_say(token,
	    login_form("/login/oidc/logout", NULL, "logout_token=a.b.c"));
	login_hear(MSG_OIDC_TOKEN);
	login_join_auth(); /* the one before has died */
	for (i = 0; i < 3; i++) {
		static const enum msg_type types[] = {
		    MSG_OIDC_BEGIN, MSG_OIDC_BACK, MSG_OIDC_TOKEN};
		static const enum oidc_code codes[] = {
		    OIDC_GO, OIDC_OVER, OIDC_TAKEN};
		uint64_t id = login_hear(types[i]);

		if (i == 0)
			ck_assert_uint_eq(login_any.oidc_begin.provider, 1);
		login_say_oidc(id, codes[i], "", PROVIDER);
	}
	login_expect(client_http(there, ""), "303", PROVIDER);
	login_expect(client_http(back, ""), "303", "said=over");
	login_expect(client_http(token, ""), "200", "");
	close(there);
	close(back);
	close(token);
	login_end();
}
END_TEST

/* Nobody has the cookie of somebody who did not wait for it. */
START_TEST(an_answer_for_who_has_left_is_nobodys)
{
	uint64_t id;
	int client, other;

	login_begin_with(login_have_providers);
	client = login_new_client();
	client_say(
	    client, login_request("GET /login/oidc?state=s&code=c", NULL, ""));
	id = login_hear(MSG_OIDC_BACK);
	close(client);
	login_say_oidc(id, OIDC_IN, "lab1", "");
	worker_wait_load(&login_w, 1, 1);
	login_say_oidc(id, OIDC_IN, "lab1", "");
	login_say_oidc(id + 7, OIDC_IN, "lab1", "");
	other = login_new_client();
	client_say(other, login_request("GET /login", login_alice, ""));
	id = login_hear(MSG_WHO);
	login_say_oidc(id, OIDC_IN, "lab1", ""); /* not what was asked */
	login_say_who(id, WHO_NOBODY, "");
	login_expect(client_http(other, ""), "200", "the login page");
	close(other);
	login_end();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("worker_oidc_end");
	TCase *tc = tcase_create("worker_oidc_end");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, LOGIN_TEST_SEC);
	tcase_add_loop_test(
	    tc, a_provider_that_logs_out_is_answered, 0, COUNT(token_rows));
	tcase_add_loop_test(tc, a_logout_without_a_token_is_refused, 0, 6);
	tcase_add_loop_test(
	    tc, other_methods_and_paths_are_refused, 0, COUNT(method_rows));
	tcase_add_test(tc, the_next_auth_is_asked_what_the_last_did_not_answer);
	tcase_add_test(tc, an_answer_for_who_has_left_is_nobodys);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
