/* SPDX-License-Identifier: ISC */
/* The boards of the broker where people log in. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/broker_board_rig.h"
#include "tests/proc/broker_login_rig.h"

#define TEST_SEC 60
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
open_as(int worker, uint64_t conn_id, uint64_t login_id)
{
	worker_open(worker, conn_id, "lab1");
	login_say_vouched(
	    login_expect_vouch(0, COOKIE), login_id, "somebody", "");
	board_hear_opened(worker, conn_id);
}

static void
start_login(void)
{
	strcpy(board_address, login.pair.text);
	login.pair.conf.targets = board_labs;
	login_configure();
}

static void
ask_as(int worker, uint64_t board_id, uint64_t login_id)
{
	board_ask(worker, board_id, RIG_CLIENT, COOKIE);
	login_say_vouched(
	    login_expect_vouch(0, COOKIE), login_id, "somebody", "");
}

static void
show_as(int worker, uint64_t board_id, uint64_t login_id)
{
	ask_as(worker, board_id, login_id);
	board_expect_sees(worker, board_id, 7, 0);
}

START_TEST(board_is_over_with_its_login)
{
	int *workers = login.pair.workers;

	start_login();
	show_as(workers[0], 1, ALICE);
	show_as(workers[0], 2, BOB);
	show_as(workers[0], 3, ALICE);
	show_as(workers[0], 4, ALICE_2);
	show_as(workers[1], 1, ALICE);
	login_say_over(ALICE, "you have logged out");
	board_expect_over(workers[0], 1, 4521, "you have logged out");
	board_expect_over(workers[0], 3, 4521, "you have logged out");
	board_expect_over(workers[1], 1, 4521, "you have logged out");
	worker_expect_silence(workers[0]);
	worker_expect_silence(workers[1]);
	/* the others are told what changes */
	open_as(workers[1], 7, BOB);
	board_hear_open(workers[0], 0);
	ck_assert_uint_eq(board_any.board_states.states[0].by_count, 1);
	ck_assert_str_eq(board_any.board_states.states[0].by[0], "somebody");
}
END_TEST

/*
 * BOARD crosses BOARD_OVER: the worker has had boards all the time, and with
 * them what it was told.
 */
START_TEST(board_is_told_what_was_freed_while_there_was_none)
{
	int worker = login.pair.workers[0], other = login.pair.workers[1];

	start_login();
	open_as(other, 7, BOB);
	ask_as(other, 1, BOB);
	board_expect_state(other, 0, 1);
	board_expect_sees(other, 1, 7, 0);
	ask_as(worker, 1, ALICE);
	board_expect_state(worker, 0, 1);
	board_expect_sees(worker, 1, 7, 0);
	login_say_over(ALICE, "over");
	board_expect_over(worker, 1, 4521, "over");
	worker_close(other, 7);
	board_expect_state(other, 0, 0);
	ask_as(worker, 2, BOB);
	board_expect_state(worker, 0, 0);
	board_expect_sees(worker, 2, 7, 0);
}
END_TEST

START_TEST(board_needs_a_login)
{
	int worker = login.pair.workers[0];

	start_login();
	board_ask(worker, 1, RIG_CLIENT, COOKIE);
	login_say_vouched(login_expect_vouch(0, COOKIE), 0, "", "");
	board_expect_over(worker, 1, 4521, "you are not logged in");
	/* the number is free again */
	show_as(worker, 1, ALICE);
}
END_TEST

START_TEST(board_does_not_wait_for_auth_for_ever)
{
	int worker = login.pair.workers[0];

	start_login();
	if (_i == 0) {
		close(login.auth);
		rig_count(&login.pair.rig);
	}
	board_ask(worker, 1, RIG_CLIENT, COOKIE);
	board_expect_over(
	    worker, 1, 4581, "the bridge can't check your login at the moment");
	if (_i == 0)
		login_join_auth();
	else
		login_say_vouched(
		    login_expect_vouch(0, COOKIE), ALICE, "alice", "");
	show_as(worker, 1, ALICE);
}
END_TEST

/* Its login may have ended when nobody could be told. */
START_TEST(board_is_over_when_there_is_another_auth)
{
	int worker = login.pair.workers[0];

	start_login();
	show_as(worker, 1, ALICE);
	close(login.auth);
	rig_count(&login.pair.rig);
	login_join_auth();
	board_expect_over(worker, 1, 0, "");
	show_as(worker, 2, ALICE);
}
END_TEST

START_TEST(board_may_leave_before_auth_has_said)
{
	int worker = login.pair.workers[0];
	uint64_t number;

	start_login();
	board_ask(worker, 1, RIG_CLIENT, COOKIE);
	number = login_expect_vouch(0, COOKIE);
	if (_i == 0) {
		board_leave(worker, 1);
		worker_expect_silence(worker);
	} else {
		close(worker);
		worker = rig_add_worker(&login.pair.rig, 0);
		worker_expect_silence(worker);
	}
	login_say_vouched(number, ALICE, "alice", "");
	worker_expect_silence(worker);
	show_as(worker, 1, ALICE);
}
END_TEST

static const struct {
	const char *who;
	const char *name;
	const char *groups;
	unsigned may_take;
} takers[] = {
    {"alice", "alice", "", 2},
    {"alice", "bob", "alice", 0},
    {"@staff", "bob", "x,staff", 2},
    {"@staff", "bob", "staffs", 0},
    {"*", "bob", "", 2},
    {NULL, "alice", "", 0},
};

START_TEST(board_shows_what_one_may_take_over)
{
	int worker = login.pair.workers[0];

	login.pair.conf.takeover_who = takers[_i].who;
	start_login();
	board_ask(worker, 1, RIG_CLIENT, COOKIE);
	login_say_vouched(login_expect_vouch(0, COOKIE), ALICE, takers[_i].name,
	    takers[_i].groups);
	board_expect_sees(worker, 1, 7, takers[_i].may_take);
}
END_TEST

static TCase *
cases(void)
{
	TCase *tc = tcase_create("login");

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_checked_fixture(tc, login_setup, login_teardown);
	tcase_add_loop_test(
	    tc, board_shows_what_one_may_take_over, 0, COUNT(takers));
	tcase_add_test(tc, board_is_over_with_its_login);
	tcase_add_test(tc, board_is_told_what_was_freed_while_there_was_none);
	tcase_add_test(tc, board_needs_a_login);
	tcase_add_test(tc, board_is_over_when_there_is_another_auth);
	tcase_add_loop_test(tc, board_does_not_wait_for_auth_for_ever, 0, 2);
	tcase_add_loop_test(tc, board_may_leave_before_auth_has_said, 0, 2);
	return tc;
}

int
main(void)
{
	Suite *suite = suite_create("broker board");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, cases());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
