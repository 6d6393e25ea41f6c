/* SPDX-License-Identifier: ISC */
/*
 * The broker and the channel to auth: another auth comes, sessions are older
 * than the broker, and each rule of the channel is broken once.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/broker_login_rig.h"
#include "tests/unit/breach.h"

#define TEST_SEC 60
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct breach breaches[BREACHES_MAX];
static struct msg_stated stated;

/* ---- when auth or the broker is replaced ---- */

START_TEST(what_auth_has_not_answered_the_next_is_asked)
{
	int fd;

	worker_open(login.pair.workers[0], 1, login.pair.text);
	login_expect_vouch(0, COOKIE);
	worker_ask_state(login.pair.workers[1]);
	login_expect_vouch(0, COOKIE);
	close(login.auth);
	worker_expect_silence(login.pair.workers[0]);
	rig_count(&login.pair.rig);
	ck_assert_uint_eq(login.pair.rig.unjoined_count, 1);
	ck_assert_uint_eq(login.pair.rig.unjoined.role, ROLE_AUTH);
	ck_assert_uint_eq(login.pair.rig.unjoined.fence, login.fence);
	ck_assert_uint_eq(login.pair.rig.unjoined.reason, UNJOINED_LOST);
	worker_open(login.pair.workers[0], 2, login.pair.text);
	login_join_auth();
	login_say_vouched(login_expect_vouch(0, COOKIE), ALICE, "alice", "");
	login_say_vouched(login_expect_vouch(0, COOKIE), ALICE, "alice", "");
	login_say_vouched(login_expect_vouch(0, COOKIE), ALICE, "alice", "");
	ck_assert_uint_eq(
	    worker_opened(login.pair.workers[0], &login.opened, &fd), 0);
	ck_assert_uint_eq(login.opened.conn_id, 1);
	close(fd);
	ck_assert_uint_eq(
	    worker_opened(login.pair.workers[0], &login.opened, &fd), 0);
	ck_assert_uint_eq(login.opened.conn_id, 2);
	close(fd);
	worker_stated(login.pair.workers[1], &stated);
}
END_TEST

/* A worker that holds sessions of a login; 0: of none. */
static void
hold(uint64_t conn_id, uint64_t login_id)
{
	worker_use_login(login_id);
	worker_held(
	    login.pair.workers[0], conn_id, login.pair.text, login.pair.text);
	worker_use_login(0);
}

START_TEST(a_held_session_is_its_logins)
{
	struct msg_listed listed;

	close(login.pair.workers[0]);
	login.pair.workers[0] = rig_connect_worker(&login.pair.rig, 0);
	hold(1, ALICE);
	hold(2, ALICE); /* it is asked about once */
	hold(3, BOB);
	hold(4, 0);
	worker_held_end(login.pair.workers[0], 4);
	login_expect_end(
	    login.pair.workers[0], 4, 4521, "you are not logged in");
	login_say_vouched(login_expect_vouch(ALICE, 0), ALICE, "alice", "");
	login_say_vouched(login_expect_vouch(BOB, 0), 0, "", "");
	login_expect_end(
	    login.pair.workers[0], 3, 4521, "your login has ended");
	login_expect_no_question();
	rig_list(&login.pair.rig, 0, &listed);
	ck_assert_uint_eq(listed.count, 4);
	ck_assert_str_eq(listed.entries[0].user, "alice");
	ck_assert_str_eq(listed.entries[1].user, "alice");
	ck_assert_str_eq(listed.entries[2].user, "");
	login_say_over(ALICE, "it was locked");
	login_expect_end(login.pair.workers[0], 1, 4521, "it was locked");
	login_expect_end(login.pair.workers[0], 2, 4521, "it was locked");
}
END_TEST

/* It goes on until somebody can say whose it is. */
START_TEST(a_held_session_waits_for_an_auth)
{
	close(login.auth);
	close(login.pair.workers[0]);
	login.pair.workers[0] = rig_connect_worker(&login.pair.rig, 0);
	login.pair.conf.access_targets = "*";
	login.pair.conf.access_users = "bob";
	login_configure();
	hold(1, ALICE);
	hold(2, BOB);
	worker_held_end(login.pair.workers[0], 2);
	login_configure();
	worker_expect_silence(login.pair.workers[0]);
	login_join_auth();
	login_say_vouched(login_expect_vouch(ALICE, 0), ALICE, "alice", "");
	login_say_vouched(login_expect_vouch(BOB, 0), BOB, "bob", "");
	login_expect_end(
	    login.pair.workers[0], 1, 4520, "is not open to you now");
	worker_expect_silence(login.pair.workers[0]);
}
END_TEST

