/* SPDX-License-Identifier: ISC */
/*
 * What happens when max-connections is reached: the client that has waited
 * longest in HEAD (idle.h) makes room for a new one. Else some thousand silent
 * connections would shut out everyone for handshake-timeout, and then again. A
 * client that means it has sent its request long before its turn comes.
 */
#ifndef VB_CROWD_H
#define VB_CROWD_H

#include "worker/worker.h"

/*
 * Closes the one that has waited longest. Returns whether that has made a
 * place: 0 if none waits, or only one that itself had no place.
 */
int crowd_make_room(struct worker *w);

/* Logs how many were closed since the last time, if any were. */
void crowd_report(struct worker *w);

#endif
