/* SPDX-License-Identifier: ISC */
/* The workers, each with its channel, and none of them trusted. */
#ifndef VB_KEEPER_WORKER_H
#define VB_KEEPER_WORKER_H

#include <sys/queue.h>

#include <stdint.h>

#include "common/asker.h"
#include "common/errors.h"

#define WORKERS_MAX  256  /* the most that settings.h allows */
#define REQUESTS_MAX 4096 /* of one worker, that wait; more are refused */

struct keeper;
struct request;

struct worker {
	struct keeper *keeper;
	struct asker asker;
	STAILQ_HEAD(, request) requests;
	uint32_t request_count;
	TAILQ_ENTRY(worker) busy_entry; /* while request_count > 0 */
	uint32_t refused;		/* not logged yet */
	uint64_t refused_logged_ms;	/* 0: never */
};

/* Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int workers_init(struct keeper *keeper);

/*
 * A channel to worker index, instead of any before. **Takes** fd. Returns
 * 0 or VB_ENOMEM.
 */
VB_MUST_CHECK int worker_connect(struct worker *worker, uint32_t fence, int fd);

/* Sends the keeper's ticket keys to one, or to all that are joined. */
void worker_send_tickets(struct worker *worker);
void workers_send_tickets(struct keeper *keeper);

/* Signatures that are asked for and not made yet, of all workers. */
uint64_t workers_waiting(const struct keeper *keeper);

#endif