/* No session is kept from being looked at by what a worker says of it. */
START_TEST(a_login_counts_only_where_people_log_in)
{
	login.pair.conf.has_auth = 0;
	login.pair.conf.access_targets = "10.0.0.0/8";
	login_configure();
	close(login.pair.workers[0]);
	login.pair.workers[0] = rig_connect_worker(&login.pair.rig, 0);
	hold(1, ALICE);
	worker_held_end(login.pair.workers[0], 1);
	login_expect_end(
	    login.pair.workers[0], 1, 4520, "is not open to you now");
	login_expect_no_question();
}
END_TEST

/* It came before the configuration that brings logins did, and has gone. */
START_TEST(an_auth_that_came_too_early_is_missed_in_time)
{
	login.pair.conf.has_auth = 0;
	login_configure();
	login_join_auth();
	close(login.auth);
	/* that end is heard before what is said after it */
	worker_use_cookie(0);
	worker_expect_silence(login.pair.workers[0]);
	worker_use_cookie(COOKIE);
	rig_count(&login.pair.rig);
	ck_assert_uint_eq(login.pair.rig.unjoined_count, 0);
	login.pair.conf.has_auth = 1;
	login_configure();
	login_configure();
	ck_assert_uint_eq(login.pair.rig.unjoined_count, 1);
	ck_assert_uint_eq(login.pair.rig.unjoined.fence, login.fence);
	login_join_auth();
	ck_assert_uint_eq(
	    login_open_as(login.pair.workers[0], 1, ALICE, "alice", ""), 0);
}
END_TEST

/* ---- an auth that breaks the rules ---- */

static void
fill_never_asked(union proto_any *body)
{
	body->vouched.number += 1;
}

static void
fill_other_number(union proto_any *body)
{
	body->vouched.number = UINT64_MAX;
}

static void
fill_endless_name(union proto_any *body)
{
	memset(body->vouched.name, 'a', sizeof(body->vouched.name));
}

static void
fill_endless_groups(union proto_any *body)
{
	memset(body->vouched.groups, 'a', sizeof(body->vouched.groups));
}

static void
fill_no_name(union proto_any *body)
{
	body->vouched.name[0] = '\0';
}

static void
fill_no_login(union proto_any *body)
{
	body->vouched.login_id = 0;
}

static void
fill_over_nobody(union proto_any *body)
{
	memset(body, 0, sizeof(*body));
	strcpy(body->login_over.reason, "it is over");
}

static void
fill_over_endless(union proto_any *body)
{
	memset(body, 'a', sizeof(*body));
}

static void
fill_over_wordless(union proto_any *body)
{
	memset(body, 0, sizeof(*body));
	body->login_over.login_id = ALICE;
}

static void
fill_over_escape(union proto_any *body)
{
	memset(body, 0, sizeof(*body));
	body->login_over.login_id = ALICE;
	strcpy(body->login_over.reason, "over\r\n\x1b[2J");
}

static void
fill_quoting_name(union proto_any *body)
{
	strcpy(body->vouched.name, "bob\" user=\"root");
}

/* Each spoils the good answer to a question that waits. */
static const struct {
	enum msg_type type;
	const char *what;
	breach_fill *fill;
} rows[] = {
    {MSG_VOUCHED, "a number of nothing", breach_fill_nothing},
    {MSG_VOUCHED, "what was not asked", fill_never_asked},
    {MSG_VOUCHED, "a number that wraps", fill_other_number},
    {MSG_VOUCHED, "an endless name", fill_endless_name},
    {MSG_VOUCHED, "endless groups", fill_endless_groups},
    {MSG_VOUCHED, "a name with a quote", fill_quoting_name},
    {MSG_VOUCHED, "a login of nobody", fill_no_name},
    {MSG_VOUCHED, "somebody without a login", fill_no_login},
    {MSG_LOGIN_OVER, "no login", fill_over_nobody},
    {MSG_LOGIN_OVER, "endless words", fill_over_endless},
    {MSG_LOGIN_OVER, "no words", fill_over_wordless},
    {MSG_LOGIN_OVER, "a terminal's", fill_over_escape},
};

START_TEST(broker_has_a_row_for_each_message_of_auth)
{
	enum msg_type types[COUNT(rows)];
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		types[i] = rows[i].type;
	breach_check_rows(ROLE_BROKER, ROLE_AUTH, types, COUNT(rows));
}
END_TEST

