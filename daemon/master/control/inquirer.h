/* SPDX-License-Identifier: ISC */
/*
 * What the files behind control.h share: control.c (who asks, and questions)
 * and control_reload.c (a reload with another's rights).
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
#include "daemon/master/control/control.h"

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
	struct inquirer *reloader; /* who sends a bundle, or waits for it */
	struct upload *upload;	   /* of the reloader; NULL: a REREAD */
	struct event deadline_ev;  /* for it to be complete */
	uint8_t is_applying;	   /* it is, and the answer is awaited */
};

void control_free_inquirer(struct inquirer *op);

/* What the reloader sends. */
ipc_handler control_on_reread, control_on_reload, control_on_reload_text,
    control_on_reload_listener, control_on_reload_pages, control_on_reload_file,
    control_on_reload_end;

/* The reloader has gone, or is through. */
void control_end_reload(struct control *control);

/* It took too long. */
void control_on_deadline_cb(evutil_socket_t fd, short what, void *arg);

#endif
