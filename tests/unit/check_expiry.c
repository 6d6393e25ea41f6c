/* SPDX-License-Identifier: ISC */
/* When the log warns of a certificate's end: each step once. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "daemon/bundle/conf.h"
#include "daemon/master/expiry.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DAY_SEC	 86400
#define NOON_SEC 1767268800 /* 2026-01-01T12:00:00Z */

static unsigned lines;
static char last[LOG_LINE_MAX];

static void
on_line(int level, const char *line, void *arg)
{
	(void)arg;
	ck_assert_int_eq(level, LOG_LEVEL_WARN);
	strlcpy(last, line, sizeof(last));
	lines++;
}

START_TEST(expiry_step_is_the_nearest)
{
	static const struct {
		uint64_t ends_sec;
		enum expiry_step step;
	} rows[] = {
	    {0, EXPIRY_FAR},
	    {UINT64_MAX, EXPIRY_FAR},
	    {NOON_SEC + 21 * DAY_SEC + 1, EXPIRY_FAR},
	    {NOON_SEC + 21 * DAY_SEC, EXPIRY_IN_21_DAYS},
	    {NOON_SEC + 7 * DAY_SEC + 1, EXPIRY_IN_21_DAYS},
	    {NOON_SEC + 7 * DAY_SEC, EXPIRY_IN_7_DAYS},
	    {NOON_SEC + DAY_SEC + 1, EXPIRY_IN_7_DAYS},
	    {NOON_SEC + DAY_SEC, EXPIRY_IN_1_DAY},
	    {NOON_SEC, EXPIRY_IN_1_DAY},
	    {NOON_SEC - 1, EXPIRY_OVER},
	    {1, EXPIRY_OVER},
	};
	size_t i;

	for (i = 0; i < COUNT(rows); i++)
		ck_assert_int_eq(
		    expiry_step(rows[i].ends_sec, NOON_SEC), rows[i].step);
}
END_TEST

START_TEST(expiry_is_said_once_at_each_step)
{
	char name[] = "/etc/a.pem";
	struct conf_cert cert = {.certificate = name};
	struct conf conf;
	uint64_t ends_sec = NOON_SEC + 30 * DAY_SEC;
	long hour;

	memset(&conf, 0, sizeof(conf));
	conf.certs = &cert;
	conf.cert_count = 1;
	log_to_sink(on_line, NULL);
	for (hour = 0; hour < 40 * 24; hour++)
		expiry_check(&conf, &ends_sec, NOON_SEC + hour * 3600);
	ck_assert_uint_eq(lines, 4);
	ck_assert_str_eq(last,
	    "certificate has expired file=\"/etc/a.pem\" "
	    "end=2026-01-31T12:00:00Z");
	/* a new one in its place is far, and then near again */
	ends_sec += 365 * (uint64_t)DAY_SEC;
	expiry_check(&conf, &ends_sec, NOON_SEC);
	ck_assert_uint_eq(lines, 4);
	expiry_check(&conf, &ends_sec, NOON_SEC + 390 * (time_t)DAY_SEC);
	ck_assert_uint_eq(lines, 5);
	ck_assert_str_eq(last,
	    "certificate expires soon file=\"/etc/a.pem\" "
	    "end=2027-01-31T12:00:00Z days=5");
	/* after a reload it is said again */
	expiry_forget();
	expiry_check(&conf, &ends_sec, NOON_SEC + 390 * (time_t)DAY_SEC);
	ck_assert_uint_eq(lines, 6);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("expiry");
	TCase *tc = tcase_create("expiry");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, expiry_step_is_the_nearest);
	tcase_add_test(tc, expiry_is_said_once_at_each_step);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
