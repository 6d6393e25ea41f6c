/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/close_code.h"
#include "common/ipc.h"
#include "daemon/broker/access.h"
#include "daemon/broker/audit.h"
#include "daemon/broker/board.h"
#include "daemon/broker/auth.h"
#include "daemon/broker/broker.h"
#include "daemon/broker/claim.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/expel.h"
#include "daemon/broker/intent.h"
#include "daemon/broker/lease.h"
#include "daemon/broker/peer.h"
#include "daemon/broker/presented.h"
#include "daemon/broker/request.h"
#include "daemon/broker/subject.h"
#include "daemon/broker/vouch.h"
#include "daemon/broker/worker.h"

/*
 * What a worker may hold at least, whatever max-connections says now: it
 * may have been more before a reload, and a worker lives on with that.
 */
#define HELD_FLOOR 100000

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

/* What a worker finds out about a target that it has a socket of. */
static int
is_of_target(uint32_t code)
{
	return code == CODE_NO_ANSWER || code == CODE_NOT_VNC ||
	    code == CODE_UNVERIFIED;
}

/*
 * A number without a session: CLOSED and a refusal may cross on the way. If it
 * has crossed a socket, the lease stays until that is closed, too.
 */
static int
on_closed(void *arg, const void *body, int *fd)
{
	const struct msg_closed *closed = body;
	struct peer *peer = arg;
	struct session *s = peer_find_session(peer, closed->conn_id);

	(void)fd;
	if (s == NULL)
		return 0;
	if (s->request != NULL) {
		request_cancel(s);
		return 0;
	}
	if (closed->is_early)
		return 0;
	if (closed->is_lost)
		leases_keep(&peer->broker->leases, s);
	if (s->configured != NULL && is_of_target(closed->code))
		s->configured->down_sec = (uint64_t)time(NULL);
	audit_closed(s, closed);
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
	const struct session *s = peer_find_session(peer, held->conn_id);

	if (most < HELD_FLOOR)
		most = HELD_FLOOR;
	if (peer->is_announced || peer->session_count >= most ||
	    !PROTO_IS_TEXT(held->target) || !is_canonical(held->target) ||
	    !subject_is_clean(&held->subject) || held->conn_id == 0 ||
	    (s != NULL && !s->is_orphan))
		return VB_EBADMSG;
	return 0;
}

/* What the broker knew of a session whose worker has another channel. */
struct heirloom {
	uint32_t end_code; /* 0: it was not to end */
	uint8_t is_invited;
	uint8_t is_watching;
};

static void
bequeath(struct peer *peer, uint64_t conn_id, struct heirloom *left)
{
	struct session *s = peer_find_session(peer, conn_id);

	memset(left, 0, sizeof(*left));
	if (s == NULL)
		return;
	left->is_invited = s->is_invited;
	left->is_watching = s->is_watching;
	if (s->is_expelled)
		left->end_code = s->end_code;
	peer_remove_session(peer, s); /* its lease goes to its heir */
}

/* A worker's word is no other session's number. */
static uint64_t
fence_of(struct broker *b, const struct configured *t, uint64_t fence)
{
	const struct session *s;

	if (t != NULL)
		TAILQ_FOREACH (s, &t->holders, of_target)
			if (s->fence == fence)
				return leases_next_fence(&b->leases);
	leases_note_fence(&b->leases, fence);
	return fence;
}

static int
set_held(struct session *s, const struct msg_held *held)
{
	struct target where;
	/* a name may be another target's by now: what was dialled decides */
	int has_where = target_parse_canonical(held->target, &where) == 0;

	if (session_set_target(s, held->target, has_where ? &where : NULL) <
		0 ||
	    (held->subject.name[0] != '\0' &&
		session_set_subject(s, &held->subject) < 0))
		return VB_ENOMEM;
	s->addr = held->addr;
	s->since_sec = (uint32_t)held->since_sec;
	s->can_wait = (uint8_t)(held->can_wait != 0);
	s->to_client_bytes = held->to_client_bytes;
	s->to_target_bytes = held->to_target_bytes;
	return 0;
}

static int
on_held(void *arg, const void *body, int *fd)
{
	const struct msg_held *held = body;
	struct peer *peer = arg;
	struct broker *b = peer->broker;
	struct heirloom left;
	struct configured *t;
	struct session *s;

	(void)fd;
	if (check_held(peer, held) < 0)
		return VB_EBADMSG;
	bequeath(peer, held->conn_id, &left);
	if ((s = peer_add_held(peer, held->conn_id)) == NULL)
		return VB_ENOMEM;
	peer->held_count++;
	if (set_held(s, held) < 0 ||
	    peer_set_client(peer, s, &held->client) < 0)
		return VB_ENOMEM;
	t = lease_find(b->conf, s);
	s->fence = fence_of(b, t, held->fence);
	s->is_invited = left.is_invited;
	/* a worker's word makes nobody who looked on a holder */
	s->is_watching = left.is_watching || held->is_watching != 0;
	session_set_open(&b->sessions, s);
	lease_open(s);
	lease_share(s, t);
	audit_held(s, held->login_id);
	if (held->login_id != 0 && auth_add_held(b, s, held->login_id) < 0)
		return VB_ENOMEM;
	b->tell_held(s);
	if (left.end_code != 0)
		session_expel(b, s, left.end_code, "it was to end before",
		    "it was to end before");
	return 0;
}

