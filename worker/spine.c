/* SPDX-License-Identifier: ISC */
/*
 * state     served in    ends with                        deadline
 * --------  -----------  -------------------------------  -----------------
 * PREFACE   preface.c    the PROXY header                 handshake-timeout
 * SECURING  secure.c     the end of the TLS handshake     handshake-timeout
 * HEAD      serve.c      a whole head; 408 if it began    handshake-timeout,
 *                                                         keepalive-timeout
 * ASKING    login.c      what auth answers                WHO_MS, LOGIN_MS
 * QUERY     state.c,     STATED, METRICS_ARE              QUERY_MS,
 *           scrape.c                                      HEALTH_MS,
 *                                                         SCRAPE_MS
 * ANSWER    answer.c     written;  HEAD, LINGER            ANSWER_MS that bring
 *                                                         no progress
 * BOARD     board.c      BOARD_OVER; another              ASK_MS until there is
 *                        configuration; the client        something to show;
 *                        leaves                           three beats missed
 * OPENING   broker.c     OPENED; the client hangs up      connect-timeout
 *                                                         and OPENING_MS
 * VERIFYING verify.c     the end of the TLS handshake     connect-timeout
 *                        with the target; the client
 *                        hangs up
 * GREETING  greet.c      12 bytes of RFB; the client      greeting-timeout
 *                        hangs up
 * RELAY     relay.c      Close, end or fault of a side;   max-session,
 *                        two pings unanswered; a host     idle-timeout
 *                        that is gone
 * CLOSING   relay.c      Close answered, queues empty     CLOSING_MS, the same;
 *                                                         TAKEN_MS (target)
 * LINGER    spine.c      the client closes                LINGER_MS
 * OVER      spine.c      at once
 *
 * Every entry from the loop (legs, broker, tick) ends with client_settle():
 * what client_end() has marked is done there, and only client_close(), called
 * there, frees: not before the broker has been told, if there was no memory
 * for that.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "worker/client/client.h"
#include "worker/client/idle.h"
#include "worker/client/journal.h"
#include "worker/client/line.h"
#include "worker/client/load.h"
#include "worker/client/person.h"
#include "worker/client/signing.h"
#include "worker/client/tell.h"
#include "worker/client/write.h"
#include "worker/leg/budget.h"
#include "worker/figures.h"
#include "worker/leg/gather.h"
#include "worker/spine.h"
#include "worker/stages/answer.h"
#include "worker/stages/board.h"
#include "worker/stages/control.h"
#include "worker/stages/greet.h"
#include "worker/stages/preface.h"
#include "worker/stages/refusal.h"
#include "worker/stages/relay.h"
#include "worker/stages/secure.h"
#include "worker/stages/serve.h"
#include "worker/stages/verify.h"

#define LOST_MS 1000

static void on_client_readable(void *arg);
static void on_client_hung_up(void *arg);
static void on_client_drained(void *arg);
static void on_client_failed(void *arg, int error);
static void on_target_readable(void *arg);
static void on_target_drained(void *arg);
static void on_target_failed(void *arg, int error);

static const struct leg_ops client_leg_ops = {
    .readable = on_client_readable,
    .hung_up = on_client_hung_up,
    .drained = on_client_drained,
    .failed = on_client_failed,
};

static const struct leg_ops target_leg_ops = {
    .readable = on_target_readable,
    .hung_up = on_target_readable,
    .drained = on_target_drained,
    .failed = on_target_failed,
};

static int
send_gathered(struct client *c, uint8_t *data, size_t len)
{
	client_send(c, data, len);
	return c->state != CLIENT_RELAY;
}

static void
go_on(struct client *c)
{
	serve_next_request(c);
	client_settle(c);
}

void
spine_open(struct worker *w, uint8_t *buffer)
{
	static const struct gather_ops ops = {send_gathered, client_settle};

	TAILQ_INIT(&w->clients);
	TAILQ_INIT(&w->idle);
	TAILQ_INIT(&w->large);
	TAILQ_INIT(&w->signing.waiting);
	TAILQ_INIT(&w->unopened);
	TAILQ_INIT(&w->askers);
	TAILQ_INIT(&w->unasked);
	TAILQ_INIT(&w->scrapers);
	RB_INIT(&w->by_id);
	w->go_on = go_on;
	gather_open(&w->gather, w->base, buffer, &ops);
}

int
client_new(
    struct worker *w, const struct msg_client *msg, int fd, int is_refused)
{
	struct client *c;

	if ((c = calloc(1, sizeof(*c))) == NULL) {
		close(fd);
		return VB_ENOMEM;
	}
	c->worker = w;
	c->conn_id = msg->conn_id;
	c->peer = msg->peer;
	c->local = msg->local;
	c->place = msg->place;
	c->http.is_refused = (uint8_t)is_refused;
	c->http.is_limited = (msg->flags & CLIENT_LIMITED) != 0;
	leg_init(&c->client, &client_leg_ops, c);
	leg_init(&c->target, &target_leg_ops, c);
	leg_open(&c->client, w->base, fd);
	if (c->local.family != ADDR_NONE) /* no Unix socket */
		budget_narrow(&w->conf->settings, w->conn_count + 1, fd);
	client_enter(c, CLIENT_HEAD,
	    (uint64_t)w->conf->settings.handshake_timeout_sec * MS_PER_SEC);
	if (!preface_begin(c))
		secure_begin(c, &msg->local);
	TAILQ_INSERT_TAIL(&w->clients, c, entry);
	RB_INSERT(client_tree, &w->by_id, c);
	w->conn_count++;
	trim_note(&w->trim);
	if (c->state != CLIENT_OVER && leg_watch(&c->client, LEG_READ) < 0)
		c->state = CLIENT_OVER;
	client_settle(c);
	return 0;
}

