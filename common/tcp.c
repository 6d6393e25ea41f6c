/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>

#include "common/tcp.h"

static const struct {
	int level;
	int name;
	int value;
} tcp_options[] = {
    {IPPROTO_TCP, TCP_NODELAY, 1},
    {SOL_SOCKET, SO_KEEPALIVE, 1},
    {IPPROTO_TCP, TCP_KEEPIDLE, TCP_KEEPALIVE_IDLE_SEC},
    {IPPROTO_TCP, TCP_KEEPINTVL, TCP_KEEPALIVE_INTERVAL_SEC},
    {IPPROTO_TCP, TCP_KEEPCNT, TCP_KEEPALIVE_COUNT},
};

int
tcp_set_options(int fd)
{
	size_t i;

	for (i = 0; i < sizeof(tcp_options) / sizeof(tcp_options[0]); i++)
		if (setsockopt(fd, tcp_options[i].level, tcp_options[i].name,
			&tcp_options[i].value,
			sizeof(tcp_options[i].value)) == -1)
			return VB_ESYS;
	return 0;
}

static int
set_number(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

int
tcp_set_buffers(int fd, uint32_t bytes)
{
	int half, received = 0, sent = 0;
	socklen_t len = sizeof(int);

	if (bytes == 0) {
		/* a listener may have had another value; since Linux 5.14 */
		(void)set_number(fd, SOL_SOCKET, SO_BUF_LOCK, 0);
		return set_number(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 0) == -1
		    ? VB_ESYS
		    : 0;
	}
	if (bytes < TCP_BUFFER_MIN_BYTES)
		bytes = TCP_BUFFER_MIN_BYTES;
	half = (int)(bytes / 2); /* socket(7): the kernel doubles it */
	if (set_number(fd, SOL_SOCKET, SO_RCVBUF, half) == -1 ||
	    set_number(fd, SOL_SOCKET, SO_SNDBUF, half) == -1 ||
	    set_number(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT,
		TCP_UNSENT_MAX_BYTES) == -1 ||
	    getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &received, &len) == -1 ||
	    getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &sent, &len) == -1)
		return VB_ESYS;
	return sent < received ? sent : received;
}

int
tcp_is_lost(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
	    info.tcpi_retransmits >= TCP_RETRANSMITS_MAX;
}
