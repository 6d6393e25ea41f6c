/* SPDX-License-Identifier: ISC */
/* Helpers that hash, in their real sandbox: this program is run as one, too. */
#include <sys/socket.h>
#include <sys/wait.h>

#include <check.h>
#include <crypt.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/process.h"
#include "daemon/auth/pool.h"

#define HELPERS 2

/* of "right": yescrypt with the least cost, SHA-512, bcrypt */
static const char *const settings[] = {
    "$y$j75$2S4j0MIUdLYdsyTSh8eVA.",
    "$6$rounds=1000$saltsalt",
    "$2b$04$abcdefghijklmnopqrstuu",
};

static struct event_base *base;
static struct pool *pool;
static unsigned done_count, failed_count;
static char last_hash[HASH_TEXT_MAX];
static int lost_count;
static unsigned left_count;

static void
on_done(struct job *job, const char *hash)
{
	(void)job;
	done_count++;
	failed_count += hash == NULL;
	strlcpy(last_hash, hash == NULL ? "" : hash, sizeof(last_hash));
}

static void
on_lost(void *arg, unsigned left)
{
	(void)arg;
	lost_count++;
	left_count = left;
	event_base_loopbreak(base);
}

static void
setup(void)
{
	int fds[POOL_HELPERS_MAX];

	ck_assert_int_eq(pool_start(HELPERS, 1, fds), HELPERS);
	base = event_base_new();
	ck_assert_ptr_nonnull(base);
	pool = pool_new(base, fds, HELPERS, on_lost, NULL);
	ck_assert_ptr_nonnull(pool);
	done_count = failed_count = 0;
	lost_count = 0;
}

static void
teardown(void)
{
	pool_free(pool);
	event_base_free(base);
}

static int
ask(const char *address, const char *name, const char *setting,
    const char *password)
{
	struct job *job = calloc(1, sizeof(*job));

	ck_assert_ptr_nonnull(job);
	ck_assert_int_eq(addr_parse_ip(address, &job->client), 0);
	strlcpy(job->name, name, sizeof(job->name));
	strlcpy(job->setting, setting, sizeof(job->setting));
	strlcpy(job->password, password, sizeof(job->password));
	job->done = on_done;
	return pool_add(pool, job);
}

static void
run_until(unsigned count)
{
	while (done_count < count && lost_count == 0)
		ck_assert_int_ne(event_base_loop(base, EVLOOP_ONCE), -1);
}

START_TEST(a_hash_is_that_of_the_library)
{
	struct crypt_data data = {0};

	ck_assert_int_eq(ask("192.0.2.1", "a", settings[_i], "right"), 0);
	run_until(1);
	ck_assert_str_eq(last_hash, crypt_r("right", settings[_i], &data));
	ck_assert_uint_eq(failed_count, 0);
	/* a hash is a setting, too */
	ck_assert_int_eq(ask("192.0.2.1", "a", data.output, "right"), 0);
	run_until(2);
	ck_assert_str_eq(last_hash, data.output);
}
END_TEST

static const char *const bad[] = {"", "*0", "!", "$9$nosuch$", "$6$", "$y$",
    "$2b$99$abcdefghijklmnopqrstuu", ":", "\x01\x02"};

START_TEST(what_is_no_setting_gives_no_hash)
{
	ck_assert_int_eq(ask("192.0.2.1", "a", bad[_i], "right"), 0);
	run_until(1);
	/* a few are settings to the library after all: of nobody's hash */
	ck_assert(last_hash[0] == '\0' || strcmp(last_hash, bad[_i]) != 0);
	ck_assert_int_eq(lost_count, 0);
	/* and the helper goes on */
	ck_assert_int_eq(ask("192.0.2.1", "a", settings[1], "right"), 0);
	run_until(2);
	ck_assert_int_gt((int)strlen(last_hash), 80);
}
END_TEST

START_TEST(more_than_there_are_helpers_wait)
{
	char address[32];
	int i;

	for (i = 0; i < 50; i++) {
		snprintf(address, sizeof(address), "192.0.2.%d", i + 1);
		ck_assert_int_eq(ask(address, "a", settings[1], "right"), 0);
	}
	run_until(50);
	ck_assert_uint_eq(failed_count, 0);
}
END_TEST

/* Our own children; their sockets say when they have ended. */
static void
kill_helpers(unsigned count)
{
	char command[64], line[32];
	FILE *list;

	snprintf(
	    command, sizeof(command), "pgrep -P %d -f hash", (int)getpid());
	list = popen(command, "re");
	ck_assert_ptr_nonnull(list);
	while (count > 0 && fgets(line, sizeof(line), list) != NULL) {
		kill((pid_t)atoi(line), SIGKILL);
		count--;
	}
	pclose(list);
	ck_assert_uint_eq(count, 0);
}

