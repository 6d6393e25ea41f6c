/* SPDX-License-Identifier: ISC */
/*
 * The broker's life: start, leases and sessions, reload, restart, drain,
 * the end.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/broker_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC 30
#define SESSIONS 40 /* more than two pages of LISTED */

static struct msg_opened opened;

static char second_text[64];

/* One target, at the listener's address. */
static void
start_with_target(struct pair *p, int is_exclusive)
{
	static struct rig_target targets[3];
	static char address[64];
	uint16_t port = 0;
	int listener = listen_on("127.0.0.2", &port);

	ck_assert_int_ne(listener, -1);
	snprintf(address, sizeof(address), "127.0.0.2:%u", port);
	targets[0] = (struct rig_target){"other", "10.99.0.1:5901", 0};
	targets[1] = (struct rig_target){"lab1", address, is_exclusive};
	pair_start(p, targets);
	snprintf(second_text, sizeof(second_text), "%s", address);
}

START_TEST(broker_answers_a_cancelled_dial_once_and_frees_its_lease)
{
	struct silent_target silent;
	struct rig_target targets[] = {
	    {"lab1", second_text, 1}, {NULL, NULL, 0}};
	struct msg_listed listed;
	struct pair p;
	uint16_t port = 0;
	int fd;

	silent_on(&silent, "127.0.0.2", &port);
	snprintf(second_text, sizeof(second_text), "127.0.0.2:%u", port);
	pair_start(&p, targets);
	worker_open(p.workers[0], 1, "lab1");
	worker_expect_silence(p.workers[0]);
	/* a dial under way holds, too */
	ck_assert_uint_eq(worker_try(p.workers[1], 2, "lab1", &opened), 4510);
	worker_close(p.workers[0], 1);
	ck_assert_uint_eq(worker_opened(p.workers[0], &opened, &fd), 4500);
	ck_assert_uint_eq(opened.conn_id, 1);
	ck_assert_str_eq(opened.target, "lab1");
	worker_expect_silence(p.workers[0]);
	worker_open(p.workers[1], 3, "lab1");
	worker_expect_silence(p.workers[1]);
	/* the same when the worker goes */
	close(p.workers[1]);
	p.workers[1] = rig_add_worker(&p.rig, 1);
	worker_open(p.workers[0], 4, "lab1");
	worker_expect_silence(p.workers[0]);
	/* what is not open yet is not listed */
	rig_list(&p.rig, 0, &listed);
	ck_assert_uint_eq(listed.total, 0);
	ck_assert_uint_eq(listed.count, 0);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_gives_an_exclusive_target_to_one_at_a_time)
{
	struct pair p;
	unsigned hour, minute;
	char zone[8];

	start_with_target(&p, 1);
	ck_assert_uint_eq(worker_try(p.workers[0], 1, "LAB1", &opened), 0);
	ck_assert_str_eq(opened.target, "lab1");
	ck_assert_uint_eq(worker_try(p.workers[1], 2, "lab1", &opened), 4510);
	ck_assert_int_eq(
	    sscanf(opened.reason, "in use by 192.0.2.7 since %2u:%2u %3s",
		&hour, &minute, zone),
	    3);
	ck_assert_str_eq(zone, "UTC");
	/* nor by its address */
	ck_assert_uint_eq(
	    worker_try(p.workers[1], 3, second_text, &opened), 4510);
	worker_close(p.workers[0], 1);
	worker_expect_silence(p.workers[0]);
	ck_assert_uint_eq(worker_try(p.workers[1], 4, second_text, &opened), 0);
	ck_assert_uint_eq(worker_try(p.workers[0], 5, "lab1", &opened), 4510);
	/* a port is no part of a name */
	ck_assert_uint_eq(worker_try(p.workers[0], 6, "lab1:1", &opened), 4520);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_lets_a_configured_target_be_reached_but_deny_wins)
{
	struct pair p;

	start_with_target(&p, 0);
	ck_assert_uint_eq(worker_try(p.workers[0], 1, "lab1", &opened), 0);
	ck_assert_uint_eq(worker_try(p.workers[0], 2, "lab1", &opened), 0);
	strcat(p.rules, " !127.0.0.2");
	rig_configure(&p.rig, &p.conf);
	ck_assert_uint_eq(worker_try(p.workers[0], 3, "lab1", &opened), 4520);
	ck_assert_uint_eq(rig_count(&p.rig), 2);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_counts_sessions_of_targets_over_a_reload)
{
	struct pair p;
	struct rig_target swapped[2] = {{"lab1", second_text, 1}};
	struct msg_stated stated;

	start_with_target(&p, 0);
	ck_assert_uint_eq(worker_try(p.workers[0], 1, "lab1", &opened), 0);
	ck_assert_uint_eq(worker_try(p.workers[1], 2, "lab1", &opened), 0);
	ck_assert_uint_eq(worker_try(p.workers[1], 3, p.text, &opened), 0);
	worker_state(p.workers[0], &stated);
	ck_assert_uint_eq(stated.generation, 1);
	ck_assert_uint_eq(stated.count, 2);
	ck_assert_uint_eq(stated.sessions[0], 0);
	ck_assert_uint_eq(stated.sessions[1], 2);
	/* exclusive now, and alone: two hold it, nobody else may */
	p.conf.targets = swapped;
	rig_configure(&p.rig, &p.conf);
	ck_assert_uint_eq(rig_count(&p.rig), 3);
	worker_state(p.workers[0], &stated);
	ck_assert_uint_eq(stated.generation, 2);
	ck_assert_uint_eq(stated.count, 1);
	ck_assert_uint_eq(stated.sessions[0], 2);
	worker_close(p.workers[0], 1);
	worker_state(p.workers[0], &stated);
	ck_assert_uint_eq(stated.sessions[0], 1);
	ck_assert_uint_eq(worker_try(p.workers[0], 4, "lab1", &opened), 4510);
	worker_close(p.workers[1], 2);
	worker_expect_silence(p.workers[1]);
	ck_assert_uint_eq(worker_try(p.workers[0], 5, "lab1", &opened), 0);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_lists_sessions_by_rising_id_in_pages)
{
	struct pair p;
	struct msg_listed listed;
	struct msg_traffic traffic;
	struct msg_opened o;
	uint64_t id, seen = 0;

	pair_start(&p, NULL);
	for (id = SESSIONS; id > 0; id--)
		ck_assert_uint_eq(
		    worker_try(p.workers[id % 2], id * 10, p.text, &o), 0);
	memset(&traffic, 0, sizeof(traffic));
	traffic.count = 2;
	traffic.entries[0].conn_id = 20;
	traffic.entries[0].to_client_bytes = 1234;
	traffic.entries[0].to_target_bytes = 56;
	traffic.entries[0].ways.ping_ms = 12;
	traffic.entries[0].ways.target.stalled_sec = 34;
	traffic.entries[1].conn_id = 999999; /* gone meanwhile */
	ck_assert_int_eq(
	    ipc_write_message(p.workers[0], MSG_TRAFFIC, &traffic, -1), 0);
	worker_expect_silence(p.workers[0]);
	listed.has_more = 1;
	for (id = 0; listed.has_more; id = seen * 10) {
		rig_list(&p.rig, id, &listed);
		ck_assert_uint_eq(listed.total, SESSIONS);
		ck_assert_uint_le(listed.count, PROTO_LIST_MAX);
		for (uint32_t i = 0; i < listed.count; i++) {
			seen++;
			ck_assert_uint_eq(listed.entries[i].conn_id, seen * 10);
			ck_assert_uint_eq(listed.entries[i].worker, seen % 2);
			ck_assert_str_eq(listed.entries[i].target, p.text);
			ck_assert_uint_eq(listed.entries[i].to_client_bytes,
			    seen == 2 ? 1234 : 0);
			ck_assert_uint_eq(
			    listed.entries[i].ways.ping_ms, seen == 2 ? 12 : 0);
			ck_assert_uint_eq(
			    listed.entries[i].ways.target.stalled_sec,
			    seen == 2 ? 34 : 0);
		}
	}
	ck_assert_uint_eq(seen, SESSIONS);
	rig_list(&p.rig, UINT64_MAX, &listed);
	ck_assert_uint_eq(listed.count, 0);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_waits_for_what_workers_hold_and_gives_no_lease_twice)
{
	struct rig_target targets[] = {
	    {"lab1", "127.0.0.2:5901", 1}, {NULL, NULL, 0}};
	struct rig_conf conf = {.targets = targets, .worker_count = 2};
	struct rig rig = rig_start(&conf);
	int first = rig_connect_worker(&rig, 0), second, fd;
	struct msg_listed listed;

	worker_open(first, 1, "lab1");
	worker_held_end(first, 0);
	worker_expect_silence(first);
	second = rig_connect_worker(&rig, 1);
	worker_held(second, 2, "lab1", "127.0.0.2:5901");
	worker_held(second, 3, "10.0.0.1:5901", "10.0.0.1:5901");
	worker_held_end(second, 2);
	ck_assert_uint_eq(worker_opened(first, &opened, &fd), 4510);
	ck_assert_uint_eq(opened.conn_id, 1);
	ck_assert_ptr_nonnull(strstr(opened.reason, "192.0.2.8"));
	rig_list(&rig, 0, &listed);
	ck_assert_uint_eq(listed.total, 2);
	ck_assert_str_eq(listed.entries[0].target, "lab1");
	/* by the address that was dialled, under whatever name */
	worker_close(second, 2);
	worker_expect_silence(second);
	rig_stop(&rig);
}
END_TEST

