/* SPDX-License-Identifier: ISC */
/* What one target, and one user, may have: N sessions, and not N + 1. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/proc/broker_login_rig.h"

#define TEST_SEC 60
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct msg_opened opened;

static uint32_t
open_on(struct pair *p, int worker, uint64_t conn_id, const char *target)
{
	return worker_try(p->workers[worker], conn_id, target, &opened);
}

/* A CLOSED is heard before what the same worker says next. */
static void
close_on(struct pair *p, int worker, uint64_t conn_id)
{
	worker_close(p->workers[worker], conn_id);
	worker_expect_silence(p->workers[worker]);
}

/* ---- of a target ---- */

static const struct {
	uint32_t of_target;
	uint32_t of_all_targets;
	int is_exclusive;
	uint32_t code; /* of the third */
	const char *reason;
} targets[] = {
    {2, 0, 0, 4522, "lab1 has as many viewers as it may have (2)"},
    {0, 2, 0, 4522, "lab1 has as many viewers as it may have (2)"},
    {2, 1, 0, 4522, "lab1 has as many viewers as it may have (2)"},
    {3, 0, 0, 0, ""},
    {0, 3, 0, 0, ""},
    {3, 2, 0, 0, ""},
    {0, 0, 0, 0, ""},
};

/* Whatever it is called, and whichever worker asks. */
START_TEST(a_target_has_as_many_sessions_as_it_may)
{
	struct rig_target list[] = {{"lab1", NULL, 0}, {NULL, NULL, 0}};
	struct pair p;

	pair_start(&p, NULL);
	list[0].address = p.text;
	p.conf.targets = list;
	p.conf.targets_max_sessions = targets[_i].of_target;
	p.conf.max_sessions_of_target = targets[_i].of_all_targets;
	rig_configure(&p.rig, &p.conf);
	ck_assert_uint_eq(open_on(&p, 0, 1, "lab1"), 0);
	ck_assert_uint_eq(open_on(&p, 1, 2, p.text), 0);
	ck_assert_uint_eq(open_on(&p, 1, 3, p.text), targets[_i].code);
	ck_assert_str_eq(opened.reason, targets[_i].reason);
	if (targets[_i].code != 0) {
		ck_assert_uint_eq(open_on(&p, 0, 4, "lab1"), targets[_i].code);
		ck_assert_uint_eq(rig_count(&p.rig), 2);
		close_on(&p, 0, 1);
		ck_assert_uint_eq(open_on(&p, 0, 5, "lab1"), 0);
		ck_assert_uint_eq(open_on(&p, 0, 6, "lab1"), 4522);
	}
	rig_stop(&p.rig);
}
END_TEST

START_TEST(an_exclusive_target_is_in_use_and_not_full)
{
	struct rig_target list[] = {{"lab1", NULL, 1}, {NULL, NULL, 0}};
	struct pair p;

	pair_start(&p, NULL);
	list[0].address = p.text;
	p.conf.targets = list;
	p.conf.targets_max_sessions = 1;
	rig_configure(&p.rig, &p.conf);
	ck_assert_uint_eq(open_on(&p, 0, 1, "lab1"), 0);
	ck_assert_uint_eq(open_on(&p, 0, 2, "lab1"), 4510);
	rig_stop(&p.rig);
}
END_TEST

