/* SPDX-License-Identifier: ISC */
/*
 * The reason of a session that never was, for viewers that know nothing of
 * close codes: as if it came from a VNC server.
 */
#ifndef VB_REFUSAL_H
#define VB_REFUSAL_H

#include "worker/client/client.h"

/*
 * Says c->reason so, before the Close frame, to a client that has got nothing
 * of a target and is not the bridge's own page.
 */
void refusal_say(struct client *c);

#endif
