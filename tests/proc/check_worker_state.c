/* SPDX-License-Identifier: ISC */
/*
 * What the broker is asked for many clients at once, and what they hear where
 * it does not answer: /api/targets, /healthz, and sessions that nobody opens.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/tls_worker_rig.h"
#include "tests/proc/worker_rig.h"

#define TEST_SEC 60
#define FIRST	 1   /* conn ids */
#define MANY	 300 /* more than one STATED answers */
#define AT_ONCE	 256 /* that one STATED answers */
#define TARGETS	 "GET /api/targets HTTP/1.1\r\nHost: h\r\n\r\n"
#define HEALTH	 "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"
#define HEAD	 "HEAD /healthz HTTP/1.1\r\nHost: h\r\n\r\n"

static struct worker_rig w;
static struct tls_worker_rig secure;
static char reason[FRAME_MAX];
static union proto_any any;
static const char *const names[] = {"lab1", NULL};

static int
start_with_broker(void)
{
	int broker;

	worker_start(&w);
	w.targets = names;
	worker_configure(&w);
	broker = rig_connect_worker(&w.rig, 0);
	broker_read(broker, MSG_HELD_END, &any);
	return broker;
}

static int
client_that_asks(uint64_t conn_id, const char *request)
{
	int client = worker_give_client(&w, conn_id, 0);

	client_say(client, request);
	return client;
}

/* STATE with that number is the next message; nothing is behind it. */
static void
expect_state(int broker, uint64_t number)
{
	broker_read(broker, MSG_STATE, &any);
	ck_assert_uint_eq(any.state.number, number);
	broker_expect_silence(broker);
}

static void
send_stated(int broker, uint64_t number, uint16_t sessions)
{
	struct msg_stated stated;

	memset(&stated, 0, sizeof(stated));
	stated.number = number;
	stated.generation = w.rig.generation;
	stated.total = stated.count = 1;
	stated.sessions[0] = sessions;
	ck_assert_int_eq(ipc_write_message(broker, MSG_STATED, &stated, -1), 0);
}

static void
expect_answer(int client, const char *status, const char *text)
{
	const char *answer = client_http(client, "");

	ck_assert_msg(strncmp(answer, status, strlen(status)) == 0 &&
		strstr(answer, text) != NULL,
	    "%s instead of %s", answer, text);
}

/* The answer to HEAD, which has no body: the end of its head is all. */
static void
expect_head(int client, const char *status)
{
	char head[FRAME_MAX];
	size_t n = 0;

	do {
		ck_assert_uint_lt(n, sizeof(head) - 1);
		ck_assert_int_eq(recv(client, head + n++, 1, 0), 1);
		head[n] = '\0';
	} while (strstr(head, "\r\n\r\n") == NULL);
	ck_assert_int_eq(strncmp(head, status, strlen(status)), 0);
	ck_assert_int_eq(recv(client, head, 1, MSG_DONTWAIT), -1);
}

START_TEST(worker_asks_once_for_all_who_wait)
{
	int broker = start_with_broker(), clients[MANY], last, i;
	uint64_t number;

	clients[0] = client_that_asks(FIRST, TARGETS);
	expect_state(broker, 1);
	for (i = 1; i < MANY; i++)
		clients[i] = client_that_asks(FIRST + (uint64_t)i, TARGETS);
	/* who came last is served: all that the others asked was read */
	last = worker_give_client(&w, FIRST + MANY, 0);
	client_upgrade(last, "desk");
	broker_expect_open(broker, FIRST + MANY, "desk");
	broker_expect_silence(broker);
	/* what was asked for one is not what others have asked later */
	send_stated(broker, 1, 7);
	expect_answer(clients[0], "HTTP/1.1 200 ", "\"sessions\":7");
	for (i = 1, number = 2; i < MANY; i++) {
		if ((i - 1) % AT_ONCE == 0) {
			expect_state(broker, number);
			send_stated(broker, number++, 8);
		}
		expect_answer(clients[i], "HTTP/1.1 200 ", "\"sessions\":8");
	}
	rig_stop(&w.rig);
}
END_TEST

/* What came before it has been read: it is asked for. */
static void
session_open_unanswered(int broker, uint64_t conn_id)
{
	client_upgrade(worker_give_client(&w, conn_id, 0), "desk");
	broker_expect_open(broker, conn_id, "desk");
}

