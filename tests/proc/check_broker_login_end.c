/* SPDX-License-Identifier: ISC */
/* The broker where people log in: what is lost at the same moment. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/broker_login_rig.h"

#define TEST_SEC 60
#define SESSIONS 8
#define MANY	 (AUTH_USED_MAX + 6)
#define FIRST_ID 1000

static struct msg_stated stated;
static struct silent_target silent;
static char silent_text[64], rules[256];

/* silent_text answers nobody; the sandbox knows its port from the start. */
static void
setup(void)
{
	struct pair *p = &login.pair;
	uint16_t port = 0;

	memset(&login, 0, sizeof(login));
	login.fence = RIG_AUTH_FENCE;
	silent_on(&silent, "127.0.0.1", &port);
	snprintf(silent_text, sizeof(silent_text), "127.0.0.1:%u", port);
	p->listener = listen_on("127.0.0.1", &p->port);
	snprintf(p->text, sizeof(p->text), "127.0.0.1:%u", p->port);
	snprintf(rules, sizeof(rules), "%s %s", p->text, silent_text);
	p->conf.rules = rules;
	p->conf.worker_count = 2;
	p->conf.connect_timeout_sec = 3600; /* the test ends it */
	p->conf.has_auth = 1;
	p->rig = rig_start(&p->conf);
	p->workers[0] = rig_add_worker(&p->rig, 0);
	p->workers[1] = rig_add_worker(&p->rig, 1);
	login_join_auth();
	worker_use_cookie(COOKIE);
}

/* An OPEN of that login, whose target answers nobody. */
static void
begin_as(int worker, uint64_t conn_id, uint64_t login_id, const char *name)
{
	worker_open(worker, conn_id, silent_text);
	login_say_vouched(login_expect_vouch(0, COOKIE), login_id, name, "");
	worker_expect_silence(worker);
}

static void
expect_refused(int worker, uint64_t conn_id, const char *reason)
{
	int fd;

	ck_assert_uint_eq(worker_opened(worker, &login.opened, &fd), 4521);
	ck_assert_uint_eq(login.opened.conn_id, conn_id);
	ck_assert_str_eq(login.opened.reason, reason);
}

/* The worker's sessions, open and pending, go with it, or by the login. */
START_TEST(a_worker_goes_when_a_login_ends)
{
	int *workers = login.pair.workers;
	uint64_t i;

	for (i = 1; i <= SESSIONS; i++) {
		ck_assert_uint_eq(
		    login_open_as(workers[i % 2], i, ALICE, "alice", ""), 0);
		begin_as(workers[i % 2], SESSIONS + i, ALICE, "alice");
	}
	close(workers[0]);
	login_say_over(ALICE, "its time is over");
	for (i = 1; i <= SESSIONS; i += 2) {
		login_expect_end(workers[1], i, 4521, "its time is over");
		expect_refused(workers[1], SESSIONS + i, "its time is over");
	}
	worker_expect_silence(workers[1]);
	rig_gone(&login.pair.rig, 0);
	ck_assert_uint_eq(rig_count(&login.pair.rig), SESSIONS / 2);
	/* it may be another's by now, or begin again */
	workers[0] = rig_add_worker(&login.pair.rig, 0);
	ck_assert_uint_eq(login_open_as(workers[0], 2, BOB, "bob", ""), 0);
	worker_expect_silence(workers[1]);
}
END_TEST

/* Of a login that has none but these. */
START_TEST(a_login_ends_while_all_of_it_is_pending)
{
	int *workers = login.pair.workers;

	begin_as(workers[0], 1, ALICE, "alice");
	begin_as(workers[1], 1, ALICE, "alice");
	begin_as(workers[0], 2, ALICE, "alice");
	begin_as(workers[0], 3, BOB, "bob");
	/* one that auth has not named yet is not ended by it */
	worker_open(workers[1], 2, login.pair.text);
	login_say_over(ALICE, "an administrator has logged you out");
	expect_refused(workers[0], 1, "an administrator has logged you out");
	expect_refused(workers[1], 1, "an administrator has logged you out");
	expect_refused(workers[0], 2, "an administrator has logged you out");
	login_say_vouched(login_expect_vouch(0, COOKIE), 0, "", "");
	expect_refused(workers[1], 2, "you are not logged in");
	worker_expect_silence(workers[0]);
	worker_expect_silence(workers[1]);
	begin_as(workers[0], 1, ALICE, "alice");
	worker_close(workers[0], 1);
	worker_close(workers[0], 3);
	ck_assert_int_eq(
	    worker_opened(workers[0], &login.opened, &(int){-1}), 4500);
	ck_assert_int_eq(
	    worker_opened(workers[0], &login.opened, &(int){-1}), 4500);
}
END_TEST

