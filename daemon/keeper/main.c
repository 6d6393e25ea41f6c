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
 * RECEIVES   CONF_*, PEER, DRAIN, PROBE, COUNT (master); SIGN (worker)
 * SENDS      READY, KEPT, LOG, DROPPED, ALIVE, COUNTED (master); SIGNED,
 *            TICKETS (worker)
 * TRUSTS     the master. A bad message costs a worker its channel.
 * ENDS       when the master's channel closes
 * STANDARDS  RFC 8446 4.4.3, RFC 5246 7.4.3 and RFC 8422 5.4 (what is signed),
 *            RFC 5077 (ticket keys)
 */
#include <sys/prctl.h>

#include <time.h>

#include "common/log.h"
#include "common/memory.h"
#include "common/process.h"
#include "daemon/keeper/keeper.h"
#include "daemon/keeper/master.h"
#include "daemon/keeper/worker.h"

static struct keeper keeper;

int
main(void)
{
	struct keeper *k = &keeper;

	/* 1. forget what it must not know; no one may look, whatever comes */
	process_begin("vncbridge-keeper");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		log_fatal("PR_SET_DUMPABLE");

	/* 2. open what it needs: the time zone, which the C library looks at
	 * before it tells any date; all else comes from the master */
	tzset();

	/* 3. drop: the master had dropped before it started this */

	/* 4. title, limits: it has the one, and the others are as they were */

	/* 5. event base, signals */
	k->base = process_loop();

	/* 6. peers it may talk to; the workers come with PEER */
	if (workers_init(k) < 0 || master_connect(k, PROCESS_MASTER_FD) < 0)
		log_fatal("the master's channel cannot be opened");
	process_speak();
	memory_protect("keys", 1);

	/* 7. sandbox: at the first CONF_START, before any key has come */

	/* 8. loop, until the master's channel closes */
	return process_run();
}
