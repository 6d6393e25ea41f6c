/* SPDX-License-Identifier: ISC */
/*
 * The master and the runner: when it runs at all, what it is told, and who is
 * joined with it.
 */
#include <check.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "common/metrics.h"
#include "daemon/master/children/count.h"
#include "daemon/master/children/events.h"
#include "daemon/master/children/supervise.h"
#include "tests/unit/supervise_rig.h"

#define TEST_SEC 60
#define BURST	 6000

static void
reload(int has_hooks)
{
	static struct bundle bundles[2];
	static struct conf confs[2];
	static unsigned turn;
	struct bundle *next = &bundles[++turn % 2];
	struct conf *conf = &confs[turn % 2];

	*conf = *rig.sup->bundle->conf;
	conf->settings.has_hooks = (uint8_t)has_hooks;
	conf->event.kind = HOOK_EVENT;
	conf->event.argc = has_hooks ? 1 : 0;
	strlcpy(conf->event.argv, "/bin/cat", sizeof(conf->event.argv));
	*next = *rig.sup->bundle;
	next->conf = conf;
	next->generation++;
	supervisor_reload(rig.sup, next);
	rig_run();
}

static void
start(void)
{
	rig_start();
	ck_assert_int_eq(rig.runner.pid, 0);
	reload(1);
	ck_assert_int_gt(rig.runner.fd, 0);
	rig_ready(&rig.runner);
}

START_TEST(master_tells_the_runner_commands_and_joins_the_broker_alone)
{
	start();
	ck_assert_uint_eq(rig.runner.commands, 1);
	ck_assert_uint_eq(rig.runner.ends, 1);
	ck_assert_uint_eq(rig.runner.host_files, 0);
	ck_assert_uint_eq(rig.runner.asker, ROLE_BROKER);
	ck_assert_uint_eq(rig.runner.runner_peers, 1);
	ck_assert_uint_eq(rig.broker.runner_peers, 1);
	ck_assert_uint_eq(rig.runner.runner_fence, rig.broker.runner_fence);
	ck_assert_uint_eq(rig.workers[0].runner_peers, 0);
	rig_stop();
}
END_TEST

START_TEST(master_replaces_a_runner_that_dies_and_joins_it_again)
{
	start();
	rig_die(&rig.runner);
	ck_assert_uint_eq(rig.runner.commands, 1);
	rig_ready(&rig.runner);
	ck_assert_uint_eq(rig.broker.runner_peers, 2);
	ck_assert_uint_eq(rig.runner.runner_fence, rig.broker.runner_fence);
	rig_stop();
}
END_TEST

/* The broker is the weaker one of them. */
START_TEST(master_replaces_a_broker_that_the_runner_has_dropped)
{
	struct msg_dropped dropped = {.asker = ROLE_BROKER};
	pid_t broker, runner;

	start();
	runner = rig.runner.pid;
	broker = rig.broker.pid;
	dropped.fence = rig.broker.runner_fence;
	ck_assert_int_eq(rig_say(&rig.runner, MSG_DROPPED, &dropped), 0);
	rig_wait_replaced(&rig.broker, broker);
	rig_ready(&rig.broker);
	ck_assert_int_eq(rig.runner.pid, runner);
	ck_assert_uint_eq(rig.runner.runner_fence, rig.broker.runner_fence);
	rig_stop();
}
END_TEST

START_TEST(runner_ends_with_the_last_command_and_comes_with_the_first)
{
	start();
	reload(1);
	ck_assert_uint_eq(rig.runner.ends, 2);
	reload(0);
	rig_wait_gone(&rig.runner);
	reload(1);
	rig_ready(&rig.runner);
	ck_assert_uint_eq(rig.runner.commands, 1);
	rig_stop();
}
END_TEST

START_TEST(an_event_is_told_where_there_is_a_runner)
{
	static char line[HOOK_EVENT_MAX + 1];

	rig_start();
	supervisor_tell_event(rig.sup, "x", 1);
	reload(1);
	supervisor_tell_event(rig.sup, "x", 1); /* it is not ready */
	rig_ready(&rig.runner);
	ck_assert_uint_eq(rig.runner.events, 0);
	supervisor_tell_event(rig.sup, line, HOOK_EVENT_MAX);
	ck_assert_uint_eq(metrics_values()[METRIC_EVENTS_UNTOLD], 2);
	supervisor_tell_event(rig.sup, line, HOOK_EVENT_MAX + 1);
	rig_run();
	ck_assert_uint_eq(rig.runner.events, 1);
	ck_assert_uint_eq(metrics_values()[METRIC_EVENTS_UNTOLD], 3);
	rig_stop();
}
END_TEST

/* What else the runner is told has its own room. */
START_TEST(events_of_a_burst_are_told_and_those_beyond_it_counted)
{
	uint64_t lost, i;

	rig_start();
	reload(1);
	rig_ready(&rig.runner);
	for (i = 0; i < BURST; i++)
		supervisor_tell_event(rig.sup, "x", 1);
	lost = metrics_values()[METRIC_EVENTS_UNTOLD];
	ck_assert_uint_lt(lost, BURST - 3000);
	ck_assert_uint_gt(lost, 0);
	supervisor_count(rig.sup);
	rig_run();
	while (rig.runner.counts == 0)
		rig_run();
	ck_assert_uint_eq(rig.runner.events, BURST - lost);
	supervisor_tell_event(rig.sup, "x", 1);
	ck_assert_uint_eq(metrics_values()[METRIC_EVENTS_UNTOLD], lost);
	rig_stop();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("supervise-runner");
	TCase *tc = tcase_create("runner");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(
	    tc, master_tells_the_runner_commands_and_joins_the_broker_alone);
	tcase_add_test(
	    tc, master_replaces_a_runner_that_dies_and_joins_it_again);
	tcase_add_test(
	    tc, master_replaces_a_broker_that_the_runner_has_dropped);
	tcase_add_test(
	    tc, runner_ends_with_the_last_command_and_comes_with_the_first);
	tcase_add_test(tc, an_event_is_told_where_there_is_a_runner);
	tcase_add_test(
	    tc, events_of_a_burst_are_told_and_those_beyond_it_counted);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
