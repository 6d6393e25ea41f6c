/* SPDX-License-Identifier: ISC */
/*
 * The light "you - bridge - desktop" of the bridge's page: which of the two
 * ways is slow, or takes nothing. Other clients are told nothing, and cost
 * nothing.
 */
#ifndef VB_LIGHT_H
#define VB_LIGHT_H

#include "worker/client/client.h"

#define LIGHT_SLOW_MS 150 /* there and back: from then on it can be felt */

enum light_state {
	LIGHT_UNKNOWN, /* it was told nothing yet */
	LIGHT_GOOD,
	LIGHT_SLOW,
	LIGHT_STALLED
};

/*
 * After each ways_look() of a session that relays: tells its page, if what
 * it was told is not so any more.
 */
void light_look(struct client *c);

#endif
