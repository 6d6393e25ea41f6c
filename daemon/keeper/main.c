/* SPDX-License-Identifier: ISC */
/*
 * keeper - holds the private keys, and signs with them what a server's
 * handshake signs. It answers, and never tells.
 *
 * MAY        read the files whose descriptors the master sent, sign, time,
 *            memory
 * MAY NOT    open a file, make a socket, touch the network, fork, exec; sign
 *            what it does not recognise; decrypt
 * RUNS AS    the daemon's user; seccomp keeper_calls[] (sandbox.c); Landlock:
 *            no file, no TCP port; memory locked, in no core
 * RECEIVES   CONF_*, PEER, DRAIN, PROBE (master); SIGN (worker)
 * SENDS      READY, KEPT, LOG, DROPPED, ALIVE (master); SIGNED, TICKETS
 *            (worker)
 * TRUSTS     the master. A bad message costs a worker its channel.
 * ENDS       when the master's channel closes
 * STANDARDS  RFC 8446 4.4.3, RFC 5246 7.4.3 and RFC 8422 5.4 (what is signed),
 *            RFC 5077 (ticket keys)
 */
#include <sys/prctl.h>

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/ipc.h"
#include "common/log.h"
#include "daemon/keeper/keeper.h"
#include "daemon/keeper/master.h"
#include "daemon/keeper/memory.h"

#define MASTER_FD     3
#define LAST_WORDS_MS 1000

static struct keeper keeper;

/* What log_fatal() has said must reach the master. */
static void
send_last_words(void)
{
	if (keeper.master != NULL &&
	    ipc_flush(keeper.master, LAST_WORDS_MS) < 0)
		return; /* nobody is there to be told */
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

int
main(void)
{
	static int early_fd = MASTER_FD;
	struct event_config *config;
	struct keeper *k = &keeper;

	/* 1. forget what it must not know; nobody may look, whatever comes */
	closefrom(MASTER_FD + 1);
	log_to_sink(ipc_log_early, &early_fd);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		log_fatal("PR_SET_DUMPABLE");

	/* 2. open what it needs: the time zone, which the C library looks at
	 * before it tells any date; all else comes from the master */
	tzset();

	/* 3. drop: the master had dropped before it started this */

	/* 4. title, limits: run from a descriptor, it has no name yet */
	prctl(PR_SET_NAME, "vncbridge-keeper", 0, 0, 0);

	/* 5. event base, signals */
	ignore_signals();
	log_take_libevent();
	config = event_config_new();
	if (config == NULL ||
	    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK) == -1 ||
	    (k->base = event_base_new_with_config(config)) == NULL)
		log_fatal("the event loop cannot start");
	event_config_free(config);

	/* 6. peers it may talk to; the workers come with PEER */
	if (workers_init(k) < 0 || master_connect(k, MASTER_FD) < 0)
		log_fatal("the master's channel cannot be opened");
	log_to_sink(ipc_log_sink, k->master);
	atexit(send_last_words);
	memory_protect();

	/* 7. sandbox: at the first CONF_START, before any key is there */

	/* 8. loop, until the master's channel closes */
	return event_base_dispatch(k->base) == -1 ? 1 : 0;
}
