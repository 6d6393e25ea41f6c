/* SPDX-License-Identifier: ISC */
/* The real auth: who gets a login, whose it is, and what of it is left. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/ipc.h"
#include "tests/proc/auth_rig.h"

#define COUNT(a)   (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC   120
#define NAMES	   64
#define OF_USER	   32 /* LOGINS_OF_USER_MAX */
#define WRONG_FREE 3  /* ATTEMPTS_FREE */
#define WRONG_MOST 20
#define NO_SUCH_ID (1ull << 62)

static struct auth_rig a;
static uint8_t cookie[AUTH_COOKIE_BYTES], other[AUTH_COOKIE_BYTES];
static struct msg_who_is who;
static struct msg_vouched vouched;
static union proto_any any;

/* A login of that user; returns its id. */
static uint64_t
log_in(const char *name, const char *password, uint8_t out[AUTH_COOKIE_BYTES])
{
	uint64_t id;

	ck_assert_int_eq(auth_try(a.workers[0], name, password, out), LOGIN_OK);
	ck_assert_uint_ne(id = auth_vouch(a.broker, out, 0, &vouched), 0);
	ck_assert_str_eq(vouched.name, name);
	return id;
}

/* ---- names, passwords, codes ---- */

static const struct {
	const char *name;
	const char *password;
	enum login_code code;
	enum who_state state;
} tries[] = {
    {"alice", "wonder", LOGIN_OK, WHO_USER},
    {"bob", "builder", LOGIN_OK, WHO_USER},
    {"carol", "christmas", LOGIN_CODE_WANTED, WHO_HALF},
    {"dave", "locked", LOGIN_LOCKED, WHO_NOBODY},
    {"dave", "wrong", LOGIN_WRONG, WHO_NOBODY},
    {"alice", "builder", LOGIN_WRONG, WHO_NOBODY},
    {"alice", "", LOGIN_WRONG, WHO_NOBODY},
    {"nobody", "wonder", LOGIN_WRONG, WHO_NOBODY},
    {"", "", LOGIN_WRONG, WHO_NOBODY},
};

START_TEST(auth_answers_whose_a_name_and_a_password_are)
{
	size_t i;

	auth_start(&a);
	for (i = 0; i < COUNT(tries); i++) {
		ck_assert_msg(auth_try(a.workers[i % 2], tries[i].name,
				  tries[i].password, cookie) == tries[i].code,
		    "%s %s", tries[i].name, tries[i].password);
		/* to each worker alike: people come back by another */
		ck_assert_int_eq(
		    auth_who(a.workers[0], cookie, 0, &who), tries[i].state);
		ck_assert_int_eq(
		    auth_who(a.workers[1], cookie, 1, &who), tries[i].state);
		if (tries[i].state == WHO_USER)
			ck_assert_str_eq(who.name, tries[i].name);
		ck_assert_int_eq(auth_vouch(a.broker, cookie, 0, &vouched) != 0,
		    tries[i].state == WHO_USER);
	}
	auth_probe(&a);
	ck_assert_ptr_nonnull(strstr(a.log, " user=\"alice\" kind=password"));
	ck_assert_ptr_nonnull(strstr(a.log, "user=\"dave\" kind="));
	ck_assert_ptr_nonnull(strstr(a.log, "user=\"nobody\" kind="));
	for (i = 0; i < COUNT(tries); i++) /* and no password is */
		if (tries[i].password[0] != '\0' &&
		    strcmp(tries[i].password, "wrong") != 0 &&
		    strcmp(tries[i].password, "locked") != 0)
			ck_assert_ptr_null(strstr(a.log, tries[i].password));
	auth_stop(&a);
}
END_TEST

/*
 * Of a name that nobody has, with two users, of whom one has a setting such
 * that no hash can be computed.
 */
