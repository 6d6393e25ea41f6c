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
 * RECEIVES   CONF_*, HOST_FILE, PEER, LIST, DRAIN, PROBE (master); PRESENTED,
 *            OPEN, CLOSED, HELD, HELD_END, TRAFFIC, STATE (worker)
 * SENDS      READY, LOG, LISTED, DROPPED, ALIVE (master); OPENED, STATED
 *            (worker)
 * TRUSTS     the master. A bad message costs a worker its channel.
 * ENDS       when the master's channel closes
 */
#include <sys/prctl.h>
#include <sys/resource.h>

#include <ares.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/ipc.h"
#include "common/log.h"
#include "common/quota.h"
#include "daemon/broker/authority.h"
#include "daemon/broker/broker.h"
#include "daemon/broker/conf.h"
#include "daemon/broker/master.h"
#include "daemon/broker/request.h"

#define MASTER_FD      3
#define LAST_WORDS_MS  1000
#define QUOTA_TICK_SEC 10

static struct broker broker;
static struct event quota_ev;

/* What log_fatal() has said must reach the master. */
static void
send_last_words(void)
{
	quota_end();
	if (broker.master != NULL &&
	    ipc_flush(broker.master, LAST_WORDS_MS) < 0)
		return; /* nobody is there to be told */
}

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
	if (b->announced_count < b->conf->start.worker_count)
		log_warn("workers announced=%u of=%u", b->announced_count,
		    b->conf->start.worker_count);
	request_release_all(b);
}

/* The master alone decides what a signal to the daemon means. */
static void
ignore_signals(void)
{
	static const int ignored[] = {
	    SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGXFSZ};
	size_t i;

	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
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
	static int early_fd = MASTER_FD;
	struct timeval often = {.tv_sec = QUOTA_TICK_SEC};
	struct event_config *config;
	struct broker *b = &broker;

	/* 1. forget what it must not know */
	closefrom(MASTER_FD + 1);
	log_to_sink(ipc_log_early, &early_fd);

	/* 2. open what it needs: nothing; hosts and resolv.conf are sent */
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		log_fatal("c-ares cannot start");
	authority_init();

	/* 3. drop: the master had dropped before it started this */

	/* 4. title, limits: run from a descriptor, it has no name yet */
	prctl(PR_SET_NAME, "vncbridge-broker", 0, 0, 0);
	raise_descriptor_limit(b);

	/* 5. event base, signals */
	ignore_signals();
	log_take_libevent();
	config = event_config_new();
	if (config == NULL ||
	    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK) == -1 ||
	    (b->base = event_base_new_with_config(config)) == NULL)
		log_fatal("the event loop cannot start");
	event_config_free(config);
	names_parse_servers("", 0, &b->host_servers); /* until they are sent */
	session_table_init(&b->sessions);
	TAILQ_INIT(&b->waiting);
	trim_init(&b->trim, b->base);
	evtimer_assign(&b->hold_back_ev, b->base, on_hold_back_over_cb, b);

	event_assign(&quota_ev, b->base, -1, EV_PERSIST, on_quota_cb, NULL);
	if (event_add(&quota_ev, &often) == -1)
		log_fatal("the event loop cannot start");

	/* 6. peers it may talk to; the workers come with PEER */
	peers_init(b);
	if (master_connect(b, MASTER_FD) < 0)
		log_fatal("the master's channel cannot be opened");
	log_to_sink(ipc_log_sink, b->master);
	atexit(send_last_words);

	/* 7. sandbox: at the first CONF_END, before any worker is there */

	/* 8. loop, until the master's channel closes */
	return event_base_dispatch(b->base) == -1 ? 1 : 0;
}
