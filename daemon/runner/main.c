/* SPDX-License-Identifier: ISC */
/*
 * runner - runs the commands of the configuration: what starts, stops and
 * checks a target, and what hears of events. No word of a command comes from
 * anybody but the master; the broker names a target, and which of its commands.
 *
 * MAY        what the daemon's user may, since its commands may need that: it
 *            is in no sandbox. It forks, ends what it has started, and sends
 *            Wake-on-LAN
 * MAY NOT    take a command, or a word of one, from anybody but the master
 * RUNS AS    the daemon's user, with its groups; each command in a session of
 *            its own, under a monitor (monitor.h) that finds all it has started
 * RECEIVES   CONF_*, PEER, EVENT, DRAIN, PROBE (master); RUN (broker)
 * SENDS      READY, LOG, DROPPED, ALIVE (master); RAN (broker)
 * TRUSTS     the master; of commands, nothing but how they end. A bad message
 *            costs the broker its channel.
 * ENDS       when the master's channel closes, with all that still runs; what a
 *            start has left in the background goes on
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <event2/event.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "common/door.h"
#include "common/log.h"
#include "common/process.h"
#include "daemon/runner/broker.h"
#include "daemon/runner/master.h"
#include "daemon/runner/runner.h"

static struct runner runner;

/* What commands have left becomes a child of this process: it is reaped. */
static void
on_child_cb(evutil_socket_t sig, short what, void *arg)
{
	struct runner *r = arg;
	pid_t pid;

	(void)sig;
	(void)what;
	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		if (!jobs_reap(&r->jobs, pid) && !feed_reap(&r->feed, pid))
			log_debug(
			    "ended pid=%d: a command had left it", (int)pid);
}

static int
init(struct runner *r)
{
	hooks_init(&r->hooks);
	hooks_init(&r->staged_hooks);
	outputs_init(&r->outputs, r->base);
	r->jobs.base = r->feed.base = r->base;
	r->jobs.hooks = r->feed.hooks = &r->hooks;
	r->jobs.outputs = r->feed.outputs = &r->outputs;
	broker_init(r);
	if (jobs_init(&r->jobs) < 0 || feed_init(&r->feed) < 0 ||
	    event_assign(&r->child_ev, r->base, SIGCHLD, EV_SIGNAL | EV_PERSIST,
		on_child_cb, r) == -1 ||
	    event_add(&r->child_ev, NULL) == -1)
		return VB_ENOMEM;
	return 0;
}

int
main(int argc, char **argv)
{
	struct runner *r = &runner;
	int result;

	/* 1. forget what it must not know; outside of the master's sandbox it
	 * is the door first, and returns from that as the runner */
	process_begin("vncbridge-runner");
	if (argc > 1 && strcmp(argv[1], DOOR_WORD) == 0) {
		door_serve();
		memset(argv[1], 0, strlen(argv[1])); /* for ps(1) */
	}

	/* 2. open what it needs: the time zone, which commands share */
	tzset();
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		log_fatal("PR_SET_CHILD_SUBREAPER");

	/* 3. drop: the master had dropped before it started the door */

	/* 4. title, limits: it has the one, and the others are as they were */

	/* 5. event base, signals */
	r->base = process_loop();

	/* 6. peers it may talk to; the broker comes with PEER */
	if (init(r) < 0 || master_connect(r, PROCESS_MASTER_FD) < 0)
		log_fatal("the master's channel cannot be opened");
	process_speak();

	/* 7. sandbox: none, since it can't be left for a command */

	/* 8. loop, until the master's channel closes */
	result = process_run();
	jobs_end(&r->jobs);
	feed_end(&r->feed);
	outputs_clear(&r->outputs);
	return result;
}
