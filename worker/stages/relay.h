/* SPDX-License-Identifier: ISC */
/*
 * The relay: bytes of a target into frames for the client, and back.
 */
#ifndef VB_RELAY_H
#define VB_RELAY_H

#include "worker/client/client.h"
#include "worker/tls/tls.h"

/* The connected socket of a target. **Takes** fd. */
void relay_take(struct client *c, int fd);

/* The target has greeted: bytes go both ways. */
void relay_begin(struct client *c);

/* Uses the frames that came right after the request head. */
void relay_use_pending(struct client *c);

/* A leg can be read. In CLOSING, the client's rest is discarded here. */
void relay_from_client(struct client *c);
void relay_from_target(struct client *c);

/* In CLOSING, at each tick: the target's rest is discarded with a brake. */
void relay_discard_more(struct client *c);

/* A leg's queue is low again: its partner may be read. */
void relay_client_drained(struct client *c);
void relay_target_drained(struct client *c);

/* Writing to a leg failed with an errno. */
void relay_client_failed(struct client *c, int error);
void relay_target_failed(struct client *c, int error);

/*
 * A read of the target has said that it ended: n is 0, or -1 with errno. Its
 * leg is closed, unless something waits for it. Returns what was wrong, in
 * text, or NULL.
 */
const char *
relay_end_target(struct client *c, ssize_t n, char text[TLS_FAULT_MAX]);

/* Ends the session if a side's host does not answer any more. */
void relay_check_lost(struct client *c);

#endif
