/* SPDX-License-Identifier: ISC */
/*
 * What the worker tells the broker of who has logged in, and what it makes of
 * an auth that dies or lies.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/close_code.h"
#include "common/ipc.h"
#include "tests/proc/login_rig.h"
#include "tests/unit/breach.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- sessions ---- */

static void
upgrade(int client, const uint8_t *cookie)
{
	client_say(client,
	    login_request("GET /proxy?target=lab1", cookie,
		"Upgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Key: " LOGIN_KEY
		"\r\nSec-WebSocket-Version: 13\r\n"));
}

static void
expect_101(int client)
{
	char answer[4096];
	size_t n = 0;

	do {
		ck_assert_int_eq(recv(client, answer + n, 1, MSG_WAITALL), 1);
		answer[++n] = '\0';
	} while (strstr(answer, "\r\n\r\n") == NULL);
	login_expect(answer, "101", "");
}

START_TEST(worker_shows_the_broker_the_cookie_and_logs_the_user)
{
	struct msg_opened opened;
	struct msg_end over;
	char reason[FRAME_MAX];
	int client, fds[2];

	login_begin();
	client = login_new_client();
	upgrade(client, login_alice);
	login_say_who(login_hear(MSG_WHO), WHO_USER, "alice");
	expect_101(client);
	broker_read(login_broker, MSG_OPEN, &login_any);
	ck_assert_mem_eq(
	    login_any.open.cookie, login_alice, sizeof(login_alice));
	memset(&opened, 0, sizeof(opened));
	opened.conn_id = login_any.open.conn_id;
	opened.login_id = 77;
	strcpy(opened.user, "alice");
	strcpy(opened.target, "lab1");
	ck_assert_int_eq(
	    socketpair(
		AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds),
	    0);
	ck_assert_int_eq(
	    ipc_write_message(login_broker, MSG_OPENED, &opened, fds[1]), 0);
	while (strstr(login_w.log, "session opened") == NULL)
		worker_wait_log(&login_w);
	ck_assert_msg(
	    strstr(login_w.log, " user=\"alice\" ") != NULL, "%s", login_w.log);
	/* another broker hears whose it is */
	login_broker = rig_connect_worker(&login_w.rig, 0);
	broker_read(login_broker, MSG_HELD, &login_any);
	ck_assert_uint_eq(login_any.held.login_id, 77);
	broker_read(login_broker, MSG_HELD_END, &login_any);
	memset(&over, 0, sizeof(over));
	over.conn_id = opened.conn_id;
	over.code = CODE_ENDED;
	strcpy(over.reason, "you have logged out");
	ck_assert_int_eq(
	    ipc_write_message(login_broker, MSG_END, &over, -1), 0);
	ck_assert_uint_eq(client_closed(client, reason), CODE_ENDED);
	ck_assert_str_eq(reason, "you have logged out");
	close(client);
	close(fds[0]);
	login_end();
}
END_TEST

/* Nobody is answered with the list of another, however many ask. */
START_TEST(worker_asks_for_the_list_of_each_by_the_cookie)
{
	struct msg_stated stated;
	int clients[2], i;

	login_begin();
	for (i = 0; i < 2; i++) {
		clients[i] = login_new_client();
		client_say(clients[i],
		    login_request("GET /api/targets",
			i == 0 ? login_alice : login_bob, ""));
		login_say_who(
		    login_hear(MSG_WHO), WHO_USER, i == 0 ? "alice" : "bob");
	}
	for (i = 0; i < 2; i++) {
		broker_read(login_broker, MSG_STATE, &login_any);
		ck_assert_mem_eq(login_any.state.cookie,
		    i == 0 ? login_alice : login_bob, sizeof(login_alice));
		memset(&stated, 0, sizeof(stated));
		stated.number = login_any.state.number;
		stated.generation = login_w.rig.generation;
		stated.total = stated.count = 1;
		stated.hidden[0] = i == 0 ? 0 : 1;
		ck_assert_int_eq(
		    ipc_write_message(login_broker, MSG_STATED, &stated, -1),
		    0);
		if (i == 0)
			login_expect(
			    client_http(clients[i], ""), "200", "lab1");
		else
			login_expect_no(client_http(clients[i], ""), "lab1");
	}
	close(clients[0]);
	close(clients[1]);
	login_end();
}
END_TEST

/* ---- auth comes and goes ---- */

START_TEST(worker_asks_the_next_auth_what_the_last_did_not_answer)
{
	int page, login;

	login_begin();
	page = login_new_client();
	client_say(page, login_request("GET /", login_alice, ""));
	login_hear(MSG_WHO);
	login = login_new_client();
	client_say(login, login_form("/login", NULL, "name=a&password=b"));
	login_hear(MSG_LOGIN);
	login_join_auth(); /* the one before has died */
	login_say_who(login_hear(MSG_WHO), WHO_USER, "alice");
	ck_assert_mem_eq(
	    login_any.who.cookie, login_alice, sizeof(login_alice));
	login_say_logged_in(login_hear(MSG_LOGIN), LOGIN_OK, login_bob);
	ck_assert_str_eq(login_any.login.password, "b");
	login_expect(client_http(page, ""), "200", "the start page");
	login_expect(client_http(login, ""), "303", "Set-Cookie");
	close(page);
	close(login);
	login_end();
}
END_TEST

