/* SPDX-License-Identifier: ISC */
/* What is wrong with access and auth sections, word for word. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/conf_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define NAME_8	 "abcdefgh"
#define NAME_63	 NAME_8 NAME_8 NAME_8 NAME_8 NAME_8 NAME_8 NAME_8 "abcdefg"
#define NAME_64	 NAME_63 "h"
#define AUTH	 "auth \"password\" { file = \"/u\" }\n"

#define USERS(list) \
	AUTH "access \"a\" { targets = { \"*\" } users = { " list " } }"
#define NO_USER(name)                      \
	"access \"a\" has users = \"" name \
	"\", which is neither a user's name nor @GROUP"

static const struct {
	const char *text;
	int line;
	const char *says;
} faults[] = {
    {"access \"a\" { from = { \"10.0.0.0/8\" } }", 1,
	"access \"a\" has no targets: it would grant nothing"},
    {"\naccess \"a\" {\ntargets = { \"lab1\", \"10.0.0.0/4\" } }", 2,
	"access \"a\": targets: no target section has that name, and "
	"\"10.0.0.0/4\" is not HOST[:PORTS]: the address has bits beyond its "
	"prefix: write 0.0.0.0/4, or leave the prefix out"},
    {"access \"a\" { targets = { \"*\" } from = { \"lab\" } }", 1,
	"access \"a\" has from = \"lab\", which is not ADDRESS[/BITS]"},
    {"access \"a\" { targets = { \"*\" } times = \"Monday\" }", 1,
	"access \"a\" has times = \"Monday\", which is not of the form "
	"\"Mon-Fri 08:00-20:00, Sat 10:00-14:00\""},
    {"access \"\" { targets = { \"*\" } }", 1,
	"access \"\" has no name, or a very long one"},
    {"access { targets = { \"*\" } }", 1,
	"access is a section with a title: access \"NAME\" { }"},
    {"access \"a\" { targets = { \"*\" } }\naccess \"a\" { targets = { "
     "\"*\" } }",
	2, "access \"a\" is given twice: the first begins at line 1"},
    {"access \"a\" { targets = { \"*\" } users = { \"x\" } }", 1,
	"access \"a\": users: nobody logs in here, since there is no auth "
	"section"},
    {USERS("\"alice\", \"\""), 2, NO_USER("")},
    {USERS("\"@\""), 2, NO_USER("@")},
    {USERS("\"@@staff\""), 2, NO_USER("@@staff")},
    {USERS("\"-alice\""), 2, NO_USER("-alice")},
    {USERS("\"al ice\""), 2, NO_USER("al ice")},
    {USERS("\"alice:x\""), 2, NO_USER("alice:x")},
    {USERS("\"alice,bob\""), 2, NO_USER("alice,bob")},
    {USERS("\"*\""), 2, NO_USER("*")},
    {USERS("\"al\303\251\""), 2, NO_USER("al\303\251")},
    {USERS("\"" NAME_64 "\""), 2, NO_USER(NAME_64)},
    {USERS("\"@" NAME_64 "\""), 2, NO_USER("@" NAME_64)},
    {"target \"a\" { address = \"b\" max-sessions = -1 }", 1,
	"max-sessions must be from 0 to 1000000 sessions"},
    {"max-sessions-of-target = 1000001", 1,
	"max-sessions-of-target must be from 0 to 1000000 sessions"},
    {"max-sessions-of-user = -1", 1,
	"max-sessions-of-user must be from 0 to 1000000 sessions"},
    {"max-connections-of-address = 1000001", 1,
	"max-connections-of-address must be from 0 to 1000000 connections"},
    {"connections-per-second-of-address = 100001", 1,
	"connections-per-second-of-address must be from 0 to 100000 "
	"connections"},
    {"access \"a\" { targets = { \"*\" } max-sessions = -1 }", 1,
	"max-sessions must be from 0 to 1000000 sessions"},
    {"access \"a\" { targets = { \"*\" } max-sessions = 1000001 }", 1,
	"max-sessions must be from 0 to 1000000 sessions"},
    {"auth \"kerberos\" { file = \"/u\" }", 1,
	"auth \"kerberos\" is no way to log in that this version knows: "
	"\"password\", \"pam\", \"oidc\", \"header\" and "
	"\"certificate\" are, and "
	"\"oidc NAME\", "
	"where there are several"},
    {"auth \"Password\" { }", 1,
	"auth \"Password\" is no way to log in that this version knows: "
	"\"password\", \"pam\", \"oidc\", \"header\" and "
	"\"certificate\" are, and "
	"\"oidc NAME\", "
	"where there are several"},
    {"auth \"\" { }", 1,
	"auth \"\" is no way to log in that this version knows: "
	"\"password\", \"pam\", \"oidc\", \"header\" and "
	"\"certificate\" are, and "
	"\"oidc NAME\", "
	"where there are several"},
    {"auth \"certificate\" { }", 1,
	"auth \"certificate\" needs a listen section with client-ca: whose "
	"certificates are they?"},
    {"auth \"certificate\" { user = \"cn\" }", 1,
	"auth \"certificate\" has a user that is not \"CN\", \"UID\", "
	"\"email\" or \"UPN\""},
    {"auth \"certificate\" { groups = \"CN\" }", 1,
	"auth \"certificate\" has groups that are not \"OU\" or \"O\""},
    {"auth \"certificate\" { file = \"/u\" }", 1,
	"auth \"certificate\" has file, which is of \"password\""},
    {"auth \"header\" { user = \"CN\" }", 1,
	"auth \"header\" has user, which is of \"certificate\""},
    {"auth \"certificate\" { }\nauth \"certificate\" { }", 2,
	"auth \"certificate\" is given twice: the first begins at line 1"},
    {"\nauth \"password\" {\nfile = \"users\" }", 2,
	"auth \"password\" has a file that is not an absolute path"},
    {"auth \"password\" { file = \"\" }", 1,
	"auth \"password\" has a file that is not an absolute path"},
    {"auth { file = \"/u\" }", 1,
	"auth is a section with a title: auth \"KIND\" { }"},
    {"auth \"password\" { }\nauth \"password\" { }", 2,
	"auth \"password\" is given twice: the first begins at line 1"},
    {"auth \"password\" { group = \"x\" }", 1,
	"no such setting: \"group\": write groups"},
};

START_TEST(access_fault_is_told_word_for_word)
{
	char expected[CONF_ERROR_MAX];

	unsetenv("NOPE_X");
	ck_assert_int_eq(load(faults[_i].text), VB_ESYNTAX);
	snprintf(expected, sizeof(expected), "%s:%d: %s", path, faults[_i].line,
	    faults[_i].says);
	ck_assert_str_eq(error, expected);
}
END_TEST

/* As the log of a refusal and vncbridgectl why tell it. */
START_TEST(each_rule_knows_its_line)
{
	static const uint32_t lines[] = {1, 2, 3, 5};
	size_t i;

	ck_assert_int_eq(
	    load("allow = { \"10.0.0.0/8\",\n"
		 "\"desk\" }\n"
		 "deny = { \"desk\",\n"
		 "# not this one\n"
		 "\"10.0.0.1\" }\n"
		 "access \"a\" {\n"
		 "targets = { \"*\" } }\n"
		 "target \"b\" { address = \"b\" max-sessions = 7 }"),
	    0);
	ck_assert_uint_eq(conf->rule_count, COUNT(lines));
	for (i = 0; i < COUNT(lines); i++)
		ck_assert_uint_eq(conf->rules[i].line, lines[i]);
	ck_assert_uint_eq(conf->access[0].head.line, 6);
	ck_assert_uint_eq(conf->targets[0].max_sessions, 7);
	conf_free(conf);
}
END_TEST

