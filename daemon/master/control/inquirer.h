/* SPDX-License-Identifier: ISC */
/*
 * The connections to the operator's socket, and which of them reloads.
 *
 * Invariants: without a reloader there is no upload; deadline_ev is pending
 * exactly while an upload is collected.
 */
#ifndef VB_INQUIRER_H
#define VB_INQUIRER_H

#include <sys/queue.h>
#include <sys/types.h>

#include <event2/event_struct.h>

#include "common/ipc.h"

#define INQUIRERS_MAX 16

struct control_ops;

struct inquirer {
	TAILQ_ENTRY(inquirer) entry;
	struct control *control;
	struct ipc *ipc;
	uint64_t cookie; /* of what it waits for, 0: nothing */
	/* CTL_SESSIONS, CTL_LOGINS, CTL_LOGOUT, CTL_ORDER, CTL_TARGETS; WHOSE,
	 * then WHY */
	enum msg_type awaits;
	struct msg_why why; /* that it asks */
	uid_t uid;
	uint8_t may_change; /* and not only ask */
};

struct control {
	const struct control_ops *ops;
	void *arg;
	struct event_base *base;
	struct event accept_ev;
	struct event pause_ev; /* accept is tried again */
	int fd;
	gid_t group; /* may ask; CONTROL_NO_GROUP */
	unsigned count;
	unsigned owed; /* answers of broker and auth, of closed ones too */
	uint64_t last_cookie;
	TAILQ_HEAD(inquirers, inquirer) inquirers;
	struct inquirer *reloader; /* that sends a bundle, or waits for it */
	struct upload *upload;	   /* of the reloader; NULL: a REREAD */
	struct event deadline_ev;  /* for it to be complete */
	uint8_t is_applying;	   /* it is, and the answer is awaited */
};

/*
 * Begins to wait for the answer to a question of that type, which has that
 * cookie. Returns 0: too many are awaited.
 */
uint64_t control_await(struct inquirer *op, enum msg_type type);

/* Whose answer has come, or NULL: it has gone since. It waits no more. */
struct inquirer *
control_answered(struct control *control, enum msg_type type, uint64_t cookie);

/* It has gone, or has its answer. */
void control_free_inquirer(struct inquirer *op);

/* The reloader has gone, or is through. */
void control_end_reload(struct control *control);

#endif
