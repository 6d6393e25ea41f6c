/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "worker/broker.h"
#include "worker/client/person.h"
#include "worker/client/tell.h"
#include "worker/stages/board.h"
#include "worker/stages/greet.h"
#include "worker/stages/intend.h"
#include "worker/stages/introduce.h"
#include "worker/stages/relay.h"
#include "worker/stages/serve.h"
#include "worker/stages/state.h"
#include "worker/stages/talk.h"
#include "worker/stages/verify.h"
#include "worker/spine.h"

/* for private use, RFC 6455, 7.4.2: the broker may say no other */
#define CODE_FIRST   4000
#define CODE_LAST    4999

#define WAIT_SEC_MAX 86400

static int
may_be_text(const char *array, size_t size)
{
	return memchr(array, '\0', size) != NULL;
}

/* Whom the broker found in its certificate: for the log, and for HELD. */
static void
take_subject(struct client *c, const struct subject *subject)
{
	if (subject->name[0] == '\0' || c->lease.subject != NULL ||
	    (c->lease.subject = malloc(sizeof(*c->lease.subject))) == NULL)
		return;
	*c->lease.subject = *subject;
}

/* Whose session it is, which auth has told the broker. */
static void
take_user(struct client *c, const struct msg_opened *opened)
{
	if (c->person == NULL)
		return;
	person_forget_cookie(c->person);
	c->person->login_id = opened->login_id;
	memcpy(c->person->name, opened->user, sizeof(c->person->name));
}

/* Texts that end, and a code that the broker may say. */
static int
may_be_opened(const struct msg_opened *opened)
{
	return may_be_text(opened->target, sizeof(opened->target)) &&
	    may_be_text(opened->reason, sizeof(opened->reason)) &&
	    may_be_text(opened->repeater_id, sizeof(opened->repeater_id)) &&
	    opened->greeting_timeout_sec <= UINT16_MAX &&
	    may_be_text(opened->user, sizeof(opened->user)) &&
	    may_be_text(opened->subject.name, sizeof(opened->subject.name)) &&
	    may_be_text(
		opened->subject.others, sizeof(opened->subject.others)) &&
	    (opened->code == 0 ||
		(opened->code >= CODE_FIRST && opened->code <= CODE_LAST));
}

/*
 * Who asked has gone, and CLOSED with them; this was on its way. The broker
 * gives the target to nobody before it hears that the socket is closed. If it
 * can't be told, it hears HELD_END in another channel.
 */
static int
close_late(struct worker *w, const struct client *c,
    const struct msg_opened *opened, int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
	if (opened->code != 0 || (c != NULL && c->lease.state == LEASE_HELD))
		return 0; /* there is no lease; or it is that session's */
	return tell_late(w, opened->conn_id);
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
		return close_late(w, c, opened, fd);
	c->is_answered = 1;
	take_subject(c, &opened->subject);
	take_user(c, opened);
	/* the broker's form of the name, safe to show and to log */
	if (opened->target[0] != '\0' &&
	    (target = strdup(opened->target)) != NULL) {
		free(c->lease.target_text);
		c->lease.target_text = target;
	}
	c->lease.target_addr = opened->addr;
	c->lease.fence = opened->fence;
	c->is_watching = opened->is_watching != 0;
	free(c->lease.intent);
	c->lease.intent = NULL;
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
		if (opened->has_send_proxy)
			introduce_client(c);
		if (opened->tls_id != 0)
			verify_begin(c, opened->tls_id);
		else
			greet_begin(c);
	}
	client_settle(c);
	return 0;
}

/* Its right is gone. */
static int
on_end(void *arg, const void *body, int *fd)
{
	const struct msg_end *end = body;
	struct client *c = client_find(arg, end->conn_id);

	(void)fd;
	if (!may_be_text(end->reason, sizeof(end->reason)) ||
	    end->code < CODE_FIRST || end->code > CODE_LAST)
		return VB_EBADMSG;
	if (c == NULL || c->lease.state != LEASE_HELD)
		return 0; /* it has gone meanwhile */
	client_end(c, (uint16_t)end->code, "%s", end->reason);
	client_hurry(c);
	client_settle(c);
	return 0;
}

/* The broker knows why: nobody is to give it up before. */
static int
on_wait(void *arg, const void *body, int *fd)
{
	const struct msg_wait *wait = body;
	struct client *c = client_find(arg, wait->conn_id);

	(void)fd;
	if (wait->seconds > PROTO_WAIT_MAX_SEC)
		return VB_EBADMSG;
	if (c != NULL && c->state == CLIENT_OPENING)
		serve_open_longer(c, wait->seconds);
	return 0;
}

static int
on_stated(void *arg, const void *body, int *fd)
{
	const struct msg_stated *stated = body;

	(void)fd;
	if (stated->total > PROTO_TARGETS_MAX ||
	    stated->first > stated->total || stated->first % 8 != 0 ||
	    stated->count > PROTO_STATED_MAX ||
	    stated->count > stated->total - stated->first)
		return VB_EBADMSG;
	state_take(arg, stated);
	return 0;
}

