/* SPDX-License-Identifier: ISC */
/* What time brings a client: deadlines, pings, hosts that are gone. */
#include <event2/event.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "common/quota.h"
#include "common/tcp.h"
#include "worker/auth.h"
#include "worker/broker.h"
#include "worker/client/client.h"
#include "worker/client/journal.h"
#include "worker/client/load.h"
#include "worker/client/tell.h"
#include "worker/client/ways.h"
#include "worker/crowd.h"
#include "worker/keeper.h"
#include "worker/spine.h"
#include "worker/stages/answer.h"
#include "worker/stages/board.h"
#include "worker/stages/control.h"
#include "worker/stages/greet.h"
#include "worker/stages/admit.h"
#include "worker/stages/light.h"
#include "worker/stages/limits.h"
#include "worker/stages/preface.h"
#include "worker/stages/relay.h"
#include "worker/stages/scrape.h"
#include "worker/stages/serve.h"
#include "worker/stages/state.h"
#include "worker/tick.h"

#define TRAFFIC_TICKS 4	  /* TRAFFIC, and a look at its ways, every 2 s */
#define CROWD_TICKS   10  /* at most one line in 5 s */
#define WALK_MAX      256 /* clients ended or pinged in one turn, ~2 ms */
#define LAST_WORDS_MS 1000
#define LOST_TICKS    20   /* between two looks whether a host is gone */
#define TAKEN_BYTES   1024 /* at least, from one deadline to the next */

/* A slow link may take longer, as long as what waits gets less. */
static void
note_progress(struct client *c, uint64_t now_ms)
{
	uint32_t left =
	    (uint32_t)(leg_queued(&c->client) + leg_queued(&c->target));

	if (left < c->closing.left)
		c->deadline_ms = now_ms + CLIENT_CLOSING_MS;
	c->closing.left = left;
}

/*
 * Bytes that must wait in the kernel hide what comes behind them from the
 * loop. A client that only ended has a right to see them delivered, once
 * there is a relay; one that broke off no longer keeps its target.
 */
static void
look_after_unwatched(struct client *c)
{
	enum leg_peer peer;

	if (!client_is_session(c) || !leg_is_open(&c->client) ||
	    c->client.watching != LEG_NOTHING)
		return;
	peer = leg_peer(&c->client);
	if (c->state != CLIENT_RELAY && peer != LEG_PEER_IS_THERE)
		client_lose_waiting(c);
	else if (peer == LEG_PEER_HAS_RESET)
		relay_client_failed(c, leg_error(&c->client));
}

/* What waits for the other end is taken slowly, but it is taken. */
static int
is_taken(const struct leg *leg, uint64_t *acked_bytes)
{
	uint64_t acked;
	int has_more;

	if (!leg_is_open(leg) || leg_queued(leg) == 0)
		return 0;
	acked = tcp_acknowledged(leg->fd, &has_more);
	if (acked < *acked_bytes + TAKEN_BYTES)
		return 0;
	*acked_bytes = acked;
	return 1;
}

/* No client may keep us by taking nothing; a slow link may. */
static int
may_go_on(struct client *c, uint64_t more_ms)
{
	int by_client = is_taken(&c->client, &c->count.acked);
	int by_target = is_taken(&c->target, &c->count.target_acked);

	if (!by_client && !by_target)
		return 0;
	c->deadline_ms = clock_now_ms() + more_ms;
	return 1;
}

/* Its own time: a client that takes slowly what is left does not keep it. */
static void
end_target_in_time(struct client *c, uint64_t now_ms)
{
	if (!leg_is_open(&c->target) || now_ms < c->closing.target_by_ms)
		return;
	if (c->closing.is_taken ||
	    !is_taken(&c->target, &c->count.target_acked)) {
		leg_close(&c->target);
		return;
	}
	c->closing.target_by_ms = now_ms + CLIENT_CLOSING_MS;
	if (c->deadline_ms < c->closing.target_by_ms)
		c->deadline_ms = c->closing.target_by_ms;
}

/* The deadline of a state has passed. */
static void
on_deadline(struct client *c)
{
	const struct settings *s = client_settings(c);

	switch (c->state) {
	case CLIENT_PREFACE:
		preface_is_late(c);
		break;
	case CLIENT_SECURING:
		journal_insecure(c, "it took too long");
		c->state = CLIENT_OVER;
		break;
	case CLIENT_HEAD:
		c->http.keeps_alive = 0;
		if (c->pending_len == 0) {
			c->state = CLIENT_OVER; /* nothing was asked */
			break;
		}
		journal_refused(c, 408, "no complete request within %u s",
		    s->handshake_timeout_sec);
		answer_error(c, 408, 0);
		break;
	case CLIENT_ASKING:
		admit_miss(c);
		serve_next_request(c);
		break;
	case CLIENT_QUERY:
		if (c->line == &c->worker->scrapers)
			scrape_miss(c);
		else
			state_miss(c);
		serve_next_request(c);
		break;
	case CLIENT_OPENING:
		/* the broker answers in connect-timeout, whatever the target
		 * does: it is not the target's fault */
		client_end(c, CODE_NO_SERVICE,
		    "the bridge can't open sessions at the moment");
		break;
	case CLIENT_VERIFYING:
		client_end(c, CODE_UNVERIFIED,
		    "%s did not finish the TLS handshake within %u s",
		    c->lease.target_text, s->connect_timeout_sec);
		break;
	case CLIENT_GREETING:
		greet_is_late(c);
		break;
	case CLIENT_RELAY:
		limits_end_time(c);
		break;
	case CLIENT_BOARD:
		board_is_late(c);
		break;
	case CLIENT_ANSWER:
		if (!may_go_on(c, ANSWER_MS))
			c->state = CLIENT_OVER;
		break;
	case CLIENT_CLOSING:
		if (!may_go_on(c, CLIENT_CLOSING_MS))
			c->state = CLIENT_OVER;
		break;
	case CLIENT_LINGER:
	case CLIENT_OVER:
		c->state = CLIENT_OVER;
		break;
	}
}

