/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "common/quota.h"
#include "worker/keeper.h"
#include "worker/client/line.h"
#include "worker/stages/secure.h"
#include "worker/tls/tls.h"
#include "worker/tls/tls_key.h"
#include "worker/tls/tls_ticket.h"

/* Signatures that the keeper owes us: more than it makes in a turn. */
#define SIGN_MAX 128

/* It owes an answer, or is not there, for longer than a replacement takes. */
#define KEEPER_SILENT_MS 3000

static void
tell_unjoined(struct worker *w, uint32_t reason)
{
	struct msg_unjoined unjoined = {w->keeper_fence, reason, ROLE_KEEPER};

	if (w->keeper_unjoined_fence == w->keeper_fence)
		return;
	if (ipc_send(w->master, MSG_UNJOINED, &unjoined, -1) < 0)
		log_error("master cannot be told that there is no keeper");
	else
		w->keeper_unjoined_fence = w->keeper_fence;
}

static void
on_keeper_closed(void *arg, int reason)
{
	struct worker *w = arg;

	log_debug("no keeper: %s", vb_strerror(reason));
	tell_unjoined(
	    w, reason == VB_EBADMSG ? UNJOINED_NONSENSE : UNJOINED_LOST);
	ipc_free(w->keeper);
	w->keeper = NULL;
	w->keeper_heard_ms = clock_now_ms();
}

static const char *
refusal(uint32_t code)
{
	static const char *const texts[] = {
	    [SIGNED_OK] = "nothing",
	    [SIGNED_NO_KEY] = "it has no such key",
	    [SIGNED_SCHEME] = "the key is for other schemes",
	    [SIGNED_CONTENT] = "that is not a handshake",
	    [SIGNED_BUSY] = "it is too busy",
	    [SIGNED_LATE] = "it is too late",
	    [SIGNED_FAILED] = "the signature failed",
	};

	return texts[code];
}

static int
is_full(const struct worker *w)
{
	return w->sign_count + w->sign_lost >= SIGN_MAX;
}

int
keeper_has_turn(struct client *c)
{
	if (c->is_signed || c->sign != NULL || !is_full(c->worker))
		return 1;
	line_join(&c->worker->unsigned_clients, c);
	return 0;
}

static void
let_others_ask(struct worker *w)
{
	struct client *c;

	while (!is_full(w) && (c = TAILQ_FIRST(&w->unsigned_clients)) != NULL) {
		line_leave(c);
		secure_go_on(c);
		client_settle(c);
	}
}

static void
take_back(struct client *c)
{
	free(c->sign);
	c->sign = NULL;
	c->worker->sign_count--;
}

void
keeper_forget(struct client *c)
{
	if (c->sign == NULL)
		return;
	take_back(c);
	/* the keeper will answer all the same */
	if (c->worker->keeper != NULL)
		c->worker->sign_lost++;
}

static int
on_signed(void *arg, const void *body, int *fd)
{
	const struct msg_signature *answer = body;
	struct worker *w = arg;
	struct client *c = client_find(w, answer->id);

	(void)fd;
	w->keeper_heard_ms = clock_now_ms();
	if (answer->code > SIGNED_FAILED ||
	    answer->length > sizeof(answer->signature) ||
	    (answer->code == SIGNED_OK) != (answer->length > 0))
		return VB_EBADMSG;
	if (c == NULL || c->sign == NULL) { /* it has gone meanwhile */
		if (w->sign_lost == 0)
			return VB_EBADMSG;
		w->sign_lost--;
		let_others_ask(w);
		return 0;
	}
	take_back(c);
	c->is_signed = 1;
	if (answer->code != SIGNED_OK)
		quota_log(LOG_LEVEL_WARN, &c->peer,
		    "conn=%llu the keeper does not sign: %s",
		    (unsigned long long)c->conn_id, refusal(answer->code));
	if (tls_answer(c->client.tls, answer->signature, answer->length) < 0)
		c->state = CLIENT_OVER;
	else if (c->state == CLIENT_SECURING)
		secure_go_on(c);
	client_settle(c);
	let_others_ask(w);
	return 0;
}

static int
on_tickets(void *arg, const void *body, int *fd)
{
	const struct msg_tickets *tickets = body;

	(void)arg;
	(void)fd;
	if (tickets->count > TICKET_KEYS_MAX)
		return VB_EBADMSG;
	tls_ticket_set_keys(tickets);
	return 0;
}

static const struct ipc_ops keeper_ops = {
    .on =
	{
	    [MSG_SIGNED] = on_signed,
	    [MSG_TICKETS] = on_tickets,
	},
    .closed = on_keeper_closed,
};

int
keeper_ask(void *arg, const struct tls_key_ask *ask)
{
	struct client *c = arg;
	struct worker *w = c->worker;
	int error;

	if (ask->content_len > sizeof(c->sign->content) || c->sign != NULL)
		return VB_EFULL;
	if ((c->sign = calloc(1, sizeof(*c->sign))) == NULL)
		return VB_ENOMEM;
	/* from now on it is silent; not since the last one, long ago */
	if (w->sign_count++ == 0)
		w->keeper_heard_ms = clock_now_ms();
	c->sign->id = c->conn_id;
	c->sign->cert_id = ask->cert_id;
	c->sign->scheme = ask->scheme;
	c->sign->length = (uint16_t)ask->content_len;
	memcpy(c->sign->content, ask->content, ask->content_len);
	/* if there is none, the next one will be asked */
	if (w->keeper == NULL ||
	    (error = ipc_send(w->keeper, MSG_SIGN, c->sign, -1)) == 0)
		return 0;
	take_back(c);
	return error;
}

void
keeper_join(struct worker *w, int fd, uint32_t fence)
{
	struct client *c;

	w->keeper_fence = fence;
	ipc_free(w->keeper);
	w->keeper = NULL;
	w->sign_lost = 0;
	if (fd != -1)
		w->keeper = ipc_new(
		    w->base, fd, ROLE_WORKER, ROLE_KEEPER, &keeper_ops, w);
	if (w->keeper == NULL) {
		log_error("no channel to the keeper");
		tell_unjoined(w, UNJOINED_LOST);
		return;
	}
	ipc_set_phase(w->keeper, PHASE_RUN);
	w->keeper_heard_ms = clock_now_ms();
	TAILQ_FOREACH (c, &w->clients, entry)
		if (c->sign != NULL &&
		    ipc_send(w->keeper, MSG_SIGN, c->sign, -1) < 0)
			take_back(c); /* its deadline ends it */
	let_others_ask(w);
}

int
keeper_is_silent(const struct worker *w)
{
	return (w->keeper == NULL || w->sign_count > 0) &&
	    clock_now_ms() - w->keeper_heard_ms > KEEPER_SILENT_MS;
}

void
keeper_tick(struct worker *w)
{
	if (w->keeper == NULL && w->keeper_fence != 0)
		tell_unjoined(w, UNJOINED_LOST);
	let_others_ask(w);
}
