/* SPDX-License-Identifier: ISC */
#include "common/log.h"
#include "common/tcp.h"
#include "worker/leg/budget.h"

/* The largest file of the page, compressed, is on its way at once. */
#define CONNECTION_BYTES     TCP_CONNECTION_BYTES
#define CONNECTION_MIN_BYTES (16 * 1024)

/* bytes, halved until that many have room, or least is reached. */
static uint32_t
divide(const struct settings *s, uint32_t count, uint32_t bytes, uint32_t least)
{
	uint64_t all = (uint64_t)s->socket_memory_kib * 1024;

	while (bytes > least && (uint64_t)bytes * count > all)
		bytes /= 2;
	return bytes;
}

uint32_t
budget_socket_bytes(const struct settings *s, uint32_t sessions)
{
	return divide(
	    s, sessions, s->socket_buffer_bytes, TCP_BUFFER_MIN_BYTES);
}

uint32_t
budget_connection_bytes(const struct settings *s, uint32_t connections)
{
	return divide(s, connections, CONNECTION_BYTES, CONNECTION_MIN_BYTES);
}

void
budget_narrow(const struct settings *s, uint32_t connections, int client_fd)
{
	uint32_t bytes = budget_connection_bytes(s, connections);
	uint32_t to_client = bytes == CONNECTION_BYTES ? 0 : bytes;
	uint32_t to_us = s->socket_buffer_bytes == 0 ? 0 : bytes / 2;

	if (tcp_narrow_buffers(client_fd, to_client, to_us) < 0)
		log_debug("buffers of a connection keep their sizes");
}

void
budget_widen(
    const struct settings *s, uint32_t sessions, int client_fd, int target_fd)
{
	uint32_t bytes = budget_socket_bytes(s, sessions);

	if (tcp_set_buffers(client_fd, TCP_CLIENT, bytes) < 0 ||
	    (bytes != 0 && tcp_widen_window(client_fd, bytes / 2) < 0))
		log_debug("buffers of a client keep their sizes");
	if (bytes != s->socket_buffer_bytes && /* which it was dialled with */
	    tcp_bound_buffers(target_fd, TCP_TARGET, bytes) < 0)
		log_debug("buffers of a target keep their sizes");
}
