/* SPDX-License-Identifier: ISC */
/*
 * The master between its children: what one says of another, what a keeper
 * makes of what it is offered, and that nothing is lost when one goes.
 */
#include <check.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/unit/breach.h"
#include "tests/unit/supervise_rig.h"

#define TEST_SEC 60
#define COOKIE	 77

static union proto_any any;

/* ---- DROPPED and UNJOINED ---- */

/* What a broker leaves to the next, and what an operator has said meanwhile. */
START_TEST(master_gives_each_broker_the_same_leases)
{
	ino_t file;

	rig_start();
	ck_assert_uint_eq(rig.broker.logins, 1);
	ck_assert_uint_eq(rig.broker.is_refusing, 0);
	file = rig.broker.logins_file;
	supervisor_set_refusing(rig.sup, 1);
	rig_die(&rig.broker);
	ck_assert_uint_eq(rig.broker.logins, 1);
	ck_assert_uint_eq(rig.broker.logins_file, file);
	ck_assert_uint_eq(rig.broker.is_refusing, 1);
	rig_stop();
}
END_TEST

START_TEST(master_replaces_the_worker_that_the_broker_dropped)
{
	struct msg_dropped dropped = {0};
	pid_t pid, broker;

	rig_start();
	broker = rig.broker.pid;
	pid = rig.workers[0].pid;
	dropped.asker = ROLE_WORKER;
	dropped.fence = rig.workers[0].fence;
	ck_assert_int_eq(rig_say(&rig.broker, MSG_DROPPED, &dropped), 0);
	rig_wait_replaced(&rig.workers[0], pid);
	pid = rig.workers[0].pid;
	/* said again of the one that is gone: the new one stays */
	ck_assert_int_eq(rig_say(&rig.broker, MSG_DROPPED, &dropped), 0);
	rig_run();
	ck_assert_ptr_nonnull(rig_child(&rig.workers[0])->ipc);
	rig_ready(&rig.workers[0]);
	ck_assert_int_eq(rig_say(&rig.broker, MSG_DROPPED, &dropped), 0);
	rig_run();
	ck_assert_ptr_nonnull(rig_child(&rig.workers[0])->ipc);
	ck_assert_int_eq(rig.workers[0].pid, pid);
	ck_assert_int_eq(rig.broker.pid, broker);
	rig_stop();
}
END_TEST

/* Else it would keep what that worker had. */
START_TEST(master_tells_the_broker_who_has_gone_or_replaces_it)
{
	pid_t broker;

	rig_start();
	broker = rig.broker.pid;
	rig_die(&rig.workers[0]);
	ck_assert_uint_eq(rig.broker.gone, 1);
	ck_assert_int_eq(rig.broker.pid, broker);
	rig_ready(&rig.workers[0]);
	ipc_set_bound(rig_child(&rig.broker)->ipc, 0);
	rig_die(&rig.workers[0]);
	rig_wait_replaced(&rig.broker, broker);
	ck_assert_uint_eq(rig.broker.gone, 0);
	/* one that is not READY yet waits for those that it was told of */
	rig_die(&rig.workers[1]);
	ck_assert_uint_eq(rig.broker.gone, 1);
	rig_stop();
}
END_TEST

static void
complain(struct fake *worker, uint32_t reason)
{
	struct msg_unjoined unjoined = {worker->fence, reason, ROLE_BROKER};

	ck_assert_int_eq(rig_say(worker, MSG_UNJOINED, &unjoined), 0);
}

START_TEST(master_replaces_the_broker_that_a_worker_complains_of_once)
{
	pid_t worker, other, broker;

	rig_start();
	worker = rig.workers[0].pid;
	other = rig.workers[1].pid;
	broker = rig.broker.pid;
	complain(&rig.workers[0], UNJOINED_NONSENSE);
	rig_wait_replaced(&rig.broker, broker);
	broker = rig.broker.pid;
	/* the other one has the same to say, and not of the new broker */
	complain(&rig.workers[1], UNJOINED_NONSENSE);
	rig_run();
	ck_assert_ptr_nonnull(rig.sup->broker.ipc);
	ck_assert_int_eq(rig.broker.pid, broker);
	ck_assert_uint_eq(rig.sup->broker.restarts, 1);
	rig_ready(&rig.broker);
	ck_assert_uint_eq(rig.broker.peers, RIG_WORKERS);
	ck_assert_int_eq(rig.workers[0].pid, worker);
	/* of the next one too: now it is the worker that is replaced */
	complain(&rig.workers[0], UNJOINED_NONSENSE);
	rig_wait_replaced(&rig.workers[0], worker);
	ck_assert_int_eq(rig.broker.pid, broker);
	ck_assert_int_eq(rig.workers[1].pid, other);
	ck_assert_uint_eq(rig.sup->broker.restarts, 1);
	rig_ready(&rig.workers[0]);
	ck_assert_uint_eq(rig.broker.peers, RIG_WORKERS + 1);
	rig_stop();
}
END_TEST

