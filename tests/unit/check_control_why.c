/* SPDX-License-Identifier: ISC */
/* What somebody may open, as vncbridgectl asks: whom the master asks, when. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/master/control/control.h"
#include "daemon/master/control/control_why.h"
#include "tests/unit/breach.h"
#include "tests/unit/control_rig.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define CLIENT	 "192.0.2.7"

static void
fill_question(union proto_any *body, const char *user)
{
	memset(body, 0, sizeof(*body));
	body->ctl_why.proto_version = PROTO_VERSION;
	ck_assert_int_eq(addr_parse_ip(CLIENT, &body->ctl_why.client), 0);
	strcpy(body->ctl_why.user, user);
	strcpy(body->ctl_why.target, "lab1");
}

static void
ask(int fd, const char *user)
{
	static union proto_any body;

	fill_question(&body, user);
	ck_assert_int_eq(breach_say(fd, MSG_CTL_WHY, &body, -1), 0);
	rig_run();
}

static void
say_groups(enum groups_state state, const char *text)
{
	struct msg_groups groups = {.cookie = rig.whose.cookie, .state = state};

	strcpy(groups.groups, text);
	control_on_groups(rig.control, &groups);
}

static void
say_whyed(uint32_t code, const char *rule)
{
	struct msg_whyed whyed = {
	    .cookie = rig.why.cookie, .code = code, .line = 41};

	strcpy(whyed.rule, rule);
	control_on_whyed(rig.control, &whyed);
}

static const struct msg_ctl_why_is *
expect(int fd, enum ctl_code code)
{
	ck_assert_int_eq(rig_read_answer(fd), MSG_CTL_WHY_IS);
	ck_assert_uint_eq(rig_any.ctl_why_is.code, code);
	return &rig_any.ctl_why_is;
}

START_TEST(control_asks_auth_and_then_the_broker)
{
	const struct msg_ctl_why_is *is;
	int fd;

	rig_start();
	rig.has_auth = 1;
	fd = rig_dial();
	ask(fd, "alice");
	ck_assert_uint_eq(rig.whoses, 1);
	ck_assert_uint_eq(rig.whys, 0);
	ck_assert_str_eq(rig.whose.user, "alice");
	say_groups(GROUPS_ARE, "staff,lab");
	ck_assert_uint_eq(rig.whys, 1);
	ck_assert_str_eq(rig.why.user, "alice");
	ck_assert_str_eq(rig.why.groups, "staff,lab");
	ck_assert_str_eq(rig.why.target, "lab1");
	say_whyed(0, "access staff");
	is = expect(fd, CTL_DONE);
	ck_assert_uint_eq(is->has_no_logins, 0);
	ck_assert_uint_eq(is->whyed.code, 0);
	ck_assert_uint_eq(is->whyed.line, 41);
	ck_assert_str_eq(is->whyed.rule, "access staff");
	ck_assert_str_eq(is->file, RIG_FILE);
	ask(fd, "bob"); /* and so on */
	ck_assert_uint_eq(rig.whoses, 2);
	close(fd);
	rig_stop();
}
END_TEST

/* Who has not logged in, and where nobody does. */
START_TEST(control_asks_the_broker_alone_of_nobody)
{
	const struct msg_ctl_why_is *is;
	int fd;

	rig_start();
	rig.has_auth = _i;
	fd = rig_dial();
	ask(fd, "");
	ck_assert_uint_eq(rig.whoses, 0);
	ck_assert_str_eq(rig.why.user, "");
	say_whyed(4521, "");
	is = expect(fd, CTL_DONE);
	ck_assert_uint_eq(is->has_no_logins, (uint32_t)!_i);
	ck_assert_uint_eq(is->whyed.code, 4521);
	rig.has_auth = 0;
	ask(fd, "alice");
	ck_assert_uint_eq(rig.whoses, 0);
	ck_assert_uint_eq(rig.whys, 2);
	close(fd);
	rig_stop();
}
END_TEST

START_TEST(control_says_that_there_is_no_such_user)
{
	static const char *const words[] = {
	    [GROUPS_UNKNOWN] = "no user has that name",
	    [GROUPS_LOCKED] = "that user is locked, and can't log in"};
	const struct msg_ctl_why_is *is;
	int fd;

	rig_start();
	rig.has_auth = 1;
	fd = rig_dial();
	ask(fd, "mallory");
	say_groups((enum groups_state)_i, "");
	is = expect(fd, CTL_DONE);
	ck_assert_uint_eq(is->whyed.code, 4521);
	ck_assert_str_eq(is->whyed.why, words[_i]);
	ck_assert_uint_eq(rig.whys, 0);
	close(fd);
	rig_stop();
}
END_TEST

