/* SPDX-License-Identifier: ISC */
/*
 * How long a session may last, and without a person's deed; the time is the
 * test's. The program is linked with --wrap, and hears what the page would.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/unit/inner_worker.h"
#include "worker/spine.h"
#include "worker/stages/limits.h"
#include "worker/stages/control.h"
#include "worker/stages/warn.h"

#define NO_LOGIN "RFB 003.008\n\1\1" /* None, shared */
#define REQUEST	 "\3\1\0\0\0\0\4\0\3\0"
#define KEY	 "\4\1\0\0\0\0\0a"
#define NONE	 1000 /* no kind: nothing was said */

static struct settings *const s = &inner.conf.settings;
static struct client *c;
static struct msg_opened opened;
static int far_end;
static uint64_t began_ms;
static unsigned said_kind, said_sec, said_count;

void __wrap_control_say_warning(
    struct client *client, uint32_t seconds, enum warn_kind kind);

void
__wrap_control_say_warning(
    struct client *client, uint32_t seconds, enum warn_kind kind)
{
	ck_assert_ptr_eq(client, c);
	said_kind = kind;
	said_sec = seconds;
	said_count++;
}

/* A session that relays, since began_ms. */
static void
begin(void)
{
	uint64_t max_ms;

	memcpy(c->greeting.bytes, "RFB 003.008\n", GREETING_BYTES);
	c->greeting.len = GREETING_BYTES;
	c->state = CLIENT_RELAY;
	limits_expect(c, &opened);
	max_ms = limits_begin(c);
	began_ms = c->input_ms;
	c->deadline_ms = max_ms == 0 ? 0 : began_ms + max_ms;
}

static void
setup(void)
{
	inner_start();
	s->warn_before_sec = 60;
	memset(&opened, 0, sizeof(opened));
	c = inner_give_client(1, &far_end);
	said_count = 0;
}

static void
teardown(void)
{
	c->state = CLIENT_OVER;
	inner_stop();
	close(far_end);
}

/* So long after the beginning. */
static int
check_at(unsigned sec)
{
	return limits_check(c, began_ms + (uint64_t)sec * MS_PER_SEC);
}

/* What the page has heard since the last question; "none" by NONE. */
static unsigned
heard(unsigned *sec)
{
	unsigned kind = said_count == 0 ? NONE : said_kind;

	ck_assert_uint_le(said_count, 1);
	*sec = said_sec;
	said_count = 0;
	return kind;
}

static void
expect(unsigned kind, unsigned sec)
{
	unsigned said;

	ck_assert_uint_eq(heard(&said), kind);
	if (kind != NONE)
		ck_assert_uint_eq(said, sec);
}

static void
note(const char *data, size_t len)
{
	c->input_ms = 1;
	limits_note_input(c, (const uint8_t *)data, len);
}

/* Of the setting, the target's own, and what holds. */
static const struct {
	uint32_t usual, own, sec; /* 0: none */
} rows[] = {
    {0, 0, 0},
    {600, 0, 600},
    {0, 600, 600},
    {600, 30, 30},
    {30, 600, 600},
    {600, PROTO_NO_LIMIT, 0},
    {0, PROTO_NO_LIMIT, 0},
    {604800, 0, 604800},
};

START_TEST(limit_of_idleness_is_the_targets_or_the_setting)
{
	s->idle_timeout_sec = rows[_i].usual;
	opened.idle_timeout_sec = rows[_i].own;
	begin();
	if (rows[_i].sec == 0) {
		ck_assert_int_eq(check_at(4000000), 0);
		return;
	}
	ck_assert_int_eq(check_at(rows[_i].sec - 1), 0);
	ck_assert_int_eq(c->state, CLIENT_RELAY);
	ck_assert_int_eq(check_at(rows[_i].sec), 1);
	ck_assert_int_eq(c->state, CLIENT_CLOSING);
	ck_assert_uint_eq(c->close_code, CODE_IDLE);
	ck_assert_ptr_nonnull(strstr(c->reason, "idle for"));
}
END_TEST

START_TEST(limit_of_a_session_is_the_targets_or_the_setting)
{
	s->max_session_sec = rows[_i].usual;
	opened.max_session_sec = rows[_i].own;
	begin();
	ck_assert_uint_eq(c->deadline_ms,
	    rows[_i].sec == 0 ? 0
			      : began_ms + (uint64_t)rows[_i].sec * MS_PER_SEC);
	limits_end_time(c);
	ck_assert_uint_eq(c->close_code, CODE_TIME_OVER);
}
END_TEST

/* The setting of the next reload holds at once, the target's own goes on. */
START_TEST(limit_of_idleness_changes_with_a_reload)
{
	begin();
	ck_assert_int_eq(check_at(1000), 0);
	s->idle_timeout_sec = 500;
	ck_assert_int_eq(check_at(499), 0);
	ck_assert_int_eq(check_at(1000), 1);
}
END_TEST

/* ---- what counts ---- */

