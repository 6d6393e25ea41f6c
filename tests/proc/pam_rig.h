/* SPDX-License-Identifier: ISC */
/*
 * The real pam over socket pairs, with the test as its master and its auth.
 * VB_PAM names the program, and VB_CONFINED_PAM the one that runs it in the
 * sandbox of the daemon's master, as most tests have it. Its service is one
 * that the machine does not have: what libpam makes of that ("other") is no
 * login for names that nobody has.
 */
#ifndef VB_TEST_PAM_RIG_H
#define VB_TEST_PAM_RIG_H

#include "tests/proc/broker_rig.h"

#define PAM_RIG_SERVICE "vb-no-such-service"
#define PAM_RIG_NOBODY	"no-such-user-here"

struct pam_rig {
	struct rig rig;
	int auth;
	uint32_t fence;
	struct settings settings; /* of the next CONF_START */
	unsigned dropped;	  /* DROPPEDs that came */
	struct msg_dropped last_dropped;
	char log[65536]; /* lines that came, as far as they fit */
};

/* The parts of a start, in their order. */
void pam_begin(struct pam_rig *p);
void pam_spawn(struct pam_rig *p);
void pam_configure(struct pam_rig *p);
void pam_wait_ready(struct pam_rig *p);

/* A channel; the end of the one that asks is p->auth. */
void pam_join(struct pam_rig *p);

/* All but the first of it; and the end. */
void pam_run(struct pam_rig *p);
void pam_stop(struct pam_rig *p);

/* Asks for a sign of life, and reads all that was said before it. */
void pam_probe(struct pam_rig *p);

/* Asks for a name that nobody has. */
void pam_ask(struct pam_rig *p, uint64_t id, int is_look);

/* Waits for the next answer. */
void pam_read(struct pam_rig *p, struct msg_pam_said *said);

#endif
