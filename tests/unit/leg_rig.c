/* SPDX-License-Identifier: ISC */
#include <check.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/leg_rig.h"

struct leg_rig t;

unsigned char bulk[BULK_BYTES];

static void
close_if_asked(void)
{
	if (t.closes)
		leg_close(&t.leg);
}

static void
on_readable(void *arg)
{
	char byte;

	ck_assert_ptr_eq(arg, &t);
	t.readable++;
	if (t.reads)
		ck_assert_int_eq(leg_read(&t.leg, &byte, 1), 1);
	close_if_asked();
}

static void
on_hung_up(void *arg)
{
	ck_assert_ptr_eq(arg, &t);
	t.hung_up++;
	close_if_asked();
}

static void
on_drained(void *arg)
{
	ck_assert_ptr_eq(arg, &t);
	t.drained++;
	t.queued_at_drain = leg_queued(&t.leg);
	close_if_asked();
}

static void
on_failed(void *arg, int error)
{
	ck_assert_ptr_eq(arg, &t);
	t.failed++;
	t.error = error;
	close_if_asked();
}

static const struct leg_ops ops = {
    .readable = on_readable,
    .hung_up = on_hung_up,
    .drained = on_drained,
    .failed = on_failed,
};

void
release(void *arg)
{
	ck_assert_ptr_eq(arg, &t);
	t.released++;
}

static void
open_leg(int fd, int peer)
{
	size_t i;

	memset(&t, 0, sizeof(t));
	t.base = event_base_new();
	t.peer = peer;
	leg_init(&t.leg, &ops, &t);
	ck_assert(!leg_is_open(&t.leg));
	leg_open(&t.leg, t.base, fd);
	for (i = 0; i < sizeof(bulk); i++)
		bulk[i] = (unsigned char)(i * 31 + i / 251);
}

void
open_pair(void)
{
	int fds[2], size = SMALL_BUFFER;

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	ck_assert_int_eq(
	    setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
	open_leg(fds[0], fds[1]);
}

void
open_tcp(void)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	socklen_t len = sizeof(sin);
	int listener = socket(AF_INET, SOCK_STREAM, 0), peer, fd;

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(
	    getsockname(listener, (struct sockaddr *)&sin, &len), 0);
	peer = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(peer, (struct sockaddr *)&sin, len), 0);
	fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	ck_assert_int_ne(fd, -1);
	close(listener);
	open_leg(fd, peer);
}

void
close_all(void)
{
	leg_close(&t.leg);
	leg_close(&t.leg); /* nothing happens */
	ck_assert(!leg_is_open(&t.leg));
	if (t.peer != -1)
		close(t.peer);
	event_base_free(t.base);
}

void
turn(unsigned times)
{
	while (times-- > 0)
		event_base_loop(t.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

void
expect_rest(void)
{
	event_base_loop(t.base, EVLOOP_NONBLOCK);
}

void
reset_peer(void)
{
	struct linger linger = {1, 0};
	struct pollfd pfd = {t.leg.fd, POLLIN, 0};

	ck_assert_int_eq(
	    setsockopt(t.peer, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)),
	    0);
	close(t.peer);
	t.peer = -1;
	/* poll(2) tells of it without clearing it */
	ck_assert_int_eq(poll(&pfd, 1, POLL_MS), 1);
}
