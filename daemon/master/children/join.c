/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <event2/event.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "daemon/master/children/join.h"
#include "daemon/master/children/supervisor.h"

#define JOIN_RETRY_MS 500

/* Gives each its end (PEER). Returns 0 or a negative error. */
static int
make_channel(struct child *worker, struct child *server)
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

/* The event is free while a worker is ready. */
void
join_later(struct child *worker)
{
	struct timeval tv = clock_timeval(JOIN_RETRY_MS);

	event_add(&worker->restart_ev, &tv);
}

/* Returns 0 if it is to be tried again. */
static int
join_with(struct child *worker, struct child *server)
{
	struct link *link = child_link(worker, server->role);

	if (!link->is_wanted || !server->is_ready)
		return 1;
	if (make_channel(worker, server) == 0) {
		link->is_wanted = 0;
		return 1;
	}
	log_error("no channel between %s and worker %u: trying again",
	    child_name(server), worker->index);
	return 0;
}

void
supervisor_join(struct child *worker)
{
	struct supervisor *sup = worker->supervisor;
	uint32_t i;
	int is_done = 1;

	if (!worker->is_ready)
		return;
	for (i = 0; i < SUPERVISOR_SERVERS; i++)
		is_done &= join_with(worker, sup->servers[i]);
	if (is_done)
		event_del(&worker->restart_ev); /* no second one is due */
	else
		join_later(worker); /* else it would never open a session */
}

void
join_when_ready(struct child *child)
{
	struct supervisor *sup = child->supervisor;
	uint32_t i;

	if (child->role == ROLE_WORKER) {
		for (i = 0; i < SUPERVISOR_SERVERS; i++)
			child_link(child, sup->servers[i]->role)->is_wanted = 1;
		supervisor_join(child);
		return;
	}
	for (i = 0; i < sup->worker_count; i++) {
		child_link(sup->workers[i], child->role)->is_wanted = 1;
		supervisor_join(sup->workers[i]);
	}
}
