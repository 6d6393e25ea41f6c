/* SPDX-License-Identifier: ISC */
/* Web sites and their names, as the configuration lists them. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/bundle/conf_site.h"

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

static const struct {
	const char *text;
	const char *origin; /* NULL: refused */
} origins[] = {
    {"https://Panel.Example", "https://panel.example"},
    {"https://panel.example:443", "https://panel.example"},
    {"http://panel.example:80", "http://panel.example"},
    {"https://panel.example:80", "https://panel.example:80"},
    {"https://[::1]:8443", "https://[::1]:8443"},
    {"https://*.Panel.example", "https://*.panel.example"},
    {"https://*.panel.example:443", "https://*.panel.example"},
    {"http://*.lab:8080", "http://*.lab:8080"},
    {"capacitor://localhost", "capacitor://localhost"},
    {"ionic://localhost:8100", "ionic://localhost:8100"},
    {"Chrome-Extension://abcdefghijklmnop",
	"chrome-extension://abcdefghijklmnop"},
    {"moz-extension://0f3c-4d_5", "moz-extension://0f3c-4d_5"},
    {"vscode-webview://0f3c", "vscode-webview://0f3c"},
    {"app://console", "app://console"},
    {"app://obsidian.md", "app://obsidian.md"},
    {"file://", "file://"},
    {"httpx://h", "httpx://h"},
    {"null", NULL},
    {"*", NULL},
    {"panel.example", NULL},
    {"https://", NULL},
    {"https://*", NULL},
    {"https://*.", NULL},
    {"https://*panel.example", NULL},
    {"https://a.*.example", NULL},
    {"https://*.*.example", NULL},
    {"https://*.10.0.0.1", NULL},
    {"https://*.[::1]", NULL},
    {"https://h/", NULL},
    {"https://h/path", NULL},
    {"https://u@h", NULL},
    {"https://h:x", NULL},
    {"https://a; script-src *", NULL},
    {"app://", NULL},
    {"app://*", NULL},
    {"app://*.a", NULL},
    {"app://a b", NULL},
    {"app://a;b", NULL},
    {"app://a,b", NULL},
    {"app://a/b", NULL},
    {"app://a:", NULL},
    {"app://a:99999", NULL},
    {"app://[::1]", NULL},
    {"file:///index.html", NULL},
    {"file://host", NULL},
    {"ftp://h", NULL},
    {"ws://h", NULL},
    {"wss://h", NULL},
    {"blob://h", NULL},
    {"javascript://h", NULL},
    {"1app://h", NULL},
    {"a'b://h", NULL},
    {"://h", NULL},
    {"", NULL},
};

START_TEST(conf_takes_the_origins_of_sites_and_apps)
{
	char origin[PROTO_ORIGIN_MAX];
	int result = conf_normalize_origin(origins[_i].text, origin);

	ck_assert_msg((result == 0) == (origins[_i].origin != NULL), "%s",
	    origins[_i].text);
	if (result == 0)
		ck_assert_str_eq(origin, origins[_i].origin);
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
	tcase_add_loop_test(
	    tc, conf_takes_the_origins_of_sites_and_apps, 0, COUNT(origins));
	tcase_add_test(tc, conf_takes_a_name_up_to_its_room);
	tcase_add_test(tc, conf_knows_the_bridges_own_paths);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