static void
client_close(struct client *c)
{
	struct worker *w = c->worker;

	leg_close(&c->client);
	leg_close(&c->target);
	signing_forget(c);
	line_leave(c);
	if (board_forget(c) < 0)
		return; /* the tick says it again */
	tell_closed(c);
	if (c->lease.state == LEASE_OWES_CLOSED)
		return; /* until the tick has said it */
	if (c->opened_ms != 0)
		journal_ended(c);
	figures_keep(c);
	idle_set(c, 0);
	gather_forget(&w->gather, c);
	if (w->walk_next == c)
		w->walk_next = TAILQ_NEXT(c, entry);
	TAILQ_REMOVE(&w->clients, c, entry);
	RB_REMOVE(client_tree, &w->by_id, c);
	w->conn_count--;
	w->wide_count -= c->is_wide;
	trim_note(&w->trim);
	load_end(w, c->place);
	freezero(c->pending, c->pending_len);
	person_free(c);
	free(c->lease.target_text);
	free(c->lease.intent);
	free(c->repeater_id);
	free(c->reason);
	free(c->via);
	free(c->ws.pong);
	free(c->lease.subject);
	free(c);
}

/*
 * What was read for the target is written, then it hears that no more
 * comes; what it still sends is read and forgotten, since closing over
 * unread bytes is a reset, and a reset takes with it what the target has
 * not read yet (RFC 9293, 3.10.4).
 */
static void
finish_target(struct client *c)
{
	if (!leg_is_open(&c->target) || c->closing.has_shut_target)
		return;
	if (c->target_error != 0 || c->count.to_target == 0)
		leg_close(&c->target);
	else if (leg_queued(&c->target) == 0) {
		c->closing.has_shut_target = 1;
		leg_shutdown_write(&c->target);
		if (leg_watch(&c->target, LEG_READ) < 0)
			leg_close(&c->target);
	}
}

/*
 * RFC 6455, 7.1.1: after both Close frames the server closes first, but
 * only its own direction: a Pong may be on its way (5.5.2), and would meet
 * a closed socket, whose reset takes with it what the client has not read.
 * One that broke the framing can't send a Close that we would understand.
 * Both have LOST_MS to leave (7.1.7); the target's side has its own time.
 */
static void
finish_client(struct client *c)
{
	if (!leg_is_open(&c->client) || leg_queued(&c->client) > 0 ||
	    c->closing.has_shut_client)
		return;
	if (c->ws.has_got_close || c->ws.has_lost_frames) {
		c->closing.has_shut_client = 1;
		leg_shutdown_write(&c->client);
		c->closing.leave_by_ms = clock_now_ms() + LOST_MS;
	}
}

/*
 * The broker may give the target to somebody else once its socket is closed:
 * none sees two of us.
 */
static void
give_lease_back(struct client *c)
{
	if (!leg_is_open(&c->target))
		tell_closed(c);
}

/*
 * What client_end() has marked, done once: the client gets its Close, which it
 * may have answered before it was asked.
 */
static void
begin_closing(struct client *c)
{
	if (!c->closing.is_due)
		return;
	c->closing.is_due = 0;
	give_lease_back(c);
	if (c->is_session)
		c->worker->session_count--;
	c->is_session = 0;
	load_touch(c->worker);
	if (!leg_is_open(&c->client))
		return;
	refusal_say(c);
	control_send_close(c);
	if (leg_is_open(&c->client) && leg_watch(&c->client, LEG_READ) < 0)
		leg_close(&c->client);
	relay_use_pending(c);
}

