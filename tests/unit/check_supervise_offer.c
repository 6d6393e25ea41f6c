/* SPDX-License-Identifier: ISC */
/*
 * A bundle that the master shows to keeper and auth, before anybody else hears
 * of it: that one which auth refuses, or does not live to answer, has changed
 * nothing; and an auth that comes and goes with it.
 */
#include <check.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/breach.h"
#include "tests/unit/supervise_rig.h"

#define TEST_SEC 60
#define WHY	 "hash: it is none"

static union proto_any any;

/* All but keeper and auth have heard of that, and of nothing later. */
static void
expect_others_have(uint32_t generation)
{
	int i;

	for (i = 0; i < RIG_WORKERS; i++) {
		ck_assert_uint_eq(rig.workers[i].generation, generation);
		ck_assert_uint_eq(rig.workers[i].ends, generation);
	}
	ck_assert_uint_eq(rig.broker.generation, generation);
	ck_assert_uint_eq(rig.broker.ends, generation);
}

static void
expect_refused(unsigned times, const char *words)
{
	ck_assert_uint_eq(rig.kept, times);
	ck_assert(rig.is_refused);
	ck_assert_msg(strstr(rig.error, words) != NULL,
	    "\"%s\" says nothing of \"%s\"", rig.error, words);
	ck_assert_ptr_null(rig.sup->offered);
	expect_others_have(1);
}

START_TEST(master_asks_keeper_and_auth_before_anybody_hears_of_a_bundle)
{
	rig_start_auth();
	ck_assert_int_eq(rig_offer(2), 0);
	ck_assert_uint_eq(rig.auth.generation, 1);
	rig_say_kept(0);
	ck_assert_uint_eq(rig.kept, 0);
	ck_assert_uint_eq(rig.auth.generation, 2);
	ck_assert_uint_eq(rig.auth.logins, 1); /* it has them */
	ck_assert_uint_eq(rig.auth.users, 2);
	ck_assert_int_lt(rig_offer(3), 0); /* one at a time */
	expect_others_have(1);
	rig_say_known(NULL);
	ck_assert_uint_eq(rig.kept, 1);
	ck_assert(!rig.is_refused);
	rig_take_offer();
	expect_others_have(2);
	ck_assert_uint_eq(rig.auth.ends, 2);
	ck_assert_uint_eq(rig.keeper.ends, 2);
	ck_assert_uint_eq(rig.auth.auth_peers, RIG_WORKERS + 1);
	rig_stop();
}
END_TEST

/* It goes on with the users it had; the keeper must have the old keys again. */
START_TEST(master_goes_back_when_auth_refuses)
{
	pid_t auth, keeper;

	rig_start_auth();
	auth = rig.auth.pid;
	keeper = rig.keeper.pid;
	ck_assert_int_eq(rig_offer(2), 0);
	rig_say_kept(0);
	rig_say_known(WHY);
	expect_refused(1, "users' file /etc/vncbridge/users:3: " WHY);
	ck_assert_uint_eq(rig.keeper.generation, 1);
	ck_assert_int_lt(rig_offer(3), 0); /* it owes KEPT */
	rig_say_kept(0);
	ck_assert_int_eq(rig.auth.pid, auth);
	ck_assert_int_eq(rig.keeper.pid, keeper);
	ck_assert_ptr_nonnull(rig.sup->auth.ipc);
	ck_assert_ptr_nonnull(rig.sup->keeper.ipc);
	/* and the next one may be better */
	ck_assert_int_eq(rig_offer(3), 0);
	rig_say_kept(0);
	rig_say_known(NULL);
	ck_assert_uint_eq(rig.kept, 2);
	ck_assert(!rig.is_refused);
	rig_stop();
}
END_TEST

