/* SPDX-License-Identifier: ISC */
/* People whom a proxy names: one login for each, from each address. */
#include <sys/mman.h>

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/auth/named.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct login_desk desk;
static struct msg_conf_header header = {.user = "X-Remote-User"};
static uint8_t cookie[LOGIN_COOKIE_BYTES];
static char why[NAMED_WHY_MAX];
static int is_new;

static void
setup(void)
{
	static const char *const kept[] = {"a", "b", "f", "students", "staff"};
	int file = memfd_create("logins", MFD_CLOEXEC);
	size_t i;

	ck_assert_int_ne(file, -1);
	ck_assert_int_eq(ftruncate(file, (off_t)logins_file_bytes()), 0);
	ck_assert_int_eq(logins_open(file, &desk.logins), 0);
	close(file);
	desk.has_header = 1;
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		ck_assert_int_eq(
		    group_names_add(&desk.group_names, kept[i]), 0);
	ck_assert_int_eq(named_prove(&header, desk.header_proof), 0);
}

static void
teardown(void)
{
	logins_close(desk.logins);
	group_names_clear(&desk.group_names);
	users_free((struct users *)(uintptr_t)desk.users);
}

static const struct login_record *
name_from(const char *address, const char *name, const char *groups)
{
	struct addr client;

	ck_assert_int_eq(addr_parse_ip(address, &client), 0);
	return named_login(&desk, &client, name, groups, cookie, &is_new, why);
}

START_TEST(who_is_named_again_has_the_same_login)
{
	const struct login_record *login, *again;
	uint8_t first[LOGIN_COOKIE_BYTES];

	login = name_from("192.0.2.1", "alice", "students");
	ck_assert_ptr_nonnull(login);
	ck_assert_int_eq(is_new, 1);
	ck_assert_str_eq(login->name, "alice");
	ck_assert_uint_eq(login->kind, LOGIN_BY_HEADER);
	memcpy(first, cookie, sizeof(first));
	again = name_from("192.0.2.1", "alice", "students");
	ck_assert_ptr_eq(again, login);
	ck_assert_int_eq(is_new, 0);
	ck_assert_mem_eq(first, cookie, sizeof(first));
	ck_assert_ptr_null(login_fault(&desk, login));
}
END_TEST

static const struct {
	const char *address, *name, *groups;
} others[] = {
    {"192.0.2.2", "alice", "students"},
    {"2001:db8::1", "alice", "students"},
    {"192.0.2.1", "bob", "students"},
    {"192.0.2.1", "alice", ""},
    {"192.0.2.1", "alice", "students,staff"},
};

START_TEST(somebody_else_has_another)
{
	const struct login_record *login =
	    name_from("192.0.2.1", "alice", "students");

	ck_assert_ptr_ne(
	    name_from(others[_i].address, others[_i].name, others[_i].groups),
	    login);
	ck_assert_int_eq(is_new, 1);
	ck_assert_uint_eq(logins_count(desk.logins), 2);
}
END_TEST

static const struct {
	const char *text, *groups;
} lists[] = {
    {"", ""},
    {"a", "a"},
    {"a,b", "a,b"},
    {" a , b ", "a,b"},
    {",,a,,", "a"},
    {"a\t,\tb", "a,b"},
    {"a,-b,@c,d e,f", "a,f"},
    {"\xff,a", "a"},
};

START_TEST(groups_are_names_with_commas)
{
	const struct login_record *login =
	    name_from("192.0.2.1", "alice", lists[_i].text);

	ck_assert_ptr_nonnull(login);
	ck_assert_str_eq(login->groups, lists[_i].groups);
}
END_TEST

/* Sixty groups are nothing unusual; what an access section names, is kept. */
START_TEST(groups_that_no_section_names_take_no_room)
{
	char text[AUTH_CLAIMED_MAX] = "", name[64];
	const struct login_record *login;
	unsigned i;

	for (i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "a-group-of-the-directory-%u,", i);
		strlcat(text, name, sizeof(text));
	}
	ck_assert_uint_gt(strlen(text), AUTH_GROUPS_MAX);
	strlcat(text, "staff,students,staff", sizeof(text));
	login = name_from("192.0.2.1", "alice", text);
	ck_assert_ptr_nonnull(login);
	ck_assert_str_eq(login->groups, "staff,students");
}
END_TEST

START_TEST(more_groups_than_fit_are_no_login)
{
	char text[AUTH_CLAIMED_MAX] = "", name[64];
	unsigned i;

	for (i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "named-%u", i);
		ck_assert_int_eq(group_names_add(&desk.group_names, name), 0);
		strlcat(text, name, sizeof(text));
		strlcat(text, ",", sizeof(text));
	}
	ck_assert_ptr_null(name_from("192.0.2.1", "alice", text));
	ck_assert_str_eq(
	    why, "60 groups that access sections name: more than fit");
	ck_assert_uint_eq(logins_count(desk.logins), 0);
}
END_TEST

static const char *const no_names[] = {
    "", "-a", "@a", "a b", "a,b", "a:b", "\xc3\xa4", "a\n"};

START_TEST(what_is_no_name_is_nobody)
{
	ck_assert_ptr_null(name_from("192.0.2.1", no_names[_i], ""));
	ck_assert_str_eq(why, "that is no user's name");
	ck_assert_uint_eq(logins_count(desk.logins), 0);
}
END_TEST

START_TEST(whom_the_users_file_locks_is_nobody)
{
	static const char text[] =
	    "alice:!$y$j75$2S4j0MIUdLYdsyTSh8eVA."
	    "$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa::\n";
	const struct login_record *login = name_from("192.0.2.1", "alice", "");
	struct users_fault fault;
	struct users *users;

	ck_assert_int_eq(
	    users_parse(text, sizeof(text) - 1, &users, &fault), 0);
	desk.users = users;
	ck_assert_str_eq(login_fault(&desk, login), "your account was locked");
	ck_assert_ptr_null(name_from("192.0.2.1", "alice", ""));
	ck_assert_str_eq(why, "the account is locked");
	ck_assert_ptr_nonnull(name_from("192.0.2.1", "bob", ""));
}
END_TEST

START_TEST(another_configuration_ends_it)
{
	static const struct msg_conf_header other = {.user = "X-Other"};
	const struct login_record *login = name_from("192.0.2.1", "alice", "");

	ck_assert_int_eq(named_prove(&other, desk.header_proof), 0);
	ck_assert_str_eq(login_fault(&desk, login),
	    "your way to log in was removed or changed");
	ck_assert_int_eq(named_prove(&header, desk.header_proof), 0);
	ck_assert_ptr_null(login_fault(&desk, login));
	desk.has_header = 0;
	ck_assert_ptr_nonnull(login_fault(&desk, login));
	ck_assert_ptr_null(name_from("192.0.2.1", "alice", ""));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("named");
	TCase *tc = tcase_create("named");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, who_is_named_again_has_the_same_login);
	tcase_add_loop_test(tc, somebody_else_has_another, 0, COUNT(others));
	tcase_add_loop_test(tc, groups_are_names_with_commas, 0, COUNT(lists));
	tcase_add_test(tc, groups_that_no_section_names_take_no_room);
	tcase_add_test(tc, more_groups_than_fit_are_no_login);
	tcase_add_loop_test(tc, what_is_no_name_is_nobody, 0, COUNT(no_names));
	tcase_add_test(tc, whom_the_users_file_locks_is_nobody);
	tcase_add_test(tc, another_configuration_ends_it);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
