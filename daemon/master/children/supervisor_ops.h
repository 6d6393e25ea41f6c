/* SPDX-License-Identifier: ISC */
/* What the master hears of its children. */
#ifndef VB_SUPERVISOR_OPS_H
#define VB_SUPERVISOR_OPS_H

struct msg_listed;

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
	/* the broker died: no answer will come */
	void (*broker_lost)(void *arg);
	/* the answer to supervisor_offer; error is NULL if the keeper has it */
	void (*kept)(void *arg, const char *error);
};

#endif
