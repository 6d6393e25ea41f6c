/* SPDX-License-Identifier: ISC */
/* A leg's reading, and how it hears that the other end has left. */
#include <check.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/tcp.h"
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

/* ---- TCP's options ---- */

START_TEST(tcp_options_are_set_and_inherited_by_what_is_accepted)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	socklen_t len = sizeof(sin), size = sizeof(int);
	int listener = socket(AF_INET, SOCK_STREAM, 0), peer, fd, value = 0;

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(tcp_set_options(listener), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	getsockname(listener, (struct sockaddr *)&sin, &len);
	peer = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(peer, (struct sockaddr *)&sin, len), 0);
	fd = accept(listener, NULL, NULL);
	getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &size);
	ck_assert_int_ne(value, 0);
	getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, &size);
	ck_assert_int_ne(value, 0);
	getsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &value, &size);
	ck_assert_int_eq(value, TCP_KEEPALIVE_IDLE_SEC);
	getsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &value, &size);
	ck_assert_int_eq(value, TCP_KEEPALIVE_INTERVAL_SEC);
	getsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &value, &size);
	ck_assert_int_eq(value, TCP_KEEPALIVE_COUNT);
	/* it would end who lives, but has no room for a while */
	getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, &size);
	ck_assert_int_eq(value, 0);
	ck_assert(!tcp_is_lost(fd) && !tcp_is_lost(-1));
	ck_assert_int_eq(tcp_set_options(-1), VB_ESYS);
}
END_TEST

static int
number_of(int fd, int level, int name)
{
	socklen_t size = sizeof(int);
	int value = -1;

	ck_assert_int_eq(getsockopt(fd, level, name, &value, &size), 0);
	return value;
}

START_TEST(tcp_buffers_are_bounded_in_both_directions)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(tcp_set_buffers(fd, TCP_TARGET, 262144), 262144);
	ck_assert_int_eq(number_of(fd, SOL_SOCKET, SO_RCVBUF), 262144);
	ck_assert_int_eq(number_of(fd, SOL_SOCKET, SO_SNDBUF), 131072);
	ck_assert_int_eq(
	    tcp_set_buffers(fd, TCP_TARGET, 1), TCP_BUFFER_MIN_BYTES);
	ck_assert_int_eq(
	    number_of(fd, SOL_SOCKET, SO_RCVBUF), TCP_BUFFER_MIN_BYTES);
	ck_assert_int_ne(number_of(fd, SOL_SOCKET, SO_BUF_LOCK), 0);
	/* the other side's much and little are the other way round */
	ck_assert_int_eq(tcp_set_buffers(fd, TCP_CLIENT, 262144), 262144);
	ck_assert_int_eq(number_of(fd, SOL_SOCKET, SO_RCVBUF), 131072);
	ck_assert_int_eq(number_of(fd, SOL_SOCKET, SO_SNDBUF), 262144);
	/* more than the kernel grants to anybody is told, no error */
	ck_assert_int_gt(tcp_bound_buffers(fd, TCP_TARGET, 1 << 30), 0);
	ck_assert_int_lt(tcp_bound_buffers(fd, TCP_TARGET, 1 << 30), 1 << 30);
	ck_assert_int_ne(number_of(fd, SOL_SOCKET, SO_BUF_LOCK), 0);
	/* it tunes them itself then, and with 0 */
	ck_assert_int_gt(tcp_set_buffers(fd, TCP_TARGET, 1 << 30), 0);
	ck_assert_int_eq(number_of(fd, SOL_SOCKET, SO_BUF_LOCK), 0);
	ck_assert_int_eq(tcp_set_buffers(fd, TCP_TARGET, 262144), 262144);
	ck_assert_int_eq(tcp_set_buffers(fd, TCP_TARGET, 0), 0);
	ck_assert_int_eq(number_of(fd, SOL_SOCKET, SO_BUF_LOCK), 0);
	close(fd);
	ck_assert_int_eq(tcp_set_buffers(-1, TCP_TARGET, 262144), VB_ESYS);
	ck_assert_int_eq(tcp_set_buffers(-1, TCP_TARGET, 0), VB_ESYS);
}
END_TEST

/* ---- floods ---- */

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
	tcase_add_test(
	    tc, tcp_options_are_set_and_inherited_by_what_is_accepted);
	tcase_add_test(tc, tcp_buffers_are_bounded_in_both_directions);
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
