/* SPDX-License-Identifier: ISC */
/*
 * The real broker and targets that are started when somebody opens them, with
 * the test as its worker and its runner, which may fail, and go.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/close_code.h"
#include "common/ipc.h"
#include "tests/proc/broker_hook_rig.h"
#include "tests/proc/dns_server.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TRIES	 40 /* on a machine that is slow */
#define TEST_SEC 120
#define ALL_HOOKS \
	(HOOK_BIT(HOOK_START) | HOOK_BIT(HOOK_STOP) | HOOK_BIT(HOOK_CHECK))

/* ---- the start ---- */

START_TEST(broker_starts_what_does_not_answer_and_goes_on_when_it_does)
{
	uint64_t number;

	hooks_start(HOOK_BIT(HOOK_START));
	worker_open(hooks.worker, 1, "vm");
	number = hooks_expect_run(HOOK_START);
	/* start-timeout, connect-timeout, and some */
	ck_assert_uint_ge(hooks_expect_wait(1), 120 + 5);
	hooks_come_up();
	worker_expect_silence(hooks.worker);
	hooks_say_ran(number, HOOK_START, HOOK_EXITED, 0);
	hooks_expect_opened(1, 0, "");
	/* now that it runs, nothing is started */
	worker_open(hooks.worker, 2, "vm");
	hooks_expect_opened(2, 0, "");
	hooks_expect_no_run();
	hooks_stop();
}
END_TEST

START_TEST(broker_tries_again_until_it_answers)
{
	hooks_start(HOOK_BIT(HOOK_START));
	worker_open(hooks.worker, 1, "vm");
	hooks_expect_wait(1);
	hooks_say_ran(hooks_expect_run(HOOK_START), HOOK_START, HOOK_EXITED, 0);
	worker_expect_silence(hooks.worker);
	hooks_come_up();
	hooks_expect_opened(1, 0, "");
	hooks_stop();
}
END_TEST

START_TEST(broker_starts_once_for_all_who_wait)
{
	uint64_t i, number;

	hooks_start(HOOK_BIT(HOOK_START));
	for (i = 1; i <= 5; i++) {
		worker_open(hooks.worker, i, "vm");
		hooks_expect_wait(i);
	}
	number = hooks_expect_run(HOOK_START);
	hooks_expect_no_run();
	/* one of them goes */
	worker_close(hooks.worker, 3);
	hooks_expect_opened(3, CODE_TCP_ERROR, "gone");
	hooks_come_up();
	hooks_say_ran(number, HOOK_START, HOOK_EXITED, 0);
	for (i = 1; i <= 4; i++)
		(void)!worker_opened(
		    hooks.worker, &hooks.any.opened, &(int){-1});
	ck_assert_uint_eq(rig_count(&hooks.rig), 4);
	hooks_stop();
}
END_TEST

static const struct {
	enum hook_outcome outcome;
	uint32_t status;
	const char *words;
} failures[] = {
    {HOOK_EXITED, 3,
	"vm was not started: its start command ended with status "
	"3"},
    {HOOK_KILLED, 11, "its start command died of signal 11"},
    {HOOK_LATE, 0, "its start command did not end in time"},
    {HOOK_UNKNOWN, 0, "its start command could not be run"},
    {HOOK_NOT_BEGUN, 0, "its start command could not be run"},
};

START_TEST(broker_tells_all_who_wait_what_has_failed_and_tries_anew)
{
	uint64_t number;

	hooks_start(HOOK_BIT(HOOK_START));
	worker_open(hooks.worker, 1, "vm");
	hooks_expect_wait(1);
	worker_open(hooks.worker, 2, "vm");
	hooks_expect_wait(2);
	number = hooks_expect_run(HOOK_START);
	hooks_say_ran(
	    number, HOOK_START, failures[_i].outcome, failures[_i].status);
	hooks_expect_opened(1, CODE_NOT_STARTED, failures[_i].words);
	hooks_expect_opened(2, CODE_NOT_STARTED, failures[_i].words);
	/* the next one who wants it may be luckier */
	worker_open(hooks.worker, 3, "vm");
	hooks_expect_wait(3);
	hooks_come_up();
	hooks_say_ran(hooks_expect_run(HOOK_START), HOOK_START, HOOK_EXITED, 0);
	hooks_expect_opened(3, 0, "");
	hooks_stop();
}
END_TEST

