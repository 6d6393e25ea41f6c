/* SPDX-License-Identifier: ISC */
/*
 * worker - serves pages, and joins WebSockets with targets.
 *
 * MAY        read and write the sockets it was handed, time, memory
 * MAY NOT    open, socket, connect, bind, fork, exec, kill, ptrace; decide
 *            who may reach what; hold a secret
 * RUNS AS    the daemon's user; seccomp worker_calls[] (sandbox.c);
 *            Landlock: no file, no TCP port
 * RECEIVES   CONF_*, PEER, CLIENT, DRAIN (master); OPENED, STATED (broker)
 * SENDS      READY, LOG, LOAD (master); OPEN, CLOSED, HELD, HELD_END,
 *            TRAFFIC, STATE (broker)
 * TRUSTS     the master and the broker. Assume that it will be taken over.
 * ENDS       when the master's channel closes, or drained
 * STANDARDS  RFC 9112 (HTTP/1.1), RFC 6455 (WebSocket), RFC 6143 (RFB: only
 *            the first 12 bytes)
 */
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/ipc.h"
#include "common/log.h"
#include "worker/client.h"
#include "worker/conf.h"
#include "worker/handshake.h"
#include "worker/peer.h"
#include "worker/sandbox.h"
#include "worker/worker.h"

#define MASTER_FD     3
#define TICK_MS	      500
#define TRAFFIC_TICKS 4 /* TRAFFIC every 2 s */
#define LAST_WORDS_MS 1000

static struct worker worker;

static int
on_conf_end(void *arg, const void *body, int *fd)
{
	struct worker *w = arg;
	struct msg_ready ready = {PROTO_VERSION};
	int is_first = w->conf == NULL, result;

	(void)fd;
	if ((result = conf_apply(w, body)) < 0 || !is_first)
		return result;
	worker_sandbox_enter(&w->conf->settings);
	ipc_set_phase(w->master, PHASE_RUN);
	return ipc_send(w->master, MSG_READY, &ready, -1);
}

static int
on_peer(void *arg, const void *body, int *fd)
{
	int channel = *fd;

	(void)body;
	if (channel == -1) {
		log_error("no descriptor for the broker's channel");
		return 0; /* sessions that run do not need it */
	}
	*fd = -1;
	return peer_join(arg, channel);
}

static int
on_client(void *arg, const void *body, int *fd)
{
	const struct msg_client *client = body;
	struct worker *w = arg;
	int socket = *fd;

	w->taken++;
	worker_touch_load(w);
	if (socket == -1 || client_find(w, client->conn_id) != NULL) {
		log_error("conn=%llu has lost its descriptor",
		    (unsigned long long)client->conn_id);
		w->ended++;
		return 0;
	}
	*fd = -1;
	if (client_new(w, client, socket) < 0) {
		log_error("conn=%llu: out of memory",
		    (unsigned long long)client->conn_id);
		w->ended++;
	}
	return 0;
}

static void
end_if_drained(struct worker *w)
{
	if (w->drain_deadline_ms == 0 || w->conn_count > 0)
		return;
	if (ipc_flush(w->master, LAST_WORDS_MS) < 0)
		_exit(1); /* nobody is left to hear why */
	exit(0);
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

/* Without the master there is nothing to do: no orphan, no last words. */
static void
on_master_closed(void *arg, int reason)
{
	(void)arg;
	_exit(reason == VB_ECLOSED ? 0 : 1);
}

static const struct ipc_ops master_ops = {
    .on =
	{
	    [MSG_CONF_START] = conf_on_start,
	    [MSG_CONF_PAGES] = conf_on_pages,
	    [MSG_CONF_ORIGIN] = conf_on_origin,
	    [MSG_CONF_TARGET] = conf_on_target,
	    [MSG_CONF_END] = on_conf_end,
	    [MSG_PEER] = on_peer,
	    [MSG_CLIENT] = on_client,
	    [MSG_DRAIN] = on_drain,
	},
    .closed = on_master_closed,
};

static void
on_load_cb(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;
	struct msg_load load;

	(void)fd;
	(void)what;
	memset(&load, 0, sizeof(load));
	load.taken = w->taken;
	load.ended = w->ended;
	load.sessions = w->session_count;
	if (ipc_send(w->master, MSG_LOAD, &load, -1) < 0)
		return; /* counted on, and told with the next one */
	w->taken = w->ended = 0;
}

void
worker_touch_load(struct worker *w)
{
	event_active(&w->load_ev, EV_TIMEOUT, 0);
}

static void
on_tick_cb(evutil_socket_t fd, short what, void *arg)
{
	struct worker *w = arg;
	struct client *c, *next;
	uint64_t now_ms = clock_now_ms();

	(void)fd;
	(void)what;
	TAILQ_FOREACH_SAFE (c, &w->clients, entry, next)
		client_tick(c, now_ms);
	if (++w->ticks % TRAFFIC_TICKS == 0)
		peer_report_traffic(w);
	if (w->drain_deadline_ms != 0 && now_ms >= w->drain_deadline_ms)
		TAILQ_FOREACH_SAFE (c, &w->clients, entry, next)
			client_cut(c);
	end_if_drained(w);
}

/* log_fatal() ends by exit(): what was queued must still be sent. */
static void
send_last_words(void)
{
	if (worker.master != NULL &&
	    ipc_flush(worker.master, LAST_WORDS_MS) < 0)
		return;
}

static int
build_loop(struct worker *w)
{
	struct timeval tick = {.tv_usec = TICK_MS * 1000};
	struct event_config *config = event_config_new();

	if (config == NULL)
		return -1;
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	w->base = event_base_new_with_config(config);
	event_config_free(config);
	if (w->base == NULL ||
	    event_assign(&w->load_ev, w->base, -1, 0, on_load_cb, w) == -1 ||
	    event_assign(&w->tick_ev, w->base, -1, EV_PERSIST, on_tick_cb, w) ==
		-1 ||
	    event_add(&w->tick_ev, &tick) == -1)
		return -1;
	return 0;
}

int
main(void)
{
	struct worker *w = &worker;

	/* 1. forget what it must not know: exec'd, with one descriptor */

	/* 2. open what it needs: libraries' own files, the time zone */
	tzset();
	if (handshake_prepare() < 0)
		log_fatal("libcrypto cannot start");
	if ((w->buffer = buffer_new()) == NULL)
		log_fatal("out of memory");

	/* 3. drop: the master had dropped before it started this */

	/* 4. title: the program's name and number, as the master started it */

	/* 5. event base; signals are the master's affair */
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	TAILQ_INIT(&w->clients);
	RB_INIT(&w->by_id);
	if (build_loop(w) == -1)
		log_fatal("the event loop cannot start");

	/* 6. peers it may talk to; the broker comes with PEER */
	w->master = ipc_new(
	    w->base, MASTER_FD, ROLE_WORKER, ROLE_MASTER, &master_ops, w);
	if (w->master == NULL)
		log_fatal("the master's channel cannot be opened");
	log_to_sink(ipc_log_sink, w->master);
	atexit(send_last_words);

	/* 7. sandbox: at the first CONF_END, before any client is there */

	/* 8. loop, until the master's channel closes */
	return event_base_dispatch(w->base) == -1 ? 1 : 0;
}
