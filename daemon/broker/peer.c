/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/ipc.h"
#include "common/log.h"
#include "daemon/broker/authority.h"
#include "daemon/broker/broker.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/lease.h"
#include "daemon/broker/peer.h"
#include "daemon/broker/reason.h"
#include "daemon/broker/request.h"

/*
 * What a worker may hold at least, whatever max-connections says now: it
 * may have been more before a reload, and a worker lives on with that.
 */
#define HELD_FLOOR 100000

void
peers_init(struct broker *b)
{
	uint32_t i;

	for (i = 0; i < PEERS_MAX; i++) {
		b->peers[i].broker = b;
		b->peers[i].index = i;
		TAILQ_INIT(&b->peers[i].sessions);
	}
}

static void
end_sessions(struct peer *peer)
{
	struct session *s;

	while ((s = TAILQ_FIRST(&peer->sessions)) != NULL) {
		if (s->request != NULL)
			request_abort(s);
		peer_remove_session(peer, s);
	}
}

/* Forgets a worker, its sessions and what it waits for. */
static void
disconnect(struct peer *peer)
{
	if (peer->ipc == NULL)
		return;
	ipc_free(peer->ipc);
	peer->ipc = NULL;
	presented_free(peer->presented);
	peer->presented = NULL;
	if (peer->is_announced)
		peer->broker->announced_count--;
	peer->is_announced = 0;
	peer->held_count = 0;
	end_sessions(peer);
}

/* A worker that can't be trusted: the master ends it. */
static void
tell_master(struct peer *peer)
{
	struct msg_dropped dropped = {peer->index, peer->fence};
	int error = ipc_send(peer->broker->master, MSG_DROPPED, &dropped, -1);

	if (error < 0)
		log_error("master not told index=%u error=\"%s\"", peer->index,
		    vb_strerror(error));
}

/*
 * That this process has no memory is not the worker's fault: it gets another
 * channel, says what it holds, and asks again what was not answered.
 */
static void
drop(struct peer *peer, int reason)
{
	if (reason == VB_ECLOSED)
		log_info("worker gone index=%u sessions=%u", peer->index,
		    peer->session_count);
	else if (reason == VB_ENOMEM)
		log_error("out of memory for worker index=%u sessions=%u: it "
			  "is to join again",
		    peer->index, peer->session_count);
	else {
		log_warn("worker dropped index=%u sessions=%u reason=\"%s\"",
		    peer->index, peer->session_count, vb_strerror(reason));
		tell_master(peer);
	}
	disconnect(peer);
}

static void
on_closed_channel(void *arg, int reason)
{
	drop(arg, reason);
}

struct session *
peer_find_session(struct peer *peer, uint64_t conn_id)
{
	struct session_key key = {conn_id, peer->index};

	return session_find(&peer->broker->sessions, &key);
}

static struct session *
add_session(struct peer *peer, uint64_t conn_id)
{
	struct session_key key = {conn_id, peer->index};
	struct session *s;

	s = session_new(&peer->broker->sessions, &peer->sessions, &key);
	if (s != NULL)
		peer->session_count++;
	return s;
}

struct session *
peer_add_session(struct peer *peer, uint64_t conn_id)
{
	uint32_t most = peer->broker->conf->start.settings.max_connections;

	return peer->session_count < most ? add_session(peer, conn_id) : NULL;
}

void
peer_remove_session(struct peer *peer, struct session *s)
{
	session_free(&peer->broker->sessions, &peer->sessions, s);
	peer->session_count--;
	trim_note(&peer->broker->trim);
}

void
peer_send_opened(struct peer *peer, const struct msg_opened *opened, int fd)
{
	int error = ipc_send(peer->ipc, MSG_OPENED, opened, fd);

	if (error < 0)
		drop(peer, error);
}

void
peer_refuse_open(struct peer *peer, const struct msg_open *open)
{
	struct msg_opened opened;

	memset(&opened, 0, sizeof(opened));
	opened.conn_id = open->conn_id;
	opened.code = CODE_TOO_MANY;
	log_escape(open->target, strlen(open->target), opened.target,
	    sizeof(opened.target));
	strlcpy(opened.reason, "the bridge has too many connections now",
	    sizeof(opened.reason));
	peer_send_opened(peer, &opened, -1);
}

/* The one before was for an OPEN that never came. */
static int
on_presented(void *arg, const void *body, int *fd)
{
	struct peer *peer = arg;

	(void)fd;
	presented_free(peer->presented);
	return presented_parse(
	    peer->broker->conf->authorities, body, &peer->presented);
}

static int
on_open(void *arg, const void *body, int *fd)
{
	(void)fd;
	return request_open(arg, body);
}

/* A number without a session: CLOSED and a refusal may cross on the way. */
static int
on_closed(void *arg, const void *body, int *fd)
{
	const struct msg_closed *closed = body;
	struct peer *peer = arg;
	struct session *s = peer_find_session(peer, closed->conn_id);

	(void)fd;
	if (s == NULL)
		return 0;
	if (s->request != NULL)
		request_cancel(s);
	else
		peer_remove_session(peer, s);
	return 0;
}

