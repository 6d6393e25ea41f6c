/* SPDX-License-Identifier: ISC */
#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "common/quota.h"
#include "common/unjoined.h"
#include "worker/client/client.h"
#include "worker/client/signing.h"
#include "worker/keeper.h"
#include "worker/spine.h"
#include "worker/stages/secure.h"
#include "worker/tls/tls.h"
#include "worker/tls/tls_ticket.h"

static void
tell_unjoined(struct worker *w, uint32_t reason)
{
	const struct unjoined who = {
	    ROLE_KEEPER, w->keeper_fence, &w->keeper_unjoined_fence};

	unjoined_tell(w->master, &who, reason);
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
	w->signing.heard_ms = clock_now_ms();
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

static void
let_others_ask(struct worker *w)
{
	struct client *c;

	while ((c = signing_next(w)) != NULL) {
		secure_go_on(c);
		client_settle(c);
	}
}

static int
on_signed(void *arg, const void *body, int *fd)
{
	const struct msg_signature *answer = body;
	struct worker *w = arg;
	struct client *c = client_find(w, answer->id);

	(void)fd;
	w->signing.heard_ms = clock_now_ms();
	if (answer->code > SIGNED_FAILED ||
	    answer->length > sizeof(answer->signature) ||
	    (answer->code == SIGNED_OK) != (answer->length > 0))
		return VB_EBADMSG;
	if (c == NULL || c->securing.sign == NULL) { /* it has gone since */
		if (w->signing.lost == 0)
			return VB_EBADMSG;
		w->signing.lost--;
		let_others_ask(w);
		return 0;
	}
	signing_end(c);
	c->securing.is_signed = 1;
	if (answer->code != SIGNED_OK)
		quota_log(LOG_LEVEL_WARN, &c->peer,
		    "conn=%llu the keeper does not sign: %s",
		    (unsigned long long)c->conn_id, refusal(answer->code));
	tls_set_stamp(c->client.tls, &answer->stamp);
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

void
keeper_join(struct worker *w, int fd, uint32_t fence)
{
	struct client *c;

	w->keeper_fence = fence;
	ipc_free(w->keeper);
	w->keeper = NULL;
	w->signing.lost = 0;
	if (fd != -1)
		w->keeper = ipc_new(
		    w->base, fd, ROLE_WORKER, ROLE_KEEPER, &keeper_ops, w);
	if (w->keeper == NULL) {
		log_error("no channel to the keeper");
		tell_unjoined(w, UNJOINED_LOST);
		return;
	}
	ipc_set_phase(w->keeper, PHASE_RUN);
	w->signing.heard_ms = clock_now_ms();
	TAILQ_FOREACH (c, &w->clients, entry)
		if (c->securing.sign != NULL &&
		    ipc_send(w->keeper, MSG_SIGN, c->securing.sign, -1) < 0)
			signing_end(c); /* its deadline ends it */
	let_others_ask(w);
}

void
keeper_tick(struct worker *w)
{
	if (w->keeper == NULL && w->keeper_fence != 0)
		tell_unjoined(w, UNJOINED_LOST);
	let_others_ask(w);
}