START_TEST(broker_counts_a_worker_that_comes_again_once)
{
	struct rig_target targets[] = {
	    {"lab1", "127.0.0.2:5901", 1}, {NULL, NULL, 0}};
	struct rig_conf conf = {.targets = targets, .worker_count = 2};
	struct rig rig = rig_start(&conf);
	int first, second, fd;

	first = rig_add_worker(&rig, 0);
	worker_expect_silence(first);
	close(first);
	first = rig_add_worker(&rig, 0);
	worker_open(first, 1, "lab1");
	worker_expect_silence(first);
	second = rig_connect_worker(&rig, 1);
	worker_held(second, 2, "lab1", "127.0.0.2:5901");
	worker_held_end(second, 1);
	ck_assert_uint_eq(worker_opened(first, &opened, &fd), 4510);
	rig_stop(&rig);
}
END_TEST

START_TEST(broker_counts_a_held_alias_by_the_address_that_was_dialled)
{
	struct rig_target targets[] = {
	    {"lab1", "127.0.0.2:5901", 1}, {NULL, NULL, 0}};
	struct rig_conf conf = {.targets = targets};
	struct rig rig = rig_start(&conf);
	int worker = rig_connect_worker(&rig, 0);

	worker_held(worker, 2, "alias.example:5901", "127.0.0.2:5901");
	worker_held_end(worker, 1);
	ck_assert_uint_eq(worker_try(worker, 3, "lab1", &opened), 4510);
	rig_stop(&rig);
}
END_TEST

