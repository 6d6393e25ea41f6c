/* SPDX-License-Identifier: ISC */
/*
 * Lines that a stranger can cause, on a clock of the test's own: the program
 * is linked with --wrap=clock_gettime.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/quota.h"

static uint64_t now_ms = 1000;
static unsigned line_count;
static char last[LOG_LINE_MAX];

int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);

int
__wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
	(void)clock;
	ts->tv_sec = (time_t)(now_ms / MS_PER_SEC);
	ts->tv_nsec = (long)(now_ms % MS_PER_SEC * NS_PER_MS);
	return 0;
}

static void
on_line(int level, const char *line, void *arg)
{
	(void)level;
	(void)arg;
	line_count++;
	snprintf(last, sizeof(last), "%s", line);
}

static void
setup(void)
{
	log_to_sink(on_line, NULL);
	quota_end();
	line_count = 0;
	last[0] = '\0';
}

/* So many lines about that address; how many of them were written. */
static unsigned
write_lines(const char *ip, unsigned count)
{
	unsigned before = line_count;
	struct addr addr;

	ck_assert_int_eq(addr_parse_ip(ip, &addr), 0);
	while (count-- > 0) {
		addr.port = (uint16_t)(1000 + count);
		quota_log(LOG_LEVEL_INFO, &addr, "a line");
	}
	return line_count - before;
}

static unsigned
write_numbered(unsigned number, unsigned count)
{
	char ip[32];

	snprintf(ip, sizeof(ip), "10.%u.%u.%u", number >> 16,
	    (number >> 8) & 255, number & 255);
	return write_lines(ip, count);
}

START_TEST(quota_writes_so_many_lines_of_a_source_and_counts_the_rest)
{
	ck_assert_uint_eq(write_lines("10.0.0.1", 500), QUOTA_LINES_SOURCE);
	ck_assert_uint_eq(write_lines("10.0.0.2", 3), 3);
	now_ms += QUOTA_MS - 1;
	line_count = 0;
	quota_tick();
	ck_assert_uint_eq(line_count, 0);
	now_ms++;
	quota_tick();
	ck_assert_uint_eq(line_count, 1);
	ck_assert_str_eq(
	    last, "480 more lines like these from=10.0.0.1 in a minute");
	quota_tick();
	ck_assert_uint_eq(line_count, 1);
}
END_TEST

START_TEST(quota_begins_anew_with_each_minute)
{
	ck_assert_uint_eq(write_lines("10.0.0.1", 100), QUOTA_LINES_SOURCE);
	now_ms += QUOTA_MS;
	/* the line about the last minute comes first */
	ck_assert_uint_eq(write_lines("10.0.0.1", 100), QUOTA_LINES_SOURCE + 1);
}
END_TEST

START_TEST(quota_takes_a_64_of_ipv6_for_one_source)
{
	ck_assert_uint_eq(write_lines("2001:db8:0:1::1", 15), 15);
	ck_assert_uint_eq(write_lines("2001:db8:0:1:ffff:1:2:3", 15), 5);
	ck_assert_uint_eq(write_lines("2001:db8:0:2::1", 15), 15);
	quota_end();
	ck_assert_str_eq(last,
	    "10 more lines like these from=2001:db8:0:1::/64 in a minute");
}
END_TEST

START_TEST(quota_takes_nobody_for_a_source_of_its_own)
{
	unsigned i;

	for (i = 0; i < 100; i++)
		quota_log(LOG_LEVEL_ERROR, NULL, "a line");
	ck_assert_uint_eq(line_count, QUOTA_LINES_SOURCE);
	ck_assert_uint_eq(write_lines("0.0.0.0", 1), 1);
}
END_TEST

START_TEST(quota_of_all_is_not_passed_however_many_they_are)
{
	unsigned i, n = 0;

	for (i = 0; i < 100000; i++)
		n += write_numbered(i, 1);
	ck_assert_uint_eq(n, QUOTA_LINES_ALL);
	line_count = 0;
	quota_end();
	ck_assert_uint_eq(line_count, 1);
	ck_assert_str_eq(
	    last, "99800 more lines like these from others in a minute");
}
END_TEST

START_TEST(quota_tells_of_so_many_sources_each_for_itself)
{
	unsigned i;

	for (i = 0; i < QUOTA_LINES_ALL; i++)
		ck_assert_uint_eq(write_numbered(i, 1), 1);
	for (i = 0; i < QUOTA_LINES_ALL; i++)
		ck_assert_uint_eq(write_numbered(i, 2), 0);
	line_count = 0;
	quota_end();
	ck_assert_uint_eq(line_count, QUOTA_SOURCES_TOLD + 1);
	ck_assert_str_eq(
	    last, "380 more lines like these from others in a minute");
}
END_TEST

START_TEST(quota_is_not_used_up_by_what_is_not_written)
{
	struct addr addr;
	unsigned i;

	ck_assert_int_eq(addr_parse_ip("10.0.0.1", &addr), 0);
	for (i = 0; i < 100; i++)
		quota_log(LOG_LEVEL_DEBUG, &addr, "a line");
	ck_assert_uint_eq(line_count, 0);
	ck_assert_uint_eq(write_lines("10.0.0.1", 20), QUOTA_LINES_SOURCE);
	quota_end();
	ck_assert_str_eq(last, "a line");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("quota");
	TCase *tc = tcase_create("quota");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(
	    tc, quota_writes_so_many_lines_of_a_source_and_counts_the_rest);
	tcase_add_test(tc, quota_begins_anew_with_each_minute);
	tcase_add_test(tc, quota_takes_a_64_of_ipv6_for_one_source);
	tcase_add_test(tc, quota_takes_nobody_for_a_source_of_its_own);
	tcase_add_test(tc, quota_of_all_is_not_passed_however_many_they_are);
	tcase_add_test(tc, quota_tells_of_so_many_sources_each_for_itself);
	tcase_add_test(tc, quota_is_not_used_up_by_what_is_not_written);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_set_fork_status(runner, CK_NOFORK); /* on this clock */
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
