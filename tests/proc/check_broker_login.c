/* SPDX-License-Identifier: ISC */
/*
 * Where people log in: the broker asks auth whose a session is, and ends those
 * of a login that has ended.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "daemon/broker/vouch.h"
#include "tests/proc/broker_login_rig.h"

#define TEST_SEC 60
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct msg_stated stated;

/* ---- OPEN ---- */

START_TEST(a_session_waits_for_its_login_and_bears_its_name)
{
	struct msg_listed listed;
	uint64_t number;
	int fd;

	worker_open(login.pair.workers[0], 1, login.pair.text);
	number = login_expect_vouch(0, COOKIE);
	worker_expect_silence(login.pair.workers[0]);
	ck_assert_int_eq(has_connection(login.pair.listener), 0);
	login_say_vouched(number, ALICE, "alice", "staff");
	ck_assert_uint_eq(
	    worker_opened(login.pair.workers[0], &login.opened, &fd), 0);
	close(fd);
	ck_assert_uint_eq(login.opened.login_id, ALICE);
	ck_assert_str_eq(login.opened.user, "alice");
	rig_list(&login.pair.rig, 0, &listed);
	ck_assert_uint_eq(listed.count, 1);
	ck_assert_str_eq(listed.entries[0].user, "alice");
}
END_TEST

START_TEST(nobody_opens_nothing)
{
	ck_assert_uint_eq(
	    login_open_as(login.pair.workers[0], 1, 0, "", ""), 4521);
	ck_assert_str_eq(login.opened.reason, "you are not logged in");
	ck_assert_uint_eq(login.opened.login_id, 0);
	/* without a cookie auth is not even asked */
	worker_use_cookie(0);
	ck_assert_uint_eq(worker_try(login.pair.workers[0], 2, login.pair.text,
			      &login.opened),
	    4521);
	ck_assert_str_eq(login.opened.reason, "you are not logged in");
	login_expect_no_question();
	ck_assert_uint_eq(rig_count(&login.pair.rig), 0);
	ck_assert_int_eq(has_connection(login.pair.listener), 0);
}
END_TEST

START_TEST(one_cookie_may_be_asked_about_twice)
{
	uint64_t first, second;
	int fd;

	worker_open(login.pair.workers[0], 1, login.pair.text);
	worker_open(login.pair.workers[1], 1, login.pair.text);
	first = login_expect_vouch(0, COOKIE);
	second = login_expect_vouch(0, COOKIE);
	ck_assert_uint_ne(first, second);
	login_say_vouched(first, ALICE, "alice", "");
	login_say_vouched(second, ALICE, "alice", "");
	ck_assert_uint_eq(
	    worker_opened(login.pair.workers[0], &login.opened, &fd), 0);
	close(fd);
	ck_assert_uint_eq(
	    worker_opened(login.pair.workers[1], &login.opened, &fd), 0);
	close(fd);
	ck_assert_uint_eq(rig_count(&login.pair.rig), 2);
}
END_TEST

START_TEST(nobody_is_asked_about_who_comes_too_late)
{
	rig_drain(&login.pair.rig);
	rig_count(&login.pair.rig);
	ck_assert_uint_eq(worker_try(login.pair.workers[0], 1, login.pair.text,
			      &login.opened),
	    4580);
	login_expect_no_question();
}
END_TEST

START_TEST(who_gets_no_answer_hears_so)
{
	int fd;

	worker_open(login.pair.workers[0], 1, login.pair.text);
	ck_assert_uint_eq(
	    worker_opened(login.pair.workers[0], &login.opened, &fd), 4581);
	ck_assert_str_eq(login.opened.reason,
	    "the bridge can't check your login at the moment");
	/* an answer that is late is no fault, and for nobody */
	login_say_vouched(login_expect_vouch(0, COOKIE), ALICE, "alice", "");
	ck_assert_uint_eq(
	    login_open_as(login.pair.workers[0], 2, ALICE, "alice", ""), 0);
	ck_assert_uint_eq(login.pair.rig.unjoined_count, 0);
}
END_TEST

