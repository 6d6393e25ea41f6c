/* SPDX-License-Identifier: ISC */
/* Who proves themselves with each request: by a proxy's word, or by Basic. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/proc/login_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define UPGRADE                                         \
	"Upgrade: websocket\r\nConnection: Upgrade\r\n" \
	"Sec-WebSocket-Key: " LOGIN_KEY "\r\n"          \
	"Sec-WebSocket-Version: 13\r\n"
#define BASIC "Authorization: Basic YWxpY2U6d29uZGVy\r\n" /* alice:wonder */
#define NAME_63 \
	"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

/* ---- a proxy says who it is ---- */

static void
name_fields(struct worker_rig *rig)
{
	struct msg_conf_proxy proxy;
	struct msg_conf_header header;

	memset(&proxy, 0, sizeof(proxy));
	memset(&header, 0, sizeof(header));
	ck_assert_int_eq(network_parse("192.0.2.0/24", &proxy.network), 0);
	worker_tell(rig, MSG_CONF_PROXY, &proxy, -1);
	strcpy(header.user, "X-User");
	strcpy(header.groups, "X-Groups");
	strcpy(header.logout, "/oauth2/sign_out");
	worker_tell(rig, MSG_CONF_HEADER, &header, -1);
}

static void
be_behind_a_proxy(void)
{
	login_w.tell_more = name_fields;
	login_w.peer = "192.0.2.7";
}

static void
be_somebody_else(void)
{
	login_w.tell_more = name_fields;
	login_w.peer = "198.51.100.7";
}

static void
say_named(uint64_t id, enum who_state state, const char *name)
{
	struct msg_who_is said = {.id = id, .state = state, .ends_sec = 60};

	if (state == WHO_USER)
		memcpy(said.cookie, login_bob, sizeof(said.cookie));
	strcpy(said.name, name);
	login_say(MSG_WHO_IS, &said);
}

/* A field with that many letters. */
static const char *
long_field(const char *name, size_t len)
{
	static char text[AUTH_CLAIMED_MAX + 256];

	snprintf(text, sizeof(text), "X-User: alice\r\n%s: ", name);
	memset(text + strlen(text), '\0', sizeof(text) - strlen(text));
	memset(text + strlen(text), 'g', len);
	return strcat(text, "\r\n");
}

static const struct {
	const char *fields, *name, *groups;
} named_rows[] = {
    {"X-User: alice\r\n", "alice", ""},
    {"x-user:  alice \r\nX-GROUPS: a, b\r\n", "alice", "a, b"},
    {"X-User: what ever\r\n", "what ever", ""}, /* auth judges it */
    {"X-User: " NAME_63 "\r\n", NAME_63, ""},
    {"X-User: alice\r\nX-Groups: a\r\nX-Groups: b\r\n", "alice", ""},
    {"X-User: alice\r\nX-Groups:\r\n", "alice", ""},
};

START_TEST(a_proxy_says_who_it_is)
{
	int client;

	login_begin_with(be_behind_a_proxy);
	client = login_new_client();
	client_say(client,
	    login_request(
		"GET /api/login", login_alice, named_rows[_i].fields));
	say_named(login_hear(MSG_NAMED), WHO_USER, "alice");
	ck_assert_str_eq(login_any.named.name, named_rows[_i].name);
	ck_assert_str_eq(login_any.named.groups, named_rows[_i].groups);
	ck_assert_uint_eq(login_any.named.client.family, ADDR_V4);
	login_expect(client_http(client, ""), "200", "{\"user\":\"alice\"");
	/* and is asked again at the next request, where it says nothing */
	client_say(client, login_request("GET /api/login", NULL, ""));
	login_expect(client_http(client, ""), "401", "");
	close(client);
	login_end();
}
END_TEST

START_TEST(groups_that_do_not_fit_are_none)
{
	size_t len = AUTH_CLAIMED_MAX - 1 + (size_t)_i;
	int client;

	login_begin_with(be_behind_a_proxy);
	client = login_new_client();
	client_say(client,
	    login_request("GET /api/login", NULL, long_field("X-Groups", len)));
	say_named(login_hear(MSG_NAMED), WHO_USER, "alice");
	ck_assert_uint_eq(strlen(login_any.named.groups), _i == 0 ? len : 0);
	login_expect(client_http(client, ""), "200", "alice");
	close(client);
	login_end();
}
END_TEST

