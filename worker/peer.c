/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "common/ipc.h"
#include "common/log.h"
#include "common/quota.h"
#include "worker/stages/greet.h"
#include "worker/client/line.h"
#include "worker/peer.h"
#include "worker/stages/relay.h"
#include "worker/stages/state.h"
#include "worker/tls/tls.h"
#include "worker/stages/verify.h"

/* for private use, RFC 6455, 7.4.2: no other is the broker's to say */
#define CODE_FIRST 4000
#define CODE_LAST  4999

/* OPENs that wait for the broker to read: then clients wait in a line. */
#define OPENS_BYTES ((size_t)256 * 1024)

static int
may_be_text(const char *array, size_t size)
{
	return memchr(array, '\0', size) != NULL;
}

/* Whom the broker has found in its certificate: for the log, and for HELD. */
static void
take_subject(struct client *c, const struct subject *subject)
{
	if (subject->name[0] == '\0' || c->subject != NULL ||
	    (c->subject = malloc(sizeof(*c->subject))) == NULL)
		return;
	*c->subject = *subject;
}

/* Texts that end, and a code that is the broker's to say. */
static int
may_be_opened(const struct msg_opened *opened)
{
	return may_be_text(opened->target, sizeof(opened->target)) &&
	    may_be_text(opened->reason, sizeof(opened->reason)) &&
	    may_be_text(opened->repeater_id, sizeof(opened->repeater_id)) &&
	    opened->greeting_timeout_sec <= UINT16_MAX &&
	    may_be_text(opened->subject.name, sizeof(opened->subject.name)) &&
	    may_be_text(
		opened->subject.others, sizeof(opened->subject.others)) &&
	    (opened->code == 0 ||
		(opened->code >= CODE_FIRST && opened->code <= CODE_LAST));
}

/* The broker has decided: a connected socket, or a code and a reason. */
static int
on_opened(void *arg, const void *body, int *fd)
{
	const struct msg_opened *opened = body;
	struct worker *w = arg;
	struct client *c;
	char *target;
	int socket = *fd;

	if (!may_be_opened(opened))
		return VB_EBADMSG;
	c = client_find(w, opened->conn_id);
	if (c == NULL || c->state != CLIENT_OPENING)
		return 0; /* it has gone meanwhile */
	take_subject(c, &opened->subject);
	/* the broker's form of the name, safe to show and to log */
	if (opened->target[0] != '\0' &&
	    (target = strdup(opened->target)) != NULL) {
		free(c->target_text);
		c->target_text = target;
	}
	c->target_addr = opened->addr;
	if (opened->code != 0)
		client_end(c, (uint16_t)opened->code, "%s", opened->reason);
	else if (socket == -1)
		client_end(
		    c, CODE_TCP_ERROR, "the bridge is out of descriptors");
	else if (!greet_expect(c, opened))
		client_end(c, WS_CLOSE_TOO_BIG, "out of memory");
	else {
		*fd = -1;
		relay_take(c, socket);
		if (opened->tls_id != 0)
			verify_begin(c, opened->tls_id);
		else
			greet_begin(c);
	}
	client_settle(c);
	return 0;
}

static int
on_stated(void *arg, const void *body, int *fd)
{
	const struct msg_stated *stated = body;

	(void)fd;
	if (stated->count > PROTO_TARGETS_MAX)
		return VB_EBADMSG;
	state_take(arg, stated);
	return 0;
}

void
peer_tell_unjoined(struct worker *w, uint32_t reason)
{
	struct msg_unjoined unjoined = {w->broker_fence, reason, ROLE_BROKER};

	/* a PEER without its descriptor comes before the old channel's end */
	if (w->unjoined_fence == w->broker_fence)
		return;
	if (ipc_send(w->master, MSG_UNJOINED, &unjoined, -1) < 0)
		log_error("master cannot be told that there is no broker");
	else
		w->unjoined_fence = w->broker_fence;
}

/* Where the broker has died, the master knows, and makes nothing of it. */
static void
on_broker_closed(void *arg, int reason)
{
	struct worker *w = arg;

	log_debug("no broker: %s", vb_strerror(reason));
	peer_tell_unjoined(
	    w, reason == VB_EBADMSG ? UNJOINED_NONSENSE : UNJOINED_LOST);
	ipc_free(w->broker);
	w->broker = NULL;
}

static void on_broker_drained(void *arg);

static const struct ipc_ops broker_ops = {
    .on =
	{
	    [MSG_OPENED] = on_opened,
	    [MSG_STATED] = on_stated,
	},
    .closed = on_broker_closed,
    .drained = on_broker_drained,
};

/*
 * The queue has no bound of its own, since each message has one: OPENs wait in
 * a line, TRAFFIC for an empty queue, STATE for the one before; there is a HELD
 * for each session, and a CLOSED for each OPEN and HELD. A broker that hangs
 * may go on, and must not miss a CLOSED, or the lease would stay.
 */
static int
tell(struct worker *w, enum msg_type type, const void *body)
{
	int result;

	if (w->broker == NULL)
		return VB_ENOTFOUND;
	if ((result = ipc_send(w->broker, type, body, -1)) < 0)
		quota_log(LOG_LEVEL_ERROR, NULL, "broker cannot be told: %s",
		    vb_strerror(result));
	return result;
}

