/* SPDX-License-Identifier: ISC */
/* Access sections: who is granted what, from where and when. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/broker/rights.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct rights *rights;

static void
setup(void)
{
	rights = rights_new();
	ck_assert_ptr_nonnull(rights);
}

static void
teardown(void)
{
	rights_free(rights);
}

/* A section; targets: names of configured ones begin with '='. */
static void
section(
    const char *name, const char *from, const char *targets, const char *times)
{
	struct msg_conf_access head = {.name = ""};
	struct msg_conf_access_target target;
	struct msg_conf_access_from net;
	char text[256], *word, *rest;

	strlcpy(head.name, name, sizeof(head.name));
	if (times[0] != '\0')
		ck_assert_int_eq(schedule_parse(times, &head.times), 0);
	ck_assert_int_eq(rights_begin(rights, &head), 0);
	strlcpy(text, from, sizeof(text));
	for (rest = text; (word = strsep(&rest, " ")) != NULL;) {
		if (word[0] == '\0')
			continue;
		memset(&net, 0, sizeof(net));
		ck_assert_int_eq(network_parse(word, &net.network), 0);
		ck_assert_int_eq(rights_add_from(rights, &net), 0);
	}
	strlcpy(text, targets, sizeof(text));
	for (rest = text; (word = strsep(&rest, " ")) != NULL;) {
		memset(&target, 0, sizeof(target));
		if (word[0] == '=')
			strlcpy(target.name, word + 1, sizeof(target.name));
		else
			ck_assert_int_eq(rule_parse(word, &target.rule), 0);
		ck_assert_int_eq(rights_add_target(rights, &target), 0);
	}
}

/* Monday, noon. */
static const struct tm noon = {.tm_wday = 1, .tm_hour = 12};

static const char *
grant_at(const struct tm *local, const char *client, const char *target,
    const char *host, const char *addr, uint16_t port)
{
	struct rights_question q = {.target = target,
	    .host = host,
	    .port = port,
	    .user = "",
	    .groups = ""};

	if (client[0] != '\0')
		ck_assert_int_eq(addr_parse_ip(client, &q.client), 0);
	if (addr[0] != '\0')
		ck_assert_int_eq(addr_parse_ip(addr, &q.addr), 0);
	return rights_grant(rights, &q, local, NULL);
}

static const char *
grant(const char *client, const char *target, const char *host,
    const char *addr, uint16_t port)
{
	return grant_at(&noon, client, target, host, addr, port);
}

static int
may_grant(const char *host, uint16_t port)
{
	struct rights_question q = {.target = "",
	    .host = host,
	    .port = port,
	    .user = "",
	    .groups = "",
	    .may_be_any = 1};

	return rights_grant(rights, &q, &noon, NULL) != NULL;
}

START_TEST(without_sections_all_is_granted)
{
	ck_assert_int_eq(rights_apply(rights), 0);
	ck_assert_str_eq(grant("192.0.2.1", "", "", "10.0.0.1", 22), "");
}
END_TEST

START_TEST(what_no_section_names_is_refused)
{
	section("lab", "", "=lab1 10.0.3.0/24:5900-5910 *.lab.example", "");
	ck_assert_int_eq(rights_apply(rights), 1);
	ck_assert_str_eq(grant("192.0.2.1", "lab1", "", "10.9.9.9", 22), "lab");
	ck_assert_str_eq(grant("192.0.2.1", "", "", "10.0.3.7", 5901), "lab");
	ck_assert_str_eq(
	    grant("192.0.2.1", "", "a.lab.example", "10.9.9.9", 5900), "lab");
	ck_assert_ptr_null(grant("192.0.2.1", "lab2", "", "10.9.9.9", 22));
	ck_assert_ptr_null(grant("192.0.2.1", "", "", "10.0.3.7", 5911));
	ck_assert_ptr_null(grant("192.0.2.1", "", "", "10.0.4.7", 5901));
	ck_assert_ptr_null(
	    grant("192.0.2.1", "", "lab.example", "10.9.9.9", 5900));
	ck_assert_ptr_null(grant("192.0.2.1", "", "", "2001:db8::1", 5901));
	/* before its address is known, a prefix only may grant it */
	ck_assert_int_eq(may_grant("x.example", 5901), 1);
	ck_assert_int_eq(may_grant("x.example", 22), 0);
	ck_assert_int_eq(may_grant("a.lab.example", 5999), 1);
	ck_assert_ptr_null(grant("192.0.2.1", "", "x.example", "", 5901));
}
END_TEST

