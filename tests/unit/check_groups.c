/* SPDX-License-Identifier: ISC */
/* Which groups of somebody are kept: those that the configuration names. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/login.h"

#define HASH	  "$y$j75$2S4j0MIUdLYdsyTSh8eVA.$" HASH_43
#define HASH_43	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define MANY	  60
#define NAMES_MAX 200

static struct login_desk desk;
static struct users *users;

static void
name_group(const char *name)
{
	ck_assert_int_eq(group_names_add(&desk.group_names, name), 0);
}

/* bob, of students, MANY groups with the longest names there are, and staff */
static void
setup(void)
{
	char text[8192];
	struct users_fault fault;
	size_t n;
	unsigned i;

	memset(&desk, 0, sizeof(desk));
	n = (size_t)snprintf(text, sizeof(text), "bob:" HASH ":students");
	for (i = 0; i < MANY; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, ",%063u", i);
	n += (size_t)snprintf(text + n, sizeof(text) - n, ",staff:\n");
	ck_assert_int_eq(users_parse(text, n, &users, &fault), 0);
	desk.users = users;
}

static void
teardown(void)
{
	users_free(users);
	group_names_clear(&desk.group_names);
}

START_TEST(names_are_found_each_once)
{
	char name[32];
	unsigned i;

	for (i = 0; i < 3 * NAMES_MAX; i++) {
		/* in no order, each of them three times */
		snprintf(name, sizeof(name), "g%u", i * 7 % NAMES_MAX);
		name_group(name);
	}
	ck_assert_uint_eq(desk.group_names.count, NAMES_MAX);
	for (i = 0; i < 2 * NAMES_MAX; i++) {
		snprintf(name, sizeof(name), "g%u", i);
		ck_assert_int_eq(
		    group_names_have(&desk.group_names, name), i < NAMES_MAX);
	}
	ck_assert_int_eq(group_names_have(&desk.group_names, ""), 0);
	ck_assert_int_eq(group_names_have(&desk.group_names, "g"), 0);
	group_names_clear(&desk.group_names);
	ck_assert_int_eq(group_names_have(&desk.group_names, "g1"), 0);
}
END_TEST

START_TEST(groups_that_no_section_names_take_no_room)
{
	struct group_list groups;

	ck_assert_int_eq(
	    login_join_groups(&desk, users_at(users, 0), &groups), 1);
	ck_assert_str_eq(groups.text, "");
	name_group("staff");
	name_group("students");
	name_group("others");
	ck_assert_int_eq(
	    login_join_groups(&desk, users_at(users, 0), &groups), 1);
	ck_assert_str_eq(groups.text, "students,staff");
	ck_assert_uint_eq(groups.count, 2);
}
END_TEST

/* 8 of 63 bytes and their commas are 511. */
START_TEST(more_groups_than_fit_are_counted)
{
	struct group_list groups;
	char name[64];
	unsigned i;

	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "%063u", i);
		name_group(name);
		ck_assert_int_eq(
		    login_join_groups(&desk, users_at(users, 0), &groups),
		    i < 8);
		ck_assert_uint_eq(groups.count + groups.lost, i + 1);
	}
	ck_assert_uint_eq(groups.count, 8);
}
END_TEST

/* His line is as it was; of others nothing is known but what they said. */
START_TEST(after_a_reload_the_file_tells_the_groups)
{
	struct login_record login = {
	    .kind = LOGIN_BY_PASSWORD, .name = "bob", .groups = "students"};
	struct group_list groups;

	name_group("staff");
	login_groups(&desk, &login, &groups);
	ck_assert_str_eq(groups.text, "staff");
	login.kind = LOGIN_BY_OIDC;
	login_groups(&desk, &login, &groups);
	ck_assert_str_eq(groups.text, "students");
	login.kind = LOGIN_BY_BASIC;
	strcpy(login.name, "alice");
	login_groups(&desk, &login, &groups);
	ck_assert_str_eq(groups.text, "students");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("groups");
	TCase *tc = tcase_create("groups");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, names_are_found_each_once);
	tcase_add_test(tc, groups_that_no_section_names_take_no_room);
	tcase_add_test(tc, more_groups_than_fit_are_counted);
	tcase_add_test(tc, after_a_reload_the_file_tells_the_groups);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
