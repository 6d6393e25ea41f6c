/* SPDX-License-Identifier: ISC */
/*
 * The kernel's memory for connections, all sockets of a machine share: over
 * net.ipv4.tcp_mem nobody's connection moves. So what is no session has small
 * buffers, a worker's first sessions have large ones, and what comes when there
 * are many has less: the n-th never more than an n-th of socket-memory.
 */
#ifndef VB_BUDGET_H
#define VB_BUDGET_H

#include <stdint.h>

#include "common/settings.h"

/*
 * What a socket may hold each way, when there are so many sessions: half
 * of socket-buffer as often as need be. 0: the kernel decides.
 */
uint32_t budget_socket_bytes(const struct settings *s, uint32_t sessions);

/* The same for a connection that is no session, and half of it to us. */
uint32_t
budget_connection_bytes(const struct settings *s, uint32_t connections);

/* Bounds an accepted connection that is the connections-th. */
void
budget_narrow(const struct settings *s, uint32_t connections, int client_fd);

/* Bounds the two sockets of a session that is the sessions-th. */
void budget_widen(
    const struct settings *s, uint32_t sessions, int client_fd, int target_fd);

#endif
