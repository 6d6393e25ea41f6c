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

/* A text frame has come: it is in the decoder. */
void talk_take(struct client *c);

#endif
