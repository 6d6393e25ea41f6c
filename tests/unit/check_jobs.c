/* SPDX-License-Identifier: ISC */
/* Whose password is hashed next. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/jobs.h"

static struct jobs jobs;
static unsigned evicted_count;

static int
add_of(uint32_t peer, const char *address, const char *name)
{
	struct job *job = calloc(1, sizeof(*job)), *evicted;
	int result;

	ck_assert_ptr_nonnull(job);
	ck_assert_int_eq(addr_parse_ip(address, &job->client), 0);
	strlcpy(job->name, name, sizeof(job->name));
	job->peer = peer;
	result = jobs_add(&jobs, job, &evicted);
	if (evicted != NULL) {
		ck_assert_int_eq(result, 0);
		ck_assert_uint_eq(evicted->peer, peer);
		ck_assert_str_ne(evicted->name, name);
		job_free(evicted);
		evicted_count++;
	}
	return result;
}

static int
add(const char *address, const char *name)
{
	return add_of(0, address, name);
}

static const char *
next(void)
{
	static char name[LOGINS_NAME_MAX];
	struct job *job = jobs_next(&jobs);

	if (job == NULL)
		return NULL;
	strlcpy(name, job->name, sizeof(name));
	job_free(job);
	return name;
}

static void
setup(void)
{
	jobs_init(&jobs);
	evicted_count = 0;
}

static void
teardown(void)
{
	while (next() != NULL)
		continue;
	ck_assert_uint_eq(jobs.count, 0);
}

START_TEST(first_come_first_served)
{
	ck_assert_int_eq(add("192.0.2.1", "a"), 0);
	ck_assert_int_eq(add("192.0.2.2", "b"), 0);
	ck_assert_int_eq(add("192.0.2.3", "c"), 0);
	ck_assert_str_eq(next(), "a");
	ck_assert_str_eq(next(), "b");
	ck_assert_str_eq(next(), "c");
	ck_assert_ptr_null(next());
}
END_TEST

START_TEST(addresses_take_turns)
{
	char name[16];
	int i;

	for (i = 0; i < JOBS_OF_ADDRESS; i++) {
		snprintf(name, sizeof(name), "flood%d", i);
		ck_assert_int_eq(add("192.0.2.1", name), 0);
	}
	ck_assert_int_eq(add("192.0.2.2", "alice"), 0);
	ck_assert_int_eq(add("192.0.2.2", "anna"), 0);
	ck_assert_str_eq(next(), "flood0");
	ck_assert_str_eq(next(), "alice");
	ck_assert_str_eq(next(), "flood1");
	ck_assert_str_eq(next(), "anna");
	ck_assert_str_eq(next(), "flood2");
	/* who comes now is not behind the others' whole queue */
	ck_assert_int_eq(add("192.0.2.3", "bob"), 0);
	ck_assert_str_eq(next(), "bob");
	ck_assert_str_eq(next(), "flood3");
}
END_TEST

/* Many try alice's password, from everywhere. */
START_TEST(names_take_turns_in_a_turn)
{
	char address[32];
	int i;

	for (i = 1; i <= 5; i++) {
		snprintf(address, sizeof(address), "10.0.0.%d", i);
		ck_assert_int_eq(add(address, "alice"), 0);
	}
	ck_assert_int_eq(add("192.0.2.1", "bob"), 0);
	ck_assert_str_eq(next(), "alice");
	ck_assert_str_eq(next(), "bob");
	ck_assert_str_eq(next(), "alice");
	ck_assert_str_eq(next(), "alice");
	ck_assert_int_eq(add("192.0.2.1", "bob"), 0);
	ck_assert_int_eq(add("192.0.2.2", "carol"), 0);
	ck_assert_int_eq(add("192.0.2.2", "carol"), 0);
	ck_assert_str_eq(next(), "bob");
	ck_assert_str_eq(next(), "carol");
	ck_assert_str_eq(next(), "alice");
	ck_assert_str_eq(next(), "alice");
	ck_assert_str_eq(next(), "carol");
	ck_assert_ptr_null(next());
}
END_TEST