static int
on_held_end(void *arg, const void *body, int *fd)
{
	const struct msg_held_end *end = body;
	struct peer *peer = arg;

	(void)fd;
	if (peer->is_announced || end->count != peer->held_count)
		return VB_EBADMSG;
	peer->is_announced = 1;
	peer_end_orphans(peer);
	audit_held_end(peer->broker, peer->index);
	peer_heard(peer);
	access_review_peer(peer); /* what it holds may have lost its right */
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
		session_note_move(s);
		s->to_client_bytes = traffic->entries[i].to_client_bytes;
		s->to_target_bytes = traffic->entries[i].to_target_bytes;
		s->input_sec = (uint32_t)traffic->entries[i].input_sec;
		s->ways = traffic->entries[i].ways;
	}
	return 0;
}

/* The targets from stated->first on, as many as it takes. */
static void
fill_stated(const struct conf *conf,
    const uint8_t hidden[PROTO_TARGETS_MAX / 8], struct msg_stated *stated)
{
	uint32_t i;
	unsigned n;

	stated->count = stated->total - stated->first;
	if (stated->count > PROTO_STATED_MAX)
		stated->count = PROTO_STATED_MAX;
	for (i = 0; i < stated->count; i++) {
		n = conf->targets[stated->first + i].open_count;
		stated->sessions[i] = n < UINT16_MAX ? (uint16_t)n : UINT16_MAX;
	}
	memcpy(
	    stated->hidden, hidden + stated->first / 8, sizeof(stated->hidden));
}

/*
 * who NULL: auth did not answer, and where people log in it is not known what
 * may be shown.
 */
static void
answer_state(struct peer *peer, const struct msg_vouched *who)
{
	const struct conf *conf = peer->broker->conf;
	uint8_t hidden[PROTO_TARGETS_MAX / 8] = {0};
	struct msg_stated stated;
	int error;

	memset(&stated, 0, sizeof(stated));
	stated.number = peer->state.number;
	stated.generation = who == NULL && peer->broker->conf_has_auth
	    ? 0
	    : conf->start.generation;
	stated.total = (uint32_t)conf->target_count;
	access_hide(conf, &peer->state.client, who, hidden);
	do {
		fill_stated(conf, hidden, &stated);
		error = ipc_send(peer->ipc, MSG_STATED, &stated, -1);
		if (error < 0) {
			peer_drop(peer, error);
			return;
		}
		stated.first += stated.count;
	} while (stated.first < stated.total);
}

static void
on_state_vouched(void *arg, const struct msg_vouched *who)
{
	struct peer *peer = arg;

	peer->state_vouch = NULL;
	answer_state(peer, who);
}

/* One at a time: the next after its STATED. */
static int
on_state(void *arg, const void *body, int *fd)
{
	static const uint8_t none[AUTH_COOKIE_BYTES];
	static const struct msg_vouched nobody;
	const struct msg_state *state = body;
	struct peer *peer = arg;
	struct broker *b = peer->broker;

	(void)fd;
	if (peer->state_vouch != NULL)
		return VB_EBADMSG;
	peer->state.number = state->number;
	peer->state.client = state->client;
	if (!b->conf_has_auth || memcmp(state->cookie, none, sizeof(none)) == 0)
		answer_state(peer, &nobody);
	else if ((peer->state_vouch = vouch_ask(&b->vouches, state->cookie, 0,
		      on_state_vouched, peer)) == NULL)
		answer_state(peer, NULL);
	return 0;
}

static int
on_said(void *arg, const void *body, int *fd)
{
	(void)fd;
	return claim_answer(arg, body);
}

static int
on_intend(void *arg, const void *body, int *fd)
{
	(void)fd;
	return intent_ask(arg, body);
}

static int
on_board(void *arg, const void *body, int *fd)
{
	(void)fd;
	return board_begin(arg, body);
}

static int
on_board_end(void *arg, const void *body, int *fd)
{
	(void)fd;
	return board_end(arg, body);
}

static void
on_closed_channel(void *arg, int reason)
{
	peer_drop(arg, reason);
}

static const struct ipc_ops worker_ops = {
    .on =
	{
	    [MSG_PRESENTED] = on_presented,
	    [MSG_OPEN] = on_open,
	    [MSG_CLOSED] = on_closed,
	    [MSG_HELD] = on_held,
	    [MSG_HELD_END] = on_held_end,
	    [MSG_TRAFFIC] = on_traffic,
	    [MSG_STATE] = on_state,
	    [MSG_SAID] = on_said,
	    [MSG_INTEND] = on_intend,
	    [MSG_BOARD] = on_board,
	    [MSG_BOARD_END] = on_board_end,
	},
    .closed = on_closed_channel,
};

int
workers_init(struct broker *b)
{
	return peers_init(b, &worker_ops);
}
