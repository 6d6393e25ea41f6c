/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include "common/ipc.h"
#include "daemon/master/children/peers.h"

int
peers_join(struct child *worker, struct child *server)
{
	static uint32_t last_fence;
	struct msg_peer peer = {
	    worker->index, ++last_fence, (uint32_t)server->role};
	int pair[2], to_worker, to_server;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
		0, pair) == -1)
		return VB_ESYS;
	child_link(worker, server->role)->fence = peer.fence;
	to_worker = ipc_send(worker->ipc, MSG_PEER, &peer, pair[0]);
	to_server = ipc_send(server->ipc, MSG_PEER, &peer, pair[1]);
	return to_worker < 0 ? to_worker : to_server;
}
