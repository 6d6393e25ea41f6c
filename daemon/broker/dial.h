/* SPDX-License-Identifier: ISC */
/*
 * Connects to one of several addresses, all of which the policy has
 * allowed: the first that connects wins.
 *
 * STANDARDS  RFC 8305, 4 and 5
 */
#ifndef VB_DIAL_H
#define VB_DIAL_H

#include <stddef.h>
#include <stdint.h>

#include "common/addr.h"

#define DIAL_SOCKETS_MAX 3 /* at a time: an older attempt gives way */

struct event_base;
struct dial;

struct dial_outcome {
	int fd;		  /* connected and nonblocking, or -1 */
	int error;	  /* errno, if fd is -1: the most telling one */
	struct addr addr; /* what was dialled: the winner, or what failed so */
};

/*
 * **Takes** outcome->fd, if it is not -1. Never called before dial_start
 * returns, and not at all after dial_cancel; the dial is gone by then.
 */
typedef void dial_done(void *arg, const struct dial_outcome *outcome);

/*
 * Starts. **Borrows** addrs, which have their ports; count is not 0. The
 * families are interleaved, beginning with that of the first; of many addresses
 * DIAL_SOCKETS_MAX are tried at a time, if the deadline lets them all be tried.
 * At the deadline (clock_now_ms) it ends with ETIMEDOUT. The sockets have the
 * options of common/tcp.h. NULL without memory.
 */
struct dial *dial_start(struct event_base *base, const struct addr *addrs,
    size_t count, uint32_t socket_buffer_bytes, uint64_t deadline_ms,
    dial_done *done, void *arg);

/* Ends a dial that is not done. NULL is allowed. */
void dial_cancel(struct dial *dial);

#endif
