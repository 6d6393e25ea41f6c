/* SPDX-License-Identifier: ISC */
/* HTTP Basic: RFC 7617, RFC 4648, 4. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "worker/parse/basic.h"

#define COUNT(a)     (sizeof(a) / sizeof((a)[0]))
#define NAME_SIZE    9
#define PASSWORD_MAX 12 /* with its NUL */

static char name[NAME_SIZE], password[PASSWORD_MAX];

/* Exactly as long as the text: what reads on is seen by a sanitizer. */
static int
read_one(const char *value, size_t len, size_t fields)
{
	struct http_head head = {.field_count = fields};
	char *copy = malloc(len + 1);
	size_t i;
	int result;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, value, len);
	for (i = 0; i < fields; i++) {
		head.fields[i].name.p = "Authorization";
		head.fields[i].name.len = strlen(head.fields[i].name.p);
		head.fields[i].value.p = copy;
		head.fields[i].value.len = len;
	}
	memset(name, 'x', sizeof(name));
	memset(password, 'x', sizeof(password));
	result =
	    basic_read(&head, name, sizeof(name), password, sizeof(password));
	free(copy);
	return result;
}

static const struct {
	const char *value;
	const char *name, *password;
} taken[] = {
    /* RFC 7617, 2 */
    {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"},
    {"Basic dGVzdDoxMjPCow==", "test", "123\xc2\xa3"}, /* 2.1 */
    {"basic YTpi", "a", "b"},
    {"BASIC   YTpi", "a", "b"},
    {"Basic YTpiOmM=", "a", "b:c"},
    {"Basic Og==", "", ""},
    {"Basic YTo=", "a", ""},
    {"Basic OmI=", "", "b"},
    {"Basic YWFhYWFhYWE6YmJiYmJiYmJiYmI=", "aaaaaaaa", "bbbbbbbbbbb"},
};

START_TEST(a_name_and_a_password_are_read)
{
	ck_assert_int_eq(
	    read_one(taken[_i].value, strlen(taken[_i].value), 1), 0);
	ck_assert_str_eq(name, taken[_i].name);
	ck_assert_str_eq(password, taken[_i].password);
}
END_TEST

static const struct {
	const char *value;
	int error;
} refused[] = {
    {"", VB_ENOTFOUND},
    {"Bearer YTpi", VB_ENOTFOUND},
    {"BasicYTpi", VB_ENOTFOUND},
    {"Basic", VB_ESYNTAX},
    {"Basic ", VB_ESYNTAX},
    {"Basic YTp", VB_ESYNTAX},	    /* no padding */
    {"Basic YTpiOmM", VB_ESYNTAX},  /* the same */
    {"Basic YTpiOm==", VB_ESYNTAX}, /* bits that belong to no byte */
    {"Basic YTpiOmN=", VB_ESYNTAX}, /* the same */
    {"Basic YT=iOmM=", VB_ESYNTAX}, /* padding inside */
    {"Basic Y===", VB_ESYNTAX},	    /* too much of it */
    {"Basic ====", VB_ESYNTAX},
    {"Basic YTpi====", VB_ESYNTAX},
    {"Basic YT pi", VB_ESYNTAX},
    {"Basic YTp-", VB_ESYNTAX}, /* of the other alphabet */
    {"Basic YTpi YTpi", VB_ESYNTAX},
    {"Basic YWFh", VB_ESYNTAX},	    /* no colon */
    {"Basic YQA6Yg==", VB_ESYNTAX}, /* a NUL */
    {"Basic YTpiCg==", VB_ESYNTAX}, /* a line's end */
    {"Basic YTp/", VB_ESYNTAX},	    /* DEL, 127 */
    {"Basic YWFhYWFhYWFhOmI=", VB_ERANGE},
    {"Basic YTpiYmJiYmJiYmJiYmI=", VB_ERANGE},
};

START_TEST(what_is_no_such_text_is_refused)
{
	ck_assert_int_eq(
	    read_one(refused[_i].value, strlen(refused[_i].value), 1),
	    refused[_i].error);
	ck_assert_str_eq(name, "");
	ck_assert_str_eq(password, "");
}
END_TEST

START_TEST(none_and_two_are_refused)
{
	static const char value[] = "Basic YTpi";

	ck_assert_int_eq(read_one(value, strlen(value), 0), VB_ENOTFOUND);
	ck_assert_int_eq(read_one(value, strlen(value), 2), VB_ENOTFOUND);
	ck_assert_str_eq(name, "");
}
END_TEST

START_TEST(a_long_one_is_refused)
{
	char value[8192];
	size_t len;

	strlcpy(value, "Basic ", sizeof(value));
	for (len = 6; len + 4 < sizeof(value); len += 4) {
		memcpy(value + len, "YWFh", 4);
		ck_assert_int_lt(read_one(value, len + 4, 1), 0);
	}
}
END_TEST

START_TEST(each_cut_is_refused_or_shorter)
{
	static const char value[] = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==";
	size_t len;

	for (len = 0; len < sizeof(value) - 1; len++)
		if (read_one(value, len, 1) == 0)
			ck_assert_uint_lt(strlen(password), 11);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("basic");
	TCase *tc = tcase_create("basic");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
	    tc, a_name_and_a_password_are_read, 0, COUNT(taken));
	tcase_add_loop_test(
	    tc, what_is_no_such_text_is_refused, 0, COUNT(refused));
	tcase_add_test(tc, none_and_two_are_refused);
	tcase_add_test(tc, a_long_one_is_refused);
	tcase_add_test(tc, each_cut_is_refused_or_shorter);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
