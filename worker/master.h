/* SPDX-License-Identifier: ISC */
/*
 * The channel to the master: configurations, clients, the end.
 */
#ifndef VB_WORKER_MASTER_H
#define VB_WORKER_MASTER_H

#include "worker/worker.h"

/* Opens the channel. **Takes** fd. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int master_connect(struct worker *w, int fd);

/* Deadlines, pings, TRAFFIC and the end of a drain; twice a second. */
void worker_tick(struct worker *w);

/*
 * How a worker ends: main.c's, so that a test can hold a whole worker.
 * The first when DRAIN has been done, with a status; the second when the
 * master is not there any more, for a reason of ipc.h.
 */
void worker_drained(int status);
void worker_orphaned(int reason);

#endif
