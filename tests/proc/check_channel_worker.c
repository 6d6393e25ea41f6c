/* SPDX-License-Identifier: ISC */
/*
 * The worker with brokers that break each rule of their channel once, send
 * descriptors of any kind, and flood it: the worker tells the master, its
 * sessions go on, and who waits for a target is asked for again.
 */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/worker_rig.h"
#include "tests/proc/worker_rows.h"
#include "tests/unit/breach.h"

#define COUNT(a)     (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC     60
#define LATER	     100
#define PORTIONS     10
#define ROWS_MAX     64
#define PAGE_BYTES   4096
#define GROWTH_BYTES (16 * 1024 * 1024)

static struct breach breaches[BREACHES_MAX];
static struct worker_rig w;
static struct session held;
static union proto_any any;
static char reason[FRAME_MAX];
static int broker, waiting;

/* A session that relays, and a client that waits for its target. */
static void
start(void)
{
	worker_start(&w);
	broker = rig_connect_worker(&w.rig, 0);
	broker_read(broker, MSG_HELD_END, &any);
	session_open(&w, broker, WORKER_FIRST, &held);
	waiting = worker_give_client(&w, WORKER_WAITING, 0);
	client_upgrade(waiting, "desk");
	broker_expect_open(broker, WORKER_WAITING, "desk");
}

/* What was there at the start is there still, and is answered at last. */
static void
stop(void)
{
	session_check(&held);
	broker_opened(broker, WORKER_WAITING, 4502, "no such name", -1);
	ck_assert_uint_eq(client_closed(waiting, reason), 4502);
	ck_assert_str_eq(reason, "no such name");
	rig_stop(&w.rig);
}

/*
 * A new broker with a PEER of its own: it hears what the worker holds and
 * what it still waits for.
 */
static void
join(void)
{
	struct msg_peer peer = {
	    .fence = ++w.unjoined_fence, .role = ROLE_BROKER};
	int fds[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	rig_bound_waits(fds[0]);
	ck_assert_int_eq(
	    ipc_write_message(w.rig.master, MSG_PEER, &peer, fds[1]), 0);
	broker = fds[0];
	broker_read(broker, MSG_HELD, &any);
	ck_assert_uint_eq(any.held.conn_id, WORKER_FIRST);
	broker_read(broker, MSG_HELD_END, &any);
	ck_assert_uint_eq(any.held_end.count, 1);
	broker_expect_open(broker, WORKER_WAITING, "desk");
}

static void
expect_dropped(const char *what, uint32_t why)
{
	uint32_t fence = w.unjoined == 0 ? RIG_FENCE : w.unjoined_fence;

	broker_expect_closed(broker);
	close(broker);
	worker_wait_unjoined(&w, w.unjoined + 1);
	ck_assert_msg(
	    w.unjoined_fence == fence && w.unjoined_reason == why, "%s", what);
	session_check(&held);
	join();
}

START_TEST(worker_drops_a_broker_that_breaks_the_table)
{
	size_t i,
	    n = breach_list(ROLE_WORKER, ROLE_BROKER, PHASE_RUN, breaches);

	start();
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(breach_commit(&breaches[i], broker), 0);
		expect_dropped(breach_name(&breaches[i]),
		    breaches[i].kind == BREACH_EMPTY ? UNJOINED_LOST
						     : UNJOINED_NONSENSE);
	}
	ck_assert_uint_gt(n, MSG_TYPE_COUNT);
	stop();
}
END_TEST

/* ---- what the handlers forbid: worker_rows.c ---- */

START_TEST(worker_has_a_row_for_each_message_of_the_broker)
{
	enum msg_type types[ROWS_MAX];
	size_t i;

	ck_assert_uint_le(worker_row_count, ROWS_MAX);
	for (i = 0; i < worker_row_count; i++)
		types[i] = worker_rows[i].type;
	breach_check_rows(ROLE_WORKER, ROLE_BROKER, types, worker_row_count);
}
END_TEST

START_TEST(worker_drops_a_broker_that_says_what_cannot_be)
{
	size_t i, round;

	start();
	for (round = 0; round < 2; round++) {
		for (i = 0; i < worker_row_count; i++) {
			memset(&any, 0, sizeof(any));
			worker_rows[i].fill(&any);
			ck_assert_int_eq(
			    breach_say(broker, worker_rows[i].type, &any, -1),
			    0);
			if (worker_rows[i].is_passed)
				session_check(&held);
			else
				expect_dropped(
				    worker_rows[i].what, UNJOINED_NONSENSE);
		}
	}
	stop();
}
END_TEST

