/* SPDX-License-Identifier: ISC */
/*
 * The worker with brokers that answer, that lie, and that are replaced.
 * The worker lives through all of it, and its sessions go on.
 */
#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "worker/parse/frame.h"
#include "common/ipc.h"
#include "tests/proc/worker_rig.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC   30
#define FIRST	   1 /* conn ids */
#define SECOND	   2
#define WAITING	   3
#define NOBODY_ID  4711
#define FLOOD	   20000
#define LAST_WORDS 200	 /* frames: more than a small socket buffer takes */
#define LET_GO_MS  10000 /* far beyond what a client has to leave */

static struct worker_rig w;
static char reason[FRAME_MAX];
static union proto_any any;

/* A worker with one broker; returns the broker's end. */
static int
start_with_broker(void)
{
	int broker;

	worker_start(&w);
	broker = rig_connect_worker(&w.rig, 0);
	broker_read(broker, MSG_HELD_END, &any);
	ck_assert_uint_eq(any.held_end.count, 0);
	return broker;
}

/* A client that has its 101, and for which the broker was asked. */
static int
ask(int broker, uint64_t conn_id)
{
	int client = worker_give_client(&w, conn_id, 0);

	client_upgrade(client, "desk");
	broker_expect_open(broker, conn_id, "desk");
	return client;
}

