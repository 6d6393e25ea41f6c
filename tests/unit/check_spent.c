/* SPDX-License-Identifier: ISC */
/* Codes that were taken are not taken again, by the next process neither. */
#include <sys/mman.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/auth/spent.h"

#define NOW    1000
#define OFFSET 8192

static struct spent *spent;
static int file;

static void
setup(void)
{
	file = memfd_create("spent", MFD_CLOEXEC);
	ck_assert_int_ne(file, -1);
	ck_assert_int_eq(ftruncate(file, (off_t)(OFFSET + spent_bytes())), 0);
	ck_assert_int_eq(spent_open(file, OFFSET, &spent), 0);
}

static void
teardown(void)
{
	spent_close(spent);
	close(file);
}

/* Those with the same place begin with the same number. */
static const uint8_t *
code(uint64_t place, uint32_t number)
{
	static uint8_t hash[SPENT_HASH_BYTES];

	memset(hash, 0, sizeof(hash));
	memcpy(hash, &place, sizeof(place));
	memcpy(hash + sizeof(place), &number, sizeof(number));
	return hash;
}

START_TEST(a_code_is_taken_once)
{
	uint64_t until_sec = _i == 0 ? NOW + 90 : 0;

	ck_assert_int_eq(spent_has(spent, code(1, 1), NOW), 0);
	ck_assert_int_eq(spent_take(spent, code(1, 1), until_sec, NOW), 0);
	ck_assert_int_eq(spent_has(spent, code(1, 1), NOW), 1);
	ck_assert_int_eq(
	    spent_take(spent, code(1, 1), until_sec, NOW), VB_ENOTFOUND);
	ck_assert_int_eq(
	    spent_take(spent, code(1, 1), until_sec, NOW + 89), VB_ENOTFOUND);
	ck_assert_int_eq(spent_take(spent, code(1, 2), until_sec, NOW), 0);
	ck_assert_int_eq(spent_take(spent, code(2, 1), until_sec, NOW), 0);
}
END_TEST

START_TEST(a_brief_one_is_forgotten_and_others_are_not)
{
	ck_assert_int_eq(spent_take(spent, code(1, 1), NOW + 90, NOW), 0);
	ck_assert_int_eq(spent_take(spent, code(1, 2), 0, NOW), 0);
	ck_assert_int_eq(spent_has(spent, code(1, 1), NOW + 90), 0);
	ck_assert_int_eq(spent_has(spent, code(1, 2), NOW + 900000000), 1);
}
END_TEST

START_TEST(one_behind_a_forgotten_one_is_found)
{
	ck_assert_int_eq(spent_take(spent, code(7, 1), NOW + 10, NOW), 0);
	ck_assert_int_eq(spent_take(spent, code(7, 2), NOW + 90, NOW), 0);
	ck_assert_int_eq(spent_has(spent, code(7, 2), NOW + 50), 1);
	/* its place is used again */
	ck_assert_int_eq(spent_take(spent, code(7, 3), NOW + 90, NOW + 50), 0);
	ck_assert_int_eq(spent_has(spent, code(7, 2), NOW + 60), 1);
	ck_assert_int_eq(spent_has(spent, code(7, 3), NOW + 60), 1);
}
END_TEST

START_TEST(what_does_not_fit_is_not_taken)
{
	uint32_t i;

	for (i = 0; i < SPENT_SHORT_MAX; i++)
		ck_assert_int_eq(
		    spent_take(spent, code(i * 77ull, i), NOW + 90, NOW), 0);
	ck_assert_int_eq(
	    spent_take(spent, code(5, i), NOW + 90, NOW), VB_EFULL);
	ck_assert_int_eq(spent_has(spent, code(5, i), NOW), 0);
	ck_assert_int_eq(spent_take(spent, code(5, i), NOW + 190, NOW + 90), 0);
}
END_TEST

/* A provider that sends so many keeps nobody from showing a code. */
START_TEST(tokens_take_no_room_of_codes)
{
	uint32_t i;

	ck_assert_int_eq(spent_take(spent, code(5, 1), NOW + 90, NOW), 0);
	for (i = 0; i < SPENT_TOKENS_MAX; i++)
		ck_assert_int_eq(
		    spent_take_token(spent, code(i * 77ull, i), NOW + 90, NOW),
		    0);
	ck_assert_int_eq(
	    spent_take_token(spent, code(5, i), NOW + 90, NOW), VB_EFULL);
	ck_assert_int_eq(
	    spent_take_token(spent, code(0, 0), NOW + 90, NOW), VB_ENOTFOUND);
	ck_assert_int_eq(spent_has(spent, code(5, 1), NOW), 1);
	ck_assert_int_eq(spent_take(spent, code(0, 0), NOW + 90, NOW), 0);
	ck_assert_int_eq(spent_take(spent, code(0, 1), 0, NOW), 0);
	/* and the next process knows them, as long as they would be good */
	spent_close(spent);
	ck_assert_int_eq(spent_open(file, OFFSET, &spent), 0);
	ck_assert_int_eq(
	    spent_take_token(spent, code(77, 1), NOW + 190, NOW + 89),
	    VB_ENOTFOUND);
	ck_assert_int_eq(
	    spent_take_token(spent, code(77, 1), NOW + 190, NOW + 90), 0);
}
END_TEST

START_TEST(the_next_process_knows_them)
{
	ck_assert_int_eq(spent_take(spent, code(1, 1), NOW + 90, NOW), 0);
	ck_assert_int_eq(spent_take(spent, code(1, 2), 0, NOW), 0);
	spent_close(spent);
	ck_assert_int_eq(spent_open(file, OFFSET, &spent), 0);
	ck_assert_int_eq(spent_has(spent, code(1, 1), NOW), 1);
	ck_assert_int_eq(spent_has(spent, code(1, 2), NOW), 1);
}
END_TEST

START_TEST(a_file_that_is_too_short_is_refused)
{
	struct spent *other;

	ck_assert_int_eq(spent_open(file, OFFSET + 4096, &other), VB_ESYS);
	ck_assert_ptr_null(other);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("spent");
	TCase *tc = tcase_create("spent");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_code_is_taken_once, 0, 2);
	tcase_add_test(tc, a_brief_one_is_forgotten_and_others_are_not);
	tcase_add_test(tc, one_behind_a_forgotten_one_is_found);
	tcase_add_test(tc, what_does_not_fit_is_not_taken);
	tcase_add_test(tc, tokens_take_no_room_of_codes);
	tcase_add_test(tc, the_next_process_knows_them);
	tcase_add_test(tc, a_file_that_is_too_short_is_refused);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
