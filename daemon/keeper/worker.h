/* SPDX-License-Identifier: ISC */
/* The workers, each behind its channel, and none of them trusted. */
#ifndef VB_KEEPER_WORKER_H
#define VB_KEEPER_WORKER_H

#include <stdint.h>

#include "common/errors.h"

#define WORKERS_MAX 256 /* the most that settings.h allows */

struct ipc;
struct keeper;

struct worker {
	struct keeper *keeper;
	struct ipc *ipc; /* NULL: there is no such worker now */
	uint32_t index;
	uint32_t fence; /* PEER's, for DROPPED */
};

void workers_init(struct keeper *keeper);

/*
 * A channel to worker index, instead of any before. **Takes** fd. Returns
 * 0 or VB_ENOMEM.
 */
VB_MUST_CHECK int worker_connect(struct worker *worker, uint32_t fence, int fd);

#endif
