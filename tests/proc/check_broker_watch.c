/* SPDX-License-Identifier: ISC */
/*
 * Who looks on at a target that somebody else uses: what a worker's word makes
 * of them, after its channel or the broker has died; and those who are on the
 * way there when nobody is any more.
 */
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/broker_rig.h"

#define TEST_SEC       60
#define HOLDER_ID      9 /* behind them in each list */
#define WATCHER_ID     2
#define OTHER_ID       3
#define ENDED	       4513
#define NOT_ALLOWED    4520
#define IN_USE	       4510
#define STOP_AFTER_SEC 1
#define LONGER_MS      1500

static struct pair p;
static char address[64];
static const struct rig_target targets[] = {
    {"lab1", address, 1}, {NULL, NULL, 0}};
static struct msg_opened opened;
static union proto_any any;

static void
start_at(uint16_t port)
{
	snprintf(address, sizeof(address), "127.0.0.2:%u", port);
	memset(&p, 0, sizeof(p));
	p.conf.targets = targets;
	p.conf.targets_watch = "*";
	p.conf.worker_count = 2;
	p.rig = rig_start(&p.conf);
}

static void
start(void)
{
	uint16_t port = 0;

	p.listener = listen_on("127.0.0.2", &port);
	start_at(port);
	p.workers[0] = rig_add_worker(&p.rig, 0);
	p.workers[1] = rig_add_worker(&p.rig, 1);
}

static void
read_from(int worker, enum msg_type wanted)
{
	int fd, type;

	type = ipc_read_message(worker, ROLE_WORKER, ROLE_BROKER, &any, &fd);
	ck_assert_int_eq(type, (int)wanted);
	ck_assert_int_eq(fd, -1);
}

static void
expect_end(int worker, uint64_t conn_id, uint32_t code)
{
	read_from(worker, MSG_END);
	ck_assert_uint_eq(any.end.conn_id, conn_id);
	ck_assert_uint_eq(any.end.code, code);
}

/* An OPEN by an intent to look on, of which nothing has been heard yet. */
static void
look_on(int worker, uint64_t conn_id)
{
	struct msg_intend intend;
	struct msg_open open;

	memset(&intend, 0, sizeof(intend));
	intend.conn_id = OTHER_ID;
	intend.kind = INTENT_WATCH;
	ck_assert_int_eq(addr_parse_ip(RIG_CLIENT, &intend.client), 0);
	strcpy(intend.target, "lab1");
	ck_assert_int_eq(ipc_write_message(worker, MSG_INTEND, &intend, -1), 0);
	read_from(worker, MSG_INTENDED);
	ck_assert_msg(any.intended.code == 0, "%s", any.intended.reason);
	memset(&open, 0, sizeof(open));
	open.conn_id = conn_id;
	open.client = intend.client;
	ck_assert_int_eq(addr_parse_endpoint(RIG_LOCAL, 0, &open.local), 0);
	memcpy(open.intent, any.intended.intent, sizeof(open.intent));
	strcpy(open.target, "lab1");
	ck_assert_int_eq(ipc_write_message(worker, MSG_OPEN, &open, -1), 0);
}

static void
watch(int worker, uint64_t conn_id)
{
	int fd;

	look_on(worker, conn_id);
	ck_assert_uint_eq(worker_opened(worker, &opened, &fd), 0);
	ck_assert_uint_eq(opened.is_watching, 1);
	close(fd);
}

static uint32_t held_can_wait;

static void
hold(int worker, uint64_t conn_id, int is_watching)
{
	struct msg_held held;

	memset(&held, 0, sizeof(held));
	held.conn_id = conn_id;
	held.since_sec = (uint64_t)time(NULL);
	held.is_watching = (uint32_t)is_watching;
	held.can_wait = held_can_wait;
	ck_assert_int_eq(addr_parse_ip(RIG_CLIENT, &held.client), 0);
	ck_assert_int_eq(addr_parse_endpoint(address, 0, &held.addr), 0);
	strcpy(held.target, "lab1");
	ck_assert_int_eq(ipc_write_message(worker, MSG_HELD, &held, -1), 0);
}

/* Whether the broker has it as one that looks on. */
static int
is_listed_watching(uint64_t conn_id)
{
	struct msg_listed listed;
	uint32_t i;

	rig_list(&p.rig, 0, &listed);
	for (i = 0; i < listed.count; i++)
		if (listed.entries[i].conn_id == conn_id)
			return listed.entries[i].is_watching != 0;
	ck_abort_msg("it is not listed");
	return -1;
}

/* What a worker has said, the broker may read after what the master asks. */
static void
wait_for(unsigned sessions)
{
	while (rig_count(&p.rig) != sessions)
		;
}

