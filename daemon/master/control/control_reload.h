/* SPDX-License-Identifier: ISC */
/* A reload with the rights of the user who asks for it. */
#ifndef VB_CONTROL_RELOAD_H
#define VB_CONTROL_RELOAD_H

#include <event2/util.h>

#include "common/ipc.h"

struct control;

/* What the reloader sends. */
ipc_handler control_on_reread, control_on_reload, control_on_reload_text,
    control_on_reload_listener, control_on_reload_pages, control_on_reload_file,
    control_on_reload_audit, control_on_reload_end;

/* It took too long. */
void control_on_deadline_cb(evutil_socket_t fd, short what, void *arg);

/* The answer to ops->reload and ops->reread; the version is filled in. */
void control_on_reloaded(
    struct control *control, const struct msg_ctl_reloaded *reloaded);

#endif