/* Passes on whose certificate the client has shown, if it has: all of it. */
static int
present(struct client *c)
{
	static struct msg_presented presented;
	int len;

	if (c->client.tls == NULL)
		return 0;
	len = tls_certificates(
	    c->client.tls, presented.der, sizeof(presented.der));
	if (len <= 0)
		return len;
	memset(presented.der + len, 0, sizeof(presented.der) - (size_t)len);
	presented.conn_id = c->conn_id;
	presented.local = c->local;
	presented.length = (uint32_t)len;
	return tell(c->worker, MSG_PRESENTED, &presented);
}

static void
ask(struct client *c)
{
	struct msg_open open;
	int result;

	line_leave(c); /* it asks once, whoever has called */
	memset(&open, 0, sizeof(open));
	open.conn_id = c->conn_id;
	open.client = c->peer;
	open.local = c->local;
	strlcpy(open.target, c->target_text, sizeof(open.target));
	if ((result = present(c)) == 0)
		result = tell(c->worker, MSG_OPEN, &open);
	c->is_asked = result == 0;
	if (result == VB_ERANGE)
		client_end(c, CODE_NOT_ALLOWED,
		    "your certificate is too large: with those above it, over "
		    "%d bytes or %d certificates",
		    PRESENTED_MAX, PRESENTED_CERTS_MAX);
	if (result == VB_ENOMEM)
		client_end(c, CODE_TOO_MANY, "the bridge is too busy");
}

static int
has_room(const struct worker *w)
{
	return w->broker != NULL && ipc_queued_bytes(w->broker) < OPENS_BYTES;
}

void
peer_open(struct client *c)
{
	if (has_room(c->worker))
		ask(c);
	else
		line_join(&c->worker->unopened, c);
}

static void
on_broker_drained(void *arg)
{
	struct worker *w = arg;
	struct client *c;

	while (has_room(w) && (c = TAILQ_FIRST(&w->unopened)) != NULL) {
		ask(c);
		client_settle(c);
	}
}

void
peer_say_closed(struct client *c)
{
	struct msg_closed closed;

	if (!c->owes_closed)
		return;
	memset(&closed, 0, sizeof(closed));
	closed.conn_id = c->conn_id;
	closed.to_client_bytes = c->to_client_bytes;
	closed.to_target_bytes = c->to_target_bytes;
	c->owes_closed = tell(c->worker, MSG_CLOSED, &closed) == VB_ENOMEM;
}

void
peer_closed(struct client *c)
{
	if (!c->is_held && !c->is_asked)
		return;
	c->is_held = c->is_asked = 0;
	c->owes_closed = 1;
	peer_say_closed(c);
}

int
peer_ask_state(struct worker *w, uint64_t number)
{
	struct msg_state state = {number};

	return tell(w, MSG_STATE, &state);
}

static int
announce(struct client *c)
{
	struct msg_held held;

	memset(&held, 0, sizeof(held));
	held.conn_id = c->conn_id;
	held.client = c->peer;
	held.addr = c->target_addr;
	held.since_sec = c->since_sec;
	held.to_client_bytes = c->to_client_bytes;
	held.to_target_bytes = c->to_target_bytes;
	strlcpy(held.target, c->target_text, sizeof(held.target));
	if (c->subject != NULL)
		held.subject = *c->subject;
	return tell(c->worker, MSG_HELD, &held);
}

/* All of them, or the broker would take the count for a lie. */
static int
announce_all(struct worker *w)
{
	struct msg_held_end end = {0};
	struct client *c;
	int result;

	TAILQ_FOREACH (c, &w->clients, entry) {
		c->owes_closed = 0; /* this one never heard of it */
		if (!c->is_held)
			continue;
		if ((result = announce(c)) < 0)
			return result;
		end.count++;
	}
	return tell(w, MSG_HELD_END, &end);
}

void
peer_join(struct worker *w, int fd)
{
	struct client *c, *next;

	ipc_free(w->broker);
	w->broker =
	    ipc_new(w->base, fd, ROLE_WORKER, ROLE_BROKER, &broker_ops, w);
	if (w->broker == NULL)
		return; /* the next tick asks for another */
	ipc_set_phase(w->broker, PHASE_RUN);
	ipc_set_bound(w->broker, SIZE_MAX);
	if (announce_all(w) < 0) {
		ipc_free(w->broker);
		w->broker = NULL;
	}
	TAILQ_FOREACH_SAFE (c, &w->clients, entry, next) {
		if (c->state == CLIENT_OPENING) {
			c->is_asked = 0; /* that was the one before */
			peer_open(c);
		}
		client_settle(c); /* who stayed only to owe a CLOSED can go */
	}
	state_join(w);
}

void
peer_tick(struct worker *w)
{
	if (w->broker == NULL)
		peer_tell_unjoined(w, UNJOINED_LOST);
}

void
peer_report_traffic(struct worker *w)
{
	struct msg_traffic traffic;
	struct client *c;

	/* what one that is slow has not taken says as much as more would */
	if (w->broker == NULL || ipc_queued(w->broker) > 0)
		return;
	memset(&traffic, 0, sizeof(traffic));
	TAILQ_FOREACH (c, &w->clients, entry) {
		if (!c->has_moved || !c->is_held)
			continue;
		c->has_moved = 0;
		traffic.entries[traffic.count].conn_id = c->conn_id;
		traffic.entries[traffic.count].to_client_bytes =
		    c->to_client_bytes;
		traffic.entries[traffic.count].to_target_bytes =
		    c->to_target_bytes;
		if (++traffic.count < PROTO_TRAFFIC_MAX)
			continue;
		tell(w, MSG_TRAFFIC, &traffic);
		memset(&traffic, 0, sizeof(traffic));
	}
	if (traffic.count > 0)
		tell(w, MSG_TRAFFIC, &traffic);
}
