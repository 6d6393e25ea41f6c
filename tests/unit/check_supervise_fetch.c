/* SPDX-License-Identifier: ISC */
/*
 * The master and fetch: when it runs at all, what it is told, and who is joined
 * with it.
 */
#include <check.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/supervise_rig.h"

#define TEST_SEC 60

START_TEST(master_starts_no_fetch_where_nobody_is_asked)
{
	rig_start_auth();
	ck_assert_int_eq(rig.fetch.pid, 0);
	ck_assert_uint_eq(rig.auth.fetch_peers, 0);
	rig_stop();
}
END_TEST

START_TEST(master_tells_fetch_whom_it_may_ask_and_joins_auth_alone)
{
	rig_start_fetch();
	ck_assert_uint_eq(rig.fetch.hosts, 1);
	ck_assert_uint_eq(rig.fetch.port, RIG_PORT);
	ck_assert_uint_eq(rig.fetch.ends, 1);
	/* hosts and resolv.conf, and no socket for routes */
	ck_assert_uint_eq(rig.fetch.host_files, 2);
	ck_assert_uint_eq(rig.fetch.asker, ROLE_AUTH);
	ck_assert_uint_eq(rig.fetch.fetch_fence, rig.auth.fetch_fence);
	ck_assert_uint_eq(rig.fetch.auth_peers, 0);
	ck_assert_uint_eq(rig.workers[0].fetch_peers, 0);
	ck_assert_uint_eq(rig.broker.fetch_peers, 0);
	rig_stop();
}
END_TEST

START_TEST(master_replaces_a_fetch_that_dies_and_joins_it_again)
{
	rig_start_fetch();
	rig_die(&rig.fetch);
	ck_assert_uint_eq(rig.fetch.hosts, 1);
	ck_assert_uint_eq(rig.auth.fetch_peers, 1);
	rig_ready(&rig.fetch);
	ck_assert_uint_eq(rig.auth.fetch_peers, 2);
	ck_assert_uint_eq(rig.fetch.fetch_fence, rig.auth.fetch_fence);
	rig_stop();
}
END_TEST

START_TEST(master_joins_fetch_with_the_next_auth)
{
	rig_start_fetch();
	rig_die(&rig.auth);
	rig_ready(&rig.auth);
	ck_assert_uint_eq(rig.fetch.fetch_peers, 2);
	ck_assert_uint_eq(rig.auth.fetch_peers, 1);
	ck_assert_uint_eq(rig.fetch.fetch_fence, rig.auth.fetch_fence);
	rig_stop();
}
END_TEST

START_TEST(master_gives_auth_another_channel_when_it_has_lost_its_own)
{
	struct msg_unjoined unjoined = {0, UNJOINED_LOST, ROLE_FETCH};
	uint32_t fence;

	rig_start_fetch();
	unjoined.fence = fence = rig.auth.fetch_fence;
	ck_assert_int_eq(rig_say(&rig.auth, MSG_UNJOINED, &unjoined), 0);
	while (rig.auth.fetch_fence == fence)
		rig_run();
	ck_assert_uint_eq(rig.sup->fetch.restarts, 0);
	ck_assert_uint_eq(rig.fetch.fetch_fence, rig.auth.fetch_fence);
	rig_stop();
}
END_TEST

START_TEST(master_replaces_a_fetch_of_which_auth_complains)
{
	struct msg_unjoined unjoined = {0, UNJOINED_NONSENSE, ROLE_FETCH};
	pid_t pid, auth;

	rig_start_fetch();
	pid = rig.fetch.pid;
	auth = rig.auth.pid;
	unjoined.fence = rig.auth.fetch_fence;
	ck_assert_int_eq(rig_say(&rig.auth, MSG_UNJOINED, &unjoined), 0);
	rig_wait_replaced(&rig.fetch, pid);
	ck_assert_int_eq(rig.auth.pid, auth);
	rig_stop();
}
END_TEST

START_TEST(master_replaces_an_auth_that_fetch_has_dropped)
{
	struct msg_dropped dropped = {0, 0, ROLE_AUTH};
	pid_t pid;

	rig_start_fetch();
	pid = rig.auth.pid;
	dropped.fence = rig.fetch.fetch_fence;
	ck_assert_int_eq(rig_say(&rig.fetch, MSG_DROPPED, &dropped), 0);
	rig_wait_replaced(&rig.auth, pid);
	rig_stop();
}
END_TEST

START_TEST(master_tells_fetch_of_a_reload_and_replaces_it_for_other_ports)
{
	pid_t pid;

	rig_start_fetch();
	pid = rig.fetch.pid;
	rig_reload_fetch(RIG_PORT);
	ck_assert_int_eq(rig.fetch.pid, pid);
	ck_assert_uint_eq(rig.fetch.ends, 2);
	rig_reload_fetch(RIG_PORT + 1);
	rig_wait_replaced(&rig.fetch, pid);
	ck_assert_uint_eq(rig.fetch.port, RIG_PORT + 1);
	ck_assert_uint_eq(rig.sup->fetch.restarts, 0);
	rig_ready(&rig.fetch);
	ck_assert_uint_eq(rig.fetch.fetch_fence, rig.auth.fetch_fence);
	rig_stop();
}
END_TEST

START_TEST(master_ends_fetch_when_nobody_is_asked_any_more)
{
	pid_t pid;

	rig_start_fetch();
	rig_reload_fetch(0);
	rig_wait_gone(&rig.fetch);
	/* and starts it again, also one that is just ending */
	rig_reload_fetch(RIG_PORT);
	ck_assert_int_ne(rig.sup->fetch.pid, 0);
	pid = rig.fetch.pid;
	rig_reload_fetch(0);
	rig_reload_fetch(RIG_PORT);
	rig_wait_replaced(&rig.fetch, pid);
	rig_ready(&rig.fetch);
	ck_assert_uint_eq(rig.fetch.fetch_fence, rig.auth.fetch_fence);
	rig_stop();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("supervise-fetch");
	TCase *tc = tcase_create("fetch");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, master_starts_no_fetch_where_nobody_is_asked);
	tcase_add_test(
	    tc, master_tells_fetch_whom_it_may_ask_and_joins_auth_alone);
	tcase_add_test(
	    tc, master_replaces_a_fetch_that_dies_and_joins_it_again);
	tcase_add_test(tc, master_joins_fetch_with_the_next_auth);
	tcase_add_test(
	    tc, master_gives_auth_another_channel_when_it_has_lost_its_own);
	tcase_add_test(tc, master_replaces_a_fetch_of_which_auth_complains);
	tcase_add_test(tc, master_replaces_an_auth_that_fetch_has_dropped);
	tcase_add_test(
	    tc, master_tells_fetch_of_a_reload_and_replaces_it_for_other_ports);
	tcase_add_test(tc, master_ends_fetch_when_nobody_is_asked_any_more);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
