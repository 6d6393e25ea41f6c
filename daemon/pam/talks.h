/* SPDX-License-Identifier: ISC */
/*
 * The conversations that are under way, each with a process of its own:
 *
 *   state     what ends it
 *   WAITING   the loop's next turn, with auth's configuration: it is started
 *   RUNNING   PAM has decided, asks, or PAM_TIMEOUT_MS are over
 *   ASKING    somebody has typed, has gone, or PAM_CODE_TIMEOUT_MS are over
 *
 * Each question is answered once, whatever becomes of its process: one that
 * crashes, exits or hangs costs that one login.
 */
#ifndef VB_PAM_TALKS_H
#define VB_PAM_TALKS_H

#include <sys/queue.h>

#include <event2/event_struct.h>

#include "common/errors.h"
#include "common/group_names.h"
#include "common/proto.h"

LIST_HEAD(talk_list, talk);

struct talks {
	struct event_base *base;
	struct talk_list list;
	unsigned count;
	char service[PAM_SERVICE_NAME_MAX];
	uint32_t generation;	   /* of the configuration that has it */
	struct group_names groups; /* others are not told */
	struct event begin_ev;	   /* some are to be started */
	struct event child_ev;	   /* SIGCHLD */
	uint8_t has_warned; /* that nobody looks for what is left behind */
	void (*answer)(void *arg, const struct msg_pam_said *said);
	void *arg;
};

/* Zeroed before; the caller sets answer and arg. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int talks_init(struct talks *talks, struct event_base *base);

/* What applies from now on. **Borrows** service. */
void talks_use(struct talks *talks, const char *service, uint32_t generation);

/*
 * Begins one. **Borrows** ask, whose texts end in NULs. Returns 0, VB_ENOMEM,
 * or VB_EBADMSG: there are too many, or there is one of that id.
 */
VB_MUST_CHECK int talks_ask(struct talks *talks, const struct msg_pam_ask *ask);

/*
 * What was typed for one that asks. Of one that has just ended it is too late,
 * and nothing happens. Returns 0, or VB_EBADMSG: nobody asked it.
 */
VB_MUST_CHECK int
talks_code(struct talks *talks, const struct msg_pam_code *code);

/* The same where nobody will type: it ends, without an answer. */
void talks_leave(struct talks *talks, uint64_t id);

/* Ends all without an answer: nobody is there to hear it. */
void talks_clear(struct talks *talks);

/* The same at the end, with what they have left behind. */
void talks_end(struct talks *talks);

#endif
