/* SPDX-License-Identifier: ISC */
#include "common/log.h"
#include "common/tcp.h"
#include "worker/budget.h"

uint32_t
budget_socket_bytes(const struct settings *s, uint32_t sessions)
{
	uint64_t all = (uint64_t)s->socket_memory_kib * 1024;
	uint64_t bytes = s->socket_buffer_bytes;

	while (bytes > TCP_BUFFER_MIN_BYTES && bytes * sessions > all)
		bytes /= 2;
	return (uint32_t)bytes;
}

void
budget_bound(
    const struct settings *s, uint32_t sessions, int client_fd, int target_fd)
{
	uint32_t bytes = budget_socket_bytes(s, sessions);

	if (bytes == s->socket_buffer_bytes)
		return; /* both have that already */
	if (tcp_bound_buffers(client_fd, TCP_CLIENT, bytes) < 0 ||
	    tcp_bound_buffers(target_fd, TCP_TARGET, bytes) < 0)
		log_debug("buffers keep their sizes");
}
