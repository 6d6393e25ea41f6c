/* SPDX-License-Identifier: ISC */
/* The options and buffers of a session's sockets, as the kernel tells them. */
#include <check.h>
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/addr.h"
#include "common/tcp.h"

#define COUNT(a)       (sizeof(a) / sizeof((a)[0]))
#define NAME_MAX_BYTES 16 /* TCP_CA_NAME_MAX */

static const char *const within[] = {"127.0.0.1", "127.9.8.7", "::1"};
static const char *const beyond[] = {
    "0.0.0.0", "10.0.0.1", "::", "2001:db8::1", "::ffff:10.0.0.1"};

static struct addr
parse(const char *text)
{
	struct addr addr;

	ck_assert_int_eq(addr_parse_ip(text, &addr), 0);
	return addr;
}

static int
open_socket(const struct addr *addr)
{
	int fd = socket(
	    addr->family == ADDR_V6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);

	ck_assert_int_ne(fd, -1);
	return fd;
}

static const char *
congestion(int fd)
{
	static char name[NAME_MAX_BYTES + 1];
	socklen_t len = NAME_MAX_BYTES;

	memset(name, 0, sizeof(name));
	ck_assert_int_eq(
	    getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len), 0);
	return name;
}

static int
number(int fd, int level, int option)
{
	int value = -1;
	socklen_t len = sizeof(value);

	ck_assert_int_eq(getsockopt(fd, level, option, &value, &len), 0);
	return value;
}

/* Whether the administrator lets us choose. */
static int
may_choose(void)
{
	struct addr addr = parse("127.0.0.1");
	int fd = open_socket(&addr), result;

	result = setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
	close(fd);
	return result == 0;
}