static int
on_board_sees(void *arg, const void *body, int *fd)
{
	(void)fd;
	return board_sees(arg, body);
}

static int
on_board_states(void *arg, const void *body, int *fd)
{
	(void)fd;
	return board_states(arg, body);
}

static int
on_board_over(void *arg, const void *body, int *fd)
{
	(void)fd;
	return board_over(arg, body);
}

/*
 * What the page is to know; and it may wait for longer than a dial takes, or
 * for as long as it wants to.
 */
static int
on_tell(void *arg, const void *body, int *fd)
{
	const struct msg_tell *tell = body;
	struct client *c = client_find(arg, tell->conn_id);

	(void)fd;
	if (tell->kind == 0 || tell->kind >= TELL_COUNT ||
	    !may_be_text(tell->user, sizeof(tell->user)) ||
	    !may_be_text(tell->text, sizeof(tell->text)) ||
	    tell->wait_sec > WAIT_SEC_MAX)
		return VB_EBADMSG;
	if (c == NULL || !client_is_session(c))
		return 0; /* it has gone meanwhile */
	if (tell->is_waiting && c->state == CLIENT_OPENING)
		client_enter(c, CLIENT_OPENING,
		    tell->wait_sec == 0
			? 0
			: (uint64_t)tell->wait_sec * MS_PER_SEC + OPENING_MS);
	talk_tell(c, tell);
	client_settle(c);
	return 0;
}

static int
on_intended(void *arg, const void *body, int *fd)
{
	const struct msg_intended *said = body;
	struct client *c = client_find(arg, said->conn_id);

	(void)fd;
	if (!may_be_text(said->reason, sizeof(said->reason)))
		return VB_EBADMSG;
	if (c == NULL || c->state != CLIENT_QUERY || !c->http.is_intent)
		return 0;
	intend_answer(c, said);
	c->worker->go_on(c);
	return 0;
}

/* Who waits without a limit has one: there may be no other broker. */
static void
limit_waiting(struct worker *w)
{
	struct client *c;

	TAILQ_FOREACH (c, &w->clients, entry)
		if (c->state == CLIENT_OPENING && c->deadline_ms == 0)
			client_enter(c, CLIENT_OPENING,
			    (uint64_t)client_settings(c)->connect_timeout_sec *
				    MS_PER_SEC +
				OPENING_MS);
}

/* If the broker has died, the master knows, and ignores it. */
static void
on_broker_closed(void *arg, int reason)
{
	struct worker *w = arg;

	log_debug("no broker: %s", vb_strerror(reason));
	tell_no_broker(
	    w, reason == VB_EBADMSG ? UNJOINED_NONSENSE : UNJOINED_LOST);
	ipc_free(w->broker);
	w->broker = NULL;
	limit_waiting(w);
	board_end_all(w);
}

static void
on_broker_drained(void *arg)
{
	struct client *c;

	while ((c = tell_next_open(arg)) != NULL)
		client_settle(c);
}

static const struct ipc_ops broker_ops = {
    .on =
	{
	    [MSG_OPENED] = on_opened,
	    [MSG_WAIT] = on_wait,
	    [MSG_END] = on_end,
	    [MSG_STATED] = on_stated,
	    [MSG_TELL] = on_tell,
	    [MSG_INTENDED] = on_intended,
	    [MSG_BOARD_SEES] = on_board_sees,
	    [MSG_BOARD_STATES] = on_board_states,
	    [MSG_BOARD_OVER] = on_board_over,
	},
    .closed = on_broker_closed,
    .drained = on_broker_drained,
};

void
broker_join(struct worker *w, int fd)
{
	struct client *c, *next;

	ipc_free(w->broker);
	w->broker = NULL;
	board_end_all(w); /* nobody may have seen the one before go */
	w->broker =
	    ipc_new(w->base, fd, ROLE_WORKER, ROLE_BROKER, &broker_ops, w);
	if (w->broker == NULL)
		return; /* the next tick asks for another */
	ipc_set_phase(w->broker, PHASE_RUN);
	ipc_set_bound(w->broker, SIZE_MAX);
	if (tell_held(w) < 0) {
		ipc_free(w->broker);
		w->broker = NULL;
	}
	TAILQ_FOREACH_SAFE (c, &w->clients, entry, next) {
		if (c->state == CLIENT_OPENING) {
			/* the broker before was asked */
			c->lease.state = LEASE_NONE;
			tell_open(c);
		}
		client_settle(c); /* ends one that only owed a CLOSED */
	}
	state_join(w);
}

void
broker_tick(struct worker *w)
{
	if (w->broker == NULL)
		tell_no_broker(w, UNJOINED_LOST);
}
