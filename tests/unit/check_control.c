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
#include "daemon/master/control/inquirer.h"
#include "tests/unit/breach.h"
#include "tests/unit/control_rig.h"

#define COUNT(a)      (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC      60
#define WAIT_MS	      10000
#define SHORT_MS      100  /* less than the pause of control.c */
#define INQUIRERS_MAX 16   /* control.c */
#define VERSION_WORDS 8192 /* more than any message has */

static struct breach breaches[BREACHES_MAX];

/* ---- rules ---- */

static void
expect_unknown(int fd, uint32_t type)
{
	ck_assert_int_eq(rig_read_answer(fd), MSG_CTL_UNKNOWN);
	ck_assert_uint_eq(rig_any.ctl_unknown.type, type);
	ck_assert_uint_eq(rig_any.ctl_unknown.proto_version, PROTO_VERSION);
	ck_assert_str_eq(rig_any.ctl_unknown.version, PACKAGE_VERSION);
	rig_expect_status(fd); /* and it goes on */
	ck_assert(!rig_is_closed(fd));
}

START_TEST(control_closes_who_breaks_the_table)
{
	size_t i, n = breach_list(ROLE_MASTER, ROLE_CTL, PHASE_RUN, breaches);
	int fd, other;

	rig_start();
	other = rig_dial();
	rig_ask(other, MSG_CTL_SESSIONS); /* is answered at the end */
	for (i = 0; i < n; i++) {
		fd = rig_dial();
		ck_assert_int_eq(breach_commit(&breaches[i], fd), 0);
		rig_run();
		/* what it does not know, a later version may have */
		if (breaches[i].kind == BREACH_SENDER ||
		    (breaches[i].kind == BREACH_UNKNOWN &&
			breaches[i].type != MSG_NONE))
			expect_unknown(fd, breaches[i].type);
		else
			ck_assert_msg(
			    rig_is_closed(fd), "%s", breach_name(&breaches[i]));
		close(fd);
	}
	ck_assert_uint_gt(n, MSG_TYPE_COUNT);
	ck_assert_uint_eq(rig.lists, 1);
	ck_assert_uint_eq(rig.stops + rig.rereads + rig.goes, 0);
	memset(&rig_any, 0, sizeof(rig_any));
	rig_any.listed.cookie = rig.cookies[0];
	control_on_listed(rig.control, &rig_any.listed);
	ck_assert_int_eq(rig_read_answer(other), MSG_CTL_SESSIONS_ARE);
	close(other);
	rig_stop();
}
END_TEST

START_TEST(control_has_a_row_for_each_message)
{
	/* each has a test of its own below, in check_upload.c, in
	 * check_control_logins.c, check_control_why.c,
	 * check_control_metrics.c, or check_control_orders.c */
	static const enum msg_type types[] = {MSG_CTL_STATUS, MSG_CTL_SESSIONS,
	    MSG_CTL_CERTS, MSG_CTL_RELOAD, MSG_CTL_RELOAD_TEXT,
	    MSG_CTL_RELOAD_LISTENER, MSG_CTL_RELOAD_PAGES, MSG_CTL_RELOAD_FILE,
	    MSG_CTL_RELOAD_END, MSG_CTL_STOP, MSG_CTL_REREAD, MSG_CTL_LOGINS,
	    MSG_CTL_LOGOUT, MSG_CTL_WHY, MSG_CTL_RELOAD_AUDIT, MSG_CTL_METRICS,
	    MSG_CTL_ORDER, MSG_CTL_TARGETS};

	breach_check_rows(ROLE_MASTER, ROLE_CTL, types, COUNT(types));
}
END_TEST

/* Sends a lasting message of len bytes, the first of which are version. */
static void
say_of_version(int fd, enum msg_type type, uint32_t version, size_t len)
{
	static struct {
		struct msg_head head;
		uint32_t words[VERSION_WORDS];
	} datagram;

	memset(&datagram, 0, sizeof(datagram));
	datagram.head.type = type;
	datagram.words[0] = version;
	/* fields that are not known here */
	memset(&datagram.words[VERSION_WORDS / 2], 0xff,
	    sizeof(datagram.words) / 2);
	ck_assert_int_eq(send(fd, &datagram, sizeof(datagram.head) + len, 0),
	    sizeof(datagram.head) + len);
	rig_run();
}

