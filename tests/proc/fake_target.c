/* SPDX-License-Identifier: ISC */
/* Targets for the broker to dial: one that answers, one that doesn't. */
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/proc/broker_rig.h"

#define ACCEPT_WAIT_MS 10000
#define FILL_WAIT_MS   200
#define BACKLOG	       256 /* nobody accepts: a row of a table each */

/* Binds a stream socket to ip and *port (0: any, which is then told). */
static int
bind_on(const char *ip, uint16_t *port)
{
	struct sockaddr_storage ss;
	socklen_t len;
	struct addr a;
	int fd;

	ck_assert_int_eq(addr_parse_ip(ip, &a), 0);
	a.port = *port;
	len = addr_to_sockaddr(&a, &ss);
	fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ne(fd, -1);
	ck_assert_msg(bind(fd, (struct sockaddr *)&ss, len) == 0, "%s:%u: %s",
	    ip, *port, strerror(errno));
	len = sizeof(ss);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	addr_from_sockaddr((struct sockaddr *)&ss, &a);
	*port = a.port;
	return fd;
}

int
listen_on(const char *ip, uint16_t *port)
{
	int fd = bind_on(ip, port);

	ck_assert_int_eq(listen(fd, BACKLOG), 0);
	return fd;
}

void
silent_on(struct silent_target *silent, const char *ip, uint16_t *port)
{
	struct sockaddr_storage ss;
	struct pollfd pfd;
	socklen_t len;
	struct addr a;
	size_t i;
	int is_full = 0;

	silent->fd = bind_on(ip, port);
	ck_assert_int_eq(listen(silent->fd, 0), 0);
	ck_assert_int_eq(addr_parse_ip(ip, &a), 0);
	a.port = *port;
	len = addr_to_sockaddr(&a, &ss);
	for (i = 0; i < sizeof(silent->fillers) / sizeof(int); i++) {
		silent->fillers[i] = socket(ss.ss_family,
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		connect(silent->fillers[i], (struct sockaddr *)&ss, len);
		pfd = (struct pollfd){silent->fillers[i], POLLOUT, 0};
		if (!is_full)
			is_full = poll(&pfd, 1, FILL_WAIT_MS) == 0;
	}
	ck_assert_msg(is_full, "the queue of %s:%u does not fill", ip, *port);
}

uint16_t
dead_port(const char *ip)
{
	uint16_t port = 0;

	/* stays bound until the test's process ends: nobody else gets it */
	bind_on(ip, &port);
	return port;
}

int
has_connection(int listener)
{
	struct pollfd pfd = {listener, POLLIN, 0};

	return poll(&pfd, 1, 0) == 1;
}

int
accept_on(int listener)
{
	struct pollfd pfd = {listener, POLLIN, 0};
	int fd;

	ck_assert_int_eq(poll(&pfd, 1, ACCEPT_WAIT_MS), 1);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ne(fd, -1);
	return fd;
}
