/* SPDX-License-Identifier: ISC */
/*
 * What somebody may open, as vncbridgectl asks: auth knows the user's groups,
 * and the broker decides.
 */
#ifndef VB_CONTROL_WHY_H
#define VB_CONTROL_WHY_H

#include "common/ipc.h"

struct control;

ipc_handler control_on_why;

/* The answers to ops->whose and ops->why. */
void
control_on_groups(struct control *control, const struct msg_groups *groups);
void control_on_whyed(struct control *control, const struct msg_whyed *whyed);

/* A child of that role died: who waits for it is told to ask again. */
void control_why_lost(struct control *control, enum proto_role role);

#endif
