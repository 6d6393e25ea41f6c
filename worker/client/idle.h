/* SPDX-License-Identifier: ISC */
/*
 * The clients that wait in HEAD: they have asked for nothing, or for nothing
 * more. The one that has waited longest has to go first, for one that is new
 * (crowd.h) or has more to ask.
 */
#ifndef VB_IDLE_H
#define VB_IDLE_H

#include "worker/client/client.h"

enum idle_kind {
	IDLE_NOT,
	IDLE_WAITS,
	IDLE_LARGE /* with a large part of a head */
};

/* The client waits so from now on, or does not any more. */
void idle_set(struct client *c, int is_idle);

/*
 * It waits with more than the usual part of a head. Only a few may do so in a
 * worker: if this is one too many, returns the one that has waited longest,
 * else NULL.
 */
struct client *idle_grow(struct client *c);

#endif
