/* SPDX-License-Identifier: ISC */
/* Which Origin is an entry's, and how a policy names it. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "common/origin.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *entry;
	const char *origin;
	int matches;
} rows[] = {
    {"https://panel.example", "https://panel.example", 1},
    {"https://panel.example", "HTTPS://Panel.Example", 1},
    {"https://panel.example", "https://panel.example:8443", 0},
    {"https://panel.example", "http://panel.example", 0},
    {"https://panel.example", "https://x.panel.example", 0},
    {"file://", "file://", 1},
    {"file://", "file:///x", 0},
    {"app://console", "app://console", 1},
    {"app://console", "app://console2", 0},
    {"https://*.panel.example", "https://a.panel.example", 1},
    {"https://*.panel.example", "https://a.b.panel.example", 1},
    {"https://*.panel.example", "HTTPS://A.PANEL.EXAMPLE", 1},
    {"https://*.panel.example", "https://a.panel.example:443", 1},
    {"https://*.panel.example:443", "https://a.panel.example", 1},
    {"https://*.panel.example:8443", "https://a.panel.example:8443", 1},
    {"http://*.lab", "http://a.lab:80", 1},
    {"https://*.panel.example:8443", "https://a.panel.example", 0},
    {"https://*.panel.example", "https://a.panel.example:8443", 0},
    {"https://*.panel.example", "http://a.panel.example", 0},
    {"https://*.panel.example", "https://panel.example", 0},
    {"https://*.panel.example", "https://.panel.example", 0},
    {"https://*.panel.example", "https://xpanel.example", 0},
    {"https://*.panel.example", "https://a.panel.example.evil", 0},
    {"https://*.panel.example", "https://evil/.panel.example", 0},
    {"https://*.panel.example", "https://evil?.panel.example", 0},
    {"https://*.panel.example", "https://evil#.panel.example", 0},
    {"https://*.panel.example", "https://evil@a.panel.example", 0},
    {"https://*.panel.example", "https://evil:1@a.panel.example", 0},
    {"https://*.panel.example", "https://evil:80.panel.example", 0},
    {"https://*.panel.example", "https://a.panel.example:", 0},
    {"https://*.panel.example", "https://a.panel.example:x", 0},
    {"https://*.panel.example", "https://a.panel.example:443/", 0},
    {"https://*.panel.example", "https://a.panel.example/", 0},
    {"https://*.panel.example", "https://a%2e.panel.example", 0},
    {"https://*.panel.example", "https://[::1].panel.example", 0},
    {"https://*.panel.example", "https://a b.panel.example", 0},
    {"https://*.panel.example", "https://", 0},
    {"https://*.panel.example", "https:", 0},
    {"https://*.panel.example", "null", 0},
    {"https://*.panel.example", "", 0},
};

START_TEST(origin_is_an_entrys_or_not)
{
	ck_assert_msg(origin_matches(rows[_i].entry, rows[_i].origin,
			  strlen(rows[_i].origin)) == rows[_i].matches,
	    "%s from %s", rows[_i].entry, rows[_i].origin);
}
END_TEST

START_TEST(origin_has_its_length)
{
	static const char origin[] = "https://a.panel.example.evil";

	ck_assert(origin_matches("https://*.panel.example", origin,
	    sizeof(origin) - sizeof(".evil")));
	ck_assert(origin_matches("https://a.panel.example", origin,
	    sizeof(origin) - sizeof(".evil")));
}
END_TEST

START_TEST(origin_is_named_in_a_policy_if_it_can_be)
{
	ck_assert_str_eq(origin_frame_source("https://a:1"), "https://a:1");
	ck_assert_str_eq(origin_frame_source("https://*.a"), "https://*.a");
	ck_assert_str_eq(origin_frame_source("app://a"), "app://a");
	ck_assert_str_eq(origin_frame_source("file://"), "file:");
	ck_assert_ptr_null(origin_frame_source("https://[::1]:1"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("origin");
	TCase *tc = tcase_create("origin");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, origin_is_an_entrys_or_not, 0, COUNT(rows));
	tcase_add_test(tc, origin_has_its_length);
	tcase_add_test(tc, origin_is_named_in_a_policy_if_it_can_be);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