START_TEST(input_of_a_person_is_noted_and_no_other)
{
	begin();
	note(NO_LOGIN, sizeof(NO_LOGIN) - 1);
	ck_assert_uint_gt(c->input_ms, 1);
	note(REQUEST, sizeof(REQUEST) - 1);
	ck_assert_uint_eq(c->input_ms, 1);
	note(KEY, sizeof(KEY) - 1);
	ck_assert_uint_gt(c->input_ms, 1);
	note(REQUEST REQUEST, 2 * sizeof(REQUEST) - 2);
	ck_assert_uint_eq(c->input_ms, 1);
}
END_TEST

/* With require-rfb = no nobody knows what the target speaks. */
START_TEST(input_without_a_greeting_is_all_that_comes)
{
	begin();
	c->greeting.len = 0;
	(void)limits_begin(c);
	note(NO_LOGIN, sizeof(NO_LOGIN) - 1);
	note(REQUEST, sizeof(REQUEST) - 1);
	ck_assert_uint_gt(c->input_ms, 1);
}
END_TEST

/* ---- warnings ---- */

START_TEST(warning_of_idleness_is_said_once_and_taken_back)
{
	s->idle_timeout_sec = 600;
	begin();
	check_at(540);
	expect(NONE, 0);
	check_at(541);
	expect(WARN_IDLE, 59);
	check_at(570);
	expect(NONE, 0);
	c->input_ms = began_ms + 580000; /* a key */
	check_at(581);
	expect(WARN_IDLE, 0);
	check_at(600);
	expect(NONE, 0);
	check_at(1121);
	expect(WARN_IDLE, 59);
	ck_assert_int_eq(check_at(1180), 1);
}
END_TEST

START_TEST(warning_is_rounded_up)
{
	s->idle_timeout_sec = 600;
	begin();
	limits_check(c, began_ms + 599001);
	expect(WARN_IDLE, 1);
}
END_TEST

START_TEST(warning_of_the_sessions_end_is_said_once)
{
	s->max_session_sec = 3600;
	begin();
	check_at(3539);
	expect(NONE, 0);
	check_at(3541);
	expect(WARN_TIME, 59);
	c->input_ms = began_ms + 3542000;
	check_at(3599);
	expect(NONE, 0);
}
END_TEST

/* Else it would be there from the first moment on. */
START_TEST(warning_of_a_short_limit_waits_for_half_of_it)
{
	s->idle_timeout_sec = 20;
	begin();
	check_at(10);
	expect(NONE, 0);
	check_at(11);
	expect(WARN_IDLE, 9);
}
END_TEST

START_TEST(warning_is_none_with_0)
{
	s->idle_timeout_sec = 20;
	s->max_session_sec = 30;
	s->warn_before_sec = 0;
	begin();
	check_at(19);
	expect(NONE, 0);
}
END_TEST

START_TEST(warning_goes_when_a_reload_lifts_the_limit)
{
	s->idle_timeout_sec = 600;
	begin();
	check_at(599);
	expect(WARN_IDLE, 1);
	s->idle_timeout_sec = 0;
	check_at(599);
	expect(WARN_IDLE, 0);
}
END_TEST

/* As a text frame of the page. */
static void
say_stay(void)
{
	static const char stay[] = "stay";

	memcpy(c->ws.decoder.control, stay, sizeof(stay) - 1);
	c->ws.decoder.control_len = sizeof(stay) - 1;
	c->ws.decoder.control_opcode = WS_TEXT;
	control_take(c);
}

START_TEST(stay_is_a_deed_and_moves_no_other_limit)
{
	uint64_t deadline_ms;

	s->idle_timeout_sec = 600;
	s->max_session_sec = 3600;
	begin();
	deadline_ms = c->deadline_ms;
	c->input_ms -= 599000;
	limits_check(c, began_ms);
	expect(WARN_IDLE, 1);
	say_stay();
	ck_assert_uint_ge(c->input_ms, began_ms);
	ck_assert_uint_eq(c->deadline_ms, deadline_ms);
	limits_check(c, clock_now_ms());
	expect(WARN_IDLE, 0);
	/* in no other state, where the field is another's */
	c->input_ms = 7;
	c->state = CLIENT_CLOSING;
	say_stay();
	ck_assert_uint_eq(c->input_ms, 7);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("limits");
	TCase *tc = tcase_create("limits");
	SRunner *runner;
	int failed, n = (int)(sizeof(rows) / sizeof(rows[0]));

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
	    tc, limit_of_idleness_is_the_targets_or_the_setting, 0, n);
	tcase_add_loop_test(
	    tc, limit_of_a_session_is_the_targets_or_the_setting, 0, n);
	tcase_add_test(tc, limit_of_idleness_changes_with_a_reload);
	tcase_add_test(tc, input_of_a_person_is_noted_and_no_other);
	tcase_add_test(tc, input_without_a_greeting_is_all_that_comes);
	tcase_add_test(tc, warning_of_idleness_is_said_once_and_taken_back);
	tcase_add_test(tc, warning_is_rounded_up);
	tcase_add_test(tc, warning_of_the_sessions_end_is_said_once);
	tcase_add_test(tc, warning_of_a_short_limit_waits_for_half_of_it);
	tcase_add_test(tc, warning_is_none_with_0);
	tcase_add_test(tc, warning_goes_when_a_reload_lifts_the_limit);
	tcase_add_test(tc, stay_is_a_deed_and_moves_no_other_limit);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
