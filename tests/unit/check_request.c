/* SPDX-License-Identifier: ISC */
/*
 * What a request asks for: DESIGN 4's table of paths, and what answers need
 * to know. The heads go through the real parser.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/parse/request.h"

#define HTTP_HEAD_MAX 8192 /* as request-head is in these tests */

#define COUNT(a)      (sizeof(a) / sizeof((a)[0]))

#define UPGRADE                                         \
	"Upgrade: websocket\r\nConnection: Upgrade\r\n" \
	"Sec-WebSocket-Version: 13\r\n"                 \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

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

static const struct {
	const char *path;
	enum request_kind kind; /* 0: 404 */
	const char *what;	/* path or target */
} paths[] = {
    {"/", REQUEST_START, ""},
    {"/?host=evil", REQUEST_START, ""},
    {"http://h", REQUEST_START, ""},
    {"http://h?x", REQUEST_START, ""},
    {"http://h/lab1", REQUEST_VIEWER, "lab1"},
    {"/healthz", REQUEST_HEALTH, ""},
    {"/healthz?x", REQUEST_HEALTH, ""},
    {"/api/targets", REQUEST_TARGETS, ""},
    {"/assets/app.js", REQUEST_ASSET, "/assets/app.js"},
    {"/assets/app.js?v=1", REQUEST_ASSET, "/assets/app.js"},
    {"/assets/a/b-c_d/E.0", REQUEST_ASSET, "/assets/a/b-c_d/E.0"},
    {"/assets/..a", REQUEST_ASSET, "/assets/..a"},
    {"/192.168.0.1", REQUEST_VIEWER, "192.168.0.1"},
    {"/host:5902", REQUEST_VIEWER, "host:5902"},
    {"/host:2?host=evil", REQUEST_VIEWER, "host:2"},
    {"/[::1]:5901", REQUEST_VIEWER, "[::1]:5901"},
    {"/%5B::1%5d:5901", REQUEST_VIEWER, "[::1]:5901"},
    {"/lab1", REQUEST_VIEWER, "lab1"},
    {"/%6cab1", REQUEST_VIEWER, "lab1"},
    {"/HEALTHZ", REQUEST_VIEWER, "HEALTHZ"},
    {"//healthz", REQUEST_HEALTH, ""},
    {"/healthz/", REQUEST_HEALTH, ""},
    {"/api//targets/", REQUEST_TARGETS, ""},
    {"/assets//app.js", REQUEST_ASSET, "/assets/app.js"},
    {"///assets/a//b", REQUEST_ASSET, "/assets/a/b"},
    {"/assets/a/", 0, NULL},
    {"/assets/", 0, NULL},
    {"//assets//", 0, NULL},
    {"/api/", 0, NULL},
    {"/favicon.ico", REQUEST_ASSET, "/assets/favicon.svg"},
    {"/robots.txt", REQUEST_ROBOTS, ""},
    {"//..", 0, NULL},
    {"/./lab1", 0, NULL},
    {"//a%2fb/", 0, NULL},
    {"/lab1/x", 0, NULL},
    {"/%2e%2e", 0, NULL},
    {"/..", 0, NULL},
    {"/../etc/passwd", 0, NULL},
    {"/a%2Fb", 0, NULL},
    {"/a%00", 0, NULL},
    {"/a%0d%0a", 0, NULL},
    {"/a%", 0, NULL},
    {"/a%zz", 0, NULL},
    {"/127.1", 0, NULL},
    {"/host:99999", 0, NULL},
    {"/user@host", 0, NULL},
    {"/api/x", 0, NULL},
    {"/assets/.", 0, NULL},
    {"/assets/..", 0, NULL},
    {"/assets/../app.js", 0, NULL},
    {"/assets/a/../b", 0, NULL},
    {"/assets/...", 0, NULL},
    {"/assets/a%2eb", 0, NULL},
    {"/assets/a%2fb", 0, NULL},
    {"/assets/a~b", 0, NULL},
    {"/assets/a:b", 0, NULL},
};

START_TEST(request_knows_each_path_of_design_4)
{
	int status = classify_path(paths[_i].path);

	ck_assert_msg(
	    status == (paths[_i].kind == 0 ? 404 : 0), "%s", paths[_i].path);
	ck_assert_int_eq(may_continue, status == 404);
	if (status != 0)
		return;
	ck_assert_int_eq(req.kind, paths[_i].kind);
	ck_assert_str_eq(
	    req.path, paths[_i].kind == REQUEST_ASSET ? paths[_i].what : "");
	ck_assert_str_eq(
	    req.target, paths[_i].kind == REQUEST_VIEWER ? paths[_i].what : "");
}
END_TEST

