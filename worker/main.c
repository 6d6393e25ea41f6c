/* SPDX-License-Identifier: ISC */
/*
 * worker - serves pages, and joins WebSockets with targets.
 *
 * MAY        read and write the sockets it was handed, time, memory
 * MAY NOT    open, socket, connect, bind, fork, exec, kill, ptrace; decide who
 *            may reach what; hold a secret
 * RUNS AS    the daemon's user; seccomp worker_calls[] (sandbox.c); Landlock:
 *            no file, no TCP port
 * RECEIVES   CONF_*, PEER, CLIENT, DRAIN, PROBE, COUNT, METRICS_ARE (master);
 *            OPENED, WAIT, END, TELL, INTENDED, STATED, BOARD_SEES,
 *            BOARD_STATES, BOARD_OVER (broker); SIGNED, TICKETS (keeper);
 *            LOGGED_IN, WHO_IS, LOGGED_OUT, OIDC_SAID (auth)
 * SENDS      READY, LOG, LEFT, LOAD, UNJOINED, ALIVE, COUNTED, METRICS
 *            (master); PRESENTED, OPEN, SAID, INTEND, CLOSED, HELD, HELD_END,
 *            TRAFFIC, STATE, BOARD, BOARD_END (broker); SIGN (keeper); LOGIN,
 *            LOGIN_CODE, WHO, NAMED, PROVE, LOGOUT, OIDC_* (auth)
 * TRUSTS     the master, the broker, the keeper and auth. Assume that it will
 *            be taken over.
 * ENDS       when the master's channel closes, or drained
 * STANDARDS  RFC 9112 (HTTP/1.1), RFC 6455 (WebSocket), RFC 6143 (RFB: only
 *            the first 12 bytes)
 */
#include <sys/timerfd.h>

#include <event2/event.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "common/process.h"
#include "worker/client/signing.h"
#include "worker/leg/bulk.h"
#include "worker/master.h"
#include "worker/parse/handshake.h"
#include "worker/spine.h"
#include "worker/tick.h"
#include "worker/tls/tls.h"

#define TICK_MS 500

static struct worker worker;

static void
end_drained(int status)
{
	if (status != 0)
		_exit(status); /* no one is left to hear why */
	exit(0);
}

static void
end_orphaned(int reason)
{
	process_on_closed(&worker, reason);
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
 * A timer of the kernel's, not of libevent's: that one would be set and cleared
 * in each turn of the loop, which costs more than the turn of many a message.
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

int
main(void)
{
	struct worker *w = &worker;
	uint8_t *buffer;

	/* 1. forget what it must not know: exec'd, with one descriptor */
	process_begin("vncbridge-worker");

	/* 2. open what it needs: a pipe, libraries' own files, time zone */
	bulk_open();
	tzset();
	if (handshake_prepare() < 0)
		log_fatal("libcrypto cannot start");
	if ((buffer = buffer_new()) == NULL)
		log_fatal("out of memory");
	if (tls_open(signing_ask, buffer + WORKER_BUFFER_BYTES) < 0)
		log_fatal("libssl cannot start");

	/* 3. drop: the master had dropped before it started this */

	/* 4. title: it has it; its number is an argument */

	/* 5. event base; signals are the master's affair */
	w->base = process_loop();
	if (start_tick(w) == -1)
		log_fatal("the event loop cannot start");
	spine_open(w, buffer);

	w->drained = end_drained;
	w->orphaned = end_orphaned;

	/* 6. peers it may talk to; the broker comes with PEER */
	if (master_connect(w, PROCESS_MASTER_FD) < 0)
		log_fatal("the master's channel cannot be opened");
	process_speak();

	/* 7. sandbox: at the first CONF_END, before any client has come */

	/* 8. loop, until the master's channel closes */
	return process_run();
}