START_TEST(broker_gives_up_what_was_started_and_never_answers)
{
	hooks_start(HOOK_BIT(HOOK_START));
	hooks.conf.start_timeout_sec = 1;
	rig_configure(&hooks.rig, &hooks.conf);
	worker_open(hooks.worker, 1, "vm");
	ck_assert_uint_le(hooks_expect_wait(1), 1 + 5 + 10);
	hooks_say_ran(hooks_expect_run(HOOK_START), HOOK_START, HOOK_EXITED, 0);
	hooks_expect_opened(1, CODE_NOT_STARTED, "did not answer in time");
	hooks_stop();
}
END_TEST

START_TEST(broker_starts_by_the_targets_address_too_and_nothing_else)
{
	hooks_start(HOOK_BIT(HOOK_START));
	worker_open(hooks.worker, 1, hooks.address);
	hooks_expect_wait(1);
	hooks_say_ran(hooks_expect_run(HOOK_START), HOOK_START, HOOK_EXITED, 1);
	hooks_expect_opened(1, CODE_NOT_STARTED, "vm was not started");
	worker_open(hooks.worker, 2, "127.0.0.1:1");
	hooks_expect_opened(2, CODE_NOT_ALLOWED, "");
	hooks_expect_no_run();
	hooks_stop();
}
END_TEST

static int
next_of_worker(void)
{
	int fd;

	return ipc_read_message(
	    hooks.worker, ROLE_WORKER, ROLE_BROKER, &hooks.any, &fd);
}

/* Each failure in a row but the first costs a second, two, and so on. */
START_TEST(broker_does_not_run_all_the_time_what_fails)
{
	uint64_t i;

	hooks_start(_i == 0 ? HOOK_BIT(HOOK_START) : ALL_HOOKS);
	for (i = 1; i <= TRIES; i++) {
		worker_open(hooks.worker, i, "vm");
		if (next_of_worker() != MSG_WAIT)
			break; /* this one it was not run for */
		if (_i == 1)
			hooks_say_ran(hooks_expect_run(HOOK_CHECK), HOOK_CHECK,
			    HOOK_EXITED, 1);
		hooks_say_ran(
		    hooks_expect_run(HOOK_START), HOOK_START, HOOK_EXITED, 3);
		hooks_expect_opened(i, CODE_NOT_STARTED, "status 3");
	}
	ck_assert_uint_gt(i, 2);
	ck_assert_uint_le(i, TRIES);
	ck_assert_uint_eq(hooks.any.opened.code, CODE_NOT_STARTED);
	ck_assert_ptr_nonnull(strstr(hooks.any.opened.reason, "status 3"));
	hooks_expect_no_run();
	/* the operator may have mended it */
	rig_configure(&hooks.rig, &hooks.conf);
	worker_open(hooks.worker, 100, "vm");
	hooks_expect_wait(100);
	hooks_expect_run(_i == 0 ? HOOK_START : HOOK_CHECK);
	hooks_stop();
}
END_TEST

/* ---- check ---- */

START_TEST(broker_checks_first_and_starts_what_does_not_run)
{
	hooks_start(ALL_HOOKS);
	worker_open(hooks.worker, 1, "vm");
	hooks_expect_wait(1);
	hooks_say_ran(hooks_expect_run(HOOK_CHECK), HOOK_CHECK, HOOK_EXITED, 1);
	hooks_come_up();
	hooks_say_ran(hooks_expect_run(HOOK_START), HOOK_START, HOOK_EXITED, 0);
	hooks_expect_opened(1, 0, "");
	/* the next one is checked for, too */
	worker_open(hooks.worker, 2, "vm");
	hooks_expect_wait(2);
	hooks_say_ran(hooks_expect_run(HOOK_CHECK), HOOK_CHECK, HOOK_EXITED, 0);
	hooks_expect_opened(2, 0, "");
	hooks_expect_no_run();
	hooks_stop();
}
END_TEST

START_TEST(broker_does_not_start_what_can_not_be_checked)
{
	hooks_start(ALL_HOOKS);
	worker_open(hooks.worker, 1, "vm");
	hooks_expect_wait(1);
	hooks_say_ran(hooks_expect_run(HOOK_CHECK), HOOK_CHECK, HOOK_LATE, 0);
	hooks_expect_opened(
	    1, CODE_NOT_STARTED, "its check command did not end in time");
	hooks_expect_no_run();
	hooks_stop();
}
END_TEST

/* ---- stop ---- */

static void
open_one(uint64_t conn_id)
{
	hooks_come_up();
	worker_open(hooks.worker, conn_id, "vm");
	hooks_expect_opened(conn_id, 0, "");
}