START_TEST(broker_counts_a_held_session_by_the_name_of_its_host)
{
	struct rig_target targets[] = {
	    {"lab1", "host.example:5901", 1}, {NULL, NULL, 0}};
	struct rig_conf conf = {.targets = targets};
	struct rig rig = rig_start(&conf);
	int worker = rig_connect_worker(&rig, 0);

	worker_held(worker, 2, "host.example:5901", "10.0.0.1:5901");
	worker_held_end(worker, 1);
	ck_assert_uint_eq(worker_try(worker, 3, "lab1", &opened), 4510);
	rig_stop(&rig);
}
END_TEST

START_TEST(broker_does_not_wait_for_ever_for_a_worker)
{
	struct rig_conf conf = {.worker_count = 2};
	struct rig rig = rig_start(&conf);
	int worker = rig_add_worker(&rig, 0);
	time_t begin = time(NULL);

	ck_assert_uint_eq(worker_try(worker, 1, "10.0.0.1", &opened), 4520);
	ck_assert_int_le(time(NULL) - begin, 4);
	/* and a cancelled one that waits is answered at once */
	rig_stop(&rig);
}
END_TEST

START_TEST(broker_answers_one_that_waits_and_is_cancelled)
{
	struct rig_conf conf = {.worker_count = 2};
	struct rig rig = rig_start(&conf);
	int worker = rig_add_worker(&rig, 0), fd;

	worker_open(worker, 1, "10.0.0.1");
	worker_close(worker, 1);
	ck_assert_uint_eq(worker_opened(worker, &opened, &fd), 4500);
	worker_expect_silence(worker);
	rig_stop(&rig);
}
END_TEST