START_TEST(control_says_to_ask_again_when_one_of_them_is_lost)
{
	int fd;

	rig_start();
	rig.has_auth = rig.has_no_auth = 1;
	fd = rig_dial();
	ask(fd, "alice");
	expect(fd, CTL_BUSY);
	rig.has_no_auth = 0;
	ask(fd, "alice");
	control_on_lost(rig.control, ROLE_BROKER); /* it was not asked yet */
	control_on_lost(rig.control, ROLE_AUTH);
	expect(fd, CTL_BUSY);
	say_groups(GROUPS_ARE, ""); /* too late */
	ck_assert_uint_eq(rig.whys, 0);
	ask(fd, "alice");
	say_groups(GROUPS_ARE, "");
	control_on_lost(rig.control, ROLE_AUTH);
	control_on_lost(rig.control, ROLE_BROKER);
	expect(fd, CTL_BUSY);
	say_whyed(0, "");
	rig.has_no_broker = 1;
	ask(fd, "alice");
	say_groups(GROUPS_ARE, "");
	expect(fd, CTL_BUSY);
	rig_expect_status(fd);
	close(fd);
	rig_stop();
}
END_TEST

/* It goes while it waits: nobody hears the answer. */
START_TEST(control_forgets_who_has_gone)
{
	int fd, other;

	rig_start();
	rig.has_auth = 1;
	fd = rig_dial();
	ask(fd, "alice");
	close(fd);
	rig_run();
	say_groups(GROUPS_ARE, "");
	ck_assert_uint_eq(rig.whys, 0);
	other = rig_dial();
	ask(other, "alice");
	say_groups(GROUPS_ARE, "");
	close(other);
	rig_run();
	say_whyed(0, "");
	rig_stop();
}
END_TEST

static void
break_user(union proto_any *body)
{
	memset(body->ctl_why.user, 'a', sizeof(body->ctl_why.user));
}

static void
break_target(union proto_any *body)
{
	memset(body->ctl_why.target, 'a', sizeof(body->ctl_why.target));
}

static void
break_family(union proto_any *body)
{
	body->ctl_why.client.family = 5;
}

static void
clear_family(union proto_any *body)
{
	body->ctl_why.client.family = ADDR_NONE;
}

static void (*const breaks[])(union proto_any *body) = {
    break_user, break_target, break_family, clear_family};

START_TEST(control_drops_who_breaks_the_rules)
{
	static union proto_any body;
	int fd;

	rig_start();
	fd = rig_dial();
	fill_question(&body, "alice");
	breaks[_i](&body);
	ck_assert_int_eq(breach_say(fd, MSG_CTL_WHY, &body, -1), 0);
	rig_run();
	ck_assert(rig_is_closed(fd));
	ck_assert_uint_eq(rig.whys, 0);
	close(fd);
	rig_stop();
}
END_TEST

START_TEST(control_takes_one_question_at_a_time)
{
	int fd;

	rig_start();
	fd = rig_dial();
	ask(fd, "");
	ask(fd, "");
	ck_assert(rig_is_closed(fd));
	close(fd);
	rig_stop();
}
END_TEST

START_TEST(control_answers_another_version_with_its_own)
{
	static union proto_any body;
	int fd;

	rig_start();
	fd = rig_dial();
	fill_question(&body, "");
	body.ctl_why.proto_version++;
	ck_assert_int_eq(breach_say(fd, MSG_CTL_WHY, &body, -1), 0);
	rig_run();
	ck_assert_uint_eq(expect(fd, CTL_FAILED)->proto_version, PROTO_VERSION);
	ck_assert_uint_eq(rig.whys, 0);
	close(fd);
	rig_stop();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("control");
	TCase *tc = tcase_create("why");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, control_asks_auth_and_then_the_broker);
	tcase_add_loop_test(tc, control_asks_the_broker_alone_of_nobody, 0, 2);
	tcase_add_loop_test(tc, control_says_that_there_is_no_such_user,
	    GROUPS_UNKNOWN, GROUPS_LOCKED + 1);
	tcase_add_test(tc, control_says_to_ask_again_when_one_of_them_is_lost);
	tcase_add_test(tc, control_forgets_who_has_gone);
	tcase_add_loop_test(
	    tc, control_drops_who_breaks_the_rules, 0, COUNT(breaks));
	tcase_add_test(tc, control_takes_one_question_at_a_time);
	tcase_add_test(tc, control_answers_another_version_with_its_own);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