START_TEST(request_takes_assets_up_to_its_path_room)
{
	char path[REQUEST_PATH_MAX + 1] = "/assets/";

	memset(path + 8, 'a', sizeof(path) - 8);
	path[REQUEST_PATH_MAX - 1] = '\0';
	ck_assert_int_eq(classify_path(path), 0);
	ck_assert_str_eq(req.path, path);
	path[REQUEST_PATH_MAX - 1] = 'a';
	path[REQUEST_PATH_MAX] = '\0';
	ck_assert_int_eq(classify_path(path), 404);
}
END_TEST

START_TEST(request_refuses_a_target_longer_than_its_room)
{
	char path[1100] = "/";

	memset(path + 1, 'a', TARGET_TEXT_MAX);
	ck_assert_int_eq(classify_path(path), 404);
}
END_TEST

static const struct {
	const char *path;
	enum request_kind kind; /* 0: 404 */
} based[] = {
    {"/vnc/", REQUEST_START},
    {"/vnc/?x", REQUEST_START},
    {"/vnc/healthz", REQUEST_HEALTH},
    {"/vnc/lab1", REQUEST_VIEWER},
    {"/vnc/vnc", REQUEST_VIEWER},
    {"/vnc/assets/a.js", REQUEST_ASSET},
    {"/", REQUEST_START},
    {"/healthz", REQUEST_HEALTH},
    {"/lab1", REQUEST_VIEWER},
    {"/vncx", REQUEST_VIEWER},
    {"/assets/a.js", REQUEST_ASSET},
    {"/vnc//healthz/", REQUEST_HEALTH},
    {"//vnc/assets//a.js", REQUEST_ASSET},
    {"/vnc/vnc/lab1", 0},
    {"/VNC/lab1", 0},
};

START_TEST(request_knows_paths_with_and_without_the_base)
{
	int status;

	rules.base_path = "/vnc";
	status = classify_path(based[_i].path);
	rules.base_path = "";
	ck_assert_msg(
	    status == (based[_i].kind == 0 ? 404 : 0), "%s", based[_i].path);
	if (status == 0)
		ck_assert_int_eq(req.kind, based[_i].kind);
	if (req.kind == REQUEST_ASSET)
		ck_assert_str_eq(req.path, "/assets/a.js");
}
END_TEST

static const struct {
	const char *query;
	const char *target; /* NULL: 400 */
} queries[] = {
    {"?target=lab1", "lab1"},
    {"?target=192.168.0.1:5902", "192.168.0.1:5902"},
    {"?target=[::1]:5901", "[::1]:5901"},
    {"?target=%5b%3A%3a1%5D", "[::1]"},
    {"?a=b&target=lab1&c", "lab1"},
    {"?target=a+b", "a+b"},
    {"?target=a=b", "a=b"},
    {"?t%61rget=lab1", "lab1"},
    {"?targets=a&target=b&xtarget=c", "b"},
    {"?&&target=b&", "b"},
    {"?averyveryverylongname=a&target=b", "b"},
    {"?target=a?b", "a?b"},
    {"", NULL},
    {"?", NULL},
    {"?target", NULL},
    {"?target=", NULL},
    {"?Target=a", NULL},
    {"?host=a", NULL},
    {"?target=a&target=a", NULL},
    {"?target=a&%74arget=b", NULL},
    {"?target=a&target=", NULL},
    {"?target=%", NULL},
    {"?target=%0", NULL},
    {"?target=a%00", NULL},
    {"?target=a%0Ab", NULL},
    {"?%zz=a&target=b", NULL},
};

START_TEST(request_takes_the_one_target_of_the_query)
{
	char line[256];
	int status;

	snprintf(
	    line, sizeof(line), "GET /proxy%s HTTP/1.1", queries[_i].query);
	status = classify(line, UPGRADE);
	ck_assert_int_eq(req.kind, REQUEST_PROXY);
	ck_assert_msg(status == (queries[_i].target != NULL ? 0 : 400), "%s",
	    queries[_i].query);
	if (status == 0)
		ck_assert_str_eq(req.target, queries[_i].target);
	ck_assert(!may_continue);
}
END_TEST

START_TEST(request_bounds_the_target_of_the_query)
{
	char line[512] = "GET /proxy?target=";
	size_t n = strlen(line);

	memset(line + n, 'a', TARGET_TEXT_MAX - 1);
	strcpy(line + n + TARGET_TEXT_MAX - 1, " HTTP/1.1");
	ck_assert_int_eq(classify(line, UPGRADE), 0);
	strcpy(line + n + TARGET_TEXT_MAX - 1, "a HTTP/1.1");
	ck_assert_int_eq(classify(line, UPGRADE), 400);
}
END_TEST

