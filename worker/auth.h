/* SPDX-License-Identifier: ISC */
/* What auth says of those who log in, and of those who have. */
#ifndef VB_WORKER_AUTH_H
#define VB_WORKER_AUTH_H

#include <stdint.h>

#include "worker/worker.h"

/*
 * A channel to auth: what was asked of the one before is asked again. **Takes**
 * fd; -1: it was lost on the way.
 */
void auth_join(struct worker *w, int fd, uint32_t fence);

/* Asks for another channel where there is none. */
void auth_tick(struct worker *w);

#endif
