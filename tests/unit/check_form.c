/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "worker/parse/form.h"

#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))
#define FIELD_MAX 16

static char out[FIELD_MAX];

/* Exactly as long as the text: what reads on is seen by a sanitizer. */
static int
field_of(const char *form, const char *name)
{
	size_t len = strlen(form);
	char *copy = malloc(len + 1);
	struct http_span span = {copy, len};
	int result;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, form, len);
	memset(out, 'x', sizeof(out));
	result = form_field(&span, name, out, sizeof(out));
	free(copy);
	return result;
}

static const struct {
	const char *form;
	const char *value; /* of "user" */
} taken[] = {
    {"user=alice", "alice"},
    {"user=", ""},
    {"user", ""},
    {"user=alice&", "alice"},
    {"&&user=alice", "alice"},
    {"password=x&user=alice", "alice"},
    {"user=a=b", "a=b"},
    {"user=a+b", "a b"},
    {"user=a%2Bb", "a+b"},
    {"user=a%26b", "a&b"},
    {"user=%c3%A4", "\xc3\xa4"},
    {"us%65r=alice", "alice"},
    {"User=no&user=alice&users=no&use=no", "alice"},
    {"user=123456789012345", "123456789012345"},
};

START_TEST(a_field_is_decoded)
{
	ck_assert_int_eq(
	    field_of(taken[_i].form, "user"), (int)strlen(taken[_i].value));
	ck_assert_str_eq(out, taken[_i].value);
}
END_TEST

static const struct {
	const char *form;
	int error;
} refused[] = {
    {"", VB_ENOTFOUND},
    {"&", VB_ENOTFOUND},
    {"password=x", VB_ENOTFOUND},
    {"=alice", VB_ENOTFOUND},
    {"user%3dalice", VB_ENOTFOUND},
    {"user=alice&user=bob", VB_ESYNTAX},
    {"user=&user=", VB_ESYNTAX},
    {"us%65r=a&user=b", VB_ESYNTAX},
    {"user=%", VB_ESYNTAX},
    {"user=%4", VB_ESYNTAX},
    {"user=%4g", VB_ESYNTAX},
    {"user=%g4", VB_ESYNTAX},
    {"user=a%00b", VB_ESYNTAX},
    {"user=a%0Ab", VB_ESYNTAX},
    {"user=a%0db", VB_ESYNTAX},
    {"us%0der=a", VB_ESYNTAX},
    {"%=x&user=a", VB_ESYNTAX},
    {"user=1234567890123456", VB_ERANGE},
    {"user=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", VB_ERANGE},
};

START_TEST(what_is_no_field_is_refused_and_leaves_nothing)
{
	ck_assert_int_eq(field_of(refused[_i].form, "user"), refused[_i].error);
	ck_assert_str_eq(out, "");
}
END_TEST

START_TEST(a_value_that_is_refused_is_wiped)
{
	size_t i;

	ck_assert_int_eq(field_of("user=secret%", "user"), VB_ESYNTAX);
	for (i = 0; i < sizeof(out); i++)
		ck_assert_int_eq(out[i], 0);
}
END_TEST

START_TEST(a_nul_in_the_form_ends_no_value)
{
	static const char form[] = "user=a\0b";
	struct http_span span = {form, sizeof(form) - 1};

	ck_assert_int_eq(
	    form_field(&span, "user", out, sizeof(out)), VB_ESYNTAX);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("form");
	TCase *tc = tcase_create("form");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, a_field_is_decoded, 0, (int)COUNT(taken));
	tcase_add_loop_test(tc, what_is_no_field_is_refused_and_leaves_nothing,
	    0, (int)COUNT(refused));
	tcase_add_test(tc, a_value_that_is_refused_is_wiped);
	tcase_add_test(tc, a_nul_in_the_form_ends_no_value);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
