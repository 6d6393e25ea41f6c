/* SPDX-License-Identifier: ISC */
/* The real auth: what a reload ends, and what the death of a process leaves. */
#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/ipc.h"
#include "tests/proc/auth_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC 120

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

/* ---- reload ---- */

/* a.users, but for that user's line; %s in it is the hash. */
static const char *
users_with(const char *name, const char *format)
{
	static char text[AUTH_USERS_TEXT];
	char copy[AUTH_USERS_TEXT], *rest = copy, *line, *hash;
	FILE *file = fmemopen(text, sizeof(text), "w");

	ck_assert_ptr_nonnull(file);
	strlcpy(copy, a.users, sizeof(copy));
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		hash = strchr(line, ':');
		*hash++ = '\0';
		if (strcmp(line, name) != 0) {
			fprintf(file, "%s:%s\n", line, hash);
			continue;
		}
		hash[strcspn(hash, ":")] = '\0';
		fprintf(file, format, hash);
	}
	ck_assert_int_eq(fclose(file), 0);
	return text;
}

static const struct {
	const char *line; /* what becomes of bob's; %s: his hash */
	const char *words;
} changes[] = {
    {"%.0s", "removed"},
    {"bob:!%s:students,staff:\n", "locked"},
    {"bob:%s:students:\n", "changed"},
    {"bob:%s:students,staff:totp=" AUTH_SEED_32 "\n", "changed"},
};

START_TEST(auth_ends_logins_whose_users_have_changed_and_no_others)
{
	uint64_t first, second;

	auth_start(&a);
	log_in("alice", "wonder", other);
	first = log_in("bob", "builder", cookie);
	second = log_in("bob", "builder", cookie);
	/* the same ones again: nothing ends */
	auth_configure(&a, a.users);
	auth_expect_broker_silence(a.broker);
	auth_configure(&a, users_with("bob", changes[_i].line));
	ck_assert_msg(!a.known.is_refused, "%s", a.known.text);
	auth_expect_over(a.broker, first, changes[_i].words);
	auth_expect_over(a.broker, second, changes[_i].words);
	auth_expect_broker_silence(a.broker);
	ck_assert_int_eq(auth_who(a.workers[0], cookie, 0, NULL), WHO_NOBODY);
	ck_assert_int_eq(auth_who(a.workers[0], other, 0, NULL), WHO_USER);
	auth_stop(&a);
}
END_TEST

START_TEST(auth_goes_on_with_the_users_it_had_when_it_refuses_others)
{
	auth_start(&a);
	log_in("bob", "builder", cookie);
	auth_configure(&a, "# a comment\n\nbob:secret::\n");
	ck_assert_uint_eq(a.known.is_refused, 1);
	ck_assert_uint_eq(a.known.line, 3);
	ck_assert_ptr_nonnull(strstr(a.known.text, "\"bob\""));
	ck_assert_ptr_null(strstr(a.known.text, "secret"));
	ck_assert_int_eq(auth_who(a.workers[0], cookie, 1, NULL), WHO_USER);
	log_in("alice", "wonder", other);
	auth_expect_broker_silence(a.broker);
	auth_configure(&a, users_with("alice", "%.0s"));
	ck_assert_uint_eq(a.known.is_refused, 0);
	ck_assert_int_eq(
	    auth_try(a.workers[0], "alice", "wonder", other), LOGIN_WRONG);
	auth_stop(&a);
}
END_TEST

/* The first ones are no different, but that there are none before. */
START_TEST(auth_is_not_ready_with_users_that_it_refuses)
{
	auth_begin(&a);
	auth_spawn(&a);
	auth_conf_logins(&a);
	auth_configure(&a, "bob:secret::\n");
	ck_assert_uint_eq(a.known.is_refused, 1);
	auth_configure(&a, a.users);
	ck_assert_uint_eq(a.known.is_refused, 0);
	auth_wait_ready(&a);
	rig_stop(&a.rig);
}
END_TEST

