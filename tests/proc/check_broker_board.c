/* SPDX-License-Identifier: ISC */
/*
 * The boards, as the broker fills them: who sees what, what workers are told
 * and what not, and what ends a board.
 */
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/broker_board_rig.h"

#define TEST_SEC      60
#define COUNT(a)      (sizeof(a) / sizeof((a)[0]))
#define BOARDS_MAX    4096 /* of one worker */
#define MANY	      9000 /* targets: their states are more than a queue */
#define WAIT_MS	      10000
#define NAME_BYTES    12
#define ADDRESS_BYTES 24

static struct pair p;
static struct msg_opened opened;

/* lab1 and lab2 are the listener. */
static void
start(void)
{
	pair_start(&p, NULL);
	strcpy(board_address, p.text);
	p.conf.targets = board_labs;
	rig_configure(&p.rig, &p.conf);
	rig_count(&p.rig);
}

/* ---- what one sees ---- */

START_TEST(board_shows_what_sections_grant)
{
	static const struct {
		const char *client;
		unsigned sees;
	} rows[] = {{"192.0.2.7", 6}, {"198.51.100.1", 0}, {"2001:db8::1", 0}};
	size_t i;

	start();
	board_show(p.workers[0], 1);
	board_leave(p.workers[0], 1);
	p.conf.access_targets = "=lab2 10.0.0.0/8";
	p.conf.access_from = "192.0.2.0/24";
	rig_configure(&p.rig, &p.conf);
	rig_count(&p.rig);
	for (i = 0; i < COUNT(rows); i++) {
		board_ask(p.workers[0], i + 1, rows[i].client, 0);
		board_expect_sees(p.workers[0], i + 1, rows[i].sees, 0);
		ck_assert_uint_eq(
		    board_any.board_sees.generation, p.rig.generation);
	}
	rig_stop(&p.rig);
}
END_TEST

/* ---- what workers are told ---- */

START_TEST(board_has_first_who_is_there_already)
{
	start();
	ck_assert_uint_eq(worker_try(p.workers[0], 1, "lab1", &opened), 0);
	board_ask(p.workers[1], 1, RIG_CLIENT, 0);
	board_expect_state(p.workers[1], 0, 1);
	/* of a shared desktop, an address is nobody else's business */
	ck_assert_uint_eq(board_any.board_states.states[0].by_count, 0);
	ck_assert_uint_gt(board_any.board_states.states[0].since_sec, 0);
	board_expect_sees(p.workers[1], 1, 7, 0);
	/* the worker knows */
	board_show(p.workers[1], 2);
	worker_expect_silence(p.workers[1]);
	/* one that had none has forgotten, or never knew */
	board_leave(p.workers[1], 1);
	board_leave(p.workers[1], 2);
	board_ask(p.workers[1], 3, RIG_CLIENT, 0);
	board_expect_state(p.workers[1], 0, 1);
	board_expect_sees(p.workers[1], 3, 7, 0);
	rig_stop(&p.rig);
}
END_TEST