/* It counts by what was dialled. */
START_TEST(what_is_no_configured_target_counts_by_its_address)
{
	char reason[128];
	struct pair p;

	pair_start(&p, NULL);
	p.conf.max_sessions_of_target = 1;
	rig_configure(&p.rig, &p.conf);
	ck_assert_uint_eq(open_on(&p, 0, 1, p.text), 0);
	ck_assert_uint_eq(open_on(&p, 1, 1, p.text), 4522);
	snprintf(reason, sizeof(reason),
	    "%s has as many viewers as it may have (1)", p.text);
	ck_assert_str_eq(opened.reason, reason);
	close_on(&p, 0, 1);
	ck_assert_uint_eq(open_on(&p, 1, 2, p.text), 0);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(a_reload_that_lowers_it_ends_nothing)
{
	struct rig_target list[] = {{"lab1", NULL, 0}, {NULL, NULL, 0}};
	struct pair p;

	pair_start(&p, NULL);
	list[0].address = p.text;
	p.conf.targets = list;
	p.conf.targets_max_sessions = 2;
	rig_configure(&p.rig, &p.conf);
	ck_assert_uint_eq(open_on(&p, 0, 1, "lab1"), 0);
	ck_assert_uint_eq(open_on(&p, 0, 2, "lab1"), 0);
	p.conf.targets_max_sessions = 1;
	rig_configure(&p.rig, &p.conf);
	worker_expect_silence(p.workers[0]);
	ck_assert_uint_eq(rig_count(&p.rig), 2);
	close_on(&p, 0, 1);
	ck_assert_uint_eq(open_on(&p, 0, 3, "lab1"), 4522);
	close_on(&p, 0, 2);
	ck_assert_uint_eq(open_on(&p, 0, 4, "lab1"), 0);
	rig_stop(&p.rig);
}
END_TEST

START_TEST(what_workers_held_before_counts_for_its_target)
{
	struct rig_target list[] = {{"lab1", NULL, 0}, {NULL, NULL, 0}};
	struct pair p;
	int worker;

	pair_start(&p, NULL);
	list[0].address = p.text;
	p.conf.targets = list;
	p.conf.targets_max_sessions = 1;
	rig_configure(&p.rig, &p.conf);
	worker = rig_connect_worker(&p.rig, 0);
	worker_held(worker, 7, p.text, p.text);
	worker_held_end(worker, 1);
	while (rig_count(&p.rig) != 1)
		continue; /* the two channels are read in any order */
	ck_assert_uint_eq(open_on(&p, 1, 8, "lab1"), 4522);
	rig_stop(&p.rig);
}
END_TEST

/* ---- of a user ---- */

START_TEST(a_user_has_as_many_sessions_as_they_may)
{
	const int *workers = login.pair.workers;

	login.pair.conf.max_sessions_of_user = 2;
	login_configure();
	ck_assert_uint_eq(login_open_as(workers[0], 1, ALICE, "alice", ""), 0);
	worker_use_client("2001:db8::1"); /* wherever they are */
	ck_assert_uint_eq(
	    login_open_as(workers[1], 1, ALICE_2, "alice", ""), 0);
	ck_assert_uint_eq(
	    login_open_as(workers[1], 2, ALICE_2, "alice", ""), 4522);
	ck_assert_str_eq(login.opened.reason,
	    "you have as many sessions as you may have (2)");
	ck_assert_uint_eq(login_open_as(workers[1], 3, BOB, "bob", ""), 0);
	worker_use_client(RIG_CLIENT);
	worker_close(workers[0], 1);
	worker_expect_silence(workers[0]);
	ck_assert_uint_eq(
	    login_open_as(workers[1], 4, ALICE_2, "alice", ""), 0);
	ck_assert_uint_eq(
	    login_open_as(workers[0], 5, ALICE, "alice", ""), 4522);
	login.pair.conf.max_sessions_of_user = 3;
	login_configure();
	ck_assert_uint_eq(login_open_as(workers[0], 6, ALICE, "alice", ""), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("broker");
	TCase *of_target = tcase_create("of a target");
	TCase *of_user = tcase_create("of a user");
	SRunner *runner;
	int failed;

	tcase_set_timeout(of_target, TEST_SEC);
	tcase_add_loop_test(of_target, a_target_has_as_many_sessions_as_it_may,
	    0, COUNT(targets));
	tcase_add_test(of_target, an_exclusive_target_is_in_use_and_not_full);
	tcase_add_test(
	    of_target, what_is_no_configured_target_counts_by_its_address);
	tcase_add_test(of_target, a_reload_that_lowers_it_ends_nothing);
	tcase_add_test(
	    of_target, what_workers_held_before_counts_for_its_target);
	suite_add_tcase(suite, of_target);
	tcase_set_timeout(of_user, TEST_SEC);
	tcase_add_checked_fixture(of_user, login_setup, login_teardown);
	tcase_add_test(of_user, a_user_has_as_many_sessions_as_they_may);
	suite_add_tcase(suite, of_user);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
