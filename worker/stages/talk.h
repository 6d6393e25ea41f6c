/* SPDX-License-Identifier: ISC */
/*
 * What the bridge and its page say to each other within a session: text frames,
 * to clients that have offered "vncbridge.v1" (PROTOCOL.md). Other clients are
 * sent none.
 */
#ifndef VB_TALK_H
#define VB_TALK_H

#include "worker/client/client.h"

/* True if it shows what it is told. */
static inline int
talk_is_page(const struct client *c)
{
	return c->ws.decoder.takes_text;
}

void talk_tell(struct client *c, const struct msg_tell *tell);

/* A text frame has come: it is in the decoder. */
void talk_take(struct client *c);

#endif
