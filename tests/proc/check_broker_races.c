/* SPDX-License-Identifier: ISC */
/*
 * Messages that cross, and processes that end in between: an exclusive target
 * never has two. As tests/model/lease.pml has it.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/broker_rig.h"

#define TEST_SEC 30

static char target_text[64];
static const struct rig_target targets[] = {
    {"lab1", target_text, 1}, {NULL, NULL, 0}};
static struct msg_opened opened;

static void
start(struct pair *p)
{
	uint16_t port = 0;

	listen_on("127.0.0.2", &port);
	snprintf(target_text, sizeof(target_text), "127.0.0.2:%u", port);
	pair_start(p, targets);
}

static void
close_early(int worker, uint64_t conn_id)
{
	struct msg_closed closed = {.conn_id = conn_id, .is_early = 1};

	ck_assert_int_eq(ipc_write_message(worker, MSG_CLOSED, &closed, -1), 0);
}

START_TEST(a_closed_that_crosses_a_socket_frees_nothing)
{
	struct pair p;
	int fd;

	start(&p);
	worker_open(p.workers[0], 1, "lab1");
	ck_assert_uint_eq(worker_opened(p.workers[0], &opened, &fd), 0);
	/* said before that was read, and the socket is open still */
	close_early(p.workers[0], 1);
	worker_expect_silence(p.workers[0]);
	ck_assert_uint_eq(worker_try(p.workers[1], 2, "lab1", &opened), 4510);
	close(fd);
	worker_close(p.workers[0], 1);
	worker_expect_silence(p.workers[0]);
	ck_assert_uint_eq(worker_try(p.workers[1], 3, "lab1", &opened), 0);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(a_closed_that_crosses_a_refusal_leaves_nothing)
{
	struct pair p;

	start(&p);
	ck_assert_uint_eq(worker_try(p.workers[0], 1, "lab1", &opened), 0);
	ck_assert_uint_eq(worker_try(p.workers[1], 2, "lab1", &opened), 4510);
	close_early(p.workers[1], 2);
	worker_expect_silence(p.workers[1]);
	ck_assert_uint_eq(rig_count(&p.rig), 1);
	rig_stop(&p.rig);
}
END_TEST

/* It may have the target; what has no such places does not wait for it. */
START_TEST(a_worker_that_does_not_tell_is_waited_for)
{
	struct rig_conf conf = {
	    .rules = target_text, .targets = targets, .worker_count = 2};
	uint16_t port = 0;
	struct rig rig;
	int worker, second, fd;

	listen_on("127.0.0.2", &port);
	snprintf(target_text, sizeof(target_text), "127.0.0.2:%u", port);
	rig = rig_start(&conf);
	worker = rig_add_worker(&rig, 0);
	second = rig_connect_worker(&rig, 1);
	ck_assert_uint_eq(worker_try(worker, 1, "lab1", &opened), 4581);
	ck_assert_uint_eq(worker_try(worker, 2, "10.0.0.1", &opened), 4520);
	worker_held(second, 3, "lab1", target_text);
	worker_held_end(second, 1);
	worker_expect_silence(second);
	ck_assert_uint_eq(worker_try(worker, 4, "lab1", &opened), 4510);
	worker_close(second, 3);
	worker_expect_silence(second);
	worker_open(worker, 5, "lab1");
	ck_assert_uint_eq(worker_opened(worker, &opened, &fd), 0);
	close(fd);
	rig_stop(&rig);
}
END_TEST

/* Another one that tells is none of those that live. */
START_TEST(each_worker_counts_for_itself)
{
	struct rig_conf conf = {.targets = targets, .worker_count = 2};
	struct rig rig;
	int others[2], first;

	strcpy(target_text, "127.0.0.2:5901");
	rig = rig_start(&conf);
	others[0] = rig_add_worker(&rig, 2);
	others[1] = rig_add_worker(&rig, 3);
	worker_open(others[0], 1, "lab1");
	worker_expect_silence(others[0]);
	first = rig_connect_worker(&rig, 0);
	worker_held(first, 2, "lab1", target_text);
	worker_held_end(first, 1);
	worker_expect_silence(first);
	worker_expect_silence(others[0]);
	/* it has ended, and never had a channel to this broker */
	rig_gone(&rig, 1);
	ck_assert_uint_eq(worker_opened(others[0], &opened, &first), 4510);
	rig_stop(&rig);
}
END_TEST

/* The master gave it a channel of which this broker has not heard. */
START_TEST(a_later_channel_is_of_the_same_process)
{
	struct msg_gone gone = {0, RIG_FENCE + 100};
	struct pair p;

	start(&p);
	ck_assert_uint_eq(worker_try(p.workers[0], 1, "lab1", &opened), 0);
	gone.fence = 1;
	ck_assert_int_eq(
	    ipc_write_message(p.rig.master, MSG_GONE, &gone, -1), 0);
	ck_assert_uint_eq(rig_count(&p.rig), 1);
	gone.fence = RIG_FENCE + 100;
	ck_assert_int_eq(
	    ipc_write_message(p.rig.master, MSG_GONE, &gone, -1), 0);
	ck_assert_uint_eq(rig_count(&p.rig), 0);
	ck_assert_uint_eq(worker_try(p.workers[1], 2, "lab1", &opened), 0);
	rig_stop(&p.rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("broker");
	TCase *tc = tcase_create("races");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, a_closed_that_crosses_a_socket_frees_nothing);
	tcase_add_test(tc, a_closed_that_crosses_a_refusal_leaves_nothing);
	tcase_add_test(tc, a_worker_that_does_not_tell_is_waited_for);
	tcase_add_test(tc, each_worker_counts_for_itself);
	tcase_add_test(tc, a_later_channel_is_of_the_same_process);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
