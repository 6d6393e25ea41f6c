/* SPDX-License-Identifier: ISC */
/* The users' file: what is taken, what is refused and in which words. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/users.h"
#include "tests/unit/starve.h"

#define COUNT(a)     (sizeof(a) / sizeof((a)[0]))
#define ATTEMPTS_MAX 20

#define TEN	     "abcdefghij"
#define FIFTY	     TEN TEN TEN TEN TEN
#define NAME_63	     FIFTY TEN "abc"
#define YESCRYPT     "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$" TEN TEN TEN TEN "./A"
#define BCRYPT	     "$2b$12$" FIFTY "abc"
#define SHA512_R     "$6$rounds=500000$saltsalt$" FIFTY TEN TEN TEN "abcdef"
#define SEED	     "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
#define SEED_BYTES   "12345678901234567890"
#define HEX_64                             \
	"00112233445566778899aabbccddeeff" \
	"0123456789abcdef0123456789abcdef"
#define HEX_OTHER                        \
	"ff"                             \
	"112233445566778899aabbccddeeff" \
	"0123456789abcdef0123456789abcdef"

static struct users *users;
static struct users_fault fault;

static void
teardown(void)
{
	users_free(users);
	users = NULL;
}

static int
parse(const char *text)
{
	users_free(users);
	return users_parse(text, strlen(text), &users, &fault);
}

static void
expect_fault(const char *text, unsigned line, const char *words)
{
	ck_assert_msg(parse(text) == VB_ESYNTAX, "taken: %s", text);
	ck_assert_ptr_null(users);
	ck_assert_msg(fault.line == line, "line %u of: %s", fault.line, text);
	ck_assert_msg(strstr(fault.text, words) != NULL, "\"%s\" of: %s",
	    fault.text, text);
}

START_TEST(users_have_what_their_lines_say)
{
	const struct user *u;

	ck_assert_int_eq(parse("# people\n\nalice:" YESCRYPT
			       ":admins,lab-1:totp=" SEED ",recovery=" HEX_64
			       "," HEX_OTHER "\n#\nbob@example.org:!" BCRYPT
			       "::\ncarol:" SHA512_R ":lab-1:totp=" SEED),
	    0);
	ck_assert_uint_eq(users_count(users), 3);
	u = users_find(users, "alice");
	ck_assert_ptr_eq(u, users_at(users, 0));
	ck_assert_str_eq(u->name, "alice");
	ck_assert_str_eq(u->hash, YESCRYPT);
	ck_assert_int_eq(u->kind, USERS_YESCRYPT);
	ck_assert_int_eq(u->is_locked, 0);
	ck_assert_uint_eq(u->line, 3);
	ck_assert_uint_eq(u->group_count, 2);
	ck_assert_str_eq(u->groups[0], "admins");
	ck_assert_str_eq(u->groups[1], "lab-1");
	ck_assert_uint_eq(u->totp_len, strlen(SEED_BYTES));
	ck_assert_mem_eq(u->totp_seed, SEED_BYTES, u->totp_len);
	ck_assert_uint_eq(u->recovery_count, 2);
	ck_assert_mem_eq(u->recovery[0], "\x00\x11\x22\x33", 4);
	ck_assert_mem_eq(u->recovery[1], "\xff\x11\x22\x33", 4);
	ck_assert_uint_eq(u->recovery[0][USERS_RECOVERY_BYTES - 1], 0xef);
	ck_assert_uint_eq(u->recovery[1][USERS_RECOVERY_BYTES - 1], 0xef);
}
END_TEST

START_TEST(users_are_locked_and_keep_their_hash)
{
	const struct user *u;

	ck_assert_int_eq(parse("bob@example.org:!" BCRYPT "::\n"), 0);
	u = users_find(users, "bob@example.org");
	ck_assert_int_eq(u->is_locked, 1);
	ck_assert_str_eq(u->hash, BCRYPT);
	ck_assert_uint_eq(u->group_count, 0);
	ck_assert_ptr_null(u->totp_seed);
	ck_assert_uint_eq(u->recovery_count, 0);
}
END_TEST

START_TEST(users_are_found_by_their_very_name)
{
	ck_assert_int_eq(parse("bob:" BCRYPT "::\nalice:" BCRYPT
			       "::\nAlice:" BCRYPT "::\nal:" BCRYPT "::\n"),
	    0);
	ck_assert_uint_eq(users_find(users, "alice")->line, 2);
	ck_assert_uint_eq(users_find(users, "Alice")->line, 3);
	ck_assert_uint_eq(users_find(users, "al")->line, 4);
	ck_assert_uint_eq(users_find(users, "bob")->line, 1);
	ck_assert_ptr_null(users_find(users, "ALICE"));
	ck_assert_ptr_null(users_find(users, "alic"));
	ck_assert_ptr_null(users_find(users, "alice2"));
	ck_assert_ptr_null(users_find(users, ""));
	ck_assert_ptr_null(users_find(users, "zoe"));
}
END_TEST

START_TEST(users_may_be_none)
{
	static const char *const texts[] = {"", "\n", "#", "# nobody\n\n\n"};

	ck_assert_int_eq(parse(texts[_i]), 0);
	ck_assert_uint_eq(users_count(users), 0);
	ck_assert_ptr_null(users_find(users, "alice"));
}
END_TEST

START_TEST(users_bad_hash_is_named_and_not_shown)
{
	expect_fault("# one\nalice:$1$salt$secret::\n", 2, "is MD5");
	ck_assert_ptr_nonnull(strstr(fault.text, "user passwd alice"));
	ck_assert_ptr_null(strstr(fault.text, "secret"));
	expect_fault("alice:!secret::\n", 1, "is no hash");
	ck_assert_ptr_null(strstr(fault.text, "secret"));
}
END_TEST

static const struct {
	const char *text;
	unsigned line;
	const char *words;
} bad_lines[] = {
    {"alice\n", 1, "this one has 1"},
    {"alice:" BCRYPT "\n", 1, "this one has 2"},
    {"alice:" BCRYPT ":\n", 1, "this one has 3"},
    {"\n#\nalice:" BCRYPT ":::\n", 3, "this one has 5"},
    {" \n", 1, "this one has 1"},
    {":::::::::::::::\n", 1, "this one has 16"},
    {":" BCRYPT "::\n", 1, "name of a user"},
    {"-a:" BCRYPT "::\n", 1, "name of a user"},
    {"@a:" BCRYPT "::\n", 1, "name of a user"},
    {" a:" BCRYPT "::\n", 1, "name of a user"},
    {"a b:" BCRYPT "::\n", 1, "name of a user"},
    {"j\xc3\xbcrgen:" BCRYPT "::\n", 1, "name of a user"},
    {"a\x7f:" BCRYPT "::\n", 1, "name of a user"},
    {"a/b:" BCRYPT "::\n", 1, "name of a user"},
    {NAME_63 "d:" BCRYPT "::\n", 1, "name of a user"},
    {"\xef\xbb\xbf"
     "alice:" BCRYPT "::\n",
	1, "name of a user"},
    {"a:" BCRYPT ":@lab:\n", 1, "name of a group"},
    {"a:" BCRYPT ":-lab:\n", 1, "name of a group"},
    {"a:" BCRYPT ":lab,:\n", 1, "name of a group"},
    {"a:" BCRYPT ":,lab:\n", 1, "name of a group"},
    {"a:" BCRYPT ":one, two:\n", 1, "name of a group"},
    {"a:" BCRYPT ":" NAME_63 "d:\n", 1, "name of a group"},
    {"a:" BCRYPT ":one,two,one:\n", 1, "twice in the group \"one\""},
    {"a:" BCRYPT "::\nb:" BCRYPT "::\na:" BCRYPT "::\n", 3, "line 1"},
    {"b:" BCRYPT "::\nb:" BCRYPT "::\na:" BCRYPT "::\na:" BCRYPT "::\nb:" BCRYPT
     "::\n",
	2, "\"b\" is also in line 1"},
    {"a:" BCRYPT "::\r\n", 1, "CR LF"},
    {"# people\r\na:" BCRYPT "::\n", 1, "CR LF"},
    {"a:" BCRYPT "::\n\r\n", 2, "CR LF"},
    {"a:" BCRYPT "::x\n", 1, "neither empty nor"},
    {"a:" BCRYPT "::totp\n", 1, "neither empty nor"},
    {"a:" BCRYPT "::recovery=" HEX_64 "\n", 1, "neither empty nor"},
    {"a:" BCRYPT "::totp=\n", 1, "BASE32"},
    {"a:" BCRYPT "::totp=" SEED "=\n", 1, "BASE32"},
    {"a:" BCRYPT "::totp=gezdgnbvgy3tqojqgezdgnbvgy3tqojq\n", 1, "BASE32"},
    {"a:" BCRYPT "::totp=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1\n", 1, "BASE32"},
    {"a:" BCRYPT "::totp=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQA\n", 1, "BASE32"},
    {"a:" BCRYPT "::totp=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQAB\n", 1, "BASE32"},
    {"a:" BCRYPT "::totp=GEZDGNBVGY3TQOJQGEZDGNBV\n", 1, "less than 16"},
    {"a:" BCRYPT "::totp=" SEED SEED SEED "GEZDGNBV\n", 1, "more than 64"},
    {"a:" BCRYPT "::totp=" SEED ",\n", 1, "other than \"recovery=...\""},
    {"a:" BCRYPT "::totp=" SEED "," HEX_64 "\n", 1, "other than"},
    {"a:" BCRYPT "::totp=" SEED ",recovery=\n", 1, "64 digits"},
    {"a:" BCRYPT "::totp=" SEED ",recovery=" HEX_64 ",\n", 1, "64 digits"},
    {"a:" BCRYPT "::totp=" SEED ",recovery=" HEX_64 "0\n", 1, "64 digits"},
    {"a:" BCRYPT "::totp=" SEED ",recovery=0123\n", 1, "64 digits"},
    {"a:" BCRYPT "::totp=" SEED ",recovery=AA" HEX_64 "\n", 1, "64 digits"},
};

START_TEST(users_bad_line_refuses_the_file_and_says_why)
{
	expect_fault(
	    bad_lines[_i].text, bad_lines[_i].line, bad_lines[_i].words);
	ck_assert_ptr_null(strstr(fault.text, SEED));
	ck_assert_ptr_null(strstr(fault.text, HEX_64));
}
END_TEST

START_TEST(users_nul_byte_is_a_fault_wherever_it_is)
{
	static const char good[] = "# p\nalice:" BCRYPT ":a,b:totp=" SEED "\n";
	char text[sizeof(good)];
	size_t i;

	for (i = 0; i < sizeof(good) - 1; i++) {
		memcpy(text, good, sizeof(good));
		text[i] = '\0';
		ck_assert_int_eq(
		    users_parse(text, sizeof(text) - 1, &users, &fault),
		    VB_ESYNTAX);
		ck_assert_ptr_null(users);
		if (good[i] != '\n')
			ck_assert_ptr_nonnull(strstr(fault.text, "NUL"));
	}
}
END_TEST

/* Writes n times what, with commas between. Returns the end. */
static char *
repeat(char *p, const char *what, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		p += sprintf(p, "%s%s%zu", i > 0 ? "," : "", what, i);
	return p;
}

