/* SPDX-License-Identifier: ISC */
/*
 * The watchdog, round for round, with a clock of the test: who is silent is
 * replaced in time, not a round before, and nobody else ever.
 */
#include <check.h>
#include <event2/event.h>
#include <stdlib.h>

#include "common/clock.h"
#include "daemon/master/children/watchdog.h"
#include "tests/unit/supervise_rig.h"

#define TIMEOUT_SEC 3600 /* no round comes by itself while a test runs */
#define ROUNDS	    10	 /* within the time-out */
#define ROUND_MS    (TIMEOUT_SEC * MS_PER_SEC / ROUNDS)
#define LATE_MS	    (2 * ROUND_MS)
#define FOR_LONG    100 /* rounds */

static struct fake *const everybody[] = {
    &rig.keeper, &rig.broker, &rig.workers[0], &rig.workers[1]};

static void
start(void)
{
	rig_start();
	rig_watch(TIMEOUT_SEC);
	ck_assert_uint_eq(rig.sup->watch_round_ms, ROUND_MS);
}

/* Whether it is that process still, and has its channel. */
static int
is_there(const struct fake *fake, pid_t pid)
{
	const struct child *child = rig_child(fake);

	return child->pid == pid && child->ipc != NULL;
}

static void
play_round(uint64_t after_ms)
{
	watchdog_round(rig.sup, rig.sup->watched_ms + after_ms);
	rig_run();
}

static void
answer(struct fake *fake)
{
	struct msg_alive alive = {fake->probe_number};

	ck_assert_int_eq(rig_say(fake, MSG_ALIVE, &alive), 0);
	rig_run();
}

/* All but one answer what they are asked in this round. */
static void
answer_but(const struct fake *silent)
{
	size_t i;

	for (i = 0; i < sizeof(everybody) / sizeof(everybody[0]); i++)
		if (everybody[i] != silent)
			answer(everybody[i]);
}

START_TEST(watchdog_replaces_the_one_that_owes_an_answer)
{
	struct fake *silent = everybody[_i];
	pid_t pid;
	int i;

	start();
	pid = silent->pid;
	for (i = 0; i < ROUNDS; i++) {
		play_round(ROUND_MS);
		answer_but(silent);
		ck_assert_ptr_nonnull(rig_child(silent)->ipc);
	}
	/* asked once, and what it does not read does not pile up */
	ck_assert_uint_eq(silent->probes, 1);
	play_round(ROUND_MS);
	ck_assert(!is_there(silent, pid));
	answer_but(silent);
	rig_wait_replaced(silent, pid);
	for (i = 0; i < 4; i++)
		ck_assert_uint_eq(
		    rig_child(everybody[i])->restarts, i == _i ? 1 : 0);
	rig_stop();
}
END_TEST

START_TEST(watchdog_waits_the_whole_time_after_each_answer)
{
	int i, round;

	start();
	for (i = 0; i < 3; i++) {
		for (round = 0; round < ROUNDS; round++) {
			play_round(ROUND_MS);
			answer_but(&rig.broker);
		}
		answer(&rig.broker);
	}
	ck_assert_uint_eq(rig.broker.probes, 3);
	ck_assert_uint_eq(rig.sup->broker.restarts, 0);
	ck_assert_ptr_nonnull(rig.sup->broker.ipc);
	rig_stop();
}
END_TEST

START_TEST(watchdog_counts_no_round_that_the_master_has_missed)
{
	pid_t pid;
	int i;

	start();
	for (i = 0; i < FOR_LONG; i++)
		play_round(i % 2 == 0 ? LATE_MS : FOR_LONG * LATE_MS);
	for (i = 0; i < 4; i++)
		ck_assert_ptr_nonnull(rig_child(everybody[i])->ipc);
	/* nor does such a round make up for those that were on time */
	pid = rig.broker.pid;
	for (i = 0; i < ROUNDS - 1; i++)
		play_round(LATE_MS - 1);
	ck_assert_ptr_nonnull(rig.sup->broker.ipc);
	play_round(LATE_MS);
	ck_assert(is_there(&rig.broker, pid));
	play_round(ROUND_MS);
	ck_assert(!is_there(&rig.broker, pid));
	rig_stop();
}
END_TEST

START_TEST(watchdog_replaces_one_whose_queue_has_no_room_for_a_question)
{
	pid_t pid;
	int i;

	start();
	pid = rig.workers[0].pid;
	ipc_set_bound(rig.sup->workers[0]->ipc, 0);
	for (i = 0; i < ROUNDS - 1; i++) {
		play_round(ROUND_MS);
		answer_but(&rig.workers[0]);
	}
	ck_assert_ptr_nonnull(rig.sup->workers[0]->ipc);
	ck_assert_uint_eq(rig.workers[0].probes, 0);
	play_round(ROUND_MS);
	rig_wait_replaced(&rig.workers[0], pid);
	rig_stop();
}
END_TEST

START_TEST(watchdog_asks_nobody_before_it_is_ready)
{
	int i;

	rig_start_silent();
	rig_watch(TIMEOUT_SEC);
	for (i = 0; i < FOR_LONG; i++)
		play_round(ROUND_MS);
	/* the keeper is, since the others are started behind it */
	for (i = 1; i < 4; i++) {
		ck_assert_ptr_nonnull(rig_child(everybody[i])->ipc);
		ck_assert_uint_eq(everybody[i]->probes, 0);
	}
	rig_stop();
}
END_TEST

START_TEST(watchdog_begins_anew_with_a_new_child)
{
	struct fake *silent = &rig.workers[1];
	pid_t pid;
	int i;

	start();
	pid = silent->pid;
	for (i = 0; i <= ROUNDS; i++) {
		play_round(ROUND_MS);
		answer_but(silent);
	}
	rig_wait_replaced(silent, pid);
	rig_ready(silent);
	for (i = 0; i < ROUNDS; i++) {
		play_round(ROUND_MS);
		answer_but(silent);
	}
	ck_assert_ptr_nonnull(rig_child(silent)->ipc);
	answer(silent);
	rig_stop();
}
END_TEST

START_TEST(watchdog_that_is_off_asks_nobody)
{
	start();
	rig_watch(0);
	ck_assert_uint_eq(rig.sup->watch_round_ms, 0);
	ck_assert_int_eq(
	    event_pending(&rig.sup->watch_ev, EV_TIMEOUT, NULL), 0);
	rig_watch(1);
	ck_assert_uint_eq(rig.sup->watch_round_ms, MS_PER_SEC / ROUNDS);
	ck_assert_int_ne(
	    event_pending(&rig.sup->watch_ev, EV_TIMEOUT, NULL), 0);
	rig_stop();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("watchdog");
	TCase *tc = tcase_create("watchdog");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
	    tc, watchdog_replaces_the_one_that_owes_an_answer, 0, 4);
	tcase_add_test(tc, watchdog_waits_the_whole_time_after_each_answer);
	tcase_add_test(tc, watchdog_counts_no_round_that_the_master_has_missed);
	tcase_add_test(
	    tc, watchdog_replaces_one_whose_queue_has_no_room_for_a_question);
	tcase_add_test(tc, watchdog_asks_nobody_before_it_is_ready);
	tcase_add_test(tc, watchdog_begins_anew_with_a_new_child);
	tcase_add_test(tc, watchdog_that_is_off_asks_nobody);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
