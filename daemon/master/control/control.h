/* SPDX-License-Identifier: ISC */
/*
 * The operator's socket: answers vncbridgectl. Peer credentials are checked:
 * root and the daemon's own user may ask and change, control-group may ask.
 */
#ifndef VB_CONTROL_H
#define VB_CONTROL_H

#include <sys/types.h>

#include "common/proto.h"
#include "daemon/master/control/control_ops.h"
#include "daemon/master/control/control_reload.h"

struct event_base;
struct control;

#define CONTROL_NO_GROUP ((gid_t)-1)

/*
 * **Takes** fd, a listening socket. group may ask, unless it is
 * CONTROL_NO_GROUP. NULL without memory.
 */
struct control *control_new(struct event_base *base, int fd, gid_t group,
    const struct control_ops *ops, void *arg);
void control_free(struct control *control); /* NULL is allowed */

/* The answer that ops->list asked for; the others: control_logins.h. */
void
control_on_listed(struct control *control, const struct msg_listed *listed);
/* A child of that role died: what it was asked has no answer. */
void control_on_lost(struct control *control, enum proto_role role);

#endif