START_TEST(users_and_groups_of_a_section_are_taken_as_they_are)
{
	const struct conf_access *a;

	ck_assert_int_eq(
	    load("access \"a\" { targets = { \"*\" } max-sessions = 1000000 "
		 "users = { \"" NAME_63 "\", \"@" NAME_63 "\", "
		 "\"j.doe-2@lab\", \"@x\" } }\n"
		 "access \"b\" { targets = { \"*\" } }\n" AUTH),
	    0);
	a = conf->access;
	ck_assert_uint_eq(a[0].user_count, 4);
	ck_assert_str_eq(a[0].users[0].name, NAME_63);
	ck_assert_str_eq(a[0].users[1].name, "@" NAME_63);
	ck_assert_str_eq(a[0].users[2].name, "j.doe-2@lab");
	ck_assert_str_eq(a[0].users[3].name, "@x");
	ck_assert_uint_eq(a[0].head.max_sessions, 1000000);
	ck_assert_uint_eq(a[1].user_count, 0);
	ck_assert_uint_eq(a[1].head.max_sessions, 0);
	ck_assert_uint_eq(conf->settings.has_auth, 1);
	ck_assert_str_eq(conf->users_file, "/u");
	conf_free(conf);
}
END_TEST

START_TEST(nobody_logs_in_without_an_auth_section)
{
	ck_assert_int_eq(load("workers = 1"), 0);
	ck_assert_uint_eq(conf->settings.has_auth, 0);
	ck_assert_ptr_null(conf->users_file);
	conf_free(conf);
	ck_assert_int_eq(load("auth \"password\" { }"), 0);
	ck_assert_uint_eq(conf->settings.has_auth, 1);
	ck_assert_str_eq(conf->users_file, VB_SYSCONFDIR "/vncbridge/users");
	conf_free(conf);
}
END_TEST