static enum login_code
code_of_nobody(unsigned number)
{
	char name[32], client[32];

	snprintf(name, sizeof(name), "nobody%u", number);
	snprintf(client, sizeof(client), "198.51.100.%u", number + 1);
	auth_ask_login(a.workers[0], number, client, name, "x");
	auth_read(a.workers[0], ROLE_WORKER, MSG_LOGGED_IN, &any);
	ck_assert(any.logged_in.code == LOGIN_WRONG ||
	    any.logged_in.code == LOGIN_FAILED);
	return any.logged_in.code;
}

START_TEST(nobody_takes_as_long_as_this_user_or_that)
{
	enum login_code codes[NAMES];
	unsigned i, failed = 0;
	char *end;

	auth_start(&a);
	end = strchr(a.users, '\n') + 1;
	strcpy(end,
	    "bob:$y$.....$abcdefgh$"
	    "abcdefghijabcdefghijabcdefghijabcdefghijabc::\n");
	auth_configure(&a, a.users);
	for (i = 0; i < NAMES; i++)
		failed += (codes[i] = code_of_nobody(i)) == LOGIN_FAILED;
	ck_assert_uint_gt(failed, 0);
	ck_assert_uint_lt(failed, NAMES);
	/* each as it was, also of a new process */
	auth_kill(&a);
	auth_replace(&a);
	for (i = 0; i < NAMES; i++)
		ck_assert_int_eq(code_of_nobody(i), codes[i]);
	auth_stop(&a);
}
END_TEST

/* Of the users' file, which is there; no login ends for it. */
START_TEST(auth_tells_the_groups_that_are_named_now)
{
	static const struct {
		const char *name, *other, *groups;
	} named[] = {
	    {"students", "", "students"},
	    {"", "", ""},
	    {"staff", "staff", "staff"},
	    {"staff", "students", "students,staff"},
	};
	uint64_t id;
	size_t i;

	auth_start(&a);
	id = log_in("bob", "builder", cookie);
	for (i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		memset(a.groups, 0, sizeof(a.groups));
		strcpy(a.groups[0].name, named[i].name);
		strcpy(a.groups[1].name, named[i].other);
		auth_configure(&a, a.users);
		ck_assert_uint_eq(auth_vouch(a.broker, NULL, id, &vouched), id);
		ck_assert_str_eq(vouched.groups, named[i].groups);
	}
	auth_stop(&a);
}
END_TEST

START_TEST(auth_tells_the_broker_the_groups)
{
	uint64_t id;

	auth_start(&a);
	id = log_in("bob", "builder", cookie);
	ck_assert_str_eq(vouched.groups, "students,staff");
	ck_assert_uint_eq(auth_vouch(a.broker, NULL, id, &vouched), id);
	ck_assert_str_eq(vouched.name, "bob");
	ck_assert_str_eq(vouched.groups, "students,staff");
	ck_assert_uint_eq(auth_vouch(a.broker, NULL, NO_SUCH_ID, &vouched), 0);
	ck_assert_str_eq(vouched.groups, "");
	auth_stop(&a);
}
END_TEST

START_TEST(auth_makes_a_login_whole_with_a_code)
{
	auth_start(&a);
	ck_assert_int_eq(auth_try(a.workers[0], "carol", "christmas", cookie),
	    LOGIN_CODE_WANTED);
	memcpy(other, cookie, sizeof(other));
	ck_assert_int_eq(
	    auth_try_code(a.workers[1], other, "000"), LOGIN_WRONG);
	memcpy(other, cookie, sizeof(other));
	ck_assert_int_eq(
	    auth_try_code(a.workers[1], cookie, auth_code_at(0)), LOGIN_OK);
	ck_assert_mem_ne(cookie, other, sizeof(other));
	ck_assert_int_eq(auth_who(a.workers[0], cookie, 0, &who), WHO_USER);
	ck_assert_str_eq(who.name, "carol");
	/* the half one is no more */
	ck_assert_int_eq(auth_who(a.workers[0], other, 0, NULL), WHO_NOBODY);
	ck_assert_int_eq(
	    auth_try_code(a.workers[0], other, auth_code_at(1)), LOGIN_OVER);
	auth_stop(&a);
}
END_TEST

