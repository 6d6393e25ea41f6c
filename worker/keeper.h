/* SPDX-License-Identifier: ISC */
/*
 * The channel to the keeper, which has the keys: signatures for handshakes,
 * and the keys of session tickets. While there is none, handshakes wait for
 * the next, as long as their time allows.
 */
#ifndef VB_WORKER_KEEPER_H
#define VB_WORKER_KEEPER_H

#include "worker/worker.h"

/*
 * A channel to a (new) keeper, which is asked for what is awaited. **Takes**
 * fd; -1: it got lost, and the master is told so.
 */
void keeper_join(struct worker *w, int fd, uint32_t fence);

/* Says again what could not be said: that there is no keeper. */
void keeper_tick(struct worker *w);

#endif