static const struct {
	const char *rule;
	const char *line;
	const char *fields;
	int status;
	int may_continue;
} others[] = {
    {"HEAD", "HEAD / HTTP/1.1", "", 0, 0},
    {"9110 9.1: POST", "POST / HTTP/1.1", "Content-Length: 0\r\n", 405, 0},
    {"9110 9.1: methods have a case", "get / HTTP/1.1", "", 405, 0},
    {"9110 9.1: any other", "OPTIONS /lab1 HTTP/1.1", "", 405, 0},
    {"405 goes before 404", "PUT /a/b HTTP/1.1", "", 405, 0},
    {"a body", "POST / HTTP/1.1", "Content-Length: 5\r\n", 413, 0},
    {"a body of GET", "GET / HTTP/1.1", "Content-Length: 10\r\n", 413, 0},
    {"a body in chunks", "GET / HTTP/1.1", "Transfer-Encoding: chunked\r\n",
	413, 0},
    {"a body and no page", "GET /a/b HTTP/1.1", "Content-Length: 1\r\n", 413,
	0},
    {"a body of no bytes", "GET / HTTP/1.1", "Content-Length: 000\r\n", 0, 0},
    {"404 goes on", "GET /a/b HTTP/1.1", "", 404, 1},
    {"404 ends with close", "GET /a/b HTTP/1.1", "Connection: close\r\n", 404,
	0},
    {"404 ends in HTTP/1.0", "GET /a/b HTTP/1.0", "", 404, 0},
    {"/proxy without upgrade", "GET /proxy?target=a HTTP/1.1", "", 426, 0},
    {"/proxy by HEAD", "HEAD /proxy?target=a HTTP/1.1", UPGRADE, 426, 0},
    {"/proxy by POST", "POST /proxy?target=a HTTP/1.1", UPGRADE, 405, 0},
    {"/proxy by HTTP/1.0", "GET /proxy?target=a HTTP/1.0", UPGRADE, 400, 0},
    {"/proxy with a body", "GET /proxy?target=a HTTP/1.1",
	UPGRADE "Content-Length: 1\r\n", 400, 0},
    {"/proxy with chunks", "GET /proxy?target=a HTTP/1.1",
	UPGRADE "Transfer-Encoding: chunked\r\n", 400, 0},
    {"/proxy with a body of no bytes", "GET /proxy?target=a HTTP/1.1",
	UPGRADE "Content-Length: 0\r\n", 0, 0},
    {"an upgrade elsewhere is a page", "GET / HTTP/1.1", UPGRADE, 0, 0},
};

START_TEST(request_answers_by_method_body_and_version)
{
	ck_assert_msg(
	    classify(others[_i].line, others[_i].fields) == others[_i].status,
	    "%s: %d", others[_i].rule,
	    request_classify(&head, &rules, &req, &may_continue));
	ck_assert_msg(
	    may_continue == others[_i].may_continue, "%s", others[_i].rule);
	ck_assert_int_eq(req.is_head, strncmp(others[_i].line, "HEAD", 4) == 0);
}
END_TEST

static const struct {
	const char *line;
	const char *host; /* the line of that field, or none */
	int status;
} strangers[] = {
    {"GET / HTTP/1.1", "Host: evil.example\r\n", 421},
    {"HEAD / HTTP/1.1", "Host: evil.example:6080\r\n", 421},
    {"POST / HTTP/1.1", "Host: evil.example\r\n", 421},
    {"GET /lab1 HTTP/1.1", "Host: evil.example\r\n", 421},
    {"GET /a/b HTTP/1.1", "Host: evil.example\r\n", 421},
    {"GET /assets/app.js HTTP/1.1", "Host: evil.example\r\n", 421},
    {"GET /api/targets HTTP/1.1", "Host: evil.example\r\n", 421},
    {"GET /proxy?target=a HTTP/1.1",
	"Host: evil\r\nOrigin: http://evil\r\n" UPGRADE, 421},
    {"GET /proxy?target=a HTTP/1.1", "Host: h\r\nOrigin: http://h\r\n" UPGRADE,
	0},
    {"GET /healthz HTTP/1.1", "Host: evil.example\r\n", 0},
    {"GET http://evil/ HTTP/1.1", "Host: h\r\n", 421},
    {"GET https://h/ HTTP/1.1", "Host: evil\r\n", 0},
    {"GET / HTTP/1.0", "Host: evil\r\n", 421},
    {"GET / HTTP/1.0", "", 0},
};

START_TEST(request_is_for_a_name_of_the_bridge_or_misdirected_9110_15_5_20)
{
	int len = snprintf(text, sizeof(text), "%s\r\n%s\r\n",
	    strangers[_i].line, strangers[_i].host);

	ck_assert_int_eq(
	    http_parse_head(text, (size_t)len, HTTP_HEAD_MAX, &head), len);
	ck_assert_msg(request_classify(&head, &rules, &req, &may_continue) ==
		strangers[_i].status,
	    "%s", strangers[_i].line);
	ck_assert(!may_continue);
}
END_TEST