/* Printable ASCII without spaces, as OPENED gave it. */
static int
is_canonical(const char *target)
{
	if (*target == '\0')
		return 0;
	for (; *target != '\0'; target++) {
		if (*target <= ' ' || *target > '~')
			return 0;
	}
	return 1;
}

/* Returns 0, or VB_EBADMSG for what no honest worker sends. */
static int
check_held(struct peer *peer, const struct msg_held *held)
{
	uint32_t most = peer->broker->conf->start.settings.max_connections;

	if (most < HELD_FLOOR)
		most = HELD_FLOOR;
	if (peer->is_announced || peer->session_count >= most ||
	    !PROTO_IS_TEXT(held->target) || !is_canonical(held->target) ||
	    !subject_is_clean(&held->subject) || held->conn_id == 0 ||
	    peer_find_session(peer, held->conn_id) != NULL)
		return VB_EBADMSG;
	return 0;
}

static int
on_held(void *arg, const void *body, int *fd)
{
	const struct msg_held *held = body;
	struct peer *peer = arg;
	struct broker *b = peer->broker;
	struct session *s;
	struct target where;
	int has_where;

	(void)fd;
	if (check_held(peer, held) < 0)
		return VB_EBADMSG;
	if ((s = add_session(peer, held->conn_id)) == NULL)
		return VB_ENOMEM;
	peer->held_count++;
	/* a name may be another target's by now: what was dialled decides */
	has_where = target_parse_canonical(held->target, &where) == 0;
	if (session_set_target(s, held->target, has_where ? &where : NULL) <
		0 ||
	    (held->subject.name[0] != '\0' &&
		session_set_subject(s, &held->subject) < 0))
		return VB_ENOMEM;
	s->client = held->client;
	s->addr = held->addr;
	s->since_sec = held->since_sec;
	s->to_client_bytes = held->to_client_bytes;
	s->to_target_bytes = held->to_target_bytes;
	session_set_open(&b->sessions, s);
	lease_share(s, lease_find(b->conf, s));
	return 0;
}

static int
on_held_end(void *arg, const void *body, int *fd)
{
	const struct msg_held_end *end = body;
	struct peer *peer = arg;
	struct broker *b = peer->broker;

	(void)fd;
	if (peer->is_announced || end->count != peer->held_count)
		return VB_EBADMSG;
	peer->is_announced = 1;
	b->announced_count++;
	if (b->is_holding_back &&
	    b->announced_count >= b->conf->start.worker_count) {
		event_del(&b->hold_back_ev);
		event_active(&b->hold_back_ev, EV_TIMEOUT, 0);
	}
	return 0;
}

static int
on_traffic(void *arg, const void *body, int *fd)
{
	const struct msg_traffic *traffic = body;
	struct session *s;
	uint32_t i;

	(void)fd;
	if (traffic->count > PROTO_TRAFFIC_MAX)
		return VB_EBADMSG;
	for (i = 0; i < traffic->count; i++) {
		s = peer_find_session(arg, traffic->entries[i].conn_id);
		if (s == NULL)
			continue;
		s->to_client_bytes = traffic->entries[i].to_client_bytes;
		s->to_target_bytes = traffic->entries[i].to_target_bytes;
	}
	return 0;
}

static int
on_state(void *arg, const void *body, int *fd)
{
	const struct msg_state *state = body;
	struct peer *peer = arg;
	const struct conf *conf = peer->broker->conf;
	struct msg_stated stated;
	unsigned n;
	size_t i;
	int error;

	(void)fd;
	memset(&stated, 0, sizeof(stated));
	stated.number = state->number;
	stated.generation = conf->start.generation;
	stated.count = (uint32_t)conf->target_count;
	for (i = 0; i < conf->target_count; i++) {
		n = conf->targets[i].open_count;
		stated.sessions[i] = n < UINT16_MAX ? (uint16_t)n : UINT16_MAX;
	}
	error = ipc_send(peer->ipc, MSG_STATED, &stated, -1);
	if (error < 0)
		drop(peer, error);
	return 0;
}

static const struct ipc_ops peer_ops = {
    .on =
	{
	    [MSG_PRESENTED] = on_presented,
	    [MSG_OPEN] = on_open,
	    [MSG_CLOSED] = on_closed,
	    [MSG_HELD] = on_held,
	    [MSG_HELD_END] = on_held_end,
	    [MSG_TRAFFIC] = on_traffic,
	    [MSG_STATE] = on_state,
	},
    .closed = on_closed_channel,
};

int
peer_connect(struct peer *peer, uint32_t fence, int fd)
{
	disconnect(peer);
	peer->fence = fence;
	peer->ipc = ipc_new(
	    peer->broker->base, fd, ROLE_BROKER, ROLE_WORKER, &peer_ops, peer);
	if (peer->ipc == NULL)
		return VB_ENOMEM;
	ipc_set_phase(peer->ipc, PHASE_RUN);
	ipc_serve(peer->ipc, IPC_ANSWERS_BYTES);
	return 0;
}
