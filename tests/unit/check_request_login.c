/* SPDX-License-Identifier: ISC */
/* The paths of logins, as check_request.c has the others. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/parse/request.h"

#define HTTP_HEAD_MAX 8192 /* as request-head is in these tests */

#define COUNT(a)      (sizeof(a) / sizeof((a)[0]))

static struct request_rules rules = {.base_path = "", .default_port = 5901};
static char text[HTTP_HEAD_MAX];
static struct http_head head;
static struct request req;
static int may_continue;

/* Classifies "LINE CRLF Host: h CRLF fields CRLF". */
static int
classify(const char *line, const char *fields)
{
	int len = snprintf(
	    text, sizeof(text), "%s\r\nHost: h\r\n%s\r\n", line, fields);

	ck_assert_int_lt(len, (int)sizeof(text));
	ck_assert_int_eq(
	    http_parse_head(text, (size_t)len, HTTP_HEAD_MAX, &head), len);
	return request_classify(&head, &rules, &req, &may_continue);
}

static int
classify_path(const char *path)
{
	char line[4096];

	snprintf(line, sizeof(line), "GET %s HTTP/1.1", path);
	return classify(line, "");
}

/* Where people log in. 308: its links are relative to the proper path. */
static const struct {
	const char *line;
	const char *fields;
	int status;
	enum request_kind kind;
	const char *location;
} logins[] = {
    {"GET /login HTTP/1.1", "", 0, REQUEST_LOGIN, ""},
    {"GET /login/ HTTP/1.1", "", 308, REQUEST_LOGIN, "../login"},
    {"GET //login?next=a HTTP/1.1", "", 308, REQUEST_LOGIN, "../login?next=a"},
    {"GET /login/oidc HTTP/1.1", "", 0, REQUEST_OIDC, ""},
    {"HEAD /login/oidc HTTP/1.1", "", 0, REQUEST_OIDC, ""},
    {"GET /login/oidc?state=s&code=c HTTP/1.1", "", 0, REQUEST_OIDC, ""},
    {"GET /login/oidc/?state=s&code=c HTTP/1.1", "", 308, REQUEST_OIDC,
	"../../login/oidc?state=s&code=c"},
    {"GET /login/oidcx HTTP/1.1", "", 404, 0, ""},
    {"GET /LOGIN/oidc HTTP/1.1", "", 404, 0, ""},
    {"GET /login/oidc/x?state=s HTTP/1.1", "", 0, REQUEST_OIDC, ""},
    {"GET /login/oidc/x/?state=s HTTP/1.1", "", 308, REQUEST_OIDC,
	"../../../login/oidc/x?state=s"},
    {"POST /login/oidc/x HTTP/1.1", "Content-Length: 0\r\n", 405, REQUEST_OIDC,
	""},
    {"GET /login/oidc/x/y HTTP/1.1", "", 404, 0, ""},
    {"GET /login/oidc/x%20y HTTP/1.1", "", 404, 0, ""},
    {"GET /login/oidc/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa HTTP/1.1", "", 404, 0,
	""},
    {"GET /login%2Foidc HTTP/1.1", "", 404, 0, ""},
    {"POST /login/oidc HTTP/1.1", "Content-Length: 0\r\n", 405, REQUEST_OIDC,
	""},
    {"GET /login/oidc HTTP/1.1", "Content-Length: 1\r\n", 413, REQUEST_OIDC,
	""},
    {"POST /login/oidc/logout HTTP/1.1",
	"Content-Type: application/x-www-form-urlencoded\r\n"
	"Content-Length: 14\r\n",
	0, REQUEST_OIDC_TOKEN, ""},
    {"POST /login/oidc/logout HTTP/1.1",
	"Content-Type: text/plain\r\nContent-Length: 14\r\n", 415,
	REQUEST_OIDC_TOKEN, ""},
    {"POST /login/oidc/logout HTTP/1.1",
	"Origin: https://evil.example.com\r\n"
	"Content-Type: application/x-www-form-urlencoded\r\n"
	"Content-Length: 14\r\n",
	403, REQUEST_OIDC_TOKEN, ""},
    {"GET /login/oidc/logout HTTP/1.1", "", 404, REQUEST_OIDC_TOKEN, ""},
    {"HEAD /login/oidc/logout HTTP/1.1", "", 404, REQUEST_OIDC_TOKEN, ""},
};

START_TEST(request_knows_the_paths_of_logins)
{
	int status;

	rules.has_auth = 1;
	status = classify(logins[_i].line, logins[_i].fields);
	ck_assert_msg(
	    status == logins[_i].status, "%d: %s", status, logins[_i].line);
	ck_assert_int_eq(req.kind, logins[_i].kind);
	ck_assert_str_eq(req.location, logins[_i].location);
	rules.has_auth = 0;
}
END_TEST

START_TEST(request_has_no_paths_of_logins_without_them)
{
	ck_assert_int_eq(classify_path("/login/oidc"), 404);
	ck_assert_int_eq(classify_path("/login/oidc/logout"), 404);
	ck_assert_int_eq(classify_path("/login/oidc/x"), 404);
	ck_assert_int_eq(classify_path("/login"), 0);
	ck_assert_int_eq(req.kind, REQUEST_VIEWER);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("request login");
	TCase *tc = tcase_create("logins");
	struct names *names = names_new();
	SRunner *runner;
	int failed;

	if (names == NULL || names_add(names, "h", 1, NAMES_ANY_LABELS) < 0)
		return EXIT_FAILURE;
	names_sort(names);
	rules.names = names;
	tcase_add_loop_test(
	    tc, request_knows_the_paths_of_logins, 0, COUNT(logins));
	tcase_add_test(tc, request_has_no_paths_of_logins_without_them);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	names_free(names);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
