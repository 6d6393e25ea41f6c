/* SPDX-License-Identifier: ISC */
/* Codes of an authenticator, at given times; RFC 6238's own seed and values. */
#include <sys/mman.h>

#include <check.h>
#include <liboath/oath.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/auth/code.h"

#define BOOT	 1000
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const uint8_t seed[] = "12345678901234567890";
static const struct user user = {
    .name = "alice", .totp_seed = seed, .totp_len = sizeof(seed) - 1};
static const struct user other = {
    .name = "bob", .totp_seed = seed, .totp_len = sizeof(seed) - 1};
static struct spent *spent;
static int file;

static void
setup(void)
{
	file = memfd_create("spent", MFD_CLOEXEC);
	ck_assert_int_ne(file, -1);
	ck_assert_int_eq(ftruncate(file, (off_t)spent_bytes()), 0);
	ck_assert_int_eq(spent_open(file, 0, &spent), 0);
	ck_assert_int_eq(oath_init(), OATH_OK);
}

static void
teardown(void)
{
	spent_close(spent);
	close(file);
}

static enum code_verdict
check(const char *text, time_t now)
{
	return code_check(spent, &user, text, now, BOOT);
}

/* appendix B, the last six of eight digits */
static const struct {
	time_t now;
	const char *code;
} values[] = {
    {59, "287082"},
    {1111111109, "081804"},
    {1111111111, "050471"},
    {1234567890, "005924"},
    {2000000000, "279037"},
};

START_TEST(codes_are_those_of_the_rfc)
{
	ck_assert_int_eq(check(values[_i].code, values[_i].now), CODE_RIGHT);
}
END_TEST

static const struct {
	int sec; /* the clock's difference */
	enum code_verdict verdict;
} clocks[] = {
    /* 1111111109 is the last but one second of a step */
    {0, CODE_RIGHT},
    {-29, CODE_RIGHT},
    {-30, CODE_RIGHT},
    {-59, CODE_RIGHT},
    {-60, CODE_WRONG},
    {1, CODE_RIGHT},
    {30, CODE_RIGHT},
    {31, CODE_WRONG},
    {3600, CODE_WRONG},
    {-3600, CODE_WRONG},
};

START_TEST(clocks_may_differ_by_a_step)
{
	ck_assert_int_eq(
	    check("081804", 1111111109 + clocks[_i].sec), clocks[_i].verdict);
}
END_TEST

START_TEST(a_code_is_taken_once_by_each_user)
{
	ck_assert_int_eq(check("081804", 1111111109), CODE_RIGHT);
	ck_assert_int_eq(check("081804", 1111111109), CODE_USED);
	ck_assert_int_eq(check("081 804", 1111111110), CODE_USED);
	ck_assert_int_eq(
	    code_check(spent, &other, "081804", 1111111109, BOOT), CODE_RIGHT);
}
END_TEST

static const struct {
	const char *text;
	enum code_verdict verdict;
} typed[] = {
    {"081804", CODE_RIGHT},
    {"081 804", CODE_RIGHT},
    {" 081-804 ", CODE_RIGHT},
    {"", CODE_WRONG},
    {"81804", CODE_WRONG},
    {"0818040", CODE_WRONG},
    {"O81804", CODE_WRONG},
    {"081804\n", CODE_WRONG},
    {"+81804", CODE_WRONG},
    {"0x1804", CODE_WRONG},
    {"\xd9\xa0\xd9\xa8\xd9\xa1", CODE_WRONG},
    {"081804081804081804081804081804081804081804", CODE_WRONG},
};

START_TEST(blanks_and_hyphens_are_nothing)
{
	ck_assert_int_eq(check(typed[_i].text, 1111111109), typed[_i].verdict);
}
END_TEST

START_TEST(a_user_without_a_second_factor_has_no_code)
{
	static const struct user plain = {.name = "carol"};

	ck_assert_int_eq(
	    code_check(spent, &plain, "081804", 1111111109, BOOT), CODE_WRONG);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("code");
	TCase *tc = tcase_create("code");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
	    tc, codes_are_those_of_the_rfc, 0, (int)COUNT(values));
	tcase_add_loop_test(
	    tc, clocks_may_differ_by_a_step, 0, (int)COUNT(clocks));
	tcase_add_test(tc, a_code_is_taken_once_by_each_user);
	tcase_add_loop_test(
	    tc, blanks_and_hyphens_are_nothing, 0, (int)COUNT(typed));
	tcase_add_test(tc, a_user_without_a_second_factor_has_no_code);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
