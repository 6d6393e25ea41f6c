/* SPDX-License-Identifier: ISC */
/*
 * auth - who somebody is: passwords, second factors, logins. It answers whose
 * a cookie is, and never tells what proves it.
 *
 * MAY        read the files whose descriptors the master sent, time, memory;
 *            ask its helpers, which it starts before it knows anything
 * MAY NOT    open a file, make a socket, touch the network, fork, exec; decide
 *            who may reach what
 * RUNS AS    the daemon's user; seccomp auth_calls[] (sandbox.c); Landlock: no
 *            file, no TCP port; memory locked, in no core
 * RECEIVES   CONF_*, PEER, LOGINS, EXPEL, WHOSE, DRAIN, PROBE, COUNT (master);
 *            LOGIN, LOGIN_CODE, WHO, NAMED, PROVE, LOGOUT, OIDC_BEGIN,
 *            OIDC_BACK, OIDC_TOKEN (worker); VOUCH, USED (broker); FETCHED
 *            (fetch); PAM_SAID (pam)
 * SENDS      READY, KNOWN, LOG, DROPPED, UNJOINED, LOGINS_ARE, EXPELLED,
 *            GROUPS, ALIVE, COUNTED (master); LOGGED_IN, WHO_IS, LOGGED_OUT,
 *            OIDC_SAID (worker); VOUCHED, LOGIN_OVER (broker); FETCH (fetch);
 *            PAM_ASK, PAM_CODE, PAM_LEAVE (pam)
 * TRUSTS     the master. A bad message costs a worker, the broker, fetch or pam
 *            its channel.
 * ENDS       when the master's channel closes
 *
 * Run with the argument "hash" it is one of the helpers (hash.h).
 */
#include <sys/prctl.h>

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "common/memory.h"
#include "common/process.h"
#include "common/quota.h"
#include "daemon/auth/auth.h"
#include "daemon/auth/broker.h"
#include "daemon/auth/fetch.h"
#include "daemon/auth/hash.h"
#include "daemon/auth/journal.h"
#include "daemon/auth/login_pam.h"
#include "daemon/auth/master.h"
#include "daemon/auth/oidc/start.h"
#include "daemon/auth/recheck.h"
#include "daemon/auth/watch.h"
#include "daemon/auth/worker.h"

static struct auth auth;

/* What libcrypto loads at the first use, it loads now. */
static void
warm_up(void)
{
	unsigned char digest[EVP_MAX_MD_SIZE];

	if (EVP_Digest("", 0, digest, NULL, EVP_sha256(), NULL) != 1 ||
	    RAND_priv_bytes(digest, sizeof(digest)) != 1)
		log_fatal("libcrypto cannot start");
}

int
main(int argc, char **argv)
{
	struct auth *a = &auth;

	/* 1. forget what it must not know; no one may look, whatever comes */
	process_begin("vncbridge-auth");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		log_fatal("PR_SET_DUMPABLE");
	if (argc > 1 && strcmp(argv[1], "hash") == 0)
		return hash_run(PROCESS_MASTER_FD, argc == 2);

	/* 2. open what it needs: the time zone; all else comes from the
	 * master */
	tzset();

	/* 3. drop: the master had dropped before it started this */

	/* 4. title, limits: it has the one, and the others are as they were */

	/* 5. event base, signals */
	a->base = process_loop();

	/* 6. peers it may talk to; those that ask come with PEER */
	flows_init(&a->desk.flows);
	broker_init(a);
	fetch_init(&a->fetcher, a->base, &a->master);
	login_pam_init(&a->desk, a->base, &a->master, journal_answered);
	if (workers_init(a) < 0 || watch_init(a) < 0 || recheck_init(a) < 0 ||
	    master_connect(a, PROCESS_MASTER_FD) < 0)
		log_fatal("the master's channel cannot be opened");
	process_speak();
	atexit(quota_end); /* what it says is among the last words */
	memory_protect("passwords", 0);
	if (oidc_start() < 0)
		log_fatal("OpenSSL cannot judge tokens");
	warm_up();

	/* 7. sandbox: at the first CONF_START, before any secret has come */

	/* 8. loop, until the master's channel closes */
	return process_run();
}
