/* SPDX-License-Identifier: ISC */
/* What people are told of logins at providers, and which ones are offered. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/proc/login_rig.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define LONG_BYTES 5000

static const char *
filled(const char *format)
{
	static char text[LONG_BYTES + 256], much[LONG_BYTES + 1];

	memset(much, '1', LONG_BYTES);
	snprintf(text, sizeof(text), format, much);
	return text;
}

static const char *
ask(int client, const char *line)
{
	return client_http(client, login_request(line, NULL, ""));
}

static const struct {
	enum oidc_code code;
	const char *word;
	const char *status; /* of the page that it leads to */
	const char *words;
} verdict_rows[] = {
    {OIDC_DENIED, "denied", "401", "the login service refused it"},
    {OIDC_UNPROVEN, "unproven", "401", "does not prove who you are"},
    {OIDC_NAMELESS, "nameless", "403",
	"but by no name that this bridge can use"},
    {OIDC_OVER, "over", "401", "took too long, or was begun elsewhere"},
    {OIDC_BUSY, "busy", "503", "Too many people are logging in"},
    {OIDC_DOWN, "down", "503", "can&#39;t be reached at the moment"},
    {OIDC_NOWHERE, "nowhere", "404", "There is no such way to log in."},
    {OIDC_TAKEN, "left", "200", "You are logged out of this bridge."},
};

START_TEST(whatever_auth_says_leads_to_a_page_with_words)
{
	char line[256];
	const char *answer;
	int client;

	login_begin_with(login_have_providers);
	client = login_new_client();
	client_say(client,
	    login_request("GET /login/oidc?provider=0&next=lab1", NULL, ""));
	login_say_oidc(
	    login_hear(MSG_OIDC_BEGIN), verdict_rows[_i].code, "lab1", "");
	answer = client_http(client, "");
	snprintf(line, sizeof(line),
	    "\r\nLocation: ../login?said=%s&next=lab1\r\n",
	    verdict_rows[_i].word);
	login_expect(answer, "303", line);
	login_expect_no(answer, "Set-Cookie");
	snprintf(line, sizeof(line), "GET /login?said=%s&next=lab1",
	    verdict_rows[_i].word);
	answer = ask(client, line);
	login_expect(answer, verdict_rows[_i].status, verdict_rows[_i].words);
	login_expect(answer, verdict_rows[_i].status, "next=lab1");
	close(client);
	login_end();
}
END_TEST

START_TEST(words_that_are_not_ours_are_not_shown)
{
	static const char *const lines[] = {"GET /login?said=hacked",
	    "GET /login?said=", "GET /login?said=denied&said=left",
	    "GET /login?said=%%3Cb%%3E", "GET /login?said=%s"};
	const char *answer;
	int client;

	login_begin_with(login_have_providers);
	client = login_new_client();
	answer = ask(client, filled(lines[_i]));
	login_expect(answer, "200", "the login page  ");
	close(client);
	login_end();
}
END_TEST

/* ---- the page ---- */

static void
have_providers_alone(void)
{
	login_have_providers();
	login_w.settings.has_password = 0;
}

START_TEST(the_page_offers_each_provider)
{
	const char *answer;
	int client;

	login_begin_with(have_providers_alone);
	client = login_new_client();
	answer = ask(client, "GET /login?next=%5B::1%5D:5901");
	login_expect(answer, "200",
	    "href=\"login/oidc?provider=0&amp;next=[::1]:5901\">"
	    "Log in with Example</a>");
	login_expect(answer, "200",
	    "href=\"login/oidc?provider=1&amp;next=[::1]:5901\">"
	    "Log in with &#60;A &#38; &#34;B&#34;&#62;</a>");
	login_expect_no(answer, "name=");
	login_expect_no(answer, "{{");
	login_expect_no(answer, "Log out of");
	close(client);
	login_end();
}
END_TEST

START_TEST(the_page_has_a_form_where_there_are_passwords)
{
	const char *answer;
	int client;

	login_begin_with(_i == 0 ? login_have_providers : NULL);
	client = login_new_client();
	answer = ask(client, "GET /login");
	login_expect(answer, "200", "name=");
	if (_i == 0)
		login_expect(answer, "200", "provider=1");
	else
		login_expect_no(answer, "provider=");
	close(client);
	login_end();
}
END_TEST

static const struct {
	const char *left;
	const char *part; /* NULL: none */
} left_rows[] = {
    {"1", "login/oidc?logout=0\">Log out of Example too</a>"},
    {"2",
	"login/oidc?logout=1\">Log out of &#60;A &#38; &#34;B&#34;&#62; "
	"too</a>"},
    {"0", NULL},
    {"3", NULL},
    {"999", NULL},
    {"-1", NULL},
    {"x", NULL},
    {"4294967297", NULL},
};

START_TEST(the_page_offers_to_leave_a_provider_that_is_there)
{
	const char *answer;
	char line[128];
	int client;

	login_begin_with(login_have_providers);
	client = login_new_client();
	snprintf(line, sizeof(line), "GET /login?said=left&left=%s",
	    left_rows[_i].left);
	answer = ask(client, line);
	if (left_rows[_i].part != NULL)
		login_expect(answer, "200", left_rows[_i].part);
	else
		login_expect_no(answer, "Log out of");
	close(client);
	login_end();
}
END_TEST

START_TEST(who_logs_out_is_offered_to_leave_the_provider)
{
	struct msg_logged_out said = {.provider = 2};
	const char *answer;
	int client;

	login_begin_with(login_have_providers);
	client = login_new_client();
	client_say(client, login_form("/logout", login_alice, ""));
	said.id = login_hear(MSG_LOGOUT);
	login_say(MSG_LOGGED_OUT, &said);
	answer = client_http(client, "");
	login_expect(answer, "303", "\r\nLocation: login?said=left&left=2\r\n");
	login_expect(answer, "303", "vncbridge=; Path=/; Max-Age=0; HttpOnly");
	close(client);
	login_end();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("worker_oidc_page");
	TCase *tc = tcase_create("worker_oidc_page");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, LOGIN_TEST_SEC);
	tcase_add_loop_test(tc, whatever_auth_says_leads_to_a_page_with_words,
	    0, COUNT(verdict_rows));
	tcase_add_loop_test(tc, words_that_are_not_ours_are_not_shown, 0, 5);
	tcase_add_test(tc, the_page_offers_each_provider);
	tcase_add_loop_test(
	    tc, the_page_has_a_form_where_there_are_passwords, 0, 2);
	tcase_add_loop_test(tc,
	    the_page_offers_to_leave_a_provider_that_is_there, 0,
	    COUNT(left_rows));
	tcase_add_test(tc, who_logs_out_is_offered_to_leave_the_provider);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