START_TEST(a_client_that_goes_ends_its_question)
{
	int fd;

	worker_open(login.pair.workers[0], 1, login.pair.text);
	worker_close(login.pair.workers[0], 1);
	ck_assert_uint_eq(
	    worker_opened(login.pair.workers[0], &login.opened, &fd), 4500);
	login_say_vouched(login_expect_vouch(0, COOKIE), ALICE, "alice", "");
	login_expect_no_question();
	ck_assert_uint_eq(rig_count(&login.pair.rig), 0);
	ck_assert_uint_eq(login.pair.rig.unjoined_count, 0);
}
END_TEST

START_TEST(a_worker_that_goes_ends_its_questions)
{
	uint64_t first, second;

	worker_open(login.pair.workers[0], 1, login.pair.text);
	first = login_expect_vouch(0, COOKIE);
	worker_ask_state(login.pair.workers[0]);
	second = login_expect_vouch(0, COOKIE);
	close(login.pair.workers[0]);
	login.pair.workers[0] = rig_add_worker(&login.pair.rig, 0);
	worker_expect_silence(login.pair.workers[0]);
	login_say_vouched(first, ALICE, "alice", "");
	login_say_vouched(second, ALICE, "alice", "");
	login_expect_no_question();
	ck_assert_uint_eq(rig_count(&login.pair.rig), 0);
	ck_assert_uint_eq(
	    login_open_as(login.pair.workers[0], 1, ALICE, "alice", ""), 0);
}
END_TEST

/* Whatever one worker asks: auth's queue stays short. */
START_TEST(so_many_questions_are_under_way)
{
	uint64_t numbers[VOUCHES_MAX];
	unsigned i, n = 4 * VOUCHES_MAX;
	int fd;

	for (i = 1; i <= n; i++) {
		worker_open(login.pair.workers[0], i, login.pair.text);
		worker_close(login.pair.workers[0], i);
		ck_assert_uint_eq(
		    worker_opened(login.pair.workers[0], &login.opened, &fd),
		    4500);
	}
	for (i = 0; i < VOUCHES_MAX; i++)
		numbers[i] = login_expect_vouch(0, COOKIE);
	login_expect_no_question();
	/* nobody waits any more but this one */
	worker_open(login.pair.workers[1], 1, login.pair.text);
	worker_expect_silence(login.pair.workers[1]);
	login_expect_no_question();
	for (i = 0; i < VOUCHES_MAX; i++)
		login_say_vouched(numbers[i], BOB, "bob", "");
	login_say_vouched(login_expect_vouch(0, COOKIE), ALICE, "alice", "");
	ck_assert_uint_eq(
	    worker_opened(login.pair.workers[1], &login.opened, &fd), 0);
	ck_assert_str_eq(login.opened.user, "alice");
	close(fd);
}
END_TEST

/* ---- STATE ---- */

static const struct rig_target desktops[] = {{"lab1", "127.0.0.1:5901", 0},
    {"lab2", "127.0.0.1:5902", 0}, {NULL, NULL, 0}};

START_TEST(nobody_sees_nothing)
{
	login.pair.conf.targets = desktops;
	login_configure();
	worker_ask_state(login.pair.workers[0]);
	login_say_vouched(login_expect_vouch(0, COOKIE), 0, "", "");
	worker_stated(login.pair.workers[0], &stated);
	ck_assert_uint_eq(stated.hidden[0] & 3, 3);
	worker_use_cookie(0);
	worker_state(login.pair.workers[0], &stated);
	ck_assert_uint_eq(stated.hidden[0] & 3, 3);
	worker_use_cookie(COOKIE);
	worker_ask_state(login.pair.workers[0]);
	login_say_vouched(login_expect_vouch(0, COOKIE), ALICE, "alice", "");
	worker_stated(login.pair.workers[0], &stated);
	ck_assert_uint_eq(stated.hidden[0] & 3, 0);
}
END_TEST

