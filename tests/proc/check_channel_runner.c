/* SPDX-License-Identifier: ISC */
/*
 * The real runner with a broker that was taken over: it says what it must not,
 * floods, or reads nothing. That costs it its channel, and the runner goes on.
 */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/runner_rig.h"
#include "tests/unit/breach.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC 120

static struct breach breaches[BREACHES_MAX];
static struct runner_rig r;
static struct msg_ran ran;
static union proto_any any;

static void
start(void)
{
	memset(&r, 0, sizeof(r));
	r.fence = RIG_FENCE;
	runner_run(&r);
}

static void
expect_served(void)
{
	static uint64_t number = 1000000;

	runner_ask(&r, HOOK_START, ++number);
	runner_read(&r, &ran);
	ck_assert_uint_eq(ran.number, number);
	ck_assert_uint_eq(ran.outcome, HOOK_EXITED);
	ck_assert_uint_eq(ran.status, RUNNER_RIG_STATUS);
}

static void
stop(void)
{
	expect_served();
	runner_stop(&r);
}

static void
expect_dropped(const char *what, int is_told)
{
	unsigned before = r.dropped;
	int type, fd;

	do
		type = ipc_read_message(
		    r.broker, ROLE_BROKER, ROLE_RUNNER, &any, &fd);
	while (type > 0);
	ck_assert(type == VB_ECLOSED || type == VB_ESYS);
	close(r.broker);
	runner_probe(&r);
	ck_assert_msg(r.dropped == before + (unsigned)is_told, "%s", what);
	if (is_told) {
		ck_assert_uint_eq(r.last_dropped.index, 0);
		ck_assert_uint_eq(r.last_dropped.asker, ROLE_BROKER);
		ck_assert_uint_eq(r.last_dropped.fence, r.fence);
	}
	runner_join(&r);
}

START_TEST(runner_answers_how_each_command_has_ended)
{
	start();
	expect_served();
	runner_ask(&r, HOOK_CHECK, 7);
	runner_read(&r, &ran);
	ck_assert_uint_eq(ran.number, 7);
	ck_assert_uint_eq(ran.outcome, HOOK_EXITED);
	ck_assert_uint_eq(ran.status, 0);
	runner_ask(&r, HOOK_STOP, 8);
	runner_read(&r, &ran);
	ck_assert_uint_eq(ran.outcome, HOOK_LATE);
	ck_assert_str_eq(ran.target, "vm");
	stop();
}
END_TEST

START_TEST(runner_passes_each_event_on)
{
	start();
	runner_event(&r, "{\"a\": 1}");
	runner_event(&r, "two");
	while (strstr(r.log, "got two") == NULL)
		runner_probe(&r);
	ck_assert_ptr_nonnull(strstr(r.log, "got {"));
	stop();
}
END_TEST

START_TEST(runner_drops_who_breaks_the_table)
{
	size_t i,
	    n = breach_list(ROLE_RUNNER, ROLE_BROKER, PHASE_RUN, breaches);

	start();
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(breach_commit(&breaches[i], r.broker), 0);
		expect_dropped(breach_name(&breaches[i]),
		    breaches[i].kind != BREACH_EMPTY);
	}
	ck_assert_uint_gt(n, MSG_TYPE_COUNT);
	stop();
}
END_TEST

static void
fill_target(union proto_any *body)
{
	body->run.number = 1;
	memset(body->run.target, 'a', sizeof(body->run.target));
}

static void
fill_kind(union proto_any *body)
{
	body->run.number = 1;
	body->run.kind = HOOK_EVENT;
	strcpy(body->run.target, "vm");
}

static void
fill_no_number(union proto_any *body)
{
	strcpy(body->run.target, "vm");
}

static void
fill_nobody(union proto_any *body)
{
	body->run.number = 1;
	strcpy(body->run.target, "; touch /tmp/x");
}

static void
fill_all(union proto_any *body)
{
	memset(body, 0xff, sizeof(*body));
}

static const struct {
	enum msg_type type;
	const char *what;
	breach_fill *fill;
	int is_answered; /* as HOOK_UNKNOWN */
} rows[] = {
    {MSG_RUN, "an endless target", fill_target, 0},
    {MSG_RUN, "a kind of no target", fill_kind, 0},
    {MSG_RUN, "without a number", fill_no_number, 0},
    {MSG_RUN, "nonsense", fill_all, 0},
    {MSG_RUN, "of what is no target", fill_nobody, 1},
};

START_TEST(runner_has_a_row_for_each_message)
{
	enum msg_type types[COUNT(rows)];
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		types[i] = rows[i].type;
	breach_check_rows(ROLE_RUNNER, ROLE_BROKER, types, COUNT(rows));
}
END_TEST

START_TEST(runner_runs_nothing_for_nonsense)
{
	size_t i;

	start();
	for (i = 0; i < COUNT(rows); i++) {
		memset(&any, 0, sizeof(any));
		rows[i].fill(&any);
		ck_assert_int_eq(
		    breach_say(r.broker, rows[i].type, &any, -1), 0);
		if (!rows[i].is_answered) {
			expect_dropped(rows[i].what, 1);
			continue;
		}
		runner_read(&r, &ran);
		ck_assert_uint_eq(ran.outcome, HOOK_UNKNOWN);
	}
	ck_assert_ptr_null(strstr(r.log, "begins"));
	stop();
}
END_TEST

START_TEST(runner_drops_who_asks_for_the_same_twice)
{
	start();
	runner_ask(&r, HOOK_STOP, 1);
	runner_ask(&r, HOOK_STOP, 2);
	expect_dropped("twice", 1);
	/* the next one gets the answer, as if it had been the first to ask */
	runner_ask(&r, HOOK_STOP, 3);
	runner_read(&r, &ran);
	ck_assert_uint_eq(ran.number, 3);
	ck_assert_uint_eq(ran.outcome, HOOK_LATE);
	stop();
}
END_TEST

/* Of a newer configuration, which comes: the broker may hear of it first. */
START_TEST(runner_waits_for_the_brokers_configuration)
{
	start();
	r.rig.generation++;
	runner_ask(&r, HOOK_CHECK, 1);
	r.rig.generation--;
	runner_probe(&r);
	ck_assert_ptr_null(strstr(r.log, "begins"));
	runner_configure(&r);
	runner_read(&r, &ran);
	ck_assert_uint_eq(ran.outcome, HOOK_EXITED);
	stop();
}
END_TEST

START_TEST(runner_that_is_killed_can_be_replaced)
{
	int status;

	start();
	runner_ask(&r, HOOK_STOP, 1);
	ck_assert_int_eq(kill(r.rig.pid, SIGKILL), 0);
	status = rig_wait(&r.rig);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(r.broker);
	close(r.rig.master);
	runner_run(&r);
	stop();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("channel-runner");
	TCase *tc = tcase_create("runner");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, runner_answers_how_each_command_has_ended);
	tcase_add_test(tc, runner_passes_each_event_on);
	tcase_add_test(tc, runner_drops_who_breaks_the_table);
	tcase_add_test(tc, runner_has_a_row_for_each_message);
	tcase_add_test(tc, runner_runs_nothing_for_nonsense);
	tcase_add_test(tc, runner_drops_who_asks_for_the_same_twice);
	tcase_add_test(tc, runner_waits_for_the_brokers_configuration);
	tcase_add_test(tc, runner_that_is_killed_can_be_replaced);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
