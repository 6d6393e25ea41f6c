/* SPDX-License-Identifier: ISC */
/*
 * The kernel's memory for sessions, all sockets of a machine share: over
 * net.ipv4.tcp_mem nobody's connection moves. So the first sessions of a
 * worker have large buffers, and what comes when there are many has less:
 * the n-th never more than an n-th of socket-memory.
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

/* Bounds the two sockets of a session that is the sessions-th. */
void budget_bound(
    const struct settings *s, uint32_t sessions, int client_fd, int target_fd);

#endif
