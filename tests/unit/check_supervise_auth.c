/* SPDX-License-Identifier: ISC */
/*
 * The master and auth: when it runs at all, who is joined with it, and what one
 * says of the other.
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
#define WAIT_MS	 10000
#define COOKIE	 77

static union proto_any any;

/* ---- the start ---- */

START_TEST(master_starts_no_auth_that_nobody_wants)
{
	rig_start();
	ck_assert_int_eq(rig.auth.pid, 0);
	ck_assert_uint_eq(rig.workers[0].auth_peers, 0);
	ck_assert_int_lt(supervisor_ask_auth(rig.sup, MSG_LOGINS, &any), 0);
	rig_stop();
}
END_TEST

START_TEST(master_is_ready_when_auth_is)
{
	rig_start_silent_auth();
	ck_assert_uint_eq(rig.auth.logins, 1);
	ck_assert_uint_eq(rig.auth.users, 1);
	rig_ready(&rig.workers[0]);
	rig_ready(&rig.workers[1]);
	rig_ready(&rig.broker);
	ck_assert_uint_eq(rig.ready, 0);
	ck_assert_uint_eq(rig.broker.auth_peers, 0);
	rig_say_known(NULL);
	ck_assert_uint_eq(rig.ready, 0);
	rig_ready(&rig.auth);
	ck_assert_uint_eq(rig.ready, 1);
	/* the broker asks it, as the workers do */
	ck_assert_uint_eq(rig.auth.auth_peers, RIG_WORKERS + 1);
	ck_assert_uint_eq(rig.broker.auth_peers, 1);
	ck_assert_uint_eq(rig.broker.asker, ROLE_BROKER);
	ck_assert_uint_eq(rig.workers[1].auth_peers, 1);
	ck_assert_uint_eq(rig.workers[1].asker, ROLE_WORKER);
	rig_stop();
}
END_TEST

START_TEST(master_does_not_start_with_users_that_auth_refuses)
{
	rig_start_silent_auth();
	rig_say_known("hash: it is none");
	rig_wait_gone(&rig.auth);
	ck_assert_uint_eq(rig.failed, 1);
	ck_assert_uint_eq(rig.ready, 0);
	rig_stop();
}
END_TEST

START_TEST(master_does_not_start_when_auth_dies_before_it_answers)
{
	rig_start_silent_auth();
	kill(rig.auth.pid, SIGKILL);
	rig_wait_gone(&rig.auth);
	ck_assert_uint_eq(rig.failed, 1);
	rig_stop();
}
END_TEST

/* ---- its life ---- */

START_TEST(master_gives_each_auth_the_same_logins_and_joins_all_with_it)
{
	ino_t logins_file;
	pid_t broker, worker;

	rig_start_auth();
	logins_file = rig.auth.logins_file;
	broker = rig.broker.pid;
	worker = rig.workers[0].pid;
	rig_die(&rig.auth);
	ck_assert_uint_eq(rig.auth_lost, 1);
	ck_assert_uint_eq(rig.auth.logins, 1);
	ck_assert_uint_eq(rig.auth.users, 1);
	ck_assert_uint_eq(rig.auth.logins_file, logins_file);
	rig_ready(&rig.auth);
	ck_assert_uint_eq(rig.auth.auth_peers, RIG_WORKERS + 1);
	ck_assert_uint_eq(rig.broker.auth_peers, 2);
	ck_assert_uint_eq(rig.workers[0].auth_peers, 2);
	/* and nobody has noticed else */
	ck_assert_int_eq(rig.broker.pid, broker);
	ck_assert_int_eq(rig.workers[0].pid, worker);
	ck_assert_uint_eq(rig.workers[0].peers, 1);
	ck_assert_uint_eq(rig.workers[0].keeper_peers, 1);
	rig_stop();
}
END_TEST

START_TEST(master_asks_auth_for_logins)
{
	struct msg_logins ask = {.cookie = COOKIE};

	rig_start_auth();
	ck_assert_int_eq(supervisor_ask_auth(rig.sup, MSG_LOGINS, &ask), 0);
	memset(&any, 0, sizeof(any));
	any.logins_are.cookie = COOKIE;
	ck_assert_int_eq(rig_say(&rig.auth, MSG_LOGINS_ARE, &any), 0);
	rig_run();
	ck_assert_uint_eq(rig.logins_are, 1);
	rig_die(&rig.auth);
	ck_assert_int_lt(supervisor_ask_auth(rig.sup, MSG_LOGINS, &ask), 0);
	rig_stop();
}
END_TEST

START_TEST(master_starts_no_other_auth_while_it_drains)
{
	int i;

	rig_start_auth();
	supervisor_drain(rig.sup, 60);
	rig_run();
	ck_assert_uint_eq(rig.auth.drains, 1);
	kill(rig.auth.pid, SIGKILL);
	rig_wait_gone(&rig.auth);
	for (i = 0; i < RIG_WORKERS; i++) {
		kill(rig.workers[i].pid, SIGKILL);
		rig_wait_gone(&rig.workers[i]);
	}
	ck_assert_uint_eq(rig.drained, 1);
	rig_stop();
}
END_TEST

