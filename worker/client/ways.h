/* SPDX-License-Identifier: ISC */
/*
 * Whose fault it is that a session is slow: how far away its two ends are, and
 * which of them does not take what the other has sent.
 */
#ifndef VB_WAYS_H
#define VB_WAYS_H

#include "worker/client/client.h"

/*
 * Looks whether its ends take what waits for them, here or in the kernel, now
 * and then: a side stalls that has taken nothing since the last look. Returns 1
 * if one has begun or ceased to stall, else 0. Without bytes since the last
 * look, or such as wait, this costs nothing.
 */
int ways_look(struct client *c);

/* What there is to say of both. */
void ways_fill(const struct client *c, struct session_ways *ways);

/* Counts that for the metrics. */
void ways_count(struct client *c, const struct session_ways *ways);

#endif