static const struct {
	void (*change)(void);
	const char *fields;
} unnamed_rows[] = {
    {be_somebody_else, "X-User: alice\r\n"},
    {be_somebody_else, "X-Forwarded-For: 192.0.2.7\r\nX-User: alice\r\n"},
    {NULL, "X-User: alice\r\n"}, /* where no field is configured */
    {be_behind_a_proxy, "X-User: alice\r\nX-User: alice\r\n"},
    {be_behind_a_proxy, "X-User: alice\r\nx-user: bob\r\n"},
    {be_behind_a_proxy, "X-User:\r\n"},
    {be_behind_a_proxy, "X-User: " NAME_63 "l\r\n"},
    {be_behind_a_proxy, "X-Users: alice\r\nX_User: alice\r\n"},
    {be_behind_a_proxy, "X-Groups: admins\r\n"},
};

/* auth is asked nothing: the next thing that it hears is of the cookie. */
START_TEST(nobody_else_says_who_it_is)
{
	int client;

	login_begin_with(unnamed_rows[_i].change);
	client = login_new_client();
	login_expect(client_http(client,
			 login_request("GET /", NULL, unnamed_rows[_i].fields)),
	    "303", "Location: login\r\n");
	client_say(client,
	    login_request(
		"GET /api/login", login_alice, unnamed_rows[_i].fields));
	login_say_who(login_hear(MSG_WHO), WHO_NOBODY, "");
	login_expect(client_http(client, ""), "401", "");
	close(client);
	login_end();
}
END_TEST

START_TEST(who_is_named_and_not_let_in_is_a_stranger)
{
	int client;

	login_begin_with(be_behind_a_proxy);
	client = login_new_client();
	client_say(
	    client, login_request("GET /", login_alice, "X-User: alice\r\n"));
	say_named(login_hear(MSG_NAMED), WHO_NOBODY, "");
	login_expect(client_http(client, ""), "303", "Location: login\r\n");
	close(client);
	login_end();
}
END_TEST

/* The browser never has the cookie; the broker is shown it. */
START_TEST(who_is_named_opens_with_the_cookie_of_auth)
{
	int client;

	login_begin_with(be_behind_a_proxy);
	client = login_new_client();
	client_say(client,
	    login_request("GET /proxy?target=lab1", login_alice,
		"X-User: alice\r\n" UPGRADE));
	say_named(login_hear(MSG_NAMED), WHO_USER, "alice");
	broker_read(login_broker, MSG_OPEN, &login_any);
	ck_assert_mem_eq(login_any.open.cookie, login_bob, AUTH_COOKIE_BYTES);
	ck_assert_str_eq(login_any.open.target, "lab1");
	close(client);
	login_end();
}
END_TEST

START_TEST(who_is_named_logs_out_where_the_proxy_does)
{
	struct msg_logged_out said = {0};
	const char *answer;
	char text[1024];
	int client;

	login_begin_with(be_behind_a_proxy);
	client = login_new_client();
	snprintf(text, sizeof(text),
	    "POST /logout HTTP/1.1\r\nHost: h\r\nX-User: alice\r\n" LOGIN_FORM
	    "Content-Length: 0\r\n\r\n");
	client_say(client, text);
	say_named(login_hear(MSG_NAMED), WHO_USER, "alice");
	said.id = login_hear(MSG_LOGOUT);
	ck_assert_mem_eq(login_any.logout.cookie, login_bob, AUTH_COOKIE_BYTES);
	login_say(MSG_LOGGED_OUT, &said);
	answer = client_http(client, "");
	login_expect(answer, "303", "\r\nLocation: /oauth2/sign_out\r\n");
	/* whoever has a cookie logs out here */
	client_say(client, login_form("/logout", login_alice, ""));
	said.id = login_hear(MSG_LOGOUT);
	ck_assert_mem_eq(
	    login_any.logout.cookie, login_alice, AUTH_COOKIE_BYTES);
	login_say(MSG_LOGGED_OUT, &said);
	login_expect(client_http(client, ""), "303", "Location: login\r\n");
	close(client);
	login_end();
}
END_TEST

/* ---- a program's name and password: alice, wonder ---- */

static void
allow_basic(void)
{
	login_w.settings.has_basic = 1;
}

static void
allow_basic_from_afar(void)
{
	allow_basic();
	login_w.peer = "192.0.2.7";
}

START_TEST(a_program_opens_with_its_password)
{
	int client;

	login_begin_with(allow_basic);
	client = login_new_client();
	client_say(client,
	    login_request("GET /proxy?target=lab1", NULL, BASIC UPGRADE));
	login_say_logged_in(login_hear(MSG_LOGIN), LOGIN_OK, login_bob);
	ck_assert_uint_eq(login_any.login.is_basic, 1);
	ck_assert_str_eq(login_any.login.name, "alice");
	ck_assert_str_eq(login_any.login.password, "wonder");
	ck_assert_uint_eq(login_any.login.client.family, ADDR_V4);
	broker_read(login_broker, MSG_OPEN, &login_any);
	ck_assert_mem_eq(login_any.open.cookie, login_bob, AUTH_COOKIE_BYTES);
	close(client);
	login_end();
}
END_TEST

