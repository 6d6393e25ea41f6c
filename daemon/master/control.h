/* SPDX-License-Identifier: ISC */
/*
 * The operator's socket: answers vncbridgectl. Peer credentials are checked
 * (root, or the daemon's own user).
 */
#ifndef VB_CONTROL_H
#define VB_CONTROL_H

#include <stdint.h>

#include "common/proto.h"

struct event_base;
struct control;

struct control_ops {
	void (*fill_status)(void *arg, struct msg_ctl_status_is *status);
	/* asks the broker; returns < 0 when there is none */
	int (*list)(void *arg, const struct msg_list *list);
};

/* **Takes** fd, a listening socket. NULL without memory. */
struct control *control_new(
    struct event_base *base, int fd, const struct control_ops *ops, void *arg);
void control_free(struct control *control); /* NULL is allowed */

/* Answers that ops->list asked for. */
void
control_on_listed(struct control *control, const struct msg_listed *listed);
void control_on_broker_lost(struct control *control);

#endif