void
client_settle(struct client *c)
{
	begin_closing(c);
	if (c->state == CLIENT_CLOSING) {
		finish_target(c);
		give_lease_back(c);
		finish_client(c);
		if (!leg_is_open(&c->client) && !leg_is_open(&c->target))
			c->state = CLIENT_OVER;
	}
	if (c->state == CLIENT_OVER)
		client_close(c);
}

/* Read and forgotten, so that closing does not reset what we wrote. */
static void
discard(struct client *c)
{
	ssize_t n = leg_read(
	    &c->client, gather_buffer(&c->worker->gather), WORKER_BUFFER_BYTES);

	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EWOULDBLOCK))
		c->state = CLIENT_OVER;
}

static void
on_client_readable(void *arg)
{
	struct client *c = arg;

	switch (c->state) {
	case CLIENT_PREFACE:
		preface_go_on(c);
		break;
	case CLIENT_SECURING:
		secure_go_on(c);
		break;
	case CLIENT_HEAD:
		serve_read_head(c);
		break;
	case CLIENT_RELAY:
	case CLIENT_CLOSING:
		relay_from_client(c);
		break;
	case CLIENT_LINGER:
		discard(c);
		break;
	case CLIENT_ASKING:
	case CLIENT_QUERY:
	case CLIENT_ANSWER:
	case CLIENT_BOARD:
	case CLIENT_OPENING:
	case CLIENT_VERIFYING:
	case CLIENT_GREETING:
	case CLIENT_OVER:
		break; /* not watched */
	}
	client_settle(c);
}

static void
on_client_hung_up(void *arg)
{
	struct client *c = arg;

	if (c->state == CLIENT_SECURING || c->state == CLIENT_BOARD)
		c->state = CLIENT_OVER;
	else
		client_lose_waiting(c);
	client_settle(c);
}

static void
on_client_drained(void *arg)
{
	struct client *c = arg;

	if (c->state == CLIENT_RELAY)
		relay_client_drained(c);
	else if (c->state == CLIENT_BOARD)
		board_drained(c);
	else if (c->state == CLIENT_ANSWER && leg_queued(&c->client) == 0) {
		answer_done(c);
		serve_next_request(c);
	}
	client_settle(c);
}

static void
on_client_failed(void *arg, int error)
{
	struct client *c = arg;

	if (c->opened_ms != 0)
		relay_client_failed(c, error);
	else
		c->state = CLIENT_OVER;
	client_settle(c);
}

static void
on_target_readable(void *arg)
{
	struct client *c = arg;

	switch (c->state) {
	case CLIENT_VERIFYING:
		verify_go_on(c);
		break;
	case CLIENT_GREETING:
		greet_go_on(c);
		break;
	case CLIENT_RELAY:
	case CLIENT_CLOSING:
		relay_from_target(c);
		break;
	case CLIENT_PREFACE:
	case CLIENT_SECURING:
	case CLIENT_HEAD:
	case CLIENT_ASKING:
	case CLIENT_QUERY:
	case CLIENT_ANSWER:
	case CLIENT_BOARD:
	case CLIENT_OPENING:
	case CLIENT_LINGER:
	case CLIENT_OVER:
		break; /* no target */
	}
	client_settle(c);
}

static void
on_target_drained(void *arg)
{
	struct client *c = arg;

	if (c->state == CLIENT_RELAY)
		relay_target_drained(c);
	client_settle(c);
}

static void
on_target_failed(void *arg, int error)
{
	struct client *c = arg;

	relay_target_failed(c, error);
	client_settle(c);
}

void
client_cut(struct client *c)
{
	leg_close(&c->target); /* first: then the broker can be told */
	begin_closing(c);
	give_lease_back(c);
	c->state = CLIENT_OVER;
	c->lease.state = LEASE_NONE;
	client_settle(c);
}

void
client_drain(struct client *c)
{
	if (client_is_session(c))
		client_end(c, CODE_RESTARTING, "the bridge is restarting");
	else if (c->state == CLIENT_BOARD)
		board_end(c);
	else if (c->state == CLIENT_PREFACE || c->state == CLIENT_SECURING ||
	    c->state == CLIENT_HEAD || c->state == CLIENT_ASKING ||
	    c->state == CLIENT_QUERY)
		c->state = CLIENT_OVER;
	c->http.keeps_alive = 0;
	client_settle(c);
}
