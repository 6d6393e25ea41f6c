/* SPDX-License-Identifier: ISC */
/*
 * The operator's socket with whoever may connect to it: each rule broken
 * once, floods, questions whose answer is not read, and no descriptors.
 */
#include <check.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "daemon/master/control.h"
#include "tests/unit/breach.h"

#define COUNT(a)      (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC      60
#define WAIT_MS	      10000
#define SHORT_MS      100 /* less than the pause of control.c */
#define INQUIRERS_MAX 16  /* control.c */
#define BACKLOG	      64
#define COOKIES_MAX   64

static struct {
	struct event_base *base;
	struct control *control;
	struct sockaddr_un address;
	socklen_t address_len;
	uint64_t cookies[COOKIES_MAX]; /* of the LISTs that were asked */
	unsigned lists;
	unsigned statuses;
	int has_no_broker;
} c;

static struct breach breaches[BREACHES_MAX];
static union proto_any any;

static void
fill_status(void *arg, struct msg_ctl_status_is *status)
{
	(void)arg;
	status->count = 1;
	c.statuses++;
}

static int
list(void *arg, const struct msg_list *ask)
{
	(void)arg;
	if (c.has_no_broker)
		return VB_ENOTFOUND;
	ck_assert_uint_lt(c.lists, COOKIES_MAX);
	c.cookies[c.lists++] = ask->cookie;
	return 0;
}

static const struct control_ops ops = {
    .fill_status = fill_status, .list = list};

/* On a name that the kernel chooses, outside of the file system. */
static void
start(void)
{
	int fd =
	    socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	signal(SIGPIPE, SIG_IGN);
	memset(&c, 0, sizeof(c));
	c.address.sun_family = AF_UNIX;
	c.address_len = sizeof(c.address);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&c.address,
			     sizeof(c.address.sun_family)),
	    0);
	ck_assert_int_eq(
	    getsockname(fd, (struct sockaddr *)&c.address, &c.address_len), 0);
	ck_assert_int_eq(listen(fd, BACKLOG), 0);
	ck_assert_ptr_nonnull(c.base = event_base_new());
	c.control = control_new(c.base, fd, &ops, NULL);
	ck_assert_ptr_nonnull(c.control);
}

static void
stop(void)
{
	control_free(c.control);
	event_base_free(c.base);
}

static void
run(void)
{
	int i;

	for (i = 0; i < 8; i++)
		event_base_loop(c.base, EVLOOP_NONBLOCK);
}

static int
dial(void)
{
	struct timeval tv = {.tv_sec = 1};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
	ck_assert_int_eq(
	    connect(fd, (struct sockaddr *)&c.address, c.address_len), 0);
	run();
	return fd;
}

/* True when the master has closed it. */
static int
is_closed(int fd)
{
	char byte;
	ssize_t n;

	do
		n = recv(fd, &byte, 1, MSG_DONTWAIT);
	while (n > 0);
	return n == 0 || errno == ECONNRESET;
}

static int
read_answer(int fd)
{
	int got;

	run();
	return ipc_read_message(fd, ROLE_CTL, ROLE_MASTER, &any, &got);
}

static void
ask(int fd, enum msg_type type)
{
	struct msg_ctl_sessions body = {.proto_version = PROTO_VERSION};

	/* both questions begin with the version */
	ck_assert_int_eq(breach_say(fd, type, &body, -1), 0);
	run();
}

static void
expect_status(int fd)
{
	ask(fd, MSG_CTL_STATUS);
	ck_assert_int_eq(read_answer(fd), MSG_CTL_STATUS_IS);
	ck_assert_uint_eq(any.ctl_status_is.count, 1);
}

/* ---- rules ---- */

