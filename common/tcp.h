/* SPDX-License-Identifier: ISC */
/*
 * The options of every TCP socket that carries a session, on both legs.
 */
#ifndef VB_TCP_H
#define VB_TCP_H

#include "common/errors.h"

#define TCP_KEEPALIVE_IDLE_SEC	   60 /* silence before the first probe */
#define TCP_KEEPALIVE_INTERVAL_SEC 15
#define TCP_KEEPALIVE_COUNT	   4
#define TCP_UNACKED_MAX_MS	   120000 /* TCP_USER_TIMEOUT, RFC 5482 */

/*
 * Sets TCP_NODELAY (nothing waits for more to come), keep-alive and
 * TCP_USER_TIMEOUT. On a listening socket, what it accepts inherits them.
 * Returns 0 or VB_ESYS.
 */
VB_MUST_CHECK int tcp_set_options(int fd);

#endif