/* ---- DROPPED and UNJOINED ---- */

START_TEST(master_replaces_who_was_dropped_by_auth)
{
	struct fake *asker = _i == 0 ? &rig.broker : &rig.workers[1];
	struct msg_dropped dropped = {.index = (uint32_t)_i};
	pid_t pid, auth, other;

	rig_start_auth();
	auth = rig.auth.pid;
	other = rig.workers[0].pid;
	pid = asker->pid;
	dropped.fence = asker->auth_fence;
	dropped.asker = _i == 0 ? ROLE_BROKER : ROLE_WORKER;
	ck_assert_int_eq(rig_say(&rig.auth, MSG_DROPPED, &dropped), 0);
	rig_wait_replaced(asker, pid);
	rig_ready(asker);
	ck_assert_uint_eq(asker->auth_peers, 1);
	/* said again of the one that is gone: the new one stays */
	pid = asker->pid;
	ck_assert_int_eq(rig_say(&rig.auth, MSG_DROPPED, &dropped), 0);
	rig_run();
	ck_assert_ptr_nonnull(rig_child(asker)->ipc);
	ck_assert_int_eq(asker->pid, pid);
	ck_assert_int_eq(rig.auth.pid, auth);
	ck_assert_int_eq(rig.workers[0].pid, other);
	rig_stop();
}
END_TEST

static void
complain(struct fake *asker, uint32_t reason)
{
	struct msg_unjoined unjoined = {asker->auth_fence, reason, ROLE_AUTH};

	ck_assert_int_eq(rig_say(asker, MSG_UNJOINED, &unjoined), 0);
}

START_TEST(master_makes_another_channel_to_auth)
{
	struct fake *asker = _i == 0 ? &rig.broker : &rig.workers[1];
	uint64_t end_ms = clock_now_ms() + WAIT_MS;
	uint32_t fence;
	pid_t pid, auth;

	rig_start_auth();
	fence = asker->auth_fence;
	pid = asker->pid;
	auth = rig.auth.pid;
	complain(asker, UNJOINED_LOST);
	while (asker->auth_fence == fence) {
		ck_assert_uint_lt(clock_now_ms(), end_ms);
		event_base_loop(rig.base, EVLOOP_ONCE);
		rig_run();
	}
	ck_assert_uint_eq(rig.auth.auth_fence, asker->auth_fence);
	ck_assert_uint_eq(rig.auth.asker, asker->asker);
	ck_assert_int_eq(rig.auth.pid, auth);
	ck_assert_int_eq(asker->pid, pid);
	/* the others' channels are as they were */
	ck_assert_uint_eq(rig.auth.auth_peers, RIG_WORKERS + 2);
	ck_assert_uint_eq(rig.workers[0].auth_peers, 1);
	ck_assert_uint_eq(asker->keeper_peers, _i == 0 ? 0 : 1);
	rig_stop();
}
END_TEST

START_TEST(master_believes_once_that_auth_talks_nonsense)
{
	struct fake *asker = _i == 0 ? &rig.broker : &rig.workers[1];
	pid_t pid, auth;

	rig_start_auth();
	pid = asker->pid;
	auth = rig.auth.pid;
	complain(asker, UNJOINED_NONSENSE);
	rig_wait_replaced(&rig.auth, auth);
	rig_ready(&rig.auth);
	ck_assert_int_eq(asker->pid, pid);
	/* of the next one too: now it is the asker that is replaced */
	auth = rig.auth.pid;
	complain(asker, UNJOINED_NONSENSE);
	rig_wait_replaced(asker, pid);
	rig_ready(asker);
	ck_assert_int_eq(rig.auth.pid, auth);
	ck_assert_uint_eq(rig.sup->auth.restarts, 1);
	ck_assert_uint_eq(rig.auth.auth_peers, RIG_WORKERS + 2);
	rig_stop();
}
END_TEST

static TCase *
life_case(void)
{
	TCase *tc = tcase_create("life");

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, master_starts_no_auth_that_nobody_wants);
	tcase_add_test(tc, master_is_ready_when_auth_is);
	tcase_add_test(tc, master_does_not_start_with_users_that_auth_refuses);
	tcase_add_test(
	    tc, master_does_not_start_when_auth_dies_before_it_answers);
	tcase_add_test(
	    tc, master_gives_each_auth_the_same_logins_and_joins_all_with_it);
	tcase_add_test(tc, master_asks_auth_for_logins);
	tcase_add_test(tc, master_starts_no_other_auth_while_it_drains);
	tcase_add_loop_test(tc, master_replaces_who_was_dropped_by_auth, 0, 2);
	tcase_add_loop_test(tc, master_makes_another_channel_to_auth, 0, 2);
	tcase_add_loop_test(
	    tc, master_believes_once_that_auth_talks_nonsense, 0, 2);
	return tc;
}

int
main(void)
{
	Suite *suite = suite_create("supervise-auth");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, life_case());
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
