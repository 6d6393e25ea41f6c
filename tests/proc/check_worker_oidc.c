/* SPDX-License-Identifier: ISC */
/* /login/oidc: people go to a provider, and come back. */
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

static const char *
ask(int client, const char *line)
{
	return client_http(client, login_request(line, NULL, ""));
}

/* ---- there ---- */

static const struct {
	const char *query;
	uint32_t provider, step;
	const char *next, *redirect;
} go_rows[] = {
    {"provider=0", 0, OIDC_LOGIN, "", "http://h/login/oidc"},
    {"provider=1", 1, OIDC_LOGIN, "", "http://h/login/oidc"},
    {"provider=0&next=lab1", 0, OIDC_LOGIN, "lab1", "http://h/login/oidc"},
    {"next=%5B::1%5D:5901&provider=0", 0, OIDC_LOGIN, "[::1]:5901",
	"http://h/login/oidc"},
    {"provider=0&next=//evil.example.com", 0, OIDC_LOGIN, "",
	"http://h/login/oidc"},
    {"provider=0&next=https:%2F%2Fevil.example.com", 0, OIDC_LOGIN, "",
	"http://h/login/oidc"},
    {"provider=0&next=a&next=b", 0, OIDC_LOGIN, "", "http://h/login/oidc"},
    {"provider=0&next=%zz", 0, OIDC_LOGIN, "", "http://h/login/oidc"},
    {"logout=1", 1, OIDC_LOGOUT, "", "http://h/login"},
};

START_TEST(who_wants_to_go_there_is_sent_with_a_cookie)
{
	const struct msg_oidc_begin *begin = &login_any.oidc_begin;
	const char *answer;
	char line[256];
	uint64_t id;
	int client;

	login_begin_with(login_have_providers);
	client = login_new_client();
	snprintf(line, sizeof(line), "GET /login/oidc?%s", go_rows[_i].query);
	client_say(client, login_request(line, NULL, ""));
	id = login_hear(MSG_OIDC_BEGIN);
	ck_assert_uint_eq(begin->provider, go_rows[_i].provider);
	ck_assert_uint_eq(begin->step, go_rows[_i].step);
	ck_assert_str_eq(begin->next, go_rows[_i].next);
	ck_assert_str_eq(begin->redirect, go_rows[_i].redirect);
	login_say_oidc(id, OIDC_GO, "", PROVIDER);
	answer = client_http(client, "");
	login_expect(answer, "303", "\r\nLocation: " PROVIDER "\r\n");
	login_expect(answer, "303", "\r\nCache-Control: no-store\r\n");
	login_expect(answer, "303", "\r\nReferrer-Policy: no-referrer\r\n");
	if (go_rows[_i].step == OIDC_LOGIN)
		login_expect(answer, "303",
		    "\r\nSet-Cookie: vncbridge="
		    "YmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmI; Path=/; "
		    "HttpOnly; SameSite=Lax\r\n");
	else
		login_expect_no(answer, "Set-Cookie");
	close(client);
	login_end();
}
END_TEST

static const char *const nowhere_rows[] = {
    "GET /login/oidc",
    "GET /login/oidc?provider=",
    "GET /login/oidc?provider=2",
    "GET /login/oidc?provider=8",
    "GET /login/oidc?provider=99",
    "GET /login/oidc?provider=-1",
    "GET /login/oidc?provider=+0",
    "GET /login/oidc?provider=x",
    "GET /login/oidc?provider=0x1",
    "GET /login/oidc?provider=0y",
    "GET /login/oidc?provider=0&provider=1",
    "GET /login/oidc?provider=4294967296",
    "GET /login/oidc?provider=%s",
};

START_TEST(nobody_is_sent_to_a_provider_that_is_not_there)
{
	const char *answer;
	int client;

	login_begin_with(login_have_providers);
	client = login_new_client();
	answer = ask(client, filled(nowhere_rows[_i]));
	login_expect(answer, "303", "\r\nLocation: ../login?said=nowhere\r\n");
	login_expect_no(answer, "Set-Cookie");
	close(client);
	login_end();
}
END_TEST