static void
expect_options(int fd)
{
	ck_assert_int_eq(number(fd, IPPROTO_TCP, TCP_NODELAY), 1);
	ck_assert_int_eq(number(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
	ck_assert_int_eq(
	    number(fd, IPPROTO_TCP, TCP_KEEPIDLE), TCP_KEEPALIVE_IDLE_SEC);
	ck_assert_int_eq(
	    number(fd, IPPROTO_TCP, TCP_KEEPINTVL), TCP_KEEPALIVE_INTERVAL_SEC);
	ck_assert_int_eq(
	    number(fd, IPPROTO_TCP, TCP_KEEPCNT), TCP_KEEPALIVE_COUNT);
	/* it would end who lives, but has no room for a while */
	ck_assert_int_eq(number(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 0);
	ck_assert(!tcp_is_lost(fd));
	if (may_choose())
		ck_assert_str_eq(congestion(fd), "reno");
}

/* Both ends are set before they connect, as the daemon does. */
START_TEST(tcp_options_hold_on_both_legs_within_this_host)
{
	struct addr addr = parse(within[_i]);
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(&addr, &ss);
	int listener = open_socket(&addr), dialled = open_socket(&addr);
	int accepted;

	ck_assert_int_eq(tcp_set_options(listener, &addr), 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&ss, len), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(
	    getsockname(listener, (struct sockaddr *)&ss, &len), 0);
	ck_assert_int_eq(tcp_set_options(dialled, &addr), 0);
	ck_assert_int_eq(connect(dialled, (struct sockaddr *)&ss, len), 0);
	accepted = accept(listener, NULL, NULL);
	ck_assert_int_ne(accepted, -1);
	expect_options(accepted);
	expect_options(dialled);
	close(accepted);
	close(dialled);
	close(listener);
}
END_TEST

START_TEST(tcp_options_leave_the_network_to_the_operator)
{
	struct addr addr = parse(beyond[_i]);
	int fd = open_socket(&addr), fresh = open_socket(&addr);
	char system[NAME_MAX_BYTES + 1];

	strcpy(system, congestion(fresh));
	ck_assert_int_eq(tcp_set_options(fd, &addr), 0);
	ck_assert_str_eq(congestion(fd), system);
	ck_assert_int_eq(number(fd, IPPROTO_TCP, TCP_NODELAY), 1);
	close(fd);
	close(fresh);
}
END_TEST

START_TEST(tcp_options_tell_of_what_is_no_socket)
{
	struct addr addr = parse("127.0.0.1");

	ck_assert(!tcp_is_lost(-1));
	ck_assert_int_eq(tcp_set_options(-1, &addr), VB_ESYS);
}
END_TEST

/* ---- buffers ---- */

START_TEST(tcp_buffers_are_bounded_in_both_directions)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(tcp_set_buffers(fd, TCP_TARGET, 262144), 262144);
	ck_assert_int_eq(number(fd, SOL_SOCKET, SO_RCVBUF), 262144);
	ck_assert_int_eq(number(fd, SOL_SOCKET, SO_SNDBUF), 131072);
	ck_assert_int_eq(
	    tcp_set_buffers(fd, TCP_TARGET, 1), TCP_BUFFER_MIN_BYTES);
	ck_assert_int_eq(
	    number(fd, SOL_SOCKET, SO_RCVBUF), TCP_BUFFER_MIN_BYTES);
	ck_assert_int_ne(number(fd, SOL_SOCKET, SO_BUF_LOCK), 0);
	/* the other side's much and little are the other way round */
	ck_assert_int_eq(tcp_set_buffers(fd, TCP_CLIENT, 262144), 262144);
	ck_assert_int_eq(number(fd, SOL_SOCKET, SO_RCVBUF), 131072);
	ck_assert_int_eq(number(fd, SOL_SOCKET, SO_SNDBUF), 262144);
	/* more than the kernel grants to anybody is told, no error */
	ck_assert_int_gt(tcp_bound_buffers(fd, TCP_TARGET, 1 << 30), 0);
	ck_assert_int_lt(tcp_bound_buffers(fd, TCP_TARGET, 1 << 30), 1 << 30);
	ck_assert_int_ne(number(fd, SOL_SOCKET, SO_BUF_LOCK), 0);
	/* it tunes them itself then, and with 0 */
	ck_assert_int_gt(tcp_set_buffers(fd, TCP_TARGET, 1 << 30), 0);
	ck_assert_int_eq(number(fd, SOL_SOCKET, SO_BUF_LOCK), 0);
	ck_assert_int_eq(tcp_set_buffers(fd, TCP_TARGET, 262144), 262144);
	ck_assert_int_eq(tcp_set_buffers(fd, TCP_TARGET, 0), 0);
	ck_assert_int_eq(number(fd, SOL_SOCKET, SO_BUF_LOCK), 0);
	close(fd);
	ck_assert_int_eq(tcp_set_buffers(-1, TCP_TARGET, 262144), VB_ESYS);
	ck_assert_int_eq(tcp_set_buffers(-1, TCP_TARGET, 0), VB_ESYS);
}
END_TEST

START_TEST(tcp_narrow_buffers_may_be_smaller_than_a_sessions)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(tcp_narrow_buffers(fd, 16384, 8192), 0);
	ck_assert_int_eq(number(fd, SOL_SOCKET, SO_SNDBUF), 16384);
	ck_assert_int_eq(number(fd, SOL_SOCKET, SO_RCVBUF), 8192);
	/* and grow again */
	ck_assert_int_eq(tcp_set_buffers(fd, TCP_CLIENT, 262144), 262144);
	close(fd);
	ck_assert_int_eq(tcp_narrow_buffers(-1, 16384, 8192), VB_ESYS);
}
END_TEST

START_TEST(tcp_narrow_buffers_leaves_what_is_not_asked_for)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int before = number(fd, SOL_SOCKET, SO_RCVBUF);

	ck_assert_int_eq(tcp_narrow_buffers(fd, 16384, 0), 0);
	ck_assert_int_eq(number(fd, SOL_SOCKET, SO_SNDBUF), 16384);
	ck_assert_int_eq(number(fd, SOL_SOCKET, SO_RCVBUF), before);
	ck_assert_int_eq(tcp_narrow_buffers(fd, 0, 8192), 0);
	ck_assert_int_eq(number(fd, SOL_SOCKET, SO_SNDBUF), 16384);
	ck_assert_int_eq(number(fd, SOL_SOCKET, SO_RCVBUF), 8192);
	close(fd);
}
END_TEST

START_TEST(tcp_listener_buffers_are_those_of_no_session_yet)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(tcp_set_listener_buffers(fd, 262144), 262144);
	ck_assert_int_eq(
	    number(fd, SOL_SOCKET, SO_SNDBUF), TCP_CONNECTION_BYTES);
	ck_assert_int_eq(
	    number(fd, SOL_SOCKET, SO_RCVBUF), TCP_CONNECTION_BYTES / 2);
	/* which does not bound its window */
	ck_assert_int_eq(number(fd, SOL_SOCKET, SO_BUF_LOCK), SOCK_SNDBUF_LOCK);
	close(fd);
	ck_assert_int_eq(tcp_set_listener_buffers(-1, 262144), VB_ESYS);
	ck_assert_int_eq(tcp_set_listener_buffers(-1, 0), VB_ESYS);
}
END_TEST

/* ---- what is left when a socket is closed ---- */

