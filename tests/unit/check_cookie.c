/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker/parse/cookie.h"
#include "worker/parse/http.h"

#define COUNT(a)      (sizeof(a) / sizeof((a)[0]))
#define HTTP_HEAD_MAX 8192

#define NAME	      "__Host-vncbridge"
/* 0, 1, 2, ... 31, and the same with the last byte 30 */
#define GOOD  "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define OTHER "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh4"

static uint8_t number[COOKIE_BYTES];

/* fields: whole lines, CR LF after each */
static int
find(const char *fields)
{
	static struct http_head head;
	static char text[HTTP_HEAD_MAX];
	int len = snprintf(text, sizeof(text),
	    "GET / HTTP/1.1\r\nHost: localhost\r\n%s\r\n", fields);

	ck_assert_int_eq(
	    http_parse_head(text, (size_t)len, HTTP_HEAD_MAX, &head), len);
	memset(number, 0xff, sizeof(number));
	return cookie_find(&head, NAME, number);
}

static const char *const found[] = {
    "Cookie: " NAME "=" GOOD "\r\n",
    "cookie: a=b; " NAME "=" GOOD "; c=d\r\n",
    "Cookie: a=b;" NAME "=" GOOD ";c\r\n",
    "Cookie: ; ;; " NAME " = " GOOD " ;\r\n",
    "Cookie: a=b\r\nCookie: " NAME "=" GOOD "\r\n",
    "Cookie: " NAME "=" GOOD "; " NAME "=" GOOD "\r\n",
    "Cookie: __host-vncbridge=" OTHER "; " NAME "=" GOOD "\r\n",
    "Cookie: x" NAME "=" OTHER "; " NAME "=" GOOD "\r\n",
};

START_TEST(a_cookie_is_found)
{
	size_t i;

	ck_assert_int_eq(find(found[_i]), 1);
	for (i = 0; i < sizeof(number); i++)
		ck_assert_uint_eq(number[i], i);
}
END_TEST

static const char *const none[] = {
    "",
    "Cookie:\r\n",
    "Cookie: " NAME "\r\n",
    "Cookie: " NAME "=\r\n",
    "Cookie: " NAME "=" GOOD "A\r\n",
    "Cookie: " NAME "=A" GOOD "\r\n",
    "Cookie: " NAME "=\"" GOOD "\"\r\n",
    "Cookie: " NAME "=" GOOD "=\r\n",
    /* bits after the last byte: another text of the same number */
    "Cookie: " NAME "=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9\r\n",
    "Cookie: " NAME "=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh+\r\n",
    "Cookie: " NAME "=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh/\r\n",
    "Cookie: " NAME "=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd Hh8\r\n",
    /* two that differ: one of them is somebody else's */
    "Cookie: " NAME "=" GOOD "; " NAME "=" OTHER "\r\n",
    "Cookie: " NAME "=" GOOD "\r\nCookie: " NAME "=" OTHER "\r\n",
    "Cookie: " NAME "=" GOOD "; " NAME "=x\r\n",
    "Cookie: " NAME "; " NAME "=" GOOD "\r\n",
    "X-Cookie: " NAME "=" GOOD "\r\n",
    "Cookie2: " NAME "=" GOOD "\r\n",
};

START_TEST(no_cookie_is_found)
{
	size_t i;

	ck_assert_int_eq(find(none[_i]), 0);
	for (i = 0; i < sizeof(number); i++)
		ck_assert_uint_eq(number[i], 0);
}
END_TEST

START_TEST(a_number_and_its_text_are_one)
{
	char text[COOKIE_TEXT + 1], line[sizeof(text) + 64];
	uint8_t before[COOKIE_BYTES];
	size_t i;

	for (i = 0; i < sizeof(before); i++)
		before[i] = (uint8_t)(_i * 7 + (int)i * 89);
	cookie_format(before, text);
	ck_assert_uint_eq(strlen(text), COOKIE_TEXT);
	snprintf(line, sizeof(line), "Cookie: " NAME "=%s\r\n", text);
	ck_assert_int_eq(find(line), 1);
	ck_assert_mem_eq(number, before, sizeof(number));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("cookie");
	TCase *tc = tcase_create("cookie");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, a_cookie_is_found, 0, (int)COUNT(found));
	tcase_add_loop_test(tc, no_cookie_is_found, 0, (int)COUNT(none));
	tcase_add_loop_test(tc, a_number_and_its_text_are_one, 0, 256);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