START_TEST(from_is_where_the_client_is)
{
	section("lab", "10.0.0.0/8 2001:db8::/32", "*", "");
	ck_assert_str_eq(grant("10.1.2.3", "", "", "10.9.9.9", 22), "lab");
	ck_assert_str_eq(grant("2001:db8::7", "", "", "10.9.9.9", 22), "lab");
	ck_assert_ptr_null(grant("11.1.2.3", "", "", "10.9.9.9", 22));
	ck_assert_ptr_null(grant("2001:db9::7", "", "", "10.9.9.9", 22));
	/* a Unix socket's client has no address */
	ck_assert_ptr_null(grant("", "", "", "10.9.9.9", 22));
}
END_TEST

START_TEST(the_first_section_that_grants_counts)
{
	section("a", "10.0.0.0/8", "=lab1", "");
	section("b", "", "=lab1 =lab2", "");
	ck_assert_str_eq(grant("10.1.1.1", "lab1", "", "10.9.9.9", 22), "a");
	ck_assert_str_eq(grant("192.0.2.1", "lab1", "", "10.9.9.9", 22), "b");
	ck_assert_str_eq(grant("10.1.1.1", "lab2", "", "10.9.9.9", 22), "b");
}
END_TEST

START_TEST(times_are_local)
{
	struct tm local = noon;

	section("lab", "", "*", "Mon-Fri 08:00-20:00");
	ck_assert_str_eq(
	    grant_at(&local, "192.0.2.1", "", "", "10.9.9.9", 22), "lab");
	local.tm_hour = 20;
	ck_assert_ptr_null(
	    grant_at(&local, "192.0.2.1", "", "", "10.9.9.9", 22));
	local = noon;
	local.tm_wday = 0;
	ck_assert_ptr_null(
	    grant_at(&local, "192.0.2.1", "", "", "10.9.9.9", 22));
}
END_TEST

static uint64_t
sum_at(int wday, int hour, int min)
{
	struct tm local = {.tm_wday = wday, .tm_hour = hour, .tm_min = min};

	return rights_times_sum(rights, &local);
}

/* A board is over when its section begins or ends, and at no other time. */
START_TEST(a_sum_tells_when_a_time_begins_or_ends)
{
	uint64_t none, day, night, weekend;

	ck_assert_uint_eq(sum_at(1, 12, 0), sum_at(0, 3, 0));
	section("always", "", "*", "");
	ck_assert_uint_eq(sum_at(1, 12, 0), sum_at(0, 3, 0));
	section("day", "", "=lab1", "Mon-Fri 08:00-20:00");
	section("night", "", "=lab1", "Mon-Fri 22:00-24:00");
	section("weekend", "", "=lab2", "Sat-Sun 00:00-24:00");
	none = sum_at(1, 7, 59);
	day = sum_at(1, 8, 0);
	night = sum_at(1, 22, 0);
	weekend = sum_at(0, 12, 0);
	ck_assert_uint_eq(sum_at(5, 19, 59), day);
	ck_assert_uint_eq(sum_at(1, 20, 0), none);
	ck_assert_uint_eq(sum_at(3, 21, 59), none);
	ck_assert_uint_eq(sum_at(5, 23, 59), night);
	ck_assert_uint_eq(sum_at(6, 23, 59), weekend);
	/* which it is makes a difference, not only how many */
	ck_assert_uint_ne(none, day);
	ck_assert_uint_ne(none, night);
	ck_assert_uint_ne(none, weekend);
	ck_assert_uint_ne(day, night);
	ck_assert_uint_ne(day, weekend);
	ck_assert_uint_ne(night, weekend);
}
END_TEST