/* As STATED, which shows the one target, or hides it. */
static void
send_shown(int broker, uint64_t number, int is_shown)
{
	struct msg_stated stated;

	memset(&stated, 0, sizeof(stated));
	stated.number = number;
	stated.generation = w.rig.generation;
	stated.total = stated.count = 1;
	stated.hidden[0] = !is_shown;
	ck_assert_int_eq(ipc_write_message(broker, MSG_STATED, &stated, -1), 0);
}

/* STATE with that number, for a client of that address. */
static void
expect_state_for(int broker, uint64_t number, const char *address)
{
	struct addr addr;

	ck_assert_int_eq(addr_parse_ip(address, &addr), 0);
	expect_state(broker, number);
	ck_assert(addr_is_same_ip(&any.state.client, &addr));
}

static int
client_at(const char *address, uint64_t conn_id, const char *request)
{
	int client;

	w.peer = address;
	client = client_that_asks(conn_id, request);
	w.peer = NULL;
	return client;
}

/* With access sections: one who asks again at once gets nobody else's. */
START_TEST(worker_tells_no_one_what_another_may_see)
{
	int broker, first, again, stranger;

	worker_start(&w);
	w.targets = names;
	w.settings.has_access = 1;
	worker_configure(&w);
	broker = rig_connect_worker(&w.rig, 0);
	broker_read(broker, MSG_HELD_END, &any);
	first = client_at("192.0.2.1", FIRST, TARGETS);
	expect_state_for(broker, 1, "192.0.2.1");
	again = client_at("192.0.2.2", FIRST + 1, TARGETS TARGETS);
	stranger = client_at("192.0.2.3", FIRST + 2, TARGETS);
	session_open_unanswered(broker, FIRST + 3);
	send_shown(broker, 1, 1);
	expect_answer(first, "HTTP/1.1 200 ", "lab1");
	expect_state_for(broker, 2, "192.0.2.2");
	send_shown(broker, 2, 1);
	expect_answer(again, "HTTP/1.1 200 ", "lab1");
	expect_state_for(broker, 3, "192.0.2.3");
	send_shown(broker, 3, 0);
	expect_answer(stranger, "HTTP/1.1 200 ", "{\"targets\":[\n]}");
	expect_state_for(broker, 4, "192.0.2.2");
	send_shown(broker, 4, 1);
	expect_answer(again, "HTTP/1.1 200 ", "lab1");
	rig_stop(&w.rig);
	w.settings.has_access = 0;
}
END_TEST

START_TEST(worker_asks_the_next_broker_for_those_who_wait)
{
	int broker = start_with_broker(), client, other;

	client = client_that_asks(FIRST, TARGETS);
	expect_state(broker, 1);
	other = client_that_asks(FIRST + 1, HEALTH);
	worker_wait_load(&w, 2, 0);
	close(broker);
	worker_wait_unjoined(&w, 1);
	broker = rig_connect_worker(&w.rig, 0);
	broker_read(broker, MSG_HELD_END, &any);
	expect_state(broker, 2);
	send_stated(broker, 1, 6); /* nobody has asked this one that */
	send_stated(broker, 2, 7);
	expect_answer(client, "HTTP/1.1 200 ", "\"sessions\":7");
	expect_answer(other, "HTTP/1.1 200 ", "ok\n");
	rig_stop(&w.rig);
}
END_TEST

static void
send_slice(int broker, uint32_t first, uint32_t generation, int is_hidden)
{
	struct msg_stated stated;

	memset(&stated, 0, sizeof(stated));
	stated.number = 1;
	stated.generation = generation;
	stated.total = 9;
	stated.first = first;
	stated.count = first == 0 ? 8 : 1;
	stated.sessions[0] = (uint16_t)(70 + first);
	stated.hidden[0] = is_hidden ? 0xff : 0;
	ck_assert_int_eq(ipc_write_message(broker, MSG_STATED, &stated, -1), 0);
}

