/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "daemon/runner/wake.h"

#define TIMES 3

void
wake_fill(const uint8_t mac[HOOK_MAC_BYTES], uint8_t packet[WAKE_PACKET_BYTES])
{
	size_t i;

	memset(packet, 0xff, HOOK_MAC_BYTES);
	for (i = 1; i <= WAKE_REPEATS; i++)
		memcpy(packet + i * HOOK_MAC_BYTES, mac, HOOK_MAC_BYTES);
}

int
wake_send(const uint8_t mac[HOOK_MAC_BYTES], const struct addr *addr)
{
	uint8_t packet[WAKE_PACKET_BYTES];
	struct sockaddr_storage to;
	socklen_t len = addr_to_sockaddr(addr, &to);
	int fd, i, on = 1, result = 0;

	wake_fill(mac, packet);
	fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return VB_ESYS;
	/* v6 has no broadcast, and needs no leave for multicast */
	if (setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)) == -1)
		result = VB_ESYS;
	for (i = 0; i < TIMES && result == 0; i++)
		if (sendto(fd, packet, sizeof(packet), 0,
			(const struct sockaddr *)&to, len) == -1)
			result = VB_ESYS;
	close(fd);
	return result;
}