static const struct {
	enum login_code code;
	const char *status, *part;
} code_rows[] = {
    {LOGIN_CODE_WANTED, "401", "You are not logged in"},
    {LOGIN_WRONG, "401", "You are not logged in"},
    {LOGIN_LOCKED, "401", "You are not logged in"},
    {LOGIN_SHUT, "401", "You are not logged in"},
    {LOGIN_STALE, "401", "You are not logged in"},
    {LOGIN_OVER, "401", "You are not logged in"},
    {LOGIN_WAIT, "429", "\r\nRetry-After: 7\r\n"},
    {LOGIN_BUSY, "503", ""},
    {LOGIN_FAILED, "503", ""},
};

START_TEST(a_program_that_is_not_let_in_opens_nothing)
{
	const char *answer;
	int client;

	login_begin_with(allow_basic);
	client = login_new_client();
	client_say(client,
	    login_request("GET /proxy?target=lab1", NULL, BASIC UPGRADE));
	login_say_logged_in(login_hear(MSG_LOGIN), code_rows[_i].code, NULL);
	answer = client_http(client, "");
	login_expect(answer, code_rows[_i].status, code_rows[_i].part);
	login_expect_no(answer, "Set-Cookie");
	ck_assert(is_at_end(client));
	broker_expect_silence(login_broker);
	close(client);
	login_end();
}
END_TEST

static const struct {
	void (*change)(void);
	const char *line, *fields, *status;
} unasked_rows[] = {
    {NULL, "GET /proxy?target=lab1", BASIC UPGRADE, "401"},
    {allow_basic_from_afar, "GET /proxy?target=lab1", BASIC UPGRADE, "401"},
    {allow_basic, "GET /", BASIC, "303"},
    {allow_basic, "GET /api/targets", BASIC, "401"},
    {allow_basic, "GET /api/login", BASIC, "401"},
    {allow_basic, "GET /login", BASIC, "200"},
    {allow_basic, "GET /proxy?target=lab1", UPGRADE, "401"},
    {allow_basic, "GET /proxy?target=lab1", BASIC BASIC UPGRADE, "401"},
    {allow_basic, "GET /proxy?target=lab1",
	"Authorization: Bearer YTpi\r\n" UPGRADE, "401"},
    {allow_basic, "GET /proxy?target=lab1",
	"Authorization: Basic YTp\r\n" UPGRADE, "401"},
    {allow_basic, "GET /proxy?target=lab1",
	"Proxy-Authorization: Basic YTpi\r\n" UPGRADE, "401"},
};

/* The answer comes, though auth says nothing. */
START_TEST(no_other_password_is_passed_on)
{
	const char *answer;
	int client;

	login_begin_with(unasked_rows[_i].change);
	client = login_new_client();
	answer = client_http(client,
	    login_request(
		unasked_rows[_i].line, NULL, unasked_rows[_i].fields));
	login_expect(answer, unasked_rows[_i].status, "");
	broker_expect_silence(login_broker);
	close(client);
	login_end();
}
END_TEST

/* Whoever has a cookie is known by it. */
START_TEST(a_cookie_goes_before_a_password)
{
	int client;

	login_begin_with(allow_basic);
	client = login_new_client();
	client_say(client,
	    login_request(
		"GET /proxy?target=lab1", login_alice, BASIC UPGRADE));
	login_say_who(login_hear(MSG_WHO), WHO_USER, "alice");
	broker_read(login_broker, MSG_OPEN, &login_any);
	ck_assert_mem_eq(login_any.open.cookie, login_alice, AUTH_COOKIE_BYTES);
	close(client);
	login_end();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("worker_named");
	TCase *tc = tcase_create("worker_named");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, LOGIN_TEST_SEC);
	tcase_add_loop_test(tc, a_proxy_says_who_it_is, 0, COUNT(named_rows));
	tcase_add_loop_test(tc, groups_that_do_not_fit_are_none, 0, 2);
	tcase_add_loop_test(
	    tc, nobody_else_says_who_it_is, 0, COUNT(unnamed_rows));
	tcase_add_test(tc, who_is_named_and_not_let_in_is_a_stranger);
	tcase_add_test(tc, who_is_named_opens_with_the_cookie_of_auth);
	tcase_add_test(tc, who_is_named_logs_out_where_the_proxy_does);
	tcase_add_test(tc, a_program_opens_with_its_password);
	tcase_add_loop_test(tc, a_program_that_is_not_let_in_opens_nothing, 0,
	    COUNT(code_rows));
	tcase_add_loop_test(
	    tc, no_other_password_is_passed_on, 0, COUNT(unasked_rows));
	tcase_add_test(tc, a_cookie_goes_before_a_password);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
