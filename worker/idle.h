/* SPDX-License-Identifier: ISC */
/*
 * The clients that wait in HEAD: they have asked for nothing, or for nothing
 * more. When max-connections reached, the one that has waited longest makes
 * room for a new one: else some thousand silent connections would shut out
 * everybody for handshake-timeout, and then again. Who means it has its
 * request there long before its turn comes.
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
 * It waits with more than the usual part of a head. So many may do that in a
 * worker; then whichever has done so for the longest time is answered 503: a
 * head that is meant is there in a moment.
 */
void idle_grow(struct client *c);

/*
 * Closes the one that has waited longest. Returns whether that has made a
 * place: 0 if none waits, or one that would have been refused itself.
 */
int idle_displace(struct worker *w);

/* Logs how many were closed since the last time, if any were. */
void idle_report(struct worker *w);

#endif