START_TEST(users_have_so_many_groups_and_no_more)
{
	static char text[4096];
	char *p;

	p = text + sprintf(text, "a:" BCRYPT ":");
	p = repeat(p, "g", USERS_GROUPS_MAX);
	sprintf(p, ":\nb:" BCRYPT ":last:");
	ck_assert_int_eq(parse(text), 0);
	ck_assert_uint_eq(users_at(users, 0)->group_count, USERS_GROUPS_MAX);
	ck_assert_str_eq(users_at(users, 0)->groups[63], "g63");
	ck_assert_str_eq(users_at(users, 1)->groups[0], "last");
	sprintf(p, ",one-more:\nb:" BCRYPT ":last:");
	expect_fault(text, 1, "more than 64 groups");
}
END_TEST

START_TEST(users_have_so_many_recovery_codes_and_no_more)
{
	static char text[4096];
	char *p = text + sprintf(text, "a:" BCRYPT "::totp=" SEED ",recovery=");
	size_t i;

	for (i = 0; i < USERS_RECOVERY_MAX; i++)
		p += sprintf(p, "%s" HEX_64, i > 0 ? "," : "");
	ck_assert_int_eq(parse(text), 0);
	ck_assert_uint_eq(
	    users_at(users, 0)->recovery_count, USERS_RECOVERY_MAX);
	for (i = 0; i < USERS_RECOVERY_MAX; i++)
		ck_assert_mem_eq(users_at(users, 0)->recovery[i],
		    users_at(users, 0)->recovery[0], USERS_RECOVERY_BYTES);
	sprintf(p, "," HEX_64);
	expect_fault(text, 1, "more than 16 recovery codes");
}
END_TEST

