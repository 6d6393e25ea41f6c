/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "common/quota.h"
#include "common/unjoined.h"
#include "worker/client/line.h"
#include "worker/client/person.h"
#include "worker/client/tell.h"
#include "worker/client/ways.h"
#include "worker/tls/tls.h"

/* OPENs that wait for the broker to read: then clients wait in a line. */
#define OPENS_BYTES ((size_t)256 * 1024)

void
tell_no_broker(struct worker *w, uint32_t reason)
{
	const struct unjoined who = {
	    ROLE_BROKER, w->broker_fence, &w->unjoined_fence};

	unjoined_tell(w->master, &who, reason);
}

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
	if (c->person != NULL)
		memcpy(open.cookie, c->person->cookie, sizeof(open.cookie));
	open.can_wait = c->ws.decoder.takes_text;
	if (c->lease.intent != NULL)
		memcpy(open.intent, c->lease.intent, sizeof(open.intent));
	strlcpy(open.target, c->lease.target_text, sizeof(open.target));
	if ((result = present(c)) == 0)
		result = tell(c->worker, MSG_OPEN, &open);
	explicit_bzero(open.cookie, sizeof(open.cookie));
	explicit_bzero(open.intent, sizeof(open.intent));
	if (result == 0)
		c->lease.state = LEASE_ASKED;
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
tell_open(struct client *c)
{
	if (has_room(c->worker))
		ask(c);
	else
		line_join(&c->worker->unopened, c);
}

struct client *
tell_next_open(struct worker *w)
{
	struct client *c = TAILQ_FIRST(&w->unopened);

	if (c == NULL || !has_room(w))
		return NULL;
	ask(c);
	return c;
}

void
tell_owed(struct client *c)
{
	struct msg_closed closed;

	if (c->lease.state != LEASE_OWES_CLOSED)
		return;
	memset(&closed, 0, sizeof(closed));
	closed.conn_id = c->conn_id;
	closed.is_lost = c->is_lost;
	closed.is_early = !c->is_answered;
	closed.to_client_bytes = c->count.to_client;
	closed.to_target_bytes = c->count.to_target;
	closed.code = c->close_code;
	if (tell(c->worker, MSG_CLOSED, &closed) != VB_ENOMEM)
		c->lease.state = LEASE_NONE;
}

void
tell_closed(struct client *c)
{
	if (c->lease.state != LEASE_HELD && c->lease.state != LEASE_ASKED)
		return;
	c->lease.state = LEASE_OWES_CLOSED;
	tell_owed(c);
}

int
tell_late(struct worker *w, uint64_t conn_id)
{
	struct msg_closed closed = {.conn_id = conn_id};

	return tell(w, MSG_CLOSED, &closed);
}

int
tell_state(struct worker *w, uint64_t number, const struct addr *client,
    const uint8_t cookie[AUTH_COOKIE_BYTES])
{
	struct msg_state state;
	int result;

	memset(&state, 0, sizeof(state));
	state.number = number;
	state.client = *client;
	memcpy(state.cookie, cookie, sizeof(state.cookie));
	result = tell(w, MSG_STATE, &state);
	explicit_bzero(&state, sizeof(state));
	return result;
}

int
tell_board(const struct client *c)
{
	struct msg_board board;
	int result;

	memset(&board, 0, sizeof(board));
	board.board_id = c->conn_id;
	board.client = c->peer;
	if (c->person != NULL)
		memcpy(board.cookie, c->person->cookie, sizeof(board.cookie));
	result = tell(c->worker, MSG_BOARD, &board);
	explicit_bzero(&board, sizeof(board));
	return result;
}

int
tell_board_end(const struct client *c)
{
	struct msg_board_end end = {c->conn_id};

	return tell(c->worker, MSG_BOARD_END, &end);
}

int
tell_answer(struct client *c, uint64_t number, uint32_t answer)
{
	struct msg_said said = {c->conn_id, number, answer};

	return tell(c->worker, MSG_SAID, &said);
}

int
tell_intend(struct client *c, uint32_t kind, const char *target,
    const uint8_t held[INTENT_BYTES])
{
	struct msg_intend intend;
	int result;

	memset(&intend, 0, sizeof(intend));
	intend.conn_id = c->conn_id;
	intend.kind = kind;
	intend.client = c->peer;
	if (c->person != NULL)
		memcpy(intend.cookie, c->person->cookie, sizeof(intend.cookie));
	memcpy(intend.held, held, sizeof(intend.held));
	strlcpy(intend.target, target, sizeof(intend.target));
	result = tell(c->worker, MSG_INTEND, &intend);
	explicit_bzero(&intend, sizeof(intend));
	return result;
}

static int
announce(struct client *c)
{
	struct msg_held held;

	memset(&held, 0, sizeof(held));
	held.conn_id = c->conn_id;
	held.client = c->peer;
	held.addr = c->lease.target_addr;
	held.since_sec = c->lease.since_sec;
	held.to_client_bytes = c->count.to_client;
	held.to_target_bytes = c->count.to_target;
	held.fence = c->lease.fence;
	held.is_watching = c->is_watching;
	held.can_wait = c->ws.decoder.takes_text;
	strlcpy(held.target, c->lease.target_text, sizeof(held.target));
	if (c->person != NULL)
		held.login_id = c->person->login_id;
	if (c->lease.subject != NULL)
		held.subject = *c->lease.subject;
	return tell(c->worker, MSG_HELD, &held);
}

/* All of them, or the broker would take the count for a lie. */
int
tell_held(struct worker *w)
{
	struct msg_held_end end = {0};
	struct client *c;
	int result;

	TAILQ_FOREACH (c, &w->clients, entry) {
		if (c->lease.state == LEASE_OWES_CLOSED)
			c->lease.state = LEASE_NONE; /* it never heard of it */
		if (c->lease.state != LEASE_HELD)
			continue;
		if ((result = announce(c)) < 0)
			return result;
		end.count++;
	}
	return tell(w, MSG_HELD_END, &end);
}

/* When its user last did something; before RELAY, nothing can be done. */
static uint64_t
input_sec(const struct client *c)
{
	uint64_t now_ms = clock_tick_ms();

	if (c->state != CLIENT_RELAY || c->input_ms > now_ms)
		return (uint64_t)time(NULL);
	return (uint64_t)time(NULL) - (now_ms - c->input_ms) / MS_PER_SEC;
}

void
tell_traffic(struct worker *w)
{
	struct msg_traffic traffic;
	struct client *c;

	/* what one that is slow has not taken says as much as more would */
	if (w->broker == NULL || ipc_queued(w->broker) > 0)
		return;
	memset(&traffic, 0, sizeof(traffic));
	TAILQ_FOREACH (c, &w->clients, entry) {
		if (c->lease.state != LEASE_HELD || !c->has_moved)
			continue;
		c->has_moved = 0;
		traffic.entries[traffic.count].conn_id = c->conn_id;
		traffic.entries[traffic.count].to_client_bytes =
		    c->count.to_client;
		traffic.entries[traffic.count].to_target_bytes =
		    c->count.to_target;
		traffic.entries[traffic.count].input_sec = input_sec(c);
		ways_fill(c, &traffic.entries[traffic.count].ways);
		ways_count(c, &traffic.entries[traffic.count].ways);
		if (++traffic.count < PROTO_TRAFFIC_MAX)
			continue;
		tell(w, MSG_TRAFFIC, &traffic);
		memset(&traffic, 0, sizeof(traffic));
	}
	if (traffic.count > 0)
		tell(w, MSG_TRAFFIC, &traffic);
}