START_TEST(auth_uses_a_recovery_code_up)
{
	auth_start(&a);
	auth_try(a.workers[0], "carol", "christmas", cookie);
	ck_assert_int_eq(
	    auth_try_code(a.workers[0], cookie, AUTH_RECOVERY), LOGIN_OK);
	auth_probe(&a);
	ck_assert_ptr_nonnull(strstr(a.log, "by=recovery-code"));
	auth_try(a.workers[0], "carol", "christmas", cookie);
	ck_assert_int_eq(
	    auth_try_code(a.workers[0], cookie, AUTH_RECOVERY), LOGIN_USED);
	auth_stop(&a);
}
END_TEST

/* Wrong ones until one has to wait. */
static void
be_wrong(void)
{
	enum login_code code;
	unsigned i = 0;

	do {
		code = auth_try(a.workers[0], "alice", "x", cookie);
		ck_assert(code == LOGIN_WRONG || code == LOGIN_WAIT);
		ck_assert_uint_lt(i++, WRONG_MOST);
	} while (code == LOGIN_WRONG);
	ck_assert_uint_gt(i, WRONG_FREE);
}

START_TEST(auth_makes_who_is_wrong_wait)
{
	auth_start(&a);
	/* also by another worker, and with the right one; again, if the short
	 * time was over meanwhile */
	do
		be_wrong();
	while (auth_try(a.workers[1], "alice", "wonder", cookie) == LOGIN_OK);
	ck_assert_int_eq(
	    auth_try(a.workers[1], "bob", "builder", cookie), LOGIN_OK);
	auth_stop(&a);
}
END_TEST

/* ---- the end of logins ---- */

START_TEST(auth_ends_a_login_when_somebody_logs_out)
{
	uint64_t id;

	auth_start(&a);
	id = log_in("alice", "wonder", cookie);
	log_in("bob", "builder", other);
	auth_logout(a.workers[1], cookie);
	auth_expect_over(a.broker, id, "logged out");
	ck_assert_int_eq(auth_who(a.workers[0], cookie, 1, NULL), WHO_NOBODY);
	ck_assert_uint_eq(auth_vouch(a.broker, cookie, 0, NULL), 0);
	ck_assert_uint_eq(auth_vouch(a.broker, NULL, id, NULL), 0);
	/* twice, or without a login, it is answered as well */
	auth_logout(a.workers[0], cookie);
	memset(cookie, 0xff, sizeof(cookie));
	auth_logout(a.workers[0], cookie);
	ck_assert_int_eq(auth_who(a.workers[0], other, 0, NULL), WHO_USER);
	auth_expect_broker_silence(a.broker);
	auth_stop(&a);
}
END_TEST

START_TEST(auth_ends_half_a_login_that_is_given_up)
{
	auth_start(&a);
	auth_try(a.workers[0], "carol", "christmas", cookie);
	auth_logout(a.workers[0], cookie);
	ck_assert_int_eq(auth_who(a.workers[0], cookie, 0, NULL), WHO_NOBODY);
	auth_expect_broker_silence(a.broker);
	auth_stop(&a);
}
END_TEST

static void
start_with_limits(uint32_t idle_sec, uint32_t max_sec)
{
	auth_begin(&a);
	a.settings.login_idle_sec = idle_sec;
	a.settings.login_max_sec = max_sec;
	auth_run(&a);
}

/* With an answer of auth's, it may be over already. */
START_TEST(auth_ends_a_login_that_nobody_uses)
{
	union proto_any over;

	start_with_limits(_i == 0, _i == 1);
	ck_assert_int_eq(
	    auth_try(a.workers[0], "alice", "wonder", cookie), LOGIN_OK);
	while (auth_who(a.workers[0], cookie, _i, &who) != WHO_NOBODY)
		ck_assert_uint_le(who.ends_sec, 1);
	/* the first one that there was */
	auth_read(a.broker, ROLE_BROKER, MSG_LOGIN_OVER, &over);
	ck_assert_uint_eq(over.login_over.login_id >> 32, 1);
	ck_assert_ptr_nonnull(strstr(over.login_over.reason, "expired"));
	ck_assert_uint_eq(auth_vouch(a.broker, cookie, 0, NULL), 0);
	ck_assert_uint_eq(
	    auth_vouch(a.broker, NULL, over.login_over.login_id, NULL), 0);
	auth_stop(&a);
}
END_TEST

