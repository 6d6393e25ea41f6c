/* SPDX-License-Identifier: ISC */
/*
 * What an operator orders: sessions end, targets are locked, nobody new gets
 * in; and what of that the next broker knows.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/ipc.h"
#include "common/sealed.h"
#include "tests/proc/broker_rig.h"

#define TEST_SEC  60
#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define ENDED	  4513
#define LOCKED	  4516
#define REFUSED	  4580
#define CONN_ID	  11
#define OTHER_ID  12
#define LONG_TEXT 255

static struct pair p;
static struct rig_target targets[3];
static char address[64];
static char other[64] = "127.0.0.2:5901";
static struct msg_opened opened;
static struct msg_ordered said;
static struct msg_targets_are are;
static union proto_any any;

/* Targets "lab" and "other", which nobody else has. */
static void
start(int leases_fd, int is_refusing)
{
	memset(&p, 0, sizeof(p));
	p.listener = listen_on("127.0.0.1", &p.port);
	snprintf(address, sizeof(address), "127.0.0.1:%u", p.port);
	targets[0] = (struct rig_target){"lab", address, 0};
	targets[1] = (struct rig_target){"other", other, 1};
	p.conf.targets = targets;
	p.conf.worker_count = 2;
	p.rig = rig_spawn(&p.conf);
	rig_leases(&p.rig, leases_fd, (uint32_t)is_refusing);
	rig_configure(&p.rig, &p.conf);
	rig_wait_ready(&p.rig);
	p.workers[0] = rig_add_worker(&p.rig, 0);
	p.workers[1] = rig_add_worker(&p.rig, 1);
}

static void
stop(void)
{
	rig_stop(&p.rig);
	close(p.workers[0]);
	close(p.workers[1]);
	close(p.listener);
}

static enum order_code
order(enum order_kind kind, uint32_t scopes, const char *what, const char *text)
{
	struct msg_order ask;

	memset(&ask, 0, sizeof(ask));
	ask.cookie = 5;
	ask.kind = kind;
	ask.scopes = scopes;
	strlcpy(ask.what, what, sizeof(ask.what));
	strlcpy(ask.text, text, sizeof(ask.text));
	rig_order(&p.rig, &ask, &said);
	return said.code;
}

static void
open_on(int worker, uint64_t conn_id, const char *target)
{
	ck_assert_uint_eq(
	    worker_try(p.workers[worker], conn_id, target, &opened), 0);
}

/* END of that session, with a reason. */
static void
expect_end(int worker, uint64_t conn_id, const char *reason)
{
	int fd;

	ck_assert_int_eq(ipc_read_message(p.workers[worker], ROLE_WORKER,
			     ROLE_BROKER, &any, &fd),
	    MSG_END);
	ck_assert_uint_eq(any.end.conn_id, conn_id);
	ck_assert_uint_eq(any.end.code, ENDED);
	ck_assert_str_eq(any.end.reason, reason);
}

START_TEST(broker_ends_the_session_that_an_order_names)
{
	static const char *const words[] = {"11", "1/11"};

	start(-1, 0);
	open_on(0, OTHER_ID, "lab");
	open_on(1, CONN_ID, "lab");
	ck_assert_uint_eq(
	    order(ORDER_KICK, ORDER_SCOPES, words[_i], "lunch"), ORDER_DONE);
	ck_assert_uint_eq(said.scopes, ORDER_SCOPE_SESSION);
	ck_assert_uint_eq(said.count, 1);
	expect_end(1, CONN_ID, "an administrator ended the session: lunch");
	worker_expect_silence(p.workers[0]);
	/* once: it ends already */
	ck_assert_uint_eq(
	    order(ORDER_KICK, ORDER_SCOPES, words[_i], ""), ORDER_DONE);
	ck_assert_uint_eq(said.count + said.left, 0);
	stop();
}
END_TEST