/* What only looks must not use a way back up. */
START_TEST(a_look_goes_nowhere)
{
	static const char *const lines[] = {
	    "HEAD /login/oidc?provider=0", "HEAD /login/oidc?state=s&code=c"};
	const char *answer;
	int client;

	login_begin_with(login_have_providers);
	client = login_new_client();
	client_say(client, login_request(lines[_i], NULL, ""));
	answer = client_http(client, "");
	login_expect(answer, "303", "\r\nLocation: ../login\r\n");
	login_expect_no(answer, "Set-Cookie");
	close(client);
	login_end();
}
END_TEST

START_TEST(who_is_logged_in_goes_on_at_once)
{
	const char *answer;
	int client;

	login_begin_with(login_have_providers);
	client = login_new_client();
	client_say(client,
	    login_request(
		"GET /login/oidc?provider=0&next=lab1", login_alice, ""));
	login_say_who(login_hear(MSG_WHO), WHO_USER, "alice");
	answer = client_http(client, "");
	login_expect(answer, "303", "\r\nLocation: ../lab1\r\n");
	login_expect_no(answer, "Set-Cookie");
	close(client);
	login_end();
}
END_TEST

static void
trust_the_peer(struct worker_rig *rig)
{
	struct msg_conf_proxy proxy;

	memset(&proxy, 0, sizeof(proxy));
	ck_assert_int_eq(network_parse("192.0.2.0/24", &proxy.network), 0);
	worker_tell(rig, MSG_CONF_PROXY, &proxy, -1);
	login_name_buttons(rig);
}

static void
be_behind_a_proxy(void)
{
	login_w.tell_more = trust_the_peer;
	login_w.peer = "192.0.2.7";
}

static void
be_below_a_path(void)
{
	be_behind_a_proxy();
	strcpy(login_w.settings.base_path, "/vnc");
}

static const struct {
	void (*change)(void);
	const char *path, *fields, *redirect, *cookie;
} address_rows[] = {
    {login_have_providers, "/login/oidc", "", "http://h/login/oidc",
	"vncbridge=Ym"},
    {be_behind_a_proxy, "/login/oidc", "X-Forwarded-Proto: https\r\n",
	"https://h/login/oidc", "__Host-vncbridge=Ym"},
    {be_behind_a_proxy, "/login/oidc",
	"X-Forwarded-Proto: https\r\nX-Forwarded-Prefix: /lab\r\n",
	"https://h/lab/login/oidc", "__Secure-vncbridge=Ym"},
    {be_below_a_path, "/vnc/login/oidc", "X-Forwarded-Proto: https\r\n",
	"https://h/vnc/login/oidc", "__Secure-vncbridge=Ym"},
    {be_below_a_path, "/login/oidc",
	"X-Forwarded-Proto: https\r\nX-Forwarded-Prefix: /lab\r\n",
	"https://h/lab/login/oidc", "__Secure-vncbridge=Ym"},
};

START_TEST(the_way_back_is_as_the_browser_knows_the_bridge)
{
	char line[256];
	uint64_t id;
	int client;

	login_begin_with(address_rows[_i].change);
	client = login_new_client();
	snprintf(
	    line, sizeof(line), "GET %s?provider=0", address_rows[_i].path);
	client_say(client, login_request(line, NULL, address_rows[_i].fields));
	id = login_hear(MSG_OIDC_BEGIN);
	ck_assert_str_eq(
	    login_any.oidc_begin.redirect, address_rows[_i].redirect);
	login_say_oidc(id, OIDC_GO, "", PROVIDER);
	login_expect(client_http(client, ""), "303", address_rows[_i].cookie);
	close(client);
	login_end();
}
END_TEST

static void
be_far_away(void)
{
	login_have_providers();
	login_w.peer = "192.0.2.7";
}

START_TEST(nobody_is_sent_where_others_can_read)
{
	static const char *const lines[] = {
	    "GET /login/oidc?provider=0", "GET /login/oidc?state=s&code=c"};
	int client;

	login_begin_with(be_far_away);
	client = login_new_client();
	login_expect(ask(client, lines[_i]), "403", "needs https");
	close(client);
	login_end();
}
END_TEST

/* ---- and back ---- */