START_TEST(control_closes_who_breaks_the_table)
{
	size_t i, n = breach_list(ROLE_MASTER, ROLE_CTL, PHASE_RUN, breaches);
	int fd, other;

	start();
	other = dial();
	ask(other, MSG_CTL_SESSIONS); /* is answered at the end */
	for (i = 0; i < n; i++) {
		fd = dial();
		ck_assert_int_eq(breach_commit(&breaches[i], fd), 0);
		run();
		ck_assert_msg(is_closed(fd), "%s", breach_name(&breaches[i]));
		close(fd);
	}
	ck_assert_uint_gt(n, MSG_TYPE_COUNT);
	ck_assert_uint_eq(c.statuses, 0);
	ck_assert_uint_eq(c.lists, 1);
	memset(&any, 0, sizeof(any));
	any.listed.cookie = c.cookies[0];
	control_on_listed(c.control, &any.listed);
	ck_assert_int_eq(read_answer(other), MSG_CTL_SESSIONS_ARE);
	close(other);
	stop();
}
END_TEST

START_TEST(control_has_a_row_for_each_message)
{
	/* each has a test of its own below */
	static const enum msg_type types[] = {MSG_CTL_STATUS, MSG_CTL_SESSIONS};

	breach_check_rows(ROLE_MASTER, ROLE_CTL, types, COUNT(types));
}
END_TEST

START_TEST(control_tells_another_version_nothing)
{
	int fd;

	start();
	fd = dial();
	ck_assert_int_eq(breach_say(fd, MSG_CTL_STATUS, NULL, -1), 0);
	ck_assert_int_eq(read_answer(fd), MSG_CTL_STATUS_IS);
	ck_assert_uint_eq(any.ctl_status_is.proto_version, PROTO_VERSION);
	ck_assert_uint_eq(any.ctl_status_is.count, 0);
	ck_assert_int_eq(breach_say(fd, MSG_CTL_SESSIONS, NULL, -1), 0);
	ck_assert_int_eq(read_answer(fd), MSG_CTL_SESSIONS_ARE);
	ck_assert_uint_eq(any.ctl_sessions_are.is_unavailable, 1);
	ck_assert_uint_eq(c.statuses + c.lists, 0);
	close(fd);
	stop();
}
END_TEST

START_TEST(control_takes_one_question_for_sessions_at_a_time)
{
	int fd, other;

	start();
	fd = dial();
	other = dial();
	ask(fd, MSG_CTL_SESSIONS);
	ask(other, MSG_CTL_SESSIONS);
	ask(fd, MSG_CTL_SESSIONS);
	ck_assert(is_closed(fd));
	/* the answer to who has gone is nobody's, and the other's its own */
	memset(&any, 0, sizeof(any));
	any.listed.cookie = c.cookies[0];
	control_on_listed(c.control, &any.listed);
	run();
	ck_assert(!is_closed(other));
	any.listed.cookie = c.cookies[1];
	any.listed.total = 7;
	control_on_listed(c.control, &any.listed);
	ck_assert_int_eq(read_answer(other), MSG_CTL_SESSIONS_ARE);
	ck_assert_uint_eq(any.ctl_sessions_are.listed.total, 7);
	/* without a broker, before and after the question */
	ask(other, MSG_CTL_SESSIONS);
	control_on_broker_lost(c.control);
	ck_assert_int_eq(read_answer(other), MSG_CTL_SESSIONS_ARE);
	ck_assert_uint_eq(any.ctl_sessions_are.is_unavailable, 1);
	c.has_no_broker = 1;
	ask(other, MSG_CTL_SESSIONS);
	ck_assert_int_eq(read_answer(other), MSG_CTL_SESSIONS_ARE);
	ck_assert_uint_eq(any.ctl_sessions_are.is_unavailable, 1);
	stop();
}
END_TEST

/* ---- floods and silence ---- */