START_TEST(master_does_not_ask_auth_what_the_keeper_refuses)
{
	rig_start_auth();
	ck_assert_int_eq(rig_offer(2), 0);
	kill(rig.keeper.pid, SIGKILL);
	rig_wait_replaced(&rig.keeper, rig.keeper.pid);
	expect_refused(1, "the keeper has died");
	ck_assert_uint_eq(rig.auth.generation, 1);
	ck_assert_uint_eq(rig.auth.ends, 1);
	rig_stop();
}
END_TEST

START_TEST(master_goes_back_when_auth_dies_before_it_answers)
{
	pid_t pid;

	rig_start_auth();
	ck_assert_int_eq(rig_offer(2), 0);
	rig_say_kept(0);
	pid = rig.auth.pid;
	rig_die(&rig.auth);
	expect_refused(1, "auth has died");
	ck_assert_uint_eq(rig.auth.generation, 1);
	ck_assert_uint_eq(rig.keeper.generation, 1);
	rig_ready(&rig.auth);
	ck_assert_int_ne(rig.auth.pid, pid);
	ck_assert_uint_eq(rig.auth.auth_peers, RIG_WORKERS + 1);
	rig_stop();
}
END_TEST

/* What applies must not be changed by an offer that nobody has taken. */
START_TEST(master_gives_a_new_auth_what_applies_while_the_keeper_is_asked)
{
	rig_start_auth();
	ck_assert_int_eq(rig_offer(2), 0);
	rig_die(&rig.auth);
	ck_assert_uint_eq(rig.kept, 0);
	ck_assert_uint_eq(rig.auth.generation, 1);
	rig_ready(&rig.auth);
	rig_say_kept(0);
	ck_assert_uint_eq(rig.auth.generation, 2);
	rig_say_known(NULL);
	ck_assert_uint_eq(rig.kept, 1);
	ck_assert(!rig.is_refused);
	rig_stop();
}
END_TEST

START_TEST(master_goes_back_when_auth_has_just_been_replaced)
{
	pid_t pid;

	rig_start_auth();
	ck_assert_int_eq(rig_offer(2), 0);
	rig_die(&rig.auth);
	pid = rig.auth.pid;
	rig_say_kept(0);
	expect_refused(1, "auth is just being replaced: try again");
	ck_assert_uint_eq(rig.keeper.generation, 1);
	/* it has done nothing wrong */
	rig_ready(&rig.auth);
	ck_assert_int_eq(rig.auth.pid, pid);
	rig_stop();
}
END_TEST

START_TEST(master_gives_a_new_keeper_what_auth_is_asked_about)
{
	rig_start_auth();
	ck_assert_int_eq(rig_offer(2), 0);
	rig_say_kept(0);
	rig_die(&rig.keeper);
	ck_assert_uint_eq(rig.kept, 0);
	ck_assert_uint_eq(rig.keeper.generation, 2);
	if (_i == 0) {
		rig_ready(&rig.keeper);
		rig_say_known(WHY);
		expect_refused(1, WHY);
		ck_assert_uint_eq(rig.keeper.generation, 1);
		rig_say_kept(0);
	} else {
		/* it is no use to wait for what it says of that one */
		pid_t pid = rig.keeper.pid;

		rig_say_known(WHY);
		expect_refused(1, WHY);
		rig_wait_replaced(&rig.keeper, pid);
		ck_assert_uint_eq(rig.keeper.generation, 1);
		rig_ready(&rig.keeper);
	}
	rig_stop();
}
END_TEST

/* No answer in time, or no resources to apply what both have taken. */
START_TEST(master_withdraws_what_auth_has_or_does_not_answer)
{
	pid_t auth, keeper, broker;

	rig_start_auth();
	broker = rig.broker.pid;
	ck_assert_int_eq(rig_offer(2), 0);
	rig_say_kept(0);
	if (_i == 1)
		rig_say_known(NULL);
	auth = rig.auth.pid;
	keeper = rig.keeper.pid;
	supervisor_withdraw(rig.sup);
	rig_wait_replaced(&rig.auth, auth);
	rig_wait_replaced(&rig.keeper, keeper);
	ck_assert_uint_eq(rig.auth.generation, 1);
	ck_assert_uint_eq(rig.keeper.generation, 1);
	rig_ready(&rig.auth);
	rig_ready(&rig.keeper);
	expect_others_have(1);
	ck_assert_int_eq(rig.broker.pid, broker);
	ck_assert_uint_eq(rig.kept, _i == 1 ? 1 : 0);
	rig_stop();
}
END_TEST

