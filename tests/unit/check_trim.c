/* SPDX-License-Identifier: ISC */
/*
 * Memory goes back to the system when it is quiet: what lies between what is
 * kept, too, and not while things come and go.
 */
#include <check.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/trim.h"

#define PIECES	    2048
#define PIECE_BYTES 8192 /* below malloc's threshold for mmap(2) */
#define KEPT_EACH   64	 /* of so many, one is kept */
#define MUCH	    256	 /* CHURN_MIN of common/trim.c */
#define QUIET_TICKS 5	 /* as there */

#ifdef VB_ASAN
#define KEEPS_FREED 1 /* so that an access is found */
#else
#define KEEPS_FREED 0
#endif

static struct trim trim;
static void *pieces[PIECES];

static void
start(void)
{
	memset(&trim, 0, sizeof(trim));
}

static void
note(int times)
{
	while (times-- > 0)
		trim_note(&trim);
}

/* How many ticks it takes until nothing is left to do. */
static int
count_ticks(void)
{
	int n = 1;

	while (!trim_tick(&trim)) {
		n++;
		ck_assert_int_lt(n, 100);
	}
	return n;
}

static size_t
resident_bytes(void)
{
	size_t pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%*s %zu", &pages), 1);
	fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

START_TEST(nothing_has_come_or_gone)
{
	ck_assert_int_eq(trim_tick(&trim), 1);
	ck_assert_uint_eq(trim.trimmed, 0);
}
END_TEST

START_TEST(much_is_given_back_after_a_quiet_second)
{
	note(MUCH);
	ck_assert_int_eq(count_ticks(), 2);
	ck_assert_uint_eq(trim.trimmed, MUCH);
}
END_TEST

START_TEST(little_is_given_back_after_some)
{
	note(1);
	ck_assert_int_eq(count_ticks(), 1 + QUIET_TICKS);
	ck_assert_int_eq(trim_tick(&trim), 1);
	note(MUCH - 1);
	ck_assert_int_eq(count_ticks(), 1 + QUIET_TICKS);
}
END_TEST

START_TEST(nothing_is_given_back_while_they_come_and_go)
{
	int i;

	for (i = 0; i < 10 * QUIET_TICKS; i++) {
		note(MUCH);
		ck_assert_int_eq(trim_tick(&trim), 0);
	}
	ck_assert_uint_eq(trim.trimmed, 0);
	ck_assert_int_eq(count_ticks(), 1);
}
END_TEST

START_TEST(the_count_may_wrap)
{
	trim.churn = trim.seen = trim.trimmed = (unsigned)-2;
	note(MUCH);
	ck_assert_int_eq(count_ticks(), 2);
	ck_assert_uint_eq(trim.trimmed, MUCH - 2);
}
END_TEST

START_TEST(a_timer_runs_until_it_is_given_back)
{
	struct event_base *base = event_base_new();

	ck_assert_ptr_nonnull(base);
	trim_init(&trim, base);
	ck_assert_int_eq(evtimer_pending(&trim.ev, NULL), 0);
	note(MUCH);
	ck_assert_int_ne(evtimer_pending(&trim.ev, NULL), 0);
	/* ends when there is no timer any more */
	ck_assert_int_ge(event_base_dispatch(base), 0);
	ck_assert_uint_eq(trim.trimmed, MUCH);
	event_base_free(base);
}
END_TEST

/* The last piece is kept, so that malloc alone gives back nothing. */
START_TEST(what_lies_between_goes_back)
{
	size_t before, after;
	int i;

	for (i = 0; i < PIECES; i++) {
		ck_assert_ptr_nonnull(pieces[i] = malloc(PIECE_BYTES));
		memset(pieces[i], i, PIECE_BYTES);
	}
	for (i = 0; i < PIECES; i++)
		if (i % KEPT_EACH != KEPT_EACH - 1) {
			free(pieces[i]);
			pieces[i] = NULL;
		}
	before = resident_bytes();
	note(MUCH);
	count_ticks();
	after = resident_bytes();
	for (i = 0; i < PIECES; i++)
		free(pieces[i]);
	ck_assert_msg(before > after + PIECES / 2 * PIECE_BYTES,
	    "before: %zu, after: %zu", before, after);
}
END_TEST

static Suite *
trim_suite(void)
{
	Suite *suite = suite_create("trim");
	TCase *tc = tcase_create("trim");

	tcase_add_checked_fixture(tc, start, NULL);
	tcase_add_test(tc, nothing_has_come_or_gone);
	tcase_add_test(tc, much_is_given_back_after_a_quiet_second);
	tcase_add_test(tc, little_is_given_back_after_some);
	tcase_add_test(tc, nothing_is_given_back_while_they_come_and_go);
	tcase_add_test(tc, the_count_may_wrap);
	tcase_add_test(tc, a_timer_runs_until_it_is_given_back);
	if (!KEEPS_FREED)
		tcase_add_test(tc, what_lies_between_goes_back);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(trim_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