START_TEST(worker_passes_over_answers_that_nobody_waits_for)
{
	int client;

	login_begin();
	client = login_new_client();
	client_say(client, login_request("GET /", login_alice, ""));
	login_hear(MSG_WHO);
	login_say_who(login_last_id + 1, WHO_USER, "mallory"); /* of nobody */
	login_say_logged_in(
	    login_last_id, LOGIN_OK, login_bob); /* not what was asked */
	login_say_who(login_last_id, WHO_NOBODY, "");
	login_say_who(login_last_id, WHO_USER, "late");
	login_expect(client_http(client, ""), "303", "Location: login\r\n");
	login_expect(
	    client_http(client, login_request("GET /api/login", NULL, "")),
	    "401", "");
	close(client);
	login_end();
}
END_TEST

/* A reload in between serves it without asking who it is. */
START_TEST(worker_forgets_who_it_was_with_the_request)
{
	uint64_t id;
	int client;

	login_begin();
	client = login_new_client();
	client_say(client, login_request("GET /login", login_alice, ""));
	id = login_hear(MSG_WHO);
	login_w.settings.has_auth = 0;
	worker_configure(&login_w);
	login_say_who(id, WHO_USER, "alice");
	login_expect(client_http(client, ""), "200", "the viewer");
	login_w.settings.has_auth = 1;
	worker_configure(&login_w);
	/* another's request, on the same connection of a proxy */
	login_expect(
	    client_http(client, login_request("GET /api/login", NULL, "")),
	    "401", "not logged in");
	close(client);
	login_end();
}
END_TEST

static void
lie_state(union proto_any *body)
{
	body->who_is.state = WHO_USER + 1;
}

static void
lie_name(union proto_any *body)
{
	memset(body->who_is.name, 'a', sizeof(body->who_is.name));
}

static void
lie_code(union proto_any *body)
{
	body->logged_in.code = LOGIN_FAILED + 1;
}

static void
lie_oidc_code(union proto_any *body)
{
	body->oidc_said.code = OIDC_NOWHERE + 1;
}

static void
lie_oidc_next(union proto_any *body)
{
	memset(body->oidc_said.next, 'a', sizeof(body->oidc_said.next));
}

static void
lie_oidc_url(union proto_any *body)
{
	memset(body->oidc_said.url, 'a', sizeof(body->oidc_said.url));
}

static const struct {
	enum msg_type type;
	breach_fill *fill;
} lies[] = {
    {MSG_WHO_IS, lie_state},
    {MSG_WHO_IS, lie_name},
    {MSG_LOGGED_IN, lie_code},
    {MSG_OIDC_SAID, lie_oidc_code},
    {MSG_OIDC_SAID, lie_oidc_next},
    {MSG_OIDC_SAID, lie_oidc_url},
};

static const enum msg_type judged[] = {
    MSG_LOGGED_IN, MSG_WHO_IS, MSG_LOGGED_OUT, MSG_OIDC_SAID};

START_TEST(worker_drops_an_auth_that_lies)
{
	int client;

	login_begin();
	client = login_new_client();
	client_say(client, login_request("GET /", login_alice, ""));
	login_any.who_is.id = login_hear(MSG_WHO);
	memset(&login_any, 0, sizeof(login_any));
	lies[_i].fill(&login_any);
	ck_assert_int_eq(
	    breach_say(login_auth, lies[_i].type, &login_any, -1), 0);
	worker_wait_unjoined(&login_w, 1);
	ck_assert_uint_eq(login_w.unjoined_fence, login_fence);
	ck_assert_uint_eq(login_w.unjoined_reason, UNJOINED_NONSENSE);
	ck_assert_uint_eq(login_w.unjoined_role, ROLE_AUTH);
	login_join_auth();
	login_say_who(login_hear(MSG_WHO), WHO_USER, "alice");
	login_expect(client_http(client, ""), "200", "the start page");
	close(client);
	login_end();
}
END_TEST

START_TEST(worker_drops_an_auth_that_breaks_the_table)
{
	static struct breach breaches[BREACHES_MAX];
	size_t i, n = breach_list(ROLE_WORKER, ROLE_AUTH, PHASE_RUN, breaches);

	login_begin();
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(breach_commit(&breaches[i], login_auth), 0);
		worker_wait_unjoined(&login_w, (uint32_t)i + 1);
		ck_assert_msg(login_w.unjoined_fence == login_fence &&
			login_w.unjoined_role == ROLE_AUTH,
		    "%s", breach_name(&breaches[i]));
		login_join_auth();
	}
	ck_assert_uint_gt(n, MSG_TYPE_COUNT);
	breach_check_rows(ROLE_WORKER, ROLE_AUTH, judged, COUNT(judged));
	login_end();
}
END_TEST

static Suite *
login_suite(void)
{
	Suite *suite = suite_create("worker_auth");
	TCase *tc = tcase_create("worker_auth");

	tcase_set_timeout(tc, LOGIN_TEST_SEC);
	tcase_add_test(
	    tc, worker_shows_the_broker_the_cookie_and_logs_the_user);
	tcase_add_test(tc, worker_asks_for_the_list_of_each_by_the_cookie);
	tcase_add_test(
	    tc, worker_asks_the_next_auth_what_the_last_did_not_answer);
	tcase_add_test(tc, worker_passes_over_answers_that_nobody_waits_for);
	tcase_add_test(tc, worker_forgets_who_it_was_with_the_request);
	tcase_add_loop_test(tc, worker_drops_an_auth_that_lies, 0, COUNT(lies));
	tcase_add_test(tc, worker_drops_an_auth_that_breaks_the_table);
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
