/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <event2/event.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "daemon/master/children/join.h"
#include "daemon/master/children/supervisor.h"

#define JOIN_RETRY_MS 500

/*
 * Workers ask all of them but fetch and pam, which auth asks, and runner, which
 * the broker asks; that asks auth, too.
 */
int
join_asks(const struct child *asker, const struct child *server)
{
	if (asker->role == ROLE_WORKER)
		return (server->role &
			   (ROLE_BROKER | ROLE_KEEPER | ROLE_AUTH)) != 0;
	if (asker->role == ROLE_AUTH)
		return (server->role & (ROLE_FETCH | ROLE_PAM)) != 0;
	return asker->role == ROLE_BROKER &&
	    (server->role & (ROLE_AUTH | ROLE_RUNNER)) != 0;
}

/* Gives each its end (PEER). Returns 0 or a negative error. */
static int
make_channel(struct child *asker, struct child *server)
{
	static uint32_t last_fence;
	struct msg_peer peer = {asker->index, ++last_fence,
	    (uint32_t)server->role, (uint32_t)asker->role};
	int pair[2], to_asker, to_server;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
		0, pair) == -1)
		return VB_ESYS;
	child_link(asker, server->role)->fence = peer.fence;
	to_asker = ipc_send(asker->ipc, MSG_PEER, &peer, pair[0]);
	to_server = ipc_send(server->ipc, MSG_PEER, &peer, pair[1]);
	return to_asker < 0 ? to_asker : to_server;
}

/* The event is free while a child is ready. */
void
join_later(struct child *asker)
{
	struct timeval tv = clock_timeval(JOIN_RETRY_MS);

	event_add(&asker->restart_ev, &tv);
}

/* Returns 0 if it is to be tried again. */
static int
join_with(struct child *asker, struct child *server)
{
	struct link *link = child_link(asker, server->role);

	if (!join_asks(asker, server) || !link->is_wanted || !server->is_ready)
		return 1;
	if (make_channel(asker, server) == 0) {
		link->is_wanted = 0;
		return 1;
	}
	log_error("no channel between %s and %s: trying again",
	    child_role_words(server->role), child_name(asker));
	return 0;
}

void
supervisor_join(struct child *asker)
{
	struct supervisor *sup = asker->supervisor;
	uint32_t i;
	int is_done = 1;

	if (!asker->is_ready)
		return;
	for (i = 0; i < SUPERVISOR_SERVERS; i++)
		is_done &= join_with(asker, sup->servers[i]);
	if (is_done)
		event_del(&asker->restart_ev); /* no second one is due */
	else
		join_later(asker); /* else it would never be served */
}

static void
want(struct child *asker, struct child *server)
{
	if (join_asks(asker, server))
		child_link(asker, server->role)->is_wanted = 1;
}

/*
 * One that can't be told would keep for ever what the worker had: the next one
 * asks the others.
 */
void
join_tell_gone(const struct child *worker)
{
	struct child *broker =
	    supervisor_server(worker->supervisor, ROLE_BROKER);
	struct msg_gone gone = {worker->index, worker->broker_link.fence};

	if (broker->ipc == NULL ||
	    ipc_send(broker->ipc, MSG_GONE, &gone, -1) == 0)
		return;
	log_error("broker not told: gone %s", child_name(worker));
	child_cut_off(broker);
}

void
join_when_ready(struct child *child)
{
	struct supervisor *sup = child->supervisor;
	struct child *other;
	uint32_t i;

	for (i = 0; i < SUPERVISOR_SERVERS; i++)
		want(child, sup->servers[i]);
	supervisor_join(child);
	for (i = 0; (other = supervisor_child(sup, i)) != NULL; i++) {
		if (!join_asks(other, child))
			continue;
		want(other, child);
		supervisor_join(other);
	}
}
