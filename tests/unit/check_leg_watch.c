/* SPDX-License-Identifier: ISC */
/* A leg's reading, and how it hears that the other end has left. */
#include <check.h>
#include <errno.h>
#include <event2/event.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/leg_rig.h"

#define FLOOD_BYTES (8 * 1024 * 1024)
#define FLOOD_PART  (64 * 1024)
#define FLOOD_PARTS 8 /* that a leg waits for */

#define COUNT(a)    (sizeof(a) / sizeof((a)[0]))

/* ---- watching ---- */

START_TEST(leg_tells_of_bytes_while_it_is_watched_for_them)
{
	char buf[8];

	open_pair();
	t.reads = 1;
	ck_assert_int_eq(write(t.peer, "abc", 3), 3);
	turn(TURNS);
	ck_assert_uint_eq(t.readable, 0);
	ck_assert_int_eq(leg_watch(&t.leg, LEG_READ), 0);
	ck_assert_int_eq(leg_watch(&t.leg, LEG_READ), 0);
	turn(2);
	ck_assert_uint_eq(t.readable, 2);
	ck_assert_int_eq(leg_watch(&t.leg, LEG_NOTHING), 0);
	turn(TURNS);
	ck_assert_uint_eq(t.readable, 2);
	ck_assert_int_eq(leg_read(&t.leg, buf, sizeof(buf)), 1);
	ck_assert_int_eq(leg_read(&t.leg, buf, sizeof(buf)), -1);
	ck_assert_int_eq(errno, EAGAIN);
	leg_shutdown_write(&t.leg);
	ck_assert_int_eq(recv(t.peer, buf, sizeof(buf), 0), 0);
	close(t.peer);
	t.peer = -1;
	ck_assert_int_eq(leg_read(&t.leg, buf, sizeof(buf)), 0);
	close_all();
}
END_TEST

START_TEST(leg_may_be_closed_in_readable)
{
	open_pair();
	t.closes = 1;
	ck_assert_int_eq(write(t.peer, "abc", 3), 3);
	ck_assert_int_eq(leg_watch(&t.leg, LEG_READ), 0);
	turn(TURNS);
	ck_assert_uint_eq(t.readable, 1);
	close_all();
}
END_TEST

/* How a client can leave while nobody reads from it. */
static const struct {
	int has_early_data;
	int is_reset;
	int is_late; /* leaves after the early data were noticed */
	unsigned told;
	enum leg_peer asked; /* what leg_peer() says where nobody was told */
} leavings[] = {
    {0, 0, 0, 1, LEG_PEER_IS_THERE},
    {0, 1, 0, 1, LEG_PEER_IS_THERE},
    {1, 0, 0, 1, LEG_PEER_IS_THERE},
    {1, 1, 0, 1, LEG_PEER_IS_THERE},
    {1, 0, 1, 0, LEG_PEER_HAS_ENDED}, /* nobody watches any more */
    {1, 1, 1, 0, LEG_PEER_HAS_RESET},
};

START_TEST(leg_watched_for_a_hang_up_tells_once_and_does_not_spin)
{
	open_tcp();
	t.closes = 1;
	ck_assert_int_eq(leg_watch(&t.leg, LEG_HANGUP), 0);
	turn(TURNS);
	ck_assert_uint_eq(t.hung_up, 0);
	if (leavings[_i].has_early_data) {
		struct pollfd pfd = {t.leg.fd, POLLIN, 0};

		ck_assert_int_eq(write(t.peer, "early", 5), 5);
		ck_assert_int_eq(poll(&pfd, 1, POLL_MS), 1);
	}
	if (leavings[_i].is_late) {
		/* bytes are there and stay there, and nothing is called */
		turn(1);
		expect_rest();
		ck_assert_int_eq(leg_peer(&t.leg), LEG_PEER_IS_THERE);
	}
	if (leavings[_i].is_reset)
		reset_peer();
	else {
		struct pollfd pfd = {t.leg.fd, POLLRDHUP, 0};

		ck_assert_int_eq(shutdown(t.peer, SHUT_WR), 0);
		ck_assert_int_eq(poll(&pfd, 1, POLL_MS), 1);
	}
	turn(TURNS);
	ck_assert_uint_eq(t.hung_up, leavings[_i].told);
	ck_assert_uint_eq(t.readable, 0);
	if (leavings[_i].told == 0)
		ck_assert_int_eq(leg_peer(&t.leg), leavings[_i].asked);
	if (leavings[_i].told == 0 && leavings[_i].is_reset)
		ck_assert_int_eq(leg_error(&t.leg), ECONNRESET);
	close_all();
}
END_TEST