START_TEST(an_entry_is_as_one_of_allow)
{
	section("lab", "", "10.0.0.5 desk.example:5901 *:80", "");
	ck_assert_str_eq(grant("192.0.2.1", "", "", "10.0.0.5", 5999), "lab");
	ck_assert_ptr_null(grant("192.0.2.1", "", "", "10.0.0.5", 22));
	ck_assert_str_eq(
	    grant("192.0.2.1", "", "desk.example", "10.9.9.9", 5901), "lab");
	ck_assert_ptr_null(
	    grant("192.0.2.1", "", "desk.example", "10.9.9.9", 5902));
	ck_assert_str_eq(grant("192.0.2.1", "x", "y", "10.9.9.9", 80), "lab");
	ck_assert_ptr_null(grant("192.0.2.1", "x", "y", "10.9.9.9", 81));
}
END_TEST

START_TEST(who_has_no_section_is_known_before_a_target_is)
{
	struct rights_question q = {.user = "", .groups = ""};

	ck_assert_int_eq(addr_parse_ip("192.0.2.1", &q.client), 0);
	ck_assert_int_eq(rights_are_for(rights, &q, &noon), 1);
	section("lab", "10.0.0.0/8", "*", "");
	ck_assert_int_eq(rights_are_for(rights, &q, &noon), 0);
	section("night", "", "*", "22:00-06:00");
	ck_assert_int_eq(rights_are_for(rights, &q, &noon), 0);
	section("day", "", "=lab1", "06:00-22:00");
	ck_assert_int_eq(rights_are_for(rights, &q, &noon), 1);
}
END_TEST

/* Adds to the last section; a space between. */
static void
users(const char *names)
{
	struct msg_conf_access_user user;
	char text[256], *word, *rest = text;

	strlcpy(text, names, sizeof(text));
	while ((word = strsep(&rest, " ")) != NULL) {
		memset(&user, 0, sizeof(user));
		strlcpy(user.name, word, sizeof(user.name));
		ck_assert_int_eq(rights_add_user(rights, &user), 0);
	}
}

static const char *
grant_user(const char *user, const char *groups)
{
	struct rights_question q = {
	    .target = "lab1", .host = "", .user = user, .groups = groups};
	const char *section = rights_grant(rights, &q, &noon, NULL);

	ck_assert_int_eq(rights_are_for(rights, &q, &noon), section != NULL);
	return section;
}

START_TEST(users_are_named_or_in_a_group)
{
	section("lab", "", "=lab1", "");
	users("alice @students");
	ck_assert_str_eq(grant_user("alice", ""), "lab");
	ck_assert_str_eq(grant_user("bob", "students"), "lab");
	ck_assert_str_eq(grant_user("bob", "staff,students"), "lab");
	ck_assert_str_eq(grant_user("bob", "students,staff"), "lab");
	ck_assert_ptr_null(grant_user("bob", "staff"));
	ck_assert_ptr_null(grant_user("bob", "student,students2,xstudents"));
	ck_assert_ptr_null(grant_user("bob", "alice,@students"));
	ck_assert_ptr_null(grant_user("Alice", ""));
	ck_assert_ptr_null(grant_user("alic", ""));
	ck_assert_ptr_null(grant_user("students", ""));
	ck_assert_ptr_null(grant_user("@students", ""));
	/* nobody has logged in */
	ck_assert_ptr_null(grant_user("", ""));
	ck_assert_ptr_null(grant_user("", ",,"));
	section("all", "", "*", "");
	ck_assert_str_eq(grant_user("", ""), "all");
	ck_assert_str_eq(grant_user("alice", ""), "lab");
}
END_TEST

/* "NAME=COUNT", a space between: what each section has already. */
static unsigned
held(const void *arg, const char *name)
{
	char text[256], *word, *rest = text;
	size_t len = strlen(name);

	strlcpy(text, arg, sizeof(text));
	while ((word = strsep(&rest, " ")) != NULL)
		if (strncmp(word, name, len) == 0 && word[len] == '=')
			return (unsigned)atoi(word + len + 1);
	return 0;
}