/* How its two ways do; each session at a tick of its own. */
static void
look_at_ways(struct client *c)
{
	if (c->lease.state != LEASE_HELD ||
	    (c->worker->ticks + c->conn_id) % TRAFFIC_TICKS != 0)
		return;
	if (ways_look(c))
		c->has_moved = 1; /* the broker is told */
	if (c->state == CLIENT_RELAY)
		light_look(c);
}

/* Returns 1 if that was work: it was ended or pinged. Else 0. */
static int
tick_client(struct client *c, uint64_t now_ms)
{
	int was_work = 1, is_leaving;

	tell_owed(c);
	leg_trim(&c->client);
	leg_trim(&c->target);
	look_after_unwatched(c);
	look_at_ways(c);
	if (c->state == CLIENT_CLOSING) {
		note_progress(c, now_ms);
		relay_discard_more(c);
		end_target_in_time(c, now_ms);
	}
	is_leaving = c->closing.has_shut_client &&
	    now_ms >= c->closing.leave_by_ms && leg_is_open(&c->client);
	if (is_leaving)
		leg_close(&c->client);
	/* each at a tick of its own: what costs a system call is spread */
	if (c->state == CLIENT_RELAY &&
	    (c->worker->ticks + c->conn_id) % LOST_TICKS == 0)
		relay_check_lost(c);
	if (c->deadline_ms != 0 && now_ms >= c->deadline_ms)
		on_deadline(c);
	else if (c->state == CLIENT_RELAY && limits_check(c, now_ms))
		was_work = 1;
	else if (client_is_session(c) && c->ws.ping_at_ms != 0 &&
	    now_ms >= c->ws.ping_at_ms)
		control_ping(c, now_ms);
	else
		was_work = is_leaving;
	client_settle(c);
	return was_work;
}

void
tick_end_if_drained(struct worker *w)
{
	if (w->drain_deadline_ms == 0 || w->conn_count > 0)
		return;
	load_send(w); /* there is no end of this turn */
	quota_end();
	w->drained(ipc_flush(w->master, LAST_WORDS_MS) < 0 ? 1 : 0);
}

/* In the loop's next turn, not in this one: others are served between. */
static void
walk_on(struct worker *w)
{
	struct timeval at_once = {0, 0};

	/* if there is no memory for it, the next tick goes on */
	if (w->walk_next != NULL && event_add(&w->walk_ev, &at_once) == -1)
		log_debug("the tick waits for the next");
}

/*
 * The clients of a tick, some at a time: thousands of half-open ones
 * that are over at the same moment would hold the sessions up. One that is
 * closed in between moves walk_next on, and a new one comes at the end.
 */
static void
on_walk_cb(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;
	struct client *c;
	uint64_t now_ms = clock_now_ms();
	int done = 0;

	(void)fd;
	(void)what;
	while (done < WALK_MAX && (c = w->walk_next) != NULL) {
		w->walk_next = TAILQ_NEXT(c, entry);
		done += tick_client(c, now_ms);
	}
	walk_on(w);
	tick_end_if_drained(w);
}

/* Not before the last tick's clients have all been met. */
static void
begin_walk(struct worker *w)
{
	if (++w->ticks % TRAFFIC_TICKS == 0)
		tell_traffic(w);
	if (w->ticks % CROWD_TICKS == 0)
		crowd_report(w);
	quota_tick();
	broker_tick(w);
	keeper_tick(w);
	auth_tick(w);
	load_tick(w);
	(void)trim_tick(&w->trim);
	w->walk_next = TAILQ_FIRST(&w->clients);
}

void
worker_tick(struct worker *w)
{
	struct client *c, *next;

	if (w->walk_next == NULL)
		begin_walk(w);
	walk_on(w);
	if (w->drain_deadline_ms != 0 && clock_now_ms() >= w->drain_deadline_ms)
		TAILQ_FOREACH_SAFE (c, &w->clients, entry, next)
			client_cut(c);
	tick_end_if_drained(w);
}

int
tick_open(struct worker *w)
{
	return event_assign(&w->walk_ev, w->base, -1, 0, on_walk_cb, w) == -1
	    ? VB_ENOMEM
	    : 0;
}
