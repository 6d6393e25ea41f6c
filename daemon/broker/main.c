/* SPDX-License-Identifier: ISC */
/*
 * broker - the only process that opens connections to targets.
 *
 * MAY        socket + connect (inet, inet6), query DNS, read what the master
 *            opened, send descriptors to workers, check a client's certificate
 * MAY NOT    open files for writing, bind, accept, fork, exec, read from a
 *            target
 * RUNS AS    the daemon's user; seccomp broker_calls[] and Landlock:
 *            broker_paths[], TCP connect to the ports that may be dialled
 *            (sandbox.c)
 * RECEIVES   CONF_*, HOST_FILE, PEER, LIST, TARGETS, ORDER, WHY, DRAIN,
 *            AUDITING, PROBE, COUNT (master); PRESENTED, OPEN, CLOSED, HELD,
 *            HELD_END, TRAFFIC, STATE, SAID, INTEND, BOARD, BOARD_END
 *            (worker); VOUCHED, LOGIN_OVER (auth); RAN (runner)
 * SENDS      READY, LOG, LISTED, TARGETS_ARE, ORDERED, WHYED, AUDIT, DROPPED,
 *            UNJOINED, ALIVE, COUNTED (master); OPENED, WAIT, END, TELL,
 *            INTENDED, STATED, BOARD_SEES, BOARD_STATES, BOARD_OVER (worker);
 *            VOUCH, USED (auth); RUN (runner)
 * TRUSTS     the master. A bad message costs a worker its channel.
 * ENDS       when the master's channel closes
 */
#include <sys/resource.h>

#include <ares.h>
#include <event2/event.h>
#include <stdlib.h>
#include <time.h>

#include "common/log.h"
#include "common/process.h"
#include "common/quota.h"
#include "daemon/broker/access.h"
#include "daemon/broker/auth.h"
#include "daemon/authority/authority.h"
#include "daemon/broker/board.h"
#include "daemon/broker/broker.h"
#include "daemon/broker/claim.h"
#include "daemon/broker/intent.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/hook.h"
#include "daemon/broker/master.h"
#include "daemon/broker/request.h"
#include "daemon/broker/watch.h"
#include "daemon/broker/worker.h"

#define QUOTA_TICK_SEC 10

static struct broker broker;
static struct event quota_ev;

static void
on_quota_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	quota_tick();
}

/* All workers have told what they hold, or have had their time. */
static void
on_hold_back_over_cb(evutil_socket_t fd, short what, void *arg)
{
	struct broker *b = arg;

	(void)fd;
	(void)what;
	b->is_holding_back = 0;
	if (b->unheard_count > 0)
		log_warn("workers unheard=%u of=%u", b->unheard_count,
		    b->conf->start.worker_count);
	request_release_all(b);
}

/* Sockets wait here until workers have taken them. */
static void
raise_descriptor_limit(struct broker *b)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		log_warn("descriptor limit stays as it is");
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		b->descriptors = limit.rlim_cur;
}

int
main(void)
{
	struct timeval often = {.tv_sec = QUOTA_TICK_SEC};
	struct broker *b = &broker;

	/* 1. forget what it must not know */
	process_begin("vncbridge-broker");

	/* 2. open what it needs: the time zone, for the times of access
	 * sections; hosts and resolv.conf are sent */
	tzset();
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		log_fatal("c-ares cannot start");
	authority_init();

	/* 3. drop: the master had dropped before it started this */

	/* 4. title (it has it), limits */
	raise_descriptor_limit(b);

	/* 5. event base, signals */
	b->base = process_loop();
	names_parse_servers("", 0, &b->host_servers); /* until they are sent */
	session_table_init(&b->sessions);
	TAILQ_INIT(&b->waiting);
	intents_init(b);
	watch_init(b);
	trim_init(&b->trim, b->base);
	evtimer_assign(&b->hold_back_ev, b->base, on_hold_back_over_cb, b);

	event_assign(&quota_ev, b->base, -1, EV_PERSIST, on_quota_cb, NULL);
	if (event_add(&quota_ev, &often) == -1)
		log_fatal("the event loop cannot start");

	/* 6. peers it may talk to; the workers come with PEER */
	hook_init(b);
	if (claims_init(b) < 0 || access_init(b) < 0 || auth_init(b) < 0 ||
	    board_init(b) < 0 || workers_init(b) < 0 ||
	    master_connect(b, PROCESS_MASTER_FD) < 0)
		log_fatal("the master's channel cannot be opened");
	process_speak();
	atexit(quota_end); /* what it says is among the last words */

	/* 7. sandbox: at the first CONF_END, before any worker has come */

	/* 8. loop, until the master's channel closes */
	return process_run();
}
