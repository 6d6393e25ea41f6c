/* SPDX-License-Identifier: ISC */
/*
 * What the broker is told of clients, and the master of the broker. What the
 * broker says is in broker.c.
 */
#ifndef VB_TELL_H
#define VB_TELL_H

#include "worker/client/client.h"
#include "worker/worker.h"

/*
 * Asks for a target: at once, or when the channel has room, or when there is a
 * broker again. If it can't be asked for, the client ends.
 */
void tell_open(struct client *c);

/*
 * Asks for the target of the first that waits for room in the channel. Returns
 * that client, which is to be settled; NULL if none waits, or there is no room.
 */
struct client *tell_next_open(struct worker *w);

/* The session is over, or no one waits for the target any more. */
void tell_closed(struct client *c);

/*
 * The socket of an OPENED for which nobody has waited is closed; what was said
 * before was early. 0 or an error: then the lease would stay.
 */
VB_MUST_CHECK int tell_late(struct worker *w, uint64_t conn_id);

/* Says it again, if there was no memory: else the lease would stay. */
void tell_owed(struct client *c);

/* Asks how things are; see state.h. 0 or an error. */
VB_MUST_CHECK int tell_state(struct worker *w, uint64_t number,
    const struct addr *client, const uint8_t cookie[AUTH_COOKIE_BYTES]);

/*
 * Tells a new broker all sessions that are held; it is owed nothing. 0 or an
 * error.
 */
VB_MUST_CHECK int tell_held(struct worker *w);

/* Tells of every session that moved, or stalls or not, since the last call. */
void tell_traffic(struct worker *w);

/* Tells the master, once for each PEER, that there is no broker any more. */
void tell_no_broker(struct worker *w, uint32_t reason);

/* Somebody looks at the board, and does not any more. 0 or an error. */
VB_MUST_CHECK int tell_board(const struct client *c);
int tell_board_end(const struct client *c);

/* What the page has answered to TELL_ASKED. */
int tell_answer(struct client *c, uint64_t number, uint32_t answer);

/* What a person wants of a target. Returns 0, or why the broker can't know. */
VB_MUST_CHECK int tell_intend(struct client *c, uint32_t kind,
    const char *target, const uint8_t held[INTENT_BYTES]);

#endif