START_TEST(a_user_sees_what_sections_grant)
{
	login.pair.conf.targets = desktops;
	login.pair.conf.access_targets = "=lab1";
	login.pair.conf.access_users = "@staff";
	login_configure();
	worker_ask_state(login.pair.workers[0]);
	login_say_vouched(
	    login_expect_vouch(0, COOKIE), ALICE, "alice", "a,staff");
	worker_stated(login.pair.workers[0], &stated);
	ck_assert_uint_eq(stated.hidden[0] & 3, 2);
	worker_ask_state(login.pair.workers[0]);
	login_say_vouched(
	    login_expect_vouch(0, COOKIE), BOB, "bob", "students");
	worker_stated(login.pair.workers[0], &stated);
	ck_assert_uint_eq(stated.hidden[0] & 3, 3);
}
END_TEST

START_TEST(who_asks_for_two_states_at_a_time_is_dropped)
{
	worker_ask_state(login.pair.workers[0]);
	worker_ask_state(login.pair.workers[0]);
	worker_expect_closed(login.pair.workers[0]);
	ck_assert_uint_eq(rig_count(&login.pair.rig), 0);
	ck_assert_uint_eq(login.pair.rig.dropped_count, 1);
	ck_assert_uint_eq(login.pair.rig.dropped_asker, ROLE_WORKER);
	login_say_vouched(login_expect_vouch(0, COOKIE), ALICE, "alice", "");
	worker_expect_silence(login.pair.workers[1]);
}
END_TEST

/* ---- access ---- */

static const struct {
	const char *users;
	const char *name;
	const char *groups;
	uint32_t code;
} sections[] = {
    {NULL, "alice", "", 0},
    {"alice", "alice", "", 0},
    {"bob @staff", "alice", "a,staff", 0},
    {"bob", "alice", "bob", 4520},
    {"@bob", "bob", "staff", 4520},
};

START_TEST(a_section_is_for_its_users)
{
	login.pair.conf.access_targets = "*";
	login.pair.conf.access_users = sections[_i].users;
	login_configure();
	ck_assert_uint_eq(login_open_as(login.pair.workers[0], 1, ALICE,
			      sections[_i].name, sections[_i].groups),
	    sections[_i].code);
}
END_TEST

START_TEST(a_reload_takes_from_users_what_they_may_no_more)
{
	login.pair.conf.access_targets = "*";
	login_configure();
	ck_assert_uint_eq(
	    login_open_as(login.pair.workers[0], 1, ALICE, "alice", ""), 0);
	ck_assert_uint_eq(
	    login_open_as(login.pair.workers[0], 2, BOB, "bob", ""), 0);
	login.pair.conf.access_users = "bob";
	login_configure();
	login_expect_end(
	    login.pair.workers[0], 1, 4520, "is not open to you now");
	worker_expect_silence(login.pair.workers[0]);
}
END_TEST

/* A user's, by whatever login; no look at the sessions makes a place free. */
START_TEST(a_section_has_places_for_each_user)
{
	login.pair.conf.access_targets = "*";
	login.pair.conf.access_max_sessions = 1;
	login_configure();
	ck_assert_uint_eq(
	    login_open_as(login.pair.workers[0], 1, ALICE, "alice", ""), 0);
	ck_assert_uint_eq(
	    login_open_as(login.pair.workers[1], 1, ALICE_2, "alice", ""),
	    4522);
	ck_assert_str_eq(login.opened.reason,
	    "you have as many sessions as you may have there");
	ck_assert_uint_eq(
	    login_open_as(login.pair.workers[1], 2, BOB, "bob", ""), 0);
	login_configure();
	ck_assert_uint_eq(
	    login_open_as(login.pair.workers[1], 3, ALICE, "alice", ""), 4522);
	worker_close(login.pair.workers[0], 1);
	worker_expect_silence(login.pair.workers[0]);
	ck_assert_uint_eq(
	    login_open_as(login.pair.workers[1], 4, ALICE_2, "alice", ""), 0);
	worker_expect_silence(login.pair.workers[1]);
}
END_TEST

