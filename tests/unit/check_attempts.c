/* SPDX-License-Identifier: ISC */
/* Who has to wait after wrong passwords, and who has not. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/attempts.h"

#define NOW 1000

static struct attempts *attempts;

static void
setup(void)
{
	attempts = attempts_new();
	ck_assert_ptr_nonnull(attempts);
}

static void
teardown(void)
{
	attempts_free(attempts);
}

static struct addr
at(const char *text)
{
	struct addr addr;

	ck_assert_int_eq(addr_parse_ip(text, &addr), 0);
	return addr;
}

static void
try_wrong(const char *address, const char *name, int times, uint64_t now_sec)
{
	struct addr addr = at(address);

	while (times-- > 0)
		attempts_failed(attempts, &addr, name, now_sec);
}

static uint32_t
wait_of(const char *address, const char *name, uint64_t now_sec)
{
	struct addr addr = at(address);

	return attempts_wait_sec(attempts, &addr, name, now_sec);
}

START_TEST(the_wait_grows_and_has_an_end)
{
	static const uint32_t expected[] = {0, 0, 1, 2, 4, 8, 16, 32, 60, 60};
	size_t i;

	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		try_wrong("192.0.2.1", "alice", 1, NOW);
		ck_assert_uint_eq(
		    wait_of("192.0.2.1", "alice", NOW), expected[i]);
	}
	ck_assert_uint_eq(wait_of("192.0.2.1", "alice", NOW + 59), 1);
	ck_assert_uint_eq(wait_of("192.0.2.1", "alice", NOW + 60), 0);
}
END_TEST

START_TEST(another_name_and_another_address_do_not_wait)
{
	try_wrong("192.0.2.1", "alice", 10, NOW);
	ck_assert_uint_gt(wait_of("192.0.2.1", "alice", NOW), 0);
	ck_assert_uint_eq(wait_of("192.0.2.1", "bob", NOW), 0);
	ck_assert_uint_eq(wait_of("192.0.2.2", "alice", NOW), 0);
}
END_TEST

START_TEST(an_address_that_tries_many_names_waits)
{
	char name[16];
	int i;

	for (i = 0; i < ATTEMPTS_FREE_ADDRESS; i++) {
		ck_assert_uint_eq(wait_of("192.0.2.1", "zoe", NOW), 0);
		snprintf(name, sizeof(name), "user%d", i);
		try_wrong("192.0.2.1", name, 1, NOW);
	}
	ck_assert_uint_gt(wait_of("192.0.2.1", "zoe", NOW), 0);
	ck_assert_uint_eq(wait_of("192.0.2.2", "zoe", NOW), 0);
}
END_TEST

START_TEST(a_v6_net_of_64_bits_is_one_address)
{
	try_wrong("2001:db8:1:2::1", "alice", 5, NOW);
	ck_assert_uint_gt(wait_of("2001:db8:1:2:ffff::9", "alice", NOW), 0);
	ck_assert_uint_eq(wait_of("2001:db8:1:3::1", "alice", NOW), 0);
}
END_TEST

START_TEST(nobody_is_locked_out_from_elsewhere)
{
	char address[32];
	int i;

	for (i = 0; i < 2000; i++) {
		snprintf(address, sizeof(address), "10.0.%d.%d", i / 200,
		    i % 200 + 1);
		try_wrong(address, "alice", 1, NOW);
	}
	ck_assert_uint_eq(wait_of("192.0.2.1", "alice", NOW), 0);
	/* but whoever takes part in it gets one try, and then waits long */
	ck_assert_uint_eq(
	    wait_of("10.0.9.199", "alice", NOW), ATTEMPTS_WAIT_MAX_SEC);
}
END_TEST

START_TEST(a_right_password_forgets_what_was_wrong_here)
{
	struct addr addr = at("192.0.2.1");

	try_wrong("192.0.2.1", "alice", 10, NOW);
	try_wrong("192.0.2.1", "bob", 9, NOW);
	attempts_succeeded(attempts, &addr, "alice");
	ck_assert_uint_eq(wait_of("192.0.2.1", "alice", NOW), 0);
	ck_assert_uint_gt(wait_of("192.0.2.1", "bob", NOW), 0);
}
END_TEST

/* Who has one account could guess at all the others between two logins. */
START_TEST(a_right_password_does_not_forgive_an_address)
{
	struct addr addr = at("192.0.2.1");
	char name[16];
	int i;

	for (i = 0; i < ATTEMPTS_FREE_ADDRESS; i++) {
		snprintf(name, sizeof(name), "user%d", i);
		try_wrong("192.0.2.1", name, 1, NOW);
		attempts_succeeded(attempts, &addr, "mallory");
	}
	ck_assert_uint_gt(wait_of("192.0.2.1", "zoe", NOW), 0);
}
END_TEST

START_TEST(what_is_long_ago_is_forgotten)
{
	try_wrong("192.0.2.1", "alice", 10, NOW);
	ck_assert_uint_eq(
	    wait_of("192.0.2.1", "alice", NOW + ATTEMPTS_FORGET_SEC), 0);
	try_wrong("192.0.2.1", "alice", 1, NOW + ATTEMPTS_FORGET_SEC);
	ck_assert_uint_eq(
	    wait_of("192.0.2.1", "alice", NOW + ATTEMPTS_FORGET_SEC), 0);
}
END_TEST

START_TEST(a_flood_of_names_does_not_free_those_that_wait)
{
	char name[32];
	int i;

	try_wrong("192.0.2.1", "alice", 10, NOW);
	for (i = 0; i < 100000; i++) {
		snprintf(name, sizeof(name), "user%d", i);
		try_wrong("192.0.2.7", name, 1, NOW);
	}
	ck_assert_uint_eq(
	    wait_of("192.0.2.1", "alice", NOW), ATTEMPTS_WAIT_MAX_SEC);
}
END_TEST

START_TEST(addresses_of_two_families_are_two)
{
	try_wrong("0.0.0.0", "alice", 10, NOW);
	ck_assert_uint_eq(wait_of("::1", "alice", NOW), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("attempts");
	TCase *tc = tcase_create("attempts");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, the_wait_grows_and_has_an_end);
	tcase_add_test(tc, another_name_and_another_address_do_not_wait);
	tcase_add_test(tc, an_address_that_tries_many_names_waits);
	tcase_add_test(tc, a_v6_net_of_64_bits_is_one_address);
	tcase_add_test(tc, nobody_is_locked_out_from_elsewhere);
	tcase_add_test(tc, a_right_password_forgets_what_was_wrong_here);
	tcase_add_test(tc, a_right_password_does_not_forgive_an_address);
	tcase_add_test(tc, what_is_long_ago_is_forgotten);
	tcase_add_test(tc, a_flood_of_names_does_not_free_those_that_wait);
	tcase_add_test(tc, addresses_of_two_families_are_two);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
