/* SPDX-License-Identifier: ISC */
/*
 * Where people log in: who gets what, and what auth is asked when somebody logs
 * in or out.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/login_rig.h"
#include "worker/parse/cookie.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- who is not logged in ---- */

static const struct {
	const char *line;
	const char *more;
	const char *status;
	const char *part;
} stranger_rows[] = {
    {"GET /", "", "303", "\r\nLocation: login\r\n"},
    {"GET /index.html", "", "308", "Location: "},
    {"GET /lab1", "", "303", "\r\nLocation: login?next=lab1\r\n"},
    {"GET /[::1]:5901", "", "303", "\r\nLocation: login?next=[::1]:5901\r\n"},
    {"GET /assets/viewer.js", "", "401", "You are not logged in"},
    {"GET /assets/none.js", "", "401", "You are not logged in"},
    {"GET /api/targets", "", "401", "WWW-Authenticate: Cookie"},
    {"GET /api/login", "", "401", "You are not logged in"},
    {"POST /api/login", "Content-Length: 0\r\n", "401", ""},
    {"GET /proxy?target=lab1",
	"Upgrade: websocket\r\nConnection: Upgrade\r\n"
	"Sec-WebSocket-Key: " LOGIN_KEY "\r\nSec-WebSocket-Version: 13\r\n",
	"401", "You are not logged in"},
    {"GET /proxy?target=lab1", "", "426", ""},
    {"GET /healthz", "", "503", ""}, /* the broker is not asked here */
    {"GET /robots.txt", "", "200", "Disallow: /"},
    {"GET /assets/style.css", "", "404", ""}, /* the rig has none */
    {"GET /login", "", "200", "the login page"},
    {"GET /logout", "", "404", ""},
    {"POST /", "Content-Length: 0\r\n", "405", ""},
    {"POST /logout", "Content-Length: 0\r\n", "303", "Location: login"},
    {"PUT /login", "Content-Length: 0\r\n", "405", ""},
};

START_TEST(worker_gives_a_stranger_the_login_page_and_nothing_else)
{
	int client;
	const char *answer;

	login_begin();
	if (strcmp(stranger_rows[_i].status, "503") == 0) {
		close(
		    login_broker); /* so that it hears what is wrong at once */
		login_broker = -1;
	}
	client = login_new_client();
	client_say(client,
	    login_request(
		stranger_rows[_i].line, NULL, stranger_rows[_i].more));
	if (strncmp(stranger_rows[_i].line, "POST /logout", 12) == 0) {
		struct msg_logged_out said = {.id = login_hear(MSG_LOGOUT)};

		login_say(MSG_LOGGED_OUT, &said);
	}
	answer = client_http(client, "");
	login_expect(answer, stranger_rows[_i].status, stranger_rows[_i].part);
	login_expect_no(answer, "101");
	if (login_broker != -1)
		broker_expect_silence(login_broker);
	close(client);
	login_end();
}
END_TEST