/* ---- descriptors of other kinds ---- */

static int
make_null(void)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

/* A regular file, which epoll refuses. */
static int
make_file(void)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	ck_assert_int_eq(ftruncate(fd, PAGE_BYTES), 0);
	return fd;
}

static int
make_pipe_end(int which)
{
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	close(fds[!which]);
	return fds[which];
}

static int
make_reader(void)
{
	return make_pipe_end(0);
}

static int
make_writer(void)
{
	return make_pipe_end(1);
}

static int
make_listener(void)
{
	uint16_t port = 0;

	return listen_on("127.0.0.1", &port);
}

/* The channel that it comes over. */
static int
make_channel(void)
{
	return fcntl(broker, F_DUPFD_CLOEXEC, 0);
}

static int
make_unconnected(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static int (*const makers[])(void) = {make_null, make_file, make_reader,
    make_writer, make_listener, make_channel, make_unconnected};

START_TEST(worker_ends_a_session_whose_target_is_no_connection)
{
	int client, file = make_file();

	/* a library's warning must not end the worker, wherever it goes */
	ck_assert_int_ne(dup2(file, STDERR_FILENO), -1);
	start();
	client = worker_give_client(&w, LATER, 0);
	client_upgrade(client, "desk");
	broker_expect_open(broker, LATER, "desk");
	broker_opened(broker, LATER, 0, "", makers[_i]());
	/* whatever it is, it greets nobody, and does not keep the worker */
	session_check(&held);
	close(client);
	broker_read(broker, MSG_CLOSED, &any);
	ck_assert_uint_eq(any.closed.conn_id, LATER);
	worker_wait_load(&w, 3, 1);
	stop();
}
END_TEST

/* ---- what a lost channel leads to ---- */

START_TEST(worker_tells_once_that_a_channel_is_lost)
{
	struct msg_peer peer = {.fence = RIG_FENCE + 1, .role = ROLE_BROKER};

	start();
	/* the descriptor got lost; then the old channel ends, too */
	ck_assert_int_eq(breach_say(w.rig.master, MSG_PEER, &peer, -1), 0);
	worker_wait_unjoined(&w, 1);
	ck_assert_uint_eq(w.unjoined_reason, UNJOINED_LOST);
	ck_assert_uint_eq(w.unjoined_fence, RIG_FENCE + 1);
	close(broker);
	session_check(&held);
	join();
	close(broker);
	worker_wait_unjoined(&w, 2);
	ck_assert_uint_eq(w.unjoined_fence, RIG_FENCE + 2);
	join();
	stop();
}
END_TEST

/* ---- floods ---- */

static const struct {
	enum msg_type type;
	breach_fill *fill;
	int has_fd;
} floods[] = {
    {MSG_OPENED, worker_fill_opened_nobody, 0},
    {MSG_OPENED, worker_fill_opened_nobody, 1},
    {MSG_STATED, worker_fill_stated_nobody, 0},
};

START_TEST(worker_serves_its_sessions_during_a_flood)
{
	uint64_t i, n = breach_flood();
	size_t before;

	start();
	memset(&any, 0, sizeof(any));
	floods[_i].fill(&any);
	before = breach_resident_bytes(w.rig.pid);
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(breach_say(broker, floods[_i].type, &any,
				     floods[_i].has_fd ? broker : -1),
		    0);
		if (i % (n / PORTIONS) == 0)
			session_check(&held);
	}
	session_check(&held);
	ck_assert_uint_lt(
	    breach_resident_bytes(w.rig.pid), before + GROWTH_BYTES);
	stop();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("channel-worker");
	TCase *tc = tcase_create("broker");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, worker_drops_a_broker_that_breaks_the_table);
	tcase_add_test(tc, worker_has_a_row_for_each_message_of_the_broker);
	tcase_add_test(tc, worker_drops_a_broker_that_says_what_cannot_be);
	tcase_add_loop_test(tc,
	    worker_ends_a_session_whose_target_is_no_connection, 0,
	    COUNT(makers));
	tcase_add_test(tc, worker_tells_once_that_a_channel_is_lost);
	tcase_add_loop_test(
	    tc, worker_serves_its_sessions_during_a_flood, 0, COUNT(floods));
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
