/* SPDX-License-Identifier: ISC */
#include <event2/event.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "common/process.h"
#include "common/quota.h"
#include "worker/broker.h"
#include "worker/client/client.h"
#include "worker/client/load.h"
#include "worker/client/tell.h"
#include "worker/conf.h"
#include "worker/crowd.h"
#include "worker/keeper.h"
#include "worker/master.h"
#include "worker/sandbox.h"

#define TRAFFIC_TICKS 4	  /* TRAFFIC every 2 s */
#define CROWD_TICKS   10  /* at most one line in 5 s */
#define WALK_MAX      256 /* clients ended or pinged in one turn, ~2 ms */
#define LAST_WORDS_MS 1000

static int
on_conf_end(void *arg, const void *body, int *fd)
{
	struct worker *w = arg;
	int is_first = w->conf == NULL, result;

	(void)fd;
	if ((result = conf_apply(w, body)) < 0 || !is_first)
		return result;
	worker_sandbox_enter(&w->conf->settings);
	process_ready();
	return 0;
}

static int
on_peer(void *arg, const void *body, int *fd)
{
	const struct msg_peer *peer = body;
	struct worker *w = arg;
	int channel = *fd;

	if (peer->role == ROLE_KEEPER) {
		*fd = -1;
		keeper_join(w, channel, peer->fence);
		return 0;
	}
	if (peer->role != ROLE_BROKER)
		return VB_EBADMSG;
	w->broker_fence = peer->fence;
	if (channel == -1) {
		log_error("no descriptor for the broker's channel");
		/* sessions that run do not need it, new ones do */
		tell_no_broker(w, UNJOINED_LOST);
		return 0;
	}
	*fd = -1;
	broker_join(w, channel);
	return 0;
}

static int
on_client(void *arg, const void *body, int *fd)
{
	const struct msg_client *client = body;
	struct worker *w = arg;
	int socket = *fd, is_refused;

	w->load.taken++;
	load_touch(w);
	if (socket == -1 || client_find(w, client->conn_id) != NULL) {
		log_error("conn=%llu has lost its descriptor",
		    (unsigned long long)client->conn_id);
		w->load.ended++;
		return 0;
	}
	*fd = -1;
	is_refused = (client->flags & CLIENT_CROWDED) && !crowd_make_room(w);
	if (client_new(w, client, socket, is_refused) < 0) {
		log_error("conn=%llu: out of memory",
		    (unsigned long long)client->conn_id);
		w->load.ended++;
	}
	return 0;
}

static void
end_if_drained(struct worker *w)
{
	if (w->drain_deadline_ms == 0 || w->conn_count > 0)
		return;
	load_send(w); /* there is no end of this turn */
	quota_end();
	w->drained(ipc_flush(w->master, LAST_WORDS_MS) < 0 ? 1 : 0);
}

static int
on_drain(void *arg, const void *body, int *fd)
{
	const struct msg_drain *drain = body;
	struct worker *w = arg;
	struct client *c, *next;

	(void)fd;
	w->drain_deadline_ms =
	    clock_now_ms() + (uint64_t)drain->timeout_sec * MS_PER_SEC;
	TAILQ_FOREACH_SAFE (c, &w->clients, entry, next)
		client_drain(c);
	end_if_drained(w);
	return 0;
}

static void
on_master_closed(void *arg, int reason)
{
	const struct worker *w = arg;

	w->orphaned(reason);
}

static const struct ipc_ops master_ops = {
    .on =
	{
	    [MSG_CONF_START] = conf_on_start,
	    [MSG_CONF_PAGES] = conf_on_pages,
	    [MSG_CONF_LISTENER] = conf_on_listener,
	    [MSG_CONF_ORIGIN] = conf_on_origin,
	    [MSG_CONF_HOST] = conf_on_host,
	    [MSG_CONF_TARGET] = conf_on_target,
	    [MSG_CONF_CERT] = conf_on_cert,
	    [MSG_CONF_TLS] = conf_on_tls,
	    [MSG_CONF_CA] = conf_on_ca,
	    [MSG_CONF_TLS_TEXT] = conf_on_tls_text,
	    [MSG_CONF_TARGET_CA] = conf_on_target_ca,
	    [MSG_CONF_TARGET_TLS] = conf_on_target_tls,
	    [MSG_CONF_END] = on_conf_end,
	    [MSG_PEER] = on_peer,
	    [MSG_CLIENT] = on_client,
	    [MSG_DRAIN] = on_drain,
	    [MSG_PROBE] = process_on_probe,
	},
    .closed = on_master_closed,
};

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
 * The clients of a tick, so many at a time: thousands of half-open ones
 * that are over at the same moment would hold the sessions up. Who is
 * closed meanwhile moves walk_next on, and who is new comes at the end.
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
		done += client_tick(c, now_ms);
	}
	walk_on(w);
	end_if_drained(w);
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
	end_if_drained(w);
}

int
master_connect(struct worker *w, int fd)
{
	if (load_open(w) < 0 ||
	    event_assign(&w->walk_ev, w->base, -1, 0, on_walk_cb, w) == -1) {
		close(fd);
		return VB_ENOMEM;
	}
	w->master = process_connect(w->base, fd, ROLE_WORKER, &master_ops, w);
	return w->master == NULL ? VB_ENOMEM : 0;
}