/* Changes of one target, then of another: nothing is between. */
START_TEST(board_is_told_what_changes)
{
	int i;

	start();
	board_show(p.workers[0], 1);
	board_show(p.workers[0], 2);
	board_show(p.workers[1], 1);
	board_open_at(p.workers[1], 7, "lab1");
	for (i = 0; i < 2; i++) {
		board_hear_open(p.workers[i], 0);
		ck_assert_uint_eq(
		    board_any.board_states.generation, p.rig.generation);
	}
	worker_close(p.workers[1], 7);
	for (i = 0; i < 2; i++) {
		board_expect_state(p.workers[i], 0, 0);
		ck_assert_uint_eq(
		    board_any.board_states.states[0].since_sec, 0);
	}
	board_open_at(p.workers[1], 8, "lab2");
	board_hear_open(p.workers[0], 1);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(board_is_not_told_what_it_does_not_see)
{
	int unseeing, seeing;

	start();
	unseeing = p.workers[0];
	seeing = p.workers[1];
	p.conf.access_targets = "*";
	p.conf.access_from = "192.0.2.0/24";
	rig_configure(&p.rig, &p.conf);
	rig_count(&p.rig);
	board_show(seeing, 1);
	board_ask(unseeing, 1, "198.51.100.1", 0);
	board_expect_sees(unseeing, 1, 0, 0);
	board_open_at(seeing, 7, "lab1");
	board_hear_open(seeing, 0);
	worker_close(seeing, 7);
	board_expect_state(seeing, 0, 0);
	/* whoever was to be told that it was open has been */
	worker_expect_silence(unseeing);
	board_open_at(seeing, 8, "lab1");
	board_hear_open(seeing, 0);
	/* one that sees it comes there, too */
	board_ask(unseeing, 2, RIG_CLIENT, 0);
	board_expect_state(unseeing, 0, 1);
	board_expect_sees(unseeing, 2, 7, 0);
	rig_stop(&p.rig);
}
END_TEST

/* More than may be queued at a time: it takes a while, and costs nothing. */
START_TEST(board_of_very_many_is_told_all)
{
	static char names[MANY][NAME_BYTES], addresses[MANY][ADDRESS_BYTES];
	static struct rig_target many[MANY + 1];
	static uint8_t told[MANY];
	unsigned left = MANY, i;
	int has_sees = 0, fd, got;
	struct pollfd pfd = {.events = POLLIN};

	pair_start(&p, NULL);
	for (i = 0; i < MANY; i++) {
		snprintf(names[i], NAME_BYTES, "t%u", i);
		many[i].name = names[i];
		snprintf(addresses[i], ADDRESS_BYTES, "127.1.%u.%u:5901",
		    i >> 8, i & 255);
		many[i].address = addresses[i];
	}
	p.conf.targets = many;
	p.conf.max_connections = 2 * MANY;
	rig_configure(&p.rig, &p.conf);
	p.workers[0] = rig_connect_worker(&p.rig, 0);
	for (i = 0; i < MANY; i++)
		worker_held(p.workers[0], i + 1, names[i], addresses[i]);
	worker_held_end(p.workers[0], MANY);
	worker_expect_silence(p.workers[0]);
	board_ask(p.workers[1], 1, RIG_CLIENT, 0);
	/* it begins to answer; and when the master is answered, it has */
	pfd.fd = p.workers[1];
	ck_assert_int_eq(poll(&pfd, 1, WAIT_MS), 1);
	rig_count(&p.rig);
	while (left > 0 || !has_sees) {
		got = ipc_read_message(
		    p.workers[1], ROLE_WORKER, ROLE_BROKER, &board_any, &fd);
		ck_assert_msg(got == MSG_BOARD_STATES || got == MSG_BOARD_SEES,
		    "%s, and %u were not told", vb_strerror(got), left);
		has_sees |= got == MSG_BOARD_SEES;
		for (i = 0; got == MSG_BOARD_STATES &&
		     i < board_any.board_states.count;
		     i++, left--) {
			ck_assert_uint_eq(
			    board_any.board_states.states[i].open, 1);
			ck_assert_uint_eq(
			    told[board_any.board_states.states[i].target]++, 0);
		}
	}
	ck_assert_uint_eq(p.rig.dropped_count, 0);
	rig_stop(&p.rig);
}
END_TEST

/* ---- the end ---- */

START_TEST(boards_are_over_with_the_configuration)
{
	int i;

	start();
	board_show(p.workers[0], 1);
	board_show(p.workers[0], 2);
	board_show(p.workers[1], 1);
	rig_configure(&p.rig, &p.conf);
	board_expect_over(p.workers[0], 1, 0, "");
	board_expect_over(p.workers[0], 2, 0, "");
	board_expect_over(p.workers[1], 1, 0, "");
	for (i = 0; i < 2; i++) {
		worker_expect_silence(p.workers[i]);
		board_leave(p.workers[i], 1); /* crosses it: no fault */
		board_show(p.workers[i], 1);
		ck_assert_uint_eq(
		    board_any.board_sees.generation, p.rig.generation);
	}
	rig_stop(&p.rig);
}
END_TEST

START_TEST(boards_go_with_their_worker)
{
	uint64_t id;

	start();
	for (id = 1; id <= 100; id++)
		board_show(p.workers[0], id);
	board_show(p.workers[1], 1);
	board_open_at(p.workers[1], 7, "lab1");
	board_hear_open(p.workers[1], 0);
	close(p.workers[0]);
	p.workers[0] = rig_add_worker(&p.rig, 0);
	worker_expect_silence(p.workers[0]);
	worker_close(p.workers[1], 7);
	board_expect_state(p.workers[1], 0, 0);
	worker_expect_silence(p.workers[0]);
	/* there is room for as many as before */
	for (id = 1; id <= BOARDS_MAX; id++)
		board_show(p.workers[0], id);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(boards_of_a_worker_are_bounded)
{
	uint64_t id;

	start();
	for (id = 1; id <= BOARDS_MAX; id++)
		board_show(p.workers[0], id);
	board_ask(p.workers[0], id, RIG_CLIENT, 0);
	board_expect_over(p.workers[0], id, 4522, "too many look at the board");
	board_show(p.workers[1], 1);
	board_leave(p.workers[0], 17);
	board_leave(p.workers[0], 17); /* no fault */
	board_show(p.workers[0], id);
	board_ask(p.workers[0], 17, RIG_CLIENT, 0);
	board_expect_over(p.workers[0], 17, 4522, "too many look at the board");
	rig_stop(&p.rig);
}
END_TEST

START_TEST(board_has_a_number_of_its_own)
{
	start();
	board_show(p.workers[0], 1);
	board_show(p.workers[1], 1);
	board_ask(p.workers[0], _i == 0 ? 1 : 0, RIG_CLIENT, 0);
	worker_expect_closed(p.workers[0]);
	rig_count(&p.rig);
	ck_assert_uint_eq(p.rig.dropped_count, 1);
	ck_assert_uint_eq(p.rig.dropped_index, 0);
	board_show(p.workers[1], 2);
	rig_stop(&p.rig);
}
END_TEST

static TCase *
cases(void)
{
	TCase *tc = tcase_create("board");

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, board_shows_what_sections_grant);
	tcase_add_test(tc, board_has_first_who_is_there_already);
	tcase_add_test(tc, board_is_told_what_changes);
	tcase_add_test(tc, board_is_not_told_what_it_does_not_see);
	tcase_add_test(tc, board_of_very_many_is_told_all);
	tcase_add_test(tc, boards_are_over_with_the_configuration);
	tcase_add_test(tc, boards_go_with_their_worker);
	tcase_add_test(tc, boards_of_a_worker_are_bounded);
	tcase_add_loop_test(tc, board_has_a_number_of_its_own, 0, 2);
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
