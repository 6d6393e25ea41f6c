/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/close_code.h"
#include "common/ipc.h"
#include "common/log.h"
#include "daemon/broker/audit.h"
#include "daemon/broker/presented.h"
#include "daemon/broker/broker.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/lease.h"
#include "daemon/broker/logins.h"
#include "daemon/broker/peer.h"
#include "daemon/broker/vouch.h"

int
peers_init(struct broker *b, const struct ipc_ops *ops)
{
	uint32_t i;

	if ((b->peers = calloc(PEERS_MAX, sizeof(*b->peers))) == NULL)
		return VB_ENOMEM;
	for (i = 0; i < PEERS_MAX; i++) {
		b->peers[i].broker = b;
		b->peers[i].ops = ops;
		b->peers[i].index = i;
		TAILQ_INIT(&b->peers[i].sessions);
		TAILQ_INIT(&b->peers[i].errands);
	}
	return 0;
}

/*
 * Those that are pending end. One that is open keeps its lease until it is
 * certain that its socket is closed: the master says that the process has gone,
 * or the worker has another channel, and says what it holds.
 */
static void
orphan_sessions(struct peer *peer)
{
	struct session *s, *next;

	TAILQ_FOREACH_SAFE (s, &peer->sessions, of_worker, next) {
		if (s->request == NULL) {
			s->is_orphan = 1;
			continue;
		}
		peer->broker->abort(s);
		peer_remove_session(peer, s);
	}
}

void
peer_end_orphans(struct peer *peer)
{
	struct session *s, *next;

	TAILQ_FOREACH_SAFE (s, &peer->sessions, of_worker, next) {
		if (!s->is_orphan)
			continue;
		leases_keep(&peer->broker->leases, s);
		audit_gone(s);
		peer_remove_session(peer, s);
	}
}

/* Forgets a channel, and what its worker waits for. */
static void
disconnect(struct peer *peer)
{
	if (peer->ipc == NULL)
		return;
	ipc_free(peer->ipc);
	peer->ipc = NULL;
	presented_free(peer->presented);
	peer->presented = NULL;
	vouch_cancel(peer->state_vouch);
	peer->state_vouch = NULL;
	peer->is_announced = 0;
	peer->held_count = 0;
	if (peer->forget_errands != NULL)
		peer->forget_errands(peer);
	if (peer->crowd != NULL)
		peer->forget_crowd(peer);
	orphan_sessions(peer);
}

/* A worker that can't be trusted: the master ends it. */
static void
tell_master(struct peer *peer)
{
	struct msg_dropped dropped = {peer->index, peer->fence, ROLE_WORKER};
	int error = ipc_send(peer->broker->master, MSG_DROPPED, &dropped, -1);

	if (error < 0)
		log_error("master not told index=%u error=\"%s\"", peer->index,
		    vb_strerror(error));
}

/*
 * That this process has no memory is not the worker's fault: it gets another
 * channel, says what it holds, and asks again what was not answered.
 */
void
peer_drop(struct peer *peer, int reason)
{
	if (reason == VB_ECLOSED)
		log_info("worker gone index=%u sessions=%u", peer->index,
		    peer->session_count);
	else if (reason == VB_ENOMEM)
		log_error("out of memory for worker index=%u sessions=%u: it "
			  "must join again",
		    peer->index, peer->session_count);
	else {
		log_warn("worker dropped index=%u sessions=%u reason=\"%s\"",
		    peer->index, peer->session_count, vb_strerror(reason));
		tell_master(peer);
	}
	disconnect(peer);
}

struct session *
peer_find_session(struct peer *peer, uint64_t conn_id)
{
	struct session_key key = {conn_id, peer->index};

	return session_find(&peer->broker->sessions, &key);
}

struct session *
peer_add_held(struct peer *peer, uint64_t conn_id)
{
	struct session_key key = {conn_id, peer->index};
	struct session *s;

	s = session_new(&peer->broker->sessions, &peer->sessions, &key);
	if (s != NULL) {
		s->broker = peer->broker;
		peer->session_count++;
	}
	return s;
}

struct session *
peer_add_session(struct peer *peer, uint64_t conn_id)
{
	uint32_t most = peer->broker->conf->start.settings.max_connections;

	return peer->session_count < most ? peer_add_held(peer, conn_id) : NULL;
}

int
peer_set_client(struct peer *peer, struct session *s, const struct addr *client)
{
	s->client = *client;
	s->asker = shares_find(&peer->broker->shares, client);
	if (s->asker == NULL)
		return VB_ENOMEM;
	s->asker->sessions++;
	TAILQ_INSERT_TAIL(&s->asker->list, s, of_asker);
	return 0;
}

void
peer_remove_session(struct peer *peer, struct session *s)
{
	if (s->is_watching && s->is_open)
		peer->broker->watcher_left(s);
	lease_drop(s);
	logins_remove(&peer->broker->logins, s);
	if (s->asker != NULL) {
		s->asker->sessions--;
		TAILQ_REMOVE(&s->asker->list, s, of_asker);
	}
	session_free(&peer->broker->sessions, &peer->sessions, s);
	peer->session_count--;
	trim_note(&peer->broker->trim);
}

void
peer_send_opened(struct peer *peer, const struct msg_opened *opened, int fd)
{
	int error = ipc_send(peer->ipc, MSG_OPENED, opened, fd);

	if (error < 0)
		peer_drop(peer, error);
}

void
peer_send_wait(struct peer *peer, uint64_t conn_id, uint32_t seconds)
{
	struct msg_wait wait = {conn_id,
	    seconds < PROTO_WAIT_MAX_SEC ? seconds : PROTO_WAIT_MAX_SEC};
	int error = ipc_send(peer->ipc, MSG_WAIT, &wait, -1);

	if (error < 0)
		peer_drop(peer, error);
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
	audit_unanswered(peer->broker, peer->index, open, &opened);
	peer_send_opened(peer, &opened, -1);
}

void
peers_await(struct broker *b)
{
	const uint8_t *living = b->conf->start.living;
	uint32_t i;

	for (i = 0; i < PEERS_MAX; i++) {
		if ((living[i / CHAR_BIT] >> i % CHAR_BIT & 1) == 0)
			continue;
		b->peers[i].is_unheard = 1;
		b->unheard_count++;
	}
}

void
peer_heard(struct peer *peer)
{
	struct broker *b = peer->broker;

	if (!peer->is_unheard)
		return;
	peer->is_unheard = 0;
	if (--b->unheard_count > 0)
		return;
	leases_wake_all(&b->leases);
	event_active(&b->watch_ev, EV_TIMEOUT, 0);
	if (b->is_holding_back) {
		event_del(&b->hold_back_ev);
		event_active(&b->hold_back_ev, EV_TIMEOUT, 0);
	}
}

/*
 * A greater fence is of a channel that the process has got, and this one has
 * not. A smaller one would be of a process before.
 */
void
peer_gone(struct peer *peer, uint32_t fence)
{
	if (fence >= peer->fence) {
		disconnect(peer);
		peer_end_orphans(peer);
	}
	peer_heard(peer);
}

int
peer_connect(struct peer *peer, uint32_t fence, int fd)
{
	disconnect(peer);
	peer->fence = fence;
	peer->ipc = ipc_new(
	    peer->broker->base, fd, ROLE_BROKER, ROLE_WORKER, peer->ops, peer);
	if (peer->ipc == NULL)
		return VB_ENOMEM;
	ipc_set_phase(peer->ipc, PHASE_RUN);
	ipc_serve(peer->ipc, IPC_ANSWERS_BYTES);
	return 0;
}
