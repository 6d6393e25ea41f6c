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
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
