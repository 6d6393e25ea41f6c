/* SPDX-License-Identifier: ISC */
/*
 * The options of every TCP socket that carries a session, on both legs.
 */
#ifndef VB_TCP_H
#define VB_TCP_H

#include <stdint.h>

#include "common/errors.h"

#define TCP_KEEPALIVE_IDLE_SEC	   60 /* silence before the first probe */
#define TCP_KEEPALIVE_INTERVAL_SEC 15
#define TCP_KEEPALIVE_COUNT	   4
/*
 * The same data sent so often without an answer: a hundred seconds on a LAN
 * (RFC 6298, 5.5: each wait is twice the one before), more on a long way.
 */
#define TCP_RETRANSMITS_MAX 9

/*
 * Sets TCP_NODELAY (nothing waits for more to come) and keep-alive. On a
 * listening socket, what it accepts inherits them. Returns 0 or VB_ESYS.
 *
 * Not TCP_USER_TIMEOUT: Linux ends by it also a connection whose peer lives,
 * and answers, but has no room: a viewer's tab that is suspended, a target
 * that is stopped for a while.
 */
VB_MUST_CHECK int tcp_set_options(int fd);

/*
 * Whether the peer has not acknowledged data for TCP_RETRANSMITS_MAX turns,
 * which keep-alive does not look at. One that has no room for more data, and
 * says so, is not lost.
 */
int tcp_is_lost(int fd);

#define TCP_BUFFER_MIN_BYTES 65536
#define TCP_UNSENT_MAX_BYTES (256 * 1024) /* TCP_NOTSENT_LOWAT */

/*
 * Bounds what the kernel may keep for the socket: bytes of memory for what
 * came and is not read, and as much for what was written and is not
 * acknowledged; of the latter at most TCP_UNSENT_MAX_BYTES wait to be sent,
 * so that a slow link has no long queue of old pictures. 0: the kernel's
 * own rules. Little room makes floods dearer (half as much processor time
 * again for a GB with 2 MiB as with 4 and no bound for what is unsent), but
 * where many stand still, much room is worse: over net.ipv4.tcp_mem the
 * kernel says that there is room and takes nothing, and we spin. What a
 * listening socket accepts inherits it, if it is set before. Returns the
 * bytes that the kernel grants, which net.core.rmem_max and wmem_max may
 * have made fewer, or VB_ESYS.
 */
VB_MUST_CHECK int tcp_set_buffers(int fd, uint32_t bytes);

#endif
