/* SPDX-License-Identifier: ISC */
/*
 * One question to PAM, part of pam.h, from when it waits for a place:
 *
 *   state     what ends it
 *   QUEUED    a place is free, or PAM_WAIT_MS are over
 *   RUNNING   pam has said something, or PAM_ASK_MS are over
 *   ASKING    somebody has typed a code, or will not
 *   RESTING   the time is over that a module wants after a wrong one
 *   OVER      pam has said what nobody waits for any more
 */
#ifndef VB_AUTH_PAM_TALK_H
#define VB_AUTH_PAM_TALK_H

#include <sys/queue.h>

#include <event2/event_struct.h>
#include <stdint.h>

#include "common/errors.h"
#include "common/proto.h"
#include "daemon/auth/jobs.h"

#define PAM_WAIT_MS 8000
#define PAM_ASK_MS  (PAM_TIMEOUT_MS + 3000)

struct event_base;
struct ipc;

enum talk_state {
	TALK_QUEUED,
	TALK_RUNNING,
	TALK_ASKING,
	TALK_RESTING,
	TALK_OVER
};

/*
 * What has become of it. **Borrows** said, whose texts are sound, but for its
 * text; NULL: it had no place in time. After PAM_ASKS it is called again.
 */
typedef void pam_done(void *arg, const struct msg_pam_said *said);

/*
 * Invariants: it is in the desk's list until nothing more can come of it; its
 * job is in jobs.waiting exactly while it is QUEUED, and has a password only
 * then.
 */
struct pam_talk {
	TAILQ_ENTRY(pam_talk) entry;
	struct pam_desk *desk;
	enum talk_state state;
	uint64_t id;
	struct job *job; /* owned */
	struct event deadline_ev;
	pam_done *done;
	void *arg;
	uint8_t is_look;
	uint8_t may_ask;
	struct msg_pam_said said; /* RESTING: what is told then */
};

TAILQ_HEAD(pam_talks, pam_talk);

/* Invariant: running and looks count those that pam owes an answer. */
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
 * A talk that is QUEUED, but not among the jobs yet. **Keeps** pam and arg,
 * **takes** job, which may be NULL. Returns NULL without memory; the job is the
 * caller's then.
 */
struct pam_talk *
pam_talk_new(struct pam_desk *pam, struct job *job, pam_done *done, void *arg);

/* By its number, or NULL. */
struct pam_talk *pam_talk_find(struct pam_desk *pam, uint64_t id);

/* What counts talks by their state counts on. */
void pam_talk_enter(struct pam_talk *talk, enum talk_state state);

/* In ms it gives up, or has rested. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int pam_talk_set_deadline(struct pam_talk *talk, uint32_t ms);

/* Asks pam, and wipes the password. Returns 0, or as ipc_send(). */
VB_MUST_CHECK int pam_talk_send(struct pam_talk *talk);

/* Begins what waits, while there are places and a process to ask. */
void pam_talk_give_places(struct pam_desk *pam);

/* Frees it, and tells its done, if it has one: that, or why it has failed. */
void pam_talk_finish(struct pam_talk *talk, const struct msg_pam_said *said);
void pam_talk_fail(struct pam_talk *talk, const char *why);

/* Frees it, and tells nobody. It is not among the jobs any more. */
void pam_talk_forget(struct pam_talk *talk);

#endif
