/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "common/ipc.h"
#include "common/log.h"
#include "worker/keeper.h"
#include "worker/secure.h"
#include "worker/tls.h"
#include "worker/tls_key.h"
#include "worker/tls_ticket.h"

/* Handshakes that wait for the keeper: each has a stack of its own. */
#define SIGN_MAX 1024

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
}

static const char *
refusal(uint32_t code)
{
	static const char *const texts[] = {
	    [SIGNED_OK] = "nothing",
	    [SIGNED_NO_KEY] = "it has no such key",
	    [SIGNED_SCHEME] = "the key is for other schemes",
	    [SIGNED_CONTENT] = "that is no handshake",
	    [SIGNED_BUSY] = "it has too much to do",
	    [SIGNED_LATE] = "it is too late",
	    [SIGNED_FAILED] = "the signature failed",
	};

	return code <= SIGNED_FAILED ? texts[code] : "unknown";
}

void
keeper_forget(struct client *c)
{
	if (c->sign == NULL)
		return;
	free(c->sign);
	c->sign = NULL;
	c->worker->sign_count--;
}

static int
on_signed(void *arg, const void *body, int *fd)
{
	const struct msg_signature *answer = body;
	struct worker *w = arg;
	struct client *c = client_find(w, answer->id);

	(void)fd;
	if (answer->length > sizeof(answer->signature) ||
	    (answer->code == SIGNED_OK) != (answer->length > 0))
		return VB_EBADMSG;
	if (c == NULL || c->sign == NULL || c->state != CLIENT_SECURING)
		return 0; /* it has gone meanwhile */
	keeper_forget(c);
	if (answer->code != SIGNED_OK)
		log_warn("conn=%llu the keeper does not sign: %s",
		    (unsigned long long)c->conn_id, refusal(answer->code));
	if (tls_answer(c->client.tls, answer->signature, answer->length) < 0)
		c->state = CLIENT_OVER;
	else
		secure_go_on(c);
	client_settle(c);
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

	if (ask->content_len > sizeof(c->sign->content) ||
	    w->sign_count >= SIGN_MAX || c->sign != NULL)
		return VB_EFULL;
	if ((c->sign = calloc(1, sizeof(*c->sign))) == NULL)
		return VB_ENOMEM;
	w->sign_count++;
	c->sign->id = c->conn_id;
	c->sign->cert_id = ask->cert_id;
	c->sign->scheme = ask->scheme;
	c->sign->length = (uint16_t)ask->content_len;
	memcpy(c->sign->content, ask->content, ask->content_len);
	if (w->keeper == NULL)
		return 0; /* the next one will be asked */
	return ipc_send(w->keeper, MSG_SIGN, c->sign, -1);
}

void
keeper_join(struct worker *w, int fd, uint32_t fence)
{
	struct client *c;

	w->keeper_fence = fence;
	ipc_free(w->keeper);
	w->keeper = NULL;
	if (fd != -1)
		w->keeper = ipc_new(
		    w->base, fd, ROLE_WORKER, ROLE_KEEPER, &keeper_ops, w);
	if (w->keeper == NULL) {
		log_error("no channel to the keeper");
		tell_unjoined(w, UNJOINED_LOST);
		return;
	}
	ipc_set_phase(w->keeper, PHASE_RUN);
	TAILQ_FOREACH (c, &w->clients, entry)
		if (c->sign != NULL &&
		    ipc_send(w->keeper, MSG_SIGN, c->sign, -1) < 0)
			log_debug("conn=%llu waits for its signature",
			    (unsigned long long)c->conn_id);
}

void
keeper_tick(struct worker *w)
{
	if (w->keeper == NULL && w->keeper_fence != 0)
		tell_unjoined(w, UNJOINED_LOST);
}
