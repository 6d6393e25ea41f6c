/* SPDX-License-Identifier: ISC */
/* Web sites and their names, as the configuration lists them. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/master/conf_site.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *text;
	const char *host; /* NULL: refused */
} hosts[] = {
    {"Bridge.Example.", "bridge.example"},
    {"lab_1", "lab_1"},
    {"*.Lab.example", "*.lab.example"},
    {"10.0.0.1", "10.0.0.1"},
    {"::1", "::1"},
    {"", NULL},
    {"*", NULL},
    {"*.", NULL},
    {"**.a", NULL},
    {"a.*", NULL},
    {"*.10.0.0.1", NULL},
    {"a:80", NULL},
    {"[::1]:80", NULL},
    {"http://a", NULL},
    {"a/b", NULL},
    {"u@a", NULL},
    {"a b", NULL},
    {"127.1", NULL},
    {"b\xc3\xbc"
     "cher.example",
	NULL},
};

START_TEST(conf_takes_names_of_the_bridge_without_a_port)
{
	char host[PROTO_HOST_MAX];
	int result = conf_normalize_host(hosts[_i].text, host);

	ck_assert_msg(
	    (result == 0) == (hosts[_i].host != NULL), "%s", hosts[_i].text);
	if (result == 0)
		ck_assert_str_eq(host, hosts[_i].host);
}
END_TEST

START_TEST(conf_takes_a_name_up_to_its_room)
{
	char text[TARGET_NAME_MAX + 3] = "*.", host[PROTO_HOST_MAX];
	size_t i;

	for (i = 2; i < TARGET_NAME_MAX + 1; i++)
		text[i] = i % 32 == 0 ? '.' : 'a';
	ck_assert_int_eq(conf_normalize_host(text, host), 0);
	ck_assert_str_eq(host, text);
	strcat(text, "a");
	ck_assert_int_eq(conf_normalize_host(text, host), VB_ESYNTAX);
}
END_TEST

START_TEST(conf_knows_the_bridges_own_paths)
{
	ck_assert(conf_is_own_path("proxy") && conf_is_own_path("healthz"));
	ck_assert(conf_is_own_path("robots.txt"));
	ck_assert(conf_is_own_path("favicon.ico"));
	ck_assert(conf_is_own_path("index.html"));
	ck_assert(!conf_is_own_path("lab1") && !conf_is_own_path("proxy1"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conf-site");
	TCase *tc = tcase_create("conf-site");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
	    tc, conf_takes_names_of_the_bridge_without_a_port, 0, COUNT(hosts));
	tcase_add_test(tc, conf_takes_a_name_up_to_its_room);
	tcase_add_test(tc, conf_knows_the_bridges_own_paths);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
