/* SPDX-License-Identifier: ISC */
/*
 * The channel to the master: configurations, clients, the end.
 */
#ifndef VB_WORKER_MASTER_H
#define VB_WORKER_MASTER_H

#include "worker/worker.h"

/*
 * Opens the channel. w->drained and w->orphaned are set. **Takes** fd.
 * Returns 0 or VB_ENOMEM.
 */
VB_MUST_CHECK int master_connect(struct worker *w, int fd);

#endif
