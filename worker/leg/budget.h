/* SPDX-License-Identifier: ISC */
/*
 * All sockets of a machine share the kernel's memory for connections: over
 * net.ipv4.tcp_mem none of them moves. So a connection that isn't a session has
 * small buffers, a worker's first sessions have large ones, and one that comes
 * when there are many has less: the n-th never more than an n-th of
 * socket-memory.
 */
#ifndef VB_BUDGET_H
#define VB_BUDGET_H

#include <stdint.h>

#include "common/settings.h"

/*
 * What a socket may hold each way, when there are that many sessions: half
 * of socket-buffer as often as need be. 0: the kernel decides.
 */
uint32_t budget_socket_bytes(const struct settings *s, uint32_t sessions);

/* The same for a connection that isn't a session, and half of it to us. */
uint32_t
budget_connection_bytes(const struct settings *s, uint32_t connections);

/* Bounds an accepted connection that is the connections-th. */
void
budget_narrow(const struct settings *s, uint32_t connections, int client_fd);

/* Bounds the two sockets of a session that is the sessions-th. */
void budget_widen(
    const struct settings *s, uint32_t sessions, int client_fd, int target_fd);

#endif
