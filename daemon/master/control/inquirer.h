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

struct control_ops;

struct inquirer {
	TAILQ_ENTRY(inquirer) entry;
	struct control *control;
	struct ipc *ipc;
	uint64_t cookie;    /* of the LIST that waits, 0: none */
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
	unsigned list_count; /* LISTs that the broker owes an answer */
	uint64_t last_cookie;
	TAILQ_HEAD(inquirers, inquirer) inquirers;
	struct inquirer *reloader; /* that sends a bundle, or waits for it */
	struct upload *upload;	   /* of the reloader; NULL: a REREAD */
	struct event deadline_ev;  /* for it to be complete */
	uint8_t is_applying;	   /* it is, and the answer is awaited */
};

/* It has gone, or has its answer. */
void control_free_inquirer(struct inquirer *op);

/* The reloader has gone, or is through. */
void control_end_reload(struct control *control);

#endif
