/* SPDX-License-Identifier: ISC */
/* JSON of a stranger: its bounds, and the types of members. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/oidc/object.h"
#include "daemon/auth/oidc/start.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DEPTH	 10000

static json_t *o;

static void
setup(void)
{
	ck_assert_int_eq(oidc_start(), 0);
}

static int
parse(const char *text)
{
	return object_parse(text, strlen(text), &o);
}

/* An array in "a", of that depth together with the object. */
static int
parse_deep(size_t depth, const char *between)
{
	char *text = malloc(2 * depth + 64), *p = text;
	int result;

	ck_assert_ptr_nonnull(text);
	p = stpcpy(stpcpy(p, "{\"a\":"), between);
	memset(p, '[', depth - 1);
	memset(p + depth - 1, ']', depth - 1);
	strcpy(p + 2 * (depth - 1), "}");
	result = parse(text);
	free(text);
	return result;
}

START_TEST(what_is_nested_too_deep_is_refused)
{
	ck_assert_int_eq(parse_deep(OBJECT_DEPTH_MAX, ""), 0);
	json_decref(o);
	ck_assert_int_eq(parse_deep(OBJECT_DEPTH_MAX + 1, ""), VB_ERANGE);
	ck_assert_ptr_null(o);
	ck_assert_int_eq(parse_deep(DEPTH, ""), VB_ERANGE);
	ck_assert_int_eq(parse_deep(DEPTH, "\"\\\"\",\"b\":"), VB_ERANGE);
	ck_assert_int_eq(parse_deep(DEPTH, "\"\\\\\",\"b\":"), VB_ERANGE);
}
END_TEST

