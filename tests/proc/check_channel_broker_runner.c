/* SPDX-License-Identifier: ISC */
/* The real broker with a runner that was taken over. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/close_code.h"
#include "common/ipc.h"
#include "tests/proc/broker_hook_rig.h"
#include "tests/unit/breach.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC 120

static struct breach breaches[BREACHES_MAX];

static void
expect_runner_dropped(const char *what)
{
	static uint32_t fence = HOOKS_FENCE;
	unsigned before = hooks.rig.unjoined_count;
	int type, fd;

	do
		type = ipc_read_message(
		    hooks.runner, ROLE_RUNNER, ROLE_BROKER, &hooks.any, &fd);
	while (type > 0);
	close(hooks.runner);
	rig_count(&hooks.rig);
	ck_assert_msg(hooks.rig.unjoined_count == before + 1, "%s", what);
	hooks.runner = rig_connect_runner(&hooks.rig, ++fence);
}

START_TEST(broker_drops_a_runner_that_breaks_the_table)
{
	size_t i,
	    n = breach_list(ROLE_BROKER, ROLE_RUNNER, PHASE_RUN, breaches);

	hooks_start(HOOK_BIT(HOOK_START));
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(breach_commit(&breaches[i], hooks.runner), 0);
		expect_runner_dropped(breach_name(&breaches[i]));
	}
	ck_assert_uint_gt(n, MSG_TYPE_COUNT);
	hooks_stop();
}
END_TEST

static void
fill_unasked(union proto_any *body)
{
	body->ran.number = 77;
	strcpy(body->ran.target, "vm");
}

static void
fill_kind(union proto_any *body)
{
	body->ran.kind = HOOK_EVENT;
}

static void
fill_outcome(union proto_any *body)
{
	body->ran.outcome = HOOK_NOT_BEGUN + 1;
}

static void
fill_endless(union proto_any *body)
{
	memset(body->ran.target, 'a', sizeof(body->ran.target));
}

static void
fill_other(union proto_any *body)
{
	body->ran.number = 1; /* the first that it asks for */
	strcpy(body->ran.target, "other");
}

static const struct {
	enum msg_type type;
	const char *what;
	breach_fill *fill;
} rows[] = {
    {MSG_RAN, "of nothing that was asked", fill_unasked},
    {MSG_RAN, "of no kind", fill_kind},
    {MSG_RAN, "of no outcome", fill_outcome},
    {MSG_RAN, "an endless target", fill_endless},
    {MSG_RAN, "of another target", fill_other},
};

START_TEST(broker_has_a_row_for_each_message_of_the_runner)
{
	enum msg_type types[COUNT(rows)];
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		types[i] = rows[i].type;
	breach_check_rows(ROLE_BROKER, ROLE_RUNNER, types, COUNT(rows));
}
END_TEST

START_TEST(broker_drops_a_runner_that_talks_nonsense_and_serves_others)
{
	hooks_start(HOOK_BIT(HOOK_START));
	worker_open(hooks.worker, 1, "vm");
	hooks_expect_wait(1);
	hooks_expect_run(HOOK_START);
	memset(&hooks.any, 0, sizeof(hooks.any));
	rows[_i].fill(&hooks.any);
	ck_assert_int_eq(
	    breach_say(hooks.runner, rows[_i].type, &hooks.any, -1), 0);
	hooks_expect_opened(
	    1, CODE_NOT_STARTED, "can't be started at the moment");
	expect_runner_dropped(rows[_i].what);
	ck_assert_uint_eq(hooks.rig.unjoined.reason, UNJOINED_NONSENSE);
	hooks_come_up();
	worker_open(hooks.worker, 2, "vm");
	hooks_expect_opened(2, 0, "");
	hooks_stop();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("channel-broker-runner");
	TCase *tc = tcase_create("channel-broker-runner");
	SRunner *srunner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, broker_drops_a_runner_that_breaks_the_table);
	tcase_add_test(tc, broker_has_a_row_for_each_message_of_the_runner);
	tcase_add_loop_test(tc,
	    broker_drops_a_runner_that_talks_nonsense_and_serves_others, 0,
	    (int)COUNT(rows));
	suite_add_tcase(suite, tc);
	srunner = srunner_create(suite);
	srunner_run_all(srunner, CK_ENV);
	failed = srunner_ntests_failed(srunner);
	srunner_free(srunner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