static const uint32_t versions[] = {
    0, PROTO_VERSION - 1, PROTO_VERSION + 1, UINT32_MAX};

START_TEST(control_understands_what_lasts_from_another_version)
{
	const size_t lens[] = {sizeof(uint32_t), 5, sizeof(uint32_t) * 3,
	    sizeof(uint32_t) * VERSION_WORDS};
	size_t i;
	int fd;

	rig_start();
	for (i = 0; i < COUNT(lens); i++) {
		fd = rig_dial();
		say_of_version(fd, MSG_CTL_STATUS, versions[_i], lens[i]);
		ck_assert_int_eq(rig_read_answer(fd), MSG_CTL_STATUS_IS);
		ck_assert_uint_eq(
		    rig_any.ctl_status_is.proto_version, PROTO_VERSION);
		ck_assert_uint_eq(rig_any.ctl_status_is.count, 1);
		say_of_version(fd, MSG_CTL_CERTS, versions[_i], lens[i]);
		ck_assert_int_eq(rig_read_answer(fd), MSG_CTL_CERTS_ARE);
		ck_assert_uint_eq(rig_any.ctl_certs_are.total, 2);
		say_of_version(fd, MSG_CTL_STOP, versions[_i], lens[i]);
		ck_assert_int_eq(rig_read_answer(fd), MSG_CTL_STOPPING);
		ck_assert_uint_eq(rig_any.ctl_stopping.code, CTL_DONE);
		ck_assert_uint_eq(rig.stops, i + 1);
		close(fd);
		rig_run();
	}
	rig_stop();
}
END_TEST

START_TEST(control_rereads_for_another_version_and_takes_no_bundle_of_it)
{
	static struct msg_ctl_reloaded done = {.generation = 8};
	int fd, other;

	rig_start();
	fd = rig_dial();
	say_of_version(fd, MSG_CTL_RELOAD, versions[_i], sizeof(uint32_t));
	ck_assert_int_eq(rig_read_answer(fd), MSG_CTL_RELOAD_GO);
	ck_assert_uint_eq(rig_any.ctl_reload_go.proto_version, PROTO_VERSION);
	ck_assert_uint_eq(rig_any.ctl_reload_go.code, CTL_FAILED);
	ck_assert_uint_eq(rig.goes, 0);
	say_of_version(fd, MSG_CTL_REREAD, versions[_i], sizeof(uint32_t));
	ck_assert_uint_eq(rig.rereads, 1);
	ck_assert_str_eq(rig.file, "");
	/* one at a time, whoever wants it */
	other = rig_dial();
	say_of_version(other, MSG_CTL_REREAD, versions[_i], sizeof(uint32_t));
	ck_assert_int_eq(rig_read_answer(other), MSG_CTL_RELOADED);
	ck_assert_uint_eq(rig_any.ctl_reloaded.code, CTL_BUSY);
	control_on_reloaded(rig.control, &done);
	ck_assert_int_eq(rig_read_answer(fd), MSG_CTL_RELOADED);
	ck_assert_uint_eq(rig_any.ctl_reloaded.proto_version, PROTO_VERSION);
	ck_assert_uint_eq(rig_any.ctl_reloaded.generation, 8);
	/* asked twice without waiting, or for a name without an end */
	say_of_version(fd, MSG_CTL_REREAD, versions[_i], sizeof(uint32_t));
	say_of_version(fd, MSG_CTL_REREAD, versions[_i], sizeof(uint32_t));
	ck_assert(rig_is_closed(fd));
	memset(&rig_any, 'x', sizeof(rig_any.ctl_reread));
	ck_assert_int_eq(breach_say(other, MSG_CTL_REREAD, &rig_any, -1), 0);
	rig_run();
	ck_assert(rig_is_closed(other));
	ck_assert_uint_eq(rig.rereads, 2);
	close(fd);
	close(other);
	rig_stop();
}
END_TEST

START_TEST(control_tells_another_version_no_sessions)
{
	int fd;

	rig_start();
	fd = rig_dial();
	say_of_version(fd, MSG_CTL_SESSIONS, versions[_i], sizeof(uint32_t));
	ck_assert_int_eq(rig_read_answer(fd), MSG_CTL_SESSIONS_ARE);
	ck_assert_uint_eq(
	    rig_any.ctl_sessions_are.proto_version, PROTO_VERSION);
	ck_assert_uint_eq(rig_any.ctl_sessions_are.is_unavailable, 1);
	ck_assert_uint_eq(rig.lists, 0);
	close(fd);
	rig_stop();
}
END_TEST

