/* SPDX-License-Identifier: ISC */
/* What the file says of the audit trail. */
#include <check.h>
#include <stdlib.h>

#include "tests/unit/conf_rig.h"

START_TEST(conf_wants_records_where_there_is_somewhere_to_put_them)
{
	ck_assert_int_eq(load(""), 0);
	ck_assert_uint_eq(conf->settings.has_audit, 0);
	ck_assert_str_eq(conf->audit_file, "");
	conf_free(conf);
	ck_assert_int_eq(load("audit-file = \"/a\""), 0);
	ck_assert_uint_eq(conf->settings.has_audit, 1);
	ck_assert_str_eq(conf->audit_file, "/a");
	conf_free(conf);
	ck_assert_int_eq(load("audit-syslog = yes"), 0);
	ck_assert_uint_eq(conf->settings.has_audit, 1);
	conf_free(conf);
	ck_assert_int_eq(load("audit-required = yes"), VB_ESYNTAX);
	ck_assert_int_eq(
	    load("audit-syslog = yes\naudit-required = yes"), VB_ESYNTAX);
	ck_assert_int_eq(load("audit-file = \"a\""), VB_ESYNTAX);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conf-audit");
	TCase *tc = tcase_create("conf-audit");
	SRunner *runner;
	int failed;

	tcase_add_test(
	    tc, conf_wants_records_where_there_is_somewhere_to_put_them);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
