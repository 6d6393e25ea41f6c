/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "worker/client/client.h"
#include "worker/client/idle.h"
#include "worker/client/line.h"

static int
client_compare(const struct client *a, const struct client *b)
{
	return a->conn_id < b->conn_id ? -1 : a->conn_id > b->conn_id;
}

RB_GENERATE(client_tree, client, id_entry, client_compare)

static const struct {
	const char *name;
	uint8_t is_session;
} states[] = {
#define X(state, name, is_session) {name, is_session},
    CLIENT_STATES(X)
#undef X
};

int
client_is_session(const struct client *c)
{
	return states[c->state].is_session;
}

int
client_is_https(const struct client *c)
{
	return c->http.scheme == SCHEME_UNSAID ? c->tls_version != NULL
					       : c->http.scheme == SCHEME_HTTPS;
}

void
client_enter(struct client *c, enum client_state state, uint64_t timeout_ms)
{
	log_trace("conn=%llu from=%s to=%s", (unsigned long long)c->conn_id,
	    states[c->state].name, states[state].name);
	idle_set(c, state == CLIENT_HEAD || state == CLIENT_SECURING);
	line_leave(c);
	c->state = state;
	c->deadline_ms = timeout_ms == 0 ? 0 : clock_now_ms() + timeout_ms;
}

struct client *
client_find(struct worker *w, uint64_t conn_id)
{
	struct client key;

	key.conn_id = conn_id;
	return RB_FIND(client_tree, &w->by_id, &key);
}

static void
set_reason(struct client *c, uint16_t code, const char *fmt, va_list ap)
{
	char reason[CLIENT_REASON_MAX];

	vsnprintf(reason, sizeof(reason), fmt, ap);
	free(c->reason);
	c->reason = strdup(reason); /* NULL is a reason not told */
	c->close_code = code;
}

void
client_end(struct client *c, uint16_t code, const char *fmt, ...)
{
	va_list ap;

	gather_send(&c->worker->gather); /* it is followed by a Close frame */
	if (c->state == CLIENT_CLOSING)
		return;
	if (!client_is_session(c)) {
		c->state = CLIENT_OVER;
		return;
	}
	va_start(ap, fmt);
	set_reason(c, code, fmt, ap);
	va_end(ap);
	c->closing.is_due = 1;
	c->closing.is_refusal = c->state != CLIENT_RELAY;
	c->ws.is_close_echo = c->ws.has_got_close;
	client_enter(c, CLIENT_CLOSING, CLIENT_CLOSING_MS);
	c->closing.target_by_ms = c->deadline_ms;
	/* nothing more is read from the target, all of it has been passed on */
	if (leg_is_open(&c->target) && leg_watch(&c->target, LEG_NOTHING) < 0)
		leg_close(&c->target);
}

void
client_hurry(struct client *c)
{
	c->closing.is_taken = 1;
	c->closing.target_by_ms = clock_now_ms() + CLIENT_TAKEN_MS;
}

void
client_keep(struct client *c, const uint8_t *data, size_t len)
{
	uint8_t *copy = NULL;

	if (len > 0 && (copy = malloc(len)) == NULL) {
		client_end(c, WS_CLOSE_TOO_BIG, "out of memory");
		return;
	}
	if (len > 0)
		memcpy(copy, data, len);
	freezero(c->pending, c->pending_len);
	c->pending = copy;
	c->pending_len = (uint32_t)len;
}

int
client_keep_more(struct client *c, const uint8_t *data, size_t len)
{
	uint8_t *grown = malloc(c->pending_len + len);

	if (grown == NULL) {
		client_end(c, WS_CLOSE_TOO_BIG, "out of memory");
		return VB_ENOMEM;
	}
	if (c->pending_len > 0)
		memcpy(grown, c->pending, c->pending_len);
	memcpy(grown + c->pending_len, data, len);
	freezero(c->pending, c->pending_len);
	c->pending = grown;
	c->pending_len += (uint32_t)len;
	return 0;
}

int
client_keep_hop(struct client *c)
{
	if (c->via != NULL)
		return 0;
	if ((c->via = calloc(1, sizeof(*c->via))) == NULL)
		return VB_ENOMEM;
	c->via->hop = c->peer;
	return 0;
}

void
client_lose_waiting(struct client *c)
{
	leg_close(&c->client);
	client_end(c, WS_CLOSE_ABNORMAL,
	    "the client left before the target was connected");
}
