/* SPDX-License-Identifier: ISC */
/* The names of a user and of groups, as providers write them. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/auth/oidc/claims.h"
#include "daemon/auth/oidc/start.h"
#include "daemon/auth/users.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT_MAX 65536
#define NAME_63 \
	"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

static json_t *o;
static const char *fault;

static int
is_name(const char *name, void *arg)
{
	(void)arg;
	return users_is_name(name);
}

static const struct claims_names names = {.is_name = is_name};

static void
setup(void)
{
	ck_assert_int_eq(oidc_start(), 0);
}

static void
parse(const char *text)
{
	ck_assert_int_eq(object_parse(text, strlen(text), &o), 0);
}

static const struct {
	const char *claims, *name;
	const char *user; /* NULL: refused */
	int result;
} users[] = {
    {"{\"sub\":\"alice\"}", "sub", "alice", 0},
    {"{\"preferred_username\":\"a.b-c_d@x\"}", "preferred_username",
	"a.b-c_d@x", 0},
    {"{\"u\":\"" NAME_63 "\"}", "u", NAME_63, 0},
    {"{\"a\":{\"b\":\"alice\"}}", "a.b", "alice", 0},
    {"{\"https://x.example/u\":\"alice\"}", "https://x.example/u", "alice", 0},
    {"{\"email\":\"a@b\",\"email_verified\":true}", "email", "a@b", 0},
    {"{\"email\":\"a@b\",\"email_verified\":\"true\"}", "email", "a@b", 0},
    {"{\"upn\":\"a@b\",\"email_verified\":false}", "upn", "a@b", 0},
    {"{}", "sub", NULL, VB_ENOTFOUND},
    {"{\"sub\":null}", "sub", NULL, VB_ENOTFOUND},
    {"{\"Sub\":\"alice\"}", "sub", NULL, VB_ENOTFOUND},
    {"{\"sub\":1}", "sub", NULL, VB_ESYNTAX},
    {"{\"sub\":[\"alice\"]}", "sub", NULL, VB_ESYNTAX},
    {"{\"sub\":{}}", "sub", NULL, VB_ESYNTAX},
    {"{\"sub\":\"\"}", "sub", NULL, VB_ESYNTAX},
    {"{\"sub\":\"-a\"}", "sub", NULL, VB_ESYNTAX},
    {"{\"sub\":\"@staff\"}", "sub", NULL, VB_ESYNTAX},
    {"{\"sub\":\"alice bob\"}", "sub", NULL, VB_ESYNTAX},
    {"{\"sub\":\"alice\\nbob\"}", "sub", NULL, VB_ESYNTAX},
    {"{\"sub\":\"a,b\"}", "sub", NULL, VB_ESYNTAX},
    {"{\"sub\":\"\xd0\xb0lice\"}", "sub", NULL, VB_ESYNTAX},
    {"{\"sub\":\"" NAME_63 "l\"}", "sub", NULL, VB_ESYNTAX},
    {"{\"email\":\"a@b\"}", "email", NULL, VB_ESYNTAX},
    {"{\"email\":\"a@b\",\"email_verified\":false}", "email", NULL, VB_ESYNTAX},
    {"{\"email\":\"a@b\",\"email_verified\":\"false\"}", "email", NULL,
	VB_ESYNTAX},
    {"{\"email\":\"a@b\",\"email_verified\":0}", "email", NULL, VB_ESYNTAX},
    {"{\"email\":\"a@b\",\"email_verified\":[]}", "email", NULL, VB_ESYNTAX},
};

START_TEST(a_user_is_a_name_that_is_taken)
{
	const char *user;

	parse(users[_i].claims);
	ck_assert_int_eq(claims_user(o, users[_i].name, &names, &user, &fault),
	    users[_i].result);
	if (users[_i].user != NULL)
		ck_assert_str_eq(user, users[_i].user);
	else
		ck_assert_ptr_null(user);
	ck_assert((fault == NULL) == (users[_i].result == 0));
	json_decref(o);
}
END_TEST

static const struct {
	const char *claims, *name, *text;
	unsigned count, left_out;
} groups[] = {
    {"{}", "groups", "", 0, 0},
    {"{\"groups\":null}", "groups", "", 0, 0},
    {"{\"groups\":[]}", "groups", "", 0, 0},
    {"{\"groups\":[\"a\",\"b\"]}", "groups", "a,b", 2, 0},
    {"{\"groups\":\"a\"}", "groups", "a", 1, 0},
    {"{\"groups\":\"a,b\"}", "groups", "", 0, 1},
    {"{\"groups\":\"a b\"}", "groups", "", 0, 1},
    {"{\"groups\":[\"a\",\"ab\",\"a\",\"b\",\"ab\"]}", "groups", "a,ab,b", 3,
	0},
    {"{\"groups\":[\"/staff\",\"/staff/it\",\"//x\",\"/\",\"staff\"]}",
	"groups", "staff", 1, 3},
    {"{\"groups\":[\"\",\"-a\",\"@a\",\"a,b\",\"a:b\",\"ok\",1,null,[\"x\"],{}]"
     "}",
	"groups", "ok", 1, 9},
    {"{\"groups\":[\"Domain Users\",\"CN=x,DC=y\",\"it\"]}", "groups", "it", 1,
	2},
    {"{\"groups\":[\"" NAME_63 "\",\"" NAME_63 "x\"]}", "groups", NAME_63, 1,
	1},
    {"{\"realm_access\":{\"roles\":[\"a\"]}}", "realm_access.roles", "a", 1, 0},
    {"{\"realm_access.roles\":[\"b\"],\"realm_access\":{\"roles\":[\"a\"]}}",
	"realm_access.roles", "b", 1, 0},
    {"{\"resource_access\":{\"bridge\":{\"roles\":[\"a\"]}}}",
	"resource_access.bridge.roles", "a", 1, 0},
    {"{\"a\":{\"b.c\":[\"d\"]}}", "a.b.c", "d", 1, 0},
    {"{\"realm_access\":{\"roles\":[\"a\"]}}", "realm_access.other", "", 0, 0},
    {"{\"realm_access\":[\"a\"]}", "realm_access.roles", "", 0, 0},
    {"{\"realm_access\":\"a\"}", "realm_access.roles", "", 0, 0},
    {"{\"a\":{\"\":[\"b\"]}}", "a.", "b", 1, 0},
    {"{\"a\":[\"b\"]}", ".", "", 0, 0},
    {"{\"https://x.example/groups\":[\"a\"]}", "https://x.example/groups", "a",
	1, 0},
};

