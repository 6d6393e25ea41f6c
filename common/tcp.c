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
    {IPPROTO_TCP, TCP_USER_TIMEOUT, TCP_UNACKED_MAX_MS},
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
