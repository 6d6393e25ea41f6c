/* SPDX-License-Identifier: ISC */
/* What vncbridgectl asks, and the master answers. */
#ifndef VB_CONTROL_OPS_H
#define VB_CONTROL_OPS_H

#include <stdint.h>

#include "common/proto.h"

struct upload;

struct control_ops {
	void (*fill_status)(void *arg, struct msg_ctl_status_is *status);
	/* asks the broker; returns < 0 when there is none */
	int (*list)(void *arg, const struct msg_list *list);
	/* ask auth LOGINS, EXPEL; return < 0 when there is none */
	int (*logins)(void *arg, const struct msg_logins *logins);
	int (*expel)(void *arg, const struct msg_expel *expel);
	/* ask the broker WHY, auth WHOSE; return < 0 when there is none */
	int (*why)(void *arg, const struct msg_why *why);
	int (*whose)(void *arg, const struct msg_whose *whose);
	/* ask the broker ORDER, TARGETS; return < 0 when there is none */
	int (*order)(void *arg, const struct msg_order *order);
	int (*targets)(void *arg, const struct msg_targets *targets);
	/* the configuration's name, "" if there is none; **borrowed** */
	const char *(*file)(void *arg);
	/* whether people log in here */
	int (*has_auth)(void *arg);
	/* asks for all metrics; control_on_metrics() */
	void (*metrics)(void *arg);
	/* some certificates, from the first that is not known yet */
	void (*fill_certs)(
	    void *arg, uint32_t first, struct msg_ctl_certs_are *are);
	/* whether a bundle may come, after that of *generation */
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

#endif