static const struct {
	const char *query;
	const char *state, *code, *error, *issuer;
} back_rows[] = {
    {"state=s-1&code=c%2B1", "s-1", "c+1", "", ""},
    {"code=c&state=s&iss=https%3A%2F%2Fid.example.com&more=x", "s", "c", "",
	"https://id.example.com"},
    {"state=s&error=access_denied&error_description=no", "s", "",
	"access_denied", ""},
    {"state=s&code=c&error=", "s", "c", "", ""},
    {"state=s&code=&error=e", "s", "", "e", ""},
    {"provider=7&state=s&code=c", "s", "c", "", ""},
};

START_TEST(what_comes_back_is_passed_on)
{
	const struct msg_oidc_back *back = &login_any.oidc_back;
	const char *answer;
	char line[512];
	int client;

	login_begin_with(login_have_providers);
	client = login_new_client();
	snprintf(line, sizeof(line), "GET /login/oidc?%s", back_rows[_i].query);
	client_say(client, login_request(line, login_alice, ""));
	login_say_who(login_hear(MSG_WHO), WHO_NOBODY, "");
	login_hear(MSG_OIDC_BACK);
	ck_assert_mem_eq(back->cookie, login_alice, sizeof(back->cookie));
	ck_assert_str_eq(back->state, back_rows[_i].state);
	ck_assert_str_eq(back->code, back_rows[_i].code);
	ck_assert_str_eq(back->error, back_rows[_i].error);
	ck_assert_str_eq(back->issuer, back_rows[_i].issuer);
	login_say_oidc(back->id, OIDC_IN, "lab1", "");
	answer = client_http(client, "");
	login_expect(answer, "303", "\r\nLocation: ../lab1\r\n");
	login_expect(answer, "303",
	    "\r\nSet-Cookie: vncbridge="
	    "YmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmI; Path=/; "
	    "Max-Age=3600; HttpOnly; SameSite=Lax\r\n");
	login_expect(answer, "303", "\r\nCache-Control: no-store\r\n");
	close(client);
	login_end();
}
END_TEST

/* One of several has an address of its own. */
START_TEST(where_it_came_back_is_passed_on)
{
	const struct msg_oidc_back *back = &login_any.oidc_back;
	uint64_t id;
	int client;

	login_begin_with(login_have_providers);
	client = login_new_client();
	client_say(client,
	    login_request("GET /login/oidc/B-2?state=s&code=c", NULL, ""));
	id = login_hear(MSG_OIDC_BACK);
	ck_assert_str_eq(back->name, "B-2");
	login_say_oidc(id, OIDC_IN, "lab1", "");
	login_expect(
	    client_http(client, ""), "303", "\r\nLocation: ../../lab1\r\n");
	client_say(client,
	    login_request("GET /login/oidc/B-2?state=s&code=c", NULL, ""));
	login_say_oidc(login_hear(MSG_OIDC_BACK), OIDC_OVER, "", "");
	login_expect(client_http(client, ""), "303",
	    "\r\nLocation: ../../login?said=over\r\n");
	client_say(
	    client, login_request("GET /login/oidc?state=s&code=c", NULL, ""));
	login_hear(MSG_OIDC_BACK);
	ck_assert_str_eq(back->name, "");
	close(client);
	login_end();
}
END_TEST

START_TEST(nobody_goes_there_from_where_they_come_back)
{
	int client;

	login_begin_with(login_have_providers);
	client = login_new_client();
	login_expect(ask(client, "GET /login/oidc/B-2?provider=0"), "303",
	    "\r\nLocation: ../../login?said=nowhere\r\n");
	login_expect(ask(client, "HEAD /login/oidc/B-2?state=s&code=c"), "303",
	    "\r\nLocation: ../../login\r\n");
	close(client);
	login_end();
}
END_TEST

