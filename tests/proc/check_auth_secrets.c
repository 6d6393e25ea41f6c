/* SPDX-License-Identifier: ISC */
/*
 * What is left of passwords, codes and cookies in the memory of auth and of its
 * helpers: nothing, once the answer has come. All that they have is searched,
 * and is seen to be by what must be there. Only root may look.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/auth_rig.h"

#define COUNT(a)     (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC     120
#define PASSWORD_LEN 24
#define CODE_LEN     16 /* of a recovery code */

static struct auth_rig a;
static pid_t helpers[AUTH_HELPERS_MAX];
static unsigned helper_count;
static uint8_t cookie[AUTH_COOKIE_BYTES], half[AUTH_COOKIE_BYTES];
static union proto_any any;

/* No other text has it: what is looked for must not be in the programs. */
static const char *
new_password(void)
{
	static char text[PASSWORD_LEN + 1];
	static unsigned number;

	snprintf(text, sizeof(text), "Xq7%08x-%03u-zW9kLmPv",
	    (unsigned)getpid(), number++ % 1000);
	ck_assert_uint_eq(strlen(text), PASSWORD_LEN);
	return text;
}

static int
start(void)
{
	auth_start(&a);
	helper_count = auth_helpers(&a, helpers);
	if (auth_may_look(a.rig.pid))
		return 1;
	fprintf(stderr, "not root: nothing was looked for\n");
	auth_stop(&a);
	return 0;
}

static int
helpers_have(const char *text)
{
	unsigned i;
	int n = 0;

	for (i = 0; i < helper_count; i++)
		n += auth_has_in_memory(helpers[i], text, strlen(text));
	return n;
}

static void
expect_gone(const void *bytes, size_t len, const char *what)
{
	unsigned i;

	auth_probe(&a);
	ck_assert_msg(!auth_has_in_memory(a.rig.pid, bytes, len),
	    "auth still has %s", what);
	for (i = 0; i < helper_count; i++)
		ck_assert_msg(!auth_has_in_memory(helpers[i], bytes, len),
		    "helper %u still has %s", i, what);
}

/* Of each kind of hash; and where nobody has the name, or it is locked. */
static const char *const names[] = {"alice", "bob", "carol", "dave", "nobody"};

START_TEST(a_password_is_nowhere_once_it_is_answered)
{
	const char *password;
	size_t i;

	if (!start())
		return;
	*strstr(a.users, "slow:") = '\0';
	auth_configure(&a, a.users);
	for (i = 0; i < COUNT(names); i++) {
		password = new_password();
		ck_assert_int_eq(
		    auth_try(a.workers[0], names[i], password, cookie),
		    LOGIN_WRONG);
		expect_gone(password, PASSWORD_LEN, "a wrong password");
	}
	/* the search sees what is there: the users, in auth alone */
	ck_assert(auth_has_in_memory(a.rig.pid, AUTH_SEED, strlen(AUTH_SEED)));
	ck_assert_int_eq(helpers_have(AUTH_SEED), 0);
	auth_stop(&a);
}
END_TEST

START_TEST(a_password_is_in_one_helper_while_it_is_hashed)
{
	const char *password = new_password();
	int is_seen = 0, type, fd;

	if (!start())
		return;
	auth_ask_login(a.workers[0], 1, AUTH_CLIENT, "slow", password);
	while (!is_seen) {
		is_seen = helpers_have(password) > 0;
		/* auth has given it away, and keeps none */
		auth_probe(&a);
		ck_assert(
		    !auth_has_in_memory(a.rig.pid, password, PASSWORD_LEN));
	}
	ck_assert_int_le(helpers_have(password), 1);
	type =
	    ipc_read_message(a.workers[0], ROLE_WORKER, ROLE_AUTH, &any, &fd);
	ck_assert_int_eq(type, MSG_LOGGED_IN);
	ck_assert_uint_eq(any.logged_in.code, LOGIN_WRONG);
	expect_gone(password, PASSWORD_LEN, "a password");
	auth_stop(&a);
}
END_TEST