/* As long as somebody waits; then it is told that one is not enough. */
START_TEST(with_one_helper_less_it_goes_on)
{
	kill_helpers(1);
	ck_assert_int_eq(ask("192.0.2.1", "a", settings[1], "right"), 0);
	ck_assert_int_eq(ask("192.0.2.2", "a", settings[1], "right"), 0);
	ck_assert_int_eq(ask("192.0.2.3", "a", settings[1], "right"), 0);
	run_until(2);
	ck_assert_int_eq(lost_count, 0);
	run_until(3);
	/* one that is killed may be slower to end than the other to hash */
	while (lost_count == 0)
		ck_assert_int_ne(event_base_loop(base, EVLOOP_ONCE), -1);
	ck_assert_int_eq(lost_count, 1);
	ck_assert_uint_eq(left_count, HELPERS - 1);
	/* what the dead one had is answered, as one that failed */
	ck_assert_uint_le(failed_count, 1);
}
END_TEST

START_TEST(without_helpers_it_says_so)
{
	kill_helpers(HELPERS);
	while (lost_count == 0 || left_count > 0)
		ck_assert_int_ne(event_base_loop(base, EVLOOP_ONCE), -1);
	ck_assert_uint_eq(left_count, 0);
	/* nobody is there to answer: the queue is what bounds it */
	ck_assert_int_eq(ask("192.0.2.1", "a", settings[1], "right"), 0);
}
END_TEST

/* It would be weeks, and the other helpers' too. */
static const char endless[] = "$2b$31$abcdefghijklmnopqrstuu";

START_TEST(a_hash_without_an_end_costs_its_helper)
{
	ck_assert_int_eq(ask("192.0.2.1", "a", endless, "right"), 0);
	ck_assert_int_eq(ask("192.0.2.2", "b", settings[1], "right"), 0);
	run_until(1);
	ck_assert_uint_eq(failed_count, 0);
	run_until(2);
	ck_assert_uint_eq(failed_count, 1);
	ck_assert_int_eq(lost_count, 1);
	ck_assert_uint_eq(left_count, HELPERS - 1);
	ck_assert_int_eq(ask("192.0.2.1", "a", settings[1], "right"), 0);
	run_until(3);
	ck_assert_uint_eq(failed_count, 1);
}
END_TEST

START_TEST(a_slow_hash_tried_from_everywhere_delays_nobody_else)
{
	ck_assert_int_eq(ask("192.0.2.1", "a", endless, "right"), 0);
	ck_assert_int_eq(ask("192.0.2.2", "a", endless, "right"), 0);
	ck_assert_int_eq(ask("192.0.2.1", "c", endless, "right"), 0);
	ck_assert_int_eq(ask("192.0.2.3", "b", settings[1], "right"), 0);
	run_until(1);
	ck_assert_uint_eq(failed_count, 0);
}
END_TEST

START_TEST(one_that_gives_way_is_answered)
{
	char address[32];
	int i;

	for (i = 0; i <= JOBS_OF_PEER; i++) {
		snprintf(address, sizeof(address), "10.0.0.%d", i + 1);
		ck_assert_int_eq(ask(address, "a", endless, "right"), 0);
	}
	ck_assert_uint_eq(done_count, 0);
	ck_assert_int_eq(ask("192.0.2.1", "b", settings[1], "right"), 0);
	ck_assert_uint_eq(failed_count, 1);
	run_until(2);
	ck_assert_uint_eq(failed_count, 1);
}
END_TEST

/* As where auth is killed: nobody waits for their hashes any more. */
START_TEST(helpers_end_when_nobody_wants_what_they_compute)
{
	ck_assert_int_eq(ask("192.0.2.1", "a", endless, "right"), 0);
	ck_assert_int_eq(ask("192.0.2.2", "b", endless, "right"), 0);
	pool_free(pool);
	pool = NULL;
	/* where SIGCHLD is ignored it waits for all, and finds none */
	ck_assert_int_eq(wait(NULL), -1);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("pool");
	TCase *tc = tcase_create("pool");
	SRunner *runner;
	int failed;

	if (argc > 1 && strcmp(argv[1], "hash") == 0)
		return hash_run(PROCESS_MASTER_FD, argc == 2);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, a_hash_is_that_of_the_library, 0,
	    (int)(sizeof(settings) / sizeof(settings[0])));
	tcase_add_loop_test(tc, what_is_no_setting_gives_no_hash, 0,
	    (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_test(tc, more_than_there_are_helpers_wait);
	tcase_add_test(tc, with_one_helper_less_it_goes_on);
	tcase_add_test(tc, without_helpers_it_says_so);
	tcase_add_test(tc, a_hash_without_an_end_costs_its_helper);
	tcase_add_test(
	    tc, a_slow_hash_tried_from_everywhere_delays_nobody_else);
	tcase_add_test(tc, one_that_gives_way_is_answered);
	tcase_add_test(tc, helpers_end_when_nobody_wants_what_they_compute);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
