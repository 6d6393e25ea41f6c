/* SPDX-License-Identifier: ISC */
/*
 * The master and pam: when it runs at all, what it is told, and who is joined
 * with it.
 */
#include <check.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/supervise_rig.h"

#define TEST_SEC 60

static void
reload(const char *service)
{
	static struct bundle bundles[2];
	static struct conf confs[2];
	static unsigned turn;
	struct bundle *next = &bundles[++turn % 2];
	struct conf *conf = &confs[turn % 2];

	*conf = *rig.sup->bundle->conf;
	conf->settings.has_pam = service != NULL;
	strlcpy(conf->pam.service, service == NULL ? "" : service,
	    sizeof(conf->pam.service));
	*next = *rig.sup->bundle;
	next->conf = conf;
	next->generation++;
	supervisor_reload(rig.sup, next);
	rig_run();
}

static void
start(void)
{
	rig_start_auth();
	ck_assert_int_eq(rig.pam.pid, 0);
	reload("vncbridged");
	ck_assert_int_gt(rig.pam.fd, 0);
	rig_ready(&rig.pam);
}

START_TEST(master_tells_pam_its_service_and_joins_auth_alone)
{
	start();
	ck_assert_uint_eq(rig.pam.services, 1);
	ck_assert_uint_eq(rig.pam.ends, 1);
	ck_assert_uint_eq(rig.pam.host_files, 0);
	ck_assert_uint_eq(rig.pam.users, 0);
	ck_assert_uint_eq(rig.pam.asker, ROLE_AUTH);
	ck_assert_uint_eq(rig.pam.pam_peers, 1);
	ck_assert_uint_eq(rig.auth.pam_peers, 1);
	ck_assert_uint_eq(rig.pam.pam_fence, rig.auth.pam_fence);
	ck_assert_uint_eq(rig.workers[0].pam_peers, 0);
	ck_assert_uint_eq(rig.broker.pam_peers, 0);
	rig_stop();
}
END_TEST

START_TEST(master_replaces_a_pam_that_dies_and_joins_it_again)
{
	start();
	rig_die(&rig.pam);
	ck_assert_uint_eq(rig.pam.services, 1);
	rig_ready(&rig.pam);
	ck_assert_uint_eq(rig.auth.pam_peers, 2);
	ck_assert_uint_eq(rig.pam.pam_fence, rig.auth.pam_fence);
	rig_stop();
}
END_TEST

START_TEST(master_replaces_a_pam_of_which_auth_complains)
{
	struct msg_unjoined unjoined = {0, UNJOINED_NONSENSE, ROLE_PAM};
	pid_t pid, auth;

	start();
	pid = rig.pam.pid;
	auth = rig.auth.pid;
	unjoined.fence = rig.auth.pam_fence;
	ck_assert_int_eq(rig_say(&rig.auth, MSG_UNJOINED, &unjoined), 0);
	rig_wait_replaced(&rig.pam, pid);
	ck_assert_int_eq(rig.auth.pid, auth);
	rig_stop();
}
END_TEST

START_TEST(master_replaces_an_auth_that_pam_has_dropped)
{
	struct msg_dropped dropped = {0, 0, ROLE_AUTH};
	pid_t pid;

	start();
	pid = rig.auth.pid;
	dropped.fence = rig.pam.pam_fence;
	ck_assert_int_eq(rig_say(&rig.pam, MSG_DROPPED, &dropped), 0);
	rig_wait_replaced(&rig.auth, pid);
	rig_stop();
}
END_TEST

START_TEST(master_tells_pam_of_a_reload_and_ends_it_with_its_section)
{
	pid_t pid;

	start();
	pid = rig.pam.pid;
	reload("other");
	ck_assert_int_eq(rig.pam.pid, pid);
	ck_assert_uint_eq(rig.pam.ends, 2);
	reload(NULL);
	rig_wait_gone(&rig.pam);
	/* and starts it again, also one that is just ending */
	reload("vncbridged");
	pid = rig.pam.pid;
	reload(NULL);
	reload("vncbridged");
	rig_wait_replaced(&rig.pam, pid);
	rig_ready(&rig.pam);
	ck_assert_uint_eq(rig.pam.pam_fence, rig.auth.pam_fence);
	rig_stop();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("supervise-pam");
	TCase *tc = tcase_create("pam");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, master_tells_pam_its_service_and_joins_auth_alone);
	tcase_add_test(tc, master_replaces_a_pam_that_dies_and_joins_it_again);
	tcase_add_test(tc, master_replaces_a_pam_of_which_auth_complains);
	tcase_add_test(tc, master_replaces_an_auth_that_pam_has_dropped);
	tcase_add_test(
	    tc, master_tells_pam_of_a_reload_and_ends_it_with_its_section);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
