/* SPDX-License-Identifier: ISC */
/*
 * worker - serves pages, and joins WebSockets with targets.
 *
 * MAY        read and write the sockets it was handed, time, memory
 * MAY NOT    open, socket, connect, bind, fork, exec, kill, ptrace; decide
 *            who may reach what; hold a secret
 * RUNS AS    the daemon's user; seccomp worker_calls[] (sandbox.c);
 *            Landlock: no file, no TCP port
 * RECEIVES   CONF_*, PEER, CLIENT, DRAIN, PROBE (master); OPENED, STATED
 *            (broker); SIGNED, TICKETS (keeper)
 * SENDS      READY, LOG, LOAD, UNJOINED, ALIVE (master); OPEN, CLOSED, HELD,
 *            HELD_END, TRAFFIC, STATE (broker); SIGN (keeper)
 * TRUSTS     the master, the broker and the keeper. Assume that it will be
 *            taken over.
 * ENDS       when the master's channel closes, or drained
 * STANDARDS  RFC 9112 (HTTP/1.1), RFC 6455 (WebSocket), RFC 6143 (RFB: only
 *            the first 12 bytes)
 */
#include <sys/prctl.h>
#include <sys/timerfd.h>

#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/ipc.h"
#include "common/log.h"
#include "worker/leg/bulk.h"
#include "worker/parse/handshake.h"
#include "worker/keeper.h"
#include "worker/master.h"
#include "worker/tls/tls.h"

#define MASTER_FD     3
#define TICK_MS	      500
#define LAST_WORDS_MS 1000

static struct worker worker;

/* log_fatal() ends by exit(): what was queued must still be sent. */
static void
send_last_words(void)
{
	if (worker.master != NULL &&
	    ipc_flush(worker.master, LAST_WORDS_MS) < 0)
		return;
}

void
worker_drained(int status)
{
	if (status != 0)
		_exit(status); /* nobody is left to hear why */
	exit(0);
}

/* Without the master there is nothing to do: no orphan, no last words. */
void
worker_orphaned(int reason)
{
	_exit(reason == VB_ECLOSED ? 0 : 1);
}

static void
on_tick_cb(evutil_socket_t fd, short what, void *arg)
{
	uint64_t ticks;

	(void)what;
	if (read(fd, &ticks, sizeof(ticks)) == sizeof(ticks))
		worker_tick(arg);
}

/*
 * A timer of the kernel's, and none of libevent's: that would be set and
 * taken back with each turn of the loop, which costs more than the turn of
 * many a message.
 */
static int
start_tick(struct worker *w)
{
	struct timespec tick = {.tv_nsec = TICK_MS * 1000000L};
	struct itimerspec timer = {tick, tick};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

	if (fd == -1 || timerfd_settime(fd, 0, &timer, NULL) == -1 ||
	    event_assign(&w->tick_ev, w->base, fd, EV_READ | EV_PERSIST,
		on_tick_cb, w) == -1)
		return -1;
	return event_add(&w->tick_ev, NULL);
}

static int
build_loop(struct worker *w)
{
	struct event_config *config = event_config_new();

	if (config == NULL)
		return -1;
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
	w->base = event_base_new_with_config(config);
	event_config_free(config);
	return w->base == NULL ? -1 : start_tick(w);
}

int
main(void)
{
	static int early_fd = MASTER_FD;
	struct worker *w = &worker;
	uint8_t *buffer;

	/* 1. forget what it must not know: exec'd, with one descriptor */
	if (fcntl(MASTER_FD, F_GETFD) == -1)
		log_fatal("not started by vncbridged");
	log_to_sink(ipc_log_early, &early_fd);

	/* 2. open what it needs: a pipe, libraries' own files, time zone */
	bulk_open();
	tzset();
	if (handshake_prepare() < 0)
		log_fatal("libcrypto cannot start");
	if ((buffer = buffer_new()) == NULL)
		log_fatal("out of memory");
	if (tls_open(keeper_ask, buffer + WORKER_BUFFER_BYTES) < 0)
		log_fatal("libssl cannot start");

	/* 3. drop: the master had dropped before it started this */

	/* 4. title: run from a descriptor, it has no name yet; its number is
	 * an argument */
	prctl(PR_SET_NAME, "vncbridge-worker", 0, 0, 0);

	/* 5. event base; signals are the master's affair */
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* stderr may be a file: it writes none */
	log_take_libevent();
	TAILQ_INIT(&w->clients);
	TAILQ_INIT(&w->idle);
	TAILQ_INIT(&w->large);
	TAILQ_INIT(&w->unsigned_clients);
	TAILQ_INIT(&w->unopened);
	TAILQ_INIT(&w->askers);
	RB_INIT(&w->by_id);
	if (build_loop(w) == -1)
		log_fatal("the event loop cannot start");
	gather_open(&w->gather, w->base, buffer);

	/* 6. peers it may talk to; the broker comes with PEER */
	if (master_connect(w, MASTER_FD) < 0)
		log_fatal("the master's channel cannot be opened");
	log_to_sink(ipc_log_sink, w->master);
	atexit(send_last_words);

	/* 7. sandbox: at the first CONF_END, before any client is there */

	/* 8. loop, until the master's channel closes */
	return event_base_dispatch(w->base) == -1 ? 1 : 0;
}
