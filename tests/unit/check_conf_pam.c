/* SPDX-License-Identifier: ISC */
/* The auth "pam" section: what it may say, and what it is without that. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/conf_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT_MAX 1024
#define LONGEST	 "a23456789b23456789c23456789d23456789e23456789f23456789g23"

static int
load_section(const char *options)
{
	char text[TEXT_MAX];

	snprintf(text, sizeof(text), "\nauth \"pam\" { %s }\n", options);
	return load(text);
}

START_TEST(a_section_needs_nothing)
{
	ck_assert_msg(load_section("") == 0, "%s", error);
	ck_assert_str_eq(conf->pam.service, "vncbridged");
	ck_assert_uint_eq(conf->settings.has_auth, 1);
	ck_assert_uint_eq(conf->settings.has_pam, 1);
	ck_assert_uint_eq(conf->settings.has_password, 1);
	ck_assert_uint_eq(conf->settings.has_basic, 0);
	ck_assert_ptr_null(conf->users_file);
	conf_free(conf);
}
END_TEST

START_TEST(a_section_names_its_service)
{
	ck_assert_int_eq(load_section("service = \"my-desk_2.x\""), 0);
	ck_assert_str_eq(conf->pam.service, "my-desk_2.x");
	conf_free(conf);
	ck_assert_int_eq(load_section("service = \"" LONGEST "\""), 0);
	conf_free(conf);
}
END_TEST

/* Of the file, of PAM, or of both. */
START_TEST(basic_is_each_sections_own)
{
	char text[TEXT_MAX];

	snprintf(text, sizeof(text),
	    "auth \"pam\" { basic = %s }\nauth \"password\" { basic = %s }\n",
	    _i & 1 ? "yes" : "no", _i & 2 ? "yes" : "no");
	ck_assert_msg(load(text) == 0, "%s", error);
	ck_assert_int_eq(conf->settings.has_pam_basic, (_i & 1) != 0);
	ck_assert_int_eq(conf->settings.has_file_basic, (_i & 2) != 0);
	ck_assert_int_eq(conf->settings.has_basic, _i != 0);
	ck_assert_ptr_nonnull(conf->users_file);
	conf_free(conf);
}
END_TEST

static const struct {
	const char *options;
	const char *words;
} faults[] = {
    {"service = \"\"", "no name of a file in /etc/pam.d"},
    {"service = \"../x\"", "no name of a file in /etc/pam.d"},
    {"service = \"a/b\"", "no name of a file in /etc/pam.d"},
    {"service = \"Sshd\"", "no name of a file in /etc/pam.d"},
    {"service = \".x\"", "no name of a file in /etc/pam.d"},
    {"service = \"-x\"", "no name of a file in /etc/pam.d"},
    {"service = \"" LONGEST "45678901\"", "no name of a file"},
    {"file = \"/etc/x\"", "has file, which is of \"password\""},
    {"issuer = \"https://a\"", "has issuer, which is of \"oidc\""},
};

START_TEST(a_faulty_section_is_refused)
{
	ck_assert_int_lt(load_section(faults[_i].options), 0);
	ck_assert_msg(strstr(error, faults[_i].words) != NULL, "%s", error);
	ck_assert_msg(strstr(error, ":2: ") != NULL, "%s", error);
}
END_TEST

START_TEST(service_is_of_pam_alone)
{
	ck_assert_int_lt(load("auth \"password\" { service = \"x\" }\n"), 0);
	ck_assert_msg(strstr(error, "has service, which is of \"pam\"") != NULL,
	    "%s", error);
	ck_assert_int_lt(load("auth \"pam x\" { }\n"), 0);
}
END_TEST

START_TEST(a_program_without_it_says_so)
{
	ck_assert_int_lt(load_section(""), 0);
	ck_assert_msg(strstr(error, "built without") != NULL, "%s", error);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conf-pam");
	TCase *tc = tcase_create("conf-pam");
	SRunner *runner;
	int failed;

	if (VB_HAS_PAM) {
		tcase_add_test(tc, a_section_needs_nothing);
		tcase_add_test(tc, a_section_names_its_service);
		tcase_add_loop_test(tc, basic_is_each_sections_own, 0, 4);
		tcase_add_loop_test(
		    tc, a_faulty_section_is_refused, 0, (int)COUNT(faults));
	} else
		tcase_add_test(tc, a_program_without_it_says_so);
	tcase_add_test(tc, service_is_of_pam_alone);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
