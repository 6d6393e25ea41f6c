/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>
#include <sys/uio.h>

#include <netinet/in.h>
#include <unistd.h>

#include "daemon/names/dns_socket.h"

static ares_socket_t
open_socket(int family, int type, int protocol, void *arg)
{
	(void)protocol;
	(void)arg;
	return socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP);
}

static int
close_socket(ares_socket_t fd, void *arg)
{
	(void)arg;
	return close(fd);
}

static int
connect_socket(ares_socket_t fd, const struct sockaddr *server,
    ares_socklen_t server_len, void *arg)
{
	(void)arg;
	return connect(fd, server, server_len);
}

static ares_ssize_t
receive(ares_socket_t fd, void *buf, size_t size, int flags,
    struct sockaddr *from, ares_socklen_t *from_len, void *arg)
{
	(void)arg;
	return recvfrom(fd, buf, size, flags, from, from_len);
}

/* A query over UDP is one piece; over TCP, c-ares sends the others later. */
static ares_ssize_t
send_first(ares_socket_t fd, const struct iovec *iov, int count, void *arg)
{
	(void)arg;
	if (count < 1)
		return 0;
	return send(fd, iov->iov_base, iov->iov_len, MSG_NOSIGNAL);
}

void
dns_socket_use(ares_channel channel)
{
	static const struct ares_socket_functions functions = {
	    .asocket = open_socket,
	    .aclose = close_socket,
	    .aconnect = connect_socket,
	    .arecvfrom = receive,
	    .asendv = send_first,
	};

	ares_set_socket_functions(channel, &functions, NULL);
}