/* Those that wait are in auth, which is what the search must find. */
START_TEST(a_password_that_waits_is_wiped_when_its_worker_has_gone)
{
	char passwords[8][PASSWORD_LEN + 1], client[32];
	unsigned i, seen = 0;

	if (!start())
		return;
	auth_freeze(&a);
	for (i = 0; i < COUNT(passwords); i++) {
		strlcpy(passwords[i], new_password(), sizeof(passwords[i]));
		snprintf(client, sizeof(client), "198.51.100.%u", i + 1);
		auth_ask_login(a.workers[0], i, client, "bob", passwords[i]);
	}
	auth_who(a.workers[0], cookie, 0, NULL);
	for (i = 0; i < COUNT(passwords); i++)
		seen += (unsigned)auth_has_in_memory(
		    a.rig.pid, passwords[i], PASSWORD_LEN);
	/* all that no helper was given, who has it in its socket; one of them
	 * is kept for other names */
	ck_assert_uint_eq(seen, COUNT(passwords) - (helper_count - 1));
	close(a.workers[0]);
	auth_join_worker(&a, 0);
	auth_thaw(&a);
	/* by turns: these come when those have been hashed */
	for (i = 0; i < 2 * helper_count; i++)
		ck_assert_int_eq(
		    auth_try(a.workers[0], "bob", "builder", cookie), LOGIN_OK);
	ck_assert_int_eq(
	    auth_try(a.workers[0], "alice", "wonder", cookie), LOGIN_OK);
	for (i = 0; i < COUNT(passwords); i++)
		expect_gone(passwords[i], PASSWORD_LEN, "one that waited");
	auth_stop(&a);
}
END_TEST

START_TEST(cookies_and_codes_are_nowhere)
{
	static const char code[] = "QK7M3XWAZT5CNB2E"; /* AUTH_RECOVERY */

	if (!start())
		return;
	ck_assert_int_eq(auth_try(a.workers[0], "carol", "christmas", half),
	    LOGIN_CODE_WANTED);
	expect_gone(half, sizeof(half), "half a login's cookie");
	memcpy(cookie, half, sizeof(cookie));
	ck_assert_int_eq(
	    auth_try_code(a.workers[0], cookie, AUTH_RECOVERY), LOGIN_OK);
	expect_gone(half, sizeof(half), "half a login's cookie");
	expect_gone(cookie, sizeof(cookie), "a cookie");
	expect_gone(AUTH_RECOVERY, strlen(AUTH_RECOVERY), "a code, as typed");
	expect_gone(code, CODE_LEN, "a code");
	/* and whatever is asked with it */
	ck_assert_int_eq(auth_who(a.workers[1], cookie, 1, NULL), WHO_USER);
	ck_assert_uint_ne(auth_vouch(a.broker, cookie, 0, NULL), 0);
	expect_gone(cookie, sizeof(cookie), "a cookie that was used");
	auth_logout(a.workers[0], cookie);
	auth_read(a.broker, ROLE_BROKER, MSG_LOGIN_OVER, &any);
	expect_gone(cookie, sizeof(cookie), "a cookie that is over");
	/* the search would have found it */
	ck_assert(auth_has_in_memory(getpid(), cookie, sizeof(cookie)));
	auth_stop(&a);
}
END_TEST

START_TEST(helpers_know_no_user)
{
	unsigned i;

	if (!start())
		return;
	ck_assert_int_eq(
	    auth_try(a.workers[0], "bob", "builder", cookie), LOGIN_OK);
	for (i = 0; i < helper_count; i++) {
		ck_assert(!auth_has_in_memory(
		    helpers[i], "students,staff", strlen("students,staff")));
		ck_assert(!auth_has_in_memory(
		    helpers[i], AUTH_SEED, strlen(AUTH_SEED)));
		ck_assert(
		    !auth_has_in_memory(helpers[i], cookie, sizeof(cookie)));
	}
	ck_assert(auth_has_in_memory(
	    a.rig.pid, "students,staff", strlen("students,staff")));
	auth_stop(&a);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("auth-secrets");
	TCase *tc = tcase_create("memory");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_test(tc, a_password_is_nowhere_once_it_is_answered);
	tcase_add_test(tc, a_password_is_in_one_helper_while_it_is_hashed);
	tcase_add_test(
	    tc, a_password_that_waits_is_wiped_when_its_worker_has_gone);
	tcase_add_test(tc, cookies_and_codes_are_nowhere);
	tcase_add_test(tc, helpers_know_no_user);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
