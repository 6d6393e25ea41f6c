/* SPDX-License-Identifier: ISC */
/*
 * The greeting of RFC 6143, 7.1.1, whole, in pieces, and wrong in each of
 * its places.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "worker/parse/greeting.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct greeting g;
static size_t used;

static void
setup(void)
{
	memset(&g, 0, sizeof(g));
	used = 99;
}

static int
take(const void *data, size_t len)
{
	return greeting_take(&g, data, len, &used);
}

START_TEST(greeting_takes_every_version)
{
	static const char *const versions[] = {"RFB 003.003\n", "RFB 003.007\n",
	    "RFB 003.008\n", "RFB 003.889\n", "RFB 004.001\n", "RFB 000.000\n",
	    "RFB 999.999\n"};

	ck_assert_int_eq(take(versions[_i], GREETING_BYTES), 1);
	ck_assert_uint_eq(used, GREETING_BYTES);
	ck_assert_mem_eq(g.bytes, versions[_i], GREETING_BYTES);
}
END_TEST

START_TEST(greeting_comes_in_two_pieces_cut_anywhere)
{
	const char *text = "RFB 003.008\n";
	size_t cut = (size_t)_i;

	ck_assert_int_eq(take(text, cut), 0);
	ck_assert_uint_eq(used, cut);
	ck_assert_int_eq(take(text + cut, GREETING_BYTES - cut), 1);
	ck_assert_uint_eq(used, GREETING_BYTES - cut);
	ck_assert_mem_eq(g.bytes, text, GREETING_BYTES);
}
END_TEST

START_TEST(greeting_comes_byte_by_byte)
{
	const char *text = "RFB 003.008\n";
	size_t i;

	for (i = 0; i < GREETING_BYTES - 1; i++)
		ck_assert_int_eq(take(text + i, 1), 0);
	ck_assert_int_eq(take(text + i, 1), 1);
}
END_TEST

START_TEST(greeting_leaves_what_follows)
{
	ck_assert_int_eq(take("RFB 003.", 8), 0);
	ck_assert_int_eq(take("008\n\x01\x02", 6), 1);
	ck_assert_uint_eq(used, 4);
	ck_assert_mem_eq(g.bytes, "RFB 003.008\n", GREETING_BYTES);
}
END_TEST

START_TEST(greeting_is_wrong_at_its_first_wrong_byte)
{
	static const char wrong[] = {
	    'x', '\0', '/', ':', '\r', ' ', (char)0xff};
	char text[] = "RFB 003.008\n";
	size_t at = (size_t)_i, i;

	for (i = 0; i < COUNT(wrong); i++) {
		if (at == 3 && wrong[i] == ' ')
			continue; /* that is the right byte there */
		setup();
		text[at] = wrong[i];
		if (at > 0)
			ck_assert_int_eq(take(text, at), 0);
		ck_assert_int_eq(take(text + at, 1), VB_EBADMSG);
		setup();
		ck_assert_int_eq(take(text, GREETING_BYTES), VB_EBADMSG);
		/* to be shown, as far as it came */
		ck_assert_uint_eq(g.len, GREETING_BYTES);
		ck_assert_mem_eq(g.bytes, text, GREETING_BYTES);
	}
}
END_TEST

START_TEST(greeting_of_another_service_is_wrong_at_once)
{
	static const char *const services[] = {"SSH-2.0-OpenSSH_9.2\r\n",
	    "220 mail ESMTP\r\n", "HTTP/1.1 400 Bad"};

	ck_assert_int_eq(take(services[_i], 3), VB_EBADMSG);
}
END_TEST

START_TEST(greeting_wants_more_of_nothing)
{
	ck_assert_int_eq(take("", 0), 0);
	ck_assert_uint_eq(used, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("greeting");
	TCase *tc = tcase_create("greeting");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, greeting_takes_every_version, 0, 7);
	tcase_add_loop_test(
	    tc, greeting_comes_in_two_pieces_cut_anywhere, 0, GREETING_BYTES);
	tcase_add_test(tc, greeting_comes_byte_by_byte);
	tcase_add_test(tc, greeting_leaves_what_follows);
	tcase_add_loop_test(
	    tc, greeting_is_wrong_at_its_first_wrong_byte, 0, GREETING_BYTES);
	tcase_add_loop_test(
	    tc, greeting_of_another_service_is_wrong_at_once, 0, 3);
	tcase_add_test(tc, greeting_wants_more_of_nothing);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