static void
expect_fatal(void)
{
	int status = rig_wait(&a.rig);

	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

static int
make_null(void)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

static int
make_pipe(void)
{
	int fds[2];

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	close(fds[1]);
	return fds[0];
}

static int (*const no_files[])(void) = {make_null, make_pipe};

START_TEST(auth_wants_a_file_of_logins_first)
{
	auth_begin(&a);
	a.settings.sandbox = 0; /* it ends before it would enter its own */
	auth_spawn(&a);
	auth_conf_start(&a);
	expect_fatal();
	auth_spawn(&a);
	auth_conf_logins(&a);
	auth_conf_logins(&a); /* once */
	expect_fatal();
}
END_TEST

START_TEST(auth_takes_nothing_else_for_the_file_of_logins)
{
	auth_begin(&a);
	a.settings.sandbox = 0; /* it ends before it would enter its own */
	close(a.memory);
	a.memory = no_files[_i]();
	auth_spawn(&a);
	auth_conf_logins(&a);
	expect_fatal();
}
END_TEST

/* ---- processes that die ---- */

START_TEST(logins_and_codes_outlive_the_process)
{
	pid_t helpers[AUTH_HELPERS_MAX];
	char code[8];
	uint64_t id;
	unsigned n;

	auth_start(&a);
	id = log_in("alice", "wonder", cookie);
	auth_try(a.workers[0], "carol", "christmas", other);
	strlcpy(code, auth_code_at(0), sizeof(code));
	ck_assert_int_eq(auth_try_code(a.workers[0], other, code), LOGIN_OK);
	n = auth_helpers(&a, helpers);
	ck_assert_uint_ge(n, 2);
	auth_kill(&a);
	auth_wait_gone(helpers, n);
	auth_replace(&a);
	ck_assert_int_eq(auth_who(a.workers[1], cookie, 1, &who), WHO_USER);
	ck_assert_str_eq(who.name, "alice");
	ck_assert_uint_eq(auth_vouch(a.broker, cookie, 0, NULL), id);
	ck_assert_int_eq(auth_who(a.workers[1], other, 1, &who), WHO_USER);
	auth_used(a.broker, &id, 1);
	auth_expect_broker_silence(a.broker);
	/* no id is given twice, and no code taken twice */
	ck_assert_uint_gt(log_in("bob", "builder", cookie), id);
	auth_try(a.workers[0], "carol", "christmas", other);
	ck_assert_int_eq(auth_try_code(a.workers[0], other, code), LOGIN_USED);
	auth_stop(&a);
}
END_TEST

/* While it was gone, the users' file was changed. */
START_TEST(logins_of_changed_users_do_not_outlive_the_process)
{
	uint64_t ids[2];

	auth_start(&a);
	ids[0] = log_in("alice", "wonder", other);
	ids[1] = log_in("bob", "builder", cookie);
	auth_kill(&a);
	strlcpy(a.users, users_with("bob", "bob:!%s:students,staff:\n"),
	    sizeof(a.users));
	auth_replace(&a);
	ck_assert_int_eq(auth_who(a.workers[0], cookie, 0, NULL), WHO_NOBODY);
	ck_assert_int_eq(auth_who(a.workers[0], other, 0, NULL), WHO_USER);
	/* the broker says what it has, and hears */
	auth_used(a.broker, ids, 2);
	auth_expect_over(a.broker, ids[1], "your account was");
	auth_expect_broker_silence(a.broker);
	auth_stop(&a);
}
END_TEST

static unsigned
count_lines(const char *words)
{
	const char *p = a.log;
	unsigned n = 0;

	auth_probe(&a);
	for (; (p = strstr(p, words)) != NULL; p++)
		n++;
	return n;
}

/* Stops them, and gives them work. Returns how many helpers there are. */
static unsigned
keep_helpers_busy(int worker)
{
	unsigned i, n = auth_freeze(&a);
	char client[32];

	ck_assert_uint_ge(n, 2);
	for (i = 0; i < 2 * n; i++) {
		snprintf(client, sizeof(client), "198.51.100.%u", i + 1);
		auth_ask_login(worker, 1000 + i, client, "bob", "builder");
	}
	return n;
}

START_TEST(auth_answers_while_hashes_are_computed)
{
	uint64_t id;
	unsigned i, n;

	auth_start(&a);
	id = log_in("alice", "wonder", cookie);
	n = keep_helpers_busy(a.workers[0]);
	/* each is the next thing that is said on its channel */
	ck_assert_int_eq(auth_who(a.workers[0], cookie, 1, NULL), WHO_USER);
	ck_assert_int_eq(auth_who(a.workers[1], cookie, 1, NULL), WHO_USER);
	ck_assert_uint_eq(auth_vouch(a.broker, cookie, 0, NULL), id);
	auth_logout(a.workers[0], cookie);
	auth_expect_over(a.broker, id, "logged out");
	auth_configure(&a, a.users);
	auth_thaw(&a);
	for (i = 0; i < 2 * n; i++) {
		auth_read(a.workers[0], ROLE_WORKER, MSG_LOGGED_IN, &any);
		ck_assert_uint_eq(any.logged_in.code, LOGIN_OK);
	}
	auth_stop(&a);
}
END_TEST

/* Its helpers, too: nobody wants those hashes any more. */
START_TEST(auth_ends_though_hashes_are_computed)
{
	pid_t helpers[AUTH_HELPERS_MAX];
	char client[32];
	unsigned i, n;

	auth_start(&a);
	n = auth_helpers(&a, helpers);
	for (i = 0; i < n; i++) {
		snprintf(client, sizeof(client), "198.51.100.%u", i + 1);
		auth_ask_login(a.workers[0], i, client, "slow", "sesame");
	}
	auth_who(a.workers[0], cookie, 0, NULL);
	if (_i == 0) {
		auth_stop(&a);
	} else {
		auth_kill(&a);
		auth_wait_gone(helpers, n);
	}
}
END_TEST

/* And of a login that nobody got, nothing is left. */
START_TEST(a_worker_gets_nothing_of_the_one_before)
{
	uint64_t id;
	unsigned i, n;

	auth_start(&a);
	n = keep_helpers_busy(a.workers[0]);
	/* all of it was read, when what comes behind it is answered */
	auth_who(a.workers[0], cookie, 0, NULL);
	close(a.workers[0]);
	auth_join_worker(&a, 0);
	auth_ask_login(a.workers[0], 4712, AUTH_CLIENT, "alice", "wonder");
	auth_who(a.workers[0], cookie, 0, NULL);
	auth_thaw(&a);
	auth_read(a.workers[0], ROLE_WORKER, MSG_LOGGED_IN, &any);
	ck_assert_uint_eq(any.logged_in.id, 4712);
	ck_assert_uint_eq(any.logged_in.code, LOGIN_OK);
	id = auth_vouch(a.broker, any.logged_in.cookie, 0, NULL);
	ck_assert_uint_ne(id, 0);
	while (count_lines("its worker has gone") < 2 * n)
		continue;
	/* ids are given in turn */
	for (i = 1; i <= 2 * n + 1; i++)
		ck_assert_uint_eq(
		    auth_vouch(a.broker, NULL, i, NULL), i == id ? i : 0);
	auth_stop(&a);
}
END_TEST

START_TEST(a_helper_that_dies_costs_one_login)
{
	pid_t helpers[AUTH_HELPERS_MAX];
	unsigned n, i;
	int status;

	auth_start(&a);
	n = auth_helpers(&a, helpers);
	keep_helpers_busy(a.workers[0]);
	auth_who(a.workers[0], cookie, 0, NULL);
	for (i = 0; i + 1 < n; i++) {
		ck_assert_int_eq(kill(helpers[i], SIGKILL), 0);
		auth_read(a.workers[0], ROLE_WORKER, MSG_LOGGED_IN, &any);
		ck_assert_uint_eq(any.logged_in.code, LOGIN_FAILED);
		auth_who(a.workers[1], cookie, 0, NULL);
	}
	/* with the last, auth ends as well, and comes again with new ones */
	ck_assert_int_eq(kill(helpers[i], SIGKILL), 0);
	status = rig_wait(&a.rig);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	auth_replace(&a);
	log_in("alice", "wonder", cookie);
	auth_stop(&a);
}
END_TEST

/* While people wait; then auth comes again, with all of them. */
START_TEST(with_one_helper_left_auth_begins_anew_when_nobody_waits)
{
	pid_t helpers[AUTH_HELPERS_MAX], others[AUTH_HELPERS_MAX];
	uint8_t first[AUTH_COOKIE_BYTES];
	unsigned n, i;
	int status;

	auth_start(&a);
	log_in("alice", "wonder", first);
	n = auth_helpers(&a, helpers);
	keep_helpers_busy(a.workers[0]);
	auth_who(a.workers[0], cookie, 0, NULL);
	for (i = 0; i + 1 < n; i++)
		ck_assert_int_eq(kill(helpers[i], SIGKILL), 0);
	ck_assert_int_eq(kill(helpers[i], SIGCONT), 0);
	for (i = 0; i < 2 * n; i++)
		auth_read(a.workers[0], ROLE_WORKER, MSG_LOGGED_IN, &any);
	ck_assert_uint_eq(any.logged_in.code, LOGIN_OK);
	status = rig_wait(&a.rig);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	auth_replace(&a);
	ck_assert_uint_eq(auth_helpers(&a, others), n);
	ck_assert_int_eq(auth_who(a.workers[0], first, 1, NULL), WHO_USER);
	log_in("bob", "builder", cookie);
	auth_stop(&a);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("auth-life");
	TCase *tc = tcase_create("auth");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_loop_test(tc,
	    auth_ends_logins_whose_users_have_changed_and_no_others, 0,
	    COUNT(changes));
	tcase_add_test(
	    tc, auth_goes_on_with_the_users_it_had_when_it_refuses_others);
	tcase_add_test(tc, auth_is_not_ready_with_users_that_it_refuses);
	tcase_add_test(tc, auth_wants_a_file_of_logins_first);
	tcase_add_loop_test(tc, auth_takes_nothing_else_for_the_file_of_logins,
	    0, COUNT(no_files));
	tcase_add_test(tc, logins_and_codes_outlive_the_process);
	tcase_add_test(tc, logins_of_changed_users_do_not_outlive_the_process);
	tcase_add_test(tc, auth_answers_while_hashes_are_computed);
	tcase_add_loop_test(tc, auth_ends_though_hashes_are_computed, 0, 2);
	tcase_add_test(tc, a_worker_gets_nothing_of_the_one_before);
	tcase_add_test(tc, a_helper_that_dies_costs_one_login);
	tcase_add_test(
	    tc, with_one_helper_left_auth_begins_anew_when_nobody_waits);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
