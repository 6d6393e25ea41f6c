/* SPDX-License-Identifier: ISC */
/*
 * The channel to the broker. A new broker hears first what this worker
 * holds, then what it still waits for.
 */
#ifndef VB_WORKER_PEER_H
#define VB_WORKER_PEER_H

#include "worker/client/client.h"
#include "worker/worker.h"

/*
 * A channel to a (new) broker. **Takes** fd. Without the memory to tell it
 * all, or where fd cannot be one, there is no broker: peer_tick() says so.
 */
void peer_join(struct worker *w, int fd);

/* Says again what could not be said: that there is no broker. */
void peer_tick(struct worker *w);

/* Tells the master, once for each PEER, that there is no broker any more. */
void peer_tell_unjoined(struct worker *w, uint32_t reason);

/*
 * Asks for a target: at once, or when the channel has room, or when there is a
 * broker again.
 */
void peer_open(struct client *c);

/* The session is over, or nobody waits for the target any more. */
void peer_closed(struct client *c);

/* Says it again, if there was no memory: else the lease would stay. */
void peer_say_closed(struct client *c);

/* Asks how things are; see state.h. 0 or an error. */
VB_MUST_CHECK int peer_ask_state(struct worker *w, uint64_t number);

/* Tells the bytes of every session that moved since the last call. */
void peer_report_traffic(struct worker *w);

#endif
