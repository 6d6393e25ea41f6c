/* SPDX-License-Identifier: ISC */
/* Slashes and prefixes: which paths lead where. Heads go through the parser. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/parse/request.h"

#define HTTP_HEAD_MAX 8192 /* as request-head is in these tests */

#define COUNT(a)      (sizeof(a) / sizeof((a)[0]))

static struct request_rules rules = {.base_path = "/vnc", .default_port = 5901};
static struct request req;
static int may_continue;

static int
classify_path(const char *path)
{
	static char text[HTTP_HEAD_MAX];
	static struct http_head head;
	int len = snprintf(text, sizeof(text),
	    "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);

	ck_assert_int_lt(len, (int)sizeof(text));
	ck_assert_int_eq(
	    http_parse_head(text, (size_t)len, HTTP_HEAD_MAX, &head), len);
	return request_classify(&head, &rules, &req, &may_continue);
}

static const struct {
	const char *path;
	const char *location;
} moved[] = {
    {"/lab1/", "../lab1"},
    {"//lab1", "../lab1"},
    {"///lab1//?x=y", "../../../../lab1?x=y"},
    {"//", "../"},
    {"//?", "../"},
    {"/[::1]:5901/", "../[::1]:5901"},
    {"//evil.example", "../evil.example"},
    {"//evil.example/", "../../evil.example"},
    {"/%6cab1/", "../%6cab1"},
    {"/index.html", "./"},
    {"/index.html?x", "./?x"},
    {"//index.html/", "../../"},
    {"/vnc", "./vnc/"},
    {"/vnc?x", "./vnc/?x"},
    {"//vnc", "../vnc/"},
    {"/vnc//", "../../vnc/"},
    {"/vnc/lab1/", "../../vnc/lab1"},
    {"//vnc//lab1", "../../../vnc/lab1"},
    {"/vnc/index.html", "../vnc/"},
    {"/vnc/vnc/", "../../vnc/vnc"},
    {"/vncx/", "../vncx"},
    {"/VNC/", "../VNC"},
    {"http://localhost//lab1", "../lab1"},
};

START_TEST(path_moves_pages_to_their_address_within_the_site)
{
	int status;

	status = classify_path(moved[_i].path);
	ck_assert_msg(status == 308, "%s: %d", moved[_i].path, status);
	ck_assert_str_eq(req.location, moved[_i].location);
	ck_assert(may_continue);
}
END_TEST

START_TEST(path_moves_nothing_that_is_too_long)
{
	char path[3000];

	memset(path, '/', sizeof(path));
	strcpy(path + PATH_SLASHES_MAX - 1, "/lab1");
	ck_assert_int_eq(classify_path(path + 1), 308);
	strcpy(path + PATH_SLASHES_MAX, "/lab1");
	path[PATH_SLASHES_MAX - 1] = '/';
	ck_assert_int_eq(classify_path(path), 404);
	memset(path, 'a', sizeof(path));
	memcpy(path, "/lab1/?", 7);
	path[1500] = '\0';
	ck_assert_int_eq(classify_path(path), 308);
	ck_assert_uint_eq(strlen(req.location), 1 + 1500);
	memset(path, 'a', 2000);
	memcpy(path, "//lab1?", 7);
	path[2060] = '\0'; /* a query that has no room is left out */
	ck_assert_int_eq(classify_path(path), 308);
	ck_assert_str_eq(req.location, "../lab1");
}
END_TEST

START_TEST(path_is_read_below_its_prefix)
{
	static const struct {
		const char *raw;
		const char *below;
		int is_proper;
	} rows[] = {
	    {"/vnc/", "/", 1},
	    {"/vnc/a", "/a", 1},
	    {"/", "/", 1},
	    {"", "/", 1}, /* absolute-form may leave it out */
	    {"/a/b", "/a/b", 1},
	    {"/vnc", "/", 0},
	    {"//vnc", "/", 0},
	    {"/vnc//a//b//", "/a/b", 0},
	    {"/a/", "/a", 0},
	    {"////", "/", 0},
	    {"/vncx", "/vncx", 1},
	};
	struct http_span raw;
	struct path path;
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		raw.p = rows[i].raw;
		raw.len = strlen(rows[i].raw);
		ck_assert_int_eq(path_read(&raw, "/vnc", &path), 0);
		ck_assert_msg(path.below.len == strlen(rows[i].below) &&
			memcmp(path.below.p, rows[i].below, path.below.len) ==
			    0,
		    "%s", rows[i].raw);
		ck_assert_msg(
		    path.is_proper == rows[i].is_proper, "%s", rows[i].raw);
	}
}
END_TEST

START_TEST(path_has_a_bound)
{
	char text[PATH_ROOM + 2];
	struct http_span raw = {text, 0};
	struct path path;
	int result;

	memset(text, 'a', sizeof(text));
	text[0] = '/';
	for (raw.len = PATH_ROOM - 8; raw.len < sizeof(text); raw.len++) {
		result = path_read(&raw, "", &path);
		ck_assert(result == 0 || raw.len > PATH_ROOM - 4);
		if (result == 0)
			ck_assert_uint_eq(strlen(path.text), raw.len);
	}
	ck_assert_int_eq(result, VB_ERANGE);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("path");
	TCase *tc = tcase_create("path");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc,
	    path_moves_pages_to_their_address_within_the_site, 0, COUNT(moved));
	tcase_add_test(tc, path_moves_nothing_that_is_too_long);
	tcase_add_test(tc, path_is_read_below_its_prefix);
	tcase_add_test(tc, path_has_a_bound);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