START_TEST(broker_stops_what_the_last_session_has_left)
{
	uint64_t number;

	hooks_start(HOOK_BIT(HOOK_START) | HOOK_BIT(HOOK_STOP));
	open_one(1);
	open_one(2);
	worker_close(hooks.worker, 1);
	hooks_expect_no_run();
	worker_close(hooks.worker, 2);
	number = hooks_expect_run(HOOK_STOP);
	/* who comes now waits for that, and for the start that follows */
	hooks_go_down();
	worker_open(hooks.worker, 3, "vm");
	hooks_expect_wait(3);
	hooks_expect_no_run();
	hooks_say_ran(number, HOOK_STOP, HOOK_EXITED, 0);
	number = hooks_expect_run(HOOK_START);
	hooks_say_ran(number, HOOK_START, HOOK_EXITED, 4);
	hooks_expect_opened(3, CODE_NOT_STARTED, "status 4");
	hooks_stop();
}
END_TEST

START_TEST(broker_stops_nothing_that_was_never_there)
{
	uint64_t number;

	hooks_start(HOOK_BIT(HOOK_START) | HOOK_BIT(HOOK_STOP));
	worker_open(hooks.worker, 1, "vm");
	hooks_expect_wait(1);
	hooks_say_ran(hooks_expect_run(HOOK_START), HOOK_START, HOOK_EXITED, 4);
	hooks_expect_opened(1, CODE_NOT_STARTED, "");
	/* this one comes up, and its client has gone: that is stopped */
	worker_open(hooks.worker, 2, "vm");
	hooks_expect_wait(2);
	number = hooks_expect_run(HOOK_START);
	worker_close(hooks.worker, 2);
	hooks_expect_opened(2, CODE_TCP_ERROR, "gone");
	hooks_say_ran(number, HOOK_START, HOOK_EXITED, 0);
	hooks_expect_run(HOOK_STOP);
	hooks_stop();
}
END_TEST

START_TEST(broker_stops_what_was_started_for_the_one_before)
{
	hooks_start(HOOK_BIT(HOOK_STOP));
	hooks_say_ran(0, HOOK_START, HOOK_EXITED, 0);
	hooks_expect_run(HOOK_STOP);
	hooks_stop();
}
END_TEST

START_TEST(broker_stops_what_is_due_after_a_reload_too)
{
	hooks_start(HOOK_BIT(HOOK_START) | HOOK_BIT(HOOK_STOP));
	open_one(1);
	worker_close(hooks.worker, 1);
	rig_configure(&hooks.rig, &hooks.conf);
	hooks_expect_run(HOOK_STOP);
	hooks_stop();
}
END_TEST

START_TEST(broker_does_not_stop_what_somebody_holds)
{
	hooks_start(HOOK_BIT(HOOK_STOP));
	open_one(1);
	hooks_say_ran(0, HOOK_START, HOOK_EXITED, 0);
	sleep(2); /* longer than stop-after: what must not come */
	hooks_expect_no_run();
	/* a reload without it: nothing is stopped any more */
	hooks.conf.targets_hooks = HOOK_BIT(HOOK_START);
	rig_configure(&hooks.rig, &hooks.conf);
	worker_close(hooks.worker, 1);
	sleep(2);
	hooks_expect_no_run();
	hooks_stop();
}
END_TEST

/* ---- a reload, and the runner's end ---- */

START_TEST(broker_goes_on_by_another_configuration)
{
	uint64_t number;

	hooks_start(HOOK_BIT(HOOK_START));
	worker_open(hooks.worker, 1, "vm");
	hooks_expect_wait(1);
	number = hooks_expect_run(HOOK_START);
	hooks.targets[0].name = _i == 0 ? "vm" : "renamed";
	hooks.conf.targets_hooks = _i == 1 ? HOOK_BIT(HOOK_START) : 0;
	rig_configure(&hooks.rig, &hooks.conf);
	hooks_come_up();
	hooks_say_ran(number, HOOK_START, HOOK_EXITED, 0);
	if (_i == 0)
		hooks_expect_opened(1, 0, "");
	else
		(void)!worker_opened(
		    hooks.worker, &hooks.any.opened, &(int){-1});
	hooks_stop();
	hooks.targets[0].name = "vm";
}
END_TEST

/*
 * It was granted by the address that its name has led to; by the next
 * configuration it is not, and then they hear nothing of the target.
 */