/* fds[0] sends to fds[1]. */
static void
connect_pair(int fds[2])
{
	struct addr addr = parse("127.0.0.1");
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(&addr, &ss);
	int listener = open_socket(&addr), small = 4096;

	ck_assert_int_eq(
	    setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)),
	    0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&ss, len), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(
	    getsockname(listener, (struct sockaddr *)&ss, &len), 0);
	fds[0] = open_socket(&addr);
	ck_assert_int_eq(connect(fds[0], (struct sockaddr *)&ss, len), 0);
	fds[1] = accept(listener, NULL, NULL);
	ck_assert_int_ne(fds[1], -1);
	close(listener);
}

/* Until the kernel takes no more. */
static void
fill(int fd)
{
	static const char data[65536];

	while (send(fd, data, sizeof(data), MSG_DONTWAIT) > 0)
		continue;
	ck_assert_int_eq(errno, EAGAIN);
}

static void
wait_stalled(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	do {
		ck_assert_int_eq(
		    getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
		poll(NULL, 0, 10);
	} while (info.tcpi_backoff < 4);
}

/* errno at the end of all that comes, 0: the peer has closed. */
static int
error_at_end(int fd)
{
	char data[65536];
	ssize_t n;

	while ((n = recv(fd, data, sizeof(data), 0)) > 0)
		continue;
	return n == 0 ? 0 : errno;
}

/* The listener's buffer was small: so is the window, for ever. */
START_TEST(tcp_widen_window_follows_the_buffer)
{
	int fds[2];

	connect_pair(fds);
	ck_assert_int_eq(tcp_set_buffers(fds[1], TCP_CLIENT, 262144), 262144);
	ck_assert_int_lt(number(fds[1], IPPROTO_TCP, TCP_WINDOW_CLAMP), 65536);
	ck_assert_int_eq(tcp_widen_window(fds[1], 131072), 0);
	ck_assert_int_eq(number(fds[1], IPPROTO_TCP, TCP_WINDOW_CLAMP), 131072);
	close(fds[0]);
	close(fds[1]);
	ck_assert_int_eq(tcp_widen_window(-1, 131072), VB_ESYS);
}
END_TEST

START_TEST(tcp_round_trip_is_known_of_a_connection_alone)
{
	uint32_t resent = 1;
	int fds[2], pair[2];

	connect_pair(fds);
	ck_assert_uint_gt(tcp_round_trip(fds[0], &resent), 0);
	ck_assert_uint_eq(resent, 0);
	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	resent = 1;
	ck_assert_uint_eq(tcp_round_trip(pair[0], &resent), 0);
	ck_assert_uint_eq(resent, 0);
	close(fds[0]);
	close(fds[1]);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

START_TEST(tcp_forgets_at_once_what_a_peer_has_no_room_for)
{
	int fds[2];

	connect_pair(fds);
	fill(fds[0]);
	wait_stalled(fds[0]);
	tcp_bound_orphan(fds[0]);
	close(fds[0]);
	ck_assert_int_eq(error_at_end(fds[1]), ECONNRESET);
	close(fds[1]);
}
END_TEST

START_TEST(tcp_delivers_to_who_still_reads_and_not_for_ever)
{
	int fds[2];

	connect_pair(fds);
	fill(fds[0]);
	tcp_bound_orphan(fds[0]);
	ck_assert_int_eq(
	    number(fds[0], IPPROTO_TCP, TCP_USER_TIMEOUT), TCP_ORPHAN_MS);
	close(fds[0]);
	ck_assert_int_eq(error_at_end(fds[1]), 0);
	close(fds[1]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tcp");
	TCase *tc = tcase_create("tcp");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tc, tcp_options_hold_on_both_legs_within_this_host,
	    0, COUNT(within));
	tcase_add_loop_test(tc, tcp_options_leave_the_network_to_the_operator,
	    0, COUNT(beyond));
	tcase_add_test(tc, tcp_options_tell_of_what_is_no_socket);
	tcase_add_test(tc, tcp_buffers_are_bounded_in_both_directions);
	tcase_add_test(tc, tcp_narrow_buffers_may_be_smaller_than_a_sessions);
	tcase_add_test(tc, tcp_narrow_buffers_leaves_what_is_not_asked_for);
	tcase_add_test(tc, tcp_listener_buffers_are_those_of_no_session_yet);
	tcase_add_test(tc, tcp_widen_window_follows_the_buffer);
	tcase_add_test(tc, tcp_round_trip_is_known_of_a_connection_alone);
	tcase_add_test(tc, tcp_forgets_at_once_what_a_peer_has_no_room_for);
	tcase_add_test(tc, tcp_delivers_to_who_still_reads_and_not_for_ever);
	tcase_set_timeout(tc, 30);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