START_TEST(a_workers_word_makes_nobody_who_looked_on_a_holder)
{
	start();
	ck_assert_uint_eq(
	    worker_try(p.workers[0], HOLDER_ID, "lab1", &opened), 0);
	ck_assert_uint_eq(opened.is_watching, 0);
	watch(p.workers[1], WATCHER_ID);
	ck_assert_int_eq(is_listed_watching(HOLDER_ID), 0);
	ck_assert_int_eq(is_listed_watching(WATCHER_ID), 1);
	close(p.workers[1]);
	p.workers[1] = rig_connect_worker(&p.rig, 1);
	hold(p.workers[1], WATCHER_ID, 0);
	worker_held_end(p.workers[1], 1);
	worker_expect_silence(p.workers[1]);
	ck_assert_int_eq(is_listed_watching(WATCHER_ID), 1);
	worker_close(p.workers[0], HOLDER_ID);
	expect_end(p.workers[1], WATCHER_ID, ENDED);
	/* nor does it keep anybody out until it is closed */
	ck_assert_uint_eq(
	    worker_try(p.workers[0], OTHER_ID, "lab1", &opened), 0);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(who_is_said_to_look_on_holds_nothing_and_ends_alone)
{
	start();
	ck_assert_uint_eq(
	    worker_try(p.workers[0], HOLDER_ID, "lab1", &opened), 0);
	close(p.workers[0]);
	p.workers[0] = rig_connect_worker(&p.rig, 0);
	hold(p.workers[0], HOLDER_ID, 1);
	worker_held_end(p.workers[0], 1);
	expect_end(p.workers[0], HOLDER_ID, ENDED);
	ck_assert_uint_eq(
	    worker_try(p.workers[1], OTHER_ID, "lab1", &opened), 0);
	rig_stop(&p.rig);
}
END_TEST

/* Nor by whom it is held: it hears that it may not, and nothing else. */
START_TEST(who_may_not_look_on_is_told_nothing)
{
	uint16_t port = 0;
	int listener = listen_on("127.0.0.2", &port);

	snprintf(address, sizeof(address), "127.0.0.2:%u", port);
	memset(&p, 0, sizeof(p));
	p.conf.targets = targets;
	p.conf.targets_watch = _i == 0 ? NULL : "*";
	p.conf.worker_count = 2;
	p.rig = rig_start(&p.conf);
	p.workers[0] = rig_add_worker(&p.rig, 0);
	p.workers[1] = rig_add_worker(&p.rig, 1);
	ck_assert_uint_eq(
	    worker_try(p.workers[0], HOLDER_ID, "lab1", &opened), 0);
	close(p.workers[1]);
	p.workers[1] = rig_connect_worker(&p.rig, 1);
	held_can_wait = 1;
	hold(p.workers[1], WATCHER_ID, 1);
	held_can_wait = 0;
	worker_held_end(p.workers[1], 1);
	if (_i == 0) {
		expect_end(p.workers[1], WATCHER_ID, NOT_ALLOWED);
	} else {
		read_from(p.workers[1], MSG_TELL);
		ck_assert_uint_eq(any.tell.kind, TELL_WATCHING);
	}
	close(listener);
	rig_stop(&p.rig);
}
END_TEST

/* A broker that has just been started; the holder's worker is the slower. */
START_TEST(nobody_is_alone_before_all_have_told)
{
	uint16_t port = 0;
	int has_holder = _i;

	p.listener = listen_on("127.0.0.2", &port);
	start_at(port);
	p.workers[0] = rig_connect_worker(&p.rig, 0);
	hold(p.workers[0], WATCHER_ID, 1);
	worker_held_end(p.workers[0], 1);
	wait_for(1);
	ck_assert_int_eq(is_listed_watching(WATCHER_ID), 1);
	ck_assert_int_eq(
	    poll(&(struct pollfd){p.workers[0], POLLIN, 0}, 1, 0), 0);
	p.workers[1] = rig_connect_worker(&p.rig, 1);
	if (has_holder)
		hold(p.workers[1], HOLDER_ID, 0);
	worker_held_end(p.workers[1], (uint32_t)has_holder);
	if (!has_holder) {
		expect_end(p.workers[0], WATCHER_ID, ENDED);
	} else {
		worker_expect_silence(p.workers[0]);
		ck_assert_uint_eq(
		    worker_try(p.workers[0], OTHER_ID, "lab1", &opened),
		    IN_USE);
		ck_assert_ptr_null(strstr(opened.reason, "more"));
		rig_gone(&p.rig, 1);
		expect_end(p.workers[0], WATCHER_ID, ENDED);
	}
	rig_stop(&p.rig);
}
END_TEST

/* Its dial gets no answer. */
START_TEST(who_is_on_the_way_is_refused_when_nobody_is_there_any_more)
{
	struct silent_target silent;
	uint16_t port = 0;
	int fd;

	silent_on(&silent, "127.0.0.2", &port);
	start_at(port);
	p.workers[0] = rig_connect_worker(&p.rig, 0);
	hold(p.workers[0], HOLDER_ID, 0);
	worker_held_end(p.workers[0], 1);
	p.workers[1] = rig_add_worker(&p.rig, 1);
	look_on(p.workers[1], WATCHER_ID);
	worker_expect_silence(p.workers[1]);
	worker_close(p.workers[0], HOLDER_ID);
	ck_assert_uint_eq(worker_opened(p.workers[1], &opened, &fd), ENDED);
	ck_assert_uint_eq(rig_count(&p.rig), 0);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(a_reload_ends_who_may_not_look_on_any_more)
{
	start();
	ck_assert_uint_eq(
	    worker_try(p.workers[0], HOLDER_ID, "lab1", &opened), 0);
	watch(p.workers[1], WATCHER_ID);
	rig_configure(&p.rig, &p.conf);
	ck_assert_int_eq(is_listed_watching(WATCHER_ID), 1);
	worker_expect_silence(p.workers[1]);
	p.conf.targets_watch = "somebody";
	rig_configure(&p.rig, &p.conf);
	expect_end(p.workers[1], WATCHER_ID, NOT_ALLOWED);
	worker_close(p.workers[1], WATCHER_ID);
	/* and those at a target that is none now */
	p.conf.targets_watch = "*";
	rig_configure(&p.rig, &p.conf);
	wait_for(1);
	watch(p.workers[1], OTHER_ID);
	p.conf.targets = NULL;
	p.conf.targets_watch = NULL;
	rig_configure(&p.rig, &p.conf);
	expect_end(p.workers[1], OTHER_ID, NOT_ALLOWED);
	worker_expect_silence(p.workers[0]);
	rig_stop(&p.rig);
}
END_TEST

/* What is shown to somebody is not stopped under them. */
START_TEST(a_target_is_stopped_when_the_last_who_looked_on_has_gone)
{
	uint16_t port = 0;
	struct pollfd pfd;
	int fd;

	p.listener = listen_on("127.0.0.2", &port);
	snprintf(address, sizeof(address), "127.0.0.2:%u", port);
	memset(&p.conf, 0, sizeof(p.conf));
	p.conf.targets = targets;
	p.conf.targets_watch = "*";
	p.conf.targets_hooks = HOOK_BIT(HOOK_STOP);
	p.conf.stop_after_sec = STOP_AFTER_SEC;
	p.rig = rig_start(&p.conf);
	p.workers[0] = rig_add_worker(&p.rig, 0);
	pfd = (struct pollfd){rig_connect_runner(&p.rig, 1), POLLIN, 0};
	/* the first leaves a time that runs */
	ck_assert_uint_eq(
	    worker_try(p.workers[0], OTHER_ID, "lab1", &opened), 0);
	worker_close(p.workers[0], OTHER_ID);
	ck_assert_uint_eq(
	    worker_try(p.workers[0], HOLDER_ID, "lab1", &opened), 0);
	watch(p.workers[0], WATCHER_ID);
	worker_close(p.workers[0], HOLDER_ID);
	expect_end(p.workers[0], WATCHER_ID, ENDED);
	ck_assert_int_eq(poll(&pfd, 1, LONGER_MS), 0);
	worker_close(p.workers[0], WATCHER_ID);
	ck_assert_int_eq(
	    ipc_read_message(pfd.fd, ROLE_RUNNER, ROLE_BROKER, &any, &fd),
	    MSG_RUN);
	ck_assert_uint_eq(any.run.kind, HOOK_STOP);
	ck_assert_str_eq(any.run.target, "lab1");
	rig_stop(&p.rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("broker_watch");
	TCase *tc = tcase_create("broker_watch");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, a_workers_word_makes_nobody_who_looked_on_a_holder);
	tcase_add_test(tc, who_is_said_to_look_on_holds_nothing_and_ends_alone);
	tcase_add_loop_test(tc, who_may_not_look_on_is_told_nothing, 0, 2);
	tcase_add_loop_test(tc, nobody_is_alone_before_all_have_told, 0, 2);
	tcase_add_test(
	    tc, who_is_on_the_way_is_refused_when_nobody_is_there_any_more);
	tcase_add_test(tc, a_reload_ends_who_may_not_look_on_any_more);
	tcase_add_test(
	    tc, a_target_is_stopped_when_the_last_who_looked_on_has_gone);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
