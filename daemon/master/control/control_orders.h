/* SPDX-License-Identifier: ISC */
/* What vncbridgectl orders, and asks of the targets: the broker answers. */
#ifndef VB_CONTROL_ORDERS_H
#define VB_CONTROL_ORDERS_H

#include "common/ipc.h"

struct control;

ipc_handler control_on_order, control_on_targets;

/* The answers to ops->order and ops->targets. */
void
control_on_ordered(struct control *control, const struct msg_ordered *ordered);
void control_on_targets_are(
    struct control *control, const struct msg_targets_are *are);

/* The broker has died: who waits for it is told to ask again. */
void control_orders_lost(struct control *control);

#endif
