/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>

#include "common/tcp.h"

/*
 * Each wait is twice the one before, and the first 200 ms or more: three
 * seconds in all without room, and twelve without an answer, as a radio link
 * may be (RFC 9293, 3.8.6.1; RFC 6298, 5.5).
 */
#define STALLED_PROBES	    4
#define STALLED_RETRANSMITS 6

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

/* Every kernel has it; tcp_allowed_congestion_control of tcp(7) may deny it. */
static const char unpaced[] = "reno";

int
tcp_set_options(int fd, const struct addr *addr)
{
	size_t i;

	for (i = 0; i < sizeof(tcp_options) / sizeof(tcp_options[0]); i++)
		if (setsockopt(fd, tcp_options[i].level, tcp_options[i].name,
			&tcp_options[i].value,
			sizeof(tcp_options[i].value)) == -1)
			return VB_ESYS;
	if (addr_is_loopback(addr) &&
	    setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, unpaced,
		sizeof(unpaced) - 1) == -1 &&
	    errno != EPERM && errno != ENOENT)
		return VB_ESYS;
	return 0;
}

static int
set_number(int fd, int name, int value)
{
	return setsockopt(fd, SOL_SOCKET, name, &value, sizeof(value));
}

/* Returns the bytes granted, or VB_ESYS. */
static int
set_buffer(int fd, int name, uint32_t bytes)
{
	int granted = 0;
	socklen_t len = sizeof(granted);

	/* socket(7): the kernel doubles it */
	if (set_number(fd, name, (int)(bytes / 2)) == -1 ||
	    getsockopt(fd, SOL_SOCKET, name, &granted, &len) == -1)
		return VB_ESYS;
	return granted;
}

int
tcp_bound_buffers(int fd, enum tcp_side side, uint32_t bytes)
{
	int down = side == TCP_TARGET ? SO_RCVBUF : SO_SNDBUF;
	int up = side == TCP_TARGET ? SO_SNDBUF : SO_RCVBUF;

	if (bytes < TCP_BUFFER_MIN_BYTES)
		bytes = TCP_BUFFER_MIN_BYTES;
	if (set_number(fd, up, (int)(bytes / 4)) == -1)
		return VB_ESYS;
	return set_buffer(fd, down, bytes);
}

int
tcp_set_buffers(int fd, enum tcp_side side, uint32_t bytes)
{
	int granted = 0;

	if (bytes != 0)
		granted = tcp_bound_buffers(fd, side, bytes);
	/* since Linux 5.14; a listener may have had another value */
	if (granted >= 0 && (bytes == 0 || (uint32_t)granted < bytes) &&
	    set_number(fd, SO_BUF_LOCK, 0) == -1 && errno != ENOPROTOOPT)
		return VB_ESYS;
	return granted;
}

int
tcp_narrow_buffers(int fd, uint32_t to_peer, uint32_t from_peer)
{
	return (to_peer != 0 &&
		   set_number(fd, SO_SNDBUF, (int)(to_peer / 2)) == -1) ||
		(from_peer != 0 &&
		    set_number(fd, SO_RCVBUF, (int)(from_peer / 2)) == -1)
	    ? VB_ESYS
	    : 0;
}

int
tcp_set_listener_buffers(int fd, uint32_t bytes)
{
	int granted = tcp_set_buffers(fd, TCP_CLIENT, bytes);

	if (granted < 0 || tcp_narrow_buffers(fd, TCP_CONNECTION_BYTES, 0) < 0)
		return VB_ESYS;
	/* an unlocked buffer leaves the scale of the window alone */
	if (bytes != 0 && set_number(fd, SO_BUF_LOCK, 0) == 0 &&
	    (tcp_narrow_buffers(fd, 0, TCP_CONNECTION_BYTES / 2) < 0 ||
		set_number(fd, SO_BUF_LOCK, SOCK_SNDBUF_LOCK) == -1))
		return VB_ESYS;
	return granted;
}

int
tcp_widen_window(int fd, uint32_t bytes)
{
	return setsockopt(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, &bytes,
		   sizeof(bytes)) == -1
	    ? VB_ESYS
	    : 0;
}

/* It has had no room, or has not answered, for that many tries. */
static int
is_stalled(const struct tcp_info *info)
{
	if (info->tcpi_unacked == 0)
		return info->tcpi_notsent_bytes > 0 &&
		    info->tcpi_backoff >= STALLED_PROBES;
	return info->tcpi_retransmits >= STALLED_RETRANSMITS;
}

void
tcp_bound_orphan(int fd)
{
	struct linger reset = {.l_onoff = 1};
	struct tcp_info info;
	socklen_t len = sizeof(info);
	unsigned ms = TCP_ORPHAN_MS;

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == -1)
		return; /* a Unix socket's: nothing of it is kept */
	if (info.tcpi_unacked == 0 && info.tcpi_notsent_bytes == 0)
		return;
	if (is_stalled(&info))
		(void)setsockopt(
		    fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	else
		/* seen when the kernel tries next, in seconds, as it is not
		 * stalled yet */
		(void)setsockopt(
		    fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
}

int
tcp_is_lost(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
	    (info.tcpi_retransmits >= TCP_RETRANSMITS_MAX ||
		info.tcpi_probes >= TCP_RETRANSMITS_MAX);
}

uint32_t
tcp_round_trip(int fd, uint32_t *resent)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof(info);

	*resent = 0;
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == -1)
		return 0;
	*resent = info.tcpi_total_retrans;
	return info.tcpi_rtt;
}

uint64_t
tcp_acknowledged(int fd, int *has_more)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof(info);

	*has_more = 0;
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == -1)
		return 0;
	*has_more = info.tcpi_unacked > 0 || info.tcpi_notsent_bytes > 0;
	return info.tcpi_bytes_acked;
}
