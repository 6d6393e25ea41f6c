/* SPDX-License-Identifier: ISC */
/*
 * Questions to auth: whose a cookie, or a login, is. So many are asked at a
 * time, the others wait: however often a worker makes the broker ask, what is
 * queued for auth is bounded. One that has no answer is asked again of the next
 * auth, until its time is over.
 */
#ifndef VB_VOUCH_H
#define VB_VOUCH_H

#include <sys/queue.h>

#include <event2/event_struct.h>
#include <stdint.h>

#include "common/errors.h"
#include "common/proto.h"

#define VOUCH_MS    4000 /* less than a worker gives an OPEN beyond its dial */
#define VOUCHES_MAX 256	 /* under way, those that were cancelled too */

struct event_base;
struct ipc;
struct vouch;

TAILQ_HEAD(vouch_list, vouch);

struct vouches {
	struct ipc *auth;	/* NULL: there is none now */
	struct vouch_list list; /* the oldest first */
	/* of what this auth was asked and has answered: in the same order */
	uint64_t last_asked;
	uint64_t last_answered;
	struct event late_ev; /* the oldest's time is over */
};

/*
 * The answer, once: who->login_id is 0 if it is nobody's. NULL: auth did not
 * answer in time.
 */
typedef void vouch_done(void *arg, const struct msg_vouched *who);

/* Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int
vouches_init(struct vouches *vouches, struct event_base *base);

/* Asks by cookie, or, if login_id is not 0, by that. NULL without memory. */
struct vouch *
vouch_ask(struct vouches *vouches, const uint8_t cookie[AUTH_COOKIE_BYTES],
    uint64_t login_id, vouch_done *done, void *arg);

/* Nobody waits for the answer any more. NULL is allowed. */
void vouch_cancel(struct vouch *vouch);

/* There is another auth, or none: NULL. **Borrows** it. */
void vouches_use(struct vouches *vouches, struct ipc *auth);

/* Nobody logs in any more: what waits ends as if its time were over. */
void vouches_give_up(struct vouches *vouches);

/* Returns 0, or VB_EBADMSG: not the answer that is due, or no plain text. */
VB_MUST_CHECK int
vouches_take(struct vouches *vouches, const struct msg_vouched *who);

/* Whether auth's words can be in a log line, and told to somebody. */
int vouch_is_plain(const char *text);

#endif