START_TEST(control_takes_one_question_for_sessions_at_a_time)
{
	int fd, other;

	rig_start();
	fd = rig_dial();
	other = rig_dial();
	rig_ask(fd, MSG_CTL_SESSIONS);
	rig_ask(other, MSG_CTL_SESSIONS);
	rig_ask(fd, MSG_CTL_SESSIONS);
	ck_assert(rig_is_closed(fd));
	/* the answer to who has gone is nobody's, and the other's its own */
	memset(&rig_any, 0, sizeof(rig_any));
	rig_any.listed.cookie = rig.cookies[0];
	control_on_listed(rig.control, &rig_any.listed);
	rig_run();
	ck_assert(!rig_is_closed(other));
	rig_any.listed.cookie = rig.cookies[1];
	rig_any.listed.total = 7;
	control_on_listed(rig.control, &rig_any.listed);
	ck_assert_int_eq(rig_read_answer(other), MSG_CTL_SESSIONS_ARE);
	ck_assert_uint_eq(rig_any.ctl_sessions_are.listed.total, 7);
	/* without a broker, before and after the question */
	rig_ask(other, MSG_CTL_SESSIONS);
	control_on_lost(rig.control, ROLE_BROKER);
	ck_assert_int_eq(rig_read_answer(other), MSG_CTL_SESSIONS_ARE);
	ck_assert_uint_eq(rig_any.ctl_sessions_are.is_unavailable, 1);
	rig.has_no_broker = 1;
	rig_ask(other, MSG_CTL_SESSIONS);
	ck_assert_int_eq(rig_read_answer(other), MSG_CTL_SESSIONS_ARE);
	ck_assert_uint_eq(rig_any.ctl_sessions_are.is_unavailable, 1);
	rig_stop();
}
END_TEST

/* ---- floods and silence ---- */

/* Who asks and leaves, again and again, leaves a LIST each with the broker. */
START_TEST(control_bounds_the_lists_that_the_broker_owes)
{
	unsigned most;
	int fd;

	rig_start();
	do {
		most = rig.lists;
		fd = rig_dial();
		rig_ask(fd, MSG_CTL_SESSIONS);
		rig_run();
		close(fd);
		rig_run();
	} while (rig.lists > most && most < COOKIES_MAX - 2);
	ck_assert_uint_eq(most, 16);
	fd = rig_dial();
	rig_ask(fd, MSG_CTL_SESSIONS);
	ck_assert_int_eq(rig_read_answer(fd), MSG_CTL_SESSIONS_ARE);
	ck_assert_uint_eq(rig_any.ctl_sessions_are.is_unavailable, 1);
	/* one answer makes room for one question; the broker's end for all */
	memset(&rig_any, 0, sizeof(rig_any));
	rig_any.listed.cookie = rig.cookies[0];
	control_on_listed(rig.control, &rig_any.listed);
	rig_ask(fd, MSG_CTL_SESSIONS);
	rig_run();
	ck_assert_uint_eq(rig.lists, most + 1);
	control_on_lost(rig.control, ROLE_BROKER);
	ck_assert_int_eq(rig_read_answer(fd), MSG_CTL_SESSIONS_ARE);
	rig_ask(fd, MSG_CTL_SESSIONS);
	rig_run();
	ck_assert_uint_eq(rig.lists, most + 2);
	close(fd);
	rig_stop();
}
END_TEST

START_TEST(control_closes_who_reads_no_answer_and_answers_the_next)
{
	unsigned asked = 0;
	int fd;

	rig_start();
	fd = rig_dial();
	/* an answer is larger than a question: the queue is full some time */
	while (asked < 10000 && breach_say(fd, MSG_CTL_STATUS, NULL, -1) == 0) {
		asked++;
		rig_run();
	}
	ck_assert_uint_lt(asked, 10000);
	ck_assert_uint_gt(
	    asked, IPC_QUEUE_BYTES / 2 / sizeof(struct msg_ctl_status_is));
	close(fd);
	fd = rig_dial();
	rig_expect_status(fd);
	close(fd);
	rig_stop();
}
END_TEST

