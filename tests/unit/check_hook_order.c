/* SPDX-License-Identifier: ISC */
/* Which commands run, in which order, how many, and who hears of it. */
#include <check.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/hook_rig.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define AMPLE_SEC HOOK_RIG_AMPLE_SEC
#define LATE_SEC  HOOK_RIG_LATE_SEC
#define SLEEP	  "sleep $MARK"

START_TEST(what_the_configuration_does_not_have_is_unknown)
{
	hook_rig_target("vm", AMPLE_SEC);
	hook_rig_command(HOOK_START, "exit 0");
	hook_rig_ask("vm", HOOK_STOP, 1);
	hook_rig_run(1);
	ck_assert_uint_eq(told.ran.outcome, HOOK_UNKNOWN);
	hook_rig_ask("other", HOOK_START, 2);
	hook_rig_run(2);
	ck_assert_uint_eq(told.ran.outcome, HOOK_UNKNOWN);
}
END_TEST

START_TEST(commands_of_one_target_run_one_after_the_other)
{
	hook_rig_target("vm", AMPLE_SEC);
	hook_rig_command(HOOK_START, "sleep 0.3; exit 1");
	hook_rig_command(HOOK_STOP, "exit 2");
	hook_rig_command(HOOK_CHECK, "exit 3");
	hook_rig_ask("vm", HOOK_START, 1);
	hook_rig_ask("vm", HOOK_STOP, 2);
	hook_rig_ask("vm", HOOK_CHECK, 3);
	hook_rig_run(3);
	ck_assert_uint_eq(told.all[0].number, 1);
	ck_assert_uint_eq(told.all[1].number, 2);
	ck_assert_uint_eq(told.all[2].status, 3);
}
END_TEST

START_TEST(so_many_run_at_a_time_and_all_are_answered)
{
	char name[16];
	unsigned i;

	for (i = 0; i < 2 * PROTO_RUNNING_MAX; i++) {
		snprintf(name, sizeof(name), "vm%u", i);
		hook_rig_target(name, LATE_SEC);
		hook_rig_command(HOOK_START, SLEEP);
		hook_rig_ask(name, HOOK_START, i + 1);
	}
	for (i = 0; i < 10; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_eq(jobs.running, PROTO_RUNNING_MAX);
	hook_rig_run(2 * PROTO_RUNNING_MAX);
	for (i = 0; i < 2 * PROTO_RUNNING_MAX; i++)
		ck_assert_uint_eq(told.all[i].outcome, HOOK_LATE);
	ck_assert_uint_eq(hook_rig_marked(), 0);
}
END_TEST

START_TEST(what_is_asked_with_a_newer_configuration_waits_for_it)
{
	struct msg_run run = {.number = 1, .generation = 2, .kind = HOOK_START};
	int i;

	hook_rig_target("vm", AMPLE_SEC);
	hook_rig_command(HOOK_START, "exit 0");
	strlcpy(run.target, "vm", sizeof(run.target));
	ck_assert_int_eq(jobs_ask(&jobs, &run), 0);
	for (i = 0; i < 10; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_eq(told.count, 0);
	ck_assert_uint_eq(jobs.running, 0);
	hooks.generation = 2;
	jobs_use(&jobs);
	hook_rig_run(1);
}
END_TEST

START_TEST(the_next_broker_hears_of_what_the_one_before_has_asked)
{
	hook_rig_target("vm", AMPLE_SEC);
	hook_rig_command(HOOK_START, "sleep 0.3");
	hook_rig_command(HOOK_STOP, "exit 0");
	hook_rig_ask("vm", HOOK_START, 1);
	while (jobs.running == 0)
		event_base_loop(base, EVLOOP_ONCE);
	jobs_forget_asker(&jobs);
	hook_rig_ask("vm", HOOK_START, 9);
	hook_rig_run(1);
	ck_assert_uint_eq(told.ran.number, 9);
	/* and of what was started, until it is stopped */
	jobs_tell_started(&jobs);
	ck_assert_uint_eq(told.count, 2);
	ck_assert_uint_eq(told.ran.number, 0);
	ck_assert_str_eq(told.ran.target, "vm");
	hook_rig_ask("vm", HOOK_STOP, 10);
	hook_rig_run(3);
	jobs_tell_started(&jobs);
	ck_assert_uint_eq(told.count, 3);
}
END_TEST

START_TEST(what_no_broker_may_ask_is_refused)
{
	struct msg_run run = {.number = 1, .generation = 1, .kind = HOOK_START};

	hook_rig_target("vm", AMPLE_SEC);
	hook_rig_command(HOOK_START, SLEEP);
	strlcpy(run.target, "vm", sizeof(run.target));
	run.number = 0;
	ck_assert_int_eq(jobs_ask(&jobs, &run), VB_EBADMSG);
	run.number = 1;
	run.kind = HOOK_EVENT;
	ck_assert_int_eq(jobs_ask(&jobs, &run), VB_EBADMSG);
	run.kind = HOOK_START;
	ck_assert_int_eq(jobs_ask(&jobs, &run), 0);
	run.number = 2; /* the same again, before the answer */
	ck_assert_int_eq(jobs_ask(&jobs, &run), VB_EBADMSG);
	memset(run.target, 'x', sizeof(run.target));
	ck_assert_int_eq(jobs_ask(&jobs, &run), VB_EBADMSG);
	/* at the end all is ended, by the monitor */
	jobs_end(&jobs);
	while (hook_rig_marked() != 0)
		continue;
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("hook-order");
	TCase *tc = tcase_create("hook-order");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, HOOK_RIG_TEST_SEC);
	tcase_add_checked_fixture(tc, hook_rig_setup, hook_rig_teardown);
	tcase_add_test(tc, what_the_configuration_does_not_have_is_unknown);
	tcase_add_test(tc, commands_of_one_target_run_one_after_the_other);
	tcase_add_test(tc, so_many_run_at_a_time_and_all_are_answered);
	tcase_add_test(
	    tc, what_is_asked_with_a_newer_configuration_waits_for_it);
	tcase_add_test(
	    tc, the_next_broker_hears_of_what_the_one_before_has_asked);
	tcase_add_test(tc, what_no_broker_may_ask_is_refused);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
