/* SPDX-License-Identifier: ISC */
/*
 * What time brings: deadlines and pings of clients, TRAFFIC, what could not be
 * told before, and the end of a drain.
 */
#ifndef VB_TICK_H
#define VB_TICK_H

#include "common/errors.h"
#include "worker/worker.h"

/* To be called before the others. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int tick_open(struct worker *w);

/* Twice a second. */
void worker_tick(struct worker *w);

/* Ends the worker if it drains, and no client is left. */
void tick_end_if_drained(struct worker *w);

#endif
