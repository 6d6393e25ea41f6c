/* SPDX-License-Identifier: ISC */
/* Logins, as vncbridgectl asks for them: who may, and what comes of it. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/master/control/control.h"
#include "daemon/master/control/control_logins.h"
#include "tests/unit/breach.h"
#include "tests/unit/control_rig.h"

static void
ask_logout(int fd, const char *user)
{
	static union proto_any body;

	memset(&body, 0, sizeof(body));
	body.ctl_logout.proto_version = PROTO_VERSION;
	strcpy(body.ctl_logout.user, user);
	ck_assert_int_eq(breach_say(fd, MSG_CTL_LOGOUT, &body, -1), 0);
	rig_run();
}

static void
expect_logins(int fd, enum ctl_code code)
{
	ck_assert_int_eq(rig_read_answer(fd), MSG_CTL_LOGINS_ARE);
	ck_assert_uint_eq(rig_any.ctl_logins_are.code, code);
}

static void
expect_logged_out(int fd, enum ctl_code code, uint32_t count)
{
	ck_assert_int_eq(rig_read_answer(fd), MSG_CTL_LOGGED_OUT);
	ck_assert_uint_eq(rig_any.ctl_logged_out.code, code);
	ck_assert_uint_eq(rig_any.ctl_logged_out.count, count);
}

START_TEST(control_passes_on_what_auth_says_of_logins)
{
	struct msg_logins_are are;
	struct msg_expelled expelled;
	int fd;

	rig_start();
	rig.has_auth = 1;
	fd = rig_dial();
	rig_ask(fd, MSG_CTL_LOGINS);
	ck_assert_uint_eq(rig.logins, 1);
	memset(&are, 0, sizeof(are));
	are.cookie = rig.cookies[0];
	are.count = 1;
	strcpy(are.entries[0].name, "alice");
	control_on_logins_are(rig.control, &are);
	expect_logins(fd, CTL_DONE);
	ck_assert_str_eq(
	    rig_any.ctl_logins_are.logins.entries[0].name, "alice");
	ask_logout(fd, "alice");
	ck_assert_str_eq(rig.user, "alice");
	memset(&expelled, 0, sizeof(expelled));
	expelled.cookie = rig.cookies[0];
	expelled.count = 3;
	control_on_expelled(rig.control, &expelled);
	expect_logged_out(fd, CTL_DONE, 3);
	close(fd);
	rig_stop();
}
END_TEST

START_TEST(control_says_why_there_are_no_logins)
{
	int fd;

	rig_start();
	fd = rig_dial();
	rig_ask(fd, MSG_CTL_LOGINS); /* nobody logs in here */
	expect_logins(fd, CTL_FAILED);
	ask_logout(fd, "alice");
	expect_logged_out(fd, CTL_FAILED, 0);
	rig.has_auth = rig.has_no_auth = 1; /* it is just being replaced */
	rig_ask(fd, MSG_CTL_LOGINS);
	expect_logins(fd, CTL_BUSY);
	ask_logout(fd, "alice");
	expect_logged_out(fd, CTL_BUSY, 0);
	rig.has_no_auth = 0; /* it dies with the question */
	rig_ask(fd, MSG_CTL_LOGINS);
	control_on_lost(rig.control, ROLE_AUTH);
	expect_logins(fd, CTL_BUSY);
	ask_logout(fd, "alice");
	control_on_lost(rig.control, ROLE_AUTH);
	expect_logged_out(fd, CTL_BUSY, 0);
	close(fd);
	rig_stop();
}
END_TEST

/* A broker that dies answers no question that auth was asked, and so on. */
START_TEST(control_tells_auths_answers_from_the_brokers)
{
	struct msg_logins_are are;
	int fd, other;

	rig_start();
	rig.has_auth = 1;
	fd = rig_dial();
	other = rig_dial();
	rig_ask(fd, MSG_CTL_LOGINS);
	memset(&are, 0, sizeof(are));
	are.cookie = rig.cookies[0];
	rig_ask(other, MSG_CTL_SESSIONS);
	memset(&rig_any, 0, sizeof(rig_any));
	rig_any.listed.cookie = are.cookie; /* not what was asked of it */
	control_on_listed(rig.control, &rig_any.listed);
	control_on_lost(rig.control, ROLE_KEEPER);
	control_on_lost(rig.control, ROLE_WORKER);
	control_on_lost(rig.control, ROLE_BROKER);
	ck_assert_int_eq(rig_read_answer(other), MSG_CTL_SESSIONS_ARE);
	control_on_logins_are(rig.control, &are);
	expect_logins(fd, CTL_DONE);
	/* and what nobody waits for any more is nobody's */
	control_on_logins_are(rig.control, &are);
	are.cookie = 0;
	control_on_logins_are(rig.control, &are);
	rig_run();
	ck_assert(!rig_is_closed(fd));
	close(fd);
	close(other);
	rig_stop();
}
END_TEST

START_TEST(control_takes_one_question_for_logins_at_a_time)
{
	union proto_any body;
	int fd;

	rig_start();
	rig.has_auth = 1;
	fd = rig_dial();
	rig_ask(fd, MSG_CTL_LOGINS);
	rig_ask(fd, MSG_CTL_SESSIONS);
	ck_assert(rig_is_closed(fd));
	fd = rig_dial();
	memset(&body, 'a', sizeof(body));
	body.ctl_logout.proto_version = PROTO_VERSION;
	ck_assert_int_eq(breach_say(fd, MSG_CTL_LOGOUT, &body, -1), 0);
	rig_run();
	ck_assert(rig_is_closed(fd));
	ck_assert_uint_eq(rig.expels, 0);
	rig_stop();
}
END_TEST

static Suite *
logins_suite(void)
{
	Suite *suite = suite_create("control_logins");
	TCase *tc = tcase_create("control_logins");

	tcase_add_test(tc, control_passes_on_what_auth_says_of_logins);
	tcase_add_test(tc, control_says_why_there_are_no_logins);
	tcase_add_test(tc, control_tells_auths_answers_from_the_brokers);
	tcase_add_test(tc, control_takes_one_question_for_logins_at_a_time);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(logins_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
