/* SPDX-License-Identifier: ISC */
/*
 * The options of every TCP socket that carries a session, on both legs.
 */
#ifndef VB_TCP_H
#define VB_TCP_H

#include <stdint.h>

#include "common/addr.h"
#include "common/errors.h"

#define TCP_KEEPALIVE_IDLE_SEC	   60 /* silence before the first probe */
#define TCP_KEEPALIVE_INTERVAL_SEC 15
#define TCP_KEEPALIVE_COUNT	   4
/*
 * The same data sent, or room for them asked for, so often without an answer:
 * a hundred seconds on a LAN (RFC 6298, 5.5: each wait is twice the one
 * before), more on a long way.
 */
#define TCP_RETRANSMITS_MAX 9

/*
 * Sets TCP_NODELAY (nothing waits for more to come) and keep-alive. Within
 * this host, where addr is a loopback address, also a congestion control that
 * does not pace: there is no path to be gentle with, and where the operator
 * has set "bbr" each piece would wait for a timer of its own. addr is what the
 * socket is going to be bound or connected to; the kernel decides about pacing
 * when a connection opens. On a listening socket, what it accepts inherits
 * all of them. Returns 0 or VB_ESYS.
 *
 * Not TCP_USER_TIMEOUT: with it Linux also ends a connection whose peer lives,
 * and answers, but has no room: a viewer's tab that is suspended, a target that
 * is stopped for a while.
 */
VB_MUST_CHECK int tcp_set_options(int fd, const struct addr *addr);

/*
 * Whether the peer has not answered for TCP_RETRANSMITS_MAX turns while data
 * wait, when there is no keep-alive. One that has no room for more data, and
 * says so, is not lost.
 */
int tcp_is_lost(int fd);

/*
 * Its smoothed round trip in microseconds, and how many segments were sent
 * again; 0 if the kernel doesn't know.
 */
uint32_t tcp_round_trip(int fd, uint32_t *resent);

/*
 * How many bytes the peer has acknowledged till now, 0 if the kernel doesn't
 * know. has_more: whether the kernel has others that it has not.
 */
uint64_t tcp_acknowledged(int fd, int *has_more);

#define TCP_BUFFER_MIN_BYTES 65536

/* Whose socket it is. */
enum tcp_side {
	TCP_CLIENT,
	TCP_TARGET
};

/*
 * Bounds what the kernel may keep for the socket of data that goes from the
 * target to the client, to bytes of memory, and of the other way to half as
 * much: a desktop sends much and gets little. Returns the bytes that the
 * kernel grants, which net.core.rmem_max and wmem_max may have made fewer,
 * or VB_ESYS.
 */
VB_MUST_CHECK int tcp_bound_buffers(int fd, enum tcp_side side, uint32_t bytes);

/*
 * The same for a socket before it listens or connects; what a listening one
 * accepts inherits it. Where the kernel grants less than bytes, and for 0,
 * it tunes the buffers itself, between what it grants and what
 * net.ipv4.tcp_rmem and tcp_wmem say: what it grants by default, 416 KiB,
 * would make a fast network slow.
 */
VB_MUST_CHECK int tcp_set_buffers(int fd, enum tcp_side side, uint32_t bytes);

/* What an accepted connection may hold towards its peer, until a session. */
#define TCP_CONNECTION_BYTES (128 * 1024)

/*
 * For a connection that isn't a session, fewer than TCP_BUFFER_MIN_BYTES too;
 * 0: as it was. Returns 0 or VB_ESYS.
 */
VB_MUST_CHECK int
tcp_narrow_buffers(int fd, uint32_t to_peer, uint32_t from_peer);

/*
 * For a listening socket: what it accepts is no session yet, and has
 * TCP_CONNECTION_BYTES towards its peer and half of that from it, but a window
 * that may become a session's of bytes. A kernel before 5.14 scales the window
 * by the buffer that a connection opens with, which is a session's there.
 * Returns like tcp_set_buffers.
 */
VB_MUST_CHECK int tcp_set_listener_buffers(int fd, uint32_t bytes);

/*
 * After the buffer has grown to bytes: what the kernel offers its peer to send
 * was bounded when it was small, and stays so (TCP_WINDOW_CLAMP of tcp(7)). A
 * window below one segment moves once in 200 ms. Returns 0 or VB_ESYS.
 */
VB_MUST_CHECK int tcp_widen_window(int fd, uint32_t bytes);

#define TCP_ORPHAN_MS 10000

/*
 * Before a close: what the kernel still has for the peer is forgotten when the
 * peer takes nothing of it for TCP_ORPHAN_MS, and at once where it has taken
 * nothing for some seconds already: that close is a reset. Otherwise it would
 * be kept as long as the peer says that it has no room.
 */
void tcp_bound_orphan(int fd);

#endif
