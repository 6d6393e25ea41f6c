/* SPDX-License-Identifier: ISC */
/*
 * fetch - the only process that asks providers, who say who somebody is. It
 * knows nobody and keeps nothing: a question goes out, its answer to auth.
 *
 * MAY        socket + connect (inet, inet6), query DNS, read what the master
 *            opened
 * MAY NOT    open a file but the kernel's random numbers, bind, accept, fork,
 *            exec; ask anybody but the hosts of the configuration, or follow
 *            where they send it
 * RUNS AS    the daemon's user; seccomp fetch_calls[] and Landlock:
 *            fetch_paths[], TCP connect to the ports of the hosts and of name
 *            servers (sandbox.c); memory locked, in no core
 * RECEIVES   CONF_*, HOST_FILE, PEER, DRAIN, PROBE, COUNT (master); FETCH
 *            (auth)
 * SENDS      READY, LOG, DROPPED, ALIVE, COUNTED (master); FETCHED (auth)
 * TRUSTS     the master. A bad message costs auth its channel.
 * ENDS       when the master's channel closes
 *
 * libcurl is given addresses, and so starts no thread to look names up; these
 * are looked up as the broker does it.
 */
#include <sys/prctl.h>

#include <ares.h>
#include <time.h>

#include "common/log.h"
#include "common/memory.h"
#include "common/process.h"
#include "daemon/fetch/auth.h"
#include "daemon/fetch/fetch.h"
#include "daemon/fetch/master.h"
#include "daemon/fetch/wipe.h"

static struct fetch fetch;

int
main(void)
{
	struct fetch *f = &fetch;

	/* 1. forget what it must not know; no one may look, whatever comes */
	process_begin("vncbridge-fetch");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		log_fatal("PR_SET_DUMPABLE");

	/* 2. open what it needs: the time zone; what libraries load at their
	 * first use, they load now. All else comes from the master */
	tzset();
	if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
		log_fatal("c-ares cannot start");

	/* 3. drop: the master had dropped before it started this */

	/* 4. title, limits: it has the one, and the others are as they were */

	/* 5. event base, signals */
	f->base = process_loop();

	/* 6. peers it may talk to; auth comes with PEER */
	auth_init(f);
	if (master_connect(f, PROCESS_MASTER_FD) < 0)
		log_fatal("the master's channel cannot be opened");
	process_speak();
	memory_protect("answers of providers", 0);
	wipe_start_curl();
	if (desk_init(&f->desk, f->base) < 0)
		log_fatal("libcurl cannot start");

	/* 7. sandbox: at the first CONF_END, before auth has come */

	/* 8. loop, until the master's channel closes */
	return process_run();
}