static const struct {
	uint32_t firsts[2];
	int is_hidden[2];
	uint32_t older; /* the second's configuration */
	const char *text;
} slices[] = {
    {{0, 8}, {0, 0}, 0, "\"sessions\":70,"},
    {{0, 8}, {0, 0}, 0, "\"sessions\":78,"},
    {{0, 8}, {1, 0}, 0, "{\"targets\":[\n{\"name\":\"lab9\""},
    {{0, 8}, {0, 1}, 0, "\"max_sessions\":0}\n]}\n"},
    {{0, 8}, {1, 1}, 0, "{\"targets\":[\n]}\n"},
    /* a list of one half, and none of the other, is no list */
    {{0, 8}, {0, 0}, 1, "\"sessions\":null"},
    {{8, 8}, {0, 0}, 0, "\"sessions\":null"},
};

START_TEST(worker_makes_one_list_of_all_slices)
{
	static const char *const nine[] = {"lab1", "lab2", "lab3", "lab4",
	    "lab5", "lab6", "lab7", "lab8", "lab9", NULL};
	int broker = start_with_broker(), client;
	uint32_t generation;

	w.targets = nine;
	worker_configure(&w);
	generation = w.rig.generation;
	client = client_that_asks(FIRST, TARGETS);
	expect_state(broker, 1);
	if (slices[_i].firsts[0] == 0) {
		send_slice(broker, 0, generation, slices[_i].is_hidden[0]);
		session_open_unanswered(broker, FIRST + 1);
		ck_assert_int_eq(recv(client, &any, 1, MSG_DONTWAIT), -1);
	}
	send_slice(
	    broker, 8, generation - slices[_i].older, slices[_i].is_hidden[1]);
	expect_answer(client, "HTTP/1.1 200 ", slices[_i].text);
	rig_stop(&w.rig);
}
END_TEST

/* ---- health ---- */

START_TEST(worker_is_healthy_while_the_broker_answers)
{
	int broker = start_with_broker(), client;

	client = client_that_asks(FIRST, HEALTH);
	expect_state(broker, 1);
	send_stated(broker, 1, 0);
	expect_answer(client, "HTTP/1.1 200 ", "ok\n");
	/* the connection goes on, with HEAD and with HTTP/1.0 */
	client_say(client, HEAD);
	expect_state(broker, 2);
	send_stated(broker, 2, 0);
	expect_head(client, "HTTP/1.1 200 ");
	client = client_that_asks(FIRST + 1, "GET /healthz HTTP/1.0\r\n\r\n");
	expect_state(broker, 3);
	send_stated(broker, 3, 0);
	expect_answer(client, "HTTP/1.1 200 ", "ok\n");
	rig_stop(&w.rig);
}
END_TEST

/* It hangs, or it has gone and no other comes. */
START_TEST(worker_is_not_healthy_without_a_broker_that_answers)
{
	int broker = start_with_broker(), client;
	const char *why = _i == 0 ? "does not answer" : "no broker";
	struct session s;

	if (_i == 1) {
		close(broker);
		worker_wait_unjoined(&w, 1);
	}
	client = client_that_asks(FIRST, HEALTH);
	expect_answer(client, "HTTP/1.1 503 ", why);
	client_say(client, HEALTH);
	expect_answer(client, "HTTP/1.1 503 ", why);
	client_say(client, HEAD);
	expect_head(client, "HTTP/1.1 503 ");
	if (_i == 0) {
		/* it goes on; what it opens shows that STATED was heard */
		broker_read(broker, MSG_STATE, &any);
		send_stated(broker, any.state.number, 0);
	} else {
		broker = rig_connect_worker(&w.rig, 0);
		broker_read(broker, MSG_HELD_END, &any);
	}
	session_open(&w, broker, FIRST + 1, &s);
	client = client_that_asks(FIRST + 2, HEALTH);
	broker_read(broker, MSG_STATE, &any);
	send_stated(broker, any.state.number, 0);
	expect_answer(client, "HTTP/1.1 200 ", "ok\n");
	rig_stop(&w.rig);
}
END_TEST

/* Its place is told, as that of any other is, before the LOAD. */
START_TEST(worker_refuses_a_client_whose_address_has_enough)
{
	static const char *const paths[] = {
	    "/", "/healthz", "/proxy?target=desk"};
	char asked[128];
	const char *answer;
	uint32_t i;
	int client;

	worker_start(&w);
	w.place = 7;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		client = worker_give_client(&w, FIRST + i, CLIENT_LIMITED);
		snprintf(asked, sizeof(asked),
		    "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", paths[i]);
		answer = client_http(client, asked);
		ck_assert_int_eq(strncmp(answer, "HTTP/1.1 429 ", 13), 0);
		ck_assert_ptr_nonnull(strstr(answer, "Retry-After: 5\r\n"));
		ck_assert_ptr_nonnull(strstr(answer, "Connection: close\r\n"));
		ck_assert(is_at_end(client));
		close(client);
		worker_wait_load(&w, i + 1, i + 1);
		ck_assert_uint_eq(w.left, i + 1);
	}
	w.place = 0;
	client = worker_give_client(&w, FIRST + i, 0);
	close(client);
	worker_wait_load(&w, i + 1, i + 1);
	ck_assert_uint_eq(w.left, i);
	rig_stop(&w.rig);
}
END_TEST