START_TEST(master_hears_of_a_lost_channel_once_and_makes_another)
{
	uint64_t end_ms = clock_now_ms() + 10000;
	uint32_t fence;
	pid_t pid, broker;

	rig_start();
	pid = rig.workers[0].pid;
	broker = rig.broker.pid;
	fence = rig.workers[0].fence;
	complain(&rig.workers[0], UNJOINED_LOST);
	while (rig.workers[0].fence == fence) {
		ck_assert_uint_lt(clock_now_ms(), end_ms);
		event_base_loop(rig.base, EVLOOP_ONCE);
		rig_run();
	}
	ck_assert_uint_eq(rig.broker.peers, RIG_WORKERS + 1);
	ck_assert_uint_eq(rig.broker.fence, rig.workers[0].fence);
	ck_assert_int_eq(rig.broker.pid, broker);
	/* twice for one PEER is a lie */
	complain(&rig.workers[0], UNJOINED_LOST);
	complain(&rig.workers[0], UNJOINED_LOST);
	rig_wait_replaced(&rig.workers[0], pid);
	ck_assert_int_eq(rig.broker.pid, broker);
	rig_stop();
}
END_TEST

/* ---- nothing is lost ---- */

START_TEST(master_loses_no_question_when_another_child_breaks_a_rule)
{
	struct msg_list list = {.cookie = COOKIE};
	struct msg_load load = {0};
	pid_t pid;

	rig_start();
	pid = rig.workers[0].pid;
	ck_assert_int_eq(supervisor_list(rig.sup, &list), 0);
	rig_run();
	ck_assert_uint_eq(rig.broker.cookie, COOKIE);
	load.taken = 1; /* a lie */
	ck_assert_int_eq(rig_say(&rig.workers[0], MSG_LOAD, &load), 0);
	rig_wait_replaced(&rig.workers[0], pid);
	memset(&any, 0, sizeof(any));
	any.listed.cookie = COOKIE;
	ck_assert_int_eq(rig_say(&rig.broker, MSG_LISTED, &any), 0);
	rig_run();
	ck_assert_uint_eq(rig.listed, 1);
	ck_assert_uint_eq(rig.listed_cookie, COOKIE);
	/* where it is the broker, whoever waits is told */
	pid = rig.broker.pid;
	ck_assert_int_eq(breach_say(rig.broker.fd, MSG_ALIVE, NULL, -1), 0);
	rig_wait_replaced(&rig.broker, pid);
	ck_assert_uint_eq(rig.broker_lost, 1);
	ck_assert_int_lt(supervisor_list(rig.sup, &list), 0);
	rig_stop();
}
END_TEST

/* ---- the keeper ---- */

START_TEST(master_joins_all_workers_with_a_new_keeper)
{
	pid_t broker, worker;

	rig_start();
	broker = rig.broker.pid;
	worker = rig.workers[0].pid;
	rig_die(&rig.keeper);
	ck_assert_uint_eq(rig.keeper.ends, 1); /* it has the bundle */
	rig_ready(&rig.keeper);
	ck_assert_uint_eq(rig.keeper.keeper_peers, RIG_WORKERS);
	ck_assert_uint_eq(rig.workers[0].keeper_peers, 2);
	ck_assert_uint_eq(rig.workers[1].keeper_peers, 2);
	/* nobody else has noticed: a broker would lose its sessions by it */
	ck_assert_int_eq(rig.broker.pid, broker);
	ck_assert_int_eq(rig.workers[0].pid, worker);
	ck_assert_uint_eq(rig.broker.peers, RIG_WORKERS);
	ck_assert_uint_eq(rig.workers[0].peers, 1);
	rig_stop();
}
END_TEST

START_TEST(master_replaces_the_worker_that_the_keeper_dropped)
{
	struct msg_dropped dropped = {0};
	pid_t pid, keeper;

	rig_start();
	pid = rig.workers[0].pid;
	keeper = rig.keeper.pid;
	dropped.asker = ROLE_WORKER;
	dropped.fence = rig.workers[0].keeper_fence;
	ck_assert_int_eq(rig_say(&rig.keeper, MSG_DROPPED, &dropped), 0);
	rig_wait_replaced(&rig.workers[0], pid);
	rig_ready(&rig.workers[0]);
	ck_assert_int_eq(rig.keeper.pid, keeper);
	ck_assert_uint_eq(rig.keeper.keeper_peers, RIG_WORKERS + 1);
	ck_assert_uint_eq(rig.broker.peers, RIG_WORKERS + 1);
	rig_stop();
}
END_TEST