START_TEST(brackets_in_a_string_are_not_deep)
{
	ck_assert_int_eq(
	    parse("{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"}"), 0);
	json_decref(o);
	ck_assert_int_eq(
	    parse("{\"a\":\"\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"}"), 0);
	json_decref(o);
}
END_TEST

START_TEST(a_text_has_a_bound)
{
	char *text = malloc(OBJECT_TEXT_MAX + 1);

	ck_assert_ptr_nonnull(text);
	memset(text, ' ', OBJECT_TEXT_MAX + 1);
	memcpy(text, "{}", 2);
	ck_assert_int_eq(object_parse(text, OBJECT_TEXT_MAX, &o), 0);
	json_decref(o);
	ck_assert_int_eq(
	    object_parse(text, OBJECT_TEXT_MAX + 1, &o), VB_ERANGE);
	free(text);
}
END_TEST

static const char *const refused[] = {"", " ", "{", "}", "[]", "1", "\"a\"",
    "null", "{a:1}", "{\"a\":1,}", "{\"a\":1}}", "{\"a\":1}{}",
    "{\"a\":1,\"a\":1}", "{\"a\":{\"b\":1,\"b\":2}}", "{\"a\":1,\"\\u0061\":2}",
    "{\"a\":\"\\u0000\"}", "{\"a\\u0000\":1}", "{\"a\":\"\xff\"}",
    "{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\t\"}",
    "{\"a\":1e999}", "{\"a\":99999999999999999999}", "{\"a\":-}", "{\"a\":+1}",
    "{\"a\":0x10}", "{\"a\":01}", "{\"a\":.5}", "{\"a\":tru}", "{\"a\" 1}",
    "\xef\xbb\xbf{}"};

START_TEST(what_is_no_object_is_refused)
{
	ck_assert_int_eq(parse(refused[_i]), VB_ESYNTAX);
	ck_assert_ptr_null(o);
}
END_TEST

START_TEST(a_nul_after_the_object_is_refused)
{
	ck_assert_int_eq(object_parse("{}\0", 3, &o), VB_ESYNTAX);
}
END_TEST

static const struct {
	const char *text;
	int result;
	double time;
} times[] = {
    {"{\"t\":0}", 0, 0},
    {"{\"t\":1700000000}", 0, 1700000000},
    {"{\"t\":1700000000.25}", 0, 1700000000.25},
    {"{\"t\":1.7e9}", 0, 1700000000},
    {"{\"t\":9007199254740992}", 0, OBJECT_TIME_MAX},
    {"{\"t\":9007199254740994}", VB_ERANGE, 0},
    {"{\"t\":9223372036854775807}", VB_ERANGE, 0},
    {"{\"t\":1e308}", VB_ERANGE, 0},
    {"{\"t\":-1}", VB_ERANGE, 0},
    {"{\"t\":-9223372036854775808}", VB_ERANGE, 0},
    {"{\"t\":-0.5}", VB_ERANGE, 0},
    {"{\"t\":\"1700000000\"}", VB_ESYNTAX, 0},
    {"{\"t\":true}", VB_ESYNTAX, 0},
    {"{\"t\":[1]}", VB_ESYNTAX, 0},
    {"{\"t\":null}", VB_ENOTFOUND, 0},
    {"{}", VB_ENOTFOUND, 0},
};

START_TEST(a_time_is_a_number_of_seconds)
{
	double time;

	ck_assert_int_eq(parse(times[_i].text), 0);
	ck_assert_int_eq(object_time(o, "t", &time), times[_i].result);
	if (times[_i].result == 0)
		ck_assert(time == times[_i].time);
	json_decref(o);
}
END_TEST

static const struct {
	const char *text;
	int result;
} texts[] = {
    {"{\"t\":\"a\"}", 0},
    {"{\"t\":\"abcd\"}", 0},
    {"{\"t\":\"\xc3\xa4\xc3\xa4\"}", 0},
    {"{\"t\":\"abcde\"}", VB_ERANGE},
    {"{\"t\":\"\"}", VB_ERANGE},
    {"{\"t\":\"\\n\"}", VB_ESYNTAX},
    {"{\"t\":\"\\u007f\"}", VB_ESYNTAX},
    {"{\"t\":\"\\u001b[m\"}", VB_ESYNTAX},
    {"{\"t\":1}", VB_ESYNTAX},
    {"{\"t\":[\"a\"]}", VB_ESYNTAX},
    {"{\"t\":null}", VB_ENOTFOUND},
    {"{\"T\":\"a\"}", VB_ENOTFOUND},
};

START_TEST(a_text_is_short_and_without_control_characters)
{
	const char *text;

	ck_assert_int_eq(parse(texts[_i].text), 0);
	ck_assert_int_eq(object_text(o, "t", 4, &text), texts[_i].result);
	ck_assert((text != NULL) == (texts[_i].result == 0));
	json_decref(o);
}
END_TEST

START_TEST(a_flag_is_true_or_false)
{
	ck_assert_int_eq(
	    parse("{\"a\":true,\"b\":false,\"c\":null,\"d\":1,\"e\":\"true\"}"),
	    0);
	ck_assert_int_eq(object_flag(o, "a"), 1);
	ck_assert_int_eq(object_flag(o, "b"), 0);
	ck_assert_int_eq(object_flag(o, "c"), VB_ENOTFOUND);
	ck_assert_int_eq(object_flag(o, "d"), VB_ESYNTAX);
	ck_assert_int_eq(object_flag(o, "e"), VB_ESYNTAX);
	json_decref(o);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("oidc_object");
	TCase *tc = tcase_create("oidc_object");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, what_is_nested_too_deep_is_refused);
	tcase_add_test(tc, brackets_in_a_string_are_not_deep);
	tcase_add_test(tc, a_text_has_a_bound);
	tcase_add_loop_test(
	    tc, what_is_no_object_is_refused, 0, (int)COUNT(refused));
	tcase_add_test(tc, a_nul_after_the_object_is_refused);
	tcase_add_loop_test(
	    tc, a_time_is_a_number_of_seconds, 0, (int)COUNT(times));
	tcase_add_loop_test(tc, a_text_is_short_and_without_control_characters,
	    0, (int)COUNT(texts));
	tcase_add_test(tc, a_flag_is_true_or_false);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