START_TEST(users_line_is_so_long_and_no_longer)
{
	static char text[USERS_LINE_MAX + 3];

	memset(text, '#', USERS_LINE_MAX);
	ck_assert_int_eq(parse(text), 0);
	text[USERS_LINE_MAX] = '#';
	expect_fault(text, 1, "longer than 8192 bytes");
}
END_TEST

START_TEST(users_file_is_so_large_and_no_larger)
{
	char *text = malloc(USERS_TEXT_MAX + 1);

	ck_assert_ptr_nonnull(text);
	memset(text, '\n', USERS_TEXT_MAX + 1);
	ck_assert_int_eq(users_parse(text, USERS_TEXT_MAX, &users, &fault), 0);
	ck_assert_uint_eq(users_count(users), 0);
	teardown();
	ck_assert_int_eq(
	    users_parse(text, USERS_TEXT_MAX + 1, &users, &fault), VB_ESYNTAX);
	ck_assert_uint_eq(fault.line, 0);
	ck_assert_ptr_nonnull(strstr(fault.text, "larger than 16777216"));
	free(text);
}
END_TEST

START_TEST(users_are_so_many_and_no_more)
{
	char *text = malloc((USERS_MAX + 1) * 100UL), *p = text, name[16];
	unsigned i;

	ck_assert_ptr_nonnull(text);
	for (i = 0; i < USERS_MAX; i++)
		p += sprintf(p, "user%u:" BCRYPT ":all:\n", i);
	ck_assert_int_eq(parse(text), 0);
	ck_assert_uint_eq(users_count(users), USERS_MAX);
	for (i = 0; i < USERS_MAX; i += 77) {
		snprintf(name, sizeof(name), "user%u", i);
		ck_assert_ptr_eq(users_find(users, name), users_at(users, i));
	}
	sprintf(p, "# more\none-more:" BCRYPT ":all:\n");
	expect_fault(text, USERS_MAX + 2, "more than 100000 users");
	free(text);
}
END_TEST

