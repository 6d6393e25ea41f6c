/* SPDX-License-Identifier: ISC */
/*
 * What the files behind supervise.h share: supervise.c (life and death),
 * offer.c (the keeper's part of a reload), census.c (who they are),
 * handlers.c (what children say), balance.c (who gets a conn), watchdog.c
 * (who hangs).
 *
 * Invariants: a child with pid 0 has no channel, and its restart event is
 * pending unless everything is draining. conns is the sum of handed - ended
 * over all workers that run.
 */
#ifndef VB_SUPERVISOR_H
#define VB_SUPERVISOR_H

#include <event2/event_struct.h>
#include <stdint.h>

#include "common/ipc.h"
#include "daemon/master/children/child.h"
#include "daemon/master/children/host_files.h"
#include "daemon/master/children/supervise.h"

#define WORKERS_MAX 256

struct supervisor {
	struct event_base *base;
	const struct bundle *bundle;
	const struct bundle *offered; /* the keeper looks at it; or NULL */
	const struct supervisor_ops *ops;
	void *arg;
	struct child keeper;
	struct child broker;
	struct child *workers[WORKERS_MAX];
	uint32_t worker_count; /* slots in use */
	unsigned cpus;
	uint32_t next; /* where the search for a worker begins */
	uint64_t conns;
	struct event child_ev; /* SIGCHLD */
	struct event drain_ev;
	struct host_files files;
	struct event watch_ev;	 /* the watchdog's next round */
	uint64_t watch_round_ms; /* from one to the next, 0: it is off */
	uint64_t watched_ms;	 /* when the last was */
	uint64_t ends_sec[PROTO_CERTS_MAX]; /* as the keeper told last */
	uint8_t has_kept;    /* the keeper has the keys of the start */
	uint8_t has_started; /* the READY barrier is passed */
	uint8_t is_draining;
};

extern const struct ipc_ops supervisor_worker_ops;
extern const struct ipc_ops supervisor_broker_ops;
extern const struct ipc_ops supervisor_keeper_ops;

/* Ends what is left of a child; its death comes with SIGCHLD. */
void supervisor_cut_off(struct child *child);

/*
 * Makes a worker's channels to broker and keeper that are wanted, where both
 * are ready; tries again later where that fails, for want of descriptors.
 */
void supervisor_join(struct child *worker);

/* Starts a child's program, and sends it its configuration. */
void supervisor_start_child(struct child *child);

/* Sends the keeper what it is offered, if anything is. Returns 0 or < 0. */
VB_MUST_CHECK int supervisor_configure(struct child *child);

/* The keeper has the keys of the start: the others can be started. */
void supervisor_start_others(struct supervisor *sup);

/* The keeper's word on what it was offered; NULL: it has it. */
void supervisor_end_offer(struct supervisor *sup, const char *error);

#endif
