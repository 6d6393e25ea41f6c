/* SPDX-License-Identifier: ISC */
/*
 * The operator's socket: answers vncbridgectl. Peer credentials are checked:
 * root and the daemon's own user may ask and change, control-group may ask.
 */
#ifndef VB_CONTROL_H
#define VB_CONTROL_H

#include <sys/types.h>

#include <stdint.h>

#include "common/proto.h"

struct event_base;
struct control;
struct upload;

#define CONTROL_NO_GROUP ((gid_t)-1)

struct control_ops {
	void (*fill_status)(void *arg, struct msg_ctl_status_is *status);
	/* asks the broker; returns < 0 when there is none */
	int (*list)(void *arg, const struct msg_list *list);
	/* some certificates, from the first that is not known yet */
	void (*fill_certs)(
	    void *arg, uint32_t first, struct msg_ctl_certs_are *are);
	/* whether a bundle may come, behind that of *generation */
	void (*reload_go)(
	    void *arg, struct msg_ctl_reload_go *go, uint32_t *generation);
	/* it has come; **borrowed** for the call. control_on_reloaded() */
	void (*reload)(void *arg, struct upload *upload);
	/* as after SIGHUP; file is the one that is meant, or "".
	 * control_on_reloaded() */
	void (*reread)(void *arg, const char *file);
	/* ends the daemon; returns how many seconds it may take */
	uint32_t (*stop)(void *arg, int is_now);
};

/*
 * **Takes** fd, a listening socket. group may ask, unless it is
 * CONTROL_NO_GROUP. NULL without memory.
 */
struct control *control_new(struct event_base *base, int fd, gid_t group,
    const struct control_ops *ops, void *arg);
void control_free(struct control *control); /* NULL is allowed */

/* Answers that ops->list asked for. */
void
control_on_listed(struct control *control, const struct msg_listed *listed);
void control_on_broker_lost(struct control *control);

/* The answer to ops->reload and ops->reread; the version is filled in. */
void control_on_reloaded(
    struct control *control, const struct msg_ctl_reloaded *reloaded);

#endif