START_TEST(broker_forgets_by_what_it_was_granted_before_a_reload)
{
	struct dns_name names[] = {
	    {.name = "desk.example", .v4 = "127.0.0.1"}, {.name = NULL}};
	struct dns_server *server = dns_server_start(names);
	struct msg_order lock = {.kind = ORDER_LOCK,
	    .scopes = ORDER_SCOPE_TARGET,
	    .what = "vm",
	    .text = "a secret"};
	struct msg_ordered said;
	char address[64];
	uint64_t number;

	hooks_start(HOOK_BIT(HOOK_START));
	snprintf(address, sizeof(address), "desk.example%s",
	    strchr(hooks.address, ':'));
	hooks.targets[0].address = address;
	hooks.conf.nameserver = dns_server_addr(server);
	hooks.conf.rules = hooks.address;
	hooks.conf.access_targets = "127.0.0.1:*";
	rig_configure(&hooks.rig, &hooks.conf);
	rig_count(&hooks.rig); /* it has that */
	worker_open(hooks.worker, 1, "vm");
	hooks_expect_wait(1);
	number = hooks_expect_run(HOOK_START);
	hooks.conf.access_targets = "10.0.0.0/8:*";
	rig_configure(&hooks.rig, &hooks.conf);
	rig_order(&hooks.rig, &lock, &said);
	ck_assert_uint_eq(said.code, ORDER_DONE);
	hooks_say_ran(number, HOOK_START, HOOK_EXITED, 0);
	hooks_expect_opened(1, CODE_NOT_ALLOWED, "not open to you now");
	hooks_stop();
	dns_server_stop(server);
}
END_TEST

START_TEST(broker_tells_those_who_wait_that_the_runner_has_gone)
{
	hooks_start(HOOK_BIT(HOOK_START));
	worker_open(hooks.worker, 1, "vm");
	hooks_expect_wait(1);
	hooks_expect_run(HOOK_START);
	close(hooks.runner);
	hooks_expect_opened(
	    1, CODE_NOT_STARTED, "can't be started at the moment");
	/* without one there is none for others either */
	worker_open(hooks.worker, 2, "vm");
	hooks_expect_wait(2);
	hooks_expect_opened(
	    2, CODE_NOT_STARTED, "can't be started at the moment");
	rig_count(&hooks.rig);
	ck_assert_uint_eq(hooks.rig.unjoined_count, 1);
	ck_assert_uint_eq(hooks.rig.unjoined.role, ROLE_RUNNER);
	ck_assert_uint_eq(hooks.rig.unjoined.reason, UNJOINED_LOST);
	hooks.runner = rig_connect_runner(&hooks.rig, HOOKS_FENCE + 1);
	worker_open(hooks.worker, 3, "vm");
	hooks_expect_wait(3);
	hooks_come_up();
	hooks_say_ran(hooks_expect_run(HOOK_START), HOOK_START, HOOK_EXITED, 0);
	hooks_expect_opened(3, 0, "");
	hooks_stop();
}
END_TEST

static void
add_tests(TCase *tc)
{
	tcase_add_test(
	    tc, broker_starts_what_does_not_answer_and_goes_on_when_it_does);
	tcase_add_test(tc, broker_tries_again_until_it_answers);
	tcase_add_test(tc, broker_starts_once_for_all_who_wait);
	tcase_add_loop_test(tc,
	    broker_tells_all_who_wait_what_has_failed_and_tries_anew, 0,
	    (int)COUNT(failures));
	tcase_add_loop_test(
	    tc, broker_does_not_run_all_the_time_what_fails, 0, 2);
	tcase_add_test(tc, broker_gives_up_what_was_started_and_never_answers);
	tcase_add_test(
	    tc, broker_starts_by_the_targets_address_too_and_nothing_else);
	tcase_add_test(tc, broker_checks_first_and_starts_what_does_not_run);
	tcase_add_test(tc, broker_does_not_start_what_can_not_be_checked);
	tcase_add_test(tc, broker_stops_what_the_last_session_has_left);
	tcase_add_test(tc, broker_stops_nothing_that_was_never_there);
	tcase_add_test(tc, broker_stops_what_was_started_for_the_one_before);
	tcase_add_test(tc, broker_stops_what_is_due_after_a_reload_too);
	tcase_add_test(tc, broker_does_not_stop_what_somebody_holds);
	tcase_add_loop_test(tc, broker_goes_on_by_another_configuration, 0, 3);
	tcase_add_test(
	    tc, broker_forgets_by_what_it_was_granted_before_a_reload);
	tcase_add_test(
	    tc, broker_tells_those_who_wait_that_the_runner_has_gone);
}

int
main(void)
{
	Suite *suite = suite_create("broker-hooks");
	TCase *tc = tcase_create("broker-hooks");
	SRunner *srunner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	add_tests(tc);
	suite_add_tcase(suite, tc);
	srunner = srunner_create(suite);
	srunner_run_all(srunner, CK_ENV);
	failed = srunner_ntests_failed(srunner);
	srunner_free(srunner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