START_TEST(control_answers_during_a_flood)
{
	uint64_t i, n = breach_flood();
	int fd, other;

	rig_start();
	fd = rig_dial();
	other = rig_dial();
	for (i = 0; i < n; i++) {
		rig_expect_status(fd);
		if (i % (n / 10) == 0)
			rig_expect_status(other);
	}
	close(fd);
	close(other);
	rig_stop();
}
END_TEST

START_TEST(control_bounds_how_many_ask_and_serves_again_when_they_leave)
{
	int silent[INQUIRERS_MAX], fd, i;

	rig_start();
	for (i = 0; i < INQUIRERS_MAX; i++) {
		silent[i] = rig_dial();
		ck_assert(!rig_is_closed(silent[i]));
	}
	fd = rig_dial();
	ck_assert(rig_is_closed(fd));
	close(fd);
	rig_expect_status(silent[0]);
	close(silent[1]);
	rig_run();
	fd = rig_dial();
	rig_expect_status(fd);
	close(fd);
	for (i = 0; i < INQUIRERS_MAX; i++)
		if (i != 1)
			close(silent[i]);
	rig_stop();
}
END_TEST

START_TEST(control_has_a_place_for_who_may_change_behind_those_who_only_ask)
{
	int silent[INQUIRERS_MAX], fd, last, i;
	struct inquirer *op;

	rig_start();
	for (i = 0; i < INQUIRERS_MAX; i++)
		silent[i] = rig_dial();
	/* as if all but the first were of control-group */
	TAILQ_FOREACH (op, &rig.control->inquirers, entry)
		op->may_change = op == TAILQ_FIRST(&rig.control->inquirers);
	fd = rig_dial();
	rig_expect_status(fd);
	ck_assert(rig_is_closed(silent[1]));
	for (i = 0; i < INQUIRERS_MAX; i++)
		ck_assert_int_eq(rig_is_closed(silent[i]), i == 1);
	/* and none against those who may as much */
	TAILQ_FOREACH (op, &rig.control->inquirers, entry)
		op->may_change = 1;
	last = rig_dial();
	ck_assert(rig_is_closed(last));
	close(last);
	close(fd);
	for (i = 0; i < INQUIRERS_MAX; i++)
		close(silent[i]);
	rig_stop();
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

	rig_start();
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(
	    connect(fd, (struct sockaddr *)&rig.address, rig.address_len), 0);
	ck_assert_int_eq(breach_say(fd, MSG_CTL_STATUS, NULL, -1), 0);
	/* a test that fails now could not say so: none does */
	before = exhaust_descriptors();
	/* accept finds none; one pass, since a loop that spins has no end */
	event_base_loop(rig.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	/* nothing spins: the next that happens is the timer's end */
	ck_assert_int_eq(
	    event_assign(&timer, rig.base, -1, 0, on_timer_cb, &is_over), 0);
	ck_assert_int_eq(event_add(&timer, &soon), 0);
	event_base_loop(rig.base, EVLOOP_ONCE);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	ck_assert_int_eq(is_over, 1);
	ck_assert_uint_eq(rig.statuses, 0);
	/* who has waited is served when there are some again */
	while (recv(fd, &is_over, 1, MSG_PEEK | MSG_DONTWAIT) <= 0) {
		ck_assert_uint_lt(clock_now_ms(), end_ms);
		event_base_loop(rig.base, EVLOOP_ONCE);
	}
	ck_assert_int_eq(rig_read_answer(fd), MSG_CTL_STATUS_IS);
	close(fd);
	rig_stop();
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
	tcase_add_loop_test(tc,
	    control_understands_what_lasts_from_another_version, 0,
	    COUNT(versions));
	tcase_add_loop_test(tc,
	    control_rereads_for_another_version_and_takes_no_bundle_of_it, 0,
	    COUNT(versions));
	tcase_add_loop_test(
	    tc, control_tells_another_version_no_sessions, 0, COUNT(versions));
	tcase_add_test(tc, control_takes_one_question_for_sessions_at_a_time);
	tcase_add_test(tc, control_bounds_the_lists_that_the_broker_owes);
	tcase_add_test(
	    tc, control_closes_who_reads_no_answer_and_answers_the_next);
	tcase_add_test(tc, control_answers_during_a_flood);
	tcase_add_test(
	    tc, control_bounds_how_many_ask_and_serves_again_when_they_leave);
	tcase_add_test(tc,
	    control_has_a_place_for_who_may_change_behind_those_who_only_ask);
	tcase_add_test(tc, control_without_descriptors_pauses_and_goes_on);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