/* A dial under way has its place, until it ends. */
START_TEST(a_pending_session_has_its_place)
{
	int *workers = login.pair.workers;

	login.pair.conf.access_targets = "127.0.0.1:*";
	login.pair.conf.access_max_sessions = 2;
	login_configure();
	ck_assert_uint_eq(login_open_as(workers[0], 1, ALICE, "alice", ""), 0);
	begin_as(workers[1], 2, ALICE_2, "alice");
	ck_assert_uint_eq(
	    login_open_as(workers[0], 3, ALICE, "alice", ""), 4522);
	ck_assert_uint_eq(login_open_as(workers[0], 4, BOB, "bob", ""), 0);
	worker_close(workers[1], 2);
	ck_assert_int_eq(
	    worker_opened(workers[1], &login.opened, &(int){-1}), 4500);
	ck_assert_uint_eq(login_open_as(workers[0], 5, ALICE, "alice", ""), 0);
	/* fewer after a reload: what is open stays, and no more come */
	login.pair.conf.access_max_sessions = 1;
	login_configure();
	worker_expect_silence(workers[0]);
	ck_assert_uint_eq(rig_count(&login.pair.rig), 3);
	ck_assert_uint_eq(
	    login_open_as(workers[1], 6, ALICE_2, "alice", ""), 4522);
	worker_close(workers[0], 1);
	worker_expect_silence(workers[0]);
	ck_assert_uint_eq(
	    login_open_as(workers[1], 7, ALICE_2, "alice", ""), 4522);
}
END_TEST

/* Its numbers are of no configuration: the worker says that it can't tell. */
START_TEST(who_asks_for_a_state_without_an_answer_sees_nothing)
{
	static const struct rig_target targets[] = {
	    {"lab1", "127.0.0.1:5901", 0}, {NULL, NULL, 0}};

	login.pair.conf.targets = targets;
	login_configure();
	worker_ask_state(login.pair.workers[0]);
	worker_stated(login.pair.workers[0], &stated);
	ck_assert_uint_eq(stated.generation, 0);
	ck_assert_uint_eq(stated.hidden[0] & 1, 1);
	login_say_vouched(login_expect_vouch(0, COOKIE), ALICE, "alice", "");
	worker_ask_state(login.pair.workers[0]);
	login_say_vouched(login_expect_vouch(0, COOKIE), ALICE, "alice", "");
	worker_stated(login.pair.workers[0], &stated);
	ck_assert_uint_eq(stated.generation, login.pair.rig.generation);
	ck_assert_uint_eq(stated.hidden[0] & 1, 0);
}
END_TEST

/* More than one USED has room for; and who they are is asked, too. */
START_TEST(all_logins_in_use_are_told)
{
	int *workers = login.pair.workers, fd, type;
	unsigned used = 0, asked = 0, i;

	close(workers[0]);
	close(login.auth);
	workers[0] = rig_connect_worker(&login.pair.rig, 0);
	for (i = 0; i < MANY; i++) {
		worker_use_login(FIRST_ID + i);
		worker_held(
		    workers[0], i + 1, login.pair.text, login.pair.text);
	}
	worker_use_login(0);
	worker_held_end(workers[0], MANY);
	worker_expect_silence(workers[0]);
	login.auth = rig_connect_auth(&login.pair.rig, ++login.fence);
	while (used < MANY || asked < MANY) {
		type = ipc_read_message(
		    login.auth, ROLE_AUTH, ROLE_BROKER, &login.any, &fd);
		if (type == MSG_VOUCH) {
			ck_assert_uint_eq(login.any.vouch.login_id,
			    FIRST_ID + asked++ % MANY);
			continue;
		}
		ck_assert_int_eq(type, MSG_USED);
		ck_assert_uint_le(login.any.used.count, AUTH_USED_MAX);
		for (i = 0; i < login.any.used.count; i++)
			ck_assert_uint_eq(login.any.used.login_ids[i],
			    FIRST_ID + used++ % MANY);
	}
}
END_TEST

START_TEST(who_comes_at_the_end_of_all_hears_so)
{
	rig_drain(&login.pair.rig);
	rig_count(&login.pair.rig);
	ck_assert_uint_eq(worker_try(login.pair.workers[0], 1, login.pair.text,
			      &login.opened),
	    4580);
	login_expect_no_question();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("broker");
	TCase *tc = tcase_create("login-end");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_checked_fixture(tc, setup, login_teardown);
	tcase_add_test(tc, a_worker_goes_when_a_login_ends);
	tcase_add_test(tc, a_login_ends_while_all_of_it_is_pending);
	tcase_add_test(tc, a_pending_session_has_its_place);
	tcase_add_test(tc, who_asks_for_a_state_without_an_answer_sees_nothing);
	tcase_add_test(tc, all_logins_in_use_are_told);
	tcase_add_test(tc, who_comes_at_the_end_of_all_hears_so);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