START_TEST(broker_ends_all_sessions_of_a_target_and_those_that_are_opened)
{
	struct silent_target silent;
	uint16_t port = 0;
	int fd;

	silent_on(&silent, "127.0.0.1", &port);
	snprintf(other, sizeof(other), "127.0.0.1:%u", port);
	start(-1, 0);
	open_on(0, CONN_ID, "lab");
	open_on(1, CONN_ID, "lab");
	worker_open(p.workers[0], OTHER_ID, "other");
	ck_assert_uint_eq(
	    order(ORDER_KICK, ORDER_SCOPE_TARGET, "other", "no"), ORDER_DONE);
	ck_assert_uint_eq(said.count, 1);
	ck_assert_uint_eq(worker_opened(p.workers[0], &opened, &fd), ENDED);
	ck_assert_str_eq(
	    opened.reason, "an administrator ended the session: no");
	ck_assert_uint_eq(
	    order(ORDER_KICK, ORDER_SCOPES, "LAB", ""), ORDER_DONE);
	ck_assert_uint_eq(said.scopes, ORDER_SCOPE_TARGET);
	ck_assert_uint_eq(said.count, 2);
	expect_end(0, CONN_ID, "an administrator ended the session");
	expect_end(1, CONN_ID, "an administrator ended the session");
	/* by its address, too */
	worker_close(p.workers[0], CONN_ID);
	open_on(0, OTHER_ID, "lab");
	ck_assert_uint_eq(
	    order(ORDER_KICK, ORDER_SCOPES, address, ""), ORDER_DONE);
	ck_assert_uint_eq(said.count, 1);
	stop();
}
END_TEST

/* Words that lead to nothing, and no crash. */
static const char *const nobody[] = {"", "nobody", "99", "7/11", "0/", "/11",
    "1/1/1", "18446744073709551615", "99999999999999999999999", "0x11", "-1",
    " 11", "lab:99999", "[::1]:5900", "a..b", "\xff\xfe"};

START_TEST(broker_knows_nobody_by_a_word_that_means_nobody)
{
	start(-1, 0);
	open_on(1, CONN_ID, "lab");
	ck_assert_uint_eq(
	    order(ORDER_KICK, ORDER_SCOPES, nobody[_i], ""), ORDER_UNKNOWN);
	ck_assert_uint_eq(said.count + said.left, 0);
	ck_assert_uint_eq(order(ORDER_LOCK, ORDER_SCOPE_TARGET, nobody[_i], ""),
	    ORDER_UNKNOWN);
	ck_assert_uint_eq(
	    order(ORDER_UNLOCK, ORDER_SCOPE_TARGET, nobody[_i], ""),
	    ORDER_UNKNOWN);
	ck_assert_uint_eq(rig_count(&p.rig), 1);
	worker_expect_silence(p.workers[1]);
	stop();
}
END_TEST

START_TEST(broker_cuts_a_reason_between_characters)
{
	char text[LONG_TEXT + 1] = "";

	start(-1, 0);
	open_on(0, CONN_ID, "lab");
	while (strlen(text) + 3 <= LONG_TEXT)
		strcat(text, "\xe2\x82\xac"); /* the euro's sign */
	order(ORDER_KICK, ORDER_SCOPES, "lab", text);
	ck_assert_int_eq(ipc_read_message(p.workers[0], ROLE_WORKER,
			     ROLE_BROKER, &any, &(int){0}),
	    MSG_END);
	ck_assert_uint_eq((strlen(any.end.reason) -
			      strlen("an administrator ended the session: ")) %
		3,
	    0);
	stop();
}
END_TEST