/* What a child's queue has no room for is refused before anybody is told. */
START_TEST(users_count_as_entries_of_access_sections)
{
	static char text[PROTO_ACCESS_MAX * 8];
	int i, most = PROTO_ACCESS_MAX - 2 + _i;

	strlcpy(text, AUTH "access \"a\" { targets = { \"*\" } users = { \"u\"",
	    sizeof(text));
	for (i = 1; i < most; i++)
		strlcat(text, ",\"@g\"", sizeof(text));
	strlcat(text, " } }", sizeof(text));
	ck_assert_int_eq(load(text), _i == 0 ? 0 : VB_EFULL);
	if (_i == 0)
		ck_assert_uint_eq(conf->access[0].user_count, (size_t)most);
	conf_free(conf);
}
END_TEST

START_TEST(access_sections_have_so_many_entries_together)
{
	static char text[PROTO_ACCESS_MAX * 16];
	char expected[CONF_ERROR_MAX];
	int i, most = PROTO_ACCESS_MAX - 1 + _i;

	strlcpy(text, "access \"a\" { targets = { \"*\"", sizeof(text));
	for (i = 1; i < most; i++)
		strlcat(text, ",\"a.b\"", sizeof(text));
	strlcat(text, " } }", sizeof(text));
	if (_i == 0) {
		ck_assert_int_eq(load(text), 0);
		ck_assert_uint_eq(
		    conf->access[0].target_count, PROTO_ACCESS_MAX - 1);
		return;
	}
	ck_assert_int_eq(load(text), VB_EFULL);
	snprintf(expected, sizeof(expected),
	    "the access sections have %d entries, and more than %d don't fit",
	    PROTO_ACCESS_MAX + 1, PROTO_ACCESS_MAX);
	ck_assert_str_eq(error, expected);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conf-access");
	TCase *tc = tcase_create("conf-access");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(
	    tc, access_fault_is_told_word_for_word, 0, COUNT(faults));
	tcase_add_loop_test(
	    tc, access_sections_have_so_many_entries_together, 0, 2);
	tcase_add_loop_test(
	    tc, users_count_as_entries_of_access_sections, 0, 2);
	tcase_add_test(tc, each_rule_knows_its_line);
	tcase_add_test(tc, users_and_groups_of_a_section_are_taken_as_they_are);
	tcase_add_test(tc, nobody_logs_in_without_an_auth_section);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
