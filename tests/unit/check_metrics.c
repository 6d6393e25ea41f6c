/* SPDX-License-Identifier: ISC */
/* What a process counts of itself, and the names of codes. */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/metrics.h"
#include "common/proto.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MANY	 600 /* descriptors: some portions of them */

static struct msg_counted counted;

static uint64_t
value(uint32_t metric)
{
	return metrics_values()[metric];
}

static uint64_t
sum_of_all(void)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < METRICS_COUNT; i++)
		sum += value(i);
	return sum;
}

START_TEST(metrics_begin_with_nothing_and_count_what_they_are_told)
{
	ck_assert_uint_eq(sum_of_all(), 0);
	metrics_count(METRIC_SIGNED);
	metrics_count(METRIC_SIGNED);
	metrics_set(METRIC_PENDING, 7);
	ck_assert_uint_eq(value(METRIC_SIGNED), 2);
	ck_assert_uint_eq(value(METRIC_PENDING), 7);
	ck_assert_uint_eq(sum_of_all(), 9);
}
END_TEST

START_TEST(metrics_add_so_many)
{
	metrics_add(METRIC_RESENT_CLIENT, 5);
	metrics_add(METRIC_RESENT_CLIENT, 0);
	metrics_add(METRIC_RESENT_CLIENT, 2);
	ck_assert_uint_eq(value(METRIC_RESENT_CLIENT), 7);
	ck_assert_uint_eq(sum_of_all(), 7);
}
END_TEST

START_TEST(metrics_know_each_code_and_put_the_others_together)
{
	static const struct {
		void (*count)(uint32_t code);
		uint32_t code;
		enum metric metric;
	} rows[] = {
	    {metrics_count_ended, 1000, METRIC_ENDED_NORMAL},
	    {metrics_count_ended, 1006, METRIC_ENDED_ABNORMAL},
	    {metrics_count_ended, 4500, METRIC_ENDED_TCP_ERROR},
	    {metrics_count_ended, 4581, METRIC_ENDED_NO_SERVICE},
	    {metrics_count_ended, 0, METRIC_ENDED_OTHER},
	    {metrics_count_ended, UINT32_MAX, METRIC_ENDED_OTHER},
	    {metrics_count_opened, 0, METRIC_OPENED},
	    {metrics_count_opened, 4520, METRIC_REFUSED_NOT_ALLOWED},
	    {metrics_count_opened, 1000, METRIC_REFUSED_OTHER},
	};
	uint64_t before;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		before = value(rows[i].metric);
		rows[i].count(rows[i].code);
		ck_assert_uint_eq(value(rows[i].metric), before + 1);
		ck_assert_uint_eq(sum_of_all(), i + 1);
	}
	metrics_count_status(404);
	ck_assert_uint_eq(value(METRIC_STATUS_NOT_FOUND), 1);
	metrics_count_status(418);
	metrics_count_status(-1);
	ck_assert_uint_eq(value(METRIC_STATUS_OTHER), 2);
}
END_TEST

START_TEST(metrics_observe_in_the_bucket_that_has_it_and_add_up)
{
	static const struct {
		uint64_t ms;
		uint32_t bucket;
	} rows[] = {{0, METRICS_TO_1}, {1, METRICS_TO_1}, {2, METRICS_TO_2},
	    {3, METRICS_TO_5}, {10000, METRICS_TO_10000},
	    {10001, METRICS_ABOVE}, {UINT32_MAX, METRICS_ABOVE}};
	uint64_t sum = 0, before;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		before = value(METRIC_HASH + rows[i].bucket);
		metrics_observe(METRIC_HASH, rows[i].ms);
		sum += rows[i].ms;
		ck_assert_uint_eq(
		    value(METRIC_HASH + rows[i].bucket), before + 1);
		ck_assert_uint_eq(value(METRIC_HASH_LAST), sum);
	}
	ck_assert_uint_eq(sum_of_all(), sum + COUNT(rows));
}
END_TEST

/* Without a role, nobody could say it; with two, it could be counted twice. */
START_TEST(metrics_are_each_of_one_role)
{
	uint32_t i, role, hits = 0;

	for (i = 0; i < METRICS_COUNT; i++) {
		role = metrics_role(i);
		ck_assert_msg(role != 0 && (role & (role - 1)) == 0, "%u", i);
		hits += role == ROLE_WORKER;
	}
	ck_assert_uint_gt(hits, 0);
	ck_assert_uint_eq(metrics_role(METRICS_COUNT), 0);
	ck_assert_uint_eq(metrics_role(METRIC_HANGS), ROLE_MASTER);
	ck_assert_uint_eq(metrics_role(METRIC_PAM_TALKS), ROLE_PAM);
	ck_assert_uint_eq(metrics_role(METRIC_EVENTS_UNREAD), ROLE_RUNNER);
	ck_assert_uint_eq(metrics_role(METRIC_STATUS_SWITCHED), ROLE_WORKER);
	ck_assert_uint_eq(metrics_role(METRIC_ENDED_OTHER), ROLE_WORKER);
	ck_assert_uint_eq(metrics_role(METRIC_OPENED), ROLE_BROKER);
	ck_assert_uint_eq(metrics_role(METRIC_PING), ROLE_WORKER);
	ck_assert_uint_eq(metrics_role(METRIC_HASH_LAST), ROLE_AUTH);
	ck_assert(metrics_is_gauge(METRIC_PENDING));
	ck_assert(!metrics_is_gauge(METRIC_OPENED));
	ck_assert(!metrics_is_gauge(METRICS_COUNT));
}
END_TEST

static void
fill(void *arg, struct msg_counted *out)
{
	metrics_set(METRIC_PENDING, *(uint64_t *)arg);
	out->generation = 5;
}

START_TEST(metrics_are_filled_by_who_has_them)
{
	uint64_t pending = 12;

	metrics_fill_by(fill, &pending);
	memset(&counted, 0, sizeof(counted));
	metrics_fill(&counted);
	ck_assert_uint_eq(counted.values[METRIC_PENDING], 12);
	ck_assert_uint_eq(counted.generation, 5);
	ck_assert_uint_eq(counted.descriptors, metrics_descriptors());
}
END_TEST

START_TEST(metrics_count_descriptors_that_are_open)
{
	uint32_t before = metrics_descriptors();
	int fds[MANY], i;

	ck_assert_uint_ge(before, 3);
	for (i = 0; i < MANY; i++)
		ck_assert_int_ne(
		    fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC), -1);
	ck_assert_uint_eq(metrics_descriptors(), before + MANY);
	for (i = 0; i < MANY; i += 2)
		close(fds[i]);
	ck_assert_uint_eq(metrics_descriptors(), before + MANY / 2);
	for (i = 1; i < MANY; i += 2)
		close(fds[i]);
	ck_assert_uint_eq(metrics_descriptors(), before);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("metrics");
	TCase *tc = tcase_create("metrics");
	SRunner *runner;
	int failed;

	tcase_add_test(
	    tc, metrics_begin_with_nothing_and_count_what_they_are_told);
	tcase_add_test(tc, metrics_add_so_many);
	tcase_add_test(tc, metrics_know_each_code_and_put_the_others_together);
	tcase_add_test(
	    tc, metrics_observe_in_the_bucket_that_has_it_and_add_up);
	tcase_add_test(tc, metrics_are_each_of_one_role);
	tcase_add_test(tc, metrics_are_filled_by_who_has_them);
	tcase_add_test(tc, metrics_count_descriptors_that_are_open);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