START_TEST(one_beside_others_has_neither_name_nor_address_of_them)
{
	struct job *slow, *beside;
	const struct job *others[3] = {NULL};

	ck_assert_int_eq(add("192.0.2.1", "alice"), 0);
	ck_assert_int_eq(add("192.0.2.2", "alice"), 0);
	ck_assert_int_eq(add("192.0.2.1", "carol"), 0);
	others[1] = slow = jobs_next(&jobs);
	ck_assert_ptr_nonnull(slow);
	ck_assert_ptr_null(jobs_next_beside(&jobs, others, 3));
	ck_assert_int_eq(add("192.0.2.3", "bob"), 0);
	beside = jobs_next_beside(&jobs, others, 3);
	ck_assert_ptr_nonnull(beside);
	ck_assert_str_eq(beside->name, "bob");
	ck_assert_uint_eq(jobs.count, 2);
	job_free(beside);
	job_free(slow);
}
END_TEST

START_TEST(an_address_has_few_places)
{
	char name[16];
	int i;

	for (i = 0; i < JOBS_OF_ADDRESS; i++) {
		snprintf(name, sizeof(name), "flood%d", i);
		ck_assert_int_eq(add("2001:db8::1", name), 0);
	}
	ck_assert_int_eq(add("2001:db8::2", "more"), VB_EFULL);
	ck_assert_int_eq(add("2001:db8:0:1::2", "alice"), 0);
	next();
	ck_assert_int_eq(add("2001:db8::2", "more"), 0);
}
END_TEST

START_TEST(an_address_has_still_fewer_for_one_name)
{
	char address[32];
	int i;

	for (i = 0; i < JOBS_OF_BOTH; i++)
		ck_assert_int_eq(add("192.0.2.1", "alice"), 0);
	ck_assert_int_eq(add("192.0.2.1", "alice"), VB_EFULL);
	ck_assert_int_eq(add("192.0.2.1", "bob"), 0);
	/* and nobody can take alice's own */
	for (i = 1; i < 100; i++) {
		snprintf(address, sizeof(address), "10.0.0.%d", i);
		ck_assert_int_eq(add(address, "alice"), 0);
	}
	ck_assert_int_eq(add("192.0.2.9", "alice"), 0);
}
END_TEST

START_TEST(the_queue_is_bounded)
{
	char address[32];
	int i;

	for (i = 0; i < JOBS_MAX; i++) {
		snprintf(address, sizeof(address), "10.0.%d.%d", i / 200,
		    i % 200 + 1);
		ck_assert_int_eq(add_of((uint32_t)i % 3, address, "x"), 0);
	}
	ck_assert_int_eq(add("192.0.2.1", "x"), VB_EFULL);
	/* and of a worker that has none of them */
	ck_assert_int_eq(add_of(3, "192.0.2.1", "alice"), VB_EFULL);
	next();
	ck_assert_int_eq(add("192.0.2.1", "x"), 0);
	ck_assert_uint_eq(evicted_count, 0);
	/* who comes before the last does not find it full */
	ck_assert_int_eq(add("192.0.2.2", "alice"), 0);
	ck_assert_uint_eq(evicted_count, 1);
	ck_assert_uint_eq(jobs.count, JOBS_MAX);
	ck_assert_str_eq(next(), "alice");
}
END_TEST

/* It may have made all the addresses up. */
START_TEST(a_worker_takes_no_more_than_its_share)
{
	char address[32];
	int i;

	for (i = 0; i < JOBS_OF_PEER; i++) {
		snprintf(address, sizeof(address), "10.0.%d.%d", i / 200,
		    i % 200 + 1);
		ck_assert_int_eq(add_of(1, address, "x"), 0);
	}
	ck_assert_int_eq(add_of(1, "192.0.2.1", "x"), VB_EFULL);
	ck_assert_int_eq(add_of(0, "192.0.2.1", "alice"), 0);
	ck_assert_uint_eq(evicted_count, 0);
	/* by its own only */
	ck_assert_int_eq(add_of(1, "192.0.2.2", "bob"), 0);
	ck_assert_uint_eq(evicted_count, 1);
	ck_assert_uint_eq(jobs.count, JOBS_OF_PEER + 1);
	next();
	ck_assert_int_eq(add_of(1, "192.0.2.3", "x"), 0);
	ck_assert_uint_eq(evicted_count, 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("jobs");
	TCase *tc = tcase_create("jobs");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, first_come_first_served);
	tcase_add_test(tc, addresses_take_turns);
	tcase_add_test(tc, names_take_turns_in_a_turn);
	tcase_add_test(
	    tc, one_beside_others_has_neither_name_nor_address_of_them);
	tcase_add_test(tc, an_address_has_few_places);
	tcase_add_test(tc, an_address_has_still_fewer_for_one_name);
	tcase_add_test(tc, the_queue_is_bounded);
	tcase_add_test(tc, a_worker_takes_no_more_than_its_share);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