START_TEST(a_section_has_places_for_each_address)
{
	worker_use_cookie(0);
	login.pair.conf.has_auth = 0;
	login.pair.conf.access_targets = "*";
	login.pair.conf.access_max_sessions = 1;
	login_configure();
	ck_assert_uint_eq(worker_try(login.pair.workers[0], 1, login.pair.text,
			      &login.opened),
	    0);
	ck_assert_uint_eq(worker_try(login.pair.workers[1], 1, login.pair.text,
			      &login.opened),
	    4522);
	worker_use_client("198.51.100.1");
	ck_assert_uint_eq(worker_try(login.pair.workers[1], 2, login.pair.text,
			      &login.opened),
	    0);
	worker_use_client(RIG_CLIENT);
}
END_TEST

/* ---- logins that end ---- */

START_TEST(a_login_takes_its_sessions_with_it)
{
	struct silent_target silent;
	uint16_t port = 0;
	char text[64], rules[256];
	int fd;

	silent_on(&silent, "127.0.0.1", &port);
	snprintf(text, sizeof(text), "127.0.0.1:%u", port);
	snprintf(rules, sizeof(rules), "%s %s", login.pair.conf.rules, text);
	login.pair.conf.rules = rules;
	login.pair.conf.is_unsandboxed = 1;
	login.pair.conf.connect_timeout_sec = 3600;
	rig_stop(&login.pair.rig);
	login.pair.rig = rig_start(&login.pair.conf);
	login.pair.workers[0] = rig_add_worker(&login.pair.rig, 0);
	login.pair.workers[1] = rig_add_worker(&login.pair.rig, 1);
	login_join_auth();
	ck_assert_uint_eq(
	    login_open_as(login.pair.workers[0], 1, ALICE, "alice", ""), 0);
	ck_assert_uint_eq(
	    login_open_as(login.pair.workers[1], 1, ALICE, "alice", ""), 0);
	ck_assert_uint_eq(
	    login_open_as(login.pair.workers[0], 2, ALICE_2, "alice", ""), 0);
	worker_open(login.pair.workers[1], 3, text); /* still under way */
	login_say_vouched(login_expect_vouch(0, COOKIE), ALICE, "alice", "");
	worker_expect_silence(login.pair.workers[1]);
	login_say_over(BOB, "nobody here");
	login_say_over(ALICE, "you have logged out");
	login_expect_end(login.pair.workers[0], 1, 4521, "you have logged out");
	login_expect_end(login.pair.workers[1], 1, 4521, "you have logged out");
	ck_assert_uint_eq(
	    worker_opened(login.pair.workers[1], &login.opened, &fd), 4521);
	ck_assert_uint_eq(login.opened.conn_id, 3);
	ck_assert_str_eq(login.opened.reason, "you have logged out");
	/* once, and no other login's */
	login_say_over(ALICE, "you have logged out");
	rig_count(&login.pair.rig);
	worker_expect_silence(login.pair.workers[0]);
	worker_expect_silence(login.pair.workers[1]);
	worker_close(login.pair.workers[0], 1);
	worker_close(login.pair.workers[1], 1);
	worker_expect_silence(login.pair.workers[0]);
	worker_expect_silence(login.pair.workers[1]);
	ck_assert_uint_eq(rig_count(&login.pair.rig), 1);
}
END_TEST

START_TEST(a_new_auth_hears_which_logins_are_in_use)
{
	int fd;

	ck_assert_uint_eq(
	    login_open_as(login.pair.workers[0], 1, ALICE, "alice", ""), 0);
	ck_assert_uint_eq(
	    login_open_as(login.pair.workers[1], 1, ALICE, "alice", ""), 0);
	ck_assert_uint_eq(
	    login_open_as(login.pair.workers[1], 2, BOB, "bob", ""), 0);
	close(login.auth);
	login.auth = rig_connect_auth(&login.pair.rig, ++login.fence);
	ck_assert_int_eq(ipc_read_message(login.auth, ROLE_AUTH, ROLE_BROKER,
			     &login.any, &fd),
	    MSG_USED);
	ck_assert_uint_eq(login.any.used.count, 2);
	ck_assert_uint_eq(login.any.used.login_ids[0], ALICE);
	ck_assert_uint_eq(login.any.used.login_ids[1], BOB);
}
END_TEST