static const struct {
	const char *line;
	const char *fields;
	int keep_alive;
} connections[] = {
    {"GET / HTTP/1.1", "", 1},
    {"GET / HTTP/1.1", "Connection: keep-alive\r\n", 1},
    {"GET / HTTP/1.1", "Connection: close\r\n", 0},
    {"GET / HTTP/1.1", "Connection: x\r\nConnection: y, Close\r\n", 0},
    {"GET / HTTP/1.1", "Connection: closed\r\n", 1},
    {"GET / HTTP/1.0", "", 0},
    {"GET / HTTP/1.0", "Connection: Keep-Alive\r\n", 1},
    {"GET / HTTP/1.0", "Connection: keep-alive, close\r\n", 0},
    {"GET /a/b HTTP/1.1", "Connection: close\r\n", 0},
};

START_TEST(request_keeps_alive_as_rfc_9112_9_3_says)
{
	(void)!classify(connections[_i].line, connections[_i].fields);
	ck_assert_int_eq(req.keep_alive, connections[_i].keep_alive);
}
END_TEST

static const struct {
	const char *fields;
	int accepts;
} encodings[] = {
    {"", 0},
    {"Accept-Encoding:\r\n", 0},
    {"Accept-Encoding: gzip\r\n", 1},
    {"Accept-Encoding: deflate, GZIP, br\r\n", 1},
    {"Accept-Encoding: x-gzip\r\n", 1},
    {"Accept-Encoding: br\r\nAccept-Encoding: gzip\r\n", 1},
    {"Accept-Encoding: gzip;q=1.0\r\n", 1},
    {"Accept-Encoding: gzip ; q=0.001\r\n", 1},
    {"Accept-Encoding: gzip;q=0\r\n", 0},
    {"Accept-Encoding: gzip; Q=0.000\r\n", 0},
    {"Accept-Encoding: gzip;x=1;q=0\r\n", 0},
    {"Accept-Encoding: *, gzip;q=0\r\n", 0},
    {"Accept-Encoding: *;q=0, gzip\r\n", 1},
    {"Accept-Encoding: *\r\n", 1},
    {"Accept-Encoding: *;q=0\r\n", 0},
    {"Accept-Encoding: identity\r\n", 0},
    {"Accept-Encoding: gzipped\r\n", 0},
    {"Accept-Encoding: gzip;q\r\n", 1},
};

START_TEST(request_accepts_gzip_as_rfc_9110_12_5_3_says)
{
	ck_assert_int_eq(classify("GET / HTTP/1.1", encodings[_i].fields), 0);
	ck_assert_msg(req.accepts_gzip == encodings[_i].accepts, "%s",
	    encodings[_i].fields);
}
END_TEST

START_TEST(request_passes_if_none_match_on)
{
	ck_assert_int_eq(
	    classify("GET / HTTP/1.1", "If-None-Match: W/\"a\", \"b\"\r\n"), 0);
	ck_assert(http_span_is(&req.if_none_match, "W/\"a\", \"b\""));
	ck_assert_int_eq(classify("GET / HTTP/1.1", ""), 0);
	ck_assert_uint_eq(req.if_none_match.len, 0);
}
END_TEST

static Suite *
request_suite(void)
{
	Suite *s = suite_create("request");
	TCase *t = tcase_create("classify");

	suite_add_tcase(s, t);
	tcase_add_loop_test(
	    t, request_knows_each_path_of_design_4, 0, COUNT(paths));
	tcase_add_test(t, request_takes_assets_up_to_its_path_room);
	tcase_add_test(t, request_refuses_a_target_longer_than_its_room);
	tcase_add_loop_test(
	    t, request_knows_paths_with_and_without_the_base, 0, COUNT(based));
	tcase_add_loop_test(
	    t, request_takes_the_one_target_of_the_query, 0, COUNT(queries));
	tcase_add_test(t, request_bounds_the_target_of_the_query);
	tcase_add_loop_test(
	    t, request_answers_by_method_body_and_version, 0, COUNT(others));
	tcase_add_loop_test(
	    t, request_keeps_alive_as_rfc_9112_9_3_says, 0, COUNT(connections));
	tcase_add_loop_test(t,
	    request_is_for_a_name_of_the_bridge_or_misdirected_9110_15_5_20, 0,
	    COUNT(strangers));
	tcase_add_loop_test(t, request_accepts_gzip_as_rfc_9110_12_5_3_says, 0,
	    COUNT(encodings));
	tcase_add_test(t, request_passes_if_none_match_on);
	return s;
}

int
main(void)
{
	SRunner *runner = srunner_create(request_suite());
	struct names *names = names_new();
	int failed;

	if (names == NULL || names_add(names, "h", 1, NAMES_ANY_LABELS) < 0)
		return EXIT_FAILURE;
	names_sort(names);
	rules.names = names;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	names_free(names);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