START_TEST(groups_are_names_that_are_taken)
{
	struct claims_groups out;

	parse(groups[_i].claims);
	ck_assert_int_eq(
	    claims_groups(o, groups[_i].name, &names, &out, &fault), 0);
	ck_assert_str_eq(out.list.text, groups[_i].text);
	ck_assert_uint_eq(out.list.count, groups[_i].count);
	ck_assert_uint_eq(out.left_out, groups[_i].left_out);
	ck_assert_ptr_null(fault);
	json_decref(o);
}
END_TEST

static const char *const no_groups[] = {"{\"groups\":1}", "{\"groups\":true}",
    "{\"groups\":{\"a\":1}}", "{\"groups\":1.5}"};

START_TEST(a_claim_of_another_type_is_refused)
{
	struct claims_groups out;

	parse(no_groups[_i]);
	ck_assert_int_eq(
	    claims_groups(o, "groups", &names, &out, &fault), VB_ESYNTAX);
	ck_assert_str_eq(out.list.text, "");
	ck_assert_ptr_nonnull(fault);
	json_decref(o);
}
END_TEST

/* count groups of len characters */
static void
parse_many(size_t count, int len)
{
	static char text[TEXT_MAX];
	size_t i, used = 0;

	used += (size_t)sprintf(text, "{\"groups\":[");
	for (i = 0; i < count; i++)
		used += (size_t)sprintf(
		    text + used, "%s\"g%0*zu\"", i > 0 ? "," : "", len - 1, i);
	strcpy(text + used, "]}");
	parse(text);
}

static const struct {
	size_t count;
	int len;
	int result;
} many[] = {
    {64, 7, 0}, /* 64 * 8 - 1: 511 bytes */
    {65, 7, VB_ERANGE},
    {8, 63, 0},
    {9, 63, VB_ERANGE},
};

START_TEST(more_groups_than_fit_are_refused_as_a_whole)
{
	struct claims_groups out;

	parse_many(many[_i].count, many[_i].len);
	ck_assert_int_eq(
	    claims_groups(o, "groups", &names, &out, &fault), many[_i].result);
	ck_assert_uint_eq(
	    out.list.count + out.list.lost, (unsigned)many[_i].count);
	ck_assert_int_eq(out.list.lost > 0, many[_i].result != 0);
	if (many[_i].result != 0)
		ck_assert_str_eq(out.list.text, "");
	json_decref(o);
}
END_TEST

static int
is_wanted(const char *name, void *arg)
{
	return strcmp(name, arg) == 0;
}

START_TEST(who_asks_may_leave_groups_out)
{
	struct claims_groups out;
	char wanted[] = "g0003990";
	const struct claims_names few = {.is_name = is_wanted, .arg = wanted};

	parse_many(4000, 8);
	ck_assert_int_eq(claims_groups(o, "groups", &few, &out, &fault), 0);
	ck_assert_str_eq(out.list.text, wanted);
	ck_assert_uint_eq(out.left_out, 3999);
	json_decref(o);
	parse_many(CLAIMS_ITEMS_MAX + 1, 5);
	ck_assert_int_eq(
	    claims_groups(o, "groups", &few, &out, &fault), VB_ERANGE);
	json_decref(o);
}
END_TEST

static int
is_anything(const char *name, void *arg)
{
	(void)name;
	(void)arg;
	return 1;
}

START_TEST(no_name_is_longer_than_a_message_or_two_groups)
{
	const struct claims_names all = {.is_name = is_anything};
	struct claims_groups out;
	const char *user;

	parse("{\"u\":\"" NAME_63 "l\",\"groups\":[\"a,b\",\"\",\"" NAME_63
	      "l\",\"c d\"]}");
	ck_assert_int_eq(claims_groups(o, "groups", &all, &out, &fault), 0);
	ck_assert_str_eq(out.list.text, "c d");
	ck_assert_uint_eq(out.left_out, 3);
	ck_assert_int_eq(claims_user(o, "u", &all, &user, &fault), VB_ESYNTAX);
	json_decref(o);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("oidc_claims");
	TCase *tc = tcase_create("oidc_claims");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(
	    tc, a_user_is_a_name_that_is_taken, 0, (int)COUNT(users));
	tcase_add_loop_test(
	    tc, groups_are_names_that_are_taken, 0, (int)COUNT(groups));
	tcase_add_loop_test(
	    tc, a_claim_of_another_type_is_refused, 0, (int)COUNT(no_groups));
	tcase_add_loop_test(tc, more_groups_than_fit_are_refused_as_a_whole, 0,
	    (int)COUNT(many));
	tcase_add_test(tc, who_asks_may_leave_groups_out);
	tcase_add_test(tc, no_name_is_longer_than_a_message_or_two_groups);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
