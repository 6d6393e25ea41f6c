/* SPDX-License-Identifier: ISC */
/* A refusal of RFC 6143, 7.1.2: no security types, and a reason. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "worker/parse/rfb_refusal.h"

static uint8_t out[RFB_REFUSAL_MAX + 1];

START_TEST(refusal_has_no_types_and_its_reason)
{
	memset(out, 'x', sizeof(out));
	ck_assert_uint_eq(rfb_encode_refusal(out, "in use"), 11);
	ck_assert_mem_eq(out, "\0\0\0\0\6in usex", 12);
}
END_TEST

START_TEST(refusal_without_a_reason_has_an_empty_one)
{
	ck_assert_uint_eq(rfb_encode_refusal(out, ""), 5);
	ck_assert_mem_eq(out, "\0\0\0\0\0", 5);
}
END_TEST

START_TEST(refusal_shows_nothing_that_a_terminal_obeys)
{
	ck_assert_uint_eq(rfb_encode_refusal(out, "a\033[2J\nb\xc3\xa4~"), 15);
	ck_assert_mem_eq(out + 5, "a?[2J?b??~", 10);
}
END_TEST

/* Longer than a Close frame has room for, and never than its own. */
START_TEST(refusal_is_cut_at_its_room)
{
	char reason[400];

	memset(reason, 'r', sizeof(reason) - 1);
	reason[sizeof(reason) - 1] = '\0';
	memset(out, 'x', sizeof(out));
	ck_assert_uint_eq(rfb_encode_refusal(out, reason), RFB_REFUSAL_MAX);
	ck_assert_mem_eq(out, "\0\0\0\0\xffr", 6);
	ck_assert_uint_eq(out[RFB_REFUSAL_MAX - 1], 'r');
	ck_assert_uint_eq(out[RFB_REFUSAL_MAX], 'x');
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("rfb_refusal");
	TCase *tc = tcase_create("rfb_refusal");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, refusal_has_no_types_and_its_reason);
	tcase_add_test(tc, refusal_without_a_reason_has_an_empty_one);
	tcase_add_test(tc, refusal_shows_nothing_that_a_terminal_obeys);
	tcase_add_test(tc, refusal_is_cut_at_its_room);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
