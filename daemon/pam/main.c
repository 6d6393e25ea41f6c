/* SPDX-License-Identifier: ISC */
/*
 * pam - asks the system's PAM who somebody is. Modules do as they like, crash
 * and hang among it: each conversation has a process of its own (talk.h), which
 * this one starts, watches, and ends.
 *
 * MAY        fork; end what it has started, and what that has left behind. A
 *            conversation may, besides: read files, connect (unix, inet,
 *            inet6), exec
 * MAY NOT    write a file, bind a port, listen, change ids, trace, mount
 * RUNS AS    the daemon's user, with its groups; seccomp pam_calls[] and
 *            Landlock: pam_paths[] (sandbox.c); memory locked, in no core
 * RECEIVES   CONF_*, PEER, DRAIN, PROBE, COUNT (master); PAM_ASK, PAM_CODE,
 *            PAM_LEAVE (auth)
 * SENDS      READY, LOG, DROPPED, ALIVE, COUNTED (master); PAM_SAID (auth)
 * TRUSTS     the master; of what it has started, nothing but who somebody is.
 *            A bad message costs auth its channel.
 * ENDS       when the master's channel closes, with all that it has started
 */
#include <sys/prctl.h>

#include <time.h>

#include "common/log.h"
#include "common/memory_lock.h"
#include "common/process.h"
#include "daemon/pam/auth.h"
#include "daemon/pam/master.h"
#include "daemon/pam/pam.h"

static struct pam pam;

int
main(void)
{
	struct pam *p = &pam;
	int result;

	/* 1. forget what it must not know; no one may look, whatever comes */
	process_begin("vncbridge-pam");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		log_fatal("PR_SET_DUMPABLE");

	/* 2. open what it needs: the time zone, which modules use. What a
	 * conversation has left behind becomes a child of this process */
	tzset();
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		log_fatal("PR_SET_CHILD_SUBREAPER");

	/* 3. drop: the master had dropped before it started this */

	/* 4. title, limits: it has the one, and the others are as they were */

	/* 5. event base, signals */
	p->base = process_loop();

	/* 6. peers it may talk to; auth comes with PEER */
	auth_init(p);
	if (talks_init(&p->talks, p->base) < 0 ||
	    master_connect(p, PROCESS_MASTER_FD) < 0)
		log_fatal("the master's channel cannot be opened");
	process_speak();
	memory_lock("passwords");

	/* 7. sandbox: at the first CONF_END, before auth has come */

	/* 8. loop, until the master's channel closes */
	result = process_run();
	talks_end(&p->talks);
	return result;
}
