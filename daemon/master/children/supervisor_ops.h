/* SPDX-License-Identifier: ISC */
/* What the master hears of its children. */
#ifndef VB_SUPERVISOR_OPS_H
#define VB_SUPERVISOR_OPS_H

#include "common/proto.h"

struct supervisor_ops {
	/* every child of the start has said READY */
	void (*ready)(void *arg);
	/* a child could not be started at all; its own line says why */
	void (*failed)(void *arg);
	/* a worker can take more than a moment ago */
	void (*capacity)(void *arg);
	/* after supervisor_drain: no worker is left */
	void (*drained)(void *arg);
	/* the answer to supervisor_list */
	void (*listed)(void *arg, const struct msg_listed *listed);
	/* the answers to supervisor_ask_auth */
	void (*logins_are)(void *arg, const struct msg_logins_are *are);
	void (*expelled)(void *arg, const struct msg_expelled *expelled);
	void (*groups)(void *arg, const struct msg_groups *groups);
	/* the answers to supervisor_ask_broker */
	void (*whyed)(void *arg, const struct msg_whyed *whyed);
	/* after supervisor_count: what has come, has come */
	void (*counted)(void *arg);
	void (*ordered)(void *arg, const struct msg_ordered *ordered);
	void (*targets_are)(void *arg, const struct msg_targets_are *are);
	/* a child of that role died: what it was asked has no answer */
	void (*server_lost)(void *arg, enum proto_role role);
	/* it has said AUDIT; returns as a handler of ipc.h */
	int (*audited)(
	    void *arg, enum proto_role role, const struct msg_audit *said);
	/* any child has died, and all that it has said was heard */
	void (*died)(void *arg, enum proto_role role, uint32_t index);
	/* the broker can be told whether it must refuse: AUDITING */
	void (*broker_ready)(void *arg);
	/* the answer to supervisor_offer; error is NULL if the keeper has it */
	void (*kept)(void *arg, const char *error);
};

#endif
