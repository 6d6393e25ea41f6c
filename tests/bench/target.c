/* SPDX-License-Identifier: ISC */
/*
 * target COUNTERS - the far end of the benchmark's sessions, as cheap as it
 * can be: it shares its core with the load generator. Listens on a free
 * port of loopback, and prints it; ends with its parent.
 */
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/bench.h"

#define BUFFER_BYTES	  (256 * 1024) /* of one send or receive */
#define BACKLOG		  4096
#define EVENTS_MAX	  256
#define DESKTOPS_MAX	  1024
#define TICK_NS		  BENCH_NS_PER_MS /* of the desktops' clock */
#define DESKTOP_PERIOD_NS (BENCH_NS_PER_SEC / BENCH_DESKTOP_HZ)
#define DESKTOP_PHASES	  100 /* a period's starting points */

struct conn {
	int fd;
	char command;	 /* 0: not yet here */
	int desktop;	 /* index in desktops[], -1: none */
	uint64_t due_ns; /* of the next desktop message */
};

static char buffer[BUFFER_BYTES];
static struct bench_counters *counters;
static struct conn *desktops[DESKTOPS_MAX];
static int desktop_count;
static unsigned desktop_serial;
static int epoll_fd, timer_fd;

static void
set_events(struct conn *c, int op, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = c};

	if (epoll_ctl(epoll_fd, op, c->fd, &ev) == -1)
		err(1, "epoll_ctl");
}

static void
set_timer(uint64_t interval_ns)
{
	struct itimerspec spec = {.it_interval.tv_nsec = (long)interval_ns,
	    .it_value.tv_nsec = (long)interval_ns};

	if (timerfd_settime(timer_fd, 0, &spec, NULL) == -1)
		err(1, "timerfd_settime");
}

static void
conn_free(struct conn *c)
{
	if (c->desktop != -1) {
		desktop_count--;
		desktops[c->desktop] = desktops[desktop_count];
		desktops[c->desktop]->desktop = c->desktop;
		if (desktop_count == 0)
			set_timer(0);
	}
	close(c->fd);
	free(c);
	counters->open_count--;
}

static void
desktop_add(struct conn *c)
{
	if (desktop_count == DESKTOPS_MAX)
		errx(1, "more than %d desktops", DESKTOPS_MAX);
	c->due_ns = bench_now_ns() + DESKTOP_PERIOD_NS +
	    DESKTOP_PERIOD_NS / DESKTOP_PHASES *
		(desktop_serial++ % DESKTOP_PHASES);
	c->desktop = desktop_count;
	desktops[desktop_count++] = c;
	if (desktop_count == 1)
		set_timer(TICK_NS);
}

/* A message that the kernel does not take whole is not sent: it counts less. */
static void
on_tick(void)
{
	uint64_t ticks, now_ns = bench_now_ns();
	ssize_t n;
	int i;

	if (read(timer_fd, &ticks, sizeof(ticks)) != (ssize_t)sizeof(ticks))
		return;
	for (i = 0; i < desktop_count; i++) {
		if (desktops[i]->due_ns > now_ns)
			continue;
		desktops[i]->due_ns += DESKTOP_PERIOD_NS;
		n = send(
		    desktops[i]->fd, buffer, BENCH_DESKTOP_BYTES, MSG_NOSIGNAL);
		if (n == BENCH_DESKTOP_BYTES)
			counters->desktop_count++;
	}
}

/* One message of a session is on its way at a time: it always fits. */
static void
send_short(struct conn *c, const char *data, size_t len)
{
	if (send(c->fd, data, len, MSG_NOSIGNAL) != (ssize_t)len &&
	    errno != EPIPE && errno != ECONNRESET)
		err(1, "send of %zu bytes", len);
}

static void
on_command(struct conn *c, char command)
{
	c->command = command;
	counters->commands++;
	if (command == BENCH_CMD_FLOOD)
		set_events(c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
	else if (command == BENCH_CMD_DESKTOP)
		desktop_add(c);
	else if (command == BENCH_CMD_BYTE)
		send_short(c, buffer, 1);
}

/* Returns 0, or -1 when the session has ended. */
static int
on_readable(struct conn *c)
{
	/* the bytes of a sink are of no interest: they stay uncopied */
	int flags = c->command == BENCH_CMD_SINK ? MSG_TRUNC : 0;
	size_t used = 0;
	ssize_t n;

	n = recv(c->fd, buffer, sizeof(buffer), flags);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return -1;
	if (c->command == 0) {
		on_command(c, buffer[0]);
		used = 1;
	}
	if (c->command == BENCH_CMD_SINK)
		counters->sunk_bytes += (uint64_t)n - used;
	else if (c->command == BENCH_CMD_ECHO && (size_t)n > used)
		send_short(c, buffer + used, (size_t)n - used);
	return 0;
}

static int
on_writable(struct conn *c)
{
	ssize_t n = send(c->fd, buffer, sizeof(buffer), MSG_NOSIGNAL);

	return n == -1 && errno != EAGAIN && errno != EINTR ? -1 : 0;
}

static void
on_conn(struct conn *c, uint32_t events)
{
	if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) &&
	    on_readable(c) == -1) {
		conn_free(c);
		return;
	}
	if ((events & EPOLLOUT) && on_writable(c) == -1)
		conn_free(c);
}

static void
on_listener(int listener)
{
	const int on = 1;
	struct conn *c;
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) != -1) {
		if ((c = calloc(1, sizeof(*c))) == NULL)
			err(1, NULL);
		c->fd = fd;
		c->desktop = -1;
		counters->open_count++;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		set_events(c, EPOLL_CTL_ADD, EPOLLIN);
		if (send(fd, BENCH_GREETING, BENCH_GREETING_LEN,
			MSG_NOSIGNAL) != BENCH_GREETING_LEN)
			conn_free(c);
	}
	if (errno != EAGAIN && errno != ECONNABORTED)
		err(1, "accept");
}

static int
listen_on_loopback(void)
{
	struct sockaddr_in sin = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sin);
	int fd;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fd == -1 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(fd, BACKLOG) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		err(1, "listener");
	printf("%u\n", ntohs(sin.sin_port));
	fflush(stdout);
	return fd;
}

int
main(int argc, char *argv[])
{
	struct epoll_event events[EVENTS_MAX];
	struct conn listener, timer;
	int count, i;

	if (argc != 2)
		errx(2, "usage: target COUNTERS");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	counters = bench_map_counters(argv[1]);
	memset(buffer, 'x', sizeof(buffer));
	epoll_fd = epoll_create1(0);
	timer.fd = timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	if (epoll_fd == -1 || timer_fd == -1)
		err(1, "epoll or timer");
	listener.fd = listen_on_loopback();
	set_events(&timer, EPOLL_CTL_ADD, EPOLLIN);
	set_events(&listener, EPOLL_CTL_ADD, EPOLLIN);
	for (;;) {
		count = epoll_wait(epoll_fd, events, EVENTS_MAX, -1);
		if (count == -1 && errno != EINTR)
			err(1, "epoll_wait");
		for (i = 0; i < count; i++) {
			if (events[i].data.ptr == &listener)
				on_listener(listener.fd);
			else if (events[i].data.ptr == &timer)
				on_tick();
			else
				on_conn(events[i].data.ptr, events[i].events);
		}
	}
}