/* An answer to another question would let wrong users pass. */
START_TEST(master_takes_no_answer_of_auth_for_another_bundle)
{
	pid_t pid;

	rig_start_auth();
	ck_assert_int_eq(rig_offer(2), 0);
	rig_say_kept(0);
	pid = rig.auth.pid;
	memset(&any, 0, sizeof(any));
	any.known.generation = 1;
	ck_assert_int_eq(rig_say(&rig.auth, MSG_KNOWN, &any), 0);
	rig_wait_replaced(&rig.auth, pid);
	expect_refused(1, "auth has died");
	rig_stop();
}
END_TEST

START_TEST(master_takes_no_endless_text_of_auth)
{
	pid_t pid;

	rig_start_auth();
	ck_assert_int_eq(rig_offer(2), 0);
	rig_say_kept(0);
	pid = rig.auth.pid;
	memset(&any, 0, sizeof(any));
	any.known.generation = 2;
	any.known.is_refused = 1;
	memset(any.known.text, 'a', sizeof(any.known.text));
	ck_assert_int_eq(rig_say(&rig.auth, MSG_KNOWN, &any), 0);
	rig_wait_replaced(&rig.auth, pid);
	expect_refused(1, "auth has died");
	rig_stop();
}
END_TEST

/* ---- an auth section comes, and goes ---- */

static void
bring_auth(uint32_t generation)
{
	ck_assert_int_eq(rig_offer_auth(generation, 1), 0);
	rig_say_kept(0);
	ck_assert_int_gt(rig.auth.pid, 0);
	ck_assert_uint_eq(rig.auth.generation, generation);
	ck_assert_uint_eq(rig.auth.logins, 1);
	ck_assert_uint_eq(rig.auth.users, 1);
}

START_TEST(master_starts_auth_for_a_reload_that_wants_it)
{
	rig_start();
	bring_auth(2);
	expect_others_have(1);
	rig_say_known(NULL);
	ck_assert(!rig.is_refused);
	rig_take_offer();
	expect_others_have(2);
	ck_assert_uint_eq(rig.broker.auth_peers, 0);
	rig_ready(&rig.auth);
	ck_assert_uint_eq(rig.auth.auth_peers, RIG_WORKERS + 1);
	ck_assert_uint_eq(rig.broker.auth_peers, 1);
	ck_assert_uint_eq(rig.workers[0].auth_peers, 1);
	ck_assert_uint_eq(rig.ready, 1); /* of the start, once */
	/* and from now on it is replaced */
	rig_die(&rig.auth);
	ck_assert_uint_eq(rig.auth.generation, 2);
	rig_ready(&rig.auth);
	rig_stop();
}
END_TEST

START_TEST(master_ends_an_auth_that_was_only_asked)
{
	pid_t keeper;

	rig_start();
	bring_auth(2);
	keeper = rig.keeper.pid;
	if (_i == 0) {
		rig_say_known(WHY);
		expect_refused(1, WHY);
	} else if (_i == 1) {
		kill(rig.auth.pid, SIGKILL);
	} else {
		supervisor_withdraw(rig.sup);
		rig_run();
	}
	rig_wait_gone(&rig.auth);
	if (_i == 1)
		expect_refused(1, "auth has died");
	ck_assert_uint_eq(rig.sup->auth.is_wanted, 0);
	expect_others_have(1);
	if (_i == 2) {
		rig_wait_replaced(&rig.keeper, keeper);
		rig_ready(&rig.keeper);
	} else {
		rig_say_kept(0);
		ck_assert_int_eq(rig.keeper.pid, keeper);
	}
	ck_assert_uint_eq(rig.keeper.generation, 1);
	/* the next one may be better */
	bring_auth(3);
	rig_say_known(NULL);
	ck_assert(!rig.is_refused);
	rig_stop();
}
END_TEST