START_TEST(users_name_is_so_long_and_no_longer)
{
	ck_assert_int_eq(users_is_name(NAME_63), 1);
	ck_assert_int_eq(users_is_name(NAME_63 "d"), 0);
	ck_assert_int_eq(users_is_name("a"), 1);
	ck_assert_int_eq(users_is_name("A.b_c-d@E9"), 1);
	ck_assert_int_eq(users_is_name(".a"), 1);
	ck_assert_int_eq(users_is_name(""), 0);
	ck_assert_int_eq(users_is_name("a:b"), 0);
	ck_assert_int_eq(users_is_name("a\n"), 0);
}
END_TEST

/* A prefix of a good file is good or refused; it is never read past. */
START_TEST(users_file_is_cut_at_each_byte)
{
	static const char good[] = "alice:" YESCRYPT ":admins,lab-1:totp=" SEED
				   ",recovery=" HEX_64 "," HEX_64 "\nbob:"
				   "!" SHA512_R "::\n";
	size_t len;
	char *text;

	for (len = 0; len < sizeof(good); len++) {
		ck_assert_ptr_nonnull(text = malloc(len > 0 ? len : 1));
		memcpy(text, good, len);
		users_free(users);
		if (users_parse(text, len, &users, &fault) < 0) {
			ck_assert_uint_gt(fault.line, 0);
			ck_assert_str_ne(fault.text, "");
		}
		free(text);
	}
}
END_TEST

START_TEST(users_without_memory_are_none)
{
	static const char text[] = "alice:" BCRYPT ":a,b:\n";
	unsigned n;

	for (n = 1; n < ATTEMPTS_MAX; n++) {
		int result;

		starve_at(n);
		result = users_parse(text, sizeof(text) - 1, &users, &fault);
		if (!starve_has_come())
			break;
		ck_assert_int_eq(result, VB_ENOMEM);
		ck_assert_ptr_null(users);
	}
	ck_assert_uint_gt(n, 5);
	ck_assert_uint_lt(n, ATTEMPTS_MAX);
	ck_assert_uint_eq(users_count(users), 1);
}
END_TEST

static TCase *
make_case(void)
{
	TCase *tcase = tcase_create("users");

	tcase_add_checked_fixture(tcase, NULL, teardown);
	tcase_add_test(tcase, users_have_what_their_lines_say);
	tcase_add_test(tcase, users_are_locked_and_keep_their_hash);
	tcase_add_test(tcase, users_are_found_by_their_very_name);
	tcase_add_loop_test(tcase, users_may_be_none, 0, 4);
	tcase_add_test(tcase, users_bad_hash_is_named_and_not_shown);
	tcase_add_loop_test(tcase, users_bad_line_refuses_the_file_and_says_why,
	    0, COUNT(bad_lines));
	tcase_add_test(tcase, users_nul_byte_is_a_fault_wherever_it_is);
	tcase_add_test(tcase, users_have_so_many_groups_and_no_more);
	tcase_add_test(tcase, users_have_so_many_recovery_codes_and_no_more);
	tcase_add_test(tcase, users_line_is_so_long_and_no_longer);
	tcase_add_test(tcase, users_file_is_so_large_and_no_larger);
	tcase_add_test(tcase, users_are_so_many_and_no_more);
	tcase_add_test(tcase, users_name_is_so_long_and_no_longer);
	tcase_add_test(tcase, users_file_is_cut_at_each_byte);
	tcase_add_test(tcase, users_without_memory_are_none);
	return tcase;
}

int
main(void)
{
	Suite *suite = suite_create("users");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, make_case());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
