/* SPDX-License-Identifier: ISC */
/* Times of the week: what is taken, and at which minutes it holds. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/schedule.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum {
	SUN,
	MON,
	TUE,
	WED,
	THU,
	FRI,
	SAT
}; /* as tm_wday */

static int
has(const char *text, int day, int hour, int minute)
{
	struct tm local = {.tm_wday = day, .tm_hour = hour, .tm_min = minute};
	struct schedule schedule;

	ck_assert_int_eq(schedule_parse(text, &schedule), 0);
	return schedule_has(&schedule, &local);
}

static const struct {
	const char *text;
	int day, hour, minute;
	int is_in;
} moments[] = {
    {"Mon-Fri 08:00-20:00", MON, 8, 0, 1},
    {"Mon-Fri 08:00-20:00", MON, 7, 59, 0},
    {"Mon-Fri 08:00-20:00", FRI, 19, 59, 1},
    {"Mon-Fri 08:00-20:00", FRI, 20, 0, 0},
    {"Mon-Fri 08:00-20:00", SAT, 12, 0, 0},
    {"Mon-Fri 08:00-20:00", SUN, 12, 0, 0},
    {"Sat", SAT, 0, 0, 1},
    {"Sat", SAT, 23, 59, 1},
    {"Sat", SUN, 0, 0, 0},
    {"sat-MON", SUN, 12, 0, 1},
    {"Sat-Mon", MON, 12, 0, 1},
    {"Sat-Mon", TUE, 0, 0, 0},
    {"Sun-Sat", WED, 3, 3, 1},
    {"Mon-Mon", MON, 3, 3, 1},
    {"Mon-Mon", SUN, 3, 3, 0},
    {"00:00-24:00", THU, 23, 59, 1},
    {"22:00-06:00", THU, 23, 0, 1},
    {"22:00-06:00", THU, 5, 59, 1},
    {"22:00-06:00", THU, 6, 0, 0},
    {"22:00-06:00", THU, 21, 59, 0},
    /* the night of Friday is over on Saturday morning */
    {"Fri 22:00-06:00", SAT, 5, 59, 1},
    {"Fri 22:00-06:00", FRI, 5, 59, 0},
    {"Fri 22:00-06:00", FRI, 22, 0, 1},
    {"Sun 22:00-06:00", MON, 1, 0, 1},
    {"Fri 22:00-00:00", FRI, 23, 59, 1},
    {"Fri 22:00-00:00", SAT, 0, 0, 0},
    {"Mon 08:00-10:00,Mon 12:00-14:00", MON, 13, 0, 1},
    {"Mon 08:00-10:00,Mon 12:00-14:00", MON, 11, 0, 0},
    {" Mon\t08:00-10:00 , Tue ", TUE, 11, 0, 1},
    {"Mon, 12:00-13:00", WED, 12, 30, 1},
};

START_TEST(a_moment_is_in_it_or_not)
{
	ck_assert_int_eq(has(moments[_i].text, moments[_i].day,
			     moments[_i].hour, moments[_i].minute),
	    moments[_i].is_in);
}
END_TEST

static const char *const refused[] = {"", " ", ",", "Mon,", ",Mon", "Mon,,Tue",
    "Monday", "Mo", "M", "Mon Tue", "Mon-", "-Mon", "Mon--Tue", "Mon - Tue",
    "Mon-Fri-Sat", "08:00", "08:00-", "-20:00", "8:00-20:00", "08:0-20:00",
    "08:60-20:00", "24:00-08:00", "25:00-26:00", "08:00-24:01", "08:00-08:00",
    "00:00-00:00", "0800-2000", "08:00-20:00 Mon", "Mon 08:00-20:00 Tue",
    "Mon08:00-20:00", "Mon 08:00 - 20:00", "Mon 08:00-20:00;Tue",
    "Mon\n08:00-20:00", "\xc3\xa4"};

START_TEST(what_is_no_time_is_refused)
{
	struct schedule schedule;

	ck_assert_int_eq(schedule_parse(refused[_i], &schedule), VB_ESYNTAX);
}
END_TEST

START_TEST(there_are_so_many_items_at_most)
{
	struct schedule schedule;
	char text[8 * (SCHEDULE_SPANS_MAX + 1)] = "Mon";
	int i;

	for (i = 1; i < SCHEDULE_SPANS_MAX; i++)
		strlcat(text, ",Mon", sizeof(text));
	ck_assert_int_eq(schedule_parse(text, &schedule), 0);
	ck_assert_uint_eq(schedule.count, SCHEDULE_SPANS_MAX);
	strlcat(text, ",Mon", sizeof(text));
	ck_assert_int_eq(schedule_parse(text, &schedule), VB_EFULL);
}
END_TEST

START_TEST(none_is_always)
{
	static const struct schedule none;
	struct tm local = {.tm_wday = _i};

	ck_assert_int_eq(schedule_has(&none, &local), 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("schedule");
	TCase *tc = tcase_create("schedule");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
	    tc, a_moment_is_in_it_or_not, 0, (int)COUNT(moments));
	tcase_add_loop_test(
	    tc, what_is_no_time_is_refused, 0, (int)COUNT(refused));
	tcase_add_test(tc, there_are_so_many_items_at_most);
	tcase_add_loop_test(tc, none_is_always, 0, 7);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