/* A descriptor for OPENED whose other end is returned. */
static int
make_target(int *fd)
{
	int fds[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	rig_bound_waits(fds[0]);
	*fd = fds[1];
	return fds[0];
}

/* ---- answers ---- */

START_TEST(worker_asks_once_and_tells_the_count_at_the_end)
{
	int broker = start_with_broker();
	struct session s;

	session_open(&w, broker, FIRST, &s);
	session_check(&s);
	broker_expect_silence(broker);
	close(s.target);
	ck_assert_uint_eq(client_closed(s.client, reason), WS_CLOSE_NORMAL);
	broker_read(broker, MSG_CLOSED, &any);
	ck_assert_uint_eq(any.closed.conn_id, FIRST);
	ck_assert_uint_eq(
	    any.closed.to_client_bytes, strlen("RFB 003.008\npicture"));
	ck_assert_uint_eq(any.closed.to_target_bytes, strlen("key"));
	worker_wait_load(&w, 1, 1);
	rig_stop(&w.rig);
}
END_TEST

static const struct {
	uint32_t code;
	const char *reason;
	int has_fd;
	unsigned told;
	const char *told_reason;
} answers[] = {
    {4510, "in use by 192.0.2.8 since 10:00", 0, 4510,
	"in use by 192.0.2.8 since 10:00"},
    {4520, "not allowed", 0, 4520, "not allowed"},
    {4502, "", 0, 4502, ""},
    /* a descriptor that should not be there */
    {4500, "refused", 1, 4500, "refused"},
    /* one that got lost on its way */
    {0, "", 0, 4500, "the bridge is out of descriptors"},
};

START_TEST(worker_passes_code_and_reason_on)
{
	int broker = start_with_broker(), client = ask(broker, FIRST);
	int fd = -1, target = answers[_i].has_fd ? make_target(&fd) : -1;

	broker_opened(broker, FIRST, answers[_i].code, answers[_i].reason, fd);
	ck_assert_uint_eq(client_closed(client, reason), answers[_i].told);
	ck_assert_str_eq(reason, answers[_i].told_reason);
	if (target != -1)
		ck_assert(is_at_end(target));
	ck_assert(is_at_end(client));
	worker_wait_load(&w, 1, 1);
	rig_stop(&w.rig);
}
END_TEST

/* It has no such settings: never in plain instead. */
START_TEST(worker_does_not_join_by_settings_that_it_does_not_know)
{
	int broker = start_with_broker(), client = ask(broker, FIRST);
	int fd, target = make_target(&fd);
	struct msg_opened opened;

	memset(&opened, 0, sizeof(opened));
	opened.conn_id = FIRST;
	opened.tls_id = 1;
	ck_assert_int_eq(ipc_write_message(broker, MSG_OPENED, &opened, fd), 0);
	ck_assert_uint_eq(client_closed(client, reason), 4580);
	ck_assert_str_eq(reason, "the bridge is being reloaded");
	ck_assert(is_at_end(target));
	broker_read(broker, MSG_CLOSED, &any);
	ck_assert_uint_eq(any.closed.to_target_bytes, 0);
	rig_stop(&w.rig);
}
END_TEST

START_TEST(worker_closes_what_it_did_not_ask_for)
{
	int broker = start_with_broker(), fd, target;
	struct session s;

	session_open(&w, broker, FIRST, &s);
	/* for nobody, and once more for one that has its target */
	target = make_target(&fd);
	broker_opened(broker, NOBODY_ID, 0, "", fd);
	ck_assert(is_at_end(target));
	broker_read(broker, MSG_CLOSED, &any);
	target = make_target(&fd);
	broker_opened(broker, FIRST, 0, "", fd);
	ck_assert(is_at_end(target));
	broker_opened(broker, FIRST, 4513, "too late", -1);
	session_check(&s);
	broker_expect_silence(broker);
	rig_stop(&w.rig);
}
END_TEST

START_TEST(worker_tells_the_broker_that_a_client_did_not_wait)
{
	int broker = start_with_broker(), client = ask(broker, FIRST);
	int fd, target = make_target(&fd);

	close(client);
	broker_read(broker, MSG_CLOSED, &any);
	ck_assert_uint_eq(any.closed.conn_id, FIRST);
	ck_assert_uint_eq(any.closed.is_early, 1);
	/* the answer was on its way */
	broker_opened(broker, FIRST, 0, "", fd);
	ck_assert(is_at_end(target));
	broker_read(broker, MSG_CLOSED, &any);
	ck_assert_uint_eq(any.closed.conn_id, FIRST);
	ck_assert_uint_eq(any.closed.is_early, 0);
	worker_wait_load(&w, 1, 1);
	rig_stop(&w.rig);
}
END_TEST

/* ---- the state of configured targets ---- */

static const char *const names[] = {"lab1", "lab2", NULL};

static int
ask_state(int broker, uint64_t conn_id, uint64_t number)
{
	int client = worker_give_client(&w, conn_id, 0);

	client_say(client, "GET /api/targets HTTP/1.1\r\nHost: h\r\n\r\n");
	broker_read(broker, MSG_STATE, &any);
	ck_assert_uint_eq(any.state.number, number);
	return client;
}

static void
send_stated(int broker, uint64_t number, uint32_t generation)
{
	struct msg_stated stated;

	memset(&stated, 0, sizeof(stated));
	stated.number = number;
	stated.generation = generation;
	stated.total = stated.count = 2;
	stated.sessions[0] = 7;
	stated.sessions[1] = 9;
	ck_assert_int_eq(ipc_write_message(broker, MSG_STATED, &stated, -1), 0);
}

START_TEST(worker_answers_with_the_state_it_asked_for)
{
	int broker, client;
	const char *answer;

	broker = start_with_broker();
	w.targets = names;
	worker_configure(&w);
	/* nobody asked yet: it is passed over */
	send_stated(broker, 1, 2);
	client = ask_state(broker, FIRST, 1);
	send_stated(broker, NOBODY_ID, 2);
	send_stated(broker, 1, _i == 0 ? 2 : 1);
	answer = client_http(client, "");
	ck_assert_ptr_nonnull(strstr(answer, "\"name\":\"lab2\""));
	/* the counts of another generation are of other targets */
	ck_assert_ptr_nonnull(
	    strstr(answer, _i == 0 ? "\"sessions\":9" : "\"sessions\":null"));
	/* the connection takes another request */
	ck_assert_ptr_nonnull(strstr(
	    client_http(client, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
	    "the start page"));
	rig_stop(&w.rig);
}
END_TEST

START_TEST(worker_answers_without_the_state_when_no_broker_does)
{
	int broker, client;

	broker = start_with_broker();
	w.targets = names;
	worker_configure(&w);
	client = ask_state(broker, FIRST, 1);
	if (_i == 1)
		close(broker);
	ck_assert_ptr_nonnull(
	    strstr(client_http(client, ""), "\"sessions\":null"));
	rig_stop(&w.rig);
}
END_TEST

/* ---- another broker ---- */

static void
expect_held(int broker, uint64_t conn_id)
{
	broker_read(broker, MSG_HELD, &any);
	ck_assert_uint_eq(any.held.conn_id, conn_id);
	/* as OPENED gave it, not as the client wrote it */
	ck_assert_str_eq(any.held.target, "desk:5901");
	ck_assert_uint_eq(any.held.addr.port, 5901);
	ck_assert_uint_gt(any.held.since_sec, 0);
}

START_TEST(worker_tells_a_new_broker_what_it_holds_and_asks_again)
{
	int broker = start_with_broker(), client;
	struct session first, second;

	session_open(&w, broker, FIRST, &first);
	session_open(&w, broker, SECOND, &second);
	client = ask(broker, WAITING);
	/* the old one dies, or lives on: the new one counts */
	if (_i == 0)
		close(broker);
	session_check(&first);
	broker = rig_connect_worker(&w.rig, 0);
	expect_held(broker, FIRST);
	expect_held(broker, SECOND);
	broker_read(broker, MSG_HELD_END, &any);
	ck_assert_uint_eq(any.held_end.count, 2);
	broker_expect_open(broker, WAITING, "desk");
	broker_expect_silence(broker);
	broker_opened(broker, WAITING, 4501, "no answer", -1);
	ck_assert_uint_eq(client_closed(client, reason), 4501);
	session_check(&second);
	rig_stop(&w.rig);
}
END_TEST

START_TEST(worker_keeps_new_sessions_waiting_while_there_is_no_broker)
{
	int broker, client;
	struct session s;

	worker_start(&w);
	client = worker_give_client(&w, FIRST, 0);
	client_upgrade(client, "desk");
	broker = rig_connect_worker(&w.rig, 0);
	broker_read(broker, MSG_HELD_END, &any);
	ck_assert_uint_eq(any.held_end.count, 0);
	broker_expect_open(broker, FIRST, "desk");
	broker_expect_silence(broker); /* a second OPEN would be a breach */
	/* one that ends without a broker is held by nobody later */
	close(broker);
	close(client);
	worker_wait_load(&w, 1, 1);
	broker = rig_connect_worker(&w.rig, 0);
	broker_read(broker, MSG_HELD_END, &any);
	ck_assert_uint_eq(any.held_end.count, 0);
	session_open(&w, broker, SECOND, &s);
	rig_stop(&w.rig);
}
END_TEST

/* ---- a broker that breaks the rules ---- */

struct lie {
	enum msg_type type;
	ssize_t extra; /* bytes over the right size */
	uint32_t zero; /* the head's */
	int has_fd;
	int fills; /* the body is of 0xff */
};

static const struct lie lies[] = {
    {.type = MSG_OPENED, .extra = 1},
    {.type = MSG_OPENED, .extra = -1},
    {.type = MSG_OPENED, .zero = 1},
    {.type = MSG_OPENED, .fills = 1}, /* texts without an end */
    {.type = MSG_STATED, .has_fd = 1},
    {.type = MSG_STATED, .fills = 1}, /* more targets than there can be */
    {.type = MSG_STATED, .extra = -1},
    {.type = MSG_NONE},
    {.type = MSG_TYPE_COUNT},
    {.type = MSG_CLIENT, .has_fd = 1}, /* the master's to say */
    {.type = MSG_CONF_START},
    {.type = MSG_DRAIN},
    {.type = MSG_OPEN}, /* its own */
    {.type = MSG_READY},
};

static void
tell_lie(int broker, const struct lie *lie)
{
	struct {
		struct msg_head head;
		union proto_any body;
		char surplus;
	} datagram;
	const struct proto_row *row = proto_row(lie->type);
	size_t len = sizeof(datagram.head);

	memset(&datagram, lie->fills ? 0xff : 0, sizeof(datagram));
	datagram.head.type = lie->type;
	datagram.head.zero = lie->zero;
	len += row == NULL ? 8 : row->body_size;
	ck_assert_int_eq(
	    rig_send_raw(broker, &datagram, (size_t)((ssize_t)len + lie->extra),
		lie->has_fd ? broker : -1),
	    0);
}

START_TEST(worker_drops_a_broker_that_breaks_a_rule_and_lives)
{
	int broker = start_with_broker(), round;
	struct session s;

	session_open(&w, broker, FIRST, &s);
	for (round = 0; round < 2; round++) {
		tell_lie(broker, &lies[_i]);
		broker_expect_closed(broker);
		close(broker);
		/* the master is told, and gives it another one */
		worker_wait_unjoined(&w, 1);
		ck_assert_uint_eq(w.unjoined_reason, UNJOINED_NONSENSE);
		session_check(&s);
		broker = rig_connect_worker(&w.rig, 0);
		expect_held(broker, FIRST);
		broker_read(broker, MSG_HELD_END, &any);
		ck_assert_uint_eq(any.held_end.count, 1);
	}
	session_open(&w, broker, SECOND, &s);
	session_check(&s);
	rig_stop(&w.rig);
}
END_TEST

static const uint32_t no_codes[] = {
    1, 999, 1005, 1006, 3999, 5000, 65536 + 4500, UINT32_MAX};

START_TEST(worker_takes_no_code_that_is_not_the_brokers_to_say)
{
	int broker = start_with_broker();

	ask(broker, FIRST);
	broker_opened(broker, FIRST, no_codes[_i], "?", -1);
	broker_expect_closed(broker);
	broker = rig_connect_worker(&w.rig, 0);
	broker_read(broker, MSG_HELD_END, &any);
	broker_expect_open(broker, FIRST, "desk");
	rig_stop(&w.rig);
}
END_TEST

START_TEST(worker_lives_through_a_flood_of_answers)
{
	int broker = start_with_broker(), i;
	struct session s;

	session_open(&w, broker, FIRST, &s);
	for (i = 0; i < FLOOD; i++)
		broker_opened(broker, NOBODY_ID, 4500, "", -1);
	session_check(&s);
	rig_stop(&w.rig);
}
END_TEST

/* RFC 6455, 7.1.1; and that the client won't leave is not the target's loss. */
START_TEST(worker_delivers_last_words_after_the_client_was_let_go)
{
	int broker = start_with_broker(), client = ask(broker, FIRST);
	int small = 1, fd, target = make_target(&fd), i;
	struct pollfd pfd = {.fd = client, .events = 0};
	static char data[WS_CONTROL_MAX];
	size_t got = 0, len;
	ssize_t n;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	ck_assert_int_ne(fcntl(fd, F_SETFL, O_NONBLOCK), -1);
	broker_opened(broker, FIRST, 0, "", fd);
	client_say(target, "RFB 003.008\n");
	ck_assert_uint_eq(client_read(client, reason, &len), WS_BINARY);
	for (i = 0; i < LAST_WORDS; i++)
		client_send(client, WS_BINARY, data, sizeof(data));
	client_send(client, WS_CLOSE, "\x03\xe8", 2);
	ck_assert_uint_eq(client_read(client, reason, &len), WS_CLOSE);
	/* it stays, until the worker has closed both directions */
	ck_assert_int_eq(poll(&pfd, 1, LET_GO_MS), 1);
	ck_assert_int_ne(pfd.revents & POLLHUP, 0);
	while ((n = recv(target, reason, sizeof(reason), 0)) > 0)
		got += (size_t)n;
	ck_assert_int_eq(n, 0);
	ck_assert_uint_eq(got, LAST_WORDS * sizeof(data));
	close(target);
	rig_stop(&w.rig);
}
END_TEST

static Suite *
worker_broker_suite(void)
{
	Suite *suite = suite_create("worker-broker");
	TCase *tc = tcase_create("worker-broker");

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, worker_asks_once_and_tells_the_count_at_the_end);
	tcase_add_loop_test(
	    tc, worker_passes_code_and_reason_on, 0, COUNT(answers));
	tcase_add_test(
	    tc, worker_does_not_join_by_settings_that_it_does_not_know);
	tcase_add_test(tc, worker_closes_what_it_did_not_ask_for);
	tcase_add_test(tc, worker_tells_the_broker_that_a_client_did_not_wait);
	tcase_add_loop_test(
	    tc, worker_answers_with_the_state_it_asked_for, 0, 2);
	tcase_add_loop_test(
	    tc, worker_answers_without_the_state_when_no_broker_does, 0, 2);
	tcase_add_loop_test(
	    tc, worker_tells_a_new_broker_what_it_holds_and_asks_again, 0, 2);
	tcase_add_test(
	    tc, worker_keeps_new_sessions_waiting_while_there_is_no_broker);
	tcase_add_loop_test(tc,
	    worker_drops_a_broker_that_breaks_a_rule_and_lives, 0, COUNT(lies));
	tcase_add_loop_test(tc,
	    worker_takes_no_code_that_is_not_the_brokers_to_say, 0,
	    COUNT(no_codes));
	tcase_add_test(tc, worker_lives_through_a_flood_of_answers);
	tcase_add_test(
	    tc, worker_delivers_last_words_after_the_client_was_let_go);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(worker_broker_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
