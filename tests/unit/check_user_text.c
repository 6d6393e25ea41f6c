/* SPDX-License-Identifier: ISC */
/* Changes of a users' file: one line, and not a byte of the others. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/ctl/user_text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* comments, empty lines, lines that are wrong, and no newline at the end */
#define ABOVE "# people\n\n\tstrange: line\r\n#alice:no::\nal:x:y:z\n"
#define BELOW "\n\nalicea:1:2:3\n# end"

enum operation {
	ADD,
	HASH,
	GROUPS,
	FACTOR,
	LOCK,
	UNLOCK,
	REMOVE
};

static struct user_text out;

static void
teardown(void)
{
	user_text_free(&out);
}

static int
operate(enum operation operation, const struct user_text *text)
{
	static const char *const fields[] = {"alice", "new", "a,b", ""};

	switch (operation) {
	case ADD:
		return user_text_add(text, fields, &out);
	case HASH:
		return user_text_set(text, "alice", USER_HASH, "new", &out);
	case GROUPS:
		return user_text_set(text, "alice", USER_GROUPS, "c,d", &out);
	case FACTOR:
		return user_text_set(text, "alice", USER_FACTOR, "t", &out);
	case LOCK:
		return user_text_lock(text, "alice", 1, &out);
	case UNLOCK:
		return user_text_lock(text, "alice", 0, &out);
	default:
		return user_text_remove(text, "alice", &out);
	}
}

static const struct {
	enum operation operation;
	const char *before;
	const char *after;
} rows[] = {
    {ADD, "", "alice:new:a,b:\n"},
    {ADD, "bob:1:2:3\n", "bob:1:2:3\nalice:new:a,b:\n"},
    {ADD, "bob:1:2:3", "bob:1:2:3\nalice:new:a,b:\n"},
    {ADD, "\n\n", "\n\nalice:new:a,b:\n"},
    {HASH, "alice:old:g:f\n", "alice:new:g:f\n"},
    {HASH, "alice:old:g:f", "alice:new:g:f"},
    {HASH, "alice:!old:g:f\n", "alice:!new:g:f\n"},
    {HASH, "alice:!:g:f\n", "alice:!new:g:f\n"},
    {HASH, "alice\n", "alice:new::\n"},
    {HASH, "alice:old\n", "alice:new::\n"},
    {HASH, "alice:old:g:f:more:\n", "alice:new:g:f:more:\n"},
    {HASH, "alice:old:g:f\r\n", "alice:new:g:f\r\n"},
    {HASH, "alice:1::\nalice:2::\n", "alice:new::\nalice:2::\n"},
    {GROUPS, "alice:!old:g:f\n", "alice:!old:c,d:f\n"},
    {GROUPS, "alice:old::\n", "alice:old:c,d:\n"},
    {FACTOR, "alice:!old:g:f\n", "alice:!old:g:t\n"},
    {FACTOR, "alice:old:g:", "alice:old:g:t"},
    {LOCK, "alice:old:g:f\n", "alice:!old:g:f\n"},
    {LOCK, "alice:!old:g:f\n", "alice:!old:g:f\n"},
    {UNLOCK, "alice:!old:g:f\n", "alice:old:g:f\n"},
    {UNLOCK, "alice:old:g:f\n", "alice:old:g:f\n"},
    {REMOVE, "alice:old:g:f\n", ""},
    {REMOVE, "alice", ""},
    {REMOVE, "bob:1\nalice:2", "bob:1\n"},
    {REMOVE, "alice:1\nbob:2\nalice:3\nalice\ncarol:4", "bob:2\ncarol:4"},
    {HASH, ABOVE "alice:old:g:f" BELOW, ABOVE "alice:new:g:f" BELOW},
    {GROUPS, ABOVE "alice:old:g:f" BELOW, ABOVE "alice:old:c,d:f" BELOW},
    {FACTOR, ABOVE "alice:old:g:f" BELOW, ABOVE "alice:old:g:t" BELOW},
    {LOCK, ABOVE "alice:old:g:f" BELOW, ABOVE "alice:!old:g:f" BELOW},
    {UNLOCK, ABOVE "alice:!old:g:f" BELOW, ABOVE "alice:old:g:f" BELOW},
    {REMOVE, ABOVE "alice:old:g:f" BELOW, ABOVE "\nalicea:1:2:3\n# end"},
    {ADD, ABOVE BELOW, ABOVE BELOW "\nalice:new:a,b:\n"},
};

START_TEST(text_changes_in_one_line)
{
	char *copy = strdup(rows[_i].before);
	const struct user_text text = {copy, strlen(copy)};

	ck_assert_int_eq(operate(rows[_i].operation, &text), 0);
	ck_assert_str_eq(out.bytes, rows[_i].after);
	ck_assert_uint_eq(out.len, strlen(rows[_i].after));
	ck_assert_str_eq(copy, rows[_i].before);
	free(copy);
}
END_TEST

/* A NUL byte is one of a line's, and stays for users_parse() to refuse. */
START_TEST(text_has_its_length)
{
	char bytes[] = "a\0b:1:2:3\nalice:old::\n\0";
	const struct user_text text = {bytes, sizeof(bytes) - 1};

	ck_assert_int_eq(operate(LOCK, &text), 0);
	ck_assert_uint_eq(out.len, text.len + 1);
	ck_assert_mem_eq(out.bytes, "a\0b:1:2:3\nalice:!old::\n\0", out.len);
}
END_TEST

START_TEST(text_without_the_user_is_not_found)
{
	static const char *const texts[] = {"", "\n", "# alice:x::\n",
	    "Alice:x::\n", "alice2:x::\n", "alic:e::\n", "bob:alice:alice:\n",
	    " alice:x::\n", "#alice:x::\n", "ali\nce:x::\n"};
	char *copy = strdup(texts[_i]);
	const struct user_text text = {copy, strlen(copy)};
	enum operation operation;

	for (operation = HASH; operation <= REMOVE; operation++) {
		ck_assert_int_eq(operate(operation, &text), VB_ENOTFOUND);
		ck_assert_ptr_null(out.bytes);
	}
	ck_assert_int_eq(user_text_has(&text, "alice"), 0);
	free(copy);
}
END_TEST

static TCase *
make_case(void)
{
	TCase *tcase = tcase_create("user_text");

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_loop_test(tcase, text_changes_in_one_line, 0, COUNT(rows));
	tcase_add_test(tcase, text_has_its_length);
	tcase_add_loop_test(tcase, text_without_the_user_is_not_found, 0, 10);
	return tcase;
}

int
main(void)
{
	Suite *suite = suite_create("user_text");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, make_case());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