START_TEST(leg_keeps_early_data_for_who_reads_later)
{
	char buf[8];

	open_tcp();
	ck_assert_int_eq(leg_watch(&t.leg, LEG_HANGUP), 0);
	ck_assert_int_eq(write(t.peer, "early", 5), 5);
	while (t.leg.watching == LEG_HANGUP)
		turn(1);
	ck_assert_int_eq(leg_watch(&t.leg, LEG_READ), 0);
	turn(1);
	ck_assert_uint_eq(t.readable, 1);
	ck_assert_int_eq(leg_read(&t.leg, buf, sizeof(buf)), 5);
	close_all();
}
END_TEST

/* ---- floods ---- */

static int
number_of(int fd, int level, int name)
{
	socklen_t size = sizeof(int);
	int value = -1;

	ck_assert_int_eq(getsockopt(fd, level, name, &value, &size), 0);
	return value;
}

static void
open_flood(void)
{
	open_tcp();
	t.reads = 1;
	ck_assert_int_eq(leg_watch(&t.leg, LEG_READ), 0);
	leg_note_read(&t.leg, FLOOD_BYTES);
	ck_assert_int_gt(number_of(t.leg.fd, SOL_SOCKET, SO_RCVLOWAT), 1);
}

/* Runs the loop, which waits as long as there is nothing to do. */
static void
await_readable(unsigned times)
{
	while (t.readable < times)
		ck_assert_int_eq(event_base_loop(t.base, EVLOOP_ONCE), 0);
}

START_TEST(leg_of_a_flood_is_told_of_much)
{
	unsigned i;

	open_flood();
	for (i = 0; i < FLOOD_PARTS; i++)
		ck_assert_int_eq(write(t.peer, bulk, FLOOD_PART), FLOOD_PART);
	await_readable(1);
	close_all();
}
END_TEST

/* How the last bytes of a flood come. */
enum flood_end {
	FLOOD_BYTE,
	FLOOD_BYTE_AND_FIN,
	FLOOD_PAUSED,
	FLOOD_ENDS
};

START_TEST(leg_of_a_flood_keeps_nobody_waiting_for_its_end)
{
	open_flood();
	if (_i == FLOOD_PAUSED)
		ck_assert_int_eq(leg_watch(&t.leg, LEG_NOTHING), 0);
	ck_assert_int_eq(write(t.peer, "a", 1), 1);
	if (_i == FLOOD_BYTE_AND_FIN)
		shutdown(t.peer, SHUT_WR);
	if (_i == FLOOD_PAUSED) {
		turn(TURNS);
		ck_assert_uint_eq(t.readable, 0);
		ck_assert_int_eq(leg_watch(&t.leg, LEG_READ), 0);
	}
	await_readable(1);
	if (_i != FLOOD_BYTE_AND_FIN)
		ck_assert_int_eq(
		    number_of(t.leg.fd, SOL_SOCKET, SO_RCVLOWAT), 1);
	close_all();
}
END_TEST

START_TEST(leg_that_moves_little_is_read_at_once)
{
	unsigned i;

	open_tcp();
	t.reads = 1;
	ck_assert_int_eq(leg_watch(&t.leg, LEG_READ), 0);
	/* more than a flood in all, in parts that are none of one */
	for (i = 0; i < 1000; i++)
		leg_note_read(&t.leg, FLOOD_PART / 4);
	ck_assert_int_eq(number_of(t.leg.fd, SOL_SOCKET, SO_RCVLOWAT), 1);
	/* whoever is not read does not begin to gather */
	ck_assert_int_eq(leg_watch(&t.leg, LEG_NOTHING), 0);
	leg_note_read(&t.leg, FLOOD_BYTES);
	ck_assert_int_eq(number_of(t.leg.fd, SOL_SOCKET, SO_RCVLOWAT), 1);
	close_all();
}
END_TEST

static Suite *
leg_watch_suite(void)
{
	Suite *suite = suite_create("leg-watch");
	TCase *tc = tcase_create("watching");

	tcase_add_test(tc, leg_tells_of_bytes_while_it_is_watched_for_them);
	tcase_add_test(tc, leg_may_be_closed_in_readable);
	tcase_add_loop_test(tc,
	    leg_watched_for_a_hang_up_tells_once_and_does_not_spin, 0,
	    COUNT(leavings));
	tcase_add_test(tc, leg_keeps_early_data_for_who_reads_later);
	tcase_add_test(tc, leg_of_a_flood_is_told_of_much);
	tcase_add_loop_test(tc, leg_of_a_flood_keeps_nobody_waiting_for_its_end,
	    FLOOD_BYTE, FLOOD_ENDS);
	tcase_add_test(tc, leg_that_moves_little_is_read_at_once);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(void)
{
	SRunner *runner = srunner_create(leg_watch_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