START_TEST(master_ends_an_auth_that_a_reload_does_not_want)
{
	struct msg_unjoined unjoined = {0, UNJOINED_LOST, ROLE_AUTH};

	rig_start_auth();
	ck_assert_int_eq(rig_offer_auth(2, 0), 0);
	rig_say_kept(0);
	/* auth is not asked */
	ck_assert_uint_eq(rig.kept, 1);
	ck_assert(!rig.is_refused);
	ck_assert_uint_eq(rig.auth.ends, 1);
	ck_assert_ptr_nonnull(rig.sup->auth.ipc);
	rig_take_offer();
	ck_assert_uint_eq(rig.sup->auth.is_wanted, 0);
	expect_others_have(2);
	rig_wait_gone(&rig.auth);
	/* they have heard that their channel is closed; there is no other */
	unjoined.fence = rig.broker.auth_fence;
	ck_assert_int_eq(rig_say(&rig.broker, MSG_UNJOINED, &unjoined), 0);
	rig_run();
	ck_assert_ptr_nonnull(rig.sup->broker.ipc);
	ck_assert_int_lt(supervisor_ask_auth(rig.sup, MSG_LOGINS, &any), 0);
	rig_stop();
}
END_TEST

START_TEST(master_has_auth_come_and_go_and_come)
{
	uint32_t generation = 2;
	int i;

	rig_start();
	for (i = 0; i < 3; i++) {
		bring_auth(generation++);
		rig_say_known(NULL);
		rig_take_offer();
		if (i > 0) /* or it goes before it has said READY */
			rig_ready(&rig.auth);
		ck_assert_int_eq(rig_offer_auth(generation++, 0), 0);
		rig_say_kept(0);
		ck_assert(!rig.is_refused);
		rig_take_offer();
		rig_wait_gone(&rig.auth);
	}
	expect_others_have(generation - 1);
	ck_assert_uint_eq(rig.broker.auth_peers, 2);
	ck_assert_uint_eq(rig.sup->auth.restarts, 0);
	rig_stop();
}
END_TEST

static TCase *
reload_case(void)
{
	TCase *tc = tcase_create("reload");

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(
	    tc, master_asks_keeper_and_auth_before_anybody_hears_of_a_bundle);
	tcase_add_test(tc, master_goes_back_when_auth_refuses);
	tcase_add_test(tc, master_does_not_ask_auth_what_the_keeper_refuses);
	tcase_add_test(tc, master_goes_back_when_auth_dies_before_it_answers);
	tcase_add_test(
	    tc, master_gives_a_new_auth_what_applies_while_the_keeper_is_asked);
	tcase_add_test(tc, master_goes_back_when_auth_has_just_been_replaced);
	tcase_add_loop_test(
	    tc, master_gives_a_new_keeper_what_auth_is_asked_about, 0, 2);
	tcase_add_loop_test(
	    tc, master_withdraws_what_auth_has_or_does_not_answer, 0, 2);
	tcase_add_test(tc, master_takes_no_answer_of_auth_for_another_bundle);
	tcase_add_test(tc, master_takes_no_endless_text_of_auth);
	tcase_add_test(tc, master_starts_auth_for_a_reload_that_wants_it);
	tcase_add_loop_test(tc, master_ends_an_auth_that_was_only_asked, 0, 3);
	tcase_add_test(tc, master_ends_an_auth_that_a_reload_does_not_want);
	tcase_add_test(tc, master_has_auth_come_and_go_and_come);
	return tc;
}

int
main(void)
{
	Suite *suite = suite_create("supervise-offer");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, reload_case());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