START_TEST(auth_tells_how_long_a_login_lasts)
{
	start_with_limits(1000, 5000);
	log_in("alice", "wonder", cookie);
	auth_who(a.workers[0], cookie, 1, &who);
	ck_assert_uint_le(who.ends_sec, 1000);
	ck_assert_uint_gt(who.ends_sec, 1000 - TEST_SEC);
	ck_assert_uint_le(who.max_sec, 5000);
	ck_assert_uint_gt(who.max_sec, 5000 - TEST_SEC);
	/* a reload may take the limits away, for logins that exist, too */
	a.settings.login_idle_sec = a.settings.login_max_sec = 0;
	auth_configure(&a, a.users);
	auth_who(a.workers[0], cookie, 1, &who);
	ck_assert_uint_eq(who.ends_sec, 0);
	ck_assert_uint_eq(who.max_sec, 0);
	auth_stop(&a);
}
END_TEST

START_TEST(auth_tells_of_logins_that_the_broker_thinks_are_there)
{
	uint64_t ids[AUTH_USED_MAX];
	uint32_t i;

	auth_start(&a);
	for (i = 0; i < AUTH_USED_MAX; i++)
		ids[i] = NO_SUCH_ID + i;
	ids[7] = log_in("alice", "wonder", cookie);
	auth_used(a.broker, ids, AUTH_USED_MAX);
	for (i = 0; i < AUTH_USED_MAX; i++)
		if (i != 7)
			auth_expect_over(a.broker, ids[i], "ended");
	auth_used(a.broker, ids, 0);
	auth_expect_broker_silence(a.broker);
	/* half a one has no sessions */
	auth_try(a.workers[0], "carol", "christmas", cookie);
	ids[0] = ids[7] + 1;
	auth_used(a.broker, ids, 1);
	auth_expect_over(a.broker, ids[0], "ended");
	auth_stop(&a);
}
END_TEST

START_TEST(auth_tells_the_broker_which_login_made_room)
{
	uint64_t ids[OF_USER + 1];
	int i;

	auth_start(&a);
	log_in("bob", "builder", other);
	for (i = 0; i < OF_USER; i++)
		ids[i] = log_in("alice", "wonder", cookie);
	auth_expect_broker_silence(a.broker);
	ck_assert_int_eq(
	    auth_try(a.workers[0], "alice", "wonder", cookie), LOGIN_OK);
	auth_expect_over(a.broker, ids[0], "too many logins");
	ck_assert_uint_eq(auth_vouch(a.broker, NULL, ids[0], NULL), 0);
	ck_assert_int_eq(auth_who(a.workers[0], other, 0, NULL), WHO_USER);
	auth_stop(&a);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("auth");
	TCase *tc = tcase_create("auth");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, auth_answers_whose_a_name_and_a_password_are);
	tcase_add_test(tc, nobody_takes_as_long_as_this_user_or_that);
	tcase_add_test(tc, auth_tells_the_groups_that_are_named_now);
	tcase_add_test(tc, auth_tells_the_broker_the_groups);
	tcase_add_test(tc, auth_makes_a_login_whole_with_a_code);
	tcase_add_test(tc, auth_uses_a_recovery_code_up);
	tcase_add_test(tc, auth_makes_who_is_wrong_wait);
	tcase_add_test(tc, auth_ends_a_login_when_somebody_logs_out);
	tcase_add_test(tc, auth_ends_half_a_login_that_is_given_up);
	tcase_add_loop_test(tc, auth_ends_a_login_that_nobody_uses, 0, 2);
	tcase_add_test(tc, auth_tells_how_long_a_login_lasts);
	tcase_add_test(
	    tc, auth_tells_of_logins_that_the_broker_thinks_are_there);
	tcase_add_test(tc, auth_tells_the_broker_which_login_made_room);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
