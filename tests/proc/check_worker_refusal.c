/* SPDX-License-Identifier: ISC */
/*
 * What a client hears of a session that never was: an RFB server that refuses,
 * then the Close. Nothing of it once something of a target has come.
 */
#include <check.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/proc/worker_rig.h"
#include "worker/parse/frame.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEST_SEC 30
#define FIRST	 1 /* conn ids */
#define GREETING "RFB 003.008\n"

static struct worker_rig w;
static char frame[FRAME_MAX], reason[FRAME_MAX];
static union proto_any any;

static int
start_with_broker(void)
{
	int broker;

	worker_start(&w);
	broker = rig_connect_worker(&w.rig, 0);
	broker_read(broker, MSG_HELD_END, &any);
	return broker;
}

static int
ask(int broker)
{
	int client = worker_give_client(&w, FIRST, 0);

	client_upgrade(client, "desk");
	broker_expect_open(broker, FIRST, "desk");
	return client;
}

static int
make_target(int broker)
{
	int fds[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	rig_bound_waits(fds[0]);
	broker_opened(broker, FIRST, 0, "", fds[1]);
	return fds[0];
}

static void
say(int target, const char *text)
{
	ssize_t len = (ssize_t)strlen(text);

	ck_assert_int_eq(send(target, text, (size_t)len, MSG_NOSIGNAL), len);
}

/* Two frames and the Close, which begins as the reason does. */
static void
expect_refusal(int client, unsigned code)
{
	char closed[FRAME_MAX];
	size_t len;

	ck_assert_uint_eq(client_read(client, frame, &len), WS_BINARY);
	ck_assert_uint_eq(len, strlen(GREETING));
	ck_assert_mem_eq(frame, GREETING, len);
	ck_assert_uint_eq(client_read(client, reason, &len), WS_BINARY);
	ck_assert_uint_ge(len, 5);
	ck_assert_mem_eq(reason, "\0\0\0\0", 4);
	ck_assert_uint_eq((unsigned char)reason[4], len - 5);
	memmove(reason, reason + 5, len - 5 + 1);
	ck_assert_uint_eq(client_closed(client, closed), code);
	ck_assert_uint_eq(strncmp(closed, reason, strlen(closed)), 0);
	ck_assert(is_at_end(client));
}

static const struct {
	uint32_t code;
	const char *reason;
} answers[] = {
    {4500, "refused"},
    {4501, "no answer within 10 s"},
    {4502, ""},
    {4510, "in use by 192.0.2.9 since 10:00"},
    {4520, "not allowed"},
    {4521, "the certificate was revoked"},
    {4522, "too many sessions"},
};

START_TEST(refusal_has_what_the_broker_says)
{
	int broker = start_with_broker(), client = ask(broker);

	broker_opened(broker, FIRST, answers[_i].code, answers[_i].reason, -1);
	expect_refusal(client, answers[_i].code);
	ck_assert_str_eq(reason, answers[_i].reason);
	rig_stop(&w.rig);
}
END_TEST

START_TEST(refusal_says_what_is_no_vnc_server)
{
	int broker = start_with_broker(), client = ask(broker);
	int target = make_target(broker);

	say(target, "220 mail ESMTP\r\n");
	expect_refusal(client, 4503);
	ck_assert_ptr_nonnull(strstr(reason, "not a VNC server"));
	ck_assert(is_at_end(target));
	broker_read(broker, MSG_CLOSED, &any);
	ck_assert_uint_eq(any.closed.to_client_bytes, 0);
	rig_stop(&w.rig);
}
END_TEST

START_TEST(refusal_comes_when_part_of_a_greeting_is_all)
{
	int broker = start_with_broker(), client = ask(broker);
	int target = make_target(broker);

	say(target, "RFB 003.00");
	close(target);
	expect_refusal(client, 4503);
	rig_stop(&w.rig);
}
END_TEST

START_TEST(refusal_comes_when_no_greeting_does)
{
	int broker, client, target;

	worker_spawn(&w);
	w.settings.greeting_timeout_sec = 1;
	worker_configure(&w);
	worker_wait_ready(&w);
	broker = rig_connect_worker(&w.rig, 0);
	broker_read(broker, MSG_HELD_END, &any);
	client = ask(broker);
	target = make_target(broker);
	expect_refusal(client, 4501);
	ck_assert_ptr_nonnull(strstr(reason, "said nothing for 1 s"));
	close(target);
	rig_stop(&w.rig);
}
END_TEST

/* In OPENING, and in GREETING. */
START_TEST(refusal_comes_at_a_restart)
{
	struct msg_drain drain = {TEST_SEC};
	int broker = start_with_broker(), client = ask(broker);
	int target = _i == 0 ? -1 : make_target(broker);

	worker_tell(&w, MSG_DRAIN, &drain, -1);
	expect_refusal(client, 4580);
	ck_assert_ptr_nonnull(strstr(reason, "restarting"));
	if (target != -1)
		close(target);
}
END_TEST

/* What it sends meanwhile goes nowhere, and hinders nothing. */
START_TEST(refusal_comes_to_a_client_that_speaks_first)
{
	int broker = start_with_broker(), client = ask(broker);

	client_send(client, WS_BINARY, GREETING, strlen(GREETING));
	broker_opened(broker, FIRST, 4510, "in use", -1);
	expect_refusal(client, 4510);
	rig_stop(&w.rig);
}
END_TEST

/* Its own Close, sent before, is answered all the same. */
START_TEST(refusal_comes_to_a_client_that_leaves)
{
	int broker = start_with_broker(), client = ask(broker);

	client_send(client, WS_CLOSE, "\x03\xe8", 2);
	broker_opened(broker, FIRST, 4510, "in use", -1);
	expect_refusal(client, 4510);
	rig_stop(&w.rig);
}
END_TEST

START_TEST(refusal_is_none_behind_what_a_target_said)
{
	int broker = start_with_broker(), client = ask(broker);
	int target = make_target(broker);
	size_t len;

	say(target, GREETING);
	ck_assert_uint_eq(client_read(client, frame, &len), WS_BINARY);
	ck_assert_mem_eq(frame, GREETING, len);
	close(target);
	ck_assert_uint_eq(client_read(client, frame, &len), WS_CLOSE);
	rig_stop(&w.rig);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("worker_refusal");
	TCase *tc = tcase_create("worker_refusal");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tc, TEST_SEC);
	tcase_add_loop_test(
	    tc, refusal_has_what_the_broker_says, 0, COUNT(answers));
	tcase_add_test(tc, refusal_says_what_is_no_vnc_server);
	tcase_add_test(tc, refusal_comes_when_part_of_a_greeting_is_all);
	tcase_add_test(tc, refusal_comes_when_no_greeting_does);
	tcase_add_loop_test(tc, refusal_comes_at_a_restart, 0, 2);
	tcase_add_test(tc, refusal_comes_to_a_client_that_speaks_first);
	tcase_add_test(tc, refusal_comes_to_a_client_that_leaves);
	tcase_add_test(tc, refusal_is_none_behind_what_a_target_said);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
