/* SPDX-License-Identifier: ISC */
/*
 * LOAD: what this worker has taken and ended, for the master, which gives the
 * next client to the worker with the fewest.
 */
#ifndef VB_LOAD_H
#define VB_LOAD_H

#include "common/errors.h"
#include "worker/worker.h"

/* To be called before the others. Returns 0 or VB_ENOMEM. */
VB_MUST_CHECK int load_open(struct worker *w);

/* A conn has ended, and had that place of CLIENT's. */
void load_end(struct worker *w, uint32_t place);

/* Tells the master, once, at the end of this turn of the loop. */
void load_touch(struct worker *w);

/* Tells it now: there is no end of this turn. */
void load_send(struct worker *w);

/* Tries again what could not be told. */
void load_tick(struct worker *w);

#endif
