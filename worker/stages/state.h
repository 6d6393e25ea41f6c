/* SPDX-License-Identifier: ISC */
/*
 * What the broker is asked for /api/targets and /healthz, however many ask: one
 * STATE is under way at a time, and serves all that came before it was sent.
 * A client that comes later waits for the next, so that none hears of a time
 * before it asked.
 */
#ifndef VB_STATE_H
#define VB_STATE_H

#include "worker/client/client.h"

/*
 * The client waits in QUERY for what the broker says, or for the end of that
 * time. Where there is no broker, for the next one.
 */
void state_ask(struct client *c, uint64_t timeout_ms);

/* A new broker: what was asked of the one before is asked again. */
void state_join(struct worker *w);

/*
 * STATED has come. Answers some of those it is for: they must not have a turn
 * of the loop to themselves.
 */
void state_take(struct worker *w, const struct msg_stated *stated);

/* The time of a client in QUERY is over. serve_next_request() follows. */
void state_miss(struct client *c);

#endif