/* A cookie that is none of ours, two that differ, one of another name. */
START_TEST(worker_asks_about_whole_cookies_only)
{
	static const char *const lines[] = {"Cookie: vncbridge=\r\n",
	    "Cookie: vncbridge=short\r\n",
	    ("Cookie: "
	     "vncbridge=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; "
	     "vncbridge=BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA\r\n"),
	    ("Cookie: "
	     "__Host-vncbridge="
	     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n")};
	int client;

	login_begin();
	client = login_new_client();
	login_expect(
	    client_http(client, login_request("GET /", NULL, lines[_i])), "303",
	    "Location: login\r\n");
	close(client);
	login_end();
}
END_TEST

START_TEST(worker_believes_of_a_cookie_what_auth_says)
{
	int client;

	login_begin();
	client = login_new_client();
	client_say(client, login_request("GET /", login_alice, ""));
	login_say_who(login_hear(MSG_WHO), WHO_USER, "alice");
	ck_assert_mem_eq(
	    login_any.who.cookie, login_alice, sizeof(login_alice));
	ck_assert_uint_eq(login_any.who.is_use, 1);
	login_expect(client_http(client, ""), "200", "the start page");
	/* and asks again at the next request: another's, or ended since */
	client_say(client, login_request("GET /api/login", login_bob, ""));
	login_say_who(login_hear(MSG_WHO), WHO_USER, "bob");
	ck_assert_mem_eq(login_any.who.cookie, login_bob, sizeof(login_bob));
	ck_assert_uint_eq(login_any.who.is_use, 0);
	login_expect(client_http(client, ""), "200",
	    "{\"user\":\"bob\",\"ends\":60,\"max\":null}\n");
	client_say(client, login_request("GET /lab1", login_alice, ""));
	login_say_who(login_hear(MSG_WHO), WHO_NOBODY, "");
	login_expect(
	    client_http(client, ""), "303", "Location: login?next=lab1\r\n");
	/* half a login is none */
	client_say(client, login_request("GET /assets/a.js", login_alice, ""));
	login_say_who(login_hear(MSG_WHO), WHO_HALF, "");
	login_expect(client_http(client, ""), "401", "");
	client_say(client, login_request("GET /login", login_alice, ""));
	login_say_who(login_hear(MSG_WHO), WHO_HALF, "");
	login_expect(client_http(client, ""), "200", "the code page");
	client_say(
	    client, login_request("GET /login?next=lab1", login_alice, ""));
	login_say_who(login_hear(MSG_WHO), WHO_USER, "alice");
	login_expect(client_http(client, ""), "303", "Location: ./lab1\r\n");
	close(client);
	login_end();
}
END_TEST

START_TEST(worker_asks_for_each_request_of_a_pipeline)
{
	char both[2048];
	int client;

	login_begin();
	client = login_new_client();
	strcpy(both, login_request("GET /", login_alice, ""));
	strcat(both, login_request("GET /api/login", NULL, ""));
	strcat(both, login_request("GET /api/login", login_bob, ""));
	client_say(client, both);
	login_say_who(login_hear(MSG_WHO), WHO_USER, "alice");
	login_expect(client_http(client, ""), "200", "the start page");
	login_expect(client_http(client, ""), "401", "");
	login_say_who(login_hear(MSG_WHO), WHO_USER, "bob");
	login_expect(client_http(client, ""), "200", "\"bob\"");
	close(client);
	login_end();
}
END_TEST

/* ---- logging in ---- */

START_TEST(worker_passes_on_what_was_typed_and_gives_the_cookie)
{
	const char *answer;
	char text[COOKIE_TEXT + 1], line[256];
	int client;

	login_begin();
	client = login_new_client();
	client_say(client,
	    login_form("/login", NULL,
		"name=alice&password=p%26+%C3%A4%22&next=lab1&other=1"));
	login_say_logged_in(login_hear(MSG_LOGIN), LOGIN_OK, login_alice);
	ck_assert_str_eq(login_any.login.name, "alice");
	ck_assert_str_eq(login_any.login.password, "p& \xc3\xa4\"");
	ck_assert_uint_eq(login_any.login.client.family, ADDR_V4);
	answer = client_http(client, "");
	login_expect(answer, "303", "\r\nLocation: ./lab1\r\n");
	cookie_format(login_alice, text);
	snprintf(line, sizeof(line),
	    "\r\nSet-Cookie: vncbridge=%s; Path=/; Max-Age=3600; HttpOnly; "
	    "SameSite=Lax\r\n",
	    text);
	login_expect(answer, "303", line);
	login_expect(answer, "303", "Cache-Control: no-store");
	/* a second factor: the same page has the other form now */
	client_say(
	    client, login_form("/login", NULL, "name=a&password=b&next=lab1"));
	login_say_logged_in(
	    login_hear(MSG_LOGIN), LOGIN_CODE_WANTED, login_bob);
	answer = client_http(client, "");
	login_expect(answer, "303", "\r\nLocation: login?next=lab1\r\n");
	cookie_format(login_bob, text);
	snprintf(line, sizeof(line),
	    "vncbridge=%s; Path=/; HttpOnly; SameSite=Lax\r\n", text);
	login_expect(answer, "303", line);
	client_say(
	    client, login_form("/login", login_bob, "code=123+456&next=lab1"));
	login_say_logged_in(login_hear(MSG_LOGIN_CODE), LOGIN_OK, login_alice);
	ck_assert_mem_eq(
	    login_any.login_code.cookie, login_bob, sizeof(login_bob));
	ck_assert_str_eq(login_any.login_code.code, "123 456");
	login_expect(client_http(client, ""), "303", "Location: ./lab1\r\n");
	/* and out */
	client_say(client, login_form("/logout", login_alice, ""));
	{
		struct msg_logged_out said = {.id = login_hear(MSG_LOGOUT)};

		ck_assert_mem_eq(
		    login_any.logout.cookie, login_alice, sizeof(login_alice));
		login_say(MSG_LOGGED_OUT, &said);
	}
	answer = client_http(client, "");
	login_expect(answer, "303", "\r\nLocation: login\r\n");
	login_expect(answer, "303", "vncbridge=; Path=/; Max-Age=0; HttpOnly");
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
	const char *fields;
	const char *path;
	const char *cookie;
} cookie_rows[] = {
    {be_behind_a_proxy, "X-Forwarded-Proto: https\r\n", "/login",
	"Set-Cookie: __Host-vncbridge="},
    {be_behind_a_proxy, "X-Forwarded-Proto: https\r\n", "/login", "; Path=/;"},
    {be_behind_a_proxy, "X-Forwarded-Proto: https\r\n", "/login", "; Secure"},
    {be_below_a_path, "X-Forwarded-Proto: https\r\n", "/vnc/login",
	"Set-Cookie: __Secure-vncbridge="},
    {be_below_a_path, "X-Forwarded-Proto: https\r\n", "/login",
	"; Path=/vnc/;"},
    {be_behind_a_proxy,
	"X-Forwarded-Proto: https\r\nX-Forwarded-Prefix: /lab\r\n", "/login",
	"Set-Cookie: __Secure-vncbridge="},
    {be_behind_a_proxy,
	"X-Forwarded-Proto: https\r\nX-Forwarded-Prefix: /lab\r\n", "/login",
	"; Path=/lab/;"},
    {NULL, "", "/login", "Set-Cookie: vncbridge="},
};

START_TEST(worker_names_the_cookie_by_how_it_was_asked)
{
	char text[1024];
	int client;

	login_begin_with(cookie_rows[_i].change);
	client = login_new_client();
	snprintf(text, sizeof(text),
	    "POST %s HTTP/1.1\r\nHost: h\r\n%s" LOGIN_FORM
	    "Content-Length: 17\r\n\r\nname=a&password=b",
	    cookie_rows[_i].path, cookie_rows[_i].fields);
	client_say(client, text);
	login_say_logged_in(login_hear(MSG_LOGIN), LOGIN_OK, login_alice);
	login_expect(client_http(client, ""), "303", cookie_rows[_i].cookie);
	close(client);
	login_end();
}
END_TEST

static void
be_far_away(void)
{
	login_w.peer = "192.0.2.7";
}

START_TEST(worker_takes_no_password_that_others_can_read)
{
	const char *answer;
	int client;

	/* the second row: the proxy says that it was asked by plain http */
	login_begin_with(_i == 0 ? be_far_away : be_behind_a_proxy);
	client = login_new_client();
	answer = client_http(client,
	    login_request("GET /login", NULL,
		_i == 0 ? "X-Forwarded-Proto: https\r\n"
			: "X-Forwarded-Proto: http\r\n"));
	login_expect(answer, "403", "needs https");
	close(client);
	client = login_new_client();
	login_expect(client_http(client,
			 login_form("/login", NULL, "name=a&password=b")),
	    "403", "needs https");
	close(client);
	login_end();
}
END_TEST

static const struct {
	enum login_code code;
	const char *status;
	const char *of_password;
	const char *of_code;
} verdict_rows[] = {
    {LOGIN_WRONG, "401", "The name or the password is not right.",
	"That code is not right."},
    {LOGIN_USED, "401", NULL, "That code was used before."},
    {LOGIN_LOCKED, "401", "This account is locked.", NULL},
    {LOGIN_SHUT, "401", "This account may not log in here", "the login page"},
    {LOGIN_STALE, "401", "The password of this account has expired.",
	"the login page"},
    {LOGIN_WAIT, "429", "Try again in 7 s.", "Try again in 7 s."},
    {LOGIN_WAIT, "429", "data-wait=\"7\"", "data-wait=\"7\""},
    {LOGIN_WAIT, "429", "\r\nRetry-After: 7\r\n", "\r\nRetry-After: 7\r\n"},
    {LOGIN_BUSY, "503", "Too many people", NULL},
    {LOGIN_BUSY, "503", "\r\nRetry-After: 5\r\n", NULL},
    {LOGIN_OVER, "401", NULL, "the login page"},
    {LOGIN_FAILED, "503", "could not check", "could not check"},
};

START_TEST(worker_says_in_words_what_was_not_right)
{
	const char *answer;
	int client;

	login_begin();
	client = login_new_client();
	if (verdict_rows[_i].of_password != NULL) {
		client_say(client,
		    login_form("/login", NULL,
			"name=%3Cb%3E%22&password=secret&next=lab1"));
		login_say_logged_in(
		    login_hear(MSG_LOGIN), verdict_rows[_i].code, NULL);
		answer = client_http(client, "");
		login_expect(answer, verdict_rows[_i].status,
		    verdict_rows[_i].of_password);
		login_expect(
		    answer, verdict_rows[_i].status, "name=&#60;b&#62;&#34;");
		login_expect(answer, verdict_rows[_i].status, "next=lab1");
		login_expect_no(answer, "secret");
		login_expect_no(answer, "Set-Cookie");
	}
	if (verdict_rows[_i].of_code != NULL) {
		client_say(client, login_form("/login", login_bob, "code=1"));
		login_say_logged_in(
		    login_hear(MSG_LOGIN_CODE), verdict_rows[_i].code, NULL);
		answer = client_http(client, "");
		login_expect(
		    answer, verdict_rows[_i].status, verdict_rows[_i].of_code);
		login_expect_no(answer, "Set-Cookie");
	}
	close(client);
	login_end();
}
END_TEST

/* Only a desktop's name is followed. */
static const char *const strange_nexts[] = {"//evil.example", "https://evil",
    "/lab1", "../lab1", "lab1/../x", "%0d%0aX: y", "a b", "", "%",
    "javascript:alert(1)", "\\\\evil"};

START_TEST(worker_goes_on_to_no_other_site)
{
	char body[256];
	const char *answer;
	int client;

	login_begin();
	client = login_new_client();
	snprintf(
	    body, sizeof(body), "name=a&password=b&next=%s", strange_nexts[_i]);
	client_say(client, login_form("/login", NULL, body));
	login_say_logged_in(login_hear(MSG_LOGIN), LOGIN_OK, login_alice);
	answer = client_http(client, "");
	login_expect(answer, "303", "\r\nLocation: ./\r\n");
	login_expect_no(answer, "evil");
	close(client);
	login_end();
}
END_TEST

static Suite *
login_suite(void)
{
	Suite *suite = suite_create("worker_login");
	TCase *tc = tcase_create("worker_login");

	tcase_set_timeout(tc, LOGIN_TEST_SEC);
	tcase_add_loop_test(tc,
	    worker_gives_a_stranger_the_login_page_and_nothing_else, 0,
	    COUNT(stranger_rows));
	tcase_add_loop_test(tc, worker_asks_about_whole_cookies_only, 0, 4);
	tcase_add_test(tc, worker_believes_of_a_cookie_what_auth_says);
	tcase_add_test(tc, worker_asks_for_each_request_of_a_pipeline);
	tcase_add_test(
	    tc, worker_passes_on_what_was_typed_and_gives_the_cookie);
	tcase_add_loop_test(tc, worker_names_the_cookie_by_how_it_was_asked, 0,
	    COUNT(cookie_rows));
	tcase_add_loop_test(
	    tc, worker_takes_no_password_that_others_can_read, 0, 2);
	tcase_add_loop_test(tc, worker_says_in_words_what_was_not_right, 0,
	    COUNT(verdict_rows));
	tcase_add_loop_test(
	    tc, worker_goes_on_to_no_other_site, 0, COUNT(strange_nexts));
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(login_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
