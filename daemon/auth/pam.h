/* SPDX-License-Identifier: ISC */
/*
 * What auth asks of PAM, through the process pam:
 *
 *   state     what ends it
 *   QUEUED    a place is free, or PAM_WAIT_MS are over
 *   RUNNING   pam has said something, or PAM_ASK_MS are over
 *   ASKING    somebody has typed a code, or will not
 *   RESTING   the time is over that a module wants after a wrong one
 *   OVER      pam has said what nobody waits for any more
 *
 * Places are given as those of helpers for hashes are (jobs.h).
 */
#ifndef VB_AUTH_PAM_H
#define VB_AUTH_PAM_H

#include <sys/queue.h>

#include <stdint.h>

#include "common/errors.h"
#include "common/proto.h"
#include "daemon/auth/jobs.h"

#define PAM_WAIT_MS	8000
#define PAM_ASK_MS	(PAM_TIMEOUT_MS + 3000)
#define PAM_RESTING_MAX 256 /* beyond, a wrong one is told at once */

struct event_base;
struct ipc;
struct pam_talk;

TAILQ_HEAD(pam_talks, pam_talk);

struct pam_desk {
	struct event_base *base;
	struct ipc *const *master; /* who is told of one that breaks a rule */
	struct ipc *ipc;	   /* NULL: there is none now */
	struct jobs jobs;	   /* QUEUED */
	struct pam_talks talks;
	unsigned running; /* and OVER, but for looks */
	unsigned looks;
	unsigned resting;
	uint64_t last_id;
	uint32_t generation; /* of the configuration that applies */
	uint32_t fence;
	uint32_t unjoined_fence; /* the last that was given up */
};

/*
 * What has become of it. **Borrows** said, whose texts are sound, but for its
 * text; NULL: it had no place in time. After PAM_ASKS it is called again.
 */
typedef void pam_done(void *arg, const struct msg_pam_said *said);

/* **Keeps** base, and where the master's channel will be. */
void pam_init(
    struct pam_desk *pam, struct event_base *base, struct ipc *const *master);

/*
 * Asks for the name, password and client of a job. **Takes** job. may_ask:
 * somebody can be asked for a code. **Gives** the talk's number. Returns 0, and
 * done is called from within, or later; or VB_EFULL or VB_ENOMEM, and it is
 * not.
 */
VB_MUST_CHECK int pam_ask(struct pam_desk *pam, struct job *job, int may_ask,
    pam_done *done, void *arg, uint64_t *id);

/*
 * Asks whether somebody may still log in, and of which groups they are.
 * **Borrows** name. Returns 0; or VB_EFULL (PAM_LOOKS_MAX), VB_ENOTFOUND (no
 * process is there), VB_ENOMEM, and done is not called.
 */
VB_MUST_CHECK int
pam_look(struct pam_desk *pam, const char *name, pam_done *done, void *arg);

/* What was typed, after PAM_ASKS. Returns 0, or VB_ENOTFOUND: it has ended. */
VB_MUST_CHECK int pam_code(struct pam_desk *pam, uint64_t id, const char *code);

/* Nobody will; done is not called any more. */
void pam_leave(struct pam_desk *pam, uint64_t id);

/* A channel instead of any before. **Takes** fd. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int pam_join(struct pam_desk *pam, uint32_t fence, int fd);

#endif