START_TEST(broker_that_drains_opens_nothing_more)
{
	struct pair p;

	pair_start(&p, NULL);
	ck_assert_uint_eq(worker_try(p.workers[0], 1, p.text, &opened), 0);
	rig_drain(&p.rig);
	ck_assert_uint_eq(rig_count(&p.rig), 1);
	ck_assert_uint_eq(worker_try(p.workers[0], 2, p.text, &opened), 4580);
	ck_assert_str_eq(opened.reason, "the bridge is restarting");
	ck_assert_uint_eq(rig_count(&p.rig), 1);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_leaves_signals_to_the_master)
{
	struct pair p;

	pair_start(&p, NULL);
	ck_assert_int_eq(kill(p.rig.pid, SIGTERM), 0);
	ck_assert_int_eq(kill(p.rig.pid, SIGINT), 0);
	ck_assert_int_eq(kill(p.rig.pid, SIGHUP), 0);
	ck_assert_uint_eq(worker_try(p.workers[0], 1, p.text, &opened), 0);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(broker_of_another_version_ends_with_status_1)
{
	struct rig_conf conf = {.proto_version = PROTO_VERSION + 1};
	struct rig rig = rig_spawn(&conf);
	struct msg_conf_start start = {.proto_version = PROTO_VERSION + 1};
	union proto_any any;
	int status, fd;

	ck_assert_int_eq(
	    ipc_write_message(rig.master, MSG_CONF_START, &start, -1), 0);
	/* its last words arrive */
	ck_assert_int_eq(
	    ipc_read_message(rig.master, ROLE_MASTER, ROLE_BROKER, &any, &fd),
	    MSG_LOG);
	ck_assert_ptr_nonnull(strstr(any.log.line, "version"));
	status = rig_wait(&rig);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}
END_TEST

static const enum msg_type unfit[] = {
    MSG_CONF_RULE, MSG_CONF_TARGET, MSG_CONF_END, MSG_PEER, MSG_LIST};

START_TEST(broker_ends_when_its_master_talks_nonsense)
{
	struct rig_conf conf = {0};
	struct rig rig = rig_spawn(&conf);
	union proto_any any;
	int status, fds[2] = {-1, -1};

	memset(&any, 0, sizeof(any));
	if (proto_row(unfit[_i])->fd == FD_MUST)
		ck_assert_int_eq(
		    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	ck_assert_int_eq(
	    ipc_write_message(rig.master, unfit[_i], &any, fds[1]), 0);
	status = rig_wait(&rig);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}
END_TEST

/* What the fields of a master's message may not be, once it is SETUP. */
static void
say_untrue(struct rig *rig, int which)
{
	struct msg_conf_start start = {.proto_version = PROTO_VERSION};
	struct msg_conf_rule rule;
	struct msg_conf_end end = {.generation = 7};

	memset(&rule, 'a', sizeof(rule));
	if (which == 0)
		start.worker_count = UINT32_MAX;
	ck_assert_int_eq(
	    ipc_write_message(rig->master, MSG_CONF_START, &start, -1), 0);
	if (which == 1)
		ck_assert_int_eq(
		    ipc_write_message(rig->master, MSG_CONF_RULE, &rule, -1),
		    0);
	if (which == 2)
		ck_assert_int_eq(
		    ipc_write_message(rig->master, MSG_CONF_END, &end, -1), 0);
}

START_TEST(broker_ends_when_its_master_says_what_cannot_be)
{
	struct rig_conf conf = {0};
	struct rig rig = rig_spawn(&conf);
	int status;

	say_untrue(&rig, _i);
	status = rig_wait(&rig);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}
END_TEST

START_TEST(broker_ends_when_a_peer_has_no_place_or_no_descriptor)
{
	struct rig_conf conf = {0};
	struct rig rig = rig_start(&conf);
	struct msg_peer peer = {
	    .index = _i == 0 ? UINT32_MAX : 0, .role = ROLE_BROKER};
	int status, fds[2] = {-1, -1};

	if (_i == 0)
		ck_assert_int_eq(
		    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	ck_assert_int_eq(
	    ipc_write_message(rig.master, MSG_PEER, &peer, fds[1]), 0);
	status = rig_wait(&rig);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}
END_TEST

START_TEST(broker_may_run_without_a_sandbox_if_told_so)
{
	struct rig_conf conf = {.is_unsandboxed = 1};
	struct rig rig = rig_start(&conf);
	int worker = rig_add_worker(&rig, 0);

	ck_assert_uint_eq(worker_try(worker, 1, "10.0.0.1", &opened), 4520);
	rig_stop(&rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("broker");
	TCase *tc = tcase_create("life");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(
	    tc, broker_answers_a_cancelled_dial_once_and_frees_its_lease);
	tcase_add_test(tc, broker_gives_an_exclusive_target_to_one_at_a_time);
	tcase_add_test(
	    tc, broker_lets_a_configured_target_be_reached_but_deny_wins);
	tcase_add_test(tc, broker_counts_sessions_of_targets_over_a_reload);
	tcase_add_test(tc, broker_lists_sessions_by_rising_id_in_pages);
	tcase_add_test(
	    tc, broker_waits_for_what_workers_hold_and_gives_no_lease_twice);
	tcase_add_test(tc, broker_counts_a_worker_that_comes_again_once);
	tcase_add_test(
	    tc, broker_counts_a_held_alias_by_the_address_that_was_dialled);
	tcase_add_test(
	    tc, broker_counts_a_held_session_by_the_name_of_its_host);
	tcase_add_test(tc, broker_does_not_wait_for_ever_for_a_worker);
	tcase_add_test(tc, broker_answers_one_that_waits_and_is_cancelled);
	tcase_add_test(tc, broker_that_drains_opens_nothing_more);
	tcase_add_test(tc, broker_leaves_signals_to_the_master);
	tcase_add_test(tc, broker_of_another_version_ends_with_status_1);
	tcase_add_loop_test(
	    tc, broker_ends_when_its_master_talks_nonsense, 0, COUNT(unfit));
	tcase_add_loop_test(
	    tc, broker_ends_when_its_master_says_what_cannot_be, 0, 3);
	tcase_add_loop_test(
	    tc, broker_ends_when_a_peer_has_no_place_or_no_descriptor, 0, 2);
	tcase_add_test(tc, broker_may_run_without_a_sandbox_if_told_so);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