START_TEST(control_closes_who_reads_no_answer_and_answers_the_next)
{
	unsigned asked = 0;
	int fd;

	start();
	fd = dial();
	/* an answer is larger than a question: the queue is full some time */
	while (asked < 10000 && breach_say(fd, MSG_CTL_STATUS, NULL, -1) == 0) {
		asked++;
		run();
	}
	ck_assert_uint_lt(asked, 10000);
	ck_assert_uint_gt(
	    asked, IPC_QUEUE_BYTES / 2 / sizeof(struct msg_ctl_status_is));
	close(fd);
	fd = dial();
	expect_status(fd);
	close(fd);
	stop();
}
END_TEST

START_TEST(control_answers_during_a_flood)
{
	uint64_t i, n = breach_flood();
	int fd, other;

	start();
	fd = dial();
	other = dial();
	for (i = 0; i < n; i++) {
		expect_status(fd);
		if (i % (n / 10) == 0)
			expect_status(other);
	}
	close(fd);
	close(other);
	stop();
}
END_TEST

START_TEST(control_bounds_how_many_ask_and_serves_again_when_they_leave)
{
	int silent[INQUIRERS_MAX], fd, i;

	start();
	for (i = 0; i < INQUIRERS_MAX; i++) {
		silent[i] = dial();
		ck_assert(!is_closed(silent[i]));
	}
	fd = dial();
	ck_assert(is_closed(fd));
	close(fd);
	expect_status(silent[0]);
	close(silent[1]);
	run();
	fd = dial();
	expect_status(fd);
	close(fd);
	for (i = 0; i < INQUIRERS_MAX; i++)
		if (i != 1)
			close(silent[i]);
	stop();
}
END_TEST

/* ---- no descriptors ---- */

static void
on_timer_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(int *)arg = 1;
}

/* Lets this process open nothing more; returns the limit of before. */
static struct rlimit
exhaust_descriptors(void)
{
	struct rlimit before, none;
	int fd = dup(STDERR_FILENO);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = (rlim_t)fd;
	close(fd);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	return before;
}

START_TEST(control_without_descriptors_pauses_and_goes_on)
{
	struct timeval soon = clock_timeval(SHORT_MS);
	uint64_t end_ms = clock_now_ms() + WAIT_MS;
	struct event timer;
	struct rlimit before;
	int fd, is_over = 0;

	start();
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(
	    connect(fd, (struct sockaddr *)&c.address, c.address_len), 0);
	ck_assert_int_eq(breach_say(fd, MSG_CTL_STATUS, NULL, -1), 0);
	/* a test that fails now could not say so: none does */
	before = exhaust_descriptors();
	/* accept finds none; one pass, since a loop that spins has no end */
	event_base_loop(c.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	/* nothing spins: the next that happens is the timer's end */
	ck_assert_int_eq(
	    event_assign(&timer, c.base, -1, 0, on_timer_cb, &is_over), 0);
	ck_assert_int_eq(event_add(&timer, &soon), 0);
	event_base_loop(c.base, EVLOOP_ONCE);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_int_eq(is_over, 1);
	ck_assert_uint_eq(c.statuses, 0);
	/* who has waited is served when there are some again */
	while (recv(fd, &is_over, 1, MSG_PEEK | MSG_DONTWAIT) <= 0) {
		ck_assert_uint_lt(clock_now_ms(), end_ms);
		event_base_loop(c.base, EVLOOP_ONCE);
	}
	ck_assert_int_eq(read_answer(fd), MSG_CTL_STATUS_IS);
	close(fd);
	stop();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("control");
	TCase *tc = tcase_create("control");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, control_closes_who_breaks_the_table);
	tcase_add_test(tc, control_has_a_row_for_each_message);
	tcase_add_test(tc, control_tells_another_version_nothing);
	tcase_add_test(tc, control_takes_one_question_for_sessions_at_a_time);
	tcase_add_test(
	    tc, control_closes_who_reads_no_answer_and_answers_the_next);
	tcase_add_test(tc, control_answers_during_a_flood);
	tcase_add_test(
	    tc, control_bounds_how_many_ask_and_serves_again_when_they_leave);
	tcase_add_test(tc, control_without_descriptors_pauses_and_goes_on);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