/* ---- reloads ---- */

START_TEST(logins_that_come_end_what_has_none)
{
	worker_use_cookie(0);
	login.pair.conf.has_auth = 0;
	login_configure();
	ck_assert_uint_eq(worker_try(login.pair.workers[0], 1, login.pair.text,
			      &login.opened),
	    0);
	ck_assert_uint_eq(login.opened.login_id, 0);
	login.pair.conf.has_auth = 1;
	login_configure();
	login_expect_end(
	    login.pair.workers[0], 1, 4521, "you are not logged in");
	worker_expect_silence(login.pair.workers[0]);
}
END_TEST

START_TEST(what_waits_for_a_login_goes_on_where_logins_go)
{
	int fd;

	worker_open(login.pair.workers[0], 1, login.pair.text);
	worker_ask_state(login.pair.workers[1]);
	login_expect_vouch(0, COOKIE);
	login_expect_vouch(0, COOKIE);
	login.pair.conf.has_auth = 0;
	login_configure();
	ck_assert_uint_eq(
	    worker_opened(login.pair.workers[0], &login.opened, &fd), 0);
	ck_assert_str_eq(login.opened.user, "");
	close(fd);
	worker_stated(login.pair.workers[1], &stated);
	ck_assert_uint_eq(stated.generation, login.pair.rig.generation);
	/* no one is missed */
	close(login.auth);
	rig_count(&login.pair.rig);
	worker_expect_silence(login.pair.workers[0]);
	rig_count(&login.pair.rig);
	ck_assert_uint_eq(login.pair.rig.unjoined_count, 0);
}
END_TEST

START_TEST(a_reload_in_between_counts)
{
	uint64_t number;
	int fd;

	worker_open(login.pair.workers[0], 1, login.pair.text);
	number = login_expect_vouch(0, COOKIE);
	login.pair.conf.access_targets = "*";
	login.pair.conf.access_users = "bob";
	login_configure();
	login_say_vouched(number, ALICE, "alice", "");
	ck_assert_uint_eq(
	    worker_opened(login.pair.workers[0], &login.opened, &fd), 4520);
	ck_assert_str_eq(login.opened.user, "alice");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("broker");
	TCase *tc = tcase_create("login");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_checked_fixture(tc, login_setup, login_teardown);
	tcase_add_test(tc, a_session_waits_for_its_login_and_bears_its_name);
	tcase_add_test(tc, nobody_opens_nothing);
	tcase_add_test(tc, one_cookie_may_be_asked_about_twice);
	tcase_add_test(tc, nobody_is_asked_about_who_comes_too_late);
	tcase_add_test(tc, who_gets_no_answer_hears_so);
	tcase_add_test(tc, a_client_that_goes_ends_its_question);
	tcase_add_test(tc, a_worker_that_goes_ends_its_questions);
	tcase_add_test(tc, so_many_questions_are_under_way);
	tcase_add_test(tc, nobody_sees_nothing);
	tcase_add_test(tc, a_user_sees_what_sections_grant);
	tcase_add_test(tc, who_asks_for_two_states_at_a_time_is_dropped);
	tcase_add_loop_test(tc, a_section_is_for_its_users, 0, COUNT(sections));
	tcase_add_test(tc, a_reload_takes_from_users_what_they_may_no_more);
	tcase_add_test(tc, a_section_has_places_for_each_user);
	tcase_add_test(tc, a_section_has_places_for_each_address);
	tcase_add_test(tc, a_login_takes_its_sessions_with_it);
	tcase_add_test(tc, a_new_auth_hears_which_logins_are_in_use);
	tcase_add_test(tc, logins_that_come_end_what_has_none);
	tcase_add_test(tc, what_waits_for_a_login_goes_on_where_logins_go);
	tcase_add_test(tc, a_reload_in_between_counts);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
