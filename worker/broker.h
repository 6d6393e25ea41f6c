/* SPDX-License-Identifier: ISC */
/*
 * The channel to the broker. A new broker hears first what this worker
 * holds, then what it still waits for.
 */
#ifndef VB_WORKER_BROKER_H
#define VB_WORKER_BROKER_H

#include "worker/worker.h"

/*
 * A channel to a (new) broker. **Takes** fd. Without the memory to tell it
 * all, or if fd cannot be one, there is no broker: broker_tick() says so.
 */
void broker_join(struct worker *w, int fd);

/* Says again what could not be said: that there is no broker. */
void broker_tick(struct worker *w);

#endif
