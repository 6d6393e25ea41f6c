/* SPDX-License-Identifier: ISC */
/* Logins, as vncbridgectl asks for them: the handlers of its messages. */
#ifndef VB_CONTROL_LOGINS_H
#define VB_CONTROL_LOGINS_H

#include "common/proto.h"

struct control;

int control_on_logins(void *arg, const void *body, int *fd);
int control_on_logout(void *arg, const void *body, int *fd);

/* Answers that ops->logins and ops->expel asked for. */
void control_on_logins_are(
    struct control *control, const struct msg_logins_are *are);
void control_on_expelled(
    struct control *control, const struct msg_expelled *expelled);

/* auth has died: what was asked of it has no answer. */
void control_on_auth_lost(struct control *control);

#endif