/* auth is told that somebody came back, and with what; it says so in the log */
static const struct {
	const char *line;
	const char *state, *code, *error, *issuer;
} unproven_rows[] = {
    {"GET /login/oidc?state=s", "s", "", "", ""},
    {"GET /login/oidc?code=c", "", "c", "", ""},
    {"GET /login/oidc?error=e", "", "", "e", ""},
    {"GET /login/oidc?state=s&code=c&error=e", "s", "c", "e", ""},
    {"GET /login/oidc?state=&code=c", "", "c", "", ""},
    {"GET /login/oidc?state=s&state=t&code=c", "", "c", "", ""},
    {"GET /login/oidc?state=s&code=c&code=d", "s", "", "", ""},
    {"GET /login/oidc?state=s&code=%%0a", "s", "", "", ""},
    {"GET /login/oidc?state=s&code=%%zz", "s", "", "", ""},
    {"GET /login/oidc?state=s&code=c&iss=a&iss=b", "s", "c", "", "?"},
    {"GET /login/oidc?state=s&code=%s", "s", "", "", ""},
    {"GET /login/oidc?code=c&state=%s", "", "c", "", ""},
    {"GET /login/oidc?state=s&error=%s", "s", "", "", ""},
    {"GET /login/oidc?state=s&code=c&iss=%s", "s", "c", "", "?"},
};

START_TEST(what_proves_nothing_is_passed_on_as_empty)
{
	const struct msg_oidc_back *back = &login_any.oidc_back;
	const char *answer;
	int client;

	login_begin_with(login_have_providers);
	client = login_new_client();
	client_say(
	    client, login_request(filled(unproven_rows[_i].line), NULL, ""));
	login_hear(MSG_OIDC_BACK);
	ck_assert_str_eq(back->state, unproven_rows[_i].state);
	ck_assert_str_eq(back->code, unproven_rows[_i].code);
	ck_assert_str_eq(back->error, unproven_rows[_i].error);
	ck_assert_str_eq(back->issuer, unproven_rows[_i].issuer);
	login_say_oidc(back->id, OIDC_UNPROVEN, "", "");
	answer = client_http(client, "");
	login_expect(answer, "303", "\r\nLocation: ../login?said=unproven\r\n");
	login_expect_no(answer, "Set-Cookie");
	close(client);
	login_end();
}
END_TEST

START_TEST(without_a_cookie_auth_says_that_it_is_over)
{
	static const uint8_t zero[AUTH_COOKIE_BYTES];
	uint64_t id;
	int client;

	login_begin_with(login_have_providers);
	client = login_new_client();
	client_say(
	    client, login_request("GET /login/oidc?state=s&code=c", NULL, ""));
	id = login_hear(MSG_OIDC_BACK);
	ck_assert_mem_eq(login_any.oidc_back.cookie, zero, sizeof(zero));
	login_say_oidc(id, OIDC_OVER, "", "");
	login_expect(
	    client_http(client, ""), "303", "Location: ../login?said=over\r\n");
	/* nor has the next request of the connection one */
	client_say(
	    client, login_request("GET /login/oidc?state=s&code=c", NULL, ""));
	login_hear(MSG_OIDC_BACK);
	ck_assert_mem_eq(login_any.oidc_back.cookie, zero, sizeof(zero));
	close(client);
	login_end();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("worker_oidc");
	TCase *tc = tcase_create("worker_oidc");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, LOGIN_TEST_SEC);
	tcase_add_loop_test(
	    tc, who_wants_to_go_there_is_sent_with_a_cookie, 0, COUNT(go_rows));
	tcase_add_loop_test(tc, nobody_is_sent_to_a_provider_that_is_not_there,
	    0, COUNT(nowhere_rows));
	tcase_add_loop_test(tc, a_look_goes_nowhere, 0, 2);
	tcase_add_test(tc, who_is_logged_in_goes_on_at_once);
	tcase_add_loop_test(tc, the_way_back_is_as_the_browser_knows_the_bridge,
	    0, COUNT(address_rows));
	tcase_add_loop_test(tc, nobody_is_sent_where_others_can_read, 0, 2);
	tcase_add_loop_test(
	    tc, what_comes_back_is_passed_on, 0, COUNT(back_rows));
	tcase_add_test(tc, where_it_came_back_is_passed_on);
	tcase_add_test(tc, nobody_goes_there_from_where_they_come_back);
	tcase_add_loop_test(tc, what_proves_nothing_is_passed_on_as_empty, 0,
	    COUNT(unproven_rows));
	tcase_add_test(tc, without_a_cookie_auth_says_that_it_is_over);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