START_TEST(master_asks_the_keeper_before_anybody_hears_of_a_bundle)
{
	unsigned worker, broker;

	rig_start();
	worker = rig.workers[0].ends;
	broker = rig.broker.ends;
	ck_assert_int_eq(rig_offer(2), 0);
	ck_assert_uint_eq(rig.keeper.generation, 2);
	/* one at a time */
	ck_assert_int_lt(rig_offer(3), 0);
	ck_assert_uint_eq(rig.workers[0].ends, worker);
	ck_assert_uint_eq(rig.broker.ends, broker);
	rig_say_kept(0);
	ck_assert_uint_eq(rig.kept, 1);
	ck_assert(!rig.is_refused);
	rig_take_offer();
	ck_assert_uint_eq(rig.workers[0].ends, worker + 1);
	ck_assert_uint_eq(rig.workers[0].generation, 2);
	ck_assert_uint_eq(rig.broker.ends, broker + 1);
	/* the keeper has it already */
	ck_assert_uint_eq(rig.keeper.ends, 2);
	rig_stop();
}
END_TEST

START_TEST(master_keeps_the_bundle_that_holds_when_the_keeper_dies)
{
	pid_t pid;

	rig_start();
	ck_assert_int_eq(rig_offer(2), 0);
	pid = rig.keeper.pid;
	kill(pid, SIGKILL);
	rig_wait_replaced(&rig.keeper, pid);
	ck_assert_uint_eq(rig.kept, 1);
	ck_assert(rig.is_refused);
	ck_assert_uint_eq(rig.keeper.generation, 1);
	rig_ready(&rig.keeper);
	ck_assert_uint_eq(rig.workers[0].generation, 1);
	/* and another may be offered then */
	ck_assert_int_eq(rig_offer(3), 0);
	rig_say_kept(0);
	ck_assert_uint_eq(rig.kept, 2);
	ck_assert(!rig.is_refused);
	rig_stop();
}
END_TEST

/* SIGHUP came meanwhile: its bundle is the next keeper's first. */
START_TEST(master_offers_what_waits_to_the_next_keeper)
{
	pid_t pid;

	rig_start();
	ck_assert_int_eq(rig_offer(2), 0);
	rig.next = 3;
	pid = rig.keeper.pid;
	kill(pid, SIGKILL);
	rig_wait_replaced(&rig.keeper, pid);
	ck_assert_uint_eq(rig.kept, 1);
	ck_assert_uint_eq(rig.keeper.generation, 3);
	/* it has its time to get ready */
	pid = rig.keeper.pid;
	rig_run();
	ck_assert_ptr_nonnull(rig_child(&rig.keeper)->ipc);
	rig_say_kept(0);
	ck_assert_uint_eq(rig.kept, 2);
	ck_assert(!rig.is_refused);
	ck_assert_int_eq(rig.keeper.pid, pid);
	rig_stop();
}
END_TEST

START_TEST(master_withdraws_what_the_keeper_does_not_answer)
{
	pid_t pid;

	rig_start();
	ck_assert_int_eq(rig_offer(2), 0);
	pid = rig.keeper.pid;
	supervisor_withdraw(rig.sup);
	rig_wait_replaced(&rig.keeper, pid);
	ck_assert_uint_eq(rig.keeper.generation, 1);
	ck_assert_uint_eq(rig.kept, 0); /* nobody waits any more */
	rig_ready(&rig.keeper);
	rig_stop();
}
END_TEST

/* An answer to another question would let a bad bundle pass. */
START_TEST(master_takes_no_answer_for_another_bundle)
{
	pid_t pid;

	rig_start();
	ck_assert_int_eq(rig_offer(2), 0);
	pid = rig.keeper.pid;
	memset(&any, 0, sizeof(any));
	any.kept.generation = 1;
	ck_assert_int_eq(rig_say(&rig.keeper, MSG_KEPT, &any), 0);
	rig_wait_replaced(&rig.keeper, pid);
	ck_assert_uint_eq(rig.kept, 1);
	ck_assert(rig.is_refused);
	rig_stop();
}
END_TEST

static Suite *
join_suite(void)
{
	Suite *suite = suite_create("supervise-join");
	TCase *tc = tcase_create("children");

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, master_tells_the_broker_who_has_gone_or_replaces_it);
	tcase_add_test(tc, master_gives_each_broker_the_same_leases);
	tcase_add_test(tc, master_replaces_the_worker_that_the_broker_dropped);
	tcase_add_test(
	    tc, master_replaces_the_broker_that_a_worker_complains_of_once);
	tcase_add_test(
	    tc, master_hears_of_a_lost_channel_once_and_makes_another);
	tcase_add_test(
	    tc, master_loses_no_question_when_another_child_breaks_a_rule);
	tcase_add_test(tc, master_joins_all_workers_with_a_new_keeper);
	tcase_add_test(tc, master_replaces_the_worker_that_the_keeper_dropped);
	tcase_add_test(
	    tc, master_asks_the_keeper_before_anybody_hears_of_a_bundle);
	tcase_add_test(
	    tc, master_keeps_the_bundle_that_holds_when_the_keeper_dies);
	tcase_add_test(tc, master_offers_what_waits_to_the_next_keeper);
	tcase_add_test(tc, master_withdraws_what_the_keeper_does_not_answer);
	tcase_add_test(tc, master_takes_no_answer_for_another_bundle);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(join_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
