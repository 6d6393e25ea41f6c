/* SPDX-License-Identifier: ISC */
/*
 * What the bridge and its page say to each other within a session: text frames,
 * to clients that have offered "vncbridge.v1" (PROTOCOL.md). Other clients are
 * sent none.
 */
#ifndef VB_TALK_H
#define VB_TALK_H

#include "worker/client/client.h"

void talk_tell(struct client *c, const struct msg_tell *tell);

/* Says that the session ends in so many seconds, by kind; 0: no more. */
void talk_tell_end(struct client *c, const char *kind, uint32_t seconds);

/* How one of a session's two ways is. */
struct talk_way {
	const char *state; /* "good", "slow", "stalled" */
	uint32_t ms;	   /* there and back; 0: not known */
	uint32_t seconds;  /* it has stalled for so long; or 0 */
};

/* Returns 0, or -1: it was not told, since it reads nothing. */
VB_MUST_CHECK int talk_tell_ways(struct client *c, const struct talk_way *you,
    const struct talk_way *desktop);

/* A text frame has come: it is in the decoder. */
void talk_take(struct client *c);

#endif