/* It has lost its channel, once; the next one is served. */
static void
expect_unjoined(const char *what, uint32_t reason)
{
	unsigned before = login.pair.rig.unjoined_count;
	int type;

	do
		type = login_hear();
	while (type > 0);
	close(login.auth);
	rig_count(&login.pair.rig);
	ck_assert_msg(login.pair.rig.unjoined_count == before + 1 &&
		login.pair.rig.unjoined.reason == reason,
	    "%s: told %u times, reason %u", what,
	    login.pair.rig.unjoined_count - before,
	    login.pair.rig.unjoined.reason);
	ck_assert_uint_eq(login.pair.rig.unjoined.fence, login.fence);
	login_join_auth();
}

START_TEST(an_auth_that_says_what_cannot_be_is_left)
{
	uint64_t number;
	size_t i;
	int fd;

	ck_assert_uint_eq(
	    login_open_as(login.pair.workers[1], 1, ALICE, "alice", ""), 0);
	for (i = 0; i < COUNT(rows); i++) {
		worker_open(login.pair.workers[0], 1, login.pair.text);
		number = login_expect_vouch(0, COOKIE);
		memset(&login.any, 0, sizeof(login.any));
		if (rows[i].fill != breach_fill_nothing)
			login.any.vouched = (struct msg_vouched){
			    .number = number, .login_id = BOB, .name = "bob"};
		rows[i].fill(&login.any);
		ck_assert_int_eq(
		    ipc_write_message(login.auth, rows[i].type, &login.any, -1),
		    0);
		expect_unjoined(rows[i].what, UNJOINED_NONSENSE);
		/* the next one answers what this one has not */
		login_say_vouched(
		    login_expect_vouch(0, COOKIE), BOB, "bob", "");
		ck_assert_uint_eq(
		    worker_opened(login.pair.workers[0], &login.opened, &fd),
		    0);
		close(fd);
		worker_close(login.pair.workers[0], 1);
		worker_expect_silence(login.pair.workers[0]);
	}
	/* twice */
	worker_open(login.pair.workers[0], 1, login.pair.text);
	number = login_expect_vouch(0, COOKIE);
	login_say_vouched(number, BOB, "bob", "");
	login_say_vouched(number, BOB, "bob", "");
	ck_assert_uint_eq(
	    worker_opened(login.pair.workers[0], &login.opened, &fd), 0);
	close(fd);
	expect_unjoined("twice", UNJOINED_NONSENSE);
	worker_expect_silence(login.pair.workers[1]);
	ck_assert_uint_eq(rig_count(&login.pair.rig), 2);
}
END_TEST

/* A login that was asked about by its id is not another's. */
START_TEST(an_auth_that_mistakes_a_login_is_left)
{
	close(login.pair.workers[0]);
	login.pair.workers[0] = rig_connect_worker(&login.pair.rig, 0);
	hold(1, ALICE);
	worker_held_end(login.pair.workers[0], 1);
	login_say_vouched(login_expect_vouch(ALICE, 0), BOB, "bob", "");
	expect_unjoined("another's login", UNJOINED_NONSENSE);
	login_say_vouched(login_expect_vouch(ALICE, 0), ALICE, "alice", "");
	worker_expect_silence(login.pair.workers[0]);
}
END_TEST

START_TEST(an_auth_that_breaks_the_table_is_left)
{
	size_t i, n = breach_list(ROLE_BROKER, ROLE_AUTH, PHASE_RUN, breaches);

	for (i = 0; i < n; i++) {
		ck_assert_int_eq(breach_commit(&breaches[i], login.auth), 0);
		expect_unjoined(breach_name(&breaches[i]),
		    breaches[i].kind == BREACH_EMPTY ? UNJOINED_LOST
						     : UNJOINED_NONSENSE);
	}
	ck_assert_uint_gt(n, MSG_TYPE_COUNT);
	ck_assert_uint_eq(
	    login_open_as(login.pair.workers[0], 1, ALICE, "alice", ""), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("channel-broker");
	TCase *tc = tcase_create("auth");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_checked_fixture(tc, login_setup, login_teardown);
	tcase_add_test(tc, what_auth_has_not_answered_the_next_is_asked);
	tcase_add_test(tc, a_held_session_is_its_logins);
	tcase_add_test(tc, a_held_session_waits_for_an_auth);
	tcase_add_test(tc, a_login_counts_only_where_people_log_in);
	tcase_add_test(tc, an_auth_that_came_too_early_is_missed_in_time);
	tcase_add_test(tc, broker_has_a_row_for_each_message_of_auth);
	tcase_add_test(tc, an_auth_that_says_what_cannot_be_is_left);
	tcase_add_test(tc, an_auth_that_mistakes_a_login_is_left);
	tcase_add_test(tc, an_auth_that_breaks_the_table_is_left);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