START_TEST(worker_is_not_healthy_when_it_is_full_or_ends)
{
	struct msg_drain drain = {30};
	int broker = start_with_broker(), client;

	if (_i == 0) {
		client = worker_give_client(&w, FIRST, CLIENT_CROWDED);
		client_say(client, HEALTH);
		expect_answer(client, "HTTP/1.1 503 ", "max-connections");
	} else {
		struct session s;

		session_open(&w, broker, FIRST, &s);
		worker_tell(&w, MSG_DRAIN, &drain, -1);
		client = client_that_asks(FIRST + 1, HEALTH);
		expect_answer(client, "HTTP/1.1 503 ", "is stopping");
	}
	rig_stop(&w.rig);
}
END_TEST

/* Who connects by plain HTTP hears that nobody can connect by TLS. */
START_TEST(worker_is_not_healthy_without_a_keeper_that_answers)
{
	struct tls_client held, waiting;
	struct msg_signature made;
	struct msg_sign sign;
	const char *answer;

	rig_begin(&secure, 60);
	held = rig_connect_well(&secure);
	/* there is no broker either: who is asked first, and is silent */
	answer = tls_ask(&held, HEALTH);
	ck_assert_ptr_nonnull(strstr(answer, "broker"));
	waiting = tls_begin(&secure);
	rig_read_sign(&secure, &waiting, &sign);
	do {
		answer = tls_ask(&held, HEALTH);
		ck_assert_int_eq(strncmp(answer, "HTTP/1.1 503 ", 13), 0);
	} while (strstr(answer, "the keeper, which signs") == NULL);
	made = rig_make_signature(&secure, &sign);
	rig_say_signed(&secure, &made);
	ck_assert_int_eq(tls_finish(&waiting), 1);
	ck_assert_ptr_nonnull(strstr(tls_ask(&held, HEALTH), "broker"));
	tls_end(&waiting);
	tls_end(&held);
	rig_end(&secure);
}
END_TEST

/* ---- sessions ---- */

START_TEST(worker_blames_itself_where_nobody_opens)
{
	int broker, client;

	broker = start_with_broker();
	w.settings.connect_timeout_sec = 1;
	worker_configure(&w);
	client = worker_give_client(&w, FIRST, 0);
	client_upgrade(client, "desk");
	if (_i == 1) {
		close(broker);
		worker_wait_unjoined(&w, 1);
	}
	ck_assert_uint_eq(client_closed(client, reason), 4581);
	ck_assert_str_eq(
	    reason, "the bridge can't open sessions at the moment");
	if (_i == 0) {
		broker_expect_open(broker, FIRST, "desk");
		broker_read(broker, MSG_CLOSED, &any);
	}
	rig_stop(&w.rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("worker state");
	TCase *tc = tcase_create("state");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, worker_asks_once_for_all_who_wait);
	tcase_add_test(tc, worker_tells_no_one_what_another_may_see);
	tcase_add_loop_test(tc, worker_makes_one_list_of_all_slices, 0,
	    sizeof(slices) / sizeof(slices[0]));
	tcase_add_test(tc, worker_asks_the_next_broker_for_those_who_wait);
	tcase_add_test(tc, worker_is_healthy_while_the_broker_answers);
	tcase_add_loop_test(
	    tc, worker_is_not_healthy_without_a_broker_that_answers, 0, 2);
	tcase_add_loop_test(
	    tc, worker_is_not_healthy_when_it_is_full_or_ends, 0, 2);
	tcase_add_test(tc, worker_refuses_a_client_whose_address_has_enough);
	tcase_add_test(tc, worker_is_not_healthy_without_a_keeper_that_answers);
	tcase_add_loop_test(tc, worker_blames_itself_where_nobody_opens, 0, 2);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