static void
limited_section(const char *name, uint32_t max_sessions, const char *targets)
{
	struct msg_conf_access_target target = {.name = ""};
	struct msg_conf_access head = {.max_sessions = max_sessions};

	strlcpy(head.name, name, sizeof(head.name));
	ck_assert_int_eq(rights_begin(rights, &head), 0);
	strlcpy(target.name, targets, sizeof(target.name));
	ck_assert_int_eq(rights_add_target(rights, &target), 0);
}

static const struct {
	const char *target;
	const char *held;
	const char *section; /* NULL: none */
	int is_full;
} places[] = {
    {"lab1", "", "a", 0},
    {"lab1", "a=1", "a", 0},
    {"lab1", "a=2", "b", 0},
    {"lab1", "a=3 b=0", "b", 0},
    {"lab1", "a=2 b=1", NULL, 1},
    {"lab2", "a=2 b=1 c=900", "c", 0},
    {"lab3", "a=2 b=1", NULL, 0},
};

START_TEST(a_section_has_so_many_places)
{
	struct rights_question q = {.target = places[_i].target,
	    .host = "",
	    .user = "",
	    .groups = "",
	    .held = held,
	    .arg = places[_i].held};
	const char *section;
	const char *full = "";

	limited_section("a", 2, "lab1");
	limited_section("b", 1, "lab1");
	limited_section("c", 0, "lab2");
	section = rights_grant(rights, &q, &noon, &full);
	ck_assert_int_eq(full != NULL, places[_i].is_full);
	if (places[_i].section == NULL)
		ck_assert_ptr_null(section);
	else
		ck_assert_str_eq(section, places[_i].section);
}
END_TEST

START_TEST(what_makes_no_sense_is_refused)
{
	struct msg_conf_access head = {.times = {.count = 17}};
	struct msg_conf_access_from from = {.network = {.bits = 8}};
	struct msg_conf_access_target target = {.name = "a"};
	struct msg_conf_access_user user = {.name = "a"};

	/* before any section */
	ck_assert_int_eq(rights_add_user(rights, &user), VB_EBADMSG);
	ck_assert_int_eq(rights_add_target(rights, &target), VB_EBADMSG);
	ck_assert_int_eq(rights_begin(rights, &head), VB_EBADMSG);
	head.times.count = 0;
	memset(head.name, 'a', sizeof(head.name));
	ck_assert_int_eq(rights_begin(rights, &head), VB_EBADMSG);
	head.name[1] = '\0';
	ck_assert_int_eq(rights_begin(rights, &head), 0);
	ck_assert_int_eq(rights_add_from(rights, &from), VB_EBADMSG);
	memset(target.name, 'a', sizeof(target.name));
	ck_assert_int_eq(rights_add_target(rights, &target), VB_EBADMSG);
	memset(user.name, 'a', sizeof(user.name));
	ck_assert_int_eq(rights_add_user(rights, &user), VB_EBADMSG);
	/* else it would be nobody, or somebody of no group */
	strcpy(user.name, "");
	ck_assert_int_eq(rights_add_user(rights, &user), VB_EBADMSG);
	strcpy(user.name, "@");
	ck_assert_int_eq(rights_add_user(rights, &user), VB_EBADMSG);
	target.name[1] = '\0';
	memset(target.rule.name, 'a', sizeof(target.rule.name));
	ck_assert_int_eq(rights_add_target(rights, &target), VB_EBADMSG);
	/* a section of nothing grants nothing */
	ck_assert_ptr_null(grant("192.0.2.1", "a", "", "10.9.9.9", 22));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("rights");
	TCase *tc = tcase_create("rights");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, without_sections_all_is_granted);
	tcase_add_test(tc, what_no_section_names_is_refused);
	tcase_add_test(tc, from_is_where_the_client_is);
	tcase_add_test(tc, the_first_section_that_grants_counts);
	tcase_add_test(tc, times_are_local);
	tcase_add_test(tc, a_sum_tells_when_a_time_begins_or_ends);
	tcase_add_test(tc, an_entry_is_as_one_of_allow);
	tcase_add_test(tc, who_has_no_section_is_known_before_a_target_is);
	tcase_add_test(tc, users_are_named_or_in_a_group);
	tcase_add_loop_test(tc, a_section_has_so_many_places, 0, COUNT(places));
	tcase_add_test(tc, what_makes_no_sense_is_refused);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