START_TEST(broker_lets_nobody_new_in_to_a_locked_target)
{
	start(-1, 0);
	open_on(0, CONN_ID, "lab");
	ck_assert_uint_eq(
	    order(ORDER_LOCK, ORDER_SCOPE_TARGET, "lab", "paint"), ORDER_DONE);
	ck_assert_uint_eq(
	    worker_try(p.workers[1], OTHER_ID, "lab", &opened), LOCKED);
	ck_assert_str_eq(opened.reason, "lab is locked: paint");
	ck_assert_uint_eq(
	    worker_try(p.workers[1], OTHER_ID, address, &opened), LOCKED);
	ck_assert_uint_eq(rig_count(&p.rig), 1); /* who is in stays */
	rig_configure(&p.rig, &p.conf);
	ck_assert_uint_eq(
	    worker_try(p.workers[1], OTHER_ID, "lab", &opened), LOCKED);
	rig_targets(&p.rig, 0, &are);
	ck_assert_uint_eq(are.total, 2);
	ck_assert_uint_eq(are.entries[0].is_locked, 1);
	ck_assert_uint_eq(are.entries[0].open, 1);
	ck_assert_str_eq(are.entries[0].lock_text, "paint");
	ck_assert_str_eq(are.entries[0].holder, RIG_CLIENT);
	ck_assert_uint_eq(are.entries[1].is_locked, 0);
	ck_assert_uint_eq(
	    order(ORDER_UNLOCK, ORDER_SCOPE_TARGET, "lab", ""), ORDER_DONE);
	ck_assert_uint_eq(said.count, 1);
	open_on(1, OTHER_ID, "lab");
	ck_assert_uint_eq(
	    order(ORDER_UNLOCK, ORDER_SCOPE_TARGET, "lab", ""), ORDER_DONE);
	ck_assert_uint_eq(said.count, 0);
	stop();
}
END_TEST

START_TEST(broker_takes_no_new_sessions_while_that_is_said)
{
	start(-1, _i);
	if (_i == 0) {
		open_on(0, CONN_ID, "lab");
		ck_assert_uint_eq(order(ORDER_REFUSE, 0, "", ""), ORDER_DONE);
		ck_assert_uint_eq(rig_count(&p.rig), 1);
	}
	ck_assert_uint_eq(
	    worker_try(p.workers[1], OTHER_ID, "lab", &opened), REFUSED);
	rig_targets(&p.rig, 0, &are);
	ck_assert_uint_eq(are.is_refusing, 1);
	ck_assert_uint_eq(order(ORDER_ADMIT, 0, "", ""), ORDER_DONE);
	open_on(1, OTHER_ID, "lab");
	stop();
}
END_TEST

/* The memory file, and the numbers: killed, not ended. */
START_TEST(broker_that_was_killed_has_left_locks_and_numbers)
{
	int memory = sealed_new("leases");
	uint64_t fence;

	start(memory, 0);
	order(ORDER_LOCK, ORDER_SCOPE_TARGET, "other", "paint");
	open_on(0, CONN_ID, "lab");
	fence = opened.fence;
	kill(p.rig.pid, SIGKILL);
	ck_assert_int_eq(waitpid(p.rig.pid, NULL, 0), p.rig.pid);
	close(p.rig.master);
	close(p.workers[0]);
	close(p.workers[1]);
	close(p.listener);
	start(memory, 0);
	ck_assert_uint_eq(
	    worker_try(p.workers[1], OTHER_ID, "other", &opened), LOCKED);
	ck_assert_str_eq(opened.reason, "other is locked: paint");
	open_on(0, CONN_ID, "lab");
	ck_assert_uint_gt(opened.fence, fence);
	stop();
	close(memory);
}
END_TEST

START_TEST(broker_does_not_begin_without_its_memory)
{
	struct rig_conf conf = {.is_unsandboxed = 1};
	struct rig rig = rig_spawn(&conf);
	int fds[2], status;

	ck_assert_int_eq(pipe(fds), 0);
	if (_i == 0)
		rig_leases(&rig, fds[0], 0); /* no memory file */
	rig.has_leases = 1;
	rig_configure(&rig, &conf);
	status = rig_wait(&rig);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	close(rig.master);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("broker");
	TCase *tc = tcase_create("order");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_loop_test(
	    tc, broker_ends_the_session_that_an_order_names, 0, 2);
	tcase_add_test(
	    tc, broker_ends_all_sessions_of_a_target_and_those_that_are_opened);
	tcase_add_loop_test(tc, broker_knows_nobody_by_a_word_that_means_nobody,
	    0, COUNT(nobody));
	tcase_add_test(tc, broker_cuts_a_reason_between_characters);
	tcase_add_test(tc, broker_lets_nobody_new_in_to_a_locked_target);
	tcase_add_loop_test(
	    tc, broker_takes_no_new_sessions_while_that_is_said, 0, 2);
	tcase_add_test(tc, broker_that_was_killed_has_left_locks_and_numbers);
	tcase_add_loop_test(tc, broker_does_not_begin_without_its_memory, 0, 2);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
