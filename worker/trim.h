/* SPDX-License-Identifier: ISC */
/*
 * Memory that many clients took at once goes back to the system. A TLS
 * handshake takes three times the memory of what it leaves behind, and that
 * lies in between: malloc gives back nothing but the end of its heap.
 */
#ifndef VB_TRIM_H
#define VB_TRIM_H

#include "worker/worker.h"

/* With each tick: when many have come or gone, and it is quiet again. */
void trim_tick(struct worker *w);

#endif
